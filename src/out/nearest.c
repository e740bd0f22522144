/* nearest: the rows of a class that are most like a given one.
 * SPDX-License-Identifier: MIT */
#include "out/nearest.h"

#include "base/mem.h"

enum { LANES = 16 };

/* Sum of (a - b)^2: lanes side by side, which the compiler makes vectors of, then in double. */
static double apart(const float *a, const float *b, size_t count)
{
    float sums[LANES] = {0};
    double all = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++) sums[k] += (a[i + k] - b[i + k]) * (a[i + k] - b[i + k]);
    for (; i < count; i++) all += (double)(a[i] - b[i]) * (double)(a[i] - b[i]);
    for (size_t k = 0; k < LANES; k++) all += (double)sums[k];
    return all;
}

static void insert(struct inki_nearest *to, uint32_t row, double distance)
{
    size_t at = to->count < INKI_NEAREST ? to->count++ : INKI_NEAREST;
    for (; at > 0 && distance < to->apart[at - 1]; at--) {
        if (at == INKI_NEAREST) continue;
        to->apart[at] = to->apart[at - 1];
        to->rows[at] = to->rows[at - 1];
    }
    if (at == INKI_NEAREST) return;
    to->apart[at] = distance;
    to->rows[at] = row;
}

static void compare_row(const ink_data *data, size_t row, int32_t class, float *x, struct inki_nearest *wanted,
                        size_t count)
{
    bool read = false;
    for (size_t i = 0; i < count; i++) {
        if (wanted[i].class != class) continue;
        if (!read) ink_data_row(data, row, x);
        read = true;
        insert(&wanted[i], (uint32_t)row, apart(x, wanted[i].x, data->features));
    }
}

ink_status inki_nearest_find(ink_ctx *ctx, const ink_data *data, const int32_t *map, struct inki_nearest *wanted,
                             size_t count, size_t *each)
{
    float *x = inki_alloc(ctx, data->features, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    *each = 1 + (size_t)((double)data->rows * (double)data->features / INKI_NEAREST_WORK);
    for (size_t i = 0; i < count; i++) wanted[i].count = 0;
    for (size_t row = 0; row < data->rows; row += *each)
        compare_row(data, row, map[inki_data_label(data, row)], x, wanted, count);
    inki_free(x);
    return INK_OK;
}
