/* outlying: rows that are unlike all others, by models that were not trained on them.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_OUTLYING_H
#define INKI_OUTLYING_H

#include "data/data.h"
#include "model/model.h"

/* Rows are listed from here on: an estimated share of 1 in 1,100, which a few of many rows that belong reach too. */
#define INKI_OUTLYING_FROM 7.0

/* rarity[rows[i]], for each row i of `fold`, on which the model was not trained: -ln of the estimated share of such rows that are at least as unlike all
 * that it was trained on (the distances of ink_known). A share of few rows or none goes on as the tail of the others does, from their 90th to their 99th
 * percentile, so that what is far out is distinguished from what is the last of many; that holds as long as under a hundredth of the rows do not belong.
 * Nothing is written, and *done is false, where the model cannot say (inki_unlike_refuses) or has too few rows. Errors: NO_MEMORY. */
ink_status inki_outlying_ask(ink_ctx *ctx, const ink_model *model, const ink_data *fold, const uint32_t *rows,
                             double *rarity, bool *done);

#endif
