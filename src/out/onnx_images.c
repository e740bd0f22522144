/* onnx_images: from an ONNX graph with layers over images to a network's notation and its weights.
 * SPDX-License-Identifier: MIT
 *
 * The graph is walked from its answers back to its input. Where two values are added, both ways lead back to one value that they have in common,
 * and what lies between becomes "add( … & … )". Images are [batch][channels][height][width] there; what turns them round, and
 * whether channels come last in what is flattened, is followed (onnx_images_steps.c). */
#include "out/onnx_images.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <string.h>

static bool is_of_images(const Inki__Onnx__Node *node)
{
    static const char *const ops[] = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"};
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
        if (inki_onnx_same(node->op_type, ops[k])) return true;
    return false;
}

/* The node that makes a value becomes wanted. */
static void want(const struct inki_onnx *onnx, const char *name, bool *wanted)
{
    const struct inki_onnx_maker *maker = name ? inki_onnx_maker(onnx, name) : NULL;
    if (maker && !maker->input && !maker->tensor) wanted[maker->node] = true;
}

/* Nodes are in order: those that a wanted one takes from come before it. */
ink_status inki_onnx_has_images(const struct inki_onnx *onnx, bool *out)
{
    const Inki__Onnx__Graph *graph = onnx->graph;
    bool *wanted = inki_zalloc(onnx->ctx, graph->n_node + 1, sizeof *wanted);
    *out = false;
    if (!wanted) return INK_NO_MEMORY;
    for (size_t i = 0; i < graph->n_output; i++) want(onnx, graph->output[i]->name, wanted);
    for (size_t i = graph->n_node; i-- > 0;) {
        if (!wanted[i]) continue;
        *out = *out || is_of_images(graph->node[i]);
        for (size_t k = 0; k < graph->node[i]->n_input; k++) want(onnx, graph->node[i]->input[k], wanted);
    }
    inki_free(wanted);
    return INK_OK;
}

/* The node that computes the value from rows, and its number; NULL for an input. */
static const Inki__Onnx__Node *node_of(const struct inki_onnx_images *walk, const char *name, size_t *number)
{
    const struct inki_onnx_maker *maker = inki_onnx_maker(walk->onnx, name);
    if (!maker || maker->is_constant || maker->input) return NULL;
    *number = maker->node;
    return walk->onnx->graph->node[maker->node];
}

static ink_status step_back(struct inki_onnx_images *walk, const char *name, const char **before);

/* The value from which both come. */
static ink_status find_fork(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, const char *a, const char *b,
                            const char **fork)
{
    for (const char *x = a; x;) {
        for (const char *y = b; y;) {
            *fork = x;
            if (strcmp(x, y) == 0) return INK_OK;
            INK_TRY(step_back(walk, y, &y));
        }
        INK_TRY(step_back(walk, x, &x));
    }
    return inki_onnx_refuse(walk->onnx, node, "joins values that do not come from one");
}

static ink_status find_source(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, const char **before)
{
    const char *inputs[2] = {NULL, NULL}, *z = inki_onnx_gelu_of(walk->onnx, node);
    if (*z) {
        *before = z;
        return INK_OK;
    }
    for (size_t k = 0, count = 0; k < node->n_input; k++) {
        const char *input = inki_onnx_input(node, k);
        if (!*input || inki_onnx_is_constant(walk->onnx, input)) continue;
        if (count == 2 || (count == 1 && !inki_onnx_same(node->op_type, "Add")))
            return inki_onnx_refuse(walk->onnx, node, "joins values in a way that is not known; Add is");
        inputs[count++] = input;
    }
    *before = inputs[0];
    return inputs[0] && inputs[1] ? find_fork(walk, node, inputs[0], inputs[1], before) : INK_OK;
}

/* What a value is computed from, over a whole bracket where it is a sum; NULL behind the input. */
static ink_status step_back(struct inki_onnx_images *walk, const char *name, const char **before)
{
    size_t number;
    const Inki__Onnx__Node *node = node_of(walk, name, &number);
    *before = NULL;
    if (!node) return INK_OK;
    if (walk->budget-- == 0) return inki_onnx_refuse(walk->onnx, node, "is in a network with too many branches");
    if (!walk->before[number]) {
        if (++walk->depth > INKI_ONNX_DEEP)
            return inki_onnx_refuse(walk->onnx, node, "is in a network with too many branches");
        INK_TRY(find_source(walk, node, &walk->before[number]));
        walk->depth--;
    }
    *before = walk->before[number];
    return INK_OK;
}

/* ---------------------------------------------------------------------- forward */

static ink_status emit(struct inki_onnx_images *walk, const char *from, const char *to);

static bool same_state(const struct inki_onnx_image *a, const struct inki_onnx_image *b)
{
    bool same = a->rank == b->rank && a->last == b->last;
    for (size_t d = 0; same && d < a->rank; d++) same = a->sides[d] == b->sides[d];
    return same;
}

/* "add( A & B )", or "add( A )" where the other is the value itself. */
static ink_status emit_sum(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, const char *fork)
{
    const char *ways[2];
    struct inki_onnx_image begin = walk->now, end[2];
    size_t count = 0;
    for (size_t k = 0; k < node->n_input && count < 2; k++)
        if (!inki_onnx_is_constant(walk->onnx, inki_onnx_input(node, k))) ways[count++] = inki_onnx_input(node, k);
    if (begin.raw && begin.rank != 3)
        return inki_onnx_refuse(walk->onnx, node, "adds values in front of the first layer");
    INK_TRY(inki_onnx_resolve(walk, node));
    begin = walk->now;
    begin.open = false;
    inki_onnx_begin_layer(walk, "add(");
    for (size_t k = 0, written = 0; k < 2; k++) {
        const size_t before = walk->network->notation.length;
        walk->now = begin;
        walk->begins = true;
        if (strcmp(ways[k], fork) != 0 && written) inki_str_add(&walk->network->notation, " &");
        if (strcmp(ways[k], fork) != 0) inki_str_add(&walk->network->notation, " ");
        const size_t empty = walk->network->notation.length;
        INK_TRY(emit(walk, fork, ways[k]));
        end[k] = walk->now;
        if (strcmp(ways[k], fork) != 0 && walk->network->notation.length == empty) {
            walk->network->notation.length = before;
            if (walk->network->notation.text) walk->network->notation.text[before] = 0;
        }
        written += walk->network->notation.length > before;
        if (k == 1 && !written) return inki_onnx_refuse(walk->onnx, node, "adds a value to itself");
    }
    if (!same_state(&end[0], &end[1])) return inki_onnx_refuse(walk->onnx, node, "adds values of different shapes");
    inki_str_add(&walk->network->notation, " )");
    walk->begins = false;
    inki_onnx_open(walk, NULL, NULL, 0);
    walk->now.raw = false;
    return INK_OK;
}

static bool is_sum(const struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    return inki_onnx_same(node->op_type, "Add") && node->n_input == 2 &&
           !inki_onnx_is_constant(walk->onnx, inki_onnx_input(node, 0)) &&
           !inki_onnx_is_constant(walk->onnx, inki_onnx_input(node, 1));
}

/* Whether something beside the step that makes `name` takes this value too. */
static size_t readers_of(const struct inki_onnx_images *walk, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < walk->onnx->graph->n_node; i++)
        for (size_t k = 0; k < walk->onnx->graph->node[i]->n_input; k++)
            count += inki_onnx_same(walk->onnx->graph->node[i]->input[k], name);
    return count;
}

/* The steps from one value to another, in their order. */
static ink_status emit(struct inki_onnx_images *walk, const char *from, const char *to)
{
    size_t count = 0, number, room = walk->onnx->graph->n_node + 1;
    const char **names = inki_alloc(walk->onnx->ctx, room, sizeof *names);
    ink_status status = names ? INK_OK : INK_NO_MEMORY;
    for (const char *at = to; status == INK_OK && at && strcmp(at, from) != 0 && count < room;) {
        names[count++] = at;
        status = step_back(walk, at, &at);
    }
    for (size_t i = count; status == INK_OK && i-- > 0;) {
        const Inki__Onnx__Node *node = node_of(walk, names[i], &number);
        if (!node) continue;
        const bool gelu = *inki_onnx_gelu_of(walk->onnx, node);
        status = is_sum(walk, node) && !gelu ? emit_sum(walk, node, walk->before[number])
                                             : inki_onnx_image_step(walk, node, gelu, walk->before[number]);
        if (status == INK_OK && readers_of(walk, names[i]) > 1) walk->now.open = false; /* others take it as it is */
        if (walk->onnx->no_memory || walk->network->notation.failed) status = INK_NO_MEMORY;
    }
    inki_free(names);
    return status;
}

/* --------------------------------------------------------------------- answers */

/* The value in front of what makes probabilities and labels of it. */
static ink_status answers_from(struct inki_onnx_images *walk, const char *name, const char **logits)
{
    static const char *const ends[] = {"Softmax", "LogSoftmax", "ArgMax", "Gather",   "Cast",
                                       "TopK",    "ReduceMax",  "ZipMap", "Identity", "ArrayFeatureExtractor"};
    size_t number;
    for (*logits = name;;) {
        const Inki__Onnx__Node *node = node_of(walk, *logits, &number);
        bool end = false;
        for (size_t i = 0; node && i < sizeof ends / sizeof *ends; i++)
            end = end || inki_onnx_same(node->op_type, ends[i]);
        if (!end) return INK_OK;
        INK_TRY(step_back(walk, *logits, logits));
        if (!*logits) return inki_onnx_refuse(walk->onnx, node, "does not depend on the rows");
    }
}

static ink_status find_logits(struct inki_onnx_images *walk, const char **logits)
{
    const Inki__Onnx__Graph *graph = walk->onnx->graph;
    if (graph->n_output == 0)
        return inki_fail(walk->onnx->ctx, INK_BAD_FILE, "%s: names no output of its graph", walk->onnx->path);
    for (size_t i = 0; i < graph->n_output; i++) {
        const char *other;
        INK_TRY(answers_from(walk, graph->output[i]->name ? graph->output[i]->name : "", &other));
        if (i == 0) *logits = other;
        if (strcmp(*logits, other) != 0)
            return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED,
                             "%s: its outputs '%.60s' and '%.60s' are of different networks; one classifier can be "
                             "imported: remove the other outputs from the graph",
                             walk->onnx->path, graph->output[0]->name, graph->output[i]->name);
    }
    return INK_OK;
}

static ink_status walk_all(struct inki_onnx_images *walk)
{
    const char *logits = "", *input = NULL;
    INK_TRY(find_logits(walk, &logits));
    for (const char *at = logits; at;) {
        input = at;
        INK_TRY(step_back(walk, at, &at));
    }
    const struct inki_onnx_maker *maker = inki_onnx_maker(walk->onnx, input);
    if (!maker || !maker->input)
        return inki_fail(walk->onnx->ctx, INK_UNSUPPORTED, "%s: its output does not depend on the rows",
                         walk->onnx->path);
    INK_TRY(inki_onnx_image_input(walk, maker->input));
    inki_str_add(&walk->network->notation, "%s", "");
    INK_TRY(emit(walk, input, logits));
    return inki_onnx_image_end(walk);
}

ink_status inki_onnx_images(struct inki_onnx *onnx, struct inki_network *network)
{
    struct inki_onnx_images walk = {.onnx = onnx, .network = network, .begins = true, .budget = INKI_ONNX_BUDGET};
    if (onnx->graph->n_node > INKI_ONNX_NODES)
        return inki_fail(onnx->ctx, INK_UNSUPPORTED, "%s: has %zu nodes; networks of up to %d can be imported",
                         onnx->path, onnx->graph->n_node, INKI_ONNX_NODES);
    walk.before = inki_zalloc(onnx->ctx, onnx->graph->n_node + 1, sizeof *walk.before);
    network->images = true;
    ink_status status = walk.before ? walk_all(&walk) : INK_NO_MEMORY;
    inki_free(walk.before);
    return status;
}

#endif
