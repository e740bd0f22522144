/* decide: what reading a table decided, kept with its data.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_DECIDE_H
#define INKI_DECIDE_H

#include "read/table.h"

/* Once all rows are in. Errors: NO_MEMORY. Ownership: the caller, inki_decided_free. */
ink_status inki_decide(const struct inki_table *table, const char *separator, const char *decimal,
                       struct inki_decided **out);

#endif
