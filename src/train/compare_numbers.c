/* compare_numbers: two models that answer with numbers, on the same rows.
 * SPDX-License-Identifier: MIT */
#include "base/sized.h"
#include "train/compare.h"
#include "train/metrics.h"
#include "train/round_notes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One model's answers, and the part of each row that both are compared by. */
struct side {
    const char *name; /* in messages */
    const ink_model *model;
    struct inki_answers answers;
    size_t part;
};

static double error_of(const struct side *side, size_t row)
{
    return side->answers.parts[row * side->answers.loss->parts + side->part] / (double)side->answers.targets;
}

/* The model's answers; the sentence says which model cannot answer for these rows. */
static ink_status ask(ink_ctx *ctx, struct side *side, const ink_data *data)
{
    char message[sizeof ctx->message - 16];
    if (inki_is_classifier(side->model))
        return inki_fail(ctx, INK_BAD_DATA, "%s answers with classes, and the other with numbers", side->name);
    ink_status status = inki_answers_begin(ctx, side->model, data, &side->answers);
    if (status != INK_BAD_DATA) return status;
    snprintf(message, sizeof message, "%.1000s", ctx->message);
    return inki_fail(ctx, INK_BAD_DATA, "%s: %s", side->name, message);
}

static ink_status score_side(ink_ctx *ctx, const struct side *side, ink_compared_numbers *out)
{
    ink_metrics metrics;
    INK_TRY(inki_metrics_from(ctx, &side->answers, &metrics));
    *out = (ink_compared_numbers){(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < metrics.score_count; i++) {
        const char *name = metrics.scores[i].name;
        if (strcmp(name, "mae") == 0) out->mae = metrics.score[i];
        if (strcmp(name, "r2") == 0) out->r2 = metrics.score[i];
        if (strcmp(name, "rmse") != 0) continue;
        out->rmse = metrics.score[i];
        out->rmse_low = metrics.low[i];
        out->rmse_high = metrics.high[i];
    }
    inki_metrics_free(&metrics);
    return INK_OK;
}

/* Squared errors where both models have them, else their sizes. */
static void choose_score(struct side *a, struct side *b, ink_number_comparison *out)
{
    struct side *const sides[2] = {a, b};
    out->by = "rmse";
    for (size_t s = 0; s < 2; s++) {
        const struct inki_loss *loss = sides[s]->model->loss;
        if (inki_loss_score(loss, "rmse") == loss->score_count) out->by = "mae";
    }
    for (size_t s = 0; s < 2; s++)
        sides[s]->part = sides[s]->model->loss->marks[inki_loss_score(sides[s]->model->loss, out->by)];
}

/* By the mean of the rows' differences and its standard error. */
static void judge(const struct side *a, const struct side *b, ink_number_comparison *out)
{
    const double z = 1.959963984540054, n = (double)out->rows;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < out->rows; i++) {
        double x = error_of(a, i), y = error_of(b, i);
        sum += y - x;
        out->nearer_a += x < y;
        out->nearer_b += y < x;
    }
    out->difference = sum / n;
    for (size_t i = 0; i < out->rows; i++) squares += pow(error_of(b, i) - error_of(a, i) - out->difference, 2);
    out->error = out->rows > 1 ? sqrt(squares / (n - 1) / n) : (double)NAN;
    out->difference_low = out->difference - z * out->error;
    out->difference_high = out->difference + z * out->error;
    out->p = out->error > 0         ? erfc(fabs(out->difference) / out->error / sqrt(2))
             : out->difference == 0 ? 1
                                    : (double)NAN;
    if (out->p < 0.05) out->better = out->difference < 0 ? 1 : -1;
}

static ink_status compare_sides(ink_ctx *ctx, struct side *a, struct side *b, const ink_data *data,
                                ink_number_comparison *out)
{
    INK_TRY(ask(ctx, a, data));
    INK_TRY(ask(ctx, b, data));
    INK_TRY(score_side(ctx, a, &out->a));
    INK_TRY(score_side(ctx, b, &out->b));
    choose_score(a, b, out);
    judge(a, b, out);
    return INK_OK;
}

ink_status ink_compare_numbers(ink_ctx *ctx, const ink_model *a, const ink_model *b, const ink_data *data,
                               ink_number_comparison *out)
{
    ink_number_comparison result = {.rows = data->rows, .by = ""};
    struct side first = {.name = "model A", .model = a}, second = {.name = "model B", .model = b};
    ink_number_comparison none = {.by = ""};
    inki_sized_give(out, &none, sizeof none, sizeof none);
    if (data->rows == 0) return inki_fail(ctx, INK_BAD_DATA, "there are no rows to compare on");
    struct inki_round_notes notes; /* of both models the same, mostly */
    inki_round_notes_begin(ctx, NULL, &notes);
    ink_status status = compare_sides(ctx, &first, &second, data, &result);
    inki_round_notes_end(&notes);
    inki_answers_end(&first.answers);
    inki_answers_end(&second.answers);
    if (status == INK_OK) inki_sized_give(out, &result, sizeof result, sizeof result);
    return status;
}
