/* optim: optimisers over the flat blocks.
 * SPDX-License-Identifier: MIT */
#include "train/optim.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/settings.h"

#include <math.h>

#define RUNNING_SHARE 0.1f /* of a step in running averages, as in PyTorch */

#define OPTIMIZER_STATES(name, states, lr, formula) states,
#define OPTIMIZER_RATE(name, states, lr, formula) lr,
static const int state_counts[] = {INKI_OPTIMIZERS(OPTIMIZER_STATES)};
static const double rates[] = {INKI_OPTIMIZERS(OPTIMIZER_RATE)};

/* The setting's choices are these behind auto, which inki_settings_resolve replaces. */
static enum inki_optimizer kind_of(const ink_settings *set)
{
    return (enum inki_optimizer)(inki_get_choice(set, INKI_OPTIMIZER) - 1);
}

double inki_optim_rate(const ink_settings *set)
{
    double lr = inki_get_real(set, INKI_LR);
    return isnan(lr) ? rates[kind_of(set)] : lr;
}

/* Fills optim's lists of segments, unless it is NULL; returns how many there are. */
static size_t list_segments(const ink_model *model, struct inki_optim *optim)
{
    size_t count = 0;
    struct inki_segment segment;
    for (size_t i = 0; i < model->node_count; i++) {
        const struct inki_node *node = &model->nodes[i];
        for (size_t s = 0; node->op->segment && node->op->segment(node, s, &segment); s++, count++) {
            segment.offset += node->offset;
            if (!optim) continue;
            optim->segments[count] = segment;
            optim->node[count] = i;
            optim->decays[count] = inki_segment_role(node, &segment) == INKI_WEIGHT;
            optim->follows[count] = inki_segment_role(node, &segment) == INKI_STATE;
        }
    }
    return count;
}

ink_status inki_optim_begin(ink_ctx *ctx, ink_model *model, const ink_settings *set, struct inki_optim *out)
{
    bool failed = false;
    *out = (struct inki_optim){.ctx = ctx, .model = model, .kind = kind_of(set)};
    out->how.momentum = (float)inki_get_real(set, INKI_MOMENTUM);
    out->how.gain = (float)(1 - inki_get_real(set, INKI_DAMPENING));
    out->l2 = inki_get_real(set, INKI_L2);
    out->clip_norm = inki_get_real(set, INKI_CLIP_NORM);
    out->segment_count = list_segments(model, NULL);
    out->segments = inki_alloc(ctx, out->segment_count, sizeof *out->segments);
    out->node = inki_alloc(ctx, out->segment_count, sizeof *out->node);
    out->decays = inki_zalloc(ctx, out->segment_count, sizeof *out->decays);
    out->follows = inki_zalloc(ctx, out->segment_count, sizeof *out->follows);
    out->left = inki_zalloc(ctx, out->segment_count, sizeof *out->left);
    out->square_sums = inki_alloc(ctx, out->segment_count, sizeof *out->square_sums);
    for (int i = 0; i < state_counts[out->kind]; i++) {
        out->state[i] = inki_zalloc(ctx, model->size, sizeof *out->state[i]);
        if (!out->state[i]) failed = true;
    }
    if (failed || !out->segments || !out->node || !out->decays || !out->follows || !out->left || !out->square_sums) {
        inki_optim_end(out);
        return INK_NO_MEMORY;
    }
    list_segments(model, out);
    return INK_OK;
}

void inki_optim_end(struct inki_optim *optim)
{
    inki_free(optim->segments);
    inki_free(optim->node);
    inki_free(optim->decays);
    inki_free(optim->follows);
    inki_free(optim->left);
    inki_free(optim->square_sums);
    inki_free(optim->state[0]);
    inki_free(optim->state[1]);
    *optim = (struct inki_optim){.ctx = optim->ctx};
}

/* What part `part` has of a segment: owned segments whole, others an even stretch in whole groups of lanes. */
static void stretch(const struct inki_segment *segment, size_t part, size_t parts, size_t *begin, size_t *end)
{
    if (segment->owners >= parts) {
        inki_share(segment->owners, part, parts, begin, end);
        bool mine = *begin <= segment->owner && segment->owner < *end;
        *begin = 0;
        *end = mine ? segment->size : 0;
        return;
    }
    inki_share(segment->size / INKI_LANES, part, parts, begin, end);
    *begin *= INKI_LANES;
    *end *= INKI_LANES;
}

static void before_part(void *arg, size_t part, size_t parts)
{
    struct inki_optim *optim = arg;
    for (size_t i = 0; i < optim->segment_count; i++) {
        size_t begin, end, at = optim->segments[i].offset;
        if (optim->follows[i]) continue;
        stretch(&optim->segments[i], part, parts, &begin, &end);
        inki_kern(optim->ctx)
            ->look_ahead(end - begin, optim->how.momentum, optim->model->w + at + begin, optim->state[0] + at + begin,
                         optim->state[1] + at + begin);
    }
}

void inki_optim_before(struct inki_optim *optim)
{
    if (optim->kind == INKI_OPT_nesterov) inki_parallel(optim->ctx, optim->model->size, before_part, optim);
}

const struct inki_update *inki_optim_update(const struct inki_optim *optim)
{
    return optim->kind == INKI_OPT_sgd && isnan(optim->clip_norm) ? &optim->weights : NULL;
}

void inki_optim_leave(struct inki_optim *optim, const struct inki_program *program)
{
    for (size_t i = 0; i < optim->segment_count; i++)
        optim->left[i] = optim->decays[i] && inki_program_steps(program, optim->node[i]);
}

bool inki_optim_announce(struct inki_optim *optim, double lr)
{
    optim->is_left = inki_optim_update(optim) != NULL;
    optim->weights = (struct inki_update){.lr = (float)lr, .l2 = (float)optim->l2, .clip = 1};
    return optim->is_left;
}

static void step_part(void *arg, size_t part, size_t parts)
{
    struct inki_optim *optim = arg;
    const struct inki_kern *kern = inki_kern(optim->ctx);
    for (size_t i = 0; i < optim->segment_count; i++) {
        struct inki_update how = optim->how;
        size_t begin, end, at = optim->segments[i].offset;
        if (optim->is_left && optim->left[i]) continue;
        stretch(&optim->segments[i], part, parts, &begin, &end);
        if (begin == end) continue;
        how.l2 = optim->decays[i] ? (float)optim->l2 : 0;
        at += begin;
        if (optim->follows[i]) {
            kern->average(end - begin, RUNNING_SHARE, optim->g + at, optim->model->w + at);
            continue;
        }
        kern->update[optim->kind](end - begin, &how, optim->model->w + at, optim->g + at,
                                  optim->state[0] ? optim->state[0] + at : NULL,
                                  optim->state[1] ? optim->state[1] + at : NULL);
    }
}

static void norm_part(void *arg, size_t part, size_t parts)
{
    struct inki_optim *optim = arg;
    size_t begin, end;
    inki_share(optim->segment_count, part, parts, &begin, &end);
    for (size_t i = begin; i < end; i++)
        optim->square_sums[i] =
            optim->follows[i]
                ? 0
                : inki_kern(optim->ctx)->square_sum(optim->segments[i].size, optim->g + optim->segments[i].offset);
}

/* The factor that brings the gradient's norm down to clip_norm (Pascanu et al. 2013). */
static double clip_factor(struct inki_optim *optim)
{
    double sum = 0;
    if (isnan(optim->clip_norm)) return 1;
    inki_parallel(optim->ctx, optim->model->size, norm_part, optim);
    for (size_t i = 0; i < optim->segment_count; i++) sum += optim->square_sums[i];
    double norm = sqrt(sum);
    return norm > optim->clip_norm ? optim->clip_norm / norm : 1;
}

/* base^n by repeated squaring: libm's pow may differ from machine to machine. */
static double power(double base, size_t n)
{
    double result = 1;
    for (; n > 0; n /= 2, base *= base)
        if (n % 2) result *= base;
    return result;
}

static size_t step_cost(const struct inki_optim *optim)
{
    size_t cost = 0;
    for (size_t i = 0; i < optim->segment_count; i++)
        if (!optim->is_left || !optim->left[i]) cost += optim->segments[i].size;
    return cost;
}

void inki_optim_step(struct inki_optim *optim, const float *g, double lr)
{
    optim->g = g;
    optim->steps++;
    optim->how.lr = (float)lr;
    optim->how.clip = (float)clip_factor(optim);
    if (optim->kind == INKI_OPT_adam || optim->kind == INKI_OPT_adamw) {
        optim->how.correct1 = (float)(1 / (1 - power(0.9, optim->steps)));
        optim->how.correct2 = (float)(1 / (1 - power(0.999, optim->steps)));
    }
    inki_parallel(optim->ctx, step_cost(optim), step_part, optim);
    optim->is_left = false;
}

static void average_part(void *arg, size_t part, size_t parts)
{
    struct inki_optim *optim = arg;
    for (size_t i = 0; i < optim->segment_count; i++) {
        size_t begin, end, at = optim->segments[i].offset;
        stretch(&optim->segments[i], part, parts, &begin, &end);
        at += begin;
        inki_kern(optim->ctx)->average(end - begin, optim->share, optim->model->w + at, optim->mean + at);
    }
}

void inki_optim_average(struct inki_optim *optim, double decay, float *mean)
{
    double early = (1 + (double)optim->steps) / (10 + (double)optim->steps);
    optim->mean = mean;
    optim->share = (float)(1 - (decay < early ? decay : early));
    inki_parallel(optim->ctx, optim->model->size, average_part, optim);
}
