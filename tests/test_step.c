/* test_step: the steps that train, at the sizes that are trained and as the trainer compiles them, against their definitions in
 * double, for each optimiser and scaling.
 * SPDX-License-Identifier: MIT
 *
 * Weights are compared by how far they have moved: the norm of what differs, of one tensor, as a share of the norm of its way. With
 * rmsprop and adam a first step goes by the gradient's sign, so that a single weight may end elsewhere where its gradient is 0 but
 * for rounding; a norm does not mind, and a factor of 1.001 in a formula shows. One reference serves all numbers of threads, whose
 * bits must be the same. */
#include "defined.h"
#include "net_help.h"

#include "train/trainer.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under a sanitizer, which has nothing to say of numbers, each definition and each course once; all of them train. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

enum { CLASSES = 10, MOST_ROWS = 1100, STEPS = 4, SEED = 3 };

struct course {
    struct definition how;
    const char *net, *scale;
    size_t features, rows, batch;
    bool bytes;   /* images: bytes, most of them 0 */
    float offset; /* of columns of floats, in deviations: every third is at 0, near or far */
    uint8_t *image;
    float *x;
    int32_t labels[MOST_ROWS];
};

/* ---- rows ---- */

static float value_of(const struct course *course, struct inki_rng *rng, size_t column)
{
    float offset = column % 3 == 0 ? 0 : column % 3 == 1 ? 2 : course->offset;
    return (float)inki_rng_uniform(rng) * 2 - 1 + offset;
}

static void make_rows(struct course *course)
{
    const size_t values = course->rows * course->features;
    struct inki_rng rng = inki_rng_begin(11, INKI_RNG_TEST, 0, 0);
    course->image = malloc(values);
    course->x = malloc(values * sizeof *course->x);
    for (size_t i = 0; i < values; i++) {
        course->image[i] = inki_rng_below(&rng, 10) < 7 ? 0 : (uint8_t)inki_rng_below(&rng, 256);
        course->x[i] = course->bytes ? (float)course->image[i] : value_of(course, &rng, i % course->features);
    }
    net_labels(12, course->rows, CLASSES, course->labels);
}

static ink_data *data_of(const struct fixture *f, const struct course *course)
{
    ink_data *data = NULL;
    ink_rows rows = INK_INIT(ink_rows);
    rows.rows = course->rows;
    rows.features = course->features;
    if (course->bytes)
        rows.bytes = course->image;
    else
        rows.floats = course->x;
    rows.labels = course->labels;
    rows.classes = CLASSES;
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    return data;
}

/* ---- training ---- */

static void set_course(struct fixture *f, const struct course *course, unsigned threads)
{
    const struct definition *how = &course->how;
    char text[400];
    net_reset(f, "val=0; shuffle=none; steps=4; seed=3; history-steps=true; keep=last; schedule=constant");
    snprintf(
        text, sizeof text,
        "optimizer=%s; lr=%.17g; momentum=%.17g; dampening=%.17g; l2=%.17g; scale=%s; net=%s; batch=%zu; threads=%u",
        how->optimizer, how->lr, how->momentum, how->dampening, how->l2, course->scale, course->net, course->batch,
        threads);
    net_set(f, text);
    if (how->clip > 0) {
        snprintf(text, sizeof text, "clip-norm=%.17g", how->clip);
        net_set(f, text);
    }
}

static ink_trainer *trainer_of(struct fixture *f, const struct course *course, const ink_data *data, unsigned threads)
{
    ink_trainer *trainer = NULL;
    set_course(f, course, threads);
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
    return trainer;
}

static void train(struct fixture *f, ink_trainer *trainer)
{
    ink_epoch row;
    bool more = true;
    while (more) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    assert_int_equal(ink_run_steps(trainer->run), STEPS);
}

/* ---- against the definitions ---- */

/* How far a tensor is from where it should be, by how far it has moved. */
static double astray(const struct plain *from, const struct plain *to, size_t l, size_t t, const float *w)
{
    const struct plain_layer *layer = &to->layers[l];
    double off = 0, way = 0;
    for (size_t i = 0; i < layer->count[t]; i++) {
        double wanted = layer->value[t][i], got = (double)w[layer->of->offset + layer->of->op->at(layer->of, t, i)];
        off += (got - wanted) * (got - wanted);
        way += (wanted - from->layers[l].value[t][i]) * (wanted - from->layers[l].value[t][i]);
    }
    return sqrt(off / way);
}

static void compare(const struct course *course, const ink_trainer *trainer, const struct plain *from,
                    struct defined *d)
{
    for (size_t step = 0; step < STEPS; step++) {
        const size_t first = step * course->batch % course->rows;
        double wanted = defined_step(d, course->batch, course->x + first * course->features, course->labels + first),
               got = trainer->run->losses[step];
        if (!(fabs(got - wanted) <= 1e-5 * wanted))
            fail_msg("%s, '%s', scale %s: loss of step %zu is %.9g, by definition %.9g", course->how.optimizer,
                     course->net, course->scale, step + 1, got, wanted);
    }
    for (size_t l = 0; l < d->plain->layer_count; l++)
        for (size_t t = 0; t < PLAIN_TENSORS && inki_node_learns(d->plain->layers[l].of); t++) {
            if (d->plain->layers[l].count[t] == 0) continue;
            double off = astray(from, d->plain, l, t, trainer->model->w);
            if (!(off <= 2e-4))
                fail_msg("%s, '%s', scale %s: tensor %zu of node %zu is astray by %g of its way", course->how.optimizer,
                         course->net, course->scale, t, l, off);
        }
}

/* With one thread by the definitions, with more the same bits. */
static void check_course(struct fixture *f, struct course *course, bool by_definition)
{
    make_rows(course);
    ink_data *data = data_of(f, course);
    ink_trainer *trainer = trainer_of(f, course, data, 1);
    struct defined d = defined_begin(trainer->model, &course->how);
    struct plain *from = plain_new(trainer->model);
    d.plain->training = true;
    d.plain->seed = SEED;
    train(f, trainer);
    if (by_definition) compare(course, trainer, from, &d);
    for (unsigned threads = 2; threads <= 3; threads++) {
        ink_trainer *other = trainer_of(f, course, data, threads);
        train(f, other);
        assert_memory_equal(other->model->w, trainer->model->w, other->model->size * sizeof *other->model->w);
        assert_memory_equal(other->run->losses, trainer->run->losses, STEPS * sizeof *other->run->losses);
        ink_trainer_free(other);
    }
    plain_free(from);
    defined_end(&d);
    ink_trainer_free(trainer);
    ink_data_free(data);
    free(course->image);
    free(course->x);
}

/* ---- the tests ---- */

static const struct definition definitions[] = {
    {"sgd", 0.1, 0.9, 0, 0, 0},          {"sgd", 0.1, 0.9, 0, 0.01, 0},         {"sgd", 0.1, 0.9, 0, 0.01, 0.5},
    {"momentum", 0.02, 0.9, 0, 0, 0},    {"momentum", 0.05, 0.8, 0.7, 0.01, 0}, {"nesterov", 0.02, 0.9, 0, 0.01, 0},
    {"rmsprop", 0.001, 0.9, 0, 0.01, 0}, {"adam", 0.001, 0.9, 0, 0, 0},         {"adam", 0.001, 0.9, 0, 0.01, 0.5},
    {"adamw", 0.001, 0.9, 0, 0.1, 0},
};

/* 784-100-10 on images and on columns; deep nets; batches of several chunks, of two and three shards; no hidden layer. */
static void steps_are_as_defined(void **state)
{
    static const struct course courses[] = {
        {.net = "dense 100 relu", .features = 784, .scale = "255", .bytes = true},
        {.net = "dense 100 tanh", .features = 784, .scale = "standard", .bytes = true},
        {.net = "dense 100 relu", .features = 784, .scale = "none"},
        {.net = "dense 100 relu", .features = 784, .scale = "standard", .offset = 40},
        {.net = "dense 512 relu | dropout 0.2 | dense 128 tanh", .features = 90, .scale = "standard", .offset = 3},
        {.net = "dense 512 tanh | dropout 0.5 | dense 128 relu", .features = 90, .scale = "255", .bytes = true},
        {.net = "dense 100 relu", .features = 40, .scale = "none", .rows = 400, .batch = 200},
        {.net = "dense 70 tanh | dropout 0.1", .features = 30, .scale = "standard", .rows = 1100, .batch = 550},
        {.net = "dense 30 tanh | dense 20 tanh", .features = 30, .scale = "none", .rows = 1100, .batch = 1100},
        {.net = "", .features = 784, .scale = "standard", .offset = 40},
    };
    for (size_t i = 0; i < COUNT(courses); i++)
        for (size_t k = 0; k < COUNT(definitions); k++) {
            struct course course = courses[i];
            if (course.rows == 0) course.rows = 60, course.batch = 30;
            course.how = definitions[k];
            check_course(*state, &course, !SANITIZED || i == k);
        }
}

/* Every row of the table of optimisers is among the definitions. */
static void no_optimiser_is_left_out(void **state)
{
    (void)state;
    for (int kind = 0; kind < INKI_OPT_COUNT; kind++) {
        bool found = false;
        for (size_t i = 0; i < COUNT(definitions); i++)
            found |= strcmp(definitions[i].optimizer, inki_optimizer_name((enum inki_optimizer)kind)) == 0;
        assert_true(found);
    }
}

/* What is said of a training that diverges does not depend on who computed what. */
static void divergence_reads_the_same(void **state)
{
    static const char *const nets[] = {"", "dense 100 relu", "dense 80 identity | dense 70 identity"};
    struct fixture *f = *state;
    for (size_t i = 0; i < 2 * COUNT(nets); i++) {
        char first[500] = "";
        for (unsigned threads = 1; threads <= 3; threads++) {
            struct course course = {.net = nets[i % COUNT(nets)],
                                    .features = 784,
                                    .rows = 60,
                                    .batch = 30,
                                    .scale = "none",
                                    .offset = 1e19f};
            course.how = (struct definition){i < COUNT(nets) ? "sgd" : "momentum", 0.1, 0.9, 0, 0, 0};
            make_rows(&course);
            ink_data *data = data_of(f, &course);
            ink_trainer *trainer = trainer_of(f, &course, data, threads);
            ink_epoch row;
            bool more = true;
            ink_status status = INK_OK;
            while (more && status == INK_OK) status = ink_trainer_epoch(trainer, NULL, &row, &more);
            assert_int_equal(status, INK_DIVERGED);
            if (threads == 1) snprintf(first, sizeof first, "%s", ink_ctx_message(f->ctx));
            assert_string_equal(ink_ctx_message(f->ctx), first);
            ink_trainer_free(trainer);
            ink_data_free(data);
            free(course.image);
            free(course.x);
        }
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(steps_are_as_defined),
        CASE(no_optimiser_is_left_out),
        CASE(divergence_reads_the_same),
    };
    return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
