/* faults: calls for files that fail: the n-th of a kind, in a test's own process or, preloaded, in a program.
 * SPDX-License-Identifier: MIT
 *
 * tests/faults.c defines the calls themselves over the C library's. As a library to preload it goes by the environment:
 * FAULTS=KIND:N (which fails, from 1) and FAULTS_COUNT=FILE (gets a line "KIND COUNT" for each kind at the end). */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#define FAULT_KINDS(X) X(open) X(read) X(write) X(flush) X(sync) X(close) X(rename) X(unlink) X(map) X(stat) X(truncate)

#define FAULT_ENUM(name) FAULT_##name,
enum fault_kind { FAULT_KINDS(FAULT_ENUM) FAULT_COUNT };

extern const char *const fault_names[FAULT_COUNT];

/* What was called since fault_begin, and whether the call that was to fail was reached. */
struct faults {
    size_t calls[FAULT_COUNT];
    bool failed;
};
extern struct faults faults;

/* From now on call n of the kind fails with ENOSPC, once (0: none does); fault_end: none any more. */
void fault_begin(enum fault_kind kind, size_t n);
void fault_end(void);

#endif
