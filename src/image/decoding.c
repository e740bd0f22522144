/* decoding: what the decoders share: jumps out of the libraries, limits, messages.
 * SPDX-License-Identifier: MIT */
#include "image/decoding.h"

bool inki_decoding_try(struct inki_decoding *d, void (*step)(struct inki_decoding *d, void *library), void *library)
{
    if (setjmp(d->jump)) return false;
    step(d, library);
    return true;
}

ink_status inki_decoding_check(struct inki_decoding *d, uint64_t height, uint64_t width, uint64_t most)
{
    if (height == 0 || width == 0)
        return inki_fail(d->ctx, INK_BAD_FILE, "%s: the image has %ux%u pixels; download it again", d->where,
                         (unsigned)width, (unsigned)height);
    if (height > INKI_SIDE_MAX || width > INKI_SIDE_MAX || height * width > INKI_PIXELS_MAX) {
        return inki_fail(d->ctx, INK_UNSUPPORTED,
                         "%s: an image of %ux%u pixels is too large: at most %d a side and %zu in all; make it smaller",
                         d->where, (unsigned)height, (unsigned)width, INKI_SIDE_MAX, INKI_PIXELS_MAX);
    }
    if (height * width / most > d->size) {
        return inki_fail(
            d->ctx, INK_BAD_FILE,
            "%s: a file of %zu bytes cannot hold the %ux%u pixels that it claims; it is damaged: download it again",
            d->where, d->size, (unsigned)width, (unsigned)height);
    }
    d->height = (size_t)height;
    d->width = (size_t)width;
    return INK_OK;
}

ink_status inki_decoding_failed(struct inki_decoding *d)
{
    if (d->no_memory) return inki_fail(d->ctx, INK_NO_MEMORY, "%s: out of memory", d->where);
    return inki_fail(d->ctx, INK_BAD_FILE, "%s: the image is damaged (%s); download or save it again", d->where,
                     d->message);
}
