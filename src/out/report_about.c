/* report_about: the section that says what was trained, on what, how, and how to reproduce.
 * SPDX-License-Identifier: MIT */
#include "base/settings.h"
#include "out/report.h"

#include <inttypes.h>
#include <string.h>

/* --------------------------------------------------------------------- pieces */

void inki_report_begin_fact(struct inki_report *report, const char *name)
{
    inki_str_add(&report->out, "<dt>%s</dt><dd>", name);
}

void inki_report_end_fact(struct inki_report *report) { inki_str_add(&report->out, "</dd>\n"); }

void inki_report_fact(struct inki_report *report, const char *name, const char *value)
{
    if (!value || !*value) return;
    inki_report_begin_fact(report, name);
    inki_html_text(&report->out, value);
    inki_report_end_fact(report);
}

static const char *setting(const struct inki_report *report, const char *name)
{
    return json_string_value(json_object_get(report->settings, name));
}

/* Whether a kept setting is not at its default. */
static bool is_other(const struct inki_report *report, const ink_setting *row)
{
    const char *value = setting(report, row->name);
    return value && strcmp(value, ink_settings_get(report->defaults, row->name)) != 0;
}

/* --------------------------------------------------------------------- command */

void inki_report_word(struct inki_report *report, const char *word)
{
    size_t plain = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:=+-");
    if (*word && !word[plain]) {
        inki_html_text(&report->out, word);
        return;
    }
    inki_str_add(&report->out, "&#39;");
    for (const char *c = word; *c;) {
        size_t run = strcspn(c, "'");
        char piece[256];
        if (run > sizeof piece - 1) run = sizeof piece - 1;
        while (run > 0 && run == sizeof piece - 1 && ((unsigned char)c[run] & 0xC0) == 0x80) run--;
        memcpy(piece, c, run);
        piece[run] = 0;
        inki_html_text(&report->out, piece);
        c += run;
        if (*c == '\'') {
            inki_str_add(&report->out, "&#39;\\&#39;&#39;");
            c++;
        }
    }
    inki_str_add(&report->out, "&#39;");
}

void inki_report_flags(struct inki_report *report)
{
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        if (!is_other(report, row)) continue;
        inki_str_add(&report->out, " <span class=\"flag\">--%s</span>", row->name);
        if (row->type == INK_TYPE_BOOL && strcmp(setting(report, row->name), "true") == 0) continue;
        inki_str_add(&report->out, row->type == INK_TYPE_BOOL ? "=" : " ");
        inki_report_word(report, setting(report, row->name));
    }
}

static void add_command(struct inki_report *report)
{
    const char *data = ink_model_metadata(report->model, "data");
    if (!report->settings || !data || !*data) return;
    inki_report_begin_fact(report, "reproduce");
    inki_str_add(&report->out, "<code id=\"command\">inkling train ");
    inki_report_word(report, data);
    inki_report_flags(report);
    inki_str_add(&report->out, "</code>");
    inki_report_end_fact(report);
}

/* -------------------------------------------------------------------- settings */

void inki_report_settings(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    if (!report->settings) return;
    inki_str_add(out, "<details><summary>All settings</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" "
                      "aria-label=\"Settings,"
                      " can be scrolled\"><table class=\"plain\"><thead><tr><th scope=\"col\">setting</th><th "
                      "scope=\"col\">value</th>"
                      "<th scope=\"col\">what it is</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        const char *value = setting(report, row->name);
        if (!value) continue;
        inki_str_add(out, "<tr><th scope=\"row\">%s</th><td>%s", row->name, is_other(report, row) ? "<b>" : "");
        inki_html_text(out, *value ? value : "-");
        inki_str_add(out, "%s</td><td class=\"dim\">", is_other(report, row) ? "</b>" : "");
        inki_html_text(out, row->help);
        inki_str_add(out, "</td></tr>\n");
    }
    inki_str_add(out, "</tbody></table></div><p class=\"dim\">Bold: other than the default.</p></details>\n");
}

/* ---------------------------------------------------------------------- layers */

static void add_layers(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(report->model, &info);
    inki_str_add(out,
                 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Layers, can be scrolled\"><table "
                 "class=\"plain\">"
                 "<thead><tr><th scope=\"col\">layer</th><th scope=\"col\">name</th><th scope=\"col\">activation</th>"
                 "<th scope=\"col\" class=\"num\">inputs</th><th scope=\"col\" class=\"num\">outputs</th>"
                 "<th scope=\"col\" class=\"num\">parameters</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < info.layers; i++) {
        ink_layer_info layer = INK_INIT(ink_layer_info);
        ink_model_layer(report->model, i, &layer);
        inki_str_add(
            out,
            "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td class=\"num\">%zu</td><td class=\"num\">%zu</td>"
            "<td class=\"num\">",
            layer.kind, layer.name, layer.activation, layer.inputs, layer.outputs);
        inki_html_count(out, layer.parameters);
        inki_str_add(out, "</td></tr>\n");
    }
    inki_str_add(out, "</tbody></table></div>\n");
}

/* ------------------------------------------------------------------------- data */

static void add_shape(struct inki_report *report)
{
    const struct inki_shape *in = &report->model->in;
    inki_str_add(&report->out, "%zu features", report->model->features);
    if (in->height > 1) inki_str_add(&report->out, " (%zu\xC3\x97%zu", in->height, in->width);
    if (in->height > 1 && in->channels > 1) inki_str_add(&report->out, "\xC3\x97%zu", in->channels);
    if (in->height > 1) inki_str_add(&report->out, ")");
}

static void add_judged_on(struct inki_report *report)
{
    if (!report->exam) return;
    const ink_data *data = report->exam->data;
    inki_report_begin_fact(report, "evaluated on");
    inki_html_text(&report->out, data->source ? data->source : "data in memory");
    inki_str_add(&report->out, ", ");
    inki_html_count(&report->out, data->rows);
    inki_str_add(&report->out, " rows, fingerprint <code>%016" PRIx64 "</code>", ink_data_fingerprint(data));
    inki_report_end_fact(report);
}

static void add_split(struct inki_report *report)
{
    static const char *const names[] = {"val", "test", "stratify", "shuffle", "limit"};
    if (!report->settings) return;
    inki_report_begin_fact(report, "split");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = setting(report, names[i]);
        if (!value) continue;
        inki_str_add(&report->out, "%s%s ", i ? ", " : "", names[i]);
        inki_html_text(&report->out, value);
    }
    inki_report_end_fact(report);
}

static void add_hash(struct inki_report *report)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(report->model, &info);
    inki_report_begin_fact(report, "weights");
    inki_str_add(&report->out, "<code>%016" PRIx64 "</code>", info.hash);
    inki_report_end_fact(report);
}

ink_status inki_report_about(struct inki_report *report)
{
    const ink_model *model = report->model;
    inki_report_begin(report, "about", "What it is, and how it was made");
    inki_str_add(&report->out, "<dl>\n");
    inki_report_fact(report, "network", *model->notation ? model->notation : "no hidden layers");
    inki_report_begin_fact(report, "input");
    add_shape(report);
    inki_str_add(&report->out, ", scaling %s", model->scaling);
    inki_report_end_fact(report);
    inki_report_fact(report, "trained on", ink_model_metadata(model, "data"));
    inki_report_fact(report, "data fingerprint", ink_model_metadata(model, "data_fingerprint"));
    add_judged_on(report);
    add_split(report);
    inki_report_fact(report, "seed", ink_model_metadata(model, "seed"));
    add_hash(report);
    inki_report_fact(report, "made by Inkling", ink_model_metadata(model, "inkling_version"));
    inki_report_fact(report, "created by", ink_model_metadata(model, "created_by"));
    add_command(report);
    inki_str_add(&report->out, "</dl>\n");
    add_layers(report);
    inki_report_settings(report);
    inki_report_end(report);
    return INK_OK;
}
