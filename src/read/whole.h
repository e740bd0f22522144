/* whole: what some columns of a table hold in all rows, where the first ones are not enough to decide.
 * SPDX-License-Identifier: MIT
 *
 * Texts of which the first rows have their own may come again later; dates whose day and month cannot be distinguished may be
 * by another row; and a column of numbers may hold words from some row on. */
#ifndef INKI_WHOLE_H
#define INKI_WHOLE_H

#include "read/look.h"

struct inki_whole {
    ink_ctx *ctx;
    size_t columns;
    bool *of;                   /* [columns] which of them are known; NULL: none */
    struct inki_traits *traits; /* [columns] */
};

/* Marks a column to be looked at. Errors: NO_MEMORY. */
ink_status inki_whole_mark(struct inki_whole *whole, size_t columns, size_t i);

/* Looks at the marked columns in all rows from where `cells` stand, which are left anywhere. texts: different texts are counted, up to
 * as many as a column may have words. A row that cannot be read ends it. Errors: NO_MEMORY. */
ink_status inki_whole_look(struct inki_whole *whole, const struct inki_look *first, struct inki_cells *cells,
                           bool texts);

/* What is known takes the place of what the first rows said. */
void inki_whole_apply(const struct inki_whole *whole, struct inki_look *look);

void inki_whole_free(struct inki_whole *whole);

#endif
