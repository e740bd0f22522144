/* onnx_follow: from an ONNX graph to a list of dense layers.
 * SPDX-License-Identifier: MIT
 *
 * The graph is walked from its outputs back to its input (onnx_path.c), and what no output needs is left out. Of the way with most layers
 * each step is taken in order (onnx_steps.c) and makes the network. The other outputs must be that network's too: their ways leave
 * the first one where the network is complete, and lead to the same classes. */
#include "out/onnx_walk.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <string.h>

/* The way to one output. */
struct way {
    const Inki__Onnx__Value *input;
    size_t count;
    struct inki_onnx_step *steps; /* [count], in a room of as many as the graph has nodes */
};

/* All ways, and what was known on the first. */
struct ways {
    struct inki_onnx_walk walk;
    struct way main, other;
    size_t main_output;             /* its number */
    size_t complete;                /* so many steps make the whole network */
    struct inki_onnx_state *states; /* [main.count + 1]: before each step, and behind the last */
};

static const char *output_of(const struct inki_onnx *onnx, size_t i)
{
    const char *name = onnx->graph->output[i]->name;
    return name ? name : "";
}

static ink_status find_way(struct inki_onnx *onnx, size_t output, struct way *way)
{
    return inki_onnx_path(onnx, output_of(onnx, output), way->steps, &way->count, &way->input);
}

static size_t layers_of(const struct way *way)
{
    size_t count = 0;
    for (size_t i = 0; i < way->count; i++)
        count += inki_onnx_same(way->steps[i].node->op_type, "Gemm") ||
                 inki_onnx_same(way->steps[i].node->op_type, "MatMul");
    return count;
}

/* The output with most layers in front of it, the first of equals. */
static ink_status choose_main(struct ways *ways)
{
    struct inki_onnx *onnx = ways->walk.onnx;
    size_t most = 0;
    if (onnx->graph->n_output == 0)
        return inki_fail(onnx->ctx, INK_BAD_FILE, "%s: names no output of its graph", onnx->path);
    for (size_t i = 0; i < onnx->graph->n_output; i++) {
        INK_TRY(find_way(onnx, i, &ways->main));
        size_t layers = layers_of(&ways->main);
        if (layers <= most) continue;
        most = layers;
        ways->main_output = i;
    }
    return find_way(onnx, ways->main_output, &ways->main);
}

/* ------------------------------------------------------------------------- the input */

/* Sizes of a row and the image's shape from [batch][…]; sizes that are not given are not known. */
static void read_sizes(struct inki_onnx_walk *walk, const Inki__Onnx__TensorType *tensor)
{
    const Inki__Onnx__Shape *shape = tensor ? tensor->shape : NULL;
    struct inki_onnx_state *state = &walk->state;
    int64_t sides[INKI_ONNX_RANK] = {0};
    size_t features = 1, count = 0;
    if (!shape || shape->n_dim < 2) return;
    if (shape->dim[0]->has_dim_value && shape->dim[0]->dim_value > 0) walk->rows = (size_t)shape->dim[0]->dim_value;
    state->is_deep = shape->n_dim > 2;
    if (shape->n_dim > INKI_ONNX_RANK) return;
    for (size_t d = 1; d < shape->n_dim; d++) {
        int64_t size = shape->dim[d]->has_dim_value ? shape->dim[d]->dim_value : 0;
        if (size < 1 || size > 1 << 24 || !inki_mul_fits(features, (size_t)size, &features)) return;
        state->row[d - 1] = (size_t)size;
        if (size > 1) sides[count++] = size;
    }
    state->rank = shape->n_dim - 1;
    state->is_deep = false;
    walk->features = features;
    if (count > 2)
        inki_note(
            walk->onnx->ctx,
            "%s: takes images with their channels first: rows must have their values in this order; images that are "
            "read here have their channels last",
            walk->onnx->path);
    if (count == 2) walk->network->in = (struct inki_shape){(size_t)sides[0], (size_t)sides[1], 1, 0};
}

static ink_status read_input(struct inki_onnx_walk *walk, const Inki__Onnx__Value *input)
{
    const Inki__Onnx__TensorType *tensor = input->type ? input->type->tensor_type : NULL;
    int32_t type = tensor && tensor->has_elem_type ? tensor->elem_type : INKI_ONNX_FLOAT;
    if (type == INKI_ONNX_STRING || type == INKI_ONNX_BOOL)
        return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED,
                         "%s: its input '%.60s' does not hold numbers; expected rows of numbers", walk->onnx->path,
                         input->name);
    walk->state.is_whole = inki_onnx_is_whole(type);
    walk->state.type = type;
    read_sizes(walk, tensor);
    return INK_OK;
}

/* ------------------------------------------------------------------------- the ways */

/* Makes the network. */
static ink_status walk_main(struct ways *ways)
{
    struct inki_onnx_walk *walk = &ways->walk;
    INK_TRY(read_input(walk, ways->main.input));
    for (size_t i = 0; i < ways->main.count; i++) {
        ways->states[i] = walk->state;
        INK_TRY(inki_onnx_step(walk, &ways->main.steps[i]));
        if (walk->changed) ways->complete = i + 1;
    }
    ways->states[ways->main.count] = walk->state;
    return INK_OK;
}

/* One output behind a sigmoid, and nothing that says so. */
static ink_status close_network(struct ways *ways)
{
    struct inki_onnx_walk *walk = &ways->walk;
    const struct inki_onnx_step *last = ways->main.count ? &ways->main.steps[ways->main.count - 1] : NULL;
    if (walk->state.stage == INKI_ONNX_LAYER && inki_onnx_last(walk)->outputs > 1)
        inki_note(walk->onnx->ctx, "%s: ends without a softmax; assuming that its outputs are logits",
                  walk->onnx->path);
    if (walk->state.stage == INKI_ONNX_LAYER && inki_onnx_last(walk)->outputs == 1)
        return inki_onnx_refuse(walk->onnx, last->node,
                                "gives one output that is not a probability; put a Sigmoid behind it for two classes");
    if (walk->factor || walk->is_paired)
        return inki_onnx_refuse(walk->onnx, last->node, "changes the answers, behind the network's end" INKI_ONNX_CUT);
    if (inki_onnx_is_one_sigmoid(walk)) INK_TRY(inki_onnx_two_classes(walk, false));
    walk->is_closed = true;
    return INK_OK;
}

static size_t steps_in_common(const struct ways *ways)
{
    size_t count = 0;
    while (count < ways->main.count && count < ways->other.count &&
           strcmp(ways->main.steps[count].to, ways->other.steps[count].to) == 0)
        count++;
    return count;
}

/* Another output must be that of the same network. */
static ink_status walk_other(struct ways *ways, size_t output)
{
    struct inki_onnx_walk *walk = &ways->walk;
    INK_TRY(find_way(walk->onnx, output, &ways->other));
    size_t common = steps_in_common(ways);
    if (common < ways->complete && common == ways->other.count) {
        inki_note(walk->onnx->ctx, "%s: its output '%.60s', of a layer within, is left out", walk->onnx->path,
                  output_of(walk->onnx, output));
        return INK_OK;
    }
    if (common < ways->complete)
        return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED,
                         "%s: its outputs '%.60s' and '%.60s' are of different networks; one classifier can be "
                         "imported: remove the other outputs from the graph",
                         walk->onnx->path, output_of(walk->onnx, ways->main_output), output_of(walk->onnx, output));
    walk->state = ways->states[common];
    for (size_t i = common; i < ways->other.count; i++) INK_TRY(inki_onnx_step(walk, &ways->other.steps[i]));
    return INK_OK;
}

/* As many labels as classes, and no two alike. */
static ink_status check_labels(const struct inki_onnx_walk *walk)
{
    const json_t *labels = walk->network->classes;
    size_t count = json_array_size(labels), classes = inki_onnx_last(walk) ? inki_onnx_last(walk)->outputs : 0;
    if (!labels || !classes) return INK_OK;
    if (count != classes)
        return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED, "%s: has %zu labels for %zu classes", walk->onnx->path,
                         count, classes);
    json_t *seen = json_object();
    for (size_t i = 0; seen && i < count; i++)
        json_object_set_new(seen, json_string_value(json_array_get(labels, i)), json_true());
    bool apart = json_object_size(seen) == count;
    json_decref(seen);
    return apart ? INK_OK
                 : inki_fail(walk->onnx->ctx, INK_UNSUPPORTED,
                             "%s: gives two classes one label; each must have its own", walk->onnx->path);
}

void inki_onnx_props(const struct inki_onnx *onnx, struct inki_network *network)
{
    for (size_t i = 0; i < onnx->model->n_metadata_props; i++) {
        const Inki__Onnx__Text *one = onnx->model->metadata_props[i];
        if (inki_onnx_same(one->key, "scaling")) inki_network_scaling(network, one->value);
        json_t *list = one->value ? json_loads(one->value, 0, NULL) : NULL;
        if (inki_onnx_same(one->key, "input_shape")) inki_network_shape(network, list);
        if (inki_onnx_same(one->key, "classes") && list && !network->classes) network->classes = json_incref(list);
        json_decref(list);
    }
}

static ink_status walk_all(struct ways *ways)
{
    struct inki_onnx *onnx = ways->walk.onnx;
    INK_TRY(choose_main(ways));
    INK_TRY(walk_main(ways));
    INK_TRY(close_network(ways));
    for (size_t i = 0; i < onnx->graph->n_output; i++)
        if (i != ways->main_output) INK_TRY(walk_other(ways, i));
    INK_TRY(check_labels(&ways->walk));
    inki_onnx_props(onnx, ways->walk.network);
    return INK_OK;
}

ink_status inki_onnx_follow(struct inki_onnx *onnx, struct inki_network *network)
{
    ink_ctx *ctx = onnx->ctx;
    const size_t nodes = onnx->graph->n_node;
    struct ways ways = {.walk = {.onnx = onnx, .network = network}};
    ways.main.steps = inki_alloc(ctx, nodes, sizeof *ways.main.steps);
    ways.other.steps = inki_alloc(ctx, nodes, sizeof *ways.other.steps);
    ways.states = inki_alloc(ctx, nodes + 1, sizeof *ways.states);
    ink_status status = ways.main.steps && ways.other.steps && ways.states ? walk_all(&ways) : INK_NO_MEMORY;
    inki_free(ways.walk.factor);
    inki_free(ways.walk.shift);
    inki_free(ways.states);
    inki_free(ways.other.steps);
    inki_free(ways.main.steps);
    return status;
}

#endif
