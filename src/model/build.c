/* build: tasks into stages.
 * SPDX-License-Identifier: MIT
 *
 * A task says which values it needs and how it is cut. It joins the stage under way unless one of its parts would meet there what
 * another part does: read what that wrote, or write what that read or wrote. Then a barrier comes first. Tasks that nobody waits
 * for, such as most gradients, come where there is room. */
#include "model/build.h"

static struct inki_stage *stage_now(const struct inki_build *b)
{
    return &b->program->stages[b->program->stage_count - 1];
}

static bool same_cut(const struct inki_cut *a, const struct inki_cut *b)
{
    return a->axis == b->axis && (a->axis <= INKI_ROWS || a->width == b->width);
}

/* Whether parts of a task cut like this would meet in this stage. */
static bool meets(const struct inki_build *b, const struct inki_cut *cut, const struct inki_need *need)
{
    const struct inki_track *track = &b->tracks[need->value];
    const size_t now = b->program->stage_count;
    if (b->parts == 1 || need->value == INKI_NOTHING || b->program->values[need->value].copies > 1) return false;
    if (track->write_stage == now && (need->all || track->write_all || !same_cut(cut, &track->written))) return true;
    return need->write && track->read_stage == now && (need->all || track->read_all || !same_cut(cut, &track->read));
}

static bool fits(const struct inki_build *b, const struct inki_order *order)
{
    for (size_t i = 0; i < INKI_MOST_NEEDS; i++)
        if (meets(b, &order->task.cut, &order->needs[i])) return false;
    return true;
}

size_t inki_build_time(const struct inki_build *b)
{
    return b->parts == 1 ? b->program->task_count : b->program->stage_count;
}

static void note_need(struct inki_build *b, const struct inki_cut *cut, const struct inki_need *need)
{
    struct inki_track *track = &b->tracks[need->value];
    struct inki_value *value = &b->program->values[need->value];
    const size_t now = b->program->stage_count;
    if (value->copies > 1 && track->write_stage && track->write_stage != now)
        stage_now(b)->tied = b->program->stages[track->write_stage - 1].tied;
    if (value->born == 0) value->born = inki_build_time(b);
    if (value->dies < inki_build_time(b)) value->dies = inki_build_time(b);
    if (need->write) {
        track->written = *cut;
        track->write_all = need->all || (track->write_stage == now && track->write_all);
        track->write_stage = now;
    } else {
        bool other = track->read_stage == now && (track->read_all || !same_cut(cut, &track->read));
        track->read = *cut;
        track->read_all = need->all || other;
        track->read_stage = now;
    }
}

static void append(struct inki_build *b, const struct inki_order *order)
{
    struct inki_program *program = b->program;
    struct inki_stage *stage = stage_now(b);
    program->tasks[program->task_count++] = order->task;
    stage->task_end = program->task_count;
    if (!order->task.derives) stage->cost += order->cost; /* what is made once a step is not made for each row */
    for (size_t i = 0; i < INKI_MOST_NEEDS; i++)
        if (order->needs[i].value != INKI_NOTHING) note_need(b, &order->task.cut, &order->needs[i]);
}

/* What has waited and fits, in order. */
static void append_waiting(struct inki_build *b)
{
    size_t left = 0;
    for (size_t i = 0; i < b->waiting_count; i++) {
        if (fits(b, &b->waiting[i]))
            append(b, &b->waiting[i]);
        else
            b->waiting[left++] = b->waiting[i];
    }
    b->waiting_count = left;
}

void inki_build_stage(struct inki_build *b)
{
    struct inki_program *program = b->program;
    if (program->stage_count) append_waiting(b);
    program->stages[program->stage_count] = (struct inki_stage){
        .task = program->task_count, .task_end = program->task_count, .tied = program->stage_count, .phase = b->phase};
    program->stage_count++;
}

/* A stage a phase costs one part nothing, and shows where time goes; what comes behind the loss can then be left out. */
static void begin_phase(struct inki_build *b)
{
    if (b->parts == 1 && stage_now(b)->phase != b->phase) inki_build_stage(b);
}

void inki_build_task(struct inki_build *b, const struct inki_order *order)
{
    begin_phase(b);
    if (!fits(b, order)) inki_build_stage(b);
    append(b, order);
}

void inki_build_later(struct inki_build *b, const struct inki_order *order)
{
    begin_phase(b);
    bool follows = b->waiting_count && b->waiting[b->waiting_count - 1].task.site == order->task.site;
    if (!follows && fits(b, order))
        append(b, order);
    else
        b->waiting[b->waiting_count++] = *order;
}

void inki_build_end(struct inki_build *b)
{
    append_waiting(b);
    while (b->waiting_count) {
        inki_build_stage(b);
        append_waiting(b);
    }
}

struct inki_cut inki_build_follow(const struct inki_build *b, size_t value, struct inki_cut otherwise)
{
    const struct inki_track *track = &b->tracks[value];
    bool now = track->write_stage == b->program->stage_count && !track->write_all;
    return now && track->written.axis != INKI_WHOLE ? track->written : otherwise;
}

struct inki_order inki_build_order(const struct inki_build *b, size_t i, inki_loop *run, const char *what,
                                   struct inki_cut cut, enum inki_side side)
{
    const struct inki_node *node = &b->model->nodes[i];
    struct inki_order order = {
        .task = {.run = run, .site = &b->program->sites[i], .cut = cut, .side = side, .what = what}};
    order.task.all = (struct inki_range){
        .in_end = inki_padded(node->inputs), .out_end = inki_padded(node->outputs), .panel_end = node->panels};
    order.cost = node->op->cost ? node->op->cost(node) : 8 * node->outputs;
    return order;
}

/* ---------------------------------------------------------------- values */

size_t inki_build_bytes(const struct inki_build *b, size_t stride) { return b->rows * stride * sizeof(float); }

size_t inki_build_value(struct inki_build *b, size_t bytes, size_t copies, const char *what)
{
    struct inki_program *program = b->program;
    program->values[program->value_count] = (struct inki_value){.bytes = bytes, .copies = copies, .what = what};
    b->tracks[program->value_count] = (struct inki_track){0};
    b->gradient_of[program->value_count] = INKI_NOTHING;
    b->learns[program->value_count] = false;
    return program->value_count++;
}
