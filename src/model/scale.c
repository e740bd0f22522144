/* scale: y = (x - shift) factor, fitted on the training rows and never trained: the model's first layer.
 * SPDX-License-Identifier: MIT */
#include "base/pool.h"
#include "model/layer.h"

static size_t padded(const struct inki_layer *layer)
{
    return (layer->inputs + INKI_LANES - 1) / INKI_LANES * INKI_LANES;
}

static size_t weights(const struct inki_layer *layer) { return 2 * padded(layer); }

static bool tensor(const struct inki_layer *layer, size_t i, struct inki_tensor *out)
{
    *out = (struct inki_tensor){i == 0 ? "shift" : "factor", 1, {layer->inputs}, layer->inputs};
    return i < 2;
}

static size_t at(const struct inki_layer *layer, size_t i, size_t at) { return i * padded(layer) + at; }

static void scale_rows(const struct inki_call *call, float *x, size_t row, size_t row_end)
{
    const struct inki_layer *layer = call->layer;
    for (; row < row_end; row++)
        inki_kern(call->ctx)->scale(layer->inputs, x + row * layer->in_stride, call->w, call->w + padded(layer));
}

/* Of one copy the rows are shared out; of several each thread takes its own. */
static void forward_part(void *arg, size_t part, size_t parts)
{
    const struct inki_call *call = arg;
    size_t row, row_end;
    inki_share(call->rows, part, parts, &row, &row_end);
    if (call->copies == 1)
        scale_rows(call, call->y, row, row_end);
    else
        for (size_t i = part; i < call->copies; i += parts) scale_rows(call, call->y + i * call->copy, 0, call->rows);
}

static void forward(const struct inki_call *call)
{
    inki_parallel(call->ctx, call->copies * call->rows * call->layer->inputs, forward_part, (void *)call);
}

static void backward(const struct inki_call *call)
{
    const struct inki_layer *layer = call->layer;
    for (size_t row = 0; row < call->rows; row++)
        inki_kern(call->ctx)->multiply(layer->inputs, call->dy + row * layer->in_stride, call->w + padded(layer));
}

const struct inki_layer_ops inki_scale_layer = {
    .word = "scale",
    .form = "y = (x - shift) factor; comes from the setting scale, not from the notation",
    .in_place = true,
    .frozen = true,
    .weights = weights,
    .tensor = tensor,
    .at = at,
    .forward = forward,
    .backward = backward,
};
