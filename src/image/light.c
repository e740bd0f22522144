/* light: a surface of the second degree through the background.
 * SPDX-License-Identifier: MIT
 *
 * Least squares with outliers left out, round by round: first a plane through the border, where most is background, then the
 * surface through all that lies near it. A pixel in four by four is enough. */
#include "image/light.h"

#include <math.h>
#include <string.h>

enum { TERMS = 6, FITS = 5, STRIDE = 4 };

struct surface {
    double c[TERMS];
    size_t terms; /* 3: a plane, 6: of the second degree */
};

static void terms_at(const struct inki_plane *plane, size_t y, size_t x, double out[TERMS])
{
    double v = 2 * ((double)y + 0.5) / (double)plane->height - 1, u = 2 * ((double)x + 0.5) / (double)plane->width - 1;
    const double all[TERMS] = {1, u, v, u * u, u * v, v * v};
    memcpy(out, all, sizeof all);
}

/* How far the pixel stands above the surface. */
static double height_at(const struct inki_plane *plane, const struct surface *surface, size_t y, size_t x)
{
    double t[TERMS], height = (double)plane->v[y * plane->width + x];
    terms_at(plane, y, x, t);
    for (size_t i = 0; i < surface->terms; i++) height -= surface->c[i] * t[i];
    return height;
}

struct system {
    double a[TERMS][TERMS], b[TERMS];
};

static void swap_rows(struct system *s, size_t i, size_t k)
{
    struct system old = *s;
    memcpy(s->a[i], old.a[k], sizeof s->a[i]);
    memcpy(s->a[k], old.a[i], sizeof s->a[k]);
    s->b[i] = old.b[k];
    s->b[k] = old.b[i];
}

/* Solves a c = b by elimination with pivots; false if it cannot be. */
static bool solve(struct system *s, size_t n, double c[TERMS])
{
    for (size_t k = 0; k < n; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < n; i++) {
            if (fabs(s->a[i][k]) > fabs(s->a[best][k])) best = i;
        }
        if (fabs(s->a[best][k]) < 1e-9) return false;
        if (best != k) swap_rows(s, k, best);
        for (size_t i = k + 1; i < n; i++) {
            double factor = s->a[i][k] / s->a[k][k];
            for (size_t j = k; j < n; j++) s->a[i][j] -= factor * s->a[k][j];
            s->b[i] -= factor * s->b[k];
        }
    }
    for (size_t k = n; k-- > 0;) {
        c[k] = s->b[k];
        for (size_t j = k + 1; j < n; j++) c[k] -= s->a[k][j] * c[j];
        c[k] /= s->a[k][k];
    }
    return true;
}

/* Whether the pixel is in the border: the outer twentieth on each side. */
static bool in_border(const struct inki_plane *plane, size_t y, size_t x)
{
    size_t high = plane->height / 20 + 1, wide = plane->width / 20 + 1;
    return y < high || y + high >= plane->height || x < wide || x + wide >= plane->width;
}

static void add_equation(struct system *s, const struct inki_plane *plane, size_t terms, size_t y, size_t x)
{
    double t[TERMS];
    terms_at(plane, y, x, t);
    for (size_t i = 0; i < terms; i++) {
        for (size_t j = 0; j < terms; j++) s->a[i][j] += t[i] * t[j];
        s->b[i] += t[i] * (double)plane->v[y * plane->width + x];
    }
}

/* One round over the pixels, of the border or of all, that lie within `limit` of the last surface. */
static void fit_once(const struct inki_plane *plane, struct surface *surface, bool border, double limit)
{
    struct system s = {0};
    double c[TERMS] = {0};
    size_t stride = border ? 1 : STRIDE;
    for (size_t y = 0; y < plane->height; y += stride) {
        for (size_t x = 0; x < plane->width; x += stride) {
            if (border && !in_border(plane, y, x)) continue;
            if (fabs(height_at(plane, surface, y, x)) <= limit) add_equation(&s, plane, surface->terms, y, x);
        }
    }
    if (solve(&s, surface->terms, c)) memcpy(surface->c, c, sizeof c);
}

/* The median over the border of the distance from the surface, or of the height above it. */
static double border_median(const struct inki_plane *plane, const struct surface *surface, bool distance, float *spare)
{
    size_t count = 0;
    for (size_t y = 0; y < plane->height; y++) {
        for (size_t x = 0; x < plane->width; x++) {
            if (!in_border(plane, y, x)) continue;
            double height = height_at(plane, surface, y, x);
            spare[count++] = (float)(distance ? fabs(height) : height);
        }
    }
    return (double)inki_quantile(spare, count, 0.5);
}

/* 2.5 standard deviations by the median distance, and at least a little. */
static double limit_of(double distance) { return fmax(2.5 * 1.4826 * distance, 0.02); }

struct inki_relief inki_light_level(struct inki_plane *plane, float *spare)
{
    struct surface surface = {.terms = 3};
    struct inki_relief relief = {0, 0};
    double limit = 0;
    surface.c[0] = border_median(plane, &surface, false, spare);
    for (size_t i = 0; i < FITS; i++) {
        limit = limit_of(border_median(plane, &surface, true, spare));
        fit_once(plane, &surface, true, limit);
    }
    surface.terms = TERMS;
    for (size_t i = 0; i < FITS; i++) fit_once(plane, &surface, false, 2 * limit);
    for (size_t y = 0; y < plane->height; y++) {
        for (size_t x = 0; x < plane->width; x++) {
            double height = height_at(plane, &surface, y, x);
            spare[y * plane->width + x] = (float)height;
            relief.above += fmax(0, height - limit);
            relief.below += fmax(0, -height - limit);
        }
    }
    memcpy(plane->v, spare, plane->height * plane->width * sizeof *spare);
    return relief;
}
