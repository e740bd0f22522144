/* list_tpl: rows that are a list of the few inputs that are not 0, against a panel of weights, over the including file's vector type.
 * SPDX-License-Identifier: MIT
 *
 * Each sum has the order of gemm_tpl.h without the products of zeros, so the bits are the same: outputs go through a row's inputs in
 * ascending order, gradients through the rows. V is the number of vectors, a constant in every instance: the sums of a row, or its dy,
 * are registers. */

enum { LISTED_VECTORS = TILE_VECTORS == 1 ? 1 : VEC_WIDTH == 4 ? 12 : INKI_STRIP / VEC_WIDTH };

INLINE void listed_rows(const int V, const struct inki_listed *call, size_t column)
{
    const struct inki_nonzero *nonzero = call->nonzero;
    const float *w = call->w + column, *bias = call->bias + column;
    const size_t w_row = call->w_row, y_row = call->y_row, nonzero_row = call->nonzero_row;
    float *y = call->y + column;
    for (size_t rows = call->rows; rows > 0; rows--, nonzero += nonzero_row, y += y_row) {
        vec sum[LISTED_VECTORS];
        UNROLL
        for (int j = 0; j < V; j++) sum[j] = vec_load(bias + j * VEC_WIDTH);
        for (const struct inki_nonzero *of = nonzero + 1, *end = of + nonzero->at; of < end; of++) {
            const float *row = w + of->at * w_row;
            const vec value = vec_set(of->value);
            UNROLL
            for (int j = 0; j < V; j++) sum[j] = vec_fma(value, vec_load(row + j * VEC_WIDTH), sum[j]);
        }
        UNROLL
        for (int j = 0; j < V; j++) vec_store(y + j * VEC_WIDTH, sum[j]);
    }
}

INLINE void listed_sums(const int V, const struct inki_listed *call, size_t column)
{
    const struct inki_nonzero *nonzero = call->nonzero;
    const float *dy = call->y + column;
    const size_t w_row = call->w_row, y_row = call->y_row, nonzero_row = call->nonzero_row, in = call->in,
                 width = call->in_end - in;
    float *g = call->g + column;
    for (size_t rows = call->rows; rows > 0; rows--, nonzero += nonzero_row, dy += y_row) {
        vec row[LISTED_VECTORS];
        UNROLL
        for (int j = 0; j < V; j++) row[j] = vec_load(dy + j * VEC_WIDTH);
        for (const struct inki_nonzero *of = nonzero + 1, *end = of + nonzero->at; of < end; of++) {
            if (of->at - in >= width) continue; /* also where it lies before `in` */
            float *sum = g + (of->at - in) * w_row;
            const vec value = vec_set(of->value);
            UNROLL
            for (int j = 0; j < V; j++)
                vec_store(sum + j * VEC_WIDTH, vec_fma(value, row[j], vec_load(sum + j * VEC_WIDTH)));
        }
    }
}

typedef void listed_function(const struct inki_listed *call, size_t column);

#define LISTED(V)                                                                                                      \
    static void listed_rows_##V(const struct inki_listed *call, size_t column) { listed_rows(V, call, column); }       \
    static void listed_sums_##V(const struct inki_listed *call, size_t column) { listed_sums(V, call, column); }
#if TILE_VECTORS == 1
LISTED(1)
static listed_function *const listed_tiles[2][LISTED_VECTORS] = {{listed_rows_1}, {listed_sums_1}};
#elif VEC_WIDTH == 4
LISTED(4)
LISTED(8)
LISTED(12)
static listed_function *const listed_tiles[2][LISTED_VECTORS] = {
    {[3] = listed_rows_4, [7] = listed_rows_8, [11] = listed_rows_12},
    {[3] = listed_sums_4, [7] = listed_sums_8, [11] = listed_sums_12}};
#elif VEC_WIDTH == 16
LISTED(1)
LISTED(2)
LISTED(3)
LISTED(4)
static listed_function *const listed_tiles[2][LISTED_VECTORS] = {
    {listed_rows_1, listed_rows_2, listed_rows_3, listed_rows_4},
    {listed_sums_1, listed_sums_2, listed_sums_3, listed_sums_4}};
#else
LISTED(1)
LISTED(2)
LISTED(4)
LISTED(6)
LISTED(8)
static listed_function *const listed_tiles[2][LISTED_VECTORS] = {
    {listed_rows_1, listed_rows_2, NULL, listed_rows_4, NULL, listed_rows_6, NULL, listed_rows_8},
    {listed_sums_1, listed_sums_2, NULL, listed_sums_4, NULL, listed_sums_6, NULL, listed_sums_8}};
#endif

static void run_listed(const struct inki_listed *call, bool gradient)
{
    size_t vectors = call->n / VEC_WIDTH;
    for (size_t column = 0, some; vectors > 0; vectors -= some, column += some * VEC_WIDTH) {
        some = vectors < LISTED_VECTORS ? vectors : LISTED_VECTORS;
        listed_tiles[gradient][some - 1](call, column);
    }
}

static void listed(const struct inki_listed *call) { run_listed(call, false); }

static void listed_gradient(const struct inki_listed *call)
{
    if (!call->add)
        for (size_t in = call->in; in < call->in_end; in++)
            memset(call->g + (in - call->in) * call->w_row, 0, call->n * sizeof *call->g);
    run_listed(call, true);
}
