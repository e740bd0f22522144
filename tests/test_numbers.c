/* test_numbers: networks that answer with numbers: the arithmetic against sums in double, scores, folds, resuming, what is refused.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/file.h"
#include "train/metrics.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 300, FEATURES = 6, TARGETS = 2, RMSE = 1, MAE, R2 };

/* Rows whose targets are smooth functions of the features, with a little noise. */
struct table {
    float x[ROWS * FEATURES], y[ROWS * TARGETS], weights[ROWS];
};

static void fill(struct table *table)
{
    float noise[ROWS];
    net_values(1, ROWS * FEATURES, -1, 1, table->x);
    net_values(2, ROWS, -0.05f, 0.05f, noise);
    net_values(3, ROWS, 0.5f, 2, table->weights);
    for (size_t i = 0; i < ROWS; i++) {
        const float *x = table->x + i * FEATURES;
        table->y[i * TARGETS] = 3 + 2 * x[0] - x[1] * x[2] + noise[i];
        table->y[i * TARGETS + 1] = x[3] * x[3] - 0.5f * x[4] + noise[i];
    }
}

static ink_data *table_data(const struct fixture *f, const struct table *table, bool weighted)
{
    static const char *const names[TARGETS] = {"price", "weight"};
    ink_data *data = NULL;
    const ink_rows rows = {.size = sizeof rows,
                           .rows = ROWS,
                           .features = FEATURES,
                           .floats = table->x,
                           .targets = table->y,
                           .target_count = TARGETS,
                           .target_names = names,
                           .weights = weighted ? table->weights : NULL};
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    return data;
}

#define PLAN "hidden=24;scale=none;optimizer=adam;lr=0.01;batch=20;epochs=60;"

/* ---- data ---- */

static void data_with_targets(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    fill(table);
    ink_data *data = table_data(f, table, false), *one = NULL, *parts[3];
    ink_data_info info = INK_INIT(ink_data_info);
    ink_data_describe(data, &info);
    assert_true(info.targets == TARGETS && info.classes == 0 && !info.labelled);
    assert_string_equal(ink_data_target(data, 1), "weight");
    assert_null(ink_data_target(data, 2));
    table->y[7] += 1; /* the data has a copy; the next one has another fingerprint */
    ink_data *changed = table_data(f, table, false);
    assert_true(ink_data_fingerprint(data) != ink_data_fingerprint(changed));
    net_reset(f, "val=0.2;test=50");
    net_ok(f, ink_data_split(f->ctx, data, f->set, &parts[0], &parts[1], &parts[2]));
    for (size_t p = 0; p < 3; p++) {
        assert_int_equal(parts[p]->target_count, TARGETS);
        for (size_t i = 0; i < parts[p]->rows; i++)
            assert_true(inki_data_targets(parts[p], i) == data->targets + TARGETS * inki_data_base(parts[p], i));
        ink_data_free(parts[p]);
    }
    const ink_rows single = {
        .size = sizeof single, .rows = 3, .features = 1, .floats = table->x, .targets = table->y, .target_count = 1};
    net_ok(f, ink_data_wrap(f->ctx, &single, &one));
    assert_string_equal(ink_data_target(one, 0), "target");
    ink_data_free(one);
    ink_data_free(changed);
    ink_data_free(data);
    free(table);
}

static void targets_that_are_refused(void **state)
{
    struct fixture *f = *state;
    float x[4] = {1, 2, 3, 4}, y[2] = {1, NAN};
    int32_t labels[2] = {0, 1};
    ink_data *data;
    ink_rows rows = {.size = sizeof rows, .rows = 2, .features = 2, .floats = x, .targets = y, .target_count = 1};
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_DATA, "row 1|not a finite number");
    rows.target_count = 0;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "0 targets");
    rows.target_count = 1, rows.labels = labels, rows.classes = 2;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "labels or targets");
    rows = (ink_rows){.size = sizeof(ink_rows), .rows = 2, .features = 2, .floats = x, .target_count = 1};
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "1 targets");
}

/* ---- the arithmetic ---- */

/* w[TARGETS][FEATURES] and b[TARGETS] after steps of gradient descent over all rows, in double; returns the last loss before a step. */
static double descend(const struct table *table, size_t steps, double lr, double *w, double *b)
{
    double loss = 0;
    for (size_t step = 0; step < steps; step++) {
        double gw[TARGETS * FEATURES] = {0}, gb[TARGETS] = {0};
        loss = 0;
        for (size_t i = 0; i < ROWS; i++)
            for (size_t t = 0; t < TARGETS; t++) {
                double z = b[t], weight = (double)table->weights[i];
                for (size_t j = 0; j < FEATURES; j++) z += w[t * FEATURES + j] * (double)table->x[i * FEATURES + j];
                double error = z - (double)table->y[i * TARGETS + t], dz = 2 * weight * error / TARGETS / ROWS;
                loss += weight * error * error / TARGETS / ROWS;
                gb[t] += dz;
                for (size_t j = 0; j < FEATURES; j++) gw[t * FEATURES + j] += dz * (double)table->x[i * FEATURES + j];
            }
        for (size_t j = 0; j < TARGETS * FEATURES; j++) w[j] -= lr * gw[j];
        for (size_t t = 0; t < TARGETS; t++) b[t] -= lr * gb[t];
    }
    return loss;
}

static void steps_are_those_of_the_formula(void **state)
{
    enum { STEPS = 25 };
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    double w[TARGETS * FEATURES] = {0}, b[TARGETS] = {0}, loss;
    fill(table);
    ink_data *data = table_data(f, table, true);
    ink_model *model = NULL;
    ink_run *run = NULL;
    net_reset(f, "hidden=0;init=zeros;scale=none;target-scale=none;optimizer=sgd;lr=0.3;batch=full;epochs=25;val=0;"
                 "history-steps=true");
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    loss = descend(table, STEPS, 0.3, w, b);
    net_near(ink_run_step_losses(run)[STEPS - 1], loss, 1e-5 * loss);
    net_near(ink_run_epoch(run, STEPS - 1)->train[INK_LOSS], loss, 1e-5 * loss);
    const struct inki_node *layer = &model->nodes[0];
    for (size_t j = 0; j < TARGETS * FEATURES; j++) net_near(model->w[layer->op->at(layer, 0, j)], w[j], 2e-5);
    for (size_t t = 0; t < TARGETS; t++) net_near(model->w[layer->op->at(layer, 1, t)], b[t], 2e-5);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    free(table);
}

/* Scores by hand, from the answers. */
static void scores_in_double(const ink_data *data, const float *p, double scores[INK_MOST_SCORES])
{
    double mean[TARGETS] = {0}, squares = 0, absolutes = 0, spread = 0, n = (double)(data->rows * TARGETS);
    for (size_t i = 0; i < data->rows; i++)
        for (size_t t = 0; t < TARGETS; t++) mean[t] += (double)inki_data_targets(data, i)[t] / (double)data->rows;
    for (size_t i = 0; i < data->rows; i++)
        for (size_t t = 0; t < TARGETS; t++) {
            double y = (double)inki_data_targets(data, i)[t], error = (double)p[i * TARGETS + t] - y;
            squares += error * error;
            absolutes += fabs(error);
            spread += (y - mean[t]) * (y - mean[t]);
        }
    scores[INK_LOSS] = squares / n;
    scores[RMSE] = sqrt(squares / n);
    scores[MAE] = absolutes / n;
    scores[R2] = 1 - squares / spread;
}

/* The loss is of scaled targets, all other scores are not. */
static void learn_and_score(struct fixture *f, const char *scale)
{
    const bool scaled = strcmp(scale, "none") != 0;
    struct table *table = malloc(sizeof *table);
    float p[ROWS * TARGETS], single[TARGETS];
    double wanted[INK_MOST_SCORES];
    fill(table);
    ink_data *data = table_data(f, table, false), *train, *valid, *test;
    ink_model *model = NULL, *again = NULL;
    ink_run *run = NULL, *eval = NULL;
    ink_model_info info = INK_INIT(ink_model_info);
    net_reset(f, PLAN "val=0.2;test=0.2");
    help_set(f, "target-scale", scale);
    net_ok(f, ink_data_split(f->ctx, data, f->set, &train, &valid, &test));
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    const ink_epoch *best = ink_run_epoch(run, ink_run_best(run));
    const ink_metrics *m = ink_run_metrics(run);
    assert_true(best->monitor == INK_LOSS && ink_epoch_value(best, "val_r2") > 0.95);
    assert_true(isnan(ink_epoch_value(best, "val_accuracy")));
    net_ok(f, ink_eval(f->ctx, model, valid, &eval));
    assert_memory_equal(ink_run_metrics(eval)->score, best->val, sizeof best->val);
    net_ok(f, ink_predict_data(f->ctx, model, test, p));
    scores_in_double(test, p, wanted);
    for (size_t i = scaled; i <= R2; i++) net_near(m->score[i], wanted[i], 1e-12);
    assert_true(m->low[RMSE] > 0 && m->low[RMSE] < m->score[RMSE] && m->score[RMSE] < m->high[RMSE]);
    assert_true(scaled == (fabs(m->score[INK_LOSS] - wanted[INK_LOSS]) > 1e-6));
    assert_true(isnan(m->accuracy) && m->confusion == NULL && isnan(m->low[MAE]));
    net_ok(f, ink_predict(f->ctx, model, 1, table->x + FEATURES * inki_data_base(test, 3), single));
    assert_memory_equal(single, p + 3 * TARGETS, sizeof single);
    ink_model_describe(model, &info);
    assert_true(info.outputs == TARGETS && info.classes == 0);
    assert_null(ink_model_class(model, 0));
    assert_string_equal(ink_model_target(model, 0), "price");
    net_ok(f, ink_model_save(f->ctx, model, help_path(f, "m.safetensors")));
    net_ok(f, ink_model_load(f->ctx, help_path(f, "m.safetensors"), &again));
    assert_string_equal(ink_model_metadata(again, "loss"), "mse");
    assert_string_equal(ink_model_target(again, 1), "weight");
    ink_run_free(eval);
    net_ok(f, ink_eval(f->ctx, again, valid, &eval));
    assert_memory_equal(ink_run_metrics(eval)->score, best->val, sizeof best->val);
    ink_run_free(eval);
    ink_run_free(run);
    ink_model_free(model);
    ink_model_free(again);
    ink_data_free(train);
    ink_data_free(valid);
    ink_data_free(test);
    ink_data_free(data);
    free(table);
}

static void it_learns_and_is_scored(void **state)
{
    learn_and_score(*state, "none");
    learn_and_score(*state, "auto");
}

/* ---- training as a whole ---- */

static uint64_t train_hash(const struct fixture *f, const ink_data *data)
{
    ink_model *model = NULL;
    ink_run *run = NULL;
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    uint64_t hash = inki_model_hash(model);
    ink_run_free(run);
    ink_model_free(model);
    return hash;
}

/* Also where a batch has shards for several threads. */
static void the_same_with_any_threads(void **state)
{
    static const char *const batches[] = {"batch=150", "batch=full"};
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    fill(table);
    ink_data *data = table_data(f, table, true);
    for (size_t i = 0; i < COUNT(batches); i++) {
        net_reset(f, "net=dense 200 relu;scale=none;optimizer=adam;epochs=3;threads=1");
        net_set(f, batches[i]);
        uint64_t hash = train_hash(f, data);
        for (unsigned threads = 2; threads <= 4; threads++) {
            char text[8];
            snprintf(text, sizeof text, "%u", threads);
            help_set(f, "threads", text);
            assert_true(train_hash(f, data) == hash);
        }
    }
    ink_data_free(data);
    free(table);
}

struct stop {
    size_t after;
};

static bool stop_at_row(void *user, const ink_progress *now)
{
    const struct stop *stop = user;
    return !now->row || now->row->epoch < stop->after;
}

/* Cancelled after an epoch and resumed, with an average, a plateau and early stopping: the same file as without. */
static void resumes_to_the_bit(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    const char *const paths[2] = {help_path(f, "a.safetensors"), help_path(f, "b.safetensors")};
    struct inki_bytes files[2];
    fill(table);
    ink_data *data = table_data(f, table, false);
    net_reset(f, PLAN "ema=0.9;schedule=plateau;plateau-patience=1;early-stop=8;monitor=val_r2;checkpoint-every=1");
    for (size_t i = 0; i < 2; i++) {
        struct stop stop = {7};
        const ink_hooks hooks = {sizeof hooks, stop_at_row, &stop};
        ink_model *model = NULL;
        ink_run *run = NULL;
        help_set(f, "checkpoint", i ? help_path(f, "checkpoint") : "");
        if (i) {
            assert_int_equal(ink_train(f->ctx, data, f->set, &hooks, &model, &run), INK_CANCELLED);
            ink_run_free(run);
            ink_model_free(model);
            help_set(f, "resume", "true");
        }
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        net_ok(f, ink_model_save(f->ctx, model, paths[i]));
        net_ok(f, inki_bytes_read(f->ctx, paths[i], &files[i]));
        ink_run_free(run);
        ink_model_free(model);
    }
    assert_int_equal(files[0].size, files[1].size);
    assert_memory_equal(files[0].data, files[1].data, files[0].size);
    for (size_t i = 0; i < 2; i++) inki_bytes_free(f->ctx, &files[i]);
    ink_data_free(data);
    free(table);
}

static void monitors_choose_the_best_row(void **state)
{
    static const struct {
        const char *name;
        size_t score;
        bool higher;
    } monitors[] = {
        {"val_loss", INK_LOSS, false}, {"val_rmse", RMSE, false}, {"val_mae", MAE, false}, {"val_r2", R2, true}};
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    fill(table);
    ink_data *data = table_data(f, table, false);
    for (size_t i = 0; i < COUNT(monitors); i++) {
        ink_model *model = NULL;
        ink_run *run = NULL;
        net_reset(f, PLAN "lr=0.1;epochs=12");
        help_set(f, "monitor", monitors[i].name);
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        const ink_epoch *best = ink_run_epoch(run, ink_run_best(run));
        assert_int_equal(best->monitor, monitors[i].score);
        for (size_t k = 0; k < ink_run_epochs(run); k++) {
            double other = ink_run_epoch(run, k)->val[monitors[i].score], value = best->val[monitors[i].score];
            assert_true(monitors[i].higher ? other <= value : other >= value);
        }
        ink_run_free(run);
        ink_model_free(model);
    }
    ink_data_free(data);
    free(table);
}

static void folds_and_seeds(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    ink_rounds *rounds = NULL;
    ink_model *model = NULL;
    ink_mean mean = INK_INIT(ink_mean);
    fill(table);
    ink_data *data = table_data(f, table, false);
    net_reset(f, PLAN "epochs=20;folds=3;repeat=2;test=60");
    net_ok(f, ink_train_rounds(f->ctx, data, f->set, NULL, &model, &rounds));
    assert_int_equal(ink_rounds_count(rounds), 6);
    double sum = 0;
    for (size_t i = 0; i < 6; i++) sum += ink_rounds_get(rounds, i)->row->val[RMSE];
    ink_rounds_mean(rounds, "val_rmse", &mean);
    net_near(mean.mean, sum / 6, 1e-15);
    assert_true(mean.count == 6 && mean.corrected_error > mean.error);
    ink_rounds_mean(rounds, "test_r2", &mean);
    assert_true(mean.count == 6 && mean.mean > 0.7);
    ink_rounds_mean(rounds, "val_accuracy", &mean);
    assert_int_equal(mean.count, 0);
    ink_rounds_free(rounds);
    ink_model_free(model);
    ink_data_free(data);
    free(table);
}

static bool swallow(void *user, const char *bytes, size_t count)
{
    (void)user;
    (void)bytes;
    (void)count;
    return true;
}

#ifdef INKI_HAVE_SQLITE
/* Each trial is the training by hand; they are ranked by the objective, also from the store alone. */
static void searches_by_its_scores(void **state)
{
    static const struct {
        const char *objective;
        size_t score;
    } objectives[] = {{"val_loss", INK_LOSS}, {"val_rmse", RMSE}, {"val_mae", MAE}, {"val_r2", R2}};
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    fill(table);
    ink_data *data = table_data(f, table, false);
    for (size_t i = 0; i < COUNT(objectives); i++) {
        const size_t score = objectives[i].score;
        const char *store = help_path(f, objectives[i].objective);
        ink_search *search = NULL, *seen = NULL;
        ink_search_info info = INK_INIT(ink_search_info);
        net_reset(f, PLAN "epochs=8;val=0.3;workers=2");
        help_set(f, "objective", objectives[i].objective);
        net_ok(f, ink_search_new(f->ctx, store, data, f->set, "lr=0.001,0.01,0.3 batch=20,90", &search));
        net_ok(f, ink_search_run(search, NULL));
        net_ok(f, ink_search_open(f->ctx, store, &seen));
        ink_search_describe(seen, &info);
        assert_string_equal(info.objective, objectives[i].objective);
        assert_true(info.done == 6 && info.score == score && strcmp(info.scores[MAE].name, "mae") == 0);
        for (size_t rank = 0; rank < 6; rank++) {
            const ink_trial *trial = ink_search_trial(seen, rank), *next = ink_search_trial(seen, rank + 1);
            ink_settings *set = NULL;
            ink_model *model = NULL;
            ink_run *run = NULL, *history = NULL;
            net_ok(f, ink_search_settings(search, trial->trial, &set));
            net_ok(f, ink_train(f->ctx, data, set, NULL, &model, &run));
            const ink_epoch *best = ink_run_epoch(run, ink_run_best(run));
            assert_memory_equal(trial->val, best->val, sizeof best->val);
            net_ok(f, ink_search_history(search, trial->trial, &history));
            for (size_t k = 0; k < ink_run_epochs(run); k++) {
                const ink_epoch *a = ink_run_epoch(run, k), *b = ink_run_epoch(history, k);
                assert_memory_equal(a->train, b->train, sizeof a->train);
                assert_memory_equal(a->val, b->val, sizeof a->val);
            }
            if (next) assert_false(inki_is_better(info.scores, score, next->val, trial->val));
            const size_t ranged = score == RMSE ? RMSE : INK_LOSS; /* by what is kept of each row */
            assert_true(trial->low[ranged] < trial->val[ranged] && trial->val[ranged] < trial->high[ranged]);
            assert_true(isnan(trial->low[INK_LOSS + RMSE - ranged]));
            ink_run_free(run);
            ink_run_free(history);
            ink_model_free(model);
            ink_settings_free(set);
        }
        assert_true(ink_search_trial(seen, 0)->as_good && !ink_search_trial(seen, 5)->as_good);
        net_ok(f, ink_report_search(f->ctx, seen, "numbers", swallow, NULL));
        ink_search_free(search);
        ink_search_free(seen);
    }
    ink_data_free(data);
    free(table);
}

/* What a search cannot be of. */
static void searches_that_are_refused(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    ink_search *search;
    fill(table);
    ink_data *data = table_data(f, table, false);
    net_reset(f, PLAN "objective=val_accuracy");
    net_fails(f, ink_search_new(f->ctx, help_path(f, "s.db"), data, f->set, "lr=0.1,0.2", &search), INK_BAD_SETTING,
              "objective is val_accuracy|val_mae");
    net_reset(f, PLAN);
    net_fails(f, ink_search_new(f->ctx, help_path(f, "s.db"), data, f->set, "loss=mse,auto", &search), INK_BAD_SETTING,
              "different losses");
    ink_data_free(data);
    free(table);
}
#endif

/* ---- what does not go with numbers ---- */

static void settings_that_are_refused(void **state)
{
    static const char *const cases[][2] = {{"loss=cross_entropy", "cross_entropy is for classes|numbers"},
                                           {"label-smoothing=0.1", "label-smoothing|mse"},
                                           {"class-weight=balanced", "class-weight|mse"},
                                           {"stratify=true", "stratify|numbers"},
                                           {"monitor=val_accuracy", "val_accuracy|val_rmse|val_r2"}};
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    fill(table);
    ink_data *data = table_data(f, table, false), *labelled = net_data(f, 1, 60, 4, 3);
    ink_model *model;
    ink_run *run;
    ink_rounds *rounds;
    for (size_t i = 0; i < COUNT(cases); i++) {
        net_reset(f, PLAN);
        net_set(f, cases[i][0]);
        net_fails(f, ink_train(f->ctx, data, f->set, NULL, &model, &run), INK_BAD_SETTING, cases[i][1]);
        assert_true(!model && !run);
        net_set(f, "folds=3");
        net_fails(f, ink_train_rounds(f->ctx, data, f->set, NULL, NULL, &rounds), INK_BAD_SETTING, cases[i][1]);
        ink_rounds_free(rounds);
    }
    net_reset(f, "loss=mse;epochs=1");
    net_fails(f, ink_train(f->ctx, labelled, f->set, NULL, &model, &run), INK_BAD_SETTING,
              "mse is for numbers|classes");
    net_reset(f, "monitor=val_rmse;epochs=1");
    net_fails(f, ink_train(f->ctx, labelled, f->set, NULL, &model, &run), INK_BAD_SETTING, "val_rmse|val_accuracy");
    net_fails(f, ink_data_save(f->ctx, data, help_path(f, "a.npz")), INK_UNSUPPORTED,
              "numbers to predict can be written as CSV alone");
    ink_data_free(labelled);
    ink_data_free(data);
    free(table);
}

/* A network of numbers where classes are meant, and the other way round. */
static void models_that_are_refused(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    ink_c_plan plan = INK_INIT(ink_c_plan);
    fill(table);
    ink_data *data = table_data(f, table, false), *labelled = net_data(f, 1, 60, FEATURES, 3);
    ink_model *numbers = NULL, *classes = NULL, *model;
    ink_run *run;
    ink_comparison compared = INK_INIT(ink_comparison);
    ink_number_comparison both = INK_INIT(ink_number_comparison);
    net_reset(f, PLAN "epochs=1");
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &numbers, &run));
    ink_run_free(run);
    net_ok(f, ink_model_new(f->ctx, "", FEATURES, 3, f->set, &classes));
    net_fails(f, ink_eval(f->ctx, numbers, labelled, &run), INK_BAD_DATA, "2 numbers a row|no numbers");
    net_fails(f, ink_eval(f->ctx, classes, data, &run), INK_BAD_DATA, "answers with classes|numbers");
    net_fails(f, ink_compare(f->ctx, numbers, classes, labelled, &compared), INK_UNSUPPORTED, "comparing|classes");
    net_fails(f, ink_compare_numbers(f->ctx, numbers, classes, data, &both), INK_BAD_DATA, "model B|classes");
    net_fails(f, ink_compare_numbers(f->ctx, numbers, numbers, labelled, &both), INK_BAD_DATA, "model A|no numbers");
    net_ok(f, ink_report_write(f->ctx, numbers, NULL, "t", swallow, NULL));
    net_ok(f, ink_model_export(f->ctx, numbers, "npz", help_path(f, "m.npz"))); /* answers: tests/export/npz */
    net_ok(f, ink_model_export(f->ctx, numbers, "json", help_path(f, "m.json")));
    net_fails(f, ink_model_import(f->ctx, help_path(f, "m.json"), NULL, &model), INK_UNSUPPORTED, "numbers|mse");
    net_ok(f, ink_model_export_c(f->ctx, numbers, &plan, help_path(f, "m"), NULL));
    plan = (ink_c_plan){.size = sizeof plan, .int8 = true, .calibrate = data, .compare = labelled};
    net_fails(f, ink_model_export_c(f->ctx, numbers, &plan, help_path(f, "m"), NULL), INK_BAD_DATA, "2 numbers");
    net_fails(f, ink_train_from(f->ctx, data, f->set, NULL, classes, &model, &run), INK_BAD_DATA, "cross_entropy|mse");
    net_fails(f, ink_train_from(f->ctx, labelled, f->set, NULL, numbers, &model, &run), INK_BAD_DATA,
              "mse|cross_entropy");
    net_ok(f, ink_model_save(f->ctx, numbers, help_path(f, "m.safetensors")));
    help_set(f, "init-from", help_path(f, "m.safetensors"));
    net_fails(f, ink_train(f->ctx, labelled, f->set, NULL, &model, &run), INK_BAD_DATA, "mse|cross_entropy");
    help_set(f, "loss", "mse");
    ink_model_free(classes);
    net_ok(f, ink_model_new(f->ctx, "", FEATURES, 1, f->set, &classes));
    net_fails(f, ink_eval(f->ctx, classes, data, &run), INK_BAD_DATA, "1 number a row|another number of targets");
    ink_model_free(numbers);
    ink_model_free(classes);
    ink_data_free(labelled);
    ink_data_free(data);
    free(table);
}

/* Too large a rate: the loss is no longer finite, and training says so. */
static void divergence_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    fill(table);
    ink_data *data = table_data(f, table, false);
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=24;scale=none;optimizer=sgd;lr=1000;epochs=50");
    assert_int_equal(ink_train(f->ctx, data, f->set, NULL, &model, &run), INK_DIVERGED);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    free(table);
}

/* ---- memory ---- */

static ink_status train_and_judge(struct fixture *f, void *arg)
{
    ink_model *model = NULL;
    ink_run *run = NULL, *eval = NULL;
    ink_status status = ink_train(f->ctx, arg, f->set, NULL, &model, &run);
    if (status == INK_OK) status = ink_eval(f->ctx, model, arg, &eval);
    ink_run_free(eval);
    ink_run_free(run);
    ink_model_free(model);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    struct table *table = malloc(sizeof *table);
    fill(table);
    ink_data *data = table_data(f, table, true);
    net_reset(f, PLAN "epochs=1;test=20");
    net_ok(f, train_and_judge(f, data)); /* starts the threads, which stay */
    assert_true(help_sweep(f, train_and_judge, data) >= 60);
    ink_data_free(data);
    free(table);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(data_with_targets),
        CASE(targets_that_are_refused),
        CASE(steps_are_those_of_the_formula),
        CASE(it_learns_and_is_scored),
        CASE(the_same_with_any_threads),
        CASE(resumes_to_the_bit),
        CASE(monitors_choose_the_best_row),
        CASE(folds_and_seeds),
#ifdef INKI_HAVE_SQLITE
        CASE(searches_by_its_scores),
        CASE(searches_that_are_refused),
#endif
        CASE(settings_that_are_refused),
        CASE(models_that_are_refused),
        CASE(divergence_is_noticed),
        CASE(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
