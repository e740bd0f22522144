/* influence: which columns of a table a model's answers hang on, and how they move with a column.
 * SPDX-License-Identifier: MIT
 *
 * Permutation importance (Breiman 2001; Fisher, Rudin, Dominici 2019): the values of one column are shuffled among the rows, which
 * leaves the column as it is and cuts its bond with the target; how much the loss rises is what the model got out of it. Two columns
 * that say the same share it. Partial dependence (Friedman 2001): all rows get the same value in one column; the mean answer. */
#ifndef INKI_INFLUENCE_H
#define INKI_INFLUENCE_H

#include "data/data.h"
#include "model/model.h"

enum {
    INKI_INFLUENCE_COLUMNS = 500, /* columns that are looked at, at most; of wider tables none is */
    INKI_INFLUENCE_ROWS = 2000,   /* rows, at most, */
    INKI_INFLUENCE_FEW = 100,     /* and no fewer, however much work they are */
    INKI_INFLUENCE_TIMES = 5,     /* that each column is shuffled */
    INKI_DEPENDENCE_ROWS = 500,
    INKI_DEPENDENCE_POINTS = 21,
    INKI_DEPENDENCE_WORDS = 12
};
#define INKI_INFLUENCE_WORK 1e11 /* multiply-adds that importance may cost */

struct inki_influence {
    ink_ctx *ctx;
    const ink_model *model;
    size_t rows, columns; /* that were looked at: rows drawn by a fixed seed, all columns */
    uint32_t *from;       /* [rows] the rows of the data */
    float *x;             /* [rows][columns], raw; whole again after each call */
    int32_t *labels;      /* [rows], or NULL */
    float *targets;       /* [rows][outputs], or NULL */
    double loss;          /* mean, as they are */
    double *rise, *error; /* [columns]: mean rise of the loss, and its standard error over the rows */
    size_t *order;        /* [columns], the largest rise first */
};

/* Of data that the model fits (inki_answers_begin); labels[data->rows] in the model's numbering, NULL where it answers with numbers. The
 * data is not needed afterwards, the model is. Errors: BAD_ARGUMENT (more than INKI_INFLUENCE_COLUMNS columns, no rows), NO_MEMORY.
 * Ownership: the caller, inki_influence_end, which takes an empty one too. */
ink_status inki_influence_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, const int32_t *labels,
                                struct inki_influence *out);
void inki_influence_end(struct inki_influence *influence);

/* The order in which rows give a column's values to one another, the `time`th time: order[rows]. */
void inki_influence_shuffle(size_t column, size_t time, size_t rows, uint32_t *order);

/* The mean answers where a column has one value in all rows. */
struct inki_dependence {
    size_t column, outputs, rows;
    size_t count;    /* of values */
    double *values;  /* [count] numbers in ascending order, words from the most frequent on; a gap (NaN) is the last */
    double *answers; /* [count][outputs] probabilities, or numbers in the target's unit */
};

/* Values of a number: all that there are up to INKI_DEPENDENCE_POINTS, else so many quantiles, without the outermost 2 % of the rows;
 * of words (`words`: the column's values number them) the INKI_DEPENDENCE_WORDS most frequent; and a gap where rows have one. Errors:
 * BAD_DATA (an answer that is not finite), NO_MEMORY. Ownership: the caller, inki_dependence_end. */
ink_status inki_dependence_begin(struct inki_influence *influence, size_t column, bool words,
                                 struct inki_dependence *out);
void inki_dependence_end(struct inki_dependence *dependence);

#endif
