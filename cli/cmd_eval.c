/* cmd_eval: compares a model's answers with the labels.
 * SPDX-License-Identifier: MIT */
#include "args.h"
#include "cli.h"
#include "json.h"
#include "scores.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ tables */

static const char *class_name(const ink_model *model, size_t i)
{
    const char *name = ink_model_class(model, i);
    return name ? name : "?";
}

static size_t longest_class(const ink_model *model, size_t classes)
{
    size_t longest = 0;
    for (size_t i = 0; i < classes; i++) {
        size_t width = text_width(class_name(model, i));
        if (width > longest) longest = width;
    }
    return longest;
}

static void print_rows(const ink_metrics *metrics, const struct rows *rows)
{
    char loss[TEXT_ROOM];
    const char *part = strcmp(rows->part_name, "all") == 0 ? "" : rows->part_name;
    out("rows         %zu%s%s%s\n", metrics->rows, *part ? " (the " : "", part, *part ? " part)" : "");
    out("loss         %s\n", text_loss(loss, metrics->loss));
}

static void print_summary(const ink_metrics *metrics)
{
    char share[TEXT_ROOM];
    out("accuracy     %s (95 %% interval %.2f to %.2f %%)\n", text_share(share, metrics->accuracy),
        100 * metrics->accuracy_low, 100 * metrics->accuracy_high);
    for (size_t k = 2; k <= metrics->top_count; k++)
        out("%s%zu: %s", k == 2 ? "top-k        " : "  ", k, text_share(share, metrics->top[k - 1]));
    if (metrics->top_count >= 2) out("\n");
    out("calibration  %.4f expected calibration error\n", metrics->calibration_error);
}

/* What only two classes have: the scores behind the accuracy. */
static void print_two_classes(const ink_metrics *metrics, const ink_model *model)
{
    char text[TEXT_ROOM];
    if (metrics->score_count <= 2) return;
    out("positive     %s, of two classes the second\n", class_name(model, 1));
    for (size_t i = 2; i < metrics->score_count; i++) {
        const ink_score *score = &metrics->scores[i];
        char name[32];
        snprintf(name, sizeof name, "%s", score->name);
        for (char *c = name; *c; c++)
            if (*c == '_') *c = ' ';
        out("  %-18s %s\n", name,
            score->share ? text_share(text, metrics->score[i]) : text_loss(text, metrics->score[i]));
    }
}

static void print_score(double score)
{
    if (isfinite(score))
        out(" %10.4f", score);
    else
        out(" %10s", "-");
}

static void print_classes(const ink_metrics *metrics, const ink_model *model)
{
    size_t width = longest_class(model, metrics->classes);
    width = width < 5 ? 5 : width > 24 ? 24 : width;
    out("\n");
    out_left("class", width);
    out(" %9s %9s %10s %10s %10s\n", "rows", "answers", "precision", "recall", "F1");
    for (size_t i = 0; i < metrics->classes; i++) {
        const ink_class_score *score = metrics->per_class[i];
        out_left(class_name(model, i), width);
        out(" %9zu %9zu", score->rows, score->predicted);
        print_score(score->precision);
        print_score(score->recall);
        print_score(score->f1);
        out("\n");
    }
}

static size_t digits_of(uint64_t value)
{
    size_t digits = 1;
    while (value >= 10) value /= 10, digits++;
    return digits;
}

/* Width of a column of the confusion matrix; 0 if the matrix does not fit. */
static size_t confusion_column(const ink_metrics *metrics, size_t longest, size_t label)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < metrics->classes * metrics->classes; i++)
        if (metrics->confusion[i] > largest) largest = metrics->confusion[i];
    size_t least = digits_of(largest) + 1, room = (TERMINAL_WIDTH - label) / metrics->classes;
    size_t wanted = (longest + 1 > least ? longest + 1 : least) + 1;
    if (room < least) return 0;
    return wanted < room ? wanted : room;
}

static void print_matrix(const ink_metrics *metrics, const ink_model *model, size_t label, size_t column)
{
    size_t classes = metrics->classes;
    out("\nconfusion (rows: true classes, columns: answers)\n%*s", (int)label, "");
    for (size_t i = 0; i < classes; i++) {
        out(" ");
        out_right(class_name(model, i), column - 1);
    }
    out("\n");
    for (size_t i = 0; i < classes; i++) {
        out_left(class_name(model, i), label);
        for (size_t k = 0; k < classes; k++) out("%*" PRIu64, (int)column, metrics->confusion[i * classes + k]);
        out("\n");
    }
}

/* The largest entry off the diagonal that comes after (count, place) in falling order; `place` is its index. */
static bool next_mistake(const ink_metrics *metrics, uint64_t *count, size_t *place)
{
    size_t classes = metrics->classes, found = SIZE_MAX;
    uint64_t best = 0;
    for (size_t i = 0; i < classes * classes; i++) {
        uint64_t value = metrics->confusion[i];
        bool after = value < *count || (value == *count && i > *place);
        if (i / classes != i % classes && after && value > best) best = value, found = i;
    }
    *count = best;
    *place = found;
    return found != SIZE_MAX;
}

static void print_mistakes(const ink_metrics *metrics, const ink_model *model)
{
    uint64_t count = UINT64_MAX;
    size_t place = 0;
    out("\nmost frequent mistakes (true class, answer)\n");
    for (int i = 0; i < 10 && next_mistake(metrics, &count, &place); i++) {
        out("%9" PRIu64 "  ", count);
        out_left(class_name(model, place / metrics->classes), 24);
        out("  ");
        out_left(class_name(model, place % metrics->classes), 24);
        out("\n");
    }
}

static void print_confusion(const ink_metrics *metrics, const ink_model *model)
{
    size_t longest = longest_class(model, metrics->classes), label = longest > 12 ? 12 : longest;
    size_t column = confusion_column(metrics, longest, label);
    if (column)
        print_matrix(metrics, model, label, column);
    else
        print_mistakes(metrics, model);
}

/* ----------------------------------------------------------------- numbers */

/* The scores behind the loss, and of several targets each one's. */
static void print_numbers(const ink_run *run, const ink_model *model)
{
    const ink_metrics *metrics = ink_run_metrics(run);
    char text[3][TEXT_ROOM], range[2 * TEXT_ROOM + 8];
    for (size_t i = 1; i < metrics->score_count; i++) {
        const ink_score *score = &metrics->scores[i];
        out("%-12s %s", score->name, text_score(text[0], score, metrics->score[i]));
        if (isfinite(metrics->low[i]))
            out(" (95 %% interval %s)", text_range(range, score, metrics->low[i], metrics->high[i]));
        out("\n");
    }
    if (!ink_model_target(model, 1)) return;
    out("\n%-24s %12s %12s %8s\n", "target", "rmse", "mae", "r2");
    for (size_t i = 0; ink_run_target(run, i); i++) {
        const ink_target_score *score = ink_run_target(run, i);
        out_left(ink_model_target(model, i), 24);
        out(" %12s %12s %8s\n", text_number(text[0], score->rmse), text_number(text[1], score->mae),
            text_loss(text[2], score->r2));
    }
}

static int json_numbers(const ink_run *run, const ink_model *model)
{
    json_t *root = scores_json_test(ink_run_metrics(run)), *targets = json_array();
    for (size_t i = 0; ink_run_target(run, i); i++) {
        const ink_target_score *score = ink_run_target(run, i);
        json_array_append_new(targets,
                              json_pack("{s:o, s:o, s:o, s:o}", "target", json_of_text(ink_model_target(model, i)),
                                        "rmse", json_of_real(score->rmse), "mae", json_of_real(score->mae), "r2",
                                        json_of_real(score->r2)));
    }
    json_object_set_new(root, "targets", targets);
    return json_print(root);
}

/* -------------------------------------------------------------------- JSON */

static json_t *json_of_class(const ink_class_score *score, const char *name)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "class", json_of_text(name), "rows", json_of_count(score->rows),
                     "precision", json_of_real(score->precision), "recall", json_of_real(score->recall), "f1",
                     json_of_real(score->f1));
}

static json_t *json_of_confusion(const ink_metrics *metrics)
{
    json_t *matrix = json_array();
    for (size_t i = 0; i < metrics->classes; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < metrics->classes; k++)
            json_array_append_new(row, json_of_count((size_t)metrics->confusion[i * metrics->classes + k]));
        json_array_append_new(matrix, row);
    }
    return matrix;
}

static void add_two_classes(json_t *root, const ink_metrics *metrics, const ink_model *model)
{
    json_object_set_new(root, "positive", json_of_text(class_name(model, 1)));
    json_object_set_new(root, "log_loss", json_of_real(metrics->loss));
    for (size_t i = 2; i < metrics->score_count; i++)
        json_object_set_new(root, metrics->scores[i].name, json_of_real(metrics->score[i]));
}

static int json_results(const ink_metrics *metrics, const ink_model *model)
{
    json_t *top = json_array(), *scores = json_array(), *names = json_array();
    for (size_t k = 0; k < metrics->top_count; k++) json_array_append_new(top, json_of_real(metrics->top[k]));
    for (size_t i = 0; i < metrics->classes; i++) {
        json_array_append_new(scores, json_of_class(metrics->per_class[i], class_name(model, i)));
        json_array_append_new(names, json_of_text(class_name(model, i)));
    }
    json_t *root =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rows", json_of_count(metrics->rows), "loss",
                  json_of_real(metrics->loss), "accuracy", json_of_real(metrics->accuracy), "accuracy_low",
                  json_of_real(metrics->accuracy_low), "accuracy_high", json_of_real(metrics->accuracy_high), "top",
                  top, "calibration_error", json_of_real(metrics->calibration_error), "per_class", scores, "confusion",
                  json_of_confusion(metrics), "classes", names);
    if (metrics->score_count > 2) add_two_classes(root, metrics, model);
    return json_print(root);
}

/* -------------------------------------------------------------------- work */

static int report(const struct job *job, const ink_model *model, const struct rows *rows, double least)
{
    ink_run *run;
    ink_status status = ink_eval(job->ctx, model, rows->part, &run);
    if (status != INK_OK) return job_fail(job, status);
    const ink_metrics *metrics = ink_run_metrics(run);
    const bool numbers = metrics->classes == 0;
    int code = CODE_DONE;
    if (job->json) {
        code = numbers ? json_numbers(run, model) : json_results(metrics, model);
    } else if (numbers) {
        print_rows(metrics, rows);
        print_numbers(run, model);
    } else {
        print_rows(metrics, rows);
        print_summary(metrics);
        print_two_classes(metrics, model);
        print_classes(metrics, model);
        print_confusion(metrics, model);
    }
    if (code == CODE_DONE && metrics->accuracy < least)
        code = fail(CODE_MISSED, "the accuracy, %.6g, is below the required %.6g", metrics->accuracy, least);
    ink_run_free(run);
    return code;
}

int cmd_eval(struct job *job)
{
    const char *asked = job_value(job, "min-accuracy");
    double least = 0;
    ink_model *model;
    struct rows rows;
    int code = asked ? args_share(job, "min-accuracy", asked, &least) : CODE_DONE;
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    if (asked && !ink_model_class(model, 0))
        code = fail(CODE_USAGE, "%s answers with numbers, which have no accuracy: leave out --min-accuracy",
                    job->operands[0]);
    if (code == CODE_DONE) code = rows_open_for(job, job->operands[1], model, &rows);
    if (code == CODE_DONE) {
        rows_note_model(&rows, model, true);
        code = report(job, model, &rows, least);
        rows_close(&rows);
    }
    ink_model_free(model);
    return code;
}
