/* draw: grey images in the terminal.
 * SPDX-License-Identifier: MIT */
#ifndef DRAW_H
#define DRAW_H

#include <stddef.h>

/* One image: pixels[height][width], drawn between low (blank) and high. */
struct image {
    const float *pixels;
    size_t height, width;
    float low, high;
};

/* How many images of that width go beside each other, and the columns that each takes then. */
#define DRAW_GAP 2 /* columns between them */
size_t draw_beside(size_t width);
size_t draw_columns(size_t width);

/* Draws images of one size beside each other. */
void draw_images(const struct image *images, size_t count);

#endif
