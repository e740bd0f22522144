/* test_shapes: products and whole networks of random shapes against sums in double, under each table, with and without zeros.
 * SPDX-License-Identifier: MIT
 *
 * Every dimension is drawn from 1 … 300: rows, inputs, outputs. A product is right if it is off by no more than the rounding
 * of its sum allows; leaving out zeros must not change a bit. Arrays end at a page that cannot be read. $INKLING_LONG asks
 * for 2,000 draws of products and 400 of networks a table, fewer under a sanitizer. */
#include "fence.h"
#include "net_help.h"
#include "plain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 300, WIDEST = 304, STRIDE = 320, STRIP = 64, STRIPS = (MOST + STRIP - 1) / STRIP };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWER = 16 };
#else
enum { SLOWER = 1 };
#endif

static size_t draws(size_t few, size_t many)
{
    return getenv("INKLING_LONG") ? many / SLOWER : few / (SLOWER > 1 ? 4 : 1);
}

static size_t one_to(struct inki_rng *rng, size_t most) { return 1 + inki_rng_below(rng, most); }

/* Runs of zeros among runs of values, about `zeros` percent in all. */
static void fill_runs(struct inki_rng *rng, float *x, size_t count, size_t zeros)
{
    for (size_t i = 0; i < count;) {
        bool nonzero = inki_rng_below(rng, 100) >= zeros;
        for (size_t run = one_to(rng, 9); run > 0 && i < count; run--)
            x[i++] = nonzero ? (float)inki_rng_uniform(rng) * 2 - 1 : 0;
    }
}

static size_t draw_zeros(struct inki_rng *rng)
{
    static const size_t percents[] = {0, 0, 30, 60, 81, 95, 100};
    return percents[inki_rng_below(rng, COUNT(percents))];
}

/* ---- products ---- */

/* x[rows][inputs], w[inputs][width], d[rows][width] and what a layer makes of them: outputs, padded to width. */
struct draw {
    const struct inki_kern *kern;
    size_t rows, inputs, outputs, width, zeros, stride, d_row;
    bool l2;
    struct fence x_pages, w_pages, d_pages, c_pages;
    float *raw, *x, *w, *d, *bias, *back; /* back: w transposed, [width][inputs padded] */
    const void *from[MOST];
    double *sum, *size; /* of an element, and of its terms' absolute values */
    uint64_t nonzero[3][STRIPS * INKI_NONZERO_ROWS], columns[3][STRIPS * INKI_NONZERO_ROWS];
};

static void open_draw(struct draw *draw)
{
    fence_open(&draw->x_pages, MOST * STRIDE + 16);
    fence_open(&draw->w_pages, MOST * WIDEST + 16);
    fence_open(&draw->d_pages, MOST * STRIDE + 16);
    fence_open(&draw->c_pages, MOST * STRIDE + 16);
    draw->raw = malloc(MOST * MOST * sizeof(float));
    draw->bias = malloc(WIDEST * sizeof(float));
    draw->back = malloc(WIDEST * WIDEST * sizeof(float));
    draw->sum = malloc(WIDEST * WIDEST * sizeof(double));
    draw->size = malloc(WIDEST * WIDEST * sizeof(double));
}

static void close_draw(struct draw *draw)
{
    fence_close(&draw->x_pages);
    fence_close(&draw->w_pages);
    fence_close(&draw->d_pages);
    fence_close(&draw->c_pages);
    free(draw->raw);
    free(draw->bias);
    free(draw->back);
    free(draw->sum);
    free(draw->size);
}

/* Zero padding right of the outputs, as the owner of the arrays has it. */
static void pad(const struct draw *draw, float *values, size_t rows, size_t row)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = draw->outputs; j < draw->width; j++) values[i * row + j] = 0;
}

/* Rows go in as they do in training, so that the kernels' own notes of what is not 0 are used. */
static void take_rows(struct draw *draw)
{
    for (size_t row = 0, chunk = 0; row < draw->rows; row += INKI_NONZERO_ROWS, chunk++) {
        size_t left = draw->rows - row, count = left < INKI_NONZERO_ROWS ? left : INKI_NONZERO_ROWS;
        draw->kern->gather(&(struct inki_gather){.rows = count,
                                                 .n = draw->inputs,
                                                 .from = draw->from + row,
                                                 .x = draw->x + row * draw->stride,
                                                 .stride = draw->stride,
                                                 .nonzero = draw->nonzero[chunk]});
        draw->kern->transpose_bits(draw->nonzero[chunk], count, draw->inputs, draw->columns[chunk]);
    }
}

static void make_draw(struct draw *draw, struct inki_rng *rng)
{
    draw->rows = one_to(rng, MOST);
    draw->inputs = one_to(rng, MOST);
    draw->outputs = one_to(rng, MOST);
    draw->width = (draw->outputs + INKI_LANES - 1) / INKI_LANES * INKI_LANES;
    draw->zeros = draw_zeros(rng);
    draw->l2 = inki_rng_below(rng, 2) == 0;
    draw->stride = draw->inputs + inki_rng_below(rng, STRIDE - MOST);
    draw->d_row = draw->width + inki_rng_below(rng, STRIDE - WIDEST);
    size_t slack = inki_rng_below(rng, 16), w_count = draw->inputs * draw->width;
    draw->x = fence_place(&draw->x_pages, (draw->rows - 1) * draw->stride + draw->inputs, slack);
    draw->w = fence_place(&draw->w_pages, w_count, slack);
    draw->d = fence_place(&draw->d_pages, (draw->rows - 1) * draw->d_row + draw->width, slack);
    fill_runs(rng, draw->raw, draw->rows * draw->inputs, draw->zeros);
    fence_fill(rng, draw->w, w_count, 0);
    fence_fill(rng, draw->d, (draw->rows - 1) * draw->d_row + draw->width, 0);
    fence_fill(rng, draw->bias, draw->width, 0);
    pad(draw, draw->w, draw->inputs, draw->width);
    pad(draw, draw->d, draw->rows, draw->d_row);
    pad(draw, draw->bias, 1, draw->width);
    for (size_t i = 0; i < draw->rows; i++) draw->from[i] = draw->raw + i * draw->inputs;
    take_rows(draw);
}

/* sum and size [m][n] of the call's product in double. The rows of c are m, c before is `start` (row by row) or NULL. */
static void define(const struct draw *draw, const struct inki_gemm *call)
{
    for (size_t i = 0; i < call->m; i++) {
        double *sum = draw->sum + i * call->n, *size = draw->size + i * call->n;
        for (size_t j = 0; j < call->n; j++) {
            sum[j] = call->bias ? (double)call->bias[j] : 0;
            size[j] = fabs(sum[j]);
        }
        for (size_t p = 0; p < call->k; p++) {
            const double a = (double)call->a[i * call->a_row + p * call->a_col];
            const float *b = call->b + p * call->b_row;
            for (size_t j = 0; a != 0 && j < call->n; j++) {
                sum[j] += a * (double)b[j];
                size[j] += fabs(a * (double)b[j]);
            }
        }
    }
}

/* The step of plain SGD on what define found. */
static void define_step(const struct draw *draw, const struct inki_gemm *call, const struct inki_update *step)
{
    for (size_t i = 0; i < call->m * call->n; i++) {
        double w = (double)draw->w[i], lr = (double)step->lr, l2 = (double)step->l2, clip = (double)step->clip;
        draw->sum[i] = w - lr * (clip * draw->sum[i] + l2 * w);
        draw->size[i] = fabs(w) + lr * (clip * draw->size[i] + l2 * fabs(w));
    }
}

static void check(const struct draw *draw, const struct inki_gemm *call, const char *what)
{
    for (size_t i = 0; i < call->m; i++)
        for (size_t j = 0; j < call->n; j++) {
            double got = (double)call->c[i * call->c_row + j], wanted = draw->sum[i * call->n + j];
            double allowed = draw->size[i * call->n + j] * 0x1p-24 * (2 + sqrt((double)call->k)) + 1e-30;
            if (fabs(got - wanted) <= allowed) continue;
            fail_msg("%s, %s: rows %zu, inputs %zu, outputs %zu, %zu %% zeros: element (%zu, %zu) is %.9g, not %.9g",
                     draw->kern->name, what, draw->rows, draw->inputs, draw->outputs, draw->zeros, i, j, got, wanted);
        }
}

/* An output array of the call's shape between marks; `before` fills it. */
static float *place(struct draw *draw, struct inki_gemm *call, const float *before)
{
    size_t count = (call->m - 1) * call->c_row + call->n;
    call->c = fence_place(&draw->c_pages, count, 0);
    for (size_t i = 0; i < call->m * call->n; i++)
        call->c[i / call->n * call->c_row + i % call->n] = before ? before[i] : -7;
    return call->c;
}

/* Nothing was written beside or between the rows. */
static void check_marks(const struct draw *draw, const struct inki_gemm *call, float mark)
{
    fence_check(&draw->c_pages, (call->m - 1) * call->c_row + call->n, 0);
    for (size_t i = 0; i + 1 < call->m; i++)
        for (size_t j = call->n; j < call->c_row; j++) assert_true(call->c[i * call->c_row + j] == mark);
}

/* y = x W + b, at once and by rows that leave out zeros. */
static void check_forward(struct draw *draw)
{
    struct inki_gemm call = {.m = draw->rows,
                             .n = draw->width,
                             .k = draw->inputs,
                             .a = draw->x,
                             .a_row = draw->stride,
                             .a_col = 1,
                             .b = draw->w,
                             .b_row = draw->width,
                             .c_row = draw->d_row,
                             .bias = draw->bias};
    define(draw, &call);
    float *c = place(draw, &call, NULL), mark = c[-1];
    draw->kern->gemm(&call);
    check(draw, &call, "forward");
    check_marks(draw, &call, mark);
    place(draw, &call, NULL);
    for (size_t row = 0, chunk = 0; row < draw->rows; row += INKI_NONZERO_ROWS, chunk++) {
        struct inki_gemm part = call;
        part.m = draw->rows - row < INKI_NONZERO_ROWS ? draw->rows - row : INKI_NONZERO_ROWS;
        part.a += row * draw->stride;
        part.c += row * draw->d_row;
        part.nonzero = draw->nonzero[chunk];
        draw->kern->gemm(&part);
    }
    check(draw, &call, "forward without zeros");
    check_marks(draw, &call, mark);
}

/* dx = d W', which is the plain product with W transposed. */
static void check_back(struct draw *draw)
{
    size_t padded = (draw->inputs + INKI_LANES - 1) / INKI_LANES * INKI_LANES;
    memset(draw->back, 0, draw->width * padded * sizeof *draw->back);
    draw->kern->transpose(draw->inputs, draw->width, draw->w, draw->width, draw->back, padded);
    struct inki_gemm call = {.m = draw->rows,
                             .n = padded,
                             .k = draw->outputs,
                             .a = draw->d,
                             .a_row = draw->d_row,
                             .a_col = 1,
                             .b = draw->back,
                             .b_row = padded,
                             .c_row = padded};
    define(draw, &call);
    place(draw, &call, NULL);
    draw->kern->gemm(&call);
    check(draw, &call, "back");
    check_marks(draw, &call, 0);
}

/* The gradient x' d over rows [row, row + call->k), by chunk or at once; its columns in two parts, cut at a strip. */
static void run_gradient(const struct draw *draw, struct inki_gemm call, size_t row, bool leave_out)
{
    size_t strips = (draw->inputs + STRIP - 1) / STRIP, cut = strips / 2 * STRIP;
    for (int half = 0; half < 2; half++) {
        struct inki_gemm part = call;
        size_t first = half ? cut : 0;
        part.m = half ? draw->inputs - cut : cut;
        part.a = draw->x + row * draw->stride + first;
        part.b = draw->d + row * draw->d_row;
        part.c = call.c + first * call.c_row;
        const uint64_t *nonzero = (call.k == 1 ? draw->nonzero : draw->columns)[row / INKI_NONZERO_ROWS];
        if (leave_out) part.nonzero = nonzero + first / STRIP * INKI_NONZERO_ROWS;
        if (part.m > 0) draw->kern->gemm(&part);
    }
}

static struct inki_gemm gradient_call(const struct draw *draw, size_t rows)
{
    return (struct inki_gemm){.m = draw->inputs,
                              .n = draw->width,
                              .k = rows,
                              .a = draw->x,
                              .a_row = 1,
                              .a_col = draw->stride,
                              .b = draw->d,
                              .b_row = draw->d_row,
                              .c_row = draw->width};
}

static void check_gradient(struct draw *draw)
{
    struct inki_gemm call = gradient_call(draw, draw->rows);
    define(draw, &call);
    place(draw, &call, NULL);
    run_gradient(draw, call, 0, false);
    check(draw, &call, "gradient");
    check_marks(draw, &call, 0);
    place(draw, &call, NULL);
    for (size_t row = 0; row < draw->rows; row += INKI_NONZERO_ROWS) {
        struct inki_gemm chunk = call;
        chunk.k = draw->rows - row < INKI_NONZERO_ROWS ? draw->rows - row : INKI_NONZERO_ROWS;
        chunk.add = row > 0;
        run_gradient(draw, chunk, row, true);
    }
    check(draw, &call, "gradient without zeros");
    check_marks(draw, &call, 0);
}

/* With the step inside; both ways must give the same bits. */
static void check_step(struct draw *draw)
{
    const struct inki_update step = {.lr = 0.25f, .l2 = draw->l2 ? 0.125f : 0, .clip = draw->l2 ? 0.5f : 1};
    struct inki_gemm call = gradient_call(draw, draw->rows < INKI_FUSED_ROWS ? draw->rows : INKI_FUSED_ROWS);
    size_t count = call.m * call.n;
    float *first = malloc(count * sizeof *first);
    define(draw, &call);
    define_step(draw, &call, &step);
    call.step = &step;
    for (int leave_out = 0; leave_out < 2; leave_out++) {
        place(draw, &call, draw->w);
        run_gradient(draw, call, 0, leave_out);
        check(draw, &call, leave_out ? "step without zeros" : "step");
        check_marks(draw, &call, 0);
        if (leave_out) fence_same(call.c, first, count, "zeros left out");
        memcpy(first, call.c, count * sizeof *first);
    }
    free(first);
}

static void products(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 80, 0);
    struct draw *draw = calloc(1, sizeof *draw);
    open_draw(draw);
    draw->kern = kern;
    for (size_t left = draws(40, 2000); left > 0; left--) {
        make_draw(draw, &rng);
        check_forward(draw);
        check_back(draw);
        check_gradient(draw);
        check_step(draw);
    }
    close_draw(draw);
    free(draw);
}

/* ---- networks ---- */

/* A network of random shape with one batch. */
struct net {
    const struct fixture *f;
    char notation[256];
    size_t rows, features, classes, zeros;
    bool kinks;
    ink_model *model;
    struct inki_program program;
    float *x, *g, *scaling;
    int32_t *labels;
};

static void draw_notation(struct net *net, struct inki_rng *rng)
{
    size_t layers = inki_rng_below(rng, 4), at = 0;
    net->notation[0] = 0;
    net->kinks = false;
    for (size_t l = 0; l < layers; l++) {
        enum inki_activation act = (enum inki_activation)inki_rng_below(rng, INKI_ACT_COUNT);
        net->kinks |= act == INKI_ACT_relu || act == INKI_ACT_leaky_relu;
        at += (size_t)snprintf(net->notation + at, sizeof net->notation - at, "%sdense %zu %s", l ? " | " : "",
                               one_to(rng, MOST), inki_activation_name(act));
    }
}

/* Values by `seed`; biases begin at 0, which is too good to be true. */
static void begin_net(struct net *net, uint64_t seed)
{
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_TEST, 82, 0);
    char setting[32];
    snprintf(setting, sizeof setting, "seed=%u", (unsigned)(seed % 1000000));
    net_set(net->f, setting);
    bool scaled = inki_rng_below(&rng, 2) == 0;
    net->scaling = malloc(2 * net->features * sizeof *net->scaling);
    net_values(seed, 2 * net->features, 0.5f, 1.5f, net->scaling);
    net->model = net_model(net->f, net->notation, (struct inki_shape){1, net->features, 1, 0}, net->classes,
                           scaled ? net->scaling : NULL, scaled ? net->scaling + net->features : NULL);
    bool *used = net_used(net->model);
    for (size_t i = 0; i < net->model->size; i++)
        if (used[i] && net->model->w[i] == 0) net->model->w[i] = 0.01f * (float)(i % 7) - 0.03f;
    free(used);
    net_program(net->f, net->model, INKI_FOR_TRAINING, net->rows < INKI_CHUNK_ROWS ? net->rows : INKI_CHUNK_ROWS,
                &net->program);
    net->x = malloc(net->rows * net->features * sizeof *net->x);
    net->g = calloc(net->model->size, sizeof *net->g);
    net->labels = malloc(net->rows * sizeof *net->labels);
    fill_runs(&rng, net->x, net->rows * net->features, net->zeros);
    net_labels(seed, net->rows, net->classes, net->labels);
}

static void end_net(struct net *net)
{
    inki_program_end(&net->program);
    ink_model_free(net->model);
    free(net->x);
    free(net->g);
    free(net->labels);
    free(net->scaling);
}

/* All chunks of the batch, forward and backward. */
static void run_net(struct net *net)
{
    for (size_t row = 0; row < net->rows; row += INKI_CHUNK_ROWS) {
        size_t left = net->rows - row, count = left < INKI_CHUNK_ROWS ? left : INKI_CHUNK_ROWS;
        double losses[INKI_CHUNK_ROWS];
        struct inki_feed feed = {
            .fresh = row == 0,
            .first_row = (uint32_t)row,
            .loss = {.labels = net->labels + row, .scale = 1.0f / (float)net->rows, .row_loss = losses},
            .g = net->g,
            .add = row > 0,
            .last = row + count == net->rows};
        net_run(&net->program, net->x + row * net->features, count, &feed);
    }
}

/* Zeros multiplied by must give the bits that zeros left out give. */
static void check_bits(struct net *net)
{
    float *left_out = malloc(net->model->size * sizeof *left_out);
    memcpy(left_out, net->g, net->model->size * sizeof *left_out);
    net->f->ctx->no_skip = true;
    run_net(net);
    net->f->ctx->no_skip = false;
    fence_same(net->g, left_out, net->model->size, net->notation);
    free(left_out);
}

/* All weights after a step of training with this batch, from these weights on, which fuses what it can. */
static double step_difference(struct net *net, struct plain *plain)
{
    const double lr = 4, l2 = net->rows % 2 ? 0.01 : 0;
    ink_data *data;
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more;
    net_set(net->f, l2 > 0 ? "l2=0.01" : "l2=0");
    net_ok(net->f, ink_data_new(net->f->ctx, net->rows, net->features, net->x, net->labels, net->classes, &data));
    net_ok(net->f, ink_trainer_new(net->f->ctx, data, NULL, net->f->set, net->model, &trainer));
    net_ok(net->f, ink_trainer_epoch(trainer, NULL, &row, &more));
    assert_true(row.step == 1 && !more);
    for (size_t l = 0; l < plain->layer_count; l++) {
        struct plain_layer *layer = &plain->layers[l];
        for (size_t t = 0; t < PLAIN_TENSORS && inki_node_learns(layer->of); t++)
            for (size_t i = 0; i < layer->count[t]; i++)
                layer->value[t][i] -= lr * (layer->gradient[t][i] + (t == 0 ? l2 * layer->value[t][i] : 0));
    }
    double difference = plain_difference(plain, ink_trainer_model(trainer)->w, false, 1e-2);
    ink_trainer_free(trainer);
    ink_data_free(data);
    return difference;
}

/* How far gradient and step are from plain arithmetic, as a share of each tensor's largest value. */
static double net_difference(struct net *net, uint64_t seed)
{
    begin_net(net, seed);
    struct plain *plain = plain_new(net->model);
    plain_gradient(plain, net->rows, net->x, net->labels);
    run_net(net);
    double difference = plain_difference(plain, net->g, true, 1e-5);
    check_bits(net);
    difference = fmax(difference, step_difference(net, plain));
    plain_free(plain);
    end_net(net);
    return difference;
}

/* A unit within rounding of relu's kink may fall on its other side. That is a matter of values, not of shapes: then the same
 * shape must be right with other values. */
static void networks(void **state)
{
    const double exactness = 1e-4;
    struct inki_rng rng = inki_rng_begin(2, INKI_RNG_TEST, 81, 0);
    void *fixture;
    fence_table(state);
    setenv("INKLING_KERNELS", *state, 1);
    help_begin(&fixture);
    unsetenv("INKLING_KERNELS");
    struct net net = {.f = fixture};
    net_set(net.f, "optimizer=sgd; lr=4; schedule=constant; batch=full; epochs=1; val=0; keep=last");
    for (size_t i = 0, count = draws(30, 400); i < count; i++) {
        net.rows = one_to(&rng, MOST);
        net.features = one_to(&rng, MOST);
        net.classes = 1 + one_to(&rng, inki_rng_below(&rng, 2) ? 15 : MOST - 1);
        net.zeros = draw_zeros(&rng);
        draw_notation(&net, &rng);
        net_ok(net.f, ink_ctx_set_threads(net.f->ctx, (unsigned)one_to(&rng, 3)));
        double difference = net_difference(&net, 1000 * i);
        for (uint64_t other = 1; net.kinks && difference > exactness && other < 3; other++)
            difference = net_difference(&net, 1000 * i + other);
        if (!(difference <= exactness))
            fail_msg("%s: batch %zu, inputs %zu, '%s', %zu classes, %zu %% zeros: off by %g",
                     ink_ctx_kernels(net.f->ctx), net.rows, net.features, net.notation, net.classes, net.zeros,
                     difference);
    }
    help_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FENCE_TABLES(products), FENCE_TABLES(networks)};
    return cmocka_run_group_tests_name("shapes", tests, NULL, NULL);
}
