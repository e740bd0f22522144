/* test_told: what a file is and which of its arrays and shapes count, told by settings; files of other kinds.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include <stdio.h>
#include <string.h>

#ifdef INKI_HAVE_LIBZIP
/* Which arrays, told by the setting. */
static void npz_told(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "arrays", "foo,bar");
    ink_data *data = help_load(f, FIXTURES "strange.npz");
    assert_non_null(data->labels);
    assert_non_null(strstr(f->note, "npz, rows \"foo\", labels \"bar\""));
    ink_data_free(data);
    help_set(f, "arrays", "x_test");
    data = help_load(f, FIXTURES "lopsided.npz");
    assert_null(data->labels);
    assert_null(data->test);
    ink_data_free(data);
    help_set(f, "arrays", "x_train,y_train");
    data = help_load(f, FIXTURES "keras.npz");
    assert_non_null(data->test);
    ink_data_free(data);
    help_load_fails(f, FIXTURES "strange.npz", INK_BAD_SETTING, "arrays: 'x_train,y_train' is not in|foo, bar");
    static const char *const wrong[] = {"", ",", "foo,", ",bar", "foo,bar,", "bar,baz"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        help_set(f, "arrays", wrong[i]);
        help_load_fails(f, FIXTURES "strange.npz", INK_BAD_SETTING, "arrays: | holds: foo, bar");
    }
}

/* Labels for the rows of another file: the only array, or that of a known name. */
static void labels_of_npz(void **state)
{
    const struct fixture *f = *state;
    char text[16 + 12 * 4] = "a,b\n";
    for (int i = 0; i < 12; i++) snprintf(text + 4 + 4 * i, 5, "%d,%d\n", i % 10, i % 7);
    const char *path = help_write(f, "rows.csv", text, strlen(text));
    help_set(f, "label-column", "none");
    help_set(f, "labels", FIXTURES "strange.npz");
    help_load_fails(f, path, INK_BAD_DATA, "strange.npz: none of its arrays is called y or labels; save the labels");
    help_set(f, "labels", FIXTURES "pair.npz");
    help_load_fails(f, path, INK_BAD_DATA, "pair.npz has |labels, but |12 rows");
    help_set(f, "labels", FIXTURES "alone.npz");
    help_load_fails(f, path, INK_BAD_DATA, "alone.npz");
}

static void shape_told(void **state)
{
    const struct fixture *f = *state;
    ink_data_info info = INK_INIT(ink_data_info);
    static const struct {
        const char *told;
        size_t height, width, channels;
    } good[] = {{"2x3", 2, 3, 1}, {"3x2", 3, 2, 1}, {"1x2x3", 1, 2, 3}, {"none", 1, 6, 1}};
    for (size_t i = 0; i < COUNT(good); i++) {
        help_set(f, "shape", good[i].told);
        ink_data *data = help_load(f, FIXTURES "keras.npz"), *test;
        for (int part = 0; part < 2; part++) {
            assert_int_equal(ink_data_part(f->ctx, data, part ? INK_PART_TEST : INK_PART_TRAIN, &test), INK_OK);
            ink_data_describe(test, &info);
            assert_int_equal(info.height, good[i].height);
            assert_int_equal(info.width, good[i].width);
            assert_int_equal(info.channels, good[i].channels);
            ink_data_free(test);
        }
        ink_data_free(data);
    }
    static const char *const wrong[] = {
        "", "x", "2x", "2x4", "2x3x1x1", "0x6", "2*3", "-2x3", "2x3x2", "7", "99999999999999999999x2", "2x 3"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        help_set(f, "shape", wrong[i]);
        help_load_fails(f, FIXTURES "keras.npz", INK_BAD_SETTING, "shape: |6 values");
    }
}

static void kind_told(void **state)
{
    const struct fixture *f = *state;
    static const char text[] = "@relation r\n@attribute x numeric\n@attribute class {a,b}\n@data\n1,a\n2,b\n";
    const char *path = help_write(f, "t.arff", text, sizeof text - 1);
    ink_data_free(help_load(f, path));
    help_set(f, "kind", "npz");
    ink_data_free(help_load(f, FIXTURES "keras.npz"));
    help_load_fails(f, path, INK_BAD_SETTING, "kind: |does not begin as npz files do");
    help_set(f, "kind", "csv");
    help_load_fails(f, path, INK_BAD_DATA, "t.arff:"); /* its words make no table */
    help_load_fails(f, FIXTURES "keras.npz", INK_BAD_SETTING, "kind: ");
}

#endif

/* What cannot be read, with what to do. */
static void strangers(void **state)
{
    const struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"BZh91AY", "bunzip2"},
        {"\xFD\x37zXZ", "unxz"},
        {"\x89HDF\r\n", "HDF5"},
        {"{\"a\":[1,2]}", "JSON"},
        {"<!DOCTYPE html>\n", "a web page"},
        {"PAR1", "Parquet"},
        {"MATLAB 5.0 MAT-file", "loadmat"},
        {"\x80\x81\x82", "save it as one of these"},
        {"", "is empty"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path = help_write(f, "strange", cases[i][0], strlen(cases[i][0]));
        help_load_fails(f, path, INK_BAD_FILE, "byte 0: ");
        help_message_has(f, cases[i][1]);
    }
}

/* {'foo': [[1, 2], [3, 4]], 'bar': [0, 1], 'y_train': …} by protocol 0. */
static void pickle_told(void **state)
{
    const struct fixture *f = *state;
    static const char text[] = "(S'foo'\n((I1\nI2\nl(I3\nI4\nllS'bar'\n(I5\nI7\nld.";
    const char *path = help_write(f, "d.pkl", text, sizeof text - 1);
    help_load_fails(f, path, INK_BAD_DATA, "it holds: foo, bar; say which are rows and labels: --arrays ROWS,LABELS");
    help_set(f, "arrays", "foo,bar");
    ink_data *data = help_load(f, path);
    float x[2];
    assert_int_equal(ink_data_row(data, 1, x), 1);
    assert_true(x[0] == 3 && x[1] == 4);
    assert_string_equal(ink_data_class(data, 1), "7");
    ink_data_free(data);
    help_set(f, "arrays", "foo,baz");
    help_load_fails(f, path, INK_BAD_SETTING, "arrays: 'foo,baz' is not in|it holds: foo, bar");
}

/* [[[1, 2], [0, 1]], [[3, 4], [1, 0]]] can be much; and four lists. */
static void layout_told(void **state)
{
    const struct fixture *f = *state;
    static const char lists[] = "(((I1\nI2\nl(I0\nI1\nll((I3\nI4\nl(I1\nI0\nlll.",
                      turned[] = "(((I0\nI1\nl(I1\nI2\nll((I1\nI0\nl(I3\nI4\nlll.",
                      four[] = "(((I1\nl(I2\nll((I3\nl(I4\nll(I5\nI6\nl(I6\nI5\nlt.";
    static const struct {
        const char *told;
        size_t features;
        const char *label; /* of the first row, which begins with 1 */
    } cases[] = {{"rows", 4, NULL}, {"row,label", 2, "1"}, {"label,row", 2, "1"}};
    float x[4];
    ink_data_info info = INK_INIT(ink_data_info);
    const char *path = help_write(f, "lists.pkl", lists, sizeof lists - 1),
               *other = help_write(f, "turned.pkl", turned, sizeof turned - 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        help_set(f, "arrays", cases[i].told);
        ink_data *data = help_load(f, i == 2 ? other : path);
        ink_data_describe(data, &info);
        assert_int_equal(info.rows, 2);
        assert_int_equal(info.features, cases[i].features);
        int32_t label = ink_data_row(data, 0, x);
        assert_true(x[0] == 1);
        assert_int_equal(label >= 0, cases[i].label != NULL);
        if (cases[i].label) assert_string_equal(ink_data_class(data, (size_t)label), cases[i].label);
        ink_data_free(data);
    }
    static const char pairs[] = "((I1\nI2\nt(I3\nI4\nt(I3\nI5\ntl.";
    path = help_write(f, "pairs.pkl", pairs, sizeof pairs - 1);
    help_set(f, "arrays", "rows,labels");
    help_load_fails(f, path, INK_BAD_SETTING, "arrays: |pairs.pkl is not rows,labels: it is a list");
    help_set(f, "arrays", "a,b");
    help_load_fails(f, path, INK_BAD_SETTING, "arrays: 'a,b' says nothing of|it may be rows, row,label");
    path = help_write(f, "four.pkl", four, sizeof four - 1);
    for (int i = 0; i < 2; i++) {
        help_set(f, "arrays", i ? "rows,labels,rows,labels" : "rows,rows,labels,labels");
        if (i) {
            help_load_fails(f, path, INK_BAD_DATA, "four.pkl");
            continue;
        }
        ink_data *data = help_load(f, path);
        assert_string_equal(ink_data_class(data, (size_t)ink_data_row(data, 0, x)), "5");
        assert_true(x[0] == 1);
        assert_non_null(data->test);
        assert_string_equal(ink_data_class(data->test, (size_t)ink_data_row(data->test, 0, x)), "6");
        assert_true(x[0] == 3);
        ink_data_free(data);
    }
}

/* (X, y) of different counts: not taken for rows that differ. */
static void pickle_counts(void **state)
{
    const struct fixture *f = *state;
    static const char text[] = "(((I1\nI2\nl(I3\nI4\nll(I5\nI7\nI7\nlt.";
    help_load_fails(f, help_write(f, "c.pkl", text, sizeof text - 1), INK_BAD_DATA, "3 labels|2 rows|do not belong");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef INKI_HAVE_LIBZIP
        TEST(npz_told),  TEST(labels_of_npz), TEST(shape_told),  TEST(kind_told),
#endif
        TEST(strangers), TEST(pickle_told),   TEST(layout_told), TEST(pickle_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
