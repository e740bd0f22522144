/* report_excite: what excites the channels and units of deeper layers: patches of the data's rows.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "out/excite.h"
#include "out/png_out.h"
#include "out/report.h"

#include <string.h>

enum {
    LEAST_SHOWN = 8,
    DEAD_NAMED = 24
}; /* channels, before patches get smaller than they must; dead ones by number */

/* How a layer's patches are drawn. */
struct patches {
    struct inki_report *report;
    const struct inki_excited_layer *layer;
    enum inki_png_kind kind;
    size_t height, width;              /* of the image that one shows; */
    size_t by;                         /* squares of so many pixels are one, */
    size_t rows, columns, gap, across; /* and what comes of it; across: pixels of a strip */
    size_t shown;                      /* channels */
    uint8_t *pixels, *strip;           /* of a row; of a channel */
    ink_status status;
};

static size_t least_of(size_t a, size_t b) { return a < b ? a : b; }

static size_t alive(const struct inki_excited_layer *layer)
{
    size_t count = 0;
    for (size_t u = 0; u < layer->out.channels; u++) count += layer->units[u].count > 0;
    return count;
}

/* Pixels of a side of a patch, and where it begins; beyond the image it may begin where it does not show all of it. */
static size_t side_of(const struct inki_sight *field, size_t side) { return least_of(field->size, side); }

static ptrdiff_t begin_of(const struct inki_sight *field, size_t side, size_t place)
{
    return field->size >= side ? 0 : (ptrdiff_t)(place * field->step) - (ptrdiff_t)field->before;
}

/* As large as they are, and smaller where the room for all layers' does not do. */
static void set_sizes(struct patches *p, size_t room)
{
    const struct inki_shape *in = &p->report->model->in;
    const size_t most = least_of(alive(p->layer), INKI_REPORT_EXCITED);
    p->height = side_of(&p->layer->sight[0], in->height);
    p->width = side_of(&p->layer->sight[1], in->width);
    p->by = ((p->height > p->width ? p->height : p->width) + INKI_REPORT_PATCH - 1) / INKI_REPORT_PATCH;
    for (;; p->by++) {
        p->rows = (p->height + p->by - 1) / p->by;
        p->columns = (p->width + p->by - 1) / p->by;
        p->shown = least_of(most, room / (INKI_EXCITED * p->rows * p->columns * in->channels));
        if (p->shown >= least_of(most, LEAST_SHOWN) || least_of(p->rows, p->columns) <= LEAST_SHOWN) break;
    }
    if (p->shown == 0) p->shown = least_of(most, 1);
    p->gap = 1 + p->columns / 16;
    p->across = INKI_EXCITED * (p->columns + p->gap) - p->gap;
}

/* ------------------------------------------------------------------- images */

/* The mean of a square of the image that begins at (y, x), as far as it lies within; nothing shows of what does not. */
static void draw_pixel(const struct patches *p, ptrdiff_t y, ptrdiff_t x, uint8_t *to)
{
    const struct inki_shape *in = &p->report->model->in;
    const ptrdiff_t by = (ptrdiff_t)p->by, height = (ptrdiff_t)in->height, width = (ptrdiff_t)in->width;
    size_t sum[3] = {0}, count = 0;
    for (ptrdiff_t i = y < 0 ? 0 : y; i < y + by && i < height; i++)
        for (ptrdiff_t j = x < 0 ? 0 : x; j < x + by && j < width; j++, count++)
            for (size_t c = 0; c < in->channels; c++)
                sum[c] += p->pixels[((size_t)i * in->width + (size_t)j) * in->channels + c];
    if (count == 0) return;
    for (size_t c = 0; c < in->channels; c++) to[c] = (uint8_t)((sum[c] + count / 2) / count);
    to[in->channels] = 255;
}

static void draw_patch(const struct patches *p, const struct inki_excited *at, size_t k)
{
    const struct inki_shape *in = &p->report->model->in;
    const size_t width = p->layer->out.width, bytes = inki_png_bytes(p->kind);
    const ptrdiff_t top = begin_of(&p->layer->sight[0], in->height, at->place / width),
                    left = begin_of(&p->layer->sight[1], in->width, at->place % width);
    for (size_t y = 0; y < p->rows; y++)
        for (size_t x = 0; x < p->columns; x++)
            draw_pixel(p, top + (ptrdiff_t)(y * p->by), left + (ptrdiff_t)(x * p->by),
                       p->strip + (y * p->across + k * (p->columns + p->gap) + x) * bytes);
}

static ink_status add_strip(struct patches *p, const struct inki_excited_unit *unit)
{
    struct inki_report *report = p->report;
    memset(p->strip, 0, p->rows * p->across * inki_png_bytes(p->kind));
    for (size_t k = 0; k < unit->count; k++) {
        INK_TRY(inki_report_pixels(report, report->exam->data, unit->best[k].row, p->pixels));
        draw_patch(p, &unit->best[k], k);
    }
    return inki_png_add(&report->out, p->kind, p->rows, p->across, p->strip);
}

/* ---------------------------------------------------------------------- words */

static const char *word_of(const struct inki_excited_layer *layer) { return layer->sight[0].step ? "channel" : "unit"; }

static void add_label(struct inki_report *report, const struct inki_excited *at)
{
    if (!inki_report_has_classes(report)) return;
    inki_str_add(&report->out, " (");
    inki_html_text(&report->out, inki_report_class(report, (size_t)report->exam->answers.labels[at->row]));
    inki_str_add(&report->out, ")");
}

/* "channel 3: row 12 (7) 4.2, …" */
static void add_words(struct patches *p, size_t u)
{
    struct inki_str *out = &p->report->out;
    const struct inki_excited_unit *unit = &p->layer->units[u];
    inki_str_add(out, "%s %zu", word_of(p->layer), u + 1);
    for (size_t k = 0; k < unit->count; k++) {
        inki_str_add(out, "%s row %u", k ? "," : ":", (unsigned)unit->best[k].row);
        add_label(p->report, &unit->best[k]);
        inki_str_add(out, " ");
        inki_html_digits(out, (double)unit->best[k].value, 3);
    }
}

/* "4 of 6 labelled boot", where more than half of the rows have one label. */
static void add_class(struct patches *p, const struct inki_excited_unit *unit)
{
    const int32_t *labels = p->report->exam->answers.labels;
    for (size_t k = 0; inki_report_has_classes(p->report) && k < unit->count; k++) {
        size_t same = 0;
        for (size_t i = 0; i < unit->count; i++) same += labels[unit->best[i].row] == labels[unit->best[k].row];
        if (2 * same <= unit->count) continue;
        inki_str_add(&p->report->out, " <span class=\"dim\">%zu of %zu labelled ", same, unit->count);
        inki_html_text(&p->report->out, inki_report_class(p->report, (size_t)labels[unit->best[k].row]));
        inki_str_add(&p->report->out, "</span>");
        return;
    }
}

static void add_unit(struct patches *p, size_t u)
{
    struct inki_str *out = &p->report->out;
    inki_str_add(out, "<li><img alt=\"");
    add_words(p, u);
    inki_str_add(out, "\" src=\"");
    p->status = add_strip(p, &p->layer->units[u]);
    inki_str_add(out, "\"><p><b>%zu</b>", u + 1);
    add_class(p, &p->layer->units[u]);
    inki_str_add(out, "</p></li>\n");
}

static void add_dead(const struct patches *p)
{
    struct inki_str *out = &p->report->out;
    const size_t dead = p->layer->out.channels - alive(p->layer);
    size_t named = 0;
    if (dead == 0) return;
    inki_str_add(out, "<p class=\"dim\">Dead on these rows, the same everywhere: %s%s", word_of(p->layer),
                 dead > 1 ? "s" : "");
    for (size_t u = 0; u < p->layer->out.channels && named < DEAD_NAMED; u++)
        if (p->layer->units[u].count == 0) inki_str_add(out, "%s %zu", named++ ? "," : "", u + 1);
    if (dead > named) inki_str_add(out, " and %zu more", dead - named);
    inki_str_add(out, ".</p>\n");
}

static void add_title(const struct patches *p)
{
    struct inki_str *out = &p->report->out;
    const struct inki_excited_layer *layer = p->layer;
    inki_str_add(out, "<h3>%s", layer->node->name);
    if (layer->behind != layer->node)
        inki_str_add(out, " behind %s", *layer->behind->name ? layer->behind->name : layer->behind->op->word);
    inki_str_add(out, ": ");
    if (p->shown < layer->out.channels) inki_str_add(out, "%zu of ", p->shown);
    inki_str_add(out, "%zu %ss, %zu\xC3\x97%zu pixels</h3>\n", layer->out.channels, word_of(layer), p->height,
                 p->width);
}

static ink_status add_layer(struct inki_report *report, const struct inki_excited_layer *layer, size_t room)
{
    const bool grey = report->model->in.channels == 1;
    struct patches p = {.report = report, .layer = layer, .kind = grey ? INKI_PNG_GREY_ALPHA : INKI_PNG_RGB_ALPHA};
    set_sizes(&p, room);
    p.pixels = inki_alloc(report->ctx, report->model->features, 1);
    p.strip = inki_alloc(report->ctx, p.rows * p.across, inki_png_bytes(p.kind));
    if (!p.pixels || !p.strip) p.status = INK_NO_MEMORY;
    add_title(&p);
    inki_str_add(&report->out, "<ul class=\"excite\">\n");
    for (size_t u = 0, shown = 0; p.status == INK_OK && shown < p.shown; u++)
        if (layer->units[u].count) {
            add_unit(&p, u);
            shown++;
        }
    inki_str_add(&report->out, "</ul>\n");
    add_dead(&p);
    inki_free(p.pixels);
    inki_free(p.strip);
    return p.status;
}

static void add_how(struct inki_report *report, const struct inki_excite *excite)
{
    struct inki_str *out = &report->out;
    inki_str_add(out,
                 "<p>Each strip shows what excites a channel or a unit most: the %d parts of images with the largest "
                 "activation, the strongest first, one a row at most, of ",
                 INKI_EXCITED);
    if (excite->rows < report->exam->rows) {
        inki_html_count(out, excite->rows);
        inki_str_add(out, " rows spread evenly over ");
    }
    inki_str_add(out, "all ");
    inki_html_count(out, report->exam->rows);
    inki_str_add(out, " rows. A part is all that the channel sees from there (its receptive field); what would lie "
                      "beyond the image's edge is left empty.</p>\n");
}

ink_status inki_report_excite(struct inki_report *report)
{
    struct inki_excite excite;
    if (!report->exam || !report->images) return INK_OK;
    INK_TRY(inki_excite_begin(report->ctx, report->model, report->exam->data, &excite));
    ink_status status = INK_OK;
    if (excite.count > 0) {
        inki_report_begin(report, "excite", "What the deeper layers look for");
        add_how(report, &excite);
        for (size_t l = 0; status == INK_OK && l < excite.count; l++)
            status = add_layer(report, &excite.layers[l], INKI_REPORT_PATCHES / excite.count);
        inki_report_end(report);
    }
    inki_excite_end(&excite);
    return status;
}
