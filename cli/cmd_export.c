/* cmd_export: writes a model in another program's format.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "terminal.h"

#include <string.h>

/* The name behind the last dot of a path, "" if it has none. */
static const char *ending_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    return dot && (!slash || dot > slash) ? dot + 1 : "";
}

int cmd_export(struct job *job)
{
    ink_model *model;
    const char *path = job_value(job, "output"), *format = job_value(job, "to");
    if (!path) return fail(CODE_USAGE, "-o FILE is missing: where the model goes; see inkling help export");
    if (!format) format = ending_of(path);
    if (file_is_same(path, job->operands[0]))
        return fail(CODE_USAGE, "%s would overwrite the model; choose another name with -o", path);
    int code = file_check(path, false);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    status = ink_model_export(model, format, path);
    ink_model_free(model);
    if (status == INK_BAD_ARGUMENT)
        return fail(CODE_USAGE, "--to: %s; see inkling help export", ink_ctx_message(job->ctx));
    if (status != INK_OK) return job_fail(job, status);
    talk("written to %s", path);
    return CODE_DONE;
}
