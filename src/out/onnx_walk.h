/* onnx_walk: what is known at a step of the way through an ONNX graph.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ONNX_WALK_H
#define INKI_ONNX_WALK_H

#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

/* What the value on the way is. */
enum inki_onnx_stage {
    INKI_ONNX_INPUT,   /* the rows, perhaps scaled */
    INKI_ONNX_LAYER,   /* W x + b */
    INKI_ONNX_ACTIVE,  /* act(W x + b), perhaps scaled */
    INKI_ONNX_ANSWERS, /* probabilities of the classes, or their logarithms */
    INKI_ONNX_PLACE,   /* which class is the most probable, by its number */
    INKI_ONNX_LABEL    /* by its name; or something else about the answers */
};

struct inki_onnx_state {
    enum inki_onnx_stage stage;
    bool is_whole;                    /* of integers */
    int64_t type;                     /* which, where they are */
    bool is_log;                      /* ANSWERS: logarithms of probabilities */
    size_t rank, row[INKI_ONNX_RANK]; /* sizes of one row; rank 0: not known */
    bool is_deep;                     /* they are not known, but that there are several is */
    size_t turns;                     /* how often the classes changed places */
};

struct inki_onnx_walk {
    struct inki_onnx *onnx;
    struct inki_network *network;
    const struct inki_onnx_step *step; /* under way */
    struct inki_onnx_state state;      /* of the value before it, then behind it */
    size_t features, rows;             /* of the input; 0: not known */
    double *factor, *shift;            /* [outputs] y factor + shift of what an activation gave; NULL: as it is */
    bool is_paired; /* the last layer's outputs are twice as many: the second half is taken from the first */
    bool changed;   /* the step changed the network */
    bool is_closed; /* the network is complete, and no step may change it */
};

/* Takes one step. Errors: UNSUPPORTED with the node's name and operator, BAD_FILE, NO_MEMORY. */
ink_status inki_onnx_step(struct inki_onnx_walk *walk, const struct inki_onnx_step *step);

/* One output behind a sigmoid becomes the second of two classes (`turned`: the first), with logits 0 and z. */
ink_status inki_onnx_two_classes(struct inki_onnx_walk *walk, bool turned);
bool inki_onnx_is_one_sigmoid(const struct inki_onnx_walk *walk);

/* What stands behind the network: steps of the answers, their places and labels. */
ink_status inki_onnx_step_argmax(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_step_topk(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_step_largest(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_step_threshold(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_step_gather(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);
ink_status inki_onnx_step_zipmap(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);

/* The step may change the network: an error where it may not. */
ink_status inki_onnx_change(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node);

/* The last layer; NULL: there is none yet. */
struct inki_plain_layer *inki_onnx_last(const struct inki_onnx_walk *walk);

/* Values of a row, by its sizes; a row that is a list of so many. */
size_t inki_onnx_row_size(const struct inki_onnx_state *state);
void inki_onnx_set_row(struct inki_onnx_walk *walk, size_t columns);

/* + c, - c, * c or / c of each column (op: the operator's first letter), c stretched as ONNX does: in front of the network, into the last
 * layer, or kept behind its activation for the layer that follows. */
ink_status inki_onnx_scale(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, char op,
                           const struct inki_onnx_values *c);

/* A layer of so many inputs and outputs; the caller fills in w[o * layer->inputs + i], i < inputs, and closes it: then what was kept is in
 * its weights and its bias, and the value is what it gives. */
ink_status inki_onnx_new_layer(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, size_t inputs, size_t outputs,
                               struct inki_plain_layer **out);
void inki_onnx_close_layer(struct inki_onnx_walk *walk, struct inki_plain_layer *layer);

/* Bounds of what the last layer gives, which has no activation. */
ink_status inki_onnx_clip(struct inki_onnx_walk *walk, const Inki__Onnx__Node *node, double low, double high);

#endif
#endif
