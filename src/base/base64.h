/* base64: bytes as text (RFC 4648).
 * SPDX-License-Identifier: MIT */
#ifndef INKI_BASE64_H
#define INKI_BASE64_H

#include "base/text.h"

/* Appends the bytes to a text, padded with '='. */
void inki_base64_add(struct inki_str *to, const uint8_t *bytes, size_t size);

#endif
