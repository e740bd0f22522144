/* png_out: small images as PNG data for a page.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PNG_OUT_H
#define INKI_PNG_OUT_H

#include "base/text.h"

/* What a byte of the image means. */
enum inki_png_kind {
    INKI_PNG_GREY,       /* 0 black to 255 white */
    INKI_PNG_RGB,        /* three bytes a pixel */
    INKI_PNG_GREY_ALPHA, /* two: grey, and from 0 nothing (the ground shows) to 255 */
    INKI_PNG_RGB_ALPHA,  /* four */
    INKI_PNG_SIGNED, /* INKI_PNG_ZERO nothing (transparent), to twice that blue, to 0 orange: weights, on whatever ground */
};

/* Few steps: the palette is small and so is what deflate makes of the image. */
enum { INKI_PNG_ZERO = 16 };

/* Bytes of a pixel. */
size_t inki_png_bytes(enum inki_png_kind kind);

/* A PNG of pixels[height][width][bytes of a pixel] in memory. Errors: NO_MEMORY. Ownership: inki_free. Format: W3C,
 * Portable Network Graphics, third edition. */
ink_status inki_png_make(ink_ctx *ctx, enum inki_png_kind kind, size_t height, size_t width, const uint8_t *pixels,
                         uint8_t **bytes, size_t *size);

/* Appends it as a "data:" address. Errors: NO_MEMORY. */
ink_status inki_png_add(struct inki_str *to, enum inki_png_kind kind, size_t height, size_t width,
                        const uint8_t *pixels);

#endif
