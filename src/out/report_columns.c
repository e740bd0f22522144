/* report_columns: sections about the columns of a table: what the answers hang on, and what a column does to them.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/influence.h"
#include "out/report.h"
#include "out/svg.h"

#include <math.h>
#include <stdio.h>

/* Interval of 95 % of a mean, in standard errors. */
#define WIDE 1.959963984540054

static const char *const line_classes[INKI_REPORT_SERIES] = {"a", "b", "c", "d", "e"};

/* ----------------------------------------------------------------- importance */

static void add_importance_plot(struct inki_report *report, const struct inki_influence *influence)
{
    double rises[INKI_REPORT_BARS], errors[INKI_REPORT_BARS];
    const char *names[INKI_REPORT_BARS];
    char rooms[INKI_REPORT_BARS][INKI_REPORT_NAME];
    size_t count = influence->columns < INKI_REPORT_BARS ? influence->columns : INKI_REPORT_BARS;
    for (size_t k = 0; k < count; k++) {
        size_t column = influence->order[k];
        rises[k] = influence->rise[column];
        errors[k] = WIDE * influence->error[column];
        names[k] = inki_report_column(report, column, rooms[k]);
    }
    const struct inki_svg_line line = {.class = "a", .y = rises};
    const struct inki_svg_rows plot = {.id = "importance-plot",
                                       .title = "Rise of the loss where a column is shuffled",
                                       .about = "A bar a column, the most important first, with its 95 % interval. The "
                                                "table below has the values.",
                                       .y_name = "rise of the loss",
                                       .names = names,
                                       .lines = &line,
                                       .errors = errors,
                                       .count = count,
                                       .line_count = 1,
                                       .bars = true};
    inki_svg_rowed(&report->out, &plot);
}

static void add_importance_table(struct inki_report *report, const struct inki_influence *influence)
{
    struct inki_str *out = &report->out;
    char room[INKI_REPORT_NAME];
    inki_str_add(
        out,
        "<details><summary>All %zu columns as a table</summary>"
        "<div class=\"wide tall\" tabindex=\"0\" role=\"region\" aria-label=\"Importance of all columns, can be "
        "scrolled\"><table class=\"plain\"><caption>Rise of the loss, with its standard error</caption>"
        "<thead><tr><th scope=\"col\">column</th><th scope=\"col\" class=\"num\">rise</th>"
        "<th scope=\"col\" class=\"num\">\xC2\xB1</th></tr></thead><tbody>\n",
        influence->columns);
    for (size_t k = 0; k < influence->columns; k++) {
        size_t column = influence->order[k];
        inki_str_add(out, "<tr><th scope=\"row\">");
        inki_html_text(out, inki_report_column(report, column, room));
        inki_str_add(out, "</th><td class=\"num\">");
        inki_html_fixed(out, influence->rise[column], 4);
        inki_str_add(out, "</td><td class=\"num\">");
        inki_html_fixed(out, influence->error[column], 4);
        inki_str_add(out, "</td></tr>\n");
    }
    inki_str_add(out, "</tbody></table></div></details>\n");
}

static void add_importance(struct inki_report *report, const struct inki_influence *influence)
{
    struct inki_str *out = &report->out;
    inki_report_begin(report, "importance", "Which columns matter");
    inki_str_add(out, "<p>How much the loss rises from ");
    inki_html_digits(out, influence->loss, 4);
    inki_str_add(
        out,
        " when the values of one column are shuffled among the rows, so that they say nothing any more: mean of "
        "%d shuffles over ",
        (int)INKI_INFLUENCE_TIMES);
    inki_html_count(out, influence->rows);
    inki_str_add(out, influence->rows < report->exam->rows ? " rows, drawn from " : " rows");
    if (influence->rows < report->exam->rows) inki_html_count(out, report->exam->rows);
    inki_str_add(out,
                 ", with 95\xC2\xA0%% intervals. Columns that say the same share their importance; one at 0 is not "
                 "missed by this model.</p>\n");
    add_importance_plot(report, influence);
    if (influence->columns > INKI_REPORT_BARS)
        inki_str_add(out, "<p class=\"dim\">The %d most important of %zu columns.</p>\n", (int)INKI_REPORT_BARS,
                     influence->columns);
    add_importance_table(report, influence);
    inki_report_end(report);
}

/* ----------------------------------------------------------------- dependence */

/* What a plot shows: of classes the second of two, or those that move most; of numbers all. */
struct shown {
    const struct inki_dependence *of;
    size_t count, outputs[INKI_REPORT_SERIES];
    bool percent;
    double range[2]; /* of what all plots show */
};

static double at(const struct shown *shown, size_t series, size_t k)
{
    return shown->of->answers[k * shown->of->outputs + shown->outputs[series]];
}

/* The outputs of all columns' plots, so that a colour always means the same. */
static struct shown choose(const struct inki_report *report)
{
    struct shown shown = {.percent = report->model->classes > 0};
    size_t outputs = report->model->outputs;
    bool two = report->model->classes == 2;
    shown.count = two ? 1 : outputs < INKI_REPORT_SERIES ? outputs : INKI_REPORT_SERIES;
    for (size_t s = 0; s < shown.count; s++) shown.outputs[s] = two ? 1 : s;
    return shown;
}

static void add_answer(struct inki_report *report, const struct shown *shown, double answer)
{
    if (shown->percent)
        inki_html_percent(&report->out, answer);
    else
        inki_html_digits(&report->out, answer, 5);
}

static void add_effect_table(struct inki_report *report, const struct shown *shown)
{
    struct inki_str *out = &report->out;
    char room[INKI_REPORT_NAME];
    inki_str_add(out,
                 "<details><summary>As a table</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" "
                 "aria-label=\"Mean answers, can be scrolled\"><table class=\"plain\"><thead><tr><th scope=\"col\">");
    inki_html_text(out, inki_report_column(report, shown->of->column, room));
    inki_str_add(out, "</th>");
    for (size_t s = 0; s < shown->count; s++) {
        inki_str_add(out, "<th scope=\"col\" class=\"num\">");
        inki_html_text(out, inki_report_output(report, shown->outputs[s]));
        inki_str_add(out, "</th>");
    }
    inki_str_add(out, "</tr></thead><tbody>\n");
    for (size_t k = 0; k < shown->of->count; k++) {
        inki_str_add(out, "<tr><th scope=\"row\">");
        inki_report_value(report, shown->of->column, shown->of->values[k]);
        inki_str_add(out, "</th>");
        for (size_t s = 0; s < shown->count; s++) {
            inki_str_add(out, "<td class=\"num\">");
            add_answer(report, shown, at(shown, s, k));
            inki_str_add(out, "</td>");
        }
        inki_str_add(out, "</tr>\n");
    }
    inki_str_add(out, "</tbody></table></div></details>\n");
}

static bool holds_words(const struct inki_report *report, size_t column)
{
    size_t count;
    return inki_report_words(report, column, &count) != NULL;
}

/* Words one below the other, a gap too. */
static void add_words_plot(struct inki_report *report, const struct shown *shown, const struct inki_svg_line *lines,
                           const char *id, const char *title)
{
    const char *names[INKI_DEPENDENCE_POINTS + 1];
    const struct inki_dependence *of = shown->of;
    size_t count;
    char *const *words = inki_report_words(report, of->column, &count);
    for (size_t k = 0; k < of->count; k++) {
        const double value = of->values[k];
        names[k] = isnan(value)                          ? "not known"
                   : value >= 0 && value < (double)count ? words[(size_t)value]
                                                         : "another word";
    }
    const struct inki_svg_rows plot = {.id = id,
                                       .title = title,
                                       .about =
                                           "A line a word, the most frequent first. The table below has the values.",
                                       .y_name = shown->percent ? "mean probability" : "mean answer",
                                       .names = names,
                                       .lines = lines,
                                       .count = of->count,
                                       .line_count = shown->count,
                                       .percent = shown->percent,
                                       .range = shown->range};
    inki_svg_rowed(&report->out, &plot);
}

static void add_effect_plot(struct inki_report *report, const struct shown *shown)
{
    double y[INKI_REPORT_SERIES][INKI_DEPENDENCE_POINTS + 1];
    struct inki_svg_line lines[INKI_REPORT_SERIES];
    char id[32], title[96], room[INKI_REPORT_NAME];
    const struct inki_dependence *of = shown->of;
    const bool gap = of->count && isnan(of->values[of->count - 1]);
    const char *name = inki_report_column(report, of->column, room);
    if (of->count - gap < 2) return;
    for (size_t s = 0; s < shown->count; s++) {
        for (size_t k = 0; k < of->count; k++) y[s][k] = at(shown, s, k);
        lines[s] = (struct inki_svg_line){.class = line_classes[s], .y = y[s]};
    }
    snprintf(id, sizeof id, "effect-%zu", of->column);
    snprintf(title, sizeof title, "Mean answer over %.60s", name);
    if (holds_words(report, of->column)) {
        add_words_plot(report, shown, lines, id, title);
        return;
    }
    const struct inki_svg_plot plot = {.id = id,
                                       .title = title,
                                       .about = "The table below has the values.",
                                       .x_name = name,
                                       .y_name = shown->percent ? "mean probability" : "mean answer",
                                       .x = of->values,
                                       .count = of->count - gap,
                                       .lines = lines,
                                       .line_count = shown->count,
                                       .percent = shown->percent,
                                       .real = true,
                                       .range = shown->range};
    inki_svg_lines(&report->out, &plot);
}

static void add_effect(struct inki_report *report, const struct shown *shown)
{
    char room[INKI_REPORT_NAME];
    inki_str_add(&report->out, "<div><h3>");
    inki_html_text(&report->out, inki_report_column(report, shown->of->column, room));
    inki_str_add(&report->out, "</h3>");
    add_effect_plot(report, shown);
    add_effect_table(report, shown);
    inki_str_add(&report->out, "</div>\n");
}

static void add_key(struct inki_report *report, const struct shown *shown)
{
    struct inki_str *out = &report->out;
    if (shown->count < 2) return;
    inki_str_add(out, "<p class=\"key\">");
    for (size_t s = 0; s < shown->count; s++) {
        inki_str_add(out, "<span class=\"%s\">", line_classes[s]);
        inki_html_text(out, inki_report_output(report, shown->outputs[s]));
        inki_str_add(out, "</span>");
    }
    inki_str_add(out, "</p>\n");
}

static void add_effects_text(struct inki_report *report, const struct shown *shown, size_t rows)
{
    struct inki_str *out = &report->out;
    inki_str_add(out, "<p>Partial dependence: the mean %s", shown->percent ? "probability" : "answer");
    if (shown->count == 1) {
        inki_str_add(out, shown->percent ? " of " : ", ");
        inki_html_text(out, inki_report_output(report, shown->outputs[0]));
        inki_str_add(out, shown->percent ? "" : ",");
    }
    inki_str_add(out, " over ");
    inki_html_count(out, rows);
    inki_str_add(
        out,
        " rows, if all of them had this value in the column and kept their others; all plots have the same scale.");
    if (shown->count < report->model->outputs && report->model->classes != 2)
        inki_str_add(out, " Of %zu %s the first %zu.", report->model->outputs,
                     report->model->classes ? "classes" : "numbers", shown->count);
    inki_str_add(out, "</p>\n");
}

static void widen_shown(struct shown *shown)
{
    for (size_t s = 0; s < shown->count; s++) {
        for (size_t k = 0; k < shown->of->count; k++) {
            shown->range[0] = fmin(shown->range[0], at(shown, s, k));
            shown->range[1] = fmax(shown->range[1], at(shown, s, k));
        }
    }
}

static void write_effects(struct inki_report *report, struct shown *shown, const struct inki_dependence *all,
                          size_t count)
{
    shown->range[0] = INFINITY;
    shown->range[1] = -(double)INFINITY;
    for (size_t k = 0; k < count; k++) shown->of = &all[k], widen_shown(shown);
    inki_report_begin(report, "effects", "What a column does to the answer");
    add_effects_text(report, shown, all->rows);
    add_key(report, shown);
    inki_str_add(&report->out, "<div class=\"plots\">\n");
    for (size_t k = 0; k < count; k++) shown->of = &all[k], add_effect(report, shown);
    inki_str_add(&report->out, "</div>\n");
    inki_report_end(report);
}

static ink_status add_effects(struct inki_report *report, struct inki_influence *influence)
{
    struct inki_dependence all[INKI_REPORT_EFFECTS] = {{0}};
    struct shown shown = choose(report);
    size_t count = influence->columns < INKI_REPORT_EFFECTS ? influence->columns : INKI_REPORT_EFFECTS;
    ink_status status = INK_OK;
    for (size_t k = 0; k < count && status == INK_OK; k++)
        status =
            inki_dependence_begin(influence, influence->order[k], holds_words(report, influence->order[k]), &all[k]);
    if (status == INK_OK) write_effects(report, &shown, all, count);
    for (size_t k = 0; k < count; k++) inki_dependence_end(&all[k]);
    return status;
}

/* ---------------------------------------------------------------------- whole */

ink_status inki_report_columns(struct inki_report *report)
{
    const struct inki_exam *exam = report->exam;
    struct inki_influence influence;
    if (!exam || !inki_report_is_table(report)) return INK_OK;
    if (exam->data->features > INKI_INFLUENCE_COLUMNS) {
        inki_report_begin(report, "importance", "Which columns matter");
        inki_str_add(&report->out,
                     "<p>The importance of columns is measured in tables of up to %d columns; this one has "
                     "%zu.</p>\n",
                     (int)INKI_INFLUENCE_COLUMNS, exam->data->features);
        inki_report_end(report);
        return INK_OK;
    }
    INK_TRY(inki_influence_begin(report->ctx, report->model, exam->data, exam->answers.labels, &influence));
    add_importance(report, &influence);
    ink_status status = add_effects(report, &influence);
    inki_influence_end(&influence);
    return status;
}
