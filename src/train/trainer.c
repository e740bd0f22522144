/* trainer: the training loop: steps, a row of history now and then, and when to end.
 * SPDX-License-Identifier: MIT */
#include "train/trainer.h"
#include "base/clock.h"
#include "base/sized.h"
#include "model/finite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- rows of the history ---- */

static bool is_better(const ink_trainer *trainer, const ink_epoch *row)
{
    if (!trainer->valid) return false;
    return trainer->best_step == 0 || inki_is_better(row->scores, row->monitor, row->val, trainer->best);
}

static ink_status measure(ink_trainer *trainer, ink_epoch *row)
{
    const struct inki_loss *loss = trainer->model->loss;
    double seconds = trainer->training_seconds;
    if (!inki_all_finite(trainer->model->w, trainer->model->size)) return inki_diverged(trainer, trainer->step);
    *row = (ink_epoch){.epoch = (trainer->step + trainer->per_epoch - 1) / trainer->per_epoch,
                       .step = trainer->step,
                       .steps_total = trainer->steps_total,
                       .scores = loss->scores,
                       .score_count = loss->score_count,
                       .monitor = trainer->monitor,
                       .lr = inki_schedule_rate(&trainer->schedule, trainer->step - 1)};
    inki_loss_scores(loss, &trainer->sums, trainer->model->numbers.targets, row->train);
    row->rows_per_second = seconds > 0 ? (double)trainer->sums.rows / seconds : 0;
    for (size_t i = 0; i < INK_MOST_SCORES; i++) row->val[i] = (double)NAN;
    if (trainer->valid) {
        inki_score(&trainer->scorer, trainer->valid, row->val);
        if (!trainer->watch.worst_noted && trainer->step >= trainer->per_epoch)
            trainer->watch.worst_noted = inki_worst_note(trainer->ctx, &trainer->scorer.worst,
                                                         inki_trainer_kept(trainer), trainer->valid, "validation loss");
        if (!isfinite(row->val[INK_LOSS])) return inki_diverged(trainer, trainer->step);
    }
    row->seconds = inki_seconds_now() - trainer->started;
    trainer->sums = (struct inki_sums){0};
    trainer->training_seconds = 0;
    return INK_OK;
}

static void note_best(ink_trainer *trainer, ink_epoch *row)
{
    size_t bytes = trainer->model->size * sizeof *trainer->model->w;
    row->best = is_better(trainer, row);
    const float *w = inki_trainer_kept(trainer)->w;
    memcpy(trainer->row_w, w, bytes);
    if (!row->best) return;
    memcpy(trainer->best, row->val, sizeof trainer->best);
    trainer->best_step = trainer->step;
    if (trainer->best_w) memcpy(trainer->best_w, w, bytes);
}

static ink_status finish_row(ink_trainer *trainer, ink_epoch *row)
{
    INK_TRY(measure(trainer, row));
    note_best(trainer, row);
    INK_TRY(inki_run_add_epoch(trainer->ctx, trainer->run, row));
    inki_schedule_row(&trainer->schedule, trainer->step, row->val[INK_LOSS]);
    inki_watch_row(trainer, row);
    return INK_OK;
}

/* ---- asking the caller ---- */

static bool report_row(ink_trainer *trainer, const ink_hooks *hooks, const ink_epoch *row, double now)
{
    if (!hooks->progress) return true;
    double seconds = now - trainer->started, left = (double)(trainer->steps_total - trainer->step);
    double rate = trainer->training_seconds > 0 ? (double)trainer->sums.rows / trainer->training_seconds : 0;
    ink_progress progress = {.epoch = trainer->step ? (trainer->step - 1) / trainer->per_epoch + 1 : 1,
                             .epochs = (trainer->steps_total + trainer->per_epoch - 1) / trainer->per_epoch,
                             .step = trainer->step,
                             .steps_total = trainer->steps_total,
                             .seconds = seconds,
                             .rows_per_second = row ? row->rows_per_second : rate,
                             .seconds_left = trainer->step ? seconds / (double)trainer->step * left : 0,
                             .row = row};
    trainer->last_call = now;
    return hooks->progress(hooks->user, &progress);
}

/* ---- the loop ---- */

static bool at_row(const ink_trainer *trainer)
{
    return trainer->step % trainer->eval_every == 0 || trainer->step == trainer->steps_total;
}

static bool is_spent(const ink_trainer *trainer, double now)
{
    return trainer->budget > 0 && now - trainer->began_here >= trainer->budget;
}

/* Steps until a row is due. False if the caller cancelled. */
static ink_status run_steps(ink_trainer *trainer, const ink_hooks *hooks, bool *cancelled)
{
    double before = inki_seconds_now();
    do {
        INK_TRY(inki_trainer_step(trainer));
        double now = inki_seconds_now();
        trainer->training_seconds += now - before;
        before = now;
        if (inki_checkpoint_due(trainer, now) && !at_row(trainer)) {
            inki_checkpoint_save(trainer);
            before = trainer->checkpoints.last;
        }
        if (is_spent(trainer, now)) break;
        if (now - trainer->last_call < 0.1 || at_row(trainer)) continue;
        *cancelled = !report_row(trainer, hooks, NULL, now);
        before = inki_seconds_now();
    } while (!at_row(trainer) && !*cancelled);
    return INK_OK;
}

bool inki_trainer_is_early(const ink_trainer *trainer)
{
    return trainer->early_stop && trainer->step - trainer->best_step >= trainer->early_stop;
}

static void end_training(ink_trainer *trainer, bool cancelled)
{
    char *ended = trainer->run->ended;
    size_t room = sizeof trainer->run->ended;
    if (cancelled)
        snprintf(ended, room, "cancelled after step %zu", trainer->step);
    else if (trainer->step < trainer->steps_total && !inki_trainer_is_early(trainer))
        snprintf(ended, room, "time budget (%g s) exhausted after step %zu", trainer->budget, trainer->step);
    else if (trainer->step < trainer->steps_total)
        snprintf(ended, room, "no improvement for %zu epochs", trainer->early_stop / trainer->per_epoch);
    else if (trainer->step % trainer->per_epoch)
        snprintf(ended, room, "finished %zu of %zu steps", trainer->steps_total, trainer->steps_total);
    else
        snprintf(ended, room, "finished %zu of %zu epochs", trainer->step / trainer->per_epoch,
                 trainer->steps_total / trainer->per_epoch);
    bool has_best = trainer->best_w && trainer->run->best < trainer->run->epoch_count;
    if (has_best) trainer->run->kept = trainer->run->best;
    float *ends_with = inki_trainer_kept(trainer)->w;
    const float *kept = has_best ? trainer->best_w : ends_with;
    size_t bytes = trainer->model->size * sizeof *kept;
    if (kept != trainer->model->w) memcpy(trainer->model->w, kept, bytes);
    if (kept != ends_with) memcpy(ends_with, kept, bytes);
}

/* Reports the rows from before a resumed training began. False if the caller cancelled. */
static bool replay(ink_trainer *trainer, const ink_hooks *hooks)
{
    bool go_on = true;
    for (size_t i = 0; trainer->replay && i < trainer->run->epoch_count; i++)
        go_on = report_row(trainer, hooks, &trainer->run->epochs[i], trainer->last_call) && go_on;
    trainer->replay = false;
    return go_on;
}

/* A cancelled training can be resumed. Where it was cancelled between two rows of the history this comes before the
 * row that ends it, which an uninterrupted training does not have. */
static void checkpoint_cancelled(ink_trainer *trainer)
{
    if (*trainer->checkpoints.path && trainer->checkpoints.kind != INKI_CHECKPOINT_NONE) inki_checkpoint_save(trainer);
}

static ink_status train_row(ink_trainer *trainer, const ink_hooks *hooks, ink_epoch *row, bool *more)
{
    bool cancelled = false;
    if (trainer->step == trainer->steps_total || *trainer->run->ended)
        return inki_fail(trainer->ctx, INK_BAD_ARGUMENT, "training has ended (%s)", trainer->run->ended);
    if (trainer->step == 0) trainer->started = trainer->began_here = trainer->last_call = inki_seconds_now();
    if (!replay(trainer, hooks))
        return inki_fail(trainer->ctx, INK_CANCELLED, "cancelled after step %zu", trainer->step);
    ink_status status = run_steps(trainer, hooks, &cancelled);
    if (status == INK_OK && cancelled) checkpoint_cancelled(trainer);
    bool between = cancelled;
    if (status == INK_OK) status = finish_row(trainer, row);
    if (status != INK_OK) return status;
    if (!report_row(trainer, hooks, row, inki_seconds_now())) cancelled = true;
    bool over = trainer->step == trainer->steps_total || inki_trainer_is_early(trainer) ||
                is_spent(trainer, inki_seconds_now());
    if (!over && !between && cancelled) checkpoint_cancelled(trainer);
    if (!over && !cancelled && inki_checkpoint_due(trainer, inki_seconds_now())) inki_checkpoint_save(trainer);
    if (over || cancelled) {
        end_training(trainer, cancelled && !over);
        INK_TRY(inki_threshold_end(trainer));
    }
    *more = !over && !cancelled;
    if (cancelled && !over)
        return inki_fail(trainer->ctx, INK_CANCELLED, "cancelled in epoch %zu, after step %zu", row->epoch, row->step);
    return INK_OK;
}

ink_status inki_hooks_take(ink_ctx *ctx, const ink_hooks *hooks, ink_hooks *out)
{
    *out = (ink_hooks)INK_INIT(ink_hooks);
    return hooks ? inki_sized_take(ctx, "ink_hooks", hooks, out, sizeof *out) : INK_OK;
}

ink_status ink_trainer_epoch(ink_trainer *trainer, const ink_hooks *hooks, ink_epoch *row, bool *more)
{
    ink_hooks known;
    ink_epoch full = {0};
    *more = false;
    ink_status status = inki_hooks_take(trainer->ctx, hooks, &known);
    if (status == INK_OK) status = train_row(trainer, &known, &full, more);
    inki_sized_give(row, &full, sizeof full, sizeof full);
    return status;
}

const ink_model *ink_trainer_model(const ink_trainer *trainer) { return inki_trainer_kept(trainer); }
