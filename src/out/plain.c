/* plain: a network as a list of dense layers.
 * SPDX-License-Identifier: MIT */
#include "out/plain.h"

#include "base/mem.h"
#include "model/input.h"

#include <math.h>

static float *copy_tensor(ink_ctx *ctx, const ink_model *model, const struct inki_node *layer, size_t tensor)
{
    struct inki_tensor shape;
    layer->op->tensor(layer, tensor, &shape);
    float *values = inki_alloc(ctx, shape.count, sizeof *values);
    for (size_t i = 0; values && i < shape.count; i++)
        values[i] = model->w[layer->offset + layer->op->at(layer, tensor, i)];
    return values;
}

static ink_status add_layer(struct inki_plain *plain, const struct inki_node *layer, const char *path)
{
    const ink_model *model = plain->model;
    if (!layer->op->tensor) return INK_OK;
    if (layer->op == &inki_scale_op) {
        plain->shift = copy_tensor(plain->ctx, model, layer, 0);
        plain->factor = copy_tensor(plain->ctx, model, layer, 1);
        return plain->shift && plain->factor ? INK_OK : INK_NO_MEMORY;
    }
    if (layer->op != &inki_dense_op)
        return inki_fail(plain->ctx, INK_UNSUPPORTED,
                         "%s: a layer '%s' cannot be exported in this format; networks of dense layers can", path,
                         layer->op->word);
    struct inki_plain_layer *out = &plain->layers[plain->count++];
    *out = (struct inki_plain_layer){.name = layer->name,
                                     .inputs = layer->inputs,
                                     .outputs = layer->outputs,
                                     .act = layer->act,
                                     .w = copy_tensor(plain->ctx, model, layer, 0),
                                     .b = copy_tensor(plain->ctx, model, layer, 1)};
    return out->w && out->b ? INK_OK : INK_NO_MEMORY;
}

ink_status inki_plain_begin(ink_ctx *ctx, const ink_model *model, const char *path, struct inki_plain *out)
{
    ink_status status = INK_OK;
    *out = (struct inki_plain){.ctx = ctx, .model = model};
    out->layers = inki_zalloc(ctx, model->node_count, sizeof *out->layers);
    if (!out->layers) return INK_NO_MEMORY;
    for (size_t l = 0; l < model->node_count && status == INK_OK; l++) status = add_layer(out, &model->nodes[l], path);
    if (status != INK_OK) inki_plain_end(out);
    return status;
}

void inki_plain_end(struct inki_plain *plain)
{
    ink_ctx *ctx = plain->ctx;
    if (!ctx) return;
    for (size_t l = 0; plain->layers && l < plain->count; l++) {
        inki_free(ctx, plain->layers[l].w);
        inki_free(ctx, plain->layers[l].b);
    }
    inki_free(ctx, plain->layers);
    inki_free(ctx, plain->shift);
    inki_free(ctx, plain->factor);
    *plain = (struct inki_plain){0};
}

static bool is_far(float shift, float factor) { return fabsf(shift * factor) > INKI_OFFSET_MOST; }

static void fold_row(const struct inki_plain *plain, bool all, float *w, float *b)
{
    double sum = (double)*b;
    for (size_t i = 0; i < plain->layers[0].inputs; i++) {
        if (all || !is_far(plain->shift[i], plain->factor[i]))
            sum -= (double)w[i] * (double)plain->factor[i] * (double)plain->shift[i];
        w[i] *= plain->factor[i];
    }
    *b = (float)sum;
}

void inki_plain_fold(struct inki_plain *plain, bool all)
{
    struct inki_plain_layer *first = &plain->layers[0];
    bool any = false;
    if (!plain->factor) return;
    for (size_t o = 0; o < first->outputs; o++) fold_row(plain, all, first->w + o * first->inputs, first->b + o);
    for (size_t i = 0; i < first->inputs; i++) {
        if (!all && is_far(plain->shift[i], plain->factor[i]))
            any = true;
        else
            plain->shift[i] = 0;
    }
    inki_free(plain->ctx, plain->factor);
    plain->factor = NULL;
    if (any) return;
    inki_free(plain->ctx, plain->shift);
    plain->shift = NULL;
}
