/* unlike: distances of a row from all that a classifier was trained on, and how rare they are.
 * SPDX-License-Identifier: MIT */
#include "model/unlike.h"

#include "base/little.h"
#include "base/mem.h"
#include "base/xxh64.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_GRID = 7, FAR = 4 };

static const struct inki_node *last_of(const ink_model *model) { return &model->nodes[model->node_count - 1]; }

/* Whether the last layer reads the rows themselves. */
static bool is_bare(const ink_model *model)
{
    return model->node_count == (size_t)(model->scale || model->encoding ? 2 : 1);
}

const char *inki_unlike_refuses(const ink_model *model)
{
    if (!inki_is_classifier(model)) return "a model that answers with numbers";
    if (last_of(model)->op != &inki_dense_op || model->members > 1) return "an ensemble";
    if (is_bare(model) && model->encoding) return "a network of one layer over the columns of a table";
    return NULL;
}

/* ------------------------------------------------------------------ values */

/* Blocks along a side of images, as many as leave no more than INKI_UNLIKE_SIDES values; 0: the rows are none. */
static size_t grid_of(const ink_model *model)
{
    const struct inki_shape *in = &model->in;
    size_t grid = MOST_GRID;
    if (model->encoding || in->height < 2 || in->width < 2 || in->channels > INKI_UNLIKE_SIDES) return 0;
    while (grid > in->height || grid > in->width || grid * grid * in->channels > INKI_UNLIKE_SIDES) grid--;
    return grid;
}

static size_t sides_of(const ink_model *model, size_t units)
{
    const size_t grid = grid_of(model);
    if (grid) return grid * grid * model->in.channels;
    return units < INKI_UNLIKE_SIDES ? units : INKI_UNLIKE_SIDES;
}

static size_t packed(size_t sides) { return sides * (sides + 1) / 2; }

bool inki_unlike_tensor(const struct inki_unlike *unlike, size_t i, struct inki_unlike_tensor *out)
{
    const struct inki_unlike_tensor all[INKI_UNLIKE_TENSORS] = {
        {"known.means", 2, {unlike->classes, unlike->units}, unlike->classes * unlike->units, unlike->means},
        {"known.whiten", 1, {packed(unlike->sides)}, packed(unlike->sides), unlike->whiten},
        {"known.centres", 2, {unlike->classes, unlike->sides}, unlike->classes * unlike->sides, unlike->centres},
        {"known.tables",
         2,
         {INKI_UNLIKE_PARTS + 1, unlike->levels},
         (INKI_UNLIKE_PARTS + 1) * unlike->levels,
         unlike->tables}};
    if (i < INKI_UNLIKE_TENSORS) *out = all[i];
    return i < INKI_UNLIKE_TENSORS;
}

ink_status inki_unlike_new(ink_ctx *ctx, const ink_model *model, size_t levels, struct inki_unlike **out)
{
    struct inki_unlike *unlike = inki_zalloc(ctx, 1, sizeof *unlike);
    *out = NULL;
    if (!unlike) return INK_NO_MEMORY;
    const size_t units = inki_shape_size(&last_of(model)->in), sides = sides_of(model, units);
    *unlike = (struct inki_unlike){.units = units, .classes = model->classes, .sides = sides, .levels = levels};
    unlike->grid = grid_of(model);
    const size_t means = model->classes * units, centres = model->classes * sides;
    unlike->values =
        inki_zalloc(ctx, means + packed(sides) + centres + (INKI_UNLIKE_PARTS + 1) * levels, sizeof *unlike->values);
    if (!unlike->values) {
        inki_free(unlike);
        return INK_NO_MEMORY;
    }
    unlike->means = unlike->values;
    unlike->whiten = unlike->means + means;
    unlike->centres = unlike->whiten + packed(sides);
    unlike->tables = unlike->centres + centres;
    *out = unlike;
    return INK_OK;
}

void inki_unlike_free(struct inki_unlike *unlike)
{
    if (unlike) inki_free(unlike->values);
    inki_free(unlike);
}

uint64_t inki_unlike_hash(const struct inki_unlike *unlike)
{
    struct inki_unlike_tensor tensor;
    struct inki_xxh64 hash;
    uint8_t bytes[4096];
    inki_xxh64_begin(0, &hash);
    for (size_t i = 0; inki_unlike_tensor(unlike, i, &tensor); i++)
        for (size_t at = 0, count; at < tensor.count; at += count) {
            count = tensor.count - at < sizeof bytes / 4 ? tensor.count - at : sizeof bytes / 4;
            inki_floats_to_bytes(tensor.values + at, count, bytes);
            inki_xxh64_add(&hash, bytes, 4 * count);
        }
    return inki_xxh64_end(&hash);
}

static bool ascends(const float *table, size_t levels)
{
    for (size_t k = 1; k < levels; k++)
        if (table[k] < table[k - 1]) return false;
    return true;
}

const char *inki_unlike_flaw(const struct inki_unlike *unlike)
{
    struct inki_unlike_tensor tensor;
    for (size_t i = 0; inki_unlike_tensor(unlike, i, &tensor); i++)
        for (size_t at = 0; at < tensor.count; at++)
            if (!isfinite(tensor.values[at])) return "its tensors known.* have a value that is not finite";
    for (size_t t = 0; t <= INKI_UNLIKE_PARTS; t++)
        if (!ascends(unlike->tables + t * unlike->levels, unlike->levels))
            return "a row of its tensor known.tables does not ascend";
    return NULL;
}

void inki_unlike_text(const struct inki_unlike *unlike, char text[INKI_UNLIKE_TEXT])
{
    snprintf(text, INKI_UNLIKE_TEXT, "{\"rows\":%zu,\"hash\":\"%016" PRIx64 "\"}", unlike->rows,
             inki_unlike_hash(unlike));
}

/* -------------------------------------------------------------------- views */

static void take_layer(struct inki_unlike_view *view)
{
    const struct inki_node *last = last_of(view->model);
    const float *w = view->model->w + last->offset;
    const size_t units = view->unlike->units, outputs = view->model->outputs;
    const size_t pixels = last->in.height * last->in.width;
    for (size_t i = 0; i < units; i++)
        view->places[i] = last->planar ? i % pixels * inki_pitch(&last->in) + i / pixels : i;
    for (size_t i = 0; i < outputs * units; i++) view->w[i] = w[last->op->at(last, 0, i)];
    for (size_t j = 0; j < outputs; j++) view->b[j] = w[last->op->at(last, 1, j)];
}

ink_status inki_unlike_view_begin(ink_ctx *ctx, const ink_model *model, struct inki_unlike *unlike,
                                  struct inki_unlike_view *out)
{
    *out = (struct inki_unlike_view){.model = model, .unlike = unlike, .bare = is_bare(model)};
    out->places = inki_alloc(ctx, unlike->units, sizeof *out->places);
    out->w = inki_alloc(ctx, unlike->units, model->outputs * sizeof *out->w);
    out->b = inki_alloc(ctx, model->outputs, sizeof *out->b);
    if (!out->places || !out->w || !out->b) {
        inki_unlike_view_end(out);
        return INK_NO_MEMORY;
    }
    take_layer(out);
    return INK_OK;
}

void inki_unlike_view_end(struct inki_unlike_view *view)
{
    inki_free(view->places);
    inki_free(view->w);
    inki_free(view->b);
    *view = (struct inki_unlike_view){0};
}

static double raw_at(const void *raw, bool bytes, size_t i)
{
    return bytes ? ((const uint8_t *)raw)[i] : (double)((const float *)raw)[i];
}

static void scale_row(const ink_model *model, const void *raw, bool bytes, double *h)
{
    const struct inki_node *scale = model->scale;
    for (size_t i = 0; i < model->features; i++) {
        h[i] = raw_at(raw, bytes, i);
        if (!scale) continue;
        const float *w = model->w + scale->offset;
        h[i] = (h[i] - (double)w[scale->op->at(scale, 0, i)]) * (double)w[scale->op->at(scale, 1, i)];
    }
}

/* The mean of a block of a channel. */
static double mean_of(const struct inki_shape *in, size_t grid, size_t block, size_t channel, const void *raw,
                      bool bytes)
{
    const size_t i = block / grid, j = block % grid, top = i * in->height / grid, left = j * in->width / grid,
                 bottom = (i + 1) * in->height / grid, right = (j + 1) * in->width / grid;
    double sum = 0;
    for (size_t r = top; r < bottom; r++)
        for (size_t c = left; c < right; c++) sum += raw_at(raw, bytes, (r * in->width + c) * in->channels + channel);
    return sum / (double)((bottom - top) * (right - left));
}

/* The mean of every so many values. */
static void fold(const double *h, size_t units, double *v, size_t sides)
{
    for (size_t j = 0; j < sides; j++) {
        double sum = 0;
        size_t count = 0;
        for (size_t i = j; i < units; i += sides, count++) sum += h[i];
        v[j] = sum / (double)count;
    }
}

void inki_unlike_look(const struct inki_unlike_view *view, const float *x, const void *raw, bool bytes, double *h,
                      double *v)
{
    const struct inki_unlike *unlike = view->unlike;
    const struct inki_shape *in = &view->model->in;
    if (view->bare) scale_row(view->model, raw, bytes, h);
    for (size_t i = 0; !view->bare && i < unlike->units; i++) h[i] = (double)x[view->places[i]];
    if (!unlike->grid) {
        fold(h, unlike->units, v, unlike->sides);
        return;
    }
    for (size_t j = 0; j < unlike->sides; j++)
        v[j] = mean_of(in, unlike->grid, j / in->channels, j % in->channels, raw, bytes);
}

/* ---------------------------------------------------------------- distances */

static double product(size_t n, const double *a, const float *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * (double)b[i];
    return sum;
}

static double least_answer(const struct inki_unlike_view *view, const double *h)
{
    const size_t units = view->unlike->units;
    double most = -(double)INFINITY;
    for (size_t j = 0; j < view->model->outputs; j++) {
        const double z = product(units, h, view->w + j * units) + (double)view->b[j];
        if (z > most) most = z;
    }
    return -most;
}

static double least_direction(const struct inki_unlike *unlike, const double *h)
{
    double squares = 0, most = -(double)INFINITY;
    for (size_t i = 0; i < unlike->units; i++) squares += h[i] * h[i];
    for (size_t c = 0; c < unlike->classes; c++) {
        const double along = product(unlike->units, h, unlike->means + c * unlike->units);
        if (along > most) most = along;
    }
    return squares > 0 ? -most / sqrt(squares) : 0;
}

static double least_place(const struct inki_unlike *unlike, const double *v, double *y)
{
    double least = (double)INFINITY;
    const float *row = unlike->whiten;
    for (size_t i = 0; i < unlike->sides; row += ++i) y[i] = product(i + 1, v, row);
    for (size_t c = 0; c < unlike->classes; c++) {
        const float *centre = unlike->centres + c * unlike->sides;
        double sum = 0;
        for (size_t i = 0; i < unlike->sides; i++) sum += (y[i] - (double)centre[i]) * (y[i] - (double)centre[i]);
        if (sum < least) least = sum;
    }
    return least;
}

void inki_unlike_measure(const struct inki_unlike_view *view, const double *h, const double *v, double *room,
                         double distances[INKI_UNLIKE_PARTS])
{
    distances[0] = least_answer(view, h);
    distances[1] = least_direction(view->unlike, h);
    distances[2] = least_place(view->unlike, v, room);
}

/* ------------------------------------------------------------------- tables */

double inki_unlike_level(size_t k)
{
    /* 2^-1/4, 2^-1/2, 2^-3/4 */
    static const double quarters[] = {1, 0.84089641525371450, 0.70710678118654752, 0.59460355750136051};
    double level = quarters[k % 4];
    for (size_t i = k / 4; i > 0; i--) level /= 2;
    return level;
}

/* The place of x among the ascending values of a table, between entries in proportion. */
static double place_in(const float *table, size_t levels, double x)
{
    size_t k = 1;
    if (x <= (double)table[0]) return 0;
    while (k < levels && (double)table[k] < x) k++;
    if (k == levels) return (double)levels;
    return (double)(k - 1) + (x - (double)table[k - 1]) / ((double)table[k] - (double)table[k - 1]);
}

/* Beyond the last entry a table goes on as its last two octaves do, up to FAR times its length. */
static double rarity(const float *table, size_t levels, double x)
{
    const double place = place_in(table, levels, x), last = (double)(levels - 1), end = (double)table[levels - 1];
    if (place <= last) return place;
    const size_t back = levels > 9 ? 8 : levels - 1;
    const double step = (end - (double)table[levels - 1 - back]) / (double)back;
    const double beyond = step > 0 ? (x - end) / step : FAR * last;
    return beyond < (FAR - 1) * last ? last + beyond : FAR * last;
}

double inki_unlike_sum(const struct inki_unlike *unlike, const double distances[INKI_UNLIKE_PARTS])
{
    double sum = 0;
    for (size_t t = 0; t < INKI_UNLIKE_PARTS; t++)
        sum += rarity(unlike->tables + t * unlike->levels, unlike->levels, distances[t]);
    return sum;
}

double inki_unlike_share(const struct inki_unlike *unlike, double sum)
{
    const size_t levels = unlike->levels;
    const double place = place_in(unlike->tables + INKI_UNLIKE_PARTS * levels, levels, sum);
    if (!(place <= (double)(levels - 1))) return 0;
    const size_t k = (size_t)place;
    const double from = inki_unlike_level(k), to = inki_unlike_level(k + 1);
    return from + (place - (double)k) * (to - from);
}
