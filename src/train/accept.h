/* accept: whether a network can be trained and validated on rows.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ACCEPT_H
#define INKI_ACCEPT_H

#include "data/data.h"
#include "model/model.h"

/* Errors: BAD_DATA, with row and column, for values that are not finite where the network has no encoding that takes gaps, and for
 * targets that are not above 0 where it answers with their logarithm. */
ink_status inki_accept_rows(ink_ctx *ctx, const ink_model *model, const ink_data *data);

/* A note if some of the data's targets have no loss, as they have no logarithm. */
void inki_accept_note(ink_ctx *ctx, const ink_model *model, const ink_data *data);

/* What the rows of a validation or test part (NULL: none) need beside the training rows: gaps an encoding, targets that are not above 0
 * another scale than the logarithm, where the settings `set` leave these open. It is set in *own, which becomes a copy of them where it
 * is NULL and something is to be set. Errors: NO_MEMORY. */
ink_status inki_accept_part(ink_ctx *ctx, const ink_data *part, const ink_settings *set, ink_settings **own);

#endif
