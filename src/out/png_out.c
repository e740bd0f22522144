/* png_out: small images as PNG data for a page.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "out/png_out.h"

#include "base/mem.h"
#include "out/html.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* A file under way; room was asked for the whole of it. */
struct png {
    uint8_t *bytes;
    size_t size;
};

/* The specification's colour type, and bytes a pixel. */
static const struct {
    uint8_t colour, bytes;
} kinds[] = {[INKI_PNG_GREY] = {0, 1},
             [INKI_PNG_RGB] = {2, 3},
             [INKI_PNG_GREY_ALPHA] = {4, 2},
             [INKI_PNG_RGB_ALPHA] = {6, 4},
             [INKI_PNG_SIGNED] = {3, 1}};

size_t inki_png_bytes(enum inki_png_kind kind) { return kinds[kind].bytes; }

static void put_32(struct png *png, size_t value)
{
    for (int b = 3; b >= 0; b--) png->bytes[png->size++] = (uint8_t)(value >> 8 * b);
}

/* Length, type, content, and the CRC of the latter two. */
static void put_chunk(struct png *png, const char *type, const uint8_t *content, size_t size)
{
    put_32(png, size);
    uint8_t *begin = png->bytes + png->size;
    memcpy(begin, type, 4);
    if (size) memcpy(begin + 4, content, size);
    png->size += 4 + size;
    put_32(png, crc32(crc32(0, NULL, 0), begin, (uInt)(4 + size)));
}

static void put_head(struct png *png, enum inki_png_kind kind, size_t height, size_t width)
{
    static const uint8_t magic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    uint8_t head[13] = {0};
    for (size_t b = 0; b < 4; b++) {
        head[b] = (uint8_t)(width >> (24 - 8 * b));
        head[4 + b] = (uint8_t)(height >> (24 - 8 * b));
    }
    head[8] = 8;
    head[9] = kinds[kind].colour;
    memcpy(png->bytes, magic, sizeof magic);
    png->size = sizeof magic;
    put_chunk(png, "IHDR", head, sizeof head);
}

/* Blue for what speaks for, orange for what speaks against; how much is in the alpha. */
static void put_palette(struct png *png)
{
    static const uint8_t plus[3] = {0x3B, 0x7D, 0xD8}, minus[3] = {0xD9, 0x6A, 0x1E};
    uint8_t colours[2 * INKI_PNG_ZERO + 1][3], alpha[2 * INKI_PNG_ZERO + 1];
    for (int i = 0; i <= 2 * INKI_PNG_ZERO; i++) {
        memcpy(colours[i], i >= INKI_PNG_ZERO ? plus : minus, 3);
        alpha[i] = (uint8_t)(255 * abs(i - INKI_PNG_ZERO) / INKI_PNG_ZERO);
    }
    put_chunk(png, "PLTE", colours[0], sizeof colours);
    put_chunk(png, "tRNS", alpha, sizeof alpha);
}

/* Rows with a filter byte (0, none) in front of each, deflated. */
static bool put_pixels(struct png *png, size_t height, size_t row, const uint8_t *pixels, uint8_t *rows,
                       uint8_t *packed, size_t room)
{
    uLongf size = room;
    for (size_t y = 0; y < height; y++) {
        rows[y * (row + 1)] = 0;
        memcpy(rows + y * (row + 1) + 1, pixels + y * row, row);
    }
    if (compress2(packed, &size, rows, height * (row + 1), height > 512 ? 6 : 9) != Z_OK) return false;
    put_chunk(png, "IDAT", packed, size);
    return true;
}

ink_status inki_png_make(ink_ctx *ctx, enum inki_png_kind kind, size_t height, size_t width, const uint8_t *pixels,
                         uint8_t **bytes, size_t *size)
{
    size_t row = kinds[kind].bytes * width, raw = height * (row + 1), room = compressBound(raw);
    uint8_t *rows = inki_alloc(ctx, raw, 1), *packed = inki_alloc(ctx, room, 1);
    struct png png = {inki_alloc(ctx, room + 2048, 1), 0};
    bool good = rows && packed && png.bytes;
    if (good) {
        put_head(&png, kind, height, width);
        if (kind == INKI_PNG_SIGNED) put_palette(&png);
        good = put_pixels(&png, height, row, pixels, rows, packed, room);
        put_chunk(&png, "IEND", NULL, 0);
    }
    inki_free(rows);
    inki_free(packed);
    if (!good) inki_free(png.bytes);
    *bytes = good ? png.bytes : NULL;
    *size = png.size;
    return good ? INK_OK : inki_fail(ctx, INK_NO_MEMORY, "out of memory for an image of %zux%zu", width, height);
}

ink_status inki_png_add(struct inki_str *to, enum inki_png_kind kind, size_t height, size_t width,
                        const uint8_t *pixels)
{
    uint8_t *bytes;
    size_t size;
    INK_TRY(inki_png_make(to->ctx, kind, height, width, pixels, &bytes, &size));
    inki_str_add(to, "data:image/png;base64,");
    inki_base64_add(to, bytes, size);
    inki_free(bytes);
    return INK_OK;
}
