/* report_parallel: a search's trials as lines through all settings and the objective.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/report_search.h"

#include <math.h>
#include <string.h>

enum { AXES = 24, NAMES = 30 };

/* What a section is made of: the axes of terms, the objective's the last. */
struct uprights {
    struct inki_svg_upright axes[AXES];
    size_t terms[AXES], count, left_out;
    double *values; /* [shown][count] */
    size_t *rows;   /* [shown] */
    size_t lines;
};

/* Terms of the space that have places for their values; the rest is left to the table. */
static void choose_axes(const struct inki_search_page *page, struct uprights *of)
{
    const struct inki_space *space = &page->search->space;
    for (size_t i = 0; i < space->count; i++) {
        const struct inki_axis *axis = &space->axes[i];
        double least, most;
        const bool scale = inki_search_on_scale(axis, &least, &most);
        if (of->count + 1 == AXES || (!scale && axis->count > NAMES)) {
            of->left_out++;
            continue;
        }
        of->terms[of->count] = i;
        of->axes[of->count++] = (struct inki_svg_upright){
            .name = axis->name,
            .names = scale ? NULL : (const char *const *)axis->values,
            .name_count = scale ? 0 : axis->count,
            .log = scale && (axis->log || (axis->count > 0 && least > 0 && most > 20 * least)),
            .whole = axis->whole};
    }
    of->axes[of->count++] = (struct inki_svg_upright){.name = page->objective_name, .percent = page->objective->share};
}

static void take_values(const struct inki_search_page *page, struct uprights *of)
{
    const struct inki_space *space = &page->search->space;
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < page->shown; i++) {
        const ink_trial *trial = ink_search_trial(page->search, i);
        double *row = of->values + of->lines * of->count, value = trial->val[page->info.score];
        if (!inki_search_has_result(trial) || !isfinite(value)) continue;
        for (size_t a = 0; a + 1 < of->count; a++) {
            row[a] = inki_search_place(&space->axes[of->terms[a]], inki_search_value(page, trial, of->terms[a]),
                                       !of->axes[a].names);
            if (!isfinite(row[a])) of->axes[a].gaps = true;
        }
        row[of->count - 1] = value;
        least = fmin(least, value);
        most = fmax(most, value);
        of->rows[of->lines++] = i;
    }
    of->axes[of->count - 1].log = !page->objective->share && least > 0 && most > 20 * least;
}

static void add_section(struct inki_search_page *page, const struct uprights *of)
{
    struct inki_report *report = &page->report;
    inki_report_begin(report, "together", "All settings together");
    inki_str_add(&report->out,
                 "<p>A line a trial, through its settings to the %s: from <span class=\"ramp\"><i class=\"t0\"></i> "
                 "good</span> to"
                 " <span class=\"ramp\"><i class=\"t8\"></i> bad</span> by rank, <span class=\"ramp\"><i "
                 "class=\"best\"></i> the best</span>.",
                 page->objective_name);
    if (of->lines < page->shown) inki_str_add(&report->out, " Trials without a result are not drawn.");
    if (of->left_out)
        inki_str_add(&report->out, " %zu setting%s no axis here: see the table.", of->left_out,
                     of->left_out > 1 ? "s have" : " has");
    inki_str_add(&report->out, "</p>\n");
    inki_svg_paralleled(&report->out,
                        &(struct inki_svg_parallel){.id = "parallel",
                                                    .title = "Settings and objective of all trials",
                                                    .about = "A line a trial through an axis a setting. The "
                                                             "table of the trials has the values.",
                                                    .axes = of->axes,
                                                    .axis_count = of->count,
                                                    .values = of->values,
                                                    .rows = of->rows,
                                                    .count = of->lines});
    inki_report_end(report);
}

ink_status inki_search_together(struct inki_search_page *page)
{
    ink_ctx *ctx = page->report.ctx;
    struct uprights of = {0};
    if (!page->info.best) return INK_OK;
    choose_axes(page, &of);
    if (of.count < 2) return INK_OK;
    of.values = inki_alloc(ctx, page->shown * of.count, sizeof *of.values);
    of.rows = inki_alloc(ctx, page->shown, sizeof *of.rows);
    if (of.values && of.rows) take_values(page, &of);
    if (of.lines) add_section(page, &of);
    ink_status status = of.values && of.rows ? INK_OK : INK_NO_MEMORY;
    inki_free(of.values);
    inki_free(of.rows);
    return status;
}
