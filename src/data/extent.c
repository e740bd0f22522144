/* extent: lows, highs and means, and what differs between two.
 * SPDX-License-Identifier: MIT */
#include "data/extent.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>

enum {
    ENOUGH = 50,   /* values; fewer say nothing about a range */
    FAR_SCALE = 20 /* times wider or narrower is another scale */
};

static double value_at(const ink_data *data, size_t row, size_t column)
{
    size_t at = inki_data_base(data, row) * data->features + column;
    return data->bytes ? (double)data->bytes[at] : (double)data->floats[at];
}

static void see_row(const ink_data *data, size_t row, struct inki_extent *range)
{
    const size_t begin = inki_data_base(data, row) * data->features;
    double sum = 0, low = range->low, high = range->high;
    if (data->bytes) {
        unsigned total = 0, least = 255, most = 0; /* 2^24 features of 255 fit */
        const uint8_t *x = data->bytes + begin;
        for (size_t j = 0; j < data->features; j++) {
            total += x[j];
            least = x[j] < least ? x[j] : least;
            most = x[j] > most ? x[j] : most;
        }
        sum = total, low = fmin(low, least), high = fmax(high, most);
    } else {
        const float *x = data->floats + begin;
        for (size_t j = 0; j < data->features; j++) {
            sum += (double)x[j];
            low = (double)x[j] < low ? (double)x[j] : low;
            high = (double)x[j] > high ? (double)x[j] : high;
        }
    }
    range->mean += sum / (double)data->features;
    range->low = low, range->high = high;
}

ink_status inki_extent_measure(ink_ctx *ctx, const ink_data *data, struct inki_extent *out)
{
    *out = (struct inki_extent){.low = INFINITY, .high = -(double)INFINITY};
    for (size_t i = 0; i < data->rows; i++) see_row(data, i, out);
    out->mean /= (double)data->rows;
    if (data->height > 1 || data->features > INKI_EXTENT_COLUMNS) return INK_OK;
    out->lows = inki_alloc(ctx, 2 * data->features, sizeof *out->lows);
    if (!out->lows) return INK_NO_MEMORY;
    out->count = data->features;
    out->highs = out->lows + data->features;
    for (size_t j = 0; j < data->features; j++) {
        out->lows[j] = out->highs[j] = value_at(data, 0, j);
        for (size_t i = 1; i < data->rows; i++) {
            double value = value_at(data, i, j);
            out->lows[j] = value < out->lows[j] ? value : out->lows[j];
            out->highs[j] = value > out->highs[j] ? value : out->highs[j];
        }
    }
    return INK_OK;
}

void inki_extent_free(ink_ctx *ctx, struct inki_extent *range)
{
    inki_free(ctx, range->lows);
    *range = (struct inki_extent){0};
}

/* "divide by 255", where the two scales are known ones; "scale them alike" where they are not. */
static const char *way_between(double factor)
{
    static const struct {
        double factor;
        const char *text;
    } ways[] = {{255, "divide by 255"},     {1.0 / 255, "multiply by 255"},     {65535, "divide by 65535"},
                {257, "divide by 257"},     {1.0 / 65535, "multiply by 65535"}, {1.0 / 257, "multiply by 257"},
                {100, "divide by 100"},     {0.01, "multiply by 100"},          {1000, "divide by 1000"},
                {0.001, "multiply by 1000"}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (factor > 0.9 * ways[i].factor && factor < 1.1 * ways[i].factor) return ways[i].text;
    return "are they scaled alike";
}

static bool compare_scale(ink_ctx *ctx, const ink_data *data, const struct inki_extent *own,
                          const struct inki_extent *known, const char *where)
{
    double width = own->high - own->low, known_width = known->high - known->low;
    bool narrow = FAR_SCALE * width<known_width, wide = width> FAR_SCALE * known_width;
    if (!(known_width > 0) || (!narrow && !wide)) return false;
    inki_warn(ctx, "%s: values %.4g to %.4g; %s was trained on %.4g to %.4g: %s?", data->source, own->low, own->high,
              where, known->low, known->high,
              way_between(fmax(fabs(own->low), fabs(own->high)) / fmax(fabs(known->low), fabs(known->high))));
    return true;
}

static bool compare_means(ink_ctx *ctx, const ink_data *data, const struct inki_extent *own,
                          const struct inki_extent *known, const char *where)
{
    double width = known->high - known->low, turned = known->low + known->high - known->mean;
    if (data->height == 1 || fabs(own->mean - known->mean) < 0.3 * width || fabs(own->mean - turned) > 0.2 * width)
        return false;
    inki_warn(ctx,
              "%s: the mean of all pixels is %.4g, and %s was trained on a mean of %.4g: light and dark exchanged?",
              data->source, own->mean, where, known->mean);
    return true;
}

/* How many rows of a column lie further outside than the whole range is wide. */
static size_t far_rows(const ink_data *data, size_t column, double low, double high)
{
    size_t count = 0;
    double width = high > low ? high - low : fabs(high) + 1;
    for (size_t i = 0; i < data->rows; i++) {
        double value = value_at(data, i, column);
        count += value < low - width || value > high + width;
    }
    return count;
}

static void compare_columns(ink_ctx *ctx, const ink_data *data, const struct inki_extent *known, const char *where)
{
    size_t worst = 0, most = 0, columns = 0;
    for (size_t j = 0; j < known->count && known->count == data->features; j++) {
        size_t count = far_rows(data, j, known->lows[j], known->highs[j]);
        columns += count > 0;
        if (count > most) most = count, worst = j;
    }
    if (most == 0) return;
    char name[64];
    if (data->columns)
        snprintf(name, sizeof name, "%.60s", data->columns[worst]);
    else
        snprintf(name, sizeof name, "%zu", worst + 1);
    inki_warn(
        ctx, "%s: %zu of %zu rows lie far outside of what %s was trained on, in %zu column%s (column %s: %.4g to %.4g)",
        data->source, most, data->rows, where, columns, columns == 1 ? "" : "s", name, known->lows[worst],
        known->highs[worst]);
}

ink_status inki_extent_compare(ink_ctx *ctx, const ink_data *data, const struct inki_extent *known, const char *where)
{
    struct inki_extent own;
    INK_TRY(inki_extent_measure(ctx, data, &own));
    bool enough = data->rows * data->features >= ENOUGH;
    if (!(enough && compare_scale(ctx, data, &own, known, where)) &&
        !(enough && compare_means(ctx, data, &own, known, where)))
        compare_columns(ctx, data, known, where);
    inki_extent_free(ctx, &own);
    return INK_OK;
}
