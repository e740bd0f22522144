/* leak: features that are functions of a target.
 * SPDX-License-Identifier: MIT */
#include "data/leak.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SAMPLE = 64,     /* rows that rule out nearly every feature */
    FEW_ROWS = 20,   /* in fewer rows chance may do it */
    FEW_VALUES = 10, /* nor do fewer values say much */
    NAMED = 5
};

struct pair {
    float target, value;
    size_t row;
};

static int by_target(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return x->target < y->target ? -1 : x->target > y->target;
}

/* Whether the values rise, or fall, with the targets, the same for the same target; gaps are left aside. */
static bool is_function(const struct pair *pairs, size_t rows, size_t least)
{
    size_t values = 0, rising = 0, falling = 0, count = 0;
    const struct pair *before = NULL;
    for (size_t i = 0; i < rows; i++) {
        if (isnan(pairs[i].value)) continue;
        count++;
        if (before && before->target == pairs[i].target && before->value != pairs[i].value) return false;
        rising += before && pairs[i].value > before->value;
        falling += before && pairs[i].value < before->value;
        if (rising && falling) return false;
        values += !before || before->value != pairs[i].value;
        before = &pairs[i];
    }
    return count >= least && values > (least < FEW_VALUES ? 1 : FEW_VALUES);
}

static void take_values(const ink_data *data, size_t j, struct pair *pairs, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        const size_t at = inki_data_base(data, pairs[i].row) * data->features + j;
        pairs[i].value = data->bytes ? (float)data->bytes[at] : data->floats[at];
    }
}

/* Rows in the order of target k: all, or some from everywhere. */
static void sort_rows(const ink_data *data, size_t k, struct pair *pairs, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        const size_t row = rows == data->rows ? i : (size_t)((double)i * (double)data->rows / (double)rows);
        pairs[i].row = row;
        pairs[i].target = data->targets[inki_data_base(data, row) * data->target_count + k];
    }
    qsort(pairs, rows, sizeof *pairs, by_target);
}

static void name_leak(ink_ctx *ctx, const ink_data *data, size_t j, size_t k)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", j + 1);
    inki_warn(ctx,
              "%s: column %.60s rises or falls with the target%s%.60s in every row, as if computed from it: leave it "
              "out if it is "
              "not known before the target (--drop %.60s)",
              data->source, data->columns ? data->columns[j] : number, data->target_names ? " " : "",
              data->target_names ? data->target_names[k] : "", data->columns ? data->columns[j] : number);
}

static bool is_number(const ink_data *data, size_t j) { return !data->categories || data->categories[j].count == 0; }

/* Of target k: those that a sample does not rule out are looked at in all rows. */
static ink_status find_leaks(ink_ctx *ctx, const ink_data *data, size_t k)
{
    const size_t some = data->rows < SAMPLE ? data->rows : SAMPLE;
    struct pair sample[SAMPLE], *all = NULL;
    size_t named = 0;
    sort_rows(data, k, sample, some);
    for (size_t j = 0; j < data->features && named < NAMED; j++) {
        if (!is_number(data, j)) continue;
        take_values(data, j, sample, some);
        if (!is_function(sample, some, 2)) continue;
        if (!all) {
            all = inki_alloc(ctx, data->rows, sizeof *all);
            if (!all) return INK_NO_MEMORY;
            sort_rows(data, k, all, data->rows);
        }
        take_values(data, j, all, data->rows);
        if (!is_function(all, data->rows, FEW_ROWS)) continue;
        name_leak(ctx, data, j, k);
        named++;
    }
    inki_free(all);
    return INK_OK;
}

ink_status inki_leak_warn(ink_ctx *ctx, const ink_data *data)
{
    if (!data->targets || data->features < 2 || data->rows < FEW_ROWS) return INK_OK;
    for (size_t k = 0; k < data->target_count; k++) INK_TRY(find_leaks(ctx, data, k));
    return INK_OK;
}
