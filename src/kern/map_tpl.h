/* map_tpl: pools, depthwise convolutions and the passes of norms, over maps of pixels with their channels side by side.
 * SPDX-License-Identifier: MIT
 *
 * Loops run over 16, 8 or one channel at a time, by a constant, so that the compiler makes vectors of them. */

/* CALL(L, c) for groups of L channels from c on. */
#define EACH_LANES(channels, CALL)                                                                                     \
    do {                                                                                                               \
        size_t c_ = 0;                                                                                                 \
        for (; c_ + 16 <= (channels); c_ += 16) CALL(16, c_);                                                          \
        for (; c_ + 8 <= (channels); c_ += 8) CALL(8, c_);                                                             \
        for (; c_ < (channels); c_++) CALL(1, c_);                                                                     \
    } while (0)

/* The part of a window that lies in the map: [*begin, *end) of `size`, for output `at`. */
INLINE void inside(size_t at, size_t stride, size_t before, size_t size, size_t extent, size_t *begin, size_t *end)
{
    size_t from = at * stride;
    *begin = from < before ? before - from : 0;
    *end = from + size > extent + before ? extent + before - from : size;
}

/* ---- pools ---- */

/* The same for one channel as vec8_compete. */
INLINE void compete(float v, float p, float *best, float *place)
{
    bool more = v > *best || v != v;
    *best = more ? v : *best;
    *place = more ? p : *place;
}

/* Eight channels of a window of rows x columns. */
INLINE void max_eight(const size_t rows, const size_t columns, const float *x, size_t row, size_t pixel, float *y,
                      float *at)
{
    vec8 best = vec8_load(x), place = vec8_set(0);
    float p = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t s = 0; s < columns; s++, p++) vec8_compete(vec8_load(x + r * row + s * pixel), p, &best, &place);
    vec8_store(y, best);
    if (at) vec8_store(at, place);
}

INLINE void max_one(const struct inki_window *w, const float *x, float *y, float *at)
{
    float best = *x, place = 0, p = 0;
    for (size_t r = 0; r < w->rows; r++)
        for (size_t s = 0; s < w->columns; s++, p++) compete(x[(r * w->width + s) * w->x_pitch], p, &best, &place);
    *y = best;
    if (at) *at = place;
}

static void max_pool(const struct inki_window *w, const float *x, float *y, float *at)
{
    const bool two = w->rows == 2 && w->columns == 2;
    const size_t row = w->width * w->x_pitch, pixel = w->x_pitch;
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, y += w->y_pitch) {
            const float *from = x + (r * w->width + s) * w->stride * pixel;
            size_t c = 0;
            for (; two && c + 8 <= w->channels; c += 8)
                max_eight(2, 2, from + c, row, pixel, y + c, at ? at + c : NULL);
            for (; c + 8 <= w->channels; c += 8)
                max_eight(w->rows, w->columns, from + c, row, pixel, y + c, at ? at + c : NULL);
            for (; c < w->channels; c++) max_one(w, from + c, y + c, at ? at + c : NULL);
            if (at) at += w->y_pitch;
        }
}

static void clear_map(const struct inki_window *w, float *dx)
{
    memset(dx, 0, w->height * w->width * w->x_pitch * sizeof *dx);
}

/* What windows of 2x2 side by side do not cover. */
static void clear_uncovered(const struct inki_window *w, float *dx)
{
    const size_t row = w->width * w->x_pitch;
    if (w->height > 2 * w->out_height) memset(dx + 2 * w->out_height * row, 0, row * sizeof *dx);
    for (size_t r = 0; w->width > 2 * w->out_width && r < w->height; r++)
        memset(dx + (r + 1) * row - w->x_pitch, 0, w->x_pitch * sizeof *dx);
}

INLINE void put_back(vec8 d, vec8 place, float p, float *to, const bool add)
{
    vec8 part = vec8_where(place, vec8_set(p), d);
    vec8_store(to, add ? vec8_fma(part, vec8_set(1), vec8_load(to)) : part);
}

/* Eight channels of a window. */
INLINE void max_back_eight(const size_t rows, const size_t columns, const float *dy, const float *at, float *dx,
                           size_t row, size_t pixel, const bool add)
{
    const vec8 d = vec8_load(dy), place = vec8_load(at);
    float p = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t s = 0; s < columns; s++, p++) put_back(d, place, p, dx + r * row + s * pixel, add);
}

INLINE void max_back_one(const struct inki_window *w, const float *dy, const float *at, float *dx)
{
    float p = 0;
    for (size_t r = 0; r < w->rows; r++)
        for (size_t s = 0; s < w->columns; s++, p++) dx[(r * w->width + s) * w->x_pitch] += *at == p ? *dy : 0;
}

/* Windows of 2x2 side by side, whose channels are whole vectors: each value of dx is written once. */
INLINE void max_two_back(const struct inki_window *w, const float *dy, const float *at, float *dx, const bool add)
{
    const size_t row = w->width * w->x_pitch, pixel = w->x_pitch;
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, dy += w->y_pitch, at += w->y_pitch)
            for (size_t c = 0; c < w->channels; c += 8)
                max_back_eight(2, 2, dy + c, at + c, dx + (r * w->width + s) * 2 * pixel + c, row, pixel, add);
}

static void max_pool_back(const struct inki_window *w, const float *dy, const float *at, float *dx, bool add)
{
    const size_t row = w->width * w->x_pitch, pixel = w->x_pitch;
    if (w->rows == 2 && w->columns == 2 && w->stride == 2 && w->channels % 8 == 0) {
        if (!add) clear_uncovered(w, dx);
        add ? max_two_back(w, dy, at, dx, true) : max_two_back(w, dy, at, dx, false);
        return;
    }
    if (!add) clear_map(w, dx);
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, dy += w->y_pitch, at += w->y_pitch) {
            float *to = dx + (r * w->width + s) * w->stride * pixel;
            size_t c = 0;
            for (; c + 8 <= w->channels; c += 8)
                max_back_eight(w->rows, w->columns, dy + c, at + c, to + c, row, pixel, true);
            for (; c < w->channels; c++) max_back_one(w, dy + c, at + c, to + c);
        }
}

INLINE void mean_lanes(const int L, const struct inki_window *w, const float *x, float share, float *y)
{
    float sum[16] = {0};
    for (size_t r = 0; r < w->rows; r++)
        for (size_t s = 0; s < w->columns; s++) {
            const float *from = x + (r * w->width + s) * w->x_pitch;
            for (int l = 0; l < L; l++) sum[l] += from[l];
        }
    for (int l = 0; l < L; l++) y[l] = sum[l] * share;
}

static void mean_pool(const struct inki_window *w, const float *x, float *y)
{
    const float share = 1 / (float)(w->rows * w->columns);
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, y += w->y_pitch) {
            const float *from = x + (r * w->width + s) * w->stride * w->x_pitch;
#define MEAN_LANES(L, c) mean_lanes(L, w, from + (c), share, y + (c))
            EACH_LANES(w->channels, MEAN_LANES);
        }
}

static void mean_pool_back(const struct inki_window *w, const float *dy, float *dx, bool add)
{
    const float share = 1 / (float)(w->rows * w->columns);
    if (!add) clear_map(w, dx);
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, dy += w->y_pitch)
            for (size_t k = 0; k < w->rows; k++)
                for (size_t l = 0; l < w->columns; l++) {
                    float *to = dx + ((r * w->stride + k) * w->width + s * w->stride + l) * w->x_pitch;
#define MEAN_BACK_LANES(L, c)                                                                                          \
    for (int lane = 0; lane < (L); lane++) to[(c) + (size_t)lane] += dy[(c) + (size_t)lane] * share
                    EACH_LANES(w->channels, MEAN_BACK_LANES);
                }
}

/* ---- depthwise convolutions ---- */

/* One output pixel: fold is a loop over the taps of its window that lie in the map. */
#define EACH_TAP(w, r, s, DO)                                                                                          \
    do {                                                                                                               \
        size_t k_, k_end_, l_begin_, l_end_;                                                                           \
        inside(r, (w)->stride, (w)->top, (w)->rows, (w)->height, &k_, &k_end_);                                        \
        inside(s, (w)->stride, (w)->left, (w)->columns, (w)->width, &l_begin_, &l_end_);                               \
        for (; k_ < k_end_; k_++)                                                                                      \
            for (size_t l_ = l_begin_; l_ < l_end_; l_++)                                                              \
                DO(k_ *(w)->columns + l_,                                                                              \
                   ((r * (w)->stride + k_ - (w)->top) * (w)->width + s * (w)->stride + l_ - (w)->left) *               \
                       (w)->x_pitch);                                                                                  \
    } while (0)

static void depthwise(const struct inki_window *w, const float *x, const float *weights, const float *bias, float *y)
{
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, y += w->y_pitch) {
            for (size_t c = 0; c < w->channels; c++) y[c] = bias ? bias[c] : 0;
#define DEPTHWISE_TAP(tap, at)                                                                                         \
    for (size_t c = 0; c < w->channels; c++) y[c] = fmaf(x[(at) + c], weights[(tap)*w->y_pitch + c], y[c])
            EACH_TAP(w, r, s, DEPTHWISE_TAP);
        }
}

static void depthwise_back(const struct inki_window *w, const float *dy, const float *weights, float *dx, bool add)
{
    if (!add) clear_map(w, dx);
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, dy += w->y_pitch) {
#define DEPTHWISE_BACK_TAP(tap, at)                                                                                    \
    for (size_t c = 0; c < w->channels; c++) dx[(at) + c] = fmaf(dy[c], weights[(tap)*w->y_pitch + c], dx[(at) + c])
            EACH_TAP(w, r, s, DEPTHWISE_BACK_TAP);
        }
}

static void depthwise_gradient(const struct inki_window *w, const float *x, const float *dy, float *dw)
{
    for (size_t r = 0; r < w->out_height; r++)
        for (size_t s = 0; s < w->out_width; s++, dy += w->y_pitch) {
#define DEPTHWISE_GRADIENT_TAP(tap, at)                                                                                \
    for (size_t c = 0; c < w->channels; c++)                                                                           \
    dw[(tap)*w->y_pitch + c] = fmaf(x[(at) + c], dy[c], dw[(tap)*w->y_pitch + c])
            EACH_TAP(w, r, s, DEPTHWISE_GRADIENT_TAP);
        }
}

/* ---- norms ---- */

enum { FLOAT_PIXELS = 32 };

INLINE void sum_lanes(const int L, const struct inki_map *map, const float *x, double *sum)
{
    for (size_t i = 0; i < map->n;) {
        size_t end = i + FLOAT_PIXELS < map->n ? i + FLOAT_PIXELS : map->n;
        float part[16] = {0};
        for (; i < end; i++)
            for (int l = 0; l < L; l++) part[l] += x[i * map->x_pitch + (size_t)l];
        for (int l = 0; l < L; l++) sum[l] += (double)part[l];
    }
}

static void map_sum(const struct inki_map *map, const float *x, double *sum)
{
#define SUM_LANES(L, c) sum_lanes(L, map, x + (c), sum + (c))
    EACH_LANES(map->channels, SUM_LANES);
}

INLINE void deviation_lanes(const int L, const struct inki_map *map, const float *x, const float *mean, double *sum)
{
    for (size_t i = 0; i < map->n;) {
        size_t end = i + FLOAT_PIXELS < map->n ? i + FLOAT_PIXELS : map->n;
        float part[16] = {0};
        for (; i < end; i++)
            for (int l = 0; l < L; l++) {
                float off = x[i * map->x_pitch + (size_t)l] - mean[l];
                part[l] = fmaf(off, off, part[l]);
            }
        for (int l = 0; l < L; l++) sum[l] += (double)part[l];
    }
}

static void map_deviation(const struct inki_map *map, const float *x, const float *mean, double *sum)
{
#define DEVIATION_LANES(L, c) deviation_lanes(L, map, x + (c), mean + (c), sum + (c))
    EACH_LANES(map->channels, DEVIATION_LANES);
}

INLINE void scale_lanes(const int L, const struct inki_map *map, const float *x, const float *scale, const float *shift,
                        float *y)
{
    for (size_t i = 0; i < map->n; i++)
        for (int l = 0; l < L; l++)
            y[i * map->y_pitch + (size_t)l] = fmaf(x[i * map->x_pitch + (size_t)l], scale[l], shift[l]);
}

static void map_scale(const struct inki_map *map, const float *x, const float *scale, const float *shift, float *y)
{
#define SCALE_LANES(L, c) scale_lanes(L, map, x + (c), scale + (c), shift + (c), y + (c))
    EACH_LANES(map->channels, SCALE_LANES);
}

INLINE void product_lanes(const int L, const struct inki_map *map, const float *x, const float *dy, const float *mean,
                          double *sum, double *product)
{
    for (size_t i = 0; i < map->n;) {
        size_t end = i + FLOAT_PIXELS < map->n ? i + FLOAT_PIXELS : map->n;
        float part[16] = {0}, parts[16] = {0};
        for (; i < end; i++)
            for (int l = 0; l < L; l++) {
                float d = dy[i * map->y_pitch + (size_t)l];
                part[l] += d;
                parts[l] = fmaf(d, x[i * map->x_pitch + (size_t)l] - mean[l], parts[l]);
            }
        for (int l = 0; l < L; l++) sum[l] += (double)part[l];
        for (int l = 0; l < L; l++) product[l] += (double)parts[l];
    }
}

static void map_products(const struct inki_map *map, const float *x, const float *dy, const float *mean, double *sum,
                         double *product)
{
#define PRODUCT_LANES(L, c) product_lanes(L, map, x + (c), dy + (c), mean + (c), sum + (c), product + (c))
    EACH_LANES(map->channels, PRODUCT_LANES);
}

INLINE void combine_lanes(const int L, const struct inki_map *map, const float *x, const float *dy, const float *scale,
                          const float *slope, const float *shift, float *dx, const bool add)
{
    for (size_t i = 0; i < map->n; i++)
        for (int l = 0; l < L; l++) {
            float *to = dx + i * map->x_pitch + (size_t)l;
            float d = fmaf(dy[i * map->y_pitch + (size_t)l], scale[l],
                           fmaf(x[i * map->x_pitch + (size_t)l], slope[l], shift[l]));
            *to = add ? *to + d : d;
        }
}

static void map_combine(const struct inki_map *map, const float *x, const float *dy, const float *scale,
                        const float *slope, const float *shift, float *dx, bool add)
{
#define COMBINE_LANES(L, c)                                                                                            \
    add ? combine_lanes(L, map, x + (c), dy + (c), scale + (c), slope + (c), shift + (c), dx + (c), true)              \
        : combine_lanes(L, map, x + (c), dy + (c), scale + (c), slope + (c), shift + (c), dx + (c), false)
    EACH_LANES(map->channels, COMBINE_LANES);
}
