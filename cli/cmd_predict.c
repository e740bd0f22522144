/* cmd_predict: writes a model's answers as CSV or JSON.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "each.h"
#include "files.h"
#include "gallery.h"
#include "json.h"
#include "like.h"
#include "images.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

/* What is written, and how. */
struct answers {
    const struct job *job;
    const struct like *like; /* a sample whose form the table gets, or NULL */
    const ink_model *model;
    const float *p;     /* [rows][outputs] */
    const float *known; /* [rows], or NULL */
    bool numbers;       /* the outputs are answers, not probabilities of classes */
    size_t rows, outputs, first_id;
    char *const *names;        /* [rows] names of images, or NULL: the ids of data, or numbers from first_id */
    const ink_data *data;      /* that the rows are of, where these have ids that are to be written */
    char id[128], target[128]; /* names of the columns; of several targets those of all, with commas */
    bool proba, show;
};

static const char *output_name(const struct answers *answers, size_t i)
{
    const char *name = ink_model_output(answers->model, i);
    return name ? name : "?";
}

/* What the row is called, or NULL if it has no name of its own. */
static const char *id_of(const struct answers *answers, size_t row)
{
    if (answers->names) return answers->names[row];
    return answers->data ? ink_data_id(answers->data, row) : NULL;
}

/* --------------------------------------------------------------------- CSV */

/* The names that were asked for, else the model's own. */
static void write_csv_targets(FILE *file, const struct answers *answers)
{
    const char *name = answers->target;
    for (size_t i = 0; i < answers->outputs; i++) {
        char own[sizeof answers->target];
        size_t length = strcspn(name, ",");
        snprintf(own, sizeof own, "%.*s", (int)length, name);
        name += length + (name[length] == ',');
        fputc(',', file);
        csv_field(file, "", *own ? own : output_name(answers, i));
    }
}

static void write_csv_head(FILE *file, const struct answers *answers)
{
    csv_field(file, "", answers->id);
    if (answers->numbers) {
        write_csv_targets(file, answers);
    } else {
        fputc(',', file);
        csv_field(file, "", answers->target);
    }
    for (size_t i = 0; answers->proba && i < answers->outputs; i++) {
        fputc(',', file);
        csv_field(file, "p_", output_name(answers, i));
    }
    if (job_value(answers->job, "known")) fputs(",known", file);
    fputc('\n', file);
}

static void write_csv_row(FILE *file, const struct answers *answers, size_t row)
{
    const float *p = answers->p + row * answers->outputs;
    if (id_of(answers, row))
        csv_field(file, "", id_of(answers, row));
    else
        fprintf(file, "%zu", row + answers->first_id);
    if (!answers->numbers) {
        fputc(',', file);
        csv_field(file, "", output_name(answers, ink_model_answer(answers->model, p)));
    }
    for (size_t i = 0; (answers->proba || answers->numbers) && i < answers->outputs; i++)
        fprintf(file, ",%.9g", (double)p[i]);
    if (job_value(answers->job, "known")) fprintf(file, ",%.6g", (double)answers->known[row]);
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
    fprintf(file, "{\n  \"rows\": %zu,\n  \"%s\": [", answers->rows, answers->numbers ? "targets" : "classes");
    for (size_t i = 0; i < answers->outputs; i++) write_text(file, i ? ", " : "", output_name(answers, i));
    fputs("],\n  \"predictions\": [", file);
}

static void write_json_row(FILE *file, const struct answers *answers, size_t row)
{
    const float *p = answers->p + row * answers->outputs;
    fputs(row ? ",\n    {\"id\": " : "\n    {\"id\": ", file);
    if (id_of(answers, row))
        write_text(file, "", id_of(answers, row));
    else
        fprintf(file, "%zu", row + answers->first_id);
    if (!answers->numbers) write_text(file, ", \"label\": ", output_name(answers, ink_model_answer(answers->model, p)));
    bool values = answers->proba || answers->numbers;
    for (size_t i = 0; values && i < answers->outputs; i++)
        fprintf(file, "%s%.9g",
                i                  ? ", "
                : answers->numbers ? ", \"values\": ["
                                   : ", \"probabilities\": [",
                (double)p[i]);
    if (values) fputc(']', file);
    if (job_value(answers->job, "known")) fprintf(file, ", \"known\": %.6g", (double)answers->known[row]);
    fputc('}', file);
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

static float *room_for(const struct answers *answers)
{
    float *p = calloc(answers->rows ? answers->rows : 1, answers->outputs * sizeof *p);
    if (!p) fail(CODE_INTERNAL, "out of memory for the answers to %zu rows", answers->rows);
    return p;
}

/* Room for the shares, where they are asked for or, of images, can be had; answers->known stays NULL where not. */
static int known_room(struct answers *answers, bool images, float **out)
{
    const struct job *job = answers->job;
    const bool asked = job_value(job, "known") != NULL;
    *out = NULL;
    if (!asked && (!images || answers->numbers)) return CODE_DONE;
    ink_status status = ink_known_check(job->ctx, answers->model);
    if (status != INK_OK) return asked ? job_fail(job, status) : CODE_DONE;
    *out = calloc(answers->rows ? answers->rows : 1, sizeof **out);
    answers->known = *out;
    return *out ? CODE_DONE : fail(CODE_INTERNAL, "out of memory");
}

/* An image that is like nothing in the training is said to be, whatever the answer. */
static void say_unknown(const struct answers *answers)
{
    for (size_t i = 0; answers->known && i < answers->rows; i++)
        if ((double)answers->known[i] < 0.01)
            talk("%s: nothing that I know (known %.2g: that share of the validation images is as unlike)",
                 answers->names[i], (double)answers->known[i]);
}

/* The table goes to a file, or to stdout unless drawings go there. */
static int write_table(const struct answers *answers)
{
    return answers->show && !job_value(answers->job, "output") ? CODE_DONE : write_file(answers);
}

/* --------------------------------------------------------------- drawings */

static void set_gallery(const struct answers *answers, double black, double white, struct gallery *out)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(answers->model, &info);
    *out = (struct gallery){answers->model, info.height, info.width, info.classes, (float)black, (float)white};
}

static void show_images(const struct answers *answers, const struct images *images)
{
    struct gallery gallery;
    struct exhibit exhibits[GALLERY_MOST];
    size_t count = 0, size = images->height * images->width;
    set_gallery(answers, images->black, images->white, &gallery);
    gallery.height = images->height;
    gallery.width = images->width;
    for (size_t i = 0; i < images->count; i++) {
        exhibits[count++] = (struct exhibit){images->paths[i], images->x + i * size, answers->p + i * answers->outputs};
        if (count < gallery_beside(&gallery) && i + 1 < images->count) continue;
        gallery_draw(&gallery, exhibits, count);
        count = 0;
    }
}

static void caption_row(const struct rows *rows, size_t row, int32_t label, char caption[64])
{
    const char *name = label < 0 ? NULL : ink_data_class(rows->part, (size_t)label);
    snprintf(caption, 64, name ? "row %zu: %s" : "row %zu", row, name);
}

/* Rows of DATA, a few at a time. */
static int show_rows(const struct answers *answers, const struct rows *rows)
{
    struct gallery gallery;
    struct exhibit exhibits[GALLERY_MOST];
    char captions[GALLERY_MOST][64];
    const ink_data_info *info = &rows->info;
    if (info->height == 1 || info->channels != 1)
        return fail(CODE_INPUT, "--show draws grey images; the rows of %s are not", info->source);
    set_gallery(answers, 0, info->bytes ? 255 : 1, &gallery);
    gallery.height = info->height;
    gallery.width = info->width;
    float *pixels = calloc(GALLERY_MOST, info->features * sizeof *pixels);
    if (!pixels) return fail(CODE_INTERNAL, "out of memory");
    for (size_t i = 0, count = 0; i < info->rows && out_works(); i++) {
        float *x = pixels + count * info->features;
        caption_row(rows, i, ink_data_row(rows->part, i, x), captions[count]);
        exhibits[count] = (struct exhibit){captions[count], x, answers->p + i * answers->outputs};
        if (++count < gallery_beside(&gallery) && i + 1 < info->rows) continue;
        gallery_draw(&gallery, exhibits, count);
        count = 0;
    }
    free(pixels);
    return CODE_DONE;
}

/* ----------------------------------------------------------- rows, images */

/* The rows' own ids, under their own name, unless the command says otherwise. */
static void use_ids(struct answers *answers, const ink_data *data)
{
    const char *column = ink_data_id_column(data);
    if (!column || job_value(answers->job, "first-id")) return;
    answers->data = data;
    if (*column && !answers->like && !job_value(answers->job, "columns"))
        snprintf(answers->id, sizeof answers->id, "%s", column);
}

/* A sample has as many rows as there are answers; its ids count where the rows have none and they are not just numbers one after
 * another. */
static int check_like(struct answers *answers)
{
    const struct like *like = answers->like;
    if (!like) return CODE_DONE;
    if (like->rows && like->rows != answers->rows)
        return fail(CODE_INPUT, "%s has %zu rows and the data %zu: it is not a sample for these rows",
                    job_value(answers->job, "like"), like->rows, answers->rows);
    if (!like->counts && like->rows && !answers->data) answers->names = like->ids;
    return CODE_DONE;
}

static int predict_rows(struct answers *answers)
{
    struct rows rows;
    const struct job *job = answers->job;
    int code = rows_open_all_for(job, job->operands[1], answers->model, &rows);
    if (code != CODE_DONE) return code;
    rows_note_model(&rows, answers->model, false);
    answers->rows = rows.info.rows;
    use_ids(answers, rows.part);
    code = check_like(answers);
    if (code != CODE_DONE) {
        rows_close(&rows);
        return code;
    }
    float *p = room_for(answers), *known = NULL;
    answers->p = p;
    code = p ? known_room(answers, false, &known) : CODE_INTERNAL;
    ink_status status = code == CODE_DONE ? ink_predict_data(job->ctx, answers->model, rows.part, p) : INK_OK;
    if (status == INK_OK && known) status = ink_known_data(job->ctx, answers->model, rows.part, known);
    if (status != INK_OK) code = job_fail(job, status);
    if (code == CODE_DONE && answers->show) code = show_rows(answers, &rows);
    if (code == CODE_DONE) code = write_table(answers);
    free(p);
    free(known);
    rows_close(&rows);
    return code;
}

static int predict_images(struct answers *answers)
{
    struct images images;
    const struct job *job = answers->job;
    int code = images_open(job, answers->model, &images);
    if (code != CODE_DONE) return code;
    answers->rows = images.count;
    answers->names = images.paths;
    float *p = room_for(answers), *known = NULL;
    answers->p = p;
    code = p ? known_room(answers, true, &known) : CODE_INTERNAL;
    ink_status status = code == CODE_DONE ? ink_predict(job->ctx, answers->model, images.count, images.x, p) : INK_OK;
    if (status == INK_OK && known) status = ink_known(job->ctx, answers->model, images.count, images.x, known);
    if (status != INK_OK) code = job_fail(job, status);
    if (code == CODE_DONE && answers->show) show_images(answers, &images);
    if (code == CODE_DONE) code = write_table(answers);
    if (code == CODE_DONE) say_unknown(answers);
    free(p);
    free(known);
    images_close(&images);
    return code;
}

/* ------------------------------------------------------------- command line */

/* --columns ID,target */
static int read_columns(struct answers *answers)
{
    const char *text = job_value(answers->job, "columns");
    if (!text) text = "ID,";
    size_t length = strcspn(text, ",");
    const char *second = text[length] ? text + length + 1 : "";
    if (length == 0 || (!*second && job_value(answers->job, "columns")) || strlen(text) >= sizeof answers->id)
        return fail(CODE_USAGE, "--columns '%s' is not two names such as ID,target; see inkling help predict", text);
    snprintf(answers->id, sizeof answers->id, "%.*s", (int)length, text);
    snprintf(answers->target, sizeof answers->target, "%s", second);
    return CODE_DONE;
}

/* --like FILE: what --columns and --first-id say where they are given, else the file. */
static int read_like(struct answers *answers, struct like *like)
{
    const struct job *job = answers->job;
    const char *path = job_value(job, "like");
    int code = path ? like_read(path, like) : CODE_DONE;
    if (!path || code != CODE_DONE) return code;
    answers->like = like;
    if (!job_value(job, "columns")) {
        snprintf(answers->id, sizeof answers->id, "%s", like->id);
        snprintf(answers->target, sizeof answers->target, "%s", like->target);
    }
    if (!job_value(job, "first-id") && like->counts) answers->first_id = like->first;
    return CODE_DONE;
}

/* One name for classes, one a target for numbers. */
static int check_columns(struct answers *answers)
{
    const char *text = job_value(answers->job, "columns");
    size_t names = 1, wanted = answers->numbers ? answers->outputs : 1;
    for (const char *at = answers->target; *at; at++) names += *at == ',';
    if (!answers->numbers && !*answers->target) snprintf(answers->target, sizeof answers->target, "target");
    if (names == wanted || !*answers->target) return CODE_DONE;
    if (!text) {
        *answers->target = 0; /* a sample's name for one of several */
        return CODE_DONE;
    }
    if (wanted == 1)
        return fail(CODE_USAGE, "--columns '%s' is not two names such as ID,target; see inkling help predict", text);
    return fail(CODE_USAGE, "--columns '%s': %s answers with %zu numbers a row; give a name for the ids and %zu more",
                text, answers->job->operands[0], wanted, wanted);
}

/* What only classes have. */
static int check_flags(const struct answers *answers)
{
    const bool known = job_value(answers->job, "known") != NULL;
    if (!answers->numbers || (!answers->proba && !answers->show && !known)) return CODE_DONE;
    return fail(CODE_USAGE, "%s answers with numbers: there is nothing for --%s to show", answers->job->operands[0],
                answers->proba  ? "proba"
                : answers->show ? "show"
                                : "known");
}

static int check_output(const struct job *job)
{
    const char *path = job_value(job, "output");
    if (job->json && job_value(job, "show") && (!path || strcmp(path, "-") == 0))
        return fail(CODE_USAGE, "--show draws on stdout, where --json would print; name a file with -o");
    if (!path || strcmp(path, "-") == 0) return CODE_DONE;
    for (size_t i = 0; i < job->operand_count; i++)
        if (file_is_same(path, job->operands[i]))
            return fail(CODE_USAGE, "the answers would overwrite %s; choose another name with -o", path);
    return file_check(path, false);
}

static int predict_by_kind(struct answers *answers)
{
    const struct job *job = answers->job;
    if (job_value(job, "each")) return each_predict(job, answers->model);
    return images_are_given(job) ? predict_images(answers) : predict_rows(answers);
}

static int predict(struct answers *answers)
{
    const struct job *job = answers->job;
    ink_model *model;
    ink_model_info info = INK_INIT(ink_model_info);
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    ink_model_describe(model, &info);
    answers->model = model;
    answers->outputs = info.outputs;
    answers->numbers = info.classes == 0;
    int code = check_flags(answers);
    if (code == CODE_DONE) code = check_columns(answers);
    if (code == CODE_DONE) code = predict_by_kind(answers);
    ink_model_free(model);
    return code;
}

int cmd_predict(struct job *job)
{
    const char *first = job_value(job, "first-id");
    struct like like = {.rows = 0};
    struct answers answers = {.job = job,
                              .first_id = first && *first == '1',
                              .proba = job_value(job, "proba") != NULL,
                              .show = job_value(job, "show") != NULL};
    int code = each_check(job);
    if (code == CODE_DONE) code = read_columns(&answers);
    if (code == CODE_DONE) code = check_output(job);
    if (code == CODE_DONE) code = read_like(&answers, &like);
    if (code == CODE_DONE) code = predict(&answers);
    like_free(&like);
    return code;
}
