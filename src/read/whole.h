/* whole: what some columns of a table hold in all rows, where the first ones are not enough to decide.
 * SPDX-License-Identifier: MIT
 *
 * Texts of which the first rows have their own may come again later; dates whose day and month cannot be distinguished may be by
 * another row; a column of numbers may hold words from some row on, one that counts the rows may stop to, and - may be a gap. */
#ifndef INKI_WHOLE_H
#define INKI_WHOLE_H

#include "read/columns.h"

enum inki_marked { INKI_NOT_MARKED, INKI_KINDS, INKI_TEXTS_TOO }; /* TEXTS_TOO: different texts are counted */

struct inki_whole {
    ink_ctx *ctx;
    size_t columns;
    uint8_t *of;                /* [columns] which of them are known; NULL: none */
    struct inki_traits *traits; /* [columns] */
};

/* Marks a column to be looked at. Errors: NO_MEMORY. */
ink_status inki_whole_mark(struct inki_whole *whole, size_t columns, size_t i, enum inki_marked how);

/* Looks at the marked columns in all rows from where `cells` stand, which are left anywhere. Different texts are counted up to as many
 * as a column may have words; where they are not, it is as many as the first rows had. A row that cannot be read ends it. Errors:
 * NO_MEMORY. */
ink_status inki_whole_look(struct inki_whole *whole, const struct inki_columns *columns, struct inki_cells *cells);

/* What is known takes the place of what the first rows said. */
void inki_whole_apply(const struct inki_whole *whole, struct inki_look *look);

void inki_whole_free(struct inki_whole *whole);

#endif
