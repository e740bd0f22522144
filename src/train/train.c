/* train: split, train, test, and write down in the model how it was made.
 * SPDX-License-Identifier: MIT */
#include "train/train.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "train/accept.h"
#include "train/defaults.h"
#include "train/length.h"
#include "train/provenance.h"
#include "train/trainer.h"
#include "train/unlike.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void inki_parts_free(struct inki_parts *parts)
{
    ink_data_free(parts->train);
    ink_data_free(parts->valid);
    ink_data_free(parts->test);
    *parts = (struct inki_parts){0};
}

static void note_plan(const ink_trainer *trainer, const struct inki_parts *parts)
{
    char train[32], valid[32], test[32];
    inki_note(
        trainer->ctx, "%s training, %s validation, %s test rows; network: %zu inputs (scale %s)%s%s | dense %zu%s",
        inki_format_count(parts->train->rows, train), inki_format_count(parts->valid ? parts->valid->rows : 0, valid),
        inki_format_count(parts->test ? parts->test->rows : 0, test), trainer->model->features, trainer->model->scaling,
        *trainer->model->notation ? " | " : "", trainer->model->notation, trainer->model->outputs,
        inki_is_classifier(trainer->model) ? " softmax" : "");
}

/* Runs all epochs. Cancelled and diverged runs have a model all the same. */
static ink_status run_epochs(ink_trainer *trainer, const ink_hooks *hooks)
{
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    ink_status status = INK_OK;
    while (more && status == INK_OK) status = ink_trainer_epoch(trainer, hooks, &row, &more);
    return status;
}

/* Tests, writes down and hands over what the trainer has. `ended` is how training went. */
static ink_status hand_over(ink_trainer *trainer, const struct inki_parts *parts, const ink_data *data,
                            const ink_settings *set, ink_status ended, ink_model **model, ink_run **run)
{
    ink_run *of = trainer->run;
    const size_t trained = trainer->step * trainer->batches.size;
    inki_trainer_end_steps(trainer); /* the test has memory of its own */
    if (ended == INK_OK && parts->test) INK_TRY(inki_run_test(trainer->ctx, trainer->model, parts->test, of));
    INK_TRY(inki_record_provenance(trainer->ctx, trainer->model, data,
                                   parts->print ? parts->print : ink_data_fingerprint(data), set, of));
    if (trainer->start_given) INK_TRY(inki_record_start(trainer->ctx, trainer->model, trainer->start_hash));
    INK_TRY(inki_unlike_record(trainer->ctx, trainer->model, parts->train, parts->valid, trained));
    INK_TRY(inki_record_split(trainer->ctx, trainer->model, parts->train, parts->valid, parts->test));
    *model = trainer->model;
    *run = of;
    trainer->model = NULL;
    trainer->run = NULL;
    return INK_OK;
}

/* Settings in which nothing is left to folds of the training rows: *own, or, where nothing was, NULL. */
static ink_status choose_length(ink_ctx *ctx, const struct inki_parts *parts, const ink_settings *set,
                                ink_settings **own)
{
    const size_t rows = parts->train->rows + (parts->valid ? parts->valid->rows : 0);
    *own = NULL;
    if (parts->start || !inki_length_is_open(set, parts->train, rows)) return INK_OK;
    INK_TRY(inki_settings_resolve(ctx, set, parts->train, rows, parts->valid != NULL, NULL, own));
    ink_status status = inki_length_choose(ctx, parts->train, set, *own);
    if (status == INK_OK) return INK_OK;
    ink_settings_free(*own);
    *own = NULL;
    return status;
}

static ink_status begin_training(ink_ctx *ctx, const struct inki_parts *parts, const ink_settings *set,
                                 ink_settings **own, ink_trainer **trainer)
{
    *trainer = NULL;
    INK_TRY(choose_length(ctx, parts, set, own));
    if (!parts->start) INK_TRY(inki_accept_part(ctx, parts->test, set, own));
    return ink_trainer_new(ctx, parts->train, parts->valid, *own ? *own : set, parts->start, trainer);
}

ink_status inki_train_parts(ink_ctx *ctx, const struct inki_parts *parts, const ink_data *data, const ink_settings *set,
                            const ink_hooks *hooks, ink_model **model, ink_run **run)
{
    ink_trainer *trainer;
    char message[sizeof ctx->message];
    ink_settings *own = NULL; /* outlives the trainer */
    ink_status status = begin_training(ctx, parts, set, &own, &trainer);
    if (status != INK_OK) {
        ink_settings_free(own);
        return status;
    }
    trainer->stop_step = parts->stop_step;
    note_plan(trainer, parts);
    status = run_epochs(trainer, hooks);
    if (status == INK_OK || status == INK_CANCELLED) inki_watch_end(trainer);
    if (status == INK_OK)
        status = hand_over(trainer, parts, data, set, status, model, run);
    else if ((status == INK_CANCELLED || status == INK_DIVERGED) && trainer->run->epoch_count > 0) {
        snprintf(message, sizeof message, "%s", ctx->message); /* the sentence is about how training ended */
        if (hand_over(trainer, parts, data, set, status, model, run) == INK_OK) inki_fail(ctx, status, "%s", message);
    }
    ink_trainer_free(trainer);
    ink_settings_free(own);
    return status;
}

ink_status inki_parts_split(ink_ctx *ctx, const ink_data *data, const ink_settings *set, struct inki_parts *parts)
{
    ink_settings *own;
    INK_TRY(inki_settings_resolve(ctx, set, data, data->rows, true, parts->start, &own));
    ink_status status = ink_data_split(ctx, data, own, &parts->train, &parts->valid, &parts->test);
    ink_settings_free(own);
    return status;
}

ink_status ink_train_from(ink_ctx *ctx, const ink_data *data, const ink_settings *set, const ink_hooks *hooks,
                          const ink_model *start, ink_model **model, ink_run **run)
{
    struct inki_parts parts = {.start = start};
    ink_hooks known;
    *model = NULL;
    *run = NULL;
    INK_TRY(inki_hooks_take(ctx, hooks, &known));
    INK_TRY(inki_settings_remark(ctx, set, data, start));
    INK_TRY(inki_parts_split(ctx, data, set, &parts));
    ink_status status = inki_train_parts(ctx, &parts, data, set, &known, model, run);
    inki_parts_free(&parts);
    return status;
}

ink_status ink_train(ink_ctx *ctx, const ink_data *data, const ink_settings *set, const ink_hooks *hooks,
                     ink_model **model, ink_run **run)
{
    return ink_train_from(ctx, data, set, hooks, NULL, model, run);
}
