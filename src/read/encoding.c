/* encoding: UTF-8, and Windows-1252 as UTF-8.
 * SPDX-License-Identifier: MIT */
#include "read/encoding.h"

#include <string.h>

size_t inki_utf8_behind(uint8_t first)
{
    return first < 0xC2 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : 0;
}

bool inki_is_utf8(const char *text, size_t length)
{
    size_t behind = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)text[i], before = i ? (uint8_t)text[i - 1] : 0;
        bool follows = c >= 0x80 && c < 0xC0;
        if (follows != (behind > 0)) return false;
        behind = follows ? behind - 1 : inki_utf8_behind(c);
        if (c >= 0xC0 && behind == 0) return false;
        if (follows && ((before == 0xE0 && c < 0xA0) || (before == 0xED && c >= 0xA0) || (before == 0xF0 && c < 0x90) ||
                        (before == 0xF4 && c >= 0x90)))
            return false; /* written too long, half of a pair, beyond the last character */
    }
    return behind == 0;
}

/* Windows-1252 from 0x80 to 0x9F; the five bytes that it does not use stay control characters. */
static const uint16_t windows[32] = {0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                     0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

static unsigned character_of(uint8_t c) { return c < 0x80 || c >= 0xA0 ? c : windows[c - 0x80]; }

static size_t size_of(unsigned c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : 3; }

size_t inki_recode(char *text, size_t length)
{
    size_t size = 0;
    for (size_t i = 0; i < length; i++) size += size_of(character_of((uint8_t)text[i]));
    for (size_t i = length, end = size; i-- > 0;) { /* from behind, so that nothing is overwritten */
        unsigned c = character_of((uint8_t)text[i]);
        size_t bytes = size_of(c);
        for (size_t left = bytes; left-- > 1; c >>= 6) text[--end] = (char)(0x80 | (c & 0x3F));
        text[--end] = (char)(bytes == 1 ? c : bytes == 2 ? 0xC0 | c : 0xE0 | c);
    }
    return size;
}

static const char *const spaces[] = {"\xC2\xA0",     "\xE2\x80\x87", "\xE2\x80\xAF", "\xE2\x80\x8B",
                                     "\xE3\x80\x80", "\xEF\xBB\xBF", "\xE2\x80\x89"};

size_t inki_space_at(const char *text, size_t length)
{
    if (length > 0 && (*text == ' ' || *text == '\t')) return 1;
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        size_t size = strlen(spaces[i]);
        if (length >= size && memcmp(text, spaces[i], size) == 0) return size;
    }
    return 0;
}

void inki_trim(const char **text, size_t *length)
{
    for (size_t size; (size = inki_space_at(*text, *length)) > 0; *length -= size) *text += size;
    for (size_t size = 1; size > 0 && *length > 0;) {
        for (size = 3; size > 0; size--)
            if (size <= *length && inki_space_at(*text + *length - size, size) == size) break;
        *length -= size;
    }
}
