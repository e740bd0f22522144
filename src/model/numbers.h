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

/* Outputs are targets. */
struct inki_numbers {
    size_t targets;                   /* 0 where there are classes */
    struct inki_target_scale *scales; /* [targets]; NULL: outputs are answers */
};

/* Where a model's metadata has them. */
#define INKI_TARGET_SCALE_KEY "target_scale"

/* A target as the loss sees it; NaN where there is none (the logarithm of what is not above 0). */
float inki_target_scaled(const struct inki_target_scale *scale, float target);

/* The answer that an output stands for: in the target's unit, in its range; NaN where z is not finite. */
float inki_target_answer(const struct inki_target_scale *scale, float z);

/* Outputs z[rows][stride] become answers in place. numbers NULL: they are. */
void inki_numbers_answer(const struct inki_numbers *numbers, size_t rows, size_t stride, float *z);

/* Scales as a JSON text, for a model's metadata: "[{"log":false,"shift":…,"spread":…,"low":…,"high":…}]", a target after the other. NULL without
 * memory. Ownership: the caller, inki_free. */
char *inki_scales_text(ink_ctx *ctx, const struct inki_target_scale *scales, size_t count);

/* And back, scales[count]. False if the text says anything else, or numbers that no training gives. */
bool inki_scales_read(const char *text, struct inki_target_scale *scales, size_t count);

#endif
