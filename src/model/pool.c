/* pool: the largest value of each window of an image, or their mean, channel by channel; the gradient goes back to the first of the
 * largest, or to all alike.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "model/frame.h"

#include <stdio.h>
#include <string.h>

/* "maxpool 2", "maxpool 3x2 stride 2": windows lie wholly in the image. */
static const char *parse_window(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    size_t side[3], sides;
    *bad = 0;
    if (count < 1 || !inki_frame_numbers(words[0], side, &sides) || sides > 2)
        return "the window is missing here, as in 'maxpool 2' or 'maxpool 3x2'";
    node->frame = (struct inki_frame){.rows = side[0],
                                      .columns = side[sides - 1],
                                      .stride = side[0],
                                      .groups = 1,
                                      .padding = INKI_PAD_VALID,
                                      .biased = true};
    if (sides == 2 && side[0] != side[1]) node->frame.stride = 0;
    ++*bad;
    const char *what = inki_frame_options(node, words, count, "s", bad);
    if (what) return what;
    if (*bad < count) return "a pool takes its window and its stride; put '|' before the next layer";
    *bad = 0;
    if (node->frame.stride == 0) return "a window that is not square needs its stride, as in 'maxpool 3x2 stride 2'";
    return inki_frame_fit(node, node->in.channels);
}

static const char *parse_max(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    node->saves = true;
    return parse_window(node, words, count, bad);
}

/* All of the image. */
static const char *parse_global(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    (void)words;
    *bad = 0;
    if (count > 0) return "this takes nothing; put '|' before the next layer";
    node->frame = (struct inki_frame){.rows = node->in.height,
                                      .columns = node->in.width,
                                      .stride = 1,
                                      .groups = 1,
                                      .padding = INKI_PAD_VALID,
                                      .biased = true};
    return inki_frame_fit(node, node->in.channels);
}

static const char *parse_global_max(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    node->saves = true;
    return parse_global(node, words, count, bad);
}

static void print_window(const struct inki_node *node, char *text, size_t room)
{
    const struct inki_frame *frame = &node->frame;
    char side[32] = "";
    bool square = frame->rows == frame->columns;
    if (!square || frame->stride != frame->rows) snprintf(side, sizeof side, " stride %zu", frame->stride);
    if (square)
        snprintf(text, room, "%s %zu%s", node->op->word, frame->rows, side);
    else
        snprintf(text, room, "%s %zux%zu%s", node->op->word, frame->rows, frame->columns, side);
}

static void print_global(const struct inki_node *node, char *text, size_t room)
{
    snprintf(text, room, "%s", node->op->word);
}

/* Behind raw images the outputs have a padding that the inputs have not. */
static float *output(const struct inki_site *site, const struct inki_range *range, size_t row)
{
    float *y = inki_image_at(&site->y, range, row);
    if (site->node->out.padding) memset(y, 0, site->node->outputs * sizeof *y);
    return y;
}

static float *input_gradient(const struct inki_site *site, const struct inki_range *range, size_t row)
{
    float *dx = inki_image_at(&site->dx, range, row);
    inki_clear_tail(site->node, dx);
    return dx;
}

static void forward_max(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_window window = inki_frame_window(site->node);
    for (size_t row = range->row; row < range->row_end; row++)
        site->kern->max_pool(&window, inki_image_at(&site->x, range, row), output(site, range, row),
                             site->saved.at ? inki_image_at(&site->saved, range, row) : NULL);
}

static void backward_max(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_window window = inki_frame_window(site->node);
    for (size_t row = range->row; row < range->row_end; row++)
        site->kern->max_pool_back(&window, inki_image_at(&site->dy, range, row),
                                  inki_image_at(&site->saved, range, row), input_gradient(site, range, row),
                                  site->add_dx);
}

static void forward_mean(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_window window = inki_frame_window(site->node);
    for (size_t row = range->row; row < range->row_end; row++)
        site->kern->mean_pool(&window, inki_image_at(&site->x, range, row), output(site, range, row));
}

static void backward_mean(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_window window = inki_frame_window(site->node);
    for (size_t row = range->row; row < range->row_end; row++)
        site->kern->mean_pool_back(&window, inki_image_at(&site->dy, range, row), input_gradient(site, range, row),
                                   site->add_dx);
}

static ink_status emit_max(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->pool ? to->pool(to->user, node, true) : to->other(to->user, node);
}

static ink_status emit_mean(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->pool ? to->pool(to->user, node, false) : to->other(to->user, node);
}

enum { THINS_mean, THINS_max };

#define POOL(NAME, WORD, FORM, EXAMPLE, PARSE, PRINT, KIND)                                                            \
    const struct inki_op NAME = {                                                                                      \
        .word = WORD,                                                                                                  \
        .form = FORM,                                                                                                  \
        .example = EXAMPLE,                                                                                            \
        .locality = INKI_BY_ROW,                                                                                       \
        .images = true,                                                                                                \
        .thins = THINS_##KIND,                                                                                         \
        .parse = PARSE,                                                                                                \
        .print = PRINT,                                                                                                \
        .forward = forward_##KIND,                                                                                     \
        .backward = backward_##KIND,                                                                                   \
        .emit = emit_##KIND,                                                                                           \
    }

POOL(inki_maxpool_op, "maxpool", "maxpool SIDE [stride S]: the largest of each window; stride SIDE by default",
     "maxpool 2 stride 1", parse_max, print_window, max);
POOL(inki_avgpool_op, "avgpool", "avgpool SIDE [stride S]: the mean of each window; stride SIDE by default",
     "avgpool 2 stride 1", parse_window, print_window, mean);
POOL(inki_globalpool_op, "globalpool", "globalpool: the mean of each channel over all pixels", "globalpool",
     parse_global, print_global, mean);
POOL(inki_globalmax_op, "globalmax", "globalmax: the largest value of each channel", "globalmax", parse_global_max,
     print_global, max);
