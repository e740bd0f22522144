/* cmd_search: finds the best settings; lists a search's trials; writes the best one's model.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "interrupt.h"
#include "json.h"
#include "saved.h"
#include "scores.h"
#include "search_join.h"
#include "search_results.h"
#include "search_serve.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN 20 /* trials in the table after a search */

/* One call. */
struct searching {
    const struct job *job;
    const char *store, *output; /* output NULL: none is wanted */
    ink_settings *set;
    ink_data *data;
    ink_search *search;
    bool reported_interrupt;
    size_t rows;              /* printed so far */
    struct search_join *join; /* over HTTP, or NULL */
    ink_search_link link;     /* to who has the store; ask NULL: it is here */
    char token[TOKEN_ROOM];
    struct search_columns columns;
    struct saved saved; /* where the model is now */
};

/* ---------------------------------------------------------------- progress */

static void print_row(struct searching *searching, const ink_search_progress *now)
{
    char line[SEARCH_LINE_ROOM], values[512];
    const ink_trial *trial = now->finished;
    const struct search_columns *columns = &searching->columns;
    if (strcmp(trial->state, "failed") == 0) {
        search_values(searching->search, trial->trial, values, sizeof values);
        talk("%7zu failed: %s (%s)", trial->trial, trial->message, values);
        return;
    }
    if (searching->rows++ == 0) {
        search_columns(searching->search, SIZE_MAX, true, &searching->columns);
        search_head(searching->search, columns, line);
        talk("%s", line);
    }
    search_line(searching->search, columns, trial, now->best == trial->trial ? '*' : ' ', line);
    search_values(searching->search, trial->trial, values, sizeof values);
    talk("%s%s%s", line, columns->in_lines ? "   " : "", columns->in_lines ? values : "");
}

static void draw_progress(const ink_search_progress *now)
{
    char before[96], after[160], loss[TEXT_ROOM], left[TEXT_ROOM];
    snprintf(before, sizeof before, "%zu/%zu trials, %zu running", now->ended, now->trials, now->running);
    if (now->best)
        snprintf(after, sizeof after, "best %s (trial %zu)  %s left", text_loss(loss, now->best_val[INK_LOSS]),
                 now->best, text_time(left, now->seconds_left));
    else
        snprintf(after, sizeof after, "%s left", text_time(left, now->seconds_left));
    bar_draw(now->trials ? (double)now->ended / (double)now->trials : 0, before, after);
}

static bool on_progress(void *user, const ink_search_progress *now)
{
    struct searching *searching = user;
    if (now->finished) print_row(searching, now);
    draw_progress(now);
    if (!interrupt_came()) return true;
    if (!searching->reported_interrupt)
        talk("interrupted: keeping what is finished; %s again stops at once", interrupt_name());
    searching->reported_interrupt = true;
    return false;
}

/* ---------------------------------------------------------------- checking */

/* Settings that another store has its own of. */
static int check_settings(const struct job *job, const char *flag)
{
    static const char *const free_ones[] = {"workers", "budget", "checkpoint-every", "data-path", "threads"};
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const char *name = ink_settings_row(i)->name;
        bool is_free = false;
        for (size_t k = 0; k < sizeof free_ones / sizeof *free_ones; k++)
            is_free = is_free || strcmp(free_ones[k], name) == 0;
        if (!is_free && ink_settings_is_set(job->set, name))
            return fail(CODE_USAGE, "--%s means nothing with --%s: the store has the settings; see inkling help search",
                        name, flag);
    }
    if (job_value(job, "config"))
        return fail(CODE_USAGE, "--config means nothing with --%s: the store has the settings; see inkling help search",
                    flag);
    if (job_value(job, "space"))
        return fail(CODE_USAGE, "--space means nothing with --%s: the store has it; see inkling help search", flag);
    return CODE_DONE;
}

/* At most one of --join, --list and --best, and nothing with it that would be left aside in silence. */
static int check_flags(const struct job *job)
{
    static const char *const modes[] = {"join", "list", "best"};
    const char *mode = NULL;
    for (size_t i = 0; i < 3; i++) {
        if (!job_value(job, modes[i])) continue;
        if (mode) return fail(CODE_USAGE, "--%s and --%s do not go together; see inkling help search", mode, modes[i]);
        mode = modes[i];
    }
    bool best = mode && strcmp(mode, "best") == 0, list = mode && strcmp(mode, "list") == 0;
    if (!best && (job_value(job, "refit") || job_value(job, "trial")))
        return fail(CODE_USAGE, "--%s goes with --best STORE; see inkling help search",
                    job_value(job, "refit") ? "refit" : "trial");
    if (list && (job_value(job, "output") || job->operand_count > 0))
        return fail(CODE_USAGE, "--list takes a store and nothing else; see inkling help search");
    if (mode && job_value(job, "store"))
        return fail(CODE_USAGE, "--store and --%s do not go together: --%s STORE names it", mode, mode);
    if (job->json && job_value(job, "csv")) return fail(CODE_USAGE, "--json and --csv do not go together");
    int code = search_serve_check(job, mode);
    if (code != CODE_DONE) return code;
    if (search_join_is_over(job_value(job, "join")) && (job_value(job, "output") || job_value(job, "csv")))
        return fail(CODE_USAGE, "--%s: trials and models are with the server's store; ask there (--list, --best)",
                    job_value(job, "csv") ? "csv" : "output");
    return mode ? check_settings(job, mode) : CODE_DONE;
}

static int check_output(const struct searching *searching, const char *data)
{
    const char *output = searching->output;
    if (data && file_is_same(searching->store, data))
        return fail(CODE_USAGE, "the store would overwrite the data in %s; choose another name with --store", data);
    if (!output) return CODE_DONE;
    if (file_is_same(output, searching->store) || (data && file_is_same(output, data)))
        return fail(CODE_USAGE, "the model would overwrite %s; choose another name with -o", output);
    return file_check(output, false);
}

/* ----------------------------------------------------------------- results */

static int print_results(const struct searching *searching, size_t most)
{
    if (searching->job->json) return json_print(search_json(searching->search, searching->store));
    if (job_value(searching->job, "csv"))
        search_print_csv(searching->search);
    else
        search_print(searching->search, searching->store, most);
    return CODE_DONE;
}

/* Writes what the call before came to, and frees it. */
static int write_model(struct searching *searching, ink_status status, ink_model *model)
{
    int code = status == INK_OK ? saved_write(searching->job, model, searching->output, &searching->saved)
                                : job_fail(searching->job, status);
    ink_model_free(model);
    return code;
}

/* After folds no trial has a model of its own: the best is retrained. */
static int write_best(struct searching *searching, const ink_search_info *info)
{
    ink_model *model = NULL;
    ink_run *run_of = NULL;
    bool own = strcmp(ink_settings_get(info->set, "folds"), "none") == 0;
    ink_status status = own ? ink_search_model(searching->search, info->best, &model)
                            : ink_search_refit(searching->search, info->best, searching->data, NULL, &model, &run_of);
    ink_run_free(run_of);
    return write_model(searching, status, model);
}

/* Why nothing came of it. */
static int say_failed(const struct searching *searching, const ink_search_info *info)
{
    const ink_trial *first = ink_search_trial(searching->search, 0);
    return fail(CODE_MISSED, "all %zu trials failed; trial %zu: %s", info->trials, first->trial, first->message);
}

static int finish_search(struct searching *searching, ink_status ran)
{
    ink_search_info info = INK_INIT(ink_search_info);
    int code = ran == INK_OK ? CODE_DONE : job_fail(searching->job, ran);
    if (ran != INK_OK && ran != INK_CANCELLED) return code;
    ink_search_describe(searching->search, &info);
    int printed = print_results(searching, SHOWN);
    search_note_same(searching->search);
    if (access(searching->store, F_OK) != 0)
        return fail(CODE_INPUT, "%s is no longer there: it was removed while the search ran, and its trials with it",
                    searching->store);
    if (code == CODE_DONE) code = printed;
    size_t open = info.waiting + info.running + info.paused;
    if (open) talk("%zu trials left: run the same command to continue", open);
    if (code == CODE_DONE && info.failed == info.trials) code = say_failed(searching, &info);
    if (!info.best) return code;
    if (!searching->output) {
        talk("write the best model with: inkling search --best %s -o model.safetensors", searching->store);
        return code;
    }
    char saved[4400];
    int written = write_best(searching, &info);
    if (*searching->saved.path) talk("written      %s", saved_text(&searching->saved, saved));
    return code == CODE_DONE ? written : code;
}

/* ----------------------------------------------------------------- running */

/* Of a search elsewhere: what came of it here. */
static int finish_over(struct searching *searching, ink_status ran)
{
    ink_search_info info = INK_INIT(ink_search_info);
    int code = ran == INK_OK ? CODE_DONE : job_fail(searching->job, ran);
    if (code != CODE_DONE) return code;
    ink_search_describe(searching->search, &info);
    size_t ended = info.done + info.stopped + info.failed;
    if (searching->job->json)
        return json_print(json_pack("{s:o, s:o, s:o, s:o}", "server", json_of_text(searching->store), "trials",
                                    json_of_count(info.trials), "ended", json_of_count(ended), "handed_in",
                                    json_of_count(searching->rows)));
    out("trials       %zu of %zu have ended; handed in from here: %zu\n", ended, info.trials, searching->rows);
    out("results      are with %s: inkling search --list STORE there\n", searching->store);
    return CODE_DONE;
}

/* Serves it meanwhile where that is wanted. */
static int run_served(struct searching *searching, ink_search_hooks *hooks, ink_status *status)
{
    struct search_server *server = NULL;
    const struct job *job = searching->job;
    hooks->anew = job->questions && !job_follows(job);
    hooks->serve = hooks->anew || job_value(job, "serve");
    int code = hooks->serve ? search_serve_begin(job, searching->search, searching->store, &server) : CODE_DONE;
    if (code != CODE_DONE) return code;
    *status = ink_search_run(searching->search, hooks);
    bar_clear();
    search_serve_end(server);
    return CODE_DONE;
}

static int run_search(struct searching *searching)
{
    ink_search_info info = INK_INIT(ink_search_info);
    ink_search_hooks hooks = INK_INIT(ink_search_hooks);
    ink_status status = INK_OK;
    hooks.progress = on_progress;
    hooks.user = searching;
    ink_search_describe(searching->search, &info);
    size_t ended = info.done + info.stopped + info.failed;
    talk("%s: %zu trial%s (%s), best by %s", searching->store, info.trials, info.trials == 1 ? "" : "s", info.method,
         info.objective);
    if (ended) talk("%zu trial%s already done", ended, ended == 1 ? " is" : "s are");
    if (searching->output) saved_announce(searching->job, searching->output);
    interrupt_catch();
    int code = run_served(searching, &hooks, &status);
    if (code != CODE_DONE) return code;
    return searching->link.ask ? finish_over(searching, status) : finish_search(searching, status);
}

static int load_search(struct searching *searching, const char *data, const char *space)
{
    const struct job *job = searching->job;
    ink_status status = ink_data_load(job->ctx, data, searching->set, &searching->data);
    if (status == INK_OK && !searching->link.ask)
        status = ink_search_new(job->ctx, searching->store, searching->data, searching->set, space, &searching->search);
    if (status == INK_OK && searching->link.ask)
        status =
            ink_search_new_over(job->ctx, &searching->link, searching->data, searching->set, space, &searching->search);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

static int search_data(struct searching *searching)
{
    const struct job *job = searching->job;
    const char *space = job_value(job, "space"), *store = job_value(job, "store");
    if (!space) space = ink_settings_about(job->set, "space");
    if (job->operand_count == 0)
        return fail(CODE_USAGE, "DATA is missing: inkling search DATA --space SPACE; see inkling help search");
    if (!space)
        return fail(CODE_USAGE,
                    "--space is missing: what to try, such as --space \"lr=0.1,0.01 batch=32,64\"; see inkling "
                    "help search");
    searching->store = store ? store : "search.db";
    int code = check_output(searching, job->operands[0]);
    if (code == CODE_DONE && ink_settings_copy(job->ctx, job->set, &searching->set) != INK_OK) code = CODE_INTERNAL;
    if (code == CODE_DONE) code = load_search(searching, job->operands[0], space);
    return code == CODE_DONE ? run_search(searching) : code;
}

/* The store's settings, with this call's own on how to run. */
static ink_status take_settings(struct searching *searching, const ink_search_info *info)
{
    static const char *const own[] = {"workers", "budget", "checkpoint-every", "data-path"};
    ink_status status = ink_settings_copy(searching->job->ctx, info->set, &searching->set);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (status == INK_OK && ink_settings_is_set(searching->job->set, own[i]))
            status = ink_settings_set(searching->job->ctx, searching->set, own[i],
                                      ink_settings_get(searching->job->set, own[i]));
    return status;
}

/* The settings of the store that --join names, or of the search that is served there. */
static ink_status open_other(struct searching *searching, int *code, ink_search **there)
{
    const struct job *job = searching->job;
    *code = CODE_DONE;
    searching->store = job_value(job, "join");
    if (searching->link.ask) return ink_search_open_over(job->ctx, &searching->link, there);
    if (!search_join_is_over(searching->store)) return ink_search_open(job->ctx, searching->store, there);
    *code = search_token(job_value(job, "token"), searching->token);
    if (*code != CODE_DONE) return INK_OK;
    searching->join = search_join_new(searching->store, searching->token, code);
    if (!searching->join) return INK_OK;
    interrupt_catch();
    searching->link = search_join_link(searching->join);
    searching->store = searching->link.name;
    return ink_search_open_over(job->ctx, &searching->link, there);
}

static int join(struct searching *searching)
{
    const struct job *job = searching->job;
    ink_search *there = NULL;
    ink_search_info info = INK_INIT(ink_search_info);
    int code;
    ink_status status = open_other(searching, &code, &there);
    if (code != CODE_DONE) return code;
    if (status != INK_OK) return job_fail(job, status);
    ink_search_describe(there, &info);
    const char *data = job->operand_count > 0 ? job->operands[0] : info.data;
    code = check_output(searching, data);
    status = take_settings(searching, &info);
    if (code == CODE_DONE && status != INK_OK) code = job_fail(job, status);
    if (code == CODE_DONE) code = load_search(searching, data, info.space);
    ink_search_free(there);
    return code == CODE_DONE ? run_search(searching) : code;
}

/* ----------------------------------------------------------------- looking */

static int open_store(struct searching *searching, const char *store)
{
    searching->store = store;
    ink_status status = ink_search_open(searching->job->ctx, store, &searching->search);
    return status == INK_OK ? CODE_DONE : job_fail(searching->job, status);
}

static int list(struct searching *searching)
{
    int code = open_store(searching, job_value(searching->job, "list"));
    return code == CODE_DONE ? print_results(searching, SIZE_MAX) : code;
}

static int choose_trial(const struct searching *searching, const ink_search_info *info, size_t *trial)
{
    const char *asked = job_value(searching->job, "trial");
    char *end;
    *trial = info->best;
    if (asked && strcmp(asked, "smallest") == 0)
        *trial = info->smallest;
    else if (asked) {
        *trial = (size_t)strtoull(asked, &end, 10);
        if (end == asked || *end || !search_trial(searching->search, *trial))
            return fail(CODE_USAGE, "--trial '%s': there are trials 1 to %zu, and smallest", asked, info->trials);
    }
    if (*trial == 0) return fail(CODE_INPUT, "%s: no trial has a result yet", searching->store);
    return CODE_DONE;
}

static bool go_on(void *user, const ink_progress *now)
{
    char before[64], left[TEXT_ROOM];
    (void)user;
    snprintf(before, sizeof before, "epoch %zu/%zu", now->epoch, now->epochs);
    bar_draw(now->steps_total ? (double)now->step / (double)now->steps_total : 0, before,
             text_time(left, now->seconds_left));
    return !interrupt_came();
}

/* Retrains the trial's settings on all rows. */
static ink_status refit(struct searching *searching, const ink_search_info *info, size_t trial, ink_model **model,
                        ink_run **run_of)
{
    const struct job *job = searching->job;
    const ink_hooks hooks = {sizeof hooks, go_on, searching};
    const char *data = job->operand_count > 0 ? job->operands[0] : info->data;
    ink_status status = take_settings(searching, info);
    if (status == INK_OK) status = ink_data_load(job->ctx, data, searching->set, &searching->data);
    if (status != INK_OK) return status;
    interrupt_catch();
    status = ink_search_refit(searching->search, trial, searching->data, &hooks, model, run_of);
    bar_clear();
    return status;
}

static int print_model(const struct searching *searching, size_t number, const ink_model *model, const ink_run *run_of)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_search_info about = INK_INIT(ink_search_info);
    char loss[TEXT_ROOM], share[TEXT_ROOM], values[512], saved[4400];
    const ink_trial *trial = search_trial(searching->search, number);
    const ink_metrics *test = run_of ? ink_run_metrics(run_of) : NULL;
    ink_model_describe(model, &info);
    ink_search_describe(searching->search, &about);
    const ink_score *score = &about.scores[SCORE_BESIDE];
    if (searching->job->json) {
        json_t *object = json_pack("{s:o, s:o}", "trial", json_of_count(number), "settings",
                                   search_json_values(searching->search, number));
        search_json_scores(object, &about, trial->val);
        json_object_set_new(object, "refit", json_boolean(run_of != NULL));
        json_object_set_new(object, "parameters", json_of_count(info.parameters));
        snprintf(values, sizeof values, "test_%s", score->name);
        json_object_set_new(object, values, json_of_real(test ? test->score[SCORE_BESIDE] : NAN));
        json_object_set_new(object, "hash", json_of_hash(info.hash));
        json_object_set_new(object, "model", json_of_text(searching->saved.path));
        return json_print(object);
    }
    out("trial        %zu (%s)\n", number, search_values(searching->search, number, values, sizeof values));
    out("validation   loss %s, %s %s, after %zu epochs\n", text_loss(loss, trial->val[INK_LOSS]), score->name,
        text_score(share, score, trial->val[SCORE_BESIDE]), trial->best_epoch);
    terminal_parameters(info.parameters, info.notation);
    if (run_of) out("retrained on the training and validation rows, %s\n", ink_run_ended(run_of));
    scores_print_test("test", test);
    out("weights      %016" PRIx64 "\nwritten      %s\n", info.hash, saved_text(&searching->saved, saved));
    return CODE_DONE;
}

static int best(struct searching *searching)
{
    const struct job *job = searching->job;
    ink_search_info info = INK_INIT(ink_search_info);
    ink_model *model = NULL;
    ink_run *run_of = NULL;
    size_t trial = 0;
    int code = open_store(searching, job_value(job, "best"));
    if (code != CODE_DONE) return code;
    if (!searching->output) searching->output = "model.safetensors";
    ink_search_describe(searching->search, &info);
    code = check_output(searching, job->operand_count > 0 ? job->operands[0] : NULL);
    if (code == CODE_DONE) code = choose_trial(searching, &info, &trial);
    if (code != CODE_DONE) return code;
    saved_announce(job, searching->output);
    ink_status status = job_value(job, "refit") ? refit(searching, &info, trial, &model, &run_of)
                                                : ink_search_model(searching->search, trial, &model);
    code = status == INK_OK ? saved_write(job, model, searching->output, &searching->saved) : job_fail(job, status);
    if (*searching->saved.path) {
        int printed = print_model(searching, trial, model, run_of);
        if (code == CODE_DONE) code = printed;
    }
    ink_model_free(model);
    ink_run_free(run_of);
    return code;
}

/* Of processes that were started together the first has the store, and the others ask it; each has one worker, unless --workers says otherwise. */
static int begin_together(struct searching *searching)
{
    const struct job *job = searching->job;
    if (!job->questions) return CODE_DONE;
    const bool follows = job_follows(job), none = strcmp(ink_settings_get(job->set, "workers"), "none") == 0;
    if (follows) {
        searching->link = (ink_search_link){sizeof searching->link, "rank 0", job->questions->ask, NULL};
        searching->output = NULL;
    }
    if (ink_settings_is_set(job->set, "workers") && !(follows && none)) return CODE_DONE;
    ink_status status = ink_settings_set(job->ctx, job->set, "workers", "1");
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

int cmd_search(struct job *job)
{
    struct searching searching = {.job = job, .output = job_value(job, "output")};
    int code = check_flags(job);
    if (code == CODE_DONE) code = begin_together(&searching);
    if (code != CODE_DONE) return code;
    if (job_follows(job) && (job_value(job, "list") || job_value(job, "best"))) return CODE_DONE;
    if (job_value(job, "list"))
        code = list(&searching);
    else if (job_value(job, "best"))
        code = best(&searching);
    else if (job_value(job, "join"))
        code = join(&searching);
    else
        code = search_data(&searching);
    ink_search_free(searching.search);
    ink_data_free(searching.data);
    ink_settings_free(searching.set);
    search_join_free(searching.join);
    return code;
}
