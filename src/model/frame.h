/* frame: what convolutions and pools share: the words of a frame that slides over an image, and where it comes to lie.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_FRAME_H
#define INKI_FRAME_H

#include "model/program.h"

/* Reads "3x3" or "32x3x3" (numbers[3], *count of them), or a number alone. */
bool inki_frame_numbers(const char *text, size_t numbers[3], size_t *count);

/* Reads the options in words[*at, count): stride S, pad same|valid|P, groups G, nobias, as far as `allowed` (a text of their first
 * letters) has them; *at ends behind them. Returns NULL or what is wrong, about words[*at]. */
const char *inki_frame_options(struct inki_node *node, const char *const *words, size_t count, const char *allowed,
                               size_t *at);

/* The frame is complete: sets the out shape for `channels`. Returns NULL or what is wrong. */
const char *inki_frame_fit(struct inki_node *node, size_t channels);

/* Appends the options that are not as they are by default; `stride` is the default one. */
void inki_frame_print(const struct inki_node *node, size_t stride, char *text, size_t room);

/* The frame as kernels have it, over an image of x. */
struct inki_window inki_frame_window(const struct inki_node *node);

/* What is behind a row's values up to whole lanes, which layers of lanes take to be 0. */
static inline void inki_clear_tail(const struct inki_node *node, float *dx)
{
    for (size_t j = node->inputs; j < inki_padded(node->inputs); j++) dx[j] = 0;
}

/* An image of an array. */
static inline float *inki_image_at(const struct inki_span *array, const struct inki_range *range, size_t row)
{
    return array->at + range->part * array->apart + row * array->stride;
}

#endif
