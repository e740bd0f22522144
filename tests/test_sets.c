/* test_sets: named sets that are tables: which files they are, what is predicted, how their columns are called.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "data/decided.h"
#include "inkling-extra.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* NAME/FILE in the test's folder, which is where sets are looked for. */
static void put(const struct fixture *f, const char *name, const char *file, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", name, file);
    mkdir(help_path(f, name), 0777);
    help_write(f, path, text, strlen(text));
    help_set(f, "data-path", f->folder);
}

/* Every set says what brings it; tables say what is predicted, and images are known by their content. */
static void rows(void **state)
{
    (void)state;
    char fetch[64];
    for (size_t i = 0; i < ink_named_set_count(); i++) {
        const ink_named_set *set = ink_named_set_row(i);
        snprintf(fetch, sizeof fetch, "inkling fetch %s", set->name);
        assert_string_equal(set->fetch, fetch);
        assert_true((set->target != NULL) == (set->fingerprint == 0));
        assert_non_null(ink_named_set_file(i, 0));
        for (size_t k = 0; ink_named_set_file(i, k); k++) {
            const ink_named_file *file = ink_named_set_file(i, k), *next = ink_named_set_file(i, k + 1);
            assert_int_equal(strlen(file->sha256), 64);
            assert_true(!next || next->bytes >= file->bytes);
        }
    }
}

static void target_of(const struct fixture *f, const char *target, size_t features)
{
    ink_data *data = help_load(f, "mpg");
    assert_string_equal(inki_decided_target(data->decided), target);
    assert_int_equal(data->features, features);
    assert_null(data->test);
    ink_data_free(data);
}

/* The set's own target, unless another is given; none of what else the folder holds. */
static void one_file(void **state)
{
    const struct fixture *f = *state;
    put(f, "mpg", "other.csv", "nothing\n");
    put(f, "mpg", "mpg.csv", "mpg,weight,class\n1,3.5,0\n2,3.25,1\n1,3,0\n2,4.5,1\n");
    target_of(f, "mpg", 2);
    help_set(f, "label-column", "class");
    target_of(f, "class", 2);
    help_set(f, "label-column", "last");
    target_of(f, "class", 2);
    help_set(f, "label-column", "auto");
    help_set(f, "labels", "some.csv");
    help_load_fails(f, "mpg", INK_BAD_SETTING, "labels: mpg already contains labels");
}

#define AGE_TO_COUNTRY(n) #n ", 1, 2.5, 1, 13, 1, 1, 1, 1, 1, 2174, 0, 40, 1, "
static const char rich[] = AGE_TO_COUNTRY(39) "<=50K\n" AGE_TO_COUNTRY(50) ">50K\n" AGE_TO_COUNTRY(38) "<=50K\n\n";

/* Two files without names of columns: the second, behind a comment, is the test part. */
static void two_files(void **state)
{
    const struct fixture *f = *state;
    put(f, "adult", "adult.data", rich);
    ink_data *data = help_load(f, "adult");
    assert_int_equal(data->rows, 3);
    assert_int_equal(data->features, 14);
    assert_string_equal(data->columns[0], "age");
    assert_string_equal(data->columns[13], "native-country");
    assert_string_equal(inki_decided_target(data->decided), "income");
    assert_null(data->test);
    ink_data_free(data);
    put(f, "adult", "adult.test", "|1x3 Cross validator\n" AGE_TO_COUNTRY(25) ">50K\n" AGE_TO_COUNTRY(28) "<=50K\n\n");
    data = help_load(f, "adult");
    assert_non_null(data->test);
    assert_int_equal(data->test->rows, 2);
    assert_int_equal(data->test->labels[0], 1);
    assert_int_equal(data->test->labels[1], 0);
    assert_string_equal(data->test->columns[10], "capital-gain");
    ink_data_free(data);
    put(f, "adult", "adult.test", "|1x3 Cross validator\n25, 1\n");
    help_load_fails(f, "adult", INK_BAD_DATA, "adult.test:2");
}

static ink_status load_adult(struct fixture *f, void *arg)
{
    ink_data *data;
    (void)arg;
    ink_status status = ink_data_load(f->ctx, "adult", f->set, &data);
    ink_data_free(data);
    return status;
}

/* Memory that ends anywhere is said, and nothing is left. */
static void no_memory(void **state)
{
    struct fixture *f = *state;
    put(f, "adult", "adult.data", rich);
    put(f, "adult", "adult.test", rich);
    assert_true(help_sweep(f, load_adult, NULL) > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(rows), TEST(one_file), TEST(two_files), TEST(no_memory)};
    return cmocka_run_group_tests_name("sets", tests, NULL, NULL);
}
