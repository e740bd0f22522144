/* header: whether the first row of a table names its columns.
 * SPDX-License-Identifier: MIT
 *
 * It does if it has a word where the rows below have numbers only; or no number but a name that labels or ids go by; or such a
 * name that does not come again below; or if its numbers only count (0, 1, 2, … or 1, 2, 3, …) and rows below are not like
 * them; or are those that pandas makes of doubled ones (5, 0, 0.1, 0.2, …); or are far from all below and rise evenly. */
#ifndef INKI_HEADER_H
#define INKI_HEADER_H

#include "read/columns.h"
#include "read/top.h"

enum { INKI_TOP_NUMBER = 0, INKI_TOP_WORD = 1, INKI_TOP_MISSING = 2 };

/* The first row becomes the columns with their names, should they be names. Errors: as inki_columns_add. */
ink_status inki_header_read(struct inki_cells *cells, const struct inki_top *top, struct inki_columns *columns);

/* look: the rows below it. *lost: a row of values was made the names, by another program. Errors: NO_MEMORY. */
ink_status inki_header_is(const struct inki_columns *columns, const struct inki_look *look, bool *is, bool *lost);

/* Whether the row at which `cells` stand holds units, "m,s,": words where the rows below it hold numbers. They are left behind
 * it then, else before it. Errors: NO_MEMORY. */
ink_status inki_header_pass_units(struct inki_cells *cells, const struct inki_columns *columns, bool *passed);

#endif
