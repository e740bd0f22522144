/* prep: statistics of the training rows that become the model's frozen first layer: x' = (x - shift) * factor.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PREP_H
#define INKI_PREP_H

#include "data/data.h"

enum inki_scaling { INKI_SCALE_AUTO, INKI_SCALE_NONE, INKI_SCALE_255, INKI_SCALE_MINMAX, INKI_SCALE_STANDARD };

/* shift[features], factor[features] from the rows of `train` (auto decided by inki_prep_kind first). A column that is
 * constant gets factor 0: it is 0 for every row. standard: mean and population deviation; minmax: to 0..1. Sums in double. Of images a
 * pixel counts as constant under standard when its deviation is less than 1/2000 of all pixels' together (docs/numerics.md). A column that
 * varies too little for a float gets a note. */
ink_status inki_prep_fit(ink_ctx *ctx, const ink_data *train, enum inki_scaling kind, float *shift, float *factor);

/* What auto means for this data: 255 for byte images (some value is 128 or more), else standard. Others stay as they are. */
enum inki_scaling inki_prep_kind(const ink_data *data, enum inki_scaling wanted);

const char *inki_scaling_name(enum inki_scaling kind);

#endif
