/* rows: opens DATA for a command and takes the part of it that is asked for.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "terminal.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ink_part choose_part(const char *asked, bool has_test)
{
    if (!asked) return has_test ? INK_PART_TEST : INK_PART_ALL;
    if (strcmp(asked, "all") == 0) return INK_PART_ALL;
    return strcmp(asked, "train") == 0 ? INK_PART_TRAIN : INK_PART_TEST;
}

static size_t count_rows(const ink_data *data)
{
    ink_data_info info = INK_INIT(ink_data_info);
    ink_data_describe(data, &info);
    return info.rows;
}

/* The first rows of the chosen part: the training side of a split that takes the last ones away. */
static ink_status take_first(const struct job *job, size_t limit, struct rows *rows)
{
    char rest[32];
    ink_settings *set = NULL;
    ink_data *valid = NULL, *test = NULL;
    snprintf(rest, sizeof rest, "%zu", count_rows(rows->chosen) - limit);
    ink_status status = ink_settings_copy(job->ctx, job->set, &set);
    if (status == INK_OK) status = ink_settings_set(job->ctx, set, "shuffle", "none");
    if (status == INK_OK) status = ink_settings_set(job->ctx, set, "val", "0");
    if (status == INK_OK) status = ink_settings_set(job->ctx, set, "test", rest);
    if (status == INK_OK) status = ink_data_split(job->ctx, rows->chosen, set, &rows->limited, &valid, &test);
    ink_data_free(valid);
    ink_data_free(test);
    ink_settings_free(set);
    return status;
}

/* The setting limit counts rows of the part, whatever part that is. */
static ink_status take_part(const struct job *job, ink_part part, struct rows *rows)
{
    const char *text = ink_settings_get(job->set, "limit");
    size_t limit = strcmp(text, "all") == 0 ? SIZE_MAX : (size_t)strtoull(text, NULL, 10);
    ink_status status = ink_data_part(job->ctx, rows->whole, part, &rows->chosen);
    if (status == INK_OK && limit < count_rows(rows->chosen)) status = take_first(job, limit, rows);
    rows->part = rows->limited ? rows->limited : rows->chosen;
    return status;
}

static ink_status load(const struct job *job, const char *path, const ink_model *model, bool all_rows, ink_data **out)
{
    if (!model) return ink_data_load(job->ctx, path, job->set, out);
    return all_rows ? ink_data_load_all_for(job->ctx, path, job->set, model, out)
                    : ink_data_load_for(job->ctx, path, job->set, model, out);
}

static int open_rows(const struct job *job, const char *path, const ink_model *model, bool all_rows, struct rows *out)
{
    static const char *const names[] = {"all", "train", "test"};
    ink_data_info whole = INK_INIT(ink_data_info);
    *out = (struct rows){.info = INK_INIT(ink_data_info)};
    ink_status status = load(job, path, model, all_rows, &out->whole);
    if (status != INK_OK) return job_fail(job, status);
    ink_data_describe(out->whole, &whole);
    ink_part part = choose_part(job_value(job, "part"), whole.test_rows > 0);
    status = take_part(job, part, out);
    if (status != INK_OK) {
        int code = job_fail(job, status);
        rows_close(out);
        return code;
    }
    ink_data_describe(out->part, &out->info);
    out->part_name = names[part];
    out->other_rows = part == INK_PART_TEST ? count_rows(out->whole) : part == INK_PART_TRAIN ? whole.test_rows : 0;
    return CODE_DONE;
}

int rows_open(const struct job *job, const char *path, struct rows *out)
{
    return open_rows(job, path, NULL, false, out);
}

int rows_open_for(const struct job *job, const char *path, const ink_model *model, struct rows *out)
{
    return open_rows(job, path, model, false, out);
}

int rows_open_all_for(const struct job *job, const char *path, const ink_model *model, struct rows *out)
{
    return open_rows(job, path, model, true, out);
}

/* Whether the model was trained on the first rows only, whose fingerprint no whole data has. */
static bool was_limited(const ink_model *model)
{
    const char *text = ink_model_metadata(model, "settings");
    json_t *settings = text ? json_loads(text, 0, NULL) : NULL;
    const char *limit = json_string_value(json_object_get(settings, "limit"));
    bool limited = !limit || strcmp(limit, "all") != 0;
    json_decref(settings);
    return limited;
}

void rows_note_model(const struct rows *rows, const ink_model *model, bool scores)
{
    char print[20];
    const char *known = ink_model_metadata(model, "data_fingerprint"), *name = ink_model_metadata(model, "data");
    const char *source = rows->info.source ? rows->info.source : "the data";
    if (!known || !*known) return;
    snprintf(print, sizeof print, "%016" PRIx64, ink_data_fingerprint(rows->whole));
    bool same = strcmp(known, print) == 0;
    if (same && strcmp(rows->part_name, "test") != 0)
        talk("%s: the model was trained on rows of this data: its %s on them are better than on new rows", source,
             scores ? "scores" : "answers");
    if (same || !name || was_limited(model)) return;
    if (strcmp(name, source) == 0)
        talk("%s: not as it was when the model was trained on it (its fingerprint was %s and is %s)", source, known,
             print);
    else if (scores || rows->info.classes) /* rows without labels are there to be predicted */
        talk("%s: other data than the model was trained on (%s)", source, name);
}

void rows_close(struct rows *rows)
{
    ink_data_free(rows->limited);
    ink_data_free(rows->chosen);
    ink_data_free(rows->whole);
    *rows = (struct rows){0};
}
