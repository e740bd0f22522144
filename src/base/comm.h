/* comm: the other processes of a training, through the caller's callbacks.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_COMM_H
#define INKI_COMM_H

#include "base/ctx.h"

/* How many processes work together in this context, at least 1. */
static inline unsigned inki_ranks(const ink_ctx *ctx) { return ctx->comm.ranks > 1 ? ctx->comm.ranks : 1; }

static inline unsigned inki_rank(const ink_ctx *ctx) { return ctx->comm.ranks > 1 ? ctx->comm.rank : 0; }

/* Whether another one writes files and decides. */
static inline bool inki_follows(const ink_ctx *ctx) { return inki_rank(ctx) > 0; }

/* As ink_comm.exchange. Errors: IO. */
ink_status inki_exchange(ink_ctx *ctx, const ink_comm_block *give, const ink_comm_block *take);

/* Gives mine[bytes] to all, and fills all[ranks][bytes], the own included. Errors: IO, NO_MEMORY. */
ink_status inki_share_all(ink_ctx *ctx, const void *mine, size_t bytes, void *all);

/* Fills at[bytes] with what rank 0 has there. Errors: IO, NO_MEMORY. */
ink_status inki_share_first(ink_ctx *ctx, void *at, size_t bytes);

/* "rank 2", "rank 2 on node7". Returns text[room]. */
char *inki_rank_name(const ink_ctx *ctx, unsigned rank, char *text, size_t room);

#endif
