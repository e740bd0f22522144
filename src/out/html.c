/* html: escaping, numbers.
 * SPDX-License-Identifier: MIT */
#include "out/html.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool is_control(char c) { return (unsigned char)c < 0x20 || c == 0x7F; }

void inki_html_text(struct inki_str *to, const char *text)
{
    while (text && *text) {
        size_t length = inki_utf8_length(text);
        if (length == 0 || (is_control(*text) && *text != '\n'))
            inki_str_add(to, "\xEF\xBF\xBD");
        else if (entity(*text))
            inki_str_add(to, "%s", entity(*text));
        else
            inki_str_add(to, "%.*s", (int)length, text);
        text += length ? length : 1;
    }
}

void inki_html_json(struct inki_str *to, const char *text)
{
    inki_str_add(to, "\"");
    while (text && *text) {
        size_t length = inki_utf8_length(text);
        if (length == 0)
            inki_str_add(to, "\xEF\xBF\xBD");
        else if (is_control(*text) || entity(*text) || *text == '\\')
            inki_str_add(to, "\\u%04x", (unsigned)*text);
        else
            inki_str_add(to, "%.*s", (int)length, text);
        text += length ? length : 1;
    }
    inki_str_add(to, "\"");
}

/* What printf made of a number: whatever a locale has for the point becomes one. */
static void add_number(struct inki_str *to, const char *text)
{
    for (bool point = false; *text; text++) {
        bool plain = (*text >= '0' && *text <= '9') || *text == '-' || *text == '+' || *text == 'e';
        if (plain || !point) inki_str_add(to, "%c", plain ? *text : '.');
        point = !plain;
    }
}

void inki_html_fixed(struct inki_str *to, double value, int decimals)
{
    char text[400];
    if (!isfinite(value)) {
        inki_str_add(to, "-");
        return;
    }
    if (fabs(value) < 0.5 * pow(10, -decimals)) value = 0; /* no -0.00 */
    snprintf(text, sizeof text, "%.*f", decimals, value);
    add_number(to, text);
}

void inki_html_digits(struct inki_str *to, double value, int digits)
{
    char text[64];
    if (!isfinite(value)) {
        inki_str_add(to, "-");
        return;
    }
    snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0.0 : value); /* no -0 */
    char *exponent = strchr(text, 'e');                                    /* 1e-06 is 1e-6 */
    if (exponent && exponent[2] == '0') memmove(exponent + 2, exponent + 3, strlen(exponent + 2));
    add_number(to, text);
}

void inki_html_percent(struct inki_str *to, double share)
{
    inki_html_fixed(to, 100 * share, 2);
    if (isfinite(share)) inki_str_add(to, "\xC2\xA0%%");
}

void inki_html_count(struct inki_str *to, uint64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    for (int i = 0; i < length; i++)
        inki_str_add(to, "%s%c", i > 0 && length > 4 && (length - i) % 3 == 0 ? "\xE2\x80\xAF" : "", digits[i]);
}

void inki_html_exact(struct inki_str *to, double value)
{
    char text[32];
    if (isfinite(value)) inki_format_real(value, text);
    inki_str_add(to, "%s", isfinite(value) ? text : "null");
}
