/* write_idx: data as IDX files of bytes.
 * SPDX-License-Identifier: MIT */
#include "read/write.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { UBYTE = 0x08, BLOCK = 4096 };

static ink_status put_head(struct inki_sink *sink, const size_t *dims, size_t rank)
{
    uint8_t head[4 + 4 * 4] = {0, 0, UBYTE, (uint8_t)rank};
    for (size_t d = 0; d < rank; d++) {
        for (size_t i = 0; i < 4; i++) head[4 + 4 * d + i] = (uint8_t)(dims[d] >> (24 - 8 * i));
    }
    return inki_sink_put(sink, head, 4 + 4 * rank);
}

static ink_status put_images(ink_ctx *ctx, const ink_data *data, struct inki_sink *sink)
{
    const size_t flat[] = {data->rows, data->features};
    const size_t shape[] = {data->rows, data->height, data->width, data->channels};
    bool images = data->height > 1;
    INK_TRY(put_head(sink, images ? shape : flat, !images ? 2 : data->channels == 1 ? 3 : 4));
    uint8_t *row = data->bytes ? NULL : inki_alloc(ctx, data->features, 1);
    if (!data->bytes && !row) return INK_NO_MEMORY;
    ink_status status = INK_OK;
    for (size_t i = 0; i < data->rows && status == INK_OK; i++) {
        size_t begin = inki_data_base(data, i) * data->features;
        for (size_t j = 0; row && j < data->features; j++) row[j] = (uint8_t)data->floats[begin + j];
        status = inki_sink_put(sink, row ? row : data->bytes + begin, data->features);
    }
    inki_free(row);
    return status;
}

static ink_status put_labels(const ink_data *data, const struct inki_numbers *numbers, struct inki_sink *sink)
{
    uint8_t block[BLOCK];
    INK_TRY(put_head(sink, &data->rows, 1));
    for (size_t i = 0; i < data->rows;) {
        size_t count = 0;
        while (count < BLOCK && i < data->rows) block[count++] = (uint8_t)numbers->values[inki_data_label(data, i++)];
        INK_TRY(inki_sink_put(sink, block, count));
    }
    return INK_OK;
}

/* The classes' names cannot be kept; a note says what the numbers mean. */
static void note_names(ink_ctx *ctx, const ink_data *data)
{
    char list[400] = "";
    size_t used = 0;
    for (size_t c = 0; c < data->classes && used < 300; c++)
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%zu is %.40s", c ? ", " : "", c, data->class_names[c]);
    inki_note(ctx, "IDX files keep no class names: %s%s", list, used >= 300 ? ", …" : "");
}

ink_status inki_write_idx(ink_ctx *ctx, const ink_data *data, struct inki_sink *images, struct inki_sink *labels)
{
    struct inki_numbers numbers;
    INK_TRY(inki_numbers_of(ctx, data, &numbers));
    ink_status status = put_images(ctx, data, images);
    if (status == INK_OK && labels) status = put_labels(data, &numbers, labels);
    if (status == INK_OK && labels && !numbers.own) note_names(ctx, data);
    inki_free(numbers.values);
    return status;
}

static ink_status check_values(ink_ctx *ctx, const ink_data *data)
{
    for (size_t i = 0; data->floats && i < data->rows; i++) {
        const float *row = data->floats + inki_data_base(data, i) * data->features;
        for (size_t j = 0; j < data->features; j++) {
            if (row[j] >= 0 && row[j] <= 255 && row[j] == floorf(row[j])) continue;
            return inki_fail(ctx, INK_BAD_DATA,
                             "%s: row %zu, column %zu (from 0): %g is not an integer from 0 to 255, as IDX files of "
                             "bytes need; write .npz or .csv",
                             data->source, i, j, (double)row[j]);
        }
    }
    return INK_OK;
}

ink_status inki_check_idx(ink_ctx *ctx, const ink_data *data)
{
    struct inki_numbers numbers;
    INK_TRY(check_values(ctx, data));
    INK_TRY(inki_numbers_of(ctx, data, &numbers));
    ink_status status = INK_OK;
    for (size_t c = 0; data->labels && c < data->classes && status == INK_OK; c++) {
        if (numbers.values[c] >= 0 && numbers.values[c] <= 255) continue;
        status = inki_fail(ctx, INK_BAD_DATA,
                           "%s: label %d is not from 0 to 255, as IDX files of bytes need; write .npz or .csv",
                           data->source, (int)numbers.values[c]);
    }
    inki_free(numbers.values);
    return status;
}
