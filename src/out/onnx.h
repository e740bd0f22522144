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
enum { INKI_ONNX_FLOAT = 1, INKI_ONNX_INT32 = 6, INKI_ONNX_INT64 = 7, INKI_ONNX_STRING = 8, INKI_ONNX_DOUBLE = 11 };
enum { INKI_ONNX_ATTRIBUTE_FLOAT = 1, INKI_ONNX_ATTRIBUTE_INT = 2 };

/* A file's content, whose memory comes through the context and is bounded by the file's size. */
struct inki_onnx {
    ink_ctx *ctx;
    const char *path;
    Inki__Onnx__Model *model;
    const Inki__Onnx__Graph *graph;
    size_t size, left; /* bytes of the file; that reading may still ask for */
    bool no_memory;
    ProtobufCAllocator allocator;
};

/* Whether two names, which may be missing, are there and the same. */
static inline bool inki_onnx_same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

/* Reads the messages. Errors: BAD_FILE, NO_MEMORY. Ownership: the caller, inki_onnx_end. */
ink_status inki_onnx_begin(ink_ctx *ctx, const char *path, const struct inki_bytes *content, struct inki_onnx *out);
void inki_onnx_end(struct inki_onnx *onnx);

/* A constant of the graph: values[count] of float, dims[rank] (rank up to 4). Ownership: the caller, inki_free. */
struct inki_onnx_values {
    size_t rank, dims[4], count;
    float *values;
};

/* The tensor of that name, an initializer or what a Constant gives; NULL if it is none. */
const Inki__Onnx__Tensor *inki_onnx_constant(const struct inki_onnx *onnx, const char *name);

/* Its numbers. Errors: BAD_FILE (not as many as its shape says, a shape that is none), UNSUPPORTED (a type that is no number, data in
 * another file), NO_MEMORY. */
ink_status inki_onnx_read(const struct inki_onnx *onnx, const Inki__Onnx__Tensor *tensor, struct inki_onnx_values *out);

/* The same for a single number, without memory; false if it is none. */
bool inki_onnx_number(const Inki__Onnx__Tensor *tensor, float *value);

/* Follows the graph from its input and describes it in the network. Errors: UNSUPPORTED with the node's name, BAD_FILE, NO_MEMORY. */
ink_status inki_onnx_follow(const struct inki_onnx *onnx, struct inki_network *network);

#endif

/* Whether a file's content looks like one. */
bool inki_onnx_is(const uint8_t *bytes, size_t size);

/* From a file's content to a network. Errors: as above; UNSUPPORTED where this build has no ONNX. */
ink_status inki_onnx_network(ink_ctx *ctx, const char *path, const struct inki_bytes *content,
                             struct inki_network *network);

/* Writes a model. Errors: UNSUPPORTED, IO, NO_MEMORY. */
ink_status inki_export_onnx(ink_ctx *ctx, const ink_model *model, const char *path);

#endif
