/* folder: folders of images as a fuzz target: the input says which files there are, under which names.
 * SPDX-License-Identifier: MIT
 *
 * Entries one after another: kind (a byte), the path's length (a byte), the path, the content's length (two bytes, the lower
 * first), the content. What is cut short is taken as far as it goes. Kinds: a file, a folder, a pipe, a link to what the content
 * names. Paths stay below the folder. */
#include "fuzz.h"

#include "read/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KINDS = 4, PATH_ROOM = 512, MOST_ENTRIES = 64 };

static char root[64];

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    return place->level > 0 ? remove(path) : 0;
}

static void clear(void) { nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

static void remove_root(void)
{
    clear();
    rmdir(root);
}

static void make_root(void)
{
    static bool made;
    if (made) return;
    snprintf(root, sizeof root, "%s/inkling-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    fuzz_assert(mkdtemp(root) != NULL, "no temporary folder");
    atexit(remove_root);
    made = true;
}

/* Every folder on the way. A part that begins with two dots would leave the root: its first becomes a letter. */
static void make_path(char *path)
{
    for (char *at = path + strlen(root); *at; at++) {
        if (*at != '/') continue;
        if (at[1] == '.' && at[2] == '.') at[1] = 'x';
        char *next = strchr(at + 1, '/');
        if (!next) return;
        *next = 0;
        (void)mkdir(path, 0700);
        *next = '/';
    }
}

static void make_entry(unsigned kind, char *path, const uint8_t *content, size_t size)
{
    char target[PATH_ROOM];
    FILE *file;
    make_path(path);
    switch (kind % KINDS) {
    case 0:
        if (!(file = fopen(path, "wbx"))) return; /* the name is taken, or none */
        fuzz_assert(fwrite(content, 1, size, file) == size, "a file could not be written");
        fclose(file);
        break;
    case 1:
        (void)mkdir(path, 0700);
        break;
    case 2:
        (void)mkfifo(path, 0600);
        break;
    default: /* never to anywhere else: what is in other folders is not the input's */
        snprintf(target, sizeof target, "%.*s", (int)(size < 64 ? size : 64), (const char *)content);
        if (*target != '/' && !strstr(target, "..") && symlink(target, path) != 0) return;
        break;
    }
}

static size_t take(const uint8_t **at, const uint8_t *end, size_t size, const uint8_t **out)
{
    size_t left = (size_t)(end - *at);
    if (size > left) size = left;
    *out = *at;
    *at += size;
    return size;
}

static void make_tree(const uint8_t *at, const uint8_t *end)
{
    char path[PATH_ROOM];
    for (size_t count = 0; count < MOST_ENTRIES && end - at > 2; count++) {
        const uint8_t *name, *number, *content;
        unsigned kind = *at++;
        size_t length = *at++;
        length = take(&at, end, length, &name);
        size_t size = take(&at, end, 2, &number) == 2 ? number[0] + 256u * number[1] : 0;
        size = take(&at, end, size, &content);
        snprintf(path, sizeof path, "%s/%.*s", root, (int)length, (const char *)name);
        make_entry(kind, path, content, size);
    }
}

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    char decided[1024] = "";
    ink_data *data = NULL;
    make_root();
    make_tree(bytes, bytes + size);
    ink_status status = inki_folder_read(ctx, root, decided, sizeof decided, &data);
    fuzz_assert((status == INK_OK) == (data != NULL), "data without success, or success without data");
    fuzz_assert(status == INK_OK || *ink_ctx_message(ctx), "a failure without a word");
    if (data) fuzz_check_data(data);
    ink_data_free(data);
    clear();
}
