/* pass: the workspace in which a network runs, forward and backward, and the loss behind it.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/pool.h"
#include "model/model.h"

#include <string.h>

static size_t widest(const ink_model *model)
{
    size_t stride = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        if (model->layers[i].in_stride > stride) stride = model->layers[i].in_stride;
        if (model->layers[i].out_stride > stride) stride = model->layers[i].out_stride;
    }
    return stride;
}

/* The first layer with something to train; gradients end there. */
static size_t first_trained(const ink_model *model)
{
    size_t i = 0;
    while (!model->layers[i].ops->segment) i++;
    return i;
}

static float *room_for(ink_ctx *ctx, size_t rows, size_t stride, bool *failed)
{
    size_t count;
    float *block = inki_mul_fits(rows, stride, &count) ? inki_zalloc(ctx, count, sizeof *block) : NULL;
    if (!block) *failed = true;
    return block;
}

/* A copy of the input for each thread, if they will all read all of it: see struct inki_pass. */
static size_t copies_for(ink_ctx *ctx, const ink_model *model, size_t rows)
{
    const struct inki_layer *layer = &model->layers[first_trained(model)];
    for (size_t i = 0; i < first_trained(model); i++)
        if (!model->layers[i].ops->frozen || !model->layers[i].ops->in_place) return 1;
    size_t parts = inki_parts(ctx, rows * layer->inputs * layer->outputs);
    return parts > 1 && layer->panels >= parts ? parts : 1;
}

static void make_room(struct inki_pass *pass, bool *failed)
{
    const ink_model *model = pass->model;
    ink_ctx *ctx = pass->ctx;
    size_t first = first_trained(model);
    pass->copies = copies_for(ctx, model, pass->rows);
    pass->copy = pass->rows * model->layers[0].in_stride;
    pass->x = room_for(ctx, pass->copies, pass->copy, failed);
    for (size_t i = 0; i < model->layer_count && !*failed; i++) {
        const struct inki_layer *layer = &model->layers[i];
        if (layer->ops->in_place)
            pass->y[i] = i ? pass->y[i - 1] : pass->x;
        else
            pass->y[i] = room_for(ctx, pass->rows, layer->out_stride, failed);
        if (!pass->training) continue;
        if (!layer->ops->frozen) pass->keep[i] = room_for(ctx, pass->rows, layer->out_stride, failed);
        if (layer->ops->scratch && i > first) pass->scratch[i] = room_for(ctx, layer->ops->scratch(layer), 1, failed);
    }
    if (*failed) return;
    pass->ahead = inki_zalloc(ctx, pass->copies, sizeof *pass->ahead);
    if (!pass->ahead) *failed = true;
    if (!pass->training || *failed) return;
    pass->d[0] = room_for(ctx, pass->rows, widest(model), failed);
    pass->d[1] = room_for(ctx, pass->rows, widest(model), failed);
}

ink_status inki_pass_begin(ink_ctx *ctx, const ink_model *model, size_t rows, bool for_training, struct inki_pass *out)
{
    bool failed = false;
    *out = (struct inki_pass){.ctx = ctx, .model = model, .rows = rows, .training = for_training, .fresh = true};
    float **pointers = inki_zalloc(ctx, 3 * model->layer_count, sizeof *pointers);
    if (!pointers) return INK_NO_MEMORY;
    out->y = pointers;
    out->keep = pointers + model->layer_count;
    out->scratch = pointers + 2 * model->layer_count;
    make_room(out, &failed);
    if (failed) inki_pass_end(out);
    return failed ? INK_NO_MEMORY : INK_OK;
}

void inki_pass_end(struct inki_pass *pass)
{
    ink_ctx *ctx = pass->ctx;
    for (size_t i = 0; pass->y && i < pass->model->layer_count; i++) {
        if (!pass->model->layers[i].ops->in_place) inki_free(ctx, pass->y[i]);
        inki_free(ctx, pass->keep[i]);
        inki_free(ctx, pass->scratch[i]);
    }
    inki_free(ctx, pass->d[0]);
    inki_free(ctx, pass->d[1]);
    inki_free(ctx, pass->x);
    inki_free(ctx, pass->ahead);
    inki_free(ctx, pass->y);
    *pass = (struct inki_pass){.ctx = ctx};
}

static struct inki_call call_of(const struct inki_pass *pass, size_t i, size_t rows)
{
    const struct inki_layer *layer = &pass->model->layers[i];
    const float *x = i ? pass->y[i - 1] : pass->x;
    bool is_input = x == pass->x;
    return (struct inki_call){.ctx = pass->ctx,
                              .layer = layer,
                              .rows = rows,
                              .x = x,
                              .copies = is_input ? pass->copies : 1,
                              .copy = is_input ? pass->copy : 0,
                              .ahead = is_input ? pass->ahead : NULL,
                              .y = pass->y[i],
                              .keep = pass->keep[i],
                              .w = pass->model->w + layer->offset,
                              .scratch = pass->scratch[i],
                              .fresh = pass->fresh,
                              .seed = pass->seed,
                              .step = pass->step,
                              .first_row = pass->first_row,
                              .number = (uint32_t)i};
}

bool inki_pass_fused(const ink_model *model, size_t *layer)
{
    *layer = first_trained(model);
    return model->layers[*layer].ops->fuse;
}

void inki_pass_ahead(struct inki_pass *pass, const char *const *blocks, size_t count, size_t size)
{
    for (size_t i = 0; i < pass->copies; i++)
        pass->ahead[i] = (struct inki_ahead){.blocks = blocks, .count = count, .size = size};
}

size_t inki_logit_stride(const ink_model *model) { return model->layers[model->layer_count - 1].out_stride; }

float *inki_forward(struct inki_pass *pass, size_t rows)
{
    size_t count = pass->model->layer_count;
    for (size_t i = 0; i < count; i++) {
        struct inki_call call = call_of(pass, i, rows);
        call.layer->ops->forward(&call);
    }
    return pass->y[count - 1];
}

void inki_backward(struct inki_pass *pass, size_t rows, float *g, bool add)
{
    size_t first = first_trained(pass->model), now = 0;
    for (size_t i = pass->model->layer_count; i-- > first;) {
        struct inki_call call = call_of(pass, i, rows);
        bool in_place = call.layer->ops->in_place;
        call.g = g + call.layer->offset;
        call.add = add;
        call.sgd = i == first ? pass->sgd : NULL;
        call.dy = pass->d[now];
        call.dx = i == first ? NULL : in_place ? call.dy : pass->d[1 - now];
        call.layer->ops->backward(&call);
        if (!in_place) now = 1 - now;
    }
    pass->fresh = false;
}

static void loss_part(void *arg, size_t part, size_t parts)
{
    const struct inki_softmax *all = arg;
    struct inki_softmax call = *all;
    size_t begin, end;
    inki_share(all->rows, part, parts, &begin, &end);
    call.rows = end - begin;
    call.z += begin * all->stride;
    if (call.dz) call.dz += begin * all->stride;
    if (call.labels) call.labels += begin;
    if (call.row_loss) call.row_loss += begin;
    if (call.row_hit) call.row_hit += begin;
    call.kern->softmax(&call);
}

void inki_loss(ink_ctx *ctx, const struct inki_softmax *call)
{
    struct inki_softmax copy = *call;
    copy.kern = inki_kern(ctx);
    inki_parallel(ctx, 60 * call->rows * call->classes, loss_part, &copy);
}
