/* test_flush: vanishing numbers become 0 while networks run, and the caller's floating-point mode is as it was.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/flush.h"
#include "base/pool.h"
#include "train/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURES = 6, CLASSES = 3, ROWS = 40, PARTS = 8 };

static size_t count_vanishing(const float *values, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += fpclassify(values[i]) == FP_SUBNORMAL;
    return found;
}

/* Gradients once, then none for so long that every running mean falls below the least number of full precision. */
static void check_optimizer(struct fixture *f, const char *optimizer, size_t steps, bool ends_at_zero)
{
    struct inki_optim optim;
    net_reset(f, optimizer);
    ink_model *model =
        net_model(f, "dense 5 relu | dense 3", (struct inki_shape){1, FEATURES, 1, 0}, CLASSES, NULL, NULL);
    float *g = calloc(model->size, sizeof *g);
    assert_non_null(g);
    net_ok(f, inki_optim_begin(f->ctx, model, f->set, &optim));
    for (size_t i = 0; i < model->size; i++) g[i] = 1e-3f * (float)(i % 7);
    for (int i = 0; i < 3; i++) inki_optim_step(&optim, g, 1e-3);
    memset(g, 0, model->size * sizeof *g);
    for (size_t i = 0; i < steps; i++) inki_optim_step(&optim, g, 1e-3);
    for (int s = 0; s < 2 && optim.state[s]; s++) {
        assert_int_equal(count_vanishing(optim.state[s], model->size), 0);
        for (size_t i = 0; ends_at_zero && i < model->size; i++) assert_true(optim.state[s][i] == 0);
    }
    inki_optim_end(&optim);
    ink_model_free(model);
    free(g);
}

static void running_means_end(void **state)
{
    struct fixture *f = *state;
    if (!INKI_FLUSH_BITS) skip();
    check_optimizer(f, "optimizer=momentum; momentum=0.9; l2=0", 1500, true);
    check_optimizer(f, "optimizer=rmsprop; l2=0", 9000, true);
    check_optimizer(f, "optimizer=adam; l2=0", 75000, true);
    check_optimizer(f, "optimizer=adamw; l2=0.1", 1000, false);
}

struct modes {
    uint64_t mode[PARTS];
};

static void note_mode(void *arg, size_t part, size_t parts)
{
    struct modes *modes = arg;
    assert_true(parts <= PARTS);
    modes->mode[part] = inki_float_mode();
}

/* In every part of parallel work, and not behind it; also if the caller had set it. */
static void every_thread(void **state)
{
    struct fixture *f = *state;
    const uint64_t before = inki_float_mode();
    for (unsigned threads = 1; threads <= 3; threads++) {
        for (int set = 0; set < 2; set++) {
            struct modes modes = {{0}};
            net_ok(f, ink_ctx_set_threads(f->ctx, threads));
            uint64_t mode = set ? inki_flush_begin() : before;
            inki_parallel(f->ctx, 1u << 30, note_mode, &modes);
            for (size_t i = 0; i < inki_parts(f->ctx, 1u << 30); i++)
                assert_true((modes.mode[i] & INKI_FLUSH_BITS) == INKI_FLUSH_BITS);
            assert_true((inki_float_mode() & INKI_FLUSH_BITS) == ((set ? INKI_FLUSH_BITS : before) & INKI_FLUSH_BITS));
            if (set) inki_flush_end(mode);
            assert_true((inki_float_mode() & INKI_FLUSH_BITS) == (before & INKI_FLUSH_BITS));
        }
    }
}

static bool keep_mode(void *user, const ink_progress *now)
{
    uint64_t *seen = user;
    (void)now;
    *seen = inki_float_mode();
    return true;
}

/* Around calls of the library, and in what it calls back. */
static void caller_keeps_its_own(void **state)
{
    struct fixture *f = *state;
    const uint64_t before = inki_float_mode() & INKI_FLUSH_BITS;
    uint64_t seen = ~before;
    float x[FEATURES] = {1}, p[2 * CLASSES];
    ink_data *data = net_clusters(f, 3, ROWS, FEATURES, CLASSES, 0.1f);
    const ink_hooks hooks = {sizeof hooks, keep_mode, &seen};
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=8; epochs=2; val=0.2");
    net_ok(f, ink_train(f->ctx, data, f->set, &hooks, &model, &run));
    assert_true((seen & INKI_FLUSH_BITS) == before);
    assert_true((inki_float_mode() & INKI_FLUSH_BITS) == before);
    net_ok(f, ink_predict(f->ctx, model, 1, x, p));
    assert_true((inki_float_mode() & INKI_FLUSH_BITS) == before);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(running_means_end), TEST(every_thread), TEST(caller_keeps_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
