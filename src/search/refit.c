/* refit: the settings of a trial, trained again on all rows that the search had.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "model/model.h"
#include "search/search.h"
#include "train/provenance.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The parts of the data, and the training and the validation rows as one; with folds these are `train` already. */
struct parts {
    ink_data *train, *valid, *test, *both;
};

static void free_parts(struct parts *parts)
{
    ink_data_free(parts->both);
    ink_data_free(parts->train);
    ink_data_free(parts->valid);
    ink_data_free(parts->test);
}

/* All rows but the test part, in the order of the data: as training on them without a validation part has them. */
static ink_status take_all(const ink_search *search, const ink_data *data, struct parts *parts)
{
    ink_settings *whole;
    free_parts(parts);
    *parts = (struct parts){0};
    INK_TRY(ink_settings_copy(search->ctx, search->set, &whole));
    ink_status status = ink_settings_set(search->ctx, whole, "val", "0");
    if (status == INK_OK) status = ink_data_split(search->ctx, data, whole, &parts->both, &parts->valid, &parts->test);
    ink_settings_free(whole);
    return status;
}

static ink_status join_parts(const ink_search *search, const ink_data *data, struct parts *parts)
{
    if (ink_data_fingerprint(data) != search->fingerprint)
        return inki_fail(search->ctx, INK_BAD_DATA, "%s has other rows than the search used", data->source);
    if (inki_get_int(search->set, INKI_FOLDS)) return take_all(search, data, parts);
    INK_TRY(ink_data_split(search->ctx, data, search->set, &parts->train, &parts->valid, &parts->test));
    if (!parts->valid) return inki_fail(search->ctx, INK_BAD_DATA, "%s has no validation rows to add", data->source);
    const ink_data *valid = parts->valid;
    if (valid->bytes == data->bytes && valid->floats == data->floats) return take_all(search, data, parts);
    return inki_data_join(search->ctx, parts->train, parts->valid, &parts->both);
}

/* Without validation rows no threshold can be found: the trial's is taken, where the store has its model. */
static ink_status set_threshold(ink_search *search, size_t trial, ink_settings *set)
{
    char text[32] = "0.5";
    ink_model *model = NULL;
    if (!isnan(inki_get_real(set, INKI_THRESHOLD))) return INK_OK;
    if (!search->folds && ink_search_model(search, trial, &model) == INK_OK && model->threshold > 0)
        inki_format_real((double)model->threshold, text);
    else
        inki_note(search->ctx, "threshold auto: there are no validation rows to find it on; the more probable class is "
                               "answered");
    ink_model_free(model);
    return ink_settings_set(search->ctx, set, "threshold", text);
}

/* Without validation rows nothing can end training early or choose the best weights. */
static ink_status settings_for(ink_search *search, size_t trial, ink_settings **out)
{
    INK_TRY(ink_search_settings(search, trial, out));
    if (strcmp(ink_settings_get(*out, "schedule"), "plateau") == 0)
        return inki_fail(search->ctx, INK_BAD_SETTING,
                         "trial %zu lowers its learning rate by the validation loss (schedule plateau), and retraining "
                         "leaves no validation rows; use the trial's own model",
                         trial);
    INK_TRY(ink_settings_set(search->ctx, *out, "val", "0"));
    INK_TRY(ink_settings_set(search->ctx, *out, "early-stop", "none"));
    INK_TRY(set_threshold(search, trial, *out));
    return ink_settings_set(search->ctx, *out, "keep", "last");
}

static const ink_trial *find_trial(const ink_search *search, size_t number)
{
    for (size_t rank = 0; rank < search->count; rank++)
        if (ink_search_trial(search, rank)->trial == number) return ink_search_trial(search, rank);
    return NULL;
}

/* To the end of the epoch; schedules go as they did, over all the epochs of the settings. */
static ink_status train_for(ink_trainer *trainer, size_t epochs, const ink_hooks *hooks)
{
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    while (more && trainer->step < epochs * trainer->per_epoch) INK_TRY(ink_trainer_epoch(trainer, hooks, &row, &more));
    snprintf(trainer->run->ended, sizeof trainer->run->ended, "the %zu epochs of the trial", epochs);
    if (trainer->average)
        memcpy(trainer->model->w, trainer->average->w, trainer->model->size * sizeof *trainer->model->w);
    return INK_OK;
}

static ink_status hand_over(ink_trainer *trainer, const struct parts *parts, const ink_data *data, uint64_t print,
                            const ink_settings *set, ink_model **model, ink_run **run)
{
    ink_run *of = trainer->run;
    if (parts->test) INK_TRY(inki_run_test(trainer->ctx, trainer->model, parts->test, of));
    INK_TRY(inki_record_provenance(trainer->ctx, trainer->model, data, print, set, of));
    INK_TRY(inki_record_split(trainer->ctx, trainer->model, parts->both, NULL, parts->test));
    *model = trainer->model;
    *run = of;
    trainer->model = NULL;
    trainer->run = NULL;
    return INK_OK;
}

ink_status ink_search_refit(ink_search *search, size_t trial, const ink_data *data, const ink_hooks *hooks,
                            ink_model **model, ink_run **run)
{
    struct parts parts = {0};
    ink_settings *set = NULL;
    ink_trainer *trainer = NULL;
    const ink_trial *of = find_trial(search, trial);
    *model = NULL;
    *run = NULL;
    if (!of || of->best_epoch == 0)
        return inki_fail(search->ctx, INK_BAD_ARGUMENT, "trial %zu has no result yet", trial);
    ink_status status = settings_for(search, trial, &set);
    if (status == INK_OK) status = join_parts(search, data, &parts);
    if (status == INK_OK) {
        inki_note(search->ctx, "retraining trial %zu on all %zu training and validation rows, for %zu epochs", trial,
                  parts.both->rows, of->best_epoch);
        status = ink_trainer_new(search->ctx, parts.both, NULL, set, NULL, &trainer);
    }
    if (status == INK_OK) status = train_for(trainer, of->best_epoch, hooks);
    if (status == INK_OK) status = hand_over(trainer, &parts, data, search->fingerprint, set, model, run);
    ink_trainer_free(trainer);
    ink_settings_free(set);
    free_parts(&parts);
    return status;
}
