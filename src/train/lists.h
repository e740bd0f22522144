/* lists: a table's training rows, encoded once for all epochs.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LISTS_H
#define INKI_LISTS_H

#include "data/data.h"
#include "model/model.h"

/* rows NULL: they are encoded when they are wanted. Row i begins at rows[i * step]: how many inputs are not 0, and these. */
struct inki_lists {
    struct inki_nonzero *rows;
    size_t step;
};

/* None where the model has no encoding, or they would take too much memory. Errors: NO_MEMORY. Ownership: inki_lists_end. */
ink_status inki_lists_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_lists *out);
void inki_lists_end(struct inki_lists *lists);

/* Where rows[0..count-1] of the data lie; returns the most bytes that one has. */
size_t inki_lists_places(const struct inki_lists *lists, const uint32_t *rows, size_t count, const void **places);

#endif
