/* array: an n-dimensional array as a file holds it, and what it can become: rows or labels.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ARRAY_H
#define INKI_ARRAY_H

#include "data/data.h"

enum { INKI_RANK_MAX = 4 };

/* Some elements of an array that lie `stride` bytes apart. */
struct inki_line {
    const uint8_t *at;
    size_t count, stride;
};

/* One type of number: NumPy's name for it, its size in bytes, one element as a double, and loops over a line. */
struct inki_element {
    const char *name;
    size_t size;
    double (*decode)(const uint8_t *at, bool big_endian);
    size_t (*bytes)(struct inki_line line, bool big_endian, uint8_t *to); /* how many are whole 0..255, up to the first
                                                                            that is not; to[] gets them, or is NULL */
    size_t (*floats)(struct inki_line line, bool big_endian, float *to);  /* the same for what a float holds */
};

/* The type of this name ("u1", "i4", "f8"), or NULL. */
const struct inki_element *inki_element_find(const char *name);

/* Whether floats of this machine have their low byte first. */
bool inki_is_little_endian(void);

struct inki_array {
    char name[64]; /* in an archive, without ".npy" (cut if longer); else "" */
    size_t rank, dims[INKI_RANK_MAX];
    size_t count;                       /* product of dims; 1 for rank 0 */
    const struct inki_element *element; /* NULL: texts, or objects */
    char text;                          /* 'U': texts of UTF-32, 'S': of bytes, both filled up with 0; 0: none */
    size_t item;                        /* bytes an element */
    bool big_endian, fortran;           /* fortran: the first index runs fastest */
    const uint8_t *values;              /* count elements as the file holds them */
    struct inki_bytes block;            /* what values point into; owned */
    const ink_ctx *through;             /* set: what was turned into numbers is not looked at again, and forgotten */
};

/* What the type NAME ("f4", "U5", "S3", without byte order) means for element, text and item. False if it is none that
 * is read. */
bool inki_array_set_type(struct inki_array *array, const char *name);

/* Element i of numbers, counted in C order, whatever it is kept as. */
double inki_array_at(const struct inki_array *array, size_t i);

/* Element i of texts as UTF-8, out has room for inki_array_text_room bytes. Returns its length; a text ends at its first
 * 0. What is no character becomes U+FFFD; bytes of 'S' are taken as they are. */
size_t inki_array_text(const struct inki_array *array, size_t i, char *out);
size_t inki_array_text_room(const struct inki_array *array);

void inki_array_free(ink_ctx *ctx, struct inki_array *array);

/* Numbers in C order as bytes, or as floats: to[count]. Returns how many fit, which is less than the count if one is not
 * whole and 0..255, or is not finite or too large for a float. Pages of a mapped block are given back on the way. */
size_t inki_array_to_bytes(struct inki_array *array, uint8_t *to);
size_t inki_array_to_floats(struct inki_array *array, float *to);

/* Whether all numbers are whole and 0..255. */
bool inki_array_holds_bytes(struct inki_array *array);

/* Whether the values lie in memory just as bytes, or as floats of this machine. */
bool inki_array_is_bytes(const struct inki_array *array);
bool inki_array_is_floats(const struct inki_array *array);

/* Fails with BAD_DATA: value i of rows of `features` is no number for a float. */
ink_status inki_not_a_value(ink_ctx *ctx, const char *where, size_t i, size_t features, double value);

/* Samples from an array. Numbers that are all whole and 0..255 become bytes, others floats; what lies as needed already is
 * not copied: the data takes the block over. Errors: BAD_DATA (a shape that is no rows, a value that is not finite, with row
 * and column; texts), NO_MEMORY. */
ink_status inki_array_samples(ink_ctx *ctx, struct inki_array *array, const char *where, ink_data **out);

/* Images of (rows, channels, height, width), as PyTorch has them, become (rows, height, width, channels), as files of images have them;
 * shape is (channels, height, width). Errors: NO_MEMORY. */
ink_status inki_put_channels_last(ink_ctx *ctx, const size_t shape[3], const char *where, ink_data *data);

#endif
