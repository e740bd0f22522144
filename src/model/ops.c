/* layers: the table of layer kinds, and what all of them share.
 * SPDX-License-Identifier: MIT */
#include "model/op.h"

const struct inki_op *const inki_ops[] = {&inki_dense_op, &inki_dropout_op, &inki_scale_op};
const size_t inki_op_count = sizeof inki_ops / sizeof *inki_ops;

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
