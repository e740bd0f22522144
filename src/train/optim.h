/* optim: from a gradient to the next weights: one pass over the blocks, formulas in base/rows.h.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_OPTIM_H
#define INKI_OPTIM_H

#include "model/model.h"

struct inki_optim {
    ink_ctx *ctx;
    ink_model *model; /* whose weights are changed */
    enum inki_optimizer kind;
    float *state[2]; /* blocks beside the weights, as many as the optimiser's row says */
    struct inki_segment *segments;
    double *square_sums; /* [segment_count] */
    size_t segment_count;
    struct inki_update how, fused; /* fused: of the step under way, for weights */
    bool is_fused;                 /* the pass takes the step for the segments that can be fused */
    bool *can_fuse;                /* [segment_count] */
    double l2, clip_norm;          /* clip_norm NaN: none */
    size_t steps;                  /* taken so far */
    const float *g;                /* of the step under way */
    float *mean, share;            /* of the averaging under way */
};

ink_status inki_optim_begin(ink_ctx *ctx, ink_model *model, const ink_settings *set, struct inki_optim *out);
void inki_optim_end(struct inki_optim *optim);

/* Before the gradient is taken: Nesterov moves the weights to where it is wanted. */
void inki_optim_before(struct inki_optim *optim);

/* Announces a step with this rate whose gradient comes from one chunk of rows. Where the pass can take a part of the step
 * itself, returns what it needs for that; else NULL. */
const struct inki_update *inki_optim_fuse(struct inki_optim *optim, double lr);

/* One step along g[model->size] with this rate. */
void inki_optim_step(struct inki_optim *optim, const float *g, double lr);

/* Moves mean[model->size] towards the weights: mean = d mean + (1 - d) w with d = min(decay, (1 + t) / (10 + t)) after t steps,
 * so that the first weights are soon forgotten (as TensorFlow's ExponentialMovingAverage with num_updates). */
void inki_optim_average(struct inki_optim *optim, double decay, float *mean);

/* The rate that the setting lr means for the optimizer. */
double inki_optim_rate(const ink_settings *set);

#endif
