/* plain: a network as other programs want it: a list of layers, W as rows of outputs, scaling beside it.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PLAIN_H
#define INKI_PLAIN_H

#include "model/model.h"

/* What a layer is: y = act(W x + b); the convolution of an image; the largest or the mean of each window; a norm by running averages, or of
 * each pixel's channels; the sum of two layers. */
enum inki_plain_kind {
    INKI_PLAIN_DENSE,
    INKI_PLAIN_CONV,
    INKI_PLAIN_MAX,
    INKI_PLAIN_MEAN,
    INKI_PLAIN_NORM,
    INKI_PLAIN_PIXEL_NORM,
    INKI_PLAIN_SUM
};

/* The last layer is dense; its y are the logits, whose softmax are the probabilities. Of an ensemble the layers are a dense one for all
 * members, whose outputs lie member by member, and behind it convolutions of single pixels with a group a member; the
 * probabilities are the mean of each member's. Values of images are counted without padding, pixel by
 * pixel; the inputs of a planar dense layer's weights plane by plane. Of a model that encodes the columns of a table the rows are the encoding's
 * inputs (model->encoding), which who writes them has to make. */
struct inki_plain_layer {
    const char *name;             /* "dense1"; the model's */
    const struct inki_node *node; /* NULL in networks of other programs */
    enum inki_plain_kind kind;
    size_t from[2]; /* what it takes: 0 is the rows, n the layer n - 1; the second of a sum only */
    size_t inputs, outputs;
    struct inki_shape in, out; /* without padding */
    struct inki_frame frame;   /* convolutions and pools; a depthwise one has a group a channel */
    bool planar;
    enum inki_activation act;
    /* [outputs][inputs]; convolutions: [out.channels][in.channels / groups][rows][columns]; norms: [channels] */
    float *w;
    float *b;               /* [outputs]; images: [out.channels], 0 where there is none; NULL: pools and sums */
    float *mean, *variance; /* [channels]; INKI_PLAIN_NORM only */
};

struct inki_plain {
    ink_ctx *ctx;
    const ink_model *model;
    size_t count, members;           /* members: 1 where it is no ensemble */
    struct inki_plain_layer *layers; /* [count] */
    bool images;                     /* it is not just a list of dense layers, one behind the other */
    float *shift, *factor;           /* [features]: x = (u - shift) factor; both NULL without scaling */
};

/* What of the activations a format can say, by enum inki_activation; those that came later are not in its list. */
struct inki_plain_known {
    bool act[INKI_ACT_COUNT];
};
extern const struct inki_plain_known inki_plain_common; /* what ONNX, C and pages can all say */

/* A copy of the model's weights, without what only training needs (dropout). `path` is for messages. Errors: UNSUPPORTED where
 * a layer ends in an activation that is not known (known NULL: all are); NO_MEMORY. Ownership: the caller, inki_plain_end, which takes an empty one too. */
ink_status inki_plain_begin(ink_ctx *ctx, const ink_model *model, const char *path,
                            const struct inki_plain_known *known, struct inki_plain *out);
void inki_plain_end(struct inki_plain *plain);

/* UNSUPPORTED, naming the first layer that is not dense. */
ink_status inki_plain_refuse(const struct inki_plain *plain, const char *path);

/* Of dense layers: moves the scaling into the first: W becomes W factor, b becomes b - W factor shift (summed in double), factor becomes NULL
 * and x = u. Columns whose shift is far from 0 in units of their spread would lose digits by that: where there are any, shift
 * stays (0 for the others) and x = u - shift, unless `all`; else it becomes NULL too. */
void inki_plain_fold(struct inki_plain *plain, bool all);

/* Whether a column's shift is that far from 0. */
bool inki_plain_is_far(float shift, float factor);

#endif
