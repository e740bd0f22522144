/* weigh: how much each term of the space mattered.
 * SPDX-License-Identifier: MIT
 *
 * One-way analysis of variance of the trials' ranks by the objective, a term at a time (Kruskal & Wallis 1952): 1 - (SS within / (N - k))
 * / (SS total / (N - 1)) over N trials in k groups (epsilon squared, Kelley 1935), not below 0: the fraction of the variance that
 * the term explains alone, less what k groups would explain by chance. Ranks, because a few trials that came to nothing would
 * otherwise be all of the variance; those that failed share the last rank. Values are groups; ranges and long lists of numbers
 * are cut into bins of about equal counts. With rungs, all trials of the first bracket are compared where they were last equal,
 * at the end of its first rung. */
#include "base/mem.h"
#include "base/text.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_GROUPS = 8 };

/* Trials that take part, and the term's value in each. */
struct sample {
    size_t count;
    const struct inki_trial **trials; /* [count] */
    double *ranks;                    /* [count]; of equal ones the middle */
    double *numbers, *sorted;         /* [count] of the term at hand */
    size_t *groups;                   /* [count] */
    double *sums;                     /* [groups] */
    size_t *counts;                   /* [groups] */
};

static bool has_failed(const struct inki_trial *trial) { return strcmp(trial->state, "failed") == 0; }

static bool takes_part(const struct inki_trial *trial)
{
    return trial->bracket == 0 && (isfinite(trial->first) || has_failed(trial));
}

/* The largest b with b^3 <= n, from 2 to MOST_GROUPS. */
static size_t bins_for(size_t n)
{
    size_t bins = 2;
    while (bins < MOST_GROUPS && (bins + 1) * (bins + 1) * (bins + 1) <= n) bins++;
    return bins;
}

/* The term's values as numbers; false if one is no number. */
static bool read_numbers(struct sample *sample, const struct inki_axis *axis)
{
    for (size_t i = 0; i < sample->count; i++) {
        const char *text = json_string_value(json_object_get(sample->trials[i]->settings, axis->name));
        if (!text || !inki_parse_real(text, &sample->numbers[i])) return false;
    }
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort_numbers(struct sample *sample)
{
    memcpy(sample->sorted, sample->numbers, sample->count * sizeof *sample->sorted);
    qsort(sample->sorted, sample->count, sizeof *sample->sorted, compare_numbers);
}

/* How many of the sorted numbers are less than this one, or with `equal` not more. */
static size_t count_below(const struct sample *sample, double number, bool equal)
{
    size_t low = 0, high = sample->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sample->sorted[middle] < number || (equal && sample->sorted[middle] == number))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Bins by rank; equal numbers come into one. */
static size_t cut_into_bins(struct sample *sample)
{
    size_t bins = bins_for(sample->count);
    sort_numbers(sample);
    for (size_t i = 0; i < sample->count; i++)
        sample->groups[i] = count_below(sample, sample->numbers[i], false) * bins / sample->count;
    return bins;
}

static void rank_trials(struct sample *sample, bool higher)
{
    for (size_t i = 0; i < sample->count; i++) {
        const struct inki_trial *trial = sample->trials[i];
        sample->numbers[i] = has_failed(trial) ? (double)INFINITY : higher ? -trial->first : trial->first;
    }
    sort_numbers(sample);
    for (size_t i = 0; i < sample->count; i++) {
        double number = sample->numbers[i];
        sample->ranks[i] = 0.5 * (double)(count_below(sample, number, false) + 1 + count_below(sample, number, true));
    }
}

static size_t group_by_value(struct sample *sample, const struct inki_axis *axis)
{
    for (size_t i = 0; i < sample->count; i++) {
        const char *text = json_string_value(json_object_get(sample->trials[i]->settings, axis->name));
        size_t g = 0;
        while (text && g + 1 < axis->count && strcmp(axis->values[g], text) != 0) g++;
        sample->groups[i] = g;
    }
    return axis->count;
}

/* The share explained, NaN if there are too few trials or none differs. */
static double explained(const struct sample *sample, size_t groups)
{
    double total = 0, mean = 0, within = 0, n = (double)sample->count;
    size_t used = 0;
    memset(sample->sums, 0, groups * sizeof *sample->sums);
    memset(sample->counts, 0, groups * sizeof *sample->counts);
    for (size_t i = 0; i < sample->count; i++) {
        size_t g = sample->groups[i];
        used += sample->counts[g]++ == 0;
        sample->sums[g] += sample->ranks[i];
        mean += sample->ranks[i] / n;
    }
    for (size_t i = 0; i < sample->count; i++) {
        size_t g = sample->groups[i];
        double value = sample->ranks[i], middle = sample->sums[g] / (double)sample->counts[g];
        total += (value - mean) * (value - mean);
        within += (value - middle) * (value - middle);
    }
    if (used < 2 || sample->count <= used || !(total > 0)) return (double)NAN;
    double share = 1 - within / (n - (double)used) / (total / (n - 1));
    return share > 0 ? share : 0;
}

static double weigh(struct sample *sample, const struct inki_axis *axis)
{
    bool bins = (axis->count == 0 || axis->count > MOST_GROUPS) && read_numbers(sample, axis);
    if (sample->count < 3 || (!bins && axis->count == 0)) return (double)NAN;
    return explained(sample, bins ? cut_into_bins(sample) : group_by_value(sample, axis));
}

/* The trials in which the term has an effect: others do not have it. */
static void choose_trials(const ink_search *search, const struct inki_axis *axis, struct sample *sample)
{
    sample->count = 0;
    for (size_t i = 0; i < search->count; i++)
        if (takes_part(&search->trials[i]) && json_object_get(search->trials[i].settings, axis->name))
            sample->trials[sample->count++] = &search->trials[i];
    rank_trials(sample, search->loss->scores[search->score].higher_is_better);
}

static size_t most_groups(const ink_search *search)
{
    size_t most = MOST_GROUPS;
    for (size_t i = 0; i < search->space.count; i++)
        if (search->space.axes[i].count > most) most = search->space.axes[i].count;
    return most;
}

ink_status inki_search_weigh(ink_search *search)
{
    ink_ctx *ctx = search->ctx;
    size_t groups = most_groups(search);
    struct sample sample = {.trials = inki_alloc(ctx, search->count, sizeof *sample.trials),
                            .ranks = inki_alloc(ctx, search->count, sizeof *sample.ranks),
                            .numbers = inki_alloc(ctx, search->count, sizeof *sample.numbers),
                            .sorted = inki_alloc(ctx, search->count, sizeof *sample.sorted),
                            .groups = inki_alloc(ctx, search->count, sizeof *sample.groups),
                            .sums = inki_alloc(ctx, groups, sizeof *sample.sums),
                            .counts = inki_alloc(ctx, groups, sizeof *sample.counts)};
    bool room = sample.trials && sample.ranks && sample.numbers && sample.sorted && sample.groups && sample.sums &&
                sample.counts;
    for (size_t i = 0; room && i < search->space.count; i++) {
        choose_trials(search, &search->space.axes[i], &sample);
        search->shares[i] = weigh(&sample, &search->space.axes[i]);
    }
    inki_free(sample.trials);
    inki_free(sample.ranks);
    inki_free(sample.numbers);
    inki_free(sample.sorted);
    inki_free(sample.groups);
    inki_free(sample.sums);
    inki_free(sample.counts);
    return room ? INK_OK : INK_NO_MEMORY;
}
