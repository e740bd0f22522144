/* report_image: rows of images in a page.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/png_out.h"
#include "out/report.h"

#include <math.h>

/* Bytes from least to most of the row's values. */
static void shade(const float *x, size_t count, bool bytes, uint8_t *out)
{
    float least = bytes ? 0 : x[0], most = bytes ? 255 : x[0];
    for (size_t i = 0; i < count && !bytes; i++) {
        least = fminf(least, x[i]);
        most = fmaxf(most, x[i]);
    }
    float range = most > least ? most - least : 1;
    for (size_t i = 0; i < count; i++) out[i] = (uint8_t)(255 * fminf(1, fmaxf(0, (x[i] - least) / range)) + 0.5F);
}

ink_status inki_report_pixels(struct inki_report *report, const ink_data *data, size_t row, uint8_t *pixels)
{
    float *x = inki_alloc(report->ctx, data->features, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    ink_data_row(data, row, x);
    shade(x, data->features, data->bytes != NULL, pixels);
    inki_free(x);
    return INK_OK;
}

/* Squares of `by` pixels become one, their mean; in place. */
static struct inki_shape shrink(const struct inki_shape *in, size_t by, uint8_t *pixels)
{
    const struct inki_shape out = {.height = in->height / by, .width = in->width / by, .channels = in->channels};
    for (size_t i = 0; i < out.height * out.width * out.channels; i++) {
        const size_t c = i % out.channels, x = i / out.channels % out.width, y = i / out.channels / out.width;
        size_t sum = 0;
        for (size_t k = 0; k < by * by; k++)
            sum += pixels[((y * by + k / by) * in->width + x * by + k % by) * in->channels + c];
        pixels[i] = (uint8_t)((sum + by * by / 2) / (by * by));
    }
    return out;
}

ink_status inki_report_small_image(struct inki_report *report, const ink_data *data, size_t row, size_t side)
{
    struct inki_shape in = {.height = data->height, .width = data->width, .channels = data->channels};
    if (report->model) in = report->model->in;
    const size_t longer = in.height > in.width ? in.height : in.width, shorter = in.height + in.width - longer,
                 by = side ? (longer + side - 1) / side : 1;
    uint8_t *pixels = inki_alloc(report->ctx, data->features, 1);
    ink_status status = pixels ? inki_report_pixels(report, data, row, pixels) : INK_NO_MEMORY;
    if (status == INK_OK) {
        if (by > 1 && shorter >= by) in = shrink(&in, by, pixels);
        status =
            inki_png_add(&report->out, in.channels == 3 ? INKI_PNG_RGB : INKI_PNG_GREY, in.height, in.width, pixels);
    }
    inki_free(pixels);
    return status;
}

ink_status inki_report_image(struct inki_report *report, size_t row)
{
    return inki_report_small_image(report, report->exam->data, row, 0);
}
