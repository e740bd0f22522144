/* plain: forward and backward by the definitions, in double.
 * SPDX-License-Identifier: MIT */
#include "plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool plain_can(const ink_model *model)
{
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_op *op = model->nodes[l].op;
        if (op != &inki_dense_op && op != &inki_dropout_op && op != &inki_add_op && op != &inki_scale_op) return false;
    }
    return true;
}

static double *room(size_t count) { return calloc(count ? count : 1, sizeof(double)); }

struct plain *plain_new(const ink_model *model)
{
    struct plain *plain = calloc(1, sizeof *plain);
    plain->layer_count = model->node_count;
    plain->features = model->features;
    plain->classes = model->classes;
    plain->layers = calloc(model->node_count, sizeof *plain->layers);
    for (size_t l = 0; l < model->node_count; l++) {
        struct plain_layer *layer = &plain->layers[l];
        struct inki_param tensor;
        layer->of = &model->nodes[l];
        layer->y = room(layer->of->outputs);
        layer->slope = room(layer->of->outputs);
        layer->dy = room(layer->of->outputs);
        for (size_t t = 0; inki_param(layer->of, t, &tensor); t++) {
            layer->count[t] = tensor.count;
            layer->value[t] = room(tensor.count);
            layer->gradient[t] = room(tensor.count);
            for (size_t i = 0; i < tensor.count; i++)
                layer->value[t][i] = (double)model->w[layer->of->offset + layer->of->op->at(layer->of, t, i)];
        }
    }
    return plain;
}

void plain_free(struct plain *plain)
{
    for (size_t l = 0; l < plain->layer_count; l++) {
        struct plain_layer *layer = &plain->layers[l];
        for (size_t t = 0; t < PLAIN_TENSORS; t++) {
            free(layer->value[t]);
            free(layer->gradient[t]);
        }
        free(layer->y);
        free(layer->slope);
        free(layer->dy);
    }
    free(plain->layers);
    free(plain);
}

/* ---- forward ---- */

static double activate(enum inki_activation act, double z, double *slope)
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

static void forward_dense(struct plain_layer *layer, const double *x)
{
    size_t inputs = layer->of->inputs;
    for (size_t o = 0; o < layer->of->outputs; o++) {
        double z = layer->value[1][o];
        for (size_t i = 0; i < inputs; i++) z += layer->value[0][o * inputs + i] * x[i];
        layer->y[o] = activate(layer->of->act, z, &layer->slope[o]);
    }
}

/* The draw of element (row, j) is word j%4 of the block (row, j/4, step, layer). */
static void forward_dropout(const struct plain *plain, size_t l, const double *x, size_t row)
{
    struct plain_layer *layer = &plain->layers[l];
    double keep = 1 - (double)layer->of->rate;
    uint32_t key[2], block[4];
    inki_rng_key(plain->seed, INKI_RNG_DROPOUT, key);
    for (size_t j = 0; j < layer->of->outputs; j++) {
        const uint32_t counter[4] = {(uint32_t)row, (uint32_t)(j / 4), plain->step, (uint32_t)l};
        inki_philox(key, counter, block);
        bool stays = !plain->training || (double)block[j % 4] <= keep * 4294967295.0;
        layer->slope[j] = !stays ? 0 : plain->training ? 1 / keep : 1;
        layer->y[j] = x[j] * layer->slope[j];
    }
}

static void forward_scale(struct plain_layer *layer, const double *x)
{
    for (size_t j = 0; j < layer->of->outputs; j++) {
        layer->slope[j] = layer->value[1][j];
        layer->y[j] = (x[j] - layer->value[0][j]) * layer->slope[j];
    }
}

static void forward_add(struct plain_layer *layer, const double *x, const double *x2)
{
    for (size_t j = 0; j < layer->of->outputs; j++)
        layer->y[j] = activate(layer->of->act, x[j] + x2[j], &layer->slope[j]);
}

/* The layer that input s of layer l comes from; NULL: the row. */
static struct plain_layer *source_of(const struct plain *plain, size_t l, size_t s)
{
    size_t back = plain->layers[l].of->back[s];
    return back > l ? NULL : &plain->layers[l - back];
}

static const double *input_of(const struct plain *plain, size_t l, size_t s, const double *row)
{
    const struct plain_layer *source = source_of(plain, l, s);
    return source ? source->y : row;
}

static void run_layers(struct plain *plain, const double *x, size_t row)
{
    for (size_t l = 0; l < plain->layer_count; l++) {
        struct plain_layer *layer = &plain->layers[l];
        const double *in = input_of(plain, l, 0, x);
        if (layer->of->op == &inki_dense_op) forward_dense(layer, in);
        if (layer->of->op == &inki_dropout_op) forward_dropout(plain, l, in, row);
        if (layer->of->op == &inki_scale_op) forward_scale(layer, in);
        if (layer->of->op == &inki_add_op) forward_add(layer, in, input_of(plain, l, 1, x));
    }
}

/* p = softmax(z); returns log of the sum of exp(z). */
static double softmax(const double *z, size_t classes, double *p)
{
    double max = z[0], sum = 0;
    for (size_t j = 1; j < classes; j++) max = fmax(max, z[j]);
    for (size_t j = 0; j < classes; j++) sum += exp(z[j] - max);
    for (size_t j = 0; j < classes; j++) p[j] = exp(z[j] - max) / sum;
    return max + log(sum);
}

static double *as_doubles(const float *x, size_t count)
{
    double *copy = room(count);
    for (size_t i = 0; i < count; i++) copy[i] = (double)x[i];
    return copy;
}

void plain_forward(struct plain *plain, const float *x, size_t row, double *p)
{
    double *copy = as_doubles(x, plain->features);
    run_layers(plain, copy, row);
    if (p) softmax(plain->layers[plain->layer_count - 1].y, plain->classes, p);
    free(copy);
}

/* ---- backward ---- */

/* The row's loss; the gradient by the logits, of loss/rows, goes into the last layer's dy. */
static double row_loss(struct plain *plain, size_t label, size_t rows)
{
    struct plain_layer *last = &plain->layers[plain->layer_count - 1];
    double log_sum = softmax(last->y, plain->classes, last->dy), loss = 0;
    for (size_t j = 0; j < plain->classes; j++) {
        double target = plain->smoothing / (double)plain->classes + (j == label ? 1 - plain->smoothing : 0);
        loss += target * (log_sum - last->y[j]);
        last->dy[j] = (last->dy[j] - target) / (double)rows;
    }
    return loss;
}

/* dx may be NULL. */
static void backward_dense(struct plain_layer *layer, const double *x, double *dx)
{
    size_t inputs = layer->of->inputs;
    for (size_t o = 0; o < layer->of->outputs; o++) {
        double dz = layer->dy[o] * layer->slope[o];
        layer->gradient[1][o] += dz;
        for (size_t i = 0; i < inputs; i++) {
            layer->gradient[0][o * inputs + i] += dz * x[i];
            if (dx) dx[i] += dz * layer->value[0][o * inputs + i];
        }
    }
}

/* Each layer adds its share to the gradients by its inputs. The last one's dy is there. */
static void backward_layers(struct plain *plain, const double *x)
{
    for (size_t l = 0; l + 1 < plain->layer_count; l++)
        memset(plain->layers[l].dy, 0, plain->layers[l].of->outputs * sizeof *plain->layers[l].dy);
    for (size_t l = plain->layer_count; l-- > 0;) {
        struct plain_layer *layer = &plain->layers[l], *source = source_of(plain, l, 0);
        if (layer->of->op == &inki_dense_op) {
            backward_dense(layer, input_of(plain, l, 0, x), source ? source->dy : NULL);
            continue;
        }
        for (size_t s = 0; s < layer->of->sources; s++)
            for (size_t j = 0; (source = source_of(plain, l, s)) && j < layer->of->outputs; j++)
                source->dy[j] += layer->dy[j] * layer->slope[j];
    }
}

static double run(struct plain *plain, size_t rows, const float *x, const int32_t *labels, bool backward)
{
    double sum = 0;
    for (size_t r = 0; r < rows; r++) {
        double *copy = as_doubles(x + r * plain->features, plain->features);
        run_layers(plain, copy, r);
        sum += row_loss(plain, (size_t)labels[r], rows);
        if (backward) backward_layers(plain, copy);
        free(copy);
    }
    return sum / (double)rows;
}

double plain_loss(struct plain *plain, size_t rows, const float *x, const int32_t *labels)
{
    return run(plain, rows, x, labels, false);
}

double plain_gradient(struct plain *plain, size_t rows, const float *x, const int32_t *labels)
{
    for (size_t l = 0; l < plain->layer_count; l++)
        for (size_t t = 0; t < PLAIN_TENSORS; t++)
            for (size_t i = 0; i < plain->layers[l].count[t]; i++) plain->layers[l].gradient[t][i] = 0;
    return run(plain, rows, x, labels, true);
}

/* ---- comparing ---- */

static double tensor_difference(const struct plain_layer *layer, size_t t, const double *wanted, const float *block,
                                double floor)
{
    double largest = floor, difference = 0;
    for (size_t i = 0; i < layer->count[t]; i++) {
        double got = (double)block[layer->of->offset + layer->of->op->at(layer->of, t, i)];
        largest = fmax(largest, fabs(wanted[i]));
        difference = fmax(difference, fabs(got - wanted[i]));
        if (isnan(got)) return INFINITY;
    }
    return difference == 0 ? 0 : difference / largest;
}

double plain_difference(const struct plain *plain, const float *block, bool gradients, double floor)
{
    double worst = 0;
    for (size_t l = 0; l < plain->layer_count; l++) {
        const struct plain_layer *layer = &plain->layers[l];
        if (gradients && !inki_node_learns(layer->of)) continue;
        for (size_t t = 0; t < PLAIN_TENSORS; t++) {
            const double *wanted = gradients ? layer->gradient[t] : layer->value[t];
            if (wanted) worst = fmax(worst, tensor_difference(layer, t, wanted, block, floor));
        }
    }
    return worst;
}
