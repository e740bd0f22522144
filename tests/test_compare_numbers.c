/* test_compare_numbers: scores of several targets, and two models that answer with numbers beside each other.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "inkling-extra.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 300, FEATURES = 6, TARGETS = 2 };

/* Rows whose targets are smooth functions of the features, with a little noise. */
struct table {
    float x[ROWS * FEATURES], y[ROWS * TARGETS];
};

static void fill(struct table *table)
{
    float noise[ROWS];
    net_values(1, ROWS * FEATURES, -1, 1, table->x);
    net_values(2, ROWS, -0.05f, 0.05f, noise);
    for (size_t i = 0; i < ROWS; i++) {
        const float *x = table->x + i * FEATURES;
        table->y[i * TARGETS] = 3 + 2 * x[0] - x[1] * x[2] + noise[i];
        table->y[i * TARGETS + 1] = x[3] * x[3] - 0.5f * x[4] + noise[i];
    }
}

static ink_data *table_data(const struct fixture *f, const struct table *table)
{
    static const char *const names[TARGETS] = {"price", "weight"};
    ink_data *data = NULL;
    const ink_rows rows = {.size = sizeof rows,
                           .rows = ROWS,
                           .features = FEATURES,
                           .floats = table->x,
                           .targets = table->y,
                           .target_count = TARGETS,
                           .target_names = names};
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    return data;
}

#define PLAN "hidden=24;scale=none;optimizer=adam;lr=0.01;batch=20;epochs=60;"

/* Each target's own scores, and two models row by row. */
static void targets_and_models_beside_each_other(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    static float p[2][ROWS * TARGETS];
    ink_model *model[2] = {NULL};
    ink_number_comparison result = INK_INIT(ink_number_comparison);
    double sum = 0, square = 0, squares[2] = {0}, own = 0;
    size_t nearer = 0;
    fill(table);
    ink_data *data = table_data(f, table);
    for (size_t m = 0; m < 2; m++) {
        ink_run *run = NULL;
        net_reset(f, PLAN);
        help_set(f, "epochs", m ? "60" : "2");
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model[m], &run));
        net_ok(f, ink_predict_data(f->ctx, model[m], data, p[m]));
        ink_run_free(run);
    }
    for (size_t i = 0; i < ROWS; i++) {
        double each[2] = {0};
        for (size_t m = 0; m < 2; m++)
            for (size_t t = 0; t < TARGETS; t++)
                each[m] += pow((double)p[m][i * TARGETS + t] - (double)table->y[i * TARGETS + t], 2) / TARGETS;
        for (size_t m = 0; m < 2; m++) squares[m] += each[m] / ROWS;
        sum += (each[1] - each[0]) / ROWS;
        square += pow(each[1] - each[0], 2);
        nearer += each[1] < each[0];
        own += pow((double)p[1][i * TARGETS + 1] - (double)table->y[i * TARGETS + 1], 2) / ROWS;
    }
    net_ok(f, ink_compare_numbers(f->ctx, model[0], model[1], data, &result));
    assert_string_equal(result.by, "rmse");
    net_near(result.a.rmse, sqrt(squares[0]), 1e-12);
    net_near(result.b.rmse, sqrt(squares[1]), 1e-12);
    net_near(result.difference, sum, 1e-12);
    net_near(result.error, sqrt((square - ROWS * sum * sum) / (ROWS - 1) / ROWS), 1e-9);
    assert_true(result.better == 1 && result.p < 1e-6 && result.difference_high < 0 && result.nearer_b == nearer);
    ink_run *eval = NULL;
    net_ok(f, ink_eval(f->ctx, model[1], data, &eval));
    net_near(ink_run_target(eval, 1)->rmse, sqrt(own), 1e-12);
    net_near(pow(ink_run_target(eval, 0)->rmse, 2) + pow(ink_run_target(eval, 1)->rmse, 2), 2 * squares[1], 1e-9);
    assert_true(!ink_run_target(eval, 2) && ink_run_target(eval, 0)->r2 > 0.9);
    ink_run_free(eval);
    ink_model_free(model[0]);
    ink_model_free(model[1]);
    ink_data_free(data);
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(targets_and_models_beside_each_other, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
