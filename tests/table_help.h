/* table_help: what the tests of tables share: texts as files, and what is read of them.
 * SPDX-License-Identifier: MIT */
#ifndef TABLE_HELP_H
#define TABLE_HELP_H

#include "data_help.h"

const char *table_write(const struct fixture *f, const char *name, const char *text);

/* The values of a row and its class, "-" for none, with spaces between. */
void table_row_is(const ink_data *data, size_t i, const char *expected);

/* Loads a file: the note's end behind the file's name, then each row in turn. */
void table_is(const struct fixture *f, const char *path, const char *note, const char *const *rows);

#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
