/* room: a counted context and a folder.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 16 }; /* before each block, with its size */

static void *tally_alloc(void *user, size_t size)
{
    struct tally *tally = user;
    if (++tally->calls == tally->fail_at) return NULL;
    char *raw = size <= SIZE_MAX - HEAD ? malloc(HEAD + size) : NULL;
    if (!raw) return NULL;
    memcpy(raw, &size, sizeof size);
    tally->live++;
    tally->bytes += size;
    if (tally->bytes > tally->peak) tally->peak = tally->bytes;
    return raw + HEAD;
}

static void tally_release(void *user, void *block)
{
    struct tally *tally = user;
    char *raw = (char *)block - HEAD;
    size_t size;
    memcpy(&size, raw, sizeof size);
    assert_true(tally->live > 0 && tally->bytes >= size);
    tally->live--;
    tally->bytes -= size;
    free(raw);
}

ink_allocator room_allocator(struct tally *tally)
{
    return (ink_allocator){sizeof(ink_allocator), tally_alloc, tally_release, tally};
}

int room_begin(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    const char *temporary = getenv("TMPDIR");
    assert_non_null(room);
    ink_allocator allocator = room_allocator(&room->tally);
    assert_int_equal(ink_ctx_new(&allocator, &room->ctx), INK_OK);
    snprintf(room->folder, sizeof room->folder, "%s/inkling-room-XXXXXX",
             temporary && strlen(temporary) < 32 ? temporary : "/tmp");
    assert_non_null(mkdtemp(room->folder));
    *state = room;
    return 0;
}

int room_end(void **state)
{
    struct room *room = *state;
    char command[96];
    ink_ctx_free(room->ctx);
    assert_int_equal(room->tally.live, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", room->folder);
    assert_int_equal(system(command), 0);
    free(room);
    return 0;
}

const char *room_path(const struct room *room, const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", room->folder, name);
    return path;
}

void room_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (size) assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

uint8_t *room_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

size_t room_count_files(const struct room *room)
{
    DIR *folder = opendir(room->folder);
    size_t count = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

void room_said(const struct room *room, const char *text)
{
    if (!strstr(ink_ctx_message(room->ctx), text))
        fail_msg("'%s' is not in the message: %s", text, ink_ctx_message(room->ctx));
}
