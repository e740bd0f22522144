/* features: the cells of feature columns become values: numbers, numbers of words, parts of dates; gaps are NaN.
 * SPDX-License-Identifier: MIT
 *
 * Once all rows are in, what says nothing is left out: empty columns, constant ones of tables whose columns have names, parts of dates
 * that never change, texts of which nearly every row has its own, and what tells the target in other words. What the rows are wanted
 * for stays. */
#ifndef INKI_FEATURES_H
#define INKI_FEATURES_H

#include "data/category.h"
#include "read/columns.h"
#include "read/words.h"

struct inki_table;

struct inki_feature {
    uint32_t column; /* of the file */
    uint8_t part;    /* of a date; INKI_DATE_PARTS: none */
};

struct inki_features {
    struct inki_feature *list; /* [count] in the order of the file; once finished, of the data */
    struct inki_words *words;  /* [count]; NULL where no column holds words */
    size_t *declared;          /* [count] a column's words are among its first so many; 0: any; NULL: all any */
    bool *full;                /* [count] had more words than a column may have */
    size_t count, words_count; /* words_count: of the lists that were made */
};

/* Once the roles are chosen. Errors: NO_MEMORY. */
ink_status inki_features_begin(struct inki_table *table);

/* Puts a cell of words, as feature number `place`, or of a date, as its next ones. Errors: BAD_DATA with line and column, NO_MEMORY. */
ink_status inki_features_word(struct inki_table *table, size_t place, struct inki_cell *cell);
ink_status inki_features_date(struct inki_table *table, size_t column, const struct inki_cell *cell);

/* Once all rows are in, before any is taken out: which columns have two values, and how many words. Errors: BAD_DATA, with cells.broken,
 * for a column whose integers count the rows in another order; NO_MEMORY. */
ink_status inki_features_see_all(struct inki_table *table);

/* Which words of a feature the rows have: used[words] of these become true. */
void inki_features_see_words(const struct inki_table *table, size_t place, bool *used);

/* Counts gaps and different values of a feature of numbers that is left out, as nobody can do later. */
void inki_features_keep_count(struct inki_table *table, size_t place);

/* Once rows are taken out: words that no row has any more are forgotten, but for declared ones. Errors: NO_MEMORY. */
ink_status inki_features_forget_words(struct inki_table *table);

/* Once all rows are in: leaves out what says nothing, and puts features in the order that is wanted. Errors: NO_MEMORY. */
ink_status inki_features_finish(struct inki_table *table);

/* Gives the data the features' names, unless they are none or only count (pixel0, pixel1, …) and none has words, and the words. Errors:
 * NO_MEMORY. */
ink_status inki_features_give(const struct inki_table *table, ink_data *data);

void inki_features_free(struct inki_features *features);

#endif
