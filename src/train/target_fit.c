/* target_fit: mean and deviation of targets, or of their logarithms.
 * SPDX-License-Identifier: MIT */
#include "train/target_fit.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/settings.h"

#include <math.h>

enum { AUTO, STANDARD, LOG, NONE }; /* the setting's choices */
#define LONG_TAIL 1.0               /* skewness from which on a logarithm is looked at */

/* Of a target over the rows, or of its logarithm. */
struct moments {
    double mean, deviation, skewness;
};

static double value_at(const ink_data *data, size_t row, size_t target, bool log)
{
    double value = (double)inki_data_targets(data, row)[target];
    return log ? inki_log(value) : value;
}

static struct moments moments_of(const ink_data *data, size_t target, bool log)
{
    double n = (double)data->rows, mean = 0, square = 0, cube = 0;
    for (size_t i = 0; i < data->rows; i++) mean += value_at(data, i, target, log);
    mean /= n;
    for (size_t i = 0; i < data->rows; i++) {
        double off = value_at(data, i, target, log) - mean;
        square += off * off;
        cube += off * off * off;
    }
    double deviation = sqrt(square / n);
    return (struct moments){mean, deviation, deviation > 0 ? cube / n / (deviation * deviation * deviation) : 0};
}

static void find_range(const ink_data *data, size_t target, struct inki_target_scale *scale)
{
    scale->low = scale->high = inki_data_targets(data, 0)[target];
    for (size_t i = 1; i < data->rows; i++) {
        float value = inki_data_targets(data, i)[target];
        if (value < scale->low) scale->low = value;
        if (value > scale->high) scale->high = value;
    }
}

/* The logarithm, where it is there for all and takes at least half of a long tail away. */
static bool wants_log(const ink_data *data, size_t target, const struct inki_target_scale *scale)
{
    if (!(scale->low > 0)) return false;
    double skewness = moments_of(data, target, false).skewness;
    return skewness > LONG_TAIL && fabs(moments_of(data, target, true).skewness) < skewness / 2;
}

/* A target that does not vary, or by less than floats can hold, keeps its unit. */
static void fit_target(const ink_data *data, size_t target, int kind, struct inki_target_scale *scale)
{
    scale->log = kind == LOG || (kind == AUTO && wants_log(data, target, scale));
    struct moments moments = moments_of(data, target, scale->log);
    scale->shift = (float)moments.mean;
    scale->spread = (float)moments.deviation;
    if (!(scale->spread > 1e-7f * fabsf(scale->shift)) || !isnormal(scale->spread)) scale->spread = 1;
}

static ink_status fit_all(ink_ctx *ctx, const ink_data *train, int kind, struct inki_target_scale *scales)
{
    for (size_t j = 0; j < train->target_count; j++) {
        find_range(train, j, &scales[j]);
        if (kind == LOG && !(scales[j].low > 0))
            return inki_fail(
                ctx, INK_BAD_DATA,
                "target-scale log: the target '%s' is %g in one of the training rows, and only numbers above "
                "0 have a logarithm; use standard or auto",
                train->target_names[j], (double)scales[j].low);
        if (!(scales[j].low < scales[j].high))
            inki_note(ctx, "the target '%s' is %g in all %zu training rows, and nothing else can be learned from that",
                      train->target_names[j], (double)scales[j].low, train->rows);
        fit_target(train, j, kind, &scales[j]);
    }
    return INK_OK;
}

/* A straight line goes on beyond the rows that it was fitted to, but not without end; a logarithm would. */
static void widen_ranges(size_t targets, struct inki_target_scale *scales)
{
    for (size_t j = 0; j < targets; j++) {
        const float width = scales[j].high - scales[j].low;
        if (scales[j].log || !isfinite(scales[j].low - width) || !isfinite(scales[j].high + width)) continue;
        scales[j].low -= width;
        scales[j].high += width;
    }
}

ink_status inki_target_fit(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_model *model)
{
    const int kind = inki_get_choice(set, INKI_TARGET_SCALE);
    if (kind == NONE) return INK_OK;
    struct inki_target_scale *scales = inki_alloc(ctx, train->target_count, sizeof *scales);
    if (!scales) return INK_NO_MEMORY;
    ink_status status = fit_all(ctx, train, kind, scales);
    if (status == INK_OK && !*model->notation) widen_ranges(train->target_count, scales);
    if (status == INK_OK) status = inki_model_set_scales(ctx, model, scales);
    inki_free(scales);
    return status;
}
