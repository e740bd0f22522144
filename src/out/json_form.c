/* json_form: networks as JSON text.
 * SPDX-License-Identifier: MIT
 *
 * {"format": "inkling-json-1", "notation": …, "scaling": …, "input_shape": [channels, height, width], "classes": […],
 *  "layers": [{"kind": "scale", "shift": […], "factor": […]},
 *             {"kind": "dense", "activation": "relu", "inputs": …, "outputs": …, "weight": [[…], …] a row an output, "bias": […]}, …],
 *  "metadata": {…}}                                                     the last layer's activation is "softmax"
 *
 * Of networks that answer with numbers "targets" stand in the place of "classes", the last layer's activation is "identity", and "target_scale" says what
 * its outputs stand for (docs/files.md), "quantiles" which.
 *
 * Of a table whose columns are encoded the first layer is {"kind": "encode", "inputs": columns, "outputs": …, "columns": [{"name": …, "first": its
 * first input, "inputs": how many, "encoding": {…} as in the model's metadata (model/encoding.h), "shift": …, "factor": …, "low": …, "high": …,
 * "knots": […], "scores": […]}, …]}. Such a file is not read back. */
#include "out/json_form.h"

#include "base/mem.h"
#include "out/text_out.h"

#include <stdio.h>
#include <string.h>

#define FORMAT "inkling-json-1"

/* --------------------------------------------------------------------- writing */

static void put_value(struct inki_text *file, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!text) file->status = inki_fail(file->writer.ctx, INK_NO_MEMORY, "out of memory");
    if (text) inki_text_add(file, text);
    inki_json_free(text);
}

static void put_text(struct inki_text *file, const char *text)
{
    json_t *value = json_string(text);
    put_value(file, value);
    json_decref(value);
}

static void put_list(struct inki_text *file, const float *values, size_t count)
{
    inki_text_add(file, "[");
    for (size_t i = 0; i < count; i++) {
        if (i) inki_text_add(file, ",");
        inki_text_float(file, values[i], "");
    }
    inki_text_add(file, "]");
}

static void put_dense(struct inki_text *file, const struct inki_plain_layer *layer, const char *act, bool last)
{
    inki_text_put(
        file,
        "    {\"kind\": \"dense\", \"name\": \"%s\", \"activation\": \"%s\", \"inputs\": %zu, \"outputs\": %zu,\n"
        "     \"weight\": [",
        layer->name, act, layer->inputs, layer->outputs);
    for (size_t o = 0; o < layer->outputs; o++) {
        inki_text_add(file, o ? ",\n      " : "\n      ");
        put_list(file, layer->w + o * layer->inputs, layer->inputs);
    }
    inki_text_add(file, "],\n     \"bias\": ");
    put_list(file, layer->b, layer->outputs);
    inki_text_add(file, last ? "}\n" : "},\n");
}

/* "key": the values of a parameter, a list an output. */
static void put_values(struct inki_text *file, const char *key, const float *values, size_t count, size_t outputs)
{
    inki_text_put(file, ",\n     \"%s\": [", key);
    for (size_t o = 0; o < outputs && count > outputs; o++) {
        if (o) inki_text_add(file, ",\n      ");
        put_list(file, values + o * (count / outputs), count / outputs);
    }
    for (size_t o = 0; o < outputs && count == outputs; o++) {
        if (o) inki_text_add(file, ",");
        inki_text_float(file, values[o], "");
    }
    inki_text_add(file, "]");
}

/* Of an ensemble the parameters as the model's file has them. */
static void put_members(struct inki_text *file, const struct inki_plain *plain, const struct inki_plain_layer *layer)
{
    const struct inki_node *node = layer->node;
    struct inki_param param;
    inki_text_put(file, ", \"members\": %zu", node->members);
    for (size_t t = 0; inki_param(node, t, &param); t++) {
        float *values = inki_alloc(plain->ctx, param.count, sizeof *values);
        if (!values) file->status = INK_NO_MEMORY;
        for (size_t i = 0; values && i < param.count; i++)
            values[i] = plain->model->w[node->offset + node->op->at(node, t, i)];
        if (values) put_values(file, param.suffix, values, param.count, param.dims[0]);
        inki_free(values);
    }
}

/* A layer of a network with layers over images; its parameters in the order of the model's file. */
static void put_layer(struct inki_text *file, const struct inki_plain *plain, const struct inki_plain_layer *layer,
                      const char *act, bool last)
{
    static const char *const kinds[] = {
        [INKI_PLAIN_DENSE] = "dense",  [INKI_PLAIN_CONV] = "conv",      [INKI_PLAIN_MAX] = "maxpool",
        [INKI_PLAIN_MEAN] = "avgpool", [INKI_PLAIN_NORM] = "batchnorm", [INKI_PLAIN_PIXEL_NORM] = "layernorm",
        [INKI_PLAIN_SUM] = "add"};
    const struct inki_frame *frame = &layer->frame;
    const float *const values[] = {layer->w, layer->b, layer->mean, layer->variance};
    struct inki_param param;
    inki_text_put(file, "    {\"kind\": \"%s\", \"name\": \"%s\", \"activation\": \"%s\", \"from\": [%zu",
                  kinds[layer->kind], layer->name, act, layer->from[0]);
    if (layer->kind == INKI_PLAIN_SUM) inki_text_put(file, ", %zu", layer->from[1]);
    inki_text_put(file, "], \"input\": [%zu, %zu, %zu], \"output\": [%zu, %zu, %zu]", layer->in.height, layer->in.width,
                  layer->in.channels, layer->out.height, layer->out.width, layer->out.channels);
    if (frame->rows)
        inki_text_put(file, ", \"kernel\": [%zu, %zu], \"stride\": %zu, \"padding\": [%zu, %zu], \"groups\": %zu",
                      frame->rows, frame->columns, frame->stride, frame->top, frame->left, frame->groups);
    if (layer->node->members && inki_param(layer->node, 0, &param))
        put_members(file, plain, layer);
    else
        for (size_t t = 0; inki_param(layer->node, t, &param); t++)
            put_values(file, param.suffix, values[t], param.count, param.dims[0]);
    inki_text_add(file, last ? "}\n" : "},\n");
}

static void put_names(struct inki_text *file, const char *key, char *const *names, size_t count)
{
    inki_text_put(file, "  \"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        if (i) inki_text_add(file, ", ");
        put_text(file, names[i]);
    }
    inki_text_add(file, "]");
}

/* Classes, or targets with what the outputs are. */
static void put_answers(struct inki_text *file, const ink_model *model)
{
    const struct inki_numbers *numbers = &model->numbers;
    const char *scales = ink_model_metadata(model, INKI_TARGET_SCALE_KEY);
    if (inki_is_classifier(model)) {
        put_names(file, "classes", model->class_names, model->classes);
        return;
    }
    put_names(file, "targets", model->target_names, numbers->targets);
    if (numbers->levels) {
        inki_text_add(file, ",\n  \"quantiles\": ");
        put_list(file, numbers->level, numbers->levels);
    }
    if (numbers->scales && scales) inki_text_put(file, ",\n  \"target_scale\": %s", scales);
}

static void put_number(struct inki_text *file, const char *key, float value)
{
    inki_text_put(file, ", \"%s\": ", key);
    inki_text_float(file, value, "");
}

/* A column of a table: its description as in the model's metadata, where its inputs begin, and its constants. */
static void put_column(struct inki_text *file, const ink_model *model, size_t j, json_t *name, json_t *says)
{
    const struct inki_column *column = &model->encoding->columns[j];
    const struct inki_column_constants of =
        inki_encoding_of(model->encoding, model->w + model->nodes[0].offset, column);
    inki_text_add(file, j ? ",\n      {\"name\": " : "\n      {\"name\": ");
    put_value(file, name);
    inki_text_put(file, ", \"first\": %zu, \"inputs\": %zu, \"encoding\": ", column->first, column->inputs);
    put_value(file, says);
    if (column->number) {
        put_number(file, "shift", of.shift);
        put_number(file, "factor", of.factor);
        put_number(file, "low", of.low);
        put_number(file, "high", of.high);
    }
    if (column->knots) {
        inki_text_add(file, ",\n       \"knots\": ");
        put_list(file, of.knots, column->knots);
    }
    if (column->bins == INKI_BINS_NORMAL) {
        inki_text_add(file, ",\n       \"scores\": ");
        put_list(file, of.scores, column->knots);
    }
    inki_text_add(file, "}");
}

static void put_encoding(struct inki_text *file, ink_ctx *ctx, const ink_model *model)
{
    const struct inki_encoding *encoding = model->encoding;
    const char *names = ink_model_metadata(model, "columns");
    char *text = NULL;
    if (file->status == INK_OK) file->status = inki_encoding_write(ctx, encoding, &text);
    json_t *name = json_loads(names ? names : "[]", 0, NULL), *says = text ? json_loads(text, 0, NULL) : NULL;
    inki_text_put(file, "    {\"kind\": \"encode\", \"inputs\": %zu, \"outputs\": %zu,\n     \"columns\": [",
                  encoding->column_count, encoding->inputs);
    for (size_t j = 0; file->status == INK_OK && j < encoding->column_count; j++) {
        json_t *known = json_array_get(name, j), *own = known ? json_incref(known) : json_sprintf("column%zu", j + 1);
        put_column(file, model, j, own, json_array_get(says, j));
        json_decref(own);
    }
    inki_text_add(file, "]},\n");
    json_decref(says);
    json_decref(name);
    inki_json_free(text);
}

static void put_model(struct inki_text *file, const struct inki_plain *plain)
{
    const ink_model *model = plain->model;
    inki_text_add(file, "{\n  \"format\": \"" FORMAT "\",\n  \"notation\": ");
    put_text(file, model->notation);
    inki_text_put(file, ",\n  \"scaling\": \"%s\",\n  \"input_shape\": [%zu, %zu, %zu],\n", model->scaling,
                  model->in.channels, model->in.height, model->in.width);
    put_answers(file, model);
    inki_text_add(file, ",\n  \"layers\": [\n");
    if (model->encoding) put_encoding(file, plain->ctx, model);
    if (plain->factor) {
        inki_text_add(file, "    {\"kind\": \"scale\", \"shift\": ");
        put_list(file, plain->shift, model->features);
        inki_text_add(file, ",\n     \"factor\": ");
        put_list(file, plain->factor, model->features);
        inki_text_add(file, "},\n");
    }
    for (size_t l = 0; l < plain->count; l++) {
        const bool last = l + 1 == plain->count;
        const char *act = !last                       ? inki_activation_name(plain->layers[l].act)
                          : inki_is_classifier(model) ? "softmax"
                                                      : "identity";
        if (plain->images)
            put_layer(file, plain, &plain->layers[l], act, last);
        else
            put_dense(file, &plain->layers[l], act, last);
    }
    inki_text_add(file, "  ],\n  \"metadata\": ");
    put_value(file, model->metadata);
    inki_text_add(file, "\n}\n");
}

ink_status inki_export_json(ink_ctx *ctx, const ink_model *model, const char *path)
{
    struct inki_plain plain;
    struct inki_text file = {.status = INK_OK};
    INK_TRY(inki_plain_begin(ctx, model, path, NULL, &plain));
    file.status = inki_write_begin(ctx, path, &file.writer);
    if (file.status == INK_OK) {
        put_model(&file, &plain);
        if (file.status == INK_OK) file.status = inki_write_commit(&file.writer);
        if (file.status != INK_OK) inki_write_abort(&file.writer);
    }
    inki_plain_end(&plain);
    return file.status;
}

/* --------------------------------------------------------------------- reading */

static ink_status wrong(const struct inki_network *network, size_t layer, const char *key, const char *what)
{
    return inki_fail(network->ctx, INK_BAD_FILE, "%s: layer %zu (from 1): \"%s\" %s", network->path, layer, key, what);
}

/* A list of exactly `count` numbers. */
static ink_status read_list(const struct inki_network *network, size_t layer, const char *key, const json_t *list,
                            float *values, size_t count)
{
    if (json_array_size(list) != count)
        return wrong(network, layer, key, "is missing, or not as long as the layer is wide");
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_number(value)) return wrong(network, layer, key, "has an item that is not a number");
        values[i] = (float)json_number_value(value);
    }
    return INK_OK;
}

static ink_status read_scale(struct inki_network *network, size_t number, const json_t *object)
{
    const json_t *shift = json_object_get(object, "shift"), *factor = json_object_get(object, "factor");
    size_t count = json_array_size(factor);
    if (network->plain.count > 0 || network->plain.factor || count == 0)
        return wrong(network, number, "kind", "is \"scale\", which stands once, in front of all others");
    INK_TRY(inki_network_scale(network, count));
    INK_TRY(read_list(network, number, "factor", factor, network->plain.factor, count));
    return read_list(network, number, "shift", shift, network->plain.shift, count);
}

static ink_status read_dense(struct inki_network *network, size_t number, bool last, const json_t *object)
{
    struct inki_plain_layer *layer;
    const json_t *rows = json_object_get(object, "weight");
    const char *act = json_string_value(json_object_get(object, "activation"));
    size_t outputs = json_array_size(rows), inputs = json_array_size(json_array_get(rows, 0));
    for (size_t o = 0; o < outputs; o++) /* all rows are there before memory is asked for */
        if (json_array_size(json_array_get(rows, o)) != inputs)
            return wrong(network, number, "weight", "has rows of different lengths");
    INK_TRY(inki_network_add(network, inputs, outputs, &layer));
    for (size_t o = 0; o < outputs; o++)
        INK_TRY(read_list(network, number, "weight", json_array_get(rows, o), layer->w + o * inputs, inputs));
    INK_TRY(read_list(network, number, "bias", json_object_get(object, "bias"), layer->b, outputs));
    if (!act || (last && strcmp(act, "softmax") == 0)) return INK_OK;
    return inki_network_activation(network, act, &layer->act);
}

/* Numbers in a list, or in lists in it. */
static size_t count_numbers(const json_t *list, int depth)
{
    const json_t *item;
    size_t count = 0, i;
    if (json_is_number(list)) return 1;
    if (depth > 4) return 0;
    json_array_foreach(list, i, item) count += count_numbers(item, depth + 1);
    return count;
}

static float *take_numbers(const json_t *list, int depth, float *to)
{
    const json_t *item;
    size_t i;
    if (json_is_number(list)) {
        *to++ = (float)json_number_value(list);
        return to;
    }
    if (depth > 4) return to;
    json_array_foreach(list, i, item) to = take_numbers(item, depth + 1, to);
    return to;
}

/* Of a network with layers over images the notation says all but the parameters. */
static ink_status read_parameters(struct inki_network *network, const json_t *layers)
{
    static const char *const keys[] = {"weight", "bias", "r", "s", "running_mean", "running_var"};
    const json_t *object;
    size_t i;
    json_array_foreach(layers, i, object)
    {
        const char *kind = json_string_value(json_object_get(object, "kind"));
        if (kind && strcmp(kind, "scale") == 0) {
            if (i > 0) return wrong(network, i + 1, "kind", "is \"scale\", which stands once, in front of all others");
            INK_TRY(read_scale(network, i + 1, object));
        }
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            const json_t *list = json_object_get(object, keys[k]);
            float *values;
            if (!list) continue;
            INK_TRY(inki_network_values(network, count_numbers(list, 0), &values));
            take_numbers(list, 0, values);
        }
    }
    return INK_OK;
}

static bool has_images(const json_t *layers)
{
    const json_t *object;
    size_t i;
    json_array_foreach(layers, i, object) if (json_object_get(object, "from")) return true;
    return false;
}

/* The rest of it: notation, shape and classes must be there. */
static ink_status read_images(struct inki_network *network, const json_t *root)
{
    const char *notation = json_string_value(json_object_get(root, "notation"));
    network->images = true;
    network->outputs = json_array_size(json_object_get(root, "classes"));
    inki_network_shape(network, json_object_get(root, "input_shape"));
    const size_t features = network->in.height * network->in.width * network->in.channels;
    if (!notation || network->outputs < 2 || features == 0 || features > 1 << 24)
        return inki_fail(network->ctx, INK_BAD_FILE,
                         "%s: lacks \"notation\", \"input_shape\" or \"classes\" that a network with layers over "
                         "images has",
                         network->path);
    inki_str_add(&network->notation, "%s", notation);
    INK_TRY(read_parameters(network, json_object_get(root, "layers")));
    if (network->plain.factor &&
        json_array_size(json_object_get(json_array_get(json_object_get(root, "layers"), 0), "factor")) != features)
        return wrong(network, 1, "factor", "is not as long as the rows");
    return network->notation.failed ? INK_NO_MEMORY : INK_OK;
}

static ink_status read_layers(struct inki_network *network, const json_t *layers)
{
    size_t count = json_array_size(layers);
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(layers, i);
        const char *kind = json_string_value(json_object_get(object, "kind"));
        if (kind && strcmp(kind, "scale") == 0)
            INK_TRY(read_scale(network, i + 1, object));
        else if (kind && strcmp(kind, "dense") == 0)
            INK_TRY(read_dense(network, i + 1, i + 1 == count, object));
        else
            return inki_fail(network->ctx, INK_UNSUPPORTED,
                             "%s: layer %zu (from 1) is of kind '%.40s'; scale and dense are known", network->path,
                             i + 1, kind ? kind : "");
    }
    const struct inki_plain *plain = &network->plain;
    if (plain->factor && plain->count &&
        json_array_size(json_object_get(json_array_get(layers, 0), "factor")) != plain->layers[0].inputs)
        return wrong(network, 1, "factor", "is not as long as the next layer is wide");
    return INK_OK;
}

static ink_status read_root(struct inki_network *network, const json_t *root)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    json_t *classes = json_object_get(root, "classes"), *metadata = json_object_get(root, "metadata");
    if (!format || strncmp(format, "inkling-json-", 13) != 0)
        return inki_fail(network->ctx, INK_BAD_FILE, "%s: is JSON, but no network: \"format\" is not \"" FORMAT "\"",
                         network->path);
    if (strcmp(format, FORMAT) != 0)
        return inki_fail(network->ctx, INK_UNSUPPORTED,
                         "%s: is of format '%.40s', written by a newer Inkling; expected " FORMAT, network->path,
                         format);
    const json_t *layers = json_object_get(root, "layers");
    if (json_object_get(metadata, "encoding"))
        return inki_fail(network->ctx, INK_UNSUPPORTED,
                         "%s: encodes the columns of a table, which cannot be imported; use the model file that it was "
                         "made from",
                         network->path);
    INK_TRY(has_images(layers) ? read_images(network, root) : read_layers(network, layers));
    inki_network_scaling(network, json_string_value(json_object_get(root, "scaling")));
    inki_network_shape(network, json_object_get(root, "input_shape"));
    network->classes = json_incref(classes);
    network->metadata = json_is_object(metadata) ? json_incref(metadata) : NULL;
    return INK_OK;
}

ink_status inki_json_network(ink_ctx *ctx, const char *path, const struct inki_bytes *content,
                             struct inki_network *network)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)content->data, content->size, 0, &error);
    if (!root)
        return inki_fail(ctx, INK_BAD_FILE, "%s:%d:%d: this is not JSON (%s)", path, error.line, error.column,
                         error.text);
    ink_status status = read_root(network, root);
    json_decref(root);
    return status;
}
