/* order: pieces of ink in reading order: lines, which may be skewed, and from left to right.
 * SPDX-License-Identifier: MIT */
#include "image/pieces.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* A piece's centre, and how high its line lies where the skew is taken out. */
struct place {
    double y, x, level, height;
    size_t line;
    struct inki_piece piece;
};

static int by_level(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->level != q->level) return p->level < q->level ? -1 : 1;
    return (p->x > q->x) - (p->x < q->x);
}

static int by_line(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->line != q->line) return p->line < q->line ? -1 : 1;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

/* The slope to the nearest piece on the right that stands beside this one; false if there is none. */
static bool slope_to_next(const struct place *places, size_t count, size_t i, float *slope)
{
    const struct place *from = &places[i];
    double nearest = INFINITY;
    for (size_t k = 0; k < count; k++) {
        double dx = places[k].x - from->x, dy = places[k].y - from->y, least = fmin(from->height, places[k].height);
        if (dx < 0.3 * least || dx > 4 * least || fabs(dy) > 0.8 * least || fabs(dy) > 0.6 * dx || dx >= nearest)
            continue;
        nearest = dx;
        *slope = (float)(dy / dx);
    }
    return nearest < INFINITY;
}

/* The median slope between neighbours; two pieces do not show one, digits being of different heights. */
static double skew_of(const struct place *places, size_t count, float *slopes)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += slope_to_next(places, count, i, &slopes[found]);
    return found >= 2 ? (double)inki_quantile(slopes, found, 0.5) : 0;
}

/* A line ends where the next piece stands lower than half of what is typical there. */
static void find_lines(struct place *places, size_t count)
{
    double level = places[0].level, height = places[0].height, pieces = 1;
    size_t line = 0;
    for (size_t i = 1; i < count; i++) {
        if (places[i].level - level > 0.5 * fmin(height, places[i].height) + 0.1 * fmax(height, places[i].height)) {
            line++;
            level = height = pieces = 0;
        }
        level = (level * pieces + places[i].level) / (pieces + 1);
        height = (height * pieces + places[i].height) / (pieces + 1);
        pieces++;
        places[i].line = line;
    }
}

ink_status inki_pieces_order(ink_pieces *pieces)
{
    const size_t count = pieces->count;
    struct place *places = inki_alloc(pieces->ctx, count, sizeof *places);
    float *slopes = inki_alloc(pieces->ctx, count, sizeof *slopes);
    if (places && slopes) {
        for (size_t i = 0; i < count; i++) {
            const struct inki_piece *piece = &pieces->list[i];
            places[i] = (struct place){.y = (double)(piece->top + piece->bottom) / 2,
                                       .x = (double)(piece->left + piece->right) / 2,
                                       .height = (double)(piece->bottom - piece->top + 1),
                                       .piece = *piece};
        }
        double skew = skew_of(places, count, slopes);
        for (size_t i = 0; i < count; i++) places[i].level = places[i].y - skew * places[i].x;
        qsort(places, count, sizeof *places, by_level);
        find_lines(places, count);
        qsort(places, count, sizeof *places, by_line);
    }
    for (size_t i = 0; places && slopes && i < count; i++) {
        pieces->list[i] = places[i].piece;
        pieces->list[i].line = places[i].line;
    }
    inki_free(slopes);
    ink_status status = places && slopes ? INK_OK : INK_NO_MEMORY;
    inki_free(places);
    return status;
}
