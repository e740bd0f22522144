/* weights: arrays of a file, by whatever names and shapes, as a network's starting weights.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_WEIGHTS_H
#define INKI_WEIGHTS_H

#include "read/array.h"
#include "model/model.h"

/* Puts the arrays into the model. Names say what is a weight and what a bias, and of which layer: W1 and b1, dense1.weight,
 * coefs_[0] and intercepts_[0], weights_input_to_hidden1 and bias_hidden1, wih and who; arrays without names (of a list)
 * follow one another, and their shapes decide. W is (in, out) or (out, in) by its shape; where square, as the file's others are,
 * else as `layout` says (index in the choices of init-layout). Biases are (n), (n, 1) or (1, n); where there are none they
 * begin at 0, with a note. The scaling of an exported network (scale_shift, scale_factor) is taken over if the model has one.
 * Errors: BAD_DATA with the array's name, its shape and what was expected. */
ink_status inki_weights_put(ink_ctx *ctx, ink_model *model, const char *path, const struct inki_array *arrays,
                            size_t count, int layout);

#endif
