/* lanes: a batch on its way through the network, in shards of chunks.
 * SPDX-License-Identifier: MIT
 *
 * A chunk is what goes through the network at once, so that activations stay in the cache; gradients add up over a shard's chunks in
 * the order of the rows. A lane is who takes shards: the only one, whose program is cut among all threads; or, where a batch has
 * shards enough, one of as many as there are threads, each with a program for one thread and a run of shards of its own, so that
 * they meet once a step. Both give the same bits (train/shards.h). */
#ifndef INKI_LANES_H
#define INKI_LANES_H

#include "model/program.h"
#include "train/shards.h"

struct ink_trainer;

struct inki_lane {
    struct inki_program program;
    struct inki_partials partials;
    float *blocks; /* of partials, but for the first lane's first, which is the gradient itself */
    bool fresh;    /* the weights changed since its last chunk */
    size_t rows;   /* of its last chunk; what follows is of that */
    const void *places[INKI_CHUNK_ROWS], *next_places[INKI_CHUNK_ROWS];
    float *targets; /* [rows of a chunk][outputs], NULL for classes */
    int32_t labels[INKI_CHUNK_ROWS];
    int32_t others[INKI_CHUNK_ROWS]; /* the labels of the rows that these are mixed with */
    float shares[INKI_CHUNK_ROWS];   /* what these have kept of themselves */
    float weights[INKI_CHUNK_ROWS];
    double losses[INKI_CHUNK_ROWS], parts[INKI_CHUNK_ROWS * INKI_MOST_PARTS];
};

struct inki_lanes {
    struct inki_lane *lane;
    size_t count, shard_rows;
    struct inki_program at_weights; /* forward and loss alone, for optimisers whose gradient is taken elsewhere */
};

/* How many lanes of each rank batches of up to `rows` rows, in shards of `each`, are best given to. */
size_t inki_lane_count(const ink_model *model, size_t rows, size_t each, size_t threads, size_t ranks);

/* Whether lanes are for one thread each, however few there are: where layers take whole rows. */
static inline bool inki_lanes_alone(size_t shard_rows) { return shard_rows < INKI_SHARD_ROWS; }

/* What a lane's program is for; update: as in inki_use. */
struct inki_use inki_lane_use(const ink_model *model, const ink_settings *set, size_t rows, unsigned threads,
                              unsigned ranks, size_t *lanes, const struct inki_update *update);

/* For batches of up to `rows` rows; update: as in inki_use. Errors: NO_MEMORY; then too they are to be ended. */
ink_status inki_lanes_begin(struct ink_trainer *trainer, const ink_settings *set, size_t rows,
                            const struct inki_update *update);
void inki_lanes_end(struct ink_trainer *trainer);

/* The gradient of the mean loss over rows[count] into trainer->g, and what scores are made of into trainer->sums, of all ranks
 * together. *loss is the mean loss; where that is not finite there is no gradient. Errors: IO (another rank cannot be reached). */
ink_status inki_lanes_run(struct ink_trainer *trainer, const uint32_t *rows, size_t count, double *loss);

/* The mean loss alone, with at_weights. */
double inki_lanes_loss(struct ink_trainer *trainer, const uint32_t *rows, size_t count);

#endif
