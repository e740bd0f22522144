/* space: the settings that a search tries, from text to points.
 * SPDX-License-Identifier: MIT
 *
 * A space is a line of terms NAME=VALUES in the settings table's names; a term continues until the next NAME=.
 *     batch=32,64,128          these values; choices and numbers are separated by , or |
 *     hidden=20|40|100,50      texts by | alone, since a , may belong to one
 *     net=dense 20 relu / dense 40 relu | dropout 0.2      networks by /, since | separates layers
 *     lr=1e-4..1e-1:log        any number of the range, even in its logarithm; without :log even in itself
 *     lr=1e-4..1e-1:log:4      four of them, from end to end
 * A value in double quotes is used unchanged. A point is one value of each term. */
#ifndef INKI_SPACE_H
#define INKI_SPACE_H

#include "base/settings.h"

#include <jansson.h>

/* One term. */
struct inki_axis {
    enum inki_setting id;
    const char *name;
    char **values; /* [count], in the settings' canonical form; NULL: any number from low to high */
    size_t count;
    double low, high;
    bool log, whole;
};

struct inki_space {
    ink_ctx *ctx;
    struct inki_axis *axes;
    size_t count;
    char *text; /* canonical */
    /* Of inki_space_bind: */
    const ink_settings *set; /* what all points have in common, borrowed; NULL: unknown */
    uint32_t *distinct;      /* [distinct_count]: points of which no two differ only in what has no effect; NULL: all */
    size_t distinct_count;
};

/* Errors: BAD_SETTING (with the term), NO_MEMORY. Ownership: the caller, inki_space_free; also empty after a failure. */
ink_status inki_space_parse(ink_ctx *ctx, const char *text, struct inki_space *out);
void inki_space_free(struct inki_space *space);

/* Makes the space conditional: a term that has no effect beside the others of a point and the settings `set` is left out of the point, and of
 * points that differ in such terms alone the first is taken. Terms without any effect, and lists that look like several values and
 * are one, get a note. `set` is borrowed as long as there are points to make. Errors: NO_MEMORY. */
ink_status inki_space_bind(struct inki_space *space, const ink_settings *set);

/* How many points there are; 0 if a range makes them countless (or there are 2^53 or more). */
size_t inki_space_points(const struct inki_space *space);

/* The first term that is a range without points, or NULL. */
const struct inki_axis *inki_space_range(const struct inki_space *space);

/* Point `index` of a space with points: the last term runs fastest. An object of texts by name; NULL: no memory. */
json_t *inki_space_point(const struct inki_space *space, size_t index);

/* A point at random: each term's draw depends on the seed, the trial's number and the term's place alone. */
json_t *inki_space_draw(const struct inki_space *space, uint64_t seed, size_t trial);

#endif
