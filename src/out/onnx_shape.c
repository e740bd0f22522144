/* onnx_shape: the sizes that a value of an ONNX graph has, as far as its input says.
 * SPDX-License-Identifier: MIT */
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <math.h>
#include <string.h>

/* Whether what the node makes has the shape of what it takes. */
static bool keeps_shape(const Inki__Onnx__Node *node)
{
    static const char *const ops[] = {
        "Identity", "Cast",       "Dropout",           "Relu", "LeakyRelu", "Tanh", "Sigmoid",
        "Gelu",     "Clip",       "Softmax",           "Sub",  "Add",       "Mul",  "Div",
        "Neg",      "LogSoftmax", "BatchNormalization"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (inki_onnx_same(node->op_type, ops[i])) return true;
    return false;
}

/* The sizes that the graph's input is said to have. */
static ink_status shape_of_input(const struct inki_onnx *onnx, const Inki__Onnx__Value *input,
                                 struct inki_onnx_values *out)
{
    const Inki__Onnx__TensorType *type = input->type ? input->type->tensor_type : NULL;
    size_t count = type && type->shape ? type->shape->n_dim : 0;
    out->values = inki_alloc(onnx->ctx, count, sizeof *out->values);
    out->rank = 1;
    out->dims[0] = out->count = count;
    for (size_t d = 0; out->values && d < count; d++) {
        const Inki__Onnx__Dimension *side = type->shape->dim[d];
        out->values[d] = side->has_dim_value && side->dim_value > 0 ? (double)side->dim_value : (double)INFINITY;
        if (d == 0 && !isfinite(out->values[d])) out->values[d] = (double)NAN;
    }
    return out->values ? INK_OK : INK_NO_MEMORY;
}

/* Whether the node makes images of images, or turns them with the rows in front: how many rows there are stays. */
static bool keeps_rows(const Inki__Onnx__Node *node)
{
    static const char *const ops[] = {"Conv", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool"};
    const Inki__Onnx__Attribute *turn = inki_onnx_attribute(node, "perm");
    if (inki_onnx_same(node->op_type, "Transpose")) return turn && turn->n_ints == 4 && turn->ints[0] == 0;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (inki_onnx_same(node->op_type, ops[i])) return true;
    return false;
}

/* Of images of sizes that nobody has worked out yet: what is made of the number of rows alone comes out. */
static ink_status shape_of_images(const struct inki_onnx *onnx, struct inki_onnx_values *out)
{
    out->values = inki_alloc(onnx->ctx, 4, sizeof *out->values);
    out->rank = 1;
    out->dims[0] = out->count = 4;
    for (size_t d = 0; out->values && d < 4; d++) out->values[d] = d ? (double)INFINITY : (double)NAN;
    return out->values ? INK_OK : INK_NO_MEMORY;
}

ink_status inki_onnx_shape(struct inki_onnx *onnx, const Inki__Onnx__Node *node, const char *name,
                           struct inki_onnx_values *out)
{
    const struct inki_onnx_maker *maker = inki_onnx_maker(onnx, name);
    *out = (struct inki_onnx_values){0};
    while (maker && !maker->input && !maker->is_constant && keeps_shape(onnx->graph->node[maker->node])) {
        const Inki__Onnx__Node *at = onnx->graph->node[maker->node];
        bool second = inki_onnx_is_constant(onnx, inki_onnx_input(at, 0));
        maker = inki_onnx_maker(onnx, inki_onnx_input(at, second ? 1 : 0));
    }
    if (maker && !maker->input && !maker->is_constant && keeps_rows(onnx->graph->node[maker->node]))
        return shape_of_images(onnx, out);
    if (!maker || !maker->input) return inki_onnx_refuse(onnx, node, "asks for a shape that is not known");
    return shape_of_input(onnx, maker->input, out);
}

#endif
