/* suspects_page: suspects with their images or values, to be ticked; the script makes a file of the ticks.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "inkling-many.h"
#include "out/report.h"
#include "out/web.h"

#include <math.h>
#include <string.h>

enum {
    EACH = 500,      /* suspects of a kind at most, */
    MOST = 12 << 20, /* and bytes of the page that they may begin at */
    SIDE = 64,       /* larger images are made smaller */
    VALUES = 12      /* columns of a table's row */
};

struct page {
    struct inki_report report;
    const ink_suspects *suspects;
    const ink_data *data;
    bool images;
};

static const struct {
    const char *kind, *heading, *text;
} kinds[] = {
    {"label", "Doubtful labels", "A network that was not trained on the row answers otherwise; the clearest first."},
    {"duplicate", "Duplicates",
     "Rows that an earlier row with another label, or a row of the test part, is the same as, or nearly so."},
    {"unlike", "Unlike all others",
     "Hardly any row is as unlike what a network that was not trained on it knows; the most unlike first. Many are "
     "only drawn in another way."},
};

static void add_class(struct page *page, int32_t class)
{
    inki_html_text(&page->report.out, class < 0 ? "none" : ink_data_class(page->data, (size_t) class));
}

/* ---------------------------------------------------------------------- rows */

static void add_value(struct page *page, size_t column, double value)
{
    const struct inki_category *words = page->data->categories ? &page->data->categories[column] : NULL;
    struct inki_str *out = &page->report.out;
    if (isnan(value))
        inki_str_add(out, "not known");
    else if (words && words->count && value >= 0 && value < (double)words->count)
        inki_html_text(out, words->words[(size_t)value]);
    else
        inki_html_digits(out, value, 6);
}

static ink_status add_values(struct page *page, const ink_data *data, size_t row)
{
    const size_t count = data->features < VALUES ? data->features : VALUES;
    struct inki_str *out = &page->report.out;
    float *x = inki_alloc(page->report.ctx, data->features, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    ink_data_row(data, row, x);
    inki_str_add(out, "<dl class=\"values\">");
    for (size_t j = 0; j < count; j++) {
        char name[INKI_COLUMN_TEXT];
        inki_str_add(out, "<div><dt>");
        inki_html_text(out, data->columns ? data->columns[j] : inki_data_column_text(data, j, name));
        inki_str_add(out, "</dt><dd>");
        add_value(page, j, (double)x[j]);
        inki_str_add(out, "</dd></div>");
    }
    inki_str_add(out, "</dl>");
    if (count < data->features) inki_str_add(out, "<p class=\"dim\">%zu more columns</p>", data->features - count);
    inki_free(x);
    return INK_OK;
}

/* A row with its label under it; of a table a twin's values would be the same ones. */
static ink_status add_row(struct page *page, const ink_data *data, size_t row, const char *name, bool twin)
{
    const char *id = ink_data_id(data, row);
    struct inki_str *out = &page->report.out;
    ink_status status = INK_OK;
    inki_str_add(out, "<figure>");
    if (page->images) {
        inki_str_add(out, "<img alt=\"%s %zu\" src=\"", name, row);
        status = inki_report_small_image(&page->report, data, row, SIDE);
        inki_str_add(out, "\">");
    } else if (!twin) {
        status = add_values(page, data, row);
    }
    inki_str_add(out, "<figcaption>%s %zu", name, row);
    if (id) {
        inki_str_add(out, " (");
        inki_html_text(out, id);
        inki_str_add(out, ")");
    }
    inki_str_add(out, ": <b>");
    add_class(page, inki_data_label(data, row));
    inki_str_add(out, "</b></figcaption></figure>");
    return status;
}

static ink_status add_twin(struct page *page, const ink_suspect *suspect)
{
    const ink_data *data = suspect->twin_in_test ? page->data->test : page->data;
    struct inki_str *out = &page->report.out;
    if (suspect->twin == SIZE_MAX) return INK_OK;
    if (!page->images) inki_str_add(out, "<p class=\"dim\">the same as</p>");
    INK_TRY(add_row(page, data, suspect->twin, suspect->twin_in_test ? "test row" : "row", true));
    if (!suspect->near) return INK_OK;
    inki_str_add(out, "<p class=\"dim\">nearly the same, r = ");
    inki_html_fixed(out, 1 - (double)suspect->distance, 4);
    inki_str_add(out, "</p>");
    return INK_OK;
}

static void add_answer(struct page *page, const ink_suspect *suspect)
{
    struct inki_str *out = &page->report.out;
    if (suspect->answer < 0) {
        inki_str_add(out, "<p>no answer</p>");
        return;
    }
    inki_str_add(out, "<p>answered <b>");
    add_class(page, suspect->answer);
    inki_str_add(out, "</b>, ");
    inki_html_fixed(out, 100 * (double)suspect->p, 1);
    inki_str_add(out, "\xC2\xA0%%</p>");
}

static ink_status add_suspect(struct page *page, const ink_suspect *suspect)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out,
                 "<div class=\"suspect\" role=\"group\" data-kind=\"%s\" data-row=\"%zu\" data-label=\"%d\" "
                 "data-answer=\"%d\" data-p=\"",
                 suspect->kind, suspect->row, (int)suspect->label, (int)suspect->answer);
    if (suspect->answer >= 0) inki_html_digits(out, (double)suspect->p, 6);
    inki_str_add(out, "\" aria-label=\"row %zu, labelled ", suspect->row);
    add_class(page, suspect->label);
    inki_str_add(out, ", answered ");
    add_class(page, suspect->answer);
    inki_str_add(out, "\"><div class=\"seen\">");
    INK_TRY(add_row(page, page->data, suspect->row, "row", false));
    INK_TRY(add_twin(page, suspect));
    inki_str_add(out, "</div>");
    add_answer(page, suspect);
    if (!isnan(suspect->share)) {
        inki_str_add(out, "<p class=\"dim\">as unlike: about 1 in ");
        inki_html_count(out, (uint64_t)fmin(1 / (double)suspect->share + 0.5, 1e9));
        inki_str_add(out, " rows</p>");
    }
    inki_str_add(out, "</div>\n");
    return INK_OK;
}

/* --------------------------------------------------------------------- kinds */

static size_t count_of(const struct page *page, const char *kind)
{
    const ink_suspect *suspect;
    size_t count = 0;
    for (size_t i = 0; (suspect = ink_suspects_get(page->suspects, i)); i++) count += strcmp(suspect->kind, kind) == 0;
    return count;
}

static ink_status add_kind(struct page *page, const char *kind, size_t *shown)
{
    const ink_suspect *suspect;
    inki_str_add(&page->report.out, "<div class=\"suspects\">\n");
    *shown = 0;
    for (size_t i = 0; (suspect = ink_suspects_get(page->suspects, i)); i++) {
        if (strcmp(suspect->kind, kind) != 0) continue;
        if (*shown == EACH || page->report.out.length > MOST) break;
        INK_TRY(add_suspect(page, suspect));
        (*shown)++;
    }
    inki_str_add(&page->report.out, "</div>\n");
    return INK_OK;
}

static ink_status add_section(struct page *page, size_t k)
{
    struct inki_str *out = &page->report.out;
    const size_t count = count_of(page, kinds[k].kind);
    size_t shown = 0;
    inki_report_begin(&page->report, kinds[k].kind, kinds[k].heading);
    if (!ink_suspects_sought(page->suspects, kinds[k].kind)) {
        inki_str_add(out, "<p>Not looked for: only among images, in folds of 400 or more.</p>\n");
    } else if (count == 0) {
        inki_str_add(out, "<p>None were found.</p>\n");
    } else {
        inki_str_add(out, "<p>%s</p>\n", kinds[k].text);
        INK_TRY(add_kind(page, kinds[k].kind, &shown));
    }
    if (shown < count)
        inki_str_add(
            out,
            "<p class=\"left\">The page stays readable with the first %zu of %zu; the other %zu are in the file "
            "of <code>-o</code> only, and are not in the one that is downloaded here.</p>\n",
            shown, count, count - shown);
    inki_report_end(&page->report);
    return INK_OK;
}

/* ---------------------------------------------------------------------- page */

static void add_top(struct page *page)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<header><p class=\"brand\">Inkling</p><h1>");
    inki_html_text(out, page->report.title);
    inki_str_add(out, "</h1><p class=\"dim\">");
    inki_html_count(out, page->data->rows);
    inki_str_add(out, " rows of ");
    inki_html_text(out, page->data->source);
    inki_str_add(out, "; each answered by a network that was not trained on it</p></header>\n<main>\n"
                      "<noscript><p>To choose what becomes of the rows, this page needs its script.</p></noscript>\n"
                      "<div id=\"bar\" hidden></div>\n");
}

static void add_classes(struct page *page)
{
    struct inki_str *out = &page->report.out;
    inki_str_add(out, "<script type=\"application/json\" id=\"classes\">[");
    for (size_t c = 0; c < page->data->classes; c++) {
        inki_str_add(out, "%s", c ? "," : "");
        inki_html_json(out, ink_data_class(page->data, c));
    }
    inki_str_add(out, "]</script>\n");
}

static ink_status compose(struct page *page)
{
    inki_report_head(&page->report);
    add_top(page);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) INK_TRY(add_section(page, k));
    inki_str_add(&page->report.out, "<section id=\"use\"><h2>What to do with the file</h2>\n<p><code>inkling train ");
    inki_report_word(&page->report, page->data->source);
    inki_str_add(&page->report.out,
                 " --drop-rows ticked.csv --relabel ticked.csv</code></p>\n<p class=\"dim\">Its column "
                 "<code>action</code> says what becomes of each row: <code>--drop-rows</code> leaves out those to be "
                 "dropped, <code>--relabel</code> gives those to be relabelled their <code>answer</code>. "
                 "<code>convert</code> takes it too.</p></section>\n</main>\n"
                 "<footer><p>Made by Inkling %s. This page loads nothing from the network.</p></footer>\n",
                 ink_version());
    add_classes(page);
    inki_str_add(&page->report.out, "<script>\n%s</script>\n</body>\n</html>\n", inki_web_suspects_js);
    return page->report.out.failed ? inki_fail(page->report.ctx, INK_NO_MEMORY, "out of memory for the page") : INK_OK;
}

ink_status ink_suspects_write(ink_ctx *ctx, const ink_suspects *suspects, const ink_data *data, const char *title,
                              ink_sink sink, void *user)
{
    struct page page = {
        .report = {.ctx = ctx, .title = title, .out = {.ctx = ctx}}, .suspects = suspects, .data = data};
    page.images = data->height > 1 && data->width > 1 && (data->channels == 1 || data->channels == 3);
    ink_status status = compose(&page);
    if (status == INK_OK && !sink(user, page.report.out.text, page.report.out.length))
        status = inki_fail(ctx, INK_IO, "the page could not be written");
    inki_free(page.report.out.text);
    return status;
}
