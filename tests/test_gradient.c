/* test_gradient: forward and backward of whole networks, against plain double arithmetic (plain.h); differences, for what that does
 * not know, are in test_ops.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"
#include "plain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 300, SEED = 5, STEP = 9 };

static const double exactness = 1e-5;

/* One network with one batch. */
struct trial {
    const struct fixture *f;
    ink_model *model;
    struct inki_program train;
    size_t rows;
    float smoothing;
    float *x, *g;
    int32_t *labels;
    double losses[MOST_ROWS];
};

/* What is tried. */
struct recipe {
    const char *notation;
    struct inki_shape in;
    size_t classes, rows;
    bool scaled;
    float smoothing;
};

static void begin(struct trial *t, const struct fixture *f, const struct recipe *recipe)
{
    size_t features = recipe->in.channels * recipe->in.height * recipe->in.width;
    float *scaling = malloc(2 * features * sizeof *scaling);
    *t = (struct trial){.f = f, .rows = recipe->rows, .smoothing = recipe->smoothing};
    net_values(3, 2 * features, 0.5f, 1.5f, scaling);
    t->model = net_model(f, recipe->notation, recipe->in, recipe->classes, recipe->scaled ? scaling : NULL,
                         recipe->scaled ? scaling + features : NULL);
    free(scaling);
    net_program(f, t->model, INKI_FOR_TRAINING, t->rows, &t->train);
    t->x = malloc(t->rows * features * sizeof *t->x);
    t->labels = malloc(t->rows * sizeof *t->labels);
    t->g = calloc(t->model->size, sizeof *t->g);
    net_values(1, t->rows * features, -1, 1, t->x);
    net_labels(2, t->rows, recipe->classes, t->labels);
    bool *used = net_used(t->model);
    for (size_t l = 0; l < t->model->node_count; l++) { /* biases begin at 0: too good to be true */
        struct inki_node *layer = &t->model->nodes[l];
        for (size_t i = 0; i < layer->size && inki_node_learns(layer); i++) {
            float *w = &t->model->w[layer->offset + i];
            if (used[layer->offset + i] && *w == 0) *w = 0.01f * (float)(i % 7) - 0.03f;
        }
    }
    free(used);
}

static void end(struct trial *t)
{
    inki_program_end(&t->train);
    ink_model_free(t->model);
    free(t->x);
    free(t->labels);
    free(t->g);
}

/* Runs rows first, first+1, …; returns their share of the mean loss: sum / t->rows. */
static double run(struct trial *t, size_t first, size_t count, bool add)
{
    double sum = 0;
    struct inki_feed feed = {.fresh = true,
                             .seed = SEED,
                             .step = STEP,
                             .first_row = (uint32_t)first,
                             .loss = {.labels = t->labels + first,
                                      .smoothing = t->smoothing,
                                      .scale = 1.0f / (float)t->rows,
                                      .row_loss = t->losses},
                             .g = t->g,
                             .add = add,
                             .last = first + count == t->rows};
    net_run(&t->train, t->x + first * t->model->features, count, &feed);
    for (size_t i = 0; i < count; i++) sum += t->losses[i];
    return sum / (double)t->rows;
}

/* ---- plain arithmetic ---- */

static void check_plain(struct trial *t, double loss)
{
    if (!plain_can(t->model)) return;
    struct plain *plain = plain_new(t->model);
    plain->smoothing = (double)t->smoothing;
    plain->training = true;
    plain->seed = SEED;
    plain->step = STEP;
    double wanted = plain_gradient(plain, t->rows, t->x, t->labels);
    double difference = plain_difference(plain, t->g, true, 1e-6);
    if (!(fabs(loss - wanted) <= exactness * wanted))
        fail_msg("'%s': loss %.9g, plain %.9g", t->model->notation, loss, wanted);
    if (!(difference <= exactness)) fail_msg("'%s': gradient off by %g", t->model->notation, difference);
    plain_free(plain);
}

static void check_padding(struct trial *t)
{
    bool *used = net_used(t->model);
    for (size_t i = 0; i < t->model->size; i++) assert_true(used[i] || (t->g[i] == 0 && t->model->w[i] == 0));
    free(used);
}

static void check(const struct fixture *f, const struct recipe *recipe)
{
    struct trial t;
    begin(&t, f, recipe);
    double loss = run(&t, 0, t.rows, false);
    check_plain(&t, loss);
    check_padding(&t);
    end(&t);
}

/* ---- the tests ---- */

/* Rows of the table: in front of the output layer, behind and before another layer, twice. */
static void every_layer_kind(void **state)
{
    static const char *const frames[] = {"%s", "dense 20 tanh | %s", "%s | dense 20 tanh", "%s | %s"};
    size_t known = 0;
    for (size_t k = 0; k < inki_op_count; k++) {
        const struct inki_op *kind = inki_ops[k];
        if (!kind->parse) continue;
        assert_non_null(kind->example);
        known++;
        for (size_t i = 0; i < COUNT(frames); i++) {
            const char *at = strstr(frames[i], "%s"), *rest = at + 2, *second = strstr(rest, "%s");
            char notation[200];
            if (i == 1 && kind->images && !kind->param)
                continue; /* a pool of a single pixel: test_ops has more shapes */
            if (i == 2 && kind->by_member && kind->param) continue; /* only layers with members come behind these */
            if (second)
                snprintf(notation, sizeof notation, "%s | %s", kind->example, kind->example);
            else
                snprintf(notation, sizeof notation, "%.*s%s%s", (int)(at - frames[i]), frames[i], kind->example, rest);
            check(*state, &(struct recipe){notation, {4, 4, 4, 0}, 10, 33, i % 2 == 0, 0});
        }
    }
    assert_true(known >= 2);
}

static void every_activation(void **state)
{
    char notation[80];
    for (int act = 0; act < INKI_ACT_COUNT; act++) {
        const char *name = inki_activation_name((enum inki_activation)act);
        snprintf(notation, sizeof notation, "dense 37 %s", name);
        check(*state, &(struct recipe){notation, {1, 23, 1, 0}, 10, 29, false, 0});
        snprintf(notation, sizeof notation, "dense 130 %s | dense 70 %s", name, name);
        check(*state, &(struct recipe){notation, {1, 45, 1, 0}, 3, 64, true, 0.1f});
    }
}

/* Widths around the sizes of lanes and panels, one of each, many classes, few and many rows. */
static void stacks(void **state)
{
    static const struct recipe recipes[] = {
        {"", {1, 1, 1, 0}, 2, 1, false, 0},
        {"", {1, 784, 1, 0}, 10, 60, true, 0},
        {"dense 1 tanh", {1, 1, 1, 0}, 2, 5, true, 0},
        {"dense 16 relu | dense 1 sigmoid | dense 33 identity", {1, 16, 1, 0}, 17, 40, false, 0.2f},
        {"dense 64 tanh | dense 65 gelu | dense 63 leaky_relu", {1, 17, 1, 0}, 64, 31, false, 0},
        {"dense 257 relu | dense 129 tanh", {1, 100, 1, 0}, 70, 128, true, 0},
        {"dense 70 leaky_relu | dropout 0.3 | dense 37 tanh", {1, 45, 1, 0}, 5, 50, true, 0},
        {"dropout 0.2 | dense 17 tanh | dropout 0.5 | dense 130 relu", {1, 70, 1, 0}, 10, 50, true, 0.05f},
        {"dropout 0.5", {1, 12, 1, 0}, 4, 20, false, 0},
        {"dense 12 gelu", {2, 3, 4, 0}, 4, 120, true, 0},
    };
    for (size_t i = 0; i < COUNT(recipes); i++) check(*state, &recipes[i]);
}

/* The same with more threads than panels, and fewer. */
static void stacks_on_threads(void **state)
{
    const struct fixture *f = *state;
    for (unsigned threads = 1; threads <= 7; threads += 3) {
        net_ok(f, ink_ctx_set_threads(f->ctx, threads));
        check(f, &(struct recipe){"dense 257 relu | dense 130 tanh", {1, 300, 1, 0}, 10, 128, true, 0});
        check(f, &(struct recipe){"dense 40 gelu | dropout 0.3", {1, 784, 1, 0}, 10, 128, true, 0.1f});
    }
}

static void chunks_add_up_to_the_same_bits(void **state)
{
    static const size_t cuts[][4] = {{100, 0}, {1, 99}, {33, 33, 34}, {64, 30, 5, 1}};
    const struct recipe recipe = {"dense 70 relu | dropout 0.3 | dense 37 tanh", {1, 45, 1, 0}, 10, 100, true, 0.1f};
    struct trial t;
    begin(&t, *state, &recipe);
    run(&t, 0, 100, false);
    float *whole = malloc(t.model->size * sizeof *whole);
    memcpy(whole, t.g, t.model->size * sizeof *whole);
    for (size_t c = 0; c < COUNT(cuts); c++) {
        for (size_t i = 0, first = 0; first < 100; first += cuts[c][i++]) run(&t, first, cuts[c][i], first > 0);
        assert_memory_equal(whole, t.g, t.model->size * sizeof *whole);
    }
    free(whole);
    end(&t);
}

static void a_batch_is_its_rows(void **state)
{
    const struct recipe recipe = {"dense 130 gelu | dense 70 sigmoid | dense 37 tanh", {1, 45, 1, 0}, 10, 77, true, 0};
    struct trial t;
    begin(&t, *state, &recipe);
    float *p = malloc(77 * 10 * sizeof *p), one[10];
    net_ok(t.f, ink_predict(t.f->ctx, t.model, 77, t.x, p));
    for (size_t i = 0; i < 77; i++) {
        net_ok(t.f, ink_predict(t.f->ctx, t.model, 1, t.x + i * 45, one));
        assert_memory_equal(one, p + i * 10, sizeof one);
    }
    struct plain *plain = plain_new(t.model);
    for (size_t i = 0; i < 77; i++) {
        double wanted[10];
        plain_forward(plain, t.x + i * 45, i, wanted);
        for (size_t c = 0; c < 10; c++) net_near((double)p[i * 10 + c], wanted[c], 1e-6);
    }
    plain_free(plain);
    free(p);
    end(&t);
}

/* Known values, and logits of ±1e4. */
static void loss_values(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        float z[16];
        int32_t label;
        float smoothing;
        double loss;
    } cases[] = {
        {{0, 0, 0, 0}, 2, 0, 1.3862943611198906},
        {{1, 2, 3, 4}, 3, 0, 0.44018969856119533},
        {{1, 2, 3, 4}, 0, 0, 3.4401896985611953},
        {{1, 2, 3, 4}, 3, 0.2f, 0.74018969856119533},
        {{1e4f, -1e4f, 0, 0}, 0, 0, 0},
        {{1e4f, -1e4f, 0, 0}, 1, 0, 20000},
        {{-1e4f, -1e4f, -1e4f, -1e4f}, 1, 0, 1.3862943611198906},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        float z[16], dz[16];
        double loss, sum = 0;
        memcpy(z, cases[i].z, sizeof z);
        inki_kern(f->ctx)->softmax(&(struct inki_softmax){.rows = 1,
                                                          .classes = 4,
                                                          .stride = 16,
                                                          .z = z,
                                                          .dz = dz,
                                                          .scale = 1,
                                                          .labels = &cases[i].label,
                                                          .smoothing = cases[i].smoothing,
                                                          .row_loss = &loss});
        net_near(loss, cases[i].loss, 2e-6 * (1 + cases[i].loss));
        for (size_t j = 0; j < 16; j++) {
            assert_true(isfinite(dz[j]) && (j < 4 || dz[j] == 0));
            sum += (double)dz[j];
        }
        net_near(sum, 0, 1e-6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_layer_kind, help_begin, help_end),
        cmocka_unit_test_setup_teardown(every_activation, help_begin, help_end),
        cmocka_unit_test_setup_teardown(stacks, help_begin, help_end),
        cmocka_unit_test_setup_teardown(stacks_on_threads, help_begin, help_end),
        cmocka_unit_test_setup_teardown(chunks_add_up_to_the_same_bits, help_begin, help_end),
        cmocka_unit_test_setup_teardown(a_batch_is_its_rows, help_begin, help_end),
        cmocka_unit_test_setup_teardown(loss_values, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
