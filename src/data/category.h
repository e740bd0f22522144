/* category: the words of columns that hold words: a value of such a column is the number of its word.
 * SPDX-License-Identifier: MIT
 *
 * Values are floats as all others: a word's number from 0 on, NaN for a gap, -1 for a word that is not in the list, which only rows
 * have that were read for a model or beside training rows. Words are in the order in which a file first has them. */
#ifndef INKI_CATEGORY_H
#define INKI_CATEGORY_H

#include "base/ctx.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words of one column. */
struct inki_category {
    char **words; /* [count] */
    size_t count; /* 0: the column holds numbers */
};

/* A copy of from[features] in one block, which inki_free frees. Errors: NO_MEMORY. */
ink_status inki_categories_copy(ink_ctx *ctx, const struct inki_category *from, size_t features,
                                struct inki_category **out);

/* The number of a word in the list, -1 if it is not there. */
int32_t inki_category_find(const struct inki_category *category, const char *word);

/* map[more->count]: the number in `known` of each word of `more`, -1 for one that is not there. Errors: NO_MEMORY. */
ink_status inki_category_map(ink_ctx *ctx, const struct inki_category *known, const struct inki_category *more,
                             int32_t *map);

/* Both lists as one, the first's words before what the second has besides: *out as by _copy; values[rows][features] of the second become
 * numbers of that. Errors: BAD_DATA for a column that holds words in one and numbers in the other, NO_MEMORY. */
ink_status inki_categories_join(ink_ctx *ctx, const struct inki_category *first, const struct inki_category *second,
                                size_t features, float *values, size_t rows, struct inki_category **out);

/* values[rows][features] of columns with words `own` become numbers of `known`, -1 for a word that is not there. name[features] or NULL
 * and `source` name a column in messages. Errors: BAD_DATA for a column that holds numbers here and words there or the other way round;
 * NO_MEMORY. */
ink_status inki_categories_adopt(ink_ctx *ctx, const struct inki_category *own, const struct inki_category *known,
                                 size_t features, float *values, size_t rows, char *const *names, const char *source);

/* Whether all words are the same; both may be NULL. */
bool inki_categories_same(const struct inki_category *a, const struct inki_category *b, size_t features);

/* Continues a fingerprint with all words; categories may be NULL. */
uint64_t inki_categories_hash(uint64_t hash, const struct inki_category *categories, size_t features);

#endif
