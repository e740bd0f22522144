/* report_runs: one self-contained page about several runs beside one another.
 * SPDX-License-Identifier: MIT
 *
 * It can all be read without scripts; a script only lets lines be left out of the plots. */
#include "out/report_runs.h"

#include "base/mem.h"
#include "base/sized.h"
#include "out/web.h"
#include "train/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------- table */

static void add_interval(struct inki_str *out, double low, double high, bool share)
{
    const double limits[] = {low, high};
    if (!isfinite(low) || !isfinite(high)) return;
    for (int i = 0; i < 2; i++) {
        inki_str_add(out, i ? " to " : " <span class=\"dim\">");
        if (share)
            inki_html_fixed(out, 100 * limits[i], 2);
        else
            inki_html_digits(out, limits[i], 4);
    }
    inki_str_add(out, "</span>");
}

static void add_figure(struct inki_str *out, const ink_score *score, double value, double low, double high)
{
    inki_str_add(out, "<td class=\"num\">");
    if (score->share)
        inki_html_percent(out, value);
    else
        inki_html_digits(out, value, 4);
    add_interval(out, low, high, score->share);
    inki_str_add(out, "</td>");
}

/* What its file says of the part "val" or "test" (a history: its last row): of a share of rows with Wilson's interval, where it says of how many rows. */
static void add_kept_score(struct inki_str *out, const struct inki_shown_run *run, const char *part, size_t i)
{
    char key[80];
    double low = NAN, high = NAN;
    const ink_score *score = &run->loss->scores[i];
    snprintf(key, sizeof key, "%s_%s", part, score->name);
    const json_t *value = json_object_get(run->metrics, key);
    const struct inki_course *course = &run->course;
    double kept = json_is_number(value) ? json_number_value(value) : NAN;
    if (!run->model && course->count && strcmp(part, "val") == 0)
        kept = inki_course_column(course, INKI_COURSE_TRAIN + course->score_count + i)[course->count - 1];
    const double rows = (double)json_integer_value(json_object_get(run->split, part));
    if (run->loss->intervals[i] == INKI_INTERVAL_SHARE && rows > 0 && rows < 1e15 && kept >= 0 && kept <= 1)
        inki_wilson((size_t)(kept * rows + 0.5), (size_t)rows, &low, &high);
    add_figure(out, score, kept, low, high);
}

/* "7 of 10": the epoch whose weights it has, of those that were done. */
static void add_epochs(struct inki_str *out, const struct inki_course *course)
{
    inki_str_add(out, "<td class=\"num\">");
    if (course->count && isfinite(course->kept)) {
        inki_html_digits(out, course->kept, 15);
        inki_str_add(out, " of ");
    }
    inki_html_digits(out, course->count ? inki_course_column(course, INKI_COURSE_EPOCH)[course->count - 1] : NAN, 15);
    inki_str_add(out, "</td>");
}

static void add_seconds(struct inki_str *out, const struct inki_course *course)
{
    inki_str_add(out, "<td class=\"num\">");
    inki_html_fixed(out, course->timed ? inki_course_column(course, INKI_COURSE_SECONDS)[course->count - 1] : NAN, 1);
    inki_str_add(out, "</td>");
}

static void add_size(struct inki_str *out, const struct inki_shown_run *run)
{
    ink_model_info info = INK_INIT(ink_model_info);
    if (run->model) ink_model_describe(run->model, &info);
    inki_str_add(out, "<td class=\"num\">");
    if (run->model)
        inki_html_count(out, info.parameters);
    else
        inki_str_add(out, "-");
    inki_str_add(out, "</td>");
}

static bool is_tested(const struct inki_runs_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        if (json_is_number(json_object_get(page->runs[i].metrics, "test_loss"))) return true;
    return false;
}

static bool is_timed(const struct inki_runs_page *page)
{
    bool timed = false;
    for (size_t i = 0; i < page->count; i++) timed |= page->runs[i].course.timed;
    return timed;
}

static void add_run(struct inki_runs_page *page, size_t i, bool tested)
{
    struct inki_str *out = &page->report.out;
    const struct inki_shown_run *run = &page->runs[i];
    const ink_metrics *metrics = run->scored ? ink_run_metrics(run->scored) : NULL;
    inki_str_add(out, "<tr>");
    inki_runs_head(page, i);
    for (size_t s = 0; s < 2; s++) add_kept_score(out, run, "val", s);
    if (tested) add_kept_score(out, run, "test", 1);
    for (size_t s = 0; page->data && s < 2; s++)
        add_figure(out, &run->loss->scores[s], metrics ? metrics->score[s] : NAN, metrics ? metrics->low[s] : NAN,
                   metrics ? metrics->high[s] : NAN);
    add_epochs(out, &run->course);
    if (is_timed(page)) add_seconds(out, &run->course);
    add_size(out, run);
    inki_str_add(out, "</tr>\n");
}

/* The name of the score beside the loss, "score" where runs have several. */
static const char *beside(const struct inki_runs_page *page)
{
    const char *name = page->runs[0].loss->scores[1].name;
    for (size_t i = 1; i < page->count; i++)
        if (strcmp(page->runs[i].loss->scores[1].name, name) != 0) return "score";
    return name;
}

static void add_runs(struct inki_runs_page *page)
{
    struct inki_str *out = &page->report.out;
    const bool tested = is_tested(page);
    const char *name = beside(page);
    inki_report_begin(&page->report, "runs", "The runs");
    inki_str_add(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"The runs, can be scrolled\">"
        "<table class=\"plain\"><thead><tr><th scope=\"col\">run</th>"
        "<th scope=\"col\" class=\"num\">validation loss</th><th scope=\"col\" class=\"num\">validation %s</th>",
        name);
    if (tested) inki_str_add(out, "<th scope=\"col\" class=\"num\">test %s</th>", name);
    if (page->data)
        inki_str_add(out, "<th scope=\"col\" class=\"num\">loss here</th><th scope=\"col\" class=\"num\">%s here</th>",
                     name);
    inki_str_add(out, "<th scope=\"col\" class=\"num\">epoch</th><th scope=\"col\" class=\"num\">seconds</th>"
                      "<th scope=\"col\" class=\"num\">parameters</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < page->count; i++) add_run(page, i, tested);
    inki_str_add(out, "</tbody></table></div>\n<p class=\"dim\">In grey 95\xC2\xA0%% intervals.");
    if (page->data) {
        inki_str_add(out, " Here: on ");
        inki_html_text(out, page->data->source ? page->data->source : "the rows given");
        inki_str_add(out, ", %zu rows.", page->data->rows);
    }
    inki_str_add(out, "</p>\n");
    inki_report_end(&page->report);
}

/* -------------------------------------------------------------------- settings */

static const char *notation_of(const struct inki_shown_run *run)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(run->model, &info);
    return info.notation;
}

/* The layers of a notation that are "dense N"; N 0: all layers. */
static size_t count_layers(const char *notation, unsigned long n)
{
    size_t count = 0;
    for (const char *at = notation; at && *at; at = strchr(at, '|') ? strchr(at, '|') + 2 : NULL) {
        char *end = NULL;
        count += n == 0 || (strncmp(at, "dense ", 6) == 0 && strtoul(at + 6, &end, 10) == n);
    }
    return count;
}

/* Whether the network is made of the widths that the setting hidden has; else it has no say, and activation neither. */
static bool is_of_widths(const struct inki_shown_run *run)
{
    const char *notation = notation_of(run), *at = json_string_value(json_object_get(run->settings, "hidden"));
    size_t count = 0;
    for (char *end = NULL; at && *at; at = *end ? end + 1 : end) {
        const unsigned long width = strtoul(at, &end, 10);
        if (end == at || (width > 0 && count_layers(notation, width) == 0)) return false;
        count += width > 0;
    }
    return count == count_layers(notation, 0);
}

/* A run's value, NULL where the setting has no effect or the model does not say. */
static const char *setting_of(const struct inki_shown_run *run, const char *name)
{
    const bool widths = strcmp(name, "hidden") == 0 || strcmp(name, "activation") == 0;
    if (widths && run->model && !is_of_widths(run)) return NULL;
    return json_string_value(json_object_get(run->settings, name));
}

/* Whether the runs that have settings differ in one. */
static bool differs(const struct inki_runs_page *page, const char *name)
{
    const struct inki_shown_run *first = NULL;
    for (size_t i = 0; i < page->count; i++) {
        const struct inki_shown_run *run = &page->runs[i];
        if (!run->settings) continue;
        if (!first) first = run;
        const char *a = setting_of(first, name), *b = setting_of(run, name);
        if (!a != !b || (a && strcmp(a, b) != 0)) return true;
    }
    return false;
}

static bool networks_differ(const struct inki_runs_page *page)
{
    const char *first = NULL;
    for (size_t i = 0; i < page->count; i++) {
        if (!page->runs[i].model) continue;
        if (first && strcmp(first, notation_of(&page->runs[i])) != 0) return true;
        first = notation_of(&page->runs[i]);
    }
    return false;
}

static void add_value(struct inki_str *out, const char *value)
{
    inki_str_add(out, "<td class=\"%s\">", value && strlen(value) > 32 ? "long" : "short");
    inki_html_text(out, value && *value ? value : "-");
    inki_str_add(out, "</td>");
}

static void add_networks(struct inki_runs_page *page)
{
    inki_str_add(&page->report.out, "<tr><th scope=\"row\">network</th>");
    for (size_t i = 0; i < page->count; i++)
        if (page->runs[i].model) add_value(&page->report.out, notation_of(&page->runs[i]));
    inki_str_add(&page->report.out,
                 "<td class=\"dim\">hidden layers; they come from net, hidden or the data</td></tr>\n");
}

/* With its help up to what is in brackets, mostly what "auto" is. */
static void add_setting(struct inki_runs_page *page, const ink_setting *row)
{
    struct inki_str *out = &page->report.out;
    const char *brackets = strstr(row->help, " (");
    char help[512];
    inki_str_add(out, "<tr><th scope=\"row\">%s</th>", row->name);
    for (size_t i = 0; i < page->count; i++)
        if (page->runs[i].model) add_value(out, setting_of(&page->runs[i], row->name));
    snprintf(help, sizeof help, "%.*s", (int)(brackets ? brackets - row->help : (ptrdiff_t)strlen(row->help)),
             row->help);
    inki_str_add(out, "<td class=\"dim\">");
    inki_html_text(out, help);
    inki_str_add(out, "</td></tr>\n");
}

static void add_settings(struct inki_runs_page *page)
{
    struct inki_str *out = &page->report.out;
    size_t count = 0, models = 0;
    for (size_t i = 0; i < page->count; i++) models += page->runs[i].model != NULL;
    for (size_t i = 0; i < ink_settings_count(); i++) count += differs(page, ink_settings_row(i)->name);
    if (models < 2) return;
    inki_report_begin(&page->report, "settings", "Settings that differ");
    if (count == 0 && !networks_differ(page)) {
        inki_str_add(out, "<p>None: their settings are the same.</p>\n");
        inki_report_end(&page->report);
        return;
    }
    inki_str_add(
        out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Settings that differ, can be scrolled\">"
             "<table class=\"plain\"><thead><tr><th scope=\"col\">setting</th>");
    for (size_t i = 0; i < page->count; i++) {
        if (!page->runs[i].model) continue;
        inki_str_add(out, "<th scope=\"col\"><i class=\"swatch r%zu\"></i>", i);
        inki_html_text(out, page->runs[i].name);
        inki_str_add(out, "</th>");
    }
    inki_str_add(out, "<th scope=\"col\">what it is</th></tr></thead><tbody>\n");
    if (networks_differ(page)) add_networks(page);
    for (size_t i = 0; i < ink_settings_count(); i++)
        if (differs(page, ink_settings_row(i)->name)) add_setting(page, ink_settings_row(i));
    inki_str_add(out, "</tbody></table></div>\n");
    inki_report_end(&page->report);
}

/* ----------------------------------------------------------------------- whole */

static void add_top(struct inki_runs_page *page)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<header><p class=\"brand\">Inkling</p><h1>");
    inki_html_text(out, page->report.title);
    inki_str_add(out, "</h1><p class=\"dim\">%zu run%s, laid over each other</p></header>\n<main>\n", page->count,
                 page->count == 1 ? "" : "s");
    if (!page->notes.length) return;
    inki_report_begin(&page->report, "mind", "What cannot be compared");
    inki_str_add(out, "<ul>\n%s</ul>\n", page->notes.text);
    inki_report_end(&page->report);
}

static ink_status compose_page(struct inki_runs_page *page)
{
    struct inki_str *out = &page->report.out;
    inki_report_head(&page->report);
    add_top(page);
    add_runs(page);
    INK_TRY(inki_runs_pairs(page));
    INK_TRY(inki_runs_curves(page));
    add_settings(page);
    inki_str_add(
        out,
        "</main>\n<footer><p>Made by Inkling %s. This page loads nothing from the network.</p></footer>\n<script>\n%s"
        "</script>\n</body>\n</html>\n",
        ink_version(), inki_web_runs_js);
    return out->failed ? inki_fail(page->report.ctx, INK_NO_MEMORY, "out of memory for the report") : INK_OK;
}

ink_status ink_report_runs(ink_ctx *ctx, const ink_report_plan *given, ink_sink sink, void *user)
{
    ink_report_plan plan;
    INK_TRY(inki_sized_take(ctx, "ink_report_plan", given, &plan, sizeof plan));
    struct inki_runs_page page = {
        .report = {.ctx = ctx, .title = plan.title ? plan.title : "Runs", .out = {.ctx = ctx}},
        .data = plan.data,
        .notes = {.ctx = ctx}};
    ink_status status = inki_runs_read(&page, &plan);
    if (status == INK_OK) status = inki_runs_mind(&page);
    if (status == INK_OK) status = inki_runs_score(&page);
    if (status == INK_OK) status = compose_page(&page);
    if (status == INK_OK && !sink(user, page.report.out.text, page.report.out.length))
        status = inki_fail(ctx, INK_IO, "the report could not be written");
    inki_free(page.report.out.text);
    inki_runs_end(&page);
    return status;
}
