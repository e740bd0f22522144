/* neon: the kernels for 64-bit ARM, with vectors of four.
 * SPDX-License-Identifier: MIT */
#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

#define VEC_WIDTH 4
#define TILE_VECTORS 4 /* of 32 registers 24 are sums, four a row of b, one a value of a */
#define TILE_ROWS 6
#define NONZERO_VECTORS 4

typedef float32x4_t vec;
typedef struct {
    float32x4_t lower, upper;
} vec8;

static inline vec vec_load(const float *at) { return vld1q_f32(at); }

static inline void vec_store(float *at, vec v) { vst1q_f32(at, v); }

static inline vec vec_set(float x) { return vdupq_n_f32(x); }

static inline vec vec_mul(vec a, vec b) { return vmulq_f32(a, b); }

static inline vec vec_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }

static inline vec8 vec8_load(const float *at) { return (vec8){vec_load(at), vec_load(at + 4)}; }

static inline void vec8_store(float *at, vec8 v)
{
    vec_store(at, v.lower);
    vec_store(at + 4, v.upper);
}

static inline vec8 vec8_set(float x) { return (vec8){vec_set(x), vec_set(x)}; }

static inline vec8 vec8_fma(vec8 a, vec8 b, vec8 c)
{
    return (vec8){vec_fma(a.lower, b.lower, c.lower), vec_fma(a.upper, b.upper, c.upper)};
}

static inline vec only(uint32x4_t where, vec v)
{
    return vreinterpretq_f32_u32(vandq_u32(where, vreinterpretq_u32_f32(v)));
}

/* v where a is b, else 0. */
static inline vec8 vec8_where(vec8 a, vec8 b, vec8 v)
{
    return (vec8){only(vceqq_f32(a.lower, b.lower), v.lower), only(vceqq_f32(a.upper, b.upper), v.upper)};
}

static inline void compete_four(vec v, float p, vec *best, vec *place)
{
    const uint32x4_t more = vornq_u32(vcgtq_f32(v, *best), vceqq_f32(v, v));
    *best = vbslq_f32(more, v, *best);
    *place = vbslq_f32(more, vec_set(p), *place);
}

/* Where v is larger than the best so far, or NaN, it is the best, and its place is p. */
static inline void vec8_compete(vec8 v, float p, vec8 *best, vec8 *place)
{
    compete_four(v.lower, p, &best->lower, &place->lower);
    compete_four(v.upper, p, &best->upper, &place->upper);
}

static inline vec vec_bytes(const uint8_t *at)
{
    uint32_t four_bytes;
    memcpy(&four_bytes, at, sizeof four_bytes);
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four_bytes)))));
}

/* Bit i: lane i is not 0. */
static inline uint32_t vec_nonzero(vec v)
{
    const uint32x4_t bits = {1, 2, 4, 8};
    return vaddvq_u32(vbicq_u32(bits, vceqzq_f32(v)));
}

/* Four numbers of 64 bits. Products are of their lower halves; a pair is of two of these, the first one lower. */
typedef struct {
    uint64x2_t lower, upper;
} quad;

static inline quad quad_set(uint64_t x) { return (quad){vdupq_n_u64(x), vdupq_n_u64(x)}; }

static inline quad quad_count(uint64_t x) { return (quad){{x, x + 1}, {x + 2, x + 3}}; }

static inline uint64x2_t product_of_lower(uint64x2_t a, uint64x2_t b) { return vmull_u32(vmovn_u64(a), vmovn_u64(b)); }

static inline quad quad_product(quad a, quad b)
{
    return (quad){product_of_lower(a.lower, b.lower), product_of_lower(a.upper, b.upper)};
}

static inline quad quad_xor(quad a, quad b) { return (quad){veorq_u64(a.lower, b.lower), veorq_u64(a.upper, b.upper)}; }

static inline quad quad_upper(quad a) { return (quad){vshrq_n_u64(a.lower, 32), vshrq_n_u64(a.upper, 32)}; }

static inline quad quad_pair(quad a, quad b)
{
    return (quad){vsliq_n_u64(a.lower, b.lower, 32), vsliq_n_u64(a.upper, b.upper, 32)};
}

static inline void store_two(uint32_t *at, uint64x2_t a, uint64x2_t b)
{
    vst1q_u32(at, vreinterpretq_u32_u64(vzip1q_u64(a, b)));
    vst1q_u32(at + 4, vreinterpretq_u32_u64(vzip2q_u64(a, b)));
}

/* a[0], b[0], a[1], b[1], … */
static inline void quad_store(uint32_t *at, quad a, quad b)
{
    store_two(at, a.lower, b.lower);
    store_two(at + 8, a.upper, b.upper);
}

#define KERN_TABLE inki_kern_neon
#define KERN_NAME "neon"
#include "kern/gemm_tpl.h"
#include "kern/vec_tpl.h"
