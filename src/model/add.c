/* add: y = act(a + b), what comes out of a chain in brackets and what went in, or what comes out of another.
 * da = db = dz = dy * act'(z).
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "model/program.h"

#include <stdio.h>
#include <string.h>

static const char *parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    node->act = INKI_ACT_identity;
    *bad = 0;
    if (count > 0 && !inki_activation_find(words[0], &node->act)) return INKI_NO_SUCH_ACTIVATION;
    *bad = 1;
    if (count > 1) return "add( … ) takes an activation; put '|' before the next layer";
    inki_node_shapes(node, node->in);
    node->saves = node->act != INKI_ACT_identity;
    return NULL;
}

/* What stands behind the brackets. */
static void print(const struct inki_node *node, char *text, size_t room)
{
    snprintf(text, room, "%s%s", node->saves ? " " : "", node->saves ? inki_activation_name(node->act) : "");
}

static void forward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    for (size_t begin = range->out, end, stride; begin < range->out_end; begin = end) {
        end = inki_block_end(&site->y, node->outputs, begin, range->out_end);
        const size_t used = inki_used(node->outputs, begin, end);
        const float *a = inki_block(&site->x, range->part, begin, end, range->row, &stride);
        const float *b = inki_block(&site->x2, range->part, begin, end, range->row, &stride);
        float *y = inki_block(&site->y, range->part, begin, end, range->row, &stride);
        for (size_t row = range->row; row < range->row_end; row++, a += stride, b += stride, y += stride)
            for (size_t j = 0; j < end - begin; j++) y[j] = j < used ? a[j] + b[j] : 0;
    }
    inki_activate(site, range);
}

/* dy is dz by now. */
static void backward(const struct inki_site *site, const struct inki_range *range)
{
    inki_hand_back(site, range, &site->dx, site->add_dx);
    inki_hand_back(site, range, &site->dx2, site->add_dx2);
}

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->sum ? to->sum(to->user, node) : to->other(to->user, node);
}

const struct inki_op inki_add_op = {
    .word = "add",
    .form = "add( LAYERS ) [ACTIVATION]: y = act(LAYERS(x) + x); add( LAYERS & LAYERS ) adds two chains",
    .example = "add( dense 24 gelu & dense 24 ) tanh",
    .locality = INKI_BY_ELEMENT,
    .brackets = true,
    .activates = true,
    .by_member = true,
    .parse = parse,
    .print = print,
    .forward = forward,
    .slope = inki_slope,
    .backward = backward,
    .emit = emit,
};
