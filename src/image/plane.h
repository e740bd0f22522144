/* plane: grey images of a few hundred pixels a side, as floats, and what is done to them.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PLANE_H
#define INKI_PLANE_H

#include "base/within.h"
#include "image/image.h"

struct inki_plane {
    size_t height, width;
    float *v; /* [height][width] */
};

/* A part of an image, in its pixels; bottom and right are behind the last. */
struct inki_box {
    double top, left, bottom, right;
};

/* The box of the image as grey 0..1 (0.299 R + 0.587 G + 0.114 B), drawn over the whole plane: the mean of the pixels under
 * each of the plane's, or, where those are smaller than a pixel, between the nearest four. */
INKI_WITHIN void inki_plane_sample(const ink_image *image, const struct inki_box *box, struct inki_plane *out);

/* The mean of the values under each of the smaller plane's pixels. */
INKI_WITHIN void inki_plane_shrink(const struct inki_plane *from, const struct inki_box *box, struct inki_plane *out);

/* Binomial 3x3 mean, `times` over; the plane goes on beyond its edges as it ends. spare has room for the plane. */
INKI_WITHIN void inki_plane_blur(struct inki_plane *plane, float *spare, size_t times);

/* Grey opening with a square of 2*reach+1: what is bright over less than that goes. line has room for the plane's longer side
 * twice. */
INKI_WITHIN void inki_plane_open(struct inki_plane *plane, size_t reach, float *line);

/* Each pixel becomes the largest within `reach` of it (a disc). spare has room for the plane. */
INKI_WITHIN void inki_plane_thicken(struct inki_plane *plane, double reach, float *spare);

/* The value that `share` of values[count] are below; reorders them. */
INKI_WITHIN float inki_quantile(float *values, size_t count, double share);

#endif
