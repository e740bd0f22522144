/* header: names or values.
 * SPDX-License-Identifier: MIT */
#include "read/header.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/numerals.h"
#include "read/scorer.h"

#include <stdlib.h>
#include <string.h>

enum {
    COUNTED_NAMES = 5, /* so many names that only count are a header whatever stands below; one less above some rows */
    FEW_ROWS = 5,      /* with fewer, rows below say little */
    REPEATED = 3,      /* so often the words of labels come on average */
    MANGLED = 3,       /* so many of 0.1, 0.2, … are no accident */
};

static ink_status add_name(struct inki_cells *cells, struct inki_columns *columns, struct inki_cell *cell)
{
    INK_TRY(inki_cells_to_utf8(cells, cell));
    const char *name = cell->text;
    size_t length = cell->length;
    if (columns->count == 0 && length > 1 && *name == '#' && !cell->quoted) {
        do name++, length--;
        while (length > 0 && *name == ' ');
    }
    INK_TRY(inki_columns_add(columns, name, length));
    struct inki_column *column = &columns->list[columns->count - 1];
    bool alone = columns->count == 1 && cells->row_ended;
    bool number = alone ? inki_numeral_forms(cell->text, cell->length, NULL) & INKI_PLAIN
                        : inki_numeral_forms(cell->text, cell->length, NULL) != 0;
    if (!number) column->top = inki_cell_missing(cells, cell) ? INKI_TOP_MISSING : INKI_TOP_WORD;
    return INK_OK;
}

static ink_status add_nameless(struct inki_columns *columns)
{
    INK_TRY(inki_columns_add(columns, "", 0));
    columns->list[columns->count - 1].top = INKI_TOP_MISSING;
    return INK_OK;
}

/* Room for as many columns as the row seems to have. */
static ink_status make_room(const struct inki_cells *cells, struct inki_columns *columns)
{
    size_t count = 2, at = cells->at;
    for (; at < cells->size && cells->bytes[at] != '\n' && cells->bytes[at] != '\r'; at++)
        count += cells->bytes[at] == (uint8_t)cells->separator;
    return inki_columns_reserve(columns, count, at - cells->at + 3);
}

ink_status inki_header_read(struct inki_cells *cells, const struct inki_top *top, struct inki_columns *columns)
{
    struct inki_cell cell;
    INK_TRY(make_room(cells, columns));
    if (top->fit == INKI_MARKED) INK_TRY(inki_cells_next(cells, &cell));
    if (top->fit == INKI_ROW_NAMES) INK_TRY(add_nameless(columns));
    while (!cells->row_ended) {
        INK_TRY(inki_cells_next(cells, &cell));
        INK_TRY(add_name(cells, columns, &cell));
    }
    return top->fit == INKI_ENDS_EMPTY ? add_nameless(columns) : INK_OK;
}

/* -------------------------------------------------------------------- numbers */

/* Numbers in the first row that only count the columns: 0, 1, 2, … or 1, 2, 3, …; how many, 0 if they are others. */
static size_t counted(const struct inki_columns *columns)
{
    double value, next = 0;
    size_t count = 0;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].top != INKI_TOP_NUMBER) continue;
        if (!inki_parse_real(inki_columns_top(columns, i), &value)) return 0;
        if (count == 0 && value == 1) next = 1;
        if (value != next) return 0;
        next++;
        count++;
    }
    return count;
}

/* Whether the text of the first row comes again in its column. */
static bool comes_again(const struct inki_columns *columns, const struct inki_look *look, size_t i)
{
    const char *text = inki_columns_top(columns, i);
    double value;
    bool number = inki_parse_real(text, &value);
    uint64_t hash = inki_hash(strlen(text) + 1, text, strlen(text));
    for (size_t row = 0; row < look->rows; row++) {
        size_t at = row * look->columns + i;
        if (number ? look->values[at] == value : look->hashes[at] == hash) return true;
    }
    return false;
}

static bool holds_words(const struct inki_traits *traits)
{
    return traits->cells > 0 && traits->numbers == 0 && !traits->forms;
}

/* How many numbers of the first row are not among those below it, or stand above words. */
static size_t unlike(const struct inki_columns *columns, const struct inki_look *look)
{
    size_t count = 0;
    for (size_t i = 0; i < columns->count; i++)
        count += columns->list[i].top == INKI_TOP_NUMBER && !comes_again(columns, look, i);
    return count;
}

static bool is_counted_header(const struct inki_columns *columns, const struct inki_look *look, size_t known,
                              bool unnamed)
{
    size_t count = counted(columns);
    bool words = false;
    if (count >= COUNTED_NAMES - (look->rows >= FEW_ROWS) || (count >= 2 && known > 0)) return true;
    if (unnamed && count == columns->count - 1 && count > 0) return true;
    if (count < 2 || count < columns->count) return false;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_traits *traits = &look->traits[i];
        words = words || holds_words(traits) || (10 * traits->integers < traits->cells && look->rows >= FEW_ROWS);
    }
    return words || (count > 2 && look->rows >= FEW_ROWS && unlike(columns, look) > 0);
}

/* Names such as wavelengths: 400, 410, 420: evenly rising, and all outside of what is below. */
static bool rises_outside(const struct inki_columns *columns, const struct inki_look *look)
{
    double value, before = 0, step = 0;
    size_t count = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_traits *traits = &look->traits[i];
        if (columns->list[i].top != INKI_TOP_NUMBER) continue;
        if (!inki_parse_real(inki_columns_top(columns, i), &value) || traits->numbers < FEW_ROWS) return false;
        if (value >= traits->low && value <= traits->high) return false;
        if (count == 1) step = value - before;
        if (count > 0 && (value <= before || fabs(value - before - step) > 1e-9 * fabs(step))) return false;
        before = value;
        count++;
    }
    return count > 2;
}

/* ------------------------------------------------- names that pandas made different */

struct base {
    const char *text;
    size_t length, suffix, column;
};

static int by_base(const void *a, const void *b)
{
    const struct base *x = a, *y = b;
    size_t length = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, length);
    if (order == 0 && x->length != y->length) order = x->length < y->length ? -1 : 1;
    return order ? order : x->suffix < y->suffix ? -1 : x->suffix > y->suffix;
}

/* "0.12" is "0" again, for the 12th time; and "0.5.1" is "0.5", where the rows have decimals. */
static struct base split_base(const char *text, size_t column, bool decimals)
{
    const char *dot = strrchr(text, '.'), *first = strchr(text, '.');
    size_t number;
    if (dot && dot > text && (!decimals || first < dot) && dot[1] != '0' && inki_parse_count(dot + 1, &number))
        return (struct base){text, (size_t)(dot - text), number, column};
    return (struct base){text, strlen(text), 0, column};
}

static bool is_number(struct base base)
{
    double value;
    return inki_parse_number(base.text, base.length, &value) == base.length;
}

/* The names of columns of numbers as bases[*count]; false if one is no number, whatever is behind it. */
static bool take_bases(const struct inki_columns *columns, const struct inki_look *look, struct base *bases,
                       size_t *count)
{
    bool decimals = false;
    *count = 0;
    for (size_t i = 0; i < columns->count; i++)
        decimals = decimals || look->traits[i].integers < look->traits[i].numbers;
    for (size_t i = 0; i < columns->count; i++) {
        if (holds_words(&look->traits[i])) continue;
        bases[*count] = split_base(inki_columns_top(columns, i), i, decimals);
        if (!is_number(bases[(*count)++])) return false;
    }
    return true;
}

/* Whether the names that come again have .1, .2, … behind them. */
static bool are_again(struct base *bases, size_t count)
{
    size_t again = 0;
    if (count) qsort(bases, count, sizeof *bases, by_base);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && bases[i].length == bases[i - 1].length &&
                    memcmp(bases[i].text, bases[i - 1].text, bases[i].length) == 0;
        if (bases[i].suffix != (same ? bases[i - 1].suffix + 1 : 0)) return false;
        again += same;
    }
    return again >= MANGLED;
}

/* Whether the names are values of which those that come again were made different. */
static ink_status is_mangled(const struct inki_columns *columns, const struct inki_look *look, bool *is)
{
    size_t count, dots = 0;
    for (size_t i = 0; i < columns->count; i++) dots += strchr(inki_columns_top(columns, i), '.') != NULL;
    *is = false;
    if (dots < MANGLED) return INK_OK;
    struct base *bases = inki_alloc(columns->ctx, columns->count, sizeof *bases);
    if (!bases) return INK_NO_MEMORY;
    *is = take_bases(columns, look, bases, &count) && are_again(bases, count);
    inki_free(bases);
    return INK_OK;
}

/* -------------------------------------------------------------------- deciding */

/* A word that is no other row's, where the words below come again and again, beside numbers that are no other row's either. */
static bool is_strange(const struct inki_columns *columns, const struct inki_look *look)
{
    size_t words = 0, numbers = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_traits *traits = &look->traits[i];
        if (columns->list[i].top == INKI_TOP_MISSING || comes_again(columns, look, i)) return false;
        numbers += columns->list[i].top == INKI_TOP_NUMBER;
        if (columns->list[i].top == INKI_TOP_WORD) words += REPEATED * traits->distinct <= traits->cells;
    }
    double value, before = -(double)INFINITY;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].top != INKI_TOP_NUMBER) continue;
        if (!inki_parse_real(inki_columns_top(columns, i), &value) || value <= before || value != floor(value))
            return false;
        before = value;
    }
    return words > 0 && numbers > 1 && look->rows >= 2 * FEW_ROWS;
}

static bool is_known(const char *name) { return *name && (inki_is_label_name(name) || inki_is_key_name(name)); }

/* All but one cell, or but few: mistakes. */
static bool nearly_all(unsigned part, unsigned cells)
{
    return part == cells || (cells >= FEW_ROWS && part + 1 == cells) || 20 * (uint64_t)part >= 19 * (uint64_t)cells;
}

/* 5 %, above such. */
static bool has_unit(const char *name, unsigned unit)
{
    size_t length = strlen(name);
    return inki_numeral_unit(&name, &length) == unit && inki_numeral_forms(name, length, NULL);
}

/* A word above dates, or above names of files, that is none. */
static bool stands_above_others(const struct inki_traits *traits, const char *name)
{
    const size_t length = strlen(name);
    return traits->cells > 1 && ((traits->places == traits->cells && !inki_is_place(name, length)) ||
                                 (nearly_all(traits->dates, traits->cells) && !inki_is_date(name, length)));
}

static bool has_names(const struct inki_columns *columns, const struct inki_look *look)
{
    size_t words = 0, missing = 0, known = 0;
    bool unnamed = columns->list[0].top == INKI_TOP_MISSING && !*inki_columns_top(columns, 0), alone = false;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_traits *traits = &look->traits[i];
        const char *name = inki_columns_top(columns, i);
        missing += columns->list[i].top == INKI_TOP_MISSING;
        if (columns->list[i].top != INKI_TOP_WORD) continue;
        if (stands_above_others(traits, name)) return true;
        if (traits->unit && has_unit(name, traits->unit)) continue;
        if (traits->cells > 0 && (traits->forms || nearly_all(traits->numbers, traits->cells))) return true;
        words++;
        known += is_known(name);
        alone = alone || (is_known(name) && look->rows > 1 && !comes_again(columns, look, i));
    }
    if (words > 0 && words + missing == columns->count) return known > 0 || look->rows == 0;
    if (alone || is_counted_header(columns, look, known, unnamed)) return true;
    return rises_outside(columns, look) || is_strange(columns, look);
}

ink_status inki_header_is(const struct inki_columns *columns, const struct inki_look *look, bool *is, bool *lost)
{
    INK_TRY(is_mangled(columns, look, lost));
    *is = *lost || has_names(columns, look);
    return INK_OK;
}

/* ----------------------------------------------------------------------- units */

/* Of the cells of one row: words above columns of numbers, and gaps above such. */
static ink_status see_units(struct inki_cells *cells, const struct inki_look *below, size_t *units, bool *others)
{
    struct inki_cell cell;
    size_t gaps = 0;
    *units = 0;
    for (size_t i = 0; i < below->columns && !cells->row_ended; i++) {
        INK_TRY(inki_cells_next(cells, &cell));
        const struct inki_traits *traits = &below->traits[i];
        bool missing = inki_cell_missing(cells, &cell), numbers = traits->cells > 0 && traits->forms;
        *others = *others || (!missing && inki_numeral_forms(cell.text, cell.length, NULL));
        *units += numbers && !missing;
        gaps += numbers && missing;
    }
    *others = *others || gaps > *units || !cells->row_ended;
    return INK_OK;
}

ink_status inki_header_pass_units(struct inki_cells *cells, const struct inki_columns *columns, bool *passed)
{
    const size_t at = cells->at, line = cells->line, blank_rows = cells->blank_rows;
    struct inki_look below = {.ctx = cells->ctx};
    struct inki_cell cell;
    bool others = false;
    size_t units = 0;
    ink_status status = INK_OK;
    *passed = false;
    if (!inki_cells_row(cells)) return INK_OK;
    const size_t begin = cells->at, begin_line = cells->line;
    if (inki_cells_next(cells, &cell) == INK_OK && !inki_numeral_forms(cell.text, cell.length, NULL)) {
        while (!cells->row_ended && status == INK_OK) status = inki_cells_next(cells, &cell);
        if (status == INK_OK) status = inki_look_begin(&below, cells, columns->count);
        cells->at = begin;
        cells->line = begin_line;
        cells->column = 1;
        cells->row_ended = false;
        if (status == INK_OK && below.rows > 1) status = see_units(cells, &below, &units, &others);
        *passed = status == INK_OK && units > 0 && !others;
    }
    inki_look_free(&below);
    cells->blank_rows = blank_rows;
    if (!*passed) {
        cells->at = at;
        cells->line = line;
    }
    return status == INK_NO_MEMORY ? status : INK_OK;
}
