/* batch: which rows make a step, and gathering them as floats.
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
ink_status inki_batches_begin(const ink_data *data, size_t size, enum inki_shuffle shuffle, uint64_t seed,
                              struct inki_batches *out);
void inki_batches_end(struct inki_batches *batches);

/* Steps an epoch. */
size_t inki_batches_per_epoch(const struct inki_batches *batches);

/* The rows of step `step` (from 0): *rows points into `order`. Returns how many. Any step can be asked for at any time. */
size_t inki_batches_rows(struct inki_batches *batches, size_t step, const uint32_t **rows);

/* Where rows[0..count-1] lie in memory, for who will gather them; *size is their length in bytes. */
void inki_row_places(const ink_data *data, const uint32_t *rows, size_t count, const char **places, size_t *size);

/* How many rows of this step's order come after rows[0..count-1], which inki_batches_rows gave; 0 for drawn samples. */
size_t inki_batches_after(const struct inki_batches *batches, const uint32_t *rows, size_t count);

/* Rows rows[0..count-1] of the data as floats, x[count][stride], and their labels (labels may be NULL). Columns from
 * features to stride are not touched. rows NULL: rows first, first+1, …. Runs on the context's threads. */
void inki_gather(ink_ctx *ctx, const ink_data *data, const uint32_t *rows, size_t first, size_t count, float *x,
                 size_t stride, int32_t *labels);

/* The same, `copies` times, `copy` floats apart: each thread writes the copy that it will read. */
void inki_gather_copies(ink_ctx *ctx, const ink_data *data, const uint32_t *rows, size_t first, size_t count, float *x,
                        size_t stride, size_t copies, size_t copy, int32_t *labels);

#endif
