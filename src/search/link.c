/* link: a search's store that another process has, asked over whatever carries texts.
 * SPDX-License-Identifier: MIT */
#include "search/link.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/model.h"
#include "search/wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- one question ---- */

/* An answer as it comes. */
struct reply {
    ink_ctx *ctx;
    char *text;
    size_t size, room;
    struct inki_wire wire; /* what came behind the text */
};

static bool add_piece(void *user, const char *bytes, size_t count)
{
    struct reply *reply = user;
    if (count > reply->room - reply->size) {
        size_t room = 2 * reply->room > reply->size + count ? 2 * reply->room : reply->size + count + 4096;
        char *text = inki_grow(reply->ctx, reply->text, reply->size, room, 1);
        if (!text) return false;
        reply->text = text;
        reply->room = room;
    }
    if (count > 0) memcpy(reply->text + reply->size, bytes, count);
    reply->size += count;
    return true;
}

static ink_status read_reply(const struct inki_link *link, struct reply *reply, json_t **answer)
{
    ink_ctx *ctx = reply->ctx;
    reply->wire = (struct inki_wire){.ctx = ctx};
    *answer = inki_wire_read(&reply->wire, reply->text, reply->size);
    const char *error = json_string_value(json_object_get(*answer, "error"));
    if (json_is_object(*answer) && (!error || json_object_get(*answer, "held"))) return INK_OK;
    ink_status status =
        error ? inki_fail(ctx, INK_IO, "%s: %s", link->to.name, error)
              : inki_fail(ctx, INK_BAD_FILE, "%s: answers what is no JSON object; is it a search that is served there?",
                          link->to.name);
    json_decref(*answer);
    *answer = NULL;
    return status;
}

static ink_status carry(const struct inki_link *link, const char *text, size_t size, struct reply *reply)
{
    char why[512] = "";
    ink_status status = link->to.ask(link->to.user, text, size, add_piece, reply, why, sizeof why);
    return status == INK_OK ? INK_OK : inki_fail(reply->ctx, status, "%s: %s", link->to.name, why);
}

/* The request's text, and its bytes behind it. */
static char *whole_text(struct inki_wire *wire, const json_t *request, size_t *size)
{
    char *text = json_dumps(request, JSON_COMPACT), *whole = NULL;
    size_t length = text ? strlen(text) : 0;
    if (text) whole = inki_alloc(wire->ctx, length + 1 + wire->size, 1);
    if (whole) memcpy(whole, text, length + 1);
    if (whole && wire->size > 0) memcpy(whole + length + 1, wire->data, wire->size);
    *size = length + (wire->size > 0 ? 1 + wire->size : 0);
    inki_json_free(text);
    return whole;
}

/* Asks; the request is taken, and what was put on the wire. good: nothing is missing in the request for lack of memory. *answer and
 * reply->text: the caller's. */
static ink_status ask_whole(const struct inki_journal *journal, struct inki_wire *wire, json_t *request, bool good,
                            struct reply *reply, json_t **answer)
{
    size_t size;
    char *text = good ? whole_text(wire, request, &size) : NULL;
    *answer = NULL;
    *reply = (struct reply){.ctx = wire->ctx};
    json_decref(request);
    inki_free(wire->data);
    if (!text) return inki_fail(wire->ctx, INK_NO_MEMORY, "out of memory for a request");
    ink_status status = carry(journal->link, text, size, reply);
    inki_free(text);
    return status == INK_OK ? read_reply(journal->link, reply, answer) : status;
}

/* The same where there are no bytes. */
static ink_status ask_owner(const struct inki_journal *journal, ink_ctx *ctx, json_t *request, bool good,
                            json_t **answer)
{
    struct inki_wire wire = {.ctx = ctx};
    struct reply reply;
    ink_status status = ask_whole(journal, &wire, request, good, &reply, answer);
    inki_free(reply.text);
    return status;
}

/* What an answer lacks is said with the place where it comes from. */
static ink_status place_failure(const struct inki_journal *journal, ink_ctx *ctx, ink_status status)
{
    char why[sizeof ctx->message];
    if (status != INK_BAD_FILE) return status;
    snprintf(why, sizeof why, "%s", ctx->message);
    return inki_fail(ctx, status, "%s: an answer is damaged: %.900s", journal->link->to.name, why);
}

static json_t *begin_request(const struct inki_journal *journal, const char *what, bool *good)
{
    json_t *request = json_object();
    *good = inki_wire_put(request, "ask", json_string(what));
    if (journal->process) *good = *good && inki_wire_put(request, "process", json_integer(journal->process));
    return request;
}

/* ---- processes ---- */

ink_status inki_link_facts(struct inki_journal *journal, json_t **facts)
{
    json_t *answer;
    bool good;
    json_t *request = begin_request(journal, "facts", &good);
    INK_TRY(ask_owner(journal, journal->ctx, request, good, &answer));
    *facts = json_incref(json_object_get(answer, "facts"));
    json_decref(answer);
    if (json_is_object(*facts)) return INK_OK;
    json_decref(*facts);
    *facts = NULL;
    return inki_fail(journal->ctx, INK_BAD_FILE, "%s: does not say what is searched", journal->link->to.name);
}

/* A name that no other worker has: the machine, the process, which of its workers, when. */
static void make_name(const struct inki_link *link, char out[128])
{
    char host[64] = "";
    struct timespec now;
    gethostname(host, sizeof host - 1);
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(out, 128, "%s/%ld/%zu/%lld%09ld", host, (long)getpid(), link->count, (long long)now.tv_sec, now.tv_nsec);
}

ink_status inki_link_join(struct inki_journal *journal)
{
    struct inki_link *link = journal->link;
    char name[128];
    size_t process;
    bool good;
    json_t *answer, *request = begin_request(journal, "join", &good);
    make_name(link, name);
    good = good && inki_wire_put(request, "name", json_string(name));
    int64_t *more = inki_grow(journal->ctx, link->processes, link->count, link->count + 1, sizeof *more);
    if (more) link->processes = more;
    INK_TRY(ask_owner(journal, journal->ctx, request, good && more, &answer));
    ink_status status =
        inki_wire_count(&(struct inki_wire){.ctx = journal->ctx}, answer, "process", PTRDIFF_MAX, &process);
    json_decref(answer);
    if (status != INK_OK) return place_failure(journal, journal->ctx, status);
    journal->process = link->processes[link->count++] = (int64_t)process;
    return INK_OK;
}

ink_status inki_link_leave(struct inki_journal *journal)
{
    struct inki_link *link = journal->link;
    bool good;
    json_t *answer, *request = begin_request(journal, "leave", &good);
    for (size_t i = 0; i < link->count; i++)
        if (link->processes[i] == journal->process) link->processes[i--] = link->processes[--link->count];
    INK_TRY(ask_owner(journal, journal->ctx, request, good, &answer));
    json_decref(answer);
    return INK_OK;
}

ink_status inki_link_beat(struct inki_journal *journal)
{
    struct inki_link *link = journal->link;
    bool good;
    json_t *answer, *list = json_array(), *request = begin_request(journal, "beat", &good);
    for (size_t i = 0; i < link->count; i++)
        good = good && json_array_append_new(list, json_integer(link->processes[i])) == 0;
    good = good && inki_wire_put(request, "processes", json_incref(list));
    json_decref(list);
    INK_TRY(ask_owner(journal, journal->ctx, request, good, &answer));
    ink_status status =
        inki_wire_counts(&(struct inki_wire){.ctx = journal->ctx}, json_object_get(answer, "counts"), &link->counts);
    json_decref(answer);
    return place_failure(journal, journal->ctx, status);
}

ink_status inki_link_count(struct inki_journal *journal, struct inki_counts *out)
{
    if (journal->link->counts.trials == 0) INK_TRY(inki_link_beat(journal));
    *out = journal->link->counts;
    return INK_OK;
}

ink_status inki_link_trials(struct inki_journal *journal, size_t trial, inki_journal_visit *visit, void *arg)
{
    bool good;
    json_t *answer, *row, *request = begin_request(journal, "trials", &good);
    size_t i;
    ink_status status = INK_OK;
    good = good && inki_wire_put(request, "trial", json_integer((json_int_t)trial));
    INK_TRY(ask_owner(journal, journal->ctx, request, good, &answer));
    json_array_foreach(json_object_get(answer, "trials"), i, row)
    {
        if (status == INK_OK) status = visit(arg, row);
    }
    json_decref(answer);
    return place_failure(journal, journal->ctx, status);
}

/* ---- trials ---- */

ink_status inki_link_claim(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *out, bool *over)
{
    bool good;
    json_t *answer, *request = begin_request(journal, "claim", &good);
    struct inki_wire wire = {.ctx = ctx};
    struct reply reply;
    ink_status status = ask_whole(journal, &wire, request, good, &reply, &answer);
    const json_t *claim = json_object_get(answer, "claim");
    *over = json_is_true(json_object_get(answer, "over"));
    if (claim) status = inki_wire_claim(&reply.wire, claim, out);
    const struct inki_plan *plan = journal->plan;
    if (status == INK_OK && claim &&
        (out->trial == 0 || out->bracket >= plan->bracket_count || out->rung >= plan->brackets[out->bracket].rungs))
        status = inki_fail(ctx, INK_BAD_FILE, "it gives trial %zu, bracket %zu and rung %zu, which do not exist",
                           out->trial, out->bracket, out->rung);
    json_decref(answer);
    inki_free(reply.text);
    return place_failure(journal, ctx, status);
}

/* A request about a trial that is held. */
static json_t *begin_of_claim(const struct inki_journal *journal, const struct inki_claim *claim, const char *what,
                              bool *good)
{
    json_t *request = begin_request(journal, what, good);
    *good = *good && inki_wire_put(request, "trial", json_integer((json_int_t)claim->trial)) &&
            inki_wire_put(request, "rung", json_integer((json_int_t)claim->rung)) &&
            inki_wire_put(request, "lease", json_integer(claim->lease)) &&
            inki_wire_put(request, "round", json_integer((json_int_t)claim->round));
    return request;
}

/* Asks, and whether the lease was still there. */
static ink_status ask_held(const struct inki_journal *journal, struct inki_wire *wire, json_t *request, bool good,
                           bool *held)
{
    json_t *answer;
    struct reply reply;
    ink_status status = ask_whole(journal, wire, request, good, &reply, &answer);
    *held = json_is_true(json_object_get(answer, "held"));
    json_decref(answer);
    inki_free(reply.text);
    return status;
}

ink_status inki_link_keep(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                          const struct inki_standing *standing, bool *held)
{
    struct inki_wire wire = {.ctx = ctx};
    bool good;
    json_t *request = begin_of_claim(journal, claim, "keep", &good);
    good = good && inki_wire_put(request, "standing", inki_wire_of_standing(&wire, standing, claim->rows));
    INK_TRY(ask_held(journal, &wire, request, good, held));
    if (*held) claim->rows = standing->run->epoch_count;
    return INK_OK;
}

static ink_status hand_in(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim, const char *what,
                          const struct inki_result *result, bool *held)
{
    struct inki_wire wire = {.ctx = ctx};
    bool good;
    json_t *request = begin_of_claim(journal, claim, what, &good);
    good = good && inki_wire_put(request, "result", inki_wire_of_result(&wire, result, claim->rows));
    return ask_held(journal, &wire, request, good, held);
}

ink_status inki_link_round(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                           const struct inki_result *result, bool *held)
{
    INK_TRY(hand_in(journal, ctx, claim, "round", result, held));
    if (!*held) return INK_OK;
    claim->round++;
    claim->rows = 0;
    claim->seconds = result->standing.seconds;
    return INK_OK;
}

ink_status inki_link_finish(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                            const struct inki_result *result, bool *held)
{
    return hand_in(journal, ctx, claim, "finish", result, held);
}

ink_status inki_link_fail(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                          const char *message, bool *held)
{
    struct inki_wire wire = {.ctx = ctx};
    bool good;
    struct inki_str text = {.ctx = ctx}; /* it may name a file, whose name is any bytes */
    json_t *request = begin_of_claim(journal, claim, "fail", &good);
    inki_str_add_utf8(&text, message);
    good = good && !text.failed && inki_wire_put(request, "message", json_string(text.text ? text.text : ""));
    inki_free(text.text);
    return ask_held(journal, &wire, request, good, held);
}

ink_status inki_link_release(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim)
{
    struct inki_wire wire = {.ctx = ctx};
    bool good, held;
    json_t *request = begin_of_claim(journal, claim, "release", &good);
    return ask_held(journal, &wire, request, good, &held);
}

/* ---- several trainings a trial ---- */

ink_status inki_link_rounds(struct inki_journal *journal, ink_ctx *ctx, size_t trial, struct inki_result *results,
                            size_t room, size_t *count)
{
    bool good;
    ink_run *run;
    json_t *answer, *value, *request = begin_request(journal, "rounds", &good);
    size_t i;
    ink_status status;
    good = good && inki_wire_put(request, "trial", json_integer((json_int_t)trial));
    struct inki_wire wire = {.ctx = ctx};
    struct reply reply;
    status = ask_whole(journal, &wire, request, good, &reply, &answer);
    json_array_foreach(json_object_get(answer, "rounds"), i, value)
    {
        if (status != INK_OK || *count == room) break;
        status = inki_wire_result(&reply.wire, value, &results[(*count)++], &run);
        results[i].standing.run = NULL;
        ink_run_free(run);
    }
    json_decref(answer);
    inki_free(reply.text);
    return place_failure(journal, ctx, status);
}

ink_status inki_link_round_model(struct inki_journal *journal, ink_ctx *ctx, size_t trial, size_t round,
                                 struct inki_bytes *model)
{
    bool good;
    json_t *answer, *request = begin_request(journal, "round_model", &good);
    good = good && inki_wire_put(request, "trial", json_integer((json_int_t)trial)) &&
           inki_wire_put(request, "round", json_integer((json_int_t)round));
    struct inki_wire wire = {.ctx = ctx};
    struct reply reply;
    ink_status status = ask_whole(journal, &wire, request, good, &reply, &answer);
    if (status == INK_OK) status = inki_wire_bytes(&reply.wire, answer, "model", model);
    json_decref(answer);
    inki_free(reply.text);
    return place_failure(journal, ctx, status);
}
