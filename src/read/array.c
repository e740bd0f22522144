/* array: typed arrays from files, and how they become samples or labels.
 * SPDX-License-Identifier: MIT */
#include "read/array.h"

#include "base/mem.h"

#include <string.h>

enum { CHUNK = 1 << 18 }; /* elements, between two looks at what can be given back */

/* ---------------------------------------------------------------- elements */

/* "U5", "S12": 'a' is NumPy's older letter for 'S'. */
static bool set_text_type(struct inki_array *array, const char *name)
{
    size_t length = 0;
    if (!*name || !strchr("USa", *name)) return false;
    for (const char *at = name + 1; *at; at++) {
        if (*at < '0' || *at > '9' || length > 100000000) return false;
        length = 10 * length + (size_t)(*at - '0');
    }
    array->text = *name == 'U' ? 'U' : 'S';
    array->item = *name == 'U' ? 4 * length : length;
    return length > 0;
}

bool inki_array_set_type(struct inki_array *array, const char *name)
{
    array->text = 0;
    array->element = inki_element_find(name);
    if (!array->element) return set_text_type(array, name);
    array->item = array->element->size;
    return true;
}

/* Where element i of C order lies in an array whose first index runs fastest. */
static size_t fortran_place(const struct inki_array *array, size_t i)
{
    size_t index[INKI_RANK_MAX], place = 0, stride = 1;
    for (size_t d = array->rank; d-- > 0; i /= array->dims[d]) index[d] = i % array->dims[d];
    for (size_t d = 0; d < array->rank; d++) {
        place += index[d] * stride;
        stride *= array->dims[d];
    }
    return place;
}

static const uint8_t *element_at(const struct inki_array *array, size_t i)
{
    return array->values + (array->fortran ? fortran_place(array, i) : i) * array->item;
}

double inki_array_at(const struct inki_array *array, size_t i)
{
    return array->element->decode(element_at(array, i), array->big_endian);
}

void inki_array_free(ink_ctx *ctx, struct inki_array *array)
{
    inki_bytes_free(ctx, &array->block);
    *array = (struct inki_array){0};
}

/* ------------------------------------------------------------------- texts */

size_t inki_array_text_room(const struct inki_array *array) { return array->item + 1; }

/* UTF-8 of one character. Returns its length. */
static size_t put_character(uint32_t c, char *out)
{
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
    size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(lead[more] | c >> 6 * more);
    for (size_t left = more; left-- > 0;) *out++ = (char)(0x80 | (c >> 6 * left & 0x3F));
    return more + 1;
}

/* The character at this place: four bytes of 'U', one of 'S'. */
static uint32_t character_at(const struct inki_array *array, const uint8_t *at)
{
    uint32_t c = 0;
    if (array->text == 'S') return *at;
    for (size_t b = 0; b < 4; b++) c = c << 8 | at[array->big_endian ? b : 3 - b];
    return c;
}

size_t inki_array_text(const struct inki_array *array, size_t i, char *out)
{
    const uint8_t *at = element_at(array, i);
    size_t length = 0;
    for (size_t k = 0; k < array->item; k += array->text == 'U' ? 4 : 1) {
        uint32_t c = character_at(array, at + k);
        if (c == 0) break;
        if (array->text == 'U')
            length += put_character(c, out + length);
        else
            out[length++] = (char)c;
    }
    out[length] = 0;
    return length;
}

/* ------------------------------------------------------------------- lines */

/* The elements from i on that lie evenly: of C order a large part, of Fortran order the last dimension. */
static struct inki_line line_from(const struct inki_array *array, size_t i)
{
    struct inki_line line = {element_at(array, i), array->count - i, array->item};
    if (!array->fortran) {
        if (line.count > CHUNK) line.count = CHUNK;
        return line;
    }
    line.count = array->dims[array->rank - 1];
    for (size_t d = 0; d + 1 < array->rank; d++) line.stride *= array->dims[d];
    return line;
}

/* What was read need not be held beside what is made of it. */
static void give_back(struct inki_array *array, const uint8_t *before)
{
    if (array->through)
        inki_bytes_forget(array->through, &array->block, (size_t)(before - array->block.data));
    else if (array->block.mapped)
        inki_bytes_done(&array->block, (size_t)(before - array->block.data));
}

size_t inki_array_to_bytes(struct inki_array *array, uint8_t *to)
{
    size_t done = 0;
    bool as_they_lie = to && inki_array_is_bytes(array);
    array->block.done = 0;
    while (done < array->count) {
        struct inki_line line = line_from(array, done);
        size_t got = line.count;
        if (as_they_lie)
            memcpy(to + done, line.at, line.count);
        else
            got = array->element->bytes(line, array->big_endian, to ? to + done : NULL);
        done += got;
        if (got < line.count) break;
        if (!array->fortran) give_back(array, line.at + line.count * line.stride);
    }
    return done;
}

size_t inki_array_to_floats(struct inki_array *array, float *to)
{
    size_t done = 0;
    array->block.done = 0;
    while (done < array->count) {
        struct inki_line line = line_from(array, done);
        size_t got = array->element->floats(line, array->big_endian, to ? to + done : NULL);
        done += got;
        if (got < line.count) break;
        if (!array->fortran) give_back(array, line.at + line.count * line.stride);
    }
    return done;
}

static bool is_type(const struct inki_array *array, const char *name)
{
    return array->element && strcmp(array->element->name, name) == 0;
}

bool inki_array_holds_bytes(struct inki_array *array)
{
    bool fortran = array->fortran;
    if (is_type(array, "u1")) return true;
    array->fortran = false; /* any order will do, and this one is quick */
    bool all = inki_array_to_bytes(array, NULL) == array->count;
    array->fortran = fortran;
    return all;
}

bool inki_array_is_bytes(const struct inki_array *array) { return is_type(array, "u1") && !array->fortran; }

bool inki_array_is_floats(const struct inki_array *array)
{
    return is_type(array, "f4") && !array->fortran && array->big_endian != inki_is_little_endian() &&
           (uintptr_t)array->values % _Alignof(float) == 0;
}

/* ----------------------------------------------------------------- samples */

ink_status inki_not_a_value(ink_ctx *ctx, const char *where, size_t i, size_t features, double value)
{
    return inki_fail(
        ctx, INK_BAD_DATA,
        "%s: row %zu, column %zu (from 0): %g is not a number that a 32-bit float holds; correct it, or remove the row",
        where, i / features, i % features, value);
}

static void take_block(struct inki_array *array, ink_data *data)
{
    data->block = array->block;
    array->block = (struct inki_bytes){0};
}

static ink_status take_bytes(ink_ctx *ctx, struct inki_array *array, ink_data *data)
{
    data->bytes = array->values;
    if (inki_array_is_bytes(array)) {
        take_block(array, data);
        return INK_OK;
    }
    uint8_t *copy = inki_data_room(ctx, data, array->count, 1);
    if (!copy) return INK_NO_MEMORY;
    data->bytes = copy;
    array->through = ctx;
    inki_array_to_bytes(array, copy);
    return INK_OK;
}

/* Types whose numbers may be finer than a 32-bit float. */
static bool is_fine(const struct inki_array *array)
{
    return is_type(array, "f8") || is_type(array, "i8") || is_type(array, "u8") || is_type(array, "i4") ||
           is_type(array, "u4");
}

/* How many values of a column are those before them, and how many are so as 32-bit floats only, among the first rows. */
static size_t merged_values(const struct inki_array *array, size_t features, size_t column, size_t rows, double *lowest)
{
    size_t merged = 0;
    double before = *lowest = inki_array_at(array, column);
    for (size_t i = 1; i < rows; i++) {
        double value = inki_array_at(array, i * features + column);
        merged += value != before && (float)value == (float)before;
        if (value < *lowest) *lowest = value;
        before = value;
    }
    return merged;
}

/* Unix times and the like. */
static void warn_of_merging(ink_ctx *ctx, const struct inki_array *array, const char *where, size_t features)
{
    enum { ROWS = 200, COLUMNS = 64 };
    const size_t all = array->count / features, rows = all < ROWS ? all : ROWS;
    for (size_t j = 0; is_fine(array) && j < features && j < COLUMNS; j++) {
        double lowest;
        size_t merged = merged_values(array, features, j, rows, &lowest);
        if (10 * merged <= rows) continue;
        inki_warn(ctx,
                  "%s: column %zu (from 0): of the first %zu values %zu are no longer different from the one before as "
                  "32-bit "
                  "floats; subtract %.15g from the column, or scale it",
                  where, j, rows, merged, lowest);
    }
}

static ink_status take_floats(ink_ctx *ctx, struct inki_array *array, const char *where, ink_data *data)
{
    bool as_it_is = inki_array_is_floats(array);
    warn_of_merging(ctx, array, where, data->features);
    float *copy = as_it_is ? NULL : inki_data_room(ctx, data, array->count, sizeof *copy);
    if (!as_it_is && !copy) return INK_NO_MEMORY;
    array->through = as_it_is ? NULL : ctx;
    size_t good = inki_array_to_floats(array, copy);
    if (good < array->count) return inki_not_a_value(ctx, where, good, data->features, inki_array_at(array, good));
    data->floats = as_it_is ? (const float *)(const void *)array->values : copy;
    if (as_it_is) take_block(array, data);
    return INK_OK;
}

static ink_status fill(ink_ctx *ctx, struct inki_array *array, const char *where, ink_data *data)
{
    if (!array->element)
        return inki_fail(ctx, INK_BAD_DATA, "%s: found an array of %s; samples are numbers, strings can only be labels",
                         where, array->text ? "texts" : "objects");
    bool bytes = inki_array_holds_bytes(array);
    data->bytes = bytes ? array->values : NULL; /* the shape depends on it */
    INK_TRY(inki_data_set_shape(ctx, data, array->dims, array->rank, where));
    return bytes ? take_bytes(ctx, array, data) : take_floats(ctx, array, where, data);
}

ink_status inki_put_channels_last(ink_ctx *ctx, const size_t shape[3], const char *where, ink_data *data)
{
    const size_t channels = shape[0], pixels = shape[1] * shape[2];
    const size_t size = data->bytes ? 1 : sizeof(float), count = data->rows * data->features;
    const uint8_t *from = data->bytes ? data->bytes : (const uint8_t *)data->floats;
    uint8_t *to = inki_alloc(ctx, count, size);
    if (!to) return INK_NO_MEMORY;
    for (size_t i = 0; i < data->rows; i++)
        for (size_t c = 0; c < channels; c++)
            for (size_t k = 0; k < pixels; k++)
                memcpy(to + ((i * pixels + k) * channels + c) * size, from + ((i * channels + c) * pixels + k) * size,
                       size);
    inki_bytes_free(ctx, &data->block);
    data->block = (struct inki_bytes){.data = to, .size = count * size};
    if (data->bytes)
        data->bytes = to;
    else
        data->floats = (const float *)(void *)to;
    data->height = shape[1];
    data->width = shape[2];
    data->channels = channels;
    inki_note(ctx, "%s: images of (channels, height, width) = (%zu, %zu, %zu): the channels are put last", where,
              channels, data->height, data->width);
    return INK_OK;
}

static bool has_channels_first(const struct inki_array *array)
{
    return array->rank == 4 && array->dims[1] == 3 && array->dims[2] > 4 && array->dims[3] > 4;
}

ink_status inki_array_samples(ink_ctx *ctx, struct inki_array *array, const char *where, ink_data **out)
{
    ink_data *data = NULL;
    *out = NULL;
    INK_TRY(inki_data_begin(ctx, where, &data));
    const struct inki_array form = *array; /* its block may change hands */
    ink_status status = fill(ctx, array, where, data);
    if (status == INK_OK && has_channels_first(&form)) status = inki_put_channels_last(ctx, form.dims + 1, where, data);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}
