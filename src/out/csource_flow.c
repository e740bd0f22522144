/* csource_flow: the source of an exported network with layers over images: a table of steps, and a loop through it.
 * SPDX-License-Identifier: MIT
 *
 * As for dense layers (csource_text.c) gcc knows neither the shapes nor what is called, so that the code's size depends on the kinds of
 * steps alone. */
#include "out/csource_parts.h"

/* Whether there is such a step, behind the rows (first) or behind others. */
static bool has_kind(const struct inki_flow *flow, enum inki_step_kind kind, bool first)
{
    for (size_t i = 0; i < flow->count; i++)
        if (flow->steps[i].kind == kind && (flow->steps[i].from[0] == 0) == first) return true;
    return false;
}

static bool uses(const struct inki_flow *flow, enum inki_activation act)
{
    for (size_t i = 0; i + 1 < flow->count; i++)
        if (flow->steps[i].act == act) return true;
    return false;
}

/* ------------------------------------------------------------------ functions */

static const char layer_struct[] =
    "\n/* Values lie row by row, pixel by pixel, channel by channel. A dense layer's kernel is as large as what it "
    "takes. */\n"
    "struct layer {\n"
    "    void (*run)(const struct layer *l, const void *x, float *y);\n"
    "    void (*activate)(float *y, uint32_t n);  /* 0: the last layer */\n"
    "    const float *w, *b;                      /* [outputs][rows][columns][depth], [outputs] */\n"
    "    uint32_t height, width, channels;        /* of x */\n"
    "    uint32_t rows, columns, stride;          /* the kernel, or a pool's window */\n"
    "    uint32_t top, left;                      /* pixels of 0 around x */\n"
    "    uint32_t depth, share;                   /* of each group: channels of x, outputs */\n"
    "    uint32_t out_height, out_width, outputs; /* of y */\n"
    "    uint32_t pool_rows, pool_columns, pool_stride; /* y is the largest of so many pixels */\n"
    "    uint32_t from, other, place; /* in the workspace: x, a sum's other values, y */\n"
    "};\n";

/* The part of the kernel that lies within the image. Channels of neighbouring pixels lie side by side: without groups a row of the kernel
 * is one stretch. */
static const char sum_function[] =
    "\nstatic float sum_%s(const struct layer *l, const %s *x, const float *w, uint32_t row, uint32_t column, float "
    "sum)\n"
    "{\n"
    "    uint32_t r = row < l->top ? l->top - row : 0, c = column < l->left ? l->left - column : 0;\n"
    "    uint32_t rows = l->height + l->top - row, columns = l->width + l->left - column, span = 1, i, n;\n"
    "    if (rows > l->rows) rows = l->rows;\n"
    "    if (columns > l->columns) columns = l->columns;\n"
    "    if (l->depth == l->channels) span = columns - c;\n"
    "    for (; r < rows; r++) {\n"
    "        const %s *from = x + ((row + r - l->top) * l->width + column + c - l->left) * l->channels;\n"
    "        const float *v = w + (r * l->columns + c) * l->depth;\n"
    "        for (i = c; i < columns; i += span, from += l->channels)\n"
    "            for (n = 0; n < span * l->depth; n++) sum += *v++ * %sfrom[n];\n"
    "    }\n"
    "    return sum;\n"
    "}\n";

static const char conv_function[] =
    "\n/* Group by group, each output the largest of its pool. */\n"
    "static void %s(const struct layer *l, const void *x, float *y)\n"
    "{\n"
    "    const %s *from = x;\n"
    "    uint32_t row, column, group, k, i, j;\n"
    "    for (row = 0; row < l->out_height; row++)\n"
    "        for (column = 0; column < l->out_width; column++) {\n"
    "            const float *w = l->w, *b = l->b;\n"
    "            for (group = 0; group < l->channels; group += l->depth)\n"
    "                for (k = 0; k < l->share; k++) {\n"
    "                    float best = 0.0f;\n"
    "                    for (i = 0; i < l->pool_rows; i++)\n"
    "                        for (j = 0; j < l->pool_columns; j++) {\n"
    "                            float sum = sum_%s(l, from + group, w, (row * l->pool_stride + i) * l->stride,\n"
    "                                                (column * l->pool_stride + j) * l->stride, *b);\n"
    "                            if (i + j == 0 || sum > best || sum != sum) best = sum;\n"
    "                        }\n"
    "                    *y++ = best;\n"
    "                    b++;\n"
    "                    w += l->rows * l->columns * l->depth;\n"
    "                }\n"
    "        }\n"
    "}\n";

static const char pool_function[] = "\nstatic void %s(const struct layer *l, const void *x, float *y)\n"
                                    "{\n"
                                    "    const float *from = x;\n"
                                    "    uint32_t row, column, c, i, j;\n"
                                    "    for (row = 0; row < l->out_height; row++)\n"
                                    "        for (column = 0; column < l->out_width; column++)\n"
                                    "            for (c = 0; c < l->channels; c++) {\n"
                                    "                float %s = 0.0f;\n"
                                    "                for (i = 0; i < l->rows; i++)\n"
                                    "                    for (j = 0; j < l->columns; j++) {\n"
                                    "                        float v = from[((row * l->stride + i) * l->width + column "
                                    "* l->stride + j) * l->channels + c];\n"
                                    "%s"
                                    "                    }\n"
                                    "                *y++ = %s;\n"
                                    "            }\n"
                                    "}\n";

static const char norm_function[] =
    "\n/* w (x - mean) / sqrt(variance + 1e-5) + b over each pixel's channels. */\n"
    "static void norm(const struct layer *l, const void *x, float *y)\n"
    "{\n"
    "    const float *from = x;\n"
    "    uint32_t pixel, c;\n"
    "    for (pixel = 0; pixel < l->out_height * l->out_width; pixel++, from += l->channels, y += l->channels) {\n"
    "        float mean = 0.0f, squares = 0.0f;\n"
    "        for (c = 0; c < l->channels; c++) mean += from[c];\n"
    "        mean /= (float)l->channels;\n"
    "        for (c = 0; c < l->channels; c++) squares += (from[c] - mean) * (from[c] - mean);\n"
    "        squares = rate_of(squares / (float)l->channels + 1e-5f);\n"
    "        for (c = 0; c < l->channels; c++) y[c] = (from[c] - mean) * squares * l->w[c] + l->b[c];\n"
    "    }\n"
    "}\n";

static const char sum_of_two[] =
    "\nstatic void add(const struct layer *l, const void *x, float *y)\n"
    "{\n"
    "    const float *a = x, *b = a - l->from + l->other;\n"
    "    uint32_t i;\n"
    "    for (i = 0; i < l->out_height * l->out_width * l->outputs; i++) y[i] = a[i] + b[i];\n"
    "}\n";

static const char scale_function[] =
    "\n/* (x - w) b; stride 0: the same for all values. */\n"
    "static void scale(const struct layer *l, const void *x, float *y)\n"
    "{\n"
    "    const %s *from = x;\n"
    "    uint32_t i;\n"
    "    for (i = 0; i < l->outputs; i++) y[i] = (%sfrom[i] - l->w[i * l->stride]) * l->b[i * l->stride];\n"
    "}\n";

/* Of an encoded row: the inputs that are not 0, one behind the other. */
static const char list_function[] =
    "\n/* y = W x + b over the inputs that are not 0. */\n"
    "static void first(const struct layer *l, const void *x, float *y)\n"
    "{\n"
    "    const float *w = l->w;\n"
    "    uint32_t o;\n"
    "    for (o = 0; o < l->outputs; o++, w += l->depth) {\n"
    "        const struct %s_input *from = x;\n"
    "        float sum = l->b[o];\n"
    "        for (; from->place != UINT32_MAX; from++) sum += w[from->place] * from->value;\n"
    "        y[o] = sum;\n"
    "    }\n"
    "}\n";

/* (Zeros in a loop of their own would be a call of memset.) */
static const char spread_function[] =
    "\n/* All inputs of a row. */\n"
    "static void scale(const struct layer *l, const void *x, float *y)\n"
    "{\n"
    "    const struct %s_input *from = x;\n"
    "    uint32_t i;\n"
    "    for (i = 0; i < l->outputs; i++) y[i] = from->place == i ? (from++)->value : 0.0f;\n"
    "}\n";

static void put_conv(struct inki_text *file, const char *name, const char *type)
{
    const char *cast = *type == 'u' ? "(float)" : "";
    inki_text_put(file, sum_function, name, type, type, cast);
    inki_text_put(file, conv_function, name, type, name);
}

static void put_functions(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_flow *flow = &source->flow;
    const bool first = has_kind(flow, INKI_STEP_CONV, true), list = source->model->encoding != NULL,
               own = first && (source->bytes || list);
    inki_text_add(file, layer_struct);
    if (first && list)
        inki_text_put(file, list_function, source->name);
    else if (own)
        put_conv(file, "first", "uint8_t");
    if ((first && !own) || has_kind(flow, INKI_STEP_CONV, false)) put_conv(file, "conv", "float");
    if (has_kind(flow, INKI_STEP_LARGEST, false))
        inki_text_put(file, pool_function, "largest", "best",
                      "                        if (i + j == 0 || v > best || v != v) best = v;\n", "best");
    if (has_kind(flow, INKI_STEP_MEAN, false))
        inki_text_put(file, pool_function, "mean", "sum", "                        sum += v;\n",
                      "sum / (float)(l->rows * l->columns)");
    if (has_kind(flow, INKI_STEP_NORM, false)) {
        inki_c_put_rate(file);
        inki_text_add(file, norm_function);
    }
    if (has_kind(flow, INKI_STEP_SUM, false)) inki_text_add(file, sum_of_two);
    if (has_kind(flow, INKI_STEP_SCALE, true) && list)
        inki_text_put(file, spread_function, source->name);
    else if (has_kind(flow, INKI_STEP_SCALE, true))
        inki_text_put(file, scale_function, source->bytes ? "uint8_t" : "float", source->bytes ? "(float)" : "");
    bool seen[INKI_ACT_COUNT];
    for (int act = 0; act < INKI_ACT_COUNT; act++) seen[act] = uses(flow, (enum inki_activation)act);
    if (inki_c_needs_powers(source, seen)) inki_c_put_exponential(file);
    for (int act = 0; act < INKI_ACT_COUNT; act++)
        if (seen[act]) inki_c_put_activation(file, (enum inki_activation)act);
    inki_c_put_answer(source, file);
}

/* ------------------------------------------------------------------ constants */

size_t inki_csource_weights(const struct inki_step *step)
{
    if (step->kind == INKI_STEP_CONV) return step->out.channels * inki_step_kernel(step);
    if (step->kind == INKI_STEP_SCALE) return step->spread ? step->out.channels : 1;
    return step->kind == INKI_STEP_NORM ? step->out.channels : 0;
}

size_t inki_csource_biases(const struct inki_step *step)
{
    return step->kind == INKI_STEP_CONV ? step->out.channels : inki_csource_weights(step);
}

static void put_constants(const struct inki_flow *flow, struct inki_text *file)
{
    for (size_t i = 0; i < flow->count; i++) {
        const struct inki_step *step = &flow->steps[i];
        if (!inki_csource_weights(step)) continue;
        inki_c_put_floats(file, "w", i + 1, step->w, inki_csource_weights(step));
        inki_c_put_floats(file, "b", i + 1, step->b, inki_csource_biases(step));
    }
}

void inki_csource_shape(const struct inki_flow *flow, const struct inki_step *step, struct inki_text *file)
{
    const struct inki_frame *frame = &step->frame;
    const bool scale = step->kind == INKI_STEP_SCALE, last = step + 1 == flow->steps + flow->count;
    const size_t groups = frame->groups ? frame->groups : 1;
    size_t place[2] = {0, 0};
    for (size_t s = 0; s < 2; s++)
        if (step->from[s] > 0 && (s == 0 || step->kind == INKI_STEP_SUM))
            place[s] = flow->steps[step->from[s] - 1].place;
    inki_text_put(file, "%zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, ", step->in.height, step->in.width,
                  step->in.channels, frame->rows, frame->columns, scale ? step->spread : frame->stride, frame->top,
                  frame->left, step->in.channels / groups, step->out.channels / groups);
    inki_text_put(file, "%zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu},\n", step->out.height, step->out.width,
                  step->out.channels, step->pool_rows, step->pool_columns, step->pool_stride, place[0], place[1],
                  last ? 0 : step->place);
}

static void put_layers(const struct inki_csource *source, struct inki_text *file)
{
    static const char *const names[] = {
        [INKI_STEP_SCALE] = "scale", [INKI_STEP_CONV] = "conv", [INKI_STEP_LARGEST] = "largest",
        [INKI_STEP_MEAN] = "mean",   [INKI_STEP_NORM] = "norm", [INKI_STEP_SUM] = "add"};
    const struct inki_flow *flow = &source->flow;
    inki_text_put(file, "\nstatic const struct layer layers[%zu] = {\n", flow->count);
    for (size_t i = 0; i < flow->count; i++) {
        const struct inki_step *step = &flow->steps[i];
        const bool last = i + 1 == flow->count,
                   own = i == 0 && step->kind == INKI_STEP_CONV && (source->bytes || source->model->encoding);
        inki_text_put(file, "    {%s, %s, ", own ? "first" : names[step->kind],
                      last ? "0" : inki_c_activation_name(step->act));
        if (inki_csource_weights(step))
            inki_text_put(file, "w%zu, b%zu, ", i + 1, i + 1);
        else
            inki_text_add(file, "0, 0, ");
        inki_csource_shape(flow, step, file);
    }
    inki_text_add(file, "};\n");
}

/* --------------------------------------------------------------------- predict */

/* The last layer writes to where the answer comes from. */
static const char loop[] = "    for (;;) {\n"
                           "        float *to = l->activate ? workspace->values + l->place : %s;\n"
                           "        l->run(l, from, to);\n";

static const char loop_end[] = "        l->activate(to, l->out_height * l->out_width * l->outputs);\n"
                               "        l++;\n"
                               "        from = workspace->values + l->from;\n"
                               "    }\n}\n";

void inki_csource_flow(const struct inki_csource *source, struct inki_text *file)
{
    put_constants(&source->flow, file);
    if (source->model->encoding) inki_c_put_encoding(source, file);
    put_functions(source, file);
    put_layers(source, file);
    inki_c_put_known(source, file);
    inki_c_put_begin(source, file);
    inki_text_put(file, loop, source->logits ? "workspace->logits" : source->out);
    inki_c_put_known_call(source, file);
    inki_text_add(file, "        if (!l->activate) ");
    inki_c_put_return(source, file);
    inki_text_add(file, loop_end);
    inki_c_put_static(source, file);
}
