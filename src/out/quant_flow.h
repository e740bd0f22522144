/* quant_flow: a network with layers over images in integers (out/quant.h has the numbers): a layer of them for each step.
 * SPDX-License-Identifier: MIT
 *
 * Outputs are channels: each has its own scale, wherever in the image. Zeros of inputs are taken off within the sums, so that what lies
 * outside the image is 0. With acc = b + sum of w[o] (u - zero of the inputs), the largest of a pool, a step's answers are made of
 *     t = acc gain[o] + offset                             convolutions
 *     t = (sum of u) gain[0] + offset                      means
 *     t = u gain[0] + v gain[1] + offset                   sums of two steps
 * as in quant.h; the largest of a window is that of its bytes. Norms of a pixel's channels are worked out in floats: with m and s mean and
 * variance of the bytes, (u - m) scale[c] / sqrt(s + epsilon) + scale[channels + c] is held and looked up without a shift. */
#ifndef INKI_QUANT_FLOW_H
#define INKI_QUANT_FLOW_H

#include "data/data.h"
#include "out/flow.h"
#include "out/quant.h"

struct inki_quant_flow {
    ink_ctx *ctx;
    bool bytes; /* inputs are bytes */
    struct inki_flow flow;
    /* [flow.count]; of a scaling in front gain is NULL, and scale[1 or features] divided by the step */
    struct inki_quant_layer *layers;
};

/* From a plain network with layers over images, which it takes over (also where it fails), with ranges taken from rows of `calibrate`; see
 * inki_quant_begin. Errors: UNSUPPORTED (32 bits cannot hold a sum), NO_MEMORY. Ownership: the caller. */
ink_status inki_quant_flow_begin(ink_ctx *ctx, struct inki_plain *plain, const ink_data *calibrate, bool bytes,
                                 const char *path, struct inki_quant_flow *out);
void inki_quant_flow_end(struct inki_quant_flow *quant);

/* The zero of what a step takes, as source s. */
static inline int32_t inki_quant_zero(const struct inki_quant_flow *quant, const struct inki_step *step, size_t s)
{
    return step->from[s] ? quant->layers[step->from[s] - 1].zero : 0;
}

/* One step of one row: bytes u (and v, of a sum) to bytes y, or, where z is not NULL, to logits. x: raw values, for a scaling in front. */
void inki_quant_step_run(const struct inki_quant_flow *quant, size_t i, const float *x, const uint8_t *u,
                         const uint8_t *v, uint8_t *y, float *z);

/* The sums of a convolution, largest of their pools: acc[out.height][out.width][out.channels]. */
void inki_quant_conv_sums(const struct inki_quant_flow *quant, size_t i, const uint8_t *u, int32_t *acc);

/* All of it for one row x[features]: logits z[members][outputs]; u has room for the workspace and, behind it, for the inputs. */
void inki_quant_flow_row(const struct inki_quant_flow *quant, const float *x, uint8_t *u, float *z);

#endif
