/* kern: the arithmetic on raw arrays, one table of functions per instruction set.
 * SPDX-License-Identifier: MIT
 *
 * Every table gives the same bits for the same input: each output is computed in one fixed order with explicit fused
 * multiply-adds, vector lanes run along outputs, and exp, tanh and erf are our own polynomials (vec_tpl.h). Functions
 * run on the calling thread; who splits the work (the layers) splits outputs, never a sum.
 * Widths that must be a multiple of INKI_LANES are padded with zeros by the owner of the array. */
#ifndef INKI_KERN_H
#define INKI_KERN_H

#include "base/ctx.h"
#include "base/rows.h"

#define INKI_LANES 16 /* widths of weight panels and activations are padded to this many floats (64 bytes) */

/* What an optimiser's step needs beside its arrays; rows.h has the formulas. */
struct inki_update {
    float lr, l2, momentum, gain; /* gain = 1 - dampening */
    float correct1, correct2;     /* adam: 1/(1 - 0.9^t), 1/(1 - 0.999^t) */
    float clip;                   /* factor on the gradient, 1 for none */
};

/* Memory to prefetch: `count` blocks of `size` bytes. A long computation prefetches some lines now and then; block and at say
 * how far it got. Each thread has one and writes to it often, so it is padded against false sharing. */
struct inki_prefetch {
    const void *const *blocks;
    size_t count, size, block, at;
    char apart[128];
};

/* Raw rows become x[rows][stride] = (u - shift[j]) factor[j] for j < n, and nonzero[] marks where x is not 0: bit j % 64 of
 * nonzero[j / 64 * INKI_NONZERO_ROWS + row]. from[rows]: n bytes or n floats each. */
struct inki_gather {
    size_t rows, n;
    const void *const *from;
    bool bytes;
    const float *shift, *factor; /* [n]; NULL: 0 and 1 */
    float *x;
    size_t stride;
    uint64_t *nonzero;
};
/* An input that is not 0. */
struct inki_nonzero {
    uint32_t at;
    float value;
};

/* Rows by the inputs that are not 0, which are few: nonzero[i * nonzero_row] counts row i's in `at`, and as many follow, in ascending order; against
 * a panel of weights w[inputs][w_row], n <= 64 of them, a multiple of INKI_LANES. */
struct inki_listed {
    size_t rows, n;
    const struct inki_nonzero *nonzero;
    size_t nonzero_row;
    const float *w, *bias;
    float *y; /* listed: y[i][j] = bias[j] + sum over nonzero of value * w[at][j] */
    size_t w_row, y_row;
    /* listed_gradient: y is dy; g[at - in][w_row] += value * y[i][j], row after row, of the inputs [in, in_end), which begin at 0 unless `add`. */
    float *g;
    size_t in, in_end;
    bool add;
};

#define INKI_NONZERO_ROWS 128 /* the most rows that are worked on at once */
/* Columns that one word of nonzero is about, a strip; rows, or columns of a gradient, that share their places in a product. */
enum { INKI_STRIP = 64, INKI_NONZERO_TILE = 3 };

/* Values of an image between its pixels: out[i * channels] = blend of the four pixels around (x[i], y[i]), which are first
 * held inside the image; image[height][width][channels], sides of 2 or more; the first channel (offset the pointers). */
struct inki_sample {
    size_t n, height, width, channels;
    const float *image, *x, *y;
    float *out;
};

/* c[i][j] = start + sum over p = 0, 1, … k-1 of a[i*a_row + p*a_col] * b[p*b_row + j], for i < m, j < n.
 * start is c[i][j] itself if add, else bias[j] if bias, else 0. n is a multiple of INKI_LANES. Strides in floats. */
struct inki_gemm {
    size_t m, n, k;
    const float *a;
    size_t a_row, a_col;
    const float *b;
    size_t b_row;
    float *c;
    size_t c_row;
    const float *bias;
    bool add;
    struct inki_prefetch *prefetch; /* NULL: none */
    /* When not NULL, a is (part of) what `gather` made, and this says which products to leave out. Along its rows (a_col 1):
     * nonzero from the part's first row on. Across them (a_row 1, from a column that 64 divides; k <= INKI_NONZERO_ROWS): what
     * `transpose_bits` made, from that column's strip on, and with k 1 what `gather` made. Only products with finite b may be left
     * out. */
    const uint64_t *nonzero;
    /* [m], [n]: c[i][j] += outer[i] * outer_b[j] after the sum (k <= INKI_FUSED_ROWS); outer NULL: nothing. */
    const float *outer, *outer_b;
    /* When not NULL, the sum is a gradient (k <= INKI_FUSED_ROWS, no bias, no add) and c the weights: they take a step of
     * plain SGD in place, with the bits that update[sgd] would give. */
    const struct inki_update *step;
};
#define INKI_FUSED_ROWS INKI_NONZERO_ROWS

/* The products of a convolution: c[i][j] = start + sum over segments s < segments, over p < k, of
 * a[i * a_row + s * a_segment + p * a_col] * b[s * b_segment + p * b_row + j], for i < m, j < n, in this order; start as in
 * inki_gemm. n is a multiple of 8, and c's rows have room for as many. */
struct inki_conv {
    size_t m, n, segments, k;
    const float *a;
    size_t a_row, a_col, a_segment;
    const float *b;
    size_t b_row, b_segment;
    float *c;
    size_t c_row;
    const float *bias;
    bool add;
};

/* Blocks of sums out[out_at[o] + r * out_row + j] += sum over i < ins, in this order, of value[o][i] * in[in_at[i] + r * in_row + j], for
 * o < outs, r < rows, j < run; products of a value that is 0 are left out. run is a multiple of 8; of a row of values a multiple of 8 can be
 * read, which ends in zeros. */
struct inki_sparse {
    size_t outs, ins;
    const float *value;
    size_t value_row;
    const uint32_t *out_at, *in_at; /* [outs], [ins] */
    size_t rows, run, in_row, out_row;
    const float *in;
    float *out;
};

/* A window that moves over a map x[height][width][x_pitch] and gives y[out_height][out_width][y_pitch], of each pixel's first `channels`
 * values: output (r, c) looks at rows r * stride - top … of x, as far as they are in the map. */
struct inki_window {
    size_t height, width, x_pitch, out_height, out_width, y_pitch, channels;
    size_t rows, columns, stride, top, left; /* of the window */
};

/* A list of pixels, [n][pitch], of which the first `channels` values count. */
struct inki_map {
    size_t n, channels, x_pitch, y_pitch;
};

/* Softmax with cross-entropy: logits z[rows][stride] -> probabilities in place (all of a row NaN if one of its logits is
 * not finite) and, when dz is not NULL, dz[rows][stride] = scale * (p - target), target = (1-smoothing) one-hot +
 * smoothing/classes. row_loss[rows] (natural log, with smoothing; NaN if a logit is not finite) and row_hit[rows] (1 if the first largest logit is the label's, else 0)
 * may be NULL together with labels. Columns from `classes` to `width` are padding: dz is 0 there. */
struct inki_softmax {
    size_t rows, classes, stride, width; /* width: of dz, padding included; 0: stride */
    float *z;
    float *dz;
    const int32_t *labels;
    const float *row_weight; /* [rows], factor of a row's loss and gradient; NULL: 1 */
    const int32_t *others;   /* [rows], a second label, whose share of the target is 1 - shares[row]; NULL: none */
    const float *shares;     /* [rows], of labels */
    float smoothing, scale;
    double *row_loss, *row_hit;
};

/* An ensemble's logits z[rows][stride], member m's from column m * width on; columns [0, classes) become log of the mean over members of
 * softmax(z), all of a row NaN if one of its logits is not finite. */
enum { INKI_MOST_MEMBERS = 64 };
struct inki_pooling {
    size_t rows, members, classes, width, stride;
    float *z;
};

/* A panel of weights that members share, w[rows][n], scaled for one of them: made[i][j] = r[i] w[i][j] s[j]. Of the gradient g by
 * made: dw += r[i] g s[j], dr[i] += sum over j of g w s[j] (in 16 lanes, then halves upon halves), ds[j] += sum over i of g w r[i]. */
struct inki_shared {
    size_t rows, n; /* n: a multiple of INKI_LANES, 64 at most */
    const float *w, *r, *s, *g;
    float *made, *dw, *dr, *ds;
};

/* Dropout of y[rows][stride], columns < n: each kept with chance `keep` and scaled by 1/keep, else 0; mask[][] gets the
 * factor. The draw of element (i, j) is word j%4 of Philox block (first_row + i, (first_column + j)/4, step, layer) under
 * `key`; first_column is a multiple of 4. */
struct inki_dropout {
    size_t rows, n, stride;
    float *y, *mask;
    float keep;
    uint32_t key[2], first_row, first_column, step, layer;
};

struct inki_kern {
    const char *name;
    void (*gather)(const struct inki_gather *call);
    /* columns[j / 64 * INKI_NONZERO_ROWS + row / 64 * 64 + j % 64]: bit row % 64 is that of nonzero (struct inki_gather), for j < n. */
    void (*transpose_bits)(const uint64_t *nonzero, size_t rows, size_t n, uint64_t *columns);
    void (*gemm)(const struct inki_gemm *call);
    void (*listed)(const struct inki_listed *call);
    void (*listed_gradient)(const struct inki_listed *call);
    void (*conv)(const struct inki_conv *call);
    void (*sparse)(const struct inki_sparse *call);
    /* The largest in each window, which lies wholly in the map, and its place there, counted row by row: the first of equals; at
     * may be NULL. What goes back makes dx, or is added to it. */
    void (*max_pool)(const struct inki_window *window, const float *x, float *y, float *at);
    void (*max_pool_back)(const struct inki_window *window, const float *dy, const float *at, float *dx, bool add);
    void (*mean_pool)(const struct inki_window *window, const float *x, float *y);
    void (*mean_pool_back)(const struct inki_window *window, const float *dy, float *dx, bool add);
    /* y = bias + sum over the window of x w, channel by channel; w[rows * columns][y_pitch], bias NULL: 0. */
    void (*depthwise)(const struct inki_window *window, const float *x, const float *w, const float *bias, float *y);
    void (*depthwise_back)(const struct inki_window *window, const float *dy, const float *w, float *dx, bool add);
    void (*depthwise_gradient)(const struct inki_window *window, const float *x, const float *dy,
                               float *dw); /* dw += */
    /* Over all pixels, channel by channel: sum += x; sum += (x - mean)^2. In floats over 32 pixels, these in doubles. */
    void (*map_sum)(const struct inki_map *map, const float *x, double *sum);
    void (*map_deviation)(const struct inki_map *map, const float *x, const float *mean, double *sum);
    /* y = x scale + shift. */
    void (*map_scale)(const struct inki_map *map, const float *x, const float *scale, const float *shift, float *y);
    /* sum += dy; product += dy (x - mean). x_pitch is of x, y_pitch of dy. */
    void (*map_products)(const struct inki_map *map, const float *x, const float *dy, const float *mean, double *sum,
                         double *product);
    /* dx = dy scale + x slope + shift, or that added. x_pitch is of x and dx. */
    void (*map_combine)(const struct inki_map *map, const float *x, const float *dy, const float *scale,
                        const float *slope, const float *shift, float *dx, bool add);
    /* z[n] -> activation(z) in place; slope[n], when not NULL, gets its derivative at z. */
    void (*activate[INKI_ACT_COUNT])(size_t n, float *z, float *slope);
    /* One step of w[n] by gradient g[n] with state s0[n], s1[n] (as many as the optimiser has). */
    void (*update[INKI_OPT_COUNT])(size_t n, const struct inki_update *how, float *w, const float *g, float *s0,
                                   float *s1);
    void (*multiply)(size_t n, float *y, const float *factor);           /* y *= factor */
    void (*average)(size_t n, float share, const float *w, float *mean); /* mean += share (w - mean) */
    void (*look_ahead)(size_t n, float momentum, float *w, const float *v,
                       float *saved); /* saved = w; w -= momentum v */
    void (*column_sum)(size_t rows, size_t n, size_t stride, const float *x, float *sum, bool add); /* rows in order */
    void (*transpose)(size_t rows, size_t columns, const float *x, size_t x_row, float *y,
                      size_t y_row); /* y[j][i] = x[i][j] */
    void (*sample)(const struct inki_sample *call);
    void (*widen)(size_t n, const uint8_t *bytes, float *x);  /* bytes to floats */
    void (*narrow)(size_t n, const float *x, uint8_t *bytes); /* floats in 0..255 to the nearest byte, halves up */
    void (*softmax)(const struct inki_softmax *call);
    void (*pool_classes)(const struct inki_pooling *call);
    void (*share_weights)(const struct inki_shared *call);  /* made */
    void (*share_gradient)(const struct inki_shared *call); /* dw, dr, ds */
    void (*dropout)(const struct inki_dropout *call);
    double (*square_sum)(size_t n, const float *x); /* in 16 fixed lanes, then in order */
    /* For inkling bench: rounds * probe_flops floating-point operations in registers; reading n floats. */
    double (*fma_probe)(size_t rounds, float factor);
    double (*read_probe)(size_t n, const float *x);
    size_t probe_flops;
};

/* The table that this context uses, and any table by its instruction set's name (NULL if this build has none). */
const struct inki_kern *inki_kern(const ink_ctx *ctx);
const struct inki_kern *inki_kern_named(const char *name);

/* Names for settings, notation and messages. */
const char *inki_activation_name(enum inki_activation act);
const char *inki_optimizer_name(enum inki_optimizer opt);

#endif
