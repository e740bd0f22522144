/* cmd_suspects: rows whose labels may be wrong, that are there twice or are unlike all others, as a file that --drop-rows and --relabel take.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "files.h"
#include "interrupt.h"
#include "json.h"
#include "terminal.h"

#include <math.h>
#include <string.h>

/* Everything about one call. */
struct work {
    const struct job *job;
    const char *output; /* NULL: stdout */
    const char *html;   /* NULL: no page */
    ink_data *data;
    ink_suspects *suspects;
    size_t labels, duplicates, near, unlike;
};

static bool on_progress(void *user, const ink_progress *now)
{
    char before[64], after[2 * TEXT_ROOM + 16], rate[TEXT_ROOM], left[TEXT_ROOM];
    const double share = now->steps_total ? (double)now->step / (double)now->steps_total : 0;
    (void)user;
    snprintf(before, sizeof before, "answering rows");
    snprintf(after, sizeof after, "%3.0f %%  %s rows/s  %s left", 100 * share, text_rate(rate, now->rows_per_second),
             text_time(left, now->seconds_left));
    bar_draw(share, before, after);
    return !interrupt_came();
}

static const char *class_of(const struct work *work, int32_t class)
{
    return class < 0 ? "" : ink_data_class(work->data, (size_t) class);
}

static void write_row(FILE *file, const struct work *work, const ink_suspect *suspect)
{
    fprintf(file, "%zu,", suspect->row);
    csv_field(file, "", class_of(work, suspect->label));
    fputc(',', file);
    csv_field(file, "", class_of(work, suspect->answer));
    if (suspect->answer < 0)
        fputs(",,", file);
    else
        fprintf(file, ",%.6g,", (double)suspect->p);
    fprintf(file, "%s\n", suspect->kind);
}

static int write_file(const struct work *work)
{
    struct out_file out;
    const ink_suspect *suspect;
    int code = out_file_begin(&out, work->output);
    if (code != CODE_DONE) return code;
    fputs("row,label,answer,p,kind\n", out.file);
    for (size_t i = 0; (suspect = ink_suspects_get(work->suspects, i)); i++) write_row(out.file, work, suspect);
    return out_file_end(&out, true);
}

static bool to_file(void *user, const char *bytes, size_t count)
{
    const struct out_file *file = user;
    return fwrite(bytes, 1, count, file->file) == count;
}

static int write_page(const struct work *work, const char *path, const char *source)
{
    struct out_file file;
    char title[160];
    snprintf(title, sizeof title, "Suspects in %.120s", source);
    int code = out_file_begin(&file, path);
    if (code != CODE_DONE) return code;
    ink_status status = ink_suspects_write(work->job->ctx, work->suspects, work->data, title, to_file, &file);
    code = out_file_end(&file, status == INK_OK || status == INK_IO); /* which says what failed in writing */
    return status != INK_OK && status != INK_IO ? job_fail(work->job, status) : code;
}

static json_t *json_of_suspect(const struct work *work, const ink_suspect *suspect)
{
    const bool answered = suspect->answer >= 0, twin = suspect->twin != SIZE_MAX;
    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:b, s:b, s:o, s:o}", "row", json_of_count(suspect->row), "label",
                     json_of_text(class_of(work, suspect->label)), "answer",
                     answered ? json_of_text(class_of(work, suspect->answer)) : json_null(), "p",
                     json_of_real((double)suspect->p), "kind", suspect->kind, "twin",
                     twin ? json_of_count(suspect->twin) : json_null(), "twin_in_test", suspect->twin_in_test, "near",
                     suspect->near, "distance", json_of_real((double)suspect->distance), "share",
                     json_of_real((double)suspect->share));
}

/* A count; null: nothing of that kind was looked for. */
static json_t *json_of_sought(const struct work *work, const char *kind, size_t count)
{
    return ink_suspects_sought(work->suspects, kind) ? json_of_count(count) : json_null();
}

static int print_json(const struct work *work, size_t rows)
{
    json_t *list = json_array();
    const ink_suspect *suspect;
    for (size_t i = 0; (suspect = ink_suspects_get(work->suspects, i)); i++)
        json_array_append_new(list, json_of_suspect(work, suspect));
    return json_print(json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rows", json_of_count(rows), "labels", json_of_count(work->labels),
        "duplicates", json_of_count(work->duplicates), "near", json_of_sought(work, "near", work->near), "unlike",
        json_of_sought(work, "unlike", work->unlike), "output", json_of_text(work->output), "suspects", list));
}

static void count_kinds(struct work *work)
{
    const ink_suspect *suspect;
    for (size_t i = 0; (suspect = ink_suspects_get(work->suspects, i)); i++) {
        const bool label = strcmp(suspect->kind, "label") == 0, unlike = strcmp(suspect->kind, "unlike") == 0;
        *(label ? &work->labels : unlike ? &work->unlike : &work->duplicates) += 1;
        work->near += suspect->near;
    }
}

/* "doubtful labels: 45 of 60 000 rows; duplicates: 3, 2 of them near; unlike all others: 21". */
static void say_counts(const struct work *work, const ink_data_info *info)
{
    char rows[TEXT_ROOM], near[64], unlike[64];
    snprintf(near, sizeof near, ", %zu of them near", work->near);
    snprintf(unlike, sizeof unlike, "; unlike all others: %zu", work->unlike);
    talk("%s: doubtful labels: %zu of %s rows; duplicates: %zu%s%s%s%s", info->source, work->labels,
         text_count(rows, info->rows), work->duplicates, ink_suspects_sought(work->suspects, "near") ? near : "",
         ink_suspects_sought(work->suspects, "unlike") ? unlike : "", work->output ? "; written to " : "",
         work->output ? work->output : "");
}

static int tell(struct work *work)
{
    ink_data_info info = INK_INIT(ink_data_info);
    int code = CODE_DONE;
    ink_data_describe(work->data, &info);
    count_kinds(work);
    if (work->output || !work->job->json) code = write_file(work);
    if (code == CODE_DONE && work->html) code = write_page(work, work->html, info.source);
    if (code == CODE_DONE) say_counts(work, &info);
    if (code == CODE_DONE && work->html) talk("written to %s", work->html);
    return code == CODE_DONE && work->job->json ? print_json(work, info.rows) : code;
}

static int find(struct work *work)
{
    const struct job *job = work->job;
    const ink_hooks hooks = {sizeof hooks, on_progress, NULL};
    ink_status status = ink_data_load(job->ctx, job->operands[0], job->set, &work->data);
    if (status != INK_OK) return job_fail(job, status);
    interrupt_catch();
    status = ink_suspects_find(job->ctx, work->data, job->set, &hooks, &work->suspects);
    bar_clear();
    if (status == INK_CANCELLED) return fail(CODE_INTERRUPTED, "interrupted; nothing is written");
    return status == INK_OK ? tell(work) : job_fail(job, status);
}

int cmd_suspects(struct job *job)
{
    struct work work = {.job = job, .output = job_value(job, "output"), .html = job_value(job, "html")};
    if (work.output && strcmp(work.output, "-") == 0) work.output = NULL;
    if (work.output && file_is_same(work.output, job->operands[0]))
        return fail(CODE_USAGE, "%s would be overwritten; choose another name", work.output);
    if (work.html && (file_is_same(work.html, job->operands[0]) || strcmp(work.html, "-") == 0 ||
                      (work.output && file_is_same(work.html, work.output))))
        return fail(CODE_USAGE, "the page needs a file of its own; choose another name with --html");
    int code = work.output ? file_check(work.output, false) : CODE_DONE;
    if (code == CODE_DONE && work.html) code = file_check(work.html, false);
    if (code == CODE_DONE) code = find(&work);
    ink_suspects_free(work.suspects);
    ink_data_free(work.data);
    return code;
}
