/* cells: a table of text, read cell by cell: separators, quotes, line ends, and the place for messages.
 * SPDX-License-Identifier: MIT
 *
 * Cells are separated by one character, or by any blanks if that is a space; rows end with LF, CRLF or CR; rows of blanks
 * and separators only are no rows. Blanks around a cell do not belong to it. A cell that begins with a quote ends with one: what is between them is taken as it is, line ends
 * included. In CSV (RFC 4180) quotes are " and a doubled one stands for itself; in ARFF they are " or ' and a backslash takes
 * the next character as it is; there, rows that begin with % are comments. Nothing behind the last byte is looked at. */
#ifndef INKI_CELLS_H
#define INKI_CELLS_H

#include "read/merging.h"
#include "read/values.h"

/* Text that comes piece by piece, each of whole rows, in place of a whole file. */
struct inki_feed {
    /* The next piece, good until the one after it, and the line that it begins with; *size 0: there is none. Errors: what is wrong with the
     * file, NO_MEMORY. */
    ink_status (*next)(struct inki_feed *feed, const uint8_t **bytes, size_t *size, size_t *line);
    ink_status (*rewind)(struct inki_feed *feed); /* the first one comes next */
    size_t total;                                 /* bytes of all pieces, about; known once the first is there */
};

struct inki_cells {
    ink_ctx *ctx;
    const char *where; /* names the file in messages */
    const uint8_t *bytes;
    size_t size, at;
    size_t line, column; /* of the next cell, from 1; column counts cells */
    size_t columns;      /* that a row should have, for messages */
    char separator;
    char closing;        /* ends a list in braces as a line end does a row; 0: there is none */
    char comment;        /* rows that begin with it are none; 0: there are no comments */
    const char *dropped; /* columns left out already, as the setting drop has them, for advice in messages; or NULL */
    const char *gaps;    /* texts with commas between them that are gaps, too; or NULL */
    bool labelled;       /* the label column is known */
    bool arff;
    bool row_ended;               /* the last cell was its row's last */
    bool closed;                  /* and `closing` ended it */
    bool recoded;                 /* a text was not UTF-8 */
    bool foreign;                 /* nor Windows-1252 */
    size_t blank_rows;            /* rows of separators alone, which are no rows */
    struct inki_feed *feed;       /* gives what follows behind `size`; NULL: nothing does */
    ink_status failed;            /* of the feed, which then has ended */
    struct inki_merging *merging; /* sees numbers; NULL: nobody does */
    size_t width;                 /* values in a row, by which merging gets the place */
    bool broken;                  /* a cell is another thing than its column was taken to hold */
    char *scratch;                /* the text of a quoted cell */
    size_t scratch_room;
};

/* One cell. The text is not ended by 0; it is good until the next cell is read. */
struct inki_cell {
    const char *text;
    size_t length, line, column;
    bool quoted;
};

/* Goes to the next row. False at the end of the file, or if it cannot be read on: see `failed`. */
bool inki_cells_row(struct inki_cells *cells);

/* The next cell of the row. Errors: BAD_DATA (the row has ended, an open quote, text behind a closing quote), NO_MEMORY. */
ink_status inki_cells_next(struct inki_cells *cells, struct inki_cell *cell);

/* A text that is not UTF-8 is taken for Windows-1252 and turned into UTF-8. Errors: NO_MEMORY. */
ink_status inki_cells_to_utf8(struct inki_cells *cells, struct inki_cell *cell);

/* In a row of an ARFF header: the next word, which ends before a blank or {, or the next quoted text. Errors: as above. */
ink_status inki_cells_word(struct inki_cells *cells, struct inki_cell *cell);

/* Puts the next `count` cells of the row, which must be numbers or gaps, into values. Room for them must be there. Errors:
 * BAD_DATA, with the cell's line and column, for a word, a number too large; NO_MEMORY. */
ink_status inki_cells_numbers(struct inki_cells *cells, size_t count, struct inki_values *values);

/* Errors: BAD_DATA if the row continues after its last column. */
ink_status inki_cells_end_row(const struct inki_cells *cells);

/* The same for numbers that are written in one of the forms of numerals.h. */
ink_status inki_cells_numerals(struct inki_cells *cells, size_t count, unsigned form, struct inki_values *values);

/* The cell is one number. */
bool inki_cell_number(const struct inki_cell *cell, double *value);

/* The cell is empty or, without quotes, ?; in CSV also NA, N/A, #N/A, NaN, null and the like (any case). */
bool inki_cell_missing(const struct inki_cells *cells, const struct inki_cell *cell);

/* Without quotes - or None, in CSV: mostly gaps, but labels and a column's only other word are so, too. */
bool inki_cell_weak(const struct inki_cells *cells, const struct inki_cell *cell);

/* The value of a cell that is no finite number: NaN for a gap (weak ones are), or infinity as programs write it. False for others. */
bool inki_cell_special(const struct inki_cells *cells, const struct inki_cell *cell, float *value);

/* Fails for a cell that is no number as one that should be: a word, too large. */
ink_status inki_cells_not_a_number(const struct inki_cells *cells, const struct inki_cell *cell);

/* The beginning of the cell's text for a message, safe to print. */
enum { INKI_SHOWN_ROOM = 48 };
const char *inki_cell_shown(const struct inki_cell *cell, char out[INKI_SHOWN_ROOM]);

void inki_cells_free(struct inki_cells *cells);

#endif
