/* image: PNG and JPEG files as a fuzz target.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "image/image.h"

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    struct inki_bytes content = fuzz_content(ctx, bytes, size);
    ink_image *image = NULL;
    ink_status status = inki_image_decode(ctx, content.data, size, "input", &image);
    fuzz_assert((status == INK_OK) == (image != NULL), "an image without success, or success without an image");
    if (image) {
        size_t count = image->height * image->width * image->channels, sum = 0;
        fuzz_assert(count > 0 && (image->channels == 1 || image->channels == 3), "no image");
        for (size_t i = 0; i < count; i++) sum += image->pixels[i];
        fuzz_assert(sum <= 255 * count, "the pixels");
    }
    ink_image_free(image);
    inki_bytes_free(ctx, &content);
}
