/* spec: the notation for networks, "dense 100 relu | dropout 0.2 | dense 64 tanh".
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SPEC_H
#define INKI_SPEC_H

#include "model/op.h"

enum { INKI_MOST_LAYERS = 256, INKI_MOST_NOTATION = 16384 };

/* Reads the notation into layers[0..*count-1] (room for INKI_MOST_LAYERS) behind an input of shape `in`; empty text is no
 * layer. Errors: BAD_SETTING with the column and what would do. */
ink_status inki_spec_parse(ink_ctx *ctx, const char *notation, struct inki_shape in, struct inki_node *layers,
                           size_t *count);

/* The canonical notation of layers into text; false if it does not fit. */
bool inki_spec_print(const struct inki_node *layers, size_t count, char *text, size_t room);

#endif
