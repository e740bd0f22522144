/* conv_tpl: the products of convolutions over the vector type that the including file defines.
 * SPDX-License-Identifier: MIT
 *
 * One register tile serves the outputs, the gradient by the inputs and that by the weights: a sum over segments, each a stretch of a
 * and a block of b. R, V and H are constants in every instance: rows, whole vectors of columns, and vec8 a vector where channels
 * end with one (VEC_WIDTH 16 alone). Columns are up to a panel, so that b, a panel of the weights, streams from the L2 cache. */

#if VEC_WIDTH == 16
#define HALF_TILES 1
#else
#define HALF_TILES 0
#endif

INLINE void begin_conv(const int R, const int V, const int H, const struct inki_conv *t, vec sum[][TILE_VECTORS],
                       vec8 end[])
{
    const float *c = t->c, *bias = t->bias;
    const size_t c_row = t->c_row;
    if (t->add) {
        UNROLL
        for (int i = 0; i < R; i++) {
            UNROLL
            for (int j = 0; j < V; j++) sum[i][j] = vec_load(c + (size_t)i * c_row + j * VEC_WIDTH);
            if (H) end[i] = vec8_load(c + (size_t)i * c_row + V * VEC_WIDTH);
        }
        return;
    }
    UNROLL
    for (int i = 0; i < R; i++) {
        UNROLL
        for (int j = 0; j < V; j++) sum[i][j] = bias ? vec_load(bias + j * VEC_WIDTH) : vec_set(0);
        if (H) end[i] = bias ? vec8_load(bias + V * VEC_WIDTH) : vec8_set(0);
    }
}

INLINE void conv_tile(const int R, const int V, const int H, const struct inki_conv *t)
{
    vec sum[12][TILE_VECTORS], row[TILE_VECTORS];
    vec8 end[12], last = vec8_set(0);
    const size_t a_row = t->a_row, a_col = t->a_col, b_row = t->b_row, a_segment = t->a_segment,
                 b_segment = t->b_segment, k = t->k;
    const float *a_at = t->a, *b_at = t->b;
    begin_conv(R, V, H, t, sum, end);
    for (size_t s = t->segments; s > 0; s--, a_at += a_segment, b_at += b_segment) {
        const float *a = a_at, *b = b_at;
        for (size_t p = k; p > 0; p--, a += a_col, b += b_row) {
            UNROLL
            for (int j = 0; j < V; j++) row[j] = vec_load(b + j * VEC_WIDTH);
            if (H) last = vec8_load(b + V * VEC_WIDTH);
            UNROLL
            for (int i = 0; i < R; i++) {
                vec x = vec_set(a[(size_t)i * a_row]);
                UNROLL
                for (int j = 0; j < V; j++) sum[i][j] = vec_fma(x, row[j], sum[i][j]);
                if (H) end[i] = vec8_fma(vec8_set(a[(size_t)i * a_row]), last, end[i]);
            }
        }
    }
    float *c = t->c;
    const size_t c_row = t->c_row;
    UNROLL
    for (int i = 0; i < R; i++) {
        UNROLL
        for (int j = 0; j < V; j++) vec_store(c + (size_t)i * c_row + j * VEC_WIDTH, sum[i][j]);
        if (H) vec8_store(c + (size_t)i * c_row + V * VEC_WIDTH, end[i]);
    }
}

typedef void conv_function(const struct inki_conv *);

#define CONV_TILE(R, V, H)                                                                                             \
    static void conv_##R##_##V##_##H(const struct inki_conv *t) { conv_tile(R, V, H, t); }
#define CONV_TILES_2(V, H) CONV_TILE(1, V, H) CONV_TILE(2, V, H)
#define CONV_TILES_6(V, H)                                                                                             \
    CONV_TILES_2(V, H) CONV_TILE(3, V, H) CONV_TILE(4, V, H) CONV_TILE(5, V, H) CONV_TILE(6, V, H)
#define CONV_TILES_8(V, H) CONV_TILES_6(V, H) CONV_TILE(7, V, H) CONV_TILE(8, V, H)
#define CONV_TILES_12(V, H)                                                                                            \
    CONV_TILES_8(V, H) CONV_TILE(9, V, H) CONV_TILE(10, V, H) CONV_TILE(11, V, H) CONV_TILE(12, V, H)
#define CONV_ROW_2(V, H) conv_1_##V##_##H, conv_2_##V##_##H
#define CONV_ROW_6(V, H) CONV_ROW_2(V, H), conv_3_##V##_##H, conv_4_##V##_##H, conv_5_##V##_##H, conv_6_##V##_##H
#define CONV_ROW_8(V, H) CONV_ROW_6(V, H), conv_7_##V##_##H, conv_8_##V##_##H
#define CONV_ROW_12(V, H) CONV_ROW_8(V, H), conv_9_##V##_##H, conv_10_##V##_##H, conv_11_##V##_##H, conv_12_##V##_##H

/* By whole vectors and half ones: how many rows fill the registers, and the tiles. */
struct conv_shape {
    size_t rows;
    conv_function *tile[12];
};

#if TILE_VECTORS == 1
CONV_TILES_2(0, 1)
CONV_TILES_2(1, 0)
static const struct conv_shape conv_shapes[TILE_VECTORS + 1][HALF_TILES + 1] = {
    {{0, {NULL}}, {2, {CONV_ROW_2(0, 1)}}},
    {{2, {CONV_ROW_2(1, 0)}}, {0, {NULL}}},
};
#elif TILE_VECTORS == 2
CONV_TILES_12(1, 0)
CONV_TILES_6(2, 0)
static const struct conv_shape conv_shapes[TILE_VECTORS + 1][HALF_TILES + 1] = {
    {{0, {NULL}}},
    {{12, {CONV_ROW_12(1, 0)}}},
    {{6, {CONV_ROW_6(2, 0)}}},
};
#elif VEC_WIDTH == 4
CONV_TILES_12(2, 0)
CONV_TILES_6(4, 0)
static const struct conv_shape conv_shapes[TILE_VECTORS + 1][HALF_TILES + 1] = {
    [2] = {{12, {CONV_ROW_12(2, 0)}}},
    [4] = {{6, {CONV_ROW_6(4, 0)}}},
};
#else
CONV_TILES_12(0, 1)
CONV_TILES_12(1, 0)
CONV_TILES_12(1, 1)
CONV_TILES_12(2, 0)
CONV_TILES_8(2, 1)
CONV_TILES_8(3, 0)
CONV_TILES_6(3, 1)
CONV_TILES_6(4, 0)
static const struct conv_shape conv_shapes[TILE_VECTORS + 1][HALF_TILES + 1] = {
    {{0, {NULL}}, {12, {CONV_ROW_12(0, 1)}}},
    {{12, {CONV_ROW_12(1, 0)}}, {12, {CONV_ROW_12(1, 1)}}},
    {{12, {CONV_ROW_12(2, 0)}}, {8, {CONV_ROW_8(2, 1)}}},
    {{8, {CONV_ROW_8(3, 0)}}, {6, {CONV_ROW_6(3, 1)}}},
    {{6, {CONV_ROW_6(4, 0)}}, {0, {NULL}}},
};
#endif

/* All rows of some columns, split evenly into tiles. */
static void conv_rows(const struct conv_shape *shape, struct inki_conv t)
{
    size_t m = t.m, left = (m + shape->rows - 1) / shape->rows;
    for (; m > 0; left--) {
        size_t rows = (m + left - 1) / left;
        shape->tile[rows - 1](&t);
        t.a += rows * t.a_row;
        t.c += rows * t.c_row;
        m -= rows;
    }
}

static void conv(const struct inki_conv *call)
{
    struct inki_conv t = *call;
    size_t halves = call->n / 8, most = TILE_VECTORS * VEC_WIDTH / 8;
    while (halves > 0) {
        size_t width = halves < most ? halves : most, vectors = 8 * width / VEC_WIDTH,
               half_vectors = 8 * width % VEC_WIDTH / 8;
        conv_rows(&conv_shapes[vectors][half_vectors], t);
        t.b += 8 * width;
        t.c += 8 * width;
        if (t.bias) t.bias += 8 * width;
        halves -= width;
    }
}
