/* quant: a network in integers: weights of 8 bits with a scale an output, activations of 8 bits, sums of 32.
 * SPDX-License-Identifier: MIT
 *
 * A number y is kept as the byte u, y = step (u - zero). A layer adds up acc = b + sum of w[o][i] u[i] (the zero of the inputs
 * is in b), so that z = scale[o] acc. A hidden layer's answer is the byte
 *     t = (acc gain[o] + offset) >> shift, held to 0 … 255                          relu and identity
 *     t = the same, held to 0 … 65535; u = table at t / 256, between its entries    other activations
 * (below 0 is held before the shift, so that only numbers that are not negative are shifted). All of it is the same on every
 * machine, to the bit; exported C does the same (out/csource.c). */
#ifndef INKI_QUANT_H
#define INKI_QUANT_H

#include "data/data.h"
#include "out/plain.h"

enum { INKI_QUANT_TABLE = 257 };

struct inki_quant_layer {
    size_t inputs, outputs;
    enum inki_activation act;
    int8_t *w;     /* [outputs][inputs] */
    uint8_t *up;   /* [inputs]: u counts 2^up times, for inputs with far larger weights than others; NULL: none does */
    int32_t *b;    /* [outputs] */
    float *scale;  /* [outputs] */
    int32_t *gain; /* [outputs]; hidden layers */
    int64_t offset;
    uint32_t shift;
    uint16_t *table; /* [INKI_QUANT_TABLE]: 256 u, + 128 for rounding; NULL for relu and identity */
    float step;      /* of the outputs */
    uint8_t zero;
    float epsilon; /* norms by pixel: of the variance, in steps of the inputs (out/quant_flow.h) */
};

struct inki_quant {
    ink_ctx *ctx;
    bool bytes;             /* inputs are taken as they are; else u = (x - shift) gain + zero */
    const ink_model *model; /* borrowed */
    size_t features, outputs, members, count,
        widest;          /* features: values of a row; members: logits are [members][outputs] */
    float *shift, *gain; /* [features] each; NULL for bytes */
    float step;          /* of the inputs */
    uint8_t zero;
    struct inki_quant_layer *layers; /* [count] */
    /* a network with layers over images, which is all here (out/quant_flow.h); else NULL */
    struct inki_quant_flow *images;
};

/* From a model; ranges and small errors of the sums are taken from rows of `calibrate`. bytes: inputs will be the bytes of the
 * data. `path` is for messages. Errors: UNSUPPORTED (so many inputs that 32 bits cannot hold the sum); BAD_DATA (other
 * features than the model, or bytes are wanted of data that has none); NO_MEMORY. Ownership: the caller, inki_quant_end. */
ink_status inki_quant_begin(ink_ctx *ctx, const ink_model *model, const ink_data *calibrate, bool bytes,
                            const char *path, struct inki_quant *out);
void inki_quant_end(struct inki_quant *quant);

/* Raw floats to bytes: u[features]. */
void inki_quant_take(const struct inki_quant *quant, const float *x, uint8_t *u);

/* One layer of `rows` rows: u[rows][inputs] -> acc[rows][outputs]; and from there to the bytes of the next layer, in u. */
void inki_quant_sums(const struct inki_quant_layer *layer, size_t rows, const uint8_t *u, int32_t *acc);
void inki_quant_bytes(const struct inki_quant_layer *layer, size_t rows, const int32_t *acc, uint8_t *u);

/* All of it for one row of a network that is no ensemble: logits z[outputs]. u has room for `widest` bytes, acc for `widest` numbers; u holds the inputs and is
 * overwritten. */
void inki_quant_row(const struct inki_quant *quant, uint8_t *u, int32_t *acc, float *z);

#endif
