/* picture: PNG and JPEG files as bytes, grey or RGB.
 * SPDX-License-Identifier: MIT
 *
 * A file is never believed: its dimensions are looked at before anything is allocated, and must be such as its own size can
 * hold (deflate shrinks at most 1032 times, a block of JPEG takes at least a bit). A damaged file is an error, also where the
 * decoding library would go on with a guess. */
#ifndef INKI_PICTURE_H
#define INKI_PICTURE_H

#include "base/ctx.h"

#include <setjmp.h>

enum { INKI_SIDE_MAX = 32768 };
#define INKI_PIXELS_MAX ((size_t)1 << 26)

struct ink_picture {
    size_t height, width, channels; /* 1: grey, 3: RGB */
    uint8_t *pixels;                /* [height][width][channels] */
};

/* Told from the first bytes: a picture of whatever kind, also one that cannot be read. */
bool inki_picture_is(const uint8_t *bytes, size_t size);

/* Decodes a file held in memory; `where` names it in messages. Alpha is composed on white (on black if all that shows is
 * white); 16 bits become 8; pictures whose pixels are all grey have one channel; a photo is turned as its EXIF data says.
 * Errors: BAD_FILE, UNSUPPORTED (another kind, or built without the library), NO_MEMORY. Ownership: ink_picture_free. */
ink_status inki_picture_decode(ink_ctx *ctx, const uint8_t *bytes, size_t size, const char *where, ink_picture **out);

/* ---- for the decoders */

/* One decoding. Both libraries report errors by jumping: whatever has to survive that lies in here. */
struct inki_decoding {
    ink_ctx *ctx;
    const char *where;
    const uint8_t *bytes;
    size_t size, at; /* how far the file has been read */
    size_t height, width, channels;
    unsigned turn;     /* EXIF orientation, 1 to 8; 1: as it is */
    uint8_t *pixels;   /* [height][width][channels], channels 1 to 4 (2 and 4: the last is alpha); the caller frees */
    bool no_memory;    /* an allocation failed while the library ran */
    char message[200]; /* what the library said */
    jmp_buf jump;
};

/* Runs step(d); false if it jumped. */
bool inki_decoding_try(struct inki_decoding *d, void (*step)(struct inki_decoding *d, void *library), void *library);

/* Whether a picture of these dimensions can be: `most` pixels a byte of the file. Fails with BAD_FILE or UNSUPPORTED. */
ink_status inki_decoding_check(struct inki_decoding *d, uint64_t height, uint64_t width, uint64_t most);

/* The status for what the library said. */
ink_status inki_decoding_failed(struct inki_decoding *d);

ink_status inki_png_decode(struct inki_decoding *d);
ink_status inki_jpeg_decode(struct inki_decoding *d);

#endif
