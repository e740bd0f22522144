/* plain: the network as the textbook has it, to compare with: double arithmetic, row by row.
 * SPDX-License-Identifier: MIT
 *
 * Knows the layers dense, dropout, add and scale. Weights are kept in the order of the file. Shares no arithmetic with the
 * library; dropout's draws come from the generator's blocks, as kern.h says. */
#ifndef PLAIN_H
#define PLAIN_H

#include "model/model.h"

enum { PLAIN_TENSORS = 2 };

struct plain_layer {
    const struct inki_node *of; /* borrowed from the model, for kind, widths, activation, rate */
    size_t count[PLAIN_TENSORS];
    double *value[PLAIN_TENSORS], *gradient[PLAIN_TENSORS]; /* weight (outputs, inputs), bias; or shift, factor */
    double *y, *slope, *dy;                                 /* of the row under way, [outputs] */
};

struct plain {
    struct plain_layer *layers;
    size_t layer_count, features, classes;
    double smoothing;
    bool training; /* dropout drops */
    uint64_t seed;
    uint32_t step;
};

/* The same network with the model's weights. The model must live longer. plain_can: no layer that is not known here. */
bool plain_can(const ink_model *model);
struct plain *plain_new(const ink_model *model);
void plain_free(struct plain *plain);

/* Probabilities (p[classes], may be NULL) for one raw row x[features]; `row` is its number in the batch. */
void plain_forward(struct plain *plain, const float *x, size_t row, double *p);

/* Mean loss of x[rows][features]. plain_gradient leaves the gradient of the mean loss in the layers. */
double plain_loss(struct plain *plain, size_t rows, const float *x, const int32_t *labels);
double plain_gradient(struct plain *plain, size_t rows, const float *x, const int32_t *labels);

/* The largest difference between the model's weights, or a block like them, and plain's values or gradients, as a share
 * of the largest value of the tensor (at least `floor`). Frozen layers count for values only. */
double plain_difference(const struct plain *plain, const float *block, bool gradients, double floor);

#endif
