/* avx2: the kernels for processors with AVX2 and FMA.
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>
#include <stdint.h>

#define VEC_WIDTH 8
#define TILE_VECTORS 2
#define TILE_ROWS 6
#define NONZERO_VECTORS 4

typedef __m256 vec, vec8;

static inline vec vec_load(const float *at) { return _mm256_loadu_ps(at); }

static inline void vec_store(float *at, vec v) { _mm256_storeu_ps(at, v); }

static inline vec vec_set(float x) { return _mm256_set1_ps(x); }

static inline vec vec_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }

static inline vec vec_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }

#define vec8_load vec_load
#define vec8_store vec_store
#define vec8_set vec_set
#define vec8_fma vec_fma

/* v where a is b, else 0. */
static inline vec8 vec8_where(vec8 a, vec8 b, vec8 v) { return _mm256_and_ps(v, _mm256_cmp_ps(a, b, _CMP_EQ_OQ)); }

/* Where v is larger than the best so far, or NaN, it is the best, and its place is p. */
static inline void vec8_compete(vec8 v, float p, vec8 *best, vec8 *place)
{
    vec8 more = _mm256_or_ps(_mm256_cmp_ps(v, *best, _CMP_GT_OQ), _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    *best = _mm256_blendv_ps(*best, v, more);
    *place = _mm256_blendv_ps(*place, _mm256_set1_ps(p), more);
}

static inline vec vec_bytes(const uint8_t *at)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)at)));
}

/* Bit i: lane i is not 0. */
static inline uint32_t vec_nonzero(vec v)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}

#define vec8_nonzero vec_nonzero

/* Four numbers of 64 bits. Products are of their lower halves; a pair is of two of these, the first one lower. */
typedef __m256i quad;

static inline quad quad_set(uint64_t x) { return _mm256_set1_epi64x((long long)x); }

static inline quad quad_count(uint64_t x) { return _mm256_add_epi64(quad_set(x), _mm256_setr_epi64x(0, 1, 2, 3)); }

static inline quad quad_product(quad a, quad b) { return _mm256_mul_epu32(a, b); }

static inline quad quad_xor(quad a, quad b) { return _mm256_xor_si256(a, b); }

static inline quad quad_upper(quad a) { return _mm256_srli_epi64(a, 32); }

static inline quad quad_pair(quad a, quad b)
{
    return _mm256_or_si256(_mm256_slli_epi64(b, 32), _mm256_srli_epi64(_mm256_slli_epi64(a, 32), 32));
}

/* a[0], b[0], a[1], b[1], … */
static inline void quad_store(uint32_t *at, quad a, quad b)
{
    quad even = _mm256_unpacklo_epi64(a, b), odd = _mm256_unpackhi_epi64(a, b);
    _mm256_storeu_si256((__m256i *)(void *)at, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(at + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}

#define KERN_TABLE inki_kern_avx2
#define KERN_NAME "avx2"
#include "kern/gemm_tpl.h"
#include "kern/vec_tpl.h"
