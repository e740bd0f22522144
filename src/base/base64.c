/* base64: bytes as text and back.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "base/mem.h"

#include <string.h>

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

/* The value of a digit, 64 if it is none. */
static uint32_t value_of(char digit)
{
    if (digit >= 'A' && digit <= 'Z') return (uint32_t)(digit - 'A');
    if (digit >= 'a' && digit <= 'z') return (uint32_t)(digit - 'a') + 26;
    if (digit >= '0' && digit <= '9') return (uint32_t)(digit - '0') + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : 64;
}

/* A group of four, of which `count` bytes come. */
static bool read_group(const char *text, size_t count, uint8_t *to)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i <= count ? value_of(text[i]) : 0;
        if (value > 63) return false;
        bits = bits << 6 | value;
    }
    for (size_t i = 0; i < 3; i++, bits <<= 8) {
        uint8_t byte = (uint8_t)(bits >> 16);
        if (i < count)
            to[i] = byte;
        else if (byte)
            return false; /* bits that belong to no byte */
    }
    return true;
}

ink_status inki_base64_read(ink_ctx *ctx, const char *text, size_t length, struct inki_bytes *out)
{
    *out = (struct inki_bytes){0};
    if (length == 0) return INK_OK;
    size_t padding = length % 4 ? 0 : (size_t)(text[length - 1] == '=') + (size_t)(text[length - 2] == '=');
    size_t size = length / 4 * 3 - padding;
    if (length % 4) return inki_fail(ctx, INK_BAD_FILE, "is not base64: %zu characters, not groups of four", length);
    out->data = inki_alloc(ctx, size, 1);
    if (!out->data) return INK_NO_MEMORY;
    out->size = size;
    for (size_t at = 0, i = 0; i < length; i += 4, at += 3) {
        if (read_group(text + i, size - at < 3 ? size - at : 3, out->data + at)) continue;
        inki_bytes_free(ctx, out);
        return inki_fail(ctx, INK_BAD_FILE, "is not base64, from character %zu on", i + 1);
    }
    return INK_OK;
}
