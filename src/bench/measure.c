/* measure: what this machine can do and how much of it training uses: one table of measurements.
 * SPDX-License-Identifier: MIT
 *
 * Each measurement repeats short pieces of its work for as long as it is given and takes the best piece; a share of the peak
 * has pieces of the peak's probe in between, because the clock of a processor is not always the same. Work is counted
 * as 4 M K N operations for the first layer and 6 M K N for others, without padding. Data are made up: dense (no zeros) unless
 * a row says so. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum kind { PEAK, READ, FORWARD, GRADIENT, STEP, SHARE, SPEEDUP, LATENCY, PHASE };

/* What a measurement is of: sizes of a product, or the batch and widths of a network. */
struct work {
    enum kind kind;
    bool all_threads, sparse;
    size_t batch, features; /* READ: features is the number of bytes */
    const char *hidden;     /* widths, or the notation of a network over images */
    enum inki_phase phase;
};

/* clang-format off */
#define NET_100 60, 784, "100"
#define BLOCK_OF(n) "conv " n " 3x3 nobias | maxpool 2 | batchnorm gelu | conv " n " 3x3 nobias | batchnorm gelu | "
#define NET_A 128, 784, "conv 24 5x5 pad valid relu | maxpool 2 | conv 32 3x3 pad valid relu | maxpool 2 | dense 256 relu"
#define NET_B 128, 784, "conv 32 3x3 nobias | batchnorm relu | conv 32 3x3 nobias | batchnorm relu | maxpool 2 | conv 64 3x3 nobias | batchnorm relu | conv 64 3x3 nobias | batchnorm relu | maxpool 2"
#define NET_C 128, 3072, "conv 24 2x2 pad valid gelu | " BLOCK_OF("64") BLOCK_OF("256") BLOCK_OF("256") "maxpool 3"
#define NET_D 128, 784, "conv 8 3x3 nobias | batchnorm relu | conv 16 3x3 nobias | batchnorm relu | maxpool 2 | conv 16 3x3 nobias | batchnorm relu | conv 16 3x3 nobias | batchnorm relu | maxpool 2"
#define NET_M 128, 784, "conv 16 5x5 pad valid nobias | maxpool 2 | batchnorm relu | conv 32 3x3 pad valid nobias | maxpool 2 | batchnorm relu | conv 64 3x3 pad valid nobias | batchnorm relu"
static const struct row {
    ink_measure measure;
    struct work work;
} measures[] = {
    {{"peak-1", "GFLOP/s", "multiply-adds in registers, one thread", 0, 0, false}, {PEAK, false, false, 0, 0, NULL, 0}},
    {{"peak-all", "GFLOP/s", "the same, all threads", 0, 0, false}, {PEAK, true, false, 0, 0, NULL, 0}},
    {{"read-l1", "GB/s", "reading 24 KB again and again, one thread", 0, 0, false}, {READ, false, false, 0, 24u << 10, NULL, 0}},
    {{"read-l2", "GB/s", "reading 1 MB", 0, 0, false}, {READ, false, false, 0, 1u << 20, NULL, 0}},
    {{"read-l3", "GB/s", "reading 16 MB", 0, 0, false}, {READ, false, false, 0, 16u << 20, NULL, 0}},
    {{"read-memory", "GB/s", "reading 256 MB", 0, 0, false}, {READ, false, false, 0, 256u << 20, NULL, 0}},
    {{"forward", "%", "60x784x100 forward product, share of peak, one thread", 71, 93, false}, {FORWARD, false, false, NET_100, 0}},
    {{"gradient", "%", "its gradient with the update inside", 75, 93, false}, {GRADIENT, false, false, NET_100, 0}},
    {{"share-100-1", "%", "step of 60/784-100-10, share of peak, one thread", 62, 80, false}, {SHARE, false, false, NET_100, 0}},
    {{"share-100-all", "%", "the same, all threads", 50, 75, false}, {SHARE, true, false, NET_100, 0}},
    {{"share-40-1", "%", "step of 64/784-40-10, one thread", 50, 70, false}, {SHARE, false, false, 64, 784, "40", 0}},
    {{"share-40-all", "%", "the same, all threads", 40, 55, false}, {SHARE, true, false, 64, 784, "40", 0}},
    {{"share-512-1", "%", "step of 128/784-512-256-10, one thread", 62, 80, false}, {SHARE, false, false, 128, 784, "512,256", 0}},
    {{"share-512-all", "%", "the same, all threads", 50, 75, false}, {SHARE, true, false, 128, 784, "512,256", 0}},
    {{"share-1000-1", "%", "step of 1000/784-500-10, one thread", 62, 80, false}, {SHARE, false, false, 1000, 784, "500", 0}},
    {{"share-1000-all", "%", "the same, all threads", 50, 75, false}, {SHARE, true, false, 1000, 784, "500", 0}},
    {{"speedup-100", "times", "threads, 1 to all, on 60/784-100-10", 1.6, 1.85, false}, {SPEEDUP, true, false, NET_100, 0}},
    {{"speedup-512", "times", "the same on 128/784-512-256-10", 1.6, 1.85, false}, {SPEEDUP, true, false, 128, 784, "512,256", 0}},
    {{"step-100-1", "us", "step of 60/784-100-10, dense, one thread", 0, 0, true}, {STEP, false, false, NET_100, 0}},
    {{"step-100-all", "us", "the same, all threads", 0, 0, true}, {STEP, true, false, NET_100, 0}},
    {{"step-100-sparse-1", "us", "with 81 % zeros as in MNIST, one thread", 0, 0, true}, {STEP, false, true, NET_100, 0}},
    {{"step-100-sparse-all", "us", "the same, all threads", 0, 0, true}, {STEP, true, true, NET_100, 0}},
    {{"step-single", "us", "a sample of 784-16-16-10, 81 % zeros, one thread", 4, 2, true}, {STEP, false, true, 1, 784, "16,16", 0}},
    {{"latency", "us", "one row through 784-100-10 (ink_predictor_run)", 5, 1.5, true}, {LATENCY, false, true, 1, 784, "100", 0}},
    {{"conv-a-1", "%", "step of 128 images through conv 24 5x5, conv 32 3x3, pools, dense 256, share of peak, one thread", 77, 111, false}, {SHARE, false, false, NET_A, 0}},
    {{"conv-a-all", "%", "the same, all threads", 75, 111, false}, {SHARE, true, false, NET_A, 0}},
    {{"conv-b-1", "%", "four convolutions of 32 and 64 channels, batch norm, one thread", 77, 86, false}, {SHARE, false, false, NET_B, 0}},
    {{"conv-b-all", "%", "the same, all threads", 75, 85, false}, {SHARE, true, false, NET_B, 0}},
    {{"conv-c-1", "%", "seven convolutions of up to 256 channels on 32x32x3, batch norm, one thread", 85, 94, false}, {SHARE, false, false, NET_C, 0}},
    {{"conv-d-1", "%", "as conv-b with 8 and 16 channels, one thread", 60, 76, false}, {SHARE, false, false, NET_D, 0}},
    {{"conv-d-all", "%", "the same, all threads", 60, 76, false}, {SHARE, true, false, NET_D, 0}},
    {{"conv-m-1", "%", "three convolutions of 16, 32 and 64 channels, batch norm, one thread", 73, 100, false}, {SHARE, false, false, NET_M, 0}},
    {{"conv-m-all", "%", "the same, all threads", 73, 100, false}, {SHARE, true, false, NET_M, 0}},
    {{"latency-image", "us", "one image through that network (ink_predictor_run)", 60, 30, true}, {LATENCY, false, true, NET_M, 0}},
    {{"phase-rows", "us", "of a sparse 60/784-100-10 step, all threads: choosing rows", 0, 0, true}, {PHASE, true, true, NET_100, INKI_PHASE_GATHER}},
    {{"phase-forward", "us", "gathering and the first layer forward", 0, 0, true}, {PHASE, true, true, NET_100, INKI_PHASE_FORWARD}},
    {{"phase-loss", "us", "small layers, loss, and back to the hidden layer", 0, 0, true}, {PHASE, true, true, NET_100, INKI_PHASE_LOSS}},
    {{"phase-backward", "us", "gradients, with the first layer's update", 0, 0, true}, {PHASE, true, true, NET_100, INKI_PHASE_BACKWARD}},
    {{"phase-update", "us", "the other updates", 0, 0, true}, {PHASE, true, true, NET_100, INKI_PHASE_UPDATE}},
    {{"phase-wait", "us", "waiting for other threads", 0, 0, true}, {PHASE, true, true, NET_100, INKI_PHASE_WAIT}},
};
/* clang-format on */

size_t ink_measure_count(void) { return sizeof measures / sizeof *measures; }

const ink_measure *ink_measure_row(size_t i) { return i < ink_measure_count() ? &measures[i].measure : NULL; }

/* ------------------------------------------------------------------ timing */

/* A piece of work of some milliseconds; returns how many units of it were done. */
typedef double piece(void *arg);

/* The most units a second, over `seconds`. */
static double best_rate(piece *run, void *arg, double seconds)
{
    double best = 0, end = inki_seconds_now() + seconds;
    do {
        double began = inki_seconds_now(), units = run(arg), took = inki_seconds_now() - began;
        if (took > 0 && units / took > best) best = units / took;
    } while (inki_seconds_now() < end);
    return best;
}

struct probe {
    ink_ctx *ctx;
    size_t n;       /* floats, for reading */
    const float *x; /* [n] */
    double sums[64];
};

enum { PROBE_ROUNDS = 100000 };

static void peak_part(void *arg, size_t part, size_t parts)
{
    struct probe *probe = arg;
    (void)parts;
    probe->sums[part % 64] = inki_kern(probe->ctx)->fma_probe(PROBE_ROUNDS, 0.999f);
}

/* In floating-point operations. */
static double peak_piece(void *arg)
{
    struct probe *probe = arg;
    const struct inki_kern *kern = inki_kern(probe->ctx);
    inki_parallel(probe->ctx, 1u << 30, peak_part, probe);
    return (double)inki_parts(probe->ctx, 1u << 30) * PROBE_ROUNDS * (double)kern->probe_flops;
}

/* In bytes. */
static double read_piece(void *arg)
{
    struct probe *probe = arg;
    size_t times = 1 + ((size_t)8 << 20) / (probe->n * sizeof(float));
    for (size_t i = 0; i < times; i++) probe->sums[0] += inki_kern(probe->ctx)->read_probe(probe->n, probe->x);
    return (double)(times * probe->n * sizeof(float));
}

static ink_status measure_read(ink_ctx *ctx, const struct work *work, double seconds, double *value)
{
    struct probe probe = {.ctx = ctx, .n = work->features / sizeof(float)};
    float *x = inki_zalloc(ctx, probe.n, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    for (size_t i = 0; i < probe.n; i += 512) x[i] = 1; /* a page of its own for each */
    probe.x = x;
    *value = best_rate(read_piece, &probe, seconds) / 1e9;
    inki_free(x);
    return INK_OK;
}

/* ---------------------------------------------------------------- products */

struct product {
    const struct inki_kern *kern;
    struct inki_gemm call;
    size_t times;
};

static double product_piece(void *arg)
{
    const struct product *product = arg;
    for (size_t i = 0; i < product->times; i++) product->kern->gemm(&product->call);
    return (double)product->times * 2 * (double)product->call.m * (double)product->call.n * (double)product->call.k;
}

/* Share of the peak in percent, pieces of both in turn. */
static double share(piece *run, void *arg, double flops_a_unit, struct probe *probe, double seconds)
{
    double work = 0, peak = 0, end = inki_seconds_now() + seconds;
    do {
        double one = best_rate(run, arg, 0), other = best_rate(peak_piece, probe, 0);
        work = one > work ? one : work;
        peak = other > peak ? other : peak;
    } while (inki_seconds_now() < end);
    return 100 * work * flops_a_unit / peak;
}

/* The forward product x[M][K] W[K][N], or the gradient x' dz with a step of W inside; N padded, as the layer has it. */
static ink_status measure_product(ink_ctx *ctx, const struct work *work, double seconds, double *value)
{
    enum { N = 112, USED = 100 };
    static const struct inki_update step = {.lr = 1e-9f, .clip = 1};
    const size_t m = work->batch, k = work->features, stride = inki_stride(k);
    float *x = inki_zalloc(ctx, m, stride * sizeof *x), *w = inki_zalloc(ctx, k, N * sizeof *w),
          *y = inki_zalloc(ctx, m, N * sizeof *y);
    bool forward = work->kind == FORWARD;
    struct product product = {.kern = inki_kern(ctx), .times = 50};
    struct probe probe = {.ctx = ctx};
    product.call = forward ? (struct inki_gemm){.m = m,
                                                .n = N,
                                                .k = k,
                                                .a = x,
                                                .a_row = stride,
                                                .a_col = 1,
                                                .b = w,
                                                .b_row = N,
                                                .c = y,
                                                .c_row = N}
                           : (struct inki_gemm){.m = k,
                                                .n = N,
                                                .k = m,
                                                .a = x,
                                                .a_row = 1,
                                                .a_col = stride,
                                                .b = y,
                                                .b_row = N,
                                                .c = w,
                                                .c_row = N,
                                                .step = &step};
    if (x && w && y) *value = share(product_piece, &product, (double)USED / N, &probe, seconds);
    ink_status status = x && w && y ? INK_OK : INK_NO_MEMORY;
    inki_free(x);
    inki_free(w);
    inki_free(y);
    return status;
}

/* ------------------------------------------------------------------- steps */

/* A trainer on synthetic images. */
struct bench {
    ink_ctx *ctx;
    ink_data *data;
    ink_settings *set;
    ink_trainer *trainer;
    size_t steps; /* a piece */
};

/* Bytes; sparse: strokes of some pixels with room between, 81 % zeros. */
static void draw_pixels(uint8_t *bytes, size_t rows, size_t features, bool sparse)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 6, 0);
    for (size_t i = 0; i < rows * features;) {
        size_t live = sparse ? 1 + inki_rng_below(&rng, 8) : features, dead = sparse ? 2 + inki_rng_below(&rng, 34) : 0;
        for (; live > 0 && i < rows * features; live--) bytes[i++] = (uint8_t)(1 + inki_rng_below(&rng, 255));
        for (; dead > 0 && i < rows * features; dead--) bytes[i++] = 0;
    }
}

static size_t side_of(size_t pixels) { return (size_t)lround(sqrt((double)pixels)); }

/* Images are square, and grey where that is possible. */
static ink_status make_data(ink_ctx *ctx, const struct work *work, ink_data **out)
{
    const size_t rows = work->batch < 6000 ? 6000 : work->batch, count = rows * work->features;
    const size_t grey = side_of(work->features), channels = grey * grey == work->features ? 1 : 3;
    const size_t side = side_of(work->features / channels);
    size_t dims[4] = {rows, side, side, channels};
    *out = NULL;
    INK_TRY(inki_data_begin(ctx, "synthetic images", out));
    uint8_t *bytes = inki_alloc(ctx, count, 1);
    int32_t *labels = inki_alloc(ctx, rows, sizeof *labels);
    if (!bytes || !labels) {
        inki_free(bytes);
        inki_free(labels);
        return INK_NO_MEMORY;
    }
    draw_pixels(bytes, rows, work->features, work->sparse);
    for (size_t i = 0; i < rows; i++) labels[i] = (int32_t)(i * 7 % 10);
    struct inki_labels list = {.values = labels, .count = rows};
    (*out)->bytes = bytes;
    (*out)->block = (struct inki_bytes){.data = bytes, .size = count};
    ink_status status = inki_data_set_shape(ctx, *out, dims, 4, "synthetic images");
    ink_status labelled = inki_data_set_labels(ctx, *out, &list, "labels", "rows");
    return status == INK_OK ? labelled : status;
}

static ink_status begin_bench(ink_ctx *ctx, const struct work *work, struct bench *bench)
{
    char batch[32];
    const bool convolves = strncmp(work->hidden, "conv", 4) == 0;
    const char *pairs[][2] = {{convolves ? "net" : "hidden", work->hidden},
                              {"optimizer", convolves ? "adam" : "sgd"},
                              {"batch", batch},
                              {"lr", "1e-5"},
                              {"scale", "255"},
                              {"val", "0"},
                              {"epochs", "1000000"}};
    snprintf(batch, sizeof batch, "%zu", work->batch);
    *bench = (struct bench){.ctx = ctx};
    INK_TRY(make_data(ctx, work, &bench->data));
    INK_TRY(ink_settings_new(ctx, &bench->set));
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        INK_TRY(ink_settings_set(ctx, bench->set, pairs[i][0], pairs[i][1]));
    INK_TRY(ink_trainer_new(ctx, bench->data, NULL, bench->set, NULL, &bench->trainer));
    double began = inki_seconds_now();
    for (int i = 0; i < 3; i++) INK_TRY(inki_trainer_step(bench->trainer));
    bench->steps = 1 + (size_t)(0.003 / ((inki_seconds_now() - began) / 3));
    return INK_OK;
}

static void end_bench(struct bench *bench)
{
    ink_trainer_free(bench->trainer);
    ink_settings_free(bench->set);
    ink_data_free(bench->data);
}

/* In steps; training with this rate cannot diverge. */
static double step_piece(void *arg)
{
    struct bench *bench = arg;
    size_t done = 0;
    while (done < bench->steps && inki_trainer_step(bench->trainer) == INK_OK) done++;
    return (double)done;
}

static double step_flops(const struct bench *bench)
{
    const ink_model *model = bench->trainer->model;
    double flops = 0;
    size_t products = 0;
    for (size_t i = 0; i < model->node_count; i++) {
        ink_layer_info layer = INK_INIT(ink_layer_info);
        ink_model_layer(model, i, &layer);
        if (model->nodes[i].op->gradient && layer.multiply_adds > 0)
            flops += (products++ ? 6.0 : 4.0) * (double)layer.multiply_adds;
    }
    return flops * (double)bench->trainer->batches.size;
}

/* Microseconds a step. */
static double step_time(struct bench *bench, double seconds) { return 1e6 / best_rate(step_piece, bench, seconds); }

static double measure_phase(struct bench *bench, enum inki_phase phase, double seconds)
{
    struct inki_profile profile = {.since = inki_seconds_now()};
    bench->ctx->profile = &profile;
    double end = inki_seconds_now() + seconds, steps = 0;
    while (inki_seconds_now() < end) steps += step_piece(bench);
    inki_phase(bench->ctx, INKI_PHASE_OTHER);
    bench->ctx->profile = NULL;
    return 1e6 * profile.seconds[phase] / steps;
}

struct latency {
    ink_predictor *predictor;
    float x[64][784], p[10]; /* rows in turn: a row that comes again is foreseen by the processor */
};

static double latency_piece(void *arg)
{
    struct latency *latency = arg;
    enum { TIMES = 640 };
    bool good = true;
    for (int i = 0; i < TIMES; i++)
        good &= ink_predictor_run(latency->predictor, 1, latency->x[i % 64], latency->p) == INK_OK;
    return good ? TIMES : 0;
}

static ink_status measure_latency(struct bench *bench, double seconds, double *value)
{
    struct latency latency;
    INK_TRY(ink_predictor_new(bench->ctx, bench->trainer->model, 1, &latency.predictor));
    for (size_t i = 0; i < 64; i++) ink_data_row(bench->data, i, latency.x[i]);
    *value = 1e6 / best_rate(latency_piece, &latency, seconds);
    ink_predictor_free(latency.predictor);
    return INK_OK;
}

static ink_status measure_with(struct bench *bench, const struct work *work, double seconds, double *value)
{
    struct probe probe = {.ctx = bench->ctx};
    if (work->kind == LATENCY) return measure_latency(bench, seconds, value);
    if (work->kind == SHARE)
        *value = share(step_piece, bench, step_flops(bench), &probe, seconds);
    else if (work->kind == PHASE)
        *value = measure_phase(bench, work->phase, seconds);
    else
        *value = step_time(bench, seconds);
    return INK_OK;
}

static ink_status measure_steps(ink_ctx *ctx, const struct work *work, double seconds, double *value)
{
    struct bench bench;
    ink_status status = begin_bench(ctx, work, &bench);
    if (status == INK_OK) status = measure_with(&bench, work, seconds, value);
    end_bench(&bench);
    return status;
}

static ink_status measure_on(ink_ctx *ctx, unsigned threads, const struct work *work, double seconds, double *value)
{
    struct probe probe = {.ctx = ctx};
    INK_TRY(ink_ctx_set_threads(ctx, threads));
    switch (work->kind) {
    case PEAK:
        *value = best_rate(peak_piece, &probe, seconds) / 1e9;
        return INK_OK;
    case READ:
        return measure_read(ctx, work, seconds, value);
    case FORWARD:
    case GRADIENT:
        return measure_product(ctx, work, seconds, value);
    default:
        return measure_steps(ctx, work, seconds, value);
    }
}

ink_status ink_measure_run(ink_ctx *ctx, size_t i, double seconds, double *value)
{
    *value = (double)NAN;
    if (i >= ink_measure_count() || !(seconds > 0 && seconds <= 3600))
        return inki_fail(ctx, INK_BAD_ARGUMENT, "there is no measurement %zu, or %g is not a number of seconds", i,
                         seconds);
    const struct work *work = &measures[i].work;
    unsigned threads = ink_ctx_threads(ctx);
    double one;
    ink_status status = measure_on(ctx, work->all_threads && work->kind != SPEEDUP ? threads : 1, work,
                                   work->kind == SPEEDUP ? seconds / 2 : seconds, value);
    if (status == INK_OK && work->kind == SPEEDUP) {
        one = *value;
        status = measure_on(ctx, threads, work, seconds / 2, value);
        *value = one / *value;
    }
    ink_status back = ink_ctx_set_threads(ctx, threads);
    return status == INK_OK ? back : status;
}
