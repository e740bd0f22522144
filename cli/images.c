/* images: image files as rows for a model.
 * SPDX-License-Identifier: MIT */
#include "images.h"

#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool images_are_given(const struct job *job) { return job->operand_count > 2 || ink_image_is(job->operands[1]); }

/* ----------------------------------------------------------- what goes with them */

/* --pixels BLACK,WHITE */
static int read_pixels(const struct job *job, struct images *images)
{
    const char *text = job_value(job, "pixels");
    char *end = NULL;
    if (!text) return CODE_DONE;
    images->black = strtod(text, &end);
    bool good = end != text && *end == ',';
    const char *second = good ? end + 1 : text;
    if (good) images->white = strtod(second, &end);
    good = good && end != second && *end == 0 && isfinite(images->black) && isfinite(images->white);
    if (good && images->black != images->white) return CODE_DONE;
    return fail(CODE_USAGE, "--pixels '%s' is not two numbers such as 0,255; see inkling help predict", text);
}

/* What counts rows of DATA means nothing here. */
static int check_flags(const struct job *job)
{
    static const char *const flags[] = {"part", "first-id"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (job_value(job, flags[i])) return fail(CODE_USAGE, "--%s has no effect on images; leave it out", flags[i]);
    for (size_t i = 1; i < job->operand_count; i++)
        if (!ink_image_is(job->operands[i]) && job->operand_count > 2)
            return fail(CODE_INPUT, "%s: not an image file; several operands must be PNG or JPEG files",
                        job->operands[i]);
    return CODE_DONE;
}

/* The frame that the model looks at: its image shape, or a square where only the count of values is known. */
static int find_frame(const struct job *job, const ink_model_info *info, struct images *out)
{
    size_t side = (size_t)(sqrt((double)info->features) + 0.5);
    bool square = info->height == 1 && side >= 16 && side * side == info->features;
    out->height = square ? side : info->height;
    out->width = square ? side : info->width;
    if (square) talk("%s takes %zu values: assuming images of %zux%zu", job->operands[0], info->features, side, side);
    if (out->height > 1 && out->width > 1 && info->channels == 1) return CODE_DONE;
    return fail(CODE_INPUT, "%s takes %zux%zux%zu values, not a grey image; use DATA of that shape", job->operands[0],
                info->height, info->width, info->channels);
}

static int find_range(const struct job *job, const ink_model_info *info, struct images *out)
{
    out->black = info->black;
    out->white = info->white;
    int code = read_pixels(job, out);
    if (code != CODE_DONE || (isfinite(out->black) && isfinite(out->white))) return code;
    out->black = 0;
    out->white = 1;
    talk("%s was trained without scaling, so the range of its pixels is unknown: assuming 0 to 1 (--pixels 0,255 for "
         "bytes)",
         job->operands[0]);
    return CODE_DONE;
}

/* --------------------------------------------------------------- one image */

static void print_view(const char *path, const ink_image_view *view)
{
    const char *kind = view->channels == 1 ? "grey" : "RGB";
    if (view->as_it_is)
        talk("%s: %zux%zu, %s, plain %s: %s", path, view->width, view->height, kind, view->dark_ink ? "white" : "black",
             view->dark_ink ? "inverted to light on black, else unchanged" : "used unchanged");
    else
        talk("%s: %zux%zu, %s, %s; ink %zux%zu at %zu,%zu", path, view->width, view->height, kind,
             view->dark_ink ? "dark on light (inverted)" : "light on dark", view->ink_width, view->ink_height,
             view->left, view->top);
}

/* One answer for an image of many digits would be wrong without a word. */
static void warn_of_more(const struct job *job, const char *path, const ink_image *image)
{
    ink_pieces *pieces;
    if (ink_pieces_find(job->ctx, image, &pieces) != INK_OK) return;
    if (ink_pieces_count(pieces) > 1)
        warn("%s: %zu pieces of ink; the largest taken (--each reads all)", path, ink_pieces_count(pieces));
    ink_pieces_free(pieces);
}

static ink_status prepare(const struct job *job, const char *path, const struct images *images, float *x)
{
    ink_image *image;
    ink_image_view view = INK_INIT(ink_image_view);
    const char *fit = job_value(job, "fit");
    ink_status status = ink_image_load(job->ctx, path, &image);
    if (status != INK_OK) return status;
    if (fit && strcmp(fit, "whole") == 0) {
        status = ink_image_grey(job->ctx, image, images->height, images->width, x);
    } else {
        status = ink_image_fit(job->ctx, image, images->height, images->width, x, &view);
        if (status == INK_OK) print_view(path, &view);
        if (status == INK_OK && !view.as_it_is) warn_of_more(job, path, image);
    }
    ink_image_free(image);
    return status;
}

int images_fail(const struct job *job, const char *path, ink_status status)
{
    const char *message = ink_ctx_message(job->ctx);
    if (status == INK_BAD_DATA && !strstr(message, path)) return fail(CODE_INPUT, "%s: %s", path, message);
    return job_fail(job, status);
}

static int prepare_all(const struct job *job, struct images *out)
{
    size_t size = out->height * out->width;
    for (size_t i = 0; i < out->count; i++) {
        float *x = out->x + i * size;
        ink_status status = prepare(job, out->paths[i], out, x);
        if (status != INK_OK) return images_fail(job, out->paths[i], status);
        for (size_t k = 0; k < size; k++) x[k] = (float)(out->black + (out->white - out->black) * (double)x[k]);
    }
    return CODE_DONE;
}

int images_plan(const struct job *job, const ink_model *model, struct images *out)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    *out = (struct images){.count = job->operand_count - 1, .paths = job->operands + 1};
    int code = check_flags(job);
    if (code == CODE_DONE) code = find_frame(job, &info, out);
    return code == CODE_DONE ? find_range(job, &info, out) : code;
}

int images_open(const struct job *job, const ink_model *model, struct images *out)
{
    int code = images_plan(job, model, out);
    if (code != CODE_DONE) return code;
    out->x = calloc(out->count, out->height * out->width * sizeof *out->x);
    if (!out->x) return fail(CODE_INTERNAL, "out of memory for %zu images", out->count);
    code = prepare_all(job, out);
    if (code != CODE_DONE) images_close(out);
    return code;
}

void images_close(struct images *images)
{
    free(images->x);
    images->x = NULL;
}
