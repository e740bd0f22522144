/* onnx_steps: what each operator of ONNX makes of a network under way: scaling, layers, activations, softmax.
 * SPDX-License-Identifier: MIT
 *
 * Known are scaling by constants, Gemm, MatMul and Add, BatchNormalization (folded into the layer beside it), the activations, Softmax at the
 * end, and what changes no number (Identity, Flatten, Dropout, …). Anything else is refused by its name. */
#include "out/onnx_walk.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------------- scaling and bias */

static ink_status scale_by_one(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, char op, double value)
{
    return inki_onnx_scale(walk, node, op, &(struct inki_onnx_values){.count = 1, .values = &value});
}

static ink_status step_arithmetic(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values c;
    char op = *inki_onnx_op(node);
    bool first = inki_onnx_same(inki_onnx_input(node, 0), walk->step->from);
    const Inki__Onnx__Attribute *axis = inki_onnx_attribute(node, "axis");
    if (axis && axis->i != 1 && axis->i != -1)
        return inki_onnx_refuse(walk->onnx, node,
                                "is of an opset before 7, and not along columns; export the network again");
    if (!first && op == 'D') return inki_onnx_refuse(walk->onnx, node, "divides a constant by the value");
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, first ? 1 : 0), &c));
    ink_status status = inki_onnx_scale(walk, node, op, &c);
    if (status == INK_OK && !first && op == 'S') status = scale_by_one(walk, node, 'M', -1); /* c - x = -(x - c) */
    inki_onnx_drop(&c);
    return status;
}

static ink_status step_negate(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    return scale_by_one(walk, node, 'M', -1);
}

/* An attribute's list of numbers, by a scaler of ai.onnx.ml. */
static ink_status scale_by_list(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, const char *name, char op)
{
    const Inki__Onnx__Attribute *list = inki_onnx_attribute(node, name);
    struct inki_onnx_values c = {.rank = 1};
    if (!list || !list->n_floats) return INK_OK;
    c.dims[0] = c.count = list->n_floats;
    c.values = inki_alloc(walk->onnx->ctx, c.count, sizeof *c.values);
    if (!c.values) return INK_NO_MEMORY;
    for (size_t i = 0; i < c.count; i++) c.values[i] = (double)list->floats[i];
    ink_status status = inki_onnx_scale(walk, node, op, &c);
    inki_onnx_drop(&c);
    return status;
}

static ink_status step_scaler(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    walk->state.is_whole = false;
    INK_TRY(scale_by_list(walk, node, "offset", 'S'));
    return scale_by_list(walk, node, "scale", 'M');
}

/* (x - mean) scale / sqrt(variance + epsilon) + bias of each channel, the first side of a row. */
static ink_status step_norm(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values part[4] = {{0}};
    double epsilon = (double)inki_onnx_float(node, "epsilon", 1e-5f);
    ink_status status = INK_OK;
    if (inki_onnx_int(node, "training_mode", 0) != 0 || node->n_output > 1)
        return inki_onnx_refuse(walk->onnx, node, "is in training; save the network for use (model.eval() in PyTorch)");
    for (size_t k = 0; k < 4 && status == INK_OK; k++)
        status = inki_onnx_take(walk->onnx, inki_onnx_input(node, k + 1), &part[k]);
    bool fits = status == INK_OK && part[0].rank == 1;
    for (size_t k = 1; k < 4; k++) fits = fits && part[k].rank == 1 && part[k].count == part[0].count;
    if (status == INK_OK && !fits)
        status = inki_onnx_refuse(walk->onnx, node, "lacks a number of each kind for each channel");
    double *gain = fits ? inki_alloc(walk->onnx->ctx, part[0].count, sizeof *gain) : NULL;
    if (fits && !gain) status = INK_NO_MEMORY;
    if (status == INK_OK) {
        struct inki_onnx_values c = {.rank = walk->state.rank ? walk->state.rank : 1, .count = part[0].count};
        for (size_t d = 0; d < c.rank; d++) c.dims[d] = d == 0 ? c.count : 1;
        for (size_t i = 0; i < c.count; i++) gain[i] = part[0].values[i] / sqrt(part[3].values[i] + epsilon);
        const double *const terms[] = {part[2].values, gain, part[1].values};
        for (size_t k = 0; k < 3 && status == INK_OK; k++) {
            c.values = (double *)(uintptr_t)terms[k];
            status = inki_onnx_scale(walk, node, "SMA"[k], &c);
        }
    }
    inki_free(gain);
    for (size_t k = 0; k < 4; k++) inki_onnx_drop(&part[k]);
    return status;
}

/* ------------------------------------------------------------------------------ layers */

/* The layer takes the last side of the value: it must be the only one. */
static ink_status check_inputs(const struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, size_t inputs)
{
    const struct inki_onnx_state *state = &walk->state;
    if (state->stage > INKI_ONNX_ACTIVE)
        return inki_onnx_refuse(
            walk->onnx, node,
            "is a layer behind a softmax or the answers; networks with a softmax at their end alone can be imported");
    if (state->is_whole)
        return inki_onnx_refuse(walk->onnx, node, "multiplies integers; put a Cast to float in front of it");
    if (state->is_deep)
        return inki_onnx_refuse(walk->onnx, node,
                                "multiplies a value of several dimensions; put a Flatten in front of it");
    if (state->rank > 1 && state->row[state->rank - 1] != inki_onnx_row_size(state))
        return inki_onnx_refuse(walk->onnx, node,
                                "multiplies the last of several dimensions; put a Flatten in front of it");
    if (inki_onnx_last(walk) || !walk->features || walk->features == inputs) return INK_OK;
    return inki_fail(walk->onnx->ctx, INK_BAD_FILE, "%s: the first layer takes %zu inputs, the graph's input has %zu",
                     walk->onnx->path, inputs, walk->features);
}

/* W from values[rows][columns], turned if they are (inputs, outputs). */
static ink_status add_layer(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node,
                            const struct inki_onnx_values *from, bool out_in, double factor)
{
    struct inki_plain_layer *layer;
    if (from->rank != 2) return inki_onnx_refuse(walk->onnx, node, "has weights that are not a matrix");
    size_t inputs = from->dims[out_in ? 1 : 0], outputs = from->dims[out_in ? 0 : 1];
    INK_TRY(check_inputs(walk, node, inputs));
    walk->features = inki_onnx_last(walk) ? walk->features : inputs;
    INK_TRY(inki_onnx_new_layer(walk, node, inputs, outputs, &layer));
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++) {
            double w = from->values[out_in ? o * inputs + i : i * outputs + o];
            layer->w[o * layer->inputs + i] = (float)(factor == 1 ? w : w * factor);
        }
    inki_onnx_close_layer(walk, layer);
    return INK_OK;
}

static ink_status add_bias(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, double factor)
{
    struct inki_onnx_values b;
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 2), &b));
    struct inki_onnx_values scaled = b;
    scaled.values = inki_alloc(walk->onnx->ctx, b.count, sizeof *b.values);
    for (size_t i = 0; scaled.values && i < b.count; i++) scaled.values[i] = b.values[i] * factor;
    ink_status status = scaled.values ? inki_onnx_scale(walk, node, 'A', &scaled) : INK_NO_MEMORY;
    inki_free(scaled.values);
    inki_onnx_drop(&b);
    return status;
}

static ink_status step_gemm(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values w;
    if (inki_onnx_int(node, "transA", 0) != 0 || !inki_onnx_same(inki_onnx_input(node, 0), walk->step->from))
        return inki_onnx_refuse(walk->onnx, node, "multiplies the other way round: rows must be its first input");
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &w));
    ink_status status =
        add_layer(walk, node, &w, inki_onnx_int(node, "transB", 0) != 0, (double)inki_onnx_float(node, "alpha", 1));
    inki_onnx_drop(&w);
    if (status != INK_OK || !*inki_onnx_input(node, 2)) return status;
    return add_bias(walk, node, (double)inki_onnx_float(node, "beta", 1));
}

static ink_status step_matmul(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values w;
    if (!inki_onnx_same(inki_onnx_input(node, 0), walk->step->from))
        return inki_onnx_refuse(walk->onnx, node, "multiplies the other way round: rows must be its first input");
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &w));
    ink_status status = add_layer(walk, node, &w, false, 1);
    inki_onnx_drop(&w);
    return status;
}

/* ------------------------------------------------------------------------ activations */

static ink_status activate(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, enum inki_activation act)
{
    if (walk->state.stage != INKI_ONNX_LAYER)
        return inki_onnx_refuse(walk->onnx, node,
                                "is an activation that has no layer in front of it, or has one activation already; one "
                                "behind each layer can be imported");
    INK_TRY(inki_onnx_change(walk, node));
    inki_onnx_last(walk)->act = act;
    walk->state.stage = INKI_ONNX_ACTIVE;
    return INK_OK;
}

static ink_status step_relu(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    return activate(walk, node, INKI_ACT_relu);
}

static ink_status step_tanh(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    return activate(walk, node, INKI_ACT_tanh);
}

static ink_status step_sigmoid(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    return activate(walk, node, INKI_ACT_sigmoid);
}

static ink_status step_gelu(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *form = inki_onnx_attribute(node, "approximate");
    if (form && form->s.len == 4 && memcmp(form->s.data, "tanh", 4) == 0)
        return inki_onnx_refuse(walk->onnx, node,
                                "approximates by tanh; Gelu as it is (approximate='none') can be imported");
    return activate(walk, node, INKI_ACT_gelu);
}

static ink_status with_slope(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, double slope)
{
    if (slope == 0) return activate(walk, node, INKI_ACT_relu);
    if (!(fabs(slope - 0.01) <= 1e-7))
        return inki_onnx_refuse(walk->onnx, node,
                                "has another slope than 0.01 (or 0); networks with one of these can be imported");
    return activate(walk, node, INKI_ACT_leaky_relu);
}

static ink_status step_leaky(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    return with_slope(walk, node, (double)inki_onnx_float(node, "alpha", 0.01f));
}

/* Slopes that were learned can all be as they began. */
static ink_status step_prelu(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values slopes;
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &slopes));
    double first = slopes.count ? slopes.values[0] : (double)NAN;
    for (size_t i = 1; i < slopes.count; i++)
        if (slopes.values[i] != first) first = (double)NAN;
    inki_onnx_drop(&slopes);
    return with_slope(walk, node, first);
}

/* A bound of Clip: an input, or (before opset 11) an attribute. */
static ink_status bound_of(const struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, size_t i, const char *name,
                           double *bound)
{
    struct inki_onnx_values value;
    const Inki__Onnx__Attribute *given = inki_onnx_attribute(node, name);
    if (given) *bound = (double)given->f;
    if (!*inki_onnx_input(node, i)) return INK_OK;
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, i), &value));
    *bound = value.count == 1 ? value.values[0] : (double)NAN;
    inki_onnx_drop(&value);
    return INK_OK;
}

/* Between two bounds: all, from 0 upwards, or what two units with relu can do. */
static ink_status clip(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, double low, double high)
{
    bool from_below = low <= -3e38, to_above = high >= 3e38;
    bool is_answer = walk->state.stage == INKI_ONNX_ANSWERS && !walk->state.is_log && low <= 0 && high >= 1;
    if ((from_below && to_above) || is_answer) return INK_OK;
    if (low == 0 && to_above) return activate(walk, node, INKI_ACT_relu);
    if (walk->state.stage != INKI_ONNX_LAYER)
        return inki_onnx_refuse(
            walk->onnx, node,
            "has no layer in front of it, or has an activation already; one behind each layer can be imported");
    if (from_below || to_above || !(low < high))
        return inki_onnx_refuse(walk->onnx, node,
                                "has bounds that are not those of an activation; two numbers, or 0 and none, are");
    return inki_onnx_clip(walk, node, low, high);
}

static ink_status step_clip(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    double low = (double)-INFINITY, high = (double)INFINITY;
    INK_TRY(bound_of(walk, node, 1, "min", &low));
    INK_TRY(bound_of(walk, node, 2, "max", &high));
    return clip(walk, node, low, high);
}

static ink_status step_hard_sigmoid(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    if (walk->state.stage != INKI_ONNX_LAYER)
        return inki_onnx_refuse(
            walk->onnx, node,
            "has no layer in front of it, or has an activation already; one behind each layer can be imported");
    INK_TRY(scale_by_one(walk, node, 'M', (double)inki_onnx_float(node, "alpha", 0.2f)));
    INK_TRY(scale_by_one(walk, node, 'A', (double)inki_onnx_float(node, "beta", 0.5f)));
    return clip(walk, node, 0, 1);
}

static ink_status step_max(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    bool first = inki_onnx_same(inki_onnx_input(node, 0), walk->step->from);
    if (node->n_input != 2 || !inki_onnx_is_number(walk->onnx, inki_onnx_input(node, first ? 1 : 0), 0))
        return inki_onnx_refuse(
            walk->onnx, node,
            "is not a Relu: it compares with another number than 0; Clip and Max with 0 can be imported");
    return activate(walk, node, INKI_ACT_relu);
}

/* A layer that gives what it takes, for a softmax of what an activation gave. */
static ink_status add_unit_layer(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_plain_layer *layer;
    size_t count = inki_onnx_row_size(&walk->state);
    if (count > 512) return inki_onnx_refuse(walk->onnx, node, "stands behind an activation");
    INK_TRY(inki_onnx_new_layer(walk, node, count, count, &layer));
    for (size_t o = 0; o < count; o++)
        for (size_t i = 0; i < count; i++) layer->w[o * layer->inputs + i] = i == o;
    inki_onnx_close_layer(walk, layer);
    return INK_OK;
}

static ink_status step_softmax(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    const struct inki_onnx_state *state = &walk->state;
    int64_t axis = inki_onnx_int(node, "axis", -1);
    if (state->stage == INKI_ONNX_INPUT) return inki_onnx_refuse(walk->onnx, node, "has no layer in front of it");
    if (state->stage > INKI_ONNX_ACTIVE)
        return inki_onnx_refuse(walk->onnx, node, "stands behind a softmax or the answers" INKI_ONNX_CUT);
    if (axis != -1 && axis != (int64_t)state->rank)
        return inki_onnx_refuse(walk->onnx, node, "is not over the classes, the last dimension");
    if (state->row[state->rank - 1] != inki_onnx_row_size(state))
        return inki_onnx_refuse(walk->onnx, node,
                                "is over a part of the outputs only; a softmax over all of them can be imported");
    if (state->stage == INKI_ONNX_ACTIVE) INK_TRY(add_unit_layer(walk, node));
    walk->state.stage = INKI_ONNX_ANSWERS;
    walk->state.is_log = inki_onnx_same(node->op_type, "LogSoftmax");
    return INK_OK;
}

/* -------------------------------------------------------------- nothing, and other shapes */

static ink_status step_nothing(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    (void)walk;
    (void)node;
    return INK_OK;
}

static ink_status step_dropout(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    if (*inki_onnx_input(node, 2) && !inki_onnx_is_number(walk->onnx, inki_onnx_input(node, 2), 0))
        return inki_onnx_refuse(walk->onnx, node, "is in training; save the network for use (model.eval() in PyTorch)");
    return INK_OK;
}

static ink_status step_log(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    if (walk->state.stage != INKI_ONNX_ANSWERS || walk->state.is_log)
        return inki_onnx_refuse(walk->onnx, node, "does not stand behind a softmax");
    walk->state.is_log = true;
    return INK_OK;
}

/* Whether one integer type holds all numbers of another. */
static bool is_wider(int64_t from, int64_t to)
{
    double low, high, to_low, to_high;
    inki_onnx_limits(from, &low, &high);
    inki_onnx_limits(to, &to_low, &to_high);
    return (to_low <= low && to_high >= high) || to == INKI_ONNX_INT32; /* numbers beyond it are nobody's integers */
}

/* Numbers keep their value from one type to another, or the cast is refused. */
static ink_status step_cast(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    int64_t type = inki_onnx_int(node, "to", 0);
    bool whole = inki_onnx_is_whole(type), half = type == INKI_ONNX_FLOAT16 || type == INKI_ONNX_BFLOAT16;
    if (walk->state.stage >= INKI_ONNX_PLACE)
        return type == INKI_ONNX_BOOL ? inki_onnx_refuse(walk->onnx, node, "makes truth values of the classes")
                                      : INK_OK;
    if (whole && !walk->state.is_whole)
        return inki_onnx_refuse(walk->onnx, node,
                                "converts to integers and drops the decimals; float networks can be imported");
    if (whole && !is_wider(walk->state.type, type))
        return inki_onnx_refuse(
            walk->onnx, node,
            "converts to integers that cannot hold all numbers that come; float networks can be imported");
    if (!whole && !half && type != INKI_ONNX_FLOAT && type != INKI_ONNX_DOUBLE)
        return inki_onnx_refuse(walk->onnx, node, "converts numbers to something else; float networks can be imported");
    if (!whole) INK_TRY(inki_onnx_cast_floats(walk->onnx, node));
    walk->state.is_whole = whole;
    walk->state.type = type;
    return INK_OK;
}

/* Whether the first size of a shape is the number of rows: not known, left as it is, the rest, one (then there is one), or what the input says. */
static bool is_rows(const struct inki_onnx_walk *walk, double size, bool is_rest)
{
    return isnan(size) || size == 0 || size == 1 || (size == -1 && is_rest) ||
           (walk->rows && size == (double)walk->rows);
}

/* The sizes of a row by a shape; false if rows do not stay rows, with the values of each in their order. */
static bool shape_row(const struct inki_onnx_walk *walk, const struct inki_onnx_values *shape,
                      struct inki_onnx_state *out)
{
    const struct inki_onnx_state *old = &walk->state;
    size_t size = inki_onnx_row_size(old), known = 1, open = INKI_ONNX_RANK;
    if (shape->count < 1 || shape->count > INKI_ONNX_RANK) return false;
    out->rank = shape->count - 1;
    for (size_t d = 0; d < out->rank; d++) {
        double side = shape->values[d + 1];
        if (!(side == -1 && open == INKI_ONNX_RANK) && !(side >= 0 && side < 1e9)) return false;
        if (side == -1) open = d;
        out->row[d] = side > 0 ? (size_t)side : side == 0 && d < old->rank ? old->row[d] : 1;
        if (!inki_mul_fits(known, out->row[d], &known) || known == 0) return false;
    }
    if (open < INKI_ONNX_RANK) out->row[open] = size / known;
    if (out->rank == 0) out->rank = 1, out->row[0] = 1; /* a list of single values */
    return is_rows(walk, shape->values[0], open == INKI_ONNX_RANK) && inki_onnx_row_size(out) == size;
}

/* Where sizes are not known, a shape of two means that rows are flat, and perhaps of how many columns. */
static bool shape_unknown(struct inki_onnx_walk *walk, const struct inki_onnx_values *shape)
{
    double columns = shape->count == 2 ? shape->values[1] : 0;
    bool known = columns >= 1 && columns < 1e9;
    if (shape->count != 2 || !is_rows(walk, shape->values[0], known) || !(known || columns == -1)) return false;
    if (known) inki_onnx_set_row(walk, walk->features = (size_t)columns);
    walk->state.is_deep = false;
    return true;
}

/* Behind the answers the shape does not matter. */
static ink_status step_reshape(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values shape;
    struct inki_onnx_state next = walk->state;
    if (walk->state.stage >= INKI_ONNX_PLACE) return INK_OK;
    if (inki_onnx_attribute(node, "shape"))
        return inki_onnx_refuse(walk->onnx, node, "is of an opset before 5; export the network again");
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &shape));
    bool known = walk->state.rank > 0, kept = known ? shape_row(walk, &shape, &next) : shape_unknown(walk, &shape);
    inki_onnx_drop(&shape);
    if (!kept) return inki_onnx_refuse(walk->onnx, node, "does not keep the rows apart");
    if (known) walk->state = next;
    return INK_OK;
}

static ink_status step_flatten(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_state *state = &walk->state;
    int64_t axis = inki_onnx_int(node, "axis", 1);
    if (axis != 1 && (state->rank == 0 || axis != -(int64_t)state->rank))
        return inki_onnx_refuse(walk->onnx, node, "does not keep the rows apart");
    if (state->rank) inki_onnx_set_row(walk, inki_onnx_row_size(state));
    state->is_deep = false;
    return INK_OK;
}

/* The dimensions that a node names, of `rank` with that of the rows: which[0] is that one. False if there are none, or others. */
static bool named_axes(const double *axes, size_t count, size_t rank, bool which[INKI_ONNX_RANK])
{
    for (size_t k = 0; k < count; k++) {
        double at = axes[k] < 0 ? axes[k] + (double)rank : axes[k];
        if (!(at >= 0 && at < (double)rank)) return false;
        which[(size_t)at] = true;
    }
    return count > 0 && !which[0];
}

/* Sides of 1 come (Unsqueeze) or go; the values stay in their order. */
static bool squeeze_row(struct inki_onnx_state *state, bool adds, const double *axes, size_t count)
{
    struct inki_onnx_state old = *state;
    bool which[INKI_ONNX_RANK] = {false};
    size_t rank = old.rank + (adds ? count : 0), from = 0;
    if (rank >= INKI_ONNX_RANK || !old.rank || !named_axes(axes, count, rank + 1, which)) return false;
    state->rank = 0;
    for (size_t d = 0; d < rank; d++) {
        if (adds && which[d + 1])
            state->row[state->rank++] = 1;
        else if (from == old.rank || (!adds && which[d + 1] && old.row[from] != 1))
            return false;
        else if (adds || !which[d + 1])
            state->row[state->rank++] = old.row[from++];
        else
            from++;
    }
    if (state->rank == 0) state->rank = 1, state->row[0] = 1;
    return true;
}

static ink_status step_squeeze(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values list = {0};
    const Inki__Onnx__Attribute *given = inki_onnx_attribute(node, "axes");
    double axes[INKI_ONNX_RANK];
    if (walk->state.stage >= INKI_ONNX_PLACE) return INK_OK;
    if (!given && *inki_onnx_input(node, 1)) INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &list));
    size_t count = given ? given->n_ints : list.count;
    for (size_t k = 0; k < count && k < INKI_ONNX_RANK; k++) axes[k] = given ? (double)given->ints[k] : list.values[k];
    inki_onnx_drop(&list);
    bool adds = *inki_onnx_op(node) == 'U';
    if (count <= INKI_ONNX_RANK && squeeze_row(&walk->state, adds, axes, count)) return INK_OK;
    return inki_onnx_refuse(walk->onnx, node, "may not keep the rows apart; a Flatten does");
}

static const struct {
    const char *op;
    ink_status (*step)(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);
    const char *domain; /* NULL: ONNX's own */
} steps[] = {
    {"Gemm", step_gemm, NULL},
    {"MatMul", step_matmul, NULL},
    {"Sub", step_arithmetic, NULL},
    {"Add", step_arithmetic, NULL},
    {"Mul", step_arithmetic, NULL},
    {"Div", step_arithmetic, NULL},
    {"Neg", step_negate, NULL},
    {"BatchNormalization", step_norm, NULL},
    {"Scaler", step_scaler, "ai.onnx.ml"},
    {"Relu", step_relu, NULL},
    {"LeakyRelu", step_leaky, NULL},
    {"PRelu", step_prelu, NULL},
    {"Clip", step_clip, NULL},
    {"HardSigmoid", step_hard_sigmoid, NULL},
    {"Max", step_max, NULL},
    {"Tanh", step_tanh, NULL},
    {"Sigmoid", step_sigmoid, NULL},
    {"Gelu", step_gelu, NULL},
    {"Gelu", step_gelu, "com.microsoft"},
    {"Softmax", step_softmax, NULL},
    {"LogSoftmax", step_softmax, NULL},
    {"Log", step_log, NULL},
    {"Identity", step_nothing, NULL},
    {"Dropout", step_dropout, NULL},
    {"Cast", step_cast, NULL},
    {"Flatten", step_flatten, NULL},
    {"Reshape", step_reshape, NULL},
    {"Squeeze", step_squeeze, NULL},
    {"Unsqueeze", step_squeeze, NULL},
    {"ArgMax", inki_onnx_step_argmax, NULL},
    {"TopK", inki_onnx_step_topk, NULL},
    {"ReduceMax", inki_onnx_step_largest, NULL},
    {"Greater", inki_onnx_step_threshold, NULL},
    {"GreaterOrEqual", inki_onnx_step_threshold, NULL},
    {"Gather", inki_onnx_step_gather, NULL},
    {"ArrayFeatureExtractor", inki_onnx_step_gather, "ai.onnx.ml"},
    {"ZipMap", inki_onnx_step_zipmap, "ai.onnx.ml"},
};

static ink_status find_and_run(struct inki_onnx_walk *walk, const struct inki_onnx_step *step)
{
    const Inki__Onnx__Node *node = step->node;
    const char *domain =
        node->domain && *node->domain && !inki_onnx_same(node->domain, "ai.onnx") ? node->domain : NULL;
    if (step->kind == INKI_ONNX_GELU) return activate(walk, node, INKI_ACT_gelu);
    if (step->kind != INKI_ONNX_NODE) return inki_onnx_two_classes(walk, step->kind == INKI_ONNX_TURNED);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (inki_onnx_same(node->op_type, steps[i].op) &&
            (domain ? inki_onnx_same(domain, steps[i].domain) : !steps[i].domain))
            return steps[i].step(walk, node);
    return inki_onnx_refuse(
        walk->onnx, node,
        "is not known: networks of Gemm or MatMul and Add, with Relu, LeakyRelu, Tanh, Sigmoid or Gelu, "
        "BatchNormalization, scaling by Sub, Div or Mul in front and Softmax at the end can be imported");
}

ink_status inki_onnx_step(struct inki_onnx_walk *walk, const struct inki_onnx_step *step)
{
    walk->step = step;
    walk->changed = false;
    ink_status status = find_and_run(walk, step);
    return walk->onnx->no_memory ? INK_NO_MEMORY : status;
}

#endif
