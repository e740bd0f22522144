/* meet: before the first step ranks compare what they have; and whether it pays that they are several.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/pool.h"
#include "base/settings.h"
#include "base/text.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a rank has. The first two fields are read of any rank: they say whether the rest means the same here. */
struct facts {
    char version[32];
    uint32_t mark; /* its bytes: the order of a machine's */
    uint32_t sizes;
    char kernels[16];
    uint64_t train, valid, start, settings[INKI_SETTING_COUNT];
};

enum { MARK = 0x01020304 };

/* Of how it is run: what decides on which exchanges there are. */
static bool is_of_run(enum inki_setting id) { return id == INKI_FOLDS || id == INKI_REPEAT || id == INKI_RESUME; }

static void find_facts(ink_trainer *trainer, struct facts *out)
{
    inki_trainer_prints(trainer);
    *out = (struct facts){.mark = MARK,
                          .sizes = sizeof(size_t) * 100 + INKI_SETTING_COUNT,
                          .train = trainer->train_print,
                          .valid = trainer->valid_print,
                          .start = inki_model_hash(trainer->model)};
    snprintf(out->version, sizeof out->version, "%s", ink_version());
    snprintf(out->kernels, sizeof out->kernels, "%s", ink_ctx_kernels(trainer->ctx));
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        const char *text = ink_settings_get(trainer->own, ink_settings_row((size_t)i)->name);
        const enum inki_setting id = (enum inki_setting)i;
        if (is_of_run(id) || (inki_setting_is_kept(id) && id != INKI_BUDGET)) /* rank 0 has the clock */
            out->settings[i] = inki_hash(0, text, strlen(text));
    }
}

/* "rank 1 on node2 has WHAT; expected that of rank 0, WANTED" */
static ink_status refuse_rank(const ink_trainer *trainer, unsigned rank, ink_status status, const char *what,
                              const char *wanted)
{
    char name[160];
    return inki_fail(trainer->ctx, status, "%s has %s; expected %s, as rank 0 has",
                     inki_rank_name(trainer->ctx, rank, name, sizeof name), what, wanted);
}

static ink_status compare_programs(const ink_trainer *trainer, unsigned rank, const struct facts *first,
                                   const struct facts *it)
{
    char what[128], wanted[96];
    if (memcmp(it->version, first->version, sizeof it->version) != 0) {
        snprintf(what, sizeof what, "version %.31s of Inkling", it->version);
        snprintf(wanted, sizeof wanted, "%.31s", first->version);
        return refuse_rank(trainer, rank, INK_BAD_DATA, what, wanted);
    }
    if (it->mark != first->mark || it->sizes != first->sizes)
        return refuse_rank(trainer, rank, INK_BAD_DATA, "a machine of another kind (order of bytes, sizes of numbers)",
                           "one");
    if (memcmp(it->kernels, first->kernels, sizeof it->kernels) == 0) return INK_OK;
    snprintf(what, sizeof what, "the kernels %.15s", it->kernels);
    snprintf(wanted, sizeof wanted, "%.15s (INKLING_KERNELS=portable runs everywhere, to the same bits)",
             first->kernels);
    return refuse_rank(trainer, rank, INK_BAD_DATA, what, wanted);
}

static ink_status compare_settings(const ink_trainer *trainer, unsigned rank, const struct facts *first,
                                   const struct facts *it, bool of_run)
{
    char what[96], wanted[160], text[100];
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        if (it->settings[i] == first->settings[i] || is_of_run((enum inki_setting)i) != of_run) continue;
        const char *name = ink_settings_row((size_t)i)->name;
        snprintf(what, sizeof what, "another value of the setting %s", name);
        snprintf(text, sizeof text, "%s", ink_settings_get(trainer->own, name));
        const bool known = inki_hash(0, text, strlen(text)) == first->settings[i];
        snprintf(wanted, sizeof wanted, "%s%s%s", known ? "'" : "the same", known ? text : "", known ? "'" : "");
        return refuse_rank(trainer, rank, INK_BAD_SETTING, what, wanted);
    }
    return INK_OK;
}

static ink_status compare_rank(const ink_trainer *trainer, unsigned rank, const struct facts *first,
                               const struct facts *it)
{
    INK_TRY(compare_programs(trainer, rank, first, it));
    INK_TRY(compare_settings(trainer, rank, first, it, true)); /* other folds have other rows */
    if (it->train != first->train) return refuse_rank(trainer, rank, INK_BAD_DATA, "other training rows", "the same");
    if (it->valid != first->valid) return refuse_rank(trainer, rank, INK_BAD_DATA, "other validation rows", "the same");
    INK_TRY(compare_settings(trainer, rank, first, it, false));
    return it->start == first->start ? INK_OK
                                     : refuse_rank(trainer, rank, INK_BAD_DATA, "other starting weights", "the same");
}

ink_status inki_peers_meet(ink_trainer *trainer)
{
    const unsigned ranks = inki_ranks(trainer->ctx);
    struct facts own;
    if (ranks == 1) return INK_OK;
    struct facts *all = inki_alloc(trainer->ctx, ranks, sizeof *all);
    if (!all) return INK_NO_MEMORY;
    find_facts(trainer, &own);
    ink_status status = inki_share_all(trainer->ctx, &own, sizeof own, all);
    for (unsigned r = 1; status == INK_OK && r < ranks; r++) status = compare_rank(trainer, r, &all[0], &all[r]);
    inki_free(all);
    if (status == INK_OK) inki_peers_note(trainer);
    return status;
}

/* --------------------------------------------------------- whether it pays */

/* Rows of a batch of which each rank has this many full shards. */
static size_t batch_of(const ink_trainer *trainer, size_t shards)
{
    return shards * inki_ranks(trainer->ctx) * trainer->lanes.shard_rows;
}

void inki_peers_note(const ink_trainer *trainer)
{
    const size_t rows = trainer->batches.size, each = trainer->lanes.shard_rows, shards = inki_shard_count(rows, each),
                 ranks = inki_ranks(trainer->ctx);
    if (trainer->ctx->comm.beside > inki_cores())
        inki_note(trainer->ctx, "%zu ranks share %u cores here, and wait for each other", trainer->ctx->comm.beside,
                  inki_cores());
    if (shards == 1)
        inki_note(trainer->ctx,
                  "%zu ranks do not pay here: a batch of %zu rows is one shard (of up to %zu), and each rank computes "
                  "all of it; they share batches of more rows, each one shard at %zu",
                  ranks, rows, each, batch_of(trainer, 1));
    else if (shards < ranks)
        inki_note(trainer->ctx, "a batch of %zu rows has %zu shards%s: %zu of %zu ranks have nothing to do", rows,
                  shards, shards == INKI_MOST_SHARDS ? ", the most that there are" : "", ranks - shards, ranks);
}

enum { FIRST_STEPS = 3, STEPS = 23 }; /* the first ones take longer */

/* One rank's time would grow with the batch, that of the exchange would not. */
static void note_cost(const ink_trainer *trainer, double steps)
{
    const struct inki_peers *peers = &trainer->peers;
    const double alone = peers->computing / steps, together = peers->all / steps,
                 given = together - peers->slowest / steps, ranks = (double)inki_ranks(trainer->ctx),
                 row = alone / (double)trainer->batches.size, even = given / (row * (1 - 1 / ranks));
    const size_t each = batch_of(trainer, 1), batch = (size_t)ceil(1.5 * even / (double)each) * each;
    if (together < alone) return;
    inki_note(trainer->ctx,
              "%.0f ranks do not pay here: a step takes %.3g ms, of which %.3g ms are for exchanging %.3g MB, and one "
              "rank would take %.3g ms; they would pay from about batch %zu on",
              ranks, 1e3 * together, 1e3 * given, 1e-6 * (double)(trainer->model->size * sizeof(float)), 1e3 * alone,
              batch);
}

void inki_peers_judge(ink_trainer *trainer)
{
    struct inki_peers *peers = &trainer->peers;
    if (peers->judged) return;
    if (peers->timed == FIRST_STEPS) peers->computing = peers->slowest = peers->all = 0;
    if (peers->timed < STEPS) return;
    note_cost(trainer, STEPS - FIRST_STEPS);
    peers->judged = true;
}
