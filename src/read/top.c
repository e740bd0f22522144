/* top: where a table begins: byte-order mark, sep=, comments, titles, the separator.
 * SPDX-License-Identifier: MIT
 *
 * The separator is the first of tab, semicolon, bar, colon, space, comma that gives all rows the same number of columns, more
 * than one; bar, colon and space only if every comma that is left within a cell is part of a number, then again without that
 * condition, after the comma. Rows above may have other numbers of columns: titles, R's row of names. */
#include "read/top.h"

#include "base/text.h"
#include "read/encoding.h"
#include "read/look.h"
#include "read/numerals.h"

#include <stdio.h>
#include <string.h>

enum { SHAPE_ROWS = 100, SHAPE_CELLS = 40000, TITLES = 10 };

const char inki_separators[INKI_SEPARATORS] = {0, ',', ';', '\t', ' ', '|', ':'};
static const char *const separator_names[INKI_SEPARATORS] = {"", "comma", "semicolon", "tab", "space", "bar", "colon"};

const char *inki_separator_name(char separator)
{
    for (size_t i = 1; i < INKI_SEPARATORS; i++)
        if (inki_separators[i] == separator) return separator_names[i];
    return separator_names[0];
}

/* ----------------------------------------------------------------------- text */

static bool is_control(uint8_t c) { return (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127; }

static bool is_utf16(const uint8_t *bytes, size_t size)
{
    enum { LOOKED = 16 };
    size_t zeros[2] = {0, 0};
    if (size >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF))) return true;
    for (size_t i = 0; i < LOOKED && i < size; i++) zeros[i % 2] += bytes[i] == 0;
    return size >= LOOKED && zeros[0] + zeros[1] == LOOKED / 2 && (zeros[0] == 0 || zeros[1] == 0);
}

size_t inki_text_end(const uint8_t *bytes, size_t size)
{
    size_t end = size;
    while (end > 0 && (bytes[end - 1] == 0x1A || bytes[end - 1] == 0 || bytes[end - 1] == 4 || bytes[end - 1] == 12))
        end--;
    return end;
}

bool inki_is_text(const uint8_t *bytes, size_t size)
{
    size_t end = inki_text_end(bytes, size), looked = end < 4096 ? end : 4096, strange = 0, behind = 0;
    if (is_utf16(bytes, size)) return true; /* for a better message */
    for (size_t i = 0; i < looked; i++) {
        if (is_control(bytes[i])) return false;
        bool follows = bytes[i] >= 0x80 && bytes[i] < 0xC0;
        if (follows != (behind > 0) || (bytes[i] >= 0xC0 && inki_utf8_behind(bytes[i]) == 0)) strange++;
        behind = follows && behind > 0 ? behind - 1 : inki_utf8_behind(bytes[i]);
    }
    return end > 0 && strange <= looked / 2;
}

static ink_status begin_text(struct inki_cells *cells)
{
    if (is_utf16(cells->bytes, cells->size))
        return inki_fail(cells->ctx, INK_UNSUPPORTED, "%s: byte 0: is UTF-16 text; save it as UTF-8", cells->where);
    cells->size = inki_text_end(cells->bytes, cells->size);
    if (cells->size >= 3 && memcmp(cells->bytes, "\xEF\xBB\xBF", 3) == 0) cells->at = 3;
    return INK_OK;
}

/* The line's end from `at` on. */
static size_t line_end(const struct inki_cells *cells, size_t at)
{
    while (at < cells->size && cells->bytes[at] != '\n' && cells->bytes[at] != '\r') at++;
    return at;
}

/* Behind the line that `at` is in. */
static size_t next_line(const struct inki_cells *cells, size_t at)
{
    at = line_end(cells, at);
    if (at < cells->size && cells->bytes[at] == '\r') at++;
    if (at < cells->size && cells->bytes[at] == '\n') at++;
    return at;
}

/* Excel's first line sep=; or "sep=;" */
static void take_sep_line(struct inki_cells *cells, char *given, struct inki_top *top)
{
    static const char word[] = "sep=";
    const size_t length = sizeof word - 1;
    size_t end = line_end(cells, cells->at), at = cells->at + (cells->at < end && cells->bytes[cells->at] == '"'),
           i = 0;
    while (i < length && at + i < end && inki_lower((char)cells->bytes[at + i]) == word[i]) i++;
    if (i < length || at + length >= end || end - at > length + 2) return;
    char separator = (char)cells->bytes[at + length];
    if (!strchr(",;\t |:", separator)) return;
    if (!*given) *given = separator;
    top->given = true;
    cells->at = next_line(cells, cells->at);
    cells->line++;
}

/* ---------------------------------------------------------------------- shape */

/* What a separator makes of one row. */
struct shape {
    uint32_t count, filled; /* cells, and those that are not missing */
    bool words;             /* no cell is a number, and one is something */
    bool mark;              /* the first cell is # alone */
    bool first_quoted, last_missing;
};

struct shapes {
    struct shape rows[SHAPE_ROWS];
    size_t count;
    size_t cells, numbers;
    size_t files;    /* rows that begin with the name of a file */
    bool commas_fit; /* a comma within a cell is part of a number, if the cell is not quoted */
    bool dates;      /* rows as a whole are dates or times */
    bool broken;     /* a quote is */
};

/* Up to three digits, as most cells of images are. */
static bool is_short_number(const struct inki_cell *cell)
{
    size_t i = 0;
    while (i < cell->length && cell->text[i] >= '0' && cell->text[i] <= '9') i++;
    return i > 0 && i <= 3 && i == cell->length;
}

static void see_cell(struct shapes *shapes, struct shape *row, const struct inki_cells *cells,
                     const struct inki_cell *cell)
{
    bool quick = is_short_number(cell), missing = !quick && inki_cell_missing(cells, cell),
         number = quick || (!missing && inki_numeral_forms(cell->text, cell->length, NULL));
    if (row->count == 0) shapes->files += inki_is_place(cell->text, cell->length);
    if (row->count++ == 0) row->mark = cell->length == 1 && *cell->text == '#' && !cell->quoted;
    row->filled += !missing;
    row->last_missing = missing;
    if (number) row->words = false;
    shapes->numbers += number;
    shapes->cells++;
    if (!cell->quoted && !number && memchr(cell->text, ',', cell->length)) shapes->commas_fit = false;
}

/* The rows from where the cells stand, as this separator cuts them; the cells are left where they are. */
static ink_status take_shapes(struct inki_cells *cells, char separator, struct shapes *shapes)
{
    const size_t at = cells->at, line = cells->line, blank_rows = cells->blank_rows;
    struct inki_cell cell;
    ink_status status = INK_OK;
    *shapes = (struct shapes){.commas_fit = true, .dates = true};
    cells->separator = separator;
    while (shapes->count < SHAPE_ROWS && shapes->cells < SHAPE_CELLS && status == INK_OK && inki_cells_row(cells)) {
        struct shape *row = &shapes->rows[shapes->count];
        size_t begin = cells->at, end = line_end(cells, begin);
        *row = (struct shape){.words = true};
        while (!cells->row_ended && (status = inki_cells_next(cells, &cell)) == INK_OK)
            see_cell(shapes, row, cells, &cell);
        row->words = row->words && row->filled > 0;
        if (shapes->dates && shapes->count > 0 && !inki_is_date((const char *)cells->bytes + begin, end - begin))
            shapes->dates = false;
        shapes->count++;
    }
    shapes->broken = status != INK_OK;
    shapes->dates = shapes->dates && shapes->count > 1;
    cells->at = at;
    cells->line = line;
    cells->blank_rows = blank_rows;
    return status == INK_NO_MEMORY ? status : INK_OK;
}

/* The number of columns that the rows have from *begin on, which is as far up as can be; 0 if they have none in common. */
static size_t common_columns(const struct shapes *shapes, size_t *begin)
{
    size_t last = shapes->count, columns = last ? shapes->rows[last / 2].count : 0;
    for (*begin = last; *begin > 0 && shapes->rows[*begin - 1].count == columns; --*begin) continue;
    return *begin < last && (*begin == 0 || *begin + 2 <= last || shapes->rows[0].mark) ? columns : 0;
}

static enum inki_fit fit_of(const struct shapes *shapes, size_t columns, size_t begin)
{
    const struct shape *names = &shapes->rows[begin - 1];
    bool all_empty = true;
    if (begin + 1 < shapes->count && shapes->rows[begin].words && !shapes->rows[begin + 1].words)
        return INKI_FITS; /* these are the names */
    if (names->mark && names->count == columns + 1) return INKI_MARKED;
    if (!names->words || names->count + 1 != columns) return INKI_FITS;
    for (size_t i = begin; i < shapes->count; i++) all_empty = all_empty && shapes->rows[i].last_missing;
    return all_empty ? INKI_ENDS_EMPTY : INKI_ROW_NAMES;
}

/* Whether the rows above `begin` can be titles: few, and of one cell, or above a row of names. */
static bool are_titles(const struct shapes *shapes, size_t begin, size_t columns)
{
    bool names_follow = begin + 1 < shapes->count && shapes->rows[begin].words && !shapes->rows[begin + 1].words;
    if (begin > TITLES) return false;
    for (size_t i = 0; i < begin; i++) {
        const struct shape *row = &shapes->rows[i];
        bool one = row->count == 1 || (row->filled == 1 && columns > 2);
        if (row->count == columns || (!names_follow && (!row->words || !one))) return false;
    }
    return true;
}

/* Titles that have as many cells as the rows, but one with a text at most, above a row of names: how many. */
static size_t padded_titles(const struct shapes *shapes, size_t columns)
{
    size_t count = 0;
    while (count < shapes->count && count < TITLES && shapes->rows[count].filled <= 1) count++;
    bool names_follow = count + 1 < shapes->count && shapes->rows[count].words && !shapes->rows[count + 1].words;
    return columns > 2 && names_follow ? count : 0;
}

/* Whether the separator makes a table: *titles rows stand above it. */
static bool makes_table(const struct shapes *shapes, char separator, size_t *columns, size_t *titles,
                        enum inki_fit *fit)
{
    size_t begin;
    *columns = common_columns(shapes, &begin);
    *titles = 0;
    *fit = INKI_FITS;
    if (*columns < 2 || shapes->broken) return false;
    if (separator == ' ' && shapes->numbers < shapes->cells / 4 && shapes->files < shapes->count)
        return false; /* sentences have spaces too */
    if (separator == ':' && (shapes->dates || shapes->numbers < shapes->cells / 2)) return false;
    if (begin == 0) {
        *titles = padded_titles(shapes, *columns);
        return true;
    }
    *fit = fit_of(shapes, *columns, begin);
    if (separator == ':' && *fit == INKI_ROW_NAMES) return false; /* times of day have colons, and names none */
    *titles = *fit == INKI_FITS ? begin : begin - 1;
    return *titles == 0 || are_titles(shapes, *titles, *columns);
}

/* ------------------------------------------------------------------ separator */

static ink_status pass_rows(struct inki_cells *cells, size_t rows)
{
    struct inki_cell cell;
    for (; rows > 0 && inki_cells_row(cells); rows--)
        while (!cells->row_ended) INK_TRY(inki_cells_next(cells, &cell));
    return INK_OK;
}

/* Names that another separator would cut into as many columns as the rows have. */
static ink_status check_titles(struct inki_cells *cells, char separator, size_t titles, size_t columns,
                               struct shapes *other)
{
    INK_TRY(take_shapes(cells, separator, other));
    if (titles + 1 < other->count && other->rows[titles].words && !other->rows[titles + 1].words)
        return INK_OK; /* names follow */
    for (size_t i = 1; i < INKI_SEPARATORS; i++) {
        if (inki_separators[i] == separator) continue;
        INK_TRY(take_shapes(cells, inki_separators[i], other));
        if (other->count == 0 || other->rows[0].count != columns || !other->rows[0].words) continue;
        return inki_fail(cells->ctx, INK_BAD_DATA,
                         "%s:%zu: the cells of this row are separated by %ss, those of the rows below by %ss; use one "
                         "of them in the whole file",
                         cells->where, cells->line, inki_separator_name(inki_separators[i]),
                         inki_separator_name(separator));
    }
    cells->separator = separator;
    return INK_OK;
}

static ink_status begin_at(struct inki_cells *cells, char separator, size_t titles, struct shapes *shapes,
                           struct inki_top *top)
{
    cells->separator = separator;
    if (titles == 0) return INK_OK;
    INK_TRY(check_titles(cells, separator, titles, top->columns, shapes));
    top->lines += titles;
    return pass_rows(cells, titles);
}

static ink_status choose_separator(struct inki_cells *cells, char given, struct shapes *shapes, struct inki_top *top)
{
    static const char order[] = {'\t', ';', '|', ':', ' ', ',', '|', ':', ' '};
    enum { STRICT = 2, COMMA = 5 };
    size_t most = 1, titles = 0;
    char best = ',';
    for (size_t i = 0; i < sizeof order; i++) {
        if (given && i > 0) break;
        char separator = given ? given : order[i];
        bool strict = !given && i >= STRICT && i < COMMA;
        INK_TRY(take_shapes(cells, separator, shapes));
        bool found = makes_table(shapes, separator, &top->columns, &titles, &top->fit);
        if (found && (!strict || shapes->commas_fit)) return begin_at(cells, separator, titles, shapes, top);
        if (shapes->count && shapes->rows[0].count > most && separator != ' ' && separator != ':' && !shapes->broken) {
            best = separator;
            most = shapes->rows[0].count;
        }
    }
    top->columns = 0;
    top->fit = INKI_FITS;
    cells->separator = given ? given : best;
    return INK_OK;
}

/* ------------------------------------------------------------------- comments */

static size_t comment_mark(const struct inki_cells *cells, size_t at)
{
    while (at < cells->size && (cells->bytes[at] == ' ' || cells->bytes[at] == '\t')) at++;
    if (at == cells->size) return 0;
    if (cells->bytes[at] == '#' || cells->bytes[at] == '%') return cells->bytes[at];
    return at + 1 < cells->size && cells->bytes[at] == '/' && cells->bytes[at + 1] == '/' ? '/' : 0;
}

/* The last line of comments may hold the names, as numpy.savetxt writes them. */
static ink_status is_row_of_names(struct inki_cells *cells, const struct shapes *rows, size_t columns, bool *is)
{
    struct shapes line;
    const size_t size = cells->size;
    cells->size = line_end(cells, cells->at);
    INK_TRY(take_shapes(cells, cells->separator, &line));
    cells->size = size;
    const struct shape *names = &line.rows[0];
    bool first_is_names = rows->count > 1 && rows->rows[0].words && !rows->rows[1].words;
    *is = line.count == 1 && columns > 0 && names->words && !first_is_names &&
          (names->count == columns || (names->mark && names->count == columns + 1));
    return INK_OK;
}

/* Leaves the cells at the line of names that is the last of the comments. */
static ink_status begin_at_names(struct inki_cells *cells, size_t columns, size_t lines, struct inki_top *top)
{
    struct shapes line;
    INK_TRY(take_shapes(cells, cells->separator, &line));
    top->fit = line.rows[0].count == columns + 1 ? INKI_MARKED : INKI_FITS;
    top->lines += lines - 1;
    return INK_OK;
}

/* Lines that begin with a comment's mark, from where the cells stand on. */
static ink_status pass_comments(struct inki_cells *cells, char given, struct shapes *shapes, struct inki_top *top)
{
    size_t lines = 0, at = cells->at, last = at;
    const size_t mark = comment_mark(cells, at), first_line = cells->line;
    for (; mark && at < cells->size && comment_mark(cells, at) == mark; at = next_line(cells, at)) {
        last = at;
        lines++;
    }
    if (lines == 0 || at == cells->size) return choose_separator(cells, given, shapes, top);
    cells->at = at;
    cells->line = first_line + lines;
    INK_TRY(choose_separator(cells, given, shapes, top));
    const size_t body = cells->at, body_line = cells->line;
    size_t columns = top->columns;
    bool names = false;
    INK_TRY(take_shapes(cells, cells->separator, shapes));
    if (columns == 0 && shapes->count > 0) columns = shapes->rows[0].count;
    cells->at = last;
    cells->line = first_line + lines - 1;
    if (top->lines == 0 && top->fit == INKI_FITS) INK_TRY(is_row_of_names(cells, shapes, columns, &names));
    if (names) return begin_at_names(cells, columns, lines, top);
    cells->at = body;
    cells->line = body_line;
    cells->comment = (char)(mark == '/' ? 0 : mark);
    top->lines += lines;
    return INK_OK;
}

ink_status inki_top_find(struct inki_cells *cells, char given, struct inki_top *top)
{
    struct shapes shapes;
    *top = (struct inki_top){0};
    INK_TRY(begin_text(cells));
    take_sep_line(cells, &given, top);
    size_t at = cells->at;
    while (at < cells->size && strchr(" \t\r\n", cells->bytes[at]) && cells->bytes[at]) at++;
    if (comment_mark(cells, at) == 0) return choose_separator(cells, given, &shapes, top);
    while (cells->at < at && next_line(cells, cells->at) <= at) { /* empty lines */
        cells->at = next_line(cells, cells->at);
        cells->line++;
    }
    return pass_comments(cells, given, &shapes, top);
}
