/* onnx_write: a network as an ONNX file.
 * SPDX-License-Identifier: MIT
 *
 * input [batch][features], raw -> Sub, Mul (the scaling) -> Gemm, activation, … -> Gemm -> Softmax -> probabilities [batch][classes];
 * ArgMax of these (and Gather of the classes' names, where they are not 0, 1, …) -> label [batch]. The model's metadata become the
 * file's. Of a table each column is an input (onnx_encode.c). Messages are built in blocks that are freed together. */
#include "out/onnx_build.h"

#ifdef INKI_HAVE_ONNX

#include "base/little.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IR_VERSION = 8, OPSET = 17, OPSET_ML = 3, NODES_A_LAYER = 12, NODES_MORE = 20 };

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

static void add_text_classes(struct inki_onnx_build *b, char *const *names, size_t count)
{
    Inki__Onnx__Tensor *tensor = inki_onnx_add_tensor(b, "classes", INKI_ONNX_STRING, &count, 1);
    ProtobufCBinaryData *texts = inki_onnx_memory(b, count, sizeof *texts);
    if (b->failed) return;
    for (size_t i = 0; i < count; i++) texts[i] = (ProtobufCBinaryData){strlen(names[i]), (uint8_t *)names[i]};
    tensor->n_string_data = count;
    tensor->string_data = texts;
}

/* Softmax; of an ensemble the mean of its members'. Returns what the largest is sought in. */
static const char *add_softmax(struct inki_onnx_build *b, const struct inki_onnx_name *now)
{
    const int64_t shape[] = {-1, (int64_t)b->from->members, (int64_t)b->from->classes}, members = 1;
    const bool pools = b->from->members > 1;
    if (pools) {
        inki_onnx_add_int64s(b, "members.shape", shape, 3);
        inki_onnx_add_node(b, "Reshape", "members", (const char *const[INKI_ONNX_INPUTS]){now->name, "members.shape"},
                           "members.logits", NULL);
    }
    Inki__Onnx__Node *softmax = inki_onnx_add_node(
        b, "Softmax", "softmax", (const char *const[INKI_ONNX_INPUTS]){pools ? "members.logits" : now->name},
        pools ? "members.probabilities" : "probabilities", NULL);
    if (softmax) inki_onnx_add_int(b, softmax, "axis", pools ? 2 : 1);
    if (!pools) return now->name;
    Inki__Onnx__Node *mean =
        inki_onnx_add_node(b, "ReduceMean", "mean", (const char *const[INKI_ONNX_INPUTS]){"members.probabilities"},
                           "probabilities", "the answer of all members");
    if (!mean) return "";
    inki_onnx_add_ints(b, mean, "axes", &members, 1);
    inki_onnx_add_int(b, mean, "keepdims", 0);
    return "probabilities";
}

/* Of two classes: p1 reaches t where p1 (1 - t) reaches p0 t. */
static const char *add_threshold(struct inki_onnx_build *b)
{
    const size_t two = 2;
    const float shares[2] = {b->from->threshold, 1 - b->from->threshold};
    inki_onnx_add_floats(b, "threshold_shares", shares, &two, 1);
    inki_onnx_add_node(b, "Mul", "threshold",
                       (const char *const[INKI_ONNX_INPUTS]){"probabilities", "threshold_shares"}, "compared",
                       "the answer is the second class from a probability on");
    return "compared";
}

/* Softmax, and the label: the place of the largest, or the class' name there. Returns the label's type. */
static int32_t add_answers(struct inki_onnx_build *b, const struct inki_onnx_name *now)
{
    const ink_model *model = b->from;
    int64_t *numbers = inki_onnx_memory(b, model->classes, sizeof *numbers);
    bool are_numbers = true, are_places = true;
    for (size_t i = 0; !b->failed && i < model->classes; i++) {
        are_numbers = are_numbers && class_number(model->class_names[i], &numbers[i]);
        are_places = are_places && are_numbers && numbers[i] == (int64_t)i;
    }
    const char *answers = add_softmax(b, now);
    if (model->threshold > 0) answers = add_threshold(b);
    Inki__Onnx__Node *place =
        inki_onnx_add_node(b, "ArgMax", "argmax", (const char *const[INKI_ONNX_INPUTS]){answers},
                           are_places ? "label" : "class_index", "the first of the most probable classes");
    if (b->failed) return 0;
    inki_onnx_add_int(b, place, "axis", 1);
    inki_onnx_add_int(b, place, "keepdims", 0);
    if (are_places) return INKI_ONNX_INT64;
    if (are_numbers)
        inki_onnx_add_int64s(b, "classes", numbers, model->classes);
    else
        add_text_classes(b, model->class_names, model->classes);
    inki_onnx_add_node(b, "Gather", "label", (const char *const[INKI_ONNX_INPUTS]){"classes", "class_index"}, "label",
                       "the class of that place");
    return are_numbers ? INKI_ONNX_INT64 : INKI_ONNX_STRING;
}

/* ------------------------------------------------------------------------ graph */

/* A value of shape [batch] or, where width is not 0, [batch][width]. */
static Inki__Onnx__Value *make_value(struct inki_onnx_build *b, const char *name, int32_t type, size_t width,
                                     const char *doc)
{
    struct {
        Inki__Onnx__Value value;
        Inki__Onnx__Type type;
        Inki__Onnx__TensorType tensor;
        Inki__Onnx__Shape shape;
        Inki__Onnx__Dimension dims[2], *list[2];
    } *all = inki_onnx_memory(b, 1, sizeof *all);
    if (b->failed) return NULL;
    inki__onnx__value__init(&all->value);
    inki__onnx__type__init(&all->type);
    inki__onnx__tensor_type__init(&all->tensor);
    inki__onnx__shape__init(&all->shape);
    for (size_t d = 0; d < 2; d++) {
        inki__onnx__dimension__init(&all->dims[d]);
        all->list[d] = &all->dims[d];
    }
    all->dims[0].dim_param = inki_onnx_text(b, "batch");
    all->dims[1].has_dim_value = true;
    all->dims[1].dim_value = (int64_t)width;
    all->shape.n_dim = width ? 2 : 1;
    all->shape.dim = all->list;
    all->tensor.has_elem_type = true;
    all->tensor.elem_type = type;
    all->tensor.shape = &all->shape;
    all->type.tensor_type = &all->tensor;
    all->value.type = &all->type;
    all->value.name = inki_onnx_text(b, name);
    all->value.doc_string = inki_onnx_text(b, doc);
    return &all->value;
}

/* "price, weight" */
static char *targets_text(struct inki_onnx_build *b)
{
    struct inki_str text = {.ctx = b->ctx};
    for (size_t i = 0; i < b->from->numbers.targets; i++)
        inki_str_add(&text, "%s%s", i ? ", " : "", b->from->target_names[i]);
    char *copy = text.failed ? NULL : inki_onnx_text(b, text.text);
    b->failed = b->failed || !copy;
    inki_free(text.text);
    return copy;
}

/* label_type 0: the answers are numbers. */
static void set_values(struct inki_onnx_build *b, int32_t label_type)
{
    const ink_model *model = b->from;
    Inki__Onnx__Value **values = inki_onnx_memory(b, 3, sizeof *values);
    char doc[256];
    if (b->failed) return;
    snprintf(doc, sizeof doc, "rows of %zu values as the data has them%s; the scaling is inside", model->features,
             strcmp(model->scaling, "255") == 0 ? ", 0 to 255" : "");
    values[0] = make_value(b, "input", INKI_ONNX_FLOAT, model->features, doc);
    if (label_type) {
        values[1] = make_value(b, "label", label_type, 0, "the most probable class");
        values[2] = make_value(b, "probabilities", INKI_ONNX_FLOAT, model->classes,
                               "of the classes, in their order; a row adds up to 1");
    } else {
        const char *names = targets_text(b);
        values[1] = make_value(b, "values", INKI_ONNX_FLOAT, model->outputs, names ? names : "");
    }
    b->graph.input = values;
    b->graph.n_input = 1;
    b->graph.output = values + 1;
    b->graph.n_output = label_type ? 2 : 1;
}

/* Instead of rows, an input a column: numbers, or words. */
static void set_columns(struct inki_onnx_build *b)
{
    const struct inki_encoding *encoding = b->from->encoding;
    Inki__Onnx__Value **values = inki_onnx_memory(b, encoding->column_count, sizeof *values);
    if (b->failed) return;
    for (size_t j = 0; j < encoding->column_count; j++) {
        const bool number = encoding->columns[j].number;
        values[j] = make_value(b, b->columns[j], number ? INKI_ONNX_FLOAT : INKI_ONNX_STRING, 1,
                               number ? "a number; NaN is a gap" : "a word; the empty text is a gap");
    }
    b->graph.input = values;
    b->graph.n_input = encoding->column_count;
}

static ink_status build_graph(struct inki_onnx_build *b)
{
    const struct inki_encoding *encoding = b->from->encoding;
    const size_t nodes =
        NODES_A_LAYER * b->from->node_count + NODES_MORE + (encoding ? inki_onnx_encoding_nodes(encoding) : 0);
    struct inki_onnx_name now = {"input"};
    inki__onnx__graph__init(&b->graph);
    b->graph.node = inki_onnx_memory(b, nodes, sizeof *b->graph.node);
    b->graph.initializer = inki_onnx_memory(b, nodes, sizeof *b->graph.initializer);
    b->graph.name = inki_onnx_text(b, "inkling");
    if (encoding) b->columns = inki_onnx_column_names(b);
    if (b->failed) return INK_NO_MEMORY;
    INK_TRY(inki_onnx_add_network(b, &now));
    int32_t label_type = 0;
    if (inki_is_classifier(b->from))
        label_type = add_answers(b, &now);
    else
        INK_TRY(inki_onnx_add_numbers(b, &now));
    set_values(b, label_type);
    return INK_OK;
}

/* ------------------------------------------------------------------------ model */

static void set_metadata(struct inki_onnx_build *b)
{
    json_t *metadata = b->from->metadata, *value;
    const char *key;
    Inki__Onnx__Text **list = inki_onnx_memory(b, json_object_size(metadata), sizeof *list);
    b->model.metadata_props = list;
    json_object_foreach(metadata, key, value)
    {
        Inki__Onnx__Text *one = inki_onnx_memory(b, 1, sizeof *one);
        if (b->failed) return;
        inki__onnx__text__init(one);
        one->key = inki_onnx_text(b, key);
        one->value = inki_onnx_text(b, json_is_string(value) ? json_string_value(value) : "");
        list[b->model.n_metadata_props++] = one;
    }
}

/* A set of operators that the graph uses. */
static void add_operators(struct inki_onnx_build *b, const char *domain, int64_t version)
{
    Inki__Onnx__OperatorSet *set = inki_onnx_memory(b, 1, sizeof *set);
    if (!b->model.opset_import) b->model.opset_import = inki_onnx_memory(b, 2, sizeof *b->model.opset_import);
    if (b->failed) return;
    inki__onnx__operator_set__init(set);
    set->domain = inki_onnx_text(b, domain);
    set->has_version = true;
    set->version = version;
    b->model.opset_import[b->model.n_opset_import++] = set;
}

static ink_status build_model(struct inki_onnx_build *b)
{
    const ink_model *of = b->from;
    struct inki_str doc = {.ctx = b->ctx};
    inki__onnx__model__init(&b->model);
    INK_TRY(build_graph(b));
    if (of->encoding) set_columns(b);
    inki_str_add(&doc, "%zu inputs (scale %s)%s%s | dense %zu%s", of->features, of->scaling, *of->notation ? " | " : "",
                 of->notation, of->outputs, inki_is_classifier(of) ? " softmax" : "");
    if (of->members > 1) inki_str_add(&doc, ", the mean of %zu members'", of->members);
    if (!doc.failed) b->model.doc_string = inki_onnx_text(b, doc.text);
    b->failed = b->failed || doc.failed;
    inki_free(doc.text);
    if (b->failed) return INK_NO_MEMORY;
    add_operators(b, "", OPSET);
    if (of->encoding) add_operators(b, INKI_ONNX_ML, OPSET_ML);
    b->model.has_ir_version = true;
    b->model.ir_version = IR_VERSION;
    b->model.producer_name = inki_onnx_text(b, "inkling");
    b->model.producer_version = inki_onnx_text(b, ink_version());
    b->model.graph = &b->graph;
    set_metadata(b);
    return b->failed ? INK_NO_MEMORY : INK_OK;
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

static ink_status write_message(const struct inki_onnx_build *b, const char *path)
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
    struct inki_onnx_build b = {.ctx = ctx, .from = model, .path = path};
    ink_status status = build_model(&b);
    if (status == INK_OK) status = write_message(&b, path);
    for (size_t i = 0; i < b.block_count; i++) inki_free(b.blocks[i]);
    inki_free(b.blocks);
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
