/* epochs: the time of epochs, taken outside of Inkling, through its public interface; for bench/peers and bench/scaling.
 * SPDX-License-Identifier: MIT
 *
 * epochs DATA THREADS SECONDS MOST [NAME=VALUE …]     DATA: a file or folder, or ROWS:FEATURES:ZEROS, made-up bytes of 10 classes
 *
 * Trains with these settings until SECONDS have passed or MOST epochs are done, at least three: after the first, the second, the
 * fourth … Inkling looks for dead units, which is no part of a step. Prints the seconds of each epoch, then the loss of the
 * last. ZEROS is 0 (no value is 0) or 81 (as many are as in MNIST, in runs). */
#include <inkling.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLASSES = 10 };

static ink_ctx *ctx;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void must(ink_status status)
{
    if (status == INK_OK) return;
    fprintf(stderr, "epochs: %s\n", ctx ? ink_ctx_message(ctx) : ink_status_name(status));
    exit(3);
}

/* xorshift: the values do not matter, only which are 0. */
static uint32_t draw(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static ink_data *make_data(size_t rows, size_t features, size_t zeros)
{
    const size_t count = rows * features;
    uint8_t *bytes = malloc(count);
    int32_t *labels = malloc(rows * sizeof *labels);
    ink_data *data = NULL;
    if (!bytes || !labels) exit(4);
    for (size_t i = 0; i < count;) {
        size_t live = zeros ? 1 + draw() % 8 : count, dead = zeros ? 2 + draw() % 34 : 0;
        for (; live > 0 && i < count; live--) bytes[i++] = (uint8_t)(1 + draw() % 255);
        for (; dead > 0 && i < count; dead--) bytes[i++] = 0;
    }
    for (size_t i = 0; i < rows; i++) labels[i] = (int32_t)(i * 7 % CLASSES);
    must(ink_data_wrap(ctx,
                       &(ink_rows){.size = sizeof(ink_rows),
                                   .rows = rows,
                                   .features = features,
                                   .bytes = bytes,
                                   .labels = labels,
                                   .classes = CLASSES},
                       &data));
    return data; /* the bytes stay for as long as this program runs */
}

static ink_data *find_data(const char *what, const ink_settings *set)
{
    size_t rows, features, zeros;
    ink_data *data = NULL;
    if (sscanf(what, "%zu:%zu:%zu", &rows, &features, &zeros) == 3) return make_data(rows, features, zeros);
    must(ink_data_load(ctx, what, set, &data));
    return data;
}

static void set_all(ink_settings *set, char **pairs)
{
    for (; *pairs; pairs++) {
        char *value = strchr(*pairs, '=');
        if (!value) exit(2);
        *value++ = 0;
        must(ink_settings_set(ctx, set, *pairs, value));
    }
}

int main(int count, char **words)
{
    ink_settings *set;
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    if (count < 5) return 2;
    const double seconds = atof(words[3]);
    const long most = atol(words[4]);
    must(ink_ctx_new(NULL, &ctx));
    must(ink_ctx_set_threads(ctx, (unsigned)atoi(words[2])));
    must(ink_settings_new(ctx, &set));
    set_all(set, words + 5);
    ink_data *data = find_data(words[1], set);
    must(ink_trainer_new(ctx, data, NULL, set, NULL, &trainer));
    bool more = true;
    double end = now() + seconds;
    for (long done = 0; more && done < most && (done < 3 || now() < end); done++) {
        double began = now();
        must(ink_trainer_epoch(trainer, NULL, &row, &more));
        printf("%.7f ", now() - began);
    }
    printf("\n%.6f\n", row.train[INK_LOSS]);
    ink_trainer_free(trainer);
    ink_data_free(data);
    ink_settings_free(set);
    ink_ctx_free(ctx);
    return 0;
}
