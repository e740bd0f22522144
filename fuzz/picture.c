/* picture: PNG and JPEG files as a fuzz target.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "image/picture.h"

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    struct inki_bytes content = fuzz_content(ctx, bytes, size);
    ink_image *picture = NULL;
    ink_status status = inki_image_decode(ctx, content.data, size, "input", &picture);
    fuzz_assert((status == INK_OK) == (picture != NULL), "a picture without success, or success without a picture");
    if (picture) {
        size_t count = picture->height * picture->width * picture->channels, sum = 0;
        fuzz_assert(count > 0 && (picture->channels == 1 || picture->channels == 3), "no picture");
        for (size_t i = 0; i < count; i++) sum += picture->pixels[i];
        fuzz_assert(sum <= 255 * count, "the pixels");
    }
    ink_image_free(picture);
    inki_bytes_free(ctx, &content);
}
