/* schedule: the learning rate over training.
 * SPDX-License-Identifier: MIT */
#include "train/schedule.h"
#include "base/rng.h"
#include "base/settings.h"
#include "base/text.h"
#include "train/optim.h"

#include <math.h>
#include <string.h>

/* In the order of the setting's choices. */
enum { AUTO, CONSTANT, STEP, EXPONENTIAL, COSINE, ONE_CYCLE, PLATEAU };

#define RISE_SHARE 0.3
#define RISE_FROM 25.0

void inki_schedule_begin(const ink_settings *set, size_t steps_per_epoch, size_t steps, struct inki_schedule *out)
{
    *out = (struct inki_schedule){.kind = inki_get_choice(set, INKI_SCHEDULE),
                                  .lr = inki_optim_rate(set),
                                  .min_lr = inki_get_real(set, INKI_MIN_LR),
                                  .decay = inki_get_real(set, INKI_DECAY),
                                  .factor = inki_get_real(set, INKI_PLATEAU_FACTOR),
                                  .steps = steps,
                                  .per_epoch = steps_per_epoch,
                                  .decay_every = inki_get_int(set, INKI_DECAY_EVERY),
                                  .patience = inki_get_int(set, INKI_PLATEAU_PATIENCE) * steps_per_epoch,
                                  .best_loss = (double)INFINITY};
    if (out->kind == AUTO)
        out->kind =
            inki_choice_index(ink_settings_row(INKI_SCHEDULE)->choices, inki_schedule_for(ink_settings_get(set, "lr")));
    out->warm = (size_t)(inki_get_real(set, INKI_WARMUP) * (double)steps_per_epoch + 0.5);
    if (out->min_lr > out->lr) out->min_lr = out->lr;
}

static double epochs_of(const struct inki_schedule *schedule, size_t steps)
{
    return (double)steps / (double)schedule->per_epoch;
}

/* A schedule whose first fall comes behind the end. */
static void note_long_waits(ink_ctx *ctx, const struct inki_schedule *schedule)
{
    const bool steps = schedule->kind == STEP;
    const size_t wait = steps ? schedule->decay_every * schedule->per_epoch : schedule->patience;
    if ((!steps && schedule->kind != PLATEAU) || wait + schedule->warm < schedule->steps) return;
    inki_note(ctx, "%s: %g epochs are no shorter than the training of %g: the rate never falls",
              steps ? "decay-every" : "plateau-patience", epochs_of(schedule, wait),
              epochs_of(schedule, schedule->steps));
}

void inki_schedule_note(ink_ctx *ctx, const ink_settings *set, const struct inki_schedule *schedule)
{
    double share = (double)schedule->steps / (double)schedule->warm, min_lr = inki_get_real(set, INKI_MIN_LR);
    const char *name = ink_settings_row(INKI_SCHEDULE)->choices;
    for (int i = 0; i < schedule->kind; i++) name = strchr(name, '|') + 1;
    if (schedule->steps < schedule->warm)
        inki_note(
            ctx,
            "warmup: %s epochs are longer than the training of %g: the rate rises to %.4g of %g, and the schedule "
            "does not begin",
            ink_settings_get(set, "warmup"), epochs_of(schedule, schedule->steps), schedule->lr * share, schedule->lr);
    else if (schedule->kind != CONSTANT && min_lr >= schedule->lr)
        inki_note(ctx, "min-lr %g is not below lr %g: schedule %.*s changes nothing; choose a lower min-lr", min_lr,
                  schedule->lr, (int)strcspn(name, "|"), name);
    else
        note_long_waits(ctx, schedule);
}

bool inki_schedule_is_open(const struct inki_schedule *schedule)
{
    return schedule->warm == 0 && schedule->kind != COSINE && schedule->kind != ONE_CYCLE;
}

bool inki_schedule_needs_validation(const struct inki_schedule *schedule) { return schedule->kind == PLATEAU; }

/* (1 + cos(pi t)) / 2 for 0 <= t <= 1, from 1 down to 0, exact at both ends: libm's cos may differ from machine to machine. */
static double half_cosine(double t)
{
    double sine, cosine;
    inki_sine_cosine(1.5707963267948966 * (1 - t), &sine, &cosine);
    return t == 0 ? 1 : sine * sine;
}

static double blend(double from, double to, double t) { return to + (from - to) * half_cosine(t); }

static double one_cycle(const struct inki_schedule *schedule, double step, double steps)
{
    double top = RISE_SHARE * steps - 1, last = steps - 1;
    if (step <= top) return blend(schedule->lr / RISE_FROM, schedule->lr, top > 0 ? step / top : 1);
    return blend(schedule->lr, schedule->min_lr, last > top ? (step - top) / (last - top) : 1);
}

static double held(const struct inki_schedule *schedule, double lr)
{
    return lr > schedule->min_lr ? lr : schedule->min_lr;
}

/* decay^n by repeated squaring, for the same reason as above. */
static double decayed(const struct inki_schedule *schedule, size_t n)
{
    double factor = 1, base = schedule->decay;
    for (; n > 0; n /= 2, base *= base)
        if (n % 2) factor *= base;
    return held(schedule, schedule->lr * factor);
}

double inki_schedule_rate(const struct inki_schedule *schedule, size_t step)
{
    if (step < schedule->warm) return schedule->lr * (double)(step + 1) / (double)schedule->warm;
    const size_t since = step - schedule->warm, epoch = since / schedule->per_epoch,
                 all = schedule->steps - schedule->warm;
    switch (schedule->kind) {
    case STEP:
        return decayed(schedule, epoch / schedule->decay_every);
    case EXPONENTIAL:
        return decayed(schedule, epoch);
    case COSINE:
        return blend(schedule->lr, schedule->min_lr, (double)since / (double)all);
    case ONE_CYCLE:
        return one_cycle(schedule, (double)since, (double)all);
    default:
        return schedule->lr;
    }
}

void inki_schedule_row(struct inki_schedule *schedule, size_t step, double val_loss)
{
    if (schedule->kind != PLATEAU) return;
    if (val_loss < schedule->best_loss) {
        schedule->best_loss = val_loss;
        schedule->since = step;
    } else if (step - schedule->since > schedule->patience) {
        schedule->lr = held(schedule, schedule->lr * schedule->factor);
        schedule->since = step;
    }
}
