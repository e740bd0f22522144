/* svg: plots as SVG within a page.
 * SPDX-License-Identifier: MIT
 *
 * A plot is drawn in a box of WIDTH by HEIGHT units, about as many pixels as a phone is wide, so that its text stays readable
 * there. Everything has a class; the page's style says colours, for light, dark and paper. */
#include "out/svg_draw.h"

#include "out/html.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void draw_y(struct inki_str *to, const struct inki_svg_axis *y, const char *name, bool percent)
{
    for (size_t i = 0; i < y->tick_count; i++) {
        double at = inki_svg_place(y, y->ticks[i]);
        inki_svg_stroke(to, "grid", INKI_SVG_LEFT, at, INKI_SVG_WIDTH - INKI_SVG_RIGHT, at);
        inki_svg_begin_text(to, "tick end", INKI_SVG_LEFT - 6, at + 4);
        inki_svg_tick_text(to, y->ticks[i], percent);
    }
    inki_svg_text(to, "name", INKI_SVG_LEFT, 14, name);
}

static void draw_x(struct inki_str *to, const struct inki_svg_axis *x, double height, const char *name, bool percent)
{
    double taken = -INKI_SVG_WIDTH; /* up to where there is text; what would run into it has a tick only */
    inki_svg_stroke(to, "axis", x->from, height - INKI_SVG_BOTTOM, INKI_SVG_WIDTH - INKI_SVG_RIGHT,
                    height - INKI_SVG_BOTTOM);
    for (size_t i = 0; i < x->tick_count; i++) {
        double at = inki_svg_place(x, x->ticks[i]);
        char text_of[64];
        double half =
            3.7 * snprintf(text_of, sizeof text_of, "%.6g%s", (percent ? 100 : 1) * x->ticks[i], percent ? "%" : "");
        inki_svg_stroke(to, "axis", at, height - INKI_SVG_BOTTOM, at, height - INKI_SVG_BOTTOM + 4);
        if (at - half < taken) continue;
        taken = at + half + 6;
        inki_svg_begin_text(to, "tick mid", at, height - INKI_SVG_BOTTOM + 17);
        inki_svg_tick_text(to, x->ticks[i], percent);
    }
    inki_svg_text(to, "name end", INKI_SVG_WIDTH - INKI_SVG_RIGHT, height - 6, name);
}

static void draw_axes(struct inki_str *to, const struct inki_svg_axis *x, const struct inki_svg_axis *y,
                      const char *x_name, const char *y_name, bool percent)
{
    draw_y(to, y, y_name, percent);
    draw_x(to, x, INKI_SVG_HEIGHT, x_name, false);
}

/* ------------------------------------------------------------------- curves */

static void draw_dot(struct inki_str *to, const char *class, double x, double y)
{
    inki_str_add(to, "<circle class=\"dot %s\" r=\"4\"", class);
    inki_svg_number(to, "cx", x);
    inki_svg_number(to, "cy", y);
    inki_str_add(to, "/>");
}

static bool shows(const struct inki_svg_plot *plot, double y) { return isfinite(y) && (!plot->log || y > 0); }

/* A line's places: its own, or those of all. */
static const double *places_of(const struct inki_svg_plot *plot, const struct inki_svg_line *of, size_t *count)
{
    *count = of->x ? of->count : plot->count;
    return of->x ? of->x : plot->x;
}

static struct inki_svg_axis y_axis(const struct inki_svg_plot *plot)
{
    double least = plot->range ? plot->range[0] : DBL_MAX, most = plot->range ? plot->range[1] : -DBL_MAX;
    for (size_t l = 0; l < plot->line_count; l++) {
        size_t count;
        places_of(plot, &plot->lines[l], &count);
        for (size_t i = 0; i < count; i++) {
            double y = plot->lines[l].y[i];
            if (!shows(plot, y)) continue;
            least = fmin(least, y);
            most = fmax(most, y);
        }
    }
    if (least > most) least = plot->log ? 0.1 : 0, most = 1;
    struct inki_svg_axis axis = plot->log ? inki_svg_log(least, most) : inki_svg_linear(least, most, 5, false);
    axis.from = INKI_SVG_HEIGHT - INKI_SVG_BOTTOM;
    axis.to = INKI_SVG_TOP;
    return axis;
}

/* Over all lines' places, which rise. */
static struct inki_svg_axis x_axis(const struct inki_svg_plot *plot)
{
    double least = DBL_MAX, most = -DBL_MAX;
    for (size_t l = 0; l < plot->line_count; l++) {
        size_t count;
        const double *x = places_of(plot, &plot->lines[l], &count);
        if (count) least = fmin(least, x[0]), most = fmax(most, x[count - 1]);
    }
    struct inki_svg_axis axis = inki_svg_linear(least, most, 6, !plot->real);
    axis.from = INKI_SVG_LEFT;
    axis.to = INKI_SVG_WIDTH - INKI_SVG_RIGHT;
    return axis;
}

/* A path with a move after each gap; a value between two gaps is a dot. */
static void draw_line(struct inki_str *to, const struct inki_svg_plot *plot, const struct inki_svg_line *of,
                      const struct inki_svg_axis *x, const struct inki_svg_axis *y)
{
    bool pen_down = false;
    size_t count;
    const double *places = places_of(plot, of, &count);
    inki_str_add(to, "<path class=\"line %s\" d=\"", of->class);
    for (size_t i = 0; i < count; i++) {
        if (!shows(plot, of->y[i])) {
            pen_down = false;
            continue;
        }
        inki_str_add(to, pen_down ? "L" : "M");
        inki_html_fixed(to, inki_svg_place(x, places[i]), 1);
        inki_str_add(to, " ");
        inki_html_fixed(to, inki_svg_place(y, of->y[i]), 1);
        bool next = i + 1 < count && shows(plot, of->y[i + 1]);
        if (!pen_down && !next) inki_str_add(to, "h0");
        pen_down = true;
    }
    inki_str_add(to, "\"/>");
    if (of->dot && of->dot <= count && shows(plot, of->y[of->dot - 1]))
        draw_dot(to, of->class, inki_svg_place(x, places[of->dot - 1]), inki_svg_place(y, of->y[of->dot - 1]));
}

static void draw_legend(struct inki_str *to, const struct inki_svg_plot *plot)
{
    double x = INKI_SVG_WIDTH - INKI_SVG_RIGHT;
    for (size_t l = plot->line_count; plot->line_count > 1 && plot->lines->name && l-- > 0;) {
        double length = 0;
        for (const char *c = plot->lines[l].name; *c; c++) length += 6.6;
        x -= length;
        inki_svg_text(to, "tick", x, 14, plot->lines[l].name);
        char class[32];
        snprintf(class, sizeof class, "line %.20s", plot->lines[l].class);
        inki_svg_stroke(to, class, x - 24, 10, x - 5, 10);
        x -= 36;
    }
}

static void draw_marks(struct inki_str *to, const struct inki_svg_plot *plot, const struct inki_svg_axis *x)
{
    for (size_t m = 0; m < plot->mark_count; m++) {
        const struct inki_svg_mark *mark = &plot->marks[m];
        if (!isfinite(mark->x)) continue;
        double at = inki_svg_place(x, mark->x);
        bool right = at > INKI_SVG_WIDTH * 0.6;
        inki_svg_stroke(to, "mark", at, INKI_SVG_TOP, at, INKI_SVG_HEIGHT - INKI_SVG_BOTTOM);
        /* Accuracies are curves at the top, losses at the bottom. */
        double y =
            plot->percent ? INKI_SVG_HEIGHT - INKI_SVG_BOTTOM - 6 - 13 * (double)m : INKI_SVG_TOP + 10 + 13 * (double)m;
        inki_svg_text(to, right ? "tick end" : "tick", at + (right ? -4 : 4), y, mark->name);
    }
}

void inki_svg_lines(struct inki_str *to, const struct inki_svg_plot *plot)
{
    struct inki_svg_axis y = y_axis(plot), x = x_axis(plot);
    inki_svg_begin(to, INKI_SVG_WIDTH, INKI_SVG_HEIGHT, plot->id, plot->title, plot->about);
    draw_axes(to, &x, &y, plot->x_name, plot->y_name, plot->percent);
    for (size_t l = 0; l < plot->line_count; l++) draw_line(to, plot, &plot->lines[l], &x, &y);
    draw_marks(to, plot, &x);
    draw_legend(to, plot);
    inki_str_add(to, "</svg>");
}

/* -------------------------------------------------------------- calibration */

void inki_svg_calibrated(struct inki_str *to, const struct inki_svg_calibration *plot)
{
    struct inki_svg_axis x = inki_svg_linear(0, 1, 5, false), y = inki_svg_linear(0, 1, 5, false);
    size_t most = 1;
    x.from = INKI_SVG_LEFT;
    x.to = INKI_SVG_WIDTH - INKI_SVG_RIGHT;
    y.from = INKI_SVG_HEIGHT - INKI_SVG_BOTTOM;
    y.to = INKI_SVG_TOP;
    for (size_t b = 0; b < plot->bins; b++) most = plot->count[b] > most ? plot->count[b] : most;
    inki_svg_begin(
        to, INKI_SVG_WIDTH, INKI_SVG_HEIGHT, "calibration", "Calibration: accuracy of the answers by their confidence",
        "A point a bin of confidence, with its 95 % interval; on the diagonal the confidence is honest. Bars behind"
        " show how many rows are in a bin. The table below has the values.");
    draw_axes(to, &x, &y, "confidence", "accuracy", false);
    double wide = (x.to - x.from) / (double)plot->bins;
    for (size_t b = 0; b < plot->bins; b++) {
        double high = (y.from - y.to) * (double)plot->count[b] / (double)most;
        inki_str_add(to, "<rect class=\"bar\"");
        inki_svg_number(to, "x", x.from + wide * (double)b + 1);
        inki_svg_number(to, "y", y.from - high);
        inki_svg_number(to, "width", wide - 2);
        inki_svg_number(to, "height", high);
        inki_str_add(to, "/>");
    }
    inki_svg_stroke(to, "mark", x.from, y.from, x.to, y.to);
    for (size_t b = 0; b < plot->bins; b++) {
        if (plot->count[b] == 0) continue;
        double at = inki_svg_place(&x, plot->confidence[b]);
        inki_svg_stroke(to, "range", at, inki_svg_place(&y, plot->low[b]), at, inki_svg_place(&y, plot->high[b]));
        inki_str_add(to, "<circle class=\"dot\" r=\"3.5\"");
        inki_svg_number(to, "cx", at);
        inki_svg_number(to, "cy", inki_svg_place(&y, plot->share[b]));
        inki_str_add(to, "/>");
    }
    inki_str_add(to, "</svg>");
}

/* ------------------------------------------------------------------- points */

#define ROW 42.0 /* of a name with a line of its own */

struct range {
    double least, most;
};

static void widen(struct range *range, double value)
{
    range->least = fmin(range->least, value);
    range->most = fmax(range->most, value);
}

static bool is_shown(const struct inki_svg_scatter *plot, const struct inki_svg_point *point)
{
    return isfinite(point->x) && isfinite(point->y) && (!plot->log_x || point->x > 0) && (!plot->log_y || point->y > 0);
}

static struct range range_of(const struct inki_svg_scatter *plot, bool of_x)
{
    struct range range = {DBL_MAX, -DBL_MAX};
    for (size_t i = 0; i < plot->count; i++)
        if (is_shown(plot, &plot->points[i])) widen(&range, of_x ? plot->points[i].x : plot->points[i].y);
    bool log = of_x ? plot->log_x : plot->log_y;
    if (range.least > range.most) range = log ? (struct range){0.1, 1} : (struct range){0, 1};
    if (log && range.most <= 1.001 * range.least) range = (struct range){range.least / 2, 2 * range.most};
    return range;
}

static struct inki_svg_axis value_axis(const struct inki_svg_scatter *plot, double wanted)
{
    struct range range = range_of(plot, false);
    return plot->log_y ? inki_svg_log(range.least, range.most)
                       : inki_svg_linear(range.least, range.most, wanted, false);
}

/* Points of one name lie beside one another, each always at the same place. */
static double beside(size_t i) { return fmod((double)(i + 1) * 0.6180339887498949, 1.0) - 0.5; }

static void draw_point(struct inki_str *to, const struct inki_svg_point *point, double x, double y)
{
    inki_str_add(to, "<circle class=\"point %s\" r=\"%s\"", point->class,
                 strcmp(point->class, "best") == 0 ? "5.5"
                 : *point->class                   ? "4.5"
                                                   : "3.5");
    inki_svg_number(to, "cx", x);
    inki_svg_number(to, "cy", y);
    if (!point->title) {
        inki_str_add(to, "/>");
        return;
    }
    inki_str_add(to, "><title>");
    inki_html_text(to, point->title);
    inki_str_add(to, "</title></circle>");
}

static double slot_of(const struct inki_svg_scatter *plot)
{
    return (INKI_SVG_WIDTH - INKI_SVG_RIGHT - INKI_SVG_LEFT) / (double)plot->name_count;
}

static double text_units(const char *text)
{
    double units = 0;
    for (; *text; text++) units += ((unsigned char)*text & 0xC0) != 0x80 ? 7 : 0;
    return units;
}

static bool names_fit(const struct inki_svg_scatter *plot)
{
    for (size_t i = 0; i < plot->name_count; i++)
        if (text_units(plot->names[i]) > slot_of(plot) - 4) return false;
    return true;
}

static void draw_names(struct inki_str *to, const struct inki_svg_scatter *plot, const struct inki_svg_axis *y)
{
    inki_svg_stroke(to, "axis", INKI_SVG_LEFT, INKI_SVG_HEIGHT - INKI_SVG_BOTTOM, INKI_SVG_WIDTH - INKI_SVG_RIGHT,
                    INKI_SVG_HEIGHT - INKI_SVG_BOTTOM);
    for (size_t i = 0; i < plot->name_count; i++) {
        double slot = slot_of(plot), at = INKI_SVG_LEFT + ((double)i + 0.5) * slot;
        inki_svg_text(to, "tick mid", at, INKI_SVG_HEIGHT - INKI_SVG_BOTTOM + 17, plot->names[i]);
        if (!isfinite(plot->middles[i]) || (plot->log_y && plot->middles[i] <= 0)) continue;
        double middle = inki_svg_place(y, plot->middles[i]);
        inki_svg_stroke(to, "middle", at - 0.35 * slot, middle, at + 0.35 * slot, middle);
    }
    inki_svg_text(to, "name end", INKI_SVG_WIDTH - INKI_SVG_RIGHT, INKI_SVG_HEIGHT - 6, plot->x_name);
}

/* Where both axes reach. */
static void draw_diagonal(struct inki_str *to, const struct inki_svg_scatter *plot, const struct inki_svg_axis *x,
                          const struct inki_svg_axis *y)
{
    const struct range of_x = range_of(plot, true), of_y = range_of(plot, false);
    const double least = fmax(of_x.least, of_y.least), most = fmin(of_x.most, of_y.most);
    if (least < most)
        inki_svg_stroke(to, "middle", inki_svg_place(x, least), inki_svg_place(y, least), inki_svg_place(x, most),
                        inki_svg_place(y, most));
}

static void scatter_upright(struct inki_str *to, const struct inki_svg_scatter *plot)
{
    struct inki_svg_axis y = value_axis(plot, 5), x = {.log = false};
    y.from = INKI_SVG_HEIGHT - INKI_SVG_BOTTOM;
    y.to = INKI_SVG_TOP;
    inki_svg_begin(to, INKI_SVG_WIDTH, INKI_SVG_HEIGHT, plot->id, plot->title, plot->about);
    draw_y(to, &y, plot->y_name, plot->percent);
    if (plot->names) {
        draw_names(to, plot, &y);
    } else {
        struct range range = range_of(plot, true);
        x = plot->log_x ? inki_svg_log(range.least, range.most)
                        : inki_svg_linear(range.least, range.most, 6, plot->whole);
        x.from = INKI_SVG_LEFT + 6;
        x.to = INKI_SVG_WIDTH - INKI_SVG_RIGHT - 6;
        inki_svg_stroke(to, "axis", INKI_SVG_LEFT, INKI_SVG_HEIGHT - INKI_SVG_BOTTOM, x.from,
                        INKI_SVG_HEIGHT - INKI_SVG_BOTTOM);
        draw_x(to, &x, INKI_SVG_HEIGHT, plot->x_name, false);
        if (plot->diagonal) draw_diagonal(to, plot, &x, &y);
    }
    for (size_t i = plot->count; i-- > 0;) { /* the best on top */
        const struct inki_svg_point *point = &plot->points[i];
        double slot = plot->names ? slot_of(plot) : 0;
        if (!is_shown(plot, point)) continue;
        double at =
            plot->names ? INKI_SVG_LEFT + (point->x + 0.5 + 0.6 * beside(i)) * slot : inki_svg_place(&x, point->x);
        draw_point(to, point, at, inki_svg_place(&y, point->y));
    }
    inki_str_add(to, "</svg>");
}

static void scatter_in_rows(struct inki_str *to, const struct inki_svg_scatter *plot)
{
    double top = 24, height = top + ROW * (double)plot->name_count + INKI_SVG_BOTTOM;
    struct inki_svg_axis x = value_axis(plot, 6);
    x.from = INKI_SVG_RIGHT + 6;
    x.to = INKI_SVG_WIDTH - INKI_SVG_RIGHT - 6;
    inki_svg_begin(to, INKI_SVG_WIDTH, height, plot->id, plot->title, plot->about);
    inki_svg_text(to, "name", INKI_SVG_RIGHT, 14, plot->x_name);
    for (size_t i = 0; i < x.tick_count; i++)
        inki_svg_stroke(to, "grid", inki_svg_place(&x, x.ticks[i]), top, inki_svg_place(&x, x.ticks[i]),
                        height - INKI_SVG_BOTTOM);
    draw_x(to, &x, height, plot->y_name, plot->percent);
    for (size_t i = 0; i < plot->name_count; i++) {
        double at = top + ROW * (double)i;
        inki_svg_text(to, "tick", INKI_SVG_RIGHT, at + 14, plot->names[i]);
        if (!isfinite(plot->middles[i]) || (plot->log_y && plot->middles[i] <= 0)) continue;
        double middle = inki_svg_place(&x, plot->middles[i]);
        inki_svg_stroke(to, "middle", middle, at + 19, middle, at + ROW - 3);
    }
    for (size_t i = plot->count; i-- > 0;) {
        const struct inki_svg_point *point = &plot->points[i];
        if (!is_shown(plot, point)) continue;
        draw_point(to, point, inki_svg_place(&x, point->y), top + ROW * point->x + 29 + 10 * beside(i));
    }
    inki_str_add(to, "</svg>");
}

void inki_svg_scattered(struct inki_str *to, const struct inki_svg_scatter *plot)
{
    if (plot->names && !names_fit(plot))
        scatter_in_rows(to, plot);
    else
        scatter_upright(to, plot);
}

/* --------------------------------------------------------------------- rows */

#define NAMES 132.0 /* that names take at the left */
#define SLIM 24.0   /* of a row */
enum { NAME_CHARS = 17 };

static struct inki_svg_axis rows_axis(const struct inki_svg_rows *plot)
{
    struct range range = plot->bars ? (struct range){0, 0} : (struct range){DBL_MAX, -DBL_MAX};
    if (plot->range) range = (struct range){plot->range[0], plot->range[1]};
    for (size_t l = 0; l < plot->line_count; l++) {
        for (size_t i = 0; i < plot->count; i++) {
            double y = plot->lines[l].y[i];
            double half = l == 0 && plot->errors && isfinite(plot->errors[i]) ? plot->errors[i] : 0;
            if (!isfinite(y)) continue;
            widen(&range, y - half);
            widen(&range, y + half);
        }
    }
    if (range.least > range.most) range = (struct range){0, 1};
    struct inki_svg_axis axis = inki_svg_linear(range.least, range.most, 4, false);
    axis.from = NAMES;
    axis.to = INKI_SVG_WIDTH - INKI_SVG_RIGHT - 6;
    return axis;
}

/* As much of a name as there is room for, whole characters. */
static void draw_name(struct inki_str *to, double y, const char *name)
{
    char cut[4 * NAME_CHARS + 8];
    size_t length = 0, characters = 0, fits = 0;
    for (; name[length] && length < sizeof cut - 8 && characters <= NAME_CHARS; length++) {
        bool begins = ((unsigned char)name[length + 1] & 0xC0) != 0x80;
        characters += begins;
        if (begins && characters == NAME_CHARS - 1) fits = length + 1;
    }
    bool whole = !name[length] && characters <= NAME_CHARS;
    snprintf(cut, sizeof cut, "%.*s%s", (int)(whole ? length : fits), name, whole ? "" : "\xE2\x80\xA6");
    inki_svg_text(to, "tick end", NAMES - 8, y + 4, cut);
}

static void draw_bar(struct inki_str *to, const struct inki_svg_axis *x, double y, double value)
{
    double zero = inki_svg_place(x, 0), at = inki_svg_place(x, value);
    inki_str_add(to, "<rect class=\"solid\"");
    inki_svg_number(to, "x", fmin(zero, at));
    inki_svg_number(to, "y", y - 6);
    inki_svg_number(to, "width", fabs(at - zero));
    inki_svg_number(to, "height", 12);
    inki_str_add(to, "/>");
}

static void draw_row(struct inki_str *to, const struct inki_svg_rows *plot, const struct inki_svg_axis *x, size_t i,
                     double y)
{
    draw_name(to, y, plot->names[i]);
    for (size_t l = plot->bars ? 1 : plot->line_count; l-- > 0;) { /* the first on top */
        double value = plot->lines[l].y[i];
        if (!isfinite(value)) continue;
        if (plot->bars)
            draw_bar(to, x, y, value);
        else
            draw_dot(to, plot->lines[l].class, inki_svg_place(x, value), y);
        if (l == 0 && plot->errors && isfinite(plot->errors[i]))
            inki_svg_stroke(to, "whisker", inki_svg_place(x, value - plot->errors[i]), y,
                            inki_svg_place(x, value + plot->errors[i]), y);
    }
}

void inki_svg_rowed(struct inki_str *to, const struct inki_svg_rows *plot)
{
    double height = 10 + SLIM * (double)plot->count + INKI_SVG_BOTTOM;
    struct inki_svg_axis x = rows_axis(plot);
    inki_svg_begin(to, INKI_SVG_WIDTH, height, plot->id, plot->title, plot->about);
    for (size_t i = 0; i < x.tick_count; i++)
        inki_svg_stroke(to, "grid", inki_svg_place(&x, x.ticks[i]), 6, inki_svg_place(&x, x.ticks[i]),
                        height - INKI_SVG_BOTTOM);
    draw_x(to, &x, height, plot->y_name, plot->percent);
    for (size_t i = 0; i < plot->count; i++) draw_row(to, plot, &x, i, 10 + SLIM * ((double)i + 0.5));
    inki_str_add(to, "</svg>");
}
