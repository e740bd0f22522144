/* text_out: a file of text being written, whose first failure is remembered.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TEXT_OUT_H
#define INKI_TEXT_OUT_H

#include "base/file.h"

/* After a failure nothing more is written; who opened the file looks at the status at the end. */
struct inki_text {
    struct inki_writer writer;
    ink_status status;
};

/* Formatted text of less than 2048 bytes. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void
inki_text_put(struct inki_text *file, const char *format, ...);

/* A text of any length as it is. */
void inki_text_add(struct inki_text *file, const char *text);

/* A number that reads back as the same float; `whole` is put behind one without point or exponent. */
void inki_text_float(struct inki_text *file, float value, const char *whole);

#endif
