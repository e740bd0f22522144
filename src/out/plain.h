/* plain: a network as other programs want it: a list of dense layers, W as rows of outputs, scaling beside it.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PLAIN_H
#define INKI_PLAIN_H

#include "model/model.h"

/* y = act(W x + b); the last layer's y are the logits, whose softmax are the probabilities. */
struct inki_plain_layer {
    const char *name; /* "dense1"; the model's */
    size_t inputs, outputs;
    enum inki_activation act;
    float *w; /* [outputs][inputs] */
    float *b; /* [outputs] */
};

struct inki_plain {
    ink_ctx *ctx;
    const ink_model *model;
    size_t count;
    struct inki_plain_layer *layers; /* [count] */
    float *shift, *factor;           /* [features]: x = (u - shift) factor; both NULL without scaling */
};

/* What of the activations a format can say, by enum inki_activation; those that came later are not in its list. */
struct inki_plain_known {
    bool act[INKI_ACT_COUNT];
};
extern const struct inki_plain_known inki_plain_common; /* what ONNX, C and pages can all say */

/* A copy of the model's weights, without what only training needs (dropout). `path` is for messages. Errors: UNSUPPORTED where
 * a layer is not dense, or ends in an activation that is not known (known NULL: all are); NO_MEMORY. Ownership: the caller, inki_plain_end, which takes an empty one too. */
ink_status inki_plain_begin(ink_ctx *ctx, const ink_model *model, const char *path,
                            const struct inki_plain_known *known, struct inki_plain *out);
void inki_plain_end(struct inki_plain *plain);

/* Moves the scaling into the first layer: W becomes W factor, b becomes b - W factor shift (summed in double), factor becomes NULL
 * and x = u. Columns whose shift is far from 0 in units of their spread would lose digits by that: where there are any, shift
 * stays (0 for the others) and x = u - shift, unless `all`; else it becomes NULL too. */
void inki_plain_fold(struct inki_plain *plain, bool all);

#endif
