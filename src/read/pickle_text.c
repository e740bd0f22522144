/* pickle_text: texts of pickles that are not kept as they are in the file, and numbers in text.
 * SPDX-License-Identifier: MIT */
#include "read/pickle_calls.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

/* ----------------------------------------------------------------- numbers */

/* Python writes nan, inf and -inf. */
static bool odd_float(const char *text, size_t size, double *value)
{
    static const struct {
        const char *name;
        double value;
    } names[] = {{"nan", (double)NAN}, {"inf", (double)INFINITY}, {"-inf", -(double)INFINITY}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *value = names[i].value;
        if (strlen(names[i].name) == size && memcmp(names[i].name, text, size) == 0) return true;
    }
    return false;
}

bool inki_py_parse_number(const char *text, size_t size, double *value)
{
    if (size > 1 && text[size - 1] == 'L') size--;
    return size > 0 && (inki_parse_number(text, size, value) == size || odd_float(text, size, value));
}

double inki_py_long(const uint8_t *bytes, size_t size)
{
    bool negative = size && bytes[size - 1] >= 0x80;
    double value = 0;
    for (size_t i = size; i-- > 0;) value = value * 256 + (double)(negative ? (uint8_t)~bytes[i] : bytes[i]);
    return negative ? -value - 1 : value;
}

double inki_py_double(const uint8_t bytes[8])
{
    union {
        uint64_t bits;
        double number;
    } value = {0};
    for (size_t i = 0; i < 8; i++) value.bits = value.bits << 8 | bytes[i];
    return value.number;
}

/* ----------------------------------------------------------------- escapes */

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A number of exactly `digits` hexadecimal digits; false if they are not there. */
static bool read_hex(const uint8_t *at, const uint8_t *end, size_t digits, uint32_t *out)
{
    *out = 0;
    if ((size_t)(end - at) < digits) return false;
    for (size_t i = 0; i < digits; i++) {
        int value = hex_value(at[i]);
        if (value < 0) return false;
        *out = *out << 4 | (uint32_t)value;
    }
    return true;
}

/* Up to three octal digits. Returns how many. */
static size_t read_octal(const uint8_t *at, const uint8_t *end, uint32_t *out)
{
    size_t digits = 0;
    *out = 0;
    while (digits < 3 && at + digits < end && at[digits] >= '0' && at[digits] <= '7')
        *out = *out * 8 + (uint32_t)(at[digits++] - '0');
    return digits;
}

/* What stands behind a backslash, as one byte. Returns how many bytes it takes; 0: it is none of Python's escapes. */
static size_t read_escape(const uint8_t *at, const uint8_t *end, uint8_t *out)
{
    static const char letters[] = "\\'\"abfnrtv", bytes[] = "\\'\"\a\b\f\n\r\t\v";
    uint32_t value;
    const char *letter = at < end && *at ? strchr(letters, *at) : NULL;
    if (letter) {
        *out = (uint8_t)bytes[letter - letters];
        return 1;
    }
    if (at < end && *at == 'x' && read_hex(at + 1, end, 2, &value)) {
        *out = (uint8_t)value;
        return 3;
    }
    size_t digits = read_octal(at, end, &value);
    *out = (uint8_t)value;
    return digits;
}

ink_status inki_py_unescape(struct inki_unpickler *u, size_t at, size_t size, struct inki_py *out)
{
    uint8_t *room;
    const uint8_t *from = u->content->data + at, *end = from + size;
    size_t length = 0;
    if (!size || !memchr(from, '\\', size)) return inki_py_text(u, at, size, out);
    INK_TRY(inki_py_text_room(u, size, &room));
    while (from < end) {
        if (*from != '\\') {
            room[length++] = *from++;
            continue;
        }
        size_t used = read_escape(from + 1, end, &room[length]);
        if (!used) return inki_py_wrong(u, "an unknown escape in a string");
        from += 1 + used;
        length++;
    }
    return inki_py_text_made(u, length, out);
}

/* UTF-8 of a character. Returns its length. */
static size_t put_utf8(uint32_t c, uint8_t *out)
{
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    for (size_t i = 0; i <= more; i++)
        out[i] = (uint8_t)(i == 0 ? lead[more] | c >> 6 * more : 0x80 | (c >> 6 * (more - i) & 0x3F));
    return more + 1;
}

ink_status inki_py_unescape_unicode(struct inki_unpickler *u, size_t at, size_t size, struct inki_py *out)
{
    uint8_t *room;
    const uint8_t *from = u->content->data + at, *end = from + size;
    size_t length = 0;
    INK_TRY(inki_py_text_room(u, 2 * size, &room)); /* a byte becomes two at most */
    while (from < end) {
        uint32_t c = *from++;
        if (c == '\\' && from < end && (*from == 'u' || *from == 'U')) {
            size_t digits = *from == 'u' ? 4 : 8;
            if (!read_hex(from + 1, end, digits, &c) || c > 0x10FFFF)
                return inki_py_wrong(u, "an unknown escape in a string");
            from += 1 + digits;
        }
        length += put_utf8(c, room + length);
    }
    return inki_py_text_made(u, length, out);
}

static bool is_ascii(const uint8_t *bytes, size_t size)
{
    enum { BLOCK = 4096 };
    for (size_t at = 0; at < size; at += BLOCK) {
        uint8_t all = 0;
        for (size_t i = at; i < size && i < at + BLOCK; i++) all |= bytes[i];
        if (all >= 0x80) return false;
    }
    return true;
}

ink_status inki_py_latin1(struct inki_unpickler *u, struct inki_py text, struct inki_py *out)
{
    uint8_t *room;
    size_t size, length = 0;
    const uint8_t *from = inki_py_bytes(u, text, &size);
    if (!from) return inki_py_wrong(u, "only strings can be encoded");
    INK_TRY(inki_py_spend(u, size / 8));
    if (is_ascii(from, size)) {
        *out = text;
        return INK_OK;
    }
    INK_TRY(inki_py_text_room(u, size, &room));
    from = inki_py_bytes(u, text, &size); /* it may have moved */
    const uint8_t *file = u->content->data;
    bool in_file = u->content->mapped && from >= file && from < file + u->content->size;
    if (in_file) u->content->done = 0; /* the text was given back once already */
    for (size_t i = 0; i < size; length++) {
        uint8_t c = from[i++];
        if (in_file && length % (1 << 20) == 0) inki_bytes_done(u->content, (size_t)(from + i - file));
        if (c >= 0x80) {
            if ((c & 0xFC) != 0xC0 || i == size || (from[i] & 0xC0) != 0x80)
                return inki_py_wrong(u, "a string with characters beyond one byte");
            c = (uint8_t)((c & 3) << 6 | (from[i++] & 0x3F));
        }
        room[length] = c;
    }
    return inki_py_text_made(u, length, out);
}

bool inki_py_is_name(const uint8_t *text, size_t size)
{
    static const char other[] = "0123456789_.";
    size_t i = 0;
    while (i < size && (((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z') || (text[i] && strchr(other, text[i])))) i++;
    return i == size;
}
