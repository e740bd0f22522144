/* events: the run's history as TensorBoard's event files, written during training.
 * SPDX-License-Identifier: MIT
 *
 * Such a file is a row of records (TFRecord): length (8 bytes), masked CRC-32C of it, content, masked CRC-32C of that, all
 * little-endian. A content is a protocol buffer message "Event"; those written here have a time, a step and scalars. */
#ifndef EVENTS_H
#define EVENTS_H

#include "inkling.h"

#include <stdio.h>

struct events {
    const char *folder; /* NULL: nothing is written */
    FILE *file;
    char path[4096];
    bool by_steps; /* a row's place is its step, not its epoch */
    int error;     /* errno of the first failure */
};

/* Makes the folder, and a new file in it beside those of earlier runs. Returns the exit code, after saying what is wrong. */
int events_begin(struct events *events);

/* Adds a row: each score as loss/training and loss/validation, rate, rows_per_second. */
void events_row(struct events *events, const ink_epoch *row);

/* Closes the file. Returns the exit code, after saying what is wrong. */
int events_end(struct events *events);

#endif
