/* schedule: the learning rate over training.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SCHEDULE_H
#define INKI_SCHEDULE_H

#include "base/ctx.h"

struct inki_schedule {
    int kind; /* index in the choices of the setting schedule */
    double lr, factor, min_lr;
    size_t patience; /* in steps */
    double best_loss;
    size_t since; /* step of the last improvement or fall */
};

void inki_schedule_begin(const ink_settings *set, size_t steps_per_epoch, struct inki_schedule *out);

/* True for schedules that go by the validation loss. */
bool inki_schedule_needs_validation(const struct inki_schedule *schedule);

/* The rate of step `step` (from 0). */
double inki_schedule_rate(const struct inki_schedule *schedule, size_t step);

/* After each row of the history: steps done and the validation loss there. */
void inki_schedule_row(struct inki_schedule *schedule, size_t step, double val_loss);

#endif
