/* course: how a training went, epoch by epoch: from a model's metadata, or from a file that `train --history` wrote.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_COURSE_H
#define INKI_COURSE_H

#include "model/loss.h"

#include <jansson.h>

/* Columns: these, the scores of the training rows, those of the validation rows. */
enum { INKI_COURSE_EPOCH, INKI_COURSE_STEP, INKI_COURSE_RATE, INKI_COURSE_SECONDS, INKI_COURSE_TRAIN };

enum { INKI_COURSE_ROWS = 100000, INKI_COURSE_NAME = 64 };

struct inki_course {
    const ink_score *scores; /* [score_count]. Static */
    size_t score_count, columns, count;
    double *values; /* [columns][count], NaN where there is none */
    double kept;    /* epoch of the model's weights, NaN if unknown */
    bool validated; /* there are validation figures */
    bool timed;     /* there are seconds */
};

/* From an object of lists as in the metadata text "history" (train/keep.h), which may be NULL and may hold anything: what is no history of a network
 * with these scores gives none (count 0). Errors: NO_MEMORY. */
ink_status inki_course_read(ink_ctx *ctx, const json_t *history, const struct inki_loss *loss, struct inki_course *out);
void inki_course_end(struct inki_course *course);

const double *inki_course_column(const struct inki_course *course, size_t c);

/* The score that a column from INKI_COURSE_TRAIN on has, and whether of validation rows. */
const ink_score *inki_course_score(const struct inki_course *course, size_t c);
bool inki_course_is_valid(const struct inki_course *course, size_t c);

/* Where nothing but one epoch was done, its steps count. */
bool inki_course_by_steps(const struct inki_course *course);

/* True where one value is so many times another that a plot by factors shows more. */
bool inki_course_wants_log(const double *y, size_t count, double factor);

/* The runs of a history file: a list of objects {"name": "" or "fold 2" or "seed 3, fold 2", "history": …} as inki_course_read takes them, with "seconds".
 * Errors: NOT_FOUND, IO, BAD_FILE (a line that is no row of a history, with its number; more than INKI_COURSE_ROWS; none), NO_MEMORY. */
ink_status inki_course_load(ink_ctx *ctx, const char *path, json_t **out);

/* The loss whose scores a history has; NULL: none. */
const struct inki_loss *inki_course_loss(const json_t *history);

#endif
