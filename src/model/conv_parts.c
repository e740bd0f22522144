/* conv_parts: what the loops of a convolution share: images with a border, groups of channels, products.
 * SPDX-License-Identifier: MIT */
#include "model/conv.h"

#include <string.h>

const float *inki_conv_with_border(const struct inki_site *site, const struct inki_range *range, const float *x,
                                   size_t *row)
{
    const struct inki_node *node = site->node;
    const size_t pitch = inki_pitch(&node->in), size = node->in.width * pitch;
    *row = inki_conv_border_row(node);
    if (!inki_conv_has_border(node)) {
        *row = size;
        return x;
    }
    float *to = inki_conv_scratch(site, range) + node->frame.left * pitch;
    for (size_t y = 0; y < node->in.height; y++) memcpy(to + y * *row, x + y * size, size * sizeof *to);
    return inki_conv_scratch(site, range);
}

float *inki_conv_group_room(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    bool training = site->program->use.purpose == INKI_FOR_TRAINING;
    return inki_conv_scratch(site, range) + inki_conv_border_size(node) + (training ? inki_conv_back_size(node) : 0);
}

void inki_conv_spread(const float *from, size_t from_row, float *to, size_t to_row, size_t pixels, size_t channels,
                      bool add)
{
    for (size_t i = 0; i < pixels; i++, from += from_row, to += to_row)
        for (size_t c = 0; c < channels; c++) to[c] = add ? to[c] + from[c] : from[c];
}

void inki_conv_run(const struct inki_site *site, const struct inki_products *products)
{
    struct inki_conv row = products->call;
    if (products->columns == 1) {
        site->kern->conv(&row);
        return;
    }
    row.segments = products->columns;
    row.a_segment = products->pixel;
    row.b_segment = products->pixel_b;
    for (size_t s = 0; s < products->call.segments; s++) {
        site->kern->conv(&row);
        row.a += products->call.a_segment;
        row.b += products->call.b_segment;
        row.add = true;
    }
    if (products->call.segments > 0) return;
    row.segments = 0;
    site->kern->conv(&row);
}

/* Group by group. */
void inki_conv_gradient_bias(const struct inki_site *site, const float *dz, bool add)
{
    const struct inki_node *node = site->node;
    const size_t each = node->out.channels / node->frame.groups, pitch = inki_pitch(&node->out);
    float *g = inki_site_g(site) + inki_conv_bias_offset(node);
    if (!node->frame.biased) return;
    for (size_t group = 0; group < node->frame.groups; group++)
        site->kern->column_sum(node->out.height * node->out.width, each, pitch, dz + group * each,
                               g + group * inki_conv_group_out(node), add);
}
