/* shapes: how wide rows are in memory, and how columns are cut into panels.
 * SPDX-License-Identifier: MIT */
#include "base/pool.h"
#include "model/op.h"

enum { PANEL_VECTORS = 4 };

/* A power of two as stride would put the rows of a column into few sets of the cache. */
size_t inki_stride(size_t width)
{
    size_t lines = (width + INKI_LANES - 1) / INKI_LANES;
    return (lines % 2 ? lines : lines + 1) * INKI_LANES;
}

size_t inki_panels(size_t width)
{
    size_t vectors = inki_padded(width) / INKI_LANES, panels = (vectors + PANEL_VECTORS - 1) / PANEL_VECTORS;
    return panels == 1 && vectors > 1 ? 2 : panels; /* something for a second thread */
}

void inki_panel(size_t width, size_t q, size_t *begin, size_t *end)
{
    inki_share(inki_padded(width) / INKI_LANES, q, inki_panels(width), begin, end);
    *begin *= INKI_LANES;
    *end *= INKI_LANES;
}

/* Asked for every weight that is read or written: few divisions. */
size_t inki_panel_of(size_t width, size_t column, size_t *begin, size_t *end)
{
    const size_t vectors = inki_padded(width) / INKI_LANES, panels = inki_panels(width), vector = column / INKI_LANES;
    size_t q = vector * panels / vectors; /* or the one after it */
    size_t from = vectors * q / panels, to = vectors * (q + 1) / panels;
    if (vector >= to) {
        from = to;
        to = vectors * (++q + 1) / panels;
    }
    *begin = from * INKI_LANES;
    *end = to * INKI_LANES;
    return q;
}

bool inki_node_learns(const struct inki_node *node)
{
    struct inki_param param;
    bool learns = false;
    for (size_t i = 0; inki_param(node, i, &param); i++) learns = learns || inki_is_trained(param.role);
    return learns;
}

void inki_node_shapes(struct inki_node *node, struct inki_shape out)
{
    node->out = out;
    node->inputs = inki_pitch(&node->in) * node->in.height * node->in.width;
    node->outputs = inki_pitch(&out) * out.height * out.width;
    node->in_stride = inki_stride(node->inputs);
    node->out_stride = inki_stride(node->outputs);
    node->panels = inki_panels(node->outputs);
}

void inki_node_follow(struct inki_node *node, const struct inki_node *front)
{
    if (!front) return;
    node->planar = front->planar || front->op->images;
    node->members = front->members;
    node->shared = front->shared;
}
