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

void inki_shards_share(size_t shards, size_t i, size_t takers, size_t *begin, size_t *end)
{
    const size_t busy = shards < takers ? shards : takers;
    *begin = *end = shards;
    if (i < busy) inki_share(shards, i, busy, begin, end);
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

/* Puts the entries of all lists on a stack, and adds partners. Returns how many pairs there are. */
static size_t stack_entries(const struct inki_partials *const *lists, size_t count, struct waiting *stack, size_t *top,
                            struct inki_pair *pairs)
{
    size_t number = 0, added = 0;
    *top = 0;
    for (size_t list = 0; list < count; list++)
        for (size_t i = 0; i < lists[list]->count; i++) {
            stack[(*top)++] = (struct waiting){lists[list]->entry[i], number++};
            for (; *top > 1 && are_partners(&stack[*top - 2].partial, &stack[*top - 1].partial); (*top)--) {
                pairs[added++] = (struct inki_pair){stack[*top - 2].number, stack[*top - 1].number};
                stack[*top - 2].partial = parent_of(&stack[*top - 2].partial);
            }
        }
    return added;
}

size_t inki_partials_end(const struct inki_partials *const *lists, size_t count, struct inki_pair *pairs)
{
    struct waiting stack[2 * INKI_MOST_SHARDS];
    size_t top, added = stack_entries(lists, count, stack, &top, pairs);
    for (; top > 1; top--) pairs[added++] = (struct inki_pair){stack[top - 2].number, stack[top - 1].number};
    return added;
}

size_t inki_partials_join(const struct inki_partials *const *lists, size_t count, struct inki_pair *pairs,
                          struct inki_partials *left, size_t *number)
{
    struct waiting stack[2 * INKI_MOST_SHARDS];
    size_t added = stack_entries(lists, count, stack, &left->count, pairs);
    for (size_t i = 0; i < left->count; i++) {
        left->entry[i] = stack[i].partial;
        number[i] = stack[i].number;
    }
    return added;
}

static void add_part(void *arg, size_t part, size_t parts)
{
    const struct inki_adding *adding = arg;
    size_t begin, end;
    inki_share(adding->size / INKI_LANES, part, parts, &begin, &end);
    for (size_t i = 0; i < adding->count; i++) {
        float *restrict to = adding->block[adding->pairs[i].to];
        const float *restrict from = adding->block[adding->pairs[i].from];
        for (size_t j = begin * INKI_LANES; j < end * INKI_LANES; j++) to[j] += from[j];
    }
}

void inki_adding_run(ink_ctx *ctx, const struct inki_adding *adding)
{
    struct inki_adding *own = (struct inki_adding *)adding; /* a task's argument is not const */
    if (ctx)
        inki_parallel(ctx, adding->count * adding->size, add_part, own);
    else
        add_part(own, 0, 1);
}
