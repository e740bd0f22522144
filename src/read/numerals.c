/* numerals: decimal commas and groups of thousands.
 * SPDX-License-Identifier: MIT */
#include "read/numerals.h"

#include "base/text.h"

#include <string.h>

enum { LONGEST = 64 };

/* Each form: the marks of its groups (several texts may stand for one), its decimal sign. */
static const struct form {
    unsigned bit;
    const char *groups[4];
    char decimal;
    const char *text;
} forms[] = {
    {INKI_DECIMAL_COMMA, {NULL}, ',', "a decimal comma"},
    {INKI_COMMA_DOT_GROUPS, {"."}, ',', "thousands separators and a decimal comma"},
    {INKI_COMMA_GROUPS, {","}, '.', "thousands separators"},
    {INKI_APOSTROPHE_GROUPS, {"'", "\xE2\x80\x99"}, '.', "thousands separators"},
    {INKI_SPACE_GROUPS, {" ", "\xC2\xA0", "\xE2\x80\xAF"}, '.', "thousands separators"},
    {INKI_COMMA_SPACE_GROUPS, {" ", "\xC2\xA0", "\xE2\x80\xAF"}, ',', "thousands separators and a decimal comma"},
};
enum { FORMS = sizeof forms / sizeof *forms };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits_at(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && is_digit(text[count])) count++;
    return count;
}

static size_t group_mark(const struct form *form, const char *text, size_t length)
{
    for (size_t i = 0; i < 4 && form->groups[i]; i++) {
        size_t size = strlen(form->groups[i]);
        if (length >= size && memcmp(text, form->groups[i], size) == 0) return size;
    }
    return 0;
}

/* Writes the number as 1234.5 into out[LONGEST], with its end; false if it does not fit. *marked: it has a mark of the form. */
static bool rewrite(const struct form *form, const char *text, size_t length, char *out, bool *marked)
{
    size_t used = 0, count;
    *marked = false;
    if (length == 0 || length >= LONGEST) return false;
    if (*text == '-' || *text == '+') {
        if (*text == '-') out[used++] = '-';
        text++, length--;
    }
    count = digits_at(text, length);
    if (count == 0 || (form->groups[0] && count > 3)) return false;
    for (size_t mark = 0;; *marked = true) {
        memcpy(out + used, text, count);
        used += count;
        text += count, length -= count;
        mark = group_mark(form, text, length);
        if (mark == 0 || digits_at(text + mark, length - mark) != 3) break;
        text += mark, length -= mark;
        count = 3;
    }
    if (length > 0 && *text == form->decimal) {
        *marked = *marked || form->decimal == ',';
        count = digits_at(text + 1, length - 1);
        if (count == 0) return false;
        out[used++] = '.';
        memcpy(out + used, text + 1, count);
        used += count;
        text += count + 1, length -= count + 1;
    }
    if (length > 0 && (form->groups[0] || (*text != 'e' && *text != 'E'))) return false;
    memcpy(out + used, text, length);
    out[used + length] = 0;
    return true;
}

/* The text without blanks at its ends. */
static const char *bare(const char *text, size_t *length)
{
    while (*length > 0 && *text == ' ') text++, --*length;
    while (*length > 0 && text[*length - 1] == ' ') --*length;
    return text;
}

/* Digits, a point, digits, which cannot be a group: 12.5, 0.1234. What most numbers are; 0 for another text. */
static unsigned forms_of_decimal(const char *text, size_t length)
{
    if (length > 0 && *text == '-') text++, length--;
    size_t before = digits_at(text, length);
    if (before == 0 || before == length || text[before] != '.') return 0;
    size_t behind = digits_at(text + before + 1, length - before - 1);
    if (behind == 0 || behind == 3 || before + 1 + behind != length) return 0;
    return INKI_PLAIN | (before > 3 ? 0 : INKI_COMMA_GROUPS | INKI_APOSTROPHE_GROUPS | INKI_SPACE_GROUPS);
}

unsigned inki_numeral_forms(const char *text, size_t length, unsigned *marked)
{
    char out[LONGEST];
    double value;
    bool has_mark;
    text = bare(text, &length);
    unsigned decimal = length < LONGEST ? forms_of_decimal(text, length) : 0;
    if (marked) *marked = 0;
    if (decimal) return decimal;
    unsigned fit = length > 0 && inki_parse_number(text, length, &value) == length ? INKI_PLAIN : 0, marks = 0;
    if (length == 0 || !(is_digit(*text) || *text == '-' || *text == '+')) return fit;
    for (size_t i = 0; i < FORMS; i++) {
        if (!rewrite(&forms[i], text, length, out, &has_mark) || !inki_parse_real(out, &value)) continue;
        fit |= forms[i].bit;
        if (has_mark) marks |= forms[i].bit;
    }
    if (marked) *marked = marks;
    return fit;
}

/* ----------------------------------------------------------------------- units */

static const char *const units[] = {"%",
                                    "\xE2\x80\xB0",
                                    "$",
                                    "\xE2\x82\xAC",
                                    "\xC2\xA3",
                                    "\xC2\xA5",
                                    "\xE2\x82\xB9", /* signs */
                                    "USD",
                                    "EUR",
                                    "GBP",
                                    "CHF",
                                    "kg",
                                    "g",
                                    "mg",
                                    "t",
                                    "lb",
                                    "lbs",
                                    "oz",
                                    "m",
                                    "cm",
                                    "mm",
                                    "km",
                                    "in",
                                    "ft",
                                    "mi",
                                    "km\xC2\xB2",
                                    "m\xC2\xB2",
                                    "m2",
                                    "s",
                                    "ms",
                                    "sec",
                                    "min",
                                    "h",
                                    "hrs",
                                    "\xC2\xB0",
                                    "\xC2\xB0"
                                    "C",
                                    "\xC2\xB0"
                                    "F",
                                    "K",
                                    "V",
                                    "mV",
                                    "A",
                                    "mA",
                                    "W",
                                    "kW",
                                    "kWh",
                                    "Hz",
                                    "kHz",
                                    "MHz",
                                    "GHz",
                                    "B",
                                    "KB",
                                    "MB",
                                    "GB",
                                    "TB",
                                    "px",
                                    "bar",
                                    "Pa",
                                    "hPa",
                                    "mph",
                                    "km/h",
                                    "m/s",
                                    "l",
                                    "L",
                                    "ml",
                                    "mL",
                                    "bpm",
                                    "dB",
                                    "cal",
                                    "kcal",
                                    "years",
                                    "days"};
enum { UNITS = sizeof units / sizeof *units, SIGNS = 7 };

const char *inki_unit_text(unsigned unit) { return units[unit - 1]; }

bool inki_unit_is_sign(unsigned unit) { return unit <= SIGNS; }

static unsigned unit_named(const char *text, size_t length)
{
    for (unsigned i = 0; i < UNITS; i++)
        if (strlen(units[i]) == length && memcmp(units[i], text, length) == 0) return i + 1;
    return 0;
}

unsigned inki_numeral_unit(const char **text, size_t *length)
{
    size_t size = *length, begin = 0;
    const char *at = bare(*text, &size);
    while (begin < size && !is_digit(at[begin]) && at[begin] != '-' && at[begin] != ' ') begin++;
    unsigned unit = begin ? unit_named(at, begin) : 0;
    size_t end = size;
    while (!begin && end > 0 && !is_digit(at[end - 1])) end--;
    size_t behind = end;
    while (behind < size && at[behind] == ' ') behind++;
    if (!begin && end > 0) unit = unit_named(at + behind, size - behind);
    if (!unit || begin == size || (begin && at[begin] != ' ' && !inki_unit_is_sign(unit))) return 0;
    while (begin < end && at[begin] == ' ') begin++;
    *text = at + begin;
    *length = end - begin;
    return unit;
}

/* ----------------------------------------------------------------------- value */

bool inki_numeral_value(const char *text, size_t length, unsigned form, double *value)
{
    char out[LONGEST];
    bool marked;
    const unsigned unit = form >> INKI_FORM_BITS;
    if (unit && inki_numeral_unit(&text, &length) != unit) /* 0 is the same in all units */
        return inki_parse_number(text, length, value) == length && length > 0 && *value == 0;
    form &= (1U << INKI_FORM_BITS) - 1;
    text = bare(text, &length);
    if (!(inki_numeral_forms(text, length, NULL) & form)) return false;
    if (form == INKI_PLAIN) return length > 0 && inki_parse_number(text, length, value) == length;
    for (size_t i = 0; i < FORMS; i++)
        if (forms[i].bit == form) return rewrite(&forms[i], text, length, out, &marked) && inki_parse_real(out, value);
    return false;
}

const char *inki_numeral_text(unsigned fit)
{
    for (size_t i = 0; i < FORMS; i++)
        if (forms[i].bit & fit) return forms[i].text;
    return "digits";
}
