/* base64: bytes as text and back (RFC 4648).
 * SPDX-License-Identifier: MIT */
#ifndef INKI_BASE64_H
#define INKI_BASE64_H

#include "base/file.h"
#include "base/text.h"

/* Appends the bytes to a text, padded with '='. */
void inki_base64_add(struct inki_str *to, const uint8_t *bytes, size_t size);

/* Bytes from text[length], in its canonical form only: whole groups of four, '=' at the end alone, no bits left over. Errors: BAD_FILE
 * (without a place: the caller knows whose text it is), NO_MEMORY. Ownership: the caller, inki_bytes_free. */
ink_status inki_base64_read(ink_ctx *ctx, const char *text, size_t length, struct inki_bytes *out);

#endif
