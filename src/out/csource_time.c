/* csource_time: how many instructions an exported network takes for a row on each core, estimated.
 * SPDX-License-Identifier: MIT */
#include "out/csource_parts.h"

#include <string.h>

/* What takes instructions; each layer's numbers times these. */
enum cost {
    CALL,
    DENSE, /* multiply-adds of dense layers */
    FIRST, /* of the first one of floats that takes bytes */
    CONV,
    DEPTHWISE,
    OUTPUT, /* outputs of layers with weights */
    CURVED, /* of tanh, sigmoid and gelu */
    POOLED, /* inputs of layers over images without weights, and of norms */
    ANSWER, /* classes, or numbers */
    COLUMN, /* of a table */
    TAKEN,  /* inputs of floats that become bytes */
    COSTS
};
enum { TIMED_CORES = 2 }; /* Cortex-M0 and M4F */

/* Instructions by gcc 12 -Os, as QEMU counts them: scripts/measure-code --time --fit prints these rows. */
static const float instructions[2][COSTS][TIMED_CORES] = {
    [false][DENSE] = {156.65F, 4.75F},     [false][FIRST] = {153.56F, 7.66F},    [false][CONV] = {129.50F, 9.13F},
    [false][DEPTHWISE] = {62.99F, 13.73F}, [false][OUTPUT] = {86.22F, 103.49F},  [false][CURVED] = {3211.69F, 40.08F},
    [false][POOLED] = {812.73F, 141.94F},  [false][ANSWER] = {8981.28F, 0.00F},  [false][COLUMN] = {0.00F, 30.62F},
    [true][DENSE] = {9.59F, 6.07F},        [true][CONV] = {12.18F, 8.34F},       [true][DEPTHWISE] = {12.86F, 12.39F},
    [true][OUTPUT] = {240.18F, 85.97F},    [true][CURVED] = {57.11F, 3.70F},     [true][POOLED] = {153.04F, 132.57F},
    [true][ANSWER] = {2495.94F, 0.00F},    [true][COLUMN] = {1344.78F, 393.09F}, [true][TAKEN] = {414.48F, 0.00F},
};

static enum cost of_weights(const struct inki_csource *source, const char *kind, bool first)
{
    if (strcmp(kind, "conv") == 0) return CONV;
    if (strcmp(kind, "depthwise") == 0) return DEPTHWISE;
    return first && source->bytes && !source->plan->int8 ? FIRST : DENSE;
}

static bool is_curved(const char *activation)
{
    return strcmp(activation, "tanh") == 0 || strcmp(activation, "sigmoid") == 0 || strcmp(activation, "gelu") == 0;
}

/* Layers that an export has no loop for: they are folded into others, or only there in training. */
static bool is_folded(const char *kind)
{
    static const char *const folded[] = {"scale", "encode", "dropout", "batchnorm"};
    for (size_t i = 0; i < sizeof folded / sizeof *folded; i++)
        if (strcmp(kind, folded[i]) == 0) return true;
    return false;
}

/* Values that layer i gives: a largest-value pool behind it is part of its loop. */
static double outputs_of(const struct inki_csource *source, size_t i, size_t layers)
{
    ink_layer_info layer = INK_INIT(ink_layer_info), behind = INK_INIT(ink_layer_info);
    ink_model_layer(source->model, i, &layer);
    if (i + 1 < layers) ink_model_layer(source->model, i + 1, &behind);
    return (double)(i + 1 < layers && strcmp(behind.kind, "maxpool") == 0 ? behind.outputs : layer.outputs);
}

/* How much there is of each cost. A table's first layer in floats goes only through the inputs that are not 0. */
static void count_all(const struct inki_csource *source, double counts[COSTS])
{
    const struct inki_encoding *encoding = source->model->encoding;
    ink_model_info model = INK_INIT(ink_model_info);
    bool first = true;
    ink_model_describe(source->model, &model);
    counts[CALL] = 1;
    counts[ANSWER] = (double)source->model->outputs;
    if (encoding) counts[COLUMN] = (double)source->model->features;
    if (source->plan->int8 && !source->bytes && !encoding) counts[TAKEN] = (double)source->model->features;
    for (size_t i = 0; i < model.layers; i++) {
        ink_layer_info layer = INK_INIT(ink_layer_info);
        ink_model_layer(source->model, i, &layer);
        double work = (double)layer.multiply_adds;
        if (is_curved(layer.activation)) counts[CURVED] += (double)layer.outputs;
        if (work == 0) {
            if (!is_folded(layer.kind)) counts[POOLED] += (double)layer.inputs;
            continue;
        }
        if (first && encoding && !source->plan->int8) work *= (double)encoding->most_nonzero / (double)encoding->inputs;
        counts[of_weights(source, layer.kind, first)] += work;
        counts[OUTPUT] += outputs_of(source, i, model.layers);
        first = false;
    }
}

void inki_csource_time(const struct inki_csource *source, ink_c_report *report)
{
    double counts[COSTS] = {0};
    count_all(source, counts);
    for (size_t core = 0; core < TIMED_CORES; core++) {
        double sum = 0;
        for (size_t cost = 0; cost < COSTS; cost++)
            sum += counts[cost] * (double)instructions[source->plan->int8][cost][core];
        report->instructions[core] = (size_t)(sum > 0 ? sum : 0);
    }
    report->milliseconds[INK_CORTEX_M0] = (double)report->instructions[INK_CORTEX_M0] * INK_C_CYCLES / 133e3;
    report->milliseconds[INK_CORTEX_M4F] = (double)report->instructions[INK_CORTEX_M4F] * INK_C_CYCLES / 64e3;
}
