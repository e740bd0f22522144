/* json_form: networks as JSON text, e.g. for a browser: layers, weights and metadata in one object.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_JSON_FORM_H
#define INKI_JSON_FORM_H

#include "base/file.h"
#include "out/network.h"

/* Writes a model. Errors: UNSUPPORTED (a layer that is not dense), IO, NO_MEMORY. */
ink_status inki_export_json(ink_ctx *ctx, const ink_model *model, const char *path);

/* From a file's content to a network. Errors: BAD_FILE (no JSON, a key that is missing or wrong), UNSUPPORTED (a newer form, a layer of
 * another kind), NO_MEMORY. */
ink_status inki_json_network(ink_ctx *ctx, const char *path, const struct inki_bytes *content,
                             struct inki_network *network);

#endif
