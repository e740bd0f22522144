/* schedule: the learning rate over training.
 * SPDX-License-Identifier: MIT
 *
 * lr(step) = rise(step) * shape(step - warm-up). While warming up, over the first W steps, the rate rises in equal parts,
 * (step + 1) / W of lr. Then, with s steps since the warm-up of S in all and e whole epochs among them:
 *     constant     lr
 *     step         lr decay^floor(e / decay-every)                                      (PyTorch: StepLR)
 *     exponential  lr decay^e                                                           (PyTorch: ExponentialLR)
 *     cosine       min + (lr - min) (1 + cos(pi s / S)) / 2                             (Loshchilov & Hutter 2017)
 *     one-cycle    from lr / 25 up to lr by a half cosine over the first 30 % of steps, then down to min
 *                                                                                       (Smith 2018; PyTorch: OneCycleLR)
 *     plateau      lr, times plateau-factor each time the validation loss has not improved for plateau-patience epochs
 * auto is cosine where the rate is left to auto, too, and constant where a rate is given.
 * No schedule goes below min = min-lr, unless lr itself is lower. */
#ifndef INKI_SCHEDULE_H
#define INKI_SCHEDULE_H

#include "base/ctx.h"

struct inki_schedule {
    int kind; /* index in the choices of the setting schedule */
    double lr, min_lr, decay, factor;
    size_t steps, warm, per_epoch, decay_every; /* in all, warming up, an epoch; decay_every in epochs */
    size_t patience;                            /* in steps */
    double best_loss;
    size_t since; /* step of the last improvement or fall */
};

void inki_schedule_begin(const ink_settings *set, size_t steps_per_epoch, size_t steps, struct inki_schedule *out);

/* Notes about a warm-up that is longer than the training, and a least rate that leaves the schedule nothing to do. */
void inki_schedule_note(ink_ctx *ctx, const ink_settings *set, const struct inki_schedule *schedule);

/* True for schedules that go by the validation loss. */
bool inki_schedule_needs_validation(const struct inki_schedule *schedule);

/* True if no rate depends on how many steps there are in all. */
bool inki_schedule_is_open(const struct inki_schedule *schedule);

/* The rate of step `step` (from 0). */
double inki_schedule_rate(const struct inki_schedule *schedule, size_t step);

/* After each row of the history: steps done and the validation loss there. */
void inki_schedule_row(struct inki_schedule *schedule, size_t step, double val_loss);

#endif
