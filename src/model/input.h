/* input: raw rows on their way into the first node: gathered, scaled, and where they are not 0.
 * SPDX-License-Identifier: MIT
 *
 * Scaling is the model's frozen first node, y = (u - shift) factor, and it happens here, while rows are gathered. Where
 * the next node is dense it is split in two, so that raw zeros stay zeros and can be left out of the multiplication: rows
 * become x = u factor, and what is missing, offset = -shift factor, goes through W once a step, in front of the sum:
 *     x W + b = (u factor) W + (b + offset W)        dW = (u factor)' dz + offset' (sum of dz over rows)
 * A column whose mean is far from 0 (|offset| over INKI_OFFSET_MOST) would lose digits by that and is shifted at once. */
#ifndef INKI_INPUT_H
#define INKI_INPUT_H

#include "kern/kern.h"
#include "model/encoding.h"

#define INKI_OFFSET_MOST 8.0f

/* What an input is made for. shift and factor are the scaling, [features], or NULL; they are borrowed. */
struct inki_input_plan {
    size_t features, copies;
    const float *shift, *factor;
    /* instead of a scaling: raw rows are columns that it makes `features` inputs of; or NULL */
    const struct inki_encoding *encoding;
    const float *constants; /* its node's weights; borrowed, as it is */
    bool split;             /* the node behind it uses offset and nonzero */
    bool listed;            /* the node behind it takes the list alone, so that there is no x */
};

struct inki_input {
    ink_ctx *ctx;
    size_t features, stride;
    float *shift;        /* [features], what rows get at once; NULL: nothing to do */
    const float *factor; /* the same; of the plan */
    float *offset;       /* [features], what is left for W; NULL: nothing */
    /* Reading what another core wrote costs more than gathering it again, so each part has a copy where the first node is cut
     * along its outputs: [copies][rows][stride], and nonzero likewise, [copies][strips][INKI_NONZERO_ROWS]. The owner sets these. */
    float *x;
    const struct inki_encoding *encoding; /* the plan's */
    const float *constants;
    /* Where rows are encoded: [copies][rows][most_nonzero + 1], how many inputs are not 0, and these (struct inki_listed). `listed`: there is
     * neither x nor nonzero. */
    bool listed;
    struct inki_nonzero *list;
    size_t list_copy;
    uint64_t *nonzero, *columns;       /* columns: what the kernel `transpose_bits` makes of nonzero */
    size_t copies, copy, nonzero_copy; /* from copy to copy, in floats and words */
    struct inki_prefetch *prefetch;    /* [copies]: the rows that will be wanted next */
};

/* All but x, nonzero and columns. Errors: NO_MEMORY; then too the input must be ended. */
ink_status inki_input_begin(ink_ctx *ctx, const struct inki_input_plan *plan, struct inki_input *out);
void inki_input_end(struct inki_input *input);

/* A row of the list. */
static inline size_t inki_input_list_row(const struct inki_input *input) { return input->encoding->most_nonzero + 1; }

/* Bytes of a copy: x, nonzero and, where asked for, columns; then the list. */
size_t inki_input_bytes(const struct inki_input *input, size_t rows, bool columns);

/* Words of nonzero, or of columns, in one copy. */
size_t inki_input_words(size_t features);

/* Takes rows [row, row_end) of from[] (bytes or floats) into copy `copy`. */
void inki_input_take(const struct inki_input *input, const void *const *from, bool bytes, size_t copy, size_t row,
                     size_t row_end);

/* The same of rows that are encoded: from[] are their lists. */
void inki_input_take_lists(const struct inki_input *input, const void *const *from, size_t copy, size_t row,
                           size_t row_end);

/* The list of the copy of thread `part`, from row `row` on, as a call of the kernels `listed` and `listed_gradient`: what is left to say is
 * w or g, n, y and, for the gradient, the inputs. */
struct inki_listed inki_input_listed(const struct inki_input *input, size_t part, size_t row, size_t row_end);

/* Whether rows [row, row_end) of the copy of thread `part` have so many zeros that looking for them pays; never where there is a list. */
bool inki_input_pays(const struct inki_input *input, size_t part, size_t row, size_t row_end);

/* Of thread `part`, while each has a list of its own; else NULL. */
static inline struct inki_prefetch *inki_input_prefetch(const struct inki_input *input, size_t part)
{
    return input && part < input->copies ? &input->prefetch[part] : NULL;
}

/* Where that copy is not 0, from row `row` on (struct inki_gather). */
static inline const uint64_t *inki_input_nonzero(const struct inki_input *input, size_t part, size_t row)
{
    return input->nonzero + part % input->copies * input->nonzero_copy + row;
}

/* The same across all `rows` rows, for columns [column, column_end), whole strips: from the first of them on. To be made by
 * the part that will use them; two parts never make the same strips of one copy. For a single row: its places themselves. */
const uint64_t *inki_input_columns(const struct inki_input *input, size_t part, size_t rows, size_t column,
                                   size_t column_end);

#endif
