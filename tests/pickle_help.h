/* pickle_help: what the tests of pickles share: fixtures by name, the reader on bytes in memory.
 * SPDX-License-Identifier: MIT */
#ifndef PICKLE_HELP_H
#define PICKLE_HELP_H

#include "data_help.h"

#include "base/mem.h"
#include "read/load.h"

#define PICKLES FIXTURES "pickles/"
#define OPS(text) (text), sizeof(text) - 1

enum { PICKLE_NAMES = 128 };

/* The paths of the fixtures that begin with `prefix`; the caller frees each. Returns how many. */
size_t pickle_fixtures(const char *prefix, char *names[PICKLE_NAMES]);

/* The reader alone, on a copy of these bytes. */
ink_status pickle_read(const struct fixture *f, const void *bytes, size_t size, ink_data **out);

/* The same must fail with this status and words (separated by |), and leave no memory behind. */
void pickle_fails(const struct fixture *f, const void *bytes, size_t size, ink_status status, const char *words);

#endif
