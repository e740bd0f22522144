/* onnx_images: a network with layers over images on its way out of an ONNX graph.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ONNX_IMAGES_H
#define INKI_ONNX_IMAGES_H

#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

enum { INKI_ONNX_DEEP = 500, INKI_ONNX_NODES = 4000, INKI_ONNX_BUDGET = 1 << 22 };

/* What the value under way is: a list of values (rank 1), or an image of three sides. */
struct inki_onnx_image {
    size_t rank, sides[3]; /* as the graph has them, without the batch */
    bool raw;              /* the rows as they come, but for scaling */
    bool flat_rows;        /* they came as lists of values */
    bool last;             /* channels come last */
    bool pixels;           /* a list: it was flattened pixel by pixel, else plane by plane */
    struct inki_shape in;  /* of what is made: height, width, channels */
    bool open;             /* the last layer may still get an activation, at act_at of the notation */
    bool below_max;        /* with pools of the largest value behind it */
    size_t act_at;
    float *w, *b; /* its weights and bias, which may still be changed; NULL: not */
    size_t kernel;
};

struct inki_onnx_images {
    struct inki_onnx *onnx;
    struct inki_network *network;
    const char **before; /* [nodes]: what is in front of each node's value; NULL: not yet known */
    size_t depth, budget;
    struct inki_onnx_image now;
    bool begins;                    /* no layer in this chain yet */
    size_t layer_at, layer_outputs; /* where the last layer's text begins; outputs of a dense one, else 0 */
};

/* Whether what the outputs need has layers over images. Errors: NO_MEMORY. */
ink_status inki_onnx_has_images(const struct inki_onnx *onnx, bool *out);

/* Follows the graph and describes it in the network. Errors: UNSUPPORTED with the node's name, BAD_FILE, NO_MEMORY. */
ink_status inki_onnx_images(struct inki_onnx *onnx, struct inki_network *network);

/* For the walk: the input; one step; the end, with the layer that gives the classes (onnx_images_steps.c). */
ink_status inki_onnx_image_input(struct inki_onnx_images *walk, const Inki__Onnx__Value *input);
ink_status inki_onnx_image_step(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, bool gelu,
                                const char *from);
ink_status inki_onnx_image_end(struct inki_onnx_images *walk);

/* A layer's text begins; the layer may get an activation, and w and b of `kernel` weights an output may be changed. */
void inki_onnx_begin_layer(struct inki_onnx_images *walk, const char *text);
void inki_onnx_open(struct inki_onnx_images *walk, float *w, float *b, size_t kernel);

/* The rows are an image of this layout. Errors: UNSUPPORTED. */
ink_status inki_onnx_resolve(struct inki_onnx_images *walk, const Inki__Onnx__Node *node);

/* What the value is from now on. */
void inki_onnx_set_image(struct inki_onnx_images *walk, size_t height, size_t width, size_t channels);

/* Values of a row; an image becomes a list of them. */
size_t inki_onnx_values_of(const struct inki_onnx_image *now);
void inki_onnx_flatten(struct inki_onnx_image *now);

/* Steps that change how values are laid out (onnx_images_shape.c). */
ink_status inki_onnx_image_flatten(struct inki_onnx_images *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_image_reshape(struct inki_onnx_images *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_image_squeeze(struct inki_onnx_images *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_image_transpose(struct inki_onnx_images *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_image_pad(struct inki_onnx_images *walk, const Inki__Onnx__Node *node);

#endif
#endif
