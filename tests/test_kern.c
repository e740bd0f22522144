/* test_kern: which table runs, and the matrix multiplication of each against its definition, bit for bit.
 * SPDX-License-Identifier: MIT */
#include "fence.h"
#include "room.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

static void tables_of_this_machine(void **state)
{
    (void)state;
    assert_int_equal(INKI_LANES, 16);
    for (size_t k = 0; ink_kernels(k); k++) {
        const struct inki_kern *kern = inki_kern_named(ink_kernels(k));
        assert_non_null(kern);
        assert_string_equal(kern->name, ink_kernels(k));
        for (size_t other = 0; other < k; other++) assert_ptr_not_equal(kern, inki_kern_named(ink_kernels(other)));
    }
    assert_null(inki_kern_named("abacus"));
}

/* Sets of features of which none holds another, as those of an ARM, of bfloat16 and of matrix registers will be. */
enum { ONE = 1, TWO = 2, FOUR = 4, EIGHT = 8 };
static const struct inki_isa made_up[] = {
    {"matrix", ONE | EIGHT}, {"brief", ONE | TWO | FOUR}, {"wide", ONE | TWO}, {"strange", FOUR}, {"plain", 0}};

static void features_are_a_set(void **state)
{
    static const struct {
        uint32_t features;
        const char *best;
    } cases[] = {{0, "plain"},
                 {ONE, "plain"},
                 {EIGHT, "plain"},
                 {FOUR, "strange"},
                 {ONE | FOUR, "strange"},
                 {ONE | TWO, "wide"},
                 {ONE | TWO | 16, "wide"},
                 {ONE | TWO | FOUR, "brief"},
                 {ONE | EIGHT, "matrix"},
                 {FOUR | EIGHT, "strange"},
                 {UINT32_MAX, "matrix"}};
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_string_equal(inki_isa_best(made_up, LENGTH(made_up), cases[i].features)->name, cases[i].best);
    assert_null(inki_isa_best(made_up, 4, ONE));
    assert_null(inki_isa_best(made_up, 0, UINT32_MAX));
    assert_ptr_equal(inki_isa_named(made_up, LENGTH(made_up), "wide"), &made_up[2]);
    assert_null(inki_isa_named(made_up, LENGTH(made_up), "wid"));
    assert_null(inki_isa_named(made_up, 2, "wide"));
}

/* Any machine runs the last row, and what it runs is what has all it needs. */
static void rows_of_this_build(void **state)
{
    const uint32_t features = inki_cpu_features();
    size_t runnable = 0;
    (void)state;
    assert_int_equal(inki_isas[INKI_ISA_COUNT - 1].needs, 0);
    for (size_t i = 0; i < INKI_ISA_COUNT; i++) runnable += !(inki_isas[i].needs & ~features);
    for (size_t k = 0; k < runnable; k++) assert_non_null(ink_kernels(k));
    assert_null(ink_kernels(runnable));
    assert_string_equal(ink_kernels(runnable - 1), inki_isa_best(inki_isas, INKI_ISA_COUNT, features)->name);
}

static void reasons_are_given(void **state)
{
    char text[200], brief[8];
    (void)state;
    assert_int_equal(ink_kernels_check("portable", text, sizeof text), INK_OK);
    assert_string_equal(text, "");
    assert_int_equal(ink_kernels_check("abacus", text, sizeof text), INK_UNSUPPORTED);
    assert_non_null(strstr(text, "portable"));
    assert_int_equal(ink_kernels_check("abacus", brief, sizeof brief), INK_UNSUPPORTED);
    assert_string_equal(brief, "no kern");
    assert_int_equal(ink_kernels_check("abacus", NULL, 0), INK_UNSUPPORTED);
    inki_cpu_names(INKI_CPU_NONE, text, sizeof text);
    assert_string_equal(text, "");
#if defined(INKI_HAVE_X86_KERNELS)
    inki_cpu_names(INKI_CPU_fma | INKI_CPU_avx512bw, text, sizeof text);
    assert_string_equal(text, "fma, avx512bw");
    inki_cpu_names(INKI_CPU_fma | INKI_CPU_avx512bw, brief, sizeof brief);
    assert_string_equal(brief, "fma, av");
    assert_int_equal(inki_isa_check(inki_isas, INKI_ISA_COUNT, UINT32_MAX, "avx2", text, sizeof text), INK_OK);
    assert_int_equal(inki_isa_check(inki_isas, INKI_ISA_COUNT, ~(uint32_t)INKI_CPU_fma, "avx2", text, sizeof text),
                     INK_UNSUPPORTED);
    assert_string_equal(text, "this processor has no fma");
    assert_int_equal(ink_kernels_check("neon", text, sizeof text), INK_UNSUPPORTED);
    assert_string_equal(text, "these kernels are for 64-bit ARM; available: avx512, avx2, portable");
#elif defined(INKI_HAVE_NEON_KERNELS)
    assert_int_equal(inki_isa_check(inki_isas, INKI_ISA_COUNT, INKI_CPU_NONE, "neon", text, sizeof text),
                     INK_UNSUPPORTED);
    assert_string_equal(text, "this processor has no asimd");
    assert_int_equal(ink_kernels_check("avx2", text, sizeof text), INK_UNSUPPORTED);
    assert_string_equal(text, "these kernels are for x86-64; available: neon, portable");
#else
    assert_int_equal(ink_kernels_check("neon", text, sizeof text), INK_UNSUPPORTED);
    assert_string_equal(text, "these kernels are for 64-bit ARM; available: portable");
#endif
    assert_int_equal(inki_isa_check(made_up, LENGTH(made_up), EIGHT, "plain", text, sizeof text), INK_OK);
    assert_int_equal(inki_isa_check(made_up, LENGTH(made_up), EIGHT, "matrix", text, sizeof text), INK_UNSUPPORTED);
    assert_int_equal(inki_isa_check(made_up, LENGTH(made_up), EIGHT, "odd", text, sizeof text), INK_UNSUPPORTED);
    assert_string_equal(text, "no kernels of that name; available: matrix, brief, wide, strange, plain");
}

/* The best by default; the one that INKLING_KERNELS names when it does. */
static void the_forced_table_runs(void **state)
{
    const char *name = *state;
    char reason[200];
    ink_ctx *ctx = NULL;
    setenv("INKLING_KERNELS", name, 1);
    ink_status status = ink_ctx_new(NULL, &ctx);
    unsetenv("INKLING_KERNELS");
    assert_int_equal(status, ink_kernels_check(name, reason, sizeof reason));
    if (status != INK_OK) {
        assert_null(ctx);
        assert_string_not_equal(reason, "");
        return;
    }
    assert_string_equal(ink_ctx_kernels(ctx), name);
    assert_ptr_equal(inki_kern(ctx), inki_kern_named(name));
    assert_string_equal(inki_kern(ctx)->name, name);
    ink_ctx_free(ctx);
}

static void the_best_table_runs_otherwise(void **state)
{
    static const char *const values[] = {NULL, ""};
    (void)state;
    for (size_t i = 0; i < LENGTH(values); i++) {
        ink_ctx *ctx;
        if (values[i])
            setenv("INKLING_KERNELS", values[i], 1);
        else
            unsetenv("INKLING_KERNELS");
        assert_int_equal(ink_ctx_new(NULL, &ctx), INK_OK);
        assert_string_equal(ink_ctx_kernels(ctx), inki_isa_best(inki_isas, INKI_ISA_COUNT, inki_cpu_features())->name);
        ink_ctx_free(ctx);
    }
    unsetenv("INKLING_KERNELS");
}

static void wrong_names_are_refused(void **state)
{
    static const char *const names[] = {"NEON", "AVX2", "portable ", "avx", "avx5122", "0"};
    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        ink_ctx *ctx = (ink_ctx *)state;
        setenv("INKLING_KERNELS", names[i], 1);
        assert_int_equal(ink_ctx_new(NULL, &ctx), INK_UNSUPPORTED);
        assert_null(ctx);
    }
    unsetenv("INKLING_KERNELS");
}

static void names_of_rows(void **state)
{
    (void)state;
    assert_string_equal(inki_activation_name(INKI_ACT_relu), "relu");
    assert_string_equal(inki_activation_name(INKI_ACT_identity), "identity");
    assert_string_equal(inki_optimizer_name(INKI_OPT_sgd), "sgd");
    assert_string_equal(inki_optimizer_name(INKI_OPT_adamw), "adamw");
    for (int i = 0; i < INKI_ACT_COUNT; i++) assert_non_null(inki_kern_named("portable")->activate[i]);
    for (int i = 0; i < INKI_OPT_COUNT; i++) assert_non_null(inki_kern_named("portable")->update[i]);
}

/* ---- matrix multiplication ---- */

enum { MOST_M = 26, MOST_N = 144, MOST_K = 1000, WIDER = 40 };
enum start { FROM_ZERO, FROM_BIAS, FROM_C, STARTS };
enum order { ROWS, COLUMNS, SPREAD, ORDERS }; /* of a */

/* One multiplication and its arrays, each behind a fence. */
struct product {
    struct fence a, b, c, bias;
    float *expected;
    size_t a_count, b_count, c_count, slack[4];
    struct inki_gemm call;
};

static void open_product(struct product *product)
{
    fence_open(&product->a, (MOST_K + WIDER) * (MOST_M + WIDER) * 2);
    fence_open(&product->b, MOST_K * (MOST_N + WIDER) + 16);
    fence_open(&product->c, MOST_M * (MOST_N + WIDER) + 16);
    fence_open(&product->bias, MOST_N + 16);
    product->expected = malloc(MOST_M * (MOST_N + WIDER) * sizeof(float));
    assert_non_null(product->expected);
}

static void close_product(struct product *product)
{
    fence_close(&product->a);
    fence_close(&product->b);
    fence_close(&product->c);
    fence_close(&product->bias);
    free(product->expected);
}

/* A call of this size, with strides, alignments and values by chance. One value in `odd` is odd. */
static void make_product(struct product *product, struct inki_rng *rng, size_t m, size_t n, size_t k, size_t odd)
{
    struct inki_gemm *call = &product->call;
    enum order order = (enum order)inki_rng_below(rng, ORDERS);
    enum start start = (enum start)inki_rng_below(rng, STARTS);
    size_t more = inki_rng_below(rng, WIDER);
    *call = (struct inki_gemm){.m = m, .n = n, .k = k, .a_row = k + more, .a_col = 1, .add = start == FROM_C};
    if (order == COLUMNS) call->a_row = 1, call->a_col = m + more;
    if (order == SPREAD) call->a_row = k * 2 + more, call->a_col = 2;
    call->b_row = n + inki_rng_below(rng, WIDER);
    call->c_row = n + inki_rng_below(rng, WIDER);
    product->a_count = m && k ? (m - 1) * call->a_row + (k - 1) * call->a_col + 1 : 0;
    product->b_count = k ? (k - 1) * call->b_row + n : 0;
    product->c_count = m ? (m - 1) * call->c_row + n : 0;
    for (int i = 0; i < 4; i++) product->slack[i] = inki_rng_below(rng, 16);
    float *a = fence_place(&product->a, product->a_count, product->slack[0]);
    float *b = fence_place(&product->b, product->b_count, product->slack[1]);
    float *bias = fence_place(&product->bias, n, product->slack[3]);
    fence_fill(rng, a, product->a_count, odd);
    fence_fill(rng, b, product->b_count, odd);
    fence_fill(rng, bias, n, odd);
    fence_fill(rng, product->expected, product->c_count, odd);
    call->a = a;
    call->b = b;
    call->bias = start == FROM_BIAS ? bias : NULL;
}

/* kern.h's definition: c before goes in by `expected`, the result comes out there. */
static void define_product(const struct inki_gemm *call, float *c)
{
    for (size_t i = 0; i < call->m; i++) {
        float *row = c + i * call->c_row;
        for (size_t j = 0; j < call->n && !call->add; j++) row[j] = call->bias ? call->bias[j] : 0;
        for (size_t p = 0; p < call->k; p++) {
            float x = call->a[i * call->a_row + p * call->a_col];
            for (size_t j = 0; j < call->n; j++) row[j] = fmaf(x, call->b[p * call->b_row + j], row[j]);
        }
    }
}

static void check_product(struct product *product, const struct inki_kern *kern)
{
    struct inki_gemm *call = &product->call;
    char what[160];
    float *c = fence_place(&product->c, product->c_count, product->slack[2]);
    memcpy(c, product->expected, product->c_count * sizeof *c);
    call->c = c;
    kern->gemm(call);
    define_product(call, product->expected);
    snprintf(what, sizeof what, "%s, m %zu, n %zu, k %zu, a %zu %zu, b %zu, c %zu%s%s", kern->name, call->m, call->n,
             call->k, call->a_row, call->a_col, call->b_row, call->c_row, call->add ? ", add" : "",
             call->bias ? ", bias" : "");
    fence_same(c, product->expected, product->c_count, what); /* between the rows too */
    fence_check(&product->c, product->c_count, product->slack[2]);
}

/* Every remainder of m with every remainder of n, at depths around the blocks' borders. */
static void products_of_all_tails(void **state)
{
    static const size_t depths[] = {0, 1, 2, 3, 5, 16, 33, 95, 96, 97, 128, 193};
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 20, 0);
    struct product product;
    open_product(&product);
    for (size_t m = 1; m <= MOST_M; m++)
        for (size_t n = 16; n <= MOST_N; n += 16) {
            size_t number = m * 9 + n / 16;
            make_product(&product, &rng, m, n, depths[number % LENGTH(depths)], number % 5 ? 0 : 200);
            check_product(&product, kern);
        }
    close_product(&product);
}

static void products_of_great_depth(void **state)
{
    static const size_t depths[] = {190, 191, 192, 193, 288, 289, 383, 384, 385, 386, 767, 768, 769, 999, 1000};
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(2, INKI_RNG_TEST, 20, 0);
    struct product product;
    open_product(&product);
    for (size_t i = 0; i < 10 * LENGTH(depths); i++) {
        size_t m = 1 + inki_rng_below(&rng, MOST_M), n = 16 + 16 * inki_rng_below(&rng, MOST_N / 16);
        make_product(&product, &rng, m, n, depths[i % LENGTH(depths)], i % 6 ? 0 : 3000);
        check_product(&product, kern);
    }
    close_product(&product);
}

/* NaN, infinities, subnormals, overflow and -0 come out as in the definition. */
static void products_of_odd_values(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 20, 0);
    struct product product;
    open_product(&product);
    for (size_t i = 0; i < 400; i++) {
        size_t m = 1 + inki_rng_below(&rng, 13), n = 16 + 16 * inki_rng_below(&rng, 5);
        make_product(&product, &rng, m, n, inki_rng_below(&rng, 12), 1 + i % 40);
        check_product(&product, kern);
    }
    close_product(&product);
}

/* Sums of subnormals stay subnormal: nothing flushes them to zero here. */
static void subnormals_survive(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    float a[2] = {0x1p-70f, 0x1p-75f}, b[32], c[16] = {0};
    for (size_t j = 0; j < 32; j++) b[j] = 0x1p-70f * (float)(j + 1);
    kern->gemm(&(struct inki_gemm){
        .m = 1, .n = 16, .k = 2, .a = a, .a_row = 2, .a_col = 1, .b = b, .b_row = 16, .c = c, .c_row = 16});
    for (size_t j = 0; j < 16; j++) {
        float expected = fmaf(a[1], b[16 + j], fmaf(a[0], b[j], 0));
        assert_true(c[j] == expected && c[j] > 0 && fpclassify(c[j]) == FP_SUBNORMAL);
    }
}

static void empty_products(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(4, INKI_RNG_TEST, 20, 0);
    struct product product;
    open_product(&product);
    for (size_t i = 0; i < 60; i++) {
        make_product(&product, &rng, i % 3 == 0 ? 0 : i % 7, 16 * (i % 3 == 1 ? 0 : i % 9 + 1), i % 3 == 2 ? 0 : i % 5,
                     0);
        if (product.call.n == 0) product.c_count = 0;
        check_product(&product, kern);
    }
    close_product(&product);
}

/* A product cut anywhere along k, continued by `add`, has the same bits: so have all blockings. */
static void continued_products(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(5, INKI_RNG_TEST, 20, 0);
    float whole[6 * 96];
    struct product product;
    open_product(&product);
    for (size_t cut = 0; cut <= 300; cut += 37) {
        make_product(&product, &rng, 6, 96, 300, 0);
        struct inki_gemm call = product.call;
        call.c = whole;
        call.c_row = 96;
        call.add = false;
        kern->gemm(&call);
        float parts[6 * 96];
        call.c = parts;
        call.k = cut;
        kern->gemm(&call);
        call.a += cut * call.a_col;
        call.b += cut * call.b_row;
        call.k = 300 - cut;
        call.add = true;
        kern->gemm(&call);
        fence_same(parts, whole, LENGTH(whole), kern->name);
    }
    close_product(&product);
}

/* Against sums in double: the error of n float additions. */
static void products_are_right(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(6, INKI_RNG_TEST, 20, 0);
    struct product product;
    open_product(&product);
    for (int round = 0; round < 20; round++) {
        make_product(&product, &rng, 1 + (size_t)round, 48, 50 * (size_t)round, 0);
        struct inki_gemm *call = &product.call;
        float c[MOST_M * 48];
        call->c = c;
        call->c_row = 48;
        call->add = false;
        kern->gemm(call);
        for (size_t i = 0; i < call->m; i++)
            for (size_t j = 0; j < 48; j++) {
                double sum = call->bias ? (double)call->bias[j] : 0, size = fabs(sum);
                for (size_t p = 0; p < call->k; p++) {
                    double term =
                        (double)call->a[i * call->a_row + p * call->a_col] * (double)call->b[p * call->b_row + j];
                    sum += term;
                    size += fabs(term);
                }
                assert_true(fabs((double)c[i * 48 + j] - sum) <= size * 0x1p-24 * sqrt((double)call->k + 1) + 1e-30);
            }
    }
    close_product(&product);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_this_machine),
        cmocka_unit_test(features_are_a_set),
        cmocka_unit_test(rows_of_this_build),
        cmocka_unit_test(reasons_are_given),
        FENCE_TABLES(the_forced_table_runs),
        cmocka_unit_test(the_best_table_runs_otherwise),
        cmocka_unit_test(wrong_names_are_refused),
        cmocka_unit_test(names_of_rows),
        FENCE_TABLES(products_of_all_tails),
        FENCE_TABLES(products_of_great_depth),
        FENCE_TABLES(products_of_odd_values),
        FENCE_TABLES(subnormals_survive),
        FENCE_TABLES(empty_products),
        FENCE_TABLES(continued_products),
        FENCE_TABLES(products_are_right),
    };
    return cmocka_run_group_tests_name("kern", tests, NULL, NULL);
}
