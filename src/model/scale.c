/* scale: y = (x - shift) factor, fitted on the training rows and never trained: the model's first layer. Its work is done
 * in model/input.c.
 * SPDX-License-Identifier: MIT */
#include "model/op.h"

static size_t padded(const struct inki_node *layer)
{
    return (layer->inputs + INKI_LANES - 1) / INKI_LANES * INKI_LANES;
}

static size_t weights(const struct inki_node *layer) { return 2 * padded(layer); }

static bool tensor(const struct inki_node *layer, size_t i, struct inki_tensor *out)
{
    *out = (struct inki_tensor){i == 0 ? "shift" : "factor", 1, {layer->inputs}, layer->inputs};
    return i < 2;
}

static size_t at(const struct inki_node *layer, size_t i, size_t at) { return i * padded(layer) + at; }

const struct inki_op inki_scale_op = {
    .word = "scale",
    .form = "y = (x - shift) factor; comes from the setting scale, not from the notation",
    .locality = INKI_BY_ELEMENT,
    .in_place = true,
    .frozen = true,
    .weights = weights,
    .tensor = tensor,
    .at = at,
};
