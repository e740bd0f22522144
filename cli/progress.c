/* progress: how training goes, on a terminal.
 * SPDX-License-Identifier: MIT */
#include "progress.h"

#include "scores.h"
#include "terminal.h"

#include <math.h>
#include <string.h>

#define DIM "\x1b[2m"
#define BLUE "\x1b[34m"
#define GREEN "\x1b[32m"
#define PLAIN "\x1b[0m"

/* ----------------------------------------------------------------- sparkline */

static double watched(const ink_epoch *row)
{
    return isfinite(row->val[INK_LOSS]) ? row->val[INK_LOSS] : row->train[INK_LOSS];
}

/* Full: two bins become one, and each holds twice as many rows. */
static void halve(struct progress *progress)
{
    for (size_t i = 0; i < PROGRESS_BINS / 2; i++)
        progress->bins[i] = (progress->bins[2 * i] + progress->bins[2 * i + 1]) / 2;
    progress->bin_count = PROGRESS_BINS / 2;
    progress->per_bin *= 2;
}

static void add_value(struct progress *progress, double value)
{
    if (!isfinite(value)) return;
    if (progress->per_bin == 0) progress->per_bin = 1;
    bool fresh = progress->bin_count == 0 || progress->in_last == progress->per_bin;
    if (fresh && progress->bin_count == PROGRESS_BINS) halve(progress);
    if (fresh) {
        progress->bins[progress->bin_count++] = value;
        progress->in_last = 1;
        return;
    }
    double *last = &progress->bins[progress->bin_count - 1];
    *last += (value - *last) / (double)++progress->in_last;
}

static double height_of(double value) { return log(value > 1e-30 ? value : 1e-30); }

void progress_spark(char *to, size_t room, const double *bins, size_t count, size_t width, bool plain)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const marks[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
    size_t first = count > width ? count - width : 0, used = 0;
    double low = INFINITY, high = -INFINITY;
    to[0] = 0;
    for (size_t i = first; i < count; i++) {
        low = fmin(low, height_of(bins[i]));
        high = fmax(high, height_of(bins[i]));
    }
    for (size_t i = first; i < count && used + 4 < room; i++) {
        double share = high > low ? (height_of(bins[i]) - low) / (high - low) : 0;
        size_t level = (size_t)(7.0 * share + 0.5);
        used += (size_t)snprintf(to + used, room - used, "%s", plain ? marks[level] : blocks[level]);
    }
}

/* --------------------------------------------------------------------- block */

void progress_row(struct progress *progress, const ink_epoch *row)
{
    add_value(progress, watched(row));
    progress->last = *row;
    if (row->best || (progress->best.epoch == 0 && !isfinite(row->val[INK_LOSS]))) progress->best = *row;
}

static void add_bar(char *text, size_t room, const ink_progress *now)
{
    char bar[256], head[64], tail[128], rate[TEXT_ROOM], left[TEXT_ROOM];
    double share = now->steps_total ? (double)now->step / (double)now->steps_total : 0;
    snprintf(head, sizeof head, "epoch %zu/%zu", now->epoch, now->epochs);
    snprintf(tail, sizeof tail, "%3.0f %%  %s rows/s  %s left", 100 * share, text_rate(rate, now->rows_per_second),
             text_time(left, now->seconds_left));
    size_t used = text_width(head) + text_width(tail) + 5, columns = terminal_width();
    bar_text(bar, sizeof bar, share, columns > used + 4 ? columns - used < 40 ? columns - used : 40 : 0);
    snprintf(text, room, "%s  " BLUE "%s" PLAIN "  %s", head, bar, tail);
}

static void add_loss(char *text, size_t room, const struct progress *progress)
{
    char spark[256], loss[TEXT_ROOM], train[TEXT_ROOM], share[TEXT_ROOM];
    const ink_epoch *row = &progress->last;
    bool valid = isfinite(row->val[INK_LOSS]);
    size_t used = strlen(text);
    char tail[160];
    const double *values = valid ? row->val : row->train;
    const ink_score *score = &row->scores[SCORE_BESIDE];
    snprintf(tail, sizeof tail, " %s%s, %s %s" DIM "%s%s" PLAIN, valid ? "validation " : "training ",
             text_loss(loss, values[INK_LOSS]), score->name, text_score(share, score, values[SCORE_BESIDE]),
             valid ? "; training " : "", valid ? text_loss(train, row->train[INK_LOSS]) : "");
    size_t taken = 8 + text_width(tail) - strlen(DIM PLAIN), columns = terminal_width();
    progress_spark(spark, sizeof spark, progress->bins, progress->bin_count, columns > taken + 4 ? columns - taken : 4,
                   !terminal_is_utf8());
    snprintf(text + used, room - used, "\nloss   " BLUE "%s" PLAIN "%s", spark, tail);
}

static void add_best(char *text, size_t room, const struct progress *progress)
{
    char loss[TEXT_ROOM], share[TEXT_ROOM];
    const ink_epoch *row = &progress->best;
    bool valid = isfinite(row->val[INK_LOSS]);
    size_t used = strlen(text);
    if (!valid) return;
    const ink_score *score = &row->scores[SCORE_BESIDE];
    snprintf(text + used, room - used, "\nbest   " GREEN "%s %zu" PLAIN ": loss %s, %s %s",
             progress->by_steps ? "step" : "epoch", progress->by_steps ? row->step : row->epoch,
             text_loss(loss, row->val[INK_LOSS]), score->name, text_score(share, score, row->val[SCORE_BESIDE]));
}

void progress_draw(const struct progress *progress, const ink_progress *now)
{
    char text[2048];
    if (!terminal_is_live()) return;
    add_bar(text, sizeof text, now);
    if (progress->last.epoch) add_loss(text, sizeof text, progress);
    if (progress->best.epoch) add_best(text, sizeof text, progress);
    live_draw(text);
}
