/* tensors: the tensors of a .safetensors file by name, whoever wrote it: for starting weights.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TENSORS_H
#define INKI_TENSORS_H

#include "read/array.h"

/* Whether the content begins as a .safetensors file that is no model of Inkling: its header has no notation. */
bool inki_tensors_is(const struct inki_bytes *content);

/* All tensors of numbers in the order of the header; their values lie in the content, which must live as long. Errors:
 * BAD_FILE with the tensor's name, UNSUPPORTED (bfloat16 and other types that NumPy has not), NO_MEMORY. Ownership: the
 * caller, inki_arrays_free. */
ink_status inki_tensors_read(ink_ctx *ctx, const char *path, const struct inki_bytes *content, struct inki_array **out,
                             size_t *count);

#endif
