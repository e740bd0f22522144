/* pass: the workspace in which a network runs, forward and backward, and the loss behind it.
 * SPDX-License-Identifier: MIT */
#include "base/flush.h"
#include "base/mem.h"
#include "base/pool.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

enum { TAIL_FLOATS = 8192 };

/* The first layer with something to train; gradients end there. */
static size_t first_trained(const ink_model *model)
{
    size_t i = 0;
    while (!model->nodes[i].op->segment) i++;
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
static size_t first_real(const ink_model *model) { return model->nodes[0].op == &inki_scale_op ? 1 : 0; }

/* A copy of the input for each thread, if they will all read all of it: see struct inki_input. */
static size_t copies_for(ink_ctx *ctx, const struct inki_node *layer, size_t rows)
{
    if (!layer->op->takes_input) return 1;
    size_t parts = inki_parts(ctx, rows * layer->inputs * layer->outputs);
    return parts > 1 && layer->panels >= parts ? parts : 1;
}

static void begin_input(struct inki_pass *pass, bool *failed)
{
    const ink_model *model = pass->model;
    const struct inki_node *first = &model->nodes[first_real(model)], *scale = &model->nodes[0];
    struct inki_input_plan plan = {.features = model->features,
                                   .stride = first->in_stride,
                                   .rows = pass->rows,
                                   .copies = copies_for(pass->ctx, first, pass->rows),
                                   .split = first->op->takes_input ? first->out_stride : 0};
    if (first != scale) {
        plan.shift = model->w + scale->offset + scale->op->at(scale, 0, 0);
        plan.factor = model->w + scale->offset + scale->op->at(scale, 1, 0);
    }
    if (inki_input_begin(pass->ctx, &plan, &pass->input) != INK_OK) *failed = true;
}

/* The layers that each thread runs for some rows by itself: handing their small sums over between threads, layer by layer,
 * would take longer than computing them. Their weights are few, since both threads read them all. */
static size_t find_tail(const ink_model *model)
{
    size_t i = model->node_count, size = 0;
    while (i > first_trained(model) + 1 && model->nodes[i - 1].op->forward_rows) {
        size += model->nodes[i - 1].size;
        if (size > TAIL_FLOATS) break;
        i--;
    }
    return i;
}

static bool is_head(const ink_model *model)
{
    size_t first = first_trained(model), last = model->node_count - 1;
    const struct inki_node *front = &model->nodes[first], *layer = &model->nodes[last];
    return first + 1 == last && first == first_real(model) && front->op == &inki_dense_op &&
           layer->op == &inki_dense_op && front->panels > 1 && layer->act == INKI_ACT_identity &&
           layer->size <= TAIL_FLOATS;
}

static void make_head_room(struct inki_pass *pass, bool *failed)
{
    const ink_model *model = pass->model;
    if (!is_head(model)) return;
    pass->head = &model->nodes[model->node_count - 1];
    size_t stride = pass->head->out_stride;
    pass->partial = room_for(pass->ctx, pass->rows * model->nodes[first_trained(model)].panels, stride, failed);
    if (!pass->training) return;
    pass->logits = room_for(pass->ctx, pass->rows * pass->scratches, stride, failed);
    pass->logit_gradients = room_for(pass->ctx, pass->rows * pass->scratches, stride, failed);
}

static void make_training_room(struct inki_pass *pass, size_t i, bool *failed)
{
    const struct inki_node *layer = &pass->model->nodes[i];
    size_t copies = i >= pass->tail ? pass->scratches : 1;
    if (!layer->op->frozen) pass->keep[i] = room_for(pass->ctx, pass->rows, layer->out_stride, failed);
    if (layer->op->scratch && i > first_trained(pass->model))
        pass->scratch[i] = room_for(pass->ctx, layer->op->scratch(layer), copies, failed);
    if (layer->op->in_place)
        pass->dy[i] = i > 0 ? pass->dy[i - 1] : NULL;
    else
        pass->dy[i] = room_for(pass->ctx, pass->rows, layer->out_stride, failed);
}

static void make_room(struct inki_pass *pass, bool *failed)
{
    const ink_model *model = pass->model;
    size_t real = first_real(model);
    pass->tail = find_tail(model);
    pass->scratches = pass->ctx->threads;
    begin_input(pass, failed);
    make_head_room(pass, failed);
    for (size_t i = real; i < model->node_count && !*failed; i++) {
        const struct inki_node *layer = &model->nodes[i];
        if (layer->op->in_place)
            pass->y[i] = i > real ? pass->y[i - 1] : pass->input.x;
        else
            pass->y[i] = room_for(pass->ctx, pass->rows, layer->out_stride, failed);
        if (pass->training) make_training_room(pass, i, failed);
    }
}

ink_status inki_pass_begin(ink_ctx *ctx, const ink_model *model, size_t rows, bool for_training, struct inki_pass *out)
{
    bool failed = false;
    *out = (struct inki_pass){.ctx = ctx, .model = model, .rows = rows, .training = for_training, .fresh = true};
    float **pointers = inki_zalloc(ctx, 4 * model->node_count, sizeof *pointers);
    if (!pointers) return INK_NO_MEMORY;
    out->input.ctx = ctx;
    out->y = pointers;
    out->keep = pointers + model->node_count;
    out->scratch = pointers + 2 * model->node_count;
    out->dy = pointers + 3 * model->node_count;
    out->calls = inki_alloc(ctx, model->node_count, sizeof *out->calls);
    if (out->calls) make_room(out, &failed);
    if (failed || !out->calls) inki_pass_end(out);
    return out->calls ? INK_OK : INK_NO_MEMORY;
}

void inki_pass_end(struct inki_pass *pass)
{
    ink_ctx *ctx = pass->ctx;
    for (size_t i = 0; pass->y && i < pass->model->node_count; i++) {
        bool in_place = pass->model->nodes[i].op->in_place;
        if (!in_place) inki_free(ctx, pass->y[i]);
        if (!in_place) inki_free(ctx, pass->dy[i]);
        inki_free(ctx, pass->keep[i]);
        inki_free(ctx, pass->scratch[i]);
    }
    inki_input_end(&pass->input);
    inki_free(ctx, pass->partial);
    inki_free(ctx, pass->logits);
    inki_free(ctx, pass->logit_gradients);
    inki_free(ctx, pass->calls);
    inki_free(ctx, pass->y);
    *pass = (struct inki_pass){.ctx = ctx};
}

static struct inki_call call_of(struct inki_pass *pass, size_t i, size_t rows)
{
    const struct inki_node *layer = &pass->model->nodes[i];
    bool is_first = i == first_real(pass->model), takes = is_first && layer->op->takes_input;
    return (struct inki_call){.ctx = pass->ctx,
                              .layer = layer,
                              .rows = rows,
                              .x = takes      ? NULL
                                   : is_first ? pass->input.x
                                              : pass->y[i - 1],
                              .input = takes ? &pass->input : NULL,
                              .y = pass->y[i],
                              .dy = pass->dy[i],
                              .dx = pass->training && i > first_trained(pass->model) ? pass->dy[i - 1] : NULL,
                              .keep = pass->keep[i],
                              .w = pass->model->w + layer->offset,
                              .scratch = pass->scratch[i],
                              .fresh = pass->fresh,
                              .seed = pass->seed,
                              .step = pass->step,
                              .first_row = pass->first_row,
                              .number = (uint32_t)i};
}

bool inki_pass_fused(const ink_model *model, size_t layer)
{
    bool can = layer == first_trained(model) || (is_head(model) && layer == model->node_count - 1);
    return can && model->nodes[layer].op->fuse;
}

static struct inki_head head_of(struct inki_pass *pass, size_t rows)
{
    return (struct inki_head){
        .call = call_of(pass, pass->model->node_count - 1, rows), .partial = pass->partial, .room = pass->rows};
}

void inki_pass_ahead(struct inki_pass *pass, const void *const *blocks, size_t count, size_t size)
{
    for (size_t i = 0; i < pass->input.copies; i++)
        pass->input.ahead[i] = (struct inki_ahead){.blocks = blocks, .count = count, .size = size};
}

size_t inki_logit_stride(const ink_model *model) { return model->nodes[model->node_count - 1].out_stride; }

static void take_part(void *arg, size_t part, size_t parts)
{
    const struct inki_call *call = arg;
    size_t row, row_end;
    inki_share(call->rows, part, parts, &row, &row_end);
    inki_input_take(call->input, 0, row, row_end);
}

/* ------------------------------------------------------------------- loss */

static void loss_part(void *arg, size_t part, size_t parts)
{
    const struct inki_loss_call *all = arg;
    size_t begin, end;
    inki_share(all->rows, part, parts, &begin, &end);
    inki_loss_rows(all, begin, end);
}

static size_t loss_cost(const ink_model *model, size_t rows) { return model->loss->cost * rows * model->outputs; }

/* ------------------------------------------------------------------- tail */

/* Forward through the tail; with a loss also that, and with `train` back again. */
struct tail {
    struct inki_pass *pass;
    size_t rows;
    const struct inki_loss_call *loss;
    bool train;
};

static void tail_part(void *arg, size_t part, size_t parts)
{
    const struct tail *tail = arg;
    struct inki_pass *pass = tail->pass;
    const size_t count = pass->model->node_count;
    size_t row, row_end;
    if (parts > pass->scratches) parts = pass->scratches; /* the number of threads was raised since the pass began */
    if (part >= parts) return;
    inki_share(tail->rows, part, parts, &row, &row_end);
    if (pass->head) {
        struct inki_head head = head_of(pass, tail->rows);
        inki_head_sum(&head, pass->model->nodes[count - 2].panels, row, row_end, pass->y[count - 1]);
    }
    for (size_t i = pass->tail; !pass->head && i < count; i++) {
        struct inki_call call = call_of(pass, i, tail->rows);
        call.layer->op->forward_rows(&call, row, row_end);
    }
    if (tail->loss) inki_loss_rows(tail->loss, row, row_end);
    for (size_t i = count; tail->train && i-- > pass->tail;) {
        struct inki_call call = call_of(pass, i, tail->rows);
        if (call.scratch) call.scratch += part * call.layer->op->scratch(call.layer);
        call.fresh = true;
        call.layer->op->backward_rows(&call, row, row_end);
    }
}

static size_t layer_cost(const struct inki_node *layer, size_t rows) { return rows * layer->inputs * layer->outputs; }

static size_t tail_cost(const struct tail *tail)
{
    const struct inki_pass *pass = tail->pass;
    size_t cost = tail->loss ? loss_cost(pass->model, tail->rows) : 0;
    for (size_t i = pass->tail; i < pass->model->node_count; i++)
        cost += (tail->train ? 2 : 1) * layer_cost(&pass->model->nodes[i], tail->rows);
    return cost;
}

/* ---------------------------------------------------------------- forward */

/* The layers in front of the tail; blocked: the first leaves its outputs panel by panel (inki_call.room). */
static void run_front(struct inki_pass *pass, const void *const *from, bool bytes, size_t rows, bool blocked)
{
    const ink_model *model = pass->model;
    size_t i = first_real(model);
    pass->input.from = from;
    pass->input.bytes = bytes;
    if (!model->nodes[i].op->takes_input)
        inki_parallel(pass->ctx, rows * model->features, take_part,
                      &(struct inki_call){.input = &pass->input, .rows = rows});
    struct inki_head head = {0};
    if (pass->head) head = head_of(pass, rows);
    for (; i < pass->tail; i++) {
        struct inki_call call = call_of(pass, i, rows);
        if (pass->head) call.head = &head;
        if (blocked) call.room = pass->rows;
        call.layer->op->forward(&call);
    }
}

static float *run_tail(struct inki_pass *pass, size_t rows, const struct inki_loss_call *loss, bool train)
{
    struct tail tail = {pass, rows, loss, train};
    bool any = pass->tail < pass->model->node_count;
    if (any)
        inki_parallel(pass->ctx, tail_cost(&tail), tail_part, &tail);
    else if (loss)
        inki_parallel(pass->ctx, loss_cost(pass->model, rows), loss_part, (void *)(uintptr_t)loss);
    return pass->y[pass->model->node_count - 1];
}

/* -------------------------------------------------------------------- head */

/* The rest of a step behind the panels' forward: each thread works out the loss of all rows by itself, and then all gradients of
 * its panels. */
struct head_step {
    struct inki_pass *pass;
    size_t rows;
    const struct inki_loss_call *loss;
};

static bool lose(const struct head_step *step, size_t part, float *logits, float *gradients)
{
    struct inki_loss_call call = *step->loss;
    double losses[INKI_CHUNK_ROWS], row_parts[INKI_CHUNK_ROWS * INKI_MOST_PARTS], sum = 0;
    call.z = logits;
    call.dz = gradients;
    if (part > 0) call.row_loss = losses;
    if (part > 0) call.row_parts = row_parts;
    inki_loss_rows(&call, 0, step->rows);
    for (size_t i = 0; i < step->rows; i++) sum += call.row_loss[i];
    return isfinite(sum);
}

static void head_part(void *arg, size_t part, size_t parts)
{
    const struct head_step *step = arg;
    struct inki_pass *pass = step->pass;
    const size_t last = pass->model->node_count - 1, copy = part * pass->rows * pass->head->out_stride;
    struct inki_head head = head_of(pass, step->rows);
    struct inki_call first = call_of(pass, last - 1, step->rows);
    inki_head_sum(&head, first.layer->panels, 0, step->rows, pass->logits + copy);
    if (!lose(step, part, pass->logits + copy, pass->logit_gradients + copy)) return;
    head.call.dy = pass->logit_gradients + copy;
    head.call.scratch += part * head.call.layer->op->scratch(head.call.layer);
    head.call.g = pass->into.g + head.call.layer->offset;
    first.g = pass->into.g + first.layer->offset;
    first.room = pass->rows;
    head.call.add = first.add = pass->into.add;
    head.call.last = first.last = pass->into.last;
    head.call.sgd = first.sgd = pass->sgd;
    inki_head_gradients(&head, &first, part, parts);
}

/* Threads that have no panel of their own would have nothing to do. */
static bool has_head_step(const struct inki_pass *pass, size_t rows)
{
    if (!pass->head || !pass->into.g) return false;
    const struct inki_node *first = &pass->model->nodes[pass->model->node_count - 2];
    size_t parts = inki_parts(pass->ctx, layer_cost(first, rows));
    return parts <= first->panels && parts <= pass->scratches;
}

float *inki_forward(struct inki_pass *pass, const void *const *from, bool bytes, size_t rows)
{
    uint64_t mode = inki_flush_begin();
    run_front(pass, from, bytes, rows, false);
    float *logits = run_tail(pass, rows, NULL, false);
    inki_flush_end(mode);
    return logits;
}

static float *forward_loss(struct inki_pass *pass, const void *const *from, bool bytes, size_t rows,
                           struct inki_loss_call *call, bool train)
{
    const ink_model *model = pass->model;
    size_t last = model->node_count - 1;
    call->loss = model->loss;
    call->rows = rows;
    call->outputs = model->outputs;
    call->stride = inki_logit_stride(pass->model);
    call->z = pass->y[last];
    call->dz = train ? pass->dy[last] : NULL;
    call->kern = inki_kern(pass->ctx);
    inki_phase(pass->ctx, INKI_PHASE_FORWARD);
    bool at_once = train && has_head_step(pass, rows);
    run_front(pass, from, bytes, rows, at_once);
    if (!at_once) {
        inki_phase(pass->ctx, INKI_PHASE_LOSS);
        return run_tail(pass, rows, call, train);
    }
    struct head_step step = {pass, rows, call};
    inki_phase(pass->ctx, INKI_PHASE_BACKWARD);
    inki_parallel(pass->ctx, layer_cost(&model->nodes[last - 1], rows), head_part, &step);
    pass->done = true;
    return NULL;
}

float *inki_forward_loss(struct inki_pass *pass, const void *const *from, bool bytes, size_t rows,
                         struct inki_loss_call *call, bool train)
{
    uint64_t mode = inki_flush_begin();
    float *logits = forward_loss(pass, from, bytes, rows, call, train);
    inki_flush_end(mode);
    return logits;
}

/* --------------------------------------------------------------- backward */

struct gradients {
    const struct inki_call *calls;
    size_t count, parts;
};

static void gradients_part(void *arg, size_t part, size_t parts)
{
    const struct gradients *job = arg;
    for (size_t i = 0; i < job->count; i++) job->calls[i].layer->op->gradients(&job->calls[i], part, parts);
}

/* The gradients of pass->calls[0..count-1], which have all that they need. Where the first layer is among them, at the end, it
 * alone decides on the number of parts, so that each part finds the copy of the input that it took. */
static void run_gradients(struct inki_pass *pass, size_t count)
{
    struct gradients job = {.calls = pass->calls, .count = count};
    size_t cost = 0;
    for (size_t i = 0; i < count; i++) {
        if (pass->calls[i].input) cost = 0;
        cost += layer_cost(pass->calls[i].layer, pass->calls[i].rows);
    }
    size_t parts = inki_parts(pass->ctx, cost);
    for (size_t i = 0; i < count; i++) pass->calls[i].layer->op->begin_gradients(&pass->calls[i], parts);
    if (count > 0) inki_parallel(pass->ctx, cost, gradients_part, &job);
}

void inki_backward(struct inki_pass *pass, size_t rows, float *g, bool add, bool last)
{
    const ink_model *model = pass->model;
    size_t first = first_trained(model), count = 0;
    for (size_t i = model->node_count; !pass->done && i-- > first;) {
        struct inki_call call = call_of(pass, i, rows);
        bool in_tail = i >= pass->tail;
        call.g = g + call.layer->offset;
        call.add = add;
        call.last = last;
        call.has_dz = in_tail;
        call.sgd = i == first || call.layer == pass->head ? pass->sgd : NULL;
        if (!call.layer->op->gradients && in_tail) continue;
        if (in_tail || (i == first && i + 1 == pass->tail)) {
            pass->calls[count++] = call; /* done together, below */
            continue;
        }
        run_gradients(pass, count);
        count = 0;
        call.layer->op->backward(&call);
    }
    run_gradients(pass, count);
    pass->fresh = pass->done = false;
}
