/* onnx_write: a network as an ONNX file.
 * SPDX-License-Identifier: MIT
 *
 * input [batch][features], raw -> Sub, Mul (the scaling) -> Gemm, activation, … -> Gemm -> Softmax -> probabilities [batch][classes];
 * ArgMax of these (and Gather of the classes' names, where they are not 0, 1, …) -> label [batch]. The model's metadata become the
 * file's. Messages are built in blocks that are freed together. */
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include "base/little.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IR_VERSION = 8, OPSET = 17, NODES_A_LAYER = 7, NODES_MORE = 8, MOST_INPUTS = 3 };

/* What is being built. Failures are noted and seen at the end. */
struct build {
    ink_ctx *ctx;
    const struct inki_plain *plain;
    bool failed;
    void **blocks; /* all that was allocated */
    size_t block_count, block_room;
    Inki__Onnx__Model model;
    Inki__Onnx__Graph graph;
};

static void *take_memory(struct build *b, size_t count, size_t size)
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

static char *text(struct build *b, const char *value)
{
    size_t size = strlen(value) + 1;
    char *copy = take_memory(b, size, 1);
    if (copy) memcpy(copy, value, size);
    return copy;
}

/* ----------------------------------------------------------------------- parts */

static Inki__Onnx__Node *add_node(struct build *b, const char *op, const char *name,
                                  const char *const inputs[MOST_INPUTS], const char *output, const char *doc)
{
    Inki__Onnx__Node *node = take_memory(b, 1, sizeof *node);
    char **in = take_memory(b, MOST_INPUTS, sizeof *in), **out = take_memory(b, 1, sizeof *out);
    if (b->failed) return NULL;
    inki__onnx__node__init(node);
    node->op_type = text(b, op);
    node->name = text(b, name);
    node->input = in;
    for (size_t i = 0; i < MOST_INPUTS && inputs[i]; i++) in[node->n_input++] = text(b, inputs[i]);
    node->output = out;
    node->n_output = 1;
    out[0] = text(b, output);
    node->doc_string = doc ? text(b, doc) : NULL;
    b->graph.node[b->graph.n_node++] = node;
    return node;
}

static void add_int(struct build *b, Inki__Onnx__Node *node, const char *name, int64_t value)
{
    Inki__Onnx__Attribute *attribute = take_memory(b, 1, sizeof *attribute);
    if (!b->failed && !node->attribute) node->attribute = take_memory(b, 4, sizeof *node->attribute);
    if (b->failed) return;
    inki__onnx__attribute__init(attribute);
    attribute->name = text(b, name);
    attribute->has_type = attribute->has_i = true;
    attribute->type = INKI_ONNX_ATTRIBUTE_INT;
    attribute->i = value;
    node->attribute[node->n_attribute++] = attribute;
}

static void add_float(struct build *b, Inki__Onnx__Node *node, const char *name, float value)
{
    add_int(b, node, name, 0);
    if (b->failed) return;
    Inki__Onnx__Attribute *attribute = node->attribute[node->n_attribute - 1];
    attribute->has_i = false;
    attribute->has_f = true;
    attribute->type = INKI_ONNX_ATTRIBUTE_FLOAT;
    attribute->f = value;
}

static Inki__Onnx__Tensor *add_tensor(struct build *b, const char *name, int32_t type, const size_t *dims, size_t rank)
{
    Inki__Onnx__Tensor *tensor = take_memory(b, 1, sizeof *tensor);
    int64_t *sizes = take_memory(b, rank + 1, sizeof *sizes);
    if (b->failed) return NULL;
    inki__onnx__tensor__init(tensor);
    tensor->name = text(b, name);
    tensor->has_data_type = true;
    tensor->data_type = type;
    tensor->n_dims = rank;
    tensor->dims = sizes;
    for (size_t d = 0; d < rank; d++) sizes[d] = (int64_t)dims[d];
    b->graph.initializer[b->graph.n_initializer++] = tensor;
    return tensor;
}

static void add_floats(struct build *b, const char *name, const float *values, const size_t *dims, size_t rank)
{
    size_t count = 1;
    for (size_t d = 0; d < rank; d++) count *= dims[d];
    Inki__Onnx__Tensor *tensor = add_tensor(b, name, INKI_ONNX_FLOAT, dims, rank);
    uint8_t *bytes = take_memory(b, count, 4);
    if (b->failed) return;
    inki_floats_to_bytes(values, count, bytes);
    tensor->has_raw_data = true;
    tensor->raw_data = (ProtobufCBinaryData){4 * count, bytes};
}

/* ----------------------------------------------------------------------- layers */

/* The value that the next node takes. */
struct value {
    char name[64];
};

static void add_scaling(struct build *b, struct value *now)
{
    const struct inki_plain *plain = b->plain;
    const size_t features = plain->layers[0].inputs;
    bool shifted = false;
    if (!plain->factor) return;
    for (size_t i = 0; i < features; i++) shifted = shifted || plain->shift[i] != 0 || signbit(plain->shift[i]);
    if (shifted) {
        add_floats(b, "scale.shift", plain->shift, &features, 1);
        add_node(b, "Sub", "scale.sub", (const char *const[MOST_INPUTS]){now->name, "scale.shift"}, "scale.centred",
                 "the scaling that was fitted on the training rows");
        snprintf(now->name, sizeof now->name, "scale.centred");
    }
    add_floats(b, "scale.factor", plain->factor, &features, 1);
    add_node(b, "Mul", "scale.mul", (const char *const[MOST_INPUTS]){now->name, "scale.factor"}, "scale.output",
             shifted ? NULL : "the scaling that was fitted on the training rows");
    snprintf(now->name, sizeof now->name, "scale.output");
}

static void add_scalar(struct build *b, const char *name, float value) { add_floats(b, name, &value, NULL, 0); }

/* z (1 + erf(z / sqrt 2)) / 2 in the operators of opset 17, which has no Gelu. */
static void add_gelu(struct build *b, const char *layer, struct value *now)
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
    add_node(b, "Div", part[0], (const char *const[MOST_INPUTS]){now->name, "gelu.root"}, part[0], NULL);
    add_node(b, "Erf", part[1], (const char *const[MOST_INPUTS]){part[0]}, part[1], NULL);
    add_node(b, "Add", part[2], (const char *const[MOST_INPUTS]){part[1], "gelu.one"}, part[2], NULL);
    add_node(b, "Mul", part[3], (const char *const[MOST_INPUTS]){now->name, part[2]}, part[3], NULL);
    snprintf(now->name, sizeof now->name, "%.40s.gelu", layer);
    add_node(b, "Mul", now->name, (const char *const[MOST_INPUTS]){part[3], "gelu.half"}, now->name, NULL);
}

static void add_activation(struct build *b, const char *layer, enum inki_activation act, struct value *now)
{
    static const char *const ops[INKI_ACT_COUNT] = {[INKI_ACT_relu] = "Relu",
                                                    [INKI_ACT_leaky_relu] = "LeakyRelu",
                                                    [INKI_ACT_tanh] = "Tanh",
                                                    [INKI_ACT_sigmoid] = "Sigmoid"};
    char name[64];
    if (act == INKI_ACT_gelu) add_gelu(b, layer, now);
    if (!ops[act]) return;
    snprintf(name, sizeof name, "%.40s.%s", layer, inki_activation_name(act));
    Inki__Onnx__Node *node = add_node(b, ops[act], name, (const char *const[MOST_INPUTS]){now->name}, name, NULL);
    if (node && act == INKI_ACT_leaky_relu) add_float(b, node, "alpha", 0.01f);
    *now = (struct value){0};
    snprintf(now->name, sizeof now->name, "%s", name);
}

static void add_dense(struct build *b, const struct inki_plain_layer *layer, bool last, struct value *now)
{
    char weight[64], bias[64], output[64];
    snprintf(weight, sizeof weight, "%.40s.weight", layer->name);
    snprintf(bias, sizeof bias, "%.40s.bias", layer->name);
    snprintf(output, sizeof output, "%.40s.sum", last ? "output" : layer->name);
    add_floats(b, weight, layer->w, (size_t[]){layer->outputs, layer->inputs}, 2);
    add_floats(b, bias, layer->b, &layer->outputs, 1);
    Inki__Onnx__Node *node =
        add_node(b, "Gemm", layer->name, (const char *const[MOST_INPUTS]){now->name, weight, bias}, output, NULL);
    if (node) add_int(b, node, "transB", 1);
    snprintf(now->name, sizeof now->name, "%s", output);
    if (!last) add_activation(b, layer->name, layer->act, now);
}

/* ---------------------------------------------------------------------- answers */

/* The classes' names as numbers; false if one is none, or not written as a number is. */
static bool class_number(const char *name, int64_t *value)
{
    char again[32];
    double number;
    if (!inki_parse_real(name, &number) || number < -9e15 || number > 9e15) return false;
    *value = (int64_t)number;
    snprintf(again, sizeof again, "%lld", (long long)*value);
    return strcmp(again, name) == 0;
}

static void add_number_classes(struct build *b, const int64_t *numbers, size_t count)
{
    Inki__Onnx__Tensor *tensor = add_tensor(b, "classes", INKI_ONNX_INT64, &count, 1);
    int64_t *copy = take_memory(b, count, sizeof *copy);
    if (b->failed) return;
    memcpy(copy, numbers, count * sizeof *copy);
    tensor->n_int64_data = count;
    tensor->int64_data = copy;
}

static void add_text_classes(struct build *b, char *const *names, size_t count)
{
    Inki__Onnx__Tensor *tensor = add_tensor(b, "classes", INKI_ONNX_STRING, &count, 1);
    ProtobufCBinaryData *texts = take_memory(b, count, sizeof *texts);
    if (b->failed) return;
    for (size_t i = 0; i < count; i++) texts[i] = (ProtobufCBinaryData){strlen(names[i]), (uint8_t *)names[i]};
    tensor->n_string_data = count;
    tensor->string_data = texts;
}

/* Softmax, and the label: the place of the largest, or the class' name there. Returns the label's type. */
static int32_t add_answers(struct build *b, const struct value *now)
{
    const ink_model *model = b->plain->model;
    int64_t *numbers = take_memory(b, model->classes, sizeof *numbers);
    bool are_numbers = true, are_places = true;
    for (size_t i = 0; !b->failed && i < model->classes; i++) {
        are_numbers = are_numbers && class_number(model->class_names[i], &numbers[i]);
        are_places = are_places && are_numbers && numbers[i] == (int64_t)i;
    }
    Inki__Onnx__Node *softmax =
        add_node(b, "Softmax", "softmax", (const char *const[MOST_INPUTS]){now->name}, "probabilities", NULL);
    Inki__Onnx__Node *place = add_node(b, "ArgMax", "argmax", (const char *const[MOST_INPUTS]){now->name},
                                       are_places ? "label" : "class_index", "the first of the most probable classes");
    if (b->failed) return 0;
    add_int(b, softmax, "axis", 1);
    add_int(b, place, "axis", 1);
    add_int(b, place, "keepdims", 0);
    if (are_places) return INKI_ONNX_INT64;
    if (are_numbers)
        add_number_classes(b, numbers, model->classes);
    else
        add_text_classes(b, model->class_names, model->classes);
    add_node(b, "Gather", "label", (const char *const[MOST_INPUTS]){"classes", "class_index"}, "label",
             "the class of that place");
    return are_numbers ? INKI_ONNX_INT64 : INKI_ONNX_STRING;
}

/* ------------------------------------------------------------------------ graph */

/* A value of shape [batch] or, where width is not 0, [batch][width]. */
static Inki__Onnx__Value *make_value(struct build *b, const char *name, int32_t type, size_t width, const char *doc)
{
    struct {
        Inki__Onnx__Value value;
        Inki__Onnx__Type type;
        Inki__Onnx__TensorType tensor;
        Inki__Onnx__Shape shape;
        Inki__Onnx__Dimension dims[2], *list[2];
    } *all = take_memory(b, 1, sizeof *all);
    if (b->failed) return NULL;
    inki__onnx__value__init(&all->value);
    inki__onnx__type__init(&all->type);
    inki__onnx__tensor_type__init(&all->tensor);
    inki__onnx__shape__init(&all->shape);
    for (size_t d = 0; d < 2; d++) {
        inki__onnx__dimension__init(&all->dims[d]);
        all->list[d] = &all->dims[d];
    }
    all->dims[0].dim_param = text(b, "batch");
    all->dims[1].has_dim_value = true;
    all->dims[1].dim_value = (int64_t)width;
    all->shape.n_dim = width ? 2 : 1;
    all->shape.dim = all->list;
    all->tensor.has_elem_type = true;
    all->tensor.elem_type = type;
    all->tensor.shape = &all->shape;
    all->type.tensor_type = &all->tensor;
    all->value.type = &all->type;
    all->value.name = text(b, name);
    all->value.doc_string = text(b, doc);
    return &all->value;
}

static void set_values(struct build *b, int32_t label_type)
{
    const ink_model *model = b->plain->model;
    Inki__Onnx__Value **values = take_memory(b, 3, sizeof *values);
    char doc[256];
    if (b->failed) return;
    snprintf(doc, sizeof doc, "rows of %zu values as the data has them%s; the scaling is inside", model->features,
             strcmp(model->scaling, "255") == 0 ? ", 0 to 255" : "");
    values[0] = make_value(b, "input", INKI_ONNX_FLOAT, model->features, doc);
    values[1] = make_value(b, "label", label_type, 0, "the most probable class");
    values[2] = make_value(b, "probabilities", INKI_ONNX_FLOAT, model->classes,
                           "of the classes, in their order; a row adds up to 1");
    b->graph.input = values;
    b->graph.n_input = 1;
    b->graph.output = values + 1;
    b->graph.n_output = 2;
}

static void build_graph(struct build *b)
{
    const struct inki_plain *plain = b->plain;
    struct value now = {"input"};
    inki__onnx__graph__init(&b->graph);
    b->graph.node = take_memory(b, NODES_A_LAYER * plain->count + NODES_MORE, sizeof *b->graph.node);
    b->graph.initializer = take_memory(b, 2 * plain->count + NODES_MORE, sizeof *b->graph.initializer);
    b->graph.name = text(b, "inkling");
    if (b->failed) return;
    add_scaling(b, &now);
    for (size_t l = 0; l < plain->count && !b->failed; l++)
        add_dense(b, &plain->layers[l], l + 1 == plain->count, &now);
    set_values(b, add_answers(b, &now));
}

/* ------------------------------------------------------------------------ model */

static void set_metadata(struct build *b)
{
    json_t *metadata = b->plain->model->metadata, *value;
    const char *key;
    Inki__Onnx__Text **list = take_memory(b, json_object_size(metadata), sizeof *list);
    b->model.metadata_props = list;
    json_object_foreach(metadata, key, value)
    {
        Inki__Onnx__Text *one = take_memory(b, 1, sizeof *one);
        if (b->failed) return;
        inki__onnx__text__init(one);
        one->key = text(b, key);
        one->value = text(b, json_is_string(value) ? json_string_value(value) : "");
        list[b->model.n_metadata_props++] = one;
    }
}

static void build_model(struct build *b)
{
    const ink_model *of = b->plain->model;
    Inki__Onnx__OperatorSet *set = take_memory(b, 1, sizeof *set), **sets = take_memory(b, 1, sizeof *sets);
    struct inki_str doc = {.ctx = b->ctx};
    inki__onnx__model__init(&b->model);
    build_graph(b);
    inki_str_add(&doc, "%zu inputs (scale %s)%s%s | dense %zu softmax", of->features, of->scaling,
                 *of->notation ? " | " : "", of->notation, of->classes);
    if (!doc.failed) b->model.doc_string = text(b, doc.text);
    b->failed = b->failed || doc.failed;
    inki_free(b->ctx, doc.text);
    if (b->failed) return;
    inki__onnx__operator_set__init(set);
    set->domain = text(b, "");
    set->has_version = true;
    set->version = OPSET;
    sets[0] = set;
    b->model.opset_import = sets;
    b->model.n_opset_import = 1;
    b->model.has_ir_version = true;
    b->model.ir_version = IR_VERSION;
    b->model.producer_name = text(b, "inkling");
    b->model.producer_version = text(b, ink_version());
    b->model.graph = &b->graph;
    set_metadata(b);
}

/* Where the packed bytes go. */
struct sink {
    ProtobufCBuffer base;
    struct inki_writer *writer;
    ink_status status;
};

static void append(ProtobufCBuffer *buffer, size_t length, const uint8_t *bytes)
{
    struct sink *sink = (struct sink *)buffer;
    if (sink->status == INK_OK) sink->status = inki_write(sink->writer, bytes, length);
}

static ink_status write_message(const struct build *b, const char *path)
{
    struct inki_writer writer;
    if (inki__onnx__model__get_packed_size(&b->model) > INT32_MAX)
        return inki_fail(b->ctx, INK_UNSUPPORTED, "%s: the network is too large for ONNX, which holds 2 GB", path);
    INK_TRY(inki_write_begin(b->ctx, path, &writer));
    struct sink sink = {{append}, &writer, INK_OK};
    inki__onnx__model__pack_to_buffer(&b->model, &sink.base);
    if (sink.status == INK_OK) sink.status = inki_write_commit(&writer);
    if (sink.status != INK_OK) inki_write_abort(&writer);
    return sink.status;
}

ink_status inki_export_onnx(ink_ctx *ctx, const ink_model *model, const char *path)
{
    struct inki_plain plain;
    INK_TRY(inki_plain_begin(ctx, model, path, &inki_plain_common, &plain));
    struct build b = {.ctx = ctx, .plain = &plain};
    build_model(&b);
    ink_status status = b.failed ? INK_NO_MEMORY : write_message(&b, path);
    for (size_t i = 0; i < b.block_count; i++) inki_free(b.ctx, b.blocks[i]);
    inki_free(b.ctx, b.blocks);
    inki_plain_end(&plain);
    return status;
}

#else

ink_status inki_export_onnx(ink_ctx *ctx, const ink_model *model, const char *path)
{
    (void)model;
    return inki_fail(ctx, INK_UNSUPPORTED,
                     "%s: this build cannot write ONNX: it was built without protobuf-c (Debian: libprotobuf-c-dev and "
                     "protobuf-c-compiler)",
                     path);
}

#endif
