/* test_augment: images changed at random: the setting, each change by itself, determinism, and the kernels behind.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/rng.h"
#include "train/augment.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, ROWS = 100 };

static const double pi = 3.14159265358979323846;

/* ---- kernels ---- */

static double sample_by_definition(const float *image, double x, double y)
{
    x = fmin(fmax(x, 0), SIDE - 1);
    y = fmin(fmax(y, 0), SIDE - 1);
    size_t j = (size_t)fmin(floor(x), SIDE - 2), i = (size_t)fmin(floor(y), SIDE - 2);
    double u = x - (double)j, v = y - (double)i;
    const float *at = image + i * SIDE + j;
    return (1 - v) * ((1 - u) * (double)at[0] + u * (double)at[1]) +
           v * ((1 - u) * (double)at[SIDE] + u * (double)at[SIDE + 1]);
}

static void kernels_agree(void **state)
{
    const struct fixture *f = *state;
    float image[PIXELS], x[PIXELS], y[PIXELS], out[PIXELS], first[PIXELS];
    uint8_t bytes[PIXELS], back[PIXELS];
    (void)f;
    net_values(1, PIXELS, -5, 5, image);
    net_values(2, PIXELS, -9, SIDE + 9, x);
    net_values(3, PIXELS, -9, SIDE + 9, y);
    for (size_t i = 0; i < PIXELS; i++) bytes[i] = (uint8_t)(i * 7);
    for (size_t k = 0; ink_kernels(k); k++) {
        const struct inki_kern *kern = inki_kern_named(ink_kernels(k));
        kern->sample(&(struct inki_sample){PIXELS - 3, SIDE, SIDE, 1, image, x, y, out});
        for (size_t i = 0; i < PIXELS - 3; i++)
            net_near((double)out[i], sample_by_definition(image, (double)x[i], (double)y[i]), 1e-5);
        if (k == 0) memcpy(first, out, sizeof out);
        assert_memory_equal(out, first, (PIXELS - 3) * sizeof *out);
        kern->widen(PIXELS, bytes, out);
        for (size_t i = 0; i < PIXELS; i++) assert_true(out[i] == (float)bytes[i]);
        for (size_t i = 0; i < PIXELS; i++) out[i] += i % 2 ? 0.499f : -0.5f;
        out[0] = 0;
        for (size_t i = 0; i < PIXELS; i++) out[i] = out[i] < 0 ? 0 : out[i];
        kern->narrow(PIXELS, out, back);
        assert_memory_equal(back, bytes, sizeof bytes);
    }
}

static void sines(void **state)
{
    (void)state;
    for (double angle = -pi; angle <= pi; angle += pi / 1000) {
        double sine, cosine;
        inki_sine_cosine(angle, &sine, &cosine);
        net_near(sine, sin(angle), 4e-15);
        net_near(cosine, cos(angle), 4e-15);
    }
}

/* ---- images ---- */

/* One row after another: a smooth blob off the centre, brighter with each row; integers, so that they are kept as bytes
 * by a file, here as floats. */
static ink_data *blobs(const struct fixture *f)
{
    float *x = malloc(ROWS * PIXELS * sizeof *x);
    int32_t labels[ROWS];
    ink_data *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (int32_t)(i % 2);
        for (size_t p = 0; p < PIXELS; p++) {
            double dx = (double)(p % SIDE) - 10, dy = (double)(p / SIDE) - 15;
            x[i * PIXELS + p] = (float)(100 * exp(-(dx * dx + dy * dy) / 18));
        }
    }
    net_ok(f, ink_data_new(f->ctx, ROWS, PIXELS, x, labels, 2, &data));
    free(x);
    data->height = data->width = SIDE;
    return data;
}

/* Mass and its centre. */
struct centre {
    double mass, x, y;
};

static struct centre centre_of(const float *image)
{
    struct centre c = {0, 0, 0};
    for (size_t p = 0; p < PIXELS; p++) {
        c.mass += (double)image[p];
        c.x += (double)image[p] * (double)(p % SIDE);
        c.y += (double)image[p] * (double)(p / SIDE);
    }
    c.x /= c.mass;
    c.y /= c.mass;
    return c;
}

/* All rows of one step, changed; the result is valid until inki_augment_end. */
static const float *change(const struct fixture *f, const ink_data *data, const char *setting, size_t step,
                           struct inki_augment *augment)
{
    const void *places[ROWS];
    net_ok(f, inki_augment_begin(f->ctx, data, setting, 5, 1, augment));
    assert_true(inki_augments(augment));
    inki_row_places(data, NULL, 0, ROWS, places);
    inki_augment(f->ctx, augment, step, 0, ROWS, INKI_ALL_THREADS, places);
    for (size_t i = 0; i < ROWS; i++) assert_ptr_equal(places[i], (float *)augment->rows + i * PIXELS);
    return augment->rows;
}

static void each_change_by_itself(void **state)
{
    static const struct {
        const char *setting;
        double x, y, mass; /* the largest moves of the centre and of the mass that are allowed */
    } cases[] = {
        {"shift:3", 3, 3, 0.01}, {"rotate:20", 2, 2, 0.01}, {"scale:0.2", 1.2, 1.2, 0.6}, {"elastic:1.5", 6, 6, 1}};
    const struct fixture *f = *state;
    ink_data *data = blobs(f);
    const struct centre before = centre_of(data->floats);
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct inki_augment augment;
        const float *rows = change(f, data, cases[c].setting, 3, &augment);
        double moved = 0, spread = 0;
        for (size_t i = 0; i < ROWS; i++) {
            struct centre now = centre_of(rows + i * PIXELS);
            assert_true(fabs(now.x - before.x) <= cases[c].x + 0.01 && fabs(now.y - before.y) <= cases[c].y + 0.01);
            net_near(now.mass / before.mass, 1, cases[c].mass);
            moved += fabs(now.x - before.x) + fabs(now.y - before.y);
            spread += now.x - before.x;
        }
        assert_true(moved / ROWS > 0.2);        /* something happens */
        assert_true(fabs(spread / ROWS) < 0.6); /* and to both sides */
        inki_augment_end(&augment);
    }
    ink_data_free(data);
}

/* A half turn about the centre is an exact mirror, if it is drawn; here by hand: rotate draws between -180 and 180. */
static void turning_keeps_the_distance_from_the_centre(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = blobs(f);
    struct inki_augment augment;
    const float *rows = change(f, data, "rotate:180", 1, &augment);
    const struct centre before = centre_of(data->floats);
    double middle = (SIDE - 1) / 2.0, radius = hypot(before.x - middle, before.y - middle), least = 10, most = -10;
    for (size_t i = 0; i < ROWS; i++) {
        struct centre now = centre_of(rows + i * PIXELS);
        net_near(hypot(now.x - middle, now.y - middle), radius, 0.02);
        double angle = atan2(now.y - middle, now.x - middle);
        least = fmin(least, angle);
        most = fmax(most, angle);
    }
    assert_true(least < -2.8 && most > 2.8); /* all the way round */
    inki_augment_end(&augment);
    ink_data_free(data);
}

/* Bending moves pixels by the deviation that was asked for: a ramp shows how far. */
static void bending_has_its_deviation(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = blobs(f);
    struct inki_augment augment;
    double sum = 0, count = 0;
    float *x = (float *)(uintptr_t)data->floats;
    for (size_t p = 0; p < ROWS * PIXELS; p++) x[p] = (float)(p % SIDE);
    const float *rows = change(f, data, "elastic:1", 1, &augment);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t p = 0; p < PIXELS; p++) {
            if (p % SIDE < 5 || p % SIDE > 22) continue; /* the border holds places inside */
            double moved = (double)rows[i * PIXELS + p] - (double)(p % SIDE);
            sum += moved * moved;
            count++;
        }
    net_near(sqrt(sum / count), 1, 0.08);
    inki_augment_end(&augment);
    ink_data_free(data);
}

static void depends_on_seed_step_and_row_alone(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = blobs(f);
    struct inki_augment one, other, later;
    const char *all = "shift:2,rotate:10,scale:0.1,elastic";
    net_ok(f, ink_ctx_set_threads(f->ctx, 1));
    const float *a = change(f, data, all, 7, &one);
    net_ok(f, ink_ctx_set_threads(f->ctx, 3));
    const float *b = change(f, data, all, 7, &other), *c = change(f, data, all, 8, &later);
    assert_memory_equal(a, b, ROWS * PIXELS * sizeof *a);
    assert_memory_not_equal(a, c, PIXELS * sizeof *a);
    assert_memory_not_equal(a, a + PIXELS, PIXELS * sizeof *a);
    const void *places[ROWS];
    inki_row_places(data, NULL, 0, ROWS, places);
    inki_augment(f->ctx, &later, 7, 40, 20, INKI_ALL_THREADS, places); /* rows 40 to 59 of the batch by themselves */
    assert_memory_equal(later.rows, a + 40 * PIXELS, 20 * PIXELS * sizeof *a);
    inki_augment_end(&one);
    inki_augment_end(&other);
    inki_augment_end(&later);
    ink_data_free(data);
}

static void settings(void **state)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {{"shif:2", "did you mean 'shift'"}, {"shift:x", "shift takes a number from 0 to 64, not 'x'"},
                 {"scale:2", "scale takes"},         {"blur", "none of shift, rotate, scale, elastic"},
                 {"shift:2,,", "augment"},           {"shift:-1", "shift takes"}};
    struct fixture *f = *state;
    struct inki_augment augment;
    ink_data *data = blobs(f), *table = net_data(f, 3, 20, 7, 2);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        net_fails(f, inki_augment_begin(f->ctx, data, wrong[i].text, 1, 1, &augment), INK_BAD_SETTING,
                  wrong[i].message);
        inki_augment_end(&augment);
    }
    net_ok(f, inki_augment_begin(f->ctx, data, "shift,rotate:5", 1, 1, &augment));
    assert_true(augment.shift == 2 && augment.rotate == 5 && augment.scale == 0 && augment.elastic == 0);
    inki_augment_end(&augment);
    net_ok(f, inki_augment_begin(f->ctx, table, "", 1, 1, &augment));
    assert_false(inki_augments(&augment));
    net_fails(f, inki_augment_begin(f->ctx, table, "shift", 1, 1, &augment), INK_BAD_SETTING, "not images");
    ink_data_free(data);
    ink_data_free(table);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(kernels_agree),
        CASE(sines),
        CASE(each_change_by_itself),
        CASE(turning_keeps_the_distance_from_the_centre),
        CASE(bending_has_its_deviation),
        CASE(depends_on_seed_step_and_row_alone),
        CASE(settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
