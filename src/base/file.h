/* file: reading whole files (gzip undone) and writing them atomically.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_FILE_H
#define INKI_FILE_H

#include "base/ctx.h"

#include <stdio.h>

/* A file's content. `from_gzip` tells that it was compressed. */
struct inki_bytes {
    uint8_t *data;
    size_t size;
    bool from_gzip;
};

/* Reads a regular file; content that begins with gzip's magic is decompressed (all members). Errors: NOT_FOUND, IO,
 * BAD_FILE (a damaged or cut gzip stream, a folder or device), NO_MEMORY. Ownership: the caller, inki_bytes_free. */
ink_status inki_bytes_read(ink_ctx *ctx, const char *path, struct inki_bytes *out);
void inki_bytes_free(ink_ctx *ctx, struct inki_bytes *bytes);

enum inki_path_kind { INKI_PATH_NONE, INKI_PATH_FILE, INKI_PATH_FOLDER };
enum inki_path_kind inki_path_kind(const char *path);

/* Writing: a temporary file beside `path`, which takes its place at commit (flush, fsync, rename) or is removed. */
struct inki_writer {
    ink_ctx *ctx;
    char *path, *temporary;
    FILE *file;
};
ink_status inki_write_begin(ink_ctx *ctx, const char *path, struct inki_writer *out);
ink_status inki_write(struct inki_writer *writer, const void *bytes, size_t size);
ink_status inki_write_commit(struct inki_writer *writer);
void inki_write_abort(struct inki_writer *writer); /* after a failure, also of commit; harmless after a commit */

#endif
