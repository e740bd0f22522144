/* unlabelled: rows of a table whose target is missing, where other rows have one: there is nothing to learn from them, nor to measure by.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_UNLABELLED_H
#define INKI_UNLABELLED_H

#include "data/data.h"

struct inki_table;
struct inki_cell;
struct inki_decided;

/* The target of the row at hand is missing in this cell. Errors: NO_MEMORY. */
ink_status inki_unlabelled_add(struct inki_table *table, const struct inki_cell *cell);

/* Once all rows are in: leaves these out, as if the file had been without them, and says how many and where the first is. If no row has a
 * target, or the rows are wanted with or without one (inki_expected.all_rows), all stay and none has one; so they do in a file
 * of labels alone. Errors: NO_MEMORY. */
ink_status inki_unlabelled_leave_out(struct inki_table *table);

/* In a file of labels, once they are given: which of them are gaps. */
void inki_unlabelled_mark(const struct inki_table *table, struct inki_labels *labels);

/* Labels from the file `where`, in the order of the rows, that are gaps are taken out, and these rows of the data, which is another then; a
 * note says how many. Where the numbers of both differ nothing is done. Errors: BAD_DATA if no row has a label, NO_MEMORY. */
ink_status inki_unlabelled_take_out(ink_ctx *ctx, struct inki_labels *labels, const char *where, ink_data **data);

/* Keeps how many were left out with the decisions. */
void inki_unlabelled_keep(const struct inki_table *table, struct inki_decided *decided);

#endif
