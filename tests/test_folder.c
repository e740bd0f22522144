/* test_folder: folders of images: layouts, order, sizes, colours, what is wrong in them, without memory.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef INKI_HAVE_LIBPNG
#include <png.h>

/* A PNG of one colour; channels 1 or 3. */
static void write_png(const struct fixture *f, const char *name, size_t height, size_t width, size_t channels,
                      uint8_t value)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .height = (png_uint_32)height,
                       .width = (png_uint_32)width,
                       .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    uint8_t *pixels = malloc(height * width * channels);
    for (size_t i = 0; i < height * width * channels; i++) pixels[i] = (uint8_t)(i % channels == 0 ? value : 7);
    remove(help_path(f, name));
    assert_true(png_image_write_to_file(&image, help_path(f, name), 0, pixels, 0, NULL));
    free(pixels);
}

static void make_folder(const struct fixture *f, const char *name)
{
    assert_int_equal(mkdir(help_path(f, name), 0777), 0);
}

/* Class folders of grey 4x3 images; value 10 times the class' place plus the image's. */
static void make_classes(const struct fixture *f, const char *const *classes, size_t count, size_t images)
{
    char name[128];
    for (size_t c = 0; c < count; c++) {
        make_folder(f, classes[c]);
        for (size_t i = 0; i < images; i++) {
            snprintf(name, sizeof name, "%s/p%zu.png", classes[c], i);
            write_png(f, name, 4, 3, 1, (uint8_t)(10 * c + i));
        }
    }
}

static void classes_and_order(void **state)
{
    const struct fixture *f = *state;
    static const char *const classes[] = {"dog", "Bird", "cat"}, *const wanted[] = {"Bird", "cat", "dog"};
    static const float firsts[] = {10, 11, 20, 21, 0, 1};
    float x[12];
    make_classes(f, classes, 3, 2);
    make_folder(f, ".hidden");
    help_write(f, "cat/.DS_Store", "x", 1);
    help_write(f, "readme.txt", "x", 1);
    ink_data *data = help_load(f, f->folder);
    ink_data_info info = INK_INIT(ink_data_info);
    ink_data_describe(data, &info);
    assert_int_equal(info.rows, 6);
    assert_int_equal(info.height, 4);
    assert_int_equal(info.width, 3);
    assert_int_equal(info.channels, 1);
    assert_true(info.bytes);
    for (size_t c = 0; c < 3; c++) assert_string_equal(ink_data_class(data, c), wanted[c]);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(ink_data_row(data, i, x), i / 2);
        for (size_t k = 0; k < 12; k++) assert_true(x[k] == firsts[i]);
    }
    assert_non_null(strstr(f->note, "rows 6, 12 features (4x3), 3 classes"));
    ink_data_free(data);
}

static void numbers_by_value(void **state)
{
    const struct fixture *f = *state;
    static const char *const classes[] = {"10", "9", "007", "-1"}, *const wanted[] = {"-1", "007", "9", "10"};
    make_classes(f, classes, 4, 1);
    ink_data *data = help_load(f, f->folder);
    for (size_t c = 0; c < 4; c++) assert_string_equal(ink_data_class(data, c), wanted[c]);
    ink_data_free(data);
}

/* Grey until the first coloured image; the other part follows. */
static void colours(void **state)
{
    const struct fixture *f = *state;
    static const char *const classes[] = {"train", "train/a", "train/b", "test", "test/b"};
    ink_data_info info = INK_INIT(ink_data_info);
    float x[36];
    for (size_t i = 0; i < COUNT(classes); i++) make_folder(f, classes[i]);
    for (size_t i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "train/a/%02zu.png", i);
        write_png(f, name, 4, 3, 1, (uint8_t)i);
    }
    write_png(f, "train/b/1.png", 4, 3, 1, 99);
    write_png(f, "test/b/1.png", 4, 3, 3, 50);
    ink_data *data = help_load(f, f->folder), *test;
    ink_data_describe(data, &info);
    assert_int_equal(info.rows, 41);
    assert_int_equal(info.test_rows, 1);
    assert_int_equal(info.channels, 3);
    assert_int_equal(info.features, 36);
    ink_data_row(data, 39, x);
    for (size_t k = 0; k < 36; k++) assert_true(x[k] == 39);
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_TEST, &test), INK_OK);
    assert_int_equal(ink_data_row(test, 0, x), 1); /* class b, as the training part counts */
    for (size_t k = 0; k < 36; k++) assert_true(x[k] == (k % 3 ? 7 : 50));
    ink_data_free(test);
    ink_data_free(data);
}

/* The coloured image comes in the middle of a part. */
static void late_colour(void **state)
{
    const struct fixture *f = *state;
    static const char *const classes[] = {"a", "b"};
    float x[36];
    make_classes(f, classes, 2, 20);
    write_png(f, "a/p7.png", 4, 3, 3, 200);
    ink_data *data = help_load(f, f->folder);
    for (size_t i = 0; i < 40; i++) {
        ink_data_row(data, i, x);
        assert_true(x[1] == x[4] && (x[0] == 200) == (x[1] == 7 && x[0] != 7));
    }
    ink_data_free(data);
}

static void training_and_testing(void **state)
{
    const struct fixture *f = *state;
    static const char *const folders[] = {"Training", "Training/0", "Training/1", "Testing", "Testing/0", "Testing/1"};
    char name[64];
    for (size_t i = 0; i < COUNT(folders); i++) {
        make_folder(f, folders[i]);
        snprintf(name, sizeof name, "%s/x.png", folders[i]);
        if (strchr(folders[i], '/')) write_png(f, name, 5, 5, 1, (uint8_t)i);
    }
    ink_data *data = help_load(f, f->folder);
    ink_data_info info = INK_INIT(ink_data_info);
    ink_data_describe(data, &info);
    assert_int_equal(info.rows, 2);
    assert_int_equal(info.test_rows, 2);
    ink_data_free(data);
}

/* Folders called train and test that hold images are classes. */
static void train_as_a_class(void **state)
{
    const struct fixture *f = *state;
    static const char *const classes[] = {"train", "test"};
    make_classes(f, classes, 2, 2);
    ink_data *data = help_load(f, f->folder);
    assert_string_equal(ink_data_class(data, 0), "test");
    assert_string_equal(ink_data_class(data, 1), "train");
    ink_data_free(data);
}

static void other_files(void **state)
{
    const struct fixture *f = *state;
    static const char *const classes[] = {"a", "b"};
    make_classes(f, classes, 2, 2);
    help_write(f, "a/Thumbs.db", "x", 1);
    ink_data *data = help_load(f, f->folder);
    assert_non_null(strstr(f->note, "1 file that is not an image skipped: Thumbs.db"));
    ink_data_free(data);
    help_write(f, "b/labels.txt", "x", 1);
    data = help_load(f, f->folder);
    assert_non_null(strstr(f->note, "2 files that are not images skipped: Thumbs.db …"));
    ink_data_free(data);
    help_write(f, "b/x.GIF", "GIF89a......", 12); /* a row that would be missing without a word */
    help_load_fails(f, f->folder, INK_UNSUPPORTED, "/b/x.GIF: GIF images cannot be read");
}

static void wrong_folders(void **state)
{
    const struct fixture *f = *state;
    static const char *const classes[] = {"a", "b"};
    help_load_fails(f, f->folder, INK_NOT_FOUND, "neither training images|nor one subfolder per class");
    write_png(f, "x.png", 4, 3, 1, 0);
    ink_data *data = help_load(f, f->folder); /* rows without labels, named as the files */
    assert_null(data->labels);
    assert_string_equal(ink_data_id(data, 0), "x.png");
    ink_data_free(data);
    help_load_fails(f, help_path(f, "x.png"), INK_BAD_DATA, "x.png: one image is not a data set|predict");
    make_classes(f, classes, 2, 2);
    write_png(f, "b/p1.png", 3, 4, 1, 0);
    help_load_fails(f, f->folder, INK_BAD_DATA, "/b/p1.png: 4x3 pixels, but |/a/p0.png has 3x4");
    help_write(f, "b/p1.png", "\x89PNG\r\n\x1A\nnot", 11);
    help_load_fails(f, f->folder, INK_BAD_FILE, "/b/p1.png: ");
    help_write(f, "b/p1.png", "nothing", 7);
    help_load_fails(f, f->folder, INK_BAD_FILE, "/b/p1.png: byte 0: not a PNG or JPEG");
    write_png(f, "b/p1.png", 4, 3, 1, 0);
    make_folder(f, "c");
    help_load_fails(f, f->folder, INK_BAD_DATA, "/c: holds no PNG or JPEG images");
    assert_int_equal(remove(help_path(f, "c")), 0);
    help_set(f, "labels", "y.npy");
    help_load_fails(f, f->folder, INK_BAD_SETTING, "labels: ");
}

/* What is beside the training images is used, or named. */
static void beside_training(void **state)
{
    const struct fixture *f = *state;
    make_folder(f, "train");
    make_folder(f, "val");
    make_folder(f, "test");
    static const char *const classes[] = {"train/a", "train/b", "val/a", "val/b", "test/unknown"};
    make_classes(f, classes, 5, 2);
    make_folder(f, "__MACOSX");
    ink_data *data = help_load(f, f->folder);
    assert_int_equal(data->rows, 8);
    assert_int_equal(data->classes, 2);
    assert_null(data->test);
    assert_non_null(strstr(f->notes, "/val: its 4 rows are joined to the training rows"));
    assert_non_null(strstr(f->notes, "/test: has no folders of the training classes, and is not used"));
    ink_data_free(data);
}

/* Labels in a table, by the images' names, with their ending or without. */
static void labels_by_name(void **state)
{
    const struct fixture *f = *state;
    make_folder(f, "images");
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "images/%zu.png", i);
        write_png(f, name, 2, 2, 1, (uint8_t)i);
    }
    static const char *const tables[] = {"id,label\n2.png,ox\n0.png,cow\n1.png,ox\n",
                                         "image_id,kind\n2,ox\n1,ox\n0,cow\n"};
    for (size_t k = 0; k < 2; k++) {
        help_write(f, "train.csv", tables[k], strlen(tables[k]));
        ink_data *data = help_load(f, f->folder);
        assert_int_equal(data->rows, 3);
        assert_string_equal(ink_data_class(data, (size_t)inki_data_label(data, 0)), "cow");
        assert_string_equal(ink_data_class(data, (size_t)inki_data_label(data, 2)), "ox");
        ink_data_free(data);
    }
    help_write(f, "train.csv", "id,label\n2.png,ox\n0.png,cow\n", 28);
    help_load_fails(f, f->folder, INK_BAD_DATA, "row 2 is id '1.png', which |train.csv has no label for");
}

static void parts_that_differ(void **state)
{
    const struct fixture *f = *state;
    static const char *const folders[] = {"train", "train/a", "train/b", "test", "test/a"};
    for (size_t i = 0; i < COUNT(folders); i++) make_folder(f, folders[i]);
    write_png(f, "train/a/1.png", 4, 3, 1, 1);
    write_png(f, "train/b/1.png", 4, 3, 1, 2);
    write_png(f, "test/a/1.png", 4, 4, 1, 3);
    help_load_fails(f, f->folder, INK_BAD_DATA, "/test/a/1.png: 4x4 pixels, but |/train/a/1.png has 3x4");
    write_png(f, "test/a/1.png", 4, 3, 1, 3);
    make_folder(f, "test/unknown");
    write_png(f, "test/unknown/1.png", 4, 3, 1, 3);
    help_load_fails(f, f->folder, INK_BAD_DATA, "'unknown' is not one of the 2 known classes");
}

static ink_status load_and_free(struct fixture *f, void *path)
{
    ink_data *data;
    ink_status status = ink_data_load(f->ctx, path, f->set, &data);
    ink_data_free(data);
    return status;
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    static const char *const folders[] = {"train", "train/a", "train/b", "test", "test/b"};
    for (size_t i = 0; i < COUNT(folders); i++) make_folder(f, folders[i]);
    write_png(f, "train/a/1.png", 4, 3, 1, 1);
    write_png(f, "train/b/1.png", 4, 3, 3, 2);
    write_png(f, "test/b/1.png", 4, 3, 1, 3);
    assert_true(help_sweep(f, load_and_free, f->folder) >= 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(classes_and_order), TEST(numbers_by_value),     TEST(colours),           TEST(late_colour),
        TEST(other_files),       TEST(training_and_testing), TEST(train_as_a_class),  TEST(wrong_folders),
        TEST(beside_training),   TEST(labels_by_name),       TEST(parts_that_differ), TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) { return 77; }

#endif
