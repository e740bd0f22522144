/* begin: what a training is made from, checked and allocated, and its end.
 * SPDX-License-Identifier: MIT */
#include "train/trainer.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/settings.h"
#include "train/accept.h"
#include "train/defaults.h"
#include "train/defined.h"
#include "train/inputs.h"
#include "train/start.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static ink_status check_valid_targets(ink_ctx *ctx, const ink_data *train, const ink_data *valid)
{
    if (valid->target_count == train->target_count &&
        inki_same_classes(valid->target_names, valid->target_count, train->target_names, train->target_count))
        return INK_OK;
    return inki_fail(ctx, INK_BAD_DATA, "the validation part has other targets than the training part");
}

static ink_status check_valid(ink_ctx *ctx, const ink_data *train, const ink_data *valid)
{
    if (!valid || valid->rows == 0) return INK_OK;
    if (valid->features != train->features || (!valid->labels && !valid->targets))
        return inki_fail(ctx, INK_BAD_DATA,
                         "the validation part has %zu features and %s, the training part %zu and labels",
                         valid->features, valid->labels ? "labels" : "no labels", train->features);
    if (valid->targets || train->targets) return check_valid_targets(ctx, train, valid);
    size_t common = valid->classes < train->classes ? valid->classes : train->classes;
    if (inki_same_classes(valid->class_names, valid->classes, train->class_names, common)) return INK_OK;
    return inki_fail(ctx, INK_BAD_DATA, "the validation part has other classes than the training part");
}

ink_status inki_choose_score(ink_ctx *ctx, const struct inki_loss *loss, const char *setting, const char *name,
                             size_t *score)
{
    char names[128] = "";
    *score = inki_loss_score(loss, name + strlen("val_"));
    if (*score < loss->score_count) return INK_OK;
    for (size_t i = 0, used = 0; i < loss->score_count; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%sval_%s", i ? ", " : "", loss->scores[i].name);
    return inki_fail(ctx, INK_BAD_SETTING, "%s is %s; with the loss %s it can be one of %s", setting, name, loss->name,
                     names);
}

ink_status inki_monitor(ink_ctx *ctx, const ink_settings *set, const struct inki_loss *loss, size_t *score)
{
    const char *name = ink_settings_get(set, "monitor");
    *score = loss->monitor;
    return strcmp(name, "auto") == 0 ? INK_OK : inki_choose_score(ctx, loss, "monitor", name, score);
}

static ink_status begin_model(ink_trainer *trainer, const ink_settings *set, const ink_model *start)
{
    const ink_data *train = trainer->train;
    const struct inki_loss *loss;
    INK_TRY(inki_loss_from(trainer->ctx, set, train, &loss));
    if (!start) return inki_start_model(trainer->ctx, train, set, &trainer->model);
    const char *wanted = ink_settings_get(set, "loss");
    struct inki_numbers levels = {0};
    INK_TRY(inki_loss_levels(trainer->ctx, wanted, &levels));
    if (strcmp(start->loss->name, loss->name) != 0 || !inki_levels_equal(&start->numbers, &levels))
        return inki_fail(trainer->ctx, INK_BAD_DATA, "the starting model was trained with the loss %s; expected %s",
                         ink_model_metadata(start, "loss"), strcmp(wanted, "auto") == 0 ? loss->name : wanted);
    if (start->features != train->features || start->classes != train->classes)
        return inki_fail(trainer->ctx, INK_BAD_DATA,
                         "the starting model has %zu features and %zu classes, the data %zu and %zu", start->features,
                         start->classes, train->features, train->classes);
    if (train->targets &&
        !inki_same_classes(start->target_names, start->numbers.targets, train->target_names, train->target_count))
        return inki_fail(trainer->ctx, INK_BAD_DATA,
                         "the starting model was trained on other targets than the data has");
    if (!inki_same_classes(start->class_names, start->classes, train->class_names, train->classes))
        return inki_fail(trainer->ctx, INK_BAD_DATA,
                         "the starting model was trained on other classes than the data has");
    INK_TRY(inki_inputs_match(trainer->ctx, start, train));
    return inki_model_copy(trainer->ctx, start, &trainer->model);
}

/* Rows that the network would have no finite loss for, and words whose numbers mean others to it. */
static ink_status check_rows(const ink_trainer *trainer)
{
    const ink_data *valid = trainer->valid;
    INK_TRY(inki_accept_rows(trainer->ctx, trainer->model, trainer->train));
    if (!valid) return INK_OK;
    INK_TRY(inki_accept_rows(trainer->ctx, trainer->model, valid));
    INK_TRY(inki_inputs_match_words(trainer->ctx, trainer->model, valid));
    if (!valid->part) inki_inputs_warn(trainer->ctx, trainer->model, valid); /* else of the same rows */
    return INK_OK;
}

static ink_status begin_target_mean(ink_trainer *trainer)
{
    const ink_data *train = trainer->train;
    if (!train->targets) return INK_OK;
    trainer->target_mean = inki_alloc(trainer->ctx, train->target_count, sizeof *trainer->target_mean);
    if (!trainer->target_mean) return INK_NO_MEMORY;
    inki_data_target_means(train, trainer->target_mean);
    return INK_OK;
}

/* Numbers that are beyond what the training has. */
static void note_numbers(const ink_trainer *trainer, const ink_settings *set)
{
    const size_t rows = trainer->train->rows, batch = inki_get_int(set, INKI_BATCH);
    if (ink_settings_is_set(trainer->set, "batch") && batch > rows)
        inki_note(trainer->ctx, "batch: %zu rows are more than the %zu that there are: each step takes all of them",
                  batch, rows);
    if (trainer->early_stop >= trainer->steps_total && trainer->early_stop > 0)
        inki_note(trainer->ctx, "early-stop: %zu epochs without improvement cannot come in a training of %g",
                  inki_get_int(set, INKI_EARLY_STOP), (double)trainer->steps_total / (double)trainer->per_epoch);
    inki_schedule_note(trainer->ctx, set, &trainer->schedule);
}

static ink_status begin_plan(ink_trainer *trainer, const ink_settings *set)
{
    size_t size = inki_get_int(set, INKI_BATCH), steps = inki_get_int(set, INKI_STEPS),
           every = inki_get_int(set, INKI_EVAL_EVERY);
    enum inki_shuffle shuffle = (enum inki_shuffle)inki_get_choice(set, INKI_SHUFFLE);
    if (size == 0 || size >= trainer->train->rows)
        shuffle = INKI_SHUFFLE_NONE; /* all rows make one batch, in any order */
    INK_TRY(inki_batches_begin(trainer->ctx, trainer->train, size, shuffle, inki_get_int(set, INKI_SEED),
                               &trainer->batches));
    trainer->per_epoch = inki_batches_per_epoch(&trainer->batches);
    trainer->steps_total = steps ? steps : inki_get_int(set, INKI_EPOCHS) * trainer->per_epoch;
    trainer->eval_every = every ? every : trainer->per_epoch;
    trainer->early_stop = inki_get_int(set, INKI_EARLY_STOP) * trainer->per_epoch;
    inki_schedule_begin(set, trainer->per_epoch, trainer->steps_total, &trainer->schedule);
    note_numbers(trainer, set);
    return check_validation(trainer, set);
}

static ink_status begin_average(ink_trainer *trainer, const ink_settings *set)
{
    trainer->ema = inki_get_real(set, INKI_EMA);
    return isnan(trainer->ema) ? INK_OK : inki_model_copy(trainer->ctx, trainer->model, &trainer->average);
}

/* The optimiser first: programs take plain SGD's steps with the gradient, and it leaves these to them. */
static ink_status begin_programs(ink_trainer *trainer, const ink_settings *set)
{
    INK_TRY(inki_optim_begin(trainer->ctx, trainer->model, set, &trainer->optim));
    if (!inki_augments(&trainer->augment) && !inki_mixes(&trainer->augment))
        INK_TRY(inki_lists_begin(trainer->ctx, trainer->model, trainer->train, &trainer->lists));
    INK_TRY(inki_lanes_begin(trainer, set, trainer->batches.size, inki_optim_update(&trainer->optim)));
    INK_TRY(inki_peers_begin(trainer, trainer->batches.size));
    inki_optim_leave(&trainer->optim, &trainer->lanes.lane[0].program);
    return inki_scorer_begin(trainer->ctx, inki_trainer_kept(trainer), &trainer->scorer);
}

static ink_status begin_blocks(ink_trainer *trainer, const ink_settings *set)
{
    ink_ctx *ctx = trainer->ctx;
    size_t count = trainer->model->size;
    bool keep_best = trainer->valid && strcmp(ink_settings_get(set, "keep"), "last") != 0;
    INK_TRY(begin_average(trainer, set));
    trainer->g = inki_zalloc(ctx, count, sizeof *trainer->g);
    if (!trainer->g) return INK_NO_MEMORY;
    INK_TRY(begin_programs(trainer, set));
    trainer->row_w = inki_alloc(ctx, count, sizeof *trainer->row_w);
    if (keep_best) trainer->best_w = inki_alloc(ctx, count, sizeof *trainer->best_w);
    if (!trainer->row_w || (keep_best && !trainer->best_w)) return INK_NO_MEMORY;
    memcpy(trainer->row_w, trainer->model->w, count * sizeof *trainer->row_w);
    trainer->seed = inki_get_int(set, INKI_SEED);
    return inki_run_new(ctx, &trainer->run);
}

/* Two trainings that write one checkpoint would resume each other. */
static ink_status lock_checkpoint(ink_trainer *trainer)
{
    const char *path = trainer->checkpoints.path;
    char process[40] = "";
    long other;
    INK_TRY(inki_lock_begin(trainer->ctx, path, &trainer->lock, &other));
    if (!other) return INK_OK;
    if (other > 0) snprintf(process, sizeof process, " (process %ld)", other);
    return inki_fail(trainer->ctx, INK_IO,
                     "%s: another training%s is keeping its state there; wait until it ends, or choose another name "
                     "for the model or the checkpoint",
                     path, process);
}

static ink_status begin_checkpoints(ink_trainer *trainer, const ink_settings *set)
{
    const char *path;
    INK_TRY(inki_checkpoints_begin(trainer->ctx, set, &trainer->checkpoints));
    path = trainer->checkpoints.path;
    if (*path && !inki_follows(trainer->ctx)) INK_TRY(lock_checkpoint(trainer));
    if (*path) trainer->start_hash = inki_model_hash(trainer->model);
    INK_TRY(inki_peers_meet(trainer));
    if (inki_get_bool(set, INKI_RESUME)) return inki_checkpoint_load(trainer);
    if (*path && !inki_follows(trainer->ctx) && inki_path_kind(path) == INKI_PATH_FILE)
        inki_note(
            trainer->ctx,
            "%s is from an interrupted training: --resume would continue it; this run starts over and replaces it",
            path);
    return INK_OK;
}

/* A group of rows goes through the network at once. */
static ink_status check_norms(const ink_trainer *trainer, const ink_settings *set)
{
    const ink_model *model = trainer->model;
    bool any = false;
    for (size_t i = 0; i < model->node_count; i++) any = any || model->nodes[i].op->by_batch;
    if (!any && ink_settings_is_set(set, "norm-rows"))
        inki_note(trainer->ctx, "norm-rows has no effect: the network has no batchnorm");
    if (!any || inki_get_int(set, INKI_NORM_ROWS) || trainer->batches.size <= INKI_CHUNK_ROWS) return INK_OK;
    return inki_fail(
        trainer->ctx, INK_BAD_SETTING,
        "norm-rows batch: a batch has %zu rows; statistics are taken over at most %d: set batch %d, or norm-rows "
        "to a number",
        trainer->batches.size, INKI_CHUNK_ROWS, INKI_CHUNK_ROWS);
}

/* Each lane has one, where they have a thread each. */
static size_t augment_rooms(const ink_trainer *trainer, const ink_settings *set)
{
    const size_t each = inki_shard_rows(trainer->model, inki_get_int(set, INKI_NORM_ROWS));
    return inki_lanes_alone(each) ? inki_lane_count(trainer->model, trainer->batches.size, each, trainer->ctx->threads,
                                                    inki_ranks(trainer->ctx))
                                  : 1;
}

/* Where the monitor is no number on any of its rows, the loss decides. */
static void note_monitor(const ink_trainer *trainer)
{
    const struct inki_loss *loss = trainer->model->loss;
    const char *why = trainer->valid ? inki_score_undefined(loss, trainer->monitor, trainer->valid) : NULL;
    if (why)
        inki_note(trainer->ctx, "monitor val_%s is not defined here, as the %zu validation rows %s: the loss decides",
                  loss->scores[trainer->monitor].name, trainer->valid->rows, why);
}

static ink_status begin_trainer(ink_trainer *trainer, const ink_settings *set, const ink_model *start)
{
    trainer->smoothing = (float)inki_get_real(set, INKI_LABEL_SMOOTHING);
    trainer->step_losses = inki_get_bool(set, INKI_HISTORY_STEPS);
    INK_TRY(begin_plan(trainer, set));
    INK_TRY(inki_budget(trainer->ctx, inki_get_text(set, INKI_BUDGET), &trainer->budget));
    INK_TRY(begin_model(trainer, set, start));
    trainer->start_given = start || *inki_get_text(set, INKI_INIT_FROM);
    if (trainer->start_given) trainer->start_hash = inki_model_hash(trainer->model);
    INK_TRY(check_rows(trainer));
    INK_TRY(inki_threshold_begin(trainer, set));
    INK_TRY(check_norms(trainer, set));
    INK_TRY(inki_class_weights(trainer->ctx, trainer->train, inki_get_text(set, INKI_CLASS_WEIGHT),
                               &trainer->class_weights));
    INK_TRY(inki_augment_begin(trainer->ctx, trainer->train, inki_get_text(set, INKI_AUGMENT),
                               inki_get_int(set, INKI_SEED), augment_rooms(trainer, set), &trainer->augment));
    INK_TRY(inki_monitor(trainer->ctx, set, trainer->model->loss, &trainer->monitor));
    note_monitor(trainer);
    INK_TRY(begin_target_mean(trainer));
    INK_TRY(inki_watch_begin(trainer));
    INK_TRY(begin_blocks(trainer, set));
    return begin_checkpoints(trainer, set);
}

/* What the settings stand for with these rows. */
static ink_status settle(ink_trainer *trainer, const ink_settings *set, const ink_model *start)
{
    const size_t rows = trainer->train->rows + (trainer->valid ? trainer->valid->rows : 0);
    INK_TRY(
        inki_settings_resolve(trainer->ctx, set, trainer->train, rows, trainer->valid != NULL, start, &trainer->own));
    return start ? INK_OK : inki_accept_part(trainer->ctx, trainer->valid, set, &trainer->own);
}

ink_status ink_trainer_new(ink_ctx *ctx, const ink_data *train, const ink_data *valid, const ink_settings *set,
                           const ink_model *start, ink_trainer **out)
{
    *out = NULL;
    INK_TRY(inki_data_check_targets(ctx, train));
    INK_TRY(check_valid(ctx, train, valid));
    if (ink_settings_is_set(set, "threads"))
        INK_TRY(ink_ctx_set_threads(ctx, (unsigned)inki_get_int(set, INKI_THREADS)));
    ink_trainer *trainer = inki_zalloc(ctx, 1, sizeof *trainer);
    if (!trainer) return INK_NO_MEMORY;
    trainer->ctx = trainer->optim.ctx = ctx;
    trainer->scorer.program.ctx = ctx;
    trainer->set = set; /* checkpoints have them as they were given */
    trainer->train = train;
    trainer->began_here = trainer->last_call = inki_seconds_now();
    trainer->started = trainer->began_here;
    trainer->valid = valid && valid->rows ? valid : NULL;
    ink_status status = settle(trainer, set, start);
    if (status == INK_OK) status = begin_trainer(trainer, trainer->own, start);
    if (status == INK_OK)
        *out = trainer;
    else
        ink_trainer_free(trainer);
    return status;
}

void inki_trainer_end_steps(ink_trainer *trainer)
{
    inki_lanes_end(trainer);
    inki_lists_end(&trainer->lists);
    inki_scorer_end(&trainer->scorer);
}

void ink_trainer_free(ink_trainer *trainer)
{
    if (!trainer) return;
    inki_trainer_end_steps(trainer);
    inki_batches_end(&trainer->batches);
    inki_peers_end(&trainer->peers);
    inki_optim_end(&trainer->optim);
    inki_augment_end(&trainer->augment);
    inki_free(trainer->g);
    inki_free(trainer->row_w);
    inki_free(trainer->best_w);
    ink_model_free(trainer->average);
    inki_free(trainer->watch.lives);
    inki_free(trainer->class_weights);
    inki_free(trainer->target_mean);
    inki_lock_end(&trainer->lock);
    ink_settings_free(trainer->own);
    ink_run_free(trainer->run);
    ink_model_free(trainer->model);
    inki_free(trainer);
}
