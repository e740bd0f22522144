/* join: rows of one or two data objects copied into a base of their own.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "data/data.h"

#include <string.h>

static void fill_floats(const ink_data *from, float *x)
{
    for (size_t i = 0; i < from->rows; i++) ink_data_row(from, i, x + i * from->features);
}

static void copy_bytes(const ink_data *from, uint8_t *x)
{
    size_t size = from->features;
    for (size_t i = 0; i < from->rows; i++) memcpy(x + i * size, from->bytes + inki_data_base(from, i) * size, size);
}

/* Numbers of words of two lists are floats until they are brought to one. */
static bool have_same_words(const ink_data *first, const ink_data *second)
{
    return inki_categories_same(first->categories, second->categories, first->features);
}

static ink_status join_values(ink_ctx *ctx, ink_data *data, const ink_data *first, const ink_data *second)
{
    size_t split = first->rows * first->features, count = data->rows * data->features;
    bool as_bytes = first->bytes && second->bytes && have_same_words(first, second);
    void *block = inki_data_room(ctx, data, count, as_bytes ? sizeof(uint8_t) : sizeof(float));
    if (!block) return INK_NO_MEMORY;
    if (as_bytes) {
        data->bytes = block;
        copy_bytes(first, block);
        copy_bytes(second, (uint8_t *)block + split);
    } else {
        data->floats = block;
        fill_floats(first, block);
        fill_floats(second, (float *)block + split);
    }
    return INK_OK;
}

static ink_status join_categories(ink_ctx *ctx, ink_data *data, const ink_data *first, const ink_data *second)
{
    struct inki_category *none = NULL;
    const size_t features = data->features;
    if (!first->categories && !second->categories) return INK_OK;
    if (have_same_words(first, second))
        return inki_categories_copy(ctx, first->categories, features, &data->categories);
    if (!first->categories || !second->categories) none = inki_zalloc(ctx, features, sizeof *none);
    const struct inki_category *a = first->categories ? first->categories : none,
                               *b = second->categories ? second->categories : none;
    ink_status status = INK_NO_MEMORY;
    if (a && b)
        status = inki_categories_join(ctx, a, b, features, (float *)data->block.data + first->rows * features,
                                      second->rows, &data->categories);
    inki_free(none);
    return status;
}

static ink_status join_labels(ink_ctx *ctx, ink_data *data, const ink_data *first, const ink_data *second)
{
    if (!first->labels || !second->labels) return INK_OK;
    data->labels = inki_alloc(ctx, data->rows, sizeof *data->labels);
    if (!data->labels) return INK_NO_MEMORY;
    for (size_t i = 0; i < first->rows; i++) data->labels[i] = inki_data_label(first, i);
    for (size_t i = 0; i < second->rows; i++) data->labels[first->rows + i] = inki_data_label(second, i);
    return inki_data_copy_classes(ctx, data, first);
}

static ink_status join_targets(ink_ctx *ctx, ink_data *data, const ink_data *first, const ink_data *second)
{
    size_t count = first->target_count, values;
    if (!first->targets || second->target_count != count) return INK_OK;
    bool fits = inki_mul_fits(data->rows, count, &values);
    data->targets = fits ? inki_alloc(ctx, values, sizeof *data->targets) : NULL;
    if (!data->targets) return INK_NO_MEMORY;
    for (size_t i = 0; i < data->rows; i++) {
        const float *from = i < first->rows ? inki_data_targets(first, i) : inki_data_targets(second, i - first->rows);
        memcpy(data->targets + i * count, from, count * sizeof *from);
    }
    return inki_data_name_targets(ctx, data, count, first->target_names);
}

ink_status inki_data_join(ink_ctx *ctx, const ink_data *first, const ink_data *second, ink_data **out)
{
    ink_data *data = NULL;
    *out = NULL;
    if (first->features != second->features || first->rows > UINT32_MAX - second->rows) {
        return inki_fail(ctx, INK_BAD_DATA, "%s has %zu rows of %zu features, %s %zu of %zu: they cannot be joined",
                         first->source, first->rows, first->features, second->source, second->rows, second->features);
    }
    INK_TRY(inki_data_begin(ctx, first->source, &data));
    data->rows = first->rows + second->rows;
    data->features = first->features;
    data->height = first->height;
    data->width = first->width;
    data->channels = first->channels;
    ink_status status = join_values(ctx, data, first, second);
    if (status == INK_OK) status = join_categories(ctx, data, first, second);
    if (status == INK_OK) status = join_labels(ctx, data, first, second);
    if (status == INK_OK) status = join_targets(ctx, data, first, second);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}

/* -------------------------------------------------------------------- one */

static ink_status copy_values(ink_ctx *ctx, ink_data *data, const ink_data *view)
{
    void *block = inki_data_room(ctx, data, view->rows * view->features, view->bytes ? 1 : sizeof(float));
    if (!block) return INK_NO_MEMORY;
    if (view->bytes) {
        data->bytes = block;
        copy_bytes(view, block);
    } else {
        data->floats = block;
        fill_floats(view, block);
    }
    return INK_OK;
}

static ink_status copy_labels(ink_ctx *ctx, ink_data *data, const ink_data *view)
{
    if (!view->labels) return INK_OK;
    data->labels = inki_alloc(ctx, view->rows, sizeof *data->labels);
    if (!data->labels) return INK_NO_MEMORY;
    for (size_t i = 0; i < view->rows; i++) data->labels[i] = inki_data_label(view, i);
    return inki_data_copy_classes(ctx, data, view);
}

static ink_status copy_targets(ink_ctx *ctx, ink_data *data, const ink_data *view)
{
    const size_t count = view->target_count;
    if (!view->targets) return INK_OK;
    data->targets = inki_alloc(ctx, view->rows, count * sizeof *data->targets);
    if (!data->targets) return INK_NO_MEMORY;
    for (size_t i = 0; i < view->rows; i++)
        memcpy(data->targets + i * count, inki_data_targets(view, i), count * sizeof *data->targets);
    return inki_data_name_targets(ctx, data, count, view->target_names);
}

static ink_status copy_names(ink_ctx *ctx, ink_data *data, const ink_data *view)
{
    size_t size = 0;
    for (size_t j = 0; view->columns && j < view->features; j++) size += sizeof(char *) + strlen(view->columns[j]) + 1;
    if (view->columns) {
        data->columns = inki_alloc(ctx, size, 1);
        if (!data->columns) return INK_NO_MEMORY;
        char *text = (char *)(data->columns + view->features);
        for (size_t j = 0; j < view->features; j++) {
            data->columns[j] = text;
            text = stpcpy(text, view->columns[j]) + 1;
        }
    }
    for (size_t i = 0; view->ids && i < view->rows; i++) {
        const char *id = inki_ids_get(view->ids, inki_data_base(view, i));
        INK_TRY(inki_ids_add(ctx, &data->ids, view->ids->name, id, strlen(id)));
    }
    return INK_OK;
}

ink_status inki_data_copy(ink_ctx *ctx, const ink_data *view, ink_data **out)
{
    ink_data *data = NULL;
    *out = NULL;
    INK_TRY(inki_data_begin(ctx, view->source, &data));
    data->rows = view->rows;
    data->features = view->features;
    data->height = view->height;
    data->width = view->width;
    data->channels = view->channels;
    ink_status status = copy_values(ctx, data, view);
    if (status == INK_OK) status = copy_labels(ctx, data, view);
    if (status == INK_OK) status = copy_targets(ctx, data, view);
    if (status == INK_OK && view->categories)
        status = inki_categories_copy(ctx, view->categories, view->features, &data->categories);
    if (status == INK_OK) status = copy_names(ctx, data, view);
    if (status == INK_OK) {
        *out = data;
        return INK_OK;
    }
    ink_data_free(data);
    return status;
}

/* Bytes become floats, which can be gaps and -1. */
static ink_status make_floats(ink_ctx *ctx, ink_data *data)
{
    if (data->floats) return INK_OK;
    const size_t count = data->rows * data->features;
    float *floats = inki_alloc(ctx, count, sizeof *floats);
    if (!floats) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) floats[i] = (float)data->bytes[i];
    inki_bytes_free(ctx, &data->block);
    data->block = (struct inki_bytes){.data = (uint8_t *)floats, .size = count * sizeof *floats};
    data->floats = floats;
    data->bytes = NULL;
    return INK_OK;
}

static ink_status adopt(ink_ctx *ctx, ink_data *data, const struct inki_category *known)
{
    struct inki_category *copy;
    if (inki_categories_same(data->categories, known, data->features)) return INK_OK;
    INK_TRY(make_floats(ctx, data));
    INK_TRY(inki_categories_adopt(ctx, data->categories, known, data->features, (float *)(void *)data->block.data,
                                  data->rows, data->columns, data->source));
    INK_TRY(inki_categories_copy(ctx, known, data->features, &copy));
    inki_free(data->categories);
    data->categories = copy;
    return INK_OK;
}

ink_status inki_data_adopt_words(ink_ctx *ctx, ink_data *data, const struct inki_category *known)
{
    if (known) return adopt(ctx, data, known);
    struct inki_category *none = inki_zalloc(ctx, data->features, sizeof *none);
    ink_status status = none ? adopt(ctx, data, none) : INK_NO_MEMORY;
    inki_free(none);
    if (status != INK_OK) return status;
    inki_free(data->categories);
    data->categories = NULL;
    return INK_OK;
}

/* Of one column the words that some row has, in their order. */
static ink_status forget_words(ink_ctx *ctx, ink_data *data, size_t column)
{
    struct inki_category *category = &data->categories[column];
    float *values = (float *)(void *)data->block.data;
    int32_t *numbers = inki_zalloc(ctx, category->count, sizeof *numbers);
    size_t kept = 0;
    if (!numbers) return INK_NO_MEMORY;
    for (size_t i = 0; i < data->rows; i++) {
        const float value = values[i * data->features + column];
        if (value >= 0) numbers[(size_t)value] = 1;
    }
    for (size_t w = 0; w < category->count; w++) {
        if (!numbers[w]) continue;
        category->words[kept] = category->words[w];
        numbers[w] = (int32_t)kept++;
    }
    category->count = kept;
    for (size_t i = 0; i < data->rows; i++) {
        float *value = &values[i * data->features + column];
        if (*value >= 0) *value = (float)numbers[(size_t)*value];
    }
    inki_free(numbers);
    return INK_OK;
}

/* Floats that are whole and 0 to 255 as bytes. */
static ink_status narrow(ink_ctx *ctx, ink_data *data)
{
    const size_t count = data->rows * data->features;
    for (size_t i = 0; i < count; i++)
        if (!(data->floats[i] >= 0 && data->floats[i] <= 255 && data->floats[i] == (float)(int)data->floats[i]))
            return INK_OK;
    uint8_t *bytes = inki_alloc(ctx, count, 1);
    if (!bytes) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)data->floats[i];
    inki_bytes_free(ctx, &data->block);
    data->block = (struct inki_bytes){.data = bytes, .size = count};
    data->bytes = bytes;
    data->floats = NULL;
    return INK_OK;
}

ink_status inki_data_tighten(ink_ctx *ctx, ink_data *data)
{
    if (data->categories) INK_TRY(make_floats(ctx, data));
    for (size_t j = 0; data->categories && j < data->features; j++)
        if (data->categories[j].count) INK_TRY(forget_words(ctx, data, j));
    return data->floats ? narrow(ctx, data) : INK_OK;
}

ink_status ink_data_part(ink_ctx *ctx, const ink_data *data, ink_part part, ink_data **out)
{
    *out = NULL;
    const ink_data *test = data->test;
    switch (part) {
    case INK_PART_ALL:
        return test ? inki_data_join(ctx, data, test, out) : inki_data_view(ctx, data, NULL, data->rows, out);
    case INK_PART_TRAIN:
        return inki_data_view(ctx, data, NULL, data->rows, out);
    case INK_PART_TEST:
        if (test) return inki_data_view(ctx, test, NULL, test->rows, out);
        return inki_fail(ctx, INK_BAD_DATA, "%s: has no test part; use all of it", data->source);
    }
    return inki_fail(ctx, INK_BAD_ARGUMENT, "part %d is not train, test or all", (int)part);
}
