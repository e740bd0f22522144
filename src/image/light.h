/* light: takes uneven light out of a grey image.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LIGHT_H
#define INKI_LIGHT_H

#include "image/plane.h"

/* How much stands out from the background, on either side of it. */
struct inki_relief {
    double above, below;
};

/* Fits a surface of the second degree to the background, which is what most of the border is, and takes it from the plane,
 * whose background then is about 0. spare has room for the plane. */
INKI_WITHIN struct inki_relief inki_light_level(struct inki_plane *plane, float *spare);

#endif
