/* cmd_report: writes a page about a model.
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

static int write_page(const struct job *job, const ink_model *model, const ink_data *data, const char *path)
{
    struct out_file file;
    const char *title = job_value(job, "title");
    int code = out_file_begin(&file, path);
    if (code != CODE_DONE) return code;
    ink_status status =
        ink_report_write(job->ctx, model, data, title ? title : name_of(job->operands[0]), to_file, &file);
    code = out_file_end(&file, status == INK_OK || status == INK_IO); /* which says what failed in writing */
    if (status != INK_OK && status != INK_IO) return job_fail(job, status);
    return code;
}

static int judge_and_write(const struct job *job, const ink_model *model, const char *path)
{
    const char *data = job_value(job, "data");
    struct rows rows;
    if (!data) return write_page(job, model, NULL, path);
    int code = rows_open(job, data, &rows);
    if (code != CODE_DONE) return code;
    code = write_page(job, model, rows.part, path);
    rows_close(&rows);
    return code;
}

int cmd_report(struct job *job)
{
    ink_model *model;
    const char *told = job_value(job, "output"), *path = told ? told : "report.html", *data = job_value(job, "data");
    if (file_is_same(path, job->operands[0]) || (data && file_is_same(path, data)))
        return fail(CODE_USAGE, "the page would overwrite %s; choose another name with -o", path);
    int code = strcmp(path, "-") == 0 ? CODE_DONE : file_check(path, false);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    code = judge_and_write(job, model, path);
    ink_model_free(model);
    if (code == CODE_DONE && strcmp(path, "-") != 0) talk("written to %s", path);
    return code;
}
