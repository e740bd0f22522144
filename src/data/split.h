/* split: training, validation and test rows of one data object.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SPLIT_H
#define INKI_SPLIT_H

#include "data/data.h"

enum inki_part { INKI_PART_TRAIN, INKI_PART_VALID, INKI_PART_TEST, INKI_PARTS };

/* Views of `valid` validation rows, `test` test rows and of all others for training, by the settings stratify, shuffle and seed;
 * valid + test < data->rows. A part without rows is NULL. Errors: NO_MEMORY; parts[] may hold some then. Ownership: the caller. */
ink_status inki_data_cut(ink_ctx *ctx, const ink_data *data, const ink_settings *set, size_t valid, size_t test,
                         ink_data *parts[INKI_PARTS]);

/* Errors: BAD_SETTING for the setting stratify with targets that are numbers. */
ink_status inki_check_stratify(ink_ctx *ctx, const ink_data *data, const ink_settings *set);

#endif
