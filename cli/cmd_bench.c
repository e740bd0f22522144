/* cmd_bench: what this machine can do, and how much of it training uses.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "json.h"
#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The processor's name, "" where the system does not say. */
static void read_processor(char *name, size_t room)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    *name = 0;
    while (file && !*name && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon)
            snprintf(name, room, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
    }
    if (file) fclose(file);
}

static bool reaches(const ink_measure *row, double value, double figure)
{
    return row->smaller_is_better ? value <= figure : value >= figure;
}

/* "bar 62, missed": what the figures say of a value. */
static void verdict(const ink_measure *row, double value, char text[64])
{
    *text = 0;
    if (row->bar == 0) return;
    if (reaches(row, value, row->goal))
        snprintf(text, 64, "goal %g reached", row->goal);
    else
        snprintf(text, 64, "bar %g %s, goal %g", row->bar, reaches(row, value, row->bar) ? "reached" : "MISSED",
                 row->goal);
}

static void print_row(const ink_measure *row, double value, const char *text)
{
    char line[512];
    snprintf(line, sizeof line, "%s%s%s", row->what, *text ? "; " : "", text);
    out("%-20s %9.1f %-8s ", row->name, value, row->unit);
    out_wrapped(40, 40, line);
}

static json_t *json_row(const ink_measure *row, double value)
{
    json_t *figures = row->bar == 0 ? json_null() : json_of_real(row->bar),
           *goal = row->bar == 0 ? json_null() : json_of_real(row->goal);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "name", row->name, "unit", row->unit, "what", row->what, "value",
                     json_of_real(value), "bar", figures, "goal", goal);
}

struct bench {
    const char *only;
    double seconds;
    bool json;
    json_t *rows;
    size_t missed;
};

static ink_status measure(const struct job *job, struct bench *bench, size_t i)
{
    const ink_measure *row = ink_measure_row(i);
    char text[64];
    double value;
    if (bench->only && !strstr(row->name, bench->only)) return INK_OK;
    ink_status status = ink_measure_run(job->ctx, i, bench->seconds, &value);
    if (status != INK_OK) return status;
    verdict(row, value, text);
    if (row->bar != 0 && !reaches(row, value, row->bar)) bench->missed++;
    if (bench->json)
        json_array_append_new(bench->rows, json_row(row, value));
    else
        print_row(row, value, text);
    return INK_OK;
}

static int print_json(const struct job *job, struct bench *bench, const char *processor)
{
    return json_print(json_pack("{s:s, s:o, s:s, s:o, s:o}", "processor", processor, "threads",
                                json_of_count(ink_ctx_threads(job->ctx)), "kernels", ink_ctx_kernels(job->ctx),
                                "missed", json_of_count(bench->missed), "measurements", bench->rows));
}

int cmd_bench(struct job *job)
{
    const char *seconds = job_value(job, "seconds");
    struct bench bench = {
        .only = job_value(job, "only"), .seconds = seconds ? strtod(seconds, NULL) : 0.5, .json = job->json};
    char processor[160];
    ink_status status = INK_OK;
    if (!(bench.seconds > 0 && bench.seconds <= 3600))
        return fail(CODE_USAGE, "--seconds takes a number above 0, not '%s'", seconds);
    read_processor(processor, sizeof processor);
    bench.rows = json_array();
    if (!bench.json)
        out("%s, %u threads, kernels %s\n", processor, ink_ctx_threads(job->ctx), ink_ctx_kernels(job->ctx));
    for (size_t i = 0; status == INK_OK && i < ink_measure_count(); i++) status = measure(job, &bench, i);
    bool check = job_value(job, "check") != NULL;
    if (status == INK_OK && bench.json)
        return print_json(job, &bench, processor) == CODE_DONE && !(check && bench.missed) ? CODE_DONE : CODE_MISSED;
    json_decref(bench.rows);
    if (status != INK_OK) return job_fail(job, status);
    if (check && bench.missed) return fail(CODE_MISSED, "%zu of the figures are below their first bar", bench.missed);
    return CODE_DONE;
}
