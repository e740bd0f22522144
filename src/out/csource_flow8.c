/* csource_flow8: the source of an exported network with layers over images in 8 bits (out/quant_flow.h): a table of steps, and a loop
 * through it.
 * SPDX-License-Identifier: MIT */
#include "out/csource_parts.h"
#include "out/quant_flow.h"

#include "base/text.h"

/* ------------------------------------------------------------------ functions */

static const char layer_struct[] =
    "\n/* Bytes u stand for step (u - zero) and lie row by row, pixel by pixel, channel by channel. A dense layer's "
    "kernel is as large as\n"
    " * what it takes. Answers are the bytes (sum gain + offset) >> shift%s. */\n"
    "struct layer {\n"
    "    int64_t offset;\n"
    "    void (*run)(const struct layer *l, const void *x, void *to);\n"
    "    const int8_t *w;  /* [outputs][rows][columns][depth] */\n"
    "    const int32_t *b; /* [outputs] */\n"
    "    const void *gain; /* [outputs]: int32_t; of the last layer float */\n"
    "%s"
    "    uint32_t shift;\n"
    "    int32_t zero;                            /* of x */\n"
    "    uint32_t height, width, channels;        /* of x */\n"
    "    uint32_t rows, columns, stride;          /* the kernel, or a pool's window */\n"
    "    uint32_t top, left;                      /* pixels of 0 around x */\n"
    "    uint32_t depth, share;                   /* of each group: channels of x, outputs */\n"
    "    uint32_t out_height, out_width, outputs; /* of the answers */\n"
    "    uint32_t pool_rows, pool_columns, pool_stride; /* they are the largest of so many pixels */\n"
    "    uint32_t from, other, place; /* in the workspace: x, a sum's other bytes, the answers */\n"
    "};\n";

static const char byte_begin[] = "\nstatic uint8_t byte_of(const struct layer *l, int64_t t)\n"
                                 "{\n"
                                 "    t = t < 0 ? 0 : t >> l->shift;\n";

static const char byte_table[] =
    "    if (l->table) {\n"
    "        uint32_t at = t > 65535 ? 65535u : (uint32_t)t;\n"
    "        at = (l->table[at >> 8] * (256u - (at & 255u)) + l->table[(at >> 8) + 1] * (at & 255u)) >> 16;\n"
    "        return (uint8_t)at;\n"
    "    }\n";

static const char byte_end[] = "    return (uint8_t)(t > 255 ? 255 : t);\n}\n";

/* See csource_flow.c. */
static const char sum_function[] =
    "\nstatic int32_t sum_of(const struct layer *l, const uint8_t *x, const int8_t *w, uint32_t row, uint32_t column)\n"
    "{\n"
    "    uint32_t r = row < l->top ? l->top - row : 0, c = column < l->left ? l->left - column : 0;\n"
    "    uint32_t rows = l->height + l->top - row, columns = l->width + l->left - column, span = 1, i, n;\n"
    "    int32_t sum = 0, zero = l->zero;\n"
    "    if (rows > l->rows) rows = l->rows;\n"
    "    if (columns > l->columns) columns = l->columns;\n"
    "    if (l->depth == l->channels) span = columns - c;\n"
    "    for (; r < rows; r++) {\n"
    "        const uint8_t *from = x + ((row + r - l->top) * l->width + column + c - l->left) * l->channels;\n"
    "        const int8_t *v = w + (r * l->columns + c) * l->depth;\n"
    "        for (i = c; i < columns; i += span, from += l->channels)\n"
    "            for (n = 0; n < span * l->depth; n++) sum += *v++ * ((int32_t)from[n] - zero);\n"
    "    }\n"
    "    return sum;\n"
    "}\n";

static const char conv_function[] =
    "\n/* Group by group, each output the largest of its pool. */\n"
    "static void conv(const struct layer *l, const void *x, void *to)\n"
    "{\n"
    "    const uint8_t *from = x;\n"
    "    uint8_t *y = to;\n"
    "    uint32_t row, column, group, k, i, j;\n"
    "    for (row = 0; row < l->out_height; row++)\n"
    "        for (column = 0; column < l->out_width; column++) {\n"
    "            const int8_t *w = l->w;\n"
    "            const int32_t *b = l->b, *gain = l->gain;\n"
    "            for (group = 0; group < l->channels; group += l->depth)\n"
    "                for (k = 0; k < l->share; k++) {\n"
    "                    int32_t best = INT32_MIN;\n"
    "                    for (i = 0; i < l->pool_rows; i++)\n"
    "                        for (j = 0; j < l->pool_columns; j++) {\n"
    "                            int32_t sum = sum_of(l, from + group, w, (row * l->pool_stride + i) * l->stride,\n"
    "                                                 (column * l->pool_stride + j) * l->stride);\n"
    "                            if (sum > best) best = sum;\n"
    "                        }\n"
    "                    *y++ = byte_of(l, (int64_t)(best + *b++) * *gain++ + l->offset);\n"
    "                    w += l->rows * l->columns * l->depth;\n"
    "                }\n"
    "        }\n"
    "}\n";

static const char output_function[] =
    "\nstatic void output(const struct layer *l, const void *x, void *to)\n"
    "{\n"
    "    const float *scale = l->gain;\n"
    "    float *z = to;\n"
    "    uint32_t o;\n"
    "    for (o = 0; o < l->outputs; o++)\n"
    "        z[o] = scale[o] * (float)(sum_of(l, %s, l->w + o * l->rows * l->columns * l->depth, 0, 0) + l->b[o]);\n"
    "}\n";

static const char pool_function[] = "\nstatic void %s(const struct layer *l, const void *x, void *to)\n"
                                    "{\n"
                                    "    const uint8_t *from = x;\n"
                                    "    uint8_t *y = to;\n"
                                    "%s"
                                    "    uint32_t row, column, c, i, j;\n"
                                    "    for (row = 0; row < l->out_height; row++)\n"
                                    "        for (column = 0; column < l->out_width; column++)\n"
                                    "            for (c = 0; c < l->channels; c++) {\n"
                                    "                %s = 0;\n"
                                    "                for (i = 0; i < l->rows; i++)\n"
                                    "                    for (j = 0; j < l->columns; j++) {\n"
                                    "                        uint8_t v = from[((row * l->stride + i) * l->width + "
                                    "column * l->stride + j) * l->channels + c];\n"
                                    "                        %s;\n"
                                    "                    }\n"
                                    "                *y++ = %s;\n"
                                    "            }\n"
                                    "}\n";

static const char norm_function[] =
    "\n/* Over each pixel's channels, in floats; the gain is a scale and an offset a channel, then the least variance. "
    "*/\n"
    "static void norm(const struct layer *l, const void *x, void *to)\n"
    "{\n"
    "    const uint8_t *from = x;\n"
    "    const float *gain = l->gain, *offset = gain + l->channels;\n"
    "    uint8_t *y = to;\n"
    "    uint32_t pixel, c;\n"
    "    for (pixel = 0; pixel < l->out_height * l->out_width; pixel++, from += l->channels) {\n"
    "        float mean = 0.0f, squares = 0.0f, t;\n"
    "        for (c = 0; c < l->channels; c++) mean += (float)from[c];\n"
    "        mean /= (float)l->channels;\n"
    "        for (c = 0; c < l->channels; c++) squares += ((float)from[c] - mean) * ((float)from[c] - mean);\n"
    "        squares = rate_of(squares / (float)l->channels + offset[l->channels]);\n"
    "        for (c = 0; c < l->channels; c++) {\n"
    "            t = ((float)from[c] - mean) * squares * gain[c] + offset[c];\n"
    "            *y++ = byte_of(l, (int64_t)(t > 0.0f ? t < 65535.0f ? t : 65535.0f : 0.0f));\n"
    "        }\n"
    "    }\n"
    "}\n";

static const char sum_of_two[] =
    "\nstatic void add(const struct layer *l, const void *x, void *to)\n"
    "{\n"
    "    const uint8_t *u = x, *v = u - l->from + l->other;\n"
    "    const int32_t *gain = l->gain;\n"
    "    uint8_t *y = to;\n"
    "    uint32_t i;\n"
    "    for (i = 0; i < l->out_height * l->out_width * l->outputs; i++)\n"
    "        y[i] = byte_of(l, (int64_t)u[i] * gain[0] + (int64_t)v[i] * gain[1] + l->offset);\n"
    "}\n";

static const char scale_function[] =
    "\n/* Numbers to bytes, one that is none to 0; the gain holds what is taken off and factors, one for all where "
    "stride is 0. */\n"
    "static void scale(const struct layer *l, const void *x, void *to)\n"
    "{\n"
    "    const %s *from = x;\n"
    "    const float *less = l->gain, *factor = less + (l->stride ? l->outputs : 1);\n"
    "    uint8_t *y = to;\n"
    "    uint32_t i;\n"
    "    for (i = 0; i < l->outputs; i++) {\n"
    "        float t = (%sfrom[i] - less[i * l->stride]) * factor[i * l->stride];\n"
    "        t += (float)l->zero + 0.5f;\n"
    "        y[i] = (uint8_t)(t > 0.0f ? t < 255.0f ? t : 255.0f : 0.0f);\n"
    "    }\n"
    "}\n";

/* Of an encoded row the inputs that are not 0; the others are zero. */
static const char spread_function[] =
    "\n/* All inputs of a row, in bytes; the gain holds what is taken off and the factor. */\n"
    "static void scale(const struct layer *l, const void *x, void *to)\n"
    "{\n"
    "    const struct %s_input *from = x;\n"
    "    const float *factor = (const float *)l->gain + (l->stride ? l->outputs : 1);\n"
    "    uint8_t *y = to;\n"
    "    uint32_t i;\n"
    "    for (i = 0; i < l->outputs; i++) {\n"
    "        float t = from->place == i ? (from++)->value * factor[i * l->stride] : 0.0f;\n"
    "        t += (float)l->zero + 0.5f;\n"
    "        y[i] = (uint8_t)(t > 0.0f ? t < 255.0f ? t : 255.0f : 0.0f);\n"
    "    }\n"
    "}\n";

static bool has_kind(const struct inki_quant_flow *quant, enum inki_step_kind kind)
{
    for (size_t i = 0; i + 1 < quant->flow.count; i++)
        if (quant->flow.steps[i].kind == kind) return true;
    return false;
}

bool inki_csource_bytes(const struct inki_quant_flow *quant)
{
    return has_kind(quant, INKI_STEP_CONV) || has_kind(quant, INKI_STEP_MEAN) || has_kind(quant, INKI_STEP_NORM) ||
           has_kind(quant, INKI_STEP_SUM);
}

bool inki_csource_tables(const struct inki_quant_flow *quant)
{
    for (size_t i = 0; i < quant->flow.count; i++)
        if (quant->layers[i].table) return true;
    return false;
}

static void put_functions(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_quant_flow *quant = source->quant.images;
    const bool tables = inki_csource_tables(quant);
    inki_text_put(file, layer_struct, tables ? ", or the table's entry there" : "",
                  tables ? "    const uint16_t *table; /* 256 u at t / 256; 0: none */\n" : "");
    if (inki_csource_bytes(quant)) {
        inki_text_add(file, byte_begin);
        if (tables) inki_text_add(file, byte_table);
        inki_text_add(file, byte_end);
    }
    inki_text_add(file, sum_function);
    if (has_kind(quant, INKI_STEP_CONV)) inki_text_add(file, conv_function);
    inki_text_put(file, output_function, source->logits ? "(const uint8_t *)x + o / l->share * l->depth" : "x");
    if (has_kind(quant, INKI_STEP_LARGEST))
        inki_text_put(file, pool_function, "largest", "", "uint8_t best", "if (v > best) best = v", "best");
    if (has_kind(quant, INKI_STEP_MEAN))
        inki_text_put(file, pool_function, "mean", "    const int32_t *gain = l->gain;\n", "int32_t sum", "sum += v",
                      "byte_of(l, (int64_t)sum * gain[0] + l->offset)");
    if (has_kind(quant, INKI_STEP_NORM)) {
        inki_c_put_rate(file);
        inki_text_add(file, norm_function);
    }
    if (has_kind(quant, INKI_STEP_SUM)) inki_text_add(file, sum_of_two);
    if (has_kind(quant, INKI_STEP_SCALE) && source->model->encoding)
        inki_text_put(file, spread_function, source->name);
    else if (has_kind(quant, INKI_STEP_SCALE))
        inki_text_put(file, scale_function, source->bytes ? "uint8_t" : "float", source->bytes ? "(float)" : "");
    if (inki_c_needs_powers(source, NULL)) inki_c_put_exponential(file);
    inki_c_put_answer(source, file);
}

/* ------------------------------------------------------------------ constants */

static void put_constants(const struct inki_quant_flow *quant, struct inki_text *file)
{
    for (size_t i = 0; i < quant->flow.count; i++) {
        const struct inki_step *step = &quant->flow.steps[i];
        const struct inki_quant_layer *layer = &quant->layers[i];
        const size_t outputs = layer->outputs;
        if (step->kind == INKI_STEP_CONV) {
            inki_c_put_int8(file, i + 1, layer->w, outputs * layer->inputs);
            inki_c_put_int32(file, "b", i + 1, layer->b, outputs);
        }
        if (layer->table) inki_c_put_table(file, i + 1, layer->table);
        if (step->kind == INKI_STEP_SCALE)
            inki_c_put_joined(file, "gain", i + 1, step->w, outputs, layer->scale, outputs);
        else if (step->kind == INKI_STEP_NORM)
            inki_c_put_joined(file, "gain", i + 1, layer->scale, 2 * step->out.channels, &layer->epsilon, 1);
        else if (i + 1 == quant->flow.count)
            inki_c_put_floats(file, "gain", i + 1, layer->scale, outputs);
        else if (layer->gain)
            inki_c_put_int32(file, "gain", i + 1, layer->gain, outputs);
    }
}

static void put_layers(const struct inki_quant_flow *quant, struct inki_text *file)
{
    static const char *const names[] = {
        [INKI_STEP_SCALE] = "scale", [INKI_STEP_CONV] = "conv", [INKI_STEP_LARGEST] = "largest",
        [INKI_STEP_MEAN] = "mean",   [INKI_STEP_NORM] = "norm", [INKI_STEP_SUM] = "add"};
    const struct inki_flow *flow = &quant->flow;
    const bool tables = inki_csource_tables(quant);
    inki_text_put(file, "\nstatic const struct layer layers[%zu] = {\n", flow->count);
    for (size_t i = 0; i < flow->count; i++) {
        const struct inki_step *step = &flow->steps[i];
        const struct inki_quant_layer *layer = &quant->layers[i];
        const int32_t zero = step->kind == INKI_STEP_SCALE ? layer->zero : inki_quant_zero(quant, step, 0);
        inki_text_put(file, "    {INT64_C(%lld), %s, ", (long long)layer->offset,
                      i + 1 == flow->count ? "output" : names[step->kind]);
        if (step->kind == INKI_STEP_CONV)
            inki_text_put(file, "w%zu, b%zu, gain%zu, ", i + 1, i + 1, i + 1);
        else if (step->kind == INKI_STEP_LARGEST)
            inki_text_add(file, "0, 0, 0, ");
        else
            inki_text_put(file, "0, 0, gain%zu, ", i + 1);
        if (tables && layer->table) inki_text_put(file, "table%zu, ", i + 1);
        if (tables && !layer->table) inki_text_add(file, "0, ");
        inki_text_put(file, "%u, %ld, ", (unsigned)layer->shift, (long)zero);
        inki_csource_shape(flow, step, file);
    }
    inki_text_add(file, "};\n");
}

/* --------------------------------------------------------------------- predict */

static const char loop[] = "    for (;;) {\n"
                           "        l->run(l, from, l->run == output ? (void *)%s : workspace->values + l->place);\n"
                           "        if (l->run == output) ";

static const char loop_end[] = "        l++;\n"
                               "        from = workspace->values + l->from;\n"
                               "    }\n}\n";

void inki_csource_flow8(const struct inki_csource *source, struct inki_text *file)
{
    put_constants(source->quant.images, file);
    if (source->model->encoding) inki_c_put_encoding(source, file);
    put_functions(source, file);
    put_layers(source->quant.images, file);
    inki_c_put_begin(source, file);
    inki_text_put(file, loop, source->logits ? "workspace->logits" : source->out);
    inki_c_put_return(source, file);
    inki_text_add(file, loop_end);
    inki_c_put_static(source, file);
}
