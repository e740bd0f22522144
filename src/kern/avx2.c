/* avx2: the kernels for processors with AVX2 and FMA.
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>

#define VEC_WIDTH 8
#define TILE_VECTORS 2
#define TILE_ROWS 6

typedef __m256 vec;

static inline vec vec_load(const float *at) { return _mm256_loadu_ps(at); }

static inline void vec_store(float *at, vec v) { _mm256_storeu_ps(at, v); }

static inline vec vec_set(float x) { return _mm256_set1_ps(x); }

static inline vec vec_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }

#define KERN_TABLE inki_kern_avx2
#define KERN_NAME "avx2"
#include "kern/gemm_tpl.h"
#include "kern/vec_tpl.h"
