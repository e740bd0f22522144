/* step: one step of training: rows, loss, gradient, update.
 * SPDX-License-Identifier: MIT
 *
 * A step's rows go through the network in chunks that stay in the cache; gradients add up over the chunks in the order of
 * the rows, so the chunks do not show in the result, and memory does not grow with the batch. */
#include "base/flush.h"
#include "base/pool.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows of a shuffled order come from memory, and slowly: the next chunk's are asked for while this one is computed. */
static void fetch_next(ink_trainer *trainer, const uint32_t *rows, size_t count)
{
    size_t left = inki_batches_after(&trainer->batches, rows, count), next = left < count ? left : count;
    size_t size = inki_row_places(trainer->train, rows + count, 0, next, trainer->next_places);
    inki_program_ahead(&trainer->program, trainer->next_places, next, size);
}

/* Gets rows[0..count-1] of the batch ready, which begin at its row `first`. */
static void begin_chunk(ink_trainer *trainer, const uint32_t *rows, size_t first, size_t count)
{
    const ink_data *train = trainer->train;
    inki_row_places(train, rows + first, 0, count, trainer->places);
    if (trainer->targets)
        inki_row_targets(train, rows + first, 0, count, trainer->targets);
    else
        inki_row_labels(train, rows + first, 0, count, trainer->labels);
    if (inki_augments(&trainer->augment))
        inki_augment(trainer->ctx, &trainer->augment, trainer->step, first, count, trainer->places);
    fetch_next(trainer, rows + first, count);
}

/* The weights of the chunk's rows, by their classes, whose numbers are there, and their own. */
static const float *weights_of(ink_trainer *trainer, const uint32_t *rows, size_t count)
{
    const float *classes = trainer->class_weights, *own = trainer->train->weights;
    if (!classes && !own) return NULL;
    for (size_t i = 0; i < count; i++) {
        trainer->weights[i] = classes ? classes[trainer->labels[i]] : 1;
        if (own) trainer->weights[i] *= own[inki_data_base(trainer->train, rows[i])];
    }
    return trainer->weights;
}

/* A part of a batch that goes through the network at once. */
struct chunk {
    const uint32_t *rows; /* the batch's */
    size_t first, count, batch;
};

static struct inki_feed feed_of(ink_trainer *trainer, const struct chunk *chunk)
{
    return (struct inki_feed){
        .from = trainer->places,
        .bytes = trainer->train->bytes != NULL,
        .rows = chunk->count,
        .fresh = chunk->first == 0,
        .seed = trainer->seed,
        .step = (uint32_t)trainer->step,
        .first_row = (uint32_t)chunk->first,
        .loss = {.labels = trainer->labels,
                 .targets = trainer->targets,
                 .target_mean = trainer->target_mean,
                 .row_weight = weights_of(trainer, chunk->rows + chunk->first, chunk->count),
                 .smoothing = trainer->smoothing,
                 .scale = 1.0f / (float)chunk->batch,
                 .row_loss = trainer->losses,
                 .row_parts = trainer->parts},
        .g = trainer->g,
        .add = chunk->first > 0,
        .last = chunk->first + chunk->count == chunk->batch,
        .step_now = trainer->step_now,
    };
}

/* Forward and loss of one chunk, with a program for training its part of the gradient too. Returns the sum of losses. */
static double run_chunk(ink_trainer *trainer, struct inki_program *program, const struct chunk *chunk)
{
    const size_t parts = trainer->model->loss->parts;
    double sum = 0;
    inki_phase(trainer->ctx, INKI_PHASE_GATHER);
    begin_chunk(trainer, chunk->rows, chunk->first, chunk->count);
    trainer->last_rows = chunk->count;
    struct inki_feed feed = feed_of(trainer, chunk);
    inki_program_run(program, &feed);
    for (size_t i = 0; i < chunk->count; i++) sum += trainer->losses[i];
    for (size_t i = 0; program->use.purpose == INKI_FOR_TRAINING && i < chunk->count; i++)
        for (size_t k = 0; k < parts; k++) trainer->sums.parts[k] += trainer->parts[i * parts + k];
    return sum;
}

/* All chunks, as even as can be. Returns the mean loss. */
static double run_batch(ink_trainer *trainer, struct inki_program *program, const uint32_t *rows, size_t count)
{
    size_t chunks = (count + INKI_CHUNK_ROWS - 1) / INKI_CHUNK_ROWS;
    struct chunk chunk = {.rows = rows, .batch = count};
    double sum = 0;
    for (; chunks > 0; chunks--, chunk.first += chunk.count) {
        chunk.count = (count - chunk.first + chunks - 1) / chunks;
        sum += run_chunk(trainer, program, &chunk);
    }
    return sum / (double)count;
}

bool inki_all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

/* The first node whose weights are not finite, else the first whose outputs are not, for the rows that were trained on last. */
static const char *find_culprit(ink_trainer *trainer, const char **part)
{
    const ink_model *model = trainer->model;
    const size_t last = model->node_count - 1, rows = trainer->last_rows;
    struct inki_program *program = &trainer->scorer.program;
    *part = "weights";
    for (size_t i = 0; i <= last; i++)
        if (!inki_all_finite(model->w + model->nodes[i].offset, model->nodes[i].size)) return model->nodes[i].name;
    *part = "outputs";
    inki_program_run(program,
                     &(struct inki_feed){
                         .from = trainer->places, .bytes = trainer->train->bytes != NULL, .rows = rows, .fresh = true});
    for (size_t i = 0; i < last; i++) {
        const float *y = inki_program_output(program, i);
        for (size_t row = 0; y && row < rows; row++)
            if (!inki_all_finite(y + row * model->nodes[i].out_stride, model->nodes[i].outputs))
                return model->nodes[i].name;
    }
    return model->nodes[last].name;
}

ink_status inki_diverged(ink_trainer *trainer, size_t step)
{
    size_t epoch = (step - 1) / trainer->per_epoch + 1;
    const char *part, *layer = find_culprit(trainer, &part);
    snprintf(trainer->run->ended, sizeof trainer->run->ended, "diverged in epoch %zu, step %zu", epoch, step);
    memcpy(trainer->model->w, trainer->row_w, trainer->model->size * sizeof *trainer->model->w);
    return inki_fail(trainer->ctx, INK_DIVERGED,
                     "epoch %zu, step %zu: training diverged: the %s of layer %s are no longer finite; try lr %g, "
                     "clip-norm 1, or scale standard",
                     epoch, step, part, *layer ? layer : "the input",
                     inki_schedule_rate(&trainer->schedule, step - 1) / 10);
}

/* With Nesterov's optimiser the gradient is taken ahead of the weights, but a step's loss is told at the weights. */
static ink_status step(ink_trainer *trainer)
{
    const uint32_t *rows;
    size_t count = inki_batches_rows(&trainer->batches, trainer->step, &rows);
    bool ahead = trainer->optim.kind == INKI_OPT_nesterov;
    double at_weights = trainer->step_losses && ahead ? run_batch(trainer, &trainer->at_weights, rows, count) : 0;
    double lr = inki_schedule_rate(&trainer->schedule, trainer->step);
    inki_optim_before(&trainer->optim);
    trainer->step_now = count <= INKI_CHUNK_ROWS && inki_optim_announce(&trainer->optim, lr);
    double loss = run_batch(trainer, &trainer->program, rows, count);
    if (!isfinite(loss)) return inki_diverged(trainer, trainer->step + 1);
    if (trainer->step_losses) INK_TRY(inki_run_add_step(trainer->run, ahead ? at_weights : loss));
    trainer->sums.loss += loss * (double)count;
    trainer->sums.rows += count;
    inki_phase(trainer->ctx, INKI_PHASE_UPDATE);
    inki_optim_step(&trainer->optim, trainer->g, lr);
    if (trainer->ema_w) inki_optim_average(&trainer->optim, trainer->ema, trainer->ema_w);
    trainer->step++;
    inki_phase(trainer->ctx, INKI_PHASE_OTHER);
    return INK_OK;
}

ink_status inki_trainer_step(ink_trainer *trainer)
{
    uint64_t mode = inki_flush_begin();
    ink_status status = step(trainer);
    inki_flush_end(mode);
    return status;
}
