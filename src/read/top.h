/* top: where a table begins, and what separates its cells.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TOP_H
#define INKI_TOP_H

#include "read/cells.h"

/* The separators that can be given and found, by the setting's choice; 0 for auto. */
extern const char inki_separators[];
enum { INKI_SEPARATORS = 7 };
const char *inki_separator_name(char separator);

/* How a first row of names goes with the rows below it. */
enum inki_fit {
    INKI_FITS,
    INKI_MARKED,     /* numpy's # stands before the names as a cell of its own */
    INKI_ROW_NAMES,  /* R's write.table: the first column, of row names, has no name */
    INKI_ENDS_EMPTY, /* the rows end with a separator, and so with a cell that has no name */
};

struct inki_top {
    enum inki_fit fit;
    size_t lines;   /* that were passed over: comments and titles */
    size_t columns; /* of the rows; 0 where they differ */
    bool given;     /* the file says what its separator is: sep=; */
};

/* Finds the first row, which may be one of names: `cells` are left there, with their separator, comment and size. given: the
 * separator that a setting asks for, 0 for none. Errors: UNSUPPORTED (UTF-16), BAD_DATA (names and rows with different
 * separators), NO_MEMORY. */
ink_status inki_top_find(struct inki_cells *cells, char given, struct inki_top *top);

/* Text that can be a table: UTF-8, or Windows-1252 for the most part ASCII, without control characters but at its end. */
bool inki_is_text(const uint8_t *bytes, size_t size);

/* The size without what editors and old systems leave behind a text: line ends, blanks, 0x1A and 0x00. */
size_t inki_text_end(const uint8_t *bytes, size_t size);

#endif
