/* idx: the IDX files of MNIST: two zero bytes, element type, number of dimensions, the dimensions as big-endian 32-bit
 * numbers, then the elements, big-endian.
 * SPDX-License-Identifier: MIT */
#include "read/array.h"
#include "read/labels.h"
#include "read/load.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>

/* By IDX's code for the element type. */
static const char *const type_names[] = {
    [0x08] = "u1", [0x09] = "i1", [0x0B] = "i2", [0x0C] = "i4", [0x0D] = "f4", [0x0E] = "f8"};

static bool is_idx(const uint8_t *bytes, size_t size) { return size >= 2 && bytes[0] == 0 && bytes[1] == 0; }

static size_t big_endian_at(const uint8_t *at)
{
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | (size_t)at[3];
}

static ink_status parse_header(ink_ctx *ctx, const struct inki_bytes *content, const char *where,
                               struct inki_array *array)
{
    const uint8_t *bytes = content->data;
    size_t size = content->size, type = size > 2 ? bytes[2] : 0;
    if (size < 4 || size < 4 + 4 * (size_t)bytes[3]) {
        return inki_fail(ctx, INK_BAD_FILE,
                         "%s: byte %zu: the file ends within its header; it was cut short: download it again", where,
                         size);
    }
    if (type >= sizeof type_names / sizeof *type_names || !type_names[type]) {
        return inki_fail(ctx, INK_BAD_FILE,
                         "%s: byte 2: 0x%02zX is not an element type of IDX files; is this an IDX file?", where, type);
    }
    if (bytes[3] < 1 || bytes[3] > INKI_RANK_MAX) {
        return inki_fail(ctx, INK_BAD_FILE, "%s: byte 3: %d dimensions; images have 2 to 4, labels 1", where, bytes[3]);
    }
    inki_array_set_type(array, type_names[type]);
    array->big_endian = true;
    array->rank = bytes[3];
    for (size_t d = 0; d < array->rank; d++) array->dims[d] = big_endian_at(bytes + 4 + 4 * d);
    array->values = bytes + 4 + 4 * array->rank;
    return INK_OK;
}

/* "60000 images of 28x28", "60000 numbers". */
static void describe(const struct inki_array *array, char *text, size_t room)
{
    const size_t *dims = array->dims;
    switch (array->rank) {
    case 1:
        snprintf(text, room, "%zu numbers", dims[0]);
        break;
    case 2:
        snprintf(text, room, "%zu rows of %zu", dims[0], dims[1]);
        break;
    case 3:
        snprintf(text, room, "%zu images of %zux%zu", dims[0], dims[1], dims[2]);
        break;
    default:
        snprintf(text, room, "%zu images of %zux%zux%zu", dims[0], dims[1], dims[2], dims[3]);
        break;
    }
}

static ink_status check_size(ink_ctx *ctx, const struct inki_bytes *content, const char *where,
                             struct inki_array *array)
{
    char what[128];
    size_t header = 4 + 4 * array->rank, bytes = array->item;
    bool fits = true;
    array->count = 1;
    for (size_t d = 0; d < array->rank; d++) fits = fits && inki_mul_fits(array->count, array->dims[d], &array->count);
    fits = fits && inki_mul_fits(array->count, bytes, &bytes) && bytes <= SIZE_MAX - header;
    describe(array, what, sizeof what);
    if (!fits) {
        return inki_fail(ctx, INK_BAD_FILE,
                         "%s: byte 4: %s are more than any file holds; the header is damaged: download the file again",
                         where, what);
    }
    if (content->size < header + bytes) {
        return inki_fail(ctx, INK_BAD_FILE,
                         "%s: byte 4: %s need %zu bytes, the file has %zu%s; it may be cut short: download it again",
                         where, what, header + bytes, content->size, content->from_gzip ? " unpacked" : "");
    }
    if (content->size > header + bytes) {
        return inki_fail(ctx, INK_BAD_FILE,
                         "%s: byte %zu: %zu extra bytes after %s; the file is damaged: download it again", where,
                         header + bytes, content->size - header - bytes, what);
    }
    return INK_OK;
}

static ink_status parse_file(struct inki_source *source, struct inki_array *array)
{
    *array = (struct inki_array){0};
    INK_TRY(parse_header(source->ctx, &source->content, source->path, array));
    INK_TRY(check_size(source->ctx, &source->content, source->path, array));
    array->block = source->content;
    source->content = (struct inki_bytes){0};
    return INK_OK;
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct inki_array array;
    *out = NULL;
    INK_TRY(parse_file(source, &array));
    ink_status status = INK_OK;
    if (array.rank == 1)
        status =
            inki_fail(source->ctx, INK_BAD_DATA, "%s: holds %zu single numbers: a labels file; name the images file",
                      source->path, array.count);
    if (status == INK_OK) status = inki_array_samples(source->ctx, &array, source->path, out);
    inki_array_free(source->ctx, &array);
    return status;
}

enum { QMNIST_COLUMNS = 8 };

/* QMNIST has the class first, then where the digit comes from. */
static ink_status take_first_columns(ink_ctx *ctx, const struct inki_array *array, struct inki_labels *out)
{
    int32_t *values = inki_alloc(ctx, array->dims[0], sizeof *values);
    *out = (struct inki_labels){0};
    if (!values) return INK_NO_MEMORY;
    for (size_t i = 0; i < array->dims[0]; i++) values[i] = (int32_t)inki_array_at(array, i * QMNIST_COLUMNS);
    *out = (struct inki_labels){.values = values, .count = array->dims[0]};
    return INK_OK;
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct inki_array array;
    INK_TRY(parse_file(source, &array));
    ink_status status = INK_OK;
    if (array.rank == 2 && array.dims[1] == QMNIST_COLUMNS) {
        inki_note(source->ctx, "%s: of the 8 numbers in a row the first is the label, as in QMNIST", source->path);
        status = take_first_columns(source->ctx, &array, out);
        inki_array_free(source->ctx, &array);
        return status;
    }
    if (array.rank != 1)
        status = inki_fail(source->ctx, INK_BAD_DATA, "%s: holds images (%zu dimensions), not labels (1 dimension)",
                           source->path, array.rank);
    if (status == INK_OK) status = inki_array_labels(source->ctx, &array, source->path, out);
    inki_array_free(source->ctx, &array);
    return status;
}

const struct inki_reader inki_idx_reader = {"idx", "IDX images, vectors or labels", is_idx, read_samples, read_labels};
