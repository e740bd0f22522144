/* onnx_answers: what stands behind a network in an ONNX graph: two classes of one output, the place of the largest, labels.
 * SPDX-License-Identifier: MIT */
#include "out/onnx_walk.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool are_classes(const struct inki_onnx_walk *walk)
{
    return walk->state.stage == INKI_ONNX_LAYER || walk->state.stage == INKI_ONNX_ANSWERS;
}

/* ------------------------------------------------------------------------- two classes */

bool inki_onnx_is_one_sigmoid(const struct inki_onnx_walk *walk)
{
    const struct inki_plain_layer *layer = inki_onnx_last(walk);
    return layer && layer->outputs == 1 && layer->act == INKI_ACT_sigmoid && !walk->factor;
}

ink_status inki_onnx_two_classes(struct inki_onnx_walk *walk, bool turned)
{
    struct inki_plain_layer *layer = inki_onnx_last(walk);
    ink_ctx *ctx = walk->onnx->ctx;
    if (!inki_onnx_is_one_sigmoid(walk))
        return inki_onnx_refuse(walk->onnx, walk->step->node,
                                "joins p and 1 - p, where p is not the single output of a Sigmoid");
    INK_TRY(inki_onnx_change(walk, walk->step->node));
    float *w = inki_zalloc(ctx, 2 * layer->inputs, sizeof *w), *b = inki_zalloc(ctx, 2, sizeof *b);
    if (!w || !b) {
        inki_free(w);
        inki_free(b);
        return INK_NO_MEMORY;
    }
    memcpy(w + (turned ? 0 : layer->inputs), layer->w, layer->inputs * sizeof *w);
    b[!turned] = layer->b[0];
    inki_free(layer->w);
    inki_free(layer->b);
    layer->w = w;
    layer->b = b;
    layer->outputs = 2;
    layer->act = INKI_ACT_identity;
    walk->state.stage = INKI_ONNX_ANSWERS;
    walk->state.rank = 1;
    walk->state.row[0] = 2;
    inki_note(ctx, "%s: its one output behind a sigmoid becomes two classes", walk->onnx->path);
    return INK_OK;
}

/* p > 0.5 says which of the two classes it is. */
ink_status inki_onnx_step_threshold(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    bool half = inki_onnx_same(inki_onnx_input(node, 0), walk->step->from) &&
                inki_onnx_is_number(walk->onnx, inki_onnx_input(node, 1), 0.5);
    if (walk->state.stage != INKI_ONNX_ACTIVE || !inki_onnx_is_one_sigmoid(walk) || !half)
        return inki_onnx_refuse(walk->onnx, node, "does not compare the one output behind a Sigmoid with 0.5");
    walk->state.stage = INKI_ONNX_PLACE;
    return INK_OK;
}

/* ------------------------------------------------------------------- place of the largest */

/* Whether an axis, or a list of one, is that of the classes. */
static bool over_classes(const struct inki_onnx_walk *walk, int64_t axis)
{
    return axis == -1 || axis == (int64_t)walk->state.rank;
}

ink_status inki_onnx_step_argmax(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    if (!are_classes(walk))
        return inki_onnx_refuse(walk->onnx, node, "does not stand behind the last layer or a softmax" INKI_ONNX_CUT);
    if (!over_classes(walk, inki_onnx_int(node, "axis", 0)))
        return inki_onnx_refuse(walk->onnx, node, "is not over the classes" INKI_ONNX_CUT);
    if (inki_onnx_int(node, "select_last_index", 0) != 0)
        return inki_onnx_refuse(walk->onnx, node, "takes the last of equal classes, not the first" INKI_ONNX_CUT);
    walk->state.stage = INKI_ONNX_PLACE;
    return INK_OK;
}

ink_status inki_onnx_step_topk(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    if (!are_classes(walk))
        return inki_onnx_refuse(walk->onnx, node, "does not stand behind the last layer or a softmax" INKI_ONNX_CUT);
    if (!over_classes(walk, inki_onnx_int(node, "axis", -1)) || inki_onnx_int(node, "largest", 1) != 1)
        return inki_onnx_refuse(walk->onnx, node, "does not take the largest of the classes" INKI_ONNX_CUT);
    bool places = node->n_output > 1 && inki_onnx_same(walk->step->to, node->output[1]);
    walk->state.stage = places ? INKI_ONNX_PLACE : INKI_ONNX_LABEL;
    return INK_OK;
}

/* The largest probability itself. */
ink_status inki_onnx_step_largest(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    if (!are_classes(walk))
        return inki_onnx_refuse(walk->onnx, node, "does not stand behind the last layer or a softmax" INKI_ONNX_CUT);
    walk->state.stage = INKI_ONNX_LABEL;
    return INK_OK;
}

/* ------------------------------------------------------------------------------ labels */

/* The names of the classes: all ways that lead to them must say the same. */
static ink_status set_labels(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, json_t *labels)
{
    struct inki_network *network = walk->network;
    bool other = network->classes && !json_equal(network->classes, labels);
    if (!other && !network->classes) network->classes = json_incref(labels);
    json_decref(labels);
    walk->state.stage = INKI_ONNX_LABEL;
    return other ? inki_onnx_refuse(walk->onnx, node, "names the classes otherwise than another output does") : INK_OK;
}

static ink_status no_memory(const struct inki_onnx_walk *walk)
{
    return inki_fail(walk->onnx->ctx, INK_NO_MEMORY, "out of memory");
}

/* Adds a text, which must be UTF-8. */
static ink_status add_text(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, json_t *list,
                           const ProtobufCBinaryData *text)
{
    json_t *value = json_stringn((const char *)text->data, text->len);
    if (!value) return inki_onnx_refuse(walk->onnx, node, "has a label that is not UTF-8");
    if (memchr(text->data, 0, text->len)) {
        json_decref(value);
        return inki_onnx_refuse(walk->onnx, node, "has a label with a byte of 0");
    }
    return json_array_append_new(list, value) == 0 ? INK_OK : no_memory(walk);
}

static ink_status add_number(struct inki_onnx_walk *walk, json_t *list, double number)
{
    char text[40];
    snprintf(text, sizeof text, fabs(number) < 9e15 && number == trunc(number) ? "%.0f" : "%.9g", number);
    return json_array_append_new(list, json_string(text)) == 0 ? INK_OK : no_memory(walk);
}

/* The tensor of texts that a constant is; NULL if it is none. */
static const Inki__Onnx__Tensor *texts_of(const struct inki_onnx_walk *walk, const char *name)
{
    const struct inki_onnx_maker *maker = inki_onnx_maker(walk->onnx, name);
    const Inki__Onnx__Tensor *tensor = maker ? maker->tensor : NULL;
    if (maker && maker->is_constant && !tensor) {
        const Inki__Onnx__Attribute *value = inki_onnx_attribute(walk->onnx->graph->node[maker->node], "value");
        tensor = value ? value->t : NULL;
    }
    return tensor && tensor->data_type == INKI_ONNX_STRING ? tensor : NULL;
}

/* The labels in a constant, one a class. */
static ink_status list_labels(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, const char *name, json_t *list)
{
    const Inki__Onnx__Tensor *texts = texts_of(walk, name);
    struct inki_onnx_values values;
    ink_status status = INK_OK;
    if (texts) {
        for (size_t i = 0; i < texts->n_string_data && status == INK_OK; i++)
            status = add_text(walk, node, list, &texts->string_data[i]);
        return status;
    }
    INK_TRY(inki_onnx_take(walk->onnx, name, &values));
    for (size_t i = 0; i < values.count && status == INK_OK; i++) status = add_number(walk, list, values.values[i]);
    inki_onnx_drop(&values);
    return status;
}

/* Classes that are named: the label of a place. */
static ink_status take_labels(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, const char *name)
{
    json_t *list = json_array();
    ink_status status = list ? list_labels(walk, node, name, list) : no_memory(walk);
    if (status == INK_OK) return set_labels(walk, node, list);
    json_decref(list);
    return status;
}

/* Moves float values[count][size] to the places in order[]. */
static ink_status reorder(ink_ctx *ctx, float *values, size_t count, size_t size, const double *order)
{
    float *old = inki_alloc(ctx, count, size * sizeof *old);
    if (!old) return INK_NO_MEMORY;
    memcpy(old, values, count * size * sizeof *old);
    for (size_t i = 0; i < count; i++) memcpy(values + i * size, old + (size_t)order[i] * size, size * sizeof *old);
    inki_free(old);
    return INK_OK;
}

/* All classes in another order: so does the last layer have them. Anything else takes classes away, or one twice. */
static ink_status turn_classes(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node,
                               const struct inki_onnx_values *order)
{
    struct inki_plain_layer *layer = inki_onnx_last(walk);
    bool *seen = inki_zalloc(walk->onnx->ctx, layer->outputs, sizeof *seen);
    bool all = order->rank == 1 && order->count == layer->outputs;
    if (!seen) return INK_NO_MEMORY;
    for (size_t i = 0; all && i < order->count; i++) {
        double *at = &order->values[i];
        all = *at == trunc(*at) && *at >= -(double)layer->outputs && *at < (double)layer->outputs;
        if (all && *at < 0) *at += (double)layer->outputs;
        all = all && !seen[(size_t)*at];
        if (all) seen[(size_t)*at] = true;
    }
    inki_free(seen);
    if (!all) return inki_onnx_refuse(walk->onnx, node, "does not take all classes, each once" INKI_ONNX_CUT);
    walk->state.turns++;
    INK_TRY(reorder(walk->onnx->ctx, layer->w, layer->outputs, layer->inputs, order->values));
    return reorder(walk->onnx->ctx, layer->b, layer->outputs, 1, order->values);
}

/* Gather and ArrayFeatureExtractor: of labels the one at a place, or of the classes some in an order. */
ink_status inki_onnx_step_gather(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values order;
    bool extractor = inki_onnx_same(node->op_type, "ArrayFeatureExtractor");
    if (inki_onnx_same(inki_onnx_input(node, 1), walk->step->from)) {
        if (walk->state.stage != INKI_ONNX_PLACE)
            return inki_onnx_refuse(walk->onnx, node, "looks up a value that is not a class");
        return take_labels(walk, node, inki_onnx_input(node, 0));
    }
    int64_t axis = extractor ? -1 : inki_onnx_int(node, "axis", 0);
    if (!are_classes(walk) || !over_classes(walk, axis))
        return inki_onnx_refuse(walk->onnx, node,
                                "takes parts of a value; networks that take all columns can be imported");
    INK_TRY(inki_onnx_change(walk, node));
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &order));
    ink_status status = turn_classes(walk, node, &order);
    inki_onnx_drop(&order);
    return status;
}

/* Probabilities by the names of the classes. */
ink_status inki_onnx_step_zipmap(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *numbers = inki_onnx_attribute(node, "classlabels_int64s"),
                                *texts = inki_onnx_attribute(node, "classlabels_strings");
    ink_status status = INK_OK;
    if (!are_classes(walk))
        return inki_onnx_refuse(walk->onnx, node, "does not stand behind the last layer or a softmax" INKI_ONNX_CUT);
    json_t *list = json_array();
    if (!list) return no_memory(walk);
    for (size_t i = 0; numbers && i < numbers->n_ints && status == INK_OK; i++)
        status = add_number(walk, list, (double)numbers->ints[i]);
    for (size_t i = 0; texts && i < texts->n_strings && status == INK_OK; i++)
        status = add_text(walk, node, list, &texts->strings[i]);
    if (status == INK_OK) return set_labels(walk, node, list);
    json_decref(list);
    return status;
}

#endif
