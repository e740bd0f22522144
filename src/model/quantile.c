/* quantile: pinball losses of several quantiles a target.
 * SPDX-License-Identifier: MIT */
#include "model/quantile.h"

#include <math.h>
#include <string.h>

/* One row: z[targets * each], target[targets]. */
struct row {
    const struct inki_numbers *numbers;
    size_t each;
    float *z;
    const float *target;
};

static const struct inki_numbers median = {.levels = 1, .level = {0.5f}};

static struct row row_of(const struct inki_loss_call *call, size_t i)
{
    const struct inki_numbers *numbers = call->numbers && call->numbers->levels ? call->numbers : &median;
    const size_t each = numbers->levels;
    return (struct row){numbers, each, call->z + i * call->stride,
                        call->targets ? call->targets + i * (call->outputs / each) : NULL};
}

static float goal(const struct inki_loss_call *call, const struct row *row, size_t j)
{
    const float target = row->target[j / row->each];
    return call->numbers && call->numbers->scales ? inki_target_scaled(&call->numbers->scales[j / row->each], target)
                                                  : target;
}

static double pinball(double error, double level) { return error > 0 ? level * error : (level - 1) * error; }

static double row_loss(const struct inki_loss_call *call, const struct row *row)
{
    double sum = 0;
    for (size_t j = 0; j < call->outputs; j++)
        sum += pinball((double)goal(call, row, j) - (double)row->z[j], (double)row->numbers->level[j % row->each]);
    return sum / (double)call->outputs;
}

static void row_gradient(const struct inki_loss_call *call, size_t i)
{
    const struct row row = row_of(call, i);
    float *dz = call->dz + i * call->stride, factor = call->scale / (float)call->outputs;
    if (call->row_weight) factor *= call->row_weight[i];
    for (size_t j = 0; j < call->outputs; j++) {
        const float error = goal(call, &row, j) - row.z[j], level = row.numbers->level[j % row.each];
        dz[j] = factor * (error > 0 ? -level : error < 0 ? 1 - level : 0);
    }
    for (size_t j = call->outputs; j < (call->width ? call->width : call->stride); j++) dz[j] = 0;
}

static void row_parts(const struct inki_loss_call *call, const struct row *row, double parts[INKI_QUANTILE_PARTS])
{
    const size_t each = row->each;
    memset(parts, 0, INKI_QUANTILE_PARTS * sizeof *parts);
    for (size_t t = 0; t < call->outputs / each; t++) {
        const float *answer = row->z + t * each, target = row->target[t];
        for (size_t q = 0; q < each; q++)
            parts[INKI_PINBALL] +=
                pinball((double)target - (double)answer[q], (double)row->numbers->level[q]) / (double)each;
        parts[INKI_MIDDLE_ERROR] += fabs((double)target - (double)answer[each / 2]);
        parts[INKI_COVERED] += target >= answer[0] && target <= answer[each - 1];
    }
}

void inki_run_quantile(const struct inki_loss_call *call)
{
    for (size_t i = 0; call->row_loss && i < call->rows; i++) {
        const struct row row = row_of(call, i);
        call->row_loss[i] = (call->row_weight ? (double)call->row_weight[i] : 1) * row_loss(call, &row);
    }
    for (size_t i = 0; call->dz && i < call->rows; i++) row_gradient(call, i);
    inki_numbers_answer(call->numbers, call->rows, call->stride, call->z);
    for (size_t i = 0; call->row_parts && i < call->rows; i++) {
        const struct row row = row_of(call, i);
        row_parts(call, &row, call->row_parts + i * INKI_QUANTILE_PARTS);
    }
}
