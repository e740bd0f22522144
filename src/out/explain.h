/* explain: one row through a network and back, in double, with every number kept.
 * SPDX-License-Identifier: MIT
 *
 * The arithmetic is the textbook's, in double, and shares nothing with the program's kernels: what is shown is held to these by the answers, and
 * to itself by central differences of the loss. The network runs as it answers (no dropout, running averages in batchnorm); the loss is that of
 * training for this row alone, without penalties and label smoothing, of an ensemble the mean of its members'. */
#ifndef INKI_EXPLAIN_H
#define INKI_EXPLAIN_H

#include "data/data.h"
#include "inkling-extra.h"
#include "out/plain.h"

/* Of a central difference: (loss(+step) - loss(-step)) / (2 step) along a direction of length 1. */
#define INKI_EXPLAIN_STEP 1e-7

/* A tensor that is trained. */
struct inki_explained_tensor {
    ink_explained_tensor show;
    size_t number; /* of the node's parameters */
    enum inki_role role;
    double *value, *gradient, *update; /* [count] */
};

enum { INKI_EXPLAIN_TENSORS = 4 };

/* A layer: what it gives, and the gradient of the loss by that. Layer 0 is the row as the first one takes it. */
struct inki_explained_layer {
    ink_explained_layer show;
    char notation[96];
    const struct inki_plain_layer *plain; /* NULL: the row */
    const struct inki_node *node;
    double *w, *b, *dw, *db; /* as the plain layer has them; of members that share weights, made of the tensors */
    double *mean, *variance; /* norms by running averages */
    double *y, *slope, *dy;  /* [outputs] */
    size_t *taken;           /* largest of a window: which input it was; else NULL */
    bool *tied;              /* and whether others were as large; else NULL */
    struct inki_explained_tensor tensors[INKI_EXPLAIN_TENSORS];
    size_t tensor_count;
};

struct ink_explanation {
    ink_ctx *ctx;
    const ink_model *model;
    struct inki_plain plain;
    struct inki_explained_layer *layers; /* [count] */
    size_t count;
    double *goal, *answer, *share; /* [outputs] of targets, of what is answered; of an ensemble's member at work */
    float *raw;                    /* [features]: the row as it is in the data */
    char **inputs;                 /* [layers[0].count] names of a table's inputs, NULL for images */
    ink_explained_row row;
    char label[128], optimizer[160];
    bool probing; /* the loss is looked at beside the row: tied windows keep what they took */
    struct {
        size_t layer; /* whose outputs are moved along their gradient; SIZE_MAX: none */
        double by;
    } moved;
};

/* All values from layer 0's y on; returns the loss. And back: dy, dw, db, the tensors' gradients (explain_back.c). */
double inki_explain_forward(struct ink_explanation *e);
void inki_explain_backward(struct ink_explanation *e);

/* y = act(z), and its slope. */
double inki_explain_act(enum inki_activation act, double z, double *slope);

/* The loss of the last layer's outputs, and the gradient by them (dy NULL: none) (explain_loss.c). */
double inki_explain_loss(struct ink_explanation *e, const double *z, double *dy);

/* What is answered: probabilities, or numbers in their own unit. */
void inki_explain_answer(struct ink_explanation *e, const double *z);

/* Differences beside gradients, of tensors and of layers (explain_check.c). */
void inki_explain_differences(struct ink_explanation *e);

/* What one step from here changes, by the model's own optimiser without a past. Errors: NO_MEMORY. */
ink_status inki_explain_update(struct ink_explanation *e, const ink_data *data);

/* The names of a table's inputs. Errors: NO_MEMORY. */
ink_status inki_explain_names(struct ink_explanation *e);

#endif
