/* export: a model in other programs' formats, one row and one function each.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/text.h"
#include "read/npz_write.h"
#include "out/json_form.h"
#include "out/onnx.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------------- npz */

static float value_at(const ink_model *model, const struct inki_node *layer, size_t tensor, size_t at)
{
    return model->w[layer->offset + layer->op->at(layer, tensor, at)];
}

/* W as (in, out): one input's weights after another. */
static ink_status write_matrix(const ink_model *model, const struct inki_node *layer, const char *name,
                               struct inki_npz_writer *npz)
{
    INK_TRY(inki_npz_write_open(npz, name, "f4", (size_t[]){layer->inputs, layer->outputs}, 2));
    for (size_t i = 0; i < layer->inputs; i++) {
        for (size_t o = 0; o < layer->outputs; o++) {
            float value = value_at(model, layer, 0, o * layer->inputs + i);
            INK_TRY(inki_npz_write_put(npz, &value, sizeof value));
        }
    }
    return inki_npz_write_close(npz);
}

static ink_status write_vector(const ink_model *model, const struct inki_node *layer, size_t tensor, size_t count,
                               const char *name, struct inki_npz_writer *npz)
{
    INK_TRY(inki_npz_write_open(npz, name, "f4", &count, 1));
    for (size_t i = 0; i < count; i++) {
        float value = value_at(model, layer, tensor, i);
        INK_TRY(inki_npz_write_put(npz, &value, sizeof value));
    }
    return inki_npz_write_close(npz);
}

struct archive {
    ink_ctx *ctx;
    const ink_model *model;
    const char *path;
    struct inki_npz_writer *npz;
    size_t layers; /* so far */
};

static ink_status write_scaling(void *user, const struct inki_node *node)
{
    const struct archive *archive = user;
    INK_TRY(write_vector(archive->model, node, 0, node->inputs, "scale_shift", archive->npz));
    return write_vector(archive->model, node, 1, node->inputs, "scale_factor", archive->npz);
}

static ink_status write_affine(void *user, const struct inki_node *node)
{
    struct archive *archive = user;
    char name[32];
    snprintf(name, sizeof name, "W%zu", ++archive->layers);
    INK_TRY(write_matrix(archive->model, node, name, archive->npz));
    snprintf(name, sizeof name, "b%zu", archive->layers);
    return write_vector(archive->model, node, 1, node->outputs, name, archive->npz);
}

/* Networks of more than dense layers: each tensor as in the model's file, by its name. */
static ink_status write_tensors(void *user, const struct inki_node *node)
{
    const struct archive *archive = user;
    struct inki_param param;
    for (size_t t = 0; inki_param(node, t, &param); t++) {
        char name[48];
        snprintf(name, sizeof name, "%s.%s", *node->name ? node->name : node->op->word, param.suffix);
        INK_TRY(inki_npz_write_open(archive->npz, name, "f4", param.dims, param.rank));
        for (size_t i = 0; i < param.count; i++) {
            float value = value_at(archive->model, node, t, i);
            INK_TRY(inki_npz_write_put(archive->npz, &value, sizeof value));
        }
        INK_TRY(inki_npz_write_close(archive->npz));
    }
    return INK_OK;
}

static ink_status refuse_node(void *user, const struct inki_node *node)
{
    const struct archive *archive = user;
    return inki_fail(archive->ctx, INK_UNSUPPORTED, "%s: a layer '%s' cannot be written as a list of matrices",
                     archive->path, node->op->word);
}

/* Whether it is written as a list of matrices: W1, b1 and so on. */
static bool is_dense(const ink_model *model)
{
    bool dense = true;
    for (size_t i = 0; i < model->node_count; i++)
        dense = dense && !model->nodes[i].op->images && !model->nodes[i].op->brackets && !model->nodes[i].members;
    return dense;
}

/* A table's columns: their names, and what becomes of them (model/encoding.h) as JSON. */
static ink_status write_columns(ink_ctx *ctx, const ink_model *model, struct inki_npz_writer *npz)
{
    char *text = NULL;
    const char **names = inki_zalloc(ctx, model->features, sizeof *names);
    const char *known = ink_model_metadata(model, "columns");
    json_t *list = json_loads(known ? known : "[]", 0, NULL);
    ink_status status = names ? inki_encoding_write(ctx, model->encoding, &text) : INK_NO_MEMORY;
    for (size_t j = 0; status == INK_OK && j < model->features; j++) {
        names[j] = json_string_value(json_array_get(list, j));
        if (!names[j]) names[j] = "";
    }
    if (status == INK_OK) status = inki_npz_write_texts(npz, "columns", names, model->features);
    if (status == INK_OK) status = inki_npz_write_texts(npz, "encoding", (const char *const[]){text}, 1);
    inki_json_free(text);
    json_decref(list);
    inki_free(names);
    return status;
}

/* Classes, with a threshold where there is one; or the numbers to predict and what outputs stand for. */
static ink_status write_answers(const ink_model *model, struct inki_npz_writer *npz)
{
    const struct inki_numbers *numbers = &model->numbers;
    const char *scales = ink_model_metadata(model, INKI_TARGET_SCALE_KEY);
    if (inki_is_classifier(model)) {
        INK_TRY(inki_npz_write_texts(npz, "classes", (const char *const *)model->class_names, model->classes));
        if (!(model->threshold > 0)) return INK_OK;
        return inki_npz_write_add(npz, "threshold", "f4", (size_t[]){1}, 1, &model->threshold);
    }
    INK_TRY(inki_npz_write_texts(npz, "targets", (const char *const *)model->target_names, numbers->targets));
    if (numbers->levels) INK_TRY(inki_npz_write_add(npz, "quantiles", "f4", &numbers->levels, 1, numbers->level));
    return numbers->scales && scales ? inki_npz_write_texts(npz, "target_scale", &scales, 1) : INK_OK;
}

static ink_status write_texts(ink_ctx *ctx, const ink_model *model, struct inki_npz_writer *npz)
{
    const char *notation = model->notation, *scaling = model->scaling;
    const int64_t shape[3] = {(int64_t)model->in.height, (int64_t)model->in.width, (int64_t)model->in.channels};
    INK_TRY(inki_npz_write_texts(npz, "notation", &notation, 1));
    INK_TRY(inki_npz_write_texts(npz, "scaling", &scaling, 1));
    INK_TRY(write_answers(model, npz));
    if (model->encoding) INK_TRY(write_columns(ctx, model, npz));
    return inki_npz_write_add(npz, "input_shape", "i8", (size_t[]){3}, 1, shape);
}

static ink_status export_npz(ink_ctx *ctx, const ink_model *model, const char *path)
{
    struct archive archive = {.ctx = ctx, .model = model, .path = path};
    const bool dense = is_dense(model);
    struct inki_emitter emitter = {.user = &archive,
                                   .scaling = write_scaling,
                                   .encoding = write_tensors,
                                   .affine = dense ? write_affine : write_tensors,
                                   .other = dense ? refuse_node : write_tensors};
    INK_TRY(inki_npz_write_begin(ctx, path, &archive.npz));
    ink_status status = inki_model_emit(model, &emitter);
    if (status == INK_OK) status = write_texts(ctx, model, archive.npz);
    if (status == INK_OK) return inki_npz_write_commit(archive.npz);
    inki_npz_write_abort(archive.npz);
    return status;
}

/* ------------------------------------------------------------------- formats */

/* In single precision. */
static ink_status export_c(ink_ctx *ctx, const ink_model *model, const char *path)
{
    const ink_c_plan plan = INK_INIT(ink_c_plan);
    return ink_model_export_c(ctx, model, &plan, path, NULL);
}

static ink_status export_onnx(ink_ctx *ctx, const ink_model *model, const char *path)
{
    return inki_export_onnx(ctx, model, path);
}

static ink_status export_json(ink_ctx *ctx, const ink_model *model, const char *path)
{
    return inki_export_json(ctx, model, path);
}

static const struct {
    const char *name;
    ink_status (*write)(ink_ctx *ctx, const ink_model *model, const char *path);
} formats[] = {
#define FORMAT(name, text) {#name, export_##name},
    INK_EXPORT_LIST(FORMAT)
#undef FORMAT
};

ink_status ink_model_export(ink_ctx *ctx, const ink_model *model, const char *format, const char *path)
{
    const char *names[sizeof formats / sizeof *formats];
    char list[256] = "";
    for (size_t i = 0, used = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, format) == 0) return formats[i].write(ctx, model, path);
        names[i] = formats[i].name;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = ink_did_you_mean(format, names, sizeof names / sizeof *names);
    return inki_fail(ctx, INK_BAD_ARGUMENT, "unknown format '%s' (%s)%s%s%s", format, list,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
