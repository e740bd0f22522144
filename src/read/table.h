/* table: rows of cells become values and labels: what the readers of CSV and ARFF share.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TABLE_H
#define INKI_TABLE_H

#include "read/features.h"
#include "read/goals.h"
#include "read/cells.h"
#include "read/columns.h"
#include "read/counts.h"
#include "read/load.h"
#include "read/words.h"

/* So many columns of one role, form of numbers and kind of features, one after the other. */
struct inki_run {
    size_t count, place; /* the first one's number among the features */
    uint8_t role;
    uint16_t form;
    bool words, dates;
};

struct inki_table {
    struct inki_source *source;
    struct inki_cells cells;
    struct inki_columns columns;
    struct inki_run *runs; /* [run_count], made of the columns' roles */
    size_t run_count;
    struct inki_values values;
    struct inki_goals goals;
    struct inki_features features;
    struct inki_merging merging;
    struct inki_counts counts;
    size_t rows, rows_read; /* rows_read: those without a target, which are left out, too; once all are in */
    bool for_labels;        /* only labels are wanted */
    size_t list_length;     /* of the column of role LIST, else 0 */
    uint32_t *order;        /* [features] where each feature belongs; NULL: they stay where they are */
    struct inki_ids *ids;   /* of the column of role ID, NULL without */
    uint8_t *parts;         /* [rows] see names.h, of the column of role PART */
    size_t part_room;
    size_t one_hot_seen;  /* one-hot columns of the row, */
    int32_t one_hot;      /* and which was 1; -1: none yet */
    double last_in_order; /* number in the column of role ORDER or ID; NaN once it held something else */
    char disorder[160];   /* the first number that is not above the one before, as a sentence */
};

/* Of features, before or after some are left out. */
static inline float inki_table_value(const struct inki_table *table, size_t row, size_t place)
{
    const struct inki_values *values = &table->values;
    const size_t at = row * table->features.count + place;
    return values->floats ? values->floats[at] : (float)values->bytes[at];
}

void inki_table_begin(struct inki_table *table, struct inki_source *source, bool for_labels);
void inki_table_free(struct inki_table *table);

/* Cells are gaps from here on that the setting missing names, or did for the model that the rows are for. */
void inki_table_take_gaps(struct inki_table *table);

/* Once the roles are chosen: prepares for rows, `rows_expected` of them (a guess that the file's size justifies). Errors:
 * BAD_DATA for no feature, NO_MEMORY. */
ink_status inki_table_start(struct inki_table *table, size_t rows_expected);

/* Reads the row that `cells` stand at. Errors: BAD_DATA with line and column, NO_MEMORY. */
ink_status inki_table_row(struct inki_table *table);

/* Keeps the row's id. Errors: NO_MEMORY. */
ink_status inki_table_id(struct inki_table *table, struct inki_cell *cell);

/* Ends a row that is put together by hand: see goals.h. */
void inki_table_end_row(struct inki_table *table);

/* Once all rows are in: leaves out rows without a target, decides whether labels are classes, warns of columns whose values have become
 * equal as floats, and leaves out features that say nothing. Errors: BAD_DATA, with cells.broken if a column is another thing than it was
 * taken for, NO_MEMORY. */
ink_status inki_table_end(struct inki_table *table);

/* What was read, as data or as labels. Errors: BAD_FILE for no rows, BAD_DATA for labels that some rows lack. */
ink_status inki_table_give(struct inki_table *table, ink_data **out);
ink_status inki_table_give_labels(struct inki_table *table, struct inki_labels *out);

#endif
