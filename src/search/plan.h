/* plan: which trials there are, how long each may train, and how many continue.
 * SPDX-License-Identifier: MIT
 *
 * Trials, from 1, are cut into brackets. A bracket of n trials has rungs 0..r: on rung k a trial has trained
 * ceil(epochs / keep^(r-k)) of its epochs, and the best floor(n / keep^(k+1)) of rung k advance to the next one, where they train
 * on from where they were. Grid and random are one bracket with one rung. Halving (Jamieson & Talwalkar 2016) is one bracket with
 * as many rungs as trials and epochs allow; hyperband (Li et al. 2018) takes brackets of fewer and fewer trials and rungs. */
#ifndef INKI_PLAN_H
#define INKI_PLAN_H

#include "search/space.h"

/* In the order of the setting's choices; AUTO never stands in a plan. */
enum inki_method { INKI_AUTO, INKI_GRID, INKI_RANDOM, INKI_HALVING, INKI_HYPERBAND };

struct inki_bracket {
    size_t first, count, rungs; /* trials first..first+count-1 */
};

struct inki_plan {
    ink_ctx *ctx;
    enum inki_method method;
    size_t trials, keep; /* keep: one in so many */
    struct inki_bracket *brackets;
    size_t bracket_count;
};

/* From the settings method, trials, keep-one-in, min-epochs and epochs. What was decided goes to notes. Errors: BAD_SETTING,
 * NO_MEMORY. Ownership: the caller, inki_plan_free. */
ink_status inki_plan_make(const ink_settings *set, const struct inki_space *space, struct inki_plan *out);
void inki_plan_free(struct inki_plan *plan);

/* Epochs after which a trial that may train for `epochs` has done its part of a rung. */
size_t inki_plan_epochs(const struct inki_plan *plan, size_t bracket, size_t rung, size_t epochs);

/* How many trials may be on a rung. */
size_t inki_plan_room(const struct inki_plan *plan, size_t bracket, size_t rung);

/* points[trials]: each trial's point as a new object of texts. Errors: NO_MEMORY. */
ink_status inki_plan_points(const struct inki_plan *plan, const struct inki_space *space, uint64_t seed,
                            json_t **points);

/* The name of a method. */
const char *inki_plan_method(const struct inki_plan *plan);

#endif
