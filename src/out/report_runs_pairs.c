/* report_runs_pairs: several models on the same rows: each compared with the best, by the numbers of `inkling compare`.
 * SPDX-License-Identifier: MIT */
#include "out/report_runs.h"
#include "train/round_notes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void inki_runs_head(struct inki_runs_page *page, size_t i)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<th scope=\"row\"><i class=\"swatch r%zu\"></i>", i);
    inki_html_text(out, page->runs[i].name);
    inki_str_add(out, "</th>");
}

static ink_status score_runs(struct inki_runs_page *page)
{
    ink_ctx *ctx = page->report.ctx;
    for (size_t i = 0; i < page->count; i++) {
        struct inki_shown_run *run = &page->runs[i];
        char message[sizeof ctx->message - 128];
        if (!run->model) continue;
        ink_status status = ink_eval(ctx, run->model, page->data, &run->scored);
        if (status == INK_OK) continue;
        snprintf(message, sizeof message, "%.800s", ctx->message);
        return inki_fail(ctx, status, "%.100s: %s", run->name, message);
    }
    return INK_OK;
}

ink_status inki_runs_score(struct inki_runs_page *page)
{
    struct inki_round_notes notes; /* of all models the same, mostly */
    if (!page->data) return INK_OK;
    inki_round_notes_begin(page->report.ctx, NULL, &notes);
    ink_status status = score_runs(page);
    inki_round_notes_end(&notes);
    return status;
}

/* The score by which models are ordered: accuracy, or the first after the loss, of which less is better. */
static double rank_of(const struct inki_shown_run *run)
{
    const ink_metrics *metrics = ink_run_metrics(run->scored);
    return run->model->classes ? -metrics->accuracy : metrics->score[1];
}

static size_t best_run(const struct inki_runs_page *page)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < page->count; i++) {
        const struct inki_shown_run *run = &page->runs[i];
        if (!run->scored || (best != SIZE_MAX && !(rank_of(run) < rank_of(&page->runs[best])))) continue;
        best = i;
    }
    return best;
}

static void add_p(struct inki_str *out, double p, bool better)
{
    inki_str_add(out, "<td class=\"num\">");
    if (p < 1e-300)
        inki_str_add(out, "below 1e-300");
    else
        inki_html_digits(out, p, 2);
    inki_str_add(out, "</td><td class=\"short\">%s</td>", better ? "significantly worse" : "not significantly worse");
}

/* "0.42 (0.1 to 0.7)" */
static void add_difference(struct inki_str *out, double value, double low, double high, bool points)
{
    const double by = points ? 100 : 1, limits[] = {low, high};
    inki_str_add(out, "<td class=\"num\">");
    if (points)
        inki_html_fixed(out, by * value, 2);
    else
        inki_html_digits(out, value, 4);
    for (int i = 0; i < 2; i++) {
        inki_str_add(out, i ? " to " : " <span class=\"dim\">");
        if (points)
            inki_html_fixed(out, by * limits[i], 2);
        else
            inki_html_digits(out, limits[i], 4);
    }
    inki_str_add(out, "</span></td>");
}

static ink_status add_classes_pair(struct inki_runs_page *page, size_t i, size_t best)
{
    struct inki_str *out = &page->report.out;
    ink_comparison result = INK_INIT(ink_comparison);
    INK_TRY(ink_compare(page->report.ctx, page->runs[i].model, page->runs[best].model, page->data, &result));
    add_difference(out, result.difference, result.difference_low, result.difference_high, true);
    inki_str_add(out, "<td class=\"num\">%zu</td><td class=\"num\">%zu</td>", result.only_a, result.only_b);
    add_p(out, result.p, result.better > 0);
    return INK_OK;
}

static ink_status add_numbers_pair(struct inki_runs_page *page, size_t i, size_t best)
{
    struct inki_str *out = &page->report.out;
    ink_number_comparison result = INK_INIT(ink_number_comparison);
    INK_TRY(ink_compare_numbers(page->report.ctx, page->runs[i].model, page->runs[best].model, page->data, &result));
    add_difference(out, -result.difference, -result.difference_high, -result.difference_low, false);
    inki_str_add(out, "<td class=\"num\">%zu</td><td class=\"num\">%zu</td>", result.nearer_a, result.nearer_b);
    add_p(out, result.p, result.better > 0);
    return INK_OK;
}

static void begin_table(struct inki_runs_page *page, size_t best)
{
    struct inki_str *out = &page->report.out;
    const bool classes = page->runs[best].model->classes;
    inki_str_add(out, "<p><b>");
    inki_html_text(out, page->runs[best].name);
    inki_str_add(out,
                 "</b> is the best on these rows. Each other one is compared with it row by row, as by <code>inkling "
                 "compare</code>: %s."
                 " Each comparison is at 95\xC2\xA0%% by itself, and the best of many looks better than it is.</p>\n"
                 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Comparisons, can be "
                 "scrolled\"><table class=\"plain\">"
                 "<thead><tr><th scope=\"col\">model</th><th scope=\"col\" class=\"num\">%s</th><th scope=\"col\" "
                 "class=\"num\">%s</th>"
                 "<th scope=\"col\" class=\"num\">%s</th><th scope=\"col\" class=\"num\">p</th><th "
                 "scope=\"col\">verdict</th></tr></thead>"
                 "<tbody>\n",
                 classes ? "Tango's interval of paired shares, McNemar's exact test"
                         : "the mean difference of the rows' errors, and its interval",
                 classes ? "behind, in points (95\xC2\xA0%)" : "more error (95\xC2\xA0%)",
                 classes ? "only this one right" : "this one nearer",
                 classes ? "only the best right" : "the best nearer");
}

ink_status inki_runs_pairs(struct inki_runs_page *page)
{
    struct inki_report *report = &page->report;
    const size_t best = page->data ? best_run(page) : SIZE_MAX;
    ink_status status = INK_OK;
    if (best == SIZE_MAX) return INK_OK;
    inki_report_begin(report, "pairs", "On the same rows");
    begin_table(page, best);
    for (size_t i = 0; status == INK_OK && i < page->count; i++) {
        if (i == best || !page->runs[i].scored) continue;
        inki_str_add(&report->out, "<tr>");
        inki_runs_head(page, i);
        status = page->runs[i].model->classes ? add_classes_pair(page, i, best) : add_numbers_pair(page, i, best);
        inki_str_add(&report->out, "</tr>\n");
    }
    inki_str_add(&report->out, "</tbody></table></div>\n");
    inki_report_end(report);
    return status;
}
