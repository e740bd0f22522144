/* worst: the rows that a loss is made of, when it is made of few.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_WORST_H
#define INKI_WORST_H

#include "data/data.h"
#include "model/model.h"

enum { INKI_WORST_ROWS = 3 };

/* The rows with the largest losses so far, largest first, and the sum of all. All 0 to begin with. */
struct inki_worst {
    size_t rows, row[INKI_WORST_ROWS];
    double loss[INKI_WORST_ROWS], total;
};

/* Rows rows, rows + 1, … have these losses. */
void inki_worst_add(struct inki_worst *worst, const double *losses, size_t count);

/* A note if a few rows make more than half of the loss of many (50 and more for each), of classes with losses beyond those of wrong answers: which of `data`, how much, and the input that is
 * farthest from the training rows' mean where that is what scaling made of it. `what`: "validation loss". Returns whether there was one. */
bool inki_worst_note(ink_ctx *ctx, const struct inki_worst *worst, const ink_model *model, const ink_data *data,
                     const char *what);

#endif
