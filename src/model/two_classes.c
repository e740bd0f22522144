/* two_classes: parts and scores of two classes.
 * SPDX-License-Identifier: MIT */
#include "model/two_classes.h"

#include <math.h>

/* Of one row that has an answer. */
static void take_parts(const float *p, int label, float threshold, double parts[INKI_TWO_PARTS])
{
    const int answer = inki_two_answer(p, threshold);
    const double off = (double)p[1] - label;
    parts[INKI_TWO_HIT] = answer == label;
    parts[INKI_TWO_SQUARE] = off * off;
    parts[INKI_TWO_POSITIVE] = label;
    parts[INKI_TWO_FOUND] = label && answer;
    parts[INKI_TWO_ANSWERED] = answer;
}

static void run_two_classes(const struct inki_loss_call *call)
{
    call->kern->softmax(&(struct inki_softmax){.rows = call->rows,
                                               .classes = call->outputs,
                                               .stride = call->stride,
                                               .width = call->width,
                                               .z = call->z,
                                               .dz = call->dz,
                                               .labels = call->labels,
                                               .row_weight = call->row_weight,
                                               .others = call->others,
                                               .shares = call->shares,
                                               .smoothing = call->smoothing,
                                               .scale = call->scale,
                                               .row_loss = call->row_loss,
                                               .row_hit = call->row_parts});
    for (size_t i = 0; call->row_parts && i < call->rows; i++) {
        const float *p = call->z + i * call->stride;
        double *parts = call->row_parts + i * INKI_TWO_PARTS;
        for (size_t k = 0; k < INKI_TWO_PARTS; k++) parts[k] = 0;
        if (!isnan(p[0])) take_parts(p, call->labels[i], call->threshold, parts);
    }
}

static double mean_loss(const struct inki_sums *sums, size_t targets)
{
    (void)targets;
    return sums->loss / (double)sums->rows;
}

static double accuracy(const struct inki_sums *sums, size_t targets)
{
    (void)targets;
    return sums->parts[INKI_TWO_HIT] / (double)sums->rows;
}

/* The mean of the shares that are found of each class that there is. */
static double balanced_accuracy(const struct inki_sums *sums, size_t targets)
{
    const double positive = sums->parts[INKI_TWO_POSITIVE], negative = (double)sums->rows - positive,
                 found = sums->parts[INKI_TWO_FOUND], others = sums->parts[INKI_TWO_HIT] - found;
    (void)targets;
    if (positive == 0) return others / negative;
    if (negative == 0) return found / positive;
    return (found / positive + others / negative) / 2;
}

/* NaN where the second class is neither there nor answered. */
static double f1(const struct inki_sums *sums, size_t targets)
{
    const double both = sums->parts[INKI_TWO_POSITIVE] + sums->parts[INKI_TWO_ANSWERED];
    (void)targets;
    return both > 0 ? 2 * sums->parts[INKI_TWO_FOUND] / both : (double)NAN;
}

static double brier(const struct inki_sums *sums, size_t targets)
{
    (void)targets;
    return sums->parts[INKI_TWO_SQUARE] / (double)sums->rows;
}

const struct inki_loss inki_two_classes = {
    .name = "cross_entropy",
    .form = "-log p[label], p = softmax(z)",
    .target = INKI_TARGET_CLASSES,
    .cost = 60,
    .parts = INKI_TWO_PARTS,
    .monitor = 1,
    .score_count = 7,
    .scores = {{"loss", false, false},
               {"accuracy", true, true},
               [INKI_AUC] = {"auc", true, false},
               [INKI_AVERAGE_PRECISION] = {"average_precision", true, false},
               {"balanced_accuracy", true, true},
               {"f1", true, false},
               {"brier", false, false}},
    .values = {mean_loss, accuracy, NULL, NULL, balanced_accuracy, f1, brier},
    .intervals = {INKI_INTERVAL_NONE, INKI_INTERVAL_SHARE},
    .marks = {INKI_BY_LOSS, INKI_TWO_HIT, INKI_BY_LOSS, INKI_BY_LOSS, INKI_TWO_HIT, INKI_TWO_HIT, INKI_BY_LOSS},
    .run = run_two_classes,
};
