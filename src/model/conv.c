/* conv: y = act(b + sum over the kernel of x W), image by image.  dz = dy * act'(z),  dW = sum of x dz,  db = sum of dz,
 * dx = the convolution of dz with W turned round.
 * SPDX-License-Identifier: MIT
 *
 * Images lie pixel by pixel with their channels side by side, so the values under one row of the kernel are one stretch of x: a
 * sum runs over the kernel's rows, and within each over that stretch (struct inki_conv), without an array of windows. Left and right
 * an image gets its border of zeros in a thread's own buffer; rows of the border above and below are left out of sums.
 *
 * W is kept group by group in panels of up to 64 outputs, each [rows][columns][channels in][width], then b; channels are padded to
 * INKI_CHANNELS. Of several groups each is a convolution of some channels; a sum then runs pixel by pixel. */
#include "base/text.h"
#include "model/conv.h"

#include <stdio.h>
#include <string.h>

enum { MOST_CHANNELS = 65536, SHARD_ROWS = 16 };

/* ------------------------------------------------------------- the notation */

static const char *parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    size_t numbers[3], known, side[3], sides;
    *bad = 0;
    node->frame = (struct inki_frame){.stride = 1, .groups = 1, .biased = true};
    if (count < 1 || !inki_frame_numbers(words[0], numbers, &known) || known == 2)
        return "conv needs its channels and its kernel, as in 'conv 32 3x3'";
    if (known == 1) {
        *bad = 1;
        if (count < 2 || !inki_frame_numbers(words[1], side, &sides) || sides != 2)
            return "the kernel is missing here, as in 'conv 32 3x3'";
        numbers[1] = side[0];
        numbers[2] = side[1];
    }
    if (numbers[0] < 1 || numbers[0] > MOST_CHANNELS) return "the number of channels must be 1 to 65536";
    node->frame.rows = numbers[1];
    node->frame.columns = numbers[2];
    ++*bad;
    const char *what = inki_frame_options(node, words, count, "spgn", bad);
    if (what) return what;
    node->act = INKI_ACT_identity;
    if (*bad < count && !inki_activation_find(words[*bad], &node->act)) return INKI_NO_SUCH_ACTIVATION;
    if (*bad + 1 < count) {
        ++*bad;
        return "an activation comes last; put '|' before the next layer";
    }
    if (numbers[0] % node->frame.groups) return "the number of groups must divide the channels that come out";
    node->saves = node->act != INKI_ACT_identity;
    *bad = 0;
    return inki_frame_fit(node, numbers[0]);
}

static void print(const struct inki_node *node, char *text, size_t room)
{
    char options[80];
    inki_frame_print(node, 1, options, sizeof options);
    snprintf(text, room, "conv %zu %zux%zu%s%s%s", node->out.channels, node->frame.rows, node->frame.columns, options,
             node->saves ? " " : "", node->saves ? inki_activation_name(node->act) : "");
}

/* --------------------------------------------------------------- parameters */

static size_t weights(const struct inki_node *node)
{
    return inki_conv_bias_offset(node) + inki_padded(node->frame.groups * inki_conv_group_out(node));
}

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    const struct inki_frame *frame = &node->frame;
    const size_t in = node->in.channels / frame->groups, channels = node->out.channels,
                 area = frame->rows * frame->columns;
    if (i == 0)
        *out = (struct inki_param){.suffix = "weight",
                                   .role = INKI_WEIGHT,
                                   .rank = 4,
                                   .dims = {channels, in, frame->rows, frame->columns},
                                   .count = channels * in * area,
                                   .fan_in = in * area,
                                   .fan_out = channels / frame->groups * area};
    else
        *out =
            (struct inki_param){.suffix = "bias", .role = INKI_BIAS, .rank = 1, .dims = {channels}, .count = channels};
    return i == 0 || (i == 1 && frame->biased);
}

/* Element (output, input, row, column), the last fastest. */
static size_t at(const struct inki_node *node, size_t i, size_t at)
{
    const struct inki_frame *frame = &node->frame;
    const size_t outputs = node->out.channels / frame->groups, width = inki_conv_group_out(node);
    const size_t area = frame->rows * frame->columns, in = node->in.channels / frame->groups;
    if (i == 1) return inki_conv_bias_offset(node) + at / outputs * width + at % outputs;
    const size_t place = at % area, input = at / area % in, output = at / area / in, channel = output % outputs,
                 panel = channel / INKI_CONV_PANEL * INKI_CONV_PANEL;
    return output / outputs * inki_conv_group_weights(node) + inki_conv_kernel_values(node) * panel +
           (place * inki_conv_group_in(node) + input) * inki_conv_panel_width(width, panel) + channel - panel;
}

static bool segment(const struct inki_node *node, size_t i, struct inki_segment *out)
{
    if (i == 0) *out = (struct inki_segment){0, 0, inki_conv_bias_offset(node), 0, 1};
    if (i == 1)
        *out = (struct inki_segment){1, inki_conv_bias_offset(node), weights(node) - inki_conv_bias_offset(node), 0, 1};
    return i == 0 || (i == 1 && node->frame.biased);
}

static size_t cost(const struct inki_node *node)
{
    return node->out.height * node->out.width * node->out.channels * (node->in.channels / node->frame.groups) *
           node->frame.rows * node->frame.columns;
}

static size_t derived(const struct inki_node *node) { return node->frame.groups * inki_conv_turned(node); }

/* -------------------------------------------------------------- a thread's own */

/* x with its border, dz with its own, and a row of outputs or inputs of one group, or all its dz. */
static size_t scratch(const struct inki_node *node, const struct inki_use *use)
{
    size_t widest = node->in.width > node->out.width ? node->in.width : node->out.width,
           most = inki_conv_group_out(node) > inki_conv_rounded(inki_conv_group_in(node))
                      ? inki_conv_group_out(node)
                      : inki_conv_rounded(inki_conv_group_in(node));
    bool training = use->purpose == INKI_FOR_TRAINING;
    size_t row = widest * most, dz = training ? node->out.height * node->out.width * inki_conv_group_out(node) : 0;
    if (dz > row) row = dz;
    if (training && inki_conv_is_sparse(node)) return inki_conv_border_size(node) + inki_conv_sparse_room(node);
    return inki_conv_border_size(node) + (training ? inki_conv_back_size(node) : 0) +
           (node->frame.groups > 1 ? row : 0);
}

/* The rows of the kernel that lie in the image, for output row y: [*begin, *end). */
static void rows_inside(const struct inki_node *node, size_t y, size_t *begin, size_t *end)
{
    const struct inki_frame *frame = &node->frame;
    const size_t from = y * frame->stride, last = node->in.height + frame->top;
    *begin = from < frame->top ? frame->top - from : 0;
    *end = from + frame->rows > last ? last - from : frame->rows;
    if (*end < *begin) *end = *begin;
}

/* Outputs [panel, …) of a group, along row y, into c. */
static void forward_panel(const struct inki_site *site, const float *x, size_t x_row, size_t y, size_t group,
                          size_t panel, float *c, size_t c_row)
{
    const struct inki_node *node = site->node;
    const struct inki_frame *frame = &node->frame;
    const size_t in = inki_pitch(&node->in), width = inki_conv_panel_width(inki_conv_group_out(node), panel);
    size_t begin, end;
    rows_inside(node, y, &begin, &end);
    struct inki_products products = {
        .call = {.m = node->out.width,
                 .n = width,
                 .segments = end - begin,
                 .k = inki_conv_row_values(node),
                 .a = x + (y * frame->stride + begin - frame->top) * x_row + group * inki_conv_group_in(node),
                 .a_row = frame->stride * in,
                 .a_col = 1,
                 .a_segment = x_row,
                 .b = inki_site_w(site) + group * inki_conv_group_weights(node) +
                      inki_conv_kernel_values(node) * panel + begin * inki_conv_row_values(node) * width,
                 .b_row = width,
                 .b_segment = inki_conv_row_values(node) * width,
                 .c = c + panel,
                 .c_row = c_row,
                 .bias = inki_site_w(site) + inki_conv_bias_offset(node) + group * inki_conv_group_out(node) + panel},
        .columns = 1};
    if (frame->groups > 1) {
        products.columns = frame->columns;
        products.call.k = inki_conv_group_in(node);
        products.pixel = in;
        products.pixel_b = inki_conv_group_in(node) * width;
    }
    inki_conv_run(site, &products);
}

static void forward_row(const struct inki_site *site, const struct inki_range *range, const float *x, size_t x_row,
                        size_t y, float *to)
{
    const struct inki_node *node = site->node;
    const size_t pitch = inki_pitch(&node->out), outputs = node->out.channels / node->frame.groups,
                 width = inki_conv_group_out(node);
    bool alone = node->frame.groups == 1;
    float *c = alone ? to : inki_conv_group_room(site, range);
    for (size_t g = 0; g < node->frame.groups; g++) {
        for (size_t panel = 0; panel < width; panel += INKI_CONV_PANEL)
            forward_panel(site, x, x_row, y, g, panel, c, alone ? pitch : width);
        if (!alone) inki_conv_spread(c, width, to + g * outputs, pitch, node->out.width, outputs, false);
    }
}

static void forward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t row_size = node->out.width * inki_pitch(&node->out);
    struct inki_range one = *range;
    for (size_t row = range->row; row < range->row_end; row++) {
        size_t x_row;
        const float *x = inki_conv_with_border(site, range, inki_image_at(&site->x, range, row), &x_row);
        float *to = inki_image_at(&site->y, range, row);
        if (node->frame.groups > 1 && node->out.padding) memset(to, 0, node->outputs * sizeof *to);
        for (size_t y = 0; y < node->out.height; y++) forward_row(site, range, x, x_row, y, to + y * row_size);
        one.row = row;
        one.row_end = row + 1;
        inki_activate(site, &one);
    }
}

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->convolution ? to->convolution(to->user, node) : to->other(to->user, node);
}

const struct inki_op inki_conv_op = {
    .word = "conv",
    .form = "conv CHANNELS ROWSxCOLUMNS [stride S] [pad same|valid|P] [groups G] [nobias] [ACTIVATION]: y = act(b + "
            "sum over "
            "the kernel of x W)",
    .example = "conv 5 3x3 tanh",
    .locality = INKI_BY_ROW,
    .images = true,
    .activates = true,
    .shard_rows = SHARD_ROWS,
    .parse = parse,
    .print = print,
    .weights = weights,
    .param = param,
    .at = at,
    .segment = segment,
    .cost = cost,
    .derived = derived,
    .scratch = scratch,
    .forward = forward,
    .slope = inki_slope,
    .turn = inki_conv_turn,
    .backward = inki_conv_backward,
    .gradient = inki_conv_gradient,
    .emit = emit,
};
