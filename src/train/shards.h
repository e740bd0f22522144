/* shards: sums over the rows of a batch in an order that does not depend on who computes what.
 * SPDX-License-Identifier: MIT
 *
 * A batch is cut into shards, whose number follows from the batch alone. The sum of a shard is made in the order of its rows.
 * Shards are added in a binary tree over their numbers: 2k and 2k+1 of one level give k of the next; what has no partner at the
 * end is added from the back: ((0+1)+(2+3))+((4+5)+6). Whoever has a run of shards can add them as far as the tree allows while
 * they come, and hand on what is left. */
#ifndef INKI_SHARDS_H
#define INKI_SHARDS_H

#include "model/model.h"

/* A shard has as many rows as the network says, 512 where it does not, or more where that would make over 16 of them: each level of
 * the tree keeps a whole gradient. */
enum { INKI_SHARD_ROWS = 512, INKI_MOST_SHARDS = 16, INKI_MOST_PARTIALS = 8 };

/* How many rows a network's shards have: a layer over images says so, since what is between layers is large; groups of norm_rows (0: a
 * batch) lie within one where a layer takes statistics of them. */
size_t inki_shard_rows(const ink_model *model, size_t norm_rows);

/* Shards of `each` rows that a batch has, and rows [*begin, *end) of shard s. */
size_t inki_shard_count(size_t rows, size_t each);
void inki_shard(size_t rows, size_t each, size_t s, size_t *begin, size_t *end);

/* The run [*begin, *end) of so many shards that taker i of `takers` (lanes, ranks) has: the first one always has the first shard; of few shards
 * the last takers have none. */
void inki_shards_share(size_t shards, size_t i, size_t takers, size_t *begin, size_t *end);

/* The most rows that a shard of any batch of up to `rows` rows has: a smaller batch may have larger shards. */
size_t inki_most_shard_rows(size_t rows, size_t each);

/* Sums of shards that are waiting for their partners, in order. Entry i lies in block[i]. */
struct inki_partials {
    struct inki_partial {
        size_t level, index; /* of the tree */
    } entry[INKI_MOST_PARTIALS];
    float *block[INKI_MOST_PARTIALS];
    size_t count;
};

/* How many blocks the run of shards [begin, end) needs at most. */
size_t inki_partials_needed(size_t begin, size_t end);

/* Appends shard s, whose sum was put into block[count], and adds what has its partner: block[to] += block[from] for each pair that
 * is returned, in order; their number is returned, pairs[INKI_MOST_PARTIALS]. */
struct inki_pair {
    size_t to, from;
};
size_t inki_partials_push(struct inki_partials *partials, size_t s, struct inki_pair *pairs);

/* What is left to add when all have come: the entries of lists[count], in order. to and from of the pairs number the entries of all
 * lists one after the other; the sum ends in entry 0. pairs[count * INKI_MOST_PARTIALS]. */
size_t inki_partials_end(const struct inki_partials *const *lists, size_t count, struct inki_pair *pairs);

/* The same for runs that others' come before or behind: adds as far as the tree allows without these. *left gets the entries that are left
 * (at most INKI_MOST_PARTIALS, the same for any cut of a run into lists), number[] which entry of the lists holds each of them. */
size_t inki_partials_join(const struct inki_partials *const *lists, size_t count, struct inki_pair *pairs,
                          struct inki_partials *left, size_t *number);

/* to[i] += from[i], [size], for one pair of blocks after the other. */
struct inki_adding {
    struct inki_pair pairs[INKI_MOST_PARTIALS * INKI_MOST_SHARDS];
    float *block[INKI_MOST_PARTIALS * INKI_MOST_SHARDS];
    size_t count, size;
};

/* On all threads of the context; NULL: on this one. */
void inki_adding_run(ink_ctx *ctx, const struct inki_adding *adding);

#endif
