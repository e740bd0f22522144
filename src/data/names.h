/* names: what rows and labels go by in archives and dicts of arrays: Keras' x_train and y_train, X and y, and the like.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NAMES_H
#define INKI_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum inki_part { INKI_TRAIN, INKI_VALID, INKI_TEST, INKI_PARTS };

/* The names of a part's rows and labels; "" for what is not there. */
struct inki_names {
    char x[32], y[32];
};

/* Whether the archive has something of this name. */
typedef bool inki_has(const void *archive, const char *name);

/* Finds all parts; false if there are no training rows (or rows of no part) of a known name. */
bool inki_names_find(inki_has *has, const void *archive, struct inki_names out[INKI_PARTS]);

/* What a part itself may be called: word i of it ("train", "training"), NULL after the last. */
const char *inki_part_word(enum inki_part part, size_t i);

#endif
