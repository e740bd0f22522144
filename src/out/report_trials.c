/* report_trials: a search's trials: each setting against the objective, and all of them as a table.
 * SPDX-License-Identifier: MIT */
#include "out/report_search.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_MOST = 30,  /* that a plot has places for */
    NUMBERS_FROM = 9, /* so many numbers of a list and more are drawn on a scale */
};

/* ----------------------------------------------------------------------- plots */

static double objective_of(const struct inki_search_page *page, const ink_trial *trial)
{
    return !inki_search_has_result(trial) ? NAN : trial->val[page->info.score];
}

bool inki_search_on_scale(const struct inki_axis *axis, double *least, double *most)
{
    *least = axis->low;
    *most = axis->high;
    if (axis->count == 0) return true;
    if (axis->count < NUMBERS_FROM) return false;
    *least = INFINITY;
    *most = -INFINITY;
    for (size_t i = 0; i < axis->count; i++) {
        double value;
        if (!inki_parse_real(axis->values[i], &value)) return false;
        *least = fmin(*least, value);
        *most = fmax(*most, value);
    }
    return true;
}

double inki_search_place(const struct inki_axis *axis, const char *value, bool scale)
{
    double x;
    if (scale) return inki_parse_real(value, &x) ? x : NAN;
    for (size_t i = 0; i < axis->count; i++)
        if (strcmp(axis->values[i], value) == 0) return (double)i;
    return NAN;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of what was reached with value i, NaN where there is none. */
static double median_at(struct inki_search_page *page, size_t i)
{
    size_t count = 0;
    for (size_t k = 0; k < page->shown; k++) {
        const struct inki_svg_point *point = &page->points[k];
        if (point->x == (double)i && isfinite(point->y)) page->sorted[count++] = point->y;
    }
    if (count == 0) return NAN;
    qsort(page->sorted, count, sizeof *page->sorted, by_value);
    return (page->sorted[(count - 1) / 2] + page->sorted[count / 2]) / 2;
}

static bool wants_log(const struct inki_search_page *page)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < page->shown; i++) {
        if (!isfinite(page->points[i].y)) continue;
        least = fmin(least, page->points[i].y);
        most = fmax(most, page->points[i].y);
    }
    return !page->objective->share && least > 0 && most > 20 * least;
}

static void place_points(struct inki_search_page *page, const struct inki_axis *axis, size_t term, bool scale)
{
    for (size_t i = 0; i < page->shown; i++) {
        const ink_trial *trial = ink_search_trial(page->search, i);
        bool best = trial->trial == page->info.best;
        page->points[i] =
            (struct inki_svg_point){.x = inki_search_place(axis, inki_search_value(page, trial, term), scale),
                                    .y = objective_of(page, trial),
                                    .class = best             ? "best"
                                             : trial->as_good ? "good"
                                                              : "",
                                    .title = page->titles[i]};
    }
}

static void add_plot(struct inki_search_page *page, size_t term)
{
    const struct inki_axis *axis = &page->search->space.axes[term];
    double least, most, middles[NAMES_MOST];
    char id[32], title[160];
    bool scale = inki_search_on_scale(axis, &least, &most);
    if (!scale && axis->count > NAMES_MOST) {
        inki_str_add(&page->report.out, "<p>%s has %zu values: see the table.</p>\n", axis->name, axis->count);
        return;
    }
    place_points(page, axis, term, scale);
    for (size_t i = 0; !scale && i < axis->count; i++) middles[i] = median_at(page, i);
    snprintf(id, sizeof id, "term%zu", term);
    snprintf(title, sizeof title, "%s and %s", axis->name, page->objective_name);
    inki_svg_scattered(&page->report.out,
                       &(struct inki_svg_scatter){
                           .id = id,
                           .title = title,
                           .about = scale ? "A point a trial. The table of the trials has the values."
                                          : "A point a trial; a line at the median of each value. The table of the"
                                            " trials has the values.",
                           .x_name = axis->name,
                           .y_name = page->objective_name,
                           .points = page->points,
                           .count = page->shown,
                           .names = scale ? NULL : (const char *const *)axis->values,
                           .middles = middles,
                           .name_count = scale ? 0 : axis->count,
                           .log_x = scale && (axis->log || (axis->count > 0 && least > 0 && most > 20 * least)),
                           .log_y = wants_log(page),
                           .percent = page->objective->share,
                           .whole = axis->whole});
}

/* What a point says: "trial 3: lr 0.1, batch 32; loss 0.5, accuracy 85 %". */
static ink_status make_titles(struct inki_search_page *page)
{
    ink_ctx *ctx = page->report.ctx;
    for (size_t i = 0; i < page->shown && i < INKI_REPORT_TITLES; i++) {
        const ink_trial *trial = ink_search_trial(page->search, i);
        struct inki_str text = {.ctx = ctx};
        inki_str_add(&text, "trial %zu: ", trial->trial);
        for (size_t k = 0; k < page->search->space.count; k++)
            inki_str_add(&text, "%s%s %s", k ? ", " : "", page->search->space.axes[k].name,
                         inki_search_value(page, trial, k));
        inki_str_add(&text, "; loss ");
        inki_search_loss(&text, trial->val[INK_LOSS]);
        inki_str_add(&text, ", %s ", page->info.scores[1].name);
        inki_search_score(&text, &page->info.scores[1], trial->val[1]);
        page->titles[i] = text.text;
        if (text.failed) return INK_NO_MEMORY;
    }
    return INK_OK;
}

ink_status inki_search_plots(struct inki_search_page *page)
{
    struct inki_report *report = &page->report;
    if (!page->info.best) return INK_OK; /* nothing to draw yet */
    INK_TRY(make_titles(page));
    inki_report_begin(report, "settings", "Setting by setting");
    inki_str_add(&report->out,
                 "<p class=\"key\"><span class=\"best\">the best</span> <span class=\"good\">as good</span>"
                 " <span>other trials</span>");
    if (page->shown < page->info.trials) inki_str_add(&report->out, " (the best %zu)", page->shown);
    inki_str_add(&report->out, "</p>\n<div class=\"plots\">\n");
    for (size_t i = 0; i < page->search->space.count; i++) add_plot(page, i);
    inki_str_add(&report->out, "</div>\n");
    inki_report_end(report);
    return INK_OK;
}

/* ----------------------------------------------------------------------- table */

static void begin_number(struct inki_str *out, double sort)
{
    inki_str_add(out, "<td class=\"num\" data-v=\"");
    inki_html_digits(out, sort, 9);
    inki_str_add(out, "\">");
}

static void add_pair(struct inki_str *out, double value, double low, double high, bool percent)
{
    begin_number(out, value);
    if (percent)
        inki_html_percent(out, value);
    else
        inki_search_loss(out, value);
    inki_str_add(out, " <span class=\"dim\">");
    if (percent)
        inki_html_fixed(out, 100 * low, 1);
    else
        inki_search_loss(out, low);
    inki_str_add(out, " to ");
    if (percent)
        inki_html_fixed(out, 100 * high, 1);
    else
        inki_search_loss(out, high);
    inki_str_add(out, "</span></td>");
}

static void add_count(struct inki_str *out, size_t count)
{
    inki_str_add(out, "<td class=\"num\" data-v=\"%zu\">", count);
    inki_html_count(out, count);
    inki_str_add(out, "</td>");
}

static void add_figures(const struct inki_search_page *page, struct inki_str *out, const ink_trial *trial)
{
    for (size_t i = 0; i < 2; i++) /* the loss, and the score beside it */
        add_pair(out, trial->val[i], trial->low[i], trial->high[i], page->info.scores[i].share);
    add_count(out, trial->epochs);
    add_count(out, trial->parameters);
}

static bool all_numbers(const struct inki_search_page *page, size_t term)
{
    double number;
    for (size_t i = 0; i < page->shown; i++) {
        const char *value = inki_search_value(page, ink_search_trial(page->search, i), term);
        if (*value && !inki_parse_real(value, &number)) return false;
    }
    return true;
}

static void add_value(struct inki_search_page *page, const ink_trial *trial, size_t term, bool numbers)
{
    struct inki_str *out = &page->report.out;
    const char *value = inki_search_value(page, trial, term);
    double number;
    if (numbers && inki_parse_real(value, &number)) {
        begin_number(out, number);
        inki_html_digits(out, number, 6);
    } else {
        inki_str_add(out, "<td class=\"%s\">", strlen(value) > 48 ? "long" : "short");
        inki_html_text(out, value);
    }
    inki_str_add(out, "</td>");
}

static void add_trial(struct inki_search_page *page, const ink_trial *trial)
{
    struct inki_str *out = &page->report.out;
    bool best = trial->trial == page->info.best, done = strcmp(trial->state, "done") == 0;
    inki_str_add(out, "<tr%s><th scope=\"row\" class=\"num\" data-v=\"%zu\">%zu</th><td class=\"short\">%s</td>",
                 best ? " class=\"kept\"" : "", trial->trial, trial->trial,
                 best             ? "best"
                 : trial->as_good ? "as good"
                 : done           ? ""
                                  : trial->state);
    for (size_t i = 0; i < page->search->space.count; i++) add_value(page, trial, i, page->numbers[i]);
    if (inki_search_has_result(trial))
        add_figures(page, out, trial);
    else
        inki_str_add(
            out, "<td class=\"num\">-</td><td class=\"num\">-</td><td class=\"num\">-</td><td class=\"num\">-</td>");
    begin_number(out, trial->seconds);
    inki_html_fixed(out, trial->seconds, 1);
    inki_str_add(out, "</td></tr>\n");
}

void inki_search_table(struct inki_search_page *page)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    inki_report_begin(report, "trials", "The trials");
    inki_str_add(out, "<p>By rank%s. Beside loss and %s their 95\xC2\xA0%% intervals over the validation rows.</p>\n",
                 page->shown < page->info.trials ? "; the best of them, <code>--list</code> has all" : "",
                 page->info.scores[1].name);
    inki_str_add(out, "<div class=\"wide tall\" tabindex=\"0\" role=\"region\" aria-label=\"Trials, can be scrolled\">"
                      "<table class=\"plain\" id=\"trial-table\"><thead><tr><th scope=\"col\" class=\"num\">trial</th>"
                      "<th scope=\"col\">state</th>");
    for (size_t i = 0; i < page->search->space.count; i++) {
        page->numbers[i] = all_numbers(page, i);
        inki_str_add(out, "<th scope=\"col\"%s>%s</th>", page->numbers[i] ? " class=\"num\"" : "",
                     page->search->space.axes[i].name);
    }
    inki_str_add(out,
                 "<th scope=\"col\" class=\"num\">validation loss</th><th scope=\"col\" class=\"num\">validation"
                 " %s</th><th scope=\"col\" class=\"num\">epochs</th><th scope=\"col\" class=\"num\">"
                 "parameters</th><th scope=\"col\" class=\"num\">seconds</th></tr></thead><tbody>\n",
                 page->info.scores[1].name);
    for (size_t i = 0; i < page->shown; i++) add_trial(page, ink_search_trial(page->search, i));
    inki_str_add(out, "</tbody></table></div>\n");
    inki_report_end(report);
}
