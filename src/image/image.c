/* image: files to pixels: kinds, limits, transparency, orientation.
 * SPDX-License-Identifier: MIT */
#include "image/image.h"

#include "base/file.h"
#include "base/mem.h"
#include "image/decoding.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* -------------------------------------------------------------------- kinds */

/* Kinds of images, detected by what they begin with and what stands at byte `at`; those without a decoder are known by name only. */
static const struct kind {
    const char *name, *begin;
    size_t begin_length;
    const char *magic;
    size_t length, at;
    ink_status (*decode)(struct inki_decoding *d);
} kinds[] = {
    {"PNG", "\x89PNG", 4, "\r\n\x1A\n", 4, 4, inki_png_decode},
    {"JPEG", "\xFF\xD8", 2, "\xFF", 1, 2, inki_jpeg_decode},
    {"GIF", "GIF8", 4, "a", 1, 5, NULL},
    {"WebP", "RIFF", 4, "WEBP", 4, 8, NULL},
    {"HEIC or AVIF", "\0\0\0", 3, "ftyp", 4, 4, NULL},
    {"TIFF", "II", 2, "*\0", 2, 2, NULL},
    {"TIFF", "MM", 2, "\0*", 2, 2, NULL},
    {"BMP", "BM", 2, "\0\0\0\0", 4, 6, NULL},
};

static const struct kind *kind_of(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *kind = &kinds[i];
        if (size >= kind->at + kind->length && memcmp(bytes, kind->begin, kind->begin_length) == 0 &&
            memcmp(bytes + kind->at, kind->magic, kind->length) == 0)
            return kind;
    }
    return NULL;
}

bool inki_image_is(const uint8_t *bytes, size_t size) { return kind_of(bytes, size) != NULL; }

bool ink_image_is(const char *path)
{
    uint8_t first[16];
    if (inki_path_kind(path) != INKI_PATH_FILE) return false;
    gzFile file = gzopen(path, "rb"); /* reads plain files too */
    if (!file) return false;
    gzbuffer(file, 1024);
    int size = gzread(file, first, sizeof first);
    gzclose(file);
    return size > 0 && inki_image_is(first, (size_t)size);
}

/* ------------------------------------------------------------- transparency */

/* Whether every pixel that shows is (nearly) white: ink that was meant for a dark page. */
static bool shows_white_only(const struct inki_decoding *d)
{
    size_t colours = d->channels - 1, count = d->height * d->width;
    bool shows = false;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pixel = d->pixels + i * d->channels;
        if (pixel[colours] == 0) continue;
        shows = true;
        for (size_t c = 0; c < colours; c++) {
            if (pixel[c] < 250) return false;
        }
    }
    return shows;
}

/* The same of 16 bits; page is white or black. */
static void compose_deep(const struct inki_decoding *d, bool white)
{
    const size_t colours = d->channels - 1, count = d->height * d->width;
    const uint64_t most = UINT16_MAX, page = white ? most : 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t *pixel = d->deep + i * d->channels;
        uint64_t alpha = pixel[colours];
        for (size_t c = 0; c < colours; c++)
            d->deep[i * colours + c] = (uint16_t)((pixel[c] * alpha + page * (most - alpha) + most / 2) / most);
    }
}

/* Composes the last channel away, in place. An image without a transparent pixel only loses it. */
static void compose_on_page(struct inki_decoding *d)
{
    size_t colours = d->channels - 1, count = d->height * d->width;
    unsigned page = 255;
    bool opaque = true;
    for (size_t i = 0; i < count && opaque; i++) opaque = d->pixels[i * d->channels + colours] == 255;
    if (!opaque && shows_white_only(d)) page = 0;
    if (d->deep) compose_deep(d, page > 0);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pixel = d->pixels + i * d->channels;
        unsigned alpha = pixel[colours];
        for (size_t c = 0; c < colours; c++)
            d->pixels[i * colours + c] = (uint8_t)((pixel[c] * alpha + page * (255 - alpha) + 127) / 255);
    }
    d->channels = colours;
}

/* RGB whose three values are equal everywhere becomes one channel, in place. */
static void reduce_to_grey(struct inki_decoding *d)
{
    size_t count = d->height * d->width;
    const uint8_t *pixel = d->pixels;
    const uint16_t *deep = d->deep;
    if (d->channels != 3) return;
    for (size_t i = 0; i < count; i++, pixel += 3) {
        if (pixel[0] != pixel[1] || pixel[0] != pixel[2]) return;
        if (deep && (deep[3 * i] != deep[3 * i + 1] || deep[3 * i] != deep[3 * i + 2])) return;
    }
    for (size_t i = 0; i < count; i++) d->pixels[i] = d->pixels[3 * i];
    for (size_t i = 0; deep && i < count; i++) d->deep[i] = deep[3 * i];
    d->channels = 1;
}

/* -------------------------------------------------------------- orientation */

/* Where the pixel that belongs at (y, x) stands in an image of EXIF orientation 2 to 8 and size height x width. */
static size_t turned_place(const struct inki_decoding *d, size_t y, size_t x)
{
    bool swapped = d->turn >= 5;
    size_t row = swapped ? x : y, column = swapped ? y : x;
    bool flip_row = d->turn == 3 || d->turn == 4 || d->turn == 6 || d->turn == 7;
    bool flip_column = d->turn == 2 || d->turn == 3 || d->turn == 7 || d->turn == 8;
    if (flip_row) row = d->height - 1 - row;
    if (flip_column) column = d->width - 1 - column;
    return row * d->width + column;
}

static ink_status turn(struct inki_decoding *d)
{
    if (d->turn <= 1) return INK_OK;
    bool swapped = d->turn >= 5;
    size_t height = swapped ? d->width : d->height, width = swapped ? d->height : d->width;
    uint8_t *pixels = inki_alloc(d->ctx, height * width, d->channels);
    if (!pixels) return INK_NO_MEMORY;
    for (size_t y = 0; y < height; y++) {
        for (size_t x = 0; x < width; x++)
            memcpy(pixels + (y * width + x) * d->channels, d->pixels + turned_place(d, y, x) * d->channels,
                   d->channels);
    }
    inki_free(d->pixels);
    d->pixels = pixels;
    d->height = height;
    d->width = width;
    return INK_OK;
}

/* --------------------------------------------------------------- an image */

static ink_status not_a_image(ink_ctx *ctx, const struct kind *kind, const char *where)
{
    if (!kind) return inki_fail(ctx, INK_BAD_FILE, "%s: byte 0: not a PNG or JPEG image", where);
    return inki_fail(ctx, INK_UNSUPPORTED, "%s: %s images cannot be read; save it as PNG or JPEG", where, kind->name);
}

static ink_status give(struct inki_decoding *d, ink_image **out)
{
    ink_image *image = inki_alloc(d->ctx, 1, sizeof *image);
    if (!image) return INK_NO_MEMORY;
    *image = (ink_image){d->height, d->width, d->channels, d->pixels, d->deep};
    d->pixels = NULL;
    d->deep = NULL;
    *out = image;
    return INK_OK;
}

ink_status inki_image_decode(ink_ctx *ctx, const uint8_t *bytes, size_t size, const char *where, ink_image **out)
{
    const struct kind *kind = kind_of(bytes, size);
    *out = NULL;
    if (!kind || !kind->decode) return not_a_image(ctx, kind, where);
    struct inki_decoding d = {.ctx = ctx, .where = where, .bytes = bytes, .size = size, .turn = 1};
    ink_status status = kind->decode(&d);
    if (status == INK_OK) {
        if (d.channels == 2 || d.channels == 4) compose_on_page(&d);
        reduce_to_grey(&d);
        status = turn(&d);
    }
    if (status == INK_OK) status = give(&d, out);
    inki_free(d.pixels);
    inki_free(d.deep);
    return status;
}

ink_status ink_image_load(ink_ctx *ctx, const char *path, ink_image **out)
{
    struct inki_bytes content;
    *out = NULL;
    INK_TRY(inki_bytes_read(ctx, path, &content));
    ink_status status = inki_image_decode(ctx, content.data, content.size, path, out);
    inki_bytes_free(ctx, &content);
    return status;
}

ink_status ink_image_read(ink_ctx *ctx, const void *bytes, size_t size, const char *name, ink_image **out)
{
    return inki_image_decode(ctx, bytes, size, name, out);
}

void ink_image_free(ink_image *image)
{
    if (!image) return;
    inki_free(image->pixels);
    inki_free(image->deep);
    inki_free(image);
}
