/* csource_size: how much flash and RAM an exported network takes on each core.
 * SPDX-License-Identifier: MIT */
#include "out/csource_parts.h"

#include "out/quant_flow.h"

/* The code is made of pieces whose sizes add up: what a network's shape is stands in a table (csource_text.c), so that gcc cannot
 * make other code for other shapes. Only a single layer is seen through. */
enum piece {
    FLOAT, /* predict, softmax and e^x within it */
    DENSE,
    FIRST_BYTES, /* a first layer of its own */
    FIRST_SHIFT,
    FIRST_BOTH,
    POWER, /* e^x as a function: activations call it too */
    IDENTITY,
    RELU,
    LEAKY_RELU,
    TANH,
    SIGMOID,
    GELU,
    FLOAT_SINGLE, /* one layer, which gcc sees through */
    INT8,         /* predict, softmax and e^x within it, the sum and the last layer */
    HIDDEN,
    CURVED,
    UP,
    TAKE, /* float inputs to bytes; gcc unrolls the loop for one and for two */
    TAKE_ONE,
    TAKE_TWO,
    INT8_SINGLE,
    TWO, /* softmax of a single layer is unrolled for two and for three classes */
    THREE,
    FLOW,       /* layers over images: as FLOAT, with the convolution */
    FIRST_CONV, /* of bytes */
    LARGEST,
    MEAN,
    PIXEL_NORM,
    SUM,
    SCALE,
    SCALE_BYTES,
    FLOW8, /* the same in 8 bits: as INT8 */
    BYTE8,
    CONV8,
    LARGEST8,
    MEAN8,
    PIXEL_NORM8,
    SUM8,
    SCALE8,
    SCALE8_BYTES,
    TABLES8,
    POOL,    /* the mean of an ensemble's members */
    NO_CONV, /* FLOW without a convolution: all layers are pieces of their own */
    DECIDE,  /* by a threshold */
    NUMBERS, /* answers in place of softmax, with e^x, if at all, in POWERS */
    SCALED,
    SEVERAL,
    POWERS,
    LOGS,
    QUANTILES,
    POOL_NUMBERS,
    LIST, /* rows of a table: a first layer of what is not 0, or all of it */
    SPREAD,
    SPREAD8,
    NUMBER, /* the encoding of a column, and calls of it */
    NUMBER_CALLS,
    WORD,
    WORD_CALLS,
    PIECES
};

/* Bytes by gcc 12 -Os -mthumb for Cortex-M0, M4F and M7: scripts/measure-code --fit prints these rows. */
static const int16_t sizes[PIECES][INK_CORE_COUNT] = {
    [FLOAT] = {468, 408, 407},
    [DENSE] = {84, 60, 60},
    [FIRST_BYTES] = {92, 78, 78},
    [FIRST_SHIFT] = {108, 64, 64},
    [FIRST_BOTH] = {116, 72, 72},
    [POWER] = {45, 6, 6},
    [IDENTITY] = {3, 1, 2},
    [RELU] = {35, 28, 30},
    [LEAKY_RELU] = {48, 45, 42},
    [TANH] = {170, 142, 142},
    [SIGMOID] = {24, 29, 30},
    [GELU] = {204, 186, 186},
    [FLOAT_SINGLE] = {-35, -39, -38},
    [INT8] = {570, 511, 512},
    [HIDDEN] = {96, 112, 114},
    [CURVED] = {134, 144, 146},
    [UP] = {31, 27, 25},
    [TAKE] = {102, 113, 112},
    [TAKE_ONE] = {85, 96, 94},
    [TAKE_TWO] = {151, 175, 173},
    [INT8_SINGLE] = {-36, -60, -59},
    [TWO] = {-3, -7, -7},
    [THREE] = {26, 47, 47},
    [FLOW] = {1044, 942, 939},
    [FIRST_CONV] = {580, 516, 512},
    [LARGEST] = {199, 177, 176},
    [MEAN] = {182, 161, 160},
    [PIXEL_NORM] = {275, 220, 221},
    [SUM] = {54, 51, 50},
    [SCALE] = {62, 56, 56},
    [SCALE_BYTES] = {66, 62, 62},
    [FLOW8] = {743, 640, 641},
    [BYTE8] = {10, 32, 34},
    [CONV8] = {320, 337, 335},
    [LARGEST8] = {151, 144, 144},
    [MEAN8] = {188, 175, 178},
    [PIXEL_NORM8] = {371, 352, 354},
    [SUM8] = {116, 105, 107},
    [SCALE8] = {139, 131, 130},
    [SCALE8_BYTES] = {141, 140, 139},
    [TABLES8] = {57, 40, 38},
    [POOL] = {140, 150, 150},
    [NO_CONV] = {-625, -582, -583},
    [DECIDE] = {15, 28, 29},
    [NUMBERS] = {-360, -308, -309},
    [SCALED] = {61, 69, 68},
    [SEVERAL] = {17, 14, 10},
    [POWERS] = {267, 210, 209},
    [LOGS] = {16, 9, 11},
    [QUANTILES] = {49, 47, 46},
    [POOL_NUMBERS] = {94, 93, 92},
    [LIST] = {95, 71, 71},
    [SPREAD] = {41, 17, 16},
    [SPREAD8] = {162, 149, 147},
    [NUMBER] = {600, 476, 478},
    [NUMBER_CALLS] = {13, 12, 12},
    [WORD] = {97, 106, 102},
    [WORD_CALLS] = {14, 17, 17},
};

static const uint8_t activation_piece[INKI_ACT_COUNT] = {
    [INKI_ACT_identity] = IDENTITY, [INKI_ACT_relu] = RELU,       [INKI_ACT_leaky_relu] = LEAKY_RELU,
    [INKI_ACT_tanh] = TANH,         [INKI_ACT_sigmoid] = SIGMOID, [INKI_ACT_gelu] = GELU};

static void add_times(struct inki_csource *source, enum piece piece, size_t times)
{
    for (size_t core = 0; core < INK_CORE_COUNT; core++)
        source->code[core] = (size_t)((ptrdiff_t)source->code[core] + (ptrdiff_t)times * sizes[piece][core]);
}

static void add_code(struct inki_csource *source, enum piece piece, bool used) { add_times(source, piece, used); }

static size_t to_four(size_t bytes) { return (bytes + 3) / 4 * 4; }

static void measure_float(struct inki_csource *source)
{
    const struct inki_plain *plain = &source->plain;
    bool seen[INKI_ACT_COUNT] = {false};
    size_t buffer[2] = {0, 0};
    bool single = plain->count == 1, shift = plain->shift != NULL, bytes = source->bytes;
    if (shift) source->data += 4 * source->model->features;
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_plain_layer *layer = &plain->layers[l];
        source->data += 4 * (layer->inputs + 1) * layer->outputs + 7 * 4;
        source->work += layer->inputs * layer->outputs;
        if (l + 1 == plain->count) continue;
        seen[layer->act] = true;
        if (4 * layer->outputs > buffer[l % 2]) buffer[l % 2] = 4 * layer->outputs;
    }
    source->ram = buffer[0] + buffer[1];
    add_code(source, FLOAT, true);
    add_code(source, FIRST_BYTES, bytes && !shift);
    add_code(source, FIRST_SHIFT, shift && !bytes);
    add_code(source, FIRST_BOTH, bytes && shift);
    add_code(source, DENSE, !single || !(bytes || shift));
    add_code(source, POWER, seen[INKI_ACT_tanh] || seen[INKI_ACT_sigmoid] || seen[INKI_ACT_gelu]);
    for (size_t act = 0; act < INKI_ACT_COUNT; act++) add_code(source, activation_piece[act], seen[act]);
    add_code(source, FLOAT_SINGLE, single);
    add_code(source, TWO, single && source->model->outputs == 2);
    add_code(source, THREE, single && source->model->outputs == 3);
}

static void measure_flow(struct inki_csource *source)
{
    const struct inki_flow *flow = &source->flow;
    bool seen[INKI_ACT_COUNT] = {false}, has[INKI_STEP_SUM + 1] = {false};
    for (size_t i = 0; i < flow->count; i++) {
        const struct inki_step *step = &flow->steps[i];
        source->data += 4 * (inki_csource_weights(step) + inki_csource_biases(step)) + 23 * 4;
        if (i + 1 < flow->count) seen[step->act] = true;
        if (i > 0) has[step->kind] = true;
    }
    const bool scaled = flow->steps[0].kind == INKI_STEP_SCALE;
    source->ram = 4 * flow->workspace;
    add_code(source, FLOW, true);
    add_code(source, FIRST_CONV, !scaled && source->bytes);
    add_code(source, LARGEST, has[INKI_STEP_LARGEST]);
    add_code(source, MEAN, has[INKI_STEP_MEAN]);
    add_code(source, PIXEL_NORM, has[INKI_STEP_NORM]);
    add_code(source, SUM, has[INKI_STEP_SUM]);
    add_code(source, source->bytes ? SCALE_BYTES : SCALE, scaled && !source->model->encoding);
    add_code(source, POWER, seen[INKI_ACT_tanh] || seen[INKI_ACT_sigmoid] || seen[INKI_ACT_gelu]);
    for (size_t act = 0; act < INKI_ACT_COUNT; act++) add_code(source, activation_piece[act], seen[act]);
}

/* Constants of step i in 8 bits; those of the first lie last, as below. */
static size_t step_data(const struct inki_quant_flow *quant, size_t i)
{
    const struct inki_step *step = &quant->flow.steps[i];
    const struct inki_quant_layer *layer = &quant->layers[i];
    const bool last = i + 1 == quant->flow.count;
    const size_t weights = layer->outputs * layer->inputs;
    size_t data = 28 * 4;
    if (step->kind == INKI_STEP_CONV) data += (i ? to_four(weights) : weights) + 4 * layer->outputs;
    if (layer->table) data += to_four(2 * INKI_QUANT_TABLE);
    if (step->kind == INKI_STEP_SCALE) return data + 8 * layer->outputs;
    if (step->kind == INKI_STEP_NORM) return data + 8 * step->out.channels + 4;
    return data + (last || layer->gain ? 4 * layer->outputs : 0);
}

static void measure_flow8(struct inki_csource *source)
{
    const struct inki_quant_flow *quant = source->quant.images;
    const struct inki_flow *flow = &quant->flow;
    bool has[INKI_STEP_SUM + 1] = {false};
    for (size_t i = 0; i < flow->count; i++) {
        source->data += step_data(quant, i);
        if (i + 1 < flow->count) has[flow->steps[i].kind] = true;
    }
    source->ram = flow->workspace;
    source->work = flow->work;
    add_code(source, FLOW8, true);
    add_code(source, BYTE8, inki_csource_bytes(quant));
    add_code(source, CONV8, has[INKI_STEP_CONV]);
    add_code(source, LARGEST8, has[INKI_STEP_LARGEST]);
    add_code(source, MEAN8, has[INKI_STEP_MEAN]);
    add_code(source, PIXEL_NORM8, has[INKI_STEP_NORM]);
    add_code(source, SUM8, has[INKI_STEP_SUM]);
    add_code(source, source->bytes ? SCALE8_BYTES : SCALE8, has[INKI_STEP_SCALE] && !source->model->encoding);
    add_code(source, TABLES8, inki_csource_tables(quant));
}

/* Constants, as they lie: the last are the first layer's weights and powers, all others begin at multiples of 4. (Of large ones the
 * compiler may change the order: up to 3 bytes a layer.) */
static size_t int8_data(const struct inki_quant *quant)
{
    bool up = quant->layers[0].up != NULL, table = false;
    size_t data = up ? quant->features : 0;
    if (!quant->bytes && quant->features > 2)
        data += 8 * quant->features; /* gcc unrolls less, and has them in the code */
    for (size_t l = 0; l < quant->count; l++) {
        const struct inki_quant_layer *layer = &quant->layers[l];
        size_t weights = layer->inputs * layer->outputs;
        data += (l ? to_four(weights) : weights) + 8 * layer->outputs;
        if (layer->table) data += to_four(2 * INKI_QUANT_TABLE);
        table = table || layer->table;
    }
    return data + quant->count * (table || up ? 48 : 40);
}

static void measure_int8(struct inki_csource *source)
{
    const struct inki_quant *quant = &source->quant;
    size_t buffer[2] = {0, 0}; /* outputs of even and of odd layers; floats come in as the output of an odd one */
    bool table = false, plain = false, single = quant->count == 1;
    if (!quant->bytes) buffer[1] = quant->features;
    for (size_t l = 0; l + 1 < quant->count; l++) {
        const struct inki_quant_layer *layer = &quant->layers[l];
        table = table || layer->table;
        plain = plain || !layer->table;
        if (layer->outputs > buffer[l % 2]) buffer[l % 2] = layer->outputs;
    }
    for (size_t l = 0; l < quant->count; l++) source->work += quant->layers[l].inputs * quant->layers[l].outputs;
    source->data = int8_data(quant);
    source->ram = buffer[0] + buffer[1];
    add_code(source, INT8, true);
    add_code(source, HIDDEN, plain);
    add_code(source, CURVED, table);
    add_code(source, UP, quant->layers[0].up);
    if (!quant->bytes) add_code(source, quant->features > 2 ? TAKE : quant->features > 1 ? TAKE_TWO : TAKE_ONE, true);
    add_code(source, INT8_SINGLE, single);
    add_code(source, TWO, single && quant->outputs == 2);
    add_code(source, THREE, single && quant->outputs == 3);
}

/* Whether activations of the layers call e^x. */
static bool calls_powers(const struct inki_csource *source)
{
    bool seen[INKI_ACT_COUNT] = {false};
    for (size_t l = 0; l + 1 < source->plain.count; l++) seen[source->plain.layers[l].act] = true;
    for (size_t i = 0; i + 1 < source->flow.count; i++) seen[source->flow.steps[i].act] = true;
    return seen[INKI_ACT_tanh] || seen[INKI_ACT_sigmoid] || seen[INKI_ACT_gelu];
}

static void measure_answer(struct inki_csource *source)
{
    const ink_model *model = source->model;
    const struct inki_numbers *numbers = &model->numbers;
    const bool classes = inki_is_classifier(model), logs = inki_c_has_logs(model);
    source->ram += 4 * source->logits;
    add_code(source, classes ? POOL : POOL_NUMBERS, source->logits);
    add_code(source, DECIDE, model->threshold > 0);
    if (classes) return;
    add_code(source, NUMBERS, true);
    add_code(source, SCALED, numbers->scales);
    add_code(source, SEVERAL, model->outputs > 1);
    add_code(source, POWERS, logs || calls_powers(source));
    add_code(source, LOGS, logs);
    add_code(source, QUANTILES, numbers->levels > 1);
    if (numbers->scales && numbers->targets > 1) source->data += (logs ? 20 : 16) * numbers->targets;
}

/* Of a first layer that goes through the inputs that are not 0 only these are work. */
static void measure_encoding(struct inki_csource *source)
{
    const struct inki_encoding *encoding = source->model->encoding;
    const struct inki_step *first = source->flow.steps;
    const bool list = first && first->kind == INKI_STEP_CONV;
    if (!encoding) return;
    const size_t words = encoding->column_count - encoding->numbers;
    source->data += inki_c_encoding_data(encoding);
    source->ram += 8 * inki_csource_nonzero(source);
    add_code(source, LIST, list);
    add_code(source, first ? SPREAD : SPREAD8, !list);
    add_code(source, NO_CONV, list && source->flow.count == 1);
    add_code(source, NUMBER, encoding->numbers);
    add_times(source, NUMBER_CALLS, encoding->numbers);
    add_code(source, WORD, words);
    add_times(source, WORD_CALLS, words);
    if (list) source->work -= first->work - encoding->most_nonzero * first->out.channels;
}

void inki_csource_measure(struct inki_csource *source)
{
    source->work = source->flow.work;
    if (source->flow.steps)
        measure_flow(source);
    else if (source->quant.images)
        measure_flow8(source);
    else if (source->quant.layers)
        measure_int8(source);
    else
        measure_float(source);
    source->ram = source->ram ? to_four(source->ram) : 4;
    measure_answer(source);
    measure_encoding(source);
    inki_csource_known_measure(source);
}
