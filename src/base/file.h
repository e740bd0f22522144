/* file: whole files in (mapped or read, gzip undone), atomic files out.
 * SPDX-License-Identifier: MIT
 *
 * A plain file of a megabyte or more is mapped, not copied: its pages come from the disk when they are looked at, and a
 * parser can give back those it is through with. Such a file must not be cut or written over in place while it is open: the
 * bytes change under the reader, and behind a new end the system ends the process (SIGBUS). Replacing it by rename, as
 * every file is written here, leaves the mapping with the old content. */
#ifndef INKI_FILE_H
#define INKI_FILE_H

#include "base/ctx.h"

#include <stdio.h>

enum { INKI_MAP_FROM = 1 << 20 }; /* bytes; smaller files are read */

/* A file's content, or any block with one owner. To hand it on, copy the struct and empty the old one. */
struct inki_bytes {
    uint8_t *data; /* from inki_alloc, or a mapping, which cannot be written to */
    size_t size;
    size_t done; /* where the pages begin that are still held */
    bool mapped;
    bool from_gzip; /* it was compressed */
};

/* The content of a regular file; what begins with gzip's magic is decompressed (all members). Nothing lies behind its last
 * byte. Errors: NOT_FOUND, IO, BAD_FILE (a damaged or cut gzip stream, a folder or device), NO_MEMORY. Ownership: the
 * caller, inki_bytes_free. */
ink_status inki_bytes_read(ink_ctx *ctx, const char *path, struct inki_bytes *out);
void inki_bytes_free(ink_ctx *ctx, struct inki_bytes *bytes);
void inki_bytes_release(struct inki_bytes *bytes); /* the same, where there is no context */

/* Undoes gzip (all members); the packed content is freed then. `path` names it in messages. Errors: BAD_FILE, NO_MEMORY: the
 * content is as it was. */
ink_status inki_bytes_unpack(ink_ctx *ctx, const char *path, struct inki_bytes *bytes);

/* A parser is through with the bytes before `before`: of a mapping, their pages no longer count as this process' memory
 * (they can still be read). Cheap enough to be called for every row; `before` must not decrease. */
void inki_bytes_done(struct inki_bytes *bytes, size_t before);

/* The same for bytes that will not be looked at again: also a block that was unpacked is given back piece by piece. */
void inki_bytes_forget(const ink_ctx *ctx, struct inki_bytes *bytes, size_t before);

enum inki_path_kind { INKI_PATH_NONE, INKI_PATH_FILE, INKI_PATH_FOLDER };
enum inki_path_kind inki_path_kind(const char *path);

/* Writing: a temporary file beside `path`, or beside the file that a link leads to, which takes its place at commit (flush, fsync,
 * rename) or is removed. */
struct inki_writer {
    ink_ctx *ctx;
    char *path, *temporary;
    FILE *file;
    struct inki_bytes *memory; /* where it goes instead, or NULL */
    size_t room;               /* of memory */
    ink_sink sink;             /* where it goes instead, or NULL */
    void *user;                /* of the sink */
};
ink_status inki_write_begin(ink_ctx *ctx, const char *path, struct inki_writer *out);
ink_status inki_write(struct inki_writer *writer, const void *bytes, size_t size);
ink_status inki_write_commit(struct inki_writer *writer);
void inki_write_abort(struct inki_writer *writer); /* after a failure, also of commit; harmless after a commit */

/* Begins writing into *memory (emptied first): what is written is there at once, with nothing to commit. Ownership: the
 * caller, inki_bytes_free, also after a failure. */
void inki_write_to_memory(ink_ctx *ctx, struct inki_bytes *memory, struct inki_writer *out);

/* Begins writing into a sink, with nothing to commit; IO if it returns false. */
void inki_write_to_sink(ink_ctx *ctx, ink_sink sink, void *user, struct inki_writer *out);

#endif
