/* sink: a file that is written front to back, through gzip if wanted; it appears whole or not at all.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SINK_H
#define INKI_SINK_H

#include "base/file.h"

struct inki_sink;

/* A path that ends with .gz is compressed. Errors: IO, NO_MEMORY. Ownership: the caller, until inki_sink_free. */
ink_status inki_sink_new(ink_ctx *ctx, const char *path, struct inki_sink **out);
ink_status inki_sink_put(struct inki_sink *sink, const void *bytes, size_t size);

/* Writes out what is still held; then the file takes the path's place. Errors: IO. */
ink_status inki_sink_finish(struct inki_sink *sink);
ink_status inki_sink_commit(struct inki_sink *sink);

/* Removes what was not committed; NULL is fine. */
void inki_sink_free(struct inki_sink *sink);

#endif
