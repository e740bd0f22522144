/* inkling-many.h: many trainings: by seeds and on folds, suspects, searches for the best settings, several processes that train one network.
 * SPDX-License-Identifier: MIT
 *
 * The manners are those of inkling.h. */
#ifndef INKLING_MANY_H
#define INKLING_MANY_H

#include "inkling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------- seeds and folds */

/* One training of several: with a seed of its own (setting repeat), on a fold (setting folds), or both. */
typedef struct ink_round {
    size_t number, rounds; /* from 1, of how many; number 0: the last training on all rows, after the folds */
    size_t fold, folds;    /* from 1; both 0 without folds */
    uint64_t seed;
    size_t train_rows, val_rows, test_rows;
    /* When it is finished: */
    /* of the history: the one that the weights are from; scores are NaN if it diverged. Borrowed */
    const ink_epoch *row;
    size_t epochs;                /* epochs trained, those after that row included */
    double test[INK_MOST_SCORES]; /* by row->scores; NaN without a test part */
    double seconds;
    uint64_t hash;     /* of the weights, 0 if it diverged */
    bool diverged;     /* then it does not count in any mean */
    const char *ended; /* as ink_run_ended */
    /* In the callback `finished` only, else NULL. Borrowed for the call: */
    const ink_model *model;
    const ink_run *run;
    const ink_data *valid; /* the rows it was validated on, NULL for none */
    const uint32_t *rows;  /* rows[val_rows]: where they stand in the data; NULL where they are data of their own */
} ink_round;

/* Either may be NULL; one that returns false cancels. */
typedef struct ink_round_hooks {
    size_t size; /* INK_INIT(ink_round_hooks) sets it */
    bool (*progress)(void *user, const ink_round *round, const ink_progress *now); /* as in ink_hooks */
    bool (*finished)(void *user, const ink_round *round);                          /* after each round */
    void *user;
} ink_round_hooks;

/* A score over the rounds; NaN where there are too few of them. */
typedef struct ink_mean {
    size_t size;  /* INK_INIT(ink_mean) sets it */
    size_t count; /* rounds that have this score */
    double mean, lowest, highest;
    double deviation; /* sample standard deviation (n - 1) */
    double error;     /* of the mean: deviation / sqrt(count) */
    /* validation on folds: allows for the training rows that folds share (Nadeau and Bengio 2003) */
    double corrected_error;
} ink_mean;

typedef struct ink_rounds ink_rounds;

/* Trains once for each seed from `seed` on (setting repeat) and, with the setting folds, for each of them once for each fold.
 * Each round is a training of its own: split, scaling and weights start from scratch, so that a fold is never seen by the scaling that
 * is evaluated on it. Without folds, round i is ink_train with seed + i; with folds a test part is cut off first, once, with
 * the first seed. Notes that are the same for every round are reported once.
 * *model, if model is not NULL: without folds that of the best round by the monitor (of equal ones the first), the
 * first where there is no validation part; with folds it is trained after them on all their rows, with the first seed, for as
 * many epochs as the best rows of the rounds had on average (steps, if steps or eval-every count in steps).
 * CANCELLED: what was finished is given (look before use: *rounds and *model may be NULL); a round under way is not counted,
 * its model is given if no other is there. DIVERGED: some round did; the others went on and are given. Errors: those of
 * ink_train; BAD_SETTING for checkpoint and resume, and for the schedule plateau with folds and a model. */
INK_API INK_MUST_USE ink_status ink_train_rounds(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                                 const ink_round_hooks *hooks, ink_model **model, ink_rounds **rounds);
INK_API void ink_rounds_free(ink_rounds *rounds);

/* The finished rounds in their order; NULL after the last. */
INK_API size_t ink_rounds_count(const ink_rounds *rounds);
INK_API const ink_round *ink_rounds_get(const ink_rounds *rounds, size_t i);

/* The round whose model was kept, NULL if that is none of them; and the history and test metrics of the model that was given, NULL for none. */
INK_API const ink_round *ink_rounds_kept(const ink_rounds *rounds);
INK_API const ink_run *ink_rounds_run(const ink_rounds *rounds);

/* Of a column ("val_accuracy", "test_loss"), over all finished rounds that did not diverge. */
INK_API void ink_rounds_mean(const ink_rounds *rounds, const char *column, ink_mean *out);

/* ----------------------------------------------------------------- suspects */

/* Rows whose labels may be wrong, that are there twice, or that are unlike all others. Each row is answered by a model that was not trained on it: the
 * setting folds says how many train (none: 4), and epochs how long (auto: 3 for images, else as ink_train). By kind, in this order:
 * "label": that answer differs from the label; of each class as many rows as confident learning estimates to be labelled wrongly, the clearest first.
 * "duplicate", in the order of the rows: an earlier row (twin) has the same values and another label, or row `twin` of the data's own test part has them
 * (twin_in_test); of images also nearly the same: moved by some pixels, brighter or darker, with a little noise (near).
 * "unlike", of images, the most unlike first: hardly any row is as unlike all that the model of the other rows knows (the distances of ink_known).
 * hooks may be NULL; steps count over all folds. Errors: those of ink_train (DIVERGED where a fold does), BAD_DATA (no classes), BAD_SETTING (repeat). */
typedef struct ink_suspects ink_suspects;
typedef struct ink_suspect {
    size_t row; /* of the data, from 0 */
    const char *kind;
    int32_t label,
        answer;  /* answer: -1, and p NaN, where there is none: the row is in a test part that settings cut off */
    float p;     /* of the answer */
    size_t twin; /* SIZE_MAX: none */
    bool twin_in_test;
    bool near; /* the twin has nearly the same values, not the same */
    float
        distance; /* from the twin: 1 - r, r the correlation of the two images laid upon each other; 0 for the same values; NaN: no twin */
    float share;  /* kind "unlike": the estimated share of rows that are at least as unlike; else NaN */
} ink_suspect;
INK_API INK_MUST_USE ink_status ink_suspects_find(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                                  const ink_hooks *hooks, ink_suspects **out);
INK_API void ink_suspects_free(ink_suspects *suspects);
/* Suspect i; NULL behind the last. Borrowed. */
INK_API const ink_suspect *ink_suspects_get(const ink_suspects *suspects, size_t i);
/* Whether rows of that kind were looked for: "unlike" are not in tables, in folds of fewer than 400 rows, nor by models that ink_known refuses; "near"
 * stands for duplicates that are nearly the same, which are looked for among images of at least 8x8 pixels. */
INK_API bool ink_suspects_sought(const ink_suspects *suspects, const char *kind);
/* Writes a page of the suspects of `data`, with images or values, on which is chosen what becomes of each row; it gives a file that the settings
 * drop-rows and relabel take. It has the first 500 of a kind at most, fewer where images are large. Errors: IO (the sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_suspects_write(ink_ctx *ctx, const ink_suspects *suspects, const ink_data *data,
                                                   const char *title, ink_sink sink, void *user);

/* ------------------------------------------------------------------- search */

/* The best settings: many trainings (trials) with points of a space of settings, several at a time, kept in one file.
 *
 * The space is a line of terms in the settings' names: batch=32,64 (values), hidden=20|100,50 (texts by |), net=dense 20 relu / dense 40
 * tanh (networks by /), lr=1e-4..0.1:log (any number of a range), lr=1e-4..0.1:log:4 (four of it). What is not in the space is as the
 * settings say. The settings of group "search" say how: method (grid, random, halving, hyperband), objective, trials, keep-one-in,
 * min-epochs, workers; budget is the time for the whole search.
 *
 * Every trial has the same training and validation rows (ink_data_split by the settings) and never sees the test part. Results
 * depend neither on the number of workers and processes nor on who ends first. The store is an SQLite file with every trial,
 * its history, model and checkpoint: a search that was interrupted, also by the end of its process, goes on from there, and
 * several processes may work on one store. Trials train in threads of their own, which allocate by malloc. */
typedef struct ink_search ink_search;

typedef struct ink_trial {
    size_t trial; /* from 1 */
    const char
        *state; /* "waiting", "running", "paused" (until its rung is complete), "done", "stopped" (others were better),
                          "failed" */
    size_t epochs, best_epoch; /* trained, and of the weights that are kept */
    size_t shared_epochs; /* of them, those that were trained for a shorter trial of the grid with the same settings */
    size_t parameters;
    /* Of the weights that are kept, on the validation rows, by ink_search_info.scores, with 95 % intervals where there are some; NaN
     * before there are any. */
    double val[INK_MOST_SCORES], low[INK_MOST_SCORES], high[INK_MOST_SCORES];
    double seconds;      /* spent on it */
    bool as_good;        /* not significantly worse than the best (paired over the validation rows, 95 %) */
    const char *hash;    /* of its weights, "" before there are any */
    const char *message; /* why it failed, else "" */
} ink_trial;

typedef struct ink_search_info {
    size_t size; /* INK_INIT(ink_search_info) sets it */
    size_t trials, waiting, running, paused, done, stopped, failed;
    size_t best;             /* the best trial, 0: none yet */
    size_t smallest;         /* the one with the fewest parameters that is as good, 0: none yet */
    size_t terms;            /* of the space */
    const char *space;       /* in canonical form */
    const char *method;      /* "grid", … */
    const char *objective;   /* "val_loss", "val_accuracy", … */
    const ink_score *scores; /* [score_count]: what the trials' values are. Static */
    size_t score_count;
    size_t score;            /* the one that is the objective */
    const char *data;        /* what was opened */
    uint64_t fingerprint;    /* of all its rows and labels */
    const ink_settings *set; /* the settings that all trials share. Borrowed */
} ink_search_info;

typedef struct ink_search_progress {
    size_t trials, ended, running;    /* ended: done, stopped or failed */
    size_t best;                      /* trial, 0: none yet */
    double best_val[INK_MOST_SCORES]; /* its scores */
    double seconds, seconds_left;     /* of this call; NaN while nothing is known */
    const ink_trial *finished;        /* a trial that has just come to the end of its part in this process, or NULL */
} ink_search_progress;

/* Called a few times a second, on the calling thread. A callback that returns false ends the search; it can be resumed. */
typedef struct ink_search_hooks {
    size_t size; /* INK_INIT(ink_search_hooks) sets it */
    bool (*progress)(void *user, const ink_search_progress *now);
    void *user;
    bool serve; /* others ask for trials too, through ink_search_answer: until no trial is left and they have left */
    bool anew;  /* with serve: those who asked an earlier process have ended with it; what they held is free at once */
} ink_search_hooks;

/* Plans a search in a new store, or resumes the one that is there if nothing has changed; a random search or a grid may get more
 * trials. data is borrowed until _free; its name (ink_data_info.source) is kept for those who join. Errors: BAD_SETTING
 * (the space; what is now other than in the store, named); BAD_DATA (other rows than in the store; no validation part); BAD_FILE (the
 * file is something else); IO; UNSUPPORTED (a build without SQLite); NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_new(ink_ctx *ctx, const char *store, const ink_data *data,
                                               const ink_settings *set, const char *space, ink_search **out);

/* A store to look at, without data; it cannot be run. info.data, info.set and info.space are what ink_data_load and
 * ink_search_new need to join it. Errors: NOT_FOUND, BAD_FILE, IO, UNSUPPORTED, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_open(ink_ctx *ctx, const char *store, ink_search **out);
INK_API void ink_search_free(ink_search *search);

/* Works until no trial is left or the budget is spent, together with other processes that do the same. A trial that cannot be
 * trained (diverges, has no memory, bad settings) has failed, and the search continues. hooks may be NULL. Errors: CANCELLED (by
 * the callback), IO, BAD_FILE, NO_MEMORY, BAD_ARGUMENT (the store was only opened). */
INK_API INK_MUST_USE ink_status ink_search_run(ink_search *search, const ink_search_hooks *hooks);

/* Workers where the store is not: a search over a link works as one with a store, on the same data; ink_search_run claims trials and hands them in by
 * asking the process that has the store, which answers while it runs (hooks.serve). name: who is asked, in sentences. ask carries a request (JSON,
 * and behind a 0 the bytes of models and checkpoints) to ink_search_answer there, and what that writes back to the sink; it is called by several threads at a time. It may take its time
 * and try again: a request that comes twice does no harm. What is not INK_OK ends the work, with a sentence in why[room]. name and
 * user are borrowed until ink_search_free. */
typedef struct ink_search_link {
    size_t size; /* INK_INIT(ink_search_link) sets it */
    const char *name;
    ink_status (*ask)(void *user, const char *request, size_t size, ink_sink sink, void *to, char *why, size_t room);
    void *user;
} ink_search_link;

/* As ink_search_open: what is searched there, to load the data by and to begin with ink_search_new_over. It has no trials. Errors: those of ask;
 * BAD_FILE (no search answers there); IO (it says what is wrong); UNSUPPORTED, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_open_over(ink_ctx *ctx, const ink_search_link *link, ink_search **out);

/* As ink_search_new, to take part: data, settings, space and version are compared before anything is asked for. Its trials are as of this
 * call; results, models and histories are with the store. Errors: BAD_SETTING, BAD_DATA, UNSUPPORTED (what differs, named); those of ask. */
INK_API INK_MUST_USE ink_status ink_search_new_over(ink_ctx *ctx, const ink_search_link *link, const ink_data *data,
                                                    const ink_settings *set, const char *space, ink_search **out);

/* Answers a request, whoever it is from, on any thread while ink_search_run works with hooks.serve: at a time one a context, which is not the search's.
 * After ink_search_run, until ink_search_free, it still takes what is handed in, and gives no more trials. The answer is JSON too, perhaps with bytes behind it; *code is what HTTP would say: 200; 400 (not a request), 404 (no such worker or trial), 409 (the trial is
 * another's by now), 500 (the store cannot be used), each with a sentence as "error". Errors: BAD_ARGUMENT (not this one's store), IO (the
 * sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_answer(ink_search *search, ink_ctx *ctx, const char *request, size_t size,
                                                  ink_sink sink, void *user, unsigned *code);

/* What is in the store, as of the last _new, _open, _run or _refresh. Everything is borrowed until the next of them. */
INK_API void ink_search_describe(const ink_search *search, ink_search_info *out);
INK_API INK_MUST_USE ink_status ink_search_refresh(ink_search *search);

/* Trials by rank, from 0: those with a result by the objective (of equal ones the lower number), then the others. NULL past the end. */
INK_API const ink_trial *ink_search_trial(const ink_search *search, size_t rank);

/* Term i of the space: its setting's name, and how much it mattered: the fraction of the variance of the trials' ranks that it explains
 * alone (one-way analysis of variance, adjusted for the number of values: epsilon squared; ranges in bins of equal counts; failed
 * trials rank last); with rungs, at the end of the first. NaN where there are too few trials. NULL past the end. */
INK_API const char *ink_search_term(const ink_search *search, size_t i, double *share);

/* The value of a setting of the space in a trial, as text; NULL if there is none. */
INK_API const char *ink_search_value(const ink_search *search, size_t trial, const char *name);

/* All settings of a trial, as ink_train would take them. Ownership: the caller. Errors: BAD_ARGUMENT (no such trial). */
INK_API INK_MUST_USE ink_status ink_search_settings(const ink_search *search, size_t trial, ink_settings **out);

/* A trial's network with the weights that are kept, and its history. Errors: BAD_ARGUMENT (it has none yet). */
INK_API INK_MUST_USE ink_status ink_search_model(ink_search *search, size_t trial, ink_model **out);
INK_API INK_MUST_USE ink_status ink_search_history(ink_search *search, size_t trial, ink_run **out);

/* Retrains the settings of a trial on the training and the validation rows together, for as many epochs as its kept weights
 * had, and tests it where there is a test part. data must be the search's. hooks may be NULL. Errors: BAD_DATA (other rows);
 * BAD_SETTING (schedule plateau, which needs a validation part); those of ink_train. */
INK_API INK_MUST_USE ink_status ink_search_refit(ink_search *search, size_t trial, const ink_data *data,
                                                 const ink_hooks *hooks, ink_model **model, ink_run **run);

/* Writes a page about a search, as ink_report_write does about a model: what is best, what mattered, each setting of the space
 * against the objective, the trials as a table (the best 1,000 of them). Errors: IO (the sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_report_search(ink_ctx *ctx, const ink_search *search, const char *title,
                                                  ink_sink sink, void *user);

/* -------------------------------------------------- several processes, one training */

/* Bytes that go to a rank, or come from it. */
typedef struct ink_comm_block {
    void *at;
    size_t bytes;
} ink_comm_block;

/* What joins processes ("ranks", numbered from 0) that train together: MPI, sockets, anything that moves bytes. The library knows no
 * network; `inkling-mpi` has these callbacks over MPI (mpi/comm.c). Each rank makes the same calls with the same data and settings in a context
 * of its own, and each gets the same model, bit for bit what one process trains alone. What depends on the time (the setting budget, a
 * progress callback that cancels) is decided by rank 0; it alone writes and reads checkpoints. */
typedef struct ink_comm {
    size_t size; /* INK_INIT(ink_comm) sets it */
    unsigned rank, ranks;
    /* Sends give[r] to each rank r and fills take[r] with what that gives to this one, at once; both have `ranks` blocks. Those of 0 bytes and
     * those of the own rank are left out. What one side gives is as long as what the other takes. All ranks make the same calls in the same order. Returns when all of
     * give may be overwritten and all of take is there; false, with a sentence in why[room], when that can no longer come: the rank has
     * ended, or the link is cut. It may wait as long as a step of the slowest rank takes. Called by the thread that uses the context. */
    bool (*exchange)(void *user, const ink_comm_block *give, const ink_comm_block *take, char *why, size_t room);
    /* What to call a rank in sentences, "node7", borrowed; or NULL: its number has to do. */
    const char *(*name)(void *user, unsigned rank);
    void *user;
    /* How many ranks, this one included, may use the cores that this one may use: of as many threads as there are cores, which is the
     * default, each has its share. 0: 1. */
    size_t beside;
} ink_comm;

/* From here on trainings in this context are made together with the other ranks (comm is copied; NULL, or one rank: alone). Not while one is under
 * way. What fails in one rank fails in all that still meet it: IO, with the sentence of `exchange`; before the first step BAD_DATA or BAD_SETTING where a rank has another version, machine, kernels,
 * data, setting or starting weights than rank 0. Errors: BAD_ARGUMENT (no callback, a rank that is none). */
INK_API INK_MUST_USE ink_status ink_ctx_set_comm(ink_ctx *ctx, const ink_comm *comm);

#ifdef __cplusplus
}
#endif
#endif
