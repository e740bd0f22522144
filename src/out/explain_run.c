/* explain_run: the layers of a network in double, forward.
 * SPDX-License-Identifier: MIT */
#include "out/explain.h"

#include <math.h>
#include <string.h>

#define EPSILON 1e-5 /* of norms */

double inki_explain_act(enum inki_activation act, double z, double *slope)
{
    double y = z;
    *slope = 1;
    switch (act) {
    case INKI_ACT_relu:
        *slope = z > 0;
        return z > 0 ? z : 0;
    case INKI_ACT_leaky_relu:
        *slope = z > 0 ? 1 : 0.01;
        return z * *slope;
    case INKI_ACT_tanh:
        y = tanh(z);
        *slope = 1 - y * y;
        return y;
    case INKI_ACT_sigmoid:
        y = 1 / (1 + exp(-z));
        *slope = y * (1 - y);
        return y;
    case INKI_ACT_gelu:
        y = 0.5 * (1 + erf(z / sqrt(2)));
        *slope = y + z * exp(-z * z / 2) / sqrt(2 * acos(-1));
        return z * y;
    default:
        return y;
    }
}

/* ------------------------------------------------------------------- layers */

/* Where input i of a planar layer's weights, which go plane by plane, stands among the values. */
static size_t value_at(const struct inki_plain_layer *of, size_t i)
{
    const size_t pixels = of->in.height * of->in.width;
    return of->planar ? i % pixels * of->in.channels + i / pixels : i;
}

static void run_dense(struct inki_explained_layer *layer, const double *x)
{
    const struct inki_plain_layer *of = layer->plain;
    for (size_t o = 0; o < of->outputs; o++) {
        double z = layer->b[o];
        for (size_t i = 0; i < of->inputs; i++) z += layer->w[o * of->inputs + i] * x[value_at(of, i)];
        layer->y[o] = inki_explain_act(of->act, z, &layer->slope[o]);
    }
}

/* The pixel of x under place (i, j) of the window at (row, column); SIZE_MAX: outside. */
static size_t pixel_under(const struct inki_plain_layer *of, size_t row, size_t column, size_t i, size_t j)
{
    const struct inki_frame *frame = &of->frame;
    const size_t y = row * frame->stride + i, x = column * frame->stride + j;
    const bool inside =
        y >= frame->top && x >= frame->left && y - frame->top < of->in.height && x - frame->left < of->in.width;
    return inside ? (y - frame->top) * of->in.width + x - frame->left : SIZE_MAX;
}

static double convolve(const struct inki_explained_layer *layer, const double *x, size_t row, size_t column, size_t k)
{
    const struct inki_plain_layer *of = layer->plain;
    const struct inki_frame *frame = &of->frame;
    const size_t each = of->in.channels / frame->groups, group = k / (of->out.channels / frame->groups);
    double z = layer->b[k];
    for (size_t i = 0; i < frame->rows; i++)
        for (size_t j = 0; j < frame->columns; j++) {
            const size_t pixel = pixel_under(of, row, column, i, j);
            for (size_t c = 0; pixel != SIZE_MAX && c < each; c++)
                z += layer->w[((k * each + c) * frame->rows + i) * frame->columns + j] *
                     x[pixel * of->in.channels + group * each + c];
        }
    return z;
}

static void run_conv(struct inki_explained_layer *layer, const double *x)
{
    const struct inki_plain_layer *of = layer->plain;
    for (size_t row = 0, o = 0; row < of->out.height; row++)
        for (size_t column = 0; column < of->out.width; column++)
            for (size_t k = 0; k < of->out.channels; k++, o++)
                layer->y[o] = inki_explain_act(of->act, convolve(layer, x, row, column, k), &layer->slope[o]);
}

/* The largest, or the mean, of channel c of a window. */
static double pool(const struct inki_explained_layer *layer, const double *x, size_t row, size_t column, size_t c,
                   size_t *taken, bool *tied)
{
    const struct inki_plain_layer *of = layer->plain;
    double sum = 0, most = 0;
    *taken = SIZE_MAX;
    *tied = false;
    for (size_t i = 0; i < of->frame.rows; i++)
        for (size_t j = 0; j < of->frame.columns; j++) {
            const size_t pixel = pixel_under(of, row, column, i, j), at = pixel * of->in.channels + c;
            if (pixel == SIZE_MAX) continue;
            sum += x[at];
            *tied = *taken != SIZE_MAX && (x[at] == most || (*tied && x[at] < most));
            if (*taken != SIZE_MAX && !(x[at] > most)) continue;
            most = x[at];
            *taken = at;
        }
    return of->kind == INKI_PLAIN_MAX ? most : sum / (double)(of->frame.rows * of->frame.columns);
}

/* At a tie the loss has a kink: a difference across it would be of two slopes, and so the window keeps what it took. */
static void run_pool(const struct ink_explanation *e, struct inki_explained_layer *layer, const double *x)
{
    const struct inki_plain_layer *of = layer->plain;
    size_t taken;
    bool tied;
    for (size_t o = 0; o < of->outputs; o++) {
        const size_t pixel = o / of->out.channels, c = o % of->out.channels;
        layer->y[o] = pool(layer, x, pixel / of->out.width, pixel % of->out.width, c, &taken, &tied);
        layer->slope[o] = 1;
        if (!layer->taken) continue;
        if (e->probing && layer->tied[o]) layer->y[o] = x[layer->taken[o]];
        if (e->probing) continue;
        layer->taken[o] = taken;
        layer->tied[o] = tied;
    }
}

static void run_norm(struct inki_explained_layer *layer, const double *x)
{
    const struct inki_plain_layer *of = layer->plain;
    for (size_t o = 0; o < of->outputs; o++) {
        const size_t c = o % of->out.channels;
        const double normal = (x[o] - layer->mean[c]) / sqrt(layer->variance[c] + EPSILON);
        layer->y[o] = inki_explain_act(of->act, normal * layer->w[c] + layer->b[c], &layer->slope[o]);
    }
}

/* Mean and 1 / deviation of a pixel's channels. */
static void measure_pixel(const double *x, size_t channels, double *mean, double *rate)
{
    double sum = 0, squares = 0;
    for (size_t c = 0; c < channels; c++) sum += x[c];
    *mean = sum / (double)channels;
    for (size_t c = 0; c < channels; c++) squares += (x[c] - *mean) * (x[c] - *mean);
    *rate = 1 / sqrt(squares / (double)channels + EPSILON);
}

static void run_pixel_norm(struct inki_explained_layer *layer, const double *x)
{
    const struct inki_plain_layer *of = layer->plain;
    const size_t channels = of->out.channels;
    double mean, rate;
    for (size_t at = 0; at < of->outputs; at += channels) {
        measure_pixel(x + at, channels, &mean, &rate);
        for (size_t c = 0; c < channels; c++)
            layer->y[at + c] =
                inki_explain_act(of->act, (x[at + c] - mean) * rate * layer->w[c] + layer->b[c], &layer->slope[at + c]);
    }
}

static void run_sum(struct inki_explained_layer *layer, const double *x, const double *x2)
{
    for (size_t o = 0; o < layer->plain->outputs; o++)
        layer->y[o] = inki_explain_act(layer->plain->act, x[o] + x2[o], &layer->slope[o]);
}

/* ------------------------------------------------------------------ tensors */

static double *value_of(const struct inki_explained_layer *layer, size_t number)
{
    for (size_t t = 0; t < layer->tensor_count; t++)
        if (layer->tensors[t].number == number) return layer->tensors[t].value;
    return NULL;
}

/* Members that share W: W[m] = r[m] W s[m]. */
static void make_shared(struct inki_explained_layer *layer)
{
    const size_t members = layer->node->members, outputs = layer->plain->outputs / members,
                 inputs = layer->plain->inputs / (layer->node->parted ? members : 1);
    const double *w = value_of(layer, 0), *r = value_of(layer, 2), *s = value_of(layer, 3);
    for (size_t m = 0; m < members; m++)
        for (size_t o = 0; o < outputs; o++)
            for (size_t i = 0; i < inputs; i++)
                layer->w[(m * outputs + o) * inputs + i] = r[m * inputs + i] * w[o * inputs + i] * s[m * outputs + o];
}

/* The weights that a layer works with, from the tensors as they are now. */
static void take_tensors(struct inki_explained_layer *layer)
{
    const double *w = value_of(layer, 0), *b = value_of(layer, 1);
    if (b) memcpy(layer->b, b, layer->tensors[1].show.count * sizeof *b);
    if (w && layer->node->members && layer->node->shared)
        make_shared(layer);
    else if (w)
        memcpy(layer->w, w, layer->tensors[0].show.count * sizeof *w);
}

static void run_layer(struct ink_explanation *e, struct inki_explained_layer *layer)
{
    const double *x = e->layers[layer->plain->from[0]].y;
    take_tensors(layer);
    switch (layer->plain->kind) {
    case INKI_PLAIN_DENSE:
        run_dense(layer, x);
        break;
    case INKI_PLAIN_CONV:
        run_conv(layer, x);
        break;
    case INKI_PLAIN_MAX:
    case INKI_PLAIN_MEAN:
        run_pool(e, layer, x);
        break;
    case INKI_PLAIN_NORM:
        run_norm(layer, x);
        break;
    case INKI_PLAIN_PIXEL_NORM:
        run_pixel_norm(layer, x);
        break;
    default:
        run_sum(layer, x, e->layers[layer->plain->from[1]].y);
    }
}

static void move_outputs(struct inki_explained_layer *layer, double by)
{
    const double norm = layer->show.output_norm;
    for (size_t i = 0; norm > 0 && i < layer->show.count; i++) layer->y[i] += by * layer->dy[i] / norm;
}

double inki_explain_forward(struct ink_explanation *e)
{
    if (e->moved.layer == 0) move_outputs(&e->layers[0], e->moved.by);
    for (size_t i = 1; i < e->count; i++) {
        run_layer(e, &e->layers[i]);
        if (e->moved.layer == i) move_outputs(&e->layers[i], e->moved.by);
    }
    return inki_explain_loss(e, e->layers[e->count - 1].y, NULL);
}
