/* peers: the ranks that train together (ink_comm): what they have to give each other.
 * SPDX-License-Identifier: MIT
 *
 * Each rank has the rows, the weights and the optimiser's state. The shards of a batch are dealt to the ranks in runs; each adds its own
 * as far as the tree allows (train/shards.h), and what is left of all is added to the same sum, bit for bit, that one process makes:
 * each rank adds a slice of the gradient and gives that to the others, or, where that would take longer, all of it. Of a batch that is one shard each rank
 * makes all of the gradient itself. Rank 0 decides when to end; what it has decided goes along with the sums. */
#ifndef INKI_PEERS_H
#define INKI_PEERS_H

#include "base/comm.h"
#include "train/shards.h"

struct ink_trainer;
struct inki_sums;

enum inki_wish { INKI_GO_ON, INKI_CANCEL, INKI_SPENT };

struct inki_peers {
    struct inki_dealt {
        size_t begin, end;         /* the rank's shards */
        struct inki_partials left; /* what it has then; without blocks */
    } * dealt;                     /* [ranks], of batches of `shards` shards */
    size_t shards;
    bool whole;                         /* each rank adds all of the gradient */
    ink_comm_block *give, *take;        /* [ranks] */
    uint8_t *out, *in;                  /* what is given and taken, one rank's behind the other's */
    const struct inki_partials **lists; /* [ranks] */
    enum inki_wish wish, heard;         /* rank 0's; heard by all with the last sum */
    size_t silent;                      /* steps since the ranks last heard of each other */
    /* To say whether it pays: steps that were timed, and of these, in seconds, computing of all ranks, of the slowest, and all */
    size_t timed;
    double began, computing, slowest, all;
    bool judged;
};

/* For batches of up to `rows` rows. Errors: NO_MEMORY. */
ink_status inki_peers_begin(struct ink_trainer *trainer, size_t rows);
void inki_peers_end(struct inki_peers *peers);

/* Compares with rank 0 what must be the same in all: version, machine, kernels, data, settings, starting weights. Errors: BAD_DATA, BAD_SETTING
 * (named), IO, NO_MEMORY. */
ink_status inki_peers_meet(struct ink_trainer *trainer);

/* Says so, once, where the ranks do not pay: of batches of one shard at the start, else from what the first steps took. */
void inki_peers_note(const struct ink_trainer *trainer);
void inki_peers_judge(struct ink_trainer *trainer);

/* A step begins; returns whether the ranks share its shards. */
bool inki_peers_begin_step(struct ink_trainer *trainer, size_t shards);

/* The sum of all ranks' shards into trainer->g, and what they found beside it into sums[shards], from what this one has: `left` with its
 * blocks, sums of its own shards. Errors: IO. */
ink_status inki_peers_sum(struct ink_trainer *trainer, size_t shards, const struct inki_partials *left,
                          struct inki_sums *sums);

/* What is to be done after a step: *wish is what this rank would do, and becomes what rank 0 has decided, which is heard with the next
 * sum, or (now) at once. Errors: IO, NO_MEMORY. */
ink_status inki_peers_decide(struct ink_trainer *trainer, bool now, enum inki_wish *wish);

/* After each row of the history: whether all ranks still have the same weights. Errors: BAD_DATA, IO, NO_MEMORY. */
ink_status inki_peers_compare(struct ink_trainer *trainer);

#endif
