/* test_pieces: images of several signs: where each is, in which order, and what is no sign.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/rng.h"
#include "image/image.h"
#include "image/pieces.h"
#include "inkling-extra.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, SIGNS = 5, HIGH = 60 };

/* ------------------------------------------------------------------ a sheet */

/* How a sheet with lines of signs is drawn, and everything that may be wrong with it. */
struct sheet {
    size_t signs, lines;  /* in a line; lines */
    double slope;         /* of the lines */
    double shadow, noise; /* share of light missing in the right half; standard deviation */
    bool ruled, boxed, framed, light, broken;
    bool points; /* behind each sign, at its foot */
    size_t specks;
};

static double segment(double y, double x, double y0, double x0, double y1, double x1)
{
    double dy = y1 - y0, dx = x1 - x0, t = ((y - y0) * dy + (x - x0) * dx) / (dy * dy + dx * dx);
    t = fmin(1, fmax(0, t));
    return hypot(y - y0 - t * dy, x - x0 - t * dx);
}

/* Signs like a 4, a 7 and a 1, in a box of 1x0.6; distance to their strokes. A broken one lacks some of a stroke. */
static double distance(size_t kind, double y, double x, bool broken)
{
    if (kind % 3 == 2) return segment(y, x, 0.05, 0.3, 0.95, 0.25);
    if (kind % 3 == 1)
        return fmin(segment(y, x, 0.05, 0.05, 0.05, 0.55), segment(y, x, broken ? 0.2 : 0.05, 0.5, 0.95, 0.2));
    double d = fmin(segment(y, x, 0.05, 0.25, 0.6, 0.05), segment(y, x, 0.6, 0.05, 0.6, 0.55));
    return fmin(d, segment(y, x, 0.3, 0.45, 0.95, 0.4));
}

enum { PITCH = 70, LINE = 110, LEFT = 40, TOP = 30 };

static size_t sheet_height(const struct sheet *sheet)
{
    return 2 * TOP + LINE * (sheet->lines - 1) + HIGH +
           (size_t)(fabs(sheet->slope) * (double)(PITCH * sheet->signs + LEFT));
}
static size_t sheet_width(const struct sheet *sheet) { return 2 * LEFT + PITCH * sheet->signs; }

/* Where sign i of a line begins. */
static double sign_top(const struct sheet *sheet, size_t line, size_t i)
{
    return TOP + (double)(LINE * line) + sheet->slope * (double)(PITCH * i);
}

static double ink_at(const struct sheet *sheet, double y, double x)
{
    double ink = 0;
    for (size_t line = 0; line < sheet->lines; line++) {
        for (size_t i = 0; i < sheet->signs; i++) {
            double top = sign_top(sheet, line, i), left = (double)(LEFT + PITCH * i);
            double d = distance(line + i, (y - top) / HIGH, (x - left) / HIGH, sheet->broken) * HIGH;
            ink = fmax(ink, fmin(1, fmax(0, 3.5 - d)));
            if (sheet->points && hypot(y - top - HIGH + 3, x - left - 48) < 4.5) ink = 1;
            double side = fmin(fmin(fabs(y - top + 12), fabs(y - top - HIGH - 12)), INFINITY);
            bool over = x > left - 14 && x<left + 48, beside = y> top - 12 && y < top + HIGH + 12;
            double upright = fmin(fabs(x - left + 14), fabs(x - left - 48));
            if (sheet->boxed && ((side <= 1 && over) || (upright <= 1 && beside))) ink = 1;
        }
    }
    if (sheet->ruled && fmod(y + 0.5, 32) < 2) ink = fmax(ink, 0.6);
    return ink;
}

static ink_image *draw(const struct sheet *sheet)
{
    struct inki_rng rng = inki_rng_begin(7, INKI_RNG_TEST, 0, 0);
    size_t height = sheet_height(sheet), width = sheet_width(sheet);
    ink_image *image = calloc(1, sizeof *image);
    *image = (ink_image){height, width, 1, malloc(height * width), NULL};
    for (size_t i = 0; i < height * width; i++) {
        size_t y = i / width, x = i % width;
        double value = 0.95 - 0.85 * ink_at(sheet, (double)y + 0.5, (double)x + 0.5);
        if (x > width / 2) value *= 1 - sheet->shadow;
        if (sheet->light) value = 1 - value;
        value += sheet->noise * inki_rng_normal(&rng);
        bool frame = y < 8 || x < 8 || y + 8 >= height || x + 8 >= width;
        if (sheet->framed && frame) value = 0;
        image->pixels[i] = (uint8_t)(fmin(1, fmax(0, value)) * 255 + 0.5);
    }
    for (size_t i = 0; i < sheet->specks; i++)
        image->pixels[inki_rng_below(&rng, height * width)] = (uint8_t)(sheet->light ? 255 : 10);
    return image;
}

static void drop(ink_image *image)
{
    free(image->pixels);
    free(image);
}

/* --------------------------------------------------------------------- tests */

static const struct sheet plain = {.signs = SIGNS, .lines = 1};

/* Every sign is found where it is, in its line, and nothing else. */
static void finds_all(const struct room *room, const struct sheet *sheet)
{
    ink_pieces *pieces;
    ink_piece piece = INK_INIT(ink_piece);
    ink_image *image = draw(sheet);
    if (ink_pieces_find(room->ctx, image, &pieces) != INK_OK) fail_msg("%s", ink_ctx_message(room->ctx));
    assert_int_equal(ink_pieces_count(pieces), sheet->signs * sheet->lines);
    for (size_t i = 0; i < sheet->signs * sheet->lines; i++) {
        size_t line = i / sheet->signs, place = i % sheet->signs;
        assert_true(ink_pieces_get(pieces, i, &piece));
        assert_int_equal(piece.line, line);
        if (fabs((double)piece.top - sign_top(sheet, line, place)) >= 6)
            fail_msg("sign %zu of line %zu is found at %zu, not %.0f", place, line, piece.top,
                     sign_top(sheet, line, place));
        assert_true(fabs((double)piece.height - HIGH) < 9);
        assert_true(piece.left + 4 > LEFT + PITCH * place && piece.left + piece.width < LEFT + PITCH * place + 45);
    }
    assert_false(ink_pieces_get(pieces, sheet->signs * sheet->lines, &piece));
    assert_int_equal(pieces->left_out, sheet->points ? sheet->signs * sheet->lines : 0);
    ink_pieces_free(pieces);
    drop(image);
}

static void through_trouble(void **state)
{
    struct sheet sheets[] = {plain, plain, plain, plain, plain, plain, plain, plain, plain, plain};
    sheets[1].shadow = 0.4;
    sheets[2].noise = 0.06;
    sheets[3].ruled = true;
    sheets[4].boxed = true;
    sheets[5].framed = true;
    sheets[6].light = true;
    sheets[7].specks = 60;
    sheets[8].broken = true;
    sheets[9].points = true;
    for (size_t i = 0; i < LENGTH(sheets); i++) finds_all(*state, &sheets[i]);
}

/* Lines of text, straight and skewed, with and without the paper's own lines. */
static void lines(void **state)
{
    static const double slopes[] = {0, 0.08, -0.08};
    for (size_t i = 0; i < LENGTH(slopes); i++)
        finds_all(*state, &(struct sheet){.signs = 4, .lines = 3, .slope = slopes[i], .noise = 0.02});
    finds_all(*state, &(struct sheet){.signs = 6, .lines = 2, .ruled = true, .noise = 0.02});
    finds_all(*state, &(struct sheet){.signs = 6, .lines = 2, .boxed = true, .slope = 0.04});
}

/* Over moves by a pixel: centres of mass near a half may be rounded to either side. */
static double least_apart(const float *a, const float *b)
{
    double least = INFINITY;
    for (int move = 0; move < 9; move++) {
        double apart = 0;
        for (int i = 0; i < PIXELS; i++) {
            int y = i / SIDE + move / 3 - 1, x = i % SIDE + move % 3 - 1;
            bool inside = y >= 0 && y < SIDE && x >= 0 && x < SIDE;
            apart += fabs((double)a[i] - (inside ? (double)b[y * SIDE + x] : 0));
        }
        least = fmin(least, apart);
    }
    return least;
}

/* A piece is prepared as an image of it alone. */
static void fitted_as_alone(void **state)
{
    const struct room *room = *state;
    ink_pieces *pieces;
    ink_image_view view = INK_INIT(ink_image_view);
    float among[PIXELS], alone[PIXELS];
    ink_image *image = draw(&plain);
    assert_int_equal(ink_pieces_find(room->ctx, image, &pieces), INK_OK);
    for (size_t i = 0; i < SIGNS; i++) {
        ink_image part = {image->height, PITCH, 1, malloc(image->height * PITCH), NULL};
        for (size_t y = 0; y < image->height; y++)
            memcpy(part.pixels + y * PITCH, image->pixels + y * image->width + LEFT - 12 + i * PITCH, PITCH);
        assert_int_equal(ink_image_fit(room->ctx, &part, SIDE, SIDE, alone, &view), INK_OK);
        assert_int_equal(ink_pieces_fit(room->ctx, pieces, i, SIDE, SIDE, among), INK_OK);
        double mass = 0, off = least_apart(among, alone);
        for (size_t k = 0; k < PIXELS; k++) mass += (double)alone[k];
        if (off > 0.25 * mass) fail_msg("sign %zu is drawn otherwise: %.2f of %.2f", i, off, mass);
        free(part.pixels);
    }
    assert_int_equal(ink_pieces_fit(room->ctx, pieces, SIGNS, SIDE, SIDE, among), INK_BAD_ARGUMENT);
    assert_int_equal(ink_pieces_fit(room->ctx, pieces, 0, 7, SIDE, among), INK_BAD_ARGUMENT);
    ink_pieces_free(pieces);
    drop(image);
}

/* A sheet without ink, one that is all noise of squares, and pages of any shape: pieces or a sentence. */
static void refused(void **state)
{
    const struct room *room = *state;
    static const size_t shapes[][2] = {{1, 1}, {1, 700},   {700, 1},   {2, 2},    {3, 300},
                                       {9, 9}, {257, 256}, {1000, 40}, {700, 700}};
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 0, 0);
    for (size_t i = 0; i < LENGTH(shapes) * 6; i++) {
        ink_pieces *pieces;
        size_t height = shapes[i / 6][0], width = shapes[i / 6][1], kind = i % 6;
        ink_image image = {height, width, 1, malloc(height * width), NULL};
        for (size_t k = 0; k < height * width; k++) {
            size_t y = k / width, x = k % width;
            uint8_t random = (uint8_t)inki_rng_below(&rng, 256), half = k > height * width / 2 ? 255 : 0;
            uint8_t squares = y % 20 < 12 && x % 20 < 9 && (y % 20 < 4 || x % 20 < 4) ? 0 : 255;
            const uint8_t values[] = {0, 255, random, half, (uint8_t)(k * 255 / (height * width)), squares};
            image.pixels[k] = values[kind];
        }
        ink_status status = ink_pieces_find(room->ctx, &image, &pieces);
        assert_true(status == INK_OK || status == INK_BAD_DATA);
        assert_true((status == INK_OK) == (pieces != NULL));
        if (kind < 2) room_said(room, "no digit found");
        if (kind == 5 && height == 700 && width == 700) room_said(room, "pieces of ink; at most 1000 are read");
        if (status == INK_OK) assert_in_range(ink_pieces_count(pieces), 1, INK_PIECES_MOST);
        ink_pieces_free(pieces);
        free(image.pixels);
    }
}

static void reads(void **state)
{
    const struct room *room = *state;
    ink_settings *set;
    ink_model *model;
    ink_reading *reading;
    ink_digit digit = INK_INIT(ink_digit);
    ink_piece spot = INK_INIT(ink_piece);
    struct sheet two = {.signs = 3, .lines = 2, .points = true};
    ink_image *image = draw(&two);
    const char *path = room_path(room, "boxes.png");
    assert_int_equal(ink_settings_new(room->ctx, &set), INK_OK);
    assert_int_equal(ink_model_new(room->ctx, "dense 12 relu", PIXELS, 10, set, &model), INK_OK);
    assert_int_equal(ink_reading_new(room->ctx, model, image, 0, 255, &reading), INK_OK);
    assert_true(ink_reading_count(reading) >= 6);
    assert_int_equal(ink_reading_left_out(reading), 6);
    assert_true(ink_reading_left(reading, 0, &spot) && spot.width >= 8 && spot.width <= 10 && spot.height >= 8);
    assert_true(fabs((double)(spot.left - LEFT) - 43.5) < 3 && fabs((double)spot.top - TOP - HIGH + 7.5) < 3);
    assert_false(ink_reading_left(reading, 6, &spot));
    assert_non_null(strchr(ink_reading_text(reading), '\n'));
    assert_int_equal(strlen(ink_reading_text(reading)), ink_reading_count(reading) + 1);
    for (size_t i = 0; i < ink_reading_count(reading); i++) {
        assert_true(ink_reading_get(reading, i, &digit));
        assert_true(digit.left + digit.width <= image->width && digit.top + digit.height <= image->height);
        assert_true(digit.p > 0 && digit.p <= 1 && digit.class_index < 10 && digit.line < 2);
        for (size_t k = 0; k < PIXELS; k++) assert_true(digit.x[k] >= 0 && digit.x[k] <= 255);
    }
#ifdef INKI_HAVE_LIBPNG
    ink_image *drawn;
    assert_int_equal(ink_reading_draw(room->ctx, reading, image, path), INK_OK);
    assert_int_equal(ink_image_load(room->ctx, path, &drawn), INK_OK);
    assert_int_equal(drawn->height * drawn->width, image->height * image->width);
    assert_int_equal(drawn->channels, 3);
    ink_image_free(drawn);
#endif
    ink_reading_free(reading);
    ink_model_free(model);
    assert_int_equal(ink_model_new(room->ctx, "", 50, 10, set, &model), INK_OK);
    assert_int_equal(ink_reading_new(room->ctx, model, image, 0, 255, &reading), INK_BAD_ARGUMENT);
    room_said(room, "has to classify grey images");
    assert_null(reading);
    ink_model_free(model);
    ink_settings_free(set);
    drop(image);
    (void)path;
}

/* Every third pixel: as much happens, in a ninth of the time. */
static void thin_out(ink_image *image)
{
    const size_t height = image->height / 3, width = image->width / 3;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) image->pixels[y * width + x] = image->pixels[3 * y * image->width + 3 * x];
    image->height = height;
    image->width = width;
}

/* Each allocation fails once; nothing is left behind. */
static void out_of_memory(void **state)
{
    struct room *room = *state;
    ink_settings *set;
    ink_model *model;
    ink_reading *reading;
    struct sheet small = {.signs = 2, .lines = 1, .points = true};
    ink_image *image = draw(&small);
    thin_out(image);
    assert_int_equal(ink_settings_new(room->ctx, &set), INK_OK);
    assert_int_equal(ink_model_new(room->ctx, "", PIXELS, 10, set, &model), INK_OK);
    assert_int_equal(ink_reading_new(room->ctx, model, image, 0, 1, &reading), INK_OK); /* starts the threads */
    ink_reading_free(reading);
    size_t live = room->tally.live, fail_at = 0;
    ink_status status;
    do {
        room->tally.calls = 0;
        room->tally.fail_at = ++fail_at;
        status = ink_reading_new(room->ctx, model, image, 0, 1, &reading);
        assert_true(status == INK_OK || status == INK_NO_MEMORY);
        ink_reading_free(reading);
        assert_int_equal(room->tally.live, live);
    } while (status == INK_NO_MEMORY);
    room->tally.fail_at = 0;
    assert_true(fail_at > 50);
    ink_model_free(model);
    ink_settings_free(set);
    drop(image);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(through_trouble), TEST(lines), TEST(fitted_as_alone),
                                       TEST(refused),         TEST(reads), TEST(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
