/* explain: the layers of a network with room for every number, and what is said of them.
 * SPDX-License-Identifier: MIT */
#include "out/explain.h"

#include "base/mem.h"
#include "base/sized.h"
#include "data/decided.h"
#include "out/taken.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------- the layers */

static double *room(struct ink_explanation *e, size_t count) { return inki_zalloc(e->ctx, count, sizeof(double)); }

static double *as_doubles(struct ink_explanation *e, const float *values, size_t count)
{
    double *copy = values ? room(e, count) : NULL;
    for (size_t i = 0; copy && i < count; i++) copy[i] = (double)values[i];
    return copy;
}

static ink_status begin_tensor(struct ink_explanation *e, struct inki_explained_layer *layer, size_t number,
                               const struct inki_param *param)
{
    struct inki_explained_tensor *tensor = &layer->tensors[layer->tensor_count++];
    const struct inki_node *node = layer->node;
    ink_explained_tensor *show = &tensor->show;
    tensor->number = number;
    tensor->role = param->role;
    *show = (ink_explained_tensor){.size = sizeof *show, .rank = param->rank, .count = param->count};
    snprintf(show->name, sizeof show->name, "%s.%s", node->name, param->suffix);
    memcpy(show->dims, param->dims, sizeof show->dims);
    show->value = tensor->value = room(e, param->count);
    show->gradient = tensor->gradient = room(e, param->count);
    show->update = tensor->update = room(e, param->count);
    if (!tensor->value || !tensor->gradient || !tensor->update) return INK_NO_MEMORY;
    for (size_t i = 0; i < param->count; i++)
        tensor->value[i] = (double)e->model->w[node->offset + node->op->at(node, number, i)];
    return INK_OK;
}

static ink_status begin_tensors(struct ink_explanation *e, struct inki_explained_layer *layer)
{
    struct inki_param param;
    for (size_t i = 0; inki_param(layer->node, i, &param); i++)
        if (inki_is_trained(param.role)) INK_TRY(begin_tensor(e, layer, i, &param));
    layer->show.tensors = layer->tensor_count;
    return INK_OK;
}

/* How many weights and biases a plain layer has. */
static void count_weights(const struct inki_plain_layer *of, size_t *weights, size_t *biases)
{
    *biases = of->kind == INKI_PLAIN_DENSE ? of->outputs : of->out.channels;
    *weights = *biases;
    if (of->kind == INKI_PLAIN_DENSE) *weights = of->outputs * of->inputs;
    if (of->kind == INKI_PLAIN_CONV)
        *weights = of->out.channels * (of->in.channels / of->frame.groups) * of->frame.rows * of->frame.columns;
}

static ink_status begin_values(struct ink_explanation *e, struct inki_explained_layer *layer, size_t count)
{
    layer->show.count = count;
    layer->show.output = layer->y = room(e, count);
    layer->show.gradient = layer->dy = room(e, count);
    layer->slope = room(e, count);
    return layer->y && layer->dy && layer->slope ? INK_OK : INK_NO_MEMORY;
}

static ink_status begin_weights(struct ink_explanation *e, struct inki_explained_layer *layer)
{
    const struct inki_plain_layer *of = layer->plain;
    size_t weights, biases;
    if (of->kind == INKI_PLAIN_MAX) {
        layer->taken = inki_zalloc(e->ctx, of->outputs, sizeof *layer->taken);
        layer->tied = inki_zalloc(e->ctx, of->outputs, sizeof *layer->tied);
        if (!layer->taken || !layer->tied) return INK_NO_MEMORY;
    }
    if (!of->w) return INK_OK;
    count_weights(of, &weights, &biases);
    layer->w = as_doubles(e, of->w, weights);
    layer->b = as_doubles(e, of->b, biases);
    layer->dw = room(e, weights);
    layer->db = room(e, biases);
    layer->mean = as_doubles(e, of->mean, of->out.channels);
    layer->variance = as_doubles(e, of->variance, of->out.channels);
    bool norm = of->kind == INKI_PLAIN_NORM;
    return layer->w && layer->b && layer->dw && layer->db && (!norm || (layer->mean && layer->variance))
               ? INK_OK
               : INK_NO_MEMORY;
}

/* A member's outputs go side by side: a row of them each. */
static void set_shape(ink_explained_layer *show, const struct inki_node *node, const struct inki_plain_layer *of)
{
    show->height = node->members ? 1 : of->out.height;
    show->width = node->members ? node->members : of->out.width;
    show->channels = of->outputs / (show->height * show->width);
}

/* As the network's notation has it, but that behind its word stands what it computes. */
static void set_notation(struct inki_explained_layer *layer)
{
    const struct inki_op *op = layer->node->op;
    const char *formula = strstr(op->form, ": ");
    if (op->print && !op->brackets) op->print(layer->node, layer->notation, sizeof layer->notation);
    if (!*layer->notation) snprintf(layer->notation, sizeof layer->notation, "%s", op->word);
    layer->show.notation = layer->notation;
    if (formula) layer->show.form = formula + 2;
}

static ink_status begin_layer(struct ink_explanation *e, size_t i)
{
    struct inki_explained_layer *layer = &e->layers[i];
    const struct inki_plain_layer *of = &e->plain.layers[i - 1];
    layer->plain = of;
    layer->node = of->node;
    layer->show = (ink_explained_layer){.size = sizeof layer->show,
                                        .name = *of->node->name ? of->node->name : of->node->op->word,
                                        .kind = of->node->op->word,
                                        .form = of->node->op->form};
    set_shape(&layer->show, of->node, of);
    set_notation(layer);
    INK_TRY(begin_values(e, layer, of->outputs));
    INK_TRY(begin_weights(e, layer));
    return begin_tensors(e, layer);
}

static ink_status begin_input(struct ink_explanation *e)
{
    struct inki_explained_layer *layer = &e->layers[0];
    const size_t count = inki_taken_values(e->model);
    const bool encoded = e->model->encoding != NULL;
    layer->show = (ink_explained_layer){.size = sizeof layer->show,
                                        .name = "input",
                                        .kind = "input",
                                        .notation = "input",
                                        .form = encoded           ? "columns become z-scores, bins and places of words"
                                                : e->plain.factor ? "x = (row - shift) factor"
                                                                  : "the row as it is",
                                        .height = encoded ? 1 : e->model->in.height,
                                        .width = encoded ? 1 : e->model->in.width,
                                        .channels = encoded ? count : e->model->in.channels};
    return begin_values(e, layer, count);
}

static ink_status begin_all(struct ink_explanation *e)
{
    const size_t outputs = e->model->outputs;
    INK_TRY(inki_plain_begin(e->ctx, e->model, "the model", NULL, &e->plain));
    e->layers = inki_zalloc(e->ctx, e->plain.count + 1, sizeof *e->layers);
    e->goal = room(e, outputs);
    e->answer = room(e, outputs);
    e->raw = inki_zalloc(e->ctx, e->model->features, sizeof *e->raw);
    if (!e->layers || !e->goal || !e->answer || !e->raw) return INK_NO_MEMORY;
    e->count = e->plain.count + 1;
    INK_TRY(begin_input(e));
    for (size_t i = 1; i < e->count; i++) INK_TRY(begin_layer(e, i));
    return INK_OK;
}

/* ---------------------------------------------------------------------- the row */

static ink_status take_row(struct ink_explanation *e, const ink_data *data)
{
    const size_t row = e->row.row, count = e->layers[0].show.count;
    void *work = inki_alloc(e->ctx, inki_taken_room(e->model), 1);
    float *x = inki_alloc(e->ctx, count, sizeof *x);
    if (work && x) {
        ink_data_row(data, row, e->raw);
        inki_take_row(e->model, data, row, work, x);
        for (size_t i = 0; i < count; i++)
            e->layers[0].y[i] = e->plain.factor
                                    ? ((double)x[i] - (double)e->plain.shift[i]) * (double)e->plain.factor[i]
                                    : (double)x[i];
    }
    ink_status status = work && x ? INK_OK : INK_NO_MEMORY;
    inki_free(work);
    inki_free(x);
    return status;
}

/* The class's number in the model. */
static ink_status take_class(struct ink_explanation *e, const ink_data *data)
{
    const int32_t label = inki_data_label(data, e->row.row);
    const char *name = ink_data_class(data, (size_t)label);
    for (size_t k = 0; name && k < e->model->classes; k++) {
        if (strcmp(e->model->class_names[k], name) != 0) continue;
        e->goal[0] = (double)k;
        snprintf(e->label, sizeof e->label, "%.120s", name);
        return INK_OK;
    }
    return inki_fail(e->ctx, INK_BAD_DATA, "row %zu is labelled '%.60s', a class that the model does not know",
                     e->row.row, name ? name : "?");
}

static ink_status take_numbers(struct ink_explanation *e, const ink_data *data)
{
    const struct inki_numbers *numbers = &e->model->numbers;
    const float *targets = inki_data_targets(data, e->row.row);
    const size_t each = inki_numbers_each(numbers);
    if (data->target_count != numbers->targets)
        return inki_fail(e->ctx, INK_BAD_DATA, "the data has %zu targets; expected %zu", data->target_count,
                         numbers->targets);
    for (size_t j = 0, used = 0; j < e->model->outputs; j++) {
        const float target = targets[j / each];
        e->goal[j] = (double)(numbers->scales ? inki_target_scaled(&numbers->scales[j / each], target) : target);
        if (j % each == 0 && used + 32 < sizeof e->label)
            used += (size_t)snprintf(e->label + used, sizeof e->label - used, "%s%g", used ? ", " : "", (double)target);
    }
    return isfinite(e->goal[0]) ? INK_OK
                                : inki_fail(e->ctx, INK_BAD_DATA,
                                            "row %zu: its target has no logarithm, by which the "
                                            "model was trained",
                                            e->row.row);
}

static ink_status take_label(struct ink_explanation *e, const ink_data *data)
{
    const bool classes = inki_is_classifier(e->model);
    if (classes ? data->labels != NULL : data->targets != NULL)
        return classes ? take_class(e, data) : take_numbers(e, data);
    return inki_fail(e->ctx, INK_BAD_DATA,
                     "%s: has no %s, and without one there is neither a loss nor a gradient; give rows with one",
                     data->source, classes ? "labels" : "target");
}

/* The answers beside those of the program itself. */
static ink_status compare_answers(struct ink_explanation *e)
{
    const size_t outputs = e->model->outputs;
    float *p = inki_alloc(e->ctx, outputs, sizeof *p);
    ink_status status = p ? ink_predict(e->ctx, e->model, 1, e->raw, p) : INK_NO_MEMORY;
    for (size_t k = 0; status == INK_OK && k < outputs; k++)
        e->row.apart = fmax(e->row.apart, fabs((double)p[k] - e->answer[k]));
    if (status == INK_OK && inki_is_classifier(e->model))
        e->row.answer = e->model->class_names[ink_model_answer(e->model, p)];
    inki_free(p);
    return status;
}

static ink_status run(struct ink_explanation *e, const ink_data *data)
{
    INK_TRY(take_row(e, data));
    INK_TRY(take_label(e, data));
    e->row.loss = inki_explain_forward(e);
    if (!isfinite(e->row.loss))
        return inki_fail(e->ctx, INK_BAD_DATA, "row %zu: its loss is not finite, so that nothing can be explained",
                         e->row.row);
    inki_explain_answer(e, e->layers[e->count - 1].y);
    INK_TRY(compare_answers(e));
    inki_explain_backward(e);
    inki_explain_differences(e);
    INK_TRY(inki_explain_names(e));
    return inki_explain_update(e, data);
}

static ink_status check_row(ink_ctx *ctx, const ink_model *model, const ink_data *data, size_t row)
{
    if (row >= data->rows)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: row %zu does not exist: it has %zu rows, counted from 0",
                         data->source, row, data->rows);
    if (data->features == model->features) return INK_OK;
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s has %zu features a row, the model was trained on %zu; use the same kind of data", data->source,
                     data->features, model->features);
}

ink_status ink_explain(ink_ctx *ctx, const ink_model *model, const ink_data *data, size_t row, ink_explanation **out)
{
    *out = NULL;
    INK_TRY(check_row(ctx, model, data, row));
    struct ink_explanation *e = inki_zalloc(ctx, 1, sizeof *e);
    if (!e) return INK_NO_MEMORY;
    e->ctx = ctx;
    e->model = model;
    e->moved.layer = SIZE_MAX;
    e->row = (ink_explained_row){.size = sizeof e->row,
                                 .row = row,
                                 .outputs = model->outputs,
                                 .label = e->label,
                                 .answer = "",
                                 .step = INKI_EXPLAIN_STEP};
    ink_status status = begin_all(e);
    if (status == INK_OK) status = run(e, data);
    e->row.layers = e->count;
    e->row.answers = e->answer;
    if (status == INK_OK)
        *out = e;
    else
        ink_explanation_free(e);
    return status;
}

static void free_layer(struct inki_explained_layer *layer)
{
    double *const blocks[] = {layer->w,        layer->b, layer->dw,    layer->db, layer->mean,
                              layer->variance, layer->y, layer->slope, layer->dy};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) inki_free(blocks[i]);
    inki_free(layer->taken);
    inki_free(layer->tied);
    for (size_t t = 0; t < layer->tensor_count; t++) {
        inki_free(layer->tensors[t].value);
        inki_free(layer->tensors[t].gradient);
        inki_free(layer->tensors[t].update);
    }
}

void ink_explanation_free(ink_explanation *e)
{
    if (!e) return;
    for (size_t i = 0; e->inputs && i < e->layers[0].show.count; i++) inki_free(e->inputs[i]);
    for (size_t i = 0; e->layers && i < e->plain.count + 1; i++) free_layer(&e->layers[i]);
    inki_free(e->inputs);
    inki_free(e->layers);
    inki_free(e->goal);
    inki_free(e->answer);
    inki_free(e->raw);
    inki_plain_end(&e->plain);
    inki_free(e);
}

/* --------------------------------------------------------------------- looking */

void ink_explanation_row(const ink_explanation *e, ink_explained_row *out)
{
    ink_explained_row row = e->row;
    inki_sized_give(out, &row, sizeof row, sizeof row);
}

bool ink_explanation_layer(const ink_explanation *e, size_t i, ink_explained_layer *out)
{
    ink_explained_layer show = i < e->count ? e->layers[i].show : (ink_explained_layer){0};
    inki_sized_give(out, &show, sizeof show, sizeof show);
    return i < e->count;
}

bool ink_explanation_tensor(const ink_explanation *e, size_t i, size_t t, ink_explained_tensor *out)
{
    const bool there = i < e->count && t < e->layers[i].tensor_count;
    ink_explained_tensor show = there ? e->layers[i].tensors[t].show : (ink_explained_tensor){0};
    inki_sized_give(out, &show, sizeof show, sizeof show);
    return there;
}

const char *ink_explanation_input(const ink_explanation *e, size_t i)
{
    return e->inputs && i < e->layers[0].show.count ? e->inputs[i] : NULL;
}
