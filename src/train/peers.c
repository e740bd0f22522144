/* peers: sums over the shards of all ranks, and what rank 0 decides.
 * SPDX-License-Identifier: MIT */
#include "train/peers.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------------ layout */

/* Goes before what a rank gives to another; its shards' sums are behind it, then a slice of each of its blocks. */
struct head {
    uint64_t step;
    double seconds; /* of computing, in this step */
    uint64_t wish;
};

enum { LINE = 64, SMALL_BYTES = 1 << 16 };

static size_t head_bytes(const struct inki_dealt *dealt)
{
    const size_t bytes = sizeof(struct head) + (dealt->end - dealt->begin) * sizeof(struct inki_sums);
    return (bytes + LINE - 1) / LINE * LINE;
}

/* The part of the gradient that a rank adds. */
static void slice_of(const ink_trainer *trainer, size_t rank, size_t *begin, size_t *end)
{
    *begin = 0;
    *end = trainer->model->size;
    if (trainer->peers.whole) return;
    inki_share(trainer->model->size / INKI_LANES, rank, inki_ranks(trainer->ctx), begin, end);
    *begin *= INKI_LANES;
    *end *= INKI_LANES;
}

static size_t slice_floats(const ink_trainer *trainer, size_t rank)
{
    size_t begin, end;
    slice_of(trainer, rank, &begin, &end);
    return end - begin;
}

/* Of what rank `from` gives to rank `to`. */
static size_t message_bytes(const ink_trainer *trainer, size_t from, size_t to)
{
    const struct inki_dealt *dealt = &trainer->peers.dealt[from];
    return head_bytes(dealt) + dealt->left.count * slice_floats(trainer, to) * sizeof(float);
}

static void deal(ink_trainer *trainer, size_t shards)
{
    struct inki_peers *peers = &trainer->peers;
    struct inki_pair pairs[INKI_MOST_PARTIALS];
    if (peers->shards == shards) return;
    peers->shards = shards;
    for (size_t r = 0; r < inki_ranks(trainer->ctx); r++) {
        struct inki_dealt *dealt = &peers->dealt[r];
        inki_shards_share(shards, r, inki_ranks(trainer->ctx), &dealt->begin, &dealt->end);
        dealt->left.count = 0;
        for (size_t s = dealt->begin; s < dealt->end; s++) inki_partials_push(&dealt->left, s, pairs);
    }
}

/* Where what goes to each rank lies, and what comes from it. Ranks that get the same share a place. Returns the bytes of both. */
static void place_messages(ink_trainer *trainer, size_t *out, size_t *in)
{
    struct inki_peers *peers = &trainer->peers;
    const size_t own = inki_rank(trainer->ctx);
    *out = *in = 0;
    for (size_t r = 0; r < inki_ranks(trainer->ctx); r++) {
        const size_t given = message_bytes(trainer, own, r), taken = message_bytes(trainer, r, own);
        peers->give[r] = (ink_comm_block){peers->out + (peers->whole ? 0 : *out), r == own ? 0 : given};
        peers->take[r] = (ink_comm_block){peers->in + *in, r == own ? 0 : taken};
        *out += given;
        *in += r == own ? 0 : taken;
    }
    if (peers->whole) *out = message_bytes(trainer, own, own);
}

/* ------------------------------------------------------------------ begin, end */

static ink_status begin_room(ink_trainer *trainer, size_t shards)
{
    struct inki_peers *peers = &trainer->peers;
    size_t most_out = 0, most_in = 0, out, in;
    for (; shards > 1; shards--) {
        deal(trainer, shards);
        place_messages(trainer, &out, &in);
        if (out > most_out) most_out = out;
        if (in > most_in) most_in = in;
    }
    peers->out = inki_zalloc(trainer->ctx, most_out, 1);
    peers->in = inki_zalloc(trainer->ctx, most_in, 1);
    return peers->out && peers->in ? INK_OK : INK_NO_MEMORY;
}

ink_status inki_peers_begin(ink_trainer *trainer, size_t rows)
{
    ink_ctx *ctx = trainer->ctx;
    struct inki_peers *peers = &trainer->peers;
    const size_t ranks = inki_ranks(ctx), shards = inki_shard_count(rows, trainer->lanes.shard_rows);
    if (ranks == 1) return INK_OK;
    peers->whole = ranks == 2 || trainer->model->size * sizeof(float) <= SMALL_BYTES;
    peers->dealt = inki_zalloc(ctx, ranks, sizeof *peers->dealt);
    peers->give = inki_zalloc(ctx, ranks, sizeof *peers->give);
    peers->take = inki_zalloc(ctx, ranks, sizeof *peers->take);
    peers->lists = inki_zalloc(ctx, ranks, sizeof *peers->lists);
    if (!peers->dealt || !peers->give || !peers->take || !peers->lists) return INK_NO_MEMORY;
    return shards > 1 ? begin_room(trainer, shards) : INK_OK;
}

void inki_peers_end(struct inki_peers *peers)
{
    inki_free(peers->dealt);
    inki_free(peers->give);
    inki_free(peers->take);
    inki_free(peers->lists);
    inki_free(peers->out);
    inki_free(peers->in);
    *peers = (struct inki_peers){0};
}

/* -------------------------------------------------------------------- sums */

bool inki_peers_begin_step(ink_trainer *trainer, size_t shards)
{
    struct inki_peers *peers = &trainer->peers;
    if (inki_ranks(trainer->ctx) == 1) return false;
    if (shards > 1) deal(trainer, shards);
    peers->began = inki_seconds_now();
    peers->silent++;
    return shards > 1;
}

static void fill_message(ink_trainer *trainer, size_t rank, const struct head *head, const struct inki_partials *left,
                         const struct inki_sums *sums)
{
    struct inki_peers *peers = &trainer->peers;
    const struct inki_dealt *own = &peers->dealt[inki_rank(trainer->ctx)];
    uint8_t *at = peers->give[rank].at;
    size_t begin, end;
    slice_of(trainer, rank, &begin, &end);
    memcpy(at, head, sizeof *head);
    memcpy(at + sizeof *head, sums + own->begin, (own->end - own->begin) * sizeof *sums);
    at += head_bytes(own);
    for (size_t i = 0; i < left->count; i++, at += (end - begin) * sizeof(float))
        memcpy(at, left->block[i] + begin, (end - begin) * sizeof(float));
}

/* What came beside the blocks. */
static ink_status look_at_heads(ink_trainer *trainer, const struct head *own, struct inki_sums *sums)
{
    struct inki_peers *peers = &trainer->peers;
    double slowest = own->seconds, computing = own->seconds;
    struct head head;
    char name[160];
    for (unsigned r = 0; r < inki_ranks(trainer->ctx); r++) {
        const struct inki_dealt *dealt = &peers->dealt[r];
        head = *own;
        if (r != inki_rank(trainer->ctx)) {
            const uint8_t *at = peers->take[r].at;
            memcpy(&head, at, sizeof head);
            memcpy(sums + dealt->begin, at + sizeof head, (dealt->end - dealt->begin) * sizeof *sums);
            computing += head.seconds;
            slowest = head.seconds > slowest ? head.seconds : slowest;
        }
        if (head.step != own->step)
            return inki_fail(trainer->ctx, INK_BAD_DATA,
                             "%s is in step %" PRIu64 ", this one in %" PRIu64 "; start all ranks alike",
                             inki_rank_name(trainer->ctx, r, name, sizeof name), head.step + 1, own->step + 1);
        if (r == 0) peers->heard = (enum inki_wish)head.wish;
    }
    peers->computing += computing;
    peers->slowest += slowest;
    return INK_OK;
}

/* The blocks of all ranks, of the slice that this one adds. */
static void list_blocks(ink_trainer *trainer, const struct inki_partials *left, struct inki_adding *adding)
{
    struct inki_peers *peers = &trainer->peers;
    size_t begin, end, count = 0;
    slice_of(trainer, inki_rank(trainer->ctx), &begin, &end);
    adding->size = end - begin;
    for (size_t r = 0; r < inki_ranks(trainer->ctx); r++) {
        const struct inki_dealt *dealt = &peers->dealt[r];
        peers->lists[r] = &dealt->left;
        float *at =
            r == inki_rank(trainer->ctx) ? NULL : (float *)(void *)((uint8_t *)peers->take[r].at + head_bytes(dealt));
        for (size_t i = 0; i < dealt->left.count; i++)
            adding->block[count++] = at ? at + i * adding->size : left->block[i] + begin;
    }
}

static void add_slice(ink_trainer *trainer, const struct inki_partials *left)
{
    struct inki_adding adding;
    size_t begin, end;
    slice_of(trainer, inki_rank(trainer->ctx), &begin, &end);
    list_blocks(trainer, left, &adding);
    adding.count = inki_partials_end(trainer->peers.lists, inki_ranks(trainer->ctx), adding.pairs);
    inki_adding_run(trainer->ctx, &adding);
    if (adding.block[0] != trainer->g + begin)
        memcpy(trainer->g + begin, adding.block[0], (end - begin) * sizeof *trainer->g);
}

/* Each rank's slice of the sum to all. */
static ink_status give_slices(ink_trainer *trainer)
{
    struct inki_peers *peers = &trainer->peers;
    const size_t own = inki_rank(trainer->ctx);
    size_t begin, end, from, to;
    slice_of(trainer, own, &begin, &end);
    for (size_t r = 0; r < inki_ranks(trainer->ctx); r++) {
        slice_of(trainer, r, &from, &to);
        peers->give[r] = (ink_comm_block){trainer->g + begin, r == own ? 0 : (end - begin) * sizeof(float)};
        peers->take[r] = (ink_comm_block){trainer->g + from, r == own ? 0 : (to - from) * sizeof(float)};
    }
    return inki_exchange(trainer->ctx, peers->give, peers->take);
}

static ink_status sum(ink_trainer *trainer, const struct inki_partials *left, struct inki_sums *sums)
{
    struct inki_peers *peers = &trainer->peers;
    const struct head own = {trainer->step, inki_seconds_now() - peers->began, (uint64_t)peers->wish};
    size_t out, in;
    place_messages(trainer, &out, &in);
    for (size_t r = 0, filled = 0; r < inki_ranks(trainer->ctx); r++)
        if (peers->give[r].bytes && !(peers->whole && filled++)) fill_message(trainer, r, &own, left, sums);
    INK_TRY(inki_exchange(trainer->ctx, peers->give, peers->take));
    INK_TRY(look_at_heads(trainer, &own, sums));
    add_slice(trainer, left);
    peers->silent = 0;
    return peers->whole ? INK_OK : give_slices(trainer);
}

ink_status inki_peers_sum(ink_trainer *trainer, size_t shards, const struct inki_partials *left, struct inki_sums *sums)
{
    struct inki_peers *peers = &trainer->peers;
    (void)shards;
    enum inki_phase before = inki_phase(trainer->ctx, INKI_PHASE_WAIT);
    ink_status status = sum(trainer, left, sums);
    inki_phase(trainer->ctx, before);
    peers->all += inki_seconds_now() - peers->began;
    peers->timed++;
    inki_peers_judge(trainer);
    return status;
}

/* --------------------------------------------------------------- decisions */

enum { SILENT_STEPS = 16 }; /* so often do ranks hear of each other that have no sums to give */

ink_status inki_peers_decide(ink_trainer *trainer, bool now, enum inki_wish *wish)
{
    struct inki_peers *peers = &trainer->peers;
    if (inki_ranks(trainer->ctx) == 1) return INK_OK;
    if (*wish != INKI_GO_ON && !inki_follows(trainer->ctx)) peers->wish = *wish;
    uint64_t heard = (uint64_t)(now || peers->silent >= SILENT_STEPS ? peers->wish : peers->heard);
    if (now || peers->silent >= SILENT_STEPS) {
        INK_TRY(inki_share_first(trainer->ctx, &heard, sizeof heard));
        peers->silent = 0;
        peers->wish = INKI_GO_ON;
    }
    *wish = (enum inki_wish)heard;
    peers->heard = INKI_GO_ON;
    return INK_OK;
}

ink_status inki_peers_compare(ink_trainer *trainer)
{
    ink_ctx *ctx = trainer->ctx;
    char name[160];
    if (inki_ranks(ctx) == 1) return INK_OK;
    uint64_t own = inki_model_hash(trainer->model), *all = inki_alloc(ctx, inki_ranks(ctx), sizeof *all);
    if (!all) return INK_NO_MEMORY;
    ink_status status = inki_share_all(ctx, &own, sizeof own, all);
    for (unsigned r = 1; status == INK_OK && r < inki_ranks(ctx); r++)
        if (all[r] != all[0])
            status = inki_fail(ctx, INK_BAD_DATA,
                               "step %zu: the weights of %s are no longer those of rank 0: its memory or processor is "
                               "at fault, or its program; leave it out",
                               trainer->step, inki_rank_name(ctx, r, name, sizeof name));
    inki_free(all);
    return status;
}
