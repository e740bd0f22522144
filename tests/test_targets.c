/* test_targets: label columns that hold numbers to predict, by the setting task and by what is in them.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A table of a column a and a target of count values, `times` each, of this form. */
static const char *write_values(const struct fixture *f, const char *name, const char *form, size_t count, size_t times)
{
    char *text = malloc(64 + 32 * count * times);
    size_t used = (size_t)sprintf(text, "a,%s\n", name);
    for (size_t i = 0; i < count * times; i++) {
        used += (size_t)sprintf(text + used, "%zu.5,", i * 7 % 11);
        used += (size_t)sprintf(text + used, form, (int)(i % count));
        used += (size_t)sprintf(text + used, "\n");
    }
    const char *path = table_write(f, "t.csv", text);
    free(text);
    return path;
}

/* classes, or 0 for numbers to predict */
static void classes_are(const struct fixture *f, const char *path, size_t classes)
{
    ink_data *data = help_load(f, path);
    assert_int_equal(data->classes, classes);
    assert_int_equal(data->target_count, classes ? 0 : 1);
    assert_true(!data->labels == !classes && !data->targets == (classes > 0));
    ink_data_free(data);
}

static void by_what_is_in_it(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "2");
    classes_are(f, write_values(f, "price", "%d", 10, 2), 10);
    classes_are(f, write_values(f, "price", "%d", 11, 2), 0);
    classes_are(f, write_values(f, "price", "%d", 20, 20), 20);
    classes_are(f, write_values(f, "price", "%d", 20, 19), 0);
    classes_are(f, write_values(f, "price", "%d", 21, 20), 0);
    classes_are(f, write_values(f, "label", "%d", 21, 20), 21);
    classes_are(f, write_values(f, "price", "%d.5", 3, 20), 0);
    classes_are(f, write_values(f, "price", "0%d", 30, 2), 30);
    classes_are(f, write_values(f, "price", "w%d", 30, 2), 30);
}

static void by_the_setting(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "2");
    help_set(f, "task", "regress");
    classes_are(f, write_values(f, "price", "%d", 3, 9), 0);
    help_load_fails(f, table_write(f, "w.csv", "a,b\n1,2\n3,x\n"), INK_BAD_DATA,
                    "w.csv:3:2: the target 'x' is not a number|--task classify");
    ink_data *data = help_load(f, table_write(f, "w.csv", "a,b\n1,2\n3,\n5,-\n7,4\n"));
    assert_non_null(strstr(f->notes, "w.csv:3:2: the target is missing here, and in other rows: 2 rows of 4 left out"));
    assert_true(data->rows == 2 && data->targets[0] == 2 && data->targets[1] == 4 && data->bytes[1] == 7);
    ink_data_free(data);
    help_load_fails(f, table_write(f, "w.csv", "a,b\n1,2\n3,1e39\n"), INK_BAD_DATA, "that a 32-bit float holds");
    help_set(f, "task", "classify");
    classes_are(f, write_values(f, "price", "%d", 300, 1), 300);
    help_load_fails(f, write_values(f, "price", "%d.5", 3, 3), INK_BAD_DATA,
                    "neither a word nor an integer|--task regress");
}

static void values_and_names(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "price");
    ink_data *data = help_load(f, table_write(f, "t.csv", "price,a,b\n1.5,1,2\n-3e2,3,4\n0.25,5,6\n"));
    assert_non_null(strstr(f->note, "rows 3, 2 features, numbers to predict, target column \"price\";"));
    assert_string_equal(ink_data_target(data, 0), "price");
    const float expected[] = {1.5F, -300, 0.25F};
    assert_memory_equal(data->targets, expected, sizeof expected);
    ink_data *copy;
    assert_int_equal(inki_data_copy(f->ctx, data, &copy), INK_OK);
    assert_true(ink_data_fingerprint(copy) == ink_data_fingerprint(data));
    ink_data_free(copy);
    ink_data_free(data);
    data = help_load(f, table_write(f, "c.csv", "price;a;b\n1,5;1;2\n2.000,25;3;4\n"));
    assert_true(data->targets[0] == 1.5F && data->targets[1] == 2000.25F);
    ink_data_free(data);
}

/* Several label columns are one-hot, unless some row is not. */
static void several(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "u,v");
    ink_data *data = help_load(f, table_write(f, "t.csv", "a,v,u\n1,0,1\n2,1,0\n"));
    assert_int_equal(data->classes, 2);
    ink_data_free(data);
    data = help_load(f, table_write(f, "t.csv", "a,v,u\n1,0,1\n2,1,0.5\n"));
    assert_int_equal(data->target_count, 2);
    assert_string_equal(ink_data_target(data, 0), "v");
    assert_string_equal(ink_data_target(data, 1), "u");
    const float expected[] = {0, 1, 1, 0.5F};
    assert_memory_equal(data->targets, expected, sizeof expected);
    ink_data_free(data);
    data = help_load(f, table_write(f, "t.csv", "a,v,u\n1,0,3\n2,,\n4,5,1\n"));
    assert_non_null(strstr(f->notes, "t.csv:3:2: the target is missing here: 1 row of 3 left out"));
    assert_true(data->rows == 2 && data->target_count == 2 && data->targets[2] == 5 && data->targets[3] == 1);
    ink_data_free(data);
    help_set(f, "task", "regress");
    data = help_load(f, table_write(f, "t.csv", "a,v,u\n1,0,1\n2,1,0\n"));
    assert_int_equal(data->target_count, 2);
    ink_data_free(data);
}

static void other_files(void **state)
{
    const struct fixture *f = *state;
    const char *labels = table_write(f, "y.csv", "id,price\n2,0.5\n1,2.5\n");
    help_set(f, "labels", labels);
    ink_data *data = help_load(f, table_write(f, "x.csv", "id,a,b\n1,3,4\n2,5,6\n"));
    assert_true(data->targets && data->targets[0] == 2.5F && data->targets[1] == 0.5F);
    assert_string_equal(ink_data_target(data, 0), "price");
    ink_data_free(data);
    help_load_fails(f, table_write(f, "x.csv", "a,b\n3,4\n5,6\n7,8\n"), INK_BAD_DATA, "must be in the order|sort them");
    help_set(f, "labels", table_write(f, "y.csv", "price\n0.5\n2.5\n"));
    help_load_fails(f, table_write(f, "x.csv", "a,b\n3,4\n5,6\n7,8\n"), INK_BAD_DATA, "2 labels|3 rows");
    help_set(f, "labels", "");
    help_set(f, "label-column", "c");
    data = help_load(
        f, table_write(f, "t.arff", "@relation r\n@attribute a real\n@attribute c real\n@data\n1,2.5\n2,3\n{1 7}\n"));
    assert_true(data->targets[0] == 2.5F && data->targets[1] == 3 && data->targets[2] == 7);
    ink_data_free(data);
    help_set(f, "task", "regress");
    data =
        help_load(f, table_write(f, "t.arff", "@relation r\n@attribute a real\n@attribute c {1,2}\n@data\n1,2\n2,1\n"));
    assert_true(data->targets[0] == 2 && data->targets[1] == 1);
    ink_data_free(data);
    help_set(f, "task", "auto");
    data = help_load(f, table_write(f, "t.jsonl", "{\"a\": 1, \"c\": 0.5}\n{\"a\": 2, \"c\": 1.5}\n"));
    assert_true(data->targets[0] == 0.5F && data->targets[1] == 1.5F);
    ink_data_free(data);
}

/* Validation rows of their own, and rows for a model, are read for the same task. */
static void for_training_rows(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "p");
    ink_data *data = help_load(f, write_values(f, "p", "%d.5", 12, 2)), *train, *valid, *test;
    help_set(f, "label-column", "auto");
    help_set(f, "val", table_write(f, "v.csv", "p,a\n3,1.5\n4,2\n"));
    assert_int_equal(ink_data_split(f->ctx, data, f->set, &train, &valid, &test), INK_OK);
    assert_true(valid->targets && valid->targets[0] == 3 && valid->targets[1] == 4);
    ink_data_free(valid);
    ink_data_free(train);
    ink_data_free(data);
}

static ink_status load_once(struct fixture *f, void *arg)
{
    ink_data *data;
    ink_status status = ink_data_load(f->ctx, arg, f->set, &data);
    ink_data_free(data);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    help_set(f, "label-column", "p");
    char path[256];
    snprintf(path, sizeof path, "%s", table_write(f, "p.csv", "a,p\n1,2.5\n2,3\n"));
    assert_true(help_sweep(f, load_once, path) > 5);
    snprintf(path, sizeof path, "%s", write_values(f, "p", "%d", 30, 2));
    assert_true(help_sweep(f, load_once, path) > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(by_what_is_in_it), TEST(by_the_setting), TEST(values_and_names),
                                       TEST(several),          TEST(other_files),    TEST(for_training_rows),
                                       TEST(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
