/* folds: the rows of a data object in k folds.
 * SPDX-License-Identifier: MIT */
#include "train/folds.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/settings.h"
#include "data/batch.h"
#include "data/split.h"

/* Rows by group, in increasing order within it: rows[begin[g] … begin[g + 1]). */
static void sort_rows(struct inki_folds *folds, size_t groups, size_t *begin)
{
    const ink_data *data = folds->data;
    for (size_t i = 0; groups > 1 && i < data->rows; i++) begin[inki_data_label(data, i) + 1]++;
    if (groups == 1) begin[1] = data->rows;
    for (size_t g = 0; g < groups; g++) begin[g + 1] += begin[g];
    for (size_t i = 0; i < data->rows; i++)
        folds->rows[begin[groups > 1 ? inki_data_label(data, i) : 0]++] = (uint32_t)i;
    for (size_t g = groups; g > 0; g--) begin[g] = begin[g - 1]; /* each had moved to the next one's place */
    begin[0] = 0;
}

/* How many of the places begin, begin + 1, …, end - 1 are `fold` modulo `folds`. */
static size_t dealt(size_t begin, size_t end, size_t fold, size_t folds)
{
    return (end + folds - 1 - fold) / folds - (begin + folds - 1 - fold) / folds;
}

static void deal_rows(struct inki_folds *folds, size_t groups, const size_t *begin)
{
    for (size_t g = 0; g < groups; g++) {
        size_t at = begin[g];
        for (size_t f = 0; f < folds->folds && at < begin[g + 1]; f++)
            for (size_t n = dealt(begin[g], begin[g + 1], f, folds->folds); n > 0; n--)
                folds->fold[folds->rows[at++]] = (uint32_t)f;
    }
}

static void shuffle_groups(struct inki_folds *folds, size_t groups, const size_t *begin, uint64_t seed)
{
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_SPLIT, 1, 0); /* another stream than the split's */
    for (size_t g = 0; g < groups; g++) inki_rng_shuffle(&rng, folds->rows + begin[g], begin[g + 1] - begin[g]);
}

/* A class that some folds cannot have is no error, but worth a word. */
static void note_small_classes(ink_ctx *ctx, const struct inki_folds *folds, size_t groups, const size_t *begin)
{
    size_t small = 0, first = 0;
    for (size_t g = 0; groups > 1 && g < groups; g++) {
        size_t rows = begin[g + 1] - begin[g];
        if (rows == 0 || rows >= folds->folds) continue;
        if (small++ == 0) first = g;
    }
    if (small == 0) return;
    inki_note(ctx, "folds: class '%s'%s has fewer rows than there are folds, so some folds have none of it",
              folds->data->class_names[first], small > 1 ? " (and others)" : "");
}

static ink_status check(ink_ctx *ctx, const ink_data *data, size_t folds)
{
    INK_TRY(inki_data_check_targets(ctx, data));
    if (folds == 0) return inki_fail(ctx, INK_BAD_SETTING, "folds: is not set; 5 or 10 are usual");
    if (folds <= data->rows) return INK_OK;
    return inki_fail(ctx, INK_BAD_DATA, "%s: %zu rows cannot make %zu folds; use fewer (setting folds)", data->source,
                     data->rows, folds);
}

ink_status inki_folds_begin(ink_ctx *ctx, const ink_data *data, const ink_settings *set, struct inki_folds *out)
{
    size_t groups = inki_get_bool(set, INKI_STRATIFY) ? data->classes : 1;
    *out = (struct inki_folds){.data = data, .folds = inki_get_int(set, INKI_FOLDS)};
    INK_TRY(inki_check_stratify(ctx, data, set));
    INK_TRY(check(ctx, data, out->folds));
    size_t *begin = inki_zalloc(ctx, groups + 1, sizeof *begin);
    out->fold = inki_alloc(ctx, data->rows, sizeof *out->fold);
    out->rows = inki_alloc(ctx, data->rows, sizeof *out->rows);
    if (begin && out->fold && out->rows) {
        sort_rows(out, groups, begin);
        note_small_classes(ctx, out, groups, begin);
        if (inki_get_choice(set, INKI_SHUFFLE) != INKI_SHUFFLE_NONE)
            shuffle_groups(out, groups, begin, inki_get_int(set, INKI_SEED));
        deal_rows(out, groups, begin);
    }
    inki_free(begin);
    return begin && out->fold && out->rows ? INK_OK : INK_NO_MEMORY;
}

void inki_folds_end(struct inki_folds *folds)
{
    inki_free(folds->fold);
    inki_free(folds->rows);
    *folds = (struct inki_folds){0};
}

/* A view of the rows that are, or are not, in the fold. */
static ink_status take_fold(ink_ctx *ctx, struct inki_folds *folds, size_t fold, bool in, ink_data **out)
{
    size_t count = 0;
    for (size_t i = 0; i < folds->data->rows; i++)
        if ((folds->fold[i] == fold) == in) folds->rows[count++] = (uint32_t)i;
    INK_TRY(inki_data_view(ctx, folds->data, folds->rows, count, out));
    (*out)->part = in ? "validation" : "training";
    return INK_OK;
}

ink_status inki_folds_take(ink_ctx *ctx, struct inki_folds *folds, size_t fold, ink_data **train, ink_data **valid)
{
    *train = NULL;
    INK_TRY(take_fold(ctx, folds, fold, true, valid));
    ink_status status = take_fold(ctx, folds, fold, false, train);
    if (status == INK_OK) inki_data_accept_class(ctx, *train);
    if (status == INK_OK) return INK_OK;
    ink_data_free(*valid);
    *valid = NULL;
    return status;
}

ink_status ink_data_fold(ink_ctx *ctx, const ink_data *data, const ink_settings *set, size_t fold, ink_data **train,
                         ink_data **valid)
{
    struct inki_folds folds;
    *train = *valid = NULL;
    ink_status status = inki_folds_begin(ctx, data, set, &folds);
    if (status == INK_OK && fold >= folds.folds)
        status = inki_fail(ctx, INK_BAD_ARGUMENT, "fold %zu does not exist: there are %zu, counted from 0", fold,
                           folds.folds);
    if (status == INK_OK) status = inki_folds_take(ctx, &folds, fold, train, valid);
    inki_folds_end(&folds);
    return status;
}
