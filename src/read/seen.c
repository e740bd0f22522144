/* seen: what all rows say of features: how many words, which have two values, which count the rows.
 * SPDX-License-Identifier: MIT */
#include "read/table.h"

#include "base/mem.h"

#include <math.h>

void inki_features_see_words(const struct inki_table *table, size_t place, bool *used)
{
    for (size_t row = 0; row < table->rows; row++) {
        const float value = inki_table_value(table, row, place);
        if (!isnan(value)) used[(size_t)value] = true;
    }
}

/* How many words each column of words has. */
static ink_status count_words(struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    ink_ctx *ctx = table->columns.ctx;
    for (size_t j = 0; features->words && j < features->count; j++) {
        const struct inki_words *words = &features->words[j];
        const size_t declared = features->declared ? features->declared[j] : 0;
        struct inki_count *count = &table->counts.of[features->list[j].column];
        if (!inki_column_has_words(&table->columns.list[features->list[j].column])) continue;
        count->full = features->full[j];
        count->distinct = (uint32_t)words->count;
        if (!declared || count->full) continue;
        bool *used = inki_zalloc(ctx, words->count, sizeof *used);
        if (!used) return INK_NO_MEMORY;
        inki_features_see_words(table, j, used);
        for (size_t i = 0; i < words->count; i++) count->distinct -= !used[i];
        inki_free(used);
    }
    return INK_OK;
}

/* A feature of numbers that had at most two values so far. */
struct pair {
    uint32_t place, count, rows;
    float value[2];
};

static bool still_a_pair(struct pair *pair, float value)
{
    if (isnan(value)) return true;
    pair->rows++;
    for (uint32_t k = 0; k < pair->count; k++)
        if (pair->value[k] == value) return true;
    if (pair->count == 2) return false;
    pair->value[pair->count++] = value;
    return true;
}

/* Which features of numbers have two values: of the pairs, which all may be, those stay that are. */
static void find_pairs(struct inki_table *table, struct pair *pairs, size_t count)
{
    for (size_t row = 0; row < table->rows && count > 0; row++) {
        size_t kept = 0;
        for (size_t k = 0; k < count; k++)
            if (still_a_pair(&pairs[k], inki_table_value(table, row, pairs[k].place))) pairs[kept++] = pairs[k];
        count = kept;
    }
    for (size_t k = 0; k < count; k++)
        table->columns.list[table->features.list[pairs[k].place].column].two = pairs[k].count == 2 && pairs[k].rows > 2;
}

/* All features are bytes, as many as a square image has: none of them is a flag. */
static bool are_pixels(const struct inki_table *table)
{
    const size_t side = (size_t)sqrt((double)table->features.count);
    return table->values.bytes && side >= 8 && side * side == table->features.count;
}

static ink_status find_twos(struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    struct inki_columns *columns = &table->columns;
    size_t count = 0, most = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_count *counted = &table->counts.of[i];
        columns->list[i].two = table->counts.partly ? columns->list[i].seen == 2
                               : counted->known     ? counted->distinct == 2 && table->rows - counted->missing > 2
                                                    : false;
        most += !counted->known && columns->list[i].seen <= 2;
    }
    if (most == 0 || table->counts.partly || are_pixels(table)) return INK_OK;
    struct pair *pairs = inki_alloc(columns->ctx, most, sizeof *pairs);
    if (!pairs) return INK_NO_MEMORY;
    for (size_t j = 0; j < features->count; j++) {
        const uint32_t i = features->list[j].column;
        if (!table->counts.of[i].known && columns->list[i].seen <= 2)
            pairs[count++] = (struct pair){.place = (uint32_t)j};
    }
    find_pairs(table, pairs, count);
    inki_free(pairs);
    return INK_OK;
}

/* Whether a feature's values are 0 to rows - 1 or 1 to rows, each once. */
static ink_status counts_rows(const struct inki_table *table, size_t place, bool *out)
{
    const size_t rows = table->rows;
    float low = inki_table_value(table, 0, place);
    *out = false;
    for (size_t row = 0; row < rows; row++) {
        const float value = inki_table_value(table, row, place);
        if (!(value >= 0 && value <= (float)rows && value == floorf(value))) return INK_OK;
        if (value < low) low = value;
    }
    if (low > 1 || (double)rows >= 0x1p24) return INK_OK;
    bool *seen = inki_zalloc(table->columns.ctx, rows + 1, sizeof *seen);
    if (!seen) return INK_NO_MEMORY;
    size_t row = 0;
    for (; row < rows; row++) {
        const size_t value = (size_t)inki_table_value(table, row, place) - (size_t)low;
        if (value >= rows || seen[value]) break;
        seen[value] = true;
    }
    *out = row == rows;
    inki_free(seen);
    return INK_OK;
}

static ink_status find_counting(struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    for (size_t j = 0; j < features->count; j++) {
        const uint32_t i = features->list[j].column;
        bool counts = false;
        if (!table->columns.list[i].apart || table->counts.of[i].known) continue;
        INK_TRY(counts_rows(table, j, &counts));
        if (!counts) continue;
        table->cells.broken = true;
        return inki_fail(table->columns.ctx, INK_BAD_DATA,
                         "%s: column %u counts the rows in another order: say what it is (--columns %u=number, or "
                         "%u=drop)",
                         table->columns.where, (unsigned)i + 1, (unsigned)i + 1, (unsigned)i + 1);
    }
    return INK_OK;
}

ink_status inki_features_see_all(struct inki_table *table)
{
    if (table->rows == 0) return INK_OK;
    if (!table->for_labels && !table->list_length) {
        INK_TRY(find_counting(table));
        INK_TRY(count_words(table));
    }
    return find_twos(table);
}

void inki_features_keep_count(struct inki_table *table, size_t place)
{
    enum { MOST = 100 };
    struct inki_count *count = &table->counts.of[table->features.list[place].column];
    float values[MOST];
    if (count->known) return;
    for (size_t row = 0; row < table->rows; row++) {
        const float value = inki_table_value(table, row, place);
        uint32_t k = 0;
        while (k < count->distinct && values[k] != value) k++;
        if (isnan(value))
            count->missing++;
        else if (k == MOST)
            count->full = true;
        else if (k == count->distinct)
            values[count->distinct++] = value;
    }
    count->known = true;
}
