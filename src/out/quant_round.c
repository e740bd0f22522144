/* quant_round: from numbers to bytes: the steps of weights and of answers that cost least.
 * SPDX-License-Identifier: MIT */
#include "out/quant_round.h"

#include "base/mem.h"

#include <math.h>

enum { WEIGHT_STEPS = 100, STEP_STEPS = 40 };

/* ------------------------------------------------------------------ weights */

double inki_quant_rounded(double x) { return floor(x + 0.5); }

/* The weighted squared error of n weights kept in steps of `step`. */
static double error_of(const float *w, const double *weight, size_t n, double step)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double q = inki_quant_rounded((double)w[i] / step);
        q = q > 127 ? 127 : q < -127 ? -127 : q;
        double error = (double)w[i] - q * step;
        sum += weight[i] * error * error;
    }
    return sum;
}

/* From the step that cuts nothing off downwards. */
static double best_step(const float *w, const double *weight, size_t n, double largest)
{
    double best = largest / 127, step = best, least = error_of(w, weight, n, best);
    for (int k = 1; k < WEIGHT_STEPS && least > 0; k++) {
        step *= 0.93;
        double error = error_of(w, weight, n, step);
        if (error < least) least = error, best = step;
        if (error > 4 * least) break;
    }
    return best;
}

/* For loops, not fmax: of that gcc 12 for aarch64 makes an internal error at -O3. */
double inki_quant_larger(double a, double b) { return b > a ? b : a; }

/* The largest magnitude of x[n]. */
static double largest_of(const float *x, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) largest = inki_quant_larger(largest, fabs((double)x[i]));
    return largest;
}

void inki_quant_weights(struct inki_quant_layer *layer, size_t o, const double *variance, const float *w, float b,
                        double in_step, int64_t in_zero)
{
    const size_t n = layer->inputs;
    int8_t *q = layer->w + o * n;
    const double largest = largest_of(w, n), bias = (double)b;
    int64_t sum = 0;
    double step = largest > 0 ? best_step(w, variance, n, largest) : 0;
    step = fmax(step, fabs(bias) / in_step / (1 << 28)); /* the bias must fit */
    step = fmax(step, 1e-30);
    for (size_t i = 0; i < n; i++) {
        double value = inki_quant_rounded((double)w[i] / step);
        q[i] = (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
        sum += q[i];
    }
    layer->scale[o] = (float)(step * in_step);
    layer->b[o] = (int32_t)(inki_quant_rounded(bias / (step * in_step)) - (double)(in_zero * sum));
}

bool inki_quant_sums_fit(const struct inki_quant_layer *layer)
{
    for (size_t o = 0; o < layer->outputs; o++) {
        int64_t most = layer->b[o] < 0 ? -(int64_t)layer->b[o] : layer->b[o];
        for (size_t i = 0; i < layer->inputs; i++) {
            int w = layer->w[o * layer->inputs + i];
            most += (int64_t)255 * (w < 0 ? -w : w) << (layer->up ? layer->up[i] : 0);
        }
        if (most > INT32_MAX - 1) return false;
    }
    return true;
}

/* ------------------------------------------------------------------ answers */

/* The squared error of values kept in bytes. */
static double byte_error(const float *y, size_t n, double step, double zero)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double u = inki_quant_rounded((double)y[i] / step) + zero;
        u = u > 255 ? 255 : u < 0 ? 0 : u;
        double error = (double)y[i] - (u - zero) * step;
        sum += error * error;
    }
    return sum;
}

/* The step and zero of least error for y[n]. */
void inki_quant_step(const float *y, size_t n, float *step, uint8_t *zero)
{
    double low = 0, high = 0, least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = -inki_quant_larger(-low, -(double)y[i]);
        high = inki_quant_larger(high, (double)y[i]);
    }
    *step = 1;
    *zero = 0;
    for (int k = 0; k < STEP_STEPS && high > low; k++) {
        double range = (high - low) * (1 - 0.02 * k), part = range / 255;
        double middle = inki_quant_rounded(-low * (1 - 0.02 * k) / part);
        double error = byte_error(y, n, part, middle);
        if (error < least) least = error, *step = (float)part, *zero = (uint8_t)middle;
    }
}

/* gain = factor as integers with the most bits that 64-bit products allow; most: the largest value behind the shift. */
static void set_gain(struct inki_quant_layer *layer, double factor, double zero, double most)
{
    const double largest = factor * largest_of(layer->scale, layer->outputs);
    layer->shift = 0;
    while (layer->shift < 40 && ldexp(largest, (int)layer->shift + 1) < (1 << 30) &&
           ldexp(most, (int)layer->shift + 1) < 0x1p60)
        layer->shift++;
    for (size_t o = 0; o < layer->outputs; o++) {
        double gain = inki_quant_rounded(ldexp(factor * (double)layer->scale[o], (int)layer->shift));
        layer->gain[o] = (int32_t)fmin(gain, (1 << 30));
    }
    layer->offset = (int64_t)ldexp(zero + 0.5, (int)layer->shift);
}

/* What the answers can be, where that is known; else their range on the rows. */
static void choose_answers(struct inki_quant_layer *layer, const float *y, size_t n)
{
    layer->zero = 0;
    if (layer->act == INKI_ACT_tanh) {
        layer->step = 1.0f / 127;
        layer->zero = 128;
    } else if (layer->act == INKI_ACT_sigmoid)
        layer->step = 1.0f / 255;
    else
        inki_quant_step(y, n, &layer->step, &layer->zero);
}

/* The activation as a table over z in [-reach, reach). */
static ink_status make_table(ink_ctx *ctx, struct inki_quant_layer *layer, double reach)
{
    layer->table = inki_alloc(ctx, INKI_QUANT_TABLE, sizeof *layer->table);
    if (!layer->table) return INK_NO_MEMORY;
    for (int i = 0; i < INKI_QUANT_TABLE; i++) {
        float y = (float)(reach * (i - 128) / 128);
        inki_kern(ctx)->activate[layer->act](1, &y, NULL);
        double u = (double)y / (double)layer->step + layer->zero;
        layer->table[i] = (uint16_t)inki_quant_rounded(256 * (u > 255 ? 255 : u < 0 ? 0 : u) + 128);
    }
    set_gain(layer, 32768 / reach, 32768, 65536);
    return INK_OK;
}

ink_status inki_quant_answers(ink_ctx *ctx, struct inki_quant_layer *layer, float *z, size_t n)
{
    layer->gain = inki_alloc(ctx, layer->outputs, sizeof *layer->gain);
    if (!layer->gain) return INK_NO_MEMORY;
    bool bounded = layer->act == INKI_ACT_tanh || layer->act == INKI_ACT_sigmoid;
    const double reach = bounded ? 8 : fmax(8, 1.05 * largest_of(z, n));
    inki_kern(ctx)->activate[layer->act](n, z, NULL);
    choose_answers(layer, z, n);
    if (layer->act != INKI_ACT_relu && layer->act != INKI_ACT_identity) return make_table(ctx, layer, reach);
    set_gain(layer, 1 / (double)layer->step, layer->zero, 256);
    return INK_OK;
}

uint8_t inki_quant_byte(const struct inki_quant_layer *layer, int64_t t)
{
    const int64_t most = layer->table ? 65535 : 255;
    t = t < 0 ? 0 : t >> layer->shift;
    if (t > most) t = most;
    if (!layer->table) return (uint8_t)t;
    const uint16_t *entry = layer->table + (t >> 8);
    uint32_t part = (uint32_t)t & 255;
    return (uint8_t)((entry[0] * (256 - part) + entry[1] * part) >> 16);
}

void inki_quant_layer_end(struct inki_quant_layer *layer)
{
    inki_free(layer->w);
    inki_free(layer->up);
    inki_free(layer->b);
    inki_free(layer->scale);
    inki_free(layer->gain);
    inki_free(layer->table);
}
