/* import: a model from another program's file, detected by its content.
 * SPDX-License-Identifier: MIT */
#include "out/import.h"

#include "base/mem.h"
#include "base/settings.h"
#include "read/load.h"
#include "read/npy.h"
#include "read/pickle.h"
#include "model/spec.h"
#include "out/json_form.h"
#include "out/onnx.h"
#include "train/tensors.h"
#include "train/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------- archives of arrays */

/* Arrays W1, b1, W2, b2, … in this order, and what export writes beside them. */
struct archive {
    ink_ctx *ctx;
    const char *path;
    const ink_settings *set;
    struct inki_array *arrays;
    size_t count;
    bool out_in; /* weights are (outputs, inputs) */
    size_t features, classes, layers, widths[INKI_MOST_LAYERS];
    char notation[INKI_MOST_NOTATION + 64];
};

static const struct inki_array *find_array(const struct archive *archive, const char *name)
{
    for (size_t i = 0; i < archive->count; i++)
        if (strcmp(archive->arrays[i].name, name) == 0) return &archive->arrays[i];
    return NULL;
}

/* A text of the archive, "" if there is none or it is longer than there is room. */
static void text_of(const struct archive *archive, const char *name, size_t i, char *out, size_t room)
{
    const struct inki_array *array = find_array(archive, name);
    *out = 0;
    if (array && array->text && i < array->count && inki_array_text_room(array) <= room) inki_array_text(array, i, out);
}

/* A matrix that is no bias of one row. */
static bool is_weight(const struct inki_array *array, bool first)
{
    return array->element && array->rank == 2 && (array->dims[0] > 1 || first);
}

/* The layers' widths, by the matrices in their order. */
static ink_status read_widths(struct archive *archive)
{
    const bool out_in = archive->out_in;
    for (size_t i = 0; i < archive->count; i++) {
        const struct inki_array *array = &archive->arrays[i];
        if (!is_weight(array, archive->layers == 0)) continue;
        if (archive->layers == INKI_MOST_LAYERS)
            return inki_fail(archive->ctx, INK_BAD_FILE, "%s: has more than %d layers", archive->path,
                             INKI_MOST_LAYERS);
        size_t inputs = array->dims[out_in], outputs = array->dims[!out_in],
               before = archive->layers ? archive->widths[archive->layers - 1] : inputs;
        if (inputs != before)
            return inki_fail(archive->ctx, INK_BAD_DATA,
                             "%s: array '%s' is %zux%zu, behind a layer of %zu outputs; weights are %s in the order of "
                             "the layers; the setting init-layout changes that",
                             archive->path, array->name, array->dims[0], array->dims[1], before,
                             out_in ? "(outputs, inputs)" : "(inputs, outputs)");
        if (archive->layers == 0) archive->features = inputs;
        archive->widths[archive->layers++] = outputs;
    }
    if (archive->layers == 0)
        return inki_fail(archive->ctx, INK_BAD_DATA, "%s: has no matrix of weights; names are W1, b1, W2, b2, …",
                         archive->path);
    archive->classes = archive->widths[archive->layers - 1];
    return INK_OK;
}

/* As the archive says, or from the widths with the setting's activation. */
static void make_notation(struct archive *archive)
{
    const char *act = ink_settings_get(archive->set, "activation");
    size_t used = 0;
    text_of(archive, "notation", 0, archive->notation, sizeof archive->notation);
    if (find_array(archive, "notation")) return;
    for (size_t l = 0; l + 1 < archive->layers; l++)
        used += (size_t)snprintf(archive->notation + used, sizeof archive->notation - used, "%sdense %zu %s",
                                 l ? " | " : "", archive->widths[l], act);
    if (archive->layers > 1)
        inki_note(archive->ctx, "%s: does not describe its network: assuming '%s'; the setting activation changes that",
                  archive->path, archive->notation);
}

/* (height, width, channels), as export writes it; none where it does not fit. */
static struct inki_shape read_shape(const struct archive *archive)
{
    const struct inki_array *array = find_array(archive, "input_shape");
    struct inki_shape in = {1, archive->features, 1, 0};
    double sides[3], product = 1;
    if (!array || !array->element || array->count != 3) return in;
    for (size_t i = 0; i < 3; i++) {
        sides[i] = inki_array_at(array, i);
        if (!(sides[i] >= 1 && sides[i] <= (double)archive->features)) return in;
        product *= sides[i];
    }
    if (product != (double)archive->features) return in;
    return (struct inki_shape){(size_t)sides[0], (size_t)sides[1], (size_t)sides[2], 0};
}

enum { MOST_CLASS = 1024 };

/* names[classes], each in a place of its own behind them; NULL where the archive has none that fit. */
static ink_status read_classes(const struct archive *archive, char ***out)
{
    const struct inki_array *array = find_array(archive, "classes");
    *out = NULL;
    if (!array || array->count != archive->classes || (!array->text && !array->element)) return INK_OK;
    size_t room = array->text ? inki_array_text_room(array) : 32;
    if (room > MOST_CLASS) return INK_OK;
    char **names = inki_alloc(archive->ctx, archive->classes, sizeof *names + room);
    if (!names) return INK_NO_MEMORY;
    for (size_t i = 0; i < archive->classes; i++) {
        names[i] = (char *)(names + archive->classes) + i * room;
        if (array->text)
            inki_array_text(array, i, names[i]);
        else
            snprintf(names[i], room, "%.0f", inki_array_at(array, i));
    }
    *out = names;
    return INK_OK;
}

static ink_status begin_model(const struct archive *archive, ink_model **out)
{
    char **names;
    float *zeros = NULL;
    INK_TRY(read_classes(archive, &names));
    bool scaled = find_array(archive, "scale_shift") && find_array(archive, "scale_factor");
    if (scaled) zeros = inki_zalloc(archive->ctx, archive->features, sizeof *zeros);
    struct inki_model_plan plan = {.notation = archive->notation,
                                   .in = read_shape(archive),
                                   .classes = archive->classes,
                                   .class_names = names,
                                   .scaling = scaled ? "standard" : "none",
                                   .shift = zeros,
                                   .factor = zeros};
    ink_status status = scaled && !zeros ? INK_NO_MEMORY : inki_model_begin(archive->ctx, &plan, out);
    inki_free(zeros);
    inki_free(names);
    return status;
}

/* An array called as a tensor of a model is, beside a notation: exported from a network of more than dense layers. */
static bool has_tensors(const struct archive *archive)
{
    for (size_t i = 0; i < archive->count; i++)
        if (strstr(archive->arrays[i].name, ".weight")) return find_array(archive, "notation") != NULL;
    return false;
}

static ink_status from_tensors(struct archive *archive, ink_model **out)
{
    const struct inki_array *shape = find_array(archive, "input_shape"), *classes = find_array(archive, "classes");
    double features = shape && shape->element && shape->count == 3 ? 1 : 0;
    for (size_t i = 0; features > 0 && i < 3; i++) features *= inki_array_at(shape, i);
    if (!classes || classes->count < 2 || !(features >= 1 && features <= 1 << 24))
        return inki_fail(archive->ctx, INK_BAD_DATA,
                         "%s: has a notation without an array input_shape of three sides, or without classes",
                         archive->path);
    archive->features = (size_t)features;
    archive->classes = classes->count;
    make_notation(archive);
    INK_TRY(begin_model(archive, out));
    return inki_weights_put(archive->ctx, *out, archive->path, archive->arrays, archive->count, 0);
}

/* What export wrote and a model cannot be made of again. */
static ink_status check_whole(const struct archive *archive)
{
    static const char *const kinds[][2] = {{"encoding", "encodes the columns of a table"},
                                           {"targets", "answers with numbers"}};
    for (size_t i = 0; i < 2 && find_array(archive, "notation"); i++)
        if (find_array(archive, kinds[i][0]))
            return inki_fail(archive->ctx, INK_UNSUPPORTED,
                             "%s: %s, which cannot be imported; use the model file that it was exported from",
                             archive->path, kinds[i][1]);
    return INK_OK;
}

static ink_status from_arrays(struct archive *archive, ink_model **out)
{
    INK_TRY(check_whole(archive));
    if (has_tensors(archive)) return from_tensors(archive, out);
    INK_TRY(read_widths(archive));
    make_notation(archive);
    INK_TRY(begin_model(archive, out));
    return inki_weights_put(archive->ctx, *out, archive->path, archive->arrays, archive->count,
                            archive->out_in ? 2 : 1);
}

/* ----------------------------------------------------------- PyTorch's tensors */

/* By name, numbers in it by their size: "2.weight" before "10.weight". Tensors lie in their file by name, letter by letter. */
static int by_name(const void *a, const void *b)
{
    const char *x = ((const struct inki_array *)a)->name, *y = ((const struct inki_array *)b)->name;
    for (; *x && *x == *y && !(*x >= '0' && *x <= '9'); x++) y++;
    if (*x >= '0' && *x <= '9' && *y >= '0' && *y <= '9') {
        unsigned long m = strtoul(x, NULL, 10), n = strtoul(y, NULL, 10);
        if (m != n) return m < n ? -1 : 1;
    }
    return strcmp(x, y);
}

/* Whether each matrix takes what the one before gives. */
static bool is_chain(const struct archive *archive, bool out_in)
{
    size_t before = 0;
    for (size_t i = 0; i < archive->count; i++) {
        const struct inki_array *array = &archive->arrays[i];
        if (!is_weight(array, before == 0)) continue;
        if (before && array->dims[out_in] != before) return false;
        before = array->dims[!out_in];
    }
    return true;
}

static bool has_number(const char *name) { return name[strcspn(name, "0123456789")] != 0; }

/* Names without numbers do not give the order of layers that could stand in each other's place. */
static ink_status check_order(const struct archive *archive)
{
    for (size_t i = 0; i < archive->count; i++)
        for (size_t k = i + 1; k < archive->count; k++) {
            const struct inki_array *a = &archive->arrays[i], *b = &archive->arrays[k];
            if (!is_weight(a, true) || !is_weight(b, true) || (has_number(a->name) && has_number(b->name))) continue;
            if (a->dims[0] == b->dims[0] && a->dims[1] == b->dims[1])
                return inki_fail(
                    archive->ctx, INK_BAD_DATA,
                    "%s: '%s' and '%s' have the same shape, and no number shows which layer comes first; export "
                    "the network as ONNX",
                    archive->path, a->name, b->name);
        }
    return INK_OK;
}

/* Names of what these networks have beside dense layers. */
static ink_status check_names(const struct archive *archive)
{
    static const char *const others[] = {"running_mean", "running_var", "conv", "norm", "embed", "lstm", "gru"};
    for (size_t i = 0; i < archive->count; i++)
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            if (strstr(archive->arrays[i].name, others[k]) || archive->arrays[i].rank > 2)
                return inki_fail(archive->ctx, INK_UNSUPPORTED,
                                 "%s: tensor '%s' does not belong to a dense layer; export the network as ONNX "
                                 "(torch.onnx.export), which describes how layers are joined",
                                 archive->path, archive->arrays[i].name);
    return INK_OK;
}

static ink_status read_tensors(struct archive *archive, const struct inki_bytes *content)
{
    INK_TRY(inki_tensors_read(archive->ctx, archive->path, content, &archive->arrays, &archive->count));
    if (archive->count) qsort(archive->arrays, archive->count, sizeof *archive->arrays, by_name);
    INK_TRY(check_names(archive));
    INK_TRY(check_order(archive));
    if (inki_get_choice(archive->set, INKI_INIT_LAYOUT) == 0)
        archive->out_in = is_chain(archive, true) || !is_chain(archive, false);
    return INK_OK;
}

static ink_status from_archive(ink_ctx *ctx, const char *path, const ink_settings *set, struct inki_bytes *content,
                               ink_model **out)
{
    struct archive *archive = inki_zalloc(ctx, 1, sizeof *archive);
    if (!archive) return INK_NO_MEMORY;
    *archive = (struct archive){.ctx = ctx, .path = path, .set = set};
    archive->out_in = inki_get_choice(set, INKI_INIT_LAYOUT) == 2;
    ink_status status = inki_tensors_is(content) ? read_tensors(archive, content)
                        : inki_npz_reader.is(content->data, content->size)
                            ? inki_npz_read(ctx, path, &archive->arrays, &archive->count)
                            : inki_pickle_arrays(ctx, path, content, &archive->arrays, &archive->count);
    if (status == INK_OK) status = from_arrays(archive, out);
    inki_arrays_free(ctx, archive->arrays, archive->count);
    inki_free(archive);
    return status;
}

/* ------------------------------------------------------------- kinds of files */

static ink_status from_network(ink_ctx *ctx, const char *path, const struct inki_bytes *content, ink_model **out)
{
    struct inki_network network;
    inki_network_begin(ctx, path, &network);
    size_t at = 0;
    while (at < content->size && memchr(" \t\r\n", content->data[at], 4)) at++;
    bool json = at < content->size && content->data[at] == '{';
    ink_status status =
        json ? inki_json_network(ctx, path, content, &network)
        : inki_onnx_is(content->data, content->size)
            ? inki_onnx_network(ctx, path, content, &network)
            : inki_fail(ctx, INK_BAD_FILE,
                        "%s: is not a file that can be imported; expected ONNX, JSON as export writes it, "
                        ".npz, a pickle of arrays or .safetensors of PyTorch%s",
                        path,
                        content->size > 8 && content->data[8] == '{' ? "; Inkling's own models need no import" : "");
    if (status == INK_OK) status = inki_network_model(&network, out);
    inki_network_end(&network);
    return status;
}

ink_status inki_import_bytes(ink_ctx *ctx, const char *path, struct inki_bytes *content, const ink_settings *set,
                             ink_model **out)
{
    ink_model *model = NULL;
    *out = NULL;
    bool arrays = inki_npz_reader.is(content->data, content->size) || inki_pickle_is(content->data, content->size) ||
                  inki_tensors_is(content);
    ink_status status =
        arrays ? from_archive(ctx, path, set, content, &model) : from_network(ctx, path, content, &model);
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}

ink_status ink_model_import(ink_ctx *ctx, const char *path, const ink_settings *set, ink_model **out)
{
    struct inki_bytes content;
    *out = NULL;
    ink_settings *defaults = NULL;
    if (!set) INK_TRY(ink_settings_new(ctx, &defaults));
    ink_status status = inki_bytes_read(ctx, path, &content);
    if (status == INK_OK) {
        status = inki_import_bytes(ctx, path, &content, set ? set : defaults, out);
        inki_bytes_free(ctx, &content);
    }
    ink_settings_free(defaults);
    return status;
}
