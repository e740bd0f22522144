/* metrics: from answers to accuracy, intervals, confusion and calibration.
 * SPDX-License-Identifier: MIT */
#include "train/metrics.h"
#include "base/mem.h"
#include "data/batch.h"
#include "model/finite.h"
#include "model/two_classes.h"
#include "train/accept.h"
#include "train/inputs.h"
#include "train/run.h"

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

static ink_status refuse_row(const struct inki_scorer *scorer, const ink_data *data, size_t row)
{
    const void *x;
    inki_row_places(data, NULL, row, 1, &x);
    return inki_answer_refuse(scorer->program.ctx, scorer->program.model,
                              &(struct inki_answerless){data->source, row, x, data->bytes != NULL});
}

/* The answers of the last run, to rows first, first+1, …: p[rows][outputs]. Errors: BAD_DATA where one is not finite. */
static ink_status copy_answers(const struct inki_scorer *scorer, const ink_data *data, size_t first, size_t count,
                               float *p)
{
    const size_t outputs = scorer->program.model->outputs;
    size_t stride;
    const float *answers = inki_program_answers(&scorer->program, &stride);
    for (size_t i = 0; i < count; i++) {
        if (!inki_all_finite(answers + i * stride, outputs)) return refuse_row(scorer, data, first + i);
        memcpy(p + (first + i) * outputs, answers + i * stride, outputs * sizeof *p);
    }
    return INK_OK;
}

ink_status ink_predict_data(ink_ctx *ctx, const ink_model *model, const ink_data *data, float *p)
{
    struct inki_scorer scorer;
    INK_TRY(inki_inputs_check(ctx, model, data));
    INK_TRY(inki_scorer_begin(ctx, model, &scorer));
    ink_status status = INK_OK;
    for (size_t first = 0; first < data->rows && status == INK_OK; first += INKI_CHUNK_ROWS) {
        size_t count = inki_chunk_at(data, first);
        inki_scorer_run(&scorer, data, first, count, first == 0, &(struct inki_loss_call){0});
        status = copy_answers(&scorer, data, first, count, p);
    }
    inki_scorer_end(&scorer);
    return status;
}

/* --------------------------------------------------------------- answers */

static ink_status answer_rows(struct inki_scorer *scorer, const ink_data *data, struct inki_answers *out)
{
    const size_t parts = out->loss->parts;
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        size_t count = inki_chunk_at(data, first);
        inki_scorer_chunk(scorer, data, first, count, first == 0);
        inki_sums_add(out->loss, &out->sums, count, scorer->losses, scorer->parts);
        memcpy(out->losses + first, scorer->losses, count * sizeof *out->losses);
        memcpy(out->parts + first * parts, scorer->parts, count * parts * sizeof *out->parts);
        if (out->labels) memcpy(out->labels + first, scorer->labels, count * sizeof *out->labels);
        INK_TRY(copy_answers(scorer, data, first, count, out->p));
    }
    return INK_OK;
}

/* The data must have what the model answers with. */
static ink_status check_kind(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    const char *source = data->source ? data->source : "the data";
    bool classes = inki_is_classifier(model);
    if (classes ? data->labels != NULL : data->target_count == model->numbers.targets) return INK_OK;
    if (classes && data->targets)
        return inki_fail(ctx, INK_BAD_DATA, "the model answers with classes, and the targets of %s are numbers",
                         source);
    if (classes) return inki_fail(ctx, INK_BAD_DATA, "%s has no labels to compare with; predict needs none", source);
    return inki_fail(ctx, INK_BAD_DATA, "the model answers with %zu number%s a row, and %s has %s to compare with",
                     model->numbers.targets, model->numbers.targets == 1 ? "" : "s", source,
                     data->targets ? "another number of targets" : "no numbers");
}

static ink_status answer(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_answers *out)
{
    struct inki_scorer scorer;
    INK_TRY(inki_inputs_check(ctx, model, data));
    int32_t *map = inki_alloc(ctx, data->classes, sizeof *map);
    ink_status status = map ? inki_inputs_map_classes(ctx, model, data, map) : INK_NO_MEMORY;
    if (status == INK_OK) status = inki_scorer_begin(ctx, model, &scorer);
    if (status == INK_OK) {
        scorer.map = map;
        status = answer_rows(&scorer, data, out);
        inki_scorer_end(&scorer);
    }
    inki_free(map);
    return status;
}

ink_status inki_answers_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_answers *out)
{
    *out = (struct inki_answers){.loss = model->loss,
                                 .rows = data->rows,
                                 .outputs = model->outputs,
                                 .targets = model->numbers.targets,
                                 .threshold = model->threshold};
    INK_TRY(check_kind(ctx, model, data));
    bool classes = inki_is_classifier(model);
    out->p = inki_alloc(ctx, data->rows, model->outputs * sizeof *out->p);
    out->labels = classes ? inki_alloc(ctx, data->rows, sizeof *out->labels) : NULL;
    out->losses = inki_alloc(ctx, data->rows, sizeof *out->losses);
    out->parts = inki_alloc(ctx, data->rows, model->loss->parts * sizeof *out->parts);
    bool room = out->p && out->losses && out->parts && (out->labels || !classes);
    ink_status status = room ? answer(ctx, model, data, out) : INK_NO_MEMORY;
    if (status != INK_OK) inki_answers_end(out);
    return status;
}

void inki_answers_end(struct inki_answers *answers)
{
    inki_free(answers->p);
    inki_free(answers->labels);
    inki_free(answers->losses);
    inki_free(answers->parts);
    *answers = (struct inki_answers){0};
}

/* --------------------------------------------------------------- metrics */

ink_status inki_run_score(ink_ctx *ctx, const ink_model *model, const ink_data *data, ink_run *run)
{
    struct inki_answers answers;
    if (data->rows == 0) return inki_fail(ctx, INK_BAD_DATA, "there are no rows to evaluate");
    INK_TRY(inki_answers_begin(ctx, model, data, &answers));
    struct inki_worst worst = {0};
    inki_accept_note(ctx, model, data);
    inki_worst_add(&worst, answers.losses, answers.rows);
    inki_worst_note(ctx, &worst, model, data, data->part && *data->part == 't' ? "test loss" : "loss");
    ink_status status = inki_metrics_from(ctx, &answers, &run->metrics);
    run->has_metrics = status == INK_OK;
    if (status == INK_OK) status = inki_target_scores(ctx, &answers, data, run);
    inki_answers_end(&answers);
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

static void count_row(struct tally *tally, const struct inki_answers *answers, size_t row)
{
    const size_t classes = answers->outputs, label = (size_t)answers->labels[row];
    const float *p = answers->p + row * classes;
    size_t answer, rank = rank_of(p, classes, label, &answer);
    if (answers->threshold > 0) {
        answer = (size_t)inki_two_answer(p, answers->threshold);
        rank = answer != label;
    }
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
    out->score[1] = out->accuracy = top[0];
    inki_wilson(tally->top[0], out->rows, &out->accuracy_low, &out->accuracy_high);
    for (size_t b = 0; b < BINS; b++)
        out->calibration_error += fabs((double)tally->bin_right[b] - tally->bin_confidence[b]) / n;
    score_classes(tally, out->classes, scores);
}

static void rank_answers(ink_ctx *ctx, const struct inki_answers *answers, double scores[INK_MOST_SCORES])
{
    struct inki_ranks ranks = {0};
    if (answers->loss != &inki_two_classes) return;
    inki_ranks_add(ctx, &ranks, answers->rows, answers->p, answers->outputs, answers->labels);
    inki_rank_rows(answers->loss, &ranks, scores);
    inki_ranks_end(&ranks);
}

/* What concerns classes alone. */
static ink_status add_classes(ink_ctx *ctx, const struct inki_answers *answers, ink_metrics *out)
{
    const size_t rows = answers->rows, classes = answers->outputs;
    struct tally tally = {.confusion = inki_zalloc(ctx, classes, classes * sizeof *tally.confusion)};
    ink_class_score **each = inki_zalloc(ctx, classes, sizeof *each + sizeof **each); /* the scores lie behind */
    ink_class_score *scores = each ? (ink_class_score *)(void *)(each + classes) : NULL;
    double *top = inki_zalloc(ctx, TOP, sizeof *top);
    out->classes = classes;
    out->top = top;
    out->top_count = classes < TOP ? classes : TOP;
    out->per_class = (const ink_class_score *const *)each;
    out->confusion = tally.confusion;
    if (!tally.confusion || !each || !top) return INK_NO_MEMORY;
    for (size_t c = 0; c < classes; c++) {
        each[c] = &scores[c];
        scores[c].size = sizeof scores[c];
    }
    for (size_t i = 0; i < rows; i++) count_row(&tally, answers, i);
    finish_metrics(&tally, out, scores, top);
    return INK_OK;
}

/* The interval of the mean of a part of the rows by its standard error, not below 0; then its root. */
static void root_interval(const struct inki_answers *answers, size_t part, double *low, double *high)
{
    const double z = 1.959963984540054, n = (double)answers->rows, targets = (double)answers->targets,
                 mean = answers->sums.parts[part] / n / targets;
    double squares = 0;
    for (size_t i = 0; i < answers->rows; i++) {
        double off = answers->parts[i * answers->loss->parts + part] / targets - mean;
        squares += off * off;
    }
    double half = z * sqrt(squares / (n - 1) / n);
    *low = sqrt(half < mean ? mean - half : 0);
    *high = sqrt(mean + half);
    if (answers->rows < 2) *low = *high = (double)NAN;
}

static void add_intervals(const struct inki_answers *answers, ink_metrics *out)
{
    for (size_t i = 0; i < INK_MOST_SCORES; i++) {
        out->low[i] = out->high[i] = (double)NAN;
        if (answers->loss->intervals[i] == INKI_INTERVAL_ROOT)
            root_interval(answers, answers->loss->marks[i], &out->low[i], &out->high[i]);
        if (answers->loss->intervals[i] == INKI_INTERVAL_SHARE)
            inki_wilson((size_t)(out->score[i] * (double)out->rows + 0.5), out->rows, &out->low[i], &out->high[i]);
    }
}

ink_status inki_metrics_from(ink_ctx *ctx, const struct inki_answers *answers, ink_metrics *out)
{
    const struct inki_loss *loss = answers->loss;
    *out = (ink_metrics){.rows = answers->rows, .scores = loss->scores, .score_count = loss->score_count};
    out->accuracy = out->accuracy_low = out->accuracy_high = (double)NAN;
    inki_loss_scores(loss, &answers->sums, answers->targets, out->score);
    out->loss = out->score[INK_LOSS];
    rank_answers(ctx, answers, out->score);
    ink_status status = answers->labels ? add_classes(ctx, answers, out) : INK_OK;
    add_intervals(answers, out);
    if (status != INK_OK) inki_metrics_free(out);
    return status;
}

void inki_metrics_free(ink_metrics *metrics)
{
    inki_free((void *)metrics->top);
    inki_free((void *)metrics->per_class);
    inki_free((void *)metrics->confusion);
    *metrics = (ink_metrics){0};
}
