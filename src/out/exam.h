/* exam: a model's answers for labelled rows, looked at one by one: metrics, calibration, hardest rows, suspicious labels.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_EXAM_H
#define INKI_EXAM_H

#include "data/data.h"
#include "train/metrics.h"

enum { INKI_EXAM_BINS = 15 };

/* Rows whose answers are about equally sure. */
struct inki_exam_bins {
    size_t count[INKI_EXAM_BINS];
    double confidence[INKI_EXAM_BINS], share[INKI_EXAM_BINS]; /* means; NaN where there are no rows */
    double low[INKI_EXAM_BINS], high[INKI_EXAM_BINS];         /* 95 % Wilson interval of the share */
};

struct inki_exam {
    ink_ctx *ctx;
    const ink_model *model;
    const ink_data *data;
    size_t rows, classes; /* 0 classes: the answers are numbers, and only what is said of all rows is there */
    struct inki_answers answers;
    int32_t *said; /* [rows], the answer */
    ink_metrics metrics;
    struct inki_exam_bins bins;
    /* All rows: those with the largest loss first. */
    uint32_t *hardest;
    /* Rows whose label is probably wrong, the most striking first: confident learning (Northcutt, Jiang, Chuang 2021): the answer
     * is another class, with at least the mean probability that rows labelled so have of it, ordered by p(answer) - p(label). */
    uint32_t *suspects;
    size_t suspect_count;
};

/* The data and the model must live longer. Errors: as ink_eval; then too inki_exam_end. */
ink_status inki_exam_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_exam *out);
void inki_exam_end(struct inki_exam *exam);

/* The `count` most probable classes of a row, best first (the first of equal ones). */
void inki_exam_best(const struct inki_exam *exam, size_t row, size_t count, size_t *classes);

static inline double inki_exam_p(const struct inki_exam *exam, size_t row, size_t class)
{
    return (double)exam->answers.p[row * exam->classes + class];
}

/* The answer for a target that counts, in its unit: of several quantiles the middle one; and what was to be answered. */
double inki_exam_answer(const struct inki_exam *exam, size_t row, size_t target);
double inki_exam_truth(const struct inki_exam *exam, size_t row, size_t target);

#endif
