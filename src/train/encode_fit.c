/* encode_fit: what the columns of a table become, from the training rows.
 * SPDX-License-Identifier: MIT
 *
 * A column at a time: its values are taken out, sorted, and counted. Knots of bins are either all values, where these are few, or values so
 * frequent that they stand for themselves (spikes) and evenly spaced order statistics of the other rows. */
#include "train/encode_fit.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "base/rng.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_A_BIN = 250, /* auto: so many rows for each bin of a number */
    AUTO_BINS = 32,
    LEAST_BINS = 6,
    MOST_BINS = 256,
    MOST_INPUTS = 4096, /* auto: of all bins together */
    QUANTILES = 256,
    MOST_WORDS = 255, /* of a column, with slots of their own */
    MANY_ROWS = 10000,
    FEW_VALUES = 10 /* integers of so many values are categories too */
};
static const float largest = 1e38f; /* values beyond count as this: differences of two must be floats */

/* ------------------------------------------------------------------ the setting */

static bool read_bins(const char *text, const char *word, size_t *bins)
{
    const size_t length = strlen(word);
    return strncmp(text, word, length) == 0 && inki_parse_count(text + length, bins) && *bins >= 1 &&
           *bins <= MOST_BINS;
}

ink_status inki_numbers_from(ink_ctx *ctx, const ink_settings *set, struct inki_numbers_plan *out)
{
    static const char *const names[] = {"auto", "standard", "hat:32", "ple:32", "quantile"};
    const char *text = inki_get_text(set, INKI_NUMBER_INPUTS);
    const int index = inki_choice_index("auto|standard|hat|ple|quantile", text);
    *out = (struct inki_numbers_plan){.kind = INKI_NUMBERS_AUTO};
    if (index == INKI_NUMBERS_AUTO || index == INKI_NUMBERS_STANDARD || index == INKI_NUMBERS_QUANTILE)
        out->kind = (enum inki_number_form)index;
    else if (read_bins(text, "hat:", &out->bins))
        out->kind = INKI_NUMBERS_HAT;
    else if (read_bins(text, "ple:", &out->bins))
        out->kind = INKI_NUMBERS_PLE;
    else {
        const char *near = ink_did_you_mean(text, names, 5);
        return inki_fail(ctx, INK_BAD_SETTING,
                         "numbers: '%s' is not one of auto, standard, hat:N, ple:N, quantile (N bins, 1 to %d)%s%s%s",
                         text, MOST_BINS, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return INK_OK;
}

static float value_at(const ink_data *data, size_t row, size_t column)
{
    const size_t at = inki_data_base(data, row) * data->features + column;
    return data->bytes ? (float)data->bytes[at] : data->floats[at];
}

static bool has_words(const ink_data *data, size_t column)
{
    return data->categories && data->categories[column].count > 0;
}

static bool has_gaps(const ink_data *data)
{
    for (size_t i = 0; data->floats && i < data->rows; i++)
        for (size_t j = 0; j < data->features; j++) {
            const float x = value_at(data, i, j);
            if (x != x) return true;
        }
    return false;
}

bool inki_encoding_wanted(const ink_settings *set, const ink_data *data)
{
    if (data->height > 1 || data->channels > 1) return false;
    return data->categories || ink_settings_is_set(set, "numbers") || has_gaps(data);
}

/* ------------------------------------------------------------------ values */

struct tally {
    float value;
    size_t rows;
};

/* A column's finite values in ascending order, each with its rows. */
struct fitting {
    ink_ctx *ctx;
    const ink_data *data;
    enum inki_scaling scale;
    struct inki_numbers_plan plan;
    size_t bins, least_rows; /* of a number; of a word with a slot of its own */
    float *values, *spare;   /* [rows] */
    struct tally *tallies;   /* [rows] */
    bool *taken;             /* [rows] of tallies */
    size_t count, tally_count;
    float *knots; /* [MOST_BINS + 2] */
    float *scores;
};

/* Bits that ascend as floats do. */
static uint32_t key_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

static void sort_by(unsigned shift, size_t count, const float *from, float *to)
{
    size_t at[2048] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++) at[key_of(from[i]) >> shift & 2047]++;
    for (size_t digit = 0; digit < 2048; digit++) {
        const size_t rows = at[digit];
        at[digit] = sum;
        sum += rows;
    }
    for (size_t i = 0; i < count; i++) to[at[key_of(from[i]) >> shift & 2047]++] = from[i];
}

static void sort_values(struct fitting *fit)
{
    sort_by(0, fit->count, fit->values, fit->spare);
    sort_by(11, fit->count, fit->spare, fit->values);
    sort_by(22, fit->count, fit->values, fit->spare);
    memcpy(fit->values, fit->spare, fit->count * sizeof *fit->values);
}

/* Subnormals count as 0, as they do while networks run, and infinite values as the largest. */
static float plain(float x)
{
    if (fabsf(x) < FLT_MIN) return 0;
    return x > largest ? largest : x < -largest ? -largest : x;
}

/* Takes column j; returns whether it has gaps. Infinite values count for no statistics. */
static bool take_column(struct fitting *fit, size_t j)
{
    bool gap = false;
    fit->count = fit->tally_count = 0;
    for (size_t i = 0; i < fit->data->rows; i++) {
        const float x = value_at(fit->data, i, j);
        gap = gap || x != x;
        if (isfinite(x)) fit->values[fit->count++] = plain(x);
    }
    sort_values(fit);
    for (size_t i = 0; i < fit->count; i++) {
        if (i == 0 || fit->values[i] - fit->values[i - 1] >= FLT_MIN)
            fit->tallies[fit->tally_count++] = (struct tally){fit->values[i], 0};
        fit->tallies[fit->tally_count - 1].rows++;
    }
    return gap;
}

/* ------------------------------------------------------------------ knots */

/* Marks the values that are spikes: each with more rows than the others have for each bin that is left. */
static size_t find_spikes(struct fitting *fit, size_t bins, size_t *rest)
{
    size_t spikes = 0, before;
    *rest = fit->count;
    memset(fit->taken, 0, fit->tally_count * sizeof *fit->taken);
    do {
        const size_t others = *rest, left = bins - spikes;
        before = spikes;
        for (size_t i = 0; i < fit->tally_count; i++) {
            if (fit->taken[i] || fit->tallies[i].rows * left <= others) continue;
            fit->taken[i] = true;
            spikes++;
            *rest -= fit->tallies[i].rows;
        }
    } while (spikes > before);
    return spikes;
}

/* Marks the values at bins + 1 evenly spaced places among the rows that are not in spikes. */
static void mark_quantiles(struct fitting *fit, size_t rest, size_t bins, const bool *spike)
{
    size_t next = 0, seen = 0;
    for (size_t i = 0; i < fit->tally_count && rest; i++) {
        if (spike[i]) continue;
        seen += fit->tallies[i].rows;
        for (; next <= bins && (2 * next * (rest - 1) + bins) / (2 * bins) < seen; next++) fit->taken[i] = true;
    }
}

/* The knots of the column's values, at most bins + 1; returns how many. */
static ink_status find_knots(struct fitting *fit, size_t bins, size_t *count)
{
    size_t rest, spikes;
    bool all = fit->tally_count <= bins + 1;
    *count = 0;
    if (!all) {
        spikes = find_spikes(fit, bins, &rest);
        bool *spike = inki_alloc(fit->ctx, fit->tally_count, sizeof *spike);
        if (!spike) return INK_NO_MEMORY;
        memcpy(spike, fit->taken, fit->tally_count * sizeof *spike);
        mark_quantiles(fit, rest, bins - spikes, spike);
        inki_free(spike);
        fit->taken[0] = fit->taken[fit->tally_count - 1] = true;
    }
    for (size_t i = 0; i < fit->tally_count; i++)
        if (all || fit->taken[i]) fit->knots[(*count)++] = fit->tallies[i].value;
    return INK_OK;
}

/* ------------------------------------------------------------------ numbers */

static void find_moments(const struct fitting *fit, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < fit->tally_count; i++) sum += fit->tallies[i].value * (double)fit->tallies[i].rows;
    *mean = fit->count ? sum / (double)fit->count : 0;
    for (size_t i = 0; i < fit->tally_count; i++) {
        const double off = fit->tallies[i].value - *mean;
        squares += off * off * (double)fit->tallies[i].rows;
    }
    *deviation = fit->count ? sqrt(squares / (double)fit->count) : 0;
}

static float inverse(double spread) { return spread > 1e-38 ? (float)fmax(1 / spread, (double)FLT_MIN) : 0; }

/* Two values become -1 and 1; more by the setting scale. */
static void find_scale(const struct fitting *fit, struct inki_column_constants *out)
{
    double low = fit->count ? (double)fit->tallies[0].value : 0,
           high = fit->count ? (double)fit->tallies[fit->tally_count - 1].value : 0, mean, deviation;
    *out = (struct inki_column_constants){.factor = 1, .low = (float)low, .high = (float)high};
    find_moments(fit, &mean, &deviation);
    if (fit->scale == INKI_SCALE_255) out->factor = 1.0f / 255;
    if (fit->scale == INKI_SCALE_NONE || fit->scale == INKI_SCALE_255) return;
    bool minmax = fit->scale == INKI_SCALE_MINMAX, two = fit->tally_count == 2 && !minmax;
    out->shift = (float)(minmax ? low : two ? (low + high) / 2 : mean);
    out->factor = inverse(minmax ? high - low : two ? (high - low) / 2 : deviation);
}

/* Phi^-1(p), Acklam's rational functions (relative error 1.2e-9), with our own log. */
static double normal_quantile(double p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                               1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00},
                        b[] = {-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                               6.680131188771972e+01,  -1.328068155288572e+01, 1},
                        c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                               -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00},
                        d[] = {0,
                               7.784695709041462e-03,
                               3.224671290700398e-01,
                               2.445134137142996e+00,
                               3.754408661907416e+00,
                               1};
    const double tail = 0.02425, near = p < 0.5 ? p : 1 - p;
    const bool middle = near >= tail;
    const double q = middle ? p - 0.5 : sqrt(-2 * inki_log(near)), r = middle ? q * q : q;
    double above = 0, below = 0;
    for (int i = 0; i < 6; i++) {
        above = above * r + (middle ? a[i] : c[i]);
        below = below * r + (middle ? b[i] : d[i]);
    }
    if (middle) return above * q / below;
    return p < 0.5 ? above / below : -above / below;
}

/* The normal quantile of each knot's middle rank. */
static void find_scores(struct fitting *fit, size_t count)
{
    size_t seen = 0, knot = 0;
    for (size_t i = 0; i < fit->tally_count && knot < count; i++) {
        const size_t rows = fit->tallies[i].rows;
        if (fit->tallies[i].value == fit->knots[knot])
            fit->scores[knot++] = (float)normal_quantile(((double)seen + (double)rows / 2) / (double)fit->count);
        seen += rows;
    }
}

static enum inki_bins bins_kind(const struct fitting *fit)
{
    if (fit->plan.kind == INKI_NUMBERS_QUANTILE) return INKI_BINS_NORMAL;
    if (fit->bins == 0) return INKI_BINS_NONE;
    return fit->plan.kind == INKI_NUMBERS_PLE ? INKI_BINS_PLE : INKI_BINS_HAT;
}

/* Few integers are categories too: those with rows enough get slots. */
static ink_status find_values(const struct fitting *fit, struct inki_column *out)
{
    bool whole = fit->tally_count > 2 && fit->tally_count <= FEW_VALUES &&
                 (fit->plan.kind != INKI_NUMBERS_STANDARD && fit->plan.kind != INKI_NUMBERS_QUANTILE);
    for (size_t i = 0; whole && i < fit->tally_count; i++)
        whole = fit->tallies[i].value == floorf(fit->tallies[i].value) && fabsf(fit->tallies[i].value) <= 1 << 24;
    if (!whole) return INK_OK;
    out->values = inki_alloc(fit->ctx, fit->tally_count, sizeof *out->values);
    if (!out->values) return INK_NO_MEMORY;
    for (size_t i = 0; i < fit->tally_count; i++)
        if (fit->tallies[i].rows >= fit->least_rows) out->values[out->value_count++] = fit->tallies[i].value;
    return INK_OK;
}

static ink_status fit_number(struct fitting *fit, struct inki_column *out, struct inki_column_constants *constants)
{
    out->number = true;
    find_scale(fit, constants);
    if (fit->tally_count < 2 || (fit->tally_count == 2 && fit->plan.kind != INKI_NUMBERS_QUANTILE)) return INK_OK;
    INK_TRY(find_values(fit, out));
    out->bins = bins_kind(fit);
    if (out->bins == INKI_BINS_NONE) return INK_OK;
    INK_TRY(find_knots(fit, out->bins == INKI_BINS_NORMAL ? QUANTILES : fit->bins, &out->knots));
    if (out->bins == INKI_BINS_NORMAL) find_scores(fit, out->knots);
    return INK_OK;
}

/* ------------------------------------------------------------------ words */

struct ranked {
    size_t rows;
    uint32_t word;
};

/* The most rows first, and of as many the first word. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->rows != y->rows) return x->rows > y->rows ? -1 : 1;
    return (x->word > y->word) - (x->word < y->word);
}

/* Slots in the order of the list for the words that have rows enough and are among the most frequent. */
static void give_slots(const struct fitting *fit, const struct ranked *ranked, struct inki_column *out)
{
    uint32_t slot = 0;
    for (size_t i = 0; i < out->word_count && i < MOST_WORDS; i++)
        if (ranked[i].rows >= fit->least_rows) out->slots_of[ranked[i].word] = 1;
    for (size_t i = 0; i < out->word_count; i++)
        if (out->slots_of[i]) out->slots_of[i] = ++slot;
}

static void give_flags(const struct ranked *ranked, struct inki_column *out)
{
    bool turned = ranked[0].word > ranked[1].word;
    out->flag = true;
    out->slots_of[ranked[0].word] = turned ? 2 : 1;
    out->slots_of[ranked[1].word] = turned ? 1 : 2;
}

static ink_status fit_words(struct fitting *fit, const struct inki_category *category, struct inki_column *out)
{
    struct ranked *ranked = inki_zalloc(fit->ctx, category->count, sizeof *ranked);
    out->words = inki_zalloc(fit->ctx, category->count, sizeof *out->words);
    out->slots_of = inki_zalloc(fit->ctx, category->count, sizeof *out->slots_of);
    ink_status status = ranked && out->words && out->slots_of ? INK_OK : INK_NO_MEMORY;
    for (size_t i = 0; status == INK_OK && i < category->count; i++) {
        out->words[i] = inki_copy_text(fit->ctx, category->words[i]);
        if (!out->words[i]) status = INK_NO_MEMORY;
        out->word_count = i + 1;
        ranked[i].word = (uint32_t)i;
    }
    for (size_t i = 0; status == INK_OK && i < fit->tally_count; i++) {
        const float word = fit->tallies[i].value;
        if (word >= 0 && (double)word < (double)category->count) ranked[(size_t)word].rows += fit->tallies[i].rows;
    }
    if (status == INK_OK) {
        qsort(ranked, category->count, sizeof *ranked, compare_ranked);
        bool two = category->count >= 2 && ranked[1].rows && (category->count == 2 || !ranked[2].rows);
        if (two)
            give_flags(ranked, out);
        else
            give_slots(fit, ranked, out);
    }
    inki_free(ranked);
    return status;
}

/* ------------------------------------------------------------------ the whole */

static void find_plan(struct fitting *fit)
{
    size_t numbers = 0, bins = fit->data->rows / ROWS_A_BIN;
    for (size_t j = 0; j < fit->data->features; j++) numbers += !has_words(fit->data, j);
    if (bins > AUTO_BINS) bins = AUTO_BINS;
    if (numbers && bins + 1 > MOST_INPUTS / numbers) bins = MOST_INPUTS / numbers ? MOST_INPUTS / numbers - 1 : 0;
    if (fit->plan.kind == INKI_NUMBERS_AUTO) fit->bins = bins < LEAST_BINS ? 0 : bins;
    if (fit->plan.kind == INKI_NUMBERS_HAT || fit->plan.kind == INKI_NUMBERS_PLE) fit->bins = fit->plan.bins;
    fit->least_rows = fit->data->rows < MANY_ROWS ? 5 : 10;
}

/* The constants of all columns so far, which get room as columns need it: [0] shift … [3] high, [4] knots, [5] scores. */
struct lists {
    float *values[6];
    size_t counts[6];
};

static ink_status append(ink_ctx *ctx, struct lists *lists, size_t t, const float *values, size_t count)
{
    const size_t had = lists->counts[t];
    if (count == 0) return INK_OK;
    float *grown = lists->values[t] ? inki_grow(ctx, lists->values[t], had, had + count, sizeof *grown)
                                    : inki_alloc(ctx, count, sizeof *grown);
    if (!grown) return INK_NO_MEMORY;
    memcpy(grown + had, values, count * sizeof *grown);
    lists->values[t] = grown;
    lists->counts[t] += count;
    return INK_OK;
}

static ink_status keep_constants(struct fitting *fit, const struct inki_column *column,
                                 const struct inki_column_constants *of, struct lists *lists)
{
    const float four[] = {of->shift, of->factor, of->low, of->high};
    if (!column->number) return INK_OK;
    for (size_t t = 0; t < 4; t++) INK_TRY(append(fit->ctx, lists, t, &four[t], 1));
    INK_TRY(append(fit->ctx, lists, 4, fit->knots, column->knots));
    return append(fit->ctx, lists, 5, fit->scores, column->knots);
}

static ink_status fit_column(struct fitting *fit, size_t j, struct inki_column *out, struct lists *lists)
{
    struct inki_column_constants constants;
    out->gap = take_column(fit, j);
    if (has_words(fit->data, j)) return fit_words(fit, &fit->data->categories[j], out);
    INK_TRY(fit_number(fit, out, &constants));
    return keep_constants(fit, out, &constants, lists);
}

static ink_status join_constants(ink_ctx *ctx, const struct lists *lists, struct inki_encoding *out)
{
    size_t at = 0;
    out->constants = inki_zalloc(ctx, inki_encoding_constants(out) + 1, sizeof *out->constants);
    if (!out->constants) return INK_NO_MEMORY;
    for (size_t t = 0; t < (out->scores ? 6u : 5u); at += lists->counts[t++])
        if (lists->counts[t]) memcpy(out->constants + at, lists->values[t], lists->counts[t] * sizeof(float));
    return INK_OK;
}

static ink_status fit_columns(struct fitting *fit, struct inki_encoding *out)
{
    struct lists lists = {0};
    ink_status status = inki_encoding_begin(fit->ctx, fit->data->features, out);
    for (size_t j = 0; status == INK_OK && j < fit->data->features; j++)
        status = fit_column(fit, j, &out->columns[j], &lists);
    if (status == INK_OK) {
        inki_encoding_lay(out);
        status = join_constants(fit->ctx, &lists, out);
    }
    for (size_t t = 0; t < 6; t++) inki_free(lists.values[t]);
    if (status != INK_OK) inki_encoding_end(out);
    return status;
}

ink_status inki_encoding_fit(ink_ctx *ctx, const ink_settings *set, enum inki_scaling scale, const ink_data *train,
                             struct inki_encoding *out)
{
    struct fitting fit = {.ctx = ctx, .data = train, .scale = scale};
    *out = (struct inki_encoding){0};
    INK_TRY(inki_numbers_from(ctx, set, &fit.plan));
    find_plan(&fit);
    fit.values = inki_alloc(ctx, train->rows, sizeof *fit.values);
    fit.spare = inki_alloc(ctx, train->rows, sizeof *fit.spare);
    fit.tallies = inki_alloc(ctx, train->rows, sizeof *fit.tallies);
    fit.taken = inki_alloc(ctx, train->rows, sizeof *fit.taken);
    fit.knots = inki_alloc(ctx, MOST_BINS + 2, sizeof *fit.knots);
    fit.scores = inki_zalloc(ctx, MOST_BINS + 2, sizeof *fit.scores);
    bool room = fit.values && fit.spare && fit.tallies && fit.taken && fit.knots && fit.scores;
    ink_status status = room ? fit_columns(&fit, out) : INK_NO_MEMORY;
    inki_free(fit.values);
    inki_free(fit.spare);
    inki_free(fit.tallies);
    inki_free(fit.taken);
    inki_free(fit.knots);
    inki_free(fit.scores);
    return status;
}
