/* depthwise: a convolution of each channel by itself: y = act(b + sum over the kernel of x w).  dz = dy * act'(z),
 * dw = sum of x dz,  db = sum of dz,  dx = sum over the kernel of dz w.
 * SPDX-License-Identifier: MIT
 *
 * w is kept as [rows][columns][channels], then b; vectors run along channels. */
#include "base/text.h"
#include "model/frame.h"

#include <stdio.h>
#include <string.h>

enum { SHARD_ROWS = 16 };

static size_t area(const struct inki_node *node) { return node->frame.rows * node->frame.columns; }

static size_t bias_offset(const struct inki_node *node) { return inki_padded(area(node) * inki_pitch(&node->out)); }

static const char *parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    size_t side[3], sides;
    *bad = 0;
    node->frame = (struct inki_frame){.stride = 1, .groups = 1, .biased = true};
    if (count < 1 || !inki_frame_numbers(words[0], side, &sides) || sides != 2)
        return "depthwise needs its kernel, as in 'depthwise 3x3'";
    node->frame.rows = side[0];
    node->frame.columns = side[1];
    ++*bad;
    const char *what = inki_frame_options(node, words, count, "spn", bad);
    if (what) return what;
    node->act = INKI_ACT_identity;
    if (*bad < count && !inki_activation_find(words[*bad], &node->act)) return INKI_NO_SUCH_ACTIVATION;
    if (*bad + 1 < count) {
        ++*bad;
        return "an activation comes last; put '|' before the next layer";
    }
    node->saves = node->act != INKI_ACT_identity;
    *bad = 0;
    return inki_frame_fit(node, node->in.channels);
}

static void print(const struct inki_node *node, char *text, size_t room)
{
    char options[80];
    inki_frame_print(node, 1, options, sizeof options);
    snprintf(text, room, "depthwise %zux%zu%s%s%s", node->frame.rows, node->frame.columns, options,
             node->saves ? " " : "", node->saves ? inki_activation_name(node->act) : "");
}

static size_t weights(const struct inki_node *node) { return bias_offset(node) + inki_padded(inki_pitch(&node->out)); }

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    const struct inki_frame *frame = &node->frame;
    const size_t channels = node->out.channels;
    if (i == 0)
        *out = (struct inki_param){.suffix = "weight",
                                   .role = INKI_WEIGHT,
                                   .rank = 4,
                                   .dims = {channels, 1, frame->rows, frame->columns},
                                   .count = channels * area(node),
                                   .fan_in = area(node),
                                   .fan_out = area(node)};
    else
        *out =
            (struct inki_param){.suffix = "bias", .role = INKI_BIAS, .rank = 1, .dims = {channels}, .count = channels};
    return i == 0 || (i == 1 && frame->biased);
}

static size_t at(const struct inki_node *node, size_t i, size_t at)
{
    if (i == 1) return bias_offset(node) + at;
    return at % area(node) * inki_pitch(&node->out) + at / area(node);
}

static bool segment(const struct inki_node *node, size_t i, struct inki_segment *out)
{
    if (i == 0) *out = (struct inki_segment){0, 0, bias_offset(node), 0, 1};
    if (i == 1) *out = (struct inki_segment){1, bias_offset(node), weights(node) - bias_offset(node), 0, 1};
    return i == 0 || (i == 1 && node->frame.biased);
}

static size_t cost(const struct inki_node *node) { return node->outputs * area(node); }

static void forward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct inki_window window = inki_frame_window(node);
    const float *bias = node->frame.biased ? inki_site_w(site) + bias_offset(node) : NULL;
    struct inki_range one = *range;
    for (size_t row = range->row; row < range->row_end; row++) {
        float *y = inki_image_at(&site->y, range, row);
        if (window.y_pitch != window.channels) memset(y, 0, node->outputs * sizeof *y);
        site->kern->depthwise(&window, inki_image_at(&site->x, range, row), inki_site_w(site), bias, y);
        one.row = row;
        one.row_end = row + 1;
        inki_activate(site, &one);
    }
}

static void backward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct inki_window window = inki_frame_window(node);
    for (size_t row = range->row; row < range->row_end; row++) {
        float *dx = inki_image_at(&site->dx, range, row);
        inki_clear_tail(node, dx);
        site->kern->depthwise_back(&window, inki_image_at(&site->dy, range, row), inki_site_w(site), dx, site->add_dx);
    }
}

static void gradient(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct inki_window window = inki_frame_window(node);
    float *g = inki_site_g(site);
    bool add = site->program->feed.add;
    if (!add) memset(g, 0, bias_offset(node) * sizeof *g);
    for (size_t row = range->row; row < range->row_end; row++, add = true) {
        const float *dz = inki_image_at(&site->dy, range, row);
        site->kern->depthwise_gradient(&window, inki_image_at(&site->x, range, row), dz, g);
        if (node->frame.biased)
            site->kern->column_sum(node->out.height * node->out.width, node->out.channels, window.y_pitch, dz,
                                   g + bias_offset(node), add);
    }
}

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->convolution ? to->convolution(to->user, node) : to->other(to->user, node);
}

const struct inki_op inki_depthwise_op = {
    .word = "depthwise",
    .stem = "conv",
    .form =
        "depthwise ROWSxCOLUMNS [stride S] [pad same|valid|P] [nobias] [ACTIVATION]: each channel's own convolution",
    .example = "depthwise 3x3 tanh",
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
    .forward = forward,
    .slope = inki_slope,
    .backward = backward,
    .gradient = gradient,
    .emit = emit,
};
