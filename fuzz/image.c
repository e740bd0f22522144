/* image: PNG and JPEG files as a fuzz target.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "image/pieces.h"

/* Every piece of a small image can be drawn; its box is in the image. */
static void try_pieces(ink_ctx *ctx, const ink_image *image)
{
    float x[28 * 28];
    ink_pieces *pieces;
    ink_piece piece = INK_INIT(ink_piece);
    ink_status status = ink_pieces_find(ctx, image, &pieces);
    fuzz_assert(status == INK_OK || status == INK_BAD_DATA, "no pieces, and no reason");
    for (size_t i = 0; status == INK_OK && ink_pieces_get(pieces, i, &piece); i++) {
        fuzz_assert(piece.height > 0 && piece.width > 0 && piece.top + piece.height <= image->height &&
                        piece.left + piece.width <= image->width,
                    "a piece outside of its image");
        fuzz_assert(ink_pieces_fit(ctx, pieces, i, 28, 28, x) == INK_OK, "a piece that cannot be drawn");
        for (size_t k = 0; k < 28 * 28; k++) fuzz_assert(x[k] >= 0 && x[k] <= 1, "a pixel that is not 0 to 1");
    }
    ink_pieces_free(pieces);
}

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
        if (image->height <= 64 && image->width <= 64) try_pieces(ctx, image);
    }
    ink_image_free(image);
    inki_bytes_free(ctx, &content);
}
