/* unlike: what tells rows unlike all others, worked out from training and validation rows, and asked of a model.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TRAIN_UNLIKE_H
#define INKI_TRAIN_UNLIKE_H

#include "data/data.h"
#include "model/unlike.h"

/* Gives the model what ink_known asks, where it can have that and there are validation rows enough. `trained`: rows that the training has passed;
 * of each part no more are looked at, so that it costs no more than a part of the training does, but INKI_UNLIKE_LEAST. Errors: NO_MEMORY. */
ink_status inki_unlike_record(ink_ctx *ctx, ink_model *model, const ink_data *train, const ink_data *valid,
                              size_t trained);

#endif
