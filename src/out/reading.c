/* reading: pieces of ink, each answered by the network.
 * SPDX-License-Identifier: MIT
 *
 * A piece that may be several digits is cut where the network's own answers are the surest: of all ways to cut it at the places of least
 * ink (dynamic programming over the number of parts), the one with the largest mean logarithm of the answers' probabilities, less what its
 * cuts go through and how far its parts are from as wide as digits are. */
#include "out/reading.h"

#include "base/exp_log.h"
#include "base/mem.h"
#include "base/sized.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------- digits */

static ink_status grow_digits(ink_reading *reading)
{
    size_t room = reading->room ? 2 * reading->room : 16;
    if (reading->count < reading->room) return INK_OK;
    struct inki_reading_digit *digits = inki_grow(reading->ctx, reading->digits, reading->count, room, sizeof *digits);
    if (!digits) return INK_NO_MEMORY;
    reading->digits = digits;
    float *x =
        inki_grow(reading->ctx, reading->x, reading->count * reading->features, room * reading->features, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    reading->x = x;
    reading->room = room;
    return INK_OK;
}

static void scale(const ink_reading *reading, float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)(reading->black + (reading->white - reading->black) * (double)x[i]);
}

/* One more digit that the network saw as x[features] and answered with p[classes]. */
static ink_status add_digit(ink_reading *reading, const struct inki_area *frame, size_t line, const float *x,
                            const float *p)
{
    INK_TRY(grow_digits(reading));
    size_t answer = ink_model_answer(reading->model, p);
    reading->digits[reading->count] = (struct inki_reading_digit){*frame, line, answer, (double)p[answer]};
    memcpy(reading->x + reading->count * reading->features, x, reading->features * sizeof *x);
    reading->count++;
    return INK_OK;
}

/* ------------------------------------------------------------------- cutting */

enum { PARTS_MOST = 10, CANDIDATES_MOST = 160 };

/* Parts of a piece that may be digits: from cut `from` to cut `to`, 0 the piece's beginning, cuts->count + 1 its end. */
struct candidate {
    size_t from, to;
    struct inki_piece ink;
    double score;
};

struct cutting {
    ink_reading *reading;
    size_t piece;
    double height; /* of a typical digit, in the plane */
    struct inki_cuts *cuts;
    size_t count;
    struct candidate list[CANDIDATES_MOST];
    float *x, *p; /* [CANDIDATES_MOST][features], [CANDIDATES_MOST][classes] */
};

static double place_of(const struct cutting *c, size_t cut)
{
    const struct inki_piece *piece = &c->reading->pieces->list[c->piece];
    if (cut == 0) return 0;
    return cut <= c->cuts->count ? c->cuts->list[cut - 1].mean : (double)(piece->right - piece->left + 1);
}

/* Draws the part for the network; false if it is no digit by its size. */
static bool draw_part(struct cutting *c, size_t from, size_t to)
{
    const ink_reading *r = c->reading;
    struct inki_slice slice = {from > 0 ? c->cuts->list[from - 1].at : NULL,
                               to <= c->cuts->count ? c->cuts->list[to - 1].at : NULL};
    double wide = place_of(c, to) - place_of(c, from);
    if (wide < 0.08 * c->height || wide > 1.5 * c->height || c->count == CANDIDATES_MOST) return false;
    struct candidate *part = &c->list[c->count];
    part->from = from;
    part->to = to;
    if (!inki_pieces_fit_slice(r->pieces, c->piece, &slice, r->height, r->width, c->x + c->count * r->features,
                               &part->ink))
        return false;
    return (double)(part->ink.bottom - part->ink.top) > 0.45 * c->height;
}

static void draw_parts(struct cutting *c)
{
    for (size_t from = 0; from <= c->cuts->count; from++)
        for (size_t to = from + 1; to <= c->cuts->count + 1; to++) c->count += draw_part(c, from, to);
}

/* How likely a part is a digit: the answer's logarithm, and what speaks against it: the cut on its right, odd sizes. */
static double score_of(const struct cutting *c, const struct candidate *part, const float *p)
{
    double best = (double)p[ink_model_answer(c->reading->model, p)];
    double aspect = (double)(part->ink.right - part->ink.left + 1) / (double)(part->ink.bottom - part->ink.top + 1);
    double low = fmax(0, 0.85 - (double)(part->ink.bottom - part->ink.top + 1) / c->height);
    double cut = part->to <= c->cuts->count ? c->cuts->list[part->to - 1].cost / c->height : 0;
    return inki_log(fmax(best, 1e-4)) - 8 * cut - 3 * fmax(0, aspect - 1.1) - 4 * low;
}

/* best[n][k]: the largest sum of n parts that end at cut k, and the last of them. */
struct best {
    double sum;
    size_t part;
};

static void find_best(const struct cutting *c, struct best best[PARTS_MOST + 1][INKI_CUTS_MOST + 2])
{
    for (size_t n = 0; n <= PARTS_MOST; n++)
        for (size_t k = 0; k < INKI_CUTS_MOST + 2; k++) best[n][k] = (struct best){n == 0 && k == 0 ? 0 : -INFINITY, 0};
    for (size_t n = 1; n <= PARTS_MOST; n++) {
        for (size_t i = 0; i < c->count; i++) {
            double sum = best[n - 1][c->list[i].from].sum + c->list[i].score;
            if (sum > best[n][c->list[i].to].sum) best[n][c->list[i].to] = (struct best){sum, i};
        }
    }
}

/* How many parts are best: the mean of their scores, less how far they are from as wide as digits are in the mean. 0: none is. */
static size_t best_count(const struct cutting *c, struct best best[PARTS_MOST + 1][INKI_CUTS_MOST + 2])
{
    double most = -INFINITY, wide = place_of(c, c->cuts->count + 1) / c->height;
    size_t found = 0;
    for (size_t n = 1; n <= PARTS_MOST; n++) {
        double off = wide / (double)n - 0.7, sum = best[n][c->cuts->count + 1].sum;
        double score = sum / (double)n - (off > 0 ? 2.0 : 1.0) * off * off;
        if (score <= most) continue;
        most = score;
        found = n;
    }
    return found;
}

static ink_status add_parts(struct cutting *c)
{
    struct best best[PARTS_MOST + 1][INKI_CUTS_MOST + 2];
    size_t chosen[PARTS_MOST], end = c->cuts->count + 1;
    ink_reading *r = c->reading;
    find_best(c, best);
    size_t count = best_count(c, best);
    for (size_t n = count; n > 0; n--) {
        chosen[n - 1] = best[n][end].part;
        end = c->list[chosen[n - 1]].from;
    }
    for (size_t n = 0; n < count; n++) {
        struct inki_area frame;
        inki_pieces_box(r->pieces, &c->list[chosen[n]].ink, &frame);
        INK_TRY(add_digit(r, &frame, r->pieces->list[c->piece].line, c->x + chosen[n] * r->features,
                          c->p + chosen[n] * r->classes));
    }
    return INK_OK;
}

static ink_status cut_piece(struct cutting *c)
{
    const ink_reading *r = c->reading;
    draw_parts(c);
    scale(r, c->x, c->count * r->features);
    if (c->count > 0) INK_TRY(ink_predict(r->ctx, r->model, c->count, c->x, c->p));
    for (size_t i = 0; i < c->count; i++) c->list[i].score = score_of(c, &c->list[i], c->p + i * r->classes);
    return add_parts(c);
}

/* ------------------------------------------------------------------- pieces */

/* A digit's height for the piece: its own where that is like the others'. */
static double height_for(const ink_pieces *pieces, const struct inki_piece *piece)
{
    double own = (double)(piece->bottom - piece->top + 1);
    return fmin(fmax(own, 0.7 * pieces->height), 1.25 * pieces->height);
}

/* Whether the piece may be more than one digit: wide, or not so wide and not surely one. */
static bool may_be_several(const ink_pieces *pieces, const struct inki_piece *piece, double p)
{
    double wide = (double)(piece->right - piece->left + 1) / height_for(pieces, piece);
    return wide > 0.95 || (wide > 0.5 && p < 0.9);
}

static ink_status read_piece(struct cutting *c)
{
    const struct inki_slice all = {NULL, NULL};
    const ink_reading *r = c->reading;
    const struct inki_piece *piece = &r->pieces->list[c->piece];
    struct inki_piece ink;
    struct inki_area frame;
    c->count = 0;
    c->height = height_for(r->pieces, piece);
    if (!inki_pieces_fit_slice(r->pieces, c->piece, &all, r->height, r->width, c->x, &ink)) return INK_OK;
    scale(r, c->x, r->features);
    INK_TRY(ink_predict(r->ctx, r->model, 1, c->x, c->p));
    if (may_be_several(r->pieces, piece, (double)c->p[ink_model_answer(r->model, c->p)])) {
        size_t before = r->count;
        INK_TRY(inki_pieces_cuts(r->pieces, c->piece, c->height, &c->cuts));
        ink_status status = cut_piece(c);
        inki_cuts_free(c->cuts);
        if (status != INK_OK || r->count > before) return status;
        inki_pieces_fit_slice(r->pieces, c->piece, &all, r->height, r->width, c->x, &ink);
        scale(r, c->x, r->features);
        INK_TRY(ink_predict(r->ctx, r->model, 1, c->x, c->p));
    }
    inki_pieces_box(r->pieces, piece, &frame);
    return add_digit(c->reading, &frame, piece->line, c->x, c->p);
}

static ink_status read_pieces(ink_reading *reading)
{
    struct cutting *c = inki_zalloc(reading->ctx, 1, sizeof *c);
    if (!c) return INK_NO_MEMORY;
    c->reading = reading;
    c->x = inki_alloc(reading->ctx, CANDIDATES_MOST * reading->features, sizeof *c->x);
    c->p = inki_alloc(reading->ctx, CANDIDATES_MOST * reading->classes, sizeof *c->p);
    ink_status status = c->x && c->p ? INK_OK : INK_NO_MEMORY;
    for (; status == INK_OK && c->piece < reading->pieces->count; c->piece++) status = read_piece(c);
    inki_free(c->x);
    inki_free(c->p);
    inki_free(c);
    return status;
}

/* An image of the model's size on plain black or white; *read: it was. */
static ink_status read_as_it_is(ink_reading *reading, const ink_image *image, bool *read)
{
    ink_image_view view = INK_INIT(ink_image_view);
    *read = false;
    if (image->height != reading->height || image->width != reading->width) return INK_OK;
    float *x = inki_alloc(reading->ctx, reading->features + reading->classes, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    const struct inki_area all = {0, 0, image->height, image->width};
    ink_status status = ink_image_fit(reading->ctx, image, reading->height, reading->width, x, &view);
    *read = status == INK_OK && view.as_it_is;
    if (*read) {
        scale(reading, x, reading->features);
        status = ink_predict(reading->ctx, reading->model, 1, x, x + reading->features);
        if (status == INK_OK) status = add_digit(reading, &all, 0, x, x + reading->features);
    }
    inki_free(x);
    return status == INK_BAD_DATA ? INK_OK : status; /* without ink: said when pieces are looked for */
}

/* How like the training each digit is, where the model keeps what that needs. */
static ink_status find_known(ink_reading *reading)
{
    if (reading->count == 0 || ink_known_check(reading->ctx, reading->model) != INK_OK) return INK_OK;
    reading->known = inki_alloc(reading->ctx, reading->count, sizeof *reading->known);
    if (!reading->known) return INK_NO_MEMORY;
    return ink_known(reading->ctx, reading->model, reading->count, reading->x, reading->known);
}

/* ------------------------------------------------------------------- public */

/* Blanks between answers where a name is longer than a character. */
static ink_status write_text(ink_reading *reading)
{
    bool words = false;
    for (size_t i = 0; i < reading->classes; i++) {
        const char *name = ink_model_class(reading->model, i);
        words |= name[inki_utf8_length(name)] != 0;
    }
    reading->text.ctx = reading->ctx;
    for (size_t i = 0; i < reading->count; i++) {
        const struct inki_reading_digit *digit = &reading->digits[i];
        const char *before = i == 0 ? "" : digit->line != digit[-1].line ? "\n" : words ? " " : "";
        inki_str_add(&reading->text, "%s%s", before, ink_model_class(reading->model, digit->class_index));
    }
    return reading->text.failed ? INK_NO_MEMORY : INK_OK;
}

static ink_status take_model(ink_reading *reading, double black, double white)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(reading->model, &info);
    size_t side = (size_t)(sqrt((double)info.features) + 0.5);
    bool square = info.height == 1 && side >= 16 && side * side == info.features;
    reading->height = square ? side : info.height;
    reading->width = square ? side : info.width;
    reading->features = info.features;
    reading->classes = info.classes;
    reading->black = isfinite(black) ? black : isfinite(info.black) ? info.black : 0;
    reading->white = isfinite(white) ? white : isfinite(info.white) ? info.white : 1;
    size_t least = reading->height < reading->width ? reading->height : reading->width;
    size_t most = reading->height > reading->width ? reading->height : reading->width;
    if (info.classes > 0 && info.channels == 1 && least >= 8 && most <= INKI_PAGE_SIDE) return INK_OK;
    return inki_fail(reading->ctx, INK_BAD_ARGUMENT,
                     "the model takes %zux%zux%zu values and answers with %s; to read all digits of an image it has to "
                     "classify grey images of 8 to %d pixels a side",
                     info.height, info.width, info.channels, info.classes ? "classes" : "numbers", INKI_PAGE_SIDE);
}

ink_status ink_reading_new(ink_ctx *ctx, const ink_model *model, const ink_image *image, double black, double white,
                           ink_reading **out)
{
    bool read = false;
    *out = NULL;
    ink_reading *reading = inki_zalloc(ctx, 1, sizeof *reading);
    if (!reading) return INK_NO_MEMORY;
    reading->ctx = ctx;
    reading->model = model;
    ink_status status = take_model(reading, black, white);
    if (status == INK_OK) status = read_as_it_is(reading, image, &read);
    if (status == INK_OK && !read) status = ink_pieces_find(ctx, image, &reading->pieces);
    if (status == INK_OK && !read) status = read_pieces(reading);
    if (status == INK_OK) status = find_known(reading);
    if (status == INK_OK) status = write_text(reading);
    if (status == INK_OK)
        *out = reading;
    else
        ink_reading_free(reading);
    return status;
}

void ink_reading_free(ink_reading *reading)
{
    if (!reading) return;
    ink_pieces_free(reading->pieces);
    inki_free(reading->digits);
    inki_free(reading->x);
    inki_free(reading->known);
    inki_free(reading->text.text);
    inki_free(reading);
}

const char *ink_reading_text(const ink_reading *reading) { return reading->text.text; }
size_t ink_reading_count(const ink_reading *reading) { return reading->count; }

size_t ink_reading_left_out(const ink_reading *reading) { return reading->pieces ? reading->pieces->left_out : 0; }

bool ink_reading_left(const ink_reading *reading, size_t i, ink_piece *out)
{
    ink_piece spot = {.size = 0};
    struct inki_area area;
    const bool is = i < ink_reading_left_out(reading);
    if (is) {
        inki_pieces_box(reading->pieces, &reading->pieces->left[i], &area);
        spot = (ink_piece){0, 0, area.top, area.left, area.height, area.width};
    }
    inki_sized_give(out, &spot, sizeof spot, sizeof spot);
    return is;
}

bool ink_reading_get(const ink_reading *reading, size_t i, ink_digit *out)
{
    ink_digit digit = {.size = 0};
    if (i < reading->count) {
        const struct inki_reading_digit *from = &reading->digits[i];
        digit = (ink_digit){0,
                            from->line,
                            from->area.top,
                            from->area.left,
                            from->area.height,
                            from->area.width,
                            from->class_index,
                            from->p,
                            reading->x + i * reading->features,
                            reading->known ? (double)reading->known[i] : (double)NAN};
    }
    inki_sized_give(out, &digit, sizeof digit, sizeof digit);
    return i < reading->count;
}
