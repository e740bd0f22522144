/* ctx: the context: allocator, threads, chosen kernels, last message.
 * SPDX-License-Identifier: MIT */
#include "base/ctx.h"
#include "base/pool.h"
#include "base/sized.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 2 << 20 };

/* Large blocks ask for large pages: rows in random order would otherwise miss the page table's cache each time. */
static void *default_alloc(void *user, size_t size)
{
    (void)user;
#if defined(MADV_HUGEPAGE)
    if (size >= 2 * (size_t)LARGE_PAGE && size <= SIZE_MAX - LARGE_PAGE) {
        size_t whole = (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
        void *block = aligned_alloc(LARGE_PAGE, whole);
        if (block) madvise(block, whole, MADV_HUGEPAGE);
        return block;
    }
#endif
    return malloc(size);
}

static void default_release(void *user, void *block)
{
    (void)user;
    free(block);
}

/* Nothing is known of memory that a caller's allocator gave. 64 KB are whole pages everywhere. */
void inki_forget(const ink_ctx *ctx, void *begin, size_t size)
{
    const uintptr_t page = 1 << 16;
    uintptr_t from = ((uintptr_t)begin + page - 1) / page * page, to = ((uintptr_t)begin + size) / page * page;
    if (ctx->allocator.alloc == default_alloc && to > from)
        madvise((char *)begin + (from - (uintptr_t)begin), to - from, MADV_DONTNEED);
}

/* The kernels that INKLING_KERNELS names, else the best; NULL if it names none, or some that this machine cannot run. */
static const struct inki_isa *choose_isa(void)
{
    const uint32_t features = inki_cpu_features();
    const char *forced = getenv("INKLING_KERNELS");
    if (!forced || !*forced) return inki_isa_best(inki_isas, INKI_ISA_COUNT, features);
    const struct inki_isa *isa = inki_isa_named(inki_isas, INKI_ISA_COUNT, forced);
    return isa && !(isa->needs & ~features) ? isa : NULL;
}

/* The caller's allocator, or malloc's for NULL. */
static bool take_allocator(const ink_allocator *given, ink_allocator *out)
{
    *out = (ink_allocator){sizeof *out, default_alloc, default_release, NULL};
    if (!given) return true;
    if (!inki_sized_fits(given, sizeof *given)) return false;
    memset(out, 0, sizeof *out);
    memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
    return out->alloc && out->release;
}

ink_status ink_ctx_new(const ink_allocator *allocator, ink_ctx **out)
{
    ink_allocator own;
    const struct inki_isa *isa = choose_isa();
    *out = NULL;
    if (!take_allocator(allocator, &own)) return INK_BAD_ARGUMENT;
    if (!isa) return INK_UNSUPPORTED;
    ink_ctx *ctx = own.alloc(own.user, sizeof *ctx);
    if (!ctx) return INK_NO_MEMORY;
    memset(ctx, 0, sizeof *ctx);
    ctx->allocator = own;
    ctx->isa = isa;
    ctx->threads = inki_cores();
    *out = ctx;
    return INK_OK;
}

void ink_ctx_free(ink_ctx *ctx)
{
    if (!ctx) return;
    inki_pool_stop(ctx);
    ctx->allocator.release(ctx->allocator.user, ctx);
}

const char *ink_ctx_message(const ink_ctx *ctx) { return ctx->message; }

/* Of cores that several ranks use, this one's share. */
static unsigned own_cores(const ink_ctx *ctx)
{
    const size_t cores = inki_cores(), ranks = ctx->comm.beside > 1 ? ctx->comm.beside : 1;
    return ranks < cores ? (unsigned)(cores / ranks) : 1;
}

ink_status ink_ctx_set_threads(ink_ctx *ctx, unsigned threads)
{
    if (threads > 1024) return inki_fail(ctx, INK_BAD_ARGUMENT, "%u threads; expected at most 1024", threads);
    if (threads == 0) threads = own_cores(ctx);
    if (threads != ctx->threads) inki_pool_stop(ctx);
    ctx->threads = threads;
    return INK_OK;
}

unsigned ink_ctx_threads(const ink_ctx *ctx) { return ctx->threads; }

const char *ink_ctx_kernels(const ink_ctx *ctx) { return ctx->isa->name; }

void ink_ctx_on_note(ink_ctx *ctx, ink_note_fn note, void *user)
{
    ctx->note = note;
    ctx->note_user = user;
}
