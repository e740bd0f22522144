/* files: what the program writes: checks before the work, whole files after it.
 * SPDX-License-Identifier: MIT */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stdio.h>

/* Says before long work whether a file can be written at `path` later: its folder exists and can be written to, or, where
 * `in_place`, the file itself. Returns the exit code, after saying what is wrong. */
int file_check(const char *path, bool in_place);

/* True if both paths lead to the same file. */
bool file_is_same(const char *a, const char *b);

/* A file that appears whole or not at all: a temporary one beside `path` takes its place at the end. A path that is no
 * regular file (a pipe, /dev/null) is written to directly; NULL and "-" mean stdout. */
struct out_file {
    FILE *file;
    char *path, *temporary; /* NULL where written directly */
};
int out_file_begin(struct out_file *out, const char *path);

/* Flushes, syncs and renames, or with `whole` false removes what was written. Returns the exit code. */
int out_file_end(struct out_file *out, bool whole);

/* A field of CSV (RFC 4180): `before` and `text`, quoted where it has to be. */
void csv_field(FILE *file, const char *before, const char *text);

#endif
