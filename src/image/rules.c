/* rules: takes ruled lines and the boxes of forms from a page.
 * SPDX-License-Identifier: MIT
 *
 * A line is looked for by Hough's sums over slopes and places (of ink, along nearly level or nearly upright lines), followed pixel by pixel,
 * and taken away where it is alone: where the ink across it is much longer than the line is thick, a stroke crosses it and stays. Lines of a
 * sheet run from edge to edge; those of a form bound a stroke's box on all four sides. */
#include "image/pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOPES = 60, RULES_MOST = 200, THICK_MOST = 15 /* of lines, pixels */ };
#define STEEPEST 0.12 /* of lines, to the sheet's edges */

/* A part of the page, in which lines are looked for along `along` (x, or y of upright ones). label 0: of all ink. */
struct field {
    struct inki_page *page;
    bool upright;
    uint32_t label;
    size_t begin, end, low, high; /* along, across; ends are behind the last */
};

/* A line: at `at` across where along is the field's begin. */
struct rule {
    double at, slope, covered; /* the share of it that has ink */
    size_t thick;
};

static size_t index_of(const struct field *field, size_t along, size_t across)
{
    return field->upright ? along * field->page->plane.width + across : across * field->page->plane.width + along;
}

static bool has_ink(const struct field *field, size_t along, ptrdiff_t across)
{
    if (across < (ptrdiff_t)field->low || across >= (ptrdiff_t)field->high) return false;
    uint32_t label = field->page->labels[index_of(field, along, (size_t)across)];
    return field->label ? label == field->label : label > 0;
}

/* The ink across the line at a place near `centre`: from *from to before *to, no more of it than tells a line from other ink. False if there is none. */
static bool run_at(const struct field *field, size_t along, double centre, ptrdiff_t reach, ptrdiff_t *from,
                   ptrdiff_t *to)
{
    ptrdiff_t middle = (ptrdiff_t)floor(centre + 0.5), at = middle;
    bool found = has_ink(field, along, at);
    for (ptrdiff_t d = 1; d <= reach && !found; d++) {
        at = middle - d;
        found = has_ink(field, along, at);
        if (found) break;
        at = middle + d;
        found = has_ink(field, along, at);
    }
    if (!found) return false;
    for (*from = at; at - *from <= THICK_MOST && has_ink(field, along, *from - 1);) --*from;
    for (*to = at + 1; *to - at <= THICK_MOST && has_ink(field, along, *to);) ++*to;
    return true;
}

/* ------------------------------------------------------------------ following */

/* Goes along the line, which may bend a little, and measures how much of it there is, and how thick; with `erase` takes it away. */
static void follow(const struct field *field, struct rule *rule, bool erase)
{
    size_t thick[THICK_MOST + 1] = {0}, covered = 0, length = field->end - field->begin;
    double drift = 0;
    ptrdiff_t from, to, reach = 2;
    for (size_t i = 0; i < length; i++) {
        double centre = rule->at + rule->slope * (double)i + drift;
        if (!run_at(field, field->begin + i, centre, reach, &from, &to)) continue;
        size_t run = (size_t)(to - from);
        covered++;
        thick[run < THICK_MOST ? run : THICK_MOST]++;
        bool alone = run <= rule->thick + rule->thick / 2 + 1;
        if (alone || !erase) drift += 0.1 * fmin(1, fmax(-1, (double)(from + to - 1) / 2 - centre));
        for (ptrdiff_t across = from; erase && alone && across < to; across++) {
            size_t at = index_of(field, field->begin + i, (size_t)across);
            field->page->labels[at] = 0;
            field->page->plane.v[at] = 0;
        }
    }
    rule->covered = length ? (double)covered / (double)length : 0;
    if (erase) return;
    size_t below = 0;
    for (rule->thick = 1; rule->thick < THICK_MOST; rule->thick++) {
        below += thick[rule->thick];
        if (2 * below >= covered) break;
    }
}

/* ------------------------------------------------------------------- looking */

/* Lists the field's ink in the page's stack; gives how many pixels there are. */
static size_t list_ink(const struct field *field)
{
    size_t count = 0;
    for (size_t across = field->low; across < field->high; across++)
        for (size_t along = field->begin; along < field->end; along++)
            if (has_ink(field, along, (ptrdiff_t)across))
                field->page->stack[count++] = (uint32_t)((across - field->low) << 16 | (along - field->begin));
    return count;
}

/* sums[high - low + 2 * span + 2] of ink along lines of the slope, by where they begin; span is how far such lines rise or fall at most. */
static void sum_ink(const struct field *field, size_t count, double slope, size_t span, float *sums)
{
    memset(sums, 0, (field->high - field->low + 2 * span + 2) * sizeof *sums);
    for (size_t i = 0; i < count; i++) {
        uint32_t pixel = field->page->stack[i];
        sums[(size_t)((double)(pixel >> 16) - slope * (double)(pixel & 0xFFFF) + (double)span + 0.5)]++;
    }
}

/* The slope along which ink lies the most in lines. */
static double best_slope(const struct field *field, size_t count, size_t span, float *sums)
{
    double best = 0, most = -1;
    for (int i = -SLOPES; i <= SLOPES; i++) {
        double slope = STEEPEST * i / SLOPES, peaks = 0;
        sum_ink(field, count, slope, span, sums);
        for (size_t k = 0; k < field->high - field->low + 2 * span; k++)
            peaks += (double)sums[k] * (double)sums[k] * (double)sums[k];
        if (peaks <= most) continue;
        most = peaks;
        best = slope;
    }
    return best;
}

/* Erases the lines that have ink over most of the field. Returns how many. */
static size_t erase_lines(const struct field *field, double least, float *sums)
{
    size_t length = field->end - field->begin, high = field->high - field->low, count = 0;
    size_t span = (size_t)(STEEPEST * (double)length) + 1;
    if (length < 32 || high < 8) return 0;
    size_t ink = list_ink(field);
    double slope = best_slope(field, ink, span, sums);
    sum_ink(field, ink, slope, span, sums);
    for (size_t k = 1; k + 1 < high + 2 * span && count < RULES_MOST; k++) {
        double near = (double)sums[k - 1] + (double)sums[k] + (double)sums[k + 1];
        if (near < least * (double)length || sums[k] < sums[k - 1] || sums[k] < sums[k + 1]) continue;
        struct rule rule = {.at = (double)k - (double)span + (double)field->low, .slope = slope};
        follow(field, &rule, false);
        if (rule.covered < least || rule.thick >= THICK_MOST || (double)rule.thick > 0.03 * (double)length + 2)
            continue;
        follow(field, &rule, true);
        count++;
    }
    return count;
}

/* --------------------------------------------------------------------- forms */

/* The stroke's outline seen from one side: how far in its first ink lies. */
static size_t depth_at(const struct field *field, size_t along, bool from_high)
{
    size_t deep = field->high - field->low;
    for (size_t d = 0; d < deep; d++)
        if (has_ink(field, along, (ptrdiff_t)(from_high ? field->high - 1 - d : field->low + d))) return d;
    return deep;
}

/* Whether the outline is straight on this side; the line along it. places[length] */
static bool is_straight(const struct field *field, bool from_high, float *places, struct rule *out)
{
    size_t length = field->end - field->begin, third = length / 3, near = 0;
    for (size_t i = 0; i < third; i++) places[i] = (float)depth_at(field, field->begin + i, from_high);
    double first = (double)inki_quantile(places, third, 0.5);
    for (size_t i = 0; i < third; i++) places[i] = (float)depth_at(field, field->end - 1 - i, from_high);
    double last = (double)inki_quantile(places, third, 0.5), slope = (last - first) / (double)(length - third);
    double at = first - slope * (double)third / 2;
    if (fabs(slope) > STEEPEST) return false;
    for (size_t i = 0; i < length; i++)
        near += fabs((double)depth_at(field, field->begin + i, from_high) - at - slope * (double)i) <= 2;
    out->at = from_high ? (double)field->high - 1 - at : (double)field->low + at;
    out->slope = from_high ? -slope : slope;
    return (double)near >= 0.8 * (double)length;
}

/* A form's line lies half of its thickness in. */
static void erase_side(const struct field *field, struct rule *side, bool from_high)
{
    follow(field, side, false);
    side->at += (from_high ? -1 : 1) * (double)(side->thick - 1) / 2;
    follow(field, side, true);
}

/* The sides between boxes: nearly all ink from one end to the other. */
static void erase_dividers(const struct field *field, double slope)
{
    for (size_t across = field->low; across < field->high; across++) {
        struct rule rule = {.at = (double)across, .slope = slope};
        follow(field, &rule, false);
        if (rule.covered < 0.93 || rule.thick > 8) continue;
        follow(field, &rule, true);
        across += rule.thick + 2;
    }
}

static struct field field_of(struct inki_page *page, uint32_t label, bool upright)
{
    const struct inki_stroke *stroke = &page->strokes[label - 1];
    struct field field = {page, upright, label, stroke->left, stroke->right + 1, stroke->top, stroke->bottom + 1};
    if (upright)
        field = (struct field){page, upright, label, stroke->top, stroke->bottom + 1, stroke->left, stroke->right + 1};
    return field;
}

/* Whether the stroke is a box, or several beside or above each other: straight on all four sides, and hollow. */
static bool is_box(struct inki_page *page, uint32_t label, struct rule sides[4])
{
    const struct inki_stroke *stroke = &page->strokes[label - 1];
    double high = (double)(stroke->bottom - stroke->top + 1), wide = (double)(stroke->right - stroke->left + 1);
    if (high < 16 || wide < 16 || high > 3 * wide || (double)stroke->area > 0.55 * high * wide) return false;
    for (size_t i = 0; i < 4; i++) {
        struct field field = field_of(page, label, i >= 2);
        if (!is_straight(&field, i % 2, page->values, &sides[i])) return false;
    }
    return true;
}

/* Whether anything but lines is left in the box: something at least a third as high. */
static bool holds_ink(const struct inki_page *page, const struct inki_stroke *box)
{
    size_t rows = 0, high = box->bottom - box->top + 1, margin = high / 8 + 1;
    for (size_t y = box->top + margin; y + margin <= box->bottom; y++) {
        bool ink = false;
        for (size_t x = box->left + margin; x + margin <= box->right && !ink; x++)
            ink = page->labels[y * page->plane.width + x] > 0;
        rows += ink;
    }
    return rows >= high / 3;
}

/* A box is one that ink is left in; what it was is kept in spare until that is known. */
static void erase_box(struct inki_page *page, uint32_t label, struct rule sides[4])
{
    const struct inki_stroke *box = &page->strokes[label - 1];
    for (size_t i = 0; i < 4; i++) {
        struct field field = field_of(page, label, i >= 2);
        erase_side(&field, &sides[i], i % 2);
    }
    struct field level = field_of(page, label, false), upright = field_of(page, label, true);
    erase_dividers(&upright, (sides[2].slope + sides[3].slope) / 2);
    erase_dividers(&level, (sides[0].slope + sides[1].slope) / 2);
    if (holds_ink(page, box)) return;
    for (size_t y = box->top; y <= box->bottom; y++) /* a sign of straight lines, such as a display's 0 */
        for (size_t x = box->left; x <= box->right; x++) {
            size_t at = y * page->plane.width + x;
            if (page->stack[at] != label) continue;
            page->labels[at] = label;
            page->plane.v[at] = page->spare[at];
        }
}

static size_t area_of(const struct inki_stroke *stroke)
{
    return (stroke->bottom - stroke->top + 1) * (stroke->right - stroke->left + 1);
}

/* Strokes' boxes may lie in each other; looking at them is not to take longer than a few looks at the page. */
static void erase_boxes(struct inki_page *page)
{
    const size_t pixels = page->plane.height * page->plane.width;
    size_t looked = 0;
    struct rule sides[4];
    memcpy(page->stack, page->labels, pixels * sizeof *page->labels);
    memcpy(page->spare, page->plane.v, pixels * sizeof *page->spare);
    for (uint32_t label = 1; label <= page->stroke_count; label++) {
        looked += area_of(&page->strokes[label - 1]);
        if (looked > 4 * pixels) return;
        if (is_box(page, label, sides)) erase_box(page, label, sides);
    }
}

/* Lines under or through signs: a stroke that is wide and has a line from end to end. */
static void erase_underlines(struct inki_page *page)
{
    const size_t pixels = page->plane.height * page->plane.width;
    size_t looked = 0;
    for (uint32_t label = 1; label <= page->stroke_count; label++) {
        const struct inki_stroke *stroke = &page->strokes[label - 1];
        size_t high = stroke->bottom - stroke->top + 1, wide = stroke->right - stroke->left + 1;
        if (wide < 2 * high || wide < 32) continue;
        looked += area_of(stroke);
        if (looked > 2 * pixels) return;
        struct field field = field_of(page, label, false);
        erase_lines(&field, 0.9, page->values);
    }
}

void inki_rules_erase(struct inki_page *page)
{
    const size_t height = page->plane.height, width = page->plane.width;
    const struct field level = {page, false, 0, 0, width, 0, height}, upright = {page, true, 0, 0, height, 0, width};
    erase_boxes(page);
    inki_page_retrace(page);
    size_t lines = width > height / 2 ? erase_lines(&level, 0.8, page->values) : 0;
    if (lines >= 2) erase_lines(&upright, 0.8, page->values); /* squared paper, or the line along a margin */
    if (lines) inki_page_retrace(page);
    erase_underlines(page);
    inki_page_retrace(page);
}
