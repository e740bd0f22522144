/* svg: plots as SVG within a page.
 * SPDX-License-Identifier: MIT
 *
 * A plot is drawn in a box of WIDTH by HEIGHT units, about as many pixels as a phone is wide, so that its text stays readable
 * there. Everything has a class; the page's style says colours, for light, dark and paper. */
#include "out/svg.h"

#include "out/html.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 440.0
#define HEIGHT 270.0
#define LEFT 52.0
#define RIGHT 12.0
#define TOP 30.0
#define BOTTOM 40.0
enum { TICKS_MOST = 12 };

/* An axis: values low to high (logarithms where log) onto from to `to` in the drawing. */
struct axis {
    double low, high, from, to;
    bool log;
    double ticks[TICKS_MOST];
    size_t tick_count;
};

static double place(const struct axis *axis, double value)
{
    double at = axis->log ? log10(value) : value;
    return axis->from + (at - axis->low) / (axis->high - axis->low) * (axis->to - axis->from);
}

static void add_tick(struct axis *axis, double value)
{
    if (axis->tick_count < TICKS_MOST) axis->ticks[axis->tick_count++] = value;
}

/* 1, 2 or 5 times a power of ten, so that about `wanted` steps fill the range. */
static double nice_step(double range, double wanted)
{
    double raw = range / wanted, power = pow(10, floor(log10(raw))), share = raw / power;
    return power * (share <= 1.0 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

/* Whole steps around [least, most]. */
static struct axis linear_axis(double least, double most, double wanted, bool whole)
{
    if (!(most - least > 1e-12 * fmax(fabs(most), fabs(least)))) {
        double margin = most != 0 ? 0.05 * fabs(most) : 1;
        least -= margin;
        most += margin;
    }
    struct axis axis = {.low = least, .high = most};
    double step = nice_step(most - least, wanted);
    if (whole && step < 1) step = 1;
    if (!whole) {
        axis.low = floor(least / step + 1e-9) * step;
        axis.high = ceil(most / step - 1e-9) * step;
    }
    for (double i = ceil(axis.low / step - 1e-9); i * step <= axis.high + 1e-9 * step; i++) add_tick(&axis, i * step);
    return axis;
}

static struct axis log_axis(double least, double most)
{
    struct axis axis = {.low = log10(least), .high = log10(most), .log = true};
    double margin = fmax(0.03, 0.04 * (axis.high - axis.low));
    static const double few[] = {1}, some[] = {1, 3}, many[] = {1, 2, 5};
    double decades = axis.high - axis.low;
    const double *steps = decades > 4 ? few : decades > 2 ? some : many;
    size_t count = decades > 4 ? 1 : decades > 2 ? 2 : 3;
    double every = decades > 10 ? ceil(decades / 10) : 1;
    axis.low -= margin;
    axis.high += margin;
    for (double power = floor(axis.low); power <= axis.high; power += every) {
        for (size_t i = 0; i < count; i++) {
            double value = steps[i] * pow(10, power);
            if (log10(value) >= axis.low && log10(value) <= axis.high) add_tick(&axis, value);
        }
    }
    return axis;
}

/* ----------------------------------------------------------------- elements */

static void number(struct inki_str *to, const char *name, double value)
{
    inki_str_add(to, " %s=\"", name);
    inki_html_digits(to, round(value * 100) / 100, 6);
    inki_str_add(to, "\"");
}

static void line(struct inki_str *to, const char *class, double x1, double y1, double x2, double y2)
{
    inki_str_add(to, "<line class=\"%s\"", class);
    number(to, "x1", x1);
    number(to, "y1", y1);
    number(to, "x2", x2);
    number(to, "y2", y2);
    inki_str_add(to, "/>");
}

static void begin_text(struct inki_str *to, const char *class, double x, double y)
{
    inki_str_add(to, "<text class=\"%s\"", class);
    number(to, "x", x);
    number(to, "y", y);
    inki_str_add(to, ">");
}

static void text(struct inki_str *to, const char *class, double x, double y, const char *what)
{
    begin_text(to, class, x, y);
    inki_html_text(to, what);
    inki_str_add(to, "</text>");
}

static void begin_plot(struct inki_str *to, double height, const char *id, const char *title, const char *about)
{
    inki_str_add(to, "<svg class=\"plot\" role=\"img\" viewBox=\"0 0 %d %d\" aria-labelledby=\"%s-t %s-d\">",
                 (int)WIDTH, (int)height, id, id);
    inki_str_add(to, "<title id=\"%s-t\">", id);
    inki_html_text(to, title);
    inki_str_add(to, "</title><desc id=\"%s-d\">", id);
    inki_html_text(to, about);
    inki_str_add(to, "</desc>");
}

static void add_tick_text(struct inki_str *to, double value, bool percent)
{
    inki_html_digits(to, percent ? 100 * value : value, 6);
    inki_str_add(to, "%s</text>", percent ? "%" : "");
}

static void draw_y(struct inki_str *to, const struct axis *y, const char *name, bool percent)
{
    for (size_t i = 0; i < y->tick_count; i++) {
        double at = place(y, y->ticks[i]);
        line(to, "grid", LEFT, at, WIDTH - RIGHT, at);
        begin_text(to, "tick end", LEFT - 6, at + 4);
        add_tick_text(to, y->ticks[i], percent);
    }
    text(to, "name", LEFT, 14, name);
}

static void draw_x(struct inki_str *to, const struct axis *x, double height, const char *name, bool percent)
{
    double taken = -WIDTH; /* up to where there is text; what would run into it has a tick only */
    line(to, "axis", x->from, height - BOTTOM, WIDTH - RIGHT, height - BOTTOM);
    for (size_t i = 0; i < x->tick_count; i++) {
        double at = place(x, x->ticks[i]);
        char text_of[64];
        double half =
            3.7 * snprintf(text_of, sizeof text_of, "%.6g%s", (percent ? 100 : 1) * x->ticks[i], percent ? "%" : "");
        line(to, "axis", at, height - BOTTOM, at, height - BOTTOM + 4);
        if (at - half < taken) continue;
        taken = at + half + 6;
        begin_text(to, "tick mid", at, height - BOTTOM + 17);
        add_tick_text(to, x->ticks[i], percent);
    }
    text(to, "name end", WIDTH - RIGHT, height - 6, name);
}

static void draw_axes(struct inki_str *to, const struct axis *x, const struct axis *y, const char *x_name,
                      const char *y_name, bool percent)
{
    draw_y(to, y, y_name, percent);
    draw_x(to, x, HEIGHT, x_name, false);
}

/* ------------------------------------------------------------------- curves */

static bool shows(const struct inki_svg_plot *plot, double y) { return isfinite(y) && (!plot->log || y > 0); }

static struct axis y_axis(const struct inki_svg_plot *plot)
{
    double least = plot->range ? plot->range[0] : DBL_MAX, most = plot->range ? plot->range[1] : -DBL_MAX;
    for (size_t l = 0; l < plot->line_count; l++) {
        for (size_t i = 0; i < plot->count; i++) {
            double y = plot->lines[l].y[i];
            if (!shows(plot, y)) continue;
            least = fmin(least, y);
            most = fmax(most, y);
        }
    }
    if (least > most) least = plot->log ? 0.1 : 0, most = 1;
    struct axis axis = plot->log ? log_axis(least, most) : linear_axis(least, most, 5, false);
    axis.from = HEIGHT - BOTTOM;
    axis.to = TOP;
    return axis;
}

/* A path with a move after each gap; a value between two gaps is a dot. */
static void draw_line(struct inki_str *to, const struct inki_svg_plot *plot, const struct inki_svg_line *of,
                      const struct axis *x, const struct axis *y)
{
    bool pen_down = false;
    inki_str_add(to, "<path class=\"line %s\" d=\"", of->class);
    for (size_t i = 0; i < plot->count; i++) {
        if (!shows(plot, of->y[i])) {
            pen_down = false;
            continue;
        }
        inki_str_add(to, pen_down ? "L" : "M");
        inki_html_fixed(to, place(x, plot->x[i]), 1);
        inki_str_add(to, " ");
        inki_html_fixed(to, place(y, of->y[i]), 1);
        bool next = i + 1 < plot->count && shows(plot, of->y[i + 1]);
        if (!pen_down && !next) inki_str_add(to, "h0");
        pen_down = true;
    }
    inki_str_add(to, "\"/>");
}

static void draw_legend(struct inki_str *to, const struct inki_svg_plot *plot)
{
    double x = WIDTH - RIGHT;
    for (size_t l = plot->line_count; plot->line_count > 1 && plot->lines->name && l-- > 0;) {
        double length = 0;
        for (const char *c = plot->lines[l].name; *c; c++) length += 6.6;
        x -= length;
        text(to, "tick", x, 14, plot->lines[l].name);
        char class[32];
        snprintf(class, sizeof class, "line %.20s", plot->lines[l].class);
        line(to, class, x - 24, 10, x - 5, 10);
        x -= 36;
    }
}

static void draw_marks(struct inki_str *to, const struct inki_svg_plot *plot, const struct axis *x)
{
    for (size_t m = 0; m < plot->mark_count; m++) {
        const struct inki_svg_mark *mark = &plot->marks[m];
        if (!isfinite(mark->x)) continue;
        double at = place(x, mark->x);
        bool right = at > WIDTH * 0.6;
        line(to, "mark", at, TOP, at, HEIGHT - BOTTOM);
        /* Accuracies are curves at the top, losses at the bottom. */
        double y = plot->percent ? HEIGHT - BOTTOM - 6 - 13 * (double)m : TOP + 10 + 13 * (double)m;
        text(to, right ? "tick end" : "tick", at + (right ? -4 : 4), y, mark->name);
    }
}

void inki_svg_lines(struct inki_str *to, const struct inki_svg_plot *plot)
{
    struct axis y = y_axis(plot), x = linear_axis(plot->x[0], plot->x[plot->count - 1], 6, !plot->real);
    x.from = LEFT;
    x.to = WIDTH - RIGHT;
    begin_plot(to, HEIGHT, plot->id, plot->title, plot->about);
    draw_axes(to, &x, &y, plot->x_name, plot->y_name, plot->percent);
    for (size_t l = 0; l < plot->line_count; l++) draw_line(to, plot, &plot->lines[l], &x, &y);
    draw_marks(to, plot, &x);
    draw_legend(to, plot);
    inki_str_add(to, "</svg>");
}

/* -------------------------------------------------------------- calibration */

void inki_svg_calibrated(struct inki_str *to, const struct inki_svg_calibration *plot)
{
    struct axis x = linear_axis(0, 1, 5, false), y = linear_axis(0, 1, 5, false);
    size_t most = 1;
    x.from = LEFT;
    x.to = WIDTH - RIGHT;
    y.from = HEIGHT - BOTTOM;
    y.to = TOP;
    for (size_t b = 0; b < plot->bins; b++) most = plot->count[b] > most ? plot->count[b] : most;
    begin_plot(
        to, HEIGHT, "calibration", "Calibration: accuracy of the answers by their confidence",
        "A point a bin of confidence, with its 95 % interval; on the diagonal the confidence is honest. Bars behind"
        " show how many rows are in a bin. The table below has the values.");
    draw_axes(to, &x, &y, "confidence", "accuracy", false);
    double wide = (x.to - x.from) / (double)plot->bins;
    for (size_t b = 0; b < plot->bins; b++) {
        double high = (y.from - y.to) * (double)plot->count[b] / (double)most;
        inki_str_add(to, "<rect class=\"bar\"");
        number(to, "x", x.from + wide * (double)b + 1);
        number(to, "y", y.from - high);
        number(to, "width", wide - 2);
        number(to, "height", high);
        inki_str_add(to, "/>");
    }
    line(to, "mark", x.from, y.from, x.to, y.to);
    for (size_t b = 0; b < plot->bins; b++) {
        if (plot->count[b] == 0) continue;
        double at = place(&x, plot->confidence[b]);
        line(to, "range", at, place(&y, plot->low[b]), at, place(&y, plot->high[b]));
        inki_str_add(to, "<circle class=\"dot\" r=\"3.5\"");
        number(to, "cx", at);
        number(to, "cy", place(&y, plot->share[b]));
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

static struct axis value_axis(const struct inki_svg_scatter *plot, double wanted)
{
    struct range range = range_of(plot, false);
    return plot->log_y ? log_axis(range.least, range.most) : linear_axis(range.least, range.most, wanted, false);
}

/* Points of one name lie beside one another, each always at the same place. */
static double beside(size_t i) { return fmod((double)(i + 1) * 0.6180339887498949, 1.0) - 0.5; }

static void draw_point(struct inki_str *to, const struct inki_svg_point *point, double x, double y)
{
    inki_str_add(to, "<circle class=\"point %s\" r=\"%s\"", point->class,
                 strcmp(point->class, "best") == 0 ? "5.5"
                 : *point->class                   ? "4.5"
                                                   : "3.5");
    number(to, "cx", x);
    number(to, "cy", y);
    if (!point->title) {
        inki_str_add(to, "/>");
        return;
    }
    inki_str_add(to, "><title>");
    inki_html_text(to, point->title);
    inki_str_add(to, "</title></circle>");
}

static double slot_of(const struct inki_svg_scatter *plot) { return (WIDTH - RIGHT - LEFT) / (double)plot->name_count; }

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

static void draw_names(struct inki_str *to, const struct inki_svg_scatter *plot, const struct axis *y)
{
    line(to, "axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM);
    for (size_t i = 0; i < plot->name_count; i++) {
        double slot = slot_of(plot), at = LEFT + ((double)i + 0.5) * slot;
        text(to, "tick mid", at, HEIGHT - BOTTOM + 17, plot->names[i]);
        if (!isfinite(plot->middles[i]) || (plot->log_y && plot->middles[i] <= 0)) continue;
        double middle = place(y, plot->middles[i]);
        line(to, "middle", at - 0.35 * slot, middle, at + 0.35 * slot, middle);
    }
    text(to, "name end", WIDTH - RIGHT, HEIGHT - 6, plot->x_name);
}

/* Where both axes reach. */
static void draw_diagonal(struct inki_str *to, const struct inki_svg_scatter *plot, const struct axis *x,
                          const struct axis *y)
{
    const struct range of_x = range_of(plot, true), of_y = range_of(plot, false);
    const double least = fmax(of_x.least, of_y.least), most = fmin(of_x.most, of_y.most);
    if (least < most) line(to, "middle", place(x, least), place(y, least), place(x, most), place(y, most));
}

static void scatter_upright(struct inki_str *to, const struct inki_svg_scatter *plot)
{
    struct axis y = value_axis(plot, 5), x = {.log = false};
    y.from = HEIGHT - BOTTOM;
    y.to = TOP;
    begin_plot(to, HEIGHT, plot->id, plot->title, plot->about);
    draw_y(to, &y, plot->y_name, plot->percent);
    if (plot->names) {
        draw_names(to, plot, &y);
    } else {
        struct range range = range_of(plot, true);
        x = plot->log_x ? log_axis(range.least, range.most) : linear_axis(range.least, range.most, 6, plot->whole);
        x.from = LEFT + 6;
        x.to = WIDTH - RIGHT - 6;
        line(to, "axis", LEFT, HEIGHT - BOTTOM, x.from, HEIGHT - BOTTOM);
        draw_x(to, &x, HEIGHT, plot->x_name, false);
        if (plot->diagonal) draw_diagonal(to, plot, &x, &y);
    }
    for (size_t i = plot->count; i-- > 0;) { /* the best on top */
        const struct inki_svg_point *point = &plot->points[i];
        double slot = plot->names ? slot_of(plot) : 0;
        if (!is_shown(plot, point)) continue;
        double at = plot->names ? LEFT + (point->x + 0.5 + 0.6 * beside(i)) * slot : place(&x, point->x);
        draw_point(to, point, at, place(&y, point->y));
    }
    inki_str_add(to, "</svg>");
}

static void scatter_in_rows(struct inki_str *to, const struct inki_svg_scatter *plot)
{
    double top = 24, height = top + ROW * (double)plot->name_count + BOTTOM;
    struct axis x = value_axis(plot, 6);
    x.from = RIGHT + 6;
    x.to = WIDTH - RIGHT - 6;
    begin_plot(to, height, plot->id, plot->title, plot->about);
    text(to, "name", RIGHT, 14, plot->x_name);
    for (size_t i = 0; i < x.tick_count; i++)
        line(to, "grid", place(&x, x.ticks[i]), top, place(&x, x.ticks[i]), height - BOTTOM);
    draw_x(to, &x, height, plot->y_name, plot->percent);
    for (size_t i = 0; i < plot->name_count; i++) {
        double at = top + ROW * (double)i;
        text(to, "tick", RIGHT, at + 14, plot->names[i]);
        if (!isfinite(plot->middles[i]) || (plot->log_y && plot->middles[i] <= 0)) continue;
        double middle = place(&x, plot->middles[i]);
        line(to, "middle", middle, at + 19, middle, at + ROW - 3);
    }
    for (size_t i = plot->count; i-- > 0;) {
        const struct inki_svg_point *point = &plot->points[i];
        if (!is_shown(plot, point)) continue;
        draw_point(to, point, place(&x, point->y), top + ROW * point->x + 29 + 10 * beside(i));
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

static struct axis rows_axis(const struct inki_svg_rows *plot)
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
    struct axis axis = linear_axis(range.least, range.most, 4, false);
    axis.from = NAMES;
    axis.to = WIDTH - RIGHT - 6;
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
    text(to, "tick end", NAMES - 8, y + 4, cut);
}

static void draw_bar(struct inki_str *to, const struct axis *x, double y, double value)
{
    double zero = place(x, 0), at = place(x, value);
    inki_str_add(to, "<rect class=\"solid\"");
    number(to, "x", fmin(zero, at));
    number(to, "y", y - 6);
    number(to, "width", fabs(at - zero));
    number(to, "height", 12);
    inki_str_add(to, "/>");
}

static void draw_dot(struct inki_str *to, const char *class, double x, double y)
{
    inki_str_add(to, "<circle class=\"dot %s\" r=\"4\"", class);
    number(to, "cx", x);
    number(to, "cy", y);
    inki_str_add(to, "/>");
}

static void draw_row(struct inki_str *to, const struct inki_svg_rows *plot, const struct axis *x, size_t i, double y)
{
    draw_name(to, y, plot->names[i]);
    for (size_t l = plot->bars ? 1 : plot->line_count; l-- > 0;) { /* the first on top */
        double value = plot->lines[l].y[i];
        if (!isfinite(value)) continue;
        if (plot->bars)
            draw_bar(to, x, y, value);
        else
            draw_dot(to, plot->lines[l].class, place(x, value), y);
        if (l == 0 && plot->errors && isfinite(plot->errors[i]))
            line(to, "whisker", place(x, value - plot->errors[i]), y, place(x, value + plot->errors[i]), y);
    }
}

void inki_svg_rowed(struct inki_str *to, const struct inki_svg_rows *plot)
{
    double height = 10 + SLIM * (double)plot->count + BOTTOM;
    struct axis x = rows_axis(plot);
    begin_plot(to, height, plot->id, plot->title, plot->about);
    for (size_t i = 0; i < x.tick_count; i++)
        line(to, "grid", place(&x, x.ticks[i]), 6, place(&x, x.ticks[i]), height - BOTTOM);
    draw_x(to, &x, height, plot->y_name, plot->percent);
    for (size_t i = 0; i < plot->count; i++) draw_row(to, plot, &x, i, 10 + SLIM * ((double)i + 0.5));
    inki_str_add(to, "</svg>");
}
