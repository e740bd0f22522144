/* sense: whether labels have anything to do with the rows they stand at.
 * SPDX-License-Identifier: MIT
 *
 * A sample of rows is asked two questions. Neighbours: how often has the nearest other row the same label? Means: each class' mean
 * over half of the sample; how often is the nearest one that of the label, over the other half? If labels were drawn at random, every
 * order of them would be as likely as the one at hand, so the same counts over SHUFFLES random orders are what chance gives (a
 * permutation test: Good, "Permutation, Parametric and Bootstrap Tests", 2005): exact whatever the data look like, copies and rare
 * classes included. p is the chance to count as many or more, the lesser of the two questions', doubled for asking twice.
 * Labels that depend on the columns in neither of these ways look like shuffled ones. */
#include "data/sense.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "kern/kern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_MAX = 1024, SAMPLE_MIN = 100, COLUMNS_MAX = 4096, SHUFFLES = 999, SEED = 1 };

struct sample {
    ink_ctx *ctx;
    size_t n, k, stride, wide; /* rows, columns; floats from row to row of x, and of transposed and products */
    float *x;                  /* [n][stride] */
    float *transposed;         /* [k][wide]: x, or class means, with rows and columns exchanged */
    float *products;           /* [n][wide] */
    float *lengths;            /* [n]: half of the squared length, of rows or of means */
    int32_t *labels;           /* [n] 0 … classes-1, those that are in the sample */
    size_t classes;
    uint32_t *answers; /* [n]: the nearest row, or the nearest mean's class */
    uint32_t *order;   /* [n] */
};

static void sample_free(struct sample *s)
{
    inki_free(s->x);
    inki_free(s->transposed);
    inki_free(s->products);
    inki_free(s->lengths);
    inki_free(s->labels);
    inki_free(s->answers);
    inki_free(s->order);
}

static size_t padded(size_t n) { return (n + INKI_LANES - 1) / INKI_LANES * INKI_LANES; }

static ink_status sample_begin(ink_ctx *ctx, const ink_data *data, struct sample *s)
{
    *s = (struct sample){.ctx = ctx};
    s->n = data->rows < SAMPLE_MAX ? data->rows : SAMPLE_MAX;
    s->k = data->features < COLUMNS_MAX ? data->features : COLUMNS_MAX;
    s->stride = padded(s->k);
    s->wide = padded(s->n);
    s->x = inki_zalloc(s->ctx, s->n * s->stride, sizeof *s->x);
    s->transposed = inki_zalloc(s->ctx, s->k * s->wide, sizeof *s->transposed);
    s->products = inki_alloc(s->ctx, s->n * s->wide, sizeof *s->products);
    s->lengths = inki_zalloc(s->ctx, s->wide, sizeof *s->lengths);
    s->labels = inki_alloc(s->ctx, s->n, sizeof *s->labels);
    s->answers = inki_alloc(s->ctx, s->n, sizeof *s->answers);
    s->order = inki_alloc(s->ctx, s->n, sizeof *s->order);
    bool good = s->x && s->transposed && s->products && s->lengths && s->labels && s->answers && s->order;
    return good ? INK_OK : INK_NO_MEMORY;
}

/* One of each of `count` equal stretches of 0 … all-1. */
static size_t drawn(struct inki_rng *rng, size_t i, size_t count, size_t all)
{
    size_t begin, end;
    inki_share(all, i, count, &begin, &end);
    return begin + inki_rng_below(rng, end - begin);
}

static void fill_row(const ink_data *data, const struct sample *s, const float *shift, const float *factor, size_t row,
                     float *x)
{
    struct inki_rng rng = inki_rng_begin(SEED, INKI_RNG_SAMPLE, 1, 0); /* the same columns of every row */
    size_t begin = inki_data_base(data, row) * data->features;
    for (size_t j = 0; j < s->k; j++) {
        size_t column = s->k == data->features ? j : drawn(&rng, j, s->k, data->features);
        float value = data->bytes ? (float)data->bytes[begin + column] : data->floats[begin + column];
        x[j] = !isfinite(value) ? 0 : shift ? (value - shift[column]) * factor[column] : value;
    }
}

static int compare_labels(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

/* Renumbers the labels to those that are there. */
static void number_labels(struct sample *s)
{
    int32_t *sorted = (int32_t *)s->order;
    size_t classes = 0;
    memcpy(sorted, s->labels, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, compare_labels);
    for (size_t i = 0; i < s->n; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1]) sorted[classes++] = sorted[i];
    }
    for (size_t i = 0; i < s->n; i++) {
        const int32_t *place = bsearch(&s->labels[i], sorted, classes, sizeof *sorted, compare_labels);
        s->labels[i] = (int32_t)(place - sorted);
    }
    s->classes = classes;
}

/* Rows in random order, so that the first half is a random half. */
static void sample_fill(const ink_data *data, const float *shift, const float *factor, struct sample *s)
{
    struct inki_rng rng = inki_rng_begin(SEED, INKI_RNG_SAMPLE, 0, 0);
    for (size_t i = 0; i < s->n; i++) s->order[i] = (uint32_t)i;
    inki_rng_shuffle(&rng, s->order, s->n);
    for (size_t i = 0; i < s->n; i++) {
        size_t row = drawn(&rng, s->order[i], s->n, data->rows);
        fill_row(data, s, shift, factor, row, s->x + i * s->stride);
        s->labels[i] = inki_data_label(data, row);
    }
    number_labels(s);
}

/* ---------------------------------------------------------------- the nearest */

static double half_square(const float *x, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += (double)x[j] * (double)x[j];
    return sum / 2;
}

/* products = x transposed, for the rows from `begin` on; |x - m|^2 is least where x m - |m|^2/2 is greatest. */
struct search {
    struct sample *s;
    size_t begin, candidates;
    bool others; /* row i is no candidate for itself */
};

static void search_part(void *arg, size_t part, size_t parts)
{
    const struct search *search = arg;
    struct sample *s = search->s;
    size_t begin, end;
    inki_share(s->n - search->begin, part, parts, &begin, &end);
    begin += search->begin, end += search->begin;
    struct inki_gemm gemm = {.m = end - begin,
                             .n = padded(search->candidates),
                             .k = s->k,
                             .a = s->x + begin * s->stride,
                             .a_row = s->stride,
                             .a_col = 1,
                             .b = s->transposed,
                             .b_row = s->wide,
                             .c = s->products + begin * s->wide,
                             .c_row = s->wide};
    if (end > begin) inki_kern(s->ctx)->gemm(&gemm);
    for (size_t i = begin; i < end; i++) {
        const float *products = s->products + i * s->wide;
        size_t best = search->others && i == 0 ? 1 : 0;
        for (size_t j = 0; j < search->candidates; j++) {
            if (search->others && i == j) continue;
            if (products[j] - s->lengths[j] > products[best] - s->lengths[best]) best = j;
        }
        s->answers[i] = (uint32_t)best;
    }
}

static void find_nearest_rows(struct sample *s)
{
    struct search search = {s, 0, s->n, true};
    inki_kern(s->ctx)->transpose(s->n, s->k, s->x, s->stride, s->transposed, s->wide);
    for (size_t i = 0; i < s->n; i++) s->lengths[i] = (float)half_square(s->x + i * s->stride, s->k);
    inki_parallel(s->ctx, s->n * s->n * s->k, search_part, &search);
}

/* Means of the first half's classes, as columns of `transposed`; those of a class that it lacks are never the nearest. */
static void find_nearest_means(struct sample *s)
{
    struct search search = {s, s->n / 2, s->classes, false};
    float *counts = s->products;
    memset(counts, 0, s->classes * sizeof *counts);
    memset(s->transposed, 0, s->k * s->wide * sizeof *s->transposed);
    for (size_t i = 0; i < search.begin; i++) {
        counts[s->labels[i]]++;
        for (size_t j = 0; j < s->k; j++) s->transposed[j * s->wide + (size_t)s->labels[i]] += s->x[i * s->stride + j];
    }
    for (size_t c = 0; c < s->classes; c++) {
        double sum = 0;
        for (size_t j = 0; j < s->k && counts[c] > 0; j++) {
            float *mean = &s->transposed[j * s->wide + c];
            *mean /= counts[c];
            sum += (double)*mean * (double)*mean;
        }
        s->lengths[c] = counts[c] > 0 ? (float)(sum / 2) : INFINITY;
    }
    inki_parallel(s->ctx, (s->n - search.begin) * s->classes * s->k, search_part, &search);
}

/* ---------------------------------------------------------------------- chance */

/* Answers that agree with the labels in the order `order` of rows from `begin` on. */
static size_t agreements(const struct sample *s, size_t begin, bool rows)
{
    size_t count = 0;
    for (size_t i = begin; i < s->n; i++) {
        int32_t answer = rows ? s->labels[s->order[s->answers[i]]] : (int32_t)s->answers[i];
        count += answer == s->labels[s->order[i]];
    }
    return count;
}

/* What a question gave, and what chance gives: on average, at most in 999 of 1000 orders, and as much or more how often. */
struct outcome {
    double share, chance, most, p;
};

static struct outcome compare_with_chance(struct sample *s, size_t begin, bool rows)
{
    size_t n = s->n - begin, sum = 0, most = 0, reached = 0;
    struct inki_rng rng = inki_rng_begin(SEED, INKI_RNG_SAMPLE, 2, (uint32_t)rows);
    for (size_t i = 0; i < s->n; i++) s->order[i] = (uint32_t)i;
    size_t found = agreements(s, begin, rows);
    for (size_t shuffle = 0; shuffle < SHUFFLES; shuffle++) {
        inki_rng_shuffle(&rng, s->order + begin, n);
        size_t count = agreements(s, begin, rows);
        sum += count;
        reached += count >= found;
        if (count > most) most = count;
    }
    return (struct outcome){(double)found / (double)n, (double)sum / SHUFFLES / (double)n, (double)most / (double)n,
                            (1.0 + (double)reached) / (SHUFFLES + 1)};
}

ink_status inki_sense_check(ink_ctx *ctx, const ink_data *data, const float *shift, const float *factor,
                            ink_label_check *out)
{
    struct sample s;
    *out = (ink_label_check){0};
    if (!data->labels || data->rows < SAMPLE_MIN) return INK_OK;
    ink_status status = sample_begin(ctx, data, &s);
    if (status == INK_OK) sample_fill(data, shift, factor, &s);
    if (status == INK_OK && s.classes > 1 && 4 * s.classes <= s.n) {
        find_nearest_rows(&s);
        struct outcome rows = compare_with_chance(&s, 0, true);
        find_nearest_means(&s);
        struct outcome means = compare_with_chance(&s, s.n / 2, false);
        *out = (ink_label_check){.rows = s.n,
                                 .neighbours = rows.share,
                                 .neighbours_chance = rows.chance,
                                 .neighbours_most = rows.most,
                                 .means = means.share,
                                 .means_chance = means.chance,
                                 .means_most = means.most,
                                 .p = fmin(1, 2 * fmin(rows.p, means.p))};
    }
    sample_free(&s);
    return status;
}
