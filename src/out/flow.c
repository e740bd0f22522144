/* flow: from a list of layers to the steps that exported C runs.
 * SPDX-License-Identifier: MIT */
#include "out/flow.h"

#include "base/mem.h"
#include "out/taken.h"

#include <math.h>

#define EPSILON 1e-5 /* of norms */

/* While steps are put together the first place is left to the scaling, and `from` is the place of a step; 0 is the rows. */
struct build {
    struct inki_flow *flow;
    bool scales;
    size_t *of;      /* [layers + 1]: the step that gives what a layer's from = i means */
    size_t *readers; /* [layers + 1] */
};

/* ------------------------------------------------------------------- weights */

/* [outputs][channels][pixels] becomes [outputs][pixels][channels]. */
static ink_status turn_weights(ink_ctx *ctx, float **w, size_t outputs, size_t channels, size_t pixels)
{
    const size_t n = channels * pixels;
    float *turned = inki_alloc(ctx, outputs * n, sizeof *turned);
    if (!turned) return INK_NO_MEMORY;
    for (size_t o = 0; o < outputs; o++)
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < pixels; i++) turned[o * n + i * channels + c] = (*w)[o * n + c * pixels + i];
    inki_free(*w);
    *w = turned;
    return INK_OK;
}

static ink_status add_conv(struct build *b, struct inki_plain_layer *layer, struct inki_step *step)
{
    const bool dense = layer->kind == INKI_PLAIN_DENSE;
    step->kind = INKI_STEP_CONV;
    if (dense)
        step->frame =
            (struct inki_frame){.rows = layer->in.height, .columns = layer->in.width, .stride = 1, .groups = 1};
    if (!dense || layer->planar)
        INK_TRY(turn_weights(b->flow->ctx, &layer->w, step->out.channels, step->in.channels / step->frame.groups,
                             step->frame.rows * step->frame.columns));
    step->w = layer->w;
    step->b = layer->b;
    return INK_OK;
}

/* Whether larger sums never give smaller values. */
static bool is_monotone(enum inki_activation act)
{
    return act == INKI_ACT_identity || act == INKI_ACT_relu || act == INKI_ACT_leaky_relu || act == INKI_ACT_tanh ||
           act == INKI_ACT_sigmoid;
}

static bool has_pool(const struct inki_step *step) { return step->pool_rows * step->pool_columns > 1; }

/* The convolution that gives what a layer takes, if nobody else takes it. */
static struct inki_step *only_source(const struct build *b, const struct inki_plain_layer *layer)
{
    const size_t i = b->of[layer->from[0]];
    struct inki_step *step = i ? &b->flow->steps[i] : NULL;
    return step && step->kind == INKI_STEP_CONV && b->readers[layer->from[0]] == 1 ? step : NULL;
}

/* ------------------------------------------------------------- norms and pools */

/* What the norm multiplies with and adds, into its own w and b. */
static void make_factors(struct inki_plain_layer *layer)
{
    for (size_t c = 0; c < layer->out.channels; c++) {
        double scale = (double)layer->w[c] / sqrt((double)layer->variance[c] + EPSILON);
        layer->b[c] = (float)((double)layer->b[c] - (double)layer->mean[c] * scale);
        layer->w[c] = (float)scale;
    }
}

static bool can_take_norm(const struct inki_step *step, const struct inki_plain_layer *layer)
{
    if (!step || step->act != INKI_ACT_identity || step->out.channels != layer->out.channels) return false;
    for (size_t c = 0; c < layer->out.channels && has_pool(step); c++)
        if (!(layer->w[c] >= 0)) return false; /* the largest would be the least */
    return true;
}

static void take_norm(struct inki_step *step, const struct inki_plain_layer *layer)
{
    const size_t kernel = inki_step_kernel(step);
    for (size_t o = 0; o < step->out.channels; o++) {
        for (size_t i = 0; i < kernel; i++) step->w[o * kernel + i] *= layer->w[o];
        step->b[o] = (float)((double)step->b[o] * (double)layer->w[o] + (double)layer->b[o]);
    }
    step->act = layer->act;
}

/* True if it has become part of the step in front. */
static bool fold_norm(const struct build *b, struct inki_plain_layer *layer, struct inki_step *step)
{
    struct inki_step *before = only_source(b, layer);
    make_factors(layer);
    if (can_take_norm(before, layer)) {
        take_norm(before, layer);
        return true;
    }
    step->kind = INKI_STEP_CONV;
    step->frame = (struct inki_frame){.rows = 1, .columns = 1, .stride = 1, .groups = step->in.channels};
    step->w = layer->w;
    step->b = layer->b;
    return false;
}

static bool fold_pool(const struct build *b, const struct inki_plain_layer *layer)
{
    struct inki_step *before = only_source(b, layer);
    const struct inki_frame *frame = &layer->frame;
    if (!before || has_pool(before) || !is_monotone(before->act) || frame->stride < frame->rows ||
        frame->stride < frame->columns)
        return false;
    before->pool_rows = frame->rows;
    before->pool_columns = frame->columns;
    before->pool_stride = frame->stride;
    before->out = layer->out;
    return true;
}

/* --------------------------------------------------------------------- steps */

/* True in *folded if the layer has become part of another step. */
static ink_status add_step(struct build *b, struct inki_plain_layer *layer, bool *folded)
{
    struct inki_flow *flow = b->flow;
    struct inki_step *step = &flow->steps[flow->count];
    static const enum inki_step_kind kinds[] = {[INKI_PLAIN_MAX] = INKI_STEP_LARGEST,
                                                [INKI_PLAIN_MEAN] = INKI_STEP_MEAN,
                                                [INKI_PLAIN_PIXEL_NORM] = INKI_STEP_NORM,
                                                [INKI_PLAIN_SUM] = INKI_STEP_SUM};
    *step = (struct inki_step){.name = layer->name,
                               .from = {b->of[layer->from[0]], b->of[layer->from[1]]},
                               .in = layer->in,
                               .out = layer->out,
                               .frame = layer->frame,
                               .pool_rows = 1,
                               .pool_columns = 1,
                               .pool_stride = 1,
                               .act = layer->act};
    *folded = false;
    if (layer->kind == INKI_PLAIN_DENSE || layer->kind == INKI_PLAIN_CONV) return add_conv(b, layer, step);
    if (layer->kind == INKI_PLAIN_NORM) {
        *folded = fold_norm(b, layer, step);
        return INK_OK;
    }
    step->kind = kinds[layer->kind];
    step->w = layer->w;
    step->b = layer->b;
    *folded = layer->kind == INKI_PLAIN_MAX && fold_pool(b, layer);
    return INK_OK;
}

/* ------------------------------------------------------------------- scaling */

/* Whether a convolution sees nothing but the image along one axis. */
static bool is_inside(size_t out, size_t pool, size_t pool_stride, size_t stride, size_t before, size_t kernel,
                      size_t size)
{
    return before == 0 && ((out - 1) * pool_stride + pool - 1) * stride + kernel <= size;
}

/* The same shift and factor at every pixel of a channel, which a convolution may take on: outside the image it sees 0. */
static bool is_even(const struct inki_plain *plain, const struct inki_step *step)
{
    const size_t channels = step->in.channels, n = inki_step_inputs(step);
    const struct inki_frame *frame = &step->frame;
    const bool inside = is_inside(step->out.height, step->pool_rows, step->pool_stride, frame->stride, frame->top,
                                  frame->rows, step->in.height) &&
                        is_inside(step->out.width, step->pool_columns, step->pool_stride, frame->stride, frame->left,
                                  frame->columns, step->in.width);
    for (size_t i = 0; i < n; i++) {
        const float shift = plain->shift[i], factor = plain->factor[i];
        if (factor != plain->factor[i % channels] || shift != plain->shift[i % channels]) return false;
        if (shift != 0 && (!inside || inki_plain_is_far(shift, factor))) return false;
    }
    return true;
}

/* A dense one has a weight of its own for each value. */
static bool takes_each(const struct inki_plain *plain, const struct inki_step *step)
{
    const size_t n = inki_step_inputs(step);
    if (step->frame.rows != step->in.height || step->frame.columns != step->in.width || step->frame.groups != 1 ||
        step->out.height * step->out.width != 1 || step->frame.top || step->frame.left)
        return false;
    for (size_t i = 0; i < n; i++)
        if (inki_plain_is_far(plain->shift[i], plain->factor[i])) return false;
    return true;
}

static void take_scaling(const struct inki_plain *plain, struct inki_step *step)
{
    const size_t kernel = inki_step_kernel(step), depth = step->in.channels / step->frame.groups,
                 share = step->out.channels / step->frame.groups;
    const bool each = kernel == inki_step_inputs(step);
    for (size_t o = 0; o < step->out.channels; o++) {
        double sum = (double)step->b[o];
        for (size_t i = 0; i < kernel; i++) {
            float *w = &step->w[o * kernel + i];
            const size_t from = each ? i : o / share * depth + i % depth;
            sum -= (double)*w * (double)plain->factor[from] * (double)plain->shift[from];
            *w *= plain->factor[from];
        }
        step->b[o] = (float)sum;
    }
}

/* Whether the scaling can go into the only step that reads the rows; then it is there. */
static bool fold_scaling(struct inki_flow *flow)
{
    const struct inki_plain *plain = &flow->plain;
    struct inki_step *first = &flow->steps[1];
    for (size_t i = 2; i < flow->count; i++)
        if (flow->steps[i].from[0] == 0 || (flow->steps[i].kind == INKI_STEP_SUM && flow->steps[i].from[1] == 0))
            return false;
    if (first->kind != INKI_STEP_CONV) return false;
    if (plain->factor && !is_even(plain, first) && !takes_each(plain, first)) return false;
    if (plain->factor) take_scaling(plain, first);
    return true;
}

/* Steps begin behind a place for the scaling: it is taken out, or stays. */
static ink_status settle_scaling(struct inki_flow *flow, bool scales)
{
    struct inki_plain *plain = &flow->plain;
    const size_t gone = !scales && fold_scaling(flow) ? 1 : 0;
    for (size_t i = 1; i < flow->count; i++) {
        struct inki_step *step = &flow->steps[i - gone];
        *step = flow->steps[i];
        for (size_t s = 0; s < 2; s++) step->from[s] += 1 - gone;
    }
    flow->count -= gone;
    if (gone) return INK_OK;
    const struct inki_shape in = {1, 1, flow->features, 0};
    bool spread = false;
    flow->unit = inki_zalloc(flow->ctx, 2, sizeof *flow->unit);
    if (!flow->unit) return INK_NO_MEMORY;
    flow->unit[1] = 1;
    for (size_t i = 1; plain->factor && i < flow->features; i++)
        spread = spread || plain->shift[i] != plain->shift[0] || plain->factor[i] != plain->factor[0];
    flow->steps[0] = (struct inki_step){.kind = INKI_STEP_SCALE,
                                        .name = "scale",
                                        .in = in,
                                        .out = in,
                                        .frame = {.groups = 1},
                                        .act = INKI_ACT_identity,
                                        .spread = spread,
                                        .w = plain->factor ? plain->shift : flow->unit,
                                        .b = plain->factor ? plain->factor : flow->unit + 1};
    return INK_OK;
}

/* ---------------------------------------------------------------------- work */

/* Places of a kernel that lie in the image, over all outputs along one axis; some may be left out behind a pool. */
static size_t count_places(size_t out, size_t pool, size_t pool_stride, const struct inki_frame *frame, size_t kernel,
                           size_t before, size_t size)
{
    size_t sum = 0, first, end;
    for (size_t i = 0; i < out; i++)
        for (size_t j = 0; j < pool; j++) {
            inki_step_window(i * pool_stride + j, frame->stride, before, kernel, size, &first, &end);
            sum += end - first;
        }
    return sum;
}

static size_t count_work(const struct inki_step *step)
{
    const struct inki_frame *frame = &step->frame;
    if (step->kind != INKI_STEP_CONV) return 0;
    return count_places(step->out.height, step->pool_rows, step->pool_stride, frame, frame->rows, frame->top,
                        step->in.height) *
           count_places(step->out.width, step->pool_columns, step->pool_stride, frame, frame->columns, frame->left,
                        step->in.width) *
           (step->in.channels / frame->groups) * step->out.channels;
}

/* --------------------------------------------------------------------- whole */

static ink_status build_steps(struct build *b)
{
    struct inki_flow *flow = b->flow;
    struct inki_plain *plain = &flow->plain;
    flow->count = 1; /* behind the scaling */
    for (size_t l = 0; l < plain->count; l++) {
        b->readers[plain->layers[l].from[0]]++;
        if (plain->layers[l].kind == INKI_PLAIN_SUM) b->readers[plain->layers[l].from[1]]++;
    }
    for (size_t l = 0; l < plain->count; l++) {
        bool folded;
        INK_TRY(add_step(b, &plain->layers[l], &folded));
        b->of[l + 1] = folded ? b->of[plain->layers[l].from[0]] : flow->count++;
    }
    INK_TRY(settle_scaling(flow, b->scales));
    for (size_t i = 0; i < flow->count; i++) {
        flow->steps[i].size = inki_shape_size(&flow->steps[i].out);
        flow->steps[i].work = count_work(&flow->steps[i]);
        flow->work += flow->steps[i].work;
    }
    return inki_flow_place(flow);
}

ink_status inki_flow_begin(ink_ctx *ctx, struct inki_plain *plain, bool scales, struct inki_flow *out)
{
    *out = (struct inki_flow){.ctx = ctx, .plain = *plain, .outputs = plain->model->outputs, .members = plain->members};
    *plain = (struct inki_plain){0};
    out->features = inki_taken_values(out->plain.model);
    struct build b = {out, scales, inki_zalloc(ctx, out->plain.count + 1, sizeof *b.of),
                      inki_zalloc(ctx, out->plain.count + 1, sizeof *b.readers)};
    out->steps = inki_zalloc(ctx, out->plain.count + 1, sizeof *out->steps);
    ink_status status = b.of && b.readers && out->steps ? build_steps(&b) : INK_NO_MEMORY;
    inki_free(b.of);
    inki_free(b.readers);
    if (status != INK_OK) inki_flow_end(out);
    return status;
}

void inki_flow_end(struct inki_flow *flow)
{
    ink_ctx *ctx = flow->ctx;
    if (!ctx) return;
    inki_plain_end(&flow->plain);
    inki_free(flow->steps);
    inki_free(flow->unit);
    *flow = (struct inki_flow){0};
}
