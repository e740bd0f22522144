/* test_csource: networks as C source: folding of the scaling, integers against floats, names, failures on the way. That the
 * source compiles and answers as the model does is tests/export/host's business.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/mem.h"
#include "out/csource.h"
#include "train/start.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 60, FEATURES = 9, CLASSES = 3 };

/* A model on these settings and rows, with weights of its own. */
static ink_model *make(struct fixture *f, const char *settings, const ink_data *data)
{
    ink_model *model;
    net_reset(f, settings);
    net_ok(f, inki_start_model(f->ctx, data, f->set, &model));
    return model;
}

/* Images of 3x3 bytes around a class' own, as an IDX file's content would be. */
static ink_data *byte_data(struct fixture *f)
{
    static uint8_t file[16 + ROWS * FEATURES];
    uint8_t labels[8 + ROWS];
    size_t size = help_idx(file, 8, 3, (const uint32_t[]){ROWS, 3, 3}, ROWS * FEATURES);
    size_t label_size = help_idx(labels, 8, 1, (const uint32_t[]){ROWS}, ROWS);
    for (size_t i = 0; i < ROWS * FEATURES; i++)
        file[size - ROWS * FEATURES + i] = (uint8_t)((i * 37 + i / FEATURES % CLASSES * 80 + i % 7 * 11) % 256);
    for (size_t i = 0; i < ROWS; i++) labels[label_size - ROWS + i] = (uint8_t)(i % CLASSES);
    help_write(f, "images.idx", file, size);
    net_reset(f, "scale=auto");
    help_set(f, "labels", help_write(f, "labels.idx", labels, label_size));
    return help_load(f, help_path(f, "images.idx"));
}

static double gap(const float *a, const float *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) { /* not fmax: see larger in out/quant.c */
        double off = fabs((double)a[i] - (double)b[i]);
        most = off > most ? off : most;
    }
    return most;
}

/* Logits of one row by a plain network, in double. */
static void run_plain(const struct inki_plain *plain, const float *x, float *z)
{
    double y[2][64];
    for (size_t i = 0; i < FEATURES; i++) {
        y[0][i] = (double)x[i] - (plain->shift ? (double)plain->shift[i] : 0);
        if (plain->factor) y[0][i] *= (double)plain->factor[i];
    }
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_plain_layer *layer = &plain->layers[l];
        for (size_t o = 0; o < layer->outputs; o++) {
            double sum = (double)layer->b[o];
            for (size_t i = 0; i < layer->inputs; i++) sum += (double)layer->w[o * layer->inputs + i] * y[l % 2][i];
            y[(l + 1) % 2][o] = layer->act == INKI_ACT_relu && sum < 0 ? 0 : sum;
        }
    }
    for (size_t o = 0; o < CLASSES; o++) z[o] = (float)y[plain->count % 2][o];
}

/* Folding changes no answer; a column far from 0 keeps its shift, and only that. */
static void folding(void **state)
{
    struct fixture *f = *state;
    float x[ROWS * FEATURES], z[3][CLASSES];
    int32_t labels[ROWS];
    ink_data *data;
    struct inki_plain plain;
    net_values(1, ROWS * FEATURES, -1, 1, x);
    net_labels(1, ROWS, CLASSES, labels);
    for (size_t i = 0; i < ROWS; i++) x[i * FEATURES + 4] += 1000;
    net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, x, labels, CLASSES, &data));
    ink_model *model = make(f, "hidden=8,5; scale=standard", data);
    net_ok(f, inki_plain_begin(f->ctx, model, "a", NULL, &plain));
    assert_true(plain.count == 3 && plain.factor && plain.layers[1].inputs == 8);
    run_plain(&plain, x, z[0]);
    inki_plain_fold(&plain, false);
    assert_true(!plain.factor && plain.shift && plain.shift[3] == 0 && plain.shift[4] > 900);
    run_plain(&plain, x, z[1]);
    assert_true(gap(z[0], z[1], CLASSES) < 1e-5);
    inki_plain_end(&plain);
    net_ok(f, inki_plain_begin(f->ctx, model, "a", NULL, &plain));
    inki_plain_fold(&plain, true);
    assert_true(!plain.factor && !plain.shift);
    run_plain(&plain, x, z[2]);
    assert_true(gap(z[0], z[2], CLASSES) < 1e-2);
    inki_plain_end(&plain);
    ink_model_free(model);
    ink_data_free(data);
}

/* Integers give nearly the probabilities of the floats, whatever the activation, the scaling and the inputs. */
static void integers(void **state)
{
    static const char *const settings[] = {
        "hidden=12,8; scale=standard",
        "net=dense 12 tanh | dense 8 sigmoid | dropout 0.1 | dense 7 gelu; scale=minmax; init=normal:0.8",
        "net=conv 6 2x2 | batchnorm gelu | layernorm relu | add( conv 6 3x3 tanh ) leaky_relu; init=normal:0.5",
        "net=depthwise 3x3 | batchnorm tanh | globalpool; init=normal:0.5; scale=minmax",
        "net=dense 12 leaky_relu | dense 8 identity; scale=none; init=normal:0.03",
        "hidden=0; scale=standard"};
    struct fixture *f = *state;
    for (size_t c = 0; c < 2 * COUNT(settings); c++) {
        ink_data *data = c % 2 ? byte_data(f) : net_clusters(f, 3, ROWS, FEATURES, CLASSES, 0.5f);
        ink_model *model = make(f, settings[c / 2], data);
        struct inki_quant quant;
        struct inki_expect by_int8, by_float;
        net_ok(f, inki_quant_begin(f->ctx, model, data, c % 2, "a", &quant));
        net_ok(f, inki_expect_begin(f->ctx, model, &quant, data, ROWS, &by_int8));
        net_ok(f, inki_expect_begin(f->ctx, model, NULL, data, ROWS, &by_float));
        double most = gap(by_int8.p, by_float.p, ROWS * CLASSES);
        if (!(most < 0.06))
            fail_msg("%s, %s: probabilities differ by %g", settings[c / 2], c % 2 ? "bytes" : "floats", most);
        assert_true(most > 0);
        assert_true(by_int8.labels[1] == ink_data_row(data, 1, (float[FEATURES]){0}));
        inki_expect_end(&by_int8);
        inki_expect_end(&by_float);
        inki_quant_end(&quant);
        ink_model_free(model);
        ink_data_free(data);
    }
}

/* A pixel that is hardly ever set has weights many times the others': it must not coarsen them. */
static void rare_inputs(void **state)
{
    struct fixture *f = *state;
    ink_data *data = byte_data(f);
    uint8_t *bytes = (uint8_t *)(uintptr_t)data->bytes;
    for (size_t i = 0; i < ROWS; i++) bytes[i * FEATURES + 2] = i == 7;
    ink_model *model = make(f, "hidden=12; scale=standard; seed=4", data);
    struct inki_quant quant;
    struct inki_expect by_int8, by_float;
    net_ok(f, inki_quant_begin(f->ctx, model, data, true, "a", &quant));
    assert_true(quant.layers[0].up && quant.layers[0].up[2] > 2 && quant.layers[0].up[3] == 0);
    net_ok(f, inki_expect_begin(f->ctx, model, &quant, data, ROWS, &by_int8));
    net_ok(f, inki_expect_begin(f->ctx, model, NULL, data, ROWS, &by_float));
    assert_true(gap(by_int8.p, by_float.p, ROWS * CLASSES) < 0.05);
    inki_expect_end(&by_int8);
    inki_expect_end(&by_float);
    inki_quant_end(&quant);
    ink_model_free(model);
    ink_data_free(data);
}

static void inputs_strange(void **state)
{
    struct fixture *f = *state;
    float x[FEATURES] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f};
    uint8_t u[FEATURES];
    ink_data *data = net_clusters(f, 3, ROWS, FEATURES, CLASSES, 0.5f);
    ink_model *model = make(f, "hidden=4; scale=standard", data);
    struct inki_quant quant;
    net_ok(f, inki_quant_begin(f->ctx, model, data, false, "a", &quant));
    inki_quant_take(&quant, x, u);
    assert_true(u[0] == 0 && u[1] == 255 && u[2] == 0 && u[3] == 255 && u[4] == 0);
    inki_quant_end(&quant);
    ink_model_free(model);
    ink_data_free(data);
}

static void sums_too_large(void **state)
{
    enum { MANY = 70000 };
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 4, MANY, 2);
    ink_model *model = make(f, "hidden=0; scale=none", data);
    struct inki_quant quant;
    for (size_t i = 0; i < model->size; i++) model->w[i] = 1;
    net_fails(f, inki_quant_begin(f->ctx, model, data, false, "a.c", &quant), INK_UNSUPPORTED,
              "a.c|dense1|70000|without int8");
    ink_model_free(model);
    ink_data_free(data);
}

static bool exists(const char *path) { return access(path, F_OK) == 0; }

static void names(void **state)
{
    struct fixture *f = *state;
    ink_data *data = byte_data(f);
    ink_model *model = make(f, "hidden=4", data);
    ink_c_plan plan = {.size = sizeof plan, .check = data, .check_rows = 5};
    ink_c_report report = INK_INIT(ink_c_report);
    size_t size;
    net_ok(f, ink_model_export_c(f->ctx, model, &plan, help_path(f, "7-my net.h"), &report));
    assert_true(exists(help_path(f, "7-my net.c")) && exists(help_path(f, "7-my net.h")) &&
                exists(help_path(f, "7-my net_test.c")));
    assert_true(report.bytes && report.check_rows == 5 && report.rows == 0);
    assert_true(report.flash > 4 * (FEATURES * 4 + 4 + 4 * CLASSES + CLASSES) && report.ram == 16);
    assert_true(report.flash == report.flash_cores[INK_CORTEX_M0]);
    for (size_t core = 1; core < INK_CORE_COUNT; core++) /* these have floats, and smaller code */
        assert_in_range(report.flash_cores[core], report.flash - 200, report.flash - 1);
    char *text = (char *)help_read(help_path(f, "7-my net.h"), &size);
    assert_non_null(strstr(text, "int net_7_my_net_predict(const uint8_t x[NET_7_MY_NET_INPUTS]"));
    free(text);
    plan = (ink_c_plan){.size = sizeof(ink_c_plan), .name = "digits", .inputs = INK_C_FLOATS};
    net_ok(f, ink_model_export_c(f->ctx, model, &plan, f->folder, NULL));
    text = (char *)help_read(help_path(f, "digits.h"), &size);
    assert_non_null(strstr(text, "int digits_predict(const float x[DIGITS_INPUTS]"));
    free(text);
    assert_false(exists(help_path(f, "digits_test.c")));
    plan.name = "9lives";
    net_fails(f, ink_model_export_c(f->ctx, model, &plan, help_path(f, "a.c"), NULL), INK_BAD_ARGUMENT,
              "'9lives'|a letter");
    plan.name = "x*/y";
    net_fails(f, ink_model_export_c(f->ctx, model, &plan, help_path(f, "a.c"), NULL), INK_BAD_ARGUMENT, "'x*/y'");
    plan = (ink_c_plan){.size = sizeof(ink_c_plan), .int8 = true};
    net_fails(f, ink_model_export_c(f->ctx, model, &plan, help_path(f, "a.c"), NULL), INK_BAD_ARGUMENT,
              "training data");
    net_fails(f, ink_model_export_c(f->ctx, model, &plan, "", NULL), INK_BAD_ARGUMENT, "empty");
    net_fails(f, ink_model_export_c(f->ctx, model, &(ink_c_plan)INK_INIT(ink_c_plan), help_path(f, "no/a.c"), NULL),
              INK_IO, "no/a.h");
    assert_false(exists(help_path(f, "a.c")) || exists(help_path(f, "a.h")));
    ink_model_free(model);
    ink_data_free(data);
}

static void other_data(void **state)
{
    struct fixture *f = *state;
    ink_data *data = byte_data(f), *other = net_data(f, 1, ROWS, FEATURES, CLASSES),
             *narrow = net_data(f, 1, ROWS, 4, 3);
    ink_model *model = make(f, "hidden=4", data);
    const char *path = help_path(f, "a.c");
    ink_c_plan plan = {.size = sizeof plan, .int8 = true, .calibrate = other};
    net_fails(f, ink_model_export_c(f->ctx, model, &plan, path, NULL), INK_BAD_DATA, "bytes|float inputs");
    plan.calibrate = narrow;
    net_fails(f, ink_model_export_c(f->ctx, model, &plan, path, NULL), INK_BAD_DATA, "4 features");
    plan = (ink_c_plan){.size = sizeof(ink_c_plan), .check = other, .check_rows = 3};
    net_fails(f, ink_model_export_c(f->ctx, model, &plan, path, NULL), INK_BAD_DATA, "not bytes");
    assert_false(exists(path));
    ink_model_free(model);
    ink_data_free(narrow);
    ink_data_free(other);
    ink_data_free(data);
}

struct sweep {
    ink_model *model;
    ink_data *data;
    bool int8;
};

static ink_status export_it(struct fixture *f, void *arg)
{
    struct sweep *sweep = arg;
    ink_c_plan plan = {.size = sizeof plan,
                       .int8 = sweep->int8,
                       .calibrate = sweep->data,
                       .compare = sweep->data,
                       .check = sweep->data,
                       .check_rows = 3};
    return ink_model_export_c(f->ctx, sweep->model, &plan, help_path(f, "o.c"), NULL);
}

static void out_of_memory(void **state)
{
    static const char *const nets[] = {"net=dense 5 tanh | dense 4 relu",
                                       "net=conv 4 2x2 tanh | add( conv 4 1x1 ) relu | avgpool 2 stride 1"};
    struct fixture *f = *state;
    ink_data *data = byte_data(f);
    for (int i = 0; i < 4; i++) {
        ink_model *model = make(f, nets[i / 2], data);
        struct sweep sweep = {model, data, i % 2 == 1};
        net_ok(f, export_it(f, &sweep)); /* threads, once begun, stay */
        assert_true(help_sweep(f, export_it, &sweep) >= 10);
        ink_model_free(model);
    }
    ink_data_free(data);
}

/* The steps of a network over images, as "kind:out values@place", and the workspace. */
static void check_steps(struct fixture *f, const char *notation, const char *wanted)
{
    static const char kinds[] = {[INKI_STEP_SCALE] = 's', [INKI_STEP_CONV] = 'c', [INKI_STEP_LARGEST] = 'l',
                                 [INKI_STEP_MEAN] = 'm',  [INKI_STEP_NORM] = 'n', [INKI_STEP_SUM] = '+'};
    char text[200];
    size_t used = 0;
    struct inki_plain plain;
    struct inki_flow flow;
    ink_model *model = net_model(f, notation, (struct inki_shape){8, 6, 2, 0}, 3, NULL, NULL);
    net_ok(f, inki_plain_begin(f->ctx, model, "a", NULL, &plain));
    assert_true(plain.images);
    net_ok(f, inki_flow_begin(f->ctx, &plain, false, &flow));
    for (size_t i = 0; i < flow.count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%c%zu@%zu ", kinds[flow.steps[i].kind],
                                 flow.steps[i].size, flow.steps[i].place);
    snprintf(text + used, sizeof text - used, "%zu", flow.workspace);
    assert_string_equal(text, wanted);
    inki_flow_end(&flow);
    ink_model_free(model);
}

/* Norms and pools go into the convolution in front of them where that changes nothing; what is done in place takes no room. */
static void steps(void **state)
{
    struct fixture *f = *state;
    check_steps(f, "conv 4 3x3 | batchnorm relu | maxpool 2 | conv 5 3x3", "c48@60 c60@0 c3@0 108");
    check_steps(f, "conv 4 3x3 | maxpool 2 | batchnorm relu", "c48@0 c3@0 48");
    check_steps(f, "conv 4 3x3 gelu | maxpool 2", "c192@0 l48@0 c3@0 192");
    check_steps(f, "conv 4 3x3 relu | batchnorm | maxpool 2 stride 1", "c192@0 c192@0 l140@0 c3@0 192");
    check_steps(f, "maxpool 2 | avgpool 2", "s96@0 l24@0 m4@0 c3@0 96");
    check_steps(f, "conv 4 3x3 | add( conv 4 3x3 | batchnorm relu | conv 4 3x3 | batchnorm ) relu | globalpool",
                "c192@0 c192@192 c192@384 +192@384 m4@384 c3@0 576");
    check_steps(f, "conv 4 3x3 | layernorm | add( layernorm relu ) | globalmax",
                "c192@0 n192@0 n192@192 +192@192 l4@192 c3@0 384");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(folding), TEST(integers),   TEST(rare_inputs),   TEST(inputs_strange), TEST(sums_too_large),
        TEST(names),   TEST(other_data), TEST(out_of_memory), TEST(steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
