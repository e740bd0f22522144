/* numerals: numbers as people in other countries write them: 1,5, 1.070,5, 1,098.25, 1'118, 1 234.
 * SPDX-License-Identifier: MIT
 *
 * A text may fit several forms: 1,098 is 1.098 or 1098. Which one is meant is decided for a column by all of its cells. */
#ifndef INKI_NUMERALS_H
#define INKI_NUMERALS_H

#include <stdbool.h>
#include <stddef.h>

/* Forms, as bits. Groups have three digits but for the first, which has up to three. */
enum {
    INKI_PLAIN = 1,              /* 1234.5e-3 */
    INKI_DECIMAL_COMMA = 2,      /* 1234,5 */
    INKI_COMMA_DOT_GROUPS = 4,   /* 1.234,5 */
    INKI_COMMA_GROUPS = 8,       /* 1,234.5 */
    INKI_APOSTROPHE_GROUPS = 16, /* 1'234.5 */
    INKI_SPACE_GROUPS = 32,      /* 1 234.5 */
    INKI_COMMA_SPACE_GROUPS = 64 /* 1 234,5 */
};

/* A form may have a unit: all numbers of the column are written with this sign. */
enum { INKI_FORM_BITS = 8 };

/* The unit that a text is written in, $5, 7 % or 12 kg, from 1; 0 if it has none that is known. The text is without it then. */
unsigned inki_numeral_unit(const char **text, size_t *length);
const char *inki_unit_text(unsigned unit);
bool inki_unit_is_sign(unsigned unit); /* of percent or a currency: no name has it */

/* The forms that a text fits, 0 if it is no number in any of them. *marked (may be NULL): those of them of which it has a mark,
 * a decimal comma or a group's. */
unsigned inki_numeral_forms(const char *text, size_t length, unsigned *marked);

/* Its value in one form, with the form's unit; false if it does not fit. */
bool inki_numeral_value(const char *text, size_t length, unsigned form, double *value);

/* What is special about the first of these forms, for messages: "a decimal comma", "thousands separators". */
const char *inki_numeral_text(unsigned forms);

#endif
