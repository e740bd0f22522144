/* input: raw rows into the first layer.
 * SPDX-License-Identifier: MIT */
#include "model/input.h"

#include "base/mem.h"
#include "model/op.h"

#include <math.h>
#include <string.h>

enum { PAYS_PERCENT = 70, ASKED_GROUPS = 5 };

static size_t strips_of(size_t features) { return (features + INKI_STRIP - 1) / INKI_STRIP; }

size_t inki_input_bytes(const struct inki_input *input, size_t rows, bool columns)
{
    const size_t list = input->encoding ? rows * inki_input_list_row(input) * sizeof *input->list : 0;
    return list + (input->listed ? 0
                                 : rows * input->stride * sizeof *input->x +
                                       (columns ? 2 : 1) * inki_input_words(input->features) * sizeof *input->nonzero);
}

size_t inki_input_words(size_t features) { return strips_of(features) * INKI_NONZERO_ROWS; }

static bool are_all(const float *values, size_t n, float value)
{
    for (size_t j = 0; j < n; j++)
        if (values[j] != value) return false;
    return true;
}

static void drop(float **values)
{
    inki_free(*values);
    *values = NULL;
}

/* Arrays that would change nothing are dropped. One loop that vectors can go through: this is much of what one row costs. */
static ink_status split_shift(struct inki_input *input, const struct inki_input_plan *plan)
{
    const size_t n = plan->features;
    const float most = plan->split ? INKI_OFFSET_MOST : -1;
    float *shifts = inki_alloc(input->ctx, n, sizeof *shifts), *offsets = inki_alloc(input->ctx, n, sizeof *offsets);
    unsigned shifted = 0, moved = 0;
    input->shift = shifts;
    input->offset = offsets;
    if (!shifts || !offsets) return INK_NO_MEMORY;
    for (size_t j = 0; j < n; j++) {
        const float shift = plan->shift[j], offset = -(shift * plan->factor[j]);
        const bool split = fabsf(offset) <= most;
        shifts[j] = split ? 0 : shift;
        offsets[j] = split && offset != 0 ? offset : 0;
        shifted |= shifts[j] != 0;
        moved |= offsets[j] != 0;
    }
    if (!shifted) drop(&input->shift);
    if (!moved) drop(&input->offset);
    return INK_OK;
}

ink_status inki_input_begin(ink_ctx *ctx, const struct inki_input_plan *plan, struct inki_input *out)
{
    *out = (struct inki_input){
        .ctx = ctx, .features = plan->features, .stride = inki_stride(plan->features), .copies = plan->copies};
    if (plan->factor && !are_all(plan->factor, plan->features, 1)) out->factor = plan->factor;
    if (plan->shift && !are_all(plan->shift, plan->features, 0)) INK_TRY(split_shift(out, plan));
    out->nonzero_copy = inki_input_words(plan->features);
    out->encoding = plan->encoding;
    out->constants = plan->constants;
    out->listed = plan->listed;
    out->prefetch = inki_zalloc(ctx, plan->copies, sizeof *out->prefetch);
    return out->prefetch ? INK_OK : INK_NO_MEMORY;
}

void inki_input_end(struct inki_input *input)
{
    inki_free(input->shift);
    inki_free(input->offset);
    inki_free(input->prefetch);
    *input = (struct inki_input){.ctx = input->ctx};
}

/* ------------------------------------------------------------------ encoded rows */

static void take_list(const struct inki_input *input, const void *const *from, bool bytes, size_t copy, size_t row,
                      size_t row_end)
{
    const size_t step = inki_input_list_row(input);
    struct inki_nonzero *list = input->list + copy * input->list_copy + row * step;
    for (; row < row_end; row++, list += step) {
        list->at = (uint32_t)inki_encode_row(input->encoding, input->constants, from[row], bytes, list + 1);
        list->value = 0;
    }
}

enum { AHEAD = 4, LINE = 64, LINES = 4 }; /* rows, bytes, and lines of the first of a row that are fetched ahead */

static void copy_lists(const struct inki_input *input, const void *const *from, size_t copy, size_t row, size_t row_end)
{
    const size_t step = inki_input_list_row(input);
    struct inki_nonzero *list = input->list + copy * input->list_copy + row * step;
    for (; row < row_end; row++, list += step) {
        const struct inki_nonzero *of = from[row];
        for (size_t line = 0; row + AHEAD < row_end && line < LINES; line++)
            __builtin_prefetch((const char *)from[row + AHEAD] + line * LINE);
        memcpy(list, of, (1 + (size_t)of->at) * sizeof *list);
    }
}

/* A row of 0, with what its list has; its places among nonzero likewise. */
static void spread_list(const struct inki_nonzero *list, size_t count, size_t stride, size_t strips, float *x,
                        uint64_t *nonzero)
{
    memset(x, 0, stride * sizeof *x);
    for (size_t strip = 0; strip < strips; strip++) nonzero[strip * INKI_NONZERO_ROWS] = 0;
    for (size_t i = 0; i < count; i++) {
        x[list[i].at] = list[i].value;
        nonzero[list[i].at / INKI_STRIP * INKI_NONZERO_ROWS] |= (uint64_t)1 << list[i].at % INKI_STRIP;
    }
}

static void spread_rows(const struct inki_input *input, size_t copy, size_t row, size_t row_end)
{
    const size_t step = inki_input_list_row(input), strips = strips_of(input->features);
    const struct inki_nonzero *list = input->list + copy * input->list_copy + row * step;
    for (; row < row_end; row++, list += step)
        spread_list(list + 1, list->at, input->stride, strips, input->x + copy * input->copy + row * input->stride,
                    input->nonzero + copy * input->nonzero_copy + row);
}

struct inki_listed inki_input_listed(const struct inki_input *input, size_t part, size_t row, size_t row_end)
{
    const size_t step = inki_input_list_row(input);
    return (struct inki_listed){.rows = row_end - row,
                                .nonzero = input->list + part % input->copies * input->list_copy + row * step,
                                .nonzero_row = step};
}

/* ------------------------------------------------------------------ rows in */

void inki_input_take(const struct inki_input *input, const void *const *from, bool bytes, size_t copy, size_t row,
                     size_t row_end)
{
    if (input->encoding) {
        take_list(input, from, bytes, copy, row, row_end);
        if (!input->listed) spread_rows(input, copy, row, row_end);
        return;
    }
    inki_kern(input->ctx)
        ->gather(&(struct inki_gather){.rows = row_end - row,
                                       .n = input->features,
                                       .from = from + row,
                                       .bytes = bytes,
                                       .shift = input->shift,
                                       .factor = input->factor,
                                       .x = input->x + copy * input->copy + row * input->stride,
                                       .stride = input->stride,
                                       .nonzero = input->nonzero + copy * input->nonzero_copy + row});
}

void inki_input_take_lists(const struct inki_input *input, const void *const *from, size_t copy, size_t row,
                           size_t row_end)
{
    copy_lists(input, from, copy, row, row_end);
    if (!input->listed) spread_rows(input, copy, row, row_end);
}

/* Without an instruction for it, which the oldest processors lack. */
static size_t count_bits(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (size_t)(bits * 0x0101010101010101u >> 56);
}

/* Counted as the forward multiplication goes through them: columns where one of three rows is not 0. Of many rows a part says
 * enough: rows are in no order, and either way gives the same bits. */
bool inki_input_pays(const struct inki_input *input, size_t part, size_t row, size_t row_end)
{
    const uint64_t *nonzero = inki_input_nonzero(input, part, row);
    const size_t groups = (row_end - row) / INKI_NONZERO_TILE,
                 step = groups / ASKED_GROUPS > 0 ? groups / ASKED_GROUPS : 1;
    size_t visits = 0, asked = 0;
    if (input->listed || input->ctx->no_skip) return false;
    for (size_t group = 0; group < groups; group += step, asked++) {
        const uint64_t *bits = nonzero + INKI_NONZERO_TILE * group;
        for (size_t strip = 0; strip < strips_of(input->features); strip++, bits += INKI_NONZERO_ROWS)
            visits += count_bits(bits[0] | bits[1] | bits[2]);
    }
    return 100 * visits <= PAYS_PERCENT * asked * input->features;
}

const uint64_t *inki_input_columns(const struct inki_input *input, size_t part, size_t rows, size_t column,
                                   size_t column_end)
{
    const size_t at = column / INKI_STRIP * INKI_NONZERO_ROWS;
    const uint64_t *nonzero = inki_input_nonzero(input, part, 0) + at;
    if (rows == 1) return nonzero;
    uint64_t *columns = input->columns + part % input->copies * input->nonzero_copy + at;
    inki_kern(input->ctx)
        ->transpose_bits(nonzero, rows, (column_end - column + INKI_STRIP - 1) / INKI_STRIP * INKI_STRIP, columns);
    return columns;
}
