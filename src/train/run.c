/* run: history and metrics.
 * SPDX-License-Identifier: MIT */
#include "train/run.h"
#include "base/mem.h"
#include "train/metrics.h"

#include <math.h>
#include <string.h>

ink_status inki_run_new(ink_ctx *ctx, ink_run **out)
{
    *out = inki_zalloc(ctx, 1, sizeof **out);
    return *out ? INK_OK : INK_NO_MEMORY;
}

void ink_run_free(ink_run *run)
{
    if (!run) return;
    if (run->has_metrics) inki_metrics_free(&run->metrics);
    inki_free(run->targets);
    inki_free(run->epochs);
    inki_free(run->losses);
    inki_free(run);
}

/* Room for one more item; the block at least doubles. */
static void *make_room(ink_ctx *ctx, void *block, size_t count, size_t *room, size_t size)
{
    if (count < *room) return block;
    size_t larger = *room ? 2 * *room : 1024;
    void *grown = inki_grow(ctx, block, count, larger, size);
    if (grown) *room = larger;
    return grown;
}

ink_status inki_run_add_epoch(ink_ctx *ctx, ink_run *run, const ink_epoch *row)
{
    ink_epoch *epochs = make_room(ctx, run->epochs, run->epoch_count, &run->epoch_room, sizeof *epochs);
    if (!epochs) return INK_NO_MEMORY;
    bool none = run->best == run->epoch_count;
    run->epochs = epochs;
    run->kept = run->epoch_count;
    run->epochs[run->epoch_count] = *row;
    run->epochs[run->epoch_count++].size = sizeof *row;
    if (row->best)
        run->best = run->epoch_count - 1;
    else if (none)
        run->best = run->epoch_count;
    return INK_OK;
}

ink_status inki_run_add_step(ink_ctx *ctx, ink_run *run, double loss)
{
    double *losses = make_room(ctx, run->losses, run->step_count, &run->step_room, sizeof *losses);
    if (!losses) return INK_NO_MEMORY;
    run->losses = losses;
    run->losses[run->step_count++] = loss;
    return INK_OK;
}

const ink_metrics *ink_run_metrics(const ink_run *run) { return run->has_metrics ? &run->metrics : NULL; }

size_t ink_run_epochs(const ink_run *run) { return run->epoch_count; }

double ink_epoch_value(const ink_epoch *row, const char *column)
{
    bool valid = strncmp(column, "val_", 4) == 0;
    if (!valid && strncmp(column, "train_", 6) != 0) return (double)NAN;
    const char *name = column + (valid ? 4 : 6);
    for (size_t i = 0; i < row->score_count; i++)
        if (strcmp(row->scores[i].name, name) == 0) return valid ? row->val[i] : row->train[i];
    return (double)NAN;
}

const ink_epoch *ink_run_epoch(const ink_run *run, size_t i) { return i < run->epoch_count ? &run->epochs[i] : NULL; }

size_t ink_run_best(const ink_run *run) { return run->best; }

size_t ink_run_kept(const ink_run *run) { return run->kept < run->epoch_count ? run->kept : run->epoch_count; }

size_t ink_run_steps(const ink_run *run) { return run->step_count; }

const double *ink_run_step_losses(const ink_run *run) { return run->losses; }

const char *ink_run_ended(const ink_run *run) { return run->ended; }

ink_status ink_eval(ink_ctx *ctx, const ink_model *model, const ink_data *data, ink_run **out)
{
    ink_run *run;
    *out = NULL;
    INK_TRY(inki_run_new(ctx, &run));
    ink_status status = inki_run_score(ctx, model, data, run);
    if (status == INK_OK)
        *out = run;
    else
        ink_run_free(run);
    return status;
}

ink_status inki_run_test(ink_ctx *ctx, const ink_model *model, const ink_data *test, ink_run *run)
{
    ink_status status = inki_run_score(ctx, model, test, run);
    if (status != INK_BAD_DATA) return status;
    inki_note(ctx, "test part: no scores: %s", ctx->message);
    return INK_OK;
}
