/* cmd_serve: answers over HTTP.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "serve.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

static int read_port(const struct job *job, unsigned *port)
{
    const char *text = job_value(job, "port");
    *port = 8080;
    if (!text) return CODE_DONE;
    size_t digits = strspn(text, "0123456789");
    *port = (unsigned)strtoul(text, NULL, 10);
    if (digits > 0 && digits <= 5 && !text[digits] && *port <= 65535) return CODE_DONE;
    return fail(CODE_USAGE, "--port '%s' is no port: 0 to 65535", text);
}

static int run(const struct job *job, const ink_model *model, const ink_data *data, unsigned port)
{
    struct service service;
    const char *title = job_value(job, "title"), *host = job_value(job, "host");
    const char *slash = strrchr(job->operands[0], '/'), *name = slash ? slash + 1 : job->operands[0];
    int code = service_begin(&service, job, model, data, title ? title : name);
    if (code == CODE_DONE) code = serve_run(&service, host ? host : "127.0.0.1", port);
    service_end(&service);
    return code;
}

int cmd_serve(struct job *job)
{
    ink_model *model;
    struct rows rows = {0};
    unsigned port;
    const char *data = job_value(job, "data");
    int code = read_port(job, &port);
    if (code != CODE_DONE) return code;
    serve_hold_signals();
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    if (data) code = rows_open(job, data, &rows);
    if (code == CODE_DONE) code = run(job, model, rows.part, port);
    if (data) rows_close(&rows);
    ink_model_free(model);
    return code;
}
