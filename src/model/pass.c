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

/* Index of the layer behind scale. */
static size_t first_real(const ink_model *model) { return model->layers[0].ops == &inki_scale_layer ? 1 : 0; }

/* A copy of the input for each thread, if they will all read all of it: see struct inki_input. */
static size_t copies_for(ink_ctx *ctx, const struct inki_layer *layer, size_t rows)
{
    if (!layer->ops->takes_input) return 1;
    size_t parts = inki_parts(ctx, rows * layer->inputs * layer->outputs);
    return parts > 1 && layer->panels >= parts ? parts : 1;
}

static void begin_input(struct inki_pass *pass, bool *failed)
{
    const ink_model *model = pass->model;
    const struct inki_layer *first = &model->layers[first_real(model)], *scale = &model->layers[0];
    struct inki_input_plan plan = {.features = model->features,
                                   .stride = first->in_stride,
                                   .rows = pass->rows,
                                   .copies = copies_for(pass->ctx, first, pass->rows),
                                   .split = first->ops->takes_input ? first->out_stride : 0};
    if (first != scale) {
        plan.shift = model->w + scale->offset + scale->ops->at(scale, 0, 0);
        plan.factor = model->w + scale->offset + scale->ops->at(scale, 1, 0);
    }
    if (inki_input_begin(pass->ctx, &plan, &pass->input) != INK_OK) *failed = true;
}

static void make_room(struct inki_pass *pass, bool *failed)
{
    const ink_model *model = pass->model;
    ink_ctx *ctx = pass->ctx;
    size_t first = first_trained(model);
    size_t real = first_real(model);
    begin_input(pass, failed);
    for (size_t i = real; i < model->layer_count && !*failed; i++) {
        const struct inki_layer *layer = &model->layers[i];
        if (layer->ops->in_place)
            pass->y[i] = i > real ? pass->y[i - 1] : pass->input.x;
        else
            pass->y[i] = room_for(ctx, pass->rows, layer->out_stride, failed);
        if (!pass->training) continue;
        if (!layer->ops->frozen) pass->keep[i] = room_for(ctx, pass->rows, layer->out_stride, failed);
        if (layer->ops->scratch && i > first) pass->scratch[i] = room_for(ctx, layer->ops->scratch(layer), 1, failed);
    }
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
    out->input.ctx = ctx;
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
    inki_input_end(&pass->input);
    inki_free(ctx, pass->y);
    *pass = (struct inki_pass){.ctx = ctx};
}

static struct inki_call call_of(struct inki_pass *pass, size_t i, size_t rows)
{
    const struct inki_layer *layer = &pass->model->layers[i];
    bool is_first = i == first_real(pass->model), takes = is_first && layer->ops->takes_input;
    return (struct inki_call){.ctx = pass->ctx,
                              .layer = layer,
                              .rows = rows,
                              .x = takes      ? NULL
                                   : is_first ? pass->input.x
                                              : pass->y[i - 1],
                              .input = takes ? &pass->input : NULL,
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

void inki_pass_ahead(struct inki_pass *pass, const void *const *blocks, size_t count, size_t size)
{
    for (size_t i = 0; i < pass->input.copies; i++)
        pass->input.ahead[i] = (struct inki_ahead){.blocks = blocks, .count = count, .size = size};
}

size_t inki_logit_stride(const ink_model *model) { return model->layers[model->layer_count - 1].out_stride; }

static void take_part(void *arg, size_t part, size_t parts)
{
    const struct inki_call *call = arg;
    size_t row, row_end;
    inki_share(call->rows, part, parts, &row, &row_end);
    inki_input_take(call->input, 0, row, row_end);
}

float *inki_forward(struct inki_pass *pass, const void *const *from, bool bytes, size_t rows)
{
    const ink_model *model = pass->model;
    size_t i = first_real(model);
    pass->input.from = from;
    pass->input.bytes = bytes;
    if (!model->layers[i].ops->takes_input)
        inki_parallel(pass->ctx, rows * model->features, take_part,
                      &(struct inki_call){.input = &pass->input, .rows = rows});
    for (; i < model->layer_count; i++) {
        struct inki_call call = call_of(pass, i, rows);
        call.layer->ops->forward(&call);
    }
    return pass->y[model->layer_count - 1];
}

void inki_backward(struct inki_pass *pass, size_t rows, float *g, bool add, bool last)
{
    size_t first = first_trained(pass->model), now = 0;
    for (size_t i = pass->model->layer_count; i-- > first;) {
        struct inki_call call = call_of(pass, i, rows);
        bool in_place = call.layer->ops->in_place;
        call.g = g + call.layer->offset;
        call.add = add;
        call.last = last;
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
    if (call.row_weight) call.row_weight += begin;
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
