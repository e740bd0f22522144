/* html: text for a page: escaped, with numbers in a form that no locale changes.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_HTML_H
#define INKI_HTML_H

#include "base/text.h"

/* Text between tags or in a quoted attribute; bytes that are not UTF-8, and control characters, become U+FFFD. NULL is "". */
void inki_html_text(struct inki_str *to, const char *text);

/* A JSON string with its quotes, which may stand within a script element. */
void inki_html_json(struct inki_str *to, const char *text);

/* A number with so many decimals: "0.25", "-" if it is not finite. */
void inki_html_fixed(struct inki_str *to, double value, int decimals);

/* A number in so many significant digits without trailing zeros: "0.0025", "1e-7". */
void inki_html_digits(struct inki_str *to, double value, int digits);

/* A share as percent with two decimals, "97.51 %". */
void inki_html_percent(struct inki_str *to, double share);

/* A count with thin spaces between groups of three digits. */
void inki_html_count(struct inki_str *to, uint64_t count);

/* A JSON number that reads back as the same double; null if it is not finite. */
void inki_html_exact(struct inki_str *to, double value);

#endif
