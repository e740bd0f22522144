/* ranks: areas under curves, exactly.
 * SPDX-License-Identifier: MIT */
#include "train/ranks.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static bool make_room(ink_ctx *ctx, struct inki_ranks *ranks, size_t rows)
{
    size_t larger = ranks->room ? ranks->room : 1024;
    while (larger < ranks->count + rows) larger *= 2;
    if (larger > ranks->room) {
        struct inki_ranked *grown = inki_grow(ctx, ranks->rows, ranks->count, larger, sizeof *grown);
        ranks->failed = !grown;
        if (!grown) return false;
        ranks->rows = grown;
        ranks->room = larger;
    }
    return true;
}

void inki_ranks_add(ink_ctx *ctx, struct inki_ranks *ranks, size_t rows, const float *p, size_t stride,
                    const int32_t *labels)
{
    if (ranks->failed || !make_room(ctx, ranks, rows)) return;
    for (size_t i = 0; i < rows; i++)
        ranks->rows[ranks->count++] = (struct inki_ranked){p[i * stride + 1], labels[i] == 1};
}

void inki_ranks_end(struct inki_ranks *ranks)
{
    inki_free(ranks->rows);
    *ranks = (struct inki_ranks){0};
}

/* NaN first. */
static int compare(const void *a, const void *b)
{
    const float x = ((const struct inki_ranked *)a)->p, y = ((const struct inki_ranked *)b)->p;
    if (isnan(x) || isnan(y)) return isnan(y) - isnan(x);
    return (x < y) - (x > y);
}

void inki_ranks_sort(struct inki_ranks *ranks)
{
    if (ranks->count) qsort(ranks->rows, ranks->count, sizeof *ranks->rows, compare);
}

/* Walks down the probabilities that occur. */
struct walk {
    const struct inki_ranks *ranks;
    size_t at; /* behind the rows of this probability */
    double here[2], down[2],
        all[2]; /* rows of the first and of the second class: of this probability, down to it, of all */
    float p;
};

static struct walk walk_begin(const struct inki_ranks *ranks)
{
    struct walk walk = {.ranks = ranks};
    for (size_t i = 0; i < ranks->count; i++) walk.all[ranks->rows[i].positive]++;
    return walk;
}

static bool walk_on(struct walk *walk)
{
    const struct inki_ranks *ranks = walk->ranks;
    if (walk->at == ranks->count) return false;
    walk->p = ranks->rows[walk->at].p;
    walk->here[0] = walk->here[1] = 0;
    for (; walk->at < ranks->count && ranks->rows[walk->at].p == walk->p; walk->at++)
        walk->here[ranks->rows[walk->at].positive]++;
    for (size_t c = 0; c < 2; c++) walk->down[c] += walk->here[c];
    return true;
}

static bool has_order(const struct walk *walk)
{
    const struct inki_ranks *ranks = walk->ranks;
    return !ranks->failed && walk->all[0] > 0 && walk->all[1] > 0 && !isnan(ranks->rows[0].p);
}

double inki_ranks_auc(const struct inki_ranks *ranks)
{
    struct walk walk = walk_begin(ranks);
    double won = 0;
    if (!has_order(&walk)) return (double)NAN;
    while (walk_on(&walk)) won += walk.here[1] * (walk.all[0] - walk.down[0] + walk.here[0] / 2);
    return won / walk.all[0] / walk.all[1];
}

double inki_ranks_average_precision(const struct inki_ranks *ranks)
{
    struct walk walk = walk_begin(ranks);
    double sum = 0;
    if (!has_order(&walk)) return (double)NAN;
    while (walk_on(&walk)) sum += walk.here[1] / walk.all[1] * (walk.down[1] / (walk.down[0] + walk.down[1]));
    return sum;
}

double inki_ranks_threshold(const struct inki_ranks *ranks)
{
    struct walk walk = walk_begin(ranks);
    double best = -1, chosen = (double)NAN;
    if (!has_order(&walk)) return chosen;
    while (walk_on(&walk)) {
        double score = walk.down[1] / walk.all[1] + (walk.all[0] - walk.down[0]) / walk.all[0];
        double low = walk.at < ranks->count ? (double)ranks->rows[walk.at].p : 0, middle = ((double)walk.p + low) / 2;
        bool nearer = score == best && fabs(middle - 0.5) < fabs(chosen - 0.5);
        if (score > best || nearer) chosen = middle;
        if (score > best) best = score;
    }
    return chosen;
}
