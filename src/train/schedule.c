/* schedule: the learning rate over training.
 * SPDX-License-Identifier: MIT */
#include "train/schedule.h"
#include "base/settings.h"
#include "train/optim.h"

#include <math.h>

enum { CONSTANT, PLATEAU };

void inki_schedule_begin(const ink_settings *set, size_t steps_per_epoch, struct inki_schedule *out)
{
    *out = (struct inki_schedule){.kind = inki_get_choice(set, INKI_SCHEDULE),
                                  .lr = inki_optim_rate(set),
                                  .factor = inki_get_real(set, INKI_PLATEAU_FACTOR),
                                  .min_lr = inki_get_real(set, INKI_MIN_LR),
                                  .patience = inki_get_int(set, INKI_PLATEAU_PATIENCE) * steps_per_epoch,
                                  .best_loss = (double)INFINITY};
}

bool inki_schedule_needs_validation(const struct inki_schedule *schedule) { return schedule->kind == PLATEAU; }

double inki_schedule_rate(const struct inki_schedule *schedule, size_t step)
{
    (void)step;
    return schedule->lr;
}

/* A rate that begins below min_lr stays where it is. */
static void fall(struct inki_schedule *schedule)
{
    double lr = schedule->lr * schedule->factor;
    if (lr < schedule->min_lr) lr = schedule->min_lr;
    if (lr < schedule->lr) schedule->lr = lr;
}

void inki_schedule_row(struct inki_schedule *schedule, size_t step, double val_loss)
{
    if (schedule->kind != PLATEAU) return;
    if (val_loss < schedule->best_loss) {
        schedule->best_loss = val_loss;
        schedule->since = step;
    } else if (step - schedule->since > schedule->patience) {
        fall(schedule);
        schedule->since = step;
    }
}
