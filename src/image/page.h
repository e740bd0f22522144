/* page: separates background and ink in a grey image: light on it, polarity, strokes, specks.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PAGE_H
#define INKI_PAGE_H

#include "image/plane.h"

enum { INKI_PAGE_SIDE = 256, INKI_STROKES_MAX = 1024 }; /* the longer side of what is looked at, at most */
#define INKI_PAGE_PIXELS (INKI_PAGE_SIDE * INKI_PAGE_SIDE)

/* A stroke: pixels that hang together. */
struct inki_stroke {
    size_t area, edge;               /* pixels; those on the plane's edge */
    double mass;                     /* sum of the pixels' values */
    size_t top, left, bottom, right; /* bottom and right are the last */
    bool kept;
};

/* One look at a box of an image. Everything in it is in pixels of the plane. */
struct inki_page {
    struct inki_box box;     /* of the image */
    double step;             /* pixels of the image to one of the plane */
    struct inki_plane plane; /* grey; after inki_page_find the ink: 0 background, 1 a full stroke */
    bool dark_ink;
    double contrast;     /* of the ink to its background, 0 to 1 */
    struct inki_box ink; /* where the ink is */
    double stroke;       /* its mean width */
    double filled;       /* the share of its box that is ink */
    double paper;        /* its grey, and a little */

    size_t stroke_count;
    struct inki_stroke strokes[INKI_STROKES_MAX]; /* what is more than so many is noise */
    float grey[INKI_PAGE_PIXELS], ink_plane[INKI_PAGE_PIXELS], values[INKI_PAGE_PIXELS], spare[INKI_PAGE_PIXELS],
        line[2 * INKI_PAGE_SIDE];
    uint16_t labels[INKI_PAGE_PIXELS]; /* number of the stroke that a pixel belongs to, from 1; 0: none */
    uint32_t stack[INKI_PAGE_PIXELS];
};

/* Looks at a box of the image and finds the ink in it. False if there is none. */
bool inki_page_find(struct inki_page *page, const ink_image *image, const struct inki_box *box);

#endif
