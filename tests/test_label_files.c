/* test_label_files: labels in a table of their own, for the rows of another file.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"

#include <string.h>

static void labels_of_their_own(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *text, *classes[3];
    } cases[] = {
        {"2\n0\n1\n", {"2", "0", "1"}},
        {"label\n2\n0\n1\n", {"2", "0", "1"}},
        {"cat\ndog\ncat\n", {"cat", "dog", "cat"}},
        {"ankle boot\nt-shirt top\nankle boot\n", {"ankle boot", "t-shirt top", "ankle boot"}},
        {"Class\ncat\ndog\ncat\n", {"cat", "dog", "cat"}},
        {"ID,label\n0,5\n1,6\n2,5\n", {"5", "6", "5"}},
        {"ImageId,Label\n1,5\n2,6\n3,5\n", {"5", "6", "5"}},
        {"0,5\n1,6\n2,5\n", {"5", "6", "5"}},
        {"1,cat\n2,dog\n3,ox\n", {"cat", "dog", "ox"}},
        {",0\n0,7\n1,8\n2,7\n", {"7", "8", "7"}},
        {"row;digit\n1;7\n2;8\n3;7\n", {"7", "8", "7"}},
        {"name,kind\na.png,cat\nb.png,dog\nc.png,ox\n", {"cat", "dog", "ox"}},
        {"kind,type\ncat,dog\ndog,cat\nox,ox\n", {NULL, NULL, NULL}},
        {"filename,label\nb.png,cat\na.png,dog\nc.png,ox\n", {"cat", "dog", "ox"}},
        {"a,b,target,c\n1,2,7,4\n1,2,8,4\n1,2,9,4\n", {"7", "8", "9"}},
    };
    const char *x = table_write(f, "x.csv", "a,b\n1,2\n3,4\n5,6\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        table_write(f, "y.csv", cases[i].text);
        if (!cases[i].classes[0]) {
            help_load_fails(f, x, INK_BAD_DATA,
                            "y.csv: 2 columns may hold the labels|--label-column type or --label-column kind");
            continue;
        }
        ink_data *data = help_load(f, x);
        for (size_t r = 0; r < 3; r++)
            assert_string_equal(ink_data_class(data, (size_t)inki_data_label(data, r)), cases[i].classes[r]);
        assert_non_null(strstr(f->note, "classes from "));
        assert_null(strstr(f->note, "no column"));
        ink_data_free(data);
    }
}

static void label_files_given(void **state)
{
    const struct fixture *f = *state;
    const char *x = table_write(f, "samples.csv", "id,a,y\n4,1,2\n5,3,4\n");
    const char *labels = table_write(f, "answers.csv", "Id,kind,sort\n4,cat,7\n5,dog,8\n");
    help_set(f, "labels", labels);
    help_load_fails(f, x, INK_BAD_SETTING, "already contains labels"); /* the column y */
    help_set(f, "label-column", "none");
    ink_data *data = help_load(f, x);
    table_row_is(data, 1, "3 4 dog"); /* the only words of the labels file */
    ink_data_free(data);
    x = table_write(f, "samples.csv", "id,a\n4,1\n5,3\n");
    help_set(f, "label-column", "sort");
    data = help_load(f, x);
    table_row_is(data, 1, "3 8");
    ink_data_free(data);
    help_set(f, "label-column", "auto");
    table_write(f, "answers.csv", "Id,kind\n5,cat\n4,dog\n");
    data = help_load(f, x); /* by their ids */
    table_row_is(data, 0, "1 dog");
    table_row_is(data, 1, "3 cat");
    ink_data_free(data);
    table_write(f, "answers.csv", "Id,kind\n5,cat\n6,dog\n4,ox\n");
    data = help_load(f, x);
    table_row_is(data, 0, "1 ox");
    ink_data_free(data);
    assert_non_null(strstr(f->notes, "1 labels are of ids that"));
    table_write(f, "answers.csv", "Id,kind\n5,cat\n6,dog\n7,dog\n");
    help_load_fails(f, x, INK_BAD_DATA, "samples.csv: row 1 is id '4', which |answers.csv has no label for|--drop id");
    table_write(f, "answers.csv", "Id,kind\n5,cat\n4,dog\n5,ox\n");
    help_load_fails(f, x, INK_BAD_DATA, "answers.csv: id '5' is there twice, in rows 1 and 3");
    x = table_write(f, "other.csv", "a,b\n1,2\n5,3\n"); /* rows without ids */
    table_write(f, "answers.csv", "Id,kind\n5,cat\n4,dog\n");
    help_load_fails(f, x, INK_BAD_DATA, "answers.csv:3:1: number 4 follows 5: labels must be in the order");
    x = help_path(f, "samples.csv");
    table_write(f, "answers.csv", "Id,kind\n5,cat\n4,\n");
    data = help_load(f, x);
    assert_int_equal(data->rows, 1);
    table_row_is(data, 0, "3 cat");
    ink_data_free(data);
    assert_non_null(strstr(f->notes, "answers.csv:3:2: the label is missing here: 1 row of 2 left out"));
    table_write(f, "answers.csv", "Id,kind\n5,\n4,\n");
    help_load_fails(f, x, INK_BAD_DATA, "answers.csv:2:2: the label is missing here, and in all other rows");
    table_write(f, "answers.csv", "kind\n");
    help_load_fails(f, x, INK_BAD_FILE, "answers.csv:2: the file ends after its header");
}

/* A header that is a number, as pandas writes it, looks like a label. */
static void header_that_is_a_number(void **state)
{
    const struct fixture *f = *state;
    const char *x = table_write(f, "x.csv", "a,b\n1,2\n3,4\n");
    table_write(f, "y.csv", "0\n5\n6\n");
    help_load_fails(f, x, INK_BAD_DATA, "y.csv has 3 labels, but |x.csv has 2 rows");
    assert_non_null(strstr(f->note, "y.csv: one label more than rows; if its first row is a header: --header yes"));
    help_set(f, "header", "yes");
    ink_data *data = help_load(f, x);
    table_row_is(data, 1, "3 4 6");
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(labels_of_their_own),
        TEST(label_files_given),
        TEST(header_that_is_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
