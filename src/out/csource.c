/* csource: a network as C99 source: the files, their names and their sizes.
 * SPDX-License-Identifier: MIT */
#include "out/csource.h"

#include "base/mem.h"
#include "base/sized.h"
#include "base/text.h"
#include "train/inputs.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------------- names */

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_name_part(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

static ink_status check_name(ink_ctx *ctx, const char *name)
{
    size_t length = 0;
    while (is_name_part(name[length])) length++;
    if (name[length] || length > 40 || !is_letter(*name))
        return inki_fail(ctx, INK_BAD_ARGUMENT,
                         "the name '%.60s' cannot begin names in C: a letter, then up to 39 letters, digits and _",
                         name);
    return INK_OK;
}

/* A name from the file's: "my-digits.v2" to "my_digits_v2". */
static void name_from(const char *file, char name[64])
{
    size_t used = 0;
    if (!is_letter(*file)) used = (size_t)snprintf(name, 64, "net_");
    for (; *file && used < 40; file++) name[used++] = is_name_part(*file) ? *file : '_';
    name[used] = 0;
}

/* "dir/digits.c", "dir/digits.h" and "dir/digits" are all dir/digits; a folder gets the name in it. */
static ink_status set_paths(struct inki_csource *source, const char *path)
{
    const ink_c_plan *plan = source->plan;
    size_t length = strlen(path);
    struct inki_str base = {.ctx = source->ctx};
    bool folder = inki_path_kind(path) == INKI_PATH_FOLDER || (length > 0 && path[length - 1] == '/');
    bool ending = length > 2 && path[length - 2] == '.' && (path[length - 1] == 'c' || path[length - 1] == 'h');
    if (length == 0) return inki_fail(source->ctx, INK_BAD_ARGUMENT, "the name of the file to write is empty");
    if (folder)
        inki_str_add(&base, "%s%s%s", path, path[length - 1] == '/' ? "" : "/", plan->name ? plan->name : "network");
    else
        inki_str_add(&base, "%.*s", (int)(length - (ending ? 2 : 0)), path);
    source->base = base.text;
    if (base.failed) return INK_NO_MEMORY;
    char *slash = strrchr(source->base, '/');
    source->file = slash ? slash + 1 : source->base;
    if (plan->name) {
        INK_TRY(check_name(source->ctx, plan->name));
        snprintf(source->name, sizeof source->name, "%s", plan->name);
    } else
        name_from(source->file, source->name);
    for (size_t i = 0; i <= strlen(source->name); i++) {
        char c = source->name[i];
        source->upper[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return INK_OK;
}

/* ----------------------------------------------------------------------- files */

typedef void write_part(const struct inki_csource *source, struct inki_text *file);

/* Begins a file and writes it; it is not in its place yet. */
static ink_status write_file(const struct inki_csource *source, const char *ending, write_part *part,
                             struct inki_text *out)
{
    struct inki_str path = {.ctx = source->ctx};
    inki_str_add(&path, "%s%s", source->base, ending);
    out->status = path.failed ? INK_NO_MEMORY : inki_write_begin(source->ctx, path.text, &out->writer);
    inki_free(path.text);
    if (out->status != INK_OK) return out->status;
    part(source, out);
    if (out->status != INK_OK) inki_write_abort(&out->writer);
    return out->status;
}

static ink_status write_all(const struct inki_csource *source)
{
    const struct {
        const char *ending;
        write_part *part;
        bool wanted;
    } parts[] = {{".h", inki_csource_header, true},
                 {".c", inki_csource_source, true},
                 {"_test.c", inki_csource_test, source->plan->check != NULL},
                 {"_prepare.c", inki_csource_prepare, source->plan->prepare}};
    struct inki_text files[sizeof parts / sizeof *parts];
    size_t begun = 0;
    ink_status status = INK_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == INK_OK; i++)
        if (parts[i].wanted) status = write_file(source, parts[i].ending, parts[i].part, &files[begun++]);
    for (size_t i = 0; i < begun; i++) {
        if (files[i].status != INK_OK) continue;
        if (status == INK_OK) status = inki_write_commit(&files[i].writer);
        if (status != INK_OK) inki_write_abort(&files[i].writer);
    }
    return status;
}

/* Whether one dense layer alone takes the rows: it can go through the inputs that are not 0. */
static bool begins_dense(const struct inki_plain *plain)
{
    size_t readers = 0, dense = 0;
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_plain_layer *layer = &plain->layers[l];
        readers += (size_t)(layer->from[0] == 0) + (layer->kind == INKI_PLAIN_SUM && layer->from[1] == 0);
        dense += layer->from[0] == 0 && layer->kind == INKI_PLAIN_DENSE;
    }
    return readers == 1 && dense == 1;
}

static ink_status begin_network(struct inki_csource *source, const char *path)
{
    const ink_c_plan *plan = source->plan;
    if (plan->int8) {
        if (!plan->calibrate)
            return inki_fail(source->ctx, INK_BAD_ARGUMENT, "int8 needs rows to calibrate on: give the training data");
        INK_TRY(inki_inputs_check(source->ctx, source->model, plan->calibrate));
        return inki_quant_begin(source->ctx, source->model, plan->calibrate, source->bytes, path, &source->quant);
    }
    INK_TRY(inki_plain_begin(source->ctx, source->model, path, &inki_plain_common, &source->plain));
    if (source->model->encoding)
        return inki_flow_begin(source->ctx, &source->plain, !begins_dense(&source->plain), &source->flow);
    if (source->plain.images) return inki_flow_begin(source->ctx, &source->plain, false, &source->flow);
    inki_plain_fold(&source->plain, false);
    return INK_OK;
}

static ink_status check_plan(const struct inki_csource *source)
{
    const ink_c_plan *plan = source->plan;
    if (!plan->check) return INK_OK;
    INK_TRY(inki_inputs_check(source->ctx, source->model, plan->check));
    if (plan->check->rows == 0) return inki_fail(source->ctx, INK_BAD_DATA, "there are no rows for the self-test");
    if (source->bytes && !plan->check->bytes)
        return inki_fail(source->ctx, INK_BAD_DATA, "the rows for the self-test are not bytes; use float inputs");
    return INK_OK;
}

static ink_status export_all(struct inki_csource *source, const char *path, ink_c_report *report)
{
    const ink_c_plan *plan = source->plan;
    INK_TRY(set_paths(source, path));
    if (source->model->encoding) INK_TRY(inki_c_names_begin(source->ctx, source->model, source->upper, &source->names));
    INK_TRY(check_plan(source));
    INK_TRY(inki_csource_prepare_check(source));
    INK_TRY(inki_csource_known_check(source));
    INK_TRY(begin_network(source, path));
    if (source->model->members > 1) source->logits = source->model->members * source->model->outputs;
    inki_csource_measure(source);
    report->bytes = source->bytes;
    for (size_t core = 0; core < INK_CORE_COUNT; core++) {
        report->flash_cores[core] = source->data + source->code[core];
        if (report->flash_cores[core] > report->flash) report->flash = report->flash_cores[core];
    }
    report->ram = source->ram;
    report->work = source->work;
    inki_csource_prepare_measure(source, report);
    inki_csource_time(source, report);
    source->milliseconds[0] = report->milliseconds[INK_CORTEX_M0];
    source->milliseconds[1] = report->milliseconds[INK_CORTEX_M4F];
    if (plan->int8 && plan->compare)
        INK_TRY(inki_score_both(source->ctx, source->model, &source->quant, plan->compare, report));
    if (plan->check)
        INK_TRY(inki_expect_begin(source->ctx, source->model, source->plan->int8 ? &source->quant : NULL, plan->check,
                                  plan->check_rows, &source->expect));
    if (plan->check && plan->known) INK_TRY(inki_expect_known(source->model, &source->expect));
    report->check_rows = source->expect.rows;
    return write_all(source);
}

/* In files from before "values" was kept the scaling decides. */
static bool takes_bytes(const ink_model *model, const ink_c_plan *plan)
{
    const char *values = ink_model_metadata(model, "values");
    if (model->encoding) return false;
    if (plan->inputs != INK_C_AUTO) return plan->inputs == INK_C_BYTES;
    return values ? strcmp(values, "bytes") == 0 : strcmp(model->scaling, "255") == 0;
}

ink_status ink_model_export_c(ink_ctx *ctx, const ink_model *model, const ink_c_plan *plan, const char *path,
                              ink_c_report *report)
{
    ink_c_report known = {0};
    ink_c_plan own;
    if (report) inki_sized_give(report, &known, sizeof known, sizeof known);
    INK_TRY(inki_sized_take(ctx, "ink_c_plan", plan, &own, sizeof own));
    if (model->encoding && own.inputs != INK_C_AUTO)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "the model takes a row of a table as a struct; leave the inputs out");
    struct inki_csource source = {.ctx = ctx,
                                  .model = model,
                                  .plan = &own,
                                  .bytes = takes_bytes(model, &own),
                                  .out = inki_is_classifier(model) ? "p" : "y"};
    ink_status status = export_all(&source, path, &known);
    if (report) inki_sized_give(report, &known, sizeof known, sizeof known);
    inki_expect_end(&source.expect);
    inki_plain_end(&source.plain);
    inki_flow_end(&source.flow);
    inki_quant_end(&source.quant);
    inki_c_names_end(&source.names);
    inki_free(source.base);
    return status;
}
