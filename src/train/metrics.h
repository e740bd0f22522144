/* metrics: from answers to accuracy, intervals, confusion and calibration.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_METRICS_H
#define INKI_METRICS_H

#include "data/data.h"
#include "model/model.h"

/* Full metrics of a model on data, in *out (arrays owned by it; inki_metrics_free). Errors: as ink_eval. */
ink_status inki_metrics_of(ink_ctx *ctx, const ink_model *model, const ink_data *data, ink_metrics *out);
void inki_metrics_free(ink_ctx *ctx, ink_metrics *metrics);

/* Metrics from probabilities p[rows][classes] and labels of the same numbering: what inki_metrics_of does with a model's. */
ink_status inki_metrics_from(ink_ctx *ctx, size_t rows, size_t classes, const float *p, const int32_t *labels,
                             ink_metrics *out);

/* Room for scoring one data set again and again without allocating. */
struct inki_scorer {
    struct inki_pass pass;
    int32_t labels[INKI_CHUNK_ROWS];
    double losses[INKI_CHUNK_ROWS];
    double parts[INKI_CHUNK_ROWS * INKI_MOST_PARTS];
};
ink_status inki_scorer_begin(ink_ctx *ctx, const ink_model *model, struct inki_scorer *out);
void inki_scorer_end(struct inki_scorer *scorer);

/* Mean loss and share of right answers; labels are the model's class numbers. */
void inki_score(struct inki_scorer *scorer, const ink_data *data, double *loss, double *accuracy);

/* Each row's loss, and 1 where the answer is right: losses[rows], hits[rows]. */
void inki_score_rows(struct inki_scorer *scorer, const ink_data *data, float *losses, uint8_t *hits);

/* 95 % Wilson score interval of `right` of `rows` (Wilson 1927). */
void inki_wilson(size_t right, size_t rows, double *low, double *high);

#endif
