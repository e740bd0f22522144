/* csv: tables of text: separated by commas, semicolons, tabs or spaces, with a header or without.
 * SPDX-License-Identifier: MIT
 * What is not given is decided from the first
 * rows:
 *  - the separator is the first of tab, semicolon, comma and space that gives all of them the same number of columns, over one;
 *  - the first row is a header if it has a word where the next rows have numbers only, or if it holds no number but a name
 *    that labels or ids go by, or if its numbers are 0, 1, 2, … or 1, 2, 3, … as pandas numbers columns;
 *  - the label column is the one of the name label, target, class or y; else the only one that holds words throughout; else, if the
 *    others are pixels of a square image, the first or the last; else there is none. */
#include "read/table.h"

#include "base/settings.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How much is looked at to decide. */
enum { LOOK_ROWS = 100, LOOK_CELLS = 200000 };

/* Names that count as many columns in a row are a header. */
enum { COUNTED_NAMES = 5 };

/* -------------------------------------------------------------------- text */

static bool is_control(uint8_t c) { return (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127; }

static bool is_utf16(const uint8_t *bytes, size_t size)
{
    return size >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF));
}

/* No control characters, and UTF-8, or almost all of it ASCII (older encodings): other kinds of files begin otherwise. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    size_t looked = size < 4096 ? size : 4096, strange = 0, behind = 0;
    if (is_utf16(bytes, size)) return true; /* for a better message */
    for (size_t i = 0; i < looked; i++) {
        if (is_control(bytes[i])) return false;
        bool follows = bytes[i] >= 0x80 && bytes[i] < 0xC0;
        if (follows != (behind > 0) || (bytes[i] >= 0xC0 && inki_utf8_behind(bytes[i]) == 0)) strange++;
        behind = follows && behind > 0 ? behind - 1 : inki_utf8_behind(bytes[i]);
    }
    return size > 0 && strange <= looked / 10;
}

static ink_status begin_text(struct inki_table *table)
{
    struct inki_cells *cells = &table->cells;
    if (is_utf16(cells->bytes, cells->size))
        return inki_fail(cells->ctx, INK_UNSUPPORTED, "%s: byte 0: is UTF-16 text; save it as UTF-8", cells->where);
    if (cells->size >= 3 && memcmp(cells->bytes, "\xEF\xBB\xBF", 3) == 0) cells->at = 3;
    return INK_OK;
}

/* --------------------------------------------------------------- separator */

static const char separators[] = {0, ',', ';', '\t', ' '}; /* by the setting's choice */
static const char *const separator_names[] = {"", "comma", "semicolon", "tab", "space"};

/* The # before a header that numpy.savetxt writes, where it stands alone. */
static bool is_mark(const struct inki_cells *cells, const struct inki_cell *cell)
{
    return cell->column == 1 && cell->length == 1 && *cell->text == '#' && !cell->quoted && !cells->row_ended;
}

/* The columns that this separator gives the first row; *same: and all others that are looked at. */
static ink_status count_columns(struct inki_table *table, char separator, size_t *columns, bool *same)
{
    struct inki_cells *cells = &table->cells;
    struct inki_cell cell;
    size_t rows = 0, looked = 0, numbers = 0, at = cells->at, line = cells->line;
    double value;
    ink_status status = INK_OK;
    *columns = 0;
    *same = true;
    cells->separator = separator;
    while (rows < LOOK_ROWS && looked < LOOK_CELLS && *same && inki_cells_row(cells)) {
        size_t count = 0;
        for (; !cells->row_ended && status == INK_OK; count++) {
            status = inki_cells_next(cells, &cell);
            if (rows == 0 && is_mark(cells, &cell)) count--;
            numbers += separator == ' ' && status == INK_OK && inki_cell_number(&cell, &value);
        }
        if (status == INK_NO_MEMORY) return status;
        if (rows++ == 0) *columns = count;
        *same = status == INK_OK && count == *columns;
        looked += count;
    }
    if (separator == ' ' && numbers < looked / 2) *same = false; /* sentences have spaces too */
    cells->at = at;
    cells->line = line;
    return INK_OK;
}

static ink_status choose_separator(struct inki_table *table)
{
    static const char order[] = {'\t', ';', ',', ' '};
    size_t most = 1, columns;
    bool same;
    char best = ',', given = separators[inki_get_choice(table->source->set, INKI_SEPARATOR)];
    for (size_t i = 0; i < sizeof order && !given; i++) {
        INK_TRY(count_columns(table, order[i], &columns, &same));
        if (same && columns > 1) given = order[i];
        if (columns > most && order[i] != ' ') {
            best = order[i];
            most = columns;
        }
    }
    table->cells.separator = given ? given : best;
    return INK_OK;
}

/* ------------------------------------------------------------------ header */

/* A number, or what was meant as one: it is no name of a column. In a table of one column the comma is a separator. */
static bool is_numeral(const struct inki_cell *cell, size_t columns)
{
    double value;
    return inki_cell_number(cell, &value) || (columns > 1 && inki_cell_decimal_comma(cell));
}

/* What a column was seen to hold. */
enum { TOP_WORD = 1, TOP_MISSING = 2, NUMBER = 4, WORD = 8 };

/* The first row becomes the columns with their names, should they be names. */
static ink_status read_top(struct inki_table *table)
{
    struct inki_cells *cells = &table->cells;
    struct inki_columns *columns = &table->columns;
    struct inki_cell cell;
    while (!cells->row_ended) {
        INK_TRY(inki_cells_next(cells, &cell));
        INK_TRY(inki_cells_to_utf8(cells, &cell));
        if (is_mark(cells, &cell)) continue;
        const char *name = cell.text;
        size_t length = cell.length;
        if (cell.column == 1 && length > 0 && *name == '#' && !cell.quoted) {
            do name++, length--;
            while (length > 0 && *name == ' ');
        }
        INK_TRY(inki_columns_add(columns, name, length));
        struct inki_column *column = &columns->list[columns->count - 1];
        if (!is_numeral(&cell, columns->count + !cells->row_ended))
            column->seen = inki_cell_missing(cells, &cell) ? TOP_MISSING : TOP_WORD;
    }
    return INK_OK;
}

/* Looks at the rows behind the first. They may be ragged: that is found later. */
static ink_status look_ahead(struct inki_table *table, size_t *rows)
{
    struct inki_cells *cells = &table->cells;
    struct inki_columns *columns = &table->columns;
    struct inki_cell cell;
    for (*rows = 0; *rows < LOOK_ROWS && *rows * columns->count < LOOK_CELLS && inki_cells_row(cells); ++*rows) {
        for (size_t i = 0; i < columns->count && !cells->row_ended; i++) {
            ink_status status = inki_cells_next(cells, &cell);
            if (status != INK_OK) return status == INK_NO_MEMORY ? status : INK_OK;
            if (inki_cell_missing(cells, &cell)) continue;
            columns->list[i].seen |= is_numeral(&cell, columns->count) ? NUMBER : WORD;
        }
        while (!cells->row_ended && inki_cells_next(cells, &cell) == INK_OK) continue;
    }
    return INK_OK;
}

/* Numbers in the first row that only count the columns: 0, 1, 2, … or 1, 2, 3, …; how many, 0 if they are others. */
static size_t counted(const struct inki_columns *columns)
{
    double value, next = 0;
    size_t count = 0;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].seen & (TOP_WORD | TOP_MISSING)) continue;
        const char *name = columns->text + columns->list[i].name;
        if (!inki_parse_real(name, &value)) return 0;
        if (count == 0 && value == 1) next = 1;
        if (value != next) return 0;
        next++;
        count++;
    }
    return count;
}

/* A value that is missing is no word: a first row may lack one. But pandas leaves the first name empty. */
static bool is_header(const struct inki_columns *columns, size_t rows)
{
    size_t words = 0, missing = 0, known = 0, count = counted(columns);
    bool unnamed = (columns->list[0].seen & TOP_MISSING) && !columns->text[columns->list[0].name];
    for (size_t i = 0; i < columns->count; i++) {
        const char *name = columns->text + columns->list[i].name;
        uint8_t seen = columns->list[i].seen;
        missing += (seen & TOP_MISSING) != 0;

        if (!(seen & TOP_WORD)) continue;
        if ((seen & NUMBER) && !(seen & WORD)) return true;
        words++;
        known += inki_columns_is_label_name(name) || inki_columns_is_id_name(name);
    }
    if (words > 0 && words + missing == columns->count) return known > 0 || rows == 0;
    return count >= COUNTED_NAMES || (count >= 2 && known > 0) || (unnamed && count == columns->count - 1 && count > 0);
}

/* Makes the columns, and leaves the cells at the first row of values. *expected: how many rows that may be. */
static ink_status read_header(struct inki_table *table, size_t *expected)
{
    struct inki_cells *cells = &table->cells;
    size_t rows, at = cells->at, line = cells->line;
    int given = inki_get_choice(table->source->set, INKI_HEADER); /* auto, yes, no */
    if (!inki_cells_row(cells))
        return inki_fail(cells->ctx, INK_BAD_FILE, "%s: the file is empty; download or save it again", cells->where);
    INK_TRY(read_top(table));
    size_t next = cells->at, next_line = cells->line;
    INK_TRY(look_ahead(table, &rows));
    size_t looked = cells->at - next;
    table->columns.named = given == 1 || (given == 0 && is_header(&table->columns, rows));
    for (size_t i = 0; i < table->columns.count; i++) {
        uint8_t seen = table->columns.list[i].seen;
        if (!table->columns.named) seen |= seen & TOP_WORD ? WORD : seen & TOP_MISSING ? 0 : NUMBER;
        table->columns.list[i].words = (seen & WORD) && !(seen & NUMBER);
    }
    cells->at = table->columns.named ? next : at;
    cells->line = table->columns.named ? next_line : line;
    *expected = rows ? (cells->size - cells->at) / (looked / rows + 1) : 1;
    return INK_OK;
}

/* ------------------------------------------------------------------ labels */

/* The only column that holds words, which no feature can be. */
static bool guess_by_words(struct inki_columns *columns)
{
    size_t found = columns->count;
    for (size_t i = 0; columns->features > 1 && i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE || !columns->list[i].words) continue;
        if (found < columns->count) return false;
        found = i;
    }
    if (found < columns->count) inki_columns_set_label(columns, found, "it holds words");
    return found < columns->count;
}

/* Different values that a column has in the rows that are looked at. */
struct edge {
    size_t column, different;
    bool seen[256];
};

static void see(struct edge *edge, size_t column, double value)
{
    if (column != edge->column || edge->seen[(uint8_t)value]) return;
    edge->seen[(uint8_t)value] = true;
    edge->different++;
}

/* Whether all features are bytes, and how the first and the last of them vary. */
static ink_status look_at_edges(struct inki_table *table, struct edge *first, struct edge *last, bool *bytes)
{
    struct inki_cells *cells = &table->cells;
    const struct inki_columns *columns = &table->columns;
    struct inki_cell cell;
    double value;
    *bytes = true;
    for (size_t row = 0; row < LOOK_ROWS && row * columns->count < LOOK_CELLS && inki_cells_row(cells); row++) {
        for (size_t i = 0; i < columns->count && !cells->row_ended; i++) {
            ink_status status = inki_cells_next(cells, &cell);
            if (status == INK_NO_MEMORY) return status;
            if (columns->list[i].role != INKI_FEATURE) continue;
            *bytes = status == INK_OK && inki_cell_number(&cell, &value) && value >= 0 && value <= 255 &&
                     value == floor(value);
            if (!*bytes) return INK_OK;
            see(first, i, value);
            see(last, i, value);
        }
        if (!cells->row_ended) return INK_OK;
    }
    return INK_OK;
}

/* Where all columns but one make a square image the first holds the label, as MNIST is mostly shared, unless it has one
 * value only, as an image's corner, and the last has several. */
static ink_status guess_by_image(struct inki_table *table)
{
    struct inki_columns *columns = &table->columns;
    struct edge first = {0}, last = {0};
    size_t side = (size_t)sqrt((double)columns->features);
    bool bytes;
    if (side < 8 || side * side + 1 != columns->features) return INK_OK;
    while (columns->list[first.column].role != INKI_FEATURE) first.column++;
    for (size_t i = 0; i < columns->count; i++)
        if (columns->list[i].role == INKI_FEATURE) last.column = i;
    size_t at = table->cells.at, line = table->cells.line;
    INK_TRY(look_at_edges(table, &first, &last, &bytes));
    table->cells.at = at;
    table->cells.line = line;
    bool at_end = first.different < 2 && last.different > 1;
    if (bytes)
        inki_columns_set_label(columns, at_end ? last.column : first.column, "the others are pixels of a square image");
    return INK_OK;
}

/* A labels file has one column besides those left out; of two without names the first may only count the rows. */
static void guess_labels_file(struct inki_columns *columns)
{
    size_t found = columns->count, count = 0;
    if (columns->count == 2 && columns->features == 2 && !columns->list[0].words)
        inki_columns_leave_out(columns, 0, INKI_ORDER);
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE) continue;
        count++;
        found = i;
    }
    if (count == 1) inki_columns_set_label(columns, found, "");
}

static ink_status choose_columns(struct inki_table *table)
{
    struct inki_columns *columns = &table->columns;
    const ink_settings *set = table->source->set;
    INK_TRY(inki_columns_choose(columns, set, table->for_labels));
    for (size_t i = 0; table->for_labels && columns->named && i < columns->count; i++) {
        if (columns->list[i].role == INKI_LEFT_OUT && !columns->list[i].words) {
            inki_columns_leave_out(columns, i, INKI_ORDER);
            break;
        }
    }
    if (!inki_columns_may_guess(columns, set, table->for_labels)) return INK_OK;
    table->source->unlabelled = columns->named ? "no column is named label, target, class or y (--label-column)"
                                               : "no column looks like labels (--label-column)";
    if (table->for_labels) guess_labels_file(columns);
    if (columns->label < columns->count || guess_by_words(columns) || table->for_labels) return INK_OK;
    return guess_by_image(table);
}

/* ----------------------------------------------------------------- reading */

static void note_form(const struct inki_table *table)
{
    char *out = table->source->decided;
    const size_t room = sizeof table->source->decided;
    inki_columns_say(&table->columns, table->unlabelled > 0, out, room);
    size_t used = strlen(out);
    const char *name = separator_names[0];
    for (size_t i = 1; i < sizeof separators; i++)
        if (separators[i] == table->cells.separator) name = separator_names[i];
    snprintf(out + used, room - used, "; csv, %s, %s%s", table->columns.named ? "header" : "no header", name,
             table->cells.latin ? ", not UTF-8: read as Latin-1" : "");
}

static ink_status read_table(struct inki_table *table)
{
    size_t expected = 0;
    INK_TRY(begin_text(table));
    INK_TRY(choose_separator(table));
    INK_TRY(read_header(table, &expected));
    INK_TRY(choose_columns(table));
    INK_TRY(inki_table_start(table, expected));
    while (inki_cells_row(&table->cells)) INK_TRY(inki_table_row(table));
    note_form(table);
    return INK_OK;
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct inki_table table;
    *out = NULL;
    inki_table_begin(&table, source, false);
    ink_status status = read_table(&table);
    if (status == INK_OK) status = inki_table_give(&table, out);

    inki_table_free(&table);
    return status;
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct inki_table table;
    *out = (struct inki_labels){0};
    inki_table_begin(&table, source, true);
    ink_status status = read_table(&table);
    if (status == INK_OK && table.columns.label == table.columns.count)
        status = inki_fail(source->ctx, INK_BAD_DATA,
                           "%s: has %zu columns: name the column with the labels (--label-column)", source->path,
                           table.columns.count);
    if (status == INK_OK) status = inki_table_give_labels(&table, out);
    inki_table_free(&table);
    return status;
}

const struct inki_reader inki_csv_reader = {"csv", "tables: CSV and TSV", is_text, read_samples, read_labels};
