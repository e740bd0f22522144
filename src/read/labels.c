/* labels: one list of labels from numbers, words and one-hot rows.
 * SPDX-License-Identifier: MIT */
#include "read/labels.h"

#include "base/mem.h"

#include <math.h>

static const char *const kinds[] = {"nothing", "a number", "a word", "a one-hot row"};

/* Room for one more label of this kind. */
static ink_status begin_label(struct inki_label_list *list, enum inki_label_kind kind)
{
    if (list->kind == INKI_LABEL_NONE) {
        list->kind = kind;
        list->words.ctx = list->ctx;
    }
    if (list->kind != kind) {
        return inki_fail(list->ctx, INK_BAD_DATA,
                         "%s: row %zu (from 0): the label is %s; expected %s as before: labels are all of one kind",
                         list->where, list->count, kinds[kind], kinds[list->kind]);
    }
    if (list->count < list->room) return INK_OK;
    size_t room = list->room + list->room / 2 + 256;
    int32_t *values = inki_grow(list->ctx, list->values, list->count, room, sizeof *values);
    if (!values) return INK_NO_MEMORY;
    list->values = values;
    list->room = room;
    return INK_OK;
}

ink_status inki_labels_add_number(struct inki_label_list *list, double value)
{
    bool among_one_hot = list->kind == INKI_LABEL_ONE_HOT && value >= 0 && value < (double)list->classes;
    INK_TRY(begin_label(list, among_one_hot ? INKI_LABEL_ONE_HOT : INKI_LABEL_NUMBER));
    if (!(value >= INT32_MIN && value <= INT32_MAX) || value != floor(value)) {
        return inki_fail(list->ctx, INK_BAD_DATA,
                         "%s: row %zu (from 0): label %g is not a 32-bit integer; labels are classes: number them",
                         list->where, list->count, value);
    }
    list->values[list->count++] = (int32_t)value;
    return INK_OK;
}

ink_status inki_labels_add_word(struct inki_label_list *list, const char *word, size_t length)
{
    INK_TRY(begin_label(list, INKI_LABEL_WORD));
    ink_status status = inki_words_put(&list->words, word, length, &list->values[list->count]);
    if (status == INK_BAD_DATA) {
        return inki_fail(list->ctx, INK_BAD_DATA,
                         "%s: row %zu (from 0): more than %d different words; labels are class names", list->where,
                         list->count, INKI_CLASSES_MAX);
    }
    if (status == INK_OK) list->count++;
    return status;
}

/* ------------------------------------------------------------------- arrays */

/* The place of the single 1 among classes values from `first`, or -1. */
static int32_t place_of_one(const struct inki_array *array, size_t first, size_t classes)
{
    size_t ones = 0, place = 0;
    for (size_t c = 0; c < classes; c++) {
        double value = inki_array_at(array, first + c);
        ones += value == 1 ? 1 : value == 0 ? 0 : 2;
        if (value == 1) place = c;
    }
    return ones == 1 ? (int32_t)place : -1;
}

static ink_status add_one_hot(struct inki_label_list *list, const struct inki_array *array, size_t first,
                              size_t classes)
{
    INK_TRY(begin_label(list, INKI_LABEL_ONE_HOT));
    if (list->count == 0) list->classes = classes;
    if (list->classes != classes) {
        return inki_fail(list->ctx, INK_BAD_DATA, "%s: row %zu (from 0) has %zu one-hot values; expected %zu as before",
                         list->where, list->count, classes, list->classes);
    }
    int32_t place = place_of_one(array, first, classes);
    if (place < 0) {
        return inki_fail(list->ctx, INK_BAD_DATA,
                         "%s: row %zu (from 0) is not one-hot: labels of shape (rows, classes) have a single 1 "
                         "in each row and 0 elsewhere",
                         list->where, list->count);
    }
    list->values[list->count++] = place;
    return INK_OK;
}

/* Texts: each is one label; `text` is room for the longest. */
static ink_status add_texts(struct inki_label_list *list, const struct inki_array *array, char *text)
{
    for (size_t i = 0; i < array->count; i++) {
        size_t length = inki_array_text(array, i, text);
        INK_TRY(inki_labels_add_word(list, text, length));
    }
    return INK_OK;
}

static ink_status add_words(struct inki_label_list *list, const struct inki_array *array)
{
    char *text = inki_alloc(list->ctx, inki_array_text_room(array), 1);
    if (!text) return INK_NO_MEMORY;
    ink_status status = add_texts(list, array, text);
    inki_free(text);
    return status;
}

static ink_status no_labels(struct inki_label_list *list)
{
    return inki_fail(list->ctx, INK_UNSUPPORTED,
                     "%s: an array of objects cannot be labels; save class numbers or texts, e.g. y.astype(str)",
                     list->where);
}

ink_status inki_labels_add_array(struct inki_label_list *list, const struct inki_array *array)
{
    bool one_row = array->rank == 2 && array->dims[0] == 1 && array->dims[1] > 1; /* (1, n) is n labels, as (n, 1) is */
    bool matrix = array->rank == 2 && array->dims[1] > 1 && !one_row;
    if (array->rank != 1 && (array->rank != 2 || array->dims[1] == 0)) {
        return inki_fail(
            list->ctx, INK_BAD_DATA,
            "%s: found an array of %zu dimensions; labels need one number a row, or (rows, classes) one-hot",
            list->where, array->rank);
    }
    if (!array->element && !array->text) return no_labels(list);
    if (matrix && array->text) {
        return inki_fail(list->ctx, INK_BAD_DATA, "%s: %zu strings a row; expected one", list->where, array->dims[1]);
    }
    if (matrix && array->dims[1] > INKI_CLASSES_MAX) {
        return inki_fail(list->ctx, INK_BAD_DATA, "%s: %zu columns of one-hot labels; expected at most %d", list->where,
                         array->dims[1], INKI_CLASSES_MAX);
    }
    if (array->text) return add_words(list, array);
    for (size_t i = 0; i < (matrix ? array->dims[0] : array->count); i++) {
        INK_TRY(matrix ? add_one_hot(list, array, i * array->dims[1], array->dims[1])
                       : inki_labels_add_number(list, inki_array_at(array, i)));
    }
    return INK_OK;
}

ink_status inki_labels_add_row(struct inki_label_list *list, const struct inki_array *array)
{
    if (!array->element && !array->text) return no_labels(list);
    if (array->text && array->count == 1) return add_words(list, array);
    if (array->text || array->count == 0 || array->count > INKI_CLASSES_MAX) {
        return inki_fail(list->ctx, INK_BAD_DATA, "%s: row %zu (from 0): %zu values in one label; expected one",
                         list->where, list->count, array->count);
    }
    return array->count == 1 ? inki_labels_add_number(list, inki_array_at(array, 0))
                             : add_one_hot(list, array, 0, array->count);
}

/* -------------------------------------------------------------------- ends */

ink_status inki_labels_give(struct inki_label_list *list, struct inki_labels *out)
{
    ink_status status = INK_OK;
    *out = (struct inki_labels){.values = list->values, .count = list->count, .classes = list->classes};
    list->values = NULL;
    if (list->kind == INKI_LABEL_WORD) status = inki_words_warn(&list->words, list->where);
    if (status != INK_OK) {
        inki_free(out->values);
        *out = (struct inki_labels){0};
    } else if (list->kind == INKI_LABEL_WORD) {
        status = inki_words_labels(&list->words, out->values, out->count, false, out);
    } else if (!out->values) { /* no rows, which the caller will find out */
        out->values = inki_alloc(list->ctx, 0, sizeof *out->values);
    }
    if (status == INK_OK && !out->values) status = INK_NO_MEMORY;
    inki_labels_drop(list);
    return status;
}

void inki_labels_drop(struct inki_label_list *list)
{
    inki_free(list->values);
    if (list->kind == INKI_LABEL_WORD) inki_words_free(&list->words);
    *list = (struct inki_label_list){.ctx = list->ctx, .where = list->where};
}

ink_status inki_array_labels(ink_ctx *ctx, const struct inki_array *array, const char *where, struct inki_labels *out)
{
    struct inki_label_list list = {.ctx = ctx, .where = where};
    *out = (struct inki_labels){0};
    ink_status status = inki_labels_add_array(&list, array);
    if (status == INK_OK) return inki_labels_give(&list, out);
    inki_labels_drop(&list);
    return status;
}
