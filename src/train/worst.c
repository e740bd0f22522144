/* worst: the rows that a loss is made of, when it is made of few.
 * SPDX-License-Identifier: MIT */
#include "train/worst.h"

#include "model/op.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_FOR_EACH = 50 };
#define FAR 50.0    /* deviations: what is farther from the mean is worth a word */
#define ABSURD 25.0 /* nats: more than a wrong answer costs, however sure of it a network is; with p = 1e-11 */

void inki_worst_add(struct inki_worst *worst, const double *losses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t row = worst->rows++, at = INKI_WORST_ROWS;
        worst->total += losses[i];
        while (at > 0 && losses[i] > worst->loss[at - 1]) at--;
        for (size_t k = INKI_WORST_ROWS - 1; k > at; k--) {
            worst->loss[k] = worst->loss[k - 1];
            worst->row[k] = worst->row[k - 1];
        }
        if (at == INKI_WORST_ROWS) continue;
        worst->loss[at] = losses[i];
        worst->row[at] = row;
    }
}

/* How many of the worst rows make more than half of the loss; 0: more than are kept, or of too few. A row that is answered wrongly does so
 * where all others are right. */
static size_t count_few(const struct inki_worst *worst, bool classes)
{
    double sum = 0;
    if (classes && worst->loss[0] < ABSURD) return 0;
    for (size_t k = 0; k < INKI_WORST_ROWS; k++) {
        sum += worst->loss[k];
        if (worst->rows >= (k + 1) * ROWS_FOR_EACH && sum > worst->total / 2) return k + 1;
    }
    return 0;
}

/* The input of the row that is farthest from 0 behind the scaling. */
static size_t find_farthest(const ink_model *model, const ink_data *data, size_t row, double *value, double *far)
{
    const float *shift = model->w + model->scale->offset, *factor = shift + model->scale->size / 2;
    const size_t at = inki_data_base(data, row) * data->features;
    size_t farthest = 0;
    *far = 0;
    for (size_t j = 0; j < data->features; j++) {
        double x = data->bytes ? (double)data->bytes[at + j] : (double)data->floats[at + j];
        double away = fabs((x - (double)shift[j]) * (double)factor[j]);
        if (!(away > *far)) continue;
        *far = away;
        *value = x;
        farthest = j;
    }
    return farthest;
}

/* ": its 'x3' of 226 is 8753 deviations from the training rows' mean"; "" where nothing is far. */
static void say_cause(const ink_model *model, const ink_data *data, size_t row, char text[240])
{
    char name[80];
    double value = 0, far;
    *text = 0;
    if (!model->scale || strcmp(model->scaling, "standard") != 0) return;
    size_t column = find_farthest(model, data, row, &value, &far);
    if (far < FAR) return;
    if (data->columns)
        snprintf(name, sizeof name, "'%.70s'", data->columns[column]);
    else
        snprintf(name, sizeof name, "column %zu (from 0)", column);
    snprintf(text, 240,
             ": %s is %.6g there, %.0f deviations from the training rows' mean; look at it, or try scale minmax%s",
             name, value, far, data->bytes ? " or 255" : "");
}

bool inki_worst_note(ink_ctx *ctx, const struct inki_worst *worst, const ink_model *model, const ink_data *data,
                     const char *what)
{
    char rows[96] = "", cause[240];
    double sum = 0, n = (double)worst->rows;
    size_t few = count_few(worst, inki_is_classifier(model));
    for (size_t k = 0; k < few; k++) {
        size_t used = strlen(rows);
        sum += worst->loss[k];
        snprintf(rows + used, sizeof rows - used, "%s%zu",
                 k == 0         ? ""
                 : k + 1 == few ? " and "
                                : ", ",
                 inki_data_base(data, worst->row[k]));
    }
    if (few == 0) return false;
    say_cause(model, data, worst->row[0], cause);
    inki_note(ctx, "row%s %s (from 0) of %s alone make%s %.4g of the %s of %.4g%s", few > 1 ? "s" : "", rows,
              data->source, few > 1 ? "" : "s", sum / n, what, worst->total / n, cause);
    return true;
}
