/* journal_trials: leases on trials, what they hand in, and who continues.
 * SPDX-License-Identifier: MIT */
#include "base/little.h"
#include "base/mem.h"
#include "search/journal.h"
#include "search/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static ink_status note_event(struct inki_journal *journal, const struct inki_claim *claim, const char *what)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return inki_db_run(journal->db, "INSERT INTO event (at, process, trial, rung, what) VALUES (?, ?, ?, ?, ?)",
                       "riiit", (double)now.tv_sec + 1e-9 * (double)now.tv_nsec, journal->process,
                       (int64_t)claim->trial, (int64_t)claim->rung, what);
}

/* ---- claims ---- */

#define IS_EARLIER                                                                                                     \
    "SELECT 1 FROM trial AS other WHERE other.family = trial.family AND other.planned < trial.planned AND "            \
    "other.state "                                                                                                     \
    "IN ('waiting', 'running')"

/* The first that waits, by rung and number; but one that could begin where another will end comes after those that cannot. */
static ink_status choose_next(struct inki_journal *journal, int64_t *trial)
{
    struct inki_answer answer;
    bool waits = false;
    *trial = 0;
    inki_db_ask(journal->db, &answer,
                "SELECT trial, EXISTS (" IS_EARLIER ") FROM trial WHERE state = 'waiting' ORDER BY rung DESC, trial "
                "LIMIT 1",
                "");
    if (inki_db_next(&answer)) {
        *trial = inki_db_int(&answer, 0);
        waits = inki_db_int(&answer, 1) != 0;
    }
    INK_TRY(inki_db_end(&answer));
    if (!waits) return INK_OK;
    inki_db_ask(journal->db, &answer,
                "SELECT trial FROM trial WHERE state = 'waiting' AND NOT EXISTS (" IS_EARLIER ") ORDER BY trial LIMIT "
                "1",
                "");
    if (inki_db_next(&answer)) *trial = inki_db_int(&answer, 0);
    return inki_db_end(&answer);
}

static ink_status read_next(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *out)
{
    struct inki_answer answer;
    ink_status status = INK_OK;
    int64_t trial;
    INK_TRY(choose_next(journal, &trial));
    inki_db_ask(journal->db, &answer,
                "SELECT trial, bracket, rung, lease, settings, seconds, "
                "(SELECT count(*) FROM round WHERE round.trial = trial.trial), "
                "(SELECT count(*) FROM history WHERE history.trial = trial.trial AND round = "
                "(SELECT count(*) FROM round WHERE round.trial = trial.trial)), "
                "(SELECT bytes FROM checkpoint WHERE checkpoint.trial = trial.trial), "
                "EXISTS (SELECT 1 FROM trial AS other WHERE other.family = trial.family AND other.planned > "
                "trial.planned AND other.state IN ('waiting', 'running')) FROM trial WHERE trial = ?",
                "i", trial);
    if (inki_db_next(&answer)) {
        *out = (struct inki_claim){.trial = (size_t)inki_db_int(&answer, 0),
                                   .bracket = (size_t)inki_db_int(&answer, 1),
                                   .rung = (size_t)inki_db_int(&answer, 2),
                                   .lease = inki_db_int(&answer, 3) + 1,
                                   .seconds = inki_db_real(&answer, 5),
                                   .round = (size_t)inki_db_int(&answer, 6),
                                   .rows = (size_t)inki_db_int(&answer, 7)};
        out->has_longer = inki_db_int(&answer, 9) != 0;
        out->settings = inki_copy_text(ctx, inki_db_text(&answer, 4));
        status = out->settings ? inki_db_bytes(&answer, 8, &out->checkpoint) : INK_NO_MEMORY;
    }
    ink_status asked = inki_db_end(&answer);
    return status == INK_OK ? asked : status;
}

/* Where the longest of the shorter ones in the family ended, for a trial that has not begun. */
static ink_status read_beginning(struct inki_journal *journal, struct inki_claim *claim)
{
    struct inki_answer answer;
    ink_status status = INK_OK;
    if (claim->checkpoint.size > 0 || claim->round > 0) return INK_OK;
    inki_db_ask(journal->db, &answer,
                "SELECT ending.bytes FROM trial JOIN trial AS other ON other.family = trial.family AND other.planned < "
                "trial.planned JOIN ending ON ending.trial = other.trial WHERE trial.trial = ? ORDER BY other.planned "
                "DESC LIMIT 1",
                "i", (int64_t)claim->trial);
    if (inki_db_next(&answer)) status = inki_db_bytes(&answer, 0, &claim->checkpoint);
    claim->from_shorter = claim->checkpoint.size > 0;
    ink_status asked = inki_db_end(&answer);
    return status == INK_OK ? asked : status;
}

/* What a store says of brackets and rungs must be in the plan. */
static ink_status check_claim(const struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim)
{
    const struct inki_plan *plan = journal->plan;
    if (claim->bracket < plan->bracket_count && claim->rung < plan->brackets[claim->bracket].rungs) return INK_OK;
    return inki_fail(ctx, INK_BAD_FILE, "trial %zu of the store has bracket %zu and rung %zu, which do not exist",
                     claim->trial, claim->bracket, claim->rung);
}

static ink_status claim_next(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *out, bool *over)
{
    struct inki_answer answer;
    INK_TRY(read_next(journal, ctx, out));
    if (out->trial == 0) {
        inki_db_ask(journal->db, &answer, "SELECT count(*) FROM trial WHERE state IN ('running', 'paused')", "");
        if (inki_db_next(&answer)) *over = inki_db_int(&answer, 0) == 0;
        return inki_db_end(&answer);
    }
    INK_TRY(check_claim(journal, ctx, out));
    INK_TRY(read_beginning(journal, out));
    INK_TRY(inki_db_run(journal->db, "UPDATE trial SET state = 'running', owner = ?, lease = ? WHERE trial = ?", "iii",
                        journal->process, out->lease, (int64_t)out->trial));
    return note_event(journal, out, "begun");
}

ink_status inki_journal_claim(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *out, bool *over)
{
    *out = (struct inki_claim){0};
    *over = false;
    ink_status status = journal->link ? inki_link_claim(journal, ctx, out, over) : inki_db_begin(journal->db, ctx);
    if (status == INK_OK && !journal->link) status = inki_db_finish(journal->db, claim_next(journal, ctx, out, over));
    if (status != INK_OK) inki_claim_free(ctx, out);
    return status;
}

void inki_claim_free(ink_ctx *ctx, struct inki_claim *claim)
{
    inki_free(claim->settings);
    inki_bytes_free(ctx, &claim->checkpoint);
    *claim = (struct inki_claim){0};
}

/* Whether the lease still holds; a trial that was taken over is someone else's, and an event. */
static ink_status check_lease(struct inki_journal *journal, const struct inki_claim *claim, bool *held)
{
    struct inki_answer answer;
    *held = false;
    inki_db_ask(journal->db, &answer,
                "SELECT count(*) FROM trial WHERE trial = ? AND state = 'running' AND owner = ? AND lease = ?", "iii",
                (int64_t)claim->trial, journal->process, claim->lease);
    if (inki_db_next(&answer)) *held = inki_db_int(&answer, 0) == 1;
    INK_TRY(inki_db_end(&answer));
    return *held ? INK_OK : note_event(journal, claim, "lost");
}

/* ---- what is kept on the way ---- */

static ink_status put_row(struct inki_journal *journal, const struct inki_claim *claim, size_t i, const ink_epoch *row)
{
    return inki_db_run(journal->db,
                       "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?, ?, " INKI_SCORE_MARKS
                       ", " INKI_SCORE_MARKS ", ?, ?, ?)",
                       "iiiiiir" INKI_SCORE_KINDS INKI_SCORE_KINDS "rri", (int64_t)claim->trial, (int64_t)claim->round,
                       (int64_t)i, (int64_t)row->epoch, (int64_t)row->step, (int64_t)row->steps_total, row->lr,
                       INKI_SCORE_VALUES(row->train), INKI_SCORE_VALUES(row->val), row->seconds, row->rows_per_second,
                       (int64_t)row->best);
}

static ink_status put_standing(struct inki_journal *journal, const struct inki_claim *claim,
                               const struct inki_standing *standing)
{
    const ink_run *run = standing->run; /* NULL: all of it is there */
    for (size_t i = claim->rows; run && i < standing->before + run->epoch_count; i++)
        INK_TRY(put_row(journal, claim, i, &run->epochs[i - standing->before]));
    INK_TRY(inki_db_run(journal->db,
                        "UPDATE trial SET seconds = ?1, epochs = (SELECT coalesce(sum(epochs), 0) FROM (SELECT "
                        "max(epoch) AS epochs FROM history WHERE trial = ?2 GROUP BY round)) WHERE trial = ?2",
                        "ri", standing->seconds, (int64_t)claim->trial));
    if (standing->checkpoint.size == 0)
        return inki_db_run(journal->db, "DELETE FROM checkpoint WHERE trial = ?", "i", (int64_t)claim->trial);
    return inki_db_run(journal->db, "INSERT OR REPLACE INTO checkpoint VALUES (?, ?)", "ib", (int64_t)claim->trial,
                       &standing->checkpoint);
}

ink_status inki_journal_keep(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                             const struct inki_standing *standing, bool *held)
{
    if (journal->link) return inki_link_keep(journal, ctx, claim, standing, held);
    INK_TRY(inki_db_begin(journal->db, ctx));
    ink_status status = check_lease(journal, claim, held);
    if (status == INK_OK && *held) status = put_standing(journal, claim, standing);
    status = inki_db_finish(journal->db, status);
    if (status == INK_OK && *held) claim->rows = standing->run->epoch_count;
    return status;
}

/* ---- several trainings a trial ---- */

static ink_status put_round(struct inki_journal *journal, const struct inki_claim *claim,
                            const struct inki_result *result)
{
    char hash[20];
    snprintf(hash, sizeof hash, "%016" PRIx64, result->hash);
    INK_TRY(put_standing(journal, claim, &result->standing));
    return inki_db_run(
        journal->db, "INSERT OR REPLACE INTO round VALUES (?, ?, ?, ?, ?, ?, " INKI_SCORE_MARKS ", ?, ?, ?)",
        "iiiiii" INKI_SCORE_KINDS "tbb", (int64_t)claim->trial, (int64_t)claim->round, (int64_t)result->epochs,
        (int64_t)result->best_epoch, (int64_t)result->rows, (int64_t)result->parameters, INKI_SCORE_VALUES(result->val),
        hash, &result->model, &result->losses);
}

ink_status inki_journal_round(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                              const struct inki_result *result, bool *held)
{
    if (journal->link) return inki_link_round(journal, ctx, claim, result, held);
    INK_TRY(inki_db_begin(journal->db, ctx));
    ink_status status = check_lease(journal, claim, held);
    if (status == INK_OK && *held) status = put_round(journal, claim, result);
    status = inki_db_finish(journal->db, status);
    if (status != INK_OK || !*held) return status;
    claim->round++;
    claim->rows = 0;
    claim->seconds = result->standing.seconds;
    return INK_OK;
}

/* INK_MOST_SCORES columns from `first` on. */
static void read_scores(const struct inki_answer *answer, int first, double *scores)
{
    for (int i = 0; i < INK_MOST_SCORES; i++) scores[i] = inki_db_real(answer, first + i);
}

static ink_status read_rounds(struct inki_journal *journal, size_t trial, struct inki_result *results, size_t room,
                              size_t *count)
{
    struct inki_answer answer;
    ink_status status = INK_OK;
    inki_db_ask(journal->db, &answer,
                "SELECT epochs, best_epoch, rows, parameters, hash, losses, " INKI_SCORE_COLUMNS(
                    "val", "") " FROM round WHERE trial = ? ORDER BY round",
                "i", (int64_t)trial);
    while (status == INK_OK && *count < room && inki_db_next(&answer)) {
        struct inki_result *result = &results[(*count)++];
        *result = (struct inki_result){.epochs = (size_t)inki_db_int(&answer, 0),
                                       .best_epoch = (size_t)inki_db_int(&answer, 1),
                                       .rows = (size_t)inki_db_int(&answer, 2),
                                       .parameters = (size_t)inki_db_int(&answer, 3),
                                       .hash = strtoull(inki_db_text(&answer, 4), NULL, 16)};
        read_scores(&answer, 6, result->val);
        status = inki_db_bytes(&answer, 5, &result->losses);
    }
    ink_status asked = inki_db_end(&answer);
    return status == INK_OK ? asked : status;
}

ink_status inki_journal_rounds(struct inki_journal *journal, ink_ctx *ctx, size_t trial, struct inki_result *results,
                               size_t room, size_t *count)
{
    *count = 0;
    if (journal->link) return inki_link_rounds(journal, ctx, trial, results, room, count);
    INK_TRY(inki_db_look(journal->db, ctx));
    return inki_db_finish(journal->db, read_rounds(journal, trial, results, room, count));
}

ink_status inki_journal_round_model(struct inki_journal *journal, ink_ctx *ctx, size_t trial, size_t round,
                                    struct inki_bytes *model)
{
    struct inki_answer answer;
    ink_status status = INK_OK;
    *model = (struct inki_bytes){0};
    if (journal->link) return inki_link_round_model(journal, ctx, trial, round, model);
    INK_TRY(inki_db_look(journal->db, ctx));
    inki_db_ask(journal->db, &answer, "SELECT model FROM round WHERE trial = ? AND round = ?", "ii", (int64_t)trial,
                (int64_t)round);
    if (inki_db_next(&answer)) status = inki_db_bytes(&answer, 0, model);
    ink_status asked = inki_db_end(&answer);
    return inki_db_finish(journal->db, status == INK_OK ? asked : status);
}

/* ---- rungs ---- */

/* How many trials of a rung are still to hand in. */
static ink_status count_open(struct inki_journal *journal, size_t bracket, size_t rung, size_t *open)
{
    struct inki_answer answer;
    inki_db_ask(journal->db, &answer,
                "SELECT count(*) FROM trial WHERE bracket = ? AND rung = ? AND state IN ('waiting', 'running')", "ii",
                (int64_t)bracket, (int64_t)rung);
    *open = inki_db_next(&answer) ? (size_t)inki_db_int(&answer, 0) : 1;
    return inki_db_end(&answer);
}

/* Best trials first: by the objective, of equal ones by the loss, then by number. */
static const char *order_of(const struct inki_journal *journal)
{
#define UP(N) "val_" #N ", val_0, trial"
#define DOWN(N) "val_" #N " DESC, val_0, trial"
    static const char *const up[INK_MOST_SCORES] = {UP(0), UP(1), UP(2), UP(3), UP(4), UP(5), UP(6), UP(7)},
                             *const down[INK_MOST_SCORES] = {DOWN(0), DOWN(1), DOWN(2), DOWN(3),
                                                             DOWN(4), DOWN(5), DOWN(6), DOWN(7)};
#undef UP
#undef DOWN
    return (journal->loss->scores[journal->score].higher_is_better ? down : up)[journal->score];
}

/* The best `room` trials of a complete rung advance to the next, the others are stopped. A trial whose training has ended already
 * has nothing left to do there. */
static ink_status promote(struct inki_journal *journal, size_t bracket, size_t rung, size_t room, bool last)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "UPDATE trial SET rung = rung + 1, state = CASE WHEN NOT over THEN 'waiting' WHEN ? THEN 'done' ELSE "
             "'paused' END WHERE trial IN (SELECT trial FROM trial WHERE bracket = ? AND rung = ? AND state = 'paused' "
             "ORDER BY %s LIMIT ?)",
             order_of(journal));
    INK_TRY(inki_db_run(journal->db, sql, "iiii", (int64_t)last, (int64_t)bracket, (int64_t)rung, (int64_t)room));
    INK_TRY(inki_db_run(journal->db,
                        "DELETE FROM checkpoint WHERE trial IN (SELECT trial FROM trial WHERE bracket = ? AND rung = ? "
                        "AND state = 'paused')",
                        "ii", (int64_t)bracket, (int64_t)rung));
    return inki_db_run(journal->db,
                       "UPDATE trial SET state = 'stopped' WHERE bracket = ? AND rung = ? AND state = 'paused'", "ii",
                       (int64_t)bracket, (int64_t)rung);
}

/* Decides a rung if it is complete, and those above it if that completes them. */
static ink_status decide(struct inki_journal *journal, size_t bracket, size_t rung)
{
    const size_t rungs = journal->plan->brackets[bracket].rungs;
    for (; rung + 1 < rungs; rung++) {
        size_t open;
        INK_TRY(count_open(journal, bracket, rung, &open));
        if (open > 0) return INK_OK;
        INK_TRY(promote(journal, bracket, rung, inki_plan_room(journal->plan, bracket, rung + 1), rung + 2 == rungs));
    }
    return INK_OK;
}

/* ---- handing in ---- */

/* Where this trial ended is of use to the longer ones of its family, more than where shorter ones did. */
static ink_status put_ending(struct inki_journal *journal, const struct inki_claim *claim,
                             const struct inki_bytes *ending)
{
    INK_TRY(inki_db_run(journal->db,
                        "DELETE FROM ending WHERE trial IN (SELECT other.trial FROM trial JOIN trial AS other ON "
                        "other.family = trial.family AND other.planned < trial.planned WHERE trial.trial = ?)",
                        "i", (int64_t)claim->trial));
    if (ending->size == 0) return INK_OK;
    return inki_db_run(journal->db,
                       "INSERT OR REPLACE INTO ending SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM trial JOIN trial AS "
                       "other ON other.family = trial.family AND other.planned > trial.planned WHERE trial.trial = ?1 "
                       "AND other.state = 'waiting')",
                       "ib", (int64_t)claim->trial, ending);
}

static ink_status put_result(struct inki_journal *journal, const struct inki_claim *claim,
                             const struct inki_result *result)
{
    char hash[20];
    bool last = claim->rung + 1 == journal->plan->brackets[claim->bracket].rungs;
    snprintf(hash, sizeof hash, "%016" PRIx64, result->hash);
    INK_TRY(put_standing(journal, claim, &result->standing));
    INK_TRY(inki_db_run(journal->db, "DELETE FROM round WHERE trial = ?", "i", (int64_t)claim->trial));
    const double *val = result->val;
    INK_TRY(
        inki_db_run(journal->db,
                    "UPDATE trial SET state = ?, owner = NULL, best_epoch = ?, rows = ?, parameters = ?, val_0 = ?, "
                    "val_1 = ?, val_2 = ?, val_3 = ?, val_4 = ?, val_5 = ?, val_6 = ?, val_7 = ?, spread = ?, over = "
                    "?, hash = ?, taken = ? WHERE trial = ?",
                    "tiii" INKI_SCORE_KINDS "ritii", last ? "done" : "paused", (int64_t)result->best_epoch,
                    (int64_t)result->rows, (int64_t)result->parameters, INKI_SCORE_VALUES(val), result->spread,
                    (int64_t)result->over, result->hash ? hash : "", (int64_t)result->taken, (int64_t)claim->trial));
    if (claim->rung == 0)
        INK_TRY(inki_db_run(journal->db, "UPDATE trial SET first = ? WHERE trial = ?", "ri", val[journal->score],
                            (int64_t)claim->trial));
    INK_TRY(inki_db_run(journal->db, "INSERT OR REPLACE INTO result VALUES (?, ?, ?)", "ibb", (int64_t)claim->trial,
                        &result->model, &result->losses));
    INK_TRY(put_ending(journal, claim, &result->end));
    INK_TRY(note_event(journal, claim, "finished"));
    return decide(journal, claim->bracket, claim->rung);
}

ink_status inki_journal_finish(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                               const struct inki_result *result, bool *held)
{
    if (journal->link) return inki_link_finish(journal, ctx, claim, result, held);
    INK_TRY(inki_db_begin(journal->db, ctx));
    ink_status status = check_lease(journal, claim, held);
    if (status == INK_OK && *held) status = put_result(journal, claim, result);
    return inki_db_finish(journal->db, status);
}

static ink_status put_failure(struct inki_journal *journal, const struct inki_claim *claim, const char *message)
{
    INK_TRY(inki_db_run(journal->db, "UPDATE trial SET state = 'failed', owner = NULL, message = ? WHERE trial = ?",
                        "ti", message, (int64_t)claim->trial));
    INK_TRY(inki_db_run(journal->db, "DELETE FROM checkpoint WHERE trial = ?", "i", (int64_t)claim->trial));
    INK_TRY(inki_db_run(journal->db, "DELETE FROM round WHERE trial = ?", "i", (int64_t)claim->trial));
    INK_TRY(note_event(journal, claim, "failed"));
    return decide(journal, claim->bracket, claim->rung);
}

ink_status inki_journal_fail(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                             const char *message, bool *held)
{
    if (journal->link) return inki_link_fail(journal, ctx, claim, message, held);
    INK_TRY(inki_db_begin(journal->db, ctx));
    ink_status status = check_lease(journal, claim, held);
    if (status == INK_OK && *held) status = put_failure(journal, claim, message);
    return inki_db_finish(journal->db, status);
}

ink_status inki_journal_release(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim)
{
    if (journal->link) return inki_link_release(journal, ctx, claim);
    bool held;
    INK_TRY(inki_db_begin(journal->db, ctx));
    ink_status status = check_lease(journal, claim, &held);
    if (status == INK_OK && held) {
        status = inki_db_run(journal->db, "UPDATE trial SET state = 'waiting', owner = NULL WHERE trial = ?", "i",
                             (int64_t)claim->trial);
        if (status == INK_OK) status = note_event(journal, claim, "released");
    }
    return inki_db_finish(journal->db, status);
}

/* ---- reading ---- */

static ink_status read_counts(struct inki_journal *journal, struct inki_counts *out)
{
    struct inki_answer answer;
    size_t *const counts[] = {&out->waiting, &out->running, &out->paused, &out->done, &out->stopped, &out->failed};
    static const char *const states[] = {"waiting", "running", "paused", "done", "stopped", "failed"};
    inki_db_ask(journal->db, &answer, "SELECT state, count(*), sum(epochs) FROM trial GROUP BY state", "");
    while (inki_db_next(&answer)) {
        for (size_t i = 0; i < sizeof states / sizeof *states; i++)
            if (strcmp(states[i], inki_db_text(&answer, 0)) == 0) *counts[i] += (size_t)inki_db_int(&answer, 1);
        out->trials += (size_t)inki_db_int(&answer, 1);
        out->epochs += (size_t)inki_db_int(&answer, 2);
    }
    INK_TRY(inki_db_end(&answer));
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT trial, " INKI_SCORE_COLUMNS(
                 "val", "") " FROM trial WHERE val_0 IS NOT NULL AND state <> 'failed' ORDER BY "
                            "%s LIMIT 1",
             order_of(journal));
    inki_db_ask(journal->db, &answer, sql, "");
    if (inki_db_next(&answer)) {
        out->best = (size_t)inki_db_int(&answer, 0);
        read_scores(&answer, 1, out->best_val);
    }
    return inki_db_end(&answer);
}

ink_status inki_journal_count(struct inki_journal *journal, struct inki_counts *out)
{
    *out = (struct inki_counts){0};
    if (journal->link) return inki_link_count(journal, out);
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    return inki_db_finish(journal->db, read_counts(journal, out));
}

static ink_status visit_trials(struct inki_journal *journal, size_t trial, inki_journal_visit *visit, void *arg)
{
    struct inki_answer answer;
    ink_status status = INK_OK;
    json_t *row;
    inki_db_ask(journal->db, &answer,
                "SELECT " INKI_TRIAL_COLUMNS " FROM trial WHERE ?1 = 0 OR trial = ?1 ORDER BY trial", "i",
                (int64_t)trial);
    while (status == INK_OK && inki_db_next(&answer)) {
        row = inki_db_row(&answer, INKI_TRIAL_COLUMN_COUNT);
        status = row ? visit(arg, row) : inki_fail(journal->ctx, INK_NO_MEMORY, "out of memory for the trials");
        json_decref(row);
    }
    ink_status asked = inki_db_end(&answer);
    return status == INK_OK ? asked : status;
}

ink_status inki_journal_trials(struct inki_journal *journal, size_t trial, inki_journal_visit *visit, void *arg)
{
    if (journal->link) return inki_link_trials(journal, trial, visit, arg);
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    return inki_db_finish(journal->db, visit_trials(journal, trial, visit, arg));
}

static ink_status read_bytes(struct inki_journal *journal, const char *sql, size_t trial, struct inki_bytes *out)
{
    struct inki_answer answer;
    ink_status status = INK_OK;
    *out = (struct inki_bytes){0};
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    inki_db_ask(journal->db, &answer, sql, "i", (int64_t)trial);
    if (inki_db_next(&answer)) status = inki_db_bytes(&answer, 0, out);
    ink_status asked = inki_db_end(&answer);
    return inki_db_finish(journal->db, status == INK_OK ? asked : status);
}

ink_status inki_journal_model(struct inki_journal *journal, size_t trial, struct inki_bytes *model)
{
    return read_bytes(journal, "SELECT model FROM result WHERE trial = ?", trial, model);
}

ink_status inki_journal_losses(struct inki_journal *journal, size_t trial, struct inki_bytes *losses)
{
    INK_TRY(read_bytes(journal, "SELECT losses FROM result WHERE trial = ?", trial, losses));
    inki_swap_little(losses->data, losses->size / sizeof(float), sizeof(float));
    return INK_OK;
}

static ink_status read_history(struct inki_journal *journal, size_t trial, ink_run *run)
{
    const struct inki_loss *loss = journal->loss;
    struct inki_answer answer;
    ink_status status = INK_OK;
    inki_db_ask(
        journal->db, &answer,
        "SELECT epoch, step, steps_total, lr, seconds, rows_per_second, best, " INKI_SCORE_COLUMNS(
            "train", "") ", " INKI_SCORE_COLUMNS("val", "") " FROM history WHERE trial = ? AND round = 0 ORDER BY row",
        "i", (int64_t)trial);
    while (status == INK_OK && inki_db_next(&answer)) {
        ink_epoch row = {.epoch = (size_t)inki_db_int(&answer, 0),
                         .step = (size_t)inki_db_int(&answer, 1),
                         .steps_total = (size_t)inki_db_int(&answer, 2),
                         .lr = inki_db_real(&answer, 3),
                         .scores = loss->scores,
                         .score_count = loss->score_count,
                         .monitor = journal->score,
                         .seconds = inki_db_real(&answer, 4),
                         .rows_per_second = inki_db_real(&answer, 5),
                         .best = inki_db_int(&answer, 6) != 0};
        read_scores(&answer, 7, row.train);
        read_scores(&answer, 7 + INK_MOST_SCORES, row.val);
        status = inki_run_add_epoch(journal->ctx, run, &row);
    }
    ink_status asked = inki_db_end(&answer);
    return status == INK_OK ? asked : status;
}

ink_status inki_journal_history(struct inki_journal *journal, size_t trial, ink_run **out)
{
    *out = NULL;
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    ink_run *run = NULL;
    ink_status status = inki_run_new(journal->ctx, &run);
    if (status == INK_OK) status = read_history(journal, trial, run);
    status = inki_db_finish(journal->db, status);
    if (status == INK_OK)
        *out = run;
    else
        ink_run_free(run);
    return status;
}
