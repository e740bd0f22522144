/* csource_text: the source of an exported network: constants, the few functions it needs, and predict.
 * SPDX-License-Identifier: MIT */
#include "out/csource_parts.h"

#include "base/text.h"

#include <string.h>

/* ----------------------------------------------------------------------- float */

/* gcc knows neither the shapes nor what is called from a table that a loop goes through: the code is the same, and of the same
 * size, for networks of all shapes and depths (csource_size.c). */
static const char float_layer[] = "\nstruct layer {\n"
                                  "    void (*run)(const struct layer *l, const void *x, float *y);\n"
                                  "    void (*activate)(float *y, uint32_t n); /* 0: the last layer */\n"
                                  "    const float *w, *b;                     /* [outputs][inputs], [outputs] */\n"
                                  "    uint32_t inputs, outputs, place;        /* place: of y in the workspace */\n"
                                  "};\n";

/* y = W x + b; the first layer has one of its own where x is bytes or has to be shifted. */
static void put_dense(const struct inki_csource *source, struct inki_text *file, bool first)
{
    bool bytes = first && source->bytes, shifted = first && source->plain.shift;
    inki_text_put(file, "\n/* y = W x + b%s; W has a row an output. */\n",
                  shifted ? ", with x - shift for x; the shift lies behind b" : "");
    inki_text_put(file,
                  "static void %s(const struct layer *l, const void *x, float *y)\n"
                  "{\n"
                  "    const %s *from = x;\n"
                  "    const float *w = l->w%s;\n"
                  "    uint32_t i, o;\n"
                  "    for (o = 0; o < l->outputs; o++) {\n"
                  "        float sum = l->b[o];\n"
                  "        for (i = 0; i < l->inputs; i++) sum += *w++ * ",
                  first ? "first" : "dense", bytes ? "uint8_t" : "float",
                  shifted ? ", *shift = l->b + l->outputs" : "");
    inki_text_put(file, shifted ? "(%sfrom[i] - shift[i])" : "%sfrom[i]", bytes ? "(float)" : "");
    inki_text_add(file, ";\n        y[o] = sum;\n    }\n}\n");
}

static bool uses(const struct inki_plain *plain, enum inki_activation act)
{
    for (size_t l = 0; l + 1 < plain->count; l++)
        if (plain->layers[l].act == act) return true;
    return false;
}

/* Even layers write to the workspace's beginning, odd ones behind what those need. */
static size_t even_room(const struct inki_csource *source)
{
    size_t most = 0;
    if (source->quant.layers) {
        for (size_t l = 0; l + 1 < source->quant.count; l += 2)
            if (source->quant.layers[l].outputs > most) most = source->quant.layers[l].outputs;
        return most;
    }
    for (size_t l = 0; l + 1 < source->plain.count; l += 2)
        if (source->plain.layers[l].outputs > most) most = source->plain.layers[l].outputs;
    return most;
}

static void put_float_layers(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_plain *plain = &source->plain;
    size_t even = even_room(source);
    inki_text_put(file, "\nstatic const struct layer layers[%zu] = {\n", plain->count);
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_plain_layer *layer = &plain->layers[l];
        bool own = l == 0 && (source->bytes || plain->shift), last = l + 1 == plain->count;
        const char *act = last ? "0" : inki_c_activation_name(layer->act);
        inki_text_put(file, "    {%s, %s, w%zu, b%zu, %zu, %zu, %zu},\n", own ? "first" : "dense", act, l + 1, l + 1,
                      layer->inputs, layer->outputs, l % 2 && !last ? even : 0);
    }
    inki_text_add(file, "};\n");
}

static void put_float_functions(const struct inki_csource *source, struct inki_text *file)
{
    bool first = source->bytes || source->plain.shift;
    inki_text_add(file, float_layer);
    if (first) put_dense(source, file, true);
    if (!first || source->plain.count > 1) put_dense(source, file, false);
    bool seen[INKI_ACT_COUNT];
    for (int act = 0; act < INKI_ACT_COUNT; act++) seen[act] = uses(&source->plain, (enum inki_activation)act);
    if (inki_c_needs_powers(source, seen)) inki_c_put_exponential(file);
    for (int act = 0; act < INKI_ACT_COUNT; act++)
        if (seen[act]) inki_c_put_activation(file, (enum inki_activation)act);
    inki_c_put_answer(source, file);
    put_float_layers(source, file);
}

static void put_float_constants(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_plain *plain = &source->plain;
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_plain_layer *layer = &plain->layers[l];
        inki_c_put_floats(file, "w", l + 1, layer->w, layer->inputs * layer->outputs);
        inki_c_put_joined(file, "b", l + 1, layer->b, layer->outputs, plain->shift,
                          plain->shift && l == 0 ? source->model->features : 0);
    }
}

/* ------------------------------------------------------------------------ int8 */

static const char layer_struct[] =
    "\n/* acc = b + W u over bytes u. A hidden layer's answers are the bytes (acc gain + offset) >> shift%s. */\n"
    "struct layer {\n"
    "    void (*run)(const struct layer *l, const uint8_t *u, void *to);\n"
    "%s"
    "    const int8_t *w;     /* [outputs][inputs] */\n"
    "    const int32_t *b;    /* [outputs] */\n"
    "%s"
    "    const void *gain;    /* [outputs]: int32_t; of the last layer float */\n"
    "    int64_t offset;\n"
    "    uint32_t inputs, outputs, shift, place; /* place: of the answers in the workspace */\n"
    "};\n";

static const char sum_begin[] = "\nstatic int32_t sum_of(const struct layer *l, uint32_t o, const uint8_t *u)\n"
                                "{\n"
                                "    const int8_t *w = l->w + o * l->inputs;\n"
                                "    int32_t sum = l->b[o];\n"
                                "    uint32_t i;\n";

static const char sum_up[] =
    "    if (l->up) {\n"
    "        for (i = 0; i < l->inputs; i++) sum += (int32_t)w[i] * ((int32_t)u[i] << l->up[i]);\n"
    "        return sum;\n"
    "    }\n";

static const char sum_end[] =
    "    uint32_t whole = 0;\n"
    "#ifndef __OPTIMIZE_SIZE__\n"
    "    whole = l->inputs & ~15u; /* gcc -O2 makes vectors only where nothing is left over */\n"
    "#endif\n"
    "    for (i = 0; i < whole; i++) sum += (int32_t)w[i] * u[i];\n"
    "    for (; i < l->inputs; i++) sum += (int32_t)w[i] * u[i];\n"
    "    return sum;\n"
    "}\n";

static const char hidden_begin[] = "\nstatic void %s(const struct layer *l, const uint8_t *u, void *to)\n"
                                   "{\n"
                                   "    const int32_t *gain = l->gain;\n"
                                   "    uint8_t *y = to;\n"
                                   "    uint32_t o;\n"
                                   "    for (o = 0; o < l->outputs; o++) {\n"
                                   "        int64_t t = (int64_t)sum_of(l, o, u) * gain[o] + l->offset;\n"
                                   "%s"
                                   "        t = t < 0 ? 0 : t >> l->shift;\n";

static const char hidden_plain[] = "        y[o] = (uint8_t)(t > 255 ? 255 : t);\n    }\n}\n";

static const char hidden_table[] = "        place = t > 65535 ? 65535u : (uint32_t)t;\n"
                                   "        place = (l->table[place >> 8] * (256u - (place & 255u)) + l->table[(place "
                                   ">> 8) + 1] * (place & 255u)) >> 16;\n"
                                   "        y[o] = (uint8_t)place;\n    }\n}\n";

static const char output_function[] = "\nstatic void output(const struct layer *l, const uint8_t *u, void *to)\n"
                                      "{\n"
                                      "    const float *scale = l->gain;\n"
                                      "    float *z = to;\n"
                                      "    uint32_t o;\n"
                                      "    for (o = 0; o < l->outputs; o++) z[o] = scale[o] * (float)sum_of(l, o, u);\n"
                                      "}\n";

/* Floats to bytes; a value that is no number becomes 0. */
static void put_take(const struct inki_quant *quant, struct inki_text *file)
{
    char zero[32];
    inki_format_float((float)quant->zero + 0.5f, zero);
    inki_text_put(file,
                  "\nstatic void take(const float *x, uint8_t *u)\n"
                  "{\n"
                  "    uint32_t i;\n"
                  "    for (i = 0; i < %zu; i++) {\n"
                  "        float t = (x[i] - shift0[i]) * gain0[i];\n"
                  "        t += %sf;\n"
                  "        u[i] = (uint8_t)(t > 0.0f ? t < 255.0f ? t : 255.0f : 0.0f);\n"
                  "    }\n"
                  "}\n",
                  quant->features, zero);
}

/* Which members of struct layer are used. */
struct features {
    bool table, plain, up;
};

static struct features features_of(const struct inki_quant *quant)
{
    struct features has = {false, false, quant->layers[0].up != NULL};
    for (size_t l = 0; l + 1 < quant->count; l++) {
        has.table = has.table || quant->layers[l].table;
        has.plain = has.plain || !quant->layers[l].table;
    }
    return has;
}

static void put_member(struct inki_text *file, bool has, const char *name, size_t number)
{
    if (has)
        inki_text_put(file, ", %s%zu", name, number);
    else
        inki_text_add(file, ", 0");
}

static void put_int8_layers(const struct inki_csource *source, const struct features *has, struct inki_text *file)
{
    const struct inki_quant *quant = &source->quant;
    size_t even = even_room(source);
    inki_text_put(file, "\nstatic const struct layer layers[%zu] = {\n", quant->count);
    for (size_t l = 0; l < quant->count; l++) {
        const struct inki_quant_layer *layer = &quant->layers[l];
        bool last = l + 1 == quant->count;
        inki_text_put(file, "    {%s", last ? "output" : layer->table ? "curved" : "hidden");
        if (has->up) put_member(file, layer->up != NULL, "up", l + 1);
        inki_text_put(file, ", w%zu, b%zu", l + 1, l + 1);
        if (has->table) put_member(file, layer->table != NULL, "table", l + 1);
        inki_text_put(file, ", %s%zu, INT64_C(%lld), %zu, %zu, %u, %zu},\n", last ? "scale" : "gain", l + 1,
                      (long long)layer->offset, layer->inputs, layer->outputs, (unsigned)layer->shift,
                      l % 2 && !last ? even : 0);
    }
    inki_text_add(file, "};\n");
}

static void put_int8_constants(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_quant *quant = &source->quant;
    if (!quant->bytes) {
        inki_c_put_floats(file, "shift", 0, quant->shift, quant->features);
        inki_c_put_floats(file, "gain", 0, quant->gain, quant->features);
    }
    for (size_t l = 0; l < quant->count; l++) {
        const struct inki_quant_layer *layer = &quant->layers[l];
        if (layer->up) inki_c_put_powers(file, l + 1, layer->up, layer->inputs);
        inki_c_put_int8(file, l + 1, layer->w, layer->inputs * layer->outputs);
        inki_c_put_int32(file, "b", l + 1, layer->b, layer->outputs);
        if (layer->table) inki_c_put_table(file, l + 1, layer->table);
        if (l + 1 < quant->count) inki_c_put_int32(file, "gain", l + 1, layer->gain, layer->outputs);
    }
    inki_c_put_floats(file, "scale", quant->count, quant->layers[quant->count - 1].scale, quant->outputs);
}

static void put_int8_functions(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_quant *quant = &source->quant;
    const struct features has = features_of(quant);
    inki_text_put(file, layer_struct, has.table ? ", or the table's entry there" : "",
                  has.up ? "    const uint8_t *up;   /* [inputs]: u counts 2^up times; 0: once */\n" : "",
                  has.table ? "    const uint16_t *table; /* 256 u at t / 256 */\n" : "");
    if (!quant->bytes) put_take(quant, file);
    inki_text_add(file, sum_begin);
    if (has.up) inki_text_add(file, sum_up);
    inki_text_add(file, sum_end);
    if (has.plain) inki_text_put(file, hidden_begin, "hidden", "");
    if (has.plain) inki_text_add(file, hidden_plain);
    if (has.table) inki_text_put(file, hidden_begin, "curved", "        uint32_t place;\n");
    if (has.table) inki_text_add(file, hidden_table);
    inki_text_add(file, output_function);
    put_int8_layers(source, &has, file);
    if (inki_c_needs_powers(source, NULL)) inki_c_put_exponential(file);
    inki_c_put_answer(source, file);
}

/* --------------------------------------------------------------------- predict */

/* The last layer writes to where the answer goes. */
static const char float_loop[] = "    const void *from = x;\n"
                                 "    for (;; l++) {\n"
                                 "        float *to = l->activate ? workspace->values + l->place : %s;\n"
                                 "        l->run(l, from, to);\n";

static const char float_end[] = "        l->activate(to, l->outputs);\n"
                                "        from = to;\n"
                                "    }\n}\n";

static const char int8_loop[] = "    for (;; l++) {\n"
                                "        uint8_t *to = workspace->values + l->place;\n"
                                "        l->run(l, from, l->run == output ? (void *)%s : to);\n";

static const char int8_end[] = "        from = to;\n"
                               "    }\n}\n";

static void put_predict(const struct inki_csource *source, struct inki_text *file)
{
    const bool int8 = source->plan->int8;
    inki_c_put_known(source, file);
    inki_text_add(file, "\n");
    if (source->plan->known)
        inki_c_put_known_signature(source, true, file);
    else
        inki_c_put_signature(source, true, file);
    inki_text_add(file, "\n{\n    const struct layer *l = layers;\n");
    if (int8 && source->bytes)
        inki_text_add(file, "    const uint8_t *from = x;\n");
    else if (int8)
        inki_text_put(file,
                      "    const uint8_t *from = workspace->values + %zu;\n    take(x, workspace->values + %zu);\n",
                      even_room(source), even_room(source));
    inki_text_put(file, int8 ? int8_loop : float_loop, source->out);
    inki_c_put_known_call(source, file);
    inki_text_add(file, int8 ? "        if (l->run == output) " : "        if (!l->activate) ");
    inki_c_put_return(source, file);
    inki_text_add(file, int8 ? int8_end : float_end);
    inki_c_put_static(source, file);
}

static void put_layers(const struct inki_csource *source, struct inki_text *file)
{
    if (source->quant.layers) {
        put_int8_constants(source, file);
        put_int8_functions(source, file);
    } else {
        put_float_constants(source, file);
        put_float_functions(source, file);
    }
    put_predict(source, file);
}

void inki_csource_source(const struct inki_csource *source, struct inki_text *file)
{
    inki_text_put(file,
                  "/* %s.c: a neural network in plain C99; see %s.h.\n"
                  " * Written by Inkling %s; to change it, export the model again. */\n"
                  "#include \"%s.h\"\n\n",
                  source->file, source->file, ink_version(), source->file);
    if (source->quant.images)
        inki_csource_flow8(source, file);
    else if (source->flow.steps)
        inki_csource_flow(source, file);
    else
        put_layers(source, file);
}
