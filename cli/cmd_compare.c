/* cmd_compare: two models on the same rows: which is better, and is the difference significant?
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "json.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SENTENCE_ROOM 512

/* "p = 0.0011", "p = 2.6e-10", "p < 1e-300" */
static char *text_p(char to[TEXT_ROOM], double p)
{
    if (p < 1e-300)
        snprintf(to, TEXT_ROOM, "p < 1e-300");
    else
        snprintf(to, TEXT_ROOM, p < 1e-4 ? "p = %.1e" : p < 0.1 ? "p = %.4f" : "p = %.2g", p);
    return to;
}

/* The verdict in one sentence; of the better model's lead, so that it is above 0. */
static void say_verdict(const ink_comparison *result, char sentence[SENTENCE_ROOM])
{
    char p[TEXT_ROOM], figures[128];
    double sign = result->better < 0 ? -1 : 1, low = sign * result->difference_low,
           high = sign * result->difference_high;
    snprintf(figures, sizeof figures, "%+.2f points, 95 %% interval %.2f to %.2f, %s", 100 * sign * result->difference,
             100 * fmin(low, high), 100 * fmax(low, high), text_p(p, result->p));
    if (result->better != 0)
        snprintf(sentence, SENTENCE_ROOM, "%c is better: %s", result->better > 0 ? 'B' : 'A', figures);
    else if (result->differ == 0)
        snprintf(sentence, SENTENCE_ROOM, "A and B give the same answer on every one of these rows");
    else
        snprintf(sentence, SENTENCE_ROOM, "no significant difference on these rows: B - A is %s%s", figures,
                 low > 0 || high < 0 ? " (with so few rows that differ, the exact test is stricter than the interval)"
                                     : "");
}

static void print_side(char name, const ink_compared *side, const char *path)
{
    char loss[TEXT_ROOM], share[TEXT_ROOM];
    out("%c            %s\n             %s (95 %% interval %.2f to %.2f %%), loss %s\n", name, path,
        text_share(share, side->accuracy), 100 * side->accuracy_low, 100 * side->accuracy_high,
        text_loss(loss, side->loss));
}

static void print_results(const struct job *job, const ink_comparison *result, const struct rows *rows)
{
    char sentence[SENTENCE_ROOM], p[TEXT_ROOM];
    const char *part = strcmp(rows->part_name, "all") == 0 ? "" : rows->part_name;
    out("rows         %zu%s%s%s\n", result->rows, *part ? " (the " : "", part, *part ? " part)" : "");
    print_side('A', &result->a, job->operands[0]);
    print_side('B', &result->b, job->operands[1]);
    out("right        both %zu, only A %zu, only B %zu, neither %zu\n", result->both, result->only_a, result->only_b,
        result->neither);
    out("answers      differ on %zu rows\n", result->differ);
    out("accuracy     B - A: %+.2f points (95 %% interval %.2f to %.2f), %s\n", 100 * result->difference,
        100 * result->difference_low, 100 * result->difference_high, text_p(p, result->p));
    out("loss         B - A: %+.4g", result->loss_difference);
    if (isfinite(result->loss_error)) out(" (standard error %.2g)", result->loss_error);
    say_verdict(result, sentence);
    out("\n");
    out_wrapped(0, 0, sentence);
}

static json_t *json_of_side(const ink_model *model, const ink_compared *side, const char *path)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "model", json_of_text(path), "right",
                     json_of_count(side->right), "accuracy", json_of_real(side->accuracy), "accuracy_low",
                     json_of_real(side->accuracy_low), "accuracy_high", json_of_real(side->accuracy_high), "loss",
                     json_of_real(side->loss), "hash", json_of_hash(info.hash));
}

static int json_results(const struct job *job, const ink_model *a, const ink_model *b, const ink_comparison *result)
{
    static const char *const names[] = {"a", NULL, "b"};
    char sentence[SENTENCE_ROOM];
    say_verdict(result, sentence);
    return json_print(json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rows",
        json_of_count(result->rows), "a", json_of_side(a, &result->a, job->operands[0]), "b",
        json_of_side(b, &result->b, job->operands[1]), "both_right", json_of_count(result->both), "only_a_right",
        json_of_count(result->only_a), "only_b_right", json_of_count(result->only_b), "both_wrong",
        json_of_count(result->neither), "disagree", json_of_count(result->differ), "difference",
        json_of_real(result->difference), "difference_low", json_of_real(result->difference_low), "difference_high",
        json_of_real(result->difference_high), "p", json_of_real(result->p), "loss_difference",
        json_of_real(result->loss_difference), "loss_error", json_of_real(result->loss_error), "better",
        json_of_text(names[result->better + 1]), "verdict", json_of_text(sentence)));
}

/* ----------------------------------------------------------------- numbers */

/* The score's mean square for rmse, the score itself for mae. */
static const char *compared_of(const ink_number_comparison *result)
{
    return strcmp(result->by, "rmse") == 0 ? "squared error" : "absolute error";
}

static void say_numbers(const ink_number_comparison *result, char sentence[SENTENCE_ROOM])
{
    char p[TEXT_ROOM], text[3][TEXT_ROOM];
    if (!(result->p < 0.05)) {
        snprintf(sentence, SENTENCE_ROOM, "no significant difference on these rows: %s", text_p(p, result->p));
        return;
    }
    snprintf(sentence, SENTENCE_ROOM, "%c is better: mean %s B - A %s, 95 %% interval %s to %s, %s",
             result->better > 0 ? 'B' : 'A', compared_of(result), text_number(text[0], result->difference),
             text_number(text[1], result->difference_low), text_number(text[2], result->difference_high),
             text_p(p, result->p));
}

static void print_numbers_side(char name, const ink_compared_numbers *side, const char *path)
{
    char text[5][TEXT_ROOM];
    out("%c            %s\n             ", name, path);
    if (isfinite(side->rmse))
        out("rmse %s (95 %% interval %s to %s), ", text_number(text[0], side->rmse),
            text_number(text[1], side->rmse_low), text_number(text[2], side->rmse_high));
    out("mae %s", text_number(text[3], side->mae));
    if (isfinite(side->r2)) out(", r2 %s", text_loss(text[4], side->r2));
    out("\n");
}

static void print_numbers(const struct job *job, const ink_number_comparison *result, const struct rows *rows)
{
    char sentence[SENTENCE_ROOM];
    const char *part = strcmp(rows->part_name, "all") == 0 ? "" : rows->part_name;
    out("rows         %zu%s%s%s\n", result->rows, *part ? " (the " : "", part, *part ? " part)" : "");
    print_numbers_side('A', &result->a, job->operands[0]);
    print_numbers_side('B', &result->b, job->operands[1]);
    out("nearer       A on %zu rows, B on %zu\n\n", result->nearer_a, result->nearer_b);
    say_numbers(result, sentence);
    out_wrapped(0, 0, sentence);
}

static json_t *json_of_numbers(const ink_model *model, const ink_compared_numbers *side, const char *path)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "model", json_of_text(path), "rmse",
                     json_of_real(side->rmse), "rmse_low", json_of_real(side->rmse_low), "rmse_high",
                     json_of_real(side->rmse_high), "mae", json_of_real(side->mae), "r2", json_of_real(side->r2),
                     "hash", json_of_hash(info.hash));
}

static int json_numbers(const struct job *job, const ink_model *a, const ink_model *b,
                        const ink_number_comparison *result)
{
    static const char *const names[] = {"a", NULL, "b"};
    char sentence[SENTENCE_ROOM];
    say_numbers(result, sentence);
    return json_print(json_pack(
        "{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rows", json_of_count(result->rows), "a",
        json_of_numbers(a, &result->a, job->operands[0]), "b", json_of_numbers(b, &result->b, job->operands[1]),
        "compared", compared_of(result), "nearer_a", json_of_count(result->nearer_a), "nearer_b",
        json_of_count(result->nearer_b), "difference", json_of_real(result->difference), "error",
        json_of_real(result->error), "difference_low", json_of_real(result->difference_low), "difference_high",
        json_of_real(result->difference_high), "p", json_of_real(result->p), "better",
        json_of_text(names[result->better + 1]), "verdict", json_of_text(sentence)));
}

static int compare_numbers(const struct job *job, const ink_model *a, const ink_model *b, const struct rows *rows)
{
    ink_number_comparison result = INK_INIT(ink_number_comparison);
    ink_status status = ink_compare_numbers(job->ctx, a, b, rows->part, &result);
    if (status != INK_OK) return job_fail(job, status);
    if (job->json) return json_numbers(job, a, b, &result);
    print_numbers(job, &result, rows);
    return CODE_DONE;
}

/* -------------------------------------------------------------------- both */

/* Whether both were trained on the same data. */
static bool same_data(const ink_model *a, const ink_model *b)
{
    const char *one = ink_model_metadata(a, "data_fingerprint"), *other = ink_model_metadata(b, "data_fingerprint");
    return one && other && strcmp(one, other) == 0;
}

static int compare_models(const struct job *job, const ink_model *a, const ink_model *b)
{
    ink_comparison result = INK_INIT(ink_comparison);
    struct rows rows;
    int code = rows_open_for(job, job->operands[2], a, &rows);
    if (code != CODE_DONE) return code;
    rows_note_model(&rows, a, true);
    if (!same_data(a, b)) rows_note_model(&rows, b, true);
    const bool numbers = !ink_model_class(a, 0) || !ink_model_class(b, 0);
    ink_status status = numbers ? INK_OK : ink_compare(job->ctx, a, b, rows.part, &result);
    if (numbers)
        code = compare_numbers(job, a, b, &rows);
    else if (status != INK_OK)
        code = job_fail(job, status);
    else if (job->json)
        code = json_results(job, a, b, &result);
    else
        print_results(job, &result, &rows);
    rows_close(&rows);
    return code;
}

int cmd_compare(struct job *job)
{
    ink_model *a = NULL, *b = NULL;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &a);
    if (status == INK_OK) status = ink_model_load(job->ctx, job->operands[1], &b);
    int code = status == INK_OK ? compare_models(job, a, b) : job_fail(job, status);
    ink_model_free(a);
    ink_model_free(b);
    return code;
}
