/* onnx_path: the way from an ONNX graph's input to a value, found from its end.
 * SPDX-License-Identifier: MIT
 *
 * Each node on it takes one value that is computed from the rows; where two are joined, it must be one of the patterns that
 * programs write for one operation. Nodes are in order (onnx_read.c), so every step back is to a lower number and the way ends. */
#include "out/onnx.h"

#ifdef INKI_HAVE_ONNX

#include <string.h>

/* The node that computes the value from rows; NULL for a constant, an input or nothing. */
static const Inki__Onnx__Node *node_of(const struct inki_onnx *onnx, const char *name)
{
    const struct inki_onnx_maker *maker = inki_onnx_maker(onnx, name);
    return !maker || maker->is_constant || maker->input ? NULL : onnx->graph->node[maker->node];
}

/* The same if it is of this kind. */
static const Inki__Onnx__Node *node_if(const struct inki_onnx *onnx, const char *name, const char *op)
{
    const Inki__Onnx__Node *node = node_of(onnx, name);
    return node && inki_onnx_same(node->op_type, op) ? node : NULL;
}

/* Of a node of two inputs the one beside a number; "" if there is none such. */
static const char *beside_number(struct inki_onnx *onnx, const Inki__Onnx__Node *node, double number)
{
    for (size_t k = 0; node->n_input == 2 && k < 2; k++)
        if (inki_onnx_is_number(onnx, inki_onnx_input(node, k), number)) return inki_onnx_input(node, 1 - k);
    return "";
}

/* ---------------------------------------------------------------------------- patterns */

/* z of the value 1 + erf(z / sqrt 2) (or times its inverse); "" if it is none. */
static const char *erf_of(struct inki_onnx *onnx, const char *name)
{
    const Inki__Onnx__Node *plus = node_if(onnx, name, "Add"), *erf, *root;
    if (!plus || !(erf = node_if(onnx, beside_number(onnx, plus, 1), "Erf"))) return "";
    if ((root = node_if(onnx, inki_onnx_input(erf, 0), "Div")))
        return inki_onnx_is_number(onnx, inki_onnx_input(root, 1), 1.41421356) ? inki_onnx_input(root, 0) : "";
    root = node_if(onnx, inki_onnx_input(erf, 0), "Mul");
    return root ? beside_number(onnx, root, 0.70710678) : "";
}

/* Whether the values are 1 + erf(z / sqrt 2) and z. */
static bool are_gelu(struct inki_onnx *onnx, const char *plus, const char *z)
{
    const char *of = erf_of(onnx, plus);
    return *of && inki_onnx_same(of, z);
}

/* z of z (1 + erf(z / sqrt 2)) / 2 with last as the last of its products, in any order; "" if it is none. */
const char *inki_onnx_gelu_of(struct inki_onnx *onnx, const Inki__Onnx__Node *last)
{
    if (!inki_onnx_same(last->op_type, "Mul") || last->n_input != 2) return "";
    const Inki__Onnx__Node *times = node_if(onnx, beside_number(onnx, last, 0.5), "Mul");
    for (size_t k = 0; k < 2; k++) {
        const Inki__Onnx__Node *halved = node_if(onnx, inki_onnx_input(last, k), "Mul");
        const char *half = halved ? beside_number(onnx, halved, 0.5) : "", *other = inki_onnx_input(last, 1 - k);
        if (times && are_gelu(onnx, inki_onnx_input(times, k), inki_onnx_input(times, 1 - k)))
            return inki_onnx_input(times, 1 - k);
        if (*half && are_gelu(onnx, half, other)) return other;
        if (*half && are_gelu(onnx, other, half)) return half;
    }
    return "";
}

/* Whether the value is 1 - p. */
static bool is_rest(struct inki_onnx *onnx, const char *name, const char *p)
{
    const Inki__Onnx__Node *minus = node_if(onnx, name, "Sub");
    return minus && inki_onnx_is_number(onnx, inki_onnx_input(minus, 0), 1) &&
           inki_onnx_same(inki_onnx_input(minus, 1), p);
}

/* p beside 1 - p, as scikit-learn's networks of two classes end. */
static bool is_pair(struct inki_onnx *onnx, const Inki__Onnx__Node *node, struct inki_onnx_step *step)
{
    const char *a = inki_onnx_input(node, 0), *b = inki_onnx_input(node, 1);
    int64_t axis = inki_onnx_int(node, "axis", 0);
    if (!inki_onnx_same(node->op_type, "Concat") || node->n_input != 2 || (axis != 1 && axis != -1)) return false;
    if (!is_rest(onnx, a, b) && !is_rest(onnx, b, a)) return false;
    step->kind = is_rest(onnx, a, b) ? INKI_ONNX_PAIR : INKI_ONNX_TURNED;
    step->from = step->kind == INKI_ONNX_PAIR ? b : a;
    return true;
}

/* -------------------------------------------------------------------------------- back */

/* The step that makes `name`, of which `from` is the one input that is computed from rows. */
static ink_status step_to(struct inki_onnx *onnx, const char *name, struct inki_onnx_step *step)
{
    const Inki__Onnx__Node *node = node_of(onnx, name);
    const char *from = "";
    *step = (struct inki_onnx_step){.kind = INKI_ONNX_NODE, .node = node, .to = name};
    const char *z = inki_onnx_gelu_of(onnx, node);
    if (*z) {
        step->kind = INKI_ONNX_GELU;
        step->from = z;
        return INK_OK;
    }
    if (is_pair(onnx, node, step)) return INK_OK;
    for (size_t k = 0; k < node->n_input; k++) {
        const char *input = inki_onnx_input(node, k);
        if (!*input || inki_onnx_is_constant(onnx, input)) continue;
        if (*from)
            return inki_onnx_refuse(
                onnx, node, "joins two values that are computed; networks that are a chain of layers can be imported");
        from = input;
    }
    step->from = from;
    return INK_OK;
}

ink_status inki_onnx_path(struct inki_onnx *onnx, const char *name, struct inki_onnx_step *steps, size_t *count,
                          const Inki__Onnx__Value **input)
{
    const struct inki_onnx_maker *maker;
    *count = 0;
    for (const char *at = name;; at = steps[*count - 1].from) {
        maker = inki_onnx_maker(onnx, at);
        if (!maker || maker->is_constant || maker->input) break;
        ink_status status = step_to(onnx, at, &steps[(*count)++]);
        if (status != INK_OK || onnx->no_memory) return onnx->no_memory ? INK_NO_MEMORY : status;
    }
    if (!maker || !maker->input)
        return inki_fail(onnx->ctx, INK_UNSUPPORTED, "%s: its output '%.60s' does not depend on the rows", onnx->path,
                         name);
    *input = maker->input;
    for (size_t i = 0; i < *count / 2; i++) {
        struct inki_onnx_step other = steps[i];
        steps[i] = steps[*count - 1 - i];
        steps[*count - 1 - i] = other;
    }
    return INK_OK;
}

#endif
