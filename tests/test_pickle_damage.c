/* test_pickle_damage: pickles that mean more than they are, cut, changed, mixed; no memory.
 * SPDX-License-Identifier: MIT */
#include "pickle_help.h"
#include "room.h"

#include "base/rng.h"
#include "read/npy.h"
#include "read/pickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is small in the file stays small in memory, and takes no time. */
static void bombs(void **state)
{
    struct tally tally = {0};
    ink_allocator allocator = room_allocator(&tally);
    struct fixture f = **(struct fixture **)state;
    static uint8_t bytes[300000];
    size_t size = 0;
    ink_data *data;
    assert_int_equal(ink_ctx_new(&allocator, &f.ctx), INK_OK);
    /* a row of 1000, 1000 times in a list, that 1000 times in a list, and that again */
    memcpy(bytes, "\x80\x02]q\0(", 6);
    size = 6;
    for (size_t i = 0; i < 1000; i++) size += (size_t)snprintf((char *)bytes + size, 8, "K%c", '1');
    bytes[size++] = 'e';
    for (uint8_t level = 0; level < 3; level++) {
        memcpy(bytes + size, (uint8_t[]){']', 'q', level + 1, '('}, 4);
        size += 4;
        for (size_t i = 0; i < 1000; i++, size += 2) memcpy(bytes + size, (uint8_t[]){'h', level}, 2);
        bytes[size++] = 'e';
    }
    bytes[size++] = '.';
    assert_int_equal(pickle_read(&f, bytes, size, &data), INK_BAD_DATA);
    help_message_has(&f, "repeat each other");
    /* marks and lists, as deep as the file is long */
    memset(bytes, '(', sizeof bytes);
    memcpy(bytes, "\x80\x02", 2);
    assert_int_equal(pickle_read(&f, bytes, sizeof bytes, &data), INK_BAD_FILE);
    help_message_has(&f, "nested too deeply");
    memset(bytes, ']', sizeof bytes);
    memcpy(bytes, "\x80\x02", 2);
    memset(bytes + sizeof bytes / 2, 'a', sizeof bytes / 2 - 4);
    bytes[sizeof bytes - 4] = '.';
    assert_int_equal(pickle_read(&f, bytes, sizeof bytes - 3, &data), INK_BAD_DATA);
    help_message_has(&f, "deep");
    assert_true(tally.peak < 100 * sizeof bytes);
    assert_int_equal(tally.live > 0, true); /* the context's own */
    ink_ctx_free(f.ctx);
    assert_int_equal(tally.live, 0);
}

/* A piece of a pickle, `times` over. */
struct piece {
    const char *bytes;
    size_t size, times;
};
#define PIECE(text, times)                                                                                             \
    {                                                                                                                  \
        text, sizeof(text) - 1, times                                                                                  \
    }

static const struct {
    const char *name;
    struct piece pieces[8];
} again_cases[] = {
    {"OrderedDict(list)",
     {PIECE("\x80\x02"
            "ccollections\nOrderedDict\nq\1"
            "0(",
            1),
      PIECE("K\0K\1\x86", 20000),
      PIECE("lq\2"
            "0",
            1),
      PIECE("h\1h\2\x85R0", 5000), PIECE("].", 1)}},
    {"encode(text)",
     {PIECE("\x80\x02"
            "c_codecs\nencode\nq\1"
            "0X\x40\x9c\0\0",
            1),
      PIECE("\xc3\xa9", 20000),
      PIECE("q\2"
            "0",
            1),
      PIECE("h\1h\2X\6\0\0\0latin1\x86R0", 5000), PIECE("].", 1)}},
    {"long labels",
     {PIECE("\x80\x02X\x40\x9c\0\0", 1), PIECE("a", 40000),
      PIECE("q\1"
            "0](K\0K\1eq\2"
            "0(](",
            1),
      PIECE("h\2", 5000), PIECE("e](", 1), PIECE("h\1", 5000), PIECE("et.", 1)}},
    {"one-hot labels",
     {PIECE("\x80\x02(K\1", 1), PIECE("K\0", 20000),
      PIECE("lq\1"
            "0](K\0K\1eq\2"
            "0(](",
            1),
      PIECE("h\2", 5000), PIECE("e](", 1), PIECE("h\1", 5000), PIECE("et.", 1)}},
    {"rows as tuples",
     {PIECE("\x80\x02(", 1), PIECE("G?\xb9\x99\x99\x99\x99\x99\x9a", 20000),
      PIECE("tq\1"
            "0](",
            1),
      PIECE("h\1", 60000), PIECE("e.", 1)}},
};

/* One object of the memo, again and again: what calls copy, labels compare and rows list is in proportion to the file. */
static void objects_again(void **state)
{
    static uint8_t bytes[400000];
    for (size_t c = 0; c < COUNT(again_cases); c++) {
        struct tally tally = {0};
        ink_allocator allocator = room_allocator(&tally);
        struct fixture f = **(struct fixture **)state;
        size_t size = 0;
        ink_data *data;
        assert_int_equal(ink_ctx_new(&allocator, &f.ctx), INK_OK);
        for (const struct piece *piece = again_cases[c].pieces; piece->bytes; piece++)
            for (size_t i = 0; i < piece->times; i++, size += piece->size)
                memcpy(bytes + size, piece->bytes, piece->size);
        clock_t began = clock();
        ink_status status = pickle_read(&f, bytes, size, &data);
        double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        if (status != INK_BAD_DATA || !strstr(ink_ctx_message(f.ctx), "so often"))
            fail_msg("%s: %s: %s", again_cases[c].name, ink_status_name(status), ink_ctx_message(f.ctx));
        if (tally.peak > 200 * size + (2 << 20) || seconds > 3)
            fail_msg("%s: %zu bytes of memory and %.1f s for %zu bytes", again_cases[c].name, tally.peak, seconds,
                     size);
        ink_ctx_free(f.ctx);
        assert_int_equal(tally.live, 0);
    }
}

/* ------------------------------------------------------------------- damage */

static void cut_at_every_byte(void **state)
{
    const struct fixture *f = *state;
    char *names[PICKLE_NAMES];
    size_t count = pickle_fixtures("same_", names);
    for (size_t i = 0; i < count; i++) {
        size_t size;
        ink_data *data;
        uint8_t *bytes = help_read(names[i], &size);
        bool several = strstr(names[i], "two_in_a_row") || strstr(names[i], ".gz");
        for (size_t cut = 0; cut < size && !several; cut++) {
            ink_status status = pickle_read(f, bytes, cut, &data);
            if (status != INK_BAD_FILE) fail_msg("%s cut at %zu: %s", names[i], cut, ink_status_name(status));
            assert_null(data);
        }
        free(bytes);
        free(names[i]);
    }
}

/* Whatever was done to it: data, or a sentence; no memory is left behind. */
static void try_damaged(const struct fixture *f, const uint8_t *bytes, size_t size)
{
    ink_data *data;
    size_t live = f->memory.live;
    ink_status status = pickle_read(f, bytes, size, &data);
    assert_int_equal(status == INK_OK, data != NULL);
    if (status != INK_OK) help_message_has(f, "memory.pkl:");
    ink_data_free(data);
    assert_int_equal(f->memory.live, live);
}

static void change_every_byte(void **state)
{
    static const uint8_t values[] = {0x00, 0xFF, '(', ']', 't', 'e', 'R', 0x94};
    const struct fixture *f = *state;
    char *names[PICKLE_NAMES];
    size_t count = pickle_fixtures("same_", names);
    for (size_t i = 0; i < count; i++) {
        size_t size;
        uint8_t *bytes = help_read(names[i], &size);
        for (size_t at = 0; at < size; at++) {
            uint8_t before = bytes[at];
            bytes[at] = values[(at + i) % COUNT(values)];
            try_damaged(f, bytes, size);
            bytes[at] = before;
        }
        free(bytes);
        free(names[i]);
    }
}

/* Bytes changed, parts left out, said twice or moved. */
static void random_damage(void **state)
{
    const struct fixture *f = *state;
    struct inki_rng rng = inki_rng_begin(5, INKI_RNG_TEST, 0, 0);
    size_t rounds = getenv("INKLING_LONG") ? 400000 : 20000;
    char *names[PICKLE_NAMES];
    size_t count = pickle_fixtures("same_", names);
    for (size_t round = 0; round < rounds; round++) {
        size_t size;
        uint8_t *bytes = help_read(names[inki_rng_below(&rng, count)], &size);
        for (uint64_t changes = inki_rng_below(&rng, 4) + 1; changes-- > 0;) {
            size_t from = (size_t)inki_rng_below(&rng, size), to = (size_t)inki_rng_below(&rng, size);
            size_t length = (size_t)inki_rng_below(&rng, size - (from > to ? from : to)) % 40;
            if (changes % 2)
                memmove(bytes + to, bytes + from, length);
            else
                bytes[from] = (uint8_t)inki_rng_next(&rng);
        }
        try_damaged(f, bytes, size);
        free(bytes);
    }
    for (size_t i = 0; i < count; i++) free(names[i]);
}

/* ---------------------------------------------------------- out of memory */

struct file {
    const uint8_t *bytes;
    size_t size;
};

static ink_status read_and_free(struct fixture *f, void *arg)
{
    const struct file *file = arg;
    ink_data *data;
    ink_status status = pickle_read(f, file->bytes, file->size, &data);
    ink_data_free(data);
    return status;
}

static ink_status arrays_and_free(struct fixture *f, void *arg)
{
    const struct file *file = arg;
    struct inki_array *arrays;
    size_t count;
    struct inki_bytes content = {.data = (uint8_t *)(uintptr_t)file->bytes, .size = file->size};
    ink_status status = inki_pickle_arrays(f->ctx, "memory.pkl", &content, &arrays, &count);
    inki_arrays_free(f->ctx, arrays, count);
    return status;
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    for (int weights = 0; weights < 2; weights++) {
        char *names[PICKLE_NAMES];
        size_t count = pickle_fixtures(weights ? "weights_" : "same_", names);
        for (size_t i = 0; i < count; i++) {
            struct file file;
            uint8_t *bytes = help_read(names[i], &file.size);
            file.bytes = bytes;
            if (!strstr(names[i], ".gz"))
                assert_true(help_sweep(f, weights ? arrays_and_free : read_and_free, &file) >= 4);
            free(bytes);
            free(names[i]);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bombs),         TEST(objects_again), TEST(cut_at_every_byte), TEST(change_every_byte),
        TEST(random_damage), TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
