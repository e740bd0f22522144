/* latency: how long one row takes, by a predictor, by ink_predict, by the exported C source (net.c, netq.c) and by ONNX Runtime.
 * SPDX-License-Identifier: MIT
 *
 * latency MODEL IMAGES [ONNX LIBRARY]: medians and 99th percentiles over the rows of an IDX file of 28x28 images, each row timed
 * alone, in microseconds. All take turns, ROUNDS times, a pass over all rows each; the best round of each is reported. LIBRARY is
 * libonnxruntime.so, ONNX the same network for it. Whoever gives other probabilities than ink_predict ends the program. */
#include <inkling.h>

#include "net.h"
#include "netq.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 10000, FEATURES = NET_INPUTS, CLASSES = NET_CLASSES, ROUNDS = 5 };

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

static void by_floats(size_t row)
{
    if (ink_predictor_run(predictor, 1, rows[row], p) != INK_OK) exit(1);
}
static void by_bytes(size_t row)
{
    if (ink_predictor_run_bytes(predictor, 1, bytes[row], p) != INK_OK) exit(1);
}
static void by_predict(size_t row)
{
    if (ink_predict(ctx, model, 1, rows[row], p) != INK_OK) exit(1);
}
static void by_source(size_t row) { net_predict(bytes[row], p); }
static void by_int8(size_t row) { netq_predict(bytes[row], p); }

/* ------------------------------------------------------------ ONNX Runtime */

/* Its C interface is a table of functions; these are the places of those that are called here (onnxruntime_c_api.h; places never
 * change). Each returns NULL, or a status that is an error. */
enum {
    ORT_MESSAGE = 2,
    ORT_ENV = 3,
    ORT_SESSION = 7,
    ORT_RUN = 9,
    ORT_OPTIONS = 10,
    ORT_OPTIMIZE = 23,
    ORT_THREADS = 24,
    ORT_TENSOR = 49,
    ORT_MEMORY = 69,
    ORT_VERSION = 17, /* of the table; later libraries have it too */
    ORT_FLOAT = 1,
    ORT_INT64 = 7
};

struct ort_base {
    void *const *(*table)(uint32_t version);
    const char *(*version)(void);
};

static struct {
    void *const *table;
    void *session, *memory, *options;
    void *in, *out[2];
    float x[FEATURES];
    int64_t label;
    void *(*run)(void *session, const void *options, const char *const *names, const void *const *values, size_t count,
                 const char *const *out_names, size_t out_count, void **out);
} ort;

/* A table of functions, as a C program may call it: through a copy of the pointer. */
#define ORT_CALL(place, type, ...)                                                                                     \
    do {                                                                                                               \
        void *(*call)type;                                                                                             \
        memcpy(&call, &ort.table[place], sizeof call);                                                                 \
        ort_check(call(__VA_ARGS__));                                                                                  \
    } while (0)

static void ort_check(void *status)
{
    const char *(*message)(const void *);
    if (!status) return;
    memcpy(&message, &ort.table[ORT_MESSAGE], sizeof message);
    fprintf(stderr, "latency: ONNX Runtime: %s\n", message(status));
    exit(1);
}

static void *ort_tensor(void *data, size_t size, int64_t columns, int type)
{
    void *tensor;
    const int64_t shape[2] = {1, columns};
    ORT_CALL(ORT_TENSOR, (const void *, void *, size_t, const int64_t *, size_t, int, void **), ort.memory, data, size,
             shape, columns ? 2 : 1, type, &tensor);
    return tensor;
}

/* One thread, all optimisations; its tensors lie in our memory, so that it copies and allocates as little as it can. */
static void ort_begin(const char *path, const char *library)
{
    const struct ort_base *(*base)(void);
    void *handle = dlopen(library, RTLD_NOW), *env, *symbol = handle ? dlsym(handle, "OrtGetApiBase") : NULL;
    if (!symbol) {
        fprintf(stderr, "latency: %s\n", dlerror());
        exit(1);
    }
    memcpy(&base, &symbol, sizeof base);
    ort.table = base()->table(ORT_VERSION);
    fprintf(stderr, "ONNX Runtime %s\n", base()->version());
    ORT_CALL(ORT_ENV, (int, const char *, void **), 3, "latency", &env);
    ORT_CALL(ORT_OPTIONS, (void **), &ort.options);
    ORT_CALL(ORT_THREADS, (void *, int), ort.options, 1);
    ORT_CALL(ORT_OPTIMIZE, (void *, int), ort.options, 99);
    ORT_CALL(ORT_SESSION, (void *, const char *, void *, void **), env, path, ort.options, &ort.session);
    ORT_CALL(ORT_MEMORY, (int, int, void **), 1, 0, &ort.memory);
    ort.in = ort_tensor(ort.x, sizeof ort.x, FEATURES, ORT_FLOAT);
    ort.out[0] = ort_tensor(&ort.label, sizeof ort.label, 0, ORT_INT64);
    ort.out[1] = ort_tensor(p, sizeof p, CLASSES, ORT_FLOAT);
    memcpy(&ort.run, &ort.table[ORT_RUN], sizeof ort.run);
}

static void by_ort(size_t row)
{
    static const char *const in[] = {"input"}, *const out[] = {"label", "probabilities"};
    const void *const values[] = {ort.in};
    memcpy(ort.x, rows[row], sizeof ort.x);
    ort_check(ort.run(ort.session, NULL, in, values, 1, out, 2, ort.out));
}

/* ---------------------------------------------------------------- measuring */

static struct way {
    const char *name;
    void (*one)(size_t row);
    double tolerance; /* of its probabilities */
    double middle, late;
} ways[] = {
    {"ink_predictor_run, floats", by_floats, 1e-5, INFINITY, INFINITY},
    {"ink_predictor_run_bytes", by_bytes, 1e-5, INFINITY, INFINITY},
    {"ink_predict", by_predict, 1e-5, INFINITY, INFINITY},
    {"exported C, float", by_source, 1e-5, INFINITY, INFINITY},
    {"exported C, int8", by_int8, 0.5, INFINITY, INFINITY},
    {"ONNX Runtime, from C", by_ort, 1e-5, INFINITY, INFINITY},
};

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void check(const struct way *way)
{
    for (size_t i = 0; i < 100; i++) {
        float wanted[CLASSES];
        by_predict(i);
        memcpy(wanted, p, sizeof p);
        memset(p, 0, sizeof p);
        way->one(i);
        for (size_t k = 0; k < CLASSES; k++) {
            if (fabs((double)p[k] - (double)wanted[k]) <= way->tolerance) continue;
            fprintf(stderr, "latency: %s: row %zu: %g for %g\n", way->name, i, (double)p[k], (double)wanted[k]);
            exit(1);
        }
    }
}

static void measure(struct way *way)
{
    for (size_t i = 0; i < ROWS; i++) {
        double began = now();
        way->one(i);
        times[i] = now() - began;
    }
    qsort(times, ROWS, sizeof *times, compare);
    if (times[ROWS / 2] >= way->middle) return;
    way->middle = times[ROWS / 2];
    way->late = times[ROWS * 99 / 100];
}

int main(int count, char **words)
{
    size_t way_count = sizeof ways / sizeof *ways - (count == 5 ? 0 : 1);
    FILE *file = count == 3 || count == 5 ? fopen(words[2], "rb") : NULL;
    if (!file || fseek(file, 16, SEEK_SET) != 0 || fread(bytes, FEATURES, ROWS, file) != ROWS) return 1;
    fclose(file);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < FEATURES; k++) rows[i][k] = bytes[i][k];
    if (ink_ctx_new(NULL, &ctx) != INK_OK || ink_ctx_set_threads(ctx, 1) != INK_OK ||
        ink_model_load(ctx, words[1], &model) != INK_OK || ink_predictor_new(ctx, model, 1, &predictor) != INK_OK)
        return 1;
    if (count == 5) ort_begin(words[3], words[4]);
    for (size_t i = 0; i < way_count; i++) check(&ways[i]);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < way_count; i++) measure(&ways[i]);
    for (size_t i = 0; i < way_count; i++) printf("%s\t%.2f\t%.2f\n", ways[i].name, ways[i].middle, ways[i].late);
    ink_predictor_free(predictor);
    ink_model_free(model);
    ink_ctx_free(ctx);
    return 0;
}
