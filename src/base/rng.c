/* rng: Philox 4x32-10 and what is drawn from it.
 * SPDX-License-Identifier: MIT */
#include "base/rng.h"

#include <math.h>
#include <string.h>

void inki_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1], c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Mixes purpose into the seed by a block of its own, so that streams of neighbouring seeds have nothing in common. */
void inki_rng_key(uint64_t seed, enum inki_purpose purpose, uint32_t key[2])
{
    uint32_t plain[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, counter[4] = {(uint32_t)purpose, 0, 0, 0}, out[4];
    inki_philox(plain, counter, out);
    key[0] = out[0];
    key[1] = out[1];
}

struct inki_rng inki_rng_begin(uint64_t seed, enum inki_purpose purpose, uint32_t a, uint32_t b)
{
    struct inki_rng rng;
    memset(&rng, 0, sizeof rng);
    inki_rng_key(seed, purpose, rng.key);
    rng.counter[2] = a;
    rng.counter[3] = b;
    rng.used = 4;
    return rng;
}

uint32_t inki_rng_next(struct inki_rng *rng)
{
    if (rng->used == 4) {
        inki_philox(rng->key, rng->counter, rng->out);
        if (++rng->counter[0] == 0) rng->counter[1]++;
        rng->used = 0;
    }
    return rng->out[rng->used++];
}

static uint64_t next64(struct inki_rng *rng)
{
    uint64_t low = inki_rng_next(rng);
    return low | (uint64_t)inki_rng_next(rng) << 32;
}

/* Lemire's method for 32 bits (ACM TOMACS 2019); rejection by mask above. */
size_t inki_rng_below(struct inki_rng *rng, size_t n)
{
    const uint64_t wide = n;
    if (wide <= UINT32_MAX) {
        uint32_t bound = (uint32_t)n, limit = (uint32_t)-bound % bound;
        uint64_t product;
        do product = (uint64_t)inki_rng_next(rng) * bound;
        while ((uint32_t)product < limit);
        return (size_t)(product >> 32);
    }
    uint64_t mask = wide - 1, value;
    for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
    do value = next64(rng) & mask;
    while (value >= wide);
    return (size_t)value;
}

double inki_rng_uniform(struct inki_rng *rng) { return (double)(next64(rng) >> 11) * 0x1p-53; }

double inki_rng_normal(struct inki_rng *rng)
{
    double u, v, s;
    if (rng->has_spare) {
        rng->has_spare = 0;
        return rng->spare;
    }
    do {
        u = 2 * inki_rng_uniform(rng) - 1;
        v = 2 * inki_rng_uniform(rng) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    double factor = sqrt(-2 * inki_log(s) / s);
    rng->spare = v * factor;
    rng->has_spare = 1;
    return u * factor;
}

void inki_rng_shuffle(struct inki_rng *rng, uint32_t *items, size_t n)
{
    for (size_t left = n; left > 1; left--) {
        size_t pick = inki_rng_below(rng, left);
        uint32_t item = items[pick];
        items[pick] = items[left - 1];
        items[left - 1] = item;
    }
}

/* The series at a quarter of the angle, where they end soon; then twice sin 2x = 2 sin x cos x, 1 - cos 2x = 2 sin^2 x. */
void inki_sine_cosine(double angle, double *sine, double *cosine)
{
    double x = angle / 4, square = x * x, term = x, s = x, less = 0; /* less = 1 - cosine keeps its digits near 0 */
    for (int k = 1; k <= 8; k++) s += term *= -square / (2 * k * (2 * k + 1));
    term = 0.5 * square;
    for (int k = 1; k <= 9; k++) {
        less += term;
        term *= -square / ((2 * k + 1) * (2 * k + 2));
    }
    for (int twice = 0; twice < 2; twice++) {
        double next = 2 * s * (1 - less);
        less = 2 * s * s;
        s = next;
    }
    *sine = s;
    *cosine = 1 - less;
}
