/* keep: a run's history as one text of the model's metadata.
 * SPDX-License-Identifier: MIT */
#include "train/keep.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

/* True if row i stays: one in each of INKI_KEEP_ROWS equal stretches, and those that matter. */
static bool stays(const ink_run *run, size_t i)
{
    if (run->epoch_count <= INKI_KEEP_ROWS || i == 0 || i + 1 == run->epoch_count) return true;
    if (i == run->kept || i == run->best) return true;
    double share = (double)INKI_KEEP_ROWS / (double)run->epoch_count;
    return floor((double)i * share) != floor((double)(i - 1) * share);
}

static json_t *counts(const ink_run *run, bool steps)
{
    json_t *list = json_array();
    for (size_t i = 0; i < run->epoch_count; i++) {
        size_t count = steps ? run->epochs[i].step : run->epochs[i].epoch;
        if (stays(run, i)) json_array_append_new(list, json_integer((json_int_t)count));
    }
    return list;
}

static double value_of(const ink_epoch *row, const char *column)
{
    return strcmp(column, "lr") == 0 ? row->lr : ink_epoch_value(row, column);
}

static json_t *values(const ink_run *run, const char *column)
{
    json_t *list = json_array();
    for (size_t i = 0; i < run->epoch_count; i++)
        if (stays(run, i)) json_array_append_new(list, number(value_of(&run->epochs[i], column)));
    return list;
}

/* Returns how many columns it has set: the rate, and each score of the training and of the validation rows. */
static size_t set_columns(json_t *object, const ink_run *run)
{
    static const char *const parts[] = {"train", "val"};
    const ink_epoch *first = run->epochs;
    char name[64];
    json_object_set_new(object, "lr", values(run, "lr"));
    for (size_t part = 0; part < 2; part++)
        for (size_t i = 0; i < first->score_count; i++) {
            snprintf(name, sizeof name, "%s_%s", parts[part], first->scores[i].name);
            json_object_set_new(object, name, values(run, name));
        }
    return 1 + 2 * first->score_count;
}

static json_t *epoch_of(const ink_run *run, size_t i)
{
    return i < run->epoch_count ? json_integer((json_int_t)run->epochs[i].epoch) : json_null();
}

static json_t *history_object(const ink_run *run)
{
    json_t *object = json_object();
    json_object_set_new(object, "epochs", epoch_of(run, run->epoch_count - 1));
    json_object_set_new(object, "kept", epoch_of(run, run->kept));
    json_object_set_new(object, "best", epoch_of(run, run->best));
    json_object_set_new(object, "ended", json_string(run->ended));
    json_object_set_new(object, "epoch", counts(run, false));
    json_object_set_new(object, "step", counts(run, true));
    return object;
}

ink_status inki_keep_history(ink_ctx *ctx, ink_model *model, const ink_run *run)
{
    if (run->epoch_count == 0) return INK_OK;
    json_t *object = history_object(run);
    size_t columns = set_columns(object, run);
    char *text =
        json_object_size(object) == 6 + columns ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    ink_status status = text ? inki_model_set_metadata(ctx, model, "history", text)
                             : inki_fail(ctx, INK_NO_MEMORY, "out of memory for the history");
    inki_json_free(text);
    json_decref(object);
    return status;
}
