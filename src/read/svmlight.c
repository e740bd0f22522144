/* svmlight: rows of libsvm and SVMlight: LABEL INDEX:VALUE INDEX:VALUE …, what is not named being 0.
 * SPDX-License-Identifier: MIT
 *
 * Indices rise within a row; they begin with 1, or with 0 where some row has a 0. qid:N and what stands behind a # do not count. */
#include "read/load.h"
#include "read/look.h"
#include "read/values.h"
#include "read/words.h"

#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows read from sparse ones may become so many times larger than the file; what claims more is taken for damaged. */
enum { SPARSE_RATIO = 1024, LINES = 20 /* so many may be remarks, or rows of zeros */ };

struct svmlight {
    struct inki_source *source;
    const char *text;
    size_t size, at, line;
    size_t rows, entries, features, lowest; /* found on the first pass: features counts from index 0 on */
    struct inki_values values;
    struct inki_words words;
    int32_t *labels;
};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool is_end(char c) { return c == '\n' || c == '\r' || c == '#'; }

static size_t skip_blanks(const char *text, size_t size, size_t at)
{
    while (at < size && is_blank(text[at])) at++;
    return at;
}

/* Where the word from `at` on ends. */
static size_t word_end(const char *text, size_t size, size_t at)
{
    while (at < size && !is_blank(text[at]) && !is_end(text[at])) at++;
    return at;
}

/* INDEX:VALUE from `at` to `end`; false if it is none. qid:N is one with *index SIZE_MAX. */
static bool read_entry(const char *text, size_t at, size_t end, size_t *index, double *value)
{
    const char *colon = memchr(text + at, ':', end - at);
    char digits[24];
    if (!colon) return false;
    size_t length = (size_t)(colon - text) - at, rest = end - (at + length + 1);
    if (length == 0 || length >= sizeof digits || inki_parse_number(colon + 1, rest, value) != rest || rest == 0)
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)length, text + at);
    *index = SIZE_MAX;
    return strcmp(digits, "qid") == 0 ||
           (inki_parse_count(digits, index) && *index != SIZE_MAX && (uint64_t)*index >> 32 == 0);
}

/* A label, then entries: what one row of a file of this kind is. *alone: a label and nothing else, which may be one too. */
static bool is_row(const char *text, size_t size, bool *alone)
{
    double value;
    size_t index, at = skip_blanks(text, size, 0), end = word_end(text, size, at), entries = 0;
    *alone = false;
    if (end == at || read_entry(text, at, end, &index, &value)) return false;
    *alone = end == size || is_end(text[end]);
    for (at = skip_blanks(text, size, end); at < size && !is_end(text[at]);
         at = skip_blanks(text, size, end), entries++) {
        end = word_end(text, size, at);
        if (!read_entry(text, at, end, &index, &value)) return false;
    }
    return entries > 0;
}

/* A day and a time, 2021-03-05 12:30, which is no label with an entry behind. */
static bool is_moment(const char *text, size_t length)
{
    double label;
    while (length > 0 && (is_blank(text[length - 1]) || text[length - 1] == '\r')) length--;
    const size_t first = word_end(text, length, 0);
    const bool word = inki_parse_number(text, first, &label) != first && !memchr(text, ',', first);
    return first < length && word && inki_is_date(text, length);
}

static bool is_svmlight(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    bool alone = true;
    for (size_t at = 0, lines = 0; at < size && lines < LINES; lines++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at, begin = skip_blanks(text + at, length, 0);
        if (begin < length && !is_end(text[at + begin])) {
            if (is_moment(text + at + begin, length - begin)) return false;
            if (is_row(text + at, length, &alone)) return true;
            if (!alone) return false;
        }
        at += length + 1;
    }
    return false;
}

/* Goes to the next row that is not empty; false at the end. */
static bool next_row(struct svmlight *s)
{
    for (;;) {
        s->at = skip_blanks(s->text, s->size, s->at);
        if (s->at == s->size) return false;
        if (!is_end(s->text[s->at])) return true;
        while (s->at < s->size && s->text[s->at] != '\n') s->at++;
        if (s->at < s->size) s->at++, s->line++;
    }
}

static ink_status bad_row(const struct svmlight *s, const char *what)
{
    return inki_fail(s->source->ctx, INK_BAD_DATA, "%s:%zu: %s; expected LABEL INDEX:VALUE INDEX:VALUE …",
                     s->source->path, s->line, what);
}

/* The entries of the row, behind its label; each is put into row[features] unless that is NULL. */
static ink_status read_entries(struct svmlight *s, double *row)
{
    size_t index, next = 0;
    double value;
    for (;;) {
        s->at = skip_blanks(s->text, s->size, s->at);
        if (s->at == s->size || is_end(s->text[s->at])) return INK_OK;
        size_t end = word_end(s->text, s->size, s->at);
        if (!read_entry(s->text, s->at, end, &index, &value) || !inki_is_value(value))
            return bad_row(s, "an entry is not INDEX:VALUE");
        s->at = end;
        if (index == SIZE_MAX) continue;
        if (index < next) return bad_row(s, "an index is not above the one before it");
        next = index + 1;
        s->entries++;
        if (index < s->lowest) s->lowest = index;
        if (next > s->features) s->features = next;
        if (row) row[index - s->lowest] = value;
    }
}

static ink_status read_label(struct svmlight *s, int32_t *label)
{
    size_t end = word_end(s->text, s->size, s->at);
    const char *text = s->text + s->at;
    size_t length = end - s->at;
    double value;
    bool number = inki_parse_number(text, length, &value) == length;
    if (number && value != floor(value))
        return bad_row(s, "the label is not an integer: these are numbers to predict, not classes");
    if (!number && memchr(text, ',', length)) return bad_row(s, "a row has several labels");
    s->at = end;
    if (!label) return INK_OK;
    ink_status status = inki_words_put(&s->words, text, length, label);
    return status == INK_BAD_DATA ? bad_row(s, "more than 65536 different labels: these are numbers to predict")
                                  : status;
}

/* Counts rows and features. */
static ink_status count_rows(struct svmlight *s)
{
    s->line = 1;
    s->lowest = 1; /* 0 if it comes */
    while (next_row(s)) {
        INK_TRY(read_label(s, NULL));
        INK_TRY(read_entries(s, NULL));
        s->rows++;
    }
    if (s->features <= s->lowest && s->entries == 0)
        return inki_fail(s->source->ctx, INK_BAD_DATA, "%s: no row has a value", s->source->path);
    const struct inki_expected *expected = s->source->expected;
    if (expected && s->features - s->lowest < expected->features) s->features = s->lowest + expected->features;
    if (s->features - s->lowest <= SPARSE_RATIO * (s->size / sizeof(float) + 1) / s->rows) return INK_OK;
    return inki_fail(s->source->ctx, INK_BAD_DATA,
                     "%s: the sparse rows expand to more than %d times the size of the file; is it damaged?",
                     s->source->path, SPARSE_RATIO);
}

static ink_status fill_rows(struct svmlight *s)
{
    size_t features = s->features - s->lowest;
    double *row = inki_alloc(s->source->ctx, features, sizeof *row);
    s->labels = inki_alloc(s->source->ctx, s->rows, sizeof *s->labels);
    ink_status status = row && s->labels ? inki_values_reserve(&s->values, s->rows * features) : INK_NO_MEMORY;
    s->at = 0;
    s->line = 1;
    for (size_t i = 0; status == INK_OK && next_row(s); i++) {
        for (size_t j = 0; j < features; j++) row[j] = 0;
        status = read_label(s, &s->labels[i]);
        if (status == INK_OK) status = read_entries(s, row);
        for (size_t j = 0; status == INK_OK && j < features; j++) status = inki_values_put(&s->values, row[j]);
    }
    inki_free(row);
    return status;
}

static ink_status give(struct svmlight *s, ink_data *data)
{
    const size_t dims[] = {s->rows, s->features - s->lowest};
    struct inki_labels labels;
    int32_t *numbers = s->labels;
    INK_TRY(inki_values_give(&s->values, data, dims, 2, s->source->path));
    s->labels = NULL;
    INK_TRY(inki_words_labels(&s->words, numbers, s->rows, false, &labels));
    return inki_data_set_labels(s->source->ctx, data, &labels, s->source->path, s->source->path);
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    ink_data *data = NULL;
    struct svmlight s = {.source = source,
                         .text = (const char *)source->content.data,
                         .size = source->content.size,
                         .values.ctx = source->ctx,
                         .words.ctx = source->ctx};
    *out = NULL;
    ink_status status = count_rows(&s);
    if (status == INK_OK) status = fill_rows(&s);
    if (status == INK_OK) status = inki_data_begin(source->ctx, source->path, &data);
    if (status == INK_OK) status = give(&s, data);
    if (status == INK_OK) snprintf(source->decided, sizeof source->decided, "; svmlight, indices from %zu", s.lowest);
    inki_values_free(&s.values);
    inki_words_free(&s.words);
    inki_free(s.labels);
    if (status == INK_OK)
        *out = data;
    else
        ink_data_free(data);
    return status;
}

const struct inki_reader inki_svmlight_reader = {"svmlight", "libsvm and SVMlight rows", is_svmlight, read_samples,
                                                 NULL};
