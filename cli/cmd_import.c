/* cmd_import: makes a model of another program's file.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "terminal.h"

#include <string.h>

int cmd_import(struct job *job)
{
    ink_model *model;
    ink_model_info info = INK_INIT(ink_model_info);
    const char *path = job_value(job, "output");
    if (!path) path = "model.safetensors";
    if (file_is_same(path, job->operands[0]))
        return fail(CODE_USAGE, "the model would overwrite %s; choose another name with -o", path);
    int code = file_check(path, false);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_import(job->ctx, job->operands[0], job->set, &model);
    if (status != INK_OK) return job_fail(job, status);
    ink_model_describe(model, &info);
    status = ink_model_save(job->ctx, model, path);
    if (status == INK_OK)
        talk("%zu inputs (scale %s)%s%s | dense %zu softmax, written to %s", info.features, info.scaling,
             *info.notation ? " | " : "", info.notation, info.classes, path);
    ink_model_free(model);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}
