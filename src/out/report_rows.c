/* report_rows: sections about single rows: the confusion matrix and what is behind its cells, hardest rows, suspicious labels.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/report.h"

#include <inttypes.h>
#include <math.h>

/* ---------------------------------------------------------------------- lists */

static void add_class(struct inki_report *report, size_t i)
{
    inki_html_text(&report->out, inki_report_class(report, i));
}

static ink_status add_row(struct inki_report *report, size_t row)
{
    const struct inki_exam *exam = report->exam;
    struct inki_str *out = &report->out;
    size_t label = (size_t)exam->answers.labels[row], best[3], count = exam->classes < 3 ? exam->classes : 3;
    inki_exam_best(exam, row, count, best);
    inki_str_add(out, "<li>");
    if (report->images) {
        inki_str_add(out, "<img alt=\"row %zu, labelled ", row);
        add_class(report, label);
        inki_str_add(out, "\" src=\"");
        INK_TRY(inki_report_image(report, row));
        inki_str_add(out, "\">");
    } else {
        inki_str_add(out, "<span class=\"values\">");
        INK_TRY(inki_report_row_values(report, row));
        inki_str_add(out, "</span>");
    }
    inki_str_add(out, "<p><b>");
    add_class(report, label);
    inki_str_add(out, "</b> <span class=\"dim\">row %zu</span></p><ol>", row);
    for (size_t k = 0; k < count; k++) {
        inki_str_add(out, "<li><span>");
        add_class(report, best[k]);
        inki_str_add(out, "</span> <span>");
        inki_html_fixed(out, 100 * inki_exam_p(exam, row, best[k]), 1);
        inki_str_add(out, "\xC2\xA0%%</span></li>");
    }
    inki_str_add(out, "</ol></li>\n");
    return INK_OK;
}

static ink_status add_rows(struct inki_report *report, const uint32_t *rows, size_t count)
{
    inki_str_add(&report->out, "<ul class=\"rows\">\n");
    for (size_t i = 0; i < count; i++) INK_TRY(add_row(report, rows[i]));
    inki_str_add(&report->out, "</ul>\n");
    return INK_OK;
}

static size_t at_most(size_t count, size_t most) { return count < most ? count : most; }

ink_status inki_report_hardest(struct inki_report *report)
{
    const struct inki_exam *exam = report->exam;
    if (!inki_report_has_classes(report)) return INK_OK;
    inki_report_begin(report, "hardest", "The hardest rows");
    inki_str_add(&report->out,
                 "<p>Rows whose label the model finds least probable. Under each: its label, and the three best"
                 " answers.</p>\n");
    INK_TRY(add_rows(report, exam->hardest, at_most(exam->rows, INKI_REPORT_LIST)));
    inki_report_end(report);
    return INK_OK;
}

ink_status inki_report_suspects(struct inki_report *report)
{
    const struct inki_exam *exam = report->exam;
    if (!inki_report_has_classes(report)) return INK_OK;
    inki_report_begin(report, "suspects", "Probable label errors");
    if (exam->suspect_count == 0) {
        inki_str_add(&report->out, "<p>None: wherever the model contradicts a label, it is less confident in its "
                                   "answer than it usually is for that class.</p>\n");
    } else {
        inki_str_add(&report->out,
                     "<p>%zu rows where the model contradicts the label and is at least as confident in its answer as "
                     "on average for rows with that label (confident learning). The most striking %zu; look before you "
                     "correct.</p>\n",
                     exam->suspect_count, at_most(exam->suspect_count, INKI_REPORT_LIST));
        INK_TRY(add_rows(report, exam->suspects, at_most(exam->suspect_count, INKI_REPORT_LIST)));
    }
    inki_report_end(report);
    return INK_OK;
}

/* --------------------------------------------------------------------- matrix */

static uint64_t cell_of(const struct inki_report *report, size_t label, size_t said)
{
    return report->exam->metrics.confusion[label * report->exam->classes + said];
}

/* How strongly a cell is coloured, 0 to 9: by the share of its row, with mistakes from a tenth of a percent on. */
static int shade_of(uint64_t count, size_t rows, bool right)
{
    double share = rows ? (double)count / (double)rows : 0;
    if (count == 0) return 0;
    if (right) return 1 + (int)(8 * share);
    double strength = log10(1000 * share) * 3 + 1;
    return strength < 1 ? 1 : strength > 9 ? 9 : (int)strength;
}

static void add_cell(struct inki_report *report, size_t label, size_t said)
{
    struct inki_str *out = &report->out;
    uint64_t count = cell_of(report, label, said);
    int strength = shade_of(count, report->exam->metrics.per_class[label]->rows, label == said);
    inki_str_add(out, "<td class=\"%s%d\">", label == said ? "y" : "n", strength);
    if (count == 0 || label == said) {
        inki_str_add(out, count ? "%" PRIu64 "</td>" : "<span class=\"dim\">\xC2\xB7</span></td>", count);
        return;
    }
    inki_str_add(out, "<button type=\"button\" data-cell=\"%zu-%zu\" aria-label=\"%" PRIu64 " of class ", label, said,
                 count);
    add_class(report, label);
    inki_str_add(out, " taken for ");
    add_class(report, said);
    inki_str_add(out, ": show them\">%" PRIu64 "</button></td>", count);
}

static void add_matrix(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    size_t classes = report->exam->classes;
    inki_str_add(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion matrix, can be scrolled\">"
        "<table class=\"matrix\"><caption>Rows are true classes, columns are answers</caption><thead><tr><td></td>");
    for (size_t c = 0; c < classes; c++) {
        inki_str_add(out, "<th scope=\"col\">");
        add_class(report, c);
        inki_str_add(out, "</th>");
    }
    inki_str_add(out, "</tr></thead><tbody>\n");
    for (size_t label = 0; label < classes; label++) {
        inki_str_add(out, "<tr><th scope=\"row\">");
        add_class(report, label);
        inki_str_add(out, "</th>");
        for (size_t said = 0; said < classes; said++) add_cell(report, label, said);
        inki_str_add(out, "</tr>\n");
    }
    inki_str_add(out, "</tbody></table></div>\n");
}

/* The next cell off the diagonal in falling order of its count; false after the last that is not 0. */
static bool next_mistake(const struct inki_report *report, uint64_t *count, size_t *place)
{
    size_t classes = report->exam->classes, found = SIZE_MAX;
    uint64_t best = 0;
    for (size_t i = 0; i < classes * classes; i++) {
        uint64_t value = report->exam->metrics.confusion[i];
        bool after = value < *count || (value == *count && *place != SIZE_MAX && i > *place);
        if (i / classes != i % classes && after && value > best) best = value, found = i;
    }
    *count = best;
    *place = found;
    return found != SIZE_MAX;
}

static void add_mistakes(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    uint64_t count = UINT64_MAX;
    size_t place = SIZE_MAX, classes = report->exam->classes;
    inki_str_add(
        out,
        "<table class=\"plain\"><caption>The most frequent mistakes</caption><thead><tr><th scope=\"col\">class</th>"
        "<th scope=\"col\">answered</th><th scope=\"col\" class=\"num\">rows</th></tr></thead><tbody>\n");
    for (int i = 0; i < 30 && next_mistake(report, &count, &place); i++) {
        inki_str_add(out, "<tr><th scope=\"row\">");
        add_class(report, place / classes);
        inki_str_add(out, "</th><td>");
        add_class(report, place % classes);
        inki_str_add(out,
                     "</td><td class=\"num\"><button type=\"button\" data-cell=\"%zu-%zu\">%" PRIu64
                     "</button></td></tr>\n",
                     place / classes, place % classes, count);
    }
    inki_str_add(out, "</tbody></table>\n");
}

ink_status inki_report_matrix(struct inki_report *report)
{
    if (!inki_report_has_classes(report)) return INK_OK;
    inki_report_begin(report, "confusion", "Confusion matrix");
    inki_str_add(&report->out, "<p>Press a mistake to see its rows.</p>\n<div class=\"confused\">");
    if (report->exam->classes <= INKI_REPORT_MATRIX)
        add_matrix(report);
    else
        add_mistakes(report);
    inki_str_add(&report->out, "<div id=\"cell\" role=\"status\" hidden></div></div>\n");
    inki_report_end(report);
    return INK_OK;
}

/* ----------------------------------------------------------- rows for the script */

static ink_status add_json_row(struct inki_report *report, size_t row)
{
    const struct inki_exam *exam = report->exam;
    struct inki_str *out = &report->out;
    size_t best[3], count = exam->classes < 3 ? exam->classes : 3;
    inki_exam_best(exam, row, count, best);
    inki_str_add(out, "{\"row\":%zu,\"best\":[", row);
    for (size_t k = 0; k < count; k++) {
        inki_str_add(out, "%s[%zu,", k ? "," : "", best[k]);
        inki_html_fixed(out, inki_exam_p(exam, row, best[k]), 5);
        inki_str_add(out, "]");
    }
    inki_str_add(out, "],\"show\":\"");
    INK_TRY(report->images ? inki_report_image(report, row) : inki_report_row_values(report, row));
    inki_str_add(out, "\"}");
    return INK_OK;
}

/* The mistakes that are surest of themselves come first: they lie at the front of `hardest`. */
static ink_status add_json_rows(struct inki_report *report, uint8_t *cell_rows)
{
    const struct inki_exam *exam = report->exam;
    size_t shown = 0;
    for (size_t i = 0; i < exam->rows && shown < INKI_REPORT_ROWS; i++) {
        size_t row = exam->hardest[i],
               cell = (size_t)exam->answers.labels[row] * exam->classes + (size_t)exam->said[row];
        if (exam->answers.labels[row] == exam->said[row] || cell_rows[cell] == INKI_REPORT_CELL_ROWS) continue;
        cell_rows[cell]++;
        inki_str_add(&report->out, "%s\n[\"%d-%d\",", shown++ ? "," : "", exam->answers.labels[row], exam->said[row]);
        INK_TRY(add_json_row(report, row));
        inki_str_add(&report->out, "]");
    }
    return INK_OK;
}

static void add_json_value(struct inki_report *report, const char *name, const char *ending, double value)
{
    inki_str_add(&report->out, ",\"%s%s\":", name, ending);
    inki_html_exact(&report->out, value);
}

static void add_json_metrics(struct inki_report *report)
{
    const ink_metrics *metrics = &report->exam->metrics;
    inki_str_add(&report->out, "\"metrics\":{\"rows\":%zu", metrics->rows);
    for (size_t i = 0; i < metrics->score_count; i++) {
        add_json_value(report, metrics->scores[i].name, "", metrics->score[i]);
        if (!isfinite(metrics->low[i])) continue;
        add_json_value(report, metrics->scores[i].name, "_low", metrics->low[i]);
        add_json_value(report, metrics->scores[i].name, "_high", metrics->high[i]);
    }
    if (metrics->classes) add_json_value(report, "calibration_error", "", metrics->calibration_error);
    inki_str_add(&report->out, "},");
}

ink_status inki_report_rows_json(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    inki_str_add(out, "<script type=\"application/json\" id=\"rows\">{\"classes\":[");
    for (size_t c = 0; c < report->model->classes; c++) {
        inki_str_add(out, "%s", c ? "," : "");
        inki_html_json(out, inki_report_class(report, c));
    }
    inki_str_add(out, "],");
    ink_status status = INK_OK;
    if (report->exam) add_json_metrics(report);
    INK_TRY(inki_report_examples_json(report));
    inki_str_add(out, "\"images\":%s,\"cells\":[", report->images ? "true" : "false");
    if (inki_report_has_classes(report)) {
        uint8_t *cell_rows = inki_zalloc(report->ctx, report->exam->classes, report->exam->classes);
        status = cell_rows ? add_json_rows(report, cell_rows) : INK_NO_MEMORY;
        inki_free(cell_rows);
    }
    inki_str_add(out, "]}</script>\n");
    return status;
}
