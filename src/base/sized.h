/* sized: structs that cross the boundary begin with their size, so that either side may be older than the other.
 * SPDX-License-Identifier: MIT
 *
 * New fields come at the end, behind any padding (else the size would not tell them), and 0 means for each of them what was so before
 * there was such a field. */
#ifndef INKI_SIZED_H
#define INKI_SIZED_H

#include "base/ctx.h"

/* *to (of `size` bytes) from a struct of the caller's, who may know fewer fields, which are 0 then. `name` is the struct's. Errors:
 * BAD_ARGUMENT (no size; fields that are not 0 and not known here). */
ink_status inki_sized_take(ink_ctx *ctx, const char *name, const void *from, void *to, size_t size);

/* The same without a sentence, for what there is no context for yet. */
bool inki_sized_fits(const void *from, size_t size);

/* Fills the caller's struct from *from (of `size` bytes) with as many fields as it has; its size becomes that of what was filled. `first`: the
 * struct's size in its first release, which is to stay when fields are added; no caller has less, so that a smaller size was never set
 * and counts as all. */
void inki_sized_give(void *to, void *from, size_t size, size_t first);

#endif
