/* flow: a network with layers over images as exported C runs it: steps, whose values share one workspace.
 * SPDX-License-Identifier: MIT
 *
 * Every layer with weights is a convolution: a dense one has a kernel as large as its input, a norm by running averages that cannot go
 * into the weights of the step before has one of 1x1, channel by channel. Norms go into the convolution in front of them, and pools of
 * the largest value too: a step makes the largest of some of its pixels at once, so that the full image is never kept. */
#ifndef INKI_FLOW_H
#define INKI_FLOW_H

#include "out/plain.h"

enum inki_step_kind {
    INKI_STEP_SCALE, /* y = (x - shift) factor, in front */
    INKI_STEP_CONV,
    INKI_STEP_LARGEST,
    INKI_STEP_MEAN,
    INKI_STEP_NORM, /* of each pixel's channels */
    INKI_STEP_SUM
};

/* Shapes have no padding. w and b belong to the plain network, but for those of SCALE, which are its scaling. */
struct inki_step {
    enum inki_step_kind kind;
    const char *name;
    size_t from[2];            /* as in inki_plain_layer, counting steps; only one reads the rows */
    struct inki_shape in, out; /* out: behind the pool */
    struct inki_frame frame;
    size_t pool_rows, pool_columns, pool_stride; /* of a convolution; 1 without a pool */
    enum inki_activation act;
    float *w; /* convolutions: [out.channels][rows][columns][in.channels / groups] */
    float *b;
    size_t spread;      /* SCALE: 1: a shift and a factor a value; 0: the same for all */
    size_t work;        /* multiply-adds with weights for a row, all that are made */
    size_t size, place; /* values that come out, and where in the workspace; the last step's do not lie there */
};

struct inki_flow {
    ink_ctx *ctx;
    struct inki_plain plain;
    size_t count, features, outputs,
        members;             /* features: values of a row; members: the last step's outputs are outputs times these */
    struct inki_step *steps; /* [count] */
    size_t workspace;        /* values */
    size_t work;             /* multiply-adds of a row */
    float *unit;             /* shift and factor where the rows have no scaling */
};

/* From a plain network with layers over images, which it takes over (also where it fails). scales: the scaling is a step of its own in
 * any case. Errors: NO_MEMORY. Ownership: the
 * caller, inki_flow_end, which takes an empty one too. */
ink_status inki_flow_begin(ink_ctx *ctx, struct inki_plain *plain, bool scales, struct inki_flow *out);
void inki_flow_end(struct inki_flow *flow);

/* Gives each step's values a place: those that are not needed at the same time may share it (flow_place.c). Errors: NO_MEMORY. */
ink_status inki_flow_place(struct inki_flow *flow);

/* Values of a step's input. */
static inline size_t inki_step_inputs(const struct inki_step *step) { return inki_shape_size(&step->in); }

/* Values under a step's kernel. */
static inline size_t inki_step_kernel(const struct inki_step *step)
{
    return step->frame.rows * step->frame.columns * (step->in.channels / step->frame.groups);
}

/* Where a window of a frame lies along one axis: its first and last place that is within the image, from the window's own
 * first place on; `at` is the output's number. */
static inline void inki_step_window(size_t at, size_t stride, size_t before, size_t kernel, size_t size, size_t *first,
                                    size_t *end)
{
    const size_t begin = at * stride;
    *first = begin < before ? before - begin : 0;
    *end = size + before - begin < kernel ? size + before - begin : kernel;
}

#endif
