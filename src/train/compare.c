/* compare: two models on the same rows.
 * SPDX-License-Identifier: MIT */
#include "train/compare.h"
#include "base/mem.h"
#include "base/sized.h"
#include "inkling-extra.h"
#include "train/metrics.h"
#include "train/round_notes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -------------------------------------------------------------- statistics */

/* Binomial terms relative to the largest, C(n, n/2): each follows from its neighbour by a ratio, so nothing overflows. Below
 * the middle they fall ever faster; what is near the smallest double adds nothing, and would never become 0. */
double inki_mcnemar(size_t only_a, size_t only_b)
{
    size_t n = only_a + only_b, least = only_a < only_b ? only_a : only_b, k = n / 2;
    double term = 1, half = 0, tail = 0;
    if (n == 0) return 1;
    for (;; k--) {
        half += term;
        if (k <= least) tail += term;
        if (k == 0 || term < 1e-290) break;
        term *= (double)k / (double)(n - k + 1);
    }
    double all = 2 * half - (n % 2 == 0 ? 1 : 0); /* an even n has its middle once */
    return 2 * tail < all ? 2 * tail / all : 1;
}

/* The most likely share of "only A" for a difference D, from the shares a and b that were seen:
 * 2 q^2 + ((2 + a - b) D - a - b) q - a D (1 - D) = 0, the larger root. */
static double likely_share(double a, double b, double difference)
{
    double linear = (2 + a - b) * difference - a - b, rest = -a * difference * (1 - difference);
    double square = linear * linear - 8 * rest, root = sqrt(square > 0 ? square : 0);
    if (linear > 0) return -2 * rest / (linear + root);
    return (root - linear) / 4;
}

static bool refuses(double a, double b, double rows, double difference)
{
    const double z = 1.959963984540054;
    double q = likely_share(a, b, difference), off = b - a - difference;
    return off * off * rows > z * z * (2 * q + difference * (1 - difference));
}

/* Where refusing begins above what was seen; 1 if it does not. */
static double upper_limit(double a, double b, double rows)
{
    double seen = b - a, end = 1;
    if (!refuses(a, b, rows, end)) return end;
    for (;;) {
        double middle = seen + (end - seen) / 2;
        if (middle == seen || middle == end) return seen;
        if (refuses(a, b, rows, middle))
            end = middle;
        else
            seen = middle;
    }
}

/* Below is above with the models' places changed. */
void inki_tango(size_t only_a, size_t only_b, size_t rows, double *low, double *high)
{
    double n = (double)rows, a = (double)only_a / n, b = (double)only_b / n;
    *low = -upper_limit(b, a, n);
    *high = upper_limit(a, b, n);
}

void inki_paired_mean(const double *a, const double *b, size_t rows, double *mean, double *error)
{
    double n = (double)rows, sum = 0, squares = 0;
    for (size_t i = 0; i < rows; i++) sum += b[i] - a[i];
    *mean = sum / n;
    for (size_t i = 0; i < rows; i++) squares += (b[i] - a[i] - *mean) * (b[i] - a[i] - *mean);
    *error = rows > 1 ? sqrt(squares / (n - 1) / n) : (double)NAN;
}

/* ----------------------------------------------------------------- answers */

/* What one model says about each row, in its own numbering of the classes. */
struct side {
    const char *name; /* in messages */
    const ink_model *model;
    double *losses;         /* [rows] */
    int32_t *labels;        /* [rows], of the model's classes */
    int32_t *answers;       /* [rows] */
    uint8_t *right;         /* [rows] */
    ink_compared *compared; /* the result's half */
};

static void side_end(struct side *side)
{
    inki_free(side->losses);
    inki_free(side->labels);
    inki_free(side->answers);
    inki_free(side->right);
}

/* As metrics.c has it: of equally probable classes the first. */
static void take_row(struct side *side, size_t row, const float *p, size_t label)
{
    const size_t answer = ink_model_answer(side->model, p);
    side->answers[row] = (int32_t)answer;
    side->right[row] = answer == label && !isnan(p[label]);
}

static void sum_up(struct side *side, size_t rows)
{
    size_t right = 0;
    double loss = 0;
    for (size_t i = 0; i < rows; i++) {
        right += side->right[i];
        loss += side->losses[i];
    }
    side->compared->right = right;
    side->compared->accuracy = (double)right / (double)rows;
    side->compared->loss = loss / (double)rows;
    inki_wilson(right, rows, &side->compared->accuracy_low, &side->compared->accuracy_high);
}

/* The model's answers; the sentence says which model cannot answer for these rows. */
static ink_status ask(ink_ctx *ctx, const struct side *side, const ink_data *data, struct inki_answers *out)
{
    char message[sizeof ctx->message - 16];
    ink_status status = inki_answers_begin(ctx, side->model, data, out);
    if (status != INK_BAD_DATA) return status;
    snprintf(message, sizeof message, "%.1000s", ctx->message);
    return inki_fail(ctx, INK_BAD_DATA, "%s: %s", side->name, message);
}

static ink_status side_begin(ink_ctx *ctx, struct side *side, const ink_data *data)
{
    struct inki_answers answers;
    side->answers = inki_alloc(ctx, data->rows, sizeof *side->answers);
    side->right = inki_alloc(ctx, data->rows, sizeof *side->right);
    if (!side->answers || !side->right) return INK_NO_MEMORY;
    INK_TRY(inki_only_classes(ctx, side->model, "comparing"));
    INK_TRY(ask(ctx, side, data, &answers));
    for (size_t i = 0; i < data->rows; i++)
        take_row(side, i, answers.p + i * answers.outputs, (size_t)answers.labels[i]);
    side->losses = answers.losses;
    side->labels = answers.labels;
    answers.losses = NULL;
    answers.labels = NULL;
    inki_answers_end(&answers);
    sum_up(side, data->rows);
    return INK_OK;
}

/* -------------------------------------------------------------- comparison */

/* map[b's classes]: the class of that name in a, or that the same rows belong to; -1 for none. Mostly the order is the same:
 * searching continues from the last find. */
static void match_classes(const struct side *sides[2], size_t rows, int32_t *map)
{
    const ink_model *a = sides[0]->model, *b = sides[1]->model;
    size_t from = 0;
    for (size_t i = 0; i < b->classes; i++) {
        map[i] = -1;
        for (size_t tried = 0; tried < a->classes && map[i] < 0; tried++) {
            if (strcmp(a->class_names[from], b->class_names[i]) == 0) map[i] = (int32_t)from;
            from = (from + 1) % a->classes;
        }
    }
    for (size_t i = 0; i < rows; i++) map[sides[1]->labels[i]] = sides[0]->labels[i];
}

static void count_rows(const struct side *a, const struct side *b, const int32_t *b_to_a, ink_comparison *out)
{
    for (size_t i = 0; i < out->rows; i++) {
        out->both += a->right[i] && b->right[i];
        out->only_a += a->right[i] && !b->right[i];
        out->only_b += !a->right[i] && b->right[i];
        out->neither += !a->right[i] && !b->right[i];
        out->differ += b_to_a[b->answers[i]] != a->answers[i];
    }
}

static void judge(const struct side *a, const struct side *b, ink_comparison *out)
{
    out->difference = ((double)out->only_b - (double)out->only_a) / (double)out->rows;
    inki_tango(out->only_a, out->only_b, out->rows, &out->difference_low, &out->difference_high);
    out->p = inki_mcnemar(out->only_a, out->only_b);
    inki_paired_mean(a->losses, b->losses, out->rows, &out->loss_difference, &out->loss_error);
    if (out->p < 0.05) out->better = out->only_b > out->only_a ? 1 : -1;
}

static ink_status compare_sides(ink_ctx *ctx, struct side *a, struct side *b, const ink_data *data, ink_comparison *out)
{
    INK_TRY(side_begin(ctx, a, data));
    INK_TRY(side_begin(ctx, b, data));
    int32_t *b_to_a = inki_alloc(ctx, b->model->classes, sizeof *b_to_a);
    if (!b_to_a) return INK_NO_MEMORY;
    match_classes((const struct side *[2]){a, b}, data->rows, b_to_a);
    count_rows(a, b, b_to_a, out);
    judge(a, b, out);
    inki_free(b_to_a);
    return INK_OK;
}

ink_status ink_compare(ink_ctx *ctx, const ink_model *a, const ink_model *b, const ink_data *data, ink_comparison *out)
{
    ink_comparison result = {0};
    inki_sized_give(out, &result, sizeof result, sizeof result);
    if (!data->labels)
        return inki_fail(ctx, INK_BAD_DATA, "%s has no labels to compare with; name their file (--labels FILE)",
                         data->source);
    if (data->rows == 0) return inki_fail(ctx, INK_BAD_DATA, "there are no rows to compare on");
    result.rows = data->rows;
    struct side first = {.name = "model A", .model = a, .compared = &result.a};
    struct side second = {.name = "model B", .model = b, .compared = &result.b};
    struct inki_round_notes notes; /* of both models the same, mostly */
    inki_round_notes_begin(ctx, NULL, &notes);
    ink_status status = compare_sides(ctx, &first, &second, data, &result);
    inki_round_notes_end(&notes);
    side_end(&first);
    side_end(&second);
    if (status == INK_OK) inki_sized_give(out, &result, sizeof result, sizeof result);
    return status;
}
