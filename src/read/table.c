/* table: rows of cells become values and labels.
 * SPDX-License-Identifier: MIT */
#include "read/table.h"

#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

void inki_table_begin(struct inki_table *table, struct inki_source *source, bool for_labels)
{
    ink_ctx *ctx = source->ctx;
    *table = (struct inki_table){.source = source, .for_labels = for_labels};
    table->cells = (struct inki_cells){.ctx = ctx,
                                       .where = source->path,
                                       .bytes = source->content.data,
                                       .size = source->content.size,
                                       .line = 1,
                                       .column = 1,
                                       .separator = ','};
    table->columns = (struct inki_columns){.ctx = ctx, .where = source->path, .reason = ""};
    table->values = (struct inki_values){.ctx = ctx};
    table->words = (struct inki_words){.ctx = ctx};
    table->last_in_order = -(double)INFINITY;
}

void inki_table_free(struct inki_table *table)
{
    ink_ctx *ctx = table->source->ctx;
    inki_cells_free(&table->cells);
    inki_columns_free(&table->columns);
    inki_values_free(&table->values);
    inki_words_free(&table->words);
    inki_free(ctx, table->runs);
    inki_free(ctx, table->labels);
}

/* ------------------------------------------------------------------- start */

static ink_status make_runs(struct inki_table *table)
{
    const struct inki_columns *columns = &table->columns;
    size_t count = 1;
    for (size_t i = 1; i < columns->count; i++) count += columns->list[i - 1].role != columns->list[i].role;
    table->runs = inki_alloc(columns->ctx, count, sizeof *table->runs);
    if (!table->runs) return INK_NO_MEMORY;
    for (size_t i = 0; i < columns->count; i++) {
        uint8_t role = columns->list[i].role;
        if (i == 0 || columns->list[i - 1].role != role)
            table->runs[table->run_count++] = (struct inki_run){.role = role};
        table->runs[table->run_count - 1].count++;
    }
    return INK_OK;
}

ink_status inki_table_start(struct inki_table *table, size_t rows_expected)
{
    struct inki_columns *columns = &table->columns;
    for (size_t i = 0; table->for_labels && i < columns->count; i++) {
        if (columns->list[i].role == INKI_FEATURE) inki_columns_leave_out(columns, i, INKI_LEFT_OUT);
    }
    if (columns->features == 0 && !table->for_labels) {
        return inki_fail(columns->ctx, INK_BAD_DATA,
                         "%s: no column is left for the features; see --label-column and --id-column", columns->where);
    }
    size_t most = (table->cells.size - table->cells.at) / (2 * columns->count) + 1; /* a cell has two bytes or more */
    if (rows_expected > most) rows_expected = most;
    table->cells.columns = columns->count;
    INK_TRY(make_runs(table));
    return inki_values_reserve(&table->values, columns->features * (rows_expected + rows_expected / 16));
}

/* ------------------------------------------------------------------ labels */

static ink_status bad_label(const struct inki_table *table, const struct inki_cell *cell, const char *why)
{
    char shown[INKI_SHOWN_ROOM];
    return inki_fail(table->cells.ctx, INK_BAD_DATA, "%s:%zu:%zu: the label '%s' %s", table->cells.where, cell->line,
                     cell->column, inki_cell_shown(cell, shown), why);
}

static ink_status missing_label(const struct inki_table *table)
{
    return inki_fail(table->cells.ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: the label is missing: fill it in, or remove the row (a file without any label is "
                     "read without labels)",
                     table->cells.where, table->missing_line, table->columns.label + 1);
}

/* A word that was not there before. */
static ink_status check_new_label(const struct inki_table *table, const struct inki_cell *cell)
{
    double value;
    if (table->declared)
        return bad_label(table, cell, "is none of the values that its attribute declares; correct it, or declare it");
    if (!inki_cell_number(cell, &value) || (value == floor(value) && fabs(value) <= INT32_MAX)) return INK_OK;
    return bad_label(table, cell,
                     "is neither a word nor a 32-bit integer; labels are classes: is this column one of "
                     "measurements? (--label-column)");
}

static ink_status put_label(struct inki_table *table, struct inki_cell *cell, int32_t *number)
{
    size_t known = table->words.count;
    INK_TRY(inki_cells_to_utf8(&table->cells, cell));
    ink_status status = inki_words_put(&table->words, cell->text, cell->length, number);
    if (status == INK_BAD_DATA)
        return bad_label(table, cell,
                         "is one too many: at most 65536 different ones are supported; is this the label column?");
    if (status == INK_OK && table->words.count > known) return check_new_label(table, cell);
    return status;
}

static ink_status make_label_room(struct inki_table *table)
{
    if (table->rows < table->label_room) return INK_OK;
    size_t room = 2 * table->label_room + 256;
    int32_t *labels = inki_grow(table->cells.ctx, table->labels, table->rows, room, sizeof *labels);
    if (!labels) return INK_NO_MEMORY;
    table->labels = labels;
    table->label_room = room;
    return INK_OK;
}

ink_status inki_table_label(struct inki_table *table, struct inki_cell *cell)
{
    if (cell) {
        INK_TRY(make_label_room(table));
        table->labels[table->rows] = 0;
        if (inki_cell_missing(&table->cells, cell)) {
            if (table->unlabelled++ == 0) table->missing_line = cell->line;
        } else {
            INK_TRY(put_label(table, cell, &table->labels[table->rows]));
        }
        if (table->unlabelled > 0 && table->unlabelled <= table->rows) return missing_label(table);
    }
    table->rows++;
    return INK_OK;
}

/* -------------------------------------------------------------------- rows */

/* Labels in a file of their own belong to rows by their order: where that is not the order of their numbers, it is most
 * likely not the order of the samples either. */
static ink_status check_order(struct inki_table *table, const struct inki_cell *cell)
{
    double value, last = table->last_in_order;
    table->last_in_order = inki_cell_number(cell, &value) ? value : (double)NAN;
    if (!(value <= last) || isnan(table->last_in_order)) return INK_OK;
    return inki_fail(table->cells.ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: number %g follows %g: labels must be in the order of the samples; sort them, or "
                     "remove this column from the file",
                     table->cells.where, cell->line, cell->column, value, last);
}

static ink_status read_run(struct inki_table *table, const struct inki_run *run, struct inki_cell *label)
{
    struct inki_cell cell;
    if (run->role == INKI_FEATURE) return inki_cells_numbers(&table->cells, run->count, &table->values);
    for (size_t i = 0; i < run->count; i++) {
        INK_TRY(inki_cells_next(&table->cells, &cell));
        if (run->role == INKI_ORDER) INK_TRY(check_order(table, &cell));
        if (run->role == INKI_LABEL) *label = cell;
    }
    return INK_OK;
}

ink_status inki_table_row(struct inki_table *table)
{
    bool labelled = table->columns.label < table->columns.count;
    struct inki_cell label;
    INK_TRY(inki_values_reserve(&table->values, table->columns.features));
    for (size_t i = 0; i < table->run_count; i++) {
        INK_TRY(read_run(table, &table->runs[i], &label));
        if (table->runs[i].role == INKI_LABEL) INK_TRY(inki_table_label(table, &label));
    }
    INK_TRY(inki_cells_end_row(&table->cells));
    inki_bytes_forget(table->cells.ctx, &table->source->content, table->cells.at);
    return labelled ? INK_OK : inki_table_label(table, NULL);
}

/* ------------------------------------------------------------------- giving */

static ink_status no_rows(const struct inki_table *table)
{
    return inki_fail(table->cells.ctx, INK_BAD_FILE, "%s:%zu: the file ends after its header; expected rows of values",
                     table->cells.where, table->cells.line);
}

static ink_status make_labels(struct inki_table *table, struct inki_labels *out)
{
    int32_t *numbers = table->labels;
    table->labels = NULL;
    if (table->declared) return inki_words_classes(&table->words, numbers, table->rows, out);
    return inki_words_labels(&table->words, numbers, table->rows, false, out);
}

ink_status inki_table_give_labels(struct inki_table *table, struct inki_labels *out)
{
    *out = (struct inki_labels){0};
    if (table->rows == 0) return no_rows(table);
    return table->unlabelled ? missing_label(table) : make_labels(table, out);
}

static ink_status fill(struct inki_table *table, ink_data *data)
{
    const size_t dims[] = {table->rows, table->columns.features};
    const char *where = table->cells.where;
    struct inki_labels labels;
    INK_TRY(inki_values_give(&table->values, data, dims, 2, where));
    INK_TRY(inki_columns_give(&table->columns, data));
    if (table->columns.label == table->columns.count || table->unlabelled) return INK_OK;
    INK_TRY(make_labels(table, &labels));
    return inki_data_set_labels(table->cells.ctx, data, &labels, where, where);
}

ink_status inki_table_give(struct inki_table *table, ink_data **out)
{
    ink_data *data = NULL;
    *out = NULL;
    if (table->rows == 0) return no_rows(table);
    INK_TRY(inki_data_begin(table->cells.ctx, table->cells.where, &data));
    ink_status status = fill(table, data);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}
