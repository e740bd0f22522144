/* each: all digits of an image as text.
 * SPDX-License-Identifier: MIT */
#include "each.h"

#include "boxes.h"
#include "files.h"
#include "images.h"
#include "json.h"
#include "terminal.h"

#include <math.h>
#include <string.h>

/* One image that was read. */
struct page {
    const struct job *job;
    const ink_model *model;
    const char *path;
    bool alone; /* the only one */
    ink_image *image;
    ink_reading *reading;
};

int each_check(const struct job *job)
{
    static const char *const without[] = {"columns", "first-id", "like", "proba", "part", "known"};
    if (!job_value(job, "each"))
        return job_value(job, "boxes") ? fail(CODE_USAGE, "--boxes draws what --each finds; add --each") : CODE_DONE;
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (job_value(job, without[i]))
            return fail(CODE_USAGE, "--%s is for tables, and --each writes text; leave one of them out", without[i]);
    const char *fit = job_value(job, "fit"), *boxes = job_value(job, "boxes");
    if (fit && strcmp(fit, "whole") == 0)
        return fail(CODE_USAGE,
                    "--fit whole takes an image as one digit, and --each looks for all; leave one of them out");
    for (size_t i = 0; i < job->operand_count; i++) {
        if (i > 0 && !ink_image_is(job->operands[i]))
            return fail(CODE_INPUT, "%s: not an image file; --each reads PNG and JPEG files", job->operands[i]);
        if (boxes && file_is_same(boxes, job->operands[i]))
            return fail(CODE_USAGE, "the boxes would overwrite %s; choose another name with --boxes", boxes);
    }
    if (boxes && job->operand_count > 2)
        return fail(CODE_USAGE, "--boxes draws one image, and there are %zu; give them one by one",
                    job->operand_count - 1);
    return boxes ? file_check(boxes, false) : CODE_DONE;
}

/* -------------------------------------------------------------------- text */

/* Of several images each line begins with the file's name. */
static void write_text(FILE *file, const struct page *page)
{
    const char *line = ink_reading_text(page->reading);
    for (size_t length = strcspn(line, "\n");; line += length + 1, length = strcspn(line, "\n")) {
        if (!page->alone) fprintf(file, "%s: ", page->path);
        fprintf(file, "%.*s\n", (int)length, line);
        if (!line[length]) return;
    }
}

static json_t *box_json(size_t left, size_t top, size_t width, size_t height)
{
    return json_pack("[o, o, o, o]", json_of_count(left), json_of_count(top), json_of_count(width),
                     json_of_count(height));
}

static json_t *digit_json(const ink_model *model, const ink_digit *digit)
{
    json_t *value = json_object();
    json_object_set_new(value, "answer", json_of_text(ink_model_class(model, digit->class_index)));
    json_object_set_new(value, "p", json_of_real(digit->p));
    if (!isnan(digit->known)) json_object_set_new(value, "known", json_of_real(digit->known));
    json_object_set_new(value, "box", box_json(digit->left, digit->top, digit->width, digit->height));
    return value;
}

/* The boxes of what was read as no digit. */
static json_t *left_json(const ink_reading *reading)
{
    json_t *boxes = json_array();
    ink_piece spot = INK_INIT(ink_piece);
    for (size_t i = 0; ink_reading_left(reading, i, &spot); i++)
        json_array_append_new(boxes, box_json(spot.left, spot.top, spot.width, spot.height));
    return boxes;
}

json_t *each_json(const ink_model *model, const ink_reading *reading, const char *path)
{
    json_t *value = json_object(), *digits = json_array();
    ink_digit digit = INK_INIT(ink_digit);
    if (path) json_object_set_new(value, "image", json_of_text(path));
    json_object_set_new(value, "text", json_of_text(ink_reading_text(reading)));
    for (size_t i = 0; ink_reading_get(reading, i, &digit); i++)
        json_array_append_new(digits, digit_json(model, &digit));
    json_object_set_new(value, "digits", digits);
    json_object_set_new(value, "left_out", left_json(reading));
    return value;
}

/* ------------------------------------------------------------------- images */

/* What is read although it is like nothing in the training; with --quiet too, for the text does not show it. */
static void say_unknown(const struct page *page)
{
    ink_digit digit = INK_INIT(ink_digit);
    for (size_t i = 0; ink_reading_get(page->reading, i, &digit); i++)
        if (digit.known < 0.01)
            warn(
                "%s: the '%s' at %zu,%zu is nothing that I know (known %.2g: that share of the validation images is as "
                "unlike)",
                page->path, ink_model_class(page->model, digit.class_index), digit.left, digit.top, digit.known);
}

/* Ink that the text leaves out: "3.14" would be 314 without a word. */
static void say_left(const struct page *page)
{
    enum { SAID_MOST = 5 };
    const size_t count = ink_reading_left_out(page->reading);
    char places[SAID_MOST * 48] = "";
    ink_piece spot = INK_INIT(ink_piece);
    for (size_t i = 0, used = 0; i < SAID_MOST && ink_reading_left(page->reading, i, &spot); i++)
        used += (size_t)snprintf(places + used, sizeof places - used, "%s%zu,%zu", i ? "; " : "", spot.left, spot.top);
    if (count > 0)
        warn("%s: %zu spot%s left out at %s%s: not read as %s", page->path, count, count == 1 ? " was" : "s were",
             places, count > SAID_MOST ? "; …" : "", count == 1 ? "a digit" : "digits");
}

static int read_image(struct page *page, const struct images *images)
{
    const struct job *job = page->job;
    ink_status status = ink_image_load(job->ctx, page->path, &page->image);
    if (status == INK_OK)
        status = ink_reading_new(job->ctx, page->model, page->image, images->black, images->white, &page->reading);
    if (status != INK_OK) return images_fail(job, page->path, status);
    const size_t digits = ink_reading_count(page->reading);
    talk("%s: %zu digit%s", page->path, digits, digits == 1 ? "" : "s");
    say_unknown(page);
    say_left(page);
    return CODE_DONE;
}

static int draw_boxes(const struct page *page)
{
    const char *path = job_value(page->job, "boxes");
    if (job_value(page->job, "show")) boxes_show(page->job->ctx, page->model, page->image, page->reading);
    if (!path) return CODE_DONE;
    ink_status status = ink_reading_draw(page->job->ctx, page->reading, page->image, path);
    if (status != INK_OK) return job_fail(page->job, status);
    talk("boxes drawn in %s", path);
    return CODE_DONE;
}

/* The drawings have stdout to themselves unless the text goes to a file. */
static bool is_written(const struct job *job) { return job_value(job, "output") || !job_value(job, "show"); }

static int read_one(struct page *page, const struct images *images, FILE *file, json_t *list)
{
    int code = read_image(page, images);
    if (code == CODE_DONE) code = draw_boxes(page);
    if (code == CODE_DONE && list)
        json_array_append_new(list, each_json(page->model, page->reading, page->alone ? NULL : page->path));
    if (code == CODE_DONE && !list && is_written(page->job)) write_text(file, page);
    ink_reading_free(page->reading);
    ink_image_free(page->image);
    return code;
}

static void write_json(FILE *file, json_t *list)
{
    json_t *all = json_array_size(list) == 1 ? json_incref(json_array_get(list, 0)) : json_object();
    if (json_array_size(list) != 1) json_object_set(all, "images", list);
    json_write(file, all, 0);
    fputc('\n', file);
    json_decref(all);
}

int each_predict(const struct job *job, const ink_model *model)
{
    struct images images;
    struct out_file file;
    int code = images_plan(job, model, &images);
    if (code == CODE_DONE) code = out_file_begin(&file, job_value(job, "output"));
    if (code != CODE_DONE) return code;
    json_t *list = job->json ? json_array() : NULL;
    for (size_t i = 0; i < images.count && code == CODE_DONE; i++) {
        struct page page = {.job = job, .model = model, .path = images.paths[i], .alone = images.count == 1};
        code = read_one(&page, &images, file.file, list);
    }
    if (list && code == CODE_DONE) write_json(file.file, list);
    json_decref(list);
    int ended = out_file_end(&file, code == CODE_DONE);
    return code == CODE_DONE ? ended : code;
}
