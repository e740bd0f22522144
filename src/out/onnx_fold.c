/* onnx_fold: what an ONNX graph computes from constants alone, and shapes, as programs write them between a network's layers.
 * SPDX-License-Identifier: MIT
 *
 * Numbers are computed in double. A value is computed when it is asked for, and those that it needs before it, in the order of the
 * nodes. The number of rows is not known: it is NaN, and whatever is computed from it is NaN too. */
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { MOST_INPUTS = 16, MOST_A_BYTE = 64, MOST_MORE = 1 << 16 };

/* A node at work. */
struct fold {
    struct inki_onnx *onnx;
    const Inki__Onnx__Node *node;
    struct inki_onnx_values in[MOST_INPUTS];
    size_t count;
    struct inki_onnx_values *out;
};

static ink_status refuse_fold(const struct fold *f, const char *why) { return inki_onnx_refuse(f->onnx, f->node, why); }

/* Room for the result: dims[rank]. All constants together may take some times the file. */
static ink_status make_result(struct fold *f, size_t rank, const size_t *dims)
{
    struct inki_onnx_values *out = f->out;
    size_t used = 0, most = f->onnx->size * MOST_A_BYTE + MOST_MORE;
    out->rank = rank;
    out->count = 1;
    for (size_t d = 0; d < rank; d++) {
        out->dims[d] = dims[d];
        if (!inki_mul_fits(out->count, dims[d], &out->count))
            return refuse_fold(f, "makes a constant that is too large");
    }
    for (size_t n = 0; n < f->onnx->graph->n_node; n++)
        used += f->onnx->folded[n].values ? f->onnx->folded[n].count * sizeof *out->values : 0;
    if (used > most || out->count > (most - used) / sizeof *out->values)
        return refuse_fold(f, "makes a constant that is too large for the file");
    out->values = inki_alloc(f->onnx->ctx, out->count, sizeof *out->values);
    return out->values ? INK_OK : INK_NO_MEMORY;
}

/* The first input's numbers in another shape. */
static ink_status reshaped(struct fold *f, size_t rank, const size_t *dims)
{
    size_t count = 1;
    for (size_t d = 0; d < rank; d++)
        if (!inki_mul_fits(count, dims[d], &count)) count = 0;
    if (f->count < 1 || count != f->in[0].count)
        return refuse_fold(f, "reshapes a constant to a shape of another size");
    INK_TRY(make_result(f, rank, dims));
    f->out->is_whole = f->in[0].is_whole;
    if (count) memcpy(f->out->values, f->in[0].values, count * sizeof *f->out->values);
    return INK_OK;
}

/* A list of integers: an attribute, or else input i (0: none but the attribute). Returns their number, 0 where there is none. */
static size_t list_of(const struct fold *f, const char *name, size_t i, double *out, size_t room)
{
    const Inki__Onnx__Attribute *given = inki_onnx_attribute(f->node, name);
    const struct inki_onnx_values *input = i > 0 && i < f->count && i < MOST_INPUTS ? &f->in[i] : NULL;
    size_t count = given ? given->n_ints : input ? input->count : 0;
    if (count > room) return 0;
    for (size_t k = 0; k < count; k++) out[k] = given ? (double)given->ints[k] : input->values[k];
    return count;
}

/* An axis counted from the front; `rank` if there is none. */
static size_t axis_of(double axis, size_t rank)
{
    double at = axis < 0 ? axis + (double)rank : axis;
    return at >= 0 && at < (double)rank ? (size_t)at : rank;
}

/* ------------------------------------------------------------------- the same numbers */

static ink_status fold_same(struct fold *f)
{
    return f->count ? reshaped(f, f->in[0].rank, f->in[0].dims) : refuse_fold(f, "takes nothing");
}

static ink_status fold_reshape(struct fold *f)
{
    size_t dims[INKI_ONNX_RANK], open = INKI_ONNX_RANK, known = 1;
    double wanted[INKI_ONNX_RANK];
    size_t rank = list_of(f, "shape", 1, wanted, INKI_ONNX_RANK);
    if (f->count < 1) return refuse_fold(f, "takes nothing");
    for (size_t d = 0; d < rank; d++) {
        if (!(wanted[d] >= -1 && wanted[d] < 1e15)) return refuse_fold(f, "gives a constant a shape that is not known");
        if (wanted[d] < 0) open = d;
        dims[d] = wanted[d] > 0 ? (size_t)wanted[d] : d < f->in[0].rank ? f->in[0].dims[d] : 0;
        if (d != open && !inki_mul_fits(known, dims[d], &known)) known = 0;
    }
    if (open < rank) dims[open] = known ? f->in[0].count / known : 0;
    return reshaped(f, rank, dims);
}

static ink_status fold_flatten(struct fold *f)
{
    size_t dims[2] = {1, 1};
    if (f->count < 1) return refuse_fold(f, "takes nothing");
    size_t rank = f->in[0].rank, axis = axis_of((double)inki_onnx_int(f->node, "axis", 1), rank + 1);
    for (size_t d = 0; d < rank; d++) dims[d >= axis] *= f->in[0].dims[d];
    return reshaped(f, 2, dims);
}

/* Takes sides of 1 away: those that are named, or all. */
static ink_status fold_squeeze(struct fold *f)
{
    double axes[INKI_ONNX_RANK];
    size_t dims[INKI_ONNX_RANK], rank = 0, count = list_of(f, "axes", 1, axes, INKI_ONNX_RANK);
    for (size_t d = 0; f->count && d < f->in[0].rank; d++) {
        bool gone = count == 0 && f->in[0].dims[d] == 1;
        for (size_t k = 0; k < count; k++) gone = gone || axis_of(axes[k], f->in[0].rank) == d;
        if (!gone) dims[rank++] = f->in[0].dims[d];
    }
    return reshaped(f, rank, dims);
}

static ink_status fold_unsqueeze(struct fold *f)
{
    double axes[INKI_ONNX_RANK];
    size_t dims[INKI_ONNX_RANK], count = list_of(f, "axes", 1, axes, INKI_ONNX_RANK), from = 0;
    size_t rank = f->count ? f->in[0].rank + count : 0;
    if (rank > INKI_ONNX_RANK || count == 0) return refuse_fold(f, "makes a constant of more than four dimensions");
    for (size_t d = 0; d < rank; d++) {
        bool is_new = false;
        for (size_t k = 0; k < count; k++) is_new = is_new || axis_of(axes[k], rank) == d;
        if (!is_new && from == f->in[0].rank) return refuse_fold(f, "names a dimension twice");
        dims[d] = is_new ? 1 : f->in[0].dims[from++];
    }
    return reshaped(f, rank, dims);
}

/* ------------------------------------------------------------------------ other places */

/* Where the element at `index` of dims[rank] is, if each dimension is `stride` elements wide. */
static size_t place_of(size_t index, size_t rank, const size_t *dims, const size_t *stride)
{
    size_t at = 0;
    for (size_t d = rank; d-- > 0; index /= dims[d]) at += index % dims[d] * stride[d];
    return at;
}

static void strides_of(const struct inki_onnx_values *of, size_t *stride)
{
    size_t step = 1;
    for (size_t d = of->rank; d-- > 0; step *= of->dims[d]) stride[d] = step;
}

static ink_status fold_transpose(struct fold *f)
{
    double perm[INKI_ONNX_RANK];
    size_t dims[INKI_ONNX_RANK], stride[INKI_ONNX_RANK], turned[INKI_ONNX_RANK];
    if (f->count != 1) return refuse_fold(f, "takes nothing");
    size_t rank = f->in[0].rank, count = list_of(f, "perm", 0, perm, INKI_ONNX_RANK);
    bool seen[INKI_ONNX_RANK] = {false};
    strides_of(&f->in[0], stride);
    for (size_t d = 0; d < rank; d++) {
        size_t from = count == rank ? axis_of(perm[d], rank) : rank - 1 - d;
        if (from == rank || seen[from]) return refuse_fold(f, "has no order of dimensions");
        seen[from] = true;
        dims[d] = f->in[0].dims[from];
        turned[d] = stride[from];
    }
    INK_TRY(make_result(f, rank, dims));
    f->out->is_whole = f->in[0].is_whole;
    for (size_t i = 0; i < f->out->count; i++) f->out->values[i] = f->in[0].values[place_of(i, rank, dims, turned)];
    return INK_OK;
}

static ink_status fold_concat(struct fold *f)
{
    size_t dims[INKI_ONNX_RANK], outer = 1, at = 0;
    if (f->count == 0 || f->in[0].rank == 0) return refuse_fold(f, "joins nothing");
    size_t rank = f->in[0].rank, axis = axis_of((double)inki_onnx_int(f->node, "axis", 0), rank);
    memcpy(dims, f->in[0].dims, sizeof dims);
    for (size_t k = 1; k < f->count; k++)
        for (size_t d = 0; d < rank; d++) {
            if (axis == rank || f->in[k].rank != rank || (d != axis && f->in[k].dims[d] != dims[d]))
                return refuse_fold(f, "joins constants that do not fit");
            dims[d] += d == axis ? f->in[k].dims[d] : 0;
        }
    for (size_t d = 0; d < axis && d < rank; d++) outer *= dims[d];
    INK_TRY(make_result(f, rank, dims));
    f->out->is_whole = f->in[0].is_whole;
    for (size_t o = 0; o < outer; o++)
        for (size_t k = 0; k < f->count; k++) {
            size_t part = f->in[k].count / outer;
            if (part) memcpy(f->out->values + at, f->in[k].values + o * part, part * sizeof *f->out->values);
            at += part;
        }
    return INK_OK;
}

/* Some of the elements along the first dimension. */
static ink_status fold_gather(struct fold *f)
{
    if (f->count != 2 || f->in[0].rank == 0 || inki_onnx_int(f->node, "axis", 0) != 0 || f->in[1].rank > 1)
        return refuse_fold(f, "takes parts of a constant in a way that is not known");
    const struct inki_onnx_values *data = &f->in[0], *which = &f->in[1];
    size_t dims[INKI_ONNX_RANK] = {which->count}, part = data->dims[0] ? data->count / data->dims[0] : 0;
    size_t rank = which->rank;
    for (size_t d = 1; d < data->rank; d++) dims[rank++] = data->dims[d];
    INK_TRY(make_result(f, rank, dims));
    f->out->is_whole = data->is_whole;
    for (size_t i = 0; i < which->count; i++) {
        size_t at = axis_of(which->values[i], data->dims[0]);
        if (at == data->dims[0] || which->values[i] != trunc(which->values[i]))
            return refuse_fold(f, "slices beyond the end of a constant");
        memcpy(f->out->values + i * part, data->values + at * part, part * sizeof *data->values);
    }
    return INK_OK;
}

/* A stretch of a list. */
static ink_status fold_slice(struct fold *f)
{
    double ends[2][1], step = 1;
    static const char *const names[] = {"starts", "ends"};
    for (size_t k = 0; k < 2; k++)
        if (list_of(f, names[k], k + 1, ends[k], 1) != 1)
            return refuse_fold(f, "cuts a constant in a way that is not known");
    if (f->count == 5) list_of(f, "steps", 4, &step, 1);
    if (f->in[0].rank != 1 || step != 1) return refuse_fold(f, "cuts a constant in a way that is not known");
    double size = (double)f->in[0].count, at[2];
    for (size_t k = 0; k < 2; k++) at[k] = fmin(fmax(ends[k][0] < 0 ? ends[k][0] + size : ends[k][0], 0), size);
    if (!(at[0] <= at[1])) return refuse_fold(f, "cuts nothing out");
    size_t count = (size_t)(at[1] - at[0]);
    INK_TRY(make_result(f, 1, &count));
    f->out->is_whole = f->in[0].is_whole;
    memcpy(f->out->values, f->in[0].values + (size_t)at[0], count * sizeof *f->out->values);
    return INK_OK;
}

/* --------------------------------------------------------------------------- arithmetic */

static double compute(const char *op, double a, double b)
{
    switch (op[0]) {
    case 'A':
        return a + b;
    case 'S':
        return a - b;
    case 'M':
        return a * b;
    case 'D':
        return a / b;
    default: /* Pow */
        return pow(a, b);
    }
}

/* Add, Sub, Mul, Div and Pow, with the usual stretching of sides of 1. */
static ink_status fold_two(struct fold *f)
{
    size_t dims[INKI_ONNX_RANK], strides[2][INKI_ONNX_RANK], rank;
    if (f->count != 2) return refuse_fold(f, "does not take two values");
    rank = f->in[0].rank > f->in[1].rank ? f->in[0].rank : f->in[1].rank;
    for (size_t d = 0; d < rank; d++) dims[d] = 1;
    for (size_t k = 0; k < 2; k++) {
        size_t own[INKI_ONNX_RANK], ahead = rank - f->in[k].rank;
        strides_of(&f->in[k], own);
        for (size_t d = 0; d < rank; d++) {
            size_t side = d < ahead ? 1 : f->in[k].dims[d - ahead];
            strides[k][d] = side == 1 ? 0 : own[d - ahead];
            if (side != 1 && dims[d] != 1 && dims[d] != side) return refuse_fold(f, "takes constants that do not fit");
            if (side != 1) dims[d] = side;
        }
    }
    INK_TRY(make_result(f, rank, dims));
    f->out->is_whole = f->in[0].is_whole && (f->in[1].is_whole || inki_onnx_same(inki_onnx_op(f->node), "Pow"));
    for (size_t i = 0; i < f->out->count; i++)
        f->out->values[i] = compute(inki_onnx_op(f->node), f->in[0].values[place_of(i, rank, dims, strides[0])],
                                    f->in[1].values[place_of(i, rank, dims, strides[1])]);
    for (size_t i = 0; f->out->is_whole && i < f->out->count; i++) f->out->values[i] = trunc(f->out->values[i]);
    return INK_OK;
}

static ink_status fold_one(struct fold *f)
{
    const char *op = inki_onnx_op(f->node);
    INK_TRY(fold_same(f));
    for (size_t i = 0; i < f->out->count; i++) {
        double *value = &f->out->values[i];
        f->out->is_whole = f->out->is_whole && inki_onnx_same(op, "Neg");
        *value = inki_onnx_same(op, "Neg") ? -*value : inki_onnx_same(op, "Sqrt") ? sqrt(*value) : 1 / *value;
    }
    return INK_OK;
}

/* To the nearest number of so many binary digits, the last of which is worth 2^least or more. */
static double rounded(double value, int digits, int least)
{
    int exponent;
    if (!isfinite(value) || value == 0) return value;
    (void)frexp(value, &exponent);
    int last = exponent - digits > least ? exponent - digits : least;
    return ldexp(nearbyint(ldexp(value, -last)), last);
}

static double cast(double value, int64_t type)
{
    if (isnan(value)) return value;
    if (inki_onnx_is_whole(type)) return trunc(value);
    switch (type) {
    case INKI_ONNX_BOOL:
        return value != 0;
    case INKI_ONNX_FLOAT:
        return (double)(float)value;
    case INKI_ONNX_FLOAT16:
        return rounded(value, 11, -24);
    case INKI_ONNX_BFLOAT16:
        return rounded(value, 8, -133);
    default:
        return value;
    }
}

static ink_status fold_cast(struct fold *f)
{
    int64_t type = inki_onnx_int(f->node, "to", 0);
    if (type == INKI_ONNX_STRING) return refuse_fold(f, "makes words of numbers");
    INK_TRY(fold_same(f));
    const bool was_whole = f->out->is_whole;
    f->out->is_whole = inki_onnx_is_whole(type);
    for (size_t i = 0; i < f->out->count; i++) {
        double *value = &f->out->values[i], low, high;
        if (was_whole && isinf(*value)) continue; /* a size that is not known (onnx_shape.c) */
        *value = cast(*value, type);
        inki_onnx_limits(type, &low, &high);
        if (f->out->is_whole && (*value < low || *value > high))
            return refuse_fold(f, "converts a constant to integers that cannot hold it");
    }
    return INK_OK;
}

/* ----------------------------------------------------------------------------- sources */

/* Constant: a tensor, a number or a list of numbers. */
static ink_status fold_constant(struct fold *f)
{
    const Inki__Onnx__Attribute *given = f->node->n_attribute == 1 ? f->node->attribute[0] : NULL;
    if (given && inki_onnx_same(given->name, "value") && given->t) return inki_onnx_read(f->onnx, given->t, f->out);
    bool one = given && (inki_onnx_same(given->name, "value_float") || inki_onnx_same(given->name, "value_int"));
    bool list = given && (inki_onnx_same(given->name, "value_floats") || inki_onnx_same(given->name, "value_ints"));
    if (!one && !list) return refuse_fold(f, "gives a constant that is not a number");
    bool whole = given->name[6] == 'i';
    size_t count = one ? 1 : whole ? given->n_ints : given->n_floats;
    INK_TRY(make_result(f, list, &count));
    f->out->is_whole = whole;
    for (size_t i = 0; i < count; i++)
        f->out->values[i] = one ? (whole ? (double)given->i : (double)given->f)
                                : (whole ? (double)given->ints[i] : (double)given->floats[i]);
    return INK_OK;
}

static ink_status fold_shape(struct fold *f)
{
    struct inki_onnx_values shape = {0};
    const char *of = inki_onnx_input(f->node, 0);
    if (f->node->n_attribute > 0) return refuse_fold(f, "asks for a part of a shape");
    if (inki_onnx_is_constant(f->onnx, of)) {
        struct inki_onnx_values values;
        INK_TRY(inki_onnx_take(f->onnx, of, &values));
        size_t rank = values.rank, dims[INKI_ONNX_RANK];
        memcpy(dims, values.dims, sizeof dims);
        inki_onnx_drop(&values);
        INK_TRY(make_result(f, 1, &rank));
        f->out->is_whole = true;
        for (size_t d = 0; d < rank; d++) f->out->values[d] = (double)dims[d];
        return INK_OK;
    }
    INK_TRY(inki_onnx_shape(f->onnx, f->node, of, &shape));
    size_t count = shape.count;
    ink_status status = make_result(f, 1, &count);
    f->out->is_whole = true;
    if (status == INK_OK) memcpy(f->out->values, shape.values, count * sizeof *shape.values);
    inki_onnx_drop(&shape);
    return status;
}

static const struct {
    const char *op;
    ink_status (*fold)(struct fold *f);
} folds[] = {
    {"Constant", fold_constant},
    {"Shape", fold_shape},
    {"Identity", fold_same},
    {"Cast", fold_cast},
    {"Reshape", fold_reshape},
    {"Flatten", fold_flatten},
    {"Squeeze", fold_squeeze},
    {"Unsqueeze", fold_unsqueeze},
    {"Transpose", fold_transpose},
    {"Concat", fold_concat},
    {"Gather", fold_gather},
    {"Slice", fold_slice},
    {"Add", fold_two},
    {"Sub", fold_two},
    {"Mul", fold_two},
    {"Div", fold_two},
    {"Pow", fold_two},
    {"Neg", fold_one},
    {"Sqrt", fold_one},
    {"Reciprocal", fold_one},
};

/* --------------------------------------------------------------------------- in order */

static ink_status run_fold(struct fold *f)
{
    const Inki__Onnx__Node *node = f->node;
    bool standard = !node->domain || !*node->domain || inki_onnx_same(node->domain, "ai.onnx");
    for (size_t i = 0; standard && i < sizeof folds / sizeof *folds; i++) {
        if (!inki_onnx_same(node->op_type, folds[i].op)) continue;
        if (node->n_input > MOST_INPUTS) return refuse_fold(f, "takes too many constants");
        for (size_t k = 0; k < node->n_input && folds[i].fold != fold_shape; k++) {
            INK_TRY(inki_onnx_take(f->onnx, node->input[k], &f->in[k]));
            f->count = k + 1;
        }
        return folds[i].fold(f);
    }
    return refuse_fold(f, "computes a constant in a way that is not known; save the network with constants folded "
                          "(onnxsim, or do_constant_folding=True in PyTorch)");
}

static ink_status fold_node(struct inki_onnx *onnx, size_t n)
{
    struct inki_onnx_values out = {0};
    struct fold f = {.onnx = onnx, .node = onnx->graph->node[n], .out = &out};
    ink_status status = run_fold(&f);
    for (size_t k = 0; k < f.count; k++) inki_onnx_drop(&f.in[k]);
    if (status == INK_OK)
        onnx->folded[n] = out;
    else
        inki_free(out.values);
    return status;
}

/* Computes node n, and what it needs before it. */
static ink_status fold_up_to(struct inki_onnx *onnx, size_t n)
{
    const Inki__Onnx__Graph *graph = onnx->graph;
    memset(onnx->wanted, 0, n + 1);
    onnx->wanted[n] = true;
    for (size_t i = n + 1; i-- > 0;) {
        if (!onnx->wanted[i] || onnx->folded[i].values) continue;
        for (size_t k = 0; k < graph->node[i]->n_input; k++) {
            const struct inki_onnx_maker *maker = inki_onnx_maker(onnx, graph->node[i]->input[k]);
            if (maker && maker->is_constant && !maker->tensor) onnx->wanted[maker->node] = true;
        }
    }
    for (size_t i = 0; i <= n; i++)
        if (onnx->wanted[i] && !onnx->folded[i].values) INK_TRY(fold_node(onnx, i));
    return INK_OK;
}

ink_status inki_onnx_take(struct inki_onnx *onnx, const char *name, struct inki_onnx_values *out)
{
    const struct inki_onnx_maker *maker = inki_onnx_maker(onnx, name);
    *out = (struct inki_onnx_values){0};
    if (maker && maker->tensor) return inki_onnx_read(onnx, maker->tensor, out);
    if (!maker || !maker->is_constant)
        return inki_fail(onnx->ctx, INK_UNSUPPORTED, "%s: there is no constant '%.60s', which the graph uses",
                         onnx->path, name);
    if (maker->output != 0)
        return inki_onnx_refuse(onnx, onnx->graph->node[maker->node], "makes several constants at once");
    if (!onnx->folded[maker->node].values) INK_TRY(fold_up_to(onnx, maker->node));
    *out = onnx->folded[maker->node];
    out->is_kept = true;
    return INK_OK;
}

void inki_onnx_drop(struct inki_onnx_values *values)
{
    if (!values->is_kept) inki_free(values->values);
    *values = (struct inki_onnx_values){0};
}

bool inki_onnx_is_number(struct inki_onnx *onnx, const char *name, double number)
{
    struct inki_onnx_values values;
    if (!inki_onnx_is_constant(onnx, name)) return false;
    ink_status status = inki_onnx_take(onnx, name, &values);
    onnx->no_memory = onnx->no_memory || status == INK_NO_MEMORY;
    bool is_it = status == INK_OK && values.count == 1 && fabs(values.values[0] - number) < 1e-5;
    if (status == INK_OK) inki_onnx_drop(&values);
    return is_it;
}

#endif
