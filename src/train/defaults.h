/* defaults: what `auto` stands for in the settings that go by the network and the data.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_DEFAULTS_H
#define INKI_DEFAULTS_H

#include "data/data.h"
#include "model/model.h"

/* The network of whoever names none, for such rows: images have another one than tables. */
const char *inki_default_net(const ink_data *data);

/* A copy of the settings in which net, optimizer, lr, schedule and epochs say what they stand for with these rows; start: the model that
 * training goes on with, NULL for a fresh one (else the data may be NULL). Errors: NO_MEMORY. Ownership: the caller, ink_settings_free. */
ink_status inki_settings_resolve(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const ink_model *start,
                                 ink_settings **out);

/* Notes on settings that have no effect here, and on those that replace the default network. Errors: NO_MEMORY. */
ink_status inki_settings_remark(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const ink_model *start);

#endif
