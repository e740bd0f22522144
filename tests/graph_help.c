/* graph_help: ONNX graphs as other programs write them, from lines of text.
 * SPDX-License-Identifier: MIT */
#include "graph_help.h"

#ifdef INKI_HAVE_ONNX

#include "out/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

float graph_w1[FEATURES * HIDDEN], graph_w2[HIDDEN * CLASSES], graph_b1[HIDDEN], graph_b2[CLASSES],
    graph_means[FEATURES], graph_spreads[FEATURES];
float graph_column[HIDDEN], graph_gains[HIDDEN], graph_variances[HIDDEN];
static int64_t labels[CLASSES] = {7, 3}, turned[CLASSES] = {1, 0}, one_class[1] = {1};
int32_t graph_halves[FEATURES * HIDDEN], graph_brains[FEATURES * HIDDEN];
static ProtobufCBinaryData words[CLASSES] = {{3, (uint8_t *)"ant"}, {3, (uint8_t *)"bee"}};

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

/* A tensor of another type, whose numbers the caller adds. */
static Inki__Onnx__Tensor *add_typed(struct graph *g, const char *name, int32_t type, int64_t rows, int64_t columns)
{
    add_tensor(g, name, NULL, rows, columns);
    Inki__Onnx__Tensor *tensor = &g->tensors[g->graph.n_initializer - 1];
    tensor->data_type = type;
    tensor->n_float_data = 0;
    return tensor;
}

/* A list, by its first value a list of numbers with a point, of integers, or of words. */
static void add_list(struct graph *g, Inki__Onnx__Attribute *attribute, size_t n, size_t k, const char *text)
{
    size_t count = 0;
    for (const char *at = text; *at; at += strspn(at, ","), count++) {
        size_t length = strcspn(at, ",");
        snprintf(g->texts[n][k][count], sizeof g->texts[n][k][count], "%.*s", (int)length, at);
        g->ints[n][k][count] = strtoll(at, NULL, 10);
        g->floats[n][k][count] = strtof(at, NULL);
        g->strings[n][k][count] = (ProtobufCBinaryData){length, (uint8_t *)g->texts[n][k][count]};
        at += length;
    }
    if (strchr(text, '.'))
        attribute->n_floats = count, attribute->floats = g->floats[n][k];
    else if (strspn(text, "-0123456789"))
        attribute->n_ints = count, attribute->ints = g->ints[n][k];
    else
        attribute->n_strings = count, attribute->strings = g->strings[n][k];
}

/* "axis=1", a list "axes=1,", or "value=w1", a tensor. */
static void add_attribute(struct graph *g, Inki__Onnx__Node *node, const char *text)
{
    size_t n = (size_t)(node - g->nodes), k = node->n_attribute++, length = strcspn(text, "=");
    Inki__Onnx__Attribute *attribute = &g->attributes[n][k];
    const char *value = text + length + 1;
    inki__onnx__attribute__init(attribute);
    snprintf(g->attribute_names[n][k], sizeof g->attribute_names[n][k], "%.*s", (int)length, text);
    attribute->name = g->attribute_names[n][k];
    attribute->has_i = attribute->has_f = true;
    attribute->i = strtoll(value, NULL, 10);
    attribute->f = strtof(value, NULL);
    for (size_t i = 0; i < g->graph.n_initializer; i++)
        if (strcmp(g->tensors[i].name, value) == 0) attribute->t = &g->tensors[i];
    if (strchr(value, ',')) add_list(g, attribute, n, k, value);
    g->attribute_list[n][k] = attribute;
    node->attribute = g->attribute_list[n];
}

/* "Gemm x w1 b1 transB=1 > y"; "ml:" in front of an operator of ai.onnx.ml. */
static void add_node(struct graph *g, const char *line)
{
    size_t n = g->graph.n_node++, w = 0;
    Inki__Onnx__Node *node = &g->nodes[n];
    bool output = false;
    assert_true(n < MOST);
    inki__onnx__node__init(node);
    g->node_list[n] = node;
    for (const char *at = line; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        char *word = g->words[n][w++];
        snprintf(word, sizeof g->words[n][0], "%.*s", (int)length, at);
        at += length;
        if (strchr(word, '='))
            add_attribute(g, node, word);
        else if (strcmp(word, ">") == 0)
            output = true;
        else if (!node->op_type && strncmp(word, "ml:", 3) == 0)
            node->op_type = word + 3, node->domain = (char *)(uintptr_t) "ai.onnx.ml";
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

static void add_output(struct graph *g, const char *name)
{
    size_t n = g->graph.n_output++;
    inki__onnx__value__init(&g->output_values[n]);
    g->output_values[n].name = (char *)(uintptr_t)name;
    g->output_list[n] = &g->output_values[n];
}

/* "out p label" names outputs; without such a line the last node's is the only one. */
static void add_line(struct graph *g, const char *line)
{
    static char names[LIST][32];
    if (strncmp(line, "out ", 4) != 0) {
        add_node(g, line);
        return;
    }
    for (const char *at = line + 4; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " "), n = g->graph.n_output;
        snprintf(names[n], sizeof names[n], "%.*s", (int)length, at);
        add_output(g, names[n]);
        at += length;
    }
}

/* An input x of shape [batch] and then `sides`, 0 at the end. */
static void add_input(struct graph *g, const int64_t sides[3])
{
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
}

static void add_numbers(struct graph *g)
{
    static const float half = 0.5f, root = 1.41421356f, one = 1, whole = 255, flat[2] = {-1, FEATURES}, zero = 0,
                       six = 6, inverse = 0.70710678f, slope[HIDDEN] = {0.01f, 0.01f, 0.01f}, open[1] = {-1},
                       low = -0.25f;
    add_tensor(g, "half", &half, 0, 0);
    add_tensor(g, "root", &root, 0, 0);
    add_tensor(g, "inverse", &inverse, 0, 0);
    add_tensor(g, "one", &one, 1, 0);
    add_tensor(g, "255", &whole, 1, 0);
    add_tensor(g, "flat", flat, 2, 0);
    add_tensor(g, "open", open, 1, 0);
    add_tensor(g, "zero", &zero, 0, 0);
    add_tensor(g, "six", &six, 0, 0);
    add_tensor(g, "low", &low, 0, 0);
    add_tensor(g, "slope", slope, HIDDEN, 0);
}

static void add_weights(struct graph *g)
{
    add_tensor(g, "w1", graph_w1, FEATURES, HIDDEN);
    add_tensor(g, "w1t", graph_w1, HIDDEN, FEATURES);
    add_tensor(g, "b1", graph_b1, HIDDEN, 0);
    add_tensor(g, "w2", graph_w2, HIDDEN, CLASSES);
    add_tensor(g, "b2", graph_b2, 1, CLASSES);
    add_tensor(g, "c", graph_column, HIDDEN, 1);
    add_tensor(g, "mean", graph_means, FEATURES, 0);
    add_tensor(g, "spread", graph_spreads, 1, FEATURES);
    add_tensor(g, "c1", graph_column, HIDDEN, 0);
    add_tensor(g, "gain", graph_gains, HIDDEN, 0);
    add_tensor(g, "var", graph_variances, HIDDEN, 0);
    Inki__Onnx__Tensor *tensor = add_typed(g, "w1half", INKI_ONNX_FLOAT16, FEATURES, HIDDEN);
    tensor->n_int32_data = FEATURES * HIDDEN, tensor->int32_data = graph_halves;
    tensor = add_typed(g, "w1brain", INKI_ONNX_BFLOAT16, FEATURES, HIDDEN);
    tensor->n_int32_data = FEATURES * HIDDEN, tensor->int32_data = graph_brains;
    tensor = add_typed(g, "labels", INKI_ONNX_INT64, CLASSES, 0);
    tensor->n_int64_data = CLASSES, tensor->int64_data = labels;
    tensor = add_typed(g, "turned", INKI_ONNX_INT64, CLASSES, 0);
    tensor->n_int64_data = CLASSES, tensor->int64_data = turned;
    tensor = add_typed(g, "only", INKI_ONNX_INT64, 1, 0);
    tensor->n_int64_data = 1, tensor->int64_data = one_class;
    tensor = add_typed(g, "words", INKI_ONNX_STRING, CLASSES, 0);
    tensor->n_string_data = CLASSES, tensor->string_data = words;
}

static void graph_fill(void)
{
    net_values(1, FEATURES * HIDDEN, -1, 1, graph_w1);
    net_values(2, HIDDEN * CLASSES, -1, 1, graph_w2);
    net_values(3, HIDDEN, -1, 1, graph_b1);
    net_values(4, CLASSES, -1, 1, graph_b2);
    net_values(5, FEATURES, -1, 1, graph_means);
    net_values(6, FEATURES, 1, 2, graph_spreads);
    net_values(7, HIDDEN, -1, 1, graph_column);
    net_values(8, HIDDEN, 0.5f, 2, graph_gains);
    net_values(9, HIDDEN, 0.5f, 2, graph_variances);
}

/* Lines separated by ; with the input of `sides`. */
void graph_build(struct graph *g, const char *lines, const int64_t sides[3])
{
    memset(g, 0, sizeof *g);
    graph_fill();
    inki__onnx__model__init(&g->model);
    inki__onnx__graph__init(&g->graph);
    add_input(g, sides);
    g->graph.node = g->node_list;
    g->graph.initializer = g->tensor_list;
    g->graph.output = g->output_list;
    g->model.graph = &g->graph;
    add_weights(g);
    add_numbers(g);
    for (const char *at = lines; *at; at += strspn(at, "; ")) {
        char line[160];
        size_t length = strcspn(at, ";");
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        add_line(g, line);
        at += length;
    }
    if (g->graph.n_output == 0) add_output(g, g->outputs[g->graph.n_node - 1][0]);
}

const int64_t graph_row[3] = {FEATURES, 0, 0};

ink_status graph_import(struct fixture *f, struct graph *g, ink_model **out)
{
    size_t size = inki__onnx__model__get_packed_size(&g->model);
    assert_true(size <= ROOM);
    inki__onnx__model__pack(&g->model, g->packed);
    struct inki_bytes content = {.data = g->packed, .size = size};
    return inki_import_bytes(f->ctx, "g.onnx", &content, f->set, out);
}

#endif
