/* influence: which columns of a table a model's answers hang on, and how they move with a column.
 * SPDX-License-Identifier: MIT */
#include "out/influence.h"

#include "base/mem.h"
#include "base/rng.h"
#include "data/batch.h"
#include "train/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 1 };

/* ----------------------------------------------------------------- the sample */

/* As many rows as the work allows. */
static size_t rows_of(const ink_model *model, const ink_data *data)
{
    double a_row = (double)model->size * (double)data->features * INKI_INFLUENCE_TIMES;
    double rows = fmin(INKI_INFLUENCE_ROWS, INKI_INFLUENCE_WORK / a_row);
    rows = fmin(fmax(rows, INKI_INFLUENCE_FEW), (double)data->rows);
    return (size_t)rows;
}

static ink_status draw_rows(struct inki_influence *influence, size_t of)
{
    uint32_t *all = inki_alloc(influence->ctx, of, sizeof *all);
    if (!all) return INK_NO_MEMORY;
    struct inki_rng rng = inki_rng_begin(SEED, INKI_RNG_SAMPLE, 0, 0);
    for (size_t i = 0; i < of; i++) all[i] = (uint32_t)i;
    if (of > influence->rows) inki_rng_shuffle(&rng, all, of);
    memcpy(influence->from, all, influence->rows * sizeof *all);
    inki_free(all);
    return INK_OK;
}

static void copy_rows(struct inki_influence *influence, const ink_data *data, const int32_t *labels)
{
    const size_t columns = influence->columns, targets = influence->model->numbers.targets;
    for (size_t i = 0; i < influence->rows; i++) {
        const size_t row = influence->from[i];
        ink_data_row(data, row, influence->x + i * columns);
        if (influence->labels) influence->labels[i] = labels[row];
        if (influence->targets)
            memcpy(influence->targets + i * targets, inki_data_targets(data, row), targets * sizeof *data->targets);
    }
}

static ink_status take_sample(struct inki_influence *influence, const ink_data *data, const int32_t *labels)
{
    ink_ctx *ctx = influence->ctx;
    const size_t rows = influence->rows, columns = influence->columns;
    influence->from = inki_alloc(ctx, rows, sizeof *influence->from);
    influence->x = inki_alloc(ctx, rows, columns * sizeof *influence->x);
    influence->labels = labels ? inki_alloc(ctx, rows, sizeof *influence->labels) : NULL;
    influence->targets = labels ? NULL : inki_alloc(ctx, rows, influence->model->numbers.targets * sizeof(float));
    influence->rise = inki_zalloc(ctx, columns, sizeof *influence->rise);
    influence->error = inki_zalloc(ctx, columns, sizeof *influence->error);
    influence->order = inki_alloc(ctx, columns, sizeof *influence->order);
    if (!influence->from || !influence->x || (labels ? !influence->labels : !influence->targets) || !influence->rise ||
        !influence->error || !influence->order)
        return INK_NO_MEMORY;
    INK_TRY(draw_rows(influence, data->rows));
    copy_rows(influence, data, labels);
    return INK_OK;
}

/* ----------------------------------------------------------------- importance */

/* What is scored again and again, with room for it. */
struct trial {
    struct inki_scorer scorer;
    ink_data data;
    float *losses, *before, *column; /* [rows] each */
    double *rises;                   /* [rows] */
    uint32_t *order;
};

static void end_trial(struct trial *trial)
{
    inki_free(trial->losses);
    inki_free(trial->rises);
    inki_free(trial->order);
}

static ink_status begin_trial(const struct inki_influence *influence, struct trial *out)
{
    ink_ctx *ctx = influence->ctx;
    const ink_model *model = influence->model;
    *out = (struct trial){.data = {.rows = influence->rows,
                                   .features = influence->columns,
                                   .classes = model->classes,
                                   .height = model->in.height,
                                   .width = model->in.width,
                                   .channels = model->in.channels,
                                   .floats = influence->x,
                                   .labels = influence->labels,
                                   .targets = influence->targets,
                                   .target_count = model->numbers.targets}};
    out->losses = inki_alloc(ctx, influence->rows, 3 * sizeof *out->losses);
    out->rises = inki_alloc(ctx, influence->rows, sizeof *out->rises);
    out->order = inki_alloc(ctx, influence->rows, sizeof *out->order);
    ink_status status = out->losses && out->rises && out->order ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) status = inki_scorer_begin(ctx, model, &out->scorer);
    if (status != INK_OK) {
        end_trial(out);
        return status;
    }
    out->before = out->losses + influence->rows;
    out->column = out->before + influence->rows;
    return INK_OK;
}

void inki_influence_shuffle(size_t column, size_t time, size_t rows, uint32_t *order)
{
    struct inki_rng rng = inki_rng_begin(SEED, INKI_RNG_SHUFFLE, (uint32_t)column, (uint32_t)time);
    for (size_t i = 0; i < rows; i++) order[i] = (uint32_t)i;
    inki_rng_shuffle(&rng, order, rows);
}

/* The rows' mean rises over all times become the column's rise and its error. */
static void conclude(struct inki_influence *influence, size_t column, const double *rises)
{
    const double rows = (double)influence->rows;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < influence->rows; i++) sum += rises[i];
    const double mean = sum / rows;
    for (size_t i = 0; i < influence->rows; i++) squares += (rises[i] - mean) * (rises[i] - mean);
    influence->rise[column] = mean;
    influence->error[column] = influence->rows > 1 ? sqrt(squares / (rows - 1) / rows) : (double)NAN;
}

static void shuffle_column(struct inki_influence *influence, size_t column, struct trial *trial)
{
    const size_t rows = influence->rows, columns = influence->columns;
    float *x = influence->x + column;
    for (size_t i = 0; i < rows; i++) trial->column[i] = x[i * columns], trial->rises[i] = 0;
    for (size_t time = 0; time < INKI_INFLUENCE_TIMES; time++) {
        inki_influence_shuffle(column, time, rows, trial->order);
        for (size_t i = 0; i < rows; i++) x[i * columns] = trial->column[trial->order[i]];
        inki_score_rows(&trial->scorer, &trial->data, 0, trial->losses, NULL);
        for (size_t i = 0; i < rows; i++)
            trial->rises[i] += ((double)trial->losses[i] - (double)trial->before[i]) / INKI_INFLUENCE_TIMES;
    }
    for (size_t i = 0; i < rows; i++) x[i * columns] = trial->column[i];
    conclude(influence, column, trial->rises);
}

/* By insertion: there are few columns, and they are put in once. Rises that are no numbers come last. */
static void order_columns(struct inki_influence *influence)
{
    const double *rise = influence->rise;
    for (size_t c = 0; c < influence->columns; c++) {
        size_t at = c;
        for (; at > 0; at--) {
            const double before = rise[influence->order[at - 1]];
            if (!(rise[c] > before || (isnan(before) && !isnan(rise[c])))) break;
            influence->order[at] = influence->order[at - 1];
        }
        influence->order[at] = c;
    }
}

static ink_status measure_rises(struct inki_influence *influence)
{
    struct trial trial;
    double sum = 0;
    INK_TRY(begin_trial(influence, &trial));
    inki_score_rows(&trial.scorer, &trial.data, 0, trial.before, NULL);
    for (size_t i = 0; i < influence->rows; i++) sum += (double)trial.before[i];
    influence->loss = sum / (double)influence->rows;
    for (size_t c = 0; c < influence->columns; c++) shuffle_column(influence, c, &trial);
    order_columns(influence);
    inki_scorer_end(&trial.scorer);
    end_trial(&trial);
    return INK_OK;
}

ink_status inki_influence_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, const int32_t *labels,
                                struct inki_influence *out)
{
    *out = (struct inki_influence){.ctx = ctx, .model = model, .columns = data->features};
    if (data->rows == 0 || data->features > INKI_INFLUENCE_COLUMNS)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "importance is measured of 1 to %d columns over 1 row or more",
                         (int)INKI_INFLUENCE_COLUMNS);
    out->rows = rows_of(model, data);
    ink_status status = take_sample(out, data, labels);
    if (status == INK_OK) status = measure_rises(out);
    if (status != INK_OK) inki_influence_end(out);
    return status;
}

void inki_influence_end(struct inki_influence *influence)
{
    inki_free(influence->from);
    inki_free(influence->x);
    inki_free(influence->labels);
    inki_free(influence->targets);
    inki_free(influence->rise);
    inki_free(influence->error);
    inki_free(influence->order);
    *influence = (struct inki_influence){0};
}

/* ----------------------------------------------------------------- dependence */

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The column's finite values in ascending order; returns how many. *gaps: how many are none. */
static size_t sort_column(const struct inki_influence *influence, size_t column, float *sorted, size_t *gaps)
{
    size_t count = 0;
    *gaps = 0;
    for (size_t i = 0; i < influence->rows; i++) {
        const float value = influence->x[i * influence->columns + column];
        *gaps += isnan(value) != 0;
        if (isfinite(value)) sorted[count++] = value;
    }
    qsort(sorted, count, sizeof *sorted, compare_floats);
    return count;
}

static size_t distinct(const float *sorted, size_t count)
{
    size_t different = 0;
    for (size_t i = 0; i < count; i++) different += i == 0 || sorted[i] != sorted[i - 1];
    return different;
}

/* Values of a number; returns how many. */
static size_t pick_numbers(const float *sorted, size_t count, double values[INKI_DEPENDENCE_POINTS])
{
    const bool all = distinct(sorted, count) <= INKI_DEPENDENCE_POINTS;
    const size_t steps = all ? count : INKI_DEPENDENCE_POINTS;
    size_t picked = 0;
    for (size_t k = 0; k < steps; k++) {
        const double value = (double)sorted[all ? k : (2 * k + 1) * count / (2 * steps)];
        if (picked == 0 || value != values[picked - 1]) values[picked++] = value;
    }
    return picked;
}

/* The most frequent of sorted values, of equal ones the lower first; returns how many. */
static size_t pick_words(const float *sorted, size_t count, double values[INKI_DEPENDENCE_POINTS])
{
    size_t counts[INKI_DEPENDENCE_WORDS + 1] = {0}, picked = 0;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && sorted[end] == sorted[i]; end++) {
        }
        size_t at = picked < INKI_DEPENDENCE_WORDS ? picked++ : INKI_DEPENDENCE_WORDS;
        for (; at > 0 && counts[at - 1] < end - i; at--) counts[at] = counts[at - 1], values[at] = values[at - 1];
        counts[at] = end - i;
        values[at] = (double)sorted[i];
    }
    return picked;
}

/* The mean answers to rows x that have this value in the column. */
static ink_status answer_value(const struct inki_influence *influence, ink_predictor *predictor, double value,
                               struct inki_dependence *out, float *x, float *p, double *answers)
{
    const size_t columns = influence->columns, outputs = out->outputs;
    for (size_t i = 0; i < out->rows; i++) x[i * columns + out->column] = (float)value;
    INK_TRY(ink_predictor_run(predictor, out->rows, x, p));
    for (size_t o = 0; o < outputs; o++) {
        double sum = 0;
        for (size_t i = 0; i < out->rows; i++) sum += (double)p[i * outputs + o];
        answers[o] = sum / (double)out->rows;
    }
    return INK_OK;
}

static ink_status answer_values(const struct inki_influence *influence, struct inki_dependence *out)
{
    ink_ctx *ctx = influence->ctx;
    ink_predictor *predictor = NULL;
    float *x = inki_alloc(ctx, out->rows, influence->columns * sizeof *x);
    float *p = inki_alloc(ctx, out->rows, out->outputs * sizeof *p);
    ink_status status = x && p ? ink_predictor_new(ctx, influence->model, out->rows, &predictor) : INK_NO_MEMORY;
    if (status == INK_OK) memcpy(x, influence->x, out->rows * influence->columns * sizeof *x);
    for (size_t k = 0; k < out->count && status == INK_OK; k++)
        status = answer_value(influence, predictor, out->values[k], out, x, p, out->answers + k * out->outputs);
    ink_predictor_free(predictor);
    inki_free(x);
    inki_free(p);
    return status;
}

ink_status inki_dependence_begin(struct inki_influence *influence, size_t column, bool words,
                                 struct inki_dependence *out)
{
    ink_ctx *ctx = influence->ctx;
    size_t gaps, rows = influence->rows;
    *out = (struct inki_dependence){.column = column,
                                    .outputs = influence->model->outputs,
                                    .rows = rows < INKI_DEPENDENCE_ROWS ? rows : INKI_DEPENDENCE_ROWS};
    float *sorted = inki_alloc(ctx, rows, sizeof *sorted);
    out->values = inki_alloc(ctx, INKI_DEPENDENCE_POINTS + 1, sizeof *out->values);
    out->answers = inki_alloc(ctx, INKI_DEPENDENCE_POINTS + 1, out->outputs * sizeof *out->answers);
    ink_status status = sorted && out->values && out->answers ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) {
        const size_t count = sort_column(influence, column, sorted, &gaps);
        out->count = (words ? pick_words : pick_numbers)(sorted, count, out->values);
        if (gaps) out->values[out->count++] = (double)NAN;
        status = answer_values(influence, out);
    }
    inki_free(sorted);
    if (status != INK_OK) inki_dependence_end(out);
    return status;
}

void inki_dependence_end(struct inki_dependence *dependence)
{
    inki_free(dependence->values);
    inki_free(dependence->answers);
    *dependence = (struct inki_dependence){0};
}
