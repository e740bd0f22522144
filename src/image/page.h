/* page: separates background and ink in a grey image: light on it, polarity, strokes, specks.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PAGE_H
#define INKI_PAGE_H

#include "image/plane.h"

enum { INKI_PAGE_SIDE = 256 }; /* the longer side of what is looked at for one sign, at most */

/* A stroke: pixels that hang together. */
struct inki_stroke {
    size_t area, edge;               /* pixels; those on the plane's edge */
    double mass;                     /* sum of the pixels' values */
    size_t top, left, bottom, right; /* bottom and right are the last */
    bool kept;
};

/* How much is looked at. */
struct inki_page_plan {
    size_t side, least; /* the plane's longer side, at most and (the image drawn larger) at least */
    size_t pixels;      /* of the plane, at most */
    size_t strokes;     /* what is more than so many is noise */
    bool many;          /* signs: their strokes are narrow beside the image, and weak ones count */
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

    struct inki_page_plan plan;
    size_t stroke_count;
    struct inki_stroke *strokes;              /* [plan.strokes] */
    float *grey, *ink_plane, *values, *spare; /* [plan.pixels] */
    float *line;                              /* [2 * plan.side] */
    uint32_t *labels; /* [plan.pixels] number of the stroke that a pixel belongs to, from 1; 0: none */
    uint32_t *stack;  /* [plan.pixels] */
};

#ifndef INKI_EXPORTED
/* A page with room for what the plan says. Errors: NO_MEMORY. Ownership: inki_free. */
ink_status inki_page_new(ink_ctx *ctx, const struct inki_page_plan *plan, struct inki_page **out);

/* The plan for an image of one sign, and for all of an image with many. */
struct inki_page_plan inki_page_for_one(void);
struct inki_page_plan inki_page_for_many(const ink_image *image);

/* The strokes anew, from the pixels that have a label still. */
void inki_page_retrace(struct inki_page *page);
#endif

/* Looks at a box of the image and finds the ink in it: the largest sign, or, in a page for many, all strokes; there the plane is as
 * levelled, for inki_page_share. False if there is none. */
INKI_WITHIN bool inki_page_find(struct inki_page *page, const ink_image *image, const struct inki_box *box);

/* How much of a pixel is ink, 0 to 1, from how far it stands out. */
INKI_WITHIN double inki_page_share(const struct inki_page *page, double value);

/* The ink's box in the plane (0 to 1), the width of its strokes, and how much of the box they fill. */
INKI_WITHIN void inki_page_measure(struct inki_page *page);

/* Draws the ink of the plane into x[height][width], 0 to 1, as the digits of MNIST are drawn. */
INKI_WITHIN void inki_page_fit(struct inki_page *page, size_t height, size_t width, float *x);

#endif
