/* input: raw rows on their way into the first layer: gathered, scaled, and where they are not 0.
 * SPDX-License-Identifier: MIT
 *
 * Scaling is the model's frozen first layer, y = (u - shift) factor, and it happens here, while rows are gathered. Where
 * the next layer is dense it is split in two, so that raw zeros stay zeros and can be left out of the multiplication: rows
 * become x = u factor, and what is missing, offset = -shift factor, goes through W once a step, in front of the sum:
 *     x W + b = (u factor) W + (b + offset W)        dW = (u factor)' dz + offset' (sum of dz over rows)
 * A column whose mean is far from 0 (|offset| over INKI_OFFSET_MOST) would lose digits by that and is shifted at once. */
#ifndef INKI_INPUT_H
#define INKI_INPUT_H

#include "kern/kern.h"

#define INKI_OFFSET_MOST 8.0f

/* What an input is made for. shift and factor are the scaling, [features], or NULL. */
struct inki_input_plan {
    size_t features, stride, rows, copies;
    const float *shift, *factor;
    size_t
        split; /* the out_stride of the dense layer behind it, which uses offset and live; 0: another kind of layer */
};

struct inki_input {
    ink_ctx *ctx;
    size_t features, stride, rows; /* rows: room */
    /* The rows of this pass, set by the caller: from[count], each `features` bytes or floats. */
    const void *const *from;
    bool bytes;
    float *shift, *factor; /* [features], what rows get at once; NULL: nothing to do */
    float *offset;         /* [features], what is left for W; NULL: nothing */
    float *start;          /* [plan.split], room for b + offset W; NULL without offset */
    /* [copies][rows][stride]: reading what another core wrote costs more than gathering it again, so each thread has a copy
     * where the first layer is split by columns. live likewise, [copies][strips][INKI_LIVE_ROWS]. */
    float *x;
    uint64_t *live, *columns; /* columns: what the kernel `across` makes of live */
    size_t copies, copy, live_copy;
    struct inki_ahead *ahead; /* [copies]: the rows that will be wanted next */
};

/* Errors: NO_MEMORY; then too the input must be ended. */
ink_status inki_input_begin(ink_ctx *ctx, const struct inki_input_plan *plan, struct inki_input *out);
void inki_input_end(struct inki_input *input);

/* Takes rows [row, row_end) into copy `copy`. */
void inki_input_take(const struct inki_input *input, size_t copy, size_t row, size_t row_end);

/* The copy of thread `part`. */
static inline const float *inki_input_x(const struct inki_input *input, size_t part)
{
    return input->x + part % input->copies * input->copy;
}

/* Whether rows [row, row_end) of the copy of thread `part` have so many zeros that looking for them pays. */
bool inki_input_pays(const struct inki_input *input, size_t part, size_t row, size_t row_end);

/* Where that copy is not 0, from row `row` on (struct inki_take). */
static inline const uint64_t *inki_input_live(const struct inki_input *input, size_t part, size_t row)
{
    return input->live + part % input->copies * input->live_copy + row;
}

/* The same across all `rows` rows, for the strips of 64 columns [strip, strip_end): from the first of them on. To be made by
 * the thread that will use them; two threads never make the same strips of one copy. For a single row: its places themselves. */
const uint64_t *inki_input_columns(const struct inki_input *input, size_t part, size_t rows, size_t strip,
                                   size_t strip_end);

#endif
