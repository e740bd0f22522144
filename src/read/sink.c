/* sink: a file that is written front to back, through gzip if wanted.
 * SPDX-License-Identifier: MIT */
#include "read/sink.h"

#include "base/mem.h"

#include <string.h>
#include <zlib.h>

enum { CHUNK = 65536, LEVEL = 6 };

struct inki_sink {
    ink_ctx *ctx;
    struct inki_writer file;
    bool packed, deflating;
    z_stream stream;
    uint8_t chunk[CHUNK];
};

static void *zlib_alloc(void *ctx, unsigned count, unsigned size) { return inki_alloc(ctx, count, size); }

static void zlib_free(void *user, void *block)
{
    (void)user;
    inki_free(block);
}

/* A gzip header has no name and no date: the same content gives the same bytes. */
static ink_status begin_gzip(struct inki_sink *sink)
{
    sink->stream = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = sink->ctx};
    if (deflateInit2(&sink->stream, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return inki_fail(sink->ctx, INK_NO_MEMORY, "out of memory for %s", sink->file.path);
    sink->deflating = true;
    return INK_OK;
}

ink_status inki_sink_new(ink_ctx *ctx, const char *path, struct inki_sink **out)
{
    size_t length = strlen(path);
    *out = NULL;
    struct inki_sink *sink = inki_zalloc(ctx, 1, sizeof *sink);
    if (!sink) return INK_NO_MEMORY;
    sink->ctx = ctx;
    sink->packed = length > 3 && strcmp(path + length - 3, ".gz") == 0;
    ink_status status = inki_write_begin(ctx, path, &sink->file);
    if (status == INK_OK && sink->packed) status = begin_gzip(sink);
    if (status == INK_OK)
        *out = sink;
    else
        inki_sink_free(sink);
    return status;
}

static ink_status put_packed(struct inki_sink *sink, const uint8_t *bytes, size_t size, int flush)
{
    size_t taken = 0;
    int code;
    do {
        size_t left = size - taken;
        uInt in = left < (1u << 30) ? (uInt)left : 1u << 30;
        sink->stream.next_in = (Bytef *)(uintptr_t)(bytes + taken);
        sink->stream.avail_in = in;
        sink->stream.next_out = sink->chunk;
        sink->stream.avail_out = CHUNK;
        code = deflate(&sink->stream, flush);
        taken += in - sink->stream.avail_in;
        INK_TRY(inki_write(&sink->file, sink->chunk, CHUNK - sink->stream.avail_out));
    } while (flush == Z_FINISH ? code == Z_OK : taken < size);
    return INK_OK;
}

ink_status inki_sink_put(struct inki_sink *sink, const void *bytes, size_t size)
{
    return sink->packed ? put_packed(sink, bytes, size, Z_NO_FLUSH) : inki_write(&sink->file, bytes, size);
}

ink_status inki_sink_finish(struct inki_sink *sink)
{
    return sink->packed ? put_packed(sink, NULL, 0, Z_FINISH) : INK_OK;
}

ink_status inki_sink_commit(struct inki_sink *sink) { return inki_write_commit(&sink->file); }

void inki_sink_free(struct inki_sink *sink)
{
    if (!sink) return;
    if (sink->deflating) deflateEnd(&sink->stream);
    inki_write_abort(&sink->file);
    inki_free(sink);
}
