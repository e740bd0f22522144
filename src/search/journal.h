/* journal: a search's store: its plan, every trial, and who is at work on what.
 * SPDX-License-Identifier: MIT
 *
 * One SQLite file. A trial waits, runs (a process holds its lease), pauses at the end of a rung until the rung is complete, and
 * ends done, stopped (others were better) or failed. A process that holds leases says every second that it is alive; one that
 * has not for LEASE seconds (four times as long where the system says that it lives), or that the system knows to have ended,
 * loses them, and its trials are resumed elsewhere from their last checkpoints. What a process hands in counts only while it holds the lease, so no trial is finished twice. A rung is decided by
 * whoever hands in its last trial, in the same transaction, by the trials' values and numbers alone. */
#ifndef INKI_JOURNAL_H
#define INKI_JOURNAL_H

#include "base/db.h"
#include "model/loss.h"
#include "train/run.h"
#include "search/plan.h"

enum { INKI_LEASE = 15 }; /* seconds */

struct inki_link;

struct inki_journal {
    ink_ctx *ctx; /* whose memory this is */
    struct inki_link
        *link; /* to the process that has the store, which all below is asked of then; NULL: the store is here */
    struct inki_db *db;
    const struct inki_plan *plan; /* for decisions; NULL when only read */
    const struct inki_loss *loss;
    size_t score;    /* the score of it that trials are compared by */
    int64_t process; /* this one's number in the store; 0 before inki_journal_join */
};

/* Errors: as inki_db_open. */
ink_status inki_journal_open(ink_ctx *ctx, const char *path, bool create, struct inki_journal *out);
void inki_journal_close(struct inki_journal *journal);

/* What the search is: *facts is an object of texts, empty in a new store. Ownership: the caller. */
ink_status inki_journal_facts(struct inki_journal *journal, json_t **facts);

/* Writes facts and adds the trials that are missing of points[plan->trials], unless another process was first: then *facts are
 * its own. */
ink_status inki_journal_plan(struct inki_journal *journal, json_t **facts, json_t *const *points);

/* ---- processes ---- */

/* Takes part from here on; leave gives back what is still held. */
ink_status inki_journal_join(struct inki_journal *journal);
ink_status inki_journal_leave(struct inki_journal *journal);

/* Says that this process is alive, and frees the trials of those that are not. */
ink_status inki_journal_beat(struct inki_journal *journal);

/* ---- trials ---- */

/* Trials of a grid that differ in their epochs alone are a family: the longer ones begin where a shorter one ended, if its
 * training was the beginning of theirs. */

/* A lease on a trial, and where it stands. */
struct inki_claim {
    size_t trial, bracket, rung; /* trial 0: none */
    int64_t lease;
    char *settings; /* JSON object of texts */
    size_t round;   /* of its trainings, how many are done */
    size_t rows;    /* of the next one's history that are in the store */
    double seconds; /* spent on it before */
    struct inki_bytes checkpoint;
    bool from_shorter; /* the checkpoint is the end of a shorter trial of its family */
    bool has_longer;   /* there are longer ones in its family, still to do */
};

/* The next trial to work on, by rung (the highest first) and number. *over: there is none left, and none that runs. `ctx` is the
 * calling thread's, here and below. Ownership of what is in *out: the caller, inki_claim_free. */
ink_status inki_journal_claim(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *out, bool *over);
void inki_claim_free(ink_ctx *ctx, struct inki_claim *claim);

/* How a trial stands after its rows so far. */
struct inki_standing {
    const ink_run *run; /* its history; rows from claim->rows on are new */
    size_t before;      /* rows of the history that came before run's first */
    double seconds;     /* spent on it in all */
    struct inki_bytes checkpoint;
};

/* Keeps how far it has come; *held: whether the lease was still there. */
ink_status inki_journal_keep(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                             const struct inki_standing *standing, bool *held);

/* What a trial hands in at the end of its part of a rung. */
struct inki_result {
    struct inki_standing standing;
    bool over; /* its training has ended */
    size_t epochs, best_epoch, rows, parameters;
    size_t taken;                /* of the epochs, those that a shorter trial had trained */
    double val[INK_MOST_SCORES]; /* of the weights that are kept */
    double spread;               /* standard deviation of a validation row's loss */
    uint64_t hash;
    struct inki_bytes model,
        losses;            /* losses: float[rows], then, unless the objective goes by them, its marks: float[rows] */
    struct inki_bytes end; /* for the longer ones of its family: its last checkpoint; empty: none */
};

/* One of several trainings of a trial, done; the next claim begins with the one after it. */
ink_status inki_journal_round(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                              const struct inki_result *result, bool *held);

/* The trainings of a trial that are done, in their order: what each handed in, without its model. The caller frees their losses
 * (inki_bytes_free). results[room]; *count is how many there are. */
ink_status inki_journal_rounds(struct inki_journal *journal, ink_ctx *ctx, size_t trial, struct inki_result *results,
                               size_t room, size_t *count);

/* The model of one of them. */
ink_status inki_journal_round_model(struct inki_journal *journal, ink_ctx *ctx, size_t trial, size_t round,
                                    struct inki_bytes *model);

ink_status inki_journal_finish(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                               const struct inki_result *result, bool *held);

/* A trial that could not be trained, and why. */
ink_status inki_journal_fail(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                             const char *message, bool *held);

/* Gives a trial back. */
ink_status inki_journal_release(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim);

/* ---- those who work elsewhere ---- */

/* Takes part for a guest, who works on another machine and is known by what it says alone. *process is its number; who asks again under its
 * name, for the answer did not arrive, is the same one. */
ink_status inki_journal_admit(struct inki_journal *journal, const char *name, int64_t *process);

/* Guest journal->process is alive; it comes back under its number where it was taken for dead. *known: there was such a guest. drop: what
 * it holds goes back, for the answer that gave it away did not arrive. */
ink_status inki_journal_touch(struct inki_journal *journal, bool drop, bool *known);

/* Within a transaction: what a process holds goes back, and is an event. */
ink_status inki_journal_free_trials(struct inki_journal *journal, int64_t process, const char *what);

/* The clock of leases. */
double inki_lease_seconds(void);

/* Guests have until then as if they had just been heard: nobody could answer them. */
ink_status inki_journal_pardon(struct inki_journal *journal);
/* Those that there were have ended. */
ink_status inki_journal_dismiss(struct inki_journal *journal);
ink_status inki_journal_guests(struct inki_journal *journal, size_t *count);

/* Where a trial stands, for what a guest says of it: claim->bracket and ->rung. *known: there is such a trial. */
ink_status inki_journal_place(struct inki_journal *journal, struct inki_claim *claim, bool *known);

/* Whether journal->process has handed this part in before: the answer did not arrive, and it asks again. */
ink_status inki_journal_has_ended(struct inki_journal *journal, const struct inki_claim *claim, bool *ended);

/* The next trial that others than journal->process have handed in, after event *last, which moves on; *trial 0: none. */
ink_status inki_journal_news(struct inki_journal *journal, int64_t *last, size_t *trial);

/* ---- reading ---- */

struct inki_counts {
    size_t trials, waiting, running, paused, done, stopped, failed;
    size_t epochs; /* trained, as far as handed in or kept */
    size_t best;   /* trial; 0: none yet */
    double best_val[INK_MOST_SCORES];
};
ink_status inki_journal_count(struct inki_journal *journal, struct inki_counts *out);

/* Columns for all scores, val_0 to val_7, each followed by TYPE; as many ? and values. */
#define INKI_SCORE_COLUMNS(PART, TYPE)                                                                                 \
    PART "_0" TYPE ", " PART "_1" TYPE ", " PART "_2" TYPE ", " PART "_3" TYPE ", " PART "_4" TYPE ", " PART "_5" TYPE \
         ", " PART "_6" TYPE ", " PART "_7" TYPE
#define INKI_SCORE_MARKS "?, ?, ?, ?, ?, ?, ?, ?"
#define INKI_SCORE_KINDS "rrrrrrrr"
#define INKI_SCORE_VALUES(VALUES)                                                                                      \
    (VALUES)[0], (VALUES)[1], (VALUES)[2], (VALUES)[3], (VALUES)[4], (VALUES)[5], (VALUES)[6], (VALUES)[7]
_Static_assert(INK_MOST_SCORES == 8, "the columns of the store");

/* Calls visit for each trial in the order of their numbers (trial 0: all), until it fails. Columns as in INKI_TRIAL_COLUMNS. */
#define INKI_TRIAL_COLUMNS                                                                                             \
    "trial, bracket, rung, state, settings, epochs, best_epoch, rows, parameters, " INKI_SCORE_COLUMNS(                \
        "val", "") ", "                                                                                                \
                   "spread, first, seconds, hash, message, taken"
enum { INKI_TRIAL_COLUMN_COUNT = 15 + INK_MOST_SCORES };
typedef ink_status inki_journal_visit(void *arg, const json_t *row); /* as inki_db_row */
ink_status inki_journal_trials(struct inki_journal *journal, size_t trial, inki_journal_visit *visit, void *arg);

/* A trial's model and its validation losses; empty where there are none. Ownership: the caller, inki_bytes_free. */
ink_status inki_journal_model(struct inki_journal *journal, size_t trial, struct inki_bytes *model);
ink_status inki_journal_losses(struct inki_journal *journal, size_t trial, struct inki_bytes *losses);

/* The rows of a trial's history, of its first training where there are several, in a new run. Ownership: the caller, ink_run_free. */
ink_status inki_journal_history(struct inki_journal *journal, size_t trial, ink_run **out);

#endif
