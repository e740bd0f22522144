/* import: a model from another program's file, detected by its content.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_IMPORT_H
#define INKI_IMPORT_H

#include "base/file.h"

/* As ink_model_import, from a file's content, which may be taken over (.npz is read again from `path`). */
ink_status inki_import_bytes(ink_ctx *ctx, const char *path, struct inki_bytes *content, const ink_settings *set,
                             ink_model **out);

#endif
