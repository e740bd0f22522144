/* png: PNG files to rows of bytes, over libpng.
 * SPDX-License-Identifier: MIT */
#include "image/decoding.h"

#include "base/mem.h"

#include <stdio.h>

#ifdef INKI_HAVE_LIBPNG
#include <png.h>

enum { DEFLATE_RATIO = 1032 };

struct library {
    png_structp png;
    png_infop info;
    bool deep;
};

static void on_error(png_structp png, png_const_charp message)
{
    struct inki_decoding *d = png_get_error_ptr(png);
    snprintf(d->message, sizeof d->message, "%s", message);
    longjmp(d->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static png_voidp on_alloc(png_structp png, png_alloc_size_t size)
{
    struct inki_decoding *d = png_get_mem_ptr(png);
    void *block = inki_alloc(d->ctx, size, 1);
    if (!block) d->no_memory = true;
    return block;
}

static void on_free(png_structp png, png_voidp block)
{
    (void)png;
    inki_free(block);
}

static void on_read(png_structp png, png_bytep to, size_t count)
{
    struct inki_decoding *d = png_get_io_ptr(png);
    if (count > d->size - d->at) png_error(png, "the file ends too early");
    for (size_t i = 0; i < count; i++) to[i] = d->bytes[d->at + i];
    d->at += count;
}

static bool is_deep(png_structp png, png_infop info) { return png_get_bit_depth(png, info) == 16; }

/* PNG has the high byte first. */
static bool low_byte_first(void)
{
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 1;
}

static void read_header(struct inki_decoding *d, void *arg)
{
    struct library *library = arg;
    png_structp png = library->png;
    library->info = png_create_info_struct(png);
    if (!library->info) png_error(png, "out of memory");
    png_set_read_fn(png, d, on_read);
    png_set_user_limits(png, INKI_SIDE_MAX, INKI_SIDE_MAX);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* texts, profiles, gamma: not looked at */
    png_read_info(png, library->info);
    png_set_expand(png);
    library->deep = is_deep(png, library->info);
    if (library->deep && low_byte_first()) png_set_swap(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, library->info);
    d->channels = png_get_channels(png, library->info);
}

static void read_pixels(struct inki_decoding *d, void *arg)
{
    struct library *library = arg;
    size_t stride = d->width * d->channels * (library->deep ? 2 : 1);
    uint8_t *rows = library->deep ? (uint8_t *)d->deep : d->pixels;
    int passes =
        png_get_interlace_type(library->png, library->info) == PNG_INTERLACE_NONE ? 1 : PNG_INTERLACE_ADAM7_PASSES;
    if (png_get_rowbytes(library->png, library->info) != stride) png_error(library->png, "rows of another length");
    for (int pass = 0; pass < passes; pass++) {
        for (size_t y = 0; y < d->height; y++) png_read_row(library->png, rows + y * stride, NULL);
    }
    png_read_end(library->png, NULL);
}

static ink_status decode(struct inki_decoding *d, struct library *library)
{
    if (!inki_decoding_try(d, read_header, library)) return inki_decoding_failed(d);
    d->pixels = inki_zalloc(d->ctx, d->height * d->width, d->channels);
    if (library->deep) d->deep = inki_zalloc(d->ctx, d->height * d->width, d->channels * sizeof *d->deep);
    if (!d->pixels || (library->deep && !d->deep)) return INK_NO_MEMORY;
    if (!inki_decoding_try(d, read_pixels, library)) return inki_decoding_failed(d);
    for (size_t i = 0; library->deep && i < d->height * d->width * d->channels; i++)
        d->pixels[i] = (uint8_t)((d->deep[i] * 255u + 32895) >> 16); /* rounded, as libpng does */
    return d->no_memory ? INK_NO_MEMORY : INK_OK;
}

static void begin_reading(struct inki_decoding *d, void *arg)
{
    struct library *library = arg;
    library->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, d, on_error, on_warning, d, on_alloc, on_free);
}

static uint64_t number_at(const struct inki_decoding *d, size_t at)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 4; i++) value = value << 8 | d->bytes[at + i];
    return value;
}

ink_status inki_png_decode(struct inki_decoding *d)
{
    struct library library = {0};
    /* Signature 8, length 4, "IHDR" 4, width 4, height 4, bits 1. */
    if (d->size < 25)
        return inki_fail(d->ctx, INK_BAD_FILE, "%s: the PNG file ends within its header; fetch it again", d->where);
    unsigned per_byte = d->bytes[24] < 8 && d->bytes[24] > 0 ? 8u / d->bytes[24] : 1;
    INK_TRY(inki_decoding_check(d, number_at(d, 20), number_at(d, 16), (uint64_t)per_byte * DEFLATE_RATIO));
    if (!inki_decoding_try(d, begin_reading, &library) || !library.png) return inki_decoding_failed(d);
    ink_status status = decode(d, &library);
    png_destroy_read_struct(&library.png, &library.info, NULL);
    return status;
}

#else

ink_status inki_png_decode(struct inki_decoding *d)
{
    return inki_fail(
        d->ctx, INK_UNSUPPORTED,
        "%s: this build cannot read PNG images: it was built without libpng (Debian: libpng-dev); rebuild with it",
        d->where);
}

#endif
