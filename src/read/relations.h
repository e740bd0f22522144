/* relations: columns that say the same as another, in other words.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_RELATIONS_H
#define INKI_RELATIONS_H

#include "read/columns.h"

/* Features of few values that go together one to one in all rows that were looked at: each is the twin of the first of them. */
void inki_columns_find_twins(struct inki_columns *columns, const struct inki_look *look);

/* Once the label is known: its twins are its copies, which tell it. */
void inki_columns_find_copies(struct inki_columns *columns);

#endif
