/* test_folds: how rows are dealt to folds, and that nothing of a fold is seen before it is validated on.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/folds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows i of one feature that is i; row i has class i*i % classes (uneven), and no class is empty for the sizes used here. */
static ink_data *numbered(const struct fixture *f, size_t rows, size_t classes)
{
    ink_data *data;
    float *x = malloc(rows * sizeof *x);
    int32_t *labels = malloc(rows * sizeof *labels);
    for (size_t i = 0; i < rows; i++) {
        x[i] = (float)i;
        labels[i] = (int32_t)(i < classes ? i : i * i % classes);
    }
    net_ok(f, ink_data_new(f->ctx, rows, 1, x, labels, classes, &data));
    free(x);
    free(labels);
    return data;
}

/* The fold of each row of the data, by taking all folds; checks that they are disjoint and complete, and that training has
 * exactly the other rows. */
static uint32_t *deal(const struct fixture *f, const ink_data *data, size_t folds)
{
    uint32_t *fold = malloc(data->rows * sizeof *fold);
    memset(fold, 0xff, data->rows * sizeof *fold);
    for (size_t k = 0; k < folds; k++) {
        ink_data *train, *valid;
        net_ok(f, ink_data_fold(f->ctx, data, f->set, k, &train, &valid));
        assert_int_equal(train->rows + valid->rows, data->rows);
        size_t t = 0, v = 0;
        for (size_t i = 0; i < data->rows; i++) {
            bool in = v < valid->rows && inki_data_base(valid, v) == inki_data_base(data, i);
            if (in)
                v++;
            else
                assert_int_equal(inki_data_base(train, t++), inki_data_base(data, i));
            if (!in) continue;
            assert_int_equal(fold[i], UINT32_MAX);
            fold[i] = (uint32_t)k;
        }
        assert_int_equal(v, valid->rows);
        ink_data_free(train);
        ink_data_free(valid);
    }
    for (size_t i = 0; i < data->rows; i++) assert_true(fold[i] < folds);
    return fold;
}

/* No two folds differ by more than a row; of one class (class -1: of all). */
static void check_even(const ink_data *data, const uint32_t *fold, size_t folds, int32_t class)
{
    size_t *count = calloc(folds, sizeof *count), least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < data->rows; i++) count[fold[i]] += class < 0 || inki_data_label(data, i) == class;
    for (size_t k = 0; k < folds; k++) {
        least = count[k] < least ? count[k] : least;
        most = count[k] > most ? count[k] : most;
    }
    assert_true(most - least <= 1);
    free(count);
}

static void disjoint_complete_even(void **state)
{
    static const struct {
        size_t rows, classes;
        const char *folds;
    } cases[] = {{100, 3, "5"}, {101, 7, "5"}, {103, 7, "10"}, {20, 2, "3"}, {30, 4, "30"}, {57, 9, "2"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < 4 * COUNT(cases); i++) {
        ink_data *data = numbered(f, cases[i / 4].rows, cases[i / 4].classes);
        size_t folds = (size_t)atoi(cases[i / 4].folds);
        help_set(f, "folds", cases[i / 4].folds);
        help_set(f, "stratify", i % 2 ? "true" : "false");
        help_set(f, "shuffle", i % 4 < 2 ? "epoch" : "none");
        uint32_t *fold = deal(f, data, folds);
        check_even(data, fold, folds, -1);
        for (int32_t c = 0; i % 2 && c < (int32_t)data->classes; c++) check_even(data, fold, folds, c);
        free(fold);
        ink_data_free(data);
    }
}

/* The first 99 rows of a larger object, every third of them: rows of a view are dealt like others. */
static void folds_of_a_view(void **state)
{
    struct fixture *f = *state;
    ink_data *data = numbered(f, 120, 4), *view;
    uint32_t rows[33];
    for (uint32_t i = 0; i < 33; i++) rows[i] = 3 * i;
    net_ok(f, inki_data_view(f->ctx, data, rows, 33, &view));
    net_reset(f, "folds=4; stratify=true");
    uint32_t *fold = deal(f, view, 4);
    check_even(view, fold, 4, -1);
    for (int32_t c = 0; c < 4; c++) check_even(view, fold, 4, c);
    free(fold);
    ink_data_free(view);
    ink_data_free(data);
}

static void seeds_and_repeatability(void **state)
{
    struct fixture *f = *state;
    ink_data *data = numbered(f, 200, 3);
    for (int stratify = 0; stratify < 2; stratify++) {
        net_reset(f, stratify ? "folds=4; stratify=true; seed=7" : "folds=4; seed=7");
        uint32_t *first = deal(f, data, 4), *again = deal(f, data, 4);
        assert_memory_equal(first, again, 200 * sizeof *first);
        help_set(f, "seed", "8");
        uint32_t *other = deal(f, data, 4);
        assert_true(memcmp(first, other, 200 * sizeof *first) != 0);
        size_t same = 0;
        for (size_t i = 0; i < 200; i++) same += first[i] == other[i];
        assert_in_range(same, 25, 80); /* 50 by chance */
        free(first);
        free(again);
        free(other);
    }
    ink_data_free(data);
}

static void without_shuffling_blocks(void **state)
{
    struct fixture *f = *state;
    ink_data *data = numbered(f, 11, 3);
    static const uint32_t wanted[11] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3};
    net_reset(f, "folds=4; shuffle=none");
    uint32_t *fold = deal(f, data, 4);
    assert_memory_equal(fold, wanted, sizeof wanted);
    free(fold);
    /* Stratified: class 0 has places 0 to 3 of the dealing, class 1 4 to 9, class 2 place 10; place modulo 4 is the fold, and
     * the rows of a class go to its folds in order. */
    static const uint32_t by_class[11] = {0, 0, 2, 1, 0, 1, 2, 1, 2, 3, 3};
    static const int32_t labels[11] = {0, 1, 2, 0, 1, 1, 0, 1, 1, 0, 1};
    help_set(f, "stratify", "true");
    for (size_t i = 0; i < 11; i++) assert_int_equal(inki_data_label(data, i), labels[i]);
    fold = deal(f, data, 4);
    assert_memory_equal(fold, by_class, sizeof by_class);
    check_even(data, fold, 4, -1);
    free(fold);
    ink_data_free(data);
}

static void what_cannot_be_dealt(void **state)
{
    struct fixture *f = *state;
    ink_data *data = numbered(f, 6, 2), *silent, *train = (ink_data *)1, *valid = (ink_data *)1;
    static const float x[6] = {0};
    net_fails(f, ink_data_fold(f->ctx, data, f->set, 0, &train, &valid), INK_BAD_SETTING, "folds: is not set");
    assert_null(train);
    assert_null(valid);
    help_set(f, "folds", "7");
    net_fails(f, ink_data_fold(f->ctx, data, f->set, 0, &train, &valid), INK_BAD_DATA, "6 rows cannot make 7 folds");
    help_set(f, "folds", "6");
    net_fails(f, ink_data_fold(f->ctx, data, f->set, 6, &train, &valid), INK_BAD_ARGUMENT,
              "there are 6, counted from 0");
    assert_null(train);
    net_ok(f, ink_data_new(f->ctx, 6, 1, x, NULL, 0, &silent));
    net_fails(f, ink_data_fold(f->ctx, silent, f->set, 0, &train, &valid), INK_BAD_DATA, "has no labels");
    ink_data_free(silent);
    ink_data_free(data);
}

static void small_classes_are_noted(void **state)
{
    struct fixture *f = *state;
    ink_data *data = numbered(f, 40, 3), *train, *valid; /* class 2 has one row, squares are 0 or 1 modulo 3 */
    net_reset(f, "folds=4; stratify=true");
    net_ok(f, ink_data_fold(f->ctx, data, f->set, 0, &train, &valid));
    if (!strstr(f->note, "class '2' has fewer rows than there are folds")) fail_msg("%s", f->note);
    ink_data_free(train);
    ink_data_free(valid);
    ink_data_free(data);
}

static ink_status take_fold(struct fixture *f, void *arg)
{
    ink_data *train, *valid;
    ink_status status = ink_data_fold(f->ctx, arg, f->set, 1, &train, &valid);
    assert_true((status == INK_OK) == (train != NULL) && (train != NULL) == (valid != NULL));
    ink_data_free(train);
    ink_data_free(valid);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    ink_data *data = numbered(f, 40, 3);
    net_reset(f, "folds=4; stratify=true");
    assert_true(help_sweep(f, take_fold, data) >= 6);
    ink_data_free(data);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(disjoint_complete_even),   CASE(folds_of_a_view),      CASE(seeds_and_repeatability),
        CASE(without_shuffling_blocks), CASE(what_cannot_be_dealt), CASE(small_classes_are_noted),
        CASE(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
