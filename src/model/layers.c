/* layers: the table of layer kinds, and what all of them share.
 * SPDX-License-Identifier: MIT */
#include "model/layer.h"

const struct inki_layer_ops *const inki_layer_kinds[] = {&inki_dense, &inki_dropout_layer, &inki_scale_layer};
const size_t inki_layer_kind_count = sizeof inki_layer_kinds / sizeof *inki_layer_kinds;

/* A power of two as stride would put the rows of a column into few sets of the cache. */
size_t inki_stride(size_t width)
{
    size_t lines = (width + INKI_LANES - 1) / INKI_LANES;
    return (lines % 2 ? lines : lines + 1) * INKI_LANES;
}

void inki_layer_shapes(struct inki_layer *layer, struct inki_shape out)
{
    layer->out = out;
    layer->inputs = layer->in.channels * layer->in.height * layer->in.width;
    layer->outputs = out.channels * out.height * out.width;
    layer->in_stride = inki_stride(layer->inputs);
    layer->out_stride = inki_stride(layer->outputs);
}
