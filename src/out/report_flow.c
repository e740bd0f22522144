/* report_flow: a network with layers over images in the page: its steps for the page's script, and images of its first kernels.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "base/little.h"
#include "base/mem.h"
#include "out/flow.h"
#include "out/png_out.h"
#include "out/report.h"

#include <math.h>

/* ----------------------------------------------------------------------- JSON */

static ink_status add_floats(struct inki_report *report, const char *key, const float *values, size_t count)
{
    uint8_t *bytes = inki_alloc(report->ctx, count, 4);
    if (!bytes) return INK_NO_MEMORY;
    inki_floats_to_bytes(values, count, bytes);
    inki_str_add(&report->out, ",\"%s\":\"", key);
    inki_base64_add(&report->out, bytes, 4 * count);
    inki_str_add(&report->out, "\"");
    inki_free(bytes);
    return INK_OK;
}

static size_t weights_of(const struct inki_step *step)
{
    if (step->kind == INKI_STEP_CONV) return step->out.channels * inki_step_kernel(step);
    if (step->kind == INKI_STEP_SCALE) return step->spread ? step->size : 1;
    return step->kind == INKI_STEP_NORM ? step->out.channels : 0;
}

static ink_status add_step(struct inki_report *report, const struct inki_flow *flow, size_t i)
{
    static const char *const kinds[] = {
        [INKI_STEP_SCALE] = "even", [INKI_STEP_CONV] = "conv", [INKI_STEP_LARGEST] = "largest",
        [INKI_STEP_MEAN] = "mean",  [INKI_STEP_NORM] = "norm", [INKI_STEP_SUM] = "sum"};
    const struct inki_step *step = &flow->steps[i];
    const struct inki_frame *frame = &step->frame;
    const bool last = i + 1 == flow->count;
    inki_str_add(&report->out,
                 "%s\n{\"kind\":\"%s\",\"from\":[%zu,%zu],\"activation\":\"%s\",\"in\":[%zu,%zu,%zu],"
                 "\"out\":[%zu,%zu,%zu],",
                 i ? "," : "", kinds[step->kind], step->from[0], step->from[1],
                 last ? "identity" : inki_activation_name(step->act), step->in.height, step->in.width,
                 step->in.channels, step->out.height, step->out.width, step->out.channels);
    inki_str_add(&report->out,
                 "\"kernel\":[%zu,%zu],\"stride\":%zu,\"before\":[%zu,%zu],\"groups\":%zu,\"pool\":[%zu,%zu,%zu]",
                 frame->rows, frame->columns, frame->stride, frame->top, frame->left, frame->groups, step->pool_rows,
                 step->pool_columns, step->pool_stride);
    const size_t weights = weights_of(step);
    if (weights) {
        INK_TRY(add_floats(report, "weight", step->w, weights));
        INK_TRY(add_floats(report, "bias", step->b, step->kind == INKI_STEP_CONV ? step->out.channels : weights));
    }
    inki_str_add(&report->out, "}");
    return INK_OK;
}

ink_status inki_report_flow_json(struct inki_report *report)
{
    struct inki_plain plain;
    struct inki_flow flow;
    INK_TRY(inki_plain_begin(report->ctx, report->model, "", NULL, &plain));
    INK_TRY(inki_flow_begin(report->ctx, &plain, false, &flow));
    ink_status status = INK_OK;
    for (size_t i = 0; status == INK_OK && i < flow.count; i++) status = add_step(report, &flow, i);
    inki_flow_end(&flow);
    return status;
}

/* --------------------------------------------------------------------- images */

/* One kernel, the largest of its weights at either end of the scale; channels are added up. w[channels][pixels] */
static void paint(const float *w, size_t channels, size_t pixels, uint8_t *to)
{
    float most = 1e-30F;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < pixels; i++) {
            float sum = 0;
            for (size_t c = 0; c < channels; c++) sum += w[c * pixels + i];
            if (pass == 0) most = fmaxf(most, fabsf(sum));
            if (pass == 1) to[i] = (uint8_t)lroundf(INKI_PNG_ZERO * (1 + fmaxf(-1, fminf(1, sum / most))));
        }
}

static ink_status add_kernels(struct inki_report *report, const struct inki_plain_layer *layer)
{
    const size_t pixels = layer->frame.rows * layer->frame.columns, channels = layer->in.channels / layer->frame.groups,
                 count = layer->out.channels < INKI_REPORT_UNITS ? layer->out.channels : INKI_REPORT_UNITS;
    uint8_t *image = inki_alloc(report->ctx, pixels, 1);
    ink_status status = image ? INK_OK : INK_NO_MEMORY;
    inki_report_begin(report, "weights", "What the first layer looks for");
    inki_str_add(
        &report->out,
        "<p>The kernels of %s%zu of %zu channels of %s, %zu\xC3\x97%zu pixels each, that slide over the image: blue "
        "is positive, orange negative.</p>\n<div class=\"units\">\n",
        count < layer->out.channels ? "the first " : "all ", count, layer->out.channels, layer->name, layer->frame.rows,
        layer->frame.columns);
    for (size_t o = 0; status == INK_OK && o < count; o++) {
        paint(layer->w + o * channels * pixels, channels, pixels, image);
        inki_str_add(&report->out, "<img alt=\"kernel %zu\" src=\"", o + 1);
        status = inki_png_add(&report->out, INKI_PNG_SIGNED, layer->frame.rows, layer->frame.columns, image);
        inki_str_add(&report->out, "\">\n");
    }
    inki_str_add(&report->out, "</div>\n");
    inki_report_end(report);
    inki_free(image);
    return status;
}

ink_status inki_report_kernels(struct inki_report *report)
{
    struct inki_plain plain;
    INK_TRY(inki_plain_begin(report->ctx, report->model, "", NULL, &plain));
    const struct inki_plain_layer *first = &plain.layers[0];
    ink_status status = first->kind == INKI_PLAIN_CONV && first->frame.rows * first->frame.columns > 1
                            ? add_kernels(report, first)
                            : INK_OK;
    inki_plain_end(&plain);
    return status;
}
