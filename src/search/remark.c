/* remark: rows that make most of what trials are compared by.
 * SPDX-License-Identifier: MIT */
#include "search/search.h"
#include "train/worst.h"

/* The losses of the validation rows, as the store has them. */
static void add_losses(const struct inki_bytes *bytes, size_t rows, struct inki_worst *worst)
{
    const float *losses = (const float *)(const void *)bytes->data;
    for (size_t i = 0; i < rows && (i + 1) * sizeof *losses <= bytes->size; i++)
        inki_worst_add(worst, &(double){(double)losses[i]}, 1);
}

/* Best effort: what cannot be looked at gets no remark. */
void inki_search_remark(ink_search *search)
{
    const size_t best = search->counts.best;
    struct inki_worst worst = {0};
    struct inki_bytes bytes = {0};
    ink_model *model = NULL;
    if (best == 0 || search->rounds != 1 || search->folds) return;
    const ink_data *valid = search->parts[0].valid;
    if (inki_journal_losses(&search->journal, best, &bytes) != INK_OK) return;
    add_losses(&bytes, valid->rows, &worst);
    inki_bytes_free(search->ctx, &bytes);
    if (worst.rows != valid->rows || ink_search_model(search, best, &model) != INK_OK) return;
    inki_worst_note(search->ctx, &worst, model, valid, "validation loss of the best trial");
    ink_model_free(model);
}
