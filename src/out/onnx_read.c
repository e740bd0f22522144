/* onnx_read: an ONNX file's messages and constants.
 * SPDX-License-Identifier: MIT */
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include "base/little.h"
#include "base/mem.h"

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
    struct inki_onnx *onnx = user;
    inki_free(onnx->ctx, block);
}

static bool is_short(const char *name) { return !name || strlen(name) <= MOST_NAME; }

/* The graph is searched by names, again and again: it must be of a size at which that takes no time. Networks of dense layers are far
 * below it. */
static ink_status check_size(const struct inki_onnx *onnx)
{
    const Inki__Onnx__Graph *graph = onnx->graph;
    if (!graph || graph->n_node == 0)
        return inki_fail(onnx->ctx, INK_BAD_FILE, "%s: is no ONNX file, or one without a graph", onnx->path);
    size_t inputs = graph->n_input;
    bool fits = graph->n_node <= MOST_NODES && graph->n_initializer <= MOST_NODES;
    for (size_t i = 0; fits && i < graph->n_node; i++) {
        const Inki__Onnx__Node *node = graph->node[i];
        inputs += node->n_input + node->n_output + node->n_attribute;
        fits = inputs <= 4 * MOST_NODES;
        for (size_t k = 0; fits && k < node->n_input; k++) fits = is_short(node->input[k]);
        for (size_t k = 0; fits && k < node->n_output; k++) fits = is_short(node->output[k]);
    }
    for (size_t i = 0; fits && i < graph->n_initializer; i++) fits = is_short(graph->initializer[i]->name);
    if (fits) return INK_OK;
    return inki_fail(onnx->ctx, INK_UNSUPPORTED,
                     "%s: has %zu nodes, or names of more than %d bytes: that is no network of dense layers",
                     onnx->path, graph->n_node, MOST_NAME);
}

ink_status inki_onnx_begin(ink_ctx *ctx, const char *path, const struct inki_bytes *content, struct inki_onnx *out)
{
    *out =
        (struct inki_onnx){.ctx = ctx, .path = path, .size = content->size, .allocator = {bounded_alloc, release, out}};
    out->left = content->size < SIZE_MAX / MOST_A_BYTE - MOST_MORE ? content->size * MOST_A_BYTE + MOST_MORE : SIZE_MAX;
    out->model = inki__onnx__model__unpack(&out->allocator, content->size, content->data);
    if (!out->model && out->no_memory) return INK_NO_MEMORY;
    if (!out->model)
        return inki_fail(ctx, INK_BAD_FILE, "%s: is no ONNX file, or a damaged one; take another copy", path);
    out->graph = out->model->graph;
    ink_status status = check_size(out);
    if (status != INK_OK) inki_onnx_end(out);
    return status;
}

void inki_onnx_end(struct inki_onnx *onnx)
{
    if (onnx->model) inki__onnx__model__free_unpacked(onnx->model, &onnx->allocator);
    onnx->model = NULL;
    onnx->graph = NULL;
}

/* -------------------------------------------------------------------- constants */

/* The tensor that a node Constant gives; NULL for one in another form. */
static const Inki__Onnx__Tensor *constant_of(const Inki__Onnx__Node *node)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (inki_onnx_same(node->attribute[i]->name, "value")) return node->attribute[i]->t;
    return NULL;
}

const Inki__Onnx__Tensor *inki_onnx_constant(const struct inki_onnx *onnx, const char *name)
{
    const Inki__Onnx__Graph *graph = onnx->graph;
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (inki_onnx_same(graph->initializer[i]->name, name)) return graph->initializer[i];
    for (size_t i = 0; i < graph->n_node; i++) {
        const Inki__Onnx__Node *node = graph->node[i];
        if (inki_onnx_same(node->op_type, "Constant") && node->n_output > 0 && inki_onnx_same(node->output[0], name))
            return constant_of(node);
    }
    return NULL;
}

static const char *name_of(const Inki__Onnx__Tensor *tensor) { return tensor->name ? tensor->name : ""; }

static ink_status read_shape(const struct inki_onnx *onnx, const Inki__Onnx__Tensor *tensor,
                             struct inki_onnx_values *out)
{
    out->rank = tensor->n_dims;
    out->count = 1;
    if (tensor->n_dims > sizeof out->dims / sizeof *out->dims)
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

/* Where the numbers lie: raw bytes, or a list of numbers. */
struct source {
    const uint8_t *raw;
    size_t raw_size, listed; /* bytes; numbers */
};

static uint64_t whole_at(const uint8_t *at, size_t size)
{
    uint64_t bits = 0;
    for (size_t b = size; b-- > 0;) bits = bits << 8 | at[b];
    return bits;
}

static double double_at(const uint8_t *at)
{
    uint64_t bits = whole_at(at, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float value_at(const Inki__Onnx__Tensor *tensor, const struct source *source, size_t i)
{
    const uint8_t *raw = source->raw;
    switch (tensor->data_type) {
    case INKI_ONNX_FLOAT:
        return raw ? inki_float_at(raw + 4 * i) : tensor->float_data[i];
    case INKI_ONNX_DOUBLE:
        return (float)(raw ? double_at(raw + 8 * i) : tensor->double_data[i]);
    case INKI_ONNX_INT64:
        return (float)(raw ? (int64_t)whole_at(raw + 8 * i, 8) : tensor->int64_data[i]);
    default:
        return (float)(raw ? (int32_t)(uint32_t)whole_at(raw + 4 * i, 4) : tensor->int32_data[i]);
    }
}

/* How many numbers are listed, and how many bytes a raw one takes; false for a type that is none of these. */
static bool sizes_of(const Inki__Onnx__Tensor *tensor, size_t *listed, size_t *width)
{
    switch (tensor->data_type) {
    case INKI_ONNX_FLOAT:
        *listed = tensor->n_float_data, *width = 4;
        return true;
    case INKI_ONNX_DOUBLE:
        *listed = tensor->n_double_data, *width = 8;
        return true;
    case INKI_ONNX_INT64:
        *listed = tensor->n_int64_data, *width = 8;
        return true;
    case INKI_ONNX_INT32:
        *listed = tensor->n_int32_data, *width = 4;
        return true;
    default:
        return false;
    }
}

bool inki_onnx_number(const Inki__Onnx__Tensor *tensor, float *value)
{
    size_t listed, width;
    for (size_t d = 0; d < tensor->n_dims; d++)
        if (tensor->dims[d] != 1) return false;
    if (!sizes_of(tensor, &listed, &width)) return false;
    struct source source = {tensor->has_raw_data ? tensor->raw_data.data : NULL, tensor->raw_data.len, listed};
    if (source.raw ? source.raw_size != width : listed != 1) return false;
    *value = value_at(tensor, &source, 0);
    return true;
}

ink_status inki_onnx_read(const struct inki_onnx *onnx, const Inki__Onnx__Tensor *tensor, struct inki_onnx_values *out)
{
    size_t listed, width;
    *out = (struct inki_onnx_values){0};
    INK_TRY(read_shape(onnx, tensor, out));
    if (tensor->data_location == 1 || tensor->n_external_data > 0)
        return inki_fail(onnx->ctx, INK_UNSUPPORTED,
                         "%s: tensor '%.60s' keeps its numbers in another file; save the network as one file",
                         onnx->path, name_of(tensor));
    if (!sizes_of(tensor, &listed, &width))
        return inki_fail(onnx->ctx, INK_UNSUPPORTED,
                         "%s: tensor '%.60s' is of type %d; float, double, int32 and int64 are read", onnx->path,
                         name_of(tensor), (int)tensor->data_type);
    struct source source = {tensor->has_raw_data ? tensor->raw_data.data : NULL, tensor->raw_data.len, listed};
    bool whole =
        source.raw ? source.raw_size / width == out->count && source.raw_size % width == 0 : listed == out->count;
    if (!whole)
        return inki_fail(onnx->ctx, INK_BAD_FILE, "%s: tensor '%.60s' has not the %zu numbers that its shape says",
                         onnx->path, name_of(tensor), out->count);
    out->values = inki_alloc(onnx->ctx, out->count, sizeof *out->values);
    if (!out->values) return INK_NO_MEMORY;
    for (size_t i = 0; i < out->count; i++) out->values[i] = value_at(tensor, &source, i);
    return INK_OK;
}

#endif
