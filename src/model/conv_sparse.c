/* conv_sparse: the gradients of a convolution in front of a pool, most of whose dz is 0: sums over what is not (struct inki_sparse), in the
 * order of conv_back.c and so with its bits.
 * SPDX-License-Identifier: MIT
 *
 * W and dW lie output by output here, [outputs][rows][columns][channels in]; x and dx have their border on all sides, so that a value of dz
 * meets whole blocks of them. */
#include "model/conv.h"

#include <string.h>

/* The parts of the scratch behind the border's. */
struct rooms {
    float *x, *dx;     /* an image with its border each */
    float *dz;         /* [outputs][pixels], each row with room for a multiple of 8 */
    float *dw;         /* [outputs][values of the kernel] */
    uint32_t *pixel;   /* [pixels]: where the block of x under the kernel begins */
    uint32_t *channel; /* [outputs]: where its W begins */
};

static size_t pixels_of(const struct inki_node *node) { return node->out.height * node->out.width; }

static size_t rounded_pixels(const struct inki_node *node) { return (pixels_of(node) + 7) / 8 * 8; }

static size_t image_size(const struct inki_node *node)
{
    const struct inki_frame *frame = &node->frame;
    size_t reach = (node->out.height - 1) * frame->stride + frame->rows, own = frame->top + node->in.height;
    return inki_padded((reach > own ? reach : own) * inki_conv_border_row(node));
}

/* Whether the kernel never looks outside the image. */
static bool is_bare(const struct inki_node *node)
{
    return !inki_conv_has_border(node) && image_size(node) == inki_padded(node->in.height * inki_conv_border_row(node));
}

static size_t weights_size(const struct inki_node *node)
{
    return inki_padded(inki_pitch(&node->out) * inki_conv_kernel_values(node));
}

size_t inki_conv_sparse_room(const struct inki_node *node)
{
    const size_t outputs = inki_pitch(&node->out);
    return 2 * image_size(node) + inki_padded(outputs * rounded_pixels(node)) + weights_size(node) +
           inki_padded(pixels_of(node)) + inki_padded(outputs);
}

static struct rooms rooms_of(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t row = inki_conv_border_row(node), stride = node->frame.stride;
    struct rooms rooms = {.x = inki_conv_scratch(site, range) + inki_conv_border_size(node)};
    rooms.dx = rooms.x + image_size(node);
    rooms.dz = rooms.dx + image_size(node);
    rooms.dw = rooms.dz + inki_padded(inki_pitch(&node->out) * rounded_pixels(node));
    rooms.pixel = (uint32_t *)(void *)(rooms.dw + weights_size(node));
    rooms.channel = rooms.pixel + inki_padded(pixels_of(node));
    for (size_t y = 0; y < node->out.height; y++)
        for (size_t x = 0; x < node->out.width; x++)
            rooms.pixel[y * node->out.width + x] = (uint32_t)(y * stride * row + x * stride * inki_pitch(&node->in));
    for (size_t c = 0; c < inki_pitch(&node->out); c++)
        rooms.channel[c] = (uint32_t)(c * inki_conv_kernel_values(node));
    return rooms;
}

/* The lines of an image between one without a border and one with it. */
static void copy_image(const struct inki_node *node, const float *from, size_t from_row, float *to, size_t to_row)
{
    const size_t size = node->in.width * inki_pitch(&node->in);
    for (size_t y = 0; y < node->in.height; y++) memcpy(to + y * to_row, from + y * from_row, size * sizeof *to);
}

/* Where the image begins inside its border. */
static size_t inside(const struct inki_node *node)
{
    return node->frame.top * inki_conv_border_row(node) + node->frame.left * inki_pitch(&node->in);
}

void inki_conv_sparse_turn(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t values = inki_conv_kernel_values(node), outputs = inki_pitch(&node->out);
    float *turned = site->derived.at + range->part * site->derived.apart;
    for (size_t panel = 0; panel < outputs; panel += INKI_CONV_PANEL) {
        const size_t width = inki_conv_panel_width(outputs, panel);
        site->kern->transpose(values, width, inki_site_w(site) + values * panel, width, turned + values * panel,
                              values);
    }
}

void inki_conv_sparse_backward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct rooms rooms = rooms_of(site, range);
    const size_t line = node->in.width * inki_pitch(&node->in), row = inki_conv_border_row(node);
    const bool bare = is_bare(node);
    for (size_t i = range->row; i < range->row_end; i++) {
        float *to = inki_image_at(&site->dx, range, i), *sums = bare ? to : rooms.dx;
        if (!bare || !site->add_dx)
            memset(sums, 0, (bare ? inki_padded(node->inputs) : image_size(node)) * sizeof *sums);
        if (!bare && site->add_dx) copy_image(node, to, line, sums + inside(node), row);
        site->kern->sparse(&(struct inki_sparse){.outs = pixels_of(node),
                                                 .ins = inki_pitch(&node->out),
                                                 .value = inki_image_at(&site->dy, range, i),
                                                 .value_row = inki_pitch(&node->out),
                                                 .out_at = rooms.pixel,
                                                 .in_at = rooms.channel,
                                                 .rows = node->frame.rows,
                                                 .run = inki_conv_row_values(node),
                                                 .in_row = inki_conv_row_values(node),
                                                 .out_row = row,
                                                 .in = site->derived.at + range->part * site->derived.apart,
                                                 .out = sums});
        if (!bare) copy_image(node, sums + inside(node), row, to, line);
        inki_clear_tail(node, to);
    }
}

/* The weights' gradient so far, between the order of the block and that of the sums. */
static void turn_gradient(const struct inki_site *site, float *dw, bool back)
{
    const struct inki_node *node = site->node;
    const size_t values = inki_conv_kernel_values(node), outputs = inki_pitch(&node->out);
    for (size_t panel = 0; panel < outputs; panel += INKI_CONV_PANEL) {
        const size_t width = inki_conv_panel_width(outputs, panel);
        float *own = dw + values * panel, *block = inki_site_g(site) + values * panel;
        if (back)
            site->kern->transpose(width, values, own, values, block, width);
        else
            site->kern->transpose(values, width, block, width, own, values);
    }
}

/* dz is turned so that an output's values lie side by side, pixel by pixel. */
void inki_conv_sparse_gradient(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct rooms rooms = rooms_of(site, range);
    const size_t outputs = inki_pitch(&node->out), line = node->in.width * inki_pitch(&node->in);
    bool add = site->program->feed.add, bare = is_bare(node);
    if (add)
        turn_gradient(site, rooms.dw, false);
    else
        memset(rooms.dw, 0, weights_size(node) * sizeof *rooms.dw);
    for (size_t i = range->row; i < range->row_end; i++, add = true) {
        const float *x = inki_image_at(&site->x, range, i), *dz = inki_image_at(&site->dy, range, i);
        if (!bare) copy_image(node, x, line, rooms.x + inside(node), inki_conv_border_row(node));
        site->kern->transpose(pixels_of(node), outputs, dz, outputs, rooms.dz, rounded_pixels(node));
        site->kern->sparse(&(struct inki_sparse){.outs = node->out.channels,
                                                 .ins = pixels_of(node),
                                                 .value = rooms.dz,
                                                 .value_row = rounded_pixels(node),
                                                 .out_at = rooms.channel,
                                                 .in_at = rooms.pixel,
                                                 .rows = node->frame.rows,
                                                 .run = inki_conv_row_values(node),
                                                 .in_row = inki_conv_border_row(node),
                                                 .out_row = inki_conv_row_values(node),
                                                 .in = bare ? x : rooms.x,
                                                 .out = rooms.dw});
        inki_conv_gradient_bias(site, dz, add);
    }
    turn_gradient(site, rooms.dw, true);
}
