/* again: a model's own settings, split and training, so that what its file says can be proved.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/settings.h"
#include "inkling-extra.h"
#include "train/defaults.h"
#include "train/provenance.h"
#include "train/train.h"
#include "train/trainer.h"

#include <string.h>

static json_t *metadata_of(const ink_model *model, const char *key)
{
    const char *text = ink_model_metadata(model, key);
    return text ? json_loads(text, 0, NULL) : NULL;
}

/* A setting that has its default was not given, unless the file says so. */
static ink_status set_values(ink_ctx *ctx, ink_settings *set, json_t *values)
{
    const char *name;
    json_t *value;
    json_object_foreach(values, name, value)
    {
        const char *text = json_string_value(value), *initial = ink_settings_get(set, name);
        if (!text || !initial)
            return inki_fail(
                ctx, INK_BAD_SETTING,
                "the model's setting '%.60s' is unknown to Inkling %s; use the version that wrote the file", name,
                ink_version());
        if (strcmp(text, initial) != 0) INK_TRY(ink_settings_set(ctx, set, name, text));
    }
    return INK_OK;
}

static ink_status set_given(ink_ctx *ctx, ink_settings *set, json_t *names)
{
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name)
    {
        const char *text = json_string_value(name), *value = text ? ink_settings_get(set, text) : NULL;
        char copy[1024];
        if (!value || strlen(value) >= sizeof copy) continue;
        strcpy(copy, value);
        INK_TRY(ink_settings_set(ctx, set, text, copy));
    }
    return INK_OK;
}

ink_status ink_model_settings(ink_ctx *ctx, const ink_model *model, ink_settings **out)
{
    json_t *values = metadata_of(model, "settings"), *given = metadata_of(model, INKI_GIVEN_KEY);
    ink_settings *set = NULL;
    *out = NULL;
    ink_status status = ink_settings_new(ctx, &set);
    if (status == INK_OK && !json_is_object(values))
        status = inki_fail(ctx, INK_BAD_DATA,
                           "the model does not keep the settings of a training: it was imported, or "
                           "made by another program");
    if (status == INK_OK) status = set_values(ctx, set, values);
    if (status == INK_OK) status = set_given(ctx, set, given);
    json_decref(values);
    json_decref(given);
    if (status == INK_OK)
        *out = set;
    else
        ink_settings_free(set);
    return status;
}

ink_status ink_train_split(ink_ctx *ctx, const ink_data *data, const ink_settings *set, ink_data **train,
                           ink_data **valid, ink_data **test)
{
    struct inki_parts parts = {0};
    ink_status status = inki_parts_split(ctx, data, set, &parts);
    *train = parts.train;
    *valid = parts.valid;
    *test = parts.test;
    return status;
}

/* The step after which it ended, by its history; 0: it has none. */
static size_t last_step(const ink_model *model)
{
    json_t *history = metadata_of(model, "history"), *steps = json_object_get(history, "step");
    json_int_t last = json_integer_value(json_array_get(steps, json_array_size(steps) - 1));
    json_decref(history);
    return last > 0 ? (size_t)last : 0;
}

ink_status ink_train_again(ink_ctx *ctx, const ink_data *data, const ink_settings *set, const ink_model *as,
                           const ink_hooks *hooks, ink_model **model, ink_run **run)
{
    ink_hooks known;
    struct inki_parts parts = {.stop_step = last_step(as)};
    *model = NULL;
    *run = NULL;
    INK_TRY(inki_hooks_take(ctx, hooks, &known));
    INK_TRY(inki_parts_split(ctx, data, set, &parts));
    ink_status status = inki_train_parts(ctx, &parts, data, set, &known, model, run);
    inki_parts_free(&parts);
    return status;
}
