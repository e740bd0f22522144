/* test_split: training, validation and test parts.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "data/batch.h"
#include "data/prep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parts {
    ink_data *train, *valid, *test;
};

static ink_status split(const struct fixture *f, const ink_data *data, struct parts *out)
{
    return ink_data_split(f->ctx, data, f->set, &out->train, &out->valid, &out->test);
}

static struct parts split_well(const struct fixture *f, const ink_data *data)
{
    struct parts parts;
    if (split(f, data, &parts) != INK_OK) fail_msg("%s", ink_ctx_message(f->ctx));
    return parts;
}

static void parts_free(struct parts *parts)
{
    ink_data_free(parts->train);
    ink_data_free(parts->valid);
    ink_data_free(parts->test);
}

static size_t rows_of(const ink_data *data) { return data ? data->rows : 0; }

/* Rows i of one feature that is i; row i has class i*i % classes (uneven). */
static ink_data *numbered(const struct fixture *f, size_t rows, size_t classes)
{
    ink_data *data;
    float *x = malloc(rows * sizeof *x);
    int32_t *labels = malloc(rows * sizeof *labels);
    for (size_t i = 0; i < rows; i++) {
        x[i] = (float)i;
        labels[i] = (int32_t)(i * i % classes);
    }
    assert_int_equal(ink_data_new(f->ctx, rows, 1, x, labels, classes, &data), INK_OK);
    free(x);
    free(labels);
    return data;
}

/* ------------------------------------------------------------------- split */

/* Every row is in one part only, and rows increase within each. */
static void check_complete(const struct parts *parts, size_t rows)
{
    uint8_t *seen = calloc(rows, 1);
    const ink_data *all[] = {parts->train, parts->valid, parts->test};
    for (size_t p = 0; p < 3; p++) {
        for (size_t i = 0; i < rows_of(all[p]); i++) {
            seen[inki_data_base(all[p], i)]++;
            if (i) assert_true(inki_data_base(all[p], i) > inki_data_base(all[p], i - 1));
        }
    }
    for (size_t i = 0; i < rows; i++) assert_int_equal(seen[i], 1);
    free(seen);
}

static void shares_and_counts(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *valid, *test;
        size_t valid_rows, test_rows;
    } cases[] = {
        {"0.1", "0", 100, 0},       {"0", "0", 0, 0},       {"100", "0", 100, 0},  {"0.2", "0.1", 200, 100},
        {"1", "2", 1, 2},           {"0.0004", "0", 0, 0},  {"0.0006", "0", 1, 0}, {"499", "500", 499, 500},
        {"0.5", "0.499", 500, 499}, {"1e2", "0.0", 100, 0},
    };
    ink_data *data = numbered(f, 1000, 7);
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        help_set(f, "val", cases[i / 2].valid);
        help_set(f, "test", cases[i / 2].test);
        help_set(f, "stratify", i % 2 ? "true" : "false");
        struct parts parts = split_well(f, data);
        assert_int_equal(rows_of(parts.valid), cases[i / 2].valid_rows);
        assert_int_equal(rows_of(parts.test), cases[i / 2].test_rows);
        assert_int_equal(parts.valid != NULL, cases[i / 2].valid_rows > 0);
        check_complete(&parts, 1000);
        parts_free(&parts);
    }
    ink_data_free(data);
}

static void less_than_a_row(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 4, 2);
    struct parts parts = split_well(f, data); /* val is 0.1 */
    assert_null(parts.valid);
    assert_int_equal(parts.train->rows, 4);
    assert_string_equal(f->note, "val: 0.1 of 4 rows is less than one row, so that there is no validation part");
    parts_free(&parts);
    ink_data_free(data);
}

static void same_seed(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 1000, 7);
    struct parts first = split_well(f, data), second = split_well(f, data);
    assert_true(ink_data_fingerprint(first.train) == ink_data_fingerprint(second.train));
    assert_true(ink_data_fingerprint(first.valid) == ink_data_fingerprint(second.valid));
    parts_free(&second);
    help_set(f, "seed", "2");
    second = split_well(f, data);
    assert_true(ink_data_fingerprint(first.valid) != ink_data_fingerprint(second.valid));
    parts_free(&second);
    parts_free(&first);
    ink_data_free(data);
}

static void last_rows(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 100, 2);
    help_set(f, "shuffle", "none");
    help_set(f, "val", "0.2");
    help_set(f, "test", "10");
    struct parts parts = split_well(f, data);
    for (size_t i = 0; i < 70; i++) assert_int_equal(inki_data_base(parts.train, i), i);
    for (size_t i = 0; i < 20; i++) assert_int_equal(inki_data_base(parts.valid, i), 70 + i);
    for (size_t i = 0; i < 10; i++) assert_int_equal(inki_data_base(parts.test, i), 90 + i);
    parts_free(&parts);
    help_set(f, "stratify", "true"); /* the last of each class: here, of odd and even rows */
    parts = split_well(f, data);
    for (size_t i = 0; i < 10; i++) assert_int_equal(inki_data_base(parts.test, i), 90 + i);
    check_complete(&parts, 100);
    parts_free(&parts);
    ink_data_free(data);
}

static void random_order(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 1000, 2);
    help_set(f, "val", "500");
    struct parts parts = split_well(f, data);
    size_t early = 0; /* of 500 drawn, about 250 should be of the first half; the deviation is 8 */
    for (size_t i = 0; i < 500; i++) early += inki_data_base(parts.valid, i) < 500;
    assert_in_range(early, 200, 300);
    parts_free(&parts);
    ink_data_free(data);
}

static void count_classes(const ink_data *data, size_t *counts)
{
    for (size_t c = 0; c < data->classes; c++) counts[c] = 0;
    for (size_t i = 0; i < rows_of(data); i++) counts[inki_data_label(data, i)]++;
}

static void stratified(void **state)
{
    const struct fixture *f = *state;
    static const size_t sizes[] = {1, 2, 3, 10, 50, 333, 601};
    enum { CLASSES = COUNT(sizes), ROWS = 1000 };
    float x[ROWS] = {0};
    int32_t labels[ROWS];
    size_t rows = 0, counts[CLASSES];
    ink_data *data;
    for (size_t c = 0; c < CLASSES; c++)
        for (size_t i = 0; i < sizes[c]; i++) labels[rows++] = (int32_t)c;
    assert_int_equal(rows, ROWS);
    assert_int_equal(ink_data_new(f->ctx, ROWS, 1, x, labels, CLASSES, &data), INK_OK);
    help_set(f, "stratify", "true");
    help_set(f, "val", "0.1");
    struct parts parts = split_well(f, data);
    count_classes(parts.valid,
                  counts); /* quotas 0.1 0.2 0.3 1 5 33.3 60.1: one row is left, for the first of the 0.3 */
    const size_t expected[] = {0, 0, 1, 1, 5, 33, 60};
    for (size_t c = 0; c < CLASSES; c++) assert_int_equal(counts[c], expected[c]);
    parts_free(&parts);
    help_set(f, "val", "499");
    help_set(f, "test", "500"); /* however large the parts, no class gives more rows than it has */
    parts = split_well(f, data);
    check_complete(&parts, ROWS);
    count_classes(parts.test, counts);
    const size_t halves[] = {1, 1, 2, 5, 25, 166, 300};
    for (size_t c = 0; c < CLASSES; c++) assert_in_range(counts[c], halves[c] - 1, halves[c] + 1);
    parts_free(&parts);
    ink_data_free(data);
}

static void split_of_a_view(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 100, 3), *view;
    uint32_t odd[50];
    for (uint32_t i = 0; i < 50; i++) odd[i] = 2 * i + 1;
    assert_int_equal(inki_data_view(f->ctx, data, odd, 50, &view), INK_OK);
    help_set(f, "val", "0.5");
    help_set(f, "stratify", "true");
    struct parts parts = split_well(f, view);
    assert_int_equal(parts.train->rows + parts.valid->rows, 50);
    for (size_t i = 0; i < parts.train->rows; i++) assert_int_equal(inki_data_base(parts.train, i) % 2, 1);
    for (size_t i = 0; i < parts.valid->rows; i++) assert_int_equal(inki_data_base(parts.valid, i) % 2, 1);
    parts_free(&parts);
    ink_data_free(view);
    ink_data_free(data);
}

static void split_fails(const struct fixture *f, const ink_data *data, const char *valid, const char *test,
                        ink_status status, const char *words)
{
    struct parts parts = {(ink_data *)1, (ink_data *)1, (ink_data *)1};
    help_set(f, "val", valid);
    help_set(f, "test", test);
    size_t live = f->memory.live;
    assert_int_equal(split(f, data, &parts), status);
    assert_true(!parts.train && !parts.valid && !parts.test);
    assert_int_equal(f->memory.live, live);
    help_message_has(f, words);
}

static void split_wrong(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 100, 3);
    split_fails(f, data, "100", "0", INK_BAD_DATA, "100 validation and 0 test rows of 100 leave none");
    split_fails(f, data, "0.5", "0.5", INK_BAD_DATA, "50 validation and 50 test rows of 100 leave none");
    split_fails(f, data, "0", "0.999", INK_BAD_DATA, "0 validation and 100 test rows");
    split_fails(f, data, "-1", "0", INK_BAD_SETTING, "val: -1 is neither a fraction");
    split_fails(f, data, "1.5", "0", INK_BAD_SETTING, "val: 1.5 is neither a fraction");
    split_fails(f, data, "0", "1e300", INK_BAD_SETTING, "test: 1e300 is neither a fraction");
    split_fails(f, data, "", "0", INK_BAD_SETTING, "val: is empty");
    split_fails(f, data, "10%", "0", INK_NOT_FOUND, "10%");
    split_fails(f, data, FIXTURES "tiny", "0", INK_BAD_DATA, "tiny has 20 features, memory has 1");
    split_fails(f, data, FIXTURES "objects.npy", "0", INK_UNSUPPORTED, "objects.npy");
    ink_data_free(data);
    data = help_load(f, FIXTURES "tiny");
    split_fails(f, data, "0", "0.1", INK_BAD_SETTING, "tiny already contains a test part (12 rows)");
    split_fails(f, data, "0", FIXTURES "tiny", INK_BAD_SETTING, "already contains a test part");
    ink_data_free(data);
    assert_int_equal(ink_data_new(f->ctx, 2, 1, (const float[]){0, 1}, NULL, 0, &data), INK_OK);
    help_set(f, "stratify", "true");
    split_fails(f, data, "1", "0", INK_BAD_DATA, "no labels");
    ink_data_free(data);
}

static void own_test_part(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny");
    struct parts parts = split_well(f, data);
    assert_int_equal(parts.train->rows, 54);
    assert_int_equal(parts.valid->rows, 6);
    assert_int_equal(parts.test->rows, 12);
    parts_free(&parts);
    ink_data_free(data);
}

static void data_of_its_own(void **state)
{
    const struct fixture *f = *state;
    ink_data *whole = help_load(f, FIXTURES "tiny"), *data;
    assert_int_equal(ink_data_part(f->ctx, whole, INK_PART_TRAIN, &data), INK_OK);
    help_set(f, "val", FIXTURES "tiny"); /* its test part */
    help_set(f, "test", FIXTURES "tiny/train-images-idx3-ubyte.gz");
    help_set(f, "limit", "5"); /* of the training data, not of these */
    struct parts parts = split_well(f, data);
    assert_int_equal(parts.train->rows, 60);
    assert_int_equal(parts.valid->rows, 12);
    assert_int_equal(parts.test->rows, 60);
    assert_int_equal(parts.valid->classes, 3);
    assert_string_equal(ink_data_class(parts.valid, 2), "2");
    ink_data_free(data); /* what was loaded lives on */
    ink_data_free(whole);
    float x[20];
    assert_in_range(ink_data_row(parts.valid, 11, x), 0, 2);
    parts_free(&parts);
}

#ifdef INKI_HAVE_LIBZIP
static void classes_must_agree(void **state)
{
    const struct fixture *f = *state;
    float x[12] = {0};
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, 2, 6, x, (const int32_t[]){0, 1}, 2, &data), INK_OK);
    split_fails(f, data, FIXTURES "pair.npz", "0", INK_BAD_DATA,
                "pair.npz: label '2' is not one of the 2 known classes");
    split_fails(f, data, "0", FIXTURES "alone.npz", INK_BAD_DATA, "alone.npz: has no labels");
    ink_data_free(data);
    assert_int_equal(ink_data_new(f->ctx, 2, 6, x, (const int32_t[]){0, 1}, 9, &data), INK_OK);
    help_set(f, "val", FIXTURES "pair.npz");
    help_set(f, "test", "0");
    struct parts parts = split_well(f, data);
    assert_int_equal(parts.valid->classes, 9);
    parts_free(&parts);
    ink_data_free(data);
}
#endif

/* ------------------------------------------------------------- what follows */

/* Nothing leaks: other values in the validation rows, the same statistics. */
static void training_rows_only(void **state)
{
    const struct fixture *f = *state;
    enum { ROWS = 200 };
    float x[ROWS], shift[2], factor[2];
    int32_t labels[ROWS];
    ink_data *data;
    for (int i = 0; i < ROWS; i++) {
        x[i] = (float)(i % 13);
        labels[i] = i % 2;
    }
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(ink_data_new(f->ctx, ROWS, 1, x, labels, 2, &data), INK_OK);
        struct parts parts = split_well(f, data);
        assert_int_equal(inki_prep_fit(f->ctx, parts.train, INKI_SCALE_STANDARD, &shift[turn], &factor[turn]), INK_OK);
        for (size_t i = 0; i < parts.valid->rows; i++) x[inki_data_base(parts.valid, i)] = 1e6f;
        parts_free(&parts);
        ink_data_free(data);
    }
    assert_float_equal(shift[0], shift[1], 0);
    assert_float_equal(factor[0], factor[1], 0);
}

/* ----------------------------------------------------------- out of memory */

static ink_status split_and_prepare(struct fixture *f, void *arg)
{
    struct parts parts = {0};
    struct inki_batches batches = {0};
    float shift[20], factor[20];
    ink_status status = split(f, arg, &parts);
    if (status == INK_OK) status = inki_prep_fit(f->ctx, parts.train, INKI_SCALE_STANDARD, shift, factor);
    if (status == INK_OK) status = inki_batches_begin(f->ctx, parts.train, 3, INKI_SHUFFLE_SAMPLE, 1, &batches);
    inki_batches_end(&batches);
    parts_free(&parts);
    return status;
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny"), *train;
    assert_true(help_sweep(f, split_and_prepare, data) >= 8);
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_TRAIN, &train), INK_OK);
    help_set(f, "val", FIXTURES "tiny");
    help_set(f, "test", FIXTURES "tiny");
    help_set(f, "stratify", "true");
    assert_true(help_sweep(f, split_and_prepare, train) >= 50);
    ink_data_free(train);
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shares_and_counts),  TEST(less_than_a_row), TEST(same_seed),   TEST(last_rows),     TEST(random_order),
        TEST(stratified),         TEST(split_of_a_view), TEST(split_wrong), TEST(own_test_part), TEST(data_of_its_own),
#ifdef INKI_HAVE_LIBZIP
        TEST(classes_must_agree),
#endif
        TEST(training_rows_only), TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
