/* array: typed arrays from files, and how they become samples or labels.
 * SPDX-License-Identifier: MIT */
#include "data/array.h"

#include "base/mem.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------- elements */

static uint64_t load(const uint8_t *at, size_t size, bool big_endian)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) bits |= (uint64_t)at[big_endian ? size - 1 - i : i] << 8 * i;
    return bits;
}

#define INTEGER(name, type)                                                                                            \
    static double name(const uint8_t *at, bool big_endian) { return (double)(type)load(at, sizeof(type), big_endian); }

INTEGER(decode_u1, uint8_t)
INTEGER(decode_i1, int8_t)
INTEGER(decode_u2, uint16_t)
INTEGER(decode_i2, int16_t)
INTEGER(decode_u4, uint32_t)
INTEGER(decode_i4, int32_t)
INTEGER(decode_u8, uint64_t)
INTEGER(decode_i8, int64_t)

static double decode_b1(const uint8_t *at, bool big_endian)
{
    (void)big_endian;
    return *at != 0;
}

/* IEEE half: 1 bit sign, 5 bits exponent, 10 bits fraction. */
static double decode_f2(const uint8_t *at, bool big_endian)
{
    unsigned bits = (unsigned)load(at, 2, big_endian);
    int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
    double size;
    if (exponent == 31)
        size = fraction ? (double)NAN : (double)INFINITY;
    else
        size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 ? -size : size;
}

static double decode_f4(const uint8_t *at, bool big_endian)
{
    uint32_t bits = (uint32_t)load(at, 4, big_endian);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double decode_f8(const uint8_t *at, bool big_endian)
{
    uint64_t bits = load(at, 8, big_endian);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static const struct inki_element elements[] = {
    {"u1", 1, decode_u1}, {"f4", 4, decode_f4}, {"f8", 8, decode_f8}, {"b1", 1, decode_b1},
    {"i1", 1, decode_i1}, {"u2", 2, decode_u2}, {"i2", 2, decode_i2}, {"u4", 4, decode_u4},
    {"i4", 4, decode_i4}, {"u8", 8, decode_u8}, {"i8", 8, decode_i8}, {"f2", 2, decode_f2},
};

const struct inki_element *inki_element_find(const char *name)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strcmp(elements[i].name, name) == 0) return &elements[i];
    }
    return NULL;
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
    return array->values + (array->fortran ? fortran_place(array, i) : i) * array->element->size;
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

static bool is_type(const struct inki_array *array, const char *name)
{
    return strcmp(array->element->name, name) == 0;
}

/* ----------------------------------------------------------------- samples */

static void take_block(struct inki_array *array, ink_data *data)
{
    data->block = array->block;
    array->block = (struct inki_bytes){0};
}

static ink_status take_bytes(struct inki_array *array, ink_data *data)
{
    if (!array->fortran) {
        take_block(array, data);
        return INK_OK;
    }
    uint8_t *copy = inki_data_room(data, array->count, 1);
    if (!copy) return INK_NO_MEMORY;
    for (size_t i = 0; i < array->count; i++) copy[i] = *element_at(array, i);
    data->bytes = copy;
    return INK_OK;
}

/* Whether the file's floats are floats of this machine as they lie. */
static bool is_native(const struct inki_array *array)
{
    const uint16_t one = 1;
    bool little_endian = *(const uint8_t *)&one == 1;
    return is_type(array, "f4") && !array->fortran && array->big_endian != little_endian &&
           (uintptr_t)array->values % _Alignof(float) == 0;
}

static ink_status not_finite(const ink_data *data, const char *where, size_t i, double value)
{
    return inki_fail(data->ctx, INK_BAD_DATA,
                     "%s: row %zu, column %zu (from 0): %g is not a number that a 32-bit float holds", where,
                     i / data->features, i % data->features, value);
}

static bool is_float(double value) { return fabs(value) <= (double)FLT_MAX; } /* false for NaN */

static ink_status take_floats(struct inki_array *array, const char *where, ink_data *data)
{
    const float *x = (const float *)(const void *)array->values;
    for (size_t i = 0; i < array->count; i++) {
        if (!isfinite(x[i])) return not_finite(data, where, i, (double)x[i]);
    }
    data->floats = x;
    take_block(array, data);
    return INK_OK;
}

/* A file that was mapped need not be held beside its floats. */
static void give_back(struct inki_array *array, size_t i)
{
    if (array->block.mapped && !array->fortran)
        inki_bytes_done(&array->block, (size_t)(element_at(array, i) - array->block.data));
}

static ink_status convert_floats(struct inki_array *array, const char *where, ink_data *data)
{
    float *x = inki_data_room(data, array->count, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    for (size_t i = 0; i < array->count; i++) {
        double value = inki_array_at(array, i);
        if (!is_float(value)) return not_finite(data, where, i, value);
        if (i % 65536 == 0) give_back(array, i);
        x[i] = (float)value;
    }
    data->floats = x;
    return INK_OK;
}

static ink_status fill(struct inki_array *array, const char *where, ink_data *data)
{
    if (is_type(array, "u1")) data->bytes = array->values;
    INK_TRY(inki_data_set_shape(data, array->dims, array->rank, where));
    if (data->bytes) return take_bytes(array, data);
    return is_native(array) ? take_floats(array, where, data) : convert_floats(array, where, data);
}

ink_status inki_array_samples(ink_ctx *ctx, struct inki_array *array, const char *where, ink_data **out)
{
    ink_data *data = NULL;
    *out = NULL;
    INK_TRY(inki_data_begin(ctx, where, &data));
    ink_status status = fill(array, where, data);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}

/* ------------------------------------------------------------------ labels */

static ink_status whole_label(ink_ctx *ctx, double value, size_t row, const char *where, int32_t *out)
{
    if (!(value >= INT32_MIN && value <= INT32_MAX) || value != floor(value)) {
        return inki_fail(ctx, INK_BAD_DATA, "%s: row %zu (from 0): label %g is not a whole number of 32 bits", where,
                         row, value);
    }
    *out = (int32_t)value;
    return INK_OK;
}

static ink_status one_hot_label(ink_ctx *ctx, const struct inki_array *array, size_t row, const char *where,
                                int32_t *out)
{
    size_t classes = array->dims[1], ones = 0;
    for (size_t c = 0; c < classes; c++) {
        double value = inki_array_at(array, row * classes + c);
        ones += value == 1 ? 1 : value == 0 ? 0 : 2;
        if (value == 1) *out = (int32_t)c;
    }
    if (ones == 1) return INK_OK;
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: row %zu (from 0) is not one-hot: labels of shape (rows, classes) have a single 1 "
                     "in each row and 0 elsewhere",
                     where, row);
}

ink_status inki_array_labels(ink_ctx *ctx, const struct inki_array *array, const char *where, struct inki_labels *out)
{
    *out = (struct inki_labels){0};
    bool one_hot = array->rank == 2 && array->dims[1] > 1;
    if (!one_hot && array->rank != 1 && !(array->rank == 2 && array->dims[1] == 1)) {
        return inki_fail(ctx, INK_BAD_DATA,
                         "%s: an array of %zu dimensions; labels need one number a row, or (rows, classes) "
                         "one-hot",
                         where, array->rank);
    }
    if (one_hot && array->dims[1] > INKI_CLASSES_MAX) {
        return inki_fail(ctx, INK_BAD_DATA, "%s: %zu columns of one-hot labels; %d is the most", where, array->dims[1],
                         INKI_CLASSES_MAX);
    }
    size_t rows = array->rank == 0 ? 0 : array->dims[0];
    int32_t *values = inki_alloc(ctx, rows, sizeof *values);
    ink_status status = values ? INK_OK : INK_NO_MEMORY;
    for (size_t i = 0; i < rows && status == INK_OK; i++) {
        status = one_hot ? one_hot_label(ctx, array, i, where, &values[i])
                         : whole_label(ctx, inki_array_at(array, i), i, where, &values[i]);
    }
    if (status != INK_OK) {
        inki_free(ctx, values);
        return status;
    }
    *out = (struct inki_labels){.values = values, .count = rows, .classes = one_hot ? array->dims[1] : 0};
    return INK_OK;
}
