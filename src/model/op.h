/* layer: what every kind of layer can do: one table of operations, one row a kind (table in model/ops.c).
 * SPDX-License-Identifier: MIT
 *
 * A layer maps x[rows][in_stride] to y[rows][out_stride]. Its shapes are (channels, height, width), so that layers over
 * pictures fit in; `inputs` and `outputs` are their products. Its weights are a part [offset, offset+size) of the
 * network's one weight block, in whatever layout is fastest; `at` translates from the order on disk. */
#ifndef INKI_OP_H
#define INKI_OP_H

#include "base/rng.h"
#include "kern/kern.h"
#include "model/input.h"

struct inki_shape {
    size_t channels, height, width;
};

struct inki_node {
    const struct inki_op *op;
    struct inki_shape in, out;
    size_t inputs, outputs;       /* real widths */
    size_t in_stride, out_stride; /* floats from row to row: inki_stride(width) */
    size_t offset, size;          /* in the weight block, in floats */
    enum inki_activation act;     /* dense */
    size_t panels;                /* dense: column panels of W, a property of the widths alone */
    double rate;                  /* dropout */
    char name[24];                /* "dense1"; "" for layers without tensors */
};

/* A tensor as the file has it: dims in row-major order. */
struct inki_tensor {
    const char *suffix; /* "weight": the tensor is called NAME.weight */
    size_t rank, dims[4], count;
};

/* A stretch of the weight block that an optimiser treats alike. `owner`/`owners`: which of how many equal shares of
 * work the stretch belongs to, so that the thread that computed its gradient updates it. */
struct inki_segment {
    size_t offset, size;
    bool decay; /* l2 applies: weights yes, biases no */
    size_t owner, owners;
};

struct inki_head;

/* One call of forward or backward. Arrays have the strides of the layer. */
struct inki_call {
    ink_ctx *ctx;
    const struct inki_node *layer;
    size_t rows;
    const float *x;           /* input; the same array as y for layers that work in place; NULL with `input` */
    struct inki_input *input; /* for the first layer, if it is one with takes_input: the raw rows; forward takes them */
    float *y;                 /* output */
    float *keep;    /* [rows][out_stride], what forward leaves for backward (slopes, masks); NULL when not training */
    float *w;       /* this layer's weights */
    float *g;       /* their gradient (backward) */
    bool add, last; /* backward: add to g rather than set it; no more chunks of this batch will be added */
    const struct inki_update
        *sgd;  /* backward, for layers with fuse: step the decaying weights w at once, g is not needed; else NULL */
    float *dy; /* gradient of the loss by y; backward may overwrite it */
    float *dx; /* gets the gradient by x; NULL when nobody needs it; the same array as dy for layers in place */
    float *scratch;               /* [ops->scratch(layer)] floats that stay between the calls of one step */
    bool fresh;                   /* the weights changed since the last call with this scratch */
    bool has_dz;                  /* gradients: dy is dz already */
    const struct inki_head *head; /* forward: the small last layer right behind this one, or NULL */
    size_t
        room; /* not 0: y, keep and dy lie panel by panel, each [room rows][its width], so that no two threads write close
                    to each other: processors fetch neighbouring lines together, and would take them from one another */
    uint64_t seed; /* dropout's stream: seed, step, row in the batch */
    uint32_t step, first_row, number;
};

struct inki_op {
    const char *word;    /* in the notation */
    const char *form;    /* grammar and formula, for help and docs */
    const char *example; /* a use of it for tests: in front of an output layer it must pass the gradient check */
    bool in_place;       /* y may be x, dx may be dy */
    bool frozen;         /* its weights are not trained */
    bool takes_input;    /* as the first layer it takes the rows itself (inki_call.input) */
    bool fuse;           /* backward can take the step of plain SGD with the gradient (inki_call.sgd) */
    /* Reads the words after `word` (count of them) and fills the layer, whose `in` shape is set. Returns NULL, or what is
     * wrong as a sentence (static text), with *bad the index of the word it is about. NULL: not in the notation. */
    const char *(*parse)(struct inki_node *layer, const char *const *words, size_t count, size_t *bad);
    /* Appends the layer as notation. */
    void (*print)(const struct inki_node *layer, char *text, size_t room);
    size_t (*weights)(const struct inki_node *layer); /* size in floats, padding included; NULL: none */
    size_t (*scratch)(const struct inki_node *layer); /* NULL: none */
    /* Tensor i on disk; false when there are no more. NULL: none. */
    bool (*tensor)(const struct inki_node *layer, size_t i, struct inki_tensor *out);
    /* Where element `at` of tensor i stands in the layer's weights. */
    size_t (*at)(const struct inki_node *layer, size_t i, size_t at);
    /* Segment i of the layer's weights, offsets from the layer's; false when there are no more. NULL: none. */
    bool (*segment)(const struct inki_node *layer, size_t i, struct inki_segment *out);
    /* The whole layer on the context's threads. NULL for scale: model/input.c does its work. */
    void (*forward)(const struct inki_call *call);
    void (*backward)(const struct inki_call *call);
    /* The same in pieces, for layers so small that a thread does better to work through several of them by itself: rows
     * [row, row_end) forward; dy becomes dz and dx is made; and, when all rows have dz, part `part` of `parts` of the
     * gradient (after begin_gradients, by one thread alone). gradients may be NULL: nothing to train. */
    void (*forward_rows)(const struct inki_call *call, size_t row, size_t row_end);
    void (*backward_rows)(const struct inki_call *call, size_t row, size_t row_end);
    void (*begin_gradients)(const struct inki_call *call, size_t parts);
    void (*gradients)(const struct inki_call *call, size_t part, size_t parts);
};

/* A small dense layer at the end, right behind a dense one in panels that takes the input. Its sums over inputs are made panel by
 * panel: what a panel of outputs gives to them goes to partial[panel][row], and then these are added up in order, the bias in
 * front. So a thread that has some panels needs nothing of the others but these few numbers; and since panels
 * belong to the network, threads do not show in the result. */
struct inki_head {
    struct inki_call call;
    float *partial; /* [panels of the layer in front][room][out_stride] */
    size_t room;    /* rows */
};

/* y[rows][out_stride], from row `row` on, becomes the sum of bias and parts. */
void inki_head_sum(const struct inki_head *head, size_t panels, size_t row, size_t row_end, float *y);

/* All gradients of head->call and of `first`, the layer in front, that belong to part `part` of the panels of `first`, from
 * head->call.dy, which is dz: each part has its own copy of that. Part 0 makes the bias's. */
void inki_head_gradients(const struct inki_head *head, const struct inki_call *first, size_t part, size_t parts);

/* The table. */
extern const struct inki_op *const inki_ops[];
extern const size_t inki_op_count;
extern const struct inki_op inki_dense_op, inki_dropout_op, inki_scale_op;

/* Floats from row to row of an activation array: a multiple of INKI_LANES and an odd number of cache lines. */
size_t inki_stride(size_t width);

/* Sets the out shape to a vector of n values, and the derived widths and strides. in must be set. */
void inki_node_shapes(struct inki_node *layer, struct inki_shape out);

#endif
