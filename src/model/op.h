/* op: what every kind of node can do: one table of operations, one row a kind (model/ops.c).
 * SPDX-License-Identifier: MIT
 *
 * A network is a graph of nodes over one weight block. A node maps x[rows][in_stride] to y[rows][out_stride]; its weights
 * are a part [offset, offset+size) of the block, in whatever layout is fastest; `at` translates from the order on disk.
 * An operation is a handful of loops, each over a range of rows, inputs or outputs that it is given. It knows no threads:
 * how a loop is cut among them, and where they must meet, is decided once, by the compiler (model/compile.c). */
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
    bool keeps;                   /* training: forward leaves something for backward (slopes, a mask) */
    bool grouped;                 /* the sum over inputs is made panel by panel of the node in front (inki_op.part) */
    size_t panels;                /* inki_panels(outputs): how outputs are cut among threads */
    double rate;                  /* dropout */
    char name[24];                /* "dense1"; "" for nodes without tensors */
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

/* An array of activations or gradients, or what was derived from weights. A part that has a copy of its own finds it
 * `apart` floats behind the one before; apart is 0 where all share one. */
struct inki_span {
    float *at;     /* NULL: there is none */
    size_t stride; /* floats from row to row */
    size_t
        room; /* not 0: it lies panel by panel, each [room rows][its width], so that no two threads write near each other */
    size_t apart;
};

/* What a loop is to work on. Columns are multiples of INKI_LANES, the last may be padding; `in` counts the node's inputs. */
struct inki_range {
    size_t part;                     /* which copy of an array */
    size_t row, row_end, in, in_end; /* of x */
    size_t out, out_end;             /* of y */
    size_t panel, panel_end;         /* of y; where outputs are cut by panels */
};

/* A node in a program: where its arrays are. */
struct inki_program;
struct inki_site {
    const struct inki_program *program;
    const struct inki_kern *kern;
    const struct inki_node *node;
    uint32_t number;          /* of the node in the graph: a stream of random numbers */
    struct inki_input *input; /* where x is the raw rows, with what they bring along; else NULL */
    struct inki_span x, y;    /* the same array where the operation works in place */
    struct inki_span dx, dy;  /* gradients of the loss by x and y; training */
    struct inki_span keep;    /* [rows][out_stride], what forward leaves for backward; training */
    struct inki_span derived; /* [op->derived(node)] floats made of the weights */
    struct inki_span partial; /* grouped: [panels in front][rows][out_stride] */
    bool add_dx;              /* dx holds another node's share already */
    bool steps;               /* plain SGD: gradient may step the weights at once */
};
typedef void inki_loop(const struct inki_site *site, const struct inki_range *range);

/* How y depends on x, and so how forward and backward may be cut. */
enum inki_locality {
    INKI_BY_ROW,    /* a row of y on the row of x: along rows only */
    INKI_BY_OUTPUT, /* each y on all of x's row: along rows, or along outputs (backward: along inputs) */
    INKI_BY_ELEMENT /* y[i][j] on x[i][j]: any way */
};

struct inki_op {
    const char *word;    /* in the notation */
    const char *form;    /* grammar and formula, for help and docs */
    const char *example; /* a use of it for tests: in front of an output layer it must pass the gradient check */
    enum inki_locality locality;
    bool in_place;      /* y may be x, dx may be dy */
    bool training_only; /* does nothing outside training */
    bool frozen;        /* its weights are not trained */
    bool takes_input;   /* behind the raw rows it leaves zeros out and applies the scaling's offset (model/input.h) */
    /* Reads the words after `word` (count of them) and fills the node, whose `in` shape is set. Returns NULL, or what is
     * wrong as a sentence (static text), with *bad the index of the word it is about. NULL: not in the notation. */
    const char *(*parse)(struct inki_node *node, const char *const *words, size_t count, size_t *bad);
    /* Appends the node as notation. */
    void (*print)(const struct inki_node *node, char *text, size_t room);
    size_t (*weights)(const struct inki_node *node); /* size in floats, padding included; NULL: none */
    /* Tensor i on disk; false when there are no more. NULL: none. */
    bool (*tensor)(const struct inki_node *node, size_t i, struct inki_tensor *out);
    /* Where element `at` of tensor i stands in the node's weights. */
    size_t (*at)(const struct inki_node *node, size_t i, size_t at);
    /* Segment i of the node's weights, offsets from the node's; false when there are no more. NULL: none. */
    bool (*segment)(const struct inki_node *node, size_t i, struct inki_segment *out);
    size_t (*cost)(const struct inki_node *node);    /* multiply-adds a row and loop; NULL: a few an element */
    size_t (*derived)(const struct inki_node *node); /* floats; NULL: none */
    /* The loops, in the order of a step. A NULL one has nothing to do. */
    inki_loop *start;    /* derived from weights, for forward; cut along outputs */
    inki_loop *forward;  /* y */
    inki_loop *part;     /* grouped: what panels [panel, panel_end) of the node in front give to y */
    inki_loop *total;    /* grouped: y from these */
    inki_loop *slope;    /* dy becomes dz, by what forward left; BY_ELEMENT */
    inki_loop *turn;     /* derived from weights, for backward; cut along inputs */
    inki_loop *backward; /* dx */
    inki_loop *sum;      /* the gradient of weights that belong to one output; cut along outputs */
    inki_loop *gradient; /* of weights that belong to an input and an output; cut along either */
};

/* The table. */
extern const struct inki_op *const inki_ops[];
extern const size_t inki_op_count;
extern const struct inki_op inki_dense_op, inki_dropout_op, inki_scale_op;

/* Floats from row to row of an activation array: a multiple of INKI_LANES and an odd number of cache lines. */
size_t inki_stride(size_t width);

/* Sets the out shape, and the derived widths and strides. in must be set. */
void inki_node_shapes(struct inki_node *node, struct inki_shape out);

/* Outputs of width `width` are cut among threads in this many panels of up to 64 columns: a property of the width alone. */
size_t inki_panels(size_t width);

/* Columns [*begin, *end) of panel q, padding included; and the panel that has this column. */
void inki_panel(size_t width, size_t q, size_t *begin, size_t *end);
size_t inki_panel_of(size_t width, size_t column);

/* Nodes with no more weights than this are run by each thread for some rows: handing sums over would take longer. */
#define INKI_SMALL_FLOATS 8192

/* `width` in whole lanes. */
static inline size_t inki_padded(size_t width) { return (width + INKI_LANES - 1) / INKI_LANES * INKI_LANES; }

/* The end of the columns from `begin` on, up to `end`, that lie together in the array: one panel or all. */
static inline size_t inki_block_end(const struct inki_span *array, size_t width, size_t begin, size_t end)
{
    size_t from;
    if (array->room) inki_panel(width, inki_panel_of(width, begin), &from, &end);
    return end;
}

/* Row `row` of columns [begin, end), which lie together, in the copy of `part`; *stride floats lie between its rows. */
static inline float *inki_block(const struct inki_span *array, size_t part, size_t begin, size_t end, size_t row,
                                size_t *stride)
{
    *stride = array->room ? end - begin : array->stride;
    return array->at + part * array->apart + (array->room ? begin * array->room : begin) + row * *stride;
}

#endif
