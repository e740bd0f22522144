/* model: a network's layers and its one weight block.
 * SPDX-License-Identifier: MIT */
#include "model/unlike.h"
#include "base/little.h"
#include "base/mem.h"
#include "base/sized.h"
#include "base/settings.h"
#include "base/text.h"
#include "base/xxh64.h"
#include "model/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row without an image's shape is a row of channels. */
static struct inki_shape rows_shape(const struct inki_model_plan *plan)
{
    const struct inki_shape in = plan->in;
    return in.height == 1 && in.channels == 1 ? (struct inki_shape){1, 1, in.width, 0} : in;
}

static size_t add_scale(const struct inki_model_plan *plan, struct inki_node *layers)
{
    if (!plan->shift) return 0;
    layers[0] = (struct inki_node){.op = &inki_scale_op, .in = rows_shape(plan), .back = {1}, .sources = 1};
    inki_node_shapes(&layers[0], layers[0].in);
    return 1;
}

static bool has_classes(const struct inki_model_plan *plan)
{
    return !plan->loss || plan->loss->target == INKI_TARGET_CLASSES;
}

static size_t outputs_of(const struct inki_model_plan *plan)
{
    if (has_classes(plan)) return plan->classes;
    return plan->targets * (plan->levels ? inki_numbers_each(plan->levels) : 1);
}

/* The output layer: one logit a class, or one number a target; of an ensemble as many for each member. */
static ink_status add_output(ink_ctx *ctx, const struct inki_model_plan *plan, struct inki_node *layers, size_t *count)
{
    char width[24], members[24];
    const char *words[] = {width, "members", members, "shared"};
    const struct inki_node *front = *count ? &layers[*count - 1] : NULL;
    size_t bad;
    snprintf(width, sizeof width, "%zu", outputs_of(plan));
    layers[*count] = (struct inki_node){
        .op = &inki_dense_op, .in = front ? front->out : rows_shape(plan), .back = {1}, .sources = 1};
    inki_node_follow(&layers[*count], front);
    snprintf(members, sizeof members, "%zu", layers[*count].members);
    const char *what = inki_dense_op.parse(&layers[*count], words,
                                           !layers[*count].members ? 1
                                           : layers[*count].shared ? 4
                                                                   : 3,
                                           &bad);
    if (what) return inki_fail(ctx, INK_BAD_SETTING, "the output layer: %s", what);
    ++*count;
    return INK_OK;
}

/* A small output layer right behind the first one, which takes the rows in: what each panel of that gives to the sums is all
 * that threads need of each other. A property of the network, since it says in which order is summed. */
static void group_output(ink_model *model)
{
    struct inki_node *last = &model->nodes[model->node_count - 1];
    const struct inki_node *front = last - 1;
    size_t first = 0;
    while (!model->nodes[first].op->forward) first++;
    if (first + 2 != model->node_count || !front->op->takes_input || !last->op->part) return;
    last->grouped = front->panels > 1 && last->size <= INKI_SMALL_FLOATS;
}

static const char *stem_of(const struct inki_node *node) { return node->op->stem ? node->op->stem : node->op->word; }

/* A node with parameters is called by its word and which one of these it is; the network's own scaling by its word alone. Returns
 * how many values the file has of it. */
static size_t name_node(ink_model *model, size_t i)
{
    struct inki_node *node = &model->nodes[i];
    struct inki_param param;
    size_t values = 0, number = 1;
    for (size_t t = 0; inki_param(node, t, &param); t++) values += param.count;
    const char *stem = stem_of(node);
    for (size_t j = 0; j < i; j++) number += strcmp(stem_of(&model->nodes[j]), stem) == 0;
    if (values && node->op->parse)
        snprintf(node->name, sizeof node->name, "%s%zu", stem, number);
    else if (values)
        snprintf(node->name, sizeof node->name, "%s", node->op->word);
    return values;
}

enum { MOST_VALUES = 1 << 28 };

/* Whether the node sends back little of what it takes from the one in front: at most a third of it. */
static bool is_thinned(const struct inki_node *node)
{
    return node->op->thins && node->back[0] == 1 && 3 * node->outputs <= node->inputs;
}

/* Offsets in the block, names for those with tensors; *values counts what the file holds. */
static ink_status place_layers(ink_ctx *ctx, ink_model *model, size_t most_values)
{
    size_t used = 0, values = 0;
    for (size_t i = 0; i < model->node_count; i++) {
        struct inki_node *layer = &model->nodes[i];
        size_t product;
        if (!inki_mul_fits(layer->inputs, layer->out_stride, &product) || product > SIZE_MAX / 64 - used)
            return inki_fail(ctx, INK_BAD_SETTING, "layer %zu: %zu x %zu weights do not fit into memory", i + 1,
                             layer->inputs, layer->outputs);
        if (layer->inputs > MOST_VALUES || layer->outputs > MOST_VALUES)
            return inki_fail(ctx, INK_BAD_SETTING,
                             "layer %zu: %zu inputs and %zu outputs a row; at most %d are supported", i + 1,
                             layer->inputs, layer->outputs, MOST_VALUES);
        layer->offset = used;
        layer->size = layer->op->weights ? layer->op->weights(layer) : 0;
        layer->sparse = i + 1 < model->node_count && is_thinned(&layer[1]);
        used += layer->size;
        values += name_node(model, i);
    }
    model->size = used;
    group_output(model);
    if (most_values && values > most_values)
        return inki_fail(ctx, INK_BAD_FILE, "the network needs %zu values, the file has %zu", values, most_values);
    return INK_OK;
}

static ink_status make_layers(ink_ctx *ctx, ink_model *model, const struct inki_model_plan *plan)
{
    size_t hidden = 0;
    model->nodes = inki_zalloc(ctx, INKI_MOST_LAYERS + 2, sizeof *model->nodes);
    if (!model->nodes) return INK_NO_MEMORY;
    if (plan->encoding) INK_TRY(inki_encode_begin(ctx, plan->encoding, model));
    size_t scaled = plan->encoding ? 1 : add_scale(plan, model->nodes);
    model->scale = scaled && !plan->encoding ? model->nodes : NULL;
    struct inki_shape in = plan->encoding ? model->nodes[0].out : rows_shape(plan);
    INK_TRY(inki_spec_parse(ctx, plan->notation, in, model->nodes + scaled, &hidden));
    model->node_count = scaled + hidden;
    model->notation = inki_alloc(ctx, INKI_MOST_NOTATION * 2, 1);
    if (!model->notation) return INK_NO_MEMORY;
    if (!inki_spec_print(model->nodes + scaled, hidden, model->notation, INKI_MOST_NOTATION * 2))
        return inki_fail(ctx, INK_BAD_SETTING, "the notation is too long");
    return add_output(ctx, plan, model->nodes, &model->node_count);
}

/* Copies of names[count], or "BEFORE0", "BEFORE1", … where it is NULL. */
static ink_status make_names(ink_ctx *ctx, size_t count, char *const *names, const char *before, char ***out)
{
    *out = inki_zalloc(ctx, count, sizeof **out);
    if (!*out) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        char number[48];
        snprintf(number, sizeof number, "%s%zu", before, i);
        (*out)[i] = inki_copy_text(ctx, names ? names[i] : number);
        if (!(*out)[i]) return INK_NO_MEMORY;
    }
    return INK_OK;
}

static ink_status name_quantiles(ink_ctx *ctx, ink_model *model)
{
    const size_t each = model->numbers.levels;
    model->output_names = inki_zalloc(ctx, model->outputs, sizeof *model->output_names);
    if (!model->output_names) return INK_NO_MEMORY;
    for (size_t i = 0; i < model->outputs; i++) {
        struct inki_str name = {.ctx = ctx};
        inki_str_add(&name, "%s_q%.5g", model->target_names[i / each], 100 * (double)model->numbers.level[i % each]);
        model->output_names[i] = name.text;
        if (name.failed) return INK_NO_MEMORY;
    }
    return INK_OK;
}

static ink_status name_outputs(ink_ctx *ctx, ink_model *model, const struct inki_model_plan *plan)
{
    if (has_classes(plan)) return make_names(ctx, plan->classes, plan->class_names, "", &model->class_names);
    INK_TRY(make_names(ctx, plan->targets, plan->target_names, "target", &model->target_names));
    return model->numbers.levels ? name_quantiles(ctx, model) : INK_OK;
}

static ink_status set_json(ink_ctx *ctx, ink_model *model, const char *key, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    ink_status status =
        text ? inki_model_set_metadata(ctx, model, key, text) : inki_fail(ctx, INK_NO_MEMORY, "out of memory");
    inki_json_free(text);
    json_decref(value);
    return status;
}

/* Of what the network answers with. */
static size_t name_count(const ink_model *model)
{
    return model->class_names ? model->classes : model->numbers.targets;
}

/* What follows from the network itself. */
static ink_status base_metadata(ink_ctx *ctx, ink_model *model)
{
    struct inki_shape in = model->in;
    char **const given = model->class_names ? model->class_names : model->target_names;
    const size_t count = name_count(model);
    char levels[200], loss[240];
    json_t *names = json_array();
    model->metadata = json_object();
    for (size_t i = 0; names && i < count; i++) json_array_append_new(names, json_string(given[i]));
    if (!model->metadata || !names || json_array_size(names) != count) {
        json_decref(names);
        return inki_fail(ctx, INK_BAD_DATA, "a %s name is not UTF-8, or memory is short",
                         model->class_names ? "class" : "target");
    }
    ink_status status = set_json(ctx, model, model->class_names ? "classes" : "targets", names);
    if (status == INK_OK) status = inki_model_set_metadata(ctx, model, "format", "inkling-1");
    if (status == INK_OK) status = inki_model_set_metadata(ctx, model, "inkling_version", ink_version());
    if (status == INK_OK) status = inki_model_set_metadata(ctx, model, "notation", model->notation);
    if (status == INK_OK) status = inki_model_set_metadata(ctx, model, "scaling", model->scaling);
    inki_levels_text(&model->numbers, levels, sizeof levels);
    snprintf(loss, sizeof loss, "%s%s%s", model->loss->name, *levels ? ":" : "", levels);
    if (status == INK_OK) status = inki_model_set_metadata(ctx, model, "loss", loss);
    if (status != INK_OK) return status;
    return set_json(ctx, model, "input_shape",
                    json_pack("[I,I,I]", (json_int_t)in.channels, (json_int_t)in.height, (json_int_t)in.width));
}

static void set_scaling(ink_model *model, const struct inki_model_plan *plan)
{
    const struct inki_node *layer = &model->nodes[0];
    if (plan->encoding) inki_encode_fill(model, plan->encoding->constants);
    if (!plan->shift || plan->encoding) return;
    for (size_t i = 0; i < model->features; i++) {
        model->w[layer->offset + layer->op->at(layer, 0, i)] = plan->shift[i];
        model->w[layer->offset + layer->op->at(layer, 1, i)] = plan->factor[i];
    }
}

static ink_status build(ink_ctx *ctx, ink_model *model, const struct inki_model_plan *plan)
{
    INK_TRY(make_layers(ctx, model, plan));
    INK_TRY(place_layers(ctx, model, plan->most_values));
    model->members = model->nodes[model->node_count - 1].members;
    if (!model->members) model->members = 1;
    INK_TRY(name_outputs(ctx, model, plan));
    model->w = inki_zalloc(ctx, model->size, sizeof *model->w);
    if (!model->w) return INK_NO_MEMORY;
    set_scaling(model, plan);
    INK_TRY(base_metadata(ctx, model));
    return inki_encode_describe(ctx, model);
}

ink_status inki_model_begin(ink_ctx *ctx, const struct inki_model_plan *plan, ink_model **out)
{
    *out = NULL;
    size_t features = plan->in.channels * plan->in.height * plan->in.width;
    if (!has_classes(plan) && (plan->targets < 1 || features < 1))
        return inki_fail(ctx, INK_BAD_DATA, "a network needs at least one feature and one target, not %zu and %zu",
                         features, plan->targets);
    if (has_classes(plan) && (plan->classes < 2 || features < 1))
        return inki_fail(ctx, INK_BAD_DATA, "a network needs at least one feature and two classes, not %zu and %zu",
                         features, plan->classes);
    ink_model *model = inki_zalloc(ctx, 1, sizeof *model);
    if (!model) return INK_NO_MEMORY;
    model->in = plan->in;
    model->features = features;
    model->outputs = outputs_of(plan);
    model->classes = has_classes(plan) ? plan->classes : 0;
    if (!has_classes(plan) && plan->levels) model->numbers = *plan->levels;
    model->numbers.scales = NULL;
    model->numbers.targets = has_classes(plan) ? 0 : plan->targets;
    model->loss = inki_loss_of(plan->loss ? plan->loss : inki_loss_for(INKI_TARGET_CLASSES), model->classes);
    snprintf(model->scaling, sizeof model->scaling, "%s",
             plan->encoding  ? "encoding"
             : plan->scaling ? plan->scaling
                             : "none");
    ink_status status = build(ctx, model, plan);
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}

void ink_model_free(ink_model *model)
{
    if (!model) return;
    for (size_t i = 0; model->class_names && i < model->classes; i++) inki_free(model->class_names[i]);
    for (size_t i = 0; model->target_names && i < model->numbers.targets; i++) inki_free(model->target_names[i]);
    for (size_t i = 0; model->output_names && i < model->outputs; i++) inki_free(model->output_names[i]);
    inki_free(model->output_names);
    inki_free(model->numbers.scales);
    if (model->encoding) inki_encoding_end(model->encoding);
    inki_free(model->encoding);
    inki_unlike_free(model->unlike);
    json_decref(model->metadata);
    inki_free(model->class_names);
    inki_free(model->target_names);
    inki_free(model->notation);
    inki_free(model->nodes);
    inki_free(model->w);
    inki_free(model);
}

ink_status ink_model_new(ink_ctx *ctx, const char *notation, size_t features, size_t classes, const ink_settings *set,
                         ink_model **out)
{
    struct inki_model_plan plan = {
        .notation = notation, .in = {1, features, 1, 0}, .classes = classes, .targets = classes};
    const char *loss = ink_settings_get(set, "loss");
    struct inki_numbers numbers = {0};
    ink_model *model;
    *out = NULL;
    if (strcmp(loss, "auto") != 0) {
        plan.loss = inki_loss_named(loss);
        plan.levels = &numbers;
        INK_TRY(inki_loss_levels(ctx, loss, &numbers));
    }
    INK_TRY(inki_model_begin(ctx, &plan, &model));
    ink_status status = inki_model_init(ctx, model, set);
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}

/* Texts of its own: values that are shared would have their references counted in a const model. */
static ink_status copy_metadata(ink_ctx *ctx, const ink_model *model, ink_model **out)
{
    json_t *metadata = json_deep_copy(model->metadata);
    if (metadata) {
        json_decref((*out)->metadata);
        (*out)->metadata = metadata;
        return INK_OK;
    }
    ink_model_free(*out);
    *out = NULL;
    return inki_fail(ctx, INK_NO_MEMORY, "out of memory for the model's metadata");
}

ink_status inki_model_copy(ink_ctx *ctx, const ink_model *model, ink_model **out)
{
    static const float none[1];
    bool scaled = model->scale != NULL;
    struct inki_model_plan plan = {.notation = model->notation,
                                   .in = model->in,
                                   .loss = model->loss,
                                   .classes = model->classes,
                                   .class_names = model->class_names,
                                   .targets = model->numbers.targets,
                                   .target_names = model->target_names,
                                   .encoding = model->encoding,
                                   .levels = &model->numbers,
                                   .scaling = model->scaling};
    float *zeros = scaled ? inki_zalloc(ctx, model->features, sizeof *zeros) : (float *)none;
    *out = NULL;
    if (!zeros) return INK_NO_MEMORY;
    if (scaled) plan.shift = plan.factor = zeros;
    ink_status status = inki_model_begin(ctx, &plan, out);
    if (scaled) inki_free(zeros);
    if (status != INK_OK) return status;
    memcpy((*out)->w, model->w, model->size * sizeof *model->w);
    (*out)->threshold = model->threshold;
    status = inki_model_set_scales(ctx, *out, model->numbers.scales);
    if (status == INK_OK) return copy_metadata(ctx, model, out);
    ink_model_free(*out);
    *out = NULL;
    return status;
}

static size_t layer_parameters(const struct inki_node *layer)
{
    struct inki_param param;
    size_t count = 0;
    for (size_t t = 0; inki_param(layer, t, &param); t++)
        if (inki_is_trained(param.role)) count += param.count;
    return count;
}

void ink_model_describe(const ink_model *model, ink_model_info *out)
{
    ink_model_info info = {.features = model->features,
                           .classes = model->classes,
                           .outputs = model->outputs,
                           .layers = model->node_count,
                           .height = model->in.height,
                           .width = model->in.width,
                           .channels = model->in.channels,
                           .notation = model->notation,
                           .scaling = model->scaling,
                           .hash = inki_model_hash(model)};
    inki_model_range(model, &info.black, &info.white);
    for (size_t i = 0; i < model->node_count; i++) info.parameters += layer_parameters(&model->nodes[i]);
    inki_sized_give(out, &info, sizeof info, sizeof info);
}

/* Each weight is used once at each place of the outputs; of members once by each that has it. */
static size_t layer_work(const struct inki_node *layer)
{
    const size_t places = layer->members ? (layer->shared ? layer->members : 1) : layer->out.height * layer->out.width;
    struct inki_param param;
    size_t weights = 0;
    for (size_t t = 0; inki_param(layer, t, &param); t++)
        if (param.role == INKI_WEIGHT) weights += param.count;
    return weights * places;
}

static size_t layer_values(const struct inki_node *layer)
{
    struct inki_param param;
    size_t count = inki_shape_size(&layer->out);
    for (size_t t = 0; inki_param(layer, t, &param); t++) count += param.count;
    return count;
}

void ink_model_layer(const ink_model *model, size_t i, ink_layer_info *out)
{
    const struct inki_node *layer = &model->nodes[i];
    bool output = i + 1 == model->node_count;
    struct inki_shape shape = layer->out;
    if (layer->members) shape = (struct inki_shape){1, 1, inki_shape_size(&layer->out), 0};
    ink_layer_info info = {.kind = layer->op->word,
                           .name = layer->name,
                           .inputs = inki_shape_size(&layer->in),
                           .outputs = inki_shape_size(&layer->out),
                           .height = shape.height,
                           .width = shape.width,
                           .channels = shape.channels,
                           .multiply_adds = layer_work(layer),
                           .bytes = sizeof(float) * layer_values(layer),
                           .parameters = layer_parameters(layer),
                           .activation = ""};
    if (layer->op->activates)
        info.activation = output && inki_is_classifier(model) ? "softmax" : inki_activation_name(layer->act);
    inki_sized_give(out, &info, sizeof info, sizeof info);
}

const char *ink_model_metadata(const ink_model *model, const char *key)
{
    return json_string_value(json_object_get(model->metadata, key));
}

ink_status inki_model_emit(const ink_model *model, const struct inki_emitter *to)
{
    for (size_t i = 0; i < model->node_count; i++) {
        const struct inki_node *node = &model->nodes[i];
        INK_TRY(node->op->emit ? node->op->emit(node, to) : to->other(to->user, node));
    }
    return INK_OK;
}

ink_status inki_model_visit(const ink_model *model, inki_visit *visit, void *arg)
{
    float values[1024];
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *layer = &model->nodes[l];
        struct inki_param tensor;
        for (size_t t = 0; inki_param(layer, t, &tensor); t++)
            for (size_t first = 0; first < tensor.count; first += 1024) {
                size_t count = tensor.count - first < 1024 ? tensor.count - first : 1024;
                for (size_t i = 0; i < count; i++)
                    values[i] = model->w[layer->offset + layer->op->at(layer, t, first + i)];
                INK_TRY(visit(arg, layer, &tensor, values, first, count));
            }
    }
    return INK_OK;
}

/* Bytes in the file's order, so that the hash is the same on every machine. */
static ink_status hash_values(void *arg, const struct inki_node *layer, const struct inki_param *tensor,
                              const float *values, size_t first, size_t count)
{
    uint8_t bytes[4096];
    (void)layer;
    (void)tensor;
    (void)first;
    inki_floats_to_bytes(values, count, bytes);
    inki_xxh64_add(arg, bytes, 4 * count);
    return INK_OK;
}

uint64_t inki_model_hash(const ink_model *model)
{
    struct inki_xxh64 hash;
    inki_xxh64_begin(0, &hash);
    return inki_model_visit(model, hash_values, &hash) == INK_OK ? inki_xxh64_end(&hash) : 0;
}
