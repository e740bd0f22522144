/* save: a model's file, written to a path, to memory or to a sink.
 * SPDX-License-Identifier: MIT */
#include "base/file.h"
#include "base/little.h"
#include "base/mem.h"
#include "model/unlike.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct header {
    json_t *root;
    size_t end; /* of the tensors so far */
};

/* Takes the shape over. */
static void describe(struct header *header, const char *name, json_t *shape, size_t count)
{
    json_object_set_new(header->root, name,
                        json_pack("{s:s, s:o, s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
                                  (json_int_t)header->end, (json_int_t)(header->end + 4 * count)));
    header->end += 4 * count;
}

static ink_status add_tensor(void *arg, const struct inki_node *layer, const struct inki_param *tensor,
                             const float *values, size_t first, size_t count)
{
    struct header *header = arg;
    char name[64];
    json_t *shape;
    (void)values;
    (void)count;
    if (first != 0) return INK_OK;
    snprintf(name, sizeof name, "%s.%s", layer->name, tensor->suffix);
    shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++) json_array_append_new(shape, json_integer((json_int_t)tensor->dims[i]));
    describe(header, name, shape, tensor->count);
    return INK_OK;
}

static void add_unlike(struct header *header, const struct inki_unlike *unlike, json_t *texts)
{
    struct inki_unlike_tensor tensor;
    char text[INKI_UNLIKE_TEXT];
    for (size_t i = 0; inki_unlike_tensor(unlike, i, &tensor); i++) {
        json_t *shape = json_array();
        for (size_t d = 0; d < tensor.rank; d++) json_array_append_new(shape, json_integer((json_int_t)tensor.dims[d]));
        describe(header, tensor.name, shape, tensor.count);
    }
    inki_unlike_text(unlike, text);
    json_object_set_new(texts, INKI_UNLIKE_KEY, json_string(text));
}

static char *header_text(const ink_model *model)
{
    struct header header = {json_object(), 0};
    char hash[20], *text = NULL;
    json_t *texts = json_deep_copy(model->metadata);
    snprintf(hash, sizeof hash, "%016" PRIx64, inki_model_hash(model));
    json_object_set_new(texts, "weight_hash", json_string(hash));
    json_object_set_new(header.root, "__metadata__", texts);
    ink_status status = inki_model_visit(model, add_tensor, &header);
    if (model->unlike) add_unlike(&header, model->unlike, texts);
    if (status == INK_OK) text = json_dumps(header.root, JSON_COMPACT);
    json_decref(header.root);
    return text;
}

/* The header, padded to a multiple of eight bytes. NULL when there is no memory; the caller's, inki_free. */
static char *make_header(ink_ctx *ctx, const ink_model *model, size_t *length)
{
    char *text = header_text(model), *padded = NULL;
    size_t used = text ? strlen(text) : 0;
    *length = (used + 7) / 8 * 8;
    if (text) padded = inki_alloc(ctx, *length, 1);
    if (padded) {
        memset(padded, ' ', *length);
        memcpy(padded, text, used);
    }
    inki_json_free(text);
    return padded;
}

static ink_status write_values(void *arg, const struct inki_node *layer, const struct inki_param *tensor,
                               const float *values, size_t first, size_t count)
{
    uint8_t bytes[4096];
    (void)layer;
    (void)tensor;
    (void)first;
    inki_floats_to_bytes(values, count, bytes);
    return inki_write(arg, bytes, 4 * count);
}

static ink_status write_unlike(const struct inki_unlike *unlike, struct inki_writer *writer)
{
    struct inki_unlike_tensor tensor;
    for (size_t i = 0; inki_unlike_tensor(unlike, i, &tensor); i++)
        for (size_t at = 0, count; at < tensor.count; at += count) {
            count = tensor.count - at < 1024 ? tensor.count - at : 1024;
            INK_TRY(write_values(writer, NULL, NULL, tensor.values + at, at, count));
        }
    return INK_OK;
}

static ink_status write_model(const ink_model *model, const char *header, size_t length, struct inki_writer *writer)
{
    uint8_t size[8];
    for (int b = 0; b < 8; b++) size[b] = (uint8_t)((uint64_t)length >> 8 * b);
    INK_TRY(inki_write(writer, size, sizeof size));
    INK_TRY(inki_write(writer, header, length));
    INK_TRY(inki_model_visit(model, write_values, writer));
    return model->unlike ? write_unlike(model->unlike, writer) : INK_OK;
}

ink_status ink_model_save(ink_ctx *ctx, const ink_model *model, const char *path)
{
    struct inki_writer writer;
    size_t length;
    char *header = make_header(ctx, model, &length);
    if (!header) return inki_fail(ctx, INK_NO_MEMORY, "%s: out of memory for the header", path);
    ink_status status = inki_write_begin(ctx, path, &writer);
    if (status == INK_OK) {
        status = write_model(model, header, length, &writer);
        if (status == INK_OK) status = inki_write_commit(&writer);
        if (status != INK_OK) inki_write_abort(&writer);
    }
    inki_free(header);
    return status;
}

ink_status inki_model_to_bytes(ink_ctx *ctx, const ink_model *model, struct inki_bytes *out)
{
    struct inki_writer writer;
    size_t length;
    inki_write_to_memory(ctx, out, &writer);
    char *header = make_header(ctx, model, &length);
    ink_status status = header ? write_model(model, header, length, &writer)
                               : inki_fail(ctx, INK_NO_MEMORY, "out of memory for a model's header");
    inki_free(header);
    if (status != INK_OK) inki_bytes_free(ctx, out);
    return status;
}

ink_status ink_model_write(ink_ctx *ctx, const ink_model *model, ink_sink sink, void *user)
{
    struct inki_writer writer;
    size_t length;
    char *header = make_header(ctx, model, &length);
    if (!header) return inki_fail(ctx, INK_NO_MEMORY, "out of memory for a model's header");
    inki_write_to_sink(ctx, sink, user, &writer);
    ink_status status = write_model(model, header, length, &writer);
    inki_free(header);
    return status;
}
