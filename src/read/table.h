/* table: rows of cells become values and labels: what the readers of CSV and ARFF share.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TABLE_H
#define INKI_TABLE_H

#include "read/cells.h"
#include "read/columns.h"
#include "read/load.h"
#include "read/words.h"

/* So many columns of one role, one after the other. */
struct inki_run {
    size_t count;
    uint8_t role;
};

struct inki_table {
    struct inki_source *source;
    struct inki_cells cells;
    struct inki_columns columns;
    struct inki_run *runs; /* [run_count], made of the columns' roles */
    size_t run_count;
    struct inki_values values;
    struct inki_words words; /* the labels' */
    size_t declared;         /* labels must be among the first so many words; 0: they may be any */
    int32_t *labels;         /* [rows] numbers of words */
    size_t rows, label_room;
    size_t unlabelled;    /* rows whose label is missing */
    size_t missing_line;  /* the first of them */
    bool for_labels;      /* only labels are wanted */
    double last_in_order; /* number in the column of role ORDER; NaN once it held something else */
};

void inki_table_begin(struct inki_table *table, struct inki_source *source, bool for_labels);
void inki_table_free(struct inki_table *table);

/* Once the roles are chosen: prepares for rows, `rows_expected` of them (a guess that the file's size justifies). Errors:
 * BAD_DATA for no feature, NO_MEMORY. */
ink_status inki_table_start(struct inki_table *table, size_t rows_expected);

/* Reads the row that `cells` stand at. Errors: BAD_DATA with line and column, NO_MEMORY. */
ink_status inki_table_row(struct inki_table *table);

/* Ends a row that was put together by hand: its label's cell, or NULL where there is no label column. Errors as above. */
ink_status inki_table_label(struct inki_table *table, struct inki_cell *cell);

/* What was read, as data or as labels. Errors: BAD_FILE for no rows, BAD_DATA for labels that some rows lack. */
ink_status inki_table_give(struct inki_table *table, ink_data **out);
ink_status inki_table_give_labels(struct inki_table *table, struct inki_labels *out);

#endif
