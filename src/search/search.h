/* search: what the files of a search share.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SEARCH_H
#define INKI_SEARCH_H

#include "data/data.h"
#include "search/link.h"

#include <stdatomic.h>

/* A trial as it was last read from the store. */
struct inki_trial {
    ink_trial view; /* what the caller sees; its texts point into here */
    char state[12], hash[20];
    char *message;
    json_t *settings; /* object of texts */
    size_t bracket, rung, rows;
    double spread, first; /* of a row's loss; the objective at the end of the first rung */
};

/* The rows of one of a trial's trainings. */
struct inki_search_parts {
    ink_data *train, *valid;
    uint64_t train_print, valid_print; /* their fingerprints */
};

struct ink_search {
    ink_ctx *ctx;
    struct inki_journal journal;
    struct inki_link link; /* where the store is elsewhere; else empty */
    atomic_bool ended;     /* ink_search_run: no trials are given out any more */
    ink_settings *set;     /* of all trials */
    struct inki_space space;
    struct inki_plan plan;
    json_t *facts; /* what the store says of the search */
    const struct inki_loss *loss;
    size_t score; /* of the loss: the objective */
    uint64_t fingerprint;
    const ink_data *data;            /* NULL: only to look at */
    struct inki_search_parts *parts; /* [rounds], what each training of a trial is trained and validated on */
    size_t rounds, folds;            /* trainings a trial; folds among them, 0: none */
    ink_data *rows, *test;           /* with folds: what they are made of; the test part, or NULL */
    struct inki_trial *trials;       /* [count], by number */
    size_t count;
    size_t *order;              /* [count]: ranks to indices */
    double *shares;             /* [space.count] */
    struct inki_trial finished; /* for the progress callback */
    struct inki_counts counts;
};

/* What a store keeps of a search: an object of texts; NULL or less than all where there is no memory, which comparing notices. */
json_t *inki_search_make_facts(const ink_search *search);
const char *inki_search_fact(const json_t *facts, const char *name); /* "" where there is none */

/* Refuses by name what is other now than it was. Errors: BAD_DATA, BAD_SETTING, UNSUPPORTED (another version). */
ink_status inki_search_compare(const ink_search *search, const char *store, const json_t *was, const json_t *is);

/* The settings of the trial whose point is this JSON object of texts, in another context: those of all trials, with its own
 * over them. Errors: BAD_SETTING, BAD_FILE (no such object), NO_MEMORY. Ownership: the caller. */
ink_status inki_search_point(const ink_search *search, ink_ctx *ctx, const char *point, ink_settings **out);

/* Splits the data for each training that a trial has (settings val, folds, repeat), and counts them. search->rows and ->parts
 * are freed by inki_search_give_back. Errors: as ink_data_split and ink_data_fold. */
ink_status inki_search_split(ink_search *search);
void inki_search_give_back(ink_search *search);

/* Reads one trial from its row; its old content is freed before. */
ink_status inki_search_read_trial(const ink_search *search, const json_t *row, struct inki_trial *out);
void inki_search_free_trial(struct inki_trial *trial);

/* Reads all trials, ranks and compares them. Errors: as inki_db_ask, NO_MEMORY. */
ink_status inki_search_read(ink_search *search);
void inki_search_forget(ink_search *search);

/* How much each term mattered, into search->shares. Errors: NO_MEMORY. */
ink_status inki_search_weigh(ink_search *search);

/* One worker's own things. The search is shared, to be read only. */
struct inki_search_hand {
    const ink_search *search;
    ink_ctx *ctx;
    bool (*go_on)(void *user); /* asked now and then while it trains; false: give the trial back */
    void *user;
};

/* Works on a claim until its part of a rung is done, and hands in. *ended: it was handed in (or has failed), not given back or
 * lost. Errors: of the store only. */
ink_status inki_search_work(struct inki_search_hand *hand, struct inki_journal *journal, struct inki_claim *claim,
                            bool *ended);

/* Makes one result of the trainings of a trial, and hands it in: means; the losses of all validation rows one after another;
 * without folds the best training's model. */
ink_status inki_search_combine(struct inki_search_hand *hand, struct inki_journal *journal,
                               const struct inki_claim *claim, bool *ended);

/* Whether trials are compared row by row by the losses; else by marks, which come behind them (struct inki_result). */
static inline bool inki_search_by_loss(const ink_search *search)
{
    return search->loss->marks[search->score] == INKI_BY_LOSS;
}

/* A note if a few rows make most of the best trial's validation loss, which then says little about the rest. */
void inki_search_remark(ink_search *search);

/* The standard deviation of losses[rows], or where the objective is a root of the marks behind them, whose mean it is the root of; NaN for
 * one row. */
double inki_search_spread(const ink_search *search, const float *losses, size_t rows);

#endif
