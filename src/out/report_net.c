/* report_net: the network in the page: the pad, images of its first weights, and all of it for the page's script.
 * SPDX-License-Identifier: MIT
 *
 * A page of a mailable size carries small networks as they are; of larger ones a weight takes 20 bits: a whole multiple of a
 * step that each unit has of its own, the largest of its weights / 2^19. That moves a probability by less than a float's own
 * rounding of the sums does elsewhere: about 1e-6. */
#include "base/base64.h"
#include "base/little.h"
#include "base/mem.h"
#include "out/plain.h"
#include "out/png_out.h"
#include "model/members.h"
#include "out/report.h"

#include <math.h>
#include <string.h>

enum { HALF = 1 << 19 };

static float value_at(const ink_model *model, const struct inki_node *layer, size_t tensor, size_t at)
{
    return model->w[layer->offset + layer->op->at(layer, tensor, at)];
}

/* Units, those of all members of an ensemble one after the other, and what one of them reads. */
static size_t unit_count(const struct inki_node *layer)
{
    return layer->members ? layer->members * layer->out.channels : layer->outputs;
}

static size_t input_count(const struct inki_node *layer) { return layer->parted ? layer->in.channels : layer->inputs; }

/* Weight i of a unit. */
static float weight_at(const ink_model *model, const struct inki_node *layer, size_t unit, size_t i)
{
    const size_t outputs = layer->out.channels;
    return layer->members ? inki_members_weight(model, layer, unit / outputs, unit % outputs, i)
                          : value_at(model, layer, 0, unit * layer->inputs + i);
}

static float bias_at(const ink_model *model, const struct inki_node *layer, size_t unit)
{
    const size_t outputs = layer->out.channels;
    return layer->members ? inki_members_bias(model, layer, unit / outputs, unit % outputs)
                          : value_at(model, layer, 1, unit);
}

static ink_status count_weights(void *user, const struct inki_node *layer)
{
    size_t *count = user;
    *count += input_count(layer) * unit_count(layer);
    return INK_OK;
}

static ink_status pass_over(void *user, const struct inki_node *node);
static ink_status refuse_node(void *user, const struct inki_node *node);

static size_t weight_count(const ink_model *model)
{
    size_t count = 0;
    const struct inki_emitter to = {.user = &count,
                                    .scaling = pass_over,
                                    .encoding = pass_over,
                                    .affine = count_weights,
                                    .members = count_weights,
                                    .other = refuse_node};
    (void)inki_model_emit(model, &to); /* it is a list of these layers */
    return count;
}

static ink_status pass_over(void *user, const struct inki_node *node)
{
    (void)user;
    (void)node;
    return INK_OK;
}

static ink_status refuse_node(void *user, const struct inki_node *node)
{
    (void)user;
    (void)node;
    return INK_UNSUPPORTED;
}

static ink_status check_affine(void *user, const struct inki_node *node)
{
    (void)user;
    return inki_plain_common.act[node->act] && !node->members ? INK_OK : INK_UNSUPPORTED;
}

static ink_status check_members(void *user, const struct inki_node *node)
{
    (void)user;
    return inki_plain_common.act[node->act] ? INK_OK : INK_UNSUPPORTED;
}

static ink_status pass_pool(void *user, const struct inki_node *node, bool largest)
{
    (void)largest;
    return pass_over(user, node);
}

static ink_status check_norm(void *user, const struct inki_node *node, bool by_batch)
{
    (void)by_batch;
    return check_affine(user, node);
}

/* A list of dense layers, one behind the other. */
bool inki_report_is_dense(const ink_model *model)
{
    static const struct inki_emitter known = {.scaling = pass_over,
                                              .encoding = pass_over,
                                              .affine = check_affine,
                                              .members = check_members,
                                              .other = refuse_node};
    return inki_model_emit(model, &known) == INK_OK;
}

static bool is_known(const ink_model *model)
{
    static const struct inki_emitter known = {.scaling = pass_over,
                                              .affine = check_affine,
                                              .members = check_members,
                                              .convolution = check_affine,
                                              .pool = pass_pool,
                                              .norm = check_norm,
                                              .sum = check_affine,
                                              .other = refuse_node};
    return inki_model_emit(model, &known) == INK_OK;
}

bool inki_report_has_network(const struct inki_report *report)
{
    const ink_model *model = report->model;
    if (inki_report_is_dense(model)) return weight_count(model) <= INKI_REPORT_WEIGHTS;
    return is_known(model) && model->size <= INKI_REPORT_IMAGES;
}

bool inki_report_has_form(const struct inki_report *report)
{
    return inki_report_is_table(report) && report->model->features <= INKI_REPORT_FIELDS &&
           inki_report_has_network(report);
}

/* ----------------------------------------------------------------------- JSON */

static ink_status add_floats(struct inki_report *report, const struct inki_node *layer, size_t tensor, size_t count)
{
    float *values = inki_alloc(report->ctx, count, sizeof *values);
    for (size_t i = 0; values && i < count; i++) values[i] = value_at(report->model, layer, tensor, i);
    ink_status status = values ? inki_report_floats(report, values, count) : INK_NO_MEMORY;
    inki_free(values);
    return status;
}

/* A unit's step; 1 for one whose weights are all 0. */
static float step_of(const struct inki_report *report, const struct inki_node *layer, size_t unit)
{
    float most = 0;
    for (size_t i = 0; i < input_count(layer); i++) most = fmaxf(most, fabsf(weight_at(report->model, layer, unit, i)));
    return most > 0 && most < 1e37F ? most / (HALF - 1) : 1;
}

static uint32_t rounded(float value, float step)
{
    double multiple = round((double)value / (double)step);
    return (uint32_t)(HALF + (int32_t)fmax(1 - HALF, fmin(HALF - 1, multiple)));
}

/* Two weights in five bytes, the first in the upper bits; steps[units]. */
static void pack(const struct inki_report *report, const struct inki_node *layer, const float *steps, uint8_t *bytes)
{
    const size_t inputs = input_count(layer), count = inputs * unit_count(layer);
    size_t used = 0;
    for (size_t i = 0; i < count; i += 2) {
        uint64_t bits = (uint64_t)rounded(weight_at(report->model, layer, i / inputs, i % inputs), steps[i / inputs])
                        << 20;
        const size_t next = i + 1;
        if (next < count)
            bits |= rounded(weight_at(report->model, layer, next / inputs, next % inputs), steps[next / inputs]);
        for (int b = 4; b >= 0; b--) bytes[used++] = (uint8_t)(bits >> 8 * b);
    }
}

static ink_status add_rounded(struct inki_report *report, const struct inki_node *layer)
{
    const size_t units = unit_count(layer), count = input_count(layer) * units, size = (count + 1) / 2 * 5;
    float *steps = inki_alloc(report->ctx, units, sizeof *steps);
    uint8_t *bytes = inki_alloc(report->ctx, size, 1);
    ink_status status = steps && bytes ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) {
        for (size_t u = 0; u < units; u++) steps[u] = step_of(report, layer, u);
        pack(report, layer, steps, bytes);
        inki_str_add(&report->out, "\"");
        inki_base64_add(&report->out, bytes, size);
        inki_str_add(&report->out, "\",\"steps\":");
        status = inki_report_floats(report, steps, units);
    }
    inki_free(steps);
    inki_free(bytes);
    return status;
}

static ink_status add_exact(struct inki_report *report, const struct inki_node *layer)
{
    const size_t inputs = input_count(layer), count = inputs * unit_count(layer);
    float *w = inki_alloc(report->ctx, count, sizeof *w);
    for (size_t i = 0; w && i < count; i++) w[i] = weight_at(report->model, layer, i / inputs, i % inputs);
    ink_status status = w ? inki_report_floats(report, w, count) : INK_NO_MEMORY;
    inki_free(w);
    return status;
}

static ink_status add_biases(struct inki_report *report, const struct inki_node *layer)
{
    const size_t units = unit_count(layer);
    float *b = inki_alloc(report->ctx, units, sizeof *b);
    for (size_t u = 0; b && u < units; u++) b[u] = bias_at(report->model, layer, u);
    ink_status status = b ? inki_report_floats(report, b, units) : INK_NO_MEMORY;
    inki_free(b);
    return status;
}

/* Layers are parted by commas; the list's own bracket comes before the first. */
static void part_layers(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    bool first = out->length > 0 && out->text[out->length - 1] == '[';
    inki_str_add(out, "%s\n", first ? "" : ",");
}

static ink_status add_scaling(void *user, const struct inki_node *node)
{
    struct inki_report *report = user;
    part_layers(report);
    inki_str_add(&report->out, "{\"kind\":\"scale\",\"shift\":");
    INK_TRY(add_floats(report, node, 0, node->inputs));
    inki_str_add(&report->out, ",\"factor\":");
    INK_TRY(add_floats(report, node, 1, node->inputs));
    inki_str_add(&report->out, "}");
    return INK_OK;
}

static ink_status add_encoding(void *user, const struct inki_node *node)
{
    part_layers(user);
    return inki_report_encoding_json(user, node);
}

static ink_status add_dense(void *user, const struct inki_node *layer)
{
    struct inki_report *report = user;
    static const char *const names[] = {
#define NAME(name, formula, he) #name,
        INKI_ACTIVATIONS(NAME)
#undef NAME
    };
    bool last = layer == &report->model->nodes[report->model->node_count - 1];
    part_layers(report);
    const size_t members = layer->members ? layer->members : 1;
    inki_str_add(
        &report->out,
        "{\"kind\":\"dense\",\"members\":%zu,\"parted\":%s,\"inputs\":%zu,\"outputs\":%zu,\"activation\":\"%s\","
        "\"bias\":",
        members, layer->parted ? "true" : "false", input_count(layer), unit_count(layer) / members,
        last ? "identity" : names[layer->act]);
    INK_TRY(add_biases(report, layer));
    inki_str_add(&report->out, ",\n\"weight\":");
    INK_TRY(weight_count(report->model) <= INKI_REPORT_EXACT ? add_exact(report, layer) : add_rounded(report, layer));
    inki_str_add(&report->out, "}");
    return INK_OK;
}

/* How outputs become answers: the members' mean, and of numbers the targets' scales. */
static void add_answers(struct inki_report *report)
{
    const struct inki_numbers *numbers = &report->model->numbers;
    struct inki_str *out = &report->out;
    inki_str_add(out, ",\"members\":%zu", report->model->members);
    if (report->model->threshold > 0) {
        inki_str_add(out, ",\"threshold\":");
        inki_html_exact(out, (double)report->model->threshold);
    }
    if (numbers->targets == 0) return;
    inki_str_add(out, ",\"numbers\":[");
    for (size_t t = 0; t < numbers->targets; t++) {
        inki_str_add(out, "%s", t ? "," : "");
        if (!numbers->scales) {
            inki_str_add(out, "null");
            continue;
        }
        const struct inki_target_scale *scale = &numbers->scales[t];
        const float values[] = {scale->shift, scale->spread, scale->low, scale->high};
        static const char *const names[] = {"shift", "spread", "low", "high"};
        inki_str_add(out, "{\"log\":%s", scale->log ? "true" : "false");
        for (size_t i = 0; i < 4; i++) {
            inki_str_add(out, ",\"%s\":", names[i]);
            inki_html_exact(out, (double)values[i]);
        }
        inki_str_add(out, "}");
    }
    inki_str_add(out, "]");
}

ink_status inki_report_network_json(struct inki_report *report)
{
    const ink_model *model = report->model;
    struct inki_str *out = &report->out;
    ink_model_info info = INK_INIT(ink_model_info);
    if (!inki_report_has_network(report)) return INK_OK;
    ink_model_describe(model, &info);
    inki_str_add(out,
                 "<script type=\"application/json\" id=\"network\">{\"height\":%zu,\"width\":%zu,\"channels\":%zu,"
                 "\"black\":",
                 model->in.height, model->in.width, model->in.channels);
    inki_html_exact(out, isfinite(info.black) ? info.black : 0);
    inki_str_add(out, ",\"white\":");
    inki_html_exact(out, isfinite(info.white) ? info.white : 1);
    add_answers(report);
    inki_str_add(out, ",\"layers\":[");
    const struct inki_emitter dense = {.user = report,
                                       .scaling = add_scaling,
                                       .encoding = add_encoding,
                                       .affine = add_dense,
                                       .members = add_dense,
                                       .other = refuse_node};
    INK_TRY(inki_report_is_dense(model) ? inki_model_emit(model, &dense) : inki_report_flow_json(report));
    inki_str_add(out, "]");
    INK_TRY(inki_report_known_json(report));
    inki_str_add(out, "}</script>\n");
    return INK_OK;
}

/* -------------------------------------------------------------------- images */

static ink_status find_affine(void *user, const struct inki_node *node)
{
    const struct inki_node **first = user;
    if (!*first) *first = node;
    return INK_OK;
}

/* NULL where something comes before it that changes what its weights are about. */
static const struct inki_node *first_dense(const ink_model *model)
{
    const struct inki_node *first = NULL;
    const struct inki_emitter to = {.user = &first, .scaling = pass_over, .affine = find_affine, .other = refuse_node};
    (void)inki_model_emit(model, &to); /* a failure ends it, with what was found before */
    return first;
}

/* One unit's weights, the largest of all at either end of the scale; channels are added up. */
static void paint(const struct inki_report *report, const struct inki_node *layer, size_t unit, uint8_t *to, size_t row)
{
    const struct inki_shape *in = &report->model->in;
    float most = step_of(report, layer, unit) * (HALF - 1);
    for (size_t y = 0; y < in->height; y++) {
        for (size_t x = 0; x < in->width; x++) {
            float sum = 0;
            for (size_t c = 0; c < in->channels; c++)
                sum += value_at(report->model, layer, 0, unit * layer->inputs + (y * in->width + x) * in->channels + c);
            to[y * row + x] = (uint8_t)lroundf(INKI_PNG_ZERO * (1 + fmaxf(-1, fminf(1, sum / most))));
        }
    }
}

ink_status inki_report_weights(struct inki_report *report)
{
    const struct inki_node *layer = first_dense(report->model);
    const struct inki_shape *in = &report->model->in;
    if (report->images && !layer && is_known(report->model)) return inki_report_kernels(report);
    if (!report->images || !layer || layer->inputs != in->channels * in->height * in->width) return INK_OK;
    size_t count = layer->outputs < INKI_REPORT_UNITS ? layer->outputs : INKI_REPORT_UNITS;
    uint8_t *pixels = inki_alloc(report->ctx, in->height * in->width, 1);
    ink_status status = pixels ? INK_OK : INK_NO_MEMORY;
    inki_report_begin(report, "weights", "What the first layer looks for");
    inki_str_add(&report->out,
                 "<p>The weights of %s%zu of %zu units of the first layer, each as an image of its inputs: blue is "
                 "positive, orange negative.</p>\n<div class=\"units\">\n",
                 count < layer->outputs ? "the first " : "all ", count, layer->outputs);
    for (size_t unit = 0; status == INK_OK && unit < count; unit++) {
        paint(report, layer, unit, pixels, in->width);
        inki_str_add(&report->out, "<img alt=\"unit %zu\" src=\"", unit + 1);
        status = inki_png_add(&report->out, INKI_PNG_SIGNED, in->height, in->width, pixels);
        inki_str_add(&report->out, "\">\n");
    }
    inki_str_add(&report->out, "</div>\n");
    inki_report_end(report);
    inki_free(pixels);
    return status;
}
