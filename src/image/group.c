/* group: strokes become signs: which are signs by themselves, which are parts of one, which are dirt.
 * SPDX-License-Identifier: MIT
 *
 * All is measured by the height of a typical sign: half of the ink is in higher strokes. Strokes of at least half of that are signs; what
 * is smaller belongs to the one that it lies over or beside, near enough. Where all ink is in dots, they are bridged first. */
#include "image/pieces.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A group of strokes under way: its box, and the piece that it becomes. */
struct group {
    size_t top, left, bottom, right, area, edge;
    uint32_t piece; /* from 1; 0: none */
    bool spot;      /* no sign, and more than a speck */
};

struct grouping {
    ink_pieces *pieces;
    const struct inki_page *page;
    uint32_t *root;       /* [strokes + 1] of the tree that a label is in */
    struct group *groups; /* [strokes + 1] by the root's label */
    size_t strokes;
    double height;
    uint32_t *signs; /* [sign_count], labels of what may be a sign or half of one */
    size_t sign_count;
};

static size_t height_of(const struct group *group) { return group->bottom - group->top + 1; }
static size_t width_of(const struct group *group) { return group->right - group->left + 1; }

/* -------------------------------------------------------------------- union */

static uint32_t root_of(uint32_t *root, uint32_t label)
{
    while (root[label] != label) label = root[label] = root[root[label]];
    return label;
}

static void join_labels(uint32_t *root, uint32_t a, uint32_t b)
{
    a = root_of(root, a);
    b = root_of(root, b);
    if (a < b)
        root[b] = a;
    else
        root[a] = b;
}

static void collect_groups(struct grouping *g)
{
    for (uint32_t label = 1; label <= g->strokes; label++) g->groups[label].area = 0;
    for (uint32_t label = 1; label <= g->strokes; label++) {
        const struct inki_stroke *stroke = &g->page->strokes[label - 1];
        struct group *group = &g->groups[root_of(g->root, label)];
        if (group->area == 0) {
            *group = (struct group){
                stroke->top, stroke->left, stroke->bottom, stroke->right, stroke->area, stroke->edge, 0, false};
            continue;
        }
        group->top = stroke->top < group->top ? stroke->top : group->top;
        group->left = stroke->left < group->left ? stroke->left : group->left;
        group->bottom = stroke->bottom > group->bottom ? stroke->bottom : group->bottom;
        group->right = stroke->right > group->right ? stroke->right : group->right;
        group->area += stroke->area;
        group->edge += stroke->edge;
    }
}

/* ------------------------------------------------------------ typical height */

struct weighed {
    double value, weight;
};

static int by_value(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

static double weighed_median(struct weighed *list, size_t count)
{
    double all = 0, below = 0;
    if (count == 0) return 0;
    qsort(list, count, sizeof *list, by_value);
    for (size_t i = 0; i < count; i++) all += list[i].weight;
    for (size_t i = 0; i < count; i++) {
        below += list[i].weight;
        if (2 * below >= all) return list[i].value;
    }
    return list[count - 1].value;
}

/* Thin and long, as a rest of a line. */
static bool is_line(const struct group *group)
{
    return width_of(group) > 4 * height_of(group) || height_of(group) > 25 * width_of(group);
}

/* Over the ink of what does not come in from the edge, where there is such. */
static double typical_height(const struct grouping *g, struct weighed *list)
{
    for (size_t edges = 0; edges < 2; edges++) {
        size_t count = 0;
        for (size_t label = 1; label <= g->strokes; label++) {
            const struct group *group = &g->groups[label];
            if (group->area == 0 || (group->edge && !edges) || is_line(group)) continue;
            list[count++] = (struct weighed){(double)height_of(group), (double)group->area};
        }
        if (count > 0) return weighed_median(list, count);
    }
    return 0;
}

/* --------------------------------------------------------------------- dots */

/* The size of the dots that all ink is in; 0 if it is not. */
static double dot_size(const struct grouping *g)
{
    double dots = 0, all = 0, size = 0;
    size_t count = 0;
    for (size_t label = 1; label <= g->strokes; label++) {
        const struct group *group = &g->groups[label];
        double h = (double)height_of(group), w = (double)width_of(group), area = (double)group->area;
        if (group->area == 0) continue;
        all += area;
        if (h > 2 * w || w > 2 * h || area < 0.6 * h * w) continue;
        dots += area;
        size += area * fmax(h, w);
        count++;
    }
    return count >= 8 && dots > 0.8 * all ? size / dots : 0;
}

/* The label of each pixel within `reach` of ink, the nearest one's; where two meet, they are joined. front, next: [pixels] */
static void spread(struct grouping *g, size_t reach, uint32_t *near, uint32_t *front, uint32_t *next)
{
    const size_t h = g->page->plane.height, w = g->page->plane.width;
    size_t count = 0;
    memcpy(near, g->page->labels, h * w * sizeof *near);
    for (size_t i = 0; i < h * w; i++)
        if (near[i]) front[count++] = (uint32_t)i;
    for (size_t step = 0; step <= reach; step++) {
        size_t more = 0;
        for (size_t k = 0; k < count; k++) {
            size_t at = front[k], y = at / w, x = at % w;
            const size_t beside[4] = {y > 0 ? at - w : at, y + 1 < h ? at + w : at, x > 0 ? at - 1 : at,
                                      x + 1 < w ? at + 1 : at};
            for (size_t n = 0; n < 4; n++) {
                if (near[beside[n]] && near[beside[n]] != near[at]) join_labels(g->root, near[beside[n]], near[at]);
                if (near[beside[n]] || step == reach) continue;
                near[beside[n]] = near[at];
                next[more++] = (uint32_t)beside[n];
            }
        }
        uint32_t *old = front;
        front = next;
        next = old;
        count = more;
    }
}

static ink_status bridge_dots(struct grouping *g)
{
    const size_t pixels = g->page->plane.height * g->page->plane.width;
    double size = dot_size(g);
    if (size == 0) return INK_OK;
    uint32_t *planes = inki_alloc(g->pieces->ctx, 3 * pixels, sizeof *planes);
    if (!planes) return INK_NO_MEMORY;
    spread(g, (size_t)(0.8 * size) + 1, planes, planes + pixels, planes + 2 * pixels);
    inki_free(planes);
    collect_groups(g);
    return INK_OK;
}

/* -------------------------------------------------------------------- signs */

/* What reaches far beyond a sign is no sign: an edge of the sheet, a bracket, a rest of a line. */
static bool is_too_large(const struct grouping *g, const struct group *group)
{
    double h = (double)height_of(group), w = (double)width_of(group);
    if (group->edge && h > 0.9 * (double)g->page->plane.height && w > 0.9 * (double)g->page->plane.width) return true;
    if (group->edge && (h > 2.2 * g->height || w > 4 * g->height)) return true;
    return h > 3 * g->height || (is_line(group) && w > fmax(h, 0.9 * g->height));
}

static bool is_sign(const struct grouping *g, const struct group *group)
{
    double h = (double)height_of(group);
    return h >= 0.55 * g->height && !is_too_large(g, group);
}

/* A point or a comma: small, as high as wide or hardly more, at the sign's foot and beside it. */
static bool is_point(const struct grouping *g, const struct group *part, const struct group *sign)
{
    const double h = (double)height_of(part), w = (double)width_of(part);
    const bool beside = part->left > sign->right + 1 || part->right + 1 < sign->left;
    return beside && h <= 0.45 * g->height && w <= 0.3 * g->height && w <= 1.7 * h &&
           (double)part->top >= (double)sign->bottom - 0.3 * g->height;
}

/* How well a part fits to a sign, at most 1: what share of its width lies over it, less how far off it is. Below 0: not at all. */
static double fit_to(const struct grouping *g, const struct group *part, const struct group *sign)
{
    double low = fmax((double)part->left, (double)sign->left),
           high = fmin((double)part->right, (double)sign->right) + 1;
    double over = high > low ? (high - low) / (double)width_of(part) : 0;
    double aside = fmax(0, low - high),
           apart = fmax(0, fmax((double)part->top - (double)sign->bottom, (double)sign->top - (double)part->bottom));
    double distance = hypot(aside, apart) / (0.3 * g->height);
    double tall = fmax((double)part->bottom, (double)sign->bottom) - fmin((double)part->top, (double)sign->top);
    double wide = fmax((double)part->right, (double)sign->right) - fmin((double)part->left, (double)sign->left);
    if (is_point(g, part, sign)) return -1;
    if (tall > 1.5 * g->height || wide > fmax(1.3 * g->height, 1.2 * (double)width_of(sign))) return -1;
    return distance > 1 ? -1 : over - distance;
}

/* Lists what is at least so high and no rest of a line. */
static void list_signs(struct grouping *g, double least)
{
    g->sign_count = 0;
    for (uint32_t label = 1; label <= g->strokes; label++) {
        const struct group *group = &g->groups[label];
        if (group->area > 0 && (double)height_of(group) >= least && !is_too_large(g, group))
            g->signs[g->sign_count++] = label;
    }
}

/* The sign that the part fits best, or 0. */
static uint32_t best_sign(const struct grouping *g, const struct group *part)
{
    double best = -0.99;
    uint32_t found = 0;
    for (size_t k = 0; k < g->sign_count; k++) {
        double fit = fit_to(g, part, &g->groups[g->signs[k]]);
        if (fit <= best) continue;
        best = fit;
        found = g->signs[k];
    }
    return found;
}

/* Small parts go to the sign that they fit best, as long as they are no specks. */
static void join_parts(struct grouping *g)
{
    for (uint32_t label = 1; label <= g->strokes; label++) {
        const struct group *part = &g->groups[label];
        if (part->area == 0 || part->edge || is_sign(g, part) || is_too_large(g, part)) continue;
        if (fmax((double)height_of(part), (double)width_of(part)) < 0.1 * g->height) continue;
        uint32_t sign = best_sign(g, part);
        if (sign) join_labels(g->root, label, sign);
    }
}

/* Whether the two are halves of one sign, one above the other. */
static bool are_halves(const struct grouping *g, const struct group *upper, const struct group *lower)
{
    double tall = (double)lower->bottom - (double)upper->top;
    double over = fmin((double)upper->right, (double)lower->right) - fmax((double)upper->left, (double)lower->left);
    double narrow = fmin((double)width_of(upper), (double)width_of(lower));
    return upper->top < lower->top && tall <= 1.15 * g->height && over >= 0.6 * narrow;
}

static void join_halves(struct grouping *g)
{
    for (size_t i = 0; i < g->sign_count; i++) {
        for (size_t k = 0; k < g->sign_count; k++)
            if (are_halves(g, &g->groups[g->signs[i]], &g->groups[g->signs[k]]))
                join_labels(g->root, g->signs[i], g->signs[k]);
    }
}

/* More than a speck: a dot as thick as a stroke, a dash. A rest of a line or of an edge is none. */
static bool is_spot(const struct grouping *g, const struct group *group, double size)
{
    const double full = (double)group->area / ((double)height_of(group) * (double)width_of(group));
    return !group->edge && size >= 0.1 * g->height && size <= g->height && full >= 0.4 &&
           (double)group->area >= 0.008 * g->height * g->height;
}

/* What is a sign in the end gets its number; the rest is dirt. */
static void number_signs(struct grouping *g)
{
    ink_pieces *pieces = g->pieces;
    for (uint32_t label = 1; label <= g->strokes; label++) {
        struct group *group = &g->groups[label];
        double size = fmax((double)height_of(group), (double)width_of(group));
        if (group->area == 0) continue;
        bool small = !group->edge && size >= 0.4 * g->height && !is_too_large(g, group) &&
                     (double)height_of(group) >= 0.3 * g->height;
        if (is_sign(g, group) || small) group->piece = (uint32_t)++pieces->count;
        group->spot = !group->piece && is_spot(g, group, size);
        pieces->left_out += group->spot;
    }
}

static ink_status list_left(struct grouping *g)
{
    ink_pieces *pieces = g->pieces;
    pieces->left = inki_alloc(pieces->ctx, pieces->left_out, sizeof *pieces->left);
    if (!pieces->left) return INK_NO_MEMORY;
    struct inki_piece *to = pieces->left;
    for (uint32_t label = 1; label <= g->strokes; label++) {
        const struct group *group = &g->groups[label];
        if (group->area > 0 && group->spot)
            *to++ = (struct inki_piece){group->top, group->left, group->bottom, group->right, group->area, 0, 0};
    }
    return INK_OK;
}

static ink_status group_all(struct grouping *g, uint32_t *of)
{
    struct weighed *list = inki_alloc(g->pieces->ctx, g->strokes + 1, sizeof *list);
    if (!list) return INK_NO_MEMORY;
    for (uint32_t label = 0; label <= g->strokes; label++) g->root[label] = label;
    collect_groups(g);
    ink_status status = bridge_dots(g);
    g->height = typical_height(g, list);
    inki_free(list);
    if (status != INK_OK) return status;
    list_signs(g, 0.3 * g->height);
    if (g->sign_count <= 2 * INK_PIECES_MOST) join_halves(g);
    collect_groups(g);
    list_signs(g, 0.55 * g->height);
    if (g->sign_count <= INK_PIECES_MOST) join_parts(g);
    collect_groups(g);
    number_signs(g);
    INK_TRY(list_left(g));
    g->pieces->height = g->height;
    of[0] = 0;
    for (uint32_t label = 1; label <= g->strokes; label++) of[label] = g->groups[root_of(g->root, label)].piece;
    return INK_OK;
}

ink_status inki_pieces_group(ink_pieces *pieces, uint32_t *of)
{
    struct grouping g = {.pieces = pieces, .page = pieces->page, .strokes = pieces->page->stroke_count};
    g.root = inki_alloc(pieces->ctx, g.strokes + 1, sizeof *g.root);
    g.signs = inki_alloc(pieces->ctx, g.strokes + 1, sizeof *g.signs);
    g.groups = inki_zalloc(pieces->ctx, g.strokes + 1, sizeof *g.groups);
    ink_status status = g.root && g.groups && g.signs ? group_all(&g, of) : INK_NO_MEMORY;
    inki_free(g.root);
    inki_free(g.signs);
    inki_free(g.groups);
    return status;
}
