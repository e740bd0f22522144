/* test_target_scale: numbers to predict, scaled inside the model: what is fitted, what the loss sees, what comes out, what is kept.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/rng.h"
#include "model/loss.h"
#include "inkling-extra.h"
#include "train/target_fit.h"

#include <math.h>
#include <string.h>

enum { ROWS = 200, FEATURES = 3, TARGETS = 2 };

/* A price with a long tail, which its logarithm has not, and a temperature. */
static void fill(float *x, float *y)
{
    struct inki_rng rng = inki_rng_begin(5, INKI_RNG_TEST, 0, 0);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < FEATURES; j++) x[i * FEATURES + j] = (float)inki_rng_normal(&rng);
        y[i * TARGETS] = (float)exp(7 + x[i * FEATURES] + 0.1 * inki_rng_normal(&rng));
        y[i * TARGETS + 1] = -20 + 3 * x[i * FEATURES + 1];
    }
}

static ink_data *wrap(const struct fixture *f, size_t rows, const float *x, const float *y, size_t targets)
{
    ink_data *data = NULL;
    const ink_rows all = {
        .size = sizeof all, .rows = rows, .features = FEATURES, .floats = x, .targets = y, .target_count = targets};
    net_ok(f, ink_data_wrap(f->ctx, &all, &data));
    return data;
}

static ink_model *fit(struct fixture *f, const ink_data *data, const char *scale, const char *net)
{
    ink_model *model = NULL;
    net_reset(f, "loss=mse;hidden=0");
    help_set(f, "target-scale", scale);
    net_ok(f, ink_model_new(f->ctx, net, FEATURES, data->target_count, f->set, &model));
    net_ok(f, inki_target_fit(f->ctx, data, f->set, model));
    return model;
}

static void what_is_fitted(void **state)
{
    static const struct {
        const char *name;
        bool scaled, log[TARGETS];
    } cases[] = {{"none", false, {false, false}}, {"standard", true, {false, false}}, {"auto", true, {true, false}}};
    struct fixture *f = *state;
    static float x[ROWS * FEATURES], y[ROWS * TARGETS];
    fill(x, y);
    ink_data *data = wrap(f, ROWS, x, y, TARGETS);
    for (size_t k = 0; k < 2 * COUNT(cases); k++) {
        const size_t i = k / 2;
        ink_model *model = fit(f, data, cases[i].name, k % 2 ? "dense 2 tanh" : "");
        assert_int_equal(model->numbers.scales != NULL, cases[i].scaled);
        for (size_t t = 0; model->numbers.scales && t < TARGETS; t++) {
            const struct inki_target_scale *scale = &model->numbers.scales[t];
            double mean = 0, square = 0, low = INFINITY, high = -INFINITY;
            assert_int_equal(scale->log, cases[i].log[t]);
            for (size_t r = 0; r < ROWS; r++) {
                double z = (double)inki_target_scaled(scale, y[r * TARGETS + t]);
                mean += z / ROWS, square += z * z / ROWS;
                low = fmin(low, (double)y[r * TARGETS + t]), high = fmax(high, (double)y[r * TARGETS + t]);
                net_near(inki_target_answer(scale, (float)z), (double)y[r * TARGETS + t],
                         1e-5 * fabs((double)y[r * TARGETS + t]));
            }
            net_near(mean, 0, 1e-5);
            net_near(square, 1, 1e-5);
            const float beyond = k % 2 || scale->log ? 0 : (float)high - (float)low; /* a straight line goes on */
            assert_true(scale->low == (float)low - beyond && scale->high == (float)high + beyond);
            assert_true(inki_target_answer(scale, 1e30f) == scale->high &&
                        inki_target_answer(scale, scale->log ? -50 : -1e30f) == scale->low);
            assert_true(isnan(inki_target_answer(scale, NAN)) && isnan(inki_target_answer(scale, INFINITY)));
        }
        ink_model_free(model);
    }
    help_set(f, "target-scale", "log");
    ink_model *model = fit(f, data, "none", "");
    help_set(f, "target-scale", "log");
    net_fails(f, inki_target_fit(f->ctx, data, f->set, model), INK_BAD_DATA, "target2|above 0|standard");
    ink_model_free(model);
    ink_data_free(data);
}

/* Without anything that varies there is nothing to divide by. */
static void targets_that_do_not_vary(void **state)
{
    struct fixture *f = *state;
    float x[5 * FEATURES] = {0}, y[5] = {1e6f, 1e6f, 1e6f, 1e6f, 1e6f};
    ink_data *data = wrap(f, 5, x, y, 1);
    ink_model *model = fit(f, data, "auto", "");
    assert_true(model->numbers.scales[0].spread == 1 && inki_target_scaled(model->numbers.scales, 1e6f) == 0);
    assert_true(inki_target_answer(model->numbers.scales, 3) == 1e6f);
    ink_model_free(model);
    ink_data_free(data);
}

/* ---- losses ---- */

static const struct inki_target_scale scales[TARGETS] = {{true, 1, 0.5f, 1, 20}, {false, -3, 4, -10, 10}};

static double loss_of(const struct inki_loss *loss, float *z, float *dz, double *parts)
{
    float targets[TARGETS] = {4, -6};
    double row_loss;
    struct inki_numbers numbers = {.targets = TARGETS, .scales = (struct inki_target_scale *)(uintptr_t)scales};
    inki_loss_rows(&(struct inki_loss_call){.loss = loss,
                                            .rows = 1,
                                            .outputs = TARGETS,
                                            .stride = TARGETS,
                                            .z = z,
                                            .dz = dz,
                                            .numbers = &numbers,
                                            .targets = targets,
                                            .scale = 1,
                                            .row_loss = &row_loss,
                                            .row_parts = parts},
                   0, 1);
    return row_loss;
}

/* The loss is of (log 4 - 1) / 0.5 and (-6 + 3) / 4; answers and parts are in the targets' units, within their range. */
static void losses_see_scaled_targets(void **state)
{
    const float step = 1.0f / 512;
    (void)state;
    for (size_t l = 0; l < INKI_LOSS_COUNT; l++) {
        const struct inki_loss *loss = &inki_losses[l];
        if (loss->target != INKI_TARGET_REALS || strcmp(loss->name, "quantile") == 0) continue;
        float z[TARGETS] = {1.5f, -4}, dz[TARGETS];
        double parts[INKI_MOST_PARTS], got = loss_of(loss, z, dz, parts);
        if (strcmp(loss->name, "mse") == 0)
            net_near(got, (pow(1.5 - (log(4) - 1) / 0.5, 2) + pow(-4 + 0.75, 2)) / 2, 1e-6);
        net_near(z[0], exp(1.75), 1e-5);
        net_near(z[1], -10, 0); /* -19, held in the range */
        net_near(parts[0], pow(exp(1.75) - 4, 2) + 16, 1e-4);
        net_near(parts[1], fabs(exp(1.75) - 4) + 4, 1e-5);
        for (size_t j = 0; j < TARGETS; j++) {
            float above[TARGETS] = {1.5f, -4}, below[TARGETS] = {1.5f, -4};
            above[j] += step, below[j] -= step;
            net_near(dz[j], (loss_of(loss, above, NULL, NULL) - loss_of(loss, below, NULL, NULL)) / (2 * (double)step),
                     1e-4);
        }
    }
}

/* Quantiles .2 and .7 of two targets: the loss in scaled units, answers in order, pinball, middle error and coverage in the targets'. */
static void quantiles_by_hand(void **state)
{
    (void)state;
    float z[4] = {2, 0.5f, -1, 0}, dz[4], targets[TARGETS] = {4, -6};
    double loss, parts[INKI_MOST_PARTS], goal[2] = {(log(4) - 1) / 0.5, -0.75}, wanted = 0, pinball = 0;
    const double level[2] = {0.2, 0.7}, answers[4] = {exp(1.25), exp(2), -7, -3};
    struct inki_numbers numbers = {.targets = TARGETS, .levels = 2, .level = {0.2f, 0.7f}};
    numbers.scales = (struct inki_target_scale *)(uintptr_t)scales;
    for (size_t j = 0; j < 4; j++) {
        double e = goal[j / 2] - (double)z[j], own = (double)targets[j / 2] - answers[j], q = level[j % 2];
        wanted += (e > 0 ? q * e : (q - 1) * e) / 4;
        pinball += (own > 0 ? q * own : (q - 1) * own) / 2;
    }
    inki_loss_rows(&(struct inki_loss_call){.loss = inki_loss_named("quantile"),
                                            .rows = 1,
                                            .outputs = 4,
                                            .stride = 4,
                                            .z = z,
                                            .dz = dz,
                                            .numbers = &numbers,
                                            .targets = targets,
                                            .scale = 1,
                                            .row_loss = &loss,
                                            .row_parts = parts},
                   0, 1);
    net_near(loss, wanted, 1e-6);
    for (size_t j = 0; j < 4; j++) net_near(z[j], answers[j], 1e-5);
    net_near(dz[0], (1 - 0.2) / 4, 1e-7);
    net_near(dz[1], -0.7 / 4, 1e-7);
    net_near(dz[2], -0.2 / 4, 1e-7);
    net_near(dz[3], 0.3 / 4, 1e-7);
    net_near(parts[0], pinball, 1e-5);
    net_near(parts[1], fabs(4 - exp(2)) + fabs(-6.0 + 3), 1e-5);
    net_near(parts[2], 2, 0); /* 4 lies within e^1.25 and e^2, -6 within -7 and -3 */
}

/* What may stand behind "quantile:". */
static void texts_of_quantiles(void **state)
{
    static const char *const bad[] = {"",
                                      ",",
                                      "0",
                                      "1",
                                      "0.5,",
                                      "0.9,0.1",
                                      "0.5,0.5",
                                      "a",
                                      "0.1;0.2",
                                      "0.1,,0.2",
                                      "-0.1",
                                      "nan",
                                      ".01,.02,.03,.04,.05,.06,.07,.08,.09,.1,.11,.12,.13,.14,.15,.16"};
    struct fixture *f = *state;
    struct inki_numbers numbers = {.levels = 9};
    char text[100];
    assert_null(inki_levels_read("0.025,0.5,0.975", &numbers));
    inki_levels_text(&numbers, text, sizeof text);
    assert_string_equal(text, "0.025,0.5,0.975");
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!inki_levels_read(bad[i], &numbers)) fail_msg("'%s' was taken", bad[i]);
    net_fails(f, inki_loss_levels(f->ctx, "quantile:0.9,0.1", &numbers), INK_BAD_SETTING, "loss|0.9,0.1|rise");
    net_fails(f, inki_loss_levels(f->ctx, "mse:0.9", &numbers), INK_BAD_SETTING, "only quantile");
    net_fails(f, ink_settings_set(f->ctx, f->set, "loss", "mae:3"), INK_BAD_SETTING, "loss|mae:3");
    net_reset(f, "loss=quantile:0.9,0.1;hidden=0");
    ink_model *model;
    net_fails(f, ink_model_new(f->ctx, "", 2, 1, f->set, &model), INK_BAD_SETTING, "rise");
}

/* Trained, saved and loaded: names, levels, order of the answers; about as many rows below each quantile as it says. */
static void quantiles_are_learned(void **state)
{
    struct fixture *f = *state;
    enum { MANY = 2000 };
    static float x[MANY * FEATURES], y[MANY], p[MANY * 3];
    struct inki_rng rng = inki_rng_begin(6, INKI_RNG_TEST, 0, 0);
    const char *path = help_path(f, "q.safetensors");
    ink_model *model = NULL, *loaded = NULL, *other = NULL;
    ink_run *run = NULL;
    size_t below[3] = {0};
    for (size_t i = 0; i < MANY; i++) {
        for (size_t j = 0; j < FEATURES; j++) x[i * FEATURES + j] = (float)inki_rng_normal(&rng);
        y[i] = 50 + 10 * x[i * FEATURES] + 5 * (float)inki_rng_normal(&rng);
    }
    ink_data *data = wrap(f, MANY, x, y, 1);
    net_reset(f, "hidden=0;optimizer=adam;lr=0.02;epochs=30;batch=50;loss=quantile:0.1,0.5,0.8");
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    const ink_epoch *best = ink_run_epoch(run, ink_run_best(run));
    net_near(ink_epoch_value(best, "val_coverage"), 0.7, 0.08);
    net_near(ink_epoch_value(best, "val_mae"), 4, 0.5); /* 5 sqrt(2 / pi) */
    net_ok(f, ink_model_save(f->ctx, model, path));
    net_ok(f, ink_model_load(f->ctx, path, &loaded));
    assert_string_equal(ink_model_metadata(loaded, "loss"), "quantile:0.1,0.5,0.8");
    assert_string_equal(ink_model_output(loaded, 0), "target_q10");
    assert_string_equal(ink_model_output(loaded, 2), "target_q80");
    assert_null(ink_model_output(loaded, 3));
    net_ok(f, ink_predict(f->ctx, loaded, MANY, x, p));
    for (size_t i = 0; i < MANY; i++)
        for (size_t q = 0; q < 3; q++) {
            below[q] += y[i] < p[i * 3 + q];
            assert_true(q == 0 || p[i * 3 + q] >= p[i * 3 + q - 1]);
        }
    net_near((double)below[0] / MANY, 0.1, 0.04);
    net_near((double)below[1] / MANY, 0.5, 0.04);
    net_near((double)below[2] / MANY, 0.8, 0.04);
    ink_run_free(run);
    help_set(f, "loss", "quantile:0.2,0.5,0.8"); /* as many outputs, of other quantiles */
    help_set(f, "init-from", path);
    net_fails(f, ink_train(f->ctx, data, f->set, NULL, &other, &run), INK_BAD_DATA, "quantile:0.1|quantile:0.2");
    help_set(f, "init-from", "");
    net_fails(f, ink_train_from(f->ctx, data, f->set, NULL, model, &other, &run), INK_BAD_DATA,
              "quantile:0.1|quantile:0.2");
    ink_model_free(loaded);
    ink_model_free(model);
    ink_data_free(data);
}

/* ---- the model ---- */

static void same_scales(const ink_model *a, const ink_model *b)
{
    for (size_t t = 0; t < TARGETS; t++) {
        const struct inki_target_scale *x = &a->numbers.scales[t], *y = &b->numbers.scales[t];
        assert_true(x->log == y->log && x->shift == y->shift && x->spread == y->spread && x->low == y->low &&
                    x->high == y->high);
    }
    assert_string_equal(ink_model_metadata(a, "target_scale"), ink_model_metadata(b, "target_scale"));
}

static void it_is_kept_and_used(void **state)
{
    struct fixture *f = *state;
    static float x[ROWS * FEATURES], y[ROWS * TARGETS], p[ROWS * TARGETS], again[ROWS * TARGETS];
    const char *path = help_path(f, "m.safetensors");
    ink_model *model = NULL, *loaded = NULL, *from = NULL;
    ink_run *run = NULL;
    fill(x, y);
    ink_data *data = wrap(f, ROWS, x, y, TARGETS);
    net_reset(f, "hidden=16;optimizer=adam;lr=0.01;epochs=150;batch=20");
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    assert_true(ink_epoch_value(ink_run_epoch(run, ink_run_best(run)), "val_r2") > 0.9);
    net_ok(f, ink_predict(f->ctx, model, ROWS, x, p));
    for (size_t i = 0; i < ROWS * TARGETS; i++)
        assert_true(p[i] >= model->numbers.scales[i % TARGETS].low && p[i] <= model->numbers.scales[i % TARGETS].high);
    net_ok(f, ink_model_save(f->ctx, model, path));
    net_ok(f, ink_model_load(f->ctx, path, &loaded));
    same_scales(loaded, model);
    net_ok(f, ink_predict(f->ctx, loaded, ROWS, x, again));
    assert_memory_equal(p, again, sizeof p);
    ink_run_free(run);
    for (size_t i = 0; i < ROWS; i++)
        y[i * TARGETS + 1] += 100; /* other rows; the weights were made for the old scale */
    ink_data *moved = wrap(f, ROWS, x, y, TARGETS);
    help_set(f, "init-from", path);
    help_set(f, "lr", "1e-10");
    help_set(f, "epochs", "1");
    net_ok(f, ink_train(f->ctx, moved, f->set, NULL, &from, &run));
    same_scales(from, model);
    ink_run_free(run);
    ink_model_free(from);
    ink_model_free(loaded);
    ink_model_free(model);
    ink_data_free(moved);
    ink_data_free(data);
}

#define SCALE(LOG, REST) "[{\"log\":" LOG ",\"shift\":1" REST "}]"

static void texts_that_are_no_scales(void **state)
{
    static const char *const bad[] = {"",
                                      "3",
                                      "[]",
                                      "[{}]",
                                      "[[1]]",
                                      SCALE("1", ",\"spread\":2,\"low\":1,\"high\":3"),
                                      SCALE("true", ",\"spread\":0,\"low\":1,\"high\":3"),
                                      SCALE("true", ",\"spread\":-1,\"low\":1,\"high\":3"),
                                      SCALE("true", ",\"spread\":1e60,\"low\":1,\"high\":3"),
                                      SCALE("true", ",\"spread\":2,\"low\":0,\"high\":3"),
                                      SCALE("false", ",\"spread\":2,\"low\":4,\"high\":3"),
                                      SCALE("false", ",\"spread\":2,\"low\":\"1\",\"high\":3"),
                                      SCALE("false", ",\"spread\":2,\"high\":3"),
                                      SCALE("false", ",\"spread\":2,\"low\":1,\"low\":1,\"high\":3")};
    struct inki_target_scale scale;
    (void)state;
    assert_true(inki_scales_read(SCALE("true", ",\"spread\":2,\"low\":1,\"high\":3"), &scale, 1));
    assert_true(scale.log && scale.shift == 1 && scale.spread == 2 && scale.low == 1 && scale.high == 3);
    assert_false(inki_scales_read(SCALE("true", ",\"spread\":2,\"low\":1,\"high\":3"), &scale, 2));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (inki_scales_read(bad[i], &scale, 1)) fail_msg("%s was taken", bad[i]);
}

/* A file whose scale is damaged is none. */
static void a_damaged_scale_is_refused(void **state)
{
    struct fixture *f = *state;
    float x[ROWS * FEATURES], y[ROWS * TARGETS];
    const char *path = help_path(f, "m.safetensors");
    ink_model *again;
    fill(x, y);
    ink_data *data = wrap(f, ROWS, x, y, TARGETS);
    ink_model *model = fit(f, data, "auto", "");
    net_ok(f, inki_model_set_metadata(f->ctx, model, INKI_TARGET_SCALE_KEY, "[{\"log\":true}]"));
    net_ok(f, ink_model_save(f->ctx, model, path));
    net_fails(f, ink_model_load(f->ctx, path, &again), INK_BAD_FILE, "m.safetensors|target_scale|2 targets");
    ink_model_free(model);
    ink_data_free(data);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(what_is_fitted),      CASE(targets_that_do_not_vary), CASE(losses_see_scaled_targets),
        CASE(quantiles_by_hand),   CASE(texts_of_quantiles),       CASE(quantiles_are_learned),
        CASE(it_is_kept_and_used), CASE(texts_that_are_no_scales), CASE(a_damaged_scale_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
