/* draw: grey images in the terminal.
 * SPDX-License-Identifier: MIT
 *
 * A character stands for the mean of the pixels under it: as many columns as fit (not more than two a pixel), and half as many
 * lines as would be square, since characters are twice as high as wide. */
#include "draw.h"
#include "terminal.h"

#include <string.h>

#define WIDEST 25 /* three beside each other */

size_t draw_columns(size_t width)
{
    size_t columns = 2 * width <= 19 ? 2 * width : width;
    return columns > WIDEST ? WIDEST : columns;
}

size_t draw_beside(size_t width)
{
    size_t beside = (TERMINAL_WIDTH + DRAW_GAP) / (draw_columns(width) + DRAW_GAP);
    return beside > 4 ? 4 : beside;
}

/* Share of [from, to) that lies in [i, i + 1). */
static double overlap(double from, double to, size_t i)
{
    double low = (double)i > from ? (double)i : from, high = (double)i + 1 < to ? (double)i + 1 : to;
    return high > low ? high - low : 0;
}

/* Mean of the pixels in [y0, y1) x [x0, x1), in pixels. */
static double mean_of(const struct image *image, double y0, double y1, double x0, double x1)
{
    double sum = 0, weight = 0;
    for (size_t y = (size_t)y0; y < image->height && (double)y < y1; y++) {
        for (size_t x = (size_t)x0; x < image->width && (double)x < x1; x++) {
            double share = overlap(y0, y1, y) * overlap(x0, x1, x);
            sum += share * (double)image->pixels[y * image->width + x];
            weight += share;
        }
    }
    return weight > 0 ? sum / weight : 0;
}

/* Blanks are held back until something follows, so that no line ends with them. */
static void draw_cell(const struct image *image, double mean, size_t *blanks)
{
    static const char *const wide[] = {" ", "░", "▒", "▓", "█"};
    static const char *const plain[] = {" ", ".", ":", "+", "*", "%", "#", "@"};
    bool utf8 = terminal_is_utf8();
    size_t count = utf8 ? sizeof wide / sizeof *wide : sizeof plain / sizeof *plain;
    double range = (double)image->high - (double)image->low;
    double share = range > 0 ? (mean - (double)image->low) / range : 0;
    size_t level = share <= 0 ? 0 : (size_t)(share * (double)(count - 1) + 0.5);
    if (level >= count) level = count - 1;
    if (level == 0) {
        ++*blanks;
        return;
    }
    out("%*s%s", (int)*blanks, "", utf8 ? wide[level] : plain[level]);
    *blanks = 0;
}

static void draw_line(const struct image *image, size_t line, size_t lines, size_t columns, size_t *blanks)
{
    double high = (double)image->height / (double)lines, wide = (double)image->width / (double)columns;
    for (size_t i = 0; i < columns; i++) {
        double y = (double)line * high, x = (double)i * wide;
        draw_cell(image, mean_of(image, y, y + high, x, x + wide), blanks);
    }
}

void draw_images(const struct image *images, size_t count)
{
    if (count == 0) return;
    size_t columns = draw_columns(images->width);
    size_t lines = (images->height * columns + images->width) / (2 * images->width);
    if (lines == 0) lines = 1;
    for (size_t line = 0; line < lines; line++) {
        size_t blanks = 0;
        for (size_t i = 0; i < count; i++) {
            draw_line(&images[i], line, lines, columns, &blanks);
            blanks += DRAW_GAP;
        }
        out("\n");
    }
}
