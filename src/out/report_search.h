/* report_search: what the parts of a page about a search share.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_REPORT_SEARCH_H
#define INKI_REPORT_SEARCH_H

#include "out/report.h"
#include "out/svg.h"
#include "search/search.h"

struct inki_search_page {
    struct inki_report report;
    const ink_search *search;
    ink_search_info info;
    const ink_score *objective;    /* of info.scores */
    char objective_name[64];       /* "validation accuracy" */
    size_t shown;                  /* trials in the plots and the table */
    struct inki_svg_point *points; /* [shown] */
    double *sorted;                /* [shown] */
    char **titles;                 /* [shown], NULL: none */
    bool *numbers;                 /* [terms]: all values shown are numbers */
};

bool inki_search_has_result(const ink_trial *trial);

/* A trial's value of a term, as text. */
const char *inki_search_value(const struct inki_search_page *page, const ink_trial *trial, size_t term);

/* Four decimals where these say enough, so that losses stand below one another. */
void inki_search_loss(struct inki_str *out, double loss);

/* The same, or per cent for a share. */
void inki_search_score(struct inki_str *out, const ink_score *score, double value);

/* True if the values are many numbers: then they lie on a scale (from *least to *most), not each at a place. */
bool inki_search_on_scale(const struct inki_axis *axis, double *least, double *most);

/* Where a value lies: the number on a scale, or the place of a name; NaN: it has none. */
double inki_search_place(const struct inki_axis *axis, const char *value, bool scale);

/* The section with all settings side by side. Errors: NO_MEMORY. */
ink_status inki_search_together(struct inki_search_page *page);

/* The sections with a plot a setting, and with the table of trials. Errors: NO_MEMORY. */
ink_status inki_search_plots(struct inki_search_page *page);
void inki_search_table(struct inki_search_page *page);

#endif
