/* forward: the tasks of a step up to the loss.
 * SPDX-License-Identifier: MIT */
#include "model/build.h"

static const struct inki_cut by_rows = {INKI_ROWS, 0}, whole = {INKI_WHOLE, 0}, by_one = {INKI_ONE, 0};

/* ------------------------------------------------------------------ input */

static void take(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_program *program = site->program;
    const struct inki_feed *feed = &program->feed;
    const size_t copy = range->part % program->input.copies;
    if (feed->lists)
        inki_input_take_lists(&program->input, feed->from, copy, range->row, range->row_end);
    else
        inki_input_take(&program->input, feed->from, feed->bytes, copy, range->row, range->row_end);
}

static void build_input(struct inki_build *b)
{
    const struct inki_input *input = &b->program->input;
    size_t x = inki_build_value(b, inki_input_bytes(input, b->rows, b->program->use.purpose == INKI_FOR_TRAINING),
                                input->copies, "rows");
    struct inki_order order = inki_build_order(b, b->first, take, "take", input->copies > 1 ? whole : by_rows, INKI_IN);
    order.needs[0] = (struct inki_need){x, true, false};
    order.cost = input->features;
    inki_build_task(b, &order);
    b->rows_in = x;
    if (b->takes) b->program->sites[b->first].input = &b->program->input;
}

/* ------------------------------------------------------------------ nodes */

/* What forward needs of the weights: with a scaling's offset the sums begin with something made of them. */
static void build_start(struct inki_build *b, size_t i, struct inki_cut cut)
{
    const struct inki_site *site = &b->program->sites[i];
    const struct inki_node *node = site->node;
    const size_t floats = node->op->made ? node->op->made(node, site->input && site->input->offset) : 0;
    if (!floats) return;
    bool shared = cut.axis == INKI_PANELS;
    b->places[i].made = inki_build_value(b, floats * sizeof(float), shared ? 1 : b->parts, "start");
    b->program->values[b->places[i].made].lasts = true;
    struct inki_order order = inki_build_order(b, i, node->op->start, "start", shared ? cut : whole, INKI_OUT);
    order.needs[0] = (struct inki_need){b->places[i].made, true, false};
    order.task.derives = true;
    inki_build_task(b, &order);
}

/* Few outputs for many threads, or few weights: along rows. */
static struct inki_cut cut_of(const struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    if (i >= b->tail || node->panels < b->parts) return by_rows;
    return (struct inki_cut){INKI_PANELS, node->outputs};
}

static void build_saved(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    if (b->training && node->saves)
        b->places[i].saved = inki_build_value(b, inki_build_bytes(b, node->out_stride), 1, "saved");
}

static void build_scratch(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    size_t floats = node->op->scratch ? node->op->scratch(node, &b->program->use) : 0;
    if (!floats) return;
    b->places[i].scratch = inki_build_value(b, floats * sizeof(float), b->parts, "scratch");
    b->program->values[b->places[i].scratch].lasts = true;
}

static void build_node(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    struct inki_places *places = &b->places[i];
    bool by_output = node->op->locality == INKI_BY_OUTPUT, alone = b->readers[i + 1 - node->back[0]] == 1;
    struct inki_cut cut = by_output ? cut_of(b, i) : by_rows;
    if (node->op->locality == INKI_BY_ELEMENT) cut = inki_build_follow(b, places->x, by_rows);
    if (b->training && node->op->by_batch) cut = by_one;
    build_start(b, i, cut);
    build_scratch(b, i);
    build_saved(b, i);
    places->y =
        node->op->in_place && alone ? places->x : inki_build_value(b, inki_build_bytes(b, node->out_stride), 1, "y");
    struct inki_order order =
        inki_build_order(b, i, node->op->forward, "forward", cut, by_output ? INKI_OUT : INKI_BOTH);
    order.needs[0] = (struct inki_need){places->x, false, (by_output && cut.axis != INKI_ROWS) || cut.axis == INKI_ONE};
    order.needs[1] = (struct inki_need){places->y, true, false};
    order.needs[2] = (struct inki_need){places->saved, true, false};
    order.needs[3] = (struct inki_need){places->made, false, false};
    order.needs[4] = (struct inki_need){places->x2, false, false};
    inki_build_task(b, &order);
}

/* The sum over inputs panel by panel of the node in front, each where that panel's outputs were made; then all of them. */
static void build_grouped(struct inki_build *b, size_t i)
{
    const struct inki_node *node = &b->model->nodes[i];
    struct inki_places *places = &b->places[i];
    const size_t bytes = inki_build_bytes(b, node->out_stride);
    places->partial = inki_build_value(b, bytes * inki_panels(node->inputs), 1, "partial");
    places->y = inki_build_value(b, bytes, b->at_once ? b->parts : 1, "logits");
    struct inki_cut cut = inki_build_follow(b, places->x, (struct inki_cut){INKI_PANELS, node->inputs});
    struct inki_order part = inki_build_order(b, i, node->op->part, "part", cut, INKI_IN);
    part.needs[0] = (struct inki_need){places->x, false, false};
    part.needs[1] = (struct inki_need){places->partial, true, false};
    inki_build_task(b, &part);
    struct inki_order total = inki_build_order(b, i, node->op->total, "total", b->at_once ? whole : by_rows, INKI_OUT);
    total.needs[0] = (struct inki_need){places->partial, false, b->at_once};
    total.needs[1] = (struct inki_need){places->y, true, false};
    total.cost = node->outputs * inki_panels(node->inputs);
    inki_build_task(b, &total);
}

/* ------------------------------------------------------------------- loss */

/* Parts that work it out for themselves have room of their own for what only the first one gives to the caller. */
static void find_results(const struct inki_program *program, size_t part, struct inki_loss_call *call)
{
    if (part == 0 || !program->losses.at || !call->row_loss) return;
    call->row_loss = (double *)(void *)(program->losses.at + part * program->losses.apart);
    call->row_parts = (double *)(void *)(program->scores.at + part * program->scores.apart);
}

static void loss(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_program *program = site->program;
    struct inki_loss_call call = program->feed.loss;
    find_results(program, range->part, &call);
    call.loss = program->model->loss;
    call.kern = site->kern;
    call.numbers = &program->model->numbers;
    call.threshold = program->model->threshold;
    call.outputs = program->model->outputs;
    call.stride = site->node->out_stride;
    call.members = program->model->members;
    call.width = call.members > 1 ? site->node->outputs / call.members : call.stride;
    call.pooled = program->use.purpose == INKI_FOR_PREDICTING;
    call.z = site->y.at + range->part * site->y.apart;
    call.dz = site->dy.at ? site->dy.at + range->part * site->dy.apart : NULL;
    inki_loss_rows(&call, range->row, range->row_end);
}

static void build_loss(struct inki_build *b)
{
    const size_t last = b->model->node_count - 1, copies = b->at_once ? b->parts : 1;
    const struct inki_node *node = &b->model->nodes[last];
    struct inki_places *places = &b->places[last];
    bool trains = b->program->use.purpose == INKI_FOR_TRAINING;
    if (trains) {
        places->dy = inki_build_value(b, inki_build_bytes(b, node->out_stride), copies, "dlogits");
        b->gradient_of[places->y] = places->dy;
    }
    b->losses = copies > 1 ? inki_build_value(b, b->rows * sizeof(double), copies, "losses") : INKI_NOTHING;
    b->scores = copies > 1 ? inki_build_value(b, b->rows * b->model->loss->parts * sizeof(double), copies, "parts")
                           : INKI_NOTHING;
    b->phase = INKI_PHASE_LOSS;
    struct inki_order order = inki_build_order(b, last, loss, "loss", b->at_once ? whole : by_rows, INKI_OUT);
    order.needs[0] = (struct inki_need){places->y, true, false};
    order.needs[1] = (struct inki_need){places->dy, true, false};
    order.needs[2] = (struct inki_need){b->losses, true, false};
    order.needs[3] = (struct inki_need){b->scores, true, false};
    order.cost = b->model->loss->cost * node->outputs;
    order.task.guards = trains && copies > 1;
    inki_build_task(b, &order);
    b->program->stages[b->program->stage_count - 1].guards = trains && copies == 1;
}

/* The value that source s of node i is. */
static size_t source_of(const struct inki_build *b, size_t i, size_t s)
{
    const size_t back = b->model->nodes[i].back[s];
    return i < b->first + back ? b->rows_in : b->places[i - back].y;
}

void inki_build_forward(struct inki_build *b)
{
    build_input(b);
    for (size_t i = b->first; i < b->model->node_count; i++) {
        const struct inki_node *node = &b->model->nodes[i];
        struct inki_places *places = &b->places[i];
        places->x = source_of(b, i, 0);
        if (node->sources > 1) places->x2 = source_of(b, i, 1);
        if (node->op->training_only && !b->training)
            places->y = places->x;
        else if (node->grouped)
            build_grouped(b, i);
        else
            build_node(b, i);
        b->learns[places->y] |= b->learns[places->x] || b->learns[places->x2] || inki_node_learns(node);
    }
    build_loss(b);
}
