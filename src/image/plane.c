/* plane: sampling, blurring, morphology.
 * SPDX-License-Identifier: MIT */
#include "image/plane.h"

#include <math.h>
#include <string.h>

/* ----------------------------------------------------------------- sampling */

/* The share of [i, i + 1) that lies in [from, to). */
static double overlap(double from, double to, size_t i)
{
    double low = fmax(from, (double)i), high = fmin(to, (double)i + 1);
    return high > low ? high - low : 0;
}

static double mean_of_pixels(const ink_image *image, const struct inki_box *cell)
{
    double sum = 0, weight = 0;
    for (size_t y = (size_t)cell->top; y < image->height && (double)y < cell->bottom; y++) {
        double high = overlap(cell->top, cell->bottom, y);
        for (size_t x = (size_t)cell->left; x < image->width && (double)x < cell->right; x++) {
            double share = high * overlap(cell->left, cell->right, x);
            sum += share * inki_image_grey(image, y, x);
            weight += share;
        }
    }
    return weight > 0 ? sum / weight : 0;
}

static size_t clamp(double at, size_t count)
{
    if (at < 0) return 0;
    return at > (double)(count - 1) ? count - 1 : (size_t)at;
}

/* Between the centres of the four nearest pixels. */
static double between_pixels(const ink_image *image, double y, double x)
{
    double top = floor(y - 0.5), left = floor(x - 0.5), fy = y - 0.5 - top, fx = x - 0.5 - left;
    size_t y0 = clamp(top, image->height), y1 = clamp(top + 1, image->height);
    size_t x0 = clamp(left, image->width), x1 = clamp(left + 1, image->width);
    return (1 - fy) * ((1 - fx) * inki_image_grey(image, y0, x0) + fx * inki_image_grey(image, y0, x1)) +
           fy * ((1 - fx) * inki_image_grey(image, y1, x0) + fx * inki_image_grey(image, y1, x1));
}

void inki_plane_sample(const ink_image *image, const struct inki_box *box, struct inki_plane *out)
{
    double high = (box->bottom - box->top) / (double)out->height, wide = (box->right - box->left) / (double)out->width;
    for (size_t y = 0; y < out->height; y++) {
        for (size_t x = 0; x < out->width; x++) {
            double top = box->top + (double)y * high, left = box->left + (double)x * wide;
            double value = high >= 1 && wide >= 1
                               ? mean_of_pixels(image, &(struct inki_box){top, left, top + high, left + wide})
                               : between_pixels(image, top + high / 2, left + wide / 2);
            out->v[y * out->width + x] = (float)value;
        }
    }
}

static double mean_of_plane(const struct inki_plane *plane, const struct inki_box *cell)
{
    double sum = 0, weight = 0;
    for (size_t y = (size_t)cell->top; y < plane->height && (double)y < cell->bottom; y++) {
        for (size_t x = (size_t)cell->left; x < plane->width && (double)x < cell->right; x++) {
            double share = overlap(cell->top, cell->bottom, y) * overlap(cell->left, cell->right, x);
            sum += share * (double)plane->v[y * plane->width + x];
            weight += share;
        }
    }
    return weight > 0 ? sum / weight : 0;
}

void inki_plane_shrink(const struct inki_plane *from, const struct inki_box *box, struct inki_plane *out)
{
    double high = (box->bottom - box->top) / (double)out->height, wide = (box->right - box->left) / (double)out->width;
    for (size_t y = 0; y < out->height; y++) {
        for (size_t x = 0; x < out->width; x++) {
            double top = box->top + (double)y * high, left = box->left + (double)x * wide;
            out->v[y * out->width + x] =
                (float)mean_of_plane(from, &(struct inki_box){top, left, top + high, left + wide});
        }
    }
}

/* ----------------------------------------------------------------- blurring */

static void blur_once(const struct inki_plane *plane, float *to)
{
    size_t height = plane->height, width = plane->width;
    for (size_t y = 0; y < height; y++) {
        const float *row = plane->v + y * width;
        const float *above = y > 0 ? row - width : row, *below = y + 1 < height ? row + width : row;
        for (size_t x = 0; x < width; x++) {
            size_t l = x > 0 ? x - 1 : x, r = x + 1 < width ? x + 1 : x;
            to[y * width + x] = (above[l] + 2 * above[x] + above[r] + 2 * (row[l] + 2 * row[x] + row[r]) + below[l] +
                                 2 * below[x] + below[r]) /
                                16;
        }
    }
}

void inki_plane_blur(struct inki_plane *plane, float *spare, size_t times)
{
    for (; times > 0; times--) {
        blur_once(plane, spare);
        memcpy(plane->v, spare, plane->height * plane->width * sizeof *spare);
    }
}

/* --------------------------------------------------------------- morphology */

/* The smallest value within `reach` of each of n values `step` apart, by van Herk's two running minima over blocks of the
 * window's length (Pattern Recognition Letters 13, 1992); sign -1: the largest. line[2n] */
static void run_least(float *values, size_t n, size_t step, size_t reach, float sign, float *line)
{
    size_t window = 2 * reach + 1;
    float *forward = line, *backward = line + n;
    for (size_t i = 0; i < n; i++) {
        float value = sign * values[i * step];
        forward[i] = i % window == 0 ? value : fminf(forward[i - 1], value);
    }
    for (size_t i = n; i-- > 0;) {
        float value = sign * values[i * step];
        backward[i] = i + 1 == n || (i + 1) % window == 0 ? value : fminf(backward[i + 1], value);
    }
    for (size_t i = 0; i < n; i++) {
        size_t begin = i > reach ? i - reach : 0, end = i + reach < n ? i + reach : n - 1;
        float least = fminf(backward[begin], forward[end]);
        /* A window cut at the edge may lie within one block, whose running minima reach too far. */
        if (begin / window == end / window) least = begin % window == 0 ? forward[end] : backward[begin];
        values[i * step] = sign * least;
    }
}

static void least_around(struct inki_plane *plane, size_t reach, float sign, float *line)
{
    for (size_t y = 0; y < plane->height; y++)
        run_least(plane->v + y * plane->width, plane->width, 1, reach, sign, line);
    for (size_t x = 0; x < plane->width; x++) run_least(plane->v + x, plane->height, plane->width, reach, sign, line);
}

void inki_plane_open(struct inki_plane *plane, size_t reach, float *line)
{
    least_around(plane, reach, 1, line);
    least_around(plane, reach, -1, line);
}

/* Each value of `to` within `reach` of (y, x) becomes the plane's there at least. */
static void spread(const struct inki_plane *plane, size_t y, size_t x, double reach, float *to)
{
    const size_t whole = (size_t)reach, most = (size_t)(reach * reach);
    const float v = plane->v[y * plane->width + x];
    size_t y_end = y + whole < plane->height ? y + whole : plane->height - 1;
    size_t x_end = x + whole < plane->width ? x + whole : plane->width - 1;
    for (size_t i = y > whole ? y - whole : 0; i <= y_end; i++) {
        const size_t dy = i > y ? i - y : y - i;
        for (size_t k = x > whole ? x - whole : 0; k <= x_end; k++) {
            const size_t dx = k > x ? k - x : x - k;
            if (dy * dy + dx * dx <= most && v > to[i * plane->width + k]) to[i * plane->width + k] = v;
        }
    }
}

void inki_plane_thicken(struct inki_plane *plane, double reach, float *spare)
{
    const size_t count = plane->height * plane->width;
    for (size_t i = 0; i < count; i++) spare[i] = 0;
    for (size_t i = 0; i < count; i++)
        if (plane->v[i] > 0) spread(plane, i / plane->width, i % plane->width, reach, spare);
    memcpy(plane->v, spare, count * sizeof *spare);
}

/* ------------------------------------------------------------------ ranking */

float inki_quantile(float *values, size_t count, double share)
{
    size_t low = 0, high = count - 1, wanted = (size_t)(share * (double)(count - 1) + 0.5);
    while (low < high) { /* Hoare's selection */
        float pivot = values[low + (high - low) / 2];
        size_t i = low, k = high;
        for (;;) {
            while (values[i] < pivot) i++;
            while (values[k] > pivot) k--;
            if (i >= k) break;
            float other = values[i];
            values[i++] = values[k];
            values[k--] = other;
        }
        if (wanted <= k)
            high = k;
        else
            low = k + 1;
    }
    return values[wanted];
}
