/* test_influence: permutation importance and partial dependence against plain loops over ink_predict.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "out/influence.h"
#include "train/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 90, COLUMNS = 4, CLASSES = 3, BLIND = 2, LEAD = 1 };

/* Rows whose class goes by column LEAD; column BLIND is not connected. */
struct table {
    float x[ROWS * COLUMNS], targets[ROWS];
    int32_t labels[ROWS];
    ink_data *data;
    ink_model *model;
};

static void cut_column(const struct fixture *f, ink_model *model, size_t column)
{
    ink_tensor tensor = INK_INIT(ink_tensor);
    size_t i = 0;
    while (ink_model_tensor(model, i, &tensor) && strcmp(tensor.name, "dense1.weight")) i++;
    float *w = malloc(tensor.count * sizeof *w);
    assert_non_null(w);
    net_ok(f, ink_model_get_tensor(f->ctx, model, tensor.name, tensor.count, w));
    for (size_t o = 0; o < tensor.dims[0]; o++) w[o * tensor.dims[1] + column] = 0;
    net_ok(f, ink_model_set_tensor(f->ctx, model, tensor.name, tensor.dims, tensor.rank, w));
    free(w);
}

static void begin_table(struct fixture *f, const char *settings, struct table *t)
{
    ink_run *run;
    net_reset(f, settings);
    net_values(5, ROWS * COLUMNS, -1, 1, t->x);
    for (size_t i = 0; i < ROWS; i++) {
        float lead = t->x[i * COLUMNS + LEAD];
        t->x[i * COLUMNS + 3] = (float)(i % 7 == 0 ? 2 : i % 3 == 0); /* few values: 0, 1, 2 */
        t->labels[i] = lead < -0.3F ? 0 : lead < 0.3F ? 1 : 2;
        t->targets[i] = 3 * lead + t->x[i * COLUMNS];
    }
    net_ok(f, ink_data_new(f->ctx, ROWS, COLUMNS, t->x, t->labels, CLASSES, &t->data));
    net_ok(f, ink_train(f->ctx, t->data, f->set, NULL, &t->model, &run));
    ink_run_free(run);
    cut_column(f, t->model, BLIND);
}

static void end_table(struct table *t)
{
    ink_model_free(t->model);
    ink_data_free(t->data);
}

/* Each row's cross-entropy, by ink_predict. */
static void losses_of(const struct fixture *f, const struct table *t, const float *x, double losses[ROWS])
{
    float p[ROWS * CLASSES];
    net_ok(f, ink_predict(f->ctx, t->model, ROWS, x, p));
    for (size_t i = 0; i < ROWS; i++) losses[i] = -log((double)p[i * CLASSES + (size_t)t->labels[i]]);
}

/* The rise of a column's loss and its error, as the definition says. */
static void plain_rise(const struct fixture *f, const struct table *t, size_t column, double *rise, double *error)
{
    double before[ROWS], after[ROWS], rises[ROWS] = {0}, squares = 0;
    float x[ROWS * COLUMNS];
    uint32_t order[ROWS];
    losses_of(f, t, t->x, before);
    *rise = 0;
    for (size_t time = 0; time < INKI_INFLUENCE_TIMES; time++) {
        memcpy(x, t->x, sizeof x);
        inki_influence_shuffle(column, time, ROWS, order);
        for (size_t i = 0; i < ROWS; i++) x[i * COLUMNS + column] = t->x[order[i] * COLUMNS + column];
        losses_of(f, t, x, after);
        for (size_t i = 0; i < ROWS; i++) rises[i] += (after[i] - before[i]) / INKI_INFLUENCE_TIMES;
    }
    for (size_t i = 0; i < ROWS; i++) *rise += rises[i] / ROWS;
    for (size_t i = 0; i < ROWS; i++) squares += (rises[i] - *rise) * (rises[i] - *rise);
    *error = sqrt(squares / (ROWS - 1) / ROWS);
}

static void importance(void **state)
{
    struct fixture *f = *state;
    struct table t;
    struct inki_influence influence;
    double before[ROWS], sum = 0;
    begin_table(f, "hidden=8; epochs=30; batch=10; lr=0.05; val=0; seed=3", &t);
    net_ok(f, inki_influence_begin(f->ctx, t.model, t.data, t.labels, &influence));
    losses_of(f, &t, t.x, before);
    for (size_t i = 0; i < ROWS; i++) sum += before[i] / ROWS;
    net_near(influence.loss, sum, 1e-5);
    assert_int_equal(influence.rows, ROWS);
    for (size_t c = 0; c < COLUMNS; c++) {
        double rise, error;
        plain_rise(f, &t, c, &rise, &error);
        net_near(influence.rise[c], rise, 1e-5);
        net_near(influence.error[c], error, 1e-5);
    }
    assert_true(influence.rise[BLIND] == 0 && influence.error[BLIND] == 0);
    assert_int_equal(influence.order[0], LEAD);
    assert_true(influence.rise[LEAD] > 0.5 && influence.rise[LEAD] > 10 * influence.error[LEAD] / 2);
    for (size_t c = 1; c < COLUMNS; c++)
        assert_true(influence.rise[influence.order[c - 1]] >= influence.rise[influence.order[c]]);
    assert_memory_equal(influence.x, t.x, sizeof t.x); /* whole again */
    inki_influence_end(&influence);
    end_table(&t);
}

static void shuffles(void **state)
{
    uint32_t order[50], other[50], seen[50] = {0};
    (void)state;
    inki_influence_shuffle(3, 1, 50, order);
    for (size_t i = 0; i < 50; i++) seen[order[i]]++;
    for (size_t i = 0; i < 50; i++) assert_int_equal(seen[i], 1);
    inki_influence_shuffle(3, 2, 50, other);
    assert_memory_not_equal(order, other, sizeof order);
    inki_influence_shuffle(4, 1, 50, other);
    assert_memory_not_equal(order, other, sizeof order);
}

static void plain_answers(const struct fixture *f, const struct table *t, size_t column, double value, double *mean)
{
    float x[ROWS * COLUMNS], p[ROWS * CLASSES];
    memcpy(x, t->x, sizeof x);
    for (size_t i = 0; i < ROWS; i++) x[i * COLUMNS + column] = (float)value;
    net_ok(f, ink_predict(f->ctx, t->model, ROWS, x, p));
    for (size_t c = 0; c < CLASSES; c++) {
        mean[c] = 0;
        for (size_t i = 0; i < ROWS; i++) mean[c] += (double)p[i * CLASSES + c] / ROWS;
    }
}

static void dependence(void **state)
{
    struct fixture *f = *state;
    struct table t;
    struct inki_influence influence;
    struct inki_dependence d;
    begin_table(f, "hidden=8; epochs=30; batch=10; lr=0.05; val=0; seed=3", &t);
    net_ok(f, inki_influence_begin(f->ctx, t.model, t.data, t.labels, &influence));
    for (size_t c = 0; c < COLUMNS; c++) {
        net_ok(f, inki_dependence_begin(&influence, c, false, &d));
        assert_int_equal(d.count, c == 3 ? 3 : INKI_DEPENDENCE_POINTS);
        for (size_t k = 0; k < d.count; k++) {
            double mean[CLASSES];
            plain_answers(f, &t, c, d.values[k], mean);
            for (size_t o = 0; o < CLASSES; o++) net_near(d.answers[k * CLASSES + o], mean[o], 1e-6);
            assert_true(k == 0 || d.values[k] > d.values[k - 1]);
        }
        inki_dependence_end(&d);
    }
    assert_memory_equal(influence.x, t.x, sizeof t.x);
    inki_influence_end(&influence);
    end_table(&t);
}

/* Words are counted: 1 and 0 have more rows than 2; a gap comes last. */
static void words_and_gaps(void **state)
{
    struct fixture *f = *state;
    struct table t;
    struct inki_influence influence;
    struct inki_dependence d;
    size_t counts[3] = {0};
    begin_table(f, "hidden=8; epochs=1; batch=10; val=0", &t);
    net_ok(f, inki_influence_begin(f->ctx, t.model, t.data, t.labels, &influence));
    for (size_t i = 0; i < ROWS; i++) counts[(size_t)t.x[i * COLUMNS + 3]]++;
    net_ok(f, inki_dependence_begin(&influence, 3, true, &d));
    assert_int_equal(d.count, 3);
    for (size_t k = 1; k < d.count; k++) assert_true(counts[(size_t)d.values[k - 1]] >= counts[(size_t)d.values[k]]);
    inki_dependence_end(&d);
    inki_influence_end(&influence);
    end_table(&t);
}

static void numbers(void **state)
{
    struct fixture *f = *state;
    struct table t;
    struct inki_influence influence;
    struct inki_dependence d;
    begin_table(f, "hidden=8; epochs=1; val=0", &t);
    ink_model_free(t.model);
    ink_data_free(t.data);
    net_reset(f, "hidden=8; epochs=60; batch=10; lr=0.02; val=0; scale=none; optimizer=adam");
    const ink_rows rows = {
        .size = sizeof rows, .rows = ROWS, .features = COLUMNS, .floats = t.x, .targets = t.targets, .target_count = 1};
    net_ok(f, ink_data_wrap(f->ctx, &rows, &t.data));
    ink_run *run;
    net_ok(f, ink_train(f->ctx, t.data, f->set, NULL, &t.model, &run));
    ink_run_free(run);
    net_ok(f, inki_influence_begin(f->ctx, t.model, t.data, NULL, &influence));
    assert_int_equal(influence.order[0], LEAD);
    assert_int_equal(influence.order[1], 0);
    net_ok(f, inki_dependence_begin(&influence, LEAD, false, &d));
    assert_true(d.outputs == 1 && d.answers[d.count - 1] - d.answers[0] > 3); /* 3 x from about -0.95 to 0.95 */
    inki_dependence_end(&d);
    inki_influence_end(&influence);
    end_table(&t);
}

/* Much work or many rows: fewer are taken, by the same draw each time; and wide tables are refused. */
static void bounded(void **state)
{
    struct fixture *f = *state;
    struct inki_influence a, b;
    net_reset(f, "");
    ink_data *many = net_data(f, 3, 3 * INKI_INFLUENCE_ROWS, 2, 2), *wide = net_data(f, 3, 4, 501, 2);
    ink_model *small = net_model(f, "", (struct inki_shape){1, 2, 1, 0}, 2, NULL, NULL);
    ink_model *broad = net_model(f, "", (struct inki_shape){1, 501, 1, 0}, 2, NULL, NULL);
    net_ok(f, inki_influence_begin(f->ctx, small, many, many->labels, &a));
    net_ok(f, inki_influence_begin(f->ctx, small, many, many->labels, &b));
    assert_int_equal(a.rows, INKI_INFLUENCE_ROWS);
    assert_memory_equal(a.from, b.from, a.rows * sizeof *a.from);
    assert_memory_equal(a.rise, b.rise, a.columns * sizeof *a.rise);
    for (size_t i = 0; i < a.rows; i++) {
        assert_int_equal(a.labels[i], many->labels[a.from[i]]);
        assert_memory_equal(a.x + 2 * i, many->floats + 2 * a.from[i], 2 * sizeof *a.x);
    }
    inki_influence_end(&a);
    inki_influence_end(&b);
    net_fails(f, inki_influence_begin(f->ctx, broad, wide, wide->labels, &a), INK_BAD_ARGUMENT, "500 columns");
    ink_model_free(small);
    ink_model_free(broad);
    ink_data_free(many);
    ink_data_free(wide);
}

static ink_status look(struct fixture *f, void *arg)
{
    const struct table *t = arg;
    struct inki_influence influence;
    struct inki_dependence d;
    INK_TRY(inki_influence_begin(f->ctx, t->model, t->data, t->labels, &influence));
    ink_status status = inki_dependence_begin(&influence, 1, false, &d);
    if (status == INK_OK) inki_dependence_end(&d);
    inki_influence_end(&influence);
    return status;
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    struct table t;
    begin_table(f, "hidden=3; epochs=1; val=0", &t);
    assert_true(help_sweep(f, look, &t) >= 12);
    end_table(&t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(importance), CASE(shuffles), CASE(dependence),    CASE(words_and_gaps),
        CASE(numbers),    CASE(bounded),  CASE(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
