/* finite: answers that are not numbers, and what made them so.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_FINITE_H
#define INKI_FINITE_H

#include "model/program.h"

/* Whether all of values[count] are finite. */
bool inki_all_finite(const float *values, size_t count);

/* The name of the first node whose outputs in the last run of `rows` rows are not finite; the last node's where no other's are.
 * The program observes. */
const char *inki_first_nonfinite(const struct inki_program *program, size_t rows);

/* A row for which the network has no answer. */
struct inki_answerless {
    const char *source; /* where it comes from, or NULL */
    size_t row;         /* its number there, from 0 */
    const void *x;      /* [features] raw values */
    bool bytes;
};

/* Fails with the row, and its value that is not finite or the first layer whose outputs are not. Errors: BAD_DATA; NO_MEMORY
 * where there is none to find out. */
ink_status inki_answer_refuse(ink_ctx *ctx, const ink_model *model, const struct inki_answerless *row);

#endif
