/* cmd_explain: one row through the network and back, number by number.
 * SPDX-License-Identifier: MIT */
#include "args.h"
#include "cli.h"
#include "draw.h"
#include "files.h"
#include "json.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 22, BAR_COLUMNS = 30, MOST_BARS = 12 };

static double apart(double norm, double difference)
{
    double larger = fmax(fabs(norm), fabs(difference));
    return larger > 0 ? fabs(norm - difference) / larger : 0;
}

/* ------------------------------------------------------------------------ JSON */

static json_t *json_of_values(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, json_of_real(values[i]));
    return list;
}

static json_t *json_of_dims(const size_t *dims, size_t rank)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rank; i++) json_array_append_new(list, json_of_count(dims[i]));
    return list;
}

static json_t *json_of_tensor(const ink_explained_tensor *tensor)
{
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:o}", "name", tensor->name, "shape",
        json_of_dims(tensor->dims, tensor->rank), "gradient_norm", json_of_real(tensor->norm), "finite_difference",
        json_of_real(tensor->difference), "relative_error", json_of_real(apart(tensor->norm, tensor->difference)),
        "update_norm", json_of_real(tensor->update_norm), "largest", "at", json_of_count(tensor->largest), "gradient",
        json_of_real(tensor->gradient[tensor->largest]), "finite_difference", json_of_real(tensor->largest_difference),
        "gradient", json_of_values(tensor->gradient, tensor->count), "update",
        json_of_values(tensor->update, tensor->count));
}

static json_t *json_of_inputs(const ink_explanation *of, size_t count)
{
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(names, json_of_text(ink_explanation_input(of, i)));
    return names;
}

static json_t *json_of_layer(const ink_explanation *of, size_t i)
{
    ink_explained_layer layer = INK_INIT(ink_explained_layer);
    ink_explained_tensor tensor = INK_INIT(ink_explained_tensor);
    json_t *tensors = json_array();
    ink_explanation_layer(of, i, &layer);
    const size_t shape[3] = {layer.height, layer.width, layer.channels};
    const bool flat = layer.height * layer.width == 1;
    for (size_t t = 0; ink_explanation_tensor(of, i, t, &tensor); t++)
        json_array_append_new(tensors, json_of_tensor(&tensor));
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", layer.name, "kind", layer.kind,
        "form", layer.form, "shape", json_of_dims(flat ? shape + 2 : shape, flat ? 1 : 3), "output",
        json_of_values(layer.output, layer.count), "gradient_of", layer.tensors ? "its tensors" : "its output",
        "gradient_norm", json_of_real(layer.norm), "finite_difference", json_of_real(layer.difference),
        "relative_error", json_of_real(apart(layer.norm, layer.difference)), "output_gradient_norm",
        json_of_real(layer.output_norm), "output_finite_difference", json_of_real(layer.output_difference),
        "output_gradient", json_of_values(layer.gradient, layer.count), "tensors", tensors);
    if (i == 0 && ink_explanation_input(of, 0)) json_object_set_new(object, "columns", json_of_inputs(of, layer.count));
    return object;
}

static int print_json(const ink_model *model, const ink_explanation *of)
{
    ink_explained_row row = INK_INIT(ink_explained_row);
    json_t *layers = json_array(), *answers = json_object();
    ink_explanation_row(of, &row);
    for (size_t i = 0; i < row.layers; i++) json_array_append_new(layers, json_of_layer(of, i));
    for (size_t k = 0; k < row.outputs; k++)
        json_object_set_new(answers, ink_model_output(model, k), json_of_real(row.answers[k]));
    json_t *answer = *row.answer ? json_of_text(row.answer) : json_of_real(row.answers[0]);
    json_t *label = *row.answer ? json_of_text(row.label) : json_of_real(strtod(row.label, NULL));
    return json_print(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "row", json_of_count(row.row),
                                "label", label, "answer", answer, "answers", answers, "loss", json_of_real(row.loss),
                                "step", json_of_real(row.step), "ties", json_of_count(row.ties),
                                "single_precision_apart", json_of_real(row.apart), "optimizer", row.optimizer, "layers",
                                layers));
}

/* ---------------------------------------------------------------------- images */

/* Values of largest size first, as bars from a middle. */
static void print_bar(const char *name, double value, double most)
{
    char bar[256], text[TEXT_ROOM];
    out("  ");
    out_left(name, NAME_COLUMNS);
    bar_text(bar, sizeof bar, most > 0 ? fabs(value) / most : 0, BAR_COLUMNS);
    out(" %12s %s\n", text_number(text, value), bar);
}

static size_t next_largest(const double *values, size_t count, const bool *shown)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++)
        if (!shown[i] && (best == SIZE_MAX || fabs(values[i]) > fabs(values[best]))) best = i;
    return best;
}

static void print_bars(const ink_explanation *of, size_t layer, const double *values, size_t count)
{
    bool *shown = calloc(count ? count : 1, sizeof *shown);
    double most = 0;
    for (size_t n = 0; shown && n < MOST_BARS && n < count; n++) {
        const size_t i = next_largest(values, count, shown);
        char number[32];
        const char *name = layer == 0 ? ink_explanation_input(of, i) : NULL;
        snprintf(number, sizeof number, "%zu", i);
        if (n == 0) most = fabs(values[i]);
        if (values[i] == 0) break;
        shown[i] = true;
        print_bar(name ? name : number, values[i], most);
    }
    free(shown);
}

/* Channel c of an image, as floats. */
static float *channel_of(const ink_explained_layer *layer, size_t c, float *low, float *high)
{
    const size_t pixels = layer->height * layer->width;
    float *image = malloc(pixels * sizeof *image);
    for (size_t i = 0; image && i < pixels; i++) {
        image[i] = (float)layer->output[i * layer->channels + c];
        if (i == 0 || image[i] < *low) *low = image[i];
        if (i == 0 || image[i] > *high) *high = image[i];
    }
    return image;
}

static void print_maps(const ink_explained_layer *layer)
{
    struct image images[4];
    size_t beside = draw_beside(layer->width), count = 0;
    for (; count < layer->channels && count < beside && count < 4; count++) {
        images[count] = (struct image){.height = layer->height, .width = layer->width};
        images[count].pixels = channel_of(layer, count, &images[count].low, &images[count].high);
        if (!images[count].pixels) break;
    }
    draw_images(images, count);
    if (count < layer->channels) out("  the first %zu of %zu channels\n", count, layer->channels);
    for (size_t i = 0; i < count; i++) free((void *)(uintptr_t)images[i].pixels);
}

/* The kernels of a convolution, of each the first channel. */
static void print_kernels(const ink_explanation *of, size_t i)
{
    ink_explained_tensor tensor = INK_INIT(ink_explained_tensor);
    struct image images[4];
    size_t count = 0;
    if (!ink_explanation_tensor(of, i, 0, &tensor) || tensor.rank != 4 || tensor.dims[3] < 3) return;
    const size_t pixels = tensor.dims[2] * tensor.dims[3], each = tensor.dims[1] * pixels;
    for (; count < tensor.dims[0] && count < 4; count++) {
        ink_explained_layer kernel = {.height = tensor.dims[2], .width = tensor.dims[3], .channels = 1};
        kernel.output = tensor.value + count * each;
        images[count] = (struct image){.height = kernel.height, .width = kernel.width};
        images[count].pixels = channel_of(&kernel, 0, &images[count].low, &images[count].high);
        if (!images[count].pixels) break;
    }
    out("  by kernels (the first %zu, their first channel)\n", count);
    draw_images(images, count);
    for (size_t k = 0; k < count; k++) free((void *)(uintptr_t)images[k].pixels);
}

static void print_shape(const ink_explained_layer *layer)
{
    if (layer->height * layer->width > 1)
        out("%zux%zux%zu", layer->height, layer->width, layer->channels);
    else
        out("%zu", layer->channels);
}

static void print_layer(const ink_explanation *of, size_t i)
{
    ink_explained_layer layer = INK_INIT(ink_explained_layer);
    char text[512];
    ink_explanation_layer(of, i, &layer);
    out("\n%zu  %s  ", i, layer.name);
    print_shape(&layer);
    out("\n   ");
    snprintf(text, sizeof text, "%s: %s", layer.notation, layer.form);
    out_wrapped(3, 3, text);
    if (layer.height > 1 && layer.width > 1) {
        print_maps(&layer);
        print_kernels(of, i);
    } else
        print_bars(of, i, layer.output, layer.count);
}

/* ---------------------------------------------------------------------- tables */

static void print_gradient(const char *name, double norm, double difference, double update)
{
    char text[TEXT_ROOM];
    out("  ");
    out_left(name, NAME_COLUMNS);
    out(" %14.8g %14.8g %9.1e", norm, difference, apart(norm, difference));
    if (isfinite(update)) out(" %11s", text_number(text, update));
    out("\n");
}

static void print_gradients(const ink_explanation *of, const ink_explained_row *row)
{
    ink_explained_layer layer = INK_INIT(ink_explained_layer);
    ink_explained_tensor tensor = INK_INIT(ink_explained_tensor);
    out("\nbackward: norms of the gradient beside central differences (step %g along it)\n", row->step);
    out("  %-22s %14s %14s %9s %11s\n", "", "gradient", "difference", "rel. err.", "update");
    for (size_t i = row->layers; i-- > 0;) {
        char name[80];
        ink_explanation_layer(of, i, &layer);
        snprintf(name, sizeof name, "%.40s %s", layer.name, i ? "output" : "itself");
        print_gradient(name, layer.output_norm, layer.output_difference, (double)NAN);
        for (size_t t = 0; ink_explanation_tensor(of, i, t, &tensor); t++) {
            print_gradient(tensor.name, tensor.norm, tensor.difference, tensor.update_norm);
            snprintf(name, sizeof name, "  value %zu", tensor.largest);
            print_gradient(name, tensor.gradient[tensor.largest], tensor.largest_difference,
                           tensor.update[tensor.largest]);
        }
    }
    if (row->ties)
        out("%zu windows of a maxpool have several largest values: differences keep the one taken\n", row->ties);
    out("update: what one step adds, by %s, without a past\n", row->optimizer);
}

static void print_answers(const ink_model *model, const ink_explained_row *row)
{
    char loss[TEXT_ROOM];
    out("\nanswer\n");
    for (size_t k = 0; k < row->outputs && k < 20; k++) {
        const char *name = ink_model_output(model, k);
        print_bar(name && *name ? name : "answer", row->answers[k], *row->answer ? 1 : row->answers[k]);
    }
    if (row->outputs > 20) out("  the first 20 of %zu\n", row->outputs);
    out("loss %s: %s%s%s, labelled %s\n", text_loss(loss, row->loss),
        *row->answer ? "answered " : "a number to predict", row->answer, "", row->label);
    out("(in single precision the program's own answers differ by %.1e at most)\n", row->apart);
}

static int print_text(const ink_model *model, const ink_explanation *of)
{
    ink_explained_row row = INK_INIT(ink_explained_row);
    ink_explanation_row(of, &row);
    out("row %zu, labelled %s: forward\n", row.row, row.label);
    for (size_t i = 0; i < row.layers; i++) print_layer(of, i);
    print_answers(model, &row);
    print_gradients(of, &row);
    return CODE_DONE;
}

/* ------------------------------------------------------------------------ work */

static bool to_file(void *user, const char *bytes, size_t count)
{
    struct out_file *out = user;
    return fwrite(bytes, 1, count, out->file) == count;
}

static int write_page(const struct job *job, const ink_explanation *of, const char *path)
{
    struct out_file file;
    char title[128];
    ink_explained_row row = INK_INIT(ink_explained_row);
    ink_explanation_row(of, &row);
    snprintf(title, sizeof title, "Row %zu, number by number", row.row);
    int code = out_file_begin(&file, path);
    if (code != CODE_DONE) return code;
    ink_status status = ink_explanation_write(job->ctx, of, title, to_file, &file);
    code = out_file_end(&file, status == INK_OK || status == INK_IO); /* which says what failed in writing */
    if (status != INK_OK && status != INK_IO) return job_fail(job, status);
    if (code == CODE_DONE && strcmp(path, "-") != 0) talk("written to %s", path);
    return code;
}

static int explain(const struct job *job, const ink_model *model, const struct rows *rows, size_t row)
{
    const char *html = job_value(job, "html");
    ink_explanation *of;
    ink_status status = ink_explain(job->ctx, model, rows->part, row, &of);
    if (status != INK_OK) return job_fail(job, status);
    int code = html ? write_page(job, of, html) : CODE_DONE;
    if (code == CODE_DONE && job->json)
        code = print_json(model, of);
    else if (code == CODE_DONE && !html)
        code = print_text(model, of);
    ink_explanation_free(of);
    return code;
}

static int take_row(const struct job *job, size_t *row)
{
    const char *text = job_value(job, "row");
    char *end = NULL;
    *row = text ? (size_t)strtoull(text, &end, 10) : 0;
    if (!text || (*text >= '0' && *text <= '9' && *end == 0)) return CODE_DONE;
    return fail(CODE_USAGE, "--row %s is not the number of a row, 0 and up", text);
}

int cmd_explain(struct job *job)
{
    const char *html = job_value(job, "html");
    ink_model *model;
    struct rows rows;
    size_t row;
    int code = take_row(job, &row);
    if (code == CODE_DONE && html && (file_is_same(html, job->operands[0]) || file_is_same(html, job->operands[1])))
        code = fail(CODE_USAGE, "the page would overwrite %s; choose another name with --html", html);
    if (code == CODE_DONE && html && strcmp(html, "-") != 0) code = file_check(html, false);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    code = rows_open_for(job, job->operands[1], model, &rows);
    if (code == CODE_DONE) {
        code = explain(job, model, &rows, row);
        rows_close(&rows);
    }
    ink_model_free(model);
    return code;
}
