/* words: labels that are text: each different word gets a number, and in the end a class.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_WORDS_H
#define INKI_WORDS_H

#include "data/data.h"

/* Different words in order of appearance, found by hash. */
struct inki_words {
    ink_ctx *ctx;
    char *text; /* all words, each with its end */
    size_t text_size, text_room;
    size_t *begin; /* [room] where each word begins in text */
    size_t count, room;
    uint32_t *slots; /* [slot_count] word number + 1, 0: free; slot_count is a power of two */
    size_t slot_count;
};

/* The number of word[length] (UTF-8, without an end; it may be empty). Errors: BAD_DATA for more than INKI_CLASSES_MAX
 * words (the message does not name a place), NO_MEMORY. */
ink_status inki_words_put(struct inki_words *words, const char *word, size_t length, int32_t *number);

const char *inki_words_get(const struct inki_words *words, size_t number);

/* Labels from the words' numbers values[count] (taken over, also when it fails). If every word is an integer as programs
 * write it ("3", "-1", not "3.0" or "03") the labels are those numbers; else the classes are the words, in the order of their
 * values if all are numbers, else in alphabetical (byte) order, or, with `as_put`, in the order in which they were put. Errors: NO_MEMORY. Ownership of out->values and out->names: the caller. */
ink_status inki_words_labels(const struct inki_words *words, int32_t *values, size_t count, bool as_put,
                             struct inki_labels *out);

/* The same, but the words are the classes whatever they look like, in the order in which they were put, and whether or not
 * a row has them. */
ink_status inki_words_classes(const struct inki_words *words, int32_t *values, size_t count, struct inki_labels *out);

/* Warns of two words that look alike: Yes and yes, 1 and 01. Errors: NO_MEMORY. */
ink_status inki_words_warn(const struct inki_words *words, const char *where);

void inki_words_free(struct inki_words *words);

#endif
