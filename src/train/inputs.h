/* inputs: whether data has the columns and classes that a model was trained on.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_INPUTS_H
#define INKI_INPUTS_H

#include "data/data.h"
#include "model/model.h"

/* Keeps the names of the data's columns in the model's metadata, if it has names, and what its labels call the classes, where these were
 * given other names. Errors: NO_MEMORY. */
ink_status inki_inputs_keep(ink_ctx *ctx, ink_model *model, const ink_data *data);

/* map[data->classes]: for each class of the data, the model's class of that name (inki_data_map_classes). Errors: BAD_DATA, NO_MEMORY. */
ink_status inki_inputs_map_classes(ink_ctx *ctx, const ink_model *model, const ink_data *data, int32_t *map);

/* Whether the data's columns are those of the model. Errors: BAD_DATA for another number of features or another shape; for other columns
 * as far as both sides have names; for words where the model has numbers or other words, and the other way round. */
ink_status inki_inputs_match(ink_ctx *ctx, const ink_model *model, const ink_data *data);

/* The last of these alone. */
ink_status inki_inputs_match_words(ink_ctx *ctx, const ink_model *model, const ink_data *data);

/* Notes on gaps and words that the training rows had not. */
void inki_inputs_warn(ink_ctx *ctx, const ink_model *model, const ink_data *data);

/* All of this, with notes on values that are beyond those of the training rows. */
ink_status inki_inputs_check(ink_ctx *ctx, const ink_model *model, const ink_data *data);

/* Warns, where somebody listens, of rows x[rows][features] that are not like those that the model was trained on. Errors:
 * NO_MEMORY. */
ink_status inki_inputs_compare(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x);

#endif
