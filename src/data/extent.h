/* extent: how far values reach, and whether other rows reach as far.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_EXTENT_H
#define INKI_EXTENT_H

#include "data/data.h"

enum { INKI_EXTENT_COLUMNS = 1024 }; /* tables of more columns have no ranges of their own for each */

/* Of all values; and of each column where rows are no images. */
struct inki_extent {
    double low, high, mean;
    double *lows, *highs; /* [count], in one block at lows; NULL for images and wide tables */
    size_t count;
};

/* Errors: NO_MEMORY. Ownership: the caller, inki_extent_free. */
ink_status inki_extent_measure(ink_ctx *ctx, const ink_data *data, struct inki_extent *out);
void inki_extent_free(ink_ctx *ctx, struct inki_extent *range);

/* Warns where the data's values are of another scale than those of `known` in `where`, are its negative, or lie far outside.
 * Errors: NO_MEMORY. */
ink_status inki_extent_compare(ink_ctx *ctx, const ink_data *data, const struct inki_extent *known, const char *where);

#endif
