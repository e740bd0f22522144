/* portable: the kernels in plain C, for every machine; fmaf is slow where the processor has none, and gives the same bits.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define VEC_WIDTH 16
#define TILE_VECTORS 1 /* columns of a register tile, in vectors */
#define TILE_ROWS 2
#define NONZERO_VECTORS 1

typedef struct {
    float lane[VEC_WIDTH];
} vec;
typedef struct {
    float lane[VEC_WIDTH / 2];
} vec8;

static inline vec vec_load(const float *at)
{
    vec v;
    for (int i = 0; i < VEC_WIDTH; i++) v.lane[i] = at[i];
    return v;
}

static inline void vec_store(float *at, vec v)
{
    for (int i = 0; i < VEC_WIDTH; i++) at[i] = v.lane[i];
}

static inline vec vec_set(float x)
{
    vec v;
    for (int i = 0; i < VEC_WIDTH; i++) v.lane[i] = x;
    return v;
}

static inline vec vec_mul(vec a, vec b)
{
    for (int i = 0; i < VEC_WIDTH; i++) a.lane[i] *= b.lane[i];
    return a;
}

static inline vec vec_fma(vec a, vec b, vec c)
{
    for (int i = 0; i < VEC_WIDTH; i++) c.lane[i] = fmaf(a.lane[i], b.lane[i], c.lane[i]);
    return c;
}

static inline vec8 vec8_load(const float *at)
{
    vec8 v;
    for (int i = 0; i < VEC_WIDTH / 2; i++) v.lane[i] = at[i];
    return v;
}

static inline void vec8_store(float *at, vec8 v)
{
    for (int i = 0; i < VEC_WIDTH / 2; i++) at[i] = v.lane[i];
}

static inline vec8 vec8_set(float x)
{
    vec8 v;
    for (int i = 0; i < VEC_WIDTH / 2; i++) v.lane[i] = x;
    return v;
}

static inline vec8 vec8_fma(vec8 a, vec8 b, vec8 c)
{
    for (int i = 0; i < VEC_WIDTH / 2; i++) c.lane[i] = fmaf(a.lane[i], b.lane[i], c.lane[i]);
    return c;
}

/* v where a is b, else 0. */
static inline vec8 vec8_where(vec8 a, vec8 b, vec8 v)
{
    for (int i = 0; i < VEC_WIDTH / 2; i++) v.lane[i] = a.lane[i] == b.lane[i] ? v.lane[i] : 0;
    return v;
}

/* Where v is larger than the best so far, or NaN, it is the best, and its place is p. */
static inline void vec8_compete(vec8 v, float p, vec8 *best, vec8 *place)
{
    for (int i = 0; i < VEC_WIDTH / 2; i++) {
        bool more = v.lane[i] > best->lane[i] || v.lane[i] != v.lane[i];
        best->lane[i] = more ? v.lane[i] : best->lane[i];
        place->lane[i] = more ? p : place->lane[i];
    }
}

static inline vec vec_bytes(const uint8_t *at)
{
    vec v;
    for (int i = 0; i < VEC_WIDTH; i++) v.lane[i] = (float)at[i];
    return v;
}

/* Bit i: lane i is not 0. */
static inline uint32_t vec_nonzero(vec v)
{
    uint32_t bits = 0;
    for (int i = 0; i < VEC_WIDTH; i++) bits |= (uint32_t)(v.lane[i] != 0) << i;
    return bits;
}

static inline uint32_t vec8_nonzero(vec8 v)
{
    uint32_t bits = 0;
    for (int i = 0; i < VEC_WIDTH / 2; i++) bits |= (uint32_t)(v.lane[i] != 0) << i;
    return bits;
}

/* Four numbers of 64 bits. Products are of their lower halves; a pair is of two of these, the first one lower. */
typedef struct {
    uint64_t lane[4];
} quad;

static inline quad quad_set(uint64_t x) { return (quad){{x, x, x, x}}; }

static inline quad quad_count(uint64_t x) { return (quad){{x, x + 1, x + 2, x + 3}}; }

static inline quad quad_product(quad a, quad b)
{
    for (int i = 0; i < 4; i++) a.lane[i] = (uint64_t)(uint32_t)a.lane[i] * (uint32_t)b.lane[i];
    return a;
}

static inline quad quad_xor(quad a, quad b)
{
    for (int i = 0; i < 4; i++) a.lane[i] ^= b.lane[i];
    return a;
}

static inline quad quad_upper(quad a)
{
    for (int i = 0; i < 4; i++) a.lane[i] >>= 32;
    return a;
}

static inline quad quad_pair(quad a, quad b)
{
    for (int i = 0; i < 4; i++) a.lane[i] = (uint32_t)a.lane[i] | b.lane[i] << 32;
    return a;
}

/* a[0], b[0], a[1], b[1], … */
static inline void quad_store(uint32_t *at, quad a, quad b)
{
    for (int i = 0; i < 4; i++) {
        at[4 * i] = (uint32_t)a.lane[i];
        at[4 * i + 1] = (uint32_t)(a.lane[i] >> 32);
        at[4 * i + 2] = (uint32_t)b.lane[i];
        at[4 * i + 3] = (uint32_t)(b.lane[i] >> 32);
    }
}

#define KERN_TABLE inki_kern_portable
#define KERN_NAME "portable"
#include "kern/gemm_tpl.h"
#include "kern/vec_tpl.h"
