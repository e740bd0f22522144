/* provenance: what a model's file says of how it was made.
 * SPDX-License-Identifier: MIT */
#include "train/provenance.h"

#include "base/mem.h"
#include "base/settings.h"
#include "train/inputs.h"
#include "train/keep.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HASH = 20 };

static void hash_text(uint64_t hash, char text[HASH]) { snprintf(text, HASH, "%016" PRIx64, hash); }

/* A JSON object as one text of the metadata; takes the object over. */
static ink_status set_object(ink_ctx *ctx, ink_model *model, const char *key, json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    ink_status status =
        text ? inki_model_set_metadata(ctx, model, key, text) : inki_fail(ctx, INK_NO_MEMORY, "out of memory");
    inki_json_free(text);
    json_decref(object);
    return status;
}

static json_t *settings_object(const ink_settings *set)
{
    json_t *object = json_object();
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        const char *name = ink_settings_row((size_t)i)->name;
        if (!inki_setting_is_kept((enum inki_setting)i)) continue;
        json_object_set_new(object, name, json_string(ink_settings_get(set, name)));
    }
    return object;
}

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static void set_scores(json_t *object, const char *part, const ink_score *scores, size_t count, const double *values)
{
    char name[64];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s_%s", part, scores[i].name);
        json_object_set_new(object, name, number(values[i]));
    }
}

/* No times: the same seed gives the same file. */
static json_t *metrics_object(const ink_run *run)
{
    json_t *object = json_object();
    const ink_epoch *row = ink_run_epoch(run, run->kept);
    if (row) {
        json_object_set_new(object, "epoch", json_integer((json_int_t)row->epoch));
        json_object_set_new(object, "step", json_integer((json_int_t)row->step));
        set_scores(object, "train", row->scores, row->score_count, row->train);
        set_scores(object, "val", row->scores, row->score_count, row->val);
    }
    if (run->has_metrics) set_scores(object, "test", run->metrics.scores, run->metrics.score_count, run->metrics.score);
    return object;
}

/* Some settings say something by being given, also where they are given their default. */
static bool says_by_being_given(enum inki_setting id)
{
    return strcmp(ink_settings_row((size_t)id)->group, "network") == 0 || id == INKI_THRESHOLD ||
           id == INKI_NUMBER_INPUTS;
}

static ink_status record_given(ink_ctx *ctx, ink_model *model, const ink_settings *set)
{
    json_t *list = json_array();
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        const ink_setting *row = ink_settings_row((size_t)i);
        bool given = ink_settings_is_set(set, row->name) && strcmp(ink_settings_get(set, row->name), row->initial) == 0;
        if (given && says_by_being_given((enum inki_setting)i)) json_array_append_new(list, json_string(row->name));
    }
    if (json_array_size(list) > 0) return set_object(ctx, model, INKI_GIVEN_KEY, list);
    json_decref(list);
    return INK_OK;
}

ink_status inki_record_provenance(ink_ctx *ctx, ink_model *model, const ink_data *data, uint64_t print,
                                  const ink_settings *set, const ink_run *run)
{
    char hash[HASH];
    hash_text(print, hash);
    INK_TRY(inki_model_set_metadata(ctx, model, "seed", ink_settings_get(set, "seed")));
    INK_TRY(inki_model_set_metadata(ctx, model, "data", data->source ? data->source : ""));
    INK_TRY(inki_model_set_metadata(ctx, model, "data_fingerprint", hash));
    INK_TRY(inki_model_set_metadata(ctx, model, "values", data->bytes ? "bytes" : "floats"));
    INK_TRY(inki_inputs_keep(ctx, model, data));
    INK_TRY(set_object(ctx, model, "settings", settings_object(set)));
    INK_TRY(record_given(ctx, model, set));
    INK_TRY(inki_keep_history(ctx, model, run));
    return set_object(ctx, model, "metrics", metrics_object(run));
}

ink_status inki_record_start(ink_ctx *ctx, ink_model *model, uint64_t hash)
{
    char text[HASH];
    hash_text(hash, text);
    return inki_model_set_metadata(ctx, model, INKI_START_KEY, text);
}

static void add_part(json_t *object, const char *name, const ink_data *part)
{
    char key[32], text[HASH];
    json_object_set_new(object, name, json_integer((json_int_t)(part ? part->rows : 0)));
    if (!part) return;
    snprintf(key, sizeof key, "%s_fingerprint", name);
    hash_text(ink_data_fingerprint(part), text);
    json_object_set_new(object, key, json_string(text));
}

ink_status inki_record_split(ink_ctx *ctx, ink_model *model, const ink_data *train, const ink_data *valid,
                             const ink_data *test)
{
    json_t *object = json_object();
    add_part(object, "train", train);
    add_part(object, "val", valid);
    add_part(object, "test", test);
    return set_object(ctx, model, INKI_SPLIT_KEY, object);
}
