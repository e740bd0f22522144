/* pickle_ops: the machine that reads a pickle's opcodes.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PICKLE_OPS_H
#define INKI_PICKLE_OPS_H

#include "read/pickle_values.h"

/* Reads one pickle from u->at on, which is then behind its end, and gives the value that it is. Values of pickles read
 * before stay good. Errors: BAD_FILE (with the byte), UNSUPPORTED (something that is not built, by name), NO_MEMORY. */
ink_status inki_py_load(struct inki_unpickler *u, struct inki_py *out);

/* Whether these bytes begin as a pickle does: by the mark of protocols 2 to 5, or with opcodes of the protocols before. */
bool inki_py_is_pickle(const uint8_t *bytes, size_t size);

#endif
