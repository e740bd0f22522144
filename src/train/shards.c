/* shards: the tree of sums over rows.
 * SPDX-License-Identifier: MIT */
#include "train/shards.h"
#include "base/pool.h"

size_t inki_shard_rows(const ink_model *model, size_t norm_rows)
{
    size_t rows = INKI_SHARD_ROWS, group = 0;
    for (size_t i = 0; i < model->node_count; i++) {
        const struct inki_op *op = model->nodes[i].op;
        if (op->shard_rows && op->shard_rows < rows) rows = op->shard_rows;
        if (op->by_batch) group = norm_rows ? norm_rows : INKI_CHUNK_ROWS;
    }
    return group && (group > rows || rows == INKI_SHARD_ROWS) ? group : rows;
}

size_t inki_shard_count(size_t rows, size_t each)
{
    size_t count = (rows + each - 1) / each;
    return count < INKI_MOST_SHARDS ? count : INKI_MOST_SHARDS;
}

void inki_shard(size_t rows, size_t each, size_t s, size_t *begin, size_t *end)
{
    inki_share(rows, s, inki_shard_count(rows, each), begin, end);
}

size_t inki_most_shard_rows(size_t rows, size_t each)
{
    const size_t shards = inki_shard_count(rows, each), largest = (rows + shards - 1) / shards;
    if (largest > each) return largest;
    return rows < each ? rows : each;
}

/* Whether b, right behind a, is its partner. */
static bool are_partners(const struct inki_partial *a, const struct inki_partial *b)
{
    return a->level == b->level && a->index % 2 == 0 && b->index == a->index + 1;
}

static struct inki_partial parent_of(const struct inki_partial *a)
{
    return (struct inki_partial){a->level + 1, a->index / 2};
}

size_t inki_partials_push(struct inki_partials *partials, size_t s, struct inki_pair *pairs)
{
    struct inki_partial *entry = partials->entry;
    size_t count = 0, top = partials->count;
    entry[top] = (struct inki_partial){0, s};
    for (; top > 0 && are_partners(&entry[top - 1], &entry[top]); top--) {
        pairs[count++] = (struct inki_pair){top - 1, top};
        entry[top - 1] = parent_of(&entry[top - 1]);
    }
    partials->count = top + 1;
    return count;
}

size_t inki_partials_needed(size_t begin, size_t end)
{
    struct inki_partials partials = {.count = 0};
    struct inki_pair pairs[INKI_MOST_PARTIALS];
    size_t most = 0;
    for (; begin < end; begin++) {
        if (partials.count + 1 > most) most = partials.count + 1;
        inki_partials_push(&partials, begin, pairs);
    }
    return most;
}

/* An entry on the way to the whole sum. */
struct waiting {
    struct inki_partial partial;
    size_t number;
};

size_t inki_partials_end(const struct inki_partials *const *lists, size_t count, struct inki_pair *pairs)
{
    struct waiting stack[2 * INKI_MOST_SHARDS];
    size_t top = 0, number = 0, added = 0;
    for (size_t list = 0; list < count; list++)
        for (size_t i = 0; i < lists[list]->count; i++) {
            stack[top++] = (struct waiting){lists[list]->entry[i], number++};
            for (; top > 1 && are_partners(&stack[top - 2].partial, &stack[top - 1].partial); top--) {
                pairs[added++] = (struct inki_pair){stack[top - 2].number, stack[top - 1].number};
                stack[top - 2].partial = parent_of(&stack[top - 2].partial);
            }
        }
    for (; top > 1; top--) pairs[added++] = (struct inki_pair){stack[top - 2].number, stack[top - 1].number};
    return added;
}
