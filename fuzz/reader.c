/* reader: a row of the table of readers as a fuzz target: bytes as samples and as labels.
 * SPDX-License-Identifier: MIT
 *
 * Compiled once a reader, with FUZZ_READER its object (inki_csv_reader). */
#include "fuzz.h"

#include "base/mem.h"
#include "read/load.h"

static struct inki_source source_of(ink_ctx *ctx, const ink_settings *set, const uint8_t *bytes, size_t size)
{
    return (struct inki_source){.ctx = ctx, .path = "input", .set = set, .content = fuzz_content(ctx, bytes, size)};
}

static void try_samples(ink_ctx *ctx, const ink_settings *set, const uint8_t *bytes, size_t size)
{
    struct inki_source source = source_of(ctx, set, bytes, size);
    ink_data *data = NULL;
    ink_status status = FUZZ_READER.read(&source, &data);
    fuzz_assert((status == INK_OK) == (data != NULL), "data without success, or success without data");
    fuzz_assert(status == INK_OK || *ink_ctx_message(ctx), "a failure without a word");
    if (data) fuzz_check_data(data);
    ink_data_free(data);
    inki_bytes_free(ctx, &source.content);
}

static void try_labels(ink_ctx *ctx, const ink_settings *set, const uint8_t *bytes, size_t size)
{
    struct inki_source source = source_of(ctx, set, bytes, size);
    struct inki_labels labels = {0};
    if (FUZZ_READER.labels && FUZZ_READER.labels(&source, &labels) == INK_OK) {
        size_t gaps = 0;
        for (size_t i = 0; labels.names && !labels.reals && i < labels.count; i++) {
            const int32_t label = labels.values[i];
            gaps += label == INKI_NO_LABEL;
            fuzz_assert(label == INKI_NO_LABEL || (label >= 0 && (size_t)label < labels.classes), "a label");
        }
        fuzz_assert(labels.reals || !labels.names || gaps == labels.gaps, "gaps of labels");
        inki_labels_free(&labels);
    }
    inki_bytes_free(ctx, &source.content);
}

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    struct inki_bytes content = fuzz_content(ctx, bytes, size);
    bool is = FUZZ_READER.is(content.data, size);
    inki_bytes_free(ctx, &content);
    if (!is) return; /* a reader gets what it knows only */
    try_samples(ctx, fuzz_settings(), bytes, size);
    try_labels(ctx, fuzz_settings(), bytes, size);
}
