/* cmd_folds: trains on folds, with several seeds, or both: a line a round, then what folds_result.h prints.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "folds_result.h"
#include "history.h"
#include "interrupt.h"
#include "oof.h"
#include "saved.h"
#include "scores.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* Everything about one call. */
struct series {
    const struct job *job;
    struct folds_result result;
    const char *output, *save_config; /* NULL: no model, no settings are wanted */
    struct history history;
    struct oof oof;
    size_t printed;
    bool reported_interrupt;
    int answering; /* exit code of the out-of-fold answers */
    ink_data *data;
    ink_model *model;
    ink_rounds *rounds;
    struct saved saved; /* where the model is now */
};

static bool is_set_to(const struct job *job, const char *name, const char *value)
{
    return strcmp(ink_settings_get(job->set, name), value) == 0;
}

bool folds_are_wanted(const struct job *job)
{
    return !is_set_to(job, "folds", "none") || !is_set_to(job, "repeat", "1") || job_value(job, "oof");
}

/* ---------------------------------------------------------------- progress */

static void draw_progress(const ink_round *round, const ink_progress *now)
{
    char before[96], after[2 * TEXT_ROOM + 32], rate[TEXT_ROOM], place[48] = "last training";
    double inside = now->steps_total ? (double)now->step / (double)now->steps_total : 0;
    double share = round->number ? ((double)round->number - 1 + inside) / (double)round->rounds : inside;
    if (round->number) snprintf(place, sizeof place, "round %zu/%zu", round->number, round->rounds);
    snprintf(before, sizeof before, "%s, epoch %zu/%zu", place, now->epoch, now->epochs);
    snprintf(after, sizeof after, "%3.0f %%  %s rows/s", 100 * share, text_rate(rate, now->rows_per_second));
    bar_draw(share, before, after);
}

static void set_key(struct history *history, const ink_round *round)
{
    bool folds = round->folds || !round->number;
    if (folds)
        snprintf(history->key, sizeof history->key, "\"seed\":%" PRIu64 ",\"fold\":%zu,", round->seed, round->fold);
    else
        snprintf(history->key, sizeof history->key, "\"seed\":%" PRIu64 ",", round->seed);
}

static bool on_progress(void *user, const ink_round *round, const ink_progress *now)
{
    struct series *series = user;
    set_key(&series->history, round);
    series->result.wanted = round->rounds;
    if (now->row && !series->history.steps) history_row(&series->history, now->row);
    draw_progress(round, now);
    if (!interrupt_came()) return true;
    if (!series->reported_interrupt)
        talk("interrupted: keeping the finished rounds; %s again stops at once", interrupt_name());
    series->reported_interrupt = true;
    return false;
}

/* ------------------------------------------------------------- a line a round */

/* With --json the table is talk. */
static void put_line(const struct series *series, const char *line)
{
    if (series->job->json)
        talk("%s", line);
    else
        out("%s\n", line);
}

static void print_head(struct series *series, const ink_round *round)
{
    const char *score = round->row->scores[SCORE_BESIDE].name;
    char line[160], test[48] = "";
    series->result.valid = round->val_rows > 0;
    series->result.test = round->test_rows > 0;
    if (series->result.test) snprintf(test, sizeof test, " %10s %9s", "test loss", score);
    snprintf(line, sizeof line, "%6s%s %14s %11s %9s%s %7s", "seed", series->result.folds ? "  fold" : "",
             series->result.by_steps ? "step" : "epoch", series->result.valid ? "valid loss" : "train loss", score,
             test, "time");
    put_line(series, line);
}

static void print_round(struct series *series, const ink_round *round)
{
    char line[320], at[48], fold[24] = "", test[64] = "", loss[TEXT_ROOM], share[TEXT_ROOM], time[TEXT_ROOM];
    const ink_epoch *row = round->row;
    const ink_score *score = &row->scores[SCORE_BESIDE];
    const double *values = round->val_rows ? row->val : row->train;
    if (series->printed++ == 0) print_head(series, round);
    if (series->result.folds) snprintf(fold, sizeof fold, " %5zu", round->fold);
    if (series->result.by_steps)
        snprintf(at, sizeof at, "%zu", row->step);
    else
        snprintf(at, sizeof at, "%zu of %zu", row->epoch, round->epochs);
    if (series->result.test)
        snprintf(test, sizeof test, " %10s %9s", text_loss(loss, round->test[INK_LOSS]),
                 text_score(share, score, round->test[SCORE_BESIDE]));
    if (round->diverged)
        snprintf(line, sizeof line, "%6" PRIu64 "%s  %.240s", round->seed, fold, round->ended);
    else
        snprintf(line, sizeof line, "%6" PRIu64 "%s %14s %11s %9s%s %7s", round->seed, fold, at,
                 text_loss(loss, values[INK_LOSS]), text_score(share, score, values[SCORE_BESIDE]), test,
                 text_time(time, round->seconds));
    put_line(series, line);
}

static bool on_finished(void *user, const ink_round *round)
{
    struct series *series = user;
    if (series->history.steps && round->run) history_run(&series->history, round->run);
    print_round(series, round);
    ink_status status = oof_add(&series->oof, series->job->ctx, round);
    series->answering = status == INK_OK ? CODE_DONE : job_fail(series->job, status);
    return status == INK_OK;
}

/* -------------------------------------------------------------------- work */

/* Files that are written must be different ones, and none that is read. */
static int check_outputs(const struct series *series)
{
    const struct job *job = series->job;
    const char *written[] = {series->output, series->history.path, series->oof.path, series->save_config};
    const char *read[] = {job->operands[0], job->config};
    int code = CODE_DONE;
    for (size_t i = 0; i < 4; i++) {
        if (!written[i]) continue;
        for (size_t k = 0; k < i; k++)
            if (written[k] && file_is_same(written[i], written[k]))
                return fail(CODE_USAGE, "%s would be written twice; choose another name", written[i]);
        for (size_t k = 0; k < 2; k++)
            if (read[k] && file_is_same(written[i], read[k]))
                return fail(CODE_USAGE, "%s would be overwritten; choose another name", written[i]);
        if (code == CODE_DONE) code = file_check(written[i], i == 1);
    }
    return code;
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static ink_status train(struct series *series)
{
    ink_round_hooks hooks = {sizeof hooks, on_progress, on_finished, series};
    double begin = now_seconds();
    interrupt_catch();
    ink_status status = ink_train_rounds(series->job->ctx, series->data, series->job->set, &hooks,
                                         series->output ? &series->model : NULL, &series->rounds);
    series->result.seconds = now_seconds() - begin;
    bar_clear();
    return status;
}

/* What went wrong, as the exit code. */
static int explain(const struct series *series, ink_status status)
{
    if (status == INK_OK) return CODE_DONE;
    if (series->answering != CODE_DONE) return series->answering;
    if (status != INK_CANCELLED) return job_fail(series->job, status);
    if (series->model || (series->rounds && ink_rounds_count(series->rounds))) return CODE_INTERRUPTED;
    return fail(CODE_INTERRUPTED, "interrupted in the first round; nothing is written");
}

/* Each step is taken whatever became of the others; the first code that is not CODE_DONE counts. */
static void also(int *code, int next)
{
    if (*code == CODE_DONE) *code = next;
}

/* With folds a diverged series has a model only if that is what the last training left. */
static int write_model(struct series *series, ink_status trained)
{
    if (!series->model || job_follows(series->job)) return CODE_DONE;
    bool failed = trained == INK_DIVERGED && series->result.folds;
    return (failed ? saved_write_failed : saved_write)(series->job, series->model, series->output, &series->saved);
}

/* Writes and prints what there is. */
static int finish_folds(struct series *series, ink_status status)
{
    struct folds_result *result = &series->result;
    const ink_run *last = series->rounds && !ink_rounds_kept(series->rounds) ? ink_rounds_run(series->rounds) : NULL;
    int code = explain(series, status), written;
    char saved[4400];
    if (series->history.steps && last) history_run(&series->history, last);
    also(&code, written = history_end(&series->history, NULL));
    result->history = written == CODE_DONE ? series->history.path : NULL;
    also(&code, oof_end(&series->oof));
    result->oof = series->oof.path;
    if (!series->rounds || (!series->model && !ink_rounds_count(series->rounds))) return code;
    if (series->output && !series->model && series->result.folds)
        talk("no model is written: it is trained last, after all folds have finished");
    also(&code, write_model(series, status));
    result->output = *series->saved.path ? saved_text(&series->saved, saved) : NULL;
    result->model_path = *series->saved.path ? series->saved.path : NULL;
    also(&code, written = job_save_settings(series->job, series->save_config));
    result->save_config = written == CODE_DONE ? series->save_config : NULL;
    result->rounds = series->rounds;
    result->model = series->model;
    result->interrupted = status == INK_CANCELLED;
    if (!series->job->json)
        folds_print(result);
    else if (folds_print_json(result) != CODE_DONE)
        return CODE_INTERNAL;
    return code;
}

static int load_and_train(struct series *series)
{
    const struct job *job = series->job;
    ink_status status = ink_data_load(job->ctx, job->operands[0], job->set, &series->data);
    if (status != INK_OK) return job_fail(job, status);
    int code = oof_begin(&series->oof, series->data, !is_set_to(job, "repeat", "1"));
    if (code != CODE_DONE) return code;
    if (series->output) saved_announce(job, series->output);
    return finish_folds(series, train(series));
}

/* With folds a model costs one more training, so it has to be asked for. */
static const char *choose_output(const struct job *job, bool folds)
{
    const char *output = job_value(job, "output");
    return output || folds ? output : "model.safetensors";
}

int cmd_folds(struct job *job)
{
    struct series series = {.job = job, .save_config = job_value(job, "save-config")};
    series.result.folds = !is_set_to(job, "folds", "none");
    series.result.by_steps = !is_set_to(job, "steps", "none") || !is_set_to(job, "eval-every", "epoch");
    series.output = choose_output(job, series.result.folds);
    series.oof.path = job_value(job, "oof");
    series.history.path = job_value(job, "history");
    series.history.steps = is_set_to(job, "history-steps", "true");
    if (series.oof.path && !series.result.folds)
        return fail(CODE_USAGE, "--oof writes the answers of folds, and needs --folds; see inkling help folds");
    if (series.oof.path && strcmp(series.oof.path, "-") == 0)
        return fail(CODE_USAGE, "--oof needs the name of a file: the results go to stdout");
    if (job_follows(job)) series.save_config = series.oof.path = series.history.path = NULL;
    int code = job_follows(job) ? CODE_DONE : check_outputs(&series);
    if (code == CODE_DONE) code = load_and_train(&series);
    oof_end(&series.oof);
    ink_rounds_free(series.rounds);
    ink_model_free(series.model);
    ink_data_free(series.data);
    return code;
}
