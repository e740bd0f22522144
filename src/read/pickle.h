/* pickle: Python's pickles, protocols 0 to 5, as data and as starting weights. Nothing in them is ever run.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PICKLE_H
#define INKI_PICKLE_H

#include "read/pickle_values.h"

/* Whether a file that begins like this is a pickle. */
bool inki_pickle_is(const uint8_t *bytes, size_t size);

/* Reads the content's pickle into *u, which the caller frees (inki_py_free), also after a failure. Several pickles one after
 * another are a tuple. The content must live as long. Errors: BAD_FILE, UNSUPPORTED, NO_MEMORY, with path and byte. */
ink_status inki_pickle_load(ink_ctx *ctx, const char *path, struct inki_bytes *content, struct inki_unpickler *u,
                            struct inki_py *out);

/* All arrays and nested lists of numbers in the content's pickle, named by their way there: "W1", "coefs_[0]", "[1]", "a.b";
 * numbers alone are arrays of rank 0. Errors: as above, BAD_DATA. Ownership: the caller, inki_arrays_free. */
ink_status inki_pickle_arrays(ink_ctx *ctx, const char *path, struct inki_bytes *content, struct inki_array **out,
                              size_t *count);

/* The content of CIFAR's batches.meta or meta becomes the names of the classes, a line each; another pickle's becomes empty. Errors: as
 * above: the content is as it was. */
ink_status inki_pickle_names(ink_ctx *ctx, const char *path, struct inki_bytes *content);

#endif
