/* test_finite: rows whose outputs are not finite are refused, with row and layer, by every way to an answer; weights are finite.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/mem.h"
#include "model/model.h"
#include "train/run.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ROWS = 40, FEATURES = 4, MANY = 70 };

static const struct {
    const char *name;
    const char *notation, *layer; /* the first whose outputs are not finite */
    size_t classes;
    float weight; /* of the layer, for value 1 of the row; 0: as they are */
    float large;  /* value 1 of the bad row */
} cases[] = {
    {"hidden layer overflows", "dense 6 relu", "dense1", 3, 10, 3e38f},
    {"many classes", "dense 6 relu", "dense1", MANY, 10, 3e38f},
    {"first of two layers", "dense 5 identity | dense 6 identity", "dense1", 3, 1e20f, 1e30f},
    {"output layer", "", "dense1", 3, 3, FLT_MAX},
    {"one logit is -inf", "", "dense1", 3, -1e20f, 1e30f},
    {"one of many is -inf", "", "dense1", MANY, -1e20f, 1e30f},
};

/* The weight of value 1 of the first layer's first unit. */
static ink_model *make_model(const struct fixture *f, size_t c)
{
    const struct inki_shape in = {.channels = 1, .height = 1, .width = FEATURES};
    ink_model *model = net_model(f, cases[c].notation, in, cases[c].classes, NULL, NULL);
    const struct inki_node *first = &model->nodes[0];
    model->w[first->offset + first->op->at(first, 0, 1)] = cases[c].weight;
    return model;
}

static ink_data *wrap(const struct fixture *f, const float *x, size_t classes, bool labelled)
{
    static int32_t labels[ROWS];
    ink_data *data;
    ink_rows rows = INK_INIT(ink_rows);
    for (size_t i = 0; i < ROWS; i++) labels[i] = (int32_t)(i % classes);
    rows.rows = ROWS;
    rows.features = FEATURES;
    rows.floats = x;
    rows.labels = labelled ? labels : NULL;
    rows.classes = labelled ? classes : 0;
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    return data;
}

static void refused_by_all(void **state)
{
    static float x[ROWS * FEATURES], p[ROWS * MANY];
    struct fixture *f = *state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        char words[64], single[64];
        ink_run *run;
        ink_predictor *predictor;
        ink_comparison compared = INK_INIT(ink_comparison);
        ink_model *model = make_model(f, c);
        net_values(3, ROWS * FEATURES, 0, 1, x);
        x[17 * FEATURES + 1] = cases[c].large;
        ink_data *plain = wrap(f, x, cases[c].classes, false), *labelled = wrap(f, x, cases[c].classes, true);
        snprintf(words, sizeof words, "row 17|layer %s|value 1", cases[c].layer);
        snprintf(single, sizeof single, "row 0|layer %s|value 1", cases[c].layer);
        net_fails(f, ink_predict(f->ctx, model, ROWS, x, p), INK_BAD_DATA, words);
        net_fails(f, ink_predict(f->ctx, model, 1, x + 17 * FEATURES, p), INK_BAD_DATA, single);
        net_ok(f, ink_predict(f->ctx, model, 17, x, p));
        net_fails(f, ink_predict_data(f->ctx, model, plain, p), INK_BAD_DATA, words);
        net_fails(f, ink_eval(f->ctx, model, labelled, &run), INK_BAD_DATA, words);
        net_fails(f, ink_compare(f->ctx, model, model, labelled, &compared), INK_BAD_DATA, words);
        net_ok(f, ink_predictor_new(f->ctx, model, 7, &predictor));
        net_fails(f, ink_predictor_run(predictor, ROWS, x, p), INK_BAD_DATA, words);
        net_ok(f, ink_predictor_run(predictor, 17, x, p));
        ink_predictor_free(predictor);
        ink_data_free(plain);
        ink_data_free(labelled);
        ink_model_free(model);
    }
}

static void inputs_that_are_not_numbers(void **state)
{
    struct fixture *f = *state;
    float x[2 * FEATURES] = {1, 2, 3, 4, 5, 6, NAN, 8}, p[2 * 3];
    ink_model *model = make_model(f, 0);
    net_fails(f, ink_predict(f->ctx, model, 2, x, p), INK_BAD_DATA, "row 1|value 2|nan|finite number");
    x[6] = -INFINITY;
    net_fails(f, ink_predict(f->ctx, model, 2, x, p), INK_BAD_DATA, "row 1|value 2|-inf|finite number");
    ink_model_free(model);
}

static void numbers_too(void **state)
{
    struct fixture *f = *state;
    ink_model *model;
    float x[2] = {FLT_MAX, FLT_MAX}, p[1];
    net_reset(f, "loss=mse");
    net_ok(f, ink_model_new(f->ctx, "dense 3 relu", 2, 1, f->set, &model));
    for (size_t i = 0; i < model->size; i++) model->w[i] = 5;
    net_fails(f, ink_predict(f->ctx, model, 1, x, p), INK_BAD_DATA, "row 0|layer dense1");
    ink_model_free(model);
}

static void note_of_test_part(void *note, const char *line)
{
    if (strstr(line, "test part")) snprintf(note, 512, "%s", line);
}

/* A row of the test part without an answer is noted; the trained model stays. */
static void test_part_costs_no_model(void **state)
{
    struct fixture *f = *state;
    static float x[ROWS * FEATURES];
    char note[512] = "";
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=6; scale=none; shuffle=none; val=0; test=5; epochs=2; batch=4");
    net_values(3, ROWS * FEATURES, 0, 1, x);
    for (size_t j = 0; j < FEATURES; j++) x[(ROWS - 2) * FEATURES + j] = FLT_MAX * (j % 2 ? 1.0f : -1.0f);
    ink_data *data = wrap(f, x, 2, true);
    ink_ctx_on_note(f->ctx, note_of_test_part, note);
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    ink_ctx_on_note(f->ctx, NULL, NULL);
    assert_null(ink_run_metrics(run));
    if (!strstr(note, "test part: no scores: row 3 (from 0)")) fail_msg("noted: '%s'", note);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

/* Also with a hash that is right. */
static void weights_are_finite(void **state)
{
    static const float values[] = {NAN, INFINITY, -INFINITY};
    struct fixture *f = *state;
    for (size_t v = 0; v < COUNT(values); v++) {
        struct inki_bytes bytes;
        ink_model *loaded, *model = make_model(f, 0);
        const struct inki_node *first = &model->nodes[0];
        model->w[first->offset + first->op->at(first, 0, 5)] = values[v];
        net_ok(f, inki_model_to_bytes(f->ctx, model, &bytes));
        net_fails(f, ink_model_read(f->ctx, bytes.data, bytes.size, "bad", &loaded), INK_BAD_FILE,
                  "bad: tensor 'dense1.weight': value 5 (from 0)|expected a finite number");
        assert_null(loaded);
        inki_bytes_free(f->ctx, &bytes);
        ink_model_free(model);
    }
}

/* A variance below 0 has no root: no row would get an answer. */
static void variances_are_not_negative(void **state)
{
    struct fixture *f = *state;
    struct inki_model_plan plan = {.notation = "dense 4 | batchnorm relu", .in = {1, 3, 1, 0}, .classes = 2};
    const float below[] = {1, 0.5f, -1e-3f, 2};
    const size_t dims[] = {4};
    struct inki_bytes bytes;
    ink_model *model, *loaded;
    net_ok(f, inki_model_begin(f->ctx, &plan, &model));
    net_fails(f, ink_model_set_tensor(f->ctx, model, "norm1.running_var", dims, 1, below), INK_BAD_DATA,
              "norm1.running_var: value 2 (from 0)|expected a variance, 0 or more");
    const struct inki_node *norm = &model->nodes[1];
    model->w[norm->offset + norm->op->at(norm, 3, 2)] = -1e-3f;
    net_ok(f, inki_model_to_bytes(f->ctx, model, &bytes));
    net_fails(f, ink_model_read(f->ctx, bytes.data, bytes.size, "bad", &loaded), INK_BAD_FILE,
              "bad: tensor 'norm1.running_var': value 2 (from 0)|expected a variance, 0 or more");
    inki_bytes_free(f->ctx, &bytes);
    ink_model_free(model);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(refused_by_all),     TEST(inputs_that_are_not_numbers),
                                       TEST(numbers_too),        TEST(test_part_costs_no_model),
                                       TEST(weights_are_finite), TEST(variances_are_not_negative)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
