/* named: tables of named sets.
 * SPDX-License-Identifier: MIT */
#include "read/named.h"

#include "base/mem.h"
#include "base/settings.h"

#include <string.h>

ink_status inki_named_settings(ink_ctx *ctx, const struct inki_found_set *named, const ink_settings *set,
                               const struct inki_expected *expected, ink_settings **out)
{
    const bool open = strcmp(inki_get_text(set, INKI_LABEL_COLUMN), "auto") == 0;
    if (*inki_get_text(set, INKI_LABELS))
        return inki_fail(ctx, INK_BAD_SETTING, "labels: %s already contains labels; leave the setting out",
                         named->about->name);
    INK_TRY(ink_settings_copy(ctx, set, out));
    ink_status status = INK_OK;
    if (open && !expected) status = ink_settings_set(ctx, *out, "label-column", named->about->target);
    if (status == INK_OK && named->header) status = ink_settings_set(ctx, *out, "header", "yes");
    if (status != INK_OK) ink_settings_free(*out);
    return status;
}

ink_status inki_named_add_header(const char *header, struct inki_source *source)
{
    struct inki_bytes *content = &source->content;
    const size_t length = strlen(header);
    const bool remark = content->size && *content->data == '|';
    const uint8_t *end = remark ? memchr(content->data, '\n', content->size) : NULL;
    const size_t passed = end ? (size_t)(end - content->data) + 1 : 0, rest = content->size - passed;
    uint8_t *data = inki_alloc(source->ctx, 1, length + rest);
    if (!data) return INK_NO_MEMORY;
    memcpy(data, header, length);
    memcpy(data + length, content->data + passed, rest);
    inki_bytes_free(source->ctx, content);
    *content = (struct inki_bytes){.data = data, .size = length + rest};
    source->lines_added = passed == 0; /* else it stands in the remark's place */
    source->again = NULL;
    return INK_OK;
}
