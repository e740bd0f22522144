/* relate: gaps, different values, rare words, relations to the target.
 * SPDX-License-Identifier: MIT
 *
 * The relation is a correlation from 0 to 1 over the rows that have a value: of numbers with numbers |r| (Pearson); of numbers with
 * classes or words the correlation ratio, sqrt(sum of squares between groups / of all); of words with classes Cramér's V, sqrt(chi² /
 * (rows (k - 1))), k the fewer of the two's kinds. */
#include "data/relate.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RARE = 5, RARE_OF_MANY = 10, MANY_ROWS = 10000, MOST_CELLS = 1 << 22 };
#define MOST_VALUES 3e7 /* of all columns, whose different values are counted */

static float value_at(const ink_data *data, size_t row, size_t column)
{
    const size_t at = inki_data_base(data, row) * data->features + column;
    return data->bytes ? (float)data->bytes[at] : data->floats[at];
}

/* A column's word in a row; count for none. */
static size_t word_at(const ink_data *data, size_t row, size_t column)
{
    const float value = value_at(data, row, column);
    return value >= 0 ? (size_t)value : data->categories[column].count;
}

static bool has_words(const ink_data *data, size_t column)
{
    return data->categories && data->categories[column].count > 0;
}

/* ------------------------------------------------------------------ one column */

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Different values; room[rows] is overwritten. Those of bytes are known. */
static void count_values(const ink_data *data, size_t column, float *room, ink_column *out)
{
    size_t count = 0;
    if (data->bytes) return;
    for (size_t i = 0; i < data->rows; i++) {
        const float value = value_at(data, i, column);
        if (!isnan(value)) room[count++] = value;
    }
    out->missing = data->rows - count;
    if ((double)data->rows * (double)data->features > MOST_VALUES) return;
    if (count) qsort(room, count, sizeof *room, compare_floats);
    for (size_t i = 0; i < count; i++) out->distinct += i == 0 || room[i] != room[i - 1];
}

ink_status inki_relate_bytes(ink_ctx *ctx, const ink_data *data, ink_column *columns)
{
    enum { WORDS = 4 }; /* of 64 bits */
    if (!data->bytes) return INK_OK;
    uint64_t *seen = inki_zalloc(ctx, data->features, WORDS * sizeof *seen);
    if (!seen) return INK_NO_MEMORY;
    for (size_t i = 0; i < data->rows; i++) {
        const uint8_t *row = data->bytes + inki_data_base(data, i) * data->features;
        for (size_t j = 0; j < data->features; j++) seen[WORDS * j + row[j] / 64] |= (uint64_t)1 << row[j] % 64;
    }
    for (size_t k = 0; k < WORDS * data->features; k++)
        for (uint64_t bits = seen[k]; bits; bits &= bits - 1) columns[k / WORDS].distinct++;
    inki_free(seen);
    return INK_OK;
}

static ink_status count_words(ink_ctx *ctx, const ink_data *data, size_t column, ink_column *out)
{
    const size_t words = data->categories[column].count;
    const size_t few = data->rows < MANY_ROWS ? RARE : RARE_OF_MANY;
    size_t *rows = inki_zalloc(ctx, words + 1, sizeof *rows);
    if (!rows) return INK_NO_MEMORY;
    out->distinct = 0;
    for (size_t i = 0; i < data->rows; i++) {
        rows[word_at(data, i, column)]++;
        out->missing += isnan(value_at(data, i, column)) ? 1 : 0;
    }
    for (size_t w = 0; w < words; w++) {
        out->distinct += rows[w] > 0;
        out->rare += rows[w] > 0 && rows[w] < few;
    }
    out->words = words;
    inki_free(rows);
    return INK_OK;
}

/* ------------------------------------------------------------------- relations */

/* The group of a row and its number; false where it has none. */
typedef bool pair_fn(const ink_data *data, size_t row, size_t column, size_t *group, double *number);

static bool by_class(const ink_data *data, size_t row, size_t column, size_t *group, double *number)
{
    *group = (size_t)inki_data_label(data, row);
    *number = (double)value_at(data, row, column);
    return isfinite(*number);
}

static bool by_word(const ink_data *data, size_t row, size_t column, size_t *group, double *number)
{
    *group = word_at(data, row, column);
    *number = (double)inki_data_targets(data, row)[0];
    return *group < data->categories[column].count;
}

/* sums[2][groups]: of rows, and of numbers less the first, which makes equal numbers exactly equal. */
static double ratio_of(const ink_data *data, size_t column, pair_fn *pair, size_t groups, double *sums)
{
    double n = 0, sum = 0, squares = 0, between = 0, first = 0, number;
    size_t group;
    for (size_t i = 0; i < data->rows; i++) {
        if (!pair(data, i, column, &group, &number)) continue;
        if (n == 0) first = number;
        number -= first;
        n++, sum += number, squares += number * number;
        sums[group]++, sums[groups + group] += number;
    }
    for (size_t g = 0; g < groups; g++)
        if (sums[g] > 0) between += sums[groups + g] * sums[groups + g] / sums[g];
    const double all = squares - sum * sum / n;
    return n > 1 && all > 0 ? sqrt(fmin(1, fmax(0, (between - sum * sum / n) / all))) : (double)NAN;
}

static double correlation(const ink_data *data, size_t column)
{
    double n = 0, x_sum = 0, y_sum = 0, xx = 0, yy = 0, xy = 0, x_first = 0, y_first = 0;
    for (size_t i = 0; i < data->rows; i++) {
        double x = (double)value_at(data, i, column), y = (double)inki_data_targets(data, i)[0];
        if (!isfinite(x)) continue;
        if (n == 0) x_first = x, y_first = y;
        x -= x_first, y -= y_first;
        n++, x_sum += x, y_sum += y, xx += x * x, yy += y * y, xy += x * y;
    }
    const double x_all = xx - x_sum * x_sum / n, y_all = yy - y_sum * y_sum / n, both = xy - x_sum * y_sum / n;
    return n > 1 && x_all > 0 && y_all > 0 ? fmin(1, fabs(both) / sqrt(x_all * y_all)) : (double)NAN;
}

/* table[words][classes] of rows, with the sums of both. */
static double association(const ink_data *data, size_t column, double *table, double *word_rows, double *class_rows)
{
    const size_t words = data->categories[column].count, classes = data->classes;
    double n = 0, sum = 0, kinds[2] = {0, 0};
    for (size_t i = 0; i < data->rows; i++) {
        const size_t word = word_at(data, i, column), label = (size_t)inki_data_label(data, i);
        if (word == words) continue;
        table[word * classes + label]++;
        n++, word_rows[word]++, class_rows[label]++;
    }
    for (size_t w = 0; w < words; w++) kinds[0] += word_rows[w] > 0;
    for (size_t c = 0; c < classes; c++) kinds[1] += class_rows[c] > 0;
    for (size_t w = 0; w < words; w++)
        for (size_t c = 0; c < classes && word_rows[w] > 0; c++) {
            const double rows = table[w * classes + c];
            if (rows > 0) sum += rows * rows / (word_rows[w] * class_rows[c]);
        }
    const double fewer = fmin(kinds[0], kinds[1]);
    return fewer > 1 ? sqrt(fmin(1, fmax(0, (sum - 1) / (fewer - 1)))) : (double)NAN;
}

static ink_status relate_words(ink_ctx *ctx, const ink_data *data, size_t column, double *out)
{
    const size_t words = data->categories[column].count, classes = data->labels ? data->classes : 1;
    *out = (double)NAN;
    if (classes > MOST_CELLS / (words + 1)) return INK_OK;
    double *room = inki_zalloc(ctx, words * (classes + 2) + classes, sizeof *room);
    if (!room) return INK_NO_MEMORY;
    if (data->labels)
        *out = association(data, column, room, room + words * classes, room + words * (classes + 1));
    else
        *out = ratio_of(data, column, by_word, words, room);
    inki_free(room);
    return INK_OK;
}

static ink_status relate_numbers(ink_ctx *ctx, const ink_data *data, size_t column, double *out)
{
    if (data->targets) {
        *out = correlation(data, column);
        return INK_OK;
    }
    double *sums = inki_zalloc(ctx, 2 * data->classes, sizeof *sums);
    if (!sums) return INK_NO_MEMORY;
    *out = ratio_of(data, column, by_class, data->classes, sums);
    inki_free(sums);
    return INK_OK;
}

ink_status inki_relate_columns(ink_ctx *ctx, const ink_data *data, ink_column *columns)
{
    float *room = inki_alloc(ctx, data->rows, sizeof *room);
    ink_status status = room ? inki_relate_bytes(ctx, data, columns) : INK_NO_MEMORY;
    for (size_t j = 0; j < data->features && status == INK_OK; j++) {
        ink_column *column = &columns[j];
        column->relation = (double)NAN;
        if (has_words(data, j))
            status = count_words(ctx, data, j, column);
        else
            count_values(data, j, room, column);
        if (status != INK_OK || (!data->labels && !data->targets)) continue;
        status = has_words(data, j) ? relate_words(ctx, data, j, &column->relation)
                                    : relate_numbers(ctx, data, j, &column->relation);
    }
    inki_free(room);
    return status;
}
