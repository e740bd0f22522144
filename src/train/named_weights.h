/* named_weights: arrays into a network's tensors by their names, or by shape and order: networks of more than dense layers.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NAMED_WEIGHTS_H
#define INKI_NAMED_WEIGHTS_H

#include "model/model.h"
#include "read/array.h"

/* Whether the network has layers whose tensors names alone can tell apart. */
bool inki_weights_have_names(const ink_model *model);

/* Fills every tensor but the scaling's from arrays[count] of `path`, which have the shapes of the model's file. Where no array is called
 * as a tensor is, each tensor takes the first array left, in the order of their names (numbers by value), that ends in the tensor's suffix
 * and has its shape, as the states of other programs do, and a note says so. Errors: BAD_DATA, with the tensor; NO_MEMORY. */
ink_status inki_weights_by_name(ink_ctx *ctx, ink_model *model, const char *path, const struct inki_array *arrays,
                                size_t count);

#endif
