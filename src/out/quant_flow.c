/* quant_flow: from a trained network with layers over images to one in integers, with ranges calibrated on data.
 * SPDX-License-Identifier: MIT
 *
 * As for dense layers (out/quant.c): step by step, with the float network beside it on the same rows. What is said there of an output is
 * said of a channel here, over all pixels. */
#include "out/quant_flow.h"

#include "base/mem.h"
#include "base/pool.h"
#include "out/quant_round.h"
#include "out/taken.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 1000, LEAST_ROWS = 16, MOST_VALUES = 1 << 23, MOST_SAMPLES = 1 << 18 };

/* What a step gives to the rows, in both networks. */
struct values {
    float *x;   /* [rows][size] */
    uint8_t *u; /* [rows][size] */
    size_t size;
};

/* The rows on their way through both networks. */
struct calibration {
    ink_ctx *ctx;
    struct inki_quant_flow *quant;
    const char *path;
    size_t rows, at;       /* the step */
    struct values *values; /* [steps + 1]: as `from` counts */
    float *sample;         /* [MOST_SAMPLES] */
    int32_t *acc;          /* of the step, [rows][size]; convolutions */
};

/* ------------------------------------------------------------- float network */

static float dot(const float *w, const float *x, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += w[i] * x[i];
    return sum;
}

static float sum_at(const struct inki_step *step, const float *x, const float *w, size_t row, size_t column)
{
    const struct inki_frame *frame = &step->frame;
    const size_t channels = step->in.channels, depth = channels / frame->groups;
    size_t r, row_end, c, column_end;
    float sum = 0;
    inki_step_window(row, frame->stride, frame->top, frame->rows, step->in.height, &r, &row_end);
    inki_step_window(column, frame->stride, frame->left, frame->columns, step->in.width, &c, &column_end);
    for (; r < row_end; r++)
        for (size_t k = c; k < column_end; k++)
            sum += dot(w + (r * frame->columns + k) * depth,
                       x + ((row * frame->stride + r - frame->top) * step->in.width + column * frame->stride + k -
                            frame->left) *
                               channels,
                       depth);
    return sum;
}

static void float_conv(const struct inki_step *step, const float *x, float *z)
{
    const size_t depth = step->in.channels / step->frame.groups, share = step->out.channels / step->frame.groups,
                 kernel = inki_step_kernel(step);
    for (size_t row = 0; row < step->out.height; row++)
        for (size_t column = 0; column < step->out.width; column++)
            for (size_t o = 0; o < step->out.channels; o++) {
                float best = -INFINITY;
                for (size_t i = 0; i < step->pool_rows; i++)
                    for (size_t j = 0; j < step->pool_columns; j++) {
                        float sum = sum_at(step, x + o / share * depth, step->w + o * kernel,
                                           row * step->pool_stride + i, column * step->pool_stride + j);
                        if (sum > best) best = sum;
                    }
                *z++ = step->b[o] + best;
            }
}

static void float_pool(const struct inki_step *step, const float *x, float *z)
{
    const struct inki_frame *frame = &step->frame;
    const float share = 1 / (float)(frame->rows * frame->columns);
    for (size_t row = 0; row < step->out.height; row++)
        for (size_t column = 0; column < step->out.width; column++)
            for (size_t c = 0; c < step->in.channels; c++) {
                float sum = 0, best = -INFINITY;
                for (size_t i = 0; i < frame->rows; i++)
                    for (size_t j = 0; j < frame->columns; j++) {
                        const float v = x[((row * frame->stride + i) * step->in.width + column * frame->stride + j) *
                                              step->in.channels +
                                          c];
                        sum += v;
                        if (v > best) best = v;
                    }
                *z++ = step->kind == INKI_STEP_MEAN ? sum * share : best;
            }
}

static void float_norm(const struct inki_step *step, const float *x, float *z)
{
    const size_t channels = step->in.channels;
    for (size_t pixel = 0; pixel < step->in.height * step->in.width; pixel++, x += channels, z += channels) {
        double mean = 0, squares = 0;
        for (size_t c = 0; c < channels; c++) mean += (double)x[c] / (double)channels;
        for (size_t c = 0; c < channels; c++) squares += ((double)x[c] - mean) * ((double)x[c] - mean);
        const double rate = 1 / sqrt(squares / (double)channels + 1e-5);
        for (size_t c = 0; c < channels; c++)
            z[c] = (float)(((double)x[c] - mean) * rate * (double)step->w[c] + (double)step->b[c]);
    }
}

/* The step's sums of both networks, for the rows of a part; those in integers of convolutions only. */
static void sums_part(void *arg, size_t part, size_t parts)
{
    const struct calibration *c = arg;
    const struct inki_step *step = &c->quant->flow.steps[c->at];
    const struct values *from = &c->values[step->from[0]], *other = &c->values[step->from[1]];
    const struct values *to = &c->values[c->at + 1];
    size_t begin, end;
    inki_share(c->rows, part, parts, &begin, &end);
    for (size_t row = begin; row < end; row++) {
        const float *x = from->x + row * from->size;
        float *z = to->x + row * to->size;
        if (step->kind == INKI_STEP_CONV) {
            float_conv(step, x, z);
            inki_quant_conv_sums(c->quant, c->at, from->u + row * from->size, c->acc + row * to->size);
        } else if (step->kind == INKI_STEP_NORM)
            float_norm(step, x, z);
        else if (step->kind == INKI_STEP_SUM)
            for (size_t i = 0; i < to->size; i++) z[i] = x[i] + other->x[row * other->size + i];
        else
            float_pool(step, x, z);
    }
}

/* Bytes from bytes, for the rows of a part. */
static void bytes_part(void *arg, size_t part, size_t parts)
{
    const struct calibration *c = arg;
    const struct inki_step *step = &c->quant->flow.steps[c->at];
    const struct inki_quant_layer *layer = &c->quant->layers[c->at];
    const struct values *from = &c->values[step->from[0]], *other = &c->values[step->from[1]];
    const struct values *to = &c->values[c->at + 1];
    size_t begin, end;
    inki_share(c->rows, part, parts, &begin, &end);
    for (size_t row = begin; row < end; row++) {
        uint8_t *y = to->u + row * to->size;
        if (step->kind == INKI_STEP_CONV)
            for (size_t i = 0; i < to->size; i++)
                y[i] = inki_quant_byte(layer, (int64_t)c->acc[row * to->size + i] * layer->gain[i % layer->outputs] +
                                                  layer->offset);
        else
            inki_quant_step_run(c->quant, c->at, NULL, from->u + row * from->size,
                                other->u ? other->u + row * other->size : NULL, y, NULL);
    }
}

/* ------------------------------------------------------------------- answers */

/* Some of the step's sums, evenly; *count of them. */
static float *take_sample(const struct calibration *c, const struct values *values, size_t *count)
{
    const size_t n = c->rows * values->size;
    size_t apart = n / MOST_SAMPLES + 1;
    if (apart > 1 && values->size % apart == 0) apart++; /* not the same places of all rows */
    *count = 0;
    for (size_t i = 0; i < n; i += apart) c->sample[(*count)++] = values->x[i];
    return c->sample;
}

/* A step's sums become answers in the float network, and how they do in integers is known from what they are. */
static ink_status choose_answers(const struct calibration *c, struct inki_quant_layer *layer)
{
    const struct values *to = &c->values[c->at + 1];
    size_t count;
    float *z = take_sample(c, to, &count);
    INK_TRY(inki_quant_answers(c->ctx, layer, z, count));
    inki_kern(c->ctx)->activate[layer->act](c->rows * to->size, to->x, NULL);
    return INK_OK;
}

static ink_status begin_layer(const struct calibration *c, size_t inputs, size_t outputs, size_t scales)
{
    const struct inki_step *step = &c->quant->flow.steps[c->at];
    struct inki_quant_layer *layer = &c->quant->layers[c->at];
    layer->inputs = inputs;
    layer->outputs = outputs;
    layer->act = step->act;
    layer->scale = inki_alloc(c->ctx, scales, sizeof *layer->scale);
    return layer->scale ? INK_OK : INK_NO_MEMORY;
}

/* --------------------------------------------------------------- convolutions */

/* How far each value under the kernel of each group usually is from its mean, squared: variance[groups][kernel]. Where there is but one place
 * for the kernel each value by itself, else a channel's alike. */
static ink_status measure_inputs(const struct calibration *c, const struct inki_step *step, double *variance)
{
    const struct values *from = &c->values[step->from[0]];
    const size_t kernel = inki_step_kernel(step), groups = step->frame.groups, depth = step->in.channels / groups;
    const size_t kinds = kernel == from->size ? from->size : step->in.channels, n = c->rows * from->size;
    double *mean = inki_zalloc(c->ctx, 2 * kinds, sizeof *mean), *distance = mean + kinds, most = 0;
    if (!mean) return INK_NO_MEMORY;
    for (size_t i = 0; i < n; i++) mean[i % kinds] += (double)from->x[i];
    for (size_t k = 0; k < kinds; k++) mean[k] /= (double)(n / kinds);
    for (size_t i = 0; i < n; i++) distance[i % kinds] += fabs((double)from->x[i] - mean[i % kinds]);
    for (size_t k = 0; k < kinds; k++) {
        distance[k] *= distance[k] / (double)(n / kinds) / (double)(n / kinds);
        most = inki_quant_larger(most, distance[k]);
    }
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < kernel; i++)
            variance[g * kernel + i] =
                distance[kernel == from->size ? i : g * depth + i % depth] + (most > 0 ? 1e-6 * most : 1);
    inki_free(mean);
    return INK_OK;
}

static ink_status quantise_weights(const struct calibration *c, const struct inki_step *step)
{
    struct inki_quant_layer *layer = &c->quant->layers[c->at];
    const size_t kernel = layer->inputs, share = layer->outputs / step->frame.groups;
    const double in_step = step->from[0] ? (double)c->quant->layers[step->from[0] - 1].step : 1;
    double *variance = inki_alloc(c->ctx, step->frame.groups * kernel, sizeof *variance);
    layer->w = inki_alloc(c->ctx, layer->outputs, kernel);
    layer->b = inki_alloc(c->ctx, layer->outputs, sizeof *layer->b);
    ink_status status = variance && layer->w && layer->b ? measure_inputs(c, step, variance) : INK_NO_MEMORY;
    for (size_t o = 0; status == INK_OK && o < layer->outputs; o++)
        inki_quant_weights(layer, o, variance + o / share * kernel, step->w + o * kernel, step->b[o], in_step, 0);
    inki_free(variance);
    return status;
}

/* What the sums are off by on average goes into the bias; sums that are off by far more than most count as if they were not. */
static void correct(const struct calibration *c)
{
    struct inki_quant_layer *layer = &c->quant->layers[c->at];
    const size_t n = c->rows * c->values[c->at + 1].size;
    const float *z = c->values[c->at + 1].x;
    for (size_t o = 0; o < layer->outputs; o++) {
        const double scale = (double)layer->scale[o], count = (double)(n / layer->outputs);
        double size = 0, sum = 0;
        for (size_t i = o; i < n; i += layer->outputs) size += fabs((double)z[i] - scale * c->acc[i]) / count;
        for (size_t i = o; i < n; i += layer->outputs)
            sum += fmax(-3 * size, fmin(3 * size, (double)z[i] - scale * c->acc[i]));
        const int32_t correction = (int32_t)inki_quant_rounded(sum / count / scale);
        layer->b[o] += correction;
        for (size_t i = o; i < n; i += layer->outputs) c->acc[i] += correction;
    }
}

static ink_status check_sums(const struct calibration *c, const struct inki_step *step)
{
    if (inki_quant_sums_fit(&c->quant->layers[c->at])) return INK_OK;
    return inki_fail(c->ctx, INK_UNSUPPORTED,
                     "%s: layer %s sums over %zu inputs: their sum may not fit 32 bits; export it without int8",
                     c->path, step->name, inki_step_kernel(step));
}

static size_t step_work(const struct calibration *c)
{
    return c->rows * (c->quant->flow.steps[c->at].work + c->values[c->at + 1].size);
}

static ink_status quantise_conv(struct calibration *c, const struct inki_step *step)
{
    INK_TRY(begin_layer(c, inki_step_kernel(step), step->out.channels, step->out.channels));
    INK_TRY(quantise_weights(c, step));
    INK_TRY(check_sums(c, step));
    inki_parallel(c->ctx, step_work(c), sums_part, c);
    correct(c);
    INK_TRY(check_sums(c, step));
    return c->at + 1 < c->quant->flow.count ? choose_answers(c, &c->quant->layers[c->at]) : INK_OK;
}

/* -------------------------------------------------------------- other steps */

/* Sums of two and means: gains of their inputs' steps, and their zeros in the offset. */
static ink_status quantise_sum(struct calibration *c, const struct inki_step *step)
{
    struct inki_quant_layer *layer = &c->quant->layers[c->at];
    const size_t sources = step->kind == INKI_STEP_SUM ? 2 : 1,
                 values = step->kind == INKI_STEP_SUM ? 1 : step->frame.rows * step->frame.columns;
    INK_TRY(begin_layer(c, sources, sources, sources));
    for (size_t s = 0; s < sources; s++) layer->scale[s] = c->quant->layers[step->from[s] - 1].step / (float)values;
    inki_parallel(c->ctx, step_work(c), sums_part, c);
    INK_TRY(choose_answers(c, layer));
    for (size_t s = 0; s < sources; s++)
        layer->offset -= (int64_t)inki_quant_zero(c->quant, step, s) * (int64_t)values * layer->gain[s];
    return INK_OK;
}

static ink_status quantise_norm(struct calibration *c, const struct inki_step *step)
{
    struct inki_quant_layer *layer = &c->quant->layers[c->at];
    const size_t channels = step->out.channels;
    const double in_step = (double)c->quant->layers[step->from[0] - 1].step;
    INK_TRY(begin_layer(c, 1, 1, 2 * channels));
    layer->scale[0] = 1; /* t is the sum itself, with the most bits that a float has */
    inki_parallel(c->ctx, step_work(c), sums_part, c);
    INK_TRY(choose_answers(c, layer));
    const double gain = ldexp(layer->gain[0], -(int)layer->shift),
                 offset = ldexp((double)layer->offset, -(int)layer->shift);
    layer->shift = 0;
    layer->epsilon = (float)(1e-5 / (in_step * in_step));
    for (size_t i = 0; i < channels; i++) {
        layer->scale[i] = (float)((double)step->w[i] * gain);
        layer->scale[channels + i] = (float)((double)step->b[i] * gain + offset);
    }
    return INK_OK;
}

/* The same bytes as those that it takes. */
static ink_status quantise_largest(struct calibration *c, const struct inki_step *step)
{
    struct inki_quant_layer *layer = &c->quant->layers[c->at];
    *layer = (struct inki_quant_layer){.act = step->act,
                                       .step = c->quant->layers[step->from[0] - 1].step,
                                       .zero = c->quant->layers[step->from[0] - 1].zero};
    inki_parallel(c->ctx, step_work(c), sums_part, c);
    return INK_OK;
}

/* The rows, scaled, in bytes whose step is chosen on them. */
static ink_status quantise_scale(struct calibration *c, const struct inki_step *step)
{
    struct inki_quant_layer *layer = &c->quant->layers[c->at];
    const struct values *from = &c->values[0], *to = &c->values[c->at + 1];
    const size_t factors = step->spread ? step->size : 1;
    size_t count;
    INK_TRY(begin_layer(c, 1, factors, factors));
    for (size_t i = 0; i < c->rows * to->size; i++) {
        const size_t f = i % to->size * step->spread;
        to->x[i] = (from->x[i] - step->w[f]) * step->b[f];
    }
    const float *z = take_sample(c, to, &count);
    inki_quant_step(z, count, &layer->step, &layer->zero);
    for (size_t i = 0; i < factors; i++) layer->scale[i] = step->b[i] / layer->step;
    for (size_t row = 0; row < c->rows; row++)
        inki_quant_step_run(c->quant, c->at, from->x + row * from->size, NULL, NULL, to->u + row * to->size, NULL);
    return INK_OK;
}

/* --------------------------------------------------------------------- whole */

static ink_status make_values(const struct calibration *c, struct values *values, size_t size)
{
    *values = (struct values){.x = inki_alloc(c->ctx, c->rows, size * sizeof *values->x),
                              .u = inki_alloc(c->ctx, c->rows, size),
                              .size = size};
    return values->x && values->u ? INK_OK : INK_NO_MEMORY;
}

static void free_values(struct values *values)
{
    inki_free(values->x);
    inki_free(values->u);
    values->x = NULL;
    values->u = NULL;
}

/* What no later step reads. */
static void free_read(const struct calibration *c)
{
    const struct inki_flow *flow = &c->quant->flow;
    for (size_t i = 0; i <= c->at; i++) {
        bool read = false;
        for (size_t r = c->at + 1; r < flow->count; r++)
            read = read || flow->steps[r].from[0] == i ||
                   (flow->steps[r].kind == INKI_STEP_SUM && flow->steps[r].from[1] == i);
        if (!read) free_values(&c->values[i]);
    }
}

static ink_status quantise_step(struct calibration *c)
{
    const struct inki_step *step = &c->quant->flow.steps[c->at];
    INK_TRY(make_values(c, &c->values[c->at + 1], step->size));
    if (step->kind == INKI_STEP_SCALE) return quantise_scale(c, step);
    if (step->kind == INKI_STEP_CONV) c->acc = inki_alloc(c->ctx, c->rows, step->size * sizeof *c->acc);
    if (step->kind == INKI_STEP_CONV && !c->acc) return INK_NO_MEMORY;
    ink_status status = step->kind == INKI_STEP_CONV      ? quantise_conv(c, step)
                        : step->kind == INKI_STEP_NORM    ? quantise_norm(c, step)
                        : step->kind == INKI_STEP_LARGEST ? quantise_largest(c, step)
                                                          : quantise_sum(c, step);
    if (status == INK_OK && c->at + 1 < c->quant->flow.count) inki_parallel(c->ctx, step_work(c), bytes_part, c);
    inki_free(c->acc);
    c->acc = NULL;
    return status;
}

static ink_status take_rows(const struct calibration *c, const ink_data *data)
{
    const ink_model *model = c->quant->flow.plain.model;
    const size_t features = c->quant->flow.features;
    void *room = inki_alloc(c->ctx, 1, inki_taken_room(model));
    ink_status status = room ? make_values(c, &c->values[0], features) : INK_NO_MEMORY;
    for (size_t row = 0; status == INK_OK && row < c->rows; row++)
        inki_take_row(model, data, row * (data->rows / c->rows), room, c->values[0].x + row * features);
    inki_free(room);
    if (status != INK_OK) return status;
    for (size_t i = 0; i < c->rows * features && c->quant->bytes; i++) c->values[0].u[i] = (uint8_t)c->values[0].x[i];
    return INK_OK;
}

static size_t row_count(const struct inki_flow *flow, size_t rows)
{
    size_t widest = flow->features, most;
    for (size_t i = 0; i < flow->count; i++)
        if (flow->steps[i].size > widest) widest = flow->steps[i].size;
    most = MOST_VALUES / widest < MOST_ROWS ? MOST_VALUES / widest : MOST_ROWS;
    if (most < LEAST_ROWS) most = LEAST_ROWS;
    return rows < most ? rows : most;
}

static ink_status quantise(struct calibration *c, const ink_data *data)
{
    const struct inki_flow *flow = &c->quant->flow;
    c->rows = row_count(flow, data->rows);
    c->quant->layers = inki_zalloc(c->ctx, flow->count, sizeof *c->quant->layers);
    c->values = inki_zalloc(c->ctx, flow->count + 1, sizeof *c->values);
    c->sample = inki_alloc(c->ctx, MOST_SAMPLES, sizeof *c->sample);
    ink_status status = c->quant->layers && c->values && c->sample ? take_rows(c, data) : INK_NO_MEMORY;
    for (c->at = 0; status == INK_OK && c->at < flow->count; c->at++) {
        status = quantise_step(c);
        free_read(c);
    }
    for (size_t i = 0; c->values && i <= flow->count; i++) free_values(&c->values[i]);
    inki_free(c->values);
    inki_free(c->sample);
    return status;
}

ink_status inki_quant_flow_begin(ink_ctx *ctx, struct inki_plain *plain, const ink_data *calibrate, bool bytes,
                                 const char *path, struct inki_quant_flow *out)
{
    struct calibration c = {.ctx = ctx, .quant = out, .path = path};
    *out = (struct inki_quant_flow){.ctx = ctx, .bytes = bytes};
    ink_status status = inki_flow_begin(ctx, plain, !bytes, &out->flow);
    if (status == INK_OK) status = quantise(&c, calibrate);
    if (status != INK_OK) inki_quant_flow_end(out);
    return status;
}
