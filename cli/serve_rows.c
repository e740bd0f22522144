/* serve_rows: the rows of a request: lists of values, or objects with a value a column.
 * SPDX-License-Identifier: MIT
 *
 * They are read by a reader of their own: a body of 16 MB may hold eight million numbers, for each of which a tree of JSON values would
 * take some forty bytes. */
#include "serve.h"

#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void skip_blanks(struct serve_reading *r)
{
    while (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t') r->at++;
}

static bool take_char(struct serve_reading *r, char c)
{
    skip_blanks(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static bool fail_reading(struct serve_reading *r, const char *what)
{
    if (!r->wrong.text) r->wrong = answer_error(400, "byte %zu: %s", (size_t)(r->at - r->begin), what);
    return false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Length of the JSON number at `text`, 0 if there is none. */
static size_t number_length(const char *text)
{
    const char *at = text + (*text == '-');
    if (!is_digit(*at)) return 0;
    if (*at == '0')
        at++;
    else
        while (is_digit(*at)) at++;
    if (*at == '.') {
        if (!is_digit(*++at)) return 0;
        while (is_digit(*at)) at++;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        if (!is_digit(*at)) return 0;
        while (is_digit(*at)) at++;
    }
    return (size_t)(at - text);
}

/* A byte value, which most numbers are: one to three digits and nothing that goes on. Returns its length, else 0. */
static size_t read_small(const char *text, float *out)
{
    unsigned value = 0;
    size_t length = 0;
    for (; length < 3 && is_digit(text[length]); length++) value = 10 * value + (unsigned)(text[length] - '0');
    char next = text[length];
    if (length == 0 || (length > 1 && *text == '0') || is_digit(next) || next == '.' || next == 'e' || next == 'E')
        return 0;
    *out = (float)value;
    return length;
}

static bool read_number(struct serve_reading *r, float *out)
{
    skip_blanks(r);
    size_t length = read_small(r->at, out);
    if (length == 0) {
        length = number_length(r->at);
        if (length == 0) return fail_reading(r, "a number is missing");
        *out = (float)strtod(r->at, NULL);
        if (!isfinite(*out)) return fail_reading(r, "a number is too large");
    }
    r->at += length;
    return true;
}

static bool out_of_memory(struct serve_reading *r)
{
    r->wrong = answer_error(503, "out of memory; try fewer rows");
    return false;
}

static bool make_room(struct serve_reading *r, size_t rows)
{
    float *p = reallocarray(r->p, rows, r->service->info.outputs * sizeof *p);
    if (!p) return false;
    r->p = p;
    float *known = reallocarray(r->known, rows, sizeof *known);
    if (!known) return false;
    r->known = known;
    return true;
}

/* The rows that have been read and not answered. */
static bool answer_chunk(struct serve_reading *r)
{
    const struct service *service = r->service;
    size_t classes = service->info.outputs, larger = r->room ? 2 * r->room : 1;
    while (larger < r->rows) larger *= 2;
    if (r->rows > r->room) {
        if (!make_room(r, larger)) return out_of_memory(r);
        r->room = larger;
    }
    if (!service_answer_rows(service, r->done, r->rows - r->done, service->x, r->p + r->done * classes,
                             r->known + r->done, &r->wrong))
        return false;
    r->done = r->rows;
    return true;
}

static bool begin_row(struct serve_reading *r)
{
    if (r->rows == SERVE_ROWS_MOST || (r->rows + 1) * r->service->info.outputs > SERVE_ANSWERS_MOST) {
        r->wrong = answer_error(413, "more than %zu rows; send them in several requests", r->rows);
        return false;
    }
    return r->rows - r->done < r->service->chunk || answer_chunk(r);
}

/* Bytes, which most values are, as most programs write them: "0,255," or "0, 255, ". Returns how many were read. */
static size_t read_bytes(struct serve_reading *r, float *row, size_t most)
{
    const char *at = r->at;
    size_t count = 0;
    for (; count < most; count++) {
        const char *begin = at;
        unsigned value = 0;
        while (is_digit(*at) && at < begin + 3) value = 10 * value + (unsigned)(*at++ - '0');
        if (at == begin || *at != ',' || (*begin == '0' && at > begin + 1)) {
            at = begin;
            break;
        }
        row[count] = (float)value;
        at += at[1] == ' ' ? 2 : 1;
    }
    r->at = at;
    return count;
}

/* ---------------------------------------------------------------------- texts */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    return c && at ? (int)(at - digits) : -1;
}

/* Four hexadecimal digits; -1 if they are none. */
static long read_unit(const char *text)
{
    long unit = 0;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) return -1;
        unit = 16 * unit + digit;
    }
    return unit;
}

/* A code point as UTF-8; returns its length. */
static size_t put_utf8(long point, char *to)
{
    if (point < 0x80) return to[0] = (char)point, 1;
    if (point < 0x800) return to[0] = (char)(0xC0 | point >> 6), to[1] = (char)(0x80 | (point & 63)), 2;
    const size_t length = point < 0x10000 ? 3 : 4;
    to[0] = (char)(length == 3 ? 0xE0 | point >> 12 : 0xF0 | point >> 18);
    for (size_t i = 1; i < length; i++) to[i] = (char)(0x80 | (point >> 6 * (length - 1 - i) & 63));
    return length;
}

/* What stands behind \u: returns how many bytes of text[] it takes, 0 if it is no character; its UTF-8 goes to `to`. */
static size_t read_point(const char *text, char *to, size_t *length)
{
    long point = read_unit(text);
    size_t used = 4;
    if (point >= 0xD800 && point < 0xDC00 && text[4] == '\\' && text[5] == 'u') {
        const long low = read_unit(text + 6);
        if (low < 0xDC00 || low > 0xDFFF) return 0;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        used = 10;
    }
    if (point <= 0 || (point >= 0xD800 && point < 0xE000)) return 0;
    *length = put_utf8(point, to);
    return used;
}

/* What stands behind a backslash goes to `to`, which gets up to four bytes. */
static bool read_escape(struct serve_reading *r, char *to, size_t *length)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *at = *r->at ? strchr(names, *r->at) : NULL;
    *length = 1;
    if (at) {
        *to = meant[at - names];
        r->at++;
        return true;
    }
    const size_t used = *r->at == 'u' ? read_point(r->at + 1, to, length) : 0;
    r->at += used ? used + 1 : 0;
    return used || fail_reading(r, "no such escape in a text");
}

/* A JSON string into text[SERVE_TEXT_ROOM]. */
static bool read_text(struct serve_reading *r, char *text)
{
    size_t used = 0, length;
    for (r->at++; *r->at != '"'; used += length) {
        if ((unsigned char)*r->at < ' ') return fail_reading(r, "a text does not end");
        if (used + 5 > SERVE_TEXT_ROOM) return fail_reading(r, "a text is too long");
        length = 1;
        if (*r->at != '\\')
            text[used] = *r->at++;
        else if (r->at++, !read_escape(r, text + used, &length))
            return false;
    }
    r->at++;
    text[used] = 0;
    return true;
}

/* --------------------------------------------------------------------- values */

static bool refuse_value(struct serve_reading *r, size_t column, const char *text)
{
    char room[32];
    const char *name = serve_columns_name(&r->service->columns, column, room);
    const bool date = strcmp(r->service->columns.known[column].kind, "date") == 0;
    if (!r->wrong.text)
        r->wrong =
            answer_error(400, "row %zu: %.80s: '%.80s' is not a %s", r->rows, name, text, date ? "date" : "number");
    return false;
}

/* A gap where the model takes none. */
static bool refuse_gap(struct serve_reading *r, size_t column)
{
    char room[32];
    r->wrong = answer_error(400, "row %zu: %.80s has no value, and the model was trained on rows without gaps", r->rows,
                            serve_columns_name(&r->service->columns, column, room));
    return false;
}

/* What the network was not trained to answer is worth a note, as long as there are few of them. */
static void note(struct serve_reading *r, const char *line)
{
    if (!r->notes) r->notes = json_array();
    json_array_append_new(r->notes, json_of_text(line));
}

static bool notes_enough(const struct serve_reading *r) { return json_array_size(r->notes) >= SERVE_NOTES_MOST; }

static void note_word(struct serve_reading *r, size_t column, const char *word)
{
    char room[32], line[512];
    const struct serve_columns *columns = &r->service->columns;
    if (notes_enough(r)) return;
    const char *near = serve_columns_near_word(columns, column, word);
    snprintf(line, sizeof line, "row %zu: %.80s: no row of the training had '%.80s'%s%.80s%s", r->rows,
             serve_columns_name(columns, column, room), word, near ? "; did you mean '" : "", near ? near : "",
             near ? "'?" : "");
    note(r, line);
}

/* A gap: refused where the model takes none, noted where the training rows had none in that column. */
static bool take_gap(struct serve_reading *r, size_t column)
{
    char room[32], line[512];
    const struct serve_columns *columns = &r->service->columns;
    if (!columns->gaps) return refuse_gap(r, column);
    if (columns->known[column].gaps || notes_enough(r)) return true;
    snprintf(line, sizeof line, "row %zu: %.80s has a gap; the training rows had none there", r->rows,
             serve_columns_name(columns, column, room));
    note(r, line);
    return true;
}

static bool take_text(struct serve_reading *r, size_t column, const char *text, float *row)
{
    bool unseen, gap;
    if (!serve_columns_put(&r->service->columns, column, text, row, &unseen, &gap))
        return refuse_value(r, column, text);
    if (unseen) note_word(r, column, text);
    return !gap || take_gap(r, column);
}

static bool take_word(struct serve_reading *r, const char *word)
{
    const size_t length = strlen(word);
    if (strncmp(r->at, word, length) != 0) return false;
    r->at += length;
    return true;
}

/* true and false are words, or 1 and 0. */
static bool take_flag(struct serve_reading *r, size_t column, bool on, float *row)
{
    static const char *const words[2][3] = {{"false", "False", "FALSE"}, {"true", "True", "TRUE"}};
    const struct serve_columns *columns = &r->service->columns;
    bool unseen, gap;
    for (size_t i = 0; i < 3 && !serve_columns_is_number(columns, column); i++)
        if (serve_columns_put(columns, column, words[on][i], row, &unseen, &gap) && !unseen) return true;
    return take_text(r, column, on ? "1" : "0", row);
}

/* A number where the column holds words: it is one of them. */
static bool take_digits(struct serve_reading *r, size_t column, float *row)
{
    char text[64];
    const size_t length = number_length(r->at);
    if (length == 0 || length >= sizeof text) return fail_reading(r, "no such number");
    memcpy(text, r->at, length);
    text[length] = 0;
    r->at += length;
    return take_text(r, column, text, row);
}

/* One value of a column, of any kind, into the row. */
static bool read_value(struct serve_reading *r, size_t column, float *row)
{
    char text[SERVE_TEXT_ROOM];
    const struct serve_columns *columns = &r->service->columns;
    skip_blanks(r);
    if (*r->at == '-' || is_digit(*r->at))
        return serve_columns_is_number(columns, column) ? read_number(r, row + columns->known[column].first)
                                                        : take_digits(r, column, row);
    if (*r->at == '"') return read_text(r, text) && take_text(r, column, text, row);
    if (take_word(r, "null")) return take_text(r, column, "", row);
    if (take_word(r, "true")) return take_flag(r, column, true, row);
    if (take_word(r, "false")) return take_flag(r, column, false, row);
    return fail_reading(r, "a value is missing: a number, a text in quotes, null, true or false");
}

/* A value of a column that is none of the model's. */
static bool skip_value(struct serve_reading *r)
{
    char text[SERVE_TEXT_ROOM];
    float value;
    skip_blanks(r);
    if (*r->at == '"') return read_text(r, text);
    return take_word(r, "null") || take_word(r, "true") || take_word(r, "false") || read_number(r, &value);
}

/* ----------------------------------------------------------------------- rows */

/* The values of one row in the order of the columns, behind its bracket. */
static bool read_row(struct serve_reading *r)
{
    const size_t columns = r->service->columns.count;
    if (!begin_row(r)) return false;
    float *row = r->service->x + (r->rows - r->done) * r->service->info.features;
    size_t count = r->service->plain ? read_bytes(r, row, columns - 1) : 0;
    do {
        float value;
        if (count < columns ? !read_value(r, count, row) : !read_number(r, &value)) return false;
        count++;
    } while (take_char(r, ','));
    if (!take_char(r, ']')) return fail_reading(r, "a comma or ] is missing");
    if (count != columns) {
        r->wrong = answer_error(400, "row %zu has %zu values, the model takes %zu", r->rows, count, columns);
        return false;
    }
    r->rows++;
    return true;
}

static bool refuse_name(struct serve_reading *r, const char *name)
{
    const struct serve_columns *columns = &r->service->columns;
    const char *near = ink_did_you_mean(name, columns->list, columns->count);
    if (near)
        r->wrong = answer_error(400, "row %zu: there is no column '%.80s'; did you mean '%.80s'?", r->rows, name, near);
    else
        r->wrong = answer_error(400, "row %zu: there is no column '%.80s'; GET /model lists them all", r->rows, name);
    return false;
}

/* "name": value, into the row; seen[features]. */
static bool read_member(struct serve_reading *r, float *row, bool *seen)
{
    const struct serve_columns *columns = &r->service->columns;
    char name[SERVE_TEXT_ROOM];
    skip_blanks(r);
    if (*r->at != '"') return fail_reading(r, "expected a column's name in quotes");
    if (!read_text(r, name)) return false;
    if (!take_char(r, ':')) return fail_reading(r, "a colon is missing");
    const size_t column = names_find(&columns->by_name, name);
    if (column == SIZE_MAX) return names_find(&columns->other, name) != SIZE_MAX ? skip_value(r) : refuse_name(r, name);
    if (seen[column]) {
        r->wrong = answer_error(400, "row %zu: '%.80s' is there twice", r->rows, name);
        return false;
    }
    seen[column] = true;
    return read_value(r, column, row);
}

/* What an object does not say is a gap. */
static bool check_gaps(struct serve_reading *r, const bool *seen)
{
    const struct serve_columns *columns = &r->service->columns;
    for (size_t i = 0; i < columns->count; i++)
        if (!seen[i] && !take_gap(r, i)) return false;
    return true;
}

/* One row, behind its brace. */
static bool read_object(struct serve_reading *r)
{
    const size_t features = r->service->info.features;
    if (!r->service->columns.list)
        return fail_reading(r, "the model knows no names of columns; send each row as a list of values");
    if (!begin_row(r)) return false;
    float *row = r->service->x + (r->rows - r->done) * features;
    memset(r->service->seen, 0, features * sizeof *r->service->seen);
    ink_schema_clear(r->service->columns.schema, row);
    if (!take_char(r, '}')) {
        do {
            if (!read_member(r, row, r->service->seen)) return false;
        } while (take_char(r, ','));
        if (!take_char(r, '}')) return fail_reading(r, "a comma or } is missing");
    }
    if (!check_gaps(r, r->service->seen)) return false;
    r->rows++;
    return true;
}

static bool read_rows(struct serve_reading *r)
{
    if (!take_char(r, '[')) return fail_reading(r, "expected a list of rows: [[0, 0.5, ...], ...]");
    skip_blanks(r);
    if (*r->at != '[' && *r->at != '{' && *r->at != ']') return read_row(r); /* one row, not in a list of rows */
    do {
        if (take_char(r, '{')) {
            if (!read_object(r)) return false;
        } else {
            if (!take_char(r, '[')) return fail_reading(r, "expected a row: [0, 0.5, ...] or {\"name\": value, ...}");
            if (!read_row(r)) return false;
        }
    } while (take_char(r, ','));
    return take_char(r, ']') || fail_reading(r, "a comma or ] is missing");
}

/* {"rows": [ …, and what comes before the list is read. */
static bool is_wrapped(struct serve_reading *r)
{
    const char *begin = r->at;
    skip_blanks(r);
    if (take_word(r, "\"rows\"") && take_char(r, ':')) {
        skip_blanks(r);
        if (*r->at == '[') return true;
    }
    r->at = begin;
    return false;
}

static bool read_whole(struct serve_reading *r)
{
    if (!take_char(r, '{')) return read_rows(r);
    if (!is_wrapped(r)) return read_object(r);
    return read_rows(r) &&
           (take_char(r, '}') || fail_reading(r, "a } is missing; beside \"rows\" the object can have nothing"));
}

/* [[…], …], {"rows": […]}, or one row, and nothing behind it. */
bool serve_read(struct serve_reading *r, size_t size)
{
    if (!read_whole(r)) return false;
    skip_blanks(r);
    return (r->at == r->begin + size || fail_reading(r, "unexpected text after the rows")) && answer_chunk(r);
}
