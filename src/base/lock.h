/* lock: a mark beside a file that says to other processes that it is in use.
 * SPDX-License-Identifier: MIT
 *
 * The mark is the file PATH.lock. The system holds the lock and lets go of it when the process ends, however that comes, so a
 * mark that was left behind stands in nobody's way. Where a mark cannot be made (a read-only folder, a file system without
 * locks) there is none, and nothing is kept out. */
#ifndef INKI_LOCK_H
#define INKI_LOCK_H

#include "base/ctx.h"

struct inki_lock {
    char *path; /* of the mark; NULL: none is held */
    int file;
};

/* Takes the lock of `path`. *other: 0, or the process that holds it already (-1 if unknown); then *out holds none.
 * Errors: NO_MEMORY. Ownership of *out: the caller, inki_lock_end. */
ink_status inki_lock_begin(ink_ctx *ctx, const char *path, struct inki_lock *out, long *other);
void inki_lock_end(struct inki_lock *lock);

#endif
