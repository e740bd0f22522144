/* cmd_reproduce: trains again by a model's own settings and compares the weights, byte for byte.
 * SPDX-License-Identifier: MIT */
#include "again.h"
#include "interrupt.h"
#include "progress.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

static bool on_progress(void *user, const ink_progress *now)
{
    if (now->row) progress_row(user, now->row);
    progress_draw(user, now);
    return !interrupt_came();
}

/* ------------------------------------------------------------------ what differs */

/* The values of a tensor; NULL: it is not there, or there is no memory. */
static float *values_of(const struct job *job, const ink_model *model, const ink_tensor *tensor)
{
    float *values = malloc(tensor->count ? tensor->count * sizeof *values : 1);
    if (values && ink_model_get_tensor(job->ctx, model, tensor->name, tensor->count, values) == INK_OK) return values;
    free(values);
    return NULL;
}

/* "12 differ, up to 0.25"; "" where none does. */
static void compare_values(const float *a, const float *b, size_t count, char *text, size_t room)
{
    size_t differ = 0;
    double most = 0;
    *text = 0;
    for (size_t i = 0; a && b && i < count; i++) {
        double by = (double)a[i] > (double)b[i] ? (double)a[i] - (double)b[i] : (double)b[i] - (double)a[i];
        if (memcmp(a + i, b + i, sizeof *a) == 0) continue;
        differ++;
        if (by > most) most = by;
    }
    if (!a || !b) snprintf(text, room, "not there");
    if (differ) snprintf(text, room, "%zu differ, up to %.2g", differ, most);
}

static void compare_tensors(const struct job *job, const ink_model *a, const ink_model *b, struct claims *claims)
{
    ink_tensor tensor = INK_INIT(ink_tensor);
    for (size_t i = 0; ink_model_tensor(a, i, &tensor); i++) {
        float *of_a = values_of(job, a, &tensor), *of_b = values_of(job, b, &tensor);
        char text[96], claimed[48];
        compare_values(of_a, of_b, tensor.count, text, sizeof text);
        if (*text) {
            snprintf(claimed, sizeof claimed, "%zu values", tensor.count);
            claims_add(claims, tensor.name, json_of_text(claimed), json_of_text(text));
        }
        free(of_a);
        free(of_b);
    }
}

static void compare_texts(const ink_model *a, const ink_model *b, const char *key, struct claims *claims)
{
    const char *claimed = ink_model_metadata(a, key), *found = ink_model_metadata(b, key);
    if (!claimed && !found) return;
    if (!claimed || !found || strcmp(claimed, found) != 0)
        claims_add(claims, key, json_of_text(claimed), json_of_text(found));
}

/* Members of an object of the metadata, as far as the file has them; `counts` ends the names of integers. */
static void compare_objects(const ink_model *a, const ink_model *b, const char *key, const char *counts,
                            struct claims *claims)
{
    json_t *claimed = again_metadata(a, key), *found = again_metadata(b, key), *value;
    const char *name;
    json_object_foreach(claimed, name, value)
    {
        json_t *other = json_object_get(found, name);
        char full[96];
        snprintf(full, sizeof full, "%.60s%s", name, json_is_integer(value) ? counts : "");
        if (!json_equal(value, other))
            claims_add(claims, full, json_deep_copy(value), other ? json_deep_copy(other) : json_null());
    }
    json_decref(claimed);
    json_decref(found);
}

/* Causes first, then what came of them. */
static void compare_models(const struct job *job, const ink_model *a, const ink_model *b, struct claims *claims)
{
    static const char *const causes[] = {"inkling_version", "data_fingerprint", "start_hash", "notation", "loss",
                                         "classes",         "targets",          "scaling",    "encoding", "threshold"};
    char hash[32];
    ink_model_info info = INK_INIT(ink_model_info);
    const char *claimed = ink_model_metadata(a, "weight_hash");
    ink_model_describe(a, &info);
    json_t *own = json_of_hash(info.hash);
    snprintf(hash, sizeof hash, "%s", json_string_value(own));
    if (claimed && strcmp(claimed, hash) != 0)
        claims_add(claims, "weight_hash", json_of_text(claimed), json_incref(own));
    json_decref(own);
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) compare_texts(a, b, causes[i], claims);
    compare_objects(a, b, "settings", "", claims);
    compare_objects(a, b, "split", "_rows", claims);
    compare_tensors(job, a, b, claims);
    compare_objects(a, b, "metrics", "", claims);
}

/* ------------------------------------------------------------------------ results */

static json_t *names_of(const struct claims *claims)
{
    json_t *names = json_array(), *claim;
    size_t i;
    json_array_foreach(claims->list, i, claim) json_array_append(names, json_object_get(claim, "name"));
    return names;
}

/* What explains it, where the file itself does not. */
static const char *advice(const struct claims *claims)
{
    json_t *first = json_object_get(json_array_get(claims->list, 0), "name");
    const char *name = first ? json_string_value(first) : "";
    if (strcmp(name, "weight_hash") == 0) return "the weights were changed after the file was written";
    if (strcmp(name, "inkling_version") == 0) return "another version of Inkling may compute otherwise";
    if (strcmp(name, "data_fingerprint") == 0) return "these are not the rows that it was trained on";
    if (strcmp(name, "start_hash") == 0) return "it began with weights that are not in the file";
    return "nothing that the file says explains it: the weights were changed, or it was trained by a build that "
           "computes "
           "otherwise";
}

static int tell(const struct job *job, const ink_model *again, const ink_model *model, const struct claims *claims,
                const char *data)
{
    ink_model_info claimed = INK_INIT(ink_model_info), found = INK_INIT(ink_model_info);
    char wrong[1024];
    ink_model_describe(model, &claimed);
    ink_model_describe(again, &found);
    const bool same = claimed.hash == found.hash;
    if (job->json) {
        int code =
            json_print(json_pack("{s:b, s:o, s:o, s:o, s:O}", "same", same, "hash", json_of_hash(claimed.hash), "found",
                                 json_of_hash(found.hash), "differs", names_of(claims), "details", claims->list));
        return code == CODE_DONE && !same ? CODE_MISSED : code;
    }
    if (claims->wrong) claims_print(claims, true);
    out("%sweights %016llx: %s\n", claims->wrong ? "\n" : "", (unsigned long long)found.hash,
        same ? "the same, byte for byte" : "others than in the file");
    if (same) return CODE_DONE;
    return fail(CODE_MISSED, "%s is not what training on %s gives: %s (%s)", job->operands[0], data, advice(claims),
                claims_wrong(claims, wrong, sizeof wrong));
}

static int train_and_compare(const struct job *job, const struct again *again)
{
    struct progress progress = {.by_steps = false};
    struct claims claims = {.list = json_array()};
    ink_hooks hooks = {sizeof hooks, on_progress, &progress};
    ink_model *model = NULL;
    ink_run *run = NULL;
    interrupt_catch();
    ink_status status = ink_train_again(job->ctx, again->data, again->set, again->model, &hooks, &model, &run);
    live_end();
    int code = status == INK_OK          ? CODE_DONE
               : status == INK_CANCELLED ? fail(CODE_INTERRUPTED, "interrupted before the weights could be compared")
                                         : job_fail(job, status);
    if (code == CODE_DONE) {
        compare_models(job, again->model, model, &claims);
        code = tell(job, model, again->model, &claims, again->path);
    }
    json_decref(claims.list);
    ink_run_free(run);
    ink_model_free(model);
    return code;
}

int cmd_reproduce(struct job *job)
{
    struct again again;
    int code = again_load_model(job, &again);
    if (code == CODE_DONE) code = again_load_data(job, &again);
    if (code == CODE_DONE) code = train_and_compare(job, &again);
    again_close(&again);
    return code;
}
