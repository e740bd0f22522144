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
#include "model/encoding.h"
#include "model/input.h"

#include <math.h>

struct inki_use;

/* In the order of memory: a channel's neighbour is the next channel of the same pixel. Values without places are {1, 1, n}. Behind
 * a pixel's channels may lie some padding, which is 0 and stays so: nodes that make images round channels up to INKI_CHANNELS. */
struct inki_shape {
    size_t height, width, channels, padding;
};
enum { INKI_CHANNELS = 8 };

/* What slides over an image: a convolution's kernel, a pool's window. */
enum inki_padding { INKI_PAD_SAME, INKI_PAD_VALID, INKI_PAD_GIVEN };
struct inki_frame {
    size_t rows, columns, stride, top, left, groups;
    enum inki_padding padding;
    bool biased;
};

/* Where a node's inputs come from is said as how many nodes back that is; behind the first node lies the network's input. */
struct inki_node {
    const struct inki_op *op;
    size_t back[2], sources; /* sources: how many inputs it has, one or two of its `in` shape */
    size_t origin;           /* an operation with brackets: how many back these begin */
    struct inki_shape in, out;
    size_t inputs, outputs;       /* widths of x and y; of images with their padding */
    size_t in_stride, out_stride; /* floats from row to row: inki_stride(width) */
    size_t offset, size;          /* in the weight block, in floats */
    enum inki_activation act;     /* dense */
    bool saves;                   /* training: forward leaves something for backward (slopes, a mask) */
    bool grouped;                 /* the sum over inputs is made panel by panel of the node in front (inki_op.part) */
    size_t panels;                /* inki_panels(outputs): how outputs are cut among threads */
    double rate;                  /* dropout */
    size_t members; /* y is a block for each of so many members of an ensemble, the pixels of its shape; 0: it is not */
    bool parted, shared;                  /* members: so is x; they share W (members.c) */
    const struct inki_encoding *encoding; /* encode; the model's */
    struct inki_frame frame;              /* convolutions, pools */
    bool sparse;                          /* most of its dy is 0 */
    bool planar;   /* its weights count an image's values plane by plane, as other programs do: channel, row, column */
    char name[24]; /* "dense1"; "" for nodes without tensors */
};

/* What a parameter is to those who walk a network: initialisers, optimisers, averages, files. */
enum inki_role {
    INKI_WEIGHT, /* optimised, decayed; begins at random by its fan-in and fan-out */
    INKI_BIAS,   /* optimised; begins at 0 */
    INKI_GAIN,   /* optimised; begins at 1 */
    INKI_STATE,  /* saved, not optimised: running statistics, moved towards what a step found; begins at `begin` */
    INKI_FROZEN  /* a constant of the network: scaling */
};

static inline bool inki_is_trained(enum inki_role role) { return role <= INKI_GAIN; }

/* A parameter as the file has it: dims in row-major order. */
struct inki_param {
    const char *suffix; /* "weight": the tensor is called NAME.weight */
    enum inki_role role;
    size_t rank, dims[4], count;
    size_t fan_in, fan_out; /* weights: how many inputs one output sums over, and outputs that one input goes to */
    float begin;            /* state: what it begins at */
    bool variance;          /* state: never below 0 */
    bool coin;              /* gain: begins at 1 or at -1, by chance */
};

/* A stretch of the weight block that an optimiser treats alike: a part of parameter `param`, which is trained or a state. `owner`/`owners`: which of how many
 * equal shares of work the stretch belongs to, so that the thread that computed its gradient updates it. */
struct inki_segment {
    size_t param, offset, size;
    size_t owner, owners;
};

/* A node in the words of those who walk a network without knowing its operations: exports, reports. Each call may fail; the first
 * failure ends the walk (inki_model_emit). */
struct inki_emitter {
    void *user;
    ink_status (*scaling)(void *user, const struct inki_node *node); /* y = (x - shift) factor: parameters 0 and 1 */
    /* The columns of a table become inputs: what node->encoding says (model/encoding.h), its constants the node's parameters. NULL: `other`
     * is called. */
    ink_status (*encoding)(void *user, const struct inki_node *node);
    ink_status (*affine)(void *user,
                         const struct inki_node *node); /* y = act(x W + b): W (out, in) and b, parameters 0 and 1 */
    /* Layers of an ensemble (model/members.h has their weights): y[m] = act(x[m] W[m] + b[m]); x is the same for all but where
     * inki_node.parted. NULL: `other` is called. */
    ink_status (*members)(void *user, const struct inki_node *node);
    ink_status (*other)(void *user, const struct inki_node *node); /* what these do not say */
    /* Layers over images; where one is NULL, `other` is called. */
    ink_status (*convolution)(void *user, const struct inki_node *node);         /* y = act(conv(x, W) + b) */
    ink_status (*pool)(void *user, const struct inki_node *node, bool largest);  /* or the mean; of inki_node.frame */
    ink_status (*norm)(void *user, const struct inki_node *node, bool by_batch); /* or by pixel; then act */
    ink_status (*sum)(void *user, const struct inki_node *node);                 /* y = act(a + b) */
};

/* An array of activations or gradients, or what was derived from weights. A part that has a copy of its own finds it
 * `apart` floats behind the one before; apart is 0 where all share one. */
struct inki_span {
    float *at;     /* NULL: there is none */
    size_t stride; /* floats from row to row */
    /* not 0: panel by panel, each [panel_rows][its width], so that no two threads write near each other */
    size_t panel_rows;
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
    struct inki_span x2, dx2; /* the second input, where there is one; no array of dx or dx2 where nobody needs it */
    struct inki_span saved;   /* [rows][out_stride], what forward leaves for backward; training */
    struct inki_span derived; /* [op->derived(node)] floats made of the weights, for backward */
    struct inki_span made;    /* the same for forward: [op->made(node, …)] */
    struct inki_span partial; /* grouped: [panels in front][rows][out_stride] */
    struct inki_span scratch; /* [op->scratch] floats of each part, 0 at first, which nothing else writes to */
    bool add_dx, add_dx2;     /* they hold another node's share already */
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
    bool in_place;      /* y may be x, and then dx is dy */
    bool training_only; /* does nothing outside training */
    /* it has two inputs: what comes out of a chain in brackets, and what goes in or comes out of another */
    bool brackets;
    bool activates;   /* inki_node.act says how its outputs end */
    bool takes_input; /* behind the raw rows it leaves zeros out and applies the scaling's offset (model/input.h) */
    bool takes_list;  /* of an encoding's inputs it can take the list of those that are not 0 alone (inki_input.list) */
    bool steps;       /* its gradient can take plain SGD's step at once */
    bool images;      /* it makes images; behind it dense layers count inputs plane by plane (inki_node.planar) */
    bool thins;       /* most of its dx is 0 */
    bool by_member;   /* it goes on with the blocks of an ensemble's members (inki_node.members) */
    bool by_batch;    /* in training a row of y depends on all rows of a group (inki_use.norm_rows) */
    const char *stem; /* its nodes' tensors are called by this and a number; NULL: by the word */
    size_t shard_rows; /* shards of a network with it have this many rows (train/shards.h); 0: no matter */
    /* Reads the words after `word` (count of them) and fills the node, whose `in` shape is set. Returns NULL, or what is
     * wrong as a sentence (static text), with *bad the index of the word it is about. NULL: not in the notation. */
    const char *(*parse)(struct inki_node *node, const char *const *words, size_t count, size_t *bad);
    /* Appends the node as notation. */
    void (*print)(const struct inki_node *node, char *text, size_t room);
    size_t (*weights)(const struct inki_node *node); /* size in floats, padding included; NULL: none */
    /* Parameter i; false when there are no more. NULL: none. */
    bool (*param)(const struct inki_node *node, size_t i, struct inki_param *out);
    /* Where element `at` of parameter i, in the order of the file, stands in the node's weights. */
    size_t (*at)(const struct inki_node *node, size_t i, size_t at);
    /* Segment i of what a step changes, offsets from the node's; false when there are no more. NULL: nothing is. */
    bool (*segment)(const struct inki_node *node, size_t i, struct inki_segment *out);
    size_t (*cost)(const struct inki_node *node);    /* multiply-adds a row and loop; NULL: a few an element */
    size_t (*derived)(const struct inki_node *node); /* floats; NULL: none */
    size_t (*made)(const struct inki_node *node,
                   bool offset); /* floats, where the rows' scaling has an offset; NULL: none */
    size_t (*scratch)(const struct inki_node *node, const struct inki_use *use); /* floats; NULL: none */
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
    /* Says the node to who walks the network; outside training it may say nothing. NULL: it is something other. */
    ink_status (*emit)(const struct inki_node *node, const struct inki_emitter *to);
};

/* Whether parameter i of the node is there, and what it is. */
static inline bool inki_param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    return node->op->param && node->op->param(node, i, out);
}

/* What the parameter is that segment i of the node belongs to. */
static inline enum inki_role inki_segment_role(const struct inki_node *node, const struct inki_segment *segment)
{
    struct inki_param param = {.role = INKI_FROZEN};
    inki_param(node, segment->param, &param);
    return param.role;
}

/* What a value of a parameter must be, where it is something else; NULL where it can be. */
static inline const char *inki_param_expects(const struct inki_param *param, double value)
{
    if (!isfinite(value)) return "a finite number";
    return param->variance && value < 0 ? "a variance, 0 or more" : NULL;
}

/* Whether the node has parameters that are trained. */
bool inki_node_learns(const struct inki_node *node);

/* The table. */
extern const struct inki_op *const inki_ops[];
extern const size_t inki_op_count;
extern const struct inki_op inki_dense_op, inki_members_op, inki_dropout_op, inki_add_op, inki_scale_op, inki_encode_op,
    inki_conv_op, inki_depthwise_op, inki_maxpool_op, inki_avgpool_op, inki_globalpool_op, inki_globalmax_op,
    inki_batchnorm_op, inki_layernorm_op;

/* Floats from row to row of an activation array: a multiple of INKI_LANES and an odd number of cache lines. */
size_t inki_stride(size_t width);

/* Values of a row of this shape. */
static inline size_t inki_shape_size(const struct inki_shape *shape)
{
    return shape->height * shape->width * shape->channels;
}

/* Floats from pixel to pixel. */
static inline size_t inki_pitch(const struct inki_shape *shape) { return shape->channels + shape->padding; }

/* The shape of an image that a node makes: with padding. */
static inline struct inki_shape inki_image_shape(size_t height, size_t width, size_t channels)
{
    size_t padding = (INKI_CHANNELS - channels % INKI_CHANNELS) % INKI_CHANNELS;
    return (struct inki_shape){height, width, channels, padding};
}

/* Sets the out shape, and the derived widths and strides. in must be set. */
void inki_node_shapes(struct inki_node *node, struct inki_shape out);

/* What a node has from the one in front of it, NULL for none: whether values of images come, or of members. */
void inki_node_follow(struct inki_node *node, const struct inki_node *front);

/* Outputs of width `width` are cut among threads in this many panels of up to 64 columns: a property of the width alone. */
size_t inki_panels(size_t width);

/* Columns [*begin, *end) of panel q, padding included; and the number of the panel that has this column, and its columns. */
void inki_panel(size_t width, size_t q, size_t *begin, size_t *end);
size_t inki_panel_of(size_t width, size_t column, size_t *begin, size_t *end);

/* Nodes with no more weights than this are run by each thread for some rows: handing sums over would take longer. */
#define INKI_SMALL_FLOATS 8192

/* `width` in whole lanes. */
static inline size_t inki_padded(size_t width) { return (width + INKI_LANES - 1) / INKI_LANES * INKI_LANES; }

/* How many of the columns [begin, end) are not padding. */
static inline size_t inki_used(size_t width, size_t begin, size_t end)
{
    return (end < width ? end : width > begin ? width : begin) - begin;
}

/* The activation of this name. */
bool inki_activation_find(const char *word, enum inki_activation *out);
#define INKI_NAME_IN_LIST(name, formula, he) " " #name
#define INKI_NO_SUCH_ACTIVATION "unknown activation; expected one of" INKI_ACTIVATIONS(INKI_NAME_IN_LIST)

/* The end of the columns from `begin` on, up to `end`, that lie together in the array: one panel or all. */
static inline size_t inki_block_end(const struct inki_span *array, size_t width, size_t begin, size_t end)
{
    size_t from;
    if (array->panel_rows) inki_panel_of(width, begin, &from, &end);
    return end;
}

/* Row `row` of columns [begin, end), which lie together, in the copy of `part`; *stride floats lie between its rows. */
static inline float *inki_block(const struct inki_span *array, size_t part, size_t begin, size_t end, size_t row,
                                size_t *stride)
{
    *stride = array->panel_rows ? end - begin : array->stride;
    return array->at + part * array->apart + (array->panel_rows ? begin * array->panel_rows : begin) + row * *stride;
}

#endif
