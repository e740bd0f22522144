/* reader: a row of the table of readers as a fuzz target: bytes as samples and as labels.
 * SPDX-License-Identifier: MIT
 *
 * Compiled once a reader, with FUZZ_READER its object (inki_csv_reader). What is read must be what data promises: rows and
 * labels within their bounds, values that are finite. */
#include "fuzz.h"

#include "base/mem.h"
#include "data/load.h"

#include <math.h>
#include <string.h>

static void check_row(const ink_data *data, size_t i, float *x)
{
    int32_t label = ink_data_row(data, i, x);
    for (size_t j = 0; j < data->features; j++) fuzz_assert(isfinite(x[j]), "a value that is not finite");
    fuzz_assert(data->labels ? label >= 0 && (size_t)label < data->classes : label == -1, "a label out of range");
}

static void check_data(const ink_data *data)
{
    ink_data_info info;
    float *x = inki_alloc(data->ctx, data->features, sizeof *x);
    fuzz_assert(x != NULL, "no memory for a row");
    fuzz_assert(data->rows > 0 && data->features > 0, "no rows");
    fuzz_assert(data->height * data->width * data->channels == data->features, "a shape that is not its features");
    for (size_t i = 0; i < data->rows; i++) check_row(data, i, x);
    for (size_t c = 0; c < data->classes; c++) fuzz_assert(strlen(ink_data_class(data, c)) < 1 << 24, "a class's name");
    ink_data_describe(data, &info);
    inki_free(data->ctx, x);
    if (data->test) check_data(data->test);
}

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
    if (data) check_data(data);
    ink_data_free(data);
    inki_bytes_free(ctx, &source.content);
}

static void try_labels(ink_ctx *ctx, const ink_settings *set, const uint8_t *bytes, size_t size)
{
    struct inki_source source = source_of(ctx, set, bytes, size);
    struct inki_labels labels = {0};
    if (FUZZ_READER.labels && FUZZ_READER.labels(&source, &labels) == INK_OK) {
        for (size_t i = 0; i < labels.count; i++)
            fuzz_assert(!labels.names || (labels.values[i] >= 0 && (size_t)labels.values[i] < labels.classes),
                        "a label");
        inki_free(ctx, labels.values);
        inki_free(ctx, labels.names);
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
