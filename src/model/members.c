/* members: an ensemble in one layer: y[m] = act(x[m] W[m] + b[m]) for each of K members, side by side.
 * SPDX-License-Identifier: MIT
 *
 * The first such layer reads the same x for all members; behind it member m reads its own block of x. Blocks are padded to
 * INKI_LANES, so that y is an "image" of one row, K pixels and a pixel's padding. Members have weights of their own, or share one W
 * (BatchEnsemble, Wen et al. 2020): W[m] = diag(r[m]) W diag(s[m]), made of these once a step, so that the products are those of
 * ordinary layers. With G[m] = x[m]' dz[m], the ordinary gradient by W[m]:
 *     dW = sum over m of r[m] G[m] s[m]        dr[m] = row sums of G[m] W s[m]        ds[m] = column sums of G[m] W r[m]
 *     db[m] = sum of dz[m] over rows           dx[m] = dz[m] W[m]'
 * W, and each W[m], lie in panels as a dense layer's do: [inputs][width] each, then b[K][P], r[K][inputs padded], s[K][P]. */
#include "base/text.h"
#include "model/members.h"
#include "model/program.h"

#include <stdio.h>
#include <string.h>

enum { SHARD_ROWS = 128 };

/* ------------------------------------------------------------------ sizes */

static size_t members_of(const struct inki_node *node) { return node->out.width; }

/* A member's outputs, and these with their padding. */
static size_t outputs_of(const struct inki_node *node) { return node->out.channels; }

static size_t block_of(const struct inki_node *node) { return inki_pitch(&node->out); }

/* What a member reads: with an image's padding, which has weights that are 0; and where member m's begin in a row. */
static size_t inputs_of(const struct inki_node *node) { return node->parted ? node->in.channels : node->inputs; }

static size_t first_input(const struct inki_node *node, size_t m)
{
    return node->parted ? m * inki_pitch(&node->in) : 0;
}

/* Floats between the rows of W[m]' , which the gradient by x is made with. */
static size_t turned_row(const struct inki_node *node)
{
    return inki_stride(node->parted ? inki_pitch(&node->in) : node->inputs);
}

static size_t matrix_of(const struct inki_node *node) { return inputs_of(node) * block_of(node); }

static size_t bias_offset(const struct inki_node *node)
{
    return (node->shared ? 1 : members_of(node)) * matrix_of(node);
}

static size_t r_offset(const struct inki_node *node) { return bias_offset(node) + members_of(node) * block_of(node); }

static size_t r_size(const struct inki_node *node) { return inki_padded(inputs_of(node)); }

static size_t s_offset(const struct inki_node *node) { return r_offset(node) + members_of(node) * r_size(node); }

static size_t weights(const struct inki_node *node)
{
    return node->shared ? s_offset(node) + members_of(node) * block_of(node) : r_offset(node);
}

/* What forward needs of the weights: where the sums begin, then W[m]. */
static size_t made(const struct inki_node *node, bool offset)
{
    if (!node->shared && !offset) return 0;
    return members_of(node) * (block_of(node) + (node->shared ? matrix_of(node) : 0));
}

static size_t derived(const struct inki_node *node) { return members_of(node) * outputs_of(node) * turned_row(node); }

/* The gradients by all W[m], which add up over chunks of rows. */
static size_t scratch(const struct inki_node *node, const struct inki_use *use)
{
    return node->shared && use->purpose == INKI_FOR_TRAINING ? members_of(node) * matrix_of(node) : 0;
}

static size_t cost(const struct inki_node *node) { return members_of(node) * matrix_of(node); }

/* ------------------------------------------------------------- parameters */

enum { WEIGHT, BIAS, R, S };

/* Inputs of the file, and where its input i lies. */
static size_t real_inputs(const struct inki_node *node)
{
    return node->parted ? node->in.channels : inki_shape_size(&node->in);
}

static size_t input_at(const struct inki_node *node, size_t i)
{
    const size_t pixels = node->in.height * node->in.width;
    return node->planar && !node->parted ? i % pixels * inki_pitch(&node->in) + i / pixels : i;
}

static struct inki_param weight_param(const struct inki_node *node)
{
    const size_t in = real_inputs(node), outputs = outputs_of(node), members = members_of(node);
    struct inki_param param = {
        .suffix = "weight", .role = INKI_WEIGHT, .rank = 2, .dims = {outputs, in}, .fan_in = in, .fan_out = outputs};
    param.count = outputs * in;
    if (node->shared) return param;
    param.rank = 3;
    param.dims[0] = members;
    param.dims[1] = outputs;
    param.dims[2] = in;
    param.count *= members;
    return param;
}

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    static const char *const suffixes[] = {"weight", "bias", "r", "s"};
    const size_t members = members_of(node), each = i == R ? real_inputs(node) : outputs_of(node);
    if (i == WEIGHT) {
        *out = weight_param(node);
        return true;
    }
    if (i > (node->shared ? S : BIAS)) return false;
    *out = (struct inki_param){.suffix = suffixes[i],
                               .role = i == BIAS ? INKI_BIAS : INKI_GAIN,
                               .rank = 2,
                               .dims = {members, each},
                               .count = members * each,
                               .coin = i == R && !node->parted};
    return true;
}

/* Input i of output j of the matrix of member m; the shared one has member 0. */
static size_t weight_at(const struct inki_node *node, size_t m, size_t j, size_t i)
{
    size_t begin, end;
    inki_panel_of(outputs_of(node), j, &begin, &end);
    return m * matrix_of(node) + inputs_of(node) * begin + i * (end - begin) + j - begin;
}

static size_t at(const struct inki_node *node, size_t i, size_t at)
{
    const size_t in = real_inputs(node), outputs = outputs_of(node);
    switch (i) {
    case WEIGHT:
        return weight_at(node, at / (in * outputs), at / in % outputs, input_at(node, at % in));
    case BIAS:
        return bias_offset(node) + at / outputs * block_of(node) + at % outputs;
    case R:
        return r_offset(node) + at / in * r_size(node) + input_at(node, at % in);
    default:
        return s_offset(node) + at / outputs * block_of(node) + at % outputs;
    }
}

static bool segment(const struct inki_node *node, size_t i, struct inki_segment *out)
{
    const size_t begins[] = {0, bias_offset(node), r_offset(node), s_offset(node), weights(node)};
    if (i > (node->shared ? S : BIAS)) return false;
    *out = (struct inki_segment){i, begins[i], begins[i + 1] - begins[i], 0, 1};
    return true;
}

float inki_members_weight(const ink_model *model, const struct inki_node *node, size_t m, size_t j, size_t i)
{
    const float *w = model->w + node->offset;
    const size_t input = input_at(node, i);
    if (!node->shared) return w[weight_at(node, m, j, input)];
    return w[r_offset(node) + m * r_size(node) + input] * w[weight_at(node, 0, j, input)] *
           w[s_offset(node) + m * block_of(node) + j];
}

float inki_members_bias(const ink_model *model, const struct inki_node *node, size_t m, size_t j)
{
    return model->w[node->offset + bias_offset(node) + m * block_of(node) + j];
}

/* ---------------------------------------------------------------- derived */

static float *made_of(const struct inki_site *site, size_t part)
{
    return site->made.at ? site->made.at + part * site->made.apart : NULL;
}

/* The panel of W[m] that begins with this column of it. */
static const float *panel_of(const struct inki_site *site, size_t part, size_t m, size_t begin)
{
    const struct inki_node *node = site->node;
    const float *w = node->shared ? made_of(site, part) + members_of(node) * block_of(node) : inki_site_w(site);
    return w + m * matrix_of(node) + inputs_of(node) * begin;
}

/* The shared matrix, scaled for member m. */
static struct inki_shared shared_panel(const struct inki_site *site, size_t m, size_t begin, size_t end)
{
    const struct inki_node *node = site->node;
    const float *w = inki_site_w(site);
    return (struct inki_shared){.rows = inputs_of(node),
                                .n = end - begin,
                                .w = w + inputs_of(node) * begin,
                                .r = w + r_offset(node) + m * r_size(node),
                                .s = w + s_offset(node) + m * block_of(node) + begin};
}

/* With a scaling's offset the sums begin with b + offset W. */
static void start_panel(const struct inki_site *site, size_t part, size_t m, size_t begin, size_t end)
{
    const struct inki_node *node = site->node;
    const size_t column = m * block_of(node) + begin;
    float *to = made_of(site, part) + column;
    const float *bias = inki_site_w(site) + bias_offset(node) + column,
                *offset = site->input ? site->input->offset : NULL;
    if (node->shared) {
        struct inki_shared shared = shared_panel(site, m, begin, end);
        shared.made =
            made_of(site, part) + members_of(node) * block_of(node) + m * matrix_of(node) + inputs_of(node) * begin;
        site->kern->share_weights(&shared);
    }
    if (!offset) {
        memcpy(to, bias, (end - begin) * sizeof *to);
        return;
    }
    site->kern->gemm(&(struct inki_gemm){.m = 1,
                                         .n = end - begin,
                                         .k = inputs_of(node),
                                         .a = offset,
                                         .a_row = node->inputs,
                                         .a_col = 1,
                                         .b = panel_of(site, part, m, begin),
                                         .b_row = end - begin,
                                         .c = to,
                                         .c_row = end - begin,
                                         .bias = bias});
}

/* A loop over the panels of all members. */
typedef void panel_loop(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin,
                        size_t end);

static void each_panel(const struct inki_site *site, const struct inki_range *range, panel_loop *run)
{
    const size_t outputs = outputs_of(site->node);
    for (size_t q = 0; q < inki_panels(outputs); q++) {
        size_t begin, end;
        inki_panel(outputs, q, &begin, &end);
        for (size_t m = 0; m < members_of(site->node); m++) run(site, range, m, begin, end);
    }
}

static void start_one(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin, size_t end)
{
    start_panel(site, range->part, m, begin, end);
}

static void start(const struct inki_site *site, const struct inki_range *range) { each_panel(site, range, start_one); }

static void turn_one(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin, size_t end)
{
    const struct inki_node *node = site->node;
    const size_t row = turned_row(node), used = inki_used(outputs_of(node), begin, end);
    float *to = site->derived.at + range->part * site->derived.apart + (m * outputs_of(node) + begin) * row;
    site->kern->transpose(inputs_of(node), used, panel_of(site, range->part, m, begin), end - begin, to, row);
}

static void turn(const struct inki_site *site, const struct inki_range *range) { each_panel(site, range, turn_one); }

/* ---------------------------------------------------------------- forward */

static const float *rows_of(const struct inki_site *site, const struct inki_range *range, size_t m)
{
    return site->x.at + range->part * site->x.apart + range->row * site->node->in_stride + first_input(site->node, m);
}

/* A panel's columns of the rows' lists, of which `listed` and `listed_gradient` want w and bias, or g, besides. */
static struct inki_listed listed_panel(const struct inki_site *site, const struct inki_range *range, size_t m,
                                       size_t begin, size_t end, const struct inki_span *y)
{
    const struct inki_node *node = site->node;
    struct inki_listed call = inki_input_listed(site->input, range->part, range->row, range->row_end);
    call.n = call.w_row = end - begin;
    call.y_row = node->out_stride;
    call.y = y->at + range->part * y->apart + range->row * call.y_row + m * block_of(node) + begin;
    return call;
}

/* nonzero: of the raw rows, or NULL. */
static void forward_panel(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin,
                          size_t end, const uint64_t *nonzero)
{
    const struct inki_node *node = site->node;
    const size_t column = m * block_of(node) + begin;
    const float *made = made_of(site, range->part), *bias = made ? made : inki_site_w(site) + bias_offset(node);
    if (site->input && site->input->listed) {
        struct inki_listed call = listed_panel(site, range, m, begin, end, &site->y);
        call.w = panel_of(site, range->part, m, begin);
        call.bias = bias + column;
        site->kern->listed(&call);
        return;
    }
    site->kern->gemm(
        &(struct inki_gemm){.m = range->row_end - range->row,
                            .n = end - begin,
                            .k = inputs_of(node),
                            .a = rows_of(site, range, m),
                            .a_row = node->in_stride,
                            .a_col = 1,
                            .b = panel_of(site, range->part, m, begin),
                            .b_row = end - begin,
                            .c = site->y.at + range->part * site->y.apart + range->row * node->out_stride + column,
                            .c_row = node->out_stride,
                            .bias = bias + column,
                            .nonzero = nonzero,
                            .prefetch = inki_input_prefetch(site->input, range->part)});
}

static void forward(const struct inki_site *site, const struct inki_range *range)
{
    const size_t outputs = outputs_of(site->node), panels = inki_panels(outputs);
    const uint64_t *nonzero = NULL;
    if (site->input && inki_input_pays(site->input, range->part, range->row, range->row_end))
        nonzero = inki_input_nonzero(site->input, range->part, range->row);
    for (size_t m = 0; m < members_of(site->node); m++)
        for (size_t q = 0; q < panels; q++) {
            size_t begin, end;
            inki_panel(outputs, q, &begin, &end);
            forward_panel(site, range, m, begin, end, nonzero);
        }
    inki_activate(site, range);
}

/* --------------------------------------------------------------- backward */

/* What all members read gets what each of them gives, in their order. */
static void backward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t outputs = outputs_of(node), row = turned_row(node);
    const float *dy = site->dy.at + range->part * site->dy.apart + range->row * node->out_stride;
    const float *turned = site->derived.at + range->part * site->derived.apart;
    float *dx = site->dx.at + range->part * site->dx.apart + range->row * node->in_stride;
    for (size_t m = 0; m < members_of(node); m++)
        site->kern->gemm(&(struct inki_gemm){.m = range->row_end - range->row,
                                             .n = node->parted ? inki_pitch(&node->in) : inki_padded(node->inputs),
                                             .k = outputs,
                                             .a = dy + m * block_of(node),
                                             .a_row = node->out_stride,
                                             .a_col = 1,
                                             .b = turned + m * outputs * row,
                                             .b_row = row,
                                             .c = dx + first_input(node, m),
                                             .c_row = node->in_stride,
                                             .add = site->add_dx || (m > 0 && !node->parted)});
}

/* The gradient by a panel of W[m], into c or added to it. With a scaling's offset the sum of dz over rows, db, counts too. */
static void gradient_product(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin,
                             size_t end, float *c, bool add)
{
    const struct inki_node *node = site->node;
    const struct inki_feed *feed = &site->program->feed;
    const size_t column = m * block_of(node) + begin;
    const float *offset = site->input && feed->last ? site->input->offset : NULL;
    const uint64_t *columns = NULL;
    if (site->input && site->input->listed) {
        struct inki_listed call = listed_panel(site, range, m, begin, end, &site->dy);
        call.g = c;
        call.in_end = inputs_of(node);
        call.add = add;
        site->kern->listed_gradient(&call);
        return;
    }
    if (site->input && inki_input_pays(site->input, range->part, 0, range->row_end))
        columns = site->input->columns + range->part % site->input->copies * site->input->nonzero_copy;
    if (columns && range->row_end == 1) columns = inki_input_nonzero(site->input, range->part, 0);
    site->kern->gemm(&(struct inki_gemm){.m = inputs_of(node),
                                         .n = end - begin,
                                         .k = range->row_end,
                                         .a = rows_of(site, range, m),
                                         .a_row = 1,
                                         .a_col = node->in_stride,
                                         .b = site->dy.at + range->part * site->dy.apart + column,
                                         .b_row = node->out_stride,
                                         .c = c,
                                         .c_row = end - begin,
                                         .add = add,
                                         .nonzero = columns,
                                         .outer = offset,
                                         .outer_b = inki_site_g(site) + bias_offset(node) + column,
                                         .prefetch = inki_input_prefetch(site->input, range->part)});
}

static void gradient_own(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin,
                         size_t end)
{
    const struct inki_node *node = site->node;
    float *g = inki_site_g(site) + m * matrix_of(node) + inputs_of(node) * begin;
    gradient_product(site, range, m, begin, end, g, site->program->feed.add);
}

/* Where there is but one chunk, all members' gradients come to one place, which stays in the cache. */
static float *room_of(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin)
{
    const struct inki_feed *feed = &site->program->feed;
    float *scratch = site->scratch.at + range->part * site->scratch.apart;
    if (!feed->add && feed->last) return scratch;
    return scratch + m * matrix_of(site->node) + inputs_of(site->node) * begin;
}

static void gradient_shared(const struct inki_site *site, const struct inki_range *range, size_t m, size_t begin,
                            size_t end)
{
    const struct inki_node *node = site->node;
    const struct inki_feed *feed = &site->program->feed;
    struct inki_shared shared = shared_panel(site, m, begin, end);
    float *g = inki_site_g(site), *own = room_of(site, range, m, begin);
    gradient_product(site, range, m, begin, end, own, feed->add);
    if (!feed->last) return;
    shared.g = own;
    shared.dw = g + inputs_of(node) * begin;
    shared.dr = g + r_offset(node) + m * r_size(node);
    shared.ds = g + s_offset(node) + m * block_of(node) + begin;
    site->kern->share_gradient(&shared);
}

/* b's first: the products with an offset need it. */
static void gradient(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct inki_feed *feed = &site->program->feed;
    float *g = inki_site_g(site);
    site->kern->column_sum(range->row_end, members_of(node) * block_of(node), node->out_stride,
                           site->dy.at + range->part * site->dy.apart, g + bias_offset(node), feed->add);
    if (site->input && inki_input_pays(site->input, range->part, 0, range->row_end))
        inki_input_columns(site->input, range->part, range->row_end, 0, inki_padded(node->inputs));
    if (node->shared && feed->last) {
        memset(g, 0, matrix_of(node) * sizeof *g);
        memset(g + r_offset(node), 0, (weights(node) - r_offset(node)) * sizeof *g);
    }
    each_panel(site, range, node->shared ? gradient_shared : gradient_own);
}

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->members ? to->members(to->user, node) : to->other(to->user, node);
}

const struct inki_op inki_members_op = {
    .word = "dense",
    .form = "dense OUTPUTS [ACTIVATION] members K [shared]: y[m] = act(x[m] W[m] + b[m]), m = 1 … K; shared: W[m] = "
            "diag(r[m]) W diag(s[m])",
    .example = "dense 21 tanh members 3",
    .locality = INKI_BY_ROW,
    .takes_input = true,
    .takes_list = true,
    .activates = true,
    .by_member = true,
    .shard_rows = SHARD_ROWS,
    .parse = inki_members_parse,
    .print = inki_members_print,
    .weights = weights,
    .param = param,
    .at = at,
    .segment = segment,
    .cost = cost,
    .derived = derived,
    .made = made,
    .scratch = scratch,
    .start = start,
    .forward = forward,
    .slope = inki_slope,
    .turn = turn,
    .backward = backward,
    .gradient = gradient,
    .emit = emit,
};
