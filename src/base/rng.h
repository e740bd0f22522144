/* rng: counter-based random numbers, Philox 4x32-10 (Salmon et al., SC 2011), one stream a purpose.
 * SPDX-License-Identifier: MIT
 *
 * A stream is named by (seed, purpose, a, b): any draw can be made again without the draws before it, so the result
 * does not depend on threads or on what else draws. */
#ifndef INKI_RNG_H
#define INKI_RNG_H

#include "base/exp_log.h"

#include <stddef.h>
#include <stdint.h>

enum inki_purpose {
    INKI_RNG_INIT = 1,
    INKI_RNG_SPLIT,
    INKI_RNG_SHUFFLE,
    INKI_RNG_DROPOUT,
    INKI_RNG_AUGMENT,
    INKI_RNG_TEST,
    INKI_RNG_SAMPLE,
    INKI_RNG_MIXUP,
    INKI_RNG_SEARCH = 16
};

struct inki_rng {
    uint32_t key[2], counter[4], out[4];
    unsigned used; /* of out */
    double spare;  /* second normal of a pair */
    int has_spare;
};

/* One block: out = philox(counter, key). */
void inki_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

/* The key of a stream, for kernels that make their own counters. */
void inki_rng_key(uint64_t seed, enum inki_purpose purpose, uint32_t key[2]);

/* The stream of (seed, purpose, a, b), e.g. a = epoch or layer. */
struct inki_rng inki_rng_begin(uint64_t seed, enum inki_purpose purpose, uint32_t a, uint32_t b);

uint32_t inki_rng_next(struct inki_rng *rng);
size_t inki_rng_below(struct inki_rng *rng, size_t n); /* uniform in 0..n-1, unbiased; n > 0 */
double inki_rng_uniform(struct inki_rng *rng);         /* in [0, 1) */
double inki_rng_normal(struct inki_rng *rng);          /* mean 0, deviation 1; polar method */

/* Orders items[0..n-1] anew (Fisher-Yates). */
void inki_rng_shuffle(struct inki_rng *rng, uint32_t *items, size_t n);

/* Sine and cosine of an angle in [-pi, pi], for the same reason; within 4e-15. */
void inki_sine_cosine(double angle, double *sine, double *cosine);

#endif
