/* encoding: the structure of a table's inputs: its places, and its text in a model's metadata.
 * SPDX-License-Identifier: MIT */
#include "model/encoding.h"

#include "base/mem.h"
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KNOTS = 65536 };
static const char *const bin_names[] = {NULL, "hat", "ple", "normal"};

ink_status inki_encoding_begin(ink_ctx *ctx, size_t columns, struct inki_encoding *out)
{
    *out = (struct inki_encoding){.columns = inki_zalloc(ctx, columns, sizeof *out->columns)};
    if (!out->columns) return INK_NO_MEMORY;
    out->column_count = columns;
    return INK_OK;
}

void inki_encoding_end(struct inki_encoding *encoding)
{
    for (size_t j = 0; j < encoding->column_count; j++) {
        struct inki_column *column = &encoding->columns[j];
        for (size_t i = 0; column->words && i < column->word_count; i++) inki_free(column->words[i]);
        inki_free(column->words);
        inki_free(column->slots_of);
        inki_free(column->values);
    }
    inki_free(encoding->columns);
    inki_free(encoding->constants);
    *encoding = (struct inki_encoding){0};
}

/* ------------------------------------------------------------------ places */

static size_t bins_of(const struct inki_column *column)
{
    if (column->bins == INKI_BINS_HAT) return column->knots;
    return column->bins == INKI_BINS_PLE ? column->knots - 1 : 0;
}

static size_t slots_of(const struct inki_column *column)
{
    size_t most = 0;
    if (column->number) return column->value_count ? column->value_count + 1 : 0;
    if (column->flag) return 1;
    for (size_t i = 0; i < column->word_count; i++)
        if (column->slots_of[i] > most) most = column->slots_of[i];
    return most + 1;
}

static size_t most_nonzero(const struct inki_column *column)
{
    const size_t bins = column->bins == INKI_BINS_HAT && column->bin_count ? 2 : column->bin_count;
    const size_t nonzero = (column->number ? 1 : 0) + bins + (column->slot_count ? 1 : 0);
    return nonzero ? nonzero : 1;
}

void inki_encoding_lay(struct inki_encoding *encoding)
{
    size_t inputs = 0, numbers = 0, knots = 0, nonzero = 0;
    encoding->scores = false;
    for (size_t j = 0; j < encoding->column_count; j++) {
        struct inki_column *column = &encoding->columns[j];
        column->first = inputs;
        column->bin_count = bins_of(column);
        column->slot_count = slots_of(column);
        column->bins_at = inputs + (column->number ? 1 : 0);
        column->slots_at = column->bins_at + column->bin_count;
        column->gap_at = column->slots_at + column->slot_count;
        inputs = column->gap_at + (column->gap ? 1 : 0);
        column->inputs = inputs - column->first;
        column->number_at = numbers;
        column->knots_at = knots;
        numbers += column->number ? 1 : 0;
        knots += column->knots;
        nonzero += most_nonzero(column);
        encoding->scores = encoding->scores || column->bins == INKI_BINS_NORMAL;
    }
    encoding->inputs = inputs;
    encoding->numbers = numbers;
    encoding->knots = knots;
    encoding->most_nonzero = nonzero;
}

/* ------------------------------------------------------------------ copies */

static void *copy_block(ink_ctx *ctx, const void *from, size_t count, size_t size)
{
    void *block = inki_alloc(ctx, count, size);
    if (block) memcpy(block, from, count * size);
    return block;
}

static ink_status copy_words(ink_ctx *ctx, const struct inki_column *from, struct inki_column *out)
{
    out->words = inki_zalloc(ctx, from->word_count, sizeof *out->words);
    out->slots_of = copy_block(ctx, from->slots_of, from->word_count, sizeof *out->slots_of);
    if (!out->words || !out->slots_of) return INK_NO_MEMORY;
    for (size_t i = 0; i < from->word_count; i++) {
        out->words[i] = inki_copy_text(ctx, from->words[i]);
        if (!out->words[i]) return INK_NO_MEMORY;
    }
    return INK_OK;
}

static ink_status copy_column(ink_ctx *ctx, const struct inki_column *from, struct inki_column *out)
{
    *out = *from;
    out->words = NULL;
    out->slots_of = NULL;
    out->values = NULL;
    if (from->value_count && !(out->values = copy_block(ctx, from->values, from->value_count, sizeof *out->values)))
        return INK_NO_MEMORY;
    return from->word_count ? copy_words(ctx, from, out) : INK_OK;
}

ink_status inki_encoding_copy(ink_ctx *ctx, const struct inki_encoding *from, struct inki_encoding *out)
{
    INK_TRY(inki_encoding_begin(ctx, from->column_count, out));
    for (size_t j = 0; j < from->column_count; j++) {
        ink_status status = copy_column(ctx, &from->columns[j], &out->columns[j]);
        if (status == INK_OK) continue;
        inki_encoding_end(out);
        return status;
    }
    inki_encoding_lay(out);
    return INK_OK;
}

static bool same_column(const struct inki_column *a, const struct inki_column *b)
{
    bool same = a->number == b->number && a->bins == b->bins && a->knots == b->knots && a->flag == b->flag &&
                a->gap == b->gap && a->word_count == b->word_count && a->value_count == b->value_count;
    for (size_t i = 0; same && i < a->word_count; i++)
        same = a->slots_of[i] == b->slots_of[i] && strcmp(a->words[i], b->words[i]) == 0;
    for (size_t i = 0; same && i < a->value_count; i++) same = a->values[i] == b->values[i];
    return same;
}

bool inki_encoding_same(const struct inki_encoding *a, const struct inki_encoding *b)
{
    bool same = a->column_count == b->column_count;
    for (size_t j = 0; same && j < a->column_count; j++) same = same_column(&a->columns[j], &b->columns[j]);
    return same;
}

/* ------------------------------------------------------------------ writing */

/* False when there is no memory, or a word is not UTF-8. */
static bool put_new(json_t *object, const char *key, json_t *value)
{
    return value && json_object_set_new(object, key, value) == 0;
}

static bool put_words(json_t *object, const struct inki_column *column)
{
    json_t *words = json_array(), *slots = json_array();
    bool has_words = put_new(object, "words", words), done = put_new(object, "slots", slots) && has_words;
    for (size_t i = 0; done && i < column->word_count; i++)
        done = json_array_append_new(words, json_string(column->words[i])) == 0 &&
               json_array_append_new(slots, json_integer(column->slots_of[i])) == 0;
    return done;
}

static bool put_values(json_t *object, const struct inki_column *column)
{
    json_t *values = json_array();
    bool done = put_new(object, "values", values);
    for (size_t i = 0; done && i < column->value_count; i++)
        done = json_array_append_new(values, json_integer((json_int_t)column->values[i])) == 0;
    return done;
}

static bool put_column(json_t *list, const struct inki_column *column)
{
    json_t *object = json_object();
    const char *kind = column->number ? "number" : column->flag ? "flag" : "category";
    if (json_array_append_new(list, object) != 0 || !put_new(object, "kind", json_string(kind))) return false;
    if (column->bins != INKI_BINS_NONE && (!put_new(object, "bins", json_string(bin_names[column->bins])) ||
                                           !put_new(object, "knots", json_integer((json_int_t)column->knots))))
        return false;
    if (column->value_count && !put_values(object, column)) return false;
    if (!column->number && !put_words(object, column)) return false;
    return !column->gap || put_new(object, "gap", json_true());
}

ink_status inki_encoding_write(ink_ctx *ctx, const struct inki_encoding *encoding, char **out)
{
    json_t *list = json_array();
    bool done = list != NULL;
    for (size_t j = 0; done && j < encoding->column_count; j++) done = put_column(list, &encoding->columns[j]);
    *out = done ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return *out ? INK_OK : inki_fail(ctx, INK_BAD_DATA, "a word of a column is not UTF-8, or memory is short");
}

/* ------------------------------------------------------------------ reading */

struct reading {
    ink_ctx *ctx;
    size_t column;
};

static ink_status bad(const struct reading *in, const char *what)
{
    return inki_fail(in->ctx, INK_BAD_DATA, "metadata 'encoding': column %zu (from 0) %s", in->column, what);
}

static ink_status read_bins(const struct reading *in, const json_t *object, struct inki_column *out)
{
    const json_t *bins = json_object_get(object, "bins");
    const char *name = json_string_value(bins);
    const json_int_t knots = json_integer_value(json_object_get(object, "knots"));
    if (!bins) return INK_OK;
    for (size_t i = INKI_BINS_HAT; i <= INKI_BINS_NORMAL; i++)
        if (name && strcmp(name, bin_names[i]) == 0) out->bins = (enum inki_bins)i;
    if (out->bins == INKI_BINS_NONE) return bad(in, "has bins of an unknown kind; expected hat, ple or normal");
    if (knots < 2 || knots > MOST_KNOTS) return bad(in, "has bins without a number of knots from 2 to 65536");
    out->knots = (size_t)knots;
    return INK_OK;
}

/* Whole, ascending, and such that a float has them. */
static ink_status read_values(const struct reading *in, const json_t *object, struct inki_column *out)
{
    const json_t *list = json_object_get(object, "values");
    const size_t count = json_array_size(list);
    if (!list) return INK_OK;
    if (count == 0) return bad(in, "has values that are not a list of integers");
    out->values = inki_alloc(in->ctx, count, sizeof *out->values);
    if (!out->values) return INK_NO_MEMORY;
    out->value_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        const json_int_t whole = json_integer_value(value);
        out->values[i] = (float)whole;
        if (!json_is_integer(value) || whole < -(1 << 24) || whole > 1 << 24 ||
            (i && out->values[i] <= out->values[i - 1]))
            return bad(in, "has values that are not integers in ascending order");
    }
    return INK_OK;
}

static ink_status read_word(const struct reading *in, const json_t *word, const json_t *slot, size_t most,
                            struct inki_column *out)
{
    const json_int_t number = json_is_integer(slot) ? json_integer_value(slot) : -1;
    if (!json_is_string(word)) return bad(in, "has words that are not all texts");
    if (number < 0 || (uint64_t)number > most) return bad(in, "has a slot that is not one of its words'");
    out->words[out->word_count] = inki_copy_text(in->ctx, json_string_value(word));
    if (!out->words[out->word_count]) return INK_NO_MEMORY;
    out->slots_of[out->word_count++] = (uint32_t)number;
    return INK_OK;
}

static ink_status read_words(const struct reading *in, const json_t *object, struct inki_column *out)
{
    const json_t *words = json_object_get(object, "words"), *slots = json_object_get(object, "slots");
    const size_t count = json_array_size(words);
    if (!json_is_array(words) || json_array_size(slots) != count || count > UINT32_MAX)
        return bad(in, "lacks a list of words with a slot each");
    out->words = inki_zalloc(in->ctx, count, sizeof *out->words);
    out->slots_of = inki_zalloc(in->ctx, count, sizeof *out->slots_of);
    if (!out->words || !out->slots_of) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        INK_TRY(read_word(in, json_array_get(words, i), json_array_get(slots, i), out->flag ? 2 : count, out));
    return INK_OK;
}

static ink_status read_column(const struct reading *in, const json_t *object, struct inki_column *out)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    if (!kind) return bad(in, "has no kind");
    out->number = strcmp(kind, "number") == 0;
    out->flag = strcmp(kind, "flag") == 0;
    out->gap = json_is_true(json_object_get(object, "gap"));
    if (!out->number && !out->flag && strcmp(kind, "category") != 0)
        return bad(in, "is of an unknown kind; expected number, category or flag");
    if (!out->number) return read_words(in, object, out);
    INK_TRY(read_bins(in, object, out));
    return read_values(in, object, out);
}

ink_status inki_encoding_read(ink_ctx *ctx, const char *text, size_t columns, struct inki_encoding *out)
{
    json_t *list = json_loads(text, 0, NULL);
    struct reading in = {.ctx = ctx};
    *out = (struct inki_encoding){0};
    ink_status status = INK_OK;
    if (json_array_size(list) != columns || columns == 0)
        status = inki_fail(ctx, INK_BAD_DATA, "metadata 'encoding' is not a list of the %zu columns", columns);
    if (status == INK_OK) status = inki_encoding_begin(ctx, columns, out);
    for (; status == INK_OK && in.column < columns; in.column++)
        status = read_column(&in, json_array_get(list, in.column), &out->columns[in.column]);
    json_decref(list);
    if (status == INK_OK)
        inki_encoding_lay(out);
    else
        inki_encoding_end(out);
    return status;
}
