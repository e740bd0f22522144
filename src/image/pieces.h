/* pieces: all signs of an image, each a piece of ink, in reading order.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PIECES_H
#define INKI_PIECES_H

#include "image/page.h"
#include "inkling-extra.h"

/* A piece in pixels of the plane; bottom and right are the last. */
struct inki_piece {
    size_t top, left, bottom, right, area, line;
    uint32_t number; /* that it had before it was put into order, from 1 */
};

struct ink_pieces {
    ink_ctx *ctx;
    size_t image_height, image_width;
    struct inki_page *page; /* its labels are the numbers of pieces, from 1; 0: no ink, or none of any piece */
    struct inki_page *look; /* for one piece */
    size_t count, left_out; /* pieces; spots that are more than specks and are no signs */
    double height;          /* of a typical piece, in pixels of the plane */
    struct inki_piece *list, *left;
};

/* A box in pixels of the image. */
struct inki_area {
    size_t top, left, height, width;
};

/* Columns of a piece, row by row: from from[row] to before to[row], rows and columns counted from its corner. NULL: to its end. */
struct inki_slice {
    const uint16_t *from, *to;
};

/* Draws a slice of piece i into x[height][width] as ink_pieces_fit does all of it. *ink: where it is, in the plane. False if there is no
 * ink in it. */
bool inki_pieces_fit_slice(const ink_pieces *pieces, size_t i, const struct inki_slice *slice, size_t height,
                           size_t width, float *x, struct inki_piece *ink);

enum { INKI_CUTS_MOST = 24 };

/* Places where a piece could be cut, from the left. at[row] is the first column on the right of it. */
struct inki_cuts {
    size_t count;
    struct inki_cut {
        uint16_t *at;
        double cost, mean; /* the ink that it goes through, in pixels of full ink; its mean column */
    } list[INKI_CUTS_MOST];
    uint16_t *rows; /* of all */
};

/* Looks for them, of signs about `height` high. Errors: NO_MEMORY. Ownership: inki_cuts_free. */
ink_status inki_pieces_cuts(const ink_pieces *pieces, size_t i, double height, struct inki_cuts **out);
void inki_cuts_free(struct inki_cuts *cuts);

/* Where a box of the plane lies in the image. */
void inki_pieces_box(const ink_pieces *pieces, const struct inki_piece *piece, struct inki_area *out);

/* Takes away what a sheet has besides writing, the lines of ruled paper and the boxes of forms: from the page's strokes, labels and
 * plane. Strokes that cross them stay. */
void inki_rules_erase(struct inki_page *page);

/* Which strokes make a sign together: of[label] becomes the number of a piece, from 1, or 0 for dirt. of[page->stroke_count + 1]. Fills
 * in count, height, left_out and left. Errors: NO_MEMORY. */
ink_status inki_pieces_group(ink_pieces *pieces, uint32_t *of);

/* Puts the list into reading order: each piece its line, lines from above, in a line from the left. Errors: NO_MEMORY. */
ink_status inki_pieces_order(ink_pieces *pieces);

#endif
