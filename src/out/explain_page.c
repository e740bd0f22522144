/* explain_page: a row's way through a network and back as a page to step through.
 * SPDX-License-Identifier: MIT
 *
 * Each step is a section of the page, in order; the script only shows one at a time. */
#include "base/mem.h"
#include "out/explain.h"
#include "out/png_out.h"
#include "out/report.h"
#include "out/web.h"

#include <math.h>
#include <stdio.h>

enum { MAPS = 24, KERNELS = 12, UNITS = 12, BARS = 16, NUMBERS = 1024, STRIP = 32, SIDE = 64 };

struct page {
    struct inki_report report; /* what sections and images are made with */
    const struct ink_explanation *e;
};

/* ---------------------------------------------------------------------- images */

static double most_of(const double *values, size_t stride, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs(values[i * stride]));
    return most;
}

static uint8_t shade(double value, double most)
{
    const double share = most > 0 ? fmin(fmax(value / most, -1), 1) : 0;
    return (uint8_t)(INKI_PNG_ZERO + (int)floor(share * INKI_PNG_ZERO + 0.5));
}

/* Values with a stride as an image: blue above 0, orange below. Those beyond `count` are 0. */
static ink_status add_image(struct page *page, const char *name, const double *values, size_t stride, size_t count,
                            size_t height, size_t width, double most)
{
    uint8_t *pixels = inki_zalloc(page->report.ctx, height * width, 1);
    if (!pixels) return INK_NO_MEMORY;
    for (size_t i = 0; i < height * width; i++) pixels[i] = shade(i < count ? values[i * stride] : 0, most);
    inki_str_add(&page->report.out, "<img alt=\"%s\" src=\"", name);
    ink_status status = inki_png_add(&page->report.out, INKI_PNG_SIGNED, height, width, pixels);
    inki_str_add(&page->report.out, "\">\n");
    inki_free(pixels);
    return status;
}

/* The row as it was given: from black to white. */
static ink_status add_grey(struct page *page, const double *values, const ink_explained_layer *show)
{
    const size_t pixels = show->height * show->width;
    double low = values[0], high = values[0];
    uint8_t *bytes = inki_alloc(page->report.ctx, show->count, 1);
    if (!bytes) return INK_NO_MEMORY;
    for (size_t i = 0; i < show->count; i++) low = fmin(low, values[i]), high = fmax(high, values[i]);
    for (size_t i = 0; i < show->count; i++)
        bytes[i] = (uint8_t)(high > low ? 255 * (values[i] - low) / (high - low) : 0);
    inki_str_add(&page->report.out, "<div class=\"units one\"><img alt=\"the row\" src=\"");
    ink_status status = show->channels == 1 || show->channels == 3
                            ? inki_png_add(&page->report.out, show->channels == 3 ? INKI_PNG_RGB : INKI_PNG_GREY,
                                           show->height, show->width, bytes)
                            : inki_png_add(&page->report.out, INKI_PNG_GREY, show->channels, pixels, bytes);
    inki_str_add(&page->report.out, "\"></div>\n");
    inki_free(bytes);
    return status;
}

/* A map for each channel, all on one scale. */
static ink_status add_maps(struct page *page, const double *values, const ink_explained_layer *show)
{
    const size_t count = show->channels < MAPS ? show->channels : MAPS, pixels = show->height * show->width;
    const double most = most_of(values, 1, show->count);
    char name[48];
    ink_status status = INK_OK;
    inki_str_add(&page->report.out,
                 "<p class=\"dim\">%s%zu channel%s of %zu\xC3\x97%zu; blue is positive, orange negative, full colour "
                 "is %.4g</p>\n<div class=\"units%s\">\n",
                 count < show->channels ? "the first " : "", count, count > 1 ? "s" : "", show->height, show->width,
                 most, show->channels == 1 ? " one" : "");
    for (size_t c = 0; status == INK_OK && c < count; c++) {
        snprintf(name, sizeof name, "channel %zu", c + 1);
        status = add_image(page, name, values + c, show->channels, pixels, show->height, show->width, most);
    }
    inki_str_add(&page->report.out, "</div>\n");
    return status;
}

/* ----------------------------------------------------------------------- bars */

static void begin_bars(struct page *page) { inki_str_add(&page->report.out, "<table class=\"plain bars\"><tbody>\n"); }

static void add_bar(struct page *page, const char *name, double value, double most)
{
    struct inki_str *out = &page->report.out;
    const double share = most > 0 ? fmin(100 * fabs(value) / most, 100) : 0;
    inki_str_add(out, "<tr><th scope=\"row\">");
    inki_html_text(out, name);
    inki_str_add(out, "</th><td class=\"num\">");
    inki_html_digits(out, value, 6);
    inki_str_add(out, "</td><td class=\"share\"><i><b%s style=\"width:%.1f%%\"></b></i></td></tr>\n",
                 value < 0 ? " class=\"less\"" : "", share);
}

static void end_bars(struct page *page) { inki_str_add(&page->report.out, "</tbody></table>\n"); }

/* What value i of a layer is called. */
static const char *name_of(const struct page *page, size_t layer, size_t i, char room[32])
{
    const struct ink_explanation *e = page->e;
    const char *name = layer == 0 ? ink_explanation_input(e, i) : NULL;
    if (layer + 1 == e->count && e->plain.members == 1) name = ink_model_output(e->model, i);
    if (name && *name) return name;
    snprintf(room, 32, "unit %zu", i + 1);
    return room;
}

/* The largest values, largest first. */
static ink_status add_bars(struct page *page, size_t layer, const double *values, size_t count)
{
    bool *shown = inki_zalloc(page->report.ctx, count, sizeof *shown);
    const double most = most_of(values, 1, count);
    char room[32];
    if (!shown) return INK_NO_MEMORY;
    if (count > BARS)
        inki_str_add(&page->report.out, "<p class=\"dim\">the largest %d of %zu values</p>\n", BARS, count);
    begin_bars(page);
    for (size_t n = 0; n < BARS && n < count; n++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < count; i++)
            if (!shown[i] && (best == SIZE_MAX || fabs(values[i]) > fabs(values[best]))) best = i;
        shown[best] = true;
        if (values[best] == 0 && n > 0) break;
        add_bar(page, name_of(page, layer, best, room), values[best], most);
    }
    end_bars(page);
    inki_free(shown);
    return INK_OK;
}

static ink_status add_strip(struct page *page, const double *values, size_t count)
{
    const size_t width = count < STRIP ? count : STRIP;
    inki_str_add(&page->report.out, "<div class=\"strip\">");
    ink_status status = add_image(page, "all values, row by row", values, 1, count, (count + width - 1) / width, width,
                                  most_of(values, 1, count));
    inki_str_add(&page->report.out, "</div>\n");
    return status;
}

static void add_numbers(struct page *page, const char *what, const double *values, size_t count)
{
    struct inki_str *out = &page->report.out;
    const size_t shown = count < NUMBERS ? count : NUMBERS;
    inki_str_add(out,
                 "<details><summary>%s, as numbers</summary><p class=\"dim\">%s%zu of %zu</p>"
                 "<p class=\"numbers\" tabindex=\"0\" role=\"region\" aria-label=\"Numbers, can be scrolled\">",
                 what, shown < count ? "the first " : "", shown, count);
    for (size_t i = 0; i < shown; i++) {
        inki_html_digits(out, values[i], 6);
        inki_str_add(out, " ");
    }
    inki_str_add(out, "</p></details>\n");
}

/* What a layer gives, or the gradient by it. */
static ink_status add_values(struct page *page, size_t layer, const double *values, const char *what)
{
    const ink_explained_layer *show = &page->e->layers[layer].show;
    ink_status status = INK_OK;
    if (show->height > 1 && show->width > 1)
        status = add_maps(page, values, show);
    else if (show->count > BARS)
        status = add_strip(page, values, show->count);
    if (status == INK_OK && (show->height == 1 || show->width == 1))
        status = add_bars(page, layer, values, show->count);
    if (status == INK_OK) add_numbers(page, what, values, show->count);
    return status;
}

/* --------------------------------------------------------------------- tensors */

static ink_status add_kernels(struct page *page, const ink_explained_tensor *tensor, const double *values)
{
    const size_t pixels = tensor->dims[2] * tensor->dims[3], each = tensor->dims[1] * pixels;
    const size_t count = tensor->dims[0] < KERNELS ? tensor->dims[0] : KERNELS;
    const double most = most_of(values, 1, tensor->count);
    char name[48];
    ink_status status = INK_OK;
    inki_str_add(&page->report.out, "<div class=\"units small\">\n");
    for (size_t k = 0; status == INK_OK && k < count; k++) {
        snprintf(name, sizeof name, "kernel %zu, first channel", k + 1);
        status = add_image(page, name, values + k * each, 1, pixels, tensor->dims[2], tensor->dims[3], most);
    }
    inki_str_add(&page->report.out, "</div>\n");
    return status;
}

/* Units of a dense layer behind a grey image, as such images; else the matrix, up to some rows and columns. */
static ink_status add_matrix(struct page *page, size_t layer, const ink_explained_tensor *tensor, const double *values)
{
    const struct inki_explained_layer *of = &page->e->layers[layer];
    const struct inki_shape *in = &of->plain->in;
    const size_t inputs = tensor->dims[1], outputs = tensor->dims[0];
    const double most = most_of(values, 1, tensor->count);
    char name[48];
    ink_status status = INK_OK;
    if (in->channels == 1 && in->height > 1 && inputs == in->height * in->width) {
        inki_str_add(&page->report.out, "<div class=\"units\">\n");
        for (size_t o = 0; status == INK_OK && o < outputs && o < UNITS; o++) {
            snprintf(name, sizeof name, "unit %zu", o + 1);
            status = add_image(page, name, values + o * inputs, 1, inputs, in->height, in->width, most);
        }
        inki_str_add(&page->report.out, "</div>\n");
        return status;
    }
    inki_str_add(&page->report.out, "<div class=\"strip\">");
    const size_t height = outputs < SIDE ? outputs : SIDE;
    status = add_image(page, "a row an output, a column an input", values, 1, height * inputs, height, inputs, most);
    inki_str_add(&page->report.out, "</div>\n");
    return status;
}

static ink_status add_tensor_values(struct page *page, size_t layer, const ink_explained_tensor *tensor,
                                    const double *values)
{
    if (tensor->rank == 4) return add_kernels(page, tensor, values);
    if (tensor->rank == 2) return add_matrix(page, layer, tensor, values);
    return add_strip(page, values, tensor->count);
}

static ink_status add_tensor(struct page *page, size_t layer, const ink_explained_tensor *tensor)
{
    const struct {
        const char *name;
        const double *values;
    } kinds[] = {{"values", tensor->value}, {"gradient", tensor->gradient}, {"update", tensor->update}};
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<h3>%s</h3>\n<div class=\"three\">\n", tensor->name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        inki_str_add(out, "<div><p class=\"dim\">%s, full colour is %.4g</p>", kinds[i].name,
                     most_of(kinds[i].values, 1, tensor->count));
        INK_TRY(add_tensor_values(page, layer, tensor, kinds[i].values));
        inki_str_add(out, "</div>\n");
    }
    inki_str_add(out, "</div>\n");
    return INK_OK;
}

/* ---------------------------------------------------------------------- tables */

static void begin_table(struct page *page)
{
    inki_str_add(&page->report.out,
                 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Gradients, can be scrolled\"><table "
                 "class=\"plain\"><thead><tr><th scope=\"col\">of</th><th scope=\"col\" class=\"num\">gradient</th>"
                 "<th scope=\"col\" class=\"num\">difference</th><th scope=\"col\" class=\"num\">relative error</th>"
                 "<th scope=\"col\" class=\"num\">update</th></tr></thead><tbody>\n");
}

static void end_table(struct page *page) { inki_str_add(&page->report.out, "</tbody></table></div>\n"); }

static void add_cell(struct page *page, double value, int digits)
{
    inki_str_add(&page->report.out, "<td class=\"num\">");
    inki_html_digits(&page->report.out, value, digits);
    inki_str_add(&page->report.out, "</td>");
}

static void add_row(struct page *page, const char *name, double norm, double difference, double update)
{
    const double larger = fmax(fabs(norm), fabs(difference));
    inki_str_add(&page->report.out, "<tr><th scope=\"row\">%s</th>", name);
    add_cell(page, norm, 8);
    add_cell(page, difference, 8);
    add_cell(page, larger > 0 ? fabs(norm - difference) / larger : 0, 2);
    if (isnan(update))
        inki_str_add(&page->report.out, "<td></td>");
    else
        add_cell(page, update, 5);
    inki_str_add(&page->report.out, "</tr>\n");
}

static void add_gradients(struct page *page, const struct inki_explained_layer *layer)
{
    char name[96];
    begin_table(page);
    add_row(page, layer->plain ? "what it gives" : "the row itself", layer->show.output_norm,
            layer->show.output_difference, (double)NAN);
    for (size_t t = 0; t < layer->tensor_count; t++) {
        const ink_explained_tensor *tensor = &layer->tensors[t].show;
        add_row(page, tensor->name, tensor->norm, tensor->difference, tensor->update_norm);
        snprintf(name, sizeof name, "its value %zu", tensor->largest);
        add_row(page, name, tensor->gradient[tensor->largest], tensor->largest_difference,
                tensor->update[tensor->largest]);
    }
    end_table(page);
}

/* ----------------------------------------------------------------------- steps */

static void begin_step(struct page *page, const char *part, const char *name, size_t *number)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<section class=\"step %s\" id=\"step%zu\" data-name=\"%s\" tabindex=\"-1\"><h2>%s: ", part,
                 ++*number, name, name);
}

static void add_place(struct page *page, const ink_explained_layer *show)
{
    struct inki_str *out = &page->report.out;
    if (show->height * show->width > 1)
        inki_str_add(out, "%zu\xC3\x97%zu\xC3\x97%zu", show->height, show->width, show->channels);
    else
        inki_str_add(out, "%zu", show->channels);
}

static ink_status add_forward(struct page *page, size_t i, size_t *number)
{
    const ink_explained_layer *show = &page->e->layers[i].show;
    struct inki_str *out = &page->report.out;
    begin_step(page, "forward", show->name, number);
    add_place(page, show);
    inki_str_add(out, " values</h2>\n<p><code>");
    inki_html_text(out, show->notation);
    inki_str_add(out, "</code> \xC2\xB7 <span class=\"dim\">");
    inki_html_text(out, show->form);
    inki_str_add(out, "</span></p>\n");
    const bool image = show->height > 1 && show->width > 1;
    if (i == 0 && image && (show->channels == 1 || show->channels == 3)) INK_TRY(add_grey(page, show->output, show));
    INK_TRY(add_values(page, i, show->output, "What it gives"));
    inki_report_end(&page->report);
    return INK_OK;
}

static ink_status add_backward(struct page *page, size_t i, size_t *number)
{
    const struct inki_explained_layer *layer = &page->e->layers[i];
    struct inki_str *out = &page->report.out;
    begin_step(page, "backward", layer->show.name, number);
    inki_str_add(out, "gradients</h2>\n");
    add_gradients(page, layer);
    for (size_t t = 0; t < layer->tensor_count; t++) INK_TRY(add_tensor(page, i, &layer->tensors[t].show));
    inki_str_add(out, "<h3>%s</h3>\n",
                 i ? "The gradient of the loss by what it gives"
                   : "The gradient of the loss by the row: "
                     "what would raise it");
    INK_TRY(add_values(page, i, layer->show.gradient, "The gradient"));
    inki_report_end(&page->report);
    return INK_OK;
}

static void add_loss(struct page *page, size_t *number)
{
    const struct ink_explanation *e = page->e;
    struct inki_str *out = &page->report.out;
    double most = inki_is_classifier(e->model) ? 1 : most_of(e->answer, 1, e->model->outputs);
    begin_step(page, "forward", "loss", number);
    inki_html_digits(out, e->row.loss, 6);
    inki_str_add(out, "</h2>\n<p>Labelled <b>");
    inki_html_text(out, e->label);
    if (*e->row.answer) {
        inki_str_add(out, "</b>, answered <b>");
        inki_html_text(out, e->row.answer);
    }
    inki_str_add(out, "</b>. <span class=\"dim\">%s: ", e->model->loss->name);
    inki_html_text(out, e->model->loss->form);
    inki_str_add(out, "%s</span></p>\n", e->plain.members > 1 ? "; the mean of the members' losses" : "");
    begin_bars(page);
    for (size_t k = 0; k < e->model->outputs && k < 100; k++) {
        const char *name = ink_model_output(e->model, k);
        add_bar(page, name && *name ? name : "answer", e->answer[k], most);
    }
    end_bars(page);
    inki_str_add(
        out,
        "<p class=\"dim\">All of it is computed in double; the program's own answers, in single precision, differ by ");
    inki_html_digits(out, e->row.apart, 2);
    inki_str_add(out, " at most.</p>\n");
    inki_report_end(&page->report);
}

static void add_update(struct page *page, size_t *number)
{
    const struct ink_explanation *e = page->e;
    struct inki_str *out = &page->report.out;
    begin_step(page, "backward", "update", number);
    inki_html_text(out, e->optimizer);
    inki_str_add(
        out,
        "</h2>\n<p>What one step along these gradients, from no past, adds to the weights. Beside each gradient's norm "
        "stands the central "
        "difference of the loss, (loss(+h) - loss(-h)) / 2h with h = %g along the gradient: both say how fast the loss "
        "rises there.</p>\n",
        e->row.step);
    if (e->row.ties)
        inki_str_add(out,
                     "<p>%zu windows of a maxpool have several largest values, as plain ground gives: the loss has a "
                     "kink there, and differences keep "
                     "the one that was taken.</p>\n",
                     e->row.ties);
    begin_table(page);
    for (size_t i = 1; i < e->count; i++)
        for (size_t t = 0; t < e->layers[i].tensor_count; t++) {
            const ink_explained_tensor *tensor = &e->layers[i].tensors[t].show;
            add_row(page, tensor->name, tensor->norm, tensor->difference, tensor->update_norm);
        }
    end_table(page);
    inki_report_end(&page->report);
}

/* ------------------------------------------------------------------------ page */

static void add_top(struct page *page)
{
    const struct ink_explanation *e = page->e;
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<header><p class=\"brand\">Inkling</p><h1>");
    inki_html_text(out, page->report.title);
    inki_str_add(out, "</h1><p class=\"dim\">labelled ");
    inki_html_text(out, e->label);
    if (*e->row.answer) {
        inki_str_add(out, ", answered ");
        inki_html_text(out, e->row.answer);
    }
    inki_str_add(out, ", loss ");
    inki_html_digits(out, e->row.loss, 4);
    inki_str_add(out, "; ");
    inki_html_text(out, *e->model->notation ? e->model->notation : "no hidden layers");
    inki_str_add(out, "</p></header>\n<main>\n<nav id=\"steps\" aria-label=\"Steps\" hidden></nav>\n");
}

static ink_status compose(struct page *page)
{
    const struct ink_explanation *e = page->e;
    size_t number = 0;
    inki_report_head(&page->report);
    add_top(page);
    for (size_t i = 0; i < e->count; i++) INK_TRY(add_forward(page, i, &number));
    add_loss(page, &number);
    for (size_t i = e->count; i-- > 0;) INK_TRY(add_backward(page, i, &number));
    add_update(page, &number);
    inki_str_add(&page->report.out,
                 "</main>\n<footer><p>Made by Inkling %s. This page loads nothing from the network.</p></footer>\n"
                 "<script>\n%s</script>\n</body>\n</html>\n",
                 ink_version(), inki_web_explain_js);
    return page->report.out.failed ? inki_fail(page->report.ctx, INK_NO_MEMORY, "out of memory for the page") : INK_OK;
}

ink_status ink_explanation_write(ink_ctx *ctx, const ink_explanation *e, const char *title, ink_sink sink, void *user)
{
    struct page page = {.report = {.ctx = ctx, .model = e->model, .title = title, .out = {.ctx = ctx}}, .e = e};
    ink_status status = compose(&page);
    if (status == INK_OK && !sink(user, page.report.out.text, page.report.out.length))
        status = inki_fail(ctx, INK_IO, "the page could not be written");
    inki_free(page.report.out.text);
    return status;
}
