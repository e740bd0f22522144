/* counts: gaps and different texts of a table's columns in all rows, and whether those that count the rows go on to.
 * SPDX-License-Identifier: MIT
 *
 * Of columns that are not features of numbers: what these hold can be asked of the data. */
#ifndef INKI_COUNTS_H
#define INKI_COUNTS_H

#include "read/cells.h"
#include "read/columns.h"

enum { INKI_COUNTS_MOST = 1 << 16 }; /* different texts that are counted */

struct inki_count {
    uint64_t *recent; /* [16] of a label column: short texts that are counted; 0: none */
    uint64_t *slots;  /* [room] hashes of texts, 0: free; room is a power of two */
    uint32_t room, distinct, missing;
    bool known; /* the column's cells are counted */
    bool full;  /* there are more than MOST: `distinct` is not known */
    double last,
        step; /* of a column that counts the rows: its last number, and what that is more than the one before */
};

struct inki_counts {
    struct inki_count *of; /* [count] of all columns */
    size_t count;
    bool partly; /* not all rows were counted */
};

/* Once the roles are chosen: all columns but features of numbers will be counted. Errors: NO_MEMORY. */
ink_status inki_counts_begin(struct inki_counts *counts, const struct inki_columns *columns);

/* One text, of which hash is not 0. Errors: NO_MEMORY. */
ink_status inki_count_hash(ink_ctx *ctx, struct inki_count *count, uint64_t hash);
bool inki_count_has_hash(const struct inki_count *count, uint64_t hash);

/* One cell; of a column of words gaps alone are counted. Errors: BAD_DATA (cells->broken) for one with which the column stops to count
 * the rows, NO_MEMORY. */
ink_status inki_count_cell(struct inki_count *count, const struct inki_column *column, struct inki_cells *cells,
                           const struct inki_cell *cell);

void inki_counts_free(struct inki_counts *counts);

#endif
