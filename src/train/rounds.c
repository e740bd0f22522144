/* rounds: the same training several times: with other seeds, on folds, or both; what the scores have in common.
 * SPDX-License-Identifier: MIT
 *
 * Rounds run one after another, each on all threads. A round has settings of its own, and what it trains is what ink_train
 * would train with these. Without folds the best round's model is kept as the rounds go by. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/sized.h"
#include "base/settings.h"
#include "base/text.h"
#include "train/defaults.h"
#include "train/folds.h"
#include "train/round_notes.h"
#include "train/run.h"
#include "train/start.h"
#include "train/train.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct entry {
    ink_round round;
    ink_epoch row; /* the round's */
    char ended[sizeof((struct ink_run *)0)->ended];
};

struct ink_rounds {
    ink_ctx *ctx;
    struct entry *entries; /* [room] */
    size_t count, room;
    size_t kept;  /* the round whose model is given, SIZE_MAX for none */
    ink_run *run; /* of the model that is given */
};

/* The work under way. */
struct series {
    ink_ctx *ctx;
    const ink_data *data;
    uint64_t print; /* its fingerprint */
    const ink_settings *set;
    ink_round_hooks hooks;
    const struct inki_loss *loss;
    size_t folds, repeats;
    ink_data *rows, *test; /* with folds: what they are made of, and the test part */
    struct inki_folds division;
    ink_settings *own; /* of this round */
    ink_round now;
    ink_epoch row; /* of `now` */
    bool wants_model;
    double thresholds; /* the sum of what rounds found (threshold auto), and of how many */
    size_t threshold_count;
    ink_model *model; /* the best so far */
    ink_rounds *out;
    char diverged[512]; /* the first such sentence, or "" */
    struct inki_round_notes notes;
};

/* ------------------------------------------------------------------ scores */

/* A row's column, or "test_" and the name of a score. */
static double score_of(const ink_round *round, const char *column)
{
    const ink_epoch *row = round->row;
    if (strncmp(column, "test_", 5) != 0) return ink_epoch_value(row, column);
    for (size_t i = 0; i < row->score_count; i++)
        if (strcmp(row->scores[i].name, column + 5) == 0) return round->test[i];
    return (double)NAN;
}

/* Two passes, in the order of the rounds. */
static void find_mean(const ink_rounds *rounds, const char *column, ink_mean *out)
{
    const double none = (double)NAN;
    double sum = 0, squares = 0;
    *out = (ink_mean){sizeof *out, 0, none, none, none, none, none, none};
    for (size_t i = 0; i < rounds->count; i++) {
        double value = score_of(&rounds->entries[i].round, column);
        if (isnan(value)) continue;
        out->lowest = out->count && out->lowest < value ? out->lowest : value;
        out->highest = out->count && out->highest > value ? out->highest : value;
        out->count++;
        sum += value;
    }
    if (out->count == 0) return;
    out->mean = sum / (double)out->count;
    for (size_t i = 0; i < rounds->count; i++) {
        double value = score_of(&rounds->entries[i].round, column);
        if (!isnan(value)) squares += (value - out->mean) * (value - out->mean);
    }
    if (out->count == 1) return;
    size_t folds = rounds->entries[0].round.folds;
    out->deviation = sqrt(squares / (double)(out->count - 1));
    out->error = out->deviation / sqrt((double)out->count);
    if (folds && strncmp(column, "val_", 4) == 0)
        out->corrected_error = out->deviation * sqrt(1 / (double)out->count + 1 / (double)(folds - 1));
}

void ink_rounds_mean(const ink_rounds *rounds, const char *column, ink_mean *out)
{
    ink_mean mean;
    find_mean(rounds, column, &mean);
    inki_sized_give(out, &mean, sizeof mean, sizeof mean);
}

size_t ink_rounds_count(const ink_rounds *rounds) { return rounds->count; }

const ink_round *ink_rounds_get(const ink_rounds *rounds, size_t i)
{
    return i < rounds->count ? &rounds->entries[i].round : NULL;
}

const ink_round *ink_rounds_kept(const ink_rounds *rounds) { return ink_rounds_get(rounds, rounds->kept); }

const ink_run *ink_rounds_run(const ink_rounds *rounds) { return rounds->run; }

void ink_rounds_free(ink_rounds *rounds)
{
    if (!rounds) return;
    inki_free(rounds->entries);
    ink_run_free(rounds->run);
    inki_free(rounds);
}

/* --------------------------------------------------------------- one round */

static bool on_progress(void *user, const ink_progress *now)
{
    struct series *series = user;
    return series->hooks.progress(series->hooks.user, &series->now, now);
}

/* The hooks of the training under way; NULL where the caller has none. */
static const ink_hooks *hooks_of(struct series *series, ink_hooks *room)
{
    if (!series->hooks.progress) return NULL;
    *room = (ink_hooks){sizeof *room, on_progress, series};
    return room;
}

static ink_status set_count(ink_ctx *ctx, ink_settings *set, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return ink_settings_set(ctx, set, name, text);
}

/* With folds the test part is borrowed: the series has it. */
static ink_status take_parts(struct series *series, struct inki_parts *parts)
{
    if (!series->folds) {
        INK_TRY(inki_parts_split(series->ctx, series->data, series->own, parts));
        inki_data_accept_class(series->ctx, parts->train); /* one seed's split must not end a series */
        return INK_OK;
    }
    INK_TRY(inki_folds_take(series->ctx, &series->division, series->now.fold - 1, &parts->train, &parts->valid));
    parts->test = series->test;
    return INK_OK;
}

static void give_back(const struct series *series, struct inki_parts *parts)
{
    if (series->folds) parts->test = NULL;
    inki_parts_free(parts);
}

static size_t count_rows(const ink_data *data) { return data ? data->rows : 0; }

static void describe(struct series *series, const struct inki_parts *parts)
{
    const struct inki_loss *loss = series->loss;
    ink_round *now = &series->now;
    now->train_rows = parts->train->rows;
    now->val_rows = count_rows(parts->valid);
    now->test_rows = count_rows(parts->test);
    series->row = (ink_epoch){.scores = loss->scores, .score_count = loss->score_count};
    now->row = &series->row;
    for (size_t i = 0; i < INK_MOST_SCORES; i++) series->row.train[i] = series->row.val[i] = now->test[i] = (double)NAN;
}

/* The results of a finished training, of those that did not diverge. */
static void score(struct series *series, const ink_model *model, const ink_run *run)
{
    ink_round *round = &series->now;
    const ink_metrics *test = ink_run_metrics(run);
    round->hash = inki_model_hash(model);
    series->thresholds += (double)model->threshold;
    series->threshold_count += model->threshold > 0;
    series->row = run->epochs[run->kept];
    if (test) memcpy(round->test, test->score, sizeof round->test);
}

/* Where the rows of a part stand in the data, which has them in the same order. NULL, without a failure, if they are of
 * other data. Ownership of *out: the caller. */
static ink_status find_rows(ink_ctx *ctx, const ink_data *data, const ink_data *part, uint32_t **out)
{
    *out = NULL;
    if (!part || part->bytes != data->bytes || part->floats != data->floats) return INK_OK;
    uint32_t *rows = inki_alloc(ctx, part->rows, sizeof *rows);
    if (!rows) return INK_NO_MEMORY;
    for (size_t i = 0, at = 0; i < part->rows; i++, at++) {
        while (inki_data_base(data, at) != inki_data_base(part, i)) at++;
        rows[i] = (uint32_t)at;
    }
    *out = rows;
    return INK_OK;
}

/* Calls the caller. False if that cancels. */
static ink_status report_round(struct series *series, const ink_data *valid, const ink_model *model, const ink_run *run,
                               bool *go_on)
{
    uint32_t *rows;
    ink_round report = series->now;
    *go_on = true;
    if (!series->hooks.finished) return INK_OK;
    INK_TRY(find_rows(series->ctx, series->data, valid, &rows));
    report.model = model;
    report.run = run;
    report.valid = valid;
    report.rows = rows;
    *go_on = series->hooks.finished(series->hooks.user, &report);
    inki_free(rows);
    return INK_OK;
}

static void add_entry(struct series *series, const char *ended)
{
    struct entry *entry = &series->out->entries[series->out->count++];
    snprintf(entry->ended, sizeof entry->ended, "%.250s", ended);
    series->now.ended = entry->ended;
    entry->round = series->now;
    entry->row = series->row;
    entry->round.row = &entry->row;
}

/* ------------------------------------------------------- which model stays */

static bool is_better(const struct series *series, const ink_round *round)
{
    const ink_round *best = ink_rounds_kept(series->out);
    const ink_epoch *row = round->row;
    if (!best) return true;
    return !isnan(row->val[INK_LOSS]) && inki_is_better(row->scores, row->monitor, row->val, best->row->val);
}

static void keep_model(struct series *series, ink_model **model, ink_run **run)
{
    ink_model_free(series->model);
    ink_run_free(series->out->run);
    series->model = *model;
    series->out->run = *run;
    *model = NULL;
    *run = NULL;
}

/* ------------------------------------------------------------------ rounds */

/* The sentence stays the training's own, but says which. */
static void blame(const struct series *series)
{
    char message[sizeof series->ctx->message - 96], name[64];
    snprintf(message, sizeof message, "%.900s", series->ctx->message);
    inki_round_name(&series->now, name);
    inki_fail(series->ctx, INK_DIVERGED, "%s: %s", name, message);
}

/* The other rounds continue; the first such sentence is reported in the end. */
static void note_diverged(struct series *series)
{
    blame(series);
    series->now.diverged = true;
    if (!*series->diverged) snprintf(series->diverged, sizeof series->diverged, "%.500s", series->ctx->message);
}

/* A finished or diverged training becomes a round. */
static ink_status close_round(struct series *series, const ink_data *valid, ink_model **model, ink_run **run)
{
    bool go_on;
    if (!series->now.diverged) score(series, *model, *run);
    if (*run && (*run)->epoch_count) series->now.epochs = (*run)->epochs[(*run)->epoch_count - 1].epoch;
    add_entry(series, *run ? (*run)->ended : series->ctx->message);
    INK_TRY(report_round(series, valid, *model, *run, &go_on));
    if (series->wants_model && !series->folds && !series->now.diverged && is_better(series, &series->now)) {
        series->out->kept = series->out->count - 1;
        keep_model(series, model, run);
    }
    if (go_on) return INK_OK;
    return inki_fail(series->ctx, INK_CANCELLED, "cancelled after round %zu of %zu", series->now.number,
                     series->now.rounds);
}

/* Cancelled in a round: that does not count, but its model is better than none. */
static ink_status cancelled(struct series *series, ink_model **model, ink_run **run)
{
    if (series->wants_model && !series->folds && !series->model && *model) keep_model(series, model, run);
    return inki_fail(series->ctx, INK_CANCELLED, "cancelled in round %zu of %zu", series->now.number,
                     series->now.rounds);
}

static ink_status train_round(struct series *series, const struct inki_parts *parts)
{
    ink_hooks room;
    ink_model *model = NULL;
    ink_run *run = NULL;
    double begin = inki_seconds_now();
    describe(series, parts);
    ink_status status =
        inki_train_parts(series->ctx, parts, series->data, series->own, hooks_of(series, &room), &model, &run);
    series->now.seconds = inki_seconds_now() - begin;
    if (status == INK_DIVERGED) note_diverged(series);
    if (status == INK_CANCELLED)
        status = cancelled(series, &model, &run);
    else if (status == INK_OK || status == INK_DIVERGED)
        status = close_round(series, parts->valid, &model, &run);
    ink_model_free(model);
    ink_run_free(run);
    return status;
}

static ink_status run_round(struct series *series, size_t number, size_t fold, uint64_t seed)
{
    struct inki_parts parts = {.print = series->print};
    series->now =
        (ink_round){.number = number, .rounds = series->out->room, .fold = fold, .folds = series->folds, .seed = seed};
    ink_status status = take_parts(series, &parts);
    if (status == INK_OK) status = train_round(series, &parts);
    give_back(series, &parts);
    return status;
}

static ink_status run_seed(struct series *series, uint64_t seed)
{
    INK_TRY(set_count(series->ctx, series->own, "seed", seed));
    if (series->folds) {
        inki_folds_end(&series->division);
        INK_TRY(inki_folds_begin(series->ctx, series->rows, series->own, &series->division));
    }
    for (size_t fold = series->folds > 0; fold <= series->folds; fold++)
        INK_TRY(run_round(series, series->out->count + 1, fold, seed));
    return INK_OK;
}

static ink_status run_seeds(struct series *series)
{
    uint64_t seed = inki_get_int(series->set, INKI_SEED);
    ink_status status = INK_OK;
    for (size_t i = 0; status == INK_OK && i < series->repeats; i++) status = run_seed(series, seed + i);
    if (status != INK_OK || !*series->diverged) return status;
    return inki_fail(series->ctx, INK_DIVERGED, "%s", series->diverged);
}

/* ---------------------------------------------------- the last, on all rows */

/* Epochs, or steps, that the kept rows had on average, rounded. */
static size_t mean_length(const struct series *series, bool by_steps)
{
    double sum = 0, count = (double)series->out->count;
    for (size_t i = 0; i < series->out->count; i++) {
        const ink_epoch *row = series->out->entries[i].round.row;
        sum += (double)(by_steps ? row->step : row->epoch);
    }
    double mean = floor(sum / count + 0.5);
    return mean < 1 ? 1 : (size_t)mean;
}

/* On all rows no threshold can be found: the rounds' is taken. */
static ink_status set_threshold(struct series *series)
{
    char text[32];
    const double count = (double)series->threshold_count;
    if (!isnan(inki_get_real(series->own, INKI_THRESHOLD))) return INK_OK;
    inki_format_real(count > 0 ? series->thresholds / count : 0.5, text);
    inki_note(series->ctx, "threshold: %.6s, the mean of those that %zu rounds found", text, series->threshold_count);
    return ink_settings_set(series->ctx, series->own, "threshold", text);
}

static ink_status train_last(struct series *series)
{
    bool by_steps = inki_get_int(series->set, INKI_STEPS) || inki_get_int(series->set, INKI_EVAL_EVERY);
    ink_hooks room;
    ink_model *model = NULL;
    ink_run *run = NULL;
    uint64_t seed = inki_get_int(series->set, INKI_SEED);
    struct inki_parts parts = {.train = series->rows, .test = series->test, .print = series->print};
    INK_TRY(set_count(series->ctx, series->own, "seed", seed));
    INK_TRY(ink_settings_set(series->ctx, series->own, "val", "0"));
    INK_TRY(ink_settings_set(series->ctx, series->own, "early-stop", "none"));
    INK_TRY(set_count(series->ctx, series->own, by_steps ? "steps" : "epochs", mean_length(series, by_steps)));
    series->now = (ink_round){.rounds = series->out->room, .seed = seed};
    INK_TRY(set_threshold(series));
    describe(series, &parts);
    ink_status status =
        inki_train_parts(series->ctx, &parts, series->data, series->own, hooks_of(series, &room), &model, &run);
    if (model) keep_model(series, &model, &run);
    return status;
}

/* --------------------------------------------------------- begin and end */

static ink_status check(struct series *series)
{
    const ink_settings *set = series->set;
    INK_TRY(inki_data_check_targets(series->ctx, series->data));
    INK_TRY(inki_loss_from(series->ctx, set, series->data, &series->loss));
    if (inki_get_bool(set, INKI_RESUME) || *inki_get_text(set, INKI_CHECKPOINT))
        return inki_fail(series->ctx, INK_BAD_SETTING,
                         "checkpoint and resume work for a single training only, not with folds or repeat");
    if (inki_get_int(set, INKI_SEED) > (size_t)ink_settings_row(INKI_SEED)->max - (series->repeats - 1))
        return inki_fail(series->ctx, INK_BAD_SETTING,
                         "repeat: the last seeds would be too large; choose a smaller seed");
    if (series->folds && series->wants_model && strcmp(ink_settings_get(set, "schedule"), "plateau") == 0)
        return inki_fail(series->ctx, INK_BAD_SETTING,
                         "schedule plateau needs a validation part, and the final training on all rows has none; "
                         "choose another schedule, or leave out -o");
    return INK_OK;
}

static void note_folds(const struct series *series)
{
    const char *val = ink_settings_get(series->set, "val");
    const char *stratified = inki_get_bool(series->set, INKI_STRATIFY) ? ", each class spread evenly" : "";
    if (ink_settings_is_set(series->set, "val") && strcmp(val, "0") != 0)
        inki_note(series->ctx, "folds: each fold is the validation part in turn; val %s is not used", val);
    if (*inki_get_text(series->set, INKI_INIT_FROM))
        inki_note(series->ctx,
                  "folds: every round begins with the weights and scaling of %s; if these were trained on the same "
                  "rows, the scores are too optimistic",
                  inki_get_text(series->set, INKI_INIT_FROM));
    inki_note(series->ctx, "%zu folds of %zu rows%s", series->folds, series->rows->rows, stratified);
}

/* The rows that folds are made of: all but the test part. */
static ink_status begin_folds(struct series *series)
{
    ink_data *valid = NULL;
    if (!series->folds) return INK_OK;
    ink_settings *whole;
    INK_TRY(ink_settings_copy(series->ctx, series->set, &whole));
    ink_status status = ink_settings_set(series->ctx, whole, "val", "0");
    if (status == INK_OK)
        status = ink_data_split(series->ctx, series->data, whole, &series->rows, &valid, &series->test);
    ink_settings_free(whole);
    if (status == INK_OK) note_folds(series);
    return status;
}

static ink_status begin_series(struct series *series)
{
    INK_TRY(check(series));
    series->print = ink_data_fingerprint(series->data);
    INK_TRY(ink_settings_copy(series->ctx, series->set, &series->own));
    size_t rounds = series->repeats * (series->folds ? series->folds : 1);
    series->out = inki_zalloc(series->ctx, 1, sizeof *series->out);
    if (!series->out) return INK_NO_MEMORY;
    series->out->ctx = series->ctx;
    series->out->kept = SIZE_MAX;
    series->out->room = rounds;
    series->out->entries = inki_alloc(series->ctx, rounds, sizeof *series->out->entries);
    return series->out->entries ? begin_folds(series) : INK_NO_MEMORY;
}

static void end_series(struct series *series)
{
    inki_round_notes_end(&series->notes);
    inki_folds_end(&series->division);
    ink_data_free(series->rows);
    ink_data_free(series->test);
    ink_settings_free(series->own);
    ink_model_free(series->model);
    ink_rounds_free(series->out);
}

ink_status ink_train_rounds(ink_ctx *ctx, const ink_data *data, const ink_settings *set, const ink_round_hooks *hooks,
                            ink_model **model, ink_rounds **rounds)
{
    struct series series = {.ctx = ctx, .data = data, .set = set, .wants_model = model != NULL};
    if (model) *model = NULL;
    *rounds = NULL;
    if (hooks) INK_TRY(inki_sized_take(ctx, "ink_round_hooks", hooks, &series.hooks, sizeof series.hooks));
    series.folds = inki_get_int(set, INKI_FOLDS);
    series.repeats = inki_get_int(set, INKI_REPEAT);
    inki_round_notes_begin(ctx, &series.now, &series.notes);
    ink_status status = begin_series(&series);
    if (status == INK_OK) status = inki_settings_remark(ctx, set, data, NULL);
    if (status == INK_OK) status = run_seeds(&series);
    if (status == INK_OK && series.folds && model) status = train_last(&series);
    if (status == INK_OK || status == INK_CANCELLED || status == INK_DIVERGED) {
        *rounds = series.out;
        if (model) *model = series.model;
        series.out = NULL;
        series.model = NULL;
    }
    end_series(&series);
    return status;
}
