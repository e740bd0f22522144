/* report: one self-contained page about a model.
 * SPDX-License-Identifier: MIT
 *
 * Everything is in the one file: style, scripts, plots, images, the network. A policy in its head forbids the browser to fetch
 * anything. What can be read without scripts is in the page's own elements; scripts only add the pad and the rows behind the
 * confusion matrix. */
#include "out/report.h"

#include "base/mem.h"
#include "base/sized.h"
#include "out/web.h"

#include <math.h>

/* ----------------------------------------------------------------------- head */

static void add_number_tile(struct inki_report *report, size_t i)
{
    const ink_metrics *metrics = &report->exam->metrics;
    struct inki_str *out = &report->out;
    inki_report_begin_tile(report, metrics->scores[i].name);
    inki_html_digits(out, metrics->score[i], 5);
    if (isfinite(metrics->low[i])) {
        inki_str_add(out, "</dd><dd class=\"dim\">95\xC2\xA0%%: ");
        inki_html_digits(out, metrics->low[i], 5);
        inki_str_add(out, " to ");
        inki_html_digits(out, metrics->high[i], 5);
    }
    inki_report_end_tile(report, i == INK_LOSS ? report->model->loss->name : NULL);
}

static void add_number_tiles(struct inki_report *report)
{
    for (size_t i = 1; i < report->exam->metrics.score_count; i++) add_number_tile(report, i);
    add_number_tile(report, INK_LOSS);
}

static void add_class_tiles(struct inki_report *report)
{
    const ink_metrics *metrics = &report->exam->metrics;
    struct inki_str *out = &report->out;
    inki_report_begin_tile(report, "accuracy");
    inki_html_percent(out, metrics->accuracy);
    inki_str_add(out, "</dd><dd class=\"dim\">95\xC2\xA0%%: ");
    inki_html_fixed(out, 100 * metrics->accuracy_low, 2);
    inki_str_add(out, " to ");
    inki_html_fixed(out, 100 * metrics->accuracy_high, 2);
    inki_report_end_tile(report, NULL);
    inki_report_begin_tile(report, "wrong answers");
    inki_html_count(out, (uint64_t)((1 - metrics->accuracy) * (double)metrics->rows + 0.5));
    inki_str_add(out, "</dd><dd class=\"dim\">of ");
    inki_html_count(out, metrics->rows);
    inki_str_add(out, " rows");
    inki_report_end_tile(report, NULL);
    inki_report_begin_tile(report, "loss");
    inki_html_digits(out, metrics->loss, 4);
    inki_report_end_tile(report, "mean cross-entropy");
}

/* What the model says about itself, where there is no data to judge it on. */
static void add_own_tiles(struct inki_report *report)
{
    const ink_score *score = &report->model->loss->scores[1];
    const char *text = ink_model_metadata(report->model, "metrics");
    json_t *metrics = text ? json_loads(text, 0, NULL) : NULL;
    char name[64];
    snprintf(name, sizeof name, "test_%s", score->name);
    bool tested = json_is_number(json_object_get(metrics, name));
    if (!tested) snprintf(name, sizeof name, "val_%s", score->name);
    const json_t *shown = json_object_get(metrics, name);
    if (json_is_number(shown)) {
        snprintf(name, sizeof name, "%s %s", tested ? "test" : "validation", score->name);
        inki_report_begin_tile(report, name);
        if (score->share)
            inki_html_percent(&report->out, json_number_value(shown));
        else
            inki_html_digits(&report->out, json_number_value(shown), 4);
        inki_report_end_tile(report, "when it was trained");
    }
    json_decref(metrics);
}

static void add_tiles(struct inki_report *report)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(report->model, &info);
    inki_str_add(&report->out, "<dl class=\"tiles\">\n");
    if (inki_report_has_classes(report))
        add_class_tiles(report);
    else if (report->exam)
        add_number_tiles(report);
    else
        add_own_tiles(report);
    inki_report_begin_tile(report, "parameters");
    inki_html_count(&report->out, info.parameters);
    inki_str_add(&report->out, "</dd><dd class=\"dim\">");
    inki_html_text(&report->out, *info.notation ? info.notation : "no hidden layers");
    inki_report_end_tile(report, NULL);
    inki_str_add(&report->out, "</dl>\n");
}

static void add_purpose(struct inki_report *report)
{
    const ink_model *model = report->model;
    if (model->classes) {
        inki_str_add(&report->out, "a classifier of %zu classes", model->classes);
        return;
    }
    const char *target = ink_model_target(model, 0);
    inki_str_add(&report->out, "predicts ");
    if (model->numbers.targets == 1 && target && *target)
        inki_html_text(&report->out, target);
    else
        inki_str_add(&report->out, model->numbers.targets == 1 ? "a number" : "%zu numbers", model->numbers.targets);
}

static void add_top(struct inki_report *report)
{
    const char *data = ink_model_metadata(report->model, "data");
    inki_str_add(&report->out, "<header><p class=\"brand\">Inkling</p><h1>");
    inki_html_text(&report->out, report->title);
    inki_str_add(&report->out, "</h1>");
    if (data && *data) {
        inki_str_add(&report->out, "<p class=\"dim\">");
        add_purpose(report);
        inki_str_add(&report->out, ", trained on ");
        inki_html_text(&report->out, data);
        inki_str_add(&report->out, "</p>");
    }
    inki_str_add(&report->out, "</header>\n<main>\n");
    add_tiles(report);
}

static void add_scripts(struct inki_report *report)
{
    const char *const table[] = {inki_web_net_js, inki_web_form_js, NULL};
    const char *const image[] = {inki_web_fit_js,    inki_web_net_js,   inki_web_pad_js,
                                 inki_web_glyphs_js, inki_web_alive_js, NULL};
    inki_str_add(&report->out, "<script>\n%s</script>\n", inki_web_report_js);
    if (!inki_report_has_network(report)) return;
    const char *const *scripts = inki_report_is_table(report) ? table : image;
    for (; *scripts; scripts++) inki_str_add(&report->out, "<script>\n%s</script>\n", *scripts);
}

/* ---------------------------------------------------------------------- whole */

static ink_status add_sections(struct inki_report *report)
{
    static ink_status (*const sections[])(struct inki_report *) = {
        inki_report_pad,      inki_report_form,    inki_report_curves, inki_report_numbers,
        inki_report_matrix,   inki_report_classes, inki_report_ranks,  inki_report_calibration,
        inki_report_columns,  inki_report_hardest, inki_report_looked, inki_report_worst,
        inki_report_suspects, inki_report_weights, inki_report_excite, inki_report_about,
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) INK_TRY(sections[i](report));
    return INK_OK;
}

static ink_status compose_report(struct inki_report *report)
{
    inki_report_head(report);
    add_top(report);
    INK_TRY(add_sections(report));
    inki_str_add(&report->out,
                 "</main>\n<footer><p>Made by Inkling %s. This page loads nothing from the network.</p></footer>\n",
                 ink_version());
    INK_TRY(inki_report_rows_json(report));
    INK_TRY(inki_report_network_json(report));
    inki_report_columns_json(report);
    add_scripts(report);
    inki_str_add(&report->out, "</body>\n</html>\n");
    return report->out.failed ? inki_fail(report->ctx, INK_NO_MEMORY, "out of memory for the report") : INK_OK;
}

json_t *inki_report_metadata(const ink_model *model, const char *key)
{
    const char *text = ink_model_metadata(model, key);
    json_t *object = text ? json_loads(text, 0, NULL) : NULL;
    if (json_is_object(object)) return object;
    json_decref(object);
    return NULL;
}

/* A model file may say anything: what is no list of as many texts as there are features counts as no names. */
static json_t *metadata_columns(const ink_model *model)
{
    const char *text = ink_model_metadata(model, "columns");
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    bool good = json_array_size(list) == model->features;
    for (size_t i = 0; good && i < model->features; i++) good = json_is_string(json_array_get(list, i));
    if (good) return list;
    json_decref(list);
    return NULL;
}

static bool is_image(const ink_model *model)
{
    const struct inki_shape *in = &model->in;
    bool grey_or_rgb = in->channels == 1 || in->channels == 3;
    return grey_or_rgb && in->height >= 8 && in->width >= 8 && in->height <= INKI_REPORT_IMAGE_SIDE &&
           in->width <= INKI_REPORT_IMAGE_SIDE;
}

static ink_status check_train(ink_ctx *ctx, const ink_model *model, const ink_report_rows *rows)
{
    if (!rows->train || (rows->data && rows->train->features == model->features)) return INK_OK;
    return rows->data ? inki_fail(ctx, INK_BAD_DATA, "the training part has %zu features; the model expects %zu",
                                  rows->train->features, model->features)
                      : inki_fail(ctx, INK_BAD_ARGUMENT, "a training part goes with rows to judge the model on");
}

/* Rows without classes have no nearest ones of two classes. */
static const ink_data *usable_train(const ink_model *model, const ink_data *train)
{
    return train && model->classes && train->labels && train->rows ? train : NULL;
}

static ink_status write_report(struct inki_report *report, ink_sink sink, void *user)
{
    ink_ctx *ctx = report->ctx;
    const ink_model *model = report->model;
    report->images = is_image(model);
    report->history = inki_report_metadata(model, "history");
    report->settings = inki_report_metadata(model, "settings");
    report->inputs = inki_report_metadata(model, "inputs");
    report->columns = metadata_columns(model);
    ink_status status = ink_settings_new(ctx, &report->defaults);
    if (status == INK_OK) status = compose_report(report);
    if (status == INK_OK && !sink(user, report->out.text, report->out.length))
        status = inki_fail(ctx, INK_IO, "the report could not be written");
    inki_free(report->out.text);
    ink_settings_free(report->defaults);
    json_decref(report->history);
    json_decref(report->settings);
    json_decref(report->inputs);
    json_decref(report->columns);
    return status;
}

ink_status ink_report_write_rows(ink_ctx *ctx, const ink_model *model, const ink_report_rows *rows, const char *title,
                                 ink_sink sink, void *user)
{
    ink_report_rows known = INK_INIT(ink_report_rows);
    struct inki_exam exam = {0};
    INK_TRY(inki_sized_take(ctx, "ink_report_rows", rows, &known, sizeof known));
    INK_TRY(check_train(ctx, model, &known));
    struct inki_report report = {
        .ctx = ctx, .model = model, .title = title, .out = {.ctx = ctx}, .train = usable_train(model, known.train)};
    ink_status status = known.data ? inki_exam_begin(ctx, model, known.data, &exam) : INK_OK;
    if (known.data) report.exam = &exam;
    if (status == INK_OK) status = write_report(&report, sink, user);
    if (known.data) inki_exam_end(&exam);
    return status;
}

ink_status ink_report_write(ink_ctx *ctx, const ink_model *model, const ink_data *data, const char *title,
                            ink_sink sink, void *user)
{
    ink_report_rows rows = INK_INIT(ink_report_rows);
    rows.data = data;
    return ink_report_write_rows(ctx, model, &rows, title, sink, user);
}
