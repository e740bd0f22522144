/* again: opens a model to be proved, and compares what it claims with what is found.
 * SPDX-License-Identifier: MIT */
#include "again.h"

#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static int load_data(const struct job *job, struct again *again)
{
    ink_status status = ink_model_settings(job->ctx, again->model, &again->set);
    if (status != INK_OK) return fail(CODE_INPUT, "%s: %s", job->operands[0], ink_ctx_message(job->ctx));
    status = ink_settings_set(job->ctx, again->set, "data-path", ink_settings_get(job->set, "data-path"));
    if (status == INK_OK) status = ink_data_load(job->ctx, again->path, again->set, &again->data);
    if (status == INK_OK) return CODE_DONE;
    if (job->operand_count < 2)
        talk("%s was trained on %s: give DATA if it is elsewhere now", job->operands[0], again->path);
    return job_fail(job, status);
}

int again_load_model(const struct job *job, struct again *out)
{
    *out = (struct again){0};
    ink_status status = ink_model_load_claimed(job->ctx, job->operands[0], &out->model);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

int again_load_data(const struct job *job, struct again *again)
{
    const char *kept = ink_model_metadata(again->model, "data");
    again->path = job->operand_count > 1 ? job->operands[1] : kept;
    if (again->path && *again->path) return load_data(job, again);
    return fail(CODE_INPUT, "%s does not say what it was trained on: inkling %s MODEL DATA", job->operands[0],
                job->command->name);
}

void again_close(struct again *again)
{
    ink_data_free(again->data);
    ink_settings_free(again->set);
    ink_model_free(again->model);
}

json_t *again_metadata(const ink_model *model, const char *key)
{
    const char *text = ink_model_metadata(model, key);
    return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static bool is_equal(const json_t *a, const json_t *b)
{
    if (!json_is_number(a) || !json_is_number(b)) return json_equal(a, b);
    double x = json_number_value(a), y = json_number_value(b);
    return x == y || fabs(x - y) <= 1e-12 * fmax(fabs(x), fabs(y));
}

void claims_add(struct claims *claims, const char *name, json_t *claimed, json_t *found)
{
    bool same = is_equal(claimed, found);
    if (!claims->list) claims->list = json_array();
    claims->wrong += !same;
    json_array_append_new(
        claims->list, json_pack("{s:s, s:o, s:o, s:b}", "name", name, "claimed", claimed, "found", found, "ok", same));
}

static void print_value(const json_t *value)
{
    char text[TEXT_ROOM];
    if (json_is_integer(value))
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_number(value))
        text_exact(text, json_number_value(value));
    out_left(json_is_string(value) ? json_string_value(value) : json_is_number(value) ? text : "-", 24);
    out(" ");
}

void claims_print(const struct claims *claims, bool wrong_only)
{
    size_t i;
    json_t *claim;
    out("%-20s %-24s found\n", "claim", "claimed");
    json_array_foreach(claims->list, i, claim)
    {
        bool holds = json_is_true(json_object_get(claim, "ok"));
        if (holds && wrong_only) continue;
        out_left(json_string_value(json_object_get(claim, "name")), 20);
        out(" ");
        print_value(json_object_get(claim, "claimed"));
        print_value(json_object_get(claim, "found"));
        out("%s\n", holds ? "ok" : "DIFFERS");
    }
}

char *claims_wrong(const struct claims *claims, char *to, size_t room)
{
    size_t i, used = 0;
    json_t *claim;
    *to = 0;
    json_array_foreach(claims->list, i, claim)
    {
        if (json_is_true(json_object_get(claim, "ok")) || used + 80 > room) continue;
        used += (size_t)snprintf(to + used, room - used, "%s%.60s", used ? ", " : "",
                                 json_string_value(json_object_get(claim, "name")));
    }
    return to;
}
