/* pieces: an image's ink, piece by piece.
 * SPDX-License-Identifier: MIT
 *
 * The whole image is one page, looked at once; what is found there is drawn for the network from the same plane. */
#include "image/pieces.h"

#include "base/mem.h"
#include "base/sized.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* ------------------------------------------------------------------- finding */

static ink_status no_ink(ink_ctx *ctx, const ink_image *image)
{
    return inki_fail(ctx, INK_BAD_DATA, "no digit found: all %zux%zu pixels are about equally bright, or are dirt",
                     image->width, image->height);
}

static ink_status too_many(ink_ctx *ctx, size_t count)
{
    return inki_fail(ctx, INK_BAD_DATA,
                     "%zu pieces of ink; at most %d are read: cut the image, or scan it with less noise", count,
                     INK_PIECES_MOST);
}

static void take_in(struct inki_piece *box, size_t y, size_t x)
{
    box->top = y < box->top ? y : box->top;
    box->left = x < box->left ? x : box->left;
    box->bottom = y > box->bottom ? y : box->bottom;
    box->right = x > box->right ? x : box->right;
    box->area++;
}

/* The boxes of the pieces by the pixels' labels, which of[] turns into numbers of pieces. */
static void box_pieces(ink_pieces *pieces, const uint32_t *of)
{
    struct inki_page *page = pieces->page;
    for (size_t i = 0; i < pieces->count; i++)
        pieces->list[i] = (struct inki_piece){.top = SIZE_MAX, .left = SIZE_MAX, .number = (uint32_t)i + 1};
    for (size_t i = 0; i < page->plane.height * page->plane.width; i++) {
        size_t y = i / page->plane.width, x = i % page->plane.width;
        page->labels[i] = of[page->labels[i]];
        if (page->labels[i]) take_in(&pieces->list[page->labels[i] - 1], y, x);
    }
}

/* Numbers the pixels by the pieces' order. of[] has room for all pieces. */
static void renumber(ink_pieces *pieces, uint32_t *of)
{
    struct inki_page *page = pieces->page;
    of[0] = 0;
    for (size_t i = 0; i < pieces->count; i++) of[pieces->list[i].number] = (uint32_t)i + 1;
    for (size_t i = 0; i < page->plane.height * page->plane.width; i++) page->labels[i] = of[page->labels[i]];
}

static ink_status list_pieces(ink_pieces *pieces, uint32_t *of)
{
    INK_TRY(inki_pieces_group(pieces, of));
    if (pieces->count > INK_PIECES_MOST) return too_many(pieces->ctx, pieces->count);
    pieces->list = inki_zalloc(pieces->ctx, pieces->count, sizeof *pieces->list);
    if (!pieces->list) return INK_NO_MEMORY;
    box_pieces(pieces, of);
    if (pieces->count == 0) return INK_OK;
    INK_TRY(inki_pieces_order(pieces));
    renumber(pieces, of);
    return INK_OK;
}

static ink_status find(ink_pieces *pieces, const ink_image *image)
{
    const struct inki_page_plan many = inki_page_for_many(image), one = inki_page_for_one();
    struct inki_box all = {0, 0, (double)image->height, (double)image->width};
    INK_TRY(inki_page_new(pieces->ctx, &many, &pieces->page));
    INK_TRY(inki_page_new(pieces->ctx, &one, &pieces->look));
    if (!inki_page_find(pieces->page, image, &all)) return no_ink(pieces->ctx, image);
    inki_rules_erase(pieces->page);
    uint32_t *of = inki_alloc(pieces->ctx, pieces->page->plan.strokes + 1, sizeof *of);
    if (!of) return INK_NO_MEMORY;
    ink_status status = list_pieces(pieces, of);
    inki_free(of);
    if (status == INK_OK && pieces->count == 0) return no_ink(pieces->ctx, image);
    return status;
}

ink_status ink_pieces_find(ink_ctx *ctx, const ink_image *image, ink_pieces **out)
{
    *out = NULL;
    ink_pieces *pieces = inki_zalloc(ctx, 1, sizeof *pieces);
    if (!pieces) return INK_NO_MEMORY;
    pieces->ctx = ctx;
    pieces->image_height = image->height;
    pieces->image_width = image->width;
    ink_status status = find(pieces, image);
    if (status == INK_OK)
        *out = pieces;
    else
        ink_pieces_free(pieces);
    return status;
}

void ink_pieces_free(ink_pieces *pieces)
{
    if (!pieces) return;
    inki_free(pieces->page);
    inki_free(pieces->look);
    inki_free(pieces->list);
    inki_free(pieces->left);
    inki_free(pieces);
}

/* ------------------------------------------------------------------- telling */

size_t ink_pieces_count(const ink_pieces *pieces) { return pieces->count; }

static size_t in_image(double at, double step, size_t size)
{
    double place = at * step;
    return place < (double)size ? (size_t)place : size;
}

void inki_pieces_box(const ink_pieces *pieces, const struct inki_piece *piece, struct inki_area *out)
{
    const double step = pieces->page->step;
    out->top = in_image((double)piece->top, step, pieces->image_height - 1);
    out->left = in_image((double)piece->left, step, pieces->image_width - 1);
    size_t bottom = in_image(ceil((double)(piece->bottom + 1) * step) / step, step, pieces->image_height);
    size_t right = in_image(ceil((double)(piece->right + 1) * step) / step, step, pieces->image_width);
    out->height = bottom > out->top ? bottom - out->top : 1;
    out->width = right > out->left ? right - out->left : 1;
}

bool ink_pieces_get(const ink_pieces *pieces, size_t i, ink_piece *out)
{
    ink_piece piece = {.size = 0};
    struct inki_area frame;
    if (i < pieces->count) {
        inki_pieces_box(pieces, &pieces->list[i], &frame);
        piece = (ink_piece){0, pieces->list[i].line, frame.top, frame.left, frame.height, frame.width};
    }
    inki_sized_give(out, &piece, sizeof piece, sizeof piece);
    return i < pieces->count;
}

/* ------------------------------------------------------------------- drawing */

static bool is_of(const struct inki_page *page, size_t y, size_t x, uint32_t label)
{
    /* also what is left of 0 is beyond the plane */
    return y < page->plane.height && x < page->plane.width && page->labels[y * page->plane.width + x] == label;
}

/* The piece's pixels, and a pixel's width of what is no other's around them, for smooth edges. */
static bool is_near(const struct inki_page *page, size_t y, size_t x, uint32_t label)
{
    if (y >= page->plane.height || x >= page->plane.width) return false;
    uint32_t own = page->labels[y * page->plane.width + x];
    if (own) return own == label;
    return is_of(page, y - 1, x, label) || is_of(page, y + 1, x, label) || is_of(page, y, x - 1, label) ||
           is_of(page, y, x + 1, label);
}

static bool is_within(const struct inki_slice *slice, size_t rows, ptrdiff_t row, ptrdiff_t column)
{
    if (row < 0 || (size_t)row >= rows) return false;
    return (!slice->from || column >= slice->from[row]) && (!slice->to || column < slice->to[row]);
}

/* The columns of the piece that the slice has some of: *begin up to before *end. */
static void find_columns(const struct inki_piece *piece, const struct inki_slice *slice, size_t *begin, size_t *end)
{
    size_t rows = piece->bottom - piece->top + 1, width = piece->right - piece->left + 1;
    *begin = slice->from ? width - 1 : 0;
    *end = slice->to ? 1 : width;
    for (size_t row = 0; row < rows; row++) {
        if (slice->from && slice->from[row] < *begin) *begin = slice->from[row];
        if (slice->to && slice->to[row] > *end) *end = slice->to[row];
    }
    if (*end <= *begin) *end = *begin + 1;
}

/* The slice's ink, with a pixel on each side for smooth edges, in the page's values; *ink: where it is. */
static struct inki_plane crop(const ink_pieces *pieces, size_t i, const struct inki_slice *slice,
                              struct inki_piece *ink)
{
    const struct inki_page *page = pieces->page;
    const struct inki_piece *piece = &pieces->list[i];
    size_t rows = piece->bottom - piece->top + 1, begin, end;
    find_columns(piece, slice, &begin, &end);
    struct inki_plane plane = {rows + 2, end - begin + 2, page->values};
    const bool whole = !slice->from && !slice->to;
    *ink = (struct inki_piece){.top = SIZE_MAX, .left = SIZE_MAX};
    for (size_t k = 0; k < plane.height * plane.width; k++) {
        size_t row = k / plane.width, column = begin + k % plane.width; /* both one too large */
        size_t y = piece->top + row - 1, x = piece->left + column - 1;
        bool inside = whole || is_within(slice, rows, (ptrdiff_t)row - 1, (ptrdiff_t)column - 1);
        bool near = inside && is_near(page, y, x, (uint32_t)i + 1);
        plane.v[k] = near ? (float)inki_page_share(page, (double)page->plane.v[y * page->plane.width + x]) : 0;
        if (near && is_of(page, y, x, (uint32_t)i + 1)) take_in(ink, y, x);
    }
    return plane;
}

/* Between the centres of the four nearest pixels; 0 beyond the plane. */
static double between(const struct inki_plane *plane, double y, double x)
{
    double top = floor(y - 0.5), left = floor(x - 0.5), sum = 0;
    for (size_t k = 0; k < 4; k++) {
        double row = top + (double)(k / 2), column = left + (double)(k % 2);
        if (row < 0 || column < 0 || row >= (double)plane->height || column >= (double)plane->width) continue;
        sum += (double)plane->v[(size_t)row * plane->width + (size_t)column] * (1 - fabs(y - 0.5 - row)) *
               (1 - fabs(x - 0.5 - column));
    }
    return sum;
}

enum { LEAST_SIDE = 96, MOST_SIDE = 176 }; /* of what is looked at for one sign, without its margin */

/* Draws the crop in the middle of the look's plane: there strokes may grow. */
static void look_at(struct inki_page *look, const struct inki_plane *crop)
{
    double longer = (double)(crop->height > crop->width ? crop->height : crop->width);
    double scale = fmin(fmax(longer, LEAST_SIDE), MOST_SIDE) / longer;
    size_t height = (size_t)ceil((double)crop->height * scale), width = (size_t)ceil((double)crop->width * scale);
    size_t margin = (height > width ? height : width) / 6 + 2;
    struct inki_plane drawn = {height, width, look->values};
    struct inki_box all = {0, 0, (double)crop->height, (double)crop->width};
    if (scale < 1) inki_plane_shrink(crop, &all, &drawn);
    for (size_t k = 0; k < height * width && scale >= 1; k++)
        drawn.v[k] = (float)between(crop, ((double)(k / width) + 0.5) / scale, ((double)(k % width) + 0.5) / scale);
    look->plane = (struct inki_plane){height + 2 * margin, width + 2 * margin, look->ink_plane};
    memset(look->plane.v, 0, look->plane.height * look->plane.width * sizeof *look->plane.v);
    for (size_t y = 0; y < height; y++)
        memcpy(look->plane.v + (y + margin) * look->plane.width + margin, drawn.v + y * width, width * sizeof *drawn.v);
    look->ink = (struct inki_box){(double)margin, (double)margin, (double)(margin + height), (double)(margin + width)};
    inki_page_measure(look);
}

bool inki_pieces_fit_slice(const ink_pieces *pieces, size_t i, const struct inki_slice *slice, size_t height,
                           size_t width, float *x, struct inki_piece *ink)
{
    struct inki_plane plane = crop(pieces, i, slice, ink);
    if (ink->area == 0) return false;
    look_at(pieces->look, &plane);
    inki_page_fit(pieces->look, height, width, x);
    return true;
}

ink_status ink_pieces_fit(ink_ctx *ctx, ink_pieces *pieces, size_t i, size_t height, size_t width, float *x)
{
    const struct inki_slice all = {NULL, NULL};
    struct inki_piece ink;
    if (i >= pieces->count)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "there is no piece %zu among %zu", i, pieces->count);
    if (height < 8 || width < 8 || height > INKI_PAGE_SIDE || width > INKI_PAGE_SIDE)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "cannot fit a piece into %zux%zu pixels; expected 8 to %d a side",
                         width, height, INKI_PAGE_SIDE);
    inki_pieces_fit_slice(pieces, i, &all, height, width, x, &ink);
    return INK_OK;
}
