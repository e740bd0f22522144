/* test_predictor: the bits of ink_predict, without allocation, on a model that threads share.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/inputs.h"
#include "train/start.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 300, FEATURES = 9, CLASSES = 4, THREADS = 4 };

static const char *const networks[] = {
    "hidden=33,20; scale=standard",
    "net=dense 20 tanh | dropout 0.2; scale=minmax",
    "hidden=0; scale=none",
};

static ink_model *make(struct fixture *f, const char *settings, const ink_data *data)
{
    ink_model *model;
    net_reset(f, settings);
    net_ok(f, inki_start_model(f->ctx, data, f->set, &model));
    return model;
}

static void same_bits(void **state)
{
    static const size_t rooms[] = {1, 7, 1000};
    struct fixture *f = *state;
    float x[ROWS * FEATURES], p[2][ROWS * CLASSES];
    uint8_t bytes[ROWS * FEATURES];
    for (size_t i = 0; i < ROWS * FEATURES; i++) x[i] = bytes[i] = (uint8_t)(i * i % 251 % (i % 5 ? 256 : 1));
    for (size_t c = 0; c < COUNT(networks) * COUNT(rooms); c++) {
        ink_data *data = net_data(f, 2, ROWS, FEATURES, CLASSES);
        ink_model *model = make(f, networks[c / COUNT(rooms)], data);
        ink_predictor *predictor;
        net_ok(f, ink_predict(f->ctx, model, ROWS, x, p[0]));
        net_ok(f, ink_predictor_new(f->ctx, model, rooms[c % COUNT(rooms)], &predictor));
        for (int again = 0; again < 2; again++) {
            size_t calls = f->memory.calls;
            memset(p[1], 0, sizeof p[1]);
            net_ok(f, ink_predictor_run(predictor, ROWS, x, p[1]));
            assert_memory_equal(p[0], p[1], sizeof p[0]);
            memset(p[1], 0, sizeof p[1]);
            for (size_t i = 0; i < ROWS; i++)
                net_ok(f, ink_predictor_run_bytes(predictor, 1, bytes + i * FEATURES, p[1] + i * CLASSES));
            assert_memory_equal(p[0], p[1], sizeof p[0]);
            assert_int_equal(f->memory.calls, calls);
        }
        ink_predictor_free(predictor);
        ink_model_free(model);
        ink_data_free(data);
    }
    ink_predictor_free(NULL);
}

/* One row by ink_predict takes nothing from the context's allocator, unless the network is so wide that its values do not fit the
 * stack; the bits are those of many rows either way. */
static void one_row(void **state)
{
    static const struct {
        const char *settings;
        size_t rows;
        bool fits;
    } cases[] = {
        {"hidden=33,20; scale=standard", ROWS, true},  {"net=dense 20 tanh | dropout 0.2; scale=minmax", ROWS, true},
        {"hidden=0; scale=none", ROWS, true},          {"hidden=100; scale=standard", ROWS, true},
        {"hidden=2000,1500; scale=standard", 5, true}, {"hidden=30000; scale=standard", 5, false}};
    struct fixture *f = *state;
    float x[ROWS * FEATURES], p[2][ROWS * CLASSES];
    net_values(9, ROWS * FEATURES, -2, 2, x);
    for (size_t c = 0; c < COUNT(cases); c++) {
        ink_data *data = net_data(f, 2, ROWS, FEATURES, CLASSES);
        ink_model *model = make(f, cases[c].settings, data);
        const size_t rows = cases[c].rows;
        net_ok(f, ink_predict(f->ctx, model, rows, x, p[0]));
        size_t calls = f->memory.calls;
        for (size_t i = 0; i < rows; i++)
            net_ok(f, ink_predict(f->ctx, model, 1, x + i * FEATURES, p[1] + i * CLASSES));
        assert_memory_equal(p[0], p[1], rows * CLASSES * sizeof p[0][0]);
        assert_int_equal(f->memory.calls == calls, cases[c].fits);
        ink_model_free(model);
        ink_data_free(data);
    }
}

/* Images of 28x28, as wide as include/inkling.h and docs/export.md promise. */
static void one_image(void **state)
{
    enum { PIXELS = 784 };
    static const char *const settings[] = {"hidden=2000; scale=standard", "hidden=1500,1000; scale=255"};
    struct fixture *f = *state;
    static float x[PIXELS];
    float p[2][CLASSES], all[20 * CLASSES];
    net_values(7, PIXELS, 0, 255, x);
    for (size_t i = 0; i < COUNT(settings); i++) {
        ink_data *data = net_data(f, 2, 20, PIXELS, CLASSES);
        ink_model *model = make(f, settings[i], data);
        size_t calls = f->memory.calls;
        net_ok(f, ink_predict(f->ctx, model, 1, x, p[0]));
        assert_int_equal(f->memory.calls, calls);
        net_ok(f, ink_predict_data(f->ctx, model, data, all));
        ink_data_row(data, 0, x);
        net_ok(f, ink_predict(f->ctx, model, 1, x, p[1]));
        assert_memory_equal(all, p[1], sizeof p[1]);
        ink_model_free(model);
        ink_data_free(data);
    }
}

/* Too wide for the stack, so that there are allocations that can fail. */
static ink_status predict_wide(struct fixture *f, void *model)
{
    float x[FEATURES] = {0}, p[CLASSES];
    return ink_predict(f->ctx, model, 1, x, p);
}

static ink_status make_one(struct fixture *f, void *model)
{
    ink_predictor *predictor;
    ink_status status = ink_predictor_new(f->ctx, model, 5, &predictor);
    if (status != INK_OK) assert_null(predictor);
    ink_predictor_free(predictor);
    return status;
}

static void failures(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 2, ROWS, FEATURES, CLASSES);
    ink_model *model = make(f, networks[0], data);
    ink_predictor *predictor;
    net_fails(f, ink_predictor_new(f->ctx, model, 0, &predictor), INK_BAD_ARGUMENT, "one row");
    assert_true(help_sweep(f, make_one, model) >= 3);
    ink_model_free(model);
    model = make(f, "hidden=30000", data);
    assert_true(help_sweep(f, predict_wide, model) >= 1);
    ink_model_free(model);
    ink_data_free(data);
}

struct worker {
    const ink_model *model;
    const float *x;
    float p[ROWS * CLASSES];
    bool good;
};

static void *work(void *arg)
{
    struct worker *worker = arg;
    ink_ctx *ctx;
    ink_predictor *predictor = NULL;
    if (ink_ctx_new(NULL, &ctx) != INK_OK) return NULL;
    worker->good = ink_predictor_new(ctx, worker->model, 1, &predictor) == INK_OK;
    for (size_t i = 0; worker->good && i < ROWS; i++)
        worker->good = ink_predictor_run(predictor, 1, worker->x + i * FEATURES, worker->p + i * CLASSES) == INK_OK;
    for (size_t i = 0; worker->good && i < ROWS; i++) {
        float p[CLASSES];
        worker->good = ink_predict(ctx, worker->model, 1, worker->x + i * FEATURES, p) == INK_OK &&
                       memcmp(p, worker->p + i * CLASSES, sizeof p) == 0;
    }
    ink_predictor_free(predictor);
    ink_ctx_free(ctx);
    return NULL;
}

static void shared_by_threads(void **state)
{
    struct fixture *f = *state;
    static struct worker workers[THREADS];
    float x[ROWS * FEATURES], p[ROWS * CLASSES];
    pthread_t threads[THREADS];
    ink_data *data = net_data(f, 2, ROWS, FEATURES, CLASSES);
    ink_model *model = make(f, networks[0], data);
    net_values(9, ROWS * FEATURES, -2, 2, x);
    net_ok(f, ink_predict(f->ctx, model, ROWS, x, p));
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.model = model, .x = x};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(workers[i].good);
        assert_memory_equal(workers[i].p, p, sizeof p);
    }
    ink_model_free(model);
    ink_data_free(data);
}

/* Each way of asking reports rows of another scale. */
static void other_ranges(void **state)
{
    struct fixture *f = *state;
    float x[ROWS * FEATURES], p[ROWS * CLASSES];
    char text[200];
    ink_range *range;
    ink_data *data = net_data(f, 2, ROWS, FEATURES, CLASSES);
    ink_model *model = make(f, networks[0], data);
    for (size_t i = 0; i < ROWS * FEATURES; i++) x[i] = data->bytes ? (float)data->bytes[i] : data->floats[i];
    net_ok(f, ink_range_new(f->ctx, model, &range));
    x[3] = 1e6f; /* a model that knows nothing of its inputs */
    assert_true(ink_range_holds(range, 1, x, text, sizeof text));
    ink_range_free(range);
    net_ok(f, inki_inputs_keep(f->ctx, model, data));
    net_ok(f, ink_range_new(f->ctx, model, &range));
    *f->note = 0;
    assert_false(ink_range_holds(range, 1, x, text, sizeof text));
    assert_non_null(strstr(text, "1 of 1 rows lie far outside of what the model was trained on"));
    assert_non_null(strstr(text, "column 4"));
    net_ok(f, ink_predict(f->ctx, model, 1, x, p));
    assert_non_null(strstr(f->note, text));
    *f->note = 0;
    assert_true(ink_range_holds(range, ROWS - 1, x + FEATURES, text, sizeof text));
    assert_string_equal(text, "");
    net_ok(f, ink_predict(f->ctx, model, ROWS - 1, x + FEATURES, p));
    assert_string_equal(f->note, "");
    for (size_t i = 0; i < ROWS * FEATURES; i++) x[i] *= 1000;
    assert_false(ink_range_holds(range, ROWS - 1, x + FEATURES, text, sizeof text));
    assert_non_null(strstr(text, "divide by 1000?"));
    ink_range_free(range);
    ink_range_free(NULL);
    ink_model_free(model);
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(same_bits), TEST(one_row),           TEST(one_image),
                                       TEST(failures),  TEST(shared_by_threads), TEST(other_ranges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
