/* dense: y = act(x W + b).  dz = dy * act'(z),  dW = x' dz,  db = sum of dz over rows,  dx = dz W'.
 * SPDX-License-Identifier: MIT
 *
 * W is kept in panels of up to 64 columns, each [inputs][width] and contiguous, followed by b: a panel is what one thread
 * computes, differentiates and updates, so its weights stay in one core's cache. The panels follow from the number of
 * outputs alone. Widths are padded to INKI_LANES with zeros, which stay zero: their inputs' gradients are zero.
 * A small last layer behind the first one is grouped: its sum over inputs is made panel by panel of the layer in front. */
#include "base/text.h"
#include "model/program.h"

#include <stdio.h>
#include <string.h>

enum { MOST_OUTPUTS = 1000000 };

static size_t bias_offset(const struct inki_node *node) { return node->inputs * inki_padded(node->outputs); }

/* An ensemble's layer is an operation of its own. */
static bool has_members(const char *const *words, size_t count)
{
    bool has = false;
    for (size_t i = 1; i < count; i++) has = has || inki_same_name(words[i], strlen(words[i]), "members", 7);
    return has;
}

static const char *parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    size_t outputs;
    *bad = 0;
    if (count < 1) return "dense needs its number of outputs, as in 'dense 100 relu'";
    if (!inki_parse_count(words[0], &outputs) || outputs < 1 || outputs > MOST_OUTPUTS)
        return "the number of outputs must be 1 to 1000000";
    *bad = 1;
    if (has_members(words, count)) {
        node->op = &inki_members_op;
        return node->op->parse(node, words, count, bad);
    }
    node->act = INKI_ACT_identity;
    if (count >= 2 && !inki_activation_find(words[1], &node->act)) return INKI_NO_SUCH_ACTIVATION;
    *bad = 2;
    if (count > 2) return "dense takes a number and an activation; put '|' before the next layer";
    inki_node_shapes(node, (struct inki_shape){1, 1, outputs, 0});
    node->saves = node->act != INKI_ACT_identity;
    return NULL;
}

static void print(const struct inki_node *node, char *text, size_t room)
{
    snprintf(text, room, "dense %zu %s", node->outputs, inki_activation_name(node->act));
}

static size_t weights(const struct inki_node *node) { return bias_offset(node) + inki_padded(node->outputs); }

/* W transposed, [outputs][in_stride]: the gradient by x then runs over contiguous outputs too. */
static size_t derived(const struct inki_node *node) { return node->outputs * node->in_stride; }

/* Inputs without an image's padding. */
static size_t real_inputs(const struct inki_node *node) { return inki_shape_size(&node->in); }

/* Where input i of the file lies in x. */
static size_t input_at(const struct inki_node *node, size_t i)
{
    const size_t pixels = node->in.height * node->in.width;
    return node->planar ? i % pixels * inki_pitch(&node->in) + i / pixels : i;
}

/* Where sums begin, when the scaling has an offset. */
static size_t made(const struct inki_node *node, bool offset) { return offset ? node->out_stride : 0; }

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    const size_t in = real_inputs(node), outputs = node->outputs;
    if (i == 0)
        *out = (struct inki_param){.suffix = "weight",
                                   .role = INKI_WEIGHT,
                                   .rank = 2,
                                   .dims = {outputs, in},
                                   .count = outputs * in,
                                   .fan_in = in,
                                   .fan_out = outputs};
    else
        *out = (struct inki_param){.suffix = "bias", .role = INKI_BIAS, .rank = 1, .dims = {outputs}, .count = outputs};
    return i < 2;
}

static size_t at(const struct inki_node *node, size_t i, size_t at)
{
    size_t begin, end, column = i == 0 ? at / real_inputs(node) : at;
    if (i == 1) return bias_offset(node) + column;
    inki_panel_of(node->outputs, column, &begin, &end);
    return node->inputs * begin + input_at(node, at % real_inputs(node)) * (end - begin) + column - begin;
}

static bool segment(const struct inki_node *node, size_t i, struct inki_segment *out)
{
    size_t begin, end, q = i % node->panels;
    if (i >= 2 * node->panels) return false;
    inki_panel(node->outputs, q, &begin, &end);
    if (i < node->panels)
        *out = (struct inki_segment){0, node->inputs * begin, node->inputs * (end - begin), q, node->panels};
    else
        *out = (struct inki_segment){1, bias_offset(node) + begin, end - begin, q, node->panels};
    return true;
}

/* --------------------------------------------------------------- forward */

/* The columns [begin, end) of the weights from input `input` on. */
static const float *weights_at(const struct inki_site *site, size_t input, size_t begin, size_t end)
{
    return inki_site_w(site) + site->node->inputs * begin + input * (end - begin);
}

/* With a scaling's offset the sum over inputs begins with b + offset W. */
static void start(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    for (size_t q = range->panel; q < range->panel_end; q++) {
        size_t begin, end;
        inki_panel(node->outputs, q, &begin, &end);
        site->kern->gemm(&(struct inki_gemm){.m = 1,
                                             .n = end - begin,
                                             .k = node->inputs,
                                             .a = site->input->offset,
                                             .a_row = node->inputs,
                                             .a_col = 1,
                                             .b = weights_at(site, 0, begin, end),
                                             .b_row = end - begin,
                                             .c = site->made.at + range->part * site->made.apart + begin,
                                             .c_row = end - begin,
                                             .bias = inki_site_w(site) + bias_offset(node) + begin});
    }
}

static const float *start_of(const struct inki_site *site, size_t part)
{
    return site->made.at ? site->made.at + part * site->made.apart : inki_site_w(site) + bias_offset(site->node);
}

static void forward_panel(const struct inki_site *site, const struct inki_range *range, size_t q,
                          const uint64_t *nonzero)
{
    const struct inki_node *node = site->node;
    size_t begin, end, stride;
    inki_panel(node->outputs, q, &begin, &end);
    float *y = inki_block(&site->y, range->part, begin, end, range->row, &stride);
    site->kern->gemm(&(struct inki_gemm){.m = range->row_end - range->row,
                                         .n = end - begin,
                                         .k = node->inputs,
                                         .a = site->x.at + range->part * site->x.apart + range->row * node->in_stride,
                                         .a_row = node->in_stride,
                                         .a_col = 1,
                                         .b = weights_at(site, 0, begin, end),
                                         .b_row = end - begin,
                                         .c = y,
                                         .c_row = stride,
                                         .bias = start_of(site, range->part) + begin,
                                         .nonzero = nonzero,
                                         .prefetch = inki_input_prefetch(site->input, range->part)});
    struct inki_range own = *range;
    own.out = begin;
    own.out_end = end;
    inki_activate(site, &own);
}

static void forward_listed(const struct inki_site *site, const struct inki_range *range, size_t q)
{
    const struct inki_node *node = site->node;
    struct inki_listed call = inki_input_listed(site->input, range->part, range->row, range->row_end);
    struct inki_range own = *range;
    inki_panel(node->outputs, q, &own.out, &own.out_end);
    call.n = call.w_row = own.out_end - own.out;
    call.w = weights_at(site, 0, own.out, own.out_end);
    call.bias = inki_site_w(site) + bias_offset(node) + own.out;
    call.y = inki_block(&site->y, range->part, own.out, own.out_end, range->row, &call.y_row);
    site->kern->listed(&call);
    inki_activate(site, &own);
}

static void forward(const struct inki_site *site, const struct inki_range *range)
{
    const uint64_t *nonzero = NULL;
    if (site->input && site->input->listed) {
        for (size_t q = range->panel; q < range->panel_end; q++) forward_listed(site, range, q);
        return;
    }
    if (site->input && inki_input_pays(site->input, range->part, range->row, range->row_end))
        nonzero = inki_input_nonzero(site->input, range->part, range->row);
    for (size_t q = range->panel; q < range->panel_end; q++) forward_panel(site, range, q, nonzero);
}

/* ---------------------------------------------------------------- grouped */

/* What panel q of the layer in front gives to columns [column, column_end). */
static void part_panel(const struct inki_site *site, const struct inki_range *range, size_t q, size_t column,
                       size_t column_end)
{
    const struct inki_node *node = site->node;
    size_t begin, end, stride;
    inki_panel(node->inputs, q, &begin, &end);
    const size_t used = end < node->inputs ? end : node->inputs;
    const float *x = inki_block(&site->x, range->part, begin, end, range->row, &stride);
    float *partial = site->partial.at + q * site->partial.apart + range->row * node->out_stride;
    site->kern->gemm(&(struct inki_gemm){.m = range->row_end - range->row,
                                         .n = column_end - column,
                                         .k = used - begin,
                                         .a = x,
                                         .a_row = stride,
                                         .a_col = 1,
                                         .b = weights_at(site, begin, column, column_end),
                                         .b_row = column_end - column,
                                         .c = partial + column,
                                         .c_row = node->out_stride});
}

static void part(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    for (size_t begin = range->in, end, column, column_end; begin < range->in_end; begin = end) {
        const size_t front = inki_panel_of(node->inputs, begin, &begin, &end);
        for (size_t q = 0; q < node->panels; q++) {
            inki_panel(node->outputs, q, &column, &column_end);
            part_panel(site, range, front, column, column_end);
        }
    }
}

static void add_up(size_t n, float *restrict sum, const float *restrict part)
{
    for (size_t j = 0; j < n; j++) sum[j] += part[j];
}

/* b, then panel after panel. */
static void total(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t n = inki_padded(node->outputs), stride = node->out_stride, panels = inki_panels(node->inputs);
    float *y = site->y.at + range->part * site->y.apart;
    for (size_t row = range->row; row < range->row_end; row++) {
        memcpy(y + row * stride, inki_site_w(site) + bias_offset(node), n * sizeof *y);
        for (size_t q = 0; q < panels; q++)
            add_up(n, y + row * stride, site->partial.at + q * site->partial.apart + row * stride);
    }
}

/* --------------------------------------------------------------- backward */

static void sum(const struct inki_site *site, const struct inki_range *range)
{
    for (size_t q = range->panel; q < range->panel_end; q++) {
        size_t begin, end, stride;
        inki_panel(site->node->outputs, q, &begin, &end);
        const float *dy = inki_block(&site->dy, range->part, begin, end, 0, &stride);
        site->kern->column_sum(range->row_end, end - begin, stride, dy,
                               inki_site_g(site) + bias_offset(site->node) + begin, site->program->feed.add);
    }
}

/* The gradient of the weights from inputs [in, in_end), which lie together in x, to panel q; or their step. */
static void gradient_block(const struct inki_site *site, const struct inki_range *range, size_t in, size_t in_end,
                           size_t q, const uint64_t *columns)
{
    const struct inki_node *node = site->node;
    const struct inki_feed *feed = &site->program->feed;
    const struct inki_update *update = site->steps && feed->step_now ? site->program->use.update : NULL;
    const float *offset = site->input && feed->last ? site->input->offset : NULL;
    size_t begin, end, stride, dy_stride;
    inki_panel(node->outputs, q, &begin, &end);
    const float *x = inki_block(&site->x, range->part, in, in_end, 0, &stride);
    const float *dy = inki_block(&site->dy, range->part, begin, end, 0, &dy_stride);
    float *target = update ? inki_site_w(site) : inki_site_g(site);
    if (in_end > node->inputs) in_end = node->inputs;
    site->kern->gemm(&(struct inki_gemm){.m = in_end - in,
                                         .n = end - begin,
                                         .k = range->row_end,
                                         .a = x,
                                         .a_row = 1,
                                         .a_col = stride,
                                         .b = dy,
                                         .b_row = dy_stride,
                                         .c = target + node->inputs * begin + in * (end - begin),
                                         .c_row = end - begin,
                                         .add = feed->add,
                                         .nonzero = columns,
                                         .outer = offset ? offset + in : NULL,
                                         .outer_b = inki_site_g(site) + bias_offset(node) + begin,
                                         .step = update,
                                         .prefetch = inki_input_prefetch(site->input, range->part)});
}

static void gradient_listed(const struct inki_site *site, const struct inki_range *range, size_t q)
{
    const struct inki_node *node = site->node;
    struct inki_listed call = inki_input_listed(site->input, range->part, 0, range->row_end);
    size_t begin, end;
    inki_panel(node->outputs, q, &begin, &end);
    call.n = call.w_row = end - begin;
    call.y = inki_block(&site->dy, range->part, begin, end, 0, &call.y_row);
    call.in = range->in;
    call.in_end = range->in_end < node->inputs ? range->in_end : node->inputs;
    call.g = inki_site_g(site) + node->inputs * begin + range->in * (end - begin);
    call.add = site->program->feed.add;
    site->kern->listed_gradient(&call);
}

static void gradient(const struct inki_site *site, const struct inki_range *range)
{
    const uint64_t *columns = NULL;
    if (site->input && site->input->listed) {
        for (size_t q = range->panel; q < range->panel_end; q++) gradient_listed(site, range, q);
        return;
    }
    if (site->input && inki_input_pays(site->input, range->part, 0, range->row_end))
        columns = inki_input_columns(site->input, range->part, range->row_end, range->in, range->in_end);
    for (size_t in = range->in, in_end; in < range->in_end; in = in_end) {
        in_end = inki_block_end(&site->x, site->node->inputs, in, range->in_end);
        for (size_t q = range->panel; q < range->panel_end; q++) gradient_block(site, range, in, in_end, q, columns);
    }
}

/* W', from the panels: the gradient by x then runs over contiguous outputs too. */
static void turn(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    size_t in_end = range->in_end < node->inputs ? range->in_end : node->inputs, begin, end;
    float *derived = site->derived.at + range->part * site->derived.apart;
    for (size_t q = 0; q < node->panels; q++) {
        inki_panel(node->outputs, q, &begin, &end);
        size_t used = end < node->outputs ? end - begin : node->outputs - begin;
        site->kern->transpose(in_end - range->in, used, weights_at(site, range->in, begin, end), end - begin,
                              derived + begin * node->in_stride + range->in, node->in_stride);
    }
}

static void backward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const float *dy = site->dy.at + range->part * site->dy.apart + range->row * node->out_stride;
    for (size_t begin = range->in, end, stride; begin < range->in_end; begin = end) {
        end = inki_block_end(&site->dx, node->inputs, begin, range->in_end);
        float *dx = inki_block(&site->dx, range->part, begin, end, range->row, &stride);
        site->kern->gemm(&(struct inki_gemm){.m = range->row_end - range->row,
                                             .n = end - begin,
                                             .k = node->outputs,
                                             .a = dy,
                                             .a_row = node->out_stride,
                                             .a_col = 1,
                                             .b = site->derived.at + range->part * site->derived.apart + begin,
                                             .b_row = node->in_stride,
                                             .c = dx,
                                             .c_row = stride,
                                             .add = site->add_dx});
    }
}

static size_t cost(const struct inki_node *node) { return node->inputs * node->outputs; }

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->affine(to->user, node);
}

const struct inki_op inki_dense_op = {
    .word = "dense",
    .form = "dense OUTPUTS [ACTIVATION]: y = act(x W + b)",
    .example = "dense 37 tanh",
    .locality = INKI_BY_OUTPUT,
    .takes_input = true,
    .takes_list = true,
    .activates = true,
    .steps = true,
    .parse = parse,
    .print = print,
    .weights = weights,
    .param = param,
    .at = at,
    .segment = segment,
    .cost = cost,
    .derived = derived,
    .made = made,
    .start = start,
    .forward = forward,
    .part = part,
    .total = total,
    .slope = inki_slope,
    .turn = turn,
    .backward = backward,
    .sum = sum,
    .gradient = gradient,
    .emit = emit,
};
