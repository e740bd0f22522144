/* layernorm: y = act(gain (x - mean) / sqrt(var + eps) + bias), mean and var over a pixel's channels (Ba et al. 2016).
 * With u = (x - mean) r, r = 1 / sqrt(var + eps), d = gain dz:
 *     dbias = sum of dz,  dgain = sum of dz u,  dx = r (d - mean of d - u mean of (d u))
 * SPDX-License-Identifier: MIT */
#include "model/frame.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define EPSILON 1e-5

enum { GAIN, BIAS, PARAMETERS, SHARD_ROWS = 16 };

static size_t padded_channels(const struct inki_node *node) { return inki_padded(inki_pitch(&node->out)); }

static const char *parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    node->act = INKI_ACT_identity;
    *bad = 0;
    if (count > 0 && !inki_activation_find(words[0], &node->act)) return INKI_NO_SUCH_ACTIVATION;
    *bad = 1;
    if (count > 1) return "layernorm takes an activation; put '|' before the next layer";
    bool image = node->in.height * node->in.width > 1;
    inki_node_shapes(node, image ? inki_image_shape(node->in.height, node->in.width, node->in.channels) : node->in);
    node->saves = node->act != INKI_ACT_identity;
    return NULL;
}

static void print(const struct inki_node *node, char *text, size_t room)
{
    snprintf(text, room, "layernorm%s%s", node->saves ? " " : "", node->saves ? inki_activation_name(node->act) : "");
}

static size_t weights(const struct inki_node *node) { return PARAMETERS * padded_channels(node); }

static bool param(const struct inki_node *node, size_t i, struct inki_param *out)
{
    const size_t channels = node->out.channels;
    *out = (struct inki_param){.suffix = i == GAIN ? "weight" : "bias",
                               .role = i == GAIN ? INKI_GAIN : INKI_BIAS,
                               .rank = 1,
                               .dims = {channels},
                               .count = channels};
    return i < PARAMETERS;
}

static size_t at(const struct inki_node *node, size_t i, size_t at) { return i * padded_channels(node) + at; }

static bool segment(const struct inki_node *node, size_t i, struct inki_segment *out)
{
    *out = (struct inki_segment){i, i * padded_channels(node), padded_channels(node), 0, 1};
    return i < PARAMETERS;
}

/* Mean and rate of a pixel's channels, summed in double in their order. */
static void find_moments(const float *x, size_t channels, double *mean, double *rate)
{
    double sum = 0, squares = 0;
    for (size_t c = 0; c < channels; c++) sum += (double)x[c];
    *mean = sum / (double)channels;
    for (size_t c = 0; c < channels; c++) squares += ((double)x[c] - *mean) * ((double)x[c] - *mean);
    *rate = 1 / sqrt(squares / (double)channels + EPSILON);
}

static void forward_pixel(const struct inki_site *site, const float *x, float *y)
{
    const float *gain = inki_site_w(site), *bias = gain + padded_channels(site->node);
    const size_t channels = site->node->out.channels;
    double mean, rate;
    find_moments(x, channels, &mean, &rate);
    for (size_t c = 0; c < channels; c++) y[c] = fmaf((float)(((double)x[c] - mean) * rate), gain[c], bias[c]);
}

static void forward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t pixels = node->in.height * node->in.width, pitch = inki_pitch(&node->in), to = inki_pitch(&node->out);
    for (size_t row = range->row; row < range->row_end; row++) {
        const float *x = inki_image_at(&site->x, range, row);
        float *y = inki_image_at(&site->y, range, row);
        if (node->out.padding) memset(y, 0, node->outputs * sizeof *y);
        for (size_t i = 0; i < pixels; i++) forward_pixel(site, x + i * pitch, y + i * to);
    }
    inki_activate(site, range);
}

static void backward_pixel(const struct inki_site *site, const float *x, const float *dz, float *dx)
{
    const float *gain = inki_site_w(site);
    const size_t channels = site->node->out.channels;
    double mean, rate, all = 0, along = 0;
    find_moments(x, channels, &mean, &rate);
    for (size_t c = 0; c < channels; c++) {
        double d = (double)gain[c] * (double)dz[c];
        all += d;
        along += d * ((double)x[c] - mean) * rate;
    }
    all /= (double)channels;
    along /= (double)channels;
    for (size_t c = 0; c < channels; c++) {
        double u = ((double)x[c] - mean) * rate;
        float d = (float)(rate * ((double)gain[c] * (double)dz[c] - all - u * along));
        dx[c] = site->add_dx ? dx[c] + d : d;
    }
}

static void backward(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t pixels = node->in.height * node->in.width, pitch = inki_pitch(&node->in), to = inki_pitch(&node->out);
    for (size_t row = range->row; row < range->row_end; row++) {
        const float *x = inki_image_at(&site->x, range, row), *dz = inki_image_at(&site->dy, range, row);
        float *dx = inki_image_at(&site->dx, range, row);
        if (node->in.padding && !site->add_dx) memset(dx, 0, node->inputs * sizeof *dx);
        inki_clear_tail(node, dx);
        for (size_t i = 0; i < pixels; i++) backward_pixel(site, x + i * pitch, dz + i * to, dx + i * pitch);
    }
}

static void gradient(const struct inki_site *site, const struct inki_range *range)
{
    const struct inki_node *node = site->node;
    const size_t pixels = node->in.height * node->in.width, pitch = inki_pitch(&node->in), to = inki_pitch(&node->out),
                 channels = node->out.channels;
    float *gain = inki_site_g(site), *bias = gain + padded_channels(node);
    if (!site->program->feed.add) memset(gain, 0, weights(node) * sizeof *gain);
    for (size_t row = range->row; row < range->row_end; row++)
        for (size_t i = 0; i < pixels; i++) {
            const float *x = inki_image_at(&site->x, range, row) + i * pitch,
                        *dz = inki_image_at(&site->dy, range, row) + i * to;
            double mean, rate;
            find_moments(x, channels, &mean, &rate);
            for (size_t c = 0; c < channels; c++) {
                gain[c] = fmaf(dz[c], (float)(((double)x[c] - mean) * rate), gain[c]);
                bias[c] += dz[c];
            }
        }
}

static ink_status emit(const struct inki_node *node, const struct inki_emitter *to)
{
    return to->norm ? to->norm(to->user, node, false) : to->other(to->user, node);
}

const struct inki_op inki_layernorm_op = {
    .word = "layernorm",
    .stem = "norm",
    .form = "layernorm [ACTIVATION]: y = act(gain (x - mean) / sqrt(var + 1e-5) + bias), over a pixel's channels",
    .example = "layernorm tanh",
    .locality = INKI_BY_ROW,
    .images = true,
    .activates = true,
    .shard_rows = SHARD_ROWS,
    .parse = parse,
    .print = print,
    .weights = weights,
    .param = param,
    .at = at,
    .segment = segment,
    .forward = forward,
    .slope = inki_slope,
    .backward = backward,
    .gradient = gradient,
    .emit = emit,
};
