/* report_encoding: how columns of a table become inputs, for the page's script; and their words.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/report.h"

#include <math.h>

/* ---------------------------------------------------------------------- words */

static const struct inki_column *encoded(const struct inki_report *report, size_t column)
{
    const struct inki_encoding *encoding = report->model->encoding;
    return encoding && column < encoding->column_count ? &encoding->columns[column] : NULL;
}

char *const *inki_report_words(const struct inki_report *report, size_t column, size_t *count)
{
    const struct inki_column *of = encoded(report, column);
    *count = of && !of->number ? of->word_count : 0;
    return of && !of->number ? of->words : NULL;
}

void inki_report_value(struct inki_report *report, size_t column, double value)
{
    size_t count;
    char *const *words = inki_report_words(report, column, &count);
    if (isnan(value))
        inki_str_add(&report->out, "<i>not known</i>");
    else if (!words)
        inki_html_digits(&report->out, value, 6);
    else if (value >= 0 && value < (double)count)
        inki_html_text(&report->out, words[(size_t)value]);
    else
        inki_str_add(&report->out, "<i>another word</i>");
}

ink_status inki_report_row_values(struct inki_report *report, size_t row)
{
    enum { SHOWN = 6 };
    const ink_data *data = report->exam->data;
    float *x = inki_alloc(report->ctx, data->features, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    ink_data_row(data, row, x);
    for (size_t i = 0; i < data->features && i < SHOWN; i++) {
        inki_str_add(&report->out, "%s", i ? ", " : "");
        inki_report_value(report, i, (double)x[i]);
    }
    if (data->features > SHOWN) inki_str_add(&report->out, ", …");
    inki_free(x);
    return INK_OK;
}

/* ----------------------------------------------------------------------- JSON */

static ink_status add_number(struct inki_report *report, const struct inki_node *node, const struct inki_column *column)
{
    static const char *const names[] = {
        [INKI_BINS_NONE] = "none", [INKI_BINS_HAT] = "hat", [INKI_BINS_PLE] = "ple", [INKI_BINS_NORMAL] = "normal"};
    const struct inki_column_constants of = inki_encoding_of(node->encoding, report->model->w + node->offset, column);
    const float ends[] = {of.shift, of.factor, of.low, of.high};
    inki_str_add(&report->out, "\"z\":%zu,\"ends\":", column->first);
    INK_TRY(inki_report_floats(report, ends, 4));
    if (column->knots) {
        inki_str_add(&report->out, ",\"bins\":\"%s\",\"at\":%zu,\"knots\":", names[column->bins], column->bins_at);
        INK_TRY(inki_report_floats(report, of.knots, column->knots));
    }
    if (column->bins == INKI_BINS_NORMAL) {
        inki_str_add(&report->out, ",\"scores\":");
        INK_TRY(inki_report_floats(report, of.scores, column->knots));
    }
    if (!column->slot_count) return INK_OK;
    inki_str_add(&report->out, ",\"slots\":%zu,\"values\":", column->slots_at);
    return inki_report_floats(report, column->values, column->value_count);
}

static void add_words(struct inki_report *report, const struct inki_column *column)
{
    inki_str_add(&report->out, "\"slots\":%zu,\"%s\":[", column->slots_at, column->flag ? "flag" : "words");
    for (size_t i = 0; i < column->word_count; i++)
        inki_str_add(&report->out, "%s%u", i ? "," : "", (unsigned)column->slots_of[i]);
    inki_str_add(&report->out, "]");
}

ink_status inki_report_encoding_json(struct inki_report *report, const struct inki_node *node)
{
    const struct inki_encoding *encoding = node->encoding;
    inki_str_add(&report->out, "{\"kind\":\"encode\",\"inputs\":%zu,\"columns\":[", encoding->inputs);
    for (size_t j = 0; j < encoding->column_count; j++) {
        const struct inki_column *column = &encoding->columns[j];
        inki_str_add(&report->out, "%s{", j ? ",\n" : "");
        if (column->number)
            INK_TRY(add_number(report, node, column));
        else
            add_words(report, column);
        if (column->gap) inki_str_add(&report->out, ",\"gap\":%zu", column->gap_at);
        inki_str_add(&report->out, "}");
    }
    inki_str_add(&report->out, "]}");
    return INK_OK;
}
