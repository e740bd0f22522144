/* batch: the rows of each step, and gathering them.
 * SPDX-License-Identifier: MIT */
#include "data/batch.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "kern/kern.h"

#include <string.h>

/* ------------------------------------------------------------------- order */

static void order_begin(struct inki_batches *batches)
{
    for (size_t i = 0; i < batches->data->rows; i++) batches->order[i] = (uint32_t)i;
}

ink_status inki_batches_begin(const ink_data *data, size_t size, enum inki_shuffle shuffle, uint64_t seed,
                              struct inki_batches *out)
{
    *out = (struct inki_batches){.data = data, .shuffle = shuffle, .seed = seed, .epoch = SIZE_MAX};
    out->size = size == 0 || size > data->rows ? data->rows : size;
    out->order = inki_alloc(data->ctx, data->rows, sizeof *out->order);
    if (!out->order) return INK_NO_MEMORY;
    order_begin(out);
    return INK_OK;
}

void inki_batches_end(struct inki_batches *batches)
{
    if (batches->data) inki_free(batches->data->ctx, batches->order);
    *batches = (struct inki_batches){0};
}

size_t inki_batches_per_epoch(const struct inki_batches *batches)
{
    return (batches->data->rows - 1) / batches->size + 1;
}

/* Undoes a draw: a place from `size` on that a swap has changed lost its own number to the drawn ones, at the first swap
 * that met it. So the drawn numbers tell which places to set right. */
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
        size_t j = i + (size_t)inki_rng_below(&rng, batches->data->rows - i);
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

/* ------------------------------------------------------------------ gather */

void inki_row_places(const ink_data *data, const uint32_t *rows, size_t count, const char **places, size_t *size)
{
    const char *base = data->bytes ? (const char *)data->bytes : (const char *)data->floats;
    *size = data->features * (data->bytes ? sizeof *data->bytes : sizeof *data->floats);
    for (size_t i = 0; i < count; i++) places[i] = base + inki_data_base(data, rows[i]) * *size;
}

struct gather {
    const ink_data *data;
    const struct inki_kern *kern;
    const uint32_t *rows;
    size_t first, count, stride, copies, copy;
    float *x;
    int32_t *labels;
};

static size_t row_of(const struct gather *job, size_t i)
{
    return inki_data_base(job->data, job->rows ? job->rows[i] : job->first + i);
}

static void gather_rows(const struct gather *job, size_t begin, size_t end, float *x)
{
    const ink_data *data = job->data;
    size_t features = data->features;
    for (size_t i = begin; i < end; i++) {
        size_t row = row_of(job, i);
        if (data->bytes)
            job->kern->widen(features, data->bytes + row * features, x + i * job->stride);
        else
            memcpy(x + i * job->stride, data->floats + row * features, features * sizeof *x);
    }
}

static void gather_labels(const struct gather *job, size_t begin, size_t end)
{
    if (!job->labels) return;
    for (size_t i = begin; i < end; i++) job->labels[i] = job->data->labels ? job->data->labels[row_of(job, i)] : -1;
}

/* Of one copy the rows are shared out; of several each thread makes its own. */
static void gather_part(void *arg, size_t part, size_t parts)
{
    const struct gather *job = arg;
    size_t begin, end;
    inki_share(job->count, part, parts, &begin, &end);
    gather_labels(job, begin, end);
    if (job->copies == 1) gather_rows(job, begin, end, job->x);
    for (size_t i = part; job->copies > 1 && i < job->copies; i += parts)
        gather_rows(job, 0, job->count, job->x + i * job->copy);
}

void inki_gather_copies(ink_ctx *ctx, const ink_data *data, const uint32_t *rows, size_t first, size_t count, float *x,
                        size_t stride, size_t copies, size_t copy, int32_t *labels)
{
    struct gather job = {data, inki_kern(ctx), rows, first, count, stride, copies, copy, x, labels};
    inki_parallel(ctx, copies * count * data->features / 4, gather_part, &job);
}

void inki_gather(ink_ctx *ctx, const ink_data *data, const uint32_t *rows, size_t first, size_t count, float *x,
                 size_t stride, int32_t *labels)
{
    inki_gather_copies(ctx, data, rows, first, count, x, stride, 1, 0, labels);
}
