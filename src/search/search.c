/* search: begins a search, or resumes the one in the store if nothing has changed.
 * SPDX-License-Identifier: MIT */
#include "search/search.h"
#include "base/mem.h"
#include "base/sized.h"
#include "base/text.h"
#include "model/model.h"
#include "train/defaults.h"
#include "train/defined.h"
#include "train/start.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCORE_BESIDE = 1 }; /* what stands beside the loss in tables, in the targets' own unit */

/* ---- settings ---- */

static bool is_searched(const struct inki_space *space, enum inki_setting id)
{
    for (size_t i = 0; i < space->count; i++)
        if (space->axes[i].id == id) return true;
    return false;
}

/* What a trial takes of the settings: not how the search is run, nor what a term of the space stands in for. */
static bool is_taken(const ink_search *search, enum inki_setting id)
{
    static const enum inki_setting none[] = {INKI_BUDGET, INKI_MONITOR, INKI_HISTORY_STEPS};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (none[i] == id) return false;
    if (id == INKI_NET && is_searched(&search->space, INKI_HIDDEN)) return false;
    if (id == INKI_STEPS && is_searched(&search->space, INKI_EPOCHS)) return false;
    return inki_setting_is_kept(id) && !is_searched(&search->space, id);
}

static ink_status put_point(ink_ctx *ctx, const char *point, ink_settings *set)
{
    const char *name;
    json_t *value, *object = json_loads(point, 0, NULL);
    ink_status status = json_is_object(object) ? INK_OK : inki_fail(ctx, INK_BAD_FILE, "a trial has no settings");
    json_object_foreach(object, name, value)
    {
        const char *text = json_string_value(value);
        if (status == INK_OK && text) status = ink_settings_set(ctx, set, name, text);
    }
    json_decref(object);
    return status;
}

ink_status inki_search_point(const ink_search *search, ink_ctx *ctx, const char *point, ink_settings **out)
{
    ink_settings *set = NULL;
    *out = NULL;
    ink_status status = ink_settings_new(ctx, &set);
    for (int i = 0; i < INKI_SETTING_COUNT && status == INK_OK; i++) {
        const char *name = ink_settings_row((size_t)i)->name;
        if (is_taken(search, (enum inki_setting)i) && ink_settings_is_set(search->set, name))
            status = ink_settings_set(ctx, set, name, ink_settings_get(search->set, name));
    }
    if (status == INK_OK) status = ink_settings_set(ctx, set, "monitor", inki_search_fact(search->facts, "objective"));
    if (status == INK_OK) status = put_point(ctx, point, set);
    if (status == INK_OK)
        *out = set;
    else
        ink_settings_free(set);
    return status;
}

/* Settings of the space that the data leave without meaning. */
static ink_status check_data(const ink_search *search)
{
    static const struct {
        enum inki_setting id;
        bool of_numbers; /* to predict; else of classes */
    } of[] = {{INKI_TARGET_SCALE, true}, {INKI_LABEL_SMOOTHING, false}, {INKI_CLASS_WEIGHT, false}};
    const ink_data *data = search->data;
    const bool numbers = data->targets != NULL, image = data->height > 1 || data->channels > 1;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (is_searched(&search->space, of[i].id) && of[i].of_numbers != numbers)
            return inki_fail(search->ctx, INK_BAD_SETTING, "space: %s has no effect: the rows have %s",
                             ink_settings_row(of[i].id)->name,
                             numbers ? "numbers to predict, not classes" : "classes, not numbers to predict");
    if (is_searched(&search->space, INKI_NUMBER_INPUTS) && image)
        return inki_fail(search->ctx, INK_BAD_SETTING,
                         "space: numbers has no effect: the rows are images, which are scaled as a whole");
    if (!is_searched(&search->space, INKI_LOSS)) return INK_OK;
    return inki_fail(search->ctx, INK_BAD_SETTING,
                     "space: trials with different losses cannot be compared: search with each of them (--loss) into a "
                     "store of its own, and compare the best models (inkling compare)");
}

/* Settings of the space that the others leave without meaning. */
static ink_status check_layers(const ink_search *search)
{
    static const enum inki_setting parts[] = {INKI_HIDDEN, INKI_ACTIVATION, INKI_DROPOUT, INKI_ENSEMBLE,
                                              INKI_ENSEMBLE_WEIGHTS};
    const struct inki_space *space = &search->space;
    bool net =
        is_searched(space, INKI_NET) || (ink_settings_is_set(search->set, "net") && !is_searched(space, INKI_HIDDEN));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (net && is_searched(space, parts[i]))
            return inki_fail(search->ctx, INK_BAD_SETTING,
                             "space: %s means nothing where net gives the layers in full; leave one of them out",
                             ink_settings_row((size_t)parts[i])->name);
    if (is_searched(space, INKI_HIDDEN) && ink_settings_is_set(search->set, "net"))
        inki_note(search->ctx, "hidden is searched: net is ignored");
    if (is_searched(space, INKI_EPOCHS) && ink_settings_is_set(search->set, "steps"))
        inki_note(search->ctx, "epochs are searched: steps are ignored");
    return INK_OK;
}

/* Losses are of scaled targets: where trials differ in their scale, a score in the targets' own unit compares them. */
static ink_status choose_of_scales(ink_search *search, bool open)
{
    const char *name = search->loss->scores[SCORE_BESIDE].name;
    if (search->score != INK_LOSS || !is_searched(&search->space, INKI_TARGET_SCALE)) return INK_OK;
    if (!open)
        return inki_fail(search->ctx, INK_BAD_SETTING,
                         "space: trials with different target-scale cannot be compared by val_loss, which is of scaled "
                         "targets; take objective val_%s",
                         name);
    search->score = SCORE_BESIDE;
    inki_note(search->ctx, "objective: val_%s, as the trials differ in target-scale and val_loss is of scaled targets",
              name);
    return INK_OK;
}

/* The objective, or the monitor if that alone is given, or the loss. */
static ink_status choose_objective(ink_search *search)
{
    const char *name = ink_settings_get(search->set, "objective");
    if (strcmp(name, "auto") == 0 && ink_settings_is_set(search->set, "monitor"))
        name = ink_settings_get(search->set, "monitor");
    const bool open = strcmp(name, "auto") == 0;
    INK_TRY(inki_choose_score(search->ctx, search->loss, "objective", open ? "val_loss" : name, &search->score));
    return choose_of_scales(search, open);
}

/* ---- beginning ---- */

static ink_status write_plan(ink_search *search, const char *store)
{
    size_t trials = search->plan.trials;
    json_t **points = inki_zalloc(search->ctx, trials, sizeof *points), *said = json_incref(search->facts);
    ink_status status =
        points ? inki_plan_points(&search->plan, &search->space, inki_get_int(search->set, INKI_SEED), points)
               : INK_NO_MEMORY;
    if (status == INK_OK) status = inki_journal_plan(&search->journal, &said, points);
    if (status == INK_OK) status = inki_search_compare(search, store, said, search->facts);
    for (size_t i = 0; points && i < trials; i++) json_decref(points[i]);
    inki_free(points);
    json_decref(said);
    return status;
}

/* Compares before anything is written. */
static ink_status open_store(ink_search *search, const char *store)
{
    json_t *was;
    if (!search->journal.link) INK_TRY(inki_journal_open(search->ctx, store, true, &search->journal));
    search->journal.plan = &search->plan;
    search->journal.loss = search->loss;
    search->journal.score = search->score;
    ink_status status = inki_journal_facts(&search->journal, &was);
    if (status == INK_OK && json_object_size(was) > 0) status = inki_search_compare(search, store, was, search->facts);
    json_decref(was);
    if (status == INK_OK && !search->journal.link) status = write_plan(search, store);
    return status;
}

/* A rung would have to keep as many trainings of each trial. */
static ink_status check_rounds(const ink_search *search)
{
    const char *what = inki_get_int(search->set, INKI_FOLDS) ? "folds" : "repeat";
    bool many = inki_get_int(search->set, INKI_FOLDS) || inki_get_int(search->set, INKI_REPEAT) > 1;
    if (!many || search->plan.method < INKI_HALVING) return INK_OK;
    return inki_fail(search->ctx, INK_BAD_SETTING,
                     "%s trains a trial once; with %s take method random or grid, or repeat the best few afterwards",
                     inki_plan_method(&search->plan), what);
}

/* The settings of all trials that have no effect in any; then the terms. */
static ink_status note_settings(ink_search *search)
{
    char net[INKI_NET_ROOM];
    inki_default_net(search->set, search->data, search->data->rows, net);
    if (!is_searched(&search->space, INKI_HIDDEN)) inki_notation_note(search->ctx, search->set, net);
    return inki_space_bind(&search->space, search->set);
}

/* A score that is no number for one of the rounds cannot compare trials. */
static ink_status check_defined(const ink_search *search)
{
    const char *name = search->loss->scores[search->score].name;
    for (size_t i = 0; i < search->rounds; i++) {
        const ink_data *valid = search->parts[i].valid;
        const char *why = inki_score_undefined(search->loss, search->score, valid);
        if (!why) continue;
        return inki_fail(search->ctx, INK_BAD_DATA,
                         "objective val_%s is not defined, as the %zu validation rows%s %s; set stratify or another "
                         "val, or take objective val_loss",
                         name, valid->rows, search->folds ? " of a fold" : "", why);
    }
    return INK_OK;
}

static ink_status begin_search(ink_search *search, const char *store, const char *space)
{
    INK_TRY(inki_space_parse(search->ctx, space, &search->space));
    INK_TRY(inki_loss_from(search->ctx, search->set, search->data, &search->loss));
    INK_TRY(check_data(search));
    INK_TRY(choose_objective(search));
    INK_TRY(check_layers(search));
    INK_TRY(note_settings(search));
    INK_TRY(inki_plan_make(search->set, &search->space, &search->plan));
    INK_TRY(check_rounds(search));
    INK_TRY(inki_search_split(search));
    INK_TRY(check_defined(search));
    search->facts = inki_search_make_facts(search);
    INK_TRY(open_store(search, store));
    return inki_search_read(search);
}

/* The plan goes by the number of epochs: where it is left open, all trials have that of the network outside the space. */
static ink_status fix_epochs(ink_search *search)
{
    ink_settings *own;
    if (inki_get_int(search->set, INKI_EPOCHS)) return INK_OK;
    INK_TRY(inki_settings_resolve(search->ctx, search->set, search->data, search->data->rows, true, NULL, &own));
    ink_status status = ink_settings_set(search->ctx, search->set, "epochs", ink_settings_get(own, "epochs"));
    ink_settings_free(own);
    return status;
}

static void take_link(ink_search *search, const ink_search_link *link)
{
    search->link.to = *link;
    search->journal = (struct inki_journal){.ctx = search->ctx, .link = &search->link};
}

static ink_status new_search(ink_ctx *ctx, const ink_search_link *link, const char *store, const ink_data *data,
                             const ink_settings *set, const char *space, ink_search **out)
{
    ink_search *search = inki_zalloc(ctx, 1, sizeof *search);
    if (!search) return INK_NO_MEMORY;
    search->ctx = search->space.ctx = search->plan.ctx = ctx;
    search->data = data;
    if (link) take_link(search, link);
    ink_status status = ink_settings_copy(ctx, set, &search->set);
    if (status == INK_OK) status = fix_epochs(search);
    if (status == INK_OK) status = begin_search(search, store, space);
    if (status == INK_OK)
        *out = search;
    else
        ink_search_free(search);
    return status;
}

ink_status ink_search_new(ink_ctx *ctx, const char *store, const ink_data *data, const ink_settings *set,
                          const char *space, ink_search **out)
{
    *out = NULL;
    return new_search(ctx, NULL, store, data, set, space, out);
}

ink_status ink_search_new_over(ink_ctx *ctx, const ink_search_link *link, const ink_data *data, const ink_settings *set,
                               const char *space, ink_search **out)
{
    ink_search_link known = INK_INIT(ink_search_link);
    *out = NULL;
    INK_TRY(inki_sized_take(ctx, "ink_search_link", link, &known, sizeof known));
    return new_search(ctx, &known, known.name, data, set, space, out);
}

/* ---- only to look at ---- */

/* The settings as they were given, those of the plan among them. */
static ink_status read_settings(ink_search *search)
{
    static const char *const plan[] = {"method", "objective", "trials", "keep-one-in", "min-epochs", "folds", "repeat"};
    INK_TRY(ink_settings_new(search->ctx, &search->set));
    INK_TRY(put_point(search->ctx, inki_search_fact(search->facts, "settings"), search->set));
    for (size_t i = 0; i < sizeof plan / sizeof *plan; i++)
        if (*inki_search_fact(search->facts, plan[i]) &&
            strcmp(inki_search_fact(search->facts, plan[i]), ink_settings_get(search->set, plan[i])) != 0)
            INK_TRY(ink_settings_set(search->ctx, search->set, plan[i], inki_search_fact(search->facts, plan[i])));
    search->loss = inki_loss_named(inki_search_fact(search->facts, "loss"));
    search->loss = inki_loss_of(search->loss, (size_t)strtoull(inki_search_fact(search->facts, "classes"), NULL, 10));
    if (!search->loss)
        return inki_fail(search->ctx, INK_BAD_FILE, "the store's loss is '%s', which this version does not know",
                         inki_search_fact(search->facts, "loss"));
    INK_TRY(choose_objective(search));
    search->fingerprint = strtoull(inki_search_fact(search->facts, "fingerprint"), NULL, 16);
    return INK_OK;
}

static ink_status look_up_search(ink_search *search, const char *store)
{
    if (!search->journal.link) INK_TRY(inki_journal_open(search->ctx, store, false, &search->journal));
    INK_TRY(inki_journal_facts(&search->journal, &search->facts));
    if (json_object_size(search->facts) == 0) return inki_fail(search->ctx, INK_BAD_FILE, "%s: holds no search", store);
    INK_TRY(read_settings(search));
    INK_TRY(inki_space_parse(search->ctx, inki_search_fact(search->facts, "space"), &search->space));
    search->journal.loss = search->loss;
    search->journal.score = search->score;
    return search->journal.link ? INK_OK : inki_search_read(search);
}

static ink_status open_search(ink_ctx *ctx, const ink_search_link *link, const char *store, ink_search **out)
{
    ink_search *search = inki_zalloc(ctx, 1, sizeof *search);
    if (!search) return INK_NO_MEMORY;
    search->ctx = search->space.ctx = search->plan.ctx = ctx;
    if (link) take_link(search, link);
    ink_status status = look_up_search(search, store);
    if (status == INK_OK)
        *out = search;
    else
        ink_search_free(search);
    return status;
}

ink_status ink_search_open(ink_ctx *ctx, const char *store, ink_search **out)
{
    *out = NULL;
    return open_search(ctx, NULL, store, out);
}

ink_status ink_search_open_over(ink_ctx *ctx, const ink_search_link *link, ink_search **out)
{
    ink_search_link known = INK_INIT(ink_search_link);
    *out = NULL;
    INK_TRY(inki_sized_take(ctx, "ink_search_link", link, &known, sizeof known));
    return open_search(ctx, &known, known.name, out);
}

void ink_search_free(ink_search *search)
{
    if (!search) return;
    inki_search_forget(search);
    inki_search_free_trial(&search->finished);
    inki_journal_close(&search->journal);
    inki_free(search->link.processes);
    inki_plan_free(&search->plan);
    inki_space_free(&search->space);
    ink_settings_free(search->set);
    inki_search_give_back(search);
    json_decref(search->facts);
    inki_free(search);
}

/* ---- what is in it ---- */

void ink_search_describe(const ink_search *search, ink_search_info *out)
{
    const struct inki_counts *counts = &search->counts;
    ink_search_info info = {.trials = counts->trials,
                            .waiting = counts->waiting,
                            .running = counts->running,
                            .paused = counts->paused,
                            .done = counts->done,
                            .stopped = counts->stopped,
                            .failed = counts->failed,
                            .best = counts->best,
                            .terms = search->space.count,
                            .space = search->space.text,
                            .method = inki_search_fact(search->facts, "method"),
                            .objective = inki_search_fact(search->facts, "objective"),
                            .scores = search->loss->scores,
                            .score_count = search->loss->score_count,
                            .score = search->score,
                            .data = inki_search_fact(search->facts, "data"),
                            .fingerprint = search->fingerprint,
                            .set = search->set};
    inki_sized_give(out, &info, sizeof info, sizeof info);
    const ink_trial *least = NULL;
    for (size_t r = 0; r < search->count; r++) {
        const ink_trial *trial = ink_search_trial(search, r);
        if (trial->as_good && (!least || trial->parameters < least->parameters ||
                               (trial->parameters == least->parameters && trial->best_epoch < least->best_epoch)))
            least = trial;
    }
    out->smallest = least ? least->trial : 0;
}

ink_status ink_search_refresh(ink_search *search) { return inki_search_read(search); }

const ink_trial *ink_search_trial(const ink_search *search, size_t rank)
{
    return rank < search->count ? &search->trials[search->order[rank]].view : NULL;
}

const char *ink_search_term(const ink_search *search, size_t i, double *share)
{
    if (i >= search->space.count) return NULL;
    if (share) *share = search->shares[i];
    return search->space.axes[i].name;
}

/* Numbers run from 1 without gaps, in a store that nothing was taken out of. */
static const struct inki_trial *trial_numbered(const ink_search *search, size_t trial)
{
    if (trial > 0 && trial <= search->count && search->trials[trial - 1].view.trial == trial)
        return &search->trials[trial - 1];
    for (size_t i = 0; i < search->count; i++)
        if (search->trials[i].view.trial == trial) return &search->trials[i];
    return NULL;
}

const char *ink_search_value(const ink_search *search, size_t trial, const char *name)
{
    const struct inki_trial *of = trial_numbered(search, trial);
    return of ? json_string_value(json_object_get(of->settings, name)) : NULL;
}

ink_status ink_search_settings(const ink_search *search, size_t trial, ink_settings **out)
{
    const struct inki_trial *of = trial_numbered(search, trial);
    *out = NULL;
    if (!of) return inki_fail(search->ctx, INK_BAD_ARGUMENT, "there is no trial %zu", trial);
    char *point = json_dumps(of->settings, JSON_COMPACT);
    if (!point) return inki_fail(search->ctx, INK_NO_MEMORY, "out of memory for the settings of a trial");
    ink_status status = inki_search_point(search, search->ctx, point, out);
    inki_json_free(point);
    return status;
}

ink_status ink_search_model(ink_search *search, size_t trial, ink_model **out)
{
    struct inki_bytes bytes;
    char name[64];
    *out = NULL;
    INK_TRY(inki_journal_model(&search->journal, trial, &bytes));
    if (bytes.size == 0)
        return inki_fail(search->ctx, INK_BAD_ARGUMENT, "trial %zu has no network in the store%s", trial,
                         inki_get_int(search->set, INKI_FOLDS) ? ": each fold had one; retrain on all rows (refit)"
                                                               : "");
    snprintf(name, sizeof name, "trial %zu", trial);
    ink_status status = inki_model_from_bytes(search->ctx, name, &bytes, out);
    inki_bytes_free(search->ctx, &bytes);
    return status;
}

ink_status ink_search_history(ink_search *search, size_t trial, ink_run **out)
{
    *out = NULL;
    if (!trial_numbered(search, trial)) return inki_fail(search->ctx, INK_BAD_ARGUMENT, "there is no trial %zu", trial);
    INK_TRY(inki_journal_history(&search->journal, trial, out));
    if ((*out)->epoch_count > 0) return INK_OK;
    ink_run_free(*out);
    *out = NULL;
    return inki_fail(search->ctx, INK_BAD_ARGUMENT, "trial %zu has no history yet", trial);
}
