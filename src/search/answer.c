/* answer: what those who work on a search from elsewhere ask of the process that has its store.
 * SPDX-License-Identifier: MIT
 *
 * A row of the table for each question (link.c asks them). Whatever a guest says is checked before it is used: a trial's place is looked up,
 * never taken from it. A question that is asked again, since the answer did not arrive, has the same answer. */
#include "base/mem.h"
#include "base/text.h"
#include "model/model.h"
#include "search/search.h"
#include "search/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HTTP_OK = 200, HTTP_BAD = 400, HTTP_UNKNOWN = 404, HTTP_GONE = 409, HTTP_TROUBLE = 500 };
enum { PROCESSES_MOST = 4096 };

/* One question. */
struct asked {
    const ink_search *search;
    ink_ctx *ctx;
    struct inki_journal journal; /* as the guest's who asks */
    const json_t *request;
    json_t *answer;
    struct inki_wire in, out; /* the bytes that came with it, and go back */
    unsigned code;
};

/* What is the guest's own fault. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static ink_status
decline(struct asked *asked, unsigned code, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    asked->code = code;
    return inki_fail(asked->ctx, INK_BAD_ARGUMENT, "%s", text);
}

static ink_status put_value(struct asked *asked, const char *name, json_t *value)
{
    if (inki_wire_put(asked->answer, name, value)) return INK_OK;
    return inki_fail(asked->ctx, INK_NO_MEMORY, "out of memory for an answer");
}

/* What was said of a value is the guest's fault, unless there is no memory. */
static ink_status as_said(struct asked *asked, ink_status status)
{
    if (status == INK_BAD_FILE) asked->code = HTTP_BAD;
    return status;
}

static ink_status read_count(struct asked *asked, const char *name, size_t most, size_t *out)
{
    return as_said(asked, inki_wire_count(&asked->in, asked->request, name, most, out));
}

/* ---- processes ---- */

static ink_status on_facts(struct asked *asked)
{
    return put_value(asked, "facts", json_deep_copy(asked->search->facts));
}

static ink_status on_join(struct asked *asked)
{
    const char *name = json_string_value(json_object_get(asked->request, "name"));
    if (!name || strlen(name) > 200)
        return decline(asked, HTTP_BAD, "\"name\" is not a text of at most 200 bytes; it says who joins");
    INK_TRY(inki_journal_admit(&asked->journal, name, &asked->journal.process));
    return put_value(asked, "process", json_integer(asked->journal.process));
}

/* The guest that asks is alive. */
static ink_status touch_guest(struct asked *asked, const json_t *number, bool drop)
{
    bool known = false;
    asked->journal.process = json_integer_value(number);
    if (json_is_integer(number)) INK_TRY(inki_journal_touch(&asked->journal, drop, &known));
    if (known) return INK_OK;
    return decline(asked, HTTP_UNKNOWN, "there is no worker %lld from elsewhere: it has to join first",
                   (long long)asked->journal.process);
}

static ink_status take_process(struct asked *asked, bool drop)
{
    return touch_guest(asked, json_object_get(asked->request, "process"), drop);
}

static ink_status on_leave(struct asked *asked)
{
    INK_TRY(take_process(asked, false));
    return inki_journal_leave(&asked->journal);
}

static ink_status on_beat(struct asked *asked)
{
    const json_t *list = json_object_get(asked->request, "processes");
    struct inki_counts counts;
    if (!json_is_array(list) || json_array_size(list) > PROCESSES_MOST)
        return decline(asked, HTTP_BAD, "\"processes\" is not a list of at most %d numbers", PROCESSES_MOST);
    for (size_t i = 0; i < json_array_size(list); i++) INK_TRY(touch_guest(asked, json_array_get(list, i), false));
    INK_TRY(inki_journal_count(&asked->journal, &counts));
    return put_value(asked, "counts", inki_wire_of_counts(&counts));
}

static ink_status add_row(void *user, const json_t *row)
{
    struct asked *asked = user;
    json_t *list = json_object_get(asked->answer, "trials");
    if (json_array_append(list, (json_t *)row) == 0) return INK_OK;
    return inki_fail(asked->ctx, INK_NO_MEMORY, "out of memory for an answer");
}

static ink_status on_trials(struct asked *asked)
{
    size_t trial;
    INK_TRY(read_count(asked, "trial", PTRDIFF_MAX, &trial));
    INK_TRY(put_value(asked, "trials", json_array()));
    return inki_journal_trials(&asked->journal, trial, add_row, asked);
}

/* ---- trials ---- */

static ink_status on_claim(struct asked *asked)
{
    struct inki_claim claim;
    bool over;
    ink_status status = INK_OK;
    INK_TRY(take_process(asked, true));
    if (atomic_load(&asked->search->ended)) return put_value(asked, "over", json_true());
    INK_TRY(inki_journal_claim(&asked->journal, asked->ctx, &claim, &over));
    if (claim.trial)
        status = put_value(asked, "claim", inki_wire_of_claim(&asked->out, &claim));
    else
        status = put_value(asked, "over", json_boolean(over));
    inki_claim_free(asked->ctx, &claim);
    return status;
}

/* The trial that a guest speaks of, as the store has it. *ended: its part was handed in before, by this very guest. */
static ink_status take_claim(struct asked *asked, struct inki_claim *claim, bool *ended)
{
    size_t lease, rung;
    bool known;
    *claim = (struct inki_claim){0};
    INK_TRY(take_process(asked, false));
    INK_TRY(read_count(asked, "trial", PTRDIFF_MAX, &claim->trial));
    INK_TRY(read_count(asked, "rung", INT32_MAX, &rung));
    INK_TRY(read_count(asked, "lease", PTRDIFF_MAX, &lease));
    INK_TRY(read_count(asked, "round", INT32_MAX, &claim->round));
    claim->lease = (int64_t)lease;
    INK_TRY(inki_journal_place(&asked->journal, claim, &known));
    if (!known) return decline(asked, HTTP_UNKNOWN, "there is no trial %zu", claim->trial);
    if (claim->round > asked->search->rounds)
        return decline(asked, HTTP_BAD, "\"round\" is %zu; a trial is trained %zu times", claim->round,
                       asked->search->rounds);
    struct inki_claim said = *claim;
    said.rung = rung;
    return inki_journal_has_ended(&asked->journal, &said, ended);
}

static ink_status put_held(struct asked *asked, const struct inki_claim *claim, bool held)
{
    INK_TRY(put_value(asked, "held", json_boolean(held)));
    if (held) return INK_OK;
    asked->code = HTTP_GONE;
    char text[160];
    snprintf(text, sizeof text,
             "trial %zu is not this worker's any more: nothing was heard of it for %d seconds, and others have it",
             claim->trial, INKI_LEASE);
    return put_value(asked, "error", json_string(text));
}

static ink_status on_keep(struct asked *asked)
{
    struct inki_claim claim;
    struct inki_standing standing;
    ink_run *run;
    bool held, ended;
    INK_TRY(take_claim(asked, &claim, &ended));
    ink_status status =
        as_said(asked, inki_wire_standing(&asked->in, json_object_get(asked->request, "standing"), &standing, &run));
    claim.rows = standing.before;
    if (status == INK_OK) status = inki_journal_keep(&asked->journal, asked->ctx, &claim, &standing, &held);
    inki_bytes_free(asked->ctx, &standing.checkpoint);
    ink_run_free(run);
    return status == INK_OK ? put_held(asked, &claim, held) : status;
}

/* The losses of validation rows are as many as it says. */
static ink_status check_result(struct asked *asked, const struct inki_result *result)
{
    size_t lists = inki_search_by_loss(asked->search) ? 1 : 2;
    if (result->losses.size == result->rows * lists * sizeof(float)) return INK_OK;
    return decline(asked, HTTP_BAD, "\"losses\" has %zu bytes, not those of %zu rows", result->losses.size,
                   result->rows);
}

typedef ink_status hand_over(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                             const struct inki_result *result, bool *held);

static ink_status finish_trial(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                               const struct inki_result *result, bool *held)
{
    return inki_journal_finish(journal, ctx, claim, result, held);
}

static ink_status take_result(struct asked *asked, hand_over *over)
{
    struct inki_claim claim;
    struct inki_result result;
    ink_run *run;
    bool held, ended;
    INK_TRY(take_claim(asked, &claim, &ended));
    if (ended) return put_held(asked, &claim, true);
    ink_status status =
        as_said(asked, inki_wire_result(&asked->in, json_object_get(asked->request, "result"), &result, &run));
    claim.rows = result.standing.before;
    if (status == INK_OK) status = check_result(asked, &result);
    if (status == INK_OK) status = over(&asked->journal, asked->ctx, &claim, &result, &held);
    inki_wire_free_result(asked->ctx, &result, run);
    return status == INK_OK ? put_held(asked, &claim, held) : status;
}

static ink_status on_round(struct asked *asked) { return take_result(asked, inki_journal_round); }

static ink_status on_finish(struct asked *asked) { return take_result(asked, finish_trial); }

static ink_status on_fail(struct asked *asked)
{
    struct inki_claim claim;
    bool held, ended;
    const char *message = json_string_value(json_object_get(asked->request, "message"));
    INK_TRY(take_claim(asked, &claim, &ended));
    if (!message) return decline(asked, HTTP_BAD, "\"message\" is not a text; it says why a trial failed");
    if (ended) return put_held(asked, &claim, true);
    INK_TRY(inki_journal_fail(&asked->journal, asked->ctx, &claim, message, &held));
    return put_held(asked, &claim, held);
}

static ink_status on_release(struct asked *asked)
{
    struct inki_claim claim;
    bool ended;
    INK_TRY(take_claim(asked, &claim, &ended));
    INK_TRY(inki_journal_release(&asked->journal, asked->ctx, &claim));
    return put_held(asked, &claim, true);
}

/* ---- several trainings a trial ---- */

static ink_status put_rounds(struct asked *asked, const struct inki_result *results, size_t count)
{
    json_t *list = json_array();
    INK_TRY(put_value(asked, "rounds", list));
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(list, inki_wire_of_result(&asked->out, &results[i], 0)) != 0)
            return inki_fail(asked->ctx, INK_NO_MEMORY, "out of memory for an answer");
    return INK_OK;
}

static ink_status on_rounds(struct asked *asked)
{
    size_t trial, count = 0, rounds = asked->search->rounds;
    INK_TRY(take_process(asked, false));
    INK_TRY(read_count(asked, "trial", PTRDIFF_MAX, &trial));
    struct inki_result *results = inki_zalloc(asked->ctx, rounds, sizeof *results);
    if (!results) return INK_NO_MEMORY;
    ink_status status = inki_journal_rounds(&asked->journal, asked->ctx, trial, results, rounds, &count);
    if (status == INK_OK) status = put_rounds(asked, results, count);
    for (size_t i = 0; i < rounds; i++) inki_bytes_free(asked->ctx, &results[i].losses);
    inki_free(results);
    return status;
}

static ink_status on_round_model(struct asked *asked)
{
    size_t trial, round;
    struct inki_bytes model;
    INK_TRY(take_process(asked, false));
    INK_TRY(read_count(asked, "trial", PTRDIFF_MAX, &trial));
    INK_TRY(read_count(asked, "round", INT32_MAX, &round));
    INK_TRY(inki_journal_round_model(&asked->journal, asked->ctx, trial, round, &model));
    bool good = inki_wire_put_bytes(&asked->out, asked->answer, "model", &model);
    inki_bytes_free(asked->ctx, &model);
    return good ? INK_OK : inki_fail(asked->ctx, INK_NO_MEMORY, "out of memory for an answer");
}

/* ---- all of them ---- */

static const struct {
    const char *ask;
    ink_status (*run)(struct asked *asked);
} questions[] = {{"facts", on_facts},
                 {"join", on_join},
                 {"leave", on_leave},
                 {"beat", on_beat},
                 {"trials", on_trials},
                 {"claim", on_claim},
                 {"keep", on_keep},
                 {"round", on_round},
                 {"rounds", on_rounds},
                 {"finish", on_finish},
                 {"fail", on_fail},
                 {"release", on_release},
                 {"round_model", on_round_model}};

static ink_status run_question(struct asked *asked)
{
    const char *ask = json_string_value(json_object_get(asked->request, "ask"));
    if (!json_is_object(asked->request))
        return decline(asked, HTTP_BAD, "is not a JSON object; workers ask here: inkling search --join");
    for (size_t i = 0; ask && i < sizeof questions / sizeof *questions; i++)
        if (strcmp(questions[i].ask, ask) == 0) return questions[i].run(asked);
    return decline(asked, HTTP_BAD, "\"ask\" is none of the questions that workers have");
}

/* A failure takes the place of what was to be answered. */
static void put_error(struct asked *asked, ink_status status)
{
    struct inki_str text = {.ctx = asked->ctx};
    if (!asked->code) asked->code = HTTP_TROUBLE;
    inki_str_add_utf8(&text, *asked->ctx->message ? asked->ctx->message : ink_status_text(status));
    json_object_clear(asked->answer);
    json_object_set_new(asked->answer, "error", json_string(text.text && !text.failed ? text.text : "out of memory"));
    inki_free(text.text);
}

static ink_status write_answer(const struct asked *asked, bool whole, ink_sink sink, void *user)
{
    char *text = json_dumps(asked->answer, JSON_COMPACT);
    if (!text) return inki_fail(asked->ctx, INK_NO_MEMORY, "out of memory for an answer");
    size_t length = strlen(text), more = whole ? asked->out.size : 0;
    bool taken =
        sink(user, text, length + (more > 0)) && (more == 0 || sink(user, (const char *)asked->out.data, more));
    inki_json_free(text);
    return taken ? INK_OK : inki_fail(asked->ctx, INK_IO, "the answer could not be written");
}

ink_status ink_search_answer(ink_search *search, ink_ctx *ctx, const char *request, size_t size, ink_sink sink,
                             void *user, unsigned *code)
{
    if (!search->data || search->journal.link)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "only who has a search's store and its data can answer for it");
    struct asked asked = {.search = search,
                          .ctx = ctx,
                          .journal = {.ctx = ctx,
                                      .db = search->journal.db,
                                      .plan = &search->plan,
                                      .loss = search->loss,
                                      .score = search->score},
                          .answer = json_object(),
                          .in = {.ctx = ctx},
                          .out = {.ctx = ctx}};
    json_t *value = inki_wire_read(&asked.in, request, size);
    asked.request = value;
    ink_status status = run_question(&asked);
    if (status != INK_OK) put_error(&asked, status);
    *code = asked.code ? asked.code : HTTP_OK;
    status = write_answer(&asked, status == INK_OK, sink, user);
    json_decref(value);
    json_decref(asked.answer);
    inki_free(asked.out.data);
    return status;
}
