/* test_nonzero: taking in raw rows, and multiplication that leaves out zeros: the same bits as multiplying by them.
 * SPDX-License-Identifier: MIT */
#include "fence.h"
#include "room.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FEATURES = 300, MOST_WIDTH = 144 };

/* Rows of which most values are 0, in runs, as images have them; now and then rows or columns without any other. */
struct rows {
    size_t count, features, stride;
    uint8_t bytes[INKI_NONZERO_ROWS][MOST_FEATURES];
    float floats[INKI_NONZERO_ROWS][MOST_FEATURES];
    const void *from[INKI_NONZERO_ROWS];
    float *x;
    uint64_t nonzero[(MOST_FEATURES + 63) / 64 * INKI_NONZERO_ROWS],
        columns[(MOST_FEATURES + 63) / 64 * INKI_NONZERO_ROWS];
};

static void make_rows(struct rows *rows, struct inki_rng *rng, size_t count, size_t features, bool bytes)
{
    rows->count = count;
    rows->features = features;
    rows->stride = features + inki_rng_below(rng, 20);
    for (size_t i = 0; i < count; i++) {
        bool on = false;
        for (size_t j = 0; j < features; j++) {
            if (inki_rng_below(rng, 8) == 0) on = !on;
            bool nonzero = on && (i % 7 != 3) && (j % 90 > 9);
            rows->bytes[i][j] = nonzero ? (uint8_t)(1 + inki_rng_below(rng, 255)) : 0;
            rows->floats[i][j] = nonzero ? (float)rows->bytes[i][j] - 100.5f : j % 2 ? 0.0f : -0.0f;
        }
        rows->from[i] = bytes ? (const void *)rows->bytes[i] : rows->floats[i];
    }
    rows->x = malloc(count * rows->stride * sizeof *rows->x);
    assert_non_null(rows->x);
    for (size_t i = 0; i < count * rows->stride; i++) rows->x[i] = -9;
}

static bool nonzero_bit(const struct rows *rows, size_t i, size_t j)
{
    return rows->nonzero[j / 64 * INKI_NONZERO_ROWS + i] >> j % 64 & 1;
}

static void rows_are_taken(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 60, 0);
    struct rows *rows = malloc(sizeof *rows);
    for (size_t trial = 0; trial < 120; trial++) {
        float shift[MOST_FEATURES], factor[MOST_FEATURES];
        const bool bytes = trial % 2, shifts = trial % 3 == 0, factors = trial % 4 < 2;
        make_rows(rows, &rng, 1 + inki_rng_below(&rng, 20), 1 + inki_rng_below(&rng, MOST_FEATURES), bytes);
        fence_fill(&rng, shift, MOST_FEATURES, 0);
        fence_fill(&rng, factor, MOST_FEATURES, 0);
        memset(rows->nonzero, 0xAA, sizeof rows->nonzero);
        kern->gather(&(struct inki_gather){.rows = rows->count,
                                           .n = rows->features,
                                           .from = rows->from,
                                           .bytes = bytes,
                                           .shift = shifts ? shift : NULL,
                                           .factor = factors ? factor : NULL,
                                           .x = rows->x,
                                           .stride = rows->stride,
                                           .nonzero = rows->nonzero});
        for (size_t i = 0; i < rows->count; i++) {
            for (size_t j = 0; j < rows->stride; j++) {
                float u = -9, got = rows->x[i * rows->stride + j];
                if (j < rows->features) {
                    u = bytes ? (float)rows->bytes[i][j] : rows->floats[i][j];
                    if (shifts) u -= shift[j];
                    if (factors) u *= factor[j];
                }
                assert_true(got == u);
                if (j < rows->features) assert_int_equal(nonzero_bit(rows, i, j), u != 0);
            }
        }
        free(rows->x);
    }
    free(rows);
}

static void take_plain(const struct inki_kern *kern, struct rows *rows)
{
    kern->gather(&(struct inki_gather){.rows = rows->count,
                                       .n = rows->features,
                                       .from = rows->from,
                                       .bytes = true,
                                       .x = rows->x,
                                       .stride = rows->stride,
                                       .nonzero = rows->nonzero});
}

/* Runs the call without and with leaving out; both must give the same bits, and touch nothing beside. */
static void check_product(const struct inki_kern *kern, struct inki_gemm call, const uint64_t *nonzero, size_t c_count)
{
    float *expected = malloc(c_count * sizeof *expected), *got = malloc(c_count * sizeof *got), *c = call.c;
    memcpy(expected, c, c_count * sizeof *c);
    memcpy(got, c, c_count * sizeof *c);
    call.nonzero = NULL;
    call.c = expected;
    kern->gemm(&call);
    call.nonzero = nonzero;
    call.c = got;
    kern->gemm(&call);
    fence_same(got, expected, c_count, "left out");
    free(expected);
    free(got);
}

static void forward_leaves_out(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(2, INKI_RNG_TEST, 60, 0);
    struct rows *rows = malloc(sizeof *rows);
    for (size_t trial = 0; trial < 200; trial++) {
        make_rows(rows, &rng, 1 + inki_rng_below(&rng, INKI_NONZERO_ROWS), 1 + inki_rng_below(&rng, MOST_FEATURES),
                  true);
        size_t width = 16 * (1 + inki_rng_below(&rng, 9)), c_row = width + inki_rng_below(&rng, 20);
        size_t first = inki_rng_below(&rng, rows->count), c_count = rows->count * c_row;
        float *w = malloc(rows->features * width * sizeof *w), *c = malloc(c_count * sizeof *c), bias[MOST_WIDTH];
        fence_fill(&rng, w, rows->features * width, 0);
        fence_fill(&rng, c, c_count, 0);
        fence_fill(&rng, bias, MOST_WIDTH, 0);
        take_plain(kern, rows);
        const struct inki_gemm call = {.m = rows->count - first,
                                       .n = width,
                                       .k = rows->features,
                                       .a = rows->x + first * rows->stride,
                                       .a_row = rows->stride,
                                       .a_col = 1,
                                       .b = w,
                                       .b_row = width,
                                       .c = c,
                                       .c_row = c_row,
                                       .bias = trial % 3 == 0 ? bias : NULL,
                                       .add = trial % 3 == 1};
        check_product(kern, call, rows->nonzero + first, c_count);
        free(rows->x);
        free(w);
        free(c);
    }
    free(rows);
}

static void gradient_leaves_out(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 60, 0);
    struct rows *rows = malloc(sizeof *rows);
    for (size_t trial = 0; trial < 200; trial++) {
        make_rows(rows, &rng, 1 + inki_rng_below(&rng, INKI_NONZERO_ROWS), 1 + inki_rng_below(&rng, MOST_FEATURES),
                  true);
        const struct inki_update step = {.lr = 0.1f, .l2 = trial % 8 < 4 ? 0 : 0.01f, .clip = 1};
        size_t width = 16 * (1 + inki_rng_below(&rng, 9)), d_row = width + inki_rng_below(&rng, 20);
        size_t strip = inki_rng_below(&rng, (rows->features + 63) / 64), column = 64 * strip;
        size_t count = (rows->features - column) * width;
        float *d = malloc(rows->count * d_row * sizeof *d), *w = malloc(count * sizeof *w);
        float outer[MOST_FEATURES], outer_b[MOST_WIDTH];
        fence_fill(&rng, d, rows->count * d_row, 0);
        fence_fill(&rng, w, count, 0);
        fence_fill(&rng, outer, MOST_FEATURES, 0);
        fence_fill(&rng, outer_b, MOST_WIDTH, 0);
        for (size_t j = 0; j < MOST_FEATURES; j += 2) outer[j] = 0;
        take_plain(kern, rows);
        const struct inki_gemm call = {.m = rows->features - column,
                                       .n = width,
                                       .k = rows->count,
                                       .a = rows->x + column,
                                       .a_row = 1,
                                       .a_col = rows->stride,
                                       .b = d,
                                       .b_row = d_row,
                                       .c = w,
                                       .c_row = width,
                                       .add = trial % 4 == 1,
                                       .outer = trial % 3 == 0 ? outer : NULL,
                                       .outer_b = outer_b,
                                       .step = trial % 4 == 2 || trial % 4 == 3 ? &step : NULL};
        kern->transpose_bits(rows->nonzero, rows->count, rows->features, rows->columns);
        check_product(kern, call, (rows->count == 1 ? rows->nonzero : rows->columns) + strip * INKI_NONZERO_ROWS,
                      count);
        free(rows->x);
        free(d);
        free(w);
    }
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FENCE_TABLES(rows_are_taken), FENCE_TABLES(forward_leaves_out),
                                       FENCE_TABLES(gradient_leaves_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
