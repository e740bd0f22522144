/* onnx_follow: from an ONNX graph to a list of dense layers.
 * SPDX-License-Identifier: MIT
 *
 * The graph is followed from its input, one value at a time: which node takes it, and what does that make of it? Known are scaling (Sub,
 * Add, Mul, Div by constants, in front of the first layer), Gemm, MatMul and Add, the activations, Softmax at the end, and what
 * changes no number (Identity, Cast, Flatten, Reshape, Dropout, …). What is done with the answers (ArgMax and the like) does not matter.
 * Anything else is refused by its name. Each step moves to another node's output and there are no more steps than nodes, so
 * that a graph with a circle ends too. */
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <math.h>
#include <string.h>

struct walk {
    const struct inki_onnx *onnx;
    struct inki_network *network;
    const char *now;  /* the value */
    size_t features;  /* of the input; 0: not told */
    bool act, biased; /* the last layer has an activation; has a bias */
    bool done;        /* behind the softmax */
};

static const char *op_of(const Inki__Onnx__Node *node) { return node->op_type ? node->op_type : ""; }

static const char *input_of(const Inki__Onnx__Node *node, size_t i) { return i < node->n_input ? node->input[i] : ""; }

static ink_status refuse(const struct walk *walk, const Inki__Onnx__Node *node, const char *why)
{
    return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED,
                     "%s: node '%.60s' (%.40s)%s%s: networks of Gemm or MatMul and Add, with Relu, LeakyRelu, Tanh, "
                     "Sigmoid or Gelu, scaling by Sub, Div or Mul in front and Softmax at the end can be imported",
                     walk->onnx->path, node->name ? node->name : input_of(node, 0), op_of(node),
                     *why ? " " : " is not known", why);
}

static const Inki__Onnx__Attribute *attribute(const Inki__Onnx__Node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (inki_onnx_same(node->attribute[i]->name, name)) return node->attribute[i];
    return NULL;
}

static int64_t int_of(const Inki__Onnx__Node *node, const char *name, int64_t initial)
{
    const Inki__Onnx__Attribute *found = attribute(node, name);
    return found ? found->i : initial;
}

static float float_of(const Inki__Onnx__Node *node, const char *name, float initial)
{
    const Inki__Onnx__Attribute *found = attribute(node, name);
    return found ? found->f : initial;
}

/* The constant that a node takes as input i. */
static ink_status constant(const struct walk *walk, const Inki__Onnx__Node *node, size_t i,
                           struct inki_onnx_values *out)
{
    const Inki__Onnx__Tensor *tensor = inki_onnx_constant(walk->onnx, input_of(node, i));
    if (!tensor) return refuse(walk, node, "joins two values that are computed");
    return inki_onnx_read(walk->onnx, tensor, out);
}

static struct inki_plain_layer *last_layer(const struct walk *walk)
{
    const struct inki_plain *plain = &walk->network->plain;
    return plain->count ? &plain->layers[plain->count - 1] : NULL;
}

/* ------------------------------------------------------------------------ layers */

/* W from values[rows][columns], turned if they are (inputs, outputs). */
static ink_status add_layer(struct walk *walk, const Inki__Onnx__Node *node, const struct inki_onnx_values *from,
                            bool out_in, float factor)
{
    struct inki_plain_layer *layer;
    if (from->rank != 2) return refuse(walk, node, "has weights that are no matrix");
    size_t inputs = from->dims[out_in ? 1 : 0], outputs = from->dims[out_in ? 0 : 1];
    if (!last_layer(walk) && walk->features && walk->features != inputs)
        return inki_fail(walk->onnx->ctx, INK_BAD_FILE,
                         "%s: the first layer takes %zu inputs, the graph's input has %zu", walk->onnx->path, inputs,
                         walk->features);
    walk->features = last_layer(walk) ? walk->features : inputs;
    INK_TRY(inki_network_add(walk->network, inputs, outputs, &layer));
    for (size_t i = 0; i < inputs * outputs; i++)
        layer->w[i] = from->values[out_in ? i : i % inputs * outputs + i / inputs];
    for (size_t i = 0; factor != 1 && i < inputs * outputs; i++) layer->w[i] *= factor;
    walk->act = walk->biased = false;
    return INK_OK;
}

static ink_status add_bias(struct walk *walk, const Inki__Onnx__Node *node, const struct inki_onnx_values *from,
                           float factor)
{
    struct inki_plain_layer *layer = last_layer(walk);
    bool row = from->rank <= 1 || (from->rank == 2 && from->dims[0] == 1);
    if (!row || (from->count != layer->outputs && from->count != 1))
        return refuse(walk, node, "adds something that is no bias of the layer before");
    for (size_t o = 0; o < layer->outputs; o++) {
        float b = from->values[from->count == 1 ? 0 : o];
        layer->b[o] = factor == 1 ? b : b * factor;
    }
    walk->biased = true;
    return INK_OK;
}

static ink_status step_gemm(struct walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values w, b;
    if (int_of(node, "transA", 0) != 0 || !inki_onnx_same(input_of(node, 0), walk->now))
        return refuse(walk, node, "multiplies the other way round");
    INK_TRY(constant(walk, node, 1, &w));
    ink_status status = add_layer(walk, node, &w, int_of(node, "transB", 0) != 0, float_of(node, "alpha", 1));
    inki_free(walk->onnx->ctx, w.values);
    if (status != INK_OK || !*input_of(node, 2)) return status;
    INK_TRY(constant(walk, node, 2, &b));
    status = add_bias(walk, node, &b, float_of(node, "beta", 1));
    inki_free(walk->onnx->ctx, b.values);
    return status;
}

static ink_status step_matmul(struct walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values w;
    if (!inki_onnx_same(input_of(node, 0), walk->now)) return refuse(walk, node, "multiplies the other way round");
    INK_TRY(constant(walk, node, 1, &w));
    ink_status status = add_layer(walk, node, &w, false, 1);
    inki_free(walk->onnx->ctx, w.values);
    return status;
}

/* ----------------------------------------------------------------------- scaling */

/* y = (u - shift) factor, and then - c, + c, * c or / c of each column. */
static ink_status scale_by(struct walk *walk, const Inki__Onnx__Node *node, const struct inki_onnx_values *c)
{
    struct inki_network *network = walk->network;
    const char *op = op_of(node);
    if (!walk->features && c->count > 1) walk->features = c->count;
    if (!walk->features || (c->count != 1 && c->count != walk->features))
        return refuse(walk, node, "does not scale the columns of the input");
    if (walk->features > walk->onnx->size) /* the first layer must have weights for all of them */
        return refuse(walk, node, "scales more columns than the file has weights for");
    INK_TRY(inki_network_scale(network, walk->features));
    for (size_t i = 0; i < walk->features; i++) {
        float value = c->values[c->count == 1 ? 0 : i], *shift = &network->plain.shift[i],
              *factor = &network->plain.factor[i];
        if (inki_onnx_same(op, "Mul"))
            *factor *= value;
        else if (inki_onnx_same(op, "Div"))
            *factor /= value;
        else if (*factor == 1)
            *shift = *shift == 0 && inki_onnx_same(op, "Sub") ? value
                     : inki_onnx_same(op, "Sub")              ? *shift + value
                                                              : *shift - value;
        else if (*factor != 0)
            *shift += (inki_onnx_same(op, "Sub") ? value : -value) / *factor;
        else if (value != 0)
            return refuse(walk, node, "moves a column that was multiplied by 0");
    }
    return INK_OK;
}

static ink_status step_arithmetic(struct walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values c;
    const char *op = op_of(node);
    bool first = inki_onnx_same(input_of(node, 0), walk->now), add = inki_onnx_same(op, "Add");
    if (!first && !add && !inki_onnx_same(op, "Mul")) return refuse(walk, node, "takes the value away from a constant");
    INK_TRY(constant(walk, node, first ? 1 : 0, &c));
    ink_status status;
    if (!last_layer(walk))
        status = scale_by(walk, node, &c);
    else if (add && !walk->act && !walk->biased)
        status = add_bias(walk, node, &c, 1);
    else
        status = refuse(walk, node, "stands behind a layer");
    inki_free(walk->onnx->ctx, c.values);
    return status;
}

/* ------------------------------------------------------------------- activations */

static ink_status activate(struct walk *walk, const Inki__Onnx__Node *node, enum inki_activation act)
{
    struct inki_plain_layer *layer = last_layer(walk);
    if (!layer || walk->act) return refuse(walk, node, "has no layer in front of it");
    layer->act = act;
    walk->act = true;
    return INK_OK;
}

static ink_status step_relu(struct walk *walk, const Inki__Onnx__Node *node)
{
    return activate(walk, node, INKI_ACT_relu);
}

static ink_status step_tanh(struct walk *walk, const Inki__Onnx__Node *node)
{
    return activate(walk, node, INKI_ACT_tanh);
}

static ink_status step_sigmoid(struct walk *walk, const Inki__Onnx__Node *node)
{
    return activate(walk, node, INKI_ACT_sigmoid);
}

static ink_status step_gelu(struct walk *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *form = attribute(node, "approximate");
    if (form && form->s.len == 4 && memcmp(form->s.data, "tanh", 4) == 0)
        return refuse(walk, node, "approximates by tanh");
    return activate(walk, node, INKI_ACT_gelu);
}

static ink_status step_leaky(struct walk *walk, const Inki__Onnx__Node *node)
{
    if (fabsf(float_of(node, "alpha", 0.01f) - 0.01f) > 1e-7f) return refuse(walk, node, "has another slope than 0.01");
    return activate(walk, node, INKI_ACT_leaky_relu);
}

/* ------------------------------------------------------------------------ others */

static ink_status step_nothing(struct walk *walk, const Inki__Onnx__Node *node)
{
    (void)walk;
    (void)node;
    return INK_OK;
}

/* Rows must stay rows: the values of each in their order. */
static ink_status step_reshape(struct walk *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values shape;
    if (last_layer(walk) || !inki_onnx_same(input_of(node, 0), walk->now))
        return refuse(walk, node, "stands behind a layer");
    INK_TRY(constant(walk, node, 1, &shape));
    double row = 1;
    for (size_t d = 1; d < shape.count; d++) row *= (double)shape.values[d];
    bool kept =
        shape.count >= 2 && shape.values[0] <= 0 && (!walk->features || row == (double)walk->features || row < 0);
    inki_free(walk->onnx->ctx, shape.values);
    return kept ? INK_OK : refuse(walk, node, "does not keep the rows apart");
}

static ink_status step_flatten(struct walk *walk, const Inki__Onnx__Node *node)
{
    return int_of(node, "axis", 1) == 1 ? INK_OK : refuse(walk, node, "does not keep the rows apart");
}

static ink_status step_softmax(struct walk *walk, const Inki__Onnx__Node *node)
{
    int64_t axis = int_of(node, "axis", -1);
    if (!last_layer(walk)) return refuse(walk, node, "has no layer in front of it");
    if (axis != -1 && axis != 1) return refuse(walk, node, "is not over the classes");
    walk->done = true;
    return INK_OK;
}

static const struct {
    const char *op;
    ink_status (*step)(struct walk *walk, const Inki__Onnx__Node *node);
} steps[] = {
    {"Gemm", step_gemm},          {"MatMul", step_matmul},    {"Sub", step_arithmetic},  {"Add", step_arithmetic},
    {"Mul", step_arithmetic},     {"Div", step_arithmetic},   {"Relu", step_relu},       {"LeakyRelu", step_leaky},
    {"Tanh", step_tanh},          {"Sigmoid", step_sigmoid},  {"Gelu", step_gelu},       {"Softmax", step_softmax},
    {"LogSoftmax", step_softmax}, {"Identity", step_nothing}, {"Dropout", step_nothing}, {"Cast", step_nothing},
    {"Flatten", step_flatten},    {"Reshape", step_reshape},
};

/* ------------------------------------------------------------------ gelu's pattern */

static bool takes(const Inki__Onnx__Node *node, const char *value)
{
    for (size_t i = 0; i < node->n_input; i++)
        if (inki_onnx_same(node->input[i], value)) return true;
    return false;
}

/* The only node of this kind that takes the value. */
static const Inki__Onnx__Node *taker(const struct walk *walk, const char *value, const char *op)
{
    const Inki__Onnx__Graph *graph = walk->onnx->graph;
    for (size_t i = 0; i < graph->n_node; i++)
        if (graph->node[i]->n_output > 0 && inki_onnx_same(graph->node[i]->op_type, op) && takes(graph->node[i], value))
            return graph->node[i];
    return NULL;
}

/* Whether the node's other input is a constant near `value`. */
static bool has_constant(const struct walk *walk, const Inki__Onnx__Node *node, const char *beside, float value)
{
    float number;
    const char *name = inki_onnx_same(input_of(node, 0), beside) ? input_of(node, 1) : input_of(node, 0);
    const Inki__Onnx__Tensor *tensor = inki_onnx_constant(walk->onnx, name);
    return tensor && inki_onnx_number(tensor, &number) && fabsf(number - value) < 1e-5f;
}

/* z (1 + erf(z / sqrt 2)) / 2 as other programs write it down: z / sqrt 2 (or times its inverse), Erf, + 1, then times z and 1/2 in
 * either order. *out is the last node. */
static bool is_gelu(const struct walk *walk, const Inki__Onnx__Node **out)
{
    const char *z = walk->now;
    const Inki__Onnx__Node *root = taker(walk, z, "Div"), *erf = NULL, *plus = NULL, *times, *half;
    if (!root || !has_constant(walk, root, z, 1.41421356f)) {
        root = taker(walk, z, "Mul");
        if (!root || !has_constant(walk, root, z, 0.70710678f)) return false;
    }
    erf = taker(walk, root->output[0], "Erf");
    plus = erf ? taker(walk, erf->output[0], "Add") : NULL;
    if (!plus || !has_constant(walk, plus, erf->output[0], 1)) return false;
    times = taker(walk, plus->output[0], "Mul");
    half = times ? taker(walk, times->output[0], "Mul") : NULL;
    if (!half) return false;
    bool half_last = takes(times, z) && has_constant(walk, half, times->output[0], 0.5f);
    bool half_first = has_constant(walk, times, plus->output[0], 0.5f) && takes(half, z);
    *out = half;
    return half_last || half_first;
}

/* ------------------------------------------------------------------------- walking */

/* What only looks at the answers. */
static bool is_aside(const Inki__Onnx__Node *node)
{
    static const char *const ops[] = {"ArgMax", "TopK", "Shape", "ReduceMax"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (inki_onnx_same(node->op_type, ops[i])) return true;
    return node->n_output == 0;
}

/* The next node that takes the value; NULL: none does. */
static const Inki__Onnx__Node *next_node(const struct walk *walk)
{
    const Inki__Onnx__Graph *graph = walk->onnx->graph;
    for (size_t i = 0; i < graph->n_node; i++)
        if (takes(graph->node[i], walk->now) && !is_aside(graph->node[i])) return graph->node[i];
    return NULL;
}

static ink_status step(struct walk *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Node *last;
    bool standard = !node->domain || !*node->domain || inki_onnx_same(node->domain, "ai.onnx") ||
                    (inki_onnx_same(node->domain, "com.microsoft") && inki_onnx_same(node->op_type, "Gelu"));
    if (last_layer(walk) && is_gelu(walk, &last)) {
        walk->now = last->output[0];
        return activate(walk, last, INKI_ACT_gelu);
    }
    for (size_t i = 0; standard && i < sizeof steps / sizeof *steps; i++) {
        if (!inki_onnx_same(node->op_type, steps[i].op)) continue;
        INK_TRY(steps[i].step(walk, node));
        walk->now = node->output[0];
        return INK_OK;
    }
    return refuse(walk, node, "");
}

/* One output behind a sigmoid is the second of two classes: logits 0 and z. */
static ink_status two_classes(struct walk *walk)
{
    struct inki_plain_layer *layer = last_layer(walk);
    if (!layer || layer->outputs != 1 || layer->act != INKI_ACT_sigmoid) return INK_OK;
    ink_ctx *ctx = walk->onnx->ctx;
    float *w = inki_zalloc(ctx, 2 * layer->inputs, sizeof *w), *b = inki_zalloc(ctx, 2, sizeof *b);
    if (!w || !b) {
        inki_free(ctx, w);
        inki_free(ctx, b);
        return INK_NO_MEMORY;
    }
    memcpy(w + layer->inputs, layer->w, layer->inputs * sizeof *w);
    b[1] = layer->b[0];
    inki_free(ctx, layer->w);
    inki_free(ctx, layer->b);
    layer->w = w;
    layer->b = b;
    layer->outputs = 2;
    layer->act = INKI_ACT_identity;
    inki_note(ctx, "%s: its one output behind a sigmoid becomes two classes", walk->onnx->path);
    return INK_OK;
}

/* The graph's one input: constants may be listed as inputs too. */
static ink_status find_input(const struct walk *walk, const Inki__Onnx__Value **out)
{
    const Inki__Onnx__Graph *graph = walk->onnx->graph;
    size_t count = 0;
    for (size_t i = 0; i < graph->n_input; i++) {
        if (!graph->input[i]->name || inki_onnx_constant(walk->onnx, graph->input[i]->name)) continue;
        *out = graph->input[i];
        count++;
    }
    if (count == 1) return INK_OK;
    return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED, "%s: has %zu inputs; a network of dense layers has one",
                     walk->onnx->path, count);
}

/* Features and picture shape from [batch][…]; sizes that are not told are 0. */
static void read_input(struct walk *walk, const Inki__Onnx__Value *input)
{
    const Inki__Onnx__TensorType *tensor = input->type ? input->type->tensor_type : NULL;
    const Inki__Onnx__Shape *shape = tensor ? tensor->shape : NULL;
    int64_t sides[3] = {0, 0, 0};
    size_t features = 1, count = 0;
    for (size_t d = 1; shape && d < shape->n_dim; d++) {
        int64_t size = shape->dim[d]->has_dim_value ? shape->dim[d]->dim_value : 0;
        if (size < 1 || size > 1 << 24 || !inki_mul_fits(features, (size_t)size, &features)) return;
        if (size > 1 && count < 3) sides[count++] = size;
    }
    if (!shape || shape->n_dim < 2) return;
    walk->features = features;
    if (count == 2 && (size_t)(sides[0] * sides[1]) == features)
        walk->network->in = (struct inki_shape){1, (size_t)sides[0], (size_t)sides[1]};
}

/* The picture's shape, the kind of scaling and the classes' names, where the file is ours. */
static void read_props(const struct walk *walk)
{
    struct inki_network *network = walk->network;
    for (size_t i = 0; i < walk->onnx->model->n_metadata_props; i++) {
        const Inki__Onnx__Text *one = walk->onnx->model->metadata_props[i];
        if (inki_onnx_same(one->key, "scaling")) inki_network_scaling(network, one->value);
        json_t *list = one->value ? json_loads(one->value, 0, NULL) : NULL;
        if (inki_onnx_same(one->key, "input_shape")) inki_network_shape(network, list);
        if (inki_onnx_same(one->key, "classes") && list && !network->classes) network->classes = json_incref(list);
        json_decref(list);
    }
}

ink_status inki_onnx_follow(const struct inki_onnx *onnx, struct inki_network *network)
{
    struct walk walk = {.onnx = onnx, .network = network};
    const Inki__Onnx__Value *input = NULL;
    const Inki__Onnx__Node *node;
    INK_TRY(find_input(&walk, &input));
    read_input(&walk, input);
    walk.now = input->name;
    for (size_t steps_done = 0; !walk.done && (node = next_node(&walk)); steps_done++) {
        if (steps_done > onnx->graph->n_node) return refuse(&walk, node, "is part of a circle");
        INK_TRY(step(&walk, node));
    }
    INK_TRY(two_classes(&walk));
    read_props(&walk);
    return INK_OK;
}

#endif
