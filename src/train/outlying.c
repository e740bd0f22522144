/* outlying: distances of a fold's rows, each by how far out in its tail it is; their sum, by the same.
 * SPDX-License-Identifier: MIT */
#include "train/outlying.h"

#include "base/exp_log.h"
#include "base/mem.h"
#include "data/batch.h"
#include "train/asking.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_ROWS = 400 }; /* of fewer the 99th percentile would be one of the last rows */

struct measured {
    size_t count;
    double (*distances)[INKI_UNLIKE_PARTS]; /* [count] */
    double *values, *sorted, *sums;         /* [count], one block */
};

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many of sorted[count] are at least x. */
static size_t count_from(const double *sorted, size_t count, double x)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return count - low;
}

/* sums[i] += -ln of the share of the values that are at least values[i]; beyond the 99th percentile they fall as between it and the 90th. */
static void add_rarities(const struct measured *m, double *sums)
{
    const double ten = 2.302585092994046; /* ln 10 */
    for (size_t i = 0; i < m->count; i++) m->sorted[i] = m->values[i];
    qsort(m->sorted, m->count, sizeof *m->sorted, by_value);
    const double from = m->sorted[m->count * 9 / 10], end = m->sorted[m->count * 99 / 100];
    const double step = end > from ? (end - from) / ten : 0;
    for (size_t i = 0; i < m->count; i++) {
        const double x = m->values[i];
        if (x >= end && step > 0)
            sums[i] += 2 * ten + (x - end) / step;
        else
            sums[i] -= inki_log((double)count_from(m->sorted, m->count, x) / (double)m->count);
    }
}

static void measure_chunks(const ink_data *fold, struct inki_program *program, struct inki_asking *asking,
                           struct measured *m)
{
    const void *places[INKI_CHUNK_ROWS];
    struct inki_feed feed = {.from = places, .bytes = fold->bytes != NULL, .fresh = true};
    for (size_t first = 0; first < m->count; first += INKI_CHUNK_ROWS) {
        feed.rows = m->count - first < INKI_CHUNK_ROWS ? m->count - first : INKI_CHUNK_ROWS;
        inki_row_places(fold, NULL, first, feed.rows, places);
        inki_program_run(program, &feed);
        inki_asking_measure(asking, m->distances + first);
        feed.fresh = false;
    }
}

static ink_status measure_fold(ink_ctx *ctx, const ink_model *model, const ink_data *fold, struct measured *m)
{
    const struct inki_use use = {
        .purpose = INKI_FOR_PREDICTING, .rows = INKI_CHUNK_ROWS, .threads = ctx->threads, .keep = true};
    struct inki_program program;
    struct inki_asking asking;
    INK_TRY(inki_program_begin(ctx, model, &use, &program));
    ink_status status = inki_asking_begin(&program, model->unlike, &asking);
    if (status == INK_OK) {
        measure_chunks(fold, &program, &asking, m);
        inki_asking_end(&asking);
    }
    inki_program_end(&program);
    return status;
}

static void put_rarities(struct measured *m, const uint32_t *rows, double *rarity)
{
    for (size_t i = 0; i < m->count; i++) m->sums[i] = 0;
    for (size_t t = 0; t < INKI_UNLIKE_PARTS; t++) {
        for (size_t i = 0; i < m->count; i++) m->values[i] = m->distances[i][t];
        add_rarities(m, m->sums);
    }
    for (size_t i = 0; i < m->count; i++) {
        m->values[i] = m->sums[i];
        m->sums[i] = 0;
    }
    add_rarities(m, m->sums);
    for (size_t i = 0; i < m->count; i++) rarity[rows[i]] = m->sums[i];
}

ink_status inki_outlying_ask(ink_ctx *ctx, const ink_model *model, const ink_data *fold, const uint32_t *rows,
                             double *rarity, bool *done)
{
    struct measured m = {.count = fold->rows};
    *done = model->unlike && fold->rows >= LEAST_ROWS;
    if (!*done) return INK_OK;
    m.distances = inki_alloc(ctx, m.count, sizeof *m.distances);
    m.values = inki_alloc(ctx, m.count, 3 * sizeof *m.values);
    ink_status status = m.distances && m.values ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) {
        m.sorted = m.values + m.count;
        m.sums = m.sorted + m.count;
        status = measure_fold(ctx, model, fold, &m);
    }
    if (status == INK_OK) put_rarities(&m, rows, rarity);
    inki_free(m.distances);
    inki_free(m.values);
    return status;
}
