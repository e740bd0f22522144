/* test_augment_exact: images mirrored, cropped, cut and mixed: each against its definition, of bytes and of floats.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/rng.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEIGHT = 7, WIDTH = 10, CHANNELS = 3, FEATURES = HEIGHT * WIDTH * CHANNELS, ROWS = 121 };

/* Every row the same image, whose values are all different and none 0. */
static float value_at(size_t place) { return (float)(1 + place); }

static ink_data *images(const struct fixture *f)
{
    float *x = malloc(sizeof(float[ROWS][FEATURES]));
    int32_t labels[ROWS];
    ink_data *data = NULL;
    for (size_t i = 0; i < ROWS; i++) labels[i] = (int32_t)(i % 2);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < FEATURES; j++) x[i * FEATURES + j] = value_at(j);
    net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, x, labels, 2, &data));
    free(x);
    data->height = HEIGHT;
    data->width = WIDTH;
    data->channels = CHANNELS;
    return data;
}

/* The rows of a step; valid until inki_augment_end. */
static void change(const struct fixture *f, const ink_data *data, const char *setting, struct inki_augment *augment,
                   const void *places[ROWS])
{
    net_ok(f, inki_augment_begin(f->ctx, data, setting, 5, 1, augment));
    assert_true(inki_augments(augment));
    inki_row_places(data, NULL, 0, ROWS, places);
    inki_augment(f->ctx, augment, 3, 0, ROWS, INKI_ALL_THREADS, places);
}

static size_t mirrored(long i, size_t n)
{
    while (i < 0 || i >= (long)n) i = i < 0 ? -i : 2 * ((long)n - 1) - i;
    return (size_t)i;
}

static bool is_moved(const float *row, bool flips, long dx, long dy)
{
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++)
            for (size_t c = 0; c < CHANNELS; c++) {
                size_t at = mirrored((long)x + dx, WIDTH), from = flips ? WIDTH - 1 - at : at;
                size_t place = (mirrored((long)y + dy, HEIGHT) * WIDTH + from) * CHANNELS + c;
                if (row[(y * WIDTH + x) * CHANNELS + c] != value_at(place)) return false;
            }
    return true;
}

/* Each row is the image mirrored or not, moved by up to two pixels either way; all of these come. */
static void mirrors_and_moves(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = images(f);
    struct inki_augment augment;
    const void *places[ROWS];
    size_t seen[2][5][5] = {0}, flips = 0, kinds = 0;
    change(f, data, "flip,crop:2", &augment, places);
    for (size_t i = 0; i < ROWS; i++) {
        size_t found = 0;
        for (int flip = 0; flip < 2; flip++)
            for (long dy = -2; dy <= 2; dy++)
                for (long dx = -2; dx <= 2; dx++) {
                    bool is = is_moved(places[i], flip, dx, dy);
                    found += is;
                    seen[flip][dy + 2][dx + 2] += is;
                    flips += is && flip;
                }
        assert_int_equal(found, 1);
    }
    for (size_t i = 0; i < 50; i++) kinds += ((size_t *)seen)[i] > 0;
    assert_true(kinds > 40);
    assert_in_range(flips, ROWS / 3, 2 * ROWS / 3);
    inki_augment_end(&augment);
    change(f, data, "flip:1", &augment, places);
    for (size_t i = 0; i < ROWS; i++) assert_true(is_moved(places[i], true, 0, 0));
    inki_augment_end(&augment);
    ink_data_free(data);
}

/* What is 0 is a square around a pixel of the image, cut off at the border; all else is as before. */
static void cuts_squares_out(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = images(f);
    struct inki_augment augment;
    const void *places[ROWS];
    size_t whole = 0;
    change(f, data, "cutout:3", &augment, places);
    for (size_t i = 0; i < ROWS; i++) {
        const float *row = places[i];
        size_t left = WIDTH, right = 0, top = HEIGHT, bottom = 0, zeros = 0;
        for (size_t j = 0; j < FEATURES; j++) {
            assert_true(row[j] == 0 || row[j] == value_at(j));
            if (row[j] != 0) continue;
            size_t x = j / CHANNELS % WIDTH, y = j / CHANNELS / WIDTH;
            zeros++;
            if (x < left) left = x;
            if (x > right) right = x;
            if (y < top) top = y;
            if (y > bottom) bottom = y;
        }
        size_t across = right - left + 1, down = bottom - top + 1;
        assert_int_equal(zeros, across * down * CHANNELS);
        assert_true(across == 3 || (across == 2 && (left == 0 || right == WIDTH - 1)));
        assert_true(down == 3 || (down == 2 && (top == 0 || bottom == HEIGHT - 1)));
        whole += across == 3 && down == 3;
    }
    assert_in_range(whole, ROWS / 4, ROWS - 10);
    inki_augment_end(&augment);
    ink_data_free(data);
}

/* ---- mixup ---- */

/* Beta(1, 1) is uniform, so that the larger share is 3/4 on average; of Beta(0.2, 0.2) it is nearer to 1. */
static void mixes_neighbours(void **state)
{
    static const struct {
        const char *setting;
        double mean;
    } cases[] = {{"mixup:1", 0.75}, {"mixup:0.2", 0.898}, {"mixup:2", 0.6875}};
    const struct fixture *f = *state;
    ink_data *data = images(f);
    const void *places[ROWS];
    float shares[ROWS];
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct inki_augment augment;
        double sum = 0, count = 0;
        change(f, data, cases[k].setting, &augment, places);
        for (size_t step = 0; step < 20; step++) {
            for (size_t i = 0; i < ROWS; i++) /* row i is all i + 1 */
                for (size_t j = 0; j < FEATURES; j++) ((float *)(uintptr_t)places[i])[j] = (float)(i + 1);
            inki_mix(&augment, step, 0, ROWS, places, shares);
            for (size_t i = 0; i < ROWS; i++) {
                const size_t other = i + 1 == ROWS ? i : i ^ 1;
                const float *row = places[i];
                double wanted = (double)shares[i] * (double)(i + 1) + (1 - (double)shares[i]) * (double)(other + 1);
                assert_int_equal(inki_mixed_with(i, ROWS), other);
                assert_true(shares[i] >= 0.5f && shares[i] <= 1 && (other != i || shares[i] == 1));
                for (size_t j = 0; j < FEATURES; j++) net_near((double)row[j], wanted, 2e-5);
                if (other == i) continue;
                sum += (double)shares[i];
                count++;
            }
        }
        net_near(sum / count, cases[k].mean, 0.01);
        inki_augment_end(&augment);
    }
    ink_data_free(data);
}

static void mixes_targets(void **state)
{
    float targets[] = {1, 10, 3, 30, 5, 50};
    const float shares[] = {0.75f, 0.5f, 1};
    (void)state;
    inki_mix_targets(3, 2, shares, targets);
    const float wanted[] = {1.5f, 15, 2, 20, 5, 50};
    for (size_t i = 0; i < 6; i++) assert_true(targets[i] == wanted[i]);
}

/* Loss and gradient of two labels are the sums of those of each, by their shares. */
static void two_labels(void **state)
{
    enum { CLASSES = 10, STRIDE = 16, COUNT_ = 5 };
    const int32_t own[COUNT_] = {3, 1, 4, 1, 5}, others[COUNT_] = {9, 2, 4, 5, 3};
    const float shares[COUNT_] = {0.5f, 0.625f, 0.75f, 0.9f, 1};
    (void)state;
    for (size_t k = 0; ink_kernels(k); k++)
        for (int smooth = 0; smooth < 2; smooth++) {
            float z[3][COUNT_ * STRIDE], dz[3][COUNT_ * STRIDE];
            double loss[3][COUNT_], hit[COUNT_];
            for (int way = 0; way < 3; way++) {
                net_values(7, COUNT_ * STRIDE, -4, 4, z[way]);
                inki_kern_named(ink_kernels(k))
                    ->softmax(&(struct inki_softmax){.rows = COUNT_,
                                                     .classes = CLASSES,
                                                     .stride = STRIDE,
                                                     .z = z[way],
                                                     .dz = dz[way],
                                                     .labels = way == 1 ? others : own,
                                                     .others = way == 2 ? others : NULL,
                                                     .shares = way == 2 ? shares : NULL,
                                                     .smoothing = smooth ? 0.1f : 0,
                                                     .scale = 0.2f,
                                                     .row_loss = loss[way],
                                                     .row_hit = hit});
            }
            for (size_t i = 0; i < COUNT_; i++) {
                double share = (double)shares[i];
                net_near(loss[2][i], share * loss[0][i] + (1 - share) * loss[1][i], 1e-6);
                for (size_t j = 0; j < CLASSES; j++) {
                    double first = (double)dz[0][i * STRIDE + j], second = (double)dz[1][i * STRIDE + j];
                    net_near((double)dz[2][i * STRIDE + j], share * first + (1 - share) * second, 1e-7);
                }
            }
        }
}

static void exponentials(void **state)
{
    (void)state;
    for (double x = -700; x <= 700; x += 0.37) net_near(inki_exp(x) / exp(x), 1, 5e-16);
    assert_true(inki_exp(0) == 1 && inki_exp(-1e9) == 0 && isinf(inki_exp(1e9)) && isnan(inki_exp((double)NAN)));
}

/* Bytes are treated as floats are, but that mixed ones are rounded. */
static void bytes_as_floats(void **state)
{
    static const char *const settings[] = {"flip,crop:2,cutout:3", "shift:1,flip", "flip,mixup:1"};
    const struct fixture *f = *state;
    ink_data *floats = images(f), *bytes = images(f);
    uint8_t *x = malloc((size_t)ROWS * FEATURES);
    for (size_t j = 0; j < (size_t)ROWS * FEATURES; j++) x[j] = (uint8_t)floats->floats[j];
    bytes->bytes = x;
    for (size_t k = 0; k < COUNT(settings); k++) {
        struct inki_augment one, other;
        const void *a[ROWS], *b[ROWS];
        float shares[ROWS];
        change(f, floats, settings[k], &one, a);
        change(f, bytes, settings[k], &other, b);
        assert_true(inki_mixes(&one) == (k == 2));
        if (k == 2) inki_mix(&one, 3, 0, ROWS, a, shares);
        if (k == 2) inki_mix(&other, 3, 0, ROWS, b, shares);
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < FEATURES; j++)
                net_near((double)((const uint8_t *)b[i])[j], (double)((const float *)a[i])[j], k == 0 ? 0 : 0.501);
        inki_augment_end(&one);
        inki_augment_end(&other);
    }
    bytes->bytes = NULL;
    free(x);
    ink_data_free(floats);
    ink_data_free(bytes);
}

static void settings(void **state)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {{"flip:2", "flip takes a number from 0 to 1, not '2'"},
                 {"crop:1.5", "crop takes an integer from 0 to 64, not '1.5'"},
                 {"crop:7", "crop:7 needs images of more than 7 pixels a side, not 7x10"},
                 {"cutout:-1", "cutout takes an integer"},
                 {"mixup:3", "mixup takes a number from 0 to 2"},
                 {"flpi", "did you mean 'flip'"}};
    struct fixture *f = *state;
    struct inki_augment augment;
    ink_data *data = images(f);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        net_fails(f, inki_augment_begin(f->ctx, data, wrong[i].text, 1, 1, &augment), INK_BAD_SETTING,
                  wrong[i].message);
        inki_augment_end(&augment);
    }
    net_ok(f, inki_augment_begin(f->ctx, data, "flip,crop,cutout,mixup", 1, 1, &augment));
    assert_true(augment.flip == 0.5 && augment.crop == 2 && augment.cutout == 8 && augment.mixup == 0.2);
    inki_augment_end(&augment);
    net_ok(f, inki_augment_begin(f->ctx, data, "flip:0,crop:0", 1, 1, &augment));
    assert_false(inki_augments(&augment));
    inki_augment_end(&augment);
    ink_data_free(data);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(mirrors_and_moves), CASE(cuts_squares_out), CASE(mixes_neighbours), CASE(mixes_targets),
        CASE(two_labels),        CASE(exponentials),     CASE(bytes_as_floats),  CASE(settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
