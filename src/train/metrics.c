/* metrics: from answers to accuracy, intervals, confusion and calibration.
 * SPDX-License-Identifier: MIT */
#include "train/metrics.h"
#include "base/mem.h"
#include "data/batch.h"
#include "train/inputs.h"

#include <math.h>
#include <string.h>

enum { TOP = 5, BINS = 15 };

void inki_wilson(size_t right, size_t rows, double *low, double *high)
{
    const double z = 1.959963984540054, n = (double)rows, p = n > 0 ? (double)right / n : 0;
    if (rows == 0) {
        *low = 0;
        *high = 1;
        return;
    }
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    *low = right == 0 ? 0 : middle - half;
    *high = right == rows ? 1 : middle + half;
}

ink_status inki_scorer_begin(ink_ctx *ctx, const ink_model *model, struct inki_scorer *out)
{
    memset(out, 0, sizeof *out);
    struct inki_use use = {
        .purpose = INKI_FOR_PREDICTING, .rows = INKI_CHUNK_ROWS, .threads = ctx->threads, .observe = true};
    return inki_program_begin(ctx, model, &use, &out->program);
}

void inki_scorer_end(struct inki_scorer *scorer) { inki_program_end(&scorer->program); }

/* Runs the rows first, first+1, …; losses and hits go where `loss` says. */
static void score_chunk(struct inki_scorer *scorer, const ink_data *data, size_t first, size_t count,
                        const struct inki_loss_call *loss)
{
    const void *places[INKI_CHUNK_ROWS];
    inki_row_places(data, NULL, first, count, places);
    if (loss->labels) inki_row_labels(data, NULL, first, count, scorer->labels);
    for (size_t i = 0; loss->labels && scorer->map && i < count; i++)
        scorer->labels[i] = scorer->map[scorer->labels[i]];
    inki_program_run(&scorer->program, &(struct inki_feed){.from = places,
                                                           .bytes = data->bytes != NULL,
                                                           .rows = count,
                                                           .fresh = first == 0, /* the weights may have changed */
                                                           .loss = *loss});
}

/* Losses and hits of a chunk that begins at row `first`; returns its size. */
static size_t score_next(struct inki_scorer *scorer, const ink_data *data, size_t first)
{
    size_t count = data->rows - first < INKI_CHUNK_ROWS ? data->rows - first : INKI_CHUNK_ROWS;
    score_chunk(
        scorer, data, first, count,
        &(struct inki_loss_call){.labels = scorer->labels, .row_loss = scorer->losses, .row_parts = scorer->parts});
    return count;
}

void inki_score_rows(struct inki_scorer *scorer, const ink_data *data, float *losses, uint8_t *hits)
{
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        size_t count = score_next(scorer, data, first);
        for (size_t i = 0; i < count; i++) losses[first + i] = (float)scorer->losses[i];
        for (size_t i = 0; i < count; i++) hits[first + i] = (uint8_t)scorer->parts[i];
    }
}

void inki_score(struct inki_scorer *scorer, const ink_data *data, double scores[INK_MOST_SCORES])
{
    const ink_model *model = scorer->program.model;
    struct inki_sums sums = {0};
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS)
        inki_sums_add(model->loss, &sums, score_next(scorer, data, first), scorer->losses, scorer->parts);
    inki_loss_scores(model->loss, &sums, model->outputs, scores);
}

static void copy_answers(const struct inki_scorer *scorer, size_t count, size_t classes, float *p)
{
    size_t stride;
    const float *answers = inki_program_answers(&scorer->program, &stride);
    for (size_t i = 0; i < count; i++) memcpy(p + i * classes, answers + i * stride, classes * sizeof *p);
}

ink_status ink_predict_data(ink_ctx *ctx, const ink_model *model, const ink_data *data, float *p)
{
    struct inki_scorer scorer;
    INK_TRY(inki_inputs_check(ctx, model, data));
    INK_TRY(inki_scorer_begin(ctx, model, &scorer));
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        size_t count = data->rows - first < INKI_CHUNK_ROWS ? data->rows - first : INKI_CHUNK_ROWS;
        score_chunk(&scorer, data, first, count, &(struct inki_loss_call){0});
        copy_answers(&scorer, count, model->classes, p + first * model->classes);
    }
    inki_scorer_end(&scorer);
    return INK_OK;
}

/* --------------------------------------------------------------- answers */

static void answer_rows(struct inki_scorer *scorer, const ink_data *data, struct inki_answers *out)
{
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        size_t count = data->rows - first < INKI_CHUNK_ROWS ? data->rows - first : INKI_CHUNK_ROWS;
        struct inki_loss_call call = {
            .labels = scorer->labels, .row_loss = out->losses + first, .row_parts = scorer->parts};
        score_chunk(scorer, data, first, count, &call);
        memcpy(out->labels + first, scorer->labels, count * sizeof *out->labels);
        copy_answers(scorer, count, out->classes, out->p + first * out->classes);
    }
}

static ink_status answer(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_answers *out)
{
    struct inki_scorer scorer;
    INK_TRY(inki_inputs_check(ctx, model, data));
    int32_t *map = inki_alloc(ctx, data->classes, sizeof *map);
    ink_status status = map ? inki_data_map_classes(ctx, data, model->class_names, model->classes, map) : INK_NO_MEMORY;
    if (status == INK_OK) status = inki_scorer_begin(ctx, model, &scorer);
    if (status == INK_OK) {
        scorer.map = map;
        answer_rows(&scorer, data, out);
        inki_scorer_end(&scorer);
    }
    inki_free(ctx, map);
    return status;
}

ink_status inki_answers_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_answers *out)
{
    *out = (struct inki_answers){.rows = data->rows, .classes = model->classes};
    out->p = inki_alloc(ctx, data->rows, model->classes * sizeof *out->p);
    out->labels = inki_alloc(ctx, data->rows, sizeof *out->labels);
    out->losses = inki_alloc(ctx, data->rows, sizeof *out->losses);
    ink_status status = out->p && out->labels && out->losses ? answer(ctx, model, data, out) : INK_NO_MEMORY;
    if (status != INK_OK) inki_answers_end(ctx, out);
    return status;
}

void inki_answers_end(ink_ctx *ctx, struct inki_answers *answers)
{
    inki_free(ctx, answers->p);
    inki_free(ctx, answers->labels);
    inki_free(ctx, answers->losses);
    *answers = (struct inki_answers){0};
}

/* --------------------------------------------------------------- metrics */

ink_status inki_metrics_of(ink_ctx *ctx, const ink_model *model, const ink_data *data, ink_metrics *out)
{
    struct inki_answers answers;
    *out = (ink_metrics){0};
    if (!data->labels)
        return inki_fail(ctx, INK_BAD_DATA, "%s has no labels to compare with; predict needs none",
                         data->source ? data->source : "the data");
    if (data->rows == 0) return inki_fail(ctx, INK_BAD_DATA, "there are no rows to evaluate");
    INK_TRY(inki_answers_begin(ctx, model, data, &answers));
    ink_status status = inki_metrics_from(ctx, &answers, out);
    inki_answers_end(ctx, &answers);
    return status;
}

/* How many classes are ahead of the label's; of equal ones the first is ahead, as in the answer. */
static size_t rank_of(const float *p, size_t classes, size_t label, size_t *answer)
{
    size_t rank = 0;
    *answer = 0;
    for (size_t j = 0; j < classes; j++) {
        if (p[j] > p[*answer]) *answer = j;
        rank += p[j] > p[label] || (p[j] == p[label] && j < label) || isnan(p[label]);
    }
    return rank;
}

/* Sums while the rows go by. */
struct tally {
    uint64_t *confusion;
    size_t top[TOP], bin_rows[BINS], bin_right[BINS];
    double bin_confidence[BINS];
};

static void count_row(struct tally *tally, const float *p, size_t classes, size_t label)
{
    size_t answer, rank = rank_of(p, classes, label, &answer);
    size_t bin = p[answer] >= 0 ? (size_t)((double)p[answer] * BINS) : 0; /* not for NaN */
    if (bin >= BINS) bin = BINS - 1;
    tally->confusion[label * classes + answer]++;
    tally->bin_rows[bin]++;
    tally->bin_right[bin] += answer == label;
    tally->bin_confidence[bin] += (double)p[answer];
    if (rank < TOP) tally->top[rank]++;
}

static double ratio(size_t part, size_t whole) { return whole ? (double)part / (double)whole : 0; }

static void score_classes(const struct tally *tally, size_t classes, ink_class_score *scores)
{
    for (size_t c = 0; c < classes; c++) {
        ink_class_score *score = &scores[c];
        size_t right = (size_t)tally->confusion[c * classes + c];
        for (size_t j = 0; j < classes; j++) {
            score->rows += (size_t)tally->confusion[c * classes + j];
            score->predicted += (size_t)tally->confusion[j * classes + c];
        }
        score->precision = ratio(right, score->predicted);
        score->recall = ratio(right, score->rows);
        score->f1 = ratio(2 * right, score->rows + score->predicted);
    }
}

static void finish_metrics(const struct tally *tally, ink_metrics *out, ink_class_score *scores, double *top)
{
    size_t below = 0;
    double n = (double)out->rows;
    for (size_t k = 0; k < out->top_count; k++) {
        below += tally->top[k];
        top[k] = (double)below / n;
    }
    inki_wilson(tally->top[0], out->rows, &out->low[1], &out->high[1]);
    out->score[INK_LOSS] = out->loss;
    out->score[1] = out->accuracy = top[0];
    out->accuracy_low = out->low[1];
    out->accuracy_high = out->high[1];
    for (size_t b = 0; b < BINS; b++)
        out->calibration_error += fabs((double)tally->bin_right[b] - tally->bin_confidence[b]) / n;
    score_classes(tally, out->classes, scores);
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i];
    return sum / (double)count;
}

static void begin_metrics(ink_metrics *out, const struct inki_loss *loss, size_t rows)
{
    *out = (ink_metrics){.rows = rows, .scores = loss->scores, .score_count = loss->score_count};
    for (size_t i = 0; i < INK_MOST_SCORES; i++) out->score[i] = out->low[i] = out->high[i] = (double)NAN;
}

ink_status inki_metrics_from(ink_ctx *ctx, const struct inki_answers *answers, ink_metrics *out)
{
    const size_t rows = answers->rows, classes = answers->classes;
    struct tally tally = {.confusion = inki_zalloc(ctx, classes, classes * sizeof *tally.confusion)};
    ink_class_score *scores = inki_zalloc(ctx, classes, sizeof *scores);
    double *top = inki_zalloc(ctx, TOP, sizeof *top);
    begin_metrics(out, inki_loss_for(INKI_TARGET_CLASSES), rows);
    out->classes = classes;
    out->loss = mean_of(answers->losses, rows);
    out->top = top;
    out->top_count = classes < TOP ? classes : TOP;
    out->per_class = scores;
    out->confusion = tally.confusion;
    if (!tally.confusion || !scores || !top) {
        inki_metrics_free(ctx, out);
        return INK_NO_MEMORY;
    }
    for (size_t i = 0; i < rows; i++) count_row(&tally, answers->p + i * classes, classes, (size_t)answers->labels[i]);
    finish_metrics(&tally, out, scores, top);
    return INK_OK;
}

void inki_metrics_free(ink_ctx *ctx, ink_metrics *metrics)
{
    inki_free(ctx, (void *)metrics->top);
    inki_free(ctx, (void *)metrics->per_class);
    inki_free(ctx, (void *)metrics->confusion);
    *metrics = (ink_metrics){0};
}
