/* exam: a model's answers for labelled rows, looked at one by one.
 * SPDX-License-Identifier: MIT */
#include "out/exam.h"

#include "base/mem.h"
#include "data/batch.h"
#include "inkling-extra.h"

#include <math.h>
#include <stdlib.h>

void inki_exam_best(const struct inki_exam *exam, size_t row, size_t count, size_t *classes)
{
    for (size_t k = 0; k < count; k++) {
        size_t best = exam->classes;
        for (size_t c = 0; c < exam->classes; c++) {
            bool taken = false;
            for (size_t i = 0; i < k; i++) taken |= classes[i] == c;
            if (!taken && (best == exam->classes || inki_exam_p(exam, row, c) > inki_exam_p(exam, row, best))) best = c;
        }
        classes[k] = best;
    }
}

double inki_exam_answer(const struct inki_exam *exam, size_t row, size_t target)
{
    const size_t each = inki_numbers_each(&exam->model->numbers);
    return (double)exam->answers.p[row * exam->answers.outputs + target * each + each / 2];
}

double inki_exam_truth(const struct inki_exam *exam, size_t row, size_t target)
{
    return (double)inki_data_targets(exam->data, row)[target];
}

/* ------------------------------------------------------------------- ordering */

struct place {
    double key;
    uint32_t row;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The rows of places[count] in rising order of their keys. */
static void order(struct place *places, size_t count, uint32_t *rows)
{
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 0; i < count; i++) rows[i] = places[i].row;
}

static void find_hardest(struct inki_exam *exam, struct place *places)
{
    const double *losses = exam->answers.losses;
    for (size_t i = 0; i < exam->rows; i++)
        places[i] = (struct place){isfinite(losses[i]) ? -losses[i] : -(double)INFINITY, (uint32_t)i};
    order(places, exam->rows, exam->hardest);
}

static void find_suspects(struct inki_exam *exam, double *mean, struct place *places)
{
    for (size_t c = 0; c < exam->classes; c++) mean[c] = 0;
    for (size_t i = 0; i < exam->rows; i++)
        mean[exam->answers.labels[i]] += inki_exam_p(exam, i, (size_t)exam->answers.labels[i]);
    for (size_t c = 0; c < exam->classes; c++)
        mean[c] /= (double)exam->metrics.per_class[c]->rows; /* NaN: none are labelled so */
    for (size_t i = 0; i < exam->rows; i++) {
        size_t label = (size_t)exam->answers.labels[i], said = (size_t)exam->said[i];
        if (said == label || !(inki_exam_p(exam, i, said) >= mean[said])) continue;
        double margin = inki_exam_p(exam, i, said) - inki_exam_p(exam, i, label);
        places[exam->suspect_count++] = (struct place){-margin, (uint32_t)i};
    }
    order(places, exam->suspect_count, exam->suspects);
}

/* ---------------------------------------------------------------- calibration */

static void fill_bins(struct inki_exam *exam)
{
    struct inki_exam_bins *bins = &exam->bins;
    size_t right[INKI_EXAM_BINS] = {0};
    for (size_t i = 0; i < exam->rows; i++) {
        double p = inki_exam_p(exam, i, (size_t)exam->said[i]);
        size_t bin = p >= 0 ? (size_t)(p * INKI_EXAM_BINS) : 0;
        if (bin >= INKI_EXAM_BINS) bin = INKI_EXAM_BINS - 1;
        bins->count[bin]++;
        bins->confidence[bin] += p;
        right[bin] += exam->said[i] == exam->answers.labels[i];
    }
    for (size_t b = 0; b < INKI_EXAM_BINS; b++) {
        bins->confidence[b] /= (double)bins->count[b];
        bins->share[b] = (double)right[b] / (double)bins->count[b];
        if (bins->count[b]) inki_wilson(right[b], bins->count[b], &bins->low[b], &bins->high[b]);
    }
}

/* --------------------------------------------------------------------- whole */

static ink_status allocate(struct inki_exam *exam)
{
    ink_ctx *ctx = exam->ctx;
    exam->said = inki_alloc(ctx, exam->rows, sizeof *exam->said);
    exam->hardest = inki_alloc(ctx, exam->rows, sizeof *exam->hardest);
    exam->suspects = inki_alloc(ctx, exam->rows, sizeof *exam->suspects);
    return exam->said && exam->hardest && exam->suspects ? INK_OK : INK_NO_MEMORY;
}

static ink_status look_at_rows(struct inki_exam *exam)
{
    struct place *places = inki_alloc(exam->ctx, exam->rows, sizeof *places);
    double *mean = inki_alloc(exam->ctx, exam->classes + 1, sizeof *mean);
    bool good = places && mean;
    for (size_t i = 0; good && exam->classes && i < exam->rows; i++)
        exam->said[i] = (int32_t)ink_model_answer(exam->model, exam->answers.p + i * exam->classes);
    if (good) find_hardest(exam, places);
    if (good && exam->classes) {
        fill_bins(exam);
        find_suspects(exam, mean, places);
    }
    inki_free(places);
    inki_free(mean);
    return good ? INK_OK : INK_NO_MEMORY;
}

ink_status inki_exam_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_exam *out)
{
    *out = (struct inki_exam){.ctx = ctx, .model = model, .data = data, .rows = data->rows, .classes = model->classes};
    if (model->classes ? !data->labels : !data->targets)
        return inki_fail(ctx, INK_BAD_DATA, "%s has no %s to compare with; a report can do without data",
                         data->source ? data->source : "the data", model->classes ? "labels" : "numbers");
    if (data->rows == 0) return inki_fail(ctx, INK_BAD_DATA, "there are no rows to report on");
    INK_TRY(allocate(out));
    INK_TRY(inki_answers_begin(ctx, model, data, &out->answers));
    INK_TRY(inki_metrics_from(ctx, &out->answers, &out->metrics));
    return look_at_rows(out);
}

void inki_exam_end(struct inki_exam *exam)
{
    inki_metrics_free(&exam->metrics);
    inki_answers_end(&exam->answers);
    inki_free(exam->said);
    inki_free(exam->hardest);
    inki_free(exam->suspects);
}
