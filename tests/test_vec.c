/* test_vec: activations, optimisers and the smaller kernels: bit for bit against portable, and against double.
 * SPDX-License-Identifier: MIT */
#include "fence.h"
#include "room.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 70, SLACKS = 16 };

static const struct inki_kern *portable(void) { return inki_kern_named("portable"); }

/* ---- activations ---- */

/* Points that each activation is tried at: a grid over [-100, 100], odd values, bits by chance. */
enum { GRID = 200 * 512 + 1, CHANCE = 60000, POINTS = GRID + CHANCE + 64 };

static size_t make_points(float *points)
{
    static const float odd[] = {0.0f,         -0.0f,         NAN,       INFINITY, -INFINITY,  FLT_MIN,   -FLT_MIN,
                                FLT_TRUE_MIN, -FLT_TRUE_MIN, 0.25f,     -0.25f,   0.2499999f, 20.0f,     20.00001f,
                                43.5f,        44.0f,         86.99999f, 87.0f,    -87.0f,     87.00001f, 88.0f,
                                88.00001f,    -88.0f,        1e10f,     -1e10f,   FLT_EPSILON};
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 30, 0);
    size_t count = 0;
    for (int i = 0; i < GRID; i++) points[count++] = (float)(i - GRID / 2) / 512;
    for (size_t i = 0; i < LENGTH(odd); i++) points[count++] = odd[i];
    for (int i = 0; i < CHANCE; i++, count++) {
        uint32_t bits = inki_rng_next(&rng);
        memcpy(&points[count], &bits, sizeof bits);
    }
    return count;
}

static float *new_floats(size_t count)
{
    float *floats = malloc(count * sizeof *floats);
    assert_non_null(floats);
    return floats;
}

/* In pieces of all lengths at all alignments, with and without slopes. */
static void activate_in_pieces(const struct inki_kern *kern, enum inki_activation act, const float *points,
                               size_t count, const float *y, const float *slope)
{
    struct fence z_fence, slope_fence;
    size_t length = 0, number = 0;
    fence_open(&z_fence, LONGEST + SLACKS);
    fence_open(&slope_fence, LONGEST + SLACKS);
    for (size_t at = 0; at < count; at += length, number++) {
        char what[64];
        bool with_slope = number % 3 != 0;
        size_t slack = number / 71 % SLACKS;
        length = number % (LONGEST + 1);
        if (length > count - at) length = count - at;
        float *z = fence_place(&z_fence, length, slack), *s = fence_place(&slope_fence, length, SLACKS - 1 - slack);
        memcpy(z, points + at, length * sizeof *z);
        kern->activate[act](length, z, with_slope ? s : NULL);
        snprintf(what, sizeof what, "%s %s from %g", kern->name, inki_activation_name(act),
                 (double)points[at < count ? at : 0]);
        fence_same(z, y + at, length, what);
        if (with_slope) fence_same(s, slope + at, length, what);
        fence_check(&z_fence, length, slack);
        fence_check(&slope_fence, with_slope ? length : 0, with_slope ? SLACKS - 1 - slack : 0);
    }
    fence_close(&z_fence);
    fence_close(&slope_fence);
}

static void activations_have_the_same_bits(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    float *points = new_floats(POINTS), *y = new_floats(POINTS), *slope = new_floats(POINTS);
    size_t count = make_points(points);
    for (int act = 0; act < INKI_ACT_COUNT; act++) {
        memcpy(y, points, count * sizeof *y);
        for (size_t i = 0; i < count; i++) portable()->activate[act](1, y + i, slope + i);
        activate_in_pieces(kern, (enum inki_activation)act, points, count, y, slope);
    }
    free(points);
    free(y);
    free(slope);
}

static double exact_relu(double z) { return z > 0 ? z : 0; }
static double exact_leaky_relu(double z) { return z > 0 ? z : (double)0.01f * z; }
static double exact_tanh(double z) { return tanh(z); }
static double exact_sigmoid(double z) { return 1 / (1 + exp(-z)); }
static double exact_gelu(double z) { return z * erfc(-z * 0.70710678118654752440) / 2; }
static double exact_identity(double z) { return z; }

/* A new row must come with its exact function and its error: absolute, or relative to the value. */
#define EXACT(name, formula, he) exact_##name,
static double (*const exact[INKI_ACT_COUNT])(double) = {INKI_ACTIVATIONS(EXACT)};
static const struct {
    double absolute, relative;
} errors[INKI_ACT_COUNT] = {
    [INKI_ACT_relu] = {0, 0},           [INKI_ACT_leaky_relu] = {1e-44, 1e-7}, [INKI_ACT_tanh] = {4e-7, 0},
    [INKI_ACT_sigmoid] = {1e-37, 3e-7}, [INKI_ACT_gelu] = {5e-7, 1e-7},        [INKI_ACT_identity] = {0, 0},
};

static void activations_are_right(void **state)
{
    float *points = new_floats(POINTS);
    (void)state;
    make_points(points);
    for (int act = 0; act < INKI_ACT_COUNT; act++)
        for (size_t i = 0; i < GRID; i++) {
            float y = points[i];
            portable()->activate[act](1, &y, NULL);
            double right = exact[act]((double)points[i]), error = fabs((double)y - right);
            if (error > errors[act].absolute + errors[act].relative * fabs(right))
                fail_msg("%s(%g): %.9g instead of %.9g", inki_activation_name((enum inki_activation)act),
                         (double)points[i], (double)y, right);
        }
    free(points);
}

/* tanh keeps its digits near 0, where the quotient would lose them. */
static void tanh_near_zero(void **state)
{
    (void)state;
    for (float z = 1e-30f; z < 1; z *= 1.01f) {
        float y = z, minus = -z;
        portable()->activate[INKI_ACT_tanh](1, &y, NULL);
        portable()->activate[INKI_ACT_tanh](1, &minus, NULL);
        assert_true(fabs((double)y / tanh((double)z) - 1) < 1e-6);
        assert_true(fabs((double)minus / tanh((double)z) + 1) < 1e-6);
    }
}

static void slopes_are_right(void **state)
{
    const double h = 1e-4;
    float *points = new_floats(POINTS);
    (void)state;
    make_points(points);
    for (int act = 0; act < INKI_ACT_COUNT; act++)
        for (size_t i = 0; i < GRID; i++) {
            float y = points[i], slope;
            double z = (double)points[i];
            if (fabs(z) < h && (act == INKI_ACT_relu || act == INKI_ACT_leaky_relu)) continue; /* the kink */
            portable()->activate[act](1, &y, &slope);
            double right = (exact[act](z + h) - exact[act](z - h)) / (2 * h);
            if (fabs((double)slope - right) > 1e-6)
                fail_msg("%s'(%g): %.9g instead of %.9g", inki_activation_name((enum inki_activation)act), z,
                         (double)slope, right);
        }
    free(points);
}

/* A NaN must not be hidden: training looks for it. */
static void nan_stays_nan(void **state)
{
    (void)state;
    for (int act = 0; act < INKI_ACT_COUNT; act++) {
        float y = NAN;
        portable()->activate[act](1, &y, NULL);
        assert_true(isnan(y));
    }
}

/* ---- optimisers ---- */

#define STATES(name, states, rate, formula) states,
static const int state_count[INKI_OPT_COUNT] = {INKI_OPTIMIZERS(STATES)};

/* The arrays of an update. */
struct weights {
    float w[LONGEST], g[LONGEST], s[2][LONGEST];
};

static struct inki_update make_update(struct inki_rng *rng)
{
    double t = 1 + (double)inki_rng_below(rng, 50);
    return (struct inki_update){.lr = (float)inki_rng_uniform(rng),
                                .l2 = inki_rng_below(rng, 2) ? 0.1f * (float)inki_rng_uniform(rng) : 0,
                                .momentum = (float)inki_rng_uniform(rng),
                                .gain = inki_rng_below(rng, 2) ? 1 : (float)inki_rng_uniform(rng),
                                .correct1 = (float)(1 / (1 - pow(0.9, t))),
                                .correct2 = (float)(1 / (1 - pow(0.999, t))),
                                .clip = inki_rng_below(rng, 2) ? 1 : (float)inki_rng_uniform(rng)};
}

static void make_weights(struct inki_rng *rng, struct weights *all, size_t odd)
{
    fence_fill(rng, all->w, LONGEST, odd);
    fence_fill(rng, all->g, LONGEST, odd);
    fence_fill(rng, all->s[0], LONGEST, odd);
    fence_fill(rng, all->s[1], LONGEST, odd);
    for (size_t i = 0; i < LONGEST && !odd; i++) { /* squares are not negative */
        all->s[0][i] = fabsf(all->s[0][i]);
        all->s[1][i] = fabsf(all->s[1][i]);
    }
}

static void run_update(const struct inki_kern *kern, int opt, size_t n, const struct inki_update *how,
                       struct weights *all)
{
    kern->update[opt](n, how, all->w, all->g, state_count[opt] > 0 ? all->s[0] : NULL,
                      state_count[opt] > 1 ? all->s[1] : NULL);
}

static void updates_have_the_same_bits(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 31, 0);
    for (int opt = 0; opt < INKI_OPT_COUNT; opt++)
        for (size_t n = 0; n <= LONGEST; n++)
            for (size_t odd = 0; odd < 20; odd += 4) {
                struct weights all, expected;
                struct inki_update how = make_update(&rng);
                make_weights(&rng, &all, odd);
                expected = all;
                run_update(kern, opt, n, &how, &all);
                for (size_t i = 0; i < n; i++) {
                    struct weights one = {{expected.w[i]}, {expected.g[i]}, {{expected.s[0][i]}, {expected.s[1][i]}}};
                    run_update(portable(), opt, 1, &how, &one);
                    expected.w[i] = one.w[0];
                    expected.s[0][i] = one.s[0][0];
                    expected.s[1][i] = one.s[1][0];
                }
                fence_same(all.w, expected.w, LONGEST,
                           inki_optimizer_name((enum inki_optimizer)opt)); /* behind n too */
                fence_same(all.g, expected.g, LONGEST, "gradient");
                fence_same(all.s[0], expected.s[0], LONGEST, "first state");
                fence_same(all.s[1], expected.s[1], LONGEST, "second state");
            }
}

/* At all alignments, with an end that may not be crossed. */
static void updates_stay_inside(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(2, INKI_RNG_TEST, 31, 0);
    struct fence fences[4];
    for (size_t f = 0; f < 4; f++) fence_open(&fences[f], LONGEST + SLACKS);
    for (int opt = 0; opt < INKI_OPT_COUNT; opt++)
        for (size_t n = 0; n <= LONGEST; n++) {
            struct weights all;
            struct inki_update how = make_update(&rng);
            size_t slack[4];
            float *at[4], *arrays[4] = {all.w, all.g, all.s[0], all.s[1]};
            make_weights(&rng, &all, 0);
            for (size_t f = 0; f < 4; f++) {
                slack[f] = inki_rng_below(&rng, SLACKS);
                at[f] = fence_place(&fences[f], n, slack[f]);
                memcpy(at[f], arrays[f], n * sizeof(float));
            }
            run_update(kern, opt, n, &how, &all);
            kern->update[opt](n, &how, at[0], at[1], state_count[opt] > 0 ? at[2] : NULL,
                              state_count[opt] > 1 ? at[3] : NULL);
            for (size_t f = 0; f < 4; f++) {
                fence_same(at[f], arrays[f], n, inki_optimizer_name((enum inki_optimizer)opt));
                fence_check(&fences[f], n, slack[f]);
            }
        }
    for (size_t f = 0; f < 4; f++) fence_close(&fences[f]);
}

/* The formulas of rows.h in double: w, s0, s1 of one element. */
struct element {
    double w, s0, s1;
};

static struct element exact_update(int opt, const struct inki_update *how, struct element e, double g)
{
    double lr = (double)how->lr, l2 = (double)how->l2;
    g *= (double)how->clip;
    if (opt == INKI_OPT_adamw)
        e.w -= lr * l2 * e.w;
    else
        g += l2 * e.w;
    switch ((enum inki_optimizer)opt) {
    case INKI_OPT_sgd:
        e.w -= lr * g;
        break;
    case INKI_OPT_momentum:
    case INKI_OPT_nesterov:
        e.s0 = (double)how->momentum * e.s0 + (double)how->gain * g;
        e.w = (opt == INKI_OPT_nesterov ? e.s1 : e.w) - lr * e.s0;
        break;
    case INKI_OPT_rmsprop:
        e.s0 = 0.99 * e.s0 + 0.01 * g * g;
        e.w -= lr * g / (sqrt(e.s0) + 1e-8);
        break;
    case INKI_OPT_adam:
    case INKI_OPT_adamw:
        e.s0 = 0.9 * e.s0 + 0.1 * g;
        e.s1 = 0.999 * e.s1 + 0.001 * g * g;
        e.w -= lr * e.s0 * (double)how->correct1 / (sqrt(e.s1 * (double)how->correct2) + 1e-8);
        break;
    case INKI_OPT_COUNT:
        fail();
    }
    return e;
}

static bool near(float value, double right, double scale)
{
    return fabs((double)value - right) <= 2e-6 * (fabs(right) + scale);
}

static void updates_are_right(void **state)
{
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 31, 0);
    (void)state;
    for (int opt = 0; opt < INKI_OPT_COUNT; opt++)
        for (int round = 0; round < 60; round++) {
            struct weights all, before;
            struct inki_update how = make_update(&rng);
            make_weights(&rng, &all, 0);
            before = all;
            run_update(portable(), opt, LONGEST, &how, &all);
            for (size_t i = 0; i < LONGEST; i++) {
                struct element e = {(double)before.w[i], (double)before.s[0][i], (double)before.s[1][i]};
                e = exact_update(opt, &how, e, (double)before.g[i]);
                assert_true(near(all.w[i], e.w, 2 + fabs(e.w - (double)before.w[i])));
                assert_true(near(all.s[0][i], e.s0, 1));
                assert_true(near(all.s[1][i], e.s1, 1));
            }
        }
}

/* With l2 of 0 nothing but the gradient counts, and what had no gradient stays (padding stays 0). */
static void zero_gradients_change_nothing(void **state)
{
    struct inki_update how = {.lr = 0.1f, .momentum = 0.9f, .gain = 1, .correct1 = 10, .correct2 = 1000, .clip = 1};
    (void)state;
    for (int opt = 0; opt < INKI_OPT_COUNT; opt++) {
        static const struct weights zero;
        struct weights all = zero;
        run_update(portable(), opt, LONGEST, &how, &all);
        assert_memory_equal(&all, &zero, sizeof all);
    }
}

static void look_ahead_keeps_and_moves(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(4, INKI_RNG_TEST, 31, 0);
    for (size_t n = 0; n <= LONGEST; n++) {
        float w[LONGEST], v[LONGEST], saved[LONGEST], before[LONGEST], moved[LONGEST], kept[LONGEST];
        fence_fill(&rng, w, LONGEST, 20);
        fence_fill(&rng, v, LONGEST, 20);
        fence_fill(&rng, saved, LONGEST, 0);
        memcpy(before, w, sizeof w);
        memcpy(moved, w, sizeof w);
        memcpy(kept, saved, sizeof saved);
        for (size_t i = 0; i < n; i++) moved[i] = fmaf(-0.9f, v[i], before[i]), kept[i] = before[i];
        kern->look_ahead(n, 0.9f, w, v, saved);
        fence_same(w, moved, LONGEST, "look_ahead");
        fence_same(saved, kept, LONGEST, "look_ahead, kept");
    }
}

/* ---- rows ---- */

static void rows_element_by_element(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 32, 0);
    for (size_t n = 0; n <= LONGEST; n++)
        for (size_t odd = 0; odd <= 10; odd += 10) {
            float x[LONGEST], factor[LONGEST], product[LONGEST];
            fence_fill(&rng, x, LONGEST, odd);
            fence_fill(&rng, factor, LONGEST, odd);
            memcpy(product, x, sizeof x);
            for (size_t i = 0; i < n; i++) product[i] = x[i] * factor[i];
            kern->multiply(n, x, factor);
            fence_same(x, product, LONGEST, "multiply");
            for (size_t i = 0; i < n; i++) product[i] = fmaf(0.1f, factor[i] - x[i], x[i]);
            kern->average(n, 0.1f, factor, x);
            fence_same(x, product, LONGEST, "average");
        }
}

static void column_sums(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(2, INKI_RNG_TEST, 32, 0);
    struct fence x_fence, sum_fence;
    fence_open(&x_fence, 40 * 100);
    fence_open(&sum_fence, LONGEST + SLACKS);
    for (size_t n = 0; n <= LONGEST; n++)
        for (size_t rows = 0; rows < 40; rows = rows * 2 + 1) {
            size_t stride = n + inki_rng_below(&rng, 20), count = rows ? (rows - 1) * stride + n : 0,
                   slack = inki_rng_below(&rng, 16);
            bool add = inki_rng_below(&rng, 2);
            float *x = fence_place(&x_fence, count, slack), *sum = fence_place(&sum_fence, n, slack), expected[LONGEST];
            fence_fill(&rng, x, count, n % 4 ? 0 : 50);
            for (size_t j = 0; j < n; j++) {
                sum[j] = (float)j;
                expected[j] = add ? sum[j] : 0;
                for (size_t i = 0; i < rows; i++) expected[j] += x[i * stride + j];
            }
            kern->column_sum(rows, n, stride, x, sum, add);
            fence_same(sum, expected, n, "column_sum");
            fence_check(&sum_fence, n, slack);
        }
    fence_close(&x_fence);
    fence_close(&sum_fence);
}

static void transposes_of_all_shapes(void **state)
{
    enum { SIDE = 40 };
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 32, 0);
    struct fence y_fence;
    float x[SIDE * (SIDE + 8)], expected[SIDE * (SIDE + 8)];
    fence_open(&y_fence, SIDE * (SIDE + 8));
    fence_fill(&rng, x, LENGTH(x), 40);
    for (size_t rows = 1; rows <= SIDE; rows++)
        for (size_t columns = 1; columns <= SIDE; columns++) {
            size_t x_row = columns + rows % 8, y_row = rows + columns % 8, count = (columns - 1) * y_row + rows;
            float *y = fence_place(&y_fence, count, 0);
            memcpy(expected, y, count * sizeof *y);
            for (size_t i = 0; i < rows; i++)
                for (size_t j = 0; j < columns; j++) expected[j * y_row + i] = x[i * x_row + j];
            kern->transpose(rows, columns, x, x_row, y, y_row);
            fence_same(y, expected, count, "transpose");
            fence_check(&y_fence, count, 0);
        }
    fence_close(&y_fence);
}

/* Sixteen fixed lanes, then the lanes in order; right to the last digits. */
static void square_sums(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(4, INKI_RNG_TEST, 32, 0);
    struct fence fence;
    fence_open(&fence, 5000);
    for (size_t n = 0; n < 5000; n += n < 200 ? 1 : 499) {
        float *x = fence_place(&fence, n, n % 13 < 6 ? n % 13 : 0);
        double lanes[16] = {0}, expected = 0, plain = 0;
        fence_fill(&rng, x, n, 0);
        for (size_t i = 0; i < n; i++)
            lanes[i % 16] += (double)x[i] * (double)x[i], plain += (double)x[i] * (double)x[i];
        for (size_t j = 0; j < 16; j++) expected += lanes[j];
        double sum = kern->square_sum(n, x);
        assert_memory_equal(&sum, &expected, sizeof sum);
        assert_true(fabs(sum - plain) <= 1e-12 * plain);
    }
    float odd[3] = {1, NAN, 2};
    assert_true(isnan(kern->square_sum(3, odd)));
    odd[1] = INFINITY;
    assert_true(isinf(kern->square_sum(3, odd)));
    fence_close(&fence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FENCE_TABLES(activations_have_the_same_bits),
        cmocka_unit_test(activations_are_right),
        cmocka_unit_test(tanh_near_zero),
        cmocka_unit_test(slopes_are_right),
        cmocka_unit_test(nan_stays_nan),
        FENCE_TABLES(updates_have_the_same_bits),
        FENCE_TABLES(updates_stay_inside),
        cmocka_unit_test(updates_are_right),
        cmocka_unit_test(zero_gradients_change_nothing),
        FENCE_TABLES(look_ahead_keeps_and_moves),
        FENCE_TABLES(rows_element_by_element),
        FENCE_TABLES(column_sums),
        FENCE_TABLES(transposes_of_all_shapes),
        FENCE_TABLES(square_sums),
    };
    return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
