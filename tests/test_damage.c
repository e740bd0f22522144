/* test_damage: files cut at every byte, with any byte changed, of no known kind; readers without memory.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "data/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cut_at_every_byte),     TEST(cut_idx), TEST(change_every_byte), TEST(unknown_kinds), TEST(out_of_memory),
#ifdef INKI_HAVE_LIBZIP
        TEST(out_of_memory_weights),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
