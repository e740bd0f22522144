/* run: what a training or an evaluation leaves: history and metrics.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_RUN_H
#define INKI_RUN_H

#include "data/data.h"
#include "inkling-extra.h"

struct ink_run {
    ink_epoch *epochs;
    size_t epoch_count, epoch_room, best; /* best == epoch_count: none */
    size_t kept;                          /* the row whose weights the model has */
    double *losses;                       /* of each step, when wanted */
    size_t step_count, step_room;
    ink_metrics metrics;
    bool has_metrics;
    ink_target_score *targets; /* [target_count], of the metrics */
    size_t target_count;
    char ended[256];
};

ink_status inki_run_new(ink_ctx *ctx, ink_run **out);
ink_status inki_run_add_epoch(ink_ctx *ctx, ink_run *run, const ink_epoch *row);
ink_status inki_run_add_step(ink_ctx *ctx, ink_run *run, double loss);

/* Scores the model on test rows. Rows that cannot be scored are a note: they cost no trained model. Errors: NO_MEMORY. */
ink_status inki_run_test(ink_ctx *ctx, const ink_model *model, const ink_data *test, ink_run *run);

#endif
