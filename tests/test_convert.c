/* test_convert: data written and read again: the same rows, labels and classes; what a format cannot hold; whole or not at all.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/rng.h"
#include "read/npy.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static size_t count_files(const struct fixture *f)
{
    size_t count = 0;
    DIR *folder = opendir(f->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void save(const struct fixture *f, const ink_data *data, const char *name)
{
    if (ink_data_save(f->ctx, data, help_path(f, name)) != INK_OK) fail_msg("%s: %s", name, ink_ctx_message(f->ctx));
}

/* `loaded` has the rows, labels, classes and shape of `data`. */
static void check_same(const ink_data *data, const ink_data *loaded)
{
    ink_data_info a = INK_INIT(ink_data_info), b = INK_INIT(ink_data_info);
    ink_data_describe(data, &a);
    ink_data_describe(loaded, &b);
    assert_int_equal(a.rows, b.rows);
    assert_int_equal(a.height, b.height);
    assert_int_equal(a.width, b.width);
    assert_int_equal(a.channels, b.channels);
    assert_int_equal(a.classes, b.classes);
    for (size_t c = 0; c < a.classes; c++) assert_string_equal(ink_data_class(data, c), ink_data_class(loaded, c));
    assert_true(ink_data_fingerprint(data) == ink_data_fingerprint(loaded));
}

static void round_trip(const struct fixture *f, const ink_data *data, const char *to, const char *from)
{
    save(f, data, to);
    ink_data *loaded = help_load(f, help_path(f, from));
    check_same(data, loaded);
    if (data->test && loaded->test) check_same(data->test, loaded->test);
    ink_data_free(loaded);
}

static const char *const forms[][2] = {
#ifdef INKI_HAVE_LIBZIP
    {"a.npz", "a.npz"},
#endif
    {"b.csv", "b.csv"},
    {"c.csv.gz", "c.csv.gz"},
    {"d.idx", "d-images.idx3-ubyte"},
    {"e.idx.gz", "e-images.idx3-ubyte.gz"},
    {"f/", "f"},
};

/* tests/data/tiny: 60 and 12 images of 5x4 in 3 classes. CSV keeps no shape of small images. */
static void images(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny");
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (!strstr(forms[i][0], "csv")) round_trip(f, data, forms[i][0], forms[i][1]);
    }
    save(f, data, "b.csv");
    ink_data *train = help_load(f, help_path(f, "b.csv")), *test = help_load(f, help_path(f, "b.test.csv"));
    assert_true(ink_data_fingerprint(train) == ink_data_fingerprint(data));
    assert_true(ink_data_fingerprint(test) == ink_data_fingerprint(data->test));
    ink_data_free(train);
    ink_data_free(test);
    test = help_load(f, help_path(f, "d.test-images.idx3-ubyte"));
    assert_true(ink_data_fingerprint(test) == ink_data_fingerprint(data->test));
    ink_data_free(test);
    ink_data_free(data);
}

/* The folder holds both parts; so does the archive. */
static void both_parts(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny"), *loaded;
    save(f, data, "f/");
    loaded = help_load(f, help_path(f, "f"));
    assert_non_null(loaded->test);
    ink_data_free(loaded);
#ifdef INKI_HAVE_LIBZIP
    save(f, data, "a.npz");
    loaded = help_load(f, help_path(f, "a.npz"));
    assert_non_null(loaded->test);
    ink_data_free(loaded);
#endif
    ink_data_free(data);
}

/* Floats of all sizes come back to the bit. */
static void floats(void **state)
{
    const struct fixture *f = *state;
    enum { ROWS = 500, COLUMNS = 8 };
    static float x[ROWS * COLUMNS];
    static int32_t y[ROWS];
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 0, 0);
    static const float special[] = {0.1F,      -0.0F, 1e-45F,  3.4028235e38F, 16777216, 123456.789F,
                                    999999.9F, 1e6F,  0.0001F, 9.9999e-5F,    1.0F / 3};
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        double size = pow(10, 12 * inki_rng_uniform(&rng) - 6);
        x[i] = i < COUNT(special) ? special[i] : (float)(size * inki_rng_normal(&rng));
        if (i % 17 == 16) x[i] = (float)(int)(100 * inki_rng_normal(&rng));
        if (x[i] == 0) x[i] = 0; /* the sign of 0 is not kept in text */
    }
    for (size_t i = 0; i < ROWS; i++) y[i] = (int32_t)(i % 3);
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, ROWS, COLUMNS, x, y, 3, &data), INK_OK);
    for (size_t i = 0; i < COUNT(forms) && !strstr(forms[i][0], "idx"); i++)
        round_trip(f, data, forms[i][0], forms[i][1]);
    assert_int_equal(ink_data_save(f->ctx, data, help_path(f, "z.idx")), INK_BAD_DATA);
    help_message_has(f, "row 0, column 0|integer from 0 to 255|.npz or .csv");
    ink_data_free(data);
}

/* Text is as short as a person would write it. */
static void short_numbers(void **state)
{
    const struct fixture *f = *state;
    const float x[] = {0.1F, -0.25F, 100, 1.5e-7F, 3e20F, -7, 12.34F, 0.001F};
    const int32_t y[] = {0, 1};
    size_t size;
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, 2, 4, x, y, 2, &data), INK_OK);
    save(f, data, "a.csv");
    uint8_t *text = help_read(help_path(f, "a.csv"), &size);
    text[size] = 0;
    assert_string_equal((char *)text, "label,x0,x1,x2,x3\n0,0.1,-0.25,100,1.5e-07\n1,3e+20,-7,12.34,0.001\n");
    free(text);
    ink_data_free(data);
}

/* --------------------------------------------------------------- classes */

/* A table whose labels are these words. */
static ink_data *load_words(const struct fixture *f, const char *const *words, size_t count)
{
    char text[1024] = "a,b,label\n";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%zu,%zu.5,\"%s\"\n", i, i, words[i]);
    }
    return help_load(f, help_write(f, "words.csv", text, strlen(text)));
}

static void class_names(void **state)
{
    const struct fixture *f = *state;
    static const char *const sets[][4] = {
        {"cat", "dog", "cat", "bird"}, {"a, b", "say \"\"x\"\"", "a, b", "ö"},
        {"-1", "5", "9", "5"},         {"1", "2", "3", "3"},
        {"0", "1", "2", "2"},          {"7", "7", "0", "1"},
    };
    for (size_t i = 0; i < COUNT(sets); i++) {
        ink_data *data = load_words(f, sets[i], 4);
        for (size_t k = 0; k < COUNT(forms) && !strstr(forms[k][0], "idx"); k++)
            round_trip(f, data, forms[k][0], forms[k][1]);
        ink_data_free(data);
    }
}

#ifdef INKI_HAVE_LIBZIP
/* A class without rows behind the last that has some would be forgotten by numbers alone. */
static void absent_class(void **state)
{
    const struct fixture *f = *state;
    const float x[] = {1.5F, 2.5F, 3.5F};
    ink_data *data, *part;
    assert_int_equal(ink_data_new(f->ctx, 3, 1, x, (const int32_t[]){0, 1, 4}, 6, &data), INK_OK);
    round_trip(f, data, "a.npz", "a.npz");
    assert_int_equal(inki_data_view(f->ctx, data, (const uint32_t[]){1, 2}, 2, &part),
                     INK_OK); /* a view, without class 0 too */
    round_trip(f, part, "b.npz", "b.npz");
    ink_data_free(part);
    ink_data_free(data);
}

/* What NumPy finds in the archive. */
static void names_in_the_archive(void **state)
{
    const struct fixture *f = *state;
    static const char *const words[] = {"cat", "dog", "cat", "bird"};
    static const char *const wanted[] = {"x_train", "y_train", "class_names"};
    struct inki_array *arrays;
    size_t count;
    ink_data *data = load_words(f, words, 4);
    save(f, data, "a.npz");
    assert_int_equal(inki_npz_read(f->ctx, help_path(f, "a.npz"), &arrays, &count), INK_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) assert_string_equal(arrays[i].name, wanted[i]);
    assert_string_equal(arrays[0].element->name, "f4");
    assert_string_equal(arrays[1].element->name, "i8");
    static const double labels[] = {1, 2, 1, 0};
    for (size_t i = 0; i < 4; i++) assert_true(inki_array_at(&arrays[1], i) == labels[i]);
    inki_arrays_free(f->ctx, arrays, count);
    ink_data_free(data);
}
#endif

static void idx_of_words(void **state)
{
    const struct fixture *f = *state;
    static const char text[] = "a,b,label\n1,2,yes\n3,4,no\n";
    ink_data *data = help_load(f, help_write(f, "t.csv", text, sizeof text - 1));
    save(f, data, "a.idx");
    ink_data *loaded = help_load(f, help_path(f, "a-images.idx2-ubyte"));
    float x[2];
    assert_int_equal(ink_data_row(loaded, 0, x), 1);
    assert_string_equal(ink_data_class(loaded, 1), "1");
    ink_data_free(loaded);
    ink_data_free(data);
    static const char numbers[] = "a,b,label\n1,2,300\n3,4,-5\n";
    data = help_load(f, help_write(f, "n.csv", numbers, sizeof numbers - 1));
    assert_int_equal(ink_data_save(f->ctx, data, help_path(f, "b.idx")), INK_BAD_DATA);
    help_message_has(f, "label -5 is not from 0 to 255");
    ink_data_free(data);
}

static void without_labels(void **state)
{
    const struct fixture *f = *state;
    static const float x[] = {1.5F, 2, 3, 4, 5, 6};
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, 3, 2, x, NULL, 0, &data), INK_OK);
    for (size_t i = 0; i < COUNT(forms) && !strstr(forms[i][0], "idx"); i++)
        round_trip(f, data, forms[i][0], forms[i][1]);
    ink_data_free(data);
}

/* A table keeps its columns' names; a feature that is called label leaves that name to itself. */
static void column_names(void **state)
{
    const struct fixture *f = *state;
    static const char text[] = "length,\"weight, kg\",kind\n1.5,2,yes\n3,4,no\n";
    size_t size;
    help_set(f, "label-column", "kind");
    ink_data *data = help_load(f, help_write(f, "t.csv", text, sizeof text - 1));
    save(f, data, "a.csv");
    uint8_t *out = help_read(help_path(f, "a.csv"), &size);
    out[size] = 0;
    assert_string_equal((char *)out, "label,length,\"weight, kg\"\nyes,1.5,2\nno,3,4\n");
    free(out);
    ink_data_free(data);
    static const char other[] = "Label,kind\n1.5,yes\n3,no\n";
    data = help_load(f, help_write(f, "o.csv", other, sizeof other - 1));
    save(f, data, "b.csv");
    out = help_read(help_path(f, "b.csv"), &size);
    assert_memory_equal(out, "class,Label\n", 12);
    free(out);
    ink_data_free(data);
}

/* ---------------------------------------------------------------- failures */

static void unknown_endings(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny");
    static const char *const names[] = {"a.txt", "a", "a.npz.gz", ".csv", "a.idx3", "x.csv.bz2"};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(ink_data_save(f->ctx, data, help_path(f, names[i])), INK_BAD_ARGUMENT);
        help_message_has(f, names[i]);
        help_message_has(f, ".npz, .csv");
    }
    assert_int_equal(ink_data_save(f->ctx, data, help_path(f, "no/a.csv")), INK_IO);
    assert_int_equal(ink_data_save(f->ctx, data, help_path(f, "no/where/")), INK_IO);
    assert_int_equal(count_files(f), 0);
    ink_data_free(data);
}

/* A disk that is full after any number of bytes: nothing is left, and what was there stays. */
static void no_room(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "tiny");
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < COUNT(forms); i++) {
        char name[16];
        snprintf(name, sizeof name, "%s", forms[i][0]);
        if (strchr(name, '/')) continue;
        for (rlim_t bytes = 1; bytes < 200; bytes += 66) {
            struct rlimit limit = {bytes, before.rlim_max};
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
            ink_status status = ink_data_save(f->ctx, data, help_path(f, name));
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
            assert_int_equal(status, INK_IO);
            help_message_has(f, "writing failed");
            assert_int_equal(count_files(f), 0);
        }
    }
    ink_data_free(data);
}

struct task {
    ink_data *data;
    const char *name;
};

static ink_status save_again(struct fixture *f, void *arg)
{
    const struct task *task = arg;
    return ink_data_save(f->ctx, task->data, help_path(f, task->name));
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    static const char *const words[] = {"cat", "dog", "cat", "bird"};
    struct task task = {help_load(f, FIXTURES "tiny"), NULL};
    for (size_t i = 0; i < COUNT(forms); i++) {
        task.name = forms[i][0];
        assert_true(help_sweep(f, save_again, &task) >= 4);
    }
    ink_data_free(task.data);
    task = (struct task){load_words(f, words, 4), "w.csv"};
    assert_true(help_sweep(f, save_again, &task) >= 4);
#ifdef INKI_HAVE_LIBZIP
    task.name = "w.npz";
    assert_true(help_sweep(f, save_again, &task) >= 4);
#endif
    ink_data_free(task.data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(images),       TEST(both_parts),           TEST(floats),         TEST(short_numbers),
        TEST(class_names),  TEST(idx_of_words),         TEST(column_names),   TEST(unknown_endings),
        TEST(no_room),      TEST(out_of_memory),        TEST(without_labels),
#ifdef INKI_HAVE_LIBZIP
        TEST(absent_class), TEST(names_in_the_archive),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
