/* target_scores: how well each of several targets is answered.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "data/batch.h"
#include "train/metrics.h"
#include "train/run.h"

#include <math.h>

/* Sums of a target over the rows. */
struct sums {
    double squares, absolutes, spread;
};

/* The answer that counts: of several levels the middle one. */
static double answer_at(const struct inki_answers *answers, size_t row, size_t target)
{
    const size_t each = answers->outputs / answers->targets;
    return (double)answers->p[row * answers->outputs + target * each + each / 2];
}

static struct sums sums_of(const struct inki_answers *answers, const ink_data *data, size_t target, double mean)
{
    struct sums sums = {0};
    for (size_t i = 0; i < answers->rows; i++) {
        double wanted = (double)inki_data_targets(data, i)[target], error = answer_at(answers, i, target) - wanted;
        sums.squares += error * error;
        sums.absolutes += fabs(error);
        sums.spread += (wanted - mean) * (wanted - mean);
    }
    return sums;
}

ink_status inki_target_scores(ink_ctx *ctx, const struct inki_answers *answers, const ink_data *data, ink_run *run)
{
    const size_t count = answers->targets;
    const double n = (double)answers->rows;
    if (count == 0) return INK_OK;
    double *mean = inki_alloc(ctx, count, sizeof *mean);
    run->targets = inki_alloc(ctx, count, sizeof *run->targets);
    if (!mean || !run->targets) {
        inki_free(mean);
        return INK_NO_MEMORY;
    }
    inki_data_target_means(data, mean);
    for (size_t t = 0; t < count; t++) {
        const struct sums sums = sums_of(answers, data, t, mean[t]);
        run->targets[t] = (ink_target_score){.rmse = sqrt(sums.squares / n),
                                             .mae = sums.absolutes / n,
                                             .r2 = sums.spread > 0 ? 1 - sums.squares / sums.spread : (double)NAN};
    }
    run->target_count = count;
    inki_free(mean);
    return INK_OK;
}

const ink_target_score *ink_run_target(const ink_run *run, size_t i)
{
    return i < run->target_count ? &run->targets[i] : NULL;
}
