/* numbers: what the outputs of a network are that answers with numbers, and how these are scaled.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NUMBERS_H
#define INKI_NUMBERS_H

#include "base/ctx.h"

#include <jansson.h>

/* How an output z and a number to predict t belong together: z = (u - shift) / spread, where u is t or its logarithm. What is
 * answered lies in [low, high], the range of the training rows. */
struct inki_target_scale {
    bool log;
    float shift, spread, low, high;
};

enum { INKI_MOST_LEVELS = 15 };

/* Outputs are targets, or some quantiles of each, one target's after the other's. */
struct inki_numbers {
    size_t targets;                   /* 0 where there are classes */
    struct inki_target_scale *scales; /* [targets]; NULL: outputs are answers */
    size_t levels;                    /* 0: the targets themselves */
    float level[INKI_MOST_LEVELS];    /* rising, between 0 and 1 */
};

/* Outputs of a target. */
static inline size_t inki_numbers_each(const struct inki_numbers *numbers)
{
    return numbers->levels ? numbers->levels : 1;
}

/* Where a model's metadata has them. */
#define INKI_TARGET_SCALE_KEY "target_scale"

/* A target as the loss sees it; NaN where there is none (the logarithm of what is not above 0). */
float inki_target_scaled(const struct inki_target_scale *scale, float target);

/* The answer that an output stands for: in the target's unit, in its range; NaN where z is not finite. */
float inki_target_answer(const struct inki_target_scale *scale, float z);

/* Outputs z[rows][stride] become answers in place, quantiles of a target in rising order. numbers NULL: they are. */
void inki_numbers_answer(const struct inki_numbers *numbers, size_t rows, size_t stride, float *z);

/* Quantiles from a text: "0.1,0.5,0.9". Returns NULL, or what is wrong: "quantiles rise, and 0.5 is not above 0.9". */
const char *inki_levels_read(const char *text, struct inki_numbers *out);

/* The text again, in out[room]. */
void inki_levels_text(const struct inki_numbers *numbers, char *out, size_t room);

/* Whether both are of the same quantiles. */
bool inki_levels_equal(const struct inki_numbers *a, const struct inki_numbers *b);

/* Scales as a JSON text, for a model's metadata: "[{"log":false,"shift":…,"spread":…,"low":…,"high":…}]", a target after the other. NULL without
 * memory. Ownership: the caller, inki_free. */
char *inki_scales_text(ink_ctx *ctx, const struct inki_target_scale *scales, size_t count);

/* And back, scales[count]. False if the text says anything else, or numbers that no training gives. */
bool inki_scales_read(const char *text, struct inki_target_scale *scales, size_t count);

#endif
