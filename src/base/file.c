/* file: whole files in, mapped or read; atomic files out.
 * SPDX-License-Identifier: MIT */
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum inki_path_kind inki_path_kind(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) return INKI_PATH_NONE;
    return S_ISDIR(info.st_mode) ? INKI_PATH_FOLDER : INKI_PATH_FILE;
}

static ink_status cannot_open(ink_ctx *ctx, const char *path)
{
    if (errno == ENOENT || errno == ENOTDIR) return inki_fail(ctx, INK_NOT_FOUND, "%s: there is no such file", path);
    return inki_fail(ctx, INK_IO, "%s: cannot be opened: %s", path, strerror(errno));
}

/* False if this file cannot be mapped, as on some file systems. */
static bool map_all(int file, struct inki_bytes *out)
{
    void *data = mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) return false;
    out->data = data;
    out->mapped = true;
    return true;
}

static ink_status read_all(ink_ctx *ctx, int file, const char *path, struct inki_bytes *out)
{
    size_t at = 0;
    out->data = inki_alloc(ctx, out->size, 1);
    if (!out->data) return INK_NO_MEMORY;
    while (at < out->size) {
        ssize_t got = read(file, out->data + at, out->size - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return inki_fail(ctx, INK_IO, "%s: byte %zu: cannot be read: %s", path, at, strerror(errno));
        if (got == 0)
            return inki_fail(ctx, INK_IO, "%s: byte %zu: the file became shorter while it was read", path, at);
        at += (size_t)got;
    }
    return INK_OK;
}

static ink_status read_plain(ink_ctx *ctx, const char *path, struct inki_bytes *out)
{
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return cannot_open(ctx, path);
    ink_status status = INK_OK;
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
        status = inki_fail(ctx, INK_BAD_FILE, "%s: is a folder or a device, not a file", path);
    if (status == INK_OK && (uint64_t)info.st_size > SIZE_MAX / 2)
        status = inki_fail(ctx, INK_NO_MEMORY, "%s: its %llu bytes are more than this machine has addresses for", path,
                           (unsigned long long)info.st_size);
    if (status == INK_OK) {
        out->size = (size_t)info.st_size;
        if (out->size < INKI_MAP_FROM || !map_all(file, out)) status = read_all(ctx, file, path, out);
    }
    close(file);
    if (status != INK_OK) inki_bytes_free(ctx, out);
    return status;
}

static void *zlib_alloc(void *ctx, unsigned count, unsigned size) { return inki_alloc(ctx, count, size); }

static void zlib_free(void *user, void *block)
{
    (void)user;
    inki_free(block);
}

/* Makes room for more output. It grows with what has really come out, so a false length cannot cost memory. */
static ink_status grow_output(ink_ctx *ctx, struct inki_bytes *out, size_t *room)
{
    size_t larger = *room + *room / 2 + 65536;
    uint8_t *data = inki_grow(ctx, out->data, out->size, larger, 1);
    if (!data) return INK_NO_MEMORY;
    out->data = data;
    *room = larger;
    return INK_OK;
}

/* Steps in which zlib works: they fit its counters, and a packed mapping is given back step by step. */
static unsigned at_most_4m(size_t size) { return size < (1u << 22) ? (unsigned)size : 1u << 22; }

/* A member, or the beginning of one, stands at byte `at`. */
static bool is_gzip(const struct inki_bytes *bytes, size_t at)
{
    return bytes->size - at >= 2 && bytes->data[at] == 0x1f && bytes->data[at + 1] == 0x8b;
}

/* gzip says its length in its last four bytes: a first guess, believed up to deflate's greatest ratio (1032). */
static size_t guess_size(const struct inki_bytes *packed)
{
    const uint8_t *end = packed->data + packed->size;
    if (packed->size < 4) return 65536;
    size_t said = (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
    return said / 1032 > packed->size ? 65536 : said + 1;
}

/* Zeros may fill a block behind the last member; anything else was meant to be read, or is damage. */
static ink_status check_tail(ink_ctx *ctx, const char *path, const struct inki_bytes *packed, size_t from)
{
    size_t at = from;
    while (at < packed->size && packed->data[at] == 0) at++;
    if (at == packed->size) return INK_OK;
    return inki_fail(ctx, INK_BAD_FILE,
                     "%s: byte %zu: %zu bytes after the gzip stream are not gzip: the file is damaged, or was put "
                     "together of packed and plain parts; pack it again",
                     path, from, packed->size - from);
}

static ink_status inflate_members(ink_ctx *ctx, const char *path, z_stream *stream, struct inki_bytes *packed,
                                  struct inki_bytes *out)
{
    size_t taken = 0, room = guess_size(packed);
    out->data = inki_alloc(ctx, room, 1);
    if (!out->data) return INK_NO_MEMORY;
    for (;;) {
        if (out->size == room) INK_TRY(grow_output(ctx, out, &room));
        unsigned in = at_most_4m(packed->size - taken), space = at_most_4m(room - out->size);
        stream->next_in = packed->data + taken;
        stream->avail_in = in;
        stream->next_out = out->data + out->size;
        stream->avail_out = space;
        int code = inflate(stream, Z_NO_FLUSH);
        taken += in - stream->avail_in;
        inki_bytes_done(packed, taken);
        out->size += space - stream->avail_out;
        if (code == Z_MEM_ERROR) return INK_NO_MEMORY;
        if (code == Z_STREAM_END) {
            if (!is_gzip(packed, taken)) return check_tail(ctx, path, packed, taken);
            inflateReset(stream);
        } else if (code != Z_OK && !(code == Z_BUF_ERROR && out->size == room)) {
            return inki_fail(ctx, INK_BAD_FILE, "%s: byte %zu: the gzip stream is %s; download the file again", path,
                             taken, taken == packed->size ? "cut short" : "damaged");
        }
    }
}

ink_status inki_bytes_unpack(ink_ctx *ctx, const char *path, struct inki_bytes *bytes)
{
    struct inki_bytes out = {.from_gzip = true};
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = ctx};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return inki_fail(ctx, INK_NO_MEMORY, "out of memory for %s", path);
    ink_status status = inflate_members(ctx, path, &stream, bytes, &out);
    inflateEnd(&stream);
    inki_bytes_free(ctx, status == INK_OK ? bytes : &out);
    if (status == INK_OK) *bytes = out;
    return status;
}

ink_status inki_bytes_read(ink_ctx *ctx, const char *path, struct inki_bytes *out)
{
    struct inki_bytes bytes = {0};
    *out = bytes;
    INK_TRY(read_plain(ctx, path, &bytes));
    if (is_gzip(&bytes, 0)) {
        ink_status status = inki_bytes_unpack(ctx, path, &bytes);
        if (status != INK_OK) {
            inki_bytes_free(ctx, &bytes);
            return status;
        }
    }
    *out = bytes;
    return INK_OK;
}

void inki_bytes_release(struct inki_bytes *bytes)
{
    if (bytes->mapped && bytes->data)
        munmap(bytes->data, bytes->size);
    else
        inki_free(bytes->data);
    *bytes = (struct inki_bytes){0};
}

void inki_bytes_free(ink_ctx *ctx, struct inki_bytes *bytes)
{
    (void)ctx;
    inki_bytes_release(bytes);
}

static const size_t done_step = (size_t)1 << 22; /* which divides into pages everywhere */

void inki_bytes_done(struct inki_bytes *bytes, size_t before)
{
    if (!bytes->mapped || before < bytes->done + done_step) return;
    size_t begin = bytes->done;
    bytes->done = before / done_step * done_step;
    madvise(bytes->data + begin, bytes->done - begin, MADV_DONTNEED);
}

void inki_bytes_forget(const ink_ctx *ctx, struct inki_bytes *bytes, size_t before)
{
    if (bytes->mapped) {
        inki_bytes_done(bytes, before);
    } else if (before >= bytes->done + done_step) {
        inki_forget(ctx, bytes->data + bytes->done, before - bytes->done);
        bytes->done = before;
    }
}

/* Not mkstemp: its files are private, and a result should get the user's usual rights. */
static ink_status open_temporary(struct inki_writer *writer, size_t room)
{
    int file = -1;
    for (int attempt = 0; attempt < 100 && file < 0; attempt++) {
        snprintf(writer->temporary, room, "%s.%ld-%d.part", writer->path, (long)getpid(), attempt);
        file = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST) break;
    }
    if (file < 0) {
        *writer->temporary = 0;
        return inki_fail(writer->ctx, INK_IO, "%s: cannot be written: %s", writer->path, strerror(errno));
    }
    writer->file = fdopen(file, "wb");
    if (writer->file) return INK_OK;
    close(file);
    return inki_fail(writer->ctx, INK_NO_MEMORY, "out of memory for %s", writer->path);
}

/* What a link leads to, so that a rename replaces that and not the link; other paths as they are. */
static const char *through_link(const char *path, char room[PATH_MAX])
{
    struct stat info;
    bool link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    return link && realpath(path, room) ? room : path;
}

ink_status inki_write_begin(ink_ctx *ctx, const char *path, struct inki_writer *out)
{
    char target[PATH_MAX];
    path = through_link(path, target);
    *out = (struct inki_writer){.ctx = ctx};
    size_t room = strlen(path) + 48;
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) /* a rename would put a file in the place of /dev/null */
        return inki_fail(ctx, INK_IO, "%s: is a folder, a pipe or a device; give the name of a file", path);
    out->path = inki_copy_text(ctx, path);
    out->temporary = inki_alloc(ctx, room, 1);
    if (out->temporary) *out->temporary = 0;
    ink_status status = out->path && out->temporary ? open_temporary(out, room) : INK_NO_MEMORY;
    if (status != INK_OK) inki_write_abort(out);
    return status;
}

static ink_status write_failed(struct inki_writer *writer)
{
    return inki_fail(writer->ctx, INK_IO, "%s: writing failed: %s", writer->path, strerror(errno));
}

void inki_write_to_memory(ink_ctx *ctx, struct inki_bytes *memory, struct inki_writer *out)
{
    *memory = (struct inki_bytes){0};
    *out = (struct inki_writer){.ctx = ctx, .memory = memory};
}

void inki_write_to_sink(ink_ctx *ctx, ink_sink sink, void *user, struct inki_writer *out)
{
    *out = (struct inki_writer){.ctx = ctx, .sink = sink, .user = user};
}

static ink_status write_to_memory(struct inki_writer *writer, const void *bytes, size_t size)
{
    struct inki_bytes *memory = writer->memory;
    if (size > writer->room - memory->size) {
        size_t room = writer->room + writer->room / 2 + size + 4096;
        uint8_t *data = inki_grow(writer->ctx, memory->data, memory->size, room, 1);
        if (!data) return INK_NO_MEMORY;
        memory->data = data;
        writer->room = room;
    }
    if (size) memcpy(memory->data + memory->size, bytes, size);
    memory->size += size;
    return INK_OK;
}

static ink_status write_to_sink(struct inki_writer *writer, const void *bytes, size_t size)
{
    if (writer->sink(writer->user, bytes, size)) return INK_OK;
    return inki_fail(writer->ctx, INK_IO, "the system did not accept the data");
}

ink_status inki_write(struct inki_writer *writer, const void *bytes, size_t size)
{
    if (writer->sink) return write_to_sink(writer, bytes, size);
    if (writer->memory) return write_to_memory(writer, bytes, size);
    return fwrite(bytes, 1, size, writer->file) == size ? INK_OK : write_failed(writer);
}

static ink_status put_in_place(struct inki_writer *writer)
{
    if (fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0) return write_failed(writer);
    int closed = fclose(writer->file);
    writer->file = NULL;
    if (closed != 0 || rename(writer->temporary, writer->path) != 0) return write_failed(writer);
    *writer->temporary = 0;
    return INK_OK;
}

ink_status inki_write_commit(struct inki_writer *writer)
{
    ink_status status = put_in_place(writer);
    inki_write_abort(writer);
    return status;
}

void inki_write_abort(struct inki_writer *writer)
{
    if (writer->file) fclose(writer->file);
    if (writer->temporary && *writer->temporary) unlink(writer->temporary);
    inki_free(writer->temporary);
    inki_free(writer->path);
    *writer = (struct inki_writer){.ctx = writer->ctx};
}
