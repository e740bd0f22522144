/* counts: columns in all rows.
 * SPDX-License-Identifier: MIT */
#include "read/counts.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { RECENT = 16 };

ink_status inki_counts_begin(struct inki_counts *counts, const struct inki_columns *columns)
{
    counts->of = inki_zalloc(columns->ctx, columns->count, sizeof *counts->of);
    if (!counts->of) return INK_NO_MEMORY;
    counts->count = columns->count;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        counts->of[i].known =
            column->role != INKI_FEATURE || inki_column_has_words(column) || inki_column_has_dates(column);
        if (column->role != INKI_LABEL) continue;
        counts->of[i].recent = inki_zalloc(columns->ctx, RECENT, sizeof *counts->of[i].recent);
        if (!counts->of[i].recent) return INK_NO_MEMORY;
    }
    return INK_OK;
}

void inki_counts_free(struct inki_counts *counts)
{
    for (size_t i = 0; counts->of && i < counts->count; i++) {
        inki_free(counts->of[i].slots);
        inki_free(counts->of[i].recent);
    }
    inki_free(counts->of);
    *counts = (struct inki_counts){0};
}

/* ------------------------------------------------------------- different texts */

static uint32_t slot_of(const struct inki_count *count, uint64_t hash)
{
    uint32_t slot = (uint32_t)inki_hash_again(count->slots, hash) & (count->room - 1);
    while (count->slots[slot] && count->slots[slot] != hash) slot = (slot + 1) & (count->room - 1);
    return slot;
}

static ink_status grow(ink_ctx *ctx, struct inki_count *count)
{
    struct inki_count larger = *count;
    larger.room = count->room ? 2 * count->room : 4;
    larger.slots = inki_zalloc(ctx, larger.room, sizeof *larger.slots);
    if (!larger.slots) return INK_NO_MEMORY;
    for (uint32_t i = 0; i < count->room; i++)
        if (count->slots[i]) larger.slots[slot_of(&larger, count->slots[i])] = count->slots[i];
    inki_free(count->slots);
    *count = larger;
    return INK_OK;
}

static void give_up(struct inki_count *count)
{
    inki_free(count->slots);
    count->slots = NULL;
    count->room = 0;
    count->full = true;
}

ink_status inki_count_hash(ink_ctx *ctx, struct inki_count *count, uint64_t hash)
{
    if (count->full) return INK_OK;
    if (4 * (uint64_t)count->distinct >= 3 * (uint64_t)count->room) INK_TRY(grow(ctx, count));
    const uint32_t slot = slot_of(count, hash);
    if (count->slots[slot]) return INK_OK;
    count->slots[slot] = hash;
    if (count->distinct++ == INKI_COUNTS_MOST) give_up(count);
    return INK_OK;
}

bool inki_count_has_hash(const struct inki_count *count, uint64_t hash)
{
    return count->slots && count->slots[slot_of(count, hash)] == hash;
}

/* ------------------------------------------------------------------ one cell */

/* Less than eight bytes. */
static uint64_t load_few(const char *text, size_t length)
{
    uint64_t part = 0;
    for (size_t i = 0; i < length; i++) part = part << 8 | (uint8_t)text[i];
    return part;
}

/* Eight bytes at a time; never 0. */
static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t hash = length + 1, part;
    for (; length > 0; text += sizeof part, length -= sizeof part) {
        if (length < sizeof part)
            part = load_few(text, length);
        else
            memcpy(&part, text, sizeof part);
        hash = (hash ^ part) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
        if (length <= sizeof part) break;
    }
    return hash ? hash : 1;
}

/* Where a short text without quotes belongs among the recent ones, and *key, which no other has; NULL for other texts. */
static uint64_t *recent_of(const struct inki_count *count, const struct inki_cell *cell, uint64_t *key)
{
    if (!count->recent || cell->quoted || cell->length == 0 || cell->length >= sizeof *key) return NULL;
    *key = load_few(cell->text, cell->length) | (uint64_t)cell->length << 56;
    return &count->recent[(*key * 0x9E3779B97F4A7C15u) >> 60];
}

/* Integers that rise, by the same step if the column is even. */
static bool goes_on(struct inki_count *count, const struct inki_column *column, const struct inki_cell *cell)
{
    double value;
    if (!inki_cell_number(cell, &value) || value != floor(value)) return false;
    const double step = value - count->last, known = count->step;
    const bool second = count->distinct == 1;
    count->last = value;
    if (count->distinct == 0) return true;
    count->step = step;
    return step > 0 && (second || !column->even || step == known);
}

static ink_status stops(const struct inki_cells *cells, const struct inki_cell *cell)
{
    char shown[INKI_SHOWN_ROOM];
    return inki_fail(cells->ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: the column counts the rows, but not with '%s': correct it, or say what the column is "
                     "(--columns %zu=number, or %zu=drop)",
                     cells->where, cell->line, cell->column, inki_cell_shown(cell, shown), cell->column, cell->column);
}

ink_status inki_count_cell(struct inki_count *count, const struct inki_column *column, struct inki_cells *cells,
                           const struct inki_cell *cell)
{
    uint64_t key = 0, *recent = recent_of(count, cell, &key);
    if (recent && *recent == key) return INK_OK;
    const bool gap = inki_cell_missing(cells, cell) || (!column->weak && inki_cell_weak(cells, cell));
    if (column->rises && (gap || !goes_on(count, column, cell))) {
        cells->broken = true;
        return stops(cells, cell);
    }
    if (gap) count->missing++;
    if (column->rises) count->distinct++;
    if (gap || column->rises || count->full || (column->role == INKI_FEATURE && inki_column_has_words(column)))
        return INK_OK;
    if (recent) *recent = key;
    return inki_count_hash(cells->ctx, count, hash_of(cell->text, cell->length));
}
