/* middle: what is usual in each column of a table.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_MIDDLE_H
#define INKI_MIDDLE_H

#include "data/data.h"

enum { INKI_MIDDLE_ROWS = 2000 }; /* that are looked at: evenly spaced ones, where there are more */

/* middles[data->features]: the lower median of a column's finite values; of words the number of the most frequent, of equally
 * frequent ones the lower. 0 for a column of gaps. Errors: NO_MEMORY. */
ink_status inki_middle_of(ink_ctx *ctx, const ink_data *data, double *middles);

#endif
