/* avx512: the kernels for processors with AVX-512 (F, BW, VL, DQ).
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>

#define VEC_WIDTH 16
#define TILE_VECTORS 4
#define TILE_ROWS 6

typedef __m512 vec;

static inline vec vec_load(const float *at) { return _mm512_loadu_ps(at); }

static inline void vec_store(float *at, vec v) { _mm512_storeu_ps(at, v); }

static inline vec vec_set(float x) { return _mm512_set1_ps(x); }

static inline vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }

#define KERN_TABLE inki_kern_avx512
#define KERN_NAME "avx512"
#include "kern/gemm_tpl.h"
#include "kern/vec_tpl.h"
