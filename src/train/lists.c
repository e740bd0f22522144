/* lists: a table's training rows, encoded once for all epochs.
 * SPDX-License-Identifier: MIT */
#include "train/lists.h"

#include "base/flush.h"
#include "base/mem.h"
#include "base/pool.h"
#include "data/batch.h"

enum { MOST_BYTES = 128 << 20, PIECE = 64, COLUMN_COST = 40 };

struct filling {
    const ink_model *model;
    const ink_data *data;
    const struct inki_lists *lists;
};

static void fill_part(void *arg, size_t part, size_t parts)
{
    const struct filling *filling = arg;
    const struct inki_encoding *encoding = filling->model->encoding;
    const float *constants = filling->model->w + filling->model->nodes[0].offset;
    const bool bytes = filling->data->bytes != NULL;
    const void *places[PIECE];
    size_t row, end;
    inki_share(filling->data->rows, part, parts, &row, &end);
    const uint64_t mode = inki_flush_begin();
    for (size_t count; row < end; row += count) {
        count = end - row < PIECE ? end - row : PIECE;
        inki_row_places(filling->data, NULL, row, count, places);
        for (size_t i = 0; i < count; i++) {
            struct inki_nonzero *list = filling->lists->rows + (row + i) * filling->lists->step;
            list->at = (uint32_t)inki_encode_row(encoding, constants, places[i], bytes, list + 1);
            list->value = 0;
        }
    }
    inki_flush_end(mode);
}

ink_status inki_lists_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_lists *out)
{
    *out = (struct inki_lists){0};
    if (!model->encoding) return INK_OK;
    out->step = model->encoding->most_nonzero + 1;
    if (data->rows > MOST_BYTES / sizeof *out->rows / out->step) return INK_OK;
    out->rows = inki_alloc(ctx, data->rows * out->step, sizeof *out->rows);
    if (!out->rows) return INK_NO_MEMORY;
    struct filling filling = {model, data, out};
    inki_parallel(ctx, data->rows * data->features * COLUMN_COST, fill_part, &filling);
    return INK_OK;
}

void inki_lists_end(struct inki_lists *lists)
{
    inki_free(lists->rows);
    *lists = (struct inki_lists){0};
}

size_t inki_lists_places(const struct inki_lists *lists, const uint32_t *rows, size_t count, const void **places)
{
    for (size_t i = 0; i < count; i++) places[i] = lists->rows + rows[i] * lists->step;
    return lists->step * sizeof *lists->rows;
}
