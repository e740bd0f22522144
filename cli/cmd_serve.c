/* cmd_serve: answers over HTTP.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "serve.h"
#include "terminal.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static sigset_t end_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

static void print_address(const struct server *server, const char *host)
{
    char address[SITE_ADDRESS_ROOM];
    out("%s\n", site_address(server, address));
    fflush(stdout);
    talk("Ctrl-C stops it");
    if (site_is_open(server)) talk("%s is reachable from the whole network, without password or encryption", host);
}

/* Until SIGINT or SIGTERM. */
static int serve(struct service *service, const char *host, unsigned port)
{
    const struct site site = {.user = service,
                              .get = service_get,
                              .post = service_predict,
                              .post_path = "/predict",
                              .more = "each",
                              .post_more = service_each,
                              .paths = "GET /, GET /model and POST /predict"};
    sigset_t signals = end_signals();
    struct server *server;
    int number, code = site_begin(&site, host, port, &server);
    if (code != CODE_DONE) return code;
    print_address(server, host);
    while (sigwait(&signals, &number) != 0) {
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL); /* a second one ends at once */
    talk("ending");
    site_end(server);
    return CODE_DONE;
}

static int run_server(const struct job *job, const ink_model *model, const ink_data *data, unsigned port)
{
    struct service service;
    const char *title = job_value(job, "title"), *host = job_value(job, "host");
    const char *slash = strrchr(job->operands[0], '/'), *name = slash ? slash + 1 : job->operands[0];
    int code = service_begin(&service, job, model, data, title ? title : name);
    if (code == CODE_DONE) code = serve(&service, host ? host : "127.0.0.1", port);
    service_end(&service);
    return code;
}

int cmd_serve(struct job *job)
{
    ink_model *model;
    struct rows rows = {0};
    unsigned port = 8080;
    const char *data = job_value(job, "data"), *given = job_value(job, "port");
    sigset_t signals = end_signals();
    int code = given ? site_read_port("port", given, &port) : CODE_DONE;
    if (code != CODE_DONE) return code;
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* they wait for serve; before there are threads */
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    if (data) code = rows_open_for(job, data, model, &rows);
    if (code == CODE_DONE) code = run_server(job, model, rows.part, port);
    if (data) rows_close(&rows);
    ink_model_free(model);
    return code;
}
