/* batchnorm: y = act(gain (x - mean) / sqrt(var + eps) + bias), channel by channel (Ioffe and Szegedy 2015). In training mean and var are
 * those of a group of rows, all their pixels; otherwise running averages of these, var's with n / (n - 1).
 * With u = x - mean, r = 1 / sqrt(var + eps):
 *     dbias = sum of dz,  dgain = r sum of dz u,  dx = gain r (dz - dbias / n - u r^2 (sum of dz u) / n)
 * SPDX-License-Identifier: MIT
 *
 * A batch's groups are as many as make about inki_use.norm_rows rows each; their rows lie together and within a shard, so that no thread
 * waits for another. What a step gives for the running averages is summed with the gradients, each group by its share of the batch. */
#include "base/pool.h"
#include "model/frame.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define EPSILON 1e-5

enum { GAIN, BIAS, MEAN, VARIANCE, PARAMETERS };

static size_t channels_of(const struct inki_node *node) { return inki_pitch(&node->out); }

static size_t padded_channels(const struct inki_node *node) { return inki_padded(channels_of(node)); }

static const char *parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    node->act = INKI_ACT_identity;
    *bad = 0;
    if (count > 0 && !inki_activation_find(words[0], &node->act)) return INKI_NO_SUCH_ACTIVATION;
    *bad = 1;
    if (count > 1) return "batchnorm takes an activation; put '|' before the next layer";
    bool image = node->in.height * node->in.width > 1;
    inki_node_shapes(node, image ? inki_image_shape(node->in.height, node->in.width, node->in.channels) : node->in);
    node->saves = node->act != INKI_ACT_identity;
    return NULL;
}

static void print(const struct inki_node *node, char *text, size_t room)
{
    snprintf(text, room, "batchnorm%s%s", node->saves ? " " : "", node->saves ? inki_activation_name(node->act) : "");
}

static size_t weights(const struct inki_node *node) { return PARAMETERS * padded_channels(node); }

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    static const struct {
        const char *suffix;
        enum inki_role role;
        float begin;
    } rows[PARAMETERS] = {{"weight", INKI_GAIN, 0},
                          {"bias", INKI_BIAS, 0},
                          {"running_mean", INKI_STATE, 0},
                          {"running_var", INKI_STATE, 1}};
    if (i >= PARAMETERS) return false;
    *out = (struct inki_param){.suffix = rows[i].suffix,
                               .role = rows[i].role,
                               .rank = 1,
                               .dims = {node->out.channels},
                               .count = node->out.channels,
                               .begin = rows[i].begin,
                               .variance = i == VARIANCE};
    return true;
}

static size_t at(const struct inki_node *node, size_t i, size_t at) { return i * padded_channels(node) + at; }

static bool segment(const struct inki_node *node, size_t i, struct inki_segment *out)
{
    if (i >= PARAMETERS) return false;
    *out = (struct inki_segment){i, i * padded_channels(node), padded_channels(node), 0, 1};
    return true;
}

/* With the padding, which stays 0, where x has it too. */
static size_t worked_channels(const struct inki_node *node)
{
    return inki_pitch(&node->in) == inki_pitch(&node->out) ? inki_pitch(&node->out) : node->out.channels;
}

/* ----------------------------------------------------------- groups of rows */

/* What is known of a group: sums in double, then mean, var and 1 / sqrt(var + eps). */
struct group {
    size_t row, row_end;
    double *sum, *product; /* of dz, and of dz u */
    float *mean, *variance, *rate;
};

static size_t group_count(const struct inki_use *use, size_t rows)
{
    return use->norm_rows ? (rows + use->norm_rows - 1) / use->norm_rows : 1;
}

static size_t group_floats(const struct inki_node *node) { return 7 * padded_channels(node); }

/* For all groups, and three lists of what pixels are multiplied with. */
static size_t scratch(const struct inki_node *node, const struct inki_use *use)
{
    return group_count(use, use->rows) * group_floats(node) + 3 * padded_channels(node);
}

static struct group group_at(const struct inki_site *site, const struct inki_range *range, size_t i)
{
    const struct inki_use *use = &site->program->use;
    const size_t count = group_count(use, range->row_end), channels = padded_channels(site->node);
    float *floats = site->scratch.at + i * group_floats(site->node);
    struct group group = {.sum = (double *)(void *)floats, .mean = floats + 4 * channels};
    group.product = group.sum + channels;
    group.variance = group.mean + channels;
    group.rate = group.variance + channels;
    inki_share(range->row_end, i, count, &group.row, &group.row_end);
    return group;
}

static float *factors(const struct inki_site *site, size_t i)
{
    const struct inki_use *use = &site->program->use;
    return site->scratch.at + group_count(use, use->rows) * group_floats(site->node) + i * padded_channels(site->node);
}

static struct inki_map map_of(const struct inki_node *node)
{
    return (struct inki_map){.n = node->in.height * node->in.width,
                             .channels = worked_channels(node),
                             .x_pitch = inki_pitch(&node->in),
                             .y_pitch = inki_pitch(&node->out)};
}

static double values_of(const struct inki_node *node, const struct group *group)
{
    return (double)(group->row_end - group->row) * (double)(node->in.height * node->in.width);
}

/* The mean first, and then the squares of what is left: no digits are lost. */
static void find_moments(const struct inki_site *site, const struct inki_range *range, const struct group *group)
{
    const struct inki_node *node = site->node;
    const struct inki_map map = map_of(node);
    const size_t channels = worked_channels(node), bytes = channels * sizeof *group->sum;
    const double n = values_of(node, group);
    memset(group->sum, 0, bytes);
    for (size_t row = group->row; row < group->row_end; row++)
        site->kern->map_sum(&map, inki_image_at(&site->x, range, row), group->sum);
    for (size_t c = 0; c < channels; c++) group->mean[c] = (float)(group->sum[c] / n);
    memset(group->sum, 0, bytes);
    for (size_t row = group->row; row < group->row_end; row++)
        site->kern->map_deviation(&map, inki_image_at(&site->x, range, row), group->mean, group->sum);
    for (size_t c = 0; c < channels; c++) {
        group->variance[c] = (float)(group->sum[c] / n);
        group->rate[c] = (float)(1 / sqrt(group->sum[c] / n + EPSILON));
    }
}

/* ------------------------------------------------------------------- forward */

/* y = x scale + shift from a mean and what 1 / sqrt(var + eps) is. */
static void find_factors(const struct inki_site *site, const float *mean, const float *rate)
{
    const size_t channels = padded_channels(site->node);
    const float *gain = inki_site_w(site), *bias = gain + BIAS * channels;
    float *scale = factors(site, 0), *shift = factors(site, 1);
    for (size_t c = 0; c < worked_channels(site->node); c++) {
        scale[c] = gain[c] * rate[c];
        shift[c] = fmaf(-mean[c], scale[c], bias[c]);
    }
}

static void scale_rows(const struct inki_site *site, const struct inki_range *range, size_t row, size_t row_end)
{
    const struct inki_node *node = site->node;
    const struct inki_map map = map_of(node);
    struct inki_range one = *range;
    for (; row < row_end; row++) {
        float *y = inki_image_at(&site->y, range, row);
        if (node->out.padding) memset(y, 0, node->outputs * sizeof *y);
        site->kern->map_scale(&map, inki_image_at(&site->x, range, row), factors(site, 0), factors(site, 1), y);
        one.row = row;
        one.row_end = row + 1;
        inki_activate(site, &one);
    }
}

static void predict(const struct inki_site *site, const struct inki_range *range)
{
    struct inki_site own = *site; /* the part's factors */
    const float *state = inki_site_w(site);
    const size_t channels = padded_channels(site->node);
    own.scratch.at += range->part * site->scratch.apart;
    float *rate = factors(&own, 2);
    for (size_t c = 0; c < worked_channels(site->node); c++)
        rate[c] = (float)(1 / sqrt((double)state[VARIANCE * channels + c] + EPSILON));
    find_factors(&own, state + MEAN * channels, rate);
    scale_rows(&own, range, range->row, range->row_end);
}

static void forward(const struct inki_site *site, const struct inki_range *range)
{
    if (site->program->use.purpose == INKI_FOR_PREDICTING) {
        predict(site, range);
        return;
    }
    for (size_t i = 0; i < group_count(&site->program->use, range->row_end); i++) {
        struct group group = group_at(site, range, i);
        find_moments(site, range, &group);
        find_factors(site, group.mean, group.rate);
        scale_rows(site, range, group.row, group.row_end);
    }
}

/* ------------------------------------------------------------------ backward */

/* dy becomes dz, and its sums are made. */
static void slope(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct inki_map map = map_of(node);
    const size_t bytes = worked_channels(node) * sizeof(double);
    if (node->saves) inki_slope(site, range);
    for (size_t i = 0; i < group_count(&site->program->use, range->row_end); i++) {
        struct group group = group_at(site, range, i);
        memset(group.sum, 0, bytes);
        memset(group.product, 0, bytes);
        for (size_t row = group.row; row < group.row_end; row++)
            site->kern->map_products(&map, inki_image_at(&site->x, range, row), inki_image_at(&site->dy, range, row),
                                     group.mean, group.sum, group.product);
    }
}

static void backward_group(const struct inki_site *site, const struct inki_range *range, const struct group *group)
{
    const struct inki_node *node = site->node;
    const struct inki_map map = map_of(node);
    const float *gain = inki_site_w(site);
    const double n = values_of(node, group);
    float *scale = factors(site, 0), *along = factors(site, 1), *shift = factors(site, 2);
    for (size_t c = 0; c < worked_channels(node); c++) {
        const double rate = (double)group->rate[c], all = (double)gain[c] * rate,
                     slant = -all * rate * rate * group->product[c] / n;
        scale[c] = (float)all;
        along[c] = (float)slant;
        shift[c] = (float)(-all * group->sum[c] / n - slant * (double)group->mean[c]);
    }
    for (size_t row = group->row; row < group->row_end; row++)
        site->kern->map_combine(&map, inki_image_at(&site->x, range, row), inki_image_at(&site->dy, range, row), scale,
                                along, shift, inki_image_at(&site->dx, range, row), site->add_dx);
}

static void backward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    for (size_t row = range->row; row < range->row_end; row++)
        inki_clear_tail(node, inki_image_at(&site->dx, range, row));
    for (size_t i = 0; i < group_count(&site->program->use, range->row_end); i++) {
        struct group group = group_at(site, range, i);
        backward_group(site, range, &group);
    }
}

static void put(float *to, double value, bool add) { *to = (float)(add ? (double)*to + value : value); }

static void gradient(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const struct inki_feed *feed = &site->program->feed;
    const size_t channels = padded_channels(node);
    float *g = inki_site_g(site);
    bool add = feed->add;
    for (size_t i = 0; i < group_count(&site->program->use, range->row_end); i++, add = true) {
        const struct group group = group_at(site, range, i);
        const double n = values_of(node, &group),
                     share = (double)(group.row_end - group.row) * (double)feed->loss.scale;
        for (size_t c = 0; c < worked_channels(node); c++) {
            put(&g[GAIN * channels + c], (double)group.rate[c] * group.product[c], add);
            put(&g[BIAS * channels + c], group.sum[c], add);
            put(&g[MEAN * channels + c], share * (double)group.mean[c], add);
            put(&g[VARIANCE * channels + c], share * (double)group.variance[c] * (n > 1 ? n / (n - 1) : 1), add);
        }
    }
}

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->norm ? to->norm(to->user, node, true) : to->other(to->user, node);
}

const struct inki_op inki_batchnorm_op = {
    .word = "batchnorm",
    .stem = "norm",
    .form = "batchnorm [ACTIVATION]: y = act(gain (x - mean) / sqrt(var + 1e-5) + bias), channel by channel",
    .example = "batchnorm tanh",
    .locality = INKI_BY_ROW,
    .by_batch = true,
    .images = true,
    .activates = true,
    .parse = parse,
    .print = print,
    .weights = weights,
    .param = param,
    .at = at,
    .segment = segment,
    .scratch = scratch,
    .forward = forward,
    .slope = slope,
    .backward = backward,
    .gradient = gradient,
    .emit = emit,
};
