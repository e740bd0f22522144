/* pickle_rows: what a pickle holds, separated into rows and labels of parts, and turned into data.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PICKLE_ROWS_H
#define INKI_PICKLE_ROWS_H

#include "read/labels.h"
#include "read/names.h"
#include "read/pickle_values.h"

struct inki_py_shape {
    size_t rank, dims[INKI_RANK_MAX];
};

/* Rows and labels of one part: two values, or (pairs) a list of (row, label). */
struct inki_py_part {
    bool there, labelled, pairs;
    struct inki_py x, y; /* pairs: x is the list */
    size_t row;          /* pairs: which of the two is the row */
    char name[64];       /* of x in a dict; else "" */
};

/* Detects the layout of a whole pickle: parts[INKI_PARTS]; given: the setting `arrays`. Errors: BAD_DATA, or BAD_SETTING, with what
 * is there and what is understood. */
ink_status inki_py_detect(struct inki_unpickler *u, struct inki_py value, const char *given,
                          struct inki_py_part parts[INKI_PARTS]);

/* The shape of numbers in nested lists and arrays, each row alike. Lists may share their items, so that a small file can mean
 * many values: *budget is how many may be looked at, and is used up. Errors: BAD_DATA with the row (another length, something
 * that is no number, nested too deep, more values than the budget). */
ink_status inki_py_shape(struct inki_unpickler *u, const char *where, struct inki_py value, size_t *budget,
                         struct inki_py_shape *out);

/* The numbers of a value of known shape as doubles to[count], in C order. */
void inki_py_copy(struct inki_unpickler *u, struct inki_py value, double *to);

/* The rows of `count` parts, one after the other, as data. take: it may take over the block that they lie in, after which no
 * value of the pickle can be looked at. Errors: BAD_DATA, NO_MEMORY. */
ink_status inki_py_rows(struct inki_unpickler *u, const struct inki_py_part *const *parts, size_t count, bool take,
                        ink_data **out);

/* The labels of a part, at the end of the list. Errors: BAD_DATA, NO_MEMORY. */
ink_status inki_py_labels(struct inki_unpickler *u, const struct inki_py_part *part, struct inki_label_list *list);

/* "path" or "path:name". */
void inki_py_where(const struct inki_unpickler *u, const struct inki_py_part *part, char *out, size_t room);

/* What a value is, for messages: "a text", "a dict". */
const char *inki_py_describe(const struct inki_unpickler *u, struct inki_py value);

#endif
