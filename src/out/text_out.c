/* text_out: a file of text being written.
 * SPDX-License-Identifier: MIT */
#include "out/text_out.h"

#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void inki_text_put(struct inki_text *file, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(length >= 0 && (size_t)length < sizeof text);
    if (file->status == INK_OK && length > 0) file->status = inki_write(&file->writer, text, (size_t)length);
}

void inki_text_add(struct inki_text *file, const char *text)
{
    if (file->status == INK_OK) file->status = inki_write(&file->writer, text, strlen(text));
}

void inki_text_float(struct inki_text *file, float value, const char *whole)
{
    char text[24];
    inki_format_float(value, text);
    inki_text_add(file, text);
    if (!strpbrk(text, ".e")) inki_text_add(file, whole);
}
