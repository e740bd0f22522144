/* cmd_convert: DATA into another format.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "terminal.h"

static int save(const struct job *job, const ink_data *data)
{
    ink_status status = ink_data_save(job->ctx, data, job->operands[1]);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

/* Both parts, each by itself. */
static int convert_whole(const struct job *job)
{
    ink_data *data;
    ink_status status = ink_data_load(job->ctx, job->operands[0], job->set, &data);
    if (status != INK_OK) return job_fail(job, status);
    int code = save(job, data);
    ink_data_free(data);
    return code;
}

static int convert_part(const struct job *job)
{
    struct rows rows;
    int code = rows_open(job, job->operands[0], &rows);
    if (code != CODE_DONE) return code;
    code = save(job, rows.part);
    rows_close(&rows);
    return code;
}

int cmd_convert(struct job *job)
{
    const char *labels = ink_settings_get(job->set, "labels"), *from[] = {job->operands[0], labels};
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        if (*from[i] && file_is_same(from[i], job->operands[1]))
            return fail(CODE_USAGE, "%s would be overwritten; choose another name", from[i]);
    }
    return job_value(job, "part") ? convert_part(job) : convert_whole(job);
}
