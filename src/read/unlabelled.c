/* unlabelled: rows whose target is missing.
 * SPDX-License-Identifier: MIT */
#include "read/unlabelled.h"

#include "base/mem.h"
#include "read/table.h"

#include <math.h>
#include <string.h>

ink_status inki_unlabelled_add(struct inki_table *table, const struct inki_cell *cell)
{
    struct inki_goals *goals = &table->goals;
    if (goals->unlabelled == 0) goals->missing_line = cell->line, goals->missing_column = cell->column;
    if (goals->unlabelled > 0 && goals->missing[goals->unlabelled - 1] == table->rows)
        return INK_OK; /* of two targets */
    if (goals->unlabelled == goals->missing_room) {
        size_t room = 2 * goals->missing_room + 64;
        size_t *missing = inki_grow(table->cells.ctx, goals->missing, goals->unlabelled, room, sizeof *missing);
        if (!missing) return INK_NO_MEMORY;
        goals->missing = missing;
        goals->missing_room = room;
    }
    goals->missing[goals->unlabelled++] = table->rows;
    return INK_OK;
}

/* Of list[rows][width] of elements of `size` bytes the rows stay that have a target. */
static void compact(const struct inki_table *table, void *list, size_t width, size_t size)
{
    const struct inki_goals *goals = &table->goals;
    const size_t bytes = width * size;
    uint8_t *block = list;
    size_t to = 0, gone = 0;
    for (size_t row = 0; block && row < table->rows; row++) {
        if (gone < goals->unlabelled && goals->missing[gone] == row) {
            gone++;
            continue;
        }
        if (to < row) memmove(block + to * bytes, block + row * bytes, bytes);
        to++;
    }
}

/* Values that are bytes again, now that gaps and others are out. */
static ink_status narrow(struct inki_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (!(values->floats[i] >= 0 && values->floats[i] <= 255 && values->floats[i] == floorf(values->floats[i])))
            return INK_OK;
    uint8_t *bytes = inki_alloc(values->ctx, values->count, 1);
    if (!bytes) return INK_NO_MEMORY;
    for (size_t i = 0; i < values->count; i++) bytes[i] = (uint8_t)values->floats[i];
    inki_free(values->floats);
    values->floats = NULL;
    values->bytes = bytes;
    values->room = values->count;
    return INK_OK;
}

static ink_status compact_all(struct inki_table *table)
{
    struct inki_goals *goals = &table->goals;
    struct inki_values *values = &table->values;
    const size_t width = table->list_length ? table->list_length : table->features.count;
    compact(table, values->bytes, width, 1);
    compact(table, values->floats, width, sizeof *values->floats);
    compact(table, goals->labels, 1, sizeof *goals->labels);
    if (goals->real_count) compact(table, goals->reals, goals->columns ? goals->columns : 1, sizeof *goals->reals);
    compact(table, table->parts, 1, 1);
    if (table->ids) compact(table, table->ids->begin, 1, sizeof *table->ids->begin);
    goals->left_out = goals->unlabelled;
    goals->unlabelled = 0;
    table->rows -= goals->left_out;
    values->count = table->rows * width;
    if (table->ids) table->ids->count = table->rows;
    INK_TRY(inki_features_forget_words(table));
    return values->floats ? narrow(values) : INK_OK;
}

ink_status inki_unlabelled_leave_out(struct inki_table *table)
{
    const struct inki_source *source = table->source;
    struct inki_goals *goals = &table->goals;
    ink_ctx *ctx = table->cells.ctx;
    const size_t count = goals->unlabelled;
    if (count == 0 || count == table->rows) return INK_OK;
    if (table->for_labels)
        return inki_fail(ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: the label is missing: fill it in, or remove it and its row in the other file",
                         table->cells.where, goals->missing_line, goals->missing_column);
    if (source->expected && source->expected->all_rows) {
        goals->unlabelled = table->rows;
        return INK_OK;
    }
    INK_TRY(compact_all(table));
    inki_note(ctx, "%s:%zu:%zu: the target is missing here%s: %zu row%s of %zu left out", table->cells.where,
              goals->missing_line, goals->missing_column, count > 1 ? ", and in other rows" : "", count,
              count == 1 ? "" : "s", table->rows + count);
    return INK_OK;
}

void inki_unlabelled_keep(const struct inki_table *table, struct inki_decided *decided)
{
    const struct inki_goals *goals = &table->goals;
    decided->rows_left_out = goals->left_out;
    if (goals->left_out == 0) return;
    decided->left_out_line = goals->missing_line;
    decided->left_out_column = goals->missing_column;
}
