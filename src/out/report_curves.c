/* report_curves: sections with plots: the course of training, scores of classes, calibration.
 * SPDX-License-Identifier: MIT */
#include "out/course.h"
#include "out/report.h"
#include "out/svg.h"
#include "train/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -------------------------------------------------------------------- curves */

/* A column's heading, for people. */
static void head_column(const struct inki_course *course, size_t c, char head[64])
{
    static const char *const first[] = {"epoch", "step", "rate", "seconds"};
    if (c < INKI_COURSE_TRAIN)
        snprintf(head, 64, "%s", first[c]);
    else
        snprintf(head, 64, "%s %s", inki_course_is_valid(course, c) ? "validation" : "training",
                 inki_course_score(course, c)->name);
}

static bool stopped_early(const struct inki_report *report)
{
    const char *ended = json_string_value(json_object_get(report->history, "ended"));
    return ended && strstr(ended, "no improvement");
}

static void add_plot(struct inki_report *report, const struct inki_course *course, const char *id, const char *title,
                     const char *y_name, size_t train, size_t valid, bool percent)
{
    struct inki_svg_line lines[2] = {{.name = "validation", .class = "a", .y = inki_course_column(course, valid)},
                                     {.name = "training", .class = "b", .y = inki_course_column(course, train)}};
    bool by_steps = inki_course_by_steps(course);
    const double *x = inki_course_column(course, by_steps ? INKI_COURSE_STEP : INKI_COURSE_EPOCH);
    struct inki_svg_mark marks[2] = {
        {by_steps ? NAN : course->kept, "best"},
        {stopped_early(report) && !by_steps ? x[course->count - 1] : NAN, "stopped early"}};
    bool inside = marks[0].x >= x[0] && marks[0].x <= x[course->count - 1];
    if (!inside) marks[0].x = NAN;
    bool log = !percent && (inki_course_wants_log(lines[1].y, course->count, 20) ||
                            inki_course_wants_log(lines[0].y, course->count, 20));
    struct inki_svg_plot plot = {.id = id,
                                 .title = title,
                                 .about = "The table below the plots has the values.",
                                 .x_name = by_steps ? "step" : "epoch",
                                 .y_name = y_name,
                                 .x = x,
                                 .count = course->count,
                                 .lines = course->validated ? lines : lines + 1,
                                 .line_count = course->validated ? 2 : 1,
                                 .marks = marks,
                                 .mark_count = 2,
                                 .log = log,
                                 .percent = percent};
    if (train == valid) {
        lines[0].name = "rate";
        plot.lines = lines;
        plot.line_count = 1;
    }
    inki_svg_lines(&report->out, &plot);
}

static void add_score_plot(struct inki_report *report, const struct inki_course *course, size_t c)
{
    const ink_score *score = inki_course_score(course, c);
    char title[96];
    snprintf(title, sizeof title, "%c%s over the epochs", score->name[0] - 'a' + 'A', score->name + 1);
    add_plot(report, course, score->name, title, score->name, c, c + course->score_count, score->share);
}

static void add_value(struct inki_report *report, const struct inki_course *course, double value, size_t c)
{
    inki_str_add(&report->out, "<td class=\"num\">");
    if (c >= INKI_COURSE_TRAIN && inki_course_score(course, c)->share)
        inki_html_percent(&report->out, value);
    else
        inki_html_digits(&report->out, value, c == INKI_COURSE_EPOCH || c == INKI_COURSE_STEP ? 15 : 4);
    inki_str_add(&report->out, "</td>");
}

/* A table of at most about 100 rows. */
static void add_table(struct inki_report *report, const struct inki_course *course)
{
    struct inki_str *out = &report->out;
    size_t every = course->count / 100 + 1;
    inki_str_add(out,
                 "<details><summary>The values as a table</summary><div class=\"wide\" tabindex=\"0\" role=\"region\""
                 " aria-label=\"Values of the curves, can be scrolled\"><table class=\"plain\"><thead><tr>");
    for (size_t c = 0; c < course->columns; c++) {
        char head[64];
        if (c == INKI_COURSE_SECONDS) continue; /* models keep none */
        head_column(course, c, head);
        inki_str_add(out, "<th scope=\"col\" class=\"num\">%s</th>", head);
    }
    inki_str_add(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < course->count; i++) {
        bool kept = inki_course_column(course, INKI_COURSE_EPOCH)[i] == course->kept;
        if (i % every != 0 && !kept && i + 1 != course->count) continue;
        inki_str_add(out, kept ? "<tr class=\"kept\">" : "<tr>");
        for (size_t c = 0; c < course->columns; c++)
            if (c != INKI_COURSE_SECONDS) add_value(report, course, inki_course_column(course, c)[i], c);
        inki_str_add(out, "</tr>\n");
    }
    inki_str_add(out, "</tbody></table></div></details>\n");
}

static void add_course(struct inki_report *report, const struct inki_course *course)
{
    struct inki_str *out = &report->out;
    const char *ended = json_string_value(json_object_get(report->history, "ended"));
    inki_report_begin(report, "training", "How training went");
    inki_str_add(out, "<div class=\"plots\">\n");
    for (size_t i = 0; i < course->score_count; i++) add_score_plot(report, course, INKI_COURSE_TRAIN + i);
    add_plot(report, course, "rate", "Learning rate over the epochs", "rate", INKI_COURSE_RATE, INKI_COURSE_RATE,
             false);
    inki_str_add(out, "<div><p>");
    if (isfinite(course->kept)) {
        inki_str_add(out, "The weights are those of epoch ");
        inki_html_digits(out, course->kept, 15);
        inki_str_add(out, ". ");
    }
    if (ended && *ended) {
        inki_str_add(out, "Training ended: ");
        inki_html_text(out, ended);
        inki_str_add(out, ".");
    }
    inki_str_add(out, "</p>\n");
    add_table(report, course);
    inki_str_add(out, "</div></div>\n");
    inki_report_end(report);
}

ink_status inki_report_curves(struct inki_report *report)
{
    struct inki_course course;
    INK_TRY(inki_course_read(report->ctx, report->history, report->model->loss, &course));
    if (course.count) add_course(report, &course);
    inki_course_end(&course);
    return INK_OK;
}

/* ------------------------------------------------------------------- classes */

/* "98.47 % (97.4 to 99.1)" with a bar under it. */
static void add_score(struct inki_report *report, double score, double low, double high)
{
    struct inki_str *out = &report->out;
    inki_str_add(out, "<td class=\"score\"><span>");
    inki_html_percent(out, score);
    inki_str_add(out, "</span> <span class=\"dim\">");
    inki_html_fixed(out, 100 * low, 1);
    inki_str_add(out, " to ");
    inki_html_fixed(out, 100 * high, 1);
    inki_str_add(out, "</span></td>");
}

static void add_share(struct inki_report *report, size_t right, size_t rows)
{
    double low, high;
    if (rows == 0) {
        inki_str_add(&report->out, "<td class=\"score\">-</td>");
        return;
    }
    inki_wilson(right, rows, &low, &high);
    add_score(report, (double)right / (double)rows, low, high);
}

/* F1 is 2J/(1+J) of J = right/(rows + answers - right), which is a share of independent rows: its Wilson interval, carried over. */
static void add_f1(struct inki_report *report, const ink_class_score *score, size_t right)
{
    size_t either = score->rows + score->predicted - right;
    double low, high;
    if (either == 0) {
        inki_str_add(&report->out, "<td class=\"score\">-</td>");
        return;
    }
    inki_wilson(right, either, &low, &high);
    add_score(report, score->f1, 2 * low / (1 + low), 2 * high / (1 + high));
}

static void add_class_row(struct inki_report *report, size_t c)
{
    const ink_metrics *metrics = &report->exam->metrics;
    const ink_class_score *score = metrics->per_class[c];
    struct inki_str *out = &report->out;
    size_t right = (size_t)metrics->confusion[c * metrics->classes + c];
    inki_str_add(out, "<tr><th scope=\"row\">");
    inki_html_text(out, inki_report_class(report, c));
    inki_str_add(out, "</th><td class=\"num\">%zu</td><td class=\"num\">%zu</td>", score->rows, score->predicted);
    add_share(report, right, score->predicted);
    add_share(report, right, score->rows);
    add_f1(report, score, right);
    inki_str_add(out, "</tr>\n");
}

ink_status inki_report_classes(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    if (!inki_report_has_classes(report)) return INK_OK;
    inki_report_begin(report, "classes", "Class by class");
    inki_str_add(
        out, "<p>Precision: of the rows that were given this answer, how many are right. Recall: of the rows of this"
             " class, how many were found. F1 is their harmonic mean. Beside each its 95\xC2\xA0%% interval.</p>\n"
             "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Scores of the classes, can be scrolled\">"
             "<table class=\"plain\"><thead><tr><th scope=\"col\">class</th><th scope=\"col\" class=\"num\">rows</th>"
             "<th scope=\"col\" class=\"num\">answers</th><th scope=\"col\">precision</th><th scope=\"col\">recall</th>"
             "<th scope=\"col\">F1</th></tr></thead><tbody>\n");
    for (size_t c = 0; c < report->exam->classes; c++) add_class_row(report, c);
    inki_str_add(out, "</tbody></table></div>\n");
    inki_report_end(report);
    return INK_OK;
}

/* --------------------------------------------------------------- calibration */

static void add_bin(struct inki_report *report, const struct inki_exam_bins *bins, size_t b)
{
    struct inki_str *out = &report->out;
    inki_str_add(out, "<tr><th scope=\"row\">");
    inki_html_fixed(out, (double)b / INKI_EXAM_BINS, 3);
    inki_str_add(out, " to ");
    inki_html_fixed(out, (double)(b + 1) / INKI_EXAM_BINS, 3);
    inki_str_add(out, "</th><td class=\"num\">%zu</td><td class=\"num\">", bins->count[b]);
    inki_html_fixed(out, bins->confidence[b], 4);
    inki_str_add(out, "</td><td class=\"num\">");
    inki_html_fixed(out, bins->share[b], 4);
    inki_str_add(out, "</td></tr>\n");
}

ink_status inki_report_calibration(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    if (!inki_report_has_classes(report)) return INK_OK;
    const struct inki_exam_bins *bins = &report->exam->bins;
    inki_report_begin(report, "calibrated", "Calibration");
    inki_str_add(out, "<div class=\"beside\"><div>");
    inki_svg_calibrated(out, &(struct inki_svg_calibration){INKI_EXAM_BINS, bins->count, bins->confidence, bins->share,
                                                            bins->low, bins->high});
    inki_str_add(
        out, "</div><div><p>Points on the diagonal: of the answers given with 80\xC2\xA0%% confidence, 80\xC2\xA0%% are"
             " right. Below it the model is overconfident. The expected calibration error is <b>");
    inki_html_fixed(out, report->exam->metrics.calibration_error, 4);
    inki_str_add(
        out,
        "</b> over %d bins.</p>\n<details><summary>The values as a table</summary><table class=\"plain\"><thead><tr>"
        "<th scope=\"col\">confidence</th><th scope=\"col\" class=\"num\">rows</th><th scope=\"col\" class=\"num\">"
        "mean</th><th scope=\"col\" class=\"num\">right</th></tr></thead><tbody>\n",
        INKI_EXAM_BINS);
    for (size_t b = 0; b < INKI_EXAM_BINS; b++) {
        if (bins->count[b]) add_bin(report, bins, b);
    }
    inki_str_add(out, "</tbody></table></details></div></div>\n");
    inki_report_end(report);
    return INK_OK;
}
