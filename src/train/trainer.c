/* trainer: the training loop: batches, gradient, update, and a row of history now and then.
 * SPDX-License-Identifier: MIT
 *
 * A step's rows go through the network in chunks that stay in the cache; gradients add up over the chunks in the order of
 * the rows, so the chunks do not show in the result, and memory does not grow with the batch. */
#include "train/trainer.h"
#include "base/mem.h"
#include "base/settings.h"
#include "train/start.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- one step ---- */

/* Rows of a shuffled order come from memory, and slowly: the next chunk's are asked for while this one is computed. */
static void fetch_next(ink_trainer *trainer, const uint32_t *rows, size_t count)
{
    size_t left = inki_batches_after(&trainer->batches, rows, count), next = left < count ? left : count;
    size_t size = inki_row_places(trainer->train, rows + count, 0, next, trainer->next_places);
    inki_pass_ahead(&trainer->pass, trainer->next_places, next, size);
}

/* Logits of rows[0..count-1] of the batch, which begin at its row `first`. */
static float *forward_chunk(ink_trainer *trainer, const uint32_t *rows, size_t first, size_t count)
{
    struct inki_pass *pass = &trainer->pass;
    const ink_data *train = trainer->train;
    pass->step = (uint32_t)trainer->step;
    pass->first_row = (uint32_t)first;
    inki_row_places(train, rows + first, 0, count, trainer->places);
    inki_row_labels(train, rows + first, 0, count, trainer->labels);
    fetch_next(trainer, rows + first, count);
    return inki_forward(pass, trainer->places, train->bytes != NULL, count);
}

/* Forward and loss of one chunk; with `backward` its part of the gradient too. Returns the sum of losses. */
static double run_chunk(ink_trainer *trainer, const uint32_t *rows, size_t first, size_t count, size_t batch,
                        bool backward)
{
    const ink_model *model = trainer->model;
    struct inki_softmax call = {.rows = count,
                                .classes = model->classes,
                                .stride = inki_logit_stride(model),
                                .labels = trainer->labels,
                                .smoothing = trainer->smoothing,
                                .scale = 1.0f / (float)batch,
                                .row_loss = trainer->losses,
                                .row_hit = trainer->hits};
    double sum = 0;
    call.z = forward_chunk(trainer, rows, first, count);
    if (backward) call.dz = trainer->pass.d[0];
    inki_loss(trainer->ctx, &call);
    for (size_t i = 0; i < count; i++) {
        sum += trainer->losses[i];
        if (backward) trainer->right += trainer->hits[i];
    }
    if (backward && isfinite(sum)) inki_backward(&trainer->pass, count, trainer->g, first > 0, first + count == batch);
    return sum;
}

/* All chunks, as even as can be. Returns the mean loss. */
static double run_batch(ink_trainer *trainer, const uint32_t *rows, size_t count, bool backward)
{
    size_t chunks = (count + INKI_CHUNK_ROWS - 1) / INKI_CHUNK_ROWS, first = 0;
    double sum = 0;
    for (; chunks > 0; chunks--) {
        size_t size = (count - first + chunks - 1) / chunks;
        sum += run_chunk(trainer, rows, first, size, count, backward);
        first += size;
    }
    return sum / (double)count;
}

static bool all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

/* The first layer whose weights are not finite, else the first whose outputs are not. */
static const char *sick_layer(const ink_trainer *trainer, const char **part)
{
    const ink_model *model = trainer->model;
    *part = "weights";
    for (size_t l = 0; l < model->layer_count; l++)
        if (!all_finite(model->w + model->layers[l].offset, model->layers[l].size)) return model->layers[l].name;
    *part = "outputs";
    for (size_t l = 0; l + 1 < model->layer_count; l++)
        if (trainer->pass.y[l] && !all_finite(trainer->pass.y[l], trainer->pass.rows * model->layers[l].out_stride))
            return model->layers[l].name;
    return model->layers[model->layer_count - 1].name;
}

/* `step` counts from 1: the step whose result is not finite. */
static ink_status diverged(ink_trainer *trainer, size_t step)
{
    size_t epoch = (step - 1) / trainer->per_epoch + 1;
    const char *part, *layer = sick_layer(trainer, &part);
    snprintf(trainer->run->ended, sizeof trainer->run->ended, "diverged in epoch %zu, step %zu", epoch, step);
    memcpy(trainer->model->w, trainer->row_w, trainer->model->size * sizeof *trainer->model->w);
    return inki_fail(trainer->ctx, INK_DIVERGED,
                     "epoch %zu, step %zu: training diverged: the %s of layer %s are no longer finite; try lr %g, "
                     "clip-norm 1, or scale standard",
                     epoch, step, part, *layer ? layer : "the input",
                     inki_schedule_rate(&trainer->schedule, step - 1) / 10);
}

/* With Nesterov's optimiser the gradient is taken ahead of the weights, but a step's loss is told at the weights. */
static ink_status one_step(ink_trainer *trainer)
{
    const uint32_t *rows;
    size_t count = inki_batches_rows(&trainer->batches, trainer->step, &rows);
    bool ahead = trainer->optim.kind == INKI_OPT_nesterov;
    trainer->pass.fresh = true;
    double at_weights = trainer->step_losses && ahead ? run_batch(trainer, rows, count, false) : 0;
    double lr = inki_schedule_rate(&trainer->schedule, trainer->step);
    inki_optim_before(&trainer->optim);
    trainer->pass.sgd = count <= INKI_CHUNK_ROWS ? inki_optim_fuse(&trainer->optim, lr) : NULL;
    double loss = run_batch(trainer, rows, count, true);
    if (!isfinite(loss)) return diverged(trainer, trainer->step + 1);
    if (trainer->step_losses) INK_TRY(inki_run_add_step(trainer->run, ahead ? at_weights : loss));
    trainer->loss_sum += loss * (double)count;
    trainer->rows += count;
    inki_optim_step(&trainer->optim, trainer->g, lr);
    trainer->step++;
    return INK_OK;
}

/* ---- rows of the history ---- */

static bool is_better(const ink_trainer *trainer, const ink_epoch *row)
{
    if (!trainer->valid) return false;
    if (trainer->by_accuracy && row->val_accuracy != trainer->best_accuracy)
        return row->val_accuracy > trainer->best_accuracy;
    return row->val_loss < trainer->best_loss;
}

static ink_status measure(ink_trainer *trainer, ink_epoch *row)
{
    double seconds = trainer->training_seconds;
    if (!all_finite(trainer->model->w, trainer->model->size)) return diverged(trainer, trainer->step);
    *row = (ink_epoch){.epoch = (trainer->step + trainer->per_epoch - 1) / trainer->per_epoch,
                       .step = trainer->step,
                       .steps_total = trainer->steps_total,
                       .val_loss = (double)NAN,
                       .val_accuracy = (double)NAN,
                       .lr = inki_schedule_rate(&trainer->schedule, trainer->step - 1)};
    row->train_loss = trainer->loss_sum / (double)trainer->rows;
    row->train_accuracy = (double)trainer->right / (double)trainer->rows;
    row->rows_per_second = seconds > 0 ? (double)trainer->rows / seconds : 0;
    if (trainer->valid) {
        inki_score(&trainer->scorer, trainer->valid, &row->val_loss, &row->val_accuracy);
        if (!isfinite(row->val_loss)) return diverged(trainer, trainer->step);
    }
    row->seconds = seconds_now() - trainer->started;
    trainer->loss_sum = 0;
    trainer->right = trainer->rows = 0;
    trainer->training_seconds = 0;
    return INK_OK;
}

static void note_best(ink_trainer *trainer, ink_epoch *row)
{
    size_t bytes = trainer->model->size * sizeof *trainer->model->w;
    row->best = is_better(trainer, row);
    memcpy(trainer->row_w, trainer->model->w, bytes);
    if (!row->best) return;
    trainer->best_loss = row->val_loss;
    trainer->best_accuracy = row->val_accuracy;
    trainer->best_step = trainer->step;
    if (trainer->best_w) memcpy(trainer->best_w, trainer->model->w, bytes);
}

static ink_status finish_row(ink_trainer *trainer, ink_epoch *row)
{
    INK_TRY(measure(trainer, row));
    note_best(trainer, row);
    INK_TRY(inki_run_add_epoch(trainer->run, row));
    inki_schedule_row(&trainer->schedule, trainer->step, row->val_loss);
    return INK_OK;
}

/* ---- asking the caller ---- */

static bool tell(ink_trainer *trainer, const ink_hooks *hooks, const ink_epoch *row, double now)
{
    if (!hooks || !hooks->progress) return true;
    double seconds = now - trainer->started, left = (double)(trainer->steps_total - trainer->step);
    double rate = trainer->training_seconds > 0 ? (double)trainer->rows / trainer->training_seconds : 0;
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

/* Steps until a row is due. False if the caller cancelled. */
static ink_status run_steps(ink_trainer *trainer, const ink_hooks *hooks, bool *cancelled)
{
    double before = seconds_now();
    do {
        INK_TRY(one_step(trainer));
        double now = seconds_now();
        trainer->training_seconds += now - before;
        before = now;
        if (now - trainer->last_call < 0.1 || at_row(trainer)) continue;
        *cancelled = !tell(trainer, hooks, NULL, now);
        before = seconds_now();
    } while (!at_row(trainer) && !*cancelled);
    return INK_OK;
}

static bool is_early(const ink_trainer *trainer)
{
    return trainer->early_stop && trainer->step - trainer->best_step >= trainer->early_stop;
}

static void end_training(ink_trainer *trainer, bool cancelled)
{
    char *ended = trainer->run->ended;
    size_t room = sizeof trainer->run->ended;
    if (cancelled)
        snprintf(ended, room, "cancelled after step %zu", trainer->step);
    else if (trainer->step < trainer->steps_total)
        snprintf(ended, room, "no improvement for %zu epochs", trainer->early_stop / trainer->per_epoch);
    else if (trainer->step % trainer->per_epoch)
        snprintf(ended, room, "all %zu steps done", trainer->steps_total);
    else
        snprintf(ended, room, "all %zu epochs done", trainer->step / trainer->per_epoch);
    if (!trainer->best_w || trainer->run->best == trainer->run->epoch_count) return;
    memcpy(trainer->model->w, trainer->best_w, trainer->model->size * sizeof *trainer->model->w);
    trainer->run->kept = trainer->run->best;
}

ink_status ink_trainer_epoch(ink_trainer *trainer, const ink_hooks *hooks, ink_epoch *row, bool *more)
{
    bool cancelled = false;
    *more = false;
    *row = (ink_epoch){0};
    if (trainer->step == trainer->steps_total || *trainer->run->ended)
        return inki_fail(trainer->ctx, INK_BAD_ARGUMENT, "training has ended (%s)", trainer->run->ended);
    if (trainer->step == 0) trainer->started = trainer->last_call = seconds_now();
    ink_status status = run_steps(trainer, hooks, &cancelled);
    if (status == INK_OK) status = finish_row(trainer, row);
    if (status != INK_OK) return status;
    if (!tell(trainer, hooks, row, seconds_now())) cancelled = true;
    bool over = trainer->step == trainer->steps_total || is_early(trainer);
    if (over || cancelled) end_training(trainer, cancelled && !over);
    *more = !over && !cancelled;
    if (cancelled && !over)
        return inki_fail(trainer->ctx, INK_CANCELLED, "cancelled in epoch %zu, after step %zu", row->epoch, row->step);
    return INK_OK;
}

/* ---- beginning and end ---- */

static ink_status check_validation(ink_trainer *trainer, const ink_settings *set)
{
    if (trainer->valid) return INK_OK;
    if (inki_get_int(set, INKI_EARLY_STOP))
        return inki_fail(trainer->ctx, INK_BAD_SETTING, "early-stop needs a validation part; set val, e.g. to 0.1");
    if (inki_schedule_needs_validation(&trainer->schedule))
        return inki_fail(trainer->ctx, INK_BAD_SETTING,
                         "schedule plateau needs a validation part; set val, e.g. to 0.1");
    return INK_OK;
}

static ink_status check_valid(const ink_data *train, const ink_data *valid)
{
    if (!valid || valid->rows == 0) return INK_OK;
    if (valid->features != train->features || !valid->labels)
        return inki_fail(train->ctx, INK_BAD_DATA,
                         "the validation part has %zu features and %s, the training part %zu and labels",
                         valid->features, valid->labels ? "labels" : "no labels", train->features);
    size_t common = valid->classes < train->classes ? valid->classes : train->classes;
    if (inki_same_classes(valid->class_names, valid->classes, train->class_names, common)) return INK_OK;
    return inki_fail(train->ctx, INK_BAD_DATA, "the validation part has other classes than the training part");
}

static ink_status begin_model(ink_trainer *trainer, const ink_settings *set, const ink_model *start)
{
    const ink_data *train = trainer->train;
    if (!start) return inki_start_model(trainer->ctx, train, set, &trainer->model);
    if (start->features != train->features || start->classes != train->classes)
        return inki_fail(trainer->ctx, INK_BAD_DATA,
                         "the starting model has %zu features and %zu classes, the data %zu and %zu", start->features,
                         start->classes, train->features, train->classes);
    if (!inki_same_classes(start->class_names, start->classes, train->class_names, train->classes))
        return inki_fail(trainer->ctx, INK_BAD_DATA,
                         "the starting model was trained on other classes than the data has");
    return inki_model_copy(start, &trainer->model);
}

static ink_status begin_plan(ink_trainer *trainer, const ink_settings *set)
{
    size_t size = inki_get_int(set, INKI_BATCH), steps = inki_get_int(set, INKI_STEPS),
           every = inki_get_int(set, INKI_EVAL_EVERY);
    enum inki_shuffle shuffle = (enum inki_shuffle)inki_get_choice(set, INKI_SHUFFLE);
    if (size == 0 || size >= trainer->train->rows)
        shuffle = INKI_SHUFFLE_NONE; /* all rows make one batch, in any order */
    INK_TRY(inki_batches_begin(trainer->train, size, shuffle, inki_get_int(set, INKI_SEED), &trainer->batches));
    trainer->per_epoch = inki_batches_per_epoch(&trainer->batches);
    trainer->steps_total = steps ? steps : inki_get_int(set, INKI_EPOCHS) * trainer->per_epoch;
    trainer->eval_every = every ? every : trainer->per_epoch;
    trainer->early_stop = inki_get_int(set, INKI_EARLY_STOP) * trainer->per_epoch;
    inki_schedule_begin(set, trainer->per_epoch, &trainer->schedule);
    return check_validation(trainer, set);
}

static ink_status begin_blocks(ink_trainer *trainer, const ink_settings *set)
{
    ink_ctx *ctx = trainer->ctx;
    size_t count = trainer->model->size;
    bool keep_best = trainer->valid && inki_get_choice(set, INKI_KEEP) == 0;
    INK_TRY(inki_pass_begin(ctx, trainer->model, INKI_CHUNK_ROWS, true, &trainer->pass));
    INK_TRY(inki_scorer_begin(ctx, trainer->model, &trainer->scorer));
    INK_TRY(inki_optim_begin(ctx, trainer->model, set, &trainer->optim));
    trainer->g = inki_zalloc(ctx, count, sizeof *trainer->g);
    trainer->row_w = inki_alloc(ctx, count, sizeof *trainer->row_w);
    if (keep_best) trainer->best_w = inki_alloc(ctx, count, sizeof *trainer->best_w);
    if (!trainer->g || !trainer->row_w || (keep_best && !trainer->best_w)) return INK_NO_MEMORY;
    memcpy(trainer->row_w, trainer->model->w, count * sizeof *trainer->row_w);
    trainer->pass.seed = inki_get_int(set, INKI_SEED);
    return inki_run_new(ctx, &trainer->run);
}

static ink_status begin(ink_trainer *trainer, const ink_settings *set, const ink_model *start)
{
    trainer->smoothing = (float)inki_get_real(set, INKI_LABEL_SMOOTHING);
    trainer->step_losses = inki_get_bool(set, INKI_HISTORY_STEPS);
    trainer->by_accuracy = inki_get_choice(set, INKI_MONITOR) == 1;
    trainer->best_loss = (double)INFINITY;
    trainer->best_accuracy = -1;
    INK_TRY(begin_plan(trainer, set));
    INK_TRY(begin_model(trainer, set, start));
    return begin_blocks(trainer, set);
}

ink_status ink_trainer_new(ink_ctx *ctx, const ink_data *train, const ink_data *valid, const ink_settings *set,
                           const ink_model *start, ink_trainer **out)
{
    *out = NULL;
    INK_TRY(inki_data_check_classes(train));
    INK_TRY(check_valid(train, valid));
    if (ink_settings_is_set(set, "threads"))
        INK_TRY(ink_ctx_set_threads(ctx, (unsigned)inki_get_int(set, INKI_THREADS)));
    ink_trainer *trainer = inki_zalloc(ctx, 1, sizeof *trainer);
    if (!trainer) return INK_NO_MEMORY;
    trainer->ctx = trainer->pass.ctx = trainer->scorer.pass.ctx = trainer->optim.ctx = ctx;
    trainer->train = train;
    trainer->valid = valid && valid->rows ? valid : NULL;
    ink_status status = begin(trainer, set, start);
    if (status == INK_OK)
        *out = trainer;
    else
        ink_trainer_free(trainer);
    return status;
}

const ink_model *ink_trainer_model(const ink_trainer *trainer) { return trainer->model; }

void ink_trainer_free(ink_trainer *trainer)
{
    if (!trainer) return;
    ink_ctx *ctx = trainer->ctx;
    inki_batches_end(&trainer->batches);
    inki_pass_end(&trainer->pass);
    inki_scorer_end(&trainer->scorer);
    inki_optim_end(&trainer->optim);
    inki_free(ctx, trainer->g);
    inki_free(ctx, trainer->row_w);
    inki_free(ctx, trainer->best_w);
    ink_run_free(trainer->run);
    ink_model_free(trainer->model);
    inki_free(ctx, trainer);
}
