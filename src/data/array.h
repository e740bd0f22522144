/* array: an n-dimensional array as a file holds it, read element by element, and what it can become: rows or labels.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ARRAY_H
#define INKI_ARRAY_H

#include "data/data.h"

enum { INKI_RANK_MAX = 4 };

/* One type of number: NumPy's name for it, its size in bytes, and one element as a double. */
struct inki_element {
    const char *name;
    size_t size;
    double (*decode)(const uint8_t *at, bool big_endian);
};

/* The type of this name ("u1", "i4", "f8"), or NULL. */
const struct inki_element *inki_element_find(const char *name);

struct inki_array {
    char name[64]; /* in an archive, without ".npy" (cut if longer); else "" */
    size_t rank, dims[INKI_RANK_MAX];
    size_t count; /* product of dims; 1 for rank 0 */
    const struct inki_element *element;
    bool big_endian, fortran; /* fortran: the first index runs fastest */
    const uint8_t *values;    /* count elements as the file holds them */
    struct inki_bytes block;  /* what values point into; owned */
};

/* Element i, counted in C order, whatever it is kept as. */
double inki_array_at(const struct inki_array *array, size_t i);

void inki_array_free(ink_ctx *ctx, struct inki_array *array);

/* Samples from an array: bytes (uint8) and floats are not copied if they lie as needed: the data takes the block over.
 * Errors: BAD_DATA (a shape that is no rows, a value that is not finite, with row and column), NO_MEMORY. */
ink_status inki_array_samples(ink_ctx *ctx, struct inki_array *array, const char *where, ink_data **out);

/* Labels from (rows), (rows, 1) or one-hot (rows, classes). Errors: BAD_DATA (another shape, a number that is not whole
 * or beyond 32 bits, a row that is not one-hot), NO_MEMORY. Ownership of out->values: the caller. */
ink_status inki_array_labels(ink_ctx *ctx, const struct inki_array *array, const char *where, struct inki_labels *out);

#endif
