/* train: one training on parts that are split already.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TRAIN_H
#define INKI_TRAIN_H

#include "data/data.h"
#include "model/model.h"

/* The parts of one training; valid and test are NULL where there are none. */
struct inki_parts {
    ink_data *train, *valid, *test;
    const ink_model *start; /* what training begins with; NULL: what the settings say */
    uint64_t print;         /* fingerprint of the data they come from; 0: not worked out yet */
    size_t stop_step;       /* ends at this step, whatever the budget; 0: nowhere */
};
void inki_parts_free(struct inki_parts *parts);

/* The parts by the settings val and test, of which the first may be left to the data (defaults.h). Errors: as ink_data_split. */
ink_status inki_parts_split(ink_ctx *ctx, const ink_data *data, const ink_settings *set, struct inki_parts *parts);

/* Trains, tests and writes down in the model how it was made: what ink_train does after the split. `data` is what the parts
 * come from. Errors, *model and *run: as ink_train; both must be NULL before. */
ink_status inki_train_parts(ink_ctx *ctx, const struct inki_parts *parts, const ink_data *data, const ink_settings *set,
                            const ink_hooks *hooks, ink_model **model, ink_run **run);

#endif
