/* oof: out-of-fold answers as a table: each row of the data answered by the model that was not trained on it.
 * SPDX-License-Identifier: MIT
 *
 * CSV: ID, fold, label, answer and a column p_CLASS for each class, or ID, fold and a column for each number to predict, in the order of
 * the rows; with several seeds a column seed after the ID, and all rows of a seed before those of the next. IDs count from 0. Rows whose
 * fold was not finished are left out. */
#ifndef OOF_H
#define OOF_H

#include "files.h"
#include "inkling-extra.h"
#include "inkling-many.h"

struct oof {
    const char *path; /* NULL: none is wanted */
    const ink_data *data;
    size_t rows, outputs, written;
    bool seeds;          /* with a column for the seed */
    bool numbers;        /* instead of classes */
    struct out_file out; /* out.file NULL: not open */
    float *p, *row_p;    /* of the seed under way: [rows][outputs]; of one fold */
    float *x;            /* [features], room for a row */
    size_t *fold;        /* [rows]: of this seed, 0 for rows not answered yet */
    size_t *answer;      /* [rows]: classes */
    uint64_t seed;
};

/* Opens the file. Returns the exit code. */
int oof_begin(struct oof *oof, const ink_data *data, bool seeds);

/* Takes the answers of a finished round; the rows of the seed before are written at the first round of another. */
ink_status oof_add(struct oof *oof, ink_ctx *ctx, const ink_round *round);

/* Writes what is left and closes the file; one without a row is not made, and path is NULL then. Returns the exit code. */
int oof_end(struct oof *oof);

#endif
