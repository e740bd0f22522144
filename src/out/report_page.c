/* report_page: the head of a page, its sections and tiles.
 * SPDX-License-Identifier: MIT */
#include "out/report.h"
#include "out/web.h"

#include <stdio.h>

const char *inki_report_class(const struct inki_report *report, size_t i)
{
    const char *name = ink_model_class(report->model, i);
    return name ? name : "?";
}

const char *inki_report_output(const struct inki_report *report, size_t i)
{
    const char *name = ink_model_output(report->model, i);
    return name && *name ? name : "answer";
}

bool inki_report_has_classes(const struct inki_report *report) { return report->exam && report->exam->classes; }

const char *inki_report_column(const struct inki_report *report, size_t i, char room[INKI_REPORT_NAME])
{
    const char *name = json_string_value(json_array_get(report->columns, i));
    if (name && *name) return name;
    snprintf(room, INKI_REPORT_NAME, "column %zu", i + 1);
    return room;
}

bool inki_report_is_table(const struct inki_report *report)
{
    return !report->images && report->model->in.height == 1 && report->model->in.channels == 1;
}

void inki_report_begin(struct inki_report *report, const char *id, const char *heading)
{
    inki_str_add(&report->out, "<section id=\"%s\"><h2>%s</h2>\n", id, heading);
}

void inki_report_end(struct inki_report *report) { inki_str_add(&report->out, "</section>\n"); }

void inki_report_head(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    inki_str_add(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src"
        " 'unsafe-inline'; script-src 'unsafe-inline'\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n"
        "<meta name=\"generator\" content=\"Inkling %s\">\n<title>",
        ink_version());
    inki_html_text(out, report->title);
    inki_str_add(out, " \xC2\xB7 Inkling</title>\n<style>\n%s</style>\n</head>\n<body>\n", inki_web_report_css);
}

void inki_report_begin_tile(struct inki_report *report, const char *name)
{
    inki_str_add(&report->out, "<div class=\"tile\"><dt>%s</dt><dd>", name);
}

void inki_report_end_tile(struct inki_report *report, const char *note)
{
    inki_str_add(&report->out, "</dd>%s%s%s</div>\n", note ? "<dd class=\"dim\">" : "", note ? note : "",
                 note ? "</dd>" : "");
}
