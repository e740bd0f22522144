/* test_data: data objects, parts, classes, named sets, folders, labels beside samples, notes.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/mem.h"
#include "base/settings.h"
#include "read/find.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --------------------------------------------------------------- in memory */

static const float square[] = {0, 0, 0, 1, 1, 0, 1, 1};
static const int32_t either[] = {0, 1, 1, 0};

static void from_memory(void **state)
{
    const struct fixture *f = *state;
    ink_data *data;
    ink_data_info info = INK_INIT(ink_data_info);
    float x[2];
    assert_int_equal(ink_data_new(f->ctx, 4, 2, square, either, 2, &data), INK_OK);
    ink_data_describe(data, &info);
    assert_int_equal(info.rows, 4);
    assert_int_equal(info.features, 2);
    assert_int_equal(info.classes, 2);
    assert_int_equal(info.height, 1);
    assert_int_equal(info.width, 2);
    assert_int_equal(info.channels, 1);
    assert_false(info.bytes);
    assert_true(info.labelled);
    assert_int_equal(info.test_rows, 0);
    assert_string_equal(ink_data_class(data, 1), "1");
    assert_null(ink_data_class(data, 2));
    assert_int_equal(ink_data_row(data, 2, x), 1);
    assert_float_equal(x[0], 1, 0);
    assert_float_equal(x[1], 0, 0);
    assert_true(data->floats != square);
    ink_data_free(data);
    ink_data_free(NULL);
}

static void from_memory_without_labels(void **state)
{
    const struct fixture *f = *state;
    ink_data *data;
    float x[2];
    assert_int_equal(ink_data_new(f->ctx, 4, 2, square, NULL, 0, &data), INK_OK);
    assert_int_equal(ink_data_row(data, 0, x), -1);
    assert_null(ink_data_class(data, 0));
    ink_data_free(data);
}

static void new_fails(const struct fixture *f, size_t rows, size_t features, const float *x, const int32_t *labels,
                      size_t classes, ink_status status, const char *words)
{
    ink_data *data = (ink_data *)1;
    assert_int_equal(ink_data_new(f->ctx, rows, features, x, labels, classes, &data), status);
    assert_null(data);
    help_message_has(f, words);
}

static void from_memory_wrong(void **state)
{
    const struct fixture *f = *state;
    const float bad[] = {0, 1, 2, (float)NAN}, worse[] = {0, -(float)INFINITY};
    new_fails(f, 2, 2, bad, either, 2, INK_BAD_DATA, "row 1, column 1 (from 0): nan");
    new_fails(f, 1, 2, worse, NULL, 0, INK_BAD_DATA, "row 0, column 1 (from 0): -inf");
    new_fails(f, 2, 2, square, (const int32_t[]){0, 2}, 2, INK_BAD_DATA,
              "row 1 (from 0): label 2 is not one of 0 to 1");
    new_fails(f, 2, 2, square, (const int32_t[]){-1, 1}, 2, INK_BAD_DATA, "row 0 (from 0): label -1");
    new_fails(f, 2, 2, square, NULL, 2, INK_BAD_ARGUMENT, "2 classes, without labels");
    new_fails(f, 2, 2, square, either, 0, INK_BAD_ARGUMENT, "with labels");
    new_fails(f, 2, 2, square, either, 65537, INK_BAD_ARGUMENT, "65537 classes");
    new_fails(f, 0, 2, square, NULL, 0, INK_BAD_ARGUMENT, "0 rows");
    new_fails(f, 2, 0, square, NULL, 0, INK_BAD_ARGUMENT, "0 features");
    new_fails(f, 2, SIZE_MAX, square, NULL, 0, INK_BAD_ARGUMENT, "features");
    new_fails(f, 2, 2, NULL, NULL, 0, INK_BAD_ARGUMENT, "cannot make data");
}

static void fingerprints(void **state)
{
    const struct fixture *f = *state;
    ink_data *data, *same, *other, *view;
    assert_int_equal(ink_data_new(f->ctx, 4, 2, square, either, 2, &data), INK_OK);
    assert_int_equal(ink_data_new(f->ctx, 4, 2, square, either, 2, &same), INK_OK);
    assert_int_equal(ink_data_new(f->ctx, 4, 2, square, (const int32_t[]){0, 1, 1, 1}, 2, &other), INK_OK);
    uint64_t print = ink_data_fingerprint(data);
    assert_true(print != 0);
    assert_true(print == ink_data_fingerprint(data));
    assert_true(print == ink_data_fingerprint(same));
    assert_true(print != ink_data_fingerprint(other));
    assert_int_equal(inki_data_view(f->ctx, data, (const uint32_t[]){0, 1, 2, 3}, 4, &view), INK_OK);
    assert_true(print == ink_data_fingerprint(view)); /* by content, not by how it is kept */
    ink_data_free(view);
    assert_int_equal(inki_data_view(f->ctx, data, (const uint32_t[]){1, 0, 2, 3}, 4, &view), INK_OK);
    assert_true(print != ink_data_fingerprint(view));
    ink_data_free(view);
    ink_data_free(data);
    ink_data_free(same);
    ink_data_free(other);
}

static void views(void **state)
{
    const struct fixture *f = *state;
    ink_data *data, *view, *second, *all;
    float x[2];
    assert_int_equal(ink_data_new(f->ctx, 4, 2, square, either, 2, &data), INK_OK);
    assert_int_equal(inki_data_view(f->ctx, data, (const uint32_t[]){3, 1, 2}, 3, &view), INK_OK);
    assert_int_equal(inki_data_view(f->ctx, view, (const uint32_t[]){2, 1}, 2, &second),
                     INK_OK); /* rows 2 and 1 of the base */
    assert_int_equal(ink_data_row(second, 0, x), 1);
    assert_float_equal(x[0], 1, 0);
    assert_float_equal(x[1], 0, 0);
    assert_int_equal(inki_data_base(second, 1), 1);
    assert_int_equal(inki_data_view(f->ctx, second, NULL, 2, &all), INK_OK);
    assert_int_equal(inki_data_base(all, 0), 2);
    assert_string_equal(ink_data_class(all, 1), "1");
    ink_data_free(all);
    ink_data_free(second);
    ink_data_free(view);
    ink_data_free(data);
}

/* ----------------------------------------------------------------- classes */

/* Data of one feature with these raw labels. */
static ink_status label(const struct fixture *f, size_t count, const int32_t *raw, ink_data **out)
{
    float x[16] = {0};
    assert_int_equal(ink_data_new(f->ctx, count, 1, x, NULL, 0, out), INK_OK);
    struct inki_labels labels = {.values = inki_alloc(f->ctx, count, sizeof *raw), .count = count};
    memcpy(labels.values, raw, count * sizeof *raw);
    return inki_data_set_labels(f->ctx, *out, &labels, "labels", "rows");
}

static void labels_from_zero(void **state)
{
    const struct fixture *f = *state;
    ink_data *data;
    assert_int_equal(label(f, 10, (const int32_t[]){9, 0, 2, 1, 4, 5, 6, 7, 8, 8}, &data), INK_OK); /* 3 may come */
    assert_int_equal(data->classes, 10);
    assert_int_equal(inki_data_label(data, 0), 9);
    assert_string_equal(ink_data_class(data, 5), "5");
    ink_data_free(data);
    assert_int_equal(label(f, 3, (const int32_t[]){255, 0, 255}, &data), INK_OK); /* names, not places */
    assert_int_equal(data->classes, 2);
    assert_int_equal(inki_data_label(data, 0), 1);
    assert_string_equal(ink_data_class(data, 1), "255");
    ink_data_free(data);
    assert_int_equal(label(f, 3, (const int32_t[]){65536, 0, 65536}, &data), INK_OK);
    assert_int_equal(data->classes, 2);
    ink_data_free(data);
}

static void labels_in_order(void **state)
{
    const struct fixture *f = *state;
    ink_data *data;
    assert_int_equal(label(f, 5, (const int32_t[]){10, -2000000000, 7, 10, 2000000000}, &data), INK_OK);
    assert_int_equal(data->classes, 4);
    assert_int_equal(inki_data_label(data, 0), 2);
    assert_int_equal(inki_data_label(data, 1), 0);
    assert_int_equal(inki_data_label(data, 2), 1);
    assert_int_equal(inki_data_label(data, 4), 3);
    assert_string_equal(ink_data_class(data, 0), "-2000000000");
    assert_string_equal(ink_data_class(data, 3), "2000000000");
    ink_data_free(data);
}

static void labels_of_one_class(void **state)
{
    const struct fixture *f = *state;
    ink_data *data, *train, *valid, *test;
    assert_int_equal(label(f, 3, (const int32_t[]){7, 7, 7}, &data), INK_OK); /* can be evaluated */
    assert_int_equal(inki_data_check_classes(f->ctx, data), INK_BAD_DATA);
    help_message_has(f, "one class only|'7'");
    assert_int_equal(ink_data_split(f->ctx, data, f->set, &train, &valid, &test), INK_BAD_DATA);
    help_message_has(f, "one class only");
    assert_null(train);
    ink_data_free(data);
    assert_int_equal(ink_data_new(f->ctx, 4, 2, square, NULL, 0, &data), INK_OK);
    assert_int_equal(inki_data_check_classes(f->ctx, data), INK_BAD_DATA);
    help_message_has(f, "no labels");
    ink_data_free(data);
}

static void too_many_classes(void **state)
{
    const struct fixture *f = *state;
    ink_data *data;
    enum { MANY = 65537 };
    float *x = inki_zalloc(f->ctx, MANY, sizeof *x);
    struct inki_labels labels = {.values = inki_alloc(f->ctx, MANY, sizeof(int32_t)), .count = MANY};
    for (int32_t i = 0; i < MANY; i++) labels.values[i] = 1 + MANY - i; /* the worst order */
    assert_int_equal(ink_data_new(f->ctx, MANY, 1, x, NULL, 0, &data), INK_OK);
    assert_int_equal(inki_data_set_labels(f->ctx, data, &labels, "labels", "rows"), INK_BAD_DATA);
    help_message_has(f, "more than 65536 classes");
    ink_data_free(data);
    inki_free(x);
}

static void classes_by_name(void **state)
{
    const struct fixture *f = *state;
    ink_data *train, *other;
    int32_t map[8];
    assert_int_equal(label(f, 4, (const int32_t[]){3, 5, 9, 5}, &train), INK_OK);
    assert_int_equal(label(f, 2, (const int32_t[]){9, 3}, &other), INK_OK);
    struct inki_class_list known = {train->class_names, NULL, train->classes};
    assert_int_equal(inki_data_map_classes(f->ctx, other, &known, map), INK_OK);
    assert_int_equal(map[0], 0);
    assert_int_equal(map[1], 2);
    assert_int_equal(inki_data_adopt_classes(f->ctx, other, train), INK_OK);
    assert_int_equal(other->classes, 3);
    assert_int_equal(inki_data_label(other, 0), 2);
    assert_int_equal(inki_data_label(other, 1), 0);
    assert_string_equal(ink_data_class(other, 1), "5");
    ink_data_free(other);
    assert_int_equal(label(f, 2, (const int32_t[]){9, 4}, &other), INK_OK);
    assert_int_equal(inki_data_adopt_classes(f->ctx, other, train), INK_BAD_DATA);
    help_message_has(f, "label '4' is not one of the 3 known classes (3 … 9)");
    ink_data_free(other);
    assert_int_equal(label(f, 2, (const int32_t[]){0, 5}, &other), INK_OK); /* 1 to 4 have names but no rows */
    known = (struct inki_class_list){other->class_names, NULL, other->classes};
    assert_int_equal(inki_data_map_classes(f->ctx, train, &known, map), INK_BAD_DATA);
    ink_data_free(train);
    assert_int_equal(label(f, 2, (const int32_t[]){5, -1}, &train), INK_OK);
    known = (struct inki_class_list){train->class_names, NULL, train->classes};
    assert_int_equal(inki_data_map_classes(f->ctx, other, &known, map), INK_BAD_DATA);
    help_message_has(f, "label '0'");
    ink_data_free(train);
    ink_data_free(other);
}

/* Classes with other names than their labels are found by either, in whichever of the two the names were given. */
static void classes_by_label(void **state)
{
    const struct fixture *f = *state;
    static const char *const names[] = {"ant", "bee", "cat"};
    ink_data *named, *plain, *copy;
    int32_t map[8];
    assert_int_equal(label(f, 3, (const int32_t[]){3, 5, 9}, &named), INK_OK);
    assert_int_equal(inki_data_rename_classes(f->ctx, named, names), INK_OK);
    assert_string_equal(ink_data_class(named, 2), "cat");
    assert_string_equal(named->class_labels[2], "9");
    assert_int_equal(label(f, 2, (const int32_t[]){9, 5}, &plain), INK_OK);
    struct inki_class_list known = {named->class_names, named->class_labels, named->classes};
    assert_int_equal(inki_data_map_classes(f->ctx, plain, &known, map), INK_OK);
    assert_memory_equal(map, ((const int32_t[]){1, 2}), 2 * sizeof *map);
    known = (struct inki_class_list){named->class_labels, NULL, named->classes}; /* a model of plain labels */
    assert_int_equal(inki_data_map_classes(f->ctx, named, &known, map), INK_OK);
    assert_memory_equal(map, ((const int32_t[]){0, 1, 2}), 3 * sizeof *map);
    static char *const other[] = {"x", "y", "z"}; /* the same labels under other names */
    known = (struct inki_class_list){other, named->class_labels, named->classes};
    assert_int_equal(inki_data_map_classes(f->ctx, named, &known, map), INK_OK);
    assert_memory_equal(map, ((const int32_t[]){0, 1, 2}), 3 * sizeof *map);
    known.labels = NULL;
    assert_int_equal(inki_data_map_classes(f->ctx, named, &known, map), INK_BAD_DATA);
    help_message_has(f, "label 'ant' is not one of the 3 known classes (x … z)");
    assert_int_equal(inki_data_adopt_classes(f->ctx, plain, named), INK_OK);
    assert_string_equal(ink_data_class(plain, (size_t)inki_data_label(plain, 0)), "cat");
    assert_int_equal(inki_data_copy(f->ctx, plain, &copy), INK_OK);
    assert_string_equal(copy->class_labels[1], "5");
    ink_data_free(copy);
    ink_data_free(plain);
    ink_data_free(named);
}

/* ------------------------------------------------------ folders, named sets */

static void copy(const char *from, const char *to)
{
    char command[1024];
    snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static void folder(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny");
    ink_data_info info = INK_INIT(ink_data_info);
    ink_data_describe(data, &info);
    assert_int_equal(info.rows, 60);
    assert_int_equal(info.test_rows, 12);
    assert_int_equal(info.classes, 3);
    assert_int_equal(info.height, 5);
    assert_int_equal(info.width, 4);
    assert_true(info.bytes);
    assert_string_equal(info.source, FIXTURES "tiny");
    assert_string_equal(f->note, FIXTURES "tiny: rows 60, 20 features (5x4), 3 classes, 12 test rows");
    ink_data_free(data);
}

static void folder_spellings(void **state)
{
    const struct fixture *f = *state;
    copy(FIXTURES "tiny/train-images-idx3-ubyte.gz", help_path(f, "train-images.idx3-ubyte.gz"));
    help_load_fails(f, f->folder, INK_NOT_FOUND, "train-images.idx3-ubyte.gz: its labels file is missing");
    copy(FIXTURES "tiny/train-labels-idx1-ubyte.gz", help_path(f, "train-labels.gz"));
    ink_data *data = help_load(f, f->folder); /* the test part may be missing */
    assert_null(data->test);
    ink_data_free(data);
    copy(FIXTURES "tiny/t10k-images-idx3-ubyte.gz", help_path(f, "test-images"));
    help_load_fails(f, f->folder, INK_NOT_FOUND, "test-images: its labels file is missing");
    copy(FIXTURES "tiny/t10k-labels-idx1-ubyte.gz", help_path(f, "test-labels-idx1-ubyte"));
    data = help_load(f, f->folder);
    assert_int_equal(data->test->rows, 12);
    ink_data_free(data);
}

static void folder_wrong(void **state)
{
    const struct fixture *f = *state;
    help_load_fails(f, f->folder, INK_NOT_FOUND, "holds neither training images");
    copy(FIXTURES "tiny/train-images-idx3-ubyte.gz", help_path(f, "train-images.gz"));
    copy(FIXTURES "tiny/t10k-labels-idx1-ubyte.gz", help_path(f, "train-labels.gz"));
    help_load_fails(f, f->folder, INK_BAD_DATA, "train-labels.gz has 12 labels|train-images.gz has 60 rows");
    copy(FIXTURES "tiny/train-labels-idx1-ubyte.gz", help_path(f, "train-labels.gz"));
    uint8_t file[128];
    size_t size = help_idx(file, 0x08, 3, (uint32_t[]){2, 2, 2}, 8);
    help_write(f, "t10k-images", file, size);
    size = help_idx(file, 0x08, 1, (uint32_t[]){2}, 2);
    help_write(f, "t10k-labels", file, size);
    help_load_fails(f, f->folder, INK_BAD_DATA, "the test part has 4 features, the training part 20");
    size = help_idx(file, 0x08, 3, (uint32_t[]){4, 5, 4}, 80);
    help_write(f, "t10k-images", file, size);
    size = help_idx(file, 0x08, 1, (uint32_t[]){4}, 4);
    help_write(f, "t10k-labels", file, size);
    help_load_fails(f, f->folder, INK_BAD_DATA, "label '3' is not one of the 3 known classes (0 … 2)");
    help_set(f, "labels", FIXTURES "tiny/train-labels-idx1-ubyte.gz");
    help_load_fails(f, f->folder, INK_BAD_SETTING, "already contains labels");
}

static void named_sets(void **state)
{
    const struct fixture *f = *state;
    char path[256];
    snprintf(path, sizeof path, "/nowhere::%s", f->folder);
    help_set(f, "data-path", path);
    assert_int_equal(chdir(f->folder), 0); /* not the repository's data */
    help_load_fails(f, "mnist", INK_NOT_FOUND,
                    "mnist: is not in /nowhere/mnist, |/mnist, ./data/mnist; get it with|inkling fetch mnist");
    assert_int_equal(mkdir(help_path(f, "mnist"), 0777), 0);
    help_load_fails(f, "mnist", INK_NOT_FOUND, "holds neither training images"); /* ./mnist is a folder after all */
    copy(FIXTURES "tiny/train-images-idx3-ubyte.gz", help_path(f, "mnist"));
    copy(FIXTURES "tiny/train-labels-idx1-ubyte.gz", help_path(f, "mnist"));
    ink_data *data = help_load(f, "mnist");
    assert_string_equal(data->source, "mnist");
    assert_string_equal(f->note, "mnist: rows 60, 20 features (5x4), 3 classes");
    ink_data_free(data);
    help_load_fails(f, "mnits", INK_NOT_FOUND, "mnits: no such file or data set; did you mean 'mnist'?");
    help_load_fails(f, "fasion", INK_NOT_FOUND, "did you mean 'fashion'?");
    help_load_fails(f, "./mnits", INK_NOT_FOUND, "no such file or folder");
    help_load_fails(f, "something.csv", INK_NOT_FOUND, "something.csv: no such file or folder|mnist, fashion");
    help_load_fails(f, "", INK_NOT_FOUND, "no such file");
    assert_int_equal(chdir(INKI_ROOT), 0);
}

static void labels_beside(void **state)
{
    const struct fixture *f = *state;
    static const char *const pairs[][2] = {
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        {"t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte.gz"},
        {"images.gz", "labels"},
        {"rows-images-idx2-ubyte.gz", "rows-labels-idx1-ubyte.gz"},
        {"x.npy", "y.npy"},
        {"X.npy", "Y.npy"},
        {"X_train.npy", "y_train.npy"},
        {"x_test.npy.gz", "y_test.npy"},
        {"train_images.npy", "train_labels.npy"},
        {"train-x.npy", "train-y.npy"},
        {"data.npy", "target.npy"},
        {"features.npy", "labels.npy"},
    };
    char found[INKI_PATH_ROOM];
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const char *labels = help_write(f, pairs[i][1], "", 0);
        assert_true(inki_find_labels(help_path(f, pairs[i][0]), found));
        assert_string_equal(found, labels);
        remove(labels);
        assert_false(inki_find_labels(help_path(f, pairs[i][0]), found));
    }
    help_write(f, "boy.npy", "", 0); /* not every x is a word of its own */
    assert_false(inki_find_labels(help_path(f, "box.npy"), found));
    assert_false(inki_find_labels("", found));
}

static void labels_by_setting(void **state)
{
    const struct fixture *f = *state;
    copy(FIXTURES "tiny/train-images-idx3-ubyte.gz", help_path(f, "images"));
    ink_data *data = help_load(f, help_path(f, "images"));
    assert_null(data->labels);
    assert_non_null(strstr(f->note, "no labels"));
    ink_data_free(data);
    help_set(f, "labels", FIXTURES "tiny/train-labels-idx1-ubyte.gz");
    data = help_load(f, help_path(f, "images"));
    assert_int_equal(data->classes, 3);
    assert_non_null(strstr(f->note, "3 classes from " FIXTURES "tiny/train-labels-idx1-ubyte.gz"));
    ink_data_free(data);
}

static void first_rows(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "limit", "7");
    ink_data *data = help_load(f, FIXTURES "tiny");
    assert_int_equal(data->rows, 7);
    assert_int_equal(data->test->rows, 12);
    assert_int_equal(data->classes, 3);
    assert_non_null(strstr(f->note, "rows 7 of 60, "));
    ink_data *all;
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_ALL, &all), INK_OK);
    assert_int_equal(all->rows, 19);
    ink_data_free(all);
    ink_data_free(data);
    help_set(f, "limit", "1000");
    data = help_load(f, FIXTURES "tiny");
    assert_int_equal(data->rows, 60);
    ink_data_free(data);
}

static void default_settings(void **state)
{
    const struct fixture *f = *state;
    ink_data *data;
    assert_int_equal(ink_data_load(f->ctx, FIXTURES "tiny", NULL, &data), INK_OK);
    assert_int_equal(data->rows, 60);
    ink_data_free(data);
}

/* ------------------------------------------------------------------- parts */

static void parts(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny"), *train, *test, *all, *none = (ink_data *)1;
    float x[20], y[20];
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_TRAIN, &train), INK_OK);
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_TEST, &test), INK_OK);
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_ALL, &all), INK_OK);
    assert_int_equal(train->rows, 60);
    assert_int_equal(test->rows, 12);
    assert_int_equal(all->rows, 72);
    assert_non_null(all->bytes);
    assert_null(train->test);
    for (size_t i = 0; i < 72; i++) {
        int32_t expected = i < 60 ? ink_data_row(train, i, y) : ink_data_row(test, i - 60, y);
        assert_int_equal(ink_data_row(all, i, x), expected);
        assert_memory_equal(x, y, sizeof x);
    }
    assert_string_equal(ink_data_class(all, 2), "2");
    assert_int_equal(ink_data_part(f->ctx, train, INK_PART_TEST, &none), INK_BAD_DATA);
    assert_null(none);
    help_message_has(f, "has no test part");
    assert_int_equal(ink_data_part(f->ctx, train, (ink_part)7, &none), INK_BAD_ARGUMENT);
    ink_data_free(train);
    ink_data_free(test);
    ink_data_free(all);
    assert_int_equal(ink_data_part(f->ctx, data->test, INK_PART_ALL, &all), INK_OK);
    assert_int_equal(all->rows, 12);
    ink_data_free(all);
    ink_data_free(data);
}

/* Bytes beside floats become floats. */
static void parts_of_two_kinds(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "types/u1_little.npy"), *all;
    data->test = help_load(f, help_write_doubles(f, "half.npy", 1, 3, (double[]){12.5, 13.5, 14.5}));
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_ALL, &all), INK_OK);
    assert_non_null(all->floats);
    for (size_t i = 0; i < 15; i++) assert_float_equal(all->floats[i], (float)i + (i < 12 ? 0 : 0.5f), 0);
    ink_data_free(all);
    ink_data_free(data);
}

/* ----------------------------------------------------------- out of memory */

static ink_status make_and_part(struct fixture *f, void *arg)
{
    ink_data *data = NULL, *all = NULL, *train = NULL;
    ink_data_info info = INK_INIT(ink_data_info);
    (void)arg;
    ink_status status = ink_data_load(f->ctx, FIXTURES "tiny", NULL, &data);
    if (status == INK_OK) ink_data_describe(data, &info);
    if (status == INK_OK) status = ink_data_part(f->ctx, data, INK_PART_ALL, &all);
    if (status == INK_OK) status = ink_data_part(f->ctx, all, INK_PART_TRAIN, &train);
    ink_data_free(train);
    ink_data_free(all);
    ink_data_free(data);
    return status;
}

static ink_status make_new(struct fixture *f, void *arg)
{
    ink_data *data;
    (void)arg;
    ink_status status = ink_data_new(f->ctx, 4, 2, square, either, 2, &data);
    ink_data_free(data);
    return status;
}

static void out_of_memory(void **state)
{
    assert_int_equal(help_sweep(*state, make_new, NULL), 5);
    assert_true(help_sweep(*state, make_and_part, NULL) > 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(from_memory),
        TEST(from_memory_without_labels),
        TEST(from_memory_wrong),
        TEST(fingerprints),
        TEST(views),
        TEST(labels_from_zero),
        TEST(labels_in_order),
        TEST(labels_of_one_class),
        TEST(too_many_classes),
        TEST(classes_by_name),
        TEST(classes_by_label),
        TEST(folder),
        TEST(folder_spellings),
        TEST(folder_wrong),
        TEST(named_sets),
        TEST(labels_beside),
        TEST(labels_by_setting),
        TEST(first_rows),
        TEST(default_settings),
        TEST(parts),
        TEST(parts_of_two_kinds),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
