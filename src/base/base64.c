/* base64: bytes as text.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void inki_base64_add(struct inki_str *to, const uint8_t *bytes, size_t size)
{
    char piece[4096 + 1];
    size_t used = 0;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits =
            (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0U);
        piece[used++] = digits[bits >> 18];
        piece[used++] = digits[bits >> 12 & 63];
        piece[used++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        piece[used++] = left > 2 ? digits[bits & 63] : '=';
        if (used < 4096 && left > 3) continue;
        piece[used] = 0;
        inki_str_add(to, "%s", piece);
        used = 0;
    }
}
