/* onnx_read: an ONNX file's messages, what makes what in its graph, and the numbers in it.
 * SPDX-License-Identifier: MIT */
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------- messages */

/* An empty message takes two bytes of the file and some hundred of memory. */
enum { MOST_A_BYTE = 128, MOST_MORE = 1 << 16, MOST_NODES = 4096, MOST_NAME = 1000 };

static void *bounded_alloc(void *user, size_t size)
{
    struct inki_onnx *onnx = user;
    if (size > onnx->left) return NULL;
    void *block = inki_alloc(onnx->ctx, size, 1);
    onnx->no_memory = !block;
    onnx->left -= size;
    return block;
}

static void release(void *user, void *block)
{
    (void)user;
    inki_free(block);
}

static bool is_short(const char *name) { return !name || strlen(name) <= MOST_NAME; }

/* The graph is searched by names, again and again: it must be of a size at which that takes no time. Networks of dense layers are far
 * below it. */
static ink_status check_size(const struct inki_onnx *onnx)
{
    const Inki__Onnx__Graph *graph = onnx->graph;
    if (!graph || graph->n_node == 0)
        return inki_fail(onnx->ctx, INK_BAD_FILE, "%s: not an ONNX file, or one without a graph", onnx->path);
    size_t inputs = graph->n_input;
    bool fits = graph->n_node <= MOST_NODES && graph->n_initializer <= MOST_NODES && graph->n_input <= MOST_NODES;
    for (size_t i = 0; fits && i < graph->n_node; i++) {
        const Inki__Onnx__Node *node = graph->node[i];
        inputs += node->n_input + node->n_output + node->n_attribute;
        fits = inputs <= 4 * MOST_NODES;
        for (size_t k = 0; fits && k < node->n_input; k++) fits = is_short(node->input[k]);
        for (size_t k = 0; fits && k < node->n_output; k++) fits = is_short(node->output[k]);
    }
    for (size_t i = 0; fits && i < graph->n_initializer; i++) fits = is_short(graph->initializer[i]->name);
    for (size_t i = 0; fits && i < graph->n_input; i++) fits = is_short(graph->input[i]->name);
    fits = fits && graph->n_output <= MOST_NODES;
    if (fits) return INK_OK;
    return inki_fail(onnx->ctx, INK_UNSUPPORTED,
                     "%s: has %zu nodes, or names of more than %d bytes: not a network of dense layers", onnx->path,
                     graph->n_node, MOST_NAME);
}

/* ------------------------------------------------------------------ parts of nodes */

const char *inki_onnx_op(const Inki__Onnx__Node *node) { return node->op_type ? node->op_type : ""; }

const char *inki_onnx_input(const Inki__Onnx__Node *node, size_t i)
{
    return i < node->n_input && node->input[i] ? node->input[i] : "";
}

const Inki__Onnx__Attribute *inki_onnx_attribute(const Inki__Onnx__Node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (inki_onnx_same(node->attribute[i]->name, name)) return node->attribute[i];
    return NULL;
}

int64_t inki_onnx_int(const Inki__Onnx__Node *node, const char *name, int64_t initial)
{
    const Inki__Onnx__Attribute *found = inki_onnx_attribute(node, name);
    return found ? found->i : initial;
}

float inki_onnx_float(const Inki__Onnx__Node *node, const char *name, float initial)
{
    const Inki__Onnx__Attribute *found = inki_onnx_attribute(node, name);
    return found ? found->f : initial;
}

bool inki_onnx_is_whole(int64_t type)
{
    return (type >= INKI_ONNX_UINT8 && type <= INKI_ONNX_INT64) || type == 12 || type == 13; /* uint32, uint64 */
}

void inki_onnx_limits(int64_t type, double *low, double *high)
{
    bool is_signed = type == INKI_ONNX_INT8 || (type >= 5 && type <= INKI_ONNX_INT64); /* int16, int32, int64 */
    int bits = type == INKI_ONNX_UINT8 || type == INKI_ONNX_INT8 ? 8
               : type == 4 || type == 5                          ? 16 /* uint16, int16 */
               : type == INKI_ONNX_INT32 || type == 12           ? 32
                                                                 : 64;
    *low = is_signed ? -ldexp(1, bits - 1) : 0;
    *high = ldexp(1, bits - is_signed) - 1;
}

ink_status inki_onnx_refuse(const struct inki_onnx *onnx, const Inki__Onnx__Node *node, const char *why)
{
    const char *name = node->name && *node->name ? node->name : node->n_output ? node->output[0] : "";
    return inki_fail(onnx->ctx, INK_UNSUPPORTED, "%s: node '%.60s' (%.40s) %s", onnx->path, name, inki_onnx_op(node),
                     why);
}

/* -------------------------------------------------------------- what makes what */

static int by_name(const void *a, const void *b)
{
    const struct inki_onnx_maker *x = a, *y = b;
    return strcmp(x->name, y->name);
}

struct inki_onnx_maker *inki_onnx_maker(const struct inki_onnx *onnx, const char *name)
{
    struct inki_onnx_maker key = {.name = name};
    if (!name || !onnx->maker_count) return NULL;
    return bsearch(&key, onnx->makers, onnx->maker_count, sizeof key, by_name);
}

bool inki_onnx_is_constant(const struct inki_onnx *onnx, const char *name)
{
    const struct inki_onnx_maker *maker = inki_onnx_maker(onnx, name);
    return maker && maker->is_constant;
}

static void add_maker(struct inki_onnx *onnx, struct inki_onnx_maker maker)
{
    if (maker.name && *maker.name) onnx->makers[onnx->maker_count++] = maker;
}

/* A constant may be listed as an input too, which gives it a value to begin with. */
static bool is_initializer(const Inki__Onnx__Graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (inki_onnx_same(graph->initializer[i]->name, name)) return true;
    return false;
}

static void list_makers(struct inki_onnx *onnx)
{
    const Inki__Onnx__Graph *graph = onnx->graph;
    for (size_t i = 0; i < graph->n_initializer; i++)
        add_maker(onnx, (struct inki_onnx_maker){
                            .name = graph->initializer[i]->name, .tensor = graph->initializer[i], .is_constant = true});
    for (size_t i = 0; i < graph->n_input; i++)
        if (!is_initializer(graph, graph->input[i]->name))
            add_maker(onnx, (struct inki_onnx_maker){.name = graph->input[i]->name, .input = graph->input[i]});
    for (size_t n = 0; n < graph->n_node; n++)
        for (size_t k = 0; k < graph->node[n]->n_output; k++)
            add_maker(onnx, (struct inki_onnx_maker){.name = graph->node[n]->output[k], .node = n, .output = k});
}

/* Whether all that a node takes is constant; what is asked about a shape does not depend on the rows. */
static ink_status mark_constant(struct inki_onnx *onnx, size_t n)
{
    const Inki__Onnx__Node *node = onnx->graph->node[n];
    bool is_constant = true;
    for (size_t k = 0; k < node->n_input; k++) {
        const struct inki_onnx_maker *maker = inki_onnx_maker(onnx, node->input[k]);
        if (maker && !maker->tensor && !maker->input && maker->node >= n)
            return inki_onnx_refuse(
                onnx, node, "takes what comes later: the graph runs in a circle, or its nodes are not in order");
        if (*inki_onnx_input(node, k)) is_constant = is_constant && maker && maker->is_constant;
    }
    for (size_t k = 0; k < node->n_output; k++) {
        struct inki_onnx_maker *maker = inki_onnx_maker(onnx, node->output[k]);
        if (maker) maker->is_constant = is_constant || inki_onnx_same(node->op_type, "Shape");
    }
    return INK_OK;
}

static ink_status find_makers(struct inki_onnx *onnx)
{
    const Inki__Onnx__Graph *graph = onnx->graph;
    size_t count = graph->n_initializer + graph->n_input;
    for (size_t n = 0; n < graph->n_node; n++) count += graph->node[n]->n_output;
    onnx->makers = inki_alloc(onnx->ctx, count, sizeof *onnx->makers);
    onnx->folded = inki_zalloc(onnx->ctx, graph->n_node, sizeof *onnx->folded);
    onnx->wanted = inki_zalloc(onnx->ctx, graph->n_node, sizeof *onnx->wanted);
    if (!onnx->makers || !onnx->folded || !onnx->wanted) return INK_NO_MEMORY;
    list_makers(onnx);
    if (onnx->maker_count) qsort(onnx->makers, onnx->maker_count, sizeof *onnx->makers, by_name);
    for (size_t i = 1; i < onnx->maker_count; i++)
        if (strcmp(onnx->makers[i - 1].name, onnx->makers[i].name) == 0)
            return inki_fail(onnx->ctx, INK_BAD_FILE, "%s: the value '%.60s' is made twice", onnx->path,
                             onnx->makers[i].name);
    for (size_t n = 0; n < graph->n_node; n++) INK_TRY(mark_constant(onnx, n));
    return INK_OK;
}

ink_status inki_onnx_begin(ink_ctx *ctx, const char *path, const struct inki_bytes *content, struct inki_onnx *out)
{
    *out =
        (struct inki_onnx){.ctx = ctx, .path = path, .size = content->size, .allocator = {bounded_alloc, release, out}};
    out->left = content->size < SIZE_MAX / MOST_A_BYTE - MOST_MORE ? content->size * MOST_A_BYTE + MOST_MORE : SIZE_MAX;
    out->model = inki__onnx__model__unpack(&out->allocator, content->size, content->data);
    if (!out->model && out->no_memory) return INK_NO_MEMORY;
    if (!out->model)
        return inki_fail(ctx, INK_BAD_FILE, "%s: not an ONNX file, or a damaged one; get another copy", path);
    out->graph = out->model->graph;
    ink_status status = check_size(out);
    if (status == INK_OK) status = find_makers(out);
    if (status != INK_OK) inki_onnx_end(out);
    return status;
}

void inki_onnx_end(struct inki_onnx *onnx)
{
    for (size_t n = 0; onnx->folded && n < onnx->graph->n_node; n++) inki_free(onnx->folded[n].values);
    inki_free(onnx->folded);
    inki_free(onnx->wanted);
    inki_free(onnx->makers);
    if (onnx->model) inki__onnx__model__free_unpacked(onnx->model, &onnx->allocator);
    *onnx = (struct inki_onnx){0};
}

/* --------------------------------------------------------------- numbers of tensors */

static const char *name_of(const Inki__Onnx__Tensor *tensor) { return tensor->name ? tensor->name : ""; }

static ink_status read_shape(const struct inki_onnx *onnx, const Inki__Onnx__Tensor *tensor,
                             struct inki_onnx_values *out)
{
    out->rank = tensor->n_dims;
    out->count = 1;
    if (tensor->n_dims > INKI_ONNX_RANK)
        return inki_fail(onnx->ctx, INK_UNSUPPORTED, "%s: tensor '%.60s' has %zu dimensions; dense networks have two",
                         onnx->path, name_of(tensor), tensor->n_dims);
    for (size_t d = 0; d < tensor->n_dims; d++) {
        bool fits = tensor->dims[d] >= 0 && (uint64_t)tensor->dims[d] <= SIZE_MAX / 16;
        out->dims[d] = fits ? (size_t)tensor->dims[d] : 0;
        if (!fits || !inki_mul_fits(out->count, out->dims[d], &out->count))
            return inki_fail(onnx->ctx, INK_BAD_FILE, "%s: tensor '%.60s' has a shape that no file can hold",
                             onnx->path, name_of(tensor));
    }
    return INK_OK;
}

static uint64_t whole_at(const uint8_t *at, size_t size)
{
    uint64_t bits = 0;
    for (size_t b = size; b-- > 0;) bits = bits << 8 | at[b];
    return bits;
}

static double from_float_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double from_double_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of mantissa. */
static double from_half_bits(uint16_t bits)
{
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double value = exponent == 0 ? ldexp(mantissa, -24) : ldexp(mantissa + 1024, exponent - 25);
    if (exponent == 31) value = mantissa ? (double)NAN : (double)INFINITY;
    return bits >> 15 ? -value : value;
}

/* The number with these bits, lowest first. */
static double from_bits(int32_t type, uint64_t bits)
{
    switch (type) {
    case INKI_ONNX_FLOAT:
        return from_float_bits((uint32_t)bits);
    case INKI_ONNX_DOUBLE:
        return from_double_bits(bits);
    case INKI_ONNX_FLOAT16:
        return from_half_bits((uint16_t)bits);
    case INKI_ONNX_BFLOAT16:
        return from_float_bits((uint32_t)bits << 16);
    case INKI_ONNX_INT8:
        return (int8_t)bits;
    case INKI_ONNX_INT32:
        return (int32_t)bits;
    case INKI_ONNX_INT64:
        return (double)(int64_t)bits;
    default: /* unsigned */
        return (double)bits;
    }
}

/* Bytes of a number; 0: not read. */
static size_t width_of(int32_t type)
{
    switch (type) {
    case INKI_ONNX_UINT8:
    case INKI_ONNX_INT8:
    case INKI_ONNX_BOOL:
        return 1;
    case INKI_ONNX_FLOAT16:
    case INKI_ONNX_BFLOAT16:
        return 2;
    case INKI_ONNX_FLOAT:
    case INKI_ONNX_INT32:
        return 4;
    case INKI_ONNX_DOUBLE:
    case INKI_ONNX_INT64:
        return 8;
    default:
        return 0;
    }
}

/* How many numbers are listed one by one, in the list that the type has. */
static size_t listed_of(const Inki__Onnx__Tensor *tensor)
{
    switch (tensor->data_type) {
    case INKI_ONNX_FLOAT:
        return tensor->n_float_data;
    case INKI_ONNX_DOUBLE:
        return tensor->n_double_data;
    case INKI_ONNX_INT64:
        return tensor->n_int64_data;
    default: /* narrow ones, and the bits of halves */
        return tensor->n_int32_data;
    }
}

static double listed_at(const Inki__Onnx__Tensor *tensor, size_t i)
{
    switch (tensor->data_type) {
    case INKI_ONNX_FLOAT:
        return (double)tensor->float_data[i];
    case INKI_ONNX_DOUBLE:
        return tensor->double_data[i];
    case INKI_ONNX_INT64:
        return (double)tensor->int64_data[i];
    default:
        return from_bits(tensor->data_type, (uint64_t)(int64_t)tensor->int32_data[i]);
    }
}

/* The numbers' places are checked here, so that reading them cannot fail. */
static ink_status check_data(const struct inki_onnx *onnx, const Inki__Onnx__Tensor *tensor, size_t count)
{
    size_t width = width_of(tensor->data_type);
    if (tensor->data_location == 1 || tensor->n_external_data > 0)
        return inki_fail(onnx->ctx, INK_UNSUPPORTED,
                         "%s: tensor '%.60s' keeps its numbers in another file; save the network as one file",
                         onnx->path, name_of(tensor));
    if (width == 0)
        return inki_fail(onnx->ctx, INK_UNSUPPORTED,
                         "%s: tensor '%.60s' is of type %d; float, double, float16, bfloat16, int8, uint8, int32, "
                         "int64 and bool are read",
                         onnx->path, name_of(tensor), (int)tensor->data_type);
    bool whole = tensor->has_raw_data ? tensor->raw_data.len / width == count && tensor->raw_data.len % width == 0
                                      : listed_of(tensor) == count;
    if (whole) return INK_OK;
    return inki_fail(onnx->ctx, INK_BAD_FILE, "%s: tensor '%.60s' does not hold the %zu numbers that its shape says",
                     onnx->path, name_of(tensor), count);
}

ink_status inki_onnx_read(const struct inki_onnx *onnx, const Inki__Onnx__Tensor *tensor, struct inki_onnx_values *out)
{
    size_t width = width_of(tensor->data_type);
    *out = (struct inki_onnx_values){0};
    INK_TRY(read_shape(onnx, tensor, out));
    INK_TRY(check_data(onnx, tensor, out->count));
    out->values = inki_alloc(onnx->ctx, out->count, sizeof *out->values);
    if (!out->values) return INK_NO_MEMORY;
    out->is_whole = inki_onnx_is_whole(tensor->data_type);
    for (size_t i = 0; i < out->count; i++)
        out->values[i] = tensor->has_raw_data
                             ? from_bits(tensor->data_type, whole_at(tensor->raw_data.data + width * i, width))
                             : listed_at(tensor, i);
    return INK_OK;
}

/* --------------------------------------------------------------------- casts */

static bool is_half(int64_t type) { return type == INKI_ONNX_FLOAT16 || type == INKI_ONNX_BFLOAT16; }

ink_status inki_onnx_cast_floats(struct inki_onnx *onnx, const Inki__Onnx__Node *node)
{
    const struct inki_onnx_maker *maker = inki_onnx_maker(onnx, inki_onnx_input(node, 0));
    const Inki__Onnx__Node *before = maker && !maker->tensor && !maker->input ? onnx->graph->node[maker->node] : NULL;
    const bool half = is_half(inki_onnx_int(node, "to", INKI_ONNX_FLOAT));
    if (!half && before && strcmp(inki_onnx_op(before), "Cast") == 0 && is_half(inki_onnx_int(before, "to", 0)))
        return inki_onnx_refuse(
            onnx, node, "rounds a value to 16 bits and back; leave both casts out, or convert the whole network");
    if (half && !onnx->said_half)
        inki_note(onnx->ctx,
                  "%s: works in 16-bit numbers; here it works in float, and its answers may differ in the third digit",
                  onnx->path);
    onnx->said_half = onnx->said_half || half;
    return INK_OK;
}

#endif
