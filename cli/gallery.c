/* gallery: images drawn with what a network answers to them.
 * SPDX-License-Identifier: MIT */
#include "gallery.h"

#include "draw.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

#define BEST 3

size_t gallery_beside(const struct gallery *gallery)
{
    size_t beside = draw_beside(gallery->width);
    return beside < 1 ? 1 : beside > GALLERY_MOST ? GALLERY_MOST : beside;
}

/* The class that comes at `place` (0: the most probable) in the order of probability. */
static size_t answer_at(const float *p, size_t classes, size_t place)
{
    size_t best = 0;
    for (size_t i = 0; i < classes; i++) {
        size_t before = 0;
        for (size_t k = 0; k < classes; k++) before += p[k] > p[i] || (p[k] == p[i] && k < i);
        if (before == place) best = i;
    }
    return best;
}

static void answer_text(const struct gallery *gallery, const struct exhibit *exhibit, size_t place, char text[64])
{
    char share[TEXT_ROOM];
    size_t class = answer_at(exhibit->p, gallery->classes, place);
    const char *name = ink_model_class(gallery->model, class);
    snprintf(text, 64, "%s %.24s  %s", place == 0 ? "=" : " ", name ? name : "?",
             text_share(share, (double)exhibit->p[class]));
}

/* One line under or over the images; the last is not filled up with blanks. */
static void write_cell(const char *text, size_t width, bool last)
{
    size_t room = text_width(text) < width ? text_width(text) : width;
    out_left(text, last ? room : width + DRAW_GAP);
}

void gallery_draw(const struct gallery *gallery, const struct exhibit *exhibits, size_t count)
{
    struct image images[GALLERY_MOST];
    size_t width = draw_columns(gallery->width), best = gallery->classes < BEST ? gallery->classes : BEST;
    for (size_t i = 0; i < count; i++) {
        images[i] = (struct image){exhibits[i].pixels, gallery->height, gallery->width, gallery->black, gallery->white};
        const char *caption = exhibits[i].caption, *slash = strrchr(caption, '/');
        if (slash && text_width(caption) > width) caption = slash + 1; /* a path's end says most */
        write_cell(caption, width, i + 1 == count);
    }
    out("\n");
    draw_images(images, count);
    for (size_t place = 0; place < best; place++) {
        for (size_t i = 0; i < count; i++) {
            char text[64];
            answer_text(gallery, &exhibits[i], place, text);
            write_cell(text, width, i + 1 == count);
        }
        out("\n");
    }
    out("\n");
}
