/* quant_round: from numbers to bytes: the steps of weights and of answers that cost least.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_QUANT_ROUND_H
#define INKI_QUANT_ROUND_H

#include "out/quant.h"

double inki_quant_rounded(double x);
double inki_quant_larger(double a, double b);

/* Output o of the layer: weights w[inputs] and the bias in integers, and their scale; variance[inputs]: how much each input varies.
 * Inputs are in_step (u - in_zero). */
void inki_quant_weights(struct inki_quant_layer *layer, size_t o, const double *variance, const float *w, float b,
                        double in_step, int64_t in_zero);

/* Whether the largest sum fits 32 bits. */
bool inki_quant_sums_fit(const struct inki_quant_layer *layer);

/* The step and zero of least error for y[n]. */
void inki_quant_step(const float *y, size_t n, float *step, uint8_t *zero);

/* How a layer's sums become bytes, from its scale, its activation and what sums z[n] it makes, which become answers: step, zero, gain,
 * offset, shift and table. Errors: NO_MEMORY. */
ink_status inki_quant_answers(ink_ctx *ctx, struct inki_quant_layer *layer, float *z, size_t n);

/* What t becomes: held, shifted, and looked up where there is a table. */
uint8_t inki_quant_byte(const struct inki_quant_layer *layer, int64_t t);
void inki_quant_layer_end(struct inki_quant_layer *layer);

#endif
