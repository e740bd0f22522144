/* mem: allocation through the context's hooks: sizes checked for overflow, blocks aligned to 64 bytes. A block may be released
 * without a context, or through another than it was made in: it goes back to its own allocator.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_MEM_H
#define INKI_MEM_H

#include "base/ctx.h"

/* A block of count*size bytes (at least one), 64-byte aligned, contents undefined or zero. NULL with the context's
 * message set when there is no memory or the product overflows. Ownership: the caller, back through inki_free, which needs no context: a
 * block knows the allocator that it came from. */
void *inki_alloc(ink_ctx *ctx, size_t count, size_t size);
void *inki_zalloc(ink_ctx *ctx, size_t count, size_t size);
void inki_free(void *block);

/* A block for new_count items that starts with the old_count items of `block`, which is released; on failure NULL and
 * `block` is as it was. */
void *inki_grow(ink_ctx *ctx, void *block, size_t old_count, size_t new_count, size_t size);

/* A copy of a text. NULL when there is no memory. */
char *inki_copy_text(ink_ctx *ctx, const char *text);

/* *out = a*b, or false if that does not fit. */
bool inki_mul_fits(size_t a, size_t b, size_t *out);

#endif
