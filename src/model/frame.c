/* frame: the words of a frame that slides over an image, and where it comes to lie.
 * SPDX-License-Identifier: MIT */
#include "model/frame.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { MOST_SIDE = 255, MOST_STRIDE = 64 };

bool inki_frame_numbers(const char *text, size_t numbers[3], size_t *count)
{
    char part[24];
    for (*count = 0; *count < 3; ++*count) {
        size_t length = strcspn(text, "x");
        if (length == 0 || length >= sizeof part) return false;
        memcpy(part, text, length);
        part[length] = 0;
        if (!inki_parse_count(part, &numbers[*count])) return false;
        text += length;
        if (!*text++) break;
    }
    return ++*count <= 3;
}

/* In any case of its letters. */
static bool is_word(const char *text, const char *word)
{
    return inki_same_name(text, strlen(text), word, strlen(word));
}

static const char *read_padding(struct inki_frame *frame, const char *word)
{
    size_t size;
    frame->padding = INKI_PAD_GIVEN;
    if (is_word(word, "same")) {
        frame->padding = INKI_PAD_SAME;
    } else if (is_word(word, "valid")) {
        frame->padding = INKI_PAD_VALID;
    } else if (!inki_parse_count(word, &size)) {
        return "expected 'same', 'valid' or a number of pixels behind 'pad'";
    } else if (size >= frame->rows || size >= frame->columns) {
        return "the padding must be smaller than the kernel";
    } else {
        frame->top = frame->left = size;
    }
    return NULL;
}

static const char *read_option(struct inki_node *node, const char *name, const char *value)
{
    struct inki_frame *frame = &node->frame;
    size_t number;
    if (strcmp(name, "pad") == 0) return read_padding(frame, value);
    if (!inki_parse_count(value, &number) || number == 0) return "expected a number from 1 on here";
    if (strcmp(name, "stride") == 0) {
        frame->stride = number;
        return number > MOST_STRIDE ? "the stride must be 1 to 64" : NULL;
    }
    frame->groups = number;
    return node->in.channels % number ? "the number of groups must divide the channels that come in" : NULL;
}

const char *inki_frame_options(struct inki_node *node, const char *const *words, size_t count, const char *allowed,
                               size_t *at)
{
    static const char *const names[] = {"stride", "pad", "groups", "nobias"};
    for (; *at < count; ++*at) {
        size_t i = 0;
        while (i < 4 && (!is_word(words[*at], names[i]) || !strchr(allowed, *names[i]))) i++;
        if (i == 4) return NULL;
        if (i == 3) {
            node->frame.biased = false;
            continue;
        }
        if (++*at == count) return "a value is missing behind this";
        const char *what = read_option(node, names[i], words[*at]);
        if (what) return what;
    }
    return NULL;
}

/* Outputs along one axis; *before: how many places of padding come first. */
static size_t extent(const struct inki_frame *frame, size_t size, size_t kernel, size_t *before)
{
    const size_t stride = frame->stride;
    if (frame->padding == INKI_PAD_SAME) {
        size_t out = (size + stride - 1) / stride, need = (out - 1) * stride + kernel;
        *before = need > size ? (need - size) / 2 : 0;
        return out;
    }
    if (frame->padding == INKI_PAD_VALID) *before = 0;
    return size + 2 * *before < kernel ? 0 : (size + 2 * *before - kernel) / stride + 1;
}

const char *inki_frame_fit(struct inki_node *node, size_t channels)
{
    struct inki_frame *frame = &node->frame;
    if (frame->rows == 0 || frame->columns == 0 || frame->rows > MOST_SIDE || frame->columns > MOST_SIDE)
        return "a side must be 1 to 255 pixels";
    size_t height = extent(frame, node->in.height, frame->rows, &frame->top),
           width = extent(frame, node->in.width, frame->columns, &frame->left);
    if (height == 0 || width == 0) return "this is larger than the image that comes in";
    inki_node_shapes(node, inki_image_shape(height, width, channels));
    return NULL;
}

void inki_frame_print(const struct inki_node *node, size_t stride, char *text, size_t room)
{
    const struct inki_frame *frame = &node->frame;
    size_t used = 0;
    *text = 0;
    if (frame->stride != stride) used += (size_t)snprintf(text, room, " stride %zu", frame->stride);
    if (frame->padding == INKI_PAD_GIVEN) used += (size_t)snprintf(text + used, room - used, " pad %zu", frame->top);
    if (frame->padding == INKI_PAD_VALID) used += (size_t)snprintf(text + used, room - used, " pad valid");
    if (frame->groups > 1) used += (size_t)snprintf(text + used, room - used, " groups %zu", frame->groups);
    if (!frame->biased) snprintf(text + used, room - used, " nobias");
}

struct inki_window inki_frame_window(const struct inki_node *node)
{
    const struct inki_frame *frame = &node->frame;
    return (struct inki_window){.height = node->in.height,
                                .width = node->in.width,
                                .x_pitch = inki_pitch(&node->in),
                                .out_height = node->out.height,
                                .out_width = node->out.width,
                                .y_pitch = inki_pitch(&node->out),
                                .channels = inki_pitch(&node->in) == inki_pitch(&node->out) ? inki_pitch(&node->out)
                                                                                            : node->out.channels,
                                .rows = frame->rows,
                                .columns = frame->columns,
                                .stride = frame->stride,
                                .top = frame->top,
                                .left = frame->left};
}
