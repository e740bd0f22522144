/* look: the first rows of a table, looked at before anything is decided: what each column holds.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LOOK_H
#define INKI_LOOK_H

#include "read/cells.h"
#include "read/dates.h"

/* So many rows are looked at, but no more than so many cells, and one row. */
enum { INKI_LOOK_ROWS = 1000, INKI_LOOK_CELLS = 60000 };

/* What the cells of one column are, of those that are not missing. */
struct inki_traits {
    uint32_t cells, missing, numbers, integers, dates, places, lists;
    uint32_t measures;               /* numbers with a currency, a unit or another sign beside them: $5, 12 kg, 7 % */
    uint32_t spaced;                 /* texts of several words */
    uint32_t distinct;               /* different texts */
    uint32_t as_floats;              /* different numbers, as 32-bit floats */
    uint32_t as_doubles;             /* the same, as 64-bit floats */
    uint32_t list_length;            /* of lists of numbers within a cell, all the same; else 0 */
    uint32_t dated[INKI_DATE_KINDS]; /* cells that fit each form of dates.h */
    size_t undated; /* the line of the first that leaves no form which all can be read in; 0: there is none */
    uint32_t weak;  /* cells that are - or None: of `missing`, or texts of `cells` where the column has hardly others */
    uint32_t in_unit;                     /* numbers with the same unit beside them */
    uint8_t unit, unit_forms, unit_marks; /* that unit; their forms and marks without it */
    uint8_t forms, marks;                 /* of numerals.h: those that all cells fit; those that some have a mark of */
    bool counts;                          /* each is an integer, one more than the one before */
    bool rises, even;                     /* integers that rise from row to row; by the same step */
    bool padded;                          /* a number begins with a 0 that does not count: 007 */
    double low, high, first, last, step;
};

struct inki_look {
    ink_ctx *ctx;
    size_t rows, columns;
    struct inki_traits *traits; /* [columns] */
    uint64_t *hashes;           /* [room][columns] of the cells' texts */
    double *values;             /* [room][columns]; of true and false 1 and 0; NaN for what is no plain number */
    size_t room;                /* in rows */
    bool ragged;                /* the first row has another number of columns: nothing is known then */
    const uint8_t *whole;       /* [columns] not 0: what is known of the column is of all rows; NULL: of none */
};

/* Looks at the rows from where `cells` stand (they are left behind the last one looked at). Ragged rows end it: what is wrong
 * with them is found when they are read. Errors: NO_MEMORY. */
ink_status inki_look_begin(struct inki_look *look, struct inki_cells *cells, size_t columns);

/* One more row, whose cells are given as texts. Errors: NO_MEMORY. */
ink_status inki_look_add(struct inki_look *look, size_t column, const struct inki_cells *cells,
                         const struct inki_cell *cell);
void inki_look_end_row(struct inki_look *look);

/* Counts one cell of a column. *hash of its text, 0 for a gap; *value: of true and false 1 and 0, NaN for what is no plain number. */
void inki_look_cell(struct inki_traits *traits, const struct inki_cells *cells, const struct inki_cell *cell,
                    uint64_t *hash, double *value);

/* Once the different texts are counted: a column of numbers that all have the same unit, but for few mistakes, has the forms that they have
 * without it. */
void inki_look_settle_unit(struct inki_traits *traits);

/* A number's bits for sets of different ones, never 0. */
uint64_t inki_look_key(double value);

/* Once all rows are in: counts different texts and numbers. Errors: NO_MEMORY. */
ink_status inki_look_count(struct inki_look *look);

/* Hashes of what may be a gap, in any case. */
#define INKI_NONE_HASH (~(uint64_t)1)
#define INKI_DASH_HASH (~(uint64_t)2)

void inki_look_free(struct inki_look *look);

/* A date or a time: 2021-03-01, 1.3.2021, 03/01/21 10:30, 5 Mar 2021. */
bool inki_is_date(const char *text, size_t length);

/* A file's name, a path, an address of the internet. */
bool inki_is_place(const char *text, size_t length);

/* Words for 1 and 0: true, false, yes, no and their first letters, in any case. False for others. */
bool inki_flag_value(const char *text, size_t length, double *value);

#endif
