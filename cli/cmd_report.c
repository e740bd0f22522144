/* cmd_report: writes a page about a model, several of them, or a search.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "kinds.h"
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool to_file(void *user, const char *bytes, size_t count)
{
    struct out_file *out = user;
    return fwrite(bytes, 1, count, out->file) == count;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* What a page is about: a model, and rows to judge it on or NULL; a search; or several runs. */
struct subject {
    const ink_model *model;
    const ink_data *data, *train; /* the part to judge it on, and the training part beside it or NULL */
    const ink_search *search;
    ink_report_plan *runs;
};

static int write_page(const struct job *job, const struct subject *of, const char *path)
{
    struct out_file file;
    const char *given = job_value(job, "title"), *title = given ? given : name_of(job->operands[0]);
    int code = out_file_begin(&file, path);
    if (code != CODE_DONE) return code;
    ink_report_rows rows = INK_INIT(ink_report_rows);
    rows.data = of->data;
    rows.train = of->train;
    if (of->runs) of->runs->title = given ? given : "Runs";
    ink_status status = of->runs     ? ink_report_runs(job->ctx, of->runs, to_file, &file)
                        : of->search ? ink_report_search(job->ctx, of->search, title, to_file, &file)
                                     : ink_report_write_rows(job->ctx, of->model, &rows, title, to_file, &file);
    code = out_file_end(&file, status == INK_OK || status == INK_IO); /* which says what failed in writing */
    if (status != INK_OK && status != INK_IO) return job_fail(job, status);
    return code;
}

static int judge_and_write(const struct job *job, const ink_model *model, const char *path)
{
    const char *data = job_value(job, "data");
    struct rows rows;
    if (!data) return write_page(job, &(struct subject){.model = model}, path);
    int code = rows_open_for(job, data, model, &rows);
    if (code != CODE_DONE) return code;
    rows_note_model(&rows, model, true);
    ink_data *train = NULL;
    const bool apart = strcmp(rows.part_name, "test") == 0;
    ink_status status = apart ? ink_data_part(job->ctx, rows.whole, INK_PART_TRAIN, &train) : INK_OK;
    code = status == INK_OK
               ? write_page(job, &(struct subject){.model = model, .data = rows.part, .train = train}, path)
               : job_fail(job, status);
    ink_data_free(train);
    rows_close(&rows);
    return code;
}

static int report_model(const struct job *job, const char *path)
{
    ink_model *model;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    int code = judge_and_write(job, model, path);
    ink_model_free(model);
    return code;
}

static int report_search(const struct job *job, const char *path)
{
    ink_search *search;
    if (job_value(job, "data"))
        return fail(CODE_USAGE, "--data is for a model: the trials of a search were compared on its validation rows");
    ink_status status = ink_search_open(job->ctx, job->operands[0], &search);
    if (status != INK_OK) return job_fail(job, status);
    int code = write_page(job, &(struct subject){.search = search}, path);
    ink_search_free(search);
    return code;
}

/* ------------------------------------------------------------- several runs */

struct runs {
    ink_model **models;
    const char **names, **histories;
    ink_report_plan plan;
};

/* The last part of a path, or all of it where another operand has the same one. */
static const char *short_name(const struct job *job, size_t i)
{
    for (size_t k = 0; k < job->operand_count; k++)
        if (k != i && strcmp(name_of(job->operands[k]), name_of(job->operands[i])) == 0) return job->operands[i];
    return name_of(job->operands[i]);
}

static int load_runs(const struct job *job, struct runs *runs)
{
    for (size_t i = 0; i < job->operand_count; i++) {
        const char *path = job->operands[i];
        if (kinds_is_history(path)) {
            runs->histories[runs->plan.history_count++] = path;
            continue;
        }
        ink_status status = ink_model_load(job->ctx, path, &runs->models[runs->plan.model_count]);
        if (status != INK_OK) return job_fail(job, status);
        runs->names[runs->plan.model_count++] = short_name(job, i);
    }
    return CODE_DONE;
}

static int write_runs(const struct job *job, struct runs *runs, const char *path)
{
    const char *data = job_value(job, "data");
    struct rows rows;
    if (!data) return write_page(job, &(struct subject){.runs = &runs->plan}, path);
    if (runs->plan.model_count == 0)
        return fail(CODE_USAGE, "--data compares models, and these are histories alone; leave it out");
    int code = rows_open_for(job, data, runs->models[0], &rows);
    if (code != CODE_DONE) return code;
    for (size_t i = 0; i < runs->plan.model_count; i++) rows_note_model(&rows, runs->models[i], true);
    runs->plan.data = rows.part;
    code = write_page(job, &(struct subject){.runs = &runs->plan}, path);
    rows_close(&rows);
    return code;
}

static int report_runs(const struct job *job, const char *path)
{
    struct runs runs = {.models = calloc(job->operand_count, sizeof *runs.models),
                        .names = calloc(job->operand_count, sizeof *runs.names),
                        .histories = calloc(job->operand_count, sizeof *runs.histories),
                        .plan = INK_INIT(ink_report_plan)};
    int code = CODE_DONE;
    if (!runs.models || !runs.names || !runs.histories) code = fail(CODE_INTERNAL, "out of memory");
    if (code == CODE_DONE) code = load_runs(job, &runs);
    runs.plan.models = (const ink_model *const *)runs.models;
    runs.plan.names = runs.names;
    runs.plan.histories = runs.histories;
    if (code == CODE_DONE) code = write_runs(job, &runs, path);
    for (size_t i = 0; runs.models && i < runs.plan.model_count; i++) ink_model_free(runs.models[i]);
    free(runs.models);
    free(runs.names);
    free(runs.histories);
    return code;
}

/* ---------------------------------------------------------------------- whole */

static int check_output(const struct job *job, const char *path)
{
    const char *data = job_value(job, "data");
    bool over = data && file_is_same(path, data);
    for (size_t i = 0; i < job->operand_count; i++) over = over || file_is_same(path, job->operands[i]);
    if (over) return fail(CODE_USAGE, "the page would overwrite %s; choose another name with -o", path);
    return strcmp(path, "-") == 0 ? CODE_DONE : file_check(path, false);
}

int cmd_report(struct job *job)
{
    const char *given = job_value(job, "output"), *path = given ? given : "report.html";
    int code = check_output(job, path);
    if (code != CODE_DONE) return code;
    for (size_t i = 0; job->operand_count > 1 && i < job->operand_count; i++)
        if (kinds_is_store(job->operands[i]))
            return fail(CODE_USAGE, "%s is a search's store, whose page is about it alone: inkling report %s",
                        job->operands[i], job->operands[i]);
    if (job->operand_count > 1 || kinds_is_history(job->operands[0]))
        code = report_runs(job, path);
    else
        code = kinds_is_store(job->operands[0]) ? report_search(job, path) : report_model(job, path);
    if (code == CODE_DONE && strcmp(path, "-") != 0) talk("written to %s", path);
    return code;
}
