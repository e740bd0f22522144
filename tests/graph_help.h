/* graph_help: ONNX graphs as other programs write them, from lines of text.
 * SPDX-License-Identifier: MIT */
#ifndef GRAPH_HELP_H
#define GRAPH_HELP_H

#include "net_help.h"

#ifdef INKI_HAVE_ONNX

#include "out/onnx.h"

enum { MOST = 48, FEATURES = 4, HIDDEN = 3, CLASSES = 2, ROOM = 1 << 16, LIST = 4, ATTRIBUTES = 3 };

/* A graph under construction; all in place, nothing is freed. */
struct graph {
    Inki__Onnx__Model model;
    Inki__Onnx__Graph graph;
    Inki__Onnx__Node nodes[MOST], *node_list[MOST];
    Inki__Onnx__Attribute attributes[MOST][ATTRIBUTES], *attribute_list[MOST][ATTRIBUTES];
    char attribute_names[MOST][ATTRIBUTES][32], texts[MOST][ATTRIBUTES][LIST][16];
    int64_t ints[MOST][ATTRIBUTES][LIST];
    float floats[MOST][ATTRIBUTES][LIST];
    ProtobufCBinaryData strings[MOST][ATTRIBUTES][LIST];
    Inki__Onnx__Tensor tensors[MOST], *tensor_list[MOST];
    int64_t dims[MOST][2];
    char words[MOST][12][48], *inputs[MOST][6], *outputs[MOST][2];
    Inki__Onnx__Value value, *value_list[1], output_values[LIST], *output_list[LIST];
    Inki__Onnx__Type type;
    Inki__Onnx__TensorType tensor_type;
    Inki__Onnx__Shape shape;
    Inki__Onnx__Dimension dim[4], *dim_list[4];
    uint8_t packed[ROOM];
};

/* The numbers of the tensors w1 (FEATURES, HIDDEN; as w1t the same (HIDDEN, FEATURES)), w2 (HIDDEN, CLASSES), b1, b2, mean, spread, c (HIDDEN, 1),
 * gain and var (HIDDEN). */
extern float graph_w1[FEATURES * HIDDEN], graph_w2[HIDDEN * CLASSES], graph_b1[HIDDEN], graph_b2[CLASSES];
extern float graph_means[FEATURES], graph_spreads[FEATURES], graph_column[HIDDEN], graph_gains[HIDDEN],
    graph_variances[HIDDEN];
extern int32_t graph_halves[FEATURES * HIDDEN],
    graph_brains[FEATURES * HIDDEN]; /* w1half, w1brain: bits of 16-bit numbers */

/* A row of FEATURES. */
extern const int64_t graph_row[3];

/* Nodes "Gemm x w1 b1 transB=1 > y" separated by ; ("ml:ZipMap" of ai.onnx.ml); "out p label" names the outputs, else the last node's is the
 * only one. The input x is [batch][sides], 0 behind the last. */
void graph_build(struct graph *g, const char *lines, const int64_t sides[3]);

/* Imports it from its bytes, as g.onnx. */
ink_status graph_import(struct fixture *f, struct graph *g, ink_model **out);

#endif
#endif
