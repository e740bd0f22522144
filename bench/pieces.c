/* pieces: what the work of one thread in a step of 60/784-100-10 takes, piece by piece, each alone and with its data near.
 * SPDX-License-Identifier: MIT
 *
 * pieces [IMAGES]: with the images of an IDX file (bytes, 784 a row), else with made-up ones. The thread is the one of two that has
 * 64 of the 112 columns. Prints a line a piece: name | microseconds, the median of many | multiply-adds that it makes (products with what
 * is 0 left out), in microseconds at this thread's measured peak. The last two are loops of the tiles by themselves, with nothing
 * but the L1 cache behind them. */
#include "base/ctx.h"
#include "base/flush.h"
#include "kern/kern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 60, INPUTS = 784, COLUMNS = 64, CLASSES = 10, LANES = 16, STRIDE = 784, IMAGES = 6000, TIMES = 3000 };

static const struct inki_kern *kern;
static uint8_t *images;
static float *x, *w, *y, *dy, *head_w, *logits, *dz, factor[INPUTS];
static uint64_t nonzero[13 * INKI_NONZERO_ROWS], columns[13 * INKI_NONZERO_ROWS];
static const void *rows[ROWS];
static const struct inki_update step = {.lr = 1e-6f, .clip = 1};
static bool dense;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *room(size_t count)
{
    float *values = aligned_alloc(64, (count * sizeof *values + 127) / 64 * 64);
    if (!values) exit(4);
    for (size_t i = 0; i < count; i++) values[i] = (float)(rand() % 2001 - 1000) / 20000;
    return values;
}

/* ------------------------------------------------------------------ the pieces */

static void take(void)
{
    kern->gather(&(struct inki_gather){.rows = ROWS,
                                       .n = INPUTS,
                                       .from = rows,
                                       .bytes = true,
                                       .factor = factor,
                                       .x = x,
                                       .stride = STRIDE,
                                       .nonzero = nonzero});
}

static void forward(void)
{
    kern->gemm(&(struct inki_gemm){.m = ROWS,
                                   .n = COLUMNS,
                                   .k = INPUTS,
                                   .a = x,
                                   .a_row = STRIDE,
                                   .a_col = 1,
                                   .b = w,
                                   .b_row = COLUMNS,
                                   .c = y,
                                   .c_row = COLUMNS,
                                   .bias = head_w,
                                   .nonzero = dense ? NULL : nonzero});
}

static void activate(void)
{
    for (size_t i = 0; i < ROWS; i++) kern->activate[INKI_ACT_relu](COLUMNS, y + i * COLUMNS, dy + i * COLUMNS);
}

static void logits_of(void)
{
    kern->gemm(&(struct inki_gemm){.m = ROWS,
                                   .n = LANES,
                                   .k = COLUMNS,
                                   .a = y,
                                   .a_row = COLUMNS,
                                   .a_col = 1,
                                   .b = head_w,
                                   .b_row = LANES,
                                   .c = logits,
                                   .c_row = LANES});
}

static void loss(void)
{
    static int32_t labels[ROWS];
    static double losses[ROWS];
    static double hits[ROWS];
    for (size_t i = 0; i < ROWS; i++) labels[i] = (int32_t)(i % CLASSES);
    kern->softmax(&(struct inki_softmax){.rows = ROWS,
                                         .classes = CLASSES,
                                         .stride = LANES,
                                         .z = logits,
                                         .dz = dz,
                                         .labels = labels,
                                         .scale = 1.0f / ROWS,
                                         .row_loss = losses,
                                         .row_hit = hits});
}

static void head_gradients(void)
{
    kern->gemm(&(struct inki_gemm){.m = ROWS,
                                   .n = COLUMNS,
                                   .k = CLASSES,
                                   .a = dz,
                                   .a_row = LANES,
                                   .a_col = 1,
                                   .b = w,
                                   .b_row = COLUMNS,
                                   .c = dy,
                                   .c_row = COLUMNS});
    kern->gemm(&(struct inki_gemm){.m = COLUMNS,
                                   .n = LANES,
                                   .k = ROWS,
                                   .a = y,
                                   .a_row = 1,
                                   .a_col = COLUMNS,
                                   .b = dz,
                                   .b_row = LANES,
                                   .c = head_w,
                                   .c_row = LANES,
                                   .step = &step});
}

static void transpose_bits(void) { kern->transpose_bits(nonzero, ROWS, INPUTS, columns); }

static void gradient(void)
{
    kern->gemm(&(struct inki_gemm){.m = INPUTS,
                                   .n = COLUMNS,
                                   .k = ROWS,
                                   .a = x,
                                   .a_row = 1,
                                   .a_col = STRIDE,
                                   .b = dy,
                                   .b_row = COLUMNS,
                                   .c = w,
                                   .c_row = COLUMNS,
                                   .nonzero = dense ? NULL : columns,
                                   .step = &step});
}

/* Places that a tile of three rows, or of three columns, goes through. */
static double visits(bool by_rows)
{
    size_t sum = 0;
    for (size_t s = 0; s < 13; s++) {
        const uint64_t *bits = (by_rows ? nonzero : columns) + s * INKI_NONZERO_ROWS;
        size_t count = by_rows ? ROWS : s < 12 ? 64 : INPUTS - 768;
        for (size_t i = 0; i < count; i += 3) {
            uint64_t any = 0;
            for (size_t j = i; j < i + 3 && j < count; j++) any |= bits[j];
            sum += (size_t)__builtin_popcountll(any);
        }
    }
    return 3 * (double)sum;
}

/* ------------------------------------------------------------------- the table */

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Each time with other rows. */
static double median_of(void (*piece)(void))
{
    static double took[TIMES];
    for (int i = 0; i < TIMES; i++) {
        for (size_t r = 0; r < ROWS; r++) rows[r] = images + INPUTS * (size_t)((i * ROWS + (int)r * 37) % IMAGES);
        if (piece != take) take();
        if (piece == gradient) transpose_bits();
        double began = now();
        piece();
        took[i] = now() - began;
    }
    qsort(took, TIMES, sizeof *took, by_value);
    return took[TIMES / 2];
}

static double peak_of(void)
{
    double best = 1e9;
    for (int i = 0; i < 100; i++) {
        double began = now();
        kern->fma_probe(20000, 0.999f);
        double took = now() - began;
        if (took < best) best = took;
    }
    return 20000 * (double)kern->probe_flops / best;
}

static void print_piece(const char *name, void (*piece)(void), double products, double peak)
{
    double took = median_of(piece);
    printf("%s|%.2f|", name, 1e6 * took);
    if (products > 0)
        printf("%.2f\n", 1e6 * 2 * products / peak);
    else
        printf("\n");
}

static void print_all(double peak)
{
    const double whole = (double)ROWS * INPUTS * COLUMNS;
    print_piece("rows from bytes to floats, and where they are not 0", take, 0, peak);
    transpose_bits();
    print_piece("first layer forward", forward, dense ? whole : visits(true) * COLUMNS, peak);
    print_piece("ReLU and its slope", activate, 0, peak);
    print_piece("this thread's part of the logits", logits_of, (double)ROWS * COLUMNS * LANES, peak);
    print_piece("softmax, loss and its gradient", loss, 0, peak);
    print_piece("back to the hidden layer, and the output layer's step", head_gradients,
                (double)ROWS * COLUMNS * (CLASSES + LANES), peak);
    if (!dense) print_piece("where columns are not 0", transpose_bits, 0, peak);
    print_piece("first layer's gradient and step", gradient, dense ? whole : visits(false) * COLUMNS, peak);
}

/* Tiles by themselves, 64 deep, so that all lies in the L1 cache. */
static void tile(size_t rows_of_tile, const uint64_t *list)
{
    for (size_t i = 0; i < 50; i++)
        kern->gemm(&(struct inki_gemm){.m = rows_of_tile,
                                       .n = COLUMNS,
                                       .k = 64,
                                       .a = x,
                                       .a_row = STRIDE,
                                       .a_col = 1,
                                       .b = w,
                                       .b_row = COLUMNS,
                                       .c = y,
                                       .c_row = COLUMNS,
                                       .nonzero = list});
}

static void six_rows(void) { tile(6, NULL); }
static void three_rows(void)
{
    static uint64_t all[INKI_NONZERO_ROWS];
    memset(all, 0xFF, sizeof all);
    tile(3, all);
}

static void draw_images(const char *path)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    images = malloc((size_t)IMAGES * INPUTS);
    if (!images) exit(4);
    for (size_t i = 0, run = 0; i < (size_t)IMAGES * INPUTS; i++, run--) {
        static bool on;
        if (run == 0) on = !on;
        if (run == 0) run = on ? 1 + (size_t)rand() % 8 : 2 + (size_t)rand() % 34;
        images[i] = on || dense ? (uint8_t)(1 + rand() % 255) : 0;
    }
    if (!file) return;
    if (fseek(file, 16, SEEK_SET) != 0 || fread(images, INPUTS, IMAGES, file) != IMAGES) exit(3);
    fclose(file);
}

int main(int count, char **words)
{
    ink_ctx *ctx;
    if (ink_ctx_new(NULL, &ctx) != INK_OK) return 4;
    (void)inki_flush_begin();
    kern = inki_kern(ctx);
    x = room(ROWS * STRIDE);
    w = room(INPUTS * COLUMNS);
    y = room(INKI_NONZERO_ROWS * COLUMNS);
    dy = room(INKI_NONZERO_ROWS * COLUMNS);
    head_w = room(COLUMNS * LANES);
    logits = room(ROWS * LANES);
    dz = room(ROWS * LANES);
    for (size_t i = 0; i < INPUTS; i++) factor[i] = 1 / 255.0f;
    double peak = peak_of();
    printf("peak|%.1f|\n", peak / 1e9);
    for (int i = 0; i < 2; i++) {
        dense = i == 1;
        draw_images(dense || count < 2 ? NULL : words[1]);
        printf("%s||\n", dense ? "dense" : count < 2 ? "synthetic images" : "images");
        print_all(peak);
        free(images);
    }
    dense = true;
    draw_images(NULL);
    printf("loops||\n");
    print_piece("50 tiles of 6 rows", six_rows, 50.0 * 6 * 64 * COLUMNS, peak);
    print_piece("50 tiles of 3 rows, by a list of places", three_rows, 50.0 * 3 * 64 * COLUMNS, peak);
    ink_ctx_free(ctx);
    return 0;
}
