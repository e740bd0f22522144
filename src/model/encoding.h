/* encoding: what the columns of a table become in front of the first layer: numbers as z-scores and bins, words and gaps as places
 * of 0 and 1.
 * SPDX-License-Identifier: MIT
 *
 * A raw row has one float a column: a number, the number of a word in the column's list (-1, or anything beyond the list: another
 * word), NaN for a gap. It becomes `inputs` values, most of them 0. Those of a column lie together, from `first` on, in this order:
 *     z       a number: (x - shift) factor, x held to [low, high]; a gap gives 0
 *     bins    a number with knots e0 < e1 < … < eK. x is held to [e0, eK]; j is the last with ej <= x, at most K - 1;
 *             f = (x - ej) / (ej+1 - ej). A gap gives 0 in all of them.
 *               hat: K + 1 inputs; inputs j and j + 1 are 1 - f and f, all others 0
 *               ple: K inputs; those before j are 1, input j is f, all others 0
 *             normal: no bins, but z itself is sj + f (sj+1 - sj), of the scores s at the knots
 *     slots   words (or the few whole values of a number): 1 in the slot of the word, slot 0 for any other; 0 in all others. A column
 *             of two words (flag) has one input instead: -1 and 1, and 0 for any other word
 *     gap     where the training rows have gaps in the column: 1 for a gap. Where they have none, a gap counts as a word of slot 0.
 * The structure and the words stand in the model's metadata, "encoding"; the numbers are frozen tensors of its first node (encode.c):
 * shift, factor, low, high [numbers], and knots, scores [knots], columns one after the other. */
#ifndef INKI_ENCODING_H
#define INKI_ENCODING_H

#include "base/ctx.h"
#include "kern/kern.h"

enum inki_bins { INKI_BINS_NONE, INKI_BINS_HAT, INKI_BINS_PLE, INKI_BINS_NORMAL };

/* One raw column. The first group says what it is; the second follows from it (inki_encoding_lay). */
struct inki_column {
    bool number; /* it has z; else it holds words */
    enum inki_bins bins;
    size_t knots;      /* of its bins: 0, or 2 and more */
    size_t word_count; /* words: their list, and the slot of each, 0 … ; of a flag 0 (another word), 1, 2 */
    char **words;
    uint32_t *slots_of;
    bool flag;
    size_t value_count; /* numbers: whole values with slots of their own, 1 …, in ascending order */
    float *values;
    bool gap; /* the training rows have gaps */

    size_t first, inputs;                /* its inputs among the row's */
    size_t bins_at, bin_count;           /* inputs */
    size_t slots_at, slot_count, gap_at; /* inputs */
    size_t number_at, knots_at;          /* its places in shift, factor, low, high; in knots, scores */
};

struct inki_encoding {
    size_t column_count;
    struct inki_column *columns;
    size_t inputs, numbers, knots; /* of all columns */
    size_t most_nonzero;           /* inputs of a row that are not 0, at most */
    bool scores;                   /* some column is normal */
    /* What the tensors begin with: shift, factor, low, high, knots and, if any, scores, one after the other; NULL: 0. A model's own
     * encoding has none: the numbers are in its weights. */
    float *constants;
};

/* How many constants there are. */
static inline size_t inki_encoding_constants(const struct inki_encoding *encoding)
{
    return 4 * encoding->numbers + (encoding->scores ? 2 : 1) * encoding->knots;
}

/* Room for the columns, all zero. Errors: NO_MEMORY. */
ink_status inki_encoding_begin(ink_ctx *ctx, size_t columns, struct inki_encoding *out);
void inki_encoding_end(struct inki_encoding *encoding);

/* Gives every input its place. */
void inki_encoding_lay(struct inki_encoding *encoding);

/* An independent copy, without the constants. Errors: NO_MEMORY. */
ink_status inki_encoding_copy(ink_ctx *ctx, const struct inki_encoding *from, struct inki_encoding *out);

/* As JSON: a list with an object a column,
 *     {"kind": "number", "bins": "hat", "knots": 33, "values": [3, 4, 5], "gap": true}
 *     {"kind": "category", "words": ["a", "b", "c"], "slots": [1, 0, 2], "gap": true}
 *     {"kind": "flag", "words": ["no", "yes"], "slots": [1, 2]}
 * where "bins", "knots", "values" and "gap" are left out if there are none. *out: the caller's, inki_json_free. Errors: NO_MEMORY;
 * BAD_DATA for a word that is not UTF-8. */
ink_status inki_encoding_write(ink_ctx *ctx, const struct inki_encoding *encoding, char **out);

/* Reads that, of `columns` columns. Whatever the text is, it takes memory in proportion to it. Errors: BAD_DATA, with a sentence. */
ink_status inki_encoding_read(ink_ctx *ctx, const char *text, size_t columns, struct inki_encoding *out);

/* Whether two encodings have the same structure and words. */
bool inki_encoding_same(const struct inki_encoding *a, const struct inki_encoding *b);

/* The constants of a column, in a node's weights (its part of the block). */
struct inki_column_constants {
    float shift, factor, low, high;
    const float *knots, *scores; /* [column->knots]; scores NULL: none */
};
struct inki_column_constants inki_encoding_of(const struct inki_encoding *encoding, const float *w,
                                              const struct inki_column *column);

/* Where the weights of the node have its constants: floats in all; constant i of tensor t (0 shift … 5 scores). */
size_t inki_encoding_room(const struct inki_encoding *encoding);
size_t inki_encoding_place(const struct inki_encoding *encoding, size_t t, size_t i);

/* The inputs of one raw row (bytes, or floats) that are not 0, in ascending order, into out[most_nonzero]; returns how many. */
size_t inki_encode_row(const struct inki_encoding *encoding, const float *w, const void *row, bool bytes,
                       struct inki_nonzero *out);

#endif
