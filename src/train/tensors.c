/* tensors: the header of a .safetensors file, and where its tensors lie.
 * SPDX-License-Identifier: MIT */
#include "train/tensors.h"

#include "base/mem.h"
#include "read/npy.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { MOST_HEADER = 16 << 20 };

/* safetensors' names of types and NumPy's. */
static const char *const types[][2] = {{"F32", "f4"}, {"F64", "f8"}, {"F16", "f2"}, {"I64", "i8"},
                                       {"I32", "i4"}, {"I16", "i2"}, {"I8", "i1"},  {"U64", "u8"},
                                       {"U32", "u4"}, {"U16", "u2"}, {"U8", "u1"},  {"BOOL", "b1"}};

/* The header's JSON, or NULL; *length bytes from byte 8. */
static json_t *read_header(const struct inki_bytes *content, size_t *length)
{
    uint64_t said = 0;
    if (content->size < 10 || content->data[8] != '{') return NULL;
    for (int b = 7; b >= 0; b--) said = said << 8 | content->data[b];
    if (said > MOST_HEADER || said > content->size - 8) return NULL;
    *length = (size_t)said;
    json_t *root = json_loadb((const char *)content->data + 8, *length, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(root)) return root;
    json_decref(root);
    return NULL;
}

bool inki_tensors_is(const struct inki_bytes *content)
{
    size_t length;
    json_t *root = read_header(content, &length);
    bool foreign = root && !json_object_get(json_object_get(root, "__metadata__"), "notation");
    json_decref(root);
    return foreign;
}

static ink_status bad_tensor(ink_ctx *ctx, const char *path, const char *name, const char *why)
{
    return inki_fail(ctx, INK_BAD_FILE, "%s: tensor '%.60s': %s; save the file again", path, name, why);
}

static bool set_dims(const json_t *shape, struct inki_array *out)
{
    out->rank = json_array_size(shape);
    out->count = 1;
    if (!json_is_array(shape) || out->rank > INKI_RANK_MAX) return false;
    for (size_t d = 0; d < out->rank; d++) {
        json_int_t n = json_integer_value(json_array_get(shape, d));
        if (n < 0 || n > UINT32_MAX || !inki_mul_fits(out->count, (size_t)n, &out->count)) return false;
        out->dims[d] = (size_t)n;
    }
    return true;
}

/* values[size] is what follows the header. */
static ink_status read_tensor(ink_ctx *ctx, const char *path, const char *name, const json_t *tensor,
                              const uint8_t *values, size_t size, struct inki_array *out)
{
    const char *type = json_string_value(json_object_get(tensor, "dtype"));
    const json_t *place = json_object_get(tensor, "data_offsets");
    json_int_t begin = json_integer_value(json_array_get(place, 0)), end = json_integer_value(json_array_get(place, 1));
    size_t t = 0, bytes, known = sizeof types / sizeof *types;
    while (type && t < known && strcmp(types[t][0], type) != 0) t++;
    if (!type || t == known) {
        return inki_fail(ctx, INK_UNSUPPORTED, "%s: tensor '%.60s' is of type '%.20s'; save it as float32", path, name,
                         type ? type : "?");
    }
    if (!inki_array_set_type(out, types[t][1])) return bad_tensor(ctx, path, name, "its type cannot be read");
    if (!set_dims(json_object_get(tensor, "shape"), out)) return bad_tensor(ctx, path, name, "its shape is wrong");
    if (json_array_size(place) != 2 || begin < 0 || end < begin || (uint64_t)end > size ||
        !inki_mul_fits(out->count, out->item, &bytes) || (uint64_t)(end - begin) != bytes)
        return bad_tensor(ctx, path, name, "its place in the file is not what its shape needs");
    out->values = values + begin;
    snprintf(out->name, sizeof out->name, "%s", name);
    return INK_OK;
}

ink_status inki_tensors_read(ink_ctx *ctx, const char *path, const struct inki_bytes *content, struct inki_array **out,
                             size_t *count)
{
    size_t length = 0;
    const char *name;
    json_t *tensor, *root = read_header(content, &length);
    ink_status status = INK_OK;
    *count = 0;
    *out = NULL;
    if (!root) return inki_fail(ctx, INK_BAD_FILE, "%s: the header is not JSON; the file is damaged", path);
    struct inki_array *arrays = inki_zalloc(ctx, json_object_size(root), sizeof *arrays);
    if (!arrays) status = INK_NO_MEMORY;
    json_object_foreach(root, name, tensor)
    {
        if (status != INK_OK || strcmp(name, "__metadata__") == 0) continue;
        status = read_tensor(ctx, path, name, tensor, content->data + 8 + length, content->size - 8 - length,
                             &arrays[*count]);
        if (status == INK_OK) ++*count;
    }
    json_decref(root);
    if (status == INK_OK) {
        *out = arrays;
        return INK_OK;
    }
    inki_arrays_free(ctx, arrays, *count);
    *count = 0;
    return status;
}
