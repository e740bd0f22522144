/* nearest: the rows of a class that are most like a given one, value by value.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NEAREST_H
#define INKI_NEAREST_H

#include "data/data.h"

enum { INKI_NEAREST = 3 };
#define INKI_NEAREST_WORK                                                                                              \
    4e9 /* differences that may be made for one row; with more only every so manieth row is looked at */

/* What is looked for, and the rows that were found, the nearest first (of equally near ones the first). */
struct inki_nearest {
    const float *x; /* [features], raw */
    int32_t class;
    uint32_t rows[INKI_NEAREST];
    double apart[INKI_NEAREST]; /* sums of squared differences */
    size_t count;               /* found: INKI_NEAREST, or all that the class has */
};

/* Goes through the rows once for all of wanted[count]. map[data->classes]: the number of each of the data's classes in inki_nearest.class. Returns
 * how many rows there are to each that was looked at, 1 for all of them, in *each. Errors: NO_MEMORY. */
ink_status inki_nearest_find(ink_ctx *ctx, const ink_data *data, const int32_t *map, struct inki_nearest *wanted,
                             size_t count, size_t *each);

#endif
