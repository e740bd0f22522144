/* progress: how training goes, on a terminal: a block of three lines that is drawn again and again.
 * SPDX-License-Identifier: MIT */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "inkling.h"

enum { PROGRESS_BINS = 64 };

/* Begin with {0}. */
struct progress {
    double bins[PROGRESS_BINS]; /* means of the loss that is watched, over `per_bin` rows of the history each */
    size_t bin_count, per_bin, in_last;
    ink_epoch last, best; /* epoch 0: none so far */
    bool by_steps;
};

/* A row of the history has come. */
void progress_row(struct progress *progress, const ink_epoch *row);

/* Draws the block; nothing where stderr is no terminal. */
void progress_draw(const struct progress *progress, const ink_progress *now);

/* Fits bins[count] into a line of at most `width` columns, low to high by factors; plain: without block characters. */
void progress_spark(char *to, size_t room, const double *bins, size_t count, size_t width, bool plain);

#endif
