/* near: thumbnails around the centre of what is in an image, a grid of their main directions, then pixel by pixel.
 * SPDX-License-Identifier: MIT
 *
 * A thumbnail is 7x7 means of blocks, as large as a 7x7th of the image, laid around the image's centre of mass (with the squares of what differs from
 * the border's median, so that light noise has no weight), less its mean and with length 1: neither moving an image nor its brightness changes it much.
 * Pairs are looked at whose thumbnails are within REACH of each other; they are found in a grid of the thumbnails' first principal
 * components, in which they are within REACH too. Sums over pixels are of integers, those of thumbnails in double in one order. */
#include "data/near.h"

#include "base/mem.h"
#include "base/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS = 7,
    SIDES = BLOCKS * BLOCKS,
    AXES = 8,
    CELLS = 2, /* axes whose cells are sorted by; then by the next axis */
    LEAST_SIDE = 8,
    WIDEST = 65536, /* values of a line of pixels: their squares add up in 32 bits */
    SAMPLE = 4096,  /* thumbnails that the components are made of */
    TURNS = 60,     /* of the power iteration */
    LOOKS = 1000    /* pairs that are compared pixel by pixel for one image at most: of a thousand like it */
};
#define REACH 0.1
#define SHY 0.25 /* a move as far from an integer number of pixels as this is tried both ways */

struct look {
    double middle[2];   /* centre of mass: line, column */
    float sides[SIDES]; /* the thumbnail; all 0 for an image of one colour */
};

struct place {
    int32_t cell[CELLS];
    uint32_t row;
    float at[AXES];
};

/* The rows of both sets, those of the second behind those of the first. */
struct images {
    ink_ctx *ctx;
    const ink_data *sets[2];
    size_t first, rows; /* of the first set; of both */
    size_t height, width, channels;
    uint8_t *made[2]; /* values of a set that has floats, from 0 to 255 */
    float low, range;
    struct look *looks; /* [rows] */
    double *room;       /* of each part: [BLOCKS][width] */
    uint8_t *grey;      /* of each part: [height][width] */
    double axes[AXES][SIDES];
    struct place *places; /* [count], sorted */
    size_t count;
    struct inki_near *own, *there;
};

static const uint8_t *pixels_of(const struct images *im, size_t row)
{
    const size_t set = row >= im->first, at = row - (set ? im->first : 0);
    const ink_data *data = im->sets[set];
    if (im->made[set]) return im->made[set] + at * data->features;
    return data->bytes + inki_data_base(data, at) * data->features;
}

/* ------------------------------------------------------------------- values */

static void find_range(struct images *im)
{
    float low = INFINITY, high = -INFINITY;
    for (size_t s = 0; s < 2 && im->sets[s]; s++) {
        const ink_data *data = im->sets[s];
        for (size_t i = 0; !data->bytes && i < data->rows; i++) {
            const float *x = data->floats + inki_data_base(data, i) * data->features;
            for (size_t j = 0; j < data->features; j++) {
                low = x[j] < low ? x[j] : low;
                high = x[j] > high ? x[j] : high;
            }
        }
    }
    im->low = low;
    im->range = high > low && high - low < INFINITY ? high - low : 1;
}

static ink_status make_bytes(struct images *im, size_t set)
{
    const ink_data *data = im->sets[set];
    if (!data || data->bytes) return INK_OK;
    im->made[set] = inki_alloc(im->ctx, data->rows, data->features);
    if (!im->made[set]) return INK_NO_MEMORY;
    for (size_t i = 0; i < data->rows; i++) {
        const float *x = data->floats + inki_data_base(data, i) * data->features;
        uint8_t *to = im->made[set] + i * data->features;
        for (size_t j = 0; j < data->features; j++) {
            const float share = (x[j] - im->low) / im->range;
            to[j] = share > 0 ? (uint8_t)(255 * (share < 1 ? share : 1) + 0.5F) : 0;
        }
    }
    return INK_OK;
}

/* --------------------------------------------------------------- thumbnails */

/* One value a pixel: the image itself, or the mean of its channels in grey[height][width]. */
static const uint8_t *make_grey(const struct images *im, const uint8_t *x, uint8_t *grey)
{
    const size_t pixels = im->height * im->width;
    if (im->channels == 1) return x;
    for (size_t i = 0; i < pixels; i++) {
        size_t sum = 0;
        for (size_t c = 0; c < im->channels; c++) sum += x[i * im->channels + c];
        grey[i] = (uint8_t)(sum / im->channels);
    }
    return grey;
}

/* The median of the border. */
static int32_t ground_of(const struct images *im, const uint8_t *x)
{
    uint32_t counts[256] = {0}, sum = 0;
    const size_t lines = im->height, columns = im->width;
    for (size_t i = 0; i < columns; i++) {
        counts[x[i]]++;
        counts[x[(lines - 1) * columns + i]]++;
    }
    for (size_t i = 1; i + 1 < lines; i++) {
        counts[x[i * columns]]++;
        counts[x[i * columns + columns - 1]]++;
    }
    int32_t value = 0;
    for (sum = counts[0]; 2 * sum < 2 * (lines + columns) - 4; sum += counts[value]) value++;
    return value;
}

static void find_middle(const struct images *im, const uint8_t *x, int32_t ground, double middle[2])
{
    double all = 0, down = 0, right = 0;
    for (size_t i = 0; i < im->height; i++)
        for (size_t j = 0; j < im->width; j++) {
            const double d = x[i * im->width + j] - ground, weight = d * d;
            all += weight;
            down += weight * (double)i;
            right += weight * (double)j;
        }
    middle[0] = all > 0 ? down / all : ((double)im->height - 1) / 2;
    middle[1] = all > 0 ? right / all : ((double)im->width - 1) / 2;
}

/* How much of line `at` (from `at` to `at` + 1) lies in a block; blocks of `size` from `begin` on. */
static double share_of(double begin, double size, size_t block, size_t at)
{
    const double from = begin + size * (double)block, to = from + size, line = (double)at;
    const double low = from > line ? from : line, high = to < line + 1 ? to : line + 1;
    return high > low ? high - low : 0;
}

/* The first and one behind the last line that block `block` touches. */
static void touched(double begin, double size, size_t block, size_t lines, size_t *from, size_t *to)
{
    const double low = floor(begin + size * (double)block), high = ceil(begin + size * (double)(block + 1));
    *from = low > 0 ? (size_t)low : 0;
    *to = high < (double)lines ? (high > 0 ? (size_t)high : 0) : lines;
}

static void make_thumbnail(const struct images *im, const uint8_t *x, int32_t ground, const double middle[2],
                           double *room, double sides[SIDES])
{
    const double high = (double)im->height / BLOCKS, wide = (double)im->width / BLOCKS;
    const double top = middle[0] + 0.5 - (double)im->height / 2, left = middle[1] + 0.5 - (double)im->width / 2;
    size_t from, to;
    memset(room, 0, BLOCKS * im->width * sizeof *room);
    for (size_t b = 0; b < BLOCKS; b++) {
        touched(top, high, b, im->height, &from, &to);
        for (size_t i = from; i < to; i++) {
            const double share = share_of(top, high, b, i);
            for (size_t j = 0; j < im->width; j++) room[b * im->width + j] += share * (x[i * im->width + j] - ground);
        }
    }
    for (size_t b = 0; b < BLOCKS; b++) {
        touched(left, wide, b, im->width, &from, &to);
        for (size_t k = 0; k < BLOCKS; k++) {
            double sum = 0;
            for (size_t j = from; j < to; j++) sum += share_of(left, wide, b, j) * room[k * im->width + j];
            sides[k * BLOCKS + b] = sum;
        }
    }
}

static void look_at(struct images *im, size_t row, double *room, uint8_t *grey)
{
    struct look *look = &im->looks[row];
    const uint8_t *x = make_grey(im, pixels_of(im, row), grey);
    const int32_t ground = ground_of(im, x);
    double sides[SIDES], mean = 0, squares = 0;
    find_middle(im, x, ground, look->middle);
    make_thumbnail(im, x, ground, look->middle, room, sides);
    for (size_t i = 0; i < SIDES; i++) mean += sides[i];
    mean /= SIDES;
    for (size_t i = 0; i < SIDES; i++) squares += (sides[i] - mean) * (sides[i] - mean);
    const double scale = squares > 1e-6 ? 1 / sqrt(squares) : 0;
    for (size_t i = 0; i < SIDES; i++) look->sides[i] = (float)((sides[i] - mean) * scale);
}

static void look_part(void *arg, size_t part, size_t parts)
{
    struct images *im = arg;
    size_t row, end;
    inki_share(im->rows, part, parts, &row, &end);
    for (; row < end; row++)
        look_at(im, row, im->room + part * BLOCKS * im->width, im->grey + part * im->height * im->width);
}

/* --------------------------------------------------------------------- axes */

static void find_spread(const struct images *im, double *spread)
{
    const size_t count = im->rows < SAMPLE ? im->rows : SAMPLE;
    double mean[SIDES] = {0}, d[SIDES];
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < SIDES; i++) mean[i] += (double)im->looks[n * im->rows / count].sides[i];
    for (size_t i = 0; i < SIDES; i++) mean[i] /= (double)count;
    for (size_t n = 0; n < count; n++) {
        const float *sides = im->looks[n * im->rows / count].sides;
        for (size_t i = 0; i < SIDES; i++) d[i] = (double)sides[i] - mean[i];
        for (size_t i = 0; i < SIDES; i++)
            for (size_t j = 0; j < SIDES; j++) spread[i * SIDES + j] += d[i] * d[j];
    }
}

static double product(const double a[SIDES], const double b[SIDES])
{
    double sum = 0;
    for (size_t i = 0; i < SIDES; i++) sum += a[i] * b[i];
    return sum;
}

/* v becomes spread v, at right angles to the axes before it, with length 1. */
static void turn(double (*axes)[SIDES], size_t before, const double *spread, double v[SIDES])
{
    double w[SIDES];
    for (size_t i = 0; i < SIDES; i++) w[i] = product(spread + i * SIDES, v);
    for (size_t a = 0; a < before; a++) {
        const double part = product(w, axes[a]);
        for (size_t i = 0; i < SIDES; i++) w[i] -= part * axes[a][i];
    }
    const double length = sqrt(product(w, w));
    for (size_t i = 0; i < SIDES; i++) v[i] = length > 0 ? w[i] / length : 0;
}

/* About the principal components. Any directions of length 1 at right angles to each other would give the same pairs. */
static ink_status find_axes(struct images *im)
{
    double *spread = inki_zalloc(im->ctx, SIDES * SIDES, sizeof *spread);
    if (!spread) return INK_NO_MEMORY;
    find_spread(im, spread);
    for (size_t a = 0; a < AXES; a++) {
        for (size_t i = 0; i < SIDES; i++) im->axes[a][i] = 1 + (double)(i * i % 11);
        for (size_t n = 0; n < TURNS; n++) turn(im->axes, a, spread, im->axes[a]);
    }
    inki_free(spread);
    return INK_OK;
}

/* --------------------------------------------------------------------- grid */

static void find_place(const struct images *im, size_t row, struct place *out)
{
    double sides[SIDES];
    for (size_t i = 0; i < SIDES; i++) sides[i] = (double)im->looks[row].sides[i];
    for (size_t a = 0; a < AXES; a++) out->at[a] = (float)product(im->axes[a], sides);
    for (size_t a = 0; a < CELLS; a++) out->cell[a] = (int32_t)floor((double)out->at[a] / REACH);
    out->row = (uint32_t)row;
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    for (size_t i = 0; i < CELLS; i++)
        if (x->cell[i] != y->cell[i]) return x->cell[i] < y->cell[i] ? -1 : 1;
    if (x->at[CELLS] != y->at[CELLS]) return x->at[CELLS] < y->at[CELLS] ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool is_plain(const struct look *look)
{
    for (size_t i = 0; i < SIDES; i++)
        if (look->sides[i] != 0) return false;
    return true;
}

static ink_status make_grid(struct images *im)
{
    im->places = inki_alloc(im->ctx, im->rows, sizeof *im->places);
    if (!im->places) return INK_NO_MEMORY;
    for (size_t row = 0; row < im->rows; row++)
        if (!is_plain(&im->looks[row])) find_place(im, row, &im->places[im->count++]);
    if (im->count) qsort(im->places, im->count, sizeof *im->places, by_place);
    return INK_OK;
}

/* The first place that is not before `from`. */
static size_t search_places(const struct images *im, const struct place *from)
{
    size_t low = 0, high = im->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (by_place(&im->places[middle], from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* -------------------------------------------------------------------- pixels */

struct sums {
    uint64_t a, b, aa, bb, ab;
};

static void add_line(const uint8_t *a, const uint8_t *b, size_t count, struct sums *sums)
{
    uint32_t sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t x = a[i], y = b[i];
        sa += x;
        sb += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    sums->a += sa;
    sums->b += sb;
    sums->aa += aa;
    sums->bb += bb;
    sums->ab += ab;
}

/* 1 - r where b, moved by so many lines and columns, lies on a. */
static double compare_moved(const struct images *im, const uint8_t *a, const uint8_t *b, long down, long right)
{
    const size_t lines = im->height - (size_t)labs(down), columns = im->width - (size_t)labs(right),
                 each = im->channels;
    const size_t ai = down > 0 ? (size_t)down : 0, bi = down < 0 ? (size_t)-down : 0;
    const size_t aj = right > 0 ? (size_t)right : 0, bj = right < 0 ? (size_t)-right : 0;
    struct sums sums = {0};
    for (size_t i = 0; i < lines; i++)
        add_line(a + ((ai + i) * im->width + aj) * each, b + ((bi + i) * im->width + bj) * each, columns * each, &sums);
    const double n = (double)(lines * columns * each), sa = (double)sums.a, sb = (double)sums.b;
    const double va = n * (double)sums.aa - sa * sa, vb = n * (double)sums.bb - sb * sb;
    return va > 0 && vb > 0 ? 1 - (n * (double)sums.ab - sa * sb) / (sqrt(va) * sqrt(vb)) : 2;
}

/* Whole moves by about so much: one or two. */
static size_t moves_for(double by, long moves[2])
{
    const double whole = floor(by + 0.5);
    moves[0] = (long)whole;
    moves[1] = by > whole ? moves[0] + 1 : moves[0] - 1;
    return fabs(by - whole) > SHY ? 2 : 1;
}

static double distance_of(const struct images *im, size_t row, size_t other)
{
    const double *to = im->looks[row].middle, *from = im->looks[other].middle;
    const uint8_t *a = pixels_of(im, row), *b = pixels_of(im, other);
    long down[2], right[2];
    double least = 2;
    const size_t downs = moves_for(to[0] - from[0], down), rights = moves_for(to[1] - from[1], right);
    for (size_t i = 0; i < downs; i++)
        for (size_t j = 0; j < rights; j++) {
            if (labs(down[i]) > (long)im->height / 4 || labs(right[j]) > (long)im->width / 4) continue;
            const double distance = compare_moved(im, a, b, down[i], right[j]);
            if (distance < least) least = distance;
        }
    return least > 0 ? least : 0;
}

/* ------------------------------------------------------------------- pairs */

/* Whether the squares of so many differences add up to no more than REACH allows. */
static bool is_close(const float *a, const float *b, size_t count)
{
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum <= (float)(REACH * REACH);
}

static bool is_asked_for(const struct images *im, size_t row, size_t other)
{
    if (other >= im->first) return true;
    return other < row && inki_data_label(im->sets[0], other) != inki_data_label(im->sets[0], row);
}

static void take_near(const struct images *im, size_t row, size_t other, double distance)
{
    const bool there = other >= im->first;
    struct inki_near *near = there ? &im->there[row] : &im->own[row];
    const struct inki_near found = {(uint32_t)(other - (there ? im->first : 0)), (float)distance};
    if (near->row == UINT32_MAX || found.distance < near->distance ||
        (found.distance == near->distance && found.row < near->row))
        *near = found;
}

/* Those of one cell; `looks` counts the pairs that were compared. */
static void search_cell(const struct images *im, const struct place *of, const int32_t cell[CELLS], size_t *looks)
{
    const struct look *look = &im->looks[of->row];
    const float end = of->at[CELLS] + (float)REACH;
    struct place begin = *of;
    memcpy(begin.cell, cell, sizeof begin.cell);
    begin.at[CELLS] -= (float)REACH;
    begin.row = 0;
    for (size_t i = search_places(im, &begin); i < im->count && *looks < LOOKS; i++) {
        const struct place *place = &im->places[i];
        if (memcmp(place->cell, cell, sizeof begin.cell) != 0 || place->at[CELLS] > end) return;
        if (!is_close(of->at, place->at, AXES) || !is_asked_for(im, of->row, place->row) ||
            !is_close(look->sides, im->looks[place->row].sides, SIDES))
            continue;
        const double distance = distance_of(im, of->row, place->row);
        if (distance < INKI_NEAR_MOST) take_near(im, of->row, place->row, distance);
        (*looks)++;
    }
}

static void search_row(const struct images *im, size_t row)
{
    struct place place;
    size_t looks = 0;
    im->own[row] = im->there[row] = (struct inki_near){UINT32_MAX, 0};
    if (is_plain(&im->looks[row])) return;
    find_place(im, row, &place);
    for (int32_t i = -1; i <= 1; i++)
        for (int32_t j = -1; j <= 1; j++)
            search_cell(im, &place, (int32_t[CELLS]){place.cell[0] + i, place.cell[1] + j}, &looks);
}

static void search_part(void *arg, size_t part, size_t parts)
{
    const struct images *im = arg;
    size_t row, end;
    inki_share(im->first, part, parts, &row, &end);
    for (; row < end; row++) search_row(im, row);
}

/* --------------------------------------------------------------------- all */

bool inki_near_can(const ink_data *data)
{
    return data->height >= LEAST_SIDE && data->width >= LEAST_SIDE && data->width * data->channels <= WIDEST;
}

static ink_status find_near(struct images *im)
{
    const size_t work = im->rows * im->height * im->width * 8, parts = inki_parts(im->ctx, work);
    INK_TRY(make_bytes(im, 0));
    INK_TRY(make_bytes(im, 1));
    im->looks = inki_alloc(im->ctx, im->rows, sizeof *im->looks);
    im->room = inki_alloc(im->ctx, parts, BLOCKS * im->width * sizeof *im->room);
    im->grey = inki_alloc(im->ctx, parts, im->height * im->width);
    if (!im->looks || !im->room || !im->grey) return INK_NO_MEMORY;
    inki_parallel(im->ctx, work, look_part, im);
    INK_TRY(find_axes(im));
    INK_TRY(make_grid(im));
    inki_parallel(im->ctx, work, search_part, im);
    return INK_OK;
}

static bool has_same_shape(const ink_data *data, const ink_data *other)
{
    return other->height == data->height && other->width == data->width && other->channels == data->channels;
}

ink_status inki_near_each(ink_ctx *ctx, const ink_data *data, const ink_data *other, struct inki_near *own,
                          struct inki_near *there)
{
    if (other && !has_same_shape(data, other)) other = NULL;
    struct images im = {.ctx = ctx,
                        .sets = {data, other},
                        .first = data->rows,
                        .rows = data->rows + (other ? other->rows : 0),
                        .height = data->height,
                        .width = data->width,
                        .channels = data->channels,
                        .own = own,
                        .there = there};
    find_range(&im);
    ink_status status = find_near(&im);
    inki_free(im.made[0]);
    inki_free(im.made[1]);
    inki_free(im.looks);
    inki_free(im.room);
    inki_free(im.grey);
    inki_free(im.places);
    return status;
}
