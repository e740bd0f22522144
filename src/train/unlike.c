/* unlike: class means, spread and tables from training and validation rows.
 * SPDX-License-Identifier: MIT */
#include "train/unlike.h"

#include "base/mem.h"
#include "data/batch.h"
#include "train/asking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are looked at at most, evenly spread: more would change little and take longer. */
enum { FIT_ROWS = 1000, ROWS_A_CLASS = 64, TABLE_ROWS = 2000 };

/* ------------------------------------------------------------------ fitting */

struct fitting {
    ink_ctx *ctx;
    ink_model *model;
    size_t most; /* rows of a part */
    struct inki_unlike *unlike;
    struct inki_program program;
    bool used;      /* the program has run */
    uint32_t *rows; /* [count]: those of the part under way that are looked at */
    size_t count;
    double *h;                              /* sums, then means, of classes: [classes][units] */
    double *v;                              /* [classes][sides] */
    double *all;                            /* of all rows: [units + sides] */
    double *spread;                         /* [sides][sides] */
    float *seen;                            /* v of each row: [count][sides] */
    int32_t *labels;                        /* [count] */
    size_t *counts;                         /* [classes] */
    double (*distances)[INKI_UNLIKE_PARTS]; /* [count] */
    double *sorted;                         /* [count] */
    const void *places[INKI_CHUNK_ROWS], *next_places[INKI_CHUNK_ROWS];
};

static size_t least_of(size_t a, size_t b) { return a < b ? a : b; }

static ink_status spread_rows(struct fitting *f, size_t rows, size_t most)
{
    f->count = least_of(rows, least_of(most, f->most));
    inki_free(f->rows);
    f->rows = inki_alloc(f->ctx, f->count, sizeof *f->rows);
    if (!f->rows) return INK_NO_MEMORY;
    for (size_t i = 0; i < f->count; i++) f->rows[i] = (uint32_t)((uint64_t)i * rows / f->count);
    return INK_OK;
}

static size_t place_rows(const struct fitting *f, const ink_data *data, size_t first, const void **places, size_t *size)
{
    const size_t count = f->count - first < INKI_CHUNK_ROWS ? f->count - first : INKI_CHUNK_ROWS;
    *size = inki_row_places(data, f->rows + first, 0, count, places);
    return count;
}

/* A chunk of them, from `first` on, through the network, while the next is fetched; returns how many. */
static size_t run_chunk(struct fitting *f, const ink_data *data, size_t first)
{
    size_t size;
    const size_t count = place_rows(f, data, first, f->places, &size);
    const size_t next = first + count < f->count ? place_rows(f, data, first + count, f->next_places, &size) : 0;
    inki_program_ahead(&f->program, f->next_places, next, size);
    inki_program_run(
        &f->program,
        &(struct inki_feed){.from = f->places, .bytes = data->bytes != NULL, .rows = count, .fresh = !f->used});
    f->used = true;
    return count;
}

static void add_row(struct fitting *f, size_t row, const double *h, const double *v)
{
    const size_t units = f->unlike->units, sides = f->unlike->sides, c = (size_t)f->labels[row];
    for (size_t i = 0; i < units; i++) f->h[c * units + i] += h[i];
    for (size_t i = 0; i < sides; i++) {
        f->v[c * sides + i] += v[i];
        f->seen[row * sides + i] = (float)v[i];
    }
    f->counts[c]++;
}

static ink_status add_rows(struct fitting *f, const ink_data *train)
{
    struct inki_asking asking;
    INK_TRY(inki_asking_begin(&f->program, f->unlike, &asking));
    inki_row_labels(train, f->rows, 0, f->count, f->labels);
    double *h = asking.room, *v = h + f->unlike->units;
    for (size_t first = 0; first < f->count; first += INKI_CHUNK_ROWS) {
        const size_t count = run_chunk(f, train, first);
        for (size_t i = 0; i < count; i++) {
            inki_asking_look(&asking, i, h, v);
            add_row(f, first + i, h, v);
        }
    }
    inki_asking_end(&asking);
    return INK_OK;
}

/* Sums become means; a class of which there was no row gets the mean of all. */
static void find_means(struct fitting *f, double *sums, size_t width, double *all)
{
    const size_t classes = f->unlike->classes;
    memset(all, 0, width * sizeof *all);
    for (size_t c = 0; c < classes; c++)
        for (size_t i = 0; i < width; i++) all[i] += sums[c * width + i];
    for (size_t i = 0; i < width; i++) all[i] /= (double)f->count;
    for (size_t c = 0; c < classes; c++)
        for (size_t i = 0; i < width; i++)
            sums[c * width + i] = f->counts[c] ? sums[c * width + i] / (double)f->counts[c] : all[i];
}

static void put_directions(const struct fitting *f)
{
    const size_t units = f->unlike->units;
    for (size_t c = 0; c < f->unlike->classes; c++) {
        const double *mean = f->h + c * units;
        double squares = 0;
        for (size_t i = 0; i < units; i++) squares += mean[i] * mean[i];
        const double length = squares > 0 ? sqrt(squares) : 1;
        for (size_t i = 0; i < units; i++) f->unlike->means[c * units + i] = (float)(mean[i] / length);
    }
}

/* The covariance of v within classes; what hardly varies gets some, so that it has an inverse. */
static void find_spread(struct fitting *f)
{
    const size_t sides = f->unlike->sides;
    double d[INKI_UNLIKE_SIDES], trace = 0;
    for (size_t row = 0; row < f->count; row++) {
        const double *mean = f->v + (size_t)f->labels[row] * sides;
        for (size_t i = 0; i < sides; i++) {
            d[i] = (double)f->seen[row * sides + i] - mean[i];
            for (size_t j = 0; j <= i; j++) f->spread[i * sides + j] += d[i] * d[j];
        }
    }
    for (size_t i = 0; i < sides; i++) {
        for (size_t j = 0; j <= i; j++) f->spread[i * sides + j] /= (double)f->count;
        trace += f->spread[i * sides + i];
    }
    for (size_t i = 0; i < sides; i++) f->spread[i * sides + i] += trace > 0 ? 0.01 * trace / (double)sides : 1;
}

/* a[n][n], of which the lower half counts, becomes its Cholesky factor. */
static void factorise(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
}

/* A lower triangle becomes its inverse. */
static void invert(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        a[j * n + j] = 1 / a[j * n + j];
        for (size_t i = j + 1; i < n; i++) {
            double sum = 0;
            for (size_t k = j; k < i; k++) sum -= a[i * n + k] * a[k * n + j];
            a[i * n + j] = sum / a[i * n + i];
        }
    }
}

static void put_places(struct fitting *f)
{
    const size_t sides = f->unlike->sides;
    float *to = f->unlike->whiten;
    factorise(f->spread, sides);
    invert(f->spread, sides);
    for (size_t i = 0; i < sides; i++)
        for (size_t j = 0; j <= i; j++) *to++ = (float)f->spread[i * sides + j];
    for (size_t c = 0; c < f->unlike->classes; c++) {
        const float *row = f->unlike->whiten;
        for (size_t i = 0; i < sides; row += ++i) {
            double sum = 0;
            for (size_t j = 0; j <= i; j++) sum += f->v[c * sides + j] * (double)row[j];
            f->unlike->centres[c * sides + i] = (float)sum;
        }
    }
}

static ink_status fit_classes(struct fitting *f, const ink_data *train)
{
    const size_t classes = f->unlike->classes, units = f->unlike->units, sides = f->unlike->sides;
    const size_t most = classes * ROWS_A_CLASS > FIT_ROWS ? classes * ROWS_A_CLASS : FIT_ROWS;
    INK_TRY(spread_rows(f, train->rows, most));
    f->h = inki_zalloc(f->ctx, classes * units, sizeof *f->h);
    f->v = inki_zalloc(f->ctx, classes * sides, sizeof *f->v);
    f->all = inki_alloc(f->ctx, units + sides, sizeof *f->all);
    f->spread = inki_zalloc(f->ctx, sides * sides, sizeof *f->spread);
    f->seen = inki_alloc(f->ctx, f->count, sides * sizeof *f->seen);
    f->labels = inki_alloc(f->ctx, f->count, sizeof *f->labels);
    f->counts = inki_zalloc(f->ctx, classes, sizeof *f->counts);
    if (!f->h || !f->v || !f->all || !f->spread || !f->seen || !f->labels || !f->counts) return INK_NO_MEMORY;
    INK_TRY(add_rows(f, train));
    find_means(f, f->h, units, f->all);
    find_means(f, f->v, sides, f->all);
    put_directions(f);
    find_spread(f);
    put_places(f);
    return INK_OK;
}

/* -------------------------------------------------------------- calibration */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The values that 2^(-k/4) of sorted[count] reach, between neighbours in proportion. */
static void put_table(const double *sorted, size_t count, float *table, size_t levels)
{
    for (size_t k = 0; k < levels; k++) {
        const double above = fmax((double)count * inki_unlike_level(k) - 1, 0);
        const size_t whole = (size_t)above, at = count - 1 - whole;
        const double next = at > 0 ? sorted[at - 1] : sorted[at];
        table[k] = (float)(sorted[at] + (above - (double)whole) * (next - sorted[at]));
        if (k > 0 && table[k] < table[k - 1]) table[k] = table[k - 1]; /* rounded */
    }
}

static void put_tables(const struct fitting *f)
{
    struct inki_unlike *unlike = f->unlike;
    const size_t levels = unlike->levels;
    for (size_t t = 0; t <= INKI_UNLIKE_PARTS; t++) {
        for (size_t i = 0; i < f->count; i++)
            f->sorted[i] = t < INKI_UNLIKE_PARTS ? f->distances[i][t] : inki_unlike_sum(unlike, f->distances[i]);
        qsort(f->sorted, f->count, sizeof *f->sorted, by_value);
        put_table(f->sorted, f->count, unlike->tables + t * levels, levels);
    }
}

static ink_status fit_tables(struct fitting *f, const ink_data *valid)
{
    struct inki_asking asking;
    f->distances = inki_alloc(f->ctx, f->count, sizeof *f->distances);
    f->sorted = inki_alloc(f->ctx, f->count, sizeof *f->sorted);
    if (!f->distances || !f->sorted) return INK_NO_MEMORY;
    INK_TRY(inki_asking_begin(&f->program, f->unlike, &asking));
    for (size_t first = 0; first < f->count; first += INKI_CHUNK_ROWS) {
        run_chunk(f, valid, first);
        inki_asking_measure(&asking, f->distances + first);
    }
    inki_asking_end(&asking);
    put_tables(f);
    f->unlike->rows = f->count;
    return INK_OK;
}

/* Entries of the tables of so many rows: down to the share of one. */
static size_t levels_for(size_t rows)
{
    size_t k = 0;
    while (k + 2 < INKI_UNLIKE_LEVELS && inki_unlike_level(k) * (double)rows > 1) k++;
    return k + 1;
}

static void end_fitting(struct fitting *f)
{
    inki_free(f->rows);
    inki_free(f->h);
    inki_free(f->v);
    inki_free(f->all);
    inki_free(f->spread);
    inki_free(f->seen);
    inki_free(f->labels);
    inki_free(f->counts);
    inki_free(f->distances);
    inki_free(f->sorted);
    inki_program_end(&f->program);
}

static ink_status fit(struct fitting *f, const ink_data *train, const ink_data *valid)
{
    const size_t rows = least_of(valid->rows, least_of(TABLE_ROWS, f->most));
    const struct inki_use use = {
        .purpose = INKI_FOR_PREDICTING, .rows = INKI_CHUNK_ROWS, .threads = f->ctx->threads, .keep = true};
    INK_TRY(inki_unlike_new(f->ctx, f->model, levels_for(rows), &f->unlike));
    INK_TRY(inki_program_begin(f->ctx, f->model, &use, &f->program));
    INK_TRY(fit_classes(f, train));
    INK_TRY(spread_rows(f, valid->rows, TABLE_ROWS));
    return fit_tables(f, valid);
}

ink_status inki_unlike_record(ink_ctx *ctx, ink_model *model, const ink_data *train, const ink_data *valid,
                              size_t trained)
{
    struct fitting f = {.ctx = ctx, .model = model, .program.ctx = ctx};
    f.most = trained > INKI_UNLIKE_LEAST ? trained : INKI_UNLIKE_LEAST;
    inki_unlike_free(model->unlike);
    model->unlike = NULL;
    if (inki_unlike_refuses(model) || !valid || valid->rows < INKI_UNLIKE_LEAST) return INK_OK;
    ink_status status = fit(&f, train, valid);
    const char *flaw = status == INK_OK ? inki_unlike_flaw(f.unlike) : NULL;
    if (flaw) inki_note(ctx, "known: none: the rows' values are too large or too small to compare");
    if (status == INK_OK && !flaw)
        model->unlike = f.unlike;
    else
        inki_unlike_free(f.unlike);
    end_fitting(&f);
    return status;
}
