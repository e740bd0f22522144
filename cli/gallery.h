/* gallery: images drawn with what a network answers to them.
 * SPDX-License-Identifier: MIT */
#ifndef GALLERY_H
#define GALLERY_H

#include "inkling.h"

/* Grey images of one size and the answers to them. */
struct gallery {
    const ink_model *model;
    size_t height, width, classes;
    float black, white;
};

/* One of them: pixels[height][width], p[classes]. */
struct exhibit {
    const char *caption;
    const float *pixels, *p;
};

/* As many as fit beside each other, at most GALLERY_MOST. */
#define GALLERY_MOST 4
size_t gallery_beside(const struct gallery *gallery);

/* Draws `count` exhibits beside each other, each with a caption above and its three best answers below. */
void gallery_draw(const struct gallery *gallery, const struct exhibit *exhibits, size_t count);

#endif
