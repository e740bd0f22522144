/* start: the network that training begins with.
 * SPDX-License-Identifier: MIT */
#include "train/start.h"
#include "base/mem.h"
#include "base/settings.h"
#include "read/load.h"
#include "read/npy.h"
#include "read/pickle.h"
#include "data/prep.h"
#include "train/encode_fit.h"
#include "train/target_fit.h"
#include "train/tensors.h"
#include "train/weights.h"

#include <stdio.h>
#include <string.h>

/* The same columns with the same words, in the same places. */
static bool same_encoding(const ink_model *a, const ink_model *b)
{
    if (!a->encoding || !b->encoding) return !a->encoding && !b->encoding;
    return inki_encoding_same(a->encoding, b->encoding);
}

/* The settings that would make the network the file's. */
static ink_status other_network(ink_ctx *ctx, const ink_model *other, const ink_model *model, const char *path)
{
    if (other->features != model->features || other->outputs != model->outputs)
        return inki_fail(ctx, INK_BAD_DATA, "%s: is a network of %zu features and %zu outputs; expected %zu and %zu",
                         path, other->features, other->outputs, model->features, model->outputs);
    if (strcmp(other->notation, model->notation) != 0)
        return inki_fail(ctx, INK_BAD_DATA,
                         "%s: is a network '%s'; expected '%s', as the settings say: set net to the file's", path,
                         other->notation, model->notation);
    return inki_fail(ctx, INK_BAD_DATA, "%s: has scale %s; expected %s: give scale as the file has it", path,
                     other->scaling, model->scaling);
}

static ink_status check_encoding(ink_ctx *ctx, const ink_model *other, const ink_model *model, const char *path)
{
    if (!other->encoding && model->encoding)
        return inki_fail(ctx, INK_BAD_DATA,
                         "%s: takes plain numbers, and the columns of these rows are encoded (gaps, words, or bins of "
                         "numbers); begin with a model trained on such rows or with the setting numbers, or leave "
                         "init-from out",
                         path);
    if (other->encoding && !model->encoding)
        return inki_fail(
            ctx, INK_BAD_DATA,
            "%s: encodes its columns, and these rows need no encoding; the setting numbers gives them one, "
            "or leave init-from out",
            path);
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: encodes its columns otherwise than these rows' would be (words, gaps, or bins of numbers); "
                     "train it on these rows from the beginning, or leave init-from out",
                     path);
}

/* The file's scalings too: the weights were made for them. */
static ink_status take_weights(ink_ctx *ctx, const ink_model *other, ink_model *model)
{
    memcpy(model->w, other->w, model->size * sizeof *model->w);
    memcpy(model->scaling, other->scaling, sizeof model->scaling);
    INK_TRY(inki_model_set_metadata(ctx, model, "scaling", model->scaling));
    return inki_model_set_scales(ctx, model, other->numbers.scales);
}

static ink_status put_model(ink_ctx *ctx, const ink_model *other, ink_model *model, const char *path)
{
    const bool sizes = other->features == model->features && other->outputs == model->outputs;
    if (strcmp(other->loss->name, model->loss->name) != 0 || !inki_levels_equal(&other->numbers, &model->numbers))
        return inki_fail(ctx, INK_BAD_DATA, "%s: was trained with the loss %s; expected %s", path,
                         ink_model_metadata(other, "loss"), ink_model_metadata(model, "loss"));
    if (!sizes || strcmp(other->notation, model->notation) != 0) return other_network(ctx, other, model, path);
    if (!inki_same_classes(other->class_names, other->classes, model->class_names, model->classes))
        return inki_fail(ctx, INK_BAD_DATA, "%s: was trained on other classes than the data has", path);
    if (!same_encoding(other, model)) return check_encoding(ctx, other, model, path);
    if (other->size != model->size) return other_network(ctx, other, model, path);
    return take_weights(ctx, other, model);
}

static ink_status from_model(ink_ctx *ctx, ink_model *model, const char *path)
{
    ink_model *other;
    INK_TRY(ink_model_load(ctx, path, &other));
    ink_status status = put_model(ctx, other, model, path);
    ink_model_free(other);
    return status;
}

/* The arrays of a file by name, whatever kind its content is; *is: false if it is none of these. They may lie in the content. */
static ink_status read_arrays(ink_ctx *ctx, const char *path, struct inki_bytes *content, bool *is,
                              struct inki_array **arrays, size_t *count)
{
    *is = true;
    if (inki_pickle_is(content->data, content->size)) return inki_pickle_arrays(ctx, path, content, arrays, count);
    if (inki_npz_reader.is(content->data, content->size)) return inki_npz_read(ctx, path, arrays, count);
    if (inki_tensors_is(content)) return inki_tensors_read(ctx, path, content, arrays, count);
    *is = false;
    return INK_OK;
}

/* Of weights that do not fit because the columns are encoded this is said. */
static ink_status put_arrays(ink_ctx *ctx, ink_model *model, const char *path, const struct inki_array *arrays,
                             size_t count, int layout)
{
    char message[640];
    ink_status status = inki_weights_put(ctx, model, path, arrays, count, layout);
    if (status != INK_BAD_DATA || !model->encoding) return status;
    snprintf(message, sizeof message, "%.600s", ctx->message);
    return inki_fail(ctx, status,
                     "%s; the %zu columns of these rows are encoded as %zu inputs (gaps, words, or bins of numbers)",
                     message, model->features, model->encoding->inputs);
}

ink_status inki_start_from(ink_ctx *ctx, ink_model *model, const char *path, int layout)
{
    struct inki_bytes content;
    struct inki_array *arrays = NULL;
    size_t count = 0;
    bool is;
    INK_TRY(inki_bytes_read(ctx, path, &content));
    ink_status status = read_arrays(ctx, path, &content, &is, &arrays, &count);
    if (status == INK_OK && is) status = put_arrays(ctx, model, path, arrays, count, layout);
    inki_arrays_free(ctx, arrays, count);
    inki_bytes_free(ctx, &content);
    return status != INK_OK || is ? status : from_model(ctx, model, path);
}

/* What a loss of numbers cannot have. */
static ink_status check_for_numbers(ink_ctx *ctx, const ink_settings *set, const struct inki_loss *loss)
{
    if (inki_get_real(set, INKI_LABEL_SMOOTHING) > 0)
        return inki_fail(ctx, INK_BAD_SETTING,
                         "label-smoothing spreads over classes, and the loss %s has none; leave it out", loss->name);
    if (strcmp(inki_get_text(set, INKI_CLASS_WEIGHT), "none") != 0)
        return inki_fail(ctx, INK_BAD_SETTING, "class-weight weighs classes, and the loss %s has none; leave it out",
                         loss->name);
    return INK_OK;
}

ink_status inki_loss_from(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const struct inki_loss **out)
{
    enum inki_target target = data->targets ? INKI_TARGET_REALS : INKI_TARGET_CLASSES;
    const char *name = ink_settings_get(set, "loss");
    *out = strcmp(name, "auto") == 0 ? inki_loss_for(target) : inki_loss_named(name);
    if ((*out)->target != target)
        return inki_fail(ctx, INK_BAD_SETTING, "loss %s is for %s, and the rows have %s; choose %s or auto", name,
                         data->targets ? "classes" : "numbers", data->targets ? "numbers" : "classes",
                         inki_loss_for(target)->name);
    *out = inki_loss_of(*out, data->classes);
    return target == INKI_TARGET_REALS ? check_for_numbers(ctx, set, *out) : INK_OK;
}

static ink_status begin_model(ink_ctx *ctx, const ink_data *train, const ink_settings *set,
                              const struct inki_loss *loss, const char *notation, enum inki_scaling kind,
                              const struct inki_encoding *encoding, float *shift, ink_model **out)
{
    struct inki_numbers levels;
    INK_TRY(inki_loss_levels(ctx, ink_settings_get(set, "loss"), &levels));
    struct inki_model_plan plan = {.notation = notation,
                                   .in = {train->height, train->width, train->channels, 0},
                                   .loss = loss,
                                   .classes = train->classes,
                                   .class_names = train->class_names,
                                   .targets = train->target_count,
                                   .target_names = train->target_names,
                                   .levels = &levels,
                                   .scaling = inki_scaling_name(kind)};
    if (encoding) {
        plan.encoding = encoding;
    } else if (kind != INKI_SCALE_NONE) {
        plan.shift = shift;
        plan.factor = shift + train->features;
        INK_TRY(inki_prep_fit(ctx, train, kind, shift, shift + train->features));
    }
    return inki_model_begin(ctx, &plan, out);
}

/* Settings of numbers, for a table that has none. */
static void note_words_alone(ink_ctx *ctx, const ink_settings *set, const struct inki_encoding *encoding)
{
    static const enum inki_setting of[] = {INKI_NUMBER_INPUTS, INKI_SCALE};
    for (size_t i = 0; encoding->numbers == 0 && i < sizeof of / sizeof *of; i++) {
        const ink_setting *row = ink_settings_row((size_t)of[i]);
        if (ink_settings_is_set(set, row->name) && strcmp(ink_settings_get(set, row->name), row->initial) != 0)
            inki_note(ctx, "%s has no effect: all columns hold words", row->name);
    }
}

/* The columns' encoding, where the rows are of a table that has one; *wanted: whether. */
static ink_status begin_encoding(ink_ctx *ctx, const ink_data *train, const ink_settings *set, bool *wanted,
                                 struct inki_encoding *out)
{
    struct inki_numbers_plan numbers;
    *out = (struct inki_encoding){0};
    *wanted = inki_encoding_wanted(set, train);
    INK_TRY(inki_numbers_from(ctx, set, &numbers));
    if (*wanted) {
        INK_TRY(inki_encoding_fit(ctx, set, (enum inki_scaling)inki_get_choice(set, INKI_SCALE), train, out));
        note_words_alone(ctx, set, out);
        return INK_OK;
    }
    if (ink_settings_is_set(set, "numbers"))
        inki_note(ctx, "numbers has no effect: the rows are images, which are scaled as a whole");
    return INK_OK;
}

ink_status inki_start_model(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_model **out)
{
    enum inki_scaling kind = inki_prep_kind(train, (enum inki_scaling)inki_get_choice(set, INKI_SCALE));
    const char *from = inki_get_text(set, INKI_INIT_FROM);
    ink_model *model = NULL;
    char *notation;
    const struct inki_loss *loss;
    struct inki_encoding encoding;
    bool encoded;
    *out = NULL;
    INK_TRY(inki_loss_from(ctx, set, train, &loss));
    INK_TRY(inki_notation_from(ctx, set, &notation));
    float *statistics = inki_alloc(ctx, train->features, 2 * sizeof *statistics);
    ink_status status = statistics ? begin_encoding(ctx, train, set, &encoded, &encoding) : INK_NO_MEMORY;
    if (status == INK_OK)
        status = begin_model(ctx, train, set, loss, notation, kind, encoded ? &encoding : NULL, statistics, &model);
    if (statistics) inki_encoding_end(&encoding);
    inki_free(statistics);
    inki_free(notation);
    if (status == INK_OK) status = inki_model_init(ctx, model, set);
    if (status == INK_OK && train->targets) status = inki_target_fit(ctx, train, set, model);
    if (status == INK_OK && *from) status = inki_start_from(ctx, model, from, inki_get_choice(set, INKI_INIT_LAYOUT));
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}
