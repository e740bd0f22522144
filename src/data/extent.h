/* extent: how far values reach, and whether other rows reach as far.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_EXTENT_H
#define INKI_EXTENT_H

#include "data/data.h"

enum { INKI_EXTENT_COLUMNS = 1024 }; /* tables of more columns have no ranges of their own for each */

/* Of all values; and of each column where rows are no images. */
struct inki_extent {
    double low, high, mean;
    double *lows, *highs,
        *means; /* [count], in one block at lows; NULL for images and wide tables; means may be unknown */
    size_t count;
};

/* Errors: NO_MEMORY. Ownership: the caller, inki_extent_free. */
ink_status inki_extent_measure(ink_ctx *ctx, const ink_data *data, struct inki_extent *out);
void inki_extent_free(struct inki_extent *range);

/* lows, highs and means for so many columns, undefined at first. Errors: NO_MEMORY. */
ink_status inki_extent_make_room(ink_ctx *ctx, size_t columns, struct inki_extent *out);

/* Whether the data's values are like those of `known` in `where`. If they are of another scale, are its negative, or lie far outside,
 * the text says so. Allocates nothing. */
bool inki_extent_holds(const ink_data *data, const struct inki_extent *known, const char *where, char *text,
                       size_t room);

/* The same as a warning, with the data's name before it. */
void inki_extent_compare(ink_ctx *ctx, const ink_data *data, const struct inki_extent *known, const char *where);

#endif
