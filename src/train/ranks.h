/* ranks: scores of two classes that are made of the order of all rows.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_RANKS_H
#define INKI_RANKS_H

#include "base/ctx.h"

/* A row: the probability of the second class, and whether it is its label. */
struct inki_ranked {
    float p;
    bool positive;
};

/* Rows to be ranked; all 0 to begin with. */
struct inki_ranks {
    struct inki_ranked *rows;
    size_t count, room;
    bool failed; /* there was no memory: all scores are NaN */
};

/* Appends rows: p[rows][stride], of which the second is that of the second class. */
void inki_ranks_add(ink_ctx *ctx, struct inki_ranks *ranks, size_t rows, const float *p, size_t stride,
                    const int32_t *labels);
void inki_ranks_end(struct inki_ranks *ranks);

/* Largest probability first; the others below need it. */
void inki_ranks_sort(struct inki_ranks *ranks);

/* The chance that a row of the second class has a larger probability than one of the first, equal ones counting half (Mann & Whitney 1947).
 * NaN where a class has no rows or a probability is NaN. */
double inki_ranks_auc(const struct inki_ranks *ranks);

/* Sum over probabilities that occur, largest first, of (recall - recall before) precision, of all rows down to it. NaN likewise. */
double inki_ranks_average_precision(const struct inki_ranks *ranks);

/* The probability from which on the second class is to be answered for the largest balanced accuracy, in the middle between those of two rows; of
 * equally good ones the one nearest to 0.5. NaN likewise. */
double inki_ranks_threshold(const struct inki_ranks *ranks);

#endif
