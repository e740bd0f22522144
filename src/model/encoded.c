/* encoded: a model whose first node encodes the columns of a table.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "model/model.h"

/* Raw columns in, the encoding's inputs out. */
ink_status inki_encode_begin(ink_ctx *ctx, const struct inki_encoding *encoding, ink_model *model)
{
    if (encoding->column_count != model->features || encoding->inputs == 0)
        return inki_fail(ctx, INK_BAD_DATA, "an encoding of %zu columns with %zu inputs for %zu features",
                         encoding->column_count, encoding->inputs, model->features);
    model->encoding = inki_zalloc(ctx, 1, sizeof *model->encoding);
    if (!model->encoding) return INK_NO_MEMORY;
    INK_TRY(inki_encoding_copy(ctx, encoding, model->encoding));
    model->nodes[0] = (struct inki_node){.op = &inki_encode_op,
                                         .in = {1, 1, model->features, 0},
                                         .back = {1},
                                         .sources = 1,
                                         .encoding = model->encoding};
    inki_node_shapes(&model->nodes[0], (struct inki_shape){1, 1, model->encoding->inputs, 0});
    return INK_OK;
}

/* The constants, tensor after tensor. */
void inki_encode_fill(ink_model *model, const float *constants)
{
    const struct inki_node *node = &model->nodes[0];
    struct inki_param param;
    for (size_t t = 0; constants && inki_param(node, t, &param); t++)
        for (size_t i = 0; i < param.count; i++) model->w[node->offset + node->op->at(node, t, i)] = *constants++;
}

ink_status inki_encode_describe(ink_ctx *ctx, ink_model *model)
{
    char *text = NULL;
    if (!model->encoding) return INK_OK;
    INK_TRY(inki_encoding_write(ctx, model->encoding, &text));
    ink_status status = inki_model_set_metadata(ctx, model, "encoding", text);
    inki_json_free(text);
    return status;
}

/* In each column the knots ascend, so that a number's bin can be found. */
ink_status inki_encode_check(ink_ctx *ctx, const char *name, const ink_model *model)
{
    const struct inki_encoding *encoding = model->encoding;
    for (size_t j = 0; encoding && j < encoding->column_count; j++) {
        const struct inki_column *column = &encoding->columns[j];
        struct inki_column_constants of = inki_encoding_of(encoding, model->w + model->nodes[0].offset, column);
        for (size_t i = 1; i < column->knots; i++)
            if (!(of.knots[i - 1] < of.knots[i]))
                return inki_fail(ctx, INK_BAD_FILE,
                                 "%s: encode.knots: %g is followed by %g in column %zu (from 0); expected a larger one",
                                 name, (double)of.knots[i - 1], (double)of.knots[i], j);
    }
    return INK_OK;
}
