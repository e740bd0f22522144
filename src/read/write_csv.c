/* write_csv: data as a table of text, as Kaggle's: a header, the label, then the values.
 * SPDX-License-Identifier: MIT */
#include "read/write.h"

#include "base/mem.h"
#include "base/text.h"

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

/* A field of CSV (RFC 4180), quoted where it has to be, also where a reader would trim it or take it for another line. */
static void add_field(struct inki_str *str, const char *text)
{
    size_t length = strlen(text);
    bool quoted = strpbrk(text, ",;\t\"\r\n") || length == 0 || text[0] == ' ' || text[length - 1] == ' ';
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
    inki_free(str->ctx, str->text);
    return status;
}

static ink_status put_header(ink_ctx *ctx, const ink_data *data, struct inki_sink *sink)
{
    struct inki_str str = {.ctx = ctx};
    if (data->labels) inki_str_add(&str, "%s,", label_name(data));
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

/* The classes' names as fields, each with the comma that follows. */
struct fields {
    char *text;
    size_t *begin; /* [classes + 1] */
};

static void fields_free(ink_ctx *ctx, struct fields *fields)
{
    inki_free(ctx, fields->text);
    inki_free(ctx, fields->begin);
}

static ink_status fields_make(ink_ctx *ctx, const ink_data *data, struct fields *out)
{
    struct inki_str str = {.ctx = ctx};
    *out = (struct fields){0};
    if (!data->labels) return INK_OK;
    out->begin = inki_alloc(ctx, data->classes + 1, sizeof *out->begin);
    if (!out->begin) return INK_NO_MEMORY;
    char *const *names = data->names_known ? data->class_labels : data->class_names; /* known again when read */
    for (size_t c = 0; c < data->classes; c++) {
        out->begin[c] = str.length;
        add_field(&str, names[c]);
        inki_str_add(&str, ",");
    }
    out->begin[data->classes] = str.length;
    out->text = str.text;
    return str.failed ? INK_NO_MEMORY : INK_OK;
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
    return length;
}

static ink_status put_rows(ink_ctx *ctx, const ink_data *data, const struct fields *fields, struct inki_sink *sink)
{
    struct bytes_text bytes;
    char *line = inki_alloc(ctx, data->features, NUMBER_ROOM + 1);
    ink_status status = line ? INK_OK : INK_NO_MEMORY;
    bytes_make(&bytes);
    for (size_t i = 0; i < data->rows && status == INK_OK; i++) {
        int32_t label = inki_data_label(data, i);
        if (label >= 0) {
            size_t begin = fields->begin[label], end = fields->begin[label + 1];
            status = inki_sink_put(sink, fields->text + begin, end - begin);
        }
        if (status == INK_OK) status = inki_sink_put(sink, line, write_row(data, i, &bytes, line));
    }
    inki_free(ctx, line);
    return status;
}

ink_status inki_write_csv(ink_ctx *ctx, const ink_data *data, struct inki_sink *sink)
{
    struct fields fields;
    ink_status status = fields_make(ctx, data, &fields);
    if (status == INK_OK) status = put_header(ctx, data, sink);
    if (status == INK_OK) status = put_rows(ctx, data, &fields, sink);
    fields_free(ctx, &fields);
    return status;
}
