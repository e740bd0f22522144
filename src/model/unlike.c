/* unlike: distances of a row from all that a classifier was trained on, and how rare they are.
 * SPDX-License-Identifier: MIT */
#include "model/unlike.h"

#include "base/little.h"
#include "base/mem.h"
#include "base/xxh64.h"
#include "model/members.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_GRID = 7, FAR = 4, LANES = 8 };

static const struct inki_node *last_of(const ink_model *model) { return &model->nodes[model->node_count - 1]; }

/* Whether the last layer reads the rows themselves. */
static bool is_bare(const ink_model *model)
{
    return model->node_count == (size_t)(model->scale || model->encoding ? 2 : 1);
}

const char *inki_unlike_refuses(const ink_model *model)
{
    if (!inki_is_classifier(model)) return "a model that answers with numbers";
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

/* Values that a matrix has in panels. */
static size_t in_panels(size_t outputs, size_t inputs) { return (outputs + LANES - 1) / LANES * LANES * inputs; }

/* Where a matrix of panels has the weight from an input to an output. */
static size_t panel_place(size_t inputs, size_t output, size_t input)
{
    return output / LANES * LANES * inputs + input * LANES + output % LANES;
}

/* Where value i of h lies in what the last layer reads: pixels have padding, and so have members. */
static size_t place_of(const struct inki_node *last, size_t i)
{
    const size_t pixels = last->in.height * last->in.width, channels = last->in.channels;
    if (last->parted) return i / channels * inki_pitch(&last->in) + i % channels;
    return last->planar ? i % pixels * inki_pitch(&last->in) + i / pixels : i;
}

/* From value i of h to output j, of an ensemble to the mean of the members' outputs. */
static double weight_of(const ink_model *model, const struct inki_node *last, size_t units, size_t j, size_t i)
{
    const size_t members = last->members, each = last->in.channels;
    double sum = 0;
    if (!members) return (double)model->w[last->offset + last->op->at(last, 0, j * units + i)];
    if (last->parted) return (double)inki_members_weight(model, last, i / each, j, i % each) / (double)members;
    for (size_t m = 0; m < members; m++) sum += (double)inki_members_weight(model, last, m, j, i);
    return sum / (double)members;
}

static double bias_of(const ink_model *model, const struct inki_node *last, size_t j)
{
    double sum = 0;
    if (!last->members) return (double)model->w[last->offset + last->op->at(last, 1, j)];
    for (size_t m = 0; m < last->members; m++) sum += (double)inki_members_bias(model, last, m, j);
    return sum / (double)last->members;
}

static void take_layer(struct inki_unlike_view *view)
{
    const struct inki_node *last = last_of(view->model);
    const size_t units = view->unlike->units;
    for (size_t i = 0; i < units; i++) view->places[i] = place_of(last, i);
    for (size_t j = 0; j < view->model->outputs; j++) {
        view->b[j] = bias_of(view->model, last, j);
        for (size_t i = 0; i < units; i++)
            view->w[panel_place(units, j, i)] = weight_of(view->model, last, units, j, i);
    }
}

static void take_blocks(struct inki_unlike_view *view)
{
    const struct inki_shape *in = &view->model->in;
    const size_t grid = view->unlike->grid;
    for (size_t i = 0; grid && i <= grid; i++) {
        view->rows[i] = i * in->height / grid;
        view->columns[i] = i * in->width / grid;
    }
}

static void put_panels(size_t outputs, size_t inputs, const float *matrix, double *panels)
{
    for (size_t j = 0; j < outputs; j++)
        for (size_t i = 0; i < inputs; i++) panels[panel_place(inputs, j, i)] = (double)matrix[j * inputs + i];
}

static void take_values(struct inki_unlike_view *view)
{
    const struct inki_unlike *unlike = view->unlike;
    const float *row = unlike->whiten;
    put_panels(unlike->classes, unlike->units, unlike->means, view->means);
    put_panels(unlike->classes, unlike->sides, unlike->centres, view->centres);
    for (size_t i = 0; i < unlike->sides; row += ++i)
        for (size_t j = 0; j <= i; j++) view->whiten[panel_place(unlike->sides, i, j)] = (double)row[j];
}

ink_status inki_unlike_view_begin(ink_ctx *ctx, const ink_model *model, struct inki_unlike *unlike,
                                  struct inki_unlike_view *out)
{
    const size_t units = unlike->units, sides = unlike->sides, classes = unlike->classes;
    const size_t w = in_panels(model->outputs, units), means = in_panels(classes, units);
    const size_t whiten = in_panels(sides, sides), centres = in_panels(classes, sides);
    *out = (struct inki_unlike_view){.model = model, .unlike = unlike, .bare = is_bare(model)};
    out->places = inki_alloc(ctx, units, sizeof *out->places);
    out->panels = inki_zalloc(ctx, w + means + whiten + centres + model->outputs, sizeof *out->panels);
    if (!out->places || !out->panels) {
        inki_unlike_view_end(out);
        return INK_NO_MEMORY;
    }
    out->w = out->panels;
    out->means = out->w + w;
    out->whiten = out->means + means;
    out->centres = out->whiten + whiten;
    out->b = out->centres + centres;
    take_blocks(out);
    take_layer(out);
    take_values(out);
    return INK_OK;
}

void inki_unlike_view_end(struct inki_unlike_view *view)
{
    inki_free(view->places);
    inki_free(view->panels);
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

/* The sum of every so many of count values; of bytes it is exact in any order. */
static double sum_of(const void *raw, bool bytes, size_t at, size_t count, size_t step)
{
    double sum = 0;
    uint32_t whole = 0;
    if (!bytes) {
        for (size_t i = 0; i < count; i++) sum += (double)((const float *)raw)[at + i * step];
        return sum;
    }
    for (size_t i = 0; i < count; i++) whole += ((const uint8_t *)raw)[at + i * step];
    return whole;
}

/* The means of an image's blocks, of each block channel by channel. */
static void mean_blocks(const struct inki_unlike_view *view, const void *raw, bool bytes, double *v)
{
    const size_t grid = view->unlike->grid, channels = view->model->in.channels, width = view->model->in.width;
    for (size_t i = 0; i < grid; i++)
        for (size_t j = 0; j < grid; j++)
            for (size_t c = 0; c < channels; c++) {
                const size_t left = view->columns[j], across = view->columns[j + 1] - left;
                double sum = 0;
                for (size_t r = view->rows[i]; r < view->rows[i + 1]; r++)
                    sum += sum_of(raw, bytes, (r * width + left) * channels + c, across, channels);
                *v++ = sum / (double)((view->rows[i + 1] - view->rows[i]) * across);
            }
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
    if (view->bare) scale_row(view->model, raw, bytes, h);
    for (size_t i = 0; !view->bare && i < unlike->units; i++) h[i] = (double)x[view->places[i]];
    if (unlike->grid)
        mean_blocks(view, raw, bytes, v);
    else
        fold(h, unlike->units, v, unlike->sides);
}

/* ---------------------------------------------------------------- distances */

/* Of a panel: sums[k] = sum over i of a[i] * panel[i][k], in order. */
static void products(size_t n, const double *a, const double *panel, double sums[LANES])
{
    double s[LANES] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < LANES; k++) s[k] += a[i] * panel[i * LANES + k];
    memcpy(sums, s, sizeof s);
}

/* The largest of a matrix's outputs for a[inputs]; b may be NULL: 0. */
static double most_of(size_t outputs, size_t inputs, const double *panels, const double *b, const double *a)
{
    double most = -(double)INFINITY, sums[LANES];
    for (size_t j = 0; j < outputs; j++) {
        if (j % LANES == 0) products(inputs, a, panels + j * inputs, sums);
        const double z = b ? sums[j % LANES] + b[j] : sums[j % LANES];
        if (z > most) most = z;
    }
    return most;
}

static double least_direction(const struct inki_unlike_view *view, const double *h)
{
    const size_t units = view->unlike->units;
    double squares = 0;
    for (size_t i = 0; i < units; i++) squares += h[i] * h[i];
    return squares > 0 ? -most_of(view->unlike->classes, units, view->means, NULL, h) / sqrt(squares) : 0;
}

/* Of a panel: sums[k] = sum over i of (a[i] - panel[i][k])^2. */
static void squares(size_t n, const double *a, const double *panel, double sums[LANES])
{
    double s[LANES] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < LANES; k++) s[k] += (a[i] - panel[i * LANES + k]) * (a[i] - panel[i * LANES + k]);
    memcpy(sums, s, sizeof s);
}

/* y gets L v: room for whole panels. */
static double least_place(const struct inki_unlike_view *view, const double *v, double *y)
{
    const size_t sides = view->unlike->sides, classes = view->unlike->classes;
    double least = (double)INFINITY, sums[LANES];
    for (size_t i = 0; i < sides; i += LANES) /* L is a lower triangle */
        products(i + LANES < sides ? i + LANES : sides, v, view->whiten + i * sides, y + i);
    for (size_t c = 0; c < classes; c++) {
        if (c % LANES == 0) squares(sides, y, view->centres + c * sides, sums);
        if (sums[c % LANES] < least) least = sums[c % LANES];
    }
    return least;
}

void inki_unlike_measure(const struct inki_unlike_view *view, const double *h, const double *v, double *room,
                         double distances[INKI_UNLIKE_PARTS])
{
    distances[0] = -most_of(view->model->outputs, view->unlike->units, view->w, view->b, h);
    distances[1] = least_direction(view, h);
    distances[2] = least_place(view, v, room);
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
