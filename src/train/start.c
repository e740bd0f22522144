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

#include <string.h>

/* The same columns with the same words, in the same places. */
static bool same_encoding(const ink_model *a, const ink_model *b)
{
    if (!a->encoding || !b->encoding) return !a->encoding && !b->encoding;
    return inki_encoding_same(a->encoding, b->encoding);
}

static ink_status from_model(ink_ctx *ctx, ink_model *model, const char *path)
{
    ink_model *other;
    INK_TRY(ink_model_load(ctx, path, &other));
    ink_status status = INK_OK;
    if (strcmp(other->loss->name, model->loss->name) != 0 || !inki_levels_equal(&other->numbers, &model->numbers))
        status = inki_fail(ctx, INK_BAD_DATA, "%s: was trained with the loss %s; expected %s", path,
                           ink_model_metadata(other, "loss"), ink_model_metadata(model, "loss"));
    else if (strcmp(other->notation, model->notation) != 0 || other->features != model->features ||
             other->outputs != model->outputs || other->size != model->size)
        status = inki_fail(
            ctx, INK_BAD_DATA,
            "%s: is a network '%s' of %zu features and %zu classes, scale %s; expected '%s' of %zu and %zu, scale %s",
            path, other->notation, other->features, other->classes, other->scaling, model->notation, model->features,
            model->classes, model->scaling);
    else if (!inki_same_classes(other->class_names, other->classes, model->class_names, model->classes))
        status = inki_fail(ctx, INK_BAD_DATA, "%s: was trained on other classes than the data has", path);
    else if (!same_encoding(other, model))
        status =
            inki_fail(ctx, INK_BAD_DATA,
                      "%s: encodes its columns otherwise than these rows' would be (words, gaps, or bins of numbers); "
                      "train it on these rows from the beginning, or leave init-from out",
                      path);
    else { /* its scalings too: the weights were made for them */
        memcpy(model->w, other->w, model->size * sizeof *model->w);
        memcpy(model->scaling, other->scaling, sizeof model->scaling);
        status = inki_model_set_metadata(ctx, model, "scaling", model->scaling);
        if (status == INK_OK) status = inki_model_set_scales(ctx, model, other->numbers.scales);
    }
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

ink_status inki_start_from(ink_ctx *ctx, ink_model *model, const char *path, int layout)
{
    struct inki_bytes content;
    struct inki_array *arrays = NULL;
    size_t count = 0;
    bool is;
    INK_TRY(inki_bytes_read(ctx, path, &content));
    ink_status status = read_arrays(ctx, path, &content, &is, &arrays, &count);
    if (status == INK_OK && is) status = inki_weights_put(ctx, model, path, arrays, count, layout);
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

/* The columns' encoding, where the rows are of a table that has one; *wanted: whether. */
static ink_status begin_encoding(ink_ctx *ctx, const ink_data *train, const ink_settings *set, bool *wanted,
                                 struct inki_encoding *out)
{
    struct inki_numbers_plan numbers;
    *out = (struct inki_encoding){0};
    *wanted = inki_encoding_wanted(set, train);
    INK_TRY(inki_numbers_from(ctx, set, &numbers));
    if (*wanted) return inki_encoding_fit(ctx, set, (enum inki_scaling)inki_get_choice(set, INKI_SCALE), train, out);
    if (ink_settings_is_set(set, "numbers"))
        inki_note(ctx, "numbers: has no effect here: the rows are images, which are scaled as a whole");
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
    inki_free(ctx, statistics);
    inki_free(ctx, notation);
    if (status == INK_OK) status = inki_model_init(ctx, model, set);
    if (status == INK_OK && train->targets) status = inki_target_fit(ctx, train, set, model);
    if (status == INK_OK && *from) status = inki_start_from(ctx, model, from, inki_get_choice(set, INKI_INIT_LAYOUT));
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}
