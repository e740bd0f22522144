/* decoding: one image on its way through a decoding library: what libpng and libjpeg have in common.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_DECODING_H
#define INKI_DECODING_H

#include "base/ctx.h"

#include <setjmp.h>

enum { INKI_SIDE_MAX = 32768 };
#define INKI_PIXELS_MAX ((size_t)1 << 26)

/* One decoding. Both libraries report errors by jumping: whatever has to survive that lies in here. */
struct inki_decoding {
    ink_ctx *ctx;
    const char *where;
    const uint8_t *bytes;
    size_t size, at; /* how far the file has been read */
    size_t height, width, channels;
    unsigned turn;     /* EXIF orientation, 1 to 8; 1: as it is */
    uint8_t *pixels;   /* [height][width][channels], channels 1 to 4 (2 and 4: the last is alpha); the caller frees */
    uint16_t *deep;    /* the same of an image of 16 bits, else NULL; the caller frees */
    bool no_memory;    /* an allocation failed while the library ran */
    char message[200]; /* what the library said */
    jmp_buf jump;
};

/* Runs step(d); false if it jumped. */
bool inki_decoding_try(struct inki_decoding *d, void (*step)(struct inki_decoding *d, void *library), void *library);

/* Whether an image of these dimensions can be: `most` pixels a byte of the file. Fails with BAD_FILE or UNSUPPORTED. */
ink_status inki_decoding_check(struct inki_decoding *d, uint64_t height, uint64_t width, uint64_t most);

/* The status for what the library said. */
ink_status inki_decoding_failed(struct inki_decoding *d);

/* The decoders. Errors: BAD_FILE, UNSUPPORTED (limits; built without the library), NO_MEMORY. d->pixels may be set then, too. */
ink_status inki_png_decode(struct inki_decoding *d);
ink_status inki_jpeg_decode(struct inki_decoding *d);

#endif
