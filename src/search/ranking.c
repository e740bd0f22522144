/* ranking: the trials of a store, ranked, with intervals, and which are as good as the best.
 * SPDX-License-Identifier: MIT
 *
 * Two trials are compared on the same validation rows, row by row: the mean of the differences of their losses (or marks, e.g. right answers)
 * against its standard error. Where the mean is within 1.96 standard errors of 0, neither is significantly better. */
#include "base/mem.h"
#include "train/metrics.h"
#include "search/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double z = 1.959963984540054;

/* ---- one trial ---- */

void inki_search_free_trial(struct inki_trial *trial)
{
    inki_free(trial->message);
    json_decref(trial->settings);
    *trial = (struct inki_trial){0};
}

static double root(double square) { return square > 0 ? sqrt(square) : square == 0 ? 0 : (double)NAN; }

/* The spread is that of the rows' losses, or of what the objective is the root of (inki_search_spread). */
static void set_intervals(const ink_search *search, struct inki_trial *trial)
{
    const struct inki_loss *loss = search->loss;
    const bool is_root = loss->intervals[search->score] == INKI_INTERVAL_ROOT;
    ink_trial *view = &trial->view;
    double n = (double)trial->rows, half = z * trial->spread / sqrt(n),
           mean = is_root ? view->val[search->score] * view->val[search->score] : view->val[INK_LOSS];
    double low = mean - half > 0 ? mean - half : isnan(half) ? (double)NAN : 0, high = mean + half;
    for (size_t i = 0; i < INK_MOST_SCORES; i++) {
        view->low[i] = view->high[i] = (double)NAN;
        if (i == INK_LOSS && !is_root) view->low[i] = low, view->high[i] = high;
        if (i == search->score && is_root) view->low[i] = root(low), view->high[i] = root(high);
        if (loss->intervals[i] == INKI_INTERVAL_SHARE && view->val[i] >= 0 && view->val[i] <= 1)
            inki_wilson((size_t)(view->val[i] * n + 0.5), trial->rows, &view->low[i], &view->high[i]);
    }
}

/* Columns of INKI_TRIAL_COLUMNS. */
ink_status inki_search_read_trial(const ink_search *search, const json_t *row, struct inki_trial *out)
{
    ink_ctx *ctx = search->ctx;
    inki_search_free_trial(out);
    *out = (struct inki_trial){.bracket = (size_t)inki_db_value_int(row, 1),
                               .rung = (size_t)inki_db_value_int(row, 2),
                               .rows = (size_t)inki_db_value_int(row, 7),
                               .spread = inki_db_value_real(row, 9 + INK_MOST_SCORES),
                               .first = inki_db_value_real(row, 10 + INK_MOST_SCORES)};
    out->view = (ink_trial){.trial = (size_t)inki_db_value_int(row, 0),
                            .epochs = (size_t)inki_db_value_int(row, 5),
                            .best_epoch = (size_t)inki_db_value_int(row, 6),
                            .parameters = (size_t)inki_db_value_int(row, 8),
                            .shared_epochs = (size_t)inki_db_value_int(row, 14 + INK_MOST_SCORES),
                            .seconds = inki_db_value_real(row, 11 + INK_MOST_SCORES)};
    for (int i = 0; i < INK_MOST_SCORES; i++) out->view.val[i] = inki_db_value_real(row, 9 + i);
    snprintf(out->state, sizeof out->state, "%s", inki_db_value_text(row, 3));
    snprintf(out->hash, sizeof out->hash, "%s", inki_db_value_text(row, 12 + INK_MOST_SCORES));
    out->message = inki_copy_text(ctx, inki_db_value_text(row, 13 + INK_MOST_SCORES));
    out->settings = json_loads(inki_db_value_text(row, 4), 0, NULL);
    set_intervals(search, out);
    if (!out->message) return INK_NO_MEMORY;
    if (json_is_object(out->settings)) return INK_OK;
    return inki_fail(ctx, INK_BAD_FILE, "trial %zu of the store has no settings", out->view.trial);
}

/* Texts point into the trial, which must not move from here on. */
static void set_texts(struct inki_trial *trial)
{
    trial->view.state = trial->state;
    trial->view.hash = trial->hash;
    trial->view.message = trial->message;
}

/* ---- all of them ---- */

void inki_search_forget(ink_search *search)
{
    for (size_t i = 0; i < search->count; i++) inki_search_free_trial(&search->trials[i]);
    inki_free(search->trials);
    inki_free(search->order);
    inki_free(search->shares);
    search->trials = NULL;
    search->order = NULL;
    search->shares = NULL;
    search->count = 0;
}

/* The store may have got more trials since they were counted. */
static ink_status add_trial(void *arg, const json_t *row)
{
    ink_search *search = arg;
    if (search->count >= search->counts.trials) return INK_OK;
    struct inki_trial *trial = &search->trials[search->count++];
    return inki_search_read_trial(search, row, trial);
}

static bool has_value(const ink_search *search, const struct inki_trial *trial)
{
    return isfinite(trial->view.val[INK_LOSS]) && isfinite(trial->view.val[search->score]) &&
           strcmp(trial->state, "failed") != 0;
}

/* Orders by what the search goes by, then by number; trials without a result come last. */
static bool comes_before(const ink_search *search, size_t a, size_t b)
{
    const struct inki_trial *x = &search->trials[a], *y = &search->trials[b];
    const ink_trial *i = &x->view, *j = &y->view;
    const ink_score *scores = search->loss->scores;
    if (has_value(search, x) != has_value(search, y)) return has_value(search, x);
    if (has_value(search, x)) {
        if (inki_is_better(scores, search->score, i->val, j->val)) return true;
        if (inki_is_better(scores, search->score, j->val, i->val)) return false;
    }
    return i->trial < j->trial;
}

/* Merges order[from..middle) and order[middle..to), both sorted. */
static void merge(const ink_search *search, size_t from, size_t middle, size_t to, size_t *spare)
{
    size_t *order = search->order, left = from, right = middle;
    for (size_t i = from; i < to; i++) {
        bool take_left = right == to || (left < middle && !comes_before(search, order[right], order[left]));
        spare[i] = order[take_left ? left++ : right++];
    }
    memcpy(order + from, spare + from, (to - from) * sizeof *order);
}

static ink_status rank(ink_search *search)
{
    size_t count = search->count;
    size_t *spare = inki_alloc(search->ctx, count, sizeof *spare);
    if (!spare) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) search->order[i] = i;
    for (size_t width = 1; width < count; width *= 2)
        for (size_t from = 0; from + width < count; from += 2 * width)
            merge(search, from, from + width, from + 2 * width < count ? from + 2 * width : count, spare);
    inki_free(spare);
    return INK_OK;
}

/* ---- which are as good ---- */

/* What a trial handed in about each validation row. */
struct rows {
    struct inki_bytes bytes;
    const float *losses, *marks; /* marks NULL: the losses count */
    size_t count;
};

static ink_status read_rows(ink_search *search, const struct inki_trial *trial, struct rows *out)
{
    *out = (struct rows){0};
    INK_TRY(inki_journal_losses(&search->journal, trial->view.trial, &out->bytes));
    size_t lists = inki_search_by_loss(search) ? 1 : 2;
    if (trial->rows > SIZE_MAX / 8 || out->bytes.size != trial->rows * lists * sizeof *out->losses) return INK_OK;
    out->losses = (const float *)(const void *)out->bytes.data;
    out->marks = lists > 1 ? out->losses + trial->rows : NULL;
    out->count = trial->rows;
    return INK_OK;
}

/* False if b is worse than a beyond chance. Sums in the order of the rows. */
static bool as_good(const struct rows *a, const struct rows *b, bool rises)
{
    double sum = 0, squares = 0, n = (double)a->count;
    if (a->count == 0 || a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        double worse =
            a->marks ? (double)b->marks[i] - (double)a->marks[i] : (double)b->losses[i] - (double)a->losses[i];
        if (a->marks && rises) worse = -worse;
        sum += worse;
        squares += worse * worse;
    }
    double mean = sum / n, variance = n > 1 ? (squares - sum * mean) / (n - 1) : 0;
    return mean <= z * sqrt((variance > 0 ? variance : 0) / n);
}

static ink_status compare_trials(ink_search *search)
{
    struct rows best, other;
    struct inki_trial *first = search->count ? &search->trials[search->order[0]] : NULL;
    const bool rises = search->loss->target == INKI_TARGET_CLASSES; /* marks: hits, or errors */
    if (!first || !has_value(search, first)) return INK_OK;
    first->view.as_good = true;
    INK_TRY(read_rows(search, first, &best));
    ink_status status = INK_OK;
    for (size_t r = 1; r < search->count && status == INK_OK; r++) {
        struct inki_trial *trial = &search->trials[search->order[r]];
        if (!has_value(search, trial)) break;
        status = read_rows(search, trial, &other);
        trial->view.as_good = status == INK_OK && as_good(&best, &other, rises);
        inki_bytes_free(search->ctx, &other.bytes);
    }
    inki_bytes_free(search->ctx, &best.bytes);
    return status;
}

ink_status inki_search_read(ink_search *search)
{
    inki_search_forget(search);
    INK_TRY(inki_journal_count(&search->journal, &search->counts));
    size_t trials = search->counts.trials;
    search->trials = inki_zalloc(search->ctx, trials, sizeof *search->trials);
    search->order = inki_alloc(search->ctx, trials, sizeof *search->order);
    search->shares = inki_alloc(search->ctx, search->space.count, sizeof *search->shares);
    if (!search->trials || !search->order || !search->shares) return INK_NO_MEMORY;
    ink_status status = inki_journal_trials(&search->journal, 0, add_trial, search);
    for (size_t i = 0; i < search->count; i++) set_texts(&search->trials[i]);
    if (status == INK_OK) status = rank(search);
    if (status == INK_OK && !search->journal.link) status = compare_trials(search); /* the losses are with the store */
    if (status == INK_OK) status = inki_search_weigh(search);
    return status;
}
