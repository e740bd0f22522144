/* defined: optimisers by their definitions, in double, on the network as plain.h has it.
 * SPDX-License-Identifier: MIT
 *
 * The definitions are PyTorch's: RMSprop with alpha 0.99, Adam and AdamW with betas 0.9 and 0.999, all with eps 1e-8
 * added to the root; weight decay is added to the gradient after clipping, AdamW's is decoupled. Momentum is PyTorch's
 * SGD, but dampening holds from the first step on: v begins at 0. Nesterov takes the gradient at w - momentum v:
 *     v = momentum v + (1 - dampening) g(w - momentum v);  w = w - lr v. */
#ifndef DEFINED_H
#define DEFINED_H

#include "plain.h"

struct definition {
    const char *optimizer;
    double lr, momentum, dampening, l2, clip; /* clip 0: none */
};

/* One weight: where the plain network has it and its gradient, its value, and what the optimiser keeps beside it. */
struct element {
    double *value, *gradient;
    bool decay;
    double w, v, s;
};

/* The whole network under an optimiser. */
struct defined {
    const struct definition *how;
    struct plain *plain;
    struct element *elements;
    size_t count, t;
};

/* From e->w to the next e->w along g, taken at *e->value; step t from 1. */
void define_step(const struct definition *how, size_t t, double g, struct element *e);

/* The model and `how` must live longer. */
struct defined defined_begin(const ink_model *model, const struct definition *how);
void defined_end(struct defined *d);

/* One step on a batch. Returns the loss at the weights, before the step. */
double defined_step(struct defined *d, size_t rows, const float *x, const int32_t *labels);

#endif
