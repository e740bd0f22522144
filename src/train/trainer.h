/* trainer: the training loop's state.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TRAINER_H
#define INKI_TRAINER_H

#include "data/batch.h"
#include "train/metrics.h"
#include "train/optim.h"
#include "train/run.h"
#include "train/schedule.h"

struct ink_trainer {
    ink_ctx *ctx;
    const ink_data *train, *valid; /* valid NULL: none */
    ink_model *model;
    ink_run *run;
    struct inki_batches batches;
    struct inki_pass pass;
    struct inki_scorer scorer; /* validation */
    struct inki_optim optim;
    struct inki_schedule schedule;
    float *g;      /* gradient, [model->size] */
    float *best_w; /* weights of the best row; NULL when the last are kept */
    float *row_w;  /* weights of the last finished row, to fall back on */
    float smoothing;
    bool step_losses, by_accuracy;
    size_t step, steps_total, per_epoch, eval_every, early_stop; /* early_stop in steps, 0: none */
    double best_loss, best_accuracy;                             /* of the best row */
    size_t best_step;
    double started, training_seconds, last_call; /* by the monotonic clock */
    /* since the last row: */
    double loss_sum;
    size_t right, rows;
    int32_t labels[INKI_CHUNK_ROWS];
    double losses[INKI_CHUNK_ROWS];
    uint8_t hits[INKI_CHUNK_ROWS];
    const void *places[INKI_CHUNK_ROWS], *next_places[INKI_CHUNK_ROWS]; /* of this chunk's rows and the next one's */
};

#endif
