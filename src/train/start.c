/* start: the network that training begins with.
 * SPDX-License-Identifier: MIT */
#include "train/start.h"
#include "base/mem.h"
#include "base/settings.h"
#include "data/npy.h"
#include "data/prep.h"

#include <stdio.h>
#include <string.h>

enum layout { LAYOUT_AUTO, LAYOUT_IN_OUT, LAYOUT_OUT_IN };

/* One trained layer's tensor and the array that is meant for it. */
struct pairing {
    const struct inki_layer *layer;
    struct inki_tensor tensor;
    size_t index; /* of the tensor in its layer */
    char name[32];
};

static ink_status misfit(ink_model *model, const char *path, const struct pairing *to, const struct inki_array *array)
{
    if (to->tensor.rank == 1)
        return inki_fail(model->ctx, INK_BAD_DATA,
                         "%s: array '%s' has %zu values, the network's %s.%s %zu; check hidden", path, to->name,
                         array->count, to->layer->name, to->tensor.suffix, to->tensor.count);
    return inki_fail(
        model->ctx, INK_BAD_DATA,
        "%s: array '%s' is %zux%zu, the network's %s has %zu inputs and %zu outputs; check hidden and init-layout",
        path, to->name, array->dims[0], array->rank > 1 ? array->dims[1] : 1, to->layer->name, to->tensor.dims[1],
        to->tensor.dims[0]);
}

/* Matrices as (in,out) or (out,in), told from the shape; square ones are (in,out) unless said otherwise. */
static ink_status put(ink_model *model, const char *path, const struct pairing *to, const struct inki_array *array,
                      enum layout layout)
{
    const struct inki_tensor *tensor = &to->tensor;
    bool matrix = tensor->rank == 2, as_file, turned;
    size_t outputs = tensor->dims[0], inputs = matrix ? tensor->dims[1] : 1;
    as_file = !matrix ||
              (layout != LAYOUT_IN_OUT && array->rank == 2 && array->dims[0] == outputs && array->dims[1] == inputs);
    turned =
        matrix && layout != LAYOUT_OUT_IN && array->rank == 2 && array->dims[0] == inputs && array->dims[1] == outputs;
    if (array->count != tensor->count || (!as_file && !turned)) return misfit(model, path, to, array);
    for (size_t i = 0; i < tensor->count; i++) {
        size_t from = turned ? i % inputs * outputs + i / inputs : i;
        model->w[to->layer->offset + to->layer->ops->at(to->layer, to->index, i)] = (float)inki_array_at(array, from);
    }
    return INK_OK;
}

static const struct inki_array *find(const struct inki_array *arrays, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(arrays[i].name, name) == 0) return &arrays[i];
    return NULL;
}

static ink_status take_arrays(ink_model *model, const char *path, const struct inki_array *arrays, size_t count,
                              enum layout layout)
{
    size_t number = 0;
    for (size_t l = 0; l < model->layer_count; l++) {
        struct pairing to = {.layer = &model->layers[l]};
        if (!to.layer->ops->tensor || to.layer->ops->frozen) continue;
        number++;
        for (; to.layer->ops->tensor(to.layer, to.index, &to.tensor); to.index++) {
            snprintf(to.name, sizeof to.name, "%c%zu", to.tensor.rank == 1 ? 'b' : 'W', number);
            const struct inki_array *array = find(arrays, count, to.name);
            if (!array)
                return inki_fail(model->ctx, INK_BAD_DATA,
                                 "%s: there is no array '%s' for layer %s; names are W1, b1, W2, b2, …", path, to.name,
                                 to.layer->name);
            INK_TRY(put(model, path, &to, array, layout));
        }
    }
    char next[32];
    snprintf(next, sizeof next, "W%zu", number + 1);
    if (find(arrays, count, next))
        return inki_fail(model->ctx, INK_BAD_DATA,
                         "%s: has weights for more than the network's %zu layers; check hidden", path, number);
    return INK_OK;
}

static ink_status from_model(ink_model *model, const char *path)
{
    ink_model *other;
    INK_TRY(ink_model_load(model->ctx, path, &other));
    ink_status status = INK_OK;
    if (strcmp(other->notation, model->notation) != 0 || other->features != model->features ||
        other->classes != model->classes || other->size != model->size)
        status = inki_fail(model->ctx, INK_BAD_DATA,
                           "%s: is a network '%s' of %zu features and %zu classes, scale %s; wanted is '%s' of %zu and "
                           "%zu, scale %s",
                           path, other->notation, other->features, other->classes, other->scaling, model->notation,
                           model->features, model->classes, model->scaling);
    else if (!inki_same_classes(other->class_names, other->classes, model->class_names, model->classes))
        status = inki_fail(model->ctx, INK_BAD_DATA, "%s: was trained on other classes than the data has", path);
    else { /* its scaling too: the weights were made for it */
        memcpy(model->w, other->w, model->size * sizeof *model->w);
        memcpy(model->scaling, other->scaling, sizeof model->scaling);
        status = inki_model_set_metadata(model, "scaling", model->scaling);
    }
    ink_model_free(other);
    return status;
}

ink_status inki_start_from(ink_model *model, const char *path, int layout)
{
    struct inki_array *arrays;
    size_t count, length = strlen(path);
    if (length < 4 || strcmp(path + length - 4, ".npz") != 0) return from_model(model, path);
    INK_TRY(inki_npz_read(model->ctx, path, &arrays, &count));
    ink_status status = take_arrays(model, path, arrays, count, (enum layout)layout);
    inki_arrays_free(model->ctx, arrays, count);
    return status;
}

static ink_status begin(ink_ctx *ctx, const ink_data *train, const char *notation, enum inki_scaling kind, float *shift,
                        ink_model **out)
{
    struct inki_model_plan plan = {.notation = notation,
                                   .in = {train->channels, train->height, train->width},
                                   .classes = train->classes,
                                   .class_names = train->class_names,
                                   .scaling = inki_scaling_name(kind)};
    if (kind != INKI_SCALE_NONE) {
        plan.shift = shift;
        plan.factor = shift + train->features;
        INK_TRY(inki_prep_fit(train, kind, shift, shift + train->features));
    }
    return inki_model_begin(ctx, &plan, out);
}

ink_status inki_start_model(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_model **out)
{
    enum inki_scaling kind = inki_prep_kind(train, (enum inki_scaling)inki_get_choice(set, INKI_SCALE));
    const char *from = inki_get_text(set, INKI_INIT_FROM);
    ink_model *model = NULL;
    char *notation;
    *out = NULL;
    INK_TRY(inki_notation_from(ctx, set, &notation));
    float *statistics = inki_alloc(ctx, train->features, 2 * sizeof *statistics);
    ink_status status = statistics ? begin(ctx, train, notation, kind, statistics, &model) : INK_NO_MEMORY;
    inki_free(ctx, statistics);
    inki_free(ctx, notation);
    if (status == INK_OK) status = inki_model_init(model, set);
    if (status == INK_OK && *from) status = inki_start_from(model, from, inki_get_choice(set, INKI_INIT_LAYOUT));
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}
