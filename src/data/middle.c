/* middle: what is usual in each column of a table.
 * SPDX-License-Identifier: MIT */
#include "data/middle.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The column's finite values in ascending order; returns how many. */
static size_t sort_column(const ink_data *data, size_t column, float *sorted)
{
    const size_t rows = data->rows < INKI_MIDDLE_ROWS ? data->rows : INKI_MIDDLE_ROWS;
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        const size_t row = (size_t)((uint64_t)i * data->rows / rows);
        const size_t at = inki_data_base(data, row) * data->features + column;
        const float value = data->bytes ? (float)data->bytes[at] : data->floats[at];
        if (isfinite(value)) sorted[count++] = value;
    }
    qsort(sorted, count, sizeof *sorted, compare);
    return count;
}

static float most_frequent(const float *sorted, size_t count)
{
    size_t best = 0, most = 0;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && sorted[end] == sorted[i]; end++) {
        }
        if (sorted[i] >= 0 && end - i > most) most = end - i, best = i;
    }
    return sorted[best];
}

ink_status inki_middle_of(ink_ctx *ctx, const ink_data *data, double *middles)
{
    float *sorted = inki_alloc(ctx, INKI_MIDDLE_ROWS, sizeof *sorted);
    if (!sorted) return INK_NO_MEMORY;
    for (size_t j = 0; j < data->features; j++) {
        const bool words = data->categories && data->categories[j].count > 0;
        const size_t count = sort_column(data, j, sorted);
        middles[j] = count == 0 ? 0 : (double)(words ? most_frequent(sorted, count) : sorted[(count - 1) / 2]);
    }
    inki_free(sorted);
    return INK_OK;
}
