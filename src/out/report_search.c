/* report_search: one self-contained page about a search.
 * SPDX-License-Identifier: MIT
 *
 * What is best, how much each setting mattered, each setting against the objective, every trial as a table, and the command
 * that makes the search again. It can all be read without scripts; a script only sorts the table. */
#include "base/mem.h"
#include "out/report.h"
#include "out/svg.h"
#include "out/web.h"
#include "train/search.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_MOST = 30,  /* that a plot has places for */
    NUMBERS_FROM = 9, /* so many numbers of a list and more are drawn on a scale */
};

struct page {
    struct inki_report report;
    const ink_search *search;
    ink_search_info info;
    bool by_accuracy;
    size_t shown;                  /* trials in the plots and the table */
    struct inki_svg_point *points; /* [shown] */
    double *sorted;                /* [shown] */
    char **titles;                 /* [shown], NULL: none */
    bool *numbers;                 /* [terms]: all values shown are numbers */
};

static bool has_result(const ink_trial *trial) { return isfinite(trial->val_loss) && strcmp(trial->state, "failed"); }

static double objective_of(const struct page *page, const ink_trial *trial)
{
    return !has_result(trial) ? NAN : page->by_accuracy ? trial->val_accuracy : trial->val_loss;
}

static const char *value_of(const struct page *page, const ink_trial *trial, size_t term)
{
    const char *value = ink_search_value(page->search, trial->trial, page->search->space.axes[term].name);
    return value ? value : "";
}

static const ink_trial *trial_of(const struct page *page, size_t number)
{
    const ink_trial *trial = NULL;
    for (size_t rank = 0; (trial = ink_search_trial(page->search, rank)); rank++)
        if (trial->trial == number) break;
    return trial;
}

/* "hidden 64, lr 0.01" */
static void add_values(struct page *page, const ink_trial *trial)
{
    for (size_t i = 0; i < page->search->space.count; i++) {
        inki_str_add(&page->report.out, "%s%s ", i ? ", " : "", page->search->space.axes[i].name);
        inki_html_text(&page->report.out, value_of(page, trial, i));
    }
}

/* Four decimals where these say enough, so that losses stand below one another. */
static void add_loss(struct inki_str *out, double loss)
{
    if (fabs(loss) >= 1e-3 && fabs(loss) < 1e5)
        inki_html_fixed(out, loss, 4);
    else
        inki_html_digits(out, loss, 3);
}

/* ------------------------------------------------------------------------ top */

static void add_best_tile(struct page *page, const ink_trial *best)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    inki_report_begin_tile(report, page->by_accuracy ? "best validation accuracy" : "best validation loss");
    if (page->by_accuracy)
        inki_html_percent(out, best->val_accuracy);
    else
        add_loss(out, best->val_loss);
    inki_str_add(out, "</dd><dd class=\"dim\">trial %zu, ", best->trial);
    if (page->by_accuracy) {
        inki_str_add(out, "loss ");
        add_loss(out, best->val_loss);
    } else {
        inki_str_add(out, "accuracy ");
        inki_html_percent(out, best->val_accuracy);
    }
    inki_report_end_tile(report, NULL);
}

static void add_seconds(struct inki_str *out, double seconds)
{
    if (seconds < 100) {
        inki_html_digits(out, seconds, 3);
        inki_str_add(out, " s");
    } else if (seconds < 6000) {
        inki_html_fixed(out, seconds / 60, 1);
        inki_str_add(out, " min");
    } else {
        inki_html_fixed(out, seconds / 3600, 1);
        inki_str_add(out, " h");
    }
}

static void add_trials_tile(struct page *page)
{
    const ink_search_info *info = &page->info;
    struct inki_str *out = &page->report.out;
    size_t open = info->waiting + info->running + info->paused;
    inki_report_begin_tile(&page->report, "trials");
    inki_html_count(out, info->trials);
    inki_str_add(out, "</dd><dd class=\"dim\">%zu done", info->done);
    if (info->stopped) inki_str_add(out, ", %zu stopped early", info->stopped);
    if (info->failed) inki_str_add(out, ", %zu failed", info->failed);
    if (open) inki_str_add(out, ", %zu to go", open);
    inki_report_end_tile(&page->report, NULL);
}

static void add_top(struct page *page)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    const ink_trial *best = page->info.best ? trial_of(page, page->info.best) : NULL, *trial;
    const ink_trial *small = page->info.smallest ? trial_of(page, page->info.smallest) : NULL;
    double seconds = 0;
    for (size_t rank = 0; (trial = ink_search_trial(page->search, rank)); rank++) seconds += trial->seconds;
    inki_str_add(out, "<header><p class=\"brand\">Inkling</p><h1>");
    inki_html_text(out, report->title);
    inki_str_add(out, "</h1><p class=\"dim\">a search of %zu trials by %s, on ", page->info.trials, page->info.method);
    inki_html_text(out, page->info.data);
    inki_str_add(out, "</p></header>\n<main>\n<dl class=\"tiles\">\n");
    if (best) add_best_tile(page, best);
    add_trials_tile(page);
    if (small) {
        inki_report_begin_tile(report, "smallest that is as good");
        inki_html_count(out, small->parameters);
        inki_str_add(out, "</dd><dd class=\"dim\">parameters, trial %zu", small->trial);
        inki_report_end_tile(report, NULL);
    }
    inki_report_begin_tile(report, "time of all trials");
    add_seconds(out, seconds);
    inki_report_end_tile(report, "one thread each");
    inki_str_add(out, "</dl>\n");
}

/* ----------------------------------------------------------------------- best */

static size_t count_as_good(const struct page *page)
{
    const ink_trial *trial;
    size_t count = 0;
    for (size_t rank = 1; (trial = ink_search_trial(page->search, rank)) && has_result(trial); rank++)
        count += trial->as_good;
    return count;
}

static void add_range(struct inki_str *out, double low, double high, bool percent)
{
    inki_str_add(out, " (95\xC2\xA0%% interval ");
    if (percent)
        inki_html_fixed(out, 100 * low, 2);
    else
        add_loss(out, low);
    inki_str_add(out, " to ");
    if (percent)
        inki_html_percent(out, high);
    else
        add_loss(out, high);
    inki_str_add(out, ")");
}

static void add_best_words(struct page *page, const ink_trial *best)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<p>Trial %zu with <b>", best->trial);
    add_values(page, best);
    inki_str_add(out, "</b>: validation loss ");
    add_loss(out, best->val_loss);
    add_range(out, best->val_loss_low, best->val_loss_high, false);
    inki_str_add(out, ", accuracy ");
    inki_html_percent(out, best->val_accuracy);
    add_range(out, best->val_accuracy_low, best->val_accuracy_high, true);
    inki_str_add(out, ", %zu epochs.</p>\n", best->epochs);
}

static void add_as_good_words(struct page *page)
{
    struct inki_str *out = &page->report.out;
    size_t others = count_as_good(page);
    const ink_trial *small = trial_of(page, page->info.smallest);
    if (others == 0) {
        inki_str_add(out, "<p>Every other trial is worse beyond chance (compared row by row, 95\xC2\xA0%%).</p>\n");
        return;
    }
    inki_str_add(out,
                 "<p>%zu other%s cannot be told apart from it (compared row by row, 95\xC2\xA0%% each); the best of "
                 "many is flattered by chance",
                 others, others == 1 ? "" : "s");
    if (small && small->trial != page->info.best) {
        inki_str_add(out, ". The smallest of them all is trial %zu with ", small->trial);
        add_values(page, small);
        inki_str_add(out, ": ");
        inki_html_count(out, small->parameters);
        inki_str_add(out, " parameters");
    }
    inki_str_add(out, ".</p>\n");
}

static void add_best(struct page *page)
{
    struct inki_report *report = &page->report;
    const ink_trial *best = page->info.best ? trial_of(page, page->info.best) : NULL, *trial = NULL;
    inki_report_begin(report, "best", "What is best");
    if (best) {
        add_best_words(page, best);
        add_as_good_words(page);
    } else {
        inki_str_add(&report->out, "<p>No trial has a result yet.</p>\n");
    }
    for (size_t rank = 0; page->info.failed && (trial = ink_search_trial(page->search, rank)); rank++)
        if (strcmp(trial->state, "failed") == 0) break;
    if (trial) {
        inki_str_add(&report->out, "<p>%zu failed; trial %zu: ", page->info.failed, trial->trial);
        inki_html_text(&report->out, trial->message);
        inki_str_add(&report->out, "</p>\n");
    }
    inki_report_end(report);
}

/* ------------------------------------------------------------------ importance */

static void add_tried(struct page *page, const struct inki_axis *axis)
{
    struct inki_str *out = &page->report.out;
    if (axis->count == 0) {
        inki_html_digits(out, axis->low, 6);
        inki_str_add(out, " to ");
        inki_html_digits(out, axis->high, 6);
        if (axis->log) inki_str_add(out, ", by factors");
        return;
    }
    for (size_t i = 0; i < axis->count && i < 20; i++) {
        inki_str_add(out, "%s<code>", i ? " \xC2\xB7 " : "");
        inki_html_text(out, axis->values[i]);
        inki_str_add(out, "</code>");
    }
    if (axis->count > 20) inki_str_add(out, " and %zu more", axis->count - 20);
}

/* The term with the largest share that has not been told; NaN counts as the smallest. */
static size_t next_term(const struct page *page, const bool *told)
{
    size_t best = SIZE_MAX;
    double most = -2;
    for (size_t i = 0; i < page->search->space.count; i++) {
        double share = isfinite(page->search->shares[i]) ? page->search->shares[i] : -1;
        if (told[i] || share <= most) continue;
        most = share;
        best = i;
    }
    return best;
}

static void add_term(struct page *page, size_t i)
{
    struct inki_str *out = &page->report.out;
    double share = page->search->shares[i];
    inki_str_add(
        out, "<tr><th scope=\"row\">%s</th><td class=\"share\"><i><b style=\"width:", page->search->space.axes[i].name);
    inki_html_fixed(out, isfinite(share) ? 100 * share : 0, 1);
    inki_str_add(out, "%%\"></b></i></td><td class=\"num\">");
    inki_html_fixed(out, 100 * share, 0);
    inki_str_add(out, "%s</td><td class=\"tried\">", isfinite(share) ? "\xC2\xA0%" : "");
    add_tried(page, &page->search->space.axes[i]);
    inki_str_add(out, "</td></tr>\n");
}

static ink_status add_importance(struct page *page)
{
    struct inki_report *report = &page->report;
    size_t i;
    bool *told = inki_zalloc(report->ctx, page->search->space.count + 1, sizeof *told);
    if (!told) return INK_NO_MEMORY;
    inki_report_begin(report, "matters", "What matters");
    inki_str_add(
        &report->out,
        "<p>How much of the differences between trials a setting explains alone: the share of the variance of"
        " their ranks by %s. Settings that matter only together with others show little here.</p>\n"
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"What matters, can be scrolled\">"
        "<table class=\"plain\"><thead><tr><th scope=\"col\">setting</th><td></td><th scope=\"col\" class=\"num\">"
        "explains</th><th scope=\"col\">tried</th></tr></thead><tbody>\n",
        page->by_accuracy ? "validation accuracy" : "validation loss");
    while ((i = next_term(page, told)) != SIZE_MAX) {
        told[i] = true;
        add_term(page, i);
    }
    inki_str_add(&report->out, "</tbody></table></div>\n");
    inki_report_end(report);
    inki_free(report->ctx, told);
    return INK_OK;
}

/* ----------------------------------------------------------------------- plots */

static bool read_number(const char *text, double *out)
{
    size_t length = strlen(text);
    return length > 0 && inki_parse_number(text, length, out) == length;
}

/* True if the values are many numbers: then they lie on a scale, not each at a place. */
static bool on_scale(const struct inki_axis *axis, double *least, double *most)
{
    *least = axis->low;
    *most = axis->high;
    if (axis->count == 0) return true;
    if (axis->count < NUMBERS_FROM) return false;
    *least = INFINITY;
    *most = -INFINITY;
    for (size_t i = 0; i < axis->count; i++) {
        double value;
        if (!read_number(axis->values[i], &value)) return false;
        *least = fmin(*least, value);
        *most = fmax(*most, value);
    }
    return true;
}

static double place_of(const struct inki_axis *axis, const char *value, bool scale)
{
    double x;
    if (scale) return read_number(value, &x) ? x : NAN;
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
static double median_at(struct page *page, size_t i)
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

static bool wants_log(const struct page *page)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < page->shown; i++) {
        if (!isfinite(page->points[i].y)) continue;
        least = fmin(least, page->points[i].y);
        most = fmax(most, page->points[i].y);
    }
    return !page->by_accuracy && least > 0 && most > 20 * least;
}

static void place_points(struct page *page, const struct inki_axis *axis, size_t term, bool scale)
{
    for (size_t i = 0; i < page->shown; i++) {
        const ink_trial *trial = ink_search_trial(page->search, i);
        bool best = trial->trial == page->info.best;
        page->points[i] = (struct inki_svg_point){.x = place_of(axis, value_of(page, trial, term), scale),
                                                  .y = objective_of(page, trial),
                                                  .class = best             ? "best"
                                                           : trial->as_good ? "good"
                                                                            : "",
                                                  .title = page->titles[i]};
    }
}

static void add_plot(struct page *page, size_t term)
{
    const struct inki_axis *axis = &page->search->space.axes[term];
    double least, most, middles[NAMES_MOST];
    char id[32], title[160];
    bool scale = on_scale(axis, &least, &most);
    if (!scale && axis->count > NAMES_MOST) {
        inki_str_add(&page->report.out, "<p>%s has %zu values: see the table.</p>\n", axis->name, axis->count);
        return;
    }
    place_points(page, axis, term, scale);
    for (size_t i = 0; !scale && i < axis->count; i++) middles[i] = median_at(page, i);
    snprintf(id, sizeof id, "term%zu", term);
    snprintf(title, sizeof title, "%s and %s", axis->name,
             page->by_accuracy ? "validation accuracy" : "validation loss");
    inki_svg_scattered(&page->report.out,
                       &(struct inki_svg_scatter){
                           .id = id,
                           .title = title,
                           .about = scale ? "A point a trial. The table of the trials has the values."
                                          : "A point a trial; a line at the median of each value. The table of the"
                                            " trials has the values.",
                           .x_name = axis->name,
                           .y_name = page->by_accuracy ? "validation accuracy" : "validation loss",
                           .points = page->points,
                           .count = page->shown,
                           .names = scale ? NULL : (const char *const *)axis->values,
                           .middles = middles,
                           .name_count = scale ? 0 : axis->count,
                           .log_x = scale && (axis->log || (axis->count > 0 && least > 0 && most > 20 * least)),
                           .log_y = wants_log(page),
                           .percent = page->by_accuracy,
                           .whole = axis->whole});
}

/* What a point says: "trial 3: lr 0.1, batch 32; loss 0.5, accuracy 85 %". */
static ink_status make_titles(struct page *page)
{
    ink_ctx *ctx = page->report.ctx;
    for (size_t i = 0; i < page->shown && i < INKI_REPORT_TITLES; i++) {
        const ink_trial *trial = ink_search_trial(page->search, i);
        struct inki_str text = {.ctx = ctx};
        inki_str_add(&text, "trial %zu: ", trial->trial);
        for (size_t k = 0; k < page->search->space.count; k++)
            inki_str_add(&text, "%s%s %s", k ? ", " : "", page->search->space.axes[k].name, value_of(page, trial, k));
        inki_str_add(&text, "; loss ");
        add_loss(&text, trial->val_loss);
        inki_str_add(&text, ", accuracy ");
        inki_html_percent(&text, trial->val_accuracy);
        page->titles[i] = text.text;
        if (text.failed) return INK_NO_MEMORY;
    }
    return INK_OK;
}

static void add_plots(struct page *page)
{
    struct inki_report *report = &page->report;
    inki_report_begin(report, "settings", "Setting by setting");
    inki_str_add(&report->out,
                 "<p class=\"key\"><span class=\"best\">the best</span> <span class=\"good\">as good</span>"
                 " <span>other trials</span>");
    if (page->shown < page->info.trials) inki_str_add(&report->out, " (the best %zu)", page->shown);
    inki_str_add(&report->out, "</p>\n<div class=\"plots\">\n");
    for (size_t i = 0; i < page->search->space.count; i++) add_plot(page, i);
    inki_str_add(&report->out, "</div>\n");
    inki_report_end(report);
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
        add_loss(out, value);
    inki_str_add(out, " <span class=\"dim\">");
    if (percent)
        inki_html_fixed(out, 100 * low, 1);
    else
        add_loss(out, low);
    inki_str_add(out, " to ");
    if (percent)
        inki_html_fixed(out, 100 * high, 1);
    else
        add_loss(out, high);
    inki_str_add(out, "</span></td>");
}

static void add_count(struct inki_str *out, size_t count)
{
    inki_str_add(out, "<td class=\"num\" data-v=\"%zu\">", count);
    inki_html_count(out, count);
    inki_str_add(out, "</td>");
}

static void add_figures(struct inki_str *out, const ink_trial *trial)
{
    add_pair(out, trial->val_loss, trial->val_loss_low, trial->val_loss_high, false);
    add_pair(out, trial->val_accuracy, trial->val_accuracy_low, trial->val_accuracy_high, true);
    add_count(out, trial->epochs);
    add_count(out, trial->parameters);
}

static bool all_numbers(const struct page *page, size_t term)
{
    double number;
    for (size_t i = 0; i < page->shown; i++)
        if (!read_number(value_of(page, ink_search_trial(page->search, i), term), &number)) return false;
    return true;
}

static void add_value(struct page *page, const ink_trial *trial, size_t term, bool numbers)
{
    struct inki_str *out = &page->report.out;
    const char *value = value_of(page, trial, term);
    double number;
    if (numbers && read_number(value, &number)) {
        begin_number(out, number);
        inki_html_digits(out, number, 6);
    } else {
        inki_str_add(out, "<td class=\"%s\">", strlen(value) > 48 ? "long" : "short");
        inki_html_text(out, value);
    }
    inki_str_add(out, "</td>");
}

static void add_trial(struct page *page, const ink_trial *trial)
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
    if (has_result(trial))
        add_figures(out, trial);
    else
        inki_str_add(
            out, "<td class=\"num\">-</td><td class=\"num\">-</td><td class=\"num\">-</td><td class=\"num\">-</td>");
    begin_number(out, trial->seconds);
    inki_html_fixed(out, trial->seconds, 1);
    inki_str_add(out, "</td></tr>\n");
}

static void add_trials(struct page *page)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    inki_report_begin(report, "trials", "The trials");
    inki_str_add(out,
                 "<p>By rank%s. Beside loss and accuracy their 95\xC2\xA0%% intervals over the validation rows.</p>\n",
                 page->shown < page->info.trials ? "; the best of them, <code>--list</code> has all" : "");
    inki_str_add(out, "<div class=\"wide tall\" tabindex=\"0\" role=\"region\" aria-label=\"Trials, can be scrolled\">"
                      "<table class=\"plain\" id=\"trial-table\"><thead><tr><th scope=\"col\" class=\"num\">trial</th>"
                      "<th scope=\"col\">state</th>");
    for (size_t i = 0; i < page->search->space.count; i++) {
        page->numbers[i] = all_numbers(page, i);
        inki_str_add(out, "<th scope=\"col\"%s>%s</th>", page->numbers[i] ? " class=\"num\"" : "",
                     page->search->space.axes[i].name);
    }
    inki_str_add(out, "<th scope=\"col\" class=\"num\">validation loss</th><th scope=\"col\" class=\"num\">validation"
                      " accuracy</th><th scope=\"col\" class=\"num\">epochs</th><th scope=\"col\" class=\"num\">"
                      "parameters</th><th scope=\"col\" class=\"num\">seconds</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < page->shown; i++) add_trial(page, ink_search_trial(page->search, i));
    inki_str_add(out, "</tbody></table></div>\n");
    inki_report_end(report);
}

/* ----------------------------------------------------------------------- about */

static void add_about(struct page *page)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    inki_report_begin(report, "about", "What was searched, and how");
    inki_str_add(out, "<dl>\n");
    inki_report_fact(report, "space", page->info.space);
    inki_report_fact(report, "method", page->info.method);
    inki_report_fact(report, "compared by", page->by_accuracy ? "validation accuracy" : "validation loss");
    inki_report_fact(report, "data", page->info.data);
    inki_report_begin_fact(report, "its fingerprint");
    inki_str_add(out, "<code>%016" PRIx64 "</code>", page->info.fingerprint);
    inki_report_end_fact(report);
    inki_report_begin_fact(report, "do it again");
    inki_str_add(out, "<code id=\"command\">inkling search ");
    inki_report_word(report, page->info.data);
    inki_str_add(out, " --space ");
    inki_report_word(report, page->info.space);
    inki_report_flags(report);
    inki_str_add(out, "</code>");
    inki_report_end_fact(report);
    inki_str_add(out, "</dl>\n");
    inki_report_settings(report);
    inki_report_end(report);
}

/* ----------------------------------------------------------------------- whole */

static ink_status compose(struct page *page)
{
    struct inki_report *report = &page->report;
    INK_TRY(make_titles(page));
    inki_report_head(report);
    add_top(page);
    add_best(page);
    INK_TRY(add_importance(page));
    add_plots(page);
    add_trials(page);
    add_about(page);
    inki_str_add(&report->out,
                 "</main>\n<footer><p>Made by Inkling %s. This page fetches nothing.</p></footer>\n<script>\n%s"
                 "</script>\n</body>\n</html>\n",
                 ink_version(), inki_web_search_js);
    return report->out.failed ? inki_fail(report->ctx, INK_NO_MEMORY, "out of memory for the report") : INK_OK;
}

/* The settings that all trials share: those of the space are not among them, nor how many threads and workers there were. */
static json_t *shared_settings(const ink_search *search, const ink_settings *set)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        json_object_set_new(object, row->name, json_string(ink_settings_get(set, row->name)));
    }
    for (size_t i = 0; i < search->space.count; i++) json_object_del(object, search->space.axes[i].name);
    json_object_del(object, "threads");
    json_object_del(object, "workers");
    return object;
}

ink_status ink_report_search(ink_ctx *ctx, const ink_search *search, const char *title, ink_sink sink, void *user)
{
    struct page page = {.report = {.ctx = ctx, .title = title, .out = {.ctx = ctx}}, .search = search};
    ink_search_describe(search, &page.info);
    page.by_accuracy = strcmp(page.info.objective, "val_accuracy") == 0;
    page.shown = page.info.trials < INKI_REPORT_TRIALS ? page.info.trials : INKI_REPORT_TRIALS;
    page.points = inki_zalloc(ctx, page.shown + 1, sizeof *page.points);
    page.sorted = inki_zalloc(ctx, page.shown + 1, sizeof *page.sorted);
    page.numbers = inki_zalloc(ctx, search->space.count + 1, sizeof *page.numbers);
    page.titles = inki_zalloc(ctx, page.shown + 1, sizeof *page.titles);
    page.report.settings = shared_settings(search, page.info.set);
    ink_status status =
        page.points && page.sorted && page.numbers && page.titles && page.report.settings ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) status = ink_settings_new(ctx, &page.report.defaults);
    if (status == INK_OK) status = compose(&page);
    if (status == INK_OK && !sink(user, page.report.out.text, page.report.out.length))
        status = inki_fail(ctx, INK_IO, "the report could not be written");
    for (size_t i = 0; page.titles && i < page.shown; i++) inki_free(ctx, page.titles[i]);
    inki_free(ctx, page.points);
    inki_free(ctx, page.sorted);
    inki_free(ctx, page.titles);
    inki_free(ctx, page.numbers);
    inki_free(ctx, page.report.out.text);
    ink_settings_free(page.report.defaults);
    json_decref(page.report.settings);
    return status;
}
