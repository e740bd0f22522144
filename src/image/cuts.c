/* cuts: where a piece of ink that may be several signs could be cut from top to bottom.
 * SPDX-License-Identifier: MIT
 *
 * A cut is the path of least ink from the piece's top to its bottom, a column to either side from row to row (dynamic programming), within
 * a window around each of the places it is looked for. Which cuts are made is for the network to say. */
#include "image/pieces.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A window of the piece, and room for the paths in it. */
struct window {
    const ink_pieces *pieces;
    const struct inki_piece *piece;
    uint32_t label;
    size_t rows, from, columns, centre;
    float *cost;  /* [rows][columns] of the cheapest path from the top to there */
    int8_t *step; /* [rows][columns] where that came from */
};

static float ink_at(const struct window *window, size_t row, size_t column)
{
    const struct inki_page *page = window->pieces->page;
    size_t at = (window->piece->top + row) * page->plane.width + window->piece->left + window->from + column;
    return page->labels[at] == window->label ? (float)inki_page_share(page, (double)page->plane.v[at]) : 0;
}

/* Paths that stay near the middle and go straight are cheaper by a little. */
static void find_paths(struct window *window)
{
    const size_t n = window->columns;
    for (size_t row = 0; row < window->rows; row++) {
        for (size_t x = 0; x < n; x++) {
            float away = 0.0005F * fabsf((float)(window->from + x) - (float)window->centre), best = INFINITY;
            int8_t step = 0;
            for (int8_t d = -1; d <= 1 && row > 0; d++) {
                if ((d < 0 && x == 0) || (d > 0 && x + 1 == n)) continue;
                float cost = window->cost[(row - 1) * n + (size_t)((ptrdiff_t)x + d)] + (d ? 0.03F : 0);
                if (cost >= best) continue;
                best = cost;
                step = d;
            }
            window->cost[row * n + x] = ink_at(window, row, x) + away + (row > 0 ? best : 0);
            window->step[row * n + x] = step;
        }
    }
}

/* Follows the cheapest path back; gives its cost. at[rows] */
static double follow(const struct window *window, uint16_t *at)
{
    const size_t n = window->columns, last = window->rows - 1;
    size_t x = 0;
    for (size_t k = 1; k < n; k++)
        if (window->cost[last * n + k] < window->cost[last * n + x]) x = k;
    double cost = (double)window->cost[last * n + x];
    for (size_t row = window->rows; row-- > 0;) {
        at[row] = (uint16_t)(window->from + x);
        x = (size_t)((ptrdiff_t)x + window->step[row * n + x]);
    }
    return cost;
}

static double mean_column(const uint16_t *at, size_t rows)
{
    double sum = 0;
    for (size_t row = 0; row < rows; row++) sum += at[row];
    return sum / (double)rows;
}

/* Keeps a cut where no better one lies beside it; the last one that it beats goes. */
static void keep_cut(struct inki_cuts *cuts, size_t rows, double apart, double cost, const uint16_t *at)
{
    double mean = mean_column(at, rows);
    struct inki_cut *last = cuts->count > 0 ? &cuts->list[cuts->count - 1] : NULL;
    bool near = last && mean - last->mean < apart;
    if (near && last->cost <= cost) return;
    if (!near && cuts->count == INKI_CUTS_MOST) return;
    struct inki_cut *cut = near ? last : &cuts->list[cuts->count++];
    cut->cost = cost;
    cut->mean = mean;
    memcpy(cut->at, at, rows * sizeof *at);
}

static void find_cuts(struct window *window, double height, uint16_t *at, struct inki_cuts *cuts)
{
    size_t width = window->piece->right - window->piece->left + 1, reach = (size_t)(0.25 * height) + 1;
    double step = fmax(1, fmax(0.07 * height, (double)width / 60)), edge = 0.1 * height;
    for (double centre = edge; centre <= (double)width - edge; centre += step) {
        window->centre = (size_t)centre;
        window->from = window->centre > reach ? window->centre - reach : 1;
        size_t end = window->centre + reach < width - 1 ? window->centre + reach : width - 1;
        if (end <= window->from) continue;
        window->columns = end - window->from;
        find_paths(window);
        keep_cut(cuts, window->rows, 0.1 * height, follow(window, at), at);
    }
}

ink_status inki_pieces_cuts(const ink_pieces *pieces, size_t i, double height, struct inki_cuts **out)
{
    struct window window = {.pieces = pieces, .piece = &pieces->list[i], .label = (uint32_t)i + 1};
    window.rows = window.piece->bottom - window.piece->top + 1;
    const size_t most = 2 * ((size_t)(0.25 * height) + 1) + 1;
    struct inki_cuts *cuts = inki_zalloc(pieces->ctx, 1, sizeof *cuts);
    uint16_t *rows = inki_alloc(pieces->ctx, window.rows * (INKI_CUTS_MOST + 1), sizeof *rows);
    window.cost = inki_alloc(pieces->ctx, window.rows * most, sizeof *window.cost);
    window.step = inki_alloc(pieces->ctx, window.rows * most, sizeof *window.step);
    bool good = cuts && rows && window.cost && window.step;
    if (good) {
        cuts->rows = rows;
        for (size_t k = 0; k < INKI_CUTS_MOST; k++) cuts->list[k].at = rows + k * window.rows;
        find_cuts(&window, height, rows + INKI_CUTS_MOST * window.rows, cuts);
    } else {
        inki_free(rows);
        inki_free(cuts);
    }
    inki_free(window.cost);
    inki_free(window.step);
    *out = good ? cuts : NULL;
    return good ? INK_OK : INK_NO_MEMORY;
}

void inki_cuts_free(struct inki_cuts *cuts)
{
    if (cuts) inki_free(cuts->rows);
    inki_free(cuts);
}
