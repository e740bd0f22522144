/* range: the values of black and white pixels, derived from the model's scaling.
 * SPDX-License-Identifier: MIT
 *
 * The scaling was fitted on the training rows: min-max knows the ends themselves; mean and deviation show which of the usual
 * ranges the pixels were in (bytes, 0 to 1, -1 to 1), the more surely as MNIST and its like have pixels that never change. */
#include "model/model.h"

#include <math.h>

struct extremes {
    double low, high; /* over all columns, of the middle less and plus the width (minmax: of the ends) */
    double still;     /* the lowest of the columns that never change; NaN if there is none */
};

static struct extremes measure(const ink_model *model, bool ends)
{
    const struct inki_node *layer = &model->nodes[0];
    const float *w = model->w + layer->offset;
    struct extremes e = {INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < model->features; i++) {
        double shift = (double)w[layer->op->at(layer, 0, i)], factor = (double)w[layer->op->at(layer, 1, i)];
        double width = factor > 0 ? 1 / factor : 0;
        e.low = fmin(e.low, ends ? shift : shift - width);
        e.high = fmax(e.high, shift + width);
        if (width == 0) e.still = fmin(e.still, shift);
    }
    return e;
}

void inki_model_range(const ink_model *model, double *low, double *high)
{
    *low = *high = (double)NAN;
    if (!model->scale) return;
    bool ends = model->scaling[0] == 'm' || model->scaling[0] == '2'; /* minmax, 255 */
    struct extremes e = measure(model, ends);
    if (ends) {
        *low = e.low;
        *high = e.high;
        return;
    }
    double background = isnan(e.still) ? (e.low < -0.6 && e.high < 1.5 ? -1 : 0) : e.still;
    if (background != 0 && background != -1) return;
    *low = background;
    *high = background == 0 && e.high > 1.5 ? 255 : 1;
}
