/* svg_draw: axes and elements of plots.
 * SPDX-License-Identifier: MIT */
#include "out/svg_draw.h"

#include "out/html.h"

#include <math.h>
#include <stdio.h>

double inki_svg_place(const struct inki_svg_axis *axis, double value)
{
    double at = axis->log ? log10(value) : value;
    return axis->from + (at - axis->low) / (axis->high - axis->low) * (axis->to - axis->from);
}

static void add_tick(struct inki_svg_axis *axis, double value)
{
    if (axis->tick_count < INKI_SVG_TICKS) axis->ticks[axis->tick_count++] = value;
}

/* 1, 2 or 5 times a power of ten, so that about `wanted` steps fill the range. */
static double nice_step(double range, double wanted)
{
    double raw = range / wanted, power = pow(10, floor(log10(raw))), share = raw / power;
    return power * (share <= 1.0 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

/* Whole steps around [least, most]. */
struct inki_svg_axis inki_svg_linear(double least, double most, double wanted, bool whole)
{
    if (!(most - least > 1e-12 * fmax(fabs(most), fabs(least)))) {
        double margin = most != 0 ? 0.05 * fabs(most) : 1;
        least -= margin;
        most += margin;
    }
    struct inki_svg_axis axis = {.low = least, .high = most};
    double step = nice_step(most - least, wanted);
    if (whole && step < 1) step = 1;
    if (!whole) {
        axis.low = floor(least / step + 1e-9) * step;
        axis.high = ceil(most / step - 1e-9) * step;
    }
    for (double i = ceil(axis.low / step - 1e-9); i * step <= axis.high + 1e-9 * step; i++) add_tick(&axis, i * step);
    return axis;
}

struct inki_svg_axis inki_svg_log(double least, double most)
{
    struct inki_svg_axis axis = {.low = log10(least), .high = log10(most), .log = true};
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

void inki_svg_number(struct inki_str *to, const char *name, double value)
{
    inki_str_add(to, " %s=\"", name);
    inki_html_digits(to, round(value * 100) / 100, 6);
    inki_str_add(to, "\"");
}

void inki_svg_stroke(struct inki_str *to, const char *class, double x1, double y1, double x2, double y2)
{
    inki_str_add(to, "<line class=\"%s\"", class);
    inki_svg_number(to, "x1", x1);
    inki_svg_number(to, "y1", y1);
    inki_svg_number(to, "x2", x2);
    inki_svg_number(to, "y2", y2);
    inki_str_add(to, "/>");
}

void inki_svg_begin_text(struct inki_str *to, const char *class, double x, double y)
{
    inki_str_add(to, "<text class=\"%s\"", class);
    inki_svg_number(to, "x", x);
    inki_svg_number(to, "y", y);
    inki_str_add(to, ">");
}

void inki_svg_text(struct inki_str *to, const char *class, double x, double y, const char *what)
{
    inki_svg_begin_text(to, class, x, y);
    inki_html_text(to, what);
    inki_str_add(to, "</text>");
}

void inki_svg_begin(struct inki_str *to, double width, double height, const char *id, const char *title,
                    const char *about)
{
    inki_str_add(to, "<svg class=\"plot\" role=\"img\" viewBox=\"0 0 %d %d\" aria-labelledby=\"%s-t %s-d\">",
                 (int)width, (int)height, id, id);
    inki_str_add(to, "<title id=\"%s-t\">", id);
    inki_html_text(to, title);
    inki_str_add(to, "</title><desc id=\"%s-d\">", id);
    inki_html_text(to, about);
    inki_str_add(to, "</desc>");
}

void inki_svg_tick_text(struct inki_str *to, double value, bool percent)
{
    inki_html_digits(to, percent ? 100 * value : value, 6);
    inki_str_add(to, "%s</text>", percent ? "%" : "");
}
