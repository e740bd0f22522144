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

/* Fills with numbers around 0, of which one in `odd` is odd: NaN, infinite, denormal, huge, -0 (odd 0: none). */
void fence_fill(struct inki_rng *rng, float *values, size_t count, uint64_t odd);

/* Fails unless both arrays have the same bits; one NaN is as good as another. */
void fence_same(const float *values, const float *expected, size_t count, const char *what);

/* The table of the instruction set *state points to (enum inki_isa); skips the test if this machine lacks it. */
const struct inki_kern *fence_table(void **state);

/* One test for each table, to be listed among cmocka's. */
#define FENCE_TABLES(test)                                                                                             \
    {#test " portable", test, NULL, NULL, &fence_isas[INKI_PORTABLE]},                                                 \
        {#test " avx2", test, NULL, NULL, &fence_isas[INKI_AVX2]},                                                     \
    {                                                                                                                  \
#test " avx512", test, NULL, NULL, &fence_isas[INKI_AVX512]                                                    \
    }
extern enum inki_isa fence_isas[INKI_ISA_COUNT];

#endif
