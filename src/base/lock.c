/* lock: a mark beside a file that says to other processes that it is in use.
 * SPDX-License-Identifier: MIT */
#include "base/lock.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the open file is still the one that the path leads to: who held the lock before may have removed it. */
static bool is_current(int file, const char *path)
{
    struct stat open_one, named;
    return fstat(file, &open_one) == 0 && stat(path, &named) == 0 && open_one.st_dev == named.st_dev &&
           open_one.st_ino == named.st_ino;
}

static long read_holder(int file)
{
    char text[24] = "";
    ssize_t got = pread(file, text, sizeof text - 1, 0);
    long process = got > 0 ? strtol(text, NULL, 10) : 0;
    return process > 0 ? process : -1;
}

static void write_holder(int file)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)length, 0) < 0)
        return; /* a name that is missing does no harm */
}

/* The locked mark; -1 where there can be none, or *other holds it. */
static int lock_mark(const char *path, long *other)
{
    for (;;) {
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (file < 0) return -1;
        int failed;
        do failed = flock(file, LOCK_EX | LOCK_NB);
        while (failed && errno == EINTR);
        if (!failed && is_current(file, path)) return file;
        if (failed && errno == EWOULDBLOCK) *other = read_holder(file);
        close(file);
        if (failed) return -1;
    }
}

ink_status inki_lock_begin(ink_ctx *ctx, const char *path, struct inki_lock *out, long *other)
{
    struct inki_str name = {.ctx = ctx};
    *out = (struct inki_lock){.file = -1};
    *other = 0;
    inki_str_add(&name, "%s.lock", path);
    if (name.failed) return INK_NO_MEMORY;
    out->file = lock_mark(name.text, other);
    if (out->file >= 0) {
        write_holder(out->file);
        out->path = name.text;
    } else {
        inki_free(name.text);
    }
    return INK_OK;
}

void inki_lock_end(struct inki_lock *lock)
{
    if (!lock->path) return;
    unlink(lock->path);
    close(lock->file);
    inki_free(lock->path);
    *lock = (struct inki_lock){.file = -1};
}
