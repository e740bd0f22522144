/* search_results: the trials of a search as a table, as CSV or as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef SEARCH_RESULTS_H
#define SEARCH_RESULTS_H

#include "inkling-extra.h"
#include "inkling-many.h"

#include <jansson.h>

/* To stdout: the `most` best trials, what is as good as the best, and what mattered. */
void search_print(const ink_search *search, const char *store, size_t most);

/* The columns of a table of trials, which fits into 80: a column a setting, where there is room; else a trial's settings stand in
 * lines below its figures, which then have their intervals. running: for trials as they end, with their time. */
enum { SEARCH_TERMS_MOST = 16, SEARCH_LINE_ROOM = 1024 };
struct search_columns {
    size_t terms, width[SEARCH_TERMS_MOST];
    bool in_lines, epochs, parameters, running;
};
void search_columns(const ink_search *search, size_t most, bool running, struct search_columns *out);
void search_head(const ink_search *search, const struct search_columns *columns, char line[SEARCH_LINE_ROOM]);
void search_line(const ink_search *search, const struct search_columns *columns, const ink_trial *trial, char mark,
                 char line[SEARCH_LINE_ROOM]);

/* To stdout: one line a trial, by rank. No times: the same search gives the same bytes. */
void search_print_csv(const ink_search *search);

/* Everything, as one object. */
json_t *search_json(const ink_search *search, const char *store);

/* The values of a trial: as an object of numbers and texts, and as "batch 32, lr 0.01". */
json_t *search_json_values(const ink_search *search, size_t trial);

/* Puts values of the scores into an object: "val_loss", "val_accuracy". */
void search_json_scores(json_t *object, const ink_search_info *info, const double *values);
char *search_values(const ink_search *search, size_t trial, char *to, size_t room);

/* The trial of this number, or NULL. */
const ink_trial *search_trial(const ink_search *search, size_t number);

/* Says so where trials with other settings came to the same weights: what they differ in changed nothing. */
void search_note_same(const ink_search *search);

#endif
