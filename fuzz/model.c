/* model: model files (.safetensors) as a fuzz target.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/mem.h"
#include "model/model.h"

static void use(ink_ctx *ctx, const ink_model *model)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_layer_info layer = INK_INIT(ink_layer_info);
    ink_model_describe(model, &info);
    for (size_t i = 0; i < info.layers; i++) ink_model_layer(model, i, &layer);
    float *x = inki_zalloc(ctx, info.features, sizeof *x), *p = inki_alloc(ctx, info.outputs, sizeof *p);
    fuzz_assert(x && p, "no memory for an answer");
    fuzz_answer(ctx, model, x, p);
    inki_free(x);
    inki_free(p);
}

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    struct inki_bytes content = fuzz_content(ctx, bytes, size);
    ink_model *model = NULL;
    ink_status status = inki_model_from_bytes(ctx, "input", &content, &model);
    fuzz_assert((status == INK_OK) == (model != NULL), "a model without success, or success without a model");
    if (model) use(ctx, model);
    ink_model_free(model);
    inki_bytes_free(ctx, &content);
}
