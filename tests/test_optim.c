/* test_optim: optimisers, weight penalty, clipping and schedules against their definitions in double.
 * SPDX-License-Identifier: MIT */
#include "defined.h"
#include "net_help.h"

#include "base/text.h"
#include "train/optim.h"
#include "train/schedule.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ten steps on a tiny network ---- */

enum { CLASSES = 3, STEPS = 10, MOST_VALUES = 20000 };

/* Small batches; batches that take several chunks, but for the last of an epoch; wide layers on several threads. */
static const struct shape {
    size_t rows, batch, features;
    const char *net, *threads;
} shapes[] = {
    {20, 7, 5, "", "1"},
    {20, 7, 5, "dense 6 tanh | dense 4 gelu", "1"},
    {20, 7, 5, "dense 9 relu | dropout 0.3", "1"},
    {20, 7, 5, "dropout 0.2 | dense 9 tanh", "1"},
    {250, 200, 5, "dense 9 tanh | dropout 0.3", "2"},
    {20, 7, 300, "dense 130 tanh | dense 70 tanh", "3"},
    {20, 7, 300, "dense 130 tanh | dense 70 tanh", "2"},
};

static void set_definition(struct fixture *f, const struct definition *how, const char *more)
{
    char text[400];
    net_reset(f, "scale=none; val=0; shuffle=none; steps=10; history-steps=true; keep=last; schedule=constant");
    snprintf(text, sizeof text, "optimizer=%s; lr=%.17g; momentum=%.17g; dampening=%.17g; l2=%.17g", how->optimizer,
             how->lr, how->momentum, how->dampening, how->l2);
    net_set(f, text);
    if (how->clip > 0) {
        snprintf(text, sizeof text, "clip-norm=%.17g", how->clip);
        net_set(f, text);
    }
    net_set(f, more);
}

static void compare(const struct definition *how, const struct shape *shape, const ink_trainer *trainer,
                    struct defined *d, const float *x, const int32_t *labels)
{
    for (size_t step = 0, first = 0; step < STEPS; step++) {
        size_t rows = shape->rows - first < shape->batch ? shape->rows - first : shape->batch;
        double wanted = defined_step(d, rows, x + first * shape->features, labels + first),
               got = trainer->run->losses[step];
        if (!(fabs(got - wanted) <= 2e-5 * wanted))
            fail_msg("%s, '%s', step %zu: loss %.9g, by definition %.9g", how->optimizer, shape->net, step + 1, got,
                     wanted);
        first = (first + rows) % shape->rows;
    }
    double difference = plain_difference(d->plain, trainer->model->w, false, 0.1);
    if (!(difference <= 5e-5)) fail_msg("%s, '%s': weights off by %g", how->optimizer, shape->net, difference);
}

/* Ten steps in file order, again and again. */
static void check_trace(struct fixture *f, const struct definition *how, const struct shape *shape)
{
    float *x = malloc(MOST_VALUES * sizeof *x);
    int32_t labels[300];
    char more[200];
    ink_data *data = NULL;
    ink_trainer *trainer = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more_steps = true;
    net_values(6, shape->rows * shape->features, shape->features > 100 ? -0.5f : -2, shape->features > 100 ? 0.5f : 2,
               x);
    net_labels(6, shape->rows, CLASSES, labels);
    snprintf(more, sizeof more, "batch=%zu; seed=3; threads=%s; net=%s", shape->batch, shape->threads, shape->net);
    set_definition(f, how, more);
    net_ok(f, ink_data_new(f->ctx, shape->rows, shape->features, x, labels, CLASSES, &data));
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
    struct defined d = defined_begin(trainer->model, how);
    d.plain->training = true;
    d.plain->seed = 3;
    while (more_steps) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more_steps));
    assert_int_equal(ink_run_steps(trainer->run), STEPS);
    compare(how, shape, trainer, &d, x, labels);
    defined_end(&d);
    ink_trainer_free(trainer);
    ink_data_free(data);
    free(x);
}

static void traces(void **state)
{
    static const struct definition definitions[] = {
        {"sgd", 0.3, 0.9, 0, 0, 0},        {"sgd", 0.3, 0.9, 0, 0.05, 0},     {"sgd", 0.3, 0.9, 0, 0.05, 0.2},
        {"momentum", 0.1, 0.9, 0, 0, 0},   {"momentum", 0.2, 0.8, 0.7, 0, 0}, {"momentum", 0.1, 0.9, 0, 0.05, 0.2},
        {"nesterov", 0.1, 0.9, 0, 0, 0},   {"nesterov", 0.2, 0.8, 0.7, 0, 0}, {"nesterov", 0.1, 0.9, 0, 0.05, 0.2},
        {"nesterov", 0.1, 0.9, 0.9, 0, 0}, {"rmsprop", 0.01, 0.9, 0, 0, 0},   {"rmsprop", 0.01, 0.9, 0, 0.05, 0.2},
        {"adam", 0.02, 0.9, 0, 0, 0},      {"adam", 0.02, 0.9, 0, 0.05, 0},   {"adam", 0.02, 0.9, 0, 0.05, 0.2},
        {"adamw", 0.02, 0.9, 0, 0, 0},     {"adamw", 0.02, 0.9, 0, 0.5, 0},   {"adamw", 0.02, 0.9, 0, 0.5, 0.2},
    };
    for (size_t i = 0; i < COUNT(definitions); i++) {
        bool by_sign =
            strchr("ra", definitions[i].optimizer[0]) != NULL; /* rmsprop, adam: first steps follow g's sign */
        for (size_t n = 0; n < COUNT(shapes); n++) {
            if (by_sign && shapes[n].features > 100) continue; /* of many gradients some are 0 but for rounding */
            check_trace(*state, &definitions[i], &shapes[n]);
        }
    }
}

/* Every row of the table has been traced: a new optimiser needs its definition here. */
static void no_optimiser_is_left_out(void **state)
{
    (void)state;
    for (int kind = 0; kind < INKI_OPT_COUNT; kind++) {
        static const char *const known[] = {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"};
        bool found = false;
        for (size_t i = 0; i < COUNT(known); i++)
            found = found || strcmp(known[i], inki_optimizer_name((enum inki_optimizer)kind)) == 0;
        assert_true(found);
    }
}

/* What the table of optimisers says holds, and is what help says. */
static void rates_by_default(void **state)
{
#define RATE(name, states, rate, formula) {#name, rate},
    static const struct {
        const char *optimizer;
        double lr;
    } cases[] = {INKI_OPTIMIZERS(RATE)};
    struct fixture *f = *state;
    const char *help = NULL;
    for (size_t i = 0; i < ink_settings_count(); i++)
        if (strcmp(ink_settings_row(i)->name, "lr") == 0) help = ink_settings_row(i)->help;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[32];
        inki_format_real(cases[i].lr, text);
        assert_non_null(strstr(help, text));
        net_reset(f, "lr=auto");
        help_set(f, "optimizer", cases[i].optimizer);
        assert_true(inki_optim_rate(f->set) == cases[i].lr);
        help_set(f, "lr", "0.25");
        assert_true(inki_optim_rate(f->set) == 0.25);
    }
}

/* ---- single steps along made-up gradients ---- */

struct stepper {
    ink_model *model;
    struct inki_optim optim;
    float *g, *before;
};

/* A gradient of the given norm, on what is trained. */
static struct stepper stepper_begin(const struct fixture *f, double norm)
{
    struct stepper s = {
        .model = net_model(f, "dense 37 tanh | dense 5 relu", (struct inki_shape){1, 19, 1, 0}, 3, NULL, NULL)};
    size_t count = s.model->size;
    double sum = 0;
    bool *used = net_used(s.model);
    s.g = malloc(count * sizeof *s.g);
    s.before = malloc(count * sizeof *s.before);
    net_values(8, count, -1, 1, s.g);
    for (size_t i = 0; i < count; i++) {
        if (!used[i]) s.g[i] = 0;
        sum += (double)s.g[i] * (double)s.g[i];
    }
    for (size_t i = 0; i < count; i++) s.g[i] *= (float)(norm / sqrt(sum));
    memcpy(s.before, s.model->w, count * sizeof *s.before);
    net_ok(f, inki_optim_begin(f->ctx, s.model, f->set, &s.optim));
    free(used);
    return s;
}

static void stepper_end(struct stepper *s)
{
    inki_optim_end(&s->optim);
    ink_model_free(s->model);
    free(s->g);
    free(s->before);
}

/* The norm of what a step of sgd at rate 1 has moved. */
static double moved(const struct stepper *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->model->size; i++) sum += pow((double)s->model->w[i] - (double)s->before[i], 2);
    return sqrt(sum);
}

static void clipping_is_to_the_norm_and_only_above_it(void **state)
{
    static const double cases[][2] = {{0.5, 0.5}, {0.999, 0.999}, {1, 1}, {1.001, 1}, {3, 1}, {1e6, 1}, {0, 0}};
    struct fixture *f = *state;
    net_reset(f, "optimizer=sgd; l2=0; clip-norm=1");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct stepper s = stepper_begin(f, cases[i][0]);
        inki_optim_step(&s.optim, s.g, 1);
        net_near(moved(&s), cases[i][1], 2e-6);
        if (cases[i][0] < 1)
            for (size_t j = 0; j < s.model->size; j++) assert_true(s.model->w[j] == fmaf(-1, s.g[j], s.before[j]));
        stepper_end(&s);
    }
}

/* A threshold that is never reached changes no bit, though without one a step may be taken along with the gradient. */
static void clipping_that_never_clips(void **state)
{
    static const char *const nets[] = {"", "dense 37 relu", "dropout 0.2 | dense 130 tanh | dense 70 gelu"};
    struct fixture *f = *state;
    for (size_t i = 0; i < 2 * INKI_OPT_COUNT * COUNT(nets); i++) {
        uint64_t hashes[2];
        for (size_t clips = 0; clips < 2; clips++) {
            ink_data *data = net_data(f, 4, 90, 200, CLASSES);
            ink_trainer *trainer = NULL;
            ink_epoch row = INK_INIT(ink_epoch);
            bool more = true;
            net_reset(f, "lr=0.01; l2=0.01; batch=40; epochs=2; val=0; scale=standard");
            help_set(f, "optimizer", inki_optimizer_name((enum inki_optimizer)(i % INKI_OPT_COUNT)));
            help_set(f, "net", nets[i / INKI_OPT_COUNT % COUNT(nets)]);
            help_set(f, "threads", i < INKI_OPT_COUNT * COUNT(nets) ? "3" : "1");
            if (clips) help_set(f, "clip-norm", "1e9");
            net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
            while (more) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
            hashes[clips] = inki_model_hash(trainer->model);
            ink_trainer_free(trainer);
            ink_data_free(data);
        }
        assert_true(hashes[0] == hashes[1]);
    }
}

/* The rate may change from step to step: it takes part in no state. */
static void rates_change_between_steps(void **state)
{
    struct fixture *f = *state;
    for (int kind = 0; kind < INKI_OPT_COUNT; kind++) {
        const struct definition how = {inki_optimizer_name((enum inki_optimizer)kind), 0, 0.9, 0.2, 0, 0};
        set_definition(f, &(struct definition){how.optimizer, 1, 0.9, 0.2, 0, 0}, "");
        struct stepper s = stepper_begin(f, 3);
        double value = (double)s.before[0];
        struct element e = {.value = &value, .decay = true, .w = value};
        for (size_t t = 1; t <= 5; t++) {
            struct definition now = how;
            now.lr = 0.1 / (double)t;
            inki_optim_before(&s.optim);
            inki_optim_step(&s.optim, s.g, now.lr);
            define_step(&now, t, (double)s.g[0], &e);
        }
        net_near((double)s.model->w[0], e.w, 2e-6);
        stepper_end(&s);
    }
}

static void threads_do_not_matter(void **state)
{
    struct fixture *f = *state;
    for (int kind = 0; kind < INKI_OPT_COUNT; kind++) {
        float *first = NULL;
        for (unsigned threads = 1; threads <= 5; threads++) {
            net_reset(f, "l2=0.01; clip-norm=0.5");
            help_set(f, "optimizer", inki_optimizer_name((enum inki_optimizer)kind));
            net_ok(f, ink_ctx_set_threads(f->ctx, threads));
            ink_model *model = NULL;
            struct inki_optim optim;
            net_ok(f, ink_model_new(f->ctx, "dense 300 relu | dense 70 relu", 400, 10, f->set, &model));
            net_ok(f, inki_optim_begin(f->ctx, model, f->set, &optim));
            float *g = malloc(model->size * sizeof *g);
            net_values(8, model->size, -1, 1, g);
            for (int step = 0; step < 3; step++) {
                inki_optim_before(&optim);
                inki_optim_step(&optim, g, 0.1);
            }
            free(g);
            inki_optim_end(&optim);
            if (first) assert_memory_equal(first, model->w, model->size * sizeof *first);
            if (!first) {
                first = malloc(model->size * sizeof *first);
                memcpy(first, model->w, model->size * sizeof *first);
            }
            ink_model_free(model);
        }
        free(first);
    }
}

/* ---- schedules ---- */

/* Three steps an epoch, patience of two epochs: the rate falls at the third epoch in a row that is no better. */
static void plateau(void **state)
{
    static const struct {
        double loss, lr_after;
    } rows[] = {{1.0, 1},    {0.9, 1},    {0.95, 1},    {0.9, 1},    {0.91, 0.5}, {0.91, 0.5},
                {0.91, 0.5}, {0.9, 0.25}, {0.89, 0.25}, {0.5, 0.25}, {0.6, 0.25}, {0.6, 0.25},
                {0.6, 0.2},  {0.6, 0.2},  {0.6, 0.2},   {0.6, 0.2},  {0.6, 0.2}};
    struct fixture *f = *state;
    struct inki_schedule schedule;
    net_reset(f, "schedule=plateau; lr=1; plateau-patience=2; plateau-factor=0.5; min-lr=0.2");
    inki_schedule_begin(f->set, 3, 100, &schedule);
    assert_true(inki_schedule_needs_validation(&schedule));
    for (size_t i = 0; i < COUNT(rows); i++) {
        inki_schedule_row(&schedule, 3 * (i + 1), rows[i].loss);
        net_near(inki_schedule_rate(&schedule, 3 * (i + 1)), rows[i].lr_after, 1e-12);
    }
    net_reset(f, "schedule=plateau; lr=0.01; plateau-patience=0; plateau-factor=0.5; min-lr=0.2");
    inki_schedule_begin(f->set, 1, 100, &schedule); /* begins below the least rate: must not rise */
    for (size_t step = 1; step < 9; step++) inki_schedule_row(&schedule, step, 1);
    net_near(inki_schedule_rate(&schedule, 9), 0.01, 1e-15);
}

static void constant(void **state)
{
    struct fixture *f = *state;
    struct inki_schedule schedule;
    net_reset(f, "schedule=constant; lr=0.7");
    inki_schedule_begin(f->set, 1, 100, &schedule);
    assert_false(inki_schedule_needs_validation(&schedule));
    for (size_t step = 0; step < 100; step++) {
        assert_true(inki_schedule_rate(&schedule, step) == 0.7);
        inki_schedule_row(&schedule, step + 1, 5);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(traces),
        CASE(no_optimiser_is_left_out),
        CASE(rates_by_default),
        CASE(clipping_is_to_the_norm_and_only_above_it),
        CASE(clipping_that_never_clips),
        CASE(rates_change_between_steps),
        CASE(threads_do_not_matter),
        CASE(plateau),
        CASE(constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
