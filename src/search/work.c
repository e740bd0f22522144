/* work: what a worker does with a trial: trains it to the end of its part and hands in.
 * SPDX-License-Identifier: MIT */
#include "base/little.h"
#include "base/clock.h"
#include "base/mem.h"
#include "search/search.h"
#include "train/provenance.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A trial at work. */
struct work {
    struct inki_search_hand *hand;
    struct inki_journal *journal;
    struct inki_claim *claim;
    ink_settings *set;
    ink_trainer *trainer;
    const struct inki_search_parts *parts; /* the rows of this training, shared with other workers */
    struct inki_checkpoints checkpoints;   /* when one is due */
    double began;
    size_t taken; /* epochs from a shorter trial of its family */
    bool more;    /* there are steps left */
    bool lost;    /* the lease is someone else's */
};

static bool ask(void *user, const ink_progress *now)
{
    const struct inki_search_hand *hand = user;
    (void)now;
    return hand->go_on(hand->user);
}

/* ---- beginning ---- */

static ink_status begin_trainer(struct work *work)
{
    const struct inki_search_parts *parts = work->parts;
    INK_TRY(ink_trainer_new(work->hand->ctx, parts->train, parts->valid, work->set, NULL, &work->trainer));
    work->trainer->train_print = parts->train_print;
    work->trainer->valid_print = parts->valid_print;
    work->trainer->start_hash = inki_model_hash(work->trainer->model);
    return INK_OK;
}

/* Resumes from the claim's checkpoint. A damaged one only costs time: the trial starts over. */
static ink_status resume(struct work *work)
{
    ink_trainer *trainer = work->trainer;
    if (work->claim->checkpoint.size == 0) {
        work->claim->rows = 0;
        return INK_OK;
    }
    ink_status status =
        inki_checkpoint_from_bytes(trainer, "checkpoint", &work->claim->checkpoint, work->claim->from_shorter);
    trainer->replay = false;
    if (status == INK_OK && work->claim->from_shorter) work->taken = trainer->step / trainer->per_epoch;
    if (status != INK_BAD_FILE) return status;
    work->claim->rows = 0;
    ink_trainer_free(trainer);
    work->trainer = NULL;
    return begin_trainer(work);
}

/* The seed of the training at hand: each of several without folds, or each set of folds, has the next. */
static ink_status set_seed(struct work *work)
{
    const ink_search *search = work->hand->search;
    size_t later = work->claim->round / (search->folds ? search->folds : 1);
    char text[24];
    if (later == 0) return INK_OK;
    snprintf(text, sizeof text, "%zu", inki_get_int(work->set, INKI_SEED) + later);
    return ink_settings_set(work->hand->ctx, work->set, "seed", text);
}

static ink_status begin_work(struct work *work)
{
    struct inki_search_hand *hand = work->hand;
    work->parts = &hand->search->parts[work->claim->round];
    INK_TRY(inki_search_point(hand->search, hand->ctx, work->claim->settings, &work->set));
    INK_TRY(set_seed(work));
    INK_TRY(inki_checkpoints_begin(hand->ctx, hand->search->set, &work->checkpoints));
    INK_TRY(begin_trainer(work));
    return resume(work);
}

/* ---- on the way ---- */

/* As inki_checkpoint_due, between rows of the history. */
static bool is_due(const struct work *work, double now)
{
    const struct inki_checkpoints *checkpoints = &work->checkpoints;
    double since = now - (checkpoints->last > 0 ? checkpoints->last : work->began);
    switch (checkpoints->kind) {
    case INKI_CHECKPOINT_NONE:
        return false;
    case INKI_CHECKPOINT_EPOCHS:
        return work->trainer->step % ((size_t)checkpoints->every * work->trainer->per_epoch) == 0;
    case INKI_CHECKPOINT_SECONDS:
        return since >= checkpoints->every;
    default:
        return since >= 1 && since >= 60 * checkpoints->cost;
    }
}

static double seconds_spent(const struct work *work) { return work->claim->seconds + inki_seconds_now() - work->began; }

/* Only failures of the store are failures here. */
static ink_status keep_state(struct work *work, ink_status *trained)
{
    struct inki_standing standing = {.run = work->trainer->run, .seconds = seconds_spent(work)};
    double began = inki_seconds_now();
    bool held = true;
    *trained = inki_checkpoint_to_bytes(work->trainer, &standing.checkpoint);
    if (*trained != INK_OK) return INK_OK;
    ink_status status = inki_journal_keep(work->journal, work->hand->ctx, work->claim, &standing, &held);
    inki_bytes_free(work->hand->ctx, &standing.checkpoint);
    work->lost = status == INK_OK && !held;
    work->checkpoints.last = inki_seconds_now();
    work->checkpoints.cost = work->checkpoints.last - began;
    return status;
}

/* Steps after which the trial's part of the rung is done. */
static size_t steps_wanted(const struct work *work)
{
    const ink_trainer *trainer = work->trainer;
    const struct inki_plan *plan = &work->hand->search->plan;
    size_t rung = work->claim->rung, epochs = trainer->steps_total / trainer->per_epoch;
    if (rung + 1 == plan->brackets[work->claim->bracket].rungs) return trainer->steps_total;
    return inki_plan_epochs(plan, work->claim->bracket, rung, epochs) * trainer->per_epoch;
}

/* Trains to the end of the part. *trained is how that went: what is not OK is the trial's failure, or CANCELLED. */
static ink_status train(struct work *work, ink_status *trained)
{
    ink_trainer *trainer = work->trainer;
    const ink_hooks hooks = {sizeof hooks, ask, work->hand};
    size_t wanted = steps_wanted(work);
    ink_epoch row = INK_INIT(ink_epoch);
    work->more = true;
    while (work->more && !work->lost && trainer->step < wanted) {
        *trained = ink_trainer_epoch(trainer, &hooks, &row, &work->more);
        if (*trained != INK_OK) return INK_OK;
        if (!work->more || trainer->step >= wanted || !is_due(work, inki_seconds_now())) continue;
        INK_TRY(keep_state(work, trained));
        if (*trained != INK_OK) return INK_OK;
    }
    return INK_OK;
}

/* ---- handing in ---- */

/* A copy of the model with the weights that are kept of what was trained so far; *row is their row of the history. */
static ink_status copy_kept(const struct work *work, ink_model **out, size_t *row)
{
    const ink_trainer *trainer = work->trainer;
    const ink_run *run = trainer->run;
    bool best = trainer->best_w && run->best < run->epoch_count;
    *row = best ? run->best : run->epoch_count - 1;
    INK_TRY(inki_model_copy(work->hand->ctx, inki_trainer_kept(trainer), out));
    if (best) memcpy((*out)->w, trainer->best_w, (*out)->size * sizeof *(*out)->w);
    return INK_OK;
}

/* The validation rows one by one, and how much their losses spread. */
static ink_status score(const struct work *work, const struct ink_model *kept, struct inki_result *out)
{
    ink_ctx *ctx = work->hand->ctx;
    struct inki_scorer scorer;
    const ink_search *search = work->hand->search;
    const size_t rows = work->parts->valid->rows, mark = search->loss->marks[search->score],
                 lists = mark == INKI_BY_LOSS ? 1 : 2;
    float *losses = inki_alloc(ctx, rows, lists * sizeof *losses);
    if (!losses) return INK_NO_MEMORY;
    out->losses.data = (uint8_t *)(void *)losses;
    out->losses.size = rows * lists * sizeof *losses;
    INK_TRY(inki_scorer_begin(ctx, kept, &scorer));
    inki_score_rows(&scorer, work->parts->valid, mark, losses, lists > 1 ? losses + rows : NULL);
    inki_scorer_end(&scorer);
    out->rows = rows;
    out->spread = inki_search_spread(search, losses, rows);
    inki_swap_little(losses, rows * lists, sizeof *losses); /* the store's */
    return INK_OK;
}

/* Whether a training with more epochs would have come to the same weights, and continued; and whether these are still known: where
 * an average is kept, they are lost in the end. */
static bool is_beginning(const ink_trainer *trainer)
{
    return !trainer->average && trainer->step == trainer->steps_total && trainer->step % trainer->per_epoch == 0 &&
           trainer->eval_every == trainer->per_epoch && !inki_trainer_is_early(trainer) &&
           inki_schedule_is_open(&trainer->schedule);
}

/* Training has ended with the best weights in the model: its last ones go back. To be made when all else is done. */
static ink_status make_ending(struct work *work, struct inki_bytes *out)
{
    ink_trainer *trainer = work->trainer;
    if (!work->claim->has_longer || work->hand->search->rounds > 1 || !is_beginning(trainer)) return INK_OK;
    memcpy(trainer->model->w, trainer->row_w, trainer->model->size * sizeof *trainer->model->w);
    return inki_checkpoint_to_bytes(trainer, out);
}

static ink_status make_result(struct work *work, struct inki_result *out)
{
    ink_ctx *ctx = work->hand->ctx;
    ink_trainer *trainer = work->trainer;
    const struct inki_plan *plan = &work->hand->search->plan;
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model *kept;
    size_t row;
    *out = (struct inki_result){.over = !work->more, .standing = {.run = trainer->run}};
    bool last = work->claim->rung + 1 == plan->brackets[work->claim->bracket].rungs;
    if (work->more && !last) INK_TRY(inki_checkpoint_to_bytes(trainer, &out->standing.checkpoint));
    INK_TRY(copy_kept(work, &kept, &row));
    const ink_epoch *of = &trainer->run->epochs[row];
    trainer->run->kept = row;
    ink_status status = score(work, kept, out);
    if (status == INK_OK)
        status = inki_record_provenance(ctx, kept, work->hand->search->data, work->hand->search->fingerprint, work->set,
                                        trainer->run);
    if (status == INK_OK) status = inki_model_to_bytes(ctx, kept, &out->model);
    ink_model_describe(kept, &info);
    ink_model_free(kept);
    INK_TRY(status);
    out->hash = info.hash;
    out->parameters = info.parameters;
    out->epochs = trainer->run->epochs[trainer->run->epoch_count - 1].epoch;
    out->best_epoch = of->epoch;
    memcpy(out->val, of->val, sizeof out->val);
    out->standing.seconds = seconds_spent(work);
    out->taken = work->taken;
    return make_ending(work, &out->end);
}

static void free_result(ink_ctx *ctx, struct inki_result *result)
{
    inki_bytes_free(ctx, &result->model);
    inki_bytes_free(ctx, &result->losses);
    inki_bytes_free(ctx, &result->standing.checkpoint);
    inki_bytes_free(ctx, &result->end);
}

/* The result of one of several trainings is kept for the trial's, which comes with the last. */
static ink_status hand_in(struct work *work, ink_status *trained, bool *ended)
{
    struct inki_result result = {0};
    bool held = true;
    *trained = make_result(work, &result);
    ink_status status = INK_OK;
    if (*trained == INK_OK && work->hand->search->rounds == 1)
        status = inki_journal_finish(work->journal, work->hand->ctx, work->claim, &result, ended);
    else if (*trained == INK_OK)
        status = inki_journal_round(work->journal, work->hand->ctx, work->claim, &result, &held);
    work->lost = !held;
    free_result(work->hand->ctx, &result);
    return status;
}

static ink_status give_up(struct work *work, ink_status trained, bool *ended)
{
    ink_ctx *ctx = work->hand->ctx;
    char message[sizeof ctx->message];
    if (trained == INK_CANCELLED) return inki_journal_release(work->journal, ctx, work->claim);
    snprintf(message, sizeof message, "%s", *ctx->message ? ctx->message : ink_status_text(trained));
    return inki_journal_fail(work->journal, ctx, work->claim, message, ended);
}

/* One training of the trial, to the end of its part. *go_on: it was handed in, and the lease is still held. */
static ink_status run_training(struct inki_search_hand *hand, struct inki_journal *journal, struct inki_claim *claim,
                               bool *ended, bool *go_on)
{
    struct work work = {.hand = hand, .journal = journal, .claim = claim, .began = inki_seconds_now()};
    ink_status trained = begin_work(&work), status = INK_OK;
    if (trained == INK_OK) status = train(&work, &trained);
    if (status == INK_OK && trained == INK_OK && !work.lost) status = hand_in(&work, &trained, ended);
    if (status == INK_OK && trained != INK_OK) status = give_up(&work, trained, ended);
    *go_on = status == INK_OK && trained == INK_OK && !work.lost;
    ink_trainer_free(work.trainer);
    ink_settings_free(work.set);
    inki_bytes_free(hand->ctx, &claim->checkpoint); /* it was this training's */
    return status;
}

ink_status inki_search_work(struct inki_search_hand *hand, struct inki_journal *journal, struct inki_claim *claim,
                            bool *ended)
{
    const size_t rounds = hand->search->rounds;
    bool go_on = true;
    *ended = false;
    while (go_on && !*ended && (rounds == 1 || claim->round < rounds))
        INK_TRY(run_training(hand, journal, claim, ended, &go_on));
    if (!go_on || *ended) return INK_OK;
    return inki_search_combine(hand, journal, claim, ended);
}
