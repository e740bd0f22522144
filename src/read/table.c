/* table: rows of cells become values and labels.
 * SPDX-License-Identifier: MIT */
#include "read/table.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/encoding.h"
#include "read/names.h"
#include "read/unlabelled.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void inki_table_begin(struct inki_table *table, struct inki_source *source, bool for_labels)
{
    ink_ctx *ctx = source->ctx;
    *table = (struct inki_table){.source = source, .for_labels = for_labels};
    table->cells = (struct inki_cells){.ctx = ctx,
                                       .where = source->path,
                                       .bytes = source->content.data,
                                       .size = source->content.size,
                                       .line = 1 - source->lines_added, /* of which messages do not speak */
                                       .column = 1,
                                       .separator = ','};
    table->columns = (struct inki_columns){.ctx = ctx, .where = source->path, .reason = ""};
    table->values = (struct inki_values){.ctx = ctx};
    inki_goals_begin(table);
    table->merging.ctx = ctx;
    table->last_in_order = -(double)INFINITY;
}

void inki_table_take_gaps(struct inki_table *table)
{
    const struct inki_source *source = table->source;
    const char *given = ink_settings_get(source->set, "missing");
    if (!*given && source->expected && source->expected->missing) given = source->expected->missing;
    table->cells.gaps = *given ? given : NULL;
}

void inki_table_free(struct inki_table *table)
{
    inki_cells_free(&table->cells);
    inki_columns_free(&table->columns);
    inki_values_free(&table->values);
    inki_goals_free(&table->goals);
    inki_features_free(&table->features);
    inki_merging_free(&table->merging);
    inki_counts_free(&table->counts);
    inki_ids_free(table->ids);
    inki_free(table->parts);
    inki_free(table->order);
    inki_free(table->runs);
}

/* ------------------------------------------------------------------- start */

static bool continues(const struct inki_column *column, const struct inki_column *before)
{
    return column->role == before->role && column->form == before->form && !column->parts == !before->parts &&
           inki_column_has_words(column) == inki_column_has_words(before);
}

static ink_status make_runs(struct inki_table *table)
{
    const struct inki_columns *columns = &table->columns;
    size_t count = 1;
    for (size_t i = 1; i < columns->count; i++) count += !continues(&columns->list[i], &columns->list[i - 1]);
    table->runs = inki_alloc(columns->ctx, count, sizeof *table->runs);
    if (!table->runs) return INK_NO_MEMORY;
    for (size_t i = 0, place = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        while (place < table->features.count && table->features.list[place].column < i) place++;
        if (i == 0 || !continues(column, column - 1))
            table->runs[table->run_count++] = (struct inki_run){.place = place,
                                                                .role = column->role,
                                                                .form = column->form,
                                                                .words = inki_column_has_words(column),
                                                                .dates = inki_column_has_dates(column)};
        table->runs[table->run_count - 1].count++;
    }
    return INK_OK;
}

ink_status inki_table_start(struct inki_table *table, size_t rows_expected)
{
    struct inki_columns *columns = &table->columns;
    for (size_t i = 0; table->for_labels && i < columns->count; i++) {
        if (columns->list[i].role == INKI_FEATURE) inki_columns_set_role(columns, i, INKI_LEFT_OUT, INKI_USED);
    }
    if (columns->features == 0 && !table->for_labels) {
        char out[400];
        inki_columns_say(columns, false, out, sizeof out);
        return inki_fail(columns->ctx, INK_BAD_DATA,
                         "%s: no column is left for the features%s; see --label-column, --id-column and --drop",
                         columns->where, out);
    }
    size_t most = (table->cells.size - table->cells.at) / (2 * columns->count) + 1; /* a cell has two bytes or more */
    if (rows_expected > most) rows_expected = most;
    table->cells.columns = columns->count;
    table->cells.labelled = columns->label < columns->count;
    table->cells.dropped = ink_settings_get(table->source->set, "drop");
    INK_TRY(inki_features_begin(table));
    INK_TRY(inki_counts_begin(&table->counts, columns));
    INK_TRY(make_runs(table));
    size_t wide = table->list_length ? table->list_length : table->features.count;
    table->cells.merging = table->list_length || wide == 0 ? NULL : &table->merging;
    table->cells.width = wide;
    return inki_values_reserve(&table->values, wide * (rows_expected + rows_expected / 16));
}

void inki_table_end_row(struct inki_table *table) { table->rows++; }

/* -------------------------------------------------------------------- rows */

/* Labels in a file of their own belong to rows by their order, unless both have ids: where that is not the order of their
 * numbers, it is most likely not the order of the samples either. */
static void check_order(struct inki_table *table, const struct inki_cell *cell)
{
    double value, last = table->last_in_order;
    table->last_in_order = inki_cell_number(cell, &value) ? value : (double)NAN;
    if (!(value <= last) || isnan(table->last_in_order) || *table->disorder) return;
    snprintf(table->disorder, sizeof table->disorder, "%zu:%zu: number %g follows %g", cell->line, cell->column, value,
             last);
}

ink_status inki_table_id(struct inki_table *table, struct inki_cell *cell)
{
    const char *name = inki_columns_name(&table->columns, table->columns.id);
    INK_TRY(inki_cells_to_utf8(&table->cells, cell));
    return inki_ids_add(table->cells.ctx, &table->ids, name, cell->text, cell->length);
}

static ink_status keep_part(struct inki_table *table, const struct inki_cell *cell)
{
    char shown[INKI_SHOWN_ROOM];
    enum inki_part part = inki_part_named(cell->text, cell->length);
    if (part == INKI_PARTS)
        return inki_fail(table->cells.ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: '%s' names no part; expected words such as train, validation and test, or leave "
                         "the column out (--drop %zu)",
                         table->cells.where, cell->line, cell->column, inki_cell_shown(cell, shown), cell->column);
    if (table->rows == table->part_room) {
        size_t room = 2 * table->part_room + 256;
        uint8_t *parts = inki_grow(table->cells.ctx, table->parts, table->rows, room, 1);
        if (!parts) return INK_NO_MEMORY;
        table->parts = parts;
        table->part_room = room;
    }
    table->parts[table->rows] = (uint8_t)part;
    return INK_OK;
}

/* All features in one cell. */
static ink_status read_list(struct inki_table *table, const struct inki_cell *cell)
{
    const char *text = cell->text;
    size_t length = cell->length, count = 0, used;
    double value;
    INK_TRY(inki_values_reserve(&table->values, table->list_length));
    while (length > 0) {
        while (length > 0 && *text == ' ') text++, length--;
        if (length == 0) break;
        used = inki_parse_number(text, length, &value);
        if (used == 0 || (used < length && text[used] != ' ') || !inki_is_value(value) || count++ == table->list_length)
            break;
        INK_TRY(inki_values_put(&table->values, value));
        text += used, length -= used;
    }
    if (length == 0 && count == table->list_length) return INK_OK;
    return inki_fail(table->cells.ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: expected %zu numbers with blanks between them, as in the rows before",
                     table->cells.where, cell->line, cell->column, table->list_length);
}

static ink_status read_one_hot(struct inki_table *table, const struct inki_cell *cell)
{
    double value = -1;
    bool number = inki_cell_number(cell, &value) || inki_flag_value(cell->text, cell->length, &value);
    if (number && value == 1 && table->one_hot < 0)
        table->one_hot = (int32_t)table->one_hot_seen;
    else if (!number || value != 0)
        return inki_fail(table->cells.ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: one-hot labels have a single 1 in each row and 0 elsewhere", table->cells.where,
                         cell->line, cell->column);
    table->one_hot_seen++;
    return INK_OK;
}

static ink_status count_cell(struct inki_table *table, size_t column, const struct inki_cell *cell)
{
    return inki_count_cell(&table->counts.of[column], &table->columns.list[column], &table->cells, cell);
}

static ink_status read_cell(struct inki_table *table, size_t column, enum inki_role role, struct inki_cell *cell)
{
    switch (role) {
    case INKI_ORDER:
        check_order(table, cell);
        return column == table->columns.id ? inki_table_id(table, cell) : INK_OK;
    case INKI_ID:
        return inki_table_id(table, cell);
    case INKI_LABEL:
        return inki_table_label(table, cell);
    case INKI_TARGET:
        return inki_table_target(table, column, cell);
    case INKI_ONE_HOT:
        return read_one_hot(table, cell);
    case INKI_LIST:
        return read_list(table, cell);
    case INKI_PART:
        return keep_part(table, cell);
    case INKI_FEATURE:
    case INKI_LEFT_OUT:
        break;
    }
    return INK_OK;
}

/* Features that are no numbers. */
static ink_status read_others(struct inki_table *table, const struct inki_run *run, size_t column)
{
    struct inki_cell cell;
    for (size_t i = 0; i < run->count; i++) {
        INK_TRY(inki_cells_next(&table->cells, &cell));
        INK_TRY(count_cell(table, column + i, &cell));
        INK_TRY(run->dates ? inki_features_date(table, column + i, &cell)
                           : inki_features_word(table, run->place + i, &cell));
    }
    return INK_OK;
}

static ink_status read_run(struct inki_table *table, const struct inki_run *run, size_t column)
{
    struct inki_cell cell;
    if (run->role == INKI_FEATURE && (run->words || run->dates)) return read_others(table, run, column);
    if (run->role == INKI_FEATURE)
        return run->form ? inki_cells_numerals(&table->cells, run->count, run->form, &table->values)
                         : inki_cells_numbers(&table->cells, run->count, &table->values);
    for (size_t i = 0; i < run->count; i++) {
        INK_TRY(inki_cells_next(&table->cells, &cell));
        INK_TRY(count_cell(table, column + i, &cell));
        INK_TRY(read_cell(table, column + i, run->role, &cell));
    }
    return INK_OK;
}

/* The label that one-hot columns give. */
static ink_status end_one_hot(struct inki_table *table)
{
    if (table->one_hot < 0)
        return inki_fail(table->cells.ctx, INK_BAD_DATA,
                         "%s:%zu: none of the one-hot label columns is 1; each row has exactly one", table->cells.where,
                         table->cells.line - 1);
    return inki_table_class(table, table->one_hot);
}

ink_status inki_table_row(struct inki_table *table)
{
    size_t column = 0;
    table->one_hot = -1;
    table->one_hot_seen = 0;
    INK_TRY(inki_values_reserve(&table->values, table->features.count));
    for (size_t i = 0; i < table->run_count; i++) {
        INK_TRY(read_run(table, &table->runs[i], column));
        column += table->runs[i].count;
    }
    INK_TRY(inki_cells_end_row(&table->cells));
    if (!table->cells.feed) inki_bytes_forget(table->cells.ctx, &table->source->content, table->cells.at);
    if (table->one_hot_seen > 0) INK_TRY(end_one_hot(table));
    inki_table_end_row(table);
    return INK_OK;
}

/* ------------------------------------------------------------------- merging */

static void warn_of_merging(const struct inki_table *table, size_t place, size_t column)
{
    enum { ENOUGH = 20 };
    const struct inki_columns *columns = &table->columns;
    char handle[INKI_SHOWN_ROOM];
    size_t floats, numbers;
    double low;
    inki_merging_count(&table->merging, place, &floats, &numbers, &low);
    if (numbers < ENOUGH || 10 * floats >= 9 * numbers) return;
    inki_warn(columns->ctx,
              "%s: column %s: of its different values many become equal as 32-bit floats (of some %zu of them, %zu); "
              "subtract %.15g from it, or scale it",
              columns->where, inki_columns_handle(columns, column, handle), numbers, floats, low);
}

static void warn_of_all_merging(const struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    const struct inki_columns *columns = &table->columns;
    if (!table->merging.slots) return;
    for (size_t j = 0; j < features->count; j++) {
        const struct inki_column *column = &columns->list[features->list[j].column];
        if (!column->merges && !column->parts && !inki_column_has_words(column))
            warn_of_merging(table, j, features->list[j].column);
    }
    for (size_t i = 0, k = 0; columns->numbers && i < columns->count; i++)
        if (columns->list[i].role == INKI_LABEL || columns->list[i].role == INKI_TARGET)
            warn_of_merging(table, features->count + k++, i);
}

/* ------------------------------------------------------------------- nines */

/* A number of nines that comes again, and is as far from all others as these are from each other. values: of a target, else NULL. */
static void warn_of_nines(const struct inki_table *table, size_t i, size_t place, const float *values, size_t apart)
{
    enum { AGAIN = 3, OTHERS = 20 };
    const struct inki_columns *columns = &table->columns;
    const float nines = columns->list[i].nines;
    float low = INFINITY, high = -INFINITY;
    size_t count = 0, others = 0;
    char handle[INKI_SHOWN_ROOM];
    for (size_t row = 0; row < table->rows; row++) {
        const float value = values ? values[row * apart] : inki_table_value(table, row, place);
        if (isnan(value)) continue;
        count += value == nines, others += value != nines;
        if (value != nines) low = fminf(low, value), high = fmaxf(high, value);
    }
    const float away = nines < 0 ? low - nines : nines - high;
    if (count < AGAIN || others < OTHERS || !(away > 0) || away < high - low) return;
    inki_warn(columns->ctx,
              "%s: column %s: %g in %zu of %zu rows, far from all others (%g to %g): if it stands for what is missing, "
              "say so: --missing %g",
              columns->where, inki_columns_handle(columns, i, handle), (double)nines, count, count + others,
              (double)low, (double)high, (double)nines);
}

static void warn_of_all_nines(const struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    const struct inki_columns *columns = &table->columns;
    for (size_t j = 0; j < features->count && !table->list_length; j++) {
        const struct inki_column *column = &columns->list[features->list[j].column];
        if (column->nines != 0 && !column->parts && !inki_column_has_words(column))
            warn_of_nines(table, features->list[j].column, j, NULL, 0);
    }
    for (size_t i = 0, k = 0; columns->numbers && table->goals.reals && i < columns->count; i++) {
        if (columns->list[i].role != INKI_LABEL && columns->list[i].role != INKI_TARGET) continue;
        const size_t apart = table->goals.columns ? table->goals.columns : 1;
        if (columns->list[i].nines != 0) warn_of_nines(table, i, 0, table->goals.reals + k, apart);
        k++;
    }
}

/* ------------------------------------------------------------------- ending */

ink_status inki_table_end(struct inki_table *table)
{
    table->rows_read = table->rows;
    INK_TRY(inki_features_see_all(table));
    INK_TRY(inki_goals_decide(table));
    warn_of_all_merging(table);
    if (!table->source->expected) warn_of_all_nines(table);
    return inki_features_finish(table);
}

/* ------------------------------------------------------------------- giving */

static ink_status no_rows(const struct inki_table *table)
{
    return inki_fail(table->cells.ctx, INK_BAD_FILE, "%s:%zu: the file ends after its header; expected rows of values",
                     table->cells.where, table->cells.line);
}

ink_status inki_table_give_labels(struct inki_table *table, struct inki_labels *out)
{
    *out = (struct inki_labels){0};
    if (table->rows == 0) return no_rows(table);
    INK_TRY(inki_goals_give(table, out));
    inki_unlabelled_mark(table, out);
    out->ids = table->ids;
    table->ids = NULL;
    memcpy(out->disorder, table->disorder, sizeof out->disorder);
    return INK_OK;
}

static void make_square(ink_data *data)
{
    size_t side = (size_t)sqrt((double)data->features);
    if (side * side == data->features) data->height = data->width = side;
}

static ink_status fill(struct inki_table *table, ink_data *data)
{
    const size_t dims[] = {table->rows, table->list_length ? table->list_length : table->features.count};
    const char *where = table->cells.where;
    struct inki_labels labels;
    INK_TRY(inki_values_give(&table->values, data, dims, 2, where));
    if (table->list_length) make_square(data);
    INK_TRY(inki_features_give(table, data));
    data->ids = table->ids;
    table->ids = NULL;
    if (table->columns.label == table->columns.count || table->goals.unlabelled) return INK_OK;
    INK_TRY(inki_goals_give(table, &labels));
    return inki_data_set_labels(table->cells.ctx, data, &labels, where, where);
}

/* Rows of a part that the file names become a base of their own. */
static ink_status take_rows(struct inki_table *table, const ink_data *all, bool test, ink_data **out)
{
    ink_ctx *ctx = table->cells.ctx;
    size_t count = 0;
    uint32_t *rows = inki_alloc(ctx, all->rows, sizeof *rows);
    ink_data *view = NULL;
    *out = NULL;
    if (!rows) return INK_NO_MEMORY;
    for (size_t i = 0; i < all->rows; i++)
        if ((table->parts[i] == INKI_TEST) == test) rows[count++] = (uint32_t)i;
    ink_status status = count ? inki_data_view(ctx, all, rows, count, &view) : INK_OK;
    if (status == INK_OK && count) status = inki_data_copy(ctx, view, out);
    ink_data_free(view);
    inki_free(rows);
    return status;
}

static ink_status split_parts(struct inki_table *table, ink_data **data)
{
    size_t valid = 0;
    ink_data *train, *test = NULL;
    for (size_t i = 0; i < (*data)->rows; i++) valid += table->parts[i] == INKI_VALID;
    if (valid)
        inki_note(table->cells.ctx, "%s: the %zu validation rows are joined to the training rows", table->cells.where,
                  valid);
    INK_TRY(take_rows(table, *data, false, &train));
    if (!train) return INK_OK; /* a file of test rows alone */
    ink_status status = take_rows(table, *data, true, &test);
    if (status != INK_OK || !test) {
        ink_data_free(train);
        return status;
    }
    train->test = test;
    ink_data_free(*data);
    *data = train;
    return INK_OK;
}

ink_status inki_table_give(struct inki_table *table, ink_data **out)
{
    ink_data *data = NULL;
    *out = NULL;
    if (table->rows == 0) return no_rows(table);
    INK_TRY(inki_data_begin(table->cells.ctx, table->cells.where, &data));
    ink_status status = fill(table, data);
    if (status == INK_OK && table->parts) status = split_parts(table, &data);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}
