/* comm: the other processes of a training, through the caller's callbacks.
 * SPDX-License-Identifier: MIT */
#include "base/comm.h"
#include "base/mem.h"
#include "base/sized.h"

#include <stdio.h>
#include <string.h>

ink_status ink_ctx_set_comm(ink_ctx *ctx, const ink_comm *comm)
{
    ink_comm own = {0};
    if (comm) INK_TRY(inki_sized_take(ctx, "ink_comm", comm, &own, sizeof own));
    if (comm && (!own.exchange || own.rank >= own.ranks))
        return inki_fail(ctx, INK_BAD_ARGUMENT,
                         "ink_comm: rank %u of %u%s; expected a rank below their number, and exchange", own.rank,
                         own.ranks, own.exchange ? "" : " without exchange");
    ctx->comm = own;
    return own.beside > 1 ? ink_ctx_set_threads(ctx, 0) : INK_OK;
}

char *inki_rank_name(const ink_ctx *ctx, unsigned rank, char *text, size_t room)
{
    const char *name = ctx->comm.name ? ctx->comm.name(ctx->comm.user, rank) : NULL;
    snprintf(text, room, "rank %u%s%s", rank, name ? " on " : "", name ? name : "");
    return text;
}

ink_status inki_exchange(ink_ctx *ctx, const ink_comm_block *give, const ink_comm_block *take)
{
    char why[512] = "";
    if (ctx->comm.exchange(ctx->comm.user, give, take, why, sizeof why)) return INK_OK;
    return inki_fail(ctx, INK_IO, "%s", *why ? why : "the other ranks of this training cannot be reached any more");
}

/* Blocks for both directions: blocks[2][ranks]. */
static ink_comm_block *new_blocks(ink_ctx *ctx)
{
    return inki_zalloc(ctx, 2 * (size_t)ctx->comm.ranks, sizeof(ink_comm_block));
}

ink_status inki_share_all(ink_ctx *ctx, const void *mine, size_t bytes, void *all)
{
    const unsigned ranks = ctx->comm.ranks, own = ctx->comm.rank;
    ink_comm_block *blocks = new_blocks(ctx);
    if (!blocks) return INK_NO_MEMORY;
    memcpy((char *)all + own * bytes, mine, bytes);
    for (unsigned r = 0; r < ranks; r++) {
        if (r == own) continue;
        blocks[r] = (ink_comm_block){(char *)all + own * bytes, bytes};
        blocks[ranks + r] = (ink_comm_block){(char *)all + r * bytes, bytes};
    }
    ink_status status = inki_exchange(ctx, blocks, blocks + ranks);
    inki_free(blocks);
    return status;
}

ink_status inki_share_first(ink_ctx *ctx, void *at, size_t bytes)
{
    const unsigned ranks = ctx->comm.ranks;
    ink_comm_block *blocks = new_blocks(ctx);
    if (!blocks) return INK_NO_MEMORY;
    if (ctx->comm.rank > 0)
        blocks[ranks] = (ink_comm_block){at, bytes};
    else
        for (unsigned r = 1; r < ranks; r++) blocks[r] = (ink_comm_block){at, bytes};
    ink_status status = inki_exchange(ctx, blocks, blocks + ranks);
    inki_free(blocks);
    return status;
}
