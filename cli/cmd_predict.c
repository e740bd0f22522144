/* cmd_predict: writes a model's answers as CSV or JSON.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "json.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

/* What is written, and how. */
struct answers {
    const struct job *job;
    const ink_model *model;
    const float *p; /* [rows][classes] */
    size_t rows, classes, first_id;
    char id[128], target[128]; /* names of the columns */
    bool proba;
};

static const char *class_name(const struct answers *answers, size_t i)
{
    const char *name = ink_model_class(answers->model, i);
    return name ? name : "?";
}

static size_t most_probable(const float *p, size_t classes)
{
    size_t best = 0;
    for (size_t i = 1; i < classes; i++)
        if (p[i] > p[best]) best = i;
    return best;
}

/* --------------------------------------------------------------------- CSV */

static void write_csv_head(FILE *file, const struct answers *answers)
{
    csv_field(file, "", answers->id);
    fputc(',', file);
    csv_field(file, "", answers->target);
    for (size_t i = 0; answers->proba && i < answers->classes; i++) {
        fputc(',', file);
        csv_field(file, "p_", class_name(answers, i));
    }
    fputc('\n', file);
}

static void write_csv_row(FILE *file, const struct answers *answers, size_t row)
{
    const float *p = answers->p + row * answers->classes;
    fprintf(file, "%zu,", row + answers->first_id);
    csv_field(file, "", class_name(answers, most_probable(p, answers->classes)));
    for (size_t i = 0; answers->proba && i < answers->classes; i++) fprintf(file, ",%.9g", (double)p[i]);
    fputc('\n', file);
}

/* -------------------------------------------------------------------- JSON */

static void write_text(FILE *file, const char *before, const char *text)
{
    json_t *value = json_of_text(text);
    fputs(before, file);
    json_write(file, value, 1);
    json_decref(value);
}

static void write_json_head(FILE *file, const struct answers *answers)
{
    fprintf(file, "{\n  \"rows\": %zu,\n  \"classes\": [", answers->rows);
    for (size_t i = 0; i < answers->classes; i++) write_text(file, i ? ", " : "", class_name(answers, i));
    fputs("],\n  \"predictions\": [", file);
}

static void write_json_row(FILE *file, const struct answers *answers, size_t row)
{
    const float *p = answers->p + row * answers->classes;
    fprintf(file, "%s\n    {\"id\": %zu, ", row ? "," : "", row + answers->first_id);
    write_text(file, "\"label\": ", class_name(answers, most_probable(p, answers->classes)));
    for (size_t i = 0; answers->proba && i < answers->classes; i++)
        fprintf(file, "%s%.9g", i ? ", " : ", \"probabilities\": [", (double)p[i]);
    fputs(answers->proba ? "]}" : "}", file);
}

/* -------------------------------------------------------------------- work */

/* Stops early when the file can take no more (a full disk, a reader that went away). */
static void write_answers(FILE *file, const struct answers *answers)
{
    bool json = answers->job->json;
    if (json)
        write_json_head(file, answers);
    else
        write_csv_head(file, answers);
    for (size_t i = 0; i < answers->rows && !ferror(file); i++) {
        if (json)
            write_json_row(file, answers, i);
        else
            write_csv_row(file, answers, i);
    }
    if (json) fputs("\n  ]\n}\n", file);
}

static int write_file(const struct answers *answers)
{
    struct out_file file;
    const char *path = job_value(answers->job, "output");
    int code = out_file_begin(&file, path);
    if (code != CODE_DONE) return code;
    bool is_file = file.file != stdout;
    write_answers(file.file, answers);
    code = out_file_end(&file, true);
    if (code == CODE_DONE && is_file) talk("%zu answers written to %s", answers->rows, path);
    return code;
}

static int predict(struct answers *answers, const ink_data *data)
{
    const struct job *job = answers->job;
    float *p = calloc(answers->rows ? answers->rows : 1, answers->classes * sizeof *p);
    if (!p) return fail(CODE_INTERNAL, "out of memory for the answers to %zu rows", answers->rows);
    ink_status status = ink_predict_data(job->ctx, answers->model, data, p);
    answers->p = p;
    int code = status == INK_OK ? write_file(answers) : job_fail(job, status);
    free(p);
    return code;
}

/* --columns ID,target */
static int read_columns(struct answers *answers)
{
    const char *text = job_value(answers->job, "columns");
    if (!text) text = "ID,target";
    size_t length = strcspn(text, ",");
    const char *second = text[length] ? text + length + 1 : "";
    if (length == 0 || !*second || strchr(second, ',') || strlen(text) >= sizeof answers->id)
        return fail(CODE_USAGE, "--columns '%s' is not two names such as ID,target; see inkling help predict", text);
    snprintf(answers->id, sizeof answers->id, "%.*s", (int)length, text);
    snprintf(answers->target, sizeof answers->target, "%s", second);
    return CODE_DONE;
}

static int check_output(const struct job *job)
{
    const char *path = job_value(job, "output");
    if (!path || strcmp(path, "-") == 0) return CODE_DONE;
    for (size_t i = 0; i < job->operand_count; i++)
        if (file_is_same(path, job->operands[i]))
            return fail(CODE_USAGE, "the answers would overwrite %s; choose another name with -o", path);
    return file_check(path, false);
}

static int open_and_predict(struct answers *answers)
{
    const struct job *job = answers->job;
    struct rows rows;
    ink_model_info info;
    ink_model_describe(answers->model, &info);
    answers->classes = info.classes;
    int code = rows_open(job, job->operands[1], &rows);
    if (code != CODE_DONE) return code;
    answers->rows = rows.info.rows;
    code = predict(answers, rows.part);
    rows_close(&rows);
    return code;
}

int cmd_predict(struct job *job)
{
    const char *first = job_value(job, "first-id");
    struct answers answers = {.job = job, .first_id = first && *first == '1', .proba = job_value(job, "proba") != NULL};
    ink_model *model;
    int code = read_columns(&answers);
    if (code == CODE_DONE) code = check_output(job);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    answers.model = model;
    code = open_and_predict(&answers);
    ink_model_free(model);
    return code;
}
