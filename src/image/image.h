/* image: PNG and JPEG files as bytes, grey or RGB.
 * SPDX-License-Identifier: MIT
 *
 * A file is never believed: its dimensions are looked at before anything is allocated, and must be such as its own size can
 * hold (deflate shrinks at most 1032 times, a block of JPEG takes at least a bit). A damaged file is an error, also where the
 * decoding library would continue with a guess. */
#ifndef INKI_IMAGE_H
#define INKI_IMAGE_H

#include "base/ctx.h"

struct ink_image {
    size_t height, width, channels; /* 1: grey, 3: RGB */
    uint8_t *pixels;                /* [height][width][channels] */
    uint16_t *deep;                 /* the same in 16 bits, where the file has them (and no alpha); else NULL */
};

/* The grey of a pixel, 0 to 1. */
static inline double inki_image_grey(const ink_image *image, size_t y, size_t x)
{
    const uint8_t *pixel = image->pixels + (y * image->width + x) * image->channels;
    if (image->channels == 1) return pixel[0] / 255.0;
    return (0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]) / 255.0;
}

/* Detected from the first bytes: an image of whatever kind, also one that cannot be read. */
bool inki_image_is(const uint8_t *bytes, size_t size);

/* Decodes a file held in memory; `where` names it in messages. Alpha is composed on white (on black if all that shows is
 * white); of 16 bits there are 8 in pixels and all in deep; images whose pixels are all grey have one channel; a photo is turned as its EXIF data says.
 * Errors: BAD_FILE, UNSUPPORTED (another kind, or built without the library), NO_MEMORY. Ownership: ink_image_free. */
ink_status inki_image_decode(ink_ctx *ctx, const uint8_t *bytes, size_t size, const char *where, ink_image **out);

#endif
