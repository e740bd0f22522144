/* jsonl: JSON lines, a row each: lists of numbers, or objects of which each key is a column; read as the table they are.
 * SPDX-License-Identifier: MIT
 *
 * Lists within a row become columns of their own, pixels0, pixels1, …; true and false are 1 and 0, null is a gap. */
#include "base/mem.h"
#include "base/text.h"
#include "read/load.h"
#include "read/look.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

struct lines {
    struct inki_feed feed;
    struct inki_source *source;
    const char *text;
    size_t size, at, line;
    json_t *first; /* the first row, whose keys all have */
    bool begun;    /* a row was put, and the names */
    char *out;     /* a piece of the table as CSV */
    size_t used, room, rows, cells;
    size_t before; /* bytes of the pieces before */
};

static size_t skip_blanks(const char *text, size_t size, size_t at)
{
    while (at < size && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) at++;
    return at;
}

static size_t line_end(const char *text, size_t size, size_t at)
{
    const char *end = at < size ? memchr(text + at, '\n', size - at) : NULL;
    return end ? (size_t)(end - text) : size;
}

/* Two lines or more, the first of which is a whole list of values or object, and the second begins as it does. */
static bool is_jsonl(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    size_t at = skip_blanks(text, size, 0), end = line_end(text, size, at), next = skip_blanks(text, size, end),
           last = end;
    if (at == size || next == size || (text[at] != '{' && text[at] != '[') || text[next] != text[at]) return false;
    while (last > at && (text[last - 1] == '\r' || text[last - 1] == ' ')) last--;
    if (last < at + 2 || text[last - 1] != (text[at] == '{' ? '}' : ']')) return false;
    json_t *row = json_loadb(text + at, last - at, 0, NULL);
    json_decref(row);
    return row != NULL;
}

/* -------------------------------------------------------------------- as a table */

/* A table is hardly larger than its lines; what claims more has rows without most of the keys. */
enum { RATIO = 16, ROOM = 4096 };

static ink_status put(struct lines *l, const char *text, size_t length)
{
    if (l->before + l->used > RATIO * l->size + ROOM)
        return inki_fail(l->source->ctx, INK_BAD_DATA, "%s:%zu: the rows have too few of the keys of the first row",
                         l->source->path, l->line);
    if (l->room - l->used < length) {
        size_t room = l->room + l->room / 2 + length + ROOM;
        char *out = inki_grow(l->source->ctx, l->out, l->used, room, 1);
        if (!out) return INK_NO_MEMORY;
        l->out = out;
        l->room = room;
    }
    memcpy(l->out + l->used, text, length);
    l->used += length;
    return INK_OK;
}

static ink_status put_quoted(struct lines *l, const char *text, size_t length)
{
    INK_TRY(put(l, "\"", 1));
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"') INK_TRY(put(l, "\"", 1));
        INK_TRY(put(l, text + i, 1));
    }
    return put(l, "\"", 1);
}

static ink_status begin_cell(struct lines *l) { return l->cells++ ? put(l, ",", 1) : INK_OK; }

static ink_status bad_value(const struct lines *l, const char *what)
{
    return inki_fail(l->source->ctx, INK_BAD_DATA, "%s:%zu: %s; expected a row of numbers, texts and lists of numbers",
                     l->source->path, l->line, what);
}

static ink_status put_value(struct lines *l, const json_t *value)
{
    char text[32];
    size_t i;
    json_t *element;
    if (json_is_array(value)) {
        json_array_foreach(value, i, element)
        {
            if (json_is_object(element) || json_is_string(element))
                return bad_value(l, "a list within it holds others");
            INK_TRY(put_value(l, element));
        }
        return INK_OK;
    }
    if (json_is_object(value)) return bad_value(l, "an object within it");
    INK_TRY(begin_cell(l));
    if (json_is_string(value)) return put_quoted(l, json_string_value(value), json_string_length(value));
    if (json_is_null(value)) return INK_OK;
    if (json_is_real(value))
        inki_format_exact(json_real_value(value), text);
    else
        snprintf(text, sizeof text, "%lld",
                 json_is_integer(value) ? (long long)json_integer_value(value) : (long long)json_is_true(value));
    return put(l, text, strlen(text));
}

/* How many cells a value takes. */
static size_t width_of(const json_t *value)
{
    size_t width = 0, i;
    json_t *element;
    if (!json_is_array(value)) return 1;
    json_array_foreach(value, i, element) width += width_of(element);
    return width;
}

static ink_status put_names(struct lines *l)
{
    const char *key;
    json_t *value;
    char name[300];
    l->cells = 0;
    json_object_foreach(l->first, key, value)
    {
        size_t width = width_of(value);
        for (size_t i = 0; i < width; i++) {
            snprintf(name, sizeof name, json_is_array(value) ? "%.255s%zu" : "%.255s", key, i);
            INK_TRY(begin_cell(l));
            INK_TRY(put_quoted(l, name, strlen(name)));
        }
    }
    return put(l, "\n", 1);
}

static ink_status put_object(struct lines *l, const json_t *row)
{
    const char *key;
    json_t *value;
    json_object_foreach(l->first, key, value)
    {
        json_t *own = json_object_get(row, key);
        size_t width = width_of(value);
        if (own && !json_is_null(own) && width_of(own) != width)
            return bad_value(l, "a list is of another length than in the first row");
        if (own && !json_is_null(own)) {
            INK_TRY(put_value(l, own));
            continue;
        }
        for (size_t i = 0; i < width; i++) INK_TRY(begin_cell(l)); /* gaps */
    }
    json_object_foreach((json_t *)(uintptr_t)row, key, value) if (!json_object_get(l->first, key)) return bad_value(
        l, "a key that the first row does not have");
    return INK_OK;
}

static ink_status put_row(struct lines *l, json_t *row)
{
    if (!l->first) l->first = json_incref(row);
    if (!l->begun && json_is_object(row)) INK_TRY(put_names(l));
    l->begun = true;
    if (json_is_object(row) != json_is_object(l->first)) return bad_value(l, "of another kind than the first row");
    l->cells = 0;
    INK_TRY(json_is_object(row) ? put_object(l, row) : put_value(l, row));
    return put(l, "\n", 1);
}

static ink_status put_line(struct lines *l, size_t end)
{
    json_error_t error;
    if (skip_blanks(l->text, end, l->at) == end) return l->begun || l->first ? put(l, "\n", 1) : INK_OK;
    json_t *row = json_loadb(l->text + l->at, end - l->at, 0, &error);
    if (!row)
        return inki_fail(l->source->ctx, INK_BAD_DATA, "%s:%zu: is not a line of JSON: %s", l->source->path, l->line,
                         error.text);
    ink_status status = put_row(l, row);
    json_decref(row);
    l->rows++;
    return status;
}

/* The first piece has all rows that anybody looks at before rows are read. */
static bool is_enough(const struct lines *l)
{
    enum { PIECE = 1 << 20, TOP = 102 };
    if (l->before > 0) return l->used >= PIECE;
    return l->rows > INKI_LOOK_ROWS || (l->rows > TOP && (l->rows - 2) * l->cells > INKI_LOOK_CELLS);
}

static ink_status next_piece(struct inki_feed *feed, const uint8_t **bytes, size_t *size, size_t *line)
{
    struct lines *l = (struct lines *)feed;
    struct inki_source *source = l->source;
    const bool first = l->before + l->used == 0;
    l->before += l->used;
    l->used = l->rows = 0;
    *line = l->line;
    while (l->at < l->size && !is_enough(l)) {
        size_t end = line_end(l->text, l->size, l->at);
        INK_TRY(put_line(l, end));
        l->at = end < l->size ? end + 1 : end;
        l->line++;
        if (source->again) inki_bytes_forget(source->ctx, &source->content, l->at);
    }
    if (first && l->at) feed->total = (size_t)((double)l->used * ((double)l->size / (double)l->at));
    *bytes = (const uint8_t *)l->out;
    *size = l->used;
    return INK_OK;
}

static ink_status rewind_lines(struct inki_feed *feed)
{
    struct lines *l = (struct lines *)feed;
    struct inki_source *source = l->source;
    if (source->content.done > 0 && !source->content.mapped) INK_TRY(source->again(source));
    source->content.done = 0;
    l->text = (const char *)source->content.data;
    l->size = source->content.size;
    l->at = l->used = l->before = 0;
    l->line = 1;
    l->begun = false;
    return INK_OK;
}

/* -------------------------------------------------------------------- reading */

/* The source with the table in place of the lines. */
static ink_status as_table(struct lines *l, struct inki_source *source, struct inki_source *table)
{
    const uint8_t *bytes;
    size_t size, line;
    *l = (struct lines){.feed = {.next = next_piece, .rewind = rewind_lines}, .source = source};
    INK_TRY(rewind_lines(&l->feed));
    INK_TRY(next_piece(&l->feed, &bytes, &size, &line));
    *table = *source;
    table->content = (struct inki_bytes){.data = (uint8_t *)l->out, .size = size};
    table->feed = &l->feed;
    table->lines_added = json_is_object(l->first);
    table->again = NULL;
    return INK_OK;
}

static void lines_end(struct lines *l)
{
    json_decref(l->first);
    inki_free(l->out);
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct lines lines;
    struct inki_source table;
    *out = NULL;
    ink_status status = as_table(&lines, source, &table);
    if (status == INK_OK) {
        status = inki_csv_reader.read(&table, out);
        memcpy(source->decided, table.decided, sizeof table.decided);
        memcpy(source->unlabelled, table.unlabelled, sizeof table.unlabelled);
        size_t used = strlen(source->decided);
        snprintf(source->decided + used, sizeof source->decided - used, ", from JSON lines");
    }
    lines_end(&lines);
    return status;
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct lines lines;
    struct inki_source table;
    *out = (struct inki_labels){0};
    ink_status status = as_table(&lines, source, &table);
    if (status == INK_OK) status = inki_csv_reader.labels(&table, out);
    lines_end(&lines);
    return status;
}

const struct inki_reader inki_jsonl_reader = {"jsonl", "JSON lines", is_jsonl, read_samples, read_labels};
