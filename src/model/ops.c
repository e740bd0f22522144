/* ops: the table of operations.
 * SPDX-License-Identifier: MIT */
#include "model/op.h"

const struct inki_op *const inki_ops[] = {&inki_dense_op, &inki_dropout_op, &inki_add_op, &inki_scale_op};
const size_t inki_op_count = sizeof inki_ops / sizeof *inki_ops;
