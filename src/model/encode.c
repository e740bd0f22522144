/* encode: raw columns of a table become the inputs of the first layer (model/encoding.h); fitted on the training rows and never
 * trained: the model's first node. Its work is done in model/input.c.
 * SPDX-License-Identifier: MIT */
#include "model/encoding.h"
#include "model/op.h"

#include <math.h>

static const char *const suffixes[] = {"shift", "factor", "low", "high", "knots", "scores"};
enum { KNOTS = 4, SCORES = 5 };

size_t inki_encoding_room(const struct inki_encoding *encoding)
{
    return KNOTS * inki_padded(encoding->numbers) + (encoding->scores ? 2 : 1) * inki_padded(encoding->knots);
}

size_t inki_encoding_place(const struct inki_encoding *encoding, size_t t, size_t i)
{
    const size_t numbers = inki_padded(encoding->numbers);
    return (t < KNOTS ? t * numbers : KNOTS * numbers + (t - KNOTS) * inki_padded(encoding->knots)) + i;
}

struct inki_column_constants inki_encoding_of(const struct inki_encoding *encoding, const float *w,
                                              const struct inki_column *column)
{
    const float *number = w + column->number_at, *knots = w + inki_encoding_place(encoding, KNOTS, column->knots_at);
    const size_t step = inki_padded(encoding->numbers);
    return (struct inki_column_constants){.shift = number[0],
                                          .factor = number[step],
                                          .low = number[2 * step],
                                          .high = number[3 * step],
                                          .knots = knots,
                                          .scores = encoding->scores ? knots + inki_padded(encoding->knots) : NULL};
}

/* ------------------------------------------------------------------ a row */

static struct inki_nonzero *put(struct inki_nonzero *out, size_t at, float value)
{
    *out = (struct inki_nonzero){(uint32_t)at, value};
    return out + (value != 0);
}

static float held(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

/* The last knot that is not above x, but the end; *f: how far x lies towards the next. */
static size_t find_bin(const float *knots, size_t count, float x, float *f)
{
    size_t low = 0, high = count - 1;
    x = held(x, knots[0], knots[high]);
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (knots[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    *f = (x - knots[low]) / (knots[low + 1] - knots[low]);
    return low;
}

static float z_of(const struct inki_column *column, const struct inki_column_constants *of, float x)
{
    float f;
    if (column->bins != INKI_BINS_NORMAL) return (held(x, of->low, of->high) - of->shift) * of->factor;
    const size_t j = find_bin(of->knots, column->knots, x, &f);
    return of->scores[j] + f * (of->scores[j + 1] - of->scores[j]);
}

static struct inki_nonzero *put_bins(const struct inki_column *column, const struct inki_column_constants *of, float x,
                                     struct inki_nonzero *out)
{
    float f;
    const size_t j = find_bin(of->knots, column->knots, x, &f);
    if (column->bins == INKI_BINS_HAT) return put(put(out, column->bins_at + j, 1 - f), column->bins_at + j + 1, f);
    for (size_t i = 0; i < j; i++) out = put(out, column->bins_at + i, 1);
    return put(out, column->bins_at + j, f);
}

/* The slot of a number that is one of the column's whole values; else 0. */
static size_t slot_of_value(const struct inki_column *column, float x)
{
    size_t i = 0;
    while (i < column->value_count && column->values[i] != x) i++;
    return i < column->value_count ? i + 1 : 0;
}

static struct inki_nonzero *put_number(const struct inki_encoding *encoding, const float *w,
                                       const struct inki_column *column, float x, struct inki_nonzero *out)
{
    const struct inki_column_constants of = inki_encoding_of(encoding, w, column);
    if (x != x) return column->slot_count && !column->gap ? put(out, column->slots_at, 1) : out;
    out = put(out, column->first, z_of(column, &of, x));
    if (column->bin_count) out = put_bins(column, &of, x, out);
    return column->slot_count ? put(out, column->slots_at + slot_of_value(column, x), 1) : out;
}

static struct inki_nonzero *put_word(const struct inki_column *column, float x, struct inki_nonzero *out)
{
    const bool known = x >= 0 && (double)x < (double)column->word_count;
    const uint32_t slot = known ? column->slots_of[(size_t)x] : 0;
    if (x != x && column->gap) return out;
    if (!column->flag) return put(out, column->slots_at + slot, 1);
    return put(out, column->slots_at, slot == 0 ? 0.0f : slot == 1 ? -1.0f : 1.0f);
}

size_t inki_encode_row(const struct inki_encoding *encoding, const float *w, const void *row, bool bytes,
                       struct inki_nonzero *out)
{
    struct inki_nonzero *const begin = out;
    for (size_t j = 0; j < encoding->column_count; j++) {
        const struct inki_column *column = &encoding->columns[j];
        const float x = bytes ? (float)((const uint8_t *)row)[j] : ((const float *)row)[j];
        out = column->number ? put_number(encoding, w, column, x, out) : put_word(column, x, out);
        if (column->gap && x != x) out = put(out, column->gap_at, 1);
    }
    return (size_t)(out - begin);
}

/* ------------------------------------------------------------------ the node */

static size_t weights(const struct inki_node *node) { return inki_encoding_room(node->encoding); }

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    const struct inki_encoding *encoding = node->encoding;
    const size_t tensors = !encoding->numbers ? 0 : !encoding->knots ? KNOTS : encoding->scores ? 6 : SCORES;
    if (i >= tensors) return false;
    const size_t count = i < KNOTS ? encoding->numbers : encoding->knots;
    *out = (struct inki_param){.suffix = suffixes[i], .role = INKI_FROZEN, .rank = 1, .dims = {count}, .count = count};
    return true;
}

static size_t at(const struct inki_node *node, size_t i, size_t at)
{
    return inki_encoding_place(node->encoding, i, at);
}

/* Who does not know encodings cannot say what the inputs are. */
static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->encoding ? to->encoding(to->user, node) : to->other(to->user, node);
}

const struct inki_op inki_encode_op = {
    .word = "encode",
    .form = "columns of a table as z-scores, bins and places of words; comes from the setting numbers, not from the "
            "notation",
    .locality = INKI_BY_ROW,
    .weights = weights,
    .param = param,
    .at = at,
    .emit = emit,
};
