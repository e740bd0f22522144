/* category: the words of columns that hold words: a value of such a column is the number of its word.
 * SPDX-License-Identifier: MIT
 *
 * Values are floats as all others: a word's number from 0 on, NaN for a gap, -1 for a word that is not in the list, which only rows
 * have that were read for a model or beside training rows. */
#ifndef INKI_CATEGORY_H
#define INKI_CATEGORY_H

#include <stddef.h>

/* The words of one column. */
struct inki_category {
    char **words; /* [count] */
    size_t count; /* 0: the column holds numbers */
};

#endif
