/* test_wrap: data over the caller's arrays: nothing is copied, rows have weights, training goes on from a model.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 60, FEATURES = 5, CLASSES = 3 };

static void nothing_copied(void **state)
{
    static const char *const names[CLASSES] = {"a", "b \"c\"", "é"};
    struct fixture *f = *state;
    float x[ROWS * FEATURES], row[FEATURES];
    uint8_t bytes[ROWS * FEATURES];
    int32_t labels[ROWS];
    ink_data *data, *part;
    ink_data_info info = INK_INIT(ink_data_info);
    net_values(1, ROWS * FEATURES, -1, 1, x);
    net_labels(1, ROWS, CLASSES, labels);
    ink_rows rows = {.size = sizeof rows,
                     .rows = ROWS,
                     .features = FEATURES,
                     .floats = x,
                     .labels = labels,
                     .classes = CLASSES,
                     .class_names = names};
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    assert_ptr_equal(data->floats, x);
    assert_string_equal(ink_data_class(data, 2), "é");
    labels[3] = 9; /* a copy was taken */
    assert_true(ink_data_row(data, 3, row) < CLASSES && row[4] == x[19]);
    ink_data_free(data);
    memset(bytes, 200, sizeof bytes);
    rows = (ink_rows){.size = sizeof(ink_rows), .rows = ROWS, .features = FEATURES, .bytes = bytes};
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    ink_data_describe(data, &info);
    assert_true(info.bytes && !info.labelled && info.classes == 0 && data->bytes == bytes);
    net_ok(f, ink_data_part(f->ctx, data, INK_PART_ALL, &part));
    ink_data_free(part);
    ink_data_free(data);
}

static void refused(void **state)
{
    struct fixture *f = *state;
    float x[4] = {1, 2, 3, 4}, weights[2] = {1, -1};
    int32_t labels[2] = {0, 2};
    uint8_t bytes[4] = {0};
    ink_data *data;
    ink_rows rows = {.size = sizeof rows, .rows = 2, .features = 2};
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "floats or bytes");
    rows.floats = x;
    rows.bytes = bytes;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "floats or bytes");
    rows.bytes = NULL;
    rows.labels = labels;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "0 classes");
    rows.classes = 2;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_DATA, "row 1|label 2");
    labels[1] = 1;
    rows.weights = weights;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_DATA, "row 1|-1 is not a weight");
    weights[1] = NAN;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_DATA, "row 1|not a weight");
    rows.weights = NULL;
    x[3] = INFINITY;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_DATA, "row 1, column 1");
    rows.rows = 0;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "0 rows");
    assert_null(data);
}

/* Weights of the model that these rows give. */
static void images(void **state)
{
    struct fixture *f = *state;
    const uint8_t bytes[2 * 24] = {0};
    ink_data *data;
    ink_rows rows = {.size = sizeof rows, .rows = 2, .features = 24, .bytes = bytes};
    const size_t wrong[][3] = {{4, 2, 2}, {4, 6, 0}, {SIZE_MAX, SIZE_MAX, 24}, {0, 0, 24}};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        rows.height = wrong[i][0];
        rows.width = wrong[i][1];
        rows.channels = wrong[i][2];
        net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "are not rows of 24 features");
    }
    rows.height = 4;
    rows.width = 2;
    rows.channels = 3;
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    assert_true(data->height == 4 && data->width == 2 && data->channels == 3 && data->features == 24);
    ink_data_free(data);
    rows.size = offsetof(ink_rows, height); /* a program that was built before images had a shape */
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    assert_true(data->height == 1 && data->width == 24 && data->channels == 1);
    ink_data_free(data);
}

static void train(struct fixture *f, const ink_rows *rows, const ink_model *start, ink_model **model)
{
    ink_data *data;
    ink_run *run;
    net_ok(f, ink_data_wrap(f->ctx, rows, &data));
    net_ok(f, ink_train_from(f->ctx, data, f->set, NULL, start, model, &run));
    ink_run_free(run);
    ink_data_free(data);
}

static bool same(const ink_model *a, const ink_model *b)
{
    return a->size == b->size && memcmp(a->w, b->w, a->size * sizeof *a->w) == 0;
}

/* Weights of 1 change nothing; a row of weight 2 is one that is there twice; one of weight 0 does not count. */
static void row_weights(void **state)
{
    struct fixture *f = *state;
    float x[(ROWS + 1) * FEATURES], weights[ROWS + 1];
    int32_t labels[ROWS + 1];
    ink_model *model[5];
    net_values(1, ROWS * FEATURES, -1, 1, x);
    net_labels(1, ROWS, CLASSES, labels);
    memcpy(x + ROWS * FEATURES, x + 7 * FEATURES, FEATURES * sizeof *x);
    labels[ROWS] = labels[7];
    for (size_t i = 0; i <= ROWS; i++) weights[i] = 1;
    net_reset(f, "hidden=4; scale=none; val=0; batch=full; epochs=3; lr=0.5; shuffle=none");
    ink_rows rows = {
        .size = sizeof rows, .rows = ROWS, .features = FEATURES, .floats = x, .labels = labels, .classes = CLASSES};
    train(f, &rows, NULL, &model[0]);
    rows.weights = weights;
    train(f, &rows, NULL, &model[1]);
    assert_true(same(model[0], model[1]));
    rows.rows = ROWS + 1;
    weights[ROWS] = 0;
    net_set(f, "lr=0.508333333"); /* the mean is over one row more */
    train(f, &rows, NULL, &model[2]);
    rows.rows = ROWS;
    weights[7] = 2;
    net_set(f, "lr=0.5");
    train(f, &rows, NULL, &model[3]);
    rows.rows = ROWS + 1;
    rows.weights = NULL;
    net_set(f, "lr=0.508333333");
    train(f, &rows, NULL, &model[4]);
    for (size_t i = 0; i < model[0]->size; i++) {
        net_near((double)model[2]->w[i], (double)model[0]->w[i], 1e-5);
        net_near((double)model[4]->w[i], (double)model[3]->w[i], 1e-5);
    }
    assert_false(same(model[3], model[0]));
    for (size_t i = 0; i < 5; i++) ink_model_free(model[i]);
}

/* With rows that are shuffled and split, each keeps its own weight: rows of weight 0 have labels that cannot be learned. */
static void weights_follow_rows(void **state)
{
    struct fixture *f = *state;
    float x[ROWS * FEATURES], weights[ROWS], p[ROWS * 2];
    int32_t labels[ROWS];
    size_t right = 0;
    ink_model *model;
    net_values(1, ROWS * FEATURES, -1, 1, x);
    for (size_t i = 0; i < ROWS; i++) {
        weights[i] = i % 3 != 0;
        labels[i] = (x[i * FEATURES] > 0) ^ (i % 3 == 0);
    }
    net_reset(f, "hidden=0; scale=none; val=0.1; batch=4; epochs=60; lr=0.5");
    ink_rows rows = {.size = sizeof rows,
                     .rows = ROWS,
                     .features = FEATURES,
                     .floats = x,
                     .labels = labels,
                     .classes = 2,
                     .weights = weights};
    train(f, &rows, NULL, &model);
    net_ok(f, ink_predict(f->ctx, model, ROWS, x, p));
    for (size_t i = 0; i < ROWS; i++) right += (p[2 * i + 1] > 0.5f) == (x[i * FEATURES] > 0);
    assert_true(right > ROWS - 5);
    ink_model_free(model);
}

static void from_a_model(void **state)
{
    struct fixture *f = *state;
    float x[ROWS * FEATURES];
    int32_t labels[ROWS];
    ink_model *first, *second, *both;
    net_values(1, ROWS * FEATURES, -1, 1, x);
    net_labels(1, ROWS, CLASSES, labels);
    net_reset(f, "hidden=4; scale=standard; val=0; batch=10; epochs=2; lr=0.1; shuffle=none; keep=last");
    ink_rows rows = {
        .size = sizeof rows, .rows = ROWS, .features = FEATURES, .floats = x, .labels = labels, .classes = CLASSES};
    train(f, &rows, NULL, &first);
    net_set(f, "hidden=9; scale=none"); /* the model's own count */
    train(f, &rows, first, &second);
    net_set(f, "hidden=4; scale=standard; epochs=4");
    train(f, &rows, NULL, &both);
    assert_true(same(second, both));
    assert_string_equal(second->notation, "dense 4 relu");
    ink_model_free(second);
    ink_model_free(first);
    ink_model_free(both);
}

/* Rows of one class, as a chunk of a stream may have them: only where the caller says which classes there are. */
static void one_class(void **state)
{
    static const char *const names[CLASSES] = {"a", "b", "c"};
    struct fixture *f = *state;
    float x[ROWS * FEATURES];
    int32_t labels[ROWS];
    ink_model *first, *second;
    ink_data *data;
    ink_run *run;
    net_values(1, ROWS * FEATURES, -1, 1, x);
    for (size_t i = 0; i < ROWS; i++) labels[i] = 1;
    net_reset(f, "hidden=4; val=0; epochs=2; lr=0.1; keep=last");
    ink_rows rows = {
        .size = sizeof rows, .rows = ROWS, .features = FEATURES, .floats = x, .labels = labels, .classes = CLASSES};
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    assert_int_equal(ink_train(f->ctx, data, f->set, NULL, &first, &run), INK_BAD_DATA);
    assert_non_null(strstr(ink_ctx_message(f->ctx), "one class only"));
    ink_data_free(data);
    rows.class_names = names;
    train(f, &rows, NULL, &first);
    train(f, &rows, first, &second);
    assert_false(same(first, second));
    assert_string_equal(ink_model_class(first, 2), "c");
    ink_model_free(first);
    ink_model_free(second);
}

static ink_status wrap_it(struct fixture *f, void *arg)
{
    ink_data *data;
    ink_status status = ink_data_wrap(f->ctx, arg, &data);
    ink_data_free(data);
    return status;
}

static void out_of_memory(void **state)
{
    static const char *const names[2] = {"a", "b"};
    struct fixture *f = *state;
    float x[4] = {1, 2, 3, 4}, weights[2] = {1, 2};
    int32_t labels[2] = {0, 1};
    ink_rows rows = {.size = sizeof rows,
                     .rows = 2,
                     .features = 2,
                     .floats = x,
                     .labels = labels,
                     .classes = 2,
                     .class_names = names,
                     .weights = weights};
    assert_true(help_sweep(f, wrap_it, &rows) >= 4);
    rows.labels = NULL, rows.classes = 0, rows.class_names = NULL;
    rows.targets = x, rows.target_count = 2, rows.target_names = names;
    assert_true(help_sweep(f, wrap_it, &rows) >= 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_copied),      TEST(images),       TEST(refused),   TEST(row_weights),
        TEST(weights_follow_rows), TEST(from_a_model), TEST(one_class), TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
