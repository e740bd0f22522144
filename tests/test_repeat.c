/* test_repeat: the same seed gives the same file, byte for byte, under every kernel table and number of threads.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/pool.h"
#include "base/rng.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 480, HEIGHT = 7, WIDTH = 10, FEATURES = HEIGHT * WIDTH, CLASSES = 7 };

/* Sanitizers slow the portable table down most: under them it runs with one and two threads only; to look for races the fastest table
 * does, with one and three. */
#if defined(__has_feature)
#define HAS(feature) __has_feature(feature)
#else
#define HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HAS(address_sanitizer) || HAS(thread_sanitizer)
enum { PORTABLE_COUNTS = 2 };
#else
enum { PORTABLE_COUNTS = 4 };
#endif
#if defined(__SANITIZE_THREAD__) || HAS(thread_sanitizer)
enum { RACES = true };
static const unsigned thread_counts[] = {1, 3};
#else
enum { RACES = false };
static const unsigned thread_counts[] = {1, 2, 3, 8};
#endif

static size_t count_of(size_t kernels) { return kernels == 0 && !RACES ? PORTABLE_COUNTS : LENGTH(thread_counts); }

static size_t fastest(void)
{
    size_t last = 0;
    while (ink_kernels(last + 1)) last++;
    return last;
}

static const char *best(void) { return ink_kernels(fastest()); }

/* The first of the tables that are compared. */
static size_t first_table(void) { return RACES ? fastest() : 0; }

/* What is trained; settings as NAME=VALUE, separated by spaces. Sizes are such that the work is worth threads. */
struct plan {
    const char *network, *training;
    bool bytes; /* the data are images in an IDX file, else floats in memory */
    bool wide;  /* the update of the weights is shared out, too */
};

/* Epochs until what is kept of dead units vanishes; a sanitizer, which looks at places, sees them all in fewer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FLUSHED "9 eval-every=50"
#else
#define FLUSHED "90 eval-every=500"
#endif

static struct plan plans[] = {
    {"hidden=48,20 dropout=0.25", "optimizer=momentum lr=0.05 batch=64 epochs=3 val=0.15", false, false},
    {"hidden=48,20 activation=tanh", "optimizer=adam lr=0.01 batch=full label-smoothing=0.1 epochs=6 val=0.15", false,
     false},
    {"hidden=300,33 activation=gelu", "optimizer=nesterov lr=0.02 clip-norm=0.5 l2=0.01 batch=96 epochs=2 val=0.1",
     true, true},
    {"hidden=320 activation=leaky_relu dropout=0.1 shuffle=sample stratify=true",
     "optimizer=adamw l2=0.05 schedule=plateau plateau-patience=0 batch=150 epochs=3 val=0.1 keep=last", false, true},
    {"net=dense,40,sigmoid|dropout,0.2|dense,64,sigmoid scale=minmax",
     "optimizer=rmsprop lr=0.01 clip-norm=1 batch=128 steps=36 eval-every=15 test=0.1", true, false},
    {"hidden=100", "l2=0.001 batch=70 epochs=2 val=0", false, false},
    {"hidden=100 scale=standard", "lr=0.05 batch=60 epochs=5 val=0.1", true, false},
    {"hidden=100 scale=255",
     "batch=50 epochs=8 lr=0.5 val=0.1 schedule=one-cycle ema=0.5 augment=shift:0.1,rotate:1,elastic:0.1", true, false},
    /* units die, and what the optimiser keeps of them vanishes (base/flush.h) */
    {"hidden=96 dropout=0.3", "optimizer=rmsprop lr=0.02 l2=0.005 batch=43 val=0.1 epochs=" FLUSHED, true, false},
};

/* ---- data ---- */

/* Mostly zeros, like images, and labels that can be learned: the largest of CLASSES sums of features. */
static void make_samples(uint8_t *x, int32_t *labels)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 60, 0);
    for (size_t i = 0; i < ROWS; i++) {
        unsigned sums[CLASSES] = {0}, best = 0;
        for (size_t j = 0; j < FEATURES; j++) {
            uint8_t value = inki_rng_below(&rng, 10) < 7 ? 0 : (uint8_t)inki_rng_below(&rng, 256);
            x[i * FEATURES + j] = value;
            sums[j % CLASSES] += value;
        }
        for (unsigned c = 1; c < CLASSES; c++) best = sums[c] > sums[best] ? c : best;
        labels[i] = (int32_t)best;
    }
}

static void write_idx(const struct room *room, const uint8_t *x, const int32_t *labels)
{
    static uint8_t bytes[16 + ROWS * FEATURES], marks[8 + ROWS];
    const uint8_t head[16] = {0, 0, 8, 3, 0, 0, ROWS >> 8, ROWS & 255, 0, 0, 0, HEIGHT, 0, 0, 0, WIDTH};
    const uint8_t label_head[8] = {0, 0, 8, 1, 0, 0, ROWS >> 8, ROWS & 255};
    memcpy(bytes, head, sizeof head);
    memcpy(bytes + 16, x, ROWS * FEATURES);
    memcpy(marks, label_head, sizeof label_head);
    for (size_t i = 0; i < ROWS; i++) marks[8 + i] = (uint8_t)labels[i];
    room_write(room_path(room, "images"), bytes, sizeof bytes);
    room_write(room_path(room, "labels"), marks, sizeof marks);
}

static ink_data *load_bytes(const struct room *room, ink_ctx *ctx)
{
    ink_settings *set;
    ink_data *data = NULL;
    assert_int_equal(ink_settings_new(ctx, &set), INK_OK);
    assert_int_equal(ink_settings_set(ctx, set, "labels", room_path(room, "labels")), INK_OK);
    if (ink_data_load(ctx, room_path(room, "images"), set, &data) != INK_OK) fail_msg("%s", ink_ctx_message(ctx));
    ink_settings_free(set);
    return data;
}

/* The data in this context; as bytes through files of the room. */
static ink_data *make_data(const struct room *room, ink_ctx *ctx, bool as_bytes)
{
    static uint8_t x[ROWS * FEATURES];
    static float floats[ROWS * FEATURES];
    static int32_t labels[ROWS];
    ink_data *data;
    make_samples(x, labels);
    if (as_bytes) {
        write_idx(room, x, labels);
        return load_bytes(room, ctx);
    }
    for (size_t i = 0; i < ROWS * FEATURES; i++) floats[i] = (float)x[i] / 100 - (x[i] % 2 ? 0.5f : 0);
    assert_int_equal(ink_data_new(ctx, ROWS, FEATURES, floats, labels, CLASSES, &data), INK_OK);
    return data;
}

/* ---- running ---- */

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

static void set_all(ink_ctx *ctx, ink_settings *set, const char *text)
{
    char copy[512], *rest = copy, *pair;
    snprintf(copy, sizeof copy, "%s", text);
    while ((pair = strsep(&rest, " "))) {
        char *value = strchr(pair, '=');
        *value++ = 0;
        for (char *c = value; strcmp(pair, "net") == 0 && *c; c++) *c = *c == ',' ? ' ' : *c;
        if (ink_settings_set(ctx, set, pair, value) != INK_OK) fail_msg("%s", ink_ctx_message(ctx));
    }
}

static size_t count_threads(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/task");
    if (!folder) return 0;
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static bool watch_threads(void *user, const ink_progress *now)
{
    size_t *most = user, count = count_threads();
    (void)now;
    if (count > *most) *most = count;
    return true;
}

/* One training: the file's bytes and the history. */
struct outcome {
    uint8_t *file;
    size_t size;
    ink_epoch epochs[16];
    size_t epoch_count;
    double test_loss;
};

static void keep_history(const ink_run *run, struct outcome *out)
{
    out->epoch_count = ink_run_epochs(run);
    assert_in_range(out->epoch_count, 1, LENGTH(out->epochs));
    for (size_t i = 0; i < out->epoch_count; i++) {
        out->epochs[i] = *ink_run_epoch(run, i);
        out->epochs[i].seconds = out->epochs[i].rows_per_second = 0; /* all but the times repeats */
    }
    out->test_loss = ink_run_metrics(run) ? ink_run_metrics(run)->loss : 0;
}

static struct outcome train_with(const struct room *room, const struct plan *plan, ink_ctx *ctx, unsigned threads,
                                 const char *seed)
{
    struct outcome out = {0};
    size_t most = 0;
    ink_data *data = make_data(room, ctx, plan->bytes);
    ink_settings *set;
    ink_model *model;
    ink_model_info info = INK_INIT(ink_model_info);
    ink_run *run;
    ink_hooks hooks = {sizeof hooks, watch_threads, &most};
    assert_int_equal(ink_settings_new(ctx, &set), INK_OK);
    set_all(ctx, set, plan->network);
    set_all(ctx, set, plan->training);
    assert_int_equal(ink_settings_set(ctx, set, "seed", seed), INK_OK);
    if (ink_train(ctx, data, set, &hooks, &model, &run) != INK_OK) fail_msg("%s", ink_ctx_message(ctx));
    ink_model_describe(model, &info);
    if (threads > 1) assert_non_null(ctx->pool); /* it did run in parallel */
    if (most) assert_true(most >= threads);
    if (plan->wide) assert_int_equal(inki_parts(ctx, info.parameters), threads);
    assert_int_equal(ink_model_save(ctx, model, room_path(room, "model")), INK_OK);
    out.file = room_read(room_path(room, "model"), &out.size);
    keep_history(run, &out);
    ink_run_free(run);
    ink_model_free(model);
    ink_settings_free(set);
    ink_data_free(data);
    ink_ctx_free(ctx);
    return out;
}

static struct outcome train(const struct room *room, const struct plan *plan, const char *kernels, unsigned threads,
                            const char *seed)
{
    return train_with(room, plan, make_context(kernels, threads), threads, seed);
}

static void same_outcome(const struct outcome *a, const struct outcome *b, const char *what)
{
    if (a->size != b->size || memcmp(a->file, b->file, a->size) != 0) fail_msg("another file with %s", what);
    assert_int_equal(a->epoch_count, b->epoch_count);
    for (size_t i = 0; i < a->epoch_count; i++)
        if (memcmp(&a->epochs[i].lr, &b->epochs[i].lr, 5 * sizeof(double)) != 0)
            fail_msg("another history with %s", what);
    assert_memory_equal(&a->test_loss, &b->test_loss, sizeof a->test_loss);
}

/* ---- tests ---- */

static void same_file_everywhere(void **state)
{
    const struct plan *plan = *state;
    struct room *room;
    room_begin((void **)&room);
    struct outcome first = train(room, plan, ink_kernels(first_table()), 1, "1");
    for (size_t k = first_table(); ink_kernels(k); k++)
        for (size_t t = k == first_table(); t < count_of(k); t++) {
            char what[64];
            struct outcome other = train(room, plan, ink_kernels(k), thread_counts[t], "1");
            snprintf(what, sizeof what, "%s and %u threads", ink_kernels(k), thread_counts[t]);
            same_outcome(&other, &first, what);
            free(other.file);
        }
    free(first.file);
    room_end((void **)&room);
}

/* Multiplying by zeros, too, changes nothing. */
static void zeros_or_not(void **state)
{
    const struct plan *plan = *state;
    struct room *room;
    room_begin((void **)&room);
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        ink_ctx *ctx = make_context(best(), threads);
        struct outcome without = train(room, plan, best(), threads, "1");
        ctx->no_skip = true;
        struct outcome with = train_with(room, plan, ctx, threads, "1");
        same_outcome(&with, &without, "zeros multiplied");
        free(with.file);
        free(without.file);
    }
    room_end((void **)&room);
}

/* The comparison can fail: another seed, another file. And training learns, so the numbers mean something. */
static void another_seed_another_file(void **state)
{
    const struct plan *plan = *state;
    struct room *room;
    room_begin((void **)&room);
    struct outcome one = train(room, plan, best(), 2, "1"), other = train(room, plan, best(), 2, "2");
    assert_true(one.size != other.size || memcmp(one.file, other.file, one.size) != 0);
    assert_true(one.epochs[0].train[INK_LOSS] != other.epochs[0].train[INK_LOSS]);
    assert_true(one.epochs[one.epoch_count - 1].train[INK_LOSS] < one.epochs[0].train[INK_LOSS]);
    free(one.file);
    free(other.file);
    room_end((void **)&room);
}

/* Everything that is measured, in a row of doubles. */
static size_t flatten(const ink_metrics *m, double *out)
{
    size_t count = 0;
    out[count++] = m->loss;
    out[count++] = m->accuracy;
    out[count++] = m->accuracy_low;
    out[count++] = m->accuracy_high;
    out[count++] = m->calibration_error;
    for (size_t k = 0; k < m->top_count; k++) out[count++] = m->top[k];
    for (size_t c = 0; c < m->classes; c++) {
        out[count++] = m->per_class[c]->precision;
        out[count++] = m->per_class[c]->recall;
        out[count++] = m->per_class[c]->f1;
    }
    for (size_t i = 0; i < m->classes * m->classes; i++) out[count++] = (double)m->confusion[i];
    return count;
}

/* Evaluates the room's model; values[] gets the metrics, p the probabilities of all rows. */
static size_t evaluate(const struct room *room, bool as_bytes, const char *kernels, unsigned threads, double *values,
                       float *p)
{
    ink_ctx *ctx = make_context(kernels, threads);
    ink_data *data = make_data(room, ctx, as_bytes);
    ink_model *model;
    ink_run *run;
    assert_int_equal(ink_model_load(ctx, room_path(room, "model"), &model), INK_OK);
    assert_int_equal(ink_eval(ctx, model, data, &run), INK_OK);
    size_t count = flatten(ink_run_metrics(run), values);
    assert_int_equal(ink_predict_data(ctx, model, data, p), INK_OK);
    assert_true(threads == 1 || ctx->pool);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    ink_ctx_free(ctx);
    return count;
}

static void same_metrics_everywhere(void **state)
{
    static double first[128], values[128];
    static float first_p[ROWS * CLASSES], p[ROWS * CLASSES];
    const struct plan *plan = *state;
    struct room *room;
    room_begin((void **)&room);
    struct outcome outcome = train(room, plan, best(), 1, "1");
    size_t count = evaluate(room, plan->bytes, ink_kernels(first_table()), 1, first, first_p);
    assert_true(first[1] > 0.2); /* better than chance */
    for (size_t k = first_table(); ink_kernels(k); k++)
        for (size_t t = 0; t < count_of(k); t++) {
            assert_int_equal(evaluate(room, plan->bytes, ink_kernels(k), thread_counts[t], values, p), count);
            assert_memory_equal(values, first, count * sizeof *values);
            assert_memory_equal(p, first_p, sizeof p);
        }
    free(outcome.file);
    room_end((void **)&room);
}

/* A batch of n rows gives the bits of n batches of one. */
static void rows_do_not_see_each_other(void **state)
{
    static double values[128];
    static float all[ROWS * CLASSES], x[FEATURES], p[CLASSES];
    const struct plan *plan = *state;
    struct room *room;
    room_begin((void **)&room);
    free(train(room, plan, best(), 1, "1").file);
    evaluate(room, plan->bytes, best(), 3, values, all);
    for (size_t k = first_table(); ink_kernels(k); k++) {
        ink_ctx *ctx = make_context(ink_kernels(k), 2);
        ink_data *data = make_data(room, ctx, plan->bytes);
        ink_model *model;
        assert_int_equal(ink_model_load(ctx, room_path(room, "model"), &model), INK_OK);
        for (size_t i = 0; i < ROWS; i += 13) {
            ink_data_row(data, i, x);
            assert_int_equal(ink_predict(ctx, model, 1, x, p), INK_OK);
            assert_memory_equal(p, all + i * CLASSES, sizeof p);
        }
        ink_model_free(model);
        ink_data_free(data);
        ink_ctx_free(ctx);
    }
    room_end((void **)&room);
}

/* clang-format off */
#define ONE(test, plan) {#test ", plan " #plan, test, NULL, NULL, &plans[(plan) - 1]}
#define EACH(test) ONE(test, 1), ONE(test, 2), ONE(test, 3), ONE(test, 4), ONE(test, 5), ONE(test, 6), ONE(test, 7), \
                   ONE(test, 8), ONE(test, 9)
/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(same_file_everywhere),       EACH(zeros_or_not),
        EACH(another_seed_another_file),  EACH(same_metrics_everywhere),
        EACH(rows_do_not_see_each_other),
    };
    return cmocka_run_group_tests_name("repeat", tests, NULL, NULL);
}
