/* loss: the losses there are.
 * SPDX-License-Identifier: MIT */
#include "model/loss.h"
#include "model/quantile.h"
#include "model/two_classes.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------- cross-entropy */

/* Parts: 1 where the largest output is the label's. */
static void run_cross_entropy(const struct inki_loss_call *call)
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
}

static double accuracy(const struct inki_sums *sums, size_t targets)
{
    (void)targets;
    return sums->parts[0] / (double)sums->rows;
}

/* --------------------------------------------------------- losses of numbers */

/* Parts: sums over a row's outputs of squared errors, of errors without their sign, and of the targets' squared distances from
 * their means. */
enum { SQUARES, ABSOLUTES, SPREAD, ERROR_PARTS };

static void add_errors(const struct inki_loss_call *call, size_t row, double parts[ERROR_PARTS])
{
    const float *answer = call->z + row * call->stride, *target = call->targets + row * call->outputs;
    for (size_t j = 0; j < call->outputs; j++) {
        double error = (double)answer[j] - (double)target[j];
        double apart = (double)target[j] - (call->target_mean ? call->target_mean[j] : 0);
        parts[SQUARES] += error * error;
        parts[ABSOLUTES] += fabs(error);
        parts[SPREAD] += apart * apart;
    }
}

/* What output j of a row is to be: its target, scaled. */
static float goal(const struct inki_loss_call *call, size_t row, size_t j)
{
    const float target = call->targets[row * call->outputs + j];
    return call->numbers && call->numbers->scales ? inki_target_scaled(&call->numbers->scales[j], target) : target;
}

/* Of an error: its loss, and the loss's derivative. An error that is not finite has a loss that is not. */
struct error_loss {
    double (*loss)(double error);
    float (*slope)(float error);
};

static double square(double error) { return error * error; }

static float square_slope(float error) { return 2 * error; }

static float sign(float error) { return error > 0 ? 1.0f : error < 0 ? -1.0f : 0; }

static double huber(double error) { return fabs(error) <= 1 ? 0.5 * error * error : fabs(error) - 0.5; }

static float huber_slope(float error) { return error > 1 ? 1.0f : error < -1 ? -1.0f : error; }

/* dz = scale weight / outputs times the derivative at z - goal */
static void error_gradient(const struct inki_loss_call *call, const struct error_loss *of, size_t row)
{
    const float *z = call->z + row * call->stride;
    float *dz = call->dz + row * call->stride, factor = call->scale / (float)call->outputs;
    if (call->row_weight) factor *= call->row_weight[row];
    for (size_t j = 0; j < call->outputs; j++) dz[j] = factor * of->slope(z[j] - goal(call, row, j));
    for (size_t j = call->outputs; j < (call->width ? call->width : call->stride); j++) dz[j] = 0;
}

static double error_loss(const struct inki_loss_call *call, const struct error_loss *of, size_t row)
{
    const float *z = call->z + row * call->stride;
    double sum = 0;
    for (size_t j = 0; j < call->outputs; j++) sum += of->loss((double)z[j] - (double)goal(call, row, j));
    return sum / (double)call->outputs;
}

static void run_errors(const struct inki_loss_call *call, const struct error_loss *of)
{
    for (size_t i = 0; call->row_loss && i < call->rows; i++)
        call->row_loss[i] = (call->row_weight ? (double)call->row_weight[i] : 1) * error_loss(call, of, i);
    for (size_t i = 0; call->dz && i < call->rows; i++) error_gradient(call, of, i);
    inki_numbers_answer(call->numbers, call->rows, call->stride, call->z);
    for (size_t i = 0; call->row_parts && i < call->rows; i++) {
        double parts[ERROR_PARTS] = {0};
        add_errors(call, i, parts);
        memcpy(call->row_parts + i * ERROR_PARTS, parts, sizeof parts);
    }
}

static void run_mse(const struct inki_loss_call *call)
{
    static const struct error_loss of = {square, square_slope};
    run_errors(call, &of);
}

static void run_mae(const struct inki_loss_call *call)
{
    static const struct error_loss of = {fabs, sign};
    run_errors(call, &of);
}

static void run_huber(const struct inki_loss_call *call)
{
    static const struct error_loss of = {huber, huber_slope};
    run_errors(call, &of);
}

static double mean_error(const struct inki_sums *sums, size_t part, size_t targets)
{
    return sums->parts[part] / ((double)sums->rows * (double)targets);
}

static double rmse(const struct inki_sums *sums, size_t targets) { return sqrt(mean_error(sums, SQUARES, targets)); }

static double mae(const struct inki_sums *sums, size_t targets) { return mean_error(sums, ABSOLUTES, targets); }

/* NaN where all targets are equal. */
static double r2(const struct inki_sums *sums, size_t targets)
{
    (void)targets;
    return sums->parts[SPREAD] > 0 ? 1 - sums->parts[SQUARES] / sums->parts[SPREAD] : (double)NAN;
}

static double mean_pinball(const struct inki_sums *sums, size_t targets)
{
    return mean_error(sums, INKI_PINBALL, targets);
}

static double coverage(const struct inki_sums *sums, size_t targets) { return mean_error(sums, INKI_COVERED, targets); }

/* -------------------------------------------------------------------- table */

static double mean_loss(const struct inki_sums *sums, size_t targets)
{
    (void)targets;
    return sums->loss / (double)sums->rows;
}

/* The loss is of scaled numbers, the scores of the targets' own. */
#define OF_NUMBERS(NAME, FORM, RUN)                                                                                    \
    {                                                                                                                  \
        .name = NAME, .form = FORM, .target = INKI_TARGET_REALS, .cost = 10, .parts = ERROR_PARTS,                     \
        .monitor = INK_LOSS, .score_count = 4,                                                                         \
        .scores = {{"loss", false, false}, {"rmse", false, false}, {"mae", false, false}, {"r2", true, false}},        \
        .values = {mean_loss, rmse, mae, r2}, .intervals = {INKI_INTERVAL_NONE, INKI_INTERVAL_ROOT},                   \
        .marks = {INKI_BY_LOSS, SQUARES, ABSOLUTES, SQUARES}, .run = RUN                                               \
    }

const struct inki_loss inki_losses[INKI_LOSS_COUNT] = {
    [INKI_LOSS_cross_entropy] = {.name = "cross_entropy",
                                 .form = "-log p[label], p = softmax(z)",
                                 .target = INKI_TARGET_CLASSES,
                                 .cost = 60,
                                 .parts = 1,
                                 .monitor = 1,
                                 .score_count = 2,
                                 .scores = {{"loss", false, false}, {"accuracy", true, true}},
                                 .values = {mean_loss, accuracy},
                                 .intervals = {INKI_INTERVAL_NONE, INKI_INTERVAL_SHARE},
                                 .marks = {INKI_BY_LOSS, 0},
                                 .run = run_cross_entropy},
    [INKI_LOSS_mse] = OF_NUMBERS("mse", "mean over outputs of (z - target)^2", run_mse),
    [INKI_LOSS_mae] = OF_NUMBERS("mae", "mean over outputs of |z - target|", run_mae),
    [INKI_LOSS_huber] = OF_NUMBERS(
        "huber", "mean over outputs of e^2 / 2 where |e| <= 1, else |e| - 1/2, with e = z - target", run_huber),
    [INKI_LOSS_quantile] =
        {.name = "quantile",
         .form = "mean over outputs of q e where e = target - z is above 0, else of (q - 1) e",
         .target = INKI_TARGET_REALS,
         .cost = 10,
         .parts = INKI_QUANTILE_PARTS,
         .monitor = INK_LOSS,
         .score_count = 4,
         .scores = {{"loss", false, false}, {"pinball", false, false}, {"mae", false, false}, {"coverage", true, true}},
         .values = {mean_loss, mean_pinball, mae, coverage},
         .intervals = {INKI_INTERVAL_NONE, INKI_INTERVAL_NONE, INKI_INTERVAL_NONE, INKI_INTERVAL_SHARE},
         .marks = {INKI_BY_LOSS, INKI_PINBALL, INKI_MIDDLE_ERROR, INKI_COVERED},
         .run = inki_run_quantile},
};

_Static_assert((int)INKI_MIDDLE_ERROR == (int)ABSOLUTES, "mae is of the same part of all losses");

const struct inki_loss *inki_loss_named(const char *name)
{
    const size_t length = strcspn(name, ":");
    for (size_t i = 0; i < INKI_LOSS_COUNT; i++)
        if (strlen(inki_losses[i].name) == length && memcmp(inki_losses[i].name, name, length) == 0)
            return &inki_losses[i];
    return NULL;
}

const struct inki_loss *inki_loss_of(const struct inki_loss *loss, size_t classes)
{
    return classes == 2 && loss == &inki_losses[INKI_LOSS_cross_entropy] ? &inki_two_classes : loss;
}

ink_status inki_loss_levels(ink_ctx *ctx, const char *text, struct inki_numbers *out)
{
    const struct inki_loss *loss = inki_loss_named(text);
    const char *more = strchr(text, ':');
    out->levels = 0;
    if (loss != &inki_losses[INKI_LOSS_quantile] && !more) return INK_OK;
    const char *wrong = loss == &inki_losses[INKI_LOSS_quantile]
                            ? inki_levels_read(more ? more + 1 : "0.1,0.5,0.9", out)
                            : "only quantile is followed by something";
    return wrong ? inki_fail(ctx, INK_BAD_SETTING, "loss: '%.80s': %s", text, wrong) : INK_OK;
}

const struct inki_loss *inki_loss_for(enum inki_target target)
{
    const struct inki_loss *loss = inki_losses;
    while (loss->target != target) loss++;
    return loss;
}

size_t inki_loss_score(const struct inki_loss *loss, const char *name)
{
    size_t i = 0;
    while (i < loss->score_count && strcmp(loss->scores[i].name, name) != 0) i++;
    return i;
}

bool inki_is_better(const ink_score *scores, size_t monitor, const double *a, const double *b)
{
    if (a[monitor] > b[monitor]) return scores[monitor].higher_is_better;
    if (a[monitor] < b[monitor]) return !scores[monitor].higher_is_better;
    return a[INK_LOSS] < b[INK_LOSS];
}

void inki_sums_add(const struct inki_loss *loss, struct inki_sums *sums, size_t rows, const double *losses,
                   const double *parts)
{
    sums->rows += rows;
    for (size_t i = 0; i < rows; i++) sums->loss += losses[i];
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < loss->parts; k++) sums->parts[k] += parts[i * loss->parts + k];
}

void inki_loss_scores(const struct inki_loss *loss, const struct inki_sums *sums, size_t targets,
                      double scores[INK_MOST_SCORES])
{
    for (size_t i = 0; i < INK_MOST_SCORES; i++)
        scores[i] = i < loss->score_count && loss->values[i] ? loss->values[i](sums, targets) : (double)NAN;
}

/* The call for its rows [begin, end). */
static struct inki_loss_call rows_of(const struct inki_loss_call *call, size_t begin, size_t end)
{
    struct inki_loss_call part = *call;
    part.rows = end - begin;
    part.z += begin * call->stride;
    if (call->dz) part.dz += begin * call->stride;
    if (call->labels) part.labels += begin;
    if (call->targets) part.targets += begin * (call->numbers ? call->numbers->targets : call->outputs);
    if (call->row_weight) part.row_weight += begin;
    if (call->others) {
        part.others += begin;
        part.shares += begin;
    }
    if (call->row_loss) part.row_loss += begin;
    if (call->row_parts) part.row_parts += begin * call->loss->parts;
    return part;
}

/* ---------------------------------------------------------------- members */

/* One answer of all members, into the first block: the mean of numbers; log of the mean of probabilities, whose softmax is that. */
static void pool(const struct inki_loss_call *call)
{
    if (call->loss->target == INKI_TARGET_CLASSES) {
        call->kern->pool_classes(&(struct inki_pooling){.rows = call->rows,
                                                        .members = call->members,
                                                        .classes = call->outputs,
                                                        .width = call->width,
                                                        .stride = call->stride,
                                                        .z = call->z});
        return;
    }
    for (size_t i = 0; i < call->rows; i++)
        for (size_t j = 0; j < call->outputs; j++) {
            float *z = call->z + i * call->stride + j;
            double sum = 0;
            for (size_t m = 0; m < call->members; m++) sum += (double)z[m * call->width];
            *z = (float)(sum / (double)call->members);
        }
}

/* Adds a share of what one member gives. */
static void add_share(size_t n, double share, const double *from, bool first, double *to)
{
    for (size_t i = 0; i < n; i++) to[i] = (first ? 0 : to[i]) + share * from[i];
}

/* Up to INKI_FUSED_ROWS rows: each member's loss with 1 / members of its weight. */
static void run_members(const struct inki_loss_call *call)
{
    double losses[INKI_FUSED_ROWS], parts[INKI_FUSED_ROWS * INKI_MOST_PARTS];
    const double share = 1 / (double)call->members;
    for (size_t m = 0; m < call->members; m++) {
        struct inki_loss_call one = *call;
        one.z += m * call->width;
        if (call->dz) one.dz += m * call->width;
        one.scale = call->scale / (float)call->members;
        if (call->row_loss) one.row_loss = losses;
        if (call->row_parts) one.row_parts = parts;
        call->loss->run(&one);
        if (call->row_loss) add_share(call->rows, share, losses, m == 0, call->row_loss);
        if (call->row_parts) add_share(call->rows * call->loss->parts, share, parts, m == 0, call->row_parts);
    }
}

void inki_loss_rows(const struct inki_loss_call *call, size_t begin, size_t end)
{
    struct inki_loss_call part = rows_of(call, begin, end);
    if (call->members > 1 && call->pooled) pool(&part);
    if (call->members <= 1 || call->pooled) {
        call->loss->run(&part);
        return;
    }
    for (size_t row = begin; row < end; row += INKI_FUSED_ROWS) {
        part = rows_of(call, row, end - row < INKI_FUSED_ROWS ? end : row + INKI_FUSED_ROWS);
        run_members(&part);
    }
}
