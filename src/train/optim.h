/* optim: from a gradient to the next weights: one pass over the blocks, formulas in base/rows.h.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_OPTIM_H
#define INKI_OPTIM_H

#include "model/program.h"

struct inki_optim {
    ink_ctx *ctx;
    ink_model *model; /* whose weights are changed */
    enum inki_optimizer kind;
    float *state[2]; /* blocks beside the weights, as many as the optimiser's row says */
    struct inki_segment *segments;
    size_t *node; /* [segment_count]: whose they are */
    bool *decays;
    bool *follows;       /* [segment_count]: l2 applies */
    double *square_sums; /* [segment_count] */
    size_t segment_count;
    struct inki_update how, weights; /* weights: of the step under way, for what decays */
    bool is_left;                    /* the program takes the step under way for the segments that are left to it */
    bool *left;                      /* [segment_count] */
    double l2, clip_norm;            /* clip_norm NaN: none */
    size_t steps;                    /* taken so far */
    const float *g;                  /* of the step under way */
    float *mean, share;              /* of the averaging under way */
};

ink_status inki_optim_begin(ink_ctx *ctx, ink_model *model, const ink_settings *set, struct inki_optim *out);
void inki_optim_end(struct inki_optim *optim);

/* Before the gradient is taken: Nesterov moves the weights to where it is wanted. */
void inki_optim_before(struct inki_optim *optim);

/* What a program needs to step weights where it makes their gradient; NULL unless this is plain SGD without clipping. */
const struct inki_update *inki_optim_update(const struct inki_optim *optim);

/* Leaves to the program what it can step, in the steps that inki_optim_announce says it takes. */
void inki_optim_leave(struct inki_optim *optim, const struct inki_program *program);

/* Announces a step with this rate whose gradient comes from one run; true: the program is to step what it can. */
bool inki_optim_announce(struct inki_optim *optim, double lr);

/* One step along g[model->size] with this rate. */
void inki_optim_step(struct inki_optim *optim, const float *g, double lr);

/* Moves mean[model->size] towards the weights: mean = d mean + (1 - d) w with d = min(decay, (1 + t) / (10 + t)) after t steps,
 * so that the first weights are soon forgotten (as TensorFlow's ExponentialMovingAverage with num_updates). */
void inki_optim_average(struct inki_optim *optim, double decay, float *mean);

/* The rate that the setting lr means for the optimizer. */
double inki_optim_rate(const ink_settings *set);

#endif
