/* augment_exact: mirrored, cropped, cut and mixed images.
 * SPDX-License-Identifier: MIT */
#include "train/augment_exact.h"

#include <string.h>

static size_t pixel_size(const struct inki_augment *augment)
{
    return augment->channels * (augment->bytes ? 1 : sizeof(float));
}

/* An integer in -most to most. */
static ptrdiff_t between(struct inki_rng *rng, double most)
{
    return (ptrdiff_t)inki_rng_below(rng, 2 * (size_t)most + 1) - (ptrdiff_t)most;
}

/* Place i of a line of n, which goes on as in a mirror beyond its first and last pixel. |i| < 2n - 1. */
static size_t reflected(ptrdiff_t i, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1;
    if (i < 0) i = -i;
    return (size_t)(i > last ? 2 * last - i : i);
}

void inki_copy_crop(const struct inki_augment *augment, struct inki_rng *rng, const void *from, void *to)
{
    const size_t pixel = pixel_size(augment), width = augment->width, line = width * pixel;
    const bool flips = augment->flip > 0 && inki_rng_uniform(rng) < augment->flip;
    ptrdiff_t dx = 0, dy = 0;
    if (augment->crop > 0) {
        dx = between(rng, augment->crop);
        dy = between(rng, augment->crop);
    }
    for (size_t y = 0; y < augment->height; y++) {
        const uint8_t *source = (const uint8_t *)from + reflected((ptrdiff_t)y + dy, augment->height) * line;
        uint8_t *target = (uint8_t *)to + y * line;
        if (!flips && dx == 0) {
            memcpy(target, source, line);
            continue;
        }
        for (size_t x = 0; x < width; x++) {
            size_t at = reflected((ptrdiff_t)x + dx, width);
            memcpy(target + x * pixel, source + (flips ? width - 1 - at : at) * pixel, pixel);
        }
    }
}

/* [begin, end) of the square along an axis of n pixels. */
static void cut_range(struct inki_rng *rng, size_t n, size_t side, size_t *begin, size_t *end)
{
    const size_t middle = inki_rng_below(rng, n), before = side / 2;
    *begin = middle > before ? middle - before : 0;
    *end = middle + side - before;
    if (*end > n) *end = n;
}

void inki_cut_out(const struct inki_augment *augment, struct inki_rng *rng, void *image)
{
    const size_t pixel = pixel_size(augment), line = augment->width * pixel;
    size_t left, right, top, bottom;
    cut_range(rng, augment->width, (size_t)augment->cutout, &left, &right);
    cut_range(rng, augment->height, (size_t)augment->cutout, &top, &bottom);
    for (size_t y = top; y < bottom; y++) memset((uint8_t *)image + y * line + left * pixel, 0, (right - left) * pixel);
}

/* ---------------------------------------------------------------------- mixup */

/* One of Beta(a, a), after Johnk; 0 < a <= 2. */
static double beta(struct inki_rng *rng, double a)
{
    for (;;) {
        const double u = 1 - inki_rng_uniform(rng), v = 1 - inki_rng_uniform(rng);
        const double log_x = inki_log(u) / a, log_y = inki_log(v) / a, x = inki_exp(log_x), y = inki_exp(log_y);
        if (x + y > 1) continue;
        return 1 / (1 + inki_exp(log_y - log_x));
    }
}

/* What row i of a chunk keeps of itself. */
static float share_of(const struct inki_augment *augment, size_t step, size_t row)
{
    struct inki_rng rng = inki_rng_begin(augment->seed, INKI_RNG_MIXUP, (uint32_t)step, (uint32_t)row);
    const double share = beta(&rng, augment->mixup);
    return (float)(share < 0.5 ? 1 - share : share);
}

static void mix_bytes(size_t n, float share_a, float share_b, uint8_t *restrict a, uint8_t *restrict b)
{
    for (size_t i = 0; i < n; i++) {
        const float x = (float)a[i], y = (float)b[i];
        a[i] = (uint8_t)(share_a * x + (1 - share_a) * y + 0.5f);
        b[i] = (uint8_t)(share_b * y + (1 - share_b) * x + 0.5f);
    }
}

static void mix_floats(size_t n, float share_a, float share_b, float *restrict a, float *restrict b)
{
    for (size_t i = 0; i < n; i++) {
        const float x = a[i], y = b[i];
        a[i] = share_a * x + (1 - share_a) * y;
        b[i] = share_b * y + (1 - share_b) * x;
    }
}

void inki_mix(const struct inki_augment *augment, size_t step, size_t first, size_t count, const void *const *places,
              float *shares)
{
    const size_t features = inki_augment_features(augment);
    for (size_t i = 0; i < count; i++)
        shares[i] = inki_mixed_with(i, count) == i ? 1 : share_of(augment, step, first + i);
    for (size_t i = 0; i + 1 < count; i += 2) {
        void *a = (void *)(uintptr_t)places[i], *b = (void *)(uintptr_t)places[i + 1];
        if (augment->bytes)
            mix_bytes(features, shares[i], shares[i + 1], a, b);
        else
            mix_floats(features, shares[i], shares[i + 1], a, b);
    }
}

void inki_mix_targets(size_t count, size_t outputs, const float *shares, float *targets)
{
    for (size_t i = 0; i + 1 < count; i += 2)
        mix_floats(outputs, shares[i], shares[i + 1], targets + i * outputs, targets + (i + 1) * outputs);
}
