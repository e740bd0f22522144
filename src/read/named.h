/* named: reading the tables of named sets as they are published.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NAMED_H
#define INKI_NAMED_H

#include "read/load.h"
#include "read/sets.h"

/* *out: a copy of the settings in which the set says what they leave open: the target, unless one is given, forbidden, or known from what
 * the rows are for; and that there are names of columns. */
ink_status inki_named_settings(ink_ctx *ctx, const struct inki_found_set *named, const ink_settings *set,
                               const struct inki_expected *expected, ink_settings **out);

/* Puts a line of names above the content of a table without; instead of its first line where that is a comment, as adult.test has it.
 * Errors: NO_MEMORY. */
ink_status inki_named_add_header(const char *header, struct inki_source *source);

#endif
