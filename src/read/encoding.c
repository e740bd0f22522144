/* encoding: UTF-8, and Windows-1252 as UTF-8.
 * SPDX-License-Identifier: MIT */
#include "read/encoding.h"

#include "base/text.h"

#include <string.h>

size_t inki_utf8_behind(uint8_t first)
{
    return first < 0xC2 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : 0;
}

bool inki_is_utf8(const char *text, size_t length)
{
    size_t behind = 0, plain = 0;
    for (uint64_t eight; plain + sizeof eight <= length; plain += sizeof eight) {
        memcpy(&eight, text + plain, sizeof eight);
        if (eight & 0x8080808080808080u) break;
    }
    for (size_t i = plain; i < length; i++) {
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

bool inki_is_foreign(char c)
{
    return (uint8_t)c >= 0x80 && (uint8_t)c < 0xA0 && windows[(uint8_t)c - 0x80] == (uint8_t)c;
}

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

/* ----------------------------------------------------------------- look-alikes */

/* What characters from U+00C0 to U+017F are without accents, blank: like none. */
static const char latin[] = "aaaaaa ceeeeiiii nooooo  uuuuy  aaaaaa ceeeeiiii nooooo  uuuuy y"
                            "aaaaaaccccccccdd  eeeeeeeeeegggggggghh  iiiiiiiii   jjkk llllll "
                            "   nnnnnn   oooooo  rrrrrrsssssssstttt  uuuuuuuuuuuuwwyyyzzzzzz ";

/* Letters of Greek and Cyrillic that look like Latin ones. */
static const struct {
    uint16_t code;
    char letter;
} alike[] = {{0x391, 'a'}, {0x392, 'b'}, {0x395, 'e'}, {0x396, 'z'}, {0x397, 'h'}, {0x399, 'i'}, {0x39A, 'k'},
             {0x39C, 'm'}, {0x39D, 'n'}, {0x39F, 'o'}, {0x3A1, 'p'}, {0x3A4, 't'}, {0x3A5, 'y'}, {0x3A7, 'x'},
             {0x3BF, 'o'}, {0x410, 'a'}, {0x412, 'b'}, {0x415, 'e'}, {0x41A, 'k'}, {0x41C, 'm'}, {0x41D, 'h'},
             {0x41E, 'o'}, {0x420, 'p'}, {0x421, 'c'}, {0x422, 't'}, {0x425, 'x'}, {0x430, 'a'}, {0x435, 'e'},
             {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'}, {0x445, 'x'}, {0x456, 'i'}};

static char letter_of(unsigned code)
{
    if (code >= 0xC0 && code < 0xC0 + sizeof latin - 1 && latin[code - 0xC0] != ' ') return latin[code - 0xC0];
    if (code >= 0xFF01 && code <= 0xFF5E) return inki_lower((char)(code - 0xFEE0));
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
        if (alike[i].code == code) return alike[i].letter;
    return 0;
}

char inki_plain_letter(const char *text, size_t length, size_t *taken, bool *accent)
{
    *accent = false;
    size_t behind = inki_utf8_behind((uint8_t)*text);
    unsigned code = (uint8_t)*text & (0x3Fu >> behind);
    *taken = inki_space_at(text, length);
    if (*taken) return 0;
    *taken = 1;
    if (behind == 0 || behind > 2 || behind >= length) return inki_lower(*text);
    for (size_t i = 1; i <= behind; i++) code = code << 6 | ((uint8_t)text[i] & 0x3F);
    char letter = letter_of(code);
    bool mark = code >= 0x300 && code < 0x370; /* an accent that stands alone */
    *accent = mark || (letter && code < 0x180);
    if (letter || mark) *taken = behind + 1;
    return mark ? 0 : letter ? letter : *text;
}
