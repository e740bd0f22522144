/* test_start: starting weights from a .npz or a model file.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/start.h"

#include <math.h>
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
    const struct inki_node *of = &model->nodes[layer];
    return model->w[of->offset + of->op->at(of, 0, output * of->inputs + input)];
}

static float bias(const ink_model *model, size_t layer, size_t output)
{
    const struct inki_node *of = &model->nodes[layer];
    return model->w[of->offset + of->op->at(of, 1, output)];
}

static void check_layer(const ink_model *model, size_t layer, size_t array, bool out_in)
{
    const struct inki_node *of = &model->nodes[layer];
    for (size_t o = 0; o < of->outputs; o++) {
        for (size_t i = 0; i < of->inputs; i++) {
            size_t at = out_in ? o * of->inputs + i : i * of->outputs + o;
            assert_true(weight(model, layer, i, o) == (float)(100 * array + at));
        }
        assert_true(bias(model, layer, o) == (float)(100 * (array + 1) + o));
    }
}

/* Where shapes decide, both layouts are understood; where they are square, (in, out) is meant unless said otherwise. */
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
        check_layer(model, 1, 2, cases[c].out_in); /* 4x3 is not square: detected from the shape, or as given */
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
        {0,
         {NULL, 0, {0, 0}, NULL},
         "has weights for 1 layers, none for layer dense2|W1, b1, W2, b2|it holds: 'b2', 'b1', 'W2'"},
        {2, {NULL, 0, {0, 0}, NULL}, "has weights for 1 layers, none for layer dense2"},
        {0, {"V1", 2, {4, 5}, NULL}, "has weights for 1 layers"},
        {0, {"W1", 2, {7, 5}, NULL}, "array 'W1' is 7x5|dense1 has 4 inputs and 5 outputs|hidden"},
        {0, {"W1", 2, {2, 10}, NULL}, "array 'W1' is 2x10|dense1 has 4 inputs and 5 outputs"},
        {0, {"W1", 1, {20, 0}, NULL}, "array 'W1' is 20, |4 inputs and 5 outputs"},
        {2, {"W2", 2, {5, 10}, NULL}, "array 'W2' is 5x10|dense2 has 5 inputs and 3 outputs"},
        {1, {"b1", 1, {6, 0}, NULL}, "array 'b1' is 6, |dense1.bias has 5 values"},
        {3, {"b2", 1, {1, 0}, NULL}, "array 'b2' is 1, |dense2.bias has 3 values"},
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

/* Names give the order, not the place in the file; W of 4-5-3 has values from 0 on, the other from 200 on, b from 100 and 300. */
static void many_names(void **state)
{
    static const char *const names[][4] = {
        {"w1", "B1", "w2", "B2"},
        {"W0", "b0", "W1", "b1"},
        {"weights_input_to_hidden", "bias_hidden", "weights_hidden_to_output", "bias_output"},
        {"weights_input_to_hidden1", "biases_hidden1", "weights_hidden1_to_output", "biases_output"},
        {"wih", "bh", "who", "bo"},
        {"coefs_[0]", "intercepts_[0]", "coefs_[1]", "intercepts_[1]"},
        {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"},
        {"0.weight", "0.bias", "2.weight", "2.bias"},
        {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"},
        {"WeightInputHidden", "biasHidden", "WeightHiddenOutput", "biasOutput"},
        {"arr_0", "arr_1", "arr_2", "arr_3"},
        {"[0][0]", "[0][1]", "[1][0]", "[1][1]"},
    };
    struct fixture *f = *state;
    for (size_t c = 0; c < 2 * COUNT(names); c++) {
        struct weights w;
        struct net_array turned[4];
        ink_model *model;
        bool listed = c / 2 + 2 >= COUNT(names), backwards = c % 2 && !listed;
        make_weights(&w, 5, false);
        for (size_t a = 0; a < 4; a++) {
            w.arrays[a].name = names[c / 2][a];
            turned[backwards ? 3 - a : a] = w.arrays[a];
        }
        net_reset(f, "hidden=5; scale=none");
        net_ok(f, start(f, net_npz(f, "w.npz", turned, 4), &model));
        check_layer(model, 0, 0, false);
        check_layer(model, 1, 2, false);
        ink_model_free(model);
    }
}

/* Where matrices that are not square lie (out, in), those that are lie so too. */
static void squares_follow_the_others(void **state)
{
    struct fixture *f = *state;
    struct weights w;
    ink_model *model;
    make_weights(&w, 4, true);
    net_reset(f, "hidden=4; scale=none");
    net_ok(f, start(f, net_npz(f, "w.npz", w.arrays, 4), &model));
    check_layer(model, 0, 0, true);
    check_layer(model, 1, 2, true);
    ink_model_free(model);
}

static void biases_that_are_missing(void **state)
{
    struct fixture *f = *state;
    struct weights w;
    ink_model *model;
    make_weights(&w, 5, false);
    w.arrays[1] = w.arrays[2];
    net_reset(f, "hidden=5; scale=none");
    net_ok(f, start(f, net_npz(f, "w.npz", w.arrays, 2), &model));
    assert_non_null(strstr(f->note, "has no bias for dense2: it starts at 0"));
    for (size_t o = 0; o < 5; o++) assert_true(bias(model, 0, o) == 0);
    assert_true(weight(model, 1, 0, 1) == 201);
    ink_model_free(model);
    w.arrays[2] = w.arrays[3]; /* W1, W2, b2: numbers decide */
    net_ok(f, start(f, net_npz(f, "w.npz", w.arrays, 3), &model));
    assert_true(bias(model, 0, 0) == 0 && bias(model, 1, 1) == 301);
    ink_model_free(model);
    w.arrays[2].name = "bias";
    start_fails(f, net_npz(f, "w.npz", w.arrays, 3), INK_BAD_DATA, "2 weights and 1 biases|names do not show");
}

static void biases_as_matrices(void **state)
{
    struct fixture *f = *state;
    struct weights w;
    ink_model *model;
    make_weights(&w, 5, false);
    w.arrays[1] = (struct net_array){"b1", 2, {5, 1}, w.values[1]};
    w.arrays[3] = (struct net_array){"b2", 2, {1, 3}, w.values[3]};
    net_reset(f, "hidden=5; scale=none");
    net_ok(f, start(f, net_npz(f, "w.npz", w.arrays, 4), &model));
    check_layer(model, 0, 0, false);
    check_layer(model, 1, 2, false);
    ink_model_free(model);
    w.values[0][7] = (float)NAN;
    start_fails(f, net_npz(f, "w.npz", w.arrays, 4), INK_BAD_DATA, "array 'W1': value 7 (from 0) is nan");
}

/* A network 4-3-2 as PyTorch saves it: W (out, in), named by places; and what is wrong in such a file. */
static void from_tensors(void **state)
{
    struct fixture *f = *state;
    static const char good[] = "{\"__metadata__\":{\"format\":\"pt\"},\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3,4],"
                               "\"data_offsets\":[0,48]},"
                               "\"0.bias\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[48,72]},"
                               "\"2.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[72,96]},"
                               "\"2.bias\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[96,100]}}";
    static const struct {
        const char *from, *to, *words;
    } bad[] = {
        {"F64", "BF1", "tensor '0.bias' is of type 'BF1'; save it as float32"},
        {"[3,4]", "[3,5]", "tensor '0.weight': its place in the file is not what its shape needs"},
        {"[96,100]", "[97,101]", "tensor '2.bias': its place in the file"},
        {"[2,3]", "[2,-]", "w.safetensors"},
        {"\"shape\":[2]", "\"shapf\":[2]", "tensor '2.bias': its shape is wrong"},
        {"2.weight", "2.wrong!", "w.safetensors"},
    };
    uint8_t file[8 + sizeof good + 100] = {(sizeof good - 1) & 0xFF, (sizeof good - 1) >> 8};
    const float w1[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, w2[6] = {0.5F, 1, 2, 3, 4, 5};
    const double b1[3] = {7, 8, 9};
    const int16_t b2[2] = {-3, 4};
    uint8_t *values = file + 8 + sizeof good - 1;
    memcpy(file + 8, good, sizeof good - 1);
    memcpy(values, w1, 48);
    memcpy(values + 48, b1, 24);
    memcpy(values + 72, w2, 24);
    memcpy(values + 96, b2, 4);
    const size_t size = 8 + sizeof good - 1 + 100;
    net_reset(f, "hidden=3; scale=none");
    ink_model *model;
    ink_data *data = net_data(f, 1, ROWS, 4, 2);
    help_set(f, "init-from", help_write(f, "w.safetensors", file, size));
    net_ok(f, inki_start_model(f->ctx, data, f->set, &model));
    for (size_t i = 0; i < 4; i++)
        for (size_t o = 0; o < 3; o++) assert_true(weight(model, 0, i, o) == w1[4 * o + i]);
    for (size_t i = 0; i < 3; i++)
        for (size_t o = 0; o < 2; o++) assert_true(weight(model, 1, i, o) == w2[3 * o + i]);
    assert_true(bias(model, 0, 2) == 9 && bias(model, 1, 0) == -3 && bias(model, 1, 1) == 4);
    ink_model_free(model);
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint8_t other[sizeof file];
        memcpy(other, file, sizeof file);
        char *at = strstr((char *)other + 8, bad[i].from);
        assert_non_null(at);
        memcpy(at, bad[i].to, strlen(bad[i].to));
        help_set(f, "init-from", help_write(f, "w.safetensors", other, size));
        ink_status status = inki_start_model(f->ctx, data, f->set, &model);
        assert_int_not_equal(status, INK_OK);
        help_message_has(f, bad[i].words);
    }
    for (size_t cut = 0; cut < size; cut++) { /* never a network from a part of the file */
        help_set(f, "init-from", help_write(f, "w.safetensors", file, cut));
        assert_int_not_equal(inki_start_model(f->ctx, data, f->set, &model), INK_OK);
    }
    ink_data_free(data);
}

/* A network 4-3-2 pickled in many ways (make_pickles.py). */
static void from_pickles(void **state)
{
    static const char *const names[] = {"dict", "lists", "sklearn", "flat", "pairs", "turned"};
    struct fixture *f = *state;
    for (size_t c = 0; c < COUNT(names); c++) {
        char path[256];
        ink_model *model;
        ink_data *data = net_data(f, 1, ROWS, 4, 2);
        snprintf(path, sizeof path, FIXTURES "pickles/weights_%s.pkl", names[c]);
        net_reset(f, "hidden=3; scale=none");
        help_set(f, "init-from", path);
        net_ok(f, inki_start_model(f->ctx, data, f->set, &model));
        check_layer(model, 0, 0, false);
        check_layer(model, 1, 2, false);
        ink_model_free(model);
        ink_data_free(data);
    }
    net_reset(f, "hidden=3; scale=none");
    start_fails(f, help_write(f, "evil.pkl", "cos\nsystem\n(S'touch owned'\ntR.", 30), INK_UNSUPPORTED,
                "evil.pkl: byte 0: asks to call os.system");
    start_fails(f, FIXTURES "pickles/same_xy_2.pkl", INK_BAD_DATA, "same_xy_2.pkl");
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
    if ((*out)->scale) (*out)->w[0] = shift;
    net_ok(f, ink_model_save(f->ctx, *out, path));
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
        CASE(many_names),
        CASE(squares_follow_the_others),
        CASE(biases_that_are_missing),
        CASE(biases_as_matrices),
        CASE(files_that_are_none),
    };
    const struct CMUnitTest none[] = {CASE(without_archives)};
    const struct CMUnitTest models[] = {CASE(from_tensors), CASE(from_pickles), CASE(from_a_model),
                                        CASE(models_that_do_not_fit)};
#ifdef INKI_HAVE_LIBZIP
    int failed = cmocka_run_group_tests(archives, NULL, NULL);
    (void)none;
#else
    int failed = cmocka_run_group_tests(none, NULL, NULL);
    (void)archives;
#endif
    return failed + cmocka_run_group_tests(models, NULL, NULL);
}
