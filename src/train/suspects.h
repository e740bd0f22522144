/* suspects: rows that may be labelled wrongly, by confident learning (Northcutt, Jiang and Chuang 2021), that are there twice, or that are unlike all others.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SUSPECTS_H
#define INKI_SUSPECTS_H

#include "data/data.h"

/* From out-of-fold answers p[rows][classes], with p[row][0] NaN where a row has none, and rarity[rows] of inki_outlying_ask, NaN where a row
 * has none; NULL: unlike rows are not looked for. Data has labels. Errors: NO_MEMORY. */
ink_status inki_suspects_judge(ink_ctx *ctx, const ink_data *data, const float *p, const double *rarity,
                               ink_suspects **out);

#endif
