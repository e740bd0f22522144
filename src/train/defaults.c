/* defaults: what `auto` stands for: rows for networks over images, of which two are the default ones; two for tables; one for what is neither.
 * SPDX-License-Identifier: MIT */
#include "train/defaults.h"

#include "base/mem.h"
#include "base/settings.h"
#include "model/spec.h"

#include <stdio.h>
#include <string.h>

/* Images and plain rows: chosen on validation rows of MNIST and Fashion-MNIST (docs/recipes.md); tables: docs/tables.md. lr: of the
 * optimizer that is chosen along with it; NULL: the optimizer's own. batch NULL: by the rows. */
struct defaults {
    const char *optimizer, *lr, *schedule;
    size_t epochs, most_epochs; /* of few rows more, for LEAST_STEPS */
    const char *batch, *l2, *ema, *keep, *val, *monitor, *augment;
};

/* clang-format off */
static const struct defaults
    plain =        {"sgd",   NULL,    "cosine",    35, 35, "64",  "0",   "none", "best", "0.1", "auto",     "none"},
    images =       {"adam",  "0.01",  "one-cycle", 8,  64, "64",  "0",   "none", "best", "0.1", "auto",     "none"},
    drawings =     {"adam",  "0.01",  "one-cycle", 8,  64, "128", "0",   "none", "best", "0.1", "auto",     "shift:1"},
    others =       {"adam",  "0.01",  "one-cycle", 6,  64, "128", "0",   "none", "best", "0.1", "auto",     "none"},
    tables =       {"adamw", "0.001", "constant",  40, 40, NULL,  "0.3", NULL,   "best", "0.1", "val_loss", "none"},
    small_tables = {"adamw", "0.003", "one-cycle", 0,  0,  NULL,  "1",   "none", "last", "0",   "val_loss", "none"};
/* clang-format on */

enum {
    LEAST_STEPS = 2000, /* where most_epochs allows it */
    SMALL_STEPS = 400,  /* of a small table, where no folds choose */
    LEAST_SIDE = 16,    /* of an image */
    DRAWING_LEAST = 20, /* the network of drawings has no padding, and a weight for each place that is left */
    DRAWING_MOST = 40,
    LOOKED_AT = 256, /* rows, evenly from all */
    MEMBERS = 8,
    PATIENCE = 4, /* epochs, and no fewer steps than */
    PATIENT_STEPS = 600
};

static bool is_image(const ink_data *data) { return data->height >= LEAST_SIDE && data->width >= LEAST_SIDE; }

/* Of images of pen on paper, black or white, three fifths and more of the values are the least or the largest of all. */
static bool is_plain(const ink_data *data)
{
    const size_t rows = data->rows < LOOKED_AT ? data->rows : LOOKED_AT;
    size_t at_low = 0, at_high = 0;
    float low = 0, high = 0;
    for (size_t i = 0; i < rows * data->features; i++) {
        const size_t row = inki_data_base(data, i / data->features * data->rows / rows);
        const size_t at = row * data->features + i % data->features;
        const float value = data->bytes ? data->bytes[at] : data->floats[at];
        if (i == 0 || value < low) low = value, at_low = 0;
        if (i == 0 || value > high) high = value, at_high = 0;
        at_low += value == low;
        at_high += value == high;
    }
    return 5 * (at_low > at_high ? at_low : at_high) >= 3 * rows * data->features;
}

static bool is_drawing(const ink_data *data)
{
    const size_t least = data->height < data->width ? data->height : data->width;
    const size_t most = data->height < data->width ? data->width : data->height;
    return least >= DRAWING_LEAST && most <= DRAWING_MOST && is_plain(data);
}

static bool is_auto(const ink_settings *set, enum inki_setting id)
{
    return strcmp(ink_settings_get(set, ink_settings_row(id)->name), "auto") == 0;
}

static ink_status put(ink_ctx *ctx, ink_settings *set, enum inki_setting id, const char *value)
{
    return is_auto(set, id) ? ink_settings_set(ctx, set, ink_settings_row(id)->name, value) : INK_OK;
}

static ink_status put_count(ink_ctx *ctx, ink_settings *set, enum inki_setting id, size_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", value);
    return put(ctx, set, id, text);
}

/* ------------------------------------------------------------------ network */

/* Weights that members share learn more slowly, and are the better ones where rows are few or answers are noisy, as classes are. */
static const char *members_weights(const ink_data *data, size_t rows)
{
    return data && data->targets && rows >= INKI_SMALL_TABLE ? "separate" : "shared";
}

void inki_table_net(const ink_settings *set, const ink_data *data, size_t rows, double dropout, char net[INKI_NET_ROOM])
{
    const char *weights = ink_settings_get(set, "ensemble-weights"), *act = ink_settings_get(set, "activation");
    if (strcmp(weights, "auto") == 0) weights = members_weights(data, rows);
    const char *shared = strcmp(weights, "shared") == 0 ? " shared" : "";
    const bool open = is_auto(set, INKI_ENSEMBLE);
    const size_t members = open ? MEMBERS : inki_get_int(set, INKI_ENSEMBLE);
    char layer[64], drop[32] = "";
    if (ink_settings_is_set(set, "dropout")) dropout = inki_get_real(set, INKI_DROPOUT);
    if (members > 1)
        snprintf(layer, sizeof layer, "dense 128 %s members %zu%s", act, members, shared);
    else
        snprintf(layer, sizeof layer, "dense 128 %s", act);
    if (dropout > 0) snprintf(drop, sizeof drop, " | dropout %g", dropout);
    snprintf(net, INKI_NET_ROOM, "%s%s | %s%s", layer, drop, layer, drop);
}

bool inki_net_is_open(const ink_settings *set, const ink_data *data)
{
    if (!inki_is_table(data)) return inki_net_is_auto(set);
    return is_auto(set, INKI_NET) && !ink_settings_is_set(set, "hidden");
}

void inki_default_net(const ink_settings *set, const ink_data *data, size_t rows, char net[INKI_NET_ROOM])
{
    const bool many_numbers = data->targets && rows >= INKI_SMALL_TABLE;
    if (inki_is_table(data))
        inki_table_net(set, data, rows, many_numbers ? 0 : 0.1, net);
    else
        snprintf(net, INKI_NET_ROOM, "%s",
                 !is_image(data)    ? INKI_PLAIN_NET
                 : is_drawing(data) ? INKI_DRAWING_NET
                                    : INKI_OTHER_NET);
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
    inki_free(layers);
    return status == INK_NO_MEMORY ? status : INK_OK;
}

/* -------------------------------------------------------------- the others */

/* What trains a table goes together: whoever takes another network, optimizer, rate or schedule gets what all others get, unless there are
 * numbers to predict, for which plain SGD is too rough. */
static bool trains_as_table(const ink_settings *set, const ink_data *data)
{
    const char *optimizer = ink_settings_get(set, "optimizer");
    const bool open = is_auto(set, INKI_LR) && is_auto(set, INKI_SCHEDULE);
    if (!data || !inki_is_table(data) || !open || !(data->targets || inki_net_is_open(set, data))) return false;
    return strcmp(optimizer, "auto") == 0 || strcmp(optimizer, "adamw") == 0;
}

static ink_status choose(ink_ctx *ctx, const ink_settings *set, const ink_data *data, size_t rows, bool as_table,
                         bool open, const ink_model *start, const struct defaults **out)
{
    bool has = start && any_images(start->nodes, start->node_count);
    char *notation = NULL;
    ink_status status = start ? INK_OK : inki_notation_from(ctx, set, &notation);
    if (status == INK_OK && !start) status = has_images(ctx, notation, data, &has);
    inki_free(notation);
    *out = has ? &images : &plain;
    if (has && open) *out = is_drawing(data) ? &drawings : &others;
    if (!has && as_table) *out = rows < INKI_SMALL_TABLE ? &small_tables : &tables;
    return status;
}

static size_t batch_for(const struct defaults *defaults, size_t rows)
{
    if (defaults == &small_tables) return rows > 0 && rows < 32 ? rows : 32;
    return rows < 4000 ? 64 : rows < 10000 ? 128 : 256;
}

/* rows 0: their number does not matter. */
static size_t epochs_for(const struct defaults *defaults, const ink_settings *set, size_t rows)
{
    const size_t batch = inki_get_int(set, INKI_BATCH), steps = rows && batch ? (rows + batch - 1) / batch : 1;
    if (defaults == &small_tables) return (SMALL_STEPS + steps - 1) / steps;
    size_t epochs = (LEAST_STEPS + steps - 1) / steps;
    if (epochs < defaults->epochs) epochs = defaults->epochs;
    return epochs < defaults->most_epochs ? epochs : defaults->most_epochs;
}

/* Epochs of a table to wait for something better: of few rows they have few steps. */
static size_t patience(const ink_settings *set, size_t rows)
{
    const size_t batch = inki_get_int(set, INKI_BATCH), steps = batch ? (rows + batch - 1) / batch : 1;
    return PATIENCE * steps < PATIENT_STEPS ? (PATIENT_STEPS + steps - 1) / steps : PATIENCE;
}

static ink_status fill_stopping(ink_ctx *ctx, ink_settings *set, const struct defaults *defaults, size_t rows,
                                bool valid)
{
    const char *ema = inki_get_int(set, INKI_BATCH) < 128 && inki_get_int(set, INKI_BATCH) > 0 ? "0.99" : "0.998";
    INK_TRY(put(ctx, set, INKI_EMA, defaults->ema ? defaults->ema : ema));
    INK_TRY(valid && defaults == &tables ? put_count(ctx, set, INKI_EARLY_STOP, patience(set, rows))
                                         : put(ctx, set, INKI_EARLY_STOP, "none"));
    INK_TRY(put(ctx, set, INKI_MONITOR, defaults->monitor));
    INK_TRY(put(ctx, set, INKI_KEEP, defaults->keep));
    return put(ctx, set, INKI_VAL, defaults->val);
}

/* The rate goes by the optimizer, the schedule by whether there is a rate. */
static ink_status fill_settings(ink_ctx *ctx, ink_settings *set, const struct defaults *defaults, size_t rows,
                                bool valid)
{
    const bool rate = !is_auto(set, INKI_LR);
    INK_TRY(put(ctx, set, INKI_SCHEDULE, rate ? "constant" : defaults->schedule));
    if (is_auto(set, INKI_OPTIMIZER) && defaults->lr) INK_TRY(put(ctx, set, INKI_LR, defaults->lr));
    INK_TRY(put(ctx, set, INKI_OPTIMIZER, defaults->optimizer));
    INK_TRY(put(ctx, set, INKI_L2, defaults->l2));
    INK_TRY(put(ctx, set, INKI_AUGMENT, defaults->augment));
    INK_TRY(defaults->batch ? put(ctx, set, INKI_BATCH, defaults->batch)
                            : put_count(ctx, set, INKI_BATCH, batch_for(defaults, rows)));
    INK_TRY(fill_stopping(ctx, set, defaults, rows, valid));
    return put_count(ctx, set, INKI_EPOCHS, epochs_for(defaults, set, rows));
}

static ink_status fill_net(ink_ctx *ctx, ink_settings *set, const ink_data *data, size_t rows)
{
    char net[INKI_NET_ROOM];
    inki_default_net(set, data, rows, net);
    return ink_settings_set(ctx, set, "net", net);
}

bool inki_length_is_open(const ink_settings *set, const ink_data *data, size_t rows)
{
    return trains_as_table(set, data) && rows < INKI_SMALL_TABLE && is_auto(set, INKI_EPOCHS) &&
           inki_get_int(set, INKI_STEPS) == 0;
}

ink_status inki_settings_resolve(ink_ctx *ctx, const ink_settings *set, const ink_data *data, size_t rows, bool valid,
                                 const ink_model *start, ink_settings **out)
{
    const struct defaults *defaults = NULL;
    ink_settings *own;
    *out = NULL;
    INK_TRY(ink_settings_copy(ctx, set, &own));
    ink_status status = INK_OK;
    const bool open = !start && inki_net_is_open(set, data);
    if (open) status = fill_net(ctx, own, data, rows);
    if (status == INK_OK && !start) status = put(ctx, own, INKI_ENSEMBLE_WEIGHTS, members_weights(data, rows));
    if (status == INK_OK) status = choose(ctx, own, data, rows, trains_as_table(set, data), open, start, &defaults);
    if (status == INK_OK) status = fill_settings(ctx, own, defaults, rows, valid);
    if (status == INK_OK)
        *out = own;
    else
        ink_settings_free(own);
    return status;
}

ink_status inki_settings_remark(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const ink_model *start)
{
    ink_settings *own;
    char net[INKI_NET_ROOM];
    ink_status status = inki_settings_resolve(ctx, set, data, data->rows, true, start, &own);
    if (status == INK_BAD_SETTING) return INK_OK; /* which is said where the network is made */
    if (status != INK_OK) return status;
    inki_settings_note(ctx, set, own);
    inki_default_net(set, data, data->rows, net);
    if (!start && !inki_net_is_open(set, data)) inki_notation_note(ctx, set, net);
    if (!start && !inki_is_table(data) && inki_net_is_auto(set) && ink_settings_is_set(set, "ensemble-weights"))
        inki_note(ctx,
                  "ensemble-weights has no effect: the default network of these rows has no members; set ensemble");
    if (!data->targets && ink_settings_is_set(set, "target-scale"))
        inki_note(ctx, "target-scale has no effect: the rows have classes, not numbers to predict");
    ink_settings_free(own);
    return INK_OK;
}
