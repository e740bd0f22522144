/* test_stop: how training ends: early, cancelled, diverged; which weights are kept; the plateau schedule.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EPOCHS = 200 };

/* A training by hand, with the weights' hash after each row. */
struct story {
    ink_trainer *trainer;
    ink_epoch rows[MOST_EPOCHS];
    uint64_t hashes[MOST_EPOCHS];
    size_t count;
};

static struct story *tell(const struct fixture *f, const ink_data *train, const ink_data *valid)
{
    struct story *story = calloc(1, sizeof *story);
    bool more = true;
    net_ok(f, ink_trainer_new(f->ctx, train, valid, f->set, NULL, &story->trainer));
    while (more) {
        assert_true(story->count < MOST_EPOCHS);
        net_ok(f, ink_trainer_epoch(story->trainer, NULL, &story->rows[story->count], &more));
        story->hashes[story->count++] = inki_model_hash(ink_trainer_model(story->trainer));
    }
    return story;
}

static void forget(struct story *story)
{
    ink_trainer_free(story->trainer);
    free(story);
}

/* ---- best weights, early stop, plateau: on random labels, where validation soon gets worse ---- */

/* The definition: a higher accuracy, of equal ones a lower loss; or a lower loss. */
static bool better(const ink_epoch *a, const ink_epoch *b, bool by_accuracy)
{
    if (by_accuracy && a->val[ACCURACY] != b->val[ACCURACY]) return a->val[ACCURACY] > b->val[ACCURACY];
    return a->val[INK_LOSS] < b->val[INK_LOSS];
}

/* Checks the flags; returns the best row. */
static size_t find_best(const struct story *story, bool by_accuracy)
{
    size_t best = 0;
    for (size_t i = 0; i < story->count; i++) {
        bool is = i == 0 || better(&story->rows[i], &story->rows[best], by_accuracy);
        assert_true(story->rows[i].best == is);
        if (is) best = i;
    }
    assert_int_equal(story->trainer->run->best, best);
    return best;
}

static void the_kept_weights(void **state)
{
    struct fixture *f = *state;
    ink_data *train = net_data(f, 3, 120, 10, 3), *valid = net_data(f, 4, 60, 10, 3);
    for (int accuracy = 0; accuracy < 2; accuracy++) {
        net_reset(f, "hidden=30; lr=0.3; batch=8; epochs=20; scale=none");
        help_set(f, "monitor", accuracy ? "val_accuracy" : "val_loss");
        help_set(f, "keep", "last");
        struct story *last = tell(f, train, valid);
        help_set(f, "keep", "best");
        struct story *kept = tell(f, train, valid);
        size_t best = find_best(last, accuracy);
        assert_int_equal(last->count, 20);
        assert_int_equal(find_best(kept, accuracy), best);
        assert_true(best < 19);
        for (size_t i = 0; i < 19; i++) assert_true(kept->hashes[i] == last->hashes[i]);
        assert_true(kept->hashes[19] == last->hashes[best]);
        assert_true(last->hashes[19] != last->hashes[best]);
        forget(last);
        forget(kept);
    }
    ink_data_free(train);
    ink_data_free(valid);
}

/* A better row is better by however little. */
static void small_improvements_count(void **state)
{
    struct fixture *f = *state;
    ink_data *train = net_clusters(f, 3, 120, 10, 3, 0.5f);
    net_reset(f, "hidden=0; init=zeros; lr=1e-5; batch=full; epochs=12; early-stop=2; scale=none; monitor=val_loss");
    struct story *story = tell(f, train, train);
    assert_int_equal(find_best(story, false), 11);
    assert_true(story->rows[0].val[INK_LOSS] - story->rows[11].val[INK_LOSS] < 1e-3);
    forget(story);
    ink_data_free(train);
}

static void early_stop(void **state)
{
    struct fixture *f = *state;
    ink_data *train = net_data(f, 3, 120, 10, 3), *valid = net_data(f, 4, 60, 10, 3);
    for (int accuracy = 0; accuracy < 2; accuracy++) {
        net_reset(f, "hidden=30; lr=0.3; batch=8; epochs=150; early-stop=4; scale=none; keep=best");
        help_set(f, "monitor", accuracy ? "val_accuracy" : "val_loss");
        struct story *story = tell(f, train, valid);
        size_t best = find_best(story, accuracy), since = 0;
        assert_true(story->count < 150);
        assert_int_equal(story->count - 1 - best, 4);
        for (size_t i = 0; i < story->count; i++) { /* never four rows before */
            since = story->rows[i].best ? 0 : since + 1;
            assert_true(since < 4 || i + 1 == story->count);
        }
        assert_string_equal(ink_run_ended(story->trainer->run), "no improvement for 4 epochs");
        assert_true(story->hashes[story->count - 1] == story->hashes[best]);
        forget(story);
    }
    ink_data_free(train);
    ink_data_free(valid);
}

/* Epochs are meant, not rows: two rows an epoch change nothing about how long is waited. */
static void early_stop_counts_epochs(void **state)
{
    struct fixture *f = *state;
    ink_data *train = net_data(f, 3, 120, 10, 3), *valid = net_data(f, 4, 60, 10, 3);
    net_reset(f, "hidden=30; lr=0.3; batch=12; epochs=90; early-stop=3; eval-every=5; scale=none; monitor=val_loss");
    struct story *story = tell(f, train, valid);
    size_t best = find_best(story, false);
    assert_int_equal(story->rows[story->count - 1].step - story->rows[best].step, 30);
    forget(story);
    ink_data_free(train);
    ink_data_free(valid);
}

static void plateau_in_training(void **state)
{
    struct fixture *f = *state;
    ink_data *train = net_data(f, 3, 120, 10, 3), *valid = net_data(f, 4, 60, 10, 3);
    net_reset(f, "hidden=30; lr=0.4; batch=8; epochs=30; scale=none; schedule=plateau; plateau-patience=2;"
                 "plateau-factor=0.5; min-lr=0.1");
    struct story *story = tell(f, train, valid);
    double lr = 0.4, best = INFINITY;
    size_t bad = 0, falls = 0;
    for (size_t i = 0; i < story->count; i++) {
        net_near(story->rows[i].lr, lr, 1e-12);
        bad = story->rows[i].val[INK_LOSS] < best ? 0 : bad + 1;
        best = fmin(best, story->rows[i].val[INK_LOSS]);
        if (bad <= 2) continue;
        lr = fmax(lr * 0.5, 0.1);
        bad = 0;
        falls++;
    }
    assert_true(falls >= 3); /* 0.4, 0.2, 0.1, and no lower */
    net_near(story->rows[story->count - 1].lr, 0.1, 1e-12);
    forget(story);
    ink_data_free(train);
    ink_data_free(valid);
}

/* ---- the callback ---- */

struct watcher {
    size_t calls, rows, stop_at_row;
    bool stop_between;
    size_t last_step;
    bool good;
};

static bool watch(void *user, const ink_progress *now)
{
    struct watcher *w = user;
    w->calls++;
    w->good = w->good && now->step >= w->last_step && now->step <= now->steps_total && now->epoch >= 1 &&
              now->epoch <= now->epochs && now->seconds >= 0 && now->seconds_left >= 0 && now->rows_per_second >= 0;
    w->last_step = now->step;
    if (!now->row) return !w->stop_between;
    w->rows++;
    w->good = w->good && now->row->step == now->step && now->row->epoch == now->epoch;
    return w->rows != w->stop_at_row;
}

static void the_callback_gets_every_row(void **state)
{
    struct fixture *f = *state;
    struct watcher w = {.good = true};
    const ink_hooks hooks = {sizeof hooks, watch, &w};
    ink_data *data = net_data(f, 1, 50, 4, 2);
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=5; lr=0.1; batch=8; epochs=6; val=10; scale=none");
    net_ok(f, ink_train(f->ctx, data, f->set, &hooks, &model, &run));
    assert_int_equal(w.rows, 6);
    assert_int_equal(ink_run_epochs(run), 6);
    assert_int_equal(w.last_step, 30);
    assert_true(w.good);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

static void cancelled_at_a_row(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 50, 4, 2);
    for (size_t at = 1; at <= 6; at++) {
        struct watcher w = {.good = true, .stop_at_row = at};
        const ink_hooks hooks = {sizeof hooks, watch, &w};
        ink_model *model;
        ink_run *run;
        net_reset(f, "hidden=5; lr=0.1; batch=8; epochs=6; val=10; scale=none");
        ink_status status = ink_train(f->ctx, data, f->set, &hooks, &model, &run);
        if (at < 6) net_fails(f, status, INK_CANCELLED, "cancelled");
        if (at == 6) net_ok(f, status); /* it was over anyway */
        assert_true(model && run && w.good);
        assert_int_equal(ink_run_epochs(run), at);
        assert_int_equal(ink_run_epoch(run, at - 1)->step, 5 * at);
        assert_true((strstr(ink_run_ended(run), "cancelled") != NULL) == (at < 6));
        assert_non_null(ink_model_metadata(model, "settings"));
        ink_run_free(run);
        ink_model_free(model);
    }
    ink_data_free(data);
}

/* A run without end is stopped between two rows: the steps done so far make a row, and a model. */
static void cancelled_between_rows(void **state)
{
    struct fixture *f = *state;
    struct watcher w = {.good = true, .stop_between = true};
    const ink_hooks hooks = {sizeof hooks, watch, &w};
    ink_data *data = net_data(f, 1, 50, 4, 2);
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=5; lr=1e-6; batch=8; steps=1000000000000; eval-every=1000000000000; val=10; scale=none");
    ink_status status = ink_train(f->ctx, data, f->set, &hooks, &model, &run);
    net_fails(f, status, INK_CANCELLED, "cancelled in epoch|after step");
    assert_true(model && run && w.good);
    assert_int_equal(ink_run_epochs(run), 1);
    assert_int_equal(ink_run_epoch(run, 0)->step, w.last_step);
    assert_true(isfinite(ink_run_epoch(run, 0)->val[INK_LOSS]));
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

/* ---- divergence ---- */

static bool all_finite(const ink_model *model)
{
    for (size_t i = 0; i < model->size; i++)
        if (!isfinite(model->w[i])) return false;
    return true;
}

/* Values of this size, labels at random; the loss is finite for small weights. */
static ink_data *large_data(const struct fixture *f, size_t rows, float size)
{
    float *x = malloc(rows * 4 * sizeof *x);
    int32_t *labels = malloc(rows * sizeof *labels);
    ink_data *data = NULL;
    net_values(1, rows * 4, -size, size, x);
    net_labels(1, rows, 3, labels);
    net_ok(f, ink_data_new(f->ctx, rows, 4, x, labels, 3, &data));
    free(x);
    free(labels);
    return data;
}

/* A penalty of 3 at a rate of 1 takes w to -2 w: some epochs go well, then numbers end. */
static void divergence_is_told(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 64, 4, 3);
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=0; lr=1; l2=3; batch=10; epochs=50; val=0; scale=none");
    ink_status status = ink_train(f->ctx, data, f->set, NULL, &model, &run);
    net_fails(f, status, INK_DIVERGED, "diverged|layer dense1|no longer finite|lr 0.1|clip-norm");
    size_t epoch = 0, step = 0;
    assert_int_equal(sscanf(ink_ctx_message(f->ctx), "epoch %zu, step %zu:", &epoch, &step), 2);
    assert_true(epoch > 10 && step > 7 * (epoch - 1) && step <= 7 * epoch);
    assert_true(model && run && all_finite(model));
    assert_int_equal(ink_run_epochs(run), epoch - 1);
    assert_non_null(strstr(ink_run_ended(run), "diverged in epoch"));
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

/* The weights after a divergence are bit for bit those of the last finished row. */
static void divergence_goes_back_to_the_last_row(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 64, 4, 3);
    ink_trainer *trainer = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    uint64_t hash = 0, before = 0;
    ink_status status = INK_OK;
    net_reset(f, "hidden=0; lr=1; l2=3; batch=10; epochs=50; val=0; scale=none");
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
    while (more && status == INK_OK) {
        before = hash;
        hash = inki_model_hash(ink_trainer_model(trainer));
        status = ink_trainer_epoch(trainer, NULL, &row, &more);
    }
    assert_int_equal(status, INK_DIVERGED);
    assert_false(more);
    assert_true(inki_model_hash(ink_trainer_model(trainer)) == hash && hash != before);
    net_fails(f, ink_trainer_epoch(trainer, NULL, &row, &more), INK_BAD_ARGUMENT, "training has ended (diverged");
    ink_trainer_free(trainer);
    ink_data_free(data);
}

static void divergence_before_the_first_row(void **state)
{
    struct fixture *f = *state;
    ink_data *data = large_data(f, 40, 1e30f);
    ink_model *model = (ink_model *)1;
    ink_run *run = (ink_run *)1;
    net_reset(f, "hidden=20; lr=10000; batch=10; epochs=5; val=0; scale=none");
    ink_status status = ink_train(f->ctx, data, f->set, NULL, &model, &run);
    net_fails(f, status, INK_DIVERGED, "epoch 1, step 2|diverged|layer dense1");
    assert_null(model);
    assert_null(run);
    ink_data_free(data);
}

/* The only step of an epoch breaks the weights: validation sees it, and it was step 1. */
static void divergence_that_validation_sees(void **state)
{
    struct fixture *f = *state;
    ink_data *data = large_data(f, 40, 1e30f);
    ink_model *model = (ink_model *)1;
    ink_run *run = (ink_run *)1;
    net_reset(f, "hidden=20; lr=10000; batch=full; epochs=5; val=10; scale=none");
    ink_status status = ink_train(f->ctx, data, f->set, NULL, &model, &run);
    net_fails(f, status, INK_DIVERGED, "epoch 1, step 1:|diverged");
    assert_null(model);
    ink_data_free(data);
}

/* A step beyond the range of floats, with nothing to validate on: no success and no such weights, even at the end. */
static void divergence_that_nobody_sees(void **state)
{
    static const char *const epochs[] = {"1", "5"};
    struct fixture *f = *state;
    ink_data *data = large_data(f, 40, 1e36f);
    for (size_t i = 0; i < 2; i++) {
        ink_model *model = NULL;
        ink_run *run = NULL;
        net_reset(f, "hidden=20; lr=10000; batch=full; val=0; scale=none");
        help_set(f, "epochs", epochs[i]);
        ink_status status = ink_train(f->ctx, data, f->set, NULL, &model, &run);
        bool finite = !model || all_finite(model);
        ink_run_free(run);
        ink_model_free(model);
        net_fails(f, status, INK_DIVERGED, "diverged");
        assert_true(finite);
    }
    ink_data_free(data);
}

/* Clipping does what the message promises: without it the same run ends in its first epoch. */
static void clipping_prevents_it(void **state)
{
    struct fixture *f = *state;
    ink_data *data = large_data(f, 40, 1e30f);
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=20; lr=0.001; batch=full; epochs=50; val=10; scale=none");
    net_fails(f, ink_train(f->ctx, data, f->set, NULL, &model, &run), INK_DIVERGED, "clip-norm 1");
    net_set(f, "clip-norm=1");
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    assert_int_equal(ink_run_epochs(run), 50);
    assert_true(all_finite(model));
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(the_kept_weights),
        CASE(small_improvements_count),
        CASE(early_stop),
        CASE(early_stop_counts_epochs),
        CASE(plateau_in_training),
        CASE(the_callback_gets_every_row),
        CASE(cancelled_at_a_row),
        CASE(cancelled_between_rows),
        CASE(divergence_is_told),
        CASE(divergence_goes_back_to_the_last_row),
        CASE(divergence_before_the_first_row),
        CASE(divergence_that_validation_sees),
        CASE(divergence_that_nobody_sees),
        CASE(clipping_prevents_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
