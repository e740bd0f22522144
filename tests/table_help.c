/* table_help: texts as files, and what is read of them.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"

#include <stdio.h>
#include <string.h>

const char *table_write(const struct fixture *f, const char *name, const char *text)
{
    return help_write(f, name, text, strlen(text));
}

void table_row_is(const ink_data *data, size_t i, const char *expected)
{
    char text[256] = "";
    float x[32];
    assert_true(data->features <= COUNT(x));
    int32_t label = ink_data_row(data, i, x);
    for (size_t j = 0, used = 0; j < data->features; j++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%.9g ", (double)x[j]);
    strcat(text, label < 0 ? "-" : ink_data_class(data, (size_t)label));
    assert_string_equal(text, expected);
}

void table_is(const struct fixture *f, const char *path, const char *note, const char *const *rows)
{
    ink_data *data = help_load(f, path);
    size_t length = strlen(path);
    assert_memory_equal(f->note, path, length);
    assert_string_equal(f->note + length + 2, note);
    for (size_t i = 0; rows[i]; i++) table_row_is(data, i, rows[i]);
    ink_data_free(data);
}
