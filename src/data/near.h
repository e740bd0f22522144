/* near: images that are nearly the same: moved by a few pixels, brighter or darker, compressed again, with a little noise.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NEAR_H
#define INKI_NEAR_H

#include "data/data.h"

/* A row that an image is nearly the same as; UINT32_MAX: there is none. distance: 1 - r, with r the correlation of their values where they
 * overlap after one was moved upon the other; below INKI_NEAR_MOST. */
struct inki_near {
    uint32_t row;
    float distance;
};
#define INKI_NEAR_MOST 0.007

/* Whether such can be looked for: images of at least 8x8 pixels. */
bool inki_near_can(const ink_data *data);

/* own[data->rows]: the nearest of the earlier rows with another label; there[data->rows]: the nearest of `other` (where that is not NULL and has
 * images of the same shape). Of two as near the lower row. Not all pairs are compared: those are whose thumbnails are close. The same result for any
 * threads. Errors: NO_MEMORY. */
ink_status inki_near_each(ink_ctx *ctx, const ink_data *data, const ink_data *other, struct inki_near *own,
                          struct inki_near *there);

#endif
