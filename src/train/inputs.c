/* inputs: the names of a model's inputs.
 * SPDX-License-Identifier: MIT */
#include "train/inputs.h"

#include "base/mem.h"

ink_status inki_inputs_keep(ink_ctx *ctx, ink_model *model, const ink_data *data)
{
    if (!data->columns) return INK_OK;
    json_t *list = json_array();
    for (size_t i = 0; i < data->features; i++) json_array_append_new(list, json_string(data->columns[i]));
    char *text = json_array_size(list) == data->features ? json_dumps(list, JSON_COMPACT) : NULL;
    ink_status status = text ? inki_model_set_metadata(ctx, model, "columns", text)
                             : inki_fail(ctx, INK_NO_MEMORY, "out of memory for the columns' names");
    inki_json_free(text);
    json_decref(list);
    return status;
}

/* A model file may say anything: what is no list of as many texts as there are features counts as no names. */
static ink_status check_names(ink_ctx *ctx, const json_t *list, const ink_model *model, const ink_data *data)
{
    if (json_array_size(list) != model->features) return INK_OK;
    const char **names = inki_alloc(ctx, model->features, sizeof *names);
    if (!names) return INK_NO_MEMORY;
    bool texts = true;
    for (size_t i = 0; i < model->features; i++) {
        names[i] = json_string_value(json_array_get(list, i));
        texts = texts && names[i];
    }
    ink_status status =
        texts ? inki_data_check_columns(ctx, data, (char *const *)(uintptr_t)names, "the model") : INK_OK;
    inki_free(ctx, names);
    return status;
}

ink_status inki_inputs_check(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    if (data->features != model->features) {
        return inki_fail(
            ctx, INK_BAD_DATA,
            "%s has %zu features a row, the model was trained on %zu (%zux%zux%zu); use the same kind of data",
            data->source ? data->source : "the data", data->features, model->features, model->in.height,
            model->in.width, model->in.channels);
    }
    const char *text = data->columns ? json_string_value(json_object_get(model->metadata, "columns")) : NULL;
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    ink_status status = list ? check_names(ctx, list, model, data) : INK_OK;
    json_decref(list);
    return status;
}
