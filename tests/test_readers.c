/* test_readers: IDX, npy and npz files, right and wrong.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/mem.h"
#include "read/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------- idx */

static void check_row(const ink_data *data, size_t i, const float *expected)
{
    float x[64];
    assert_true(data->features <= 64);
    ink_data_row(data, i, x);
    for (size_t j = 0; j < data->features; j++) assert_float_equal(x[j], expected[j], 0);
}

static void idx_images(void **state)
{
    const struct fixture *f = *state;
    uint8_t file[64];
    size_t size = help_idx(file, 0x08, 3, (uint32_t[]){4, 2, 3}, 24);
    ink_data *data = help_load(f, help_write(f, "a", file, size));
    assert_int_equal(data->rows, 4);
    assert_int_equal(data->features, 6);
    assert_int_equal(data->height, 2);
    assert_int_equal(data->width, 3);
    assert_int_equal(data->channels, 1);
    assert_null(data->labels);
    assert_ptr_equal(data->bytes, data->block.data + 16); /* the file's own block */
    check_row(data, 2, (float[]){12, 13, 14, 15, 16, 17});
    assert_string_equal(strchr(f->note, ':'), ": rows 4, 6 features (2x3), no labels");
    ink_data_free(data);
}

static void idx_ranks(void **state)
{
    const struct fixture *f = *state;
    uint8_t file[600];
    size_t size = help_idx(file, 0x08, 2, (uint32_t[]){3, 5}, 15);
    ink_data *data = help_load(f, help_write(f, "a", file, size));
    assert_int_equal(data->height, 1);
    assert_int_equal(data->width, 5);
    ink_data_free(data);
    size = help_idx(file, 0x08, 4, (uint32_t[]){2, 3, 2, 4}, 48);
    data = help_load(f, help_write(f, "b", file, size));
    assert_int_equal(data->rows, 2);
    assert_int_equal(data->features, 24);
    assert_int_equal(data->height, 3);
    assert_int_equal(data->width, 2);
    assert_int_equal(data->channels, 4);
    assert_non_null(strstr(f->note, "(3x2x4)"));
    ink_data_free(data);
    size = help_idx(file, 0x08, 2, (uint32_t[]){2, 256}, 512); /* rows of bytes as long as a square: images */
    data = help_load(f, help_write(f, "c", file, size));
    assert_int_equal(data->height, 16);
    assert_int_equal(data->width, 16);
    ink_data_free(data);
}

static void idx_types(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        uint8_t type, bytes[16];
        size_t size;
        float values[2];
    } cases[] = {
        {0x09, {0xFF, 0x7F}, 2, {-1, 127}},
        {0x0B, {0xFF, 0xFE, 0x01, 0x00}, 4, {-2, 256}},
        {0x0C, {0xFF, 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x00, 0x00}, 8, {-3, 65536}},
        {0x0D, {0x3F, 0xC0, 0, 0, 0xC0, 0x20, 0, 0}, 8, {1.5f, -2.5f}},
        {0x0E, {0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0x04, 0, 0, 0, 0, 0, 0}, 16, {1.5f, -2.5f}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t file[64];
        size_t head = help_idx(file, cases[i].type, 2, (uint32_t[]){1, 2}, 0);
        memcpy(file + head, cases[i].bytes, cases[i].size);
        ink_data *data = help_load(f, help_write(f, "a", file, head + cases[i].size));
        assert_null(data->bytes);
        check_row(data, 0, cases[i].values);
        ink_data_free(data);
    }
}

static void idx_wrong(void **state)
{
    const struct fixture *f = *state;
    uint8_t file[128];
    size_t size = help_idx(file, 0x08, 3, (uint32_t[]){4, 2, 3}, 20);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_FILE,
                    "byte 4: 4 images of 2x3 need 40 bytes, the file has 36|cut short");
    size = help_idx(file, 0x08, 3, (uint32_t[]){4, 2, 3}, 26);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_FILE, "byte 40: 2 extra bytes|damaged");
    size = help_idx(file, 0x0A, 3, (uint32_t[]){4, 2, 3}, 24);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_FILE, "byte 2: 0x0A is not an element type");
    size = help_idx(file, 0x08, 5, (uint32_t[]){1, 1, 1, 1, 1}, 1);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_FILE, "byte 3: 5 dimensions");
    size = help_idx(file, 0x08, 0, NULL, 1);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_FILE, "byte 3: 0 dimensions");
    size = help_idx(file, 0x08, 3, (uint32_t[]){0, 28, 28}, 0);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_DATA, "0 rows of 784 values");
    size = help_idx(file, 0x08, 3, (uint32_t[]){4, 0, 28}, 0);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_DATA, "4 rows of 0 values");
    size = help_idx(file, 0x0E, 4, (uint32_t[]){0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, 1);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_FILE, "byte 4|more than any file holds");
    size = help_idx(file, 0x08, 2, (uint32_t[]){0xFFFFFFFF, 0xFFFFFFFF}, 1);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_FILE,
                    WHERE_WIDE("need 18446744065119617037 bytes, the file has 13", "are more than any file holds"));
    size = help_idx(file, 0x08, 1, (uint32_t[]){3}, 3);
    help_load_fails(f, help_write(f, "a", file, size), INK_BAD_DATA, "3 single numbers|labels file");
    uint8_t not_a_number[] = {0, 0, 0x0D, 2, 0, 0, 0, 2, 0, 0, 0,    2,    0, 0,
                              0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0x7F, 0xC0, 0, 0};
    help_load_fails(f, help_write(f, "a", not_a_number, sizeof not_a_number), INK_BAD_DATA,
                    "row 1, column 1 (from 0): nan");
}

static void idx_labels_wrong(void **state)
{
    const struct fixture *f = *state;
    uint8_t file[128];
    size_t size = help_idx(file, 0x08, 3, (uint32_t[]){4, 2, 3}, 24);
    const char *images = help_write(f, "images-idx3-ubyte", file, size);
    size = help_idx(file, 0x08, 1, (uint32_t[]){5}, 5);
    const char *labels = help_write(f, "labels-idx1-ubyte", file, size);
    help_load_fails(f, images, INK_BAD_DATA, "labels-idx1-ubyte has 5 labels|images-idx3-ubyte has 4 rows");
    size = help_idx(file, 0x08, 2, (uint32_t[]){2, 2}, 4);
    help_write(f, "labels-idx1-ubyte", file, size);
    help_load_fails(f, images, INK_BAD_DATA, "labels-idx1-ubyte: holds images (2 dimensions), not labels");
    help_write(f, "labels-idx1-ubyte", "\1\2\3", 3);
    help_load_fails(f, images, INK_BAD_FILE, "labels-idx1-ubyte: byte 0: begins with 01 02 03 ");
    remove(labels);
    help_set(f, "labels", "/nowhere/labels");
    help_load_fails(f, images, INK_NOT_FOUND, "/nowhere/labels");
}

/* -------------------------------------------------------------------- npy */

static void npy_types(void **state)
{
    const struct fixture *f = *state;
    static const char *const kinds[] = {"u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"};
    static const char *const orders[] = {"little", "big", "fortran"};
    for (size_t i = 0; i < COUNT(kinds) * COUNT(orders); i++) {
        char path[256];
        const char *kind = kinds[i / COUNT(orders)], *order = orders[i % COUNT(orders)];
        snprintf(path, sizeof path, FIXTURES "types/%s_%s.npy", kind, order);
        if (strcmp(order, "fortran") == 0 && !strstr("u1 f4 f8", kind)) continue;
        ink_data *data = help_load(f, path);
        assert_int_equal(data->rows, 4);
        assert_int_equal(data->features, 3);
        assert_non_null(data->bytes); /* 0 to 11, whatever they are kept as */
        for (size_t r = 0; r < 4; r++) check_row(data, r, (float[]){3 * (float)r, 3 * (float)r + 1, 3 * (float)r + 2});
        ink_data_free(data);
    }
}

static void npy_special(void **state)
{
    const struct fixture *f = *state;
    static const float halves[] = {
        0, -0.0f, 1, -2.5f, 65504, 6.103515625e-05f, 5.9604644775390625e-08f, 0.333251953125f};
    ink_data *data = help_load(f, FIXTURES "types/halves.npy");
    for (size_t i = 0; i < COUNT(halves); i++) check_row(data, i, &halves[i]);
    assert_null(data->bytes);
    ink_data_free(data);
    data = help_load(f, FIXTURES "types/b1.npy");
    assert_non_null(data->bytes);
    check_row(data, 0, (float[]){0, 1, 0});
    check_row(data, 1, (float[]){1, 0, 1});
    ink_data_free(data);
    static const char *const others[] = {"version2", "version3"};
    for (size_t i = 0; i < COUNT(others); i++) {
        char path[256];
        snprintf(path, sizeof path, FIXTURES "types/%s.npy", others[i]);
        data = help_load(f, path);
        check_row(data, 3, (float[]){9, 10, 11});
        ink_data_free(data);
    }
}

static void npy_fortran_images(void **state)
{
    const struct fixture *f = *state;
    static const char *const kinds[] = {"u1", "f4", "f8"};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        char path[256];
        snprintf(path, sizeof path, FIXTURES "types/%s_fortran3.npy", kinds[i]);
        ink_data *data = help_load(f, path);
        assert_int_equal(data->height, 2);
        assert_int_equal(data->width, 3);
        for (size_t r = 0; r < 4; r++) {
            float row[6];
            for (size_t j = 0; j < 6; j++) row[j] = (float)(6 * r + j);
            check_row(data, r, row);
        }
        ink_data_free(data);
    }
}

static void npy_refused(void **state)
{
    const struct fixture *f = *state;
    help_load_fails(f, FIXTURES "objects.npy", INK_UNSUPPORTED,
                    "objects.npy|object array (allow_pickle)|save a plain array");
    help_load_fails(f, FIXTURES "texts.npy", INK_BAD_DATA, "an array of texts|can only be labels");
    help_load_fails(f, FIXTURES "records.npy", INK_UNSUPPORTED, "records");
    help_load_fails(f, FIXTURES "complex.npy", INK_UNSUPPORTED, "'c8'|float64");
    help_load_fails(f, FIXTURES "five.npy", INK_UNSUPPORTED, "more than 4 dimensions|reshape");
}

/* A .npy of version 1 with this dict and this many bytes of zeros after it. */
static const char *write_npy(const struct fixture *f, const char *name, const char *dict, size_t values)
{
    uint8_t file[1024] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    size_t length = strlen(dict);
    file[8] = (uint8_t)length;
    file[9] = (uint8_t)(length >> 8);
    memcpy(file + 10, dict, length);
    return help_write(f, name, file, 10 + length + values);
}

static void npy_headers(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *dict;
        size_t values;
        ink_status status;
        const char *words;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24, INK_OK, ""},
        {"{'shape':(2,3),\"fortran_order\":False,'descr':'<f4'}", 24, INK_OK, ""},
        {"{'descr': 'f4', 'fortran_order': False, 'shape': (2L, 3L)}   \n", 24, INK_OK, ""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2, 2)}", 16, INK_OK, ""},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", 23, INK_BAD_FILE,
         "byte 67: 6 elements need 24 bytes, the file has 23 left|cut short"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", 25, INK_BAD_FILE,
         "byte 91: 1 bytes after the array"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", 24, INK_BAD_DATA, "an array of 1 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, INK_BAD_DATA, "an array of 0 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", 0, INK_BAD_DATA, "0 rows of 3 values"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0)}", 0, INK_BAD_DATA, "3 rows of 0 values"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (0, 0)}", 0, INK_BAD_DATA, "0 rows"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0, INK_BAD_FILE,
         WHERE_WIDE("larger than any", "expected a number")},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1)}", 0, INK_BAD_FILE,
         "byte 61|number"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 1)}", 0, INK_BAD_FILE, "byte 61|number"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}", 24, INK_BAD_FILE, "byte 63|comma"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6)}", 24, INK_BAD_FILE, "comma"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3", 24, INK_BAD_FILE, "byte 65|comma"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3]}", 24, INK_BAD_FILE, "a shape such as"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}", 24, INK_BAD_FILE, "True or False"},
        {"{'descr': '<f4', 'fortran_order': False}", 24, INK_BAD_FILE, "each once"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", 24, INK_BAD_FILE,
         "byte 27|each once"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", 24, INK_BAD_FILE, "each once"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x", 24, INK_BAD_FILE, "nothing but spaces"},
        {"{'descr': '<f4\\'', 'fortran_order': False, 'shape': (2, 3)}", 24, INK_BAD_FILE, "a type"},
        {"{'descr' '<f4', 'fortran_order': False, 'shape': (2, 3)}", 24, INK_BAD_FILE, "a colon"},
        {"{descr: '<f4', 'fortran_order': False, 'shape': (2, 3)}", 24, INK_BAD_FILE, "a key in quotes"},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3)}", 24, INK_BAD_FILE, "a comma or }"},
        {"{'descr': '', 'fortran_order': False, 'shape': (2, 3)}", 24, INK_UNSUPPORTED, "type ''"},
        {"{'descr': '<f16', 'fortran_order': False, 'shape': (2, 3)}", 96, INK_UNSUPPORTED, "'f16'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}", 24, INK_UNSUPPORTED, "object"},
        {"{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2, 3)}", 48, INK_UNSUPPORTED, "M8[ns]"},
        {"", 24, INK_BAD_FILE, "byte 10|{"},
        {"(", 24, INK_BAD_FILE, "byte 10|{"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path = write_npy(f, "a.npy", cases[i].dict, cases[i].values);
        if (cases[i].status == INK_OK)
            ink_data_free(help_load(f, path));
        else
            help_load_fails(f, path, cases[i].status, cases[i].words);
    }
    help_load_fails(f, help_write(f, "a.npy", "\x93NUMPY\x04\0\0\0\0\0", 12), INK_UNSUPPORTED,
                    "byte 6: .npy version 4");
}

/* (rows, 1, height, width), as PyTorch users have it, is the same as (rows, height, width, 1). */
static void npy_channel_first(void **state)
{
    const struct fixture *f = *state;
    const char *dict = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 3, 4)}";
    ink_data *data = help_load(f, write_npy(f, "a.npy", dict, 24));
    assert_int_equal(data->height, 3);
    assert_int_equal(data->width, 4);
    assert_int_equal(data->channels, 1);
    ink_data_free(data);
}

static void npy_values(void **state)
{
    const struct fixture *f = *state;
    const char *path = help_write_doubles(f, "a.npy", 2, 3, (double[]){0, 1, 2, 3, (double)NAN, 5});
    help_load_fails(f, path, INK_BAD_DATA, "row 1, column 1 (from 0): nan");
    path = help_write_doubles(f, "a.npy", 2, 3, (double[]){0, 1, 2, 3, 4, -(double)INFINITY});
    help_load_fails(f, path, INK_BAD_DATA, "row 1, column 2 (from 0): -inf");
    path = help_write_doubles(f, "a.npy", 1, 2, (double[]){0, 1e300});
    help_load_fails(f, path, INK_BAD_DATA, "row 0, column 1 (from 0): 1e+300");
    path = help_path(f, "a.npy");
    help_write(f, "a.npy", "\x93NUMPY\1\0\x39\0{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}\0\0\x80\x7F",
               71);
    help_load_fails(f, path, INK_BAD_DATA, "row 0, column 0 (from 0): inf");
}

static void npy_labels(void **state)
{
    const struct fixture *f = *state;
    const char *x = help_write_doubles(f, "X_train.npy", 3, 2, (double[]){1, 2, 3, 4, 5, 6});
    help_write_doubles(f, "y_train.npy", 3, 0, (double[]){2, 0, 2});
    ink_data *data = help_load(f, x);
    assert_int_equal(data->classes, 2);
    assert_int_equal(inki_data_label(data, 0), 1);
    assert_int_equal(inki_data_label(data, 1), 0);
    assert_string_equal(ink_data_class(data, 1), "2");
    assert_non_null(strstr(f->note, "2 classes from "));
    ink_data_free(data);
    help_write_doubles(f, "y_train.npy", 3, 1, (double[]){1, 0, 1}); /* a column */
    data = help_load(f, x);
    assert_int_equal(inki_data_label(data, 2), 1);
    ink_data_free(data);
    help_write_doubles(f, "y_train.npy", 3, 4, (double[]){0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0}); /* one-hot */
    data = help_load(f, x);
    assert_int_equal(data->classes, 4); /* though two have no rows */
    assert_int_equal(inki_data_label(data, 0), 1);
    assert_int_equal(inki_data_label(data, 1), 2);
    assert_string_equal(ink_data_class(data, 3), "3");
    ink_data_free(data);
}

/* The same numbers are the same data, whatever their type, order and place; what is no byte stays a float. */
static void npy_bytes_or_floats(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, help_write_doubles(f, "a.npy", 2, 3, (double[]){0, 255, 2, 3, 4, 5}));
    ink_data *same = help_load(f, FIXTURES "types/u1_little.npy");
    assert_non_null(data->bytes);
    ink_data_free(data);
    data = help_load(f, FIXTURES "types/f8_fortran.npy");
    assert_true(ink_data_fingerprint(data) == ink_data_fingerprint(same));
    ink_data_free(data);
    ink_data_free(same);
    static const double others[][6] = {
        {0, 1, 2, 3, 4, 256}, {0, 1, 2, 3, 4, -1}, {0, 1, 2, 3, 4, 0.5}, {1e-30, 1, 2, 3, 4, 5}};
    for (size_t i = 0; i < COUNT(others); i++) {
        data = help_load(f, help_write_doubles(f, "a.npy", 2, 3, others[i]));
        assert_null(data->bytes);
        for (size_t j = 0; j < 6; j++) assert_float_equal(data->floats[j], (float)others[i][j], 0);
        ink_data_free(data);
    }
}

/* Words as labels: classes in alphabetical order; words that are numbers are numbers. */
static void npy_label_words(void **state)
{
    static const struct {
        const char *dict;
        char values[64];
        size_t size;
        const char *classes[3];
        int32_t labels[4];
    } cases[] = {
        {"{'descr': '|S4', 'fortran_order': False, 'shape': (4,)}",
         "dog\0cat\0dogscat\0",
         16,
         {"cat", "dog", "dogs"},
         {1, 0, 2, 0}},
        {"{'descr': '<U2', 'fortran_order': False, 'shape': (4,)}",
         "\xE4\0\0\0b\0\0\0a\0\0\0\0\0\0\0a\0\0\0\0\0\0\0\xE4\0\0\0b\0\0\0",
         32,
         {"a", "\xC3\xA4"
               "b"},
         {1, 0, 0, 1}},
        {"{'descr': '>U1', 'fortran_order': False, 'shape': (4, 1)}",
         "\0\0\0"
         "2\0\0\0"
         "0\0\0\0"
         "2\0\0\0"
         "1",
         16,
         {"0", "1", "2"},
         {2, 0, 2, 1}},
    };
    const struct fixture *f = *state;
    const char *x = help_write_doubles(f, "x.npy", 4, 1, (double[]){1, 2, 3, 4});
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t file[256] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
        size_t length = strlen(cases[i].dict);
        file[8] = (uint8_t)length;
        memcpy(file + 10, cases[i].dict, length);
        memcpy(file + 10 + length, cases[i].values, cases[i].size);
        help_write(f, "y.npy", file, 10 + length + cases[i].size);
        ink_data *data = help_load(f, x);
        for (size_t c = 0; c < data->classes; c++) assert_string_equal(ink_data_class(data, c), cases[i].classes[c]);
        for (size_t r = 0; r < 4; r++) assert_int_equal(inki_data_label(data, r), cases[i].labels[r]);
        ink_data_free(data);
    }
    write_npy(f, "y.npy", "{'descr': '|S1', 'fortran_order': False, 'shape': (4, 2)}", 8);
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: 2 strings a row");
    write_npy(f, "y.npy", "{'descr': '|S0', 'fortran_order': False, 'shape': (4,)}", 0);
    help_load_fails(f, x, INK_UNSUPPORTED, "y.npy: elements of type 'S0'");
}

static void npy_labels_wrong(void **state)
{
    const struct fixture *f = *state;
    const char *x = help_write_doubles(f, "x.npy", 3, 2, (double[]){1, 2, 3, 4, 5, 6});
    help_write_doubles(f, "y.npy", 3, 0, (double[]){0, 1.5, 1});
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: row 1 (from 0): label 1.5 is not a 32-bit integer");
    help_write_doubles(f, "y.npy", 3, 0, (double[]){0, 1, (double)NAN});
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: row 2 (from 0): label nan");
    help_write_doubles(f, "y.npy", 3, 0, (double[]){0, 1, 3e9});
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: row 2 (from 0): label 3e+09");
    help_write_doubles(f, "y.npy", 2, 0, (double[]){0, 1});
    help_load_fails(f, x, INK_BAD_DATA, "y.npy has 2 labels|x.npy has 3 rows");
    help_write_doubles(f, "y.npy", 3, 2, (double[]){0, 1, 1, 1, 1, 0});
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: row 1 (from 0) is not one-hot");
    help_write_doubles(f, "y.npy", 3, 2, (double[]){0, 1, 0, 0, 1, 0});
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: row 1 (from 0) is not one-hot");
    help_write_doubles(f, "y.npy", 3, 2, (double[]){0, 1, 0, 0.5, 1, 0});
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: row 1 (from 0) is not one-hot");
    write_npy(f, "y.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 3)}", 3);
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: found an array of 3 dimensions; labels");
    write_npy(f, "y.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 65537)}", 0);
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: 65537 columns of one-hot labels");
    write_npy(f, "y.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': ()}", 1);
    help_load_fails(f, x, INK_BAD_DATA, "y.npy: found an array of 0 dimensions; labels");
}

/* -------------------------------------------------------------------- npz */

#ifdef INKI_HAVE_LIBZIP
static void npz_keras(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "keras.npz");
    assert_int_equal(data->rows, 15);
    assert_int_equal(data->height, 2);
    assert_int_equal(data->classes, 4);
    assert_non_null(data->bytes);
    check_row(data, 14, (float[]){14, 15, 16, 17, 18, 19});
    assert_non_null(data->test);
    assert_int_equal(data->test->rows, 5);
    check_row(data->test, 0, (float[]){15, 16, 17, 18, 19, 20});
    assert_int_equal(inki_data_label(data->test, 0), 3);
    assert_non_null(strstr(f->note, "keras.npz: rows 15, 6 features (2x3), 4 classes, 5 test rows"));
    ink_data_free(data);
}

static void npz_names(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(f, FIXTURES "pair.npz"); /* the object array beside X and y is left alone */
    assert_null(data->test);
    assert_int_equal(data->classes, 4);
    check_row(data, 3, (float[]){0.375f, 0.5f, 0.625f, 0.75f, 0.875f, 1});
    ink_data_free(data);
    data = help_load(f, FIXTURES "unnamed.npz");
    assert_int_equal(data->classes, 4);
    ink_data_free(data);
    data = help_load(f, FIXTURES "alone.npz");
    assert_null(data->labels);
    ink_data_free(data);
    help_load_fails(f, FIXTURES "strange.npz", INK_BAD_DATA, "strange.npz|it holds: foo, bar");
    help_load_fails(f, FIXTURES "empty.npz", INK_BAD_DATA, "it holds: nothing");
    data = help_load(f, FIXTURES "lopsided.npz");
    assert_null(data->test);
    ink_data_free(data);
    help_set(f, "labels", FIXTURES "types/u1_little.npy");
    help_load_fails(f, FIXTURES "pair.npz", INK_BAD_SETTING, "already contains labels");
    help_set(f, "labels", FIXTURES "pair.npz");
    help_load_fails(f, FIXTURES "types/u1_little.npy", INK_BAD_DATA, "pair.npz has |labels, but ");
}

/* A validation part is joined to the training rows. */
static void npz_validation(void **state)
{
    const struct fixture *f = *state;
    static const float x[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, y[6] = {0, 1, 2, 0, 1, 2};
    const struct net_array arrays[] = {{"X_test", 2, {1, 2}, x},    {"X_train", 2, {3, 2}, x},
                                       {"y_train", 1, {3, 0}, y},   {"y_val", 1, {2, 0}, y + 3},
                                       {"X_val", 2, {2, 2}, x + 6}, {"y_test", 1, {1, 0}, y + 2}};
    ink_data *data = help_load(f, net_npz(f, "v.npz", arrays, COUNT(arrays)));
    assert_int_equal(data->rows, 5);
    check_row(data, 4, (float[]){8, 9});
    assert_int_equal(inki_data_label(data, 4), 1);
    assert_int_equal(data->test->rows, 1);
    assert_int_equal(inki_data_label(data->test, 0), 2);
    ink_data_free(data);
    data = help_load(f, net_npz(f, "v.npz", (const struct net_array[]){arrays[1], arrays[2], arrays[4]}, 3));
    assert_int_equal(data->rows, 3); /* X_val has no labels */
    ink_data_free(data);
    help_load_fails(f, net_npz(f, "v.npz", (const struct net_array[]){arrays[1], arrays[4], arrays[3]}, 3),
                    INK_BAD_DATA, "the labels of other rows are there, those of X_train are not|--arrays");
    const struct net_array wide = {"X_val", 2, {1, 4}, x};
    help_load_fails(f, net_npz(f, "v.npz", (const struct net_array[]){arrays[1], wide}, 2), INK_BAD_DATA,
                    "3 rows of 2 features|1 of 4");
}

static void npz_weights(void **state)
{
    const struct fixture *f = *state;
    struct inki_array *arrays;
    size_t count;
    assert_int_equal(inki_npz_read(f->ctx, FIXTURES "weights.npz", &arrays, &count), INK_OK);
    assert_int_equal(count, 3);
    assert_string_equal(arrays[0].name, "W1");
    assert_int_equal(arrays[0].rank, 2);
    assert_int_equal(arrays[0].dims[1], 3);
    assert_float_equal(inki_array_at(&arrays[0], 5), 1.25, 0);
    assert_string_equal(arrays[1].name, "b1");
    assert_int_equal(arrays[1].count, 3);
    assert_int_equal(arrays[2].rank, 0);
    assert_float_equal(inki_array_at(&arrays[2], 0), 7, 0);
    inki_arrays_free(f->ctx, arrays, count);
    assert_int_equal(inki_npz_read(f->ctx, FIXTURES "pair.npz", &arrays, &count), INK_OK);
    assert_non_null(strstr(f->note, "left out: "));
    assert_non_null(strstr(f->note, "pair.npz:extra: an object array"));
    assert_int_equal(count, 2);
    inki_arrays_free(f->ctx, arrays, count);
    assert_int_equal(inki_npz_read(f->ctx, FIXTURES "objects.npy", &arrays, &count), INK_BAD_FILE);
    assert_int_equal(inki_npz_read(f->ctx, FIXTURES "nothing.npz", &arrays, &count), INK_NOT_FOUND);
}

/* The directory's sizes of the n-th member: 20 bytes after "PK\1\2" packed, 24 unpacked. */
static uint8_t *directory_entry(uint8_t *zip, size_t size, size_t n)
{
    for (size_t i = 0; i + 46 <= size; i++)
        if (memcmp(zip + i, "PK\1\2", 4) == 0 && n-- == 0) return zip + i;
    fail_msg("no such member");
    return NULL;
}

static void npz_bombs(void **state)
{
    const struct fixture *f = *state;
    size_t size;
    uint8_t *zip = help_read(FIXTURES "keras.npz", &size);
    uint8_t *entry = directory_entry(zip, size, 0), saved[46];
    memcpy(saved, entry, sizeof saved);
    memcpy(entry + 24, "\xFE\xFF\xFF\x7F", 4); /* unpacked: 2 GB */
    help_load_fails(f, help_write(f, "a.npz", zip, size), INK_BAD_FILE, "claims a size that it cannot have");
    memcpy(entry, saved, sizeof saved);
    memcpy(entry + 20, "\xFE\xFF\xFF\x7F", 4); /* packed: 2 GB */
    help_load_fails(f, help_write(f, "a.npz", zip, size), INK_BAD_FILE, "damaged");
    memcpy(entry, saved, sizeof saved);
    entry[24]++; /* one byte more than there is */
    help_load_fails(f, help_write(f, "a.npz", zip, size), INK_BAD_FILE, "damaged");
    entry[24] = (uint8_t)(entry[24] - 2); /* one less */
    help_load_fails(f, help_write(f, "a.npz", zip, size), INK_BAD_FILE, "damaged");
    free(zip);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(idx_images),       TEST(idx_ranks),        TEST(idx_types),           TEST(idx_wrong),
        TEST(idx_labels_wrong), TEST(npy_types),        TEST(npy_special),         TEST(npy_fortran_images),
        TEST(npy_refused),      TEST(npy_headers),      TEST(npy_channel_first),   TEST(npy_values),
        TEST(npy_labels),       TEST(npy_labels_wrong), TEST(npy_bytes_or_floats), TEST(npy_label_words),
#ifdef INKI_HAVE_LIBZIP
        TEST(npz_keras),        TEST(npz_names),        TEST(npz_validation),      TEST(npz_weights),
        TEST(npz_bombs),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
