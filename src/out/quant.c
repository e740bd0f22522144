/* quant: from a trained network to one in integers, with ranges calibrated on data.
 * SPDX-License-Identifier: MIT
 *
 * Layer by layer, with the float network beside it on the same rows:
 *  - each output's weights get the scale that makes the usual error of their sum least, by how far the inputs usually are from
 *    their mean: a large weight of an input that hardly ever changes does not coarsen the others;
 *  - what the sums are off by on average goes into the bias (Nagel et al. 2019, bias correction);
 *  - the step of the answers is the one of least squared error: few large answers may be cut off.
 * The rows come already quantised from the layer before, so that errors that add up are corrected too. */
#include "out/quant_flow.h"
#include "out/quant_round.h"

#include "base/mem.h"
#include "base/pool.h"
#include "out/taken.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 2000, LEAST_ROWS = 16, MOST_VALUES = 1 << 24, MOST_POWER = 8 };

/* The rows on their way through both networks. */
struct calibration {
    ink_ctx *ctx;
    struct inki_plain *plain;
    struct inki_quant *quant;
    size_t rows, layer;
    float *x;                /* [rows][inputs] of the float network */
    float *z;                /* [rows][outputs] */
    uint8_t *u;              /* [rows][inputs] of the other */
    int32_t *acc;            /* [rows][outputs] */
    double *mean, *variance; /* [inputs] of x: mean, and square of the mean distance from it */
};

/* ------------------------------------------------------------------ weights */

/* Bytes that go in as they are have the scaling in their weights: z-scores make those of pixels that are hardly ever set many
 * times larger. Such inputs get a power of two of their own, found by the steps that the rows would have without. */
static void find_powers(struct calibration *c, struct inki_quant_layer *layer)
{
    const struct inki_plain_layer *from = &c->plain->layers[c->layer];
    bool any = false;
    for (size_t i = 0; i < from->inputs; i++) {
        double most = 0;
        for (size_t o = 0; o < from->outputs; o++)
            most =
                inki_quant_larger(most, fabs((double)from->w[o * from->inputs + i]) / (127 * (double)layer->scale[o]));
        layer->up[i] = 0;
        while (most > 1.5 && layer->up[i] < MOST_POWER) {
            layer->up[i]++;
            most /= 2;
        }
        any = any || layer->up[i];
        const float power = (float)(1 << layer->up[i]);
        c->variance[i] *= (double)power * (double)power;
        for (size_t row = 0; row < c->rows; row++) c->x[row * from->inputs + i] *= power;
        for (size_t o = 0; o < from->outputs; o++) from->w[o * from->inputs + i] /= power;
    }
    if (any) return;
    inki_free(layer->up);
    layer->up = NULL;
}

/* By how much the sums of output o are too small on average; rows that are off by far more than most count as if they were not,
 * so that a few strange ones do not move all others. */
static double usual_error(const struct calibration *c, const struct inki_quant_layer *layer, size_t o)
{
    double size = 0, sum = 0, scale = (double)layer->scale[o];
    for (size_t at = o; at < c->rows * layer->outputs; at += layer->outputs)
        size += fabs((double)c->z[at] - scale * c->acc[at]) / (double)c->rows;
    for (size_t at = o; at < c->rows * layer->outputs; at += layer->outputs)
        sum += fmax(-3 * size, fmin(3 * size, (double)c->z[at] - scale * c->acc[at]));
    return sum / (double)c->rows;
}

/* The sums of all rows, and what they are off by on average into the bias. */
static void correct_part(void *arg, size_t part, size_t parts)
{
    const struct calibration *c = arg;
    const struct inki_plain_layer *from = &c->plain->layers[c->layer];
    struct inki_quant_layer *layer = &c->quant->layers[c->layer];
    size_t begin, end, n = layer->inputs, outputs = layer->outputs;
    inki_share(outputs, part, parts, &begin, &end);
    for (size_t o = begin; o < end; o++) {
        for (size_t row = 0; row < c->rows; row++) {
            const float *x = c->x + row * n;
            const uint8_t *u = c->u + row * n;
            const float *w = from->w + o * n;
            const int8_t *q = layer->w + o * n;
            float z = 0;
            int32_t acc = layer->b[o];
            for (size_t i = 0; i < n && !layer->up; i++) acc += (int32_t)q[i] * u[i];
            for (size_t i = 0; i < n && layer->up; i++) acc += (int32_t)q[i] * ((int32_t)u[i] << layer->up[i]);
            for (size_t i = 0; i < n; i++) z += w[i] * x[i];
            z += from->b[o];
            c->z[row * outputs + o] = z;
            c->acc[row * outputs + o] = acc;
        }
        int32_t correction = (int32_t)inki_quant_rounded(usual_error(c, layer, o) / (double)layer->scale[o]);
        layer->b[o] += correction;
        for (size_t row = 0; row < c->rows; row++) c->acc[row * outputs + o] += correction;
    }
}

/* How much each input varies; a little for those that never do. */
static void measure_inputs(struct calibration *c, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) c->mean[i] = c->variance[i] = 0;
    for (size_t row = 0; row < c->rows; row++)
        for (size_t i = 0; i < n; i++) c->mean[i] += (double)c->x[row * n + i] / (double)c->rows;
    for (size_t row = 0; row < c->rows; row++)
        for (size_t i = 0; i < n; i++) {
            c->variance[i] += fabs((double)c->x[row * n + i] - c->mean[i]) / (double)c->rows;
        }
    for (size_t i = 0; i < n; i++) c->variance[i] *= c->variance[i];
    for (size_t i = 0; i < n; i++) most = inki_quant_larger(most, c->variance[i]);
    for (size_t i = 0; i < n; i++) c->variance[i] += most > 0 ? 1e-6 * most : 1;
}

/* ------------------------------------------------------------------ answers */

static ink_status finish_hidden(struct calibration *c, struct inki_quant_layer *layer)
{
    const size_t n = c->rows * layer->outputs;
    INK_TRY(inki_quant_answers(c->ctx, layer, c->z, n));
    inki_quant_bytes(layer, c->rows, c->acc, c->u);
    memcpy(c->x, c->z, n * sizeof *c->x);
    return INK_OK;
}

/* -------------------------------------------------------------------- layers */

static ink_status quantise_rows(struct calibration *c, struct inki_quant_layer *layer)
{
    const struct inki_quant *quant = c->quant;
    const struct inki_plain_layer *from = &c->plain->layers[c->layer];
    const struct inki_quant_layer *before = c->layer ? layer - 1 : NULL;
    double step = (double)(before ? before->step : quant->step);
    for (size_t o = 0; o < layer->outputs; o++)
        inki_quant_weights(layer, o, c->variance, from->w + o * from->inputs, from->b[o], step,
                           before ? before->zero : quant->zero);
    if (before || !quant->bytes) return INK_OK;
    layer->up = inki_alloc(c->ctx, layer->inputs, 1);
    if (!layer->up) return INK_NO_MEMORY;
    find_powers(c, layer);
    for (size_t o = 0; layer->up && o < layer->outputs; o++)
        inki_quant_weights(layer, o, c->variance, from->w + o * from->inputs, from->b[o], step, quant->zero);
    return INK_OK;
}

static ink_status quantise_layer(struct calibration *c, const char *path)
{
    const struct inki_plain_layer *from = &c->plain->layers[c->layer];
    const struct inki_quant *quant = c->quant;
    struct inki_quant_layer *layer = &quant->layers[c->layer];
    *layer = (struct inki_quant_layer){.inputs = from->inputs,
                                       .outputs = from->outputs,
                                       .act = from->act,
                                       .w = inki_alloc(c->ctx, from->outputs, from->inputs),
                                       .b = inki_alloc(c->ctx, from->outputs, sizeof *layer->b),
                                       .scale = inki_alloc(c->ctx, from->outputs, sizeof *layer->scale)};
    if (!layer->w || !layer->b || !layer->scale) return INK_NO_MEMORY;
    measure_inputs(c, from->inputs);
    INK_TRY(quantise_rows(c, layer));
    if (!inki_quant_sums_fit(layer))
        return inki_fail(c->ctx, INK_UNSUPPORTED,
                         "%s: layer %s has %zu inputs: their sum may not fit 32 bits; export it without int8", path,
                         from->name, from->inputs);
    inki_parallel(c->ctx, 2 * c->rows * from->inputs * from->outputs, correct_part, c);
    if (!inki_quant_sums_fit(layer))
        return inki_fail(c->ctx, INK_UNSUPPORTED, "%s: layer %s: a sum may not fit 32 bits; export it without int8",
                         path, from->name);
    return c->layer + 1 < quant->count ? finish_hidden(c, layer) : INK_OK;
}

/* -------------------------------------------------------------------- inputs */

/* Floats: scaled, then in bytes whose step is chosen on the rows. */
static ink_status quantise_inputs(struct calibration *c)
{
    struct inki_quant *quant = c->quant;
    const struct inki_plain *plain = c->plain;
    const size_t n = quant->features;
    quant->shift = inki_alloc(c->ctx, n, sizeof *quant->shift);
    quant->gain = inki_alloc(c->ctx, n, sizeof *quant->gain);
    if (!quant->shift || !quant->gain) return INK_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        quant->shift[i] = plain->shift ? plain->shift[i] : 0;
        quant->gain[i] = plain->factor ? plain->factor[i] : 1;
    }
    for (size_t at = 0; at < c->rows * n; at++) c->z[at] = (c->x[at] - quant->shift[at % n]) * quant->gain[at % n];
    inki_quant_step(c->z, c->rows * n, &quant->step, &quant->zero);
    for (size_t i = 0; i < n; i++) quant->gain[i] /= quant->step;
    for (size_t row = 0; row < c->rows; row++) inki_quant_take(quant, c->x + row * n, c->u + row * n);
    memcpy(c->x, c->z, c->rows * n * sizeof *c->x);
    return INK_OK;
}

/* Bytes go in as they are: the scaling is in the first layer's weights. */
static void take_bytes(struct calibration *c)
{
    inki_plain_fold(c->plain, true);
    c->quant->step = 1;
    for (size_t at = 0; at < c->rows * c->quant->features; at++) c->u[at] = (uint8_t)c->x[at];
}

static ink_status convert(struct calibration *c, const ink_data *data, const char *path)
{
    struct inki_quant *quant = c->quant;
    for (size_t row = 0; row < c->rows; row++)
        ink_data_row(data, row * (data->rows / c->rows), c->x + row * quant->features);
    if (quant->bytes)
        take_bytes(c);
    else
        INK_TRY(quantise_inputs(c));
    for (c->layer = 0; c->layer < quant->count; c->layer++) INK_TRY(quantise_layer(c, path));
    return INK_OK;
}

static ink_status with_room(struct calibration *c, const ink_data *data, const char *path)
{
    const size_t widest = c->quant->widest;
    ink_status status = INK_NO_MEMORY;
    c->rows = data->rows < MOST_ROWS ? data->rows : MOST_ROWS;
    if (c->rows > MOST_VALUES / widest) c->rows = MOST_VALUES / widest;
    if (c->rows < LEAST_ROWS) c->rows = data->rows < LEAST_ROWS ? data->rows : LEAST_ROWS;
    c->x = inki_alloc(c->ctx, c->rows, widest * sizeof *c->x);
    c->z = inki_alloc(c->ctx, c->rows, widest * sizeof *c->z);
    c->u = inki_alloc(c->ctx, c->rows, widest);
    c->acc = inki_alloc(c->ctx, c->rows, widest * sizeof *c->acc);
    c->mean = inki_alloc(c->ctx, widest, sizeof *c->mean);
    c->variance = inki_alloc(c->ctx, widest, sizeof *c->variance);
    if (c->x && c->z && c->u && c->acc && c->mean && c->variance) status = convert(c, data, path);
    inki_free(c->x);
    inki_free(c->z);
    inki_free(c->u);
    inki_free(c->acc);
    inki_free(c->mean);
    inki_free(c->variance);
    return status;
}

static ink_status make(ink_ctx *ctx, const ink_data *calibrate, struct inki_plain *plain, const char *path,
                       struct inki_quant *quant)
{
    struct calibration c = {.ctx = ctx, .plain = plain, .quant = quant};
    quant->layers = inki_zalloc(ctx, plain->count, sizeof *quant->layers);
    if (!quant->layers) return INK_NO_MEMORY;
    quant->count = plain->count;
    quant->widest = quant->features;
    for (size_t l = 0; l < plain->count; l++)
        if (plain->layers[l].outputs > quant->widest) quant->widest = plain->layers[l].outputs;
    return with_room(&c, calibrate, path);
}

static ink_status make_images(ink_ctx *ctx, const ink_data *calibrate, struct inki_plain *plain, const char *path,
                              struct inki_quant *quant)
{
    quant->images = inki_zalloc(ctx, 1, sizeof *quant->images);
    if (!quant->images) return INK_NO_MEMORY;
    INK_TRY(inki_quant_flow_begin(ctx, plain, calibrate, quant->bytes, path, quant->images));
    quant->widest = quant->images->flow.workspace + quant->features;
    return INK_OK;
}

ink_status inki_quant_begin(ink_ctx *ctx, const ink_model *model, const ink_data *calibrate, bool bytes,
                            const char *path, struct inki_quant *out)
{
    struct inki_plain plain;
    *out = (struct inki_quant){.ctx = ctx,
                               .bytes = bytes,
                               .model = model,
                               .features = inki_taken_values(model),
                               .outputs = model->outputs,
                               .members = model->members};
    if (calibrate->rows == 0) return inki_fail(ctx, INK_BAD_DATA, "there are no rows to calibrate on");
    if (bytes && !calibrate->bytes)
        return inki_fail(ctx, INK_BAD_DATA, "%s: the data does not consist of bytes; use float inputs", path);
    INK_TRY(inki_plain_begin(ctx, model, path, NULL, &plain));
    ink_status status = plain.images || model->encoding ? make_images(ctx, calibrate, &plain, path, out)
                                                        : make(ctx, calibrate, &plain, path, out);
    inki_plain_end(&plain);
    if (status != INK_OK) inki_quant_end(out);
    return status;
}
