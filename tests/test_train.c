/* test_train: steps, rows of the history, what is learned, what is written down, what is refused.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"
#include "plain.h"

#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rate at which nothing happens: losses stay those of the first weights. */
#define STILL "lr=1e-10; optimizer=sgd; scale=none; schedule=constant; "

static void train(const struct fixture *f, const ink_data *data, ink_model **model, ink_run **run)
{
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, model, run));
    assert_non_null(*model);
    assert_non_null(*run);
}

static void check_row(const ink_run *run, size_t i, size_t epoch, size_t step)
{
    const ink_epoch *row = ink_run_epoch(run, i);
    assert_non_null(row);
    assert_int_equal(row->epoch, epoch);
    assert_int_equal(row->step, step);
}

/* Losses of each row by the first weights that the settings give. Ownership: the caller, free. */
static double *losses_of_rows(const struct fixture *f, const ink_data *data)
{
    double *losses = malloc(data->rows * sizeof *losses);
    ink_trainer *trainer = NULL;
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
    struct plain *plain = plain_new(trainer->model);
    for (size_t i = 0; i < data->rows; i++)
        losses[i] = plain_loss(plain, 1, data->floats + i * data->features, &data->labels[i]);
    plain_free(plain);
    ink_trainer_free(trainer);
    return losses;
}

static double mean(const double *values, size_t first, size_t count)
{
    double sum = 0;
    for (size_t i = first; i < first + count; i++) sum += values[i];
    return sum / (double)count;
}

/* ---- rows of the history ---- */

static void a_row_an_epoch(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 10, 5, 3);
    ink_model *model;
    ink_run *run, *scores;
    net_reset(f, STILL "net=dense 8 tanh; batch=4; epochs=3; val=0");
    double *losses = losses_of_rows(f, data), before = 0;
    train(f, data, &model, &run);
    net_ok(f, ink_eval(f->ctx, model, data, &scores));
    assert_int_equal(ink_run_epochs(run), 3);
    for (size_t i = 0; i < 3; i++) {
        const ink_epoch *row = ink_run_epoch(run, i);
        check_row(run, i, i + 1, 3 * (i + 1));
        assert_int_equal(row->steps_total, 9);
        assert_true(row->lr == 1e-10);
        net_near(row->train[INK_LOSS], mean(losses, 0, 10), 1e-6); /* over 4 + 4 + 2 rows, not of three means */
        net_near(row->train[ACCURACY], ink_run_metrics(scores)->accuracy, 1e-12);
        assert_true(isnan(row->val[INK_LOSS]) && isnan(row->val[ACCURACY]) && !row->best);
        assert_true(row->seconds >= before && row->rows_per_second > 0);
        before = row->seconds;
    }
    assert_null(ink_run_epoch(run, 3));
    assert_int_equal(ink_run_best(run), 3); /* without validation there is none */
    assert_int_equal(ink_run_steps(run), 0);
    assert_string_equal(ink_run_ended(run), "finished 3 of 3 epochs");
    assert_null(ink_run_metrics(run));
    free(losses);
    ink_run_free(scores);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

/* Ten rows in batches of 4, 4 and 2; four steps end behind the first batch of the second epoch. */
static void steps_end_within_an_epoch(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 2, 10, 5, 3);
    ink_model *model;
    ink_run *run;
    net_reset(f, STILL "net=dense 8 tanh; batch=4; steps=4; epochs=100; val=0; shuffle=none");
    double *losses = losses_of_rows(f, data);
    train(f, data, &model, &run);
    assert_int_equal(ink_run_epochs(run), 2);
    check_row(run, 0, 1, 3);
    check_row(run, 1, 2, 4);
    net_near(ink_run_epoch(run, 0)->train[INK_LOSS], mean(losses, 0, 10), 1e-6);
    net_near(ink_run_epoch(run, 1)->train[INK_LOSS], mean(losses, 0, 4), 1e-6);
    assert_int_equal(ink_run_epoch(run, 1)->steps_total, 4);
    assert_string_equal(ink_run_ended(run), "finished 4 of 4 steps");
    free(losses);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

static void rows_every_few_steps(void **state)
{
    static const struct {
        const char *settings;
        size_t count, epochs[4], steps[4];
    } cases[] = {
        {"eval-every=2; steps=5", 3, {1, 2, 2}, {2, 4, 5}}, {"eval-every=100; steps=5", 1, {2}, {5}},
        {"eval-every=3; steps=6", 2, {1, 2}, {3, 6}},       {"eval-every=epoch; epochs=2", 2, {1, 2}, {3, 6}},
        {"eval-every=4; epochs=2", 2, {2, 2}, {4, 6}},      {"eval-every=1; steps=1", 1, {1}, {1}},
    };
    struct fixture *f = *state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        ink_data *data = net_data(f, 2, 10, 5, 3);
        ink_model *model;
        ink_run *run;
        net_reset(f, STILL "hidden=0; batch=4; val=0; shuffle=none");
        net_set(f, cases[c].settings);
        double *losses = losses_of_rows(f, data);
        train(f, data, &model, &run);
        assert_int_equal(ink_run_epochs(run), cases[c].count);
        for (size_t i = 0; i < cases[c].count; i++) check_row(run, i, cases[c].epochs[i], cases[c].steps[i]);
        if (c == 0)
            net_near(ink_run_epoch(run, 1)->train[INK_LOSS], (losses[8] + losses[9] + 4 * mean(losses, 0, 4)) / 6,
                     1e-6);
        free(losses);
        ink_run_free(run);
        ink_model_free(model);
        ink_data_free(data);
    }
}

/* ---- which rows make a step ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort(double *values, size_t count) { qsort(values, count, sizeof *values, compare); }

/* Two epochs of 12 rows, one row a step: each loss identifies the row. Ownership: the caller, free. */
static double *two_epochs(struct fixture *f, const ink_data *data, const char *settings)
{
    ink_model *model;
    ink_run *run;
    double *losses = malloc(24 * sizeof *losses);
    net_reset(f, STILL "hidden=0; batch=1; epochs=2; val=0; history-steps=true");
    net_set(f, settings);
    train(f, data, &model, &run);
    assert_int_equal(ink_run_steps(run), 24);
    memcpy(losses, ink_run_step_losses(run), 24 * sizeof *losses);
    ink_run_free(run);
    ink_model_free(model);
    return losses;
}

static bool same(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs(a[i] - b[i]) <= 1e-6)) return false;
    return true;
}

static void single_samples_in_each_order(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 5, 12, 4, 3);
    net_reset(f, STILL "hidden=0");
    double *rows = losses_of_rows(f, data);
    double *none = two_epochs(f, data, "shuffle=none"), *epoch = two_epochs(f, data, "shuffle=epoch");
    double *again = two_epochs(f, data, "shuffle=epoch"), *sample = two_epochs(f, data, "shuffle=sample");
    assert_true(same(none, rows, 12) && same(none + 12, rows, 12));
    assert_true(same(epoch, again, 24));
    assert_false(same(epoch, epoch + 12, 12));
    assert_false(same(epoch, rows, 12));
    sort(rows, 12);
    sort(epoch, 12);
    sort(epoch + 12, 12);
    assert_true(same(epoch, rows, 12) && same(epoch + 12, rows, 12)); /* every row once an epoch */
    assert_false(same(sample, none, 24));
    for (size_t i = 0; i < 24; i++) {
        bool found = false;
        for (size_t j = 0; j < 12; j++) found = found || fabs(sample[i] - rows[j]) <= 1e-6;
        assert_true(found);
    }
    sort(sample, 12);
    assert_false(same(sample, rows, 12)); /* drawn anew for each step: some row comes twice */
    free(rows);
    free(none);
    free(epoch);
    free(again);
    free(sample);
    ink_data_free(data);
}

static uint64_t trained_hash(struct fixture *f, const ink_data *data, const char *settings, size_t *steps)
{
    ink_model *model;
    ink_run *run;
    net_reset(f,
              "net=dense 20 relu | dropout 0.2; lr=0.1; val=0; epochs=3; scale=standard; history-steps=true; seed=7");
    net_set(f, settings);
    train(f, data, &model, &run);
    uint64_t hash = inki_model_hash(model);
    *steps = ink_run_steps(run);
    ink_run_free(run);
    ink_model_free(model);
    return hash;
}

/* All rows at once: in chunks, so 300 of them; a batch that is larger than the data is the same. */
static void full_batch(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 3, 300, 12, 4);
    size_t steps;
    uint64_t full = trained_hash(f, data, "batch=full", &steps);
    assert_int_equal(steps, 3);
    assert_true(trained_hash(f, data, "batch=300", &steps) == full);
    assert_true(trained_hash(f, data, "batch=5000", &steps) == full);
    assert_true(trained_hash(f, data, "batch=full; shuffle=none", &steps) == full);
    assert_true(trained_hash(f, data, "batch=full; threads=3", &steps) == full);
    assert_int_equal(steps, 3);
    assert_true(trained_hash(f, data, "batch=full; seed=8", &steps) != full);
    assert_true(trained_hash(f, data, "batch=299", &steps) != full);
    assert_int_equal(steps, 6);
    ink_data_free(data);
}

/* ---- learning ---- */

static double validation_accuracy(const struct fixture *f, const ink_data *data)
{
    ink_model *model;
    ink_run *run;
    train(f, data, &model, &run);
    assert_true(ink_run_best(run) < ink_run_epochs(run));
    double accuracy = ink_run_epoch(run, ink_run_best(run))->val[ACCURACY];
    ink_run_free(run);
    ink_model_free(model);
    return accuracy;
}

/* Class 1 where the two values have different signs. */
static ink_data *xor_data(const struct fixture *f)
{
    enum { N = 400 };
    float x[2 * N];
    int32_t labels[N];
    ink_data *data = NULL;
    net_values(9, 2 * N, -1, 1, x);
    for (size_t i = 0; i < 2 * N; i++) x[i] += x[i] < 0 ? -0.1f : 0.1f;
    for (size_t i = 0; i < N; i++) labels[i] = x[2 * i] * x[2 * i + 1] < 0;
    net_ok(f, ink_data_new(f->ctx, N, 2, x, labels, 2, &data));
    return data;
}

static void something_real_is_learned(void **state)
{
    struct fixture *f = *state;
    ink_data *exclusive = xor_data(f), *clusters = net_clusters(f, 3, 600, 10, 5, 0.7f);
    net_reset(f, "hidden=0; lr=0.1; batch=16; epochs=20; val=0.2; scale=standard");
    assert_true(validation_accuracy(f, clusters) > 0.95);
    assert_true(validation_accuracy(f, exclusive) < 0.75); /* no line separates it */
    for (int kind = 0; kind < INKI_OPT_COUNT; kind++) {
        net_reset(f, "hidden=16; activation=tanh; batch=16; epochs=60; val=0.2; scale=standard; lr=0.02");
        help_set(f, "optimizer", inki_optimizer_name((enum inki_optimizer)kind));
        if (kind == INKI_OPT_sgd) help_set(f, "lr", "0.3");
        assert_true(validation_accuracy(f, exclusive) > 0.95);
    }
    ink_data_free(exclusive);
    ink_data_free(clusters);
}

static void a_test_part_is_measured(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 3, 500, 10, 5, 1);
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=0; lr=0.1; batch=16; epochs=10; val=0.2; test=100; scale=standard");
    train(f, data, &model, &run);
    assert_non_null(ink_run_metrics(run));
    assert_int_equal(ink_run_metrics(run)->rows, 100);
    assert_true(ink_run_metrics(run)->accuracy > 0.9);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

/* ---- what is written down ---- */

static json_t *metadata(const ink_model *model, const char *key)
{
    const char *text = ink_model_metadata(model, key);
    assert_non_null(text);
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void check_metrics(const ink_model *model, const ink_epoch *row)
{
    json_t *metrics = metadata(model, "metrics");
    assert_int_equal(number(metrics, "epoch"), row->epoch);
    assert_int_equal(number(metrics, "step"), row->step);
    net_near(number(metrics, "train_loss"), row->train[INK_LOSS], 1e-15);
    net_near(number(metrics, "val_loss"), row->val[INK_LOSS], 1e-15);
    net_near(number(metrics, "val_accuracy"), row->val[ACCURACY], 1e-15);
    json_decref(metrics);
}

/* The metrics are those of the weights that are kept; random labels see to it that the best row is not the last. */
static void the_model_says_how_it_was_made(void **state)
{
    static const char *const kept[] = {"keep=best", "keep=last"};
    struct fixture *f = *state;
    ink_data *data = net_data(f, 3, 200, 10, 3);
    for (size_t k = 0; k < 2; k++) {
        ink_model *model;
        ink_run *run;
        net_reset(
            f, "hidden=30; lr=0.3; batch=8; epochs=25; val=0.3; seed=11; monitor=val_loss; scale=standard; threads=1");
        net_set(f, kept[k]);
        train(f, data, &model, &run);
        size_t last = ink_run_epochs(run) - 1, best = ink_run_best(run);
        assert_true(best < last);
        assert_int_equal(ink_run_kept(run), k == 0 ? best : last);
        check_metrics(model, ink_run_epoch(run, k == 0 ? best : last));
        assert_string_equal(ink_model_metadata(model, "seed"), "11");
        assert_int_equal(strlen(ink_model_metadata(model, "data_fingerprint")), 16);
        json_t *settings = metadata(model, "settings");
        assert_string_equal(json_string_value(json_object_get(settings, "lr")), "0.3");
        for (size_t i = 0; i < ink_settings_count(); i++) {
            const ink_setting *row = ink_settings_row(i);
            assert_true((json_object_get(settings, row->name) != NULL) ==
                        (strcmp(row->group, "run") != 0 && strcmp(row->group, "search") != 0));
        }
        json_decref(settings);
        ink_run_free(run);
        ink_model_free(model);
    }
    ink_data_free(data);
}

/* ---- what is refused ---- */

static void data_that_cannot_be_trained_on(void **state)
{
    struct fixture *f = *state;
    float x[8] = {0};
    int32_t labels[4] = {1, 1, 1, 1};
    ink_data *silent = NULL, *single = NULL, *data = net_data(f, 1, 40, 2, 3), *wide = net_data(f, 1, 40, 5, 3);
    ink_data *more = net_data(f, 1, 40, 2, 9);
    ink_model *model = (ink_model *)1;
    ink_run *run = (ink_run *)1;
    ink_trainer *trainer = (ink_trainer *)1;
    net_ok(f, ink_data_new(f->ctx, 4, 2, x, NULL, 0, &silent));
    net_ok(f, ink_data_new(f->ctx, 4, 2, x, labels, 2, &single));
    net_fails(f, ink_train(f->ctx, silent, f->set, NULL, &model, &run), INK_BAD_DATA, "no labels");
    assert_true(!model && !run);
    net_fails(f, ink_train(f->ctx, single, f->set, NULL, &model, &run), INK_BAD_DATA, "class");
    net_fails(f, ink_trainer_new(f->ctx, silent, NULL, f->set, NULL, &trainer), INK_BAD_DATA, "no labels");
    assert_null(trainer);
    net_fails(f, ink_trainer_new(f->ctx, data, wide, f->set, NULL, &trainer), INK_BAD_DATA, "5 features");
    net_fails(f, ink_trainer_new(f->ctx, data, silent, f->set, NULL, &trainer), INK_BAD_DATA,
              "validation part|no labels");
    net_fails(f, ink_trainer_new(f->ctx, data, more, f->set, NULL, &trainer), INK_BAD_DATA,
              "class"); /* labels beyond the network's */
    assert_null(trainer);
    ink_data_free(silent);
    ink_data_free(single);
    ink_data_free(data);
    ink_data_free(wide);
    ink_data_free(more);
}

static void settings_that_do_not_go_together(void **state)
{
    static const struct {
        const char *settings, *words;
    } cases[] = {
        {"val=0; early-stop=3", "early-stop needs a validation part"},
        {"val=0; schedule=plateau", "plateau needs a validation part"},
        {"net=dense 5 rleu", "column 9"},
        {"hidden=5,x", "hidden"},
        {"hidden=5; init=normal", "init"},
    };
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 40, 2, 3);
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model = (ink_model *)1;
        ink_run *run = (ink_run *)1;
        net_reset(f, cases[i].settings);
        net_fails(f, ink_train(f->ctx, data, f->set, NULL, &model, &run), INK_BAD_SETTING, cases[i].words);
        assert_true(!model && !run);
    }
    ink_data_free(data);
}

/* A trainer that goes on from a model: it copies it, and knows when it does not fit. */
static void starting_from_a_model(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 40, 2, 3), *other = net_data(f, 1, 40, 2, 4);
    ink_model *start = NULL;
    ink_trainer *trainer = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    net_reset(f, "hidden=5; lr=0.1; epochs=1; batch=8; val=0");
    net_ok(f, ink_model_new(f->ctx, "dense 7 tanh", 2, 3, f->set, &start));
    uint64_t hash = inki_model_hash(start);
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, start, &trainer));
    assert_true(inki_model_hash(ink_trainer_model(trainer)) == hash);
    net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    assert_false(more);
    assert_true(inki_model_hash(start) == hash);
    assert_true(inki_model_hash(ink_trainer_model(trainer)) != hash);
    net_fails(f, ink_trainer_epoch(trainer, NULL, &row, &more), INK_BAD_ARGUMENT, "training has ended");
    ink_trainer_free(trainer);
    net_fails(f, ink_trainer_new(f->ctx, other, NULL, f->set, start, &trainer), INK_BAD_DATA, "3 classes");
    assert_null(trainer);
    ink_model_free(start);
    ink_data_free(data);
    ink_data_free(other);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(a_row_an_epoch),
        CASE(steps_end_within_an_epoch),
        CASE(rows_every_few_steps),
        CASE(single_samples_in_each_order),
        CASE(full_batch),
        CASE(something_real_is_learned),
        CASE(a_test_part_is_measured),
        CASE(the_model_says_how_it_was_made),
        CASE(data_that_cannot_be_trained_on),
        CASE(settings_that_do_not_go_together),
        CASE(starting_from_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
