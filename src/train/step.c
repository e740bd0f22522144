/* step: one step of training: rows, loss, gradient, update.
 * SPDX-License-Identifier: MIT */
#include "base/flush.h"
#include "base/pool.h"
#include "model/finite.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The first node whose weights are not finite, else the first whose outputs are not, for the rows that were trained on last. */
static const char *find_culprit(ink_trainer *trainer, const char **part)
{
    const ink_model *model = trainer->model;
    const size_t last = model->node_count - 1, rows = trainer->lanes.lane[0].rows;
    struct inki_program *program = &trainer->scorer.program;
    *part = "weights";
    for (size_t i = 0; i <= last; i++)
        if (!inki_all_finite(model->w + model->nodes[i].offset, model->nodes[i].size)) return model->nodes[i].name;
    *part = "outputs";
    inki_program_run(program, &(struct inki_feed){.from = trainer->lanes.lane[0].places,
                                                  .bytes = trainer->train->bytes != NULL,
                                                  .lists = trainer->lists.rows != NULL,
                                                  .rows = rows,
                                                  .fresh = true});
    return inki_first_nonfinite(program, rows);
}

ink_status inki_diverged(ink_trainer *trainer, size_t step)
{
    size_t epoch = (step - 1) / trainer->per_epoch + 1;
    const char *part, *layer = find_culprit(trainer, &part);
    const bool scale = inki_scale_may_help(trainer);
    snprintf(trainer->run->ended, sizeof trainer->run->ended, "diverged in epoch %zu, step %zu", epoch, step);
    memcpy(trainer->model->w, trainer->row_w, trainer->model->size * sizeof *trainer->model->w);
    return inki_fail(trainer->ctx, INK_DIVERGED,
                     "epoch %zu, step %zu: training diverged: the %s of layer %s are no longer finite; try lr "
                     "%g%s clip-norm 1%s",
                     epoch, step, part, *layer ? layer : "the input",
                     inki_schedule_rate(&trainer->schedule, step - 1) / 10, scale ? "," : " or",
                     scale ? ", or scale standard" : "");
}

/* With Nesterov's optimiser the gradient is taken ahead of the weights, but a step's loss is reported at the weights. */
static ink_status step(ink_trainer *trainer)
{
    const uint32_t *rows;
    size_t count = inki_batches_rows(&trainer->batches, trainer->step, &rows);
    bool ahead = trainer->optim.kind == INKI_OPT_nesterov;
    double at_weights = trainer->step_losses && ahead ? inki_lanes_loss(trainer, rows, count) : 0;
    double lr = inki_schedule_rate(&trainer->schedule, trainer->step);
    inki_optim_before(&trainer->optim);
    trainer->step_now = count <= INKI_CHUNK_ROWS && inki_optim_announce(&trainer->optim, lr);
    double loss;
    INK_TRY(inki_lanes_run(trainer, rows, count, &loss));
    if (!isfinite(loss)) return inki_diverged(trainer, trainer->step + 1);
    if (trainer->step_losses) INK_TRY(inki_run_add_step(trainer->ctx, trainer->run, ahead ? at_weights : loss));
    inki_phase(trainer->ctx, INKI_PHASE_UPDATE);
    inki_optim_step(&trainer->optim, trainer->g, lr);
    if (trainer->average) inki_optim_average(&trainer->optim, trainer->ema, trainer->average->w);
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
