/* test_digit: what becomes of an image of a digit: against images prepared by other means, and drawn ones of known shape.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/rng.h"
#include "image/image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES INKI_ROOT "/tests/images/"
enum { SIDE = 28, PIXELS = SIDE * SIDE };

/* --------------------------------------------------------- a drawn sign */

/* How a page is drawn: where the sign's box is, and everything that may be wrong with it. */
struct page {
    size_t height, width;
    double top, left, size; /* of the sign, in pixels */
    double pen;             /* width of its strokes, as a share of the size */
    double ink, paper;      /* 0 to 1 */
    double slope;           /* of the light across the page, 0: even */
    double shadow;          /* share of light that is missing below a slanted line */
    double noise;           /* standard deviation */
    size_t frame;           /* width of a white frame around all */
    size_t specks;
};

static const struct page plain = {
    .height = 120, .width = 120, .top = 30, .left = 30, .size = 60, .pen = 0.14, .paper = 1};

static double segment(double y, double x, double y0, double x0, double y1, double x1)
{
    double dy = y1 - y0, dx = x1 - x0, t = ((y - y0) * dy + (x - x0) * dx) / (dy * dy + dx * dx);
    t = fmin(1, fmax(0, t));
    return hypot(y - y0 - t * dy, x - x0 - t * dx);
}

/* A sign like a 4 without symmetry: a slanted stroke, a bar across, and a long upright. Distance to it in its box of 1x1. */
static double distance(double y, double x)
{
    double d = segment(y, x, 0.07, 0.35, 0.6, 0.07);
    d = fmin(d, segment(y, x, 0.6, 0.07, 0.6, 0.75));
    return fmin(d, segment(y, x, 0.3, 0.6, 0.93, 0.55));
}

/* How much of the pixel is ink. */
static double inked(const struct page *page, size_t y, size_t x)
{
    double d = distance(((double)y + 0.5 - page->top) / page->size, ((double)x + 0.5 - page->left) / page->size);
    return fmin(1, fmax(0, (page->pen / 2 - d) * page->size + 0.5));
}

static double light(const struct page *page, size_t y, size_t x)
{
    double u = 2 * (double)x / (double)page->width - 1, v = 2 * (double)y / (double)page->height - 1;
    double factor = 1 + page->slope * (u + v) / 2;
    return u + 0.5 * v > 0.2 ? factor * (1 - page->shadow) : factor;
}

static ink_image *draw(const struct page *page)
{
    struct inki_rng rng = inki_rng_begin(7, INKI_RNG_TEST, 0, 0);
    ink_image *image = calloc(1, sizeof *image);
    *image = (ink_image){page->height, page->width, 1, malloc(page->height * page->width), NULL};
    for (size_t i = 0; i < page->height * page->width; i++) {
        size_t y = i / page->width, x = i % page->width;
        double value = page->paper + (page->ink - page->paper) * inked(page, y, x);
        value = value * light(page, y, x) + page->noise * inki_rng_normal(&rng);
        bool framed =
            y < page->frame || x < page->frame || y + page->frame >= page->height || x + page->frame >= page->width;
        if (page->frame && framed) value = 1;
        image->pixels[i] = (uint8_t)(fmin(1, fmax(0, value)) * 255 + 0.5);
    }
    for (size_t i = 0; i < page->specks; i++)
        image->pixels[inki_rng_below(&rng, page->height * page->width)] = (uint8_t)(page->ink * 255);
    return image;
}

static void drop(ink_image *image)
{
    free(image->pixels);
    free(image);
}

/* Draws and fits; x[28][28]. */
static ink_image_view fit(const struct room *room, const struct page *page, float x[PIXELS])
{
    ink_image_view view = INK_INIT(ink_image_view);
    ink_image *image = draw(page);
    if (ink_image_fit(room->ctx, image, SIDE, SIDE, x, &view) != INK_OK) fail_msg("%s", ink_ctx_message(room->ctx));
    for (size_t i = 0; i < PIXELS; i++) assert_true(x[i] >= 0 && x[i] <= 1);
    drop(image);
    return view;
}

/* ------------------------------------------------------------- comparisons */

static double correlation_at(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0, mean_a = 0, mean_b = 0;
    for (size_t i = 0; i < PIXELS; i++) mean_a += (double)a[i] / PIXELS, mean_b += (double)b[i] / PIXELS;
    for (size_t i = 0; i < PIXELS; i++) {
        double da = (double)a[i] - mean_a, db = (double)b[i] - mean_b;
        ab += da * db;
        aa += da * da;
        bb += db * db;
    }
    return ab / sqrt(aa * bb);
}

/* At its best over shifts by up to a pixel: centres of mass near a half may be rounded to either side. */
static double correlation(const float *a, const float *b)
{
    double best = -1;
    for (int shift = 0; shift < 9; shift++) {
        float moved[PIXELS] = {0};
        int dy = shift / 3 - 1, dx = shift % 3 - 1;
        for (int i = 0; i < PIXELS; i++) {
            int y = i / SIDE + dy, x = i % SIDE + dx;
            if (y >= 0 && y < SIDE && x >= 0 && x < SIDE) moved[i] = b[y * SIDE + x];
        }
        best = fmax(best, correlation_at(a, moved));
    }
    return best;
}

static void print(const float *x)
{
    for (size_t i = 0; i < PIXELS; i++) {
        printf("%c", " .:-=+*#%@"[(int)(9 * x[i])]);
        if (i % SIDE == SIDE - 1) printf("\n");
    }
}

/* The same sign at the same place. */
static void same(const float *a, const float *b, double least)
{
    double found = correlation(a, b);
    if (found >= least) return;
    print(a);
    print(b);
    fail_msg("correlation %.3f, not %.3f", found, least);
}

/* Within 20x20, touching its longer sides, its centre of mass in the middle as far as whole pixels allow. */
static void has_form(const float *x)
{
    size_t top = SIDE, left = SIDE, bottom = 0, right = 0;
    double mass = 0, y_sum = 0, x_sum = 0;
    for (size_t i = 0; i < PIXELS; i++) {
        size_t y = i / SIDE, column = i % SIDE;
        mass += (double)x[i];
        y_sum += (double)x[i] * ((double)y + 0.5);
        x_sum += (double)x[i] * ((double)column + 0.5);
        if (x[i] == 0) continue;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
        if (column < left) left = column;
        if (column > right) right = column;
    }
    size_t height = bottom - top + 1, width = right - left + 1;
    assert_int_equal(height > width ? height : width, 20);
    assert_true(fabs(y_sum / mass - 14) <= 0.51 || top == 0 || bottom == SIDE - 1);
    assert_true(fabs(x_sum / mass - 14) <= 0.51 || left == 0 || right == SIDE - 1);
}

static void form(void **state)
{
    float x[PIXELS];
    ink_image_view view = fit(*state, &plain, x);
    has_form(x);
    assert_true(view.dark_ink && !view.as_it_is);
    assert_int_equal(view.height, 120);
    assert_int_equal(view.channels, 1);
    assert_true(view.contrast > 0.8);
    /* The sign's own box: the pen reaches half its width beyond the points that its strokes go through. */
    assert_true(abs((int)view.top - 30) <= 2 && abs((int)view.left - 30) <= 2);
    assert_true(abs((int)view.ink_height - 60) <= 3 && abs((int)view.ink_width - 49) <= 3);
}

/* The upright is on the right and reaches below, the slanted stroke is at the top left: nothing is turned or mirrored. */
static void orientation(void **state)
{
    float x[PIXELS];
    double quarters[4] = {0};
    fit(*state, &plain, x);
    for (size_t i = 0; i < PIXELS; i++) quarters[2 * (i / SIDE >= 18) + (i % SIDE >= 14)] += (double)x[i];
    assert_true(quarters[3] > 5 * quarters[2]);
    assert_true(quarters[0] > 10);
}

static void polarity(void **state)
{
    float dark[PIXELS], light_ink[PIXELS];
    struct page page = plain;
    fit(*state, &page, dark);
    page.ink = 0.95;
    page.paper = 0.1;
    ink_image_view view = fit(*state, &page, light_ink);
    assert_false(view.dark_ink);
    same(dark, light_ink, 0.99);
}

/* What a person sees past must not matter. */
static void same_through_trouble(void **state)
{
    struct page pages[12];
    float wanted[PIXELS], x[PIXELS];
    fit(*state, &plain, wanted);
    for (size_t i = 0; i < LENGTH(pages); i++) pages[i] = plain;
    pages[0].top = pages[0].left = 2; /* in a corner */
    pages[1] = (struct page){
        .height = 1200, .width = 900, .top = 500, .left = 300, .size = 90, .pen = 0.14, .paper = 1}; /* small */
    pages[2] = (struct page){
        .height = 480, .width = 400, .top = 4, .left = 10, .size = 460, .pen = 0.14, .paper = 1}; /* large */
    pages[3].slope = 0.6;
    pages[4].shadow = 0.45;
    pages[5].noise = 0.08;
    pages[6].ink = 0.45, pages[6].paper = 0.7, pages[6].noise = 0.02; /* a pencil */
    pages[7].frame = 8, pages[7].ink = 0.9, pages[7].paper = 0.05;    /* light on dark in a white frame */
    pages[8].specks = 40;
    pages[9].slope = -0.5, pages[9].noise = 0.03, pages[9].ink = 0.9, pages[9].paper = 0.25;
    pages[10].height = pages[10].width = 40, pages[10].top = pages[10].left = 8, pages[10].size = 24; /* few pixels */
    pages[11].height = 62, pages[11].width = 54, pages[11].top = pages[11].left = 1; /* hardly any paper */
    for (size_t i = 0; i < LENGTH(pages); i++) {
        ink_image_view view = fit(*state, &pages[i], x);
        assert_int_equal(view.dark_ink, pages[i].ink < pages[i].paper);
        double found = correlation(wanted, x);
        if (found >= 0.93) continue;
        print(x);
        fail_msg("page %zu: correlation %.3f", i, found);
    }
}

/* A thin pen is as bright as a thick one, not a grey hair. */
static void thin_pen(void **state)
{
    float x[PIXELS];
    struct page page = {.height = 600, .width = 600, .top = 60, .left = 60, .size = 480, .pen = 0.012, .paper = 1};
    double bright = 0;
    fit(*state, &page, x);
    has_form(x);
    for (size_t i = 0; i < PIXELS; i++) bright += x[i] > 0.8F;
    assert_true(bright >= 40);
}

/* A bold sign with rounded corners, and digits that fill a box, are no frames to look into. */
static void no_frame(void **state)
{
    const struct room *room = *state;
    ink_image_view view = INK_INIT(ink_image_view);
    float x[PIXELS];
    ink_image image = {140, 100, 1, malloc(140 * 100), NULL};
    memset(image.pixels, 250, 140 * 100);
    for (size_t y = 20; y < 120; y++) { /* the 8 of a calculator: a box with a bar across */
        for (size_t column = 20; column < 80; column++) {
            bool edge = y < 32 || y >= 108 || column < 32 || column >= 68, bar = y >= 64 && y < 76;
            if (edge || bar) image.pixels[y * 100 + column] = 10;
        }
    }
    assert_int_equal(ink_image_fit(room->ctx, &image, SIDE, SIDE, x, &view), INK_OK);
    assert_true(view.dark_ink && view.ink_height > 95 && view.ink_width > 55);
    /* A box of thin lines with paper between it and the sign is a frame. */
    for (size_t y = 24; y < 116; y++) memset(image.pixels + y * 100 + 24, 250, 52);
    for (size_t y = 45; y < 95; y++) memset(image.pixels + y * 100 + 46, 10, 8);
    assert_int_equal(ink_image_fit(room->ctx, &image, SIDE, SIDE, x, &view), INK_OK);
    assert_true(view.dark_ink && view.ink_height < 60 && view.ink_width < 20);
    free(image.pixels);
}

/* ------------------------------------------------------------- as it is */

static void as_it_is(void **state)
{
    const struct room *room = *state;
    uint8_t pixels[PIXELS] = {0};
    float x[PIXELS];
    ink_image_view view = INK_INIT(ink_image_view);
    ink_image image = {SIDE, SIDE, 1, pixels, NULL};
    for (size_t y = 3; y < 9; y++) pixels[y * SIDE + 5] = (uint8_t)(100 + 20 * y); /* far from the middle */
    assert_int_equal(ink_image_fit(room->ctx, &image, SIDE, SIDE, x, &view), INK_OK);
    assert_true(view.as_it_is && !view.dark_ink);
    for (size_t i = 0; i < PIXELS; i++) assert_true(fabs((double)x[i] - pixels[i] / 255.0) < 1e-6);
    for (size_t i = 0; i < PIXELS; i++) pixels[i] = (uint8_t)(255 - pixels[i]);
    assert_int_equal(ink_image_fit(room->ctx, &image, SIDE, SIDE, x, &view), INK_OK);
    assert_true(view.as_it_is && view.dark_ink);
    for (size_t i = 0; i < PIXELS; i++) assert_true(fabs((double)x[i] - (1 - pixels[i] / 255.0)) < 1e-6);
    /* Another size, or a background that is neither: prepared. */
    assert_int_equal(ink_image_fit(room->ctx, &image, 20, 20, x, &view), INK_OK);
    assert_false(view.as_it_is);
    for (size_t i = 0; i < PIXELS; i++) pixels[i] = (uint8_t)(pixels[i] / 2 + 60);
    assert_int_equal(ink_image_fit(room->ctx, &image, SIDE, SIDE, x, &view), INK_OK);
    assert_false(view.as_it_is);
    has_form(x);
}

static void whole(void **state)
{
    const struct room *room = *state;
    static const uint8_t pixels[2 * 4 * 3] = {255, 0, 0,   255, 0, 0,   0, 255, 0, 0, 255, 0,
                                              0,   0, 255, 0,   0, 255, 9, 9,   9, 9, 9,   9};
    float x[4], same_size[8];
    ink_image image = {2, 4, 3, (uint8_t *)(uintptr_t)pixels, NULL};
    assert_int_equal(ink_image_grey(room->ctx, &image, 2, 2, x), INK_OK);
    const double wanted[4] = {0.299, 0.587, 0.114, 9 / 255.0};
    for (size_t i = 0; i < 4; i++) assert_true(fabs((double)x[i] - wanted[i]) < 1e-6);
    assert_int_equal(ink_image_grey(room->ctx, &image, 2, 4, same_size), INK_OK);
    for (size_t i = 0; i < 8; i++) assert_true(same_size[i] == x[i / 4 * 2 + i % 4 / 2]);
    assert_int_equal(ink_image_grey(room->ctx, &image, 0, 4, x), INK_BAD_ARGUMENT);
}

/* ------------------------------------------------------------- strange pages */

/* Pages of any shape and content give ink or a sentence. */
static void strange_pages(void **state)
{
    const struct room *room = *state;
    static const size_t shapes[][2] = {{1, 1}, {1, 700}, {700, 1}, {2, 2}, {3, 300}, {9, 9}, {257, 256}, {1000, 40}};
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 0, 0);
    for (size_t i = 0; i < LENGTH(shapes) * 5; i++) {
        float x[PIXELS];
        ink_image_view view = INK_INIT(ink_image_view);
        size_t height = shapes[i / 5][0], width = shapes[i / 5][1], kind = i % 5;
        ink_image image = {height, width, 1, malloc(height * width), NULL};
        for (size_t k = 0; k < height * width; k++) {
            uint8_t random = (uint8_t)inki_rng_below(&rng, 256), half = k > height * width / 2 ? 255 : 0;
            const uint8_t values[] = {0, 255, random, half, (uint8_t)(k * 255 / (height * width))};
            image.pixels[k] = values[kind];
        }
        ink_status status = ink_image_fit(room->ctx, &image, SIDE, SIDE, x, &view);
        assert_true(status == INK_OK || status == INK_BAD_DATA);
        if (kind < 2) assert_int_equal(status, INK_BAD_DATA);
        if (status == INK_BAD_DATA) room_said(room, "no digit found");
        for (size_t k = 0; status == INK_OK && k < PIXELS; k++) assert_true(x[k] >= 0 && x[k] <= 1);
        free(image.pixels);
    }
}

static void frames_of_other_sizes(void **state)
{
    const struct room *room = *state;
    ink_image *image = draw(&plain);
    static const size_t sides[][2] = {{8, 8}, {16, 16}, {28, 20}, {20, 64}, {256, 256}};
    float *x = malloc(256 * 256 * sizeof *x);
    ink_image_view view = INK_INIT(ink_image_view);
    for (size_t i = 0; i < LENGTH(sides); i++) {
        double mass = 0;
        assert_int_equal(ink_image_fit(room->ctx, image, sides[i][0], sides[i][1], x, &view), INK_OK);
        for (size_t k = 0; k < sides[i][0] * sides[i][1]; k++) mass += (double)x[k];
        assert_true(mass / (double)(sides[i][0] * sides[i][1]) > 0.02);
    }
    assert_int_equal(ink_image_fit(room->ctx, image, 7, 28, x, &view), INK_BAD_ARGUMENT);
    assert_int_equal(ink_image_fit(room->ctx, image, 28, 257, x, &view), INK_BAD_ARGUMENT);
    free(x);
    drop(image);
}

/* ------------------------------------------------------------- the images */

/* Images without trouble against what another program made of them (tests/images/make.py). */
#ifdef INKI_HAVE_LIBPNG
static void as_expected(void **state)
{
    const struct room *room = *state;
    char name[256], line[64], path[512];
    size_t count = 0;
    FILE *file = fopen(IMAGES "expected.txt", "r");
    assert_non_null(file);
    while (fgets(name, sizeof name, file)) {
        float wanted[PIXELS], x[PIXELS];
        ink_image *image;
        ink_image_view view = INK_INIT(ink_image_view);
        name[strcspn(name, "\n")] = 0;
        for (size_t y = 0; y < SIDE; y++) {
            assert_non_null(fgets(line, sizeof line, file));
            for (size_t i = 0; i < SIDE; i++) {
                char c = line[i];
                wanted[y * SIDE + i] = (float)(c <= '9' ? c - '0' : c - 'a' + 10) / 15;
            }
        }
        snprintf(path, sizeof path, IMAGES "%s", name);
        assert_int_equal(ink_image_load(room->ctx, path, &image), INK_OK);
        assert_int_equal(ink_image_fit(room->ctx, image, SIDE, SIDE, x, &view), INK_OK);
        ink_image_free(image);
        same(wanted, x, 0.95);
        has_form(x);
        count++;
    }
    fclose(file);
    assert_int_equal(count, 3);
}
#endif

static void out_of_memory(void **state)
{
    struct room *room = *state;
    ink_image_view view = INK_INIT(ink_image_view);
    float x[PIXELS];
    ink_image *image = draw(&plain);
    room->tally.calls = 0;
    room->tally.fail_at = 1;
    assert_int_equal(ink_image_fit(room->ctx, image, SIDE, SIDE, x, &view), INK_NO_MEMORY);
    room->tally.fail_at = 0;
    assert_int_equal(ink_image_fit(room->ctx, image, SIDE, SIDE, x, &view), INK_OK);
    assert_int_equal(room->tally.calls, 2);
    drop(image);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(form),          TEST(orientation), TEST(polarity), TEST(same_through_trouble), TEST(thin_pen),
        TEST(no_frame),      TEST(as_it_is),    TEST(whole),    TEST(strange_pages),        TEST(frames_of_other_sizes),
        TEST(out_of_memory),
#ifdef INKI_HAVE_LIBPNG
        TEST(as_expected),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
