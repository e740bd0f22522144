/* test_nearest: the nearest rows of a class, against all distances sorted.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "out/nearest.h"

#include <stdlib.h>

enum { ROWS = 200, FEATURES = 37, CLASSES = 3, WANTED = 9 };

static double apart(const float *a, const float *b)
{
    double sum = 0;
    for (size_t i = 0; i < FEATURES; i++) sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sum;
}

/* How many rows of the class are nearer than `row`, or as near and before it. */
static size_t rank_of(const ink_data *data, const int32_t *map, int32_t class, const float *x, size_t row)
{
    float y[FEATURES], other[FEATURES];
    size_t rank = 0;
    ink_data_row(data, row, y);
    for (size_t i = 0; i < ROWS; i++) {
        if (map[ink_data_row(data, i, other)] != class) continue;
        const double distance = apart(x, other), own = apart(x, y);
        rank += distance < own || (distance == own && i < row);
    }
    return rank;
}

static void check(struct fixture *f, const ink_data *data, float (*x)[FEATURES])
{
    static const int32_t map[CLASSES] = {2, 0, 1};
    struct inki_nearest wanted[WANTED];
    size_t each;
    for (size_t i = 0; i < WANTED; i++) wanted[i] = (struct inki_nearest){.x = x[i], .class = (int32_t)(i % CLASSES)};
    net_ok(f, inki_nearest_find(f->ctx, data, map, wanted, WANTED, &each));
    assert_int_equal(each, 1);
    for (size_t i = 0; i < WANTED; i++) {
        assert_int_equal(wanted[i].count, INKI_NEAREST);
        for (size_t k = 0; k < INKI_NEAREST; k++)
            assert_int_equal(rank_of(data, map, wanted[i].class, x[i], wanted[i].rows[k]), k);
    }
}

/* Integers, so that no order hangs on rounding; among few of them there are ties. */
static void are_the_nearest(void **state)
{
    struct fixture *f = *state;
    static float rows[ROWS][FEATURES], x[WANTED][FEATURES];
    int32_t labels[ROWS];
    for (unsigned most = 2; most <= 256; most += 254) {
        ink_data *data;
        srand(most);
        for (size_t i = 0; i < ROWS; i++) labels[i] = rand() % CLASSES;
        for (size_t i = 0; i < ROWS * FEATURES; i++) rows[i / FEATURES][i % FEATURES] = (float)(rand() % (int)most);
        for (size_t i = 0; i < WANTED * FEATURES; i++) x[i / FEATURES][i % FEATURES] = (float)(rand() % (int)most);
        net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, rows[0], labels, CLASSES, &data));
        check(f, data, x);
        ink_data_free(data);
    }
}

/* A class with fewer rows gives all it has, one without rows none. */
static void few_rows(void **state)
{
    struct fixture *f = *state;
    static const float rows[] = {0, 5, 1, 9};
    static const int32_t labels[] = {0, 1, 0, 0}, map[] = {0, 1, 2};
    const float x = 2;
    struct inki_nearest wanted[] = {{.x = &x, .class = 1}, {.x = &x, .class = 2}, {.x = &x, .class = 0}};
    size_t each;
    ink_data *data;
    net_ok(f, ink_data_new(f->ctx, 4, 1, rows, labels, 3, &data));
    net_ok(f, inki_nearest_find(f->ctx, data, map, wanted, 3, &each));
    assert_int_equal(wanted[0].count, 1);
    assert_int_equal(wanted[0].rows[0], 1);
    assert_int_equal(wanted[1].count, 0);
    assert_int_equal(wanted[2].count, 3);
    assert_int_equal(wanted[2].rows[0], 2);
    assert_int_equal(wanted[2].rows[1], 0);
    assert_int_equal(wanted[2].rows[2], 3);
    ink_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(are_the_nearest, help_begin, help_end),
        cmocka_unit_test_setup_teardown(few_rows, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
