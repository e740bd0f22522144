/* gzip: undoing gzip as a fuzz target.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    struct inki_bytes content = fuzz_content(ctx, bytes, size);
    ink_status status = inki_bytes_unpack(ctx, "input", &content);
    fuzz_assert(status == INK_OK || *ink_ctx_message(ctx), "a failure without a word");
    inki_bytes_free(ctx, &content);
}
