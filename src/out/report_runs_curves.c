/* report_runs_curves: several runs' losses and scores, one line a run in a plot.
 * SPDX-License-Identifier: MIT */
#include "out/report_runs.h"
#include "out/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TABLE_ROWS = 100, SCORES = 8 };

/* A plot: a score of the training or of the validation rows, over epochs (steps) or seconds. */
struct wanted {
    const char *score;
    bool valid, seconds, by_steps;
};

/* The column of a run that the plot is of, SIZE_MAX: it has none. */
static size_t column_of(const struct inki_shown_run *run, const struct wanted *of)
{
    const struct inki_course *course = &run->course;
    if (course->count == 0 || (of->seconds && !course->timed) || (of->valid && !course->validated)) return SIZE_MAX;
    for (size_t i = 0; i < course->score_count; i++)
        if (strcmp(course->scores[i].name, of->score) == 0)
            return INKI_COURSE_TRAIN + i + (of->valid ? course->score_count : 0);
    return SIZE_MAX;
}

static size_t kept_row(const struct inki_course *course)
{
    for (size_t i = 0; i < course->count; i++)
        if (inki_course_column(course, INKI_COURSE_EPOCH)[i] == course->kept && !inki_course_by_steps(course))
            return i + 1;
    return 0;
}

/* The plot's lines; returns how many. */
static size_t make_lines(const struct inki_runs_page *page, const struct wanted *of, struct inki_svg_line *lines,
                         char classes[][24])
{
    const size_t x = of->seconds ? INKI_COURSE_SECONDS : of->by_steps ? INKI_COURSE_STEP : INKI_COURSE_EPOCH;
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++) {
        const struct inki_course *course = &page->runs[i].course;
        const size_t column = column_of(&page->runs[i], of);
        if (column == SIZE_MAX) continue;
        snprintf(classes[count], 24, "r%zu", i);
        lines[count] = (struct inki_svg_line){.class = classes[count],
                                              .y = inki_course_column(course, column),
                                              .x = inki_course_column(course, x),
                                              .count = course->count,
                                              .dot = of->valid ? kept_row(course) : 0};
        count++;
    }
    return count;
}

static const ink_score *score_named(const struct inki_runs_page *page, const char *name)
{
    for (size_t i = 0; i < page->count; i++)
        for (size_t k = 0; k < page->runs[i].loss->score_count; k++)
            if (strcmp(page->runs[i].loss->scores[k].name, name) == 0) return &page->runs[i].loss->scores[k];
    return NULL;
}

static bool by_factors(const struct inki_svg_line *lines, size_t count)
{
    double least = INFINITY, most = 0;
    for (size_t l = 0; l < count; l++)
        for (size_t i = 0; i < lines[l].count; i++) {
            if (!isfinite(lines[l].y[i])) continue;
            least = fmin(least, lines[l].y[i]);
            most = fmax(most, lines[l].y[i]);
        }
    return least > 0 && most > 20 * least;
}

static void add_plot(struct inki_runs_page *page, const struct wanted *of)
{
    struct inki_svg_line lines[INKI_RUNS_MOST];
    char classes[INKI_RUNS_MOST][24], id[64], title[128], y_name[64];
    const size_t count = make_lines(page, of, lines, classes);
    const bool share = score_named(page, of->score)->share;
    const char *over = of->seconds ? "seconds" : of->by_steps ? "steps" : "epochs";
    if (count == 0) return;
    snprintf(id, sizeof id, "%s-%s-%s", of->valid ? "val" : "train", of->score, over);
    snprintf(y_name, sizeof y_name, "%s %s", of->valid ? "validation" : "training", of->score);
    snprintf(title, sizeof title, "%c%s over the %s", y_name[0] - 'a' + 'A', y_name + 1, over);
    inki_svg_lines(&page->report.out, &(struct inki_svg_plot){.id = id,
                                                              .title = title,
                                                              .about = "A line a run, a dot at the epoch whose weights "
                                                                       "it has. The tables have values.",
                                                              .x_name = of->seconds    ? "seconds"
                                                                        : of->by_steps ? "step"
                                                                                       : "epoch",
                                                              .y_name = y_name,
                                                              .lines = lines,
                                                              .line_count = count,
                                                              .log = !share && by_factors(lines, count),
                                                              .percent = share,
                                                              .real = of->seconds});
}

/* The names of scores that are drawn: the loss, where it means the same for all, and what stands beside it in tables. */
static size_t list_scores(const struct inki_runs_page *page, const char *names[SCORES])
{
    size_t count = 0;
    if (page->same_loss) names[count++] = "loss";
    for (size_t i = 0; i < page->count; i++) {
        const char *name = page->runs[i].loss->scores[1].name;
        bool known = page->runs[i].loss->score_count < 2;
        for (size_t k = 0; k < count; k++) known |= strcmp(names[k], name) == 0;
        if (!known && count < SCORES) names[count++] = name;
    }
    return count;
}

static void add_plots(struct inki_runs_page *page, bool seconds)
{
    const char *names[SCORES];
    const size_t count = list_scores(page, names);
    struct wanted of = {.seconds = seconds};
    for (size_t i = 0; i < page->count; i++)
        of.by_steps |= page->runs[i].course.count && inki_course_by_steps(&page->runs[i].course);
    inki_str_add(&page->report.out, "<div class=\"plots\">\n");
    for (size_t i = 0; i < count; i++) {
        of.score = names[i];
        for (int valid = 1; valid >= 0; valid--) {
            of.valid = valid;
            add_plot(page, &of);
        }
    }
    inki_str_add(&page->report.out, "</div>\n");
}

/* ----------------------------------------------------------------------- table */

/* The last row up to an epoch, SIZE_MAX where there is none. */
static double value_at(const struct inki_shown_run *run, const struct wanted *of, double epoch)
{
    const size_t column = column_of(run, of);
    for (size_t i = 0; column != SIZE_MAX && i < run->course.count; i++)
        if (inki_course_column(&run->course, INKI_COURSE_EPOCH)[i] == epoch)
            return inki_course_column(&run->course, column)[i];
    return NAN;
}

static double last_epoch(const struct inki_runs_page *page)
{
    double last = 0;
    for (size_t i = 0; i < page->count; i++) {
        const struct inki_course *course = &page->runs[i].course;
        if (course->count) last = fmax(last, inki_course_column(course, INKI_COURSE_EPOCH)[course->count - 1]);
    }
    return last;
}

static void add_epoch(struct inki_runs_page *page, const struct wanted *of, double epoch, bool share)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<tr><th scope=\"row\" class=\"num\">");
    inki_html_digits(out, epoch, 15);
    inki_str_add(out, "</th>");
    for (size_t i = 0; i < page->count; i++) {
        double value = value_at(&page->runs[i], of, epoch);
        inki_str_add(out, "<td class=\"num\">");
        if (share)
            inki_html_percent(out, value);
        else
            inki_html_digits(out, value, 4);
        inki_str_add(out, "</td>");
    }
    inki_str_add(out, "</tr>\n");
}

/* Of at most about TABLE_ROWS epochs, the first and the last among them. */
static void add_values(struct inki_runs_page *page)
{
    const char *names[SCORES];
    const double last = last_epoch(page), every = floor(last / TABLE_ROWS) + 1;
    const struct wanted of = {.score = list_scores(page, names) ? names[0] : NULL, .valid = true};
    struct inki_str *out = &page->report.out;
    if (!of.score || last > 1e9) return;
    inki_str_add(
        out,
        "<details><summary>Validation %s as a table</summary><div class=\"wide tall\" tabindex=\"0\" role=\"region\""
        " aria-label=\"Values of the curves, can be scrolled\"><table class=\"plain\"><thead><tr><th scope=\"col\""
        " class=\"num\">epoch</th>",
        of.score);
    for (size_t i = 0; i < page->count; i++) {
        inki_str_add(out, "<th scope=\"col\" class=\"num\">");
        inki_html_text(out, page->runs[i].name);
        inki_str_add(out, "</th>");
    }
    inki_str_add(out, "</tr></thead><tbody>\n");
    const bool share = score_named(page, of.score)->share;
    for (double epoch = 1; epoch <= last; epoch += every) add_epoch(page, &of, epoch, share);
    inki_str_add(out, "</tbody></table></div></details>\n");
}

/* ----------------------------------------------------------------------- whole */

static void add_key(struct inki_runs_page *page)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<ul class=\"lines\" id=\"lines\">\n");
    for (size_t i = 0; i < page->count; i++) {
        if (page->runs[i].course.count == 0) continue;
        inki_str_add(out, "<li data-run=\"r%zu\"><i class=\"r%zu\"></i><span>", i, i);
        inki_html_text(out, page->runs[i].name);
        inki_str_add(out, "</span></li>\n");
    }
    inki_str_add(out, "</ul>\n");
}

static bool is_timed(const struct inki_runs_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        if (page->runs[i].course.timed) return true;
    return false;
}

ink_status inki_runs_curves(struct inki_runs_page *page)
{
    struct inki_report *report = &page->report;
    if (last_epoch(page) <= 0) return INK_OK;
    inki_report_begin(report, "training", "How training went");
    add_key(page);
    add_plots(page, false);
    add_values(page);
    if (is_timed(page)) {
        inki_str_add(&report->out, "<h3>By the clock</h3>\n");
        add_plots(page, true);
    } else {
        inki_str_add(&report->out, "<p class=\"dim\">Over seconds: models keep no times; name the files of "
                                   "<code>--history</code> beside them.</p>\n");
    }
    inki_report_end(report);
    return INK_OK;
}
