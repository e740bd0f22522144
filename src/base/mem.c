/* mem: allocation through the context's hooks.
 * SPDX-License-Identifier: MIT
 *
 * A block from the hook is rounded up to the next 64-byte border; what gives it back stands just before it. */
#include "base/mem.h"

#include <string.h>

enum { ALIGNMENT = 64 };

/* How a block goes back. */
struct origin {
    void (*release)(void *user, void *block);
    void *user, *raw; /* raw: the hook's own pointer */
};

bool inki_mul_fits(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b) return false;
    *out = a * b;
    return true;
}

static void *no_memory(ink_ctx *ctx, size_t count, size_t size)
{
    inki_fail(ctx, INK_NO_MEMORY, "out of memory: %zu x %zu bytes cannot be allocated", count, size);
    return NULL;
}

void *inki_alloc(ink_ctx *ctx, size_t count, size_t size)
{
    const size_t extra = ALIGNMENT + sizeof(struct origin);
    size_t bytes;
    if (!inki_mul_fits(count, size, &bytes) || bytes > SIZE_MAX / 2 - extra) return no_memory(ctx, count, size);
    char *raw = ctx->allocator.alloc(ctx->allocator.user, (bytes ? bytes : 1) + extra);
    if (!raw) return no_memory(ctx, count, size);
    uintptr_t border = ((uintptr_t)raw + sizeof(struct origin) + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    char *block = raw + (border - (uintptr_t)raw);
    const struct origin origin = {ctx->allocator.release, ctx->allocator.user, raw};
    memcpy(block - sizeof origin, &origin, sizeof origin);
    return block;
}

void *inki_zalloc(ink_ctx *ctx, size_t count, size_t size)
{
    void *block = inki_alloc(ctx, count, size);
    if (block) memset(block, 0, count * size);
    return block;
}

void inki_free(void *block)
{
    struct origin origin;
    if (!block) return;
    memcpy(&origin, (char *)block - sizeof origin, sizeof origin);
    origin.release(origin.user, origin.raw);
}

void *inki_grow(ink_ctx *ctx, void *block, size_t old_count, size_t new_count, size_t size)
{
    void *larger = inki_alloc(ctx, new_count, size);
    if (!larger) return NULL;
    if (block) memcpy(larger, block, old_count * size);
    inki_free(block);
    return larger;
}

char *inki_copy_text(ink_ctx *ctx, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = inki_alloc(ctx, size, 1);
    if (copy) memcpy(copy, text, size);
    return copy;
}
