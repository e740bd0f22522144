/* svg_draw: what plots of all kinds are drawn with.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SVG_DRAW_H
#define INKI_SVG_DRAW_H

#include "out/svg.h"

/* A plot's box, in units of about a pixel of a phone, and the space around what is drawn. */
#define INKI_SVG_WIDTH 440.0
#define INKI_SVG_HEIGHT 270.0
#define INKI_SVG_LEFT 52.0
#define INKI_SVG_RIGHT 12.0
#define INKI_SVG_TOP 30.0
#define INKI_SVG_BOTTOM 40.0
enum { INKI_SVG_TICKS = 12 };

/* An axis: values low to high (logarithms where log) onto from to `to` in the drawing. */
struct inki_svg_axis {
    double low, high, from, to;
    bool log;
    double ticks[INKI_SVG_TICKS];
    size_t tick_count;
};

double inki_svg_place(const struct inki_svg_axis *axis, double value);

/* Whole steps around [least, most], about as many as wanted; whole: of integers. */
struct inki_svg_axis inki_svg_linear(double least, double most, double wanted, bool whole);

/* Powers of ten and a few between them around [least, most], both above 0. */
struct inki_svg_axis inki_svg_log(double least, double most);

/* An attribute, a line, a text (begun: up to the closing tag), and a plot's begin with what is read aloud. */
void inki_svg_number(struct inki_str *to, const char *name, double value);
void inki_svg_stroke(struct inki_str *to, const char *class, double x1, double y1, double x2, double y2);
void inki_svg_begin_text(struct inki_str *to, const char *class, double x, double y);
void inki_svg_text(struct inki_str *to, const char *class, double x, double y, const char *what);
void inki_svg_begin(struct inki_str *to, double width, double height, const char *id, const char *title,
                    const char *about);

/* A tick's value and the end of the text. */
void inki_svg_tick_text(struct inki_str *to, double value, bool percent);

#endif
