/* cmd_export: writes a model in another program's format.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "export_c.h"
#include "files.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

/* The name behind the last dot of a path, "" if it has none. */
static const char *ending_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    return dot && (!slash || dot > slash) ? dot + 1 : "";
}

/* The model's file with another ending, in the current folder. */
static void default_path(const struct job *job, const char *format, char *path, size_t room)
{
    const char *model = job->operands[0], *slash = strrchr(model, '/'), *name = job_value(job, "name");
    const char *base = slash ? slash + 1 : model, *dot = strrchr(base, '.');
    if (name)
        snprintf(path, room, "%.200s.%s", name, format);
    else
        snprintf(path, room, "%.*s.%s", dot && dot > base ? (int)(dot - base) : (int)strlen(base), base, format);
}

/* Flags that mean something to C only. */
static int check_flags(const struct job *job, const char *format)
{
    static const char *const names[] = {"name", "int8", "self-test", "input", "prepare", "known"};
    if (strcmp(format, "c") == 0) return CODE_DONE;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (job_value(job, names[i]))
            return fail(CODE_USAGE, "--%s belongs to --to c; see inkling help export", names[i]);
    if (job->operand_count > 1)
        return fail(CODE_USAGE, "unexpected '%s': DATA belongs to --to c; see inkling help export", job->operands[1]);
    return CODE_DONE;
}

static int export_other(const struct job *job, const ink_model *model, const char *format, const char *path)
{
    ink_status status = ink_model_export(job->ctx, model, format, path);
    if (status == INK_BAD_ARGUMENT)
        return fail(CODE_USAGE, "--to: %s; see inkling help export", ink_ctx_message(job->ctx));
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

int cmd_export(struct job *job)
{
    ink_model *model;
    char room[512];
    const char *path = job_value(job, "output"), *format = job_value(job, "to");
    if (!path && !format) return fail(CODE_USAGE, "--to FORMAT or -o FILE is missing; see inkling help export");
    if (!format) format = ending_of(path);
    if (strcmp(format, "h") == 0) format = "c";
    if (!path) {
        default_path(job, format, room, sizeof room);
        path = room;
    }
    if (file_is_same(path, job->operands[0]))
        return fail(CODE_USAGE, "%s would overwrite the model; choose another name with -o", path);
    bool is_c = strcmp(format, "c") == 0;
    int code = check_flags(job, format);
    if (code == CODE_DONE && !is_c) code = file_check(path, false);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    code = is_c ? export_c(job, model, path) : export_other(job, model, format, path);
    ink_model_free(model);
    if (code == CODE_DONE) talk("written to %s", path);
    return code;
}
