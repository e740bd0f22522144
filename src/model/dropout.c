/* dropout: y = x m / (1 - rate), m = 0 with chance `rate`, else 1, while training; y = x otherwise (Srivastava et al. 2014).
 * SPDX-License-Identifier: MIT */
#include "base/pool.h"
#include "base/text.h"
#include "model/op.h"

#include <stdio.h>

static const char *parse(struct inki_node *layer, const char *const *words, size_t count, size_t *bad)
{
    double rate;
    *bad = 0;
    if (count < 1) return "dropout needs its share, as in 'dropout 0.2'";
    if (!inki_parse_real(words[0], &rate) || rate < 0 || rate > 0.95) return "the share to drop must be 0 to 0.95";
    *bad = 1;
    if (count > 1) return "dropout takes one number; put '|' before the next layer";
    layer->rate = rate;
    inki_node_shapes(layer, layer->in);
    return NULL;
}

static void print(const struct inki_node *layer, char *text, size_t room)
{
    char rate[32];
    inki_format_real(layer->rate, rate);
    snprintf(text, room, "dropout %s", rate);
}

static void forward_rows(const struct inki_call *call, size_t row, size_t row_end)
{
    size_t stride = call->layer->out_stride;
    if (!call->keep) return;
    struct inki_dropout how = {.rows = row_end - row,
                               .n = call->layer->outputs,
                               .stride = stride,
                               .y = call->y + row * stride,
                               .mask = call->keep + row * stride,
                               .keep = (float)(1 - call->layer->rate),
                               .first_row = call->first_row + (uint32_t)row,
                               .step = call->step,
                               .layer = call->number};
    inki_rng_key(call->seed, INKI_RNG_DROPOUT, how.key);
    inki_kern(call->ctx)->dropout(&how);
}

static void forward_part(void *arg, size_t part, size_t parts)
{
    const struct inki_call *call = arg;
    size_t begin, end;
    inki_share(call->rows, part, parts, &begin, &end);
    forward_rows(call, begin, end);
}

static void forward(const struct inki_call *call)
{
    if (call->keep) inki_parallel(call->ctx, 8 * call->rows * call->layer->outputs, forward_part, (void *)call);
}

static void backward_rows(const struct inki_call *call, size_t row, size_t row_end)
{
    size_t stride = call->layer->out_stride;
    for (; row < row_end; row++)
        inki_kern(call->ctx)->multiply(call->layer->outputs, call->dy + row * stride, call->keep + row * stride);
}

static void backward(const struct inki_call *call) { backward_rows(call, 0, call->rows); }

const struct inki_op inki_dropout_op = {
    .word = "dropout",
    .form = "dropout SHARE: y = x m / (1 - SHARE), m = 0 with chance SHARE, else 1; nothing outside training",
    .example = "dropout 0.3",
    .in_place = true,
    .parse = parse,
    .print = print,
    .forward = forward,
    .backward = backward,
    .forward_rows = forward_rows,
    .backward_rows = backward_rows,
};
