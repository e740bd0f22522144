/* test_category: the words of columns: copied, matched, joined, part of a fingerprint.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/mem.h"
#include "data/category.h"

#include <math.h>
#include <string.h>

static char *colours[] = {"red", "green", ""}, *more_colours[] = {"blue", "green"};
static const struct inki_category some[] = {{colours, 3}, {NULL, 0}}, other[] = {{more_colours, 2}, {NULL, 0}};

static void copied(void **state)
{
    const struct fixture *f = *state;
    struct inki_category *copy;
    assert_int_equal(inki_categories_copy(f->ctx, some, 2, &copy), INK_OK);
    assert_true(inki_categories_same(copy, some, 2) && !inki_categories_same(copy, other, 2));
    assert_false(inki_categories_same(copy, NULL, 2));
    assert_true(inki_categories_same(NULL, NULL, 2));
    assert_int_equal(copy[1].count, 0);
    assert_int_equal(inki_category_find(copy, "green"), 1);
    assert_int_equal(inki_category_find(copy, "Green"), -1);
    assert_true(inki_categories_hash(1, copy, 2) == inki_categories_hash(1, some, 2));
    assert_true(inki_categories_hash(1, other, 2) != inki_categories_hash(1, some, 2));
    assert_true(inki_categories_hash(1, NULL, 2) == 1);
    inki_free(copy);
    int32_t map[2];
    assert_int_equal(inki_category_map(f->ctx, &some[0], &other[0], map), INK_OK);
    assert_true(map[0] == -1 && map[1] == 1);
}

static ink_data *make(const struct fixture *f, const struct inki_category *words, const float *x)
{
    ink_data *data;
    assert_int_equal(inki_data_begin(f->ctx, "memory", &data), INK_OK);
    float *room = inki_data_room(f->ctx, data, 6, sizeof *room);
    memcpy(room, x, 6 * sizeof *room);
    data->floats = room;
    assert_int_equal(inki_data_set_shape(f->ctx, data, (size_t[]){3, 2}, 2, "memory"), INK_OK);
    if (words) assert_int_equal(inki_categories_copy(f->ctx, words, 2, &data->categories), INK_OK);
    return data;
}

/* The second's numbers become those of the list that has the words of both. */
static void joined(void **state)
{
    const struct fixture *f = *state;
    const float x[] = {0, 5, 2, 6, 1, 7}, y[] = {0, 8, NAN, 9, 1, 1};
    ink_data *first = make(f, some, x), *second = make(f, other, y), *numbers = make(f, NULL, y), *both;
    assert_int_equal(inki_data_join(f->ctx, first, second, &both), INK_OK);
    const float expected[] = {0, 5, 2, 6, 1, 7, 3, 8};
    assert_memory_equal(both->floats, expected, sizeof expected);
    assert_true(isnan(both->floats[8]) && both->floats[10] == 1);
    assert_int_equal(both->categories[0].count, 4);
    assert_string_equal(both->categories[0].words[3], "blue");
    ink_data_free(both);
    assert_int_equal(inki_data_join(f->ctx, first, numbers, &both), INK_BAD_DATA);
    help_message_has(f, "feature 1 holds words in one part and numbers in the other");
    assert_null(both);
    assert_true(ink_data_fingerprint(second) != ink_data_fingerprint(numbers));
    ink_data_free(first);
    ink_data_free(second);
    ink_data_free(numbers);
}

static ink_status join_once(struct fixture *f, void *arg)
{
    ink_data **parts = arg, *both;
    ink_status status = inki_data_join(f->ctx, parts[0], parts[1], &both);
    if (status == INK_OK) {
        ink_data *copy;
        status = inki_data_copy(f->ctx, both, &copy);
        ink_data_free(copy);
    }
    ink_data_free(both);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    const float x[] = {0, 5, 2, 6, 1, 7};
    ink_data *parts[] = {make(f, some, x), make(f, other, (float[]){0, 1, 1, 2, 0, 3})};
    assert_true(help_sweep(f, join_once, parts) > 5);
    ink_data_free(parts[0]);
    ink_data_free(parts[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(copied), TEST(joined), TEST(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
