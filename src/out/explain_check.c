/* explain_check: central differences beside gradients, and what one step of the optimiser changes.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/settings.h"
#include "out/explain.h"
#include "train/defaults.h"
#include "train/optim.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double norm_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i] * values[i];
    return sqrt(sum);
}

/* ----------------------------------------------------------------- differences */

static void move_tensor(struct inki_explained_tensor *tensor, double by)
{
    for (size_t i = 0; i < tensor->show.count; i++) tensor->value[i] += by * tensor->gradient[i];
}

/* The tensors [from, end) of a layer along their gradient, of which `norm` is the length. */
static double along_tensors(struct ink_explanation *e, struct inki_explained_layer *layer, size_t from, size_t end,
                            double norm)
{
    const double by = INKI_EXPLAIN_STEP / norm;
    double loss[2];
    if (!(norm > 0)) return 0;
    for (int side = 0; side < 2; side++) {
        for (size_t t = from; t < end; t++) move_tensor(&layer->tensors[t], side ? -2 * by : by);
        loss[side] = inki_explain_forward(e);
    }
    for (size_t t = from; t < end; t++) move_tensor(&layer->tensors[t], by);
    return (loss[0] - loss[1]) / (2 * INKI_EXPLAIN_STEP);
}

static double along_value(struct ink_explanation *e, double *value)
{
    const double before = *value;
    double loss[2];
    for (int side = 0; side < 2; side++) {
        *value = before + (side ? -INKI_EXPLAIN_STEP : INKI_EXPLAIN_STEP);
        loss[side] = inki_explain_forward(e);
    }
    *value = before;
    return (loss[0] - loss[1]) / (2 * INKI_EXPLAIN_STEP);
}

static double along_outputs(struct ink_explanation *e, size_t i)
{
    struct inki_explained_layer *first = &e->layers[0];
    double loss[2];
    if (!(e->layers[i].show.output_norm > 0)) return 0;
    for (int side = 0; side < 2; side++) {
        e->moved.layer = i;
        e->moved.by = (side && i == 0 ? -2 : side ? -1 : 1) * INKI_EXPLAIN_STEP; /* the row is not made anew */
        loss[side] = inki_explain_forward(e);
    }
    for (size_t k = 0; i == 0 && k < first->show.count; k++)
        first->y[k] += INKI_EXPLAIN_STEP * first->dy[k] / first->show.output_norm;
    e->moved.layer = SIZE_MAX;
    return (loss[0] - loss[1]) / (2 * INKI_EXPLAIN_STEP);
}

static void check_tensor(struct ink_explanation *e, struct inki_explained_layer *layer, size_t t)
{
    struct inki_explained_tensor *tensor = &layer->tensors[t];
    ink_explained_tensor *show = &tensor->show;
    for (size_t i = 1; i < show->count; i++)
        if (fabs(tensor->gradient[i]) > fabs(tensor->gradient[show->largest])) show->largest = i;
    show->norm = norm_of(tensor->gradient, show->count);
    show->difference = along_tensors(e, layer, t, t + 1, show->norm);
    show->largest_difference = along_value(e, &tensor->value[show->largest]);
}

static void check_layer(struct ink_explanation *e, size_t i)
{
    struct inki_explained_layer *layer = &e->layers[i];
    double squares = 0;
    layer->show.output_norm = norm_of(layer->dy, layer->show.count);
    layer->show.output_difference = along_outputs(e, i);
    layer->show.norm = layer->show.output_norm;
    layer->show.difference = layer->show.output_difference;
    if (layer->tensor_count == 0) return;
    for (size_t t = 0; t < layer->tensor_count; t++) {
        check_tensor(e, layer, t);
        squares += layer->tensors[t].show.norm * layer->tensors[t].show.norm;
    }
    layer->show.norm = sqrt(squares);
    layer->show.difference = along_tensors(e, layer, 0, layer->tensor_count, layer->show.norm);
}

/* Windows that are tied and whose gradient is not 0. */
static size_t count_ties(const struct ink_explanation *e)
{
    size_t count = 0;
    for (size_t i = 1; i < e->count; i++)
        for (size_t o = 0; e->layers[i].tied && o < e->layers[i].show.count; o++)
            count += e->layers[i].tied[o] && e->layers[i].dy[o] != 0;
    return count;
}

void inki_explain_differences(struct ink_explanation *e)
{
    e->row.ties = count_ties(e);
    e->probing = true;
    for (size_t i = 0; i < e->count; i++) check_layer(e, i);
    e->probing = false;
    inki_explain_forward(e); /* all values are those of the row again */
}

/* ---------------------------------------------------------------------- update */

/* The gradient as the optimiser has it, or the weights that it leaves beside those from before. */
static void copy_values(struct ink_explanation *e, float *g, const ink_model *after)
{
    for (size_t l = 1; l < e->count; l++)
        for (size_t t = 0; t < e->layers[l].tensor_count; t++) {
            struct inki_explained_tensor *tensor = &e->layers[l].tensors[t];
            const struct inki_node *node = e->layers[l].node;
            for (size_t i = 0; i < tensor->show.count; i++) {
                const size_t at = node->offset + node->op->at(node, tensor->number, i);
                if (g) g[at] = (float)tensor->gradient[i];
                if (after) tensor->update[i] = (double)after->w[at] - (double)e->model->w[at];
            }
            if (after) tensor->show.update_norm = norm_of(tensor->update, tensor->show.count);
        }
}

static void name_optimizer(struct ink_explanation *e, const ink_settings *set)
{
    char *text = e->optimizer;
    const double l2 = inki_get_real(set, INKI_L2), clip = inki_get_real(set, INKI_CLIP_NORM);
    size_t used = (size_t)snprintf(text, sizeof e->optimizer, "%s, rate %g", ink_settings_get(set, "optimizer"),
                                   inki_optim_rate(set));
    if (l2 > 0) used += (size_t)snprintf(text + used, sizeof e->optimizer - used, ", l2 %g", l2);
    if (!isnan(clip)) snprintf(text + used, sizeof e->optimizer - used, ", clipped to a norm of %g", clip);
    e->row.optimizer = text;
}

static ink_status step_model(struct ink_explanation *e, ink_model *model, const ink_settings *set)
{
    struct inki_optim optim;
    float *g = inki_zalloc(e->ctx, model->size, sizeof *g);
    if (!g) return INK_NO_MEMORY;
    ink_status status = inki_optim_begin(e->ctx, model, set, &optim);
    if (status == INK_OK) {
        copy_values(e, g, NULL);
        for (size_t i = 0; i < optim.segment_count; i++) /* running averages stay */
            for (size_t k = 0; optim.follows[i] && k < optim.segments[i].size; k++)
                g[optim.segments[i].offset + k] = model->w[optim.segments[i].offset + k];
        inki_optim_before(&optim);
        inki_optim_step(&optim, g, inki_optim_rate(set));
        copy_values(e, NULL, model);
        inki_optim_end(&optim);
    }
    inki_free(g);
    return status;
}

/* A model that keeps no settings is stepped by the defaults. */
ink_status inki_explain_update(struct ink_explanation *e, const ink_data *data)
{
    ink_settings *kept, *own = NULL;
    ink_model *copy = NULL;
    ink_status status = ink_model_settings(e->ctx, e->model, &kept);
    if (status == INK_BAD_DATA || status == INK_BAD_SETTING) status = ink_settings_new(e->ctx, &kept);
    if (status == INK_OK) status = inki_settings_resolve(e->ctx, kept, data, data->rows, true, e->model, &own);
    if (status == INK_OK) status = inki_model_copy(e->ctx, e->model, &copy);
    if (status == INK_OK) status = step_model(e, copy, own);
    if (status == INK_OK) name_optimizer(e, own);
    ink_model_free(copy);
    ink_settings_free(own);
    ink_settings_free(kept);
    return status;
}
