/* onnx_build: the parts that an ONNX graph is put together from.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ONNX_BUILD_H
#define INKI_ONNX_BUILD_H

#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

enum { INKI_ONNX_INPUTS = 5 };

/* What is being built. Failures are noted and seen at the end. */
struct inki_onnx_build {
    ink_ctx *ctx;
    const ink_model *from;
    const char *path; /* for messages */
    bool failed;
    void **blocks; /* all that was allocated */
    size_t block_count, block_room;
    char **columns; /* with an encoding: names of the graph's inputs */
    Inki__Onnx__Model model;
    Inki__Onnx__Graph graph;
};

/* The value that the next node takes. */
struct inki_onnx_name {
    char name[64];
};

/* The domain of the operators for words. */
#define INKI_ONNX_ML "ai.onnx.ml"

/* Memory that is freed with the rest, zeroed; NULL: there was none, and `failed` is set. */
void *inki_onnx_memory(struct inki_onnx_build *b, size_t count, size_t size);
char *inki_onnx_text(struct inki_onnx_build *b, const char *value);

/* A node with up to INKI_ONNX_INPUTS inputs (NULL behind the last) and one output; NULL where memory ran out. */
Inki__Onnx__Node *inki_onnx_add_node(struct inki_onnx_build *b, const char *op, const char *name,
                                     const char *const inputs[INKI_ONNX_INPUTS], const char *output, const char *doc);

/* Attributes of a node, up to six. */
void inki_onnx_add_int(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, int64_t value);
void inki_onnx_add_ints(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, const int64_t *values,
                        size_t count);
void inki_onnx_add_float(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, float value);

void inki_onnx_add_float_list(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, const float *values,
                              size_t count);
void inki_onnx_add_strings(struct inki_onnx_build *b, Inki__Onnx__Node *node, const char *name, char *const *values,
                           size_t count);

/* Values [batch][some] side by side, any number of them. */
void inki_onnx_add_concat(struct inki_onnx_build *b, const char *const *from, size_t count, const char *output);

/* Constants of the graph. */
Inki__Onnx__Tensor *inki_onnx_add_tensor(struct inki_onnx_build *b, const char *name, int32_t type, const size_t *dims,
                                         size_t rank);
void inki_onnx_add_floats(struct inki_onnx_build *b, const char *name, const float *values, const size_t *dims,
                          size_t rank);
void inki_onnx_add_int64s(struct inki_onnx_build *b, const char *name, const int64_t *values, size_t count);

/* The activation of a layer behind *now. */
void inki_onnx_add_activation(struct inki_onnx_build *b, const char *layer, enum inki_activation act,
                              struct inki_onnx_name *now);

/* Whether there is an operator for it. */
bool inki_onnx_has_activation(enum inki_activation act);

/* The encoding of a table's columns, which names[columns] names (a graph's input each), up to the first layer's inputs, which *now names then
 * (onnx_encode.c). Errors: NO_MEMORY. _nodes: at most so many nodes, and constants. */
size_t inki_onnx_encoding_nodes(const struct inki_encoding *encoding);
ink_status inki_onnx_add_encoding(struct inki_onnx_build *b, const struct inki_node *of, char **names,
                                  struct inki_onnx_name *now);

/* Names for a table's columns as the graph's inputs, names[features]: the columns' own, with _ behind them where the graph needs them, and _ and
 * the column's number where another column has them already. NULL without memory, and `failed` is set. */
char **inki_onnx_column_names(struct inki_onnx_build *b);

/* The network from the rows, which *now names, up to its logits, which it names then (onnx_graph.c). Errors: UNSUPPORTED, with the layer;
 * NO_MEMORY. */
ink_status inki_onnx_add_network(struct inki_onnx_build *b, struct inki_onnx_name *now);

/* From the outputs of a network that answers with numbers, which *now names, to these, "values" (onnx_numbers.c). Errors: UNSUPPORTED, NO_MEMORY. */
ink_status inki_onnx_add_numbers(struct inki_onnx_build *b, struct inki_onnx_name *now);

#endif
#endif
