/* sparse_tpl: sums of a convolution's gradients that visit only the values of dz that are not 0, over the including file's vector type.
 * SPDX-License-Identifier: MIT
 *
 * Behind a pool three quarters of dz are 0. Each value that is not adds a block of `rows` stretches, `run` floats each, times itself to a
 * block of sums: of W to dx, or of x to dW. The order in each sum is that of struct inki_conv, so the bits are the same. R, N and H are constants in
 * every instance: rows, whole vectors of a stretch, and vec8 a vector where it ends with one (VEC_WIDTH 16 alone). */

#if VEC_WIDTH == 16 && TILE_VECTORS > 1
enum { SPARSE_ROWS = 3, SPARSE_VECTORS = 6 };
#elif TILE_VECTORS > 1
enum { SPARSE_ROWS = 1, SPARSE_VECTORS = 12 };
#else
enum { SPARSE_ROWS = 1, SPARSE_VECTORS = 1 };
#endif

/* A block of up to SPARSE_ROWS x SPARSE_VECTORS vectors of sums, and up to 64 values with their bits. */
struct sparse_block {
    uint64_t bits;
    const float *value, *in;
    const uint32_t *in_at;
    size_t in_row, out_row;
    float *out;
};

INLINE void sparse_tile(const int R, const int N, const int H, const struct sparse_block *b)
{
    vec sum[SPARSE_ROWS][SPARSE_VECTORS];
    vec8 end[SPARSE_ROWS];
    const float *value = b->value, *in = b->in;
    const uint32_t *in_at = b->in_at;
    const size_t in_row = b->in_row, out_row = b->out_row;
    float *out = b->out;
    UNROLL
    for (int r = 0; r < R; r++) {
        UNROLL
        for (int n = 0; n < N; n++) sum[r][n] = vec_load(out + (size_t)r * out_row + n * VEC_WIDTH);
        if (H) end[r] = vec8_load(out + (size_t)r * out_row + N * VEC_WIDTH);
    }
    for (uint64_t bits = b->bits; bits; bits &= bits - 1) {
        const size_t i = (size_t)__builtin_ctzll(bits);
        const float *x = in + in_at[i];
        const vec v = vec_set(value[i]);
        UNROLL
        for (int r = 0; r < R; r++, x += in_row) {
            UNROLL
            for (int n = 0; n < N; n++) sum[r][n] = vec_fma(v, vec_load(x + n * VEC_WIDTH), sum[r][n]);
            if (H) end[r] = vec8_fma(vec8_set(value[i]), vec8_load(x + N * VEC_WIDTH), end[r]);
        }
    }
    UNROLL
    for (int r = 0; r < R; r++) {
        UNROLL
        for (int n = 0; n < N; n++) vec_store(out + (size_t)r * out_row + n * VEC_WIDTH, sum[r][n]);
        if (H) vec8_store(out + (size_t)r * out_row + N * VEC_WIDTH, end[r]);
    }
}

typedef void sparse_function(const struct sparse_block *);

#define SPARSE_TILE(R, N, H)                                                                                           \
    static void sparse_##R##_##N##_##H(const struct sparse_block *b) { sparse_tile(R, N, H, b); }
#define SPARSE_TILES_6(R, H)                                                                                           \
    SPARSE_TILE(R, 1, H)                                                                                               \
    SPARSE_TILE(R, 2, H) SPARSE_TILE(R, 3, H) SPARSE_TILE(R, 4, H) SPARSE_TILE(R, 5, H) SPARSE_TILE(R, 6, H)
#define SPARSE_LIST_6(R, H)                                                                                            \
    sparse_##R##_1_##H, sparse_##R##_2_##H, sparse_##R##_3_##H, sparse_##R##_4_##H, sparse_##R##_5_##H,                \
        sparse_##R##_6_##H

/* By rows (one, or SPARSE_ROWS), whether there is a half vector, and whole vectors. */
#if TILE_VECTORS == 1
SPARSE_TILE(1, 0, 1)
SPARSE_TILE(1, 1, 0)
static sparse_function *const sparse_tiles[1][2][SPARSE_VECTORS + 1] = {{{NULL, sparse_1_1_0}, {sparse_1_0_1, NULL}}};
#elif VEC_WIDTH == 16
SPARSE_TILES_6(1, 0)
SPARSE_TILES_6(1, 1)
SPARSE_TILES_6(3, 0)
SPARSE_TILES_6(3, 1)
SPARSE_TILE(1, 0, 1)
SPARSE_TILE(3, 0, 1)
static sparse_function *const sparse_tiles[2][2][SPARSE_VECTORS + 1] = {
    {{NULL, SPARSE_LIST_6(1, 0)}, {sparse_1_0_1, SPARSE_LIST_6(1, 1)}},
    {{NULL, SPARSE_LIST_6(3, 0)}, {sparse_3_0_1, SPARSE_LIST_6(3, 1)}},
};
#elif VEC_WIDTH == 4
SPARSE_TILE(1, 2, 0)
SPARSE_TILE(1, 4, 0)
SPARSE_TILE(1, 6, 0)
SPARSE_TILE(1, 8, 0)
SPARSE_TILE(1, 10, 0)
SPARSE_TILE(1, 12, 0)
static sparse_function *const sparse_tiles[1][1][SPARSE_VECTORS + 1] = {
    {{[2] = sparse_1_2_0,
      [4] = sparse_1_4_0,
      [6] = sparse_1_6_0,
      [8] = sparse_1_8_0,
      [10] = sparse_1_10_0,
      [12] = sparse_1_12_0}},
};
#else
SPARSE_TILES_6(1, 0)
SPARSE_TILE(1, 7, 0)
SPARSE_TILE(1, 8, 0)
SPARSE_TILE(1, 9, 0)
SPARSE_TILE(1, 10, 0)
SPARSE_TILE(1, 11, 0)
SPARSE_TILE(1, 12, 0)
static sparse_function *const sparse_tiles[1][1][SPARSE_VECTORS + 1] = {
    {{NULL, SPARSE_LIST_6(1, 0), sparse_1_7_0, sparse_1_8_0, sparse_1_9_0, sparse_1_10_0, sparse_1_11_0,
      sparse_1_12_0}},
};
#endif

/* The bits of up to 64 values, which a multiple of 8 can be read of. */
static uint64_t bits_of(const float *value, size_t count)
{
    uint64_t bits = 0;
    size_t j = 0;
#if VEC_WIDTH == 16
    for (; j + 16 <= count; j += 16) bits |= (uint64_t)vec_nonzero(vec_load(value + j)) << j;
    for (; j < count; j += 8) bits |= (uint64_t)vec8_nonzero(vec8_load(value + j)) << j;
#else
    for (; j < count; j += VEC_WIDTH) bits |= (uint64_t)vec_nonzero(vec_load(value + j)) << j;
#endif
    return bits;
}

/* All of a stretch, for some rows of the block. */
static void sparse_rows(const struct inki_sparse *call, struct sparse_block b, size_t rows)
{
    const size_t most = SPARSE_VECTORS * VEC_WIDTH / 8;
    size_t halves = call->run / 8, blocks = (halves + most - 1) / most;
    for (; blocks > 0; blocks--) {
        const size_t width = (halves + blocks - 1) / blocks;
        sparse_tiles[rows > 1][8 * width % VEC_WIDTH / 8][8 * width / VEC_WIDTH](&b);
        b.in += 8 * width;
        b.out += 8 * width;
        halves -= width;
    }
}

static void sparse(const struct inki_sparse *call)
{
    for (size_t o = 0; o < call->outs; o++)
        for (size_t i = 0; i < call->ins; i += 64) {
            const size_t count = call->ins - i < 64 ? call->ins - i : 64;
            struct sparse_block b = {.value = call->value + o * call->value_row + i,
                                     .in = call->in,
                                     .in_at = call->in_at + i,
                                     .in_row = call->in_row,
                                     .out_row = call->out_row,
                                     .out = call->out + call->out_at[o]};
            b.bits = bits_of(b.value, count);
            if (!b.bits) continue;
            for (size_t r = 0, rows; r < call->rows; r += rows) {
                rows = call->rows - r >= SPARSE_ROWS ? SPARSE_ROWS : 1;
                sparse_rows(call, b, rows);
                b.in += rows * call->in_row;
                b.out += rows * call->out_row;
            }
        }
}
