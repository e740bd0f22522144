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
    if (table->for_labels) { /* the rows are in another file */
        goals->left_out = count;
        goals->unlabelled = 0;
        return INK_OK;
    }
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

void inki_unlabelled_mark(const struct inki_table *table, struct inki_labels *labels)
{
    const struct inki_goals *goals = &table->goals;
    for (size_t k = 0; k < goals->left_out; k++) {
        const size_t row = goals->missing[k];
        if (labels->values) labels->values[row] = INKI_NO_LABEL;
        for (size_t t = 0; labels->reals && t < labels->targets; t++) labels->reals[row * labels->targets + t] = NAN;
    }
    labels->gaps = goals->left_out;
    labels->gap_line = goals->missing_line;
    labels->gap_column = goals->missing_column;
}

static bool is_gap(const struct inki_labels *labels, size_t i)
{
    return labels->reals ? isnan(labels->reals[i * labels->targets]) : labels->values[i] == INKI_NO_LABEL;
}

/* Labels without gaps; kept[count]: the rows that they are of. */
static size_t keep_labelled(struct inki_labels *labels, uint32_t *kept)
{
    const size_t width = labels->reals ? labels->targets : 1;
    size_t count = 0;
    for (size_t i = 0; i < labels->count; i++) {
        if (is_gap(labels, i)) continue;
        if (labels->reals)
            memmove(labels->reals + count * width, labels->reals + i * width, width * sizeof *labels->reals);
        else
            labels->values[count] = labels->values[i];
        kept[count++] = (uint32_t)i;
    }
    labels->gaps = labels->count - count;
    labels->count = count;
    return count;
}

static ink_status take_rows(ink_ctx *ctx, const uint32_t *rows, size_t count, ink_data **data)
{
    ink_data *view, *copy;
    INK_TRY(inki_data_view(ctx, *data, rows, count, &view));
    ink_status status = inki_data_copy(ctx, view, &copy);
    ink_data_free(view);
    INK_TRY(status);
    copy->decided = (*data)->decided;
    copy->test = (*data)->test;
    (*data)->decided = NULL;
    (*data)->test = NULL;
    ink_data_free(*data);
    *data = copy;
    return inki_data_tighten(ctx, copy);
}

static ink_status say_left_out(ink_ctx *ctx, const struct inki_labels *labels, const char *where, size_t all,
                               ink_data *data)
{
    if (!data->decided) data->decided = inki_zalloc(ctx, 1, sizeof *data->decided);
    if (!data->decided) return INK_NO_MEMORY;
    data->decided->rows_left_out = labels->gaps;
    data->decided->left_out_line = labels->gap_line;
    data->decided->left_out_column = labels->gap_column;
    inki_note(ctx, "%s:%zu:%zu: the label is missing here%s: %zu row%s of %zu left out", where, labels->gap_line,
              labels->gap_column, labels->gaps > 1 ? ", and in other rows" : "", labels->gaps,
              labels->gaps == 1 ? "" : "s", all);
    return INK_OK;
}

ink_status inki_unlabelled_take_out(ink_ctx *ctx, struct inki_labels *labels, const char *where, ink_data **data)
{
    const size_t all = labels->count;
    if (labels->gaps == 0 || all != (*data)->rows) return INK_OK;
    uint32_t *kept = inki_alloc(ctx, all, sizeof *kept);
    if (!kept) return INK_NO_MEMORY;
    const size_t count = keep_labelled(labels, kept);
    ink_status status = INK_OK;
    if (count == 0)
        status =
            inki_fail(ctx, INK_BAD_DATA, "%s:%zu:%zu: the label is missing here, and of all rows of %s: fill them in",
                      where, labels->gap_line, labels->gap_column, (*data)->source);
    else if (count < all)
        status = take_rows(ctx, kept, count, data);
    inki_free(kept);
    return status == INK_OK && count < all ? say_left_out(ctx, labels, where, all, *data) : status;
}

void inki_unlabelled_keep(const struct inki_table *table, struct inki_decided *decided)
{
    const struct inki_goals *goals = &table->goals;
    decided->rows_left_out = goals->left_out;
    if (goals->left_out == 0) return;
    decided->left_out_line = goals->missing_line;
    decided->left_out_column = goals->missing_column;
}
