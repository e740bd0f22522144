/* relate: columns of a table over all rows: gaps, different values, rare words, and how much each has to do with the target.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_RELATE_H
#define INKI_RELATE_H

#include "data/data.h"
#include "inkling-extra.h"

/* Fills missing, distinct, words, rare and relation of columns[data->features]. Errors: NO_MEMORY. */
ink_status inki_relate_columns(ink_ctx *ctx, const ink_data *data, ink_column *columns);

/* Adds to distinct of columns[data->features] what values there are, if all are bytes; else nothing. Errors: NO_MEMORY. */
ink_status inki_relate_bytes(ink_ctx *ctx, const ink_data *data, ink_column *columns);

#endif
