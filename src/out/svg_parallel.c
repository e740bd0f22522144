/* svg_parallel: rows as lines through upright axes (parallel coordinates, Inselberg 1985).
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/html.h"
#include "out/svg_draw.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TALL 340.0
#define ABOVE 46.0
#define BELOW 292.0 /* where axes end */
#define GAP 318.0   /* where rows pass that have no value */
#define BETWEEN 132.0
#define WANTED 980.0 /* as wide as a page, where axes are few */
enum { NAME_CHARS = 16, HUES = 9 };

/* Where axis i stands, and the whole width. */
struct spread {
    double left, apart, width;
};

static struct spread spread_of(const struct inki_svg_parallel *plot)
{
    const double gaps = (double)(plot->axis_count - 1), left = plot->axes[0].names ? 118 : 62, right = 24;
    struct spread spread = {.left = left, .apart = fmax(BETWEEN, fmin((WANTED - left - right) / gaps, 2 * BETWEEN))};
    spread.width = left + gaps * spread.apart + right;
    return spread;
}

static double value_at(const struct inki_svg_parallel *plot, size_t row, size_t axis)
{
    return plot->values[row * plot->axis_count + axis];
}

static struct inki_svg_axis axis_of(const struct inki_svg_parallel *plot, size_t a)
{
    const struct inki_svg_upright *upright = &plot->axes[a];
    double least = DBL_MAX, most = -DBL_MAX;
    for (size_t i = 0; i < plot->count; i++) {
        double value = value_at(plot, i, a);
        if (!isfinite(value) || (upright->log && value <= 0)) continue;
        least = fmin(least, value);
        most = fmax(most, value);
    }
    if (upright->names) least = -0.4, most = (double)upright->name_count - 0.6;
    if (least > most) least = upright->log ? 0.1 : 0, most = 1;
    if (upright->log && most <= 1.001 * least) least /= 2, most *= 2;
    struct inki_svg_axis axis = upright->names ? (struct inki_svg_axis){.low = least, .high = most}
                                : upright->log ? inki_svg_log(least, most)
                                               : inki_svg_linear(least, most, 5, upright->whole);
    axis.from = BELOW;
    axis.to = ABOVE;
    return axis;
}

/* ----------------------------------------------------------------------- axes */

/* As much of a name as there is room for, whole characters. */
static void add_name(struct inki_str *to, double x, double y, const char *class, const char *name)
{
    char cut[4 * NAME_CHARS + 8];
    size_t bytes = 0, characters = 0;
    while (name[bytes] && characters < NAME_CHARS) {
        size_t length = inki_utf8_length(name + bytes);
        bytes += length ? length : 1;
        characters++;
    }
    if (bytes > sizeof cut - 8) bytes = sizeof cut - 8;
    snprintf(cut, sizeof cut, "%.*s%s", (int)bytes, name, name[bytes] ? "\xE2\x80\xA6" : "");
    inki_svg_text(to, class, x, y, cut);
}

static void add_ticks(struct inki_str *to, const struct inki_svg_upright *upright, const struct inki_svg_axis *axis,
                      double x)
{
    for (size_t i = 0; i < upright->name_count; i++)
        add_name(to, x - 8, inki_svg_place(axis, (double)i) + 4, "tick end", upright->names[i]);
    for (size_t i = 0; !upright->names && i < axis->tick_count; i++) {
        const double y = inki_svg_place(axis, axis->ticks[i]);
        inki_svg_stroke(to, "axis", x - 4, y, x, y);
        inki_svg_begin_text(to, "tick end", x - 8, y + 4);
        inki_svg_tick_text(to, axis->ticks[i], upright->percent);
    }
}

static void add_upright(struct inki_str *to, const struct inki_svg_upright *upright, const struct inki_svg_axis *axis,
                        double x, bool last)
{
    inki_str_add(to, "<g class=\"upright\" data-name=\"");
    inki_html_text(to, upright->name);
    inki_str_add(to, "\"");
    inki_svg_number(to, "data-x", x);
    if (!upright->names) {
        inki_str_add(to, " data-low=\"");
        inki_html_exact(to, axis->low);
        inki_str_add(to, "\" data-high=\"");
        inki_html_exact(to, axis->high);
        inki_str_add(to, "\"%s%s", axis->log ? " data-log=\"\"" : "", upright->percent ? " data-percent=\"\"" : "");
    }
    inki_str_add(to, ">");
    inki_svg_stroke(to, "axis", x, ABOVE, x, BELOW);
    add_name(to, last ? x + 16 : x, 20, last ? "name end" : "name mid", upright->name);
    add_ticks(to, upright, axis, x);
    if (upright->gaps) {
        inki_svg_stroke(to, "mark", x, BELOW, x, GAP);
        inki_svg_text(to, "tick end", x - 8, GAP + 4, "none");
    }
    inki_str_add(to, "</g>");
}

/* ---------------------------------------------------------------------- lines */

static double height_of(const struct inki_svg_upright *upright, const struct inki_svg_axis *axis, double value)
{
    if (!isfinite(value) || (upright->log && value <= 0)) return GAP;
    return inki_svg_place(axis, value);
}

static void add_row(struct inki_str *to, const struct inki_svg_parallel *plot, const struct spread *spread, size_t row,
                    const struct inki_svg_axis *axes)
{
    const size_t hue = plot->count > 1 ? row * (HUES - 1) / (plot->count - 1) : 0;
    inki_str_add(to, "<path class=\"row t%zu%s\" data-row=\"%zu\" d=\"", hue, row == 0 ? " best" : "",
                 plot->rows ? plot->rows[row] : row);
    for (size_t a = 0; a < plot->axis_count; a++) {
        inki_str_add(to, a ? "L" : "M");
        inki_html_fixed(to, spread->left + (double)a * spread->apart, 0);
        inki_str_add(to, " ");
        inki_html_fixed(to, height_of(&plot->axes[a], &axes[a], value_at(plot, row, a)), 1);
    }
    inki_str_add(to, "\"/>");
}

void inki_svg_paralleled(struct inki_str *to, const struct inki_svg_parallel *plot)
{
    const struct spread spread = spread_of(plot);
    struct inki_svg_axis *axes = inki_alloc(to->ctx, plot->axis_count, sizeof *axes);
    if (!axes) {
        to->failed = true;
        return;
    }
    for (size_t a = 0; a < plot->axis_count; a++) axes[a] = axis_of(plot, a);
    inki_str_add(to, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"");
    inki_html_text(to, plot->title);
    inki_str_add(to, ", can be scrolled\"><div class=\"parallel\" style=\"min-width:%.0fpx;max-width:%.0fpx\">\n",
                 0.8 * spread.width, 1.35 * spread.width);
    inki_svg_begin(to, spread.width, TALL, plot->id, plot->title, plot->about);
    for (size_t i = plot->count; i-- > 0;) add_row(to, plot, &spread, i, axes); /* the first on top */
    for (size_t a = 0; a < plot->axis_count; a++)
        add_upright(to, &plot->axes[a], &axes[a], spread.left + (double)a * spread.apart, a + 1 == plot->axis_count);
    inki_str_add(to, "</svg></div></div>\n");
    inki_free(axes);
}
