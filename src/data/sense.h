/* sense: whether labels have anything to do with the rows they stand at.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SENSE_H
#define INKI_SENSE_H

#include "data/data.h"

/* shift[features], factor[features] bring the columns to one scale (NULL: they have one). Fills *out; out->rows is 0 if there
 * are too few rows. Errors: NO_MEMORY. */
ink_status inki_sense_check(ink_ctx *ctx, const ink_data *data, const float *shift, const float *factor,
                            ink_label_check *out);

#endif
