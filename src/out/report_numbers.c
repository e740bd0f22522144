/* report_numbers: sections about answers that are numbers: beside what was to be answered, how far off, the worst rows.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/report.h"
#include "out/svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS = 500, BINS = 31 };

static const double shares[] = {0.5, 0.8, 0.9, 0.95, 0.99};

/* Answers of one target: errors[rows] are answers minus truths, sizes[rows] without their signs, in rising order. */
struct answered {
    const struct inki_exam *exam;
    size_t target;
    double *errors, *sizes;
};

static int compare_sizes(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void fill_errors(struct answered *answered)
{
    const struct inki_exam *exam = answered->exam;
    for (size_t i = 0; i < exam->rows; i++) {
        answered->errors[i] = inki_exam_answer(exam, i, answered->target) - inki_exam_truth(exam, i, answered->target);
        answered->sizes[i] = fabs(answered->errors[i]);
    }
    qsort(answered->sizes, exam->rows, sizeof *answered->sizes, compare_sizes);
}

/* The error that this share of the rows stays within. */
static double within(const struct answered *answered, double share)
{
    const size_t rows = answered->exam->rows, at = (size_t)ceil(share * (double)rows);
    return answered->sizes[at > 0 ? at - 1 : 0];
}

static const char *name_of(const struct inki_report *report, size_t target)
{
    const char *name = ink_model_target(report->model, target);
    return name && *name ? name : "answer";
}

/* -------------------------------------------------------------------- plots */

/* Rows evenly from all. */
static size_t fill_points(const struct answered *answered, struct inki_svg_point points[POINTS])
{
    const size_t rows = answered->exam->rows, every = (rows + POINTS - 1) / POINTS;
    size_t count = 0;
    for (size_t i = 0; i < rows; i += every)
        points[count++] = (struct inki_svg_point){.x = inki_exam_truth(answered->exam, i, answered->target),
                                                  .y = inki_exam_answer(answered->exam, i, answered->target),
                                                  .class = ""};
    return count;
}

static void add_truth_plot(struct inki_report *report, const struct answered *answered)
{
    struct inki_svg_point points[POINTS];
    const struct inki_numbers *numbers = &report->model->numbers;
    const bool log = numbers->scales && numbers->scales[answered->target].log;
    char id[32], title[96];
    snprintf(id, sizeof id, "truth-%zu", answered->target);
    snprintf(title, sizeof title, "Answers over the truth: %.60s", name_of(report, answered->target));
    inki_svg_scattered(&report->out, &(struct inki_svg_scatter){.id = id,
                                                                .title = title,
                                                                .about = "A point a row; on the line the answer is "
                                                                         "right.",
                                                                .x_name = "truth",
                                                                .y_name = "answer",
                                                                .points = points,
                                                                .count = fill_points(answered, points),
                                                                .log_x = log,
                                                                .log_y = log,
                                                                .diagonal = true});
}

/* How many rows lie how far off, as far as 99 % of them do. */
static void add_error_plot(struct inki_report *report, const struct answered *answered)
{
    const double most = within(answered, 0.99), width = 2 * most / BINS;
    double x[BINS], y[BINS] = {0};
    char id[32], title[96];
    if (!(most > 0)) return;
    for (size_t b = 0; b < BINS; b++) x[b] = ((double)b + 0.5) * width - most;
    for (size_t i = 0; i < answered->exam->rows; i++) {
        const double at = (answered->errors[i] + most) / width;
        if (at >= 0 && at <= BINS) y[at < BINS ? (size_t)at : BINS - 1]++;
    }
    snprintf(id, sizeof id, "error-%zu", answered->target);
    snprintf(title, sizeof title, "How far off answers are: %.60s", name_of(report, answered->target));
    const struct inki_svg_line line = {.class = "a", .y = y};
    inki_svg_lines(&report->out, &(struct inki_svg_plot){.id = id,
                                                         .title = title,
                                                         .about = "Rows over the answer minus the truth; the table has "
                                                                  "quantiles.",
                                                         .x_name = "answer minus truth",
                                                         .y_name = "rows",
                                                         .x = x,
                                                         .count = BINS,
                                                         .lines = &line,
                                                         .line_count = 1,
                                                         .marks = &(struct inki_svg_mark){0, "right"},
                                                         .mark_count = 1,
                                                         .real = true});
}

/* ------------------------------------------------------------------- tables */

static void add_errors_table(struct inki_report *report, const struct answered *answered)
{
    struct inki_str *out = &report->out;
    inki_str_add(out, "<table class=\"plain\"><caption>So many of the rows are off by no more than</caption><thead><tr>"
                      "<th scope=\"col\">share of rows</th><th scope=\"col\" class=\"num\">error</th></tr></thead>"
                      "<tbody>\n");
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        inki_str_add(out, "<tr><th scope=\"row\">%.0f\xC2\xA0%%</th><td class=\"num\">", 100 * shares[i]);
        inki_html_digits(out, within(answered, shares[i]), 5);
        inki_str_add(out, "</td></tr>\n");
    }
    inki_str_add(out, "</tbody></table>\n");
}

/* The share of rows whose truth lies at or below the answer of a level. */
static double share_below(const struct answered *answered, size_t level)
{
    const struct inki_exam *exam = answered->exam;
    const size_t each = inki_numbers_each(&exam->model->numbers);
    size_t below = 0;
    for (size_t i = 0; i < exam->rows; i++)
        below += inki_exam_truth(exam, i, answered->target) <=
                 (double)exam->answers.p[i * exam->answers.outputs + answered->target * each + level];
    return (double)below / (double)exam->rows;
}

static void add_levels_table(struct inki_report *report, const struct answered *answered)
{
    const struct inki_numbers *numbers = &report->model->numbers;
    struct inki_str *out = &report->out;
    inki_str_add(out, "<table class=\"plain\"><caption>Rows that lie below a quantile</caption><thead><tr>"
                      "<th scope=\"col\">quantile</th><th scope=\"col\" class=\"num\">rows below it</th></tr></thead>"
                      "<tbody>\n");
    for (size_t q = 0; q < numbers->levels; q++) {
        inki_str_add(out, "<tr><th scope=\"row\">");
        inki_html_percent(out, (double)numbers->level[q]);
        inki_str_add(out, "</th><td class=\"num\">");
        inki_html_percent(out, share_below(answered, q));
        inki_str_add(out, "</td></tr>\n");
    }
    inki_str_add(out, "</tbody></table>\n");
}

/* ------------------------------------------------------------------ sections */

static void add_target(struct inki_report *report, struct answered *answered)
{
    struct inki_str *out = &report->out;
    fill_errors(answered);
    if (report->model->numbers.targets > 1) {
        inki_str_add(out, "<h3>");
        inki_html_text(out, name_of(report, answered->target));
        inki_str_add(out, "</h3>\n");
    }
    inki_str_add(out, "<div class=\"plots\">\n<div>");
    add_truth_plot(report, answered);
    inki_str_add(out, "</div>\n<div>");
    add_error_plot(report, answered);
    inki_str_add(out, "</div>\n<div>");
    add_errors_table(report, answered);
    inki_str_add(out, "</div>\n");
    if (report->model->numbers.levels) {
        inki_str_add(out, "<div>");
        add_levels_table(report, answered);
        inki_str_add(out, "</div>\n");
    }
    inki_str_add(out, "</div>\n");
}

static bool has_numbers(const struct inki_report *report) { return report->exam && report->exam->classes == 0; }

ink_status inki_report_numbers(struct inki_report *report)
{
    const struct inki_exam *exam = report->exam;
    if (!has_numbers(report)) return INK_OK;
    const size_t targets = report->model->numbers.targets;
    double *errors = inki_alloc(report->ctx, exam->rows, 2 * sizeof *errors);
    if (!errors) return INK_NO_MEMORY;
    struct answered answered = {.exam = exam, .errors = errors, .sizes = errors + exam->rows};
    inki_report_begin(report, "answers", "Answers beside the truth");
    inki_str_add(&report->out, "<p>A point a row: on the line the answer is right, above it too large%s.",
                 report->model->numbers.levels ? "; the answer is the middle quantile" : "");
    if (exam->rows > POINTS) inki_str_add(&report->out, " Rows are drawn evenly from all %zu.", exam->rows);
    inki_str_add(&report->out, "</p>\n");
    for (; answered.target < targets && answered.target < INKI_REPORT_SERIES; answered.target++)
        add_target(report, &answered);
    if (targets > INKI_REPORT_SERIES)
        inki_str_add(&report->out, "<p class=\"dim\">The first %d of %zu targets.</p>\n", (int)INKI_REPORT_SERIES,
                     targets);
    inki_report_end(report);
    inki_free(errors);
    return INK_OK;
}

/* -------------------------------------------------------------- the worst rows */

static void add_cells(struct inki_report *report, size_t row, size_t target)
{
    const double truth = inki_exam_truth(report->exam, row, target),
                 answer = inki_exam_answer(report->exam, row, target);
    const double values[] = {truth, answer, answer - truth};
    for (size_t i = 0; i < 3; i++) {
        inki_str_add(&report->out, "<td class=\"num\">");
        inki_html_digits(&report->out, values[i], 5);
        inki_str_add(&report->out, "</td>");
    }
}

static ink_status add_worst_row(struct inki_report *report, size_t row)
{
    inki_str_add(&report->out, "<tr><th scope=\"row\" class=\"num\">%zu</th>", row);
    for (size_t t = 0; t < report->model->numbers.targets && t < INKI_REPORT_SERIES; t++) add_cells(report, row, t);
    inki_str_add(&report->out, "<td class=\"values\">");
    INK_TRY(inki_report_row_values(report, row));
    inki_str_add(&report->out, "</td></tr>\n");
    return INK_OK;
}

static void add_worst_head(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    const size_t targets = report->model->numbers.targets;
    inki_str_add(out,
                 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"The worst rows, can be scrolled\">"
                 "<table class=\"plain\"><thead><tr><th scope=\"col\" class=\"num\">row</th>");
    for (size_t t = 0; t < targets && t < INKI_REPORT_SERIES; t++) {
        inki_str_add(out, "<th scope=\"col\" class=\"num\">");
        inki_html_text(out, name_of(report, t));
        inki_str_add(out,
                     "</th><th scope=\"col\" class=\"num\">answer</th><th scope=\"col\" class=\"num\">difference</th>");
    }
    inki_str_add(out, "<th scope=\"col\">first values</th></tr></thead><tbody>\n");
}

ink_status inki_report_worst(struct inki_report *report)
{
    const struct inki_exam *exam = report->exam;
    if (!has_numbers(report)) return INK_OK;
    inki_report_begin(report, "hardest", "The worst rows");
    inki_str_add(&report->out, "<p>Rows with the largest loss, counted from 0.</p>\n");
    add_worst_head(report);
    for (size_t i = 0; i < exam->rows && i < INKI_REPORT_LIST; i++) INK_TRY(add_worst_row(report, exam->hardest[i]));
    inki_str_add(&report->out, "</tbody></table></div>\n");
    inki_report_end(report);
    return INK_OK;
}
