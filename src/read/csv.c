/* csv: tables of text, read as a pipeline: where the table begins (top.c), cells (cells.c), names (header.c), what the columns
 * hold (look.c), what is done with them (scorer.c, columns.c, this file), rows (table.c).
 * SPDX-License-Identifier: MIT */
#include "read/table.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "read/dates.h"
#include "read/decide.h"
#include "read/expect.h"
#include "read/header.h"
#include "read/numerals.h"
#include "read/relations.h"
#include "read/roles.h"
#include "read/scorer.h"
#include "read/top.h"
#include "read/unlabelled.h"
#include "read/whole.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct csv {
    struct inki_table table;
    struct inki_top top;
    struct inki_look look;
    struct inki_whole whole;  /* columns that were looked at in all rows */
    size_t first, first_line; /* where the rows begin */
    size_t expected;          /* rows, as many as the file's size and the first rows let hope for */
    bool units, lost;
    const char *decimal;
};

/* --------------------------------------------------------------------- columns */

/* The row at which the cells stand has too few or too many columns, or a quote that is broken. */
static ink_status refuse_ragged(struct inki_cells *cells, size_t columns)
{
    struct inki_cell cell;
    cells->columns = columns;
    inki_cells_row(cells);
    for (size_t i = 0; i < columns; i++) INK_TRY(inki_cells_next(cells, &cell));
    return inki_cells_end_row(cells);
}

/* Rows with one cell more than there are names begin with R's names of rows, which are all different; numbers that come again are
 * more likely cut in two by a decimal comma. */
static ink_status check_row_names(const struct csv *csv)
{
    const struct inki_columns *columns = &csv->table.columns;
    const struct inki_traits *traits = &csv->look.traits[0];
    if (traits->numbers == 0 || traits->distinct == traits->cells) return INK_OK;
    return inki_fail(
        columns->ctx, INK_BAD_DATA,
        "%s:%zu: the rows have %zu columns, the row of names has %zu, and the first column does not name the "
        "rows, since its values come again; are there decimal commas? Use another separator then, or quotes",
        columns->where, csv->table.cells.line, columns->count, columns->count - 1);
}

/* --------------------------------------------------------------------- all rows */

/* To the first row of values, from wherever the cells stand. */
static ink_status go_to_rows(struct csv *csv)
{
    struct inki_source *source = csv->table.source;
    struct inki_cells *cells = &csv->table.cells;
    size_t line;
    if (cells->feed) {
        INK_TRY(source->feed->rewind(source->feed));
        INK_TRY(source->feed->next(source->feed, &cells->bytes, &cells->size, &line));
        source->content = (struct inki_bytes){.data = (uint8_t *)(uintptr_t)cells->bytes, .size = cells->size};
    }
    source->content.done = 0; /* of a mapping all can be had again */
    cells->feed = NULL;
    cells->at = csv->first;
    cells->line = csv->first_line;
    return INK_OK;
}

/* Columns of which the first rows do not say what they are: texts of a row's own may come again, a day above 12 may come, - may be a gap,
 * and so may what follows on integers that count the rows in another order. */
static bool is_open(const struct csv *csv, size_t i)
{
    const struct inki_traits *traits = &csv->look.traits[i];
    const enum inki_kind kind = inki_kind_of(traits);
    if (traits->weak > 0 || (inki_counts_in_disorder(traits) && !traits->rises)) return true;
    return kind == INKI_TEXTS || (kind == INKI_DATES && inki_forms_of_dates(traits) == (INKI_DATE_DMY | INKI_DATE_MDY));
}

/* Looks at these in all rows. Nothing is known of ragged ones, which end it. */
static ink_status look_on(struct csv *csv)
{
    struct inki_cells *cells = &csv->table.cells;
    if (csv->whole.of) return INK_OK;
    for (size_t i = 0; i < csv->look.columns; i++)
        if (is_open(csv, i)) INK_TRY(inki_whole_mark(&csv->whole, csv->look.columns, i, INKI_TEXTS_TOO));
    if (!csv->whole.of) return INK_OK;
    cells->feed = csv->table.source->feed;
    INK_TRY(inki_whole_look(&csv->whole, &csv->table.columns, cells));
    return go_to_rows(csv);
}

/* Columns of numbers or dates that were neither given nor known to be such; the only one may be cells that nothing separates. */
static bool may_be_other(const struct inki_columns *columns, const struct inki_column *column)
{
    return columns->count > 1 && column->role == INKI_FEATURE && !column->given && !column->wanted &&
           (column->kind == INKI_NUMBERS || column->kind == INKI_EMPTY || column->parts);
}

/* Columns that count the first rows, or may count all in another order. */
static bool may_count(const struct inki_column *column) { return column->rises || column->apart; }

static bool is_other(const struct csv *csv, size_t i)
{
    const struct inki_column *column = &csv->table.columns.list[i];
    const struct inki_traits *traits = &csv->whole.traits[i];
    if (column->rises) return traits->missing || !(column->even ? traits->even : traits->rises);
    if (column->apart && inki_counts_in_disorder(traits)) return true;
    const enum inki_kind kind = csv->table.columns.list[i].parts ? INKI_DATES : INKI_NUMBERS;
    return inki_kind_of(traits) != kind;
}

static void note_other(const struct csv *csv, size_t i)
{
    const struct inki_columns *columns = &csv->table.columns;
    const struct inki_traits *traits = &csv->whole.traits[i];
    const bool dates = columns->list[i].parts;
    char handle[INKI_SHOWN_ROOM];
    if (may_count(&columns->list[i])) {
        inki_note(columns->ctx, "%s: column %s counts the %s", columns->where, inki_columns_handle(columns, i, handle),
                  columns->list[i].rises ? "first rows, but not all of them: it is no id" : "rows, in another order");
        return;
    }
    inki_note(columns->ctx, "%s: column %s: %u of its %u values are no %s, so that it is not read as such",
              columns->where, inki_columns_handle(columns, i, handle),
              (unsigned)(traits->cells - (dates ? traits->dates : traits->numbers + traits->in_unit)),
              (unsigned)traits->cells, dates ? "dates" : "numbers");
}

/* Some row holds what its column was taken not to: whether, by all rows, some columns are of another kind. */
static ink_status look_again(struct csv *csv, bool *changed)
{
    struct inki_table *table = &csv->table;
    struct inki_source *source = table->source;
    const struct inki_columns *columns = &table->columns;
    const bool forgotten = !source->feed && !source->content.mapped && source->content.done > 0;
    *changed = false;
    if (forgotten && !source->again) return INK_OK;
    if (forgotten) {
        INK_TRY(source->again(source));
        table->cells.bytes = source->content.data;
    }
    for (size_t i = 0; i < columns->count; i++)
        if (may_count(&columns->list[i]))
            INK_TRY(inki_whole_mark(&csv->whole, columns->count, i, INKI_TEXTS_TOO));
        else if (may_be_other(columns, &columns->list[i]))
            INK_TRY(inki_whole_mark(&csv->whole, columns->count, i, INKI_KINDS));
    if (!csv->whole.of) return INK_OK;
    INK_TRY(go_to_rows(csv));
    table->cells.feed = source->feed;
    INK_TRY(inki_whole_look(&csv->whole, columns, &table->cells));
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        if ((!may_count(column) && !may_be_other(columns, column)) || !is_other(csv, i)) continue;
        note_other(csv, i);
        *changed = true;
    }
    return go_to_rows(csv);
}

/* --------------------------------------------------------------------- names */

/* Makes the columns, looks at the rows, and leaves the cells at the first row of values. */
static ink_status read_header(struct csv *csv)
{
    struct inki_cells *cells = &csv->table.cells;
    struct inki_columns *columns = &csv->table.columns;
    const size_t at = cells->at, line = cells->line;
    cells->gaps = NULL;                                                     /* no name is one */
    const int given = inki_get_choice(csv->table.source->set, INKI_HEADER); /* auto, yes, no */
    if (!inki_cells_row(cells))
        return inki_fail(cells->ctx, INK_BAD_FILE, "%s: the file is empty; download or save it again", cells->where);
    INK_TRY(inki_header_read(cells, &csv->top, columns));
    inki_table_take_gaps(&csv->table);
    if (given != 2) INK_TRY(inki_header_pass_units(cells, columns, &csv->units));
    size_t next = cells->at, next_line = cells->line, blank_rows = cells->blank_rows;
    INK_TRY(inki_look_begin(&csv->look, cells, columns->count));
    if (csv->look.ragged) return refuse_ragged(cells, columns->count);
    columns->named = given == 1 || (given == 0 && csv->top.fit != INKI_FITS);
    bool named = false;
    if (given != 2 && csv->top.fit == INKI_FITS) INK_TRY(inki_header_is(columns, &csv->look, &named, &csv->lost));
    columns->named = columns->named || named;
    if (!columns->named) { /* once more, with the first row */
        inki_look_free(&csv->look);
        csv->units = false;
        cells->at = next = at;
        cells->line = next_line = line;
        INK_TRY(inki_look_begin(&csv->look, cells, columns->count));
        if (csv->look.ragged) return refuse_ragged(cells, columns->count);
    }
    INK_TRY(inki_look_count(&csv->look));
    if (csv->top.fit == INKI_ROW_NAMES) INK_TRY(check_row_names(csv));
    const size_t looked = cells->at - next, rows = csv->look.rows;
    const bool all = cells->at == cells->size && !csv->table.source->feed;
    csv->first = next;
    csv->first_line = next_line;
    INK_TRY(go_to_rows(csv));
    cells->blank_rows = blank_rows;
    const struct inki_feed *feed = csv->table.source->feed;
    csv->expected = rows ? ((feed ? feed->total : cells->size) - cells->at) / (looked / rows + 1) : 1;
    if (!all) INK_TRY(look_on(csv));
    cells->blank_rows = blank_rows;
    inki_whole_apply(&csv->whole, &csv->look);
    return INK_OK;
}

/* The form of numbers that a column is read in, by its cells and by what the table's decimal sign is. */
static unsigned form_of(const struct inki_traits *traits, bool comma)
{
    static const unsigned with_point[] = {
        INKI_PLAIN,         INKI_COMMA_GROUPS,     INKI_APOSTROPHE_GROUPS, INKI_SPACE_GROUPS,
        INKI_DECIMAL_COMMA, INKI_COMMA_DOT_GROUPS, INKI_COMMA_SPACE_GROUPS};
    static const unsigned with_comma[] = {INKI_DECIMAL_COMMA, INKI_COMMA_DOT_GROUPS, INKI_COMMA_SPACE_GROUPS,
                                          INKI_PLAIN,         INKI_COMMA_GROUPS,     INKI_APOSTROPHE_GROUPS,
                                          INKI_SPACE_GROUPS};
    const unsigned *order = comma ? with_comma : with_point;
    for (size_t i = 0; i < sizeof with_point / sizeof *with_point; i++)
        if (traits->forms & order[i]) return order[i] == INKI_PLAIN || !(traits->marks & order[i]) ? 0 : order[i];
    return 0;
}

/* Whether the table's numbers have decimal commas: given, or some column can be read in no other way; and where the comma is no
 * separator, columns that could be either are taken for such. */
static bool has_decimal_commas(const struct csv *csv)
{
    const unsigned commas = INKI_DECIMAL_COMMA | INKI_COMMA_DOT_GROUPS | INKI_COMMA_SPACE_GROUPS,
                   points = INKI_PLAIN | INKI_COMMA_GROUPS | INKI_APOSTROPHE_GROUPS | INKI_SPACE_GROUPS;
    const int given = inki_get_choice(csv->table.source->set, INKI_DECIMAL);
    bool either = false, point = false;
    if (given > 0) return given == 2;
    for (size_t i = 0; i < csv->table.columns.count; i++) {
        const struct inki_traits *traits = &csv->look.traits[i];
        if (traits->cells == 0 || !traits->forms || !traits->marks) {
            point = point || (traits->forms && traits->integers < traits->numbers);
            continue;
        }
        if ((traits->forms & commas) && !(traits->forms & points)) return true;
        either = either || ((traits->forms & commas & traits->marks) && (traits->forms & INKI_COMMA_GROUPS));
        point = point || !(traits->forms & commas);
    }
    return either && !point && csv->table.cells.separator != ',';
}

static void choose_forms(struct csv *csv)
{
    struct inki_columns *columns = &csv->table.columns;
    const int given = inki_get_choice(csv->table.source->set, INKI_DECIMAL);
    bool comma = has_decimal_commas(csv);
    size_t in_doubt = columns->count;
    char handle[INKI_SHOWN_ROOM];
    csv->decimal = comma ? "comma" : "point";
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_traits *traits = &csv->look.traits[i];
        if (columns->list[i].parts) continue; /* of dates */
        unsigned form = form_of(traits, comma);
        if (columns->count == 1 && !given) form = 0; /* the comma is more likely a separator */
        if (traits->unit) form = (form ? form : INKI_PLAIN) | (unsigned)traits->unit << INKI_FORM_BITS;
        columns->list[i].form = (uint16_t)form;
        unsigned marked = traits->forms & traits->marks;
        if (columns->list[i].form == INKI_DECIMAL_COMMA && (marked & INKI_COMMA_GROUPS)) in_doubt = i;
    }
    if (in_doubt < columns->count && !given)
        inki_warn(
            columns->ctx,
            "%s: the commas in column %s are taken for decimal signs; if they separate thousands: --decimal point",
            columns->where, inki_columns_handle(columns, in_doubt, handle));
}

static ink_status refuse_measures(const struct csv *csv, size_t i)
{
    const struct inki_columns *columns = &csv->table.columns;
    const char *drop = inki_get_text(csv->table.source->set, INKI_DROP);
    char handle[INKI_SHOWN_ROOM];
    inki_columns_handle(columns, i, handle);
    return inki_fail(
        columns->ctx, INK_BAD_DATA,
        "%s: column %s holds numbers with other characters beside them (a currency, %%, a unit, thousands "
        "separators): write plain numbers such as 1234.5, read it as words (--columns %s=category), or leave it out "
        "(--drop %s%s%s)",
        columns->where, handle, handle, drop, *drop ? "," : "", handle);
}

/* A table of one column of texts has most likely another separator. */
static ink_status check_only_column(const struct csv *csv)
{
    const struct inki_columns *columns = &csv->table.columns;
    if (columns->features || columns->label == 0 || columns->list[0].why == INKI_HAS_DATES) return INK_OK;
    return inki_fail(columns->ctx, INK_BAD_DATA,
                     "%s: the rows have one column, which holds texts: expected cells that commas, semicolons, tabs, "
                     "spaces, bars or colons separate (--separator)",
                     columns->where);
}

/* What cannot be features, but looks as if it should. */
static ink_status check_features(struct csv *csv)
{
    struct inki_columns *columns = &csv->table.columns;
    if (csv->table.for_labels) return INK_OK;
    for (size_t i = 0; i < columns->count; i++) {
        struct inki_column *column = &columns->list[i];
        if (column->role != INKI_FEATURE) continue;
        if (column->kind == INKI_MEASURES) return refuse_measures(csv, i);
        if (column->kind == INKI_LISTS) inki_columns_set_role(columns, i, INKI_LEFT_OUT, INKI_HAS_TEXTS);
        if (columns->count == 1 && !column->given) column->kind = INKI_NUMBERS; /* cells that nothing separates */
    }
    return columns->count == 1 ? check_only_column(csv) : INK_OK;
}

/* Columns of dates that are left out because some cell cannot be read as the others are. */
static void warn_of_dates(const struct csv *csv)
{
    const struct inki_columns *columns = &csv->table.columns;
    char handle[INKI_SHOWN_ROOM];
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_traits *traits = &csv->look.traits[i];
        if (columns->list[i].why != INKI_HAS_DATES || !traits->undated || traits->numbers) continue;
        inki_columns_handle(columns, i, handle);
        inki_warn(
            columns->ctx,
            "%s:%zu:%zu: from this cell on the dates or times of the column have no form that all can be read in: "
            "it is left out; write all in one form, or read them as words (--columns %s=category)",
            columns->where, traits->undated, i + 1, handle);
    }
}

/* Columns of numbers among which so many words are that all are read as words. */
static void warn_of_words(const struct csv *csv)
{
    enum { FEW = 10, MANY = 20 };
    const struct inki_columns *columns = &csv->table.columns;
    char handle[INKI_SHOWN_ROOM];
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        const struct inki_traits *traits = &csv->look.traits[i];
        const bool feature = column->role == INKI_FEATURE && inki_column_has_words(column) && !column->given;
        if (!(feature || column->why == INKI_HAS_TEXTS) || column->wanted || traits->spaced || traits->cells < MANY ||
            2 * traits->numbers < traits->cells || traits->distinct <= FEW)
            continue;
        inki_warn(
            columns->ctx,
            "%s: column %s: %u of %u values are no numbers, so that it is not read as such; if they stand for what "
            "is missing: --missing TEXT,TEXT",
            columns->where, inki_columns_handle(columns, i, handle), (unsigned)(traits->cells - traits->numbers),
            (unsigned)traits->cells);
    }
}

/* Numbers that are read without what all of them have beside them. */
static void note_units(const struct csv *csv)
{
    const struct inki_columns *columns = &csv->table.columns;
    char handle[INKI_SHOWN_ROOM];
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        const unsigned unit = column->parts ? 0 : (unsigned)column->form >> INKI_FORM_BITS;
        if (unit && column->role == INKI_FEATURE && column->kind == INKI_NUMBERS)
            inki_note(columns->ctx, "%s: column %s: numbers in '%s', read without it", columns->where,
                      inki_columns_handle(columns, i, handle), inki_unit_text(unit));
    }
}

/* Features whose names only count, x2, x0, x1, belong in the order of their numbers: the names are not kept. */
static ink_status order_counted(struct csv *csv)
{
    struct inki_table *table = &csv->table;
    bool dates = false;
    for (size_t i = 0; i < table->columns.count; i++) dates = dates || table->columns.list[i].parts;
    if (table->order || table->for_labels || dates) return INK_OK;
    INK_TRY(inki_columns_order_counted(&table->columns, &table->order));
    if (table->order) table->columns.counted = true;
    return INK_OK;
}

/* Integers beyond 2^24 and long decimals may become equal as 32-bit floats. */
static void warn_of_merging(const struct csv *csv)
{
    const struct inki_columns *columns = &csv->table.columns;
    char handle[INKI_SHOWN_ROOM];
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_traits *traits = &csv->look.traits[i];
        if (columns->list[i].role != INKI_FEATURE || 10 * traits->as_floats >= 9 * traits->as_doubles) continue;
        columns->list[i].merges = true;
        inki_warn(columns->ctx,
                  "%s: column %s: %u different values become %u as 32-bit floats; subtract %.15g from it, or scale it",
                  columns->where, inki_columns_handle(columns, i, handle), (unsigned)traits->as_doubles,
                  (unsigned)traits->as_floats, traits->low);
    }
}

static ink_status name_one_hot(struct inki_table *table)
{
    const struct inki_columns *columns = &table->columns;
    char number[24];
    size_t count = 0;
    int32_t word;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_ONE_HOT) continue;
        const char *name = inki_columns_name(columns, i);
        snprintf(number, sizeof number, "%zu", i + 1);
        if (!*name) name = number;
        INK_TRY(inki_words_put(&table->goals.words, name, strlen(name), &word));
        if (table->goals.words.count != ++count) /* a class is found by its place among the columns */
            return inki_fail(columns->ctx, INK_BAD_DATA, "%s: two one-hot label columns are named '%.60s'; rename one",
                             columns->where, name);
    }
    table->goals.declared = count;
    return INK_OK;
}

static ink_status choose_columns(struct csv *csv)
{
    struct inki_table *table = &csv->table;
    struct inki_columns *columns = &table->columns;
    const ink_settings *set = table->source->set;
    INK_TRY(inki_columns_choose(columns, set, table->for_labels));
    if (!table->for_labels) INK_TRY(inki_columns_give_kinds(columns, set));
    inki_columns_judge(columns, &csv->look);
    choose_forms(csv);
    if (table->source->expected) INK_TRY(inki_expect_columns(columns, table->source->expected, &table->order));
    if (table->source->expected) inki_expect_id(columns, table->source->expected);
    inki_columns_leave_out_keys(columns, &csv->look, inki_columns_may_drop(set));
    inki_roles_find_part(table, &csv->look);
    inki_columns_find_twins(columns, &csv->look);
    INK_TRY(inki_roles_find_label(table, &csv->look));
    if (table->order)
        inki_expect_no_more(columns);
    else if (table->source->expected)
        inki_expect_count(columns, &csv->look, table->source->expected);
    inki_roles_find_list(table, &csv->look);
    inki_goals_choose(table, &csv->look);
    INK_TRY(check_features(csv));
    INK_TRY(order_counted(csv));
    inki_roles_keep_ids(table);
    warn_of_dates(csv);
    note_units(csv);
    warn_of_words(csv);
    warn_of_merging(csv);
    inki_columns_find_copies(columns);
    return name_one_hot(table);
}

/* --------------------------------------------------------------------- reading */

/* ", label column "y"; csv, header, comma, decimal comma, 2 lines above passed over" */
static void note_form(const struct csv *csv)
{
    const struct inki_table *table = &csv->table;
    char *out = table->source->decided;
    const size_t room = sizeof table->source->decided;
    inki_columns_say(&table->columns, table->goals.unlabelled > 0, out, room);
    size_t used = strlen(out);
    const char *name = inki_separator_name(table->cells.separator),
               *header = table->columns.named ? "header" : "no header";
    char lines[80] = "", rows[80] = "";
    if (csv->top.lines)
        snprintf(lines, sizeof lines, ", %zu line%s above passed over", csv->top.lines, csv->top.lines == 1 ? "" : "s");
    if (table->cells.blank_rows)
        snprintf(rows, sizeof rows, ", %zu row%s without a value passed over", table->cells.blank_rows,
                 table->cells.blank_rows == 1 ? "" : "s");
    snprintf(out + used, room - used, "; csv, %s, %s%s%s%s%s%s", header, name,
             strcmp(csv->decimal, "comma") == 0 ? ", decimal comma" : "",
             csv->units ? ", a row of units passed over" : "", lines, rows,
             table->cells.recoded ? ", not UTF-8: read as Windows-1252" : "");
}

static ink_status read_once(struct csv *csv)
{
    struct inki_table *table = &csv->table;
    const char given = inki_separators[inki_get_choice(table->source->set, INKI_SEPARATOR)];
    INK_TRY(inki_top_find(&table->cells, given, &csv->top));
    INK_TRY(read_header(csv));
    if (csv->lost)
        inki_warn(table->cells.ctx,
                  "%s: its header is a row of values that another program took for names (0.1 is 0 again): that row is "
                  "lost; save the file again with header=None",
                  table->cells.where);
    table->columns.counted = csv->lost; /* what were values names nothing */
    INK_TRY(choose_columns(csv));
    inki_look_free(&csv->look);
    INK_TRY(inki_table_start(table, csv->expected));
    table->cells.feed = table->source->feed;
    while (inki_cells_row(&table->cells)) INK_TRY(inki_table_row(table));
    INK_TRY(table->cells.failed);
    if (table->cells.foreign)
        inki_warn(table->cells.ctx,
                  "%s: holds bytes that are neither UTF-8 nor Windows-1252: names may be spoiled; save it as UTF-8",
                  table->cells.where);
    INK_TRY(inki_table_end(table));
    note_form(csv);
    return INK_OK;
}

static void csv_end(struct csv *csv)
{
    inki_look_free(&csv->look);
    inki_table_free(&csv->table);
    inki_whole_free(&csv->whole);
}

static void csv_begin(struct csv *csv, struct inki_source *source, bool for_labels)
{
    *csv = (struct csv){.look.ctx = source->ctx, .whole.ctx = source->ctx, .decimal = "point"};
    inki_table_begin(&csv->table, source, for_labels);
}

/* From the start, with what is known of all rows. */
static void begin_again(struct csv *csv)
{
    struct inki_source *source = csv->table.source;
    struct inki_whole whole = csv->whole;
    const bool for_labels = csv->table.for_labels;
    csv->whole = (struct inki_whole){.ctx = source->ctx};
    csv_end(csv);
    csv_begin(csv, source, for_labels);
    csv->whole = whole;
}

static ink_status read_table(struct csv *csv)
{
    ink_ctx *ctx = csv->table.source->ctx;
    enum { MOST = 3 }; /* what all rows say of some columns may change what others are */
    char message[1024];
    bool changed;
    for (int time = 1;; time++) {
        ink_status status = read_once(csv);
        if (status != INK_BAD_DATA || !csv->table.cells.broken || time == MOST) return status;
        snprintf(message, sizeof message, "%s", ink_ctx_message(ctx));
        INK_TRY(look_again(csv, &changed));
        if (!changed) return inki_fail(ctx, status, "%s", message);
        begin_again(csv);
    }
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct csv csv;
    *out = NULL;
    csv_begin(&csv, source, false);
    struct inki_decided *decided = NULL;
    ink_status status = read_table(&csv);
    if (status == INK_OK)
        status = inki_decide(&csv.table, inki_separator_name(csv.table.cells.separator), csv.decimal, &decided);
    if (status == INK_OK) inki_unlabelled_keep(&csv.table, decided);
    if (status == INK_OK) status = inki_table_give(&csv.table, out);
    if (status == INK_OK)
        (*out)->decided = decided;
    else
        inki_decided_free(decided);
    csv_end(&csv);
    return status;
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct csv csv;
    *out = (struct inki_labels){0};
    csv_begin(&csv, source, true);
    ink_status status = read_table(&csv);
    if (status == INK_OK && csv.table.columns.label == csv.table.columns.count)
        status = inki_fail(source->ctx, INK_BAD_DATA,
                           "%s: has %zu columns: name the column with the labels (--label-column)", source->path,
                           csv.table.columns.count);
    if (status == INK_OK) status = inki_table_give_labels(&csv.table, out);
    csv_end(&csv);
    return status;
}

const struct inki_reader inki_csv_reader = {"csv", "tables: CSV and TSV", inki_is_text, read_samples, read_labels};
