/* batch: the rows of each step, and where they are.
 * SPDX-License-Identifier: MIT */
#include "data/batch.h"

#include "base/mem.h"
#include "base/rng.h"

/* ------------------------------------------------------------------- order */

static void order_begin(struct inki_batches *batches)
{
    for (size_t i = 0; i < batches->data->rows; i++) batches->order[i] = (uint32_t)i;
}

ink_status inki_batches_begin(ink_ctx *ctx, const ink_data *data, size_t size, enum inki_shuffle shuffle, uint64_t seed,
                              struct inki_batches *out)
{
    *out = (struct inki_batches){.data = data, .shuffle = shuffle, .seed = seed, .epoch = SIZE_MAX};
    out->size = size == 0 || size > data->rows ? data->rows : size;
    out->order = inki_alloc(ctx, data->rows, sizeof *out->order);
    if (!out->order) return INK_NO_MEMORY;
    order_begin(out);
    return INK_OK;
}

void inki_batches_end(struct inki_batches *batches)
{
    inki_free(batches->order);
    *batches = (struct inki_batches){0};
}

size_t inki_batches_per_epoch(const struct inki_batches *batches)
{
    return (batches->data->rows - 1) / batches->size + 1;
}

/* Undoes a draw: a place from `size` on that a swap has changed lost its own number to the drawn ones, at the first swap
 * that met it. So the drawn numbers say which places to restore. */
static void undo_draw(struct inki_batches *batches)
{
    uint32_t *order = batches->order;
    for (size_t i = 0; i < batches->size; i++) {
        if (order[i] >= batches->size) order[order[i]] = order[i];
    }
    for (size_t i = 0; i < batches->size; i++) order[i] = (uint32_t)i;
}

static size_t draw(struct inki_batches *batches, size_t step, const uint32_t **rows)
{
    uint32_t *order = batches->order;
    struct inki_rng rng =
        inki_rng_begin(batches->seed, INKI_RNG_SHUFFLE, (uint32_t)step, (uint32_t)((uint64_t)step >> 32));
    undo_draw(batches);
    for (size_t i = 0; i < batches->size; i++) {
        size_t j = i + inki_rng_below(&rng, batches->data->rows - i);
        uint32_t drawn = order[j];
        order[j] = order[i];
        order[i] = drawn;
    }
    *rows = order;
    return batches->size;
}

static void shuffle_for(struct inki_batches *batches, size_t epoch)
{
    struct inki_rng rng = inki_rng_begin(batches->seed, INKI_RNG_SHUFFLE, (uint32_t)epoch, 0);
    order_begin(batches);
    inki_rng_shuffle(&rng, batches->order, batches->data->rows);
    batches->epoch = epoch;
}

size_t inki_batches_rows(struct inki_batches *batches, size_t step, const uint32_t **rows)
{
    if (batches->shuffle == INKI_SHUFFLE_SAMPLE) return draw(batches, step, rows);
    size_t per_epoch = inki_batches_per_epoch(batches), epoch = step / per_epoch;
    if (batches->shuffle == INKI_SHUFFLE_EPOCH && batches->epoch != epoch) shuffle_for(batches, epoch);
    size_t first = step % per_epoch * batches->size, left = batches->data->rows - first;
    *rows = batches->order + first;
    return left < batches->size ? left : batches->size;
}

size_t inki_batches_after(const struct inki_batches *batches, const uint32_t *rows, size_t count)
{
    if (batches->shuffle == INKI_SHUFFLE_SAMPLE) return 0;
    return (size_t)(batches->order + batches->data->rows - (rows + count));
}

/* ------------------------------------------------------------------- places */

size_t inki_row_places(const ink_data *data, const uint32_t *rows, size_t first, size_t count, const void **places)
{
    const char *base = data->bytes ? (const char *)data->bytes : (const char *)data->floats;
    size_t size = data->features * (data->bytes ? sizeof *data->bytes : sizeof *data->floats);
    for (size_t i = 0; i < count; i++) places[i] = base + inki_data_base(data, rows ? rows[i] : first + i) * size;
    return size;
}

void inki_row_labels(const ink_data *data, const uint32_t *rows, size_t first, size_t count, int32_t *labels)
{
    for (size_t i = 0; i < count; i++) labels[i] = inki_data_label(data, rows ? rows[i] : first + i);
}
