/* decide: what reading a table decided, kept with its data.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_DECIDE_H
#define INKI_DECIDE_H

#include "read/columns.h"

/* looked_at: rows that the traits are of, 0 if they are not of rows. Errors: NO_MEMORY. Ownership: the caller, inki_decided_free. */
ink_status inki_decide(const struct inki_columns *columns, const struct inki_traits *traits, size_t looked_at,
                       const char *separator, const char *decimal, struct inki_decided **out);

#endif
