/* test_npz_write: archives written and read again, whole or not at all, without memory, and without room on the disk.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "read/npy.h"
#include "read/npz_write.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const float weights[6] = {0, 0.5F, -1, 3e38F, 1e-40F, 7};
static const uint8_t pixels[2 * 3 * 4] = {0, 1, 2, 255};
static const int64_t labels[2] = {-5, INT64_C(1) << 40};
static const char *const words[] = {"cat", "", "h\xC3\xA5r", "\xF0\x9F\x98\x80!", "\xFF"};

/* All kinds of arrays; `pieces`: the weights value by value. */
static ink_status write_all(struct inki_npz_writer *npz, bool pieces)
{
    const double one = 1.25;
    INK_TRY(inki_npz_write_add(npz, "x", "u1", (size_t[]){2, 3, 4}, 3, pixels));
    INK_TRY(inki_npz_write_add(npz, "y", "i8", (size_t[]){2}, 1, labels));
    INK_TRY(inki_npz_write_add(npz, "one", "f8", NULL, 0, &one));
    INK_TRY(inki_npz_write_add(npz, "none", "f4", (size_t[]){0, 4}, 2, weights));
    INK_TRY(inki_npz_write_texts(npz, "words", words, COUNT(words)));
    if (!pieces) return inki_npz_write_add(npz, "W1", "f4", (size_t[]){3, 2}, 2, weights);
    INK_TRY(inki_npz_write_open(npz, "W1", "f4", (size_t[]){3, 2}, 2));
    for (size_t i = 0; i < 6; i++) INK_TRY(inki_npz_write_put(npz, &weights[i], sizeof weights[i]));
    return inki_npz_write_close(npz);
}

static ink_status write_file(struct fixture *f, const char *name, bool pieces)
{
    struct inki_npz_writer *npz;
    INK_TRY(inki_npz_write_begin(f->ctx, help_path(f, name), &npz));
    ink_status status = write_all(npz, pieces);
    if (status == INK_OK) return inki_npz_write_commit(npz);
    inki_npz_write_abort(npz);
    return status;
}

static size_t count_files(const struct fixture *f)
{
    char command[128];
    size_t count = 0;
    snprintf(command, sizeof command, "ls -A '%s'", f->folder);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    for (int c; (c = getc(list)) != EOF;) count += c == '\n';
    pclose(list);
    return count;
}

#ifdef INKI_HAVE_LIBZIP
static const struct inki_array *find(const struct inki_array *arrays, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(arrays[i].name, name) == 0) return &arrays[i];
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static void reads_back(void **state)
{
    struct fixture *f = *state;
    struct inki_npz_writer *npz;
    struct inki_array *arrays;
    size_t count;
    const char *path = help_path(f, "a.npz");
    assert_int_equal(inki_npz_write_begin(f->ctx, path, &npz), INK_OK);
    assert_int_equal(inki_npz_write_add(npz, "x", "u1", (size_t[]){2, 3, 4}, 3, pixels), INK_OK);
    assert_int_equal(inki_npz_write_add(npz, "y", "i8", (size_t[]){2}, 1, labels), INK_OK);
    assert_int_equal(inki_npz_write_add(npz, "W1", "f4", (size_t[]){3, 2}, 2, weights), INK_OK);
    assert_int_equal(inki_npz_write_commit(npz), INK_OK);
    assert_int_equal(inki_npz_read(f->ctx, path, &arrays, &count), INK_OK);
    assert_int_equal(count, 3);
    const struct inki_array *x = find(arrays, count, "x"), *y = find(arrays, count, "y"),
                            *w = find(arrays, count, "W1");
    assert_int_equal(x->rank, 3);
    assert_memory_equal(x->dims, ((size_t[]){2, 3, 4}), 3 * sizeof(size_t));
    assert_memory_equal(x->values, pixels, sizeof pixels);
    for (size_t i = 0; i < 2; i++) assert_true(inki_array_at(y, i) == (double)labels[i]);
    for (size_t i = 0; i < 6; i++) assert_true(inki_array_at(w, i) == (double)weights[i]);
    inki_arrays_free(f->ctx, arrays, count);
}
#endif

/* Python's own reader agrees, also on checksums; zipfile and struct are in every Python. */
static void python_reads_it(void **state)
{
    struct fixture *f = *state;
    char command[512];
    assert_int_equal(write_file(f, "a.npz", false), INK_OK);
    snprintf(command, sizeof command, "python3 '%s/tests/read_npz.py' '%s'", INKI_ROOT, help_path(f, "a.npz"));
    assert_int_equal(system(command), 0);
}

/* However the values come, the bytes are the same; nothing is left beside them. */
static void same_bytes(void **state)
{
    struct fixture *f = *state;
    size_t size, other;
    assert_int_equal(write_file(f, "a.npz", false), INK_OK);
    assert_int_equal(write_file(f, "b.npz", true), INK_OK);
    uint8_t *a = help_read(help_path(f, "a.npz"), &size), *b = help_read(help_path(f, "b.npz"), &other);
    assert_int_equal(size, other);
    assert_memory_equal(a, b, size);
    assert_int_equal(count_files(f), 2);
    free(a);
    free(b);
}

static void abort_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct inki_npz_writer *npz;
    inki_npz_write_abort(NULL);
    help_write(f, "a.npz", "old", 3);
    assert_int_equal(inki_npz_write_begin(f->ctx, help_path(f, "a.npz"), &npz), INK_OK);
    assert_int_equal(inki_npz_write_open(npz, "x", "u1", (size_t[]){100}, 1), INK_OK);
    assert_int_equal(inki_npz_write_put(npz, pixels, sizeof pixels), INK_OK);
    inki_npz_write_abort(npz);
    assert_int_equal(count_files(f), 1);
    size_t size;
    uint8_t *old = help_read(help_path(f, "a.npz"), &size);
    assert_int_equal(size, 3);
    free(old);
}

static void what_does_not_fit(void **state)
{
    struct fixture *f = *state;
    struct inki_npz_writer *npz;
    char name[64];
    memset(name, 'n', sizeof name);
    name[60] = 0;
    assert_int_equal(inki_npz_write_begin(f->ctx, help_path(f, "no/a.npz"), &npz), INK_IO);
    assert_null(npz);
    assert_int_equal(inki_npz_write_begin(f->ctx, help_path(f, "a.npz"), &npz), INK_OK);
    assert_int_equal(inki_npz_write_add(npz, name, "u1", (size_t[]){1}, 1, pixels), INK_BAD_ARGUMENT);
    assert_int_equal(inki_npz_write_open(npz, "x", "f8", (size_t[]){SIZE_MAX, 2}, 2), INK_BAD_ARGUMENT);
    name[59] = 0;
    assert_int_equal(inki_npz_write_add(npz, name, "u1", (size_t[]){1}, 1, pixels), INK_OK);
    assert_int_equal(inki_npz_write_commit(npz), INK_OK);
}

static ink_status write_and_forget(struct fixture *f, void *arg)
{
    (void)arg;
    return write_file(f, "a.npz", true);
}

static void out_of_memory(void **state) { assert_true(help_sweep(*state, write_and_forget, NULL) >= 6); }

/* A disk that is full after each number of bytes: a sentence, and nothing left. */
static void no_room(void **state)
{
    struct fixture *f = *state;
    struct rlimit before, limit;
    ink_status status = INK_IO;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (rlim_t bytes = 1; status != INK_OK; bytes += 97) {
        limit = (struct rlimit){bytes, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        status = write_file(f, "full.npz", false);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (status == INK_OK) break;
        assert_int_equal(status, INK_IO);
        help_message_has(f, "full.npz: writing failed");
        assert_int_equal(count_files(f), 0);
    }
    assert_int_equal(count_files(f), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
#ifdef INKI_HAVE_LIBZIP
        TEST(reads_back),
#endif
        TEST(python_reads_it),   TEST(same_bytes),    TEST(abort_leaves_nothing),
        TEST(what_does_not_fit), TEST(out_of_memory), TEST(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
