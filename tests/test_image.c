/* test_image: PNG and JPEG files of every kind, cut, changed, hostile, and without memory.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef INKI_HAVE_LIBJPEG
#include <jpeglib.h>
#endif

#define IMAGES INKI_ROOT "/tests/data/images/"
enum { WIDTH = 13, HEIGHT = 9 };

/* The pixels that all files show, see tests/data/make_images.py. */
static int grey(size_t y, size_t x) { return (int)(8 * y + 10 * x); }

static int colour(size_t y, size_t x, size_t channel)
{
    const int values[] = {grey(y, x), 255 - grey(y, x), 40 + 2 * (int)y};
    return values[channel];
}

static ink_image *load(const struct room *room, const char *name)
{
    char path[256];
    ink_image *image;
    snprintf(path, sizeof path, IMAGES "%s", name);
    assert_true(ink_image_is(path));
    ink_status status = ink_image_load(room->ctx, path, &image);
    if (status != INK_OK) fail_msg("%s: %s", name, ink_ctx_message(room->ctx));
    assert_int_equal(image->width, WIDTH);
    assert_int_equal(image->height, HEIGHT);
    return image;
}

static void near(const char *name, size_t y, size_t x, int value, int expected, int tolerance)
{
    if (abs(value - expected) > tolerance) fail_msg("%s: row %zu, column %zu: %d, not %d", name, y, x, value, expected);
}

static void check_grey(const struct room *room, const char *name, int tolerance)
{
    ink_image *image = load(room, name);
    assert_int_equal(image->channels, 1);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        near(name, i / WIDTH, i % WIDTH, image->pixels[i], grey(i / WIDTH, i % WIDTH), tolerance);
    ink_image_free(image);
}

static void check_colours(const struct room *room, const char *name, int tolerance)
{
    ink_image *image = load(room, name);
    assert_int_equal(image->channels, 3);
    for (size_t i = 0; i < WIDTH * HEIGHT * 3; i++) {
        size_t y = i / 3 / WIDTH, x = i / 3 % WIDTH;
        near(name, y, x, image->pixels[i], colour(y, x, i % 3), tolerance);
    }
    ink_image_free(image);
}

/* ------------------------------------------------------------------- kinds */

#ifdef INKI_HAVE_LIBPNG
static void png_greys(void **state)
{
    const struct room *room = *state;
    static const char *const files[] = {"grey.png", "grey_as_rgb.png", "grey16.png", "interlaced.png", "text.png"};
    for (size_t i = 0; i < LENGTH(files); i++) check_grey(room, files[i], 0);
}

static void png_colours(void **state)
{
    check_colours(*state, "rgb.png", 0);
    check_colours(*state, "palette.png", 1);
}

static void png_bits(void **state)
{
    ink_image *image = load(*state, "bits.png");
    assert_int_equal(image->channels, 1);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        assert_int_equal(image->pixels[i], (i / WIDTH + i % WIDTH) % 2 ? 255 : 0);
    ink_image_free(image);
}

/* Columns are half transparent, opaque, clear, in turn: on white. */
static int on_white(int value, size_t x)
{
    static const int alpha[] = {128, 255, 0};
    return (value * alpha[x % 3] + 255 * (255 - alpha[x % 3]) + 127) / 255;
}

static void transparency(void **state)
{
    ink_image *one = load(*state, "grey_alpha.png"), *three = load(*state, "rgb_alpha.png");
    assert_int_equal(one->channels, 1);
    assert_int_equal(three->channels, 3);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        size_t y = i / WIDTH, x = i % WIDTH;
        near("grey_alpha", y, x, one->pixels[i], on_white(grey(y, x), x), 0);
        for (size_t c = 0; c < 3; c++)
            near("rgb_alpha", y, x, three->pixels[3 * i + c], on_white(colour(y, x, c), x), 0);
    }
    ink_image_free(one);
    ink_image_free(three);
}

/* One colour made transparent by a tRNS chunk. */
static void transparent_key(void **state)
{
    ink_image *image = load(*state, "key.png");
    size_t found = 0;
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        int value = grey(i / WIDTH, i % WIDTH);
        found += value == 84;
        assert_int_equal(image->pixels[i], value == 84 ? 255 : value);
    }
    assert_true(found > 0);
    ink_image_free(image);
}

/* White ink on nothing would vanish on white: it is shown on black. */
static void white_ink(void **state) { check_grey(*state, "white_ink.png", 0); }
#endif

#ifdef INKI_HAVE_LIBJPEG
static void jpegs(void **state)
{
    check_grey(*state, "grey.jpg", 4);
    check_colours(*state, "rgb.jpg", 8);
    check_colours(*state, "progressive.jpg", 8);
}

static void turned(void **state)
{
    char name[16];
    for (int turn = 2; turn <= 8; turn++) {
        snprintf(name, sizeof name, "turn%d.jpg", turn);
        check_grey(*state, name, 6);
    }
}
#endif

static void other_kinds(void **state)
{
    const struct room *room = *state;
    static const struct {
        const char *bytes;
        size_t size;
        ink_status status;
        const char *words;
    } kinds[] = {
        {"GIF89a......", 12, INK_UNSUPPORTED, "GIF images cannot be read; save it as PNG or JPEG"},
        {"RIFF....WEBPVP8 ", 16, INK_UNSUPPORTED, "WebP images"},
        {"\0\0\0\x18"
         "ftypheic",
         12, INK_UNSUPPORTED, "HEIC"},
        {"II*\0........", 12, INK_UNSUPPORTED, "TIFF"},
        {"BM\x10\0\0\0\0\0\0\0..", 12, INK_UNSUPPORTED, "BMP"},
        {"BMI,age,label\n1,2,3\n", 20, INK_BAD_FILE, "not a PNG or JPEG"},
        {"abc,ftype,label\n", 16, INK_BAD_FILE, "not a PNG or JPEG"},
        {"", 0, INK_BAD_FILE, "not a PNG or JPEG"},
    };
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        ink_image *image = (ink_image *)1;
        ink_status status =
            inki_image_decode(room->ctx, (const uint8_t *)kinds[i].bytes, kinds[i].size, "file", &image);
        assert_int_equal(status, kinds[i].status);
        assert_null(image);
        room_said(room, kinds[i].words);
        assert_int_equal(inki_image_is((const uint8_t *)kinds[i].bytes, kinds[i].size), status == INK_UNSUPPORTED);
    }
    assert_false(ink_image_is(room_path(room, "nothing.png")));
    assert_false(ink_image_is(room->folder));
    ink_image *image;
    assert_int_equal(ink_image_load(room->ctx, room_path(room, "nothing.png"), &image), INK_NOT_FOUND);
    assert_null(image);
    ink_image_free(NULL);
}

#ifdef INKI_HAVE_LIBJPEG
static void cmyk(void **state)
{
    const struct room *room = *state;
    ink_image *image;
    assert_int_equal(ink_image_load(room->ctx, IMAGES "cmyk.jpg", &image), INK_UNSUPPORTED);
    room_said(room, "CMYK");
}
#endif

/* ------------------------------------------------------------------ damage */

static const char *const samples[] = {
#ifdef INKI_HAVE_LIBPNG
    "grey.png",   "palette.png", "grey_alpha.png",  "rgb_alpha.png",  "bits.png",
    "grey16.png", "key.png",     "text.png",        "interlaced.png",
#endif
#ifdef INKI_HAVE_LIBJPEG
    "grey.jpg",   "rgb.jpg",     "progressive.jpg", "turn6.jpg",
#endif
};

static uint8_t *read_sample(const char *name, size_t *size)
{
    char path[256];
    snprintf(path, sizeof path, IMAGES "%s", name);
    return room_read(path, size);
}

static void cut_at_every_byte(void **state)
{
    const struct room *room = *state;
    for (size_t i = 0; i < LENGTH(samples); i++) {
        size_t size, live = room->tally.live;
        uint8_t *bytes = read_sample(samples[i], &size);
        for (size_t cut = 0; cut < size; cut++) {
            ink_image *image;
            uint8_t *exact = malloc(cut ? cut : 1); /* so that a read behind the end shows */
            memcpy(exact, bytes, cut);
            ink_status status = inki_image_decode(room->ctx, exact, cut, "cut", &image);
            if (status != INK_BAD_FILE) fail_msg("%s cut at %zu: %s", samples[i], cut, ink_status_name(status));
            assert_null(image);
            room_said(room, "cut: ");
            assert_int_equal(room->tally.live, live);
            free(exact);
        }
        free(bytes);
    }
}

static void change_every_byte(void **state)
{
    const struct room *room = *state;
    static const uint8_t values[] = {0x00, 0xFF, 0x01, 0x7F, 0x80, 0x20};
    for (size_t i = 0; i < LENGTH(samples); i++) {
        size_t size, live = room->tally.live;
        uint8_t *bytes = read_sample(samples[i], &size);
        for (size_t at = 0; at < size * LENGTH(values); at++) {
            ink_image *image;
            uint8_t before = bytes[at / LENGTH(values)];
            bytes[at / LENGTH(values)] = values[at % LENGTH(values)];
            ink_status status = inki_image_decode(room->ctx, bytes, size, "changed", &image);
            assert_int_equal(status == INK_OK, image != NULL);
            if (status != INK_OK) room_said(room, "changed");
            ink_image_free(image);
            assert_int_equal(room->tally.live, live);
            bytes[at / LENGTH(values)] = before;
        }
        free(bytes);
    }
}

/* ------------------------------------------------------------------- bombs */

#ifdef INKI_HAVE_LIBPNG
static void put_be32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) {
        sum ^= bytes[i];
        for (int k = 0; k < 8; k++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
    }
    return ~sum;
}

/* A PNG that claims these dimensions, with a good checksum: a refusal at once, without an allocation of note. */
static void png_claims(struct room *room, uint32_t width, uint32_t height, uint8_t depth, ink_status expected,
                       const char *words)
{
    size_t size, before = room->tally.bytes;
    ink_image *image;
    uint8_t *bytes = read_sample("grey.png", &size);
    put_be32(bytes + 16, width);
    put_be32(bytes + 20, height);
    bytes[24] = depth;
    put_be32(bytes + 29, checksum(bytes + 12, 17));
    room->tally.peak = before;
    assert_int_equal(inki_image_decode(room->ctx, bytes, size, "bomb", &image), expected);
    assert_null(image);
    room_said(room, words);
    assert_true(room->tally.peak - before < 1 << 20);
    free(bytes);
}

static void png_bombs(void **state)
{
    png_claims(*state, 0x80000000u, 0x80000000u, 8, INK_UNSUPPORTED, "2147483648x2147483648 pixels is too large");
    png_claims(*state, 0xFFFFFFFFu, 1, 8, INK_UNSUPPORTED, "too large");
    png_claims(*state, 32768, 32768, 1, INK_UNSUPPORTED, "too large");
    png_claims(*state, 8192, 8192, 1, INK_BAD_FILE, "cannot hold the 8192x8192 pixels");
    png_claims(*state, 30000, 30, 8, INK_BAD_FILE, "cannot hold");
    png_claims(*state, 0, 9, 8, INK_BAD_FILE, "0x9");
    png_claims(*state, 13, 10, 8, INK_BAD_FILE, "damaged"); /* a row more than there is */
}
#endif

#ifdef INKI_HAVE_LIBJPEG
static void jpeg_bomb(void **state)
{
    struct room *room = *state;
    size_t size, at = 2, before = room->tally.bytes;
    ink_image *image;
    uint8_t *bytes = read_sample("grey.jpg", &size);
    while (bytes[at + 1] != 0xC0) at += 2 + (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
    memcpy(bytes + at + 5, "\x20\x00\x07\xFF", 4); /* 8192 high, 2047 wide */
    room->tally.peak = before;
    assert_int_equal(inki_image_decode(room->ctx, bytes, size, "bomb", &image), INK_BAD_FILE);
    room_said(room, "cannot hold the 2047x8192 pixels");
    memcpy(bytes + at + 5, "\x9C\x40\x9C\x40", 4);
    assert_int_equal(inki_image_decode(room->ctx, bytes, size, "bomb", &image), INK_UNSUPPORTED);
    room_said(room, "too large");
    assert_true(room->tally.peak - before < 1 << 20);
    free(bytes);
}

/* A progressive file in which the coefficients come in one scan, whole. */
static uint8_t *make_progressive(size_t *size)
{
    static const jpeg_scan_info scans[] = {{1, {0}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 0}};
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    JSAMPLE line[8] = {0, 40, 80, 120, 160, 200, 240, 255};
    JSAMPROW row = line;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &length);
    jpeg.image_width = jpeg.image_height = 8;
    jpeg.input_components = 1;
    jpeg.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg.scan_info = scans;
    jpeg.num_scans = LENGTH(scans);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < 8) jpeg_write_scanlines(&jpeg, &row, 1);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    *size = length;
    return bytes;
}

/* A scan may come again and again: each is work over the whole image for a few bytes. */
static void jpeg_of_many_scans(void **state)
{
    const struct room *room = *state;
    size_t size, last = 0;
    ink_image *image;
    uint8_t *bytes = make_progressive(&size);
    for (size_t i = 2; i + 1 < size; i++) {
        if (bytes[i] == 0xFF && bytes[i + 1] == 0xDA) last = i;
    }
    size_t scan = size - 2 - last;
    for (size_t more = 20; more <= 200; more += 180) {
        uint8_t *bomb = malloc(size + more * scan);
        memcpy(bomb, bytes, size - 2);
        for (size_t i = 0; i < more; i++) memcpy(bomb + size - 2 + i * scan, bytes + last, scan);
        memcpy(bomb + size - 2 + more * scan, "\xFF\xD9", 2);
        ink_status status = inki_image_decode(room->ctx, bomb, size + more * scan, "scans", &image);
        assert_int_equal(status, more == 20 ? INK_OK : INK_BAD_FILE);
        if (status != INK_OK) room_said(room, "scans: the image is damaged (more than 100 scans)");
        ink_image_free(image);
        free(bomb);
    }
    free(bytes);
}
#endif

/* ------------------------------------------------------------------ memory */

static void out_of_memory(void **state)
{
    struct room *room = *state;
    for (size_t i = 0; i < LENGTH(samples); i++) {
        size_t size, failures = 0, live = room->tally.live;
        uint8_t *bytes = read_sample(samples[i], &size);
        ink_status status = INK_NO_MEMORY;
        for (size_t n = 1; status != INK_OK; n++) {
            ink_image *image;
            room->tally.calls = 0;
            room->tally.fail_at = n;
            status = inki_image_decode(room->ctx, bytes, size, "file", &image);
            room->tally.fail_at = 0;
            if (status != INK_OK && status != INK_NO_MEMORY)
                fail_msg("%s, allocation %zu: %s", samples[i], n, ink_status_name(status));
            failures += status != INK_OK;
            ink_image_free(image);
            assert_int_equal(room->tally.live, live);
        }
        assert_true(failures >= 2);
        free(bytes);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef INKI_HAVE_LIBPNG
        TEST(png_greys),
        TEST(png_colours),
        TEST(png_bits),
        TEST(transparency),
        TEST(transparent_key),
        TEST(white_ink),
        TEST(png_bombs),
#endif
#ifdef INKI_HAVE_LIBJPEG
        TEST(jpegs),
        TEST(turned),
        TEST(cmyk),
        TEST(jpeg_bomb),
        TEST(jpeg_of_many_scans),
#endif
        TEST(other_kinds),
        TEST(cut_at_every_byte),
        TEST(change_every_byte),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
