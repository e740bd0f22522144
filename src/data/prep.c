/* prep: statistics of the training rows.
 * SPDX-License-Identifier: MIT
 *
 * All columns are summed at once, row by row, as the rows lie in memory. Threads share the columns, never a sum, so the
 * bits do not depend on them. Floats: two passes in double over differences from the first row, so that a constant column
 * gives exactly 0. Bytes: one pass of sums and sums of squares in integers, exact. */
#include "data/prep.h"

#include "base/mem.h"
#include "base/pool.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"auto", "none", "255", "minmax", "standard"};

const char *inki_scaling_name(enum inki_scaling kind) { return names[kind]; }

/* What the passes share: [features] each. */
struct columns {
    const ink_data *data;
    double *first, *a, *b;    /* the first row; sums or extremes */
    uint32_t *sums, *squares; /* of up to BLOCK rows of bytes */
};

enum { NEARLY_CONSTANT = 2000, BLOCK = 65536 }; /* rows whose squares of bytes fit 32 bits: 65536 * 255^2 < 2^32 */

static const float *floats_at(const ink_data *data, size_t i)
{
    return data->floats + inki_data_base(data, i) * data->features;
}

static const uint8_t *bytes_at(const ink_data *data, size_t i)
{
    return data->bytes + inki_data_base(data, i) * data->features;
}

/* Images of 0 and 1, or of 16 shades, are no images of 0 to 255, though they are kept as bytes. Others show it early. */
static bool uses_upper_half(const ink_data *data)
{
    for (size_t i = 0; i < data->rows; i++) {
        const uint8_t *x = bytes_at(data, i);
        for (size_t j = 0; j < data->features; j++) {
            if (x[j] >= 128) return true;
        }
    }
    return false;
}

enum inki_scaling inki_prep_kind(const ink_data *data, enum inki_scaling wanted)
{
    if (wanted != INKI_SCALE_AUTO) return wanted;
    return data->bytes && data->height > 1 && uses_upper_half(data) ? INKI_SCALE_255 : INKI_SCALE_STANDARD;
}

static void add_values(void *arg, size_t part, size_t parts)
{
    const struct columns *columns = arg;
    const double *restrict first = columns->first;
    double *restrict sum = columns->a;
    size_t begin, end;
    inki_share(columns->data->features, part, parts, &begin, &end);
    for (size_t i = 0; i < columns->data->rows; i++) {
        const float *restrict x = floats_at(columns->data, i);
        for (size_t j = begin; j < end; j++) sum[j] += (double)x[j] - first[j];
    }
}

static void add_squares(void *arg, size_t part, size_t parts)
{
    const struct columns *columns = arg;
    const double *restrict mean = columns->a;
    double *restrict sum = columns->b;
    size_t begin, end;
    inki_share(columns->data->features, part, parts, &begin, &end);
    for (size_t i = 0; i < columns->data->rows; i++) {
        const float *restrict x = floats_at(columns->data, i);
        for (size_t j = begin; j < end; j++) sum[j] += ((double)x[j] - mean[j]) * ((double)x[j] - mean[j]);
    }
}

/* Moves the sums of a block of rows over to the totals; as doubles they stay exact: 2^32 * 255^2 < 2^53. */
static void flush(const struct columns *columns, size_t begin, size_t end)
{
    for (size_t j = begin; j < end; j++) {
        columns->a[j] += columns->sums[j];
        columns->b[j] += columns->squares[j];
        columns->sums[j] = columns->squares[j] = 0;
    }
}

static void add_row(size_t n, const uint8_t *restrict x, uint32_t *restrict sum, uint32_t *restrict square)
{
    for (size_t j = 0; j < n; j++) {
        sum[j] += x[j];
        square[j] += (uint16_t)(x[j] * x[j]);
    }
}

static void add_bytes(void *arg, size_t part, size_t parts)
{
    const struct columns *columns = arg;
    size_t begin, end;
    inki_share(columns->data->features, part, parts, &begin, &end);
    for (size_t i = 0; i < columns->data->rows; i++) {
        add_row(end - begin, bytes_at(columns->data, i) + begin, columns->sums + begin, columns->squares + begin);
        if ((i + 1) % BLOCK == 0) flush(columns, begin, end);
    }
    flush(columns, begin, end);
}

static void find_extremes(void *arg, size_t part, size_t parts)
{
    const struct columns *columns = arg;
    const ink_data *data = columns->data;
    double *restrict low = columns->a, *restrict high = columns->b;
    size_t begin, end;
    inki_share(data->features, part, parts, &begin, &end);
    for (size_t i = 0; i < data->rows; i++) {
        for (size_t j = begin; j < end; j++) {
            double x = (double)floats_at(data, i)[j];
            low[j] = x < low[j] ? x : low[j];
            high[j] = x > high[j] ? x : high[j];
        }
    }
}

static void stretch_row(size_t n, const uint8_t *restrict x, uint8_t *restrict low, uint8_t *restrict high)
{
    for (size_t j = 0; j < n; j++) {
        low[j] = x[j] < low[j] ? x[j] : low[j];
        high[j] = x[j] > high[j] ? x[j] : high[j];
    }
}

/* The same for bytes, which are compared many at a time. */
static void find_byte_extremes(void *arg, size_t part, size_t parts)
{
    const struct columns *columns = arg;
    const ink_data *data = columns->data;
    uint8_t *low = (uint8_t *)columns->sums, *high = (uint8_t *)columns->squares;
    size_t begin, end;
    inki_share(data->features, part, parts, &begin, &end);
    memcpy(low + begin, bytes_at(data, 0) + begin, end - begin);
    memcpy(high + begin, bytes_at(data, 0) + begin, end - begin);
    for (size_t i = 1; i < data->rows; i++)
        stretch_row(end - begin, bytes_at(data, i) + begin, low + begin, high + begin);
    for (size_t j = begin; j < end; j++) {
        columns->a[j] = low[j];
        columns->b[j] = high[j];
    }
}

/* 1/spread as a float; 0 where there is no spread, or one too small for its inverse to be a float. Of a spread near the greatest
 * float the inverse would be subnormal, which counts as 0 while networks run: the smallest normal number still scales it to 4 or less. */
static float inverse(double spread)
{
    double factor = 1 / spread;
    if (!(spread > 0 && factor <= 1e38)) return 0;
    return factor < (double)FLT_MIN ? FLT_MIN : (float)factor;
}

/* From sum and sum of squares of n bytes to mean and summed squares of differences from it. Those from the whole part
 * of the mean are exact; what is left to take off is less than n. */
static void centre_bytes(double n, double *sum, double *square)
{
    double whole = floor(*sum / n), rest = *sum - n * whole;
    *square = *square - 2 * whole * *sum + n * whole * whole - rest * rest / n;
    *sum = *sum / n;
}

/* a: means, b: deviations. */
static void fit_standard(ink_ctx *ctx, struct columns *columns)
{
    const ink_data *data = columns->data;
    size_t work = data->rows * data->features;
    double n = (double)data->rows;
    inki_parallel(ctx, work, data->bytes ? add_bytes : add_values, columns);
    for (size_t j = 0; j < data->features; j++) {
        if (data->bytes)
            centre_bytes(n, &columns->a[j], &columns->b[j]);
        else
            columns->a[j] = columns->first[j] + columns->a[j] / n;
    }
    if (data->floats) inki_parallel(ctx, work, add_squares, columns);
    for (size_t j = 0; j < data->features; j++) columns->b[j] = sqrt(columns->b[j] / n);
}

/* a: the least values, b: ranges. */
static void fit_minmax(ink_ctx *ctx, struct columns *columns)
{
    const ink_data *data = columns->data;
    for (size_t j = 0; j < data->features; j++) columns->a[j] = columns->b[j] = columns->first[j];
    inki_parallel(ctx, data->rows * data->features, data->bytes ? find_byte_extremes : find_extremes, columns);
    for (size_t j = 0; j < data->features; j++) columns->b[j] -= columns->a[j];
}

/* The deviation below which a pixel is nearly constant: 1/2000 of that of all pixels together, which have one unit. */
static double least_deviation(const struct columns *columns)
{
    const size_t n = columns->data->features;
    double variance = 0;
    if (columns->data->height <= 1) return 0;
    for (size_t j = 0; j < n; j++) variance += columns->b[j] * columns->b[j] / (double)n;
    return sqrt(variance) / NEARLY_CONSTANT;
}

/* True for a column of zeros and subnormals, which are taken for zeros while statistics are made and networks run. */
static bool has_subnormals(const ink_data *data, size_t column)
{
    for (size_t i = 0; data->floats && i < data->rows; i++) {
        uint32_t bits;
        memcpy(&bits, floats_at(data, i) + column, sizeof bits);
        if (bits << 1 && !(bits >> 23 & 255)) return true;
    }
    return false;
}

static const char *column_name(const ink_data *data, size_t column, char name[80])
{
    if (data->columns)
        snprintf(name, 80, "'%.70s'", data->columns[column]);
    else
        snprintf(name, 80, "%zu", column);
    return name;
}

/* True if no value of the column is a normal number, which most columns show in their first row. */
static bool is_below_normal(const ink_data *data, size_t column)
{
    for (size_t i = 0; i < data->rows; i++)
        if (fabsf(floats_at(data, i)[column]) >= FLT_MIN) return false;
    return true;
}

/* Without scaling, columns of subnormals are columns of zeros. */
static void note_subnormals(ink_ctx *ctx, const ink_data *data)
{
    char name[80];
    for (size_t j = 0; data->floats && j < data->features; j++) {
        if (!is_below_normal(data, j) || !has_subnormals(data, j)) continue;
        inki_note(
            ctx,
            "column %s has no value above 1e-38, and smaller ones count as 0: multiply its values, or leave it out",
            column_name(data, j, name));
        return;
    }
}

/* Columns that vary and cannot be scaled: silence would leave them out. */
static void note_unscaled(ink_ctx *ctx, const ink_data *data, size_t count, size_t first)
{
    char name[80];
    if (count == 0) return;
    inki_note(
        ctx,
        "column %s%s varies by less than 1e-38, too little for a float's scale: it counts as constant; multiply its "
        "values, or leave it out",
        column_name(data, first, name), count > 1 ? " (and others)" : "");
}

static void set_factors(ink_ctx *ctx, const struct columns *columns, double least, float *shift, float *factor)
{
    size_t unscaled = 0, first = 0;
    for (size_t j = 0; j < columns->data->features; j++) {
        double spread = columns->b[j];
        shift[j] = (float)columns->a[j];
        factor[j] = spread < least ? 0 : inverse(spread);
        bool held = spread > 0 && spread < least;
        if (factor[j] != 0 || held) continue;
        if (spread > 0 || (columns->a[j] == 0 && has_subnormals(columns->data, j)))
            if (unscaled++ == 0) first = j;
    }
    note_unscaled(ctx, columns->data, unscaled, first);
}

ink_status inki_prep_fit(ink_ctx *ctx, const ink_data *train, enum inki_scaling kind, float *shift, float *factor)
{
    kind = inki_prep_kind(train, kind);
    for (size_t j = 0; j < train->features; j++) {
        shift[j] = 0;
        factor[j] = kind == INKI_SCALE_255 ? 1.0f / 255 : 1;
    }
    if (kind != INKI_SCALE_MINMAX && kind != INKI_SCALE_STANDARD) {
        note_subnormals(ctx, train);
        return INK_OK;
    }
    size_t n = train->features;
    double *scratch = inki_zalloc(ctx, 4 * n, sizeof *scratch); /* the last part: two arrays of half the size */
    if (!scratch) return INK_NO_MEMORY;
    uint32_t *sums = (uint32_t *)(scratch + 3 * n);
    struct columns columns = {train, scratch, scratch + n, scratch + 2 * n, sums, sums + n};
    for (size_t j = 0; j < n; j++)
        columns.first[j] = train->bytes ? (double)bytes_at(train, 0)[j] : (double)floats_at(train, 0)[j];
    if (kind == INKI_SCALE_STANDARD)
        fit_standard(ctx, &columns);
    else
        fit_minmax(ctx, &columns);
    set_factors(ctx, &columns, kind == INKI_SCALE_STANDARD ? least_deviation(&columns) : 0, shift, factor);
    inki_free(scratch);
    return INK_OK;
}
