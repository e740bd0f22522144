/* encode_fit: what the columns of a table become, from the training rows.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ENCODE_FIT_H
#define INKI_ENCODE_FIT_H

#include "data/data.h"
#include "data/prep.h"
#include "model/encoding.h"

/* What the setting numbers says. */
enum inki_number_form {
    INKI_NUMBERS_AUTO,
    INKI_NUMBERS_STANDARD,
    INKI_NUMBERS_HAT,
    INKI_NUMBERS_PLE,
    INKI_NUMBERS_QUANTILE
};

struct inki_numbers_plan {
    enum inki_number_form kind;
    size_t bins; /* hat, ple: as many, about; their knots are at most one more */
};

/* Errors: BAD_SETTING. */
ink_status inki_numbers_from(ink_ctx *ctx, const ink_settings *set, struct inki_numbers_plan *out);

/* Whether the model of this data is to have an encoding: the only place that decides it. */
bool inki_encoding_wanted(const ink_settings *set, const ink_data *data);

/* Fits it to the rows of `train`, whose columns may hold words and gaps; `scale` is what the setting scale makes of a number (auto:
 * standard). What follows from the rows is a matter of their values alone, the same on every machine. Errors: NO_MEMORY, BAD_SETTING.
 * Ownership: the caller, inki_encoding_end. */
ink_status inki_encoding_fit(ink_ctx *ctx, const ink_settings *set, enum inki_scaling scale, const ink_data *train,
                             struct inki_encoding *out);

#endif
