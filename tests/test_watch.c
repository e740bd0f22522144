/* test_watch: what is said about a network that does not learn; class weights, the average of weights, the budget of time.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/mem.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Trains; returns all notes in one text (f->notes of the last call). */
struct notes {
    char text[4000];
    size_t used;
};

static void on_note(void *user, const char *line)
{
    struct notes *notes = user;
    notes->used += (size_t)snprintf(notes->text + notes->used, sizeof notes->text - notes->used, "%s\n", line);
}

static ink_trainer *train(const struct fixture *f, const ink_data *rows, const ink_data *valid, const ink_model *start,
                          struct notes *notes)
{
    ink_trainer *trainer = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    *notes = (struct notes){0};
    ink_ctx_on_note(f->ctx, on_note, notes);
    net_ok(f, ink_trainer_new(f->ctx, rows, valid, f->set, start, &trainer));
    while (more) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    ink_ctx_on_note(f->ctx, NULL, NULL);
    return trainer;
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)); at++) count++;
    return count;
}

static void dead_units_are_named(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 0.5f);
    net_reset(f, "net=dense 20 relu | dense 8 relu; lr=0.05; epochs=9; batch=50; scale=none");
    ink_trainer_free(train(f, data, NULL, NULL, &notes));
    assert_null(strstr(notes.text, "relu units"));

    ink_model *start = NULL;
    net_ok(f, ink_model_new(f->ctx, "dense 20 relu | dense 8 relu", 10, 3, f->set, &start));
    for (size_t i = 0; i < 15; i++) /* three of four units of the first layer get a bias that keeps them off */
        start->w[start->nodes[0].offset + start->nodes[0].op->at(&start->nodes[0], 1, i)] = -1e4f;
    ink_trainer_free(train(f, data, NULL, start, &notes));
    assert_int_equal(count_of(notes.text, "15 of 20 relu units"), 1); /* said once */
    assert_non_null(strstr(notes.text, "step 6: layer dense1"));
    assert_non_null(strstr(notes.text, "leaky_relu"));
    ink_model_free(start);
    ink_data_free(data);
}

static void chance_is_named(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 0.5f);
    net_reset(f, "hidden=20; lr=0.05; epochs=6; batch=50; scale=none");
    ink_trainer_free(train(f, data, NULL, NULL, &notes));
    assert_null(strstr(notes.text, "at chance"));
    net_reset(f, "hidden=20; init=zeros; lr=1e-9; epochs=6; batch=50; scale=none");
    ink_trainer_free(train(f, data, NULL, NULL, &notes));
    assert_int_equal(count_of(notes.text, "still at chance"), 1);
    assert_non_null(strstr(notes.text, "step 12:"));
    ink_data_free(data);
}

/* ---- class weights ---- */

/* Two overlapping clusters, nine of one and one of the other. */
static ink_data *unbalanced(const struct fixture *f)
{
    float x[400];
    int32_t labels[400];
    ink_data *data = NULL;
    net_values(5, 400, -1, 1, x);
    for (size_t i = 0; i < 400; i++) {
        labels[i] = i % 10 == 0;
        x[i] += labels[i] ? 0.5f : -0.5f;
    }
    net_ok(f, ink_data_new(f->ctx, 400, 1, x, labels, 2, &data));
    return data;
}

static double recall_of(const struct fixture *f, const ink_data *data, const ink_model *model, size_t class)
{
    ink_run *run = NULL;
    net_ok(f, ink_eval(f->ctx, model, data, &run));
    double recall = ink_run_metrics(run)->per_class[class]->recall;
    ink_run_free(run);
    return recall;
}

static void balanced_weights(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    float *weights = NULL;
    ink_data *data = unbalanced(f);
    net_ok(f, inki_class_weights(f->ctx, data, "balanced", &weights));
    net_near((double)weights[0], 400.0 / (2 * 360), 1e-6);
    net_near((double)weights[1], 400.0 / (2 * 40), 1e-6);
    inki_free(weights);
    for (int balanced = 0; balanced < 2; balanced++) {
        net_reset(f, "hidden=0; lr=0.5; epochs=60; batch=50; scale=none; val=0");
        help_set(f, "class-weight", balanced ? "balanced" : "none");
        ink_trainer *trainer = train(f, data, NULL, NULL, &notes);
        double recall = recall_of(f, data, ink_trainer_model(trainer), 1);
        assert_true(balanced ? recall > 0.65 : recall < 0.5);
        ink_trainer_free(trainer);
    }
    ink_data_free(data);
}

/* Rows of weight 0 teach nothing: their own weights, and both together, too. */
static void weights_that_are_all_0(void **state)
{
    struct fixture *f = *state;
    const float x[] = {1, 2, 3, 4}, none[] = {0, 0, 0, 0}, some[] = {0, 1, 0, 0};
    const int32_t labels[] = {0, 1, 0, 1};
    for (int i = 0; i < 2; i++) {
        ink_rows rows = INK_INIT(ink_rows);
        ink_data *data = NULL;
        ink_trainer *trainer = NULL;
        rows.rows = 4;
        rows.features = 1;
        rows.classes = 2;
        rows.floats = x;
        rows.labels = labels;
        rows.weights = i ? some : none;
        net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
        net_reset(f, "hidden=2; epochs=1; val=0");
        ink_status status = ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer);
        if (i)
            net_ok(f, status);
        else
            net_fails(f, status, INK_BAD_DATA, "all training rows have weight 0");
        ink_trainer_free(trainer);
        ink_data_free(data);
    }
}

static void weights_from_files(void **state)
{
    static const struct {
        const char *text, *message; /* message NULL: fine */
    } cases[] = {
        {"0,1\n1,2.5\n", NULL},
        {"class,weight\r\n1, 2.5\r\n\r\n0,1", NULL},
        {"0,1\n", "class '1' has no weight"},
        {"0,1\n1,x\n", ":2: the weight is not a number"},
        {"0,1\n1,-1\n", ":2: the weight"},
        {"0,1\n2,1\n", ":2: the data has no such class"},
        {"0,1\n0,1\n", ":2: the class has a weight already"},
        {"0 1\n", ":1: there is no comma"},
        {"", "class '0' has no weight"},
        {"0,0\n1,0\n", "all training rows have weight 0|class-weight"},
    };
    struct fixture *f = *state;
    ink_data *data = unbalanced(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        float *weights = NULL;
        const char *path = help_write(f, "weights.csv", cases[i].text, strlen(cases[i].text));
        ink_status status = inki_class_weights(f->ctx, data, path, &weights);
        if (cases[i].message) {
            net_fails(f, status, INK_BAD_DATA, cases[i].message);
        } else {
            net_ok(f, status);
            assert_true(weights[0] == 1 && weights[1] == 2.5f);
        }
        inki_free(weights);
    }
    ink_data_free(data);
}

/* ---- the average ---- */

static void the_average_is_kept(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 1.5f), *valid = net_clusters(f, 3, 100, 10, 3, 1.5f);
    uint64_t hashes[2];
    for (unsigned threads = 1; threads <= 2; threads++) {
        net_reset(f,
                  "hidden=300; lr=0.2; epochs=4; batch=60; scale=none; ema=0.95; keep=best; optimizer=adam; lr=0.01");
        net_ok(f, ink_ctx_set_threads(f->ctx, threads));
        ink_trainer *trainer = train(f, data, valid, NULL, &notes);
        const ink_model *model = ink_trainer_model(trainer);
        ink_run *run = NULL;
        net_ok(f, ink_eval(f->ctx, model, valid, &run)); /* what was validated is what is kept */
        double loss = ink_run_metrics(run)->loss;
        net_near(loss, ink_run_epoch(trainer->run, ink_run_best(trainer->run))->val[INK_LOSS], 1e-6);
        hashes[threads - 1] = inki_model_hash(model);
        ink_run_free(run);
        ink_trainer_free(trainer);
    }
    assert_true(hashes[0] == hashes[1]);
    ink_data_free(data);
    ink_data_free(valid);
}

/* ---- budget ---- */

static void budgets(void **state)
{
    static const struct {
        const char *text;
        double seconds; /* negative: an error */
    } cases[] = {{"none", 0}, {"90", 90},  {"90s", 90}, {"1.5m", 90}, {"2h", 7200}, {"", -1},
                 {"m", -1},   {"10d", -1}, {"0", -1},   {"-5", -1},   {"1e30", -1}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        double seconds = -2;
        ink_status status = inki_budget(f->ctx, cases[i].text, &seconds);
        if (cases[i].seconds < 0)
            net_fails(f, status, INK_BAD_SETTING, "budget|is not a time");
        else
            assert_true(status == INK_OK && seconds == cases[i].seconds);
    }
}

static double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void the_budget_ends_training(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 0.5f);
    net_reset(f, "hidden=20; epochs=10000000; batch=50; scale=none; budget=0.2s");
    double began = seconds_now();
    ink_trainer *trainer = train(f, data, data, NULL, &notes);
    assert_true(seconds_now() - began >= 0.2);
    assert_true(seconds_now() - began < 20);
    assert_non_null(strstr(ink_run_ended(trainer->run), "time budget (0.2 s) exhausted"));
    ink_trainer_free(trainer);
    ink_data_free(data);
}

/* ---- rows that make most of a loss, and rates that do not change ---- */

static void rows_that_make_the_loss_are_named(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    enum { ROWS = 200, FEATURES = 4 };
    float x[ROWS * FEATURES];
    int32_t labels[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = i % 2;
        for (size_t j = 0; j < FEATURES; j++)
            x[i * FEATURES + j] = (float)((i * 7 + j * 5) % 11) + 6 * (float)labels[i];
    }
    for (int far = 0; far < 2; far++) {
        ink_data *train_rows, *valid;
        net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, x, labels, 2, &train_rows));
        if (far) x[57 * FEATURES + 2] = labels[57] ? -1e5f : 1e5f;
        net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, x, labels, 2, &valid));
        net_reset(f, "hidden=0; lr=0.5; epochs=20; batch=20; scale=standard");
        ink_trainer_free(train(f, train_rows, valid, NULL, &notes));
        assert_int_equal(count_of(notes.text, "of the validation loss of"), far);
        if (far) assert_non_null(strstr(notes.text, "row 57 (from 0) of memory alone makes "));
        if (far) assert_non_null(strstr(notes.text, "column 2 (from 0) is -100000 there, "));
        ink_data_free(train_rows);
        ink_data_free(valid);
    }
}

static void rates_without_effect_are_named(void **state)
{
    static const struct {
        const char *settings, *note;
    } cases[] = {
        {"epochs=4; warmup=40; lr=0.4",
         "warmup: 40 epochs are longer than the training of 4: the rate rises to 0.04 of 0.4"},
        {"epochs=4; warmup=4; lr=0.4", NULL},
        {"epochs=4; lr=1e-5; schedule=cosine", "min-lr 0.0001 is not below lr 1e-05: schedule cosine changes nothing"},
        {"epochs=4; lr=0.1; schedule=step; min-lr=0.1", "schedule step changes nothing"},
        {"epochs=4; schedule=step",
         "decay-every: 10 epochs are no shorter than the training of 4: the rate never falls"},
        {"epochs=4; schedule=step; decay-every=3", NULL},
        {"epochs=4; schedule=plateau", "plateau-patience: 15 epochs are no shorter than the training of 4"},
        {"epochs=4; schedule=plateau; plateau-patience=2", NULL},
        {"epochs=4; early-stop=4", "early-stop: 4 epochs without improvement cannot come in a training of 4"},
        {"epochs=4; early-stop=3", NULL},
        {"epochs=4; batch=31", "batch: 31 rows are more than the 30 that there are"},
        {"epochs=4; batch=30", NULL},
        {"epochs=4; lr=1e-5", NULL},
        {"epochs=4", NULL}};
    struct fixture *f = *state;
    struct notes notes;
    ink_data *data = net_clusters(f, 3, 30, 4, 3, 0.5f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        net_reset(f, "hidden=3; batch=10");
        net_set(f, cases[i].settings);
        ink_trainer_free(train(f, data, data, NULL, &notes));
        if (cases[i].note)
            assert_non_null(strstr(notes.text, cases[i].note));
        else
            for (size_t k = 0; k < COUNT(cases); k++) assert_true(!cases[k].note || !strstr(notes.text, cases[k].note));
    }
    ink_data_free(data);
}

/* What came apart and stayed finite is named, too. */
static void weights_worse_than_none_are_named(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    ink_data *data = net_clusters(f, 3, 300, 6, 3, 2.0f);
    for (int apart = 0; apart < 2; apart++) {
        ink_model *model = NULL;
        ink_run *run = NULL;
        net_reset(f, "net=dense 32 identity | dense 32 identity; batch=50; epochs=1; val=0.2; keep=last; seed=1");
        net_set(f, apart ? "lr=1e-10; init=normal:10; scale=none; steps=1" : "lr=0.1");
        notes = (struct notes){0};
        ink_ctx_on_note(f->ctx, on_note, &notes);
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        ink_ctx_on_note(f->ctx, NULL, NULL);
        assert_int_equal(count_of(notes.text, "answer worse than one class for all rows would"), apart);
        assert_true(!apart || ink_run_epoch(run, 0)->val[INK_LOSS] > 1e4);
        ink_model_free(model);
        ink_run_free(run);
    }
    ink_data_free(data);
}

/* Two rows, a single class, or four steps tell nothing about chance. */
static void chance_that_is_not_known(void **state)
{
    static const char *const settings[] = {"epochs=60; batch=full", "epochs=4; batch=full"};
    struct fixture *f = *state;
    struct notes notes;
    const float x[] = {1, 2, 3, 1};
    const int32_t labels[] = {0, 1};
    ink_data *two, *many = net_clusters(f, 3, 400, 4, 2, 0.5f);
    net_ok(f, ink_data_new(f->ctx, 2, 2, x, labels, 2, &two));
    for (size_t i = 0; i < COUNT(settings); i++) {
        net_reset(f, "hidden=3; lr=1e-9; scale=none");
        net_set(f, settings[i]);
        ink_trainer_free(train(f, two, NULL, NULL, &notes));
        assert_null(strstr(notes.text, "at chance"));
        net_set(f, "init=zeros");
        ink_trainer_free(train(f, many, NULL, NULL, &notes));
        assert_int_equal(strstr(notes.text, "at chance") != NULL, i == 0);
    }
    ink_data_free(two);
    ink_data_free(many);
}

/* Accuracy of 65 % is not chance where the larger of two classes has half of 100 rows. */
static void better_than_chance(void **state)
{
    struct fixture *f = *state;
    struct notes notes;
    float x[100];
    int32_t labels[100];
    ink_data *data;
    ink_model *start;
    for (size_t i = 0; i < 100; i++) {
        labels[i] = i % 2;
        x[i] = (labels[i] ? 1.0f : -1.0f) * (i % 20 < 7 ? -1 : 1);
    }
    net_reset(f, "hidden=0; lr=1e-9; scale=none; epochs=12; batch=full");
    net_ok(f, ink_data_new(f->ctx, 100, 1, x, labels, 2, &data));
    net_ok(f, ink_model_new(f->ctx, "", 1, 2, f->set, &start));
    for (size_t i = 0; i < 2; i++)
        start->w[start->nodes[0].offset + start->nodes[0].op->at(&start->nodes[0], 0, i)] = i ? 1 : -1;
    ink_trainer_free(train(f, data, NULL, start, &notes));
    assert_null(strstr(notes.text, "at chance"));
    ink_model_free(start);
    ink_data_free(data);
}

/* What is advised is not what is so already. */
static void advice_that_helps(void **state)
{
    static const char *const scales[] = {"none", "standard"};
    struct fixture *f = *state;
    struct notes notes;
    ink_data *data = net_clusters(f, 3, 400, 4, 2, 0.5f);
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more;
    for (size_t i = 0; i < 2; i++) {
        net_reset(f, "hidden=3; init=zeros; lr=1e-9; epochs=12; batch=full");
        help_set(f, "scale", scales[i]);
        ink_trainer_free(train(f, data, NULL, NULL, &notes));
        assert_int_equal(strstr(notes.text, "scale standard") != NULL, i == 0);
        net_set(f, "hidden=30,30,30; init=normal:100; lr=10000; batch=1");
        net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
        net_fails(f, ink_trainer_epoch(trainer, NULL, &row, &more), INK_DIVERGED,
                  i ? "try lr 1000 or clip-norm 1" : "try lr 1000, clip-norm 1, or scale standard");
        ink_trainer_free(trainer);
    }
    ink_data_free(data);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(dead_units_are_named),
        CASE(chance_is_named),
        CASE(balanced_weights),
        CASE(weights_from_files),
        CASE(the_average_is_kept),
        CASE(budgets),
        CASE(the_budget_ends_training),
        CASE(weights_that_are_all_0),
        CASE(rows_that_make_the_loss_are_named),
        CASE(rates_without_effect_are_named),
        CASE(chance_that_is_not_known),
        CASE(better_than_chance),
        CASE(advice_that_helps),
        CASE(weights_worse_than_none_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
