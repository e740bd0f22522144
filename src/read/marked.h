/* marked: rows that a file names, as `inkling suspects` writes it, to be left out (setting drop-rows) or labelled anew (relabel).
 * SPDX-License-Identifier: MIT
 *
 * A CSV file whose first line names its columns: `row` counts the rows of the training part from 0; `answer` is the class that a row is to
 * have; `label`, if it is there, the one that it has now, by which a file of other data is refused; `kind`, if it is there, says which lines
 * relabel takes: those of kind label. Other columns are left alone. */
#ifndef INKI_MARKED_H
#define INKI_MARKED_H

#include "data/data.h"

/* As both settings say, of a base as it was read, before limit; its test part stays. Errors: NOT_FOUND, IO; BAD_DATA, with file and line: a column that
 * is missing, a row that the data has not or whose label is another, a class that is none, no row left; NO_MEMORY. */
ink_status inki_marked_apply(ink_ctx *ctx, ink_data *data, const ink_settings *set);

#endif
