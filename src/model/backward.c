/* backward: the tasks of a step behind the loss, from the last node to the first that is trained.
 * SPDX-License-Identifier: MIT */
#include "model/build.h"

static const struct inki_cut by_rows = {INKI_ROWS, 0}, whole = {INKI_WHOLE, 0}, by_one = {INKI_ONE, 0};

/* Its loops go over whole rows. */
static bool is_by_row(const struct inki_node *node) { return node->op->locality == INKI_BY_ROW; }

static struct inki_cut by_columns(const struct inki_build *b, size_t width, enum inki_cut_axis otherwise)
{
    return (struct inki_cut){inki_panels(width) >= b->parts ? INKI_PANELS : otherwise, width};
}

/* dy becomes dz, where it was made. */
static void build_slope(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    const struct inki_places *places = &b->places[i];
    if (!node->op->slope || !(node->saves || node->op->by_batch)) return;
    struct inki_cut otherwise = i >= b->tail || is_by_row(node) ? by_rows : by_columns(b, node->outputs, INKI_ROWS),
                    cut = node->op->by_batch ? by_one : inki_build_follow(b, places->dy, otherwise);
    struct inki_order order = inki_build_order(b, i, node->op->slope, "slope", cut, INKI_BOTH);
    order.needs[0] = (struct inki_need){places->dy, true, node->op->by_batch};
    order.needs[1] = (struct inki_need){places->saved, false, node->op->by_batch};
    if (node->op->by_batch) order.needs[2] = (struct inki_need){places->x, false, true};
    order.cost = node->outputs;
    inki_build_task(b, &order);
}

/* How the gradient by x is cut. */
static struct inki_cut cut_back(const struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    if ((i >= b->tail && !b->at_once) || is_by_row(node)) return by_rows;
    return by_columns(b, node->inputs, INKI_VECTORS);
}

static void build_turn(struct inki_build *b, size_t i, struct inki_cut cut)
{
    const struct inki_node *node = &b->model->nodes[i];
    struct inki_places *places = &b->places[i];
    bool own = cut.axis == INKI_ROWS;
    if (!node->op->turn) return;
    places->derived =
        inki_build_value(b, node->op->derived(node) * sizeof(float), own ? b->parts : 1, "turned weights");
    b->program->values[places->derived].lasts = true;
    struct inki_order order = inki_build_order(b, i, node->op->turn, "turn", own ? whole : cut, INKI_IN);
    order.needs[0] = (struct inki_need){places->derived, true, false};
    order.needs[1] = (struct inki_need){places->w, false, !b->at_once};
    order.needs[2] = (struct inki_need){places->made, false, false};
    order.task.derives = true;
    inki_build_task(b, &order);
}

/* The gradient by a value: a new one, or one that holds the shares of others who read it. */
static size_t find_gradient(struct inki_build *b, size_t value, size_t stride, bool *add)
{
    if (!b->learns[value]) return INKI_NOTHING;
    *add = b->gradient_of[value] != INKI_NOTHING;
    if (!*add) b->gradient_of[value] = inki_build_value(b, inki_build_bytes(b, stride), 1, "dx");
    return b->gradient_of[value];
}

static void build_back(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    struct inki_places *places = &b->places[i];
    struct inki_site *site = &b->program->sites[i];
    bool by_element = node->op->locality == INKI_BY_ELEMENT;
    struct inki_cut cut = by_element ? inki_build_follow(b, places->dy, by_rows) : cut_back(b, i);
    places->dx = find_gradient(b, places->x, node->in_stride, &site->add_dx);
    if (node->sources > 1) places->dx2 = find_gradient(b, places->x2, node->in_stride, &site->add_dx2);
    if (places->dx == INKI_NOTHING && places->dx2 == INKI_NOTHING) return;
    build_turn(b, i, cut);
    if (node->op->by_batch) cut = by_one;
    struct inki_order order =
        inki_build_order(b, i, node->op->backward, "backward", cut, by_element ? INKI_BOTH : INKI_IN);
    order.needs[0] = (struct inki_need){places->dy, false, !by_element && cut.axis != INKI_ROWS};
    if (is_by_row(node)) {
        order.needs[4] = (struct inki_need){places->saved, false, node->op->by_batch};
        order.needs[5] = (struct inki_need){places->x, false, node->op->by_batch};
    }
    order.needs[1] = (struct inki_need){places->dx, true, false};
    order.needs[2] = (struct inki_need){places->derived, false, false};
    order.needs[3] = (struct inki_need){places->dx2, true, false};
    inki_build_task(b, &order);
}

static void build_sum(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    struct inki_places *places = &b->places[i];
    if (!node->op->sum) return;
    struct inki_cut cut = {INKI_PANELS, node->outputs};
    struct inki_order order = inki_build_order(b, i, node->op->sum, "sum", cut, INKI_OUT);
    places->sums = inki_build_value(b, 0, 1, "sums");
    order.needs[0] = (struct inki_need){places->dy, false, false};
    order.needs[1] = (struct inki_need){places->sums, true, false};
    if (node->op->locality == INKI_BY_ELEMENT) order.needs[2] = (struct inki_need){places->x, false, false};
    order.cost = node->outputs;
    inki_build_later(b, &order);
}

/* Along outputs, so that a thread keeps its columns of the weights; or along inputs. */
static void build_gradient(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    const struct inki_places *places = &b->places[i];
    if (!node->op->gradient) return;
    struct inki_cut cut = is_by_row(node) ? by_one : by_columns(b, node->outputs, INKI_STRIPS);
    if (b->at_once && node->grouped) cut = (struct inki_cut){INKI_PANELS, node->inputs};
    bool by_output = cut.axis == INKI_PANELS && !(b->at_once && node->grouped);
    if (cut.axis == INKI_STRIPS) cut.width = node->inputs;
    struct inki_order order =
        inki_build_order(b, i, node->op->gradient, "gradient", cut, by_output ? INKI_OUT : INKI_IN);
    order.needs[0] = (struct inki_need){places->dy, false, !by_output};
    order.needs[1] = (struct inki_need){places->x, false, by_output || cut.axis == INKI_ONE};
    order.needs[2] = (struct inki_need){places->sums, false, !by_output};
    order.needs[3] = (struct inki_need){places->w, true, false};
    if (!b->program->sites[i].input || !b->program->input.offset) order.needs[2].value = INKI_NOTHING;
    inki_build_later(b, &order);
}

static void build_node(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    struct inki_places *places = &b->places[i];
    bool listed = b->program->sites[i].input && b->program->input.listed;
    bool steps = b->program->use.update && node->op->gradient && node->op->steps && !listed;
    places->dy = b->gradient_of[places->y];
    if (places->dy == INKI_NOTHING) return; /* nothing in front of it is trained */
    build_slope(b, i);
    if (steps) { /* what is made of the weights for backward must be made before they are stepped */
        places->w = inki_build_value(b, 0, 1, "weights");
        b->program->sites[i].steps = true;
    }
    build_sum(b, i);
    if (!steps) build_gradient(b, i);
    if (node->op->backward && places->y != places->x) build_back(b, i);
    if (steps) build_gradient(b, i);
}

void inki_build_backward(struct inki_build *b)
{
    b->phase = INKI_PHASE_BACKWARD;
    for (size_t i = b->model->node_count; i-- > b->trained;) build_node(b, i);
}
