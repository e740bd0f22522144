/* test_threads: the number of threads may change while things are under way, and no bit does.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 300, FEATURES = 50, CLASSES = 10, EPOCHS = 4 };

/* Trains with threads[epoch] threads in each epoch; 0: as they are. Returns the weights' hash. */
static uint64_t train(const struct fixture *f, const char *settings, const unsigned threads[EPOCHS])
{
    ink_data *data = net_clusters(f, 3, ROWS, FEATURES, CLASSES, 0.6f);
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more;
    net_ok(f, ink_ctx_set_threads(f->ctx, 2));
    net_set(f, settings);
    net_ok(f, ink_trainer_new(f->ctx, data, data, f->set, NULL, &trainer));
    for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
        if (threads[epoch]) net_ok(f, ink_ctx_set_threads(f->ctx, threads[epoch]));
        net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    }
    uint64_t hash = inki_model_hash(ink_trainer_model(trainer));
    ink_trainer_free(trainer);
    ink_data_free(data);
    return hash;
}

/* Fewer and more threads than the trainer was made with. */
static void while_training(void **state)
{
    static const char *const settings[] = {
        "hidden=100; optimizer=momentum; batch=60", "hidden=100; optimizer=sgd; batch=60; scale=standard",
        "net=dense 300 relu | dropout 0.2 | dense 130 tanh; optimizer=adam; batch=100", "hidden=40; batch=full",
        "net=dense 40 relu members 3 shared | dense 20 relu members 3; optimizer=adamw; batch=100; ema=0.9"};
    static const unsigned ways[][EPOCHS] = {{1, 2, 4, 8}, {8, 3, 1, 2}, {2, 1, 1, 5}, {4, 4, 2, 3}};
    const struct fixture *f = *state;
    net_set(f, "epochs=4; scale=none");
    for (size_t s = 0; s < COUNT(settings); s++) {
        uint64_t wanted = train(f, settings[s], (const unsigned[EPOCHS]){0});
        for (size_t w = 0; w < COUNT(ways); w++) assert_true(train(f, settings[s], ways[w]) == wanted);
    }
}

static void while_predicting(void **state)
{
    const struct fixture *f = *state;
    float *x = malloc(ROWS * 784 * sizeof *x), *p = malloc(ROWS * CLASSES * sizeof *p),
          *q = malloc(ROWS * CLASSES * sizeof *q);
    ink_model *model;
    ink_predictor *predictor;
    net_values(5, ROWS * 784, -1, 1, x);
    net_ok(f, ink_model_new(f->ctx, "dense 100 relu | dense 70 tanh", 784, CLASSES, f->set, &model));
    net_ok(f, ink_ctx_set_threads(f->ctx, 3));
    net_ok(f, ink_predict(f->ctx, model, ROWS, x, p));
    net_ok(f, ink_predictor_new(f->ctx, model, ROWS, &predictor));
    for (unsigned threads = 1; threads <= 9; threads += 2) {
        net_ok(f, ink_ctx_set_threads(f->ctx, threads));
        memset(q, 0, ROWS * CLASSES * sizeof *q);
        net_ok(f, ink_predictor_run(predictor, ROWS, x, q));
        assert_memory_equal(p, q, ROWS * CLASSES * sizeof *q);
    }
    ink_predictor_free(predictor);
    ink_model_free(model);
    free(x);
    free(p);
    free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(while_training, help_begin, help_end),
        cmocka_unit_test_setup_teardown(while_predicting, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
