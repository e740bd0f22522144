/* names: what rows and labels go by in archives and dicts of arrays: Keras' x_train and y_train, X and y, and the like.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NAMES_H
#define INKI_NAMES_H

#include "base/ctx.h"

#include <stdbool.h>
#include <stddef.h>

enum inki_part { INKI_TRAIN, INKI_VALID, INKI_TEST, INKI_PARTS };

/* The names of a part's rows and labels; "" for what is not there. */
struct inki_names {
    char x[64], y[64];
};

/* Whether the archive has something of this name. */
typedef bool inki_has(const void *archive, const char *name);

/* np.savez(path, …) of four arrays without names: arr_0 to arr_3. *sklearn: in the order X_train, X_test, y_train, y_test, else x_train, y_train,
 * x_test, y_test; what their shapes are decides, which the archive knows. */
bool inki_names_are_four(inki_has *has, const void *archive, const char *given);
void inki_names_of_four(bool sklearn, struct inki_names out[INKI_PARTS]);

/* Finds all parts; false if there are no training rows (or rows of no part) of a known name. given: the setting `arrays`,
 * "auto", or "ROWS,LABELS", or "ROWS" for rows without labels; false if one of these is not there. */
bool inki_names_find(inki_has *has, const void *archive, const char *given, struct inki_names out[INKI_PARTS]);

/* What to say where that failed; `list` names what is there. Always BAD_DATA. */
ink_status inki_names_missing(ink_ctx *ctx, const char *where, const char *given, const char *list);

/* Where training rows have labels and those of another part have none, that part is left out, which a note says; it can be
 * had by its name. False if it is the training rows whose labels are missing. */
bool inki_names_labelled(ink_ctx *ctx, const char *where, struct inki_names names[INKI_PARTS]);

/* What a part itself may be called: word i of it ("train", "training"), NULL after the last. */
const char *inki_part_word(enum inki_part part, size_t i);

/* The part that a word names: train, PublicTest, validation; INKI_PARTS for another word. */
enum inki_part inki_part_named(const char *word, size_t length);

#endif
