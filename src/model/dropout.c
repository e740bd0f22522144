/* dropout: y = x m / (1 - rate), m = 0 with chance `rate`, else 1, while training; y = x otherwise (Srivastava et al. 2014).
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "model/program.h"

#include <stdio.h>
#include <string.h>

static const char *parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    double rate;
    *bad = 0;
    if (count < 1) return "dropout needs its rate, as in 'dropout 0.2'";
    if (!inki_parse_real(words[0], &rate) || rate < 0 || rate > 0.95) return "the dropout rate must be 0 to 0.95";
    *bad = 1;
    if (count > 1) return "dropout takes one number; put '|' before the next layer";
    node->rate = rate;
    inki_node_shapes(node, node->in);
    node->saves = true;
    return NULL;
}

static void print(const struct inki_node *node, char *text, size_t room)
{
    char rate[32];
    inki_format_real(node->rate, rate);
    snprintf(text, room, "dropout %s", rate);
}

/* Where others read x too, y is an array of its own. */
static void copy_rows(const struct inki_site *site, const struct inki_range *range, size_t begin, size_t end)
{
    size_t stride;
    const float *x = inki_block(&site->x, range->part, begin, end, range->row, &stride);
    float *y = inki_block(&site->y, range->part, begin, end, range->row, &stride);
    for (size_t row = range->row; x != y && row < range->row_end; row++, x += stride, y += stride)
        memcpy(y, x, (end - begin) * sizeof *y);
}

/* Draws belong to (row in the batch, column), so they do not depend on who makes them. */
static void forward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_feed *feed = &site->program->feed;
    for (size_t begin = range->out, end, stride; begin < range->out_end; begin = end) {
        end = inki_block_end(&site->y, site->node->outputs, begin, range->out_end);
        float *y = inki_block(&site->y, range->part, begin, end, range->row, &stride);
        copy_rows(site, range, begin, end);
        struct inki_dropout how = {.rows = range->row_end - range->row,
                                   .n = inki_used(site->node->outputs, begin, end),
                                   .stride = stride,
                                   .y = y,
                                   .mask = inki_block(&site->saved, range->part, begin, end, range->row, &stride),
                                   .keep = (float)(1 - site->node->rate),
                                   .first_row = feed->first_row + (uint32_t)range->row,
                                   .first_column = (uint32_t)begin,
                                   .step = feed->step,
                                   .layer = site->number};
        inki_rng_key(feed->seed, INKI_RNG_DROPOUT, how.key);
        site->kern->dropout(&how);
    }
}

static void backward(const struct inki_site *site, const struct inki_range *range)
{
    inki_hand_back(site, range, &site->dx, site->add_dx);
}

/* Nothing outside training. */
static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    (void)node;
    (void)to;
    return INK_OK;
}

const struct inki_op inki_dropout_op = {
    .word = "dropout",
    .form = "dropout RATE: y = x m / (1 - RATE), m = 0 with probability RATE, else 1; identity outside training",
    .example = "dropout 0.3",
    .locality = INKI_BY_ELEMENT,
    .in_place = true,
    .training_only = true,
    .by_member = true,
    .parse = parse,
    .print = print,
    .forward = forward,
    .slope = inki_slope,
    .backward = backward,
    .emit = emit,
};
