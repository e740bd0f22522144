/* folds_result: what several trainings have come to.
 * SPDX-License-Identifier: MIT */
#include "folds_result.h"

#include "scores.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>

enum { ENDED_ROOM = 160 };

static size_t count_diverged(const struct folds_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < ink_rounds_count(result->rounds); i++) count += ink_rounds_get(result->rounds, i)->diverged;
    return count;
}

/* "all 5 rounds done", "interrupted after 2 of 5 rounds, 1 of them diverged and is not in the means" */
static void say_ended(const struct folds_result *result, char text[ENDED_ROOM])
{
    size_t done = ink_rounds_count(result->rounds), diverged = count_diverged(result);
    int used;
    if (!result->interrupted)
        used = snprintf(text, ENDED_ROOM, "finished %zu of %zu rounds", done, done);
    else if (done < result->wanted)
        used = snprintf(text, ENDED_ROOM, "interrupted after %zu of %zu rounds", done, result->wanted);
    else
        used = snprintf(text, ENDED_ROOM, "interrupted in the last training, after all %zu rounds", done);
    if (diverged)
        snprintf(text + used, ENDED_ROOM - (size_t)used, ", %zu of them diverged and %s not in the means", diverged,
                 diverged == 1 ? "is" : "are");
}

/* -------------------------------------------------------------- for people */

static const char *plus_minus(void) { return terminal_is_utf8() ? "±" : "+-"; }

/* The mean of "val" or "test" and this score. */
static ink_mean mean_of(const struct folds_result *result, const char *part, const ink_score *score)
{
    ink_mean mean = INK_INIT(ink_mean);
    char column[64];
    snprintf(column, sizeof column, "%s_%s", part, score->name);
    ink_rounds_mean(result->rounds, column, &mean);
    return mean;
}

/* "97.51 ± 0.20 % (error 0.09)", "0.0812 ± 0.002 (error 0.001)" */
static char *spread_text(char to[4 * TEXT_ROOM], const ink_score *score, const ink_mean *mean)
{
    char text[3][TEXT_ROOM];
    if (score->share)
        snprintf(to, 4 * TEXT_ROOM, "%.2f %s %.2f %% (error %.2f)", 100 * mean->mean, plus_minus(),
                 100 * mean->deviation, 100 * mean->error);
    else
        snprintf(to, 4 * TEXT_ROOM, "%s %s %s (error %s)", text_loss(text[0], mean->mean), plus_minus(),
                 text_loss(text[1], mean->deviation), text_loss(text[2], mean->error));
    return to;
}

static void print_mean(const struct folds_result *result, const char *title, const char *part, const ink_score *scores)
{
    const ink_score *score = &scores[SCORE_BESIDE];
    const ink_mean loss = mean_of(result, part, &scores[INK_LOSS]), other = mean_of(result, part, score);
    char text[2][4 * TEXT_ROOM];
    if (other.count == 1)
        out("%-12s %s %s, loss %s\n", title, score->name, text_score(text[0], score, other.mean),
            text_loss(text[1], loss.mean));
    else if (other.count)
        out("%-12s %s %s, loss %s\n", title, score->name, spread_text(text[0], score, &other),
            spread_text(text[1], &scores[INK_LOSS], &loss));
}

static void print_means(const struct folds_result *result)
{
    const ink_round *first = ink_rounds_get(result->rounds, 0);
    char text[2][TEXT_ROOM];
    if (!first) return;
    const ink_score *scores = first->row->scores, *score = &scores[SCORE_BESIDE];
    print_mean(result, "validation", "val", scores);
    print_mean(result, "test", "test", scores);
    size_t count = mean_of(result, result->valid ? "val" : "test", &scores[INK_LOSS]).count;
    if (count < 2) return;
    out("             %s is the sample deviation (n - 1) of %zu rounds, error the standard error of the mean\n",
        plus_minus(), count);
    if (result->folds)
        out("             allowing for the training rows that folds share, the error is %s, of the loss %s\n",
            text_score(text[0], score, mean_of(result, "val", score).corrected_error),
            text_loss(text[1], mean_of(result, "val", &scores[INK_LOSS]).corrected_error));
}

/* Which model it is that was written. */
static void print_model(const struct folds_result *result)
{
    const ink_round *kept = ink_rounds_kept(result->rounds);
    const ink_run *run = ink_rounds_run(result->rounds);
    const ink_epoch *last = run ? ink_run_epoch(run, ink_run_epochs(run) - 1) : NULL;
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(result->model, &info);
    if (kept && result->valid)
        out("model        seed %" PRIu64 ", the best of %zu by validation %s, and therefore optimistic\n", kept->seed,
            ink_rounds_count(result->rounds) - count_diverged(result), kept->row->scores[kept->row->monitor].name);
    else if (kept)
        out("model        seed %" PRIu64 ", the first\n", kept->seed);
    else if (result->folds && last)
        out("model        trained on all rows for %zu %s, as the best of the rounds were on average\n",
            result->by_steps ? last->step : last->epoch, result->by_steps ? "steps" : "epochs");
    else
        out("model        of the round that was interrupted\n");
    if (run) scores_print_test("its test", ink_run_metrics(run));
    out("weights      %016" PRIx64 "\n", info.hash);
}

static void print_written(const struct folds_result *result)
{
    const char *const paths[] = {result->output, result->oof, result->history, result->save_config};
    size_t count = 0;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (paths[i]) out("%s%s", count++ ? ", " : "written      ", paths[i]);
    if (count) out("\n");
}

void folds_print(const struct folds_result *result)
{
    char ended[ENDED_ROOM];
    say_ended(result, ended);
    print_means(result);
    if (result->model) print_model(result);
    out("ended        %s (%.1f s)\n", ended, result->seconds);
    print_written(result);
}

/* -------------------------------------------------------------------- JSON */

static json_t *json_of_seconds(double seconds) { return json_of_real(round(1000 * seconds) / 1000); }

static void add_scores(json_t *object, const char *part, const ink_epoch *row, const double *values)
{
    char name[64];
    for (size_t i = 0; i < row->score_count; i++) {
        snprintf(name, sizeof name, "%s_%s", part, row->scores[i].name);
        json_object_set_new(object, name, json_of_real(values[i]));
    }
}

static json_t *json_of_round(const ink_round *round)
{
    const ink_epoch *row = round->row;
    bool done = !round->diverged;
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "seed", json_of_count(round->seed), "fold",
        round->folds ? json_of_count(round->fold) : json_null(), "train_rows", json_of_count(round->train_rows),
        "val_rows", json_of_count(round->val_rows), "epochs", json_of_count(round->epochs), "best_epoch",
        done ? json_of_count(row->epoch) : json_null(), "best_step", done ? json_of_count(row->step) : json_null());
    add_scores(object, "train", row, row->train);
    add_scores(object, "val", row, row->val);
    add_scores(object, "test", row, round->test);
    json_object_set_new(object, "hash", done ? json_of_hash(round->hash) : json_null());
    json_object_set_new(object, "seconds", json_of_seconds(round->seconds));
    json_object_set_new(object, "diverged", json_boolean(round->diverged));
    json_object_set_new(object, "ended", json_of_text(round->ended));
    return object;
}

static json_t *json_of_rounds(const ink_rounds *rounds)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ink_rounds_count(rounds); i++)
        json_array_append_new(list, json_of_round(ink_rounds_get(rounds, i)));
    return list;
}

/* null for a part that there is not */
static json_t *json_of_mean(const ink_mean *mean)
{
    if (mean->count == 0) return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "count", json_of_count(mean->count), "mean",
                     json_of_real(mean->mean), "deviation", json_of_real(mean->deviation), "error",
                     json_of_real(mean->error), "corrected_error", json_of_real(mean->corrected_error), "lowest",
                     json_of_real(mean->lowest), "highest", json_of_real(mean->highest));
}

/* A row of any of the trainings, for the names of the scores; NULL if there is none. */
static const ink_epoch *any_row(const struct folds_result *result)
{
    const ink_round *first = ink_rounds_get(result->rounds, 0);
    const ink_run *run = ink_rounds_run(result->rounds);
    return first ? first->row : run ? ink_run_epoch(run, 0) : NULL;
}

static void add_means(const struct folds_result *result, json_t *object, const char *part)
{
    const ink_epoch *row = any_row(result);
    char name[64];
    for (size_t i = 0; row && i < row->score_count; i++) {
        const ink_mean mean = mean_of(result, part, &row->scores[i]);
        snprintf(name, sizeof name, "%s_%s", part, row->scores[i].name);
        json_object_set_new(object, name, json_of_mean(&mean));
    }
}

/* What concerns the model that was given goes into the object; null where there is none. */
static void add_model(const struct folds_result *result, json_t *object)
{
    const ink_round *kept = ink_rounds_kept(result->rounds);
    const ink_run *run = result->model ? ink_rounds_run(result->rounds) : NULL;
    const ink_epoch *last = run ? ink_run_epoch(run, ink_run_epochs(run) - 1) : NULL;
    ink_model_info info = {0};
    if (result->model) ink_model_describe(result->model, &info);
    json_object_set_new(object, "model", json_of_text(result->model_path));
    json_object_set_new(object, "model_seed", kept ? json_of_count(kept->seed) : json_null());
    json_object_set_new(object, "model_epochs", last ? json_of_count(last->epoch) : json_null());
    json_object_set_new(object, "parameters", result->model ? json_of_count(info.parameters) : json_null());
    json_object_set_new(object, "hash", result->model ? json_of_hash(info.hash) : json_null());
    json_object_set_new(object, "test", scores_json_test(run ? ink_run_metrics(run) : NULL));
}

int folds_print_json(const struct folds_result *result)
{
    char ended[ENDED_ROOM];
    const ink_round *first = ink_rounds_get(result->rounds, 0);
    say_ended(result, ended);
    json_t *object = json_pack("{s:o, s:o}", "folds", first && first->folds ? json_of_count(first->folds) : json_null(),
                               "wanted", json_of_count(result->wanted));
    add_means(result, object, "val");
    add_means(result, object, "test");
    json_object_set_new(object, "rounds", json_of_rounds(result->rounds));
    json_object_set_new(object, "oof", json_of_text(result->oof));
    json_object_set_new(object, "history", json_of_text(result->history));
    json_object_set_new(object, "seconds", json_of_seconds(result->seconds));
    json_object_set_new(object, "ended", json_of_text(ended));
    if (object) add_model(result, object);
    return json_print(object);
}
