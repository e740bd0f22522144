/* test_map: large files are mapped: what they read as, what is given back, what outlives a change of the file.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/file.h"
#include "data/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { MEGABYTE = 1 << 20, LARGE = 9 * MEGABYTE };

static uint8_t byte_at(size_t i) { return (uint8_t)(i * 2654435761u >> 13); }

static const char *write_large(const struct room *room, const char *name, size_t size)
{
    const char *path = room_path(room, name);
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) bytes[i] = byte_at(i);
    room_write(path, bytes, size);
    free(bytes);
    return path;
}

static void read_well(struct room *room, const char *path, struct inki_bytes *bytes)
{
    ink_status status = inki_bytes_read(room->ctx, path, bytes);
    if (status != INK_OK) fail_msg("%s", ink_ctx_message(room->ctx));
}

static void has_content(const struct inki_bytes *bytes, size_t size)
{
    assert_int_equal(bytes->size, size);
    for (size_t i = 0; i < size; i++)
        if (bytes->data[i] != byte_at(i)) fail_msg("byte %zu", i);
}

/* What this process' map says of a file: 0 if it is not mapped, else 1 + the kilobytes of it that are held. */
static size_t mapped_kilobytes(const char *path)
{
    char line[1024];
    const char *name = strrchr(path, '/');
    size_t held = 0, result = 0;
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    for (bool here = false; fgets(line, sizeof line, file);) {
        unsigned long begin, end;
        if (sscanf(line, "%lx-%lx", &begin, &end) == 2) here = strstr(line, name) != NULL;
        if (here && result == 0) result = 1;
        if (here && sscanf(line, "Rss: %zu kB", &held) == 1) result += held;
    }
    fclose(file);
    return result;
}

static void large_files(void **state)
{
    struct room *room = *state;
    static const size_t sizes[] = {INKI_MAP_FROM - 1, INKI_MAP_FROM, INKI_MAP_FROM + 1, LARGE};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        struct inki_bytes bytes;
        const char *path = write_large(room, "large", sizes[i]);
        size_t calls = room->tally.calls;
        read_well(room, path, &bytes);
        bool mapped = sizes[i] >= INKI_MAP_FROM;
        assert_int_equal(bytes.mapped, mapped);
        assert_int_equal(room->tally.calls - calls, mapped ? 0 : 1);
        assert_int_equal(mapped_kilobytes(path) > 0, mapped);
        has_content(&bytes, sizes[i]);
        inki_bytes_free(room->ctx, &bytes);
        assert_null(bytes.data);
        assert_int_equal(mapped_kilobytes(path), 0);
    }
}

static void given_back(void **state)
{
    struct room *room = *state;
    struct inki_bytes bytes;
    const char *path = write_large(room, "large", LARGE);
    read_well(room, path, &bytes);
    has_content(&bytes, LARGE);
    assert_true(mapped_kilobytes(path) >= LARGE / 1024);
    inki_bytes_done(&bytes, 100); /* too little to act upon */
    assert_true(mapped_kilobytes(path) >= LARGE / 1024);
    inki_bytes_done(&bytes, 5 * MEGABYTE);
    assert_in_range(mapped_kilobytes(path), 4 * 1024, 5 * 1024 + 1);
    inki_bytes_done(&bytes, LARGE);
    assert_in_range(mapped_kilobytes(path), 1, 1024 + 1);
    has_content(&bytes, LARGE); /* it can be read again */
    inki_bytes_free(room->ctx, &bytes);
}

/* -o may take the data's place: the old content stays for who has it open. */
static void replaced(void **state)
{
    struct room *room = *state;
    struct inki_bytes bytes;
    struct inki_writer writer;
    const char *path = write_large(room, "large", LARGE);
    read_well(room, path, &bytes);
    assert_int_equal(inki_write_begin(room->ctx, path, &writer), INK_OK);
    assert_int_equal(inki_write(&writer, "short", 5), INK_OK);
    assert_int_equal(inki_write_commit(&writer), INK_OK);
    has_content(&bytes, LARGE);
    inki_bytes_free(room->ctx, &bytes);
    read_well(room, path, &bytes);
    assert_int_equal(bytes.size, 5);
    inki_bytes_free(room->ctx, &bytes);
}

/* What is unpacked is no mapping, and the packed file's mapping is gone. */
static void packed(void **state)
{
    struct room *room = *state;
    struct inki_bytes bytes;
    const char *path = room_path(room, "large.gz");
    gzFile file = gzopen(path, "wb0");
    uint8_t block[4096];
    for (size_t i = 0; i < LARGE; i += sizeof block) {
        for (size_t j = 0; j < sizeof block; j++) block[j] = byte_at(i + j);
        assert_int_equal(gzwrite(file, block, sizeof block), sizeof block);
    }
    assert_int_equal(gzclose(file), Z_OK);
    read_well(room, path, &bytes);
    assert_false(bytes.mapped);
    assert_true(bytes.from_gzip);
    assert_int_equal(mapped_kilobytes(path), 0);
    has_content(&bytes, LARGE);
    inki_bytes_free(room->ctx, &bytes);
    assert_int_equal(truncate(path, LARGE - 100), 0);
    assert_int_equal(inki_bytes_read(room->ctx, path, &bytes), INK_BAD_FILE);
    room_said(room, "cut short");
    assert_int_equal(mapped_kilobytes(path), 0);
}

/* Images stay where they are, and go with the last owner. */
static void data_in_place(void **state)
{
    struct room *room = *state;
    const char *path = room_path(room, "images-idx3-ubyte");
    uint8_t *bytes = calloc(1, 16 + 2000 * 784);
    ink_data *data, *view;
    memcpy(bytes, (uint8_t[16]){0, 0, 8, 3, 0, 0, 2000 >> 8, 2000 & 255, 0, 0, 0, 28, 0, 0, 0, 28}, 16);
    bytes[16 + 784] = 77;
    room_write(path, bytes, 16 + 2000 * 784);
    free(bytes);
    size_t before = room->tally.bytes;
    assert_int_equal(ink_data_load(room->ctx, path, NULL, &data), INK_OK);
    assert_true(data->block.mapped);
    assert_ptr_equal(data->bytes, data->block.data + 16);
    assert_true(room->tally.bytes - before < 4096);
    assert_int_equal(ink_data_part(room->ctx, data, INK_PART_ALL, &view), INK_OK);
    assert_int_equal(view->bytes[784], 77);
    ink_data_free(view);
    assert_true(mapped_kilobytes(path) > 0);
    ink_data_free(data);
    assert_int_equal(mapped_kilobytes(path), 0);
    assert_int_equal(truncate(path, 16 + 2000 * 784 - 1), 0);
    assert_int_equal(ink_data_load(room->ctx, path, NULL, &data), INK_BAD_FILE);
    assert_int_equal(mapped_kilobytes(path), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(large_files), TEST(given_back), TEST(replaced), TEST(packed), TEST(data_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
