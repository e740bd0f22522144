/* explain_back: the layers of a network in double, backward.
 * SPDX-License-Identifier: MIT */
#include "out/explain.h"

#include <math.h>
#include <string.h>

#define EPSILON 1e-5 /* of norms */

/* dz, in the place of dy: what follows needs that alone. */
static double dz_of(const struct inki_explained_layer *layer, size_t o) { return layer->dy[o] * layer->slope[o]; }

static void back_dense(struct inki_explained_layer *layer, const double *x, double *dx)
{
    const struct inki_plain_layer *of = layer->plain;
    const size_t pixels = of->in.height * of->in.width;
    for (size_t o = 0; o < of->outputs; o++) {
        const double dz = dz_of(layer, o);
        layer->db[o] += dz;
        for (size_t i = 0; i < of->inputs; i++) {
            const size_t at = of->planar ? i % pixels * of->in.channels + i / pixels : i;
            layer->dw[o * of->inputs + i] += dz * x[at];
            dx[at] += dz * layer->w[o * of->inputs + i];
        }
    }
}

/* One output of channel k: what each value under its window gives and gets. */
static void back_window(struct inki_explained_layer *layer, const double *x, double *dx, const size_t at[2], size_t k,
                        double dz)
{
    const struct inki_plain_layer *of = layer->plain;
    const struct inki_frame *frame = &of->frame;
    const size_t each = of->in.channels / frame->groups, group = k / (of->out.channels / frame->groups);
    layer->db[k] += dz;
    for (size_t i = 0; i < frame->rows; i++)
        for (size_t j = 0; j < frame->columns; j++) {
            const size_t y = at[0] * frame->stride + i - frame->top, column = at[1] * frame->stride + j - frame->left;
            if (y >= of->in.height || column >= of->in.width) continue; /* below 0 wraps to beyond */
            for (size_t c = 0; c < each; c++) {
                const size_t w = ((k * each + c) * frame->rows + i) * frame->columns + j,
                             from = (y * of->in.width + column) * of->in.channels + group * each + c;
                layer->dw[w] += dz * x[from];
                dx[from] += dz * layer->w[w];
            }
        }
}

static void back_conv(struct inki_explained_layer *layer, const double *x, double *dx)
{
    const struct inki_plain_layer *of = layer->plain;
    for (size_t o = 0; o < of->outputs; o++) {
        const size_t pixel = o / of->out.channels, at[2] = {pixel / of->out.width, pixel % of->out.width};
        back_window(layer, x, dx, at, o % of->out.channels, dz_of(layer, o));
    }
}

static void back_mean(const struct inki_explained_layer *layer, double *dx)
{
    const struct inki_plain_layer *of = layer->plain;
    const struct inki_frame *frame = &of->frame;
    for (size_t o = 0; o < of->outputs; o++) {
        const size_t pixel = o / of->out.channels, c = o % of->out.channels;
        const size_t row = pixel / of->out.width * frame->stride, column = pixel % of->out.width * frame->stride;
        for (size_t i = 0; i < frame->rows; i++)
            for (size_t j = 0; j < frame->columns; j++) {
                const size_t y = row + i - frame->top, x = column + j - frame->left;
                if (y >= of->in.height || x >= of->in.width) continue;
                dx[(y * of->in.width + x) * of->in.channels + c] +=
                    layer->dy[o] / (double)(frame->rows * frame->columns);
            }
    }
}

static void back_max(const struct inki_explained_layer *layer, double *dx)
{
    for (size_t o = 0; o < layer->plain->outputs; o++)
        if (layer->taken[o] != SIZE_MAX) dx[layer->taken[o]] += layer->dy[o];
}

static void back_norm(struct inki_explained_layer *layer, const double *x, double *dx)
{
    const struct inki_plain_layer *of = layer->plain;
    for (size_t o = 0; o < of->outputs; o++) {
        const size_t c = o % of->out.channels;
        const double dz = dz_of(layer, o), rate = 1 / sqrt(layer->variance[c] + EPSILON);
        layer->dw[c] += dz * (x[o] - layer->mean[c]) * rate;
        layer->db[c] += dz;
        dx[o] += dz * layer->w[c] * rate;
    }
}

/* dx = rate (dn - mean of dn - n mean of (dn n)), with n the normal values and dn = dz gain. */
static void back_pixel(struct inki_explained_layer *layer, const double *x, double *dx, size_t at)
{
    const size_t channels = layer->plain->out.channels;
    double sum = 0, squares = 0, of_dn = 0, of_both = 0;
    for (size_t c = 0; c < channels; c++) sum += x[at + c];
    const double mean = sum / (double)channels;
    for (size_t c = 0; c < channels; c++) squares += (x[at + c] - mean) * (x[at + c] - mean);
    const double rate = 1 / sqrt(squares / (double)channels + EPSILON);
    for (size_t c = 0; c < channels; c++) {
        const double dz = dz_of(layer, at + c), n = (x[at + c] - mean) * rate;
        layer->dw[c] += dz * n;
        layer->db[c] += dz;
        of_dn += dz * layer->w[c] / (double)channels;
        of_both += dz * layer->w[c] * n / (double)channels;
    }
    for (size_t c = 0; c < channels; c++)
        dx[at + c] += rate * (dz_of(layer, at + c) * layer->w[c] - of_dn - (x[at + c] - mean) * rate * of_both);
}

static void back_sum(const struct inki_explained_layer *layer, double *dx, double *dx2)
{
    for (size_t o = 0; o < layer->plain->outputs; o++) dx[o] += dz_of(layer, o);
    for (size_t o = 0; o < layer->plain->outputs; o++) dx2[o] += dz_of(layer, o);
}

/* ------------------------------------------------------------------ tensors */

static struct inki_explained_tensor *tensor_of(struct inki_explained_layer *layer, size_t number)
{
    for (size_t t = 0; t < layer->tensor_count; t++)
        if (layer->tensors[t].number == number) return &layer->tensors[t];
    return NULL;
}

/* Members that share W: with G[m] the gradient by W[m], dW = sum of r[m] G[m] s[m], and so on. */
static void give_shared(struct inki_explained_layer *layer)
{
    const size_t members = layer->node->members, outputs = layer->plain->outputs / members,
                 inputs = layer->plain->inputs / (layer->node->parted ? members : 1);
    struct inki_explained_tensor *w = tensor_of(layer, 0), *r = tensor_of(layer, 2), *s = tensor_of(layer, 3);
    for (size_t m = 0; m < members; m++)
        for (size_t o = 0; o < outputs; o++)
            for (size_t i = 0; i < inputs; i++) {
                const double g = layer->dw[(m * outputs + o) * inputs + i], value = w->value[o * inputs + i];
                const double from = r->value[m * inputs + i], to = s->value[m * outputs + o];
                w->gradient[o * inputs + i] += g * from * to;
                r->gradient[m * inputs + i] += g * value * to;
                s->gradient[m * outputs + o] += g * value * from;
            }
}

static void give_tensors(struct inki_explained_layer *layer)
{
    struct inki_explained_tensor *w = tensor_of(layer, 0), *b = tensor_of(layer, 1);
    if (b) memcpy(b->gradient, layer->db, b->show.count * sizeof *b->gradient);
    if (w && layer->node->members && layer->node->shared)
        give_shared(layer);
    else if (w)
        memcpy(w->gradient, layer->dw, w->show.count * sizeof *w->gradient);
}

static void back_layer(struct ink_explanation *e, struct inki_explained_layer *layer)
{
    struct inki_explained_layer *from = &e->layers[layer->plain->from[0]];
    switch (layer->plain->kind) {
    case INKI_PLAIN_DENSE:
        back_dense(layer, from->y, from->dy);
        break;
    case INKI_PLAIN_CONV:
        back_conv(layer, from->y, from->dy);
        break;
    case INKI_PLAIN_MAX:
        back_max(layer, from->dy);
        break;
    case INKI_PLAIN_MEAN:
        back_mean(layer, from->dy);
        break;
    case INKI_PLAIN_NORM:
        back_norm(layer, from->y, from->dy);
        break;
    case INKI_PLAIN_PIXEL_NORM:
        for (size_t at = 0; at < layer->plain->outputs; at += layer->plain->out.channels)
            back_pixel(layer, from->y, from->dy, at);
        break;
    default:
        back_sum(layer, from->dy, e->layers[layer->plain->from[1]].dy);
    }
    give_tensors(layer);
}

void inki_explain_backward(struct ink_explanation *e)
{
    struct inki_explained_layer *last = &e->layers[e->count - 1];
    inki_explain_loss(e, last->y, last->dy);
    for (size_t i = e->count - 1; i > 0; i--) back_layer(e, &e->layers[i]);
}
