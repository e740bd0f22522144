/* fence: arrays for kernels: bounded by memory that must not be touched, and compared bit by bit.
 * SPDX-License-Identifier: MIT */
#ifndef FENCE_H
#define FENCE_H

#include "kern/kern.h"
#include "base/rng.h"

/* Room for arrays of up to `capacity` floats whose end is the end of readable memory. */
struct fence {
    void *pages;
    size_t bytes, capacity;
};
void fence_open(struct fence *fence, size_t capacity);
void fence_close(struct fence *fence);

/* An array of `count` floats that ends `slack` floats before the unreadable page; what is around it is marked. */
float *fence_place(struct fence *fence, size_t count, size_t slack);

/* Fails if a mark around the array that was placed last (count, slack) has changed. */
void fence_check(const struct fence *fence, size_t count, size_t slack);

/* Fills with numbers around 0, of which one in `odd` is odd: NaN, infinite, subnormal, huge, -0 (odd 0: none). */
void fence_fill(struct inki_rng *rng, float *values, size_t count, size_t odd);

/* Fails unless both arrays have the same bits; one NaN is as good as another. */
void fence_same(const float *values, const float *expected, size_t count, const char *what);

/* The table of the instruction set that *state names; skips the test if this machine lacks it. */
const struct inki_kern *fence_table(void **state);

/* One test for each table, to be listed among cmocka's. */
#define FENCE_TABLE(test, name)                                                                                        \
    {                                                                                                                  \
#test " " name, test, NULL, NULL, (void *)(uintptr_t)name                                                      \
    }
#if defined(INKI_HAVE_X86_KERNELS)
#define FENCE_TABLES(test) FENCE_TABLE(test, "portable"), FENCE_TABLE(test, "avx2"), FENCE_TABLE(test, "avx512")
#elif defined(INKI_HAVE_NEON_KERNELS)
#define FENCE_TABLES(test) FENCE_TABLE(test, "portable"), FENCE_TABLE(test, "neon")
#else
#define FENCE_TABLES(test) FENCE_TABLE(test, "portable")
#endif

#endif
