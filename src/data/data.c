/* data: data objects, views, parts and fingerprints.
 * SPDX-License-Identifier: MIT */
#include "data/data.h"

#include "base/mem.h"
#include "base/sized.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

ink_status inki_data_begin(ink_ctx *ctx, const char *source, ink_data **out)
{
    *out = NULL;
    ink_data *data = inki_zalloc(ctx, 1, sizeof *data);
    if (!data) return INK_NO_MEMORY;
    data->source = inki_copy_text(ctx, source);
    if (!data->source) {
        inki_free(data);
        return INK_NO_MEMORY;
    }
    *out = data;
    return INK_OK;
}

void *inki_data_room(ink_ctx *ctx, ink_data *data, size_t count, size_t size)
{
    void *room = inki_alloc(ctx, count, size);
    data->block = (struct inki_bytes){.data = room, .size = room ? count * size : 0};
    return room;
}

void ink_data_free(ink_data *data)
{
    if (!data) return;
    if (!data->is_view) {
        inki_free(data->labels);
        inki_free(data->targets);
        inki_free(data->target_names);
        inki_free(data->weights);
        inki_free(data->class_names);
        inki_free(data->class_labels);
        inki_free(data->columns);
        inki_free(data->categories);
        inki_free(data->source);
        inki_ids_free(data->ids);
        inki_decided_free(data->decided);
    }
    ink_data_free(data->test);
    inki_bytes_release(&data->block);
    inki_free(data->index);
    inki_free(data);
}

/* The side of a square image that a row of bytes most likely is, or 0. Small squares are more often tables. */
static size_t guess_side(const ink_data *data, size_t features)
{
    size_t side = (size_t)sqrt((double)features);
    return data->bytes && side >= 16 && side * side == features ? side : 0;
}

ink_status inki_data_set_shape(ink_ctx *ctx, ink_data *data, const size_t *dims, size_t rank, const char *where)
{
    if (rank < 2 || rank > 4) {
        return inki_fail(
            ctx, INK_BAD_DATA,
            "%s: found an array of %zu dimensions; samples need (rows, features), (rows, height, width) or "
            "(rows, height, width, channels)",
            where, rank);
    }
    size_t features = 1;
    for (size_t d = 1; d < rank; d++) features *= dims[d];
    if (dims[0] == 0 || features == 0 || dims[0] > UINT32_MAX) {
        return inki_fail(ctx, INK_BAD_DATA,
                         "%s: %zu rows of %zu values cannot be used; expected 1 to %u rows of at least one value",
                         where, dims[0], features, (unsigned)UINT32_MAX);
    }
    size_t side = rank == 2 ? guess_side(data, features) : 0;
    bool channels_first = rank == 4 && dims[1] == 1; /* one channel: (rows, 1, height, width) has the same order */
    data->rows = dims[0];
    data->features = features;
    data->height = rank == 2 ? (side ? side : 1) : dims[1 + channels_first];
    data->width = rank == 2 ? (side ? side : features) : dims[2 + channels_first];
    data->channels = rank == 4 && !channels_first ? dims[3] : 1;
    return INK_OK;
}

static ink_status make_index(ink_ctx *ctx, ink_data *view, const ink_data *of, const uint32_t *rows)
{
    view->index = inki_alloc(ctx, view->rows, sizeof *view->index);
    if (!view->index) return INK_NO_MEMORY;
    for (size_t i = 0; i < view->rows; i++) view->index[i] = (uint32_t)inki_data_base(of, rows ? rows[i] : i);
    return INK_OK;
}

ink_status inki_data_view(ink_ctx *ctx, const ink_data *of, const uint32_t *rows, size_t count, ink_data **out)
{
    *out = NULL;
    ink_data *view = inki_alloc(ctx, 1, sizeof *view);
    if (!view) return INK_NO_MEMORY;
    *view = *of;
    view->rows = count;
    view->is_view = true;
    view->block = (struct inki_bytes){0};
    view->index = NULL;
    view->test = NULL;
    if ((rows || of->index) && make_index(ctx, view, of, rows) != INK_OK) {
        ink_data_free(view);
        return INK_NO_MEMORY;
    }
    *out = view;
    return INK_OK;
}

/* --------------------------------------------------------------- in memory */

static ink_status check_values(ink_ctx *ctx, size_t rows, size_t features, const float *x)
{
    for (size_t i = 0; i < rows * features; i++) {
        if (!isfinite(x[i])) {
            return inki_fail(ctx, INK_BAD_DATA, "row %zu, column %zu (from 0): %g is not a finite number", i / features,
                             i % features, (double)x[i]);
        }
    }
    return INK_OK;
}

static ink_status check_labels(ink_ctx *ctx, size_t rows, const int32_t *labels, size_t classes)
{
    for (size_t i = 0; labels && i < rows; i++) {
        if (labels[i] < 0 || (size_t)labels[i] >= classes) {
            return inki_fail(ctx, INK_BAD_DATA, "row %zu (from 0): label %d is not one of 0 to %zu", i, (int)labels[i],
                             classes - 1);
        }
    }
    return INK_OK;
}

static ink_status check_sizes(ink_ctx *ctx, size_t rows, size_t features, const float *x, const int32_t *labels,
                              size_t classes)
{
    size_t values;
    if (!x || rows == 0 || rows > UINT32_MAX || features == 0 || !inki_mul_fits(rows, features, &values)) {
        return inki_fail(ctx, INK_BAD_ARGUMENT, "cannot make data of %zu rows and %zu features", rows, features);
    }
    if (labels ? classes < 1 || classes > INKI_CLASSES_MAX : classes != 0) {
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%zu classes, %s labels; expected 1 to %d with, 0 without", classes,
                         labels ? "with" : "without", INKI_CLASSES_MAX);
    }
    return INK_OK;
}

static ink_status copy_values(ink_ctx *ctx, ink_data *data, const float *x)
{
    size_t count = data->rows * data->features;
    float *copy = inki_data_room(ctx, data, count, sizeof *copy);
    if (!copy) return INK_NO_MEMORY;
    memcpy(copy, x, count * sizeof *copy);
    data->floats = copy;
    return INK_OK;
}

static ink_status copy_labels(ink_ctx *ctx, ink_data *data, const int32_t *labels, size_t classes)
{
    if (!labels) return INK_OK;
    data->labels = inki_alloc(ctx, data->rows, sizeof *labels);
    if (!data->labels) return INK_NO_MEMORY;
    memcpy(data->labels, labels, data->rows * sizeof *labels);
    return inki_data_count_classes(ctx, data, classes);
}

ink_status ink_data_new(ink_ctx *ctx, size_t rows, size_t features, const float *x, const int32_t *labels,
                        size_t classes, ink_data **out)
{
    *out = NULL;
    ink_data *data = NULL;
    INK_TRY(check_sizes(ctx, rows, features, x, labels, classes));
    INK_TRY(check_values(ctx, rows, features, x));
    INK_TRY(check_labels(ctx, rows, labels, classes));
    INK_TRY(inki_data_begin(ctx, "memory", &data));
    ink_status status = inki_data_set_shape(ctx, data, (size_t[]){rows, features}, 2, "memory");
    if (status == INK_OK) status = copy_values(ctx, data, x);
    if (status == INK_OK) status = copy_labels(ctx, data, labels, classes);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}

/* ----------------------------------------------------------------- looking */

void ink_data_describe(const ink_data *data, ink_data_info *out)
{
    ink_data_info info = {
        .rows = data->rows,
        .features = data->features,
        .classes = data->classes,
        .targets = data->target_count,
        .height = data->height,
        .width = data->width,
        .channels = data->channels,
        .bytes = data->bytes != NULL,
        .labelled = data->labels != NULL,
        .test_rows = data->test ? data->test->rows : 0,
        .source = data->source,
    };
    inki_sized_give(out, &info, sizeof info, sizeof info);
}

const char *ink_data_class(const ink_data *data, size_t i) { return i < data->classes ? data->class_names[i] : NULL; }

const char *ink_data_id(const ink_data *data, size_t i)
{
    return data->ids && i < data->rows ? inki_ids_get(data->ids, inki_data_base(data, i)) : NULL;
}

const char *ink_data_id_column(const ink_data *data) { return data->ids ? data->ids->name : NULL; }

const char *ink_data_target(const ink_data *data, size_t i)
{
    return i < data->target_count ? data->target_names[i] : NULL;
}

int32_t ink_data_row(const ink_data *data, size_t i, float *x)
{
    size_t begin = inki_data_base(data, i) * data->features;
    if (data->floats) {
        memcpy(x, data->floats + begin, data->features * sizeof *x);
    } else {
        for (size_t j = 0; j < data->features; j++) x[j] = (float)data->bytes[begin + j];
    }
    return inki_data_label(data, i);
}

/* Rows of a part lie here and there: they are fetched some rows before they are wanted. */
static void fetch_row(const ink_data *data, const uint8_t *values, size_t size, size_t i)
{
    enum { ROWS_AHEAD = 4, LINE = 64 };
    if (!data->index || i + ROWS_AHEAD >= data->rows) return;
    const uint8_t *row = values + inki_data_base(data, i + ROWS_AHEAD) * size;
    for (size_t at = 0; at < size && at < 64 * LINE; at += LINE) __builtin_prefetch(row + at);
}

uint64_t ink_data_fingerprint(const ink_data *data)
{
    const uint8_t *values = data->bytes ? data->bytes : (const uint8_t *)data->floats;
    const size_t each = data->bytes ? sizeof *data->bytes : sizeof *data->floats, size = data->features * each;
    uint64_t shape[3] = {data->rows, data->features, data->classes};
    uint64_t hash =
        inki_categories_hash(inki_hash_numbers(0, shape, 3, sizeof *shape), data->categories, data->features);
    for (size_t i = 0; i < data->rows; i++) {
        fetch_row(data, values, size, i);
        hash = inki_hash_numbers(hash, values + inki_data_base(data, i) * size, data->features, each);
    }
    for (size_t i = 0; data->labels && i < data->rows; i++) {
        int32_t label = inki_data_label(data, i);
        hash = inki_hash_numbers(hash, &label, 1, sizeof label);
    }
    for (size_t i = 0; data->targets && i < data->rows; i++)
        hash = inki_hash_numbers(hash, inki_data_targets(data, i), data->target_count, sizeof *data->targets);
    return hash ? hash : 1; /* 0 means none */
}

/* ------------------------------------------------------------------- parts */

static ink_status check_rows(ink_ctx *ctx, const ink_data *data, const uint32_t *rows, size_t count)
{
    if (count == 0) return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: the range of rows is empty", data->source);
    for (size_t i = 0; i < count; i++)
        if (rows[i] >= data->rows)
            return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: row %u does not exist: it has %zu rows, counted from 0",
                             data->source, (unsigned)rows[i], data->rows);
    return INK_OK;
}

ink_status ink_data_select(ink_ctx *ctx, const ink_data *data, const uint32_t *rows, size_t count, ink_data **out)
{
    *out = NULL;
    INK_TRY(check_rows(ctx, data, rows, count));
    return inki_data_view(ctx, data, rows, count, out);
}

ink_status ink_data_range(ink_ctx *ctx, const ink_data *data, size_t begin, size_t end, ink_data **out)
{
    *out = NULL;
    if (begin >= end || end > data->rows)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: rows %zu to %zu do not exist: it has %zu rows, counted from 0",
                         data->source, begin, end, data->rows);
    if (begin == 0) return inki_data_view(ctx, data, NULL, end, out);
    uint32_t *rows = inki_alloc(ctx, end - begin, sizeof *rows);
    if (!rows) return INK_NO_MEMORY;
    for (size_t i = begin; i < end; i++) rows[i - begin] = (uint32_t)i;
    ink_status status = inki_data_view(ctx, data, rows, end - begin, out);
    inki_free(rows);
    return status;
}

const char *inki_data_column_text(const ink_data *data, size_t column, char text[INKI_COLUMN_TEXT])
{
    if (data->columns)
        snprintf(text, INKI_COLUMN_TEXT, "column '%.60s'", data->columns[column]);
    else
        snprintf(text, INKI_COLUMN_TEXT, "column %zu", column + 1);
    return text;
}
