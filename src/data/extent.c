/* extent: lows, highs and means, and what differs between two.
 * SPDX-License-Identifier: MIT */
#include "data/extent.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>

enum {
    ENOUGH = 50,    /* values; fewer say nothing about a range */
    FAR_SCALE = 20, /* times wider or narrower is another scale, */
    FAR_IMAGES = 8  /* and of images, whose pixels are all of one kind */
};

static double value_at(const ink_data *data, size_t row, size_t column)
{
    size_t at = inki_data_base(data, row) * data->features + column;
    return data->bytes ? (double)data->bytes[at] : (double)data->floats[at];
}

/* Words have no range: neither here nor, where it is known, there. */
static bool is_number(const ink_data *data, const struct inki_extent *known, size_t column)
{
    if (data->categories && data->categories[column].count) return false;
    return !known || column >= known->count || isfinite(known->lows[column]);
}

/* Sums of 16 bits, which vectors hold more of, are enough for so many bytes. */
enum { SUMMED_BYTES = 256 };

static uint64_t see_bytes(const uint8_t *x, size_t n, uint8_t *least, uint8_t *most)
{
    uint64_t total = 0;
    uint8_t low = 255, high = 0;
    for (size_t begin = 0; begin < n; begin += SUMMED_BYTES) {
        const size_t end = n - begin < SUMMED_BYTES ? n : begin + SUMMED_BYTES;
        uint16_t sum = 0;
        for (size_t j = begin; j < end; j++) {
            sum = (uint16_t)(sum + x[j]);
            low = x[j] < low ? x[j] : low;
            high = x[j] > high ? x[j] : high;
        }
        total += sum;
    }
    *least = low, *most = high;
    return total;
}

/* Widens the range by a row, and returns its mean. */
static double see_row(const ink_data *data, size_t row, const struct inki_extent *known, struct inki_extent *range)
{
    const size_t begin = inki_data_base(data, row) * data->features;
    double sum = 0, low = range->low, high = range->high;
    if (data->bytes) {
        uint8_t least, most;
        sum = (double)see_bytes(data->bytes + begin, data->features, &least, &most);
        low = fmin(low, least), high = fmax(high, most);
    } else {
        const float *x = data->floats + begin;
        for (size_t j = 0; j < data->features; j++) {
            if (!isfinite(x[j]) || !is_number(data, known, j)) continue;
            sum += (double)x[j];
            low = (double)x[j] < low ? (double)x[j] : low;
            high = (double)x[j] > high ? (double)x[j] : high;
        }
    }
    range->low = low, range->high = high;
    return sum / (double)data->features;
}

/* Rows in a set of bytes that are enough for their mean. */
enum { MEAN_ROWS = 1024 };

/* Where bytes already reach from 0 to 255, evenly spread rows stand for those between them, which could only change the mean a little. */
static struct inki_extent see_all(const ink_data *data, const struct inki_extent *known)
{
    struct inki_extent all = {.low = INFINITY, .high = -(double)INFINITY};
    const size_t stride = data->bytes ? (data->rows + MEAN_ROWS - 1) / MEAN_ROWS : 1;
    size_t i = 0;
    for (size_t step; i < data->rows; i += step) {
        double mean = see_row(data, i, known, &all);
        step = all.low <= 0 && all.high >= 255 ? stride : 1;
        all.mean += mean * (double)step;
    }
    all.mean /= (double)i;
    if (all.low > all.high) all.low = all.high = 0;
    return all;
}

/* Of its finite numbers; -inf, inf and NaN where it has none. */
static void measure_column(const ink_data *data, size_t j, struct inki_extent *out)
{
    double low = INFINITY, high = -(double)INFINITY, sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < data->rows && is_number(data, NULL, j); i++) {
        double value = value_at(data, i, j);
        if (!isfinite(value)) continue;
        low = value < low ? value : low;
        high = value > high ? value : high;
        sum += value;
        count++;
    }
    out->lows[j] = count ? low : -(double)INFINITY;
    out->highs[j] = count ? high : (double)INFINITY;
    out->means[j] = sum / (double)count;
}

ink_status inki_extent_measure(ink_ctx *ctx, const ink_data *data, struct inki_extent *out)
{
    *out = see_all(data, NULL);
    if (data->height > 1 || data->features > INKI_EXTENT_COLUMNS) return INK_OK;
    INK_TRY(inki_extent_make_room(ctx, data->features, out));
    for (size_t j = 0; j < data->features; j++) measure_column(data, j, out);
    return INK_OK;
}

ink_status inki_extent_make_room(ink_ctx *ctx, size_t columns, struct inki_extent *out)
{
    out->lows = inki_alloc(ctx, 3 * columns, sizeof *out->lows);
    if (!out->lows) return INK_NO_MEMORY;
    out->count = columns;
    out->highs = out->lows + columns;
    out->means = out->highs + columns;
    return INK_OK;
}

void inki_extent_free(struct inki_extent *range)
{
    inki_free(range->lows);
    *range = (struct inki_extent){0};
}

/* "divide by 255", where the two scales are known ones, the last six of images alone; "scale them alike" where they are not. */
static const char *way_between(double factor, bool images)
{
    static const struct {
        double factor;
        const char *text;
    } ways[] = {{100, "divide by 100"},        {0.01, "multiply by 100"}, {1000, "divide by 1000"},
                {0.001, "multiply by 1000"},   {255, "divide by 255"},    {1.0 / 255, "multiply by 255"},
                {65535, "divide by 65535"},    {257, "divide by 257"},    {1.0 / 65535, "multiply by 65535"},
                {1.0 / 257, "multiply by 257"}};
    enum { OF_TABLES = 4 };
    for (size_t i = 0; i < (images ? sizeof ways / sizeof *ways : OF_TABLES); i++)
        if (factor > 0.9 * ways[i].factor && factor < 1.1 * ways[i].factor) return ways[i].text;
    return "are they scaled alike";
}

/* What is said goes into a text. */
struct note {
    char *text;
    size_t room;
};

/* One column of the rows: its range and mean, and how many rows lie further outside than the known range is wide. */
struct column {
    double low, high, mean;
    size_t far;
};

static struct column see_column(const ink_data *data, size_t j, double low, double high)
{
    struct column own = {.low = INFINITY, .high = -(double)INFINITY};
    double width = high > low ? high - low : fabs(high) + 1;
    size_t count = 0;
    for (size_t i = 0; i < data->rows; i++) {
        double value = value_at(data, i, j);
        if (!isfinite(value)) continue;
        count++;
        own.far += value < low - width || value > high + width;
        own.low = fmin(own.low, value), own.high = fmax(own.high, value);
        own.mean += value;
    }
    own.mean /= (double)count; /* NaN where there are gaps alone: compares with nothing */
    return own;
}

/* Every column that varied is far narrower: where only the widest one is, its large values may be rare. */
static bool is_narrow(const ink_data *data, const struct inki_extent *known)
{
    for (size_t j = 0; j < known->count && known->count == data->features; j++) {
        const double low = known->lows[j], high = known->highs[j];
        if (!is_number(data, known, j) || !(high > low)) continue;
        const struct column own = see_column(data, j, low, high);
        if (FAR_SCALE * (own.high - own.low) >= high - low) return false;
    }
    return true;
}

static bool compare_scale(const ink_data *data, const struct inki_extent *own, const struct inki_extent *known,
                          const char *where, struct note note)
{
    const double far = data->height > 1 ? FAR_IMAGES : FAR_SCALE;
    double width = own->high - own->low, known_width = known->high - known->low;
    bool narrow = far * width<known_width, wide = width> far * known_width;
    if (!(known_width > 0) || (!narrow && !wide) || (narrow && !is_narrow(data, known))) return false;
    snprintf(note.text, note.room, "values %.4g to %.4g; %s was trained on %.4g to %.4g: %s?", own->low, own->high,
             where, known->low, known->high,
             way_between(fmax(fabs(own->low), fabs(own->high)) / fmax(fabs(known->low), fabs(known->high)),
                         data->height > 1 || known->count == 0));
    return true;
}

static bool compare_means(const ink_data *data, const struct inki_extent *own, const struct inki_extent *known,
                          const char *where, struct note note)
{
    double width = known->high - known->low, turned = known->low + known->high - known->mean;
    if (data->height == 1 || fabs(own->mean - known->mean) < 0.3 * width || fabs(own->mean - turned) > 0.2 * width)
        return false;
    snprintf(note.text, note.room,
             "the mean of all pixels is %.4g, and %s was trained on a mean of %.4g: light and dark exchanged?",
             own->mean, where, known->mean);
    return true;
}

/* A column as a whole is elsewhere, or many times narrower and not about the same mean. */
static bool is_moved(const ink_data *data, const struct column *own, const struct inki_extent *known, size_t j)
{
    double low = known->lows[j], high = known->highs[j];
    if (data->rows < ENOUGH || !(high > low)) return false;
    if (own->mean < low || own->mean > high) return true;
    return known->means && own->high > own->low && FAR_SCALE * (own->high - own->low) < high - low &&
           fabs(own->mean - known->means[j]) > (high - low) / 4;
}

static void name_column(const ink_data *data, size_t j, char name[64])
{
    if (data->columns)
        snprintf(name, 64, "%.60s", data->columns[j]);
    else
        snprintf(name, 64, "%zu", j + 1);
}

static bool compare_columns(const ink_data *data, const struct inki_extent *known, const char *where, struct note note)
{
    size_t worst = 0, most = 0, columns = 0, moved = SIZE_MAX;
    struct column shown = {0};
    char name[64];
    for (size_t j = 0; j < known->count && known->count == data->features; j++) {
        if (!is_number(data, known, j)) continue;
        struct column own = see_column(data, j, known->lows[j], known->highs[j]);
        columns += own.far > 0;
        if (own.far > most) most = own.far, worst = j;
        if (moved == SIZE_MAX && is_moved(data, &own, known, j)) moved = j, shown = own;
    }
    name_column(data, most ? worst : moved == SIZE_MAX ? 0 : moved, name);
    if (most)
        snprintf(note.text, note.room,
                 "%zu of %zu rows lie far outside of what %s was trained on, in %zu column%s (column %s: %.4g to %.4g)",
                 most, data->rows, where, columns, columns == 1 ? "" : "s", name, known->lows[worst],
                 known->highs[worst]);
    else if (moved != SIZE_MAX)
        snprintf(note.text, note.room,
                 "column %s: values %.4g to %.4g, mean %.4g; %s was trained on %.4g to %.4g: are they scaled alike?",
                 name, shown.low, shown.high, shown.mean, where, known->lows[moved], known->highs[moved]);
    return most || moved != SIZE_MAX;
}

bool inki_extent_holds(const ink_data *data, const struct inki_extent *known, const char *where, char *text,
                       size_t room)
{
    const struct note note = {text, room};
    struct inki_extent own = see_all(data, known);
    bool enough = data->rows * data->features >= ENOUGH;
    if (room) *text = 0;
    return !((enough && compare_scale(data, &own, known, where, note)) ||
             (enough && compare_means(data, &own, known, where, note)) || compare_columns(data, known, where, note));
}

void inki_extent_compare(ink_ctx *ctx, const ink_data *data, const struct inki_extent *known, const char *where)
{
    char text[400];
    if (!inki_extent_holds(data, known, where, text, sizeof text)) inki_warn(ctx, "%s: %s", data->source, text);
}
