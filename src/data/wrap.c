/* wrap: data over the caller's own arrays.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/sized.h"
#include "data/data.h"
#include "inkling-extra.h"

#include <math.h>
#include <string.h>

enum { TARGETS_MAX = 65536 }; /* a row */

static ink_status check_sizes(ink_ctx *ctx, const ink_rows *rows)
{
    size_t values;
    if (!rows->floats == !rows->bytes)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "rows are either floats or bytes; give one of the two");
    if (rows->rows == 0 || rows->rows > UINT32_MAX || rows->features == 0 ||
        !inki_mul_fits(rows->rows, rows->features, &values))
        return inki_fail(ctx, INK_BAD_ARGUMENT, "cannot make data of %zu rows and %zu features", rows->rows,
                         rows->features);
    size_t pixels, all;
    if ((rows->height || rows->width || rows->channels) &&
        (!inki_mul_fits(rows->height, rows->width, &pixels) || !inki_mul_fits(pixels, rows->channels, &all) ||
         all != rows->features))
        return inki_fail(ctx, INK_BAD_ARGUMENT, "images of %zux%zux%zu are not rows of %zu features", rows->height,
                         rows->width, rows->channels, rows->features);
    if (rows->labels ? rows->classes < 1 || rows->classes > INKI_CLASSES_MAX : rows->classes != 0)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%zu classes, %s labels; expected 1 to %d with, 0 without",
                         rows->classes, rows->labels ? "with" : "without", INKI_CLASSES_MAX);
    if (rows->targets && rows->labels) return inki_fail(ctx, INK_BAD_ARGUMENT, "rows have labels or targets, not both");
    if (rows->targets ? rows->target_count < 1 || rows->target_count > TARGETS_MAX ||
                            !inki_mul_fits(rows->rows, 4 * rows->target_count, &values)
                      : rows->target_count != 0)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%zu targets a row, %s targets; expected 1 to %d with, 0 without",
                         rows->target_count, rows->targets ? "with" : "without", TARGETS_MAX);
    return INK_OK;
}

/* Whether all of x[count] are finite, by the bits: in this form compilers take many at a time. */
static bool all_finite(const float *x, size_t count)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= 0x7fffffff;
        largest = bits > largest ? bits : largest;
    }
    return largest < 0x7f800000;
}

/* Of a table: numbers of words, whatever other columns hold. */
static ink_status check_words(ink_ctx *ctx, const ink_rows *rows, const ink_columns *columns)
{
    for (size_t j = 0; columns->counts && rows->floats && j < rows->features; j++)
        for (size_t i = 0; columns->counts[j] && i < rows->rows; i++) {
            const float value = rows->floats[i * rows->features + j];
            const bool is_word = value >= -1 && value < (float)columns->counts[j] && value == floorf(value);
            if (!is_word && !isnan(value))
                return inki_fail(ctx, INK_BAD_DATA, "row %zu, column %zu (from 0): %g is none of its %zu words, nor -1",
                                 i, j, (double)value, columns->counts[j]);
        }
    return INK_OK;
}

static ink_status check_values(ink_ctx *ctx, const ink_rows *rows, const ink_columns *columns)
{
    bool search = !columns && rows->floats && !all_finite(rows->floats, rows->rows * rows->features);
    if (columns) INK_TRY(check_words(ctx, rows, columns));
    for (size_t i = 0; search && i < rows->rows * rows->features; i++)
        if (!isfinite(rows->floats[i]))
            return inki_fail(ctx, INK_BAD_DATA, "row %zu, column %zu (from 0): %g is not a finite number",
                             i / rows->features, i % rows->features, (double)rows->floats[i]);
    for (size_t i = 0; rows->labels && i < rows->rows; i++)
        if (rows->labels[i] < 0 || (size_t)rows->labels[i] >= rows->classes)
            return inki_fail(ctx, INK_BAD_DATA, "row %zu (from 0): label %d is not one of 0 to %zu", i,
                             (int)rows->labels[i], rows->classes - 1);
    for (size_t i = 0; i < rows->rows * rows->target_count; i++)
        if (!isfinite(rows->targets[i]))
            return inki_fail(ctx, INK_BAD_DATA, "row %zu (from 0): the target %g is not a finite number",
                             i / rows->target_count, (double)rows->targets[i]);
    for (size_t i = 0; rows->weights && i < rows->rows; i++)
        if (!(rows->weights[i] >= 0 && rows->weights[i] <= 1e30f))
            return inki_fail(ctx, INK_BAD_DATA,
                             "row %zu (from 0): %g is not a weight; expected a finite number of 0 or more", i,
                             (double)rows->weights[i]);
    return INK_OK;
}

static ink_status set_classes(ink_ctx *ctx, ink_data *data, const ink_rows *rows)
{
    if (!rows->labels) return INK_OK;
    if (!rows->class_names) return inki_data_count_classes(ctx, data, rows->classes);
    return inki_data_name_classes(ctx, data, rows->class_names, rows->classes);
}

/* A copy of count values of four bytes, NULL for NULL. */
static ink_status copy(ink_ctx *ctx, const void *from, size_t count, void **to)
{
    *to = from ? inki_alloc(ctx, count, 4) : NULL;
    if (from && !*to) return INK_NO_MEMORY;
    if (from) memcpy(*to, from, 4 * count);
    return INK_OK;
}

static ink_status fill(ink_ctx *ctx, ink_data *data, const ink_rows *rows)
{
    void *labels, *weights, *targets;
    data->floats = rows->floats;
    data->bytes = rows->bytes;
    const size_t list[] = {rows->rows, rows->features},
                 image[] = {rows->rows, rows->height, rows->width, rows->channels};
    INK_TRY(inki_data_set_shape(ctx, data, rows->height ? image : list, rows->height ? 4 : 2, "memory"));
    data->classes_given = rows->class_names && rows->classes > 1;
    INK_TRY(copy(ctx, rows->labels, rows->rows, &labels));
    data->labels = labels;
    INK_TRY(copy(ctx, rows->weights, rows->rows, &weights));
    data->weights = weights;
    INK_TRY(copy(ctx, rows->targets, rows->rows * rows->target_count, &targets));
    data->targets = targets;
    if (targets)
        INK_TRY(inki_data_name_targets(ctx, data, rows->target_count, (char *const *)(uintptr_t)rows->target_names));
    return set_classes(ctx, data, rows);
}

static ink_status set_words(ink_ctx *ctx, ink_data *data, const ink_columns *columns)
{
    if (!columns->words || !columns->counts) return INK_OK;
    struct inki_category *categories = inki_zalloc(ctx, data->features, sizeof *categories);
    if (!categories) return INK_NO_MEMORY;
    size_t words = 0;
    for (size_t j = 0; j < data->features; j++) {
        categories[j] = (struct inki_category){(char **)(uintptr_t)columns->words[j], columns->counts[j]};
        words += columns->counts[j];
    }
    ink_status status = words ? inki_categories_copy(ctx, categories, data->features, &data->categories) : INK_OK;
    inki_free(categories);
    return status;
}

/* Names in one block. */
static ink_status set_names(ink_ctx *ctx, ink_data *data, const char *const *names)
{
    size_t size = 0;
    for (size_t j = 0; names && j < data->features; j++) size += sizeof *names + strlen(names[j]) + 1;
    if (!names) return INK_OK;
    data->columns = inki_alloc(ctx, size, 1);
    if (!data->columns) return INK_NO_MEMORY;
    char *text = (char *)(data->columns + data->features);
    for (size_t j = 0; j < data->features; j++) {
        data->columns[j] = text;
        text = stpcpy(text, names[j]) + 1;
    }
    return INK_OK;
}

static ink_status check_columns(ink_ctx *ctx, const ink_rows *rows, const ink_columns *columns)
{
    bool any = false;
    for (size_t j = 0; columns->counts && j < rows->features; j++) {
        any = any || columns->counts[j];
        if (columns->counts[j] > INKI_CLASSES_MAX)
            return inki_fail(ctx, INK_BAD_ARGUMENT, "column %zu has %zu words; expected at most %d", j,
                             columns->counts[j], INKI_CLASSES_MAX);
    }
    if (!any || (columns->words && !rows->height && rows->floats)) return INK_OK;
    return inki_fail(ctx, INK_BAD_ARGUMENT,
                     "columns of words need their lists, and rows of floats that are not images");
}

/* columns NULL: rows of finite numbers. */
static ink_status wrap(ink_ctx *ctx, const ink_rows *rows, const ink_columns *columns, ink_data **out)
{
    ink_data *data;
    *out = NULL;
    INK_TRY(check_sizes(ctx, rows));
    if (columns) INK_TRY(check_columns(ctx, rows, columns));
    INK_TRY(check_values(ctx, rows, columns));
    INK_TRY(inki_data_begin(ctx, "memory", &data));
    ink_status status = fill(ctx, data, rows);
    if (status == INK_OK && columns) status = set_words(ctx, data, columns);
    if (status == INK_OK && columns) status = set_names(ctx, data, columns->names);
    if (status == INK_OK)
        *out = data;
    else
        ink_data_free(data);
    return status;
}

ink_status ink_data_wrap(ink_ctx *ctx, const ink_rows *rows, ink_data **out)
{
    ink_rows known;
    *out = NULL;
    INK_TRY(inki_sized_take(ctx, "ink_rows", rows, &known, sizeof known));
    return wrap(ctx, &known, NULL, out);
}

ink_status ink_data_wrap_table(ink_ctx *ctx, const ink_rows *rows, const ink_columns *columns, ink_data **out)
{
    ink_rows known;
    ink_columns known_columns;
    *out = NULL;
    INK_TRY(inki_sized_take(ctx, "ink_rows", rows, &known, sizeof known));
    INK_TRY(inki_sized_take(ctx, "ink_columns", columns, &known_columns, sizeof known_columns));
    return wrap(ctx, &known, &known_columns, out);
}
