/* onnx: networks to and from ONNX files (https://onnx.ai), through protobuf-c. Opset 17; only built where protobuf-c is there.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ONNX_H
#define INKI_ONNX_H

#include "base/file.h"
#include "out/network.h"

#ifdef INKI_HAVE_ONNX
#include <onnx.pb-c.h>

#include <protobuf-c/protobuf-c.h>
#include <string.h>

/* ONNX's numbers for types of elements and of attributes. */
enum {
    INKI_ONNX_FLOAT = 1,
    INKI_ONNX_UINT8 = 2,
    INKI_ONNX_INT8 = 3,
    INKI_ONNX_INT32 = 6,
    INKI_ONNX_INT64 = 7,
    INKI_ONNX_STRING = 8,
    INKI_ONNX_BOOL = 9,
    INKI_ONNX_FLOAT16 = 10,
    INKI_ONNX_DOUBLE = 11,
    INKI_ONNX_BFLOAT16 = 16
};
enum {
    INKI_ONNX_ATTRIBUTE_FLOAT = 1,
    INKI_ONNX_ATTRIBUTE_INT = 2,
    INKI_ONNX_ATTRIBUTE_FLOATS = 6,
    INKI_ONNX_ATTRIBUTE_INTS = 7,
    INKI_ONNX_ATTRIBUTE_STRINGS = 8
};

enum { INKI_ONNX_RANK = 4 };

/* Where a value comes from: a tensor of the file, the graph's input, or a node. */
struct inki_onnx_maker {
    const char *name;
    const Inki__Onnx__Tensor *tensor;
    const Inki__Onnx__Value *input;
    size_t node, output; /* the node's number in the graph, and which of its outputs */
    bool is_constant;    /* does not depend on the rows */
};

/* A constant: values[count], dims[rank]. NaN stands for the number of rows, an infinity for a size that is not given. */
struct inki_onnx_values {
    size_t rank, dims[INKI_ONNX_RANK], count;
    double *values;
    bool is_whole; /* of integers: divisions drop the rest */
    bool is_kept;  /* belongs to inki_onnx */
};

/* A file's content, whose memory comes through the context and is bounded by the file's size. */
struct inki_onnx {
    ink_ctx *ctx;
    const char *path;
    Inki__Onnx__Model *model;
    const Inki__Onnx__Graph *graph;
    size_t size, left;         /* bytes of the file; that reading may still ask for */
    bool no_memory, said_half; /* said_half: a note on float16 was given */
    ProtobufCAllocator allocator;
    struct inki_onnx_maker *makers; /* [maker_count] by name */
    size_t maker_count;
    struct inki_onnx_values *folded; /* [nodes]: what was computed from constants */
    bool *wanted;                    /* [nodes], while constants are computed */
};

/* Whether two names, which may be missing, are there and the same. */
static inline bool inki_onnx_same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

/* Reads the messages and finds out what makes what. Errors: BAD_FILE (a value made twice, nodes in a circle), NO_MEMORY. Ownership: the
 * caller, inki_onnx_end. */
ink_status inki_onnx_begin(ink_ctx *ctx, const char *path, const struct inki_bytes *content, struct inki_onnx *out);
void inki_onnx_end(struct inki_onnx *onnx);

/* What makes the value; NULL: nothing. */
struct inki_onnx_maker *inki_onnx_maker(const struct inki_onnx *onnx, const char *name);
bool inki_onnx_is_constant(const struct inki_onnx *onnx, const char *name);

/* UNSUPPORTED, with the node's name and operator, and why. */
ink_status inki_onnx_refuse(const struct inki_onnx *onnx, const Inki__Onnx__Node *node, const char *why);

/* What helps where a graph goes on behind what can be imported. */
#define INKI_ONNX_CUT "; end the graph in front of it (onnx.utils.extract_model)"

/* Parts of a node; "" where there is none, `initial` where an attribute is not given. */
const char *inki_onnx_op(const Inki__Onnx__Node *node);
const char *inki_onnx_input(const Inki__Onnx__Node *node, size_t i);
const Inki__Onnx__Attribute *inki_onnx_attribute(const Inki__Onnx__Node *node, const char *name);
int64_t inki_onnx_int(const Inki__Onnx__Node *node, const char *name, int64_t initial);
float inki_onnx_float(const Inki__Onnx__Node *node, const char *name, float initial);

/* Whether a type of elements is an integer type. */
bool inki_onnx_is_whole(int64_t type);

/* A Cast to floats. To 16 bits is a note, once, where the network works in them; a value that is rounded to 16 bits and back is refused. Errors:
 * UNSUPPORTED. */
ink_status inki_onnx_cast_floats(struct inki_onnx *onnx, const Inki__Onnx__Node *node);

/* The least and the greatest number of an integer type. */
void inki_onnx_limits(int64_t type, double *low, double *high);

/* A tensor's numbers. Errors: BAD_FILE (not as many as its shape says, a shape that is none), UNSUPPORTED (a type that is no number, data
 * in another file), NO_MEMORY. Ownership: the caller, inki_onnx_drop. */
ink_status inki_onnx_read(const struct inki_onnx *onnx, const Inki__Onnx__Tensor *tensor, struct inki_onnx_values *out);

/* The numbers of a constant value, computed if need be; the given back as above. Errors: as above, UNSUPPORTED with the node's name. */
ink_status inki_onnx_take(struct inki_onnx *onnx, const char *name, struct inki_onnx_values *out);
void inki_onnx_drop(struct inki_onnx_values *values);

/* Whether the value is a constant of one number near `number`. Where there was no memory to find out, onnx->no_memory is set. */
bool inki_onnx_is_number(struct inki_onnx *onnx, const char *name, double number);

/* Sizes of a value that is computed from rows: NaN, then those of a row. */
ink_status inki_onnx_shape(struct inki_onnx *onnx, const Inki__Onnx__Node *node, const char *name,
                           struct inki_onnx_values *out);

/* A step of the way from the graph's input to an output: usually a node, which takes `from` and makes `to`. */
enum inki_onnx_step_kind {
    INKI_ONNX_NODE,
    INKI_ONNX_GELU,   /* some nodes that are z (1 + erf(z / sqrt 2)) / 2 together */
    INKI_ONNX_PAIR,   /* p beside 1 - p: (1 - p, p) */
    INKI_ONNX_TURNED, /* (p, 1 - p) */
};

struct inki_onnx_step {
    enum inki_onnx_step_kind kind;
    const Inki__Onnx__Node *node;
    const char *from, *to;
};

/* The steps from the rows to the value `name`: steps[*count], in the order of computing; room for as many as there are nodes. *input is
 * the graph's input that they begin at. Errors: UNSUPPORTED with the name of a node that joins two values. */
ink_status inki_onnx_path(struct inki_onnx *onnx, const char *name, struct inki_onnx_step *steps, size_t *count,
                          const Inki__Onnx__Value **input);

/* z of z (1 + erf(z / sqrt 2)) / 2 with `last` as the last of its products, in any order; "" if it is none. */
const char *inki_onnx_gelu_of(struct inki_onnx *onnx, const Inki__Onnx__Node *last);

/* Follows the graph and describes it in the network. Errors: UNSUPPORTED with the node's name, BAD_FILE, NO_MEMORY. */
ink_status inki_onnx_follow(struct inki_onnx *onnx, struct inki_network *network);

/* The image's shape, the kind of scaling and the classes' names from the metadata, where the file is ours. */
void inki_onnx_props(const struct inki_onnx *onnx, struct inki_network *network);

#endif

/* Whether a file's content looks like one. */
bool inki_onnx_is(const uint8_t *bytes, size_t size);

/* From a file's content to a network. Errors: as above; UNSUPPORTED where this build has no ONNX. */
ink_status inki_onnx_network(ink_ctx *ctx, const char *path, const struct inki_bytes *content,
                             struct inki_network *network);

/* Writes a model. Errors: UNSUPPORTED, IO, NO_MEMORY. */
ink_status inki_export_onnx(ink_ctx *ctx, const ink_model *model, const char *path);

#endif
