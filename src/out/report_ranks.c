/* report_ranks: of two classes, what other thresholds would answer: the ROC curve, and precision over recall.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/report.h"
#include "out/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 200 };

/* Rows of the second class and of the first that have at least a probability of the second. */
struct step {
    double p;
    size_t hits, alarms;
};

struct ranked {
    struct step *steps; /* [count], from the largest probability down, equal ones once */
    size_t count, positives, negatives;
};

static int compare_steps(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    return (x->p < y->p) - (x->p > y->p);
}

static bool rank(const struct inki_exam *exam, struct ranked *out)
{
    *out = (struct ranked){.steps = inki_alloc(exam->ctx, exam->rows, sizeof *out->steps)};
    if (!out->steps) return false;
    for (size_t i = 0; i < exam->rows; i++) {
        const bool positive = exam->answers.labels[i] == 1;
        out->steps[i] = (struct step){inki_exam_p(exam, i, 1), positive, !positive};
    }
    qsort(out->steps, exam->rows, sizeof *out->steps, compare_steps);
    for (size_t i = 0; i < exam->rows; i++) {
        const struct step at = out->steps[i];
        out->positives += at.hits;
        out->negatives += at.alarms;
        if (out->count == 0 || at.p != out->steps[out->count - 1].p) out->count++;
        out->steps[out->count - 1] = (struct step){at.p, out->positives, out->negatives};
    }
    return true;
}

static double share(size_t part, size_t whole) { return (double)part / (double)whole; }

/* Steps evenly by their rows, the last one too. */
static size_t thin(const struct ranked *ranked, const struct step *out[POINTS])
{
    size_t count = 0, every = (ranked->count + POINTS - 2) / (POINTS - 1);
    for (size_t i = 0; i + 1 < ranked->count && count < POINTS - 1; i += every) out[count++] = &ranked->steps[i];
    out[count++] = &ranked->steps[ranked->count - 1];
    return count;
}

static void add_roc(struct inki_report *report, const struct ranked *ranked)
{
    const struct step *at[POINTS];
    const size_t count = thin(ranked, at);
    double x[POINTS + 1] = {0}, y[POINTS + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        x[i + 1] = share(at[i]->alarms, ranked->negatives);
        y[i + 1] = share(at[i]->hits, ranked->positives);
    }
    const struct inki_svg_line lines[] = {{.class = "a", .y = y},
                                          {.class = "b", .y = x}}; /* as good as chance where y is x */
    inki_svg_lines(
        &report->out,
        &(struct inki_svg_plot){.id = "roc",
                                .title = "ROC curve: found rows over false alarms",
                                .about = "From the strictest threshold to the laxest; the straight line is chance.",
                                .x_name = "false alarms",
                                .y_name = "found",
                                .x = x,
                                .count = count + 1,
                                .lines = lines,
                                .line_count = 2,
                                .percent = true,
                                .real = true,
                                .range = (const double[]){0, 1}});
}

static void add_precision(struct inki_report *report, const struct ranked *ranked)
{
    const struct step *at[POINTS];
    const size_t count = thin(ranked, at);
    double x[POINTS], y[POINTS], chance[POINTS];
    for (size_t i = 0; i < count; i++) {
        x[i] = share(at[i]->hits, ranked->positives);
        y[i] = share(at[i]->hits, at[i]->hits + at[i]->alarms);
        chance[i] = share(ranked->positives, ranked->positives + ranked->negatives);
    }
    const struct inki_svg_line lines[] = {{.class = "a", .y = y}, {.class = "b", .y = chance}};
    inki_svg_lines(&report->out, &(struct inki_svg_plot){
                                     .id = "precision",
                                     .title = "Precision over recall",
                                     .about = "From the strictest threshold to the laxest; the level line is chance.",
                                     .x_name = "found (recall)",
                                     .y_name = "precision",
                                     .x = x,
                                     .count = count,
                                     .lines = lines,
                                     .line_count = 2,
                                     .percent = true,
                                     .real = true,
                                     .range = (const double[]){0, 1}});
}

static void add_score(struct inki_report *report, const char *name, const char *head)
{
    const ink_metrics *metrics = &report->exam->metrics;
    for (size_t i = 0; i < metrics->score_count; i++) {
        if (strcmp(metrics->scores[i].name, name) != 0 || !isfinite(metrics->score[i])) continue;
        inki_str_add(&report->out, " %s <b>", head);
        inki_html_fixed(&report->out, metrics->score[i], 4);
        inki_str_add(&report->out, "</b>.");
    }
}

static void add_text(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    inki_str_add(out, "<p>What other thresholds would answer for <b>");
    inki_html_text(out, inki_report_class(report, 1));
    inki_str_add(out, "</b>: the share of its rows that are found, over the share of other rows that are taken for it, "
                      "and over the share of such answers that are right.");
    if (report->model->threshold > 0) {
        inki_str_add(out, " This model answers so from a probability of <b>");
        inki_html_digits(out, (double)report->model->threshold, 4);
        inki_str_add(out, "</b> on.");
    }
    add_score(report, "auc", "Area under the first curve:");
    add_score(report, "average_precision", "Average precision:");
    inki_str_add(out, "</p>\n");
}

ink_status inki_report_ranks(struct inki_report *report)
{
    struct ranked ranked;
    if (!inki_report_has_classes(report) || report->exam->classes != 2) return INK_OK;
    if (!rank(report->exam, &ranked)) return INK_NO_MEMORY;
    if (ranked.positives && ranked.negatives) {
        inki_report_begin(report, "thresholds", "Other thresholds");
        add_text(report);
        inki_str_add(&report->out, "<div class=\"plots\">\n<div>");
        add_roc(report, &ranked);
        inki_str_add(&report->out, "</div>\n<div>");
        add_precision(report, &ranked);
        inki_str_add(&report->out, "</div></div>\n");
        inki_report_end(report);
    }
    inki_free(ranked.steps);
    return INK_OK;
}
