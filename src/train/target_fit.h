/* target_fit: how numbers to predict are scaled, found on the training rows.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TARGET_FIT_H
#define INKI_TARGET_FIT_H

#include "data/data.h"
#include "model/model.h"

/* Gives the model the scales that the setting target-scale asks for, of these rows' targets, which are the model's. Errors: BAD_DATA (log, and
 * a target that is not above 0), NO_MEMORY. */
ink_status inki_target_fit(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_model *model);

#endif
