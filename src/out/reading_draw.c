/* reading_draw: an image with a box around each digit that was read, as PNG.
 * SPDX-License-Identifier: MIT */
#include "out/reading.h"

#include "base/file.h"
#include "base/mem.h"
#include "out/png_out.h"

#include <math.h>
#include <string.h>

enum { SIDE_MOST = 1600, GLYPH_HIGH = 5, GLYPH_WIDE = 3 };

/* Characters of 5 lines of 3 dots, the first in the highest bit. */
static const struct glyph {
    char character;
    uint16_t dots;
} glyphs[] = {
    {'0', 0x7B6F}, /* ###|# #|# #|# #|### */
    {'1', 0x2C97}, /*  # |## | # | # |### */
    {'2', 0x73E7}, /* ###|  #|###|#  |### */
    {'3', 0x73CF}, /* ###|  #|###|  #|### */
    {'4', 0x5BC9}, /* # #|# #|###|  #|  # */
    {'5', 0x79CF}, /* ###|#  |###|  #|### */
    {'6', 0x79EF}, /* ###|#  |###|# #|### */
    {'7', 0x7252}, /* ###|  #|  #| # | #  */
    {'8', 0x7BEF}, /* ###|# #|###|# #|### */
    {'9', 0x7BCF}, /* ###|# #|###|  #|### */
    {'A', 0x2BED}, /*  # |# #|###|# #|# # */
    {'B', 0x6BAE}, /* ## |# #|## |# #|##  */
    {'C', 0x3923}, /*  ##|#  |#  |#  | ## */
    {'D', 0x6B6E}, /* ## |# #|# #|# #|##  */
    {'E', 0x79A7}, /* ###|#  |## |#  |### */
    {'F', 0x79A4}, /* ###|#  |## |#  |#   */
    {'G', 0x396B}, /*  ##|#  |# #|# #| ## */
    {'H', 0x5BED}, /* # #|# #|###|# #|# # */
    {'I', 0x7497}, /* ###| # | # | # |### */
    {'J', 0x126A}, /*   #|  #|  #|# #| #  */
    {'K', 0x5BAD}, /* # #|# #|## |# #|# # */
    {'L', 0x4927}, /* #  |#  |#  |#  |### */
    {'M', 0x5FED}, /* # #|###|###|# #|# # */
    {'N', 0x6B6D}, /* ## |# #|# #|# #|# # */
    {'O', 0x2B6A}, /*  # |# #|# #|# #| #  */
    {'P', 0x6BA4}, /* ## |# #|## |#  |#   */
    {'Q', 0x2B51}, /*  # |# #|# #| # |  # */
    {'R', 0x6BAD}, /* ## |# #|## |# #|# # */
    {'S', 0x388E}, /*  ##|#  | # |  #|##  */
    {'T', 0x7492}, /* ###| # | # | # | #  */
    {'U', 0x5B6F}, /* # #|# #|# #|# #|### */
    {'V', 0x5B6A}, /* # #|# #|# #|# #| #  */
    {'W', 0x5BFD}, /* # #|# #|###|###|# # */
    {'X', 0x5AAD}, /* # #|# #| # |# #|# # */
    {'Y', 0x5A92}, /* # #|# #| # | # | #  */
    {'Z', 0x72A7}, /* ###|  #| # |#  |### */
    {'-', 0x01C0}, /*    |   |###|   |    */
    {'/', 0x12A4}, /*   #|  #| # |#  |#   */
    {'.', 0x0002}, /*    |   |   |   | #  */
};

static const uint16_t unknown = 0x72C4; /* a question mark */

static uint16_t dots_of(char character)
{
    if (character >= 'a' && character <= 'z') character = (char)(character - 'a' + 'A');
    for (size_t i = 0; i < sizeof glyphs / sizeof *glyphs; i++)
        if (glyphs[i].character == character) return glyphs[i].dots;
    return character == ' ' ? 0 : unknown;
}

/* RGB pixels[height][width]. */
struct canvas {
    size_t height, width;
    double scale; /* of the image */
    uint8_t *pixels;
};

static const uint8_t box_colour[3] = {0xD9, 0x30, 0x1E}, paper[3] = {255, 255, 255};

static void fill_box(const struct canvas *canvas, size_t top, size_t left, size_t height, size_t width,
                     const uint8_t colour[3])
{
    for (size_t y = top; y < top + height && y < canvas->height; y++)
        for (size_t x = left; x < left + width && x < canvas->width; x++)
            memcpy(canvas->pixels + 3 * (y * canvas->width + x), colour, 3);
}

/* The name in dots of `dot` pixels, on a ground of the box's colour. */
static void draw_name(const struct canvas *canvas, size_t top, size_t left, size_t dot, const char *name)
{
    size_t count = strlen(name) < 16 ? strlen(name) : 16;
    fill_box(canvas, top, left, (GLYPH_HIGH + 2) * dot, (count * (GLYPH_WIDE + 1) + 1) * dot, box_colour);
    for (size_t i = 0; i < count; i++) {
        uint16_t dots = dots_of(name[i]);
        for (size_t k = 0; k < GLYPH_HIGH * GLYPH_WIDE; k++)
            if (dots >> (GLYPH_HIGH * GLYPH_WIDE - 1 - k) & 1)
                fill_box(canvas, top + (1 + k / GLYPH_WIDE) * dot,
                         left + (1 + i * (GLYPH_WIDE + 1) + k % GLYPH_WIDE) * dot, dot, dot, paper);
    }
}

/* The box, and the name above it, or in it where there is no room. */
static void draw_digit(const struct canvas *canvas, const struct inki_reading_digit *digit, const char *name)
{
    size_t top = (size_t)((double)digit->area.top * canvas->scale),
           left = (size_t)((double)digit->area.left * canvas->scale);
    size_t height = (size_t)ceil((double)digit->area.height * canvas->scale) + 1;
    size_t width = (size_t)ceil((double)digit->area.width * canvas->scale) + 1;
    size_t line = 1 + height / 80, dot = 1 + height / 30, name_high = (GLYPH_HIGH + 2) * dot;
    fill_box(canvas, top, left, line, width, box_colour);
    fill_box(canvas, top + height - line, left, line, width, box_colour);
    fill_box(canvas, top, left, height, line, box_colour);
    fill_box(canvas, top, left + width - line, height, line, box_colour);
    draw_name(canvas, top > name_high ? top - name_high : 0, left, dot, name);
}

/* The image in grey, so that the boxes stand out. */
static void draw_ground(const struct canvas *canvas, const float *grey)
{
    for (size_t i = 0; i < canvas->height * canvas->width; i++)
        memset(canvas->pixels + 3 * i, (int)(255 * (double)grey[i] + 0.5), 3);
}

static ink_status write_png(ink_ctx *ctx, const struct canvas *canvas, const char *path)
{
    uint8_t *bytes;
    size_t size;
    struct inki_writer writer;
    INK_TRY(inki_png_make(ctx, INKI_PNG_RGB, canvas->height, canvas->width, canvas->pixels, &bytes, &size));
    ink_status status = inki_write_begin(ctx, path, &writer);
    if (status == INK_OK) {
        status = inki_write(&writer, bytes, size);
        if (status == INK_OK) status = inki_write_commit(&writer);
        if (status != INK_OK) inki_write_abort(&writer);
    }
    inki_free(bytes);
    return status;
}

static size_t scaled(size_t side, double scale)
{
    size_t size = (size_t)((double)side * scale + 0.5);
    return size > 0 ? size : 1;
}

ink_status ink_reading_draw(ink_ctx *ctx, const ink_reading *reading, const ink_image *image, const char *path)
{
    size_t longer = image->height > image->width ? image->height : image->width;
    struct canvas canvas = {.scale = longer > SIDE_MOST ? SIDE_MOST / (double)longer : 1};
    canvas.height = scaled(image->height, canvas.scale);
    canvas.width = scaled(image->width, canvas.scale);
    struct inki_plane grey = {canvas.height, canvas.width,
                              inki_alloc(ctx, canvas.height * canvas.width, sizeof *grey.v)};
    canvas.pixels = inki_alloc(ctx, canvas.height * canvas.width, 3);
    ink_status status = grey.v && canvas.pixels ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) {
        const struct inki_box all = {0, 0, (double)image->height, (double)image->width};
        inki_plane_sample(image, &all, &grey);
        draw_ground(&canvas, grey.v);
        for (size_t i = 0; i < reading->count; i++)
            draw_digit(&canvas, &reading->digits[i], ink_model_class(reading->model, reading->digits[i].class_index));
        status = write_png(ctx, &canvas, path);
    }
    inki_free(grey.v);
    inki_free(canvas.pixels);
    return status;
}
