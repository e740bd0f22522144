/* gemm_tpl: matrix multiplication over the vector type that the including file defines.
 * SPDX-License-Identifier: MIT
 *
 * A register tile of R rows and V vectors of columns is kept in accumulators while p runs over a block of the summed
 * axis; a[i][p] is broadcast, b's row is V vectors. The order of loops, from outside:
 *     panels of at most TILE_VECTORS vectors of columns
 *       blocks of p, so that the panel's block of b stays in the L1 cache
 *         row tiles
 * Between blocks of p the accumulators pass through c, which keeps the order of the sum and so the bits. R and V are
 * constants in every instance, so that the accumulators are registers; rows are split evenly into tiles. */
#include "kern/tables.h"

#include <string.h>

/* Builds with sanitizers define INKI_ROLLED: each access is one of the same line of source, in a loop as in sixty unrolled instances, which
 * take the compiler ten times as long. */
#if defined(INKI_ROLLED)
#define UNROLL
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 12")
#endif

enum { BLOCK_FLOATS = INKI_FUSED_ROWS * 64 }; /* of b, 32 KB: a fused step needs its whole sum in one block */

enum { MOST_VECTORS = NONZERO_VECTORS > TILE_VECTORS ? NONZERO_VECTORS : TILE_VECTORS };

/* The rows of a tile of v vectors that fill the registers. */
#define ROWS_OF(v) ((TILE_VECTORS * TILE_ROWS) / (v) < 12 ? (TILE_VECTORS * TILE_ROWS) / (v) : 12)

struct tile {
    size_t k;
    const float *a;
    size_t a_row, a_col;
    const float *b;
    size_t b_row;
    float *c;
    size_t c_row;
    const float *bias;
    bool from_c;
    const float *outer, *outer_b; /* c[i][j] += outer[i] * outer_b[j] at the end; outer NULL: nothing */
    const struct inki_update *step;
};

#if defined(INKI_ROLLED)
#define INLINE static
#else
#define INLINE static inline __attribute__((always_inline))
#endif

/* Pointers are copied first: for all the compiler knows, a store could change what t says. */
INLINE void begin_sums(const int R, const int V, const struct tile *t, vec sum[][MOST_VECTORS])
{
    const float *c = t->c, *bias = t->bias;
    const size_t c_row = t->c_row;
    if (t->from_c) {
        UNROLL
        for (int i = 0; i < R; i++) UNROLL
        for (int j = 0; j < V; j++) sum[i][j] = vec_load(c + (size_t)i * c_row + j * VEC_WIDTH);
        return;
    }
    UNROLL
    for (int j = 0; j < V; j++) {
        vec start = bias ? vec_load(bias + j * VEC_WIDTH) : vec_set(0);
        UNROLL
        for (int i = 0; i < R; i++) sum[i][j] = start;
    }
}

/* sum[i] += a[i * a_row] * b */
INLINE void add_products(const int R, const int V, const float *a, size_t a_row, const float *b,
                         vec sum[][MOST_VECTORS])
{
    vec row[MOST_VECTORS];
    UNROLL
    for (int j = 0; j < V; j++) row[j] = vec_load(b + j * VEC_WIDTH);
    UNROLL
    for (int i = 0; i < R; i++) {
        vec x = vec_set(a[(size_t)i * a_row]);
        UNROLL
        for (int j = 0; j < V; j++) sum[i][j] = vec_fma(x, row[j], sum[i][j]);
    }
}

/* The step of update_sgd, vector by vector. */
INLINE void step_sums(const int R, const int V, const struct tile *t, vec sum[][MOST_VECTORS])
{
    float *c = t->c;
    const size_t c_row = t->c_row;
    const vec clip = vec_set(t->step->clip), l2 = vec_set(t->step->l2), lr = vec_set(-t->step->lr);
    UNROLL
    for (int i = 0; i < R; i++) UNROLL
    for (int j = 0; j < V; j++) {
        float *at = c + (size_t)i * c_row + j * VEC_WIDTH;
        vec old = vec_load(at), g = vec_fma(sum[i][j], clip, vec_set(-0.0f));
        vec_store(at, vec_fma(lr, vec_fma(l2, old, g), old));
    }
}

INLINE void end_sums(const int R, const int V, const struct tile *t, vec sum[][MOST_VECTORS])
{
    float *c = t->c;
    const float *outer = t->outer, *outer_b = t->outer_b;
    const size_t c_row = t->c_row;
    if (outer) {
        UNROLL
        for (int j = 0; j < V; j++) {
            vec b = vec_load(outer_b + j * VEC_WIDTH);
            UNROLL
            for (int i = 0; i < R; i++) sum[i][j] = vec_fma(vec_set(outer[i]), b, sum[i][j]);
        }
    }
    if (t->step) {
        step_sums(R, V, t, sum);
        return;
    }
    UNROLL
    for (int i = 0; i < R; i++) UNROLL
    for (int j = 0; j < V; j++) vec_store(c + (size_t)i * c_row + j * VEC_WIDTH, sum[i][j]);
}

INLINE void run_tile(const int R, const int V, const struct tile *t)
{
    vec sum[12][MOST_VECTORS];
    const float *a = t->a, *b = t->b;
    const size_t a_row = t->a_row, a_col = t->a_col, b_row = t->b_row;
    begin_sums(R, V, t, sum);
    for (size_t p = t->k; p > 0; p--, a += a_col, b += b_row) add_products(R, V, a, a_row, b, sum);
    end_sums(R, V, t, sum);
}

#define TILE_FUNCTION(R, V)                                                                                            \
    static void tile_##R##_##V(const struct tile *t) { run_tile(R, V, t); }
#define TILE_FUNCTIONS(V)                                                                                              \
    TILE_FUNCTION(1, V)                                                                                                \
    TILE_FUNCTION(2, V) TILE_FUNCTION(3, V) TILE_FUNCTION(4, V) TILE_FUNCTION(5, V) TILE_FUNCTION(6, V)
#define TILE_ROW_6(V) tile_1_##V, tile_2_##V, tile_3_##V, tile_4_##V, tile_5_##V, tile_6_##V
#define MORE_TILE_FUNCTIONS(V) TILE_FUNCTION(7, V) TILE_FUNCTION(8, V)
#define TILE_ROW_8(V) TILE_ROW_6(V), tile_7_##V, tile_8_##V
#define ALL_TILE_FUNCTIONS(V)                                                                                          \
    MORE_TILE_FUNCTIONS(V) TILE_FUNCTION(9, V) TILE_FUNCTION(10, V) TILE_FUNCTION(11, V) TILE_FUNCTION(12, V)
#define TILE_ROW_12(V) TILE_ROW_8(V), tile_9_##V, tile_10_##V, tile_11_##V, tile_12_##V

/* What ROWS_OF can ask for, and no more: every instance is unrolled and costs the compiler time. */
#if TILE_VECTORS == 1
TILE_FUNCTION(1, 1)
TILE_FUNCTION(2, 1)
#elif VEC_WIDTH == 4 /* INKI_LANES are a whole panel */
TILE_FUNCTIONS(4)
#else
TILE_FUNCTIONS(1)
ALL_TILE_FUNCTIONS(1)
TILE_FUNCTIONS(2)
#endif
#if TILE_VECTORS == 4 && VEC_WIDTH > 4
ALL_TILE_FUNCTIONS(2)
TILE_FUNCTIONS(3)
MORE_TILE_FUNCTIONS(3)
TILE_FUNCTIONS(4)
#endif

typedef void tile_function(const struct tile *);
static tile_function *const tiles[TILE_VECTORS][12] = {
#if TILE_VECTORS == 1
    {tile_1_1, tile_2_1},
#elif TILE_VECTORS == 2
    {TILE_ROW_12(1)},
    {TILE_ROW_6(2)},
#elif VEC_WIDTH == 4
    [3] = {TILE_ROW_6(4)},
#elif TILE_VECTORS == 4
    {TILE_ROW_12(1)},
    {TILE_ROW_12(2)},
    {TILE_ROW_8(3)},
    {TILE_ROW_6(4)},
#endif
};

enum { LINES_A_TILE = 4 };

/* Few lines at a time: more would wait for the fill buffers, and the computation with them. */
static inline void prefetch_lines(struct inki_prefetch *prefetch)
{
    for (int line = 0; line < LINES_A_TILE && prefetch->block < prefetch->count; line++) {
        __builtin_prefetch((const char *)prefetch->blocks[prefetch->block] + prefetch->at, 0, 2);
        prefetch->at += 64;
        if (prefetch->at < prefetch->size) continue;
        prefetch->at = 0;
        prefetch->block++;
    }
}

/* All row tiles of one panel and one block of p. */
static void run_rows(size_t m, size_t vectors, struct tile t, struct inki_prefetch *prefetch)
{
    size_t most = ROWS_OF(vectors), left = (m + most - 1) / most;
    while (m > 0) {
        size_t rows = (m + left - 1) / left;
        tiles[vectors - 1][rows - 1](&t);
        if (prefetch) prefetch_lines(prefetch);
        t.a += rows * t.a_row;
        t.c += rows * t.c_row;
        if (t.outer) t.outer += rows;
        m -= rows;
        left--;
    }
}

static void run_dense(const struct inki_gemm *call, struct tile t, size_t vectors)
{
    const float *a = t.a, *b = t.b;
    size_t k = call->k, block = BLOCK_FLOATS / (vectors * VEC_WIDTH), done = 0, blocks = (k + block - 1) / block;
    do {
        t.k = blocks > 0 ? (k - done + blocks - 1) / blocks : 0;
        t.a = a + done * call->a_col;
        t.b = b + done * call->b_row;
        run_rows(call->m, vectors, t, call->prefetch);
        t.from_c = true;
        done += t.k;
    } while (blocks-- > 1);
}

#include "kern/nonzero_tpl.h"
#include "kern/list_tpl.h"
#include "kern/conv_tpl.h"
#include "kern/sparse_tpl.h"
#include "kern/probe_tpl.h"

static void run_panel(const struct inki_gemm *call, size_t column, size_t vectors)
{
    struct tile t = {.k = call->k,
                     .a = call->a,
                     .a_row = call->a_row,
                     .a_col = call->a_col,
                     .b = call->b + column,
                     .b_row = call->b_row,
                     .c = call->c + column,
                     .c_row = call->c_row,
                     .bias = call->bias ? call->bias + column : NULL,
                     .from_c = call->add,
                     .outer = call->outer,
                     .outer_b = call->outer ? call->outer_b + column : NULL,
                     .step = call->step};
    if (!call->nonzero)
        run_dense(call, t, vectors);
    else if (call->a_col == 1)
        run_nonzero_rows(call, t, vectors);
    else
        run_nonzero_columns(call, t, vectors);
}

static void gemm(const struct inki_gemm *call)
{
    size_t most = call->nonzero ? NONZERO_VECTORS : TILE_VECTORS;
    size_t vectors = call->n / VEC_WIDTH, panels = (vectors + most - 1) / most, column = 0;
    for (; panels > 0; panels--) {
        size_t width = (vectors + panels - 1) / panels;
        run_panel(call, column, width);
        column += width * VEC_WIDTH;
        vectors -= width;
    }
}
