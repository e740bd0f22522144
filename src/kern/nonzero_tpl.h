/* nonzero_tpl: taking in raw rows, and multiplication that leaves out what is 0, over the including file's vector type.
 * SPDX-License-Identifier: MIT
 *
 * 0 times a finite number changes no sum, so leaving it out gives the same bits. Most inputs of images are 0, and
 * neighbours are 0 together: a tile of INKI_NONZERO_TILE rows (forward) or columns (gradient) visits the places where one of them
 * is not. They are found as bits of 64-bit words, one word for 64 columns of a row; for the gradient, which sums along
 * the rows, blocks of 64x64 bits are transposed. */

/* ------------------------------------------------------------------- rows in */

/* What a row is made of; its pointers are copied once, see begin_sums. */
struct taking {
    const float *shift, *factor;
    bool bytes;
};

INLINE vec take_vector(const struct taking how, const void *from, size_t j)
{
    vec u = how.bytes ? vec_bytes((const uint8_t *)from + j) : vec_load((const float *)from + j);
    if (how.shift) u = vec_fma(vec_load(how.shift + j), vec_set(-1), u);
    return how.factor ? vec_fma(u, vec_load(how.factor + j), vec_set(-0.0f)) : u;
}

INLINE float take_one(const struct taking how, const void *from, size_t j)
{
    float u = how.bytes ? (float)((const uint8_t *)from)[j] : ((const float *)from)[j];
    if (how.shift) u -= how.shift[j];
    return how.factor ? u * how.factor[j] : u;
}

/* Columns [j, end) of a row, at most INKI_STRIP of them; returns their bits. */
INLINE uint64_t take_strip(const struct taking how, const void *from, float *x, size_t j, size_t end)
{
    uint64_t nonzero = 0;
    size_t begin = j;
    for (; j + VEC_WIDTH <= end; j += VEC_WIDTH) {
        vec v = take_vector(how, from, j);
        vec_store(x + j, v);
        nonzero |= (uint64_t)vec_nonzero(v) << (j - begin);
    }
    for (; j < end; j++) {
        x[j] = take_one(how, from, j);
        nonzero |= (uint64_t)(x[j] != 0) << (j - begin);
    }
    return nonzero;
}

INLINE void gather_rows(const struct inki_gather *call, const struct taking how)
{
    const size_t n = call->n, whole = n / INKI_STRIP * INKI_STRIP, stride = call->stride;
    const void *const *from = call->from;
    float *x = call->x;
    uint64_t *nonzero = call->nonzero;
    for (size_t row = 0, rows = call->rows; row < rows; row++, x += stride) {
        uint64_t *at = nonzero + row;
        size_t j = 0;
        for (; j < whole; j += INKI_STRIP, at += INKI_NONZERO_ROWS)
            *at = take_strip(how, from[row], x, j, j + INKI_STRIP);
        if (j < n) *at = take_strip(how, from[row], x, j, n);
    }
}

static void gather(const struct inki_gather *call)
{
    const float *shift = call->shift, *factor = call->factor;
    if (!call->bytes)
        gather_rows(call, (struct taking){shift, factor, false});
    else if (shift)
        gather_rows(call, (struct taking){shift, factor, true});
    else if (factor)
        gather_rows(call, (struct taking){NULL, factor, true});
    else
        gather_rows(call, (struct taking){NULL, NULL, true});
}

/* ------------------------------------------------------------------- forward */

INLINE void nonzero_rows(const int R, const int V, const struct tile *t, const uint64_t *nonzero, size_t strips)
{
    vec sum[INKI_NONZERO_TILE][MOST_VECTORS];
    const float *a = t->a, *b = t->b;
    const size_t b_row = t->b_row;
    begin_sums(R, V, t, sum);
    for (; strips > 0; strips--, nonzero += INKI_NONZERO_ROWS, a += INKI_STRIP, b += INKI_STRIP * b_row) {
        uint64_t bits = nonzero[0];
        for (int i = 1; i < R; i++) bits |= nonzero[i];
        for (; bits; bits &= bits - 1) {
            size_t p = (size_t)__builtin_ctzll(bits);
            add_products(R, V, a + p, t->a_row, b + p * b_row, sum);
        }
    }
    end_sums(R, V, t, sum);
}

/* ------------------------------------------------------------------ gradient */

/* One round of transposing 64x64 bits: blocks of `width` words exchange their halves. */
INLINE void exchange(uint64_t words[INKI_STRIP], const unsigned width, const uint64_t mask)
{
    for (unsigned i = 0; i < INKI_STRIP; i += 2 * width) {
        UNROLL
        for (unsigned j = i; j < i + width; j++) {
            uint64_t both = ((words[j] >> width) ^ words[j + width]) & mask;
            words[j] ^= both << width;
            words[j + width] ^= both;
        }
    }
}

/* Bit j of word i becomes bit i of word j. */
static void transpose_strip(uint64_t words[INKI_STRIP])
{
    exchange(words, 32, 0x00000000FFFFFFFFu);
    exchange(words, 16, 0x0000FFFF0000FFFFu);
    exchange(words, 8, 0x00FF00FF00FF00FFu);
    exchange(words, 4, 0x0F0F0F0F0F0F0F0Fu);
    exchange(words, 2, 0x3333333333333333u);
    exchange(words, 1, 0x5555555555555555u);
}

static void transpose_bits(const uint64_t *nonzero, size_t rows, size_t n, uint64_t *columns)
{
    for (size_t j = 0; j < n; j += INKI_STRIP, nonzero += INKI_NONZERO_ROWS, columns += INKI_NONZERO_ROWS) {
        for (size_t row = 0; row < rows; row += INKI_STRIP) {
            size_t count = rows - row < INKI_STRIP ? rows - row : INKI_STRIP;
            memset(columns + row, 0, INKI_STRIP * sizeof *columns);
            memcpy(columns + row, nonzero + row, count * sizeof *columns);
            transpose_strip(columns + row);
        }
    }
}

static inline uint64_t any_of(const uint64_t *bits, int count)
{
    uint64_t any = bits[0];
    for (int i = 1; i < count; i++) any |= bits[i];
    return any;
}

INLINE void nonzero_columns(const int R, const int V, const struct tile *t, const uint64_t *columns)
{
    vec sum[INKI_NONZERO_TILE][MOST_VECTORS];
    const float *a = t->a, *b = t->b;
    const size_t a_col = t->a_col, b_row = t->b_row;
    begin_sums(R, V, t, sum);
    for (size_t w = 0; w * INKI_STRIP < t->k; w++, a += INKI_STRIP * a_col, b += INKI_STRIP * b_row) {
        for (uint64_t bits = any_of(columns + w * INKI_STRIP, R); bits; bits &= bits - 1) {
            size_t p = (size_t)__builtin_ctzll(bits);
            add_products(R, V, a + p * a_col, 1, b + p * b_row, sum);
        }
    }
    end_sums(R, V, t, sum);
}

/* ----------------------------------------------------------------- instances */

typedef void nonzero_rows_function(const struct tile *t, const uint64_t *nonzero, size_t strips);
typedef void nonzero_columns_function(const struct tile *t, const uint64_t *columns);

#define NONZERO_FUNCTIONS(R, V)                                                                                        \
    static void nonzero_rows_##R##_##V(const struct tile *t, const uint64_t *nonzero, size_t strips)                   \
    {                                                                                                                  \
        nonzero_rows(R, V, t, nonzero, strips);                                                                        \
    }                                                                                                                  \
    static void nonzero_columns_##R##_##V(const struct tile *t, const uint64_t *columns)                               \
    {                                                                                                                  \
        nonzero_columns(R, V, t, columns);                                                                             \
    }
#define NONZERO_OF(V) NONZERO_FUNCTIONS(1, V) NONZERO_FUNCTIONS(2, V) NONZERO_FUNCTIONS(3, V)
#if VEC_WIDTH == 4 /* INKI_LANES are four vectors */
NONZERO_OF(4)
#define NONZERO_TABLE(kind)                                                                                            \
    {                                                                                                                  \
        [3] = { kind##_1_4, kind##_2_4, kind##_3_4 }                                                                   \
    }
#elif NONZERO_VECTORS == 4
NONZERO_OF(1)
NONZERO_OF(2)
NONZERO_OF(3)
NONZERO_OF(4)
#define NONZERO_TABLE(kind)                                                                                            \
    {                                                                                                                  \
        {kind##_1_1, kind##_2_1, kind##_3_1}, {kind##_1_2, kind##_2_2, kind##_3_2},                                    \
            {kind##_1_3, kind##_2_3, kind##_3_3},                                                                      \
        {                                                                                                              \
            kind##_1_4, kind##_2_4, kind##_3_4                                                                         \
        }                                                                                                              \
    }
#else
NONZERO_OF(1)
#define NONZERO_TABLE(kind)                                                                                            \
    {                                                                                                                  \
        {                                                                                                              \
            kind##_1_1, kind##_2_1, kind##_3_1                                                                         \
        }                                                                                                              \
    }
#endif
static nonzero_rows_function *const row_tiles[NONZERO_VECTORS][INKI_NONZERO_TILE] = NONZERO_TABLE(nonzero_rows);
static nonzero_columns_function *const column_tiles[NONZERO_VECTORS][INKI_NONZERO_TILE] =
    NONZERO_TABLE(nonzero_columns);

/* Blocks of strips, so that the panel's block of b stays in the L1 cache; the sums pass through c between them. */
static void run_nonzero_rows(const struct inki_gemm *call, struct tile t, size_t vectors)
{
    const size_t strips = (call->k + INKI_STRIP - 1) / INKI_STRIP, block = 4 * MOST_VECTORS / vectors;
    const float *a = t.a, *b = t.b;
    float *c = t.c;
    for (size_t strip = 0; strip < strips; strip += block, t.from_c = true) {
        const size_t count = strips - strip < block ? strips - strip : block;
        const uint64_t *nonzero = call->nonzero + strip * INKI_NONZERO_ROWS;
        t.b = b + strip * INKI_STRIP * t.b_row;
        for (size_t row = 0; row < call->m; row += INKI_NONZERO_TILE) {
            size_t rows = call->m - row < INKI_NONZERO_TILE ? call->m - row : INKI_NONZERO_TILE;
            t.a = a + row * t.a_row + strip * INKI_STRIP;
            t.c = c + row * t.c_row;
            row_tiles[vectors - 1][rows - 1](&t, nonzero + row, count);
            if (call->prefetch) prefetch_lines(call->prefetch);
        }
    }
}

/* Whether a tile of columns without a nonzero value changes nothing. */
static bool is_idle(const struct tile *t, size_t columns)
{
    if (t->step ? t->step->l2 != 0 : !t->from_c) return false;
    for (size_t i = 0; t->outer && i < columns; i++)
        if (t->outer[i] != 0) return false;
    return true;
}

static void run_nonzero_strip(const struct inki_gemm *call, struct tile t, size_t vectors, const uint64_t *columns,
                              size_t count)
{
    for (size_t i = 0; i < count; i += INKI_NONZERO_TILE, columns += INKI_NONZERO_TILE) {
        size_t wide = count - i < INKI_NONZERO_TILE ? count - i : INKI_NONZERO_TILE;
        uint64_t any = any_of(columns, (int)wide) | (t.k > INKI_STRIP ? any_of(columns + INKI_STRIP, (int)wide) : 0);
        if (any || !is_idle(&t, wide)) column_tiles[vectors - 1][wide - 1](&t, columns);
        if (call->prefetch) prefetch_lines(call->prefetch);
        t.a += wide;
        t.c += wide * t.c_row;
        if (t.outer) t.outer += wide;
    }
}

/* A single row: its columns by themselves, and only those that are not 0 where the others stay as they are. */
INLINE void nonzero_row(const int V, const struct inki_gemm *call, const struct tile *all)
{
    const bool stay = is_idle(all, 0) && !all->outer;
    const uint64_t *nonzero = call->nonzero;
    const size_t m = call->m;
    for (size_t strip = 0; strip < m; strip += INKI_STRIP, nonzero += INKI_NONZERO_ROWS) {
        const size_t count = m - strip < INKI_STRIP ? m - strip : INKI_STRIP;
        uint64_t rest = (stay ? *nonzero : UINT64_MAX) & UINT64_MAX >> (INKI_STRIP - count);
        for (; rest; rest &= rest - 1) {
            const size_t bit = (size_t)__builtin_ctzll(rest), j = strip + bit;
            const uint64_t one = *nonzero >> bit & 1;
            struct tile t = *all;
            t.a += j;
            t.c += j * t.c_row;
            if (t.outer) t.outer += j;
            nonzero_columns(1, V, &t, &one);
        }
    }
}

#define NONZERO_ROW(V)                                                                                                 \
    static void nonzero_row_##V(const struct inki_gemm *call, const struct tile *all) { nonzero_row(V, call, all); }
#if VEC_WIDTH == 4
NONZERO_ROW(4)
#define NONZERO_ROWS [3] = nonzero_row_4
#elif NONZERO_VECTORS == 4
NONZERO_ROW(1)
NONZERO_ROW(2)
NONZERO_ROW(3)
NONZERO_ROW(4)
#define NONZERO_ROWS nonzero_row_1, nonzero_row_2, nonzero_row_3, nonzero_row_4
#else
NONZERO_ROW(1)
#define NONZERO_ROWS nonzero_row_1
#endif

static void run_nonzero_row(const struct inki_gemm *call, const struct tile *all, size_t vectors)
{
    static void (*const rows[NONZERO_VECTORS])(const struct inki_gemm *call, const struct tile *all) = {NONZERO_ROWS};
    rows[vectors - 1](call, all);
    if (call->prefetch) prefetch_lines(call->prefetch);
}

static void run_nonzero_columns(const struct inki_gemm *call, struct tile t, size_t vectors)
{
    if (call->k == 1) {
        run_nonzero_row(call, &t, vectors);
        return;
    }
    for (size_t j = 0; j < call->m; j += INKI_STRIP) {
        size_t count = call->m - j < INKI_STRIP ? call->m - j : INKI_STRIP;
        run_nonzero_strip(call, t, vectors, call->nonzero + j / INKI_STRIP * INKI_NONZERO_ROWS, count);
        t.a += count;
        t.c += count * t.c_row;
        if (t.outer) t.outer += count;
    }
}
