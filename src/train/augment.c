/* augment: images moved, turned, stretched, bent, mirrored, cut and mixed a little, differently at every step.
 * SPDX-License-Identifier: MIT */
#include "train/augment.h"
#include "train/augment_exact.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/text.h"
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BEND_STEP = 7, MOST_SIDE = 256, MOST_POINTS = MOST_SIDE / BEND_STEP + 4, WARP_ROOM = 1024 };

/* The mean over a cell of the cubic B-spline's sum of squares is 151/315 along each axis: this brings the field's deviation
 * back to that of its points. */
#define SPLINE_GAIN (315.0 / 151.0)

/* The four weights of the uniform cubic B-spline at t in [0, 1). */
static void spline(float t, float weights[4])
{
    const float u = 1 - t;
    weights[0] = u * u * u / 6;
    weights[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
    weights[2] = (3 * u * u * u - 6 * u * u + 4) / 6;
    weights[3] = t * t * t / 6;
}

/* --------------------------------------------------------------- the setting */

static const struct part {
    const char *name;
    size_t at; /* in struct inki_augment */
    double most, usual;
    bool whole; /* a number of pixels */
} kinds[] = {
    {"shift", offsetof(struct inki_augment, shift), 64, 2, false},
    {"rotate", offsetof(struct inki_augment, rotate), 180, 10, false},
    {"scale", offsetof(struct inki_augment, scale), 0.9, 0.1, false},
    {"elastic", offsetof(struct inki_augment, elastic), 16, 1.4, false},
    {"flip", offsetof(struct inki_augment, flip), 1, 0.5, false},
    {"crop", offsetof(struct inki_augment, crop), 64, 2, true},
    {"cutout", offsetof(struct inki_augment, cutout), MOST_SIDE, 8, true},
    {"mixup", offsetof(struct inki_augment, mixup), 2, 0.2, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static ink_status unknown_part(ink_ctx *ctx, const char *name)
{
    const char *names[KINDS];
    for (size_t i = 0; i < KINDS; i++) names[i] = kinds[i].name;
    const char *near = ink_did_you_mean(name, names, KINDS);
    if (near) return inki_fail(ctx, INK_BAD_SETTING, "augment: there is no '%s'; did you mean '%s'?", name, near);
    return inki_fail(ctx, INK_BAD_SETTING,
                     "augment: '%s' is none of shift, rotate, scale, elastic, flip, crop, cutout, mixup", name);
}

/* "shift:2", or the name alone for the usual amount. */
static ink_status parse_part(ink_ctx *ctx, char *text, struct inki_augment *out)
{
    char *amount = strchr(text, ':');
    if (amount) *amount++ = 0;
    for (size_t i = 0; i < KINDS; i++) {
        double *value = (double *)(void *)((char *)out + kinds[i].at);
        if (strcmp(text, kinds[i].name) != 0) continue;
        *value = kinds[i].usual;
        if (!amount) return INK_OK;
        bool good = inki_parse_real(amount, value) && *value >= 0 && *value <= kinds[i].most;
        if (good && (!kinds[i].whole || *value == floor(*value))) return INK_OK;
        return inki_fail(ctx, INK_BAD_SETTING, "augment: %s takes %s from 0 to %g, not '%s'", text,
                         kinds[i].whole ? "an integer" : "a number", kinds[i].most, amount);
    }
    return unknown_part(ctx, text);
}

static ink_status parse_setting(ink_ctx *ctx, const char *setting, struct inki_augment *out)
{
    char text[256];
    if (strlen(setting) >= sizeof text) return inki_fail(ctx, INK_BAD_SETTING, "augment: the text is too long");
    snprintf(text, sizeof text, "%s", setting);
    for (char *at = text, *end; at; at = end) {
        end = strchr(at, ',');
        if (end) *end++ = 0;
        INK_TRY(parse_part(ctx, at, out));
    }
    return INK_OK;
}

ink_status inki_augment_begin(ink_ctx *ctx, const ink_data *data, const char *setting, uint64_t seed, size_t rooms,
                              struct inki_augment *out)
{
    *out = (struct inki_augment){.height = data->height,
                                 .width = data->width,
                                 .channels = data->channels,
                                 .bytes = data->bytes != NULL,
                                 .seed = seed,
                                 .rooms = rooms};
    if (!*setting || strcmp(setting, "none") == 0) return INK_OK;
    INK_TRY(parse_setting(ctx, setting, out));
    out->warps = out->shift > 0 || out->rotate > 0 || out->scale > 0 || out->elastic > 0;
    if (!out->warps && out->flip == 0 && out->crop == 0 && out->cutout == 0 && out->mixup == 0) return INK_OK;
    if (data->height < 2 || data->width < 2 || data->height > MOST_SIDE || data->width > MOST_SIDE)
        return inki_fail(ctx, INK_BAD_SETTING, "augment: the rows are not images of 2 to %d pixels a side", MOST_SIDE);
    const size_t side = data->height < data->width ? data->height : data->width;
    if (out->crop >= (double)side)
        return inki_fail(ctx, INK_BAD_SETTING,
                         "augment: crop:%g needs images of more than %g pixels a side, not %zux%zu", out->crop,
                         out->crop, data->height, data->width);
    for (size_t i = 0; i < BEND_STEP; i++) spline((float)i / BEND_STEP, out->weights[i]);
    out->rows = inki_alloc(ctx, out->rooms * INKI_CHUNK_ROWS * data->features, out->bytes ? 1 : sizeof(float));
    out->floats = inki_alloc(ctx, out->rooms * INKI_CHUNK_ROWS * data->features, 2 * sizeof(float));
    return out->rows && out->floats ? INK_OK : INK_NO_MEMORY;
}

void inki_augment_end(struct inki_augment *augment)
{
    inki_free(augment->rows);
    inki_free(augment->floats);
    augment->floats = NULL;
    augment->rows = NULL;
}

/* ------------------------------------------------------------------ one row */

/* Where output pixel (x, y) looks: (sx, sy) = (ax x + bx y + cx, ay x + by y + cy) + bend(x, y). */
struct warp {
    float ax, bx, cx, ay, by, cy;
    bool bends;
    float points[2][MOST_POINTS][MOST_POINTS]; /* of the spline */
};

static double between(struct inki_rng *rng, double most) { return most * (2 * inki_rng_uniform(rng) - 1); }

static void draw(const struct inki_augment *augment, struct inki_rng *rng, struct warp *warp)
{
    double sine, cosine, x = (double)(augment->width - 1) / 2, y = (double)(augment->height - 1) / 2;
    inki_sine_cosine(between(rng, augment->rotate) * 0.017453292519943295, &sine, &cosine);
    double zoom = 1 / (1 + between(rng, augment->scale)), dx = between(rng, augment->shift),
           dy = between(rng, augment->shift), a = cosine * zoom, b = sine * zoom;
    *warp = (struct warp){.ax = (float)a, .bx = (float)-b, .ay = (float)b, .by = (float)a};
    warp->cx = (float)(x - a * x + b * y + dx);
    warp->cy = (float)(y - b * x - a * y + dy);
    warp->bends = augment->elastic > 0;
    for (int axis = 0; warp->bends && axis < 2; axis++)
        for (size_t i = 0; i < (augment->height - 1) / BEND_STEP + 4; i++)
            for (size_t j = 0; j < (augment->width - 1) / BEND_STEP + 4; j++)
                warp->points[axis][i][j] = (float)between(rng, augment->elastic * SPLINE_GAIN * 1.7320508075688772);
}

/* Adds the bend of row y to where its pixels look. */
static void bend_row(const struct inki_augment *augment, const struct warp *warp, size_t y, float *sx, float *sy)
{
    float line[2][MOST_POINTS];
    const float *weights = augment->weights[y % BEND_STEP];
    const size_t row = y / BEND_STEP, cells = (augment->width - 1) / BEND_STEP + 1;
    for (int axis = 0; axis < 2; axis++)
        for (size_t j = 0; j < cells + 3; j++) {
            line[axis][j] = 0;
            for (size_t i = 0; i < 4; i++) line[axis][j] += weights[i] * warp->points[axis][row + i][j];
        }
    for (size_t cell = 0; cell < cells; cell++)
        for (size_t x = 0; x < BEND_STEP; x++)
            for (size_t i = 0; i < 4; i++) {
                sx[cell * BEND_STEP + x] += augment->weights[x][i] * line[0][cell + i];
                sy[cell * BEND_STEP + x] += augment->weights[x][i] * line[1][cell + i];
            }
}

/* Where the pixels of row y look; sx and sy have room for whole steps of the field. */
static void place_row(const struct inki_augment *augment, const struct warp *warp, size_t y, float *restrict sx,
                      float *restrict sy)
{
    const float cx = warp->bx * (float)y + warp->cx, cy = warp->by * (float)y + warp->cy;
    for (int32_t x = 0, width = (int32_t)augment->width; x < width; x++) {
        sx[x] = warp->ax * (float)x + cx;
        sy[x] = warp->ay * (float)x + cy;
    }
    if (warp->bends) bend_row(augment, warp, y, sx, sy);
}

/* from and to: floats. Some rows at once: a row's length is seldom one of whole vectors. */
static void warp_image(const struct inki_kern *kern, const struct inki_augment *augment, const struct warp *warp,
                       const float *from, float *to)
{
    float sx[WARP_ROOM + BEND_STEP], sy[WARP_ROOM + BEND_STEP];
    const size_t width = augment->width, most = WARP_ROOM / width;
    for (size_t y = 0, rows; y < augment->height; y += rows, to += rows * width * augment->channels) {
        rows = augment->height - y < most ? augment->height - y : most;
        for (size_t i = 0; i < rows; i++) /* what a row leaves behind its end, the next one overwrites */
            place_row(augment, warp, y + i, sx + i * width, sy + i * width);
        for (size_t c = 0; c < augment->channels; c++)
            kern->sample(&(struct inki_sample){.n = rows * width,
                                               .height = augment->height,
                                               .width = width,
                                               .channels = augment->channels,
                                               .image = from + c,
                                               .x = sx,
                                               .y = sy,
                                               .out = to + c});
    }
}

/* The image at `from`, bytes or floats as the data's, warped into `to`; they do not overlap. room: two images of floats. */
static void warp_row(const struct inki_kern *kern, const struct inki_augment *augment, const struct warp *warp,
                     const void *from, void *to, float *room)
{
    const size_t features = inki_augment_features(augment);
    if (!augment->bytes) {
        warp_image(kern, augment, warp, from, to);
        return;
    }
    kern->widen(features, from, room);
    warp_image(kern, augment, warp, room, room + features);
    kern->narrow(features, room + features, to);
}

/* Into place i of the room. */
static void augment_row(const struct inki_kern *kern, const struct inki_augment *augment, struct inki_rng rng, size_t i,
                        const void **place)
{
    const size_t features = inki_augment_features(augment), size = augment->bytes ? 1 : sizeof(float);
    float *room = augment->floats + 2 * i * features;
    const void *from = *place;
    void *to = (uint8_t *)augment->rows + i * features * size;
    if (augment->warps) {
        struct warp warp;
        draw(augment, &rng, &warp);
        void *warped = augment->flip > 0 || augment->crop > 0 ? (void *)(room + features) : to;
        warp_row(kern, augment, &warp, from, warped, room);
        from = warped;
    }
    if (from != to) inki_copy_crop(augment, &rng, from, to);
    if (augment->cutout > 0) inki_cut_out(augment, &rng, to);
    *place = to;
}

/* ----------------------------------------------------------------- all rows */

struct work {
    const struct inki_kern *kern;
    const struct inki_augment *augment;
    size_t step, first, count, room;
    const void **places;
};

static void augment_part(void *arg, size_t part, size_t parts)
{
    const struct work *work = arg;
    size_t begin, end;
    inki_share(work->count, part, parts, &begin, &end);
    for (size_t i = begin; i < end; i++)
        augment_row(
            work->kern, work->augment,
            inki_rng_begin(work->augment->seed, INKI_RNG_AUGMENT, (uint32_t)work->step, (uint32_t)(work->first + i)),
            work->room * INKI_CHUNK_ROWS + i, &work->places[i]);
}

void inki_augment(ink_ctx *ctx, const struct inki_augment *augment, size_t step, size_t first, size_t count,
                  size_t room, const void **places)
{
    const bool all = room == INKI_ALL_THREADS;
    struct work work = {inki_kern(ctx), augment, step, first, count, all ? 0 : room, places};
    if (all)
        inki_parallel(ctx, 10 * count * inki_augment_features(augment), augment_part, &work);
    else
        augment_part(&work, 0, 1);
}
