/* page: background, polarity, strokes.
 * SPDX-License-Identifier: MIT
 *
 * Light: a surface of the second degree is fitted to the border, then to all that lies near it; what stands out from it more, and
 * on which side, is the ink. Then the light is levelled by an opening: the background under a stroke is what is around it, so
 * that shadows and frames do no harm. Ink is what stands out by half of the typical stroke, and what of weaker strokes hangs
 * together with it; specks and what comes in from the edge are left out. */
#include "image/page.h"

#include "base/exp_log.h"
#include "base/mem.h"
#include "image/light.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 5, STROKES = 1024, SIDE_OF_MANY = 1280, LEAST_OF_MANY = 512, STROKES_OF_MANY = 16384 };

/* A pixel that stands out by so much of the typical stroke begins one, or belongs to one. */
static const struct {
    double strong, weak;
} limits[] = {{0.6, 0.3}, {0.55, 0.4}}; /* of one sign, of many */

/* ----------------------------------------------------------------- levelling */

/* Dark ink by the logarithm of the light that comes back: light that falls on half of the page halves paper and ink alike
 * there, so that a shadow on paper stands out much less than ink in the sun. Near the paper's grey a step is as large as one
 * of grey. */
static void darken(struct inki_page *page)
{
    const double faint = 0.08; /* of white; keeps noise in the dark small */
    size_t count = page->plane.height * page->plane.width;
    memcpy(page->values, page->grey, count * sizeof *page->values);
    page->paper = (double)inki_quantile(page->values, count, 0.5) + faint;
    for (size_t i = 0; i < count; i++)
        page->plane.v[i] = (float)(page->paper * inki_log(page->paper / ((double)page->grey[i] + faint)));
}

/* The half of what the widest strokes of many signs may be. */
static size_t reach_of_many(const struct inki_page *page)
{
    size_t height = page->plane.height, width = page->plane.width, longer = height > width ? height : width;
    size_t shorter = height < width ? height : width;
    return (longer / 8 < shorter / 4 ? longer / 8 : shorter / 4) + 1;
}

/* The plane becomes what stands out as ink of this kind, from about 0 up. Returns the noise, as a standard deviation. */
static double level(struct inki_page *page, bool dark_ink, struct inki_relief *relief)
{
    size_t count = page->plane.height * page->plane.width;
    size_t longer = page->plane.height > page->plane.width ? page->plane.height : page->plane.width;
    struct inki_plane background = {page->plane.height, page->plane.width, page->values};
    if (dark_ink)
        darken(page);
    else
        memcpy(page->plane.v, page->grey, count * sizeof *page->grey);
    *relief = inki_light_level(&page->plane, page->spare);
    memcpy(page->values, page->plane.v, count * sizeof *page->values);
    inki_plane_blur(&background, page->spare, 1);
    for (size_t i = 0; i < count; i++) page->spare[i] = fabsf(page->plane.v[i] - page->values[i]);
    double noise = 3 * 1.4826 * (double)inki_quantile(page->spare, count, 0.5); /* two blurs leave a third */
    inki_plane_open(&background, page->plan.many ? reach_of_many(page) : longer / 5, page->line);
    inki_plane_blur(&background, page->spare, 3);
    for (size_t i = 0; i < count; i++) page->plane.v[i] -= page->values[i];
    memcpy(page->values, page->plane.v, count * sizeof *page->values);
    float zero = inki_quantile(page->values, count, 0.25);
    for (size_t i = 0; i < count; i++) page->plane.v[i] = fmaxf(0, page->plane.v[i] - zero);
    return noise;
}

/* How far a typical stroke stands out: the median of what is above half of that. 0 if nothing stands out from the noise. */
static double typical_ink(struct inki_page *page, double noise)
{
    size_t count = page->plane.height * page->plane.width, most = count / 1000 > 8 ? count / 1000 : 8;
    memcpy(page->values, page->plane.v, count * sizeof *page->values);
    double ink = (double)inki_quantile(page->values, count, 1 - (double)most / (double)count);
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t above = 0;
        for (size_t i = 0; i < count; i++) {
            if ((double)page->plane.v[i] > ink / 2) page->values[above++] = page->plane.v[i];
        }
        if (above == 0) return 0;
        ink = (double)inki_quantile(page->values, above, 0.5);
    }
    return ink > fmax(0.03, 4 * noise) ? ink : 0;
}

/* ------------------------------------------------------------------- strokes */

static void add_pixel(const struct inki_page *page, struct inki_stroke *stroke, size_t y, size_t x)
{
    size_t h = page->plane.height, w = page->plane.width;
    stroke->area++;
    stroke->edge += y == 0 || x == 0 || y + 1 == h || x + 1 == w;
    stroke->mass += (double)page->plane.v[y * w + x];
    if (y < stroke->top) stroke->top = y;
    if (x < stroke->left) stroke->left = x;
    if (y > stroke->bottom) stroke->bottom = y;
    if (x > stroke->right) stroke->right = x;
}

#define PENDING UINT32_MAX /* the label of ink that is in no stroke yet */

/* A new stroke of all pending pixels that hang together with (y, x), eight neighbours each. */
static void trace(struct inki_page *page, size_t y, size_t x)
{
    size_t h = page->plane.height, w = page->plane.width, depth = 0;
    struct inki_stroke *stroke = &page->strokes[page->stroke_count];
    uint32_t label = (uint32_t)++page->stroke_count;
    *stroke = (struct inki_stroke){.top = y, .left = x, .bottom = y, .right = x};
    page->labels[y * w + x] = label;
    page->stack[depth++] = (uint32_t)(y * w + x);
    while (depth > 0) {
        size_t at = page->stack[--depth], row = at / w, column = at % w;
        add_pixel(page, stroke, row, column);
        for (size_t i = row > 0 ? row - 1 : 0; i <= row + 1 && i < h; i++) {
            for (size_t k = column > 0 ? column - 1 : 0; k <= column + 1 && k < w; k++) {
                size_t next = i * w + k;
                if (page->labels[next] != PENDING) continue;
                page->labels[next] = label;
                page->stack[depth++] = (uint32_t)next;
            }
        }
    }
}

/* Strokes of the pending pixels, each with one that stands out by `strong`. */
static void trace_all(struct inki_page *page, double strong)
{
    size_t w = page->plane.width, count = page->plane.height * w;
    page->stroke_count = 0;
    for (size_t i = 0; i < count && page->stroke_count < page->plan.strokes; i++)
        if (page->labels[i] == PENDING && (double)page->plane.v[i] >= strong) trace(page, i / w, i % w);
    for (size_t i = 0; i < count; i++)
        if (page->labels[i] == PENDING) page->labels[i] = 0;
}

static void find_strokes(struct inki_page *page, double ink)
{
    size_t count = page->plane.height * page->plane.width;
    double weak = limits[page->plan.many].weak * ink;
    for (size_t i = 0; i < count; i++) page->labels[i] = (double)page->plane.v[i] >= weak ? PENDING : 0;
    trace_all(page, limits[page->plan.many].strong * ink);
}

/* What a stroke counts for; one that comes in from the edge, less. */
static double weight_of(const struct inki_stroke *stroke) { return stroke->edge ? stroke->mass / 4 : stroke->mass; }

static const struct inki_stroke *find_main(const struct inki_page *page)
{
    const struct inki_stroke *main = &page->strokes[0];
    for (size_t i = 1; i < page->stroke_count; i++) {
        if (weight_of(&page->strokes[i]) > weight_of(main)) main = &page->strokes[i];
    }
    return main;
}

static size_t gap(size_t a_begin, size_t a_end, size_t b_begin, size_t b_end)
{
    if (a_begin > b_end) return a_begin - b_end;
    return b_begin > a_end ? b_begin - a_end : 0;
}

/* Whether a stroke belongs to the same sign as the main one: large enough, near, and not coming in from the edge. */
static bool belongs(const struct inki_stroke *stroke, const struct inki_stroke *main)
{
    size_t h = main->bottom - main->top + 1, w = main->right - main->left + 1, near = (h > w ? h : w) / 4;
    if (stroke == main) return true;
    if (stroke->area * 25 < main->area || (stroke->edge && !main->edge)) return false;
    return gap(stroke->top, stroke->bottom, main->top, main->bottom) <= near &&
           gap(stroke->left, stroke->right, main->left, main->right) <= near;
}

/* Chooses the strokes of the sign, and its box. */
static void keep_strokes(struct inki_page *page)
{
    const struct inki_stroke *main = find_main(page);
    size_t top = main->top, left = main->left, bottom = main->bottom, right = main->right;
    for (size_t i = 0; i < page->stroke_count; i++) {
        struct inki_stroke *stroke = &page->strokes[i];
        stroke->kept = belongs(stroke, main);
        if (!stroke->kept) continue;
        if (stroke->top < top) top = stroke->top;
        if (stroke->left < left) left = stroke->left;
        if (stroke->bottom > bottom) bottom = stroke->bottom;
        if (stroke->right > right) right = stroke->right;
    }
    page->ink = (struct inki_box){(double)top, (double)left, (double)bottom + 1, (double)right + 1};
}

static bool is_kept(const struct inki_page *page, size_t y, size_t x)
{
    if (y >= page->plane.height || x >= page->plane.width) return false; /* also what is left of 0 */
    size_t label = page->labels[y * page->plane.width + x];
    return label > 0 && page->strokes[label - 1].kept;
}

/* A share of dark ink takes that share of the paper's light away. */
double inki_page_share(const struct inki_page *page, double value)
{
    double share = value / page->contrast;
    if (page->dark_ink) share = (inki_exp(-value / page->paper) - 1) / (inki_exp(-page->contrast / page->paper) - 1);
    return fmin(1, fmax(0, (share - 0.2) / 0.6));
}

/* The plane becomes 0 to 1; a pixel's width around the kept strokes stays, for smooth edges. */
static void shade(struct inki_page *page)
{
    for (size_t y = 0; y < page->plane.height; y++) {
        for (size_t x = 0; x < page->plane.width; x++) {
            bool near = is_kept(page, y, x) || is_kept(page, y - 1, x) || is_kept(page, y + 1, x) ||
                        is_kept(page, y, x - 1) || is_kept(page, y, x + 1);
            float *v = &page->plane.v[y * page->plane.width + x];
            *v = near ? (float)inki_page_share(page, (double)*v) : 0;
        }
    }
}

static bool is_ink(const struct inki_page *page, size_t y, size_t x)
{
    /* also what is left of 0 is beyond the plane */
    return y < page->plane.height && x < page->plane.width && page->plane.v[y * page->plane.width + x] >= 0.5F;
}

/* The width of strokes: area over half of the outline. */
void inki_page_measure(struct inki_page *page)
{
    size_t area = 0, outline = 0;
    struct inki_box ink = {(double)page->plane.height, (double)page->plane.width, 0, 0};
    for (size_t y = 0; y < page->plane.height; y++) {
        for (size_t x = 0; x < page->plane.width; x++) {
            if (!is_ink(page, y, x)) continue;
            area++;
            ink.top = fmin(ink.top, (double)y);
            ink.left = fmin(ink.left, (double)x);
            ink.bottom = fmax(ink.bottom, (double)y + 1);
            ink.right = fmax(ink.right, (double)x + 1);
            for (size_t side = 0; side < 4; side++)
                outline += !is_ink(page, y + (side == 0) - (side == 1), x + (side == 2) - (side == 3));
        }
    }
    if (area > 0) page->ink = ink;
    page->filled = (double)area / ((page->ink.bottom - page->ink.top) * (page->ink.right - page->ink.left));
    /* Slanted outlines count more sides than they are long: 4/pi on average. */
    page->stroke = outline ? 2 * (double)area / (0.7854 * (double)outline) : 0;
}

/* --------------------------------------------------------------- the page */

static size_t side_of(double length, double step, size_t most)
{
    size_t side = (size_t)(length / step + 0.5);
    if (side > most) side = most;
    return side > 0 ? side : 1;
}

static void take_box(struct inki_page *page, const ink_image *image, const struct inki_box *box)
{
    double height = box->bottom - box->top, width = box->right - box->left, longer = fmax(height, width);
    double side = fmin(fmax(longer, (double)page->plan.least), (double)page->plan.side);
    page->box = *box;
    struct inki_plane grey = {.v = page->grey};
    page->step = longer / side;
    grey.height = side_of(height, page->step, page->plan.side);
    grey.width = side_of(width, page->step, page->plan.side);
    inki_plane_sample(image, box, &grey);
    inki_plane_blur(&grey, page->spare, 1);
    page->plane = (struct inki_plane){grey.height, grey.width, page->ink_plane};
}

/* ------------------------------------------------------------------ polarity */

/* What was found of ink that is dark, or light. */
struct finding {
    bool found;
    double contrast, border; /* the share of the plane's edge that is ink */
    struct inki_box ink;
    struct inki_relief relief;
};

static double inked_border(const struct inki_page *page, double ink)
{
    size_t h = page->plane.height, w = page->plane.width, inked = 0;
    for (size_t y = 0; y < h; y++) {
        for (size_t x = 0; x < w; x += y == 0 || y + 1 == h || w == 1 ? 1 : w - 1)
            inked += (double)page->plane.v[y * w + x] > ink / 2;
    }
    return (double)inked / (double)(2 * (h + w));
}

static struct finding find_ink(struct inki_page *page, bool dark_ink)
{
    struct finding finding = {0};
    double noise = level(page, dark_ink, &finding.relief);
    finding.contrast = typical_ink(page, noise);
    if (finding.contrast == 0) return finding;
    find_strokes(page, finding.contrast);
    if (page->stroke_count == 0) return finding;
    keep_strokes(page);
    finding.found = true;
    finding.ink = page->ink;
    finding.border = inked_border(page, finding.contrast);
    return finding;
}

static bool encloses(const struct inki_box *a, const struct inki_box *b)
{
    return a->top <= b->top && a->left <= b->left && a->bottom >= b->bottom && a->right >= b->right;
}

/* Ink of the wrong polarity is what lies between and around strokes: paler than the ink, or all along the border, or enclosed
 * by it. Where that does not decide, more stands out on the ink's side. */
static bool is_dark(const struct finding *dark, const struct finding *light)
{
    const struct inki_relief *relief = &light->relief;
    if (!dark->found || !light->found) return dark->found;
    if (dark->contrast < 0.4 * light->contrast || light->contrast < 0.4 * dark->contrast)
        return dark->contrast > light->contrast;
    if ((dark->border > 0.5) != (light->border > 0.5)) return light->border > 0.5;
    double more = fmax(relief->below, relief->above), less = fmin(relief->below, relief->above);
    bool dark_around = encloses(&dark->ink, &light->ink), light_around = encloses(&light->ink, &dark->ink);
    if (dark_around != light_around && less > more / 3) return dark_around;
    return relief->below > relief->above;
}

bool inki_page_find(struct inki_page *page, const ink_image *image, const struct inki_box *box)
{
    take_box(page, image, box);
    struct finding dark = find_ink(page, true), light = find_ink(page, false);
    if (!dark.found && !light.found) return false;
    page->dark_ink = is_dark(&dark, &light);
    if (page->dark_ink) find_ink(page, true);
    page->contrast = page->dark_ink ? dark.contrast : light.contrast;
    if (page->plan.many) return true;
    shade(page);
    inki_page_measure(page);
    return true;
}

#ifndef INKI_EXPORTED
void inki_page_retrace(struct inki_page *page)
{
    size_t count = page->plane.height * page->plane.width;
    for (size_t i = 0; i < count; i++) page->labels[i] = page->labels[i] ? PENDING : 0;
    trace_all(page, 0);
}

/* ------------------------------------------------------------------- its room */

struct inki_page_plan inki_page_for_one(void)
{
    return (struct inki_page_plan){INKI_PAGE_SIDE, 128, INKI_PAGE_SIDE * INKI_PAGE_SIDE, STROKES, false};
}

struct inki_page_plan inki_page_for_many(const ink_image *image)
{
    struct inki_page_plan plan = {SIDE_OF_MANY, 0, 0, STROKES_OF_MANY, true};
    size_t longer = image->height > image->width ? image->height : image->width;
    plan.least = 3 * longer < LEAST_OF_MANY ? 3 * longer : LEAST_OF_MANY; /* a few pixels do not make much */
    double step = (double)longer / fmin(fmax((double)longer, (double)plan.least), (double)plan.side);
    plan.pixels = side_of((double)image->height, step, plan.side) * side_of((double)image->width, step, plan.side);
    if (plan.strokes > plan.pixels) plan.strokes = plan.pixels;
    return plan;
}

/* A place for `count` values of `size` bytes behind *used bytes of a block, or before there is one only its bytes counted. */
static void *carve(char *block, size_t *used, size_t count, size_t size)
{
    size_t at = *used;
    *used += (count * size + 63) / 64 * 64;
    return block ? block + at : NULL;
}

static size_t carve_all(struct inki_page *page, char *block)
{
    const size_t pixels = page->plan.pixels;
    float **planes[] = {&page->grey, &page->ink_plane, &page->values, &page->spare};
    size_t used = 0;
    carve(block, &used, 1, sizeof *page);
    page->strokes = carve(block, &used, page->plan.strokes, sizeof *page->strokes);
    for (size_t i = 0; i < sizeof planes / sizeof *planes; i++)
        *planes[i] = carve(block, &used, pixels, sizeof **planes[i]);
    page->line = carve(block, &used, 2 * page->plan.side, sizeof *page->line);
    page->labels = carve(block, &used, pixels, sizeof *page->labels);
    page->stack = carve(block, &used, pixels, sizeof *page->stack);
    return used;
}

ink_status inki_page_new(ink_ctx *ctx, const struct inki_page_plan *plan, struct inki_page **out)
{
    struct inki_page page = {.plan = *plan};
    *out = NULL;
    char *block = inki_alloc(ctx, 1, carve_all(&page, NULL));
    if (!block) return INK_NO_MEMORY;
    carve_all(&page, block);
    *out = memcpy(block, &page, sizeof page);
    return INK_OK;
}
#endif
