/* write_csv: data as a table of text, as Kaggle's: a header, the label, then the values.
 * SPDX-License-Identifier: MIT */
#include "read/write.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_ROOM = 32, PLACES_MAX = 9 };

/* ------------------------------------------------------------------- numbers */

static size_t write_whole(uint64_t value, char *out)
{
    char digits[24];
    size_t count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    for (size_t i = 0; i < count; i++) out[i] = digits[count - 1 - i];
    return count;
}

/* Whole units of 1/10^places: the digits with a point before the last `places`. */
static size_t write_units(uint64_t units, size_t places, char *out)
{
    char digits[24];
    size_t count = write_whole(units, digits), length = 0;
    size_t whole = count > places ? count - places : 0;
    if (whole == 0) out[length++] = '0';
    for (size_t i = 0; i < whole; i++) out[length++] = digits[i];
    if (places == 0) return length;
    out[length++] = '.';
    for (size_t i = count; i < places; i++) out[length++] = '0';
    for (size_t i = whole; i < count; i++) out[length++] = digits[i];
    return length;
}

/* The fewest digits that read back as the same float. Sizes of everyday are units of a power of ten, whose quotient by it is
 * just what a reader makes of the text; others go through the C library. */
static size_t write_float(float value, char out[NUMBER_ROOM])
{
    double size = fabs((double)value), power = 1;
    size_t length = 0;
    if (isnan(value)) return 0; /* a gap */
    if (isinf(value)) return (size_t)snprintf(out, NUMBER_ROOM, value < 0 ? "-inf" : "inf");
    if (size == 0) {
        out[0] = '0';
        return 1;
    }
    if (value < 0) out[length++] = '-';
    for (size_t places = 0; size >= 1e-4 && size < 1e6 && places <= PLACES_MAX; places++, power *= 10) {
        double units = floor(size * power + 0.5);
        if ((float)(units / power) == (float)size) return length + write_units((uint64_t)units, places, out + length);
    }
    for (int digits = 6; digits <= 9; digits++) {
        double again;
        int written = snprintf(out, NUMBER_ROOM, "%.*g", digits, (double)value);
        length = (size_t)written;
        for (size_t i = 0; i < length; i++) {
            if (out[i] == ',') out[i] = '.'; /* a locale's */
        }
        if (inki_parse_number(out, length, &again) == length && (float)again == value) break;
    }
    return length;
}

/* ---------------------------------------------------------------------- text */

/* A field of CSV (RFC 4180), quoted where it has to be, also where a reader would trim it, or take it for a gap or another line. */
static void add_field(struct inki_str *str, const char *text)
{
    size_t length = strlen(text);
    const struct inki_cells cells = {0};
    const struct inki_cell cell = {.text = text, .length = length};
    bool quoted = inki_cell_missing(&cells, &cell) || inki_cell_weak(&cells, &cell) || strpbrk(text, ",;\t\"\r\n") ||
                  length == 0 || text[0] == ' ' || text[length - 1] == ' ';
    if (!quoted) {
        inki_str_add(str, "%s", text);
        return;
    }
    inki_str_add(str, "\"");
    for (; *text; text++) {
        if (*text == '"') inki_str_add(str, "\"");
        inki_str_add(str, "%c", *text);
    }
    inki_str_add(str, "\"");
}

/* A name for the label column that readers know and no other column has. */
static const char *label_name(const ink_data *data)
{
    static const char *const names[] = {"label", "class", "target"};
    for (size_t i = 0; data->columns && i < sizeof names / sizeof *names; i++) {
        bool taken = false;
        for (size_t j = 0; j < data->features && !taken; j++) taken = strcasecmp(data->columns[j], names[i]) == 0;
        if (!taken) return names[i];
    }
    return names[0];
}

static ink_status put_str(struct inki_sink *sink, struct inki_str *str)
{
    ink_status status = str->failed ? INK_NO_MEMORY : inki_sink_put(sink, str->text, str->length);
    inki_free(str->text);
    return status;
}

static ink_status put_header(ink_ctx *ctx, const ink_data *data, struct inki_sink *sink)
{
    struct inki_str str = {.ctx = ctx};
    if (data->labels) inki_str_add(&str, "%s,", label_name(data));
    for (size_t k = 0; k < data->target_count; k++) {
        add_field(&str, data->target_names[k]);
        inki_str_add(&str, ",");
    }
    for (size_t j = 0; j < data->features; j++) {
        if (j) inki_str_add(&str, ",");
        if (data->columns)
            add_field(&str, data->columns[j]);
        else
            inki_str_add(&str, "%s%zu", data->height > 1 ? "pixel" : "x", j);
    }
    inki_str_add(&str, "\n");
    return put_str(sink, &str);
}

/* ---------------------------------------------------------------------- rows */

/* The words of a column, or the classes' names, as fields, each with the comma that follows. */
struct fields {
    char *text;
    size_t *begin; /* [count + 1] */
};

static void fields_free(struct fields *fields)
{
    inki_free(fields->text);
    inki_free(fields->begin);
}

static ink_status fields_make(ink_ctx *ctx, char *const *names, size_t count, struct fields *out)
{
    struct inki_str str = {.ctx = ctx};
    *out = (struct fields){.begin = inki_alloc(ctx, count + 1, sizeof *out->begin)};
    if (!out->begin) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        out->begin[i] = str.length;
        add_field(&str, names[i]);
        inki_str_add(&str, ",");
    }
    out->begin[count] = str.length;
    out->text = str.text;
    return str.failed ? INK_NO_MEMORY : INK_OK;
}

static ink_status put_field(const struct fields *fields, size_t i, struct inki_sink *sink)
{
    return inki_sink_put(sink, fields->text + fields->begin[i], fields->begin[i + 1] - fields->begin[i]);
}

/* "0" to "255", as most values are. */
struct bytes_text {
    char text[256][4];
    uint8_t length[256];
};

static void bytes_make(struct bytes_text *out)
{
    for (size_t i = 0; i < 256; i++) out->length[i] = (uint8_t)write_whole(i, out->text[i]);
}

static size_t write_row(const ink_data *data, size_t row, const struct bytes_text *bytes, char *out)
{
    size_t begin = inki_data_base(data, row) * data->features, length = 0;
    for (size_t j = 0; j < data->features; j++) {
        if (data->bytes) {
            uint8_t value = data->bytes[begin + j];
            memcpy(out + length, bytes->text[value], sizeof bytes->text[value]);
            length += bytes->length[value];
        } else {
            length += write_float(data->floats[begin + j], out + length);
        }
        out[length++] = j + 1 < data->features ? ',' : '\n';
    }
    if (length > data->features || data->labels || data->targets) return length;
    memmove(out + 2, out, length); /* gaps alone, which others would take for no row */
    memcpy(out, "NA", 2);
    return length + 2;
}

/* What is written before a row's values: its class, or its targets. */
static ink_status put_answer(const ink_data *data, size_t row, const struct fields *classes, struct inki_sink *sink)
{
    const int32_t label = inki_data_label(data, row);
    char number[NUMBER_ROOM + 1];
    if (label >= 0) return put_field(classes, (size_t)label, sink);
    for (size_t k = 0; k < data->target_count; k++) {
        size_t length = write_float(inki_data_targets(data, row)[k], number);
        number[length++] = ',';
        INK_TRY(inki_sink_put(sink, number, length));
    }
    return INK_OK;
}

/* A row of a table that has columns of words; a row of nothing but gaps has a word for the first, since others would take it for no row. */
static ink_status put_words(const ink_data *data, size_t row, const struct fields *words, struct inki_sink *sink)
{
    bool any = data->labels || data->targets;
    for (size_t j = 0; j < data->features; j++) {
        char number[NUMBER_ROOM + 1];
        const size_t at = inki_data_base(data, row) * data->features + j;
        const float value = data->bytes ? (float)data->bytes[at] : data->floats[at];
        const bool last = j + 1 == data->features;
        const bool gap = isnan(value) || (data->categories[j].count && value < 0);
        size_t length = 0;
        if (!gap && data->categories[j].count) {
            const struct fields *fields = &words[j];
            const size_t word = (size_t)value, begin = fields->begin[word];
            INK_TRY(inki_sink_put(sink, fields->text + begin, fields->begin[word + 1] - begin - 1));
        } else if (!gap) {
            length = write_float(value, number);
        } else if (last && !any) {
            length = (size_t)snprintf(number, sizeof number, "NA");
        }
        any = any || !gap;
        number[length++] = last ? '\n' : ',';
        INK_TRY(inki_sink_put(sink, number, length));
    }
    return INK_OK;
}

static ink_status put_numbers(ink_ctx *ctx, const ink_data *data, const struct fields *classes, struct inki_sink *sink)
{
    struct bytes_text bytes;
    char *line = inki_alloc(ctx, data->features, NUMBER_ROOM + 1);
    ink_status status = line ? INK_OK : INK_NO_MEMORY;
    bytes_make(&bytes);
    for (size_t i = 0; i < data->rows && status == INK_OK; i++) {
        status = put_answer(data, i, classes, sink);
        if (status == INK_OK) status = inki_sink_put(sink, line, write_row(data, i, &bytes, line));
    }
    inki_free(line);
    return status;
}

static ink_status put_table(ink_ctx *ctx, const ink_data *data, const struct fields *classes, struct inki_sink *sink)
{
    struct fields *words = inki_zalloc(ctx, data->features, sizeof *words);
    ink_status status = words ? INK_OK : INK_NO_MEMORY;
    for (size_t j = 0; j < data->features && status == INK_OK; j++)
        status = fields_make(ctx, data->categories[j].words, data->categories[j].count, &words[j]);
    for (size_t i = 0; i < data->rows && status == INK_OK; i++) {
        status = put_answer(data, i, classes, sink);
        if (status == INK_OK) status = put_words(data, i, words, sink);
    }
    for (size_t j = 0; words && j < data->features; j++) fields_free(&words[j]);
    inki_free(words);
    return status;
}

ink_status inki_write_csv(ink_ctx *ctx, const ink_data *data, struct inki_sink *sink)
{
    struct fields classes = {0};
    ink_status status = INK_OK;
    char *const *names = data->names_known ? data->class_labels : data->class_names; /* known again when read */
    if (data->labels) status = fields_make(ctx, names, data->classes, &classes);
    if (status == INK_OK) status = put_header(ctx, data, sink);
    if (status == INK_OK)
        status = data->categories ? put_table(ctx, data, &classes, sink) : put_numbers(ctx, data, &classes, sink);
    fields_free(&classes);
    return status;
}
