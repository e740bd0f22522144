/* report_runs_read: runs from models and files of histories, and what of them cannot be compared.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/report_runs.h"
#include "train/provenance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --------------------------------------------------------------------- reading */

static ink_status no_memory(const struct inki_runs_page *page)
{
    return inki_fail(page->report.ctx, INK_NO_MEMORY, "out of memory for the report");
}

/* Keeps one row in each of INKI_RUNS_POINTS equal stretches, and the kept and the last one. */
static void thin(struct inki_course *course)
{
    const size_t before = course->count;
    const double share = INKI_RUNS_POINTS / (double)before;
    size_t kept = 0;
    if (before <= INKI_RUNS_POINTS) return;
    for (size_t i = 0; i < before; i++) {
        bool stays = i == 0 || i + 1 == before || floor((double)i * share) != floor((double)(i - 1) * share);
        if (!stays && inki_course_column(course, INKI_COURSE_EPOCH)[i] != course->kept) continue;
        for (size_t c = 0; c < course->columns; c++) course->values[c * before + kept] = course->values[c * before + i];
        kept++;
    }
    for (size_t c = 1; c < course->columns; c++)
        memmove(course->values + c * kept, course->values + c * before, kept * sizeof *course->values);
    course->count = kept;
}

static ink_status add_run(struct inki_runs_page *page, const char *name, const char *part, struct inki_shown_run **out)
{
    if (page->count == INKI_RUNS_MOST)
        return inki_fail(
            page->report.ctx, INK_BAD_ARGUMENT,
            "a page compares at most %d runs; leave some of them out (a history of several rounds is as many runs)",
            INKI_RUNS_MOST);
    struct inki_str text = {.ctx = page->report.ctx};
    inki_str_add(&text, "%s%s%s", name, *part ? " " : "", part);
    *out = &page->runs[page->count++];
    **out = (struct inki_shown_run){.name = text.text, .course.kept = NAN};
    return text.failed ? no_memory(page) : INK_OK;
}

static ink_status add_model(struct inki_runs_page *page, const ink_model *model, const char *name)
{
    struct inki_shown_run *run;
    INK_TRY(add_run(page, name, "", &run));
    run->model = model;
    run->loss = model->loss;
    run->history = inki_report_metadata(model, "history");
    run->settings = inki_report_metadata(model, "settings");
    run->metrics = inki_report_metadata(model, "metrics");
    run->split = inki_report_metadata(model, INKI_SPLIT_KEY);
    return inki_course_read(page->report.ctx, run->history, run->loss, &run->course);
}

/* Whether the file has each row that the model keeps, whose values have six digits there. */
static bool is_of(const struct inki_course *kept, const struct inki_course *file)
{
    const size_t columns[] = {INKI_COURSE_TRAIN, INKI_COURSE_TRAIN + kept->score_count};
    size_t at = 0;
    if (kept->count == 0 || kept->score_count != file->score_count) return false;
    for (size_t i = 0; i < kept->count; i++) {
        const double step = inki_course_column(kept, INKI_COURSE_STEP)[i];
        while (at < file->count && inki_course_column(file, INKI_COURSE_STEP)[at] < step) at++;
        if (at == file->count || inki_course_column(file, INKI_COURSE_STEP)[at] != step) return false;
        for (size_t c = 0; c < 2; c++) {
            double a = inki_course_column(kept, columns[c])[i], b = inki_course_column(file, columns[c])[at];
            if (isfinite(a) != isfinite(b) || (isfinite(a) && fabs(a - b) > 6e-6 * fabs(b))) return false;
        }
    }
    return at + 1 == file->count;
}

/* Gives a history to the model that it is of, or makes it a run of its own. */
static ink_status place_history(struct inki_runs_page *page, const char *path, const char *name, const char *part,
                                json_t *history)
{
    const struct inki_loss *loss = inki_course_loss(history);
    struct inki_course course;
    struct inki_shown_run *run = NULL;
    if (loss) INK_TRY(inki_course_read(page->report.ctx, history, loss, &course));
    if (!loss || course.count == 0)
        return inki_fail(
            page->report.ctx, INK_BAD_FILE,
            "%s: its columns are no history of a training; expected files as inkling train --history writes them",
            path);
    for (size_t i = 0; !run && i < page->count; i++)
        if (page->runs[i].model && !page->runs[i].timed_by && is_of(&page->runs[i].course, &course))
            run = &page->runs[i];
    ink_status status = INK_OK;
    if (run) {
        struct inki_str text = {.ctx = page->report.ctx};
        inki_str_add(&text, "%s", name);
        run->timed_by = text.text;
        course.kept = run->course.kept;
        if (text.failed) status = no_memory(page);
        inki_course_end(&run->course);
    } else {
        status = add_run(page, name, part, &run);
        if (status == INK_OK) run->loss = loss;
    }
    if (status == INK_OK)
        run->course = course;
    else
        inki_course_end(&course);
    return status;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static ink_status add_histories(struct inki_runs_page *page, const char *path)
{
    json_t *runs;
    ink_status status = inki_course_load(page->report.ctx, path, &runs);
    for (size_t i = 0; status == INK_OK && i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);
        status = place_history(page, path, last_part(path), json_string_value(json_object_get(run, "name")),
                               json_object_get(run, "history"));
    }
    json_decref(runs);
    return status;
}

ink_status inki_runs_read(struct inki_runs_page *page, const ink_report_plan *plan)
{
    for (size_t i = 0; i < plan->model_count; i++) INK_TRY(add_model(page, plan->models[i], plan->names[i]));
    for (size_t i = 0; i < plan->history_count; i++) INK_TRY(add_histories(page, plan->histories[i]));
    if (page->count == 0) return inki_fail(page->report.ctx, INK_BAD_ARGUMENT, "there are no runs to compare");
    for (size_t i = 0; i < page->count; i++) thin(&page->runs[i].course);
    return INK_OK;
}

void inki_runs_end(struct inki_runs_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        struct inki_shown_run *run = &page->runs[i];
        json_t *const objects[] = {run->history, run->settings, run->metrics, run->split};
        for (size_t k = 0; k < sizeof objects / sizeof *objects; k++) json_decref(objects[k]);
        inki_free(run->name);
        inki_free(run->timed_by);
        inki_course_end(&run->course);
        ink_run_free(run->scored);
    }
    inki_free(page->notes.text);
}

/* ------------------------------------------------------- what is not comparable */

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
mind(struct inki_runs_page *page, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    inki_str_add(&page->notes, "<li>");
    inki_html_text(&page->notes, line);
    inki_str_add(&page->notes, "</li>\n");
    inki_warn(page->report.ctx, "%s", line);
}

/* A text of the metadata, "?" where there is none. */
static const char *about(const struct inki_shown_run *run, const char *key)
{
    const char *text = ink_model_metadata(run->model, key);
    return text && *text ? text : "?";
}

static void mind_data(struct inki_runs_page *page, const struct inki_shown_run *a, const struct inki_shown_run *b)
{
    const char *val = "val_fingerprint";
    const char *one = about(a, "data_fingerprint"), *other = about(b, "data_fingerprint");
    if (strcmp(one, other) != 0) {
        mind(page, "%.80s and %.80s were trained on other data: %.200s (fingerprint %.20s) and %.200s (%.20s)", a->name,
             b->name, about(a, "data"), one, about(b, "data"), other);
        return;
    }
    const char *rows = json_string_value(json_object_get(a->split, val));
    const char *others = json_string_value(json_object_get(b->split, val));
    if (rows && others && strcmp(rows, others) != 0)
        mind(page,
             "%.80s and %.80s were judged on other validation rows (their splits differ): their validation curves and "
             "scores differ by that, too",
             a->name, b->name);
}

static bool same_names(char *const *a, size_t a_count, char *const *b, size_t b_count)
{
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++)
        if (strcmp(a[i], b[i]) != 0) return false;
    return true;
}

/* False: one answers with classes, the other with numbers. */
static bool mind_answers(struct inki_runs_page *page, const struct inki_shown_run *a, const struct inki_shown_run *b)
{
    const ink_model *x = a->model, *y = b->model;
    if ((x->classes == 0) != (y->classes == 0)) {
        mind(page, "%.80s answers with classes, %.80s with numbers: they cannot be compared",
             x->classes ? a->name : b->name, x->classes ? b->name : a->name);
        return false;
    }
    if (x->classes && !same_names(x->class_names, x->classes, y->class_names, y->classes))
        mind(page, "%.80s and %.80s have other classes (%zu, the first %.80s; %zu, the first %.80s)", a->name, b->name,
             x->classes, x->class_names[0], y->classes, y->class_names[0]);
    if (!x->classes && !same_names(x->target_names, x->numbers.targets, y->target_names, y->numbers.targets))
        mind(page, "%.80s and %.80s predict other targets", a->name, b->name);
    return true;
}

static const char *setting_of(const struct inki_shown_run *run, const char *name)
{
    const char *value = json_string_value(json_object_get(run->settings, name));
    return value ? value : "";
}

static void mind_loss(struct inki_runs_page *page, const struct inki_shown_run *a, const struct inki_shown_run *b)
{
    static const char *const changes[] = {"label-smoothing", "class-weight", "augment"};
    const char *one = about(a, "loss"), *other = about(b, "loss");
    const char *scale = setting_of(a, "target-scale"), *other_scale = setting_of(b, "target-scale");
    if (strcmp(one, other) != 0) {
        page->same_loss = false;
        mind(page, "%.80s and %.80s have other losses (%.80s and %.80s): their losses are not drawn together", a->name,
             b->name, one, other);
    } else if (!a->model->classes && strcmp(scale, other_scale) != 0) {
        page->same_loss = false;
        mind(page,
             "%.80s and %.80s have losses in other units (target-scale %.20s and %.20s), which are not drawn together",
             a->name, b->name, scale, other_scale);
    }
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (strcmp(setting_of(a, changes[i]), setting_of(b, changes[i])) != 0)
            mind(page,
                 "%.80s and %.80s differ in %s, which changes the training loss itself; that of validation means the "
                 "same",
                 a->name, b->name, changes[i]);
}

static void mind_missing(struct inki_runs_page *page)
{
    const struct inki_shown_run *alone = NULL;
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++) {
        const struct inki_shown_run *run = &page->runs[i];
        if (run->model && run->course.count == 0)
            mind(page, "%.80s has no history in its file: there is no curve of it", run->name);
        if (run->model || count++) continue;
        alone = run;
    }
    if (alone)
        mind(page,
             "%.80s%s %s a history alone, of none of the models here: what it was trained on, its settings and its "
             "size are not in it",
             alone->name, count > 1 ? " and other runs:" : "", count > 1 ? "each is" : "is");
}

/* Of a history alone nothing is known but its scores. */
static void mind_scores(struct inki_runs_page *page, const struct inki_shown_run *a, const struct inki_shown_run *b)
{
    if ((a->model && b->model) || a->loss == b->loss) return;
    page->same_loss = false;
    mind(page, "%.80s and %.80s have other scores: they cannot be compared by them", a->name, b->name);
}

ink_status inki_runs_mind(struct inki_runs_page *page)
{
    const struct inki_shown_run *first = NULL;
    page->same_loss = true;
    mind_missing(page);
    for (size_t i = 0; i < page->count; i++) {
        const struct inki_shown_run *run = &page->runs[i];
        mind_scores(page, page->runs, run);
        if (!run->model) continue;
        if (!first) {
            first = run;
            continue;
        }
        mind_data(page, first, run);
        if (mind_answers(page, first, run))
            mind_loss(page, first, run);
        else
            page->same_loss = false;
    }
    return page->notes.failed ? no_memory(page) : INK_OK;
}
