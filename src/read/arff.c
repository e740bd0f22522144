/* arff: Weka's and OpenML's tables: attributes declared one a line, then rows, dense or sparse.
 * SPDX-License-Identifier: MIT
 *
 * Attributes that are numeric, real, integer, or nominal with numbers for values are numbers; other nominal ones and strings words, in
 * the order of their declaration. The label is the attribute
 * that the settings or its name give, else the last one if it is nominal, else the only nominal one of words; the values that a
 * nominal label declares are the classes, in that order. In a sparse row, { index value, … }, what is not named is 0, which of
 * a nominal attribute is its first value. */
#include "read/table.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "read/dates.h"
#include "read/decide.h"
#include "read/expect.h"
#include "read/roles.h"
#include "read/scorer.h"
#include "read/top.h"
#include "read/unlabelled.h"

#include <stdio.h>
#include <string.h>

/* Rows read from a sparse file may become so many times larger than the file; what claims more is taken for damaged. */
enum { SPARSE_RATIO = 1024 };

enum kind { NUMERIC, NOMINAL, STRING, DATE, RELATIONAL };

struct attribute {
    size_t line, at; /* where it is declared, and where its values stand, behind the { */
    double zero;     /* what it is in a sparse row that does not name it */
    uint8_t kind;
    uint8_t form;      /* of dates: its bit's place in dates.h */
    uint32_t declared; /* values of a nominal one */
};

struct arff {
    struct inki_table table;
    struct attribute *attributes; /* [table.columns.count] */
    size_t room;
    struct inki_look look; /* what the declarations say of the columns */
    size_t place;          /* of the next feature of a sparse row */
    size_t outputs;        /* the attribute that KEEL's @outputs names; SIZE_MAX: none */
};

/* ------------------------------------------------------------------ header */

static bool is_word(const char *text, size_t length, const char *word)
{
    size_t i = 0;
    while (i < length && word[i] && inki_lower(text[i]) == word[i]) i++;
    return i == length && !word[i];
}

static bool cell_is(const struct inki_cell *cell, const char *word) { return is_word(cell->text, cell->length, word); }

/* Behind blanks, line ends and comments: @relation or @attribute. */
static bool is_arff(const uint8_t *bytes, size_t size)
{
    size_t at = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (; at < size && strchr(" \t\r\n%", bytes[at]) && bytes[at]; at++) {
        if (bytes[at] != '%') continue;
        while (at + 1 < size && bytes[at + 1] != '\n' && bytes[at + 1] != '\r') at++;
    }
    const char *text = (const char *)bytes + at;
    return (size - at >= 9 && is_word(text, 9, "@relation")) || (size - at >= 10 && is_word(text, 10, "@attribute"));
}

static ink_status bad_line(const struct inki_cells *cells, const struct inki_cell *cell, const char *what)
{
    char shown[INKI_SHOWN_ROOM];
    return inki_fail(cells->ctx, INK_BAD_FILE, "%s:%zu: '%s' %s", cells->where, cell->line,
                     inki_cell_shown(cell, shown), what);
}

static bool at_line_end(const struct inki_cells *cells)
{
    return cells->at == cells->size || cells->bytes[cells->at] == '\n' || cells->bytes[cells->at] == '\r';
}

static void skip_line(struct inki_cells *cells)
{
    while (!at_line_end(cells)) cells->at++;
}

/* The values of a nominal attribute, from behind the { to behind the }. Each is put into *words, unless that is NULL. */
static ink_status read_values(struct inki_cells *cells, struct attribute *attribute, struct inki_words *words,
                              bool *numbers)
{
    struct inki_cell cell;
    double value;
    int32_t number;
    bool first = true;
    attribute->declared = 0;
    *numbers = true;
    cells->closing = '}';
    cells->row_ended = cells->closed = false;
    for (; !cells->row_ended; first = false) {
        INK_TRY(inki_cells_next(cells, &cell));
        if (first && cells->closed && cell.length == 0 && !cell.quoted) break; /* {} */
        bool is_number = inki_cell_number(&cell, &value);
        *numbers = *numbers && is_number;
        attribute->declared++;
        if (first && is_number) attribute->zero = value;
        if (!words) continue;
        INK_TRY(inki_cells_to_utf8(cells, &cell));
        ink_status status = inki_words_put(words, cell.text, cell.length, &number);
        if (status == INK_BAD_DATA) return bad_line(cells, &cell, "is one value too many: at most 65536 are supported");
        INK_TRY(status);
    }
    cells->closing = 0;
    if (cells->closed) return INK_OK;
    return inki_fail(cells->ctx, INK_BAD_FILE, "%s:%zu: the { of this line is not closed in it", cells->where,
                     attribute->line);
}

/* KEEL's range may follow at once: real[0,1] */
static bool is_keel_type(const struct inki_cell *cell)
{
    const char *range = memchr(cell->text, '[', cell->length);
    if (!range) return false;
    size_t length = (size_t)(range - cell->text);
    return is_word(cell->text, length, "real") || is_word(cell->text, length, "integer");
}

/* A date's format as Java has it, as far as it says in which order year, month and day come: yyyy-MM-dd'T'HH:mm:ss if there is none. */
static ink_status read_format(struct arff *arff, struct attribute *attribute)
{
    struct inki_cell cell;
    size_t year = SIZE_MAX, month = SIZE_MAX, day = SIZE_MAX, hour = SIZE_MAX;
    bool quoted = false;
    attribute->kind = DATE;
    INK_TRY(inki_cells_word(&arff->table.cells, &cell));
    for (size_t i = 0; i < cell.length; i++) {
        const char c = cell.text[i];
        quoted = quoted != (c == '\'');
        if (quoted) continue;
        if (strchr("yu", c) && year == SIZE_MAX) year = i;
        if (c == 'M' && month == SIZE_MAX) month = i;
        if (c == 'd' && day == SIZE_MAX) day = i;
        if (strchr("HhkK", c)) hour = i;
    }
    unsigned form = INKI_DATE_YMD;
    if (hour < SIZE_MAX && year == SIZE_MAX && month == SIZE_MAX && day == SIZE_MAX)
        form = INKI_DATE_TIME;
    else if (day < year)
        form = day < month ? INKI_DATE_DMY : INKI_DATE_MDY;
    while (form > 1U << attribute->form) attribute->form++;
    return INK_OK;
}

static ink_status read_type(struct arff *arff, struct attribute *attribute, struct inki_column *column)
{
    struct inki_cells *cells = &arff->table.cells;
    struct inki_cell cell;
    bool numbers = true;
    INK_TRY(inki_cells_word(cells, &cell));
    if (cell.length == 0 && !cell.quoted && !at_line_end(cells)) { /* { */
        attribute->kind = NOMINAL;
        attribute->at = ++cells->at;
        INK_TRY(read_values(cells, attribute, NULL, &numbers));
        column->kind = numbers ? INKI_NUMBERS : INKI_WORDS;
        return INK_OK;
    }
    if (cell_is(&cell, "numeric") || cell_is(&cell, "real") || cell_is(&cell, "integer"))
        attribute->kind = NUMERIC;
    else if (cell_is(&cell, "string"))
        attribute->kind = STRING;
    else if (cell_is(&cell, "date"))
        return read_format(arff, attribute);
    else if (cell_is(&cell, "relational"))
        attribute->kind = RELATIONAL;
    else if (is_keel_type(&cell))
        attribute->kind = NUMERIC;
    else
        return bad_line(cells, &cell, "is not an attribute type; expected numeric, real, integer or {value, …}");
    return INK_OK;
}

static ink_status read_attribute(struct arff *arff)
{
    struct inki_cells *cells = &arff->table.cells;
    struct inki_columns *columns = &arff->table.columns;
    struct inki_cell name;
    INK_TRY(inki_cells_word(cells, &name));
    if (name.length == 0 && !name.quoted) return bad_line(cells, &name, "is not an attribute name");
    INK_TRY(inki_cells_to_utf8(cells, &name));
    INK_TRY(inki_columns_add(columns, name.text, name.length));
    if (columns->count > arff->room) {
        size_t room = 2 * arff->room + 16;
        struct attribute *list = inki_grow(cells->ctx, arff->attributes, columns->count - 1, room, sizeof *list);
        if (!list) return INK_NO_MEMORY;
        arff->attributes = list;
        arff->room = room;
    }
    struct attribute *attribute = &arff->attributes[columns->count - 1];
    *attribute = (struct attribute){.line = name.line};
    return read_type(arff, attribute, &columns->list[columns->count - 1]);
}

/* KEEL's line of the attribute that is the label: the first that it names. */
static ink_status read_outputs(struct arff *arff)
{
    const struct inki_columns *columns = &arff->table.columns;
    struct inki_cell cell;
    INK_TRY(inki_cells_word(&arff->table.cells, &cell));
    while (cell.length > 0 && cell.text[cell.length - 1] == ',') cell.length--;
    for (size_t i = 0; i < columns->count; i++) {
        const char *name = columns->text + columns->list[i].name;
        if (strlen(name) == cell.length && memcmp(name, cell.text, cell.length) == 0) arff->outputs = i;
    }
    return INK_OK;
}

/* Weka takes blanks between the cells of a row, too. */
static void choose_separator(struct arff *arff)
{
    struct inki_cells *cells = &arff->table.cells;
    const size_t at = cells->at, line = cells->line;
    if (arff->table.columns.count > 1 && inki_cells_row(cells)) {
        size_t end = cells->at;
        while (end < cells->size && cells->bytes[end] != '\n' && cells->bytes[end] != '\r') end++;
        const uint8_t *row = cells->bytes + cells->at;
        if (!memchr(row, ',', end - cells->at) && !memchr(row, '{', end - cells->at))
            cells->separator = memchr(row, ';', end - cells->at) ? ';' : ' ';
    }
    cells->at = at;
    cells->line = line;
}

/* Up to and with the line @data. */
static ink_status read_header(struct arff *arff)
{
    struct inki_cells *cells = &arff->table.cells;
    struct inki_cell cell;
    if (cells->bytes[0] == 0xEF) cells->at = 3;
    while (inki_cells_row(cells)) {
        INK_TRY(inki_cells_word(cells, &cell));
        bool last = cell_is(&cell, "@data");
        if (cell_is(&cell, "@attribute"))
            INK_TRY(read_attribute(arff));
        else if (cell_is(&cell, "@outputs") || cell_is(&cell, "@output"))
            INK_TRY(read_outputs(arff));
        else if (cell_is(&cell, "@inputs") || cell_is(&cell, "@input"))
            skip_line(cells);
        else if (!last && !cell_is(&cell, "@relation"))
            return bad_line(cells, &cell, "found; expected @attribute or @data");
        skip_line(cells); /* ranges of old files, remarks */
        if (last) return INK_OK;
    }
    return inki_fail(cells->ctx, INK_BAD_FILE,
                     "%s:%zu: the file ends before @data; it may be cut short: download it again", cells->where,
                     cells->line);
}

/* ----------------------------------------------------------------- columns */

/* What the scorer wants to know of a column, by what is declared of it. */
static struct inki_traits traits_of(const struct arff *arff, size_t i)
{
    enum { ROWS = 1000 }; /* many: all values come */
    const struct attribute *attribute = &arff->attributes[i];
    struct inki_traits traits = {.cells = ROWS, .distinct = ROWS};
    bool words = arff->table.columns.list[i].kind != INKI_NUMBERS;
    if (attribute->kind == DATE) traits.dates = traits.dated[attribute->form] = ROWS;
    if (attribute->kind == STRING || attribute->kind == RELATIONAL) traits.distinct = ROWS / 4; /* nobody knows */
    if (attribute->kind == NOMINAL)
        traits.distinct = (uint32_t)(attribute->declared < ROWS ? attribute->declared : ROWS);
    if (attribute->kind == NUMERIC || (attribute->kind == NOMINAL && !words)) traits.numbers = ROWS, traits.forms = 1;
    if (attribute->kind == NOMINAL && !words) traits.integers = ROWS;
    return traits;
}

/* What the rows are for knows its columns by name. */
static ink_status expect(struct arff *arff)
{
    struct inki_table *table = &arff->table;
    const struct inki_expected *expected = table->source->expected;
    if (!expected) return INK_OK;
    INK_TRY(inki_expect_columns(&table->columns, expected, &table->order));
    inki_expect_id(&table->columns, expected);
    return INK_OK;
}

static ink_status guess_label(struct arff *arff, bool may_guess)
{
    struct inki_columns *columns = &arff->table.columns;
    struct inki_look *look = &arff->look;
    size_t last = columns->count;
    *look = (struct inki_look){.ctx = columns->ctx, .columns = columns->count};
    look->traits = inki_alloc(columns->ctx, columns->count, sizeof *look->traits);
    if (!look->traits) return INK_NO_MEMORY;
    for (size_t i = 0; i < columns->count; i++) look->traits[i] = traits_of(arff, i);
    inki_columns_judge(columns, look);
    INK_TRY(expect(arff));
    inki_columns_leave_out_keys(columns, look, inki_columns_may_drop(arff->table.source->set));
    for (size_t i = 0; i < columns->count; i++)
        if (columns->list[i].role == INKI_FEATURE) last = i;
    if (may_guess && arff->table.order && inki_expect_target(columns, arff->table.source->expected)) return INK_OK;
    if (may_guess && arff->outputs < columns->count)
        inki_columns_set_label(columns, arff->outputs, "@outputs");
    else if (may_guess && arff->table.for_labels && columns->features == 1)
        inki_columns_set_label(columns, last, "");
    else if (may_guess)
        inki_columns_score(columns, look);
    if (may_guess && columns->label == columns->count && last < columns->count &&
        arff->attributes[last].kind == NOMINAL)
        inki_columns_set_label(columns, last, "it is nominal and last");
    return columns->close ? inki_columns_ask(columns) : INK_OK;
}

static ink_status check_feature(const struct arff *arff, size_t i)
{
    const struct inki_columns *columns = &arff->table.columns;
    const struct attribute *attribute = &arff->attributes[i];
    if (columns->list[i].role != INKI_FEATURE || arff->table.for_labels) return INK_OK;
    if (attribute->kind != RELATIONAL) return INK_OK;
    return inki_fail(
        columns->ctx, INK_BAD_DATA,
        "%s:%zu: attribute '%s' is relational; features are numbers, words and dates: leave it out (--drop %zu)",
        columns->where, attribute->line, inki_columns_name(columns, i), i + 1);
}

/* The values that an attribute declares, as words. */
static ink_status declare(struct arff *arff, struct attribute *attribute, struct inki_words *words)
{
    struct inki_cells *cells = &arff->table.cells;
    const size_t at = cells->at, line = cells->line;
    const char separator = cells->separator; /* of rows */
    bool numbers;
    cells->at = attribute->at;
    cells->line = attribute->line;
    cells->separator = ',';
    INK_TRY(read_values(cells, attribute, words, &numbers));
    cells->separator = separator;
    cells->at = at;
    cells->line = line;
    if (words->count > 0) return INK_OK;
    return inki_fail(cells->ctx, INK_BAD_FILE, "%s:%zu: the %s attribute declares no values", cells->where,
                     attribute->line, words == &arff->table.goals.words ? "label" : "nominal");
}

/* The values that a nominal label declares are its classes. */
static ink_status declare_classes(struct arff *arff)
{
    struct inki_table *table = &arff->table;
    if (table->columns.label == table->columns.count) return INK_OK;
    struct attribute *attribute = &arff->attributes[table->columns.label];
    if (attribute->kind != NOMINAL || table->goals.task == INKI_TASK_REGRESS) return INK_OK;
    INK_TRY(declare(arff, attribute, &table->goals.words));
    table->goals.declared = table->goals.words.count;
    return INK_OK;
}

/* And those of nominal features their words. */
static ink_status declare_words(struct arff *arff)
{
    struct inki_features *features = &arff->table.features;
    if (!features->words) return INK_OK;
    features->declared = inki_zalloc(arff->table.cells.ctx, features->count, sizeof *features->declared);
    if (!features->declared) return INK_NO_MEMORY;
    for (size_t j = 0; j < features->count; j++) {
        struct attribute *attribute = &arff->attributes[features->list[j].column];
        if (attribute->kind != NOMINAL || !inki_column_has_words(&arff->table.columns.list[features->list[j].column]))
            continue;
        INK_TRY(declare(arff, attribute, &features->words[j]));
        features->declared[j] = features->words[j].count;
    }
    return INK_OK;
}

static ink_status choose_columns(struct arff *arff)
{
    struct inki_table *table = &arff->table;
    struct inki_columns *columns = &table->columns;
    const ink_settings *set = table->source->set;
    columns->named = true;
    if (columns->count == 0) return inki_fail(columns->ctx, INK_BAD_FILE, "%s: declares no attributes", columns->where);
    INK_TRY(inki_columns_choose(columns, set, table->for_labels));
    if (!table->for_labels) INK_TRY(inki_columns_give_kinds(columns, set));
    const bool may_guess = inki_columns_may_guess(columns, set, table->for_labels);
    INK_TRY(guess_label(arff, may_guess));
    if (may_guess && columns->label == columns->count)
        inki_columns_hint(columns, &arff->look, table->source->unlabelled, sizeof table->source->unlabelled);
    if (table->order) inki_expect_no_more(columns);
    for (size_t i = 0; i < columns->count; i++) INK_TRY(check_feature(arff, i));
    inki_roles_keep_ids(table);
    inki_goals_choose(table, &arff->look);
    return declare_classes(arff);
}

/* -------------------------------------------------------------------- rows */

static ink_status bad_entry(const struct inki_cells *cells, const struct inki_cell *entry, const char *what)
{
    return inki_fail(cells->ctx, INK_BAD_DATA, "%s:%zu: entry %zu of the sparse row %s", cells->where, entry->line,
                     entry->column, what);
}

/* The feature that attribute i is, whose value the cell is; NULL: the one it has if the row does not name it. */
static ink_status put_feature(struct arff *arff, size_t i, struct inki_cell *cell)
{
    struct inki_table *table = &arff->table;
    const struct inki_column *column = &table->columns.list[i];
    struct inki_cell gap = {.text = "", .line = table->cells.line, .column = i + 1};
    double value = arff->attributes[i].zero;
    float special;
    const size_t place = arff->place++;
    if (inki_column_has_dates(column)) {
        while (arff->place < table->features.count && table->features.list[arff->place].column == i) arff->place++;
        return inki_features_date(table, i, cell ? cell : &gap);
    }
    if (inki_column_has_words(column) && cell) return inki_features_word(table, place, cell);
    if (inki_column_has_words(column))
        return table->features.declared[place] ? inki_values_put(&table->values, 0)
                                               : inki_features_word(table, place, &gap);
    if (!cell || (inki_cell_number(cell, &value) && inki_is_value(value))) {
        if (inki_may_merge(cell ? cell->length : 0, value)) inki_merging_keep(&table->merging, place, value);
        return inki_values_put(&table->values, value);
    }
    if (inki_cell_special(&table->cells, cell, &special)) return inki_values_put_special(&table->values, special);
    return inki_cells_not_a_number(&table->cells, cell);
}

/* The value that attribute i has in a row, or NULL for the one it has if the row does not name it. */
static ink_status put_value(struct arff *arff, size_t i, struct inki_cell *cell)
{
    struct inki_table *table = &arff->table;
    struct inki_cell first = {.text = "0", .length = 1, .line = table->cells.line, .column = i + 1, .quoted = true};
    switch (table->columns.list[i].role) {
    case INKI_FEATURE:
        return put_feature(arff, i, cell);
    case INKI_LABEL:
        if (table->goals.declared) first.text = inki_words_get(&table->goals.words, 0);
        first.length = strlen(first.text);
        return inki_table_label(table, cell ? cell : &first);
    case INKI_TARGET:
        return inki_table_target(table, i, cell ? cell : &first);
    case INKI_ORDER:
    case INKI_ID:
        return inki_table_id(table, cell ? cell : &first);
    default:
        return INK_OK;
    }
}

/* "index value": the attribute's number, from 0, and its cell. */
static ink_status read_entry(struct arff *arff, size_t next, size_t *index, struct inki_cell *cell)
{
    struct inki_cells *cells = &arff->table.cells;
    struct inki_cell word;
    char digits[24];
    INK_TRY(inki_cells_word(cells, &word));
    snprintf(digits, sizeof digits, "%.*s", (int)(word.length < sizeof digits ? word.length : 0), word.text);
    if (!inki_parse_count(digits, index))
        return bad_entry(cells, &word, "does not begin with the number of an attribute");
    if (*index >= arff->table.columns.count)
        return bad_entry(cells, &word, "names an attribute that is not declared; they count from 0");
    if (*index < next) return bad_entry(cells, &word, "names an attribute that does not come after the one before it");
    INK_TRY(inki_cells_next(cells, cell));
    if (cells->row_ended && !cells->closed) return bad_entry(cells, &word, "is not followed by a comma or }");
    cell->column = *index + 1;
    return INK_OK;
}

static ink_status check_sparse_size(const struct arff *arff)
{
    const struct inki_table *table = &arff->table;
    size_t most = SPARSE_RATIO * (table->cells.size / sizeof(float) + 1);
    if (table->features.count <= most - table->values.count) return INK_OK;
    return inki_fail(table->cells.ctx, INK_BAD_DATA,
                     "%s:%zu: the sparse rows expand to more than %d times the size of the file; is it damaged?",
                     table->cells.where, table->cells.line, SPARSE_RATIO);
}

static ink_status sparse_row(struct arff *arff)
{
    struct inki_table *table = &arff->table;
    struct inki_cells *cells = &table->cells;
    struct inki_cell cell;
    size_t next = 0, index;
    arff->place = 0;
    table->counts.partly = true;
    INK_TRY(check_sparse_size(arff));
    INK_TRY(inki_values_reserve(&table->values, table->features.count));
    cells->closing = '}';
    while (cells->at < cells->size && (cells->bytes[cells->at] == ' ' || cells->bytes[cells->at] == '\t')) cells->at++;
    if (cells->at < cells->size && cells->bytes[cells->at] == '}') {
        cells->at++;
        cells->row_ended = true;
    }
    while (!cells->row_ended) {
        INK_TRY(read_entry(arff, next, &index, &cell));
        for (; next < index; next++) INK_TRY(put_value(arff, next, NULL));
        INK_TRY(put_value(arff, next++, &cell));
    }
    for (; next < table->columns.count; next++) INK_TRY(put_value(arff, next, NULL));
    inki_table_end_row(table);
    cells->closing = 0;
    while (cells->at < cells->size && (cells->bytes[cells->at] == ' ' || cells->bytes[cells->at] == '\t')) cells->at++;
    if (!at_line_end(cells))
        return inki_fail(cells->ctx, INK_BAD_DATA, "%s:%zu: unexpected text after the }: row weights cannot be read",
                         cells->where, cells->line);
    inki_bytes_forget(cells->ctx, &table->source->content, cells->at);
    return INK_OK;
}

static ink_status read_row(struct arff *arff)
{
    struct inki_cells *cells = &arff->table.cells;
    size_t at = cells->at;
    while (at < cells->size && (cells->bytes[at] == ' ' || cells->bytes[at] == '\t')) at++;
    if (cells->bytes[at] != '{') return inki_table_row(&arff->table);
    cells->at = at + 1;
    return sparse_row(arff);
}

/* How many rows the file may hold, as long as its first ones. */
static size_t expect_rows(const struct inki_cells *cells)
{
    const uint8_t *begin = cells->bytes + cells->at, *at = begin;
    size_t left = cells->size - cells->at, lines = 0;
    for (; lines < 20; lines++) {
        const uint8_t *end = memchr(at, '\n', left - (size_t)(at - begin));
        if (!end) break;
        at = end + 1;
    }
    return lines > 1 && !memchr(begin, '{', (size_t)(at - begin)) ? left / ((size_t)(at - begin) / lines) : 1;
}

static ink_status read_table(struct arff *arff)
{
    struct inki_table *table = &arff->table;
    INK_TRY(read_header(arff));
    choose_separator(arff);
    INK_TRY(choose_columns(arff));
    inki_table_take_gaps(table);
    INK_TRY(inki_table_start(table, expect_rows(&table->cells)));
    INK_TRY(declare_words(arff));
    while (inki_cells_row(&table->cells)) INK_TRY(read_row(arff));
    return inki_table_end(table);
}

/* ------------------------------------------------------------------ reader */

static void arff_begin(struct arff *arff, struct inki_source *source, bool for_labels)
{
    *arff = (struct arff){.outputs = SIZE_MAX, .look.ctx = source->ctx};
    inki_table_begin(&arff->table, source, for_labels);
    arff->table.cells.arff = true;
    arff->table.cells.comment = '%';
}

static void arff_end(struct arff *arff)
{
    inki_free(arff->attributes);
    inki_look_free(&arff->look);
    inki_table_free(&arff->table);
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct arff arff;
    const size_t room = sizeof source->decided;
    *out = NULL;
    arff_begin(&arff, source, false);
    ink_status status = read_table(&arff);
    struct inki_decided *decided = NULL;
    const char *separator = inki_separator_name(arff.table.cells.separator);
    if (status == INK_OK) status = inki_decide(&arff.table, separator, "point", &decided);
    if (status == INK_OK) inki_unlabelled_keep(&arff.table, decided);
    if (status == INK_OK) status = inki_table_give(&arff.table, out);
    if (status == INK_OK)
        (*out)->decided = decided;
    else
        inki_decided_free(decided);
    inki_columns_say(&arff.table.columns, arff.table.goals.unlabelled > 0, source->decided, room);
    snprintf(source->decided + strlen(source->decided), room - strlen(source->decided), "; arff%s",
             arff.table.cells.recoded ? ", not UTF-8: read as Windows-1252" : "");
    arff_end(&arff);
    return status;
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct arff arff;
    *out = (struct inki_labels){0};
    arff_begin(&arff, source, true);
    ink_status status = read_table(&arff);
    if (status == INK_OK && arff.table.columns.label == arff.table.columns.count)
        status = inki_fail(source->ctx, INK_BAD_DATA,
                           "%s: has %zu attributes: name the column with the labels (--label-column)", source->path,
                           arff.table.columns.count);
    if (status == INK_OK) status = inki_table_give_labels(&arff.table, out);
    arff_end(&arff);
    return status;
}

const struct inki_reader inki_arff_reader = {"arff", "ARFF tables", is_arff, read_samples, read_labels};
