/* leak: features that give a number to predict away: the same number, or one that rises or falls with it without exception.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LEAK_H
#define INKI_LEAK_H

#include "data/data.h"

/* Warns of each feature that is an exact monotone function of a target, and of no other use; of none where it is the only feature. Errors:
 * NO_MEMORY. */
ink_status inki_leak_warn(ink_ctx *ctx, const ink_data *data);

#endif
