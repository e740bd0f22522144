/* labels: labels found one after another, as numbers, words, or rows of a one-hot matrix, become a data set's labels.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LABELS_H
#define INKI_LABELS_H

#include "read/array.h"
#include "read/words.h"

enum inki_label_kind { INKI_LABEL_NONE, INKI_LABEL_NUMBER, INKI_LABEL_WORD, INKI_LABEL_ONE_HOT };

/* Begin with {.ctx, .where}; `where` names the labels in messages. All labels are of one kind, but that
 * numbers below the classes of one-hot rows may follow these. */
struct inki_label_list {
    ink_ctx *ctx;
    const char *where;
    enum inki_label_kind kind;
    int32_t *values;
    size_t count, room;
    size_t classes; /* of one-hot rows */
    struct inki_words words;
};

/* One label each. Errors: BAD_DATA with the row (a number that is not whole or beyond 32 bits, a word among numbers, more
 * than INKI_CLASSES_MAX words), NO_MEMORY. */
ink_status inki_labels_add_number(struct inki_label_list *list, double value);
ink_status inki_labels_add_word(struct inki_label_list *list, const char *word, size_t length);

/* All labels of an array: (rows), (rows, 1), or one-hot (rows, classes). Errors: as above; another shape; a row that is not
 * one-hot; another number of classes than before. */
ink_status inki_labels_add_array(struct inki_label_list *list, const struct inki_array *array);

/* One label from all values of an array: one value, or one one-hot row. Errors: as above. */
ink_status inki_labels_add_row(struct inki_label_list *list, const struct inki_array *array);

/* The list's content as labels; the list is empty then, also when it fails. Errors: NO_MEMORY. */
ink_status inki_labels_give(struct inki_label_list *list, struct inki_labels *out);

void inki_labels_drop(struct inki_label_list *list);

/* Labels from (rows), (rows, 1) or one-hot (rows, classes); texts become classes by name. Errors: BAD_DATA (another shape, a
 * number that is not whole or beyond 32 bits, a row that is not one-hot), NO_MEMORY. Ownership of what is in *out: the caller. */
ink_status inki_array_labels(ink_ctx *ctx, const struct inki_array *array, const char *where, struct inki_labels *out);

#endif
