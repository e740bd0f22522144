/* cmd_report: writes a page about a model or a search.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "terminal.h"

#include <stdio.h>
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

/* What a page is about: a model, and rows to judge it on or NULL; or a search. */
struct subject {
    const ink_model *model;
    const ink_data *data, *train; /* the part to judge it on, and the training part beside it or NULL */
    const ink_search *search;
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
    ink_status status = of->search ? ink_report_search(job->ctx, of->search, title, to_file, &file)
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
    code = status == INK_OK ? write_page(job, &(struct subject){model, rows.part, train, NULL}, path)
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

/* A search's store is an SQLite file. */
static bool is_store(const char *path)
{
    static const char begin[] = "SQLite format 3";
    char bytes[sizeof begin] = "";
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    bool is = fread(bytes, 1, sizeof bytes, file) == sizeof bytes && memcmp(bytes, begin, sizeof begin) == 0;
    fclose(file);
    return is;
}

int cmd_report(struct job *job)
{
    const char *given = job_value(job, "output"), *path = given ? given : "report.html", *data = job_value(job, "data");
    if (file_is_same(path, job->operands[0]) || (data && file_is_same(path, data)))
        return fail(CODE_USAGE, "the page would overwrite %s; choose another name with -o", path);
    int code = strcmp(path, "-") == 0 ? CODE_DONE : file_check(path, false);
    if (code != CODE_DONE) return code;
    code = is_store(job->operands[0]) ? report_search(job, path) : report_model(job, path);
    if (code == CODE_DONE && strcmp(path, "-") != 0) talk("written to %s", path);
    return code;
}
