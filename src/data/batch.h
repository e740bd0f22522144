/* batch: which rows make a step, and where they are.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_BATCH_H
#define INKI_BATCH_H

#include "data/data.h"

/* In the order of the setting's choices. */
enum inki_shuffle { INKI_SHUFFLE_EPOCH, INKI_SHUFFLE_NONE, INKI_SHUFFLE_SAMPLE };

/* Hands out the rows of each step. A batch never crosses the end of the rows: the last of an epoch may be smaller (drawn
 * samples are all of the full size). Which rows a step has depends on seed and step only. */
struct inki_batches {
    const ink_data *data;
    size_t size; /* rows a batch; at most data->rows */
    enum inki_shuffle shuffle;
    uint64_t seed;
    uint32_t *order; /* [data->rows], a permutation */
    size_t epoch;    /* the one that `order` is for; SIZE_MAX before the first */
};

/* size 0 means full batch. No allocation after this. Errors: NO_MEMORY. */
ink_status inki_batches_begin(ink_ctx *ctx, const ink_data *data, size_t size, enum inki_shuffle shuffle, uint64_t seed,
                              struct inki_batches *out);
void inki_batches_end(struct inki_batches *batches);

/* Steps an epoch. */
size_t inki_batches_per_epoch(const struct inki_batches *batches);

/* The rows of step `step` (from 0): *rows points into `order`. Returns how many. Any step can be asked for at any time. */
size_t inki_batches_rows(struct inki_batches *batches, size_t step, const uint32_t **rows);

/* Where the values of rows[0..count-1] lie (NULL: of first, first+1, …); returns the length of a row in bytes. */
size_t inki_row_places(const ink_data *data, const uint32_t *rows, size_t first, size_t count, const void **places);

/* Their labels, -1 where there are none. */
void inki_row_labels(const ink_data *data, const uint32_t *rows, size_t first, size_t count, int32_t *labels);

/* Their targets[count][target_count]; the data has some. */
void inki_row_targets(const ink_data *data, const uint32_t *rows, size_t first, size_t count, float *targets);

/* How many rows of this step's order come after rows[0..count-1], which inki_batches_rows gave; 0 for drawn samples. */
size_t inki_batches_after(const struct inki_batches *batches, const uint32_t *rows, size_t count);

#endif
