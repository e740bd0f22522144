/* vec_tpl: everything but the matrix multiplication, in plain C that the compiler turns into vectors.
 * SPDX-License-Identifier: MIT
 *
 * This text is compiled once per instruction set. It gives the same bits in each, because every element is computed by
 * itself with IEEE operations in the written order, multiply-add is fmaf where it is meant and nowhere else
 * (-ffp-contract=off), and sums run in a written order. Branches are written as ?: so that loops become vectors.
 * A new activation is one function act_NAME here and one row in rows.h; an optimiser likewise. */
#include "base/rng.h"
#include "kern/tables.h"

#include <float.h>
#include <math.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "floats are computed in a wider type here, which gives other bits");

static inline float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* e^x = 2^n e^r, n = round(x / ln 2), |r| <= 0.347; Taylor to r^7 (the rest is below 6e-9). x is held to [-87, 88], so
 * the result is neither 0 nor infinite; NaN stays NaN. Adding 1.5 * 2^23 leaves n in the low bits of the float. */
static inline float exp_f(float x)
{
    const float shifter = 12582912.0f;
    x = x > 88.0f ? 88.0f : x;
    x = x < -87.0f ? -87.0f : x;
    float shifted = fmaf(x, 1.44269504f, shifter), n = shifted - shifter;
    float r = fmaf(n, -0.693359375f, x);
    r = fmaf(n, 2.12194440e-4f, r);
    float p = fmaf(r, 1.0f / 5040, 1.0f / 720);
    p = fmaf(p, r, 1.0f / 120);
    p = fmaf(p, r, 1.0f / 24);
    p = fmaf(p, r, 1.0f / 6);
    p = fmaf(p, r, 0.5f);
    p = fmaf(p, r, 1.0f);
    p = fmaf(p, r, 1.0f);
    return p * float_of_bits((bits_of_float(shifted) - bits_of_float(shifter) + 127) << 23);
}

/* ---- activations: y = act(z), *slope = its derivative at z ---- */

static inline float act_relu(float z, float *slope)
{
    *slope = z > 0 ? 1.0f : 0.0f;
    return z > 0 || z != z ? z : 0.0f;
}

static inline float act_leaky_relu(float z, float *slope)
{
    *slope = z > 0 ? 1.0f : 0.01f;
    return z > 0 ? z : 0.01f * z;
}

/* Near 0 the quotient would lose digits: there the odd series to z^9, which is exact enough below 0.25. */
static inline float act_tanh(float z, float *slope)
{
    float e = exp_f(2 * (z > 20.0f ? 20.0f : z)), square = z * z;
    float far = (e - 1) / (e + 1);
    float near = fmaf(square, 62.0f / 2835, -17.0f / 315);
    near = fmaf(near, square, 2.0f / 15);
    near = fmaf(near, square, -1.0f / 3);
    near = fmaf(near * square, z, z);
    float y = square < 0.0625f ? near : far;
    *slope = fmaf(-y, y, 1.0f);
    return y;
}

static inline float act_sigmoid(float z, float *slope)
{
    float y = 1 / (1 + exp_f(-z));
    *slope = y * (1 - y);
    return y;
}

/* erf by Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7; its exponential is the density's too. */
static inline float act_gelu(float z, float *slope)
{
    float a = fabsf(z) * 0.70710678f, t = 1 / fmaf(0.3275911f, a, 1.0f), density = exp_f(-0.5f * z * z);
    float p = fmaf(t, 1.061405429f, -1.453152027f);
    p = fmaf(p, t, 1.421413741f);
    p = fmaf(p, t, -0.284496736f);
    p = fmaf(p, t, 0.254829592f);
    float tail = 0.5f * p * t * density, share = z < 0 ? tail : 1 - tail;
    *slope = fmaf(z * 0.39894228f, density, share);
    return z * share;
}

static inline float act_identity(float z, float *slope)
{
    *slope = 1;
    return z;
}

#define ACTIVATE(name, formula, he)                                                                                    \
    static void activate_##name(size_t n, float *restrict z, float *restrict slope)                                    \
    {                                                                                                                  \
        float unused;                                                                                                  \
        if (slope)                                                                                                     \
            for (size_t i = 0; i < n; i++) z[i] = act_##name(z[i], &slope[i]);                                         \
        else                                                                                                           \
            for (size_t i = 0; i < n; i++) z[i] = act_##name(z[i], &unused);                                           \
    }
INKI_ACTIVATIONS(ACTIVATE)

/* ---- optimisers: one element's step; g comes clipped and, but for adamw, with the l2 term ---- */

struct element {
    float w, s0, s1;
};

static inline struct element step_sgd(struct element e, float g, const struct inki_update *how)
{
    e.w = fmaf(-how->lr, g, e.w);
    return e;
}

static inline struct element step_momentum(struct element e, float g, const struct inki_update *how)
{
    e.s0 = fmaf(how->momentum, e.s0, how->gain * g);
    e.w = fmaf(-how->lr, e.s0, e.w);
    return e;
}

/* s1 has the weights from before look_ahead; see there. */
static inline struct element step_nesterov(struct element e, float g, const struct inki_update *how)
{
    e.s0 = fmaf(how->momentum, e.s0, how->gain * g);
    e.w = fmaf(-how->lr, e.s0, e.s1);
    return e;
}

static inline struct element step_rmsprop(struct element e, float g, const struct inki_update *how)
{
    e.s0 = fmaf(0.99f, e.s0, 0.01f * g * g);
    e.w -= how->lr * g / (sqrtf(e.s0) + 1e-8f);
    return e;
}

static inline struct element step_adam(struct element e, float g, const struct inki_update *how)
{
    e.s0 = fmaf(0.9f, e.s0, 0.1f * g);
    e.s1 = fmaf(0.999f, e.s1, 0.001f * g * g);
    e.w -= how->lr * (e.s0 * how->correct1) / (sqrtf(e.s1 * how->correct2) + 1e-8f);
    return e;
}

static inline struct element step_adamw(struct element e, float g, const struct inki_update *how)
{
    return step_adam(e, g, how);
}

/* One pass over all arrays. The constants stand apart so that a row's unused arrays and terms vanish. */
#define UPDATE(name, states, rate, formula)                                                                            \
    static void update_##name(size_t n, const struct inki_update *how, float *restrict w, const float *restrict g,     \
                              float *restrict s0, float *restrict s1)                                                  \
    {                                                                                                                  \
        const bool decoupled = INKI_OPT_##name == INKI_OPT_adamw;                                                      \
        const struct inki_update h = *how;                                                                             \
        const float shrink = 1 - h.lr * h.l2;                                                                          \
        for (size_t i = 0; i < n; i++) {                                                                               \
            struct element e = {w[i], states > 0 ? s0[i] : 0, states > 1 ? s1[i] : 0};                                 \
            float gradient = g[i] * h.clip;                                                                            \
            if (decoupled)                                                                                             \
                e.w *= shrink;                                                                                         \
            else                                                                                                       \
                gradient = fmaf(h.l2, w[i], gradient);                                                                 \
            e = step_##name(e, gradient, &h);                                                                          \
            w[i] = e.w;                                                                                                \
            if (states > 0) s0[i] = e.s0;                                                                              \
            if (states > 1) s1[i] = e.s1;                                                                              \
        }                                                                                                              \
    }
INKI_OPTIMIZERS(UPDATE)

static void look_ahead(size_t n, float momentum, float *restrict w, const float *restrict v, float *restrict saved)
{
    for (size_t i = 0; i < n; i++) {
        saved[i] = w[i];
        w[i] = fmaf(-momentum, v[i], w[i]);
    }
}

/* ---- whole rows ---- */

static void multiply(size_t n, float *restrict y, const float *restrict factor)
{
    for (size_t i = 0; i < n; i++) y[i] *= factor[i];
}

static void average(size_t n, float share, const float *restrict w, float *restrict mean)
{
    for (size_t i = 0; i < n; i++) mean[i] = fmaf(share, w[i] - mean[i], mean[i]);
}

static void column_sum(size_t rows, size_t n, size_t stride, const float *restrict x, float *restrict sum, bool add)
{
    if (!add) memset(sum, 0, n * sizeof *sum);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++) sum[j] += x[i * stride + j];
}

/* ---- transposing, by blocks of 4x4: pairs of rows are interleaved, then pairs of pairs ---- */

typedef float four __attribute__((vector_size(16)));

#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

static inline four load_four(const float *x)
{
    four v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void transpose_block(const float *x, size_t x_row, float *y, size_t y_row)
{
    const four a = load_four(x), b = load_four(x + x_row), c = load_four(x + 2 * x_row), d = load_four(x + 3 * x_row);
    const four ab = PICK(a, b, 0, 4, 1, 5), cd = PICK(c, d, 0, 4, 1, 5), AB = PICK(a, b, 2, 6, 3, 7),
               CD = PICK(c, d, 2, 6, 3, 7);
    const four out[] = {PICK(ab, cd, 0, 1, 4, 5), PICK(ab, cd, 2, 3, 6, 7), PICK(AB, CD, 0, 1, 4, 5),
                        PICK(AB, CD, 2, 3, 6, 7)};
    for (size_t i = 0; i < 4; i++) memcpy(y + i * y_row, &out[i], sizeof out[i]);
}

static void transpose_edge(size_t rows, size_t columns, const float *x, size_t x_row, float *y, size_t y_row)
{
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < rows; i++) y[j * y_row + i] = x[i * x_row + j];
}

static void transpose(size_t rows, size_t columns, const float *x, size_t x_row, float *y, size_t y_row)
{
    const size_t whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
    for (size_t i = 0; i < whole_rows; i += 4)
        for (size_t j = 0; j < whole_columns; j += 4)
            transpose_block(x + i * x_row + j, x_row, y + j * y_row + i, y_row);
    transpose_edge(whole_rows, columns - whole_columns, x + whole_columns, x_row, y + whole_columns * y_row, y_row);
    transpose_edge(rows - whole_rows, columns, x + whole_rows * x_row, x_row, y + whole_rows, y_row);
}

static double square_sum(size_t n, const float *x)
{
    double lanes[16] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t j = 0; j < 16; j++) lanes[j] += (double)x[i + j] * (double)x[i + j];
    for (; i < n; i++) lanes[i % 16] += (double)x[i] * (double)x[i];
    for (size_t j = 0; j < 16; j++) sum += lanes[j];
    return sum;
}

/* ---- images ---- */

static void widen(size_t n, const uint8_t *restrict bytes, float *restrict x)
{
    for (size_t i = 0; i < n; i++) x[i] = bytes[i];
}

static void narrow(size_t n, const float *restrict x, uint8_t *restrict bytes)
{
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(int32_t)(x[i] + 0.5f);
}

/* What the blend of four pixels needs of an image, in signed numbers, which vectors of floats turn into. */
struct grid {
    int32_t width, height, step, line;
};

/* out[i * step] = the blend of the four pixels around (x[i], y[i]). a, b, c and d are the image from its first pixel on, from its
 * right neighbour, the one below, and that one's neighbour: four pointers with one index are what compilers can gather by. */
INLINE void blend(const struct grid g, size_t n, const float *restrict x, const float *restrict y,
                  const float *restrict a, const float *restrict b, const float *restrict c, const float *restrict d,
                  float *restrict out)
{
    const float last_x = (float)(g.width - 1), last_y = (float)(g.height - 1);
    for (size_t i = 0; i < n; i++) {
        float xi = x[i] > 0 ? x[i] : 0, yi = y[i] > 0 ? y[i] : 0;
        xi = xi < last_x ? xi : last_x;
        yi = yi < last_y ? yi : last_y;
        int32_t j = (int32_t)xi, k = (int32_t)yi;
        j = j < g.width - 2 ? j : g.width - 2;
        k = k < g.height - 2 ? k : g.height - 2;
        float u = xi - (float)j, v = yi - (float)k;
        int32_t at = k * g.line + j * g.step;
        float upper = fmaf(u, b[at] - a[at], a[at]), lower = fmaf(u, d[at] - c[at], c[at]);
        out[i * (size_t)g.step] = fmaf(v, lower - upper, upper);
    }
}

static void sample(const struct inki_sample *call)
{
    const int32_t width = (int32_t)call->width, height = (int32_t)call->height, step = (int32_t)call->channels;
    const float *a = call->image, *b = a + step, *c = a + width * step, *d = c + step;
    if (step == 1) /* a constant, for the compiler */
        blend((struct grid){width, height, 1, width}, call->n, call->x, call->y, a, b, c, d, call->out);
    else
        blend((struct grid){width, height, step, width * step}, call->n, call->x, call->y, a, b, c, d, call->out);
}

/* ---- softmax and cross-entropy ---- */

static inline size_t argmax(const float *z, size_t n)
{
    size_t best = 0;
    for (size_t j = 1; j < n; j++) best = z[j] > z[best] ? j : best;
    return best;
}

/* The mean of z - max over row i's labels, each with its share. */
static inline double at_labels(const struct inki_softmax *call, size_t i, const float *z, float max)
{
    const double own = (double)z[call->labels[i]] - (double)max;
    if (!call->others) return own;
    const double share = (double)call->shares[i];
    return share * own + (1 - share) * ((double)z[call->others[i]] - (double)max);
}

/* Cross-entropy against the smoothed target: log(sum exp) - sum_j target_j (z_j - max), without the logarithm. 0*z keeps NaN and makes
 * it of Inf. z: row i's. */
static double cross_entropy(const struct inki_softmax *call, size_t i, const float *z, float max)
{
    double spread = 0, poison = 0, loss;
    for (size_t j = 0; j < call->classes; j++) {
        spread += (double)z[j] - (double)max;
        poison += 0 * (double)z[j];
    }
    loss = -((1 - (double)call->smoothing) * at_labels(call, i, z, max));
    return loss - (double)call->smoothing / (double)call->classes * spread + poison;
}

/* One row: z becomes probabilities, NaN if one is not finite; returns sum exp(z - max). Exponentials run over whole groups of lanes. */
static double softmax_row(size_t classes, float *z, float max)
{
    float sum = 0, poison = 0;
    for (size_t j = 0; j < classes; j += 16) {
        float e[16] = {0};
        size_t width = classes - j < 16 ? classes - j : 16;
        memcpy(e, z + j, width * sizeof *e);
        for (size_t i = 0; i < width; i++) poison += 0 * e[i];
        for (size_t i = 0; i < 16; i++) e[i] = exp_f(e[i] - max);
        for (size_t i = 0; i < width; i++) sum += e[i];
        memcpy(z + j, e, width * sizeof *e);
    }
    float inverse = 1 / (sum + poison);
    for (size_t j = 0; j < classes; j++) z[j] *= inverse;
    return (double)sum;
}

static inline double weighted(const struct inki_softmax *call, size_t i, double loss)
{
    return call->row_weight ? (double)call->row_weight[i] * loss : loss;
}

static inline size_t padded_width(const struct inki_softmax *call) { return call->width ? call->width : call->stride; }

/* p and dz are row i's. */
static void gradient_row(const struct inki_softmax *call, size_t i, const float *p, float *dz)
{
    float even = call->smoothing / (float)call->classes;
    float scale = call->row_weight ? call->scale * call->row_weight[i] : call->scale;
    const size_t label = (size_t)call->labels[i];
    const float rest = 1 - call->smoothing, own = call->others ? rest * call->shares[i] : rest;
    for (size_t j = 0; j < call->classes; j++) dz[j] = scale * (p[j] - even);
    dz[label] = scale * (p[label] - even - own);
    if (call->others) dz[call->others[i]] -= scale * (rest - own);
    for (size_t j = call->classes; j < padded_width(call); j++) dz[j] = 0;
}

static void softmax_one(const struct inki_softmax *call, size_t i)
{
    float *z = call->z + i * call->stride;
    size_t best = argmax(z, call->classes), label = call->labels ? (size_t)call->labels[i] : 0;
    float max = z[best];
    if (call->row_hit) call->row_hit[i] = best == label;
    double linear = call->row_loss ? cross_entropy(call, i, z, max) : 0;
    double sum = softmax_row(call->classes, z, max);
    if (call->row_loss) call->row_loss[i] = weighted(call, i, inki_log(sum) + linear);
    if (call->dz) gradient_row(call, i, z, call->dz + i * call->stride);
}

/* inki_log of 16 normal numbers, operation for operation; what is not finite or not positive gives anything. */
static void log_16(const float *x, double *out)
{
    for (size_t i = 0; i < 16; i++) {
        double value = (double)x[i], m;
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        int32_t exponent = (int32_t)(bits >> 52 & 2047) - 1022;
        bits = (bits & 0x000FFFFFFFFFFFFFu) | (uint64_t)1022 << 52;
        memcpy(&m, &bits, sizeof m);
        double twice = m < 0.70710678118654752 ? 2.0 : 1.0;
        m *= twice;
        exponent -= twice > 1.5;
        double f = m - 1, s = f / (m + 1), square = s * s, half = 0.5 * f * f, sum = 0;
        for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * square;
        out[i] = exponent * 0x1.62e42feep-1 - ((half - (s * (half + 2 * sum) + exponent * 0x1.a39ef35793c76p-33)) - f);
    }
}

/* Few classes: up to sixteen rows at once, lane i is row first + i; z[j] of all of them in t[j]. The same operations as above. */
enum { FEW_CLASSES = 64 };

/* dz of the rows whose probabilities are in t. */
static void gradient_sixteen(const struct inki_softmax *call, size_t first, size_t rows, float t[][16])
{
    const float even = call->smoothing / (float)call->classes, rest = 1 - call->smoothing;
    float scale[16], *dz = call->dz + first * call->stride;
    int32_t label[16] = {0};
    for (size_t i = 0; i < 16; i++) scale[i] = call->scale;
    for (size_t i = 0; call->row_weight && i < rows; i++) scale[i] *= call->row_weight[first + i];
    for (size_t i = 0; i < rows; i++) label[i] = call->labels[first + i];
    for (size_t j = 0; j < call->classes; j++)
        for (size_t i = 0; i < 16; i++)
            t[j][i] = scale[i] * (label[i] == (int32_t)j ? t[j][i] - even - rest : t[j][i] - even);
    for (size_t i = 0; i < rows; i++, dz += call->stride) {
        for (size_t j = 0; j < call->classes; j++) dz[j] = t[j][i];
        for (size_t j = call->classes; j < padded_width(call); j++) dz[j] = 0;
    }
}

static void softmax_sixteen(const struct inki_softmax *call, size_t first, size_t rows)
{
    float t[FEW_CLASSES][16], max[16], sum[16] = {0}, poison[16] = {0};
    int32_t best[16] = {0};
    double logs[16];
    float *z = call->z + first * call->stride;
    for (size_t j = 0; j < call->classes; j++) {
        for (size_t i = 0; i < rows; i++) t[j][i] = z[i * call->stride + j];
        for (size_t i = rows; i < 16; i++) t[j][i] = 0;
    }
    for (size_t i = 0; i < 16; i++) max[i] = i < rows ? z[i * call->stride] : 0;
    for (size_t j = 0; j < call->classes; j++)
        for (size_t i = 0; i < 16; i++) {
            float value = t[j][i];
            best[i] = value > max[i] ? (int32_t)j : best[i];
            max[i] = value > max[i] ? value : max[i];
            poison[i] += 0 * value;
        }
    for (size_t i = 0; call->row_loss && i < rows; i++) {
        const float *row = z + i * call->stride;
        size_t label = (size_t)call->labels[first + i];
        call->row_hit[first + i] = best[i] == (int32_t)label;
        call->row_loss[first + i] = call->smoothing > 0 ? cross_entropy(call, first + i, row, max[i])
                                                        : -((double)row[label] - (double)max[i]) + (double)poison[i];
    }
    for (size_t j = 0; j < call->classes; j++)
        for (size_t i = 0; i < 16; i++) {
            t[j][i] = exp_f(t[j][i] - max[i]);
            sum[i] += t[j][i];
        }
    log_16(sum, logs);
    for (size_t i = 0; i < 16; i++) sum[i] = 1 / (sum[i] + poison[i]);
    for (size_t j = 0; j < call->classes; j++)
        for (size_t i = 0; i < 16; i++) t[j][i] *= sum[i];
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < call->classes; j++) z[i * call->stride + j] = t[j][i];
        if (call->row_loss) call->row_loss[first + i] = weighted(call, first + i, logs[i] + call->row_loss[first + i]);
    }
    if (call->dz) gradient_sixteen(call, first, rows, t);
}

static void softmax(const struct inki_softmax *call)
{
    size_t i = 0;
    bool few = call->classes <= FEW_CLASSES && (call->row_loss || !call->dz) && !call->row_loss == !call->row_hit &&
               !call->others;
    for (; few && i + 1 < call->rows; i += 16) softmax_sixteen(call, i, call->rows - i < 16 ? call->rows - i : 16);
    for (; i < call->rows; i++) softmax_one(call, i);
}

/* ---- members ---- */

#include "kern/members_tpl.h"

/* ---- dropout ---- */

/* Eight Philox blocks at once, those of counters (row, block + i, step, layer): out[4*i + word] as inki_philox would give. Words are kept
 * in the lower halves of numbers of 64 bits, whose upper halves hold anything. */
static inline void philox_8(const uint32_t key[2], uint32_t row, uint32_t block, uint32_t step, uint32_t layer,
                            uint32_t out[32])
{
    const quad m0 = quad_set(0xD2511F53u), m1 = quad_set(0xCD9E8D57u);
    quad c0[2] = {quad_set(row), quad_set(row)}, c1[2] = {quad_count(block), quad_count((uint64_t)block + 4)},
         c2[2] = {quad_set(step), quad_set(step)}, c3[2] = {quad_set(layer), quad_set(layer)};
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        UNROLL
        for (int i = 0; i < 2; i++) {
            const quad p0 = quad_product(c0[i], m0), p1 = quad_product(c2[i], m1);
            c0[i] = quad_xor(quad_xor(quad_upper(p1), c1[i]), quad_set(k0));
            c1[i] = p1;
            c2[i] = quad_xor(quad_xor(quad_upper(p0), c3[i]), quad_set(k1));
            c3[i] = p0;
        }
    }
    for (int i = 0; i < 2; i++) quad_store(out + 16 * i, quad_pair(c0[i], c1[i]), quad_pair(c2[i], c3[i]));
}

static void dropout(const struct inki_dropout *call)
{
    const float factor = 1 / call->keep;
    const uint32_t limit = (uint32_t)((double)call->keep * 4294967295.0);
    uint32_t draws[64];
    for (size_t i = 0; i < call->rows; i++) {
        float *y = call->y + i * call->stride, *mask = call->mask + i * call->stride;
        for (size_t j = 0; j < call->n; j += 64) {
            size_t width = call->n - j < 64 ? call->n - j : 64;
            const uint32_t row = call->first_row + (uint32_t)i, block = (call->first_column + (uint32_t)j) / 4;
            philox_8(call->key, row, block, call->step, call->layer, draws);
            if (width > 32) philox_8(call->key, row, block + 8, call->step, call->layer, draws + 32);
            for (size_t l = 0; l < width; l++) {
                mask[j + l] = draws[l] <= limit ? factor : 0.0f;
                y[j + l] *= mask[j + l];
            }
        }
    }
}

#include "kern/map_tpl.h"

#define ACTIVATE_ENTRY(name, formula, he) activate_##name,
#define UPDATE_ENTRY(name, states, lr, formula) update_##name,
const struct inki_kern KERN_TABLE = {
    .name = KERN_NAME,
    .gather = gather,
    .transpose_bits = transpose_bits,
    .gemm = gemm,
    .listed = listed,
    .listed_gradient = listed_gradient,
    .conv = conv,
    .sparse = sparse,
    .max_pool = max_pool,
    .max_pool_back = max_pool_back,
    .mean_pool = mean_pool,
    .mean_pool_back = mean_pool_back,
    .depthwise = depthwise,
    .depthwise_back = depthwise_back,
    .depthwise_gradient = depthwise_gradient,
    .map_sum = map_sum,
    .map_deviation = map_deviation,
    .map_scale = map_scale,
    .map_products = map_products,
    .map_combine = map_combine,
    .activate = {INKI_ACTIVATIONS(ACTIVATE_ENTRY)},
    .update = {INKI_OPTIMIZERS(UPDATE_ENTRY)},
    .multiply = multiply,
    .average = average,
    .look_ahead = look_ahead,
    .column_sum = column_sum,
    .transpose = transpose,
    .sample = sample,
    .widen = widen,
    .narrow = narrow,
    .softmax = softmax,
    .pool_classes = pool_classes,
    .share_weights = share_weights,
    .share_gradient = share_gradient,
    .dropout = dropout,
    .square_sum = square_sum,
    .fma_probe = fma_probe,
    .read_probe = read_probe,
    .probe_flops = (size_t)2 * PROBE_CHAINS * VEC_WIDTH,
};
