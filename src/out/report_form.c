/* report_form: a field for each column of a table, in place of the pad that images have.
 * SPDX-License-Identifier: MIT */
#include "out/report.h"

#include <math.h>

/* What the model's metadata says of a column of the training rows; NaN where it says nothing. */
static double known_of(const struct inki_report *report, const char *key, size_t column)
{
    const json_t *list = json_object_get(report->inputs, key), *value = json_array_get(list, column);
    return json_array_size(list) == report->model->features && json_is_number(value) ? json_number_value(value)
                                                                                     : (double)NAN;
}

/* A value that is usual in the column: the median or the most frequent word, else the mean, else 0. */
static double middle_of(const struct inki_report *report, size_t column, bool words)
{
    double middle = known_of(report, "middles", column);
    if (!isfinite(middle) && !words) middle = known_of(report, "means", column);
    return isfinite(middle) ? middle : 0;
}

static void add_words(struct inki_report *report, size_t column)
{
    size_t count;
    char *const *words = inki_report_words(report, column, &count);
    inki_str_add(&report->out, ",\"words\":[");
    for (size_t i = 0; i < count; i++) {
        inki_str_add(&report->out, "%s", i ? "," : "");
        inki_html_json(&report->out, words[i]);
    }
    inki_str_add(&report->out, "]");
}

static void add_column(struct inki_report *report, size_t column)
{
    struct inki_str *out = &report->out;
    char room[INKI_REPORT_NAME];
    size_t count;
    const bool words = inki_report_words(report, column, &count) != NULL;
    inki_str_add(out, "%s\n{\"name\":", column ? "," : "");
    inki_html_json(out, inki_report_column(report, column, room));
    if (words) add_words(report, column);
    inki_str_add(out, ",\"low\":");
    inki_html_exact(out, known_of(report, "lows", column));
    inki_str_add(out, ",\"high\":");
    inki_html_exact(out, known_of(report, "highs", column));
    inki_str_add(out, ",\"middle\":");
    inki_html_exact(out, middle_of(report, column, words));
    inki_str_add(out, "}");
}

void inki_report_columns_json(struct inki_report *report)
{
    const ink_model *model = report->model;
    struct inki_str *out = &report->out;
    const char *encoded = model->encoding ? "true" : "false";
    if (!inki_report_has_form(report)) return;
    inki_str_add(out, "<script type=\"application/json\" id=\"columns\">{\"gaps\":%s,\"held\":%s,\"targets\":", encoded,
                 encoded);
    inki_str_add(out, model->classes ? "null" : "[");
    for (size_t t = 0; !model->classes && t < model->outputs; t++) {
        inki_str_add(out, "%s", t ? "," : "");
        inki_html_json(out, inki_report_output(report, t));
    }
    inki_str_add(out, "%s,\"columns\":[", model->classes ? "" : "]");
    for (size_t i = 0; i < model->features; i++) add_column(report, i);
    inki_str_add(out, "]}</script>\n");
}

static void add_without(struct inki_report *report)
{
    inki_str_add(
        &report->out,
        "<p>There is no form in this page: %s. <code>inkling serve</code> and <code>inkling predict</code> answer "
        "rows.</p>\n",
        report->model->features > INKI_REPORT_FIELDS ? "the table has too many columns for one"
                                                     : "the network is too large to be in it, or of a kind "
                                                       "that the page cannot run");
}

static void add_form(struct inki_report *report)
{
    const ink_model *model = report->model;
    const char *target = model->classes ? ink_model_metadata(model, "label_column") : ink_model_target(model, 0);
    const bool one = model->classes || model->outputs == 1;
    inki_str_add(
        &report->out,
        "<p>Change a value, and the answer follows. The network runs here, in this page; nothing leaves it.</p>\n"
        "<form id=\"form\"><div id=\"fields\"></div><div class=\"answer\"><h3>");
    inki_html_text(&report->out, target && *target && one ? target : "What it says");
    inki_str_add(
        &report->out,
        ": <output id=\"said\">-</output></h3><div id=\"bars\"></div><p><button type=\"button\" id=\"typical\">"
        "Typical values</button>%s</p><p id=\"row\" class=\"dim\"></p></div></form>\n"
        "<noscript><p>The form needs JavaScript; the rest of the page does without.</p></noscript>\n",
        inki_report_has_examples(report) ? " <button type=\"button\" id=\"another\">A row of the data</button>" : "");
}

ink_status inki_report_form(struct inki_report *report)
{
    if (!inki_report_is_table(report)) return INK_OK;
    inki_report_begin(report, "try", "Try it");
    if (inki_report_has_form(report))
        add_form(report);
    else
        add_without(report);
    inki_report_end(report);
    return INK_OK;
}
