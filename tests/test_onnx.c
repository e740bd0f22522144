/* test_onnx: graphs as other programs write them become models that answer as the graph would; what is not known is refused by name.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "out/import.h"
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 24, FEATURES = 4, HIDDEN = 3, CLASSES = 2, ROOM = 1 << 16 };

/* A graph under construction; all in place, nothing is freed. */
struct graph {
    Inki__Onnx__Model model;
    Inki__Onnx__Graph graph;
    Inki__Onnx__Node nodes[MOST], *node_list[MOST];
    Inki__Onnx__Attribute attributes[MOST], *attribute_list[MOST];
    Inki__Onnx__Tensor tensors[MOST], *tensor_list[MOST];
    int64_t dims[MOST][2];
    char words[MOST][8][32], *inputs[MOST][4], *outputs[MOST][1];
    Inki__Onnx__Value value, *value_list[1];
    Inki__Onnx__Type type;
    Inki__Onnx__TensorType tensor_type;
    Inki__Onnx__Shape shape;
    Inki__Onnx__Dimension dim[4], *dim_list[4];
    uint8_t packed[ROOM];
};

static float w1[FEATURES * HIDDEN], w2[HIDDEN * CLASSES], b1[HIDDEN], b2[CLASSES], means[FEATURES], spreads[FEATURES];
static float one_column[HIDDEN];

static void add_tensor(struct graph *g, const char *name, const float *values, int64_t rows, int64_t columns)
{
    size_t n = g->graph.n_initializer++;
    Inki__Onnx__Tensor *tensor = &g->tensors[n];
    inki__onnx__tensor__init(tensor);
    tensor->name = (char *)(uintptr_t)name;
    tensor->has_data_type = true;
    tensor->data_type = INKI_ONNX_FLOAT;
    g->dims[n][0] = rows;
    g->dims[n][1] = columns;
    tensor->n_dims = columns ? 2 : rows ? 1 : 0;
    tensor->dims = g->dims[n];
    tensor->n_float_data = (size_t)((rows ? rows : 1) * (columns ? columns : 1));
    tensor->float_data = (float *)(uintptr_t)values;
    g->tensor_list[n] = tensor;
}

static void add_attribute(struct graph *g, Inki__Onnx__Node *node, const char *text)
{
    static char names[MOST][16];
    size_t n = (size_t)(node - g->nodes), length = strcspn(text, "=");
    Inki__Onnx__Attribute *attribute = &g->attributes[n];
    inki__onnx__attribute__init(attribute);
    snprintf(names[n], sizeof names[n], "%.*s", (int)length, text);
    attribute->name = names[n];
    attribute->has_i = attribute->has_f = true;
    attribute->i = strtoll(text + length + 1, NULL, 10);
    attribute->f = strtof(text + length + 1, NULL);
    g->attribute_list[n] = attribute;
    node->attribute = &g->attribute_list[n];
    node->n_attribute = 1;
}

/* "Gemm x w1 b1 transB=1 > y" */
static void add_node(struct graph *g, const char *line)
{
    size_t n = g->graph.n_node++, w = 0;
    Inki__Onnx__Node *node = &g->nodes[n];
    bool output = false;
    inki__onnx__node__init(node);
    g->node_list[n] = node;
    for (const char *at = line; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        char *word = g->words[n][w++];
        snprintf(word, 32, "%.*s", (int)length, at);
        at += length;
        if (strchr(word, '='))
            add_attribute(g, node, word);
        else if (strcmp(word, ">") == 0)
            output = true;
        else if (!node->op_type)
            node->op_type = word;
        else if (output)
            g->outputs[n][node->n_output++] = word;
        else
            g->inputs[n][node->n_input++] = word;
    }
    node->input = g->inputs[n];
    node->output = g->outputs[n];
    node->name = node->n_output ? g->outputs[n][0] : NULL;
}

/* Lines separated by ;. The input is x, [batch] and then `sides`, 0 at the end. */
static void build(struct graph *g, const char *lines, const int64_t sides[3])
{
    static const float half = 0.5f, root = 1.41421356f, one = 1, whole = 255, flat[2] = {-1, FEATURES}, zero = 0;
    memset(g, 0, sizeof *g);
    inki__onnx__model__init(&g->model);
    inki__onnx__graph__init(&g->graph);
    inki__onnx__value__init(&g->value);
    inki__onnx__type__init(&g->type);
    inki__onnx__tensor_type__init(&g->tensor_type);
    inki__onnx__shape__init(&g->shape);
    for (size_t d = 0; d < 4; d++) {
        inki__onnx__dimension__init(&g->dim[d]);
        g->dim_list[d] = &g->dim[d];
        if (d == 0 || !sides[d - 1]) continue;
        g->dim[d].has_dim_value = true;
        g->dim[d].dim_value = sides[d - 1];
        g->shape.n_dim = d + 1;
    }
    g->shape.dim = g->dim_list;
    g->tensor_type.shape = &g->shape;
    g->type.tensor_type = &g->tensor_type;
    g->value.type = &g->type;
    g->value.name = (char *)(uintptr_t) "x";
    g->value_list[0] = &g->value;
    g->graph.input = g->value_list;
    g->graph.n_input = 1;
    g->graph.node = g->node_list;
    g->graph.initializer = g->tensor_list;
    g->model.graph = &g->graph;
    add_tensor(g, "w1", w1, FEATURES, HIDDEN);
    add_tensor(g, "w1t", w1, HIDDEN, FEATURES);
    add_tensor(g, "b1", b1, HIDDEN, 0);
    add_tensor(g, "w2", w2, HIDDEN, CLASSES);
    add_tensor(g, "b2", b2, 1, CLASSES);
    add_tensor(g, "c", one_column, HIDDEN, 1);
    add_tensor(g, "mean", means, FEATURES, 0);
    add_tensor(g, "spread", spreads, 1, FEATURES);
    add_tensor(g, "half", &half, 0, 0);
    add_tensor(g, "root", &root, 0, 0);
    add_tensor(g, "one", &one, 1, 0);
    add_tensor(g, "255", &whole, 1, 0);
    add_tensor(g, "flat", flat, 2, 0);
    add_tensor(g, "zero", &zero, 0, 0);
    for (const char *at = lines; *at; at += strspn(at, "; ")) {
        char line[128];
        size_t length = strcspn(at, ";");
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        add_node(g, line);
        at += length;
    }
}

static const int64_t row[3] = {FEATURES, 0, 0};

static ink_status import(struct fixture *f, struct graph *g, ink_model **out)
{
    size_t size = inki__onnx__model__get_packed_size(&g->model);
    assert_true(size <= ROOM);
    inki__onnx__model__pack(&g->model, g->packed);
    struct inki_bytes content = {.data = g->packed, .size = size};
    return inki_import_bytes(f->ctx, "g.onnx", &content, f->set, out);
}

static void fill(void)
{
    net_values(1, FEATURES * HIDDEN, -1, 1, w1);
    net_values(2, HIDDEN * CLASSES, -1, 1, w2);
    net_values(3, HIDDEN, -1, 1, b1);
    net_values(4, CLASSES, -1, 1, b2);
    net_values(5, FEATURES, -1, 1, means);
    net_values(6, FEATURES, 1, 2, spreads);
    net_values(7, HIDDEN, -1, 1, one_column);
}

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
    bool turned; /* w1 is (outputs, inputs) */
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
     "Cast x > i; Sub i mean > s; Div s spread > d; MatMul d w1 > m; Add m b1 > a; Sigmoid a > t; MatMul t w2 > n; "
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
        if (meaning->scale == STANDARD) u = (u - (double)means[i]) / (double)spreads[i];
        if (meaning->scale == BYTES) u /= 255;
        sum += u * (double)w1[meaning->turned ? o * FEATURES + i : i * HIDDEN + o];
    }
    return meaning->factor * sum + (meaning->bias ? (double)b1[o] : 0);
}

static double second_probability(const struct meaning *meaning, const float *x)
{
    double z[CLASSES];
    for (size_t c = 0; c < CLASSES; c++) {
        z[c] = (double)b2[c];
        for (size_t o = 0; o < HIDDEN; o++)
            z[c] += meaning->act(first_layer(meaning, x, o)) * (double)w2[o * CLASSES + c];
    }
    return 1 / (1 + exp(z[0] - z[1]));
}

static void graphs_of_others(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    const float x[FEATURES] = {0.3f, -1.2f, 0.8f, 2.1f};
    fill();
    for (size_t i = 0; i < COUNT(meanings); i++) {
        ink_model *model;
        float p[CLASSES];
        build(&g, meanings[i].lines, row);
        net_reset(f, "");
        if (import(f, &g, &model) != INK_OK) fail_msg("%s: %s", meanings[i].name, ink_ctx_message(f->ctx));
        assert_string_equal(model->notation, meanings[i].notation);
        net_ok(f, ink_predict(f->ctx, model, 1, x, p));
        if (!(fabs((double)p[1] - second_probability(&meanings[i], x)) < 1e-5))
            fail_msg("%s: another answer", meanings[i].name);
        ink_model_free(model);
    }
}

/* One output behind a sigmoid: two classes. Pictures keep their shape. */
static void one_output(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    const float x[FEATURES] = {0.3f, -1.2f, 0.8f, 2.1f};
    ink_model *model;
    ink_model_info info;
    float p[2];
    double z = 0;
    fill();
    build(&g, "Flatten x > f; Gemm f w1 b1 > a; Relu a > r; MatMul r c > z; Sigmoid z > p", (int64_t[]){1, 2, 2});
    net_ok(f, import(f, &g, &model));
    net_ok(f, ink_predict(f->ctx, model, 1, x, p));
    for (size_t o = 0; o < HIDDEN; o++)
        z += relu(first_layer(&(struct meaning){.bias = true, .factor = 1}, x, o)) * (double)one_column[o];
    net_near((double)p[1], logistic(z), 1e-5);
    ink_model_describe(model, &info);
    assert_true(info.height == 2 && info.width == 2 && info.classes == 2);
    ink_model_free(model);
}

static void refused(void **state)
{
    static const struct {
        const char *lines;
        ink_status status;
        const char *words;
    } cases[] = {
        {"Conv x w1 > c; Softmax c > p", INK_UNSUPPORTED, "g.onnx|node 'c' (Conv)|is not known"},
        {"Gemm x w1 b1 > a; Softplus a > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "'s' (Softplus)"},
        {"Gemm x w1 b1 > a; LeakyRelu a alpha=0.2 > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "(LeakyRelu)|slope"},
        {"Gemm x w1 b1 > a; Relu a > s; Relu s > t; Gemm t w2 b2 > l", INK_UNSUPPORTED, "'t' (Relu)|in front"},
        {"Relu x > t; Gemm t w1 b1 > l", INK_UNSUPPORTED, "(Relu)"},
        {"Gemm w1 x b1 > a", INK_UNSUPPORTED, "other way round"},
        {"Gemm x w1 b1 transA=1 > a", INK_UNSUPPORTED, "other way round"},
        {"MatMul x x > a", INK_UNSUPPORTED, "(MatMul)|two values"},
        {"Gemm x w1 b1 > a; Mul a b1 > m; Gemm m w2 b2 > l", INK_UNSUPPORTED, "(Mul)|behind a layer"},
        {"Gemm x w1 b2 > a; Gemm a w2 b2 > l", INK_UNSUPPORTED, "no bias"},
        {"Gemm x w1 b1 > a; Add a x > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "(Add)|two values"},
        {"Sub mean x > s; Gemm s w1 b1 > a", INK_UNSUPPORTED, "away from a constant"},
        {"Sub x b1 > s; Gemm s w1 b1 > a", INK_UNSUPPORTED, "columns of the input"},
        {"Mul x zero > s; Sub s one > t; Gemm t w1 b1 > a", INK_UNSUPPORTED, "multiplied by 0"},
        {"Gemm x w1 b1 > a; Softmax a axis=0 > l", INK_UNSUPPORTED, "(Softmax)|classes"},
        {"Softmax x > l", INK_UNSUPPORTED, "(Softmax)|in front"},
        {"Transpose x > t; Gemm t w1 b1 > a", INK_UNSUPPORTED, "(Transpose)"},
        {"Gemm x w2 b2 > a", INK_BAD_FILE, "first layer takes 3|has 4"},
        {"Gemm x w1 b1 > a; Gemm a w1 b1 > l", INK_BAD_FILE, "layer 2 takes 4|gives 3"},
        {"Gemm x w1 b1 > a; Relu a > s", INK_BAD_FILE, "last layer|relu"},
        {"Identity y > z", INK_BAD_FILE, "no layer"},
        {"Identity x > x", INK_UNSUPPORTED, "circle"},
        {"Identity x > y; Identity y > x", INK_UNSUPPORTED, "circle"},
        {"Gemm x b1 > a", INK_UNSUPPORTED, "no matrix"},
    };
    struct fixture *f = *state;
    static struct graph g;
    fill();
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model;
        build(&g, cases[i].lines, row);
        net_reset(f, "");
        net_fails(f, import(f, &g, &model), cases[i].status, cases[i].words);
        assert_null(model);
    }
}

/* Files that say more than they have. */
static void hostile(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    ink_model *model;
    fill();
    build(&g, "Mul x half > s; Gemm s w1 b1 > a", (int64_t[]){1 << 20, 1 << 20, 0});
    net_fails(f, import(f, &g, &model), INK_UNSUPPORTED, "more columns than the file");
    build(&g, "Gemm x w1 b1 > a", row);
    g.dims[0][0] = 1 << 30;
    net_fails(f, import(f, &g, &model), INK_BAD_FILE, "'w1'|numbers that its shape says");
    g.dims[0][0] = INT64_MAX;
    net_fails(f, import(f, &g, &model), INK_BAD_FILE, "'w1'|no file can hold");
    g.dims[0][0] = -4;
    net_fails(f, import(f, &g, &model), INK_BAD_FILE, "'w1'|no file can hold");
    build(&g, "Gemm x w1 b1 > a", row);
    g.tensors[0].data_type = 16;
    net_fails(f, import(f, &g, &model), INK_UNSUPPORTED, "'w1'|type 16");
    g.tensors[0].data_type = INKI_ONNX_FLOAT;
    g.tensors[0].has_data_location = true;
    g.tensors[0].data_location = 1;
    net_fails(f, import(f, &g, &model), INK_UNSUPPORTED, "'w1'|another file");
    build(&g, "Gemm x w1 b1 > a; Gemm a w2 b2 > l", row);
    g.value.name = NULL;
    net_fails(f, import(f, &g, &model), INK_UNSUPPORTED, "0 inputs");
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
        TEST(graphs_of_others), TEST(one_output), TEST(refused), TEST(hostile), TEST(long_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) { return 77; }

#endif
