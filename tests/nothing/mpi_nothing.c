/* mpi_nothing: a search whose trials do nothing: what the questions of ranks cost.
 * SPDX-License-Identifier: MIT
 *
 * usage: mpirun -n RANKS mpi_nothing STORE TRIALS
 * Rank 0 has the store and answers; the others claim trials and hand in made-up results at once. Ends with 1 if a trial was not done once. */
#include "comm.h"
#include "questions.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int give_up(const char *what)
{
    fprintf(stderr, "mpi_nothing: %s\n", what);
    exit(1);
}

/* ------------------------------------------------------------ who does nothing */

static bool add_text(void *user, const char *bytes, size_t count)
{
    json_t **answer = user;
    *answer = json_loadb(bytes, count, 0, NULL);
    return *answer != NULL;
}

/* The answer may be that something is wrong. */
static json_t *put(const struct questions *questions, json_t *question)
{
    char why[1200] = "", *text = json_dumps(question, JSON_COMPACT);
    json_t *answer = NULL;
    if (questions->ask(NULL, text, strlen(text), add_text, &answer, why, sizeof why) != INK_OK || !answer) give_up(why);
    json_decref(question);
    free(text);
    return answer;
}

static json_t *ask(const struct questions *questions, json_t *question)
{
    json_t *answer = put(questions, question);
    if (json_object_get(answer, "error")) give_up(json_string_value(json_object_get(answer, "error")));
    return answer;
}

static json_t *make_result(json_int_t trial)
{
    return json_pack("{s:{s:[],s:i,s:i}, s:b, s:i, s:i, s:i, s:i, s:i, s:s, s:[f,n,n,n,n,n,n,n]}", "standing", "epochs",
                     "before", 0, "seconds", 0, "over", 1, "epochs", 1, "best_epoch", 1, "rows", 0, "parameters", 1,
                     "taken", 0, "hash", "1", "val", (double)trial);
}

static void do_nothing(const struct questions *questions)
{
    char name[32];
    snprintf(name, sizeof name, "rank %u", questions->rank);
    json_t *answer = ask(questions, json_pack("{s:s, s:s}", "ask", "join", "name", name));
    json_int_t process = json_integer_value(json_object_get(answer, "process"));
    for (;;) {
        json_decref(answer);
        answer = ask(questions, json_pack("{s:s, s:I}", "ask", "claim", "process", process));
        const json_t *claim = json_object_get(answer, "claim");
        if (!claim) break;
        json_int_t trial = json_integer_value(json_object_get(claim, "trial"));
        json_t *held =
            put(questions, json_pack("{s:s, s:I, s:I, s:i, s:O, s:i, s:o}", "ask", "finish", "process", process,
                                     "trial", trial, "rung", 0, "lease", json_object_get(claim, "lease"), "round", 0,
                                     "result", make_result(trial)));
        if (!json_is_true(json_object_get(held, "held"))) /* busy machines let a lease run out: others do the trial */
            fprintf(stderr, "mpi_nothing: trial %lld was not taken\n", (long long)trial);
        json_decref(held);
    }
    json_decref(answer);
    json_decref(ask(questions, json_pack("{s:s, s:I}", "ask", "leave", "process", process)));
}

/* ------------------------------------------------------------ who answers */

struct owner {
    ink_search *search;
    ink_ctx *ctx;
};

static bool answer_one(void *user, const char *request, size_t size, ink_sink sink, void *to)
{
    struct owner *owner = user;
    unsigned code;
    return ink_search_answer(owner->search, owner->ctx, request, size, sink, to, &code) == INK_OK;
}

static void must(ink_ctx *ctx, ink_status status)
{
    if (status != INK_OK) give_up(ink_ctx_message(ctx));
}

static ink_data *make_rows(ink_ctx *ctx)
{
    static float values[80];
    static int32_t labels[40];
    ink_data *data;
    for (int i = 0; i < 80; i++) values[i] = (float)(i % 7) - (float)(i % 5);
    for (int i = 0; i < 40; i++) labels[i] = i % 2;
    const ink_rows rows = {
        .size = sizeof rows, .rows = 40, .features = 2, .floats = values, .labels = labels, .classes = 2};
    must(ctx, ink_data_wrap(ctx, &rows, &data));
    return data;
}

static int own_search(const struct questions *questions, const char *store, const char *trials)
{
    struct owner owner;
    ink_ctx *ctx;
    ink_settings *set;
    ink_search_hooks hooks = INK_INIT(ink_search_hooks);
    ink_search_info info = INK_INIT(ink_search_info);
    if (ink_ctx_new(NULL, &ctx) != INK_OK || ink_ctx_new(NULL, &owner.ctx) != INK_OK) give_up("out of memory");
    must(ctx, ink_settings_new(ctx, &set));
    const char *const given[][2] = {{"hidden", "2"}, {"epochs", "1"}, {"workers", "none"}, {"val", "0.2"}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        must(ctx, ink_settings_set(ctx, set, given[i][0], given[i][1]));
    must(ctx, ink_settings_set(ctx, set, "trials", trials));
    ink_data *data = make_rows(ctx);
    must(ctx, ink_search_new(ctx, store, data, set, "lr=1e-3..1:log", &owner.search));
    hooks.serve = hooks.anew = true;
    double began = seconds_now();
    if (questions->begin(answer_one, &owner) != 0) return 1;
    must(ctx, ink_search_run(owner.search, &hooks));
    questions->end();
    double seconds = seconds_now() - began;
    ink_search_describe(owner.search, &info);
    bool all = info.done == info.trials && info.trials == strtoull(trials, NULL, 10);
    printf("measured: %zu trials that do nothing over %u ranks by MPI in %.2f s\n", info.trials, questions->ranks,
           seconds);
    ink_search_free(owner.search);
    ink_data_free(data);
    ink_settings_free(set);
    ink_ctx_free(owner.ctx);
    ink_ctx_free(ctx);
    return all ? 0 : 1;
}

int main(int count, char **words)
{
    const struct questions *questions = questions_new(comm_begin());
    if (count != 3 || !questions) return give_up("usage: mpirun -n RANKS mpi_nothing STORE TRIALS");
    int code = 0;
    if (questions->rank == 0)
        code = own_search(questions, words[1], words[2]);
    else
        do_nothing(questions);
    return comm_end(code, "");
}
