/* test_suspects: which labels are doubted and which rows are duplicates, by hand; images that are nearly the same; wrong labels and rows unlike all others found by
 * training; rows left out.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"
#include "data/near.h"
#include "inkling-many.h"
#include "train/outlying.h"
#include "train/suspects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HAND = 10 };

static ink_data *hand_data(const struct fixture *f)
{
    static const float x[HAND] = {0, 1, 2, 3, 4, 5, 0, 7, 1, 2};
    static const int32_t labels[HAND] = {0, 0, 0, 0, 1, 1, 1, 1, 0, 1};
    ink_data *data;
    net_ok(f, ink_data_new(f->ctx, HAND, 1, x, labels, 2, &data));
    return data;
}

/* The two last rows have no answer. */
static void hand_answers(float p[HAND][2])
{
    static const float first[HAND] = {0.9f, 0.8f, 0.7f, 0.1f, 0.2f, 0.1f, 0.4f, 0.95f, NAN, NAN};
    for (size_t i = 0; i < HAND; i++) {
        p[i][0] = first[i];
        p[i][1] = 1 - first[i];
    }
}

static void check(const ink_suspects *suspects, size_t i, size_t row, const char *kind, int32_t answer, size_t twin)
{
    const ink_suspect *suspect = ink_suspects_get(suspects, i);
    assert_non_null(suspect);
    assert_int_equal(suspect->row, row);
    assert_string_equal(suspect->kind, kind);
    assert_int_equal(suspect->answer, answer);
    assert_int_equal(suspect->twin, twin);
    assert_false(suspect->twin_in_test);
    assert_true(answer < 0 ? isnan(suspect->p) : suspect->p > 0.5f);
}

/* Classes are believed from 0.625 and 0.5875 on, so that one row of four is wrong of each. */
static void judged_by_hand(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = hand_data(f);
    ink_suspects *suspects;
    float p[HAND][2];
    hand_answers(p);
    net_ok(f, inki_suspects_judge(f->ctx, data, p[0], NULL, &suspects));
    check(suspects, 0, 7, "label", 0, SIZE_MAX);
    check(suspects, 1, 3, "label", 1, SIZE_MAX);
    check(suspects, 2, 6, "duplicate", 1, 0);
    check(suspects, 3, 9, "duplicate", -1, 2);
    assert_null(ink_suspects_get(suspects, 4));
    ink_suspects_free(suspects);
    ink_data_free(data);
}

static void in_the_test_part(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = hand_data(f);
    ink_suspects *suspects;
    float p[HAND][2];
    hand_answers(p);
    data->test = hand_data(f);
    net_ok(f, inki_suspects_judge(f->ctx, data, p[0], NULL, &suspects));
    const ink_suspect *suspect = ink_suspects_get(suspects, 2);
    assert_true(suspect->row == 0 && suspect->twin == 0 && suspect->twin_in_test);
    assert_non_null(ink_suspects_get(suspects, 13)); /* two labels, two contradictions, ten rows of the test part */
    assert_null(ink_suspects_get(suspects, 14));
    ink_suspects_free(suspects);
    ink_data_free(data);
}

/* Rarities from INKI_OUTLYING_FROM on are listed, the rarest first; rows without one are not. */
static void unlike_by_hand(void **state)
{
    const struct fixture *f = *state;
    const double rarity[HAND] = {1, 7.5, NAN, 0, 12, 6.9, 2, 1, 3, NAN};
    ink_data *data = hand_data(f);
    ink_suspects *suspects;
    float p[HAND][2];
    hand_answers(p);
    net_ok(f, inki_suspects_judge(f->ctx, data, p[0], rarity, &suspects));
    check(suspects, 4, 4, "unlike", 1, SIZE_MAX);
    check(suspects, 5, 1, "unlike", 0, SIZE_MAX);
    net_near((double)ink_suspects_get(suspects, 5)->share, exp(-7.5), 1e-8);
    assert_true(isnan(ink_suspects_get(suspects, 0)->share) && isnan(ink_suspects_get(suspects, 4)->distance));
    assert_null(ink_suspects_get(suspects, 6));
    assert_true(ink_suspects_sought(suspects, "unlike") && !ink_suspects_sought(suspects, "near"));
    ink_suspects_free(suspects);
    ink_data_free(data);
}

/* ---------------------------------------------------------------- images */

enum { SIDE = 20, PIXELS = SIDE * SIDE, DRAWN = 60, COPIES = 6, IMAGES = DRAWN + COPIES };

static int within(int value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

/* Four blots on black. */
static void draw(uint64_t seed, uint8_t *x)
{
    float at[8];
    net_values(seed, 8, 4, 15, at);
    for (int i = 0; i < PIXELS; i++) {
        double ink = 0;
        for (size_t k = 0; k < 8; k += 2) {
            const double down = i / SIDE - (double)at[k], right = i % SIDE - (double)at[k + 1];
            ink += 220 * exp(-(down * down + right * right) / 3);
        }
        x[i] = (uint8_t)within((int)ink);
    }
}

/* Copy `kind` of an image: moved, darker, with noise, all of it, inverted, and in a mirror; the last two are other images. */
static void copy(size_t kind, const uint8_t *from, uint8_t *to)
{
    float noise[PIXELS];
    net_values(99, PIXELS, -9, 9, noise);
    for (int i = 0; i < PIXELS; i++) {
        const int moved = i >= SIDE - 1 ? from[i - SIDE + 1] : 0;
        const int kinds[COPIES] = {moved,
                                   3 * from[i] / 4,
                                   within(from[i] + (int)noise[i]),
                                   within(3 * moved / 4 + (int)noise[i]),
                                   255 - from[i],
                                   from[i / SIDE * SIDE + SIDE - 1 - i % SIDE]};
        to[i] = (uint8_t)kinds[kind];
    }
}

static ink_data *images_of(const struct fixture *f, uint8_t (*x)[PIXELS], const float *floats, const int32_t *labels,
                           size_t rows)
{
    const ink_rows all = {.size = sizeof all,
                          .rows = rows,
                          .features = PIXELS,
                          .bytes = floats ? NULL : x[0],
                          .floats = floats,
                          .labels = labels,
                          .classes = 2,
                          .height = SIDE,
                          .width = SIDE,
                          .channels = 1};
    ink_data *data;
    net_ok(f, ink_data_wrap(f->ctx, &all, &data));
    return data;
}

static void check_near(const struct fixture *f, const ink_data *data)
{
    struct inki_near own[IMAGES], there[IMAGES];
    net_ok(f, inki_near_each(f->ctx, data, data->test, own, there));
    for (size_t i = 0; i < IMAGES; i++) {
        const bool near = i >= DRAWN && i < DRAWN + 4;
        assert_int_equal(own[i].row, near ? i - DRAWN : UINT32_MAX);
        assert_int_equal(there[i].row, i >= 2 * COPIES && i < 2 * COPIES + 4 ? i - 2 * COPIES : UINT32_MAX);
        if (near) assert_true(own[i].distance >= 0 && (double)own[i].distance < INKI_NEAR_MOST);
    }
}

/* Copies of other labels, and in the test part, are found, however many threads look, in floats too. */
static void images_nearly_the_same(void **state)
{
    const struct fixture *f = *state;
    static uint8_t x[IMAGES][PIXELS], test[COPIES][PIXELS];
    static float floats[IMAGES * PIXELS];
    int32_t labels[IMAGES];
    for (size_t i = 0; i < IMAGES; i++) labels[i] = i >= DRAWN;
    for (size_t i = 0; i < DRAWN; i++) draw(i + 1, x[i]);
    for (size_t i = 0; i < COPIES; i++) copy(i, x[i], x[DRAWN + i]);
    for (size_t i = 0; i < COPIES; i++) copy(i, x[2 * COPIES + i], test[i]);
    for (size_t i = 0; i < IMAGES; i++)
        for (size_t k = 0; k < PIXELS; k++) floats[i * PIXELS + k] = (float)x[i][k] / 255 - 0.5f;
    ink_data *data = images_of(f, x, NULL, labels, IMAGES), *as_floats = images_of(f, NULL, floats, labels, IMAGES);
    data->test = images_of(f, test, NULL, labels, COPIES);
    assert_true(inki_near_can(data));
    net_ok(f, ink_ctx_set_threads(f->ctx, 1));
    check_near(f, data);
    net_ok(f, ink_ctx_set_threads(f->ctx, 3));
    check_near(f, data);
    struct inki_near own[IMAGES], there[IMAGES];
    net_ok(f, inki_near_each(f->ctx, as_floats, NULL, own, there));
    for (size_t i = 0; i < COPIES; i++) assert_int_equal(own[DRAWN + i].row, i < 4 ? i : UINT32_MAX);
    ink_data_free(as_floats);
    ink_data_free(data);
}

static ink_status near_sweep(struct fixture *f, void *arg)
{
    struct inki_near own[IMAGES], there[IMAGES];
    return inki_near_each(f->ctx, arg, NULL, own, there);
}

static void near_without_memory(void **state)
{
    struct fixture *f = *state;
    static float floats[4 * PIXELS];
    const int32_t labels[4] = {0, 1, 0, 1};
    net_values(3, 4 * PIXELS, 0, 1, floats);
    ink_data *data = images_of(f, NULL, floats, labels, 4);
    assert_true(help_sweep(f, near_sweep, data) >= 5);
    ink_data_free(data);
}

/* -------------------------------------------------------------------- page */

static bool to_nowhere(void *user, const char *bytes, size_t count)
{
    *(size_t *)user += count;
    return bytes != NULL;
}

static bool refuse(void *user, const char *bytes, size_t count)
{
    (void)user, (void)bytes, (void)count;
    return false;
}

static ink_status page_sweep(struct fixture *f, void *arg)
{
    const double rarity[HAND] = {0, 0, 0, 0, 8};
    ink_suspects *suspects;
    size_t size = 0;
    float p[HAND][2];
    hand_answers(p);
    ink_status status = inki_suspects_judge(f->ctx, arg, p[0], rarity, &suspects);
    if (status == INK_OK) status = ink_suspects_write(f->ctx, suspects, arg, "Suspects <1>", to_nowhere, &size);
    assert_true((size > 0) == (status == INK_OK));
    ink_suspects_free(suspects);
    return status;
}

static void page_by_hand(void **state)
{
    struct fixture *f = *state;
    ink_data *data = hand_data(f);
    ink_suspects *suspects;
    float p[HAND][2];
    data->test = hand_data(f);
    assert_true(help_sweep(f, page_sweep, data) >= 10);
    hand_answers(p);
    net_ok(f, inki_suspects_judge(f->ctx, data, p[0], NULL, &suspects));
    net_fails(f, ink_suspects_write(f->ctx, suspects, data, "", refuse, NULL), INK_IO, "page could not be written");
    ink_suspects_free(suspects);
    ink_data_free(data);
}

/* ---------------------------------------------------------------- training */

struct story {
    size_t calls, last, total;
    bool cancel;
};

static bool on_progress(void *user, const ink_progress *now)
{
    struct story *story = user;
    story->calls++;
    assert_true(now->step >= story->last && now->step <= now->steps_total);
    story->last = now->step;
    story->total = now->steps_total;
    return !story->cancel;
}

static void wrong_labels_are_found(void **state)
{
    enum { ROWS = 240, WRONG = 12 };
    struct fixture *f = *state;
    struct story story = {0};
    const ink_hooks hooks = {sizeof hooks, on_progress, &story};
    ink_data *data = net_clusters(f, 5, ROWS, 6, 3, 0.4f);
    ink_suspects *suspects;
    size_t right = 0, count = 0;
    net_reset(f, "hidden=8; epochs=20; batch=20; optimizer=momentum; lr=0.05");
    for (size_t i = 0; i < WRONG; i++) data->labels[20 * i] = (data->labels[20 * i] + 1) % 3;
    net_ok(f, ink_suspects_find(f->ctx, data, f->set, &hooks, &suspects));
    for (const ink_suspect *s; (s = ink_suspects_get(suspects, count)); count++) right += s->row % 20 == 0;
    assert_int_equal(right, WRONG);
    assert_true(count <= WRONG + 2);
    assert_true(story.calls >= 80 && story.last == story.total && story.total == 4 * 20 * 9);
    assert_string_equal(ink_settings_get(f->set, "folds"), "none"); /* the caller's settings stay */
    ink_suspects_free(suspects);
    story = (struct story){.cancel = true};
    net_fails(f, ink_suspects_find(f->ctx, data, f->set, &hooks, &suspects), INK_CANCELLED, "cancelled");
    assert_null(suspects);
    net_set(f, "repeat=2");
    net_fails(f, ink_suspects_find(f->ctx, data, f->set, NULL, &suspects), INK_BAD_SETTING, "repeat");
    ink_data_free(data);
}

/* Of images of two kinds those with noise all over are listed as unlike all others, and little else. */
static void unlike_rows_are_found(void **state)
{
    enum { ROWS = 1640, STRANGE = 4 };
    struct fixture *f = *state;
    static uint8_t x[ROWS][PIXELS];
    int32_t labels[ROWS];
    float noise[PIXELS];
    ink_suspects *suspects;
    size_t right = 0, count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (int32_t)(i % 2);
        net_values(i, PIXELS, 0, 40, noise);
        for (size_t k = 0; k < PIXELS; k++) {
            const bool ink = k / SIDE > 6 && k / SIDE < 13 && (labels[i] ? k % SIDE < 9 : k % SIDE > 10);
            x[i][k] = (uint8_t)(i % 400 == 7 ? 6 * noise[k] : (ink ? 200 : 0) + noise[k]);
        }
    }
    ink_data *data = images_of(f, x, NULL, labels, ROWS);
    net_reset(f, "hidden=6; epochs=2; batch=50");
    net_ok(f, ink_suspects_find(f->ctx, data, f->set, NULL, &suspects));
    assert_true(ink_suspects_sought(suspects, "unlike") && ink_suspects_sought(suspects, "near"));
    for (const ink_suspect *s; (s = ink_suspects_get(suspects, count)); count++)
        if (strcmp(s->kind, "unlike") == 0) right += s->row % 400 == 7;
    assert_int_equal(right, STRANGE + 1);
    assert_true(count <= STRANGE + 6);
    ink_suspects_free(suspects);
    ink_data_free(data);
}

/* Whatever each row has goes with it. */
static void rows_are_dropped(void **state)
{
    const struct fixture *f = *state;
    static const char table[] = "id,a,b,y\nu,1,2,no\nv,3,4,yes\nw,5,6,no\nx,7,8,yes\n";
    help_set(f, "drop-rows", help_write(f, "drop.csv", "row\n3\n1\n3\n", 10));
    ink_data *data = help_load(f, help_write(f, "t.csv", table, sizeof table - 1));
    float x[2];
    assert_int_equal(data->rows, 2);
    assert_int_equal(ink_data_row(data, 1, x), 0);
    assert_true(x[0] == 5 && x[1] == 6);
    assert_string_equal(ink_data_id(data, 1), "w");
    assert_int_equal(data->classes, 2);
    ink_data_free(data);
}

static ink_status judge_sweep(struct fixture *f, void *arg)
{
    float p[HAND][2];
    ink_suspects *suspects;
    hand_answers(p);
    ink_status status = inki_suspects_judge(f->ctx, arg, p[0], NULL, &suspects);
    assert_true(!suspects == (status != INK_OK));
    ink_suspects_free(suspects);
    return status;
}

static ink_status load_sweep(struct fixture *f, void *arg)
{
    ink_data *data;
    ink_status status = ink_data_load(f->ctx, arg, f->set, &data);
    ink_data_free(data);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    static const char table[] = "a,y\n1,no\n3,yes\n5,no\n", marks[] = "row,label,answer\n1,yes,no\n";
    ink_data *data = hand_data(f);
    data->test = hand_data(f);
    assert_true(help_sweep(f, judge_sweep, data) >= 8);
    ink_data_free(data);
    help_set(f, "drop-rows", help_write(f, "marks.csv", marks, sizeof marks - 1));
    help_set(f, "relabel", ink_settings_get(f->set, "drop-rows"));
    char *path = strdup(help_write(f, "t.csv", table, sizeof table - 1));
    assert_true(help_sweep(f, load_sweep, path) >= 8);
    free(path);
}

int main(void)
{
    /* clang-format off */
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(judged_by_hand), CASE(in_the_test_part), CASE(unlike_by_hand), CASE(images_nearly_the_same), CASE(near_without_memory), CASE(page_by_hand),
        CASE(wrong_labels_are_found), CASE(unlike_rows_are_found), CASE(rows_are_dropped), CASE(without_memory),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
