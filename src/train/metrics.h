/* metrics: from answers to accuracy, intervals, confusion and calibration.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_METRICS_H
#define INKI_METRICS_H

#include "data/data.h"
#include "model/program.h"
#include "train/ranks.h"
#include "train/worst.h"

/* Full metrics of a model on data, in the run. Errors: as ink_eval. */
ink_status inki_run_score(ink_ctx *ctx, const ink_model *model, const ink_data *data, ink_run *run);
void inki_metrics_free(ink_metrics *metrics);

/* What a model answers for rows with labels or targets, one by one. */
struct inki_answers {
    const struct inki_loss *loss;
    size_t rows, outputs;
    float *p;        /* [rows][outputs]: probabilities, or numbers */
    int32_t *labels; /* [rows], the model's class numbers; NULL for numbers */
    double *losses;  /* [rows], from the outputs, as training has them */
    double *parts;   /* [rows][loss->parts] */
    float threshold; /* as in struct ink_model */
    size_t targets;  /* numbers a row that are compared with, 0 for classes */
    struct inki_sums sums;
};

/* Errors: BAD_DATA (other features or classes; a row whose outputs are not finite), NO_MEMORY. */
ink_status inki_answers_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_answers *out);
void inki_answers_end(struct inki_answers *answers);

/* Each target's scores, in the run. Errors: NO_MEMORY. */
ink_status inki_target_scores(ink_ctx *ctx, const struct inki_answers *answers, const ink_data *data, ink_run *run);

/* Metrics from answers (arrays owned by *out; inki_metrics_free). Errors: NO_MEMORY. */
ink_status inki_metrics_from(ink_ctx *ctx, const struct inki_answers *answers, ink_metrics *out);

/* Room for scoring one data set again and again without allocating. */
struct inki_scorer {
    struct inki_program program;
    const int32_t *map;  /* from the data's class numbers to the model's; NULL: they are the same */
    float *targets;      /* [INKI_CHUNK_ROWS][targets] where the model answers with numbers, else NULL */
    double *target_mean; /* [targets], of the data being scored */
    int32_t labels[INKI_CHUNK_ROWS];
    double losses[INKI_CHUNK_ROWS];
    double parts[INKI_CHUNK_ROWS * INKI_MOST_PARTS];
    struct inki_worst worst; /* of the last inki_score */
    struct inki_ranks ranks; /* likewise, of two classes; grows with the first score */
    double *records;         /* [rows][record] of the data being scored, where ranks share them */
    size_t record_rows;
};
ink_status inki_scorer_begin(ink_ctx *ctx, const ink_model *model, struct inki_scorer *out);
void inki_scorer_end(struct inki_scorer *scorer);

/* Rows of the chunk that begins with row `first`. */
static inline size_t inki_chunk_at(const ink_data *data, size_t first)
{
    return data->rows - first < INKI_CHUNK_ROWS ? data->rows - first : INKI_CHUNK_ROWS;
}

/* Runs the rows first, first+1, …, with the loss that is described; fresh: the weights may have changed. */
void inki_scorer_run(struct inki_scorer *scorer, const ink_data *data, size_t first, size_t count, bool fresh,
                     const struct inki_loss_call *loss);

/* The same with losses and parts. */
void inki_scorer_chunk(struct inki_scorer *scorer, const ink_data *data, size_t first, size_t count, bool fresh);

/* The model's scores on all rows; of several ranks each works out a share of the rows. Errors: IO, NO_MEMORY (only then). */
ink_status inki_score(struct inki_scorer *scorer, const ink_data *data, double scores[INK_MOST_SCORES]);

/* The scores that are made of the order of all rows. */
void inki_rank_rows(const struct inki_loss *loss, struct inki_ranks *ranks, double scores[INK_MOST_SCORES]);

/* Each row's loss, and one of its parts, number `mark`: losses[rows], marks[rows] or NULL. */
void inki_score_rows(struct inki_scorer *scorer, const ink_data *data, size_t mark, float *losses, float *marks);

/* 95 % Wilson score interval of `right` of `rows` (Wilson 1927). */
void inki_wilson(size_t right, size_t rows, double *low, double *high);

#endif
