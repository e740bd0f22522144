/* jpeg: JPEG files to rows of bytes, over libjpeg.
 * SPDX-License-Identifier: MIT
 *
 * libjpeg continues with grey where data are missing and calls that a warning; here it is an error. A progressive file may have
 * any number of scans over the whole image in a few bytes each: more than SCANS_MAX are refused. */
#include "image/decoding.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#ifdef INKI_HAVE_LIBJPEG
#include <jpeglib.h>

#include <jerror.h>

enum { PIXELS_PER_BYTE = 1024, SCANS_MAX = 100, EXIF = JPEG_APP0 + 1 };

struct library {
    struct jpeg_decompress_struct jpeg; /* client_data: the struct inki_decoding */
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
};

static void fail_with(j_common_ptr jpeg)
{
    struct inki_decoding *d = jpeg->client_data;
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    snprintf(d->message, sizeof d->message, "%s", message);
    d->no_memory |= jpeg->err->msg_code == JERR_OUT_OF_MEMORY;
    longjmp(d->jump, 1);
}

/* Warnings have level -1. Bytes too many, and marks of other versions, do no harm. */
static void on_message(j_common_ptr jpeg, int level)
{
    int code = jpeg->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM)
        fail_with(jpeg);
}

static void on_output(j_common_ptr jpeg) { (void)jpeg; }

static void on_progress(j_common_ptr jpeg)
{
    struct inki_decoding *d = jpeg->client_data;
    if (((j_decompress_ptr)jpeg)->input_scan_number <= SCANS_MAX) return;
    snprintf(d->message, sizeof d->message, "more than %d scans", SCANS_MAX);
    longjmp(d->jump, 1);
}

/* ----------------------------------------------------------------- rotation */

/* A number of EXIF's TIFF block, in its byte order; 0 beyond its end. */
static unsigned long exif_number(const JOCTET *tiff, size_t size, size_t at, size_t bytes)
{
    unsigned long value = 0;
    bool big = tiff[0] == 'M';
    if (at > size || size - at < bytes) return 0;
    for (size_t i = 0; i < bytes; i++) value = value << 8 | tiff[at + (big ? i : bytes - 1 - i)];
    return value;
}

/* The orientation (tag 0x0112 of the first directory), 1 if there is none. */
static unsigned exif_turn(const JOCTET *data, size_t size)
{
    if (size < 14 || memcmp(data, "Exif\0\0", 6) != 0) return 1;
    const JOCTET *tiff = data + 6;
    size -= 6;
    if (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0) return 1;
    size_t at = exif_number(tiff, size, 4, 4);
    for (size_t left = exif_number(tiff, size, at, 2), entry = at + 2; left > 0 && entry < size; left--, entry += 12) {
        if (exif_number(tiff, size, entry, 2) != 0x0112) continue;
        unsigned long turn = exif_number(tiff, size, entry + 8, 2);
        return turn >= 1 && turn <= 8 ? (unsigned)turn : 1;
    }
    return 1;
}

/* ----------------------------------------------------------------- decoding */

static void read_header(struct inki_decoding *d, void *arg)
{
    struct jpeg_decompress_struct *jpeg = &((struct library *)arg)->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &((struct library *)arg)->progress;
    jpeg_mem_src(jpeg, d->bytes, (unsigned long)d->size);
    jpeg_save_markers(jpeg, EXIF, 0xFFFF);
    jpeg_read_header(jpeg, TRUE);
    d->turn = 1;
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker && d->turn == 1; marker = marker->next)
        d->turn = exif_turn(marker->data, marker->data_length);
    bool grey = jpeg->jpeg_color_space == JCS_GRAYSCALE;
    jpeg->out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    d->channels = grey ? 1 : 3;
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) d->channels = 0;
}

static void read_pixels(struct inki_decoding *d, void *arg)
{
    struct jpeg_decompress_struct *jpeg = &((struct library *)arg)->jpeg;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = d->pixels + jpeg->output_scanline * d->width * d->channels;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

static ink_status decode(struct inki_decoding *d, struct library *library)
{
    if (!inki_decoding_try(d, read_header, library)) return inki_decoding_failed(d);
    if (d->channels == 0)
        return inki_fail(d->ctx, INK_UNSUPPORTED, "%s: a JPEG in CMYK, for print; save it in RGB or grey", d->where);
    INK_TRY(inki_decoding_check(d, library->jpeg.image_height, library->jpeg.image_width, PIXELS_PER_BYTE));
    d->pixels = inki_zalloc(d->ctx, d->height * d->width, d->channels);
    if (!d->pixels) return INK_NO_MEMORY;
    return inki_decoding_try(d, read_pixels, library) ? INK_OK : inki_decoding_failed(d);
}

ink_status inki_jpeg_decode(struct inki_decoding *d)
{
    struct library library = {.progress = {.progress_monitor = on_progress}};
    library.jpeg.err = jpeg_std_error(&library.errors);
    library.jpeg.client_data = d;
    library.errors.error_exit = fail_with;
    library.errors.emit_message = on_message;
    library.errors.output_message = on_output;
    ink_status status = decode(d, &library);
    jpeg_destroy_decompress(&library.jpeg);
    return status;
}

#else

ink_status inki_jpeg_decode(struct inki_decoding *d)
{
    return inki_fail(d->ctx, INK_UNSUPPORTED,
                     "%s: this build cannot read JPEG images: it was built without libjpeg (Debian: "
                     "libjpeg62-turbo-dev); rebuild with it",
                     d->where);
}

#endif
