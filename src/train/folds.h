/* folds: the rows of a data object in k folds for cross-validation.
 * SPDX-License-Identifier: MIT
 *
 * The rows are brought into an order, by class if stratified (else all rows are one group), shuffled within each group unless
 * the order of the file is to be kept. Each fold takes a stretch of each group. How long these are is dealt out around all
 * groups, so that no two folds differ by more than one row of any class, nor by more than one row in all. Without shuffling and
 * stratifying the folds are blocks of the file. */
#ifndef INKI_FOLDS_H
#define INKI_FOLDS_H

#include "data/data.h"

struct inki_folds {
    const ink_data *data;
    size_t folds;
    uint32_t *fold; /* [data->rows]: of each row, from 0 */
    uint32_t *rows; /* [data->rows], room */
};

/* By the settings folds, stratify, shuffle and seed. Errors: BAD_SETTING (no folds), BAD_DATA (fewer rows than folds, no
 * labels, one class only), NO_MEMORY; then too the folds must be ended. */
ink_status inki_folds_begin(ink_ctx *ctx, const ink_data *data, const ink_settings *set, struct inki_folds *out);
void inki_folds_end(struct inki_folds *folds);

/* *valid: the rows of fold `fold`; *train: all others; both in increasing order. All others may be of one class: the fold has the rows
 * of the rest, and one round must not end a series. */
ink_status inki_folds_take(ink_ctx *ctx, struct inki_folds *folds, size_t fold, ink_data **train, ink_data **valid);

#endif
