/* printable: text from files made fit for a terminal.
 * SPDX-License-Identifier: MIT */
#include "base/ctx.h"
#include "inkling-extra.h"

#include <string.h>

/* Characters without a shape that move what is around them, as ranges: C1 controls, marks of direction, breaks of lines. */
static const uint32_t hidden[][2] = {{0x80, 0x9F},     {0x61C, 0x61C},   {0x200E, 0x200F},
                                     {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}};

/* The length of the UTF-8 character at `text`, which goes to *out; 0 if there is none. */
static size_t read_utf8(const unsigned char *text, uint32_t *out)
{
    size_t more = *text < 0x80 ? 0 : *text >> 5 == 6 ? 1 : *text >> 4 == 14 ? 2 : *text >> 3 == 30 ? 3 : 4;
    if (more == 4) return 0;
    uint32_t character = more ? *text & (0x3Fu >> more) : *text;
    for (size_t i = 1; i <= more; i++) {
        if (text[i] >> 6 != 2) return 0;
        character = character << 6 | (text[i] & 0x3F);
    }
    *out = character;
    return more + 1;
}

static bool is_hidden(uint32_t character, bool lines)
{
    if (character < 0x20) return !(lines && (character == '\n' || character == '\t'));
    if (character == 0x7F) return true;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (character >= hidden[i][0] && character <= hidden[i][1]) return true;
    return false;
}

void ink_text_clean(char *text, bool lines)
{
    char *to = text;
    while (*text) {
        uint32_t character = (unsigned char)*text; /* a byte that is no UTF-8 may be a control of eight bits */
        size_t length = read_utf8((const unsigned char *)text, &character);
        if (length == 0) length = 1;
        if (is_hidden(character, lines)) {
            *to++ = '?';
        } else {
            memmove(to, text, length);
            to += length;
        }
        text += length;
    }
    *to = 0;
}
