/* test_onnx: graphs as other programs write them become models that answer as the graph would.
 * SPDX-License-Identifier: MIT */
#include "graph_help.h"

#ifdef INKI_HAVE_ONNX

#include "out/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------- graphs */

static double gelu(double z) { return z * (1 + erf(z / sqrt(2))) / 2; }

static double relu(double z) { return z > 0 ? z : 0; }

static double leaky(double z) { return z > 0 ? z : 0.01 * z; }

static double logistic(double z) { return 1 / (1 + exp(-z)); }

static double same(double z) { return z; }

/* What a graph means: u = (x - mean) / spread or x / 255 or x; hidden layer, or none. */
struct meaning {
    const char *name, *lines, *notation;
    double (*act)(double z);
    enum { RAW, STANDARD, BYTES } scale;
    bool turned; /* graph_w1 is (outputs, inputs) */
    bool bias;
    double factor; /* of the first layer */
};

static const struct meaning meanings[] = {
    {"PyTorch", "Flatten x > f; Gemm f w1t b1 transB=1 > a; Relu a > r; Gemm r w2 b2 > logits", "dense 3 relu", relu,
     RAW, true, true, 1},
    {"Keras",
     "Identity x > i; MatMul i w1 > m; Add m b1 > a; Tanh a > t; MatMul t w2 > n; Add b2 n > l; Softmax l axis=-1 > p",
     "dense 3 tanh", tanh, RAW, false, true, 1},
    {"scikit-learn",
     "Cast x to=1 > i; Sub i mean > s; Div s spread > d; MatMul d w1 > m; Add m b1 > a; Sigmoid a > t; MatMul t w2 > "
     "n; "
     "Add n b2 > l; Softmax l axis=1 > p; ArgMax p axis=1 > label",
     "dense 3 sigmoid", logistic, STANDARD, false, true, 1},
    {"bytes",
     "Div x 255 > i; Reshape i flat > j; Gemm j w1 b1 alpha=0.5 > a; LeakyRelu a > t; Dropout t > u; Gemm u w2 b2 > l; "
     "Softmax l > p; "
     "TopK p one > k",
     "dense 3 leaky_relu", leaky, BYTES, false, true, 0.5},
    {"gelu",
     "Gemm x w1 > a; Div a root > r; Erf r > e; Add e one > f; Mul a f > g; Mul g half > h; Gemm h w2 b2 > l; Softmax "
     "l > p",
     "dense 3 gelu", gelu, RAW, false, false, 1},
    {"gelu, PyTorch",
     "Gemm x w1 b1 > a; Div a root > r; Erf r > e; Add e one > f; Mul f half > g; Mul a g > h; Gemm h w2 b2 > l; "
     "LogSoftmax l > p",
     "dense 3 gelu", gelu, RAW, false, true, 1},
    {"Gelu", "Gemm x w1 b1 > a; Gelu a > h; Gemm h w2 b2 > l", "dense 3 gelu", gelu, RAW, false, true, 1},
    {"no activation", "Gemm x w1 b1 > a; Gemm a w2 b2 > l", "dense 3 identity", same, RAW, false, true, 1},
};

static double first_layer(const struct meaning *meaning, const float *x, size_t o)
{
    double sum = 0;
    for (size_t i = 0; i < FEATURES; i++) {
        double u = (double)x[i];
        if (meaning->scale == STANDARD) u = (u - (double)graph_means[i]) / (double)graph_spreads[i];
        if (meaning->scale == BYTES) u /= 255;
        sum += u * (double)graph_w1[meaning->turned ? o * FEATURES + i : i * HIDDEN + o];
    }
    return meaning->factor * sum + (meaning->bias ? (double)graph_b1[o] : 0);
}

static double second_probability(const struct meaning *meaning, const float *x)
{
    double z[CLASSES];
    for (size_t c = 0; c < CLASSES; c++) {
        z[c] = (double)graph_b2[c];
        for (size_t o = 0; o < HIDDEN; o++)
            z[c] += meaning->act(first_layer(meaning, x, o)) * (double)graph_w2[o * CLASSES + c];
    }
    return 1 / (1 + exp(z[0] - z[1]));
}

static void graphs_of_others(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    const float x[FEATURES] = {0.3f, -1.2f, 0.8f, 2.1f};
    for (size_t i = 0; i < COUNT(meanings); i++) {
        ink_model *model;
        float p[CLASSES];
        graph_build(&g, meanings[i].lines, graph_row);
        net_reset(f, "");
        if (graph_import(f, &g, &model) != INK_OK) fail_msg("%s: %s", meanings[i].name, ink_ctx_message(f->ctx));
        assert_string_equal(model->notation, meanings[i].notation);
        net_ok(f, ink_predict(f->ctx, model, 1, x, p));
        if (!(fabs((double)p[1] - second_probability(&meanings[i], x)) < 1e-5))
            fail_msg("%s: another answer", meanings[i].name);
        ink_model_free(model);
    }
}

/* Two graphs that mean the same; the second is of those above, or its arithmetic is spelled out. */
static const struct {
    const char *name, *lines, *plain;
} pairs[] = {
    {"weights turned by a node", "Transpose w1t perm=1,0 > k; MatMul x k > a; Relu a > r; Gemm r w2 > l",
     "Gemm x w1t transB=1 > a; Relu a > r; Gemm r w2 > l"},
    {"constants through nodes",
     "Identity b1 > k; Cast w1 to=11 > d; Cast d to=1 > e; Unsqueeze k axes=0, > u; Squeeze u > v; Gemm x e v > a; "
     "Gemm a w2 > l",
     "Gemm x w1 b1 > a; Gemm a w2 > l"},
    {"a constant of a node",
     "Constant value=w1 > k; Constant value_float=2 > t; Mul k t > m; Gemm x m > a; Gemm a w2 > l",
     "Gemm x w1 alpha=2 > a; Gemm a w2 > l"},
    {"arithmetic of constants",
     "Sqrt var > s; Reciprocal s > i; Mul gain i > m; Neg m > n; Neg n > o; Gemm x w1 > a; Mul a o > b; Gemm b w2 > l",
     "Sqrt var > s; Div gain s > m; Mul w1 m > k; Gemm x k > b; Gemm b w2 > l"},
    {"a division of integers drops the rest",
     "Add one one > t; Cast t to=7 > two; Add six one > s; Cast s to=7 > seven; Div seven two > q; Cast q to=1 > f; "
     "Mul "
     "x f > y; Gemm y w1 > a; Gemm a w2 > l",
     "Gemm x w1 alpha=3 > a; Gemm a w2 > l"},
    {"one of floats does not",
     "Add one one > two; Add six one > seven; Div seven two > f; Mul x f > y; Gemm y w1 > a; Gemm a w2 > l",
     "Gemm x w1 alpha=3.5 > a; Gemm a w2 > l"},
    {"the half of a side",
     "Shape x > s; Gather s one > g; Cast one to=7 > i; Add i i > two; Add two i > three; Div g three > h; Cast h to=1 "
     "> f; Mul x f > y; Gemm y w1 > a; Gemm a w2 > l",
     "Gemm x w1 > a; Gemm a w2 > l"},
    {"x.view(x.size(0), -1)",
     "Shape x > s; Gather s zero > g; Unsqueeze g axes=0, > u; Concat u open axis=0 > t; Reshape x t > f; Gemm f w1 > "
     "a; Gemm a w2 > l",
     "Gemm x w1 > a; Gemm a w2 > l"},
    {"a slice of the shape",
     "Shape x > s; Slice s starts=0, ends=1, > g; Concat g open axis=0 > t; Gemm x w1 > a; Reshape a t > f; Gemm f w2 "
     "> l",
     "Gemm x w1 > a; Gemm a w2 > l"},
    {"sides of 1 come and go",
     "Gemm x w1 > a; Unsqueeze a axes=1,3, > u; Squeeze u axes=-1, > v; Squeeze v axes=1, > w; Gemm w w2 > z; "
     "Unsqueeze z axes=1, > y; Softmax y axis=2 > l",
     "Gemm x w1 > a; Gemm a w2 > l"},
    {"what no output needs",
     "Conv x w1 > k; Softplus k > m; Gemm x w1 > a; Shape a > s; Gemm a w2 > l; Loop y > z; out l",
     "Gemm x w1 > a; Gemm a w2 > l"},
    {"gelu, half first",
     "Gemm x w1 > z; Mul z half > h; Div z root > r; Erf r > e; Add one e > f; Mul h f > g; Gemm g w2 > l",
     "Gemm x w1 > z; Gelu z > g; Gemm g w2 > l"},
    {"gelu, turned",
     "Gemm x w1 > z; Mul inverse z > r; Erf r > e; Add one e > f; Mul f z > h; Mul half h > g; Gemm g w2 > l",
     "Gemm x w1 > z; Gelu z > g; Gemm g w2 > l"},
    {"relu by Clip", "Gemm x w1 > z; Clip z zero > g; Gemm g w2 > l", "Gemm x w1 > z; Relu z > g; Gemm g w2 > l"},
    {"relu by Max", "Gemm x w1 > z; Max zero z > g; Gemm g w2 > l", "Gemm x w1 > z; Relu z > g; Gemm g w2 > l"},
    {"leaky_relu by PRelu", "Gemm x w1 > z; PRelu z slope > g; Gemm g w2 > l",
     "Gemm x w1 > z; LeakyRelu z > g; Gemm g w2 > l"},
    {"taken from a constant", "Sub mean x > s; Gemm s w1 > z; Sub b1 z > y; Gemm y w2 > l",
     "Neg x > n; Add n mean > s; Gemm s w1 > z; Neg z > y; Add y b1 > v; Gemm v w2 > l"},
    {"softmax and its logarithm", "Gemm x w1 > a; Gemm a w2 > l; Softmax l > p; Log p > q",
     "Gemm x w1 > a; Gemm a w2 > l"},
};

/* The second probability that the graph's network gives x. */
static double answer(struct fixture *f, const char *lines, const char *name)
{
    static struct graph g;
    const float x[FEATURES] = {0.3f, -1.2f, 0.8f, 2.1f};
    ink_model *model;
    float p[CLASSES];
    graph_build(&g, lines, graph_row);
    if (graph_import(f, &g, &model) != INK_OK) fail_msg("%s: %s", name, ink_ctx_message(f->ctx));
    net_ok(f, ink_predict(f->ctx, model, 1, x, p));
    ink_model_free(model);
    return (double)p[1];
}

static void graphs_alike(void **state)
{
    for (size_t i = 0; i < COUNT(pairs); i++) {
        double one = answer(*state, pairs[i].lines, pairs[i].name),
               other = answer(*state, pairs[i].plain, pairs[i].name);
        if (!(fabs(one - other) < 1e-6)) fail_msg("%s: %.9g instead of %.9g", pairs[i].name, one, other);
    }
}

/* In front of the second layer, by hand. */
static double bounded(double z, size_t o) { return (void)o, z < 0 ? 0 : z > 6 ? 6 : z; }

static double bounded_low(double z, size_t o) { return (void)o, z < -0.25 ? -0.25 : z > 0.5 ? 0.5 : z; }

static double hard(double z, size_t o) { return (void)o, fmax(0, fmin(1, 0.25 * z + 0.5)); }

static double normalised(double y, size_t o)
{
    return (y - (double)graph_column[o]) / sqrt((double)graph_variances[o] + 0.5) * (double)graph_gains[o] +
           (double)graph_b1[o];
}

static double tanh_normalised(double z, size_t o) { return normalised(tanh(z), o); }

static double scaled(double y, size_t o)
{
    return (y * (double)graph_gains[o] - (double)graph_b1[o]) / (double)graph_variances[o];
}

static double tanh_scaled(double z, size_t o) { return scaled(tanh(z), o); }

static double bounded_scaled(double z, size_t o) { return scaled(bounded_low(z, o), o); }

static double scaled_tanh(double z, size_t o) { return tanh((double)graph_b1[o] - z * (double)graph_gains[o]); }

/* What a graph makes of the first layer's sums z, in front of the second. */
static const struct {
    const char *name, *lines;
    double (*behind)(double z, size_t o);
} behinds[] = {
    {"bounds", "Clip a zero six > h", bounded},
    {"bounds that are not 0", "Clip a low half > h", bounded_low},
    {"hard sigmoid", "HardSigmoid a alpha=0.25 > h", hard},
    {"normalised", "BatchNormalization a gain b1 c1 var epsilon=0.5 > h", normalised},
    {"normalised behind an activation", "Tanh a > t; BatchNormalization t gain b1 c1 var epsilon=0.5 > h",
     tanh_normalised},
    {"scaled behind an activation", "Tanh a > t; Mul t gain > m; Sub m b1 > n; Div n var > h", tanh_scaled},
    {"scaled bounds", "Clip a low half > t; Mul t gain > m; Sub m b1 > n; Div n var > h", bounded_scaled},
    {"scaled in front of an activation", "Mul a gain > m; Sub b1 m > n; Tanh n > h", scaled_tanh},
};

static void behind_a_layer(void **state)
{
    const float x[FEATURES] = {0.3f, -1.2f, 0.8f, 2.1f};
    for (size_t i = 0; i < COUNT(behinds); i++) {
        char lines[256];
        double z[CLASSES];
        snprintf(lines, sizeof lines, "Gemm x w1 b1 > a; %s; Gemm h w2 b2 > l; Softmax l > p", behinds[i].lines);
        double got = answer(*state, lines, behinds[i].name);
        for (size_t c = 0; c < CLASSES; c++) {
            z[c] = (double)graph_b2[c];
            for (size_t o = 0; o < HIDDEN; o++)
                z[c] += behinds[i].behind(first_layer(&(struct meaning){.bias = true, .factor = 1}, x, o), o) *
                        (double)graph_w2[o * CLASSES + c];
        }
        double wanted = 1 / (1 + exp(z[0] - z[1]));
        if (!(fabs(got - wanted) < 1e-6)) fail_msg("%s: %.9g instead of %.9g", behinds[i].name, got, wanted);
    }
}

/* A softmax of what an activation gave. */
static void softmax_behind_an_activation(void **state)
{
    const float x[FEATURES] = {0.3f, -1.2f, 0.8f, 2.1f};
    double z[CLASSES] = {(double)graph_b2[0], (double)graph_b2[1]};
    double got = answer(*state, "Gemm x w1 b1 > a; Gemm a w2 b2 > b; Tanh b > t; Softmax t > p", "tanh and softmax");
    for (size_t c = 0; c < CLASSES; c++) {
        z[c] = (double)graph_b2[c];
        for (size_t o = 0; o < HIDDEN; o++)
            z[c] += first_layer(&(struct meaning){.bias = true, .factor = 1}, x, o) * (double)graph_w2[o * CLASSES + c];
    }
    net_near(got, 1 / (1 + exp(tanh(z[0]) - tanh(z[1]))), 1e-6);
}

/* Weights in 16 bits: 1 sign, 5 or 8 of exponent, 10 or 7 of mantissa. */
static void weights_in_16_bits(void **state)
{
    for (size_t i = 0; i < FEATURES * HIDDEN; i++) { /* 1.5, -0.75, …: exact in both */
        graph_halves[i] = (i % 2 ? 0xb800 : 0x3c00) | 0x200;
        graph_brains[i] = (i % 2 ? 0xbf00 : 0x3f80) | 0x40;
    }
    graph_halves[3] = 0x0200, graph_brains[3] = 0x3800; /* 2^-15, which is subnormal in the first */
    struct fixture *f = *state;
    static struct graph g;
    const char *const lines[] = {"Gemm x w1half > a; Gemm a w2 > l", "Gemm x w1brain > a; Gemm a w2 > l"};
    for (size_t k = 0; k < COUNT(lines); k++) {
        ink_model *model;
        graph_build(&g, lines[k], graph_row);
        net_ok(f, graph_import(f, &g, &model));
        const struct inki_node *layer = &model->nodes[0];
        for (size_t o = 0; o < HIDDEN; o++)
            for (size_t i = 0; i < FEATURES; i++) {
                size_t at = i * HIDDEN + o; /* the file's (in, out) */
                float wanted = at == 3 ? ldexpf(1, -15) : at % 2 ? -0.75f : 1.5f;
                assert_true(model->w[layer->offset + layer->op->at(layer, 0, o * FEATURES + i)] == wanted);
            }
        ink_model_free(model);
    }
}

/* Labels by whatever way they come, and the probabilities with them. */
static void class_names(void **state)
{
    static const struct {
        const char *behind, *first, *second;
    } cases[] = {
        {"ArgMax l axis=1 > m; ml:ArrayFeatureExtractor labels m > n; Cast n to=7 > o; Reshape o open > label; Softmax "
         "l > p; out "
         "label p",
         "7", "3"},
        {"Softmax l > p; ml:ZipMap p classlabels_strings=cat,dog > z", "cat", "dog"},
        {"Softmax l > p; ml:ZipMap p classlabels_int64s=12,-5 > z; out p z", "12", "-5"},
        {"ArgMax l axis=1 keepdims=0 > m; Gather words m > z", "ant", "bee"},
        {"Softmax l > p; TopK p one > k i; Gather words i > z; out k z p", "ant", "bee"},
        {"Softmax l > p; ArgMax p axis=-1 > m; Cast m to=6 > z; out p z", "0", "1"},
    };
    struct fixture *f = *state;
    static struct graph g;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char lines[256];
        ink_model *model;
        snprintf(lines, sizeof lines, "Gemm x w1 > a; Gemm a w2 > l; %s", cases[i].behind);
        graph_build(&g, lines, graph_row);
        if (graph_import(f, &g, &model) != INK_OK) fail_msg("%s: %s", cases[i].behind, ink_ctx_message(f->ctx));
        assert_string_equal(ink_model_class(model, 0), cases[i].first);
        assert_string_equal(ink_model_class(model, 1), cases[i].second);
        ink_model_free(model);
    }
}

/* Classes in another order, and an output from within, which is left out with a note. */
static void other_outputs(void **state)
{
    struct fixture *f = *state;
    double plain = answer(f, "Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Softmax l > p", "plain");
    net_near(answer(f, "Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Softmax l > p; Gather p turned axis=1 > q", "turned"),
             1 - plain, 1e-6);
    net_near(answer(f, "Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Gather l turned axis=-1 > q", "turned"), 1 - plain,
             1e-6);
    net_near(answer(f, "Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Softmax l > p; out l p", "logits beside"), plain,
             1e-6);
    net_near(answer(f, "Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Softmax l > p; out r p", "from within"), plain, 1e-6);
    assert_non_null(strstr(f->note, "'r'"));
}

/* One output behind a sigmoid: two classes. Images keep their shape. */
static void one_output(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    const float x[FEATURES] = {0.3f, -1.2f, 0.8f, 2.1f};
    ink_model *model;
    ink_model_info info = INK_INIT(ink_model_info);
    float p[2];
    double z = 0;
    graph_build(&g, "Flatten x > f; Gemm f w1 b1 > a; Relu a > r; MatMul r c > z; Sigmoid z > p", (int64_t[]){1, 2, 2});
    net_ok(f, graph_import(f, &g, &model));
    net_ok(f, ink_predict(f->ctx, model, 1, x, p));
    for (size_t o = 0; o < HIDDEN; o++)
        z += relu(first_layer(&(struct meaning){.bias = true, .factor = 1}, x, o)) * (double)graph_column[o];
    net_near((double)p[1], logistic(z), 1e-5);
    ink_model_describe(model, &info);
    assert_true(info.height == 2 && info.width == 2 && info.classes == 2);
    ink_model_free(model);
}

/* Files of PyTorch, scikit-learn and others (tests/data/onnx), with the right probabilities of some rows by PyTorch or NumPy in double. */
static void files_of_others(void **state)
{
    enum { COLUMNS = 6, KINDS = 3 };
    struct fixture *f = *state;
    FILE *file = fopen(FIXTURES "onnx/answers.csv", "r");
    char name[64], path[256];
    double x[COLUMNS], wanted[KINDS];
    size_t rows = 0;
    assert_non_null(file);
    for (; fscanf(file, " %63[^,],%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", name, x, x + 1, x + 2, x + 3, x + 4, x + 5,
                  wanted, wanted + 1, wanted + 2) == 1 + COLUMNS + KINDS;
         rows++) {
        ink_model *model;
        float row[COLUMNS], p[KINDS];
        snprintf(path, sizeof path, FIXTURES "onnx/%s.onnx", name);
        for (size_t i = 0; i < COLUMNS; i++) row[i] = (float)x[i];
        net_ok(f, ink_model_import(f->ctx, path, f->set, &model));
        net_ok(f, ink_predict(f->ctx, model, 1, row, p));
        for (size_t k = 0; k < KINDS; k++)
            if (!(fabs((double)p[k] - wanted[k]) < 1e-5))
                fail_msg("%s: %g instead of %g", name, (double)p[k], wanted[k]);
        if (strcmp(name, "skl2onnx-labels") == 0) assert_string_equal(ink_model_class(model, 1), "5");
        if (strcmp(name, "everything") == 0) assert_string_equal(ink_model_class(model, 1), "bee");
        ink_model_free(model);
    }
    fclose(file);
    assert_int_equal(rows, 25);
}

static ink_status import_all(struct fixture *f, void *arg)
{
    ink_model *model;
    ink_status status = graph_import(f, arg, &model);
    ink_model_free(model);
    return status;
}

/* Every allocation may fail: constants that are computed, what is kept for the next layer, labels. */
static void out_of_memory(void **state)
{
    static struct graph g;
    graph_build(
        &g,
        "Shape x > s; Gather s zero > g; Unsqueeze g axes=0, > u; Concat u open axis=0 > t; Reshape x t > f; Gemm f w1 "
        "b1 > "
        "a; Clip a low half > h; BatchNormalization h gain b1 c1 var > n; Gemm n w2 > l; Softmax l > p; ml:ZipMap p "
        "classlabels_strings=cat,dog > z; ArgMax l axis=1 > m; Gather words m > k; out z",
        graph_row);
    assert_true(help_sweep(*state, import_all, &g) > 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(graphs_of_others),   TEST(graphs_alike),    TEST(behind_a_layer), TEST(softmax_behind_an_activation),
        TEST(weights_in_16_bits), TEST(class_names),     TEST(other_outputs),  TEST(one_output),
        TEST(out_of_memory),      TEST(files_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) { return 77; }

#endif
