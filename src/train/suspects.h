/* suspects: rows that may be labelled wrongly, by confident learning (Northcutt, Jiang and Chuang 2021), and rows that are there twice.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SUSPECTS_H
#define INKI_SUSPECTS_H

#include "data/data.h"

/* From out-of-fold answers p[rows][classes]; p[row][0] is NaN where a row has none. Data has labels. Errors: NO_MEMORY. */
ink_status inki_suspects_judge(ink_ctx *ctx, const ink_data *data, const float *p, ink_suspects **out);

#endif
