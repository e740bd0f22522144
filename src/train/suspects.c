/* suspects: out-of-fold answers for all rows; which of them speak against the label, which rows are twins, which are unlike all others.
 * SPDX-License-Identifier: MIT */
#include "train/suspects.h"

#include "base/exp_log.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/sized.h"
#include "data/near.h"
#include "data/twins.h"
#include "inkling-extra.h"
#include "train/outlying.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What finds wrong labels in a minute: with more epochs, networks begin to learn these by heart. */
#define FOLDS "4"
#define IMAGE_EPOCHS "3"

struct found {
    ink_suspect suspect;
    double order; /* of its kind the largest come first */
};

struct ink_suspects {
    struct found *rows; /* [room] */
    size_t count, room;
    bool near, unlike; /* looked for */
};

void ink_suspects_free(ink_suspects *suspects)
{
    if (suspects) inki_free(suspects->rows);
    inki_free(suspects);
}

const ink_suspect *ink_suspects_get(const ink_suspects *suspects, size_t i)
{
    return i < suspects->count ? &suspects->rows[i].suspect : NULL;
}

bool ink_suspects_sought(const ink_suspects *suspects, const char *kind)
{
    if (strcmp(kind, "near") == 0) return suspects->near;
    if (strcmp(kind, "unlike") == 0) return suspects->unlike;
    return strcmp(kind, "label") == 0 || strcmp(kind, "duplicate") == 0;
}

/* ----------------------------------------------------------------- judging */

struct judging {
    ink_ctx *ctx;
    const ink_data *data;
    const float *p;           /* [rows][classes] */
    const double *rarity;     /* [rows], or NULL */
    double *least;            /* [classes]: the probability from which each is believed */
    size_t *counts;           /* [classes]: rows with an answer; then, in the same block: */
    size_t *believed, *wrong; /* those that some class is believed of; labels estimated to be wrong */
    uint32_t *same, *in_test; /* [rows] */
    struct inki_near *near, *near_test;
    ink_suspects *out;
};

static const float *answers_of(const struct judging *j, size_t row) { return j->p + row * j->data->classes; }

static bool is_answered(const struct judging *j, size_t row) { return !isnan(answers_of(j, row)[0]); }

static int32_t answer_of(const struct judging *j, size_t row)
{
    const float *p = answers_of(j, row);
    size_t best = 0;
    if (!is_answered(j, row)) return -1;
    for (size_t c = 1; c < j->data->classes; c++)
        if (p[c] > p[best]) best = c;
    return (int32_t)best;
}

/* How sure rows of each class are of it, in the mean, is what their own class, or another, must reach to be believed. */
static void find_confidence(struct judging *j)
{
    for (size_t i = 0; i < j->data->rows; i++) {
        const int32_t label = inki_data_label(j->data, i);
        if (!is_answered(j, i)) continue;
        j->least[label] += (double)answers_of(j, i)[label];
        j->counts[label]++;
    }
    for (size_t c = 0; c < j->data->classes; c++) j->least[c] = j->counts[c] ? j->least[c] / (double)j->counts[c] : 2;
}

/* The most probable of the classes that are to be believed, -1: none is. */
static int32_t believed_of(const struct judging *j, size_t row)
{
    const float *p = answers_of(j, row);
    int32_t best = -1;
    for (size_t c = 0; c < j->data->classes; c++)
        if ((double)p[c] >= j->least[c] && (best < 0 || p[c] > p[best])) best = (int32_t)c;
    return best;
}

/* How many rows of each class are labelled wrongly: the share among those that something is believed of, of all its rows. */
static void estimate(struct judging *j)
{
    for (size_t i = 0; i < j->data->rows; i++) {
        const int32_t label = inki_data_label(j->data, i), believed = is_answered(j, i) ? believed_of(j, i) : -1;
        j->believed[label] += believed >= 0;
        j->wrong[label] += believed >= 0 && believed != label;
    }
    for (size_t c = 0; c < j->data->classes; c++)
        if (j->believed[c])
            j->wrong[c] = (size_t)((double)j->wrong[c] / (double)j->believed[c] * (double)j->counts[c] + 0.5);
}

/* One more, without a twin; NULL: no memory. */
static struct found *add_suspect(struct judging *j, const char *kind, size_t row)
{
    ink_suspects *out = j->out;
    if (out->count == out->room) {
        size_t room = 2 * out->room + 64;
        struct found *rows = inki_grow(j->ctx, out->rows, out->room, room, sizeof *rows);
        if (!rows) return NULL;
        out->rows = rows;
        out->room = room;
    }
    const int32_t answer = answer_of(j, row);
    struct found *found = &out->rows[out->count++];
    *found = (struct found){.suspect = {.row = row,
                                        .kind = kind,
                                        .label = inki_data_label(j->data, row),
                                        .answer = answer,
                                        .p = answer < 0 ? NAN : answers_of(j, row)[answer],
                                        .twin = SIZE_MAX,
                                        .distance = NAN,
                                        .share = NAN}};
    return found;
}

static int by_order(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->order != y->order) return x->order > y->order ? -1 : 1;
    return x->suspect.row < y->suspect.row ? -1 : 1;
}

static ink_status add_label(struct judging *j, size_t row)
{
    const float *p = answers_of(j, row);
    struct found *found = add_suspect(j, "label", row);
    if (!found) return INK_NO_MEMORY;
    found->order = (double)(p[found->suspect.answer] - p[found->suspect.label]);
    return INK_OK;
}

/* Of the rows whose answer is another than their label the clearest, as many of each class as are estimated. */
static ink_status add_labels(struct judging *j)
{
    ink_suspects *out = j->out;
    size_t kept = 0;
    for (size_t i = 0; i < j->data->rows; i++) {
        const int32_t answer = answer_of(j, i);
        if (answer >= 0 && answer != inki_data_label(j->data, i)) INK_TRY(add_label(j, i));
    }
    if (out->count) qsort(out->rows, out->count, sizeof *out->rows, by_order);
    for (size_t i = 0; i < out->count; i++) {
        size_t *wrong = &j->wrong[out->rows[i].suspect.label];
        if (!*wrong) continue;
        (*wrong)--;
        out->rows[kept++] = out->rows[i];
    }
    out->count = kept;
    return INK_OK;
}

static ink_status add_twin(struct judging *j, size_t row, const struct inki_near *twin, bool near, bool in_test)
{
    struct found *found = add_suspect(j, "duplicate", row);
    if (!found) return INK_NO_MEMORY;
    found->suspect.twin = twin->row;
    found->suspect.twin_in_test = in_test;
    found->suspect.near = near;
    found->suspect.distance = twin->distance;
    return INK_OK;
}

/* What has the same values goes before what has nearly the same. */
static ink_status add_twins(struct judging *j, size_t row)
{
    const struct inki_near first = {j->same[row], 0}, test = {j->in_test[row], 0};
    if (inki_data_label(j->data, first.row) != inki_data_label(j->data, row))
        INK_TRY(add_twin(j, row, &first, false, false));
    else if (j->near && j->near[row].row != UINT32_MAX)
        INK_TRY(add_twin(j, row, &j->near[row], true, false));
    if (test.row != UINT32_MAX) return add_twin(j, row, &test, false, true);
    if (j->near && j->near_test[row].row != UINT32_MAX) return add_twin(j, row, &j->near_test[row], true, true);
    return INK_OK;
}

static ink_status find_near(struct judging *j)
{
    j->near = inki_alloc(j->ctx, 2 * j->data->rows, sizeof *j->near);
    if (!j->near) return INK_NO_MEMORY;
    j->near_test = j->near + j->data->rows;
    j->out->near = true;
    return inki_near_each(j->ctx, j->data, j->data->test, j->near, j->near_test);
}

static ink_status add_duplicates(struct judging *j)
{
    INK_TRY(inki_twins_each(j->ctx, j->data, j->data->test, j->same, j->in_test));
    if (inki_near_can(j->data)) INK_TRY(find_near(j));
    for (size_t i = 0; i < j->data->rows; i++) INK_TRY(add_twins(j, i));
    return INK_OK;
}

static ink_status add_unlike(struct judging *j)
{
    ink_suspects *out = j->out;
    const size_t first = out->count;
    out->unlike = j->rarity != NULL;
    for (size_t i = 0; out->unlike && i < j->data->rows; i++) {
        if (!(j->rarity[i] >= INKI_OUTLYING_FROM)) continue;
        struct found *found = add_suspect(j, "unlike", i);
        if (!found) return INK_NO_MEMORY;
        found->order = j->rarity[i];
        found->suspect.share = (float)inki_exp(-j->rarity[i]);
    }
    if (out->count > first) qsort(out->rows + first, out->count - first, sizeof *out->rows, by_order);
    return INK_OK;
}

static ink_status judge_rows(struct judging *j)
{
    const size_t rows = j->data->rows;
    const size_t classes = j->data->classes;
    j->least = inki_zalloc(j->ctx, classes, sizeof *j->least);
    j->counts = inki_zalloc(j->ctx, 3 * classes, sizeof *j->counts);
    j->same = inki_alloc(j->ctx, rows, sizeof *j->same);
    j->in_test = inki_alloc(j->ctx, rows, sizeof *j->in_test);
    if (!j->least || !j->counts || !j->same || !j->in_test) return INK_NO_MEMORY;
    memset(j->in_test, 0xff, rows * sizeof *j->in_test);
    j->believed = j->counts + classes;
    j->wrong = j->believed + classes;
    find_confidence(j);
    estimate(j);
    INK_TRY(add_labels(j));
    INK_TRY(add_duplicates(j));
    return add_unlike(j);
}

ink_status inki_suspects_judge(ink_ctx *ctx, const ink_data *data, const float *p, const double *rarity,
                               ink_suspects **out)
{
    struct judging j = {.ctx = ctx, .data = data, .p = p, .rarity = rarity};
    *out = NULL;
    j.out = inki_zalloc(ctx, 1, sizeof *j.out);
    if (!j.out) return INK_NO_MEMORY;
    ink_status status = judge_rows(&j);
    inki_free(j.least);
    inki_free(j.counts);
    inki_free(j.same);
    inki_free(j.in_test);
    inki_free(j.near);
    if (status == INK_OK)
        *out = j.out;
    else
        ink_suspects_free(j.out);
    return status;
}

/* --------------------------------------------------------------- answering */

struct answering {
    ink_ctx *ctx;
    const ink_data *data;
    ink_hooks hooks;
    float *p, *of_fold; /* [rows][classes] */
    double *rarity;     /* [rows]; NULL: no images */
    bool unasked;       /* a fold could not say how unlike its rows are */
    ink_status failed;
};

static bool on_progress(void *user, const ink_round *round, const ink_progress *now)
{
    struct answering *a = user;
    ink_progress all = *now;
    if (!a->hooks.progress) return true;
    all.step += (round->number - 1) * now->steps_total;
    all.steps_total *= round->rounds;
    all.seconds_left += (double)(round->rounds - round->number) * (now->seconds + now->seconds_left);
    return a->hooks.progress(a->hooks.user, &all);
}

static ink_status answer_fold(struct answering *a, const ink_round *round)
{
    const size_t classes = a->data->classes;
    bool asked;
    INK_TRY(ink_predict_data(a->ctx, round->model, round->valid, a->of_fold));
    for (size_t i = 0; i < round->val_rows; i++)
        memcpy(a->p + round->rows[i] * classes, a->of_fold + i * classes, classes * sizeof *a->p);
    if (!a->rarity) return INK_OK;
    INK_TRY(inki_outlying_ask(a->ctx, round->model, round->valid, round->rows, a->rarity, &asked));
    a->unasked |= !asked;
    return INK_OK;
}

static bool on_finished(void *user, const ink_round *round)
{
    struct answering *a = user;
    if (round->diverged || !round->rows) return true;
    a->failed = answer_fold(a, round);
    return a->failed == INK_OK;
}

/* What was not asked for goes by what is quick and good enough to doubt labels by. */
static ink_status choose_settings(ink_ctx *ctx, const ink_data *data, ink_settings *set)
{
    const bool images = data->height > 1, timed = inki_get_int(set, INKI_STEPS) > 0;
    if (!inki_get_int(set, INKI_FOLDS)) INK_TRY(ink_settings_set(ctx, set, "folds", FOLDS));
    if (images && !timed && strcmp(ink_settings_get(set, "epochs"), "auto") == 0)
        INK_TRY(ink_settings_set(ctx, set, "epochs", IMAGE_EPOCHS));
    return INK_OK;
}

static ink_status check_rows(ink_ctx *ctx, const ink_data *data, const ink_settings *set)
{
    if (!data->labels)
        return inki_fail(ctx, INK_BAD_DATA, "%s: has no classes, and only labels of classes can be doubted",
                         data->source);
    if (inki_get_int(set, INKI_REPEAT) > 1)
        return inki_fail(ctx, INK_BAD_SETTING, "repeat: suspects are found by folds of one seed; leave it out");
    return INK_OK;
}

static ink_status answer_rows(struct answering *a, const ink_settings *set)
{
    const ink_round_hooks hooks = {sizeof hooks, on_progress, on_finished, a};
    ink_rounds *rounds = NULL;
    ink_status status = ink_train_rounds(a->ctx, a->data, set, &hooks, NULL, &rounds);
    ink_rounds_free(rounds);
    return a->failed != INK_OK ? a->failed : status;
}

static ink_status answer_all(struct answering *a, const ink_settings *given)
{
    const size_t count = a->data->rows * a->data->classes;
    ink_settings *set = NULL;
    a->p = inki_alloc(a->ctx, count, sizeof *a->p);
    a->of_fold = inki_alloc(a->ctx, count, sizeof *a->of_fold);
    if (a->data->height > 1) a->rarity = inki_alloc(a->ctx, a->data->rows, sizeof *a->rarity);
    if (!a->p || !a->of_fold || (a->data->height > 1 && !a->rarity)) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) a->p[i] = NAN;
    for (size_t i = 0; a->rarity && i < a->data->rows; i++) a->rarity[i] = (double)NAN;
    INK_TRY(ink_settings_copy(a->ctx, given, &set));
    ink_status status = choose_settings(a->ctx, a->data, set);
    if (status == INK_OK) status = answer_rows(a, set);
    ink_settings_free(set);
    return status;
}

ink_status ink_suspects_find(ink_ctx *ctx, const ink_data *data, const ink_settings *set, const ink_hooks *hooks,
                             ink_suspects **out)
{
    struct answering a = {.ctx = ctx, .data = data};
    *out = NULL;
    if (hooks) INK_TRY(inki_sized_take(ctx, "ink_hooks", hooks, &a.hooks, sizeof a.hooks));
    INK_TRY(check_rows(ctx, data, set));
    ink_status status = answer_all(&a, set);
    if (status == INK_OK) status = inki_suspects_judge(ctx, data, a.p, a.unasked ? NULL : a.rarity, out);
    inki_free(a.p);
    inki_free(a.rarity);
    inki_free(a.of_fold);
    return status;
}
