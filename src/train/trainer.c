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
        INK_TRY(inki_score(&trainer->scorer, trainer->valid, row->val));
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
    INK_TRY(inki_peers_compare(trainer));
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
    if (trainer->stop_step) return trainer->step >= trainer->stop_step;
    return trainer->budget > 0 && now - trainer->began_here >= trainer->budget;
}

/* Whether to end after a step between rows, and why. */
static enum inki_wish ask_between(ink_trainer *trainer, const ink_hooks *hooks, double now)
{
    if (is_spent(trainer, now)) return INKI_SPENT;
    if (now - trainer->last_call < 0.1 || at_row(trainer)) return INKI_GO_ON;
    return report_row(trainer, hooks, NULL, now) ? INKI_GO_ON : INKI_CANCEL;
}

/* Steps until a row is due. */
static ink_status run_steps(ink_trainer *trainer, const ink_hooks *hooks, bool *cancelled)
{
    double before = inki_seconds_now();
    enum inki_wish wish;
    do {
        INK_TRY(inki_trainer_step(trainer));
        double now = inki_seconds_now();
        trainer->training_seconds += now - before;
        before = now;
        if (inki_checkpoint_due(trainer, now) && !at_row(trainer)) {
            inki_checkpoint_save(trainer);
            before = trainer->checkpoints.last;
        }
        const double called = trainer->last_call;
        wish = ask_between(trainer, hooks, now);
        INK_TRY(inki_peers_decide(trainer, false, &wish));
        if (trainer->last_call != called) before = inki_seconds_now();
    } while (!at_row(trainer) && wish == INKI_GO_ON);
    *cancelled = wish == INKI_CANCEL;
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
    else if (trainer->step < trainer->steps_total && trainer->stop_step && !inki_trainer_is_early(trainer))
        snprintf(ended, room, "stopped after step %zu, where the model ended", trainer->step);
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

/* Reports the rows from before a resumed training began; *wish: whether rank 0's caller goes on. */
static ink_status replay(ink_trainer *trainer, const ink_hooks *hooks, enum inki_wish *wish)
{
    *wish = INKI_GO_ON;
    if (!trainer->replay) return INK_OK;
    for (size_t i = 0; i < trainer->run->epoch_count; i++)
        if (!report_row(trainer, hooks, &trainer->run->epochs[i], trainer->last_call)) *wish = INKI_CANCEL;
    trainer->replay = false;
    return inki_peers_decide(trainer, true, wish);
}

/* A cancelled training can be resumed. Where it was cancelled between two rows of the history this comes before the
 * row that ends it, which an uninterrupted training does not have. */
static void checkpoint_cancelled(ink_trainer *trainer)
{
    if (*trainer->checkpoints.path && trainer->checkpoints.kind != INKI_CHECKPOINT_NONE) inki_checkpoint_save(trainer);
}

/* A row is finished: *cancelled or *spent where training is to end with it, as rank 0 has it. */
static ink_status ask_at_row(ink_trainer *trainer, const ink_hooks *hooks, const ink_epoch *row, bool *cancelled,
                             bool *spent)
{
    const double now = inki_seconds_now();
    const bool go_on = report_row(trainer, hooks, row, now);
    enum inki_wish wish = is_spent(trainer, now) ? INKI_SPENT : go_on && !*cancelled ? INKI_GO_ON : INKI_CANCEL;
    INK_TRY(inki_peers_decide(trainer, true, &wish));
    *cancelled = wish == INKI_CANCEL || (*cancelled && wish == INKI_GO_ON);
    *spent = wish == INKI_SPENT;
    return INK_OK;
}

static ink_status train_row(ink_trainer *trainer, const ink_hooks *hooks, ink_epoch *row, bool *more)
{
    bool cancelled = false, spent;
    if (trainer->step == trainer->steps_total || *trainer->run->ended)
        return inki_fail(trainer->ctx, INK_BAD_ARGUMENT, "training has ended (%s)", trainer->run->ended);
    if (trainer->step == 0) trainer->started = trainer->began_here = trainer->last_call = inki_seconds_now();
    enum inki_wish wish;
    INK_TRY(replay(trainer, hooks, &wish));
    if (wish != INKI_GO_ON) return inki_fail(trainer->ctx, INK_CANCELLED, "cancelled after step %zu", trainer->step);
    ink_status status = run_steps(trainer, hooks, &cancelled);
    if (status == INK_OK && cancelled) checkpoint_cancelled(trainer);
    bool between = cancelled;
    if (status == INK_OK) status = finish_row(trainer, row);
    if (status != INK_OK) return status;
    INK_TRY(ask_at_row(trainer, hooks, row, &cancelled, &spent));
    bool over = trainer->step == trainer->steps_total || inki_trainer_is_early(trainer) || spent;
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
