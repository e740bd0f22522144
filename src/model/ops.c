/* ops: the table of operations.
 * SPDX-License-Identifier: MIT */
#include "inkling-extra.h"
#include "model/op.h"

const struct inki_op *const inki_ops[] = {
    &inki_dense_op,   &inki_members_op,    &inki_conv_op,      &inki_depthwise_op, &inki_maxpool_op,
    &inki_avgpool_op, &inki_globalpool_op, &inki_globalmax_op, &inki_batchnorm_op, &inki_layernorm_op,
    &inki_dropout_op, &inki_add_op,        &inki_scale_op,     &inki_encode_op};
const size_t inki_op_count = sizeof inki_ops / sizeof *inki_ops;

bool ink_operation_row(size_t i, const char **word, const char **form)
{
    for (size_t k = 0; k < inki_op_count; k++) {
        if (!inki_ops[k]->parse || i-- > 0) continue;
        *word = inki_ops[k]->word;
        *form = inki_ops[k]->form;
        return true;
    }
    return false;
}
