/* metadata: texts that go with a model's weights, and the scales of its targets, which are one of them.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/text.h"
#include "model/model.h"

#include <string.h>

static ink_status put_scales(ink_ctx *ctx, ink_model *model, const struct inki_target_scale *scales)
{
    const size_t count = model->numbers.targets;
    char *text = inki_scales_text(ctx, scales, count);
    model->numbers.scales = text ? inki_alloc(ctx, count, sizeof *scales) : NULL;
    ink_status status = INK_NO_MEMORY;
    if (model->numbers.scales) {
        memcpy(model->numbers.scales, scales, count * sizeof *scales);
        status = inki_model_set_metadata(ctx, model, INKI_TARGET_SCALE_KEY, text);
    }
    inki_free(text);
    return status;
}

ink_status inki_model_set_scales(ink_ctx *ctx, ink_model *model, const struct inki_target_scale *scales)
{
    inki_free(model->numbers.scales);
    model->numbers.scales = NULL;
    json_object_del(model->metadata, INKI_TARGET_SCALE_KEY);
    return scales ? put_scales(ctx, model, scales) : INK_OK;
}

void inki_json_free(char *text)
{
    json_free_t release;
    json_get_alloc_funcs(NULL, &release);
    if (text) release(text);
}

ink_status inki_model_set_metadata(ink_ctx *ctx, ink_model *model, const char *key, const char *text)
{
    struct inki_str known = {.ctx = ctx};
    inki_str_add_utf8(&known, text);
    bool done =
        !known.failed && json_object_set_new(model->metadata, key, json_string(known.text ? known.text : "")) == 0;
    inki_free(known.text);
    return done ? INK_OK : inki_fail(ctx, INK_NO_MEMORY, "out of memory for the model's '%s'", key);
}

ink_status inki_model_read_scales(ink_ctx *ctx, ink_model *model, const char *path, const char *text)
{
    const size_t count = model->numbers.targets;
    if (!text || count == 0) return INK_OK;
    struct inki_target_scale *scales = inki_alloc(ctx, count, sizeof *scales);
    ink_status status = scales ? INK_OK : INK_NO_MEMORY;
    if (scales && !inki_scales_read(text, scales, count))
        status = inki_fail(ctx, INK_BAD_FILE,
                           "%s: metadata '%s' is wrong: expected log, shift, spread above 0, low and high of %zu "
                           "target%s; train it again or get another copy",
                           path, INKI_TARGET_SCALE_KEY, count, count == 1 ? "" : "s");
    if (status == INK_OK) status = inki_model_set_scales(ctx, model, scales);
    inki_free(scales);
    return status;
}

ink_status inki_model_set_threshold(ink_ctx *ctx, ink_model *model, float threshold)
{
    char text[24];
    model->threshold = threshold;
    json_object_del(model->metadata, "threshold");
    inki_format_float(threshold, text);
    return threshold > 0 ? inki_model_set_metadata(ctx, model, "threshold", text) : INK_OK;
}

ink_status inki_model_read_threshold(ink_ctx *ctx, ink_model *model, const char *path, const char *text)
{
    double value;
    if (!text || model->classes != 2) return INK_OK;
    if (inki_parse_real(text, &value) && value > 0 && value < 1)
        return inki_model_set_threshold(ctx, model, (float)value);
    return inki_fail(ctx, INK_BAD_FILE, "%s: metadata 'threshold' is '%.40s'; expected a number between 0 and 1", path,
                     text);
}
