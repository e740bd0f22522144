/* test_bits: ten small trainings end in the bits that are written down here, on every machine that the test runs on.
 * SPDX-License-Identifier: MIT
 *
 * Each under every kernel table that the machine can run, with one, two and three threads (test_bits --alone [NAME …]: with one, and only
 * these trainings, for emulators, which are slow). A change of the arithmetic that is meant renews the two columns of hashes: test_bits --print writes
 * the rows of the table as they are to be. */
#include "inkling-extra.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS_MOST = 2000, VALUES_MOST = 2000 * 144, CLASSES = 10, THREADS_MOST = 3, RUNS = 10 };

/* What is trained: settings as "name=value; …", beside seed 1 and a fifth of the rows to validate on. */
struct run {
    const char *name;
    size_t rows, width;
    bool bytes; /* images of bytes, most of them 0; else columns of floats, each on a scale of its own */
    const char *settings;
};

static const struct run runs[] = {
    {"sgd", 300, 784, true, "hidden=100; batch=60; epochs=2; lr=0.1"},
    {"momentum", 300, 784, true,
     "hidden=100; batch=50; epochs=2; optimizer=momentum; lr=0.02; dampening=0.1; l2=0.001; scale=standard"},
    {"adam", 300, 784, true,
     "hidden=100; batch=64; epochs=2; optimizer=adam; schedule=one-cycle; lr=0.01; label-smoothing=0.1"},
    {"single rows", 200, 784, true, "hidden=16,16; batch=1; epochs=2; init=normal:0.05; lr=0.01; shuffle=none"},
    {"deep", 400, 60, false,
     "net=dense 64 relu | dropout 0.2 | dense 48 tanh | dense 40 gelu | dropout 0.1 | dense 33 sigmoid | dense 20 "
     "leaky_relu; batch=32; epochs=6; optimizer=rmsprop; lr=0.003; clip-norm=1; scale=standard"},
    {"full batch", 2000, 144, true, "hidden=104,64; batch=full; epochs=4; optimizer=nesterov; lr=0.05; scale=minmax"},
    {"moved images", 300, 784, true,
     "hidden=64; batch=40; epochs=3; optimizer=adamw; l2=0.01; lr=0.005; ema=0.9; class-weight=balanced; "
     "augment=shift:2,rotate:10,scale:0.1,elastic:1.4"},
    {"columns", 1000, 13, false,
     "hidden=32; activation=tanh; batch=30; epochs=5; shuffle=sample; schedule=plateau; plateau-patience=0; "
     "warmup=0.5; "
     "stratify=true; optimizer=momentum"},
    {"mixed images", 200, 784, true,
     "net=conv 8 5x5 nobias | maxpool 2 | batchnorm relu | add( depthwise 3x3 | conv 8 1x1 relu ) | conv 12 3x3 stride "
     "2 | "
     "layernorm gelu | avgpool 2; batch=40; epochs=2; optimizer=adam; lr=0.005; norm-rows=16; "
     "augment=shift:1,flip,crop:2,cutout:5,mixup:0.4"},
    {"ensemble", 1000, 144, true,
     "hidden=40,33; dropout=0.1; ensemble=3; batch=300; epochs=4; optimizer=adamw; lr=0.003; l2=0.3; ema=0.9; "
     "scale=standard"},
};

/* What comes out of each: the hash of the weights, and one of the history and of all rows' probabilities. */
static const struct outcome {
    uint64_t weights, answers;
} expected[] = {
    {0x2eff4835b655ed02, 0x492a5b49e63f35a3}, /* sgd */
    {0x40090a0f6a3cf08c, 0x581a63c960975c94}, /* momentum */
    {0x2f29a00aa1fb8f02, 0xa44166bfc8a34abe}, /* adam */
    {0x714bd7edc43483a4, 0x0f313cb97868c899}, /* single rows */
    {0x17c8840026b92514, 0x53d4982b5105ec8f}, /* deep */
    {0x6e08e2a588825fc4, 0x62f16d155ab335f6}, /* full batch */
    {0x898095cbc6072677, 0x5e905455a1a7df2a}, /* moved images */
    {0x15d3cdef24ca472d, 0xf3b44f2e2c96dcee}, /* columns */
    {0x4e78e9c632bb44d5, 0x52366dc2f6ca16b0}, /* mixed images */
    {0x57fce5686ade1cac, 0x6de3acbfbab74a95}, /* ensemble */
};

/* ---- data: integers from a generator of the test's own, so that nothing but arithmetic under test can differ ---- */

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % below);
}

/* The class of a row is the largest of ten sums, so that there is something to learn. */
static void make_rows(const struct run *run, uint8_t *x, int32_t *labels)
{
    uint64_t state = 20240229;
    for (size_t i = 0; i < run->rows; i++) {
        uint32_t sums[CLASSES] = {0}, best = 0;
        for (size_t j = 0; j < run->width; j++) {
            uint8_t value = run->bytes && draw(&state, 10) < 7 ? 0 : (uint8_t)draw(&state, 256);
            x[i * run->width + j] = value;
            sums[j % CLASSES] += value;
        }
        for (uint32_t c = 1; c < CLASSES; c++) best = sums[c] > sums[best] ? c : best;
        labels[i] = (int32_t)best;
    }
}

static ink_data *make_data(ink_ctx *ctx, const struct run *run)
{
    static uint8_t bytes[VALUES_MOST];
    static float floats[VALUES_MOST];
    static int32_t labels[ROWS_MOST];
    ink_data *data;
    make_rows(run, bytes, labels);
    for (size_t i = 0; i < run->rows * run->width; i++) {
        size_t column = i % run->width;
        floats[i] = (float)bytes[i] * (float)(column + 1) / 16 - (float)(column * 8); /* exact */
    }
    ink_rows rows = {.size = sizeof rows,
                     .rows = run->rows,
                     .features = run->width,
                     .bytes = run->bytes ? bytes : NULL,
                     .floats = run->bytes ? NULL : floats,
                     .labels = labels,
                     .classes = CLASSES};
    if (ink_data_wrap(ctx, &rows, &data) != INK_OK) fail_msg("%s", ink_ctx_message(ctx));
    return data;
}

/* ---- a training, and what came out ---- */

static ink_ctx *make_context(const char *kernels, unsigned threads)
{
    ink_ctx *ctx;
    setenv("INKLING_KERNELS", kernels, 1);
    assert_int_equal(ink_ctx_new(NULL, &ctx), INK_OK);
    unsetenv("INKLING_KERNELS");
    assert_string_equal(ink_ctx_kernels(ctx), kernels);
    assert_int_equal(ink_ctx_set_threads(ctx, threads), INK_OK);
    return ctx;
}

static ink_settings *make_settings(ink_ctx *ctx, const char *text)
{
    ink_settings *set;
    char copy[512], *rest = copy, *pair;
    snprintf(copy, sizeof copy, "%s; seed=1; val=0.2", text);
    assert_int_equal(ink_settings_new(ctx, &set), INK_OK);
    while ((pair = strsep(&rest, ";"))) {
        char *name = pair + strspn(pair, " "), *value = strchr(name, '=');
        *value++ = 0;
        if (ink_settings_set(ctx, set, name, value) != INK_OK) fail_msg("%s", ink_ctx_message(ctx));
    }
    return set;
}

/* FNV-1a over the bits of a number, lowest byte first. */
static void hash_bits(uint64_t *hash, uint64_t bits, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) *hash = (*hash ^ (bits >> 8 * i & 255)) * 1099511628211u;
}

static void hash_double(uint64_t *hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    hash_bits(hash, bits, sizeof bits);
}

static uint64_t hash_answers(ink_ctx *ctx, const ink_model *model, const ink_data *data, size_t rows,
                             const ink_run *history)
{
    static float p[ROWS_MOST * CLASSES];
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < ink_run_epochs(history); i++) {
        hash_double(&hash, ink_run_epoch(history, i)->train[INK_LOSS]);
        hash_double(&hash, ink_run_epoch(history, i)->val[INK_LOSS]);
    }
    assert_int_equal(ink_predict_data(ctx, model, data, p), INK_OK);
    for (size_t i = 0; i < rows * CLASSES; i++) {
        uint32_t bits;
        memcpy(&bits, &p[i], sizeof bits);
        hash_bits(&hash, bits, sizeof bits);
    }
    return hash;
}

static struct outcome train(const struct run *run, const char *kernels, unsigned threads)
{
    ink_ctx *ctx = make_context(kernels, threads);
    ink_data *data = make_data(ctx, run);
    ink_settings *set = make_settings(ctx, run->settings);
    ink_model *model;
    ink_model_info info = INK_INIT(ink_model_info);
    ink_run *history;
    if (ink_train(ctx, data, set, NULL, &model, &history) != INK_OK)
        fail_msg("%s: %s", run->name, ink_ctx_message(ctx));
    ink_model_describe(model, &info);
    struct outcome out = {info.hash, hash_answers(ctx, model, data, run->rows, history)};
    assert_true(ink_run_epoch(history, ink_run_epochs(history) - 1)->train[INK_LOSS] <
                ink_run_epoch(history, 0)->train[INK_LOSS]);
    ink_run_free(history);
    ink_model_free(model);
    ink_settings_free(set);
    ink_data_free(data);
    ink_ctx_free(ctx);
    return out;
}

/* ---- tests ---- */

static unsigned threads_most = THREADS_MOST;

static void same_bits_everywhere(void **state)
{
    const struct run *run = *state;
    const struct outcome *right = &expected[run - runs];
    const char *kernels;
    for (size_t k = 0; (kernels = ink_kernels(k)); k++)
        for (unsigned threads = 1; threads <= threads_most; threads++) {
            struct outcome out = train(run, kernels, threads);
            if (out.weights == right->weights && out.answers == right->answers) continue;
            fail_msg("%s, %u threads: weights and answers are %016" PRIx64 ", %016" PRIx64 ", expected %016" PRIx64
                     ", %016" PRIx64 " (test_bits --print writes the table as it would be)",
                     kernels, threads, out.weights, out.answers, right->weights, right->answers);
        }
}

static int print_table(void)
{
    for (size_t i = 0; i < RUNS; i++) {
        struct outcome out = train(&runs[i], ink_kernels(0), 1);
        printf("    {0x%016" PRIx64 ", 0x%016" PRIx64 "}, /* %s */\n", out.weights, out.answers, runs[i].name);
    }
    return 0;
}

static bool is_wanted(const char *name, int count, char **words)
{
    for (int i = 2; i < count; i++)
        if (strcmp(words[i], name) == 0) return true;
    return count <= 2;
}

int main(int count, char **words)
{
    struct CMUnitTest tests[RUNS];
    _Static_assert(sizeof runs / sizeof *runs == RUNS && sizeof expected / sizeof *expected == RUNS, "a row of each");
    if (count == 2 && strcmp(words[1], "--print") == 0) return print_table();
    if (count >= 2 && strcmp(words[1], "--alone") == 0) threads_most = 1;
    size_t used = 0;
    for (size_t i = 0; i < RUNS; i++)
        if (is_wanted(runs[i].name, count, words))
            tests[used++] = (struct CMUnitTest){runs[i].name, same_bits_everywhere, NULL, NULL, (void *)&runs[i]};
    if (used + 2 < (size_t)count) return 2; /* a name of none */
    return _cmocka_run_group_tests("bits", tests, used, NULL, NULL);
}
