/* dense: y = act(x W + b).  dz = dy * act'(z),  dW = x' dz,  db = sum of dz over rows,  dx = dz W'.
 * SPDX-License-Identifier: MIT
 *
 * W is kept in panels of up to 64 columns, each [inputs][width] and contiguous, followed by b: a panel is what one thread
 * computes, differentiates and updates, so its weights stay in one core's cache. The panels follow from the number of
 * outputs alone. Widths are padded to INKI_LANES with zeros, which stay zero: their inputs' gradients are zero.
 * Where there are fewer panels than threads, rows (forward) or inputs (backward) are shared out instead. */
#include "base/pool.h"
#include "base/text.h"
#include "model/op.h"

#include <stdio.h>
#include <string.h>

enum { PANEL_VECTORS = 4, MOST_OUTPUTS = 1000000, STRIP = 64 };

static size_t vectors_of(size_t width) { return (width + INKI_LANES - 1) / INKI_LANES; }

static size_t strips_of(const struct inki_node *layer) { return (layer->inputs + STRIP - 1) / STRIP; }

/* Columns [begin, end) of panel q. */
static void panel_columns(const struct inki_node *layer, size_t q, size_t *begin, size_t *end)
{
    inki_share(vectors_of(layer->outputs), q, layer->panels, begin, end);
    *begin *= INKI_LANES;
    *end *= INKI_LANES;
}

static size_t bias_offset(const struct inki_node *layer)
{
    return layer->inputs * vectors_of(layer->outputs) * INKI_LANES;
}

#define NAME_IN_LIST(name, formula, he) " " #name

static const char *parse(struct inki_node *layer, const char *const *words, size_t count, size_t *bad)
{
    size_t outputs;
    *bad = 0;
    if (count < 1) return "dense needs its number of outputs, as in 'dense 100 relu'";
    if (!inki_parse_count(words[0], &outputs) || outputs < 1 || outputs > MOST_OUTPUTS)
        return "the number of outputs must be 1 to 1000000";
    *bad = 1;
    layer->act = INKI_ACT_identity;
    if (count >= 2) {
        int act = 0;
        while (act < INKI_ACT_COUNT && strcmp(inki_activation_name((enum inki_activation)act), words[1]) != 0) act++;
        if (act == INKI_ACT_COUNT) return "no such activation; there are:" INKI_ACTIVATIONS(NAME_IN_LIST);
        layer->act = (enum inki_activation)act;
    }
    *bad = 2;
    if (count > 2) return "dense takes a number and an activation; put '|' before the next layer";
    inki_node_shapes(layer, (struct inki_shape){1, 1, outputs});
    size_t vectors = vectors_of(outputs);
    layer->panels = (vectors + PANEL_VECTORS - 1) / PANEL_VECTORS;
    if (layer->panels == 1 && vectors > 1) layer->panels = 2; /* something for a second thread */
    return NULL;
}

static void print(const struct inki_node *layer, char *text, size_t room)
{
    snprintf(text, room, "dense %zu %s", layer->outputs, inki_activation_name(layer->act));
}

static size_t weights(const struct inki_node *layer)
{
    return bias_offset(layer) + vectors_of(layer->outputs) * INKI_LANES;
}

/* W transposed, [outputs][in_stride]: the gradient by x then runs over contiguous outputs too. */
static size_t scratch(const struct inki_node *layer) { return layer->outputs * layer->in_stride; }

static bool tensor(const struct inki_node *layer, size_t i, struct inki_tensor *out)
{
    if (i == 0)
        *out = (struct inki_tensor){"weight", 2, {layer->outputs, layer->inputs}, layer->outputs * layer->inputs};
    else
        *out = (struct inki_tensor){"bias", 1, {layer->outputs}, layer->outputs};
    return i < 2;
}

static size_t at(const struct inki_node *layer, size_t i, size_t at)
{
    size_t begin, end, column = i == 0 ? at / layer->inputs : at;
    if (i == 1) return bias_offset(layer) + column;
    size_t q = column / INKI_LANES * layer->panels / vectors_of(layer->outputs); /* or the one after it */
    panel_columns(layer, q, &begin, &end);
    if (column >= end) panel_columns(layer, q + 1, &begin, &end);
    return layer->inputs * begin + at % layer->inputs * (end - begin) + column - begin;
}

static bool segment(const struct inki_node *layer, size_t i, struct inki_segment *out)
{
    size_t begin, end, q = i % layer->panels;
    if (i >= 2 * layer->panels) return false;
    panel_columns(layer, q, &begin, &end);
    if (i < layer->panels)
        *out = (struct inki_segment){layer->inputs * begin, layer->inputs * (end - begin), true, q, layer->panels};
    else
        *out = (struct inki_segment){bias_offset(layer) + begin, end - begin, false, q, layer->panels};
    return true;
}

/* Row `row` of panel q in y, keep or dy; *stride floats lie between its rows. */
static float *panel_row(const struct inki_call *call, float *base, size_t q, size_t row, size_t *stride)
{
    size_t begin, end;
    panel_columns(call->layer, q, &begin, &end);
    *stride = call->room ? end - begin : call->layer->out_stride;
    return base + (call->room ? begin * call->room : begin) + row * *stride;
}

static const float *x_of(const struct inki_call *call, size_t part)
{
    return call->input ? inki_input_x(call->input, part) : call->x;
}

/* Only while each thread has a list of its own. */
static struct inki_ahead *ahead_of(const struct inki_call *call, size_t part)
{
    return call->input && part < call->input->copies ? &call->input->ahead[part] : NULL;
}

/* What the sum over inputs begins with in panel q: b, or with an offset start = b + offset W, made anew after each step. */
static const float *start_of(const struct inki_call *call, size_t q)
{
    size_t begin, end;
    panel_columns(call->layer, q, &begin, &end);
    return call->input && call->input->offset ? call->input->start + begin : call->w + bias_offset(call->layer) + begin;
}

static void make_start(const struct inki_call *call, size_t q)
{
    const struct inki_node *layer = call->layer;
    size_t begin, end;
    if (!call->fresh || !call->input || !call->input->offset) return;
    panel_columns(layer, q, &begin, &end);
    inki_kern(call->ctx)->gemm(&(struct inki_gemm){.m = 1,
                                                   .n = end - begin,
                                                   .k = layer->inputs,
                                                   .a = call->input->offset,
                                                   .a_row = layer->inputs,
                                                   .a_col = 1,
                                                   .b = call->w + layer->inputs * begin,
                                                   .b_row = end - begin,
                                                   .c = call->input->start + begin,
                                                   .c_row = end - begin,
                                                   .bias = call->w + bias_offset(layer) + begin});
}

/* Rows [row, row_end) of panel q. */
static void forward_panel(const struct inki_call *call, size_t part, size_t q, size_t row, size_t row_end,
                          const uint64_t *live)
{
    const float *x = x_of(call, part);
    const struct inki_node *layer = call->layer;
    const struct inki_kern *kern = inki_kern(call->ctx);
    size_t begin, end, stride;
    panel_columns(layer, q, &begin, &end);
    float *y = panel_row(call, call->y, q, row, &stride),
          *keep = call->keep ? panel_row(call, call->keep, q, row, &stride) : NULL;
    kern->gemm(&(struct inki_gemm){.m = row_end - row,
                                   .n = end - begin,
                                   .k = layer->inputs,
                                   .a = x + row * layer->in_stride,
                                   .a_row = layer->in_stride,
                                   .a_col = 1,
                                   .b = call->w + layer->inputs * begin,
                                   .b_row = end - begin,
                                   .c = y,
                                   .c_row = stride,
                                   .bias = start_of(call, q),
                                   .live = live,
                                   .ahead = ahead_of(call, part)});
    if (layer->act == INKI_ACT_identity) return;
    if (end > layer->outputs) end = layer->outputs; /* padding stays 0, also where act(0) is not */
    for (size_t at = 0; row < row_end; row++, at += stride)
        kern->activate[layer->act](end - begin, y + at, keep ? keep + at : NULL);
}

/* What panel q of call->layer gives to the sums of the head behind it. */
static void give_to_head(const struct inki_call *call, size_t q, size_t row, size_t row_end)
{
    const struct inki_head *head = call->head;
    const struct inki_node *layer = call->layer, *next = head->call.layer;
    size_t begin, end, column, column_end, stride;
    const float *y = panel_row(call, call->y, q, row, &stride);
    panel_columns(layer, q, &begin, &end);
    if (end > layer->outputs) end = layer->outputs;
    for (size_t p = 0; p < next->panels; p++) {
        panel_columns(next, p, &column, &column_end);
        inki_kern(call->ctx)->gemm(
            &(struct inki_gemm){.m = row_end - row,
                                .n = column_end - column,
                                .k = end - begin,
                                .a = y,
                                .a_row = stride,
                                .a_col = 1,
                                .b = head->call.w + next->inputs * column + begin * (column_end - column),
                                .b_row = column_end - column,
                                .c = head->partial + (q * head->room + row) * next->out_stride + column,
                                .c_row = next->out_stride});
    }
}

/* Takes its rows first: all of them into its own copy, or its share of the only one. */
static void forward_part(void *arg, size_t part, size_t parts)
{
    const struct inki_call *call = arg;
    size_t panel = 0, panel_end = call->layer->panels, row = 0, row_end = call->rows;
    const uint64_t *live = NULL;
    bool by_panel = panel_end >= parts;
    if (by_panel)
        inki_share(call->layer->panels, part, parts, &panel, &panel_end);
    else
        inki_share(call->rows, part, parts, &row, &row_end);
    if (call->input) {
        inki_input_take(call->input, part % call->input->copies, row, row_end);
        if (inki_input_pays(call->input, part, row, row_end)) live = inki_input_live(call->input, part, row);
    }
    for (; panel < panel_end; panel++) {
        if (by_panel) make_start(call, panel);
        forward_panel(call, part, panel, row, row_end, live);
        if (call->head) give_to_head(call, panel, row, row_end);
    }
}

static size_t cost(const struct inki_call *call) { return call->rows * call->layer->inputs * call->layer->outputs; }

static void forward(const struct inki_call *call)
{
    if (call->layer->panels < inki_parts(call->ctx, cost(call)))
        for (size_t q = 0; q < call->layer->panels; q++) make_start(call, q);
    inki_parallel(call->ctx, cost(call), forward_part, (void *)call);
}

/* dy becomes dz in the columns of panel q. */
static void slope_panel(const struct inki_call *call, size_t q, size_t row, size_t row_end)
{
    const struct inki_node *layer = call->layer;
    size_t begin, end, stride;
    if (layer->act == INKI_ACT_identity) return;
    panel_columns(layer, q, &begin, &end);
    float *dy = panel_row(call, call->dy, q, row, &stride), *keep = panel_row(call, call->keep, q, row, &stride);
    for (size_t at = 0; row < row_end; row++, at += stride)
        inki_kern(call->ctx)->multiply(end - begin, dy + at, keep + at);
}

/* The gradient of W's rows [input, input_end) in panel q; with a step, what it does to W. columns: from
 * the strip of `input` on. */
static void weight_gradient(const struct inki_call *call, size_t part, size_t q, size_t input, size_t input_end,
                            const uint64_t *columns)
{
    const float *x = x_of(call, part), *offset = call->input && call->last ? call->input->offset : NULL;
    const struct inki_node *layer = call->layer;
    size_t begin, end, stride;
    panel_columns(layer, q, &begin, &end);
    const float *dy = panel_row(call, call->dy, q, 0, &stride);
    float *target = call->sgd ? call->w : call->g;
    inki_kern(call->ctx)->gemm(&(struct inki_gemm){.m = input_end - input,
                                                   .n = end - begin,
                                                   .k = call->rows,
                                                   .a = x + input,
                                                   .a_row = 1,
                                                   .a_col = layer->in_stride,
                                                   .b = dy,
                                                   .b_row = stride,
                                                   .c = target + layer->inputs * begin + input * (end - begin),
                                                   .c_row = end - begin,
                                                   .add = call->add,
                                                   .live = columns,
                                                   .outer = offset ? offset + input : NULL,
                                                   .outer_b = call->g + bias_offset(layer) + begin,
                                                   .step = call->sgd,
                                                   .ahead = ahead_of(call, part)});
}

static void bias_gradient(const struct inki_call *call, size_t q)
{
    size_t begin, end, stride;
    const float *dy = panel_row(call, call->dy, q, 0, &stride);
    panel_columns(call->layer, q, &begin, &end);
    inki_kern(call->ctx)->column_sum(call->rows, end - begin, stride, dy, call->g + bias_offset(call->layer) + begin,
                                     call->add);
}

/* With enough panels each thread does all there is to do for its own, else inputs are shared out, in whole strips. */
static void own_gradients(const struct inki_call *call, size_t part, size_t parts)
{
    size_t panels = call->layer->panels, panel = 0, panel_end = panels, strip = 0, strip_end = strips_of(call->layer);
    const uint64_t *columns = NULL;
    bool by_panel = panels >= parts;
    if (by_panel)
        inki_share(panels, part, parts, &panel, &panel_end);
    else
        inki_share(strip_end, part, parts, &strip, &strip_end);
    if (panel == panel_end || strip == strip_end) return;
    if (call->input && inki_input_pays(call->input, part, 0, call->rows))
        columns = inki_input_columns(call->input, part, call->rows, strip, strip_end);
    size_t input = strip * STRIP, input_end = strip_end * STRIP;
    if (input_end > call->layer->inputs) input_end = call->layer->inputs;
    for (; panel < panel_end; panel++) {
        if (by_panel && !call->has_dz) slope_panel(call, panel, 0, call->rows);
        if (by_panel) bias_gradient(call, panel);
        weight_gradient(call, part, panel, input, input_end, columns);
    }
}

static void gradients_part(void *arg, size_t part, size_t parts) { own_gradients(arg, part, parts); }

/* Columns [begin, end) of W', from the panels. */
static void transpose_inputs(const struct inki_call *call, size_t begin, size_t end)
{
    const struct inki_node *layer = call->layer;
    if (end > layer->inputs) end = layer->inputs;
    for (size_t q = 0; q < layer->panels; q++) {
        size_t column, column_end;
        panel_columns(layer, q, &column, &column_end);
        size_t width = column_end - column, used = column_end < layer->outputs ? width : layer->outputs - column;
        inki_kern(call->ctx)->transpose(end - begin, used, call->w + layer->inputs * column + begin * width, width,
                                        call->scratch + column * layer->in_stride + begin, layer->in_stride);
    }
}

/* Columns [begin, end) of dx, for rows [row, row_end); dx[rows][stride] is that of the first of these columns. */
static void input_gradient(const struct inki_call *call, size_t begin, size_t end, float *dx, size_t stride, size_t row,
                           size_t row_end)
{
    const struct inki_node *layer = call->layer;
    inki_kern(call->ctx)->gemm(&(struct inki_gemm){.m = row_end - row,
                                                   .n = end - begin,
                                                   .k = layer->outputs,
                                                   .a = call->dy + row * layer->out_stride,
                                                   .a_row = layer->out_stride,
                                                   .a_col = 1,
                                                   .b = call->scratch + begin,
                                                   .b_row = layer->in_stride,
                                                   .c = dx + row * stride,
                                                   .c_row = stride});
}

static void input_gradient_part(void *arg, size_t part, size_t parts)
{
    const struct inki_call *call = arg;
    size_t begin, end;
    inki_share(vectors_of(call->layer->inputs), part, parts, &begin, &end);
    begin *= INKI_LANES;
    end *= INKI_LANES;
    if (begin == end) return;
    if (call->fresh) transpose_inputs(call, begin, end);
    input_gradient(call, begin, end, call->dx + begin, call->layer->in_stride, 0, call->rows);
}

/* Both gradients at once: dz is there already, so neither waits for other threads. */
static void both_part(void *arg, size_t part, size_t parts)
{
    own_gradients(arg, part, parts);
    input_gradient_part(arg, part, parts);
}

/* Where inputs are shared out every thread needs all of dz and db at once, so they are made before. */
static void begin_gradients(const struct inki_call *call, size_t parts)
{
    if (call->layer->panels >= parts) return;
    for (size_t q = 0; q < call->layer->panels; q++) {
        if (!call->has_dz) slope_panel(call, q, 0, call->rows);
        bias_gradient(call, q);
    }
}

static void backward(const struct inki_call *call)
{
    size_t parts = inki_parts(call->ctx, cost(call));
    bool slopes = call->layer->act != INKI_ACT_identity && call->layer->panels >= parts;
    begin_gradients(call, parts);
    if (call->dx && !slopes) {
        inki_parallel(call->ctx, cost(call), both_part, (void *)call);
        return;
    }
    inki_parallel(call->ctx, cost(call), gradients_part, (void *)call);
    if (call->dx) inki_parallel(call->ctx, cost(call), input_gradient_part, (void *)call);
}

static void forward_rows(const struct inki_call *call, size_t row, size_t row_end)
{
    for (size_t q = 0; q < call->layer->panels; q++) forward_panel(call, 0, q, row, row_end, NULL);
}

/* scratch is the calling thread's own. */
static void backward_rows(const struct inki_call *call, size_t row, size_t row_end)
{
    size_t width = vectors_of(call->layer->inputs) * INKI_LANES;
    for (size_t q = 0; q < call->layer->panels; q++) slope_panel(call, q, row, row_end);
    if (call->fresh) transpose_inputs(call, 0, width);
    input_gradient(call, 0, width, call->dx, call->layer->in_stride, row, row_end);
}

/* -------------------------------------------------------------------- head */

static void add_up(size_t n, float *restrict sum, const float *restrict part)
{
    for (size_t j = 0; j < n; j++) sum[j] += part[j];
}

void inki_head_sum(const struct inki_head *head, size_t panels, size_t row, size_t row_end, float *y)
{
    const struct inki_node *layer = head->call.layer;
    const size_t n = vectors_of(layer->outputs) * INKI_LANES, stride = layer->out_stride;
    for (; row < row_end; row++) {
        memcpy(y + row * stride, head->call.w + bias_offset(layer), n * sizeof *y);
        for (size_t q = 0; q < panels; q++)
            add_up(n, y + row * stride, head->partial + (q * head->room + row) * stride);
    }
}

/* The gradient by the outputs of panel p of `first`, and that of the weights which they go through. */
static void head_panel(const struct inki_head *head, const struct inki_call *first, size_t p)
{
    const struct inki_call *call = &head->call;
    const struct inki_node *layer = call->layer;
    size_t begin, end, stride, column, column_end;
    panel_columns(first->layer, p, &begin, &end);
    if (call->fresh) transpose_inputs(call, begin, end);
    float *dx = panel_row(first, first->dy, p, 0, &stride);
    input_gradient(call, begin, end, dx, stride, 0, call->rows);
    if (end > first->layer->outputs) end = first->layer->outputs;
    for (size_t q = 0; q < layer->panels; q++) {
        const float *x = panel_row(first, first->y, p, 0, &stride);
        float *target = call->sgd ? call->w : call->g;
        panel_columns(layer, q, &column, &column_end);
        inki_kern(call->ctx)->gemm(
            &(struct inki_gemm){.m = end - begin,
                                .n = column_end - column,
                                .k = call->rows,
                                .a = x,
                                .a_row = 1,
                                .a_col = stride,
                                .b = call->dy + column,
                                .b_row = layer->out_stride,
                                .c = target + layer->inputs * column + begin * (column_end - column),
                                .c_row = column_end - column,
                                .add = call->add,
                                .step = call->sgd});
    }
}

void inki_head_gradients(const struct inki_head *head, const struct inki_call *first, size_t part, size_t parts)
{
    size_t panel, panel_end;
    inki_share(first->layer->panels, part, parts, &panel, &panel_end);
    for (size_t q = 0; part == 0 && q < head->call.layer->panels; q++) bias_gradient(&head->call, q);
    for (; panel < panel_end; panel++) head_panel(head, first, panel);
    own_gradients(first, part, parts);
}

const struct inki_op inki_dense_op = {
    .word = "dense",
    .form = "dense OUTPUTS [ACTIVATION]: y = act(x W + b)",
    .example = "dense 37 tanh",
    .takes_input = true,
    .fuse = true,
    .parse = parse,
    .print = print,
    .weights = weights,
    .scratch = scratch,
    .tensor = tensor,
    .at = at,
    .segment = segment,
    .forward = forward,
    .backward = backward,
    .forward_rows = forward_rows,
    .backward_rows = backward_rows,
    .begin_gradients = begin_gradients,
    .gradients = own_gradients,
};
