/* defaults: one row for networks over images, one for all others.
 * SPDX-License-Identifier: MIT */
#include "train/defaults.h"

#include "base/mem.h"
#include "base/settings.h"
#include "model/spec.h"

#include <stdio.h>
#include <string.h>

/* Chosen on validation rows of MNIST and Fashion-MNIST (docs/recipes.md). lr: of the optimizer that is chosen along with it; NULL: the
 * optimizer's own. */
static const struct defaults {
    const char *net, *optimizer, *lr, *schedule;
    size_t epochs, most_epochs; /* of few rows more, for LEAST_STEPS */
} plain = {INKI_PLAIN_NET, "sgd", NULL, "cosine", 35, 35},
  images = {INKI_IMAGE_NET, "adam", "0.01", "one-cycle", 8, 64};

enum { LEAST_STEPS = 2000 };

/* Weights that members share learn more slowly, and are the better ones where there is noise or rows are few. */
enum { SEPARATE_ROWS = 3000 };

enum { LEAST_SIDE = 16 };

const char *inki_default_net(const ink_data *data)
{
    return data->height >= LEAST_SIDE && data->width >= LEAST_SIDE ? images.net : plain.net;
}

static bool is_auto(const ink_settings *set, enum inki_setting id)
{
    return strcmp(ink_settings_get(set, ink_settings_row(id)->name), "auto") == 0;
}

static ink_status put(ink_ctx *ctx, ink_settings *set, enum inki_setting id, const char *value)
{
    return is_auto(set, id) ? ink_settings_set(ctx, set, ink_settings_row(id)->name, value) : INK_OK;
}

static bool any_images(const struct inki_node *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (nodes[i].op->images) return true;
    return false;
}

/* Of a notation that is wrong it is said later, with its place. */
static ink_status has_images(ink_ctx *ctx, const char *notation, const ink_data *data, bool *has)
{
    struct inki_shape in = {data->height, data->width, data->channels, 0};
    struct inki_node *layers = inki_alloc(ctx, INKI_MOST_LAYERS, sizeof *layers);
    size_t count;
    if (!layers) return INK_NO_MEMORY;
    ink_status status = inki_spec_parse(ctx, notation, in, layers, &count);
    *has = status == INK_OK && any_images(layers, count);
    inki_free(ctx, layers);
    return status == INK_NO_MEMORY ? status : INK_OK;
}

static ink_status choose(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const ink_model *start,
                         const struct defaults **out)
{
    bool has = start && any_images(start->nodes, start->node_count);
    char *notation = NULL;
    ink_status status = start ? INK_OK : inki_notation_from(ctx, set, &notation);
    if (status == INK_OK && !start) status = has_images(ctx, notation, data, &has);
    inki_free(ctx, notation);
    *out = has ? &images : &plain;
    return status;
}

static const char *members_weights(const ink_data *data)
{
    return data && data->targets && data->rows >= SEPARATE_ROWS ? "separate" : "shared";
}

/* data: NULL where the number of rows does not matter. */
static size_t epochs_for(const struct defaults *defaults, const ink_settings *set, const ink_data *data)
{
    const size_t rows = data ? data->rows : 0, batch = inki_get_int(set, INKI_BATCH),
                 steps = rows && batch ? (rows + batch - 1) / batch : 1;
    size_t epochs = (LEAST_STEPS + steps - 1) / steps;
    if (epochs < defaults->epochs) epochs = defaults->epochs;
    return epochs < defaults->most_epochs ? epochs : defaults->most_epochs;
}

/* The rate goes by the optimizer, the schedule by whether there is a rate. */
static ink_status fill_settings(ink_ctx *ctx, ink_settings *set, const struct defaults *defaults, const ink_data *data)
{
    char epochs[24];
    snprintf(epochs, sizeof epochs, "%zu", epochs_for(defaults, set, data));
    const bool rate = !is_auto(set, INKI_LR);
    INK_TRY(put(ctx, set, INKI_SCHEDULE, rate ? "constant" : defaults->schedule));
    if (is_auto(set, INKI_OPTIMIZER) && defaults->lr) INK_TRY(put(ctx, set, INKI_LR, defaults->lr));
    INK_TRY(put(ctx, set, INKI_OPTIMIZER, defaults->optimizer));
    return put(ctx, set, INKI_EPOCHS, epochs);
}

ink_status inki_settings_resolve(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const ink_model *start,
                                 ink_settings **out)
{
    const struct defaults *defaults = NULL;
    ink_settings *own;
    *out = NULL;
    INK_TRY(ink_settings_copy(ctx, set, &own));
    ink_status status = INK_OK;
    if (!start && inki_net_is_auto(set)) status = ink_settings_set(ctx, own, "net", inki_default_net(data));
    if (status == INK_OK && !start) status = put(ctx, own, INKI_ENSEMBLE_WEIGHTS, members_weights(data));
    if (status == INK_OK) status = choose(ctx, own, data, start, &defaults);
    if (status == INK_OK) status = fill_settings(ctx, own, defaults, data);
    if (status == INK_OK)
        *out = own;
    else
        ink_settings_free(own);
    return status;
}

ink_status inki_settings_remark(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const ink_model *start)
{
    ink_settings *own;
    ink_status status = inki_settings_resolve(ctx, set, data, start, &own);
    if (status == INK_BAD_SETTING) return INK_OK; /* which is said where the network is made */
    if (status != INK_OK) return status;
    inki_settings_note(ctx, set, own);
    if (!start) inki_notation_note(ctx, set, inki_default_net(data));
    if (!data->targets && ink_settings_is_set(set, "target-scale"))
        inki_note(ctx, "target-scale has no effect: the rows have classes, not numbers to predict");
    ink_settings_free(own);
    return INK_OK;
}
