/* test_target_scale: numbers to predict, scaled inside the model: what is fitted, what the loss sees, what comes out, what is kept.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/rng.h"
#include "model/loss.h"
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

static ink_model *fit(struct fixture *f, const ink_data *data, const char *scale)
{
    ink_model *model = NULL;
    net_reset(f, "loss=mse;hidden=0");
    help_set(f, "target-scale", scale);
    net_ok(f, ink_model_new(f->ctx, "", FEATURES, data->target_count, f->set, &model));
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
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model = fit(f, data, cases[i].name);
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
            assert_true((double)scale->low == low && (double)scale->high == high);
            assert_true(inki_target_answer(scale, 1e30f) == scale->high &&
                        inki_target_answer(scale, -50) == scale->low);
            assert_true(isnan(inki_target_answer(scale, NAN)) && isnan(inki_target_answer(scale, INFINITY)));
        }
        ink_model_free(model);
    }
    help_set(f, "target-scale", "log");
    ink_model *model = fit(f, data, "none");
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
    ink_model *model = fit(f, data, "auto");
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
    struct inki_numbers numbers = {TARGETS, (struct inki_target_scale *)(uintptr_t)scales};
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
        if (loss->target != INKI_TARGET_REALS) continue;
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
    ink_model *model = fit(f, data, "auto");
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
        CASE(it_is_kept_and_used), CASE(texts_that_are_no_scales), CASE(a_damaged_scale_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
