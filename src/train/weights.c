/* weights: which array belongs to which layer, and which way round it lies.
 * SPDX-License-Identifier: MIT */
#include "train/weights.h"
#include "train/named_weights.h"

#include "base/mem.h"
#include "read/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum layout { LAYOUT_AUTO, LAYOUT_IN_OUT, LAYOUT_OUT_IN };
enum kind { KIND_NONE, KIND_WEIGHT, KIND_BIAS };

#define FIRST_LAYER 0
#define LAST_LAYER SIZE_MAX
#define NO_LAYER (SIZE_MAX - 1)

/* Words in arrays' names, in small letters: what kind they mean, and which layer. */
static const struct word {
    const char *text;
    enum kind kind;
    size_t layer;
} words[] = {
    {"w", KIND_WEIGHT, NO_LAYER},
    {"weight", KIND_WEIGHT, NO_LAYER},
    {"weights", KIND_WEIGHT, NO_LAYER},
    {"kernel", KIND_WEIGHT, NO_LAYER},
    {"coef", KIND_WEIGHT, NO_LAYER},
    {"coefs", KIND_WEIGHT, NO_LAYER},
    {"theta", KIND_WEIGHT, NO_LAYER},
    {"wih", KIND_WEIGHT, FIRST_LAYER},
    {"whh", KIND_WEIGHT, 1},
    {"who", KIND_WEIGHT, LAST_LAYER},
    {"b", KIND_BIAS, NO_LAYER},
    {"bias", KIND_BIAS, NO_LAYER},
    {"biases", KIND_BIAS, NO_LAYER},
    {"intercept", KIND_BIAS, NO_LAYER},
    {"intercepts", KIND_BIAS, NO_LAYER},
    {"bh", KIND_BIAS, 1},
    {"bo", KIND_BIAS, LAST_LAYER},
    {"input", KIND_NONE, FIRST_LAYER},
    {"inputs", KIND_NONE, FIRST_LAYER},
    {"ih", KIND_NONE, FIRST_LAYER},
    {"output", KIND_NONE, LAST_LAYER},
    {"outputs", KIND_NONE, LAST_LAYER},
    {"out", KIND_NONE, LAST_LAYER},
    {"ho", KIND_NONE, LAST_LAYER},
};

/* An array with what its name says. */
struct candidate {
    const struct inki_array *array;
    enum kind kind;
    size_t layer;  /* by which they are ordered; NO_LAYER: as they come */
    size_t number; /* the name's first, else NO_LAYER */
    size_t place;  /* in the file */
};

/* What is to be put where. */
struct plan {
    ink_ctx *ctx;
    ink_model *model;
    const char *path;
    enum layout layout;
    bool out_in, in_out; /* some matrix can only be this */
    struct candidate *weights, *biases;
    size_t weight_count, bias_count;
};

/* --------------------------------------------------------------- reading names */

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

/* The next run of letters, which ends before a capital behind a small one, in small letters; or of digits. "" at the end. */
static const char *next_token(const char *at, char token[32])
{
    size_t length = 0;
    while (*at && !is_letter(*at) && !is_digit(*at)) at++;
    bool digits = is_digit(*at);
    for (char before = 0; *at && (digits ? is_digit(*at) : is_letter(*at)); before = *at++) {
        if (before && is_capital(*at) && !is_capital(before)) break;
        if (length < 31) token[length++] = (char)(is_capital(*at) ? *at - 'A' + 'a' : *at);
    }
    token[length] = 0;
    return at;
}

static void read_word(struct candidate *c, const char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].text, text) != 0) continue;
        if (c->kind == KIND_NONE) c->kind = words[i].kind;
        if (words[i].layer != NO_LAYER && c->layer != FIRST_LAYER) c->layer = words[i].layer;
    }
}

/* "weights_hidden1_to_hidden2": a weight of layer 1. *words: whether the name has any; those of lists have not. */
static struct candidate read_name(const struct inki_array *array, size_t place, bool *has_words)
{
    struct candidate c = {.array = array, .layer = NO_LAYER, .number = NO_LAYER, .place = place};
    char token[32];
    *has_words = false;
    for (const char *at = next_token(array->name, token); *token; at = next_token(at, token)) {
        if (!is_digit(*token)) {
            *has_words = *has_words || strcmp(token, "arr") != 0; /* np.savez(path, W1, b1) */
            read_word(&c, token);
        } else if (c.number == NO_LAYER) {
            c.number = (size_t)strtoul(token, NULL, 10);
        }
    }
    if (c.layer == NO_LAYER) c.layer = c.number;
    if (c.layer == NO_LAYER) c.layer = strstr(array->name, "hidden") ? 1 : FIRST_LAYER; /* dense, dense_1, … */
    return c;
}

/* Arrays of a list: vectors are biases, and what looks like a row or a column and follows a weight. */
static enum kind kind_by_shape(const struct inki_array *array, enum kind before)
{
    if (array->rank == 1) return KIND_BIAS;
    if (array->rank != 2) return KIND_NONE;
    bool thin = array->dims[0] == 1 || array->dims[1] == 1;
    return thin && before == KIND_WEIGHT ? KIND_BIAS : KIND_WEIGHT;
}

static int by_layer(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->layer != y->layer) return x->layer < y->layer ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static void sort_arrays(struct plan *plan, const struct inki_array *arrays, size_t count)
{
    enum kind before = KIND_NONE;
    for (size_t i = 0; i < count; i++) {
        bool has_words;
        struct candidate c = read_name(&arrays[i], i, &has_words);
        if (!arrays[i].element || arrays[i].rank == 0) continue;
        if (!has_words) {
            c.kind = before = kind_by_shape(&arrays[i], before);
            c.layer = c.number = NO_LAYER;
        }
        if (c.kind == KIND_WEIGHT) plan->weights[plan->weight_count++] = c;
        if (c.kind == KIND_BIAS) plan->biases[plan->bias_count++] = c;
    }
    if (plan->weight_count) qsort(plan->weights, plan->weight_count, sizeof *plan->weights, by_layer);
    if (plan->bias_count) qsort(plan->biases, plan->bias_count, sizeof *plan->biases, by_layer);
}

/* ------------------------------------------------------------------- shapes */

static void shape_text(const struct inki_array *array, char out[96])
{
    size_t used = (size_t)snprintf(out, 96, "%zu", array->rank ? array->dims[0] : 1);
    for (size_t d = 1; d < array->rank; d++) used += (size_t)snprintf(out + used, 96 - used, "x%zu", array->dims[d]);
}

static ink_status misfit(const struct plan *plan, const struct inki_node *layer, const struct inki_array *array,
                         bool bias)
{
    char shape[96];
    shape_text(array, shape);
    if (bias)
        return inki_fail(plan->ctx, INK_BAD_DATA,
                         "%s: array '%s' is %s, the network's %s.bias has %zu values; check hidden", plan->path,
                         array->name, shape, layer->name, layer->outputs);
    return inki_fail(
        plan->ctx, INK_BAD_DATA,
        "%s: array '%s' is %s, the network's %s has %zu inputs and %zu outputs; check hidden and init-layout",
        plan->path, array->name, shape, layer->name, layer->inputs, layer->outputs);
}

static bool is_shape(const struct inki_array *array, size_t rows, size_t columns)
{
    return array->rank == 2 && array->dims[0] == rows && array->dims[1] == columns;
}

/* The i-th layer that is trained; NULL behind the last. */
static const struct inki_node *trained_layer(const ink_model *model, size_t i)
{
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *layer = &model->nodes[l];
        if (inki_node_learns(layer) && i-- == 0) return layer;
    }
    return NULL;
}

/* What the matrices that are not square say of the layout: it holds for those that are. */
static void look_at_shapes(struct plan *plan)
{
    bool square = false;
    const struct inki_node *layer;
    for (size_t i = 0; (layer = trained_layer(plan->model, i)); i++) {
        const struct inki_array *array = plan->weights[i].array;
        bool as_in_out = is_shape(array, layer->inputs, layer->outputs);
        bool as_out_in = is_shape(array, layer->outputs, layer->inputs);
        plan->in_out = plan->in_out || (as_in_out && !as_out_in);
        plan->out_in = plan->out_in || (as_out_in && !as_in_out);
        square = square || (as_in_out && as_out_in && layer->inputs > 1);
    }
    if (square && plan->layout == LAYOUT_AUTO && plan->in_out == plan->out_in)
        inki_note(plan->ctx, "%s: square weights are read as (in, out); the setting init-layout changes that",
                  plan->path);
}

/* ------------------------------------------------------------------- values */

static ink_status put_value(struct plan *plan, const struct inki_node *layer, size_t tensor, size_t at,
                            const struct inki_array *array, size_t from)
{
    double value = inki_array_at(array, from);
    if (!inki_is_value(value))
        return inki_fail(plan->ctx, INK_BAD_DATA, "%s: array '%s': value %zu (from 0) is %g; expected a finite number",
                         plan->path, array->name, from, value);
    plan->model->w[layer->offset + layer->op->at(layer, tensor, at)] = (float)value;
    return INK_OK;
}

/* The tensor is (out, in). */
static ink_status put_weight(struct plan *plan, const struct inki_node *layer, const struct inki_array *array)
{
    size_t inputs = layer->inputs, outputs = layer->outputs;
    bool as_in_out = plan->layout != LAYOUT_OUT_IN && is_shape(array, inputs, outputs);
    bool as_out_in = plan->layout != LAYOUT_IN_OUT && is_shape(array, outputs, inputs);
    if (!as_in_out && !as_out_in) return misfit(plan, layer, array, false);
    bool turned = as_in_out && !(as_out_in && plan->out_in && !plan->in_out);
    for (size_t i = 0; i < inputs * outputs; i++)
        INK_TRY(put_value(plan, layer, 0, i, array, turned ? i % inputs * outputs + i / inputs : i));
    return INK_OK;
}

static ink_status put_bias(struct plan *plan, const struct inki_node *layer, const struct inki_array *array)
{
    bool vector = array->rank == 1 || is_shape(array, 1, array->count) || is_shape(array, array->count, 1);
    if (!vector || array->count != layer->outputs) return misfit(plan, layer, array, true);
    for (size_t i = 0; i < array->count; i++) INK_TRY(put_value(plan, layer, 1, i, array, i));
    return INK_OK;
}

static void clear_bias(struct plan *plan, const struct inki_node *layer)
{
    for (size_t i = 0; i < layer->outputs; i++) plan->model->w[layer->offset + layer->op->at(layer, 1, i)] = 0;
    inki_note(plan->ctx, "%s: has no bias for %s: it starts at 0", plan->path, layer->name);
}

/* ----------------------------------------------------------------- matching */

/* The names of all arrays. */
static void name_list(const struct inki_array *arrays, size_t count, char *out, size_t room)
{
    size_t used = 0;
    snprintf(out, room, "nothing");
    for (size_t i = 0; i < count && used + 70 < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s'%s'", i ? ", " : "", arrays[i].name);
}

static ink_status check_counts(const struct plan *plan, const struct inki_array *arrays, size_t count)
{
    char names[400];
    size_t layers = 0;
    while (trained_layer(plan->model, layers)) layers++;
    name_list(arrays, count, names, sizeof names);
    if (plan->weight_count > layers)
        return inki_fail(
            plan->ctx, INK_BAD_DATA,
            "%s: has weights for %zu layers, more than the network's %zu layers; check hidden; it holds: %s",
            plan->path, plan->weight_count, layers, names);
    if (plan->weight_count < layers)
        return inki_fail(plan->ctx, INK_BAD_DATA,
                         "%s: has weights for %zu layers, none for layer %s; check hidden; use names such as W1, b1, "
                         "W2, b2, …; it holds: %s",
                         plan->path, plan->weight_count, trained_layer(plan->model, plan->weight_count)->name, names);
    return INK_OK;
}

/* The bias of layer i: by order where all have one, else by the number in its name. NULL: none. */
static const struct candidate *bias_for(const struct plan *plan, size_t i)
{
    if (plan->bias_count == plan->weight_count) return &plan->biases[i];
    for (size_t b = 0; b < plan->bias_count; b++)
        if (plan->biases[b].number == plan->weights[i].number) return &plan->biases[b];
    return NULL;
}

/* Where some layers have a bias and others none, numbers must say which. */
static ink_status check_biases(const struct plan *plan)
{
    size_t found = 0;
    for (size_t i = 0; i < plan->weight_count; i++) {
        const struct candidate *bias = bias_for(plan, i);
        bool numbered = plan->bias_count == plan->weight_count || plan->weights[i].number != NO_LAYER;
        found += bias && numbered;
    }
    if (found == plan->bias_count) return INK_OK;
    return inki_fail(plan->ctx, INK_BAD_DATA,
                     "%s: has %zu weights and %zu biases, and their names do not show which belong together; use names "
                     "such as W1, b1, W2, b2, …",
                     plan->path, plan->weight_count, plan->bias_count);
}

static ink_status put_all(struct plan *plan, const struct inki_array *arrays, size_t count)
{
    const struct inki_node *layer;
    sort_arrays(plan, arrays, count);
    INK_TRY(check_counts(plan, arrays, count));
    INK_TRY(check_biases(plan));
    look_at_shapes(plan);
    for (size_t i = 0; (layer = trained_layer(plan->model, i)); i++) {
        const struct candidate *bias = bias_for(plan, i);
        INK_TRY(put_weight(plan, layer, plan->weights[i].array));
        if (bias)
            INK_TRY(put_bias(plan, layer, bias->array));
        else
            clear_bias(plan, layer);
    }
    return INK_OK;
}

/* --------------------------------------------- what an exported network says */

static const struct inki_array *find_array(const struct inki_array *arrays, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(arrays[i].name, name) == 0) return &arrays[i];
    return NULL;
}

/* A text of the file, "" if it has none of this name or one that is longer than any. */
static void text_of(const struct inki_array *array, size_t i, char *out, size_t room)
{
    *out = 0;
    if (!array || !array->text || i >= array->count) return;
    char *text = room >= inki_array_text_room(array) ? out : NULL;
    if (text) inki_array_text(array, i, text);
}

static ink_status check_classes(ink_ctx *ctx, const ink_model *model, const char *path,
                                const struct inki_array *classes)
{
    char name[1024];
    if (!classes || !classes->text || classes->count != model->classes) return INK_OK;
    for (size_t i = 0; i < model->classes; i++) {
        text_of(classes, i, name, sizeof name);
        if (*name && strcmp(name, model->class_names[i]) != 0)
            return inki_fail(ctx, INK_BAD_DATA, "%s: was trained on other classes than the data has ('%s' for '%s')",
                             path, name, model->class_names[i]);
    }
    return INK_OK;
}

static ink_status put_scaling(ink_ctx *ctx, ink_model *model, const char *path, const struct inki_array *arrays,
                              size_t count)
{
    static const char *const names[2] = {"scale_shift", "scale_factor"};
    char kind[64];
    const struct inki_node *layer = &model->nodes[0];
    const struct inki_array *both[2] = {find_array(arrays, count, names[0]), find_array(arrays, count, names[1])};
    if (!both[0] || !both[1]) return INK_OK;
    if (!model->scale) {
        inki_note(ctx, "%s: its scaling is ignored, as the setting scale asks", path);
        return INK_OK;
    }
    for (size_t t = 0; t < 2; t++) {
        if (!both[t]->element || both[t]->count != model->features)
            return inki_fail(ctx, INK_BAD_DATA, "%s: array '%s' has %zu values, the data %zu features", path, names[t],
                             both[t]->count, model->features);
        for (size_t i = 0; i < model->features; i++)
            model->w[layer->offset + layer->op->at(layer, t, i)] = (float)inki_array_at(both[t], i);
    }
    text_of(find_array(arrays, count, "scaling"), 0, kind, sizeof kind);
    if (*kind && strlen(kind) < sizeof model->scaling) memcpy(model->scaling, kind, strlen(kind) + 1);
    inki_note(ctx, "%s: its scaling (%s) is used together with the weights", path, model->scaling);
    return inki_model_set_metadata(ctx, model, "scaling", model->scaling);
}

ink_status inki_weights_put(ink_ctx *ctx, ink_model *model, const char *path, const struct inki_array *arrays,
                            size_t count, int layout)
{
    char notation[1024];
    struct plan plan = {.ctx = ctx, .model = model, .path = path, .layout = (enum layout)layout};
    struct candidate *room = inki_alloc(ctx, 2 * count, sizeof *room);
    if (!room) return INK_NO_MEMORY;
    plan.weights = room;
    plan.biases = room + count;
    ink_status status = inki_weights_have_names(model) ? inki_weights_by_name(ctx, model, path, arrays, count)
                                                       : put_all(&plan, arrays, count);
    inki_free(room);
    INK_TRY(status);
    INK_TRY(check_classes(ctx, model, path, find_array(arrays, count, "classes")));
    text_of(find_array(arrays, count, "notation"), 0, notation, sizeof notation);
    if (*notation && strcmp(notation, model->notation) != 0)
        inki_note(ctx, "%s: was a network '%s', this one is '%s'", path, notation, model->notation);
    return put_scaling(ctx, model, path, arrays, count);
}
