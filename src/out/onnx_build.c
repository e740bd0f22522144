/* onnx_build: the parts that an ONNX graph is put together from.
 * SPDX-License-Identifier: MIT */
#include "out/onnx_build.h"

#ifdef INKI_HAVE_ONNX

#include "base/little.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

void *inki_onnx_memory(struct inki_onnx_build *b, size_t count, size_t size)
{
    if (b->block_count == b->block_room && !b->failed) {
        size_t room = b->block_room * 2 + 64;
        void **blocks = inki_grow(b->ctx, b->blocks, b->block_count, room, sizeof *blocks);
        if (blocks) {
            b->blocks = blocks;
            b->block_room = room;
        }
        b->failed = !blocks;
    }
    void *block = b->failed ? NULL : inki_zalloc(b->ctx, count, size);
    if (block)
        b->blocks[b->block_count++] = block;
    else
        b->failed = true;
    return block;
}

char *inki_onnx_text(struct inki_onnx_build *b, const char *value)
{
    size_t size = strlen(value) + 1;
    char *copy = inki_onnx_memory(b, size, 1);
    if (copy) memcpy(copy, value, size);
    return copy;
}

/* ----------------------------------------------------------------------- parts */

Inki__Onnx__Node *inki_onnx_add_node(struct inki_onnx_build *b, const char *op, const char *name,
                                     const char *const inputs[INKI_ONNX_INPUTS], const char *output, const char *doc)
{
    Inki__Onnx__Node *node = inki_onnx_memory(b, 1, sizeof *node);
    char **in = inki_onnx_memory(b, INKI_ONNX_INPUTS, sizeof *in), **out = inki_onnx_memory(b, 1, sizeof *out);
    if (b->failed) return NULL;
    inki__onnx__node__init(node);
    node->op_type = inki_onnx_text(b, op);
    node->name = inki_onnx_text(b, name);
    node->input = in;
    for (size_t i = 0; i < INKI_ONNX_INPUTS && inputs[i]; i++) in[node->n_input++] = inki_onnx_text(b, inputs[i]);
    node->output = out;
    node->n_output = 1;
    out[0] = inki_onnx_text(b, output);
    node->doc_string = doc ? inki_onnx_text(b, doc) : NULL;
    b->graph.node[b->graph.n_node++] = node;
    return node;
}

void inki_onnx_add_int(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, int64_t value)
{
    Inki__Onnx__Attribute *attribute = inki_onnx_memory(b, 1, sizeof *attribute);
    if (!b->failed && !node->attribute) node->attribute = inki_onnx_memory(b, 6, sizeof *node->attribute);
    if (b->failed) return;
    inki__onnx__attribute__init(attribute);
    attribute->name = inki_onnx_text(b, name);
    attribute->has_type = attribute->has_i = true;
    attribute->type = INKI_ONNX_ATTRIBUTE_INT;
    attribute->i = value;
    node->attribute[node->n_attribute++] = attribute;
}

void inki_onnx_add_ints(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, const int64_t *values,
                        size_t count)
{
    int64_t *copy = inki_onnx_memory(b, count, sizeof *copy);
    inki_onnx_add_int(b, node, name, 0);
    if (b->failed) return;
    Inki__Onnx__Attribute *attribute = node->attribute[node->n_attribute - 1];
    memcpy(copy, values, count * sizeof *copy);
    attribute->has_i = false;
    attribute->type = INKI_ONNX_ATTRIBUTE_INTS;
    attribute->ints = copy;
    attribute->n_ints = count;
}

void inki_onnx_add_float(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, float value)
{
    inki_onnx_add_int(b, node, name, 0);
    if (b->failed) return;
    Inki__Onnx__Attribute *attribute = node->attribute[node->n_attribute - 1];
    attribute->has_i = false;
    attribute->has_f = true;
    attribute->type = INKI_ONNX_ATTRIBUTE_FLOAT;
    attribute->f = value;
}

void inki_onnx_add_float_list(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, const float *values,
                              size_t count)
{
    float *copy = inki_onnx_memory(b, count, sizeof *copy);
    inki_onnx_add_int(b, node, name, 0);
    if (b->failed) return;
    Inki__Onnx__Attribute *attribute = node->attribute[node->n_attribute - 1];
    memcpy(copy, values, count * sizeof *copy);
    attribute->has_i = false;
    attribute->type = INKI_ONNX_ATTRIBUTE_FLOATS;
    attribute->floats = copy;
    attribute->n_floats = count;
}

void inki_onnx_add_strings(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, char *const *values,
                           size_t count)
{
    ProtobufCBinaryData *texts = inki_onnx_memory(b, count, sizeof *texts);
    inki_onnx_add_int(b, node, name, 0);
    if (b->failed) return;
    Inki__Onnx__Attribute *attribute = node->attribute[node->n_attribute - 1];
    for (size_t i = 0; i < count; i++) texts[i] = (ProtobufCBinaryData){strlen(values[i]), (uint8_t *)values[i]};
    attribute->has_i = false;
    attribute->type = INKI_ONNX_ATTRIBUTE_STRINGS;
    attribute->strings = texts;
    attribute->n_strings = count;
}

void inki_onnx_add_concat(struct inki_onnx_build *b, const char *const *from, size_t count, const char *output)
{
    char **in = inki_onnx_memory(b, count, sizeof *in);
    Inki__Onnx__Node *node =
        inki_onnx_add_node(b, "Concat", output, (const char *const[INKI_ONNX_INPUTS]){NULL}, output, NULL);
    if (node) inki_onnx_add_int(b, node, "axis", 1);
    for (size_t i = 0; in && i < count; i++) in[i] = inki_onnx_text(b, from[i]);
    if (b->failed) return;
    node->input = in;
    node->n_input = count;
}

Inki__Onnx__Tensor *inki_onnx_add_tensor(struct inki_onnx_build *b, const char *name, int32_t type, const size_t *dims,
                                         size_t rank)
{
    Inki__Onnx__Tensor *tensor = inki_onnx_memory(b, 1, sizeof *tensor);
    int64_t *sizes = inki_onnx_memory(b, rank + 1, sizeof *sizes);
    if (b->failed) return NULL;
    inki__onnx__tensor__init(tensor);
    tensor->name = inki_onnx_text(b, name);
    tensor->has_data_type = true;
    tensor->data_type = type;
    tensor->n_dims = rank;
    tensor->dims = sizes;
    for (size_t d = 0; d < rank; d++) sizes[d] = (int64_t)dims[d];
    b->graph.initializer[b->graph.n_initializer++] = tensor;
    return tensor;
}

void inki_onnx_add_floats(struct inki_onnx_build *b, const char *name, const float *values, const size_t *dims,
                          size_t rank)
{
    size_t count = 1;
    for (size_t d = 0; d < rank; d++) count *= dims[d];
    Inki__Onnx__Tensor *tensor = inki_onnx_add_tensor(b, name, INKI_ONNX_FLOAT, dims, rank);
    uint8_t *bytes = inki_onnx_memory(b, count, 4);
    if (b->failed) return;
    inki_floats_to_bytes(values, count, bytes);
    tensor->has_raw_data = true;
    tensor->raw_data = (ProtobufCBinaryData){4 * count, bytes};
}

void inki_onnx_add_int64s(struct inki_onnx_build *b, const char *name, const int64_t *values, size_t count)
{
    Inki__Onnx__Tensor *tensor = inki_onnx_add_tensor(b, name, INKI_ONNX_INT64, &count, 1);
    int64_t *copy = inki_onnx_memory(b, count, sizeof *copy);
    if (b->failed) return;
    memcpy(copy, values, count * sizeof *copy);
    tensor->n_int64_data = count;
    tensor->int64_data = copy;
}

static void add_scalar(struct inki_onnx_build *b, const char *name, float value)
{
    inki_onnx_add_floats(b, name, &value, NULL, 0);
}

/* z (1 + erf(z / sqrt 2)) / 2 in the operators of opset 17, which has no Gelu. */
static const char *const operators[INKI_ACT_COUNT] = {[INKI_ACT_relu] = "Relu",
                                                      [INKI_ACT_leaky_relu] = "LeakyRelu",
                                                      [INKI_ACT_tanh] = "Tanh",
                                                      [INKI_ACT_sigmoid] = "Sigmoid"};

static void add_gelu(struct inki_onnx_build *b, const char *layer, struct inki_onnx_name *now)
{
    char part[4][64];
    static const char *const ends[] = {"root", "erf", "plus", "times"};
    for (size_t i = 0; i < 4; i++) snprintf(part[i], sizeof part[i], "%.40s.gelu.%s", layer, ends[i]);
    bool first = true;
    for (size_t i = 0; !b->failed && i < b->graph.n_initializer; i++)
        if (strcmp(b->graph.initializer[i]->name, "gelu.half") == 0) first = false;
    if (first) {
        add_scalar(b, "gelu.root", 1.41421356f);
        add_scalar(b, "gelu.one", 1);
        add_scalar(b, "gelu.half", 0.5f);
    }
    if (b->failed) return;
    inki_onnx_add_node(b, "Div", part[0], (const char *const[INKI_ONNX_INPUTS]){now->name, "gelu.root"}, part[0], NULL);
    inki_onnx_add_node(b, "Erf", part[1], (const char *const[INKI_ONNX_INPUTS]){part[0]}, part[1], NULL);
    inki_onnx_add_node(b, "Add", part[2], (const char *const[INKI_ONNX_INPUTS]){part[1], "gelu.one"}, part[2], NULL);
    inki_onnx_add_node(b, "Mul", part[3], (const char *const[INKI_ONNX_INPUTS]){now->name, part[2]}, part[3], NULL);
    snprintf(now->name, sizeof now->name, "%.40s.gelu", layer);
    inki_onnx_add_node(b, "Mul", now->name, (const char *const[INKI_ONNX_INPUTS]){part[3], "gelu.half"}, now->name,
                       NULL);
}

bool inki_onnx_has_activation(enum inki_activation act)
{
    return act == INKI_ACT_identity || act == INKI_ACT_gelu || operators[act];
}

void inki_onnx_add_activation(struct inki_onnx_build *b, const char *layer, enum inki_activation act,
                              struct inki_onnx_name *now)
{
    char name[64];
    if (act == INKI_ACT_gelu) add_gelu(b, layer, now);
    if (!operators[act]) return;
    snprintf(name, sizeof name, "%.40s.%s", layer, inki_activation_name(act));
    Inki__Onnx__Node *node =
        inki_onnx_add_node(b, operators[act], name, (const char *const[INKI_ONNX_INPUTS]){now->name}, name, NULL);
    if (node && act == INKI_ACT_leaky_relu) inki_onnx_add_float(b, node, "alpha", 0.01f);
    *now = (struct inki_onnx_name){0};
    snprintf(now->name, sizeof now->name, "%s", name);
}

#endif
