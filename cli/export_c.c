/* export_c: a model as C source.
 * SPDX-License-Identifier: MIT */
#include "export_c.h"

#include "json.h"
#include "terminal.h"

#include <string.h>

enum { CHECK_ROWS = 100 };

/* DATA, split as it was for training. */
struct parts {
    ink_data *whole, *train, *valid, *test;
};

/* The settings that decide on rows and their split are the model's own, but for those that the command line gives. */
static ink_status take_settings(const struct job *job, const ink_model *model)
{
    const char *text = ink_model_metadata(model, "settings"), *seed = ink_model_metadata(model, "seed");
    json_t *settings = text ? json_loads(text, 0, NULL) : NULL;
    ink_status status = INK_OK;
    for (size_t i = 0; i < ink_settings_count() && status == INK_OK; i++) {
        const ink_setting *row = ink_settings_row(i);
        const char *value = json_string_value(json_object_get(settings, row->name));
        bool wanted = strcmp(row->group, "data") == 0 || strcmp(row->name, "shuffle") == 0;
        if (value && wanted && !ink_settings_is_set(job->set, row->name))
            status = ink_settings_set(job->ctx, job->set, row->name, value);
    }
    json_decref(settings);
    return status == INK_OK && seed ? ink_settings_set(job->ctx, job->set, "seed", seed) : status;
}

/* Whether rows have to be read as the model has them: words by their numbers, numbers to predict. */
static bool is_known(const ink_model *model)
{
    return ink_model_metadata(model, "encoding") || ink_model_target(model, 0);
}

static ink_status open_parts(const struct job *job, const ink_model *model, struct parts *parts)
{
    ink_status status = take_settings(job, model);
    if (status == INK_OK && is_known(model))
        status = ink_data_load_for(job->ctx, job->operands[1], job->set, model, &parts->whole);
    else if (status == INK_OK)
        status = ink_data_load(job->ctx, job->operands[1], job->set, &parts->whole);
    if (status == INK_OK)
        status = ink_data_split(job->ctx, parts->whole, job->set, &parts->train, &parts->valid, &parts->test);
    return status;
}

static void close_parts(struct parts *parts)
{
    ink_data_free(parts->test);
    ink_data_free(parts->valid);
    ink_data_free(parts->train);
    ink_data_free(parts->whole);
}

/* ------------------------------------------------------------------ results */

static void print_compared(const ink_c_report *report, const char *part)
{
    char text[TEXT_ROOM];
    out("\n%s part, %zu rows\n", part, report->rows);
    if (report->numbers) {
        out("  float     rmse %.6g, mae %.6g\n", report->float_rmse, report->float_mae);
        out("  int8      rmse %.6g, mae %.6g\n", report->int8_rmse, report->int8_mae);
        out("  apart     %.6g in the mean\n", report->apart);
        return;
    }
    out("  float     %s right\n", text_share(text, report->float_accuracy));
    out("  int8      %s right\n", text_share(text, report->int8_accuracy));
    out("  the same  %s\n", text_share(text, report->equal));
}

static void print_results(const ink_model *model, const ink_c_plan *plan, const ink_c_report *report, const char *part)
{
    char text[TEXT_ROOM];
    const bool table = ink_model_metadata(model, "encoding") != NULL;
    out("flash       %zu bytes (%s) on Cortex-M0, %zu on M4F, %zu on M7: constants and code\n",
        report->flash_cores[INK_CORTEX_M0], text_size(text, (double)report->flash_cores[INK_CORTEX_M0]),
        report->flash_cores[INK_CORTEX_M4F], report->flash_cores[INK_CORTEX_M7]);
    out("RAM         %zu bytes of workspace\n", report->ram);
    out("work        %zu multiply-adds a row%s\n", report->work, table && !plan->int8 ? " at most" : "");
    out("time        some %.3g ms on Cortex-M0 at 133 MHz, %.3g ms on M4F at 64 MHz: an estimate%s\n",
        report->milliseconds[INK_CORTEX_M0], report->milliseconds[INK_CORTEX_M4F],
        plan->known ? ", without known" : "");
    out("input       %s\n", table ? "a struct a row" : report->bytes ? "const uint8_t x[]" : "const float x[]");
    if (report->rows > 0) print_compared(report, part);
    if (plan->prepare)
        out("prepare     %zu bytes of workspace for images of up to %zux%zu pixels\n", report->prepare_ram,
            report->prepare_side, report->prepare_side);
    if (plan->check) out("\nself-test   %zu rows\n", report->check_rows);
}

static json_t *json_compared(const ink_c_report *report, const char *part)
{
    if (report->numbers)
        return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "part", part, "rows", json_of_count(report->rows),
                         "float_rmse", json_of_real(report->float_rmse), "int8_rmse", json_of_real(report->int8_rmse),
                         "float_mae", json_of_real(report->float_mae), "int8_mae", json_of_real(report->int8_mae),
                         "apart", json_of_real(report->apart));
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "part", part, "rows", json_of_count(report->rows), "float_accuracy",
                     json_of_real(report->float_accuracy), "int8_accuracy", json_of_real(report->int8_accuracy),
                     "equal", json_of_real(report->equal));
}

static int json_results(const ink_c_report *report, const char *part)
{
    const size_t *cores = report->flash_cores;
    json_t *root =
        json_pack("{s:o, s:{s:o, s:o, s:o}, s:o, s:o, s:o}", "flash", json_of_count(report->flash), "flash_cores",
                  "cortex-m0", json_of_count(cores[INK_CORTEX_M0]), "cortex-m4f", json_of_count(cores[INK_CORTEX_M4F]),
                  "cortex-m7", json_of_count(cores[INK_CORTEX_M7]), "ram", json_of_count(report->ram), "multiply_adds",
                  json_of_count(report->work), "bytes", json_boolean(report->bytes));
    if (root)
        json_object_set_new(root, "instructions",
                            json_pack("{s:o, s:o}", "cortex-m0", json_of_count(report->instructions[INK_CORTEX_M0]),
                                      "cortex-m4f", json_of_count(report->instructions[INK_CORTEX_M4F])));
    if (root)
        json_object_set_new(root, "milliseconds",
                            json_pack("{s:o, s:o}", "cortex-m0", json_of_real(report->milliseconds[INK_CORTEX_M0]),
                                      "cortex-m4f", json_of_real(report->milliseconds[INK_CORTEX_M4F])));
    if (root && report->rows > 0) json_object_set_new(root, "compared", json_compared(report, part));
    if (root && report->prepare_ram > 0)
        json_object_set_new(root, "prepare",
                            json_pack("{s:o, s:o}", "ram", json_of_count(report->prepare_ram), "side",
                                      json_of_count(report->prepare_side)));
    if (root) json_object_set_new(root, "self_test_rows", json_of_count(report->check_rows));
    return root ? json_print(root) : fail(CODE_INTERNAL, "out of memory");
}

/* --------------------------------------------------------------------- work */

static int run_export(const struct job *job, const ink_model *model, const struct parts *parts, const char *path)
{
    const char *inputs = job_value(job, "input");
    ink_c_report report = INK_INIT(ink_c_report);
    const char *part = parts->valid ? "validation" : parts->test ? "test" : "training";
    ink_c_plan plan = {.size = sizeof plan, .name = job_value(job, "name"), .int8 = job_value(job, "int8") != NULL};
    plan.prepare = job_value(job, "prepare") != NULL;
    plan.known = job_value(job, "known") != NULL;
    if (inputs && strcmp(inputs, "bytes") == 0) plan.inputs = INK_C_BYTES;
    if (inputs && strcmp(inputs, "floats") == 0) plan.inputs = INK_C_FLOATS;
    plan.calibrate = parts->train;
    plan.compare = parts->valid ? parts->valid : parts->test ? parts->test : parts->train;
    if (job_value(job, "self-test")) {
        plan.check = parts->test ? parts->test : parts->valid;
        plan.check_rows = CHECK_ROWS;
        if (!plan.check)
            return fail(CODE_INPUT, "%s: no rows are held out for --self-test; set --val, e.g. to 0.1",
                        job->operands[1]);
    }
    ink_status status = ink_model_export_c(job->ctx, model, &plan, path, &report);
    if (status != INK_OK) return job_fail(job, status);
    if (job->json) return json_results(&report, part);
    print_results(model, &plan, &report, part);
    return CODE_DONE;
}

int export_c(struct job *job, const ink_model *model, const char *path)
{
    struct parts parts = {0};
    int code = CODE_DONE;
    const char *asked = job_value(job, "int8") ? "int8" : job_value(job, "self-test") ? "self-test" : NULL;
    if (job->operand_count < 2 && asked)
        return fail(CODE_USAGE, "--%s needs DATA: inkling export MODEL DATA --to c --%s -o FILE", asked, asked);
    if (job->operand_count > 1) {
        ink_status status = open_parts(job, model, &parts);
        if (status != INK_OK) code = job_fail(job, status);
    }
    if (code == CODE_DONE) code = run_export(job, model, &parts, path);
    close_parts(&parts);
    return code;
}
