/* cells: separators, quotes, line ends, numbers.
 * SPDX-License-Identifier: MIT */
#include "read/cells.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/encoding.h"
#include "read/numerals.h"

#include <stdio.h>
#include <string.h>

static bool is_blank(const struct inki_cells *cells, uint8_t c)
{
    return (c == ' ' || c == '\t') && (c != (uint8_t)cells->separator || c == ' ');
}

static bool is_line_end(uint8_t c) { return c == '\n' || c == '\r'; }

static void skip_blanks(struct inki_cells *cells)
{
    while (cells->at < cells->size && is_blank(cells, cells->bytes[cells->at])) cells->at++;
}

/* At a line end: goes behind it. */
static void pass_line_end(struct inki_cells *cells)
{
    bool cr = cells->bytes[cells->at++] == '\r';
    if (cr && cells->at < cells->size && cells->bytes[cells->at] == '\n') cells->at++;
    cells->line++;
}

/* Goes to the line's end if there are only separators, blanks and empty quotes before it. */
static bool pass_blank_row(struct inki_cells *cells)
{
    size_t at = cells->at, separators = 0;
    if (cells->arff || cells->separator == ' ') return false;
    for (; at < cells->size && !is_line_end(cells->bytes[at]); at++) {
        uint8_t c = cells->bytes[at];
        if (c == '"' && at + 1 < cells->size && cells->bytes[at + 1] == '"')
            at++;
        else if (c != (uint8_t)cells->separator && !is_blank(cells, c))
            return false;
        separators += c == (uint8_t)cells->separator;
    }
    if (separators == 0) return false;
    cells->at = at;
    cells->blank_rows++;
    return true;
}

/* At the end: goes on with the next piece. False if there is none. */
static bool refill(struct inki_cells *cells)
{
    if (!cells->feed || cells->failed != INK_OK) return false;
    cells->failed = cells->feed->next(cells->feed, &cells->bytes, &cells->size, &cells->line);
    cells->at = 0;
    if (cells->failed != INK_OK) cells->size = 0;
    return cells->size > 0;
}

bool inki_cells_row(struct inki_cells *cells)
{
    cells->column = 1;
    cells->row_ended = cells->closed = false;
    for (;;) {
        size_t begin = cells->at;
        skip_blanks(cells);
        if (cells->at == cells->size && !refill(cells)) return false;
        if (cells->at == 0) begin = 0;
        uint8_t c = cells->bytes[cells->at];
        if (c == (uint8_t)cells->comment && c) {
            while (cells->at < cells->size && !is_line_end(cells->bytes[cells->at])) cells->at++;
        } else if ((c == (uint8_t)cells->separator || c == '"') && pass_blank_row(cells)) {
            if (cells->at == cells->size && !cells->feed) return false;
        } else if (!is_line_end(c)) {
            cells->at = begin;
            return true;
        }
        if (cells->at < cells->size) pass_line_end(cells);
    }
}

/* Behind a cell: goes behind blanks and the separator or the line end. False if something else is there. */
static bool pass_end(struct inki_cells *cells)
{
    size_t end = cells->at;
    skip_blanks(cells);
    uint8_t c = cells->at < cells->size ? cells->bytes[cells->at] : '\n';
    cells->closed = cells->closing && c == (uint8_t)cells->closing;
    cells->row_ended = cells->closed || is_line_end(c);
    if (cells->separator == ' ' && !cells->row_ended) {
        cells->column++;
        return cells->at > end;
    }
    if (c != (uint8_t)cells->separator && !cells->row_ended) return false;
    if (cells->at < cells->size) {
        if (is_line_end(c))
            pass_line_end(cells);
        else
            cells->at++;
    }
    cells->column++;
    return true;
}

/* ------------------------------------------------------------------ quotes */

static bool is_quote(const struct inki_cells *cells, uint8_t c) { return c == '"' || (cells->arff && c == '\''); }

static ink_status keep_byte(struct inki_cells *cells, struct inki_cell *cell, uint8_t c)
{
    if (cell->length == cells->scratch_room) {
        size_t room = 2 * cells->scratch_room + 64;
        char *scratch = inki_grow(cells->ctx, cells->scratch, cell->length, room, 1);
        if (!scratch) return INK_NO_MEMORY;
        cells->scratch = scratch;
        cells->scratch_room = room;
    }
    cells->scratch[cell->length++] = (char)c;
    return INK_OK;
}

static uint8_t unescaped(uint8_t c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c; }

/* Behind the opening quote: takes all up to the closing one. */
static ink_status take_quoted(struct inki_cells *cells, struct inki_cell *cell, uint8_t quote)
{
    const uint8_t *bytes = cells->bytes;
    while (cells->at < cells->size) {
        uint8_t c = bytes[cells->at];
        bool more = cells->at + 1 < cells->size;
        if (c == quote && !(more && bytes[cells->at + 1] == quote && !cells->arff)) {
            cells->at++;
            return INK_OK;
        }
        if (is_line_end(c)) {
            size_t begin = cells->at;
            pass_line_end(cells);
            for (size_t i = begin; i < cells->at; i++) INK_TRY(keep_byte(cells, cell, bytes[i]));
            continue;
        }
        if (c == '\\' && cells->arff && more && !is_line_end(bytes[cells->at + 1]))
            c = unescaped(bytes[++cells->at]);
        else if (c == quote)
            cells->at++; /* doubled */
        cells->at++;
        INK_TRY(keep_byte(cells, cell, c));
    }
    return inki_fail(cells->ctx, INK_BAD_DATA, "%s:%zu:%zu: the quote opened here is never closed; close or remove it",
                     cells->where, cell->line, cell->column);
}

static ink_status quoted_cell(struct inki_cells *cells, struct inki_cell *cell)
{
    cell->quoted = true;
    INK_TRY(take_quoted(cells, cell, cells->bytes[cells->at++]));
    cell->text = cells->scratch ? cells->scratch : "";
    if (pass_end(cells)) return INK_OK;
    return inki_fail(cells->ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: unexpected text after the closing quote; double the quotes inside a quoted cell",
                     cells->where, cells->line, cells->column);
}

/* ---------------------------------------------------------------- encoding */

ink_status inki_cells_to_utf8(struct inki_cells *cells, struct inki_cell *cell)
{
    size_t length = cell->length, known = length < cells->scratch_room ? length : cells->scratch_room;
    if (inki_is_utf8(cell->text, length)) return INK_OK;
    bool moved = cell->text == cells->scratch;
    size_t room = INKI_RECODED_ROOM * length;
    if (cells->scratch_room < room) {
        char *scratch = inki_grow(cells->ctx, cells->scratch, known, room, 1);
        if (!scratch) return INK_NO_MEMORY;
        cells->scratch = scratch;
        cells->scratch_room = room;
    }
    if (!moved) memcpy(cells->scratch, cell->text, length);
    for (size_t i = 0; i < length; i++) cells->foreign = cells->foreign || inki_is_foreign(cells->scratch[i]);
    cell->length = inki_recode(cells->scratch, length);
    cell->text = cells->scratch;
    cells->recoded = true;
    return INK_OK;
}

/* ------------------------------------------------------------------- cells */

static ink_status too_short(const struct inki_cells *cells)
{
    size_t has = cells->column - 1, end = cells->at;
    while (end > 0 && is_line_end(cells->bytes[end - 1])) end--;
    while (end > 0 && !is_line_end(cells->bytes[end - 1])) end--;
    if (end < cells->size && strchr("#%;", cells->bytes[end]) && cells->bytes[end])
        return inki_fail(cells->ctx, INK_BAD_DATA, "%s:%zu: a remark stands between the rows; remove it", cells->where,
                         cells->line - (cells->at > 0 && is_line_end(cells->bytes[cells->at - 1])));
    return inki_fail(cells->ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: the row has %zu column%s; expected %zu; is the file cut short?", cells->where,
                     cells->line - (cells->at > 0 && is_line_end(cells->bytes[cells->at - 1])), has + 1, has,
                     has == 1 ? "" : "s", cells->columns);
}

static bool ends_cell(const struct inki_cells *cells, uint8_t c)
{
    return c == (uint8_t)cells->separator || is_line_end(c) || (cells->closing && c == (uint8_t)cells->closing) ||
           (c == '\t' && cells->separator == ' ');
}

static ink_status next_cell(struct inki_cells *cells, struct inki_cell *cell)
{
    if (cells->row_ended) return too_short(cells);
    skip_blanks(cells);
    size_t begin = cells->at;
    *cell = (struct inki_cell){.text = "", .line = cells->line, .column = cells->column};
    if (begin < cells->size && is_quote(cells, cells->bytes[begin])) return quoted_cell(cells, cell);
    while (cells->at < cells->size && !ends_cell(cells, cells->bytes[cells->at])) cells->at++;
    size_t end = cells->at;
    while (end > begin && is_blank(cells, cells->bytes[end - 1])) end--;
    cell->text = (const char *)cells->bytes + begin;
    cell->length = end - begin;
    pass_end(cells);
    return INK_OK;
}

/* Whether the cell is one of the texts that the setting missing has, or the same number. */
static bool is_given_gap(const struct inki_cells *cells, const struct inki_cell *cell)
{
    double value = 0, other;
    const bool number = inki_cell_number(cell, &value);
    for (const char *at = cells->gaps; *at;) {
        struct inki_cell given = {.text = at, .length = strcspn(at, ",")};
        at += given.length + (at[given.length] != 0);
        inki_trim(&given.text, &given.length);
        if (given.length == cell->length && memcmp(given.text, cell->text, given.length) == 0) return true;
        if (number && inki_cell_number(&given, &other) && other == value) return true;
    }
    return false;
}

ink_status inki_cells_next(struct inki_cells *cells, struct inki_cell *cell)
{
    INK_TRY(next_cell(cells, cell));
    if (cells->gaps && is_given_gap(cells, cell)) cell->length = 0;
    return INK_OK;
}

ink_status inki_cells_word(struct inki_cells *cells, struct inki_cell *cell)
{
    skip_blanks(cells);
    *cell = (struct inki_cell){.text = "", .line = cells->line, .column = cells->column};
    if (cells->at < cells->size && is_quote(cells, cells->bytes[cells->at])) {
        cell->quoted = true;
        INK_TRY(take_quoted(cells, cell, cells->bytes[cells->at++]));
        if (cells->scratch) cell->text = cells->scratch;
        return INK_OK;
    }
    cell->text = (const char *)cells->bytes + cells->at;
    for (; cells->at < cells->size; cells->at++, cell->length++) {
        uint8_t c = cells->bytes[cells->at];
        if (is_blank(cells, c) || is_line_end(c) || c == '{') break;
    }
    return INK_OK;
}

ink_status inki_cells_end_row(const struct inki_cells *cells)
{
    if (cells->row_ended) return INK_OK;
    return inki_fail(
        cells->ctx, INK_BAD_DATA,
        "%s:%zu:%zu: the row continues here; expected %zu column%s; is there an extra separator or quote%s?",
        cells->where, cells->line, cells->column, cells->columns, cells->columns == 1 ? "" : "s",
        cells->separator == ',' ? ", or a decimal comma" : "");
}

void inki_cells_free(struct inki_cells *cells)
{
    inki_free(cells->scratch);
    cells->scratch = NULL;
    cells->scratch_room = 0;
}

/* ----------------------------------------------------------------- numbers */

bool inki_cell_number(const struct inki_cell *cell, double *value)
{
    const char *text = cell->text;
    size_t length = cell->length;
    while (length > 0 && *text == ' ') text++, length--; /* there can be blanks within quotes */
    while (length > 0 && text[length - 1] == ' ') length--;
    return length > 0 && inki_parse_number(text, length, value) == length;
}

static bool is_word(const struct inki_cell *cell, const char *word)
{
    size_t i = 0;
    while (i < cell->length && word[i] && inki_lower(cell->text[i]) == word[i]) i++;
    return i == cell->length && !word[i];
}

/* By its first character, which decides for most cells. */
static bool may_be_gap(const struct inki_cell *cell)
{
    const char c = cell->length ? *cell->text : '?';
    return c == '?' || c == '-' || c == 'n' || c == 'N' || c == '#' || c == '<';
}

bool inki_cell_missing(const struct inki_cells *cells, const struct inki_cell *cell)
{
    static const char *const words[] = {"", "?", "na", "n/a", "nan", "null", "#n/a", "<na>", "-nan", "nat"};
    if (cell->length > 4 || !may_be_gap(cell)) return false;
    for (size_t i = 0; i < (cells->arff ? 2 : sizeof words / sizeof *words); i++) {
        if (is_word(cell, words[i])) return !cell->quoted || cell->length == 0;
    }
    return false;
}

bool inki_cell_weak(const struct inki_cells *cells, const struct inki_cell *cell)
{
    return !cells->arff && !cell->quoted && may_be_gap(cell) && (is_word(cell, "-") || is_word(cell, "none"));
}

/* inf, Infinity and -inf, as C, Python and R write it. */
static bool is_infinite(const struct inki_cell *cell, float *value)
{
    struct inki_cell bare = *cell;
    const bool sign = bare.length > 0 && (*bare.text == '-' || *bare.text == '+');
    bare.text += sign, bare.length -= sign;
    if (!is_word(&bare, "inf") && !is_word(&bare, "infinity")) return false;
    *value = sign && *cell->text == '-' ? -INFINITY : INFINITY;
    return true;
}

bool inki_cell_special(const struct inki_cells *cells, const struct inki_cell *cell, float *value)
{
    if (is_infinite(cell, value)) return true;
    *value = NAN;
    return inki_cell_missing(cells, cell) || inki_cell_weak(cells, cell);
}

/* Cut at most at a character's border; control characters would spoil the line. */
const char *inki_cell_shown(const struct inki_cell *cell, char out[INKI_SHOWN_ROOM])
{
    const size_t most = INKI_SHOWN_ROOM - 4;
    size_t length = cell->length;
    if (length > most) {
        length = most;
        while (length > 0 && ((uint8_t)cell->text[length] & 0xC0) == 0x80) length--;
    }
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)cell->text[i];
        out[i] = c < ' ' || c == 127 ? ' ' : (char)c;
    }
    memcpy(out + length, length < cell->length ? "…" : "", length < cell->length ? sizeof "…" : 1);
    return out;
}

/* "--drop A,B,3": what was left out so far, and the column of this cell. */
static const char *drop_text(const struct inki_cells *cells, const struct inki_cell *cell, char out[400])
{
    const char *dropped = cells->dropped && strlen(cells->dropped) < 300 ? cells->dropped : "";
    snprintf(out, 400, "--drop %s%s%zu", dropped, *dropped ? "," : "", cell->column);
    return out;
}

/* Nothing but separators and blanks stands behind the row. */
static bool is_last_row(const struct inki_cells *cells)
{
    enum { FEW_LINES = 10 };
    size_t at = cells->at;
    while (!cells->row_ended && at < cells->size && !is_line_end(cells->bytes[at])) at++;
    while (at < cells->size && (is_line_end(cells->bytes[at]) || is_blank(cells, cells->bytes[at]) ||
                                cells->bytes[at] == (uint8_t)cells->separator))
        at++;
    return at == cells->size && cells->line > FEW_LINES && !cells->feed;
}

ink_status inki_cells_not_a_number(const struct inki_cells *cells, const struct inki_cell *cell)
{
    char shown[INKI_SHOWN_ROOM], drop[400], label[80] = "";
    double value;
    inki_cell_shown(cell, shown);
    drop_text(cells, cell, drop);
    if (is_last_row(cells))
        return inki_fail(
            cells->ctx, INK_BAD_DATA,
            "%s:%zu:%zu: expected a number, found '%s'; it is the last row: remove that if it is a sum or a "
            "remark, else correct it",
            cells->where, cell->line, cell->column, shown);
    if (inki_cell_number(cell, &value) && inki_is_value(value))
        return inki_fail(cells->ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: %s has no unit, as the other numbers of its column have; write it as they are, "
                         "or all without",
                         cells->where, cell->line, cell->column, shown);
    if (inki_cell_number(cell, &value)) {
        return inki_fail(cells->ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: %s is not a number that a 32-bit float holds; correct it, or scale the column",
                         cells->where, cell->line, cell->column, shown);
    }
    if (cells->columns == 1)
        return inki_fail(cells->ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: '%s' is not a number; correct it, or say what separates the cells (--separator)",
                         cells->where, cell->line, cell->column, shown);
    unsigned forms = inki_numeral_forms(cell->text, cell->length, NULL);
    if (forms) {
        return inki_fail(cells->ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: '%s' is written with %s, but column %zu as a whole is not; write all its "
                         "numbers as 1234.5",
                         cells->where, cell->line, cell->column, shown, inki_numeral_text(forms), cell->column);
    }
    if (!cells->labelled)
        snprintf(label, sizeof label, "declare column %zu as the labels (--label-column %zu), ", cell->column,
                 cell->column);
    return inki_fail(cells->ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: '%s' is not a number; correct it or leave it empty, %sread the column as words "
                     "(--columns %zu=category), or leave it out (%s)",
                     cells->where, cell->line, cell->column, shown, label, cell->column, drop);
}

/* Integers of 0 to 255 with at most three digits and a separator right behind, which pixels are: as many as there are
 * up to `count`; zeros, which most pixels are, four at a time. Four bytes are looked at, where there are so many. Returns how many. */
static size_t short_numbers(struct inki_cells *cells, size_t count, uint8_t *out)
{
    const uint8_t *at = cells->bytes + cells->at, separator = (uint8_t)cells->separator;
    const uint8_t zeros[] = {'0', separator, '0', separator, '0', separator, '0', separator};
    size_t left = cells->size - cells->at, done = 0;
    while (done < count && left >= 4) {
        while (count - done >= sizeof zeros / 2 && left > sizeof zeros && memcmp(at, zeros, sizeof zeros) == 0) {
            memset(out + done, 0, sizeof zeros / 2);
            done += sizeof zeros / 2;
            at += sizeof zeros;
            left -= sizeof zeros;
        }
        if (done == count || left < 4) break;
        unsigned value = at[0] - (unsigned)'0', next = at[1] - (unsigned)'0', length = 1;
        if (value > 9) break;
        if (next <= 9) {
            value = 10 * value + next;
            next = at[2] - (unsigned)'0';
            length = 2;
            if (next <= 9) {
                value = 10 * value + next;
                length = 3;
            }
        }
        if (at[length] != separator || value > 255) break;
        out[done++] = (uint8_t)value;
        at += length + 1;
        left -= length + 1;
    }
    cells->at = cells->size - left;
    cells->column += done;
    return done;
}

static ink_status put_special(struct inki_cells *cells, const struct inki_cell *cell, struct inki_values *values)
{
    float special;
    if (!inki_cell_special(cells, cell, &special)) {
        cells->broken = true;
        return inki_cells_not_a_number(cells, cell);
    }
    return inki_values_put_special(values, special);
}

/* A number that is written with `length` characters. */
static ink_status put_number(const struct inki_cells *cells, size_t length, double value, struct inki_values *values)
{
    if (inki_may_merge(length, value) && cells->merging && inki_merging_has(cells->merging, cells->line, value))
        inki_merging_keep(cells->merging, values->count % cells->width, value);
    return inki_values_put(values, value);
}

/* One number of any form, and what stands around it. */
static ink_status careful_number(struct inki_cells *cells, struct inki_values *values)
{
    struct inki_cell cell;
    double value;
    if (cells->row_ended) return too_short(cells);
    size_t begin = cells->at, line = cells->line, column = cells->column;
    skip_blanks(cells);
    const char *text = (const char *)cells->bytes + cells->at;
    size_t length = inki_parse_number(text, cells->size - cells->at, &value);
    cells->at += length;
    if (length > 0 && pass_end(cells) && inki_is_value(value)) return put_number(cells, length, value, values);
    cells->at = begin; /* a quoted number, or none: once more, with care */
    cells->line = line;
    cells->column = column;
    cells->row_ended = false;
    INK_TRY(inki_cells_next(cells, &cell));
    if (inki_cell_number(&cell, &value) && inki_is_value(value)) return put_number(cells, cell.length, value, values);
    return put_special(cells, &cell, values);
}

/* One number. Most have a separator right behind them. */
static ink_status any_number(struct inki_cells *cells, struct inki_values *values)
{
    const size_t begin = cells->at;
    double value;
    if (cells->row_ended || cells->separator == ' ') return careful_number(cells, values);
    size_t length = inki_parse_number((const char *)cells->bytes + begin, cells->size - begin, &value);
    if (length == 0 || begin + length == cells->size || cells->bytes[begin + length] != (uint8_t)cells->separator ||
        !inki_is_value(value))
        return careful_number(cells, values);
    cells->at = begin + length + 1;
    cells->column++;
    return put_number(cells, length, value, values);
}

ink_status inki_cells_numbers(struct inki_cells *cells, size_t count, struct inki_values *values)
{
    if (cells->gaps) return inki_cells_numerals(cells, count, INKI_PLAIN, values);
    while (count > 0) {
        size_t done = 0;
        if (values->bytes && !cells->row_ended && cells->separator != ' ' && values->room - values->count >= count) {
            done = short_numbers(cells, count, values->bytes + values->count);
            values->count += done;
            count -= done;
        }
        if (count == 0) break;
        INK_TRY(any_number(cells, values));
        count--;
    }
    return INK_OK;
}

ink_status inki_cells_numerals(struct inki_cells *cells, size_t count, unsigned form, struct inki_values *values)
{
    struct inki_cell cell;
    double value;
    for (; count > 0; count--) {
        INK_TRY(inki_cells_next(cells, &cell));
        if (inki_numeral_value(cell.text, cell.length, form, &value) && inki_is_value(value))
            INK_TRY(put_number(cells, cell.length, value, values));
        else
            INK_TRY(put_special(cells, &cell, values));
    }
    return INK_OK;
}
