/* config: settings files, read through inih and written for people to edit.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CONFIG_H
#define INKI_CONFIG_H

#include "base/file.h"
#include "base/settings.h"
#include "base/text.h"

/* What ink_settings_load and ink_settings_save do but for the file; `path` is for messages. */
ink_status inki_settings_parse(ink_ctx *ctx, ink_settings *set, const char *path, const struct inki_bytes *bytes);
ink_status inki_settings_print(const ink_settings *set, struct inki_str *out);

#endif
