/* cmd_import: makes a model of another program's file.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "saved.h"
#include "terminal.h"

#include <string.h>

int cmd_import(struct job *job)
{
    ink_model *model;
    struct saved saved;
    char text[sizeof saved.path + 200];
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
    code = saved_write(job, model, path, &saved);
    if (*saved.path)
        talk("%zu inputs (scale %s)%s%s | dense %zu softmax, written to %s", info.features, info.scaling,
             *info.notation ? " | " : "", info.notation, info.classes, saved_text(&saved, text));
    ink_model_free(model);
    return code;
}
