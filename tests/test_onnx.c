/* test_onnx: graphs as other programs write them become models that answer as the graph would; what is not known is refused by name.
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

/* What a graph graph_means: u = (x - mean) / spread or x / 255 or x; hidden layer, or none. */
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
    {"x.view(x.size(0), -1)",
     "Shape x > s; Gather s zero > g; Unsqueeze g axes=0, > u; Concat u open axis=0 > t; Reshape x t > f; Gemm f w1 > "
     "a; Gemm a w2 > l",
     "Gemm x w1 > a; Gemm a w2 > l"},
    {"a slice of the shape",
     "Shape x > s; Slice s starts=0, ends=1, > g; Concat g open axis=0 > t; Gemm x w1 > a; Reshape a t > f; Gemm f w2 "
     "> l",
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

/* Whole numbers go in as they are, and only as they are. */
static void whole_numbers(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    ink_model *model;
    graph_build(&g, "Cast x to=1 > i; Div i 255 > j; Gemm j w1 > a; Gemm a w2 > l", graph_row);
    g.tensor_type.has_elem_type = true;
    g.tensor_type.elem_type = INKI_ONNX_UINT8;
    net_ok(f, graph_import(f, &g, &model));
    ink_model_free(model);
    graph_build(&g, "Div x 255 > j; Cast j to=1 > i; Gemm i w1 > a; Gemm a w2 > l", graph_row);
    g.tensor_type.has_elem_type = true;
    g.tensor_type.elem_type = INKI_ONNX_UINT8;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "'j' (Div)|whole numbers|Cast");
}

/* One output behind a sigmoid: two classes. Pictures keep their shape. */
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

/* What cannot be taken over, and what is said. */
static const struct {
    const char *lines;
    ink_status status;
    const char *words;
} refusals[] = {
    {"Conv x w1 > k; Softmax k > p", INK_UNSUPPORTED, "g.onnx|node 'k' (Conv)|is not known"},
    {"Gemm x w1 b1 > a; Softplus a > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "'s' (Softplus)|is not known"},
    {"Gemm x w1 b1 > a; LeakyRelu a alpha=0.2 > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "(LeakyRelu)|slope"},
    {"Gemm x w1 b1 > a; Relu a > s; Relu s > t; Gemm t w2 b2 > l", INK_UNSUPPORTED,
     "'t' (Relu)|one activation already"},
    {"Relu x > t; Gemm t w1 b1 > l", INK_UNSUPPORTED, "(Relu)|no layer in front"},
    {"Gemm w1 x b1 > a", INK_UNSUPPORTED, "other way round"},
    {"Gemm x w1 b1 transA=1 > a", INK_UNSUPPORTED, "other way round"},
    {"MatMul x x > a", INK_UNSUPPORTED, "(MatMul)|two values"},
    {"Gemm x w1 b1 > a; Div b1 a > m; Gemm m w2 b2 > l", INK_UNSUPPORTED, "(Div)|divides a constant"},
    {"Gemm x w1 b2 > a; Gemm a w2 b2 > l", INK_UNSUPPORTED, "(Gemm)|each column"},
    {"Gemm x w1 b1 > a; Add a x > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "(Add)|two values"},
    {"Sub x b1 > s; Gemm s w1 b1 > a", INK_UNSUPPORTED, "(Sub)|each column"},
    {"Mul x zero > s; Sub s one > t; Gemm t w1 b1 > a", INK_UNSUPPORTED, "multiplied by 0"},
    {"Gemm x w1 b1 > a; Softmax a axis=0 > l", INK_UNSUPPORTED, "(Softmax)|classes"},
    {"Softmax x > l", INK_UNSUPPORTED, "(Softmax)|in front"},
    {"Transpose x > t; Gemm t w1 b1 > a", INK_UNSUPPORTED, "(Transpose)"},
    {"Gemm x w2 b2 > a", INK_BAD_FILE, "first layer takes 3|has 4"},
    {"Gemm x w1 b1 > a; Gemm a w1 b1 > l", INK_BAD_FILE, "layer 2 takes 4|gives 3"},
    {"Gemm x w1 b1 > a; Relu a > s", INK_BAD_FILE, "last layer|relu"},
    {"Identity x > z", INK_BAD_FILE, "no layer"},
    {"Identity y > z", INK_UNSUPPORTED, "'z' does not depend on the rows"},
    {"Gemm x w1 b1 > a; out b1", INK_UNSUPPORTED, "'b1' does not depend on the rows"},
    {"Identity x > x", INK_BAD_FILE, "'x' is made twice"},
    {"Identity z > y; Identity y > z", INK_UNSUPPORTED, "'y' (Identity)|circle"},
    {"Gemm x b1 > a", INK_UNSUPPORTED, "no matrix"},
    {"Gemm x w3 b1 > a", INK_UNSUPPORTED, "(Gemm)|two values"},
    /* behind the network */
    {"Gemm x w1 > a; Softmax a > p; Softmax p > q", INK_UNSUPPORTED, "'q' (Softmax)|behind a softmax"},
    {"Gemm x w1 > a; Softmax a > p; Gemm p w2 > q", INK_UNSUPPORTED, "'q' (Gemm)|behind a softmax"},
    {"Gemm x w1 > a; Softmax a > p; Mul p half > q", INK_UNSUPPORTED, "'q' (Mul)|changes the answers"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Softmax l > p; Gather p only axis=1 > q", INK_UNSUPPORTED,
     "'q' (Gather)|all classes"},
    {"Gemm x w1 > a; Gather a turned axis=1 > q", INK_UNSUPPORTED, "'q' (Gather)|all classes"},
    {"Gather x turned axis=1 > g; Gemm g w2 > q", INK_UNSUPPORTED, "'g' (Gather)|parts of a value"},
    {"Gemm x w1 > a; ArgMax a axis=0 > q", INK_UNSUPPORTED, "'q' (ArgMax)|classes"},
    {"Gemm x w1 > a; ArgMax a axis=1 select_last_index=1 > q", INK_UNSUPPORTED, "(ArgMax)|last of equal"},
    {"ArgMax x axis=1 > q", INK_UNSUPPORTED, "(ArgMax)|last layer"},
    {"Gemm x w1 > a; ArgMax a axis=1 > q; ml:ArrayFeatureExtractor labels q > l", INK_UNSUPPORTED, "2 labels for 3"},
    {"Gemm x w1 > a; Relu a > r; Mul r half > q", INK_UNSUPPORTED, "'q' (Mul)|changes the answers"},
    {"Gemm x w1 > a; Clip a zero six > q", INK_UNSUPPORTED, "'q' (Clip)|changes the answers"},
    {"Gemm x w1 b1 > a; Relu a > r; MatMul r c > z; Sigmoid z > p; Greater p six > q", INK_UNSUPPORTED,
     "(Greater)|0.5"},
    {"Gemm x w1 > a; Sub one a > b; Concat b a axis=1 > q", INK_UNSUPPORTED, "'q' (Concat)|single output"},
    /* numbers that lose something */
    {"Cast x to=7 > i; Cast i to=1 > j; Gemm j w1 > a", INK_UNSUPPORTED, "'i' (Cast)|cuts decimals off"},
    {"Gemm x w1 > a; Cast a to=6 > b; Cast b to=1 > d; Gemm d w2 > e", INK_UNSUPPORTED, "'b' (Cast)|cuts decimals off"},
    {"Cast x to=9 > i; Gemm i w1 > a", INK_UNSUPPORTED, "'i' (Cast)"},
    {"Gemm x w1 > a; Clip a half > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (Clip)|bounds"},
    {"Gemm x w1 > a; PRelu a b1 > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (PRelu)|slope"},
    {"Gemm x w1 > a; Max a half > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (Max)|another number than 0"},
    {"Gemm x w1 > a; BatchNormalization a gain b1 gain var training_mode=1 > q; Gemm q w2 > l", INK_UNSUPPORTED,
     "'q' (BatchNormalization)|model.eval"},
    {"Gemm x w1 > a; BatchNormalization a b2 b1 gain var > q; Gemm q w2 > l", INK_UNSUPPORTED,
     "'q' (BatchNormalization)|each channel"},
    {"Gemm x w1 > a; Dropout a half one > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (Dropout)|training"},
    {"Gemm x w1 > a; Softplus w2 > k; Gemm a k > l", INK_UNSUPPORTED, "'k' (Softplus)|constant"},
    {"Reshape w1 b1 > k; Gemm x k > l", INK_UNSUPPORTED, "'k' (Reshape)|shape"},
    {"Reshape x one > k; Gemm k w1 > l", INK_UNSUPPORTED, "'k' (Reshape)|rows apart"},
    {"Shape x start=1 > k; Reshape x k > q; Gemm q w1 > l", INK_UNSUPPORTED, "'k' (Shape)|part"},
    /* several outputs */
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Gemm r w2 b2 > m; out l m", INK_UNSUPPORTED,
     "'l' and 'm'|different networks"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Tanh l > m; Gemm x w2 > n; out m l", INK_BAD_FILE, "last layer|tanh"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; ArgMax r axis=1 > m; out l m", INK_UNSUPPORTED,
     "'l' and 'm'|different networks"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Relu l > m; out l m", INK_UNSUPPORTED, "'m' (Relu)|another network"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; ArgMax l axis=1 > m; ml:ArrayFeatureExtractor labels m > n; "
     "ml:ZipMap l "
     "classlabels_int64s=1,2 > z; out n z",
     INK_UNSUPPORTED, "'z' (ZipMap)|otherwise"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; ml:ZipMap l classlabels_int64s=5,5 > z", INK_UNSUPPORTED, "one label"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Gather l turned axis=1 > t; ArgMax l axis=1 > m; out t m",
     INK_UNSUPPORTED, "different networks"},
};

static void refused(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        ink_model *model;
        graph_build(&g, refusals[i].lines, graph_row);
        net_reset(f, "");
        net_fails(f, graph_import(f, &g, &model), refusals[i].status, refusals[i].words);
        assert_null(model);
    }
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

/* What cannot be said by layers is refused. */
static void files_refused(void **state)
{
    static const char *const cases[][2] = {{"softmax-twice", "'y' (Softmax)|behind a softmax"},
                                           {"cast-to-int", "'i' (Cast)|cuts decimals off"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model;
        char path[256];
        snprintf(path, sizeof path, FIXTURES "onnx/%s.onnx", cases[i][0]);
        net_fails(f, ink_model_import(f->ctx, path, f->set, &model), INK_UNSUPPORTED, cases[i][1]);
    }
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

/* Files that say more than they have. */
static void hostile(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    ink_model *model;
    graph_build(&g, "Mul x half > s; Gemm s w1 b1 > a", (int64_t[]){1 << 20, 1 << 20, 0});
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "more columns than the file");
    graph_build(&g, "Gemm x w1 b1 > a", graph_row);
    g.dims[0][0] = 1 << 30;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "'w1'|numbers that its shape says");
    g.dims[0][0] = INT64_MAX;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "'w1'|no file can hold");
    g.dims[0][0] = -4;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "'w1'|no file can hold");
    graph_build(&g, "Gemm x w1 b1 > a", graph_row);
    g.tensors[0].data_type = 15;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "'w1'|type 15");
    g.tensors[0].data_type = INKI_ONNX_FLOAT;
    g.tensors[0].has_data_location = true;
    g.tensors[0].data_location = 1;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "'w1'|another file");
    graph_build(&g, "Gemm x w1 b1 > a; Gemm a w2 b2 > l", graph_row);
    g.value.name = NULL;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "does not depend on the rows");
    graph_build(&g, "Gemm x w1 b1 > a; Gemm a w2 b2 > l", graph_row);
    g.graph.n_output = 0;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "no output");
}

/* More nodes than a search by names should go through. */
static void long_chain(void **state)
{
    enum { MANY = 200000 };
    struct fixture *f = *state;
    ink_model *model;
    uint8_t *bytes = malloc(MANY * 5 + 64), *at = bytes;
    assert_non_null(bytes);
    *at++ = 0x3a; /* the graph; its length in four bytes */
    uint32_t length = MANY * 5;
    for (int b = 0; b < 4; b++, length >>= 7) *at++ = (uint8_t)((length & 127) | (b < 3 ? 128 : 0));
    for (size_t i = 0; i < MANY; i++, at += 5) memcpy(at, "\x0a\x03\x0a\x01x", 5); /* a node that takes x */
    struct inki_bytes content = {.data = bytes, .size = (size_t)(at - bytes)};
    net_fails(f, inki_import_bytes(f->ctx, "long.onnx", &content, f->set, &model), INK_UNSUPPORTED, "200000 nodes");
    free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(graphs_of_others),   TEST(graphs_alike),    TEST(behind_a_layer), TEST(softmax_behind_an_activation),
        TEST(weights_in_16_bits), TEST(class_names),     TEST(other_outputs),  TEST(whole_numbers),
        TEST(one_output),         TEST(refused),         TEST(hostile),        TEST(long_chain),
        TEST(out_of_memory),      TEST(files_of_others), TEST(files_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) { return 77; }

#endif
