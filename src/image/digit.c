/* digit: an image of one digit becomes what a network trained on MNIST knows: light on dark, cropped to the ink, fitted into
 * 20/28 of the frame, centred by its centre of mass.
 * SPDX-License-Identifier: MIT
 *
 * Source of the form: LeCun, Cortes, Burges, "The MNIST database": size normalised into a 20x20 box with the aspect kept, grey by
 * anti-aliasing, centred by the centre of mass in 28x28. */
#include "image/page.h"

#include "base/mem.h"
#include "base/sized.h"

#include <math.h>
#include <string.h>

enum { LOOKS = 4, FRAME = 28, BOX = 20 };

/* The image drawn out from under what was found: the plane's box in pixels of the image. */
static struct inki_box in_image(const struct inki_page *page, const struct inki_box *box)
{
    double top = page->box.top, left = page->box.left;
    return (struct inki_box){top + box->top * page->step, left + box->left * page->step,
                             fmin(top + box->bottom * page->step, page->box.bottom),
                             fmin(left + box->right * page->step, page->box.right)};
}

/* ------------------------------------------------------- where to look next */

/* The box with a margin on each side, within the box that was looked at. */
static struct inki_box grown(const struct inki_box *box, const struct inki_box *within, double margin)
{
    return (struct inki_box){fmax(box->top - margin, within->top), fmax(box->left - margin, within->left),
                             fmin(box->bottom + margin, within->bottom), fmin(box->right + margin, within->right)};
}

static bool inked(const struct inki_page *page, size_t y, size_t x)
{
    return page->plane.v[y * page->plane.width + x] > 0.5F;
}

/* The share of the ring `inset` inside the ink's box that is ink; 0 if a corner is not, as of a round sign. */
static double ring_share(const struct inki_page *page, size_t inset)
{
    size_t top = (size_t)page->ink.top + inset, bottom = (size_t)page->ink.bottom - 1 - inset, inside = 0, count = 0;
    size_t left = (size_t)page->ink.left + inset, right = (size_t)page->ink.right - 1 - inset;
    if (!inked(page, top, left) || !inked(page, top, right) || !inked(page, bottom, left) ||
        !inked(page, bottom, right))
        return 0;
    for (size_t y = top; y <= bottom; y++) {
        for (size_t x = left; x <= right; x += y == top || y == bottom || right == left ? 1 : right - left) {
            count++;
            inside += inked(page, y, x);
        }
    }
    return (double)inside / (double)count;
}

/* A frame or a panel: something with straight sides all round that may hold the digit inside. Gives the inside. */
static bool is_panel(const struct inki_page *page, struct inki_box *inside)
{
    double height = page->ink.bottom - page->ink.top, width = page->ink.right - page->ink.left;
    double least = 0.4 * (double)(page->plane.height < page->plane.width ? page->plane.height : page->plane.width);
    if (height < least || width < least || height > 2.5 * width || width > 2.5 * height) return false;
    size_t inset = 0, most = (size_t)(fmin(height, width) / 6);
    while (inset < most && ring_share(page, inset) < 0.95) inset++;
    if (inset == most) return false;
    size_t filled = inset; /* through the line of a frame; a panel has no end */
    while (filled < most && ring_share(page, filled) >= 0.5) filled++;
    if (filled == most && page->filled < 0.7) return false; /* a bold sign with straight sides */
    double margin = (double)(filled < most ? filled : inset) + 2 + fmin(height, width) / 64;
    struct inki_box box = {page->ink.top + margin, page->ink.left + margin, page->ink.bottom - margin,
                           page->ink.right - margin};
    *inside = in_image(page, &box);
    return true;
}

static bool touches_edge(const struct inki_page *page)
{
    return page->ink.top < 1 || page->ink.left < 1 || page->ink.bottom > (double)page->plane.height - 1 ||
           page->ink.right > (double)page->plane.width - 1;
}

/* Looks inside a panel; what was found before stands if there is no digit in it that keeps clear of its sides. */
static bool look_inside(struct inki_page *page, const ink_image *image, const struct inki_box *inside)
{
    struct inki_box before = page->box;
    double contrast = page->contrast;
    if (inki_page_find(page, image, inside) && !touches_edge(page) && page->contrast > 0.3 * contrast) return true;
    inki_page_find(page, image, &before);
    return false;
}

/* Looks nearer at ink that is small in the image, as long as that shows more. */
static bool look_nearer(struct inki_page *page, const ink_image *image)
{
    double height = page->ink.bottom - page->ink.top, width = page->ink.right - page->ink.left,
           longer = fmax(height, width);
    double side = (double)(page->plane.height > page->plane.width ? page->plane.height : page->plane.width);
    if (longer > 0.35 * side) return false;
    struct inki_box before = page->box, ink = in_image(page, &page->ink);
    struct inki_box nearer = grown(&ink, &page->box, 0.6 * longer * page->step);
    if (inki_page_find(page, image, &nearer)) return true;
    inki_page_find(page, image, &before);
    return false;
}

static bool find_page(struct inki_page *page, const ink_image *image)
{
    struct inki_box box = {0, 0, (double)image->height, (double)image->width}, inside;
    if (!inki_page_find(page, image, &box)) return false;
    for (size_t look = 0; look < LOOKS; look++) {
        bool found_more = is_panel(page, &inside) ? look_inside(page, image, &inside) : look_nearer(page, image);
        if (!found_more) break;
    }
    return true;
}

/* ------------------------------------------------------------------ fitting */

/* Strokes thinner than this many pixels of a 28x28 frame are made as wide: a thin pen would fade to grey. Of MNIST's own digits,
 * measured the same way, a fifth are thinner; half are below 2.55, nine in ten below 3.4. */
#define THINNEST 2.2

static void thicken(struct inki_page *page)
{
    double longer = fmax(page->ink.bottom - page->ink.top, page->ink.right - page->ink.left);
    double wanted = THINNEST * longer / BOX, reach = (wanted - page->stroke) / 2;
    if (reach < 0.75) return;
    reach = fmin(reach * (1 + THINNEST / BOX), INKI_PAGE_SIDE / 8); /* the ink grows with it */
    inki_plane_thicken(&page->plane, reach, page->spare);
    struct inki_box all = {0, 0, (double)page->plane.height, (double)page->plane.width};
    page->ink = grown(&page->ink, &all, floor(reach));
}

/* Brings the brightest strokes to 1. */
static void brighten(float *values, size_t count)
{
    float most = 0;
    for (size_t i = 0; i < count; i++) most = fmaxf(most, values[i]);
    for (size_t i = 0; i < count && most > 0; i++) values[i] /= most;
}

/* Where the box goes so that its centre of mass comes nearest to the middle of `side` pixels, all of it within the frame. */
static size_t place(double centre, size_t size, size_t side)
{
    double at = floor((double)side / 2 - centre + 0.5), most = (double)(side - size);
    return (size_t)fmin(fmax(at, 0), most);
}

static void centre_of_mass(const struct inki_plane *plane, double *y, double *x)
{
    double mass = 0, sum_y = 0, sum_x = 0;
    for (size_t i = 0; i < plane->height * plane->width; i++) {
        double value = (double)plane->v[i];
        mass += value;
        sum_y += value * ((double)(i / plane->width) + 0.5);
        sum_x += value * ((double)(i % plane->width) + 0.5);
    }
    *y = mass > 0 ? sum_y / mass : (double)plane->height / 2;
    *x = mass > 0 ? sum_x / mass : (double)plane->width / 2;
}

static size_t fitted(double length, double scale, size_t most)
{
    size_t size = (size_t)(length * scale + 0.5);
    if (size > most) return most;
    return size > 0 ? size : 1;
}

void inki_page_fit(struct inki_page *page, size_t height, size_t width, float *x)
{
    thicken(page);
    double box_height = (double)height * BOX / FRAME, box_width = (double)width * BOX / FRAME;
    double ink_height = page->ink.bottom - page->ink.top, ink_width = page->ink.right - page->ink.left;
    double scale = fmin(box_height / ink_height, box_width / ink_width), y, column;
    struct inki_plane small = {fitted(ink_height, scale, height), fitted(ink_width, scale, width), page->values};
    inki_plane_shrink(&page->plane, &page->ink, &small);
    brighten(small.v, small.height * small.width);
    centre_of_mass(&small, &y, &column);
    size_t top = place(y, small.height, height), left = place(column, small.width, width);
    memset(x, 0, height * width * sizeof *x);
    for (size_t i = 0; i < small.height; i++)
        memcpy(x + (top + i) * width + left, small.v + i * small.width, small.width * sizeof *x);
}

/* -------------------------------------------------------------- as it is */

/* Whether an image of the wanted size stands on black (or, turned, on white), as MNIST's own do. */
static bool stands_on_black(const float *x, size_t height, size_t width, bool turned)
{
    size_t count = 0, black = 0;
    float most = 0;
    for (size_t i = 0; i < height * width; i++) {
        size_t y = i / width, column = i % width;
        float value = turned ? 1 - x[i] : x[i];
        most = fmaxf(most, value);
        if (y > 0 && y + 1 < height && column > 0 && column + 1 < width) continue;
        count++;
        black += value < 0.05F;
    }
    return 10 * black >= 9 * count && most > 0.5F;
}

/* An image that is prepared already: it is drawn into x[height][width], light on dark. */
static bool take_as_it_is(const ink_image *image, size_t height, size_t width, float *x, bool *dark_ink)
{
    struct inki_plane plane = {height, width, x};
    struct inki_box all = {0, 0, (double)image->height, (double)image->width};
    if (image->height != height || image->width != width) return false;
    inki_plane_sample(image, &all, &plane);
    const bool light_ink = stands_on_black(x, height, width, false);
    *dark_ink = !light_ink && stands_on_black(x, height, width, true);
    for (size_t i = 0; i < height * width && *dark_ink; i++) x[i] = 1 - x[i];
    return light_ink || *dark_ink;
}

#ifndef INKI_EXPORTED
/* ------------------------------------------------------------------- public */

ink_status ink_image_grey(ink_ctx *ctx, const ink_image *image, size_t height, size_t width, float *x)
{
    if (height == 0 || width == 0) return inki_fail(ctx, INK_BAD_ARGUMENT, "an image needs at least one pixel");
    struct inki_plane plane = {height, width, x};
    struct inki_box all = {0, 0, (double)image->height, (double)image->width};
    inki_plane_sample(image, &all, &plane);
    return INK_OK;
}

static ink_status no_ink(ink_ctx *ctx, const ink_image *image)
{
    return inki_fail(ctx, INK_BAD_DATA, "no digit found: all %zux%zu pixels are about equally bright", image->width,
                     image->height);
}

static void describe_view(const struct inki_page *page, ink_image_view *view)
{
    struct inki_box ink = in_image(page, &page->ink);
    view->dark_ink = page->dark_ink;
    view->top = (size_t)ink.top;
    view->left = (size_t)ink.left;
    view->ink_height = (size_t)ceil(ink.bottom) - view->top;
    view->ink_width = (size_t)ceil(ink.right) - view->left;
    view->contrast = page->contrast;
}

ink_status ink_image_fit(ink_ctx *ctx, const ink_image *image, size_t height, size_t width, float *x,
                         ink_image_view *out)
{
    ink_image_view view = {.height = image->height, .width = image->width, .channels = image->channels};
    inki_sized_give(out, &view, sizeof view, sizeof view);
    if (height < 8 || width < 8 || height > INKI_PAGE_SIDE || width > INKI_PAGE_SIDE)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "cannot fit an image into %zux%zu pixels; expected 8 to %d a side",
                         width, height, INKI_PAGE_SIDE);
    view.as_it_is = take_as_it_is(image, height, width, x, &view.dark_ink);
    if (!view.as_it_is) {
        const struct inki_page_plan plan = inki_page_for_one();
        struct inki_page *page;
        INK_TRY(inki_page_new(ctx, &plan, &page));
        bool found = find_page(page, image);
        if (found) describe_view(page, &view);
        if (found) inki_page_fit(page, height, width, x);
        inki_free(page);
        if (!found) return no_ink(ctx, image);
    }
    inki_sized_give(out, &view, sizeof view, sizeof view);
    return INK_OK;
}
#endif
