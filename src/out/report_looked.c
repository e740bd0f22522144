/* report_looked: where images were misread: what of them made the answer, and the training images that they are most like.
 * SPDX-License-Identifier: MIT
 *
 * Occlusion (Zeiler, Fergus 2014): a window of the image is painted over with the colour of its border, and the network answers again. By how
 * much ln p(answered) - ln p(label) falls is what the window said for the answer; where it rises, the window spoke for the label. */
#include "base/mem.h"
#include "inkling-extra.h"
#include "out/nearest.h"
#include "out/png_out.h"
#include "out/report.h"
#include "train/inputs.h"

#include <math.h>
#include <string.h>

enum { GRID = 14, LOOK_SIDE = 64 }; /* windows along a side; pixels of an image's side that are shown */

/* An image under the windows, with room for those of one row of the grid. */
struct look {
    ink_ctx *ctx;
    const ink_model *model;
    ink_predictor *predictor;
    float *x, *covered, *p;   /* [features], [GRID][features], [GRID][classes] */
    float border[3];          /* [channels]: what is painted over with */
    double heat[GRID * GRID]; /* how much the answer loses without it */
};

static void end_look(struct look *look)
{
    ink_predictor_free(look->predictor);
    inki_free(look->x);
    inki_free(look->covered);
    inki_free(look->p);
}

static ink_status begin_look(const struct inki_report *report, struct look *out)
{
    const ink_model *model = report->model;
    *out = (struct look){.ctx = report->ctx, .model = model};
    out->x = inki_alloc(report->ctx, model->features, sizeof *out->x);
    out->covered = inki_alloc(report->ctx, model->features, GRID * sizeof *out->covered);
    out->p = inki_alloc(report->ctx, model->classes, GRID * sizeof *out->p);
    ink_status status = out->x && out->covered && out->p ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) status = ink_predictor_new(report->ctx, model, GRID, &out->predictor);
    return status;
}

/* The mean of the outermost pixels' values in a channel. */
static float border_of(const struct look *look, size_t channel)
{
    const struct inki_shape *in = &look->model->in;
    double sum = 0;
    size_t count = 0;
    for (size_t y = 0; y < in->height; y++)
        for (size_t x = 0; x < in->width; x++) {
            if (y > 0 && x > 0 && y + 1 < in->height && x + 1 < in->width) continue;
            sum += (double)look->x[(y * in->width + x) * in->channels + channel];
            count++;
        }
    return (float)(sum / (double)count);
}

/* The pixels [*from, *end) of a side under window `at`: about three steps of the grid wide. */
static void window_at(size_t at, size_t side, size_t *from, size_t *end)
{
    const double step = (double)side / GRID, middle = ((double)at + 0.5) * step;
    *from = (size_t)fmax(0, floor(middle - 1.5 * step + 0.5));
    *end = (size_t)fmin((double)side, floor(middle + 1.5 * step + 0.5));
}

/* The image without the windows of one row of the grid: covered[GRID][features]. */
static void cover(struct look *look, size_t row)
{
    const struct inki_shape *in = &look->model->in;
    const size_t channels = in->channels;
    size_t top, bottom, left, right;
    window_at(row, in->height, &top, &bottom);
    for (size_t k = 0; k < GRID; k++) {
        float *to = look->covered + k * look->model->features;
        memcpy(to, look->x, look->model->features * sizeof *to);
        window_at(k, in->width, &left, &right);
        for (size_t y = top; y < bottom; y++)
            for (size_t i = left * channels; i < right * channels; i++)
                to[y * in->width * channels + i] = look->border[i % channels];
    }
}

static double margin(const float *p, size_t said, size_t label)
{
    return log(fmax((double)p[said], 1e-30)) - log(fmax((double)p[label], 1e-30));
}

/* heat[GRID][GRID] of a row of the exam. Errors: BAD_DATA, NO_MEMORY. */
static ink_status look_at(struct look *look, const struct inki_exam *exam, size_t row)
{
    const size_t said = (size_t)exam->said[row], label = (size_t)exam->answers.labels[row], classes = exam->classes;
    const double whole = margin(exam->answers.p + row * classes, said, label);
    ink_data_row(exam->data, row, look->x);
    for (size_t c = 0; c < look->model->in.channels; c++) look->border[c] = border_of(look, c);
    for (size_t r = 0; r < GRID; r++) {
        cover(look, r);
        INK_TRY(ink_predictor_run(look->predictor, GRID, look->covered, look->p));
        for (size_t k = 0; k < GRID; k++) look->heat[r * GRID + k] = whole - margin(look->p + k * classes, said, label);
    }
    return INK_OK;
}

static ink_status add_heat(struct inki_report *report, const struct look *look)
{
    uint8_t bytes[GRID * GRID];
    double most = 1e-9;
    for (size_t i = 0; i < GRID * GRID; i++) most = fmax(most, fabs(look->heat[i]));
    for (size_t i = 0; i < GRID * GRID; i++) bytes[i] = (uint8_t)lround(INKI_PNG_ZERO * (1 + look->heat[i] / most));
    inki_str_add(&report->out, "<img class=\"heat\" alt=\"what of it spoke for the answer, and what against\" src=\"");
    INK_TRY(inki_png_add(&report->out, INKI_PNG_SIGNED, GRID, GRID, bytes));
    inki_str_add(&report->out, "\">");
    return INK_OK;
}

/* ---------------------------------------------------------------------- page */

static void add_class(struct inki_report *report, int32_t i)
{
    inki_html_text(&report->out, inki_report_class(report, (size_t)i));
}

static ink_status add_image(struct inki_report *report, const ink_data *data, const char *of, size_t row, int32_t class)
{
    inki_str_add(&report->out, "<img alt=\"%s %zu, labelled ", of, row);
    add_class(report, class);
    inki_str_add(&report->out, "\" src=\"");
    INK_TRY(inki_report_small_image(report, data, row, LOOK_SIDE));
    inki_str_add(&report->out, "\">");
    return INK_OK;
}

static ink_status add_nearest(struct inki_report *report, const struct inki_nearest *near)
{
    struct inki_str *out = &report->out;
    if (near->count == 0) return INK_OK;
    inki_str_add(out, "<div class=\"near\"><p class=\"dim\">training rows labelled ");
    add_class(report, near->class);
    inki_str_add(out, "</p>");
    for (size_t i = 0; i < near->count; i++)
        INK_TRY(add_image(report, report->train, "training row", near->rows[i], near->class));
    inki_str_add(out, "</div>");
    return INK_OK;
}

/* near: of the answered and of the true class, or NULL. */
static ink_status add_look(struct inki_report *report, struct look *look, size_t row, const struct inki_nearest *near)
{
    const struct inki_exam *exam = report->exam;
    const int32_t label = exam->answers.labels[row], said = exam->said[row];
    struct inki_str *out = &report->out;
    INK_TRY(look_at(look, exam, row));
    inki_str_add(out, "<li><div class=\"look\">");
    INK_TRY(add_image(report, exam->data, "row", row, label));
    INK_TRY(add_heat(report, look));
    inki_str_add(out, "</div><div><p>taken for <b>");
    add_class(report, said);
    inki_str_add(out, "</b>, ");
    inki_html_fixed(out, 100 * inki_exam_p(exam, row, (size_t)said), 1);
    inki_str_add(out, "\xC2\xA0%%; labelled <b>");
    add_class(report, label);
    inki_str_add(out, "</b> <span class=\"dim\">row %zu</span></p>", row);
    for (size_t i = 0; near && i < 2; i++) INK_TRY(add_nearest(report, &near[i]));
    inki_str_add(out, "</div></li>\n");
    return INK_OK;
}

static ink_status add_looks(struct inki_report *report, const uint32_t *rows, size_t count,
                            const struct inki_nearest *near)
{
    struct look look;
    ink_status status = begin_look(report, &look);
    inki_str_add(&report->out, "<ul class=\"looks\">\n");
    for (size_t i = 0; status == INK_OK && i < count; i++)
        status = add_look(report, &look, rows[i], near ? near + 2 * i : NULL);
    inki_str_add(&report->out, "</ul>\n");
    end_look(&look);
    return status;
}

/* Two of near[2 count] for each of rows[count]. Errors: BAD_DATA (other classes than the model's), NO_MEMORY. */
static ink_status find_nearest(struct inki_report *report, const uint32_t *rows, size_t count, float *x,
                               struct inki_nearest *near, size_t *each)
{
    const struct inki_exam *exam = report->exam;
    int32_t *map = inki_alloc(report->ctx, report->train->classes + 1, sizeof *map);
    ink_status status = map ? inki_inputs_map_classes(report->ctx, report->model, report->train, map) : INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        ink_data_row(exam->data, rows[i], x + i * exam->data->features);
        for (size_t k = 0; k < 2; k++)
            near[2 * i + k] = (struct inki_nearest){.x = x + i * exam->data->features,
                                                    .class = k ? exam->answers.labels[rows[i]] : exam->said[rows[i]]};
    }
    if (status == INK_OK) status = inki_nearest_find(report->ctx, report->train, map, near, 2 * count, each);
    inki_free(map);
    return status;
}

static void add_how(struct inki_report *report, bool near, size_t each)
{
    inki_str_add(&report->out,
                 "<p>The surest mistakes. Over each image, what of it made the answer: blue parts speak for what was "
                 "answered, orange ones for the label (parts are painted over with the colour of the border, and the "
                 "network answers again).");
    if (!near) {
        inki_str_add(&report->out, " The training rows that they are most like cannot be shown: the data has no "
                                   "training part.</p>\n");
        return;
    }
    inki_str_add(&report->out, " Beside it the rows of the training part that it is most like, pixel by pixel, of ");
    inki_str_add(&report->out, each > 1 ? "every %zuth row, of both classes.</p>\n" : "both classes.</p>\n", each);
}

ink_status inki_report_looked(struct inki_report *report)
{
    const struct inki_exam *exam = report->exam;
    uint32_t rows[INKI_REPORT_LOOKS];
    struct inki_nearest near[2 * INKI_REPORT_LOOKS];
    size_t count = 0, each = 1;
    if (!inki_report_has_classes(report) || !report->images) return INK_OK;
    for (size_t i = 0; i < exam->rows && count < INKI_REPORT_LOOKS; i++)
        if (exam->said[exam->hardest[i]] != exam->answers.labels[exam->hardest[i]]) rows[count++] = exam->hardest[i];
    if (count == 0) return INK_OK;
    float *x = inki_alloc(report->ctx, count, exam->data->features * sizeof *x);
    ink_status status = x ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK && report->train) status = find_nearest(report, rows, count, x, near, &each);
    inki_report_begin(report, "looked", "What it looked at where it was wrong");
    add_how(report, report->train != NULL, each);
    if (status == INK_OK) status = add_looks(report, rows, count, report->train ? near : NULL);
    inki_report_end(report);
    inki_free(x);
    return status;
}
