/* merging: columns whose different numbers become equal as 32-bit floats: Unix times, long identifiers.
 * SPDX-License-Identifier: MIT
 *
 * A sample of all rows: of some floats, chosen by their bits, up to three different numbers that became them. */
#ifndef INKI_MERGING_H
#define INKI_MERGING_H

#include "base/ctx.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct inki_merging {
    ink_ctx *ctx;
    struct inki_merged *slots; /* NULL until a number may merge with another */
    size_t count;
    uint32_t mask; /* floats are kept whose hash has none of these bits */
    bool closed;   /* there was no memory: nothing more is kept */
};

/* What one float stands for. */
struct inki_merged {
    double seen[3];
    float value;
    uint32_t place; /* of the column, counted from 1; 0: the slot is free */
    uint8_t count;  /* of seen */
};

static inline uint32_t inki_merging_hash(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits *= 0x9E3779B1U;
    return bits ^ bits >> 15;
}

/* Whether the sample has the number's float; once it is a small one, of every eighth row. */
static inline bool inki_merging_has(const struct inki_merging *merging, size_t row, double value)
{
    if (merging->mask && row % 8 != 0) return false;
    return !(inki_merging_hash((float)value) & merging->mask);
}

/* One number of column `place`. */
void inki_merging_keep(struct inki_merging *merging, size_t place, double value);

/* Whether a number, written with `length` characters, may be equal to another as a float. Short and small ones differ, mostly. */
static inline bool inki_may_merge(size_t length, double value) { return length > 9 || fabs(value) >= 0x1p24; }

/* Of column `place`: different floats and numbers of the sample, and the least number. */
void inki_merging_count(const struct inki_merging *merging, size_t place, size_t *floats, size_t *numbers, double *low);

void inki_merging_free(struct inki_merging *merging);

#endif
