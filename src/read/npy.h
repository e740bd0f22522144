/* npy: NumPy's .npy arrays and .npz archives (format 1.0 to 3.0 of NumPy's NEP 1), for data and for starting weights.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NPY_H
#define INKI_NPY_H

#include "base/file.h"
#include "read/array.h"

/* Parses one .npy held in memory and takes the block over (the content is then empty); `where` names it in messages.
 * Types: bool, int and uint of 1 to 8 bytes, float of 2, 4, 8 bytes, texts, both byte orders, Fortran order. Errors: BAD_FILE
 * (with the byte), UNSUPPORTED (object and record arrays, more than 4 dimensions). */
ink_status inki_npy_parse(ink_ctx *ctx, struct inki_bytes *content, const char *where, struct inki_array *out);

/* All arrays of an .npz but those of a type that cannot be read, which are named in a note. Errors as above, NOT_FOUND, IO,
 * NO_MEMORY, UNSUPPORTED when built without libzip. Ownership: the caller, inki_arrays_free. */
ink_status inki_npz_read(ink_ctx *ctx, const char *path, struct inki_array **out, size_t *count);
void inki_arrays_free(ink_ctx *ctx, struct inki_array *arrays, size_t count);

/* A zip archive without arrays in it: its only file becomes the content. Errors: BAD_FILE (several files, or those of Excel, PyTorch
 * and the like, by name; damage), NO_MEMORY. */
ink_status inki_zip_open(ink_ctx *ctx, const char *path, struct inki_bytes *content);

#endif
