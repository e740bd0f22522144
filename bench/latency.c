/* latency: how long one row takes, by a predictor, by ink_predict and by the exported C source (net.c, netq.c), all on one core.
 * SPDX-License-Identifier: MIT
 *
 * latency MODEL IMAGES: the median over the rows of an IDX file of 28x28 pictures, each row timed alone, in microseconds. */
#include <inkling.h>

#include "net.h"
#include "netq.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROWS = 10000, FEATURES = NET_INPUTS, CLASSES = NET_CLASSES };

static uint8_t bytes[ROWS][FEATURES];
static float rows[ROWS][FEATURES], p[CLASSES];
static double times[ROWS];
static ink_ctx *ctx;
static ink_model *model;
static ink_predictor *predictor;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1e6 * (double)time.tv_sec + 1e-3 * (double)time.tv_nsec;
}

static void by_floats(size_t row) { ink_predictor_run(predictor, 1, rows[row], p); }
static void by_bytes(size_t row) { ink_predictor_run_bytes(predictor, 1, bytes[row], p); }
static void by_predict(size_t row)
{
    if (ink_predict(ctx, model, 1, rows[row], p) != INK_OK) exit(1);
}
static void by_source(size_t row) { net_predict(bytes[row], p); }
static void by_int8(size_t row) { netq_predict(bytes[row], p); }

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void measure(const char *name, void (*one)(size_t row))
{
    for (size_t i = 0; i < 1000; i++) one(i);
    for (size_t i = 0; i < ROWS; i++) {
        double began = now();
        one(i);
        times[i] = now() - began;
    }
    qsort(times, ROWS, sizeof *times, compare);
    printf("%s\t%.2f\t%.2f\n", name, times[ROWS / 2], times[ROWS * 99 / 100]);
}

int main(int count, char **words)
{
    FILE *file = count == 3 ? fopen(words[2], "rb") : NULL;
    if (!file || fseek(file, 16, SEEK_SET) != 0 || fread(bytes, FEATURES, ROWS, file) != ROWS) return 1;
    fclose(file);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < FEATURES; k++) rows[i][k] = bytes[i][k];
    if (ink_ctx_new(NULL, &ctx) != INK_OK || ink_ctx_set_threads(ctx, 1) != INK_OK ||
        ink_model_load(ctx, words[1], &model) != INK_OK || ink_predictor_new(ctx, model, 1, &predictor) != INK_OK)
        return 1;
    measure("ink_predictor_run, floats", by_floats);
    measure("ink_predictor_run_bytes", by_bytes);
    measure("ink_predict", by_predict);
    measure("exported C, float", by_source);
    measure("exported C, int8", by_int8);
    ink_predictor_free(predictor);
    ink_model_free(model);
    ink_ctx_free(ctx);
    return 0;
}
