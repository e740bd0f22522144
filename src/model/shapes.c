/* shapes: sizes and strides of a node.
 * SPDX-License-Identifier: MIT */
#include "model/op.h"

/* A power of two as stride would put the rows of a column into few sets of the cache. */
size_t inki_stride(size_t width)
{
    size_t lines = (width + INKI_LANES - 1) / INKI_LANES;
    return (lines % 2 ? lines : lines + 1) * INKI_LANES;
}

void inki_node_shapes(struct inki_node *layer, struct inki_shape out)
{
    layer->out = out;
    layer->inputs = layer->in.channels * layer->in.height * layer->in.width;
    layer->outputs = out.channels * out.height * out.width;
    layer->in_stride = inki_stride(layer->inputs);
    layer->out_stride = inki_stride(layer->outputs);
}
