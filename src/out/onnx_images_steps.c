/* onnx_images_steps: what each operator of ONNX makes of a network with layers over images under way.
 * SPDX-License-Identifier: MIT */
#include "out/onnx_images.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t channels_of(const struct inki_onnx_image *now)
{
    if (now->rank == 1) return now->raw || now->in.height * now->in.width == 1 ? now->sides[0] : 0;
    return now->sides[now->last ? 2 : 0];
}

/* ---------------------------------------------------------------------- layers */

void inki_onnx_begin_layer(struct inki_onnx_images *walk, const char *text)
{
    walk->layer_at = walk->network->notation.length;
    inki_str_add(&walk->network->notation, "%s%s", walk->begins ? "" : " | ", text);
    walk->begins = false;
    walk->layer_outputs = 0;
}

void inki_onnx_open(struct inki_onnx_images *walk, float *w, float *b, size_t kernel)
{
    walk->now.open = true;
    walk->now.below_max = false;
    walk->now.act_at = walk->network->notation.length;
    walk->now.w = w;
    walk->now.b = b;
    walk->now.kernel = kernel;
}

/* A parameter's values from a constant of so many. */
static ink_status take_values(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, const char *name,
                              size_t count, float **out)
{
    struct inki_onnx_values from;
    INK_TRY(inki_onnx_take(walk->onnx, name, &from));
    ink_status status = from.count == count
                            ? inki_network_values(walk->network, count, out)
                            : inki_onnx_refuse(walk->onnx, node, "lacks a number of each kind for each channel");
    for (size_t i = 0; status == INK_OK && i < count; i++) (*out)[i] = (float)from.values[i];
    inki_onnx_drop(&from);
    return status;
}

static ink_status make_values(struct inki_onnx_images *walk, size_t count, float value, float **out)
{
    INK_TRY(inki_network_values(walk->network, count, out));
    for (size_t i = 0; i < count; i++) (*out)[i] = value;
    return INK_OK;
}

/* A norm that multiplies and adds: (x - 0) gain / 1 + bias. */
static ink_status add_affine(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, float **gain, float **bias)
{
    const size_t channels = channels_of(&walk->now);
    float *state;
    if (walk->now.raw) INK_TRY(inki_onnx_resolve(walk, node));
    if (channels == 0) return inki_onnx_refuse(walk->onnx, node, "works on an image that was flattened");
    inki_onnx_begin_layer(walk, "batchnorm");
    INK_TRY(make_values(walk, channels, 1, gain));
    INK_TRY(make_values(walk, channels, 0, bias));
    INK_TRY(make_values(walk, channels, 0, &state));
    INK_TRY(make_values(walk, channels, 1 - 1e-5f, &state));
    inki_onnx_open(walk, *gain, *bias, 1);
    return INK_OK;
}

/* The text of where a frame lies: "" if it cannot be said. */
static bool pad_text(const size_t in[2], const size_t kernel[2], size_t stride, const int64_t pads[4],
                     const size_t out[2], char *text, size_t room)
{
    bool same = true, given = pads[0] == pads[1] && pads[0] >= 0;
    for (size_t d = 0; d < 2; d++) {
        const size_t by_same = (in[d] + stride - 1) / stride, need = (by_same - 1) * stride + kernel[d],
                     before = need > in[d] ? (need - in[d]) / 2 : 0,
                     given_size = in[d] + 2 * (size_t)(given ? pads[0] : 0);
        same = same && out[d] == by_same && (size_t)pads[d] == before;
        given = given && (size_t)pads[0] < kernel[d] && given_size >= kernel[d] &&
                (given_size - kernel[d]) / stride + 1 == out[d];
    }
    if (given && pads[0] == 0 && (!same || kernel[0] > 1 || kernel[1] > 1))
        snprintf(text, room, " pad valid");
    else if (same)
        *text = 0;
    else if (given)
        snprintf(text, room, " pad %d", (int)pads[0]);
    return same || given;
}

/* A window over the image: its stride, its padding as text, what comes out. */
static ink_status read_frame(const struct inki_onnx_images *walk, const Inki__Onnx__Node *node, const size_t kernel[2],
                             size_t *stride, char *text, size_t room, size_t out[2])
{
    const Inki__Onnx__Attribute *strides = inki_onnx_attribute(node, "strides"),
                                *pads = inki_onnx_attribute(node, "pads"),
                                *dilations = inki_onnx_attribute(node, "dilations"),
                                *automatic = inki_onnx_attribute(node, "auto_pad");
    const size_t in[2] = {walk->now.in.height, walk->now.in.width};
    int64_t given[4] = {0}, step[2] = {1, 1};
    for (size_t d = 0; strides && strides->n_ints == 2 && d < 2; d++) step[d] = strides->ints[d];
    for (size_t d = 0; pads && pads->n_ints == 4 && d < 4; d++) given[d] = pads->ints[d];
    for (size_t d = 0; dilations && d < dilations->n_ints; d++)
        if (dilations->ints[d] != 1) return inki_onnx_refuse(walk->onnx, node, "is dilated");
    if (step[0] != step[1] || step[0] < 1 || step[0] > 64)
        return inki_onnx_refuse(walk->onnx, node, "has strides that differ, or are more than 64");
    *stride = (size_t)step[0];
    const bool same = automatic && automatic->s.len > 4 && memcmp(automatic->s.data, "SAME", 4) == 0;
    for (size_t d = 0; d < 2; d++) {
        if (given[d] < 0 || given[d + 2] < 0 || given[d] > 255 || given[d + 2] > 255)
            return inki_onnx_refuse(walk->onnx, node, "has a padding that is negative or more than 255");
        size_t need = ((in[d] + *stride - 1) / *stride - 1) * *stride + kernel[d],
               rest = need > in[d] ? need - in[d] : 0;
        bool lower = same && memcmp(automatic->s.data + automatic->s.len - 5, "LOWER", 5) == 0;
        if (same) given[d] = (int64_t)(lower ? rest - rest / 2 : rest / 2), given[d + 2] = (int64_t)rest - given[d];
        const size_t whole = in[d] + (size_t)given[d] + (size_t)given[d + 2];
        if (whole < kernel[d]) return inki_onnx_refuse(walk->onnx, node, "is larger than the image that it takes");
        out[d] = (whole - kernel[d]) / *stride + 1;
        if (inki_onnx_int(node, "ceil_mode", 0) && (whole - kernel[d]) % *stride)
            return inki_onnx_refuse(walk->onnx, node, "rounds its size up (ceil_mode)");
    }
    if (pad_text(in, kernel, *stride, given, out, text, room)) return INK_OK;
    return inki_onnx_refuse(walk->onnx, node, "has a padding that is neither the same on all sides nor 'same'");
}

#define NO_BIAS " nobias"

/* A convolution without a bias gets one: while it is open its weights are the last values, and the text up to act_at ends in NO_BIAS. */
static ink_status give_bias(struct inki_onnx_images *walk, size_t channels)
{
    struct inki_str *text = &walk->network->notation;
    const size_t end = walk->now.act_at, size = strlen(NO_BIAS);
    if (text->failed) return INK_NO_MEMORY;
    memmove(text->text + end - size, text->text + end, text->length - end + 1);
    text->length -= size;
    walk->now.act_at -= size;
    return make_values(walk, channels, 0, &walk->now.b);
}

static ink_status step_conv(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values w;
    char text[160], pad[32];
    size_t stride, out[2];
    float *weights = NULL, *bias = NULL;
    INK_TRY(inki_onnx_resolve(walk, node));
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &w));
    const int64_t groups = inki_onnx_int(node, "group", 1);
    const size_t channels = walk->now.in.channels, kernel[2] = {w.dims[2], w.dims[3]}, outputs = w.dims[0];
    ink_status status = w.rank != 4 || groups < 1 || w.dims[1] * (size_t)groups != channels || outputs % (size_t)groups
                            ? inki_onnx_refuse(walk->onnx, node, "has weights that do not fit the image that it takes")
                            : read_frame(walk, node, kernel, &stride, pad, sizeof pad, out);
    if (status == INK_OK) status = inki_network_values(walk->network, w.count, &weights);
    for (size_t i = 0; status == INK_OK && i < w.count; i++) weights[i] = (float)w.values[i];
    const size_t sum = w.rank == 4 ? w.dims[1] * kernel[0] * kernel[1] : 0;
    const bool depthwise = groups > 1 && outputs == channels && w.dims[1] == 1;
    inki_onnx_drop(&w);
    INK_TRY(status);
    if (*inki_onnx_input(node, 2)) INK_TRY(take_values(walk, node, inki_onnx_input(node, 2), outputs, &bias));
    char number[24] = "", group[32] = "", step[32] = "";
    if (!depthwise) snprintf(number, sizeof number, " %zu", outputs);
    if (!depthwise && groups > 1) snprintf(group, sizeof group, " groups %zu", (size_t)groups);
    if (stride > 1) snprintf(step, sizeof step, " stride %zu", stride);
    snprintf(text, sizeof text, "%s%s %zux%zu%s%s%s%s", depthwise ? "depthwise" : "conv", number, kernel[0], kernel[1],
             step, pad, group, bias ? "" : NO_BIAS);
    inki_onnx_begin_layer(walk, text);
    inki_onnx_set_image(walk, out[0], out[1], outputs);
    inki_onnx_open(walk, weights, bias, sum);
    return INK_OK;
}

static ink_status step_pool(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *shape = inki_onnx_attribute(node, "kernel_shape");
    const bool largest = *inki_onnx_op(node) == 'M';
    char text[96], pad[32];
    size_t stride, out[2];
    INK_TRY(inki_onnx_resolve(walk, node));
    if (!shape || shape->n_ints != 2 || shape->ints[0] < 1 || shape->ints[1] < 1 || shape->ints[0] > 255 ||
        shape->ints[1] > 255)
        return inki_onnx_refuse(walk->onnx, node, "has a window that is not of two sides of 1 to 255");
    const size_t kernel[2] = {(size_t)shape->ints[0], (size_t)shape->ints[1]};
    INK_TRY(read_frame(walk, node, kernel, &stride, pad, sizeof pad, out));
    const Inki__Onnx__Attribute *pads = inki_onnx_attribute(node, "pads");
    bool whole =
        strcmp(pad, " pad valid") == 0 || (kernel[0] <= stride && kernel[1] <= stride && !*pad &&
                                           walk->now.in.height % stride == 0 && walk->now.in.width % stride == 0);
    for (size_t d = 0; pads && d < pads->n_ints; d++) whole = whole && pads->ints[d] == 0;
    if (!whole) return inki_onnx_refuse(walk->onnx, node, "has a padding; pools without one can be imported");
    if (stride == 1 && kernel[0] == walk->now.in.height && kernel[1] == walk->now.in.width)
        snprintf(text, sizeof text, "%s", largest ? "globalmax" : "globalpool");
    else
        snprintf(text, sizeof text, "%s %zux%zu stride %zu", largest ? "maxpool" : "avgpool", kernel[0], kernel[1],
                 stride);
    const struct inki_onnx_image before = walk->now;
    inki_onnx_begin_layer(walk, text);
    inki_onnx_set_image(walk, out[0], out[1], before.in.channels);
    walk->now.open = before.open && largest;
    walk->now.below_max = true;
    return INK_OK;
}

static ink_status step_global(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    INK_TRY(inki_onnx_resolve(walk, node));
    inki_onnx_begin_layer(walk, strcmp(inki_onnx_op(node), "GlobalMaxPool") == 0 ? "globalmax" : "globalpool");
    inki_onnx_set_image(walk, 1, 1, walk->now.in.channels);
    walk->now.open = false;
    return INK_OK;
}

/* The mean over both sides of the image. */
static ink_status step_mean(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *axes = inki_onnx_attribute(node, "axes");
    struct inki_onnx_values list = {0};
    bool which[4] = {false}, last = walk->now.last;
    if (!axes && *inki_onnx_input(node, 1)) INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &list));
    const size_t count = axes ? axes->n_ints : list.count;
    for (size_t k = 0; k < count; k++) {
        double at = axes ? (double)axes->ints[k] : list.values[k];
        if (at < 0) at += 4;
        if (at >= 0 && at < 4) which[(size_t)at] = true;
    }
    inki_onnx_drop(&list);
    if (walk->now.rank != 3 || walk->now.raw || count != 2 || !which[last ? 1 : 2] || !which[last ? 2 : 3])
        return inki_onnx_refuse(walk->onnx, node, "is a mean over other sides than an image's height and width");
    walk->now.last = false;
    INK_TRY(step_global(walk, node));
    if (inki_onnx_int(node, "keepdims", 1)) {
        walk->now.last = last;
        walk->now.sides[0] = last ? 1 : walk->now.in.channels;
        walk->now.sides[2] = last ? walk->now.in.channels : 1;
    } else {
        walk->now.rank = 1;
        walk->now.sides[0] = walk->now.in.channels;
    }
    return INK_OK;
}

/* W (outputs, inputs), or turned; its inputs in the order in which a model counts them: plane by plane. */
static ink_status add_dense(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, bool out_in, double factor)
{
    struct inki_onnx_values w;
    const struct inki_onnx_image before = walk->now;
    const size_t pixels = before.in.height * before.in.width, channels = before.in.channels;
    char text[48];
    float *weights = NULL, *bias = NULL;
    if (!inki_onnx_same(inki_onnx_input(node, 0), walk->before[inki_onnx_maker(walk->onnx, node->output[0])->node]))
        return inki_onnx_refuse(walk->onnx, node, "multiplies the other way round: rows must be its first input");
    if (before.rank != 1)
        return inki_onnx_refuse(walk->onnx, node, "multiplies an image; put a Flatten in front of it");
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &w));
    const size_t inputs = w.dims[out_in ? 1 : 0], outputs = w.dims[out_in ? 0 : 1];
    ink_status status = w.rank == 2 && inputs == before.sides[0]
                            ? inki_network_values(walk->network, w.count, &weights)
                            : inki_onnx_refuse(walk->onnx, node, "has weights that do not fit what it takes");
    const bool turned = status == INK_OK && !before.raw && before.pixels && pixels > 1;
    for (size_t o = 0; status == INK_OK && o < outputs; o++)
        for (size_t i = 0; i < inputs; i++) {
            const size_t from = turned ? i % pixels * channels + i / pixels : i;
            const double value = w.values[out_in ? o * inputs + from : from * outputs + o];
            weights[o * inputs + i] = (float)(factor == 1 ? value : value * factor);
        }
    inki_onnx_drop(&w);
    INK_TRY(status);
    INK_TRY(make_values(walk, outputs, 0, &bias));
    if (before.raw) walk->network->in = (struct inki_shape){1, before.sides[0], 1, 0};
    snprintf(text, sizeof text, "dense %zu", outputs);
    inki_onnx_begin_layer(walk, text);
    walk->layer_outputs = outputs;
    walk->now = (struct inki_onnx_image){.rank = 1, .sides = {outputs}, .in = {1, 1, outputs, 0}};
    inki_onnx_open(walk, weights, bias, inputs);
    return INK_OK;
}

static ink_status step_gemm(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values b;
    const double beta = (double)inki_onnx_float(node, "beta", 1);
    if (inki_onnx_int(node, "transA", 0)) return inki_onnx_refuse(walk->onnx, node, "turns its rows");
    INK_TRY(add_dense(walk, node, inki_onnx_int(node, "transB", 0) != 0, (double)inki_onnx_float(node, "alpha", 1)));
    if (!*inki_onnx_input(node, 2)) return INK_OK;
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 2), &b));
    const size_t outputs = walk->now.sides[0];
    ink_status status = b.count == outputs || b.count == 1
                            ? INK_OK
                            : inki_onnx_refuse(walk->onnx, node, "has a bias that does not fit its outputs");
    for (size_t o = 0; status == INK_OK && o < outputs; o++)
        walk->now.b[o] = (float)(beta * b.values[b.count == 1 ? 0 : o]);
    inki_onnx_drop(&b);
    return status;
}

static ink_status step_matmul(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    return add_dense(walk, node, false, 1);
}

static ink_status step_norm(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    float *part[4];
    const double epsilon = (double)inki_onnx_float(node, "epsilon", 1e-5f);
    if (inki_onnx_int(node, "training_mode", 0) != 0 || node->n_output > 1)
        return inki_onnx_refuse(walk->onnx, node, "is in training; save the network for use (model.eval() in PyTorch)");
    if (walk->now.raw || walk->now.rank == 3) INK_TRY(inki_onnx_resolve(walk, node));
    const size_t channels = channels_of(&walk->now);
    if (channels == 0) return inki_onnx_refuse(walk->onnx, node, "works on an image that was flattened");
    inki_onnx_begin_layer(walk, "batchnorm");
    for (size_t k = 0; k < 4; k++) INK_TRY(take_values(walk, node, inki_onnx_input(node, k + 1), channels, &part[k]));
    for (size_t c = 0; c < channels && fabs(epsilon - 1e-5) > 1e-9; c++)
        part[3][c] = (float)((double)part[3][c] + epsilon - 1e-5);
    inki_onnx_open(walk, NULL, NULL, 0);
    return INK_OK;
}

static ink_status step_layer_norm(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    float *part[2];
    const size_t channels = channels_of(&walk->now);
    if (walk->now.raw || channels == 0 || (walk->now.rank == 3 && !walk->now.last) ||
        inki_onnx_int(node, "axis", -1) != -1 || fabs((double)inki_onnx_float(node, "epsilon", 1e-5f) - 1e-5) > 1e-9)
        return inki_onnx_refuse(walk->onnx, node, "is not over the channels alone with an epsilon of 1e-5");
    inki_onnx_begin_layer(walk, "layernorm");
    INK_TRY(take_values(walk, node, inki_onnx_input(node, 1), channels, &part[0]));
    INK_TRY(*inki_onnx_input(node, 2) ? take_values(walk, node, inki_onnx_input(node, 2), channels, &part[1])
                                      : make_values(walk, channels, 0, &part[1]));
    inki_onnx_open(walk, NULL, NULL, 0);
    return INK_OK;
}

/* ------------------------------------------------------------------ activations */

static ink_status activate(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, const char *act)
{
    struct inki_str *text = &walk->network->notation;
    float *gain, *bias;
    char tail[128];
    if (walk->now.open && walk->now.below_max && strcmp(act, "gelu") == 0) walk->now.open = false;
    if (!walk->now.open) INK_TRY(add_affine(walk, node, &gain, &bias));
    if (text->failed) return INK_NO_MEMORY;
    if (text->length - walk->now.act_at >= sizeof tail)
        return inki_onnx_refuse(walk->onnx, node, "is behind too many pools");
    memcpy(tail, text->text + walk->now.act_at, text->length - walk->now.act_at + 1);
    text->length = walk->now.act_at;
    inki_str_add(text, " %s%s", act, tail);
    walk->now.open = false;
    if (!walk->now.below_max) walk->layer_outputs = 0;
    return INK_OK;
}

static ink_status step_activation(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    const char *op = inki_onnx_op(node);
    const double slope = (double)inki_onnx_float(node, "alpha", 0.01f);
    if (strcmp(op, "LeakyRelu") == 0 && slope != 0 && fabs(slope - 0.01) > 1e-7)
        return inki_onnx_refuse(walk->onnx, node, "has another slope than 0.01 (or 0)");
    return activate(walk, node,
                    strcmp(op, "Relu") == 0        ? "relu"
                    : strcmp(op, "LeakyRelu") == 0 ? slope == 0 ? "relu" : "leaky_relu"
                    : strcmp(op, "Tanh") == 0      ? "tanh"
                                                   : "sigmoid");
}

/* --------------------------------------------------------------------- scaling */

/* The number of a constant that belongs to channel c of the value; false if it has other sides. */
static bool fits_channels(const struct inki_onnx_image *now, const struct inki_onnx_values *from)
{
    const size_t channels = channels_of(now), behind = now->rank == 3 && !now->last ? 2 : 0;
    if (from->count == 1) return true;
    if (channels == 0 || from->count != channels || from->rank <= behind) return false;
    return from->dims[from->rank - 1 - behind] == channels;
}

static void scale_one(float *shift, float *factor, char op, float value)
{
    if (op == 'M')
        *factor *= value;
    else if (op == 'D')
        *factor /= value;
    else
        *shift += (op == 'S' ? value : -value) / *factor;
}

/* In front of all layers; values of the rows are counted pixel by pixel. */
static ink_status scale_rows(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, char op,
                             const struct inki_onnx_values *from)
{
    const size_t features = inki_onnx_values_of(&walk->now),
                 channels = walk->now.rank == 3 ? walk->now.sides[0] : features;
    if (from->count != 1 && from->count != features && !(walk->now.rank == 3 && fits_channels(&walk->now, from)))
        return inki_onnx_refuse(walk->onnx, node, "takes a constant without a number for each column of the value");
    if (from->count == features && walk->now.rank == 3 && channels > 1)
        return inki_onnx_refuse(walk->onnx, node, "scales each value of an image with several channels by itself");
    INK_TRY(inki_network_scale(walk->network, features));
    for (size_t i = 0; i < features; i++)
        scale_one(&walk->network->plain.shift[i], &walk->network->plain.factor[i], op,
                  (float)from->values[from->count == 1          ? 0
                                      : from->count == features ? i
                                                                : i % channels]);
    return INK_OK;
}

static ink_status scale_layer(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, char op,
                              const struct inki_onnx_values *from)
{
    float *gain, *bias;
    if (walk->now.raw) return scale_rows(walk, node, op, from);
    if (!fits_channels(&walk->now, from))
        return inki_onnx_refuse(walk->onnx, node, "takes a constant without a number for each channel of the value");
    if (!walk->now.open || walk->now.below_max || !walk->now.w) INK_TRY(add_affine(walk, node, &gain, &bias));
    if (!walk->now.b && (op == 'A' || op == 'S')) INK_TRY(give_bias(walk, channels_of(&walk->now)));
    for (size_t c = 0; c < channels_of(&walk->now); c++) {
        const float value = (float)from->values[from->count == 1 ? 0 : c], times = op == 'M' ? value : 1 / value;
        if (op == 'A' || op == 'S') walk->now.b[c] += op == 'A' ? value : -value;
        if (op == 'A' || op == 'S') continue;
        if (walk->now.b) walk->now.b[c] *= times;
        for (size_t i = 0; i < walk->now.kernel; i++) walk->now.w[c * walk->now.kernel + i] *= times;
    }
    return INK_OK;
}

static ink_status step_arithmetic(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values c;
    const char op = *inki_onnx_op(node);
    const bool first = inki_onnx_is_constant(walk->onnx, inki_onnx_input(node, 0));
    if (first && (op == 'D' || op == 'S'))
        return inki_onnx_refuse(walk->onnx, node, "takes the value off a constant, or divides one by it");
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, first ? 0 : 1), &c));
    ink_status status = scale_layer(walk, node, op, &c);
    inki_onnx_drop(&c);
    return status;
}

static ink_status step_nothing(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    if (strcmp(inki_onnx_op(node), "Cast") != 0) return INK_OK;
    if (inki_onnx_is_whole(inki_onnx_int(node, "to", INKI_ONNX_FLOAT)))
        return inki_onnx_refuse(walk->onnx, node, "cuts decimals off");
    return inki_onnx_cast_floats(walk->onnx, node);
}

static const struct {
    const char *op;
    ink_status (*step)(struct inki_onnx_images *walk, const Inki__Onnx__Node *node);
} steps[] = {
    {"Conv", step_conv},
    {"MaxPool", step_pool},
    {"AveragePool", step_pool},
    {"GlobalAveragePool", step_global},
    {"GlobalMaxPool", step_global},
    {"ReduceMean", step_mean},
    {"Gemm", step_gemm},
    {"MatMul", step_matmul},
    {"BatchNormalization", step_norm},
    {"LayerNormalization", step_layer_norm},
    {"Relu", step_activation},
    {"LeakyRelu", step_activation},
    {"Tanh", step_activation},
    {"Sigmoid", step_activation},
    {"Add", step_arithmetic},
    {"Sub", step_arithmetic},
    {"Mul", step_arithmetic},
    {"Div", step_arithmetic},
    {"Flatten", inki_onnx_image_flatten},
    {"Reshape", inki_onnx_image_reshape},
    {"Squeeze", inki_onnx_image_squeeze},
    {"Unsqueeze", inki_onnx_image_squeeze},
    {"Transpose", inki_onnx_image_transpose},
    {"Pad", inki_onnx_image_pad},
    {"Identity", step_nothing},
    {"Dropout", step_nothing},
    {"Cast", step_nothing},
};

ink_status inki_onnx_image_step(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, bool gelu,
                                const char *from)
{
    (void)from;
    if (gelu) return activate(walk, node, "gelu");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (inki_onnx_same(node->op_type, steps[i].op)) return steps[i].step(walk, node);
    return inki_onnx_refuse(
        walk->onnx, node,
        "is not known in networks with layers over images: Conv, pools, BatchNormalization, Add, Flatten, "
        "Gemm and MatMul with Relu, LeakyRelu, Tanh, Sigmoid or Gelu can be imported");
}

/* ------------------------------------------------------------------- both ends */

ink_status inki_onnx_image_input(struct inki_onnx_images *walk, const Inki__Onnx__Value *input)
{
    const Inki__Onnx__TensorType *tensor = input->type ? input->type->tensor_type : NULL;
    const Inki__Onnx__Shape *shape = tensor ? tensor->shape : NULL;
    size_t features = 1;
    walk->now = (struct inki_onnx_image){.raw = true};
    bool known = shape && shape->n_dim >= 2 && shape->n_dim <= 4;
    for (size_t d = 1; known && d < shape->n_dim; d++) {
        const int64_t side = shape->dim[d]->has_dim_value ? shape->dim[d]->dim_value : 0;
        known = side >= 1 && side <= 1 << 24 && inki_mul_fits(features, (size_t)side, &features) && features <= 1 << 22;
        if (known) walk->now.sides[walk->now.rank++] = (size_t)side;
    }
    walk->now.flat_rows = walk->now.rank == 1;
    if (known) return INK_OK;
    return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED,
                     "%s: its input '%.60s' has no known shape; expected [batch, channels, height, width] or "
                     "[batch, values] with numbers",
                     walk->onnx->path, input->name ? input->name : "");
}

/* The last dense layer is the one that gives the classes; where there is none, one of ones is put there. */
ink_status inki_onnx_image_end(struct inki_onnx_images *walk)
{
    struct inki_network *network = walk->network;
    float *w, *b;
    if (walk->now.rank == 3 && walk->now.in.height * walk->now.in.width == 1 && !walk->now.raw)
        inki_onnx_flatten(&walk->now);
    if (walk->now.rank != 1 || walk->now.raw || walk->now.sides[0] < 2 || walk->now.sides[0] > 4096)
        return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED, "%s: does not end in a list of 2 to 4096 classes",
                         walk->onnx->path);
    network->outputs = walk->now.sides[0];
    if (walk->layer_outputs == network->outputs) {
        network->notation.length = walk->layer_at;
        network->notation.text[walk->layer_at] = 0;
        return INK_OK;
    }
    if (walk->now.in.height * walk->now.in.width > 1)
        return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED, "%s: ends in an image that was flattened", walk->onnx->path);
    INK_TRY(make_values(walk, network->outputs * network->outputs, 0, &w));
    INK_TRY(make_values(walk, network->outputs, 0, &b));
    for (size_t o = 0; o < network->outputs; o++) w[o * network->outputs + o] = 1;
    return INK_OK;
}

#endif
