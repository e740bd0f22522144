/* weights: a model's tensors by name, as arrays in the order of its file.
 * SPDX-License-Identifier: MIT */
#include "base/sized.h"
#include "model/unlike.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A tensor with its place in the network. */
struct place {
    const struct inki_node *layer;
    size_t number; /* among the layer's */
    struct inki_param shape;
};

/* Tensor i in the order of the file; false behind the last. */
static bool find_number(const ink_model *model, size_t i, struct place *out)
{
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *layer = &model->nodes[l];
        *out = (struct place){.layer = layer};
        for (; inki_param(layer, out->number, &out->shape); out->number++)
            if (i-- == 0) return true;
    }
    return false;
}

static void name_of(const struct place *place, char name[64])
{
    snprintf(name, 64, "%s.%s", place->layer->name, place->shape.suffix);
}

/* "[100,784]" */
static const char *shape_text(const size_t *dims, size_t rank, char text[128])
{
    size_t used = (size_t)snprintf(text, 128, "[");
    for (size_t i = 0; i < rank && i < 4; i++)
        used += (size_t)snprintf(text + used, 128 - used, "%s%zu", i ? "," : "", dims[i]);
    snprintf(text + used, 128 - used, rank > 4 ? ",…]" : "]");
    return text;
}

bool ink_model_tensor(const ink_model *model, size_t i, ink_tensor *out)
{
    struct place place;
    ink_tensor tensor = {0};
    bool there = find_number(model, i, &place);
    if (there) {
        name_of(&place, tensor.name);
        tensor.rank = place.shape.rank;
        for (size_t d = 0; d < tensor.rank; d++) tensor.dims[d] = place.shape.dims[d];
        tensor.count = place.shape.count;
        tensor.frozen = !inki_is_trained(place.shape.role);
    }
    inki_sized_give(out, &tensor, sizeof tensor, sizeof tensor);
    return there;
}

static ink_status find_name(ink_ctx *ctx, const ink_model *model, const char *name, struct place *out)
{
    char is[64];
    for (size_t i = 0; find_number(model, i, out); i++) {
        name_of(out, is);
        if (strcmp(is, name) == 0) return INK_OK;
    }
    return inki_fail(ctx, INK_BAD_ARGUMENT, "the model has no tensor '%.60s'; ink_model_tensor lists them", name);
}

ink_status ink_model_get_tensor(ink_ctx *ctx, const ink_model *model, const char *name, size_t count, float *values)
{
    struct place place;
    INK_TRY(find_name(ctx, model, name, &place));
    if (count != place.shape.count)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: room for %zu values; expected %zu", name, count,
                         place.shape.count);
    const float *w = model->w + place.layer->offset;
    for (size_t i = 0; i < count; i++) values[i] = w[place.layer->op->at(place.layer, place.number, i)];
    return INK_OK;
}

static ink_status check_shape(ink_ctx *ctx, const char *name, const struct inki_param *is, const size_t *dims,
                              size_t rank)
{
    char found[128], expected[128];
    bool same = rank == is->rank;
    for (size_t d = 0; same && d < rank; d++) same = dims[d] == is->dims[d];
    if (same) return INK_OK;
    return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: is of shape %s; expected %s", name, shape_text(dims, rank, found),
                     shape_text(is->dims, is->rank, expected));
}

ink_status ink_model_set_tensor(ink_ctx *ctx, ink_model *model, const char *name, const size_t *dims, size_t rank,
                                const float *values)
{
    struct place place;
    INK_TRY(find_name(ctx, model, name, &place));
    INK_TRY(check_shape(ctx, name, &place.shape, dims, rank));
    for (size_t i = 0; i < place.shape.count; i++) {
        const char *expected = inki_param_expects(&place.shape, (double)values[i]);
        if (expected)
            return inki_fail(ctx, INK_BAD_DATA, "%s: value %zu (from 0) is %g; expected %s", name, i, (double)values[i],
                             expected);
    }
    float *w = model->w + place.layer->offset;
    for (size_t i = 0; i < place.shape.count; i++) w[place.layer->op->at(place.layer, place.number, i)] = values[i];
    inki_unlike_free(model->unlike); /* it was of the weights before */
    model->unlike = NULL;
    return INK_OK;
}
