/* report_runs: what the parts of a page about several runs share.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_REPORT_RUNS_H
#define INKI_REPORT_RUNS_H

#include "out/course.h"
#include "out/report.h"

enum {
    INKI_RUNS_MOST = 12,     /* on a page: so many lines can be distinguished */
    INKI_RUNS_POINTS = 1000, /* of a line, at most */
};

/* A model, a history that was written as a file, or both. */
struct inki_shown_run {
    char *name;
    const ink_model *model; /* NULL: a history alone */
    const struct inki_loss *loss;
    json_t *history, *settings, *metrics, *split; /* objects, or NULL */
    struct inki_course course;                    /* count 0: there is none */
    char *timed_by;                               /* the file that seconds are from, NULL: none */
    ink_run *scored;                              /* on the page's data; NULL: without data */
};

struct inki_runs_page {
    struct inki_report report;
    const ink_data *data;
    struct inki_shown_run runs[INKI_RUNS_MOST];
    size_t count;
    struct inki_str notes; /* items of a list: what cannot be compared */
    bool same_loss;        /* losses mean the same for all of them */
};

/* Fills the page's runs. Errors: BAD_ARGUMENT (too many), of the histories' files, NO_MEMORY. */
ink_status inki_runs_read(struct inki_runs_page *page, const ink_report_plan *plan);
void inki_runs_end(struct inki_runs_page *page);

/* What stands in the way of a comparison, into the page's notes and as warnings of the context. Errors: NO_MEMORY. */
ink_status inki_runs_mind(struct inki_runs_page *page);

/* The section with the curves. Errors: NO_MEMORY. */
ink_status inki_runs_curves(struct inki_runs_page *page);

/* The sections with the models on the page's data: pairs, each with the best. Errors: as ink_compare. */
ink_status inki_runs_score(struct inki_runs_page *page);
ink_status inki_runs_pairs(struct inki_runs_page *page);

/* A run's cell at the begin of a line: a line in its colour, and its name. */
void inki_runs_head(struct inki_runs_page *page, size_t i);

#endif
