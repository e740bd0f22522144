/* test_sparse: gradients that leave out the zeros behind a pool have the bits of those that do not, on every kernel table.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 5, CLASSES = 3 };

static const struct shape {
    const char *notation;
    struct inki_shape in;
    size_t sparse; /* how many convolutions leave zeros out */
} shapes[] = {
    {"conv 8 3x3 relu | conv 16 3x3 nobias | maxpool 2 | batchnorm relu", {12, 12, 1, 0}, 1},
    {"conv 24 3x3 pad valid | conv 40 5x3 stride 2 | maxpool 3 stride 2 | dense 5 relu", {19, 15, 3, 0}, 1},
    {"conv 16 1x1 | conv 72 2x2 pad valid tanh | maxpool 2 | conv 9 7x7 | globalmax", {11, 18, 5, 0}, 2},
    {"conv 33 3x3 | add( conv 33 3x3 pad 1 | maxpool 3 stride 2 | conv 7 3x3 & maxpool 3 stride 2 | conv 7 1x1 ) relu",
     {9, 9, 2, 0},
     1},
    {"conv 16 3x3 | conv 16 3x3 groups 4 | maxpool 2", {8, 8, 1, 0}, 0},
    {"conv 8 3x3 | conv 144 3x3 pad 2 | maxpool 4", {10, 10, 8, 0}, 1},
};

/* The gradient of all weights, summed over two chunks; the zeros behind pools left out or not. */
static float *gradient(const struct fixture *f, const struct shape *shape, bool leaves_out)
{
    const size_t features = inki_shape_size(&shape->in);
    ink_model *model = net_model(f, shape->notation, shape->in, CLASSES, NULL, NULL);
    struct inki_program program;
    size_t sparse = 0;
    float *x = malloc(ROWS * features * sizeof *x), *g = calloc(model->size, sizeof *g);
    double losses[ROWS];
    int32_t labels[ROWS];
    for (size_t i = 0; i < model->node_count; i++) {
        sparse += model->nodes[i].sparse && model->nodes[i].frame.groups == 1;
        model->nodes[i].sparse = model->nodes[i].sparse && leaves_out;
    }
    assert_int_equal(sparse, shape->sparse);
    net_values(5, ROWS * features, -1, 1, x);
    net_labels(6, ROWS, CLASSES, labels);
    net_program(f, model, INKI_FOR_TRAINING, 3, &program);
    for (size_t first = 0; first < ROWS; first += 3) {
        const size_t count = ROWS - first < 3 ? ROWS - first : 3;
        net_run(&program, x + first * features, count,
                &(struct inki_feed){.fresh = first == 0,
                                    .loss = {.labels = labels + first, .scale = 0.2f, .row_loss = losses + first},
                                    .g = g,
                                    .add = first > 0,
                                    .last = first + count == ROWS});
    }
    inki_program_end(&program);
    ink_model_free(model);
    free(x);
    return g;
}

static size_t size_of(const struct fixture *f, const struct shape *shape)
{
    ink_model *model = net_model(f, shape->notation, shape->in, CLASSES, NULL, NULL);
    const size_t size = model->size;
    ink_model_free(model);
    return size;
}

static void same_bits(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(shapes); s++) {
        float *first = NULL;
        size_t size = 0;
        for (size_t k = 0; ink_kernels(k); k++) {
            struct fixture *f = NULL;
            assert_int_equal(setenv("INKLING_KERNELS", ink_kernels(k), 1), 0);
            if (help_begin((void **)&f) != 0) continue; /* this machine cannot run them */
            size = size_of(f, &shapes[s]);
            float *with = gradient(f, &shapes[s], true), *without = gradient(f, &shapes[s], false);
            bool any = false;
            for (size_t i = 0; i < size; i++) {
                any = any || with[i] != 0;
                if (with[i] != without[i])
                    fail_msg("'%s', %s: weight %zu gets %.9g and %.9g", shapes[s].notation, ink_kernels(k), i,
                             (double)with[i], (double)without[i]);
            }
            assert_true(any);
            if (first) assert_memory_equal(first, with, size * sizeof *with);
            free(without);
            if (first)
                free(with);
            else
                first = with;
            help_end((void **)&f);
        }
        free(first);
    }
    unsetenv("INKLING_KERNELS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
