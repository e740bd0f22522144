/* augment: images moved, turned, stretched, bent, mirrored, cut and mixed a little, differently at every step.
 * SPDX-License-Identifier: MIT
 *
 * Output pixel p takes the value at A (p - centre) + centre + shift + bend(p), between four pixels (bilinear); outside the
 * image its border goes on. A turns by an angle in ±rotate degrees and zooms by a factor in 1 ± scale; shift is in ±shift
 * pixels along each axis; all uniform. bend is a smooth field, a cubic B-spline over random values every BEND_STEP
 * pixels with a deviation of `elastic` pixels (after Simard, Steinkraus & Platt 2003, who smooth noise by a Gaussian).
 *
 * Then, pixel for pixel: with chance `flip` left and right change places; the image moves by whole pixels, -crop to crop along
 * each axis, its border reflected; a square of `cutout` pixels a side around a random pixel becomes 0 (DeVries & Taylor 2017).
 * Last, mixup (Zhang et al. 2018): rows 2i and 2i + 1 of a chunk of the batch, whose order is random, are mixed with each other; a row keeps
 * the larger of the two shares that Beta(mixup, mixup) gives, and so does its label.
 * The draws of a row depend on seed, step and its place in the batch alone. */
#ifndef INKI_AUGMENT_H
#define INKI_AUGMENT_H

#include "data/data.h"

struct inki_augment {
    double shift, rotate, scale, elastic; /* pixels, degrees, share, pixels */
    double flip, crop, cutout, mixup;     /* chance, pixels, pixels, the parameter of Beta; all 0: nothing to do */
    bool warps;                           /* one of the first four is not 0 */
    size_t height, width, channels;
    bool bytes;
    uint64_t seed;
    float weights[7][4]; /* of the spline at each pixel between two points of the field */
    size_t rooms;        /* so many chunks of rows can be made at a time */
    void *rows;          /* [rooms * INKI_CHUNK_ROWS][features] bytes or floats */
    float *floats;       /* two images a row */
};

/* From the setting augment, "" or e.g. "shift:2,rotate:10,flip" (a name alone: its usual amount). Errors: BAD_SETTING
 * (with "did you mean"; rows that are no images), NO_MEMORY. */
ink_status inki_augment_begin(ink_ctx *ctx, const ink_data *data, const char *setting, uint64_t seed, size_t rooms,
                              struct inki_augment *out);
void inki_augment_end(struct inki_augment *augment);

/* Whether there is anything to do. */
static inline bool inki_augments(const struct inki_augment *augment) { return augment->rows; }

/* Of a row: pixels times channels. */
static inline size_t inki_augment_features(const struct inki_augment *augment)
{
    return augment->height * augment->width * augment->channels;
}

/* Makes new rows of those at places[count], which begin at row `first` of the batch of `step`, and points places[] to them.
 * Runs on the context's threads, or, in room `room`, on the calling one. */
#define INKI_ALL_THREADS SIZE_MAX
void inki_augment(ink_ctx *ctx, const struct inki_augment *augment, size_t step, size_t first, size_t count,
                  size_t room, const void **places);

/* Whether rows are mixed too. */
static inline bool inki_mixes(const struct inki_augment *augment) { return augment->mixup > 0 && augment->rows; }

/* The row of a chunk that row i is mixed with; the last of an odd number is left as it is. */
static inline size_t inki_mixed_with(size_t i, size_t count) { return (i ^ 1) < count ? i ^ 1 : i; }

/* Mixes the rows that inki_augment has made at places[count]; shares[count] gets what each has kept of itself. */
void inki_mix(const struct inki_augment *augment, size_t step, size_t first, size_t count, const void *const *places,
              float *shares);

/* Mixes the rows' targets[count][outputs] by the same shares. */
void inki_mix_targets(size_t count, size_t outputs, const float *shares, float *targets);

#endif
