/* test_batch: which rows make a step, where they are, statistics for scaling.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/rng.h"
#include "data/batch.h"
#include "data/prep.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows i of one feature that is i. */
static ink_data *numbered(const struct fixture *f, size_t rows)
{
    ink_data *data;
    float x[128];
    assert_true(rows <= COUNT(x));
    for (size_t i = 0; i < rows; i++) x[i] = (float)i;
    assert_int_equal(ink_data_new(f->ctx, rows, 1, x, NULL, 0, &data), INK_OK);
    return data;
}

/* ----------------------------------------------------------------- batches */

static void every_row_once(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 103);
    struct inki_batches batches;
    const uint32_t *rows;
    uint32_t first_epoch[103];
    assert_int_equal(inki_batches_begin(f->ctx, data, 10, INKI_SHUFFLE_EPOCH, 1, &batches), INK_OK);
    assert_int_equal(inki_batches_per_epoch(&batches), 11);
    for (size_t epoch = 0; epoch < 3; epoch++) {
        uint8_t seen[103] = {0};
        size_t differ = 0, at = 0;
        for (size_t k = 0; k < 11; k++) {
            size_t count = inki_batches_rows(&batches, epoch * 11 + k, &rows);
            assert_int_equal(count, k < 10 ? 10 : 3);
            for (size_t i = 0; i < count; i++, at++) {
                seen[rows[i]]++;
                if (epoch == 0) first_epoch[at] = rows[i];
                differ += first_epoch[at] != rows[i];
            }
        }
        for (size_t i = 0; i < 103; i++) assert_int_equal(seen[i], 1);
        assert_true(epoch == 0 || differ > 80);
    }
    assert_int_equal(inki_batches_rows(&batches, 3, &rows), 10); /* back to the first epoch */
    assert_memory_equal(rows, first_epoch + 30, 10 * sizeof *rows);
    inki_batches_end(&batches);
    inki_batches_end(&batches);
    ink_data_free(data);
}

static void file_order(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 10);
    struct inki_batches batches;
    const uint32_t *rows;
    assert_int_equal(inki_batches_begin(f->ctx, data, 4, INKI_SHUFFLE_NONE, 1, &batches), INK_OK);
    for (size_t step = 0; step < 9; step++) {
        size_t count = inki_batches_rows(&batches, step, &rows);
        assert_int_equal(count, step % 3 == 2 ? 2 : 4);
        for (size_t i = 0; i < count; i++) assert_int_equal(rows[i], step % 3 * 4 + i);
    }
    inki_batches_end(&batches);
    assert_int_equal(inki_batches_begin(f->ctx, data, 0, INKI_SHUFFLE_NONE, 1, &batches), INK_OK); /* full */
    assert_int_equal(inki_batches_per_epoch(&batches), 1);
    assert_int_equal(inki_batches_rows(&batches, 5, &rows), 10);
    inki_batches_end(&batches);
    assert_int_equal(inki_batches_begin(f->ctx, data, 99, INKI_SHUFFLE_EPOCH, 1, &batches), INK_OK);
    assert_int_equal(batches.size, 10);
    inki_batches_end(&batches);
    ink_data_free(data);
}

static void drawn_samples(void **state)
{
    const struct fixture *f = *state;
    enum { ROWS = 50, SIZE = 20, STEPS = 500 };
    ink_data *data = numbered(f, ROWS);
    struct inki_batches batches;
    const uint32_t *rows;
    uint32_t kept[STEPS][SIZE];
    size_t drawn[ROWS] = {0};
    assert_int_equal(inki_batches_begin(f->ctx, data, SIZE, INKI_SHUFFLE_SAMPLE, 1, &batches), INK_OK);
    for (size_t step = 0; step < STEPS; step++) {
        uint8_t seen[ROWS] = {0};
        assert_int_equal(inki_batches_rows(&batches, step, &rows), SIZE);
        for (size_t i = 0; i < SIZE; i++) {
            assert_int_equal(seen[rows[i]]++, 0);
            drawn[rows[i]]++;
        }
        memcpy(kept[step], rows, sizeof kept[step]);
    }
    for (size_t i = 0; i < ROWS; i++) assert_in_range(drawn[i], 140, 260); /* 200 expected, deviation 11 */
    for (size_t step = STEPS; step-- > 0;) {                               /* any step at any time */
        inki_batches_rows(&batches, step, &rows);
        assert_memory_equal(rows, kept[step], sizeof kept[step]);
    }
    inki_batches_end(&batches);
    ink_data_free(data);
}

static void drawn_samples_of_all(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = numbered(f, 7);
    struct inki_batches batches;
    const uint32_t *rows;
    assert_int_equal(inki_batches_begin(f->ctx, data, 7, INKI_SHUFFLE_SAMPLE, 3, &batches), INK_OK);
    for (size_t step = 0; step < 50; step++) {
        unsigned seen = 0;
        assert_int_equal(inki_batches_rows(&batches, step, &rows), 7);
        for (size_t i = 0; i < 7; i++) seen |= 1u << rows[i];
        assert_int_equal(seen, 127);
    }
    inki_batches_end(&batches);
    ink_data_free(data);
}

/* ------------------------------------------------------------------ places */

static void check_places(const ink_data *data, const uint32_t *rows, size_t first, size_t count)
{
    const void **places = malloc(count * sizeof *places);
    float row[64];
    int32_t *labels = malloc(count * sizeof *labels);
    size_t size = inki_row_places(data, rows, first, count, places);
    assert_int_equal(size, data->features * (data->bytes ? 1 : sizeof(float)));
    inki_row_labels(data, rows, first, count, labels);
    for (size_t i = 0; i < count; i++) {
        int32_t expected = ink_data_row(data, rows ? rows[i] : first + i, row);
        assert_int_equal(labels[i], expected);
        for (size_t j = 0; j < data->features; j++) {
            float value = data->bytes ? (float)((const uint8_t *)places[i])[j] : ((const float *)places[i])[j];
            assert_true(value == row[j]);
        }
    }
    free(places);
    free(labels);
}

static void places_of_rows(void **state)
{
    const struct fixture *f = *state;
    uint32_t many[5000];
    for (size_t i = 0; i < COUNT(many); i++) many[i] = (uint32_t)(i * 7 % 12);
    ink_data *bytes = help_load(f, FIXTURES "tiny"), *floats = help_load(f, FIXTURES "types/f4_little.npy"), *view;
    check_places(bytes, NULL, 7, 50);
    check_places(bytes->test, many, 0, COUNT(many));
    check_places(floats, (const uint32_t[]){3, 0, 3}, 0, 3);
    check_places(floats, NULL, 3, 1);
    assert_int_equal(inki_data_view(f->ctx, bytes, (const uint32_t[]){9, 3, 59}, 3, &view), INK_OK);
    check_places(view, (const uint32_t[]){2, 0}, 0, 2);
    check_places(view, NULL, 0, 3);
    ink_data_free(view);
    ink_data_free(bytes);
    ink_data_free(floats);
}

/* -------------------------------------------------------------------- prep */

static void check_statistics(const struct fixture *f, const ink_data *data, enum inki_scaling kind, const double *shift,
                             const double *factor)
{
    float got_shift[32], got_factor[32];
    assert_int_equal(inki_prep_fit(f->ctx, data, kind, got_shift, got_factor), INK_OK);
    for (size_t j = 0; j < data->features; j++) {
        double spread = factor[j] > 0 ? 1 / factor[j] : 0;
        assert_float_equal(got_shift[j], (float)shift[j], (float)(1e-6 * (fabs(shift[j]) + spread)));
        assert_float_equal(got_factor[j], (float)factor[j], 1e-6f * (float)fabs(factor[j]));
    }
}

/* The definitions, column by column, in long double. */
static void check_against_definition(const struct fixture *f, const ink_data *data)
{
    double shift[32], factor[32], low[32], range[32];
    float row[32];
    for (size_t j = 0; j < data->features; j++) {
        long double sum = 0, square = 0, least = 1e30L, most = -1e30L;
        for (int pass = 0; pass < 2; pass++) {
            for (size_t i = 0; i < data->rows; i++) {
                ink_data_row(data, i, row);
                long double x = (long double)row[j];
                if (pass == 0)
                    sum += x / (long double)data->rows;
                else
                    square += (x - sum) * (x - sum) / (long double)data->rows;
                least = x < least ? x : least;
                most = x > most ? x : most;
            }
        }
        shift[j] = (double)sum;
        factor[j] = most > least ? (double)(1 / sqrtl(square)) : 0;
        low[j] = (double)least;
        range[j] = most > least ? (double)(1 / (most - least)) : 0;
    }
    check_statistics(f, data, INKI_SCALE_STANDARD, shift, factor);
    check_statistics(f, data, INKI_SCALE_MINMAX, low, range);
}

static void statistics(void **state)
{
    const struct fixture *f = *state;
    float x[5 * 4] = {1, 0.1f, 1e30f, -5, 2, 0.1f, -1e30f, -5, 4, 0.1f, 0, -5, 8, 0.1f, 0, -5.5f, 16, 0.1f, 1, -5};
    ink_data *data, *tiny = help_load(f, FIXTURES "tiny"), *view;
    assert_int_equal(ink_data_new(f->ctx, 5, 4, x, NULL, 0, &data), INK_OK);
    check_against_definition(f, data);
    float shift[4], factor[4];
    assert_int_equal(inki_prep_fit(f->ctx, data, INKI_SCALE_STANDARD, shift, factor), INK_OK);
    assert_float_equal(shift[1], 0.1f, 0); /* a constant column */
    assert_float_equal(factor[1], 0, 0);
    check_against_definition(f, tiny);
    assert_int_equal(inki_data_view(f->ctx, tiny, (const uint32_t[]){5, 6, 50}, 3, &view), INK_OK);
    check_against_definition(f, view);
    ink_data_free(view);
    assert_int_equal(inki_data_view(f->ctx, tiny, (const uint32_t[]){5}, 1, &view), INK_OK); /* all columns constant */
    check_against_definition(f, view);
    ink_data_free(view);
    ink_data_free(data);
    ink_data_free(tiny);
}

/* More rows of bytes than a block of integer sums, at the largest values. */
static void statistics_of_many_bytes(void **state)
{
    const struct fixture *f = *state;
    enum { ROWS = 150001, COLUMNS = 3 };
    uint8_t *file = malloc(12 + ROWS * COLUMNS);
    size_t head = help_idx(file, 0x08, 2, (uint32_t[]){ROWS, COLUMNS}, 0);
    for (size_t i = 0; i < ROWS; i++) {
        file[head + COLUMNS * i] = 255;
        file[head + COLUMNS * i + 1] = i == 77777 ? 254 : 255;
        file[head + COLUMNS * i + 2] = (uint8_t)(i * 31 % 256);
    }
    ink_data *data = help_load(f, help_write(f, "a", file, head + ROWS * COLUMNS));
    free(file);
    check_against_definition(f, data);
    ink_data_free(data);
}

/* Tiny differences: the factor would be infinite as a float. */
static void statistics_of_the_smallest(void **state)
{
    const struct fixture *f = *state;
    float shift[1], factor[1];
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, 2, 1, (const float[]){1e-44f, 3e-44f}, NULL, 0, &data), INK_OK);
    assert_int_equal(inki_prep_fit(f->ctx, data, INKI_SCALE_STANDARD, shift, factor), INK_OK);
    assert_float_equal(factor[0], 0, 0);
    assert_int_equal(inki_prep_fit(f->ctx, data, INKI_SCALE_MINMAX, shift, factor), INK_OK);
    assert_float_equal(factor[0], 0, 0);
    ink_data_free(data);
}

/* Values near the greatest float are scaled all the same: the inverse of their deviation would be subnormal, which counts as 0. */
static void statistics_of_the_greatest(void **state)
{
    const struct fixture *f = *state;
    const float x[] = {3.3e38f, -3.3e38f, 3.3e38f, -3e38f};
    float shift[1], factor[1];
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, 4, 1, x, NULL, 0, &data), INK_OK);
    for (int kind = INKI_SCALE_MINMAX; kind <= INKI_SCALE_STANDARD; kind++) {
        assert_int_equal(inki_prep_fit(f->ctx, data, (enum inki_scaling)kind, shift, factor), INK_OK);
        assert_true(factor[0] >= FLT_MIN);
        for (size_t i = 0; i < COUNT(x); i++) assert_true(fabsf(x[i] * factor[0]) > 1 && fabsf(x[i] * factor[0]) <= 4);
    }
    ink_data_free(data);
}

static char said[600];

static void keep_note(void *user, const char *line)
{
    (void)user;
    snprintf(said, sizeof said, "%s", line);
}

/* What varies too little for a float's scale is left out, and named. */
static void columns_that_cannot_be_scaled(void **state)
{
    const struct fixture *f = *state;
    const float x[] = {1, 1e-40f, 5, 2, 3e-40f, 5, 3, 1e-40f, 5};
    float shift[3], factor[3];
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, 3, 3, x, NULL, 0, &data), INK_OK);
    ink_ctx_on_note(f->ctx, keep_note, NULL);
    *said = 0;
    assert_int_equal(inki_prep_fit(f->ctx, data, INKI_SCALE_STANDARD, shift, factor), INK_OK);
    ink_ctx_on_note(f->ctx, NULL, NULL);
    assert_non_null(strstr(said, "column 1 varies by less than 1e-38"));
    assert_null(strstr(said, "others"));
    assert_true(factor[0] > 0 && factor[1] == 0 && factor[2] == 0);
    ink_ctx_on_note(f->ctx, keep_note, NULL);
    assert_int_equal(inki_prep_fit(f->ctx, data, INKI_SCALE_NONE, shift, factor), INK_OK);
    ink_ctx_on_note(f->ctx, NULL, NULL);
    assert_non_null(strstr(said, "column 1 has no value above 1e-38"));
    ink_data_free(data);
}

/* Of 9,000 images of 16x16, in one of which pixel 3 is `value`: its factor by z-scores. */
static float factor_of_rare(const struct fixture *f, uint8_t value)
{
    enum { ROWS = 9000, SIZE = 256 };
    float shift[SIZE], factor[SIZE];
    uint8_t *file = malloc(16 + ROWS * SIZE);
    size_t head = help_idx(file, 0x08, 3, (uint32_t[]){ROWS, 16, 16}, 0);
    for (size_t i = 0; i < ROWS * SIZE; i++) file[head + i] = i % SIZE == 3 ? 0 : (uint8_t)(i * 2654435761u >> 13);
    file[head + 4321 * SIZE + 3] = value;
    ink_data *data = help_load(f, help_write(f, "a", file, head + ROWS * SIZE));
    free(file);
    assert_int_equal(inki_prep_fit(f->ctx, data, INKI_SCALE_STANDARD, shift, factor), INK_OK);
    ink_data_free(data);
    return factor[3];
}

/* A pixel that is nearly constant counts as constant: a later value would be thousands of deviations away. */
static void nearly_constant_pixels(void **state)
{
    const struct fixture *f = *state;
    assert_float_equal(factor_of_rare(f, 1), 0, 0);
    assert_float_equal(factor_of_rare(f, 3), 0, 0);
    assert_float_equal(factor_of_rare(f, 200), 94.87 / 200, 1e-3); /* sqrt(9000) / 200 */
}

static void scaling_kinds(void **state)
{
    const struct fixture *f = *state;
    float shift[20], factor[20];
    ink_data *images = help_load(f, FIXTURES "tiny"), *table = help_load(f, FIXTURES "types/u1_little.npy");
    assert_int_equal(inki_prep_kind(images, INKI_SCALE_AUTO), INKI_SCALE_255);
    assert_int_equal(inki_prep_kind(images, INKI_SCALE_MINMAX), INKI_SCALE_MINMAX);
    assert_int_equal(inki_prep_kind(table, INKI_SCALE_AUTO), INKI_SCALE_STANDARD); /* bytes, but no images */
    assert_int_equal(inki_prep_fit(f->ctx, images, INKI_SCALE_255, shift, factor), INK_OK);
    assert_float_equal(shift[3], 0, 0);
    assert_float_equal(factor[3], 1.0f / 255, 0);
    assert_int_equal(inki_prep_fit(f->ctx, images, INKI_SCALE_NONE, shift, factor), INK_OK);
    assert_float_equal(shift[3], 0, 0);
    assert_float_equal(factor[3], 1, 0);
    assert_string_equal(inki_scaling_name(INKI_SCALE_MINMAX), "minmax");
    ink_data_free(images);
    ink_data_free(table);
    uint8_t file[64];
    size_t size = help_idx(file, 0x08, 3, (uint32_t[]){4, 2, 3}, 24); /* images of 24 shades */
    images = help_load(f, help_write(f, "a", file, size));
    assert_int_equal(inki_prep_kind(images, INKI_SCALE_AUTO), INKI_SCALE_STANDARD);
    ink_data_free(images);
    file[size - 1] = 128;
    images = help_load(f, help_write(f, "a", file, size));
    assert_int_equal(inki_prep_kind(images, INKI_SCALE_AUTO), INKI_SCALE_255);
    ink_data_free(images);
}

/* Threads share columns, never a sum. */
static void statistics_by_threads(void **state)
{
    const struct fixture *f = *state;
    enum { ROWS = 3000, COLUMNS = 37 };
    float *x = malloc(ROWS * COLUMNS * sizeof *x), results[3][2][COLUMNS];
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 0, 0);
    for (size_t i = 0; i < ROWS * COLUMNS; i++) x[i] = (float)inki_rng_normal(&rng);
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, ROWS, COLUMNS, x, NULL, 0, &data), INK_OK);
    for (unsigned t = 0; t < 3; t++) {
        assert_int_equal(ink_ctx_set_threads(f->ctx, t + 1), INK_OK);
        assert_int_equal(inki_prep_fit(f->ctx, data, INKI_SCALE_STANDARD, results[t][0], results[t][1]), INK_OK);
    }
    assert_memory_equal(results[0], results[1], sizeof results[0]);
    assert_memory_equal(results[0], results[2], sizeof results[0]);
    ink_data_free(data);
    free(x);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_row_once),
        TEST(file_order),
        TEST(drawn_samples),
        TEST(drawn_samples_of_all),
        TEST(places_of_rows),
        TEST(statistics),
        TEST(statistics_of_many_bytes),
        TEST(statistics_of_the_smallest),
        TEST(scaling_kinds),
        TEST(statistics_of_the_greatest),
        TEST(columns_that_cannot_be_scaled),
        TEST(nearly_constant_pixels),
        TEST(statistics_by_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
