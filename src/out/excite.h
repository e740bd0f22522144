/* excite: what rows, and where in them, excite the channels and units of a network over images most.
 * SPDX-License-Identifier: MIT
 *
 * Of a convolution or a hidden dense layer what counts is what comes out behind its activation: where it has none and a norm follows, directly
 * or behind a pool of the largest value, behind that. What such a value depends on is a rectangle of the image, its receptive
 * field: a window of k places of a layer whose places lie s pixels apart and see f pixels each sees f + (k - 1) s. */
#ifndef INKI_EXCITE_H
#define INKI_EXCITE_H

#include "data/data.h"
#include "out/plain.h"

enum { INKI_EXCITE_ROWS = 1000, INKI_EXCITED = 6 };

/* Along one side of the image: place p sees the pixels from p step - before on, `size` of them; these may lie beyond the image. */
struct inki_sight {
    size_t size, step, before;
};

/* Where a channel gave a large value: the row of the data, and its place among those of the layer's image, from the top left. */
struct inki_excited {
    float value;
    uint32_t row, place;
};

/* A channel of an image, or a unit: its largest values, one a row at most, the largest first (of equal ones the first row and place). `count` is
 * 0 where it gives the same everywhere: it is dead on these rows. What is not above the least that it gives does not count. */
struct inki_excited_unit {
    struct inki_excited best[INKI_EXCITED];
    size_t count;
    float least;
};

struct inki_excited_layer {
    const struct inki_node *node, *behind; /* behind: the node whose values are looked at, may be the same */
    struct inki_sight sight[2];            /* of rows and columns */
    struct inki_shape out;                 /* behind->out, without padding */
    struct inki_excited_unit *units;       /* [out.channels] */
};

struct inki_excite {
    ink_ctx *ctx;
    struct inki_excited_layer *layers; /* [count] */
    size_t count, rows;                /* rows that were looked at, evenly from all */
};

/* All layers but the first convolution, where it comes first of all, and the output layer; count 0 where there are none, or layers that other
 * programs do not know, or an ensemble's. Errors: NO_MEMORY. Ownership: the caller, inki_excite_end, which takes an empty one too. */
ink_status inki_excite_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_excite *out);
void inki_excite_end(struct inki_excite *excite);

#endif
