/* parts: the rows of a trial's trainings, and one result from several.
 * SPDX-License-Identifier: MIT
 *
 * With the setting folds a trial is trained once for each fold, with repeat once for each seed, with both once for each fold of
 * each seed: the same rounds as ink_train_rounds has. */
#include "base/little.h"
#include "base/mem.h"
#include "base/text.h"
#include "train/folds.h"
#include "search/search.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- rows ---- */

static ink_status set_seed(const ink_search *search, size_t later, ink_settings *own)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", inki_get_int(search->set, INKI_SEED) + later);
    return ink_settings_set(search->ctx, own, "seed", text);
}

/* One split for each seed; they have the first one's test part in common only where the data brings it along. */
static ink_status split_once(ink_search *search, size_t round, ink_settings *own)
{
    struct inki_search_parts *parts = &search->parts[round];
    ink_data *test = NULL;
    INK_TRY(set_seed(search, round, own));
    INK_TRY(ink_data_split(search->ctx, search->data, own, &parts->train, &parts->valid, &test));
    if (round == 0)
        search->test = test;
    else
        ink_data_free(test);
    INK_TRY(inki_data_check_targets(search->ctx, parts->train));
    if (parts->valid) return INK_OK;
    return inki_fail(search->ctx, INK_BAD_DATA,
                     "%s: a search compares on validation rows, and there are none; set val, e.g. to 0.1",
                     search->data->source);
}

static ink_status take_folds(ink_search *search, size_t first, ink_settings *own)
{
    struct inki_folds division;
    INK_TRY(set_seed(search, first / search->folds, own));
    ink_status status = inki_folds_begin(search->ctx, search->rows, own, &division);
    for (size_t i = 0; i < search->folds && status == INK_OK; i++)
        status = inki_folds_take(search->ctx, &division, i, &search->parts[first + i].train,
                                 &search->parts[first + i].valid);
    inki_folds_end(&division);
    return status;
}

static ink_status split_all(ink_search *search, ink_settings *own)
{
    ink_data *none;
    if (!search->folds) {
        for (size_t i = 0; i < search->rounds; i++) INK_TRY(split_once(search, i, own));
        return INK_OK;
    }
    INK_TRY(ink_settings_set(search->ctx, own, "val", "0"));
    INK_TRY(ink_data_split(search->ctx, search->data, own, &search->rows, &none, &search->test));
    for (size_t i = 0; i < search->rounds; i += search->folds) INK_TRY(take_folds(search, i, own));
    return INK_OK;
}

/* Fingerprints are computed once: every trial records them. */
ink_status inki_search_split(ink_search *search)
{
    ink_settings *own;
    search->folds = inki_get_int(search->set, INKI_FOLDS);
    search->rounds = inki_get_int(search->set, INKI_REPEAT) * (search->folds ? search->folds : 1);
    search->parts = inki_zalloc(search->ctx, search->rounds, sizeof *search->parts);
    if (!search->parts) return INK_NO_MEMORY;
    INK_TRY(ink_settings_copy(search->ctx, search->set, &own));
    ink_status status = split_all(search, own);
    ink_settings_free(own);
    INK_TRY(status);
    search->fingerprint = ink_data_fingerprint(search->data);
    for (size_t i = 0; i < search->rounds; i++) {
        search->parts[i].train_print = ink_data_fingerprint(search->parts[i].train);
        search->parts[i].valid_print = ink_data_fingerprint(search->parts[i].valid);
    }
    if (search->rounds > 1)
        inki_note(search->ctx, "every trial is trained %zu times; trials are compared by their means", search->rounds);
    char train[32], valid[32], test[32];
    inki_note(search->ctx, "%s training, %s validation, %s test rows (the search never looks at the test rows)",
              inki_format_count(search->parts[0].train->rows, train),
              inki_format_count(search->parts[0].valid->rows, valid),
              inki_format_count(search->test ? search->test->rows : 0, test));
    return INK_OK;
}

void inki_search_give_back(ink_search *search)
{
    for (size_t i = 0; search->parts && i < search->rounds; i++) {
        ink_data_free(search->parts[i].train);
        ink_data_free(search->parts[i].valid);
    }
    inki_free(search->parts);
    ink_data_free(search->rows);
    ink_data_free(search->test);
    search->parts = NULL;
    search->rows = search->test = NULL;
}

/* ---- results ---- */

double inki_search_spread(const ink_search *search, const float *losses, size_t rows)
{
    if (search->loss->intervals[search->score] == INKI_INTERVAL_ROOT) losses += rows; /* the marks */
    double sum = 0, squares = 0;
    for (size_t i = 0; i < rows; i++) sum += (double)losses[i];
    for (size_t i = 0; i < rows; i++) {
        double away = (double)losses[i] - sum / (double)rows;
        squares += away * away;
    }
    return rows > 1 ? sqrt(squares / (double)(rows - 1)) : (double)NAN;
}

/* All losses, then all marks. What does not have the size that it should stays out, as after a damage to the store. */
static ink_status join_losses(const struct inki_search_hand *hand, const struct inki_result *results, size_t count,
                              struct inki_result *out)
{
    const size_t size = sizeof(float), lists = inki_search_by_loss(hand->search) ? 1 : 2;
    size_t rows = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        if (results[i].losses.size != results[i].rows * lists * size) return INK_OK;
        rows += results[i].rows;
    }
    out->losses.data = inki_alloc(hand->ctx, rows, lists * size);
    if (!out->losses.data) return INK_NO_MEMORY;
    out->losses.size = rows * lists * size;
    for (size_t i = 0; i < count; i++) {
        size_t n = results[i].rows * size;
        for (size_t list = 0; list < lists; list++)
            memcpy(out->losses.data + list * rows * size + at, results[i].losses.data + list * n, n);
        at += n;
    }
    out->rows = rows;
    inki_swap_little(out->losses.data, rows * lists, size);
    out->spread = inki_search_spread(hand->search, (const float *)(const void *)out->losses.data, rows);
    inki_swap_little(out->losses.data, rows * lists, size);
    return INK_OK;
}

/* The first of the best. */
static size_t best_of(const ink_search *search, const struct inki_result *results, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (inki_is_better(search->loss->scores, search->score, results[i].val, results[best].val)) best = i;
    }
    return best;
}

static void take_means(const struct inki_result *results, size_t count, struct inki_result *out)
{
    double n = (double)count, epochs = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < INK_MOST_SCORES; k++) out->val[k] += results[i].val[k] / n;
        epochs += (double)results[i].best_epoch / n;
        out->epochs += results[i].epochs;
    }
    out->best_epoch = epochs < 1 ? 1 : (size_t)(epochs + 0.5);
    out->parameters = results[0].parameters;
}

static ink_status combine(const struct inki_search_hand *hand, struct inki_journal *journal,
                          const struct inki_claim *claim, const struct inki_result *results, size_t count,
                          struct inki_result *out)
{
    size_t best = best_of(hand->search, results, count);
    *out = (struct inki_result){.over = true, .standing = {.seconds = claim->seconds}};
    take_means(results, count, out);
    INK_TRY(join_losses(hand, results, count, out));
    if (hand->search->folds) return INK_OK;
    out->hash = results[best].hash;
    return inki_journal_round_model(journal, hand->ctx, claim->trial, best, &out->model);
}

ink_status inki_search_combine(struct inki_search_hand *hand, struct inki_journal *journal,
                               const struct inki_claim *claim, bool *ended)
{
    size_t rounds = hand->search->rounds, count = 0;
    struct inki_result *results = inki_zalloc(hand->ctx, rounds, sizeof *results), whole = {0};
    if (!results) return INK_NO_MEMORY;
    ink_status status = inki_journal_rounds(journal, hand->ctx, claim->trial, results, rounds, &count);
    if (status == INK_OK && count < rounds)
        status = inki_fail(hand->ctx, INK_BAD_FILE, "trial %zu of the store has only %zu of %zu trainings",
                           claim->trial, count, rounds);
    if (status == INK_OK) status = combine(hand, journal, claim, results, count, &whole);
    if (status == INK_OK) status = inki_journal_finish(journal, hand->ctx, claim, &whole, ended);
    for (size_t i = 0; i < rounds; i++) inki_bytes_free(hand->ctx, &results[i].losses);
    inki_bytes_free(hand->ctx, &whole.losses);
    inki_bytes_free(hand->ctx, &whole.model);
    inki_free(results);
    return status;
}
