/* compile: a graph and a use become a program: nodes give tasks in the order of a step (forward.c, backward.c), tasks come into
 * stages (build.c), values into the arena (arena.c), and each site learns where its arrays are.
 * SPDX-License-Identifier: MIT */
#include "model/build.h"
#include "base/mem.h"

#include <string.h>

static struct inki_span array_of(const struct inki_program *program, size_t value, size_t stride)
{
    const struct inki_value *of = &program->values[value];
    if (value == INKI_NOTHING || of->bytes == 0) return (struct inki_span){0};
    return (struct inki_span){.at = (float *)(void *)(program->arena + of->at),
                              .stride = stride,
                              .apart = of->copies > 1 ? of->bytes / sizeof(float) : 0};
}

/* In a step that is done at once what lies between the two layers is touched by one part alone, panel by panel. */
static void lay_panels(const struct inki_build *b)
{
    struct inki_site *front = &b->program->sites[b->first], *last = &b->program->sites[b->first + 1];
    if (!b->at_once) return;
    front->y.panel_rows = front->saved.panel_rows = front->dy.panel_rows = last->x.panel_rows = last->dx.panel_rows =
        b->rows;
}

static void bind(const struct inki_build *b)
{
    struct inki_program *program = b->program;
    for (size_t i = b->first; i < b->model->node_count; i++) {
        const struct inki_node *node = &b->model->nodes[i];
        const struct inki_places *places = &b->places[i];
        struct inki_site *site = &program->sites[i];
        site->x = array_of(program, places->x, node->in_stride);
        site->y = array_of(program, places->y, node->out_stride);
        site->x2 = array_of(program, places->x2, node->in_stride);
        site->dx = array_of(program, places->dx, node->in_stride);
        site->dx2 = array_of(program, places->dx2, node->in_stride);
        site->dy = array_of(program, places->dy, node->out_stride);
        site->saved = array_of(program, places->saved, node->out_stride);
        site->derived = array_of(program, places->derived, 0);
        site->made = array_of(program, places->made, 0);
        site->scratch = array_of(program, places->scratch, 0);
        site->partial = array_of(program, places->partial, node->out_stride);
        site->partial.apart = b->rows * node->out_stride; /* from panel to panel: parts share them */
    }
    lay_panels(b);
    program->answer = program->sites[b->model->node_count - 1].y;
    program->losses = array_of(program, b->losses, 0);
    program->scores = array_of(program, b->scores, 0);
}

static void bind_input(const struct inki_build *b)
{
    struct inki_input *input = &b->program->input;
    const struct inki_value *value = &b->program->values[b->rows_in];
    uint8_t *at = b->program->arena + value->at;
    const size_t x_bytes = inki_build_bytes(b, input->stride), words = inki_input_words(input->features),
                 list_bytes = input->encoding ? b->rows * inki_input_list_row(input) * sizeof *input->list : 0;
    input->list = (struct inki_nonzero *)(void *)(at + value->bytes - list_bytes);
    input->list_copy = value->bytes / sizeof *input->list;
    input->x = (float *)(void *)at;
    input->nonzero = (uint64_t *)(void *)(at + x_bytes);
    input->columns = input->nonzero + words;
    input->copy = value->bytes / sizeof *input->x;
    input->nonzero_copy = value->bytes / sizeof *input->nonzero;
}

/* -------------------------------------------------------------- the whole */

enum { VALUES_A_NODE = 11, TASKS_A_NODE = 9, MORE = 6 };

/* The nodes that each part runs for some rows by itself: handing their small sums over between threads, node by node, would
 * take longer than computing them. Their weights are few, since all parts read them. */
static size_t find_tail(const struct inki_build *b)
{
    size_t i = b->model->node_count, size = 0;
    while (i > b->trained + 1) {
        size += b->model->nodes[i - 1].size;
        if (size > INKI_SMALL_FLOATS) break;
        i--;
    }
    return i;
}

static void look_at(struct inki_build *b)
{
    const ink_model *model = b->model;
    const struct inki_node *last = &model->nodes[model->node_count - 1];
    while (!model->nodes[b->first].op->forward) b->first++;
    for (size_t i = b->first; i < model->node_count; i++)
        for (size_t s = 0; s < model->nodes[i].sources; s++) b->readers[i + 1 - model->nodes[i].back[s]]++;
    b->takes = b->readers[b->first] == 1 && model->nodes[b->first].op->takes_input;
    b->trained = b->first;
    while (!model->nodes[b->trained].op->gradient && !model->nodes[b->trained].op->sum) b->trained++;
    b->tail = find_tail(b);
    b->at_once = b->program->use.purpose == INKI_FOR_TRAINING && last->grouped &&
                 b->parts <= inki_panels(last->inputs) && !b->program->use.observe;
}

static ink_status make_room(struct inki_build *b)
{
    struct inki_program *program = b->program;
    const size_t nodes = b->model->node_count, values = VALUES_A_NODE * nodes + MORE,
                 tasks = TASKS_A_NODE * nodes + MORE;
    ink_ctx *ctx = program->ctx;
    program->sites = inki_alloc(ctx, nodes, sizeof *program->sites);
    program->tasks = inki_alloc(ctx, tasks, sizeof *program->tasks);
    program->stages = inki_alloc(ctx, tasks, sizeof *program->stages);
    program->values = inki_alloc(ctx, values, sizeof *program->values);
    b->places = inki_zalloc(ctx, nodes, sizeof *b->places);
    b->gradient_of = inki_alloc(ctx, values, sizeof *b->gradient_of);
    b->readers = inki_zalloc(ctx, nodes + 1, sizeof *b->readers);
    b->learns = inki_alloc(ctx, values, sizeof *b->learns);
    b->tracks = inki_alloc(ctx, values, sizeof *b->tracks);
    b->waiting = inki_alloc(ctx, 2 * nodes, sizeof *b->waiting);
    bool all = program->sites && program->tasks && program->stages && program->values && b->places && b->gradient_of &&
               b->readers && b->learns && b->tracks && b->waiting;
    if (!all) return INK_NO_MEMORY;
    inki_build_value(b, 0, 1, "nothing"); /* INKI_NOTHING */
    for (size_t i = 0; i < nodes; i++)
        program->sites[i] = (struct inki_site){
            .program = program, .kern = program->kern, .node = &b->model->nodes[i], .number = (uint32_t)i};
    return INK_OK;
}

static void end_build(struct inki_build *b)
{
    inki_free(b->places);
    inki_free(b->gradient_of);
    inki_free(b->readers);
    inki_free(b->learns);
    inki_free(b->tracks);
    inki_free(b->waiting);
}

static ink_status begin_input(struct inki_build *b)
{
    const ink_model *model = b->model;
    const struct inki_node *first = &model->nodes[b->first], *scale = &model->nodes[0];
    struct inki_input_plan plan = {.features = first->inputs,
                                   .copies = b->takes && b->parts > 1 && first->panels >= b->parts ? b->parts : 1,
                                   .split = b->takes};
    if (model->encoding) {
        plan.encoding = model->encoding;
        plan.constants = model->w + model->nodes[0].offset;
        plan.listed = b->takes && first->op->takes_list && !b->program->ctx->no_skip;
    } else if (b->first > 0) {
        plan.shift = model->w + scale->offset + scale->op->at(scale, 0, 0);
        plan.factor = model->w + scale->offset + scale->op->at(scale, 1, 0);
    }
    return inki_input_begin(b->program->ctx, &plan, &b->program->input);
}

/* What can be looked at afterwards lives to the end. */
static void keep_values(struct inki_build *b)
{
    const struct inki_use *use = &b->program->use;
    const size_t last = b->model->node_count - 1, read = last - b->model->nodes[last].back[0];
    for (size_t i = b->first; i <= last; i++)
        if (use->observe || (use->keep && i == read)) b->program->values[b->places[i].y].dies = inki_build_time(b);
}

static ink_status build(struct inki_build *b)
{
    INK_TRY(make_room(b));
    look_at(b);
    INK_TRY(begin_input(b));
    inki_build_stage(b);
    inki_build_forward(b);
    if (b->program->use.purpose == INKI_FOR_TRAINING) inki_build_backward(b);
    inki_build_end(b);
    keep_values(b);
    INK_TRY(inki_arena_make(b->program));
    bind(b);
    bind_input(b);
    return INK_OK;
}

ink_status inki_program_begin(ink_ctx *ctx, const ink_model *model, const struct inki_use *use,
                              struct inki_program *out)
{
    *out = (struct inki_program){.ctx = ctx, .model = model, .use = *use, .kern = inki_kern(ctx)};
    out->input.ctx = ctx;
    struct inki_build b = {.program = out,
                           .model = model,
                           .parts = use->threads,
                           .rows = use->rows,
                           .training = use->purpose != INKI_FOR_PREDICTING,
                           .phase = INKI_PHASE_FORWARD};
    ink_status status = build(&b);
    end_build(&b);
    if (status != INK_OK) inki_program_end(out);
    return status;
}

void inki_program_end(struct inki_program *program)
{
    ink_ctx *ctx = program->ctx;
    program->input.ctx = ctx;
    inki_input_end(&program->input);
    inki_free(program->sites);
    inki_free(program->tasks);
    inki_free(program->stages);
    inki_free(program->values);
    inki_free(program->arena);
    *program = (struct inki_program){.ctx = ctx};
}
