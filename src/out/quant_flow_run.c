/* quant_flow_run: a network with layers over images in integers at work.
 * SPDX-License-Identifier: MIT */
#include "out/quant_flow.h"

#include "base/mem.h"
#include "out/quant_round.h"

static int32_t dot(const int8_t *restrict w, const uint8_t *restrict u, int32_t zero, size_t n)
{
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (int32_t)w[i] * ((int32_t)u[i] - zero);
    return sum;
}

/* The kernel w with its first place at (row, column) of the image with its border; u begins at the group's first channel. */
static int32_t sum_at(const struct inki_step *step, const uint8_t *u, const int8_t *w, int32_t zero, size_t row,
                      size_t column)
{
    const struct inki_frame *frame = &step->frame;
    const size_t channels = step->in.channels, depth = channels / frame->groups;
    size_t r, row_end, c, column_end;
    int32_t sum = 0;
    inki_step_window(row, frame->stride, frame->top, frame->rows, step->in.height, &r, &row_end);
    inki_step_window(column, frame->stride, frame->left, frame->columns, step->in.width, &c, &column_end);
    for (; r < row_end; r++) {
        const uint8_t *from =
            u + ((row * frame->stride + r - frame->top) * step->in.width + column * frame->stride + c - frame->left) *
                    channels;
        const int8_t *v = w + (r * frame->columns + c) * depth;
        if (depth == channels)
            sum += dot(v, from, zero, (column_end - c) * depth);
        else
            for (size_t k = c; k < column_end; k++, from += channels, v += depth) sum += dot(v, from, zero, depth);
    }
    return sum;
}

static int32_t largest_at(const struct inki_step *step, const uint8_t *u, const int8_t *w, int32_t zero, size_t row,
                          size_t column)
{
    int32_t best = INT32_MIN;
    for (size_t i = 0; i < step->pool_rows; i++)
        for (size_t j = 0; j < step->pool_columns; j++) {
            int32_t sum = sum_at(step, u, w, zero, row * step->pool_stride + i, column * step->pool_stride + j);
            if (sum > best) best = sum;
        }
    return best;
}

void inki_quant_conv_sums(const struct inki_quant_flow *quant, size_t i, const uint8_t *u, int32_t *acc)
{
    const struct inki_step *step = &quant->flow.steps[i];
    const struct inki_quant_layer *layer = &quant->layers[i];
    const int32_t zero = inki_quant_zero(quant, step, 0);
    const size_t depth = step->in.channels / step->frame.groups, share = step->out.channels / step->frame.groups;
    for (size_t row = 0; row < step->out.height; row++)
        for (size_t column = 0; column < step->out.width; column++)
            for (size_t o = 0; o < step->out.channels; o++)
                *acc++ = layer->b[o] +
                         largest_at(step, u + o / share * depth, layer->w + o * layer->inputs, zero, row, column);
}

static void run_conv(const struct inki_quant_flow *quant, size_t i, const uint8_t *u, uint8_t *y, float *z)
{
    const struct inki_step *step = &quant->flow.steps[i];
    const struct inki_quant_layer *layer = &quant->layers[i];
    const int32_t zero = inki_quant_zero(quant, step, 0);
    const size_t depth = step->in.channels / step->frame.groups, share = step->out.channels / step->frame.groups;
    for (size_t row = 0; row < step->out.height; row++)
        for (size_t column = 0; column < step->out.width; column++)
            for (size_t o = 0; o < step->out.channels; o++) {
                const int32_t acc = layer->b[o] + largest_at(step, u + o / share * depth, layer->w + o * layer->inputs,
                                                             zero, row, column);
                if (z)
                    z[o] = layer->scale[o] * (float)acc;
                else
                    *y++ = inki_quant_byte(layer, (int64_t)acc * layer->gain[o] + layer->offset);
            }
}

/* y may be u. */
static void run_pool(const struct inki_step *step, const struct inki_quant_layer *layer, const uint8_t *u, uint8_t *y)
{
    const struct inki_frame *frame = &step->frame;
    for (size_t row = 0; row < step->out.height; row++)
        for (size_t column = 0; column < step->out.width; column++)
            for (size_t c = 0; c < step->in.channels; c++) {
                int32_t sum = 0, best = 0;
                for (size_t i = 0; i < frame->rows; i++)
                    for (size_t j = 0; j < frame->columns; j++) {
                        const int32_t v = u[((row * frame->stride + i) * step->in.width + column * frame->stride + j) *
                                                step->in.channels +
                                            c];
                        sum += v;
                        if (v > best) best = v;
                    }
                *y++ =
                    layer->gain ? inki_quant_byte(layer, (int64_t)sum * layer->gain[0] + layer->offset) : (uint8_t)best;
            }
}

/* 1 / sqrt(v), as in the C that is written. */
static float rate_of(float v)
{
    union {
        uint32_t bits;
        float value;
    } guess = {.value = v};
    guess.bits = 0x5f375a86u - (guess.bits >> 1);
    for (int i = 0; i < 4; i++) guess.value *= 1.5f - 0.5f * v * guess.value * guess.value;
    return guess.value;
}

static void run_norm(const struct inki_step *step, const struct inki_quant_layer *layer, const uint8_t *u, uint8_t *y)
{
    const size_t channels = step->in.channels;
    const float most = layer->table ? 65535.0f : 255.0f;
    for (size_t pixel = 0; pixel < step->in.height * step->in.width; pixel++, u += channels, y += channels) {
        float mean = 0, squares = 0;
        for (size_t c = 0; c < channels; c++) mean += (float)u[c];
        mean /= (float)channels;
        for (size_t c = 0; c < channels; c++) squares += ((float)u[c] - mean) * ((float)u[c] - mean);
        const float rate = rate_of(squares / (float)channels + layer->epsilon);
        for (size_t c = 0; c < channels; c++) {
            const float t = ((float)u[c] - mean) * rate * layer->scale[c] + layer->scale[channels + c];
            y[c] = inki_quant_byte(layer, (int64_t)(t > 0 ? t < most ? t : most : 0));
        }
    }
}

/* Also for NaN, which becomes 0. */
static void run_scale(const struct inki_step *step, const struct inki_quant_layer *layer, const float *x, uint8_t *y)
{
    for (size_t i = 0; i < step->size; i++) {
        float t = (x[i] - step->w[i * step->spread]) * layer->scale[i * step->spread];
        t += (float)layer->zero + 0.5f;
        y[i] = (uint8_t)(t > 0 ? t < 255 ? t : 255 : 0);
    }
}

void inki_quant_step_run(const struct inki_quant_flow *quant, size_t i, const float *x, const uint8_t *u,
                         const uint8_t *v, uint8_t *y, float *z)
{
    const struct inki_step *step = &quant->flow.steps[i];
    const struct inki_quant_layer *layer = &quant->layers[i];
    switch (step->kind) {
    case INKI_STEP_SCALE:
        run_scale(step, layer, x, y);
        break;
    case INKI_STEP_CONV:
        run_conv(quant, i, u, y, z);
        break;
    case INKI_STEP_LARGEST:
    case INKI_STEP_MEAN:
        run_pool(step, layer, u, y);
        break;
    case INKI_STEP_NORM:
        run_norm(step, layer, u, y);
        break;
    case INKI_STEP_SUM:
        for (size_t k = 0; k < step->size; k++)
            y[k] =
                inki_quant_byte(layer, (int64_t)u[k] * layer->gain[0] + (int64_t)v[k] * layer->gain[1] + layer->offset);
        break;
    }
}

void inki_quant_flow_row(const struct inki_quant_flow *quant, const float *x, uint8_t *u, float *z)
{
    const struct inki_flow *flow = &quant->flow;
    uint8_t *raw = u + flow->workspace;
    for (size_t i = 0; i < flow->features && flow->steps[0].kind != INKI_STEP_SCALE; i++) raw[i] = (uint8_t)x[i];
    for (size_t i = 0; i < flow->count; i++) {
        const struct inki_step *step = &flow->steps[i];
        const uint8_t *from = step->from[0] ? u + flow->steps[step->from[0] - 1].place : raw,
                      *other = step->kind == INKI_STEP_SUM ? u + flow->steps[step->from[1] - 1].place : NULL;
        inki_quant_step_run(quant, i, x, from, other, u + step->place, i + 1 == flow->count ? z : NULL);
    }
}

void inki_quant_flow_end(struct inki_quant_flow *quant)
{
    ink_ctx *ctx = quant->ctx;
    if (!ctx) return;
    for (size_t i = 0; quant->layers && i < quant->flow.count; i++) inki_quant_layer_end(&quant->layers[i]);
    inki_free(quant->layers);
    inki_flow_end(&quant->flow);
    *quant = (struct inki_quant_flow){0};
}
