/* cmd_train: trains on DATA, shows how it goes, writes the model and the history.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "events.h"
#include "files.h"
#include "history.h"
#include "interrupt.h"
#include "json.h"
#include "progress.h"
#include "saved.h"
#include "scores.h"
#include "terminal.h"
#include "watch.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Everything about one run. */
struct training {
    const struct job *job;
    const char *output;
    char checkpoint[4096];
    const char *save_config; /* where the settings go, or NULL */
    struct history history;
    struct events events;
    struct progress progress;
    struct watch *watch; /* NULL: none is wanted */
    bool by_steps;       /* rows of the table are numbered by steps, not epochs */
    size_t rows;         /* printed so far */
    bool reported_interrupt;
    ink_data *data;
    ink_model *model;
    ink_run *run;
    double seconds;
    struct saved saved; /* where the model is now */
};

/* ---------------------------------------------------------------- progress */

static void print_row(struct training *training, const ink_progress *now)
{
    const ink_epoch *row = now->row;
    const ink_score *score = &row->scores[SCORE_BESIDE];
    char loss[TEXT_ROOM], share[TEXT_ROOM], val_loss[TEXT_ROOM], val_share[TEXT_ROOM], rate[TEXT_ROOM], left[TEXT_ROOM];
    if (training->rows++ == 0)
        talk("%8s %10s %9s %10s %9s %9s %7s %8s", training->by_steps ? "step" : "epoch", "train loss", score->name,
             "valid loss", score->name, "rate", "rows/s", "left");
    talk("%8zu %10s %9s %10s %9s %9.4g %7s %8s%s", training->by_steps ? row->step : row->epoch,
         text_loss(loss, row->train[INK_LOSS]), text_score(share, score, row->train[SCORE_BESIDE]),
         text_loss(val_loss, row->val[INK_LOSS]), text_score(val_share, score, row->val[SCORE_BESIDE]), row->lr,
         text_rate(rate, row->rows_per_second), text_time(left, now->seconds_left), row->best ? " *" : "");
}

static bool on_progress(void *user, const ink_progress *now)
{
    struct training *training = user;
    if (now->row) {
        progress_row(&training->progress, now->row);
        if (!terminal_is_live()) print_row(training, now);
        history_row(&training->history, now->row);
        events_row(&training->events, now->row);
    }
    watch_progress(training->watch, now);
    progress_draw(&training->progress, now);
    if (!interrupt_came()) return true;
    if (!training->reported_interrupt)
        talk("interrupted: keeping the best weights; %s again stops at once", interrupt_name());
    training->reported_interrupt = true;
    return false;
}

/* ----------------------------------------------------------------- results */

/* A row of the history, NULL behind the last. */
static const ink_epoch *row_at(const ink_run *run, size_t i)
{
    return i < ink_run_epochs(run) ? ink_run_epoch(run, i) : NULL;
}

/* "best epoch   4 of 6: validation loss 0.3606, accuracy 85.00 %" */
static void print_chosen(const struct training *training, const char *title, const ink_epoch *row, const char *after)
{
    const ink_run *run = training->run;
    const ink_epoch *last = ink_run_epoch(run, ink_run_epochs(run) - 1);
    char loss[TEXT_ROOM], share[TEXT_ROOM];
    bool valid = isfinite(row->val[INK_LOSS]);
    const double *values = valid ? row->val : row->train;
    const ink_score *score = &row->scores[SCORE_BESIDE];
    out("%s %-7s %zu of %zu: ", title, training->by_steps ? "step" : "epoch",
        training->by_steps ? row->step : row->epoch, training->by_steps ? last->step : last->epoch);
    out("%s loss %s, %s %s%s\n", valid ? "validation" : "training", text_loss(loss, values[INK_LOSS]), score->name,
        text_score(share, score, values[SCORE_BESIDE]), after);
}

/* The row whose weights are written, and the best by the monitor where that is another. */
static void print_rows(const struct training *training)
{
    const ink_run *run = training->run;
    const ink_epoch *kept = row_at(run, ink_run_kept(run)), *best = row_at(run, ink_run_best(run));
    if (!kept) return;
    print_chosen(training, kept == best ? "best" : "last", kept, "");
    if (best && best != kept) print_chosen(training, "best", best, " (not kept)");
}

static void print_results(const struct training *training)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(training->model, &info);
    terminal_parameters(info.parameters, info.notation);
    if (training->run) {
        print_rows(training);
        scores_print_test("test", ink_run_metrics(training->run));
        out("ended        %s (%.1f s)\n", ink_run_ended(training->run), training->seconds);
    }
    out("weights      %016" PRIx64 "\n", info.hash);
    const char *history = training->history.path;
    const char *config = training->save_config;
    char model[4400];
    out("written      %s%s%s%s%s\n", saved_text(&training->saved, model), history ? ", " : "", history ? history : "",
        config ? ", " : "", config ? config : "");
}

/* "val_loss" and the other validation scores of a row, with a prefix before their names. */
static void add_scores(json_t *object, const char *prefix, const ink_epoch *row)
{
    char name[64];
    for (size_t i = 0; row && i < row->score_count; i++) {
        snprintf(name, sizeof name, "%sval_%s", prefix, row->scores[i].name);
        json_object_set_new(object, name, json_of_real(row->val[i]));
    }
}

/* The scores of the weights that are written, and of the best row where that is another. */
static void add_rows(json_t *object, const ink_run *run)
{
    const ink_epoch *kept = run ? row_at(run, ink_run_kept(run)) : NULL,
                    *best = run ? row_at(run, ink_run_best(run)) : NULL;
    json_object_set_new(object, "best_epoch", best ? json_of_count(best->epoch) : json_null());
    add_scores(object, "", kept);
    if (!best || best == kept) return;
    json_object_set_new(object, "kept_epoch", json_of_count(kept->epoch));
    add_scores(object, "best_", best);
}

static int json_results(const struct training *training)
{
    ink_model_info info = INK_INIT(ink_model_info);
    const ink_run *run = training->run;
    size_t count = run ? ink_run_epochs(run) : 0;
    ink_model_describe(training->model, &info);
    json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o}", "model", json_of_text(training->saved.path), "history",
                               json_of_text(training->history.path), "parameters", json_of_count(info.parameters),
                               "notation", json_of_text(info.notation), "epochs",
                               json_of_count(count ? ink_run_epoch(run, count - 1)->epoch : 0));
    add_rows(object, run);
    json_object_set_new(object, "test", scores_json_test(run ? ink_run_metrics(run) : NULL));
    json_object_set_new(object, "hash", json_of_hash(info.hash));
    json_object_set_new(object, "seconds", json_of_real(round(1000 * training->seconds) / 1000));
    json_object_set_new(object, "ended", json_of_text(run ? ink_run_ended(run) : NULL));
    if (*training->saved.replaced) json_object_set_new(object, "replaced", json_of_text(training->saved.replaced));
    return json_print(object);
}

/* -------------------------------------------------------------------- work */

static int check_save_config(const struct training *training, const char *data)
{
    const char *path = training->save_config, *history = training->history.path, *from = training->job->config;
    if (!path) return CODE_DONE;
    bool same = file_is_same(path, data) || file_is_same(path, training->output);
    if (same || (history && file_is_same(path, history)) || (from && file_is_same(path, from)))
        return fail(CODE_USAGE, "the settings would overwrite %s; choose another name", path);
    return file_check(path, false);
}

/* Finds before the work what would make it useless after. */
static int check_outputs(const struct training *training, const char *data)
{
    const char *history = training->history.path;
    if (file_is_same(training->output, data))
        return fail(CODE_USAGE, "the model would overwrite the data in %s; choose another name with -o", data);
    if (history && (file_is_same(history, data) || file_is_same(history, training->output)))
        return fail(CODE_USAGE, "the history would overwrite %s; choose another name", history);
    int code = file_check(training->output, false);
    if (code == CODE_DONE && history) code = file_check(history, true);
    return code == CODE_DONE ? check_save_config(training, data) : code;
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static ink_status train(struct training *training)
{
    const struct job *job = training->job;
    ink_hooks hooks = {sizeof hooks, on_progress, training};
    double begin = now_seconds();
    interrupt_catch();
    ink_status status = ink_train(job->ctx, training->data, job->set, &hooks, &training->model, &training->run);
    training->seconds = now_seconds() - begin;
    live_end();
    watch_end(training->watch, training->run);
    return status;
}

/* What ink_train could not finish: says so, and returns the exit code. */
static int explain(const struct training *training, ink_status status)
{
    if (status == INK_OK) return CODE_DONE;
    if (status != INK_CANCELLED) return job_fail(training->job, status);
    if (!training->model)
        return fail(CODE_INTERRUPTED, "interrupted before the end of the first epoch; no model is written");
    return CODE_INTERRUPTED;
}

int job_save_settings(const struct job *job, const char *path)
{
    if (!path) return CODE_DONE;
    ink_status status = ink_settings_set_about(job->ctx, job->given, "data", job->operands[0]);
    if (status == INK_OK) status = ink_settings_save(job->ctx, job->given, path);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

/* Writes and prints what there is after training. The first code that is not CODE_DONE counts. */
static int finish_training(struct training *training, ink_status trained)
{
    int code = explain(training, trained);
    int history = history_end(&training->history, training->run);
    if (code == CODE_DONE) code = history;
    int events = events_end(&training->events);
    if (code == CODE_DONE) code = events;
    if (history != CODE_DONE) training->history.path = NULL;
    if (!training->model || job_follows(training->job)) return code;
    int written = (trained == INK_DIVERGED ? saved_write_failed : saved_write)(training->job, training->model,
                                                                               training->output, &training->saved);
    if (code == CODE_DONE || trained == INK_CANCELLED) code = written == CODE_DONE ? code : written;
    if (!*training->saved.path) return code;
    if (trained == INK_OK) remove(training->checkpoint);
    if (trained == INK_CANCELLED && access(training->checkpoint, F_OK) == 0)
        talk("run the same command with --resume to continue from %s", training->checkpoint);
    int saved = job_save_settings(training->job, training->save_config);
    if (code == CODE_DONE) code = saved;
    if (saved != CODE_DONE) training->save_config = NULL;
    if (!training->job->json)
        print_results(training);
    else if (json_results(training) != CODE_DONE)
        return CODE_INTERNAL;
    return code;
}

/* The checkpoint lies beside the model unless set otherwise. */
static int set_checkpoint(struct training *training, const char *data)
{
    const struct job *job = training->job;
    const char *given = ink_settings_get(job->set, "checkpoint");
    int length = snprintf(training->checkpoint, sizeof training->checkpoint, "%s%s", *given ? given : training->output,
                          *given ? "" : ".checkpoint");
    if (length < 0 || (size_t)length >= sizeof training->checkpoint)
        return fail(CODE_USAGE, "the name of the checkpoint is too long; choose another with --checkpoint");
    if (file_is_same(training->checkpoint, data))
        return fail(CODE_USAGE, "the checkpoint would overwrite the data in %s; choose another name", data);
    ink_status status = ink_settings_set(job->ctx, job->set, "checkpoint", training->checkpoint);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

static int load_and_train(struct training *training, const char *path)
{
    const struct job *job = training->job;
    ink_status status = ink_data_load(job->ctx, path, job->set, &training->data);
    if (status != INK_OK) return job_fail(job, status);
    const char *port = job_follows(job) ? NULL : job_value(job, "watch");
    int code = port ? watch_begin(job, port, &training->watch) : CODE_DONE;
    if (code == CODE_DONE) code = events_begin(&training->events);
    if (code != CODE_DONE) {
        watch_end(training->watch, NULL);
        return code;
    }
    saved_announce(job, training->output);
    if (training->history.steps && !training->history.path) talk("history-steps has no effect without --history");
    status = train(training);
    return finish_training(training, status);
}

/* What shows one training has nothing to say of several. */
static int train_several(struct job *job)
{
    static const char *const single[] = {"watch", "tensorboard"};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (job_value(job, single[i]))
            return fail(CODE_USAGE, "--%s shows one training; without it --folds and --repeat train several",
                        single[i]);
    return cmd_folds(job);
}

/* To the process that writes them. */
static void leave_files(struct training *training)
{
    training->save_config = training->history.path = training->events.folder = NULL;
}

int cmd_train(struct job *job)
{
    if (folds_are_wanted(job)) return train_several(job);
    const char *output = job_value(job, "output");
    struct training training = {.job = job, .output = output ? output : "model.safetensors"};
    training.save_config = job_value(job, "save-config");
    training.history.path = job_value(job, "history");
    training.history.steps = strcmp(ink_settings_get(job->set, "history-steps"), "true") == 0;
    training.by_steps = strcmp(ink_settings_get(job->set, "eval-every"), "epoch") != 0;
    training.progress.by_steps = training.events.by_steps = training.by_steps;
    training.events.folder = job_value(job, "tensorboard");
    if (job_follows(job)) leave_files(&training);
    int code = job_follows(job) ? CODE_DONE : check_outputs(&training, job->operands[0]);
    if (code == CODE_DONE) code = set_checkpoint(&training, job->operands[0]);
    if (code == CODE_DONE) code = load_and_train(&training, job->operands[0]);
    ink_run_free(training.run);
    ink_model_free(training.model);
    ink_data_free(training.data);
    return code;
}
