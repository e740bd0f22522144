/* onnx_walk: a network under way: what a step may change, and scaling by constants wherever it stands.
 * SPDX-License-Identifier: MIT */
#include "out/onnx_walk.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <string.h>

struct inki_plain_layer *inki_onnx_last(const struct inki_onnx_walk *walk)
{
    const struct inki_plain *plain = &walk->network->plain;
    return plain->count ? &plain->layers[plain->count - 1] : NULL;
}

ink_status inki_onnx_change(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    walk->changed = true;
    return walk->is_closed ? inki_onnx_refuse(walk->onnx, node,
                                              "leads to an output of another network; one classifier can be imported: "
                                              "remove the other outputs from the graph")
                           : INK_OK;
}

void inki_onnx_set_row(struct inki_onnx_walk *walk, size_t columns)
{
    walk->state.rank = 1;
    walk->state.row[0] = columns;
}

size_t inki_onnx_row_size(const struct inki_onnx_state *state)
{
    size_t size = 1;
    for (size_t d = 0; d < state->rank; d++) size *= state->row[d];
    return size;
}

/* Columns of the value; 0: not known. */
static size_t width_of(const struct inki_onnx_walk *walk)
{
    const struct inki_plain_layer *layer = inki_onnx_last(walk);
    return layer ? layer->outputs / (walk->is_paired ? 2 : 1) : walk->features;
}

/* ------------------------------------------------------------------------------ scaling */

/* A constant stretched over the columns of a row, as ONNX (and NumPy) do it: sides of 1, and sides that are not there. */
static ink_status spread(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, const struct inki_onnx_values *from,
                         double **out)
{
    const struct inki_onnx_state *state = &walk->state;
    size_t stride[INKI_ONNX_RANK] = {0}, step = 1, ahead = state->rank + 1 - from->rank;
    bool fits = from->rank <= state->rank + 1;
    for (size_t d = from->rank; fits && d-- > 0; step *= from->dims[d]) {
        size_t at = ahead + d; /* 0: the rows */
        fits = from->dims[d] == 1 || (at > 0 && from->dims[d] == state->row[at - 1]);
        if (fits && at > 0 && from->dims[d] > 1) stride[at - 1] = step;
    }
    if (!fits)
        return inki_onnx_refuse(walk->onnx, node, "takes a constant without a number for each column of the value");
    size_t size = inki_onnx_row_size(state);
    *out = inki_alloc(walk->onnx->ctx, size, sizeof **out);
    if (!*out) return INK_NO_MEMORY;
    for (size_t i = 0; i < size; i++) {
        size_t place = 0, rest = i;
        for (size_t d = state->rank; d-- > 0; rest /= state->row[d]) place += rest % state->row[d] * stride[d];
        (*out)[i] = from->values[place];
    }
    return INK_OK;
}

/* x = (u - shift) factor in front of the network: one column more exactly than in general, so that files come back as they were. */
static ink_status scale_column(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, char op, size_t i,
                               float value)
{
    float *shift = &walk->network->plain.shift[i], *factor = &walk->network->plain.factor[i];
    if (op == 'M')
        *factor *= value;
    else if (op == 'D')
        *factor /= value;
    else if (*factor == 1)
        *shift = *shift == 0 && op == 'S' ? value : op == 'S' ? *shift + value : *shift - value;
    else if (*factor != 0)
        *shift += (op == 'S' ? value : -value) / *factor;
    else if (value != 0)
        return inki_onnx_refuse(walk->onnx, node, "moves a column that was multiplied by 0");
    return INK_OK;
}

static ink_status scale_input(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, char op, const double *values)
{
    INK_TRY(inki_network_scale(walk->network, walk->features));
    for (size_t i = 0; i < walk->features; i++) INK_TRY(scale_column(walk, node, op, i, (float)values[i]));
    return INK_OK;
}

static double applied(char op, double to, double value)
{
    return op == 'A' ? to + value : op == 'S' ? to - value : op == 'M' ? to * value : to / value;
}

/* Into the weights and the bias of the last layer, which has no activation yet. */
static void scale_layer(struct inki_plain_layer *layer, char op, const double *values)
{
    for (size_t o = 0; o < layer->outputs; o++) {
        layer->b[o] = (float)applied(op, (double)layer->b[o], values[o]);
        for (size_t i = 0; (op == 'M' || op == 'D') && i < layer->inputs; i++) {
            float *w = &layer->w[o * layer->inputs + i];
            *w = (float)applied(op, (double)*w, values[o]);
        }
    }
}

/* Behind an activation: kept for the layer that follows. */
static ink_status scale_later(struct inki_onnx_walk *walk, char op, const double *values)
{
    size_t count = width_of(walk);
    if (!walk->factor) {
        walk->factor = inki_alloc(walk->onnx->ctx, count, sizeof *walk->factor);
        walk->shift = inki_zalloc(walk->onnx->ctx, count, sizeof *walk->shift);
        if (!walk->factor || !walk->shift) return INK_NO_MEMORY;
        for (size_t i = 0; i < count; i++) walk->factor[i] = 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (op == 'M' || op == 'D') walk->factor[i] = applied(op, walk->factor[i], values[i]);
        walk->shift[i] = applied(op, walk->shift[i], values[i]);
    }
    return INK_OK;
}

/* + c, - c, * c or / c of each column, by the first letter of the operator. */
ink_status inki_onnx_scale(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, char op,
                           const struct inki_onnx_values *c)
{
    double *values = NULL;
    if (walk->state.is_deep)
        return inki_onnx_refuse(walk->onnx, node,
                                "scales a value whose sizes are not known; give the graph's input its sizes");
    if (!width_of(walk)) {
        walk->features = c->count;
        if (c->count < 2)
            return inki_onnx_refuse(walk->onnx, node,
                                    "scales columns whose number is not known; give the graph's input its sizes");
    }
    if (walk->features > walk->onnx->size) /* the first layer must have weights for all of them */
        return inki_onnx_refuse(walk->onnx, node, "scales more columns than the file has weights for");
    if (!walk->state.rank) inki_onnx_set_row(walk, width_of(walk));
    if (walk->state.stage > INKI_ONNX_ACTIVE)
        return inki_onnx_refuse(walk->onnx, node, "changes the answers, behind the network's end" INKI_ONNX_CUT);
    if (walk->state.is_whole)
        return inki_onnx_refuse(walk->onnx, node, "computes in integers; put a Cast to float in front of it");
    INK_TRY(inki_onnx_change(walk, node));
    INK_TRY(spread(walk, node, c, &values));
    ink_status status = INK_OK;
    if (walk->state.stage == INKI_ONNX_INPUT)
        status = scale_input(walk, node, op, values);
    else if (walk->state.stage == INKI_ONNX_LAYER)
        scale_layer(inki_onnx_last(walk), op, values);
    else
        status = scale_later(walk, op, values);
    inki_free(values);
    return status;
}

/* ------------------------------------------------------------------------------- layers */

ink_status inki_onnx_new_layer(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, size_t inputs, size_t outputs,
                               struct inki_plain_layer **out)
{
    INK_TRY(inki_onnx_change(walk, node));
    if (walk->is_paired && !inki_mul_fits(inputs, 2, &inputs))
        return inki_onnx_refuse(walk->onnx, node, "has too many inputs");
    return inki_network_add(walk->network, inputs, outputs, out);
}

/* sum w (y factor + shift) of a row of weights: what is added goes into the bias; a second half takes what a pair gives too much. */
static double take_row(const struct inki_onnx_walk *walk, float *w, size_t count)
{
    double sum = 0;
    for (size_t i = 0; walk->factor && i < count; i++) {
        sum += (double)w[i] * walk->shift[i];
        w[i] = (float)((double)w[i] * walk->factor[i]);
    }
    for (size_t i = 0; walk->is_paired && i < count; i++) w[count + i] = -w[i];
    return sum;
}

void inki_onnx_close_layer(struct inki_onnx_walk *walk, struct inki_plain_layer *layer)
{
    size_t count = walk->is_paired ? layer->inputs / 2 : layer->inputs;
    for (size_t o = 0; o < layer->outputs; o++)
        layer->b[o] = (float)take_row(walk, layer->w + o * layer->inputs, count);
    inki_free(walk->factor);
    inki_free(walk->shift);
    walk->factor = walk->shift = NULL;
    walk->is_paired = false;
    inki_onnx_set_row(walk, layer->outputs);
    walk->state.stage = INKI_ONNX_LAYER;
}

/* min(max(z, low), high) = low + relu(z - low) - relu(z - high): two units each. */
ink_status inki_onnx_clip(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, double low, double high)
{
    struct inki_plain_layer *layer = inki_onnx_last(walk);
    ink_ctx *ctx = walk->onnx->ctx;
    INK_TRY(inki_onnx_change(walk, node));
    const size_t outputs = layer->outputs, weights = outputs * layer->inputs;
    float *w = inki_alloc(ctx, weights, 2 * sizeof *w), *b = inki_alloc(ctx, outputs, 2 * sizeof *b);
    if (!w || !b) {
        inki_free(w);
        inki_free(b);
        return INK_NO_MEMORY;
    }
    memcpy(w, layer->w, weights * sizeof *w);
    memcpy(w + weights, layer->w, weights * sizeof *w);
    for (size_t o = 0; o < outputs; o++) {
        b[o] = (float)((double)layer->b[o] - low);
        b[outputs + o] = (float)((double)layer->b[o] - high);
    }
    inki_free(layer->w);
    inki_free(layer->b);
    layer->w = w;
    layer->b = b;
    layer->outputs = 2 * outputs;
    layer->act = INKI_ACT_relu;
    walk->is_paired = true;
    walk->state.stage = INKI_ONNX_ACTIVE;
    inki_note(ctx, "%s: node '%.60s' (%s) from %g to %g becomes two units with relu for each of %zu", walk->onnx->path,
              node->output[0], inki_onnx_op(node), low, high, outputs);
    return inki_onnx_scale(walk, node, 'A', &(struct inki_onnx_values){.count = 1, .values = &low});
}

#endif
