/* network: from what another program's file describes to a model.
 * SPDX-License-Identifier: MIT */
#include "out/network.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/spec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void inki_network_begin(ink_ctx *ctx, const char *path, struct inki_network *out)
{
    *out = (struct inki_network){
        .ctx = ctx, .path = path, .plain = {.ctx = ctx}, .notation = {.ctx = ctx}, .scaling = "none"};
}

ink_status inki_network_values(struct inki_network *network, size_t count, float **out)
{
    if (network->value_count == network->value_room) {
        size_t room = network->value_room * 2 + 16;
        void *values = inki_grow(network->ctx, network->values, network->value_count, room, sizeof *network->values);
        if (!values) return INK_NO_MEMORY;
        network->values = values;
        network->value_room = room;
    }
    *out = inki_alloc(network->ctx, count, sizeof **out);
    if (!*out) return INK_NO_MEMORY;
    network->values[network->value_count++] = (struct inki_network_values){*out, count};
    return INK_OK;
}

void inki_network_end(struct inki_network *network)
{
    for (size_t i = 0; i < network->value_count; i++) inki_free(network->values[i].at);
    if (network->ctx) inki_free(network->values);
    if (network->ctx) inki_free(network->notation.text);
    inki_plain_end(&network->plain);
    json_decref(network->metadata);
    json_decref(network->classes);
    if (network->ctx) inki_free(network->class_names);
    *network = (struct inki_network){0};
}

ink_status inki_network_add(struct inki_network *network, size_t inputs, size_t outputs, struct inki_plain_layer **out)
{
    ink_ctx *ctx = network->ctx;
    struct inki_plain *plain = &network->plain;
    size_t count;
    if (plain->count == INKI_MOST_LAYERS)
        return inki_fail(ctx, INK_BAD_FILE, "%s: has more than %d layers", network->path, INKI_MOST_LAYERS);
    if (plain->count > 0 && plain->layers[plain->count - 1].outputs != inputs)
        return inki_fail(ctx, INK_BAD_FILE, "%s: layer %zu takes %zu inputs, the one before gives %zu outputs",
                         network->path, plain->count + 1, inputs, plain->layers[plain->count - 1].outputs);
    if (inputs == 0 || outputs == 0 || !inki_mul_fits(inputs, outputs, &count))
        return inki_fail(ctx, INK_BAD_FILE,
                         "%s: layer %zu has %zu inputs and %zu outputs; expected one of each at least", network->path,
                         plain->count + 1, inputs, outputs);
    if (plain->count == network->room) {
        size_t room = network->room * 2 + 8;
        void *layers = inki_grow(ctx, plain->layers, plain->count, room, sizeof *plain->layers);
        if (!layers) return INK_NO_MEMORY;
        plain->layers = layers;
        network->room = room;
    }
    struct inki_plain_layer *layer = &plain->layers[plain->count++];
    *layer = (struct inki_plain_layer){.inputs = inputs,
                                       .outputs = outputs,
                                       .act = INKI_ACT_identity,
                                       .w = inki_alloc(ctx, count, sizeof *layer->w),
                                       .b = inki_zalloc(ctx, outputs, sizeof *layer->b)};
    *out = layer;
    return layer->w && layer->b ? INK_OK : INK_NO_MEMORY;
}

ink_status inki_network_scale(struct inki_network *network, size_t features)
{
    struct inki_plain *plain = &network->plain;
    if (plain->factor) return INK_OK;
    plain->shift = inki_zalloc(network->ctx, features, sizeof *plain->shift);
    plain->factor = inki_alloc(network->ctx, features, sizeof *plain->factor);
    if (!plain->shift || !plain->factor) return INK_NO_MEMORY;
    for (size_t i = 0; i < features; i++) plain->factor[i] = 1;
    snprintf(network->scaling, sizeof network->scaling, "standard");
    return INK_OK;
}

void inki_network_shape(struct inki_network *network, const json_t *list)
{
    json_int_t sides[3];
    bool good = json_array_size(list) == 3;
    for (size_t d = 0; good && d < 3; d++) {
        sides[d] = json_integer_value(json_array_get(list, d));
        good = sides[d] > 0 && sides[d] <= 1 << 24;
    }
    if (good)
        network->in =
            (struct inki_shape){.channels = (size_t)sides[0], .height = (size_t)sides[1], .width = (size_t)sides[2]};
}

void inki_network_scaling(struct inki_network *network, const char *name)
{
    static const char *const kinds[] = {"255", "minmax", "standard"};
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i]) == 0) snprintf(network->scaling, sizeof network->scaling, "%s", kinds[i]);
}

ink_status inki_network_activation(const struct inki_network *network, const char *name, enum inki_activation *act)
{
    for (int i = 0; i < INKI_ACT_COUNT; i++)
        if (strcmp(inki_activation_name((enum inki_activation)i), name) == 0) {
            *act = (enum inki_activation)i;
            return INK_OK;
        }
    return inki_fail(network->ctx, INK_BAD_FILE, "%s: there is no activation '%.40s' (%s)", network->path, name,
                     INKI_ACTIVATION_CHOICES);
}

/* ------------------------------------------------------------------- checking */

static ink_status check_values(const struct inki_network *network, const float *values, size_t count, const char *what,
                               size_t layer)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return inki_fail(network->ctx, INK_BAD_FILE, "%s: %s of layer %zu: value %zu (from 0) is not a number",
                             network->path, what, layer, i);
    return INK_OK;
}

static ink_status check(const struct inki_network *network)
{
    const struct inki_plain *plain = &network->plain;
    if (plain->count == 0)
        return inki_fail(network->ctx, INK_BAD_FILE, "%s: there is no layer with weights in it", network->path);
    const size_t features = plain->layers[0].inputs;
    const struct inki_plain_layer *last = &plain->layers[plain->count - 1];
    if (last->act != INKI_ACT_identity)
        return inki_fail(network->ctx, INK_BAD_FILE,
                         "%s: the last layer has activation %s; it must be softmax, or none", network->path,
                         inki_activation_name(last->act));
    if (last->outputs < 2)
        return inki_fail(network->ctx, INK_BAD_FILE, "%s: has %zu output; a classifier has two or more", network->path,
                         last->outputs);
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_plain_layer *layer = &plain->layers[l];
        INK_TRY(check_values(network, layer->w, layer->inputs * layer->outputs, "weights", l + 1));
        INK_TRY(check_values(network, layer->b, layer->outputs, "the bias", l + 1));
    }
    if (!plain->factor) return INK_OK;
    INK_TRY(check_values(network, plain->shift, features, "the shift in front", 1));
    return check_values(network, plain->factor, features, "the factor in front", 1);
}

/* -------------------------------------------------------------------- making */

static const char *text_of(const struct inki_network *network, const char *key)
{
    return json_string_value(json_object_get(network->metadata, key));
}

/* "dense 100 relu | dense 64 tanh" from the layers. */
static ink_status make_notation(const struct inki_network *network, struct inki_str *out)
{
    const struct inki_plain *plain = &network->plain;
    inki_str_add(out, "%s", "");
    for (size_t l = 0; l + 1 < plain->count; l++)
        inki_str_add(out, "%sdense %zu %s", l ? " | " : "", plain->layers[l].outputs,
                     inki_activation_name(plain->layers[l].act));
    return out->failed ? INK_NO_MEMORY : INK_OK;
}

/* The n-th layer that learns, NULL behind the last: the notation that the model was made of has dense ones alone. */
static const struct inki_node *dense_layer(const ink_model *model, size_t n)
{
    for (size_t l = 0; l < model->node_count; l++)
        if (inki_node_learns(&model->nodes[l]) && n-- == 0) return &model->nodes[l];
    return NULL;
}

/* Whether the model's layers are those that were read. */
static bool fits(const struct inki_network *network, const ink_model *model)
{
    const struct inki_plain *plain = &network->plain;
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_node *layer = dense_layer(model, l);
        if (!layer || layer->inputs != plain->layers[l].inputs || layer->outputs != plain->layers[l].outputs ||
            layer->act != plain->layers[l].act)
            return false;
    }
    return dense_layer(model, plain->count) == NULL;
}

static ink_status begin_model(const struct inki_network *network, const char *notation, ink_model **out)
{
    const struct inki_plain *plain = &network->plain;
    const size_t features = plain->layers[0].inputs;
    struct inki_shape in = network->in;
    if (in.channels == 0 || in.height == 0 || in.width == 0 || in.channels > features || in.height > features ||
        in.width > features || in.channels * in.height > features || in.channels * in.height * in.width != features)
        in = (struct inki_shape){1, features, 1, 0};
    struct inki_model_plan plan = {.notation = notation,
                                   .in = in,
                                   .classes = plain->layers[plain->count - 1].outputs,
                                   .class_names = (char *const *)(uintptr_t)network->class_names,
                                   .scaling = plain->factor ? network->scaling : "none",
                                   .shift = plain->shift,
                                   .factor = plain->factor};
    return inki_model_begin(network->ctx, &plan, out);
}

static void set_weights(const struct inki_network *network, ink_model *model)
{
    const struct inki_plain *plain = &network->plain;
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_node *layer = dense_layer(model, l);
        float *w = model->w + layer->offset;
        for (size_t i = 0; i < layer->inputs * layer->outputs; i++)
            w[layer->op->at(layer, 0, i)] = plain->layers[l].w[i];
        for (size_t i = 0; i < layer->outputs; i++) w[layer->op->at(layer, 1, i)] = plain->layers[l].b[i];
    }
}

/* Texts of the metadata that do not follow from the network itself. */
static ink_status add_metadata(const struct inki_network *network, ink_model *model)
{
    static const char *const own[] = {"classes", "format", "loss", "notation", "scaling", "input_shape"};
    const char *key;
    json_t *value;
    json_object_foreach(network->metadata, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < sizeof own / sizeof *own; i++) known = known || strcmp(key, own[i]) == 0;
        if (!known && json_is_string(value))
            INK_TRY(inki_model_set_metadata(network->ctx, model, key, json_string_value(value)));
    }
    return INK_OK;
}

/* With the notation that came along, which has dropout too, if it is right. */
static ink_status begin_as_given(const struct inki_network *network, ink_model **out)
{
    const char *notation = text_of(network, "notation");
    *out = NULL;
    if (!notation || strlen(notation) > INKI_MOST_NOTATION) return INK_OK;
    ink_status status = begin_model(network, notation, out);
    if (status == INK_NO_MEMORY) return status;
    if (status == INK_OK && fits(network, *out)) return INK_OK;
    ink_model_free(*out);
    *out = NULL;
    inki_note(network->ctx, "%s: its notation does not match its layers and is rewritten", network->path);
    return INK_OK;
}

static ink_status begin_anew(const struct inki_network *network, ink_model **out)
{
    struct inki_str notation = {.ctx = network->ctx};
    ink_status status = make_notation(network, &notation);
    if (status == INK_OK) status = begin_model(network, notation.text, out);
    inki_free(notation.text);
    return status;
}

/* Names for all classes, or none. */
static ink_status set_classes(struct inki_network *network)
{
    size_t count = network->images ? network->outputs : network->plain.layers[network->plain.count - 1].outputs;
    bool texts = json_array_size(network->classes) == count;
    for (size_t i = 0; texts && i < count; i++) texts = json_is_string(json_array_get(network->classes, i));
    if (!texts) return INK_OK;
    network->class_names = inki_alloc(network->ctx, count, sizeof *network->class_names);
    if (!network->class_names) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) network->class_names[i] = json_string_value(json_array_get(network->classes, i));
    return INK_OK;
}

/* ------------------------------------------------------- layers over images */

static ink_status put_values(const struct inki_network *network, ink_model *model)
{
    size_t next = 0;
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *node = &model->nodes[l];
        struct inki_param param;
        for (size_t t = 0; inki_param(node, t, &param); t++) {
            if (param.role == INKI_FROZEN) continue;
            if (next == network->value_count || network->values[next].count != param.count)
                return inki_fail(network->ctx, INK_BAD_FILE,
                                 "%s: %s.%s does not hold the %zu values that its layer takes", network->path,
                                 node->name, param.suffix, param.count);
            const float *values = network->values[next++].at;
            INK_TRY(check_values(network, values, param.count, param.suffix, l + 1));
            for (size_t i = 0; i < param.count; i++) model->w[node->offset + node->op->at(node, t, i)] = values[i];
        }
    }
    return INK_OK;
}

static ink_status make_images(struct inki_network *network, ink_model **out)
{
    const struct inki_plain *plain = &network->plain;
    ink_model *model;
    INK_TRY(set_classes(network));
    struct inki_model_plan plan = {.notation = network->notation.text ? network->notation.text : "",
                                   .in = network->in,
                                   .classes = network->outputs,
                                   .class_names = (char *const *)(uintptr_t)network->class_names,
                                   .scaling = plain->factor ? network->scaling : "none",
                                   .shift = plain->shift,
                                   .factor = plain->factor};
    ink_status status = inki_model_begin(network->ctx, &plan, &model);
    if (status == INK_BAD_SETTING)
        return inki_fail(network->ctx, INK_UNSUPPORTED, "%s: its layers '%.300s' cannot be a network here",
                         network->path, plan.notation);
    INK_TRY(status);
    status = put_values(network, model);
    if (status == INK_OK) status = add_metadata(network, model);
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}

/* Files written here say what their networks answer with. */
static ink_status check_answers(const struct inki_network *network)
{
    const char *name = text_of(network, "loss");
    const struct inki_loss *loss = name ? inki_loss_named(name) : NULL;
    if (!loss || loss->target == INKI_TARGET_CLASSES) return INK_OK;
    return inki_fail(network->ctx, INK_UNSUPPORTED,
                     "%s: the network answers with numbers (loss %.40s), and only classifiers can be imported yet; use "
                     "the model file it was made from",
                     network->path, name);
}

ink_status inki_network_model(struct inki_network *network, ink_model **out)
{
    ink_model *model;
    *out = NULL;
    INK_TRY(check_answers(network));
    if (network->images) return make_images(network, out);
    INK_TRY(check(network));
    INK_TRY(set_classes(network));
    INK_TRY(begin_as_given(network, &model));
    if (!model) INK_TRY(begin_anew(network, &model));
    set_weights(network, model);
    ink_status status = add_metadata(network, model);
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}
