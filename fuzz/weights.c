/* weights: starting weights from pickles and tensors as a fuzz target.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "read/npy.h"
#include "read/pickle.h"
#include "train/tensors.h"
#include "train/weights.h"

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    struct inki_array *arrays;
    size_t count;
    ink_model *model;
    const struct inki_model_plan plan = {.notation = "dense 3 relu", .in = {1, 1, 4}, .classes = 2};
    struct inki_bytes content = fuzz_content(ctx, bytes, size);
    fuzz_assert(inki_model_begin(ctx, &plan, &model) == INK_OK, "no model");
    bool tensors = inki_tensors_is(&content);
    if (tensors && inki_tensors_read(ctx, "input", &content, &arrays, &count) == INK_OK)
        (void)inki_weights_put(ctx, model, "input", arrays, count, 0);
    if (!tensors && inki_pickle_arrays(ctx, "input", &content, &arrays, &count) == INK_OK)
        (void)inki_weights_put(ctx, model, "input", arrays, count, 0);
    inki_arrays_free(ctx, arrays, count);
    ink_model_free(model);
    inki_bytes_free(ctx, &content);
}
