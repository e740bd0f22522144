/* augment: images moved, turned, stretched and bent a little, differently at every step.
 * SPDX-License-Identifier: MIT
 *
 * Output pixel p takes the value at A (p - centre) + centre + shift + bend(p), between four pixels (bilinear); outside the
 * image its border goes on. A turns by an angle in ±rotate degrees and zooms by a factor in 1 ± scale; shift is in ±shift
 * pixels along each axis; all uniform. bend is a smooth field, a cubic B-spline over random values every BEND_STEP
 * pixels with a deviation of `elastic` pixels (after Simard, Steinkraus & Platt 2003, who smooth noise by a Gaussian).
 * The draws of a row depend on seed, step and its place in the batch alone. */
#ifndef INKI_AUGMENT_H
#define INKI_AUGMENT_H

#include "data/data.h"

struct inki_augment {
    double shift, rotate, scale, elastic; /* pixels, degrees, share, pixels; all 0: nothing to do */
    size_t height, width, channels;
    bool bytes;
    uint64_t seed;
    float weights[7][4]; /* of the spline at each pixel between two points of the field */
    size_t rooms;        /* so many chunks of rows can be made at a time */
    void *rows;          /* [rooms * INKI_CHUNK_ROWS][features] bytes or floats */
    float *floats;       /* two images a row, when rows are bytes */
};

/* From the setting augment, "" or e.g. "shift:2,rotate:10,scale:0.1,elastic" (elastic alone: 1.4 pixels). Errors: BAD_SETTING
 * (with "did you mean"; rows that are no images), NO_MEMORY. */
ink_status inki_augment_begin(ink_ctx *ctx, const ink_data *data, const char *setting, uint64_t seed, size_t rooms,
                              struct inki_augment *out);
void inki_augment_end(ink_ctx *ctx, struct inki_augment *augment);

/* Whether there is anything to do. */
static inline bool inki_augments(const struct inki_augment *augment) { return augment->rows; }

/* Makes new rows of those at places[count], which begin at row `first` of the batch of `step`, and points places[] to them.
 * Runs on the context's threads, or, in room `room`, on the calling one. */
#define INKI_ALL_THREADS SIZE_MAX
void inki_augment(ink_ctx *ctx, const struct inki_augment *augment, size_t step, size_t first, size_t count,
                  size_t room, const void **places);

#endif
