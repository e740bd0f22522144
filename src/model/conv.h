/* conv: what the loops of a convolution share: sizes of its weights and of a thread's own arrays, products.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CONV_H
#define INKI_CONV_H

#include "model/frame.h"

enum { INKI_CONV_PANEL = 64 };

/* ------------------------------------------------------------------ sizes */

static inline size_t inki_conv_rounded(size_t channels)
{
    return (channels + INKI_CHANNELS - 1) / INKI_CHANNELS * INKI_CHANNELS;
}

/* Channels of a group as they are summed over and made: of the only one with their padding. */
static inline size_t inki_conv_group_in(const struct inki_node *node)
{
    return node->frame.groups > 1 ? node->in.channels / node->frame.groups : inki_pitch(&node->in);
}

static inline size_t inki_conv_group_out(const struct inki_node *node)
{
    return inki_conv_rounded(node->out.channels / node->frame.groups);
}

/* Values under one row of the kernel, and under all of it. */
static inline size_t inki_conv_row_values(const struct inki_node *node)
{
    return node->frame.columns * inki_conv_group_in(node);
}

static inline size_t inki_conv_kernel_values(const struct inki_node *node)
{
    return node->frame.rows * inki_conv_row_values(node);
}

static inline size_t inki_conv_group_weights(const struct inki_node *node)
{
    return inki_conv_kernel_values(node) * inki_conv_group_out(node);
}

static inline size_t inki_conv_bias_offset(const struct inki_node *node)
{
    return inki_padded(node->frame.groups * inki_conv_group_weights(node));
}

static inline size_t inki_conv_panel_width(size_t channels, size_t begin)
{
    return channels - begin < INKI_CONV_PANEL ? channels - begin : INKI_CONV_PANEL;
}

/* Floats from row to row of x with its border, and of dz with its own: as many columns as the turned kernel looks at. */
static inline size_t inki_conv_border_row(const struct inki_node *node)
{
    const struct inki_frame *frame = &node->frame;
    size_t reach = (node->out.width - 1) * frame->stride + frame->columns, own = frame->left + node->in.width;
    return (reach > own ? reach : own) * inki_pitch(&node->in);
}

static inline size_t inki_conv_back_row(const struct inki_node *node)
{
    return (node->in.width + node->frame.columns - 1) * inki_pitch(&node->out);
}

static inline bool inki_conv_has_border(const struct inki_node *node)
{
    return inki_conv_border_row(node) > node->in.width * inki_pitch(&node->in);
}

/* W turned round, [rows][columns][outputs][inputs] in panels of inputs, group by group. */
static inline size_t inki_conv_turned(const struct inki_node *node)
{
    return node->frame.rows * node->frame.columns * inki_conv_group_out(node) *
           inki_conv_rounded(inki_conv_group_in(node));
}

/* x with its border, and dz with its own, in a thread's scratch. */
static inline size_t inki_conv_border_size(const struct inki_node *node)
{
    return inki_padded(node->in.height * inki_conv_border_row(node));
}

static inline size_t inki_conv_back_size(const struct inki_node *node)
{
    return inki_padded(node->out.height * inki_conv_back_row(node));
}

static inline float *inki_conv_scratch(const struct inki_site *site, const struct inki_range *range)
{
    return site->scratch.at + range->part * site->scratch.apart;
}

/* The image x[height][width][pitch] with its border, *row floats from row to row; what needs no border stays where it is. */
const float *inki_conv_with_border(const struct inki_site *site, const struct inki_range *range, const float *x,
                                   size_t *row);

/* Room for the values of one of several groups. */
float *inki_conv_group_room(const struct inki_site *site, const struct inki_range *range);

/* Some channels of pixels from one array into another. */
void inki_conv_spread(const float *from, size_t from_row, float *to, size_t to_row, size_t pixels, size_t channels,
                      bool add);

/* A sum over rows of the kernel, of stretches of `values`; of one of several groups pixel by pixel: `columns` stretches a row. */
struct inki_products {
    struct inki_conv call;
    size_t columns, pixel, pixel_b; /* floats between pixels of a, and of b */
};

void inki_conv_run(const struct inki_site *site, const struct inki_products *products);

/* The gradient of the bias by an image. */
void inki_conv_gradient_bias(const struct inki_site *site, const float *dz, bool add);

/* The gradients (conv_back.c), and those of a convolution most of whose dz is 0 (conv_sparse.c), which the former hand over to. */
inki_loop inki_conv_turn, inki_conv_backward, inki_conv_gradient;
inki_loop inki_conv_sparse_turn, inki_conv_sparse_backward, inki_conv_sparse_gradient;

static inline bool inki_conv_is_sparse(const struct inki_node *node)
{
    return node->sparse && node->frame.groups == 1 && inki_pitch(&node->in) % INKI_CHANNELS == 0;
}

/* Floats of scratch that these need. */
size_t inki_conv_sparse_room(const struct inki_node *node);

#endif
