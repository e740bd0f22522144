/* test_start: starting weights from a .npz or a model file.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURES = 4, CLASSES = 3, ROWS = 30, MOST = 64 };

/* W1, b1, W2, b2 of a network 4 -> width -> 3; value i of array a is 100 a + i, so that each place is known. */
struct weights {
    float values[4][MOST];
    struct net_array arrays[8];
};

/* out_in: matrices as (outputs, inputs). The values stay where they are in memory. */
static void make_weights(struct weights *w, size_t width, bool out_in)
{
    static const char *const names[] = {"W1", "b1", "W2", "b2"};
    const size_t shapes[4][2] = {{FEATURES, width}, {width, 0}, {width, CLASSES}, {CLASSES, 0}};
    for (size_t a = 0; a < 4; a++) {
        bool matrix = a % 2 == 0;
        w->arrays[a] = (struct net_array){
            names[a], matrix ? 2 : 1, {shapes[a][matrix && out_in], shapes[a][!out_in]}, w->values[a]};
        if (!matrix) w->arrays[a].dims[0] = shapes[a][0];
        for (size_t i = 0; i < MOST; i++) w->values[a][i] = (float)(100 * a + i);
    }
}

/* A new model by the fixture's settings, with starting weights from this file. */
static ink_status start(const struct fixture *f, const char *path, ink_model **out)
{
    ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
    help_set(f, "init-from", path);
    *out = (ink_model *)1;
    ink_status status = inki_start_model(f->ctx, data, f->set, out);
    ink_data_free(data);
    if (status != INK_OK) assert_null(*out);
    return status;
}

static void start_fails(const struct fixture *f, const char *path, ink_status status, const char *words)
{
    ink_model *model;
    net_fails(f, start(f, path, &model), status, words);
}

/* W of trained layer number `layer` between this input and this output. */
static float weight(const ink_model *model, size_t layer, size_t input, size_t output)
{
    const struct inki_layer *of = &model->layers[layer];
    return model->w[of->offset + of->ops->at(of, 0, output * of->inputs + input)];
}

static float bias(const ink_model *model, size_t layer, size_t output)
{
    const struct inki_layer *of = &model->layers[layer];
    return model->w[of->offset + of->ops->at(of, 1, output)];
}

static void check_layer(const ink_model *model, size_t layer, size_t array, bool out_in)
{
    const struct inki_layer *of = &model->layers[layer];
    for (size_t o = 0; o < of->outputs; o++) {
        for (size_t i = 0; i < of->inputs; i++) {
            size_t at = out_in ? o * of->inputs + i : i * of->outputs + o;
            assert_true(weight(model, layer, i, o) == (float)(100 * array + at));
        }
        assert_true(bias(model, layer, o) == (float)(100 * (array + 1) + o));
    }
}

/* Where shapes tell, both layouts are understood; where they are square, (in, out) is meant unless said otherwise. */
static void both_layouts(void **state)
{
    static const struct {
        size_t width;
        bool out_in, understood_out_in;
        const char *layout;
    } cases[] = {
        {5, false, false, "auto"}, {5, true, true, "auto"},     {5, false, false, "in-out"}, {5, true, true, "out-in"},
        {4, false, false, "auto"}, {4, false, false, "in-out"}, {4, true, true, "out-in"},
    };
    struct fixture *f = *state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct weights w;
        char text[64];
        ink_model *model;
        make_weights(&w, cases[c].width, cases[c].out_in);
        net_reset(f, "scale=none");
        snprintf(text, sizeof text, "hidden=%zu; init-layout=%s", cases[c].width, cases[c].layout);
        net_set(f, text);
        net_ok(f, start(f, net_npz(f, "w.npz", w.arrays, 4), &model));
        check_layer(model, 0, 0, cases[c].understood_out_in);
        check_layer(model, 1, 2, cases[c].out_in); /* 4x3 is not square: told from the shape, or as said */
        ink_model_free(model);
    }
}

static void the_scaling_stays(void **state)
{
    struct fixture *f = *state;
    struct weights w;
    ink_model *model;
    make_weights(&w, 5, false);
    net_reset(f, "hidden=5; scale=standard");
    net_ok(f, start(f, net_npz(f, "w.npz", w.arrays, 4), &model));
    check_layer(model, 1, 0, false);
    check_layer(model, 2, 2, false);
    assert_string_equal(model->scaling, "standard");
    ink_model_free(model);
}

/* A file that fits but for one thing. */
static void files_that_do_not_fit(void **state)
{
    static const struct {
        size_t array;
        struct net_array is; /* no name: the array is left out */
        const char *words;
    } cases[] = {
        {0, {NULL, 0, {0, 0}, NULL}, "there is no array 'W1' for layer dense1|W1, b1, W2, b2"},
        {1, {NULL, 0, {0, 0}, NULL}, "there is no array 'b1' for layer dense1"},
        {2, {NULL, 0, {0, 0}, NULL}, "there is no array 'W2' for layer dense2"},
        {3, {NULL, 0, {0, 0}, NULL}, "there is no array 'b2' for layer dense2"},
        {0, {"w1", 2, {4, 5}, NULL}, "there is no array 'W1'"},
        {0, {"W1", 2, {7, 5}, NULL}, "array 'W1' is 7x5|dense1 has 4 inputs and 5 outputs|hidden"},
        {0, {"W1", 2, {2, 10}, NULL}, "array 'W1' is 2x10|dense1 has 4 inputs and 5 outputs"},
        {0, {"W1", 1, {20, 0}, NULL}, "array 'W1' is 20x1|4 inputs and 5 outputs"},
        {2, {"W2", 2, {5, 10}, NULL}, "array 'W2' is 5x10|dense2 has 5 inputs and 3 outputs"},
        {1, {"b1", 1, {6, 0}, NULL}, "array 'b1' has 6 values|dense1.bias 5"},
        {3, {"b2", 1, {1, 0}, NULL}, "array 'b2' has 1 values|dense2.bias 3"},
    };
    struct fixture *f = *state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct weights w;
        size_t at = cases[c].array, count = 4;
        make_weights(&w, 5, false);
        if (cases[c].is.name) {
            w.arrays[at] = cases[c].is;
            w.arrays[at].values = w.values[at];
        } else {
            w.arrays[at] = w.arrays[--count];
        }
        net_reset(f, "hidden=5; scale=standard");
        start_fails(f, net_npz(f, "w.npz", w.arrays, count), INK_BAD_DATA, cases[c].words);
        help_message_has(f, "w.npz");
    }
}

static void layouts_that_do_not_fit(void **state)
{
    struct fixture *f = *state;
    struct weights w;
    make_weights(&w, 5, false);
    net_reset(f, "hidden=5; scale=none; init-layout=out-in");
    start_fails(f, net_npz(f, "w.npz", w.arrays, 4), INK_BAD_DATA, "array 'W1' is 4x5|init-layout");
    make_weights(&w, 5, true);
    help_set(f, "init-layout", "in-out");
    start_fails(f, net_npz(f, "w.npz", w.arrays, 4), INK_BAD_DATA, "array 'W1' is 5x4|init-layout");
}

static void more_layers_than_the_network(void **state)
{
    struct fixture *f = *state;
    struct weights w;
    make_weights(&w, 5, false);
    w.arrays[4] = (struct net_array){"W3", 2, {3, 3}, w.values[0]};
    net_reset(f, "hidden=5; scale=none");
    start_fails(f, net_npz(f, "w.npz", w.arrays, 5), INK_BAD_DATA, "more than the network's 2 layers");
    net_reset(f, "hidden=5,5; scale=none");
    start_fails(f, net_npz(f, "w.npz", w.arrays, 4), INK_BAD_DATA, "");
}

/* Numbers of two digits: W1 … W10, and W11 is one too many. */
static void ten_layers(void **state)
{
    struct fixture *f = *state;
    float ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    char names[22][8];
    struct net_array arrays[22];
    ink_model *model;
    for (size_t i = 0; i < 22; i++) {
        snprintf(names[i], sizeof names[i], "%c%zu", i % 2 ? 'b' : 'W', i / 2 + 1);
        size_t outputs = i / 2 == 9 ? CLASSES : 4;
        arrays[i] = (struct net_array){names[i], i % 2 ? 1 : 2, {i % 2 ? outputs : 4, outputs}, ones};
    }
    net_reset(f, "hidden=4,4,4,4,4,4,4,4,4; scale=none");
    net_ok(f, start(f, net_npz(f, "w.npz", arrays, 20), &model));
    assert_true(weight(model, 9, 3, 2) == 1 && bias(model, 9, 2) == 1);
    ink_model_free(model);
    start_fails(f, net_npz(f, "more.npz", arrays, 22), INK_BAD_DATA, "more than the network's 10 layers");
}

static void files_that_are_none(void **state)
{
    struct fixture *f = *state;
    net_reset(f, "hidden=5; scale=none");
    start_fails(f, help_path(f, "nowhere.npz"), INK_NOT_FOUND, "nowhere.npz");
    start_fails(f, help_path(f, "nowhere.safetensors"), INK_NOT_FOUND, "nowhere.safetensors");
    start_fails(f, help_write(f, "text.npz", "no zip archive", 14), INK_BAD_FILE, "text.npz");
    start_fails(f, help_write(f, "text", "no model at all", 15), INK_BAD_FILE, "text");
}

/* ---- from a model ---- */

static const char *saved_model(struct fixture *f, const char *settings, float shift, ink_model **out)
{
    ink_data *data = net_data(f, 7, ROWS, FEATURES, CLASSES);
    const char *path = help_path(f, "start.safetensors");
    net_reset(f, settings);
    *out = NULL;
    net_ok(f, inki_start_model(f->ctx, data, f->set, out));
    if ((*out)->layers[0].ops == &inki_scale_layer) (*out)->w[0] = shift;
    net_ok(f, ink_model_save(*out, path));
    ink_data_free(data);
    return path;
}

/* Its scaling too: the weights were made for it. */
static void from_a_model(void **state)
{
    struct fixture *f = *state;
    ink_model *saved, *model;
    const char *path = saved_model(f, "hidden=6,5; activation=tanh; scale=standard; seed=5", 0.125f, &saved);
    net_reset(f, "hidden=6,5; activation=tanh; scale=standard; seed=6");
    net_ok(f, start(f, path, &model));
    assert_memory_equal(model->w, saved->w, saved->size * sizeof *saved->w);
    assert_true(model->w[0] == 0.125f);
    ink_model_free(model);
    net_reset(f, "hidden=6,5; activation=tanh; scale=minmax");
    net_ok(f, start(f, path, &model));
    assert_memory_equal(model->w, saved->w, saved->size * sizeof *saved->w);
    assert_string_equal(model->scaling, "standard"); /* it says what it has */
    assert_string_equal(ink_model_metadata(model, "scaling"), "standard");
    ink_model_free(model);
    ink_model_free(saved);
}

static void models_that_do_not_fit(void **state)
{
    static const char *const cases[][2] = {
        {"hidden=6; scale=standard", "dense 6 relu|dense 5 relu"},
        {"hidden=5; activation=tanh; scale=standard", "dense 5 tanh"},
        {"hidden=0; scale=standard", "dense 5 relu"},
        {"hidden=5; scale=none", "scal"}, /* without scaling: of the same notation, and yet another network */
    };
    struct fixture *f = *state;
    ink_model *saved;
    const char *path = saved_model(f, "hidden=5; scale=standard", 0, &saved);
    for (size_t i = 0; i < COUNT(cases); i++) {
        net_reset(f, cases[i][0]);
        start_fails(f, path, INK_BAD_DATA, "start.safetensors");
        help_message_has(f, cases[i][1]);
    }
    ink_model_free(saved);
}

/* Archives are read by a library that a build may lack. */
static void without_archives(void **state)
{
    struct fixture *f = *state;
    struct weights w;
    make_weights(&w, 5, false);
    net_reset(f, "hidden=5; scale=none");
    start_fails(f, net_npz(f, "w.npz", w.arrays, 4), INK_UNSUPPORTED, "libzip");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest archives[] = {
        CASE(both_layouts),
        CASE(the_scaling_stays),
        CASE(files_that_do_not_fit),
        CASE(layouts_that_do_not_fit),
        CASE(more_layers_than_the_network),
        CASE(ten_layers),
        CASE(files_that_are_none),
    };
    const struct CMUnitTest none[] = {CASE(without_archives)};
    const struct CMUnitTest models[] = {CASE(from_a_model), CASE(models_that_do_not_fit)};
#ifdef INKI_HAVE_LIBZIP
    int failed = cmocka_run_group_tests(archives, NULL, NULL);
    (void)none;
#else
    int failed = cmocka_run_group_tests(none, NULL, NULL);
    (void)archives;
#endif
    return failed + cmocka_run_group_tests(models, NULL, NULL);
}
