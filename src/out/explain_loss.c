/* explain_loss: losses and answers in double.
 * SPDX-License-Identifier: MIT */
#include "out/explain.h"

#include <math.h>
#include <string.h>

/* -log p[label] as log(1 + sum of e^(z - z[label])), which keeps its digits where it is small. */
static double cross_entropy(const struct ink_explanation *e, const double *z, size_t label, double share, double *dz)
{
    const size_t classes = e->model->outputs;
    double most = z[0], sum = 0, others = 0;
    for (size_t k = 1; k < classes; k++) most = fmax(most, z[k]);
    for (size_t k = 0; k < classes; k++) sum += exp(z[k] - most);
    for (size_t k = 0; k < classes; k++) others += k == label ? 0 : exp(z[k] - most);
    for (size_t k = 0; dz && k < classes; k++) dz[k] = share * (k == label ? -others / sum : exp(z[k] - most) / sum);
    return share * (others < 0.5 * sum ? log1p(others / exp(z[label] - most)) : most + log(sum) - z[label]);
}

/* Of an error, answer - target, by the model's loss; of quantiles by their level. */
static double error_loss(const struct ink_explanation *e, double error, size_t j, double *slope)
{
    const struct inki_numbers *numbers = &e->model->numbers;
    const char *name = e->model->loss->name;
    const double level = numbers->levels ? (double)numbers->level[j % numbers->levels] : 0.5;
    if (strcmp(name, "quantile") == 0) {
        *slope = error < 0 ? -level : error > 0 ? 1 - level : 0;
        return error < 0 ? -level * error : (1 - level) * error;
    }
    if (strcmp(name, "mae") == 0 || (strcmp(name, "huber") == 0 && fabs(error) > 1)) {
        *slope = error > 0 ? 1 : error < 0 ? -1 : 0;
        return fabs(error) - (*name == 'h' ? 0.5 : 0);
    }
    *slope = *name == 'h' ? error : 2 * error;
    return *name == 'h' ? 0.5 * error * error : error * error;
}

static double mean_error(const struct ink_explanation *e, const double *z, double share, double *dz)
{
    const size_t outputs = e->model->outputs;
    double sum = 0;
    for (size_t j = 0; j < outputs; j++) {
        double slope;
        sum += error_loss(e, z[j] - e->goal[j], j, &slope);
        if (dz) dz[j] = share * slope / (double)outputs;
    }
    return share * sum / (double)outputs;
}

double inki_explain_loss(struct ink_explanation *e, const double *z, double *dz)
{
    const size_t members = e->plain.members, outputs = e->model->outputs;
    double loss = 0;
    for (size_t m = 0; m < members; m++) {
        double *to = dz ? dz + m * outputs : NULL, share = 1 / (double)members;
        loss += inki_is_classifier(e->model) ? cross_entropy(e, z + m * outputs, (size_t)e->goal[0], share, to)
                                             : mean_error(e, z + m * outputs, share, to);
    }
    return loss;
}

/* ------------------------------------------------------------------- answers */

static void add_shares(const struct ink_explanation *e, const double *z)
{
    const size_t outputs = e->model->outputs;
    double most = z[0], sum = 0;
    for (size_t k = 1; k < outputs; k++) most = fmax(most, z[k]);
    for (size_t k = 0; k < outputs; k++) sum += exp(z[k] - most);
    for (size_t k = 0; k < outputs; k++) e->answer[k] += exp(z[k] - most) / sum / (double)e->plain.members;
}

static double in_unit(const struct inki_target_scale *scale, double z)
{
    const double u = (double)scale->shift + (double)scale->spread * z, answer = scale->log ? exp(u) : u;
    return fmin(fmax(answer, (double)scale->low), (double)scale->high);
}

static void sort(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && values[k] < values[k - 1]; k--) {
            const double value = values[k];
            values[k] = values[k - 1];
            values[k - 1] = value;
        }
}

void inki_explain_answer(struct ink_explanation *e, const double *z)
{
    const size_t outputs = e->model->outputs, members = e->plain.members;
    const struct inki_numbers *numbers = &e->model->numbers;
    for (size_t k = 0; k < outputs; k++) e->answer[k] = 0;
    for (size_t m = 0; m < members && inki_is_classifier(e->model); m++) add_shares(e, z + m * outputs);
    if (inki_is_classifier(e->model)) return;
    const size_t each = inki_numbers_each(numbers);
    for (size_t k = 0; k < outputs; k++) {
        for (size_t m = 0; m < members; m++) e->answer[k] += z[m * outputs + k] / (double)members;
        if (numbers->scales) e->answer[k] = in_unit(&numbers->scales[k / each], e->answer[k]);
    }
    for (size_t t = 0; t < numbers->targets; t++) sort(e->answer + t * each, each);
}
