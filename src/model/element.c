/* element: loops that operations share which end in an activation, or hand on what they get, element by element.
 * SPDX-License-Identifier: MIT */
#include "model/program.h"

#include <string.h>

bool inki_activation_find(const char *word, enum inki_activation *out)
{
    for (int act = 0; act < INKI_ACT_COUNT; act++) {
        *out = (enum inki_activation)act;
        const char *name = inki_activation_name(*out);
        if (inki_same_name(name, strlen(name), word, strlen(word))) return true;
    }
    return false;
}

/* act(0) may not be 0. */
static void clear_padding(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_shape *shape = &site->node->out;
    const size_t pitch = inki_pitch(shape), pixels = shape->height * shape->width;
    for (size_t row = range->row; row < range->row_end; row++) {
        float *y = site->y.at + range->part * site->y.apart + row * site->y.stride + shape->channels;
        for (size_t i = 0; i < pixels; i++, y += pitch) memset(y, 0, shape->padding * sizeof *y);
    }
}

void inki_activate(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    if (node->act == INKI_ACT_identity) return;
    for (size_t begin = range->out, end, stride; begin < range->out_end; begin = end) {
        end = inki_block_end(&site->y, node->outputs, begin, range->out_end);
        const size_t used = inki_used(node->outputs, begin, end); /* padding stays 0, also where act(0) is not */
        float *y = inki_block(&site->y, range->part, begin, end, range->row, &stride);
        float *saved = site->saved.at ? inki_block(&site->saved, range->part, begin, end, range->row, &stride) : NULL;
        for (size_t row = range->row, at = 0; row < range->row_end; row++, at += stride)
            site->kern->activate[node->act](used, y + at, saved ? saved + at : NULL);
    }
    if (node->out.padding) clear_padding(site, range);
}

void inki_slope(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    for (size_t begin = range->out, end, stride; begin < range->out_end; begin = end) {
        end = inki_block_end(&site->dy, node->outputs, begin, range->out_end);
        const size_t used = inki_used(node->outputs, begin, end); /* padding of dy is 0 and stays so */
        float *dy = inki_block(&site->dy, range->part, begin, end, range->row, &stride);
        const float *saved = inki_block(&site->saved, range->part, begin, end, range->row, &stride);
        for (size_t row = range->row, at = 0; row < range->row_end; row++, at += stride)
            site->kern->multiply(used, dy + at, saved + at);
    }
}

void inki_hand_back(const struct inki_site *site, const struct inki_range *range, const struct inki_span *dx, bool add)
{
    if (!dx->at) return;
    for (size_t begin = range->out, end, stride, dy_stride; begin < range->out_end; begin = end) {
        end = inki_block_end(dx, site->node->outputs, begin, range->out_end);
        float *to = inki_block(dx, range->part, begin, end, range->row, &stride);
        const float *dy = inki_block(&site->dy, range->part, begin, end, range->row, &dy_stride);
        for (size_t row = range->row; row < range->row_end; row++, to += stride, dy += dy_stride)
            for (size_t j = 0; j < end - begin; j++) to[j] = add ? to[j] + dy[j] : dy[j];
    }
}
