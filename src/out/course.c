/* course: how a training went.
 * SPDX-License-Identifier: MIT */
#include "out/course.h"

#include "base/file.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MOST = 1 << 16, RUNS_MOST = 1000 };

const double *inki_course_column(const struct inki_course *course, size_t c)
{
    return course->values + c * course->count;
}

const ink_score *inki_course_score(const struct inki_course *course, size_t c)
{
    return &course->scores[(c - INKI_COURSE_TRAIN) % course->score_count];
}

bool inki_course_is_valid(const struct inki_course *course, size_t c)
{
    return c >= INKI_COURSE_TRAIN + course->score_count;
}

bool inki_course_by_steps(const struct inki_course *course)
{
    const double *epoch = inki_course_column(course, INKI_COURSE_EPOCH);
    return course->count > 1 && epoch[0] == epoch[course->count - 1];
}

bool inki_course_wants_log(const double *y, size_t count, double factor)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(y[i])) continue;
        least = fmin(least, y[i]);
        most = fmax(most, y[i]);
    }
    return least > 0 && most > factor * least;
}

/* --------------------------------------------------------------------- object */

static double number_of(const json_t *value) { return json_is_number(value) ? json_number_value(value) : NAN; }

/* The column's name in the history. */
static void name_column(const struct inki_course *course, size_t c, char name[INKI_COURSE_NAME])
{
    static const char *const first[] = {"epoch", "step", "lr", "seconds"};
    if (c < INKI_COURSE_TRAIN)
        snprintf(name, INKI_COURSE_NAME, "%s", first[c]);
    else
        snprintf(name, INKI_COURSE_NAME, "%s_%s", inki_course_is_valid(course, c) ? "val" : "train",
                 inki_course_score(course, c)->name);
}

/* Lists of other lengths count as no history, but there need be no seconds. */
static bool read_columns(const json_t *history, struct inki_course *course)
{
    for (size_t c = 0; c < course->columns; c++) {
        char name[INKI_COURSE_NAME];
        name_column(course, c, name);
        const json_t *list = json_object_get(history, name);
        bool there = json_array_size(list) == course->count;
        if (!there && c != INKI_COURSE_SECONDS) return false;
        for (size_t i = 0; i < course->count; i++)
            course->values[c * course->count + i] = there ? number_of(json_array_get(list, i)) : NAN;
    }
    return true;
}

/* Steps must rise, seconds too, where there are any. */
static bool check_columns(struct inki_course *course)
{
    const double *step = inki_course_column(course, INKI_COURSE_STEP);
    const double *epoch = inki_course_column(course, INKI_COURSE_EPOCH);
    const double *seconds = inki_course_column(course, INKI_COURSE_SECONDS);
    const double *loss = inki_course_column(course, INKI_COURSE_TRAIN + course->score_count);
    course->timed = true;
    for (size_t i = 0; i < course->count; i++) {
        if (!(step[i] >= 0 && epoch[i] >= 0 && step[i] < 1e15 && epoch[i] < 1e15)) return false;
        if (i > 0 && (step[i] <= step[i - 1] || epoch[i] < epoch[i - 1])) return false;
        if (!(seconds[i] >= (i ? seconds[i - 1] : 0) && seconds[i] < 1e12)) course->timed = false;
        course->validated |= isfinite(loss[i]);
    }
    return true;
}

ink_status inki_course_read(ink_ctx *ctx, const json_t *history, const struct inki_loss *loss, struct inki_course *out)
{
    *out = (struct inki_course){.scores = loss->scores,
                                .score_count = loss->score_count,
                                .columns = INKI_COURSE_TRAIN + 2 * loss->score_count,
                                .count = json_array_size(json_object_get(history, "epoch"))};
    if (out->count == 0 || out->count > INKI_COURSE_ROWS) {
        out->count = 0;
        return INK_OK;
    }
    out->values = inki_alloc(ctx, out->count, out->columns * sizeof *out->values);
    if (!out->values) return INK_NO_MEMORY;
    out->kept = number_of(json_object_get(history, "kept"));
    if (!read_columns(history, out) || !check_columns(out)) inki_course_end(out);
    return INK_OK;
}

void inki_course_end(struct inki_course *course)
{
    inki_free(course->values);
    *course = (struct inki_course){.kept = NAN};
}

/* ----------------------------------------------------------------------- file */

/* How many scores of training rows a history has. */
static size_t count_scores(const json_t *history)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)history, key, value) count += strncmp(key, "train_", 6) == 0;
    return count;
}

static bool has_scores(const json_t *history, const struct inki_loss *loss)
{
    for (size_t i = 0; i < loss->score_count; i++) {
        char name[INKI_COURSE_NAME];
        snprintf(name, sizeof name, "train_%s", loss->scores[i].name);
        if (!json_object_get(history, name)) return false;
    }
    return count_scores(history) == loss->score_count;
}

const struct inki_loss *inki_course_loss(const json_t *history)
{
    for (size_t i = 0; i < INKI_LOSS_COUNT; i++)
        for (size_t classes = 3; classes > 1; classes--) {
            const struct inki_loss *loss = inki_loss_of(&inki_losses[i], classes);
            if (has_scores(history, loss)) return loss;
        }
    return NULL;
}

/* "seed 3, fold 2": as inkling train names its rounds. */
static void name_round(const json_t *row, char name[INKI_COURSE_NAME])
{
    const json_t *seed = json_object_get(row, "seed"), *fold = json_object_get(row, "fold");
    size_t used = 0;
    *name = 0;
    if (json_is_integer(seed))
        used = (size_t)snprintf(name, INKI_COURSE_NAME, "seed %" JSON_INTEGER_FORMAT, json_integer_value(seed));
    if (json_is_integer(fold))
        snprintf(name + used, INKI_COURSE_NAME - used, "%sfold %" JSON_INTEGER_FORMAT, used ? ", " : "",
                 json_integer_value(fold));
}

/* The object of the row's run, a new one where there is none; NULL: too many, or no memory. */
static json_t *run_of(json_t *runs, const json_t *row)
{
    char name[INKI_COURSE_NAME];
    name_round(row, name);
    for (size_t i = json_array_size(runs); i-- > 0;) {
        const json_t *run = json_array_get(runs, i);
        if (strcmp(json_string_value(json_object_get(run, "name")), name) == 0) return json_object_get(run, "history");
    }
    if (json_array_size(runs) == RUNS_MOST) return NULL;
    json_t *run = json_pack("{s:s, s:{}}", "name", name, "history");
    json_array_append_new(runs, run);
    return json_object_get(run, "history");
}

/* False: no memory. */
static bool add_row(json_t *history, const json_t *row)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)row, key, value)
    {
        json_t *list = json_object_get(history, key);
        if (!json_is_number(value) && !json_is_null(value)) continue;
        if (!list) {
            if (json_object_set_new(history, key, json_array()) != 0) return false;
            list = json_object_get(history, key);
        }
        if (json_array_append(list, value) != 0) return false;
    }
    return true;
}

struct lines {
    ink_ctx *ctx;
    const char *path;
    json_t *runs;
    size_t line, rows;
};

static ink_status refuse_line(const struct lines *at, const char *what)
{
    return inki_fail(at->ctx, INK_BAD_FILE,
                     "%s:%zu: %s; expected rows as inkling train --history writes them: epoch, step, lr, train_loss …, "
                     "seconds",
                     at->path, at->line, what);
}

/* A line; rows of single steps have no epoch, and are passed over. */
static ink_status take_line(struct lines *at, const char *text, size_t size)
{
    if (size > LINE_MOST) return refuse_line(at, "a line of more than 65,536 bytes");
    json_t *row = json_loadb(text, size, 0, NULL);
    if (!json_is_object(row)) {
        json_decref(row);
        return refuse_line(at, "no JSON object");
    }
    ink_status status = INK_OK;
    if (!json_is_integer(json_object_get(row, "epoch"))) {
        if (!json_is_integer(json_object_get(row, "step"))) status = refuse_line(at, "no row of a history");
        json_decref(row);
        return status;
    }
    json_t *history = run_of(at->runs, row);
    if (++at->rows > INKI_COURSE_ROWS)
        status = refuse_line(at, "more than 100,000 rows");
    else if (!history)
        status = refuse_line(at, "more than 1,000 runs");
    else if (!add_row(history, row))
        status = inki_fail(at->ctx, INK_NO_MEMORY, "out of memory for %s", at->path);
    json_decref(row);
    return status;
}

static ink_status take_lines(struct lines *at, const char *text, size_t size)
{
    for (size_t begin = 0, end; begin < size; begin = end + 1) {
        const char *stop = memchr(text + begin, '\n', size - begin);
        end = stop ? (size_t)(stop - text) : size;
        at->line++;
        if (end > begin) INK_TRY(take_line(at, text + begin, end - begin));
    }
    return at->rows ? INK_OK : refuse_line(at, "no row of a history");
}

ink_status inki_course_load(ink_ctx *ctx, const char *path, json_t **out)
{
    struct inki_bytes bytes;
    *out = NULL;
    INK_TRY(inki_bytes_read(ctx, path, &bytes));
    struct lines at = {.ctx = ctx, .path = path, .runs = json_array()};
    ink_status status = at.runs ? take_lines(&at, (const char *)bytes.data, bytes.size)
                                : inki_fail(ctx, INK_NO_MEMORY, "out of memory for %s", path);
    inki_bytes_free(ctx, &bytes);
    if (status == INK_OK)
        *out = at.runs;
    else
        json_decref(at.runs);
    return status;
}
