/* length: how long to train on a small table.
 * SPDX-License-Identifier: MIT */
#include "train/length.h"

#include "base/pool.h"
#include "base/settings.h"
#include "model/spec.h"
#include "train/defaults.h"
#include "train/folds.h"
#include "train/trainer.h"

#include <math.h>
#include <pthread.h>
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

/* Folds of ways, in order: a thread takes the next one. Once all folds of a way are in, it is known whether longer ways can be better. */
struct trials {
    const ink_ctx *ctx;
    const ink_data *train;
    const ink_settings *set, *own;
    pthread_mutex_t mutex;
    /* under the mutex: */
    size_t next, ended[WAYS], known; /* folds taken; those of a way that have ended; ways of which all have */
    size_t tried;                    /* no way from here on is wanted */
    double losses[WAYS][FOLDS];      /* sums over the rows left out */
    ink_status status;               /* the first failure, and its sentence */
    char message[1024];
};

static double loss_of(const struct trials *trials, size_t way)
{
    double loss = 0;
    for (size_t fold = 0; fold < FOLDS; fold++) loss += trials->losses[way][fold] / (double)trials->train->rows;
    return loss;
}

static bool is_wanted(struct trials *trials, size_t way)
{
    pthread_mutex_lock(&trials->mutex);
    const bool wanted = way < trials->tried && trials->status == INK_OK;
    pthread_mutex_unlock(&trials->mutex);
    return wanted;
}

/* Trains to the end; the loss on the rows left out. */
static ink_status train_fold(ink_ctx *ctx, struct trials *trials, size_t way, struct inki_folds *folds, size_t fold,
                             const ink_settings *set)
{
    ink_data *train = NULL, *valid = NULL;
    ink_trainer *trainer = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    ink_status status = inki_folds_take(ctx, folds, fold, &train, &valid);
    if (status == INK_OK) status = ink_trainer_new(ctx, train, valid, set, NULL, &trainer);
    while (status == INK_OK && more && is_wanted(trials, way)) status = ink_trainer_epoch(trainer, NULL, &row, &more);
    trials->losses[way][fold] = status == INK_OK ? row.val[INK_LOSS] * (double)valid->rows : (double)INFINITY;
    ink_trainer_free(trainer);
    ink_data_free(train);
    ink_data_free(valid);
    return status == INK_DIVERGED ? INK_OK : status;
}

static ink_status settings_of(ink_ctx *ctx, const struct trials *trials, size_t way, ink_settings *of)
{
    INK_TRY(apply(ctx, trials->train, trials->set, &ways[way], of));
    INK_TRY(ink_settings_set_int(ctx, of, "folds", FOLDS));
    INK_TRY(ink_settings_set(ctx, of, "stratify", trials->train->labels ? "true" : "false"));
    INK_TRY(ink_settings_set(ctx, of, "eval-every", ink_settings_get(of, "steps")));
    INK_TRY(ink_settings_set(ctx, of, "checkpoint", ""));
    return ink_settings_set(ctx, of, "resume", "false");
}

static ink_status try_fold(ink_ctx *ctx, struct trials *trials, size_t way, size_t fold)
{
    ink_settings *of;
    struct inki_folds folds = {.data = NULL};
    INK_TRY(ink_settings_copy(ctx, trials->own, &of));
    ink_status status = settings_of(ctx, trials, way, of);
    if (status == INK_OK) status = inki_folds_begin(ctx, trials->train, of, &folds);
    if (status == INK_OK) status = train_fold(ctx, trials, way, &folds, fold, of);
    if (folds.data) inki_folds_end(&folds);
    ink_settings_free(of);
    return status;
}

static bool take_fold(struct trials *trials, size_t *at)
{
    pthread_mutex_lock(&trials->mutex);
    const bool some = trials->next < trials->tried * FOLDS && trials->status == INK_OK;
    if (some) *at = trials->next++;
    pthread_mutex_unlock(&trials->mutex);
    return some;
}

/* Ways are judged in their order, whichever ended first. */
static void judge_ways(struct trials *trials)
{
    for (; trials->known < trials->tried && trials->ended[trials->known] == FOLDS; trials->known++) {
        const size_t way = trials->known;
        if (way > 1 && loss_of(trials, way) > TURNED * loss_of(trials, way - 1)) trials->tried = way + 1;
    }
}

static void hand_in(struct trials *trials, size_t way, ink_status status, const char *message)
{
    pthread_mutex_lock(&trials->mutex);
    trials->ended[way]++;
    if (status == INK_OK) judge_ways(trials);
    if (status != INK_OK && trials->status == INK_OK) {
        trials->status = status;
        snprintf(trials->message, sizeof trials->message, "%s", message);
    }
    pthread_mutex_unlock(&trials->mutex);
}

/* On a context of its own: what there is to say is said once, of the training itself. A caller's allocator is for one thread. */
static void try_folds(void *arg, size_t part, size_t parts)
{
    struct trials *trials = arg;
    ink_ctx *ctx = NULL;
    size_t at;
    (void)part;
    ink_status status = ink_ctx_new(parts == 1 ? &trials->ctx->allocator : NULL, &ctx);
    if (status == INK_OK) status = ink_ctx_set_threads(ctx, 1);
    if (status == INK_OK) ctx->isa = trials->ctx->isa;
    while (take_fold(trials, &at)) {
        if (status == INK_OK) status = try_fold(ctx, trials, at / FOLDS, at % FOLDS);
        hand_in(trials, at / FOLDS, status, ctx ? ink_ctx_message(ctx) : "out of memory");
    }
    ink_ctx_free(ctx);
}

/* Folds of few rows choose by chance where ways are nearly alike. */
static size_t best_of(const struct trials *trials)
{
    size_t best = 0;
    for (size_t way = 0; way < trials->tried; way++) {
        const double more = way == MIDDLE ? MARGIN : best == MIDDLE ? 1 / MARGIN : 1;
        if (loss_of(trials, way) < more * loss_of(trials, best)) best = way;
    }
    return best;
}

static void note_choice(ink_ctx *ctx, const struct trials *trials, size_t best)
{
    char text[200] = "";
    for (size_t i = 0, used = 0; i < trials->tried; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %.4g", used ? ", " : "", ways[i].name,
                                 loss_of(trials, i));
    inki_note(ctx, "%d folds of the training rows choose %s (loss: %s)", FOLDS, ways[best].name, text);
}

ink_status inki_length_choose(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_settings *own)
{
    struct trials trials = {.ctx = ctx, .train = train, .set = set, .own = own, .tried = WAYS, .status = INK_OK};
    if (train->rows < LEAST_ROWS) return INK_OK;
    pthread_mutex_init(&trials.mutex, NULL);
    inki_parts_run(ctx, ctx->threads < FOLDS * WAYS ? ctx->threads : FOLDS * WAYS, try_folds, &trials);
    pthread_mutex_destroy(&trials.mutex);
    if (trials.status != INK_OK) return inki_fail(ctx, trials.status, "%s", trials.message);
    const size_t best = best_of(&trials);
    note_choice(ctx, &trials, best);
    return apply(ctx, train, set, &ways[best], own);
}
