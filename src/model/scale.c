/* scale: y = (x - shift) factor, fitted on the training rows and never trained: the model's first node. Its work is done
 * in model/input.c.
 * SPDX-License-Identifier: MIT */
#include "model/op.h"

static size_t padded(const struct inki_node *node) { return (node->inputs + INKI_LANES - 1) / INKI_LANES * INKI_LANES; }

static size_t weights(const struct inki_node *node) { return 2 * padded(node); }

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    *out = (struct inki_param){.suffix = i == 0 ? "shift" : "factor",
                               .role = INKI_FROZEN,
                               .rank = 1,
                               .dims = {node->inputs},
                               .count = node->inputs};
    return i < 2;
}

static size_t at(const struct inki_node *node, size_t i, size_t at) { return i * padded(node) + at; }

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->scaling(to->user, node);
}

const struct inki_op inki_scale_op = {
    .word = "scale",
    .form = "y = (x - shift) factor; comes from the setting scale, not from the notation",
    .locality = INKI_BY_ELEMENT,
    .in_place = true,
    .weights = weights,
    .param = param,
    .at = at,
    .emit = emit,
};
