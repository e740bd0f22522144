/* quant_run: a network in integers at work.
 * SPDX-License-Identifier: MIT */
#include "out/quant_flow.h"
#include "out/quant_round.h"

#include "base/mem.h"

/* Also for NaN, which becomes 0. */
void inki_quant_take(const struct inki_quant *quant, const float *x, uint8_t *u)
{
    for (size_t i = 0; i < quant->features; i++) {
        float t = (x[i] - quant->shift[i]) * quant->gain[i];
        t += (float)quant->zero + 0.5f;
        u[i] = (uint8_t)(t > 0 ? t < 255 ? t : 255 : 0);
    }
}

static int32_t dot(const int8_t *restrict w, const uint8_t *restrict up, const uint8_t *restrict u, size_t n)
{
    int32_t sum = 0;
    if (up)
        for (size_t i = 0; i < n; i++) sum += (int32_t)w[i] * ((int32_t)u[i] << up[i]);
    else
        for (size_t i = 0; i < n; i++) sum += (int32_t)w[i] * u[i];
    return sum;
}

void inki_quant_sums(const struct inki_quant_layer *layer, size_t rows, const uint8_t *u, int32_t *acc)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t o = 0; o < layer->outputs; o++)
            acc[row * layer->outputs + o] =
                layer->b[o] + dot(layer->w + o * layer->inputs, layer->up, u + row * layer->inputs, layer->inputs);
}

void inki_quant_bytes(const struct inki_quant_layer *layer, size_t rows, const int32_t *acc, uint8_t *u)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t o = 0; o < layer->outputs; o++)
            u[row * layer->outputs + o] =
                inki_quant_byte(layer, (int64_t)acc[row * layer->outputs + o] * layer->gain[o] + layer->offset);
}

void inki_quant_row(const struct inki_quant *quant, uint8_t *u, int32_t *acc, float *z)
{
    const struct inki_quant_layer *last = &quant->layers[quant->count - 1];
    for (const struct inki_quant_layer *layer = quant->layers; layer <= last; layer++) {
        inki_quant_sums(layer, 1, u, acc);
        if (layer < last) inki_quant_bytes(layer, 1, acc, u);
    }
    for (size_t o = 0; o < last->outputs; o++) z[o] = last->scale[o] * (float)acc[o];
}

void inki_quant_end(struct inki_quant *quant)
{
    ink_ctx *ctx = quant->ctx;
    if (!ctx) return;
    for (size_t l = 0; quant->layers && l < quant->count; l++) {
        inki_quant_layer_end(&quant->layers[l]);
    }
    if (quant->images) inki_quant_flow_end(quant->images);
    inki_free(quant->images);
    inki_free(quant->layers);
    inki_free(quant->shift);
    inki_free(quant->gain);
    *quant = (struct inki_quant){0};
}
