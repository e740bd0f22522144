/* test_files: whole files in, gzip undone and damage noticed; atomic files out.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

/* ---- reading ---- */

/* The file reads as these bytes. */
static void reads_as(struct room *room, const char *path, const void *expected, size_t size, bool from_gzip)
{
    struct inki_bytes bytes;
    ink_status status = inki_bytes_read(room->ctx, path, &bytes);
    if (status != INK_OK) fail_msg("%s", ink_ctx_message(room->ctx));
    assert_int_equal(bytes.size, size);
    assert_int_equal(bytes.from_gzip, from_gzip);
    assert_non_null(bytes.data);
    assert_memory_equal(bytes.data, expected, size);
    inki_bytes_free(room->ctx, &bytes);
    assert_null(bytes.data);
}

/* Reading fails like this, says where, leaves nothing. */
static void fails_as(struct room *room, const char *path, ink_status expected)
{
    struct inki_bytes bytes;
    size_t live = room->tally.live;
    room->ctx->message[0] = 0;
    ink_status status = inki_bytes_read(room->ctx, path, &bytes);
    if (status != expected) fail_msg("%s: %s instead of %s", path, ink_status_name(status), ink_status_name(expected));
    room_said(room, path);
    assert_null(bytes.data);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(room->tally.live, live);
}

/* One gzip member at `out`; returns its size. */
static size_t pack(const void *bytes, size_t size, int level, uint8_t *out, size_t room)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (unsigned)size;
    stream.next_out = out;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void fill(uint8_t *bytes, size_t size, uint32_t number)
{
    struct inki_rng rng = inki_rng_begin(number, INKI_RNG_TEST, 0, 0);
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)inki_rng_below(&rng, i % 64 < 32 ? 256 : 3);
}

static void plain_files(void **state)
{
    struct room *room = *state;
    uint8_t bytes[70000];
    const char *path = room_path(room, "plain");
    fill(bytes, sizeof bytes, 1);
    bytes[0] = 0x1f;
    bytes[1] = 0x8c; /* not quite gzip */
    static const size_t sizes[] = {0, 1, 2, 3, 17, 18, 19, 4096, 65536, sizeof bytes};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        room_write(path, bytes, sizes[i]);
        room->tally.peak = room->tally.bytes;
        size_t before = room->tally.bytes;
        reads_as(room, path, bytes, sizes[i], false);
        assert_true(room->tally.peak - before <= sizes[i] + 256);
    }
}

static void packed_files(void **state)
{
    struct room *room = *state;
    enum { MOST = 300000 };
    uint8_t *bytes = malloc(MOST), *packed = malloc(MOST * 2);
    const char *path = room_path(room, "packed.gz");
    static const size_t sizes[] = {0, 1, 100, 65535, 65536, 65537, MOST};
    for (size_t i = 0; i < 3 * LENGTH(sizes); i++) {
        size_t size = sizes[i / 3];
        fill(bytes, size, (uint32_t)i);
        room_write(path, packed, pack(bytes, size, i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : 9, packed, MOST * 2));
        reads_as(room, path, bytes, size, true);
    }
    free(bytes);
    free(packed);
}

static void several_members(void **state)
{
    struct room *room = *state;
    uint8_t bytes[3000], packed[8000];
    const char *path = room_path(room, "members.gz");
    size_t size = 0;
    fill(bytes, sizeof bytes, 3);
    for (size_t member = 0; member < 6; member++)
        size += pack(bytes + 500 * member, 500, (int)member, packed + size, sizeof packed - size);
    room_write(path, packed, size);
    reads_as(room, path, bytes, sizeof bytes, true);
    size = pack(bytes, 0, 9, packed, sizeof packed); /* empty ones between */
    size += pack(bytes, 10, 9, packed + size, sizeof packed - size);
    size += pack(bytes, 0, 9, packed + size, sizeof packed - size);
    room_write(path, packed, size);
    reads_as(room, path, bytes, 10, true);
}

/* The optional fields of a gzip header: extra, name, comment. */
static void header_fields(void **state)
{
    struct room *room = *state;
    uint8_t packed[400], longer[500];
    const char *path = room_path(room, "fields.gz");
    size_t size = pack("abc", 3, 9, packed, sizeof packed), at = 10;
    memcpy(longer, packed, 10);
    longer[3] = 4 | 8 | 16;
    memcpy(longer + at, "\003\000xyz", 5), at += 5;
    memcpy(longer + at, "name.csv", 9), at += 9;
    memcpy(longer + at, "a comment", 10), at += 10;
    memcpy(longer + at, packed + 10, size - 10), at += size - 10;
    room_write(path, longer, at);
    reads_as(room, path, "abc", 3, true);
}

static void cut_at_every_byte(void **state)
{
    struct room *room = *state;
    uint8_t bytes[400], packed[1500];
    const char *path = room_path(room, "cut.gz");
    fill(bytes, sizeof bytes, 5);
    size_t first = pack(bytes, 200, 9, packed, sizeof packed);
    size_t size = first + pack(bytes + 200, 200, 9, packed + first, sizeof packed - first);
    for (size_t cut = 0; cut < size; cut++) {
        room_write(path, packed, cut);
        if (cut < 2)
            reads_as(room, path, packed, cut, false); /* nothing says what it was */
        else if (cut == first)
            reads_as(room, path, bytes, 200, true);
        else
            fails_as(room, path, INK_BAD_FILE);
    }
    room_write(path, packed, size);
    reads_as(room, path, bytes, sizeof bytes, true);
}

/* Any damaged byte is noticed or without effect; never wrong content. */
static void every_byte_damaged(void **state)
{
    struct room *room = *state;
    uint8_t bytes[300], packed[1000];
    const char *path = room_path(room, "damaged.gz");
    size_t noticed = 0, flips = 0;
    fill(bytes, sizeof bytes, 6);
    size_t size = pack(bytes, sizeof bytes, 9, packed, sizeof packed);
    for (size_t i = 0; i < size; i++)
        for (unsigned bit = i % 8; bit < 8; bit += i < 12 || i + 8 >= size ? 1 : 5) {
            struct inki_bytes read;
            flips++;
            packed[i] ^= (uint8_t)(1u << bit);
            room_write(path, packed, size);
            ink_status status = inki_bytes_read(room->ctx, path, &read);
            assert_true(status == INK_OK || status == INK_BAD_FILE);
            noticed += status == INK_BAD_FILE;
            if (status == INK_OK && read.from_gzip) assert_int_equal(read.size, sizeof bytes);
            if (status == INK_OK && read.from_gzip) assert_memory_equal(read.data, bytes, sizeof bytes);
            inki_bytes_free(room->ctx, &read);
            packed[i] ^= (uint8_t)(1u << bit);
        }
    assert_true(flips > size && noticed > flips - 100);
}

/* The four bytes that give the length are checked, and cost no memory. */
static void false_lengths(void **state)
{
    static const uint32_t lengths[] = {0, 1, 299, 301, 65536, 1u << 20, 1u << 31, UINT32_MAX};
    struct room *room = *state;
    uint8_t bytes[300], packed[1000];
    const char *path = room_path(room, "length.gz");
    fill(bytes, sizeof bytes, 7);
    size_t size = pack(bytes, sizeof bytes, 9, packed, sizeof packed), before = room->tally.bytes;
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        for (size_t b = 0; b < 4; b++) packed[size - 4 + b] = (uint8_t)(lengths[i] >> 8 * b);
        room_write(path, packed, size);
        room->tally.peak = before;
        fails_as(room, path, INK_BAD_FILE);
        assert_true(room->tally.peak - before < size + (size + 64) * 1032 + 65536); /* deflate's greatest ratio */
    }
}

/* What comes out may be much; what is taken for it at most some times as much. */
static void memory_follows_the_content(void **state)
{
    struct room *room = *state;
    enum { SIZE = 8 << 20 };
    uint8_t *zeros = calloc(SIZE, 1), *packed = malloc(SIZE);
    const char *path = room_path(room, "zeros.gz");
    size_t size = pack(zeros, SIZE, 9, packed, SIZE), before = room->tally.bytes;
    assert_true(size < SIZE / 900);
    room_write(path, packed, size);
    room->tally.peak = before;
    reads_as(room, path, zeros, SIZE, true);
    assert_true(room->tally.peak - before < SIZE + size + 65536);
    size += pack("", 0, 9, packed + size, SIZE - size); /* now the last length is 0 */
    room_write(path, packed, size);
    room->tally.peak = before;
    reads_as(room, path, zeros, SIZE, true);
    assert_true(room->tally.peak - before < 3 * (size_t)SIZE);
    free(zeros);
    free(packed);
}

static void garbage_behind(void **state)
{
    struct room *room = *state;
    uint8_t packed[2000];
    const char *path = room_path(room, "behind.gz");
    size_t size = pack("content", 7, 9, packed, sizeof packed);
    memset(packed + size, 0, 1000); /* padding of tapes and blocks */
    room_write(path, packed, size + 1000);
    reads_as(room, path, "content", 7, true);
    room_write(path, packed, size + 1);
    reads_as(room, path, "content", 7, true);
    memcpy(packed + size, "some more text, which is longer than a header", 45);
    room_write(path, packed, size + 45);
    fails_as(room, path, INK_BAD_FILE);
    memcpy(packed + size, "\x1f\x8b\x08\x00 this says that it is one more member", 42);
    room_write(path, packed, size + 42);
    fails_as(room, path, INK_BAD_FILE);
}

static void what_is_no_file(void **state)
{
    struct room *room = *state;
    const char *pipe = room_path(room, "pipe"), *plain = room_path(room, "plain");
    alarm(60); /* rather die than hang */
    assert_int_equal(mkfifo(pipe, 0600), 0);
    fails_as(room, pipe, INK_BAD_FILE);
    fails_as(room, room->folder, INK_BAD_FILE);
    fails_as(room, "/dev/zero", INK_BAD_FILE);
    fails_as(room, "/dev/null", INK_BAD_FILE);
    fails_as(room, room_path(room, "none"), INK_NOT_FOUND);
    fails_as(room, "", INK_NOT_FOUND);
    room_write(plain, "x", 1);
    fails_as(room, room_path(room, "plain/none"), INK_NOT_FOUND);
    assert_int_equal(symlink("around", room_path(room, "around")), 0);
    fails_as(room, room_path(room, "around"), INK_IO);
    assert_int_equal(chmod(plain, 0), 0);
    if (geteuid() != 0) fails_as(room, plain, INK_IO);
    alarm(0);
}

static void sockets_are_refused(void **state)
{
    struct room *room = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s", room_path(room, "socket"));
    assert_true(file >= 0);
    assert_int_equal(bind(file, (struct sockaddr *)&name, sizeof name), 0);
    fails_as(room, name.sun_path, INK_IO);
    close(file);
}

static void kinds_of_paths(void **state)
{
    struct room *room = *state;
    room_write(room_path(room, "file"), "x", 1);
    assert_int_equal(inki_path_kind(room_path(room, "file")), INKI_PATH_FILE);
    assert_int_equal(inki_path_kind(room->folder), INKI_PATH_FOLDER);
    assert_int_equal(inki_path_kind(room_path(room, "none")), INKI_PATH_NONE);
    assert_int_equal(inki_path_kind(room_path(room, "file/none")), INKI_PATH_NONE);
}

/* Every allocation of reading fails once. */
static void reading_without_memory(void **state)
{
    struct room *room = *state;
    enum { SIZE = 300000 };
    uint8_t *bytes = malloc(SIZE), *packed = malloc(2 * SIZE);
    const char *path = room_path(room, "sweep.gz");
    fill(bytes, SIZE, 9);
    size_t size = pack(bytes, SIZE, 9, packed, 2 * SIZE);
    size += pack("tail", 4, 9, packed + size, 2 * SIZE - size); /* a last length that makes the output grow */
    room_write(path, packed, size);
    size_t n = 0, live = room->tally.live;
    ink_status status = INK_NO_MEMORY;
    while (status != INK_OK) {
        struct inki_bytes read;
        room->tally.fail_at = room->tally.calls + ++n;
        room->ctx->message[0] = 0;
        status = inki_bytes_read(room->ctx, path, &read);
        if (status == INK_OK)
            inki_bytes_free(room->ctx, &read);
        else
            room_said(room, "memory");
        assert_true(status == INK_OK || status == INK_NO_MEMORY);
        assert_int_equal(room->tally.live, live);
    }
    assert_true(n > 5);
    free(bytes);
    free(packed);
}

/* ---- writing ---- */

static void content_is(const char *path, const char *expected)
{
    size_t size;
    uint8_t *bytes = room_read(path, &size);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
    free(bytes);
}

static void begin(struct room *room, const char *path, struct inki_writer *writer)
{
    if (inki_write_begin(room->ctx, path, writer) != INK_OK) fail_msg("%s", ink_ctx_message(room->ctx));
}

static void commit_replaces(void **state)
{
    struct room *room = *state;
    struct inki_writer writer;
    const char *path = room_path(room, "out");
    size_t live = room->tally.live;
    for (int round = 0; round < 3; round++) {
        begin(room, path, &writer);
        assert_int_equal(inki_write(&writer, "new ", 4), INK_OK);
        assert_int_equal(inki_write(&writer, "", 0), INK_OK);
        assert_int_equal(inki_write(&writer, "content", 7), INK_OK);
        if (round == 0)
            assert_int_equal(inki_path_kind(path), INKI_PATH_NONE);
        else
            content_is(path, "old");
        assert_int_equal(inki_write_commit(&writer), INK_OK);
        inki_write_abort(&writer); /* harmless */
        content_is(path, "new content");
        assert_int_equal(room_count_files(room), 1);
        assert_int_equal(room->tally.live, live);
        room_write(path, "old", 3);
    }
}

static void abort_leaves_nothing(void **state)
{
    struct room *room = *state;
    struct inki_writer writer;
    const char *path = room_path(room, "out");
    begin(room, path, &writer);
    assert_int_equal(inki_write(&writer, "new", 3), INK_OK);
    inki_write_abort(&writer);
    assert_int_equal(room_count_files(room), 0);
    room_write(path, "old", 3);
    begin(room, path, &writer);
    assert_int_equal(inki_write(&writer, "new", 3), INK_OK);
    inki_write_abort(&writer);
    inki_write_abort(&writer);
    content_is(path, "old");
    assert_int_equal(room_count_files(room), 1);
}

/* Two writers of one path do not meet; the last to commit wins. */
static void two_writers(void **state)
{
    struct room *room = *state;
    struct inki_writer one, other;
    const char *path = room_path(room, "out");
    begin(room, path, &one);
    begin(room, path, &other);
    assert_int_equal(inki_write(&one, "one", 3), INK_OK);
    assert_int_equal(inki_write(&other, "other", 5), INK_OK);
    assert_int_equal(inki_write_commit(&other), INK_OK);
    content_is(path, "other");
    assert_int_equal(inki_write_commit(&one), INK_OK);
    content_is(path, "one");
    assert_int_equal(room_count_files(room), 1);
}

static void rights_are_the_usual(void **state)
{
    struct room *room = *state;
    struct inki_writer writer;
    struct stat info;
    const char *path = room_path(room, "out");
    mode_t old = umask(027);
    begin(room, path, &writer);
    assert_int_equal(inki_write_commit(&writer), INK_OK);
    umask(old);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

/* A full disk, played by a limit on the size of files. */
static void failing_to_write_keeps_the_old_file(void **state)
{
    struct room *room = *state;
    struct inki_writer writer;
    struct rlimit before, small;
    static const char bytes[20000];
    const char *path = room_path(room, "out");
    room_write(path, "old", 3);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){8192, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    for (size_t size = 8193; size <= sizeof bytes; size += 5000) {
        begin(room, path, &writer);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        ink_status status = inki_write(&writer, bytes, size);
        if (status == INK_OK) status = inki_write_commit(&writer);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, INK_IO);
        room_said(room, path);
        inki_write_abort(&writer);
        content_is(path, "old");
        assert_int_equal(room_count_files(room), 1);
    }
    signal(SIGXFSZ, SIG_DFL);
}

static void cannot_begin(struct room *room, const char *path)
{
    struct inki_writer writer;
    size_t live = room->tally.live;
    room->ctx->message[0] = 0;
    assert_int_equal(inki_write_begin(room->ctx, path, &writer), INK_IO);
    room_said(room, path);
    inki_write_abort(&writer); /* harmless */
    assert_int_equal(room->tally.live, live);
}

static void where_nothing_can_be_written(void **state)
{
    struct room *room = *state;
    const char *folder = room_path(room, "folder");
    char deep[128];
    cannot_begin(room, room->folder);
    cannot_begin(room, room_path(room, "none/out"));
    cannot_begin(room, "/proc/out");
    room_write(room_path(room, "file"), "x", 1);
    cannot_begin(room, room_path(room, "file/out"));
    assert_int_equal(mkdir(folder, 0555), 0);
    snprintf(deep, sizeof deep, "%s/out", folder);
    if (geteuid() != 0) cannot_begin(room, deep);
    assert_int_equal(room_count_files(room), 2);
}

/* A pipe or a device must not be replaced by a file, least of all /dev/null by the superuser. */
static void devices_are_not_replaced(void **state)
{
    struct room *room = *state;
    const char *pipe = room_path(room, "pipe");
    struct stat info;
    assert_int_equal(mkfifo(pipe, 0600), 0);
    cannot_begin(room, pipe);
    assert_int_equal(stat(pipe, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(room_count_files(room), 1);
}

/* Something has taken the place between begin and commit. */
static void commit_that_fails(void **state)
{
    struct room *room = *state;
    struct inki_writer writer;
    const char *path = room_path(room, "out");
    size_t live = room->tally.live;
    begin(room, path, &writer);
    assert_int_equal(inki_write(&writer, "new", 3), INK_OK);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(inki_write_commit(&writer), INK_IO);
    room_said(room, path);
    inki_write_abort(&writer);
    assert_int_equal(room_count_files(room), 1);
    assert_int_equal(inki_path_kind(path), INKI_PATH_FOLDER);
    assert_int_equal(room->tally.live, live);
}

static void writing_without_memory(void **state)
{
    struct room *room = *state;
    struct inki_writer writer;
    size_t n = 0, live = room->tally.live;
    ink_status status;
    do {
        room->tally.fail_at = room->tally.calls + ++n;
        status = inki_write_begin(room->ctx, room_path(room, "out"), &writer);
        assert_true(status == INK_OK || status == INK_NO_MEMORY);
        inki_write_abort(&writer);
        assert_int_equal(room->tally.live, live);
        assert_int_equal(room_count_files(room), 0);
    } while (status != INK_OK);
    assert_true(n > 1);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(plain_files),
        IN_ROOM(packed_files),
        IN_ROOM(several_members),
        IN_ROOM(header_fields),
        IN_ROOM(cut_at_every_byte),
        IN_ROOM(every_byte_damaged),
        IN_ROOM(false_lengths),
        IN_ROOM(memory_follows_the_content),
        IN_ROOM(garbage_behind),
        IN_ROOM(what_is_no_file),
        IN_ROOM(sockets_are_refused),
        IN_ROOM(kinds_of_paths),
        IN_ROOM(reading_without_memory),
        IN_ROOM(commit_replaces),
        IN_ROOM(abort_leaves_nothing),
        IN_ROOM(two_writers),
        IN_ROOM(rights_are_the_usual),
        IN_ROOM(failing_to_write_keeps_the_old_file),
        IN_ROOM(where_nothing_can_be_written),
        IN_ROOM(devices_are_not_replaced),
        IN_ROOM(commit_that_fails),
        IN_ROOM(writing_without_memory),
    };
    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
