/* data_help: what the tests of data share: a context whose memory is counted and can fail, files in a folder of their own.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_HELP_H
#define DATA_HELP_H

#include "inkling.h"

#include "base/ctx.h"
#include "data/data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What is said where sizes have 64 bits, or 32. */
#if SIZE_MAX > UINT32_MAX
#define WHERE_WIDE(wide, narrow) wide
#else
#define WHERE_WIDE(wide, narrow) narrow
#endif

#define FIXTURES INKI_ROOT "/tests/data/"
enum { ACCURACY = 1 }; /* of the scores of classes */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Blocks that are out, and the number of the allocation that fails (from 1; 0: none). */
struct memory {
    size_t live, calls, fail_at;
};

/* One context, its memory and the notes it gave. */
struct fixture {
    struct memory memory;
    ink_ctx *ctx;
    ink_settings *set;
    char folder[64];  /* an empty folder of this test's own */
    char note[2048];  /* the last note */
    char notes[4096]; /* all since the last load, as far as there is room */
};

/* cmocka's setup and teardown; the latter checks that no block is left and removes the folder. */
int help_begin(void **state);
int help_end(void **state);

/* A file of the test's folder; the path is good until the 64th next call. */
const char *help_path(const struct fixture *f, const char *name);
const char *help_write(const struct fixture *f, const char *name, const void *bytes, size_t size);

/* A fixture's content; *size gets its length. Ownership: the caller, free. */
uint8_t *help_read(const char *path, size_t *size);

/* Sets a setting, loads data, checks for success. */
void help_set(const struct fixture *f, const char *name, const char *value);
ink_data *help_load(const struct fixture *f, const char *path);

/* Loading must fail with this status, a sentence that has all of `words` (separated by |), and *out NULL. */
void help_load_fails(const struct fixture *f, const char *path, ink_status status, const char *words);
void help_message_has(const struct fixture *f, const char *words);

/* An IDX file of bytes, as content: dims[rank], then values 0, 1, 2, … Returns its size. */
size_t help_idx(uint8_t *out, uint8_t type, size_t rank, const uint32_t *dims, size_t value_bytes);

/* A .npy of doubles x[rows][columns], or x[rows] if columns is 0. */
const char *help_write_doubles(const struct fixture *f, const char *name, size_t rows, size_t columns, const double *x);

/* Runs `task` with the n-th allocation failing, n = 1, 2, … until it succeeds. Each failure must be NO_MEMORY and leave no
 * block behind. The task frees what it made. Returns how many allocations could fail. */
size_t help_sweep(struct fixture *f, ink_status (*task)(struct fixture *f, void *arg), void *arg);

#endif
