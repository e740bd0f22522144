/* history: the run's history as JSON lines, written during training.
 * SPDX-License-Identifier: MIT */
#ifndef HISTORY_H
#define HISTORY_H

#include "inkling.h"

#include <stdio.h>

struct history {
    const char *path; /* NULL: none is wanted */
    bool steps;       /* the losses of the steps too */
    char key[64];     /* what each line begins with: "\"seed\":3,", or "" */
    FILE *file;
    int error; /* errno of the first failure */
};

/* One row as a line: {KEY"epoch":1,…} */
void history_write(FILE *file, const char *key, const ink_epoch *row);

/* One finished row; the file is opened, and an older one emptied, at the first. */
void history_row(struct history *history, const ink_epoch *row);

/* All rows of a finished run with the losses of its steps, one after the other; for several runs in one file. */
void history_run(struct history *history, const ink_run *run);

/* Closes the file. With steps it is written anew before, each step ahead of the row that contains it (the library reports their
 * losses at the end only). run may be NULL. Returns the exit code. */
int history_end(struct history *history, const ink_run *run);

#endif
