/* defined: optimisers by their definitions.
 * SPDX-License-Identifier: MIT */
#include "defined.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void define_step(const struct definition *how, size_t t, double g, struct element *e)
{
    const char *name = how->optimizer;
    double l2 = e->decay ? how->l2 : 0;
    if (strcmp(name, "adamw") == 0)
        e->w -= how->lr * l2 * e->w;
    else
        g += l2 * *e->value;
    if (strcmp(name, "sgd") == 0) {
        e->w -= how->lr * g;
    } else if (strcmp(name, "momentum") == 0 || strcmp(name, "nesterov") == 0) {
        e->v = how->momentum * e->v + (1 - how->dampening) * g;
        e->w -= how->lr * e->v;
    } else if (strcmp(name, "rmsprop") == 0) {
        e->s = 0.99 * e->s + 0.01 * g * g;
        e->w -= how->lr * g / (sqrt(e->s) + 1e-8);
    } else {
        e->v = 0.9 * e->v + 0.1 * g;
        e->s = 0.999 * e->s + 0.001 * g * g;
        double m = e->v / (1 - pow(0.9, (double)t)), s = e->s / (1 - pow(0.999, (double)t));
        e->w -= how->lr * m / (sqrt(s) + 1e-8);
    }
}

struct defined defined_begin(const ink_model *model, const struct definition *how)
{
    struct defined d = {.how = how, .plain = plain_new(model)};
    d.elements = calloc(model->size, sizeof *d.elements);
    for (size_t l = 0; l < d.plain->layer_count; l++) {
        struct plain_layer *layer = &d.plain->layers[l];
        for (size_t tensor = 0; tensor < PLAIN_TENSORS && inki_node_learns(layer->of); tensor++) {
            for (size_t i = 0; i < layer->count[tensor]; i++) {
                double *value = &layer->value[tensor][i], *gradient = &layer->gradient[tensor][i];
                d.elements[d.count++] = (struct element){value, gradient, tensor == 0, *value, 0, 0};
            }
        }
    }
    return d;
}

void defined_end(struct defined *d)
{
    plain_free(d->plain);
    free(d->elements);
}

static double clip_factor(const struct defined *d)
{
    double sum = 0;
    for (size_t i = 0; i < d->count; i++) sum += *d->elements[i].gradient * *d->elements[i].gradient;
    return d->how->clip > 0 && sqrt(sum) > d->how->clip ? d->how->clip / sqrt(sum) : 1;
}

double defined_step(struct defined *d, size_t rows, const float *x, const int32_t *labels)
{
    bool nesterov = strcmp(d->how->optimizer, "nesterov") == 0;
    d->plain->step = (uint32_t)d->t++;
    double loss = plain_loss(d->plain, rows, x, labels);
    for (size_t i = 0; nesterov && i < d->count; i++)
        *d->elements[i].value = d->elements[i].w - d->how->momentum * d->elements[i].v;
    plain_gradient(d->plain, rows, x, labels);
    double factor = clip_factor(d);
    for (size_t i = 0; i < d->count; i++) {
        struct element *e = &d->elements[i];
        define_step(d->how, d->t, factor * *e->gradient, e);
        *e->value = e->w;
    }
    return loss;
}
