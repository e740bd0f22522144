/* test_model: the notation, starting weights, dropout, scaling, and a model that several threads use.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/mem.h"
#include "data/prep.h"
#include "model/spec.h"
#include "train/trainer.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct inki_shape eight = {1, 8, 1, 0};

/* ---- the notation ---- */

/* Reads the notation; the canonical form goes to text. */
static ink_status read_notation(const struct fixture *f, const char *notation, char *text, size_t room)
{
    static struct inki_node layers[INKI_MOST_LAYERS];
    size_t count = 99;
    ink_status status = inki_spec_parse(f->ctx, notation, eight, layers, &count);
    if (status == INK_OK) assert_true(inki_spec_print(layers, count, text, room));
    return status;
}

static void notation_is_printed_in_one_form(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"   \t ", ""},
        {"dense 100 relu", "dense 100 relu"},
        {"dense 100", "dense 100 identity"},
        {"dense 100 relu|dense 64 tanh", "dense 100 relu | dense 64 tanh"},
        {"\tdense  100   relu   |dropout\t0.20|  dense 064 gelu ", "dense 100 relu | dropout 0.2 | dense 64 gelu"},
        {"dropout 0", "dropout 0"},
        {"dropout 0.95 | dense 1 leaky_relu", "dropout 0.95 | dense 1 leaky_relu"},
        {"dense 1000000 sigmoid", "dense 1000000 sigmoid"},
        {"dropout 2e-1", "dropout 0.2"},
    };
    char text[200], again[200];
    for (size_t i = 0; i < COUNT(cases); i++) {
        net_ok(*state, read_notation(*state, cases[i][0], text, sizeof text));
        assert_string_equal(text, cases[i][1]);
        net_ok(*state, read_notation(*state, text, again, sizeof again));
        assert_string_equal(again, text);
    }
}

/* A share is printed with all the digits that it has, and with a point under every locale. */
static void shares_survive_printing(void **state)
{
    char text[200];
    net_ok(*state, read_notation(*state, "dropout 0.123456789", text, sizeof text));
    double rate = strtod(text + strlen("dropout "), NULL);
    assert_true((float)rate == (float)0.123456789);
}

static void notation_errors_have_their_column(void **state)
{
    static const struct {
        const char *notation, *words;
    } cases[] = {
        {"|", "column 1:|expected a layer"},
        {"dense 5 relu |", "column 15:|expected a layer"},
        {"dense 5 relu | ", "column 16:|expected a layer"},
        {"dense 5 || dense 6", "column 10:|expected a layer"},
        {"dense", "column 6:|number of outputs"},
        {"dense relu", "column 7:|number of outputs must be 1 to 1000000"},
        {"dense 0", "column 7:|1 to 1000000"},
        {"dense -5", "column 7:|1 to 1000000"},
        {"dense 1000001 relu", "column 7:|1 to 1000000"},
        {"dense 99999999999999999999 relu", "column 7:|1 to 1000000"},
        {"dense 1e3 relu", "column 7:|1 to 1000000"},
        {"dense 5.0", "column 7:|1 to 1000000"},
        {"dense 5 rleu", "column 9:|unknown activation|relu leaky_relu tanh sigmoid gelu"},
        {"dense 5 relu dense 6", "column 14:|put '|' before the next layer"},
        {"dense 5 relu | dens 6", "column 16:|unknown layer 'dens'; did you mean 'dense'?"},
        {"denes 6", "column 1:|did you mean 'dense'?"},
        {"dropuot 0.5", "column 1:|did you mean 'dropout'?"},
        {"100,64", "column 1:|'100,64' is not a layer here: write 'dense 100 relu'"},
        {"scale", "column 1:|unknown layer 'scale'"},
        {"  tanh", "column 3:|'tanh' is not a layer here: an activation stands behind its layer"},
        {"dropout", "column 8:|dropout needs its rate"},
        {"dropout x", "column 9:|0 to 0.95"},
        {"dropout -0.1", "column 9:|0 to 0.95"},
        {"dropout 0.96", "column 9:|0 to 0.95"},
        {"dropout nan", "column 9:|0 to 0.95"},
        {"dropout 0.2 0.3", "column 13:|one number"},
        {"dense 5 relu 1 2 3 4 5 6 7 8 9 0 1 2 3 4", "column 40:|too many words"},
    };
    char text[200];
    for (size_t i = 0; i < COUNT(cases); i++) {
        char words[200];
        size_t bar = strcspn(cases[i].words, "|");
        ink_status status = read_notation(*state, cases[i].notation, text, sizeof text);
        snprintf(words, sizeof words, "%.*s", (int)bar, cases[i].words);
        net_fails(*state, status, INK_BAD_SETTING, words);
        help_message_has(*state, strstr(cases[i].words, "'|'") ? "before the next layer" : cases[i].words + bar + 1);
    }
}

/* "dense 1 tanh | dense 1 tanh | …" */
static char *many_layers(size_t count)
{
    char *text = calloc(count, 16);
    for (size_t i = 0; i < count; i++) strcat(text, i ? " | dense 1 tanh" : "dense 1 tanh");
    return text;
}

static void layers_up_to_256(void **state)
{
    const struct fixture *f = *state;
    char *most = many_layers(256), *more = many_layers(257), *much = many_layers(2000);
    ink_model *model = NULL;
    ink_model_info info = INK_INIT(ink_model_info);
    net_ok(f, ink_model_new(f->ctx, most, 3, 2, f->set, &model));
    ink_model_describe(model, &info);
    assert_int_equal(info.layers, 257);
    assert_string_equal(info.notation, most);
    ink_model_free(model);
    net_fails(f, ink_model_new(f->ctx, more, 3, 2, f->set, &model), INK_BAD_SETTING,
              "at most 256 layers are supported");
    assert_null(model);
    net_fails(f, ink_model_new(f->ctx, much, 3, 2, f->set, &model), INK_BAD_SETTING, "the notation is too long");
    assert_null(model);
    free(most);
    free(more);
    free(much);
}

static void networks_that_cannot_be(void **state)
{
    const struct fixture *f = *state;
    ink_model *model = (ink_model *)1;
    net_fails(f, ink_model_new(f->ctx, "", 0, 2, f->set, &model), INK_BAD_DATA, "at least one feature");
    assert_null(model);
    net_fails(f, ink_model_new(f->ctx, "", 3, 1, f->set, &model), INK_BAD_DATA, "two classes");
    net_fails(f, ink_model_new(f->ctx, "dense 10 relu", SIZE_MAX, 2, f->set, &model), INK_BAD_SETTING, "do not fit");
    net_fails(f, ink_model_new(f->ctx, "dense 10 relu", SIZE_MAX / 256, 2, f->set, &model), INK_BAD_SETTING, "fit");
    net_fails(f, ink_model_new(f->ctx, "", 3, 1000001, f->set, &model), INK_BAD_SETTING, "output layer");
    assert_null(model);
}

static void settings_become_notation(void **state)
{
    static const struct {
        const char *settings, *notation;
    } cases[] = {
        {"hidden=100", "dense 100 relu"},
        {"hidden=100,64; activation=tanh", "dense 100 tanh | dense 64 tanh"},
        {"hidden=0", ""},
        {"hidden=", ""},
        {"hidden=100,64; dropout=0.25", "dense 100 relu | dropout 0.25 | dense 64 relu | dropout 0.25"},
        {"hidden=7; dropout=0", "dense 7 relu"},
        {"hidden=100; activation=tanh; dropout=0.5; net=dense 3 gelu", "dense 3 gelu"},
        {"hidden=100; net=", ""},
    };
    struct fixture *f = *state;
    char *text = NULL;
    net_ok(f, inki_notation_from(f->ctx, f->set, &text)); /* nothing was said */
    assert_string_equal(text, ink_settings_get(f->set, "net"));
    inki_free(text);
    for (size_t i = 0; i < COUNT(cases); i++) {
        net_reset(f, cases[i].settings);
        net_ok(f, inki_notation_from(f->ctx, f->set, &text));
        assert_string_equal(text, cases[i].notation);
        inki_free(text);
    }
    static const char *const bad[] = {"100,", ",100",    "100 64",   "100;64", "-5",
                                      "a",    "100,,64", "12345678", "1e2",    "10.5"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        net_reset(f, "");
        help_set(f, "hidden", bad[i]);
        net_fails(f, inki_notation_from(f->ctx, f->set, &text), INK_BAD_SETTING, bad[i]);
        help_message_has(f, "is not a list of widths");
        assert_null(text);
    }
}

/* ---- starting weights ---- */

/* Mean, deviation and largest size of dense1's weights; true if all its biases are 0. */
static bool statistics(const ink_model *model, double *mean, double *deviation, double *largest)
{
    const struct inki_node *layer = &model->nodes[0];
    double sum = 0, squares = 0, n = (double)(layer->inputs * layer->outputs);
    *largest = 0;
    for (size_t i = 0; i < layer->inputs * layer->outputs; i++) {
        double w = (double)model->w[layer->offset + layer->op->at(layer, 0, i)];
        sum += w;
        squares += w * w;
        *largest = fmax(*largest, fabs(w));
    }
    *mean = sum / n;
    *deviation = sqrt(squares / n - *mean * *mean);
    for (size_t i = 0; i < layer->outputs; i++)
        if (model->w[layer->offset + layer->op->at(layer, 1, i)] != 0) return false;
    return true;
}

static void starting_weights(void **state)
{
    const double he = sqrt(2.0 / 400), xavier = sqrt(6.0 / 520);
    const struct {
        const char *init, *act;
        double deviation, limit;
    } cases[] = {
        {"he", "tanh", he, 10 * he},
        {"xavier", "relu", xavier / sqrt(3), xavier},
        {"normal:0.05", "relu", 0.05, 0.5},
        {"normal:0", "relu", 0, 0},
        {"zeros", "relu", 0, 0},
        {"auto", "relu", he, 10 * he},
        {"auto", "leaky_relu", he, 10 * he},
        {"auto", "gelu", he, 10 * he},
        {"auto", "tanh", xavier / sqrt(3), xavier},
        {"auto", "sigmoid", xavier / sqrt(3), xavier},
        {"auto", "identity", xavier / sqrt(3), xavier},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char notation[40];
        double mean, deviation, largest;
        ink_model *model = NULL;
        help_set(f, "init", cases[i].init);
        snprintf(notation, sizeof notation, "dense 120 %s", cases[i].act);
        net_ok(f, ink_model_new(f->ctx, notation, 400, 10, f->set, &model));
        assert_true(statistics(model, &mean, &deviation, &largest));
        net_near(deviation, cases[i].deviation, 0.02 * cases[i].deviation);
        net_near(mean, 0, 0.02 * cases[i].deviation);
        assert_true(largest <= cases[i].limit);
        if (strcmp(cases[i].init, "he") == 0) assert_true(largest > 3 * he); /* normal, not uniform */
        ink_model_free(model);
    }
}

static void wrong_starts(void **state)
{
    static const char *const bad[] = {"",          "normal",     "normal:",    "normal:x",
                                      "normal:-1", "normal:1e9", "normal:nan", "hee"};
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        ink_model *model = (ink_model *)1;
        help_set(f, "init", bad[i]);
        net_fails(f, ink_model_new(f->ctx, "", 3, 2, f->set, &model), INK_BAD_SETTING, "init:|normal:SD");
        assert_null(model);
    }
    help_message_has(f, "did you mean 'he'?");
}

static uint64_t fresh_hash(const struct fixture *f, const char *seed)
{
    ink_model *model = NULL;
    help_set(f, "seed", seed);
    net_ok(f, ink_model_new(f->ctx, "dense 20 relu | dense 20 tanh", 30, 4, f->set, &model));
    uint64_t hash = inki_model_hash(model);
    ink_model_free(model);
    return hash;
}

static void seeds(void **state)
{
    uint64_t first = fresh_hash(*state, "1");
    assert_true(fresh_hash(*state, "1") == first);
    assert_true(fresh_hash(*state, "2") != first);
    assert_true(fresh_hash(*state, "0") != first);
    assert_true(fresh_hash(*state, "4294967297") != first); /* the upper half counts */
}

/* Equal layers do not begin with equal weights. */
static void layers_differ(void **state)
{
    const struct fixture *f = *state;
    ink_model *model = NULL;
    net_ok(f, ink_model_new(f->ctx, "dense 16 relu | dense 16 relu", 16, 16, f->set, &model));
    const struct inki_node *a = &model->nodes[0], *b = &model->nodes[1];
    assert_int_equal(a->size, b->size);
    assert_memory_not_equal(model->w + a->offset, model->w + b->offset, a->size * sizeof(float));
    ink_model_free(model);
}

/* ---- dropout, scaling ---- */

static void dropout_is_for_training_only(void **state)
{
    const struct fixture *f = *state;
    enum { ROWS = 40, IN = 70, CLASSES = 5 };
    float x[ROWS * IN], with[ROWS * CLASSES], without[ROWS * CLASSES];
    ink_model *dropping = NULL, *plain = NULL;
    struct inki_program program;
    net_values(1, ROWS * IN, -1, 1, x);
    net_ok(f, ink_model_new(f->ctx, "dropout 0.5", IN, CLASSES, f->set, &dropping));
    net_ok(f, ink_model_new(f->ctx, "", IN, CLASSES, f->set, &plain));
    memcpy(plain->w, dropping->w, plain->size * sizeof *plain->w);
    net_ok(f, ink_predict(f->ctx, dropping, ROWS, x, with));
    net_ok(f, ink_predict(f->ctx, plain, ROWS, x, without));
    assert_memory_equal(with, without, sizeof with);

    size_t dropped = 0, stride = inki_stride(IN);
    struct inki_use use = {.purpose = INKI_FOR_LOSS, .rows = ROWS, .threads = 1, .observe = true};
    net_ok(f, inki_program_begin(f->ctx, dropping, &use, &program));
    net_run(&program, x, ROWS, &(struct inki_feed){.fresh = true});
    const float *y = inki_program_output(&program, 0);
    for (size_t i = 0; i < ROWS * IN; i++) {
        float value = y[i / IN * stride + i % IN];
        assert_true(value == 0 || value == 2 * x[i]);
        dropped += value == 0;
    }
    assert_in_range(dropped, ROWS * IN * 47 / 100, ROWS * IN * 53 / 100);
    inki_program_end(&program);
    ink_model_free(dropping);
    ink_model_free(plain);
}

static ink_data *data_with_constant_columns(const struct fixture *f)
{
    float x[60 * 6];
    int32_t labels[60];
    ink_data *data = NULL;
    net_values(4, COUNT(x), -3, 5, x);
    net_labels(4, 60, 3, labels);
    for (size_t i = 0; i < 60; i++) {
        x[i * 6 + 2] = 7.3f;
        x[i * 6 + 5] = 0;
    }
    net_ok(f, ink_data_new(f->ctx, 60, 6, x, labels, 3, &data));
    return data;
}

static void frozen_scaling(void **state)
{
    static const char *const kinds[] = {"standard", "minmax", "255"};
    struct fixture *f = *state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        float shift[6], factor[6];
        ink_data *data = data_with_constant_columns(f);
        ink_trainer *trainer = NULL;
        ink_epoch row = INK_INIT(ink_epoch);
        bool more = true;
        net_reset(f, "hidden=9; epochs=5; batch=7; lr=0.1; val=0; optimizer=adamw; l2=0.1; threads=1");
        help_set(f, "scale", kinds[k]);
        net_ok(f, inki_prep_fit(f->ctx, data, (enum inki_scaling)(INKI_SCALE_STANDARD - (k == 1) - 2 * (k == 2)), shift,
                                factor));
        net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
        while (more) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
        const ink_model *model = ink_trainer_model(trainer);
        const struct inki_node *layer = &model->nodes[0];
        assert_string_equal(model->scaling, kinds[k]);
        assert_ptr_equal(layer->op, &inki_scale_op);
        for (size_t j = 0; j < 6; j++) {
            assert_true(model->w[layer->offset + layer->op->at(layer, 0, j)] == shift[j]);
            assert_true(model->w[layer->offset + layer->op->at(layer, 1, j)] == factor[j]);
        }
        for (size_t i = 0; i < model->size; i++) assert_true(isfinite(model->w[i]));
        assert_true(isfinite(row.train[INK_LOSS]));
        ink_trainer_free(trainer);
        ink_data_free(data);
    }
}

/* ---- the block ---- */

static bool zero_outside(const bool *used, const float *block, size_t count)
{
    for (size_t i = 0; block && i < count; i++)
        if (!used[i] && block[i] != 0) return false;
    return true;
}

static void padding_stays_zero(void **state)
{
    struct fixture *f = *state;
    for (int kind = 0; kind < INKI_OPT_COUNT; kind++) {
        ink_data *data = net_data(f, 1, 50, 19, 3);
        ink_trainer *trainer = NULL;
        ink_epoch row = INK_INIT(ink_epoch);
        bool more = true;
        net_reset(f,
                  "net=dense 37 sigmoid | dropout 0.2 | dense 70 gelu | dense 5 sigmoid; epochs=4; batch=16; lr=0.01;"
                  "l2=0.01; label-smoothing=0.1; val=0; scale=standard");
        help_set(f, "optimizer", inki_optimizer_name((enum inki_optimizer)kind));
        net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
        while (more) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
        bool *used = net_used(trainer->model);
        assert_true(zero_outside(used, trainer->model->w, trainer->model->size));
        assert_true(zero_outside(used, trainer->g, trainer->model->size));
        assert_true(zero_outside(used, trainer->optim.state[0], trainer->model->size));
        assert_true(zero_outside(used, trainer->optim.state[1], trainer->model->size));
        free(used);
        ink_trainer_free(trainer);
        ink_data_free(data);
    }
}

/* Segments cover what is trained, each float once. */
static void segments_cover_the_weights(void **state)
{
    const struct fixture *f = *state;
    static const float two[19] = {1, 1, 1};
    ink_model *model = net_model(f, "dense 37 relu | dropout 0.1 | dense 257 tanh | dense 1 relu",
                                 (struct inki_shape){1, 19, 1, 0}, 70, two, two);
    bool *used = net_used(model);
    int *covered = calloc(model->size, sizeof *covered);
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *layer = &model->nodes[l];
        struct inki_segment segment;
        struct inki_param tensor;
        for (size_t i = 0; layer->op->segment && layer->op->segment(layer, i, &segment); i++) {
            assert_true(segment.owner < segment.owners);
            assert_true(segment.offset + segment.size <= layer->size);
            for (size_t j = 0; j < segment.size; j++)
                covered[layer->offset + segment.offset + j] +=
                    inki_segment_role(layer, &segment) == INKI_WEIGHT ? 1 : 2;
        }
        for (size_t t = 0; inki_param(layer, t, &tensor); t++)
            for (size_t i = 0; i < tensor.count; i++) {
                int wanted = !inki_is_trained(tensor.role) ? 0 : tensor.role == INKI_WEIGHT ? 1 : 2;
                assert_int_equal(covered[layer->offset + layer->op->at(layer, t, i)], wanted);
            }
    }
    for (size_t i = 0; i < model->size; i++) assert_true(covered[i] <= 2);
    free(covered);
    free(used);
    ink_model_free(model);
}

static void what_a_model_says_of_itself(void **state)
{
    const struct fixture *f = *state;
    ink_model *model = NULL, *copy = NULL;
    ink_model_info info = INK_INIT(ink_model_info), same = INK_INIT(ink_model_info);
    ink_layer_info layer = INK_INIT(ink_layer_info);
    static const char *const kinds[] = {"dense", "dropout", "dense", "dense"};
    static const char *const names[] = {"dense1", "", "dense2", "dense3"};
    static const char *const acts[] = {"relu", "", "tanh", "softmax"};
    net_ok(f, ink_model_new(f->ctx, "dense 20 relu|dropout 0.1|dense 7 tanh", 11, 3, f->set, &model));
    ink_model_describe(model, &info);
    assert_int_equal(info.layers, 4);
    assert_int_equal(info.parameters, 11 * 20 + 20 + 20 * 7 + 7 + 7 * 3 + 3);
    assert_int_equal(info.width, 11);
    assert_string_equal(info.scaling, "none");
    for (size_t i = 0; i < 4; i++) {
        ink_model_layer(model, i, &layer);
        assert_string_equal(layer.kind, kinds[i]);
        assert_string_equal(layer.name, names[i]);
        assert_string_equal(layer.activation, acts[i]);
    }
    assert_string_equal(ink_model_class(model, 2), "2");
    assert_null(ink_model_class(model, 3));
    assert_string_equal(ink_model_metadata(model, "notation"), "dense 20 relu | dropout 0.1 | dense 7 tanh");
    assert_null(ink_model_metadata(model, "no such key"));
    net_ok(f, inki_model_copy(f->ctx, model, &copy));
    ink_model_describe(copy, &same);
    assert_true(same.hash == info.hash);
    copy->w[0] += 1;
    assert_true(inki_model_hash(model) == info.hash && inki_model_hash(copy) != info.hash);
    ink_model_free(copy);
    ink_model_free(model);
}

/* ---- one model, two threads ---- */

enum { SHARED_ROWS = 300, SHARED_IN = 50, SHARED_CLASSES = 10 };

struct user {
    const ink_model *model;
    const float *x;
    float p[SHARED_ROWS * SHARED_CLASSES];
    const struct inki_bytes *file; /* the model's */
    bool good;
};

static bool gives_file(ink_ctx *ctx, const struct user *user)
{
    struct inki_bytes file;
    if (inki_model_to_bytes(ctx, user->model, &file) != INK_OK) return false;
    bool same = file.size == user->file->size && memcmp(file.data, user->file->data, file.size) == 0;
    inki_bytes_free(ctx, &file);
    return same;
}

static void *use_often(void *arg)
{
    struct user *user = arg;
    ink_ctx *ctx = NULL;
    if (ink_ctx_new(NULL, &ctx) != INK_OK || ink_ctx_set_threads(ctx, 2) != INK_OK) return NULL;
    user->good = true;
    for (int i = 0; i < 20; i++)
        if (ink_predict(ctx, user->model, SHARED_ROWS, user->x, user->p) != INK_OK) user->good = false;
    if (!gives_file(ctx, user)) user->good = false;
    ink_ctx_free(ctx);
    return NULL;
}

static void two_threads_share_a_model(void **state)
{
    const struct fixture *f = *state;
    static float x[SHARED_ROWS * SHARED_IN], p[SHARED_ROWS * SHARED_CLASSES];
    static struct user users[2];
    pthread_t threads[2];
    struct inki_bytes file;
    ink_model *model = NULL;
    net_values(1, COUNT(x), -1, 1, x);
    net_ok(f, ink_model_new(f->ctx, "dense 130 relu | dropout 0.2 | dense 70 tanh", SHARED_IN, SHARED_CLASSES, f->set,
                            &model));
    net_ok(f, ink_predict(f->ctx, model, SHARED_ROWS, x, p));
    net_ok(f, inki_model_to_bytes(f->ctx, model, &file));
    for (size_t i = 0; i < 2; i++) {
        users[i] = (struct user){.model = model, .x = x, .file = &file};
        assert_int_equal(pthread_create(&threads[i], NULL, use_often, &users[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(users[i].good);
        assert_memory_equal(users[i].p, p, sizeof p);
    }
    inki_bytes_free(f->ctx, &file);
    ink_model_free(model);
}

/* A model knows no context: what goes wrong with it is said where the call was made, and it outlives the one it was made in. */
static void a_model_has_no_context(void **state)
{
    const struct fixture *f = *state;
    const char *below = help_path(f, "no/such/folder");
    ink_ctx *maker = NULL, *other = NULL;
    ink_model *model = NULL;
    net_ok(f, ink_ctx_new(NULL, &maker));
    net_ok(f, ink_ctx_new(NULL, &other));
    net_ok(f, ink_model_new(maker, "dense 5 relu", 7, 4, f->set, &model));
    assert_int_equal(ink_model_save(other, model, below), INK_IO);
    assert_non_null(strstr(ink_ctx_message(other), "no/such/folder"));
    assert_int_equal(ink_model_export(f->ctx, model, "xlsx", below), INK_BAD_ARGUMENT);
    assert_non_null(strstr(ink_ctx_message(f->ctx), "'xlsx'"));
    assert_non_null(strstr(ink_ctx_message(other), "no/such/folder"));
    assert_string_equal(ink_ctx_message(maker), "");
    ink_ctx_free(maker);
    net_ok(f, ink_model_save(f->ctx, model, help_path(f, "model.safetensors")));
    ink_model_free(model);
    ink_ctx_free(other);
}

static void predicting(void **state)
{
    const struct fixture *f = *state;
    ink_model *model = NULL;
    ink_data *other = net_data(f, 1, 5, 4, 2);
    float x[3 * 7] = {0}, p[3 * 4];
    help_set(f, "init", "zeros");
    net_ok(f, ink_model_new(f->ctx, "dense 5 relu", 7, 4, f->set, &model));
    net_ok(f, ink_predict(f->ctx, model, 3, x, p));
    for (size_t i = 0; i < COUNT(p); i++) assert_true(p[i] == 0.25f);
    net_ok(f, ink_predict(f->ctx, model, 0, x, p));
    net_fails(f, ink_predict_data(f->ctx, model, other, p), INK_BAD_DATA, "has 4 features a row|7");
    ink_data_free(other);
    ink_model_free(model);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(notation_is_printed_in_one_form),
        CASE(shares_survive_printing),
        CASE(notation_errors_have_their_column),
        CASE(layers_up_to_256),
        CASE(networks_that_cannot_be),
        CASE(settings_become_notation),
        CASE(starting_weights),
        CASE(wrong_starts),
        CASE(seeds),
        CASE(layers_differ),
        CASE(dropout_is_for_training_only),
        CASE(frozen_scaling),
        CASE(padding_stays_zero),
        CASE(segments_cover_the_weights),
        CASE(what_a_model_says_of_itself),
        CASE(two_threads_share_a_model),
        CASE(a_model_has_no_context),
        CASE(predicting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
