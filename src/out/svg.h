/* svg: plots as SVG within a page; colours and fonts are the page's.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SVG_H
#define INKI_SVG_H

#include "base/text.h"

/* Values over places, from left to right; what is not finite leaves a gap. */
struct inki_svg_line {
    const char *name;  /* in the legend */
    const char *class; /* of the page's style: "a", "b", … */
    const double *y;
    const double *x; /* [count]: places of its own, in rising order; NULL: the plot's */
    size_t count;
    size_t dot; /* a dot at the value of this number, from 1; 0: none */
};

/* A mark across the plot at a place. */
struct inki_svg_mark {
    double x; /* NaN: none */
    const char *name;
};

struct inki_svg_plot {
    const char *id;    /* of this plot in the page */
    const char *title; /* read aloud */
    const char *about; /* read aloud after it */
    const char *x_name, *y_name;
    const double *x; /* [count] */
    size_t count;
    const struct inki_svg_line *lines;
    size_t line_count;
    const struct inki_svg_mark *marks;
    size_t mark_count;
    bool log;            /* y by factors; all of it above 0 */
    bool percent;        /* y is a share */
    bool real;           /* x need not be whole */
    const double *range; /* [2]: y reaches at least from here to there; NULL: as far as the lines */
};

/* Appends lines over x with axes, marks and a legend, unless the first line has no name. */
void inki_svg_lines(struct inki_str *to, const struct inki_svg_plot *plot);

/* Appends how often answers are right, by how sure they were: share[bins] and confidence[bins] over count[bins] rows, with 95 %
 * intervals low[bins], high[bins]. Bins of equal width from 0 to 1; empty ones are left out. */
struct inki_svg_calibration {
    size_t bins;
    const size_t *count;
    const double *confidence, *share, *low, *high;
};
void inki_svg_calibrated(struct inki_str *to, const struct inki_svg_calibration *plot);

/* Points over a setting: numbers, or one of some names. Classes are of the page's style, beside "point". */
struct inki_svg_point {
    double x; /* a number above 0 where log_x, or the place of a name */
    double y;
    const char *class; /* "", "good", "best" */
    const char *title; /* shown where the mouse rests; NULL: none */
};
struct inki_svg_scatter {
    const char *id, *title, *about, *x_name, *y_name;
    const struct inki_svg_point *points; /* [count]; what is not finite is left out */
    size_t count;
    const char *const *names; /* [name_count], or NULL: x is a number */
    const double *middles;    /* [name_count]: marked, NaN: none */
    size_t name_count;
    bool log_x, log_y, percent, whole; /* percent: y is a fraction; whole: x is an integer */
    bool diagonal;                     /* a line where y is x, of numbers */
};

/* Names stand below the plot where they fit, else each in a line of its own, and values go from left to right. */
void inki_svg_scattered(struct inki_str *to, const struct inki_svg_scatter *plot);

/* Names one below the other, each with its values along one axis: as bars from 0 (the first line), else as dots. */
struct inki_svg_rows {
    const char *id, *title, *about, *y_name;
    const char *const *names;          /* [count], cut where they are long */
    const struct inki_svg_line *lines; /* [line_count] of y[count]; what is not finite is left out */
    const double *errors;              /* [count], half of an interval of the first line's values; NULL: none */
    size_t count, line_count;
    bool bars, percent;
    const double *range; /* [2], as in struct inki_svg_plot */
};
void inki_svg_rowed(struct inki_str *to, const struct inki_svg_rows *plot);

/* An upright axis of parallel coordinates: numbers, or one of some names. */
struct inki_svg_upright {
    const char *name;
    const char *const *names; /* [name_count], or NULL: numbers */
    size_t name_count;
    bool log, percent, whole; /* percent: values are fractions; log: all are above 0 */
    bool gaps;                /* some have no value here: these go through a place below the axis */
};

/* A line a row through its values (numbers, or places of names; NaN where there is none) on all axes: as classes of the page's style "t0" (the first
 * rows) to "t8" (the last), the first row "best". Scripts find the row's number in data-row, and of axes what the ends are in data-low, -high and -log. */
struct inki_svg_parallel {
    const char *id, *title, *about;
    const struct inki_svg_upright *axes; /* [axis_count], 2 or more */
    size_t axis_count;
    const double *values; /* [count][axis_count] */
    const size_t *rows;   /* [count]: their numbers; NULL: their places */
    size_t count;
};
void inki_svg_paralleled(struct inki_str *to, const struct inki_svg_parallel *plot);

#endif
