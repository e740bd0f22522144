/* length: how long to train on a small table.
 * SPDX-License-Identifier: MIT */
#include "train/length.h"

#include "base/settings.h"
#include "model/spec.h"
#include "train/defaults.h"
#include "train/folds.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Ways to train, as docs/tables.md has them; linear: without hidden layers, for tables that are hardly more than that. */
static const struct way {
    const char *name, *steps, *l2, *lr;
    double dropout;
    bool linear;
} ways[] = {{"a linear model", "800", "0.01", "0.02", 0, true},
            {"100 steps", "100", "5", "0.003", 0.2, false},
            {"200 steps", "200", "2", "0.003", 0.2, false},
            {"400 steps", "400", "1", "0.003", 0.1, false},
            {"800 steps", "800", "0.3", "0.003", 0.1, false}};

#define TURNED 1.02
#define MARGIN 1.02

enum { WAYS = sizeof ways / sizeof *ways, FOLDS = 3, MIDDLE = 2, LEAST_ROWS = 12 };

static ink_status fill_open(ink_ctx *ctx, const ink_settings *set, ink_settings *own, const char *name,
                            const char *value)
{
    const char *given = ink_settings_get(set, name);
    bool open = strcmp(given, "auto") == 0 || strcmp(given, "none") == 0;
    return open ? ink_settings_set(ctx, own, name, value) : INK_OK;
}

static ink_status apply(ink_ctx *ctx, const ink_data *train, const ink_settings *set, const struct way *way,
                        ink_settings *own)
{
    char net[INKI_NET_ROOM] = "";
    INK_TRY(fill_open(ctx, set, own, "steps", way->steps));
    INK_TRY(fill_open(ctx, set, own, "l2", way->l2));
    INK_TRY(fill_open(ctx, set, own, "lr", way->lr));
    if (way->linear) INK_TRY(fill_open(ctx, set, own, "numbers", "standard"));
    if (!inki_net_is_open(set, train)) return INK_OK;
    if (!way->linear) inki_table_net(set, train, train->rows, way->dropout, net);
    return ink_settings_set(ctx, own, "net", net);
}

/* Trains to the end; the loss on the rows left out. */
static ink_status train_fold(ink_ctx *ctx, struct inki_folds *folds, size_t fold, const ink_settings *set, double *loss)
{
    ink_data *train = NULL, *valid = NULL;
    ink_trainer *trainer = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    ink_status status = inki_folds_take(ctx, folds, fold, &train, &valid);
    if (status == INK_OK) status = ink_trainer_new(ctx, train, valid, set, NULL, &trainer);
    while (status == INK_OK && more) status = ink_trainer_epoch(trainer, NULL, &row, &more);
    *loss = status == INK_OK ? row.val[INK_LOSS] * (double)valid->rows : (double)INFINITY;
    ink_trainer_free(trainer);
    ink_data_free(train);
    ink_data_free(valid);
    return status == INK_DIVERGED ? INK_OK : status;
}

static ink_status try_way(ink_ctx *ctx, const ink_data *train, const ink_settings *set, const ink_settings *own,
                          const struct way *way, double *loss)
{
    ink_settings *of;
    struct inki_folds folds = {.data = NULL};
    *loss = 0;
    INK_TRY(ink_settings_copy(ctx, own, &of));
    ink_status status = apply(ctx, train, set, way, of);
    if (status == INK_OK) status = ink_settings_set_int(ctx, of, "folds", FOLDS);
    if (status == INK_OK) status = ink_settings_set(ctx, of, "stratify", train->labels ? "true" : "false");
    if (status == INK_OK) status = ink_settings_set(ctx, of, "eval-every", ink_settings_get(of, "steps"));
    if (status == INK_OK) status = ink_settings_set(ctx, of, "checkpoint", "");
    if (status == INK_OK) status = ink_settings_set(ctx, of, "resume", "false");
    if (status == INK_OK) status = inki_folds_begin(ctx, train, of, &folds);
    for (size_t fold = 0; status == INK_OK && fold < FOLDS; fold++) {
        double one;
        status = train_fold(ctx, &folds, fold, of, &one);
        *loss += one / (double)train->rows;
    }
    if (folds.data) inki_folds_end(&folds);
    ink_settings_free(of);
    return status;
}

static void note_choice(ink_ctx *ctx, const double losses[WAYS], size_t tried, size_t best)
{
    char text[200] = "";
    for (size_t i = 0, used = 0; i < tried; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s %.4g", used ? ", " : "", ways[i].name, losses[i]);
    inki_note(ctx, "%d folds of the training rows choose %s (loss: %s)", FOLDS, ways[best].name, text);
}

ink_status inki_length_choose(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_settings *own)
{
    double losses[WAYS];
    size_t best = 0, tried = 0;
    ink_note_fn note = ctx->note;
    ink_status status = INK_OK;
    if (train->rows < LEAST_ROWS) return INK_OK;
    ctx->note = NULL; /* what there is to say is said once, of the training itself */
    for (; tried < WAYS && status == INK_OK; tried++) {
        status = try_way(ctx, train, set, own, &ways[tried], &losses[tried]);
        /* Folds of few rows choose by chance where ways are nearly alike. */
        const double more = tried == MIDDLE ? MARGIN : best == MIDDLE ? 1 / MARGIN : 1;
        if (status == INK_OK && losses[tried] < more * losses[best]) best = tried;
        if (tried > 1 && losses[tried] > TURNED * losses[tried - 1]) break; /* longer ones are worse still */
    }
    ctx->note = note;
    if (status != INK_OK) return status;
    note_choice(ctx, losses, tried < WAYS ? tried + 1 : WAYS, best);
    return apply(ctx, train, set, &ways[best], own);
}
