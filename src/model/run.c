/* run: works through a program, stage by stage.
 * SPDX-License-Identifier: MIT */
#include "base/flush.h"
#include "model/program.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Shares of `units` things of `size` columns each. */
static void share_columns(size_t units, size_t size, size_t part, size_t parts, size_t *begin, size_t *end)
{
    inki_share(units, part, parts, begin, end);
    *begin *= size;
    *end *= size;
}

static void share_panels(size_t width, size_t part, size_t parts, struct inki_range *range, size_t *begin, size_t *end)
{
    size_t skip;
    inki_share(inki_panels(width), part, parts, &range->panel, &range->panel_end);
    *begin = *end = 0;
    if (range->panel == range->panel_end) return;
    inki_panel(width, range->panel, begin, &skip);
    inki_panel(width, range->panel_end - 1, &skip, end);
}

/* What part `part` of `parts` has of a task; false: nothing. */
static bool find_range(const struct inki_task *task, size_t rows, size_t part, size_t parts, struct inki_range *range)
{
    const size_t width = task->cut.width;
    size_t begin = 0, end = 0;
    struct inki_range panels = {0};
    *range = task->all;
    range->part = part;
    range->row_end = rows;
    if (parts == 1 || task->cut.axis == INKI_WHOLE) return true;
    if (task->cut.axis == INKI_ONE) return part == 0;
    switch (task->cut.axis) {
    case INKI_ROWS:
        inki_share(rows, part, parts, &range->row, &range->row_end);
        return range->row < range->row_end;
    case INKI_PANELS:
        share_panels(width, part, parts, &panels, &begin, &end);
        break;
    case INKI_STRIPS:
        share_columns((width + INKI_STRIP - 1) / INKI_STRIP, INKI_STRIP, part, parts, &begin, &end);
        break;
    default:
        share_columns(inki_padded(width) / INKI_LANES, INKI_LANES, part, parts, &begin, &end);
    }
    if (end > inki_padded(width)) end = inki_padded(width);
    if (task->side & INKI_IN) {
        range->in = begin;
        range->in_end = end;
    }
    if (task->side & INKI_OUT) {
        range->out = begin;
        range->out_end = end;
        range->panel = panels.panel;
        range->panel_end = panels.panel_end;
    }
    return begin < end;
}

static bool are_finite(const double *losses, size_t rows)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++) sum += losses[i];
    return isfinite(sum);
}

/* The losses that this part works with. */
static const double *losses_of(const struct inki_program *program, size_t part)
{
    const struct inki_span *own = &program->losses;
    return part > 0 && own->at ? (const double *)(const void *)(own->at + part * own->apart)
                               : program->feed.loss.row_loss;
}

struct job {
    struct inki_program *program;
    const struct inki_stage *stage;
    bool derives;
};

static void run_part(void *arg, size_t part, size_t parts)
{
    const struct job *job = arg;
    const struct inki_program *program = job->program;
    for (size_t i = job->stage->task; i < job->stage->task_end; i++) {
        const struct inki_task *task = &program->tasks[i];
        struct inki_range range;
        if (task->derives && !job->derives) continue;
        if (find_range(task, program->feed.rows, part, parts, &range)) task->run(task->site, &range);
        if (task->guards && !are_finite(losses_of(program, part), program->feed.rows)) return;
    }
}

/* Little work stays in one part; but who reads what parts have made for themselves must be as many. */
static size_t parts_of(const struct inki_program *program, const struct inki_stage *stage)
{
    const struct inki_stage *first = &program->stages[stage->tied];
    if (first != stage) return first->parts;
    return program->use.threads > 1 && inki_worth(stage->cost * program->feed.rows) ? program->use.threads : 1;
}

static void run_stage(struct inki_program *program, struct inki_stage *stage)
{
    struct job job = {program, stage, false};
    stage->parts = parts_of(program, stage);
    job.derives = program->feed.fresh || stage->derived != stage->parts;
    if (job.derives) stage->derived = stage->parts;
    if (!program->use.beside) inki_phase(program->ctx, stage->phase);
    if (stage->parts == 1)
        run_part(&job, 0, 1);
    else
        inki_parts_run(program->ctx, stage->parts, run_part, &job);
}

/* A run that ended early may have left out some of what is derived from the weights, so that the next one makes all of it. */
static void forget_derived(struct inki_program *program)
{
    for (size_t i = 0; i < program->stage_count; i++) program->stages[i].derived = 0;
}

void inki_program_run(struct inki_program *program, const struct inki_feed *feed)
{
    assert(feed->rows <= program->use.rows);
    uint64_t mode = inki_flush_begin();
    program->feed = *feed;
    for (size_t i = 0; i < program->stage_count; i++) {
        run_stage(program, &program->stages[i]);
        if (program->stages[i].guards && !are_finite(feed->loss.row_loss, feed->rows)) break;
    }
    if (program->use.purpose == INKI_FOR_TRAINING && !are_finite(feed->loss.row_loss, feed->rows))
        forget_derived(program);
    inki_flush_end(mode);
}

const float *inki_program_answers(const struct inki_program *program, size_t *stride)
{
    *stride = program->answer.stride;
    return program->answer.at;
}

const float *inki_program_output(const struct inki_program *program, size_t i) { return program->sites[i].y.at; }

void inki_program_ahead(struct inki_program *program, const void *const *blocks, size_t count, size_t size)
{
    for (size_t i = 0; i < program->input.copies; i++)
        program->input.prefetch[i] = (struct inki_prefetch){.blocks = blocks, .count = count, .size = size};
}

bool inki_program_steps(const struct inki_program *program, size_t i) { return program->sites[i].steps; }
