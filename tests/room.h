/* room: a test's own room: a context whose memory is counted and can fail, and a folder for its files.
 * SPDX-License-Identifier: MIT */
#ifndef ROOM_H
#define ROOM_H

#include "base/ctx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* What the allocator has been asked for. Blocks it gives are aligned to 16 bytes and no more. */
struct tally {
    size_t calls;       /* allocations asked for */
    size_t live, bytes; /* blocks and bytes that are out now */
    size_t peak;        /* the most bytes that were out */
    size_t fail_at;     /* the allocation that fails, from 1; 0: none */
};

struct room {
    struct tally tally;
    ink_ctx *ctx;
    char folder[64]; /* empty, of this test's own */
};

/* The hooks that count in *tally. */
ink_allocator room_allocator(struct tally *tally);

/* cmocka's setup and teardown, *state is a struct room; the teardown checks that no block is left, removes the folder. */
int room_begin(void **state);
int room_end(void **state);

/* A path in the room's folder; good until the eighth next call. */
const char *room_path(const struct room *room, const char *name);

/* Whole files. room_read: the caller frees. */
void room_write(const char *path, const void *bytes, size_t size);
uint8_t *room_read(const char *path, size_t *size);

/* The number of entries in the room's folder. */
size_t room_count_files(const struct room *room);

/* The context's message has this text in it. */
void room_said(const struct room *room, const char *text);

#endif
