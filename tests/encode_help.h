/* encode_help: what the tests of encodings share: tables in memory and models that encode them.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_HELP_H
#define ENCODE_HELP_H

#include "net_help.h"

#include "train/encode_fit.h"

#include <math.h>

enum { ROWS = 600, COLUMNS = 5, CLASSES = 3, ENCODE_WORDS = 5 };
static const float gap = NAN;
extern char *encode_words[ENCODE_WORDS];

/* Rows of a table, borrowed; categories NULL: numbers alone. */
ink_data encode_table(size_t rows, size_t features, const float *x, struct inki_category *categories);

/* Its encoding by the fixture's settings, and an initialised model of CLASSES classes with one. Both must work. */
struct inki_encoding encode_fit(const struct fixture *f, const ink_data *data);
ink_model *encode_model(const struct fixture *f, const struct inki_encoding *encoding, const char *notation);

/* x[ROWS][COLUMNS] of all kinds: a number, one with gaps, words with gaps, a flag, few integers; and a model fitted to it. Ownership:
 * the caller, free. */
float *encode_rows(void);
ink_model *encode_mixed(const struct fixture *f, const float *x, const char *notation);

#endif
