/* conv_back: the gradients of a convolution, by its inputs and by its weights.
 * SPDX-License-Identifier: MIT */
#include "model/conv.h"

#include <string.h>

/* dz with its border, its pixels `stride` apart from side to side. */
static const float *with_back_border(const struct inki_site *site, const struct inki_range *range, const float *dz)
{
    const struct inki_node *node = site->node;
    const struct inki_frame *frame = &node->frame;
    const size_t pitch = inki_pitch(&node->out), row = inki_conv_back_row(node);
    float *all = inki_conv_scratch(site, range) + inki_conv_border_size(node),
          *to = all + (frame->columns - 1 - frame->left) * pitch;
    for (size_t y = 0; y < node->out.height; y++, to += row) {
        if (frame->stride == 1) {
            memcpy(to, dz + y * node->out.width * pitch, node->out.width * pitch * sizeof *to);
            continue;
        }
        for (size_t x = 0; x < node->out.width; x++)
            memcpy(to + x * frame->stride * pitch, dz + (y * node->out.width + x) * pitch, pitch * sizeof *to);
    }
    return all;
}

/* ------------------------------------------------------------------ backward */

static void turn_group(const struct inki_node *node, const float *w, float *turned)
{
    const struct inki_frame *frame = &node->frame;
    const size_t in = inki_conv_group_in(node), width_in = inki_conv_rounded(in), out = inki_conv_group_out(node),
                 area = frame->rows * frame->columns;
    for (size_t panel = 0; panel < width_in; panel += INKI_CONV_PANEL)
        for (size_t p = 0; p < area; p++)
            for (size_t o = 0; o < out; o++) {
                const size_t from = o / INKI_CONV_PANEL * INKI_CONV_PANEL,
                             wide = inki_conv_panel_width(width_in, panel);
                float *to = turned + area * out * panel + (p * out + o) * wide;
                const float *column = w + inki_conv_kernel_values(node) * from +
                                      (area - 1 - p) * in * inki_conv_panel_width(out, from) + o - from;
                for (size_t i = panel; i < panel + wide; i++)
                    to[i - panel] = i < in ? column[i * inki_conv_panel_width(out, from)] : 0;
            }
}

void inki_conv_turn(const struct inki_site *site, const struct inki_range *range)
{
    if (inki_conv_is_sparse(site->node)) {
        inki_conv_sparse_turn(site, range);
        return;
    }
    const struct inki_node *node = site->node;
    for (size_t g = 0; g < node->frame.groups; g++)
        turn_group(node, inki_site_w(site) + g * inki_conv_group_weights(node),
                   site->derived.at + range->part * site->derived.apart + g * inki_conv_turned(node));
}

/* The rows of dz that row y of x has a part in: [*begin, *end). */
static void rows_behind(const struct inki_node *node, size_t y, size_t *begin, size_t *end)
{
    const struct inki_frame *frame = &node->frame;
    const size_t stride = frame->stride, reach = y + frame->top;
    *begin = reach + 1 > frame->rows ? (reach + 1 - frame->rows + stride - 1) / stride : 0;
    *end = reach / stride + 1 < node->out.height ? reach / stride + 1 : node->out.height;
    if (*end < *begin) *end = *begin;
}

/* Inputs [panel, …) of a group, along row y of x. */
static void backward_panel(const struct inki_site *site, const struct inki_range *range, const float *dz, size_t y,
                           size_t group, size_t panel, float *c, size_t c_row, bool add)
{
    const struct inki_node *node = site->node;
    const struct inki_frame *frame = &node->frame;
    const size_t out = inki_pitch(&node->out), per_group = node->out.channels / frame->groups,
                 row = inki_conv_back_row(node);
    const size_t width = inki_conv_panel_width(inki_conv_rounded(inki_conv_group_in(node)), panel),
                 area = frame->rows * frame->columns;
    const size_t depth = frame->groups > 1 ? inki_conv_group_out(node) : out,
                 kernel_row = frame->columns * depth * width;
    size_t begin, end;
    rows_behind(node, y, &begin, &end);
    const size_t turned_row = begin * frame->stride + frame->rows - 1 - frame->top - y; /* of the kernel turned round */
    struct inki_products products = {.call = {.m = node->in.width,
                                              .n = width,
                                              .segments = end - begin,
                                              .k = frame->columns * depth,
                                              .a = dz + begin * row + group * per_group,
                                              .a_row = out,
                                              .a_col = 1,
                                              .a_segment = row,
                                              .b = site->derived.at + range->part * site->derived.apart +
                                                   group * inki_conv_turned(node) + area * depth * panel +
                                                   (end > begin ? turned_row : 0) * kernel_row,
                                              .b_row = width,
                                              .b_segment = frame->stride * kernel_row,
                                              .c = c + panel,
                                              .c_row = c_row,
                                              .add = add},
                                     .columns = 1};
    if (frame->groups > 1) {
        products.columns = frame->columns;
        products.call.k = per_group;
        products.pixel = out;
        products.pixel_b = depth * width;
    }
    inki_conv_run(site, &products);
}

static void backward_row(const struct inki_site *site, const struct inki_range *range, const float *dz, size_t y,
                         float *to)
{
    const struct inki_node *node = site->node;
    const size_t pitch = inki_pitch(&node->in), width = inki_conv_rounded(inki_conv_group_in(node));
    bool alone = node->frame.groups == 1;
    float *c = alone ? to : inki_conv_group_room(site, range);
    for (size_t g = 0; g < node->frame.groups; g++) {
        for (size_t panel = 0; panel < width; panel += INKI_CONV_PANEL)
            backward_panel(site, range, dz, y, g, panel, c, alone ? pitch : width, alone && site->add_dx);
        if (!alone)
            inki_conv_spread(c, width, to + g * inki_conv_group_in(node), pitch, node->in.width,
                             inki_conv_group_in(node), site->add_dx);
    }
}

void inki_conv_backward(const struct inki_site *site, const struct inki_range *range)
{
    if (inki_conv_is_sparse(site->node)) {
        inki_conv_sparse_backward(site, range);
        return;
    }
    const struct inki_node *node = site->node;
    const size_t row_size = node->in.width * inki_pitch(&node->in);
    for (size_t row = range->row; row < range->row_end; row++) {
        const float *dz = with_back_border(site, range, inki_image_at(&site->dy, range, row));
        float *to = inki_image_at(&site->dx, range, row);
        if (node->frame.groups > 1 && node->in.padding && !site->add_dx) memset(to, 0, node->inputs * sizeof *to);
        for (size_t y = 0; y < node->in.height; y++) backward_row(site, range, dz, y, to + y * row_size);
        inki_clear_tail(node, to);
    }
}

/* ------------------------------------------------------------------ gradient */

/* The output rows for which row r of the kernel lies in the image: [*begin, *end). */
static void rows_under(const struct inki_node *node, size_t r, size_t *begin, size_t *end)
{
    const struct inki_frame *frame = &node->frame;
    const size_t stride = frame->stride, last = node->in.height + frame->top;
    *begin = r < frame->top ? (frame->top - r + stride - 1) / stride : 0;
    *end = last > r ? (last - r + stride - 1) / stride : 0;
    if (*end > node->out.height) *end = node->out.height;
    if (*end < *begin) *end = *begin;
}

/* What an image gives to the weights of kernel row r from a group's inputs to its outputs [panel, …): a stretch of `values` inputs from
 * column `column` of the kernel on. dz[pixels][inki_conv_group_out] is of this group. */
static void gradient_panel(const struct inki_site *site, const float *x, size_t x_row, const float *dz, size_t r,
                           size_t group, size_t panel, size_t column, size_t values, bool add)
{
    const struct inki_node *node = site->node;
    const struct inki_frame *frame = &node->frame;
    const size_t in = inki_pitch(&node->in), out = inki_conv_group_out(node), width = inki_conv_panel_width(out, panel);
    size_t begin, end;
    rows_under(node, r, &begin, &end);
    const size_t at = r * inki_conv_row_values(node) + column * inki_conv_group_in(node);
    site->kern->conv(&(struct inki_conv){.m = values,
                                         .n = width,
                                         .segments = end - begin,
                                         .k = node->out.width,
                                         .a = x + (end > begin ? begin * frame->stride + r - frame->top : 0) * x_row +
                                              column * in + group * inki_conv_group_in(node),
                                         .a_row = 1,
                                         .a_col = frame->stride * in,
                                         .a_segment = frame->stride * x_row,
                                         .b = dz + begin * node->out.width * out + panel,
                                         .b_row = out,
                                         .b_segment = node->out.width * out,
                                         .c = inki_site_g(site) + group * inki_conv_group_weights(node) +
                                              inki_conv_kernel_values(node) * panel + at * width,
                                         .c_row = width,
                                         .add = add});
}

static void gradient_group(const struct inki_site *site, const float *x, size_t x_row, const float *dz, size_t group,
                           bool add)
{
    const struct inki_node *node = site->node;
    const struct inki_frame *frame = &node->frame;
    for (size_t panel = 0; panel < inki_conv_group_out(node); panel += INKI_CONV_PANEL)
        for (size_t r = 0; r < frame->rows; r++) {
            if (frame->groups == 1)
                gradient_panel(site, x, x_row, dz, r, group, panel, 0, inki_conv_row_values(node), add);
            for (size_t c = 0; frame->groups > 1 && c < frame->columns; c++)
                gradient_panel(site, x, x_row, dz, r, group, panel, c, inki_conv_group_in(node), add);
        }
}

/* Of several groups each one's dz is laid out by itself, its channels padded with 0. */
static void gradient_image(const struct inki_site *site, const struct inki_range *range, const float *x, size_t x_row,
                           const float *dz, bool add)
{
    const struct inki_node *node = site->node;
    const size_t each = node->out.channels / node->frame.groups, width = inki_conv_group_out(node),
                 pixels = node->out.height * node->out.width;
    if (node->frame.groups == 1) {
        gradient_group(site, x, x_row, dz, 0, add);
        return;
    }
    float *own = inki_conv_group_room(site, range);
    memset(own, 0, pixels * width * sizeof *own);
    for (size_t g = 0; g < node->frame.groups; g++) {
        inki_conv_spread(dz + g * each, inki_pitch(&node->out), own, width, pixels, each, false);
        gradient_group(site, x, x_row, own, g, add);
    }
}

void inki_conv_gradient(const struct inki_site *site, const struct inki_range *range)
{
    if (inki_conv_is_sparse(site->node)) {
        inki_conv_sparse_gradient(site, range);
        return;
    }
    bool add = site->program->feed.add;
    for (size_t row = range->row; row < range->row_end; row++, add = true) {
        size_t x_row;
        const float *x = inki_conv_with_border(site, range, inki_image_at(&site->x, range, row), &x_row);
        const float *dz = inki_image_at(&site->dy, range, row);
        gradient_image(site, range, x, x_row, dz, add);
        inki_conv_gradient_bias(site, dz, add);
    }
}
