/* test_compare: the exact test and the score interval against values worked out by tests/compare_values; models made by hand.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the statistics ---- */

static const struct {
    size_t only_a, only_b, rows;
    double p, low, high;
} table[] = {
    /* From tests/compare_values, which checks them too. The first is a published example: -0.517 to -0.026 (Fagerland, Lydersen
     * and Laake, Statistics in Medicine 2014, on the data of Bentur et al.). */
    {7, 1, 21, 0.0703125, -0.517232276421377, -0.0260030324808685},
    {0, 0, 44, 1, -0.0802956037584807, 0.0802956037584807},
    {0, 1, 44, 1, -0.059393231116628, 0.118077096982133},
    {1, 7, 20, 0.0703125, 0.0271613266734774, 0.537295658182029},
    {12, 2, 100, 0.012939453125, -0.181881669450712, -0.0310005187430981},
    {86, 150, 1600, 3.71593613957144e-05, 0.0213615647547872, 0.0589980333056994},
    {62, 114, 10000, 0.00010877195108565, 0.00262900559351484, 0.0078764317060732},
    {0, 0, 1, 1, -0.793450685622763, 0.793450685622763},
    {0, 1, 1, 1, -0.586901371245525, 1},
    {20, 0, 20, 1.9073486328125e-06, -1, -0.677749683894361},
    {5, 5, 10, 1, -0.526813818974872, 0.526813818974872},
    {3, 14, 17, 0.012725830078125, 0.179410828623318, 0.87617746724758},
    {0, 9, 50, 0.00390625, 0.0958098330226367, 0.307960536743008},
    {40, 20, 160, 0.0134892937311919, -0.218064244166825, -0.0308645331330867},
    {1000, 1100, 100000, 0.0307207078642423, 0.00010192316928837, 0.00189978760941173},
    {10, 40, 10000, 2.38613316767555e-05, 0.00168408312335513, 0.00453190141684988},
    {500, 0, 500, 6.10987272699921e-151, -1, -0.984751319076896},
    {4000, 3000, 60000, 5.7143006822605e-33, -0.0193999970286075, -0.0139392959388971},
    {49000, 51000, 1000000, 2.5887160383469e-10, 0.00138023473297338, 0.00261981904735401},
};

static void values_worked_out_elsewhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double low, high, p = inki_mcnemar(table[i].only_a, table[i].only_b);
        inki_tango(table[i].only_a, table[i].only_b, table[i].rows, &low, &high);
        net_near(p, table[i].p, 1e-10 * table[i].p);
        net_near(low, table[i].low, 1e-13);
        net_near(high, table[i].high, 1e-13);
    }
}

/* Up to 40 tosses the binomial coefficients are exact in a double, and 2^n too. */
static void exact_for_few_tosses(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 40; n++) {
        double ways = 1, tail = 0;
        for (size_t k = 0; 2 * k <= n; k++) {
            tail += ways;
            ways = ways * (double)(n - k) / (double)(k + 1);
            double p = fmin(1, 2 * tail / pow(2, (double)n));
            net_near(inki_mcnemar(k, n - k), p, 1e-14 * p);
            net_near(inki_mcnemar(n - k, k), p, 1e-14 * p);
        }
    }
}

/* With many tosses: the normal approximation with continuity correction, which is off by less than 1 in 10,000 there. */
static void near_normal_for_many_tosses(void **state)
{
    static const double deviations[] = {0.1, 1, 1.96, 3};
    (void)state;
    for (size_t i = 0; i < COUNT(deviations); i++) {
        const double n = 4e9;
        size_t least = (size_t)(n / 2 - deviations[i] * sqrt(n) / 2);
        double z = (n - 2 * (double)least - 1) / sqrt(n), p = erfc(z / sqrt(2));
        net_near(inki_mcnemar(least, 4000000000 - least), p, 1e-4 * p);
    }
    assert_true(inki_mcnemar(0, 4000000000) == 0); /* smaller than any double */
    assert_true(inki_mcnemar(2000000000, 2000000000) == 1);
}

/* What the header promises: the score test refuses "no difference" wherever the exact one does; the interval has what was
 * seen in it, turns over when the models do, and stays within -1 to 1. */
static void test_and_interval_agree(void **state)
{
    size_t stricter = 0;
    (void)state;
    for (size_t rows = 1; rows <= 60; rows += rows < 10 ? 1 : 10)
        for (size_t a = 0; a <= rows; a++)
            for (size_t b = 0; a + b <= rows; b++) {
                double low, high, other_low, other_high, seen = ((double)b - (double)a) / (double)rows;
                inki_tango(a, b, rows, &low, &high);
                inki_tango(b, a, rows, &other_low, &other_high);
                assert_true(-1 <= low && low <= seen && seen <= high && high <= 1 && low < high);
                assert_true(low == -other_high && high == -other_low);
                if (inki_mcnemar(a, b) < 0.05) assert_true(low > 0 || high < 0);
                stricter += inki_mcnemar(a, b) >= 0.05 && (low > 0 || high < 0);
            }
    assert_in_range(stricter, 1, 1000); /* the narrow cases that the header mentions */
}

static void paired_mean(void **state)
{
    static const double a[4] = {1, 2, 3, 4}, b[4] = {2, 2, 5, 5};
    double mean, error;
    (void)state;
    inki_paired_mean(a, b, 4, &mean, &error); /* differences 1 0 2 1 */
    net_near(mean, 1, 0);
    net_near(error, sqrt(2.0 / 3 / 4), 1e-15);
    inki_paired_mean(a, b, 1, &mean, &error);
    net_near(mean, 1, 0);
    assert_true(isnan(error));
}

/* ---- models made by hand ---- */

enum { KINDS = 5, CLASSES = 3, FEATURES = KINDS * CLASSES };
enum kind { BOTH, ONLY_A, ONLY_B, SAME_MISTAKE, OTHER_MISTAKE };

/* Feature 3 kind + label is 1, the others are 0. */
static ink_data *rows_of_kinds(const struct fixture *f, const size_t counts[KINDS])
{
    size_t rows = 0, row = 0;
    for (size_t k = 0; k < KINDS; k++) rows += counts[k];
    float *x = calloc(rows, FEATURES * sizeof *x);
    int32_t *labels = calloc(rows, sizeof *labels);
    ink_data *data = NULL;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < counts[k]; i++, row++) {
            labels[row] = (int32_t)(i % CLASSES);
            x[row * FEATURES + k * CLASSES + i % CLASSES] = 1;
        }
    net_ok(f, ink_data_new(f->ctx, rows, FEATURES, x, labels, CLASSES, &data));
    free(x);
    free(labels);
    return data;
}

/* A model whose class c is called names[c]; for feature i it answers the class called answers[i], with logit 4. */
static ink_model *answering(const struct fixture *f, char *const *names, size_t classes, const int *answers)
{
    struct inki_model_plan plan = {
        .notation = "", .in = {1, FEATURES, 1, 0}, .classes = classes, .class_names = names, .scaling = "none"};
    ink_model *model = NULL;
    net_ok(f, inki_model_begin(f->ctx, &plan, &model));
    const struct inki_node *layer = &model->nodes[0];
    for (size_t i = 0; i < FEATURES; i++)
        for (size_t c = 0; c < classes; c++)
            if (atoi(names[c]) == answers[i]) model->w[layer->offset + layer->op->at(layer, 0, c * FEATURES + i)] = 4;
    return model;
}

static char *in_order[] = {"0", "1", "2"}, *turned[] = {"2", "0", "1"}, *more[] = {"1", "9", "2", "0"};

static ink_model *model_a(const struct fixture *f)
{
    int answers[FEATURES];
    for (int i = 0; i < FEATURES; i++) {
        enum kind kind = (enum kind)(i / CLASSES);
        answers[i] = kind == BOTH || kind == ONLY_A ? i % CLASSES : (i + 1) % CLASSES;
    }
    return answering(f, in_order, CLASSES, answers);
}

static ink_model *model_b(const struct fixture *f, char *const *names, size_t classes)
{
    static const int mistakes[KINDS] = {0, 1, 0, 1, 2};
    int answers[FEATURES];
    for (int i = 0; i < FEATURES; i++) answers[i] = (i % CLASSES + mistakes[i / CLASSES]) % CLASSES;
    if (classes > CLASSES) answers[FEATURES - 1] = 9; /* a class that A does not know */
    return answering(f, names, classes, answers);
}

/* 7 rows only A, 1 only B, 13 others: the published example. */
static void counts_and_verdict(void **state)
{
    static const size_t counts[KINDS] = {6, 7, 1, 4, 3};
    const struct fixture *f = *state;
    ink_data *data = rows_of_kinds(f, counts);
    ink_model *a = model_a(f);
    double all = exp(4) + 2, right = log(all) - 4, wrong = log(all);
    for (int order = 0; order < 2; order++) {
        ink_model *b = model_b(f, order ? turned : in_order, CLASSES);
        ink_comparison got = INK_INIT(ink_comparison);
        net_ok(f, ink_compare(f->ctx, a, b, data, &got));
        assert_int_equal(got.rows, 21);
        assert_int_equal(got.both, 6);
        assert_int_equal(got.only_a, 7);
        assert_int_equal(got.only_b, 1);
        assert_int_equal(got.neither, 7);
        assert_int_equal(got.differ, 11);
        assert_int_equal(got.a.right, 13);
        assert_int_equal(got.b.right, 7);
        net_near(got.a.loss, (13 * right + 8 * wrong) / 21, 1e-6);
        net_near(got.b.loss, (7 * right + 14 * wrong) / 21, 1e-6);
        net_near(got.difference, -6.0 / 21, 1e-15);
        net_near(got.difference_low, table[0].low, 1e-13);
        net_near(got.difference_high, table[0].high, 1e-13);
        net_near(got.p, table[0].p, 1e-15);
        net_near(got.loss_difference, 6 * 4.0 / 21, 1e-6);
        net_near(got.loss_error, sqrt((16 * 8 - 21 * pow(24.0 / 21, 2)) / 20 / 21), 1e-6); /* 4, 4, …, -4, 0, 0, … */
        assert_int_equal(got.better, 0);
        ink_model_free(b);
    }
    ink_model_free(a);
    ink_data_free(data);
}

static void the_better_one(void **state)
{
    static const size_t counts[KINDS] = {30, 2, 12, 3, 3}, turned_counts[KINDS] = {30, 12, 2, 3, 3};
    const struct fixture *f = *state;
    ink_data *data = rows_of_kinds(f, counts), *other = rows_of_kinds(f, turned_counts);
    ink_model *a = model_a(f), *b = model_b(f, turned, CLASSES);
    ink_comparison got = INK_INIT(ink_comparison);
    net_ok(f, ink_compare(f->ctx, a, b, data, &got));
    net_near(got.p, 0.012939453125, 1e-15); /* 2 (1 + 14 + 91) / 2^14 */
    assert_int_equal(got.better, 1);
    net_ok(f, ink_compare(f->ctx, a, b, other, &got));
    assert_int_equal(got.better, -1);
    net_ok(f, ink_compare(f->ctx, b, b, data, &got));
    assert_int_equal(got.better, 0);
    assert_int_equal(got.differ, 0);
    net_near(got.p, 1, 0);
    net_near(got.loss_difference, 0, 0);
    net_near(got.loss_error, 0, 0);
    assert_true(got.difference_low < 0 && got.difference_high > 0);
    ink_model_free(a);
    ink_model_free(b);
    ink_data_free(data);
    ink_data_free(other);
}

/* B has a class that A does not have, and answers it for the last kind of label 2: another answer, and wrong. */
static void a_class_only_one_knows(void **state)
{
    static const size_t counts[KINDS] = {6, 3, 3, 3, 3};
    const struct fixture *f = *state;
    ink_data *data = rows_of_kinds(f, counts);
    ink_model *a = model_a(f), *b = model_b(f, more, 4);
    ink_comparison got = INK_INIT(ink_comparison);
    net_ok(f, ink_compare(f->ctx, a, b, data, &got));
    assert_int_equal(got.differ, 9);
    assert_int_equal(got.b.right, 9);
    net_ok(f, ink_compare(f->ctx, b, a, data, &got));
    assert_int_equal(got.differ, 9);
    data->class_names[1][0] = '9';
    net_fails(f, ink_compare(f->ctx, b, a, data, &got), INK_BAD_DATA,
              "model B: memory: label '9' is not one of the 3 known classes");
    assert_int_equal(got.rows, 0);
    ink_model_free(a);
    ink_model_free(b);
    ink_data_free(data);
}

static void what_cannot_be_compared(void **state)
{
    const struct fixture *f = *state;
    static const float x[FEATURES] = {0};
    ink_data *silent = NULL, *wide = net_data(f, 1, 5, FEATURES + 1, 3);
    ink_model *a = model_a(f), *b = model_b(f, in_order, CLASSES);
    ink_comparison got = {.rows = 7};
    net_ok(f, ink_data_new(f->ctx, 1, FEATURES, x, NULL, 0, &silent));
    net_fails(f, ink_compare(f->ctx, a, b, silent, &got), INK_BAD_DATA, "has no labels to compare with");
    assert_int_equal(got.rows, 0);
    net_fails(f, ink_compare(f->ctx, a, b, wide, &got), INK_BAD_DATA,
              "model A: |has 16 features a row, the model was trained on 15");
    ink_model_free(a);
    ink_model_free(b);
    ink_data_free(silent);
    ink_data_free(wide);
}

/* ---- networks ---- */

/* The numbers of each side are those of ink_eval, to the bit. */
static void sides_are_as_evaluated(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = net_data(f, 3, 700, 12, 5);
    ink_model *models[2];
    ink_comparison got = INK_INIT(ink_comparison);
    net_ok(f, ink_model_new(f->ctx, "dense 40 relu", 12, 5, f->set, &models[0]));
    net_ok(f, ink_model_new(f->ctx, "dense 30 tanh | dense 9 relu", 12, 5, f->set, &models[1]));
    net_ok(f, ink_compare(f->ctx, models[0], models[1], data, &got));
    for (size_t i = 0; i < 2; i++) {
        const ink_compared *side = i ? &got.b : &got.a;
        ink_run *run;
        net_ok(f, ink_eval(f->ctx, models[i], data, &run));
        const ink_metrics *m = ink_run_metrics(run);
        assert_true(side->accuracy == m->accuracy && side->loss == m->loss);
        assert_true(side->accuracy_low == m->accuracy_low && side->accuracy_high == m->accuracy_high);
        ink_run_free(run);
    }
    assert_true(got.only_a > 0 && got.only_b > 0 && got.differ > got.only_a + got.only_b);
    ink_model_free(models[0]);
    ink_model_free(models[1]);
    ink_data_free(data);
}

static void compare_with(const struct fixture *f, const char *kernels, const char *threads, ink_comparison *out)
{
    struct fixture other = *f;
    setenv("INKLING_KERNELS", kernels, 1);
    net_ok(f, ink_ctx_new(NULL, &other.ctx));
    unsetenv("INKLING_KERNELS");
    net_ok(f, ink_ctx_set_threads(other.ctx, (unsigned)atoi(threads)));
    ink_data *data = net_data(&other, 3, 700, 40, 5);
    ink_model *a = NULL, *b = NULL;
    net_ok(f, ink_model_new(other.ctx, "dense 80 relu", 40, 5, f->set, &a));
    net_ok(f, ink_model_new(other.ctx, "dense 70 tanh", 40, 5, f->set, &b));
    net_ok(f, ink_compare(other.ctx, a, b, data, out));
    ink_model_free(a);
    ink_model_free(b);
    ink_data_free(data);
    ink_ctx_free(other.ctx);
}

static void same_bits_everywhere(void **state)
{
    static const char *const threads[] = {"1", "2", "3"};
    ink_comparison first = INK_INIT(ink_comparison), got = INK_INIT(ink_comparison);
    memset(&first, 0, sizeof first);
    memset(&got, 0, sizeof got);
    compare_with(*state, "portable", "1", &first);
    for (size_t k = 0; ink_kernels(k); k++)
        for (size_t t = 0; t < COUNT(threads); t++) {
            compare_with(*state, ink_kernels(k), threads[t], &got);
            assert_memory_equal(&got, &first, offsetof(ink_comparison, better));
        }
}

/* ---- memory ---- */

struct pair {
    ink_model *a, *b;
    ink_data *data;
};

static ink_status compare_pair(struct fixture *f, void *arg)
{
    const struct pair *pair = arg;
    ink_comparison got = INK_INIT(ink_comparison);
    ink_status status = ink_compare(f->ctx, pair->a, pair->b, pair->data, &got);
    assert_int_equal(got.rows, status == INK_OK ? 21 : 0);
    return status;
}

static void without_memory(void **state)
{
    static const size_t counts[KINDS] = {6, 7, 1, 4, 3};
    struct fixture *f = *state;
    struct pair pair = {model_a(f), model_b(f, turned, CLASSES), rows_of_kinds(f, counts)};
    assert_true(help_sweep(f, compare_pair, &pair) >= 10);
    ink_model_free(pair.a);
    ink_model_free(pair.b);
    ink_data_free(pair.data);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(values_worked_out_elsewhere),
        CASE(exact_for_few_tosses),
        CASE(near_normal_for_many_tosses),
        CASE(test_and_interval_agree),
        CASE(paired_mean),
        CASE(counts_and_verdict),
        CASE(the_better_one),
        CASE(a_class_only_one_knows),
        CASE(what_cannot_be_compared),
        CASE(sides_are_as_evaluated),
        CASE(same_bits_everywhere),
        CASE(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
