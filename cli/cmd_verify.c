/* cmd_verify: recomputes what a model's file claims.
 * SPDX-License-Identifier: MIT */
#include "again.h"
#include "terminal.h"

#include <inttypes.h>
#include <string.h>

/* The parts of the data by the model's own settings. */
struct parts {
    ink_data *train, *valid, *test;
};

static json_t *text_of(const char *text) { return text ? json_of_text(text) : json_null(); }

/* A file need not claim a hash; one that it claims must be right. */
static void check_weights(const struct again *again, struct claims *claims)
{
    ink_model_info info = INK_INIT(ink_model_info);
    const char *claimed = ink_model_metadata(again->model, "weight_hash");
    ink_model_describe(again->model, &info);
    if (claimed) claims_add(claims, "weight_hash", text_of(claimed), json_of_hash(info.hash));
}

static void check_data(const struct again *again, struct claims *claims)
{
    const char *claimed = ink_model_metadata(again->model, "data_fingerprint");
    if (claimed)
        claims_add(claims, "data_fingerprint", text_of(claimed), json_of_hash(ink_data_fingerprint(again->data)));
}

static void check_part(json_t *split, const char *name, const ink_data *part, struct claims *claims)
{
    ink_data_info info = INK_INIT(ink_data_info);
    char key[32], rows[32];
    if (part) ink_data_describe(part, &info);
    snprintf(rows, sizeof rows, "%s_rows", name);
    claims_add(claims, rows, json_deep_copy(json_object_get(split, name)), json_of_count(part ? info.rows : 0));
    snprintf(key, sizeof key, "%s_fingerprint", name);
    json_t *print = json_object_get(split, key);
    if (print)
        claims_add(claims, key, json_deep_copy(print), part ? json_of_hash(ink_data_fingerprint(part)) : json_null());
}

/* Files of before there was a split in them claim none. */
static void check_split(const struct again *again, const struct parts *parts, struct claims *claims)
{
    json_t *split = again_metadata(again->model, "split");
    if (json_is_object(split)) {
        check_part(split, "train", parts->train, claims);
        check_part(split, "val", parts->valid, claims);
        check_part(split, "test", parts->test, claims);
    }
    json_decref(split);
}

static void check_score(json_t *metrics, const char *part, const char *name, double found, struct claims *claims)
{
    char key[64];
    snprintf(key, sizeof key, "%s_%s", part, name);
    json_t *claimed = json_object_get(metrics, key);
    if (json_is_number(claimed)) claims_add(claims, key, json_deep_copy(claimed), json_of_real(found));
}

/* Where the part is not there, or cannot be answered, what is claimed of it is not found. */
static void check_scores(const struct job *job, const struct again *again, json_t *metrics, const char *part,
                         const ink_data *rows, struct claims *claims)
{
    ink_run *run = NULL;
    const size_t length = strlen(part);
    const char *key;
    json_t *value;
    if (rows && ink_eval(job->ctx, again->model, rows, &run) != INK_OK) warn("%s", ink_ctx_message(job->ctx));
    const ink_metrics *found = run ? ink_run_metrics(run) : NULL;
    for (size_t i = 0; found && i < found->score_count; i++)
        check_score(metrics, part, found->scores[i].name, found->score[i], claims);
    json_object_foreach(metrics, key, value)
    {
        if (!found && json_is_number(value) && strncmp(key, part, length) == 0 && key[length] == '_')
            claims_add(claims, key, json_deep_copy(value), json_null());
    }
    ink_run_free(run);
}

static int check_parts(const struct job *job, const struct again *again, struct claims *claims)
{
    struct parts parts;
    check_data(again, claims);
    ink_status status = ink_train_split(job->ctx, again->data, again->set, &parts.train, &parts.valid, &parts.test);
    if (status != INK_OK) return job_fail(job, status);
    json_t *metrics = again_metadata(again->model, "metrics");
    check_split(again, &parts, claims);
    check_scores(job, again, metrics, "val", parts.valid, claims);
    check_scores(job, again, metrics, "test", parts.test, claims);
    json_decref(metrics);
    ink_data_free(parts.test);
    ink_data_free(parts.valid);
    ink_data_free(parts.train);
    return CODE_DONE;
}

static int tell(const struct job *job, const struct again *again, const struct claims *claims)
{
    const char *on = again->data ? " on " : "", *path = again->data ? again->path : "";
    const size_t count = json_array_size(claims->list);
    char wrong[1024];
    if (job->json) {
        int code = json_print(json_pack("{s:b, s:O}", "ok", claims->wrong == 0, "checks", claims->list));
        return code == CODE_DONE && claims->wrong ? CODE_MISSED : code;
    }
    claims_print(claims, false);
    if (claims->wrong)
        return fail(CODE_MISSED, "%s: %zu of %zu claims do not hold%s%s: %s", job->operands[0], claims->wrong, count,
                    on, path, claims_wrong(claims, wrong, sizeof wrong));
    out("\nall %zu claims of %s hold%s%s\n", count, job->operands[0], on, path);
    return CODE_DONE;
}

/* Whoever was imported claims a hash at most. */
static int check_all(const struct job *job, struct again *again, struct claims *claims)
{
    check_weights(again, claims);
    if (ink_model_metadata(again->model, "settings")) {
        int code = again_load_data(job, again);
        if (code == CODE_DONE)
            talk("training's own scores were measured while the weights changed: inkling reproduce makes them again");
        return code == CODE_DONE ? check_parts(job, again, claims) : code;
    }
    if (json_array_size(claims->list) == 0)
        return fail(CODE_INPUT, "%s claims nothing: it was imported, or made by another program", job->operands[0]);
    talk("%s keeps nothing of a training: only its hash can be checked", job->operands[0]);
    return CODE_DONE;
}

int cmd_verify(struct job *job)
{
    struct again again;
    struct claims claims = {.list = json_array()};
    int code = again_load_model(job, &again);
    if (code == CODE_DONE) code = check_all(job, &again, &claims);
    if (code == CODE_DONE) code = tell(job, &again, &claims);
    json_decref(claims.list);
    again_close(&again);
    return code;
}
