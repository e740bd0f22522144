/* test_damage: files cut at every byte, with any byte changed, of no known kind; readers without memory.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "read/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const samples[] = {
    FIXTURES "types/f4_little.npy",
    FIXTURES "types/i2_big.npy",
    FIXTURES "types/f8_fortran3.npy",
    FIXTURES "types/version2.npy",
    FIXTURES "tiny/train-images-idx3-ubyte.gz",
#ifdef INKI_HAVE_LIBZIP
    FIXTURES "keras.npz",
    FIXTURES "pair.npz",
#endif
};

static void cut_at_every_byte(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        size_t size;
        uint8_t *bytes = help_read(samples[i], &size);
        for (size_t cut = 0; cut < size; cut++) {
            ink_data *data = NULL;
            const char *path = help_write(f, "cut", bytes, cut);
            ink_status status = ink_data_load(f->ctx, path, f->set, &data);
            if (status != INK_BAD_FILE) fail_msg("%s cut at %zu: %s", samples[i], cut, ink_status_name(status));
            assert_null(data);
        }
        free(bytes);
    }
}

static void cut_idx(void **state)
{
    struct fixture *f = *state;
    uint8_t images[64], labels[16];
    size_t images_size = help_idx(images, 0x08, 3, (uint32_t[]){4, 2, 3}, 24);
    size_t labels_size = help_idx(labels, 0x08, 1, (uint32_t[]){4}, 4);
    help_write(f, "labels", labels, labels_size);
    for (size_t cut = 0; cut < images_size; cut++)
        help_load_fails(f, help_write(f, "images", images, cut), INK_BAD_FILE, "/images: byte ");
    help_write(f, "images", images, images_size);
    for (size_t cut = 0; cut < labels_size; cut++) {
        help_write(f, "labels", labels, cut);
        help_load_fails(f, help_path(f, "images"), INK_BAD_FILE, "/labels: byte ");
    }
}

/* Whatever a byte is changed to: data or a sentence, and no memory left behind. */
static void change_every_byte(void **state)
{
    struct fixture *f = *state;
    static const uint8_t values[] = {0x00, 0xFF, 0x7F, 0x80, 0x01, '0', ',', '\''};
    size_t live = f->memory.live;
    for (size_t i = 0; i < COUNT(samples); i++) {
        size_t size;
        uint8_t *bytes = help_read(samples[i], &size);
        for (size_t at = 0; at < size * COUNT(values); at++) {
            ink_data *data = NULL;
            uint8_t before = bytes[at / COUNT(values)];
            bytes[at / COUNT(values)] = values[at % COUNT(values)];
            const char *path = help_write(f, "changed", bytes, size);
            ink_status status = ink_data_load(f->ctx, path, f->set, &data);
            if (status != INK_OK) help_message_has(f, "changed");
            assert_int_equal(status == INK_OK, data != NULL);
            ink_data_free(data);
            assert_int_equal(f->memory.live, live);
            bytes[at / COUNT(values)] = before;
        }
        free(bytes);
    }
}

static void unknown_kinds(void **state)
{
    const struct fixture *f = *state;
    help_load_fails(f, help_write(f, "a", "", 0), INK_BAD_FILE, "byte 0: the file is empty");
    help_load_fails(f, help_write(f, "a", "\1hello", 6), INK_BAD_FILE,
                    "byte 0: begins with 01 68 65 6C |npy, npz, idx, |csv");
}

/* ---------------------------------------------------------- out of memory */

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
    static const char *const files[] = {
        FIXTURES "types/f4_little.npy",
        FIXTURES "types/f8_fortran.npy",
        FIXTURES "types/u1_fortran.npy",
        FIXTURES "tiny",
#ifdef INKI_HAVE_LIBZIP
        FIXTURES "keras.npz",
        FIXTURES "pair.npz",
#endif
    };
    for (size_t i = 0; i < COUNT(files); i++)
        assert_true(help_sweep(f, load_and_free, (void *)(uintptr_t)files[i]) >= 4);
    const char *x = help_write_doubles(f, "x.npy", 3, 2, (double[]){1, 2, 3, 4, 5, 6});
    help_write_doubles(f, "y.npy", 3, 0, (double[]){-7, 5, 9});
    help_sweep(f, load_and_free, (void *)(uintptr_t)x);
}

#ifdef INKI_HAVE_LIBZIP
static ink_status read_weights(struct fixture *f, void *arg)
{
    struct inki_array *arrays;
    size_t count;
    (void)arg;
    ink_status status = inki_npz_read(f->ctx, FIXTURES "weights.npz", &arrays, &count);
    inki_arrays_free(f->ctx, arrays, count);
    return status;
}

static void out_of_memory_weights(void **state) { assert_true(help_sweep(*state, read_weights, NULL) >= 5); }
#endif

/* Files of a hundred bytes that claim billions of rows: an error in a millisecond, and no allocation of note. */
static size_t largest;

static void *watched_alloc(void *user, size_t size)
{
    (void)user;
    if (size > largest) largest = size;
    return malloc(size);
}

static void watched_release(void *user, void *block)
{
    (void)user;
    free(block);
}

static void claim_is_refused(const struct fixture *f, const char *name, const uint8_t *bytes, size_t size)
{
    enum { TIMES = 100 };
    const ink_allocator allocator = {sizeof allocator, watched_alloc, watched_release, NULL};
    const char *path = help_write(f, name, bytes, size);
    ink_ctx *ctx;
    ink_data *data;
    assert_int_equal(ink_ctx_new(&allocator, &ctx), INK_OK);
    largest = 0;
    double each = 1; /* the best of a few: other jobs make the processor slow */
    for (size_t turn = 0; turn < 5 && each > 1e-3; turn++) {
        clock_t began = clock();
        for (size_t i = 0; i < TIMES; i++) assert_int_not_equal(ink_data_load(ctx, path, NULL, &data), INK_OK);
        each = fmin(each, (double)(clock() - began) / CLOCKS_PER_SEC / TIMES);
    }
    if (each > 1e-3) fail_msg("%s: %g s", name, each);
    if (largest > 1 << 20) fail_msg("%s: an allocation of %zu bytes", name, largest);
    ink_ctx_free(ctx);
}

#define CLAIM(name, text) claim_is_refused(f, name, (const uint8_t *)(const char[128]){text}, 100)

static void claims(void **state)
{
    const struct fixture *f = *state;
    CLAIM("a-images-idx3-ubyte", "\0\0\x08\x03\xEE\x6B\x28\0\0\0\0\x1C\0\0\0\x1C");
    CLAIM("b-images-idx3-ubyte", "\0\0\x0E\x03\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    CLAIM("a.npy", "\x93NUMPY\1\0\x46\0{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 784), }\n");
    CLAIM("b.npy", "\x93NUMPY\1\0\x46\0{'descr': '<f8', 'fortran_order': True, 'shape': (1<<62, 9223372036), }\n");
    CLAIM("a.pkl", "\x80\4\x8E\xFF\xFF\xFF\xFF\xFF\0\0\0");
    CLAIM("b.pkl", "\x80\4\x95\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F]");
    CLAIM("c.pkl", "\x80\2X\xFF\xFF\xFF\xFF.");
    CLAIM("d.pkl", "\x80\2]r\xFF\xFF\xFF\xFF.");
    CLAIM("a.png", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x08\2\0\0\0");
    CLAIM("a.npz", "PK\3\4\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\x08\0\0\0\xFF\xFF\xFF\xFF\x05\0\0\0x.npy");
    CLAIM("a.arff", "@relation r\n@attribute x numeric\n@attribute y numeric\n@data\n{4000000000 1}\n");
    CLAIM("a.csv.gz", "\x1F\x8B\x08\0\0\0\0\0\0\3\4\0\0\0\xFF\xFF");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cut_at_every_byte),     TEST(cut_idx),       TEST(change_every_byte),
        TEST(unknown_kinds),         TEST(out_of_memory), TEST(claims),
#ifdef INKI_HAVE_LIBZIP
        TEST(out_of_memory_weights),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
