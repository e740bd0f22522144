/* report_search: one self-contained page about a search.
 * SPDX-License-Identifier: MIT
 *
 * What is best, how much each setting mattered, each setting against the objective, every trial as a table, and the command
 * that makes the search again. It can all be read without scripts; a script only sorts the table. */
#include "base/mem.h"
#include "out/report_search.h"
#include "out/web.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const ink_trial *trial_of(const struct inki_search_page *page, size_t number)
{
    const ink_trial *trial = NULL;
    for (size_t rank = 0; (trial = ink_search_trial(page->search, rank)); rank++)
        if (trial->trial == number) break;
    return trial;
}

/* "hidden 64, lr 0.01" */
static void add_values(struct inki_search_page *page, const ink_trial *trial)
{
    for (size_t i = 0; i < page->search->space.count; i++) {
        inki_str_add(&page->report.out, "%s%s ", i ? ", " : "", page->search->space.axes[i].name);
        inki_html_text(&page->report.out, inki_search_value(page, trial, i));
    }
}

/* ------------------------------------------------------------------------ top */

static void add_best_tile(struct inki_search_page *page, const ink_trial *best)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    const ink_score *scores = page->info.scores, *beside = page->info.score == INK_LOSS ? &scores[1] : scores;
    char name[80];
    snprintf(name, sizeof name, "best %s", page->objective_name);
    inki_report_begin_tile(report, name);
    inki_search_score(out, page->objective, best->val[page->info.score]);
    inki_str_add(out, "</dd><dd class=\"dim\">trial %zu, %s ", best->trial, beside->name);
    inki_search_score(out, beside, best->val[beside - scores]);
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

static void add_trials_tile(struct inki_search_page *page)
{
    const ink_search_info *info = &page->info;
    struct inki_str *out = &page->report.out;
    size_t open = info->waiting + info->running + info->paused;
    inki_report_begin_tile(&page->report, "trials");
    inki_html_count(out, info->trials);
    inki_str_add(out, "</dd><dd class=\"dim\">%zu done", info->done);
    if (info->stopped) inki_str_add(out, ", %zu stopped early", info->stopped);
    if (info->failed) inki_str_add(out, ", %zu failed", info->failed);
    if (open) inki_str_add(out, ", %zu left", open);
    inki_report_end_tile(&page->report, NULL);
}

static void add_top(struct inki_search_page *page)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    const ink_trial *best = page->info.best ? trial_of(page, page->info.best) : NULL, *trial;
    const ink_trial *small = page->info.smallest ? trial_of(page, page->info.smallest) : NULL;
    double seconds = 0;
    for (size_t rank = 0; (trial = ink_search_trial(page->search, rank)); rank++) seconds += trial->seconds;
    inki_str_add(out, "<header><p class=\"brand\">Inkling</p><h1>");
    inki_html_text(out, report->title);
    inki_str_add(out, "</h1><p class=\"dim\">a search of %zu trial%s (%s) on ", page->info.trials,
                 page->info.trials == 1 ? "" : "s", page->info.method);
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

static size_t count_as_good(const struct inki_search_page *page)
{
    const ink_trial *trial;
    size_t count = 0;
    for (size_t rank = 1; (trial = ink_search_trial(page->search, rank)) && inki_search_has_result(trial); rank++)
        count += trial->as_good;
    return count;
}

static void add_range(struct inki_str *out, double low, double high, bool percent)
{
    inki_str_add(out, " (95\xC2\xA0%% interval ");
    if (percent)
        inki_html_fixed(out, 100 * low, 2);
    else
        inki_search_loss(out, low);
    inki_str_add(out, " to ");
    if (percent)
        inki_html_percent(out, high);
    else
        inki_search_loss(out, high);
    inki_str_add(out, ")");
}

static void add_best_words(struct inki_search_page *page, const ink_trial *best)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<p>Trial %zu with <b>", best->trial);
    add_values(page, best);
    inki_str_add(out, "</b>: validation ");
    for (size_t i = 0; i < 2; i++) { /* the loss, and the score beside it */
        const ink_score *score = &page->info.scores[i];
        inki_str_add(out, "%s%s ", i ? ", " : "", score->name);
        inki_search_score(out, score, best->val[i]);
        add_range(out, best->low[i], best->high[i], score->share);
    }
    inki_str_add(out, ", %zu epochs.</p>\n", best->epochs);
}

static void add_as_good_words(struct inki_search_page *page)
{
    struct inki_str *out = &page->report.out;
    size_t others = count_as_good(page);
    const ink_trial *small = trial_of(page, page->info.smallest);
    if (others == 0) {
        inki_str_add(out, "<p>Every other trial is significantly worse (compared row by row, 95\xC2\xA0%%).</p>\n");
        return;
    }
    inki_str_add(out,
                 "<p>%zu other%s not significantly worse (compared row by row, 95\xC2\xA0%% each); the best of "
                 "many looks better than it is",
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

static void add_best(struct inki_search_page *page)
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

static void add_tried(struct inki_search_page *page, const struct inki_axis *axis)
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

/* The term with the largest share that has not been shown; NaN counts as the smallest. */
static size_t next_term(const struct inki_search_page *page, const bool *shown)
{
    size_t best = SIZE_MAX;
    double most = -2;
    for (size_t i = 0; i < page->search->space.count; i++) {
        double share = isfinite(page->search->shares[i]) ? page->search->shares[i] : -1;
        if (shown[i] || share <= most) continue;
        most = share;
        best = i;
    }
    return best;
}

static void add_term(struct inki_search_page *page, size_t i)
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

static ink_status add_importance(struct inki_search_page *page)
{
    struct inki_report *report = &page->report;
    size_t i;
    bool *shown = inki_zalloc(report->ctx, page->search->space.count + 1, sizeof *shown);
    if (!shown) return INK_NO_MEMORY;
    inki_report_begin(report, "matters", "What matters");
    inki_str_add(
        &report->out,
        "<p>How much of the differences between trials a setting explains alone: the fraction of the variance of"
        " their ranks by %s. Settings that matter only together with others show little here.</p>\n"
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"What matters, can be scrolled\">"
        "<table class=\"plain\"><thead><tr><th scope=\"col\">setting</th><td></td><th scope=\"col\" class=\"num\">"
        "explains</th><th scope=\"col\">tried</th></tr></thead><tbody>\n",
        page->objective_name);
    while ((i = next_term(page, shown)) != SIZE_MAX) {
        shown[i] = true;
        add_term(page, i);
    }
    inki_str_add(&report->out, "</tbody></table></div>\n");
    inki_report_end(report);
    inki_free(shown);
    return INK_OK;
}

/* ----------------------------------------------------------------------- about */

static void add_about(struct inki_search_page *page)
{
    struct inki_report *report = &page->report;
    struct inki_str *out = &report->out;
    inki_report_begin(report, "about", "What was searched, and how");
    inki_str_add(out, "<dl>\n");
    inki_report_fact(report, "space", page->info.space);
    inki_report_fact(report, "method", page->info.method);
    inki_report_fact(report, "compared by", page->objective_name);
    inki_report_fact(report, "data", page->info.data);
    inki_report_begin_fact(report, "data fingerprint");
    inki_str_add(out, "<code>%016" PRIx64 "</code>", page->info.fingerprint);
    inki_report_end_fact(report);
    inki_report_begin_fact(report, "reproduce");
    inki_str_add(out, "<code id=\"command\">inkling search ");
    inki_report_word(report, page->info.data);
    inki_str_add(out, " <span class=\"flag\">--space</span> ");
    inki_report_word(report, page->info.space);
    inki_report_flags(report);
    inki_str_add(out, "</code>");
    inki_report_end_fact(report);
    inki_str_add(out, "</dl>\n");
    inki_report_settings(report);
    inki_report_end(report);
}

/* ----------------------------------------------------------------------- whole */

static ink_status compose_page(struct inki_search_page *page)
{
    struct inki_report *report = &page->report;
    inki_report_head(report);
    add_top(page);
    add_best(page);
    INK_TRY(add_importance(page));
    INK_TRY(inki_search_together(page));
    inki_search_table(page);
    INK_TRY(inki_search_plots(page));
    add_about(page);
    inki_str_add(
        &report->out,
        "</main>\n<footer><p>Made by Inkling %s. This page loads nothing from the network.</p></footer>\n<script>\n%s"
        "</script>\n<script>\n%s</script>\n<script>\n%s</script>\n</body>\n</html>\n",
        ink_version(), inki_web_chart_js, inki_web_parallel_js, inki_web_search_js);
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
    struct inki_search_page page = {.report = {.ctx = ctx, .title = title, .out = {.ctx = ctx}},
                                    .search = search,
                                    .info = INK_INIT(ink_search_info)};
    ink_search_describe(search, &page.info);
    page.objective = &page.info.scores[page.info.score];
    snprintf(page.objective_name, sizeof page.objective_name, "validation %s", page.objective->name);
    page.shown = page.info.trials < INKI_REPORT_TRIALS ? page.info.trials : INKI_REPORT_TRIALS;
    page.points = inki_zalloc(ctx, page.shown + 1, sizeof *page.points);
    page.sorted = inki_zalloc(ctx, page.shown + 1, sizeof *page.sorted);
    page.numbers = inki_zalloc(ctx, search->space.count + 1, sizeof *page.numbers);
    page.titles = inki_zalloc(ctx, page.shown + 1, sizeof *page.titles);
    page.report.settings = shared_settings(search, page.info.set);
    ink_status status =
        page.points && page.sorted && page.numbers && page.titles && page.report.settings ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) status = ink_settings_new(ctx, &page.report.defaults);
    if (status == INK_OK) status = compose_page(&page);
    if (status == INK_OK && !sink(user, page.report.out.text, page.report.out.length))
        status = inki_fail(ctx, INK_IO, "the report could not be written");
    for (size_t i = 0; page.titles && i < page.shown; i++) inki_free(page.titles[i]);
    inki_free(page.points);
    inki_free(page.sorted);
    inki_free(page.titles);
    inki_free(page.numbers);
    inki_free(page.report.out.text);
    ink_settings_free(page.report.defaults);
    json_decref(page.report.settings);
    return status;
}
